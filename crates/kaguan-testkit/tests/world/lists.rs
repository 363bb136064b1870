//! The lists of single cards that an office works through: they are asked together, and whoever stands on them is looked at once.

use kaguan_domain::clause;
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::ids::HolderId;
use kaguan_service::{AskedList, Narrow, Waiting};
use kaguan_store::Subject;
use kaguan_store::journal::Entry;
use kaguan_testkit::{BOTH, On, World};

fn list(which: Waiting, after: &str) -> AskedList {
    AskedList { which, chosen: Narrow::default(), after: after.to_owned(), cards: true }
}

#[tokio::test]
async fn art_32_3_the_lists_of_an_outlet_are_asked_together_and_whoever_is_on_two_is_looked_at_once() {
    clause!(R32.3);
    for on in BOTH {
        let w = World::new(on).await;
        let (service, store) = (&w.service, w.service.store());
        let clerk = w.officer(w.outlet()).await;
        let id = w.applicant(1, w.outlet()).await;
        let made = w.cards_made().await;
        w.at_outlet(made, w.outlet()).await;
        let all = || {
            [
                Waiting::Overdue,
                Waiting::ToOffer,
                Waiting::Missing,
                Waiting::Returning,
                Waiting::ToPost,
                Waiting::ToStore,
                Waiting::ToWithdraw,
                Waiting::Confiscated,
                Waiting::ToGiveBack,
                Waiting::GivenBack,
                Waiting::InPost,
            ]
            .map(|which| list(which, ""))
        };
        let trips = || store.engine().counters().read().1;
        let before = trips();
        let lists = service.waiting_cards(&clerk, &all()).await.unwrap();
        assert_eq!(trips() - before, 2, "{on:?}: the boxes, and how many there are on each list");
        assert!(lists.iter().all(|l| l.n == (0, false) && l.part.rows.is_empty()), "{on:?}");
        let before = trips();
        service.cards_waiting(&clerk).await.unwrap();
        assert_eq!(trips() - before, 1, "{on:?}: the first page asks once");
        // In the post and never signed for: it stands on two lists.
        w.posted(id, "EMS1", None).await;
        w.days_pass(200);
        let before = trips();
        let lists = service.waiting_cards(&clerk, &all()).await.unwrap();
        assert!(trips() - before <= 10, "{on:?}: {}", trips() - before);
        let n: Vec<usize> = lists.iter().map(|l| l.part.rows.len()).collect();
        assert_eq!(n, [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], "{on:?}");
        assert!(lists.iter().zip(n).all(|(l, n)| l.n == (n, false) && l.part.more.is_none()), "{on:?}");
        let lines = store.entries_of(Subject::Holder(id), 2).await.unwrap();
        let reason = |line: &Entry| match store.holder_events(line).unwrap().pop() {
            Some(HolderEvent::LookedAt { reason, .. }) => Some(reason),
            _ => None,
        };
        let both = "逾期未领卡、邮递途中清单（脱敏显示，社保卡卡号除外）";
        assert_eq!(lines.iter().map(reason).collect::<Vec<_>>(), [Some(both.to_owned()), None], "{on:?}");
        // Whoever wants one of them opens nobody for the other, and is told how many it has.
        let one = [AskedList { cards: false, ..list(Waiting::Overdue, "") }, list(Waiting::InPost, "")];
        let lists = service.waiting_cards(&clerk, &one).await.unwrap();
        assert_eq!(lists.iter().map(|l| (l.n.0, l.part.rows.len())).collect::<Vec<_>>(), [(1, 0), (1, 1)]);
        let lines = store.entries_of(Subject::Holder(id), 1).await.unwrap();
        assert_eq!(reason(&lines[0]).as_deref(), Some("邮递途中清单（脱敏显示，社保卡卡号除外）"));
        w.verified().await;
    }
}

#[tokio::test]
async fn art_32_3_what_is_overdue_in_a_box_is_counted_and_the_next_part_goes_on_after_the_first() {
    clause!(R32.3);
    let w = World::new(On::Memory).await;
    let mut people = Vec::new();
    for n in 1..=26 {
        people.push(w.applicant(n, w.outlet()).await);
    }
    people.sort_unstable();
    let made = w.cards_made().await;
    w.at_outlet(made, w.outlet()).await;
    let clerk = w.officer(w.outlet()).await;
    let part = async |after: &str| {
        let lists = w.service.waiting_cards(&clerk, &[list(Waiting::Overdue, after)]).await.unwrap();
        let list = lists.into_iter().next().unwrap();
        let here: Vec<HolderId> = list.part.rows.iter().map(|row| row.seen.file.id).collect();
        (list.n, here, list.part.more)
    };
    assert_eq!(part("").await, ((0, false), Vec::new(), None), "they wait, and not for six months");
    w.days_pass(200);
    let (n, mut all, more) = part("").await;
    assert_eq!((n, all.len()), ((26, false), 24));
    let (n, rest, more) = part(&more.unwrap()).await;
    assert_eq!((n, more), ((26, false), None));
    all.extend(rest);
    assert_eq!(all, people, "nobody is left out or shown twice");
    w.verified().await;
}
