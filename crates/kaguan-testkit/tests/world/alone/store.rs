//! Of the store: its statements, its views, and what its check comes back to.

use jiff::civil::date;
use kaguan_domain::ctx::Channel;
use kaguan_domain::facts::clock::ClockKind;
use kaguan_domain::facts::custody::Party;
use kaguan_domain::facts::names::{BlankStateKind, CustodyKind, SocialKind, StageKind};
use kaguan_domain::ids::{ApplicationId, BatchId, CardId, HolderId, UnitId};
use kaguan_domain::permission::Verb;
use kaguan_store::engine::{Engine, Sql, Write};
use kaguan_store::journal::DONE;
use kaguan_store::{MessageState, Running, Spool, Subject, Ticks, sql, whole_months};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[test]
fn a_name_that_stands_in_a_statement_or_in_an_index_is_the_name_of_a_state() {
    let known = |word: &str| match word {
        // What an earlier schema left (no bank), what was done, and a field of a stored box.
        "" | DONE | "\"differences\":" | "\"short\":" | "\"short\":0,\"surplus\":null" | "\"ended\":" => true,
        whom if Some(Subject::Institution) == Subject::parse(whom) => true,
        door if [Channel::Console, Channel::File, Channel::Kiosk].iter().any(|c| c.as_str() == door) => true,
        employers if employers == format!("{}%", Party::Employer(String::new()).account()) => true,
        word => {
            StageKind::from_code(word).is_some()
                || SocialKind::from_code(word).is_some()
                || CustodyKind::from_code(word).is_some()
                || BlankStateKind::from_code(word).is_some()
                || MessageState::from_code(word).is_some()
                || Verb::from_code(word).is_some()
        }
    };
    for statement in sql::ALL {
        let text = statement.text;
        for word in text.split('\'').skip(1).step_by(2) {
            assert!(known(word), "{}: {word}", statement.name);
        }
        for (column, known) in [
            ("stage", (|w| StageKind::from_code(w).is_some()) as fn(&str) -> bool),
            ("social", |w| SocialKind::from_code(w).is_some()),
            ("custody", |w| CustodyKind::from_code(w).is_some()),
        ] {
            for (_, rest) in text.match_indices(column).map(|(at, c)| text.split_at(at + c.len())) {
                let rest = rest.trim_start_matches([' ', '=', '<', '>']);
                if let Some((word, _)) = rest.strip_prefix('\'').and_then(|r| r.split_once('\'')) {
                    assert!(known(word), "{}: {column} is never {word}", statement.name);
                }
            }
        }
    }
}

static TABLE: Sql = Sql::new("TABLE", "CREATE TABLE pair (a, b); INSERT INTO pair VALUES (0, 0)");
static PAIR: Sql = Sql::new("PAIR", "SELECT a, b FROM pair");
static NEXT: Sql = Sql::new("NEXT", "UPDATE pair SET a = a + 1, b = b + 1");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_lines_of_a_view_see_one_moment_while_somebody_writes_all_the_time() {
    let dir = tempfile::tempdir().unwrap();
    let engine = Engine::open(&format!("sqlite:{}", dir.path().join("one.db").display())).await.unwrap();
    engine.script(&TABLE, "").await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let (stopped, writer) = (Arc::clone(&stop), engine.clone());
    let writing = tokio::spawn(async move {
        while !stopped.load(Ordering::Relaxed) {
            writer.transact(vec![Write::one(&NEXT, Vec::new(), Some(1))]).await.unwrap();
        }
    });
    let mut seen = Vec::new();
    for _ in 0..50 {
        let view = engine.view().await.unwrap();
        let ask = |_| {
            let view = view.clone();
            tokio::spawn(async move { view.ask(&PAIR, Vec::new()).await })
        };
        let asked: Vec<_> = (0..8).map(ask).collect();
        let mut pairs = Vec::new();
        for answer in asked {
            pairs.push(format!("{:?}", answer.await.unwrap().unwrap()[0].values));
        }
        assert!(pairs.windows(2).all(|two| two[0] == two[1]), "{pairs:?}");
        seen.extend(pairs.into_iter().next());
    }
    stop.store(true, Ordering::Relaxed);
    writing.await.unwrap();
    assert_ne!(seen.first(), seen.last(), "nobody wrote meanwhile");
}

#[test]
fn a_part_comes_back_whole_and_in_order_however_much_was_written_between() {
    let mut spool = Spool::new(None, 3);
    let mut want = vec![Vec::new(); 3];
    // A part is written whenever it has 16 KiB: several times each.
    for n in 0..20_000i64 {
        let part = (n * n % 7 % 3) as usize;
        let record = [n.to_be_bytes().as_slice(), &vec![n as u8; (n % 40) as usize]].concat();
        want[part].extend_from_slice(&record);
        spool.put(part, &record).unwrap();
    }
    for (part, want) in want.iter().enumerate() {
        assert!(want.len() > 64 << 10, "{part}: {}", want.len());
        assert_eq!(spool.take(part).unwrap(), *want, "{part}");
        assert!(spool.take(part).unwrap().is_empty(), "read once");
    }
}

#[test]
fn a_place_is_read_as_it_was_written_and_nothing_else_is_one() {
    let due = date(2026, 11, 23);
    for of in [
        Ticks::Batch(BatchId(7), ClockKind::BankOpening),
        Ticks::Application(HolderId(-3), ApplicationId(4)),
        Ticks::Card(HolderId(3), CardId(5)),
        Ticks::Unit(UnitId(-6)),
    ] {
        let row = Running { due, of };
        assert_eq!(Running::read_key(&row.key()), Some(row));
    }
    for key in ["", "2026-11-23", "2026-11-23.a.3", "2026-11-23.x.3.4", "heute.a.3.4", "2026-11-23.b.3.4"] {
        assert_eq!(Running::read_key(key), None, "{key}");
    }
}

#[test]
fn of_a_period_the_months_that_are_whole_are_known_and_the_days_around_them_are_left() {
    let november = Some((date(2026, 11, 1), date(2026, 11, 30)));
    assert_eq!(whole_months(date(2026, 11, 1), date(2026, 11, 30)), november);
    assert_eq!(whole_months(date(2026, 10, 31), date(2026, 12, 30)), november);
    assert_eq!(whole_months(date(2026, 11, 2), date(2026, 12, 30)), None);
    assert_eq!(whole_months(date(2026, 11, 5), date(2026, 11, 7)), None);
    let year = Some((date(2026, 1, 1), date(2026, 12, 31)));
    assert_eq!(whole_months(date(2026, 1, 1), date(2026, 12, 31)), year);
}
