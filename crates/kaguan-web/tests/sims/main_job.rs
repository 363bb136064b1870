//! A bank and a vendor do their part of the main job, on good days and bad ones.

use crate::beside::{asked, on_a_day, served, until};
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::BatchCommand;
use kaguan_domain::facts::custody::Custody;
use kaguan_domain::facts::person::PhotoRef;
use kaguan_domain::ids::{OrgId, VendorCode};
use kaguan_partner_sim::process::{Trouble, What};
use kaguan_store::Subject;
use kaguan_testkit::{On, World};
use std::collections::BTreeMap;

/// What a day of the main job comes to, without the identities that differ from world to world.
#[derive(PartialEq, Eq, Debug)]
struct End {
    /// Rows opened, failed by the bank, made, failed by the vendor.
    tally: [i64; 4],
    /// Rows failed because a field came back changed.
    changed: usize,
    /// The boxes: outlet, cards, whether under way.
    boxes: Vec<(OrgId, i64, bool)>,
    /// Each person's card: its number, that of the bank, whether it is in its box.
    cards: Vec<(String, String, bool)>,
    /// The accounts at the bank.
    accounts: Vec<(String, i64)>,
}

/// Five people's cards from the confirmed batch to the boxes under way, on one kind of day at the bank and another at
/// the vendor. The photos of the first so many are no JPEG.
async fn main_job(bank_day: Trouble, vendor_day: Trouble, no_jpeg: u32) -> End {
    let dir = tempfile::tempdir().unwrap();
    let w = World::new(On::Memory).await;
    let mut people = Vec::new();
    let gif = w.service.store().put_photos(&[b"GIF89a".to_vec()]).await.unwrap().remove(0);
    for n in 1..=5 {
        let mut apply = w.apply(n, w.outlet());
        if n <= no_jpeg {
            apply.photo = Some(PhotoRef(gif.clone()));
        }
        people.push(w.takes_in(n, apply).await);
    }
    let batch = w.confirmed_batch().await;
    let system = served(&w).await;
    let (at_bank, at_vendor) = (dir.path().join("bank"), dir.path().join("vendor"));
    let bank = on_a_day(&w, &system, What::Bank, "95588", &at_bank, bank_day.clone()).await;
    let vendor = on_a_day(&w, &system, What::Vendor, "1", &at_vendor, vendor_day.clone()).await;
    let reaches = async |state: &str| {
        until(state, async || {
            let file = w.service.batch(batch).await.unwrap().unwrap();
            let code = file.batch.as_ref().unwrap().state.code();
            // Of which no card was made, it is over.
            code == state || code == "ended"
        })
        .await;
    };
    reaches("opened").await;
    let hand_out = BatchCommand::HandOut { vendor: VendorCode("1".into()) };
    w.batch(&Actor::System, batch, hand_out).await.unwrap();
    reaches("made").await;
    let idle = async || asked::<usize>(vendor, "jobs").await == 0;
    until("the boxes are delivered", idle).await;
    for (at, day) in [(bank, &bank_day), (vendor, &vendor_day)] {
        // Whatever the day has in store has happened, and the system took nothing that was signed by nobody.
        let chances = [
            ("drop", day.drop),
            ("lose_reply", day.lose_reply),
            ("duplicate", day.duplicate),
            ("wrong_signature", day.wrong_signature),
            ("garbage", day.garbage),
            ("reorder", day.reorder),
        ];
        let struck = async || asked::<BTreeMap<String, u64>>(at, "struck").await;
        until("the bad day strikes", async || {
            let struck = struck().await;
            chances.iter().all(|(name, chance)| *chance == 0.0 || struck.contains_key(*name))
        })
        .await;
        assert_eq!(struck().await.get("forgery_taken"), None);
    }
    w.verified().await;
    let file = w.service.batch(batch).await.unwrap().unwrap();
    let t = &file.tally;
    let (mut cards, mut changed) = (Vec::new(), 0);
    for id in people {
        let store = w.service.store();
        for entry in store.entries_of(Subject::Holder(id), 100).await.unwrap() {
            if entry.outcome == "done" {
                changed += store
                    .holder_events(&entry)
                    .unwrap()
                    .iter()
                    .filter(|e| !e.changed_fields().is_empty())
                    .count();
            }
        }
        for card in &w.file(id).await.0.cards {
            let in_box = matches!(card.custody, Custody::InBox { r#box } if r#box == file.boxes[0].id);
            let numbers =
                (card.card_no.as_str().to_owned(), card.bank_account.bank_card_no.as_str().to_owned());
            cards.push((numbers.0, numbers.1, in_box));
        }
    }
    End {
        changed,
        tally: [t.opened, t.opening_failed, t.made, t.production_failed],
        boxes: file.boxes.iter().map(|b| (b.outlet, b.cards, b.on_the_way.is_some())).collect(),
        cards,
        accounts: asked(bank, "cards").await,
    }
}

#[tokio::test]
async fn a_bank_and_a_vendor_do_their_part_of_the_main_job_over_http() {
    let end = main_job(Trouble::default(), Trouble::default(), 0).await;
    assert_eq!(end.tally, [0, 0, 5, 0]);
    assert_eq!(end.boxes.iter().map(|b| (b.1, b.2)).collect::<Vec<_>>(), [(5, true)]);
    assert!(end.cards.len() == 5 && end.cards.iter().all(|c| c.2), "{end:?}");
    assert_eq!(end.accounts.len(), 5);
    // On a bad day it takes longer, and comes to the same.
    let bad_day = Trouble {
        drop: 0.2,
        lose_reply: 0.2,
        duplicate: 0.3,
        wrong_signature: 0.1,
        garbage: 0.1,
        reorder: 1.0,
        ..Trouble::default()
    };
    assert_eq!(main_job(bad_day.clone(), bad_day, 0).await, end);
}

#[tokio::test]
async fn a_vendor_that_changes_a_field_makes_no_card_of_the_row_and_packs_no_box_for_it() {
    let changed = Trouble { changed_field: 1.0, ..Trouble::default() };
    let end = main_job(Trouble::default(), changed, 0).await;
    assert_eq!((end.tally, end.changed), ([0, 0, 0, 5], 5), "each by the changed field, and not otherwise");
    assert_eq!((end.boxes.len(), end.cards.len()), (0, 0));
}

#[tokio::test]
async fn a_vendor_fails_the_row_whose_photo_is_no_jpeg_and_makes_the_others() {
    let end = main_job(Trouble::default(), Trouble::default(), 2).await;
    assert_eq!(end.tally, [0, 0, 3, 2]);
    assert_eq!((end.cards.len(), end.boxes.iter().map(|b| b.1).sum::<i64>()), (3, 3));
}
