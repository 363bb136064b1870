//! 业务台账 (Article 6): the lines of whoever works at some offices, asked for by an index, on both engines.

use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel, Instant};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::records::Look;
use kaguan_service::Command;
use kaguan_testkit::{BOTH, World};

#[tokio::test]
async fn art_6_1_what_offices_did_is_asked_for_by_an_index_and_is_what_the_journal_says() {
    clause!(R6.1);
    for on in BOTH {
        let w = World::new(on).await;
        let (id, _) = w.with_card(1).await;
        let (clerk, county) = (w.officer(w.outlet()).await, w.officer(w.org("44010600000001")).await);
        let look = || Command::of(id, C::Look(Look { reason: "核对".into(), material: None }));
        for (by, channel) in [
            (&clerk, Channel::File),
            (&clerk, Channel::Console),
            (&county, Channel::File),
            (&clerk, Channel::Online),
        ] {
            let refused = w.service.execute(w.service.ctx(by.clone(), channel, None), look()).await.is_err();
            assert_eq!(refused, *by == county);
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
        let (looks, shipped) = ("holder.look".to_owned(), "distribution.redistribute".to_owned());
        for actors in [everybody, vec![clerk.text(), county.text()], vec![clerk.text()]] {
            for commands in [vec![looks.clone(), shipped.clone()], vec![looks.clone()]] {
                for refused in [None, Some(true), Some(false)] {
                    let of = |l: &&kaguan_store::Line| {
                        actors.contains(&l.actor)
                            && l.channel != "online"
                            && commands.contains(&l.command)
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
                    assert!(refused == Some(true) || !found.is_empty(), "{on:?} {commands:?}");
                }
            }
        }
    }
}
