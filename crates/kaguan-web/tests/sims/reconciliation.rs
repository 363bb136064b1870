//! Reconciliation: exactly the planted differences are found, at a cost that follows them; what differs is repaired by intents.

use crate::beside::{asked, bank_beside, book_of, http, message_for_the_bank, seed, tell, until};
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::ids::{BankCode, CardNumber, PartnerId};
use kaguan_domain::institution::InstitutionCommand;
use kaguan_domain::loss::ReportFormal;
use kaguan_partner_sim::process::bank_card_of;
use kaguan_service::Command;
use kaguan_service::reconcile::{Difference, reconcile};
use kaguan_store::engine::{Sql, Write};
use kaguan_store::slot_of;
use kaguan_testkit::{On, World};
use kaguan_web::partner::{HttpBook, HttpCourier, SigningKey, client_of};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant as Timer;

/// Cards that nothing but reconciliation reads.
static CARDS: Sql = Sql::new(
    "CARDS",
    "INSERT INTO card (holder_id, card_id, application_id, batch_id, box_id, custody, social, account, in_force, holds, \
     card_no, valid_until, bank, place, mirror, body) {rows:iiiiitttittttiib}",
);

/// What says that the rows of the database have tags.
static AS_EARLIER: Sql = Sql::new("AS_EARLIER", "DELETE FROM meta WHERE name = 'tagged'");

#[tokio::test]
async fn exactly_the_planted_differences_are_found_at_a_cost_that_follows_them() {
    let long = std::env::var_os("KAGUAN_LONG").is_some();
    let (cards, planted) = if long { (1_000_000, 100) } else { (20_000, 20) };
    let dir = tempfile::tempdir().unwrap();
    let w = World::new(On::Memory).await;
    let at = bank_beside(&w, dir.path()).await;
    let store = w.service.store();
    let shared = store.shared_with("95588");
    let number = |n: u32| bank_card_of("95588", CardNumber::allocate('A', n).unwrap().as_str());
    let (mut rows, mut theirs, mut expected) = (Vec::new(), Vec::new(), BTreeMap::new());
    let every = cards / planted;
    for n in 1..=cards {
        let bank_card_no = number(n);
        let slot = slot_of(&shared, &bank_card_no);
        assert_eq!(slot, kaguan_api::reconcile::slot_of(&shared, &bank_card_no), "one meaning on both sides");
        let (ours, there) = match (n % every, n / every % 4) {
            (0, 0) => (Some(1), None),
            (0, 1) => (None, Some(1)),
            (0, 2) => (Some(1 | 2 << 2), Some(1)),
            (0, _) => (Some(1), Some(1 | 1 << 5)),
            _ => (Some(1), Some(1)),
        };
        if ours != there {
            expected.insert(slot, (ours, there));
        }
        if let Some(mirror) = ours {
            let texts = ["with_holder", "enabled", "active"].map(|t| t.into());
            let [custody, social, account] = texts;
            let id: i64 = i64::from(n) + 1_000;
            rows.push(vec![
                id.into(),
                id.into(),
                id.into(),
                1.into(),
                None::<i64>.into(),
                custody,
                social,
                account,
                true.into(),
                "".into(),
                "A".into(),
                "2036-01-01".into(),
                "95588".into(),
                slot.into(),
                mirror.into(),
                vec![0u8].into(),
            ]);
        }
        theirs.extend(there.map(|m| (bank_card_no, m)));
    }
    let on_our_side = rows.len() as i64;
    for chunk in rows.chunks(500) {
        store.engine().transact(vec![Write::rows(&CARDS, chunk.to_vec())]).await.unwrap();
    }
    // They were not written by the system: they get their tags as the rows of an earlier schema do.
    store.engine().transact(vec![Write::one(&AS_EARLIER, Vec::new(), Some(1))]).await.unwrap();
    store.migrate().await.unwrap();
    seed(at, &theirs).await;
    let book = book_of(&w.service, theirs.len() as i64).await;
    let began = Timer::now();
    let found = reconcile(store, "95588", &book).await.unwrap();
    let took = began.elapsed();
    let bits = |d: &Difference| (d.ours.map(i64::from), d.theirs.map(i64::from));
    let differences: BTreeMap<i64, _> =
        found.differences.iter().map(|d: &Difference| (d.slot, bits(d))).collect();
    assert_eq!(differences, expected);
    assert_eq!((differences.len(), found.differences.len()), (planted as usize, planted as usize));
    assert_eq!(found.cards, on_our_side);
    let whole: usize = theirs.iter().map(|(no, _)| format!("[{},1],", slot_of(&shared, no)).len()).sum();
    println!(
        "{cards} cards, {planted} differences: {} bytes in {:.2} s; the whole list has {whole} bytes",
        book.bytes(),
        took.as_secs_f64()
    );
    assert!(book.bytes() < whole as u64 / 2, "{} of {whole}", book.bytes());
}

#[tokio::test]
async fn what_differs_is_repaired_by_an_intent_and_the_account_itself_is_for_staff() {
    let dir = tempfile::tempdir().unwrap();
    let w = World::new(On::Memory).await;
    let (first, card) = w.with_card(1).await;
    let (closed, _) = w.with_card(2).await;
    let (lost_there, _) = w.with_card(3).await;
    // The bank's own counter lost it and forgot: here it holds.
    let bank = Actor::Bank(BankCode("95588".into()));
    w.about(
        &bank,
        first,
        HolderCommand::ReportFormalLoss(ReportFormal { card, verified: true, deputy: None }),
    )
    .await
    .unwrap();
    let at = bank_beside(&w, dir.path()).await;
    let mut accounts = Vec::new();
    for n in [1, 2, 3] {
        let number = kaguan_domain::facts::social_security_number::SocialSecurityNumber::parse(
            &w.draft(n).document_number,
        );
        let id = w.service.find(&number.unwrap()).await.unwrap().unwrap();
        let no = w.file(id).await.0.cards[0].bank_account.bank_card_no.as_str().to_owned();
        // The first is lost here and not at the bank; the second closed at the bank and in use here; the third lost at the
        // bank and not here: its word may be on the way, and no program undoes a loss.
        accounts.push((no, [1, 2, 1 | 2 << 2][n as usize - 1]));
    }
    seed(at, &accounts).await;
    let book = book_of(&w.service, 3).await;
    let found = reconcile(w.service.store(), "95588", &book).await.unwrap();
    assert_eq!(found.differences.len(), 3, "{found:?}");
    let (repaired, under_way, staff) = w.service.repair(&found.differences).await.unwrap();
    assert_eq!((repaired, under_way, staff.len()), (1, 0, 2));
    let for_staff: std::collections::BTreeSet<_> = staff.iter().map(|d| d.card.unwrap().0).collect();
    assert_eq!(for_staff, [closed, lost_there].into());
    let again = w.service.repair(&found.differences).await.unwrap();
    assert_eq!((again.0, again.1), (0, 1), "under way: not asked twice");
    // The message goes out over HTTP, and the bank does what it is asked to.
    let courier = Arc::new(HttpCourier::new(http(), w.around.banks.clone()));
    courier.attach(&w.service);
    let message = message_for_the_bank(&w).await;
    use kaguan_service::ports::Courier;
    let answer = courier.deliver(&message).await.unwrap();
    assert_eq!(answer, Some(kaguan_service::ports::Answer::Bank(kaguan_domain::link::BankAnswer::Done)));
    let found = reconcile(w.service.store(), "95588", &book).await.unwrap();
    assert_eq!(found.differences.len(), 2, "only what staff looks into: {found:?}");
    w.verified().await;
}

#[tokio::test]
async fn the_systems_key_changes_without_a_gap_for_whoever_learns_the_next_one_in_time() {
    let dir = tempfile::tempdir().unwrap();
    let w = World::new(On::Memory).await;
    let (id, _) = w.with_card(1).await;
    let at = bank_beside(&w, dir.path()).await;
    let account = w.file(id).await.0.cards[0].bank_account.bank_card_no.as_str().to_owned();
    seed(at, &[(account.clone(), 1)]).await;
    book_of(&w.service, 1).await;
    let from = Instant(w.clock.now().0 + 60_000_000);
    let change = |from| Command::Institution(InstitutionCommand::ChangeSystemKey { from });
    w.system(change(Instant(w.clock.now().0 - 1))).await.unwrap_err();
    w.system(change(from)).await.unwrap();
    w.system(change(from)).await.unwrap_err();
    let both = ["kaguan-1", "kaguan-2"];
    until("the bank learns the next key", async || asked::<Vec<String>>(at, "keys").await == both).await;
    let signs = || {
        let (store, institutions) = (w.service.store(), w.service.institutions());
        SigningKey::at(store, &institutions, w.service.now())
    };
    assert_eq!(signs().name, "kaguan-1", "not before its time");
    w.clock.set(from);
    let hand = signs();
    assert_eq!(hand.name, "kaguan-2");
    assert_ne!(hand.secret.public(), SigningKey::of(w.service.store(), 1).secret.public());
    // Ours to the bank, and the bank's to us, are both believed.
    let institutions = w.service.institutions();
    let bank = institutions.partner(&PartnerId::parse("bank:95588").unwrap()).unwrap();
    let http = http();
    let book = HttpBook::new(client_of(&http, bank, hand.clone(), w.service.now()).unwrap());
    assert!(reconcile(w.service.store(), "95588", &book).await.unwrap().differences.is_empty());
    let lose = serde_json::json!([{ "bank_card_no": account, "act": "lose" }]);
    assert_eq!(tell(at, "acts", &lose).await, 204);
    until("the loss is answered", async || asked::<usize>(at, "calls").await == 0).await;
    assert_eq!(w.file(id).await.0.cards[0].mirror().bits(), 1 | 1 << 2);
    // Whoever has not learned it believes nothing that is signed under it.
    let unknown = SigningKey { name: "kaguan-3".into(), ..hand };
    let book = HttpBook::new(client_of(&http, bank, unknown, w.service.now()).unwrap());
    reconcile(w.service.store(), "95588", &book).await.unwrap_err();
    w.verified().await;
}
