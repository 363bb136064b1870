//! Dead letters: sent again, or settled; never in the wrong order.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::intent::IntentState;
use kaguan_domain::facts::letter::LetterKind;
use kaguan_domain::ids::{BankCode, HolderId};
use kaguan_domain::link::{AnswerIntent, BankAnswer, ResolveIntent};
use kaguan_domain::loss::{Release, ReportTemporary};
use kaguan_domain::refusal::Reason;
use kaguan_service::Failure;
use kaguan_store::{MessageState, OutboxRow};
use kaguan_testkit::{BOTH, On, World};

/// Gives up what waits for a partner.
async fn give_up(w: &World, partner: &str) -> Vec<OutboxRow> {
    let waiting = w.service.store().outbox_due(partner, w.clock.now(), 100).await.unwrap();
    let dead = waiting.iter().cloned().map(|m| (m, MessageState::Dead, w.clock.now())).collect();
    w.service.store().outbox_settle(dead, Vec::new()).await.unwrap();
    waiting
}

async fn intent(w: &World, id: HolderId, seq: u32) -> IntentState {
    let card = &w.file(id).await.0.cards[0];
    card.intents.iter().find(|i| i.seq == seq).unwrap().state.clone()
}

fn why(outcome: Result<(), Failure>) -> Reason {
    outcome.unwrap_err().refusal().unwrap().reason
}

#[tokio::test]
async fn a_dead_letter_is_sent_again_or_settled_and_what_is_no_longer_so_is_not_sent() {
    for on in BOTH {
        let w = World::new(on).await;
        let (id, card) = w.with_card(1).await;
        w.service.deliver().await.unwrap();
        let me = Actor::System;
        w.about(
            &me,
            id,
            C::ReportTemporaryLoss(ReportTemporary { card, identity: None, verified: true, deputy: None }),
        )
        .await
        .unwrap();
        let (link, lost) = (give_up(&w, "bank:95588").await, give_up(&w, "ecard").await);
        assert_eq!((link.len(), lost.len()), (1, 1), "the bank and the e-card platform were to hear of it");
        w.about(&me, id, C::ReleaseLoss(Release { card, verified: true, deputy: None })).await.unwrap();
        let released = give_up(&w, "bank:95588").await;
        w.service.deliver().await.unwrap();
        let dead = async || {
            w.service.store().outbox_dead(100).await.unwrap().iter().map(|m| m.id).collect::<Vec<_>>()
        };
        assert_eq!(dead().await.len(), 3);

        // The platform has heard of the release since: that the card is lost is not told any more.
        assert_eq!(why(w.service.send_again(&me, lost[0].id).await), Reason::WrongStage);
        w.service.close_letter(&me, lost[0].id, "已失效").await.unwrap();
        assert_eq!(why(w.service.close_letter(&me, lost[0].id, "再次").await), Reason::NotFound);
        assert_eq!(why(w.service.send_again(&me, 1).await), Reason::NotFound, "no dead letter");

        // What the bank was asked goes again, as it was and under its number.
        w.service.send_again(&me, link[0].id).await.unwrap();
        let again = w.service.store().outbox_due("bank:95588", w.clock.now(), 100).await.unwrap();
        assert_eq!(again.iter().map(|m| (m.id, &m.body)).collect::<Vec<_>>(), [(link[0].id, &link[0].body)]);
        assert_eq!(again[0].attempts, 0);
        w.service.deliver().await.unwrap();

        // What was settled with the bank by hand says how, and is not sent.
        assert!(matches!(
            w.service.close_letter(&me, released[0].id, " ").await,
            Err(Failure::Refused(r)) if r.reason == Reason::MaterialDefective
        ));
        w.service.close_letter(&me, released[0].id, "已电话核对，银行侧已解挂").await.unwrap();
        assert!(
            matches!(intent(&w, id, 2).await, IntentState::Settled { note, .. } if note.contains("电话"))
        );
        assert!(dead().await.is_empty());
        let handled = w.service.store().entries_of_command("institution.dead_letter", 1, 10).await.unwrap();
        assert_eq!(handled.len(), 3, "each is in the journal");
        w.verified().await;
    }
}

#[tokio::test]
async fn a_dead_letter_whose_bank_was_asked_again_is_settled_by_itself_and_never_sent_twice() {
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    w.service.deliver().await.unwrap();
    let me = Actor::System;
    let lost = C::ReportTemporaryLoss(ReportTemporary { card, identity: None, verified: true, deputy: None });
    w.about(&me, id, lost).await.unwrap();
    let first = give_up(&w, "bank:95588").await;
    let bank = Actor::Bank(BankCode("95588".into()));
    let unknown = AnswerIntent { card, seq: 1, answer: BankAnswer::Unknown };
    w.about(&bank, id, C::AnswerIntent(unknown)).await.unwrap();
    w.clock.set(Instant(w.clock.now().0 + 1_000));
    let again = ResolveIntent { card, seq: 1, settled: None, closed: None };
    w.about(&me, id, C::ResolveIntent(again)).await.unwrap();
    let waiting = w.service.store().outbox_due("bank:95588", w.clock.now(), 100).await.unwrap();
    assert_eq!(waiting.len(), 1, "the bank is asked by another message");

    // Sent again, the bank would be asked twice; settled, the link goes on.
    assert_eq!(why(w.service.send_again(&me, first[0].id).await), Reason::WrongStage);
    w.service.close_letter(&me, first[0].id, "已由后一件询问").await.unwrap();
    assert_eq!(intent(&w, id, 1).await, IntentState::Wanted);
    assert!(w.service.store().outbox_dead(100).await.unwrap().is_empty());

    // The last message to the bank, given up, is still the link's.
    let second = give_up(&w, "bank:95588").await;
    w.service.send_again(&me, second[0].id).await.unwrap();
    w.verified().await;
}

#[tokio::test]
async fn whether_an_account_is_closed_is_not_read_out_of_how_a_dead_letter_was_settled() {
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    w.service.deliver().await.unwrap();
    let cancel = w.moved_out(id, card).await;
    w.about(&Actor::System, id, C::Cancel(cancel)).await.unwrap();
    let link = give_up(&w, "bank:95588").await;
    let letter = link.iter().find(|m| m.kind == LetterKind::Link.code()).unwrap().id;
    let settle = async || w.service.close_letter(&Actor::System, letter, "银行已销户").await;
    assert_eq!(why(settle().await), Reason::WrongStage);
    let settled = Some("尚有余额".to_owned());
    let left = ResolveIntent { card, seq: 1, settled, closed: Some(false) };
    w.about(&Actor::System, id, C::ResolveIntent(left)).await.unwrap();
    settle().await.unwrap();
    assert!(!w.file(id).await.0.cards[0].account_is_closed());
}
