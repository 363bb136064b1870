//! One store on SQLite and PostgreSQL: the only SQL, field encryption, the journal's hashing.
//!
//! One concrete [`Store`] with an engine enum inside; SQLite in memory is the test double. Every statement is one
//! text for both engines (see [`engine`]).

mod changes;
mod check;
mod commit;
pub mod engine;
mod heads;
pub mod journal;
mod keys;
mod load;
mod outbox;
mod queries;
mod rows;
mod schema;
pub mod seal;
mod second_factors;
mod sessions;
mod signed;
pub mod sql;
mod store;
mod table;
mod tagging;
mod unit_forms;
mod uploads;
mod workspace;
mod writer;

pub use changes::DueMaterial;
#[doc(hidden)]
pub use check::Spool;
pub use check::{Area, CheckReport, Finding, FindingKind, Since};
pub use commit::{Commit, Moved, NewEntry, NewMessage, Staged};
pub use engine::{CommitError, StoreError, StoredDataError};
pub use heads::{End, HeadFile, JournalHead, KeepError, Keeper, Stands};
pub use keys::{KeyError, KeyRing};
pub use load::{FREE, LoadRequest, Loaded, Located, STOCK, SeveralPeople, Subject, unit_as_owner};
pub use outbox::{Attempt, AttemptOutcome, MessageState, OutboxRow, SentChosen};
pub use queries::{
    Again, BatchShare, BatchesAsked, BatchesDueRow, BoxWay, BoxesChosen, BoxesWaiting, CardStateRow,
    CardsAsked, HappenedCount, HolderApplication, LedgerAsked, LinesAsked, ListedBatch, ListedBox, LooseIn,
    MirrorSums, MovementRow, OfferedRow, OpenRow, OrdersAsked, Owed, People, PeoplePage, ReadyRow,
    ReadyToScreen, RecallRow, Running, RunningAsked, RunningCount, RunningIn, RunningOf, SinglesRow, Ticks,
    UncheckedIn, UnderWay, UnderWayRow, WaitingRow, whole_months,
};
pub use rows::examinations::Examination;
pub use rows::journal::Line;
pub use rows::people::slot_of;
#[doc(hidden)]
pub use rows::reread::{ROWS, Reread};
pub use second_factors::SecondFactor;
pub use sessions::{Session, Tries};
pub use signed::{SignedHead, verify_signed};
pub use store::{OpenError, Store};
pub use uploads::StoredUpload;
pub use workspace::{Answer, Draft};
pub use writer::{Standing, Writer};
