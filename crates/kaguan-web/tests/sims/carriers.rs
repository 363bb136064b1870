//! The e-card platform, a photo platform, a carrier and a terminal over HTTP, each as a process would be.

use crate::beside::{asked, beside, http, on_a_day, served, tell, until};
use kaguan_domain::clause;
use kaguan_domain::facts::custody::Custody;
use kaguan_domain::facts::face::FaceResult;
use kaguan_domain::facts::post_news::PostStep;
use kaguan_domain::ids::HolderId;
use kaguan_partner_sim::SimPhotos;
use kaguan_partner_sim::process::{Trouble, What};
use kaguan_service::ports::{Courier, FaceAsk, Faces, Message, PhotoPlatform, ReceiptAsk, ReceiptPhoto};
use kaguan_testkit::{On, World};
use kaguan_web::partner::{HttpCourier, HttpFaces, HttpPhotos};
use serde_json::{Value, json};

/// Somebody's card at its outlet.
async fn at_the_outlet(w: &World) -> HolderId {
    let id = w.applicant(1, w.outlet()).await;
    let batch = w.cards_made().await;
    w.at_outlet(batch, w.outlet()).await;
    id
}

#[tokio::test]
async fn art_2_1_an_e_card_platform_that_answers_later_tells_the_number_until_it_is_taken() {
    clause!(R2.1);
    let dir = tempfile::tempdir().unwrap();
    let w = World::new(On::Memory).await;
    let system = served(&w).await;
    let later = Trouble { answer_later: 1.0, ..Trouble::default() };
    on_a_day(&w, &system, What::Ecard, "main", dir.path(), later).await;
    let id = at_the_outlet(&w).await;
    let courier = HttpCourier::new(http(), w.around.ecard.clone());
    courier.attach(&w.service);
    let due = w.service.store().outbox_due("ecard", w.clock.now(), 10).await.unwrap();
    let issue = Message::try_from(&due[0]).unwrap();
    until("the platform takes it", async || courier.deliver(&issue).await == Ok(None)).await;
    let signed = async || w.file(id).await.0.cards[0].signed_e_card.clone().map(|e| e.number);
    until("the number comes", async || signed().await.is_some()).await;
    assert_eq!(signed().await, kaguan_partner_sim::e_card_of(w.card_of(id).await));
}

#[tokio::test]
async fn art_10_3_photo_platforms_are_asked_one_after_the_other_and_a_silent_one_is_not_taken_for_a_no() {
    clause!(R10.3);
    let dir = tempfile::tempdir().unwrap();
    let w = World::new(On::Memory).await;
    let system = served(&w).await;
    let state = |name: &str| dir.path().join(name);
    let down = Trouble { outage: true, ..Trouble::default() };
    let silent = on_a_day(&w, &system, What::Photos, "4403", &state("sz"), down).await;
    beside(&w, &system, What::Photos, "4401", &state("gz")).await;
    let photos = HttpPhotos::new(http(), w.around.photos.clone());
    photos.attach(&w.service);
    let number = w.draft(1).document_number;
    let ask = |receipt: String| ReceiptAsk { receipt, number: number.clone() };
    let asks = [ask(SimPhotos::receipt_of(&number)), ask("XP0".into())];
    let found = async || photos.photos(&asks, w.clock.now()).await;
    let is_photo = |p: &ReceiptPhoto| matches!(p, ReceiptPhoto::Photo { .. });
    until("the other platform has it", async || is_photo(&found().await[0])).await;
    assert!(found().await[1] == ReceiptPhoto::Unavailable, "one of them has not answered");
    assert_eq!(tell(silent, "trouble", &json!({})).await, 204);
    until("both have answered", async || found().await[1] == ReceiptPhoto::NotOnRecord).await;
}

#[tokio::test]
async fn art_24_faces_are_compared_by_the_registers_and_no_answer_is_no_yes() {
    clause!(R24.1);
    let dir = tempfile::tempdir().unwrap();
    let w = World::new(On::Memory).await;
    let system = served(&w).await;
    let down = Trouble { outage: true, ..Trouble::default() };
    let registers = on_a_day(&w, &system, What::Registers, "gd", dir.path(), down).await;
    let faces = HttpFaces::new(http(), w.around.faces.clone());
    faces.attach(&w.service);
    let chip = kaguan_testkit::portrait().0.clone();
    let said = async |live: Vec<u8>| faces.compare(&FaceAsk { live, chip: chip.clone() }).await;
    assert_eq!(said(chip.clone()).await.result, FaceResult::NotComparable, "it is silent");
    assert_eq!(tell(registers, "trouble", &json!({})).await, 204);
    until("it answers", async || said(chip.clone()).await.result == FaceResult::Same).await;
    let known = said(chip.clone()).await;
    assert!(known.provider == "registers:gd" && known.reference.starts_with("SIM"));
    assert_eq!(said(kaguan_files::portrait::draw(77)).await.result, FaceResult::Different);
    assert_eq!(said(b"no picture".to_vec()).await.result, FaceResult::NotComparable);
}

#[tokio::test]
async fn art_14_1_a_carrier_takes_its_letter_says_how_far_it_is_and_who_signed_against_the_code() {
    clause!(R14.1);
    let dir = tempfile::tempdir().unwrap();
    let w = World::new(On::Memory).await;
    let system = served(&w).await;
    let ems = beside(&w, &system, What::Post, "ems", dir.path()).await;
    let id = at_the_outlet(&w).await;
    let code = w.posted(id, "EMS1", None).await;
    let steps = async || match &w.file(id).await.0.cards[0].custody {
        Custody::InPost { news, .. } => news.iter().map(|n| n.step).collect(),
        _ => Vec::new(),
    };
    until("it is on its way", async || steps().await == [PostStep::Accepted, PostStep::Delivering]).await;
    let labels: Vec<Value> = asked(ems, "labels").await;
    assert_eq!((labels.len(), &labels[0]["code"]), (1, &json!("done")));
    let signed = json!({
        "parcel": labels[0]["parcel"], "tracking": "EMS1", "pick_up_code": code.0, "proof_no": "TT-1",
        "signer": w.draft(1).name, "signed_on": w.clock.now().date().to_string(),
    });
    assert_eq!(tell(ems, "signed", &signed).await, 204);
    let in_hand = async || matches!(w.file(id).await.0.cards[0].custody, Custody::WithHolder { .. });
    until("the holder has it", in_hand).await;
}

#[tokio::test]
async fn art_19_1_a_terminal_answers_whoever_puts_the_card_in_and_knows_the_pin() {
    clause!(R19.1);
    let dir = tempfile::tempdir().unwrap();
    let w = World::new(On::Memory).await;
    let system = served(&w).await;
    let terminal = beside(&w, &system, What::Terminal, "t1", dir.path()).await;
    let (id, _) = w.with_card(1).await;
    let card = w.file(id).await.0.cards[0].clone();
    let visit = |n: &str, pin: bool| {
        let (card_no, chip) = (card.card_no.as_str(), card.chip.as_str());
        json!({ "id": n, "does": "progress", "inside": { "card_no": card_no, "chip": chip, "pin_verified": pin } })
    };
    for (n, pin) in [("1", true), ("2", false)] {
        assert_eq!(tell(terminal, "visits", &visit(n, pin)).await, 204);
    }
    let answers = async || asked::<Vec<(String, Value)>>(terminal, "visits").await;
    until("both are answered", async || answers().await.len() == 2).await;
    let said: Vec<Value> = answers().await.into_iter().map(|(_, a)| a["status"].clone()).collect();
    assert_eq!(said, [json!(200), json!(409)]);
}
