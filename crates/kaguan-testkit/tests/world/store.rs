//! What the store promises, on both engines.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use kaguan_domain::alive::MarkDeath;
use kaguan_domain::cancellation::Cancel;
use kaguan_domain::clause;
use kaguan_domain::collection::TrackPost;
use kaguan_domain::ctx::{Actor, Channel, Instant};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::distribution::{PassedOn, TakeOver};
use kaguan_domain::facts::application::Register;
use kaguan_domain::facts::clock::ClockKind;
use kaguan_domain::facts::names::CustodyKind;
use kaguan_domain::facts::post_news::{PostNews, PostStep};
use kaguan_domain::ids::{CardId, CaseId, HolderId, OrgId};
use kaguan_domain::restriction::Decide;
use kaguan_service::Failure;
use kaguan_store::engine::{Engine, Query, Sql, Value, Write};
use kaguan_store::{Again, CardsAsked, KeyRing, LooseIn, RunningIn, Store, sql};
use kaguan_testkit::{BOTH, On, World, fresh_postgres, fresh_store, stated};
use std::collections::HashSet;
use std::sync::Arc;

#[tokio::test]
async fn every_statement_is_prepared_on_both_engines() {
    for on in BOTH {
        let store = fresh_store(on).await;
        for statement in sql::ALL {
            let prepared = store.engine().prepare(statement).await;
            assert!(prepared.is_ok(), "{on:?} {}: {prepared:?}", statement.name);
        }
        assert_eq!(store.migrate().await.unwrap(), 0, "applied twice, the second time does nothing");
    }
}

/// Writes behind the system's back.
async fn tamper(store: &Store, text: &'static str) {
    let statement: &'static Sql = Box::leak(Box::new(Sql::new(text, text)));
    store.engine().transact(vec![Write::one(statement, Vec::new(), None)]).await.unwrap();
}

async fn findings(store: &Store) -> Vec<String> {
    let report = store.check().await.unwrap();
    report.findings.into_iter().map(|f| f.place).collect()
}

#[tokio::test]
async fn any_tampering_with_the_journal_is_found_and_located() {
    for on in BOTH {
        let attacks = [
            ("UPDATE journal_entry SET at = at + 1 WHERE seq = 1000", "entries 1000–1000"),
            (
                "UPDATE journal_entry SET outcome = 'done' WHERE outcome = 'application_open'",
                "entries 1002–1002",
            ),
            ("DELETE FROM journal_entry WHERE seq = 1000", "entries 1000–1000"),
            ("UPDATE journal_entry SET actor = 'officer:1' WHERE seq = 1001", "entries 1001–1001"),
            ("UPDATE journal_block SET at = at + 1 WHERE first_entry = 1000", "block"),
            ("UPDATE writer SET entry_seq = entry_seq - 1", "block"),
            ("UPDATE holder SET version = version + 1", "holder"),
            ("UPDATE custody_entry SET cards = cards + 1 WHERE cards > 0", "custody"),
        ];
        for (attack, found_at) in attacks {
            let w = World::new(on).await;
            let store = w.service.store();
            let first = store.check().await.unwrap().entries;
            // The attacks name lines by number: the province has as many as it has, the rest are counted from it.
            for n in first..999 {
                let refusal =
                    w.service.apply(Actor::System, Channel::Console, "none", w.apply(0, OrgId(0))).await;
                assert!(matches!(refusal, Err(Failure::Refused(_))), "{n}");
            }
            w.applicant(1, w.outlet()).await;
            w.applicant(2, w.outlet()).await;
            let again =
                w.service.apply(Actor::System, Channel::Console, "again", w.apply(1, w.outlet())).await;
            assert!(again.is_err());
            if attack.contains("custody") {
                let batch = w.confirmed_batch().await;
                kaguan_partner_sim::Bank::new("95588", Default::default()).work(&w.service).await.unwrap();
                let vendor = kaguan_domain::ids::VendorCode("1".into());
                w.batch(&Actor::System, batch, kaguan_domain::dispatch::BatchCommand::HandOut { vendor })
                    .await
                    .unwrap();
                kaguan_partner_sim::Vendor::new("1", Default::default()).work(&w.service).await.unwrap();
            }
            assert_eq!(findings(store).await, Vec::<String>::new(), "clean before");
            tamper(store, attack).await;
            let found = findings(store).await;
            assert!(found.iter().any(|f| f.contains(found_at)), "{on:?} {attack}: {found:?}");
        }
    }
}

#[tokio::test]
async fn a_process_that_was_taken_over_can_write_nothing_more() {
    let dir = tempfile::tempdir().unwrap();
    for on in BOTH {
        let url = match on {
            On::Memory => format!("sqlite:{}", dir.path().join("fence.db").display()),
            On::Postgres => fresh_postgres(),
        };
        let open = || async {
            let engine = Engine::open(&url).await.unwrap();
            Arc::new(Store::with_keys(engine, KeyRing::derived(&[42; 32])).await.unwrap())
        };
        let old = World::with(open().await).await;
        old.applicant(1, old.outlet()).await;
        let new = World::with(open().await).await;
        let late =
            old.service.apply(Actor::System, Channel::Console, "late", old.apply(2, old.outlet())).await;
        assert!(matches!(late, Err(Failure::Unavailable(_))), "{late:?}");
        assert!(old.service.stopped().await.contains("WRITER_ADVANCE"));
        let after =
            old.service.apply(Actor::System, Channel::Console, "later", old.apply(3, old.outlet())).await;
        assert!(matches!(after, Err(Failure::Unavailable(_) | Failure::Unknown)), "{after:?}");
        new.applicant(2, new.outlet()).await;
        new.verified().await;
    }
}

#[tokio::test]
async fn a_database_of_other_keys_is_refused_and_nothing_personal_stands_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("canary.db");
    let url = format!("sqlite:{}", path.display());
    let engine = Engine::open(&url).await.unwrap();
    let w = World::with(Arc::new(Store::with_keys(engine, KeyRing::derived(&[42; 32])).await.unwrap())).await;
    let id = w.applicant(1, w.outlet()).await;
    let (file, _) = w.file(id).await;
    assert_eq!(file.person.unwrap().details.name.display(), "张三");
    let other = Store::with_keys(Engine::open(&url).await.unwrap(), KeyRing::derived(&[43; 32])).await;
    assert!(matches!(other, Err(kaguan_store::OpenError::OtherKeys)));
    let mut stored = Vec::new();
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        stored.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    let d = w.draft(1);
    for canary in [&d.document_number, &d.name, &d.phone, &d.postal_address] {
        assert!(
            !stored.windows(canary.len()).any(|w| w == canary.as_bytes()),
            "personal data in plain columns"
        );
    }
    assert!(stored.windows(8).any(|w| w == b"received" || w == b"accepted"), "the file was really read");
}

#[tokio::test]
async fn every_entry_can_be_proved_without_the_database() {
    for on in BOTH {
        let w = World::new(on).await;
        w.applicant(1, w.outlet()).await;
        let store = w.service.store();
        let last = store.check().await.unwrap().entries;
        for seq in [1, last / 2, last] {
            let proof = store.proof(seq).await.unwrap().unwrap();
            let text = serde_json::to_string(&proof).unwrap();
            let read: kaguan_store::journal::Proof = serde_json::from_str(&text).unwrap();
            assert_eq!(read.verify(Some(&store.public_key())), Ok(()));
        }
        assert!(store.proof(last + 1).await.unwrap().is_none());
        assert!(store.proof(0).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_stored_row_that_breaks_a_rule_is_said_with_table_column_and_row_and_never_not_found() {
    for on in BOTH {
        let damages = [
            ("UPDATE holder SET person = (SELECT block_hash FROM writer)", "holder", "tag"),
            ("UPDATE application SET body = (SELECT block_hash FROM writer)", "application", "tag"),
            ("UPDATE card SET body = (SELECT block_hash FROM writer)", "card", "tag"),
            ("UPDATE batch SET body = '{}'", "batch", "tag"),
        ];
        for (damage, table, column) in damages {
            let w = World::new(on).await;
            let (id, card) = w.with_card(1).await;
            let file = w.file(id).await.0;
            let row = match table {
                "holder" => format!("holder_id {id}"),
                "application" => format!("holder_id {id}, application_id {}", file.applications[0].id),
                "card" => format!("holder_id {id}, card_id {card}"),
                _ => format!("batch_id {}", file.cards[0].batch),
            };
            tamper(w.service.store(), damage).await;
            let said = w.service.file(id).await.err().expect("not “not found”").to_string();
            let named = format!("table {table}, column {column}, row {row}:");
            assert!(said.contains(&named), "{on:?} {said}, not {named}");
        }
    }
}

#[tokio::test]
async fn a_state_that_nobody_knows_is_said_and_never_counted_as_another() {
    for on in BOTH {
        let w = World::new(on).await;
        let (id, _) = w.with_card(1).await;
        let batch = w.file(id).await.0.cards[0].batch;
        tamper(
            w.service.store(),
            "UPDATE application SET stage = 'unheard_of', batch_id = (SELECT max(batch_id) FROM batch)",
        )
        .await;
        let said = w.service.batch(batch).await.unwrap_err().to_string();
        assert!(said.contains("table application, column stage, row stage unheard_of:"), "{said}");
    }
}

#[tokio::test]
async fn numbers_that_many_reserve_at_once_are_given_to_one_each() {
    for on in BOTH {
        let store = Arc::new(fresh_store(on).await);
        let reserve = |n: i64| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { (store.reserve("card_no/4401", n).await.unwrap(), n) })
        };
        let tasks: Vec<_> = (1..=24).map(reserve).collect();
        let mut given = Vec::new();
        for task in tasks {
            let (first, n) = task.await.unwrap();
            given.extend(first..first + n);
        }
        given.sort_unstable();
        assert_eq!(given, (1..=300).collect::<Vec<_>>(), "{on:?}: each number once, none left out");
    }
}

/// Writes one number into two tables at once.
fn both(n: i64) -> Vec<Write> {
    static META: Sql = Sql::new("META", "UPDATE meta SET value = $1 WHERE name = 'both'");
    static COUNTER: Sql = Sql::new("COUNTER", "UPDATE counter SET value = $1 WHERE name = 'both'");
    vec![
        Write::one(&META, vec![n.to_string().into()], Some(1)),
        Write::one(&COUNTER, vec![n.into()], Some(1)),
    ]
}

/// PostgreSQL is not in it: there each question of a read still sees its own moment.
#[tokio::test]
async fn what_one_read_asks_is_answered_as_of_one_moment() {
    static META: Sql = Sql::new("META", "SELECT value FROM meta WHERE name = 'both'");
    static COUNTER: Sql = Sql::new("COUNTER", "SELECT value FROM counter WHERE name = 'both'");
    let dir = tempfile::tempdir().unwrap();
    for on in BOTH {
        let url = match on {
            On::Memory => format!("sqlite:{}", dir.path().join("moment.db").display()),
            On::Postgres => fresh_postgres(),
        };
        let store =
            Store::with_keys(Engine::open(&url).await.unwrap(), KeyRing::derived(&[42; 32])).await.unwrap();
        store.put_meta("both", "1").await.unwrap();
        store.reserve("both", 1).await.unwrap();
        let writer = {
            let engine = store.engine().clone();
            tokio::spawn(async move {
                for n in 2..400 {
                    engine.transact(both(n)).await.unwrap();
                }
            })
        };
        let mut reads = 0;
        while !writer.is_finished() {
            // More than are sent as one group.
            let both = || [Query::new(&META, Vec::new()), Query::new(&COUNTER, Vec::new())];
            let asked = std::iter::repeat_with(both).take(20).flatten().collect();
            let answers = store.engine().read(asked).await.unwrap();
            for pair in answers.chunks(2) {
                let (Value::Text(a), Value::Int(b)) = (&pair[0][0].values[0], &pair[1][0].values[0]) else {
                    panic!("{answers:?}")
                };
                assert_eq!(*a, b.to_string(), "{on:?}: a commit came between");
                assert_eq!(pair, &answers[..2], "{on:?}: a commit came between");
            }
            reads += 1;
        }
        writer.await.unwrap();
        assert!(reads > 20, "{on:?}: {reads} reads");
    }
}

#[tokio::test]
async fn a_thousand_commands_cost_few_commits_and_few_statements() {
    for on in BOTH {
        let w = World::new(on).await;
        let before = w.service.store().engine().counters().read();
        let tasks: Vec<_> = (0..1000)
            .map(|n| {
                let (service, apply) = (w.service.clone(), w.apply(n, w.outlet()));
                tokio::spawn(async move {
                    service.apply(Actor::System, Channel::Console, &format!("k{n}"), apply).await
                })
            })
            .collect();
        for t in tasks {
            t.await.unwrap().unwrap();
        }
        let after = w.service.store().engine().counters().read();
        let (statements, commits) = (after.0 - before.0, after.2 - before.2);
        // quality.md: at most 10 fsyncs a 1,000 commands at 256 callers and 0.1 statements a command.
        assert!(commits <= 10, "{on:?}: {commits} commits");
        assert!(
            statements <= 200,
            "{on:?}: {statements} statements for 1,000 commands that each make a new file"
        );
    }
}

#[tokio::test]
async fn a_clock_of_an_earlier_schema_is_asked_for_by_its_last_day_after_the_migration() {
    for on in BOTH {
        let w = World::new(on).await;
        w.applicant(1, w.outlet()).await;
        let store = w.service.store();
        // Of an outlet the rows are counted; of a whole city their sums are kept.
        let here = RunningIn { city: Some("4401"), outlet: Some(w.outlet()), ..RunningIn::default() };
        let running = async || store.running_counts(here).await.unwrap();
        let before = running().await;
        assert_eq!(before.len(), 1, "{before:?}");
        // As the schema before it left them.
        tamper(store, "UPDATE application SET due = NULL, tag = NULL").await;
        tamper(store, "DELETE FROM meta WHERE name IN ('last_days', 'tagged')").await;
        assert!(running().await.is_empty());
        store.migrate().await.unwrap();
        assert_eq!(running().await, before);
    }
}

#[tokio::test]
async fn art_32_1_an_earlier_schema_is_counted_from_the_beginning_after_the_migration_and_once() {
    clause!(R32.1);
    for on in BOTH {
        let w = World::new(on).await;
        w.with_card(1).await;
        w.applicant(2, w.outlet()).await;
        w.cards_made().await;
        let store = w.service.store();
        let year = (jiff::civil::date(2026, 1, 1), jiff::civil::date(2026, 12, 31));
        let all = async || {
            let happened = store.happened(None, year, Some("4401")).await.unwrap();
            let ran = store.batch_clocks(ClockKind::BankOpening, year, Some("4401")).await.unwrap();
            let mut way = store.under_way(Some("4401"), &[]).await.unwrap();
            way.cards.sort_by_key(|row| row.n);
            let months =
                store.happened_in_months("made", ("2026-01", "2026-12"), Some("4401")).await.unwrap();
            (happened, ran, format!("{way:?} {months:?}"))
        };
        let before = all().await;
        assert_eq!(before.0.iter().filter(|r| r.business == "made").map(|r| r.n).sum::<i64>(), 2);
        assert_eq!(before.1.iter().map(|(_, ran)| ran.n).sum::<i64>(), 2);
        assert!(store.happened(None, year, Some("4403")).await.unwrap().is_empty(), "another city");
        assert!(store.under_way(Some("4403"), &[]).await.unwrap().cards.is_empty(), "another city");
        // As the schema before it left them.
        for statement in [
            "DELETE FROM happened",
            "DELETE FROM happened_month",
            "DELETE FROM batch_clock",
            "DELETE FROM under_way",
            "DELETE FROM in_box",
            "DELETE FROM clock_count",
            "UPDATE card SET city = '', waits = 0, tag = NULL",
            "DELETE FROM meta WHERE name IN ('statistics', 'under_way', 'tagged')",
        ] {
            tamper(store, statement).await;
        }
        store.migrate().await.unwrap();
        assert_eq!(all().await, before, "{on:?}");
        store.migrate().await.unwrap();
        assert_eq!(all().await, before, "{on:?}: nothing is counted twice");
        // A tally that is not the journal's is found.
        tamper(store, "UPDATE happened SET n = n + 1 WHERE business = 'made'").await;
        let report = store.check().await.unwrap();
        assert!(
            report.findings.iter().any(|f| f.place.starts_with("table happened, column n, row ")),
            "{:?}",
            report.findings
        );
        tamper(store, "UPDATE happened SET n = n - 1 WHERE business = 'made'").await;
        assert_eq!(findings(store).await, Vec::<String>::new());
        tamper(store, "UPDATE happened_month SET n = n + 1 WHERE business = 'made'").await;
        let found = findings(store).await;
        let months = |place: &String| place.starts_with("table happened_month, column n, row ");
        assert!(
            !found.is_empty() && found.iter().all(months),
            "{on:?}, the months are counted again, too: {found:?}"
        );
        tamper(store, "UPDATE happened_month SET n = n - 1 WHERE business = 'made'").await;
        for (table, more, less) in [
            (
                "under_way",
                "UPDATE under_way SET n = n + 1 WHERE what = 'box'",
                "UPDATE under_way SET n = n - 1 WHERE what = 'box'",
            ),
            ("in_box", "UPDATE in_box SET n = n + 1", "UPDATE in_box SET n = n - 1"),
            ("clock_count", "UPDATE clock_count SET n = n + 1", "UPDATE clock_count SET n = n - 1"),
        ] {
            tamper(store, more).await;
            let found = findings(store).await;
            let named = format!("table {table}, column n, row ");
            assert!(
                !found.is_empty() && found.iter().all(|place| place.starts_with(&named)),
                "{on:?}, so is what is under way: {found:?}"
            );
            tamper(store, less).await;
        }
        assert_eq!(findings(store).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn art_32_2_a_card_outside_boxes_is_listed_by_its_outlet_as_long_as_it_lies_there_and_after_the_migration()
 {
    clause!(R14.1);
    clause!(R32.2);
    for on in BOTH {
        let w = World::new(on).await;
        // The first one's card comes back, the second one's is in the post, the third one's lies in its box, to be posted.
        let mut people = Vec::new();
        for n in 1..=2 {
            people.push(w.applicant(n, w.outlet()).await);
        }
        let mut third = w.apply(3, w.outlet());
        third.draft.delivery = "2".into();
        third.draft.mailing_address = "广州市天河区体育东路1号".into();
        third.draft.recipient = "李四".into();
        third.draft.recipient_phone = "13800000001".into();
        third.presented.postage_told = true;
        people.push(w.takes_in(3, third).await);
        let made = w.cards_made().await;
        let store = w.service.store();
        let to_post = async |outlet| {
            let begin = (HolderId(i64::MIN), CardId(i64::MIN));
            let asked = CardsAsked::ToPost(outlet, None);
            let cards = store.cards_listed(&[(asked, begin)], 10).await.unwrap().concat();
            assert_eq!(store.cards_counted(&[asked], 10).await.unwrap(), [cards.len()]);
            cards.into_iter().map(|(holder, _)| holder).collect::<Vec<_>>()
        };
        assert!(to_post(w.outlet()).await.is_empty(), "{on:?}: it has not come yet");
        w.at_outlet(made, w.outlet()).await;
        let here = LooseIn { outlet: Some(w.outlet()), ..LooseIn::default() };
        let listed = async |place| {
            let begin = (HolderId(i64::MIN), CardId(i64::MIN));
            let cards = store.cards_loose(CustodyKind::InPost, place, begin, 10).await.unwrap();
            let asked = CardsAsked::Loose(CustodyKind::InPost, place);
            assert_eq!(store.cards_counted(&[asked], 10).await.unwrap(), [cards.len()], "{place:?}");
            cards.into_iter().map(|(holder, _)| holder).collect::<HashSet<_>>()
        };
        assert_eq!(listed(here).await, HashSet::new(), "cards in boxes are not");
        w.posted(people[0], "EMS1", None).await;
        w.posted(people[1], "EMS2", None).await;
        let card = w.card_of(people[0]).await;
        let news =
            PostNews { step: PostStep::Returning, at: w.service.now(), reason: Some("查无此人".into()) };
        let back = TrackPost { card, tracking: "EMS1".into(), news };
        w.about(&Actor::System, people[0], C::TrackPost(back)).await.unwrap();
        let both = HashSet::from([people[0], people[1]]);
        let returning = LooseIn { returning: true, ..here };
        let late = w.service.now().date().checked_add(jiff::Span::new().months(6)).unwrap();
        let overdue = |day| LooseIn { overdue_by: Some(day), ..here };
        let (city, other) = (Some("4401"), Some("4403"));
        let as_it_is = async || {
            assert_eq!(listed(here).await, both, "{on:?}");
            assert_eq!(listed(LooseIn { outlet: Some(w.bank_outlet()), ..here }).await, HashSet::new());
            assert_eq!(listed(LooseIn { city, ..LooseIn::default() }).await, both);
            assert_eq!(listed(LooseIn { city: other, ..LooseIn::default() }).await, HashSet::new());
            assert_eq!(listed(LooseIn::default()).await, both);
            assert_eq!(listed(returning).await, HashSet::from([people[0]]));
            assert_eq!(listed(overdue(late.yesterday().unwrap())).await, HashSet::new());
            assert_eq!(listed(overdue(late)).await, both);
            assert_eq!(
                listed(LooseIn { again: Some(Again::SecondOffer), ..here }).await,
                HashSet::new(),
                "none is offered again"
            );
            assert_eq!(to_post(w.outlet()).await, [people[2]], "{on:?}");
            assert!(to_post(w.bank_outlet()).await.is_empty(), "{on:?}");
        };
        as_it_is().await;
        // As the schema before it left them.
        tamper(store, "DELETE FROM loose_card").await;
        tamper(store, "DELETE FROM meta WHERE name = 'loose_cards'").await;
        assert!(!findings(store).await.is_empty(), "{on:?}: a check misses them");
        store.migrate().await.unwrap();
        as_it_is().await;
        w.verified().await;
        // Whoever has it has it.
        let (_, digest) = w.service.pick_up_code(card, "EMS1");
        let signed = stated::posted_to_holder(card, &digest, w.shown(people[0]).await);
        let clerk = w.officer(w.outlet()).await;
        w.about(&clerk, people[0], C::ConfirmPost(signed)).await.unwrap();
        assert_eq!(listed(here).await, HashSet::from([people[1]]), "{on:?}");
        w.verified().await;
    }
}

#[tokio::test]
async fn art_32_1_whoever_takes_a_card_over_or_out_of_its_box_is_noted_and_was_in_an_earlier_schema() {
    clause!(R12.1);
    clause!(R32.1);
    for on in BOTH {
        let w = World::new(on).await;
        let store = w.service.store();
        let (boxed, single) = (w.applicant(1, w.outlet()).await, w.applicant(2, w.outlet()).await);
        let made = w.cards_made().await;
        w.at_outlet(made, w.outlet()).await;
        let (clerk, county) = (w.officer(w.outlet()).await, w.org("44010600000001"));
        let (kept_at, signer) = ("卡库".to_owned(), "丙".to_owned());
        let taken = TakeOver { card: w.card_of(single).await, org: county, kept_at, signer };
        w.about(&w.officer(county).await, single, C::TakeOver(taken)).await.unwrap();
        let ended = w.card_of(boxed).await;
        let cancel = Cancel { given_back_at: None, chip: None, ..w.moved_out(boxed, ended).await };
        w.about(&clerk, boxed, C::Cancel(cancel)).await.unwrap();
        let begin = (HolderId(i64::MIN), CardId(i64::MIN));
        let as_it_is = async || {
            let people = |cards: Vec<(HolderId, CardId)>| -> Vec<HolderId> {
                cards.into_iter().map(|(holder, _)| holder).collect()
            };
            // Several questions at once, each answered in its place; of the card's bank, of another, of any.
            let bank = w.file(boxed).await.0.cards[0].bank.clone();
            let inside = async |org| {
                let of = |bank| CardsAsked::ToTakeOut(org, bank);
                let asked = [of(None), of(Some(bank.as_str())), of(Some("no bank"))];
                let listed = store.cards_listed(&asked.map(|one| (one, begin)), 10).await.unwrap();
                let counted = store.cards_counted(&asked, 10).await.unwrap();
                assert_eq!(counted, listed.iter().map(Vec::len).collect::<Vec<_>>(), "{on:?}");
                assert_eq!(listed[0], listed[1], "{on:?}");
                assert!(listed[2].is_empty(), "{on:?}");
                people(listed[0].clone())
            };
            assert_eq!(inside(w.outlet()).await, [boxed], "{on:?}");
            assert_eq!(inside(w.bank_outlet()).await, [], "{on:?}");
            let passed = async |to| people(store.cards_passed_on(&to, begin, 10).await.unwrap());
            assert_eq!(passed(PassedOn::To(w.outlet())).await, [single], "{on:?}");
            assert_eq!(passed(PassedOn::To(w.bank_outlet())).await, [], "{on:?}");
            assert_eq!(passed(PassedOn::ToCityOf(kaguan_testkit::guangzhou())).await, [], "{on:?}");
        };
        as_it_is().await;
        // As the schema before it left them.
        tamper(store, "DELETE FROM loose_card").await;
        tamper(store, "DELETE FROM recall").await;
        tamper(store, "DELETE FROM meta WHERE name IN ('loose_cards', 'recalls')").await;
        assert!(!findings(store).await.is_empty(), "{on:?}: a check misses them");
        store.migrate().await.unwrap();
        as_it_is().await;
        w.verified().await;
        let over = w.card_of(single).await;
        let cancel = Cancel { given_back_at: None, chip: None, ..w.moved_out(single, over).await };
        w.about(&clerk, single, C::Cancel(cancel)).await.unwrap();
        let to = PassedOn::ToCityOf(kaguan_testkit::guangzhou());
        assert_eq!(store.cards_passed_on(&to, begin, 10).await.unwrap(), [(single, over)], "{on:?}");
        w.verified().await;
    }
}

#[tokio::test]
async fn art_33_1_the_dead_who_wait_for_a_card_are_noted_and_were_in_an_earlier_schema() {
    clause!(R33.1);
    for on in BOTH {
        let w = World::new(on).await;
        let store = w.service.store();
        let id = w.applicant(1, w.outlet()).await;
        let lives = w.applicant(2, w.outlet()).await;
        for source in [Register::PublicSecurity, Register::SocialSecurity] {
            let mark = MarkDeath { source, number: None, evidence: None };
            w.about(&Actor::System, id, C::MarkDeath(mark)).await.unwrap();
        }
        let one = MarkDeath { source: Register::PublicSecurity, number: None, evidence: None };
        w.about(&Actor::System, lives, C::MarkDeath(one)).await.unwrap();
        let noted = async |city| {
            let found = store.dead_waiting(city).await.unwrap();
            found.into_iter().map(|(holder, _)| holder).collect::<Vec<_>>()
        };
        let as_it_is = async || {
            assert_eq!(noted(None).await, [id], "{on:?}");
            assert_eq!(noted(Some("4401")).await, [id], "{on:?}");
            assert!(noted(Some("4403")).await.is_empty(), "{on:?}");
            let ready = store.ready_counts(Some("4401")).await.unwrap();
            assert_eq!(ready.iter().map(|r| r.applications).collect::<Vec<_>>(), [1], "{on:?}");
        };
        as_it_is().await;
        // As the schema before it left them.
        tamper(store, "DELETE FROM dead_waiting").await;
        tamper(store, "DELETE FROM meta WHERE name = 'dead_waiting'").await;
        assert!(!findings(store).await.is_empty(), "{on:?}: a check misses them");
        store.migrate().await.unwrap();
        as_it_is().await;
        w.verified().await;
    }
}

#[tokio::test]
async fn what_an_officer_did_is_asked_for_by_an_index_and_is_what_the_journal_says() {
    for on in BOTH {
        let w = World::new(on).await;
        w.with_card(1).await;
        let store = w.service.store();
        let any = kaguan_store::LinesAsked {
            subject: None,
            from: Instant(i64::MIN),
            until: Instant(i64::MAX),
            command: None,
            actor: None,
            outcome: None,
            but: None,
        };
        let all = store.lines(&any, i64::MAX, 1, 100_000).await.unwrap();
        let mut compared = 0;
        let officers: Vec<_> = w.service.institutions().officers().map(|o| o.id).collect();
        for (officer, looks) in officers.into_iter().flat_map(|id| [(id, true), (id, false)]) {
            let actor = Actor::Officer(officer).text();
            let is_look =
                |l: &kaguan_store::Line| ["holder.look", "batch.look"].contains(&l.command.as_str());
            let own = all.iter().filter(|l| l.actor == actor && l.channel == "console");
            let mut expected: Vec<_> = own.filter(|l| looks || !is_look(l)).cloned().collect();
            expected.sort_by_key(|l| std::cmp::Reverse((l.at, l.seq)));
            let (mut found, mut before) = (Vec::new(), (Instant(i64::MAX), i64::MAX));
            loop {
                let page =
                    store.lines_of_officer(officer, Instant(i64::MIN), before, looks, 2).await.unwrap();
                let Some(last) = page.last() else { break };
                before = (last.at, last.seq);
                found.extend(page);
            }
            assert_eq!(found, expected, "{on:?}");
            compared += found.len();
        }
        assert!(compared > 0, "{on:?}");
    }
}

#[tokio::test]
async fn art_38_4_a_false_card_in_its_box_is_noted_and_was_in_an_earlier_schema() {
    clause!(R38.1);
    clause!(R12.1);
    for on in BOTH {
        let w = World::new(on).await;
        let store = w.service.store();
        let id = w.applicant(1, w.outlet()).await;
        let made = w.cards_made().await;
        w.at_outlet(made, w.outlet()).await;
        let (card, case) = (w.card_of(id).await, CaseId(w.service.fresh()));
        let propose = stated::restriction_for_fraud(card, case, "以假证件申领");
        w.about(&Actor::System, id, C::ProposeRestriction(propose)).await.unwrap();
        let decide = Decide { card, case, approved: true, why: String::new() };
        let city = w.officer(w.org("44010000000001")).await;
        w.about(&city, id, C::DecideRestriction(decide)).await.unwrap();
        let begin = (HolderId(i64::MIN), CardId(i64::MIN));
        let asked = [(CardsAsked::ToTakeOut(w.outlet(), None), begin)];
        let inside = async || store.cards_listed(&asked, 10).await.unwrap().concat();
        assert_eq!(inside().await, [(id, card)], "{on:?}");
        tamper(store, "DELETE FROM recall").await;
        store.put_meta("recalls", "3").await.unwrap();
        store.migrate().await.unwrap();
        assert_eq!(inside().await, [(id, card)], "{on:?}");
        w.verified().await;
    }
}
