//! The doors of self-service terminals: card and PIN stand for the holder.

use crate::caller::{doors, partner};
use kaguan_api::bank::Done;
use kaguan_api::business::CardStatus;
use kaguan_api::online::Progress;
use kaguan_api::terminal::{AskInside, CardInside, PinChangedInside};
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::pin::{Pin, PinChange};
use kaguan_domain::ids::BankCode;
use kaguan_domain::loss::ReportFormal;
use kaguan_testkit::{BOTH, World, stated};

#[tokio::test]
async fn art_19_1_a_holder_asks_and_changes_the_pin_at_a_terminal_by_card_and_old_pin_alone() {
    clause!(R19.1);
    clause!(R18.1);
    for on in BOTH {
        let w = World::new(on).await;
        let (id, card) = w.with_card(1).await;
        let router = doors(&w);
        let terminal = partner(&w, "terminal:t1", &router).await;
        let known = w.file(id).await.0.cards[0].clone();
        let inside = CardInside {
            card_no: known.card_no.as_str().into(),
            chip: known.chip.as_str().into(),
            pin_verified: true,
        };
        let asks = |inside: &CardInside| AskInside { inside: inside.clone() };
        let progress: Progress = terminal.post("/api/terminal/v1/progress", "p", &asks(&inside)).await;
        assert_eq!(progress.applications.len(), 1);
        let looks = w.service.store().entries_of_command("application.progress", 1, 10).await.unwrap();
        assert_eq!(looks.iter().map(|l| l.actor.as_str()).collect::<Vec<_>>(), ["terminal:t1"]);
        let status: CardStatus = terminal.post("/api/terminal/v1/status", "s", &asks(&inside)).await;
        assert!(status.in_force);
        let no_pin = CardInside { pin_verified: false, ..inside.clone() };
        for path in ["progress", "status"] {
            let path = format!("/api/terminal/v1/{path}");
            assert_eq!(terminal.refused(&path, "n", &asks(&no_pin)).await.code, "holder_not_verified");
        }
        let copied = CardInside { chip: "0".repeat(32), ..inside.clone() };
        let said = terminal.refused("/api/terminal/v1/progress", "c", &asks(&copied)).await;
        assert_eq!(said.code, "not_found", "the number alone opens nothing");
        // The initial PIN is changed at a counter.
        let path = "/api/terminal/v1/pin-changes";
        let changed = |inside: &CardInside| PinChangedInside { inside: inside.clone(), risks_told: true };
        assert_eq!(terminal.refused(path, "i", &changed(&inside)).await.code, "wrong_stage");
        let clerk = w.officer(w.outlet()).await;
        let at_counter = C::RecordPin(stated::pin_by_holder(card, PinChange::Changed, w.shown(id).await));
        w.about(&clerk, id, at_counter).await.unwrap();
        let untold = PinChangedInside { risks_told: false, ..changed(&inside) };
        assert!(terminal.refused(path, "u", &untold).await.detail.contains("用卡风险"));
        let done: Done = terminal.post(path, "c1", &changed(&inside)).await;
        let again: Done = terminal.post(path, "c1", &changed(&inside)).await;
        assert_eq!((again.entry, again.repeated), (done.entry, true));
        assert_eq!(w.file(id).await.0.cards[0].pin, Pin::Set);
        // A lost card that somebody puts in opens nothing.
        let lost = C::ReportFormalLoss(ReportFormal { card, verified: true, deputy: None });
        w.about(&Actor::Bank(BankCode("95588".into())), id, lost).await.unwrap();
        for said in [
            terminal.refused("/api/terminal/v1/progress", "l", &asks(&inside)).await,
            terminal.refused(path, "c2", &changed(&inside)).await,
        ] {
            assert_eq!(said.code, "card_held_back");
        }
        w.verified().await;
    }
}
