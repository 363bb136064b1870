//! The holder's file: the unit of consistency. One person, the applications and the cards, guarded by one version.

use crate::facts::application::Application;
use crate::facts::bank_change::BankChange;
use crate::facts::card::{Card, Social};
use crate::facts::holder::HolderEvent;
use crate::facts::person::Person;
use crate::ids::{ApplicationId, BatchId, CardId, HolderId};
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

    /// The application of an identity.
    pub fn application(&self, id: ApplicationId) -> Option<&Application> {
        self.applications.iter().find(|a| a.id == id)
    }

    /// The card of an identity.
    pub fn card(&self, id: CardId) -> Option<&Card> {
        self.cards.iter().find(|c| c.id == id)
    }

    /// The application that is neither declined nor finished with a card.
    pub fn open_application(&self) -> Option<&Application> {
        self.applications.iter().find(|a| a.is_open())
    }

    /// The open application that is to take the place of a card.
    pub fn replacement_of(&self, card: CardId) -> Option<&Application> {
        self.applications.iter().find(|a| a.is_open() && a.purpose.old() == Some(card)).or_else(|| {
            // Made and not yet collected: the new card is on its way, the old one stays as it is.
            let new =
                self.cards.iter().find(|c| c.social == Social::NotEnabled && self.replaces_id(c, card))?;
            self.application(new.application)
        })
    }

    /// Whether a card was made to take the place of another.
    pub fn replaces(&self, new: &Card, old: &Card) -> bool {
        self.replaces_id(new, old.id)
    }

    fn replaces_id(&self, new: &Card, old: CardId) -> bool {
        self.application(new.application).is_some_and(|a| a.purpose.old() == Some(old))
    }

    /// The change of the bank under way.
    pub fn bank_change(&self) -> Option<&BankChange> {
        self.person.as_ref()?.bank_change.as_ref()
    }

    /// Whether two registers say that the person is dead.
    pub fn death_confirmed(&self) -> bool {
        self.person.as_ref().is_some_and(|p| p.death.len() >= 2)
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
