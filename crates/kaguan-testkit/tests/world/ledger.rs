//! 业务台账 (Article 6): the lines of whoever works at some offices, asked for by an index, on both engines.

use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel, Instant};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::records::Look;
use kaguan_service::Command;
use kaguan_testkit::{BOTH, World, stated};

#[tokio::test]
async fn art_6_1_what_offices_did_is_asked_for_by_an_index_and_is_what_the_journal_says() {
    clause!(R6.1);
    for on in BOTH {
        let w = World::new(on).await;
        let (id, card) = w.with_card(1).await;
        let (clerk, county) = (w.officer(w.outlet()).await, w.officer(w.org("44010600000001")).await);
        let look = || Command::of(id, C::Look(Look { reason: "核对".into(), material: None }));
        // It is handed over already.
        let shown = w.shown(id).await;
        let again = || {
            let hand_over = stated::handed_to_holder(card, w.outlet(), shown.clone());
            Command::of(id, C::HandOver(hand_over))
        };
        for (by, channel) in [
            (&clerk, Channel::File),
            (&clerk, Channel::Console),
            (&county, Channel::File),
            (&clerk, Channel::Online),
        ] {
            let refused = w.service.execute(w.service.ctx(by.clone(), channel, None), look()).await.is_err();
            assert_eq!(refused, *by == county);
            w.service.execute(w.service.ctx(by.clone(), channel, None), again()).await.unwrap_err();
        }
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
        let everybody: Vec<String> =
            w.service.institutions().officers().map(|o| Actor::Officer(o.id).text()).collect();
        let of = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
        for actors in [everybody, vec![clerk.text(), county.text()], vec![clerk.text()]] {
            for commands in [
                of(&["collection.hand_over", "distribution.redistribute", "holder.look"]),
                of(&["collection.hand_over"]),
            ] {
                for refused in [None, Some(true), Some(false)] {
                    let of = |l: &&kaguan_store::Line| {
                        actors.contains(&l.actor)
                            && l.channel != "online"
                            && commands.contains(&l.command)
                            && l.command != "holder.look"
                            && refused.is_none_or(|refused| refused == (l.outcome != "done"))
                    };
                    let mut expected: Vec<_> = all.iter().filter(of).cloned().collect();
                    expected.sort_by_key(|l| std::cmp::Reverse((l.at, l.seq)));
                    let asked = kaguan_store::LedgerAsked { actors: &actors, commands: &commands, refused };
                    let (mut found, mut before) = (Vec::new(), (Instant(i64::MAX), i64::MAX));
                    loop {
                        let part =
                            store.lines_of_offices(&asked, Instant(i64::MIN), before, 2).await.unwrap();
                        assert!(part.len() <= 2);
                        let Some(last) = part.last() else { break };
                        before = (last.at, last.seq);
                        found.extend(part);
                    }
                    assert_eq!(found, expected, "{on:?} {commands:?} {refused:?}");
                    assert!(refused == Some(false) || !found.is_empty(), "{on:?} {commands:?}");
                }
            }
        }
    }
}
