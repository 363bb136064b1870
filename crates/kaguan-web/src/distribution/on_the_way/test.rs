//! 成品卡去向: a short box and its missing card, the post.

use super::{BANK, CITY, Desk, OUTLET, PROVINCE, code_by_sms, place, waiting_card};
use kaguan_domain::alive::MarkDeath;
use kaguan_domain::clause;
use kaguan_domain::collection::TrackPost;
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::dispatch::{HolderCommand, Position};
use kaguan_domain::duty::Notify;
use kaguan_domain::facts::application::Register;
use kaguan_domain::facts::fee::{Fee, FreeGround};
use kaguan_domain::facts::institution::Role;
use kaguan_domain::facts::notice::NoticeKind;
use kaguan_domain::facts::partner::{Partner, PartnerKey};
use kaguan_domain::facts::post_news::{PostNews, PostStep};
use kaguan_domain::ids::PartnerId;
use kaguan_domain::institution::InstitutionCommand;
use kaguan_service::Command;
use kaguan_testkit::{On, World};

#[tokio::test]
async fn art_12_1_a_short_box_is_signed_for_its_card_named_and_made_again_from_the_console() {
    clause!(R12.1);
    let w = World::new(On::Memory).await;
    let (a, b) = (w.applicant(1, w.outlet()).await, w.applicant(2, w.outlet()).await);
    let batch = w.cards_made().await;
    let r#box = w.service.batch(batch).await.unwrap().unwrap().boxes[0].id;
    let province = Desk::of(&w, Role::ProvinceOfficer, PROVINCE).await;
    let about = format!("batch={batch}&box={box}", r#box = r#box);
    let page = province.get("/boxes").await;
    assert!(
        !page.contains("name=\"kept_at\" value=") && !page.contains("name=\"manner\" value="),
        "nothing is a constant"
    );
    let body = province.post("/boxes/receive", &format!("{about}&counted=1&kept_at=库&signer=甲")).await;
    assert!(body.contains("清点数量与账面数量不符"), "{body}");
    let short = "counted=1&kept_at=库&signer=甲&short=1&answers=sender&account=封条完好";
    let body = province.post("/boxes/receive", &format!("{about}&{short}")).await;
    assert!(body.contains("已签收") && body.contains("短少1张，责任方金邦达"), "{body}");
    let balances = w.service.store().custody_balances().await.unwrap();
    assert!(
        balances.contains(&("missing".into(), 1)) && balances.contains(&("vendor:1".into(), 0)),
        "{balances:?}"
    );
    // Whose card it is: found by the number, named, and recorded as missing in one go.
    let (file, _) = w.file(a).await;
    let number = file.cards[0].card_no.as_str().to_owned();
    let page = province.post("/cards-on-their-way", &format!("number={number}")).await;
    assert!(page.contains("登记缺卡"), "{page}");
    let today = w.service.now().date();
    let said = format!("date={today}&place=省中心&account=清点未见");
    let page = province.does(&w, a, "missing", &said).await;
    assert!(page.contains("已办理：登记缺卡"), "{page}");
    assert_eq!((place(&w, a).await, place(&w, b).await), (Position::Missing, Position::AtProvince));
    assert!(page.contains("签收时已短少，由金邦达负责") && page.contains("责任方金邦达"), "{page}");
    let file = w.service.batch(batch).await.unwrap().unwrap();
    assert_eq!((file.boxes[0].short(), file.inside(r#box)), (0, 1));
    // The city sees it on its list and has it made again.
    let city = Desk::of(&w, Role::CityOfficer, CITY).await;
    let home = city.get("/").await;
    assert!(home.contains("<a href=\"/stranded\">登记缺失、待补制的成品卡</a> <b>1</b>"), "{home}");
    let list = city.get("/stranded").await;
    assert!(list.contains(&number) && list.contains("清点未见"), "{list}");
    let again = format!("form_no=44010000777&collect_at={}", w.outlet());
    let page = city.does(&w, a, "make_again", &again).await;
    assert!(page.contains("免收工本费") && page.contains("<a href=\"/receipts/"), "with its receipt: {page}");
    let (file, _) = w.file(a).await;
    let application = file.applications.last().unwrap();
    assert_eq!(application.fee, Fee::Free { ground: FreeGround::LostBeforeHandOver });
    assert_eq!(place(&w, a).await, Position::AwaitingBatch);
    w.verified().await;
}

#[tokio::test]
async fn art_14_4_the_post_is_explained_the_code_is_the_holders_and_a_returned_letter_is_stock_again() {
    clause!(R14.1);
    clause!(R14.4);
    let w = World::new(On::Memory).await;
    let (id, _) = waiting_card(&w).await;
    let clerk = Desk::of(&w, Role::HrClerk, OUTLET).await;
    let told = "tracking=EMS1&told_postage=1&told_code=1";
    let page = clerk.does(&w, id, "post/send", told).await;
    assert!(page.contains("未选择邮递上门"), "nobody asked for the post: {page}");
    let name = w.file(id).await.0.person.unwrap().details.name.display().to_owned();
    let to = "mailing_address=广州市天河区体育东路1号&recipient=李四&recipient_phone=13800000001";
    let page = clerk.does(&w, id, "post/send", &format!("{told}&{to}")).await;
    assert!(page.contains("须选择邮递意愿由谁、如何提出") && page.contains("体育东路1号"), "{page}");
    assert_eq!(place(&w, id).await, Position::AtOutlet, "and not sent anywhere else");
    // Where to is judged before it is chosen whose wish it is.
    let bad = "mailing_address=x&recipient=李四&recipient_phone=1";
    let page = clerk.does(&w, id, "post/send", &format!("{told}&{bad}")).await;
    assert!(page.contains("须选择邮递意愿") && page.contains("收件人联系方式不是有效的电话号码"), "{page}");
    let page = clerk.does(&w, id, "post/send", "tracking=").await;
    for missing in ["未登记邮件号", "未选择邮递上门", "尚未告知持卡人邮费分担和凭短信取件码签收"]
    {
        assert!(page.contains(missing), "{missing}: {page}");
    }
    let page = clerk.does(&w, id, "post/send", &format!("{told}&wish=phone&speaker={name}&{to}")).await;
    assert!(page.contains("未回拨档案登记的手机号码"), "{page}");
    let wish = format!("wish=phone&speaker={name}&called_back=1&{to}");
    let page = clerk.does(&w, id, "post/send", &format!("tracking=EMS1&told_postage=1&{wish}")).await;
    assert!(page.contains("尚未告知持卡人邮费分担和凭短信取件码签收"), "{page}");
    let page = clerk.does(&w, id, "post/send", &format!("{told}&{wish}")).await;
    assert!(page.contains("取件码已由系统发送"), "{page}");
    assert!(page.contains("/receipts/business/") && page.contains("李*，****01，广州市天河区…"), "{page}");
    assert!(!page.contains("体育东路"), "masked");
    let label = format!("holder={id}&card={}", w.card_of(id).await);
    let page = clerk.post("/post/label", &label).await;
    assert!(page.contains("体育东路1号") && page.contains("EMS1"), "for the envelope: {page}");
    let pdf = clerk.post("/post/label/pdf", &label).await;
    assert!(pdf.starts_with("%PDF-"), "{pdf}");
    let bank = Desk::of(&w, Role::BankClerk, BANK).await;
    let page = bank.post("/post/label", &label).await;
    assert!(!page.contains("体育东路"), "another outlet's: {page}");
    let code = code_by_sms(&w).await;
    assert!(code.len() == 6 && !page.contains(&code), "the clerk does not see it");
    assert!(clerk.get("/overdue").await.contains("EMS1"), "on the outlet's list of the post");
    let page = clerk.does(&w, id, "post/returned", "account=地址不详").await;
    assert!(page.contains("已登记邮件退回"), "{page}");
    assert_eq!(place(&w, id).await, Position::AtOutlet);
    clerk.does(&w, id, "post/send", "tracking=EMS2&told_postage=1&told_code=1").await;
    let second = code_by_sms(&w).await;
    let wrong = if second == "000000" { "000001" } else { "000000" };
    let page = clerk.does(&w, id, "post/confirm", &format!("code={wrong}&signed_before=clerk")).await;
    assert!(page.contains("短信取件码不符"), "{page}");
    let page = clerk.does(&w, id, "post/confirm", &format!("code={second}")).await;
    assert!(page.contains("须选择签收凭据") && page.contains("why-signed_before"), "{page}");
    let page = clerk.does(&w, id, "post/confirm", &format!("code={second}")).await;
    assert!(page.contains("须选择签收凭据") && page.contains("why-signed_before"), "{page}");
    let page = clerk.does(&w, id, "post/confirm", &format!("code={second}&signed_before=clerk")).await;
    assert!(page.contains("未核实有效身份证件原件") && page.contains("签收台账"), "{page}");
    let number = w.draft(1).document_number;
    let seen = format!(
        "code={second}&signed_before=clerk&document_kind=1&document_number={number}&verified=1&signed=1"
    );
    let page = clerk.does(&w, id, "post/confirm", &seen).await;
    assert!(page.contains("/receipts/business/"), "{page}");
    assert_eq!(place(&w, id).await, Position::Enabled);
    w.verified().await;
}

#[tokio::test]
async fn art_14_1_what_the_post_brings_back_stands_in_todays_work_with_the_carriers_reason() {
    clause!(R14.1);
    let w = World::new(On::Memory).await;
    let id = PartnerId::parse("post:ems").unwrap();
    let public = kaguan_api::sign::Secret::fresh().public();
    let key = PartnerKey { id: "key-1".into(), public, from: Instant(0), until: None };
    let entry = Partner { id: id.clone(), name: "邮政速递".into(), endpoint: None, keys: vec![key] };
    w.system(Command::Institution(InstitutionCommand::RegisterPartner(entry))).await.unwrap();
    let (holder, _) = waiting_card(&w).await;
    let clerk = Desk::of(&w, Role::HrClerk, OUTLET).await;
    let name = w.file(holder).await.0.person.unwrap().details.name.display().to_owned();
    let to = "mailing_address=广州市天河区体育东路1号&recipient=李四&recipient_phone=13800000001";
    let wish = format!("wish=phone&speaker={name}&called_back=1&{to}");
    let sent = format!("tracking=EMS1&told_postage=1&told_code=1&{wish}");
    assert!(clerk.does(&w, holder, "post/send", &sent).await.contains("取件码已由系统发送"));
    let waits = "邮政企业退回、待登记的邮件";
    assert!(!clerk.get("/").await.contains(waits));
    let reason = Some("收件人电话无法接通".to_owned());
    let news = PostNews { step: PostStep::Returning, at: w.service.now(), reason };
    let card = w.card_of(holder).await;
    let track = HolderCommand::TrackPost(TrackPost { card, tracking: "EMS1".into(), news });
    w.about(&Actor::Partner(id), holder, track).await.unwrap();
    let home = clerk.get("/").await;
    assert!(home.contains(&format!("<a href=\"/overdue\">{waits}</a> <b>1</b>")), "{home}");
    let list = clerk.get("/overdue").await;
    assert!(list.contains("邮政企业退回：收件人电话无法接通") && list.contains("邮件退回登记"), "{list}");
    // The reason stands in the form already; the clerk has the letter in hand, and says so.
    let page = clerk.does(&w, holder, "post/returned", "account=").await;
    assert!(page.contains("value=\"收件人电话无法接通\""), "{page}");
    let page = clerk.does(&w, holder, "post/returned", "account=收件人电话无法接通").await;
    assert!(page.contains("已登记邮件退回"), "{page}");
    assert!(!clerk.get("/").await.contains(waits));
    w.verified().await;
}

#[tokio::test]
async fn art_33_1_a_letter_to_the_dead_is_fetched_back_and_no_page_offers_to_sign_for_it() {
    clause!(R33.1);
    clause!(R32.2);
    clause!(R14.1);
    let w = World::new(On::Memory).await;
    let (id, _) = waiting_card(&w).await;
    let clerk = Desk::of(&w, Role::HrClerk, OUTLET).await;
    let name = w.file(id).await.0.person.unwrap().details.name.display().to_owned();
    let to = "mailing_address=广州市天河区体育东路1号&recipient=李四&recipient_phone=13800000001";
    let wish = format!("wish=phone&speaker={name}&called_back=1&{to}");
    let sent = format!("tracking=EMS1&told_postage=1&told_code=1&{wish}");
    let page = clerk.does(&w, id, "post/send", &sent).await;
    assert!(page.contains("已登记邮递上门"), "{page}");
    let whose = format!("holder={id}");
    assert!(clerk.post("/post", &whose).await.contains("action=\"/post/confirm"));
    for source in [Register::PublicSecurity, Register::SocialSecurity] {
        let mark = HolderCommand::MarkDeath(MarkDeath { source, number: None, evidence: None });
        w.about(&Actor::System, id, mark).await.unwrap();
    }
    let card = w.card_of(id).await;
    let notify = HolderCommand::Notify(Notify { card, kind: NoticeKind::HolderDead });
    w.about(&Actor::System, id, notify).await.unwrap();
    let back = "请联系邮政企业退回，退回后办理邮件退回登记和回收";
    let page = clerk.post("/post", &whose).await;
    assert!(page.contains("凭取件码签收现在不能办理：") && page.contains(back), "{page}");
    assert!(!page.contains("action=\"/post/confirm") && page.contains("action=\"/post/returned"), "{page}");
    let list = clerk.get("/overdue").await;
    assert!(list.contains("现在不能签收：") && list.contains(back), "{list}");
    let page = clerk.post("/recall", &whose).await;
    assert!(page.contains(back) && !page.contains("请待收件人"), "{page}");
    // Today's work tells its outlet, as of any other card of the dead.
    let home = clerk.get("/?work.owner=outlet").await;
    assert!(home.contains("持卡人死亡，卡待回收") && home.contains("追回邮件，邮件退回登记"), "{home}");
    let code = code_by_sms(&w).await;
    let number = w.draft(1).document_number;
    let seen = format!(
        "code={code}&signed_before=clerk&document_kind=1&document_number={number}&verified=1&signed=1"
    );
    let page = clerk.does(&w, id, "post/confirm", &seen).await;
    assert!(page.contains("死亡已核实") && page.contains(back), "{page}");
    let page = clerk.does(&w, id, "post/returned", "account=收件人已故").await;
    assert!(page.contains("已登记邮件退回"), "{page}");
    let follows = page.split("接下来").nth(1).and_then(|rest| rest.split("</section>").next()).unwrap();
    assert!(follows.contains("href=\"/recall/"), "what comes next is that it is taken back: {follows}");
    let page = clerk.post("/recall/take-back", &format!("{whose}&card={card}&reason=holder_dead")).await;
    assert!(page.contains("社保卡已回收"), "{page}");
    w.verified().await;
}
