//! People, their applications and cards, the numbers that belong to them, and unit applications.

use super::bound_to;
use crate::engine::StoreError;
use crate::keys::KeyRing;
use crate::seal::Sealer;
use crate::table::{Columns, Sealed, json, row};
use jiff::civil::Date;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::application::{Application, Origin};
use kaguan_domain::facts::card::Card;
use kaguan_domain::facts::claim::ClaimKind;
use kaguan_domain::facts::clock::Clock;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::intent::Intent;
use kaguan_domain::facts::join::Join;
use kaguan_domain::facts::names::{AccountKind, CustodyKind, SocialKind, StageKind};
use kaguan_domain::facts::person::Person;
use kaguan_domain::facts::unit::{Outstanding, UnitApplication, UnitFile, UnitState};
use kaguan_domain::ids::{ApplicationId, BatchId, BoxId, CardId, HolderId, OrgId, UnitId};
use serde::{Deserialize, Serialize};

row! {
    /// The person is sealed.
    HolderRow in "holder" [holder_id: HolderId] { version: i64, person: Sealed, next_duty: Option<Instant> }

    /// What a file is read from.
    HolderBody in "holder" [holder_id: HolderId] { version: i64, person: Sealed }

    /// Whose file.
    HolderKey in "holder" [holder_id: HolderId] {}
        ; unvouched "says which files to load, and what is said or done is so from the loaded ones"

    /// How many files there are, or where some of them end.
    Steps in "application" [n: i64] {}; unvouched "only parts the work of check"

    /// A joining of two files: whether it waits for a second officer.
    JoinRow in "file_join" [holder_id: HolderId, other_id: HolderId] { waiting: bool, proposed_at: Instant }

    /// The body is sealed.
    ApplicationRow in "application" [holder_id: HolderId, application_id: ApplicationId] {
        stage: StageKind,
        batch_id: Option<BatchId>,
        unit_id: Option<UnitId>,
        city: String,
        bank: String,
        outlet: OrgId,
        collect_at: OrgId,
        urgent: bool,
        settled: bool,
        received_on: Date,
        due: Option<Date>,
        marked: bool,
        body: Sealed,
    }

    /// What an application is read from.
    ApplicationBody in "application" [holder_id: HolderId, application_id: ApplicationId] { body: Sealed }

    ApplicationKey in "application" [holder_id: HolderId, application_id: ApplicationId] {}

    /// An application that can be screened into a batch.
    ReadyApplication in "application" [holder_id: HolderId, application_id: ApplicationId] {
        received_on: Date,
        unit_id: Option<UnitId>,
        body: Sealed,
    }

    /// An application that waits for its checks.
    WaitingApplication in "application" [holder_id: HolderId, application_id: ApplicationId] {
        city: String,
        bank: String,
        outlet: OrgId,
        received_on: Date,
    }

    /// At which outlet one was taken in.
    OutletOfWaiting in "application" [outlet: OrgId] {}
        ; unvouched "says what can be chosen, and what is shown of it is said from rows with their tags"

    /// An application whose clock runs.
    DueApplication in "application" [holder_id: HolderId, application_id: ApplicationId] { due: Date }

    /// How many applications of a city have their last day on one.
    DueCount in "application" [city: String, due: Date] { n: i64 }
        ; unvouched "counted in the database: a row whose columns were changed is named by check"

    /// How many applications of a city and bank can be screened.
    ReadyCount in "application" [city: String, bank: String, urgent: bool] { n: i64 }
        ; unvouched "counted in the database: a row whose columns were changed is named by check"

    /// How many applications of a batch are each unit's.
    UnitCount in "application" [unit_id: UnitId] { n: i64 }
        ; unvouched "counted in the database: a row whose columns were changed is named by check"

    /// How many applications of a batch were taken in at one place, by one unit application or by none, for cards collected at another.
    ShareCount in "application" [collect_at: OrgId, outlet: OrgId] { unit_id: Option<UnitId>, n: i64 }
        ; unvouched "counted in the database: a row whose columns were changed is named by check"

    /// How many applications of a batch are at a stage.
    StageCount in "application" [stage: StageKind] { n: i64 }
        ; unvouched "counted in the database: a row whose columns were changed is named by check"

    /// The body is sealed. `place` is the slot of the card among its bank's cards, see [`slot_of`].
    CardRow in "card" [holder_id: HolderId, card_id: CardId] {
        application_id: ApplicationId,
        batch_id: BatchId,
        box_id: Option<BoxId>,
        custody: CustodyKind,
        social: SocialKind,
        account: AccountKind,
        in_force: bool,
        holds: String,
        card_no: String,
        valid_until: Date,
        bank: String,
        place: i64,
        mirror: i64,
        city: String,
        waits: bool,
        unsettled: bool,
        recall_due: Option<Date>,
        body: Sealed,
    }

    /// What a card is read from.
    CardBody in "card" [holder_id: HolderId, card_id: CardId] { body: Sealed }

    CardKey in "card" [holder_id: HolderId, card_id: CardId] {}

    /// The state of a card.
    CardState in "card" [holder_id: HolderId, card_id: CardId] {
        social: SocialKind,
        account: AccountKind,
        in_force: bool,
        holds: String,
        valid_until: Date,
        body: Sealed,
    }

    /// A card that was used and is not in force.
    HeldCard in "card" [holder_id: HolderId, card_id: CardId] { card_no: String }

    /// A card as its bank must have it.
    MirrorRow in "card" [place: i64] { mirror: i64, holder_id: HolderId, card_id: CardId }

    /// The sums over a part of a bank's slots.
    MirrorSum in "card" [part: i64] { cards: i64, low: i64, high: i64 }
        ; unvouched "summed in the database: where the sums differ the cards are asked for, each with its tag"

    /// The blind index of a number that belongs to somebody; that of a unit's form to a unit application, by `unit_as_owner`.
    ClaimRow in "claim" [digest: [u8; 32]] { kind: ClaimKind, holder_id: HolderId }

    /// Whose number.
    ClaimOwner in "claim" [digest: [u8; 32]] { holder_id: HolderId }

    /// The blind index of what somebody may be found by.
    TraceRow in "trace" [digest: [u8; 32], holder_id: HolderId] {}

    /// The body is sealed.
    UnitRow in "unit_application" [unit_id: UnitId] {
        version: i64,
        body: Sealed,
        next_duty: Option<Instant>,
        city: String,
        waits: bool,
    }

    /// What a unit application is read from.
    UnitBody in "unit_application" [unit_id: UnitId] { version: i64, body: Sealed }

    /// Which unit application.
    UnitKey in "unit_application" [unit_id: UnitId] {}

    /// A unit application whose data are still to come, while its clock runs.
    UnitClockRow in "unit_clock" [unit_id: UnitId] { city: String, outlet: OrgId, due: Date }

    /// The same, in a list of clocks.
    RunningUnit in "unit_clock" [unit_id: UnitId] { due: Date }

    /// How many unit applications of a city have their last day on one.
    UnitsDue in "unit_clock" [city: String, due: Date] { n: i64 }
        ; unvouched "counted in the database: a row whose columns were changed is named by check"
}

impl HolderRow {
    pub(crate) fn of(sealer: &Sealer, file: &HolderFile, person: &Person) -> Self {
        Self::sealed(file, Sealed(sealer.seal(&bound_to("holder", file.id), &json(person))))
    }

    /// The same of a person that is sealed already: only the version and the next day change.
    pub(crate) fn sealed(file: &HolderFile, person: Sealed) -> Self {
        let (holder_id, version) = (file.id, file.version);
        Self { holder_id, version, person, next_duty: kaguan_domain::duty::next(file) }
    }
}

impl JoinRow {
    /// The joinings that differ from those before; the last with each file counts.
    pub(crate) fn changed(file: &HolderFile, before: Option<&HolderFile>) -> Vec<Self> {
        let joins = |f: &HolderFile| f.person.as_ref().map(|p| p.joins.clone()).unwrap_or_default();
        let (now, earlier) = (joins(file), before.map(joins).unwrap_or_default());
        let last = |at: usize| now[at + 1..].iter().all(|j| j.other != now[at].other);
        let row = |j: &Join| Self {
            holder_id: file.id,
            other_id: j.other,
            waiting: j.state.waits(),
            proposed_at: j.proposed_at,
        };
        let changed = (0..now.len()).filter(|at| last(*at) && earlier.get(*at) != Some(&now[*at]));
        changed.map(|at| row(&now[at])).collect()
    }
}

impl HolderBody {
    /// The file, without what hangs on it.
    pub(crate) fn file(&self, sealer: &Sealer) -> Result<HolderFile, StoreError> {
        let person = self.open(sealer, "person", &bound_to("holder", self.holder_id), &self.person)?;
        let mut file = HolderFile::new(self.holder_id);
        file.version = self.version;
        file.person = Some(self.parse("person", &person)?);
        Ok(file)
    }
}

impl ApplicationRow {
    pub(crate) fn of(sealer: &Sealer, holder: HolderId, a: &Application) -> Self {
        let unit_id = match a.origin {
            Origin::Unit { unit } => Some(unit),
            _ => None,
        };
        Self {
            holder_id: holder,
            application_id: a.id,
            stage: a.stage.kind(),
            batch_id: a.stage.batch(),
            unit_id,
            city: a.city.as_str().to_owned(),
            bank: a.bank.as_str().to_owned(),
            outlet: a.outlet,
            collect_at: a.collect_at,
            urgent: a.urgent,
            settled: a.fee.is_settled(),
            received_on: a.received_on,
            due: a.clock.as_ref().and_then(Clock::runs_until),
            marked: a.instant_at.is_some(),
            body: Sealed(sealer.seal(&bound_to("application", a.id), &json(a))),
        }
    }
}

impl ReadyApplication {
    /// Whether a counter makes its card, so that no batch takes it.
    pub(crate) fn marked(&self, sealer: &Sealer) -> Result<bool, StoreError> {
        let bound_to = bound_to("application", self.application_id);
        let application: Application =
            self.parse("body", &self.open(sealer, "body", &bound_to, &self.body)?)?;
        Ok(application.instant_at.is_some())
    }
}

impl ApplicationBody {
    pub(crate) fn application(&self, sealer: &Sealer) -> Result<Application, StoreError> {
        let bound_to = bound_to("application", self.application_id);
        self.parse("body", &self.open(sealer, "body", &bound_to, &self.body)?)
    }
}

/// The slot of a bank card number among the bank's cards: 60 bits of a digest under the key shared with the bank.
pub fn slot_of(shared: &[u8; 32], bank_card_no: &str) -> i64 {
    let mac = crate::seal::hmac(shared, &[bank_card_no.as_bytes()]);
    let mut eight = [0; 8];
    eight.copy_from_slice(&mac[..8]);
    i64::from_be_bytes(eight) & ((1 << 60) - 1)
}

impl CardRow {
    pub(crate) fn of(keys: &KeyRing, holder: HolderId, c: &Card) -> Self {
        Self {
            holder_id: holder,
            card_id: c.id,
            application_id: c.application,
            batch_id: c.batch,
            box_id: c.custody.lies_in(),
            custody: c.custody.kind(),
            social: c.social.kind(),
            account: c.account.kind(),
            in_force: c.in_force(),
            holds: c.holds.iter().map(|h| h.code()).collect::<Vec<_>>().join(","),
            card_no: c.card_no.as_str().to_owned(),
            valid_until: c.valid_until,
            bank: c.bank.as_str().to_owned(),
            place: slot_of(&keys.shared(c.bank.as_str()), c.bank_account.bank_card_no.as_str()),
            mirror: c.mirror().bits(),
            city: c.city.as_str().to_owned(),
            waits: c.is_on_its_way(),
            unsettled: c.intents.iter().any(Intent::is_unsettled),
            recall_due: c.recall_clock().and_then(|(_, clock)| clock.runs_until()),
            body: Sealed(keys.sealer.seal(&bound_to("card", c.id), &json(c))),
        }
    }
}

impl CardState {
    /// Whether its PIN is locked, which only what is sealed tells.
    pub(crate) fn is_pin_locked(&self, sealer: &Sealer) -> Result<bool, StoreError> {
        let bound_to = bound_to("card", self.card_id);
        let card: Card = self.parse("body", &self.open(sealer, "body", &bound_to, &self.body)?)?;
        Ok(card.is_pin_locked())
    }
}

impl CardBody {
    pub(crate) fn card(&self, sealer: &Sealer) -> Result<Card, StoreError> {
        let bound_to = bound_to("card", self.card_id);
        self.parse("body", &self.open(sealer, "body", &bound_to, &self.body)?)
    }
}

/// What of a unit application is stored: all but its identity and version.
#[derive(Serialize, Deserialize)]
struct StoredUnit {
    application: Option<UnitApplication>,
    accepted_at: Option<Instant>,
    rows: u32,
    uploaded_at: Option<Instant>,
    clocks: Vec<Clock>,
    #[serde(default)]
    outstanding: Option<Outstanding>,
    #[serde(default)]
    closed: Option<String>,
}

impl UnitRow {
    pub(crate) fn of(sealer: &Sealer, u: &UnitFile) -> Self {
        let stored = StoredUnit {
            application: u.application.clone(),
            accepted_at: u.accepted_at,
            rows: u.rows,
            uploaded_at: u.uploaded_at,
            clocks: u.clocks.clone(),
            outstanding: u.outstanding.clone(),
            closed: u.closed.clone(),
        };
        Self {
            unit_id: u.id,
            version: u.version,
            body: Sealed(sealer.seal(&bound_to("unit_application", u.id), &json(&stored))),
            next_duty: kaguan_domain::facts::clock::next_watch(&u.clocks),
            city: u.lies().map_or_else(String::new, |(city, _)| city.as_str().to_owned()),
            waits: matches!(u.state(), UnitState::Open | UnitState::Outstanding),
        }
    }
}

impl UnitClockRow {
    /// The clock of a unit application; `None` when none runs.
    pub(crate) fn of(u: &UnitFile) -> Option<Self> {
        let due = u.clocks.iter().find_map(Clock::runs_until)?;
        let (city, outlet) = u.lies()?;
        Some(Self { unit_id: u.id, city: city.as_str().to_owned(), outlet, due })
    }
}

impl UnitBody {
    pub(crate) fn file(&self, sealer: &Sealer) -> Result<UnitFile, StoreError> {
        let bound_to = bound_to("unit_application", self.unit_id);
        let stored: StoredUnit = self.parse("body", &self.open(sealer, "body", &bound_to, &self.body)?)?;
        Ok(UnitFile {
            id: self.unit_id,
            version: self.version,
            application: stored.application,
            accepted_at: stored.accepted_at,
            rows: stored.rows,
            uploaded_at: stored.uploaded_at,
            clocks: stored.clocks,
            outstanding: stored.outstanding,
            closed: stored.closed,
        })
    }
}
