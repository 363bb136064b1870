//! The holder's file: the unit of consistency. One person, the applications and the cards, guarded by one version.

use crate::clause;
use crate::facts::application::{Application, Origin, Purpose};
use crate::facts::bank_change::BankChange;
use crate::facts::card::{Card, Hold, Social};
use crate::facts::claim::Claim;
use crate::facts::holder::HolderEvent;
use crate::facts::lookup::LookedUp;
use crate::facts::person::{Person, registers_of};
use crate::facts::restriction::{CaseState, Restriction};
use crate::facts::trace::Trace;
use crate::ids::{ApplicationId, BatchId, CardId, HolderId, UnitId};
use jiff::civil::Date;

/// Everything about one person.
#[derive(Clone, PartialEq, Debug)]
pub struct HolderFile {
    /// Identity; the shard key.
    pub id: HolderId,
    /// How many times it was changed; 0 for a file that is not stored yet.
    pub version: i64,
    /// The person; `None` for a file that is not stored yet.
    pub person: Option<Person>,
    /// Applications, oldest first.
    pub applications: Vec<Application>,
    /// Cards, oldest first.
    pub cards: Vec<Card>,
}

impl HolderFile {
    /// A file that nothing is known of yet.
    pub fn new(id: HolderId) -> Self {
        Self { id, version: 0, person: None, applications: Vec::new(), cards: Vec::new() }
    }

    /// Whether a child's guardian collects its cards.
    pub fn guardian_comes(&self, today: Date) -> bool {
        clause!(R14.2);
        self.person.as_ref().is_some_and(|p| p.details.needs_guardian(today))
    }

    /// Whether whoever is given a card shows the receipt of its application: of the new card of a change of the bank, until it works (Article 31).
    pub fn shows_receipt(&self, card: &Card) -> bool {
        clause!(R31.3);
        let application = self.application(card.application);
        card.social == Social::NotEnabled && application.is_some_and(|a| a.purpose.is_bank_change())
    }

    /// Everything in the directory of numbers by which the person is found: the number, earlier ones, and documents.
    pub fn identifiers(&self) -> Vec<Claim> {
        let Some(person) = &self.person else { return Vec::new() };
        let numbers = person.all_numbers().map(Claim::social_security_number);
        numbers.chain(person.documents().iter().map(|h| Claim::document(&h.which))).collect()
    }

    /// Whether a number that was typed is this person's: the number, an earlier one, or a document's.
    pub fn is_found_by(&self, what: &LookedUp) -> bool {
        let (claims, traces) = (self.identifiers(), self.traces());
        what.claims.iter().any(|c| claims.contains(c)) || what.traces.iter().any(|t| traces.contains(t))
    }

    /// Everything by which the person may be found that others may share.
    pub fn traces(&self) -> Vec<Trace> {
        let Some(person) = &self.person else { return Vec::new() };
        let mut traces = vec![Trace::likeness(&person.details.name, person.details.birth_date)];
        traces.extend(person.documents().iter().filter_map(|h| Trace::document(&h.which)));
        traces
    }

    /// The application of an identity.
    pub fn application(&self, id: ApplicationId) -> Option<&Application> {
        self.applications.iter().find(|a| a.id == id)
    }

    /// The card of an identity.
    pub fn card(&self, id: CardId) -> Option<&Card> {
        self.cards.iter().find(|c| c.id == id)
    }

    /// The unit application that a card was applied for with.
    pub fn unit_of(&self, card: CardId) -> Option<UnitId> {
        let application = self.application(self.card(card)?.application)?;
        if let Origin::Unit { unit } = application.origin { Some(unit) } else { None }
    }

    /// The application that is neither declined nor finished with a card.
    pub fn open_application(&self) -> Option<&Application> {
        self.applications.iter().find(|a| a.is_open())
    }

    /// The open application that is to take the place of a card, or the one whose card waits to.
    pub fn replacement_of(&self, card: CardId) -> Option<&Application> {
        let open = self.applications.iter().find(|a| a.is_open() && a.purpose.old() == Some(card));
        // Made and not yet collected: the new card is on its way, the old one stays as it is.
        open.or_else(|| self.application(self.successor(card)?.application))
    }

    /// The new card that is to take the place of a card and does not work yet, wherever it is; the last, where one was lost.
    pub fn successor(&self, card: CardId) -> Option<&Card> {
        let waits = |c: &&Card| c.social == Social::NotEnabled && c.stands() && self.replaces_id(c, card);
        self.cards.iter().rev().find(waits)
    }

    /// Whether a card was made to take the place of another, or of one that was itself to take that place and was lost before it
    /// worked.
    pub fn replaces(&self, new: &Card, old: &Card) -> bool {
        self.replaces_id(new, old.id)
    }

    fn replaces_id(&self, new: &Card, old: CardId) -> bool {
        let made_for = |c: &Card| self.application(c.application).and_then(|a| a.purpose.old());
        let before = std::iter::successors(made_for(new), |id| made_for(self.card(*id)?));
        before.take(self.cards.len() + 1).any(|id| id == old)
    }

    /// Whether two cards are one in the list of 一人一卡 (Appendix 10): one and the same, or one made to take the place of the other.
    pub fn one_case(&self, a: &Card, b: &Card) -> bool {
        a.id == b.id || self.replaces(a, b) || self.replaces(b, a)
    }

    /// Whether a card was left behind by a change of the bank: its account is the old bank's to settle, and the card the old
    /// bank's to take back (Article 31).
    pub fn left_for_another_bank(&self, card: &Card) -> bool {
        let by = card.replaced_by.and_then(|id| self.card(id));
        by.and_then(|new| self.application(new.application))
            .is_some_and(|a| a.purpose == Purpose::BankChange { old: card.id })
    }

    /// The cases in force against the person, whichever card they were brought against, a cancelled or cleaned one too.
    pub fn restrictions_in_force(&self) -> Vec<&Restriction> {
        let mut cases: Vec<&Restriction> = Vec::new();
        for r in self.cards.iter().flat_map(|c| &c.restrictions).filter(|r| r.state == CaseState::InForce) {
            if cases.iter().all(|known| known.case != r.case) {
                cases.push(r);
            }
        }
        cases
    }

    /// A new card of the person, under every case in force: a restriction follows the person (Articles 37 and 38).
    pub fn under_restrictions(&self, mut card: Card) -> Card {
        for r in self.restrictions_in_force() {
            card.restrictions.push(r.clone());
            card.holds.insert(Hold::Restriction { case: r.case });
        }
        card
    }

    /// A new card of the person, under all that follows the person: the cases in force, and what is said of a death (Articles 32 and
    /// 33), which stops a card that is made afterwards like those that were there.
    pub fn as_held(&self, card: Card) -> Card {
        clause!(R32.5);
        let mut card = self.under_restrictions(card);
        let suspected = |c: &Card| c.holds.contains(&Hold::SuspectedDeath);
        if self.death_confirmed() {
            card.holds.insert(Hold::DeathConfirmed);
        } else if self.person.as_ref().is_some_and(|p| !(p.death.is_empty() && p.stated.is_empty()))
            || self.cards.iter().any(suspected)
        {
            card.holds.insert(Hold::SuspectedDeath);
        }
        card
    }

    /// The change of the bank under way.
    pub fn bank_change(&self) -> Option<&BankChange> {
        self.person.as_ref()?.bank_change.as_ref()
    }

    /// Whether two registers say that the person is dead.
    pub fn death_confirmed(&self) -> bool {
        self.person.as_ref().is_some_and(|p| registers_of(&p.death) >= 2)
    }

    /// Cards that are neither cancelled nor cleaned.
    pub fn standing_cards(&self) -> impl Iterator<Item = &Card> {
        self.cards.iter().filter(|c| c.stands())
    }

    /// Every batch that the file's applications refer to.
    pub fn batch_ids(&self) -> impl Iterator<Item = BatchId> + '_ {
        self.applications.iter().filter_map(|a| a.stage.batch()).chain(self.cards.iter().map(|c| c.batch))
    }

    /// The end of an application's clock on a day; `None` when none runs.
    pub fn clock_ends(&self, application: ApplicationId, on: Date) -> Option<HolderEvent> {
        let clock = self.application(application)?.clock.as_ref()?;
        clock.stopped_on.is_none().then_some(HolderEvent::ClockStopped { application, on })
    }
}
