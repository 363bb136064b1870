//! What partners exchange about people: everything that a bank needs to open an account and a vendor to make a card.

use crate::caller::{caller, codes, json, send_text, served, text, verdicts};
use kaguan_api::bank::{Batches, OpeningData, OpeningResult, OpeningReturn};
use kaguan_api::message::{Attempts, Body, Waiting};
use kaguan_api::sign::Secret;
use kaguan_api::vendor::{
    CardKeyAsk, CardKeySet, PackBox, ProductionResult, ProductionReturn, ProductionRow,
};
use kaguan_domain::application::FilledIn;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::dispatch::BatchCommand;
use kaguan_domain::facts::application::{Agent, AgentGround, AgentRelation, Consent};
use kaguan_domain::facts::archive::MaterialKind;
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::form::FormDraft;
use kaguan_domain::facts::mirror::BankState;
use kaguan_domain::ids::{BankCode, HolderId, VendorCode};
use kaguan_files::sample::citizen_number;
use kaguan_partner_sim::process::bank_card_of;
use kaguan_service::apply::Image;
use kaguan_service::clock::TimeSource;
use kaguan_service::reconcile::Difference;
use kaguan_store::Subject;
use kaguan_testkit::{BOTH, On, World, guangzhou, portrait};

/// The `n`-th person with a changed form.
async fn applicant(w: &World, n: u32, change: impl FnOnce(&mut FormDraft)) -> HolderId {
    applying(w, n, |apply| change(&mut apply.draft)).await
}

async fn applying(w: &World, n: u32, change: impl FnOnce(&mut FilledIn)) -> HolderId {
    let mut apply = w.apply(n, w.outlet());
    change(&mut apply);
    let done = w.service.apply(Actor::System, Channel::Console, &format!("a{n}"), apply).await.unwrap();
    let Subject::Holder(id) = done.subject else { unreachable!() };
    id
}

fn opened(d: &OpeningData) -> OpeningReturn {
    let bank_card_no = bank_card_of("95588", &d.row.card_no);
    let account_no = format!("95588{}", d.row.card_no);
    let result = OpeningResult::Opened { bank_card_no, account_no };
    OpeningReturn { echo: d.row.clone(), details: Some(d.details.clone()), result }
}

fn made(d: &ProductionRow, r#box: &str) -> ProductionReturn {
    let n: u64 = d.data.row.rsplit('-').next().unwrap().parse().unwrap();
    let result = ProductionResult::Made {
        chip: format!("440100D156000005{n:016X}"),
        reset: format!("00814E4323{n:016X}"),
        made_on: TimeSource::Machine.now().date().to_string(),
        r#box: r#box.into(),
    };
    ProductionReturn {
        echo: d.data.clone(),
        details: Some(d.details.clone()),
        bank_card_no: d.bank_card_no.clone(),
        result,
    }
}

#[tokio::test]
async fn annex_7_partners_get_what_opening_an_account_and_making_a_card_take_and_change_nothing_of_it() {
    clause!(X7.2);
    clause!(X7.3);
    clause!(R34.1);
    clause!(R5.4);
    let w = World::new(On::Memory).await;
    let system = served(&w).await;
    let bank = caller(&w, &system, "bank:95588").await;
    let vendor = caller(&w, &system, "vendor:1").await;
    let other = caller(&w, &system, "vendor:2").await;
    let plain = applicant(&w, 1, |d| {
        d.mobile = "13800000001".into();
        d.collection_point = "955880001".into();
        d.household_kind = "51".into();
    })
    .await;
    let mut apply = w.apply(2, w.outlet());
    apply.draft.name = "张[CHUI]".into();
    let scan = Image { kind: MaterialKind::Identity, bytes: portrait().0.clone() };
    let taken = w.service.apply_with(Actor::System, Channel::Console, "rare", apply, vec![scan]).await;
    let Subject::Holder(rare) = taken.unwrap().subject else { unreachable!() };
    applicant(&w, 3, |_| {}).await;
    let batch = w.confirmed_batch().await;
    let b = format!("/api/bank/v1/batches/{batch}");
    let data: Vec<OpeningData> = bank.rows(&format!("{b}/opening-data")).await;
    let of = |id: HolderId| data.iter().find(|d| d.row.row.starts_with(&format!("{id}-"))).unwrap();
    let known = w.file(plain).await.0.person.unwrap().details;
    let none = bank.refused(&format!("{b}/opening-returns"), None, Vec::new()).await;
    assert_eq!(none.code, "idempotency_key_missing");
    let d = &of(plain).details;
    assert_eq!((d.collection_point.as_str(), d.agency.as_str()), ("955880001", "44010600000101"));
    assert_eq!(of(rare).details.collection_point, "44010600000101", "where none is named, who took it");
    assert_eq!(
        (d.document_kind.as_str(), d.nationality.as_str(), d.application_type.as_str()),
        ("01", "CHN", "1")
    );
    assert_eq!((d.mobile.as_str(), d.household_kind.as_str()), ("13800000001", "51"));
    assert_eq!((&d.sex, &d.occupation, &d.phone), (&known.sex, &known.occupation, &known.phone));
    assert_eq!(d.birth_date, known.birth_date.strftime("%Y%m%d").to_string());

    // The image of the document, for a rare character only, as it came with the application; each look is journaled.
    assert!(of(rare).document && !of(plain).document);
    let image = |id| format!("{b}/documents/{}", of(id).row.row);
    assert_eq!(bank.raw("GET", &image(rare), None, Vec::new()).await, (200, portrait().0.clone()));
    assert_eq!(bank.raw("GET", &image(plain), None, Vec::new()).await.0, 404);
    let looks = w.service.store().entries_of(Subject::Holder(rare), 10).await.unwrap();
    assert!(looks.iter().any(|l| l.actor == "bank:95588" && l.command == "rare_name.lend_document"));

    // A changed detail fails the row by its title; left out, it passes.
    let mut back: Vec<OpeningReturn> = data.iter().map(opened).collect();
    back[0].details.as_mut().unwrap().phone = "13900000009".into();
    back[1].details = None;
    let said = bank.back(&format!("{b}/opening-returns"), "o", &back).await;
    assert_eq!(codes(&said), ["partner_changed_field", "done", "done"]);
    assert!(said[0].detail.contains("（联系电话）"), "{}", said[0].detail);
    let again = bank.back(&format!("{b}/opening-returns"), "o-2", &back).await;
    assert_eq!(again[0].detail, said[0].detail, "told again by the row's own key");
    let failed = w.file(HolderId(data[0].row.row.split('-').next().unwrap().parse().unwrap())).await.0;
    let stage = serde_json::to_string(&failed.applications[0].stage).unwrap();
    assert!(stage.contains("联系电话"), "{stage}");
    let _: Batches = bank.ok("POST", &format!("{b}/close"), None, Vec::new()).await;
    let hand_out = BatchCommand::HandOut { vendor: VendorCode("1".into()) };
    w.batch(&Actor::System, batch, hand_out).await.unwrap();

    let v = format!("/api/vendor/v1/batches/{batch}");
    let rows: Vec<ProductionRow> = vendor.rows(&format!("{v}/production-data")).await;
    assert_eq!(rows.len(), 2);
    let photo = format!("{v}/photos/{}", rows[0].data.row);
    assert!(rows[0].photo);
    assert_eq!(vendor.raw("GET", &photo, None, Vec::new()).await, (200, portrait().0.clone()));
    let looks = w.service.store().entries_of_command("production.extract", 1, 100).await.unwrap();
    let of_batch = looks.iter().filter(|l| l.subject.starts_with("batch:")).count();
    assert_eq!((looks.len(), of_batch), (2, 1), "a page of rows and a photo: {looks:?}");
    assert!(looks.iter().all(|l| l.actor == "vendor:1"));
    assert_eq!(other.raw("GET", &photo, None, Vec::new()).await.0, 403, "another vendor's");
    assert_eq!(bank.raw("GET", &photo, None, Vec::new()).await.0, 403, "the bank's door is another");
    let failed = format!("{v}/photos/{}", data[0].row.row);
    assert_eq!(vendor.raw("GET", &failed, None, Vec::new()).await.0, 409, "not at the vendor");
    assert_eq!(vendor.raw("GET", &format!("{v}/photos/1-1"), None, Vec::new()).await.0, 404);
    let of = |id: HolderId| rows.iter().find(|d| d.data.row.starts_with(&format!("{id}-")));
    assert_eq!(of(rare).map(|r| r.document), Some(true));
    let shown = format!("{v}/documents/{}", of(rare).unwrap().data.row);
    assert_eq!(vendor.raw("GET", &shown, None, Vec::new()).await, (200, portrait().0.clone()));
    assert_eq!(other.raw("GET", &shown, None, Vec::new()).await.0, 403, "another vendor's");
    assert_eq!(bank.raw("GET", &image(rare), None, Vec::new()).await.0, 403, "the bank has answered");

    // Certificates and keys, for a card that this vendor makes.
    let (chip, me) = (Secret::fresh(), "440100D1560000050000000000000001");
    let ask = |row: &str, chip: &str, chip_key: &str| CardKeyAsk {
        row: row.into(),
        chip: chip.into(),
        chip_key: chip_key.into(),
    };
    let asks = [
        ask(&rows[0].data.row, me, &chip.public()),
        ask(&rows[1].data.row, "short", &chip.public()),
        ask(&rows[1].data.row, me, "04"),
        ask(&data[0].row.row, me, &chip.public()),
    ];
    let body: Vec<String> = asks.iter().map(|a| serde_json::to_string(a).unwrap()).collect();
    let keys = format!("{v}/card-keys");
    // More than 1,000 are refused whole, before any is recorded.
    let many = vec![body[0].as_str(); 1_001].join("\n").into_bytes();
    assert_eq!(vendor.raw("POST", &keys, Some("many"), many).await.0, 413);
    assert_eq!(vendor.raw("GET", "/api/requests/v1/many", None, Vec::new()).await.0, 404, "its key is free");
    let holder = HolderId(rows[0].data.row.split('-').next().unwrap().parse().unwrap());
    let taken = async || {
        let lines = w.service.store().entries_of(Subject::Holder(holder), 50).await.unwrap();
        lines.iter().filter(|l| l.actor == "vendor:1" && l.command == "production.take_card_keys").count()
    };
    assert_eq!(taken().await, 0);
    let (status, said) = vendor.raw("POST", &keys, Some("k"), body.join("\n").into_bytes()).await;
    let lines = said.split(|b| *b == b'\n').filter(|l| !l.is_empty());
    let sets: Vec<CardKeySet> = lines.map(|l| serde_json::from_slice(l).unwrap()).collect();
    let said: Vec<&str> = sets.iter().map(|s| s.code.as_str()).collect();
    assert_eq!(
        (status, said),
        (200, vec!["done", "material_defective", "material_defective", "wrong_stage"])
    );
    assert!(kaguan_api::envelope::open(&sets[0].encryption_key, &chip).is_some(), "for the chip alone");
    assert!(!sets[0].signing_certificate.is_empty() && !sets[0].admin_pin.is_empty());
    let (_, said) = other.raw("POST", &keys, Some("k"), body[0].clone().into_bytes()).await;
    assert_eq!(serde_json::from_slice::<CardKeySet>(said.trim_ascii()).unwrap().code, "not_your_data");
    assert_eq!(taken().await, 1);

    // The file twins of production data and return.
    let file = text(&vendor, &format!("{v}/production-data")).await;
    assert!(file.lines().nth(1).unwrap().contains("受理点编码"), "{file}");
    let pack = PackBox { number: "1-1".into(), outlet: "44010600000101".into(), employer: None, cards: 1 };
    let _: serde_json::Value = vendor.ok("POST", &format!("{v}/boxes"), Some("p"), json(&pack)).await;
    let back = format!("{v}/production-returns");
    let mut changed = made(&rows[0], "1-1");
    changed.details.as_mut().unwrap().sex = "9".into();
    assert_eq!(codes(&other.back(&back, "x", &[changed.clone()]).await), ["not_your_data"]);
    assert_eq!(codes(&vendor.back(&back, "x", &[changed]).await), ["partner_changed_field"]);
    let twin = kaguan_api::text::write_production_returns(&[made(&rows[1], "1-1")]);
    let (status, said) = send_text(&vendor, &back, "t", &twin).await;
    assert_eq!((status, codes(&verdicts(&said))), (200, vec!["done"]));
    let _: Batches = vendor.ok("POST", &format!("{v}/close"), None, Vec::new()).await;
    w.verified().await;
}

#[tokio::test]
async fn annex_7_a_childs_guardian_goes_out_and_only_a_photo_that_is_here_is_announced() {
    clause!(X7.2);
    clause!(X7.3);
    clause!(R5.4);
    clause!(R10.3);
    let w = World::new(On::Memory).await;
    let system = served(&w).await;
    let bank = caller(&w, &system, "bank:95588").await;
    let other_bank = caller(&w, &system, "bank:95533").await;
    let vendor = caller(&w, &system, "vendor:1").await;
    let other = caller(&w, &system, "vendor:2").await;
    let born = w.service.now().date().checked_sub(jiff::Span::new().years(4)).unwrap();
    let guardian = w.draft(90).document_number;
    let child = applying(&w, 1, |a| {
        a.draft.birth_date = born.strftime("%Y%m%d").to_string();
        a.draft.document_valid_from.clone_from(&a.draft.birth_date);
        a.draft.document_number = citizen_number("440106", born, 1);
        a.draft.guardian_name = "李四".into();
        a.draft.guardian_document_kind = "1".into();
        a.draft.guardian_document_number.clone_from(&guardian);
        a.photo = None;
        a.consent = Some(Consent { text_version: "2022".into(), by_guardian: true });
        let parent = Agent {
            name: "李四".into(),
            document_kind: DocumentKind::IdentityCard,
            document_number: guardian.clone(),
            phone: "13900000000".into(),
            relation: AgentRelation::Guardian,
            ground: AgentGround::Minor,
            proof: Some("户口簿".into()),
            verified: true,
        };
        a.agent = Some(parent.into());
        a.presented = kaguan_testkit::stated::presented_by_agent();
    })
    .await;
    let elsewhere = applying(&w, 2, |a| {
        a.draft.photo_receipt = "R1".into();
        w.around.photos.give("R1", &a.draft.document_number);
        a.photo = None;
    })
    .await;
    let changed = applicant(&w, 3, |_| {}).await;

    // Nothing goes out before the city has confirmed.
    let code = BankCode("95588".into());
    let (batch, people) = w.service.screen(&Actor::System, &guangzhou(), &code, false).await.unwrap();
    assert_eq!(people, 3);
    let b = format!("/api/bank/v1/batches/{batch}");
    let data = format!("{b}/opening-data");
    assert_eq!(bank.refused(&data, None, Vec::new()).await.code, "wrong_stage");
    w.batch(&Actor::System, batch, BatchCommand::Confirm).await.unwrap();
    assert_eq!(other_bank.refused(&data, None, Vec::new()).await.code, "not_your_data");
    let rows: Vec<OpeningData> = bank.rows(&data).await;
    let of = |id: HolderId| rows.iter().find(|d| d.row.row.starts_with(&format!("{id}-"))).unwrap();
    let d = &of(child).details;
    assert_eq!(d.birth_date, born.strftime("%Y%m%d").to_string());
    assert_eq!(
        (d.guardian_name.as_str(), d.guardian_document_kind.as_str(), &d.guardian_document_number),
        ("李四", "01", &guardian)
    );
    assert_eq!(of(changed).details.guardian_name, "");
    assert!(!format!("{rows:?}").contains("李四"), "a row shows nothing personal of itself");
    let line = serde_json::to_string(of(changed)).unwrap();
    assert!(!line.contains("guardian_name"), "what is not known is left out: {line}");
    let file = text(&bank, &data).await;
    assert!(file.lines().any(|l| l.contains(&format!(",李四,01,{guardian},"))), "{file}");
    let shown = format!("{b}/documents/{}", of(child).row.row);
    assert_eq!(other_bank.raw("GET", &shown, None, Vec::new()).await.0, 403);
    assert_eq!(vendor.raw("GET", &shown, None, Vec::new()).await.0, 403, "the vendor's door is another");
    assert_eq!(bank.raw("GET", &shown, None, Vec::new()).await.0, 404, "nothing rare in the name");

    let back: Vec<OpeningReturn> = [child, elsewhere, changed].map(|id| opened(of(id))).into();
    let mut altered = back.clone();
    altered[2].details.as_mut().unwrap().guardian_name = "李四".into();
    let said = bank.back(&format!("{b}/opening-returns"), "o", &altered).await;
    assert_eq!(codes(&said), ["done", "done", "partner_changed_field"]);
    assert!(said[2].detail.contains("监护人姓名"), "{}", said[2].detail);
    let _: Batches = bank.ok("POST", &format!("{b}/close"), None, Vec::new()).await;
    let hand_out = BatchCommand::HandOut { vendor: VendorCode("1".into()) };
    w.batch(&Actor::System, batch, hand_out).await.unwrap();

    let v = format!("/api/vendor/v1/batches/{batch}");
    let data = format!("{v}/production-data");
    assert_eq!(other.refused(&data, None, Vec::new()).await.code, "not_your_data");
    let rows: Vec<ProductionRow> = vendor.rows(&data).await;
    let of = |id: HolderId| rows.iter().find(|d| d.data.row.starts_with(&format!("{id}-"))).unwrap();
    let face = |id| (of(id).photo, of(id).photo_receipt.as_deref());
    assert_eq!(face(child), (false, None), "under seven none is printed");
    assert_eq!(face(elsewhere), (false, Some("R1")), "printed, and not from here");
    for id in [child, elsewhere] {
        let photo = format!("{v}/photos/{}", of(id).data.row);
        assert_eq!(vendor.raw("GET", &photo, None, Vec::new()).await.0, 404);
        assert_eq!(other.raw("GET", &photo, None, Vec::new()).await.0, 403, "not told whether there is one");
    }
    w.verified().await;
}

#[tokio::test]
async fn art_5_6_an_account_of_a_bank_is_one_persons_and_the_second_row_is_refused_by_its_field() {
    clause!(R5.6);
    for on in BOTH {
        let w = World::new(on).await;
        let system = served(&w).await;
        let bank = caller(&w, &system, "bank:95588").await;
        for n in 1..=3 {
            applicant(&w, n, |_| {}).await;
        }
        let batch = w.confirmed_batch().await;
        let b = format!("/api/bank/v1/batches/{batch}");
        let data: Vec<OpeningData> = bank.rows(&format!("{b}/opening-data")).await;
        let mut back: Vec<OpeningReturn> = data.iter().map(opened).collect();
        let same = |of: &OpeningReturn, with: &str| {
            let OpeningResult::Opened { bank_card_no, .. } = &of.result else { unreachable!() };
            OpeningResult::Opened { bank_card_no: bank_card_no.clone(), account_no: with.into() }
        };
        (back[0].result, back[1].result) = (same(&back[0], "95588001"), same(&back[1], "95588001"));
        let said = bank.back(&format!("{b}/opening-returns"), "o", &back).await;
        assert_eq!(codes(&said), ["done", "number_taken", "done"]);
        let defect = &said[1].defects[0];
        assert_eq!((defect.field.as_str(), defect.code.as_str()), ("account_no", "number_taken"), "{said:?}");
        assert!(said[1].detail.contains("银行账户"), "{said:?}");
        assert!(!said[1].detail.contains("95588001"), "a number is never told: {said:?}");
        // Another day the same: what is stored holds.
        back[1].result = same(&back[1], "95588001");
        let said = bank.back(&format!("{b}/opening-returns"), "o-2", &back[1..2]).await;
        assert_eq!(codes(&said), ["number_taken"]);
        back[1].result = same(&back[1], "95588002");
        let said = bank.back(&format!("{b}/opening-returns"), "o-3", &back[1..2]).await;
        assert_eq!(codes(&said), ["done"], "put right");
        w.verified().await;
    }
}

#[tokio::test]
async fn art_23_1_a_bank_hears_of_the_account_of_a_card_that_was_not_made_and_it_is_no_difference() {
    clause!(R23.1);
    let w = World::new(On::Memory).await;
    let system = served(&w).await;
    let bank = caller(&w, &system, "bank:95588").await;
    let vendor = caller(&w, &system, "vendor:1").await;
    applicant(&w, 1, |_| {}).await;
    let batch = w.confirmed_batch().await;
    let b = format!("/api/bank/v1/batches/{batch}");
    let data: Vec<OpeningData> = bank.rows(&format!("{b}/opening-data")).await;
    let back = opened(&data[0]);
    bank.back(&format!("{b}/opening-returns"), "o", std::slice::from_ref(&back)).await;
    let _: Batches = bank.ok("POST", &format!("{b}/close"), None, Vec::new()).await;
    let hand_out = BatchCommand::HandOut { vendor: VendorCode("1".into()) };
    w.batch(&Actor::System, batch, hand_out).await.unwrap();
    let v = format!("/api/vendor/v1/batches/{batch}");
    let rows: Vec<ProductionRow> = vendor.rows(&format!("{v}/production-data")).await;
    let mut failed = made(&rows[0], "X1");
    failed.result = ProductionResult::Failed { code: "C1".into(), reason: "芯片损坏".into() };
    vendor.back(&format!("{v}/production-returns"), "p", &[failed]).await;
    // Every row failed: nothing is left of the batch.
    let closed: Batches = vendor.ok("POST", &format!("{v}/close"), None, Vec::new()).await;
    assert!(closed.batches.is_empty(), "{closed:?}");
    let again: Batches = vendor.ok("POST", &format!("{v}/close"), None, Vec::new()).await;
    assert!(again.batches.is_empty(), "said again, it is as good as said");
    let waiting: Waiting = bank.ok("GET", "/api/messages/v1", None, Vec::new()).await;
    let told: Vec<_> = waiting.messages.iter().filter(|m| m.kind == "bank.account_unused").collect();
    let Ok(Body::AccountUnused(unused)) = told[0].read() else { panic!("{told:?}") };
    let OpeningResult::Opened { bank_card_no, .. } = back.result else { unreachable!() };
    assert_eq!((unused.bank_card_no, unused.reason.as_str()), (bank_card_no, "芯片损坏"));
    // Whoever is called reads when it was tried, and nobody else does.
    w.service.deliver().await.unwrap();
    let tried: Attempts = bank.ok("GET", "/api/messages/v1/attempts", None, Vec::new()).await;
    let one = &tried.attempts[0];
    assert_eq!((one.kind.as_str(), one.number), ("bank.account_unused", 1), "{tried:?}");
    assert_eq!((one.outcome.as_str(), one.said.as_str(), one.next_at), ("taken", "ok", None));
    let after = format!("/api/messages/v1/attempts?after={}", one.id);
    let rest: Attempts = bank.ok("GET", &after, None, Vec::new()).await;
    assert_eq!(rest.attempts.len() + 1, tried.attempts.len());
    let theirs: Attempts = vendor.ok("GET", "/api/messages/v1/attempts", None, Vec::new()).await;
    assert!(theirs.attempts.is_empty(), "{theirs:?}");
    // Until the bank has closed it, the account stands on its side alone, and nobody has to look into it.
    let alone = |bits| Difference { card: None, slot: 7, ours: None, theirs: Some(BankState::from(bits)) };
    let (_, _, staff) = w.service.repair(&[alone(0), alone(2), alone(1)]).await.unwrap();
    assert_eq!(staff, [alone(1)], "an active account that nobody knows is looked into");
    w.verified().await;
}
