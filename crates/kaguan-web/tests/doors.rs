//! The console's doors: who may come in, what is refused, and what never shows.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

#[path = "../src/application/applications/test.rs"]
mod applications;
#[path = "../src/records/archive/test.rs"]
mod archive;
#[path = "../src/application/apply/test.rs"]
mod begin;
#[path = "../src/report/clocks/test.rs"]
mod clocks;
#[path = "../src/institution/code_tables/test.rs"]
mod codes;
#[path = "../src/distribution/registers/test.rs"]
mod collecting;
#[path = "../src/counter/test.rs"]
mod counter;
#[path = "../src/counter/cancel/test.rs"]
mod counter_cancel;
#[path = "../src/counter/details/test.rs"]
mod counter_details;
#[path = "../src/counter/loss/test.rs"]
mod counter_loss;
#[path = "../src/counter/pin/test.rs"]
mod counter_pin;
#[path = "../src/holder/deaths/test.rs"]
mod deaths;
#[path = "../src/institution/desks/test.rs"]
mod desks;
#[path = "../src/desk/drafts/test.rs"]
mod drafts;
#[path = "../src/application/failures/test.rs"]
mod failures;
#[path = "../src/application/fees/test.rs"]
mod fees;
#[path = "../src/institution/glyphs/test.rs"]
mod glyphs;
#[path = "../src/holder/people/test.rs"]
mod hand;
#[path = "../src/records/heads/test.rs"]
mod heads;
#[path = "../src/institution/holidays/test.rs"]
mod holidays;
#[path = "../src/records/journal/test.rs"]
mod journal;
#[path = "../src/records/ledger/test.rs"]
mod ledger;
#[path = "../src/link/links/test.rs"]
mod links;
#[path = "doors/listed.rs"]
mod listed;
#[path = "doors/lists.rs"]
mod lists;
#[path = "doors/marks.rs"]
mod marks;
#[path = "doors/mended.rs"]
mod mended;
#[path = "doors/menu.rs"]
mod menu;
#[path = "../src/institution/officers/test.rs"]
mod officers;
#[path = "../src/desk/once/test.rs"]
mod once;
#[path = "area/one_each.rs"]
mod one_each;
#[path = "doors/one_human.rs"]
mod one_human;
#[path = "../src/institution/organisations/test.rs"]
mod organisations;
#[path = "../src/institution/outlets/test.rs"]
mod outlets;
#[path = "../src/institution/partners/test.rs"]
mod partners;
#[path = "../src/institution/password/test.rs"]
mod password;
#[path = "../src/application/photos/test.rs"]
mod photos;
#[path = "../src/institution/policies/test.rs"]
mod policies;
#[path = "press.rs"]
mod press;
#[path = "../src/records/papers/test.rs"]
mod printing;
#[path = "../src/application/rare/test.rs"]
mod rare;
#[path = "../src/records/receipts/test.rs"]
mod receipts;
#[path = "../src/desk/reminders/test.rs"]
mod reminders;
#[path = "../src/report/reports/test.rs"]
mod reports;
#[path = "../src/institution/second_factor/test.rs"]
mod second_factor;
#[path = "../src/desk/sign/test.rs"]
mod sign_in;
#[path = "../src/batch/batches/test.rs"]
mod taken_back;
#[path = "../src/desk/home/test.rs"]
mod today;
#[path = "../src/application/units/test.rs"]
mod unit_papers;
#[path = "../src/application/files/test.rs"]
mod uploads;
#[path = "../src/collection/visits/test.rs"]
mod visits;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use kaguan_domain::clause;
use kaguan_domain::facts::form::{Field, FormDraft};
use kaguan_domain::facts::institution::Role;
use kaguan_domain::ids::OfficerId;
use kaguan_domain::institution::{InstitutionCommand, NewOfficer};
use kaguan_service::Command;
use kaguan_store::engine::{Sql, Write};
use kaguan_store::journal::Entry;
use kaguan_testkit::{BOTH, On, World};

/// Every address with its method, with something in the place of what it names: but the door itself, and what says nothing of anybody.
fn addresses() -> Vec<(&'static str, String)> {
    let open = ["/sign-in", "/sign-out", "/style.css", "/script.js", "/verify/{code}", "/journal-heads"];
    let named = |path: &str| {
        let parts = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part });
        parts.collect::<Vec<_>>().join("/")
    };
    let all = kaguan_web::menu::addresses().into_iter().filter(|a| !open.contains(&a.path));
    all.map(|a| (a.method, named(a.path))).collect()
}

struct Door {
    router: Router,
    cookie: String,
}

impl Door {
    async fn send(
        &self,
        method: &str,
        path: &str,
        form: &str,
        origin: &str,
    ) -> (StatusCode, String, Option<String>) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "console")
            .header(header::ORIGIN, origin)
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()))
            .unwrap();
        let response = press::press(&self.router, request).await;
        let status = response.status();
        let header = |name| response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let to = header(header::LOCATION).or_else(|| header(header::SET_COOKIE));
        let to = header(header::SET_COOKIE).filter(|_| path == "/sign-in").or(to);
        assert!(
            header(header::CONTENT_SECURITY_POLICY).is_some_and(|p| p.starts_with("default-src 'none'")),
            "{path}"
        );
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8_lossy(&body).into_owned(), to)
    }

    async fn json(&self, path: &str, body: &str) -> (StatusCode, String) {
        let request = Request::builder()
            .method("POST")
            .uri(path)
            .header(header::HOST, "console")
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_owned()))
            .unwrap();
        let response = press::press(&self.router, request).await;
        let status = response.status();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    async fn post(&self, path: &str, form: &str) -> String {
        let (status, body, _) = self.send("POST", path, form, "http://console").await;
        assert!(press::is_page(status), "{path}: {status}");
        body
    }
}

/// A console with one officer, signed in.
async fn signed_in(w: &World, role: Role, org: &str) -> Door {
    let login = format!("{role:?}{}", w.service.fresh()).to_lowercase();
    let new = NewOfficer {
        id: OfficerId(w.service.fresh()),
        login: login.clone(),
        name: "经办人甲".into(),
        role,
        org: w.org(org),
        password_hash: kaguan_testkit::RIGHT.into(),
    };
    w.system(Command::Institution(InstitutionCommand::AddOfficer(new))).await.unwrap();
    let mut door = Door { router: kaguan_web::router(w.service.clone()), cookie: String::new() };
    let (status, body, _) =
        door.send("POST", "/sign-in", &format!("login={login}&password=wrong"), "http://console").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(body.contains("登录名或密码不正确"));
    let (status, _, cookie) =
        door.send("POST", "/sign-in", &format!("login={login}&password=right"), "http://console").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let cookie = cookie.unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"));
    door.cookie = cookie.split(';').next().unwrap().to_owned();
    door
}

/// The journal's lines of one verb, done or refused, in order.
async fn lines(w: &World, verb: &str) -> Vec<Entry> {
    let all = w.service.store().entries_from(1, 100_000).await.unwrap();
    all.into_iter().filter(|l| l.command == verb).collect()
}

#[tokio::test]
async fn nobody_comes_in_without_signing_in_and_no_other_site_can_post() {
    let w = World::new(On::Memory).await;
    let door = Door { router: kaguan_web::router(w.service.clone()), cookie: "kaguan=guess".into() };
    let inside = signed_in(&w, Role::CityOfficer, "44010000000001").await;
    for (method, path) in addresses() {
        let (status, _, to) = door.send(method, &path, "", "http://console").await;
        // 自助服务设施 that nobody has opened leads nowhere.
        if path == "/kiosk" || path.starts_with("/kiosk/") {
            assert_eq!(status, StatusCode::FORBIDDEN, "{method} {path}");
            continue;
        }
        assert_eq!(status, StatusCode::SEE_OTHER, "{method} {path}");
        let to = to.unwrap();
        assert!(to == "/sign-in" || to.starts_with("/sign-in?next=/"), "{method} {path}: {to}");
        if method == "POST" {
            let (status, ..) = inside.send(method, &path, "", "http://evil").await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
        }
    }
}

#[tokio::test]
async fn art_8_a_counter_takes_an_application_and_prints_its_receipt() {
    clause!(R8.4);
    clause!(X2.1);
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
    let (_, empty, _) = clerk.send("GET", "/apply?blank=1", "", "http://console").await;
    let key = empty.split("name=\"key\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert!(empty.contains("服务银行") && empty.contains("中国工商银行"), "{empty}");
    let mut draft = w.draft(1);
    draft.photo_receipt = kaguan_partner_sim::SimPhotos::receipt_of(&draft.document_number);
    let form = |draft: &FormDraft, consent: &str| {
        let value = |f: &Field| format!("&{}={}", f.code(), draft.get(*f));
        let items = Field::TITLE_ROW.iter().chain(Field::PERSONAL).map(value).collect::<String>();
        format!("key={key}{consent}&document_verified=1{items}")
    };
    // All that is missing is told at once, beside its field; nothing is taken in.
    let wrong = FormDraft { name: String::new(), birth_date: "20260101".into(), ..draft.clone() };
    let (status, page, _) =
        clerk.send("POST", "/apply", &form(&wrong, "&consent=self"), "http://console").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("id=\"why-name\"") && page.contains("id=\"why-birth_date\""), "{page}");
    let (_, page, _) = clerk.send("POST", "/apply", &form(&draft, ""), "http://console").await;
    assert!(page.contains("未取得申请人对处理个人信息的同意"), "{page}");
    let elsewhere = signed_in(&w, Role::BankClerk, "44010395588001").await;
    // The same form sent twice is one application.
    for _ in 0..2 {
        let (status, page, to) =
            clerk.send("POST", "/apply", &form(&draft, "&consent=self"), "http://console").await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        let to = to.unwrap();
        assert!(!to.contains(&draft.document_number), "no document number in an address: {to}");
        let (status, receipt, _) = clerk.send("GET", &to, "", "http://console").await;
        assert_eq!(status, StatusCode::OK);
        for item in
            ["业务受理日期", "业务编号", "个人业务申请表", "☑申请", &draft.form_no, "申请人姓名", "张三"]
        {
            assert!(receipt.contains(item), "{item}: {receipt}");
        }
        // The address is this session's; at one of its own, whoever works elsewhere is refused, with a line.
        let (status, refused, _) = elsewhere.send("GET", &to, "", "http://console").await;
        assert!(status == StatusCode::NOT_FOUND && !refused.contains("张三"), "{refused}");
        let session = |door: &Door| door.cookie.split_once('=').unwrap().1.to_owned();
        let (holder, form_no) =
            w.service.paper_of(&session(&clerk), to.trim_start_matches("/receipts/")).unwrap();
        let own = format!("/receipts/{}", w.service.paper_key(&session(&elsewhere), holder, &form_no));
        let (status, refused, _) = elsewhere.send("GET", &own, "", "http://console").await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert!(!refused.contains("张三"), "{refused}");
    }
    // Nothing on a receipt is masked: each printing is a look, by whom and at whom.
    let looks = lines(&w, "application.receipt").await;
    let outcomes: Vec<_> = looks.iter().map(|l| l.outcome.as_str()).collect();
    assert_eq!(outcomes, ["done", "out_of_scope", "done", "out_of_scope"]);
    assert!(looks.iter().all(|l| l.subject.starts_with("holder:") && l.actor.starts_with("officer:")));
    w.verified().await;
}

#[tokio::test]
async fn art_3_2_whether_a_card_is_in_force_is_told_without_the_person() {
    clause!(R3.2);
    for on in BOTH {
        let w = World::new(on).await;
        let number = w.draft(1).document_number;
        let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
        let ask = async |number: &str| {
            clerk.json("/api/cards/status", &format!("{{\"number\":\"{number}\"}}")).await
        };
        let (status, none) = ask(&number).await;
        assert_eq!(status, StatusCode::OK);
        assert!(none.contains("\"in_force\":false") && none.contains("\"social\":\"none\""), "{none}");
        w.with_card(1).await;
        let (_, enabled) = ask(&number).await;
        assert!(
            enabled.contains("\"in_force\":true") && enabled.contains("\"social\":\"enabled\""),
            "{enabled}"
        );
        assert!(!enabled.contains("张三") && !enabled.contains(&number), "{enabled}");
        let (status, wrong) = ask("440106199001010010").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "a wrong number is not “no card”: {wrong}");
        let auditor = signed_in(&w, Role::AuditAdministrator, "44000000000001").await;
        let (status, _) = auditor.json("/api/cards/status", "{\"number\":\"1\"}").await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn a_stranger_guessing_passwords_has_to_wait() {
    let w = World::new(On::Memory).await;
    let door = Door { router: kaguan_web::router(w.service.clone()), cookie: String::new() };
    let guess = || door.send("POST", "/sign-in", "login=nobody&password=x", "http://console");
    for _ in 0..5 {
        assert_eq!(guess().await.0, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(guess().await.0, StatusCode::TOO_MANY_REQUESTS);
    w.days_pass(1);
    assert_eq!(guess().await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_file_is_shown_masked_and_a_role_does_only_what_is_its_own() {
    let w = World::new(On::Memory).await;
    w.applicant(1, w.outlet()).await;
    let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
    let number = w.draft(1).document_number;
    clause!(R35.1);
    let typo = clerk.post("/people", "number=440106199001010010").await;
    assert!(
        typo.contains("社会保障号码") && typo.contains("《经办规程》") && !typo.contains("没有该"),
        "{typo}"
    );
    let page = clerk.post("/people", &format!("number={number}")).await;
    assert!(page.contains("张*") && page.contains("待批次筛选"), "{page}");
    assert!(!page.contains(&number) && !page.contains("张三"), "masked");
    let refused = clerk.post("/batches/screen", "city=4401&bank=95588&urgent=false").await;
    assert!(refused.contains("本岗位无权办理此项业务"), "{refused}");
    let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
    let screened = city.post("/batches/screen", "city=4401&bank=95588&urgent=false").await;
    assert!(screened.contains("已筛选1人"), "{screened}");
    let batch = screened.split("href=\"/batches/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    // What it holds is looked at, and counted, before it is confirmed; a wrong number does not tell the right one.
    let (_, sheet, _) = city.send("GET", &format!("/batches/{batch}"), "", "http://console").await;
    assert!(sheet.contains("张*") && sheet.contains("天河区") && !sheet.contains(&number), "{sheet}");
    for (form, why) in [
        (format!("batch={batch}&people=1"), "勾选"),
        (format!("batch={batch}&people=2&reviewed=1"), "人数与批次不符"),
        (format!("batch={batch}&people=&reviewed=1"), "须填写核对后的总人数"),
    ] {
        let blind = city.post("/batches/confirm", &form).await;
        assert!(blind.contains(why) && blind.contains("批次没有确认"), "{why}: {blind}");
    }
    // Both are told at once, each in its place.
    let blind = city.post("/batches/confirm", &format!("batch={batch}&people=2")).await;
    assert!(blind.contains("人数与批次不符") && blind.contains("后勾选"), "{blind}");
    assert!(blind.contains("id=\"why-people\"") && blind.contains("id=\"why-reviewed\""), "{blind}");
    let form = format!("batch={batch}&people=1&reviewed=1");
    let confirmed = city.post("/batches/confirm", &form).await;
    assert!(confirmed.contains("批次已确认"), "{confirmed}");
    let again = city.post("/batches/confirm", &form).await;
    let cited = again.contains("批次已于") && again.contains("《经办规程》附件7");
    assert!(cited, "a refusal says what is so, and cites its article: {again}");
    w.verified().await;
}

#[tokio::test]
async fn art_39_a_refused_command_shows_no_file_to_whoever_may_not_look() {
    clause!(R39.1);
    for on in BOTH {
        let w = World::new(on).await;
        let (id, card) = w.with_card(1).await;
        let auditor = signed_in(&w, Role::AuditAdministrator, "44000000000001").await;
        let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
        let form = format!("holder={id}&card={card}");
        for path in ["/enable/carry-out", "/activate/carry-out", "/collect/carry-out"] {
            let page = auditor.post(path, &form).await;
            assert!(page.contains("本岗位无权办理此项业务"), "{page}");
            for shown in ["张*", "业务记录", "申领表", "社保卡 "] {
                assert!(!page.contains(shown), "{path} {shown}: {page}");
            }
        }
        let found = auditor.post("/people", &format!("number={}", w.draft(1).document_number)).await;
        assert!(found.contains("本岗位无权办理此项业务") && !found.contains("张*"), "{found}");
        let looks = lines(&w, "holder.look").await;
        assert!(looks.len() == 4 && looks.iter().all(|l| l.outcome == "not_permitted"), "{looks:?}");
        // Whoever may look sees the file after a refusal too, and that is a look of its own.
        let page = clerk.post("/enable/carry-out", &form).await;
        assert!(page.contains("《经办规程》") && page.contains("张*"), "{page}");
        let looks = lines(&w, "holder.look").await;
        assert_eq!((looks.len(), looks[4].outcome.as_str()), (5, "done"));
        // A search that finds nobody is a line as well.
        let nobody = clerk.post("/people", &format!("number={}", w.draft(2).document_number)).await;
        assert!(nobody.contains("没有该号码的档案"), "{nobody}");
        assert_eq!(lines(&w, "holder.look").await[5].outcome, "not_found");
        w.verified().await;
    }
}

#[tokio::test]
async fn art_14_without_the_ticks_nothing_is_handed_over_and_all_that_is_missing_is_told() {
    clause!(R14.2);
    let w = World::new(On::Memory).await;
    let id = w.applicant(1, w.outlet()).await;
    let batch = w.cards_made().await;
    w.at_outlet(batch, w.outlet()).await;
    let card = w.card_of(id).await;
    let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
    let number = w.draft(1).document_number;
    let page = clerk.post("/collect", &format!("number={number}")).await;
    assert!(page.contains("/collect/carry-out") && !page.contains("旧卡已交回"), "{page}");
    let bare = clerk.post("/collect/carry-out", &format!("holder={id}&card={card}")).await;
    for part in ["未核实有效身份证件原件", "证件种类和号码", "签收台账"] {
        assert!(bare.contains(part), "{bare}");
    }
    let form = |number: &str| {
        format!(
            "holder={id}&card={card}&document_kind=1&document_number={number}&electronic=1&verified=1&signed=1"
        )
    };
    let other = clerk.post("/collect/carry-out", &form("440106199001010013")).await;
    assert!(other.contains("档案登记的证件不符"), "{other}");
    let done = clerk.post("/collect/carry-out", &form(&number)).await;
    assert!(done.contains("社保功能 <b>已启用</b>"), "{done}");
    w.verified().await;
}

#[tokio::test]
async fn a_history_that_cannot_be_read_is_said_and_is_not_empty() {
    let w = World::new(On::Memory).await;
    w.applicant(1, w.outlet()).await;
    let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
    let number = format!("number={}", w.draft(1).document_number);
    assert!(!clerk.post("/people", &number).await.contains("业务记录不能读取"));
    let text = "UPDATE journal_entry SET personal = 'x' WHERE command = 'application.apply'";
    let spoil: &'static Sql = Box::leak(Box::new(Sql::new(text, text)));
    w.service.store().engine().transact(vec![Write::one(spoil, Vec::new(), None)]).await.unwrap();
    let page = clerk.post("/people", &number).await;
    assert!(page.contains("业务记录不能读取") && page.contains("张*"), "{page}");
}

#[tokio::test]
async fn art_6_batches_and_boxes_are_listed_to_those_in_the_matrix() {
    clause!(R6.1);
    let w = World::new(On::Memory).await;
    w.applicant(1, w.outlet()).await;
    let batch = w.confirmed_batch().await;
    let number = w.service.batch(batch).await.unwrap().unwrap().batch.unwrap().number;
    let refused = "本岗位无权办理此项业务";
    for (role, org, batches, boxes) in [
        (Role::CityOfficer, "44010000000001", true, true),
        (Role::ProvinceOfficer, "44000000000001", true, true),
        (Role::CountyClerk, "44010600000001", false, true),
        (Role::HrClerk, "44010600000101", false, true),
        (Role::BankClerk, "44010395588001", false, true),
        (Role::SystemAdministrator, "44000000000001", false, false),
        (Role::SecurityAdministrator, "44000000000001", false, false),
        (Role::AuditAdministrator, "44000000000001", false, false),
    ] {
        let door = signed_in(&w, role, org).await;
        let (_, page, _) = door.send("GET", "/batches", "", "http://console").await;
        let elsewhere = "该业务不在本机构管辖范围内";
        let not_here = page.contains(refused) || page.contains(elsewhere);
        assert_eq!((page.contains(&number), not_here), (batches, !batches), "{role:?} {page}");
        assert!(
            batches || !page.contains("没有批次"),
            "who may not see them is not told that there are none"
        );
        // What is offered is what the domain would do: the batch is confirmed, and no account is opened yet.
        assert!(!page.contains("核对并确认") && !page.contains("/batches/hand-out"), "{page}");
        assert_eq!(page.contains("待批次筛选"), role == Role::CityOfficer, "{page}");
        let (_, page, _) = door.send("GET", "/boxes", "", "http://console").await;
        assert_eq!(page.contains(refused), !boxes, "{role:?} {page}");
        assert!(
            boxes || !page.contains("没有待签收"),
            "who may not see them is not told that there are none"
        );
    }
}

#[tokio::test]
async fn what_is_typed_is_decoded_once_and_shown_as_text() {
    let w = World::new(On::Memory).await;
    w.applicant(1, w.outlet()).await;
    let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
    let number = w.draft(1).document_number;
    let encoded: String = number.bytes().map(|b| format!("%{b:02X}")).collect();
    assert!(clerk.post("/people", &format!("number={encoded}")).await.contains("张*"), "encoded once");
    let page = clerk.post("/people", &format!("number={}", encoded.replace('%', "%25"))).await;
    assert!(!page.contains("张*") && page.contains("错误："), "encoded twice it is another text: {page}");
    // In the text of a page, in a field's value, in the address of the page after the next.
    let script = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E%3Cimg%20src=x%20onerror=%27alert(2)%27%3E";
    let form = format!("holder=1&number={script}&reason={script}&name={script}&title={script}&next={script}");
    let mut echoed = 0;
    let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
    let audit = signed_in(&w, Role::AuditAdministrator, "44000000000001").await;
    for door in [&clerk, &city, &audit] {
        for (method, path) in addresses() {
            if ["/password", "/second-factor"].iter().any(|own| path.starts_with(own)) {
                continue;
            }
            let query = format!("{path}?from={script}&verb={script}&who={script}&q={script}");
            let (to, form) =
                if method == "GET" { (query.as_str(), "") } else { (path.as_str(), form.as_str()) };
            let (status, page, to) = door.send(method, to, form, "http://console").await;
            assert!(
                !page.contains("<script>alert") && !page.contains("<img src=x"),
                "{path} {status}: {page}"
            );
            assert!(!to.unwrap_or_default().contains('<'), "{path}");
            echoed += usize::from(page.contains("alert(1)"));
        }
    }
    println!("{echoed} pages show what was typed");
    assert!(echoed >= 5, "{echoed} pages show what was typed");
    let (_, page, _) = clerk.send("GET", &format!("/sign-in?next={script}"), "", "http://console").await;
    assert!(page.contains("alert(1)") && !page.contains("<script>alert"), "{page}");
    // A field that comes twice is not one of the two.
    let looks = lines(&w, "holder.look").await.len();
    let form = format!("number={number}&number=1");
    let (status, page, _) = clerk.send("POST", "/people", &form, "http://console").await;
    assert!(status.is_client_error() && lines(&w, "holder.look").await.len() == looks, "{status}: {page}");
}
