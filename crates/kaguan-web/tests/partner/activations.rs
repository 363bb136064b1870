//! How a bank's counter activates, as the handbook says it: by a proxy with images, and at home with three things stated.

use crate::caller::{doors, partner};
use kaguan_api::bank::{Activate, Deputy, Done, Manner};
use kaguan_api::online::{Ground, Relation};
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::archive::MaterialKind;
use kaguan_testkit::{On, World, portrait, stated};

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[tokio::test]
async fn a_proxy_activates_with_images_that_are_kept_and_never_by_an_archive_number_alone() {
    clause!(R16.2);
    let w = World::new(On::Memory).await;
    let id = w.applicant(1, w.outlet()).await;
    let batch = w.cards_made().await;
    w.at_outlet(batch, w.outlet()).await;
    let clerk = w.officer(w.outlet()).await;
    let hand_over = stated::handed_to_holder(w.card_of(id).await, w.outlet(), w.shown(id).await);
    w.about(&clerk, id, C::HandOver(hand_over)).await.unwrap();
    let bank = partner(&w, "bank:95588", &doors(&w)).await;
    let bank_card_no = w.file(id).await.0.cards[0].bank_account.bank_card_no.as_str().to_owned();
    let path = "/api/bank/v1/cards/activations";
    let by = |manner| Activate { bank_card_no: bank_card_no.clone(), manner };
    let proxy =
        |deputy: Option<Deputy>| by(Manner::Proxy { copy: "DA-1".into(), deputy: deputy.map(Box::new) });
    let said = bank.refused(path, "a-1", &proxy(None)).await;
    assert_eq!(said.code, "agent_not_allowed", "{said:?}");
    let image = base64(&portrait().0);
    let deputy = Deputy {
        name: "李四".into(),
        document_kind: "1".into(),
        document_number: w.draft(90).document_number,
        phone: "13900000000".into(),
        relation: Relation::DirectRelative,
        ground: Ground::Sick,
        identity_image: image.clone(),
        relation_image: image,
    };
    let blind = Deputy { relation_image: String::new(), ..deputy.clone() };
    assert_eq!(bank.refused(path, "a-2", &proxy(Some(blind))).await.code, "material_defective");
    let garbled = Deputy { identity_image: "不是".into(), ..deputy.clone() };
    assert_eq!(bank.refused(path, "a-3", &proxy(Some(garbled))).await.code, "material_defective");
    // At home nothing is taken for granted: life, identity and will are each stated, and so is whoever is there.
    for (n, (alive, identity, will)) in
        [(false, true, true), (true, false, true), (true, true, false)].into_iter().enumerate()
    {
        let clerks = ["0001".to_owned(), "0002".to_owned()];
        let visit = by(Manner::HomeVisit { clerks, alive, identity, will, deputy: None });
        let said = bank.refused(path, &format!("v-{n}"), &visit).await;
        assert_eq!(said.code, "documents_not_verified", "{said:?}");
    }
    let at_home = |deputy: Deputy| {
        let (clerks, deputy) = (["0001".to_owned(), "0002".to_owned()], Some(Box::new(deputy)));
        by(Manner::HomeVisit { clerks, alive: true, identity: true, will: true, deputy })
    };
    let blind = Deputy { relation_image: String::new(), ..deputy.clone() };
    assert_eq!(bank.refused(path, "v-3", &at_home(blind)).await.code, "material_defective");
    let away = Deputy { ground: Ground::Minor, ..deputy.clone() };
    assert_eq!(bank.refused(path, "v-4", &at_home(away)).await.code, "agent_not_allowed");
    let done: Done = bank.post(path, "a-5", &proxy(Some(deputy))).await;
    assert!(!done.repeated);
    let file = w.file(id).await.0;
    let archive = &file.person.as_ref().unwrap().archive;
    let kinds: Vec<MaterialKind> = archive.iter().map(|m| m.kind).collect();
    for kind in [MaterialKind::AgentIdentity, MaterialKind::RelationProof] {
        assert!(kinds.contains(&kind), "{kind:?} is kept: {kinds:?}");
    }
    w.verified().await;
}

#[tokio::test]
async fn art_16_4_whoever_is_there_at_a_banks_visit_is_said_and_his_papers_are_kept() {
    clause!(R16.4);
    let w = World::new(On::Memory).await;
    let id = w.applicant(1, w.outlet()).await;
    let batch = w.cards_made().await;
    w.at_outlet(batch, w.outlet()).await;
    let clerk = w.officer(w.outlet()).await;
    let hand_over = stated::handed_to_holder(w.card_of(id).await, w.outlet(), w.shown(id).await);
    w.about(&clerk, id, C::HandOver(hand_over)).await.unwrap();
    let bank = partner(&w, "bank:95588", &doors(&w)).await;
    let image = base64(&portrait().0);
    let deputy = Deputy {
        name: "李四".into(),
        document_kind: "1".into(),
        document_number: w.draft(90).document_number,
        phone: "13900000000".into(),
        relation: Relation::Guardian,
        ground: Ground::Incapable,
        identity_image: image.clone(),
        relation_image: image,
    };
    let clerks = ["0001".to_owned(), "0002".to_owned()];
    let deputy = Some(Box::new(deputy));
    let visit = Activate {
        bank_card_no: w.file(id).await.0.cards[0].bank_account.bank_card_no.as_str().to_owned(),
        manner: Manner::HomeVisit { clerks, alive: true, identity: true, will: true, deputy },
    };
    let done: Done = bank.post("/api/bank/v1/cards/activations", "v-1", &visit).await;
    assert!(!done.repeated);
    let file = w.file(id).await.0;
    let archive = &file.person.as_ref().unwrap().archive;
    let kinds: Vec<MaterialKind> = archive.iter().map(|m| m.kind).collect();
    for kind in [MaterialKind::AgentIdentity, MaterialKind::RelationProof] {
        assert!(kinds.contains(&kind), "{kind:?} is kept: {kinds:?}");
    }
    w.verified().await;
}
