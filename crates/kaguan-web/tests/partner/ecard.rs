//! The door of 全国社保卡服务平台: the number of an e-card comes back.

use crate::caller::{doors, partner};
use kaguan_api::bank::Done;
use kaguan_api::message::{ECardNumbered, Fetched, Waiting};
use kaguan_domain::clause;
use kaguan_testkit::{BOTH, World};

#[tokio::test]
async fn art_2_1_a_platform_that_fetches_its_messages_tells_the_number_of_each_e_card_later() {
    clause!(R2.1);
    for on in BOTH {
        let w = World::new(on).await;
        let router = doors(&w);
        let platform = partner(&w, "ecard:main", &router).await;
        let one = w.applicant(1, w.outlet()).await;
        let two = w.applicant(2, w.outlet()).await;
        w.cards_made().await;
        let (status, waiting) = platform.call("GET", "/api/messages/v1", None, b"").await;
        assert_eq!(status.as_u16(), 200);
        let waiting: Waiting = serde_json::from_slice(&waiting).unwrap();
        let asked = |card: i64| {
            let issue = waiting.messages.iter().find(|m| m.body["card"] == card).unwrap();
            assert_eq!(issue.kind, "ecard.issue");
            issue.body["number"].as_str().unwrap().to_owned()
        };
        let (card, other_card) = (w.card_of(one).await.0, w.card_of(two).await.0);
        let (number, other_number) = (asked(card), asked(other_card));
        let ids = waiting.messages.iter().map(|m| m.id).collect();
        let _: Waiting = platform.post("/api/messages/v1/fetched", "f", &Fetched { ids }).await;
        let told = |card, number: &str, e_card_no: &str| ECardNumbered {
            card,
            number: number.into(),
            e_card_no: e_card_no.into(),
        };
        let path = "/api/ecard/v1/numbers";
        let wrong = platform.refused(path, "w", &told(card, &number, "E 1")).await;
        assert_eq!((wrong.code.as_str(), wrong.defects.len()), ("material_defective", 1));
        // Somebody else's card under this person's number is nobody's.
        let mixed = platform.refused(path, "m", &told(other_card, &number, "E1")).await;
        assert_eq!(mixed.code, "not_found");
        let done: Done = platform.post(path, "n", &told(card, &number, "E1")).await;
        let again: Done = platform.post(path, "n", &told(card, &number, "E1")).await;
        assert_eq!((again.entry, again.repeated), (done.entry, true));
        let second = platform.refused(path, "s", &told(card, &number, "E2")).await;
        assert_eq!(second.code, "e_card_signed");
        let taken = platform.refused(path, "t", &told(other_card, &other_number, "E1")).await;
        assert_eq!((taken.code.as_str(), &*taken.defects[0].field), ("number_taken", "e_card_no"));
        let kept = w.file(one).await.0.cards[0].signed_e_card.clone().unwrap();
        assert_eq!(kept.number.as_str(), "E1");
        assert!(w.file(two).await.0.cards[0].signed_e_card.is_none());
        w.verified().await;
    }
}
