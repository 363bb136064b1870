//! 成品卡去向: a short box and its missing card, the post.

use super::{BANK, CITY, Desk, OUTLET, PROVINCE, code_by_sms, place, waiting_card};
use kaguan_domain::alive::MarkDeath;
use kaguan_domain::cancellation::Cancel;
use kaguan_domain::clause;
use kaguan_domain::collection::TrackPost;
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::dispatch::{HolderCommand, Position};
use kaguan_domain::distribution::TakeOver;
use kaguan_domain::duty::Notify;
use kaguan_domain::facts::application::Register;
use kaguan_domain::facts::fee::{Fee, FreeGround};
use kaguan_domain::facts::institution::Role;
use kaguan_domain::facts::notice::NoticeKind;
use kaguan_domain::facts::partner::{Partner, PartnerKey};
use kaguan_domain::facts::post_news::{PostNews, PostStep};
use kaguan_domain::ids::{CardId, CaseId, HolderId, PartnerId};
use kaguan_domain::institution::InstitutionCommand;
use kaguan_domain::link::{AnswerIntent, BankAnswer};
use kaguan_domain::restriction::{Confiscate, Decide};
use kaguan_service::Command;
use kaguan_testkit::{BOTH, On, World, missing, receive, ship, stated};

const SHENZHEN: &str = "44030000000001";
const COUNTY: &str = "44010600000001";
/// What the first page of a centre, of an outlet, and of whoever takes cards back says.
const AT_A_CENTRE: &str = "本机构保管或待本机构接收、待转接的单张成品卡</a> <b>1</b>";
const ELSEWHERE: &str = "其他机构保管、待本网点单卡转接的成品卡</a> <b>1</b>";
const TO_WITHDRAW: &str = "已注销、清理或须收缴，待追回或回收的社保卡</a> <b>1</b>";

/// Its holder moves away before he had it.
async fn cancelled(w: &World, id: HolderId, card: CardId) {
    let cancel = Cancel { given_back_at: None, chip: None, ..w.moved_out(id, card).await };
    let clerk = w.officer(w.outlet()).await;
    w.about(&clerk, id, HolderCommand::Cancel(cancel)).await.unwrap();
}

async fn number_of(w: &World, id: HolderId) -> String {
    w.file(id).await.0.cards[0].card_no.as_str().to_owned()
}

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
    // Who answers was stated as the box was signed for: it stands there, and no other is taken.
    assert!(page.contains("<select name=\"answers\"><option value=\"\">金邦达</option></select>"), "{page}");
    let today = w.service.now().date();
    let said = format!("date={today}&place=省中心&account=清点未见");
    let other = province.does(&w, a, "missing", &format!("{said}&answers={PROVINCE}")).await;
    assert!(other.contains("责任方是金邦达，缺卡的责任方须与其一致"), "{other}");
    assert!(other.contains("id=\"why-answers\""), "{other}");
    let other = province.does(&w, a, "missing", &format!("{said}&answers=金邦达")).await;
    assert!(
        other.contains("（责任机构）") && !other.contains("须与其一致"),
        "there is no such office: {other}"
    );
    assert_eq!(place(&w, a).await, Position::AtProvince);
    let page = province.does(&w, a, "missing", &said).await;
    assert!(page.contains("已办理：登记缺卡"), "{page}");
    assert_eq!((place(&w, a).await, place(&w, b).await), (Position::Missing, Position::AtProvince));
    assert!(page.contains("签收时已短少，由金邦达负责") && page.contains("责任方金邦达"), "{page}");
    let file = w.service.batch(batch).await.unwrap().unwrap();
    assert_eq!((file.boxes[0].short(), file.inside(r#box)), (0, 1));
    // The city sees it on its list and has it made again.
    let city = Desk::of(&w, Role::CityOfficer, CITY).await;
    let home = city.get("/").await;
    assert!(home.contains("<a href=\"/stranded#missing\">登记缺失、待补制的成品卡</a> <b>1</b>"), "{home}");
    let list = city.get("/stranded").await;
    assert!(list.contains(&number) && list.contains("清点未见"), "{list}");
    let again = format!("form_no=44010000777&collect_at={}", w.outlet());
    // Its form is numbered as every form is (Article 10).
    let other = format!("form_no=核实遗失&collect_at={}&sure=1", w.outlet());
    let page = city.does(&w, a, "make_again", &other).await;
    assert!(page.contains("补制申领表编码不合规：编号规则为44+地区代码+地市自编，不超过20位"), "{page}");
    assert!(page.contains("id=\"why-form_no\""), "beside its field: {page}");
    assert_eq!(place(&w, a).await, Position::Missing);
    let unsure = city.does(&w, a, "make_again", &again).await;
    assert!(unsure.contains("须勾选已核对姓名和卡号并确定补制，该卡没有补制。补制后原卡注销"), "{unsure}");
    let page = city.does(&w, a, "make_again", &format!("{again}&sure=1")).await;
    assert!(page.contains("免收工本费") && page.contains("<a href=\"/receipts/"), "with its receipt: {page}");
    // Of a card that no count missed it is chosen by name.
    let page = province.post("/cards-on-their-way", &format!("number={}", number_of(&w, b).await)).await;
    assert!(page.contains("<select name=\"answers\"><option value=\"\">账面保管机构</option>"), "{page}");
    assert!(page.contains(&format!("<option value=\"{PROVINCE}\">")), "{page}");
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
    assert!(home.contains(&format!("<a href=\"/overdue#returning\">{waits}</a> <b>1</b>")), "{home}");
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

#[tokio::test]
async fn art_12_1_a_card_that_shenzhen_found_stands_with_its_outlet_and_its_own_city_is_told_who_has_it() {
    clause!(R12.1);
    for on in BOTH {
        let w = World::new(on).await;
        let id = w.applicant(1, w.outlet()).await;
        w.applicant(2, w.outlet()).await;
        w.cards_made().await;
        let (card, number) = (w.card_of(id).await, number_of(&w, id).await);
        let province = w.officer(w.org(PROVINCE)).await;
        w.about(&province, id, missing(card, w.service.now().date())).await.unwrap();
        let clerk = Desk::of(&w, Role::HrClerk, OUTLET).await;
        let bank = Desk::of(&w, Role::BankClerk, BANK).await;
        let city = Desk::of(&w, Role::CityOfficer, CITY).await;
        let shenzhen = Desk::of(&w, Role::CityOfficer, SHENZHEN).await;
        let page = shenzhen.post("/boxes/found", &format!("found={number}")).await;
        assert!(page.contains("已登记寻回") && page.contains("请移交领卡网点"), "{on:?}: {page}");
        // It stands with whoever has it and with whoever takes it over, and nowhere else.
        let home = shenzhen.get("/").await;
        assert!(home.contains(AT_A_CENTRE), "{on:?}: {home}");
        let list = shenzhen.get("/boxes?single.as=csv").await;
        assert!(list.contains(&number) && list.contains("移交领卡网点，由其办理单卡转接"), "{on:?}: {list}");
        let home = clerk.get("/").await;
        assert!(home.contains(ELSEWHERE), "{on:?}: {home}");
        let name = w.service.institutions().org(w.org(SHENZHEN)).unwrap().name.clone();
        let list = clerk.get("/boxes?single.as=csv").await;
        assert!(
            list.contains(&number) && list.contains(&name) && list.contains("收到卡后"),
            "{on:?}: {list}"
        );
        for desk in [&bank, &city] {
            let home = desk.get("/").await;
            assert!(!home.contains("单卡转接的成品卡") && !home.contains("待转接的单张"), "{on:?}: {home}");
        }
        // Its own city cannot distribute it: the clock says who has it, and that its outlet fetches it.
        for page in [city.get("/").await, clerk.get("/").await] {
            let said = ["他市机构保管", &format!("由{name}保管"), "单卡转接"];
            assert!(said.iter().all(|text| page.contains(text)), "{on:?}: {page}");
        }
        let board = city.get("/clocks").await;
        assert!(board.contains("他市机构保管") && !board.contains("市中心保管"), "{on:?}: {board}");
        let page = shenzhen.post("/boxes/take-over", &format!("taken={number}&kept_at=卡库&signer=丙")).await;
        assert!(page.contains("该卡已在本机构保管"), "{on:?}: {page}");
        let page = clerk.post("/boxes/take-over", &format!("taken={number}&kept_at=卡库&signer=丙")).await;
        assert!(page.contains("已办理单卡转接") && page.contains("可以发放"), "{on:?}: {page}");
        for (desk, line) in [(&shenzhen, AT_A_CENTRE), (&clerk, ELSEWHERE)] {
            assert!(!desk.get("/").await.contains(line), "{on:?}: it is where it belongs");
        }
        let page = city.get("/").await;
        assert!(!page.contains("他市机构保管"), "{on:?}: {page}");
        w.verified().await;
    }
}

#[tokio::test]
async fn art_32_1_a_card_cancelled_at_a_county_is_signed_for_by_its_city_taken_back_and_destroyed() {
    clause!(R32.1);
    clause!(R33.4);
    for on in BOTH {
        let w = World::new(on).await;
        let (id, _) = waiting_card(&w).await;
        let (card, number) = (w.card_of(id).await, number_of(&w, id).await);
        let (kept_at, signer) = ("卡库".to_owned(), "丙".to_owned());
        let taken = TakeOver { card, org: w.org(COUNTY), kept_at, signer };
        w.about(&w.officer(w.org(COUNTY)).await, id, HolderCommand::TakeOver(taken)).await.unwrap();
        cancelled(&w, id, card).await;
        let county = Desk::of(&w, Role::CountyClerk, COUNTY).await;
        let clerk = Desk::of(&w, Role::HrClerk, OUTLET).await;
        let city = Desk::of(&w, Role::CityOfficer, CITY).await;
        for (desk, next) in [(&county, "已注销：移交"), (&city, "已注销：收到卡后")] {
            let home = desk.get("/").await;
            assert!(home.contains(AT_A_CENTRE), "{on:?}: {home}");
            let list = desk.get("/boxes?single.as=csv").await;
            assert!(list.contains(&number) && list.contains(next), "{on:?}: {list}");
        }
        // Nobody hands it out: its outlet has nothing to fetch, and is told who has.
        assert!(!clerk.get("/").await.contains("待本网点单卡转接"), "{on:?}");
        let page = clerk.post("/cards-on-their-way", &format!("number={number}")).await;
        assert!(page.contains("办理单卡转接后回收") && !page.contains("在“回收”办理"), "{on:?}: {page}");
        let signed = format!("taken={number}&kept_at=卡库&signer=丙");
        let page = clerk.post("/boxes/take-over", &signed).await;
        assert!(page.contains("办理单卡转接后回收") && page.contains("第32条"), "{on:?}: {page}");
        let page = city.post("/boxes/take-over", &signed).await;
        assert!(page.contains("请办理回收，账户销户后登记销毁"), "{on:?}: {page}");
        assert!(!county.get("/").await.contains(AT_A_CENTRE), "{on:?}: the city has it");
        let home = city.get("/").await;
        assert!(home.contains(TO_WITHDRAW) && !home.contains(AT_A_CENTRE), "{on:?}: {home}");
        let page = city.post("/recall/take-back", &format!("holder={id}&card={card}&reason=cancelled")).await;
        assert!(page.contains("社保卡已回收"), "{on:?}: {page}");
        let file = w.file(id).await.0;
        let seq = file.cards[0].intents.last().unwrap().seq;
        let close = HolderCommand::AnswerIntent(AnswerIntent { card, seq, answer: BankAnswer::Done });
        w.about(&Actor::Bank(file.cards[0].bank.clone()), id, close).await.unwrap();
        let page = city.does(&w, id, "destroy", "sure=1").await;
        assert!(page.contains("已办理：销毁"), "{on:?}: {page}");
        w.verified().await;
    }
}

#[tokio::test]
async fn art_32_1_a_card_cancelled_in_its_box_stands_with_whoever_has_the_box_or_signs_for_it() {
    clause!(R12.1);
    clause!(R32.1);
    for on in BOTH {
        let w = World::new(on).await;
        let (id, batch) = waiting_card(&w).await;
        let r#box = w.service.batch(batch).await.unwrap().unwrap().boxes[0].id;
        let (card, number) = (w.card_of(id).await, number_of(&w, id).await);
        let clerk = Desk::of(&w, Role::HrClerk, OUTLET).await;
        let city = Desk::of(&w, Role::CityOfficer, CITY).await;
        let bank = Desk::of(&w, Role::BankClerk, BANK).await;
        let county = w.officer(w.org(COUNTY)).await;
        assert!(!clerk.get("/").await.contains("待追回或回收"), "{on:?}");
        cancelled(&w, id, card).await;
        let home = clerk.get("/").await;
        assert!(home.contains(TO_WITHDRAW), "{on:?}: {home}");
        let csv = clerk.get("/overdue?to_withdraw.as=csv").await;
        assert!(csv.contains(&number) && csv.contains("从箱内"), "{on:?}: {csv}");
        assert!(clerk.get("/overdue").await.contains("href=\"/recall/"), "{on:?}");
        let of = w.file(id).await.0.cards[0].bank.clone();
        let csv = clerk.get(&format!("/overdue?to_withdraw.bank={of}&to_withdraw.as=csv")).await;
        assert!(csv.contains(&number), "{on:?}: {csv}");
        for desk in [&bank, &city] {
            assert!(!desk.get("/").await.contains("待追回或回收"), "{on:?}");
        }
        // The box goes up again, and whoever has to sign for it, or has it, has the card.
        w.batch(&w.officer(w.outlet()).await, batch, ship(r#box, w.org(COUNTY))).await.unwrap();
        assert!(!clerk.get("/").await.contains("待追回或回收"), "{on:?}: it is sent away");
        w.batch(&county, batch, receive(r#box, w.org(COUNTY), 1)).await.unwrap();
        w.batch(&county, batch, ship(r#box, w.org(CITY))).await.unwrap();
        assert!(city.get("/").await.contains(TO_WITHDRAW), "{on:?}");
        let csv = city.get("/stranded?to_withdraw.as=csv").await;
        assert!(csv.contains(&number) && csv.contains("签收该箱"), "{on:?}: {csv}");
        w.batch(&w.officer(w.org(CITY)).await, batch, receive(r#box, w.org(CITY), 1)).await.unwrap();
        let csv = city.get("/stranded?to_withdraw.as=csv").await;
        assert!(csv.contains(&number) && csv.contains("从箱内"), "{on:?}: {csv}");
        let page = clerk.post("/cards-on-their-way", &format!("number={number}")).await;
        assert!(page.contains("从箱内"), "{on:?}: {page}");
        w.verified().await;
        let page = city.post("/recall/take-back", &format!("holder={id}&card={card}&reason=cancelled")).await;
        assert!(page.contains("社保卡已回收"), "{on:?}: {page}");
        assert!(!city.get("/").await.contains("待追回或回收"), "{on:?}");
        w.verified().await;
    }
}

#[tokio::test]
async fn art_38_4_a_confiscated_card_stands_with_whoever_cancels_it() {
    clause!(R38.1);
    clause!(R33.1);
    for (on, keeper) in [(On::Memory, CITY), (On::Memory, OUTLET)] {
        let w = World::new(on).await;
        let (id, card) = w.with_card(1).await;
        let number = number_of(&w, id).await;
        let (case, at) = (CaseId(w.service.fresh()), w.org(keeper));
        let officer = w.officer(w.org(CITY)).await;
        let propose = stated::restriction_for_fraud(card, case, "以假证件申领");
        w.about(&Actor::System, id, HolderCommand::ProposeRestriction(propose)).await.unwrap();
        let decide = Decide { card, case, approved: true, why: String::new() };
        w.about(&officer, id, HolderCommand::DecideRestriction(decide)).await.unwrap();
        let clerk = Desk::of(&w, Role::HrClerk, OUTLET).await;
        let bank = Desk::of(&w, Role::BankClerk, BANK).await;
        let city = Desk::of(&w, Role::CityOfficer, CITY).await;
        let away = Desk::of(&w, Role::HrClerk, "44030300000101").await;
        assert!(!clerk.get("/").await.contains("已收缴或清理交回、待注销"), "its holder has it still");
        let taken = Confiscate { card, case, at };
        w.about(&w.officer(at).await, id, HolderCommand::Confiscate(taken)).await.unwrap();
        let line = |path: &str| {
            format!("<a href=\"{path}#confiscated\">已收缴或清理交回、待注销的社保卡</a> <b>1</b>")
        };
        // An outlet cancels what it keeps; what the centre keeps any outlet of the city does, and the centre sees that it waits.
        let home = clerk.get("/").await;
        assert!(home.contains(&line("/overdue")), "{keeper}: {home}");
        let of_centre = keeper == CITY;
        for (desk, path) in [(&bank, "/overdue"), (&city, "/stranded")] {
            let home = desk.get("/").await;
            assert_eq!(home.contains(&line(path)), of_centre, "{keeper}: {home}");
        }
        assert!(!away.get("/").await.contains("已收缴或清理交回、待注销"), "{keeper}: another city's");
        let list = clerk.get("/overdue").await;
        assert!(list.contains("href=\"/cancel/"), "{keeper}: {list}");
        let csv = clerk.get("/overdue?confiscated.as=csv").await;
        assert!(csv.contains(&number) && csv.contains("以收缴为原因办理注销"), "{keeper}: {csv}");
        if of_centre {
            let csv = city.get("/stranded?confiscated.as=csv").await;
            assert!(csv.contains(&number) && csv.contains("的卡经办网点在“注销”"), "{csv}");
        }
        let page =
            clerk.post("/cancel/carry-out", &format!("holder={id}&card={card}&reason=confiscated")).await;
        assert!(page.contains("社保卡已注销"), "{keeper}: {page}");
        for desk in [&clerk, &bank, &city] {
            assert!(!desk.get("/").await.contains("已收缴或清理交回、待注销"), "{keeper}");
        }
        w.verified().await;
    }
}

#[tokio::test]
async fn art_38_4_a_false_card_that_nobody_collected_stands_with_whoever_keeps_it_and_is_confiscated_there() {
    clause!(R38.1);
    clause!(R12.1);
    for on in BOTH {
        let w = World::new(on).await;
        let (id, _) = waiting_card(&w).await;
        let (card, number) = (w.card_of(id).await, number_of(&w, id).await);
        let case = CaseId(w.service.fresh());
        let propose = stated::restriction_for_fraud(card, case, "以假证件申领");
        w.about(&Actor::System, id, HolderCommand::ProposeRestriction(propose)).await.unwrap();
        let decide = Decide { card, case, approved: true, why: String::new() };
        w.about(&w.officer(w.org(CITY)).await, id, HolderCommand::DecideRestriction(decide)).await.unwrap();
        w.verified().await;
        let clerk = Desk::of(&w, Role::HrClerk, OUTLET).await;
        let bank = Desk::of(&w, Role::BankClerk, BANK).await;
        let city = Desk::of(&w, Role::CityOfficer, CITY).await;
        let home = clerk.get("/").await;
        assert!(home.contains(TO_WITHDRAW), "{on:?}: {home}");
        for desk in [&bank, &city] {
            assert!(!desk.get("/").await.contains("待追回或回收"), "{on:?}");
        }
        let csv = clerk.get("/overdue?to_withdraw.as=csv").await;
        assert!(csv.contains(&number) && csv.contains("从箱内") && csv.contains("办理收缴"), "{on:?}: {csv}");
        assert!(clerk.get("/overdue").await.contains("href=\"/recall/"), "{on:?}");
        let page = clerk.post("/cards-on-their-way", &format!("number={number}")).await;
        assert!(page.contains("办理收缴") && !page.contains("恢复后才能领取"), "{on:?}: {page}");
        // Its keeper has the button; another outlet reads who has it, and nobody is told to free it.
        let who = format!("number={}", w.draft(1).document_number);
        let there = clerk.post("/recall", &who).await;
        assert!(there.contains("/recall/confiscate"), "{on:?}: {there}");
        let away = bank.post("/recall", &who).await;
        assert!(
            away.contains("收缴现在不能办理：") && !away.contains("/recall/confiscate"),
            "{on:?}: {away}"
        );
        for page in [&there, &away, &clerk.post("/cancel", &who).await] {
            assert!(!page.contains("行为更正后") && !page.contains("恢复后才能"), "{on:?}: {page}");
        }
        let about = format!("holder={id}&card={card}");
        let page = clerk.post("/recall/confiscate", &format!("{about}&case={case}")).await;
        assert!(page.contains("社保卡已收缴") && page.contains("以收缴为原因办理注销"), "{on:?}: {page}");
        let home = clerk.get("/").await;
        assert!(
            !home.contains("待追回或回收") && home.contains("待注销的社保卡</a> <b>1</b>"),
            "{on:?}: {home}"
        );
        w.verified().await;
        let page = clerk.post("/cancel/carry-out", &format!("{about}&reason=confiscated")).await;
        assert!(page.contains("社保卡已注销"), "{on:?}: {page}");
        w.verified().await;
    }
}
