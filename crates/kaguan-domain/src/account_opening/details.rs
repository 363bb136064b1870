//! What of the applicant partners get beside the numbers: a bank to open an account, a vendor to make the card. The titles are
//! those of Appendix 9.

use crate::clause;
use crate::facts::application::{Application, ExchangeReason, Purpose};
use crate::facts::document::DocumentKind;
use crate::facts::failure::SentField;
use crate::facts::form::Field;
use crate::facts::holder::HolderFile;
use crate::facts::institution::Institutions;
use serde::{Deserialize, Serialize};

macro_rules! details {
    ($($member:ident, $field:ident;)*) => {
        /// The applicant's details as they go out; empty where nothing is known.
        #[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
        #[serde(default)]
        pub struct Details { $(#[doc = concat!("[`SentField::", stringify!($field), "`]")] pub $member: String,)* }

        impl Details {
            /// The fields that differ, in order.
            pub fn changed(&self, back: &Self) -> Vec<SentField> {
                let mut fields = Vec::new();
                $(if self.$member != back.$member { fields.push(SentField::$field); })*
                fields
            }
        }
    };
}

details! {
    nationality, Nationality;
    document_kind, DocumentKind;
    document_valid_until, DocumentValidUntil;
    sex, Sex;
    ethnicity, Ethnicity;
    birth_date, BirthDate;
    person_status, PersonStatus;
    household_kind, HouseholdKind;
    household_division, HouseholdDivision;
    household_address, HouseholdAddress;
    mobile, Mobile;
    phone, Phone;
    postal_address, PostalAddress;
    postcode, Postcode;
    email, Email;
    occupation, Occupation;
    employer_no, EmployerNo;
    employer_name, EmployerName;
    guardian_name, GuardianName;
    guardian_document_kind, GuardianDocumentKind;
    guardian_document_number, GuardianDocumentNumber;
    agency, Agency;
    collection_point, CollectionPoint;
    card_kind, CardKind;
    application_type, ApplicationType;
    replacement_reason, ReplacementReason;
}

impl std::fmt::Debug for Details {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Details(***)")
    }
}

/// 申请类型 and 补换原因: the codes of Guangdong's interface, and the reason as text.
fn type_of(application: &Application) -> (&'static str, &'static str) {
    use crate::facts::application::Origin;
    match &application.purpose {
        Purpose::First => match application.origin {
            Origin::Counter => ("1", ""),
            Origin::Online => ("2", ""),
            Origin::Unit { .. } => ("3", ""),
        },
        Purpose::Reissue { .. } => ("5", "遗失补卡"),
        Purpose::BankChange { .. } => ("6", "服务银行变更换卡"),
        Purpose::Exchange { reason, .. } => match reason {
            ExchangeReason::Damaged { by_human: true } => ("6", "卡损坏换卡（人为损坏）"),
            ExchangeReason::Damaged { by_human: false } => ("7", "卡损坏换卡（非人为损坏/质保）"),
            ExchangeReason::DataChanged => ("6", "卡面信息变更换卡"),
            ExchangeReason::Expired => ("6", "逾有效期换卡"),
            ExchangeReason::Other { .. } => ("6", "其他换卡"),
        },
    }
}

/// The outlet that opens the account, as the bank knows it: by the bank's own code where that is known, else as it was
/// named (Appendix 7, 二(一)2). `None` when the form names none and it is no outlet of the bank where the card is collected.
fn opened_at(application: &Application, named: Option<&str>, institutions: &Institutions) -> Option<String> {
    clause!(X7.1);
    let outlet = match named {
        Some(code) => institutions.org_by_code(code),
        None => institutions.org(application.collect_at),
    };
    let own = outlet.filter(|o| o.bank.as_ref() == Some(&application.bank));
    let code = own.and_then(|o| institutions.outlet_code(o.id));
    code.or(named).map(str::to_owned)
}

impl Details {
    /// The same, whatever a bank calls the outlet: by its own code of it, or by 机构编码.
    pub(crate) fn with_outlet_as(&self, back: &Self, of: &Application, institutions: &Institutions) -> Self {
        let is = |text: &str| {
            let coded = institutions.outlet_by_code(&of.city, &of.bank, text);
            coded.or_else(|| institutions.org_by_code(text)).map(|o| o.id)
        };
        let (mine, theirs) = (is(&self.collection_point), is(&back.collection_point));
        let same = mine.is_some() && mine == theirs;
        let collection_point = if same { &back.collection_point } else { &self.collection_point };
        Self { collection_point: collection_point.clone(), ..self.clone() }
    }

    /// The details of one application; `None` when nobody is on file. 受理点编码 names the bank's outlet that opens the
    /// account; where the form names none it is the outlet that took the application (Appendix 7).
    pub fn of(file: &HolderFile, application: &Application, institutions: &Institutions) -> Option<Self> {
        clause!(X7.2);
        clause!(X7.3);
        let d = &file.person.as_ref()?.details;
        let text = |t: &Option<String>| t.clone().unwrap_or_default();
        let optional = |field: Field| {
            d.optional.iter().find(|(f, _)| *f == field).map_or(String::new(), |(_, text)| text.clone())
        };
        let agency = institutions.org(application.outlet).map_or(String::new(), |o| o.code.clone());
        let (application_type, reason) = type_of(application);
        let guardian = d.guardian.as_ref();
        Some(Self {
            nationality: d.nationality.clone(),
            document_kind: d.document.kind().interface_code().into(),
            document_valid_until: d.document.valid_until.strftime("%Y%m%d").to_string(),
            sex: d.sex.clone(),
            ethnicity: d.ethnicity.clone(),
            birth_date: d.birth_date.strftime("%Y%m%d").to_string(),
            person_status: optional(Field::PersonStatus),
            household_kind: optional(Field::HouseholdKind),
            household_division: optional(Field::HouseholdDivision),
            household_address: optional(Field::HouseholdAddress),
            mobile: text(&d.mobile),
            phone: if d.phone.is_empty() { text(&d.mobile) } else { d.phone.clone() },
            postal_address: d.postal_address.clone(),
            postcode: optional(Field::Postcode),
            email: optional(Field::Email),
            occupation: d.occupation.clone(),
            employer_no: text(&d.employer_no),
            employer_name: text(&d.employer_name),
            guardian_name: guardian.map_or(String::new(), |g| g.name.display().into()),
            guardian_document_kind: guardian
                .map_or(String::new(), |g| DocumentKind::interface_code(g.document_kind).into()),
            guardian_document_number: guardian.map_or(String::new(), |g| g.document_number.clone()),
            collection_point: opened_at(application, d.collection_point.as_deref(), institutions)
                .unwrap_or_else(|| agency.clone()),
            agency,
            card_kind: d.card_kind.clone(),
            application_type: application_type.into(),
            replacement_reason: reason.into(),
        })
    }
}
