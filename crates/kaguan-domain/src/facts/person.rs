//! The person 持卡人 that cards are for, as last stated and confirmed (Articles 3, 5 and 10).

use crate::ctx::Instant;
use crate::facts::archive::{Destroyed, Material, PaperOf};
use crate::facts::bank_change::{BankChange, EndedChange};
use crate::facts::before::Before;
pub use crate::facts::death::{DeathMark, LifeProof, StatedDeath, registers_of};
use crate::facts::face::FaceSeen;
use crate::facts::form::ApplicationForm;
use crate::facts::identity::{
    Answered, DocumentEnd, HeldDocument, HowKnown, Identifier, NumberEnd, PastNumber,
};
use crate::facts::join::{Join, JoinState};
pub use crate::facts::photo::PhotoRef;
use crate::facts::social_security_number::SocialSecurityNumber;
use crate::ids::{CardId, CityCode, HolderId, MaterialId, OrgId};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The person, as last stated and confirmed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Person {
    /// Details of the last accepted form.
    pub details: ApplicationForm,
    /// The photo; none under 7 (R5.4).
    pub photo: Option<PhotoRef>,
    /// The last one-card confirmation slip that was signed and not yet carried out.
    pub one_card: Option<Confirmation>,
    /// What registers say about a death, each at most once of a number.
    #[serde(default)]
    pub death: Vec<DeathMark>,
    /// 死亡申报 that stands, each with the number of which it was said. What was stated before December 2026 is only a hold on the cards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stated: Vec<StatedDeath>,
    /// The last proof that the person is alive after all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alive_again: Option<LifeProof>,
    /// The change of the bank under way.
    #[serde(default)]
    pub bank_change: Option<BankChange>,
    /// How the last one ended that came to nothing, until another is reserved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_change: Option<EndedChange>,
    /// The material of every case (R40.1).
    #[serde(default)]
    pub archive: Vec<Material>,
    /// What was destroyed of it, in the file in which it was (R40.1).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub destroyed: Vec<Destroyed>,
    /// Documents, once there is more than that of the details; [`Person::documents`] has them all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<HeldDocument>,
    /// Earlier social security numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<PastNumber>,
    /// What clerks said of others who are alike.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answered>,
    /// 档案合并: other files of this person, from the first proposal on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joins: Vec<Join>,
    /// The file that this one was joined into; it is empty as long as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined_into: Option<HolderId>,
    /// The last 人脸核验 at 自助服务设施.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub face: Option<FaceSeen>,
}

impl Person {
    /// Somebody of whom nothing is known but a form.
    pub fn new(details: ApplicationForm, photo: Option<PhotoRef>) -> Self {
        Self {
            details,
            photo,
            one_card: None,
            death: Vec::new(),
            stated: Vec::new(),
            alive_again: None,
            bank_change: None,
            ended_change: None,
            archive: Vec::new(),
            destroyed: Vec::new(),
            documents: Vec::new(),
            numbers: Vec::new(),
            answers: Vec::new(),
            joins: Vec::new(),
            joined_into: None,
            face: None,
        }
    }

    /// What the archive has and was not withdrawn, in the order in which it was filed.
    pub fn good_archive(&self) -> impl DoubleEndedIterator<Item = &Material> {
        self.archive.iter().filter(|m| m.withdrawn().is_none())
    }

    /// The pages of the document that a material of the archive is of, in their order; of one page it is that one alone. Empty for what the
    /// archive does not have.
    pub fn pages_of(&self, id: MaterialId) -> Vec<&Material> {
        let Some(one) = self.archive.iter().find(|m| m.id == id) else { return Vec::new() };
        let alike: Vec<&Material> = self.archive.iter().filter(|m| m.id == id || m.is_of(one)).collect();
        // Of two documents that were filed at one instant, the second begins where the numbers do not go on.
        let documents = alike.chunk_by(|a, b| a.page < b.page);
        documents.filter(|pages| pages.iter().any(|m| m.id == id)).flatten().copied().collect()
    }

    /// Where the paper of a material of the archive lies.
    pub fn paper_of(&self, material: &Material) -> PaperOf {
        let Some(cabinet) = &material.cabinet else { return PaperOf::Nowhere };
        let alike = || self.destroyed.iter().filter(|d| d.how.paper && d.material.is_of(material));
        // Where its own page is among them, they are those of another document that was filed at the same instant.
        let gone = alike().next().filter(|_| alike().all(|d| d.material.page != material.page));
        gone.map_or_else(|| PaperOf::In(cabinet.clone()), |d| PaperOf::Destroyed(d.at))
    }

    /// Every document that is or was held, oldest first. That of the details counts as held, whether the file keeps a
    /// list or is of the days before there was one.
    pub fn documents(&self) -> Vec<HeldDocument> {
        let mut all = self.documents.clone();
        let which = self.details.identifier();
        if !all.iter().any(|h| h.ended.is_none() && h.which.is(&which)) {
            let valid_until = Some(self.details.document.valid_until);
            all.push(HeldDocument { which, valid_until, since: None, how: HowKnown::Shown, ended: None });
        }
        all
    }

    /// Whether a document is or was this person's.
    pub fn has_held(&self, which: &Identifier) -> bool {
        self.documents().iter().any(|h| h.which.is(which))
    }

    /// Every social security number, the one of now first.
    pub fn all_numbers(&self) -> impl Iterator<Item = &SocialSecurityNumber> {
        std::iter::once(&self.details.ssn).chain(self.numbers.iter().map(|n| &n.number))
    }

    /// Whether some of them were another file's, which was joined into this one.
    pub fn has_joined_numbers(&self) -> bool {
        self.numbers.iter().any(|n| n.why == NumberEnd::Joined)
    }

    /// What showed that somebody is alive, of this file and of those that are joined into it now.
    pub fn found_alive(&self) -> impl Iterator<Item = &LifeProof> {
        let joined = |j: &&Join| matches!(j.state, JoinState::Joined { .. } | JoinState::UndoProposed { .. });
        let theirs = self.joins.iter().filter(joined).filter_map(|j| j.brought.alive_again.as_ref());
        self.alive_again.iter().chain(theirs)
    }

    /// Whether what a form shows is not in the list as it is: another document, or the same with another validity.
    pub fn is_news(&self, which: &Identifier, valid_until: Date) -> bool {
        !self.documents().iter().any(|h| {
            h.ended.is_none() && h.which == *which && h.valid_until.is_none_or(|until| until == valid_until)
        })
    }

    /// Takes a document into the list: one that is shown ends the one of its kind (and country) that was in force; one
    /// that only a register names stands beside it as history.
    pub(crate) fn hold(&mut self, mut new: HeldDocument) {
        let mut all = self.documents();
        let on = new.since.unwrap_or(Date::MIN);
        let in_force = |h: &HeldDocument| h.ended.is_none() && new.which.takes_place_of(&h.which);
        if new.how == HowKnown::Register && all.iter().any(in_force) {
            new.ended = Some(DocumentEnd { on, replaced_by: None });
        } else {
            let replaced_by = Some(new.which.clone());
            for old in all.iter_mut().filter(|h| in_force(h)) {
                old.ended = Some(DocumentEnd { on, replaced_by: replaced_by.clone() });
            }
        }
        all.push(new);
        self.documents = all;
    }
}

/// What the registers answer to the question whether somebody has died: `None` where one is silent or does not know the person.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct DeathAnswer {
    /// 公安人口信息
    pub public_security: Option<bool>,
    /// 社保系统
    pub social_security: Option<bool>,
}

impl DeathAnswer {
    /// Whether nothing was said.
    pub fn is_silent(&self) -> bool {
        self.public_security.is_none() && self.social_security.is_none()
    }
}

/// The signed 一人一卡业务确认单.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Confirmation {
    /// The cards it lists, all cards standing in the province that day.
    pub cards: Vec<CardId>,
    /// When it was signed.
    pub signed_at: Instant,
    /// Reference of the signed slip in the archive.
    pub slip: String,
    /// The card that is kept.
    #[serde(default)]
    pub keep: Option<CardId>,
    /// 经办网点, which keeps it; nothing of what an online channel took in, and in lines of earlier days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outlet: Option<OrgId>,
    /// The city that is told of it (Appendix 10 (7)); nothing in lines of earlier days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<CityCode>,
}

impl Before {
    /// What a file says now.
    pub fn of(person: &Person) -> Self {
        Self {
            details: person.details.clone(),
            photo: person.photo.clone(),
            documents: person.documents.clone(),
            numbers: person.numbers.clone(),
        }
    }

    /// A document becomes known while the application waits: one that a register names, or that was corrected and is not the
    /// application's own. `now` is what the file says.
    pub(crate) fn held(&mut self, document: &HeldDocument, now: &ApplicationForm) {
        if document.how == HowKnown::Register || self.details.identifier() == now.identifier() {
            let mut then = Person::new(self.details.clone(), None);
            then.documents = std::mem::take(&mut self.documents);
            then.hold(document.clone());
            self.documents = then.documents;
        }
    }

    /// The file says again what it said.
    pub(crate) fn put_back(self, person: &mut Person) {
        let Self { details, photo, documents, numbers } = self;
        person.details = details;
        person.photo = photo;
        person.documents = documents;
        person.numbers = numbers;
    }
}
