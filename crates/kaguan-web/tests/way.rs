//! The doors of cards on their way: boxes that are short, the post, missing cards, uncollected ones.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

#[path = "press.rs"]
mod press;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::{BatchCommand, Position, position};
use kaguan_domain::facts::custody::{Custody, Party};
use kaguan_domain::facts::fee::{Fee, FreeGround};
use kaguan_domain::facts::institution::Role;
use kaguan_domain::facts::letter::Letter;
use kaguan_domain::ids::{BatchId, HolderId, OfficerId};
use kaguan_domain::institution::{InstitutionCommand, NewOfficer};
use kaguan_domain::link::{AnswerIntent, BankAnswer};
use kaguan_service::Command;
use kaguan_testkit::{On, World};

const PROVINCE: &str = "44000000000001";
const CITY: &str = "44010000000001";
const OUTLET: &str = "44010600000101";
const BANK: &str = "44010395588001";

/// An officer's browser.
struct Desk {
    router: Router,
    login: String,
    cookie: String,
}

impl Desk {
    async fn of(w: &World, role: Role, org: &str) -> Self {
        let login = format!("{role:?}{org}").to_lowercase();
        let new = NewOfficer {
            id: OfficerId(w.service.fresh()),
            login: login.clone(),
            name: "经办人甲".into(),
            role,
            org: w.org(org),
            password_hash: kaguan_web::hash_password("right").unwrap(),
        };
        w.system(Command::Institution(InstitutionCommand::AddOfficer(new))).await.unwrap();
        let mut desk = Self { router: kaguan_web::router(w.service.clone()), login, cookie: String::new() };
        desk.sign_in().await;
        desk
    }

    /// Signs in; who was idle for days has to do it again.
    async fn sign_in(&mut self) {
        let form = format!("login={}&password=right", self.login);
        let (_, _, cookie) = self.send("POST", "/sign-in", &form).await;
        self.cookie = cookie.split(';').next().unwrap().to_owned();
    }

    async fn send(&self, method: &str, path: &str, form: &str) -> (StatusCode, String, String) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "console")
            .header(header::ORIGIN, "http://console")
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()))
            .unwrap();
        let response = press::press(&self.router, request).await;
        let status = response.status();
        let cookie = response.headers().get(header::SET_COOKIE).and_then(|v| v.to_str().ok());
        let cookie = cookie.unwrap_or_default().to_owned();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8_lossy(&body).into_owned(), cookie)
    }

    async fn get(&self, path: &str) -> String {
        let (status, body, _) = self.send("GET", path, "").await;
        assert!(press::is_page(status), "{path}: {status}");
        body
    }

    async fn post(&self, path: &str, form: &str) -> String {
        let (status, body, _) = self.send("POST", path, form).await;
        assert!(press::is_page(status), "{path}: {body}");
        body
    }

    /// Does something about a person's card, on the page of cards on their way.
    async fn does(&self, w: &World, id: HolderId, what: &str, more: &str) -> String {
        let card = w.card_of(id).await;
        self.post("/cards-on-their-way/do", &format!("holder={id}&card={card}&what={what}&{more}")).await
    }
}

async fn place(w: &World, id: HolderId) -> Position {
    let (file, around) = w.file(id).await;
    let latest = file.applications.last().unwrap();
    position(&file, latest, &around.batches, &w.service.institutions()).unwrap()
}

/// The code that went out by SMS last.
async fn code_by_sms(w: &World) -> String {
    let waiting = w.service.store().outbox_waiting("sms", 0, 100).await.unwrap();
    let texts = waiting.iter().filter_map(|m| match Letter::read(&m.kind, &m.body) {
        Ok(Letter::Notice(sms)) => Some(sms.text),
        _ => None,
    });
    let mut texts = texts.filter(|text| text.contains("取件码"));
    let text = texts.next_back().unwrap();
    text.split("取件码").nth(1).unwrap().chars().take(6).collect()
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
    assert!(body.contains("已签收") && body.contains("短少1张，责任方卡商1"), "{body}");
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

async fn waiting_card(w: &World) -> (HolderId, BatchId) {
    let id = w.applicant(1, w.outlet()).await;
    let batch = w.cards_made().await;
    w.at_outlet(batch, w.outlet()).await;
    (id, batch)
}

#[tokio::test]
async fn art_14_4_the_post_is_explained_the_code_is_the_holders_and_a_returned_letter_is_stock_again() {
    clause!(R14.1);
    clause!(R14.4);
    let w = World::new(On::Memory).await;
    let (id, _) = waiting_card(&w).await;
    let clerk = Desk::of(&w, Role::HrClerk, OUTLET).await;
    let told = "tracking=EMS1&told_postage=1&told_code=1";
    let page = clerk.does(&w, id, "post", told).await;
    assert!(page.contains("未选择邮递上门"), "nobody asked for the post: {page}");
    let name = w.file(id).await.0.person.unwrap().details.name.display().to_owned();
    let to = "mailing_address=广州市天河区体育东路1号&recipient=李四&recipient_phone=13800000001";
    let page = clerk.does(&w, id, "post", &format!("{told}&wish=phone&speaker={name}&{to}")).await;
    assert!(page.contains("未回拨档案登记的手机号码"), "{page}");
    let wish = format!("wish=phone&speaker={name}&called_back=1&{to}");
    let page = clerk.does(&w, id, "post", &format!("tracking=EMS1&told_postage=1&{wish}")).await;
    assert!(page.contains("尚未告知持卡人邮费分担和凭短信取件码签收"), "{page}");
    let page = clerk.does(&w, id, "post", &format!("{told}&{wish}")).await;
    assert!(page.contains("取件码已由系统发送"), "{page}");
    assert!(page.contains("/receipts/business/") && page.contains("李*，****01，广州市天河区…"), "{page}");
    assert!(!page.contains("体育东路"), "masked");
    let label = format!("holder={id}&card={}", w.card_of(id).await);
    let page = clerk.post("/cards-on-their-way/label", &label).await;
    assert!(page.contains("体育东路1号") && page.contains("EMS1"), "for the envelope: {page}");
    let pdf = clerk.post("/cards-on-their-way/label/pdf", &label).await;
    assert!(pdf.starts_with("%PDF-"), "{pdf}");
    let bank = Desk::of(&w, Role::BankClerk, BANK).await;
    let page = bank.post("/cards-on-their-way/label", &label).await;
    assert!(!page.contains("体育东路"), "another outlet's: {page}");
    let code = code_by_sms(&w).await;
    assert!(code.len() == 6 && !page.contains(&code), "the clerk does not see it");
    assert!(clerk.get("/overdue").await.contains("EMS1"), "on the outlet's list of the post");
    let page = clerk.does(&w, id, "returned", "account=地址不详").await;
    assert!(page.contains("已办理：邮件退回登记"), "{page}");
    assert_eq!(place(&w, id).await, Position::AtOutlet);
    clerk.does(&w, id, "post", "tracking=EMS2&told_postage=1&told_code=1").await;
    let second = code_by_sms(&w).await;
    let wrong = if second == "000000" { "000001" } else { "000000" };
    let page = clerk.does(&w, id, "confirm_post", &format!("code={wrong}")).await;
    assert!(page.contains("短信取件码不符"), "{page}");
    let page = clerk.does(&w, id, "confirm_post", &format!("code={second}")).await;
    assert!(page.contains("未核实有效身份证件原件") && page.contains("签收台账"), "{page}");
    let number = w.draft(1).document_number;
    let seen = format!("code={second}&document_kind=1&document_number={number}&verified=1&signed=1");
    let page = clerk.does(&w, id, "confirm_post", &seen).await;
    assert!(page.contains("/receipts/business/"), "{page}");
    assert_eq!(place(&w, id).await, Position::Enabled);
    w.verified().await;
}

#[tokio::test]
async fn art_32_3_an_uncollected_card_goes_from_list_to_list_until_it_is_cancelled() {
    clause!(R32.3);
    clause!(R32.4);
    clause!(R33.4);
    let w = World::new(On::Memory).await;
    let (id, _) = waiting_card(&w).await;
    let number = w.file(id).await.0.cards[0].card_no.as_str().to_owned();
    let mut clerk = Desk::of(&w, Role::HrClerk, OUTLET).await;
    let (mut bank, mut city) =
        (Desk::of(&w, Role::BankClerk, BANK).await, Desk::of(&w, Role::CityOfficer, CITY).await);
    assert!(clerk.get("/overdue").await.contains("没有超过6个月未领取的成品卡"));
    w.days_pass(200);
    w.service.duties().await.unwrap();
    clerk.sign_in().await;
    let list = clerk.get("/overdue").await;
    assert!(
        list.contains(&number) && list.contains("前完成回收"),
        "the warning is on the outlet's list: {list}"
    );
    let name = w.file(id).await.0.person.unwrap().details.name.display().to_owned();
    assert!(!list.contains(&name), "masked");
    let csv = clerk.get("/overdue?overdue.as=csv").await;
    assert!(csv.starts_with("\u{feff}姓名,社会保障号码,社保卡卡号") && csv.contains(&number), "{csv}");
    let card = w.card_of(id).await;
    let page = clerk.post("/overdue", &format!("holder={id}&card={card}&what=take_back")).await;
    assert!(page.contains("已回退"), "{page}");
    // The data to the city, the plastic to the bank's store.
    city.sign_in().await;
    let list = city.get("/stranded").await;
    assert!(list.contains("接收") && list.contains(&number), "{list}");
    city.post("/stranded", &format!("holder={id}&card={card}&what=receive_data")).await;
    bank.sign_in().await;
    bank.does(&w, id, "store_plastic", "signer=库管员").await;
    let (file, _) = w.file(id).await;
    assert!(matches!(file.cards[0].custody, Custody::Recalled { org, .. } if org == w.bank_outlet()));
    let balances = w.service.store().custody_balances().await.unwrap();
    let store = Party::Recalled(w.bank_outlet()).account();
    assert!(balances.contains(&(store, 1)), "{balances:?}");
    assert!(balances.contains(&(format!("data/org:{}", w.org(CITY)), 1)), "{balances:?}");
    // Stranded after six months, cancelled once the bank says that nothing is in the account.
    w.days_pass(200);
    city.sign_in().await;
    let cancel = format!("holder={id}&card={card}&what=cancel");
    let page = city.post("/stranded", &cancel).await;
    assert!(page.contains("尚未确认银行账户无余额"), "{page}");
    bank.sign_in().await;
    let page = bank.does(&w, id, "balance", "empty=").await;
    assert!(page.contains("未正确填写"), "nothing is assumed: {page}");
    bank.does(&w, id, "balance", "empty=yes").await;
    let page = city.post("/stranded", &cancel).await;
    assert!(page.contains("已办理"), "{page}");
    let (file, _) = w.file(id).await;
    assert!(file.cards[0].is_cancelled());
    let seq = file.cards[0].intents.last().unwrap().seq;
    let done = AnswerIntent { card, seq, answer: BankAnswer::Done };
    let close = kaguan_domain::dispatch::HolderCommand::AnswerIntent(done);
    w.about(&Actor::Bank(file.cards[0].bank.clone()), id, close).await.unwrap();
    bank.does(&w, id, "destroy", "").await;
    assert!(matches!(w.file(id).await.0.cards[0].custody, Custody::Destroyed { .. }));
    // What was done in its time is counted, wherever the card lies now.
    let (from, to) =
        (w.service.now().date().saturating_sub(jiff::Span::new().years(2)), w.service.now().date());
    let store = w.service.store();
    let kind = kaguan_service::reports::Kind::Recalls;
    let table = kaguan_service::reports::report(store, kind, from, to, to).await.unwrap();
    assert_eq!(table.rows, [(vec!["广州市".to_owned(), "逾期未领".to_owned()], vec![1.0])]);
    w.verified().await;
}

#[tokio::test]
async fn appendix_7_7_the_city_entrusts_an_outlet_with_confirming_batches() {
    clause!(X7.7);
    let w = World::new(On::Memory).await;
    let (city, bank) =
        (Desk::of(&w, Role::CityOfficer, CITY).await, Desk::of(&w, Role::BankClerk, BANK).await);
    assert!(!bank.get("/").await.contains("批次确认"));
    assert!(bank.get("/batches").await.contains("不在本机构管辖范围内"));
    let org = w.bank_outlet();
    let page = city.post("/entrust", &format!("org={org}&task=confirm_batches&granted=true")).await;
    assert!(page.contains("已授权"), "{page}");
    assert!(bank.post("/entrust", "org=1&task=confirm_batches&granted=true").await.contains("无权"));
    assert!(bank.get("/").await.contains("批次确认"));
    w.applicant(1, w.outlet()).await;
    let bank_code = kaguan_domain::ids::BankCode("95588".into());
    let screened = w.service.screen(&Actor::System, &kaguan_testkit::guangzhou(), &bank_code, false).await;
    let (batch, _) = screened.unwrap();
    let page = bank.post("/batches/confirm", &format!("batch={batch}&people=1&reviewed=1")).await;
    assert!(page.contains("批次已确认"), "{page}");
    let again = w.batch(&Actor::System, batch, BatchCommand::Confirm).await;
    assert!(again.is_err(), "it is confirmed");
}
