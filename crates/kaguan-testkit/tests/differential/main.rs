//! Random lists of commands, legal and not, against small models written from the regulation's text and sharing no rule with the
//! system: of a card in hand, of cards on their way, of two files that are joined, and of humans with several passports. Every
//! answer and the end must be the same, on both engines. 3,000 commands of each of the first three and 100 comings of humans on each
//! engine; 100,000 and 2,000 with `KAGUAN_LONG=1`. A bug planted in a model is found.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod card;
mod documents;
mod joined;
mod way;

use kaguan_domain::ctx::{Actor, Ctx};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::counter::Shown;
use kaguan_domain::ids::{CardId, HolderId, MaterialId};
use kaguan_service::{Command, Failure, Receipt, Service};
use kaguan_store::MessageState;
use kaguan_testkit::{BOTH, On, World, stated};

const PEOPLE: u32 = 12;

/// A bug of a model's.
#[derive(Clone, Copy, PartialEq)]
enum Planted {
    Nothing,
    /// A posted card is handed over whatever code is given.
    AnyCode,
    /// A card that another was made for may be handed over when it is found.
    FoundIsUsable,
    /// Both cards of two joined files go on.
    BothCardsWork,
    /// Whoever comes with another passport is somebody else.
    NobodyAsks,
}

/// People with cards, all made in one batch.
async fn people(w: &World) -> Vec<(HolderId, CardId, Shown)> {
    let mut ids = Vec::new();
    for n in 0..PEOPLE {
        ids.push(w.applicant(n, w.outlet()).await);
    }
    let batch = w.cards_made().await;
    w.at_outlet(batch, w.outlet()).await;
    let mut out = Vec::new();
    for id in ids {
        let card = w.card_of(id).await;
        let outlet = w.outlet();
        let shown = w.shown(id).await;
        let hand_over = stated::handed_to_holder(card, outlet, shown.clone());
        w.about(&Actor::System, id, C::HandOver(hand_over)).await.unwrap();
        let activate = stated::activated_face_to_face(card, shown.clone());
        w.about(&Actor::System, id, C::Activate(activate)).await.unwrap();
        out.push((id, card, shown));
    }
    out
}

/// Everything else that writes to the store, over and over.
async fn beside(service: Service) {
    let store = service.store();
    for n in 0_u32.. {
        let material = MaterialId(service.fresh());
        let photos = [n.to_be_bytes().repeat(100)];
        let (photo, filed) =
            tokio::join!(store.put_photos(&photos), store.put_material(material, b"material"));
        assert!(store.photo(&photo.unwrap()[0]).await.unwrap().is_some());
        filed.unwrap();
        assert!(store.material(material).await.unwrap().is_some());
        store.delete_material(material).await.unwrap();
        if n % 2 == 0 {
            service.deliver().await.unwrap();
            continue;
        }
        let due = store.outbox_due("ecard", service.now(), 20).await.unwrap();
        store
            .outbox_settle(
                due.into_iter().map(|m| (m, MessageState::Dead, service.now())).collect(),
                Vec::new(),
            )
            .await
            .unwrap();
        for dead in store.outbox_dead(5).await.unwrap() {
            service.close_letter(&Actor::System, dead.id, "差分试验").await.unwrap();
        }
    }
}

/// Gives them all, while photos, the archive, the outbox and dead letters are written.
async fn beside_all(w: &World, given: Vec<(Ctx, Command)>) -> Vec<Result<Receipt, Failure>> {
    // When a number comes is chance, and would be in one of the two files.
    w.around.ecard.be_mute();
    let beside = tokio::spawn(beside(w.service.clone()));
    let answers = w.service.execute_all(given, |_| {}).await;
    beside.abort();
    let ended = beside.await;
    assert!(ended.as_ref().is_err_and(|e| e.is_cancelled()), "what goes beside goes on: {ended:?}");
    answers
}

/// How many seeds, and commands of each.
fn size() -> (u64, u32) {
    if std::env::var_os("KAGUAN_LONG").is_some() { (100, 1_000) } else { (6, 500) }
}

#[tokio::test]
async fn the_system_answers_as_the_regulation_does() {
    let (seeds, commands) = size();
    for on in BOTH {
        for seed in 0..seeds {
            card::compare(on, seed, commands).await;
        }
    }
}

#[tokio::test]
async fn the_system_answers_of_cards_on_their_way_as_the_regulation_does() {
    let (seeds, commands) = size();
    for on in BOTH {
        for seed in 0..seeds {
            way::compare(on, seed, commands, Planted::Nothing).await.unwrap();
        }
    }
}

#[tokio::test]
async fn the_system_answers_of_joined_files_as_the_regulation_does() {
    let (seeds, commands) = size();
    for on in BOTH {
        for seed in 0..seeds {
            joined::compare(on, seed, commands, Planted::Nothing).await.unwrap();
        }
    }
}

#[tokio::test]
async fn the_system_finds_humans_by_every_document_as_the_regulation_does() {
    let (seeds, commands) = size();
    for on in BOTH {
        for seed in 0..seeds / 5 {
            documents::compare(on, seed, commands / 10, Planted::Nothing).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_bug_planted_in_a_model_is_found() {
    let on = On::Memory;
    way::compare(on, 1, 500, Planted::AnyCode).await.unwrap_err();
    way::compare(on, 1, 500, Planted::FoundIsUsable).await.unwrap_err();
    joined::compare(on, 1, 500, Planted::BothCardsWork).await.unwrap_err();
    documents::compare(on, 1, 50, Planted::NobodyAsks).await.unwrap_err();
}
