//! The photo platform: from the number of a receipt to the photo, and to what was found in it.

use super::*;
use kaguan_domain::application::FilledIn;
use kaguan_domain::facts::application::{CheckItem, PhotoSource, Register};
use kaguan_domain::refusal::Refusal;
use kaguan_partner_sim::SimPhotos;
use kaguan_service::ports::ReceiptPhoto;
use kaguan_store::Subject;
use kaguan_testkit::portrait;

fn receipt(w: &World, n: u32) -> String {
    SimPhotos::receipt_of(&w.draft(n).document_number)
}

/// An application with the number of a receipt, and no photo.
fn with_receipt(w: &World, n: u32) -> FilledIn {
    let mut apply = w.apply(n, w.outlet());
    apply.photo = None;
    apply.presented.photo_from = Some(PhotoSource::Receipt);
    apply.draft.photo_receipt = receipt(w, n);
    apply
}

async fn apply(w: &World, n: u32) -> Result<HolderId, Box<Refusal>> {
    let key = format!("receipt{n}");
    match w.service.apply(Actor::System, Channel::Console, &key, with_receipt(w, n)).await {
        Ok(receipt) => match receipt.subject {
            Subject::Holder(id) => Ok(id),
            other => panic!("{other:?}"),
        },
        Err(Failure::Refused(r)) => Err(r),
        Err(e) => panic!("{e}"),
    }
}

#[tokio::test]
async fn art_10_3_the_photo_of_a_receipt_comes_from_its_platform_with_what_was_found_in_it() {
    clause!(R10.3);
    for on in BOTH {
        let w = World::new(on).await;
        let photos = &w.around.photos;
        let good = ReceiptPhoto::Photo { jpeg: portrait().0.clone(), findings: vec!["背景略暗".into()] };
        photos.give_out(&receipt(&w, 1), good);
        photos.give_out(&receipt(&w, 2), ReceiptPhoto::Failed { findings: vec!["双眼未睁开".into()] });
        let small = kaguan_files::portrait::draw_sized(1, 300, 400);
        photos.give_out(&receipt(&w, 3), ReceiptPhoto::Photo { jpeg: small, findings: Vec::new() });
        let (file, _) = w.file(apply(&w, 1).await.unwrap()).await;
        let photo = file.person.as_ref().unwrap().photo.clone().expect("the photo is here");
        assert_eq!(w.service.store().photo(&photo.0).await.unwrap().as_ref(), Some(&portrait().0));
        let a = &file.applications[0];
        assert_eq!(a.photo_from, Some(PhotoSource::Receipt));
        let check = a.checks.iter().rev().find(|c| c.item == CheckItem::Photo).unwrap();
        assert_eq!((check.source, &*check.said), (Register::PhotoPlatform, &["背景略暗".to_owned()][..]));
        // What is not good is told with what was found, by the platform or by the standard, and what to do.
        for (n, found) in [(2, "双眼未睁开"), (3, "358")] {
            let refused = apply(&w, n).await.unwrap_err();
            let told: Vec<_> = refused.defects.iter().map(|d| (d.code, d.message.contains(found))).collect();
            assert_eq!(told, [("receipt_photo_failed", true)], "{:?}", refused.defects);
        }
        // A platform that keeps its photos has said that it knows the receipt: the card maker fetches the photo by it.
        let (file, _) = w.file(apply(&w, 4).await.unwrap()).await;
        assert!(file.person.as_ref().unwrap().photo.is_none());
        assert_eq!(file.applications[0].photo_from, Some(PhotoSource::Receipt));
        // A silent platform is never one that has no such receipt.
        photos.set_down(true);
        let waiting = apply(&w, 5).await.unwrap();
        assert_eq!(place(&w, waiting).await, Position::AwaitingCheck);
        photos.set_down(false);
        let mut strange = with_receipt(&w, 6);
        strange.draft.photo_receipt = "XP0".into();
        let nobodys = w.service.apply(Actor::System, Channel::Console, "strange", strange).await;
        let Err(Failure::Refused(nobodys)) = nobodys else { panic!("a receipt of nobody") };
        assert_eq!(nobodys.defects[0].code, "unknown_receipt");
        w.verified().await;
    }
}
