//! The carrier's doors: the letters in its hands, and what it says of them.

use crate::caller::{doors, partner};
use kaguan_api::bank::Done;
use kaguan_api::post::{AskLabels, Labels, ParcelEvent, ParcelNamed, ParcelSigned, ParcelStep, Parcels};
use kaguan_domain::clause;
use kaguan_domain::facts::card::Social;
use kaguan_domain::facts::custody::Custody;
use kaguan_domain::facts::post::Manner;
use kaguan_store::Subject;
use kaguan_testkit::{BOTH, World};

#[tokio::test]
async fn art_14_1_a_carrier_is_told_where_its_letters_go_and_says_how_far_they_are_and_who_signed() {
    clause!(R14.1);
    clause!(R10.5);
    clause!(R39.1);
    for on in BOTH {
        let w = World::new(on).await;
        let router = doors(&w);
        let ems = partner(&w, "post:ems", &router).await;
        let id = w.applicant(1, w.outlet()).await;
        let batch = w.cards_made().await;
        w.at_outlet(batch, w.outlet()).await;
        let code = w.posted(id, "EMS1", None).await;
        let other = partner(&w, "post:sf", &router).await;
        let (status, body) = other.call("GET", "/api/post/v1/parcels", None, b"").await;
        let none: Parcels = serde_json::from_slice(&body).unwrap();
        assert!(status.is_success() && none.parcels.is_empty(), "another's letters");
        let (_, body) = ems.call("GET", "/api/post/v1/parcels", None, b"").await;
        let name = w.draft(1).name;
        assert!(!String::from_utf8_lossy(&body).contains(&name), "the list names nobody");
        let all: Parcels = serde_json::from_slice(&body).unwrap();
        assert_eq!((all.parcels.len(), all.next), (1, None));
        let letter = &all.parcels[0];
        assert_eq!((&*letter.tracking, &*letter.outlet), ("EMS1", "44010600000101"));
        let ask = |tracking: &str| AskLabels {
            parcels: vec![ParcelNamed { parcel: letter.parcel.clone(), tracking: tracking.into() }],
        };
        let labels: Labels = other.post("/api/post/v1/labels", "l", &ask("EMS1")).await;
        assert_eq!(labels.labels[0].code, "not_your_data");
        let labels: Labels = ems.post("/api/post/v1/labels", "l", &ask("EMS2")).await;
        assert!(labels.labels[0].code == "not_found" && labels.labels[0].recipient.is_none());
        let labels: Labels = ems.post("/api/post/v1/labels", "l", &ask("EMS1")).await;
        let file = w.file(id).await.0;
        let to = file.applications[0].delivery.clone().unwrap();
        assert_eq!(labels.labels[0].mailing_address.as_ref(), Some(&to.address));
        let looks = w.service.store().entries_of(Subject::Holder(id), 50).await.unwrap();
        let told = looks.iter().filter(|l| l.is_done() && l.command == "collection.take_label");
        assert_eq!(told.map(|l| l.actor.as_str()).collect::<Vec<_>>(), ["post:ems"], "who was told where");
        let event = |step, reason: Option<&str>| ParcelEvent {
            parcel: letter.parcel.clone(),
            tracking: "EMS1".into(),
            step,
            at: ems.time,
            reason: reason.map(str::to_owned),
        };
        let path = "/api/post/v1/events";
        let done: Done = ems.post(path, "e1", &event(ParcelStep::Accepted, None)).await;
        let again: Done = ems.post(path, "e1", &event(ParcelStep::Accepted, None)).await;
        assert_eq!((again.entry, again.repeated), (done.entry, true));
        let why = ems.refused(path, "e2", &event(ParcelStep::NotDelivered, None)).await;
        assert!(why.code == "material_defective" && why.detail.contains("须写明原因"), "{}", why.detail);
        let _: Done = ems.post(path, "e3", &event(ParcelStep::NotDelivered, Some("家中无人"))).await;
        let not_its = other.refused(path, "e1", &event(ParcelStep::Accepted, None)).await;
        assert_eq!(not_its.code, "not_your_data");
        let signed = |code: &str, on: String| ParcelSigned {
            parcel: letter.parcel.clone(),
            tracking: "EMS1".into(),
            pick_up_code: code.into(),
            proof_no: "TT-1".into(),
            signer: name.clone(),
            signed_on: on,
            relation: None,
        };
        let (path, today) = ("/api/post/v1/signatures", w.service.now().date().to_string());
        let wrong = if code.0 == "000000" { "000001" } else { "000000" };
        assert_eq!(ems.refused(path, "s1", &signed(wrong, today.clone())).await.code, "wrong_pick_up_code");
        let early = ems.refused(path, "s2", &signed(&code.0, "2020-01-01".into())).await;
        assert!(early.detail.contains("签收日期"), "{}", early.detail);
        let _: Done = ems.post(path, "s3", &signed(&code.0, today)).await;
        let file = w.file(id).await.0;
        let card = &file.cards[0];
        assert!(matches!(card.custody, Custody::WithHolder { .. }) && card.social == Social::NotEnabled);
        let signature = card.signature.as_ref().unwrap();
        assert_eq!(
            (signature.manner, signature.proof.as_ref().map(|p| &*p.number)),
            (Manner::Post, Some("TT-1"))
        );
        let over = ems.refused("/api/post/v1/events", "e4", &event(ParcelStep::Delivering, None)).await;
        assert_eq!(over.code, "wrong_stage");
        w.verified().await;
    }
}
