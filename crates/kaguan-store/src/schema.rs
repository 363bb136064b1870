//! The schema, in migrations. Comments say what a column is for; each text runs on both engines.

mod recent;

use crate::engine::Sql;

/// Migrations in order; the number of each is its place, from 1.
pub static MIGRATIONS: &[&Sql] = &[
    &FIRST,
    &SECOND,
    &THIRD,
    &FOURTH,
    &FAILED,
    &WAITING_UNITS,
    &TRACES,
    &FILE_JOINS,
    &WAITING_CARDS,
    &SESSIONS,
    &HOME_VISITS,
    &DUE,
    &WORKSPACE,
    &BATCH_NUMBERS,
    &UNSETTLED_LINKS,
    &STATISTICS,
    &SECOND_FACTORS,
    &ARCHIVE,
    &UPLOADS,
    &EXAMINATIONS,
    &LONG_LISTS,
    &DONE_TODAY,
    &WAITING_BY_CITY,
    &RUNNING_CLOCKS,
    &TAGS,
    &UNDER_WAY,
    &ATTEMPTS,
    &COARSER_COUNTS,
    &NARROWED,
    &BOXES_BY_NUMBER,
    &LOOSE_CARDS,
    &COLLECTED,
    &SHARES,
    &TO_POST,
    &DEAD_WAITING,
    &recent::RECALLS,
    &recent::PASSED_ON,
    &recent::OWED,
    &recent::RECALLS_BY_KEY,
    &recent::DIFFERING_BOXES,
    &recent::OFFICES,
    &recent::FEW,
];

static FIRST: Sql = Sql {
    name: "0001_first_card",
    row: None,
    and: None,
    text: "
-- What this database is: schema version, public key of the journal.
CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL);
-- One row: who may write (epoch) and the head of the journal. Advanced by every commit.
CREATE TABLE writer (id {id} NOT NULL PRIMARY KEY, epoch BIGINT NOT NULL, block_seq BIGINT NOT NULL,
  entry_seq BIGINT NOT NULL, block_hash {blob} NOT NULL);
-- The journal, append-only. events is JSON, sealed when personal = 1.
CREATE TABLE journal_entry (seq {id} NOT NULL PRIMARY KEY, at BIGINT NOT NULL, actor TEXT NOT NULL,
  channel TEXT NOT NULL, subject TEXT NOT NULL, command TEXT NOT NULL, outcome TEXT NOT NULL,
  clause TEXT NOT NULL, personal BIGINT NOT NULL, events {blob} NOT NULL);
CREATE INDEX journal_entry_subject ON journal_entry (subject, seq);
CREATE TABLE journal_block (seq {id} NOT NULL PRIMARY KEY, first_entry BIGINT NOT NULL, entries BIGINT NOT NULL,
  root {blob} NOT NULL, previous {blob} NOT NULL, at BIGINT NOT NULL, epoch BIGINT NOT NULL, hash {blob} NOT NULL,
  signature {blob} NOT NULL);
CREATE INDEX journal_block_first ON journal_block (first_entry);
-- Requests done: digest of caller and key, digest of the body, and the journal line that answers it.
CREATE TABLE request_key (key_digest {blob} NOT NULL PRIMARY KEY, body_digest {blob} NOT NULL, entry BIGINT NOT NULL)
  {by_key};
-- Directory of globally unique numbers by blind index: whose file each belongs to.
CREATE TABLE claim (digest {blob} NOT NULL PRIMARY KEY, kind TEXT NOT NULL, holder_id BIGINT NOT NULL) {by_key};
-- The holder's file: person is sealed.
CREATE TABLE holder (holder_id {id} NOT NULL PRIMARY KEY, version BIGINT NOT NULL, person {blob} NOT NULL,
  next_duty BIGINT);
-- When a file must be looked at next: duties ask by it and scan nothing.
CREATE INDEX holder_duty ON holder (next_duty) WHERE next_duty IS NOT NULL;
-- Columns beside body are projections of it, for questions; body is sealed.
CREATE TABLE application (holder_id BIGINT NOT NULL, application_id BIGINT NOT NULL, stage TEXT NOT NULL,
  batch_id BIGINT, unit_id BIGINT, city TEXT NOT NULL, bank TEXT NOT NULL, outlet BIGINT NOT NULL,
  collect_at BIGINT NOT NULL, urgent BIGINT NOT NULL, settled BIGINT NOT NULL, received_on TEXT NOT NULL,
  body {blob} NOT NULL, PRIMARY KEY (holder_id, application_id));
CREATE INDEX application_ready ON application (stage, city, bank, holder_id);
CREATE INDEX application_batch ON application (batch_id, stage, holder_id);
CREATE TABLE card (holder_id BIGINT NOT NULL, card_id BIGINT NOT NULL, application_id BIGINT NOT NULL,
  batch_id BIGINT NOT NULL, box_id BIGINT, custody TEXT NOT NULL, social TEXT NOT NULL, account TEXT NOT NULL,
  in_force BIGINT NOT NULL, holds TEXT NOT NULL, card_no TEXT NOT NULL, valid_until TEXT NOT NULL, body {blob} NOT NULL,
  PRIMARY KEY (holder_id, card_id));
-- One card in force a person (Article 3): kept here as well as by rule.
CREATE UNIQUE INDEX card_one_in_force ON card (holder_id) WHERE in_force = 1;
CREATE INDEX card_batch ON card (batch_id);
CREATE INDEX card_box ON card (box_id, holder_id);
CREATE TABLE batch (batch_id {id} NOT NULL PRIMARY KEY, version BIGINT NOT NULL, number TEXT NOT NULL,
  city TEXT NOT NULL, bank TEXT NOT NULL, state TEXT NOT NULL, urgent BIGINT NOT NULL, vendor TEXT NOT NULL,
  body TEXT NOT NULL);
CREATE INDEX batch_state ON batch (state, city, bank);
CREATE TABLE box (batch_id BIGINT NOT NULL, box_id BIGINT NOT NULL, number TEXT NOT NULL, outlet BIGINT NOT NULL,
  keeper TEXT NOT NULL, to_org BIGINT, cards BIGINT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (batch_id, box_id));
CREATE INDEX box_keeper ON box (keeper);
CREATE INDEX box_to ON box (to_org);
CREATE TABLE unit_application (unit_id {id} NOT NULL PRIMARY KEY, version BIGINT NOT NULL, body {blob} NOT NULL);
-- Organisations, officers, banks and calendar are few: their events are the table.
CREATE TABLE institution_event (seq {id} NOT NULL PRIMARY KEY, body TEXT NOT NULL);
-- The books of Article 12: every hand-over has two lines that sum to zero.
CREATE TABLE custody_entry (entry BIGINT NOT NULL, line BIGINT NOT NULL, account TEXT NOT NULL, cards BIGINT NOT NULL,
  batch_id BIGINT, box_id BIGINT, PRIMARY KEY (entry, line)) {by_key};
CREATE INDEX custody_account ON custody_entry (account);
-- Messages to partners, delivered after the commit; body is sealed, and emptied once delivered.
CREATE TABLE outbox (message_id {id} NOT NULL PRIMARY KEY, partner TEXT NOT NULL, kind TEXT NOT NULL,
  subject TEXT NOT NULL, body {blob} NOT NULL, state TEXT NOT NULL, attempts BIGINT NOT NULL, next_at BIGINT NOT NULL,
  made_at BIGINT NOT NULL);
CREATE INDEX outbox_due ON outbox (state, next_at, message_id);
CREATE TABLE photo (digest TEXT NOT NULL PRIMARY KEY, body {blob} NOT NULL);
CREATE TABLE counter (name TEXT NOT NULL PRIMARY KEY, value BIGINT NOT NULL);
",
};

static SECOND: Sql = Sql {
    name: "0002_archive_and_agreement",
    row: None,
    and: None,
    text: "
-- The archive of Article 40: electronic material by its identity, sealed; the holder's file says what each is.
CREATE TABLE material (material_id {id} NOT NULL PRIMARY KEY, body {blob} NOT NULL);
-- What a bank must agree with about each of its cards: place is a keyed digest of the bank card number under a key
-- that the bank shares, mirror the state of the account and its holds as bits. Reconciliation sums over places.
ALTER TABLE card ADD COLUMN bank TEXT NOT NULL DEFAULT '';
ALTER TABLE card ADD COLUMN place BIGINT NOT NULL DEFAULT 0;
ALTER TABLE card ADD COLUMN mirror BIGINT NOT NULL DEFAULT 0;
CREATE INDEX card_mirror ON card (bank, place, mirror);
-- Cards that were used and are not in force: the file of held cards.
CREATE INDEX card_held ON card (holder_id, card_id) WHERE in_force = 0 AND social <> 'not_enabled';
-- A message waits for those before it about the same subject.
CREATE INDEX outbox_subject ON outbox (subject, partner, message_id) WHERE state = 'waiting';
-- When a batch or a unit application must be looked at next: its clocks.
ALTER TABLE batch ADD COLUMN next_duty BIGINT;
ALTER TABLE unit_application ADD COLUMN next_duty BIGINT;
CREATE INDEX batch_duty ON batch (next_duty) WHERE next_duty IS NOT NULL;
CREATE INDEX unit_application_duty ON unit_application (next_duty) WHERE next_duty IS NOT NULL;
",
};

static THIRD: Sql = Sql {
    name: "0003_pre_made_cards",
    row: None,
    and: None,
    text: "
-- Orders of pre-made cards, with their boxes. Columns beside body are projections of it.
CREATE TABLE blank_order (order_id {id} NOT NULL PRIMARY KEY, version BIGINT NOT NULL, number TEXT NOT NULL,
  city TEXT NOT NULL, bank TEXT NOT NULL, vendor TEXT NOT NULL, step TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX blank_order_step ON blank_order (step, bank, vendor);
-- One pre-made card, from the bank's answer on; body is sealed, for it holds the account.
CREATE TABLE blank (order_id BIGINT NOT NULL, n BIGINT NOT NULL, version BIGINT NOT NULL, state TEXT NOT NULL,
  box TEXT NOT NULL, body {blob} NOT NULL, PRIMARY KEY (order_id, n));
CREATE INDEX blank_state ON blank (order_id, state, n);
-- A partner's messages are delivered by themselves: one that is down holds up nobody else.
CREATE INDEX outbox_partner ON outbox (partner, message_id) WHERE state = 'waiting';
",
};

static FOURTH: Sql = Sql {
    name: "0004_ready_applications",
    row: None,
    and: None,
    text: "
-- Only what can be screened or waits for its fee is asked for by city and bank: an application that has moved on is in this
-- index no more, and its later stages cost nothing here.
DROP INDEX application_ready;
CREATE INDEX application_ready ON application (city, bank, holder_id) WHERE stage = 'accepted';
",
};

static FAILED: Sql = Sql {
    name: "0005_failed_applications",
    row: None,
    and: None,
    text: "
-- Only what a bank or a vendor could not do and nobody has settled is in this index: 失败数据处理 lists it.
CREATE INDEX application_failed ON application (city, holder_id) WHERE stage IN ('opening_failed', 'production_failed');
-- The same of what waits for a register or for its fee: 待办提醒 lists it.
CREATE INDEX application_waiting ON application (city, outlet, holder_id) WHERE stage = 'received' OR (stage = 'accepted' AND settled = 0);
",
};

static WAITING_UNITS: Sql = Sql {
    name: "0006_waiting_units",
    row: None,
    and: None,
    text: "
-- Unit applications that wait for data or for their papers, by city. Earlier ones have their data.
ALTER TABLE unit_application ADD COLUMN city TEXT NOT NULL DEFAULT '';
ALTER TABLE unit_application ADD COLUMN waits BIGINT NOT NULL DEFAULT 0;
CREATE INDEX unit_application_waits ON unit_application (city, unit_id) WHERE waits = 1;
",
};

static TRACES: Sql = Sql {
    name: "0007_traces",
    row: None,
    and: None,
    text: "
-- By what somebody may be found that others may share (likeness, a document's number without its country), by blind index.
-- Entries are never taken away: a former name still leads to its person.
CREATE TABLE trace (digest {blob} NOT NULL, holder_id BIGINT NOT NULL, PRIMARY KEY (digest, holder_id)) {by_key};
",
};

static FILE_JOINS: Sql = Sql {
    name: "0008_file_joins",
    row: None,
    and: None,
    text: "
-- Which files are joined, or proposed to be; the file says all of it, this asks which wait for a second officer.
CREATE TABLE file_join (holder_id BIGINT NOT NULL, other_id BIGINT NOT NULL, waiting BIGINT NOT NULL,
  proposed_at BIGINT NOT NULL, PRIMARY KEY (holder_id, other_id));
CREATE INDEX file_join_waiting ON file_join (proposed_at) WHERE waiting = 1;
",
};

static WAITING_CARDS: Sql = Sql {
    name: "0009_waiting_cards",
    row: None,
    and: None,
    text: "
-- Cards that nobody has enabled yet, by who has them: those that an outlet or a city must see to. The boxes of an outlet.
CREATE INDEX card_waiting ON card (custody, holder_id) WHERE social = 'not_enabled';
CREATE INDEX box_outlet ON box (outlet);
",
};

static SESSIONS: Sql = Sql {
    name: "0010_sessions",
    row: None,
    and: None,
    text: "
-- Who is signed in: the digest of the token that only the browser has. epoch is the officer's at sign-in: it has risen when
-- rights or the password changed since.
CREATE TABLE session (token_digest {blob} NOT NULL PRIMARY KEY, officer BIGINT NOT NULL, epoch BIGINT NOT NULL,
  made BIGINT NOT NULL, last BIGINT NOT NULL, reauth_at BIGINT NOT NULL) {by_key};
-- Tries to sign in that did not succeed, by blind index of a name, of an address, and of both together; good_at is when both
-- together last succeeded, 0 for never.
CREATE TABLE sign_in_try (digest {blob} NOT NULL PRIMARY KEY, tries BIGINT NOT NULL, at BIGINT NOT NULL,
  good_at BIGINT NOT NULL) {by_key};
",
};

static HOME_VISITS: Sql = Sql {
    name: "0011_home_visits",
    row: None,
    and: None,
    text: "
-- The home visits of a day: those that a second clerk has still to confirm are among them.
CREATE INDEX journal_entry_visit ON journal_entry (at) WHERE command = 'activation.record_visit' AND outcome = 'done';
",
};

static DUE: Sql = Sql {
    name: "0012_due",
    row: None,
    and: None,
    text: "
-- The last day of an application's running clock; NULL when none runs. 今日工作 asks by it, for a city or one of its outlets.
ALTER TABLE application ADD COLUMN due TEXT;
CREATE INDEX application_due ON application (city, due, outlet, holder_id, application_id) WHERE due IS NOT NULL;
",
};

static WORKSPACE: Sql = Sql {
    name: "0013_workspace",
    row: None,
    and: None,
    text: "
-- The first answer to a form that was sent in a session, sealed: a second press shows it again. It goes with the session.
CREATE TABLE form_answer (form_digest {blob} NOT NULL PRIMARY KEY, session_digest {blob} NOT NULL, at BIGINT NOT NULL,
  body {blob} NOT NULL) {by_key};
CREATE INDEX form_answer_session ON form_answer (session_digest, at);
-- A form in work, sealed, under the officer whose it is. form is the address that it is sent to.
CREATE TABLE draft (draft_id BIGINT NOT NULL PRIMARY KEY, officer BIGINT NOT NULL, form TEXT NOT NULL, at BIGINT NOT NULL,
  body {blob} NOT NULL) {by_key};
CREATE INDEX draft_officer ON draft (officer, at);
",
};

static BATCH_NUMBERS: Sql = Sql {
    name: "0014_batch_numbers",
    row: None,
    and: None,
    text: "
-- A batch is looked for by its number.
CREATE INDEX batch_number ON batch (number);
",
};

static UNSETTLED_LINKS: Sql = Sql {
    name: "0015_unsettled_links",
    row: None,
    and: None,
    text: "
-- Cards of which a bank refused something or never answered, and which nobody has settled: 接口监控 lists them.
ALTER TABLE card ADD COLUMN unsettled BIGINT NOT NULL DEFAULT 0;
CREATE INDEX card_unsettled ON card (holder_id, card_id) WHERE unsettled = 1;
",
};

static STATISTICS: Sql = Sql {
    name: "0016_statistics",
    row: None,
    and: None,
    text: "
-- What happened on cards, counted by day as the journal says it: what becomes of a card later changes nothing. detail is the kind
-- within the business: what a card was made for, why it was taken back.
CREATE TABLE happened (business TEXT NOT NULL, day TEXT NOT NULL, city TEXT NOT NULL, bank TEXT NOT NULL,
  detail TEXT NOT NULL, n BIGINT NOT NULL, PRIMARY KEY (business, day, city, bank, detail)) {by_key};
-- The clocks of batches; owner is the bank or the vendor that has to keep it, empty for the centres.
CREATE TABLE batch_clock (batch_id BIGINT NOT NULL, kind TEXT NOT NULL, city TEXT NOT NULL, owner TEXT NOT NULL,
  started_on TEXT NOT NULL, due TEXT NOT NULL, stopped_on TEXT, PRIMARY KEY (batch_id, kind)) {by_key};
CREATE INDEX batch_clock_period ON batch_clock (kind, started_on, city, owner, due, stopped_on);
CREATE INDEX batch_clock_running ON batch_clock (city, kind, due, batch_id) WHERE stopped_on IS NULL;
-- Where applications and cards wait: only those under way are in these indexes, and they are counted from them alone.
CREATE INDEX application_step ON application (city, stage, settled, batch_id, due)
  WHERE stage NOT IN ('made', 'withdrawn', 'declined');
CREATE INDEX application_due_made ON application (city, due, holder_id, application_id, stage)
  WHERE due IS NOT NULL AND stage = 'made';
ALTER TABLE card ADD COLUMN city TEXT NOT NULL DEFAULT '';
ALTER TABLE card ADD COLUMN waits BIGINT NOT NULL DEFAULT 0;
CREATE INDEX card_step ON card (city, custody, social, batch_id, box_id, waits) WHERE waits = 1;
",
};

static SECOND_FACTORS: Sql = Sql {
    name: "0017_second_factors",
    row: None,
    and: None,
    text: "
-- The secret of an officer's 动态口令, sealed, and the last step of thirty seconds of which a code was taken: none is taken twice. Which
-- of them holds the journal says; one that was shown and not proved is here for a while, too.
CREATE TABLE second_factor (factor_id BIGINT NOT NULL PRIMARY KEY, officer BIGINT NOT NULL, made BIGINT NOT NULL,
  last_step BIGINT NOT NULL, secret {blob} NOT NULL) {by_key};
CREATE INDEX second_factor_officer ON second_factor (officer);
-- Its recovery codes that nobody has used yet, by blind index.
CREATE TABLE recovery_code (factor_id BIGINT NOT NULL, digest {blob} NOT NULL, PRIMARY KEY (factor_id, digest)) {by_key};
-- Whether the second factor was given in a session, or none was due.
ALTER TABLE session ADD COLUMN whole BIGINT NOT NULL DEFAULT 1;
",
};

static ARCHIVE: Sql = Sql {
    name: "0018_archive",
    row: None,
    and: None,
    text: "
-- The material of people's archives, by who keeps it and the last day on which it must be; NULL while its case lives. The person
-- says what each is; this asks for what is due, of some outlets, and names nobody.
CREATE TABLE archive_material (material_id BIGINT NOT NULL PRIMARY KEY, holder_id BIGINT NOT NULL, org BIGINT NOT NULL,
  kept_until TEXT) {by_key};
CREATE INDEX archive_material_due ON archive_material (org, kept_until, material_id) WHERE kept_until IS NOT NULL;
",
};

static UPLOADS: Sql = Sql {
    name: "0019_uploads",
    row: None,
    and: None,
    text: "
-- 即制卡标注: a counter makes the card, and no batch takes the application. Set for earlier ones when the store is opened.
ALTER TABLE application ADD COLUMN marked BIGINT NOT NULL DEFAULT 0;
-- What was uploaded: what came of it, sealed, for it names people. org is the office of the officer.
CREATE TABLE upload (upload_id BIGINT NOT NULL PRIMARY KEY, officer BIGINT NOT NULL, org BIGINT NOT NULL, at BIGINT NOT NULL,
  body {blob} NOT NULL) {by_key};
CREATE INDEX upload_org ON upload (org, at);
-- The rows that were refused, as a data file and as a workbook, sealed; kept for some days.
CREATE TABLE upload_file (upload_id BIGINT NOT NULL, kind TEXT NOT NULL, at BIGINT NOT NULL, body {blob} NOT NULL,
  PRIMARY KEY (upload_id, kind)) {by_key};
",
};

static EXAMINATIONS: Sql = Sql {
    name: "0020_examinations",
    row: None,
    and: None,
    text: "
-- What one officer proposed and another has to decide, newest first: restrictions, and changes of the bank.
CREATE INDEX journal_entry_restriction ON journal_entry (at, seq) WHERE command = 'restriction.propose' AND outcome = 'done';
CREATE INDEX journal_entry_bank_change ON journal_entry (at, seq) WHERE command = 'bank_change.reserve' AND outcome = 'done';
",
};

static LONG_LISTS: Sql = Sql {
    name: "0021_long_lists",
    row: None,
    and: None,
    text: "
-- What happened, by month: pages over years add up months, not days.
CREATE TABLE happened_month (business TEXT NOT NULL, month TEXT NOT NULL, city TEXT NOT NULL, bank TEXT NOT NULL,
  detail TEXT NOT NULL, n BIGINT NOT NULL, PRIMARY KEY (business, month, city, bank, detail)) {by_key};
INSERT INTO happened_month (business, month, city, bank, detail, n)
  SELECT business, substr(day, 1, 7), city, bank, detail, CAST(sum(n) AS BIGINT) FROM happened
  GROUP BY business, substr(day, 1, 7), city, bank, detail;
-- Batches are listed newest first, of a city, a bank, a vendor, or in a state.
CREATE INDEX batch_of_city ON batch (city, batch_id);
CREATE INDEX batch_of_bank ON batch (bank, batch_id);
CREATE INDEX batch_of_vendor ON batch (vendor, batch_id);
CREATE INDEX batch_in_state ON batch (state, batch_id);
-- What can be screened is counted from this index alone; what waits for its checks is in the order of its list.
CREATE INDEX application_screenable ON application (city, bank, urgent) WHERE stage = 'accepted' AND settled = 1 AND marked = 0;
CREATE INDEX application_unchecked ON application (received_on, holder_id, application_id) WHERE stage = 'received';
",
};

static DONE_TODAY: Sql = Sql {
    name: "0022_done_today",
    row: None,
    and: None,
    text: "
-- What an officer did at the console, newest first: 今日工作 asks for one day of one officer. The engine keeps it beside the lines, those
-- of before among them; like them it names no holder.
CREATE INDEX journal_entry_officer ON journal_entry (actor, at, seq) WHERE channel = 'console';
",
};

static WAITING_BY_CITY: Sql = Sql {
    name: "0024_waiting_by_city",
    row: None,
    and: None,
    text: "
-- Cards that nobody has enabled, of a city: those outside boxes by who has them, those in boxes by their box. A city's list goes through
-- no other city's cards.
CREATE INDEX card_loose ON card (city, custody, holder_id) WHERE social = 'not_enabled';
CREATE INDEX card_in_box ON card (city, batch_id, box_id) WHERE custody = 'in_box' AND social = 'not_enabled';
-- What one officer proposed and another has to decide; the files say all of it, and only what waits is here.
CREATE TABLE examination (holder_id BIGINT NOT NULL, card_id BIGINT NOT NULL, kind TEXT NOT NULL, city TEXT NOT NULL,
  bank TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (holder_id, card_id, kind)) {by_key};
CREATE INDEX examination_waits ON examination (kind, city, at);
",
};

static RUNNING_CLOCKS: Sql = Sql {
    name: "0023_running_clocks",
    row: None,
    and: None,
    text: "
-- The last day on which a card must be taken back; NULL when no such clock runs. One list has the running clocks of applications, cards
-- and batches, those of a city by their last day.
ALTER TABLE card ADD COLUMN recall_due TEXT;
CREATE INDEX card_recall ON card (city, recall_due, holder_id, card_id) WHERE recall_due IS NOT NULL;
CREATE INDEX batch_clock_last_day ON batch_clock (city, due, batch_id, kind) WHERE stopped_on IS NULL;
",
};

static TAGS: Sql = Sql {
    name: "0025_tags",
    row: None,
    and: None,
    text: "
-- Each row vouches for itself: tag is keyed, over the table and all columns of the row. Rows of an earlier schema get theirs when the
-- store is opened, once; after that a row without one is an error.
ALTER TABLE meta ADD COLUMN tag {blob};
ALTER TABLE writer ADD COLUMN tag {blob};
ALTER TABLE request_key ADD COLUMN tag {blob};
ALTER TABLE holder ADD COLUMN tag {blob};
ALTER TABLE application ADD COLUMN tag {blob};
ALTER TABLE card ADD COLUMN tag {blob};
ALTER TABLE claim ADD COLUMN tag {blob};
ALTER TABLE trace ADD COLUMN tag {blob};
ALTER TABLE file_join ADD COLUMN tag {blob};
ALTER TABLE unit_application ADD COLUMN tag {blob};
ALTER TABLE batch ADD COLUMN tag {blob};
ALTER TABLE box ADD COLUMN tag {blob};
ALTER TABLE custody_entry ADD COLUMN tag {blob};
ALTER TABLE batch_clock ADD COLUMN tag {blob};
ALTER TABLE blank_order ADD COLUMN tag {blob};
ALTER TABLE blank ADD COLUMN tag {blob};
ALTER TABLE outbox ADD COLUMN tag {blob};
ALTER TABLE counter ADD COLUMN tag {blob};
ALTER TABLE photo ADD COLUMN tag {blob};
ALTER TABLE material ADD COLUMN tag {blob};
ALTER TABLE archive_material ADD COLUMN tag {blob};
ALTER TABLE session ADD COLUMN tag {blob};
ALTER TABLE sign_in_try ADD COLUMN tag {blob};
ALTER TABLE second_factor ADD COLUMN tag {blob};
ALTER TABLE recovery_code ADD COLUMN tag {blob};
ALTER TABLE upload ADD COLUMN tag {blob};
ALTER TABLE upload_file ADD COLUMN tag {blob};
ALTER TABLE form_answer ADD COLUMN tag {blob};
ALTER TABLE draft ADD COLUMN tag {blob};
ALTER TABLE examination ADD COLUMN tag {blob};
-- Events of the institution room are sealed; those of an earlier schema are sealed when the store is opened, and their table goes.
ALTER TABLE institution_event RENAME TO institution_plain;
CREATE TABLE institution_event (seq {id} NOT NULL PRIMARY KEY, body {blob} NOT NULL, tag {blob});
-- How many events of the institution room there are and the digest over all of them; how many request keys and messages.
ALTER TABLE writer ADD COLUMN institutions BIGINT NOT NULL DEFAULT 0;
ALTER TABLE writer ADD COLUMN institution_root {blob};
ALTER TABLE writer ADD COLUMN request_keys BIGINT NOT NULL DEFAULT 0;
ALTER TABLE writer ADD COLUMN messages BIGINT NOT NULL DEFAULT 0;
",
};

static UNDER_WAY: Sql = Sql {
    name: "0026_under_way",
    row: None,
    and: None,
    text: "
-- How many applications wait at a step, how many cards are with whom, how many have to be taken back, each by the last day of the clock:
-- every commit adds what it changed, so that a board of the whole province reads sums. Earlier rows are counted when the store is opened.
CREATE TABLE under_way (what TEXT NOT NULL, city TEXT NOT NULL, state TEXT NOT NULL, detail TEXT NOT NULL, batch_id BIGINT NOT NULL,
  box_id BIGINT NOT NULL, due TEXT NOT NULL, n BIGINT NOT NULL,
  PRIMARY KEY (what, city, state, detail, batch_id, box_id, due)) {by_key};
CREATE INDEX under_way_none ON under_way (n) WHERE n = 0;
-- The clocks of unit applications while they run, one more of the running clocks of a city.
CREATE TABLE unit_clock (unit_id BIGINT NOT NULL PRIMARY KEY, city TEXT NOT NULL, outlet BIGINT NOT NULL, due TEXT NOT NULL,
  tag {blob}) {by_key};
CREATE INDEX unit_clock_last_day ON unit_clock (city, due, unit_id, outlet);
-- What is under way was counted from these.
DROP INDEX application_step;
DROP INDEX application_due_made;
DROP INDEX card_step;
",
};

static ATTEMPTS: Sql = Sql {
    name: "0027_attempts",
    row: None,
    and: None,
    text: "
-- What was tried with each partner: which message, when, what came of it, and when it is tried again. No body, and nobody's name.
CREATE TABLE attempt (attempt_id {id} NOT NULL PRIMARY KEY, partner TEXT NOT NULL, at BIGINT NOT NULL, message_id BIGINT NOT NULL,
  kind TEXT NOT NULL, number BIGINT NOT NULL, took BIGINT NOT NULL, outcome TEXT NOT NULL, said TEXT NOT NULL, next_at BIGINT, tag {blob});
CREATE INDEX attempt_partner ON attempt (partner, attempt_id);
",
};

static COARSER_COUNTS: Sql = Sql {
    name: "0028_coarser_counts",
    row: None,
    and: None,
    text: "
-- Cards in boxes by who keeps the box and where it is being sent, and clocks of batches that are alike: what a board and a report read
-- does not grow with boxes and batches. A box that moves takes its cards with it, which are found by its batch.
CREATE TABLE in_box (city TEXT NOT NULL, social TEXT NOT NULL, keeper TEXT NOT NULL, to_org BIGINT NOT NULL, due TEXT NOT NULL,
  n BIGINT NOT NULL, PRIMARY KEY (city, social, keeper, to_org, due)) {by_key};
CREATE INDEX in_box_none ON in_box (n) WHERE n = 0;
CREATE INDEX under_way_box ON under_way (batch_id) WHERE box_id > 0;
CREATE TABLE clock_count (kind TEXT NOT NULL, started_on TEXT NOT NULL, city TEXT NOT NULL, owner TEXT NOT NULL, due TEXT NOT NULL,
  stopped_on TEXT NOT NULL, n BIGINT NOT NULL, PRIMARY KEY (kind, started_on, city, owner, due, stopped_on)) {by_key};
CREATE INDEX clock_count_none ON clock_count (n) WHERE n = 0;
DROP INDEX batch_clock_period;
",
};

static NARROWED: Sql = Sql {
    name: "0029_narrowed",
    row: None,
    and: None,
    text: "
-- A list is narrowed by the database, in the order in which it is paged: what is chosen begins an index, or stands in it, so that what was
-- not chosen is passed over without its row.
CREATE INDEX batch_city_state ON batch (city, state, batch_id, bank);
CREATE INDEX batch_city_bank ON batch (city, bank, batch_id);
CREATE INDEX batch_bank_state ON batch (bank, state, batch_id);
DROP INDEX application_failed;
CREATE INDEX application_failed ON application (city, holder_id, bank, stage) WHERE stage IN ('opening_failed', 'production_failed');
DROP INDEX application_waiting;
CREATE INDEX application_waiting ON application (city, holder_id, outlet, stage, settled) WHERE stage = 'received' OR (stage = 'accepted' AND settled = 0);
CREATE INDEX application_unchecked_city ON application (city, received_on, holder_id, application_id, outlet, bank) WHERE stage = 'received';
CREATE INDEX application_unchecked_outlet ON application (city, outlet, received_on, holder_id, application_id, bank) WHERE stage = 'received';
DROP INDEX card_loose;
CREATE INDEX card_loose ON card (city, custody, holder_id, bank) WHERE social = 'not_enabled';
DROP INDEX card_unsettled;
CREATE INDEX card_unsettled ON card (holder_id, card_id, city, bank) WHERE unsettled = 1;
CREATE INDEX outbox_dead ON outbox (state, message_id, partner, kind) WHERE state = 'dead';
CREATE INDEX attempt_outcome ON attempt (outcome, attempt_id);
CREATE INDEX journal_entry_institution ON journal_entry (subject, command, seq) WHERE subject = 'institution';
",
};

static BOXES_BY_NUMBER: Sql = Sql {
    name: "0030_boxes_by_number",
    row: None,
    and: None,
    text: "
-- A box in somebody's hand is found by what is written on it.
CREATE INDEX box_keeper_number ON box (keeper, number, box_id);
CREATE INDEX box_to_number ON box (to_org, number, box_id);
DROP INDEX box_keeper;
DROP INDEX box_to;
",
};

static LOOSE_CARDS: Sql = Sql {
    name: "0031_loose_cards",
    row: None,
    and: None,
    text: "
-- Cards that nobody has enabled and that lie in no box, by the outlet that answers for them: its lists do not go through a city's cards, and
-- what comes back by post or is overdue is known without opening any.
CREATE TABLE loose_card (holder_id BIGINT NOT NULL, card_id BIGINT NOT NULL, city TEXT NOT NULL, outlet BIGINT NOT NULL,
  bank TEXT NOT NULL, custody TEXT NOT NULL, comes_back BIGINT NOT NULL, overdue TEXT, tag {blob}, PRIMARY KEY (holder_id, card_id));
CREATE INDEX loose_card_outlet ON loose_card (outlet, custody, holder_id, card_id, bank, comes_back, overdue);
CREATE INDEX loose_card_city ON loose_card (city, custody, holder_id, card_id, bank, comes_back, overdue);
CREATE INDEX loose_card_any ON loose_card (custody, holder_id, card_id, bank, comes_back, overdue);
DROP INDEX card_loose;
",
};

static COLLECTED: Sql = Sql {
    name: "0032_collected",
    row: None,
    and: None,
    text: "
-- The running clocks of cards that were made and are collected elsewhere than the application was taken in: they are listed where they are
-- collected as well.
CREATE INDEX application_collected ON application (collect_at, due, holder_id, application_id, outlet, city)
  WHERE due IS NOT NULL AND stage = 'made';
",
};

static SHARES: Sql = Sql {
    name: "0033_shares_of_a_batch",
    row: None,
    and: None,
    text: "
-- What a batch holds is counted by place and unit from the index alone; only applications in a batch are in it.
DROP INDEX application_batch;
CREATE INDEX application_batch ON application (batch_id, stage, holder_id, collect_at, outlet, unit_id) WHERE batch_id IS NOT NULL;
",
};

static TO_POST: Sql = Sql {
    name: "0034_cards_to_post",
    row: None,
    and: None,
    text: "
-- What is noted of a card outside boxes is noted by whoever has it now, and not by where it was to be collected; with it what was offered a
-- second time, and what is to be posted, in a box or outside one. Made anew from the files when the store is opened.
DELETE FROM loose_card;
ALTER TABLE loose_card ADD COLUMN again BIGINT NOT NULL DEFAULT 0;
ALTER TABLE loose_card ADD COLUMN to_post BIGINT NOT NULL DEFAULT 0;
ALTER TABLE loose_card ADD COLUMN batch_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE loose_card ADD COLUMN box_id BIGINT NOT NULL DEFAULT 0;
DROP INDEX loose_card_outlet;
DROP INDEX loose_card_city;
DROP INDEX loose_card_any;
CREATE INDEX loose_card_outlet ON loose_card (outlet, custody, holder_id, card_id, bank, comes_back, overdue, again);
CREATE INDEX loose_card_city ON loose_card (city, custody, holder_id, card_id, bank, comes_back, overdue, again);
CREATE INDEX loose_card_any ON loose_card (custody, holder_id, card_id, bank, comes_back, overdue, again);
CREATE INDEX loose_card_to_post ON loose_card (outlet, holder_id, card_id, bank, batch_id, box_id) WHERE to_post = 1;
",
};

static DEAD_WAITING: Sql = Sql {
    name: "0035_dead_waiting",
    row: None,
    and: None,
    text: "
-- Applications of people whose death two registers have confirmed that wait for a card still: few, left out of every screening and named
-- where somebody has to act on them, without opening the files of all who wait. batch_id is the batch that holds it, if one does. Made
-- from the files when the store is opened.
CREATE TABLE dead_waiting (holder_id BIGINT NOT NULL, application_id BIGINT NOT NULL, city TEXT NOT NULL, batch_id BIGINT, tag {blob},
  PRIMARY KEY (holder_id, application_id));
CREATE INDEX dead_waiting_city ON dead_waiting (city, holder_id, application_id);
CREATE INDEX dead_waiting_batch ON dead_waiting (batch_id, holder_id, application_id);
CREATE INDEX journal_entry_death ON journal_entry (at, seq) WHERE command = 'alive.mark_death' AND outcome = 'done';
",
};

/// The version from which on rows have tags.
pub(crate) fn tags_since() -> usize {
    MIGRATIONS.iter().position(|m| m.name == TAGS.name).map_or(0, |at| at + 1)
}

/// Every table but `meta`, which says what the database is.
pub(crate) fn tables() -> impl Iterator<Item = &'static str> {
    let made = MIGRATIONS.iter().flat_map(|m| m.text.split("CREATE TABLE ").skip(1));
    made.filter_map(|after| after.split(' ').next()).filter(|table| *table != "meta")
}
