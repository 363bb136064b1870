//! Carriers and self-service terminals, with one fault each.

use crate::caller::{Partnered, doors, partner};
use crate::calling::{certified, world};
use kaguan_api::bank::Done;
use kaguan_api::online::Progress;
use kaguan_api::post::{AskLabels, Labels, ParcelEvent, ParcelNamed, ParcelSigned, ParcelStep, Parcels};
use kaguan_api::terminal::{AskInside, CardInside, PinChangedInside};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::pin::PinChange;
use kaguan_domain::ids::HolderId;
use kaguan_domain::permission::Verb;
use kaguan_testkit::{World, stated};

const UNREFUSED: &str = "重发使用原请求编号，没有被拒绝的请求";

/// What a carrier or a terminal does wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wrong {
    Nothing,
    LeavesOut(Verb),
    /// It is refused once: the wrong code of a letter, or risks that nobody was told.
    IsRefused,
}

impl Wrong {
    /// What the report says of it: what failed, and what proved nothing.
    fn said(self) -> (Vec<String>, Vec<String>) {
        match self {
            Self::Nothing => (Vec::new(), Vec::new()),
            Self::LeavesOut(verb) => (Vec::new(), vec![verb.name().to_owned()]),
            Self::IsRefused => (vec![UNREFUSED.to_owned()], Vec::new()),
        }
    }
}

/// A letter of one person in a carrier's hands, which does what it has to but for one thing.
async fn carries(w: &World, ems: &Partnered, id: HolderId, n: u32, wrong: Wrong) {
    let tracking = format!("EMS{n}");
    let code = w.posted(id, &tracking, ems.me.strip_prefix("post:")).await;
    let (_, body) = ems.call("GET", "/api/post/v1/parcels", None, b"").await;
    let all: Parcels = serde_json::from_slice(&body).unwrap();
    let parcel = all.parcels[0].parcel.clone();
    if wrong != Wrong::LeavesOut(Verb::TakeLabel) {
        let ask =
            AskLabels { parcels: vec![ParcelNamed { parcel: parcel.clone(), tracking: tracking.clone() }] };
        let labels: Labels = ems.post("/api/post/v1/labels", "l", &ask).await;
        assert_eq!(labels.labels[0].code, "done");
    }
    if wrong != Wrong::LeavesOut(Verb::TrackPost) {
        let event = ParcelEvent {
            parcel: parcel.clone(),
            tracking: tracking.clone(),
            step: ParcelStep::Accepted,
            at: ems.time,
            reason: None,
        };
        let _: Done = ems.post("/api/post/v1/events", "e", &event).await;
    }
    let signed = |code: &str| ParcelSigned {
        parcel: parcel.clone(),
        tracking: tracking.clone(),
        pick_up_code: code.into(),
        proof_no: format!("TT-{n}"),
        signer: w.draft(n).name,
        signed_on: w.service.now().date().to_string(),
        relation: None,
    };
    let path = "/api/post/v1/signatures";
    if wrong == Wrong::IsRefused {
        let other = if code.0 == "000000" { "000001" } else { "000000" };
        assert_eq!(ems.refused(path, "w", &signed(other)).await.code, "wrong_pick_up_code");
    }
    if wrong != Wrong::LeavesOut(Verb::ConfirmPost) {
        let _: Done = ems.post(path, "s", &signed(&code.0)).await;
    }
}

#[tokio::test]
async fn each_carrier_that_does_one_thing_wrong_is_not_certified_for_it() {
    let dir = tempfile::tempdir().unwrap();
    let w = world(dir.path()).await;
    let all = [
        Wrong::Nothing,
        Wrong::LeavesOut(Verb::TakeLabel),
        Wrong::LeavesOut(Verb::TrackPost),
        Wrong::LeavesOut(Verb::ConfirmPost),
        Wrong::IsRefused,
    ];
    let mut people = Vec::new();
    for n in 1..=5 {
        people.push(w.applicant(n, w.outlet()).await);
    }
    let batch = w.cards_made().await;
    w.at_outlet(batch, w.outlet()).await;
    let router = doors(&w);
    for ((wrong, id), n) in all.into_iter().zip(people).zip(1..) {
        let carrier = partner(&w, &format!("post:c{n}"), &router).await;
        carries(&w, &carrier, id, n, wrong).await;
        let (passed, failed, unproved) = certified(dir.path(), &[&carrier.me]);
        assert_eq!((passed, (failed, unproved)), (wrong == Wrong::Nothing, wrong.said()), "{wrong:?}");
    }
}

/// A holder at a terminal, which does what it has to but for one thing.
async fn serves(terminal: &Partnered, inside: &CardInside, wrong: Wrong) {
    if wrong != Wrong::LeavesOut(Verb::AskProgress) {
        let ask = AskInside { inside: inside.clone() };
        let _: Progress = terminal.post("/api/terminal/v1/progress", "p", &ask).await;
    }
    let path = "/api/terminal/v1/pin-changes";
    let changed = |risks_told| PinChangedInside { inside: inside.clone(), risks_told };
    if wrong == Wrong::IsRefused {
        assert!(terminal.refused(path, "u", &changed(false)).await.detail.contains("用卡风险"));
    }
    if wrong != Wrong::LeavesOut(Verb::ChangePin) {
        let _: Done = terminal.post(path, "c", &changed(true)).await;
    }
}

#[tokio::test]
async fn each_terminal_that_does_one_thing_wrong_is_not_certified_for_it() {
    let dir = tempfile::tempdir().unwrap();
    let w = world(dir.path()).await;
    let (id, card) = w.with_card(1).await;
    let clerk = w.officer(w.outlet()).await;
    let at_counter = C::RecordPin(stated::pin_by_holder(card, PinChange::Changed, w.shown(id).await));
    w.about(&clerk, id, at_counter).await.unwrap();
    let known = w.file(id).await.0.cards[0].clone();
    let inside = CardInside {
        card_no: known.card_no.as_str().into(),
        chip: known.chip.as_str().into(),
        pin_verified: true,
    };
    let router = doors(&w);
    let all = [
        Wrong::Nothing,
        Wrong::LeavesOut(Verb::AskProgress),
        Wrong::LeavesOut(Verb::ChangePin),
        Wrong::IsRefused,
    ];
    for (wrong, n) in all.into_iter().zip(1..) {
        let terminal = partner(&w, &format!("terminal:t{n}"), &router).await;
        serves(&terminal, &inside, wrong).await;
        let (passed, failed, unproved) = certified(dir.path(), &[&terminal.me]);
        assert_eq!((passed, (failed, unproved)), (wrong == Wrong::Nothing, wrong.said()), "{wrong:?}");
    }
}
