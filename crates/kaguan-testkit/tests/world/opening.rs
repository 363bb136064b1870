//! Opening a database: what is there is read without a trace, what is missing is made only when asked for, and an error is never
//! taken for a new database. On both engines.

use kaguan_domain::ctx::Instant;
use kaguan_store::engine::Engine;
use kaguan_store::{KeyRing, OpenError, Store, Writer};
use kaguan_testkit::{BOTH, On, fresh_postgres};
use std::path::Path;

fn url(on: On, dir: &Path) -> String {
    match on {
        On::Memory => format!("sqlite:{}", dir.join("kaguan.db").display()),
        On::Postgres => fresh_postgres(),
    }
}

fn writer(directory: &str) -> Writer {
    let (host, command) = ("one".to_owned(), "kaguan serve".to_owned());
    Writer { host, directory: directory.into(), process: 7, command, since: Instant(1) }
}

#[tokio::test]
async fn reading_makes_nothing_migrates_nothing_and_writes_nothing() {
    for on in BOTH {
        let dir = tempfile::tempdir().unwrap();
        let (url, key) = (url(on, dir.path()), dir.path().join("master.key"));
        assert!(matches!(Store::read_only(&url, &key).await, Err(OpenError::Key(_))), "{on:?}: no key");
        assert!(!key.exists());
        KeyRing::open(&key, true).unwrap();
        let none = Store::read_only(&url, &key).await.err().unwrap();
        match on {
            On::Memory => assert!(matches!(none, OpenError::Store(_)), "there is no file: {none:?}"),
            On::Postgres => assert!(matches!(none, OpenError::NotMade), "there are no tables: {none:?}"),
        }
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "{on:?}: nothing but the key");
        let made = Store::open(&url, &key).await.unwrap();
        let reader = Store::read_only(&url, &key).await.unwrap();
        assert!(reader.put_meta("a", "b").await.is_err(), "{on:?}");
        assert!(reader.take_over().await.is_err(), "{on:?}");
        assert!(reader.clear(&[]).await.is_err(), "{on:?}");
        assert_eq!(made.meta("a").await.unwrap(), None);
        assert_eq!(made.standing().await.unwrap().unwrap().epoch, 0);
        made.put_meta("schema", "1").await.unwrap();
        let older = Store::read_only(&url, &key).await;
        assert!(matches!(older, Err(OpenError::Older { found: 1, .. })), "{on:?}");
        made.put_meta("schema", "99").await.unwrap();
        let newer = Store::read_only(&url, &key).await;
        assert!(matches!(newer, Err(OpenError::Newer { found: 99, .. })), "{on:?}");
    }
}

#[tokio::test]
async fn only_a_missing_table_is_taken_for_a_new_database() {
    for on in BOTH {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&url(on, dir.path()), &dir.path().join("master.key")).await.unwrap();
        store.put_meta("schema", "three").await.unwrap();
        let unreadable = store.migrate().await;
        assert!(matches!(unreadable, Err(OpenError::Store(_))), "{on:?}: {unreadable:?}");
        assert!(matches!(store.standing().await, Ok(Some(_))), "{on:?}: and nothing was done");
    }
}

#[tokio::test]
async fn the_writers_name_stands_as_long_as_it_writes_and_nobody_takes_over_unseen() {
    for on in BOTH {
        let dir = tempfile::tempdir().unwrap();
        let (url, keys) = (url(on, dir.path()), || KeyRing::derived(&[42; 32]));
        let first = Store::with_keys(Engine::open(&url).await.unwrap(), keys()).await.unwrap();
        let second = Store::with_keys(Engine::open(&url).await.unwrap(), keys()).await.unwrap();
        let standing = async || second.standing().await.unwrap().unwrap();
        let before = standing().await;
        assert_eq!((before.epoch, before.entries, before.writer), (0, 0, None));
        first.take_over_as(&writer("/one"), before.epoch).await.unwrap();
        assert_eq!(standing().await.writer, Some(writer("/one")));
        // Whoever looked before that does not take over by what it saw.
        let late = second.take_over_as(&writer("/two"), before.epoch).await;
        assert!(matches!(late, Err(OpenError::Commit(_))), "{on:?}: {late:?}");
        second.take_over_as(&writer("/two"), standing().await.epoch).await.unwrap();
        first.lay_down().await.unwrap();
        assert_eq!(standing().await.writer, Some(writer("/two")), "{on:?}: another's name stays");
        second.lay_down().await.unwrap();
        assert_eq!(standing().await.writer, None);
    }
}

#[tokio::test]
async fn a_cleared_database_is_as_new_and_keeps_what_it_is() {
    for on in BOTH {
        let dir = tempfile::tempdir().unwrap();
        let (url, key) = (url(on, dir.path()), dir.path().join("master.key"));
        let store = Store::open(&url, &key).await.unwrap();
        store.put_photos(&[b"photo".to_vec()]).await.unwrap();
        store.put_meta("kept", "1").await.unwrap();
        store.put_meta("gone", "1").await.unwrap();
        store.take_over().await.unwrap();
        store.clear(&["kept"]).await.unwrap();
        assert_eq!(store.standing().await.unwrap().unwrap().epoch, 0);
        assert_eq!(store.meta("kept").await.unwrap().as_deref(), Some("1"));
        assert_eq!(store.meta("gone").await.unwrap(), None);
        assert!(store.check().await.unwrap().findings.is_empty(), "{on:?}");
        drop(store);
        assert_eq!(Store::open(&url, &key).await.unwrap().migrate().await.unwrap(), 0);
    }
}
