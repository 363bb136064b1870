//! A machine whose clock is set while the system runs, and while it does not.

use kaguan_domain::ctx::{Channel, Instant};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::records::Look;
use kaguan_service::clock::{Hands, TimeSource};
use kaguan_service::{Command, Failure, Service, reading};
use kaguan_store::Store;
use kaguan_testkit::{BOTH, World, fresh_store};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 24 * 60 * MINUTE;

async fn start(store: &Arc<Store>, hands: &Arc<Hands>) -> Service {
    let partners = kaguan_partner_sim::Surroundings::new().partners();
    Service::start(Arc::clone(store), TimeSource::Hands(Arc::clone(hands)), partners)
        .await
        .expect("the service starts")
}

#[tokio::test]
async fn eleven_years_ahead_or_two_hours_back_nothing_is_sent_and_the_journal_goes_on() {
    for on in BOTH {
        // A province at work, with a card whose clocks will run out some day.
        let store = Arc::new(fresh_store(on).await);
        let w = World::in_use(Arc::clone(&store)).await;
        let (id, _) = w.with_card(1).await;
        let officer = w.officer(w.outlet()).await;
        let now = w.clock.now().0;
        let hands = Arc::new(Hands { wall: AtomicI64::new(now), steady: AtomicI64::new(0) });
        let service = start(&store, &hands).await;
        let lines = async || service.store().entries_from(1, 100_000).await.unwrap();
        service.duties().await.unwrap();
        let before = lines().await.len();
        for jump in [11 * 365 * DAY, -2 * 60 * MINUTE] {
            hands.wall.fetch_add(jump, Ordering::SeqCst);
            let held = service.held().unwrap();
            assert!(held.contains("值守") && held.contains("kaguan duties --clock-is-right"), "{held}");
            assert_eq!(service.duties().await.unwrap().get("clock_jumped"), Some(&1));
            assert_eq!(service.tell_ready().await.unwrap(), 0);
            assert!(service.compare_deaths().await.unwrap().is_none());
            assert_eq!(lines().await.len(), before, "nothing is done by a clock that somebody has set");
            // Whoever waits at a counter is served, at the time that it is.
            hands.wall.fetch_add(MINUTE, Ordering::SeqCst);
            hands.steady.fetch_add(MINUTE, Ordering::SeqCst);
            let at = service.now().0;
            assert!((0..DAY).contains(&(at - now)), "{}", at - now);
            hands.wall.fetch_sub(jump, Ordering::SeqCst);
            assert_eq!(service.held(), None, "right again");
        }
        // Set back while the system was down.
        let ctx = service.ctx(officer.clone(), Channel::Console, None);
        let look = Command::of(id, HolderCommand::Look(Look { reason: "核对".into(), material: None }));
        service.execute(ctx, look.clone()).await.unwrap();
        hands.wall.fetch_sub(3 * DAY, Ordering::SeqCst);
        let again = start(&store, &hands).await;
        assert!(again.held().unwrap().contains("慢3天"), "{:?}", again.held());
        let ctx = again.ctx(officer, Channel::Console, None);
        again.execute(ctx, look).await.unwrap();
        let all = again.store().entries_from(1, 100_000).await.unwrap();
        assert!(all.windows(2).all(|two| two[0].at <= two[1].at), "times never run back");
        // An operator says that it is right: timed work goes on.
        hands.wall.fetch_add(3 * DAY + 20 * MINUTE, Ordering::SeqCst);
        assert!(again.held().is_some());
        again.accept_clock();
        assert_eq!(again.held(), None);
        assert!(!again.duties().await.unwrap().contains_key("clock_jumped"));
    }
}

#[tokio::test]
async fn a_command_that_came_in_first_and_was_queued_second_is_not_written_down_as_earlier() {
    let w = World::new(kaguan_testkit::On::Memory).await;
    let (id, _) = w.with_card(1).await;
    let officer = w.officer(w.outlet()).await;
    let look = || Command::of(id, HolderCommand::Look(Look { reason: "核对".into(), material: None }));
    let first = w.service.ctx(officer.clone(), Channel::Console, None);
    w.clock.set(Instant(w.clock.now().0 + 1_000));
    let second = w.service.ctx(officer, Channel::Console, None);
    let later = w.service.execute(second, look()).await.unwrap().entry;
    let earlier = w.service.execute(first, look()).await.unwrap().entry;
    let lines = w.service.store().entries_from(later, 10).await.unwrap();
    assert_eq!((lines[0].seq, lines[1].seq), (later, earlier));
    assert!(lines[0].at <= lines[1].at);
}

#[tokio::test]
async fn what_may_only_read_changes_nothing_whatever_command_it_gives() {
    let w = World::new(kaguan_testkit::On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let officer = w.officer(w.bank_outlet()).await;
    let before = w.service.store().entries_from(1, 100_000).await.unwrap().len();
    let ctx = || w.service.ctx(officer.clone(), Channel::Console, None);
    let lose = kaguan_domain::loss::ReportFormal { card, verified: true, deputy: None };
    let lose = Command::of(id, HolderCommand::ReportFormalLoss(lose));
    let refused = reading(w.service.execute(ctx(), lose.clone())).await;
    assert!(matches!(refused, Err(Failure::Refused(_))), "{refused:?}");
    let many = reading(w.service.execute_all(vec![(ctx(), lose.clone())], |_| {})).await;
    assert!(many.iter().all(Result::is_err));
    assert_eq!(w.service.store().entries_from(1, 100_000).await.unwrap().len(), before);
    let look = Command::of(id, HolderCommand::Look(Look { reason: "核对".into(), material: None }));
    let looked = w.service.ctx(officer.clone(), Channel::Console, None);
    reading(w.service.execute(looked, look)).await.unwrap();
    w.service.execute(ctx(), lose).await.unwrap();
}
