//! Somebody who can write the database, and has no key: whatever is changed is refused when it is read, or named by the check.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::loss::ReportTemporary;
use kaguan_service::Service;
use kaguan_service::ports::Partners;
use kaguan_store::engine::{Engine, Sql, Value, Write};
use kaguan_store::{Area, JournalHead, KeyRing, Since, Stands, Store};
use kaguan_testkit::{BOTH, On, World, fresh_postgres};
use std::sync::Arc;

/// Some statements in one transaction.
async fn tamper(store: &Store, text: &str) -> bool {
    let one = |text: &str| {
        let text: &'static str = Box::leak(text.trim().to_owned().into_boxed_str());
        let statement: &'static Sql = Box::leak(Box::new(Sql::new(text, text)));
        Write::one(statement, Vec::new(), None)
    };
    store.engine().transact(text.split(';').map(one).collect()).await.is_ok()
}

async fn places(store: &Store) -> Vec<String> {
    match store.check().await {
        Ok(report) => report.findings.into_iter().map(|f| f.place).collect(),
        Err(e) => vec![e.to_string()],
    }
}

/// The attack of 2026-11-26: a password's hash replaced, a clerk promoted, a bank's key exchanged; each is an event of the
/// institution room.
#[tokio::test]
async fn officers_and_keys_that_were_changed_in_the_database_are_refused_at_start() {
    let dir = tempfile::tempdir().unwrap();
    let attacks = [
        // Another event in its place, sealed under our key: it was bound to its own row.
        "UPDATE institution_event SET body = (SELECT body FROM institution_event WHERE seq = 1), tag = (SELECT tag FROM institution_event WHERE seq = 1) WHERE seq = 2",
        // The plain JSON of before.
        "UPDATE institution_event SET body = (SELECT block_hash FROM writer) WHERE seq = 2",
        // The last event is taken out: an officer's suspension, say.
        "DELETE FROM institution_event WHERE seq = (SELECT max(seq) FROM institution_event)",
        // The whole room.
        "DELETE FROM institution_event",
        "UPDATE institution_event SET tag = NULL WHERE seq = 2",
    ];
    for on in BOTH {
        for (n, attack) in attacks.iter().enumerate() {
            let url = match on {
                On::Memory => format!("sqlite:{}", dir.path().join(format!("{n}.db")).display()),
                On::Postgres => fresh_postgres(),
            };
            let open = async || {
                let engine = Engine::open(&url).await.unwrap();
                Arc::new(Store::with_keys(engine, KeyRing::derived(&[42; 32])).await.unwrap())
            };
            let w = World::with(open().await).await;
            let store = w.service.store();
            assert_eq!(places(store).await, Vec::<String>::new());
            assert!(tamper(store, attack).await, "{attack}");
            let found = places(store).await;
            assert!(found.iter().any(|p| p.contains("institution_event")), "{on:?} {attack}: {found:?}");
            let again = Service::start(open().await, w.clock.clone(), Partners::nobody()).await;
            assert!(again.is_err_and(|e| e.to_string().contains("institution_event")), "{on:?} {attack}");
        }
    }
}

#[tokio::test]
async fn a_card_does_not_answer_by_a_column_that_was_changed() {
    for on in BOTH {
        let attacks = [
            "UPDATE card SET in_force = 1 - in_force",
            "UPDATE card SET valid_until = '2099-01-01'",
            "UPDATE card SET mirror = mirror + 1",
            "UPDATE claim SET holder_id = holder_id + 1",
        ];
        for attack in attacks {
            let w = World::new(on).await;
            let (id, _) = w.with_card(1).await;
            let store = w.service.store();
            let person = w.file(id).await.0.person.unwrap();
            let claim = kaguan_domain::facts::claim::Claim::social_security_number(&person.details.ssn);
            let digest = store.claim_digest(&claim);
            let ask = async || store.card_states([digest].into_iter()).await;
            assert_eq!(ask().await.unwrap().len(), 1, "it answers");
            assert!(tamper(store, attack).await);
            let table = attack.split(' ').nth(1).unwrap();
            match ask().await {
                Err(e) => assert!(e.to_string().contains(&format!("table {table}, column tag")), "{e}"),
                // Whose number it is was changed: nobody's card is found, and never another's.
                Ok(found) => assert!(found.is_empty() && table == "claim", "{attack}"),
            }
            let found = places(store).await;
            assert!(
                found.iter().any(|p| p.contains(&format!("table {table}"))),
                "{on:?} {attack}: {found:?}"
            );
        }
    }
}

/// What may be put back as it was, or taken out, and nobody misses: it stands beside the journal, and nothing is decided by its being
/// there or not that the journal does not say. A change of any of its columns is found.
const BESIDE: &[(&str, &str)] = &[
    (
        "counter",
        "a number that is given a second time is refused by the row that has it, and a tour of duty begins again",
    ),
    (
        "meta",
        "what was noted beside the rows of an earlier schema is noted again; without its public key the journal does not open",
    ),
    (
        "session",
        "without it somebody signs in again; one that was ended and put back ends by its hours, or by the officer's epoch",
    ),
    ("sign_in_try", "tries are counted from the beginning; the journal has them"),
    ("second_factor", "without it nobody comes in; which one holds the journal says"),
    (
        "recovery_code",
        "without it it cannot be used; one that was used and put back is used a second time, and the journal says so",
    ),
    (
        "material",
        "a document that was taken out is missed by whoever opens it; that it was filed the journal says",
    ),
    ("upload", "what came of an upload is in the journal, line by line"),
    ("upload_file", "the rows that were refused are in the file that was uploaded"),
    ("form_answer", "a form that was sent twice is refused by its command"),
    ("draft", "a form in work is written again"),
    ("attempt", "what was tried with a partner decides nothing: the message itself says whether it waits"),
    ("photo", "one that nobody applied with; one that somebody did is missed"),
];

/// A row of messages that is put back is a message that is said a second time, under its own number; to take one out is missed.
const SAID_AGAIN: &str = "outbox";

struct Column {
    table: String,
    name: String,
    keys: String,
}

/// Tables of the test itself.
const EARLIER: &str = "earlier_";

async fn columns(store: &Store) -> Vec<Column> {
    static ALL: Sql = Sql::new(
        "ALL",
        "SELECT m.name, c.name, (SELECT group_concat(k.name) FROM pragma_table_info(m.name) k WHERE k.pk > 0) \
         FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'earlier_%' ORDER BY 1, 2",
    );
    let rows = store.engine().ask(&ALL, Vec::new()).await.unwrap();
    let one = |row: kaguan_store::engine::Row| match <[Value; 3]>::try_from(row.values).unwrap() {
        [Value::Text(table), Value::Text(name), Value::Text(keys)] => Column { table, name, keys },
        other => panic!("{other:?}"),
    };
    rows.into_iter().map(one).collect()
}

async fn count(store: &Store, table: &str) -> i64 {
    let text: &'static str = Box::leak(format!("SELECT count(*) FROM {table}").into_boxed_str());
    let sql: &'static Sql = Box::leak(Box::new(Sql::new(text, text)));
    match store.engine().ask(sql, Vec::new()).await.unwrap()[0].values[0] {
        Value::Int(n) => n,
        ref other => panic!("{other:?}"),
    }
}

/// Keeps every table as it stands now, for what is put back later.
async fn keep(store: &Store) {
    let mut tables: Vec<_> = columns(store).await.into_iter().map(|c| c.table).collect();
    tables.dedup();
    for table in tables {
        assert!(tamper(store, &format!("CREATE TABLE {EARLIER}{table} AS SELECT * FROM {table}")).await);
    }
}

/// Numbers that look like chance, and are the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n.max(1)
    }
}

/// One thing that somebody with the database open can do to a table.
fn attack(
    Column { table, name, keys }: &Column,
    beside: &[&str],
    rows: usize,
    earlier: usize,
    chance: &mut Chance,
) -> String {
    let of = |table: &str, at: usize| format!("({keys}) IN (SELECT {keys} FROM {table} LIMIT 1 OFFSET {at})");
    let (one, other) = (of(table, chance.below(rows)), of(table, chance.below(rows)));
    let put_back = of(&format!("{EARLIER}{table}"), chance.below(earlier));
    let byte = 1 + chance.below(400);
    match chance.below(13) {
        0 => format!("DELETE FROM {table} WHERE {one}"),
        1 => format!("DELETE FROM {table}"),
        2 | 3 => format!("INSERT OR REPLACE INTO {table} SELECT * FROM {EARLIER}{table} WHERE {put_back}"),
        4 => format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM {EARLIER}{table}"),
        // The whole row of another, under a key of its own: added.
        5 => format!(
            "CREATE TABLE one AS SELECT * FROM {table} WHERE {one}; UPDATE one SET {name} = {name} || '7'; \
             INSERT OR IGNORE INTO {table} SELECT * FROM one; DROP TABLE one"
        ),
        // A row takes everything of another, its tag too, but the key.
        12 if !beside.is_empty() => {
            let all = beside.join(", ");
            format!("UPDATE {table} SET ({all}) = (SELECT {all} FROM {table} WHERE {other}) WHERE {one}")
        }
        // Two rows exchange a value.
        6 => format!("UPDATE {table} SET {name} = (SELECT {name} FROM {table} WHERE {other}) WHERE {one}"),
        7 => format!("UPDATE {table} SET {name} = NULL WHERE {one}"),
        8 => format!(
            "UPDATE {table} SET {name} = CASE typeof({name}) WHEN 'blob' THEN zeroblob(length({name})) ELSE 0 END WHERE {one}"
        ),
        // A byte within.
        9 => format!(
            "UPDATE {table} SET {name} = CAST(substr({name}, 1, {byte} % max(length({name}), 1)) || x'5A' || \
             substr({name}, {byte} % max(length({name}), 1) + 2) AS BLOB) WHERE {one} AND typeof({name}) = 'blob'"
        ),
        _ => format!(
            "UPDATE {table} SET {name} = CASE typeof({name}) WHEN 'integer' THEN {name} + 1 \
             WHEN 'text' THEN {name} || 'x' WHEN 'blob' THEN randomblob(length({name}) + 1) ELSE 1 END WHERE {one}"
        ),
    }
}

/// Whether it only takes out or puts back rows that are whole.
fn is_whole(attack: &str) -> bool {
    !attack.contains("UPDATE")
}

/// Tries one thing after the other, each on the sound database; returns what nobody saw, of how many. `after` is done after each.
async fn unseen(store: &Store, times: usize, after: &[&str]) -> (Vec<String>, usize) {
    let (columns, mut chance, mut out, mut done) = (columns(store).await, Chance(7), Vec::new(), 0);
    for _ in 0..times {
        let column = &columns[chance.below(columns.len())];
        let table = &column.table;
        let (rows, earlier) = (count(store, table).await, count(store, &format!("{EARLIER}{table}")).await);
        if rows == 0 {
            continue;
        }
        let others = columns.iter().filter(|c| c.table == *table && !c.keys.split(',').any(|k| k == c.name));
        let others: Vec<&str> = others.map(|c| c.name.as_str()).collect();
        let attack = attack(column, &others, rows as usize, earlier as usize, &mut chance);
        let beside = BESIDE.iter().any(|(name, _)| name == table)
            || (table == SAID_AGAIN && !attack.starts_with("DELETE"));
        if beside && is_whole(&attack) || !after.is_empty() && ["meta", "writer"].contains(&table.as_str()) {
            continue;
        }
        assert!(tamper(store, &format!("CREATE TABLE sound AS SELECT * FROM {table}")).await);
        let differs = |a: &str, b: &str| format!("(SELECT * FROM {a} EXCEPT SELECT * FROM {b})");
        let changed = async || {
            count(store, &differs(table, "sound")).await > 0
                || count(store, &differs("sound", table)).await > 0
        };
        // What the database itself refuses, such as a key that is there already, is no attack.
        if tamper(store, &attack).await && changed().await {
            done += 1;
            for statement in after {
                let statement = statement.replace("{table}", table);
                // Tables of the journal have no tags.
                let _ = tamper(store, &statement).await;
            }
            if !after.is_empty() {
                let _ = store.migrate().await;
            }
            if places(store).await.is_empty() {
                out.push(attack.clone());
            }
        }
        tamper(store, "DROP TABLE one").await;
        assert!(
            tamper(
                store,
                &format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM sound; DROP TABLE sound")
            )
            .await
        );
    }
    (out, done)
}

/// People, cards, messages, and a past: what stood before is kept, to be put back.
async fn lived() -> World {
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    w.applicant(2, w.outlet()).await;
    keep(w.service.store()).await;
    let clerk = w.officer(w.bank_outlet()).await;
    let lose = ReportTemporary { card, identity: None, verified: true, deputy: None };
    w.about(&clerk, id, HolderCommand::ReportTemporaryLoss(lose)).await.unwrap();
    w.service.deliver().await.unwrap();
    w.applicant(3, w.outlet()).await;
    w
}

#[tokio::test]
async fn whatever_is_changed_in_any_column_of_any_table_is_named() {
    let times = if std::env::var_os("KAGUAN_LONG").is_some() { 10_000 } else { 400 };
    let w = lived().await;
    let store = w.service.store();
    assert_eq!(places(store).await, Vec::<String>::new());
    let began = std::time::Instant::now();
    let (missed, tried) = unseen(store, times, &[]).await;
    assert_eq!(missed, Vec::<String>::new(), "of {tried}");
    assert!(tried > times / 4, "{tried} of {times}");
    println!(
        "{tried} of {times} changed something, and each was named: {:.0} s",
        began.elapsed().as_secs_f64()
    );
    assert_eq!(places(store).await, Vec::<String>::new(), "sound again");
    // The control: without tags, as a database of an earlier schema comes, not all is found.
    let without = ["UPDATE {table} SET tag = NULL", "DELETE FROM meta WHERE name = 'tagged'"];
    let (missed, _) = unseen(store, 150, &without).await;
    assert!(!missed.is_empty(), "without tags something goes unseen");
}

/// Each row of a lost card as it stood before the loss, with the tag that it had: whoever kept a copy of it puts it back.
#[tokio::test]
async fn a_single_row_that_is_put_back_as_it_was_is_named_with_its_table_and_key() {
    let w = lived().await;
    let store = w.service.store();
    for (table, column) in [("card", "body"), ("card", "in_force"), ("card", "holds"), ("holder", "version")]
    {
        let sound = format!("CREATE TABLE sound AS SELECT * FROM {table}");
        assert!(tamper(store, &sound).await);
        let back = format!("INSERT OR REPLACE INTO {table} SELECT * FROM {EARLIER}{table}");
        assert!(tamper(store, &back).await);
        let found = places(store).await;
        let place = format!("table {table}, column {column}, row holder_id ");
        assert!(found.iter().any(|p| p.starts_with(&place)), "{place}: {found:?}");
        assert!(
            tamper(
                store,
                &format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM sound; DROP TABLE sound")
            )
            .await
        );
    }
    assert_eq!(places(store).await, Vec::<String>::new());
}

/// What differs is said with what it should be.
#[tokio::test]
async fn a_column_that_was_changed_is_named_with_what_it_should_be() {
    let w = lived().await;
    let store = w.service.store();
    let said = async || {
        let report = store.check().await.unwrap();
        report.findings.into_iter().map(|f| format!("{}：{}", f.place, f.what)).collect::<Vec<_>>()
    };
    for (attack, column, what) in [
        ("UPDATE card SET in_force = 1", "table card, column in_force, row holder_id ", "现为1，按日志应为0"),
        (
            "UPDATE card SET valid_until = '2099-01-01'",
            "table card, column valid_until, row ",
            "现为2099-01-01，按日志应为20",
        ),
        (
            "UPDATE application SET stage = 'accepted' WHERE stage = 'made'",
            "table application, column stage, row ",
            "按日志应为made",
        ),
        ("UPDATE batch SET state = 'screened'", "table batch, column state, row batch_id ", "按日志应为"),
        (
            "UPDATE claim SET holder_id = holder_id + 1",
            "table claim, column holder_id, row digest ",
            "按日志应为",
        ),
        ("UPDATE card SET tag = randomblob(16)", "table card, column tag, row holder_id ", "校验码被改动"),
        ("DELETE FROM claim WHERE kind = 'chip'", "table claim, column rows, row digest ", "被取走"),
        ("DELETE FROM photo", "table photo, column rows, row digest ", "被取走"),
    ] {
        let table = column.split([' ', ',']).nth(1).unwrap();
        assert!(tamper(store, &format!("CREATE TABLE sound AS SELECT * FROM {table}")).await);
        assert!(tamper(store, attack).await);
        let found = said().await;
        assert!(found.iter().any(|f| f.starts_with(column) && f.contains(what)), "{attack}: {found:#?}");
        assert!(
            tamper(
                store,
                &format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM sound; DROP TABLE sound")
            )
            .await
        );
    }
    assert_eq!(places(store).await, Vec::<String>::new());
}

/// A bit of the log beside the database: either the check says so, or what is there is whole and ends earlier, which a head that is
/// kept elsewhere finds.
#[tokio::test]
async fn a_bit_of_the_log_that_was_flipped_changes_nothing_in_silence() {
    let times = if std::env::var_os("KAGUAN_LONG").is_some() { 400 } else { 20 };
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name);
    let open = async |name: &str| {
        let engine = Engine::open(&format!("sqlite:{}", file(name).display())).await.unwrap();
        Store::with_keys(engine, KeyRing::derived(&[42; 32])).await
    };
    let w = World::with(Arc::new(open("live.db").await.unwrap())).await;
    w.with_card(1).await;
    let whole = w.service.store().check().await.unwrap();
    assert!(whole.findings.is_empty());
    let log = std::fs::read(file("live.db-wal")).unwrap();
    let mut chance = Chance(11);
    for n in 0..times {
        let (name, mut bad) = (format!("{n}.db"), log.clone());
        let at = chance.below(bad.len());
        bad[at] ^= 1 << chance.below(8);
        std::fs::copy(file("live.db"), file(&name)).unwrap();
        std::fs::write(file(&format!("{name}-wal")), bad).unwrap();
        let Ok(store) = open(&name).await else { continue };
        let Ok(report) = store.check().await else { continue };
        let same = (report.entries, report.findings.len()) == (whole.entries, 0);
        assert!(same || !report.findings.is_empty() || report.entries < whole.entries, "bit at {at}");
    }
}

/// The whole file as it stood before, journal and all: every row of it is genuine, and only somebody who knows where the journal ended
/// can tell. The control is the check that knows of no head.
#[tokio::test]
async fn the_whole_file_that_was_put_back_is_named_by_every_head_that_was_kept_since() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name);
    let open = async |name: &str| {
        let engine = Engine::open(&format!("sqlite:{}", file(name).display())).await.unwrap();
        Store::with_keys(engine, KeyRing::derived(&[42; 32])).await.unwrap()
    };
    let w = World::with(Arc::new(open("live.db").await)).await;
    w.applicant(1, w.outlet()).await;
    for log in ["", "-wal"] {
        std::fs::copy(file(&format!("live.db{log}")), file(&format!("yesterday.db{log}"))).unwrap();
    }
    let before = w.service.store().check().await.unwrap();
    for n in 2..8 {
        w.applicant(n, w.outlet()).await;
    }
    let now = w.service.store();
    let heads = now.heads_after(before.blocks, 1_000).await.unwrap();
    assert!(heads.len() > 5, "{}", heads.len());
    let old = open("yesterday.db").await;
    let report = old.check().await.unwrap();
    assert_eq!(report.findings, [], "the control: who knows of no head sees nothing");
    assert_eq!(report.line, before.line);
    for head in &heads {
        assert_eq!(now.stands_to(head).await.unwrap(), Stands::Holds);
        assert_eq!(old.stands_to(head).await.unwrap(), Stands::Shorter);
        let since = Since::Head(Box::new(head.clone()));
        let report = old.check_all(Some(&since), None, &mut |_| {}).await.unwrap();
        assert_eq!(report.gravest(), Some(Area::End), "{report:?}");
    }
    // A head that was changed in any of its characters says nothing any more, or says the same.
    let times = if std::env::var_os("KAGUAN_LONG").is_some() { 2_000 } else { 100 };
    let (mut chance, mut refused) = (Chance(13), 0);
    for _ in 0..times {
        let head = &heads[chance.below(heads.len())];
        let mut text = head.to_string().into_bytes();
        let at = chance.below(text.len());
        text[at] = b"0123456789abcdef =x"[chance.below(19)];
        let Ok(text) = String::from_utf8(text) else { continue };
        match text.parse::<JournalHead>() {
            Err(_) => refused += 1,
            Ok(other) if other == *head => {}
            Ok(other) => {
                let stands = now.stands_to(&other).await.unwrap();
                assert!(matches!(stands, Stands::NotOurs(_)), "{stands:?} of {text}");
                refused += 1;
            }
        }
    }
    assert!(refused > times / 2, "{refused} of {times}");
}
