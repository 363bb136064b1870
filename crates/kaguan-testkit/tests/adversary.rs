//! Somebody who can write the database, and has no key: whatever is changed is refused when it is read, or named by the check.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use kaguan_service::Service;
use kaguan_service::ports::Partners;
use kaguan_store::engine::{Engine, Sql, Value, Write};
use kaguan_store::{KeyRing, Store};
use kaguan_testkit::{BOTH, On, World, fresh_postgres};
use std::sync::Arc;

async fn tamper(store: &Store, text: &str) -> bool {
    let text: &'static str = Box::leak(text.to_owned().into_boxed_str());
    let statement: &'static Sql = Box::leak(Box::new(Sql::new(text, text)));
    store.engine().transact(vec![Write::one(statement, Vec::new(), None)]).await.is_ok()
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

/// Tables of which a row that is taken out is not missed yet; a row that is changed, moved or put back is.
const NOT_MISSED: &[&str] = &[
    // Not compared with the journal yet.
    "claim",
    "trace",
    "file_join",
    "photo",
    "material",
    "counter",
    "meta",
    "batch_clock",
    // Written beside the journal; to lose one ends a session, a try, a draft, an answer.
    "session",
    "sign_in_try",
    "second_factor",
    "recovery_code",
    "upload",
    "upload_file",
    "form_answer",
    "draft",
];

struct Column {
    table: String,
    name: String,
    keys: String,
}

async fn columns(store: &Store) -> Vec<Column> {
    static ALL: Sql = Sql::new(
        "ALL",
        "SELECT m.name, c.name, (SELECT group_concat(k.name) FROM pragma_table_info(m.name) k WHERE k.pk > 0) \
         FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1, 2",
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

/// Tries one thing after the other, each on the sound database; returns what nobody saw, of how many.
async fn unseen(store: &Store, times: usize) -> (Vec<String>, usize) {
    let (columns, mut seed, mut out, mut done) = (columns(store).await, 7u64, Vec::new(), 0);
    let mut random = |n: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % n
    };
    for _ in 0..times {
        let Column { table, name, keys } = &columns[random(columns.len())];
        let rows = count(store, table).await;
        if rows == 0 {
            continue;
        }
        let which = |at: usize| format!("({keys}) IN (SELECT {keys} FROM {table} LIMIT 1 OFFSET {at})");
        let (one, other) = (which(random(rows as usize)), which(random(rows as usize)));
        let delete = random(6) == 0 && !NOT_MISSED.contains(&table.as_str());
        let attack = if delete {
            format!("DELETE FROM {table} WHERE {one}")
        } else if random(4) == 0 {
            // The value of another row, or the same one: then nothing was done.
            format!("UPDATE {table} SET {name} = (SELECT {name} FROM {table} WHERE {other}) WHERE {one}")
        } else {
            format!(
                "UPDATE {table} SET {name} = CASE typeof({name}) WHEN 'integer' THEN {name} + 1 \
                 WHEN 'text' THEN {name} || 'x' WHEN 'blob' THEN randomblob(length({name}) + 1) ELSE 1 END WHERE {one}"
            )
        };
        assert!(tamper(store, &format!("CREATE TABLE sound AS SELECT * FROM {table}")).await);
        let changed = async || {
            let difference = format!("(SELECT * FROM {table} EXCEPT SELECT * FROM sound)");
            count(store, &difference).await > 0 || count(store, table).await != rows
        };
        // What the database itself refuses, such as a key that is there already, is no attack.
        if tamper(store, &attack).await && changed().await {
            done += 1;
            if places(store).await.is_empty() {
                out.push(attack.clone());
            }
        }
        assert!(tamper(store, &format!("DELETE FROM {table}")).await);
        assert!(tamper(store, &format!("INSERT INTO {table} SELECT * FROM sound")).await);
        assert!(tamper(store, "DROP TABLE sound").await);
    }
    (out, done)
}

#[tokio::test]
async fn whatever_is_changed_in_any_column_of_any_table_is_named() {
    let times = if std::env::var_os("KAGUAN_LONG").is_some() { 10_000 } else { 300 };
    let w = World::new(On::Memory).await;
    w.with_card(1).await;
    w.applicant(2, w.outlet()).await;
    let store = w.service.store();
    assert_eq!(places(store).await, Vec::<String>::new());
    let (missed, tried) = unseen(store, times).await;
    assert_eq!(missed, Vec::<String>::new(), "of {tried}");
    assert!(tried > times / 3, "{tried} of {times}");
    assert_eq!(places(store).await, Vec::<String>::new(), "sound again");
    // The control: it is the tags that find it.
    store.believe_everything();
    let (missed, _) = unseen(store, 150).await;
    assert!(!missed.is_empty(), "without tags something goes unseen");
}
