//! 档案合并, from end to end on both engines: everything that finds somebody finds the file that answers for both, and the
//! journal replays.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::archive::{Case, MaterialKind};
use kaguan_domain::facts::card::Hold;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::lookup::LookedUp;
use kaguan_domain::facts::social_security_number::SocialSecurityNumber;
use kaguan_domain::holder::{DecideJoin, ProposeJoin, UndoJoin};
use kaguan_domain::ids::{CardId, HolderId, MaterialId};
use kaguan_domain::link::{AnswerIntent, BankAnswer};
use kaguan_domain::loss::{Release, ReportFormal, ReportTemporary};
use kaguan_domain::records::FileMaterial;
use kaguan_domain::refusal::Reason;
use kaguan_service::{Failure, Receipt};
use kaguan_store::Subject;
use kaguan_testkit::{BOTH, World};

fn refused(outcome: Result<Receipt, Failure>) -> Reason {
    match outcome {
        Err(Failure::Refused(r)) => r.reason,
        other => panic!("should be refused: {other:?}"),
    }
}

fn propose(other: HolderId, keep: CardId) -> C {
    C::ProposeJoin(ProposeJoin { other, reason: "本人持两证到场".into(), keep: Some(keep) })
}

fn approve(other: HolderId) -> C {
    C::DecideJoin(DecideJoin { other, approved: true, reason: String::new() })
}

async fn stored(w: &World, id: HolderId) -> HolderFile {
    w.file(id).await.0
}

fn number(file: &HolderFile) -> SocialSecurityNumber {
    file.person.as_ref().unwrap().details.ssn.clone()
}

/// The bank confirms the last thing that it was asked about a card.
async fn bank_answers(w: &World, id: HolderId, card: CardId) {
    let file = stored(w, id).await;
    let card = file.card(card).unwrap();
    let (seq, answer) = (card.intents.last().unwrap().seq, BankAnswer::Done);
    let answer = C::AnswerIntent(AnswerIntent { card: card.id, seq, answer });
    w.about(&Actor::Bank(card.bank.clone()), id, answer).await.unwrap();
}

#[tokio::test]
async fn art_5_5_two_files_of_one_person_are_one_for_everybody_and_come_apart_again() {
    for on in BOTH {
        clause!(R5.5);
        clause!(R3.2);
        let w = World::new(on).await;
        let (a, first) = w.with_card(1).await;
        let (b, second) = w.with_card(2).await;
        let numbers = (number(&stored(&w, a).await), number(&stored(&w, b).await));
        let second_at_bank = stored(&w, b).await.cards[0].bank_account.bank_card_no.clone();
        let file = FileMaterial {
            id: MaterialId(w.service.fresh()),
            case: Case::Card(second),
            kind: MaterialKind::Identity,
            digest: None,
            cabinet: Some("甲柜3格".into()),
            org: w.outlet(),
            more: Vec::new(),
        };
        w.about(&Actor::System, b, C::FileMaterial(file)).await.unwrap();
        let city = w.officer(w.org("44010000000001")).await;
        let other = w.officer(w.org("44010000000001")).await;
        let elsewhere = w.officer(w.org("44030000000001")).await;
        w.service.deliver().await.unwrap();
        assert_eq!(refused(w.about(&elsewhere, a, propose(b, first)).await), Reason::OutOfScope);
        w.about(&city, a, propose(b, first)).await.unwrap();
        let waiting = w.service.joins_waiting(&other, "").await.unwrap().rows;
        let last = waiting.last().map(|j| format!("{}.{}.{}", j.since.0, j.stays, j.other)).unwrap();
        assert!(
            w.service.joins_waiting(&other, &last).await.unwrap().rows.is_empty(),
            "nothing is behind it"
        );
        assert!(w.service.joins_waiting(&elsewhere, "").await.unwrap().rows.is_empty(), "another city's");
        assert_eq!(waiting.iter().map(|j| (j.stays, j.other)).collect::<Vec<_>>(), [(a, b)]);
        assert_eq!(refused(w.about(&city, a, approve(b)).await), Reason::OwnProposal);
        let line = w.about(&other, a, approve(b)).await.unwrap();
        assert_eq!(line.subject, Subject::Holder(a));
        assert!(w.service.joins_waiting(&city, "").await.unwrap().rows.is_empty());
        w.verified().await;

        // Whoever asks by anything of the second file is answered by the first.
        for number in [&numbers.0, &numbers.1] {
            let ctx = w.service.ctx(city.clone(), Channel::Console, None);
            let seen = w.service.look_up(ctx, &LookedUp::of(number.clone()), "核对").await.unwrap().remove(0);
            assert_eq!((seen.file.id, seen.file.cards.len(), seen.file.applications.len()), (a, 2, 2));
            let history = w.service.history(&seen, 200).await.unwrap();
            let of = |id| history.iter().filter(|e| e.subject == Subject::Holder(id).text()).count();
            assert!(of(a) > 3 && of(b) > 3, "the lines of both");
            assert!(history.windows(2).all(|w| w[0].seq > w[1].seq));
        }
        let found = w.service.card_of_bank_number(second_at_bank.as_str()).await.unwrap();
        assert_eq!(found.map(|(holder, card, _)| (holder, card)), Some((a, second)));
        let state = w.service.card_state(&city, numbers.1.as_str()).await.unwrap().into_shown().unwrap();
        assert!(state.in_force, "the person's card is the first one, whichever number is asked for");
        let file = stored(&w, b).await;
        assert_eq!(file.id, a, "the second file answers nothing itself");
        assert!(file.card(second).unwrap().holds.contains(&Hold::OneCardCleanUp));
        assert_eq!(file.person.as_ref().unwrap().archive.len(), 1);
        // A bank that knew the second file by its identity reaches the first.
        w.about(
            &Actor::Bank(file.cards[0].bank.clone()),
            b,
            C::ReportFormalLoss(ReportFormal { card: first, verified: true, deputy: None }),
        )
        .await
        .unwrap();
        assert!(stored(&w, a).await.card(first).unwrap().is_held());
        let release = C::ReleaseLoss(Release { card: first, verified: true, deputy: None });
        w.about(&Actor::Bank(file.cards[0].bank.clone()), a, release).await.unwrap();
        // Nobody applies a second time by the other number.
        let again = w.service.apply(Actor::System, Channel::Console, "again", {
            let mut again = w.apply(2, w.outlet());
            again.draft.form_no = "4401X1".into();
            again
        });
        assert!(matches!(refused(again.await), Reason::CardHeld | Reason::OneCardRequired));
        w.service.deliver().await.unwrap();
        w.verified().await;

        // While a bank has not answered, nothing is taken apart.
        let clerk = w.officer(w.bank_outlet()).await;
        let lose = C::ReportTemporaryLoss(ReportTemporary {
            card: first,
            identity: None,
            verified: true,
            deputy: None,
        });
        w.about(&clerk, a, lose).await.unwrap();
        let undo = || C::UndoJoin(UndoJoin { other: b, reason: "系双胞胎".into() });
        assert_eq!(refused(w.about(&city, a, undo()).await), Reason::JoinBlocked);
        bank_answers(&w, a, first).await;
        w.about(&city, a, undo()).await.unwrap();
        assert_eq!(refused(w.about(&city, a, approve(b)).await), Reason::OwnProposal);
        w.about(&other, a, approve(b)).await.unwrap();
        let (one, two) = (stored(&w, a).await, stored(&w, b).await);
        assert_eq!((one.id, one.cards.len(), one.applications.len()), (a, 1, 1));
        assert_eq!((two.id, two.cards.len(), two.applications.len()), (b, 1, 1));
        assert!(two.cards[0].in_force() && two.person.as_ref().unwrap().archive.len() == 1);
        assert_eq!(w.service.find(&numbers.1).await.unwrap(), Some(b));
        let found = w.service.card_of_bank_number(second_at_bank.as_str()).await.unwrap();
        assert_eq!(found.map(|(holder, card, _)| (holder, card)), Some((b, second)));
        let lose = C::ReportTemporaryLoss(ReportTemporary {
            card: second,
            identity: None,
            verified: true,
            deputy: None,
        });
        w.about(&clerk, b, lose).await.unwrap();
        // Its bank reaches the second file again.
        bank_answers(&w, b, second).await;
        w.verified().await;
    }
}

#[tokio::test]
async fn art_5_5_a_third_file_is_found_through_two_joinings() {
    for on in BOTH {
        clause!(R5.5);
        let w = World::new(on).await;
        let (a, first) = w.with_card(1).await;
        let (b, second) = w.with_card(2).await;
        let (c, _) = w.with_card(3).await;
        let third = number(&stored(&w, c).await);
        let province = w.officer(w.org("44000000000001")).await;
        w.service.deliver().await.unwrap();
        for (stays, other, keep) in [(b, c, second), (a, b, first)] {
            w.about(&province, stays, propose(other, keep)).await.unwrap();
            w.about(&Actor::System, stays, approve(other)).await.unwrap();
        }
        let ctx = w.service.ctx(province.clone(), Channel::Console, None);
        let seen = w.service.look_up(ctx, &LookedUp::of(third.clone()), "核对").await.unwrap().remove(0);
        assert_eq!((seen.file.id, seen.file.cards.len()), (a, 3));
        let lines = w.service.history(&seen, 500).await.unwrap();
        assert!(lines.iter().any(|e| e.subject == Subject::Holder(c).text()));
        assert_eq!(stored(&w, c).await.id, a);
        assert_eq!(seen.file.cards.iter().filter(|c| c.in_force()).count(), 1);
        w.verified().await;
    }
}
