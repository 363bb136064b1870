//! What comes with an application besides its form, and who applies, before anything of it is judged.

use crate::application::agent_draft::AgentDraft;
use crate::application::form::parse_date;
use crate::calendar::add_months_clamped;
use crate::clause;
use crate::ctx::Ctx;
use crate::facts::application::{Agent, PhotoSource};
use crate::facts::archive::{Case, Enclosed, Material, MaterialKind, Paper};
use crate::facts::form::{ApplicationForm, Field, FormDraft, delivery};
use crate::facts::holder::HolderEvent;
use crate::facts::institution::Organisation;
use crate::facts::social_security_number::SocialSecurityNumber;
use crate::ids::{ApplicationId, BankCode, CityCode, MaterialId, OrgId};
use crate::instant;
use crate::refusal::Findings;
use crate::spelling;
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
    /// Papers of which no image came, and where they are kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub papers: Vec<Paper>,
    /// Whether the card that is to be exchanged was seen (Articles 28 to 31); a first application and 补卡 have none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub card_seen: bool,
    /// Whether the applicant's own document was verified in the original; an online channel has identified its user instead.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub document_verified: bool,
    /// Whether the applicant was told who bears the postage, and that the card is signed for with a pick-up code (Article 14).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub postage_told: bool,
    /// Whether the applicant takes 即时制卡, which is offered first (R11.2): the outlet that takes the application makes the card at once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_counter: bool,
    /// Who acts, as he was written while something of him is not chosen: everything that is missing is told then, and nothing is taken in.
    #[serde(skip)]
    pub agent_written: Option<Box<AgentDraft>>,
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

    /// Whether a material is kept: its image came, or it is said where the paper is.
    pub(crate) fn keeps(&self, kind: MaterialKind) -> bool {
        self.has(kind) || self.papers.iter().any(|p| p.kind == kind && !spelling::says_nothing(&p.place))
    }

    /// Whether an image came of what proves that somebody may act.
    pub(crate) fn has_proof(&self) -> bool {
        [MaterialKind::RelationProof, MaterialKind::Authorisation].into_iter().any(|kind| self.has(kind))
    }

    /// Gives each paper the identity that it is filed under. The proof of whoever acts is one of them, as he names it, when no image of
    /// it came.
    pub fn keep_papers(&mut self, agent: Option<&Agent>, mut fresh: impl FnMut() -> MaterialId) {
        clause!(R8.2);
        clause!(R40.1);
        self.papers.retain(|p| !spelling::says_nothing(&p.place));
        let proof = agent.and_then(|a| Some((a.relation.proved_by(), a.proof.as_deref()?)));
        if let Some((kind, place)) = proof.filter(|(_, place)| !spelling::says_nothing(place))
            && !self.has_proof()
        {
            self.papers.push(Paper { id: MaterialId(0), kind, place: place.trim().to_owned() });
        }
        for paper in &mut self.papers {
            paper.id = fresh();
        }
    }

    /// The events that file what came, with the application.
    pub(crate) fn filed(&self, application: ApplicationId, org: OrgId, ctx: &Ctx) -> Vec<HolderEvent> {
        clause!(R40.1);
        let file = |id, kind, digest, cabinet| HolderEvent::MaterialFiled {
            material: Material {
                id,
                case: Case::Application(application),
                kind,
                digest,
                cabinet,
                org,
                filed_at: ctx.now,
                page: None,
                corrected: Vec::new(),
            },
        };
        let images = self.materials.iter().map(|m| file(m.id, m.kind, Some(m.digest.clone()), None));
        let papers = self.papers.iter().map(|p| file(p.id, p.kind, None, Some(p.place.clone())));
        images.chain(papers).collect()
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
