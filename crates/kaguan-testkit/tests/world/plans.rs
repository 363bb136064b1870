//! A list never scans: how SQLite answers every question of the store, in a store with rows in it. And on both engines: of what is chosen a part
//! is full, the next goes on within it, and the area still limits it.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::clock::ClockKind;
use kaguan_domain::facts::custody::RecallReason;
use kaguan_domain::facts::names::{BatchStateKind, CustodyKind, StageKind};
use kaguan_domain::ids::{ApplicationId, BatchId, BoxId, CardId, HolderId, OrgId};
use kaguan_domain::recall::TakeBack;
use kaguan_service::intake::Acceptance;
use kaguan_service::{CardWork, ListedUpload};
use kaguan_store::engine::{Param, Query, Sql, Value, Write};
use kaguan_store::{
    Attempt, AttemptOutcome, BatchesAsked, BoxWay, BoxesChosen, LooseIn, RunningAsked, RunningIn, RunningOf,
    SentChosen, Store, Subject, Ticks, UncheckedIn, sql,
};
use kaguan_testkit::{BOTH, On, World};
use std::fmt::Debug;

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
    ("JOIN_WAITING_INTO", "the same"),
    ("JOIN_LATELY", "joinings of files: a province has some hundred a year"),
    ("BOX_UNSETTLED", "an index of nothing but boxes with a difference that nobody has settled"),
    ("APPLICATION_UNCHECKED", "an index of nothing but what waits for a register, in the order of the list"),
];

/// What is sorted before it is answered, and what keeps it small.
const SORTED: &[(&str, &str)] = &[
    ("OUTBOX_ABOUT", "what waits about one person"),
    ("LEDGER", "the lines of those who are named, of a time that is shorter the more they are"),
    ("JOIN_WAITING", "those of one moment"),
    ("JOIN_WAITING_INTO", "those of one file"),
    ("JOIN_LATELY", "joinings of files: a province has some hundred a year"),
    ("CARD_STATES", "the cards of the people who are named"),
    ("CARD_GET", "the same"),
    ("BATCH_OF_HOLDERS", "the batches of the people who are named"),
    ("BOX_OF_HOLDERS", "the same"),
    ("BATCH_UNITS", "one batch"),
    ("CLOCKS_UNDER_WAY", "sums of a city"),
    ("CLOCKS_IN_BOXES", "the same"),
    ("BATCH_INSIDE", "one batch"),
    ("BATCH_SHARES", "one batch"),
    ("BATCH_SHARES_MADE", "one batch"),
    ("BATCH_CARD_PEOPLE", "one batch"),
    ("BLANK_INSIDE", "one order"),
    ("BLANK_TALLY", "one order"),
    ("BLANKS_INSIDE", "the orders that are named"),
    ("BLANK_WRITTEN_OFF", "one order"),
    ("BLANKS_WRITTEN_OFF", "the orders that are named"),
    ("BOXES_INSIDE", "the boxes that are named"),
    ("SINGLES_AT", "single cards at centres, which hand none out"),
    ("LOOSE_ENDING_AT", "cards at their end that offices of one city keep"),
    ("SECOND_OFFERS_OVER", "second offers that are over"),
    ("BOX_AT", "the boxes that one office has or waits for"),
    ("BOX_OUTLETS", "the same"),
    ("BOX_COUNTED_WRONG", "the boxes of one outlet"),
    ("CARDS_IN_BOXES", "the boxes of one outlet"),
    ("CARDS_NOT_ENABLED", "the boxes of one outlet whose cards are overdue"),
    ("BATCH_OF_OUTLET", "the boxes of one outlet"),
    ("CARD_UNPLACED", "nothing, but for the migration of an early schema"),
    ("MIRROR_SUMS", "reconciliation: sixteen parts"),
    ("MIRROR_ROWS", "reconciliation: a leaf"),
    ("APPLICATION_WAITING", "what waits in one city for a register or its fee"),
    ("APPLICATION_FAILED", "what failed and nobody has settled"),
    ("APPLICATION_DUE", "those of one day"),
    ("COLLECT_DUE_COUNTS", "cards that were made and are on their way to one outlet"),
    ("BOXED_DUE", "the boxes that are named"),
    ("BOXED_DUE_COUNTS", "the boxes that are named"),
    ("HAPPENED", "sums of the days of two months at most: whole months are asked for by HAPPENED_MONTHS"),
    ("HAPPENED_MONTHS", "sums by month of one business"),
    ("BATCH_CLOCKS", "sums of the days of a period"),
    ("BATCHES_DUE", "the batches under way"),
    ("OPEN_STEPS", "sums of what is under way"),
    ("CARD_STEPS", "sums of what is under way"),
    ("BOX_STEPS", "sums of what is under way"),
    ("RECALLS_LOOSE", "sums of what is under way"),
    ("RECALLS_OF_OFFICE_COUNTS", "what one office has to take back"),
    ("UNDER_WAY_RECALLS", "nothing, but for the migration of an earlier schema"),
    ("EXAMINATIONS", "what waits for a second officer"),
    ("OUTBOX_PARTNERS", "partners are few"),
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

/// What a narrowed list is asked by: the statement, the index that begins with what was chosen or has it beside, so that what was not chosen
/// is passed over without its row, and where in it the answer begins.
const NARROWED: &[(&str, &str, &str)] = &[
    ("BATCH_LIST_CITY_STATE", "batch_city_state", "city=? AND state=? AND batch_id<?"),
    ("BATCH_LIST_CITY_BANK", "batch_city_bank", "city=? AND bank=? AND batch_id<?"),
    ("BATCH_LIST_BANK_STATE", "batch_bank_state", "bank=? AND state=? AND batch_id<?"),
    ("APPLICATION_FAILED_CITY", "COVERING INDEX application_failed", "city=? AND holder_id>?"),
    ("APPLICATION_FAILED", "COVERING INDEX application_failed", "city>? AND city<?"),
    ("APPLICATION_WAITING", "COVERING INDEX application_waiting", "city=? AND holder_id>?"),
    ("APPLICATION_UNCHECKED_CITY", "application_unchecked_city", "city=? AND (received_on,"),
    ("APPLICATION_UNCHECKED_OUTLET", "application_unchecked_outlet", "city=? AND outlet=? AND (received_on,"),
    ("UNCHECKED_OUTLETS", "COVERING INDEX application_unchecked_outlet", "city=?"),
    ("LOOSE_OUTLET", "loose_card_outlet", "outlet=? AND custody=? AND (holder_id,card_id)>(?,?)"),
    ("LOOSE_CITY", "loose_card_city", "city=? AND custody=? AND (holder_id,card_id)>(?,?)"),
    ("LOOSE_ANY", "loose_card_any", "custody=? AND (holder_id,card_id)>(?,?)"),
    ("LOOSE_ELSEWHERE", "loose_card_city", "city=? AND custody=? AND (holder_id,card_id)>(?,?)"),
    ("LOOSE_ENDING_AT", "loose_card_ending", "outlet=? AND again=?"),
    ("LOOSE_PASSED_ON", "loose_card_passed_on", "passed_on=? AND (holder_id,card_id)>(?,?)"),
    ("SECOND_OFFERS_OVER", "loose_card_offered", "city>? AND city<?"),
    ("SINGLES_AT", "loose_card_outlet", "outlet=? AND custody=?"),
    ("LOOSE_TO_POST", "loose_card_to_post", "outlet=? AND (holder_id,card_id)>(?,?)"),
    ("RECALLS_OF_CITY", "COVERING INDEX recall_city", "city=? AND due>?"),
    ("RECALLS_OF_OFFICE", "COVERING INDEX recall_acts", "acts=? AND due>?"),
    ("RECALLS_OF_OFFICE_COUNTS", "COVERING INDEX recall_acts", "acts=?"),
    ("RECALLS_IN_BOXES_OF", "COVERING INDEX recall_acts", "acts=? AND due=? AND (holder_id,card_id)>(?,?)"),
    ("LOOSE_OUTLET_COUNT", "COVERING INDEX loose_card_outlet", "outlet=? AND custody=?"),
    ("LOOSE_CITY_COUNT", "COVERING INDEX loose_card_city", "city=? AND custody=?"),
    ("LOOSE_ANY_COUNT", "COVERING INDEX loose_card_any", "custody=?"),
    ("LOOSE_ELSEWHERE_COUNT", "loose_card_city", "city=? AND custody=?"),
    ("LOOSE_ENDING_AT_COUNT", "loose_card_ending", "outlet=?"),
    ("LOOSE_TO_POST_COUNT", "loose_card_to_post", "outlet=?"),
    ("RECALLS_IN_BOXES_OF_COUNT", "COVERING INDEX recall_acts", "acts=? AND due=?"),
    ("CARDS_NOT_ENABLED_COUNT", "card_box", "box_id=?"),
    ("BOX_TO_SEND_ON", "box_keeper_number", "keeper=?"),
    ("BOX_UNSETTLED", "USING INDEX box_unsettled", "SCAN b"),
    ("BLANK_ORDER_ENDED", "blank_order_ended", "city=?"),
    ("ENTRY_AT", "INTEGER PRIMARY KEY", "rowid=?"),
    ("DEAD_WAITING", "dead_waiting_city", "city>? AND city<?"),
    ("BATCH_DEAD", "dead_waiting_batch", "batch_id=?"),
    ("CARDS_UNSETTLED", "card_unsettled", "(holder_id,"),
    ("OUTBOX_DEAD", "outbox_dead", "state=? AND message_id>?"),
    ("ATTEMPT_LATEST_CAME", "attempt_outcome", "outcome=? AND attempt_id<?"),
    ("ATTEMPT_LATEST_OF", "attempt_partner", "partner=? AND attempt_id<?"),
    ("ENTRY_OF_INSTITUTION", "journal_entry_institution", "subject=? AND command=? AND seq<?"),
    ("LEDGER", "journal_entry_done", "actor=? AND at>?"),
    ("DONE_BY_OFFICER", "journal_entry_done", "actor=? AND at>?"),
    ("INSTITUTION_VERBS", "COVERING INDEX journal_entry_institution", "subject=?"),
    ("BATCH_RUNNING", "batch_clock_last_day", "city=? AND due>?"),
    ("COLLECT_DUE", "application_collected", "collect_at=? AND due>?"),
    ("UNIT_WAITING", "unit_application_waits", "city=? AND unit_id<?"),
    ("UPLOAD_LIST", "upload_org", "org=? AND "),
];

/// How SQLite would answer a statement, step by step.
async fn plan_of(w: &World, statement: &'static Sql) -> Vec<String> {
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
    let step = |row: &kaguan_store::engine::Row| match row.values.last() {
        Some(Value::Text(step)) => step.clone(),
        _ => panic!("{row:?}"),
    };
    plan[0].iter().map(step).collect()
}

#[tokio::test]
async fn what_is_chosen_of_a_list_is_asked_by_an_index_that_has_it_in_the_order_of_the_list() {
    let w = World::new(On::Memory).await;
    let mut wrong = Vec::new();
    for (name, index, seek) in NARROWED {
        let statement = sql::ALL.iter().find(|s| s.name == *name).unwrap_or_else(|| panic!("{name}"));
        let plan = plan_of(&w, statement).await;
        if !plan.iter().any(|step| step.contains(index) && step.contains(seek)) {
            wrong.push(format!("{name}: {plan:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn a_list_never_scans() {
    let w = World::new(On::Memory).await;
    w.with_card(1).await;
    w.applicant(2, w.outlet()).await;
    let mut wrong = Vec::new();
    for statement in sql::ALL.iter().filter(|s| s.text.starts_with("SELECT")) {
        for step in &plan_of(&w, statement).await {
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

/// Writes behind the system's back.
async fn write(store: &Store, text: String) {
    let text: &'static str = Box::leak(text.into_boxed_str());
    let statement: &'static Sql = Box::leak(Box::new(Sql::new(text, text)));
    store.engine().transact(vec![Write::one(statement, Vec::new(), None)]).await.unwrap();
}

/// What was written so gets its tags, as rows of an earlier schema do.
async fn tagged(store: &Store) {
    write(store, "DELETE FROM meta WHERE name = 'tagged'".into()).await;
    store.migrate().await.unwrap();
}

/// Parts of two lines each, to the end. A part that is not full is the last: whoever gives less than was chosen loses the rest here.
async fn in_parts<K: Copy>(mut ask: impl AsyncFnMut(Option<K>, i64) -> Vec<K>) -> Vec<K> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let part = ask(after, 2).await;
        assert!(part.len() <= 2);
        after = part.last().copied();
        let full = part.len() == 2;
        all.extend(part);
        if !full {
            return all;
        }
    }
}

const CITIES: [&str; 2] = ["4401", "4403"];
const BANKS: [&str; 2] = ["95533", "95588"];

/// Any, or one of two.
fn any_of<T: Copy>(of: [T; 2]) -> [Option<T>; 3] {
    [None, Some(of[0]), Some(of[1])]
}

/// People in two cities, of two banks, at two outlets, in every order of them; by their files.
async fn people(w: &World) -> Vec<(HolderId, &'static str, &'static str, OrgId)> {
    let mut ids = Vec::new();
    for n in 1..=9 {
        ids.push(w.applicant(n, w.outlet()).await);
    }
    ids.sort_unstable();
    let outlets = [w.outlet(), w.bank_outlet()];
    let of = |(n, id): (usize, HolderId)| (id, CITIES[usize::from(n % 4 == 3)], BANKS[n % 2], outlets[n / 5]);
    ids.into_iter().enumerate().map(of).collect()
}

fn holds<T: PartialEq>(chosen: Option<T>, is: T) -> bool {
    chosen.is_none_or(|chosen| chosen == is)
}

#[track_caller]
fn same<K: PartialEq + Debug>(found: &[K], wanted: impl Iterator<Item = K>, what: &str) {
    let wanted: Vec<K> = wanted.collect();
    assert_eq!(found, wanted, "{what}");
}

#[tokio::test]
async fn of_applications_that_are_chosen_a_part_is_full_and_the_next_goes_on_within_them() {
    for on in BOTH {
        let w = World::new(on).await;
        let people = people(&w).await;
        let store = w.service.store();
        let at = async |stages: [&str; 2]| {
            for (n, (id, city, bank, outlet)) in people.iter().enumerate() {
                let stage = stages[n % 3 / 2];
                write(store, format!("UPDATE application SET stage = '{stage}', settled = 0, city = '{city}', bank = '{bank}', outlet = {outlet}, tag = NULL WHERE holder_id = {id}")).await;
            }
            tagged(store).await;
        };
        let second = |n: usize| n % 3 / 2 == 1;
        at(["received", "accepted"]).await;
        for city in any_of(CITIES) {
            for bank in any_of(BANKS) {
                for outlet in any_of([w.outlet(), w.bank_outlet()]) {
                    let place = UncheckedIn { city, outlet, bank };
                    let found = in_parts(async |after, most| {
                        let found = store.applications_unchecked(place, after, most).await.unwrap();
                        found.iter().map(|r| (r.received_on, r.holder, r.application)).collect()
                    });
                    let found: Vec<HolderId> =
                        found.await.iter().map(|(_, id, _): &(_, _, ApplicationId)| *id).collect();
                    let these = people.iter().enumerate().filter(|(n, (_, c, b, o))| {
                        !second(*n) && holds(city, c) && holds(bank, b) && holds(outlet, *o)
                    });
                    same(&found, these.map(|(_, p)| p.0), &format!("{on:?} {place:?}"));
                }
            }
        }
        for city in CITIES {
            let these = people.iter().enumerate().filter(|(n, (_, c, ..))| !second(*n) && *c == city);
            let mut these: Vec<OrgId> = these.map(|(_, p)| p.3).collect();
            these.sort_unstable();
            these.dedup();
            same(&store.outlets_unchecked(city).await.unwrap(), these.into_iter(), "offered of a city");
        }
        for stage in any_of([StageKind::Received, StageKind::Accepted]) {
            let outlet = Some(w.outlet());
            let found = in_parts(async |after, most| {
                let after = after.unwrap_or(HolderId(i64::MIN));
                store.applications_waiting("4401", (outlet, stage), after, most).await.unwrap()
            });
            let these = people.iter().enumerate().filter(|(n, (_, c, _, o))| {
                holds(stage, [StageKind::Received, StageKind::Accepted][usize::from(second(*n))])
                    && *c == "4401"
                    && holds(outlet, *o)
            });
            same(&found.await, these.map(|(_, p)| p.0), &format!("{on:?} {stage:?}"));
        }
        at(["opening_failed", "production_failed"]).await;
        for city in any_of(CITIES) {
            for bank in any_of(BANKS) {
                for stage in any_of([StageKind::OpeningFailed, StageKind::ProductionFailed]) {
                    let found = in_parts(async |after, most| {
                        let after = after.unwrap_or(HolderId(i64::MIN));
                        store.applications_failed(city, (bank, stage), after, most).await.unwrap()
                    });
                    let these = people.iter().enumerate().filter(|(n, (_, c, b, _))| {
                        let is = [StageKind::OpeningFailed, StageKind::ProductionFailed];
                        holds(stage, is[usize::from(second(*n))]) && holds(city, c) && holds(bank, b)
                    });
                    same(
                        &found.await,
                        these.map(|(_, p)| p.0),
                        &format!("{on:?} {city:?} {bank:?} {stage:?}"),
                    );
                }
            }
        }
    }
}

#[tokio::test]
async fn of_batches_boxes_cards_and_clocks_that_are_chosen_a_part_is_full_and_the_next_goes_on_within_them() {
    for on in BOTH {
        let w = World::new(on).await;
        let people = people(&w).await;
        let made = w.cards_made().await;
        let store = w.service.store();
        // Batches: copies of the one, each elsewhere.
        let states = [BatchStateKind::Made, BatchStateKind::Screening];
        let mut batches = vec![(made, CITIES[0], BANKS[1], states[0])];
        for n in 1..=12_usize {
            let (id, city) = (BatchId(made.0 + i64::try_from(n).unwrap()), CITIES[n % 2]);
            let (bank, state) = (BANKS[n / 2 % 2], states[n / 4 % 2]);
            write(store, format!("INSERT INTO batch (batch_id, version, number, city, bank, state, urgent, vendor, body) SELECT {id}, version, number || '{n}', '{city}', '{bank}', '{}', urgent, vendor, body FROM batch WHERE batch_id = {made}", state.code())).await;
            batches.push((id, city, bank, state));
        }
        batches.reverse();
        // Boxes: coming to an office, kept by it, set out from it, and elsewhere.
        let (here, outlets) = (w.org("44010000000001"), [w.outlet(), w.bank_outlet()]);
        let first = w.service.batch(made).await.unwrap().unwrap().boxes[0].id;
        let mut boxes = Vec::new();
        for n in 1..=12_usize {
            let (id, outlet) = (BoxId(first.0 + i64::try_from(n).unwrap()), outlets[n / 4 % 2]);
            let (keeper, to, way) = [
                ("vendor:1".to_owned(), Some(here), Some(BoxWay::Coming)),
                (format!("org:{here}"), None, Some(BoxWay::Kept)),
                (format!("org:{here}"), Some(w.outlet()), Some(BoxWay::SetOut)),
                ("vendor:1".to_owned(), None, None),
            ][n % 4]
                .clone();
            let to = to.map_or("NULL".to_owned(), |to| to.to_string());
            write(store, format!("INSERT INTO box (batch_id, box_id, number, outlet, keeper, to_org, cards, body) SELECT batch_id, {id}, number || '{n}', {outlet}, '{keeper}', {to}, cards, replace(body, '{first}', '{id}') FROM box WHERE box_id = {first}")).await;
            boxes.extend(way.map(|way| (id, outlet, way)));
        }
        for (id, city, bank, _) in &people {
            write(store, format!("UPDATE card SET custody = 'missing', unsettled = 1, city = '{city}', bank = '{bank}', tag = NULL WHERE holder_id = {id}")).await;
            write(
                store,
                format!("UPDATE application SET city = '{city}', tag = NULL WHERE holder_id = {id}"),
            )
            .await;
            // Three cards of each: a part ends between two of one person.
            for n in 0..3 {
                write(store, format!("INSERT INTO loose_card (holder_id, card_id, city, outlet, bank, custody, comes_back) SELECT holder_id, card_id + {n}, city, 0, bank, 'missing', 0 FROM card WHERE holder_id = {id}")).await;
            }
        }
        tagged(store).await;
        for city in any_of(CITIES) {
            for bank in any_of(BANKS) {
                for state in any_of(states) {
                    let found = in_parts(async |before, most| {
                        let asked = BatchesAsked { city, state, bank, vendor: None, before };
                        store.batches(asked, most).await.unwrap().iter().map(|b| b.id).collect()
                    });
                    let these = batches
                        .iter()
                        .filter(|(_, c, b, s)| holds(city, c) && holds(bank, b) && holds(state, *s));
                    same(&found.await, these.map(|b| b.0), &format!("{on:?} {city:?} {bank:?} {state:?}"));
                }
                let found = in_parts(async |after, most| {
                    let after = after.unwrap_or((HolderId(i64::MIN), CardId(i64::MIN)));
                    let place = LooseIn { bank, city, ..LooseIn::default() };
                    store.cards_loose(CustodyKind::Missing, place, after, most).await.unwrap()
                });
                let cards = |found: Vec<(HolderId, CardId)>| -> Vec<HolderId> {
                    found.into_iter().map(|(holder, _)| holder).collect()
                };
                let these = || {
                    let these = people.iter().filter(|(_, c, b, _)| holds(city, c) && holds(bank, b));
                    these.map(|p| p.0)
                };
                let three = these().flat_map(|id| [id; 3]);
                same(&cards(found.await), three, &format!("{on:?} loose {city:?} {bank:?}"));
                // The area of an office limits what was chosen, whatever it is.
                for area in any_of(CITIES) {
                    let found = in_parts(async |after, most| {
                        let after = after.unwrap_or((HolderId(i64::MIN), CardId(i64::MIN)));
                        store.cards_unsettled(area, (city, bank), after, most).await.unwrap()
                    });
                    let own = |id: &HolderId| people.iter().any(|p| p.0 == *id && holds(area, p.1));
                    let these = these().filter(own);
                    same(&cards(found.await), these, &format!("{on:?} {area:?} {city:?} {bank:?}"));
                }
            }
        }
        for outlet in any_of(outlets) {
            for way in [None, Some(BoxWay::Coming), Some(BoxWay::Kept), Some(BoxWay::SetOut)] {
                let found = in_parts(async |after, most| {
                    let after = after.unwrap_or(BoxId(i64::MIN));
                    let chosen = BoxesChosen { outlet, way };
                    let found = store.boxes_at(here, chosen, after, most).await.unwrap();
                    found.iter().map(|b| b.file.id).collect()
                });
                let these = boxes.iter().filter(|(_, o, is)| holds(outlet, *o) && holds(way, *is));
                same(&found.await, these.map(|b| b.0), &format!("{on:?} {outlet:?} {way:?}"));
            }
        }
        // Clocks of all kinds are one list; those of one kind are its lines of that kind, in its order.
        let place = RunningIn { city: Some("4401"), batches: true, ..RunningIn::default() };
        let clocks = async |of| {
            let day = jiff::civil::date;
            let (from, until) = (day(2000, 1, 1), day(2999, 1, 1));
            in_parts(async |after, most| {
                store.running(place, RunningAsked { of, from, until, after }, most).await.unwrap()
            })
            .await
        };
        let all = clocks(None).await;
        for of in [
            RunningOf::Batch(ClockKind::Production),
            RunningOf::Batch(ClockKind::VendorMaking),
            RunningOf::Application,
            RunningOf::Card,
            RunningOf::Unit,
        ] {
            let is = |ticks: Ticks| match ticks {
                Ticks::Batch(_, kind) => RunningOf::Batch(kind),
                Ticks::Application(..) => RunningOf::Application,
                Ticks::Card(..) => RunningOf::Card,
                Ticks::Unit(_) => RunningOf::Unit,
            };
            let these = all.iter().copied().filter(|r| is(r.of) == of);
            same(&clocks(Some(of)).await, these, &format!("{on:?} {of:?}"));
        }
        assert!(all.len() > 5, "{all:?}");
    }
}

#[tokio::test]
async fn of_messages_attempts_and_lines_that_are_chosen_a_part_is_full_and_the_next_goes_on_within_them() {
    for on in BOTH {
        let w = World::new(on).await;
        for n in 1..=4 {
            w.with_card(n).await;
        }
        let store = w.service.store();
        write(store, "UPDATE outbox SET state = 'dead', tag = NULL".into()).await;
        tagged(store).await;
        // Every other one is somebody else's.
        for m in store.outbox_dead(1_000).await.unwrap().iter().skip(1).step_by(2) {
            let other = "partner = 'sms', kind = 'sms.notice', tag = NULL";
            write(store, format!("UPDATE outbox SET {other} WHERE message_id = {}", m.id)).await;
        }
        tagged(store).await;
        let dead = store.outbox_dead(1_000).await.unwrap();
        assert!(dead.iter().any(|m| m.partner != dead[0].partner), "{dead:?}");
        let partners = [dead[0].partner.clone(), "sms".to_owned()];
        for partner in [None, Some(partners[0].clone()), Some(partners[1].clone())] {
            for kind in [None, Some(dead[0].kind.clone()), Some("sms.notice".to_owned())] {
                let chosen = SentChosen { partner: partner.clone(), kind: kind.clone(), outcome: None };
                let found = in_parts(async |after, most| {
                    let found = store.outbox_dead_after(&chosen, after.unwrap_or(0), most).await.unwrap();
                    found.iter().map(|m| m.id).collect()
                });
                let these = dead
                    .iter()
                    .filter(|m| holds(partner.as_ref(), &m.partner) && holds(kind.as_ref(), &m.kind));
                same(&found.await, these.map(|m| m.id), &format!("{on:?} {chosen:?}"));
            }
        }
        let attempt = |n: usize| Attempt {
            id: i64::try_from(n).unwrap(),
            partner: ["ecard", "sms"][n % 2].into(),
            at: Instant(0),
            message: 1,
            kind: ["ecard.issue", "sms.notice"][n / 2 % 2].into(),
            number: 1,
            took: 1,
            outcome: AttemptOutcome::ALL[n % 3],
            said: "ok".into(),
            next: None,
        };
        let attempts: Vec<Attempt> = (1..=24).rev().map(attempt).collect();
        store.outbox_settle(Vec::new(), attempts.clone()).await.unwrap();
        for partner in any_of(["ecard", "sms"]) {
            for kind in any_of(["ecard.issue", "sms.notice"]) {
                for outcome in any_of([AttemptOutcome::Later, AttemptOutcome::Taken]) {
                    let chosen =
                        SentChosen { partner: partner.map(Into::into), kind: kind.map(Into::into), outcome };
                    let found = in_parts(async |before, most| {
                        let before = before.unwrap_or(i64::MAX);
                        let found = store.latest_attempts(&chosen, before, most).await.unwrap();
                        found.iter().map(|a| a.id).collect()
                    });
                    let these = attempts.iter().filter(|a| {
                        holds(partner, a.partner.as_str())
                            && holds(kind, a.kind.as_str())
                            && holds(outcome, a.outcome)
                    });
                    same(&found.await, these.map(|a| a.id), &format!("{on:?} {chosen:?}"));
                }
            }
        }
        let lines = store.entries_of(Subject::Institution, 100_000).await.unwrap();
        let verbs = store.institution_verbs().await.unwrap();
        assert!(lines.iter().all(|e| verbs.contains(&e.command)) && verbs.len() > 2, "{verbs:?}");
        for verb in &verbs {
            let wanted: Vec<i64> = lines.iter().filter(|e| e.command == *verb).map(|e| e.seq).collect();
            let most = i64::try_from(wanted.len()).unwrap() / 2 + 1;
            let first = store.institution_entries(verb, i64::MAX, most).await.unwrap();
            let rest = store.institution_entries(verb, first.last().unwrap().seq, most).await.unwrap();
            same(&wanted, first.iter().chain(&rest).map(|e| e.seq), &format!("{on:?} {verb}"));
        }
    }
}

#[tokio::test]
async fn art_32_4_what_waits_to_be_received_and_stored_is_counted_behind_a_hundred_others() {
    clause!(R32.4);
    for on in BOTH {
        let w = World::new(on).await;
        let id = w.applicant(1, w.outlet()).await;
        let made = w.cards_made().await;
        w.at_outlet(made, w.outlet()).await;
        let card = w.card_of(id).await;
        w.days_pass(200);
        w.service.duties().await.unwrap();
        let clerk = w.officer(w.outlet()).await;
        let back = TakeBack { card, reason: RecallReason::Uncollected, at: w.outlet() };
        w.about(&clerk, id, HolderCommand::TakeBack(back)).await.unwrap();
        let city = w.officer(w.org("44010000000001")).await;
        // Others that were taken back stand before it in every list, and nothing has to be done with them.
        let store = w.service.store();
        let rows: Vec<String> = (1..=120)
            .map(|n| format!("({}, {n}, '4401', {}, '95588', 'recalled', 0, 0, 0, 0, 0, 0)", -n, w.outlet()))
            .collect();
        write(store, format!("INSERT INTO loose_card (holder_id, card_id, city, outlet, bank, custody, comes_back, again, to_post, batch_id, box_id, owed) VALUES {}", rows.join(", "))).await;
        tagged(store).await;
        let counted = async |who: &Actor, what: CardWork| {
            let all = w.service.cards_waiting(who).await.unwrap();
            all.into_iter().find_map(|(of, n)| (of == what).then_some(n)).unwrap()
        };
        assert_eq!(counted(&city, CardWork::DataSent).await, (1, false), "{on:?}");
        assert_eq!(counted(&clerk, CardWork::ToStore).await, (1, false), "{on:?}");
        // Of more than a hundred it is said that there are more.
        write(store, "UPDATE loose_card SET owed = 3, tag = NULL WHERE holder_id < 0".into()).await;
        tagged(store).await;
        assert_eq!(counted(&city, CardWork::DataSent).await, (100, true), "{on:?}");
        assert_eq!(counted(&clerk, CardWork::ToStore).await, (100, true), "{on:?}");
        // As the schema before it left them.
        write(store, "DELETE FROM loose_card".into()).await;
        write(store, "DELETE FROM meta WHERE name = 'loose_cards'".into()).await;
        store.migrate().await.unwrap();
        assert_eq!(counted(&city, CardWork::DataSent).await, (1, false), "{on:?}");
        w.verified().await;
    }
}

#[tokio::test]
async fn art_9_3_uploads_of_one_moment_go_on_by_their_identity_and_the_few_that_are_chosen_are_found() {
    clause!(R9.3);
    for on in BOTH {
        let w = World::new(on).await;
        let (clerk, bank) = (w.officer(w.outlet()).await, w.officer(w.bank_outlet()).await);
        let begin = async |who: &Actor| {
            let begun = w.service.begin_upload(who, "x.zip", None, Acceptance::CheckOnly).await;
            begun.unwrap_or_else(|why| panic!("{why}"))
        };
        let mut mine = Vec::new();
        for n in 0..205 {
            mine.push(begin(&clerk).await);
            if n % 50 == 0 {
                begin(&bank).await;
            }
        }
        mine.sort_unstable_by(|a, b| b.cmp(a));
        let store = w.service.store();
        let found = in_parts(async |before, most| {
            let before = before.unwrap_or((Instant(i64::MAX), i64::MAX));
            let part = store.uploads(w.outlet(), before, most).await.unwrap();
            part.into_iter().map(|u| (u.at, u.id)).collect()
        });
        let found: Vec<i64> = found.await.into_iter().map(|(_, id)| id).collect();
        assert_eq!(found, mine, "{on:?}");
        // Of three that are far apart each is found, and the others are passed over.
        let chosen = [mine[0], mine[101], mine[204]];
        let (mut seen, mut after) = (Vec::new(), Some(String::new()));
        while let Some(from) = after {
            let of = |u: &ListedUpload| chosen.contains(&u.id);
            let part = w.service.uploads_part_for(&clerk, of, &from).await.unwrap();
            seen.extend(part.rows.iter().map(|u| u.id));
            after = part.more;
        }
        assert_eq!(seen, chosen, "{on:?}");
    }
}
