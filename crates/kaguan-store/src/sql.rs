//! Every statement, one text for both engines. A test prepares each on both.
//!
//! A statement says which row it answers (`Ask`) or writes (`Put`): `{columns}` and `{rows}` are the row's, in its order. A
//! column that SQL computes has the name that the row gives it. A parameter that may be NULL for “any” is first compared
//! and then asked whether it is: PostgreSQL learns its type from the comparison. A city by which rows are looked up is a range, `queries::cities`:
//! an index serves it for one city and for any.

use crate::engine::Sql;
use crate::journal::Entry;
use crate::rows::batches::{
    Balance, BatchBody, BatchKey, BatchOfBox, BatchRow, BoxBody, BoxCount, BoxRow, CardCount, CustodyRow,
    OutletOfBox,
};
use crate::rows::blanks::{
    BlankBody, BlankBoxCount, BlankBoxOfOrder, BlankNumber, BlankRow, BlankStateCount, OrderBody, OrderRow,
};
use crate::rows::dead::DeadWaitingRow;
use crate::rows::examinations::ExaminationRow;
use crate::rows::journal::{
    BlockRow, InstitutionRow, LastBlock, Line, LineTime, PlainHead, RequestKeyRow, VerbOfLine, WriterRow,
};
use crate::rows::loose::{LooseKey, LooseRow, OfferedAlike, SinglesAlike};
use crate::rows::messages::{Addressee, AttemptRow, MessageCount, MessageKey, MessageRow, MessageStanding};
use crate::rows::papers::{ArchiveRow, CounterRow, MaterialRow, MetaRow, PhotoKey, PhotoRow, PlainMeta};
use crate::rows::people::{
    ApplicationBody, ApplicationKey, ApplicationRow, CardBody, CardKey, CardRow, CardState, ClaimOwner,
    ClaimRow, DueApplication, DueCount, HeldCard, HolderBody, HolderKey, HolderRow, JoinRow, MirrorRow,
    MirrorSum, OutletOfWaiting, ReadyApplication, ReadyCount, RunningUnit, ShareCount, StageCount, Steps,
    TraceRow, UnitBody, UnitClockRow, UnitCount, UnitKey, UnitRow, UnitsDue, WaitingApplication,
};
use crate::rows::sessions::{FactorRow, RecoveryRow, SessionRow, TryRow};
use crate::rows::statistics::{
    BatchClockRow, BatchesDue, ClockCount, ClocksAlike, HappenedBetween, HappenedInMonth, HappenedRow,
    RunningBatch, RunningBatches,
};
use crate::rows::under_way::{
    BoxStep, CardStep, DueSum, InBoxCount, OpenStep, RecallRow, RecalledCard, RecallsAlike, UnderWayCount,
};
use crate::rows::uploads::{UploadFileRow, UploadRow};
use crate::rows::workspace::{AnswerRow, DraftRow};
use crate::table::{Ask, Both, Put, Swap};

pub(crate) mod blanks;
pub(crate) mod boxes;
pub(crate) mod cards;
pub(crate) mod ledger;

/// What lies in boxes, as it was counted by box, by who keeps the box and what it is bound for (`BoxFile::bound_for`): so many times, of some
/// boxes. $1 is how the accounts of organisations begin.
macro_rules! in_boxes {
    ($times:literal, $of:literal) => {
        concat!("INSERT INTO in_box ({columns}) SELECT u.what, u.city, u.detail, b.keeper, CASE WHEN b.to_org IS NOT NULL THEN b.to_org WHEN b.keeper = $1 || CAST(b.outlet AS TEXT) THEN b.outlet ELSE 0 END, u.due, ", $times, "CAST(sum(u.n) AS BIGINT) FROM under_way u JOIN box b ON b.batch_id = u.batch_id AND b.box_id = u.box_id WHERE u.box_id > 0", $of, " GROUP BY 1, 2, 3, 4, 5, 6")
    };
}

macro_rules! statements {
    ([$($other:path),*] $($(#[$doc:meta])* $name:ident: $kind:ident $(<$($row:ident),+>)? = $text:expr;)*) => {
        $($(#[$doc])* pub(crate) static $name: $kind $(<$($row),+>)? = $kind::new(stringify!($name), $text);)*
        /// Every statement: a test prepares each on both engines.
        pub static ALL: &[&Sql] = &[$($name.statement(),)* $($other.statement()),*];
    };
}

statements! {
    [cards::LOOSE_OUTLET, cards::LOOSE_OUTLET_COUNT, cards::LOOSE_CITY, cards::LOOSE_CITY_COUNT,
     cards::LOOSE_ANY, cards::LOOSE_ANY_COUNT, cards::LOOSE_ENDING_AT, cards::LOOSE_ENDING_AT_COUNT,
     cards::LOOSE_ELSEWHERE, cards::LOOSE_ELSEWHERE_COUNT, cards::LOOSE_TO_POST, cards::LOOSE_TO_POST_COUNT,
     cards::RECALLS_IN_BOXES_OF, cards::RECALLS_IN_BOXES_OF_COUNT, cards::CARDS_NOT_ENABLED,
     cards::CARDS_NOT_ENABLED_COUNT, boxes::BOX_TO_SEND_ON, boxes::BOX_UNSETTLED, blanks::BLANK_ORDER_ENDED,
     ledger::LEDGER, ledger::DONE_BY_OFFICER]

    /// The values of meta.
    META_GET: Ask<MetaRow> = "SELECT {columns} FROM meta WHERE name = $1";
    /// Writes one.
    META_PUT: Put<MetaRow> = "INSERT INTO meta ({columns}) {rows} ON CONFLICT (name) DO UPDATE SET {update}";
    /// The same before an earlier schema has tags.
    META_PLAIN: Ask<PlainMeta> = "SELECT {columns} FROM meta WHERE name = $1";
    /// The writer's row.
    WRITER_GET: Ask<WriterRow> = "SELECT {columns} FROM writer WHERE id = 1";
    /// What it says of the journal.
    WRITER_PLAIN: Ask<PlainHead> = "SELECT {columns} FROM writer WHERE id = 1";
    /// First writer.
    WRITER_INIT: Put<WriterRow> = "INSERT INTO writer ({columns}) {rows} ON CONFLICT (id) DO NOTHING";
    /// A new process takes over: whoever wrote before is fenced.
    WRITER_TAKE: Swap<WriterRow> = "{swap}";
    /// Fence and chain guard in one: only the writer of this epoch, at this head, may go on.
    WRITER_ADVANCE: Swap<WriterRow> = "{swap}";

    /// Journal lines.
    ENTRY_PUT: Put<Entry> = "INSERT INTO journal_entry ({columns}) {rows}";
    /// Journal lines from one on.
    ENTRY_FROM: Ask<Entry> = "SELECT {columns} FROM journal_entry WHERE seq >= $1 ORDER BY seq LIMIT $2";
    /// Some journal lines, by their numbers.
    ENTRY_AT: Ask<Entry> = "SELECT {columns} FROM journal_entry WHERE seq {in:1}";
    /// The latest journal lines of a subject.
    ENTRY_OF_SUBJECT: Ask<Entry> = "SELECT {columns} FROM journal_entry WHERE subject = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3";
    /// The same of one verb that was done.
    ENTRY_OF_SUBJECT_DOING: Ask<Entry> = "SELECT {columns} FROM journal_entry WHERE subject = $1 AND command = $2 AND outcome = 'done' ORDER BY seq DESC LIMIT $3";
    /// The latest journal lines about institutions of one verb, before one of them.
    ENTRY_OF_INSTITUTION: Ask<Entry> = "SELECT {columns} FROM journal_entry WHERE subject = 'institution' AND command = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3";
    /// The verbs of such lines.
    INSTITUTION_VERBS: Ask<VerbOfLine> = "SELECT DISTINCT {columns} FROM journal_entry WHERE subject = 'institution' ORDER BY command";
    /// Journal lines of one verb that was done, from one on.
    ENTRY_OF_COMMAND: Ask<Entry> = "SELECT {columns} FROM journal_entry WHERE command = $1 AND outcome = 'done' AND seq >= $2 ORDER BY seq LIMIT $3";
    /// Home visits that a first clerk recorded, from a moment on.
    ENTRY_OF_VISITS: Ask<Entry> = "SELECT {columns} FROM journal_entry WHERE command = 'activation.record_visit' AND outcome = 'done' AND at >= $1 ORDER BY at, seq LIMIT $2";
    /// Restrictions that were proposed, from a moment on, newest first.
    ENTRY_OF_RESTRICTIONS: Ask<Entry> = "SELECT {columns} FROM journal_entry WHERE command = 'restriction.propose' AND outcome = 'done' AND at >= $1 ORDER BY at DESC, seq DESC LIMIT $2";
    /// Of whom a register said that they have died, for the rows of an earlier schema.
    ENTRY_OF_DEATHS: Ask<Entry> = "SELECT {columns} FROM journal_entry WHERE command = 'alive.mark_death' AND outcome = 'done' AND at >= $1 ORDER BY at DESC, seq DESC LIMIT $2";
    /// Changes of the bank that were reserved, from a moment on, newest first.
    ENTRY_OF_BANK_CHANGES: Ask<Entry> = "SELECT {columns} FROM journal_entry WHERE command = 'bank_change.reserve' AND outcome = 'done' AND at >= $1 ORDER BY at DESC, seq DESC LIMIT $2";
    /// What lines say of themselves, without their events: before one and from another on, in a time, newest first; NULL means any.
    LINES: Ask<Line> = "SELECT {columns} FROM journal_entry WHERE seq < $1 AND seq >= $2 AND at >= $3 AND at < $4 AND (command = $5 OR $5 IS NULL) AND (actor = $6 OR $6 IS NULL) AND (outcome = $7 OR $7 IS NULL) AND (outcome <> $8 OR $8 IS NULL) ORDER BY seq DESC LIMIT $9";
    /// The same of one subject.
    LINES_ABOUT: Ask<Line> = "SELECT {columns} FROM journal_entry WHERE subject = $10 AND seq < $1 AND seq >= $2 AND at >= $3 AND at < $4 AND (command = $5 OR $5 IS NULL) AND (actor = $6 OR $6 IS NULL) AND (outcome = $7 OR $7 IS NULL) AND (outcome <> $8 OR $8 IS NULL) ORDER BY seq DESC LIMIT $9";
    /// When the first line from one on was written.
    LINE_TIME: Ask<LineTime> = "SELECT {columns} FROM journal_entry WHERE seq >= $1 ORDER BY seq LIMIT 1";
    /// The last line.
    LINE_LAST: Ask<LineTime> = "SELECT {columns} FROM journal_entry ORDER BY seq DESC LIMIT 1";
    /// What an officer did at the console from a moment on, before a line, newest first; one verb is left out, NULL leaves out none.
    LINES_OF_OFFICER: Ask<Line> = "SELECT {columns} FROM journal_entry WHERE actor = $1 AND channel = 'console' AND at >= $2 AND (at, seq) < ($3, $4) ORDER BY at DESC, seq DESC LIMIT $5";
    /// One block.
    BLOCK_PUT: Put<BlockRow> = "INSERT INTO journal_block ({columns}) {rows}";
    /// Blocks from one on.
    BLOCK_FROM: Ask<BlockRow> = "SELECT {columns} FROM journal_block WHERE seq >= $1 ORDER BY seq LIMIT $2";
    /// The last block.
    BLOCK_LAST: Ask<LastBlock> = "SELECT {columns} FROM journal_block ORDER BY seq DESC LIMIT 1";
    /// The same, whole.
    BLOCK_END: Ask<BlockRow> = "SELECT {columns} FROM journal_block ORDER BY seq DESC LIMIT 1";
    /// The block of an entry.
    BLOCK_OF_ENTRY: Ask<BlockRow> = "SELECT {columns} FROM journal_block WHERE first_entry <= $1 ORDER BY first_entry DESC LIMIT 1";

    /// Request keys.
    KEY_PUT: Put<RequestKeyRow> = "INSERT INTO request_key ({columns}) {rows}";
    /// Known request keys.
    KEY_GET: Ask<RequestKeyRow> = "SELECT {columns} FROM request_key WHERE key_digest {in:1}";
    /// Numbers that belong to somebody from now on: fresh ones, and those that nobody has yet, or any more.
    CLAIM_PUT: Put<ClaimRow> = "INSERT INTO claim ({columns}) {rows} ON CONFLICT (digest) DO UPDATE SET {update} WHERE claim.holder_id <= 0";
    /// Whose numbers.
    CLAIM_GET: Ask<ClaimOwner> = "SELECT {columns} FROM claim WHERE digest {in:1}";

    /// What people may be found by that others may share.
    TRACE_PUT: Put<TraceRow> = "INSERT INTO trace ({columns}) {rows} ON CONFLICT (digest, holder_id) DO NOTHING";
    /// Whoever may be found by it.
    TRACE_GET: Ask<TraceRow> = "SELECT {columns} FROM trace WHERE digest {in:1} ORDER BY digest, holder_id";

    /// People.
    HOLDER_PUT: Put<HolderRow> = "INSERT INTO holder ({columns}) {rows} ON CONFLICT (holder_id) DO UPDATE SET {update} WHERE holder.version < excluded.version";
    /// People by identity.
    HOLDER_GET: Ask<HolderBody> = "SELECT {columns} FROM holder WHERE holder_id {in:1}";
    /// People whose day has come.
    HOLDER_DUE: Ask<HolderKey> = "SELECT {columns} FROM holder WHERE next_duty <= $1 ORDER BY next_duty, holder_id LIMIT $2";
    /// People who may have a running clock: an application under way, or a day before some moment.
    HOLDER_WITH_CLOCKS: Ask<HolderKey> = "SELECT {columns} FROM holder WHERE holder_id > $1 AND (next_duty <= $2 OR EXISTS (SELECT 1 FROM application a WHERE a.holder_id = holder.holder_id AND a.stage <> $3 AND a.stage <> $4 AND a.stage <> $5)) ORDER BY holder_id LIMIT $6";
    /// Batches whose day has come.
    BATCH_DUE: Ask<BatchKey> = "SELECT {columns} FROM batch WHERE next_duty <= $1 ORDER BY next_duty, batch_id LIMIT $2";
    /// Unit applications whose day has come.
    UNIT_DUE: Ask<UnitKey> = "SELECT {columns} FROM unit_application WHERE next_duty <= $1 ORDER BY next_duty, unit_id LIMIT $2";
    /// People from one on.
    HOLDER_FROM: Ask<HolderKey> = "SELECT {columns} FROM holder WHERE holder_id > $1 ORDER BY holder_id LIMIT $2";
    /// Joinings of files.
    JOIN_PUT: Put<JoinRow> = "INSERT INTO file_join ({columns}) {rows} ON CONFLICT (holder_id, other_id) DO UPDATE SET {update}";
    /// Those that wait for a second officer, the longest waiting first.
    JOIN_WAITING: Ask<JoinRow> = "SELECT {columns} FROM file_join WHERE waiting = 1 AND (proposed_at, holder_id, other_id) > ($1, $2, $3) AND (EXISTS (SELECT 1 FROM application a WHERE a.holder_id = file_join.holder_id AND a.city = $4) OR EXISTS (SELECT 1 FROM application b WHERE b.holder_id = file_join.other_id AND b.city = $4) OR $4 IS NULL) ORDER BY proposed_at, holder_id, other_id LIMIT $5";
    JOIN_WAITING_INTO: Ask<JoinRow> = "SELECT {columns} FROM file_join WHERE waiting = 1 AND other_id = $1 ORDER BY proposed_at, holder_id LIMIT $2";
    JOIN_LATELY: Ask<JoinRow> = "SELECT {columns} FROM file_join WHERE waiting = 0 AND proposed_at >= $1 AND EXISTS (SELECT 1 FROM application a WHERE a.holder_id = file_join.holder_id AND a.city = $2) ORDER BY proposed_at DESC, holder_id, other_id LIMIT $3";
    /// What has to be decided.
    EXAMINATION_PUT: Put<ExaminationRow> = "INSERT INTO examination ({columns}) {rows} ON CONFLICT (holder_id, card_id, kind) DO UPDATE SET {update}";
    /// It was decided, or withdrawn.
    EXAMINATION_GONE: Sql = "DELETE FROM examination WHERE holder_id = $1 AND card_id = $2 AND kind = $3";
    /// Those of a kind that wait, of a city and a bank, newest first; NULL means any bank.
    EXAMINATIONS: Ask<ExaminationRow> = "SELECT {columns} FROM examination WHERE kind = $1 AND city >= $2 AND city <= $3 AND (bank = $4 OR $4 IS NULL) AND at >= $6 ORDER BY at DESC, holder_id, card_id LIMIT $5";
    /// Numbers become another file's.
    CLAIM_MOVE: Swap<ClaimRow> = "{swap}";
    /// Messages that wait go on in the order of the file that their file was joined into.
    OUTBOX_MOVE: Swap<MessageRow> = "{swap}";
    /// Messages about a subject that wait.
    OUTBOX_ABOUT: Ask<MessageRow> = "SELECT {columns} FROM outbox WHERE subject = $1 AND state = 'waiting' ORDER BY message_id";
    /// Applications that went into another file.
    APPLICATION_GONE: Sql = "DELETE FROM application WHERE holder_id = $1 AND application_id {in:2}";
    /// Cards that went into another file.
    CARD_GONE: Sql = "DELETE FROM card WHERE holder_id = $1 AND card_id {in:2}";
    /// Applications.
    APPLICATION_PUT: Put<ApplicationRow> = "INSERT INTO application ({columns}) {rows} ON CONFLICT (holder_id, application_id) DO UPDATE SET {update}";
    /// Applications of people.
    APPLICATION_GET: Ask<ApplicationBody> = "SELECT {columns} FROM application WHERE holder_id {in:1} ORDER BY holder_id, application_id";
    /// Cards.
    CARD_PUT: Put<CardRow> = "INSERT INTO card ({columns}) {rows} ON CONFLICT (holder_id, card_id) DO UPDATE SET {update}";
    /// The states of the cards of whoever has a number; no card, no row.
    CARD_STATES: Both<ClaimOwner, CardState> = "SELECT {columns:c}, {and:k} FROM claim c JOIN card k ON k.holder_id = c.holder_id WHERE c.digest {in:1} ORDER BY k.card_id";
    /// Sums over slots of a bank's cards, by the next four bits: how many, and two sums that follow slot and state.
    MIRROR_SUMS: Ask<MirrorSum> = "SELECT place / $4 AS part, count(*) AS cards, CAST(sum((place & 1073741823) * (mirror + 1)) AS BIGINT) AS low, CAST(sum(((place >> 30) & 1073741823) * (mirror + 1)) AS BIGINT) AS high FROM card WHERE bank = $1 AND place >= $2 AND place < $3 GROUP BY place / $4 ORDER BY 1";
    /// A bank's cards in a range of slots.
    MIRROR_ROWS: Ask<MirrorRow> = "SELECT {columns} FROM card WHERE bank = $1 AND place >= $2 AND place < $3 ORDER BY place, card_id";
    /// Cards that were used and are not in force, from one on.
    CARD_HELD: Ask<HeldCard> = "SELECT {columns} FROM card WHERE in_force = 0 AND social <> 'not_enabled' AND valid_until >= $1 AND (holder_id, card_id) > ($2, $3) ORDER BY holder_id, card_id LIMIT $4";
    /// Cards that an earlier schema left without a slot.
    CARD_UNPLACED: Ask<HolderKey> = "SELECT DISTINCT {columns} FROM card WHERE bank = '' ORDER BY holder_id LIMIT $1";
    /// Cards with a link that staff must settle, of a city and a bank, from one on; NULL means any.
    CARDS_UNSETTLED: Ask<CardKey> = "SELECT {columns:k} FROM card k JOIN application a ON a.holder_id = k.holder_id AND a.application_id = k.application_id WHERE k.unsettled = 1 AND (a.city = $1 OR $1 IS NULL) AND (k.city = $5 OR $5 IS NULL) AND (k.bank = $6 OR $6 IS NULL) AND (k.holder_id, k.card_id) > ($2, $3) ORDER BY k.holder_id, k.card_id LIMIT $4";
    /// Cards of people.
    CARD_GET: Ask<CardBody> = "SELECT {columns} FROM card WHERE holder_id {in:1} ORDER BY holder_id, card_id";

    /// How many files there are of a kind, and the next after some of them: `check` parts its work by it.
    PEOPLE_STEPS: Ask<Steps> = "SELECT count(*) AS n FROM application";
    PEOPLE_STEP: Ask<Steps> = "SELECT holder_id AS n FROM application WHERE holder_id > $1 ORDER BY holder_id LIMIT 1 OFFSET $2";
    BATCH_STEPS: Ask<Steps> = "SELECT count(*) AS n FROM batch";
    BATCH_STEP: Ask<Steps> = "SELECT batch_id AS n FROM batch WHERE batch_id > $1 ORDER BY batch_id LIMIT 1 OFFSET $2";
    UNIT_STEPS: Ask<Steps> = "SELECT count(*) AS n FROM unit_application";
    UNIT_STEP: Ask<Steps> = "SELECT unit_id AS n FROM unit_application WHERE unit_id > $1 ORDER BY unit_id LIMIT 1 OFFSET $2";
    ORDER_STEPS: Ask<Steps> = "SELECT count(*) AS n FROM blank";
    ORDER_STEP: Ask<Steps> = "SELECT order_id AS n FROM blank WHERE order_id > $1 ORDER BY order_id LIMIT 1 OFFSET $2";
    /// Whole rows of people, of applications, of cards, for `check`.
    HOLDER_ROWS: Ask<HolderRow> = "SELECT {columns} FROM holder WHERE holder_id {in:1}";
    APPLICATION_ROWS: Ask<ApplicationRow> = "SELECT {columns} FROM application WHERE holder_id {in:1} ORDER BY holder_id, application_id";
    CARD_ROWS: Ask<CardRow> = "SELECT {columns} FROM card WHERE holder_id {in:1} ORDER BY holder_id, card_id";
    /// The same of batches and boxes.
    BATCH_ROWS: Ask<BatchRow> = "SELECT {columns} FROM batch WHERE batch_id {in:1}";
    BOX_ROWS: Ask<BoxRow> = "SELECT {columns} FROM box WHERE batch_id {in:1} ORDER BY batch_id, box_id";
    /// The same of unit applications and orders.
    UNIT_ROWS: Ask<UnitRow> = "SELECT {columns} FROM unit_application WHERE unit_id {in:1}";
    BLANK_ORDER_ROWS: Ask<OrderRow> = "SELECT {columns} FROM blank_order WHERE order_id {in:1}";

    /// Batches.
    BATCH_PUT: Put<BatchRow> = "INSERT INTO batch ({columns}) {rows} ON CONFLICT (batch_id) DO UPDATE SET {update} WHERE batch.version = excluded.version - 1";
    /// Batches by identity.
    BATCH_GET: Ask<BatchBody> = "SELECT {columns} FROM batch WHERE batch_id {in:1}";
    /// A batch by its number.
    BATCH_NUMBERED: Ask<BatchKey> = "SELECT {columns} FROM batch WHERE number = $1";
    /// Batches that people's applications and cards are in.
    BATCH_OF_HOLDERS: Ask<BatchBody> = "SELECT {columns} FROM batch WHERE batch_id IN (SELECT batch_id FROM application WHERE holder_id {in:1} AND batch_id IS NOT NULL UNION SELECT batch_id FROM card WHERE holder_id {in:1})";
    /// Batches of a city in a state; NULL means any.
    BATCH_LIST: Ask<BatchBody> = "SELECT {columns} FROM batch WHERE (city = $1 OR $1 IS NULL) AND (state = $2 OR $2 IS NULL) AND (bank = $3 OR $3 IS NULL) AND (vendor = $4 OR $4 IS NULL) AND batch_id < $5 ORDER BY batch_id DESC LIMIT $6";
    /// The same of a city.
    BATCH_LIST_CITY: Ask<BatchBody> = "SELECT {columns} FROM batch WHERE city = $1 AND (state = $2 OR $2 IS NULL) AND (bank = $3 OR $3 IS NULL) AND (vendor = $4 OR $4 IS NULL) AND batch_id < $5 ORDER BY batch_id DESC LIMIT $6";
    /// The same of a vendor.
    BATCH_LIST_VENDOR: Ask<BatchBody> = "SELECT {columns} FROM batch WHERE (city = $1 OR $1 IS NULL) AND (state = $2 OR $2 IS NULL) AND (bank = $3 OR $3 IS NULL) AND vendor = $4 AND batch_id < $5 ORDER BY batch_id DESC LIMIT $6";
    /// The same of a bank.
    BATCH_LIST_BANK: Ask<BatchBody> = "SELECT {columns} FROM batch WHERE (city = $1 OR $1 IS NULL) AND (state = $2 OR $2 IS NULL) AND bank = $3 AND (vendor = $4 OR $4 IS NULL) AND batch_id < $5 ORDER BY batch_id DESC LIMIT $6";
    /// The same of a city and a bank.
    BATCH_LIST_CITY_BANK: Ask<BatchBody> = "SELECT {columns} FROM batch WHERE city = $1 AND (state = $2 OR $2 IS NULL) AND bank = $3 AND (vendor = $4 OR $4 IS NULL) AND batch_id < $5 ORDER BY batch_id DESC LIMIT $6";
    /// The same of a city in a state.
    BATCH_LIST_CITY_STATE: Ask<BatchBody> = "SELECT {columns} FROM batch WHERE city = $1 AND state = $2 AND (bank = $3 OR $3 IS NULL) AND (vendor = $4 OR $4 IS NULL) AND batch_id < $5 ORDER BY batch_id DESC LIMIT $6";
    /// The same of a bank in a state.
    BATCH_LIST_BANK_STATE: Ask<BatchBody> = "SELECT {columns} FROM batch WHERE (city = $1 OR $1 IS NULL) AND state = $2 AND bank = $3 AND (vendor = $4 OR $4 IS NULL) AND batch_id < $5 ORDER BY batch_id DESC LIMIT $6";
    /// The same in a state.
    BATCH_LIST_STATE: Ask<BatchBody> = "SELECT {columns} FROM batch WHERE (city = $1 OR $1 IS NULL) AND state = $2 AND (bank = $3 OR $3 IS NULL) AND (vendor = $4 OR $4 IS NULL) AND batch_id < $5 ORDER BY batch_id DESC LIMIT $6";
    /// Boxes.
    BOX_PUT: Put<BoxRow> = "INSERT INTO box ({columns}) {rows} ON CONFLICT (batch_id, box_id) DO UPDATE SET {update}";
    /// Boxes of batches.
    BOX_GET: Ask<BoxBody> = "SELECT {columns} FROM box WHERE batch_id {in:1} ORDER BY batch_id, box_id";
    /// Boxes of batches that people's cards are in.
    BOX_OF_HOLDERS: Ask<BoxBody> = "SELECT {columns} FROM box WHERE batch_id IN (SELECT batch_id FROM application WHERE holder_id {in:1} AND batch_id IS NOT NULL UNION SELECT batch_id FROM card WHERE holder_id {in:1}) ORDER BY batch_id, box_id";
    /// Boxes kept by, or on the way to, an organisation, with a card that lies in them still; for one outlet, and set out or not: NULL means any.
    BOX_AT: Ask<BoxBody> = "SELECT {columns} FROM box WHERE (keeper = $1 OR to_org = $2) AND (outlet = $5 OR $5 IS NULL) AND (CAST(CASE WHEN to_org IS NULL THEN 0 ELSE 1 END AS BIGINT) = $6 OR $6 IS NULL) AND box_id > $3 AND (EXISTS (SELECT 1 FROM card k WHERE k.box_id = box.box_id AND k.custody = 'in_box') OR EXISTS (SELECT 1 FROM card m WHERE m.batch_id = box.batch_id AND m.custody = 'missing')) ORDER BY box_id LIMIT $4";
    /// Boxes of a number that somebody keeps, and those that are on the way to an organisation, newest first.
    BOX_KEPT_NUMBERED: Ask<BoxBody> = "SELECT {columns} FROM box WHERE keeper = $1 AND number = $2 ORDER BY box_id DESC LIMIT $3";
    BOX_COMING_NUMBERED: Ask<BoxBody> = "SELECT {columns} FROM box WHERE to_org = $1 AND number = $2 ORDER BY box_id DESC LIMIT $3";
    /// The outlets for which an organisation has boxes, or waits for some.
    BOX_OUTLETS: Ask<OutletOfBox> = "SELECT DISTINCT {columns} FROM box WHERE keeper = $1 OR to_org = $2 ORDER BY outlet";
    /// Boxes of an outlet that an employer's operator took, in which counts had found too few or too many.
    BOX_COUNTED_WRONG: Ask<BoxBody> = "SELECT {columns} FROM box WHERE outlet = $1 AND keeper LIKE $2 AND body LIKE $3 ORDER BY batch_id, box_id";
    /// Boxes that a batch has no more.
    BOX_GONE: Sql = "DELETE FROM box WHERE batch_id = $1 AND box_id {in:2}";
    /// The rows of a batch, by stage.
    BATCH_TALLY: Ask<StageCount> = "SELECT stage, count(*) AS n FROM application WHERE batch_id = $1 GROUP BY stage";
    /// The rows of a batch, by where their cards are collected, by unit and by where they were taken in.
    BATCH_SHARES: Ask<ShareCount> = "SELECT collect_at, outlet, unit_id, count(*) AS n FROM application WHERE batch_id = $1 GROUP BY collect_at, outlet, unit_id";
    /// The same of those that have left the batch with a card made in it.
    BATCH_SHARES_MADE: Ask<ShareCount> = "SELECT a.collect_at, a.outlet, a.unit_id, count(*) AS n FROM card k JOIN application a ON a.holder_id = k.holder_id AND a.application_id = k.application_id WHERE k.batch_id = $1 AND (a.batch_id <> $1 OR a.batch_id IS NULL) GROUP BY a.collect_at, a.outlet, a.unit_id";
    /// The rows of a batch that wait in it, by unit.
    BATCH_UNITS: Ask<UnitCount> = "SELECT unit_id, count(*) AS n FROM application WHERE batch_id = $1 AND stage = 'in_batch' AND unit_id IS NOT NULL GROUP BY unit_id ORDER BY unit_id";
    /// The unit applications of rows that wait in a batch, as far as they wait for data or papers themselves.
    BATCH_UNIT_FILES: Ask<UnitBody> = "SELECT {columns} FROM unit_application WHERE waits = 1 AND unit_id IN (SELECT unit_id FROM application WHERE batch_id = $1 AND stage = 'in_batch')";
    /// The cards made in a batch.
    BATCH_CARDS: Ask<CardCount> = "SELECT count(*) AS n FROM card WHERE batch_id = $1";
    /// The cards that lie in each box of a batch.
    BATCH_INSIDE: Ask<BoxCount> = "SELECT box_id, count(*) AS n FROM card WHERE batch_id = $1 AND custody = 'in_box' GROUP BY box_id";
    /// The people in a batch, by stage of the application, from one on.
    BATCH_PEOPLE: Ask<ApplicationKey> = "SELECT {columns} FROM application WHERE batch_id = $1 AND stage = $2 AND holder_id > $3 ORDER BY holder_id LIMIT $4";
    /// The people with a card in a box.
    BOX_PEOPLE: Ask<CardKey> = "SELECT {columns} FROM card WHERE box_id = $1 AND holder_id > $2 ORDER BY holder_id LIMIT $3";
    /// Cards in the boxes of an outlet that nobody has enabled, from one on.
    CARDS_IN_BOXES: Ask<CardKey> = "SELECT {columns:k} FROM box b JOIN card k ON k.box_id = b.box_id WHERE b.outlet = $1 AND k.social = 'not_enabled' AND k.holder_id > $2 ORDER BY k.holder_id LIMIT $3";
    /// The boxes of an outlet of a city with a card in them that nobody has enabled.
    BOXES_NOT_ENABLED: Ask<BoxBody> = "SELECT {columns:b} FROM (SELECT DISTINCT batch_id, box_id FROM card WHERE city = $1 AND custody = 'in_box' AND social = 'not_enabled') g JOIN box b ON b.batch_id = g.batch_id AND b.box_id = g.box_id WHERE b.outlet = $2";
    /// The cards that lie in each of some boxes.
    BOXES_INSIDE: Ask<BoxCount> = "SELECT box_id, count(*) AS n FROM card WHERE box_id {in:1} AND custody = 'in_box' GROUP BY box_id";
    /// How many of a city or of any stand alike at some offices, and are on their way or have to be taken back.
    SINGLES_AT: Ask<SinglesAlike> = "SELECT l.outlet, l.city, k.waits, k.recall_due, a.due, count(*) AS n FROM loose_card l JOIN card k ON k.holder_id = l.holder_id AND k.card_id = l.card_id LEFT JOIN application a ON a.holder_id = k.holder_id AND a.application_id = k.application_id WHERE l.outlet {in:1} AND l.custody = $2 AND l.city >= $3 AND l.city <= $4 AND (k.waits = 1 OR k.recall_due IS NOT NULL) GROUP BY l.outlet, l.city, k.waits, k.recall_due, a.due";
    /// Those that somebody else would sign for than whoever keeps them.
    LOOSE_PASSED_ON: Ask<LooseKey> = "SELECT {columns} FROM loose_card WHERE passed_on = $1 AND passed_on <> '' AND (holder_id, card_id) > ($2, $3) ORDER BY holder_id, card_id LIMIT $4";
    /// How many cards of a city or of any wait for their holders after a second offer that is over (again = 1), by who has them: those that are on their way still, and that are not to be taken back by a day.
    SECOND_OFFERS_OVER: Ask<OfferedAlike> = "SELECT city, custody, outlet, count(*) AS n FROM loose_card WHERE again = 1 AND city >= $1 AND city <= $2 AND overdue <= $3 AND EXISTS (SELECT 1 FROM card k WHERE k.holder_id = loose_card.holder_id AND k.card_id = loose_card.card_id AND k.waits = 1) AND NOT EXISTS (SELECT 1 FROM recall r WHERE r.holder_id = loose_card.holder_id AND r.card_id = loose_card.card_id) GROUP BY city, custody, outlet";
    /// Their rows.
    LOOSE_PUT: Put<LooseRow> = "INSERT INTO loose_card ({columns}) {rows} ON CONFLICT (holder_id, card_id) DO UPDATE SET {update}";
    /// They are enabled, or elsewhere.
    LOOSE_GONE: Sql = "DELETE FROM loose_card WHERE holder_id = $1 AND card_id {in:2}";
    /// Cards that are in nobody's hand and not cancelled, or are cancelled and still to be brought back, closed or destroyed, for the rows of an earlier schema: all are gone through once, and the files of these alone opened.
    CARDS_OUT_OF_HAND: Ask<CardKey> = "SELECT {columns} FROM card WHERE ((social <> 'cancelled' AND custody NOT IN ('with_holder', 'destroyed')) OR (social = 'cancelled' AND custody IN ('at_outlet', 'in_post', 'recalled', 'with_holder'))) AND holder_id > $1 ORDER BY holder_id LIMIT $2";
    /// All of them, to be noted again.
    LOOSE_CLEAR: Sql = "DELETE FROM loose_card";
    /// Applications of people whose death is confirmed that wait for a card still, of a city or of any. The few are gone through first, whatever an engine knows of how many applications there are.
    DEAD_WAITING: Ask<ApplicationBody> = "SELECT {columns:a} FROM dead_waiting d CROSS JOIN application a WHERE d.city >= $1 AND d.city <= $2 AND a.holder_id = d.holder_id AND a.application_id = d.application_id ORDER BY d.city, d.holder_id, d.application_id";
    /// Those of a batch.
    BATCH_DEAD: Ask<ApplicationBody> = "SELECT {columns:a} FROM dead_waiting d CROSS JOIN application a WHERE d.batch_id = $1 AND a.holder_id = d.holder_id AND a.application_id = d.application_id ORDER BY d.holder_id, d.application_id";
    /// Their rows.
    DEAD_WAITING_PUT: Put<DeadWaitingRow> = "INSERT INTO dead_waiting ({columns}) {rows} ON CONFLICT (holder_id, application_id) DO UPDATE SET {update}";
    /// They wait no more, or were taken for dead.
    DEAD_WAITING_GONE: Sql = "DELETE FROM dead_waiting WHERE holder_id = $1 AND application_id {in:2}";
    /// The people with a card of a batch, from one on.
    BATCH_CARD_PEOPLE: Ask<CardKey> = "SELECT {columns} FROM card WHERE batch_id = $1 AND holder_id > $2 ORDER BY holder_id LIMIT $3";
    /// The batches that an outlet has boxes of, newest first.
    BATCH_OF_OUTLET: Ask<BatchOfBox> = "SELECT DISTINCT {columns} FROM box WHERE outlet = $1 ORDER BY batch_id DESC LIMIT $2";
    /// Applications that can be screened into a batch: nobody's whose death is confirmed.
    APPLICATION_READY: Ask<ReadyApplication> = "SELECT {columns} FROM application WHERE city = $1 AND bank = $2 AND stage = 'accepted' AND settled = 1 AND urgent = $3 AND holder_id > $4 AND NOT EXISTS (SELECT 1 FROM dead_waiting d WHERE d.holder_id = application.holder_id AND d.application_id = application.application_id) ORDER BY holder_id LIMIT $5";
    /// Applications of a city that wait for a register or for their fee; at one outlet, for one of both: NULL means any.
    APPLICATION_WAITING: Ask<HolderKey> = "SELECT DISTINCT {columns} FROM application WHERE city = $1 AND (stage = 'received' OR (stage = 'accepted' AND settled = 0)) AND (outlet = $2 OR $2 IS NULL) AND (stage = $5 OR $5 IS NULL) AND holder_id > $3 ORDER BY holder_id LIMIT $4";
    /// Applications that a bank or a vendor could not do; NULL means any city, bank and stage.
    APPLICATION_FAILED: Ask<HolderKey> = "SELECT DISTINCT {columns} FROM application WHERE stage IN ('opening_failed', 'production_failed') AND city >= $1 AND city <= $2 AND (bank = $5 OR $5 IS NULL) AND (stage = $6 OR $6 IS NULL) AND holder_id + 0 > $3 ORDER BY holder_id LIMIT $4";
    /// The same of one city.
    APPLICATION_FAILED_CITY: Ask<HolderKey> = "SELECT DISTINCT {columns} FROM application WHERE stage IN ('opening_failed', 'production_failed') AND city = $1 AND (bank = $2 OR $2 IS NULL) AND (stage = $3 OR $3 IS NULL) AND holder_id > $4 ORDER BY holder_id LIMIT $5";
    /// Applications that wait for their fee.
    APPLICATION_UNPAID: Ask<ApplicationKey> = "SELECT {columns} FROM application WHERE stage = 'accepted' AND settled = 0 ORDER BY holder_id, application_id LIMIT $1";
    /// Applications that wait for their checks, of an outlet and a bank; NULL means any.
    APPLICATION_UNCHECKED: Ask<WaitingApplication> = "SELECT {columns} FROM application WHERE stage = 'received' AND (outlet = $1 OR $1 IS NULL) AND (bank = $2 OR $2 IS NULL) AND (received_on, holder_id, application_id) > ($3, $4, $5) ORDER BY received_on, holder_id, application_id LIMIT $6";
    /// The same of a city.
    APPLICATION_UNCHECKED_CITY: Ask<WaitingApplication> = "SELECT {columns} FROM application WHERE stage = 'received' AND (outlet = $1 OR $1 IS NULL) AND (bank = $2 OR $2 IS NULL) AND (received_on, holder_id, application_id) > ($3, $4, $5) AND city = $7 ORDER BY received_on, holder_id, application_id LIMIT $6";
    /// The same of an outlet of a city.
    APPLICATION_UNCHECKED_OUTLET: Ask<WaitingApplication> = "SELECT {columns} FROM application WHERE stage = 'received' AND outlet = $1 AND (bank = $2 OR $2 IS NULL) AND (received_on, holder_id, application_id) > ($3, $4, $5) AND city = $7 ORDER BY received_on, holder_id, application_id LIMIT $6";
    /// The outlets of a city at which some wait.
    UNCHECKED_OUTLETS: Ask<OutletOfWaiting> = "SELECT DISTINCT {columns} FROM application WHERE stage = 'received' AND city = $1 ORDER BY outlet";
    /// Applications of a city, or of one of its outlets, whose clock runs, the first to end first, from one on; NULL means any outlet.
    APPLICATION_DUE: Ask<DueApplication> = "SELECT {columns} FROM application WHERE due IS NOT NULL AND city = $1 AND (outlet = $2 OR $2 IS NULL) AND due >= $3 AND due <= $4 AND (due, holder_id, application_id) > ($5, $6, $7) ORDER BY due, holder_id, application_id LIMIT $8";
    /// How many have their last day on each; NULL means any city and outlet.
    APPLICATION_DUE_COUNTS: Ask<DueCount> = "SELECT city, due, count(*) AS n FROM application WHERE due IS NOT NULL AND city >= $1 AND city <= $2 AND outlet = $3 GROUP BY city, due ORDER BY city, due";
    /// The same of cards that were made to be collected at an outlet other than the one that took the application in.
    COLLECT_DUE: Ask<DueApplication> = "SELECT {columns} FROM application WHERE due IS NOT NULL AND stage = 'made' AND collect_at = $1 AND outlet <> $1 AND due >= $2 AND due <= $3 AND (due, holder_id, application_id) > ($4, $5, $6) ORDER BY due, holder_id, application_id LIMIT $7";
    /// How many of them have their last day on each.
    COLLECT_DUE_COUNTS: Ask<DueCount> = "SELECT city, due, count(*) AS n FROM application WHERE due IS NOT NULL AND stage = 'made' AND collect_at = $1 AND outlet <> $1 GROUP BY city, due ORDER BY city, due";
    /// The same of cards in some boxes, but for those that an office took in or that are collected there.
    BOXED_DUE: Ask<DueApplication> = "SELECT {columns:a} FROM card k JOIN application a ON a.holder_id = k.holder_id AND a.application_id = k.application_id WHERE k.box_id {in:1} AND k.custody = 'in_box' AND a.due IS NOT NULL AND a.outlet <> $2 AND a.collect_at <> $2 AND a.due >= $3 AND a.due <= $4 AND (a.due, a.holder_id, a.application_id) > ($5, $6, $7) ORDER BY a.due, a.holder_id, a.application_id LIMIT $8";
    /// How many of them have their last day on each.
    BOXED_DUE_COUNTS: Ask<DueCount> = "SELECT a.city, a.due, count(*) AS n FROM card k JOIN application a ON a.holder_id = k.holder_id AND a.application_id = k.application_id WHERE k.box_id {in:1} AND k.custody = 'in_box' AND a.due IS NOT NULL AND a.outlet <> $2 AND a.collect_at <> $2 GROUP BY a.city, a.due ORDER BY a.city, a.due";
    /// Cards of a city that have to be taken back, in the same order.
    RECALLS_OF_CITY: Ask<RecalledCard> = "SELECT {columns} FROM recall WHERE city = $1 AND due >= $2 AND due <= $3 AND (due, holder_id, card_id) > ($4, $5, $6) ORDER BY due, holder_id, card_id LIMIT $7";
    /// Those of which it is an office's turn.
    RECALLS_OF_OFFICE: Ask<RecalledCard> = "SELECT {columns} FROM recall WHERE acts = $1 AND due >= $2 AND due <= $3 AND (due, holder_id, card_id) > ($4, $5, $6) ORDER BY due, holder_id, card_id LIMIT $7";
    /// How many of them have to be taken back by each day.
    RECALLS_OF_OFFICE_COUNTS: Ask<DueSum> = "SELECT city, due, count(*) AS n FROM recall WHERE acts = $1 AND due > '' GROUP BY city, due ORDER BY city, due";
    /// One that has to be taken back.
    RECALL_PUT: Put<RecallRow> = "INSERT INTO recall ({columns}) {rows} ON CONFLICT (holder_id, card_id, city, due, batch_id, box_id, acts) DO NOTHING";
    /// Those that have not any more, or are elsewhere now.
    RECALL_GONE: Sql = "DELETE FROM recall WHERE holder_id = $1 AND card_id {in:2}";
    /// All of them, to be noted again.
    RECALL_CLEAR: Sql = "DELETE FROM recall";
    /// Whose turn it is with what lies in the boxes of some batches, as they stand (`BoxFile::whose_turn`). $2 and $3 are how the accounts of an organisation and of an employer begin.
    RECALL_ACTS: Sql = "UPDATE recall SET acts = COALESCE((SELECT CASE WHEN b.to_org IS NOT NULL THEN b.to_org WHEN substr(b.keeper, 1, length($2)) = $2 THEN CAST(substr(b.keeper, length($2) + 1) AS BIGINT) WHEN substr(b.keeper, 1, length($3)) = $3 THEN b.outlet ELSE 0 END FROM box b WHERE b.batch_id = recall.batch_id AND b.box_id = recall.box_id), 0) WHERE box_id > 0 AND batch_id {in:1}";
    /// Cards that have to be taken back, or out of a box, from one person on: an earlier schema noted no more.
    CARDS_RECALLED: Ask<CardKey> = "SELECT {columns} FROM card WHERE (recall_due IS NOT NULL OR (custody = 'in_box' AND (social = 'cancelled' OR waits = 0))) AND holder_id > $1 ORDER BY holder_id LIMIT $2";
    /// What can be screened, by city and bank, with the dead: not what a counter makes.
    READY_COUNTS: Ask<ReadyCount> = "SELECT city, bank, urgent, count(*) AS n FROM application WHERE stage = 'accepted' AND settled = 1 AND marked = 0 AND city >= $1 AND city <= $2 GROUP BY city, bank, urgent ORDER BY city, bank, urgent";

    /// What happened is counted.
    HAPPENED_PUT: Put<HappenedRow> = "INSERT INTO happened ({columns}) {rows} ON CONFLICT (business, day, city, bank, detail) DO UPDATE SET n = happened.n + excluded.n";
    /// It is counted again from the beginning.
    HAPPENED_CLEAR: Sql = "DELETE FROM happened";
    /// What happened is counted by month as well.
    HAPPENED_MONTH_PUT: Put<HappenedInMonth> = "INSERT INTO happened_month ({columns}) {rows} ON CONFLICT (business, month, city, bank, detail) DO UPDATE SET n = happened_month.n + excluded.n";
    /// This too is counted again from the beginning.
    HAPPENED_MONTH_CLEAR: Sql = "DELETE FROM happened_month";
    /// How often something happened in some months; NULL means any city.
    HAPPENED_MONTHS: Ask<HappenedInMonth> = "SELECT {columns} FROM happened_month WHERE business = $1 AND month >= $2 AND month <= $3 AND (city = $4 OR $4 IS NULL) ORDER BY month, city, bank, detail";
    /// How often something happened between two days, by month; NULL means any city.
    HAPPENED: Ask<HappenedBetween> = "SELECT business, substr(day, 1, 7) AS month, city, bank, detail, CAST(sum(n) AS BIGINT) AS n FROM happened WHERE business = $1 AND day >= $2 AND day <= $3 AND (city = $4 OR $4 IS NULL) GROUP BY business, substr(day, 1, 7), city, bank, detail ORDER BY 2, 3, 4, 1, 5";
    /// The clocks of batches.
    BATCH_CLOCK_PUT: Put<BatchClockRow> = "INSERT INTO batch_clock ({columns}) {rows} ON CONFLICT (batch_id, kind) DO UPDATE SET {update}";
    /// A clock that was begun by what was taken back.
    BATCH_CLOCK_GONE: Sql = "DELETE FROM batch_clock WHERE batch_id = $1 AND kind = $2";
    /// Those of a kind that began between two days, by owner; NULL means any city.
    BATCH_CLOCKS: Ask<ClocksAlike> = "SELECT owner, started_on, due, NULLIF(stopped_on, $5) AS stopped_on, CAST(sum(n) AS BIGINT) AS n FROM clock_count WHERE kind = $1 AND started_on >= $2 AND started_on <= $3 AND (city = $4 OR $4 IS NULL) GROUP BY owner, started_on, due, stopped_on ORDER BY owner, started_on, due, stopped_on";
    /// Clocks of batches, counted.
    CLOCK_COUNT_PUT: Put<ClockCount> = "INSERT INTO clock_count ({columns}) {rows} ON CONFLICT (kind, started_on, city, owner, due, stopped_on) DO UPDATE SET n = clock_count.n + excluded.n";
    /// What came to nothing is no row.
    CLOCK_COUNT_NONE: Sql = "DELETE FROM clock_count WHERE n = 0";
    /// All of them, to be counted again.
    CLOCK_COUNT_CLEAR: Sql = "DELETE FROM clock_count";
    /// The clocks that there are, counted.
    CLOCK_COUNT_ALL: Put<ClockCount> = "INSERT INTO clock_count ({columns}) SELECT kind, started_on, city, owner, due, COALESCE(stopped_on, $1), count(*) FROM batch_clock GROUP BY kind, started_on, city, owner, due, stopped_on";
    /// Those that run, by city, kind, last day and the state of their batch; NULL means any city.
    BATCHES_DUE: Ask<BatchesDue> = "SELECT c.city, c.kind, c.due, b.state, count(*) AS n FROM batch_clock c JOIN batch b ON b.batch_id = c.batch_id WHERE c.stopped_on IS NULL AND c.city >= $1 AND c.city <= $2 GROUP BY c.city, c.kind, c.due, b.state ORDER BY c.city, c.kind, c.due, b.state";
    /// The running clocks of a city's batches, the first to end first, from one on; NULL means any bank and kind.
    BATCH_RUNNING: Ask<RunningBatch> = "SELECT {columns:c} FROM batch_clock c JOIN batch b ON b.batch_id = c.batch_id WHERE c.stopped_on IS NULL AND c.city = $1 AND (c.kind = $9 OR $9 IS NULL) AND (b.bank = $2 OR $2 IS NULL) AND c.due >= $3 AND c.due <= $4 AND (c.due, c.batch_id, c.kind) > ($5, $6, $7) ORDER BY c.due, c.batch_id, c.kind LIMIT $8";
    /// How many of them have their last day on each; NULL means any city and bank.
    BATCH_RUNNING_COUNTS: Ask<RunningBatches> = "SELECT c.city, c.due, count(*) AS n FROM batch_clock c JOIN batch b ON b.batch_id = c.batch_id WHERE c.stopped_on IS NULL AND c.city >= $1 AND c.city <= $2 AND (b.bank = $3 OR $3 IS NULL) GROUP BY c.city, c.due ORDER BY c.city, c.due";
    /// What is under way is counted.
    UNDER_WAY_PUT: Put<UnderWayCount> = "INSERT INTO under_way ({columns}) {rows} ON CONFLICT (what, city, state, detail, batch_id, box_id, due) DO UPDATE SET n = under_way.n + excluded.n";
    /// What comes to nothing is not kept.
    UNDER_WAY_NONE: Sql = "DELETE FROM under_way WHERE n = 0";
    /// It is counted again from the beginning.
    UNDER_WAY_CLEAR: Sql = "DELETE FROM under_way";
    /// Applications without a card by what says where they are, and by the last day of their clock; those without one have $4 there.
    OPEN_STEPS: Ask<OpenStep> = "SELECT u.city, u.state AS stage, CAST(substr(u.detail, 1, 1) AS BIGINT) AS settled, CAST(substr(u.detail, 2, 1) AS BIGINT) AS at_counter, b.state, NULLIF(u.due, $4) AS due, CAST(sum(u.n) AS BIGINT) AS n FROM under_way u LEFT JOIN batch b ON b.batch_id = u.batch_id WHERE u.what = $3 AND u.city >= $1 AND u.city <= $2 GROUP BY u.city, u.state, u.detail, b.state, u.due";
    /// Cards on their way in no box.
    CARD_STEPS: Ask<CardStep> = "SELECT city, state AS custody, detail AS social, NULLIF(due, $4) AS due, CAST(sum(n) AS BIGINT) AS n FROM under_way WHERE what = $3 AND city >= $1 AND city <= $2 GROUP BY city, state, detail, due";
    /// Cards in boxes.
    BOX_STEPS: Ask<BoxStep> = "SELECT city, detail AS social, keeper, NULLIF(to_org, 0) AS to_org, NULLIF(due, $4) AS due, n FROM in_box WHERE what = $3 AND city >= $1 AND city <= $2";
    /// What lies in the boxes of some batches, by who keeps them as they stand and what they are bound for (`BoxFile::bound_for`), so many times: -1 before something moves, 1 after it.
    IN_BOX_PUT: Put<InBoxCount> = concat!(in_boxes!("CAST($2 AS BIGINT) * ", " AND u.batch_id {in:3}"), " ON CONFLICT (what, city, detail, keeper, to_org, due) DO UPDATE SET n = in_box.n + excluded.n");
    /// What came to nothing is no row.
    IN_BOX_NONE: Sql = "DELETE FROM in_box WHERE n = 0";
    /// All of them, to be counted again.
    IN_BOX_CLEAR: Sql = "DELETE FROM in_box";
    /// What lies in boxes, counted by who keeps them.
    IN_BOX_ALL: Put<InBoxCount> = in_boxes!("", "");
    /// Running clocks of applications without a card, of cards on their way in no box, and of those in none that have to be taken back; $6 stands where none runs.
    CLOCKS_UNDER_WAY: Ask<DueSum> = "SELECT city, due, CAST(sum(n) AS BIGINT) AS n FROM under_way WHERE what IN ($3, $4, $5) AND due <> $6 AND city >= $1 AND city <= $2 GROUP BY city, due ORDER BY city, due";
    /// The same of cards in boxes.
    CLOCKS_IN_BOXES: Ask<DueSum> = "SELECT city, due, CAST(sum(n) AS BIGINT) AS n FROM in_box WHERE what IN ($3, $4) AND due <> $5 AND city >= $1 AND city <= $2 GROUP BY city, due ORDER BY city, due";
    /// Cards that have to be taken back and lie in no box, by the last day, who has them and whether they are on their way.
    RECALLS_LOOSE: Ask<RecallsAlike> = "SELECT city, due, state AS custody, substr(detail, 2) AS social, CAST(substr(detail, 1, 1) AS BIGINT) AS waits, CAST(NULL AS TEXT) AS keeper, CAST(NULL AS BIGINT) AS to_org, CAST(sum(n) AS BIGINT) AS n FROM under_way WHERE what = $3 AND city >= $1 AND city <= $2 GROUP BY city, due, state, detail";
    /// The same of what lies in boxes, by who keeps them and what they are bound for. $4 is the custody of what lies in a box.
    RECALLS_IN_BOXES: Ask<RecallsAlike> = "SELECT city, due, CAST($4 AS TEXT) AS custody, substr(detail, 2) AS social, CAST(substr(detail, 1, 1) AS BIGINT) AS waits, keeper, NULLIF(to_org, 0) AS to_org, n FROM in_box WHERE what = $3 AND city >= $1 AND city <= $2";
    /// The recalls among what is under way, counted anew by their cards: an earlier schema counted them by their days alone. $1 and $2 are what they are, outside boxes and in one.
    UNDER_WAY_RECALLS: Put<UnderWayCount> = "INSERT INTO under_way ({columns}) SELECT CASE WHEN box_id IS NULL THEN $1 ELSE $2 END, city, custody, CAST(waits AS TEXT) || social, CASE WHEN box_id IS NULL THEN 0 ELSE batch_id END, COALESCE(box_id, 0), recall_due, count(*) FROM card WHERE recall_due IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6, 7";
    /// As an earlier schema counted them.
    UNDER_WAY_RECALLS_GONE: Sql = "DELETE FROM under_way WHERE what = $1";

    /// Unit applications.
    UNIT_PUT: Put<UnitRow> = "INSERT INTO unit_application ({columns}) {rows} ON CONFLICT (unit_id) DO UPDATE SET {update} WHERE unit_application.version = excluded.version - 1";
    /// Unit applications of a city that are open, or whose papers are outstanding; of $4 those whose clock does not run at another outlet.
    UNIT_WAITING: Ask<UnitBody> = "SELECT {columns} FROM unit_application WHERE waits = 1 AND city = $1 AND unit_id < $2 AND (NOT EXISTS (SELECT 1 FROM unit_clock c WHERE c.unit_id = unit_application.unit_id AND c.outlet <> $4) OR $4 IS NULL) ORDER BY unit_id DESC LIMIT $3";
    /// Those of any city, after one: the clocks of an earlier schema are noted from them.
    UNIT_WAITING_ANYWHERE: Ask<UnitBody> = "SELECT {columns} FROM unit_application WHERE waits = 1 AND unit_id > $1 ORDER BY unit_id LIMIT $2";
    /// All of them, after one: 时限统计 counts their clocks.
    UNIT_FROM: Ask<UnitBody> = "SELECT {columns} FROM unit_application WHERE unit_id > $1 ORDER BY unit_id LIMIT $2";
    /// The clock of a unit application runs.
    UNIT_CLOCK_PUT: Put<UnitClockRow> = "INSERT INTO unit_clock ({columns}) {rows} ON CONFLICT (unit_id) DO UPDATE SET {update}";
    /// Those of some run no more.
    UNIT_CLOCK_GONE: Sql = "DELETE FROM unit_clock WHERE unit_id {in:1}";
    /// Unit applications of a city, or of one of its outlets, whose clock runs, the first to end first, from one on; NULL means any outlet.
    UNIT_RUNNING: Ask<RunningUnit> = "SELECT {columns} FROM unit_clock WHERE city = $1 AND (outlet = $2 OR $2 IS NULL) AND due >= $3 AND due <= $4 AND (due, unit_id) > ($5, $6) ORDER BY due, unit_id LIMIT $7";
    /// How many have their last day on each; NULL means any city and outlet.
    UNIT_RUNNING_COUNTS: Ask<UnitsDue> = "SELECT city, due, count(*) AS n FROM unit_clock WHERE city >= $1 AND city <= $2 AND (outlet = $3 OR $3 IS NULL) GROUP BY city, due ORDER BY city, due";
    /// Unit applications by identity.
    UNIT_GET: Ask<UnitBody> = "SELECT {columns} FROM unit_application WHERE unit_id {in:1}";

    /// Orders of pre-made cards.
    BLANK_ORDER_PUT: Put<OrderRow> = "INSERT INTO blank_order ({columns}) {rows} ON CONFLICT (order_id) DO UPDATE SET {update} WHERE blank_order.version = excluded.version - 1";
    /// Orders by identity.
    BLANK_ORDER_GET: Ask<OrderBody> = "SELECT {columns} FROM blank_order WHERE order_id {in:1}";
    /// Orders at a step, newest first; NULL means any.
    BLANK_ORDER_LIST: Ask<OrderBody> = "SELECT {columns} FROM blank_order WHERE (city = $1 OR $1 IS NULL) AND (step = $2 OR $2 IS NULL) AND (bank = $3 OR $3 IS NULL) AND (vendor = $4 OR $4 IS NULL) AND (order_id < $5 OR $5 IS NULL) ORDER BY order_id DESC LIMIT $6";
    /// Pre-made cards.
    BLANK_PUT: Put<BlankRow> = "INSERT INTO blank ({columns}) {rows} ON CONFLICT (order_id, n) DO UPDATE SET {update} WHERE blank.version < excluded.version";
    /// Pre-made cards of some orders, by their numbers; more may come than were asked for.
    BLANK_GET: Ask<BlankBody> = "SELECT {columns} FROM blank WHERE order_id {in:1} AND n {in:2}";
    /// Pre-made cards of an order in a state, after one; NULL means any.
    BLANK_FROM: Ask<BlankBody> = "SELECT {columns} FROM blank WHERE order_id = $1 AND (state = $2 OR $2 IS NULL) AND n > $3 ORDER BY n LIMIT $4";
    /// The cards of an order that have begun, in a range.
    BLANK_BEGUN: Ask<BlankNumber> = "SELECT {columns} FROM blank WHERE order_id = $1 AND n > $2 AND n <= $3 ORDER BY n";
    /// Pre-made cards that lie in a box of an order, after one.
    BLANK_IN_BOX: Ask<BlankBody> = "SELECT {columns} FROM blank WHERE order_id = $1 AND box = $2 AND state IN ('made', 'in_use') AND n > $3 ORDER BY n LIMIT $4";
    /// The cards of an order by state.
    BLANK_TALLY: Ask<BlankStateCount> = "SELECT state, count(*) AS n FROM blank WHERE order_id = $1 GROUP BY state";
    /// The cards that lie in each box of an order.
    BLANK_INSIDE: Ask<BlankBoxCount> = "SELECT box, count(*) AS n FROM blank WHERE order_id = $1 AND state IN ('made', 'in_use') GROUP BY box";

    /// The same of several orders.
    BLANKS_INSIDE: Ask<BlankBoxOfOrder> = "SELECT order_id, box, count(*) AS n FROM blank WHERE order_id {in:1} AND state IN ('made', 'in_use') GROUP BY order_id, box";

    /// The cards that were written off in stock, by the box that they lay in.
    BLANK_WRITTEN_OFF: Ask<BlankBoxCount> = "SELECT box, count(*) AS n FROM blank WHERE order_id = $1 AND state = 'spoiled' AND box <> '' GROUP BY box";

    /// The same of several orders.
    BLANKS_WRITTEN_OFF: Ask<BlankBoxOfOrder> = "SELECT order_id, box, count(*) AS n FROM blank WHERE order_id {in:1} AND state = 'spoiled' AND box <> '' GROUP BY order_id, box";

    /// Events of the institution room.
    INSTITUTION_PUT: Put<InstitutionRow> = "INSERT INTO institution_event ({columns}) {rows}";
    INSTITUTION_GET: Ask<InstitutionRow> = "SELECT {columns} FROM institution_event ORDER BY seq";

    /// The books.
    CUSTODY_PUT: Put<CustodyRow> = "INSERT INTO custody_entry ({columns}) {rows}";
    /// Balances.
    CUSTODY_BALANCES: Ask<Balance> = "SELECT account, CAST(sum(cards) AS BIGINT) AS cards FROM custody_entry GROUP BY account ORDER BY account";

    /// Messages to partners.
    OUTBOX_PUT: Put<MessageRow> = "INSERT INTO outbox ({columns}) {rows}";
    /// To whom something is due.
    OUTBOX_PARTNERS: Ask<Addressee> = "SELECT DISTINCT {columns} FROM outbox WHERE state = 'waiting' AND next_at <= $1 ORDER BY partner";
    /// Messages that wait for one partner, oldest first.
    OUTBOX_WAITING: Ask<MessageRow> = "SELECT {columns} FROM outbox WHERE state = 'waiting' AND partner = $1 AND message_id > $2 ORDER BY message_id LIMIT $3";
    /// Messages that a partner fetched and has now.
    OUTBOX_TAKEN: Swap<MessageRow> = "{swap}";
    /// Messages of one partner that are due, none of which overtakes one that waits for its next attempt.
    OUTBOX_DUE: Ask<MessageRow> = "SELECT {columns:o} FROM outbox o WHERE o.state = 'waiting' AND o.partner = $3 AND o.next_at <= $1 AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.state = 'waiting' AND e.subject = o.subject AND e.partner = o.partner AND e.message_id < o.message_id AND e.next_at > $1) ORDER BY o.message_id LIMIT $2";
    /// After an attempt.
    OUTBOX_SET: Swap<MessageRow> = "{swap}";
    /// Messages given up, for staff, after one; to a partner, of a kind: NULL means any.
    OUTBOX_DEAD: Ask<MessageRow> = "SELECT {columns} FROM outbox WHERE state = 'dead' AND message_id > $1 AND (partner = $3 OR $3 IS NULL) AND (kind = $4 OR $4 IS NULL) ORDER BY message_id LIMIT $2";
    /// Messages that wait or were given up, by partner: how many, and when the oldest was made.
    OUTBOX_STANDING: Ask<MessageStanding> = "SELECT partner, state, count(*) AS n, min(made_at) AS oldest FROM outbox WHERE state IN ('waiting', 'dead') GROUP BY partner, state ORDER BY partner, state";
    /// One of them.
    OUTBOX_LETTER: Ask<MessageRow> = "SELECT {columns} FROM outbox WHERE state = 'dead' AND message_id = $1";
    /// Whether a later message went to a partner about a subject.
    OUTBOX_FOLLOWED: Ask<MessageKey> = "SELECT {columns} FROM outbox WHERE subject = $1 AND partner = $2 AND message_id > $3 LIMIT 1";
    /// One is sent again.
    OUTBOX_AGAIN: Swap<MessageRow> = "{swap}";
    /// One is settled.
    OUTBOX_SETTLED: Swap<MessageRow> = "{swap}";
    /// Messages by their numbers.
    OUTBOX_GET: Ask<MessageRow> = "SELECT {columns} FROM outbox WHERE message_id {in:1} ORDER BY message_id";
    /// Messages by state.
    ATTEMPT_PUT: Put<AttemptRow> = "INSERT INTO attempt ({columns}) {rows}";

    ATTEMPT_LIST: Ask<AttemptRow> = "SELECT {columns} FROM attempt WHERE partner = $1 AND attempt_id > $2 ORDER BY attempt_id LIMIT $3";

    /// The latest of all partners, before one, of a kind; NULL means any.
    ATTEMPT_LATEST: Ask<AttemptRow> = "SELECT {columns} FROM attempt WHERE attempt_id < $1 AND (kind = $3 OR $3 IS NULL) ORDER BY attempt_id DESC LIMIT $2";
    /// The same with an outcome.
    ATTEMPT_LATEST_CAME: Ask<AttemptRow> = "SELECT {columns} FROM attempt WHERE outcome = $4 AND attempt_id < $1 AND (kind = $3 OR $3 IS NULL) ORDER BY attempt_id DESC LIMIT $2";
    /// The same of one partner, with an outcome; NULL means any.
    ATTEMPT_LATEST_OF: Ask<AttemptRow> = "SELECT {columns} FROM attempt WHERE partner = $5 AND attempt_id < $1 AND (kind = $3 OR $3 IS NULL) AND (outcome = $4 OR $4 IS NULL) ORDER BY attempt_id DESC LIMIT $2";

    ATTEMPT_TRIM: Sql = "DELETE FROM attempt WHERE partner = $1 AND attempt_id IN (SELECT attempt_id FROM attempt WHERE partner = $1 ORDER BY attempt_id DESC LIMIT 1000 OFFSET $2)";

    OUTBOX_COUNTS: Ask<MessageCount> = "SELECT partner, state, count(*) AS n FROM outbox GROUP BY partner, state ORDER BY partner, state";

    /// Photos.
    PHOTO_PUT: Put<PhotoRow> = "INSERT INTO photo ({columns}) {rows} ON CONFLICT (digest) DO NOTHING";
    /// Electronic material of the archive.
    MATERIAL_PUT: Put<MaterialRow> = "INSERT INTO material ({columns}) {rows}";
    /// One.
    MATERIAL_GET: Ask<MaterialRow> = "SELECT {columns} FROM material WHERE material_id = $1";
    /// Destroys one.
    MATERIAL_DELETE: Sql = "DELETE FROM material WHERE material_id = $1";
    /// Documents of materials that were destroyed go in the commit that says so; paper has none.
    MATERIAL_GONE: Sql = "DELETE FROM material WHERE material_id {in:1}";
    /// Who keeps what of people's archives.
    ARCHIVE_PUT: Put<ArchiveRow> = "INSERT INTO archive_material ({columns}) {rows} ON CONFLICT (material_id) DO UPDATE SET {update}";
    /// Materials that are not a file's any more.
    ARCHIVE_GONE: Sql = "DELETE FROM archive_material WHERE holder_id = $1 AND material_id {in:2}";
    /// Materials of some outlets that had to be kept up to a day before one, after one.
    ARCHIVE_DUE: Ask<ArchiveRow> = "SELECT {columns} FROM archive_material WHERE org {in:1} AND kept_until < $2 AND (kept_until, material_id) > ($3, $4) ORDER BY kept_until, material_id LIMIT $5";
    /// One photo.
    PHOTO_GET: Ask<PhotoRow> = "SELECT {columns} FROM photo WHERE digest = $1";
    /// Whether there is one.
    PHOTO_HAS: Ask<PhotoKey> = "SELECT {columns} FROM photo WHERE digest = $1";
    /// Moves a counter on to $2, if it still stands at $3: then the numbers between belong to whoever moved it.
    COUNTER_MOVE: Swap<CounterRow> = "{swap}";
    /// One that never moved.
    COUNTER_FIRST: Put<CounterRow> = "INSERT INTO counter ({columns}) {rows} ON CONFLICT (name) DO NOTHING";
    /// A counter.
    COUNTER_GET: Ask<CounterRow> = "SELECT {columns} FROM counter WHERE name = $1";

    /// Sessions.
    SESSION_PUT: Put<SessionRow> = "INSERT INTO session ({columns}) {rows}";
    /// One session.
    SESSION_GET: Ask<SessionRow> = "SELECT {columns} FROM session WHERE token_digest = $1";
    /// Those of an officer.
    SESSIONS_OF: Ask<SessionRow> = "SELECT {columns} FROM session WHERE officer = $1 ORDER BY made, token_digest";
    /// Somebody is still there, or has given the password again; nothing of a session that has ended.
    SESSION_TOUCH: Swap<SessionRow> = "{swap}";
    /// One ends.
    SESSION_END: Sql = "DELETE FROM session WHERE token_digest = $1";
    /// Those are forgotten that were made before $1, or ended by a clock that ran back.
    SESSION_CLEAR: Sql = "DELETE FROM session WHERE made < $1";
    /// Tries to sign in.
    TRY_PUT: Put<TryRow> = "INSERT INTO sign_in_try ({columns}) {rows} ON CONFLICT (digest) DO UPDATE SET {update}";
    /// Those of a name, an address, and both.
    TRY_GET: Ask<TryRow> = "SELECT {columns} FROM sign_in_try WHERE digest {in:1}";
    /// Those are forgotten that are older than $1, but where somebody succeeded since $2.
    TRY_CLEAR: Sql = "DELETE FROM sign_in_try WHERE at < $1 AND good_at < $2";

    /// A second factor, shown and not proved yet.
    FACTOR_PUT: Put<FactorRow> = "INSERT INTO second_factor ({columns}) {rows}";
    /// Those of an officer, the latest first.
    FACTOR_OF: Ask<FactorRow> = "SELECT {columns} FROM second_factor WHERE officer = $1 ORDER BY made DESC, factor_id";
    /// The step of the last code that was taken.
    FACTOR_STEP: Swap<FactorRow> = "{swap}";
    /// One.
    FACTOR_GET: Ask<FactorRow> = "SELECT {columns} FROM second_factor WHERE factor_id = $1";
    /// Those of an officer end but one.
    FACTOR_KEEP: Sql = "DELETE FROM second_factor WHERE officer = $1 AND factor_id <> $2";
    /// Their recovery codes end with them.
    RECOVERY_KEEP: Sql = "DELETE FROM recovery_code WHERE factor_id IN (SELECT factor_id FROM second_factor WHERE officer = $1 AND factor_id <> $2)";
    /// Recovery codes.
    RECOVERY_PUT: Put<RecoveryRow> = "INSERT INTO recovery_code ({columns}) {rows}";
    /// Those that nobody has used.
    RECOVERY_OF: Ask<RecoveryRow> = "SELECT {columns} FROM recovery_code WHERE factor_id = $1";
    /// One was used.
    RECOVERY_END: Sql = "DELETE FROM recovery_code WHERE factor_id = $1 AND digest = $2";

    /// The first answer to a form.
    ANSWER_GET: Ask<AnswerRow> = "SELECT {columns} FROM form_answer WHERE form_digest = $1";
    /// An answer; a refused form that was sent again has a newer one.
    ANSWER_PUT: Put<AnswerRow> = "INSERT INTO form_answer ({columns}) {rows} ON CONFLICT (form_digest) DO UPDATE SET {update}";
    /// Of a session only the latest $2 are kept, and the one that was just put whatever the clock said.
    ANSWER_TRIM: Sql = "DELETE FROM form_answer WHERE session_digest = $1 AND form_digest IN (SELECT form_digest FROM form_answer WHERE session_digest = $1 AND form_digest <> $3 ORDER BY at DESC LIMIT 1000 OFFSET $2)";
    /// Those of a session that ended.
    ANSWER_END: Sql = "DELETE FROM form_answer WHERE session_digest = $1";
    /// Those that are too old.
    ANSWER_CLEAR: Sql = "DELETE FROM form_answer WHERE at < $1";
    /// A draft; another's is never written over.
    DRAFT_PUT: Put<DraftRow> = "INSERT INTO draft ({columns}) {rows} ON CONFLICT (draft_id) DO UPDATE SET {update} WHERE draft.officer = excluded.officer";
    /// One draft of an officer.
    DRAFT_GET: Ask<DraftRow> = "SELECT {columns} FROM draft WHERE draft_id = $1 AND officer = $2";
    /// The drafts of an officer, the latest first.
    DRAFT_LIST: Ask<DraftRow> = "SELECT {columns} FROM draft WHERE officer = $1 ORDER BY at DESC, draft_id LIMIT $2";
    /// One is done with.
    DRAFT_END: Sql = "DELETE FROM draft WHERE draft_id = $1 AND officer = $2";
    /// Of an officer only the latest $2 are kept, and the one that was just put whatever the clock said.
    DRAFT_TRIM: Sql = "DELETE FROM draft WHERE officer = $1 AND draft_id IN (SELECT draft_id FROM draft WHERE officer = $1 AND draft_id <> $3 ORDER BY at DESC LIMIT 1000 OFFSET $2)";
    /// Those that nobody went on with.
    DRAFT_CLEAR: Sql = "DELETE FROM draft WHERE at < $1";

    /// An upload, or what came of it.
    UPLOAD_PUT: Put<UploadRow> = "INSERT INTO upload ({columns}) {rows} ON CONFLICT (upload_id) DO UPDATE SET {update}";
    /// One of an office.
    UPLOAD_GET: Ask<UploadRow> = "SELECT {columns} FROM upload WHERE upload_id = $1 AND org = $2";
    /// Those of an office, the latest first.
    UPLOAD_LIST: Ask<UploadRow> = "SELECT {columns} FROM upload WHERE org = $1 AND (at, upload_id) < ($3, $4) ORDER BY at DESC, upload_id DESC LIMIT $2";
    /// What is kept of it for some days.
    UPLOAD_FILE_PUT: Put<UploadFileRow> = "INSERT INTO upload_file ({columns}) {rows} ON CONFLICT (upload_id, kind) DO UPDATE SET {update}";
    /// One of them.
    UPLOAD_FILE_GET: Ask<UploadFileRow> = "SELECT {columns} FROM upload_file WHERE upload_id = $1 AND kind = $2";
    /// Those that are too old.
    UPLOAD_CLEAR: Sql = "DELETE FROM upload WHERE at < $1";
    /// The same of what is kept for some days.
    UPLOAD_FILE_CLEAR: Sql = "DELETE FROM upload_file WHERE at < $1";

    /// A value of meta is taken away.
    META_DELETE: Sql = "DELETE FROM meta WHERE name = $1";
    /// A writer that ends takes its name away, unless another has taken over.
    WRITER_LEAVE: Sql = "DELETE FROM meta WHERE name = $1 AND EXISTS (SELECT 1 FROM writer WHERE id = 1 AND epoch = $2)";
}

/// Ends a migration: its number is the schema's version.
pub(crate) fn schema_is(version: usize) -> String {
    format!(
        "INSERT INTO meta (name, value) VALUES ('schema', '{version}') \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value;"
    )
}

/// Takes every row out of tables, and of meta what is not to be kept.
pub(crate) fn empty(tables: impl Iterator<Item = &'static str>, keep: &[&'static str]) -> String {
    let tables: String = tables.map(|table| format!("DELETE FROM {table};")).collect();
    format!("{tables}DELETE FROM meta WHERE name NOT IN ('{}');", keep.join("', '"))
}
