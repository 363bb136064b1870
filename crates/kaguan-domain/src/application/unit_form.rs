//! 批量申请-受理登记 as it was typed: judged into what is registered, or everything that is missing at once.

use crate::application::form::parse_date;
use crate::application::unit::RegisterUnit;
use crate::application::unit_judge::{Stated, Told, number_taken};
use crate::clause;
use crate::ctx::{Actor, Ctx};
use crate::facts::claim::Claim;
use crate::facts::document::DocumentKind;
use crate::facts::form::Field;
use crate::facts::unit::{Mandate, Papers, UnitApplication, UnitFile, UnitKind};
use crate::ids::{CityCode, OrgId, UnitId};
use crate::refusal::{Reason, Refusal};
use crate::spelling;
use serde::Deserialize;

/// The fields of the page. A ticked box sends anything.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct UnitForm {
    pub form_no: String,
    /// [`UnitKind::code`] of one of [`UnitKind::ALL`].
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
    /// All that can be chosen, in the order of Article 9.
    pub const ALL: [Self; 4] =
        [Self::GovernmentBody, Self::NonGovernmentBody, Self::Enterprise, Self::SocialOrganisation];

    /// The name under which a form sends it.
    pub fn code(self) -> &'static str {
        match self {
            Self::GovernmentBody => "government_body",
            Self::NonGovernmentBody => "non_government_body",
            Self::Enterprise => "enterprise",
            Self::SocialOrganisation => "social_organisation",
            Self::Unparted => "company",
        }
    }
}

impl UnitForm {
    /// The same with every item in its one spelling, as rows and applicants' forms are: half width, standard characters.
    fn folded(&self) -> Self {
        clause!(R5.3);
        let day = |text: &String| spelling::number(text);
        Self {
            form_no: Field::FormNo.folded(&self.form_no),
            employer_code: Field::EmployerNo.folded(&self.employer_code),
            employer_name: Field::EmployerName.folded(&self.employer_name),
            address: Field::EmployerAddress.folded(&self.address),
            operator_name: Field::Name.folded(&self.operator_name),
            operator_sex: self.operator_sex.trim().to_owned(),
            operator_number: Field::DocumentNumber.folded(&self.operator_number),
            operator_phone: Field::Phone.folded(&self.operator_phone),
            authorisation: Field::EmployerName.folded(&self.authorisation),
            matter: Field::EmployerName.folded(&self.matter),
            until: day(&self.until),
            people: spelling::trim(&spelling::half_width(&self.people)).to_owned(),
            applied_on: day(&self.applied_on),
            accepted_on: day(&self.accepted_on),
            ..self.clone()
        }
    }

    /// Which papers the clerk states to have seen and kept.
    fn papers(&self) -> Papers {
        Papers {
            operator_original: self.operator_verified.is_some(),
            proof: self.proof.is_some(),
            authorisation: self.authorisation_kept.is_some(),
            operator_document: self.operator_copy.is_some(),
            applicant_documents: self.applicant_copies.is_some(),
            personal_forms: self.personal_forms.is_some(),
            consents: self.consents.is_some(),
        }
    }

    /// What is stated by the form in its one spelling; `city` is where it is accepted.
    fn stated<'a>(&'a self, city: &'a CityCode) -> Stated<'a> {
        let day = |text| Told::read(text, parse_date);
        Stated {
            kind: UnitKind::ALL.into_iter().find(|k| k.code() == self.kind.trim()),
            city,
            form_no: &self.form_no,
            employer_code: &self.employer_code,
            employer_name: &self.employer_name,
            address: &self.address,
            operator_name: &self.operator_name,
            operator_sex: &self.operator_sex,
            operator_document: DocumentKind::from_code(self.operator_document.trim()),
            operator_number: &self.operator_number,
            operator_phone: &self.operator_phone,
            authorisation: &self.authorisation,
            matter: &self.matter,
            until: day(&self.until),
            people: Told::read(&self.people, people),
            applied_on: day(&self.applied_on),
            accepted_on: day(&self.accepted_on),
            papers: self.papers(),
        }
    }

    /// Its number, under which another unit application may stand already.
    pub fn claim(&self) -> Option<Claim> {
        Claim::unit_form(&self.form_no)
    }

    /// Whether another unit application stands under the number of this form, which is `own`: 申请登记表编码 is of one application (R10.2). One
    /// that was 办结 before anybody's data came has given its number back.
    pub fn is_numbered_as(&self, own: UnitId, other: &UnitFile) -> bool {
        clause!(R10.2);
        let claim = self.claim();
        let same = claim.is_some() && claim == other.application.as_ref().and_then(UnitApplication::claim);
        other.id != own && !other.gave_its_number_back() && same
    }

    /// What is to be registered at an outlet; `taken` is another one under the number of this form.
    ///
    /// # Errors
    /// Everything that is missing or wrong, at once.
    pub fn judged(
        &self,
        outlet: OrgId,
        city: CityCode,
        taken: Option<&UnitFile>,
        ctx: &Ctx,
    ) -> Result<RegisterUnit, Refusal> {
        clause!(R10.2);
        let form = self.folded();
        let stated = form.stated(&city);
        let mut wrong = stated.wrong(ctx);
        wrong.extend(taken.map(|other| number_taken(other, &city)));
        if !wrong.is_empty() {
            return Err(Refusal::about(Reason::UnitDefective, wrong.join("；")));
        }
        let days = (stated.until.known(), stated.applied_on.known(), stated.accepted_on.known());
        let (Some(kind), Some(people), (Some(until), Some(applied_on), accepted_on)) =
            (stated.kind, stated.people.known(), days)
        else {
            return Err(Reason::UnitDefective.into());
        };
        let seen_by = match ctx.actor {
            Actor::Officer(id) => Some(id),
            Actor::Bank(_) | Actor::Vendor(_) | Actor::Partner(_) | Actor::Kiosk(_) | Actor::System => None,
        };
        let (operator_document, papers) = (stated.operator_document, stated.papers);
        let application = UnitApplication {
            form_no: form.form_no,
            city,
            outlet,
            employer_code: form.employer_code,
            employer_name: form.employer_name,
            kind,
            address: form.address,
            operator_name: form.operator_name,
            operator_number: form.operator_number,
            operator_phone: form.operator_phone,
            authorisation: form.authorisation,
            people,
            applied_on,
            operator_document,
            accepted_on,
            mandate: Some(Mandate { operator_sex: form.operator_sex, matter: form.matter, until }),
            papers,
            seen_by,
        };
        let operator_verified = papers.operator_original;
        Ok(RegisterUnit { application: Box::new(application), operator_verified })
    }
}

/// 批量申请总人数: digits of a number above nothing.
fn people(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|people| digits && *people > 0)
}
