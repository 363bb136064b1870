//! What comes with an application besides its form, and who applies, before anything of it is judged.

use crate::application::form::parse_date;
use crate::calendar::add_months_clamped;
use crate::clause;
use crate::ctx::Ctx;
use crate::facts::application::PhotoSource;
use crate::facts::archive::{Case, Enclosed, Material, MaterialKind};
use crate::facts::form::{ApplicationForm, Field, FormDraft, delivery};
use crate::facts::holder::HolderEvent;
use crate::facts::institution::Organisation;
use crate::facts::social_security_number::SocialSecurityNumber;
use crate::ids::{ApplicationId, BankCode, CityCode, OrgId};
use crate::instant;
use crate::refusal::Findings;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What comes with an application besides form, photo, agent and consent, and what the clerk states about it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Presented {
    /// Where the photo comes from, when it is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo_from: Option<PhotoSource>,
    /// Images of documents and proofs, stored already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub materials: Vec<Enclosed>,
    /// Whether the applicant's own document was verified in the original; an online channel has identified its user instead.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub document_verified: bool,
    /// Whether the applicant was told who bears the postage, and that the card is signed for with a pick-up code (Article 14).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub postage_told: bool,
    /// Whether the applicant takes 即时制卡, which is offered first (R11.2): the outlet that takes the application makes the card at once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_counter: bool,
}

impl Presented {
    /// Where the card is made at once, when the applicant wants it so; what stands against it is told with the rest.
    pub(crate) fn instant_at(
        &self,
        outlet: &Organisation,
        city: &CityCode,
        bank: &BankCode,
        found: &mut Findings,
    ) -> Option<OrgId> {
        clause!(R11.2);
        if !self.at_counter {
            return None;
        }
        found.refused(Field::Making, instant::can_make(outlet, city, bank));
        Some(outlet.id)
    }

    /// Whether nothing came and nothing was stated.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether an image of a kind came.
    pub(crate) fn has(&self, kind: MaterialKind) -> bool {
        self.materials.iter().any(|m| m.kind == kind && !m.digest.is_empty())
    }

    /// The events that file what came, with the application.
    pub(crate) fn filed(&self, application: ApplicationId, org: OrgId, ctx: &Ctx) -> Vec<HolderEvent> {
        clause!(R40.1);
        let file = |m: &Enclosed| Material {
            id: m.id,
            case: Case::Application(application),
            kind: m.kind,
            digest: Some(m.digest.clone()),
            cabinet: None,
            org,
            filed_at: ctx.now,
            page: None,
        };
        self.materials.iter().map(|m| HolderEvent::MaterialFiled { material: file(m) }).collect()
    }
}

/// Who applies, as far as it can be said of a form that may have defects.
pub(crate) struct Who<'a> {
    pub(super) birth: Option<Date>,
    pub(super) name: &'a str,
    pub(super) number: &'a str,
    pub(super) receipt: Option<&'a str>,
    pub(super) posts: bool,
    /// Whether the applicant stands at the counter, or online: there the guardian acts as the agent. In a row of a file the
    /// guardian stands in the row.
    pub(super) present: bool,
    /// Whether nobody has said yet what was seen of the unit's papers.
    pub(super) outstanding: bool,
}

impl<'a> Who<'a> {
    /// Of a row of a file; `outstanding` when nobody has registered the unit's papers yet.
    pub(crate) fn of_row(form: &'a ApplicationForm, outstanding: bool) -> Self {
        Self { present: false, outstanding, ..Self::of(form) }
    }

    /// Whether the card is to be posted.
    pub(crate) fn posts(&self) -> bool {
        self.posts
    }

    /// Of a form without defects.
    pub(crate) fn of(form: &'a ApplicationForm) -> Self {
        Self {
            birth: Some(form.birth_date),
            name: form.name.display(),
            number: form.document.number(),
            receipt: form.photo_receipt.as_deref(),
            posts: form.delivery.is_some(),
            present: true,
            outstanding: false,
        }
    }

    /// Of a form that has some: the birth date also follows from a citizen's number.
    pub(crate) fn of_draft(draft: &'a FormDraft) -> Self {
        let number = draft.document_number.trim();
        let birth = parse_date(draft.birth_date.trim());
        let receipt = draft.photo_receipt.trim();
        Self {
            birth: birth.or_else(|| SocialSecurityNumber::parse(number).ok()?.birth_date()),
            name: draft.name.trim(),
            number,
            receipt: (!receipt.is_empty()).then_some(receipt),
            posts: draft.delivery.trim() == delivery::POST,
            present: true,
            outstanding: false,
        }
    }

    /// Whether the person is younger than so many years; `None` while nobody knows.
    pub(super) fn under(&self, years: i32, on: Date) -> Option<bool> {
        self.birth.map(|birth| on < add_months_clamped(birth, 12 * years))
    }
}
