//! The online channels' doors.

use crate::caller::{doors, partner};
use kaguan_api::bank::Done;
use kaguan_api::online;
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::application::Origin;
use kaguan_domain::facts::social_security_number::SocialSecurityNumber;
use kaguan_domain::ids::BankCode;
use kaguan_domain::loss::ReportFormal;
use kaguan_files::sample::citizen_number;
use kaguan_testkit::{On, World};

#[tokio::test]
async fn art_24_a_holder_online_is_known_by_number_name_and_bank() {
    clause!(R24.1);
    clause!(R27.5);
    clause!(X10.1);
    let w = World::new(On::Memory).await;
    let (id, _) = w.with_card(1).await;
    let router = doors(&w);
    let app = partner(&w, "online:gdrs", &router).await;
    let draft = w.draft(1);
    let holder = |name: &str| online::Holder { number: draft.document_number.clone(), name: name.into() };
    let mine = || online::Mine { holder: holder(&draft.name) };
    let progress: online::Progress = app.post("/api/online/v1/progress", "p", &mine()).await;
    assert_eq!(progress.applications[0].step, "银行激活");
    let stranger = online::Mine { holder: holder("李四") };
    assert_eq!(app.refused("/api/online/v1/progress", "p", &stranger).await.code, "loss_identity_mismatch");
    let looks = w.service.store().entries_of_command("application.progress", 1, 10).await.unwrap();
    let who: Vec<_> = looks.iter().map(|l| (l.actor.as_str(), l.subject.starts_with("holder:"))).collect();
    assert_eq!(who, [("online:gdrs", true)], "art. 39: who looked, and at whom");
    // Article 35: the number as somebody types it, in blanks and full width.
    let (head, tail) = draft.document_number.split_at(6);
    let wide: String = tail.chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap()).collect();
    let typed = online::Holder { number: format!("{head} {wide}"), name: format!(" {}", draft.name) };
    let progress: online::Progress =
        app.post("/api/online/v1/progress", "p", &online::Mine { holder: typed }).await;
    assert_eq!(progress.applications[0].step, "银行激活");
    let lose = |bank: &str| online::Loss { holder: holder(&draft.name), bank: bank.into(), card_tail: None };
    let wrong = app.refused("/api/online/v1/losses", "l-1", &lose("95533")).await;
    assert_eq!(wrong.code, "loss_identity_mismatch");
    let done: Done = app.post("/api/online/v1/losses", "l-2", &lose("95588")).await;
    assert_eq!(done.seq, Some(1));
    assert!(!w.file(id).await.0.cards[0].in_force());
    let replacement = online::Replacement {
        card_tail: None,
        holder: holder(&draft.name),
        purpose: online::Purpose::Reissue,
        form_no: "44010000099".into(),
        outlet: "44010600000101".into(),
        consent: "2022".into(),
        by_guardian: false,
        agent: None,
    };
    let early = app.refused("/api/online/v1/replacements", "r-1", &replacement).await;
    assert_eq!(early.code, "formal_loss_needed");
    let formal =
        C::ReportFormalLoss(ReportFormal { card: w.card_of(id).await, verified: true, deputy: None });
    w.about(&Actor::Bank(BankCode("95588".into())), id, formal).await.unwrap();
    let filed: Done = app.post("/api/online/v1/replacements", "r-2", &replacement).await;
    let again: Done = app.post("/api/online/v1/replacements", "r-2", &replacement).await;
    assert_eq!((again.entry, again.repeated), (filed.entry, true));
    let cards: online::Cards = app.post("/api/online/v1/one-card/find", "f", &mine()).await;
    assert_eq!(cards.cards.len(), 1);
    assert!(cards.cards[0].card_no.contains('*'), "masked");
    let form = [("name", "张三"), ("shoe_size", "42")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    let application = online::Application {
        form,
        photo: None,
        outlet: "44010600000101".into(),
        consent: "2022".into(),
        by_guardian: false,
        agent: None,
        identity_card_photo: false,
        document_image: None,
        postage_told: false,
    };
    let form = std::collections::BTreeMap::new();
    let nobodys = online::Application { photo: Some("00".repeat(32)), form, ..application.clone() };
    assert_eq!(app.refused("/api/online/v1/applications", "a-0", &nobodys).await.code, "material_defective");
    let strange = app.refused("/api/online/v1/applications", "a-1", &application).await;
    assert!(strange.detail.contains("shoe_size"), "{}", strange.detail);
    let form = [("name".to_owned(), "张三".to_owned())].into();
    let empty =
        app.refused("/api/online/v1/applications", "a-2", &online::Application { form, ..application }).await;
    assert_eq!(empty.code, "material_defective");
    assert!(empty.defects.len() > 5, "every defect at once: {}", empty.defects.len());
    w.verified().await;
}

#[tokio::test]
async fn art_8_2_a_childs_guardian_applies_online_and_nobody_else_does() {
    clause!(R8.2);
    let w = World::new(On::Memory).await;
    let router = doors(&w);
    let app = partner(&w, "online:gdrs", &router).await;
    let born = w.service.now().date().checked_sub(jiff::Span::new().years(4)).unwrap();
    let mut draft = w.draft(1);
    draft.birth_date = born.strftime("%Y%m%d").to_string();
    draft.document_valid_from.clone_from(&draft.birth_date);
    draft.document_number = citizen_number("440106", born, 1);
    draft.guardian_name = "李四".into();
    draft.guardian_document_kind = "1".into();
    draft.guardian_document_number = w.draft(90).document_number;
    let serde_json::Value::Object(items) = serde_json::to_value(&draft).unwrap() else { panic!("a form") };
    let text = |(name, value): (String, serde_json::Value)| Some((name, value.as_str()?.to_owned()));
    let alone = online::Application {
        form: items.into_iter().filter_map(text).collect(),
        photo: None,
        outlet: "44010600000101".into(),
        consent: "2022".into(),
        by_guardian: false,
        agent: None,
        identity_card_photo: false,
        document_image: None,
        postage_told: false,
    };
    let path = "/api/online/v1/applications";
    // Both at once: the guardian's consent, and the guardian.
    let said = app.refused(path, "c-1", &alone).await;
    let codes: Vec<_> = said.defects.iter().map(|d| d.code.as_str()).collect();
    assert_eq!(
        (said.code.as_str(), codes),
        ("material_defective", vec!["consent_missing", "agent_not_allowed"])
    );
    let aunt = online::Agent {
        name: "王五".into(),
        document_kind: "1".into(),
        document_number: w.draft(91).document_number,
        phone: "13900000000".into(),
        relation: online::Relation::DirectRelative,
        ground: online::Ground::Minor,
        proof: Some("出生证".into()),
        verified: true,
    };
    let by_aunt = online::Application { by_guardian: true, agent: Some(aunt.clone()), ..alone.clone() };
    assert_eq!(app.refused(path, "c-2", &by_aunt).await.code, "agent_not_allowed");
    let nameless = online::Agent { name: " ".into(), phone: String::new(), ..aunt.clone() };
    let nameless = online::Application { agent: Some(nameless), ..by_aunt };
    let said = app.refused(path, "c-3", &nameless).await;
    assert!(said.defects.iter().any(|d| d.message.contains("姓名、联系电话")), "{:?}", said.defects);
    let guardian = online::Agent {
        name: "李四".into(),
        document_number: w.draft(90).document_number,
        relation: online::Relation::Guardian,
        ..aunt
    };
    let unproved = online::Agent { proof: None, verified: false, ..guardian.clone() };
    let by_whom = |agent| online::Application { by_guardian: true, agent: Some(agent), ..alone.clone() };
    let said = app.refused(path, "c-4", &by_whom(unproved)).await;
    let codes: Vec<_> = said.defects.iter().map(|d| d.code.as_str()).collect();
    assert_eq!(codes, ["not_verified", "missing"], "{:?}", said.defects);
    let taken: online::Applied = app.post(path, "c-5", &by_whom(guardian)).await;
    assert_eq!(taken.form_no, draft.form_no);
    let id = w.service.find(&SocialSecurityNumber::parse(&draft.document_number).unwrap()).await.unwrap();
    let application = &w.file(id.unwrap()).await.0.applications[0];
    assert_eq!(application.agent.as_ref().map(|a| a.name.as_str()), Some("李四"));
    assert_eq!(application.origin, Origin::Online, "it goes out as 网上申请");
    w.verified().await;
}

#[tokio::test]
async fn art_22_the_treasury_says_what_was_paid_and_an_old_caller_learns_what_is_missing() {
    clause!(R22.1);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let formal = C::ReportFormalLoss(ReportFormal { card, verified: true, deputy: None });
    w.about(&Actor::Bank(BankCode("95588".into())), id, formal).await.unwrap();
    let router = doors(&w);
    let (app, treasury) =
        (partner(&w, "online:gdrs", &router).await, partner(&w, "treasury:cz", &router).await);
    let draft = w.draft(1);
    let reissue = online::Replacement {
        card_tail: None,
        holder: online::Holder { number: draft.document_number.clone(), name: draft.name.clone() },
        purpose: online::Purpose::Reissue,
        form_no: "44010000099".into(),
        outlet: "44010600000101".into(),
        consent: "2022".into(),
        by_guardian: false,
        agent: None,
    };
    let _: Done = app.post("/api/online/v1/replacements", "r-1", &reissue).await;
    let paid = "/api/treasury/v1/payments";
    // As callers sent it in earlier days.
    let old = serde_json::json!({
        "form_no": "44010000099", "number": draft.document_number, "receipt": "440000260000000001"
    });
    let said = treasury.refused(paid, "p-1", &old).await;
    assert_eq!(said.code, "material_defective");
    for missing in ["校验码", "未报缴费金额", "未报币种", "未报缴款时间"] {
        assert!(said.detail.contains(missing), "{missing}: {}", said.detail);
    }
    let with = |amount: i64| {
        let mut paid = old.clone();
        let more = serde_json::json!({
            "amount": amount, "currency": "CNY", "check": "A1B2C3", "paid_at": w.clock.now().0 / 1_000
        });
        paid.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        paid
    };
    let said = treasury.refused(paid, "p-2", &with(20)).await;
    assert_eq!(said.code, "wrong_payment");
    assert!(said.detail.contains("应缴20.00元"), "{}", said.detail);
    let done: Done = treasury.post(paid, "p-3", &with(2_000)).await;
    let again: Done = treasury.post(paid, "p-3", &with(2_000)).await;
    assert_eq!((again.entry, again.repeated), (done.entry, true));
    assert_eq!(treasury.refused(paid, "p-4", &with(2_000)).await.code, "nothing_due");
}
