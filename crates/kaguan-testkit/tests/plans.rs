//! A list never scans: how SQLite answers every question of the store, in a store with rows in it.

use kaguan_store::engine::{Param, Query, Sql, Value};
use kaguan_store::sql;
use kaguan_testkit::{On, World};

/// Statements that go through a whole table, or a whole index of what is under way, and why they may.
const WHOLE: &[(&str, &str)] = &[
    ("INSTITUTION_GET", "organisations are few; read once at the start"),
    ("SESSIONS_OF", "the sessions of twelve hours, asked by whoever signs in or looks at the own ones"),
    ("LINE_LAST", "the last line: it stops at the first row that it meets"),
    ("BLOCK_LAST", "the same of blocks"),
    ("BLOCK_END", "the same"),
    ("PEOPLE_STEPS", "`kaguan check` parts its work"),
    ("PEOPLE_STEP", "the same: it stops where a part ends"),
    ("BATCH_STEPS", "the same"),
    ("UNIT_STEPS", "the same"),
    ("ORDER_STEPS", "the same"),
    ("CUSTODY_BALANCES", "`kaguan check` adds up the books"),
    ("OUTBOX_COUNTS", "asked by `kaguan check` and by tests alone; pages ask OUTBOX_STANDING"),
    ("APPLICATION_UNPAID", "asked by the simulation alone; pages ask APPLICATION_WAITING"),
    ("BATCH_LIST", "newest first without any other wish: the first rows are the answer"),
    ("BLANK_ORDER_LIST", "an order is thousands of cards: a province has some hundred a year"),
    ("JOIN_WAITING", "an index of nothing but what waits for a second officer"),
    ("APPLICATION_UNCHECKED", "an index of nothing but what waits for a register, in the order of the list"),
];

/// What is sorted before it is answered, and what keeps it small.
const SORTED: &[(&str, &str)] = &[
    ("OUTBOX_ABOUT", "what waits about one person"),
    ("JOIN_WAITING", "those of one moment"),
    ("CARD_STATES", "the cards of the people who are named"),
    ("CARD_GET", "the same"),
    ("BATCH_OF_HOLDERS", "the batches of the people who are named"),
    ("BOX_OF_HOLDERS", "the same"),
    ("BATCH_UNITS", "one batch"),
    ("BATCH_INSIDE", "one batch"),
    ("BATCH_OUTLETS", "one batch"),
    ("BATCH_CARD_PEOPLE", "one batch"),
    ("BLANK_INSIDE", "one order"),
    ("BLANK_TALLY", "one order"),
    ("BLANKS_INSIDE", "the orders that are named"),
    ("BOXES_INSIDE", "the boxes that are named"),
    ("BOX_AT", "the boxes that one office has or waits for"),
    ("CARDS_IN_BOXES", "the boxes of one outlet"),
    ("CARDS_NOT_ENABLED", "the boxes of one outlet whose cards are overdue"),
    ("BATCH_OF_OUTLET", "the boxes of one outlet"),
    ("CARD_UNPLACED", "nothing, but for the migration of an early schema"),
    ("MIRROR_SUMS", "reconciliation: sixteen parts"),
    ("MIRROR_ROWS", "reconciliation: a leaf"),
    ("APPLICATION_WAITING", "what waits in one city for a register or its fee"),
    ("APPLICATION_FAILED", "what failed and nobody has settled"),
    ("APPLICATION_DUE", "those of one day"),
    ("HAPPENED", "sums of the days of two months at most: whole months are asked for by HAPPENED_MONTHS"),
    ("HAPPENED_MONTHS", "sums by month of one business"),
    ("BATCH_CLOCKS", "sums of the days of a period"),
    ("BATCHES_DUE", "the batches under way"),
    ("OPEN_STEPS", "sums of what is under way"),
    ("CARD_STEPS", "sums of what is under way"),
    ("BOX_STEPS", "sums of what is under way"),
    ("RECALLS_DUE", "sums of what is under way"),
    ("EXAMINATIONS", "what waits for a second officer"),
    ("OUTBOX_PARTNERS", "partners are few"),
    ("OUTBOX_DEAD", "what was given up and nobody has settled"),
    ("OUTBOX_COUNTS", "not asked by a page"),
    ("OUTBOX_DUE", "what waits for one partner"),
    ("OUTBOX_STANDING", "partners are few"),
    ("FACTOR_OF", "one officer"),
    ("SESSIONS_OF", "one officer"),
    ("DRAFT_LIST", "one officer, those of one moment"),
    ("UPLOAD_LIST", "one office, those of one moment"),
    ("ARCHIVE_DUE", "the outlets that are named"),
    ("TRACE_GET", "the traces that are named"),
    ("BOX_GET", "the batches that are named"),
    ("APPLICATION_GET", "the people who are named"),
];

#[tokio::test]
async fn a_list_never_scans() {
    let w = World::new(On::Memory).await;
    w.with_card(1).await;
    w.applicant(2, w.outlet()).await;
    let mut wrong = Vec::new();
    for statement in sql::ALL.iter().filter(|s| s.text.starts_with("SELECT")) {
        // A name of its own: an engine keeps the text of a statement by its name.
        let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
        let named = leak(format!("{} explained", statement.name));
        let explain: &'static Sql = Box::leak(Box::new(Sql::new(named, leak(statement.explained()))));
        let most = (1..=12).rev().find(|n| {
            statement.text.contains(&format!("${n}")) || statement.text.contains(&format!("{{in:{n}}}"))
        });
        let params = (1..=most.unwrap_or(0)).map(|n| match statement.text.contains(&format!("{{in:{n}}}")) {
            true => Param::Ints(vec![1]),
            false => Param::Int(None),
        });
        let plan = w.service.store().engine().read(vec![Query::new(explain, params.collect())]).await;
        let plan = plan.unwrap_or_else(|e| panic!("{}: {e}", statement.name));
        for row in &plan[0] {
            let Some(Value::Text(step)) = row.values.last() else { panic!("{row:?}") };
            let listed = |of: &[(&str, &str)]| of.iter().any(|(name, _)| *name == statement.name);
            // Neither what was summed up before nor the values that are asked for are a table.
            let named = step == "SCAN g" || step.starts_with("SCAN rarray ");
            let scans = step.starts_with("SCAN ") && !named;
            if (scans && !listed(WHOLE)) || (step.starts_with("USE TEMP B-TREE") && !listed(SORTED)) {
                wrong.push(format!("{}: {step}", statement.name));
            }
            // Below an identity is no place to begin: it is a scan with another name.
            let scans =
                step.contains("application") && step.contains("autoindex") && step.contains("(holder_id>?)");
            if scans && !listed(WHOLE) {
                wrong.push(format!("{}: {step}", statement.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
