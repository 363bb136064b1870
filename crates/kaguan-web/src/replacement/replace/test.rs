//! 补换卡, and 更正联系方式.

use crate::{Desk, value};
use kaguan_domain::application::FilledIn;
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::application::Stage;
use kaguan_domain::facts::form::FormDraft;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::facts::social_security_number::check_character;
use kaguan_domain::loss::{ReportFormal, ReportTemporary};
use kaguan_testkit::{On, World, stated};

#[tokio::test]
async fn art_29_a_counter_exchanges_a_card_for_a_new_name_and_corrects_a_phone() {
    clause!(R29.1);
    clause!(R27.2);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let clerk = Desk::of(&w, "clerk", Role::HrClerk, "44010600000101").await;
    assert!(clerk.get("/").await.contains("补换卡-换卡"));
    let number = w.draft(1).document_number;
    let page = clerk.post("/replace", &[("number", &number)]).await;
    assert!(!page.contains(&number) && page.contains("卡面信息变更"), "{page}");
    let (key, holder) = (value(&page, "name=\"key\""), id.0.to_string());
    let (card, outlet) = (card.0.to_string(), w.outlet().0.to_string());
    let form = |business: &'static str, name: &'static str, consent: &'static str| {
        vec![
            ("key", key.clone()),
            ("holder", holder.clone()),
            ("card", card.clone()),
            ("business", business.into()),
            ("form_no", "4401E1".into()),
            ("collect_at", outlet.clone()),
            ("delivery", "1".into()),
            ("name", name.into()),
            ("verified", "1".into()),
            ("own_card", "1".into()),
            (if consent.is_empty() { "unsaid" } else { "consent" }, "1".into()),
        ]
    };
    let post = async |fields: Vec<(&'static str, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
        clerk.post("/replace/apply", &fields).await
    };
    let page = post(form("", "张叁", "yes")).await;
    assert!(page.contains("没有选择补卡还是换卡") && page.contains("id=\"why-business\""), "{page}");
    // What is missing besides is told in the same answer.
    let page = post(form("", "张叁", "")).await;
    for told in ["没有选择补卡还是换卡", "授权申明", "第27条"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let page = post(form("other", "张叁", "")).await;
    assert!(page.contains("id=\"why-why\"") && page.contains("授权申明"), "{page}");
    let page = post(form("reissue", "", "yes")).await;
    assert!(page.contains("补卡须先办理正式挂失"), "{page}");
    let page = post(form("data_changed", "", "yes")).await;
    assert!(page.contains("没有变更的内容"), "{page}");
    let page = post(form("data_changed", "ZHANG", "yes")).await;
    assert!(page.contains("name=\"name\" value=\"ZHANG\""), "what was written stays: {page}");
    let page = post(form("data_changed", "张叁", "")).await;
    assert!(page.contains("未取得申请人对处理个人信息的同意"), "{page}");
    post(form("data_changed", "张叁", "yes")).await;
    let receipt = clerk.get(&clerk.receipt(&w, &holder, "4401E1")).await;
    assert!(receipt.contains("换卡") && receipt.contains("张叁"), "{receipt}");

    let contacts = |verified: &'static str| {
        [
            ("holder", holder.as_str()),
            ("mobile", "13800138000"),
            ("phone", ""),
            ("postal_address", "广州市越秀区新址8号"),
            (if verified.is_empty() { "unsaid" } else { "verified" }, "1"),
        ]
    };
    let page = clerk.post("/details/contacts", &contacts("")).await;
    assert!(page.contains("尚未核实持卡人有效身份证件原件"), "{page}");
    let page = clerk.post("/details/contacts", &contacts("yes")).await;
    assert!(page.contains("联系方式已更正"), "{page}");
    w.verified().await;
}

#[tokio::test]
async fn art_27_1_a_reissue_of_a_card_that_is_not_lost_is_not_chosen_and_the_page_says_what_comes_first() {
    clause!(R27.1);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let bank = w.service.institutions().org(w.bank_outlet()).unwrap().code.clone();
    let teller = Desk::of(&w, "teller", Role::BankClerk, &bank).await;
    let clerk = Desk::of(&w, "clerk", Role::HrClerk, "44010600000101").await;
    let number = w.draft(1).document_number;
    let asks = async |desk: &Desk, path: &str| desk.post(path, &[("number", &number)]).await;
    let (first, chosen) = ("现在不能补卡：补卡须先办理正式挂失", "value=\"reissue\" selected");
    // Of its bank's clerk the way leads to the page itself; another outlet reads where it is.
    let page = asks(&teller, "/replace?of=reissue").await;
    assert!(page.contains(first) && !page.contains(chosen), "{page}");
    let way = page.split("<a href=\"/loss/").nth(1).unwrap().split('"').next().unwrap();
    let loss = teller.get(&format!("/loss/{way}")).await;
    assert!(loss.contains("<h3>正式挂失</h3>"), "{loss}");
    let page = asks(&clerk, "/replace?of=reissue").await;
    assert!(
        page.contains(first) && page.contains("请到服务银行卡经办网点办理正式挂失后再申请补卡"),
        "{page}"
    );
    assert!(!page.contains("href=\"/loss/"), "{page}");
    // Whoever wants to exchange a card is told nothing of it.
    assert!(!asks(&clerk, "/replace?of=exchange").await.contains(first));
    // A card that is lost for the time being is neither reissued nor exchanged: the way is the same.
    let officer = w.officer(w.bank_outlet()).await;
    let lost = ReportTemporary { card, identity: None, verified: true, deputy: None };
    w.about(&officer, id, HolderCommand::ReportTemporaryLoss(lost)).await.unwrap();
    let page = asks(&teller, "/replace").await;
    assert!(page.contains("补换卡现在不能办理：补卡须先办理正式挂失"), "{page}");
    assert!(page.contains("href=\"/loss/") && !page.contains("action=\"/replace/apply"), "{page}");
    let lost = HolderCommand::ReportFormalLoss(ReportFormal { card, verified: true, deputy: None });
    w.about(&officer, id, lost).await.unwrap();
    let page = asks(&clerk, "/replace?of=reissue").await;
    assert!(!page.contains(first) && page.contains(chosen), "{page}");
    w.verified().await;
}

#[tokio::test]
async fn art_27_4_a_reissue_that_is_neither_paid_nor_in_a_batch_is_withdrawn_from_the_file() {
    clause!(R27.4);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let clerk = Desk::of(&w, "clerk", Role::HrClerk, "44010600000101").await;
    let officer = w.officer(w.bank_outlet()).await;
    let number = w.draft(1).document_number;
    let lost = HolderCommand::ReportFormalLoss(ReportFormal { card, verified: true, deputy: None });
    w.about(&officer, id, lost).await.unwrap();
    let page = clerk.post("/replace", &[("number", &number)]).await;
    let (holder, card, outlet) = (id.0.to_string(), card.0.to_string(), w.outlet().0.to_string());
    let form = [
        ("key", value(&page, "name=\"key\"")),
        ("holder", holder.clone()),
        ("card", card),
        ("business", "reissue".into()),
        ("form_no", "4401E7".into()),
        ("collect_at", outlet),
        ("delivery", "1".into()),
        ("verified", "1".into()),
        ("consent", "1".into()),
    ];
    let form: Vec<(&str, &str)> = form.iter().map(|(k, v)| (*k, v.as_str())).collect();
    clerk.post("/replace/apply", &form).await;
    // The form is not offered again, with the reason in its place; the way back is.
    let page = clerk.post("/replace", &[("number", &number)]).await;
    assert!(page.contains("补换卡现在不能办理") && page.contains("已有在办的申领业务"), "{page}");
    assert!(
        !page.contains("action=\"/replace/apply") && page.contains("action=\"/replace/withdraw"),
        "{page}"
    );
    let file = clerk.post("/people", &[("holder", &holder)]).await;
    assert!(file.contains("撤销补换卡") && !file.contains(">补换卡</a>"), "{file}");
    let application = w.file(id).await.0.applications[1].id.0.to_string();
    let withdrawal = [("holder", holder.as_str()), ("application", &application)];
    let done = clerk.post("/replace/withdraw", &withdrawal).await;
    assert!(done.contains("补换卡申请已撤销") && done.contains("/receipts/business/"), "{done}");
    assert!(matches!(w.file(id).await.0.applications[1].stage, Stage::Withdrawn { .. }));
    let twice = clerk.post("/replace/withdraw", &withdrawal).await;
    assert!(twice.contains("补换卡申请不能撤销"), "{twice}");
    let page = clerk.post("/replace", &[("number", &number)]).await;
    assert!(page.contains("action=\"/replace/apply") && !page.contains("/replace/withdraw"), "{page}");
    w.verified().await;
}

#[tokio::test]
async fn art_8_2_the_guardian_on_file_is_filled_in_masked_and_acts_for_a_minor() {
    clause!(R8.2);
    clause!(R27.2);
    let w = World::new(On::Memory).await;
    let body = "44010620090601001";
    let number = format!("{body}{}", char::from(check_character(body.as_bytes()).unwrap()));
    let of_seventeen = FormDraft {
        document_number: number.clone(),
        birth_date: "20090601".into(),
        sex: "1".into(),
        guardian_name: "李母".into(),
        guardian_document_kind: "1".into(),
        guardian_document_number: "11010519491231002X".into(),
        ..w.draft(1)
    };
    let apply = FilledIn { draft: Box::new(of_seventeen), ..w.apply(1, w.outlet()) };
    let id = w.takes_in(1, apply).await;
    let batch = w.cards_made().await;
    w.at_outlet(batch, w.outlet()).await;
    let (card, officer) = (w.card_of(id).await, w.officer(w.outlet()).await);
    let hand_over = stated::handed_to_holder(card, w.outlet(), w.shown(id).await);
    w.about(&officer, id, HolderCommand::HandOver(hand_over)).await.unwrap();

    let clerk = Desk::of(&w, "clerk", Role::HrClerk, "44010600000101").await;
    let page = clerk.post("/replace", &[("number", &number)]).await;
    assert!(page.contains("已按档案填入监护人") && !page.contains("11010519491231002X"), "{page}");
    let shown = |name: &str| value(&page, &format!("name=\"{name}\""));
    assert!(shown("agent_name").starts_with('李') && !shown("agent_name").contains('母'));
    let (holder, card, outlet) = (id.0.to_string(), card.0.to_string(), w.outlet().0.to_string());
    let form = |relation: &str| {
        vec![
            ("key", shown("key")),
            ("holder", holder.clone()),
            ("card", card.clone()),
            ("business", "damaged_by_human".to_owned()),
            ("form_no", "4401E8".to_owned()),
            ("collect_at", outlet.clone()),
            ("delivery", "1".into()),
            ("verified", "1".to_owned()),
            ("own_card", "1".to_owned()),
            ("document_place", "1柜1夹".to_owned()),
            ("consent", "1".to_owned()),
            ("agent", "1".to_owned()),
            ("agent_name", shown("agent_name")),
            ("agent_document_kind", "1".to_owned()),
            ("agent_document_number", shown("agent_document_number")),
            ("agent_phone", shown("agent_phone")),
            ("agent_relation", relation.to_owned()),
            ("agent_ground", "minor".to_owned()),
            ("agent_proof", "户口簿，柜1-1".to_owned()),
            ("agent_verified", "1".to_owned()),
        ]
    };
    let post = async |form: Vec<(&str, String)>| {
        let form: Vec<(&str, &str)> = form.iter().map(|(name, text)| (*name, text.as_str())).collect();
        clerk.post("/replace/apply", &form).await
    };
    let page = post(form("")).await;
    assert!(
        page.contains("代办人与申请人关系不能为空") && page.contains("id=\"why-agent_relation\""),
        "{page}"
    );
    // An agent of whom something is not chosen is judged for the rest all the same.
    let mut half = form("guardian");
    half.retain(|(name, _)| !["agent_document_kind", "agent_verified", "own_card"].contains(name));
    let page = post(half).await;
    for told in ["代办人证件类型不能为空", "尚未核实代办人有效身份证件原件", "尚未核实持卡人的社保卡"]
    {
        assert!(page.contains(told), "{told}: {page}");
    }
    let page = post(form("direct_relative")).await;
    assert!(page.contains("未成年人由监护人代办"), "{page}");
    // That the card was seen is stated, and of the applicant it is kept what a clerk has seen (Articles 8 and 28).
    let mut without = form("guardian");
    without.retain(|(name, _)| !["own_card", "document_place"].contains(name));
    let page = post(without).await;
    assert!(page.contains("尚未核实持卡人的社保卡") && page.contains("缺申请人有效身份证件"), "{page}");
    post(form("guardian")).await;
    let (file, _) = w.file(id).await;
    let archive = file.person.as_ref().unwrap().archive.iter();
    let places: Vec<_> = archive.filter_map(|m| m.cabinet.as_deref()).collect();
    assert_eq!(places, ["1柜1夹", "户口簿，柜1-1"]);
    let agent = file.applications[1].agent.clone().unwrap();
    assert_eq!((agent.name.as_str(), agent.document_number.as_str()), ("李母", "11010519491231002X"));
    assert_eq!(agent.phone, file.person.unwrap().details.phone, "what was left masked is what the file has");
    w.verified().await;
}
