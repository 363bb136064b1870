//! Of the service: its clock, its waits and periods, and what it says.

use jiff::civil::date;
use kaguan_domain::application::{FilledIn, Presented};
use kaguan_domain::ctx::{Actor, Channel, Instant};
use kaguan_domain::facts::application::Consent;
use kaguan_domain::facts::form::FormDraft;
use kaguan_domain::facts::person::PhotoRef;
use kaguan_domain::ids::{CardId, HolderId, OrgId, PartnerId};
use kaguan_service::apply::body_of;
use kaguan_service::clock::{Clock, Hands, Ids, TimeSource};
use kaguan_service::clocks::{Age, Months};
use kaguan_service::today::Days;
use kaguan_service::{Admitted, Came, Failure, first_part, part_of};
use kaguan_store::Tries;
use kaguan_testkit::{On, World};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

#[tokio::test]
async fn the_wait_grows_with_the_tries_to_five_minutes_and_ends() {
    let w = World::new(On::Memory).await;
    let (login, source) = ("zhang", "10.0.0.1");
    let now = || w.clock.now().0;
    let later = |micros: i64| w.clock.set(Instant(now() + micros));
    let waits = async || match w.service.admit(login, source).await.unwrap() {
        Admitted::Try(_) => 0,
        Admitted::Wait(seconds) => seconds,
    };
    for n in 1..=5 {
        assert_eq!(waits().await, 0, "{n}");
    }
    let mut seconds = Vec::new();
    for _ in 0..8 {
        let wait = waits().await;
        seconds.push(wait);
        later((wait - 1) * SECOND);
        assert_eq!(waits().await, 1);
        later(SECOND);
        assert_eq!(waits().await, 0, "that was it");
    }
    assert_eq!(seconds, [15, 30, 60, 120, 240, 300, 300, 300]);
    // However many there were.
    let store = w.service.store();
    let both = store.digest("sign-in name and address", &format!("{login}\n{source}"));
    let tries = Tries { digest: both, tries: 1_000_000, at: Instant(now()), good_at: Instant(0) };
    store.put_tries(vec![tries]).await.unwrap();
    assert_eq!(waits().await, 300);
    later(301 * SECOND);
    assert_eq!(waits().await, 0);
    assert_eq!(waits().await, 300);
    later(-9 * HOUR);
    assert_eq!(waits().await, 0, "a clock that was set back");
    // A day later none of them counts.
    later(24 * HOUR);
    for n in 1..=5 {
        assert_eq!(waits().await, 0, "{n}");
    }
    assert_eq!(waits().await, 15);
}

#[test]
fn a_jump_of_the_wall_clock_bends_nothing_until_an_operator_says_that_it_is_right() {
    let start = 1_795_000_000_000_000;
    let hands = Arc::new(Hands { wall: AtomicI64::new(start), steady: AtomicI64::new(5) });
    let clock = Clock::new(TimeSource::Hands(Arc::clone(&hands)), None, 0);
    let both = |micros| {
        hands.wall.fetch_add(micros, Ordering::SeqCst);
        hands.steady.fetch_add(micros, Ordering::SeqCst);
    };
    both(MINUTE);
    assert_eq!(clock.now().0, start + MINUTE);
    // Set by a little: it is followed, and does not run back.
    hands.wall.fetch_sub(5 * MINUTE, Ordering::SeqCst);
    assert_eq!((clock.now().0, clock.jumped()), (start + MINUTE, None));
    both(6 * MINUTE);
    assert_eq!(clock.now().0, start + 2 * MINUTE);
    for jump in [11 * MINUTE, -2 * 60 * MINUTE, 11 * 365 * 24 * 60 * MINUTE, -40 * 365 * 24 * 60 * MINUTE] {
        let before = clock.now().0;
        hands.wall.fetch_add(jump, Ordering::SeqCst);
        assert_eq!((clock.now().0, clock.jumped()), (before, Some(jump)));
        both(MINUTE);
        assert_eq!(clock.now().0, before + MINUTE, "time goes on");
        hands.wall.fetch_sub(jump, Ordering::SeqCst);
        assert_eq!((clock.now().0, clock.jumped()), (before + MINUTE, None), "right again");
    }
    hands.wall.fetch_add(60 * MINUTE, Ordering::SeqCst);
    let held = clock.now().0;
    clock.accept();
    assert_eq!((clock.now().0, clock.jumped()), (held + 60 * MINUTE, None));
    // Set back while nobody looked: the journal ends later.
    let clock = Clock::new(TimeSource::Hands(hands), Some(Instant(held + 180 * MINUTE)), 0);
    assert_eq!((clock.now().0, clock.jumped()), (held + 180 * MINUTE, Some(-120 * MINUTE)));
}

#[test]
fn fresh_identities_never_repeat_even_when_the_clock_steps_back() {
    let now = Instant(1_795_000_000_000_000);
    let ids = Ids::new(now, 77);
    let mut last = 0;
    for step in [0, 5_000, -9_000_000, 0, 1] {
        for _ in 0..1000 {
            let id = ids.fresh(Instant(now.0 + step));
            assert!(id > last);
            last = id;
        }
    }
}

#[test]
fn a_part_is_shorter_where_more_lists_hold_something() {
    assert_eq!([0, 1, 2, 3, 6, 13].map(part_of), [24, 24, 16, 10, 5, 5]);
}

#[test]
fn whoever_has_several_cards_is_in_one_part_with_all_of_them() {
    let of = |cards: &[i64]| cards.iter().map(|n| (HolderId(n / 10), CardId(*n))).collect::<Vec<_>>();
    assert_eq!(first_part(of(&[21, 10, 20]), 3), (of(&[10, 20, 21]), None));
    assert_eq!(first_part(of(&[10, 20, 21]), 2), (of(&[10, 20, 21]), None), "there is no more");
    assert_eq!(first_part(of(&[10, 20, 21, 30]), 2), (of(&[10, 20, 21]), Some("2".to_owned())));
    assert_eq!(first_part(Vec::new(), 5), (Vec::new(), None));
}

#[tokio::test]
async fn a_reason_shows_nobodys_number() {
    let w = World::new(On::Memory).await;
    let id = w.applicant(1, w.outlet()).await;
    let clerk = w.officer(w.outlet()).await;
    let look = async |reason| {
        let ctx = w.service.ctx(clerk.clone(), Channel::Console, None);
        w.service.look(ctx, id, reason).await.unwrap()
    };
    for (said, shown) in [
        ("核对440106199001011234办理", "核对44***************4办理"),
        ("12345号窗口", "12345号窗口"),
        ("电话13800138000", "电话13********0"),
    ] {
        let seen = look(said).await;
        let looks = w.service.looks_at(&seen, 1).await.unwrap();
        let reasons: Vec<&str> = looks.iter().map(|(_, why)| why.as_str()).collect();
        assert_eq!(reasons, [shown]);
    }
}

#[test]
fn a_period_is_whole_months_in_their_order_and_no_more_than_three_years() {
    let half = Months::read("2026-01", "2026-06").unwrap();
    assert_eq!((half.from, half.to), (date(2026, 1, 1), date(2026, 6, 30)));
    assert_eq!(half.all(), ["2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06"]);
    assert_eq!(Months::until(date(2026, 6, 15)), half);
    assert_eq!(Months::until(date(2026, 3, 31)).all()[0], "2025-10");
    for (from, to) in [("2026-06", "2026-01"), ("2026-1", "2026-06"), ("", ""), ("2020-01", "2026-06")] {
        assert_eq!(Months::read(from, to), None, "{from} {to}");
    }
    assert_eq!(Months::read("2024-01", "2026-12").map(|m| m.all().len()), Some(36));
}

#[test]
fn a_clock_is_as_old_as_the_days_since_its_last_day() {
    let days = Days { today: date(2026, 11, 30), soon: date(2026, 12, 3) };
    let ages = [
        (date(2026, 10, 30), Age::VeryLate),
        (date(2026, 10, 31), Age::Late),
        (date(2026, 11, 22), Age::Late),
        (date(2026, 11, 23), Age::JustLate),
        (date(2026, 11, 29), Age::JustLate),
        (date(2026, 11, 30), Age::Today),
        (date(2026, 12, 3), Age::Soon),
        (date(2026, 12, 4), Age::Later),
    ];
    for (due, age) in ages {
        assert_eq!(Age::of(due, days), age, "{due}");
    }
}

#[test]
fn whoever_waits_reads_our_own_sentences_and_nothing_of_a_database() {
    let inside = Failure::broken("failed to read from the store: no such table: journal_entry").to_string();
    assert!(inside.starts_with("系统暂时不能办理，没有任何变更"), "{inside}");
    assert!(!inside.contains("store") && !inside.contains("journal_entry"), "{inside}");
    let ours = Failure::Unavailable("本市卡号段已用尽".into()).to_string();
    assert!(ours.contains("（本市卡号段已用尽）"), "{ours}");
}

#[test]
fn a_form_that_is_sent_again_has_the_digest_that_it_had_in_earlier_days() {
    let filled = FilledIn {
        draft: Box::new(FormDraft { form_no: "44010000001".into(), ..FormDraft::default() }),
        photo: Some(PhotoRef("p".into())),
        outlet: OrgId(3),
        collect_at: OrgId(4),
        agent: None,
        consent: Some(Consent { text_version: "2022".into(), by_guardian: false }),
        presented: Presented::default(),
        faults: Vec::new(),
        same: None,
    };
    let draft = serde_json::to_string(&filled.draft).expect("JSON");
    assert!(!draft.contains("issuing_authority"), "the items of the personal form are new");
    let body = format!(
        r#"{{"id":0,"draft":{draft},"photo":"p","outlet":3,"collect_at":4,"agent":null,"consent":{{"text_version":"2022","by_guardian":false}},"checks":[]}}"#
    );
    assert_eq!(body_of(&filled), body.into_bytes());
}

#[tokio::test]
async fn of_each_partner_the_latest_thousand_are_kept() {
    let w = World::new(On::Memory).await;
    let one = PartnerId::parse("registers:gd").expect("an id");
    for about in 1..=1_200 {
        let began = w.service.steady();
        w.service.asked(&one, ("/checks", about), began, (Came::Answered, "ok".to_owned()));
    }
    let by = |partner: &PartnerId, after, most| {
        let all = w.service.questions_for(&Actor::Partner(partner.clone()), after, most).unwrap();
        all.iter().map(|q| (q.id, q.about)).collect::<Vec<_>>()
    };
    let abouts = |questions: &[(i64, usize)]| questions.iter().map(|(_, about)| *about).collect::<Vec<_>>();
    let all = by(&one, 0, 1_000);
    assert_eq!((all.len(), abouts(&by(&one, 0, 2))), (1_000, vec![201, 202]));
    assert_eq!(abouts(&by(&one, all[998].0, 5)), [1_200]);
    let other = PartnerId::parse("registers:sz").expect("an id");
    assert!(by(&other, 0, 5).is_empty(), "another's questions are nobody else's");
}
