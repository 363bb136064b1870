//! Many write to one engine at once: each is told what became of its own writes, and that is what is stored. Photos, the
//! archive, the outbox and dead letters go beside the executor's commits.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use kaguan_store::engine::{CommitError, Engine, Query, Row, Sql, Value, Write};
use kaguan_testkit::{BOTH, On, fresh_postgres};
use private_postgres::PrivatePostgres;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

fn number(row: &Row) -> i64 {
    match row.values[0] {
        Value::Int(n) => n,
        ref other => panic!("{other:?}"),
    }
}

static TABLE: Sql = Sql::new("TABLE", "CREATE TABLE written (n BIGINT PRIMARY KEY, v BIGINT)");
static PUT: Sql = Sql::new("PUT", "INSERT INTO written (n,v) VALUES ($1,$2)");
static GUARD: Sql = Sql::new("GUARD", "UPDATE written SET v = v WHERE n = $1");
static ROLLBACK: Sql = Sql::new("ROLLBACK", "ROLLBACK");
static ALL: Sql = Sql::new("ALL", "SELECT n FROM written ORDER BY n");

fn put(n: i64) -> Write {
    Write::one(&PUT, vec![n.into(), 0.into()], Some(1))
}

/// A guard that does not hold: there is no such row.
fn broken() -> Write {
    Write::one(&GUARD, vec![(-1).into()], Some(1))
}

async fn engine(on: On) -> Engine {
    let url = match on {
        On::Memory => "sqlite::memory:".to_owned(),
        On::Postgres => fresh_postgres(),
    };
    let engine = Engine::open(&url).await.unwrap();
    engine.script(&TABLE, "").await.unwrap();
    engine
}

async fn stored(engine: &Engine) -> Vec<i64> {
    engine.ask(&ALL, Vec::new()).await.unwrap().iter().map(number).collect()
}

#[tokio::test]
async fn of_two_that_write_at_once_each_is_told_what_became_of_its_own() {
    for on in BOTH {
        let engine = engine(on).await;
        engine.transact(vec![put(0)]).await.unwrap();
        let good = |n| engine.transact(vec![put(n), put(n + 1)]);
        let mut kept = vec![0];
        for round in 1..20 {
            let n = round * 10;
            kept.extend([n, n + 1, n + 2, n + 3, n + 4, n + 5]);
            let (first, second) = tokio::join!(good(n), engine.transact(vec![put(n + 6), broken()]));
            assert_eq!((first, second), (Ok(()), Err(CommitError::Guard { statement: "GUARD" })), "{on:?}");
            let (first, second) = tokio::join!(engine.transact(vec![put(n + 6), broken()]), good(n + 2));
            assert_eq!((first, second), (Err(CommitError::Guard { statement: "GUARD" }), Ok(())), "{on:?}");
            let (first, second) = tokio::join!(good(n + 4), engine.transact(vec![put(n + 6), put(0)]));
            assert_eq!(first, Ok(()), "{on:?}");
            assert!(matches!(second, Err(CommitError::RolledBack(_))), "{on:?} {second:?}");
            assert_eq!(stored(&engine).await, kept, "{on:?}");
        }
    }
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_its_writes_whole_or_not_there() {
    for on in BOTH {
        let engine = engine(on).await;
        let mut n = 0;
        for polls in 0..20 {
            n += 10;
            let broken_too = (polls % 2 == 0).then(broken);
            let abandoned = [put(n), put(n + 1)].into_iter().chain(broken_too).collect();
            let mut writes = Box::pin(engine.transact(abandoned));
            // So many steps, and then nobody waits for it any more.
            for _ in 0..polls {
                let step = std::future::poll_fn(|cx| Poll::Ready(writes.as_mut().poll(cx).is_ready())).await;
                if step {
                    break;
                }
                tokio::task::yield_now().await;
            }
            drop(writes);
            engine.transact(vec![put(n + 2)]).await.unwrap();
            let failed = engine.transact(vec![put(n + 3), broken()]).await;
            assert_eq!(failed, Err(CommitError::Guard { statement: "GUARD" }), "{on:?}");
            let all = stored(&engine).await;
            let has = |m| all.contains(&m);
            assert_eq!(has(n), has(n + 1), "{on:?}: half of it after {polls} steps");
            assert!(polls % 2 == 1 || !has(n), "{on:?}: stored against its guard, after {polls} steps");
            assert!(has(n + 2) && !has(n + 3), "{on:?}: what the next were told is so, after {polls} steps");
        }
    }
}

#[tokio::test]
async fn a_reader_that_goes_away_leaves_the_next_one_a_moment_of_its_own() {
    for on in BOTH {
        let engine = engine(on).await;
        let both = || vec![Query::new(&ALL, Vec::new()), Query::new(&ALL, Vec::new())];
        for n in 0..40 {
            let mut read = Box::pin(engine.read(both()));
            for _ in 0..n % 8 {
                if std::future::poll_fn(|cx| Poll::Ready(read.as_mut().poll(cx).is_ready())).await {
                    break;
                }
                tokio::task::yield_now().await;
            }
            drop(read);
            engine.transact(vec![put(n)]).await.unwrap();
            // By each of the connections that read: none stands at the moment of the reader that is gone.
            for _ in 0..3 {
                let answers = engine.read(both()).await.unwrap();
                assert!(answers.iter().all(|a| a.len() as i64 == n + 1), "{on:?} after {n}");
            }
        }
    }
}

/// Asks PostgreSQL by its own program.
fn psql(server: &PrivatePostgres, sql: &str) -> String {
    let out = Command::new(server.program("psql"))
        .args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql, &server.url("kaguan")])
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_a_standby_may_not_have_is_unknown() {
    let server = PrivatePostgres::start().unwrap();
    let engine = Engine::open(&server.url("kaguan")).await.unwrap();
    engine.script(&TABLE, "").await.unwrap();
    psql(&server, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    psql(&server, "SELECT pg_reload_conf()");
    let waits = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    let done = Arc::new(AtomicBool::new(false));
    let (over, server) = (Arc::clone(&done), Arc::new(server));
    let asked = Arc::clone(&server);
    let impatient = tokio::task::spawn_blocking(move || {
        while !over.load(Ordering::SeqCst) {
            psql(&asked, waits);
        }
    });
    // Until the server has read its settings a commit does not wait.
    let mut n = 0;
    let unknown = loop {
        n += 1;
        let done = engine.transact(vec![put(n)]).await;
        if done.is_err() {
            break done;
        }
    };
    done.store(true, Ordering::SeqCst);
    impatient.await.unwrap();
    assert!(matches!(unknown, Err(CommitError::Unknown(_))), "{unknown:?}");
    // It is here, for all that: unknown is not “not done”.
    assert!(stored(&engine).await.contains(&n));
}

#[tokio::test]
async fn a_commit_of_nothing_is_not_taken_for_success() {
    let server = PrivatePostgres::start().unwrap();
    let engine = Engine::open(&server.url("kaguan")).await.unwrap();
    engine.script(&TABLE, "").await.unwrap();
    // Somebody ended the transaction under us: COMMIT warns, and succeeds.
    let done = engine.transact(vec![put(1), Write::one(&ROLLBACK, Vec::new(), None)]).await;
    assert!(matches!(done, Err(CommitError::Unknown(_))), "{done:?}");
    assert_eq!(stored(&engine).await, Vec::<i64>::new());
    engine.transact(vec![put(2)]).await.unwrap();
    assert_eq!(stored(&engine).await, [2]);
    let warnings = server.log().unwrap().lines().filter(|l| l.contains("WARNING")).count();
    assert_eq!(warnings, 1, "the log tells of it, and of nothing else");
}
