//! Migrations: whose turn it is with a card, by rows of its own.

use crate::engine::Sql;

pub(super) static RECALLS: Sql = Sql {
    name: "0036_recalls",
    row: None,
    and: None,
    text: "
-- Cards that have to be taken back, by whose turn it is: an office reads its own and goes through no city's. acts is the outlet or centre
-- whose turn it is, 0 for nobody's; of what lies in a box the box says it. n is 1. What lies in boxes is counted of recalls as well: what
-- is 'box' or 'recall_box', detail the social state, of recalls with 1 before it for a card on its way and 0 for another. Made from the
-- files when the store is opened.
CREATE TABLE recall (holder_id BIGINT NOT NULL, card_id BIGINT NOT NULL, city TEXT NOT NULL, due TEXT NOT NULL, batch_id BIGINT NOT NULL,
  box_id BIGINT NOT NULL, acts BIGINT NOT NULL, n BIGINT NOT NULL, PRIMARY KEY (holder_id, card_id, city, due, batch_id, box_id, acts)) {by_key};
CREATE INDEX recall_city ON recall (city, due, holder_id, card_id);
CREATE INDEX recall_acts ON recall (acts, due, holder_id, card_id, city);
CREATE INDEX recall_box ON recall (batch_id, box_id) WHERE box_id > 0;
DROP INDEX card_recall;
DROP TABLE in_box;
CREATE TABLE in_box (what TEXT NOT NULL, city TEXT NOT NULL, detail TEXT NOT NULL, keeper TEXT NOT NULL, to_org BIGINT NOT NULL,
  due TEXT NOT NULL, n BIGINT NOT NULL, PRIMARY KEY (what, city, detail, keeper, to_org, due)) {by_key};
CREATE INDEX in_box_none ON in_box (n) WHERE n = 0;
",
};

pub(super) static PASSED_ON: Sql = Sql {
    name: "0037_passed_on",
    row: None,
    and: None,
    text: "
-- A card outside boxes that another office has than the outlet of its holder is found by whoever would sign for it, in whichever city it
-- lies. Made anew from the files when the store is opened.
DELETE FROM loose_card;
ALTER TABLE loose_card ADD COLUMN passed_on TEXT NOT NULL DEFAULT '';
CREATE INDEX loose_card_passed_on ON loose_card (passed_on, holder_id, card_id) WHERE passed_on <> '';
-- What comes to its end, by who has it: wherever thousands are kept, as in a bank's store, these are few.
CREATE INDEX loose_card_ending ON loose_card (outlet, again, holder_id, card_id, bank) WHERE again > 2;
-- What was offered a second time, by when that is over.
CREATE INDEX loose_card_offered ON loose_card (city, overdue, custody, outlet, holder_id, card_id) WHERE again = 1;
",
};

pub(super) static OWED: Sql = Sql {
    name: "0038_owed",
    row: None,
    and: None,
    text: "
-- What has to be done with a card that was taken back uncollected is noted beside it, so that it is counted and listed without opening cards:
-- the sum of 1 (its data are to be received), 2 (its bank keeps it), 4 (its balance is to be stated) and 8 (it may be cancelled). Made anew
-- from the files when the store is opened, which takes away what was noted before.
ALTER TABLE loose_card ADD COLUMN owed BIGINT NOT NULL DEFAULT 0;
DROP INDEX loose_card_outlet;
DROP INDEX loose_card_city;
DROP INDEX loose_card_any;
CREATE INDEX loose_card_outlet ON loose_card (outlet, custody, holder_id, card_id, bank, comes_back, overdue, again, owed);
CREATE INDEX loose_card_city ON loose_card (city, custody, holder_id, card_id, bank, comes_back, overdue, again, owed);
CREATE INDEX loose_card_any ON loose_card (custody, holder_id, card_id, bank, comes_back, overdue, again, owed);
",
};

pub(super) static RECALLS_BY_KEY: Sql = Sql {
    name: "0039_recalls_by_key",
    row: None,
    and: None,
    text: "
-- A card that has to be taken back is one: what was counted of it was always 1.
ALTER TABLE recall DROP COLUMN n;
",
};

pub(super) static DIFFERING_BOXES: Sql = Sql {
    name: "0040_differing_boxes",
    row: None,
    and: None,
    text: r#"
-- Boxes in which a count found too few or too many are few: whoever has one, answers for it or oversees it finds it on the first page.
CREATE INDEX box_differing ON box (batch_id, box_id) WHERE replace(body, '"differences":', '') <> body;
"#,
};

pub(super) static OFFICES: Sql = Sql {
    name: "0041_lines_of_offices",
    row: None,
    and: None,
    text: "
-- What officers did by files, and machines without a clerk, newest first, as journal_entry_officer has what was done at the console: 业务台账
-- asks for the lines of whoever works at an office. Lines of partners and of the system are not in it.
CREATE INDEX journal_entry_office ON journal_entry (actor, at, seq) WHERE channel IN ('file', 'kiosk');
",
};

pub(super) static FEW: Sql = Sql {
    name: "0042_few_of_many",
    row: None,
    and: None,
    text: r#"
-- Orders of pre-made cards that the province ended are few: their city is told of them on the first page.
CREATE INDEX blank_order_ended ON blank_order (city, order_id) WHERE replace(body, '"ended":', '') <> body;
-- Differences that a count found stay with their boxes for good, and those that nobody has settled are few.
DROP INDEX box_differing;
CREATE INDEX box_unsettled ON box (batch_id, box_id) WHERE replace(replace(body, '"short":0,"surplus":null', ''), '"short":', '') <> replace(body, '"short":0,"surplus":null', '');
-- Of what officers and holders at machines do most are looks: a list of thirty people leaves thirty lines. What is done stands apart from
-- them, for 今日已办 and 业务台账.
DROP INDEX journal_entry_office;
CREATE INDEX journal_entry_done ON journal_entry (actor, at, seq) WHERE channel IN ('console', 'file', 'kiosk') AND command <> 'holder.look' AND command <> 'batch.look';
"#,
};
