//! 批量申请-受理登记 as it was typed: judged into what is registered, or everything that is missing at once.

use crate::application::form::parse_date;
use crate::application::unit::{RegisterUnit, missing_of};
use crate::characters;
use crate::clause;
use crate::ctx::{Actor, Ctx};
use crate::facts::document::DocumentKind;
use crate::facts::unit::{Mandate, Papers, UnitApplication, UnitKind};
use crate::ids::{CityCode, OrgId};
use crate::refusal::{Reason, Refusal};
use crate::spelling;
use serde::Deserialize;

/// The fields of the page. A ticked box sends anything.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct UnitForm {
    pub form_no: String,
    /// `government_body`, `company` or `social_organisation`.
    pub kind: String,
    pub employer_code: String,
    pub employer_name: String,
    pub address: String,
    pub operator_name: String,
    /// One digit.
    pub operator_sex: String,
    /// One digit, of [`DocumentKind`].
    pub operator_document: String,
    pub operator_number: String,
    pub operator_phone: String,
    /// Reference of the sealed authorisation in the archive.
    pub authorisation: String,
    pub matter: String,
    /// `YYYYMMDD` or `YYYY-MM-DD`, as are all days here.
    pub until: String,
    pub people: String,
    pub applied_on: String,
    pub accepted_on: String,
    pub operator_verified: Option<String>,
    pub proof: Option<String>,
    pub authorisation_kept: Option<String>,
    pub operator_copy: Option<String>,
    pub applicant_copies: Option<String>,
    pub personal_forms: Option<String>,
    pub consents: Option<String>,
}

impl UnitKind {
    /// All kinds, in the order of Article 9.
    pub const ALL: [Self; 3] = [Self::GovernmentBody, Self::Company, Self::SocialOrganisation];

    /// The name under which a form sends it.
    pub fn code(self) -> &'static str {
        match self {
            Self::GovernmentBody => "government_body",
            Self::Company => "company",
            Self::SocialOrganisation => "social_organisation",
        }
    }
}

impl UnitForm {
    /// Which items have characters that nobody sees: they would be printed, or compared, and nobody would know why.
    fn unseen(&self) -> Vec<String> {
        clause!(R10.2);
        [
            ("申请表编号", &self.form_no),
            ("单位代码", &self.employer_code),
            ("单位机构名称", &self.employer_name),
            ("单位地址", &self.address),
            ("经办人姓名", &self.operator_name),
            ("经办人联系方式", &self.operator_phone),
            ("单位授权委托书编号", &self.authorisation),
            ("授权办理事宜", &self.matter),
        ]
        .into_iter()
        .map(|(item, text)| (item, characters::invisible_in(spelling::trim(text))))
        .filter(|(_, unseen)| !unseen.is_empty())
        .map(|(item, unseen)| format!("{item}含有看不见的字符：{unseen}"))
        .collect()
    }

    /// What is to be registered at an outlet.
    ///
    /// # Errors
    /// Everything that is missing or wrong, at once.
    pub fn judged(&self, outlet: OrgId, city: CityCode, ctx: &Ctx) -> Result<RegisterUnit, Refusal> {
        clause!(R10.2);
        let day = |text: &str| parse_date(&text.trim().replace('-', ""));
        let text = |t: &String| t.trim().to_owned();
        let (kind, applied_on) =
            (UnitKind::ALL.into_iter().find(|k| k.code() == self.kind.trim()), day(&self.applied_on));
        let seen_by = match ctx.actor {
            Actor::Officer(id) => Some(id),
            Actor::Bank(_) | Actor::Vendor(_) | Actor::Partner(_) | Actor::Kiosk(_) | Actor::System => None,
        };
        let mandate = day(&self.until).map(|until| Mandate {
            operator_sex: text(&self.operator_sex),
            matter: text(&self.matter),
            until,
        });
        let application = UnitApplication {
            form_no: text(&self.form_no),
            city,
            outlet,
            employer_code: text(&self.employer_code),
            employer_name: text(&self.employer_name),
            kind: kind.unwrap_or(UnitKind::Company),
            address: text(&self.address),
            operator_name: text(&self.operator_name),
            operator_number: text(&self.operator_number),
            operator_phone: text(&self.operator_phone),
            authorisation: text(&self.authorisation),
            people: self.people.trim().parse().unwrap_or(0),
            applied_on: applied_on.unwrap_or(ctx.today()),
            operator_document: DocumentKind::from_code(self.operator_document.trim()),
            accepted_on: day(&self.accepted_on),
            mandate,
            papers: Papers {
                operator_original: self.operator_verified.is_some(),
                proof: self.proof.is_some(),
                authorisation: self.authorisation_kept.is_some(),
                operator_document: self.operator_copy.is_some(),
                applicant_documents: self.applicant_copies.is_some(),
                personal_forms: self.personal_forms.is_some(),
                consents: self.consents.is_some(),
            },
            seen_by,
        };
        let operator_verified = self.operator_verified.is_some();
        let unseen = self.unseen();
        let register = RegisterUnit { application: Box::new(application), operator_verified };
        let mut missing = missing_of(&register, ctx);
        let typed = [("单位类型", kind.is_none()), ("批量申请日期", applied_on.is_none())];
        missing.extend(typed.into_iter().filter(|(_, no)| *no).map(|(what, _)| format!("缺：{what}")));
        missing.extend(unseen);
        match missing.is_empty() {
            true => Ok(register),
            false => Err(Refusal::about(Reason::MaterialDefective, missing.join("；"))),
        }
    }
}
