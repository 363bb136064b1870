//! Cards in hand, in the browser: who stands at the counter is stated by forms.

use super::{Door, lines, signed_in};
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::{BatchCommand, HolderCommand};
use kaguan_domain::facts::card::Hold;
use kaguan_domain::facts::custody::Custody;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::fee::Pay;
use kaguan_domain::ids::{BankCode, CardId, HolderId, VendorCode};
use kaguan_domain::loss::ReportFormal;
use kaguan_partner_sim::{BadDay, Bank, Vendor};
use kaguan_service::register::register;
use kaguan_testkit::{On, World, guangzhou, receive, ship};

const HR: &str = "44010600000101";
const BANK: &str = "44010395588001";
const NEW_BANK: &str = "44010395533001";
const CITY: &str = "44010000000001";
const PROVINCE: &str = "44000000000001";

/// The hidden fields, the document on file and the tick.
pub(super) fn about(w: &World, n: u32, id: HolderId, card: CardId) -> String {
    let number = w.draft(n).document_number;
    format!("holder={id}&card={card}&document_kind=1&document_number={number}&verified=1")
}

/// The `n`-th person's card lies at the outlet.
pub(super) async fn waiting(w: &World, n: u32) -> (HolderId, CardId) {
    let id = w.applicant(n, w.outlet()).await;
    let batch = w.cards_made().await;
    w.at_outlet(batch, w.outlet()).await;
    (id, w.card_of(id).await)
}

/// A form with images.
pub(super) async fn upload(door: &Door, path: &str, fields: &str, files: &[&str]) -> String {
    let files: Vec<_> = files.iter().map(|name| (*name, "%PDF-1.4")).collect();
    sent_with(door, path, fields, &files).await
}

/// A form with files, each with what is in it.
pub(super) async fn sent_with(door: &Door, path: &str, fields: &str, files: &[(&str, &str)]) -> String {
    let mut body = String::new();
    for (name, text) in fields.split('&').filter_map(|f| f.split_once('=')) {
        body.push_str(&format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n"));
    }
    for (name, content) in files {
        body.push_str(&format!(
            "--x\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n{content}\r\n"
        ));
    }
    body.push_str("--x--\r\n");
    let request = Request::builder()
        .method("POST")
        .uri(path)
        .header(header::HOST, "console")
        .header(header::ORIGIN, "http://console")
        .header(header::COOKIE, &door.cookie)
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
        .body(Body::from(body))
        .unwrap();
    let answer = crate::press::press(&door.router, request).await;
    assert!(crate::press::is_page(answer.status()), "{path}: {}", answer.status());
    String::from_utf8(to_bytes(answer.into_body(), 1 << 22).await.unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn art_19_to_26_pin_services_and_losses_are_done_on_the_card_that_the_page_names() {
    clause!(R18.1);
    clause!(R24.1);
    clause!(R25.1);
    clause!(R26.1);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let (clerk, bank) = (signed_in(&w, Role::HrClerk, HR).await, signed_in(&w, Role::BankClerk, BANK).await);
    let pin = format!("{}&change=changed", about(&w, 1, id, card));
    let untold = clerk.post("/pin/carry-out", &pin).await;
    assert!(untold.contains("未告知用卡风险"), "{untold}");
    let changed = clerk.post("/pin/carry-out", &format!("{pin}&risks_told=1")).await;
    assert!(changed.contains("密码已修改"), "{changed}");
    let at_hr = clerk.post("/loss/report", &format!("holder={id}&card={card}&kind=formal")).await;
    assert!(at_hr.contains("本岗位无权办理此项业务"), "{at_hr}");
    for (kind, article, says) in
        [("temporary", 24, "已临时挂失"), ("formal", 25, "已正式挂失"), ("release", 26, "已解除挂失")]
    {
        let unstated = bank.post("/loss/report", &format!("holder={id}&card={card}&kind={kind}")).await;
        let why = format!("未核实持卡人身份信息。依据《经办规程》第{article}条");
        assert!(unstated.contains(&why), "{unstated}");
        let stated = format!("holder={id}&card={card}&kind={kind}&verified=1");
        let page = bank.post("/loss/report", &stated).await;
        assert!(page.contains(says), "{page}");
    }
    w.verified().await;
}

#[tokio::test]
async fn art_31_a_bank_is_changed_by_two_banks_clerks_and_the_old_one_settles_last() {
    clause!(R31.1);
    clause!(R31.2);
    clause!(R31.3);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let (old, new) =
        (signed_in(&w, Role::BankClerk, BANK).await, signed_in(&w, Role::BankClerk, NEW_BANK).await);
    let who = format!("holder={id}&card={card}");
    let reserved = new.post("/bank-change/reserve", &who).await;
    assert!(reserved.contains("待原银行审核"), "{reserved}");
    let agreed = old.post("/bank-change/approve", &format!("{who}&agreed=yes")).await;
    assert!(agreed.contains("已同意变更"), "{agreed}");
    let form = format!(
        "{}&form_no=4401R0000000001&consent=1&own_card=1&collect_at={NEW_BANK}&delivery=1",
        about(&w, 1, id, card)
    );
    let by_old = old.post("/bank-change/carry-out", &format!("{form}&risks_acknowledged=1")).await;
    assert!(by_old.contains("现场办理由新服务银行的卡经办网点受理"), "{by_old}");
    let untold = new.post("/bank-change/carry-out", &form).await;
    assert!(untold.contains("尚未告知换卡期间的风险"), "{untold}");
    // Photo and document can be given here as at 补换卡, and what is wrong with them is told beside them.
    let files = [("photo_file", "hello"), ("document_image", "hello")];
    let unread = sent_with(&new, "/bank-change/carry-out", &form, &files).await;
    for told in [
        "id=\"why-risks_acknowledged\"",
        "id=\"why-document_image\"",
        "name=\"photo_receipt\"",
        "why-photo_f",
    ] {
        assert!(unread.contains(told), "{told}: {unread}");
    }
    // The new card is handed over by the new bank: no other outlet is offered, and none is taken.
    let page = new.post("/bank-change", &format!("number={}", w.draft(1).document_number)).await;
    let offered = page.split("name=\"collect_at\"").nth(1).unwrap().split("</select>").next().unwrap();
    assert!(offered.contains(&format!("value=\"{NEW_BANK}\" selected")), "{offered}");
    assert!(!offered.contains(HR) && !offered.contains(BANK), "{offered}");
    for elsewhere in ["", HR, BANK] {
        let form = form.replace(&format!("&collect_at={NEW_BANK}"), &format!("&collect_at={elsewhere}"));
        let refused = new.post("/bank-change/carry-out", &format!("{form}&risks_acknowledged=1")).await;
        let told = refused.contains("变更服务银行的新卡由新服务银行交付") && refused.contains("第31条");
        assert!(told && refused.contains("id=\"why-collect_at\""), "{elsewhere}: {refused}");
    }
    let all = format!("{form}&risks_acknowledged=1");
    let (status, _, to) = new.send("POST", "/bank-change/carry-out", &all, "http://console").await;
    assert_eq!(status, StatusCode::SEE_OTHER, "on to the receipt");
    let (status, receipt, _) = new.send("GET", &to.unwrap(), "", "http://console").await;
    assert_eq!(status, StatusCode::OK);
    for said in ["变更服务银行", "旧卡及其账户已锁定", "4401R0000000001", "应缴工本费", "href=\"/fees\""]
    {
        assert!(receipt.contains(said), "{said}: {receipt}");
    }
    assert!(w.file(id).await.0.cards[0].holds.contains(&Hold::BankChange));
    // Closed, it is printed again from the file: its line leads to the receipt of the form.
    let page = new.post("/people", &format!("holder={id}")).await;
    let line = lines(&w, "bank_change.carry_out").await.into_iter().find(|l| l.outcome == "done").unwrap();
    let again = format!("/receipts/business/{}", line.seq);
    assert!(page.contains(&format!("<a href=\"{again}\">打印回执")), "{page}");
    let (status, _, to) = new.send("GET", &again, "", "http://console").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert!(new.send("GET", &to.unwrap(), "", "http://console").await.1.contains("4401R0000000001"));
    // Neither paid nor in a batch, it is withdrawn where it was taken, with its own receipt.
    assert!(page.contains("action=\"/replace/withdraw"), "{page}");
    let application = w.file(id).await.0.applications[1].id;
    let withdrawal = format!("holder={id}&application={application}");
    let elsewhere = old.post("/replace/withdraw", &withdrawal).await;
    assert!(elsewhere.contains("class=\"notice wrong\""), "{elsewhere}");
    let page = new.post("/replace/withdraw", &withdrawal).await;
    assert!(page.contains("已撤销") && page.contains("/receipts/business/"), "{page}");
    assert!(!w.file(id).await.0.cards[0].holds.contains(&Hold::BankChange), "the old card is unlocked");
    w.verified().await;
}

#[tokio::test]
async fn art_31_3_the_new_card_is_handed_over_at_the_new_bank_once_the_receipt_was_looked_at() {
    clause!(R31.3);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let (old, new) =
        (signed_in(&w, Role::BankClerk, BANK).await, signed_in(&w, Role::BankClerk, NEW_BANK).await);
    let who = format!("holder={id}&card={card}");
    new.post("/bank-change/reserve", &who).await;
    old.post("/bank-change/approve", &format!("{who}&agreed=yes")).await;
    let form = format!(
        "{}&consent=1&own_card=1&collect_at={NEW_BANK}&delivery=1&risks_acknowledged=1",
        about(&w, 1, id, card)
    );
    let (status, _, _) = new.send("POST", "/bank-change/carry-out", &form, "http://console").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let application = w.file(id).await.0.open_application().unwrap().id;
    let pay = Pay::of_one_card(application, 440000260000000001, w.service.now());
    w.about(&Actor::System, id, HolderCommand::PayFee(pay)).await.unwrap();
    let bank = BankCode("95533".into());
    let (batch, _) = w.service.screen(&Actor::System, &guangzhou(), &bank, true).await.unwrap();
    w.batch(&Actor::System, batch, BatchCommand::Confirm).await.unwrap();
    Bank::new("95533", BadDay::default()).work(&w.service).await.unwrap();
    let vendor = BatchCommand::HandOut { vendor: VendorCode("1".into()) };
    w.batch(&Actor::System, batch, vendor).await.unwrap();
    Vendor::new("1", BadDay::default()).work(&w.service).await.unwrap();
    let b = w.service.batch(batch).await.unwrap().unwrap().boxes[0].clone();
    let (province, city, outlet) = (w.org(PROVINCE), w.org(CITY), w.org(NEW_BANK));
    assert_eq!(b.outlet, outlet, "packed for the new bank");
    for (org, next) in [(province, Some(city)), (city, Some(outlet)), (outlet, None)] {
        let keeper = w.officer(org).await;
        w.batch(&keeper, batch, receive(b.id, org, b.cards)).await.unwrap();
        if let Some(next) = next {
            w.batch(&keeper, batch, ship(b.id, next)).await.unwrap();
        }
    }
    let made = w.card_of(id).await;
    let page = new.post("/collect", &format!("number={}", w.draft(1).document_number)).await;
    assert!(page.contains("name=\"receipt_seen\"") && !page.contains("旧卡已交回"), "{page}");
    let seen = format!("{}&signed=1", about(&w, 1, id, made));
    let unseen = new.post("/collect/carry-out", &seen).await;
    let told = unseen.contains("未核实变更服务银行的业务受理回执") && unseen.contains("第31条");
    assert!(told, "{unseen}");
    assert!(!matches!(w.file(id).await.0.cards[1].custody, Custody::WithHolder { .. }));
    let done = new.post("/collect/carry-out", &format!("{seen}&receipt_seen=1")).await;
    for told in ["社保功能已启用", "新、旧社会保障卡", "业务受理回执", "原服务银行"]
    {
        assert!(done.contains(told), "{told}: {done}");
    }
    // Whoever activates it says what is left, too: a card that the carrier brought is handed over by nobody here.
    let done = new.post("/activate/carry-out", &about(&w, 1, id, made)).await;
    let told = "银行账户已激活。请告知持卡人携带新、旧社会保障卡、有效身份证件和业务受理回执，到原服务银行（";
    assert!(done.contains(told), "{done}");
    // An ordinary card is collected without one.
    let (second, card) = waiting(&w, 2).await;
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let page = clerk.post("/collect", &format!("number={}", w.draft(2).document_number)).await;
    assert!(!page.contains("receipt_seen"), "{page}");
    let done = clerk.post("/collect/carry-out", &format!("{}&signed=1", about(&w, 2, second, card))).await;
    assert!(done.contains("社保功能已启用"), "{done}");
    w.verified().await;
}

#[tokio::test]
async fn art_33_and_37_a_card_is_restricted_by_two_officers_and_cancelled_once_it_is_free() {
    clause!(R33.1);
    clause!(R33.5);
    clause!(R37.1);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let (city, province) =
        (signed_in(&w, Role::CityOfficer, CITY).await, signed_in(&w, Role::ProvinceOfficer, PROVINCE).await);
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let who = format!("holder={id}&card={card}");
    let proposed = city
        .post("/restrict/propose", &format!("{who}&ground=第八十八条&conduct=other_law&false_card=genuine"))
        .await;
    assert!(proposed.contains("限制已提出"), "{proposed}");
    let case = w.file(id).await.0.cards[0].restrictions[0].case;
    let decided = province.post("/restrict/decide", &format!("{who}&case={case}&approved=yes")).await;
    assert!(decided.contains("限制已生效"), "{decided}");
    let form = format!("{}&reason=moved_out&reminded=1&given_back=1&chip=locked", about(&w, 1, id, card));
    let held = upload(&clerk, "/cancel/carry-out", &form, &["proof"]).await;
    assert!(held.contains("恢复后才能注销"), "{held}");
    let lifted = city.post("/restrict/lift", &format!("{who}&case={case}&reason=已退回")).await;
    assert!(lifted.contains("已从全部社保卡恢复"), "{lifted}");
    let hello = sent_with(&clerk, "/cancel/carry-out", &form, &[("proof", "hello")]).await;
    assert!(hello.contains("终止服务证明影像不能识别") && hello.contains("id=\"why-proof\""), "{hello}");
    let unproved = upload(&clerk, "/cancel/carry-out", &form, &[]).await;
    assert!(unproved.contains("未收取终止人力资源社会保障服务的相关证明"), "{unproved}");
    let done = upload(&clerk, "/cancel/carry-out", &form, &["proof"]).await;
    assert!(done.contains("社保卡已注销"), "{done}");
    let bank = signed_in(&w, Role::BankClerk, BANK).await;
    let early = bank.post("/cancel/account-closed", &who).await;
    assert!(early.contains("账户资金尚未结转完毕"), "{early}");
    let closed = bank.post("/cancel/account-closed", &format!("{who}&settled=1")).await;
    assert!(closed.contains("账户已销户"), "{closed}");
    let (file, _) = w.file(id).await;
    assert!(file.cards[0].account_is_closed() && matches!(file.cards[0].custody, Custody::Recalled { .. }));
    w.verified().await;
}

#[tokio::test]
async fn appendix_10_the_slip_is_printed_signed_kept_and_then_the_cards_are_cleaned() {
    clause!(X10.1);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let clerk = signed_in(&w, Role::HrClerk, "44030300000101").await;
    let seen =
        format!("holder={id}&document_kind=1&document_number={}&verified=1", w.draft(1).document_number);
    let slip = clerk.post("/one-card/slip", &seen).await;
    assert!(slip.contains("申请人签名") && slip.contains(&format!("value=\"{card}\"")), "{slip}");
    let form = format!("holder={id}&card={card}&cards={card}&keep=all");
    let unsigned = upload(&clerk, "/one-card/clean", &form, &[]).await;
    assert!(unsigned.contains("缺经签字的一人一卡业务确认单"), "{unsigned}");
    // What is signed says of each card what lies on it, in the words of the file.
    assert!(slip.contains("正常使用") && !slip.contains("正式挂失"), "{slip}");
    let officer = w.officer(w.bank_outlet()).await;
    w.about(
        &officer,
        id,
        HolderCommand::ReportFormalLoss(ReportFormal { card, verified: true, deputy: None }),
    )
    .await
    .unwrap();
    let slip = clerk.post("/one-card/slip", &seen).await;
    assert!(slip.contains("正式挂失") && !slip.contains("正常使用"), "{slip}");
    let batch = w.file(id).await.0.cards[0].batch;
    let register = register(w.service.store(), &w.service.institutions(), batch, None, None).await.unwrap();
    let cells = &register.unwrap().cards[0].cells;
    assert!(cells.iter().any(|c| c.ends_with("，正式挂失")), "{cells:?}");
    let done = upload(&clerk, "/one-card/clean", &form, &["slip"]).await;
    assert!(done.contains("一人一卡清理已完成"), "{done}");
    assert!(!w.file(id).await.0.cards[0].stands());
    w.verified().await;
}

#[tokio::test]
async fn art_2_1_the_page_of_a_person_says_the_number_of_the_e_card_masked_once_it_has_come() {
    clause!(R2.1);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let page = clerk.post("/people", &format!("holder={id}")).await;
    assert!(page.contains("已申领，平台尚未返回卡号"), "{page}");
    w.service.deliver().await.unwrap();
    let number = kaguan_partner_sim::e_card_of(card).unwrap();
    let page = clerk.post("/people", &format!("holder={id}")).await;
    assert!(page.contains(&number.masked()) && !page.contains(number.as_str()), "{page}");
    w.verified().await;
}

#[tokio::test]
async fn art_12_2_an_outlet_that_types_a_batchs_number_sees_where_its_cards_are_and_a_name_alone_finds_nobody()
 {
    clause!(R12.2);
    clause!(R39.1);
    let w = World::new(On::Memory).await;
    let (id, card) = waiting(&w, 1).await;
    let batch = w.file(id).await.0.card(card).unwrap().batch;
    let number = w.service.batch(batch).await.unwrap().unwrap().batch.unwrap().number;
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let find = async |door: &Door, typed: &str| {
        door.send("POST", "/people", &format!("number={typed}"), "http://console").await
    };
    let (_, _, to) = find(&clerk, &number).await;
    assert_eq!(to, Some(format!("/boxes/tree?batch={batch}")));
    let city = signed_in(&w, Role::CityOfficer, CITY).await;
    assert_eq!(find(&city, &number).await.2, Some(format!("/batches/{batch}")));
    let (_, page, _) = find(&clerk, "李伟明").await;
    assert!(page.contains("只有姓名") && page.contains("出生日期"), "{page}");
    assert!(!page.contains("不合规"), "{page}");
}
