//! 自助服务设施: an administrator sets a machine, a clerk opens it, and holders serve themselves; its session opens nothing else.

use crate::making::{Counter, counter, until};
use crate::premade::{Desk, HR, encoded, says};
use crate::press::whole;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::application::{Consent, ExchangeReason, Purpose};
use kaguan_domain::facts::card::{Hold, Social};
use kaguan_domain::facts::face::FaceResult;
use kaguan_domain::facts::form::FormDraft;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::facts::pin::{Pin, PinChange};
use kaguan_domain::facts::policy::{DatedPolicy, LocalPolicy};
use kaguan_domain::ids::{ApplicationId, HolderId};
use kaguan_domain::institution::{DecidePolicy, InstitutionCommand, ProposePolicy};
use kaguan_domain::loss::ReportFormal;
use kaguan_domain::replacement::Replace;
use kaguan_service::Command;
use kaguan_testkit::{guangzhou, stated};
use kaguan_web::menu::addresses;
use tower::ServiceExt;

/// A browser with one cookie.
struct Screen {
    router: Router,
    cookie: String,
}

impl Screen {
    async fn asks(
        &self,
        method: &str,
        path: &str,
        kind: &str,
        body: Vec<u8>,
    ) -> (StatusCode, String, String) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "console")
            .header(header::ORIGIN, "http://console")
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body))
            .unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let text =
            |name| answer.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        let to = text(header::LOCATION);
        assert!(!status.is_success() || method != "GET" || !text(header::CACHE_CONTROL).is_empty());
        let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, whole(&String::from_utf8_lossy(&body)), to)
    }

    async fn send(&self, method: &str, path: &str, form: &str) -> (StatusCode, String, String) {
        self.asks(method, path, "application/x-www-form-urlencoded", form.as_bytes().to_vec()).await
    }

    async fn get(&self, path: &str) -> String {
        self.send("GET", path, "").await.1
    }

    /// Sends a form, and goes on as a browser does.
    async fn posts(&self, path: &str, form: &str) -> String {
        let (status, page, to) = self.send("POST", path, form).await;
        if status == StatusCode::SEE_OTHER { self.get(&to).await } else { page }
    }

    /// Hands in a picture that was taken.
    async fn looks(&self, picture: &[u8]) -> String {
        let head = "--b\r\ncontent-disposition: form-data; name=\"face\"; filename=\"f.jpg\"\r\n\r\n";
        let body = [head.as_bytes(), picture, b"\r\n--b--\r\n"].concat();
        let kind = "multipart/form-data; boundary=b";
        let (status, page, to) = self.asks("POST", "/kiosk/card/face", kind, body).await;
        if status == StatusCode::SEE_OTHER { self.get(&to).await } else { page }
    }
}

impl Counter {
    /// The identity card of the `n`-th person lies on the reader.
    fn lays(&self, n: u32) {
        self.lays_until(n, "20400101");
    }

    /// The same with its last day.
    fn lays_until(&self, n: u32, until: &str) {
        let d = self.w.draft(n);
        let photo = BASE64.encode(&kaguan_testkit::portrait().0);
        let said = format!(
            "|{}|1|01|{}|广州|{}|20200101|{until}|广州市公安局|{photo}|",
            d.name, d.birth_date, d.document_number
        );
        std::fs::write(self.dir.path().join("identity"), said).unwrap();
    }

    /// The administrator sets the machine, and a clerk at it opens it.
    async fn opened(&self) -> Screen {
        self.opened_at(HR, &self.clerk).await
    }

    /// The same at an outlet, by a clerk of it.
    async fn opened_at(&self, outlet: &str, clerk: &Desk) -> Screen {
        let number = self.paired_at(outlet, clerk).await;
        clerk.posts("/instant/making/release", "").await;
        clerk.get("/kiosks").await;
        let early = clerk.fills("/kiosks/open", &[("number", &number)]).await;
        says(&early, &["由系统管理员设为自助服务设施", "没有自助服务设施"]);
        self.admin.get("/desks").await;
        says(&self.admin.fills("/desks/kiosk", &[]).await, &["已设为自助服务设施", "取消"]);
        says(&clerk.get("/kiosks").await, &["1号窗口", "未启用"]);
        let open = Screen { router: self.router.clone(), cookie: clerk.cookie().to_owned() };
        let path = format!("/kiosks/open?once={:032x}-0", self.w.service.fresh());
        let body = Body::from(format!("number={}", encoded(&number)));
        let request = Request::post(path)
            .header(header::HOST, "console")
            .header(header::ORIGIN, "http://console")
            .header(header::COOKIE, &open.cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body)
            .unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let set: Vec<&str> =
            answer.headers().get_all(header::SET_COOKIE).iter().map(|c| c.to_str().unwrap()).collect();
        assert!(set.iter().any(|c| c.starts_with("kaguan=;")), "the clerk's own goes: {set:?}");
        let own = set.iter().find(|c| c.starts_with("kaguan-kiosk=")).unwrap();
        assert!(own.contains("HttpOnly") && own.contains("SameSite=Strict"));
        // The clerk is signed in no more.
        assert_eq!(open.send("GET", "/", "").await.0, StatusCode::SEE_OTHER);
        Screen { cookie: own.split(';').next().unwrap().to_owned(), ..open }
    }

    /// Nobody pays for a card any more.
    async fn without_fee(&self) {
        let from = self.w.clock.now().date();
        let policy = LocalPolicy { fee_waived: true, ..LocalPolicy::default() };
        let policy = DatedPolicy { from, until: None, policy };
        let paper = "穗人社规〔2026〕1号".to_owned();
        let (id, city) = (self.w.service.fresh(), guangzhou());
        let propose = InstitutionCommand::ProposePolicy(ProposePolicy { id, city, paper, policy });
        self.w.system(Command::Institution(propose)).await.unwrap();
        let decide = InstitutionCommand::DecidePolicy(DecidePolicy {
            id,
            approved: true,
            reason: "粤人社备1号".into(),
        });
        self.w.system(Command::Institution(decide)).await.unwrap();
    }

    /// Reported lost at the bank, by whom.
    async fn lost(&self, id: HolderId) -> Actor {
        let card = self.w.file(id).await.0.cards.last().unwrap().id;
        let bank = self.w.officer(self.w.bank_outlet()).await;
        let lost = HolderCommand::ReportFormalLoss(ReportFormal { card, verified: true, deputy: None });
        self.w.about(&bank, id, lost).await.unwrap();
        bank
    }
}

/// The page once nothing is made any more.
async fn settled(screen: &Screen) -> String {
    until("the card is made", async || {
        let page = screen.get("/kiosk/card/making").await;
        (!page.contains("正在制卡")).then_some(page)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn art_19_a_holder_is_served_alone_and_the_session_of_the_machine_opens_nothing_else() {
    clause!(R19.1);
    clause!(R36.2);
    let c = counter().await;
    let zhang = c.w.applicant(1, c.w.outlet()).await;
    let li = c.w.applicant(2, c.w.outlet()).await;
    let screen = c.opened().await;
    let portrait = &kaguan_testkit::portrait().0;
    says(&screen.get("/kiosk").await, &["请选择要办理的业务", "天河"]);

    // What opens with this session opens with none, but for the kiosk's own.
    let nobody = Screen { router: c.router.clone(), cookie: String::new() };
    for a in addresses() {
        let path = a.path.replace("{key}", "x").replace("{id}", "1").replace("{code}", "x");
        let path = path.replace("{form}", "0-0");
        if path.starts_with("/kiosk") && !path.starts_with("/kiosks") {
            assert_eq!(nobody.send(a.method, &path, "").await.0, StatusCode::FORBIDDEN, "{path}");
            continue;
        }
        let (mine, theirs) = (screen.send(a.method, &path, "").await, nobody.send(a.method, &path, "").await);
        assert_eq!((mine.0, &mine.2), (theirs.0, &theirs.2), "{} {path}", a.method);
    }
    // Nor does its token open anything where an officer's stands, or an officer's here.
    let token = screen.cookie.strip_prefix("kaguan-kiosk=").unwrap();
    let posing = Screen { router: c.router.clone(), cookie: format!("kaguan={token}") };
    assert!(posing.send("GET", "/", "").await.2.starts_with("/sign-in"));
    let clerk = Desk::at(&c.w, c.router.clone(), Role::HrClerk, HR).await;
    let officers = clerk.cookie().strip_prefix("kaguan=").unwrap();
    for cookie in [clerk.cookie().to_owned(), format!("kaguan-kiosk={officers}")] {
        let posing = Screen { router: c.router.clone(), cookie };
        assert_eq!(posing.send("GET", "/kiosk", "").await.0, StatusCode::FORBIDDEN);
    }

    // 办理进度, masked; the look is the machine's line.
    says(&screen.posts("/kiosk/progress", "").await, &["没有读到身份证"]);
    c.lays(1);
    let page = screen.posts("/kiosk/progress", "").await;
    says(&page, &["待批次筛选", "请取回身份证"]);
    let number = c.w.draft(1).document_number;
    assert!(!page.contains(&number) && !page.contains(&c.w.draft(1).name), "{page}");

    // 当场制卡: nothing goes on before a face was found to be the holder's.
    for path in ["/kiosk/card/choice", "/kiosk/card/making"] {
        says(&screen.get(path).await, &["等待时间过长"]);
    }
    says(&screen.posts("/kiosk/card/make", "").await, &["等待时间过长"]);
    says(&screen.posts("/kiosk/card", "").await, &["正对镜头"]);
    says(&screen.get("/kiosk/card/choice").await, &["正对镜头"]);
    says(&screen.posts("/kiosk/card/make", "").await, &["正对镜头"]);
    let another = kaguan_files::portrait::draw(77);
    says(&screen.looks(&another).await, &["人脸核验结果：不一致", "正对镜头"]);
    says(&screen.looks(b"no picture").await, &["人脸核验结果：不能比对"]);
    c.w.around.faces.set_down(true);
    says(&screen.looks(portrait).await, &["不能比对", "请到柜台办理"]);
    c.w.around.faces.set_down(false);
    says(&screen.looks(portrait).await, &["等待时间过长"]);
    let face = |file: &kaguan_domain::facts::holder::HolderFile| file.person.as_ref().unwrap().face.clone();
    assert_eq!(face(&c.w.file(zhang).await.0).unwrap().result, FaceResult::NotComparable);
    screen.posts("/kiosk/card", "").await;
    let page = screen.looks(portrait).await;
    says(&page, &["可以在本机制卡"]);
    assert!(!page.contains(&number), "{page}");
    says(&screen.posts("/kiosk/card/make", "").await, &["制卡"]);
    says(&settled(&screen).await, &["取出新卡"]);
    // Another person's identity card ends the visit: the card that waits is not theirs to sign for.
    let unsigned = screen.posts("/kiosk/card/collect", "").await;
    says(&unsigned, &["尚未在签收台账上签字"]);
    says(&screen.posts("/kiosk/card/collect", "signed=1").await, &["新卡已领取", "业务登记号"]);
    let file = c.w.file(zhang).await.0;
    assert!(matches!(file.cards[0].social, Social::Enabled { .. }));
    assert_eq!(c.machine.places().good, [c.cards[0].1.as_str()]);

    // 修改密码: the initial one is for a counter; then by card and old PIN.
    c.machine.insert(&c.cards[0].1).unwrap();
    says(&screen.get("/kiosk/pin").await, &["请把社保卡插入读卡器"]);
    says(&screen.posts("/kiosk/pin", "").await, &["请先阅读"]);
    let pin = async |typed: &[&str]| {
        screen.get("/kiosk/pin").await;
        std::fs::write(c.dir.path().join("keypad"), typed.join("\n") + "\n").unwrap();
        let page = screen.posts("/kiosk/pin", "risks_told=1").await;
        c.machine.insert(&c.cards[0].1).unwrap_or_default();
        page
    };
    let initial = pin(&["123456", "385274", "385274"]).await;
    says(&initial, &["初始密码须持本人有效身份证件", "取回您的社保卡"]);
    assert!(!initial.contains("。。") && !initial.contains("请查看现在所处的环节"), "{initial}");
    let shown = c.w.shown(zhang).await;
    let set = stated::pin_by_holder(file.cards[0].id, PinChange::Changed, shown);
    let by = c.w.officer(c.w.outlet()).await;
    c.w.about(&by, zhang, HolderCommand::RecordPin(set)).await.unwrap();
    says(&pin(&["123456", "385274", "385275"]).await, &["两次输入密码不一致", "密码没有变动"]);
    let page = pin(&["123456", "385274", "385274"]).await;
    says(&page, &["密码已修改", "取回您的社保卡", "业务登记号"]);
    assert!(c.machine.card(&c.cards[0].1).unwrap().is_pin("385274") && !page.contains("385274"));
    for _ in 1..6 {
        says(&pin(&["111111", "907152", "907152"]).await, &["还可尝试"]);
    }
    says(&pin(&["111111", "907152", "907152"]).await, &["已锁定", "到柜台"]);
    assert_eq!(c.w.file(zhang).await.0.cards[0].pin, Pin::Locked);

    // 补卡: lost at the bank; no fee is taken here. Another's card is not found, whatever the form names.
    c.lost(zhang).await;
    let comes = async |n: u32| {
        c.lays(n);
        screen.posts("/kiosk/card", "").await;
        screen.looks(portrait).await
    };
    says(&comes(1).await, &["应缴工本费", "不能收费"]);
    c.without_fee().await;
    says(&comes(1).await, &["申请补卡"]);
    // Whose browser is closed is opened again by a clerk.
    c.w.clock.set(kaguan_domain::ctx::Instant(c.w.clock.now().0 + 601_000_000));
    assert_eq!(screen.send("GET", "/kiosk", "").await.0, StatusCode::FORBIDDEN);
    let others = c.w.file(li).await.0;
    assert!(others.cards.is_empty() && others.person.unwrap().face.is_none());
    let lines = c.w.service.store().entries_from(1, 10_000).await.unwrap();
    let own: Vec<_> = lines.iter().filter(|l| l.actor.starts_with("kiosk:")).collect();
    assert!(own.iter().all(|l| l.channel == "kiosk"));
    for verb in [
        "kiosk.check_face",
        "application.progress",
        "instant.personalise",
        "collection.hand_over",
        "pin.change",
    ] {
        assert!(own.iter().any(|l| l.command == verb && l.outcome == "done"), "{verb}");
    }
    c.w.verified().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn art_27_a_lost_card_is_reissued_on_the_spot_and_what_a_form_names_is_the_visitors_or_nobodys() {
    clause!(R27.1);
    clause!(R14.2);
    let c = counter().await;
    c.without_fee().await;
    let (zhang, old) = c.w.with_card(1).await;
    let (li, lis) = c.w.with_card(2).await;
    let teller = c.lost(zhang).await;
    c.lost(li).await;
    let screen = c.opened().await;
    let portrait = &kaguan_testkit::portrait().0;
    c.lays(1);
    screen.posts("/kiosk/card", "").await;
    says(&screen.looks(portrait).await, &["申请补卡"]);
    let page = screen.posts("/kiosk/card/apply", &format!("card={lis}&consent=1")).await;
    says(&page, &["未找到"]);
    says(&screen.posts("/kiosk/card/lose", &format!("card={lis}")).await, &["role=\"alert\""]);
    says(&screen.posts("/kiosk/card/apply", &format!("card={old}")).await, &["请先阅读授权申明"]);
    says(&screen.posts("/kiosk/card/apply", &format!("card={old}&consent=1")).await, &["可以在本机制卡"]);
    // 今日已办: what was done about the first card is not said to be about the form of today.
    let done = c.w.service.done_today_by(&teller, false, None).await.unwrap();
    let about = done.lines[0].holder.as_ref().unwrap();
    assert!(about.is_its_own && about.form_no == c.w.file(zhang).await.0.applications[0].form_no);
    assert_eq!(c.w.file(zhang).await.0.applications.len(), 2);
    // The machine has no card for it: nothing is anybody's, and the next one has a blank taken in by the machine.
    let places = c.machine.places();
    screen.posts("/kiosk/card/make", "").await;
    says(&settled(&screen).await, &["取出新卡"]);
    assert_eq!(c.machine.places().good.len(), places.good.len() + 1);
    // Whoever comes next ends the visit, and signs for nothing.
    c.lays(2);
    screen.posts("/kiosk/card", "").await;
    says(&screen.posts("/kiosk/card/collect", "signed=1").await, &["正对镜头"]);
    says(&screen.looks(portrait).await, &["申请补卡"]);
    says(&screen.posts("/kiosk/card/collect", "signed=1").await, &["申请补卡"]);
    // Nobody goes on for whoever has left.
    c.lays(1);
    screen.posts("/kiosk/card", "").await;
    screen.looks(portrait).await;
    c.w.clock.set(kaguan_domain::ctx::Instant(c.w.clock.now().0 + 91_000_000));
    says(&screen.posts("/kiosk/card/collect", "signed=1").await, &["等待时间过长"]);
    let file = c.w.file(zhang).await.0;
    assert!(file.cards.len() == 2 && matches!(file.cards[1].social, Social::NotEnabled));
    assert!(c.w.file(li).await.0.applications.len() == 1);

    // A clerk stops it from another desk; an administrator takes it back.
    let other = Desk::at(&c.w, c.router.clone(), Role::HrClerk, HR).await;
    says(&other.get("/kiosks").await, &["自助服务中"]);
    says(&other.fills("/kiosks/close", &[]).await, &["已停止自助服务", "未启用"]);
    assert_eq!(screen.send("GET", "/kiosk", "").await.0, StatusCode::FORBIDDEN);
    c.w.verified().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn art_25_1_a_card_is_reported_lost_at_a_machine_of_its_bank_and_at_no_other_outlets() {
    clause!(R25.1);
    let c = counter().await;
    c.without_fee().await;
    let (zhang, card) = c.w.with_card(1).await;
    let bank = c.w.service.institutions().org(c.w.bank_outlet()).unwrap().code.clone();
    let teller = Desk::at(&c.w, c.router.clone(), Role::BankClerk, &bank).await;
    let screen = c.opened_at(&bank, &teller).await;
    let portrait = &kaguan_testkit::portrait().0;
    c.lays(1);
    screen.posts("/kiosk/card", "").await;
    says(&screen.looks(portrait).await, &["正式挂失"]);
    assert_eq!(c.w.file(zhang).await.0.card(card).unwrap().loss(), None);
    // The page after it offers what comes next, and has nothing to report any more.
    let page = screen.posts("/kiosk/card/lose", &format!("card={card}")).await;
    says(&page, &["申请补卡"]);
    assert!(!page.contains("action=\"/kiosk/card/lose"), "{page}");
    let file = c.w.file(zhang).await.0;
    assert_eq!(file.card(card).unwrap().loss(), Some(Hold::FormalLoss));
    let lines = c.w.service.store().entries_from(1, 10_000).await.unwrap();
    let by_itself = |l: &&kaguan_store::journal::Entry| l.actor.starts_with("kiosk:") && l.outcome == "done";
    let lost: Vec<_> = lines.iter().filter(by_itself).filter(|l| l.command.starts_with("loss.")).collect();
    assert_eq!(lost.len(), 1);
    // Its number is said, for the receipt at a counter.
    says(&page, &["已正式挂失", &format!("业务登记号 <b class=\"number\">{}</b>", lost[0].seq)]);
    c.w.verified().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn art_25_1_what_is_due_is_said_before_the_loss_and_nobody_is_sent_in_a_circle_or_photographed_in_vain()
{
    clause!(R25.1);
    clause!(R22.1);
    clause!(R14.2);
    let c = counter().await;
    let (_, card) = c.w.with_card(1).await;
    let li = c.w.applicant(2, c.w.outlet()).await;
    let batch = c.w.cards_made().await;
    c.w.at_outlet(batch, c.w.outlet()).await;
    let bank = c.w.service.institutions().org(c.w.bank_outlet()).unwrap().code.clone();
    let teller = Desk::at(&c.w, c.router.clone(), Role::BankClerk, &bank).await;
    let screen = c.opened_at(&bank, &teller).await;
    let portrait = &kaguan_testkit::portrait().0;
    says(&screen.get("/kiosk").await, &["挂失补卡，当场制卡", "应缴工本费的，先在柜台申请并缴费"]);
    // An identity card that is valid no more: said when it is read, and no picture is asked for.
    c.lays_until(1, "20250101");
    let page = screen.posts("/kiosk/card", "").await;
    says(&page, &["身份证已过有效期", "请本人持有效身份证件到柜台办理"]);
    assert!(!page.contains("name=\"face\""), "{page}");
    // A fee is due: said before the loss, and how it is paid; then what was done, and the same again.
    c.lays(1);
    screen.posts("/kiosk/card", "").await;
    let due = ["补卡应缴工本费20.00元，自助服务设施不能收费", "请到柜台申请补卡并缴费"];
    let page = screen.looks(portrait).await;
    says(&page, &["挂失后：", due[0], due[1], "action=\"/kiosk/card/lose"]);
    let page = screen.posts("/kiosk/card/lose", &format!("card={card}")).await;
    says(&page, &["已正式挂失", "业务登记号", due[0], due[1]]);
    assert!(!page.contains("再进入制卡批次") && !page.contains("action=\"/kiosk/card/lose"), "{page}");
    // A card that was never collected is not lost: where it is and what is done, and nobody is sent to report it.
    c.lays(2);
    screen.posts("/kiosk/card", "").await;
    let page = screen.looks(portrait).await;
    says(&page, &["社保卡不在持卡人手中", "请先办理领取"]);
    assert!(!page.contains("正式挂失"), "{page}");
    assert!(c.w.file(li).await.0.cards[0].loss().is_none());
    c.w.verified().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn art_25_1_a_card_is_reported_lost_while_another_application_is_open_and_the_rest_waits_for_it() {
    clause!(R25.1);
    clause!(R27.1);
    let c = counter().await;
    c.without_fee().await;
    let (zhang, card) = c.w.with_card(1).await;
    let outlet = c.w.outlet();
    let worn = Purpose::Exchange { old: card, reason: ExchangeReason::Other { why: "磨损".into() } };
    let exchange = Replace {
        id: ApplicationId(0),
        purpose: worn,
        form_no: "4401000000991".into(),
        changes: Box::new(FormDraft { form_no: "4401000000991".into(), ..FormDraft::collected() }),
        photo: None,
        outlet,
        collect_at: outlet,
        agent: None,
        consent: Some(Consent { text_version: "2022".into(), by_guardian: false }),
        checks: Vec::new(),
        presented: stated::presented(),
        proof: None,
    };
    c.w.service.replace(c.w.officer(outlet).await, "worn", zhang, exchange).await.unwrap();
    assert!(c.w.file(zhang).await.0.open_application().is_some());
    let bank = c.w.service.institutions().org(c.w.bank_outlet()).unwrap().code.clone();
    let teller = Desk::at(&c.w, c.router.clone(), Role::BankClerk, &bank).await;
    let screen = c.opened_at(&bank, &teller).await;
    c.lays(1);
    screen.posts("/kiosk/card", "").await;
    let page = screen.looks(&kaguan_testkit::portrait().0).await;
    says(&page, &["action=\"/kiosk/card/lose", "该人已有在办的申领业务"]);
    assert!(!page.contains("申请补卡") && !page.contains("没有可补的"), "{page}");
    // An exchange gives the old card back: it is not made here while the holder has it, whatever a form asks for.
    says(&page, &["换卡须交回旧卡", "携旧卡"]);
    assert!(!page.contains("可以在本机制卡"), "{page}");
    says(&screen.posts("/kiosk/card/make", "").await, &["换卡须交回旧卡"]);
    let page = screen.posts("/kiosk/card/lose", &format!("card={card}")).await;
    says(&page, &["已正式挂失", "业务登记号"]);
    assert!(!page.contains("action=\"/kiosk/card/lose") && !page.contains("申请补卡"), "{page}");
    assert_eq!(c.w.file(zhang).await.0.card(card).unwrap().loss(), Some(Hold::FormalLoss));
    c.w.verified().await;
}
