//! 立等可取: a machine is paired by its code, a clerk takes it by its number, and a person leaves with a card: agent, chip and printer run, and
//! the browser speaks to the system alone.

use crate::caller::{caller, served};
use crate::premade::{CITY, Desk, HR, PROVINCE, encoded, ordered, says};
use crate::stock::{BOX, Cards, made};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kaguan_api::desk::{ANSWER_HEADER, Answer, Kind, Outcome, PAPERS, Signed};
use kaguan_api::sign::{Secret, digest};
use kaguan_desk::agent::Agent;
use kaguan_desk::kept::Kept;
use kaguan_desk::scanner::Scanner;
use kaguan_desk_driver::{Machine, blank};
use kaguan_domain::clause;
use kaguan_domain::ctx::Instant as Moment;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::application::Stage;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::facts::pin::Pin;
use kaguan_domain::instant::{Begin, BeginAtDesk, BlankCommand, ReadCard, Spoil};
use kaguan_domain::institution::InstitutionCommand;
use kaguan_service::Command;
use kaguan_testkit::{On, World};
use kaguan_web::partner::SigningKey;
use std::path::Path;
use std::time::{Duration, Instant};
use tower::ServiceExt as _;

/// Looks until it is so.
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let mut again = tokio::time::interval(Duration::from_millis(20));
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        again.tick().await;
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < end, "{what}");
    }
}

/// What stands after a word in the agent's status.
fn said(state: &Path, word: &str, length: usize) -> Option<String> {
    let text = std::fs::read_to_string(state.join("status.txt")).ok()?;
    let found: String = text.split(word).nth(1)?.chars().take(length).collect();
    (found.chars().count() == length && found.chars().all(|c| c.is_ascii_alphanumeric())).then_some(found)
}

/// Somebody's page once nothing runs any more.
pub async fn settled(clerk: &Desk) -> String {
    until("the desk is done", async || {
        let page = clerk.get("/instant/making").await;
        (!page.contains("正在制卡")).then_some(page)
    })
    .await
}

pub struct Counter {
    pub w: World,
    pub clerk: Desk,
    pub admin: Desk,
    pub machine: Machine,
    state: tempfile::TempDir,
    pub dir: tempfile::TempDir,
    pub agent: tokio::task::JoinHandle<Result<(), String>>,
    server: String,
    pub router: Router,
    pub cards: Vec<(String, String, String)>,
}

/// Three cards in the box of a paired machine at an outlet, and in its books.
pub async fn counter() -> Counter {
    let w = World::new(On::Memory).await;
    let system = served(&w).await;
    let router: Router = kaguan_web::router(w.service.clone());
    let (bank, vendor) = (caller(&w, &system, "bank:95588").await, caller(&w, &system, "vendor:1").await);
    let city = Desk::at(&w, router.clone(), Role::CityOfficer, CITY).await;
    let province = Desk::at(&w, router.clone(), Role::ProvinceOfficer, PROVINCE).await;
    let clerk = Desk::at(&w, router.clone(), Role::HrClerk, HR).await;
    let admin = Desk::at(&w, router.clone(), Role::SystemAdministrator, PROVINCE).await;
    let order = ordered(&city, &province).await;
    let Cards(cards) = made((&bank, "95588"), &vendor, &order, 4).await;
    province.get(&format!("/blanks/orders/{order}")).await;
    province.fills("/blanks/orders/check", &[("found", "passed"), ("findings", "")]).await;
    let at = format!("/blanks/box?order={order}&box={}", encoded(BOX));
    let right = [("counted", "3"), ("kept_at", "预制卡库"), ("signer", "李四")];
    city.get(&at).await;
    city.fills("/blanks/take-in", &right).await;
    city.get(&at).await;
    let to = w.outlet().0.to_string();
    let car = [("to", to.as_str()), ("responsible", "王五"), ("manner", "自行押运"), ("tracking", "")];
    city.fills("/blanks/ship", &car).await;
    clerk.get(&at).await;
    clerk.fills("/blanks/take-in", &right).await;

    let state = tempfile::tempdir().unwrap();
    // Where another process knows it, which presses the keys there.
    let dir = match std::env::var_os("KAGUAN_TEST_MACHINES") {
        Some(parent) => tempfile::Builder::new().prefix("machine").rand_bytes(0).tempdir_in(parent).unwrap(),
        None => tempfile::tempdir().unwrap(),
    };
    let machine = Machine::open(dir.path());
    for (_, chip, card_no) in &cards {
        machine.fill(1, &blank(chip, "00814E4323", card_no)).unwrap();
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    let console = router.clone();
    tokio::spawn(async move { axum::serve(listener, console).await });
    let agent = started(&server, state.path(), dir.path());
    Counter { w, clerk, admin, machine, state, dir, agent, server, router, cards }
}

/// Another program for the agent, such as the one for Windows (`cargo xtask windows`), and the driver that it loads.
fn other_agent() -> Option<(std::ffi::OsString, std::ffi::OsString)> {
    Some((std::env::var_os("KAGUAN_DESK_AGENT")?, std::env::var_os("KAGUAN_DESK_DRIVER")?))
}

/// The agent of a desk, as the program runs it.
fn started(server: &str, state: &Path, machine: &Path) -> tokio::task::JoinHandle<Result<(), String>> {
    if let Some((program, driver)) = other_agent() {
        let log = state.join("log");
        let mut agent = tokio::process::Command::new(program)
            .args(["run", "--machine", "1号窗口", "--server", server, "--state"])
            .arg(state)
            .arg("--driver")
            .arg(driver)
            .env("KAGUAN_VIRTUAL_MACHINE", machine)
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::fs::File::create(&log).unwrap())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        return tokio::spawn(async move {
            let ended = agent.wait().await.map_err(|e| e.to_string())?;
            Err(format!("{ended}: {}", std::fs::read_to_string(log).unwrap()))
        });
    }
    let kept = Kept::open(state).unwrap();
    let agent = Agent::new(server, kept, Box::new(Machine::open(machine))).unwrap();
    let mut agent = agent.with_scanner(Some(Scanner::Simulated(machine.join("paper"))));
    tokio::spawn(async move {
        agent.pair("1号窗口").await.map_err(|e| e.to_string())?;
        agent.run().await.map_err(|e| e.to_string())
    })
}

impl Counter {
    /// The administrator pairs the machine, and the clerk takes it by the number that it shows.
    pub async fn paired(&self) -> String {
        self.paired_at(HR, &self.clerk).await
    }

    /// The same at an outlet, by a clerk of it.
    pub async fn paired_at(&self, outlet: &str, clerk: &Desk) -> String {
        let code = until("a code", async || said(self.state.path(), "配对码", 8)).await;
        self.admin.get("/desks").await;
        let wrong = [("code", "AAAAAAAA"), ("outlet", outlet), ("name", ""), ("boxes", "")];
        says(&self.admin.fills("/desks/pair", &wrong).await, &["没有显示这个配对码的桌面机"]);
        let right = [("code", code.as_str()), ("outlet", outlet), ("name", ""), ("boxes", "1=95588")];
        says(&self.admin.fills("/desks/pair", &right).await, &["已配对", "1号窗口", "1号盒中国工商银行"]);
        let number = until("a number", async || said(self.state.path(), "桌面号：", 4)).await;
        clerk.get("/instant/making").await;
        let strange = if number == "0000" { "0001" } else { "0000" };
        says(&clerk.fills("/instant/making/take", &[("number", strange)]).await, &["没有这个桌面号"]);
        let page = clerk.fills("/instant/making/take", &[("number", &number)]).await;
        let dialect = if other_agent().is_some() { "SSCardDriver" } else { "模拟制卡机" };
        says(&page, &["本次登录使用这台制卡桌面机", dialect]);
        number
    }

    /// The clerk has the card of somebody made, up to where somebody must look.
    async fn makes(&self, n: u32) -> String {
        self.clerk.get("/instant").await;
        self.clerk.fills("/instant", &[("number", &self.w.draft(n).document_number)]).await;
        self.clerk.fills("/instant/making/start", &[]).await;
        settled(&self.clerk).await
    }

    fn goes_wrong(&self, function: &str, how: &str) {
        let text = format!("{{\"{function}\":[\"{how}\"]}}");
        std::fs::write(self.dir.path().join("faults.json"), text).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn art_36_zhang_san_leaves_the_counter_with_a_card_that_the_desk_wrote_and_printed() {
    clause!(R36.2);
    clause!(R36.3);
    clause!(X9.3);
    let c = counter().await;
    let zhang = c.w.applicant(1, c.w.outlet()).await;
    says(&c.clerk.get("/instant/making").await, &["桌面号（四位）"]);
    c.paired().await;
    // 读卡: what lies on the reader stands in the field of the page that asked; nothing of it is in an address.
    let reads = async |to: &str| {
        c.clerk.posts(&format!("/instant/making/read?to={to}"), "").await;
        c.clerk.get(to).await
    };
    says(&reads("/pin").await, &["读卡位置没有卡"]);
    let number = c.w.draft(1).document_number;
    let identity = format!("|张三|1|01|19900101|广州|{number}|20200101|20400101|广州市公安局||");
    std::fs::write(c.dir.path().join("identity"), identity).unwrap();
    // The standard's C interface has no identity cards.
    let readers: &[_] = if other_agent().is_some() { &[] } else { &READERS };
    for to in readers.iter().copied() {
        says(&reads(to).await, &[&format!("value=\"{number}\""), "读卡</button>"]);
        assert!(to == "/pin" || !c.clerk.get("/pin").await.contains(&number), "of one page only");
    }
    c.clerk.posts("/instant", "number=").await;
    assert!(!c.clerk.get("/archive").await.contains(&number), "it is used");
    std::fs::remove_file(c.dir.path().join("identity")).unwrap();
    let began = Instant::now();
    let page = c.makes(1).await;
    says(
        &page,
        &["核对拟印卡面", &number, "href=\"/photos/", "读出核对</td><td>完成", "写入CA</td><td>完成"],
    );
    assert!(matches!(c.w.file(zhang).await.0.applications[0].stage, Stage::Personalising { .. }));
    c.clerk.fills("/instant/making/print", &[]).await;
    let page = settled(&c.clerk).await;
    says(&page, &["制卡完成", "印卡</td><td>完成"]);
    let took = began.elapsed();
    println!("one card, from the box to its confirmation: {took:?}");
    assert!(took < Duration::from_secs(3) || other_agent().is_some(), "{took:?}");
    let file = c.w.file(zhang).await.0;
    assert_eq!(file.cards[0].chip.as_str(), c.cards[0].1);
    assert_eq!(c.machine.places().good, [c.cards[0].1.as_str()]);
    let chip = c.machine.card(&c.cards[0].1).unwrap();
    assert!(chip.printed && chip.slots.len() == 5 && c.machine.face(&c.cards[0].1).exists());
    let item = kaguan_desk_driver::item("SSSEEF06", Some("08")).unwrap();
    assert_eq!(chip.memory[&item.place()], hex(&number));
    if let Some(keep) = std::env::var_os("KAGUAN_PICTURES") {
        std::fs::create_dir_all(&keep).unwrap();
        std::fs::copy(c.machine.face(&c.cards[0].1), Path::new(&keep).join("face.png")).unwrap();
    }

    // PIN维护 on the chip: the holder types at the reader, and the system hears what came of it.
    let card = file.cards[0].id;
    let stated = format!(
        "holder={zhang}&card={card}&document_kind=1&document_number={number}&electronic=1&verified=1"
    );
    says(&c.clerk.posts("/collect/carry-out", &format!("{stated}&signed=1")).await, &["已启用"]);
    c.machine.insert(&c.cards[0].1).unwrap();
    says(&reads("/pin").await, &[&format!("value=\"{number}\"")]);
    let pin = async |change: &str, typed: &[&str]| {
        std::fs::write(c.dir.path().join("keypad"), typed.join("\n") + "\n").unwrap();
        let form = format!("{stated}&risks_told=1&terminal=desk&change={change}");
        c.clerk.posts("/pin/carry-out", &form).await
    };
    says(&pin("changed", &["123456", "385274", "385275"]).await, &["两次输入密码不一致", "密码没有变动"]);
    says(&pin("changed", &["123456", "385274", "385274"]).await, &["密码已修改"]);
    for left in (1..6).rev() {
        let page = pin("changed", &["111111", "907152", "907152"]).await;
        says(&page, &[&format!("还可尝试{left}次")]);
        assert!(!page.contains("907152") && !page.contains("385274"));
    }
    says(&pin("changed", &["111111", "907152", "907152"]).await, &["芯片已锁定，已登记"]);
    assert_eq!(c.w.file(zhang).await.0.cards[0].pin, Pin::Locked);
    says(&pin("changed", &["385274", "907152", "907152"]).await, &["锁定"]);
    says(&pin("unlocked", &[]).await, &["密码已解锁"]);
    says(&pin("reset", &["907152", "907152"]).await, &["密码已重置"]);
    says(&pin("changed", &["907152", "264813", "264813"]).await, &["密码已修改"]);
    // Done, and the answer lost: it is not said that nothing has changed.
    c.goes_wrong("iChangePIN", "after:-4");
    let page = pin("changed", &["264813", "731952", "731952"]).await;
    says(&page, &["是否已办成不明，请在柜台读卡验证密码"]);
    assert!(!page.contains("密码没有变动"), "{page}");
    says(&pin("changed", &["731952", "264813", "264813"]).await, &["密码已修改"]);
    let good = c.machine.places().slot.unwrap();
    assert_eq!(good, c.cards[0].1);
    std::fs::remove_file(c.dir.path().join("keypad")).unwrap_or_default();
    Machine::open(c.dir.path()).print(1, &Default::default(), &Default::default()).unwrap();

    // 写卡失败: the card goes into the bin and is booked; 失败数据处理, and again with another one, whose power fails once.
    let li = c.w.applicant(2, c.w.outlet()).await;
    c.goes_wrong("iWriteCard", "-27010");
    says(&c.makes(2).await, &["写基本信息不成功", "已登记作废", "废卡盒"]);
    assert_eq!(c.machine.places().reject, [c.cards[1].1.as_str()]);
    assert!(matches!(c.w.file(li).await.0.applications[0].stage, Stage::ProductionFailed { .. }));
    let failures = c.clerk.get("/failures").await;
    let one = failures.split("href=\"/failures/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    c.clerk.get(&format!("/failures/{one}")).await;
    c.clerk.fills("/failures/settle", &[]).await;
    c.goes_wrong("iWriteCard", "after:-4");
    says(&c.makes(2).await, &["可以再试", "卡无应答"]);
    c.clerk.fills("/instant/making/start", &[]).await;
    says(&settled(&c.clerk).await, &["核对拟印卡面"]);
    c.clerk.fills("/instant/making/print", &[]).await;
    says(&settled(&c.clerk).await, &["制卡完成"]);
    assert_eq!(c.machine.places().good.len(), 2);

    // The box is empty, and the application waits as before.
    let wang = c.w.applicant(3, c.w.outlet()).await;
    says(&c.makes(3).await, &["进卡失败", "无卡"]);
    assert!(matches!(c.w.file(wang).await.0.applications[0].stage, Stage::Accepted { .. }));

    // 解除配对: the agent is nobody's any more.
    c.admin.get("/desks").await;
    says(&c.admin.fills("/desks/end", &[]).await, &["已解除配对"]);
    let ended = tokio::time::timeout(Duration::from_secs(60), c.agent).await.unwrap().unwrap();
    assert!(ended.unwrap_err().contains("配对已解除"));
    c.w.verified().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn annex_9_a_machine_without_a_psam_makes_a_card_and_sets_its_pin_through_the_provinces_machine() {
    clause!(X9.3);
    let c = counter().await;
    std::fs::write(c.dir.path().join("no-psam"), "").unwrap();
    let zhang = c.w.applicant(1, c.w.outlet()).await;
    c.paired().await;
    says(&c.makes(1).await, &["核对拟印卡面", "写基本信息</td><td>完成", "写入CA</td><td>完成"]);
    c.clerk.fills("/instant/making/print", &[]).await;
    says(&settled(&c.clerk).await, &["制卡完成"]);
    let chip = c.machine.card(&c.cards[0].1).unwrap();
    assert!(chip.printed && chip.slots.len() == 5);

    let card = c.w.file(zhang).await.0.cards[0].id;
    let number = c.w.draft(1).document_number;
    let stated = format!(
        "holder={zhang}&card={card}&document_kind=1&document_number={number}&electronic=1&verified=1"
    );
    says(&c.clerk.posts("/collect/carry-out", &format!("{stated}&signed=1")).await, &["已启用"]);
    c.machine.insert(&c.cards[0].1).unwrap();
    c.clerk.posts("/instant/making/read?to=/pin", "").await;
    says(&c.clerk.get("/pin").await, &[&format!("value=\"{number}\"")]);
    std::fs::write(c.dir.path().join("keypad"), "907152\n907152\n").unwrap();
    let reset = format!("{stated}&risks_told=1&terminal=desk&change=reset");
    says(&c.clerk.posts("/pin/carry-out", &reset).await, &["密码已重置"]);
    assert!(c.machine.card(&c.cards[0].1).unwrap().is_pin("907152"));
    c.agent.abort();
    c.w.verified().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn art_40_1_a_paper_on_the_scanner_of_the_desk_is_filed_and_nobody_else_brings_one() {
    clause!(R40.1);
    if other_agent().is_some() {
        return;
    }
    let c = counter().await;
    let zhang = c.w.applicant(1, c.w.outlet()).await;
    let scans = async |clerk: &Desk| {
        let request = Request::post("/instant/making/scan")
            .header(header::HOST, "console")
            .header(header::ORIGIN, "http://console")
            .header(header::COOKIE, clerk.cookie())
            .body(Body::empty())
            .unwrap();
        let answer = c.router.clone().oneshot(request).await.unwrap();
        let (status, kind) = (answer.status(), answer.headers().get(header::CONTENT_TYPE).cloned());
        (status, kind, to_bytes(answer.into_body(), 1 << 20).await.unwrap())
    };
    let text = |said: &(StatusCode, Option<header::HeaderValue>, axum::body::Bytes)| {
        String::from_utf8(said.2.to_vec()).unwrap()
    };
    assert!(text(&scans(&c.clerk).await).contains("请先在“新即时制卡”中录入桌面号"));
    assert!(!c.clerk.get("/archive").await.contains("data-scan"));
    c.paired().await;
    says(&c.clerk.get("/archive").await, &["data-scan=\"/instant/making/scan\""]);
    let none = scans(&c.clerk).await;
    assert_eq!(none.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&none).contains("扫描仪上没有纸张"), "{}", text(&none));
    let paper = c.dir.path().join("paper");
    std::fs::write(&paper, "no picture").unwrap();
    assert!(text(&scans(&c.clerk).await).contains("不是JPG、PNG、TIF或PDF影像"));
    // Larger than anything else that a desk says.
    let page = [b"\xFF\xD8\xFF".as_slice(), &vec![7; 300_000]].concat();
    std::fs::write(&paper, &page).unwrap();
    let said = scans(&c.clerk).await;
    assert!(said.0 == StatusCode::OK && said.2 == page && said.1.unwrap() == "image/jpeg");

    // Without a script: scanned as the form is sent, once all else is there.
    let number = c.w.draft(1).document_number;
    says(&c.clerk.posts("/archive", &format!("number={number}")).await, &["扫描一页并归档"]);
    let file =
        async |more: &str| c.clerk.posts("/archive/file", &format!("holder={zhang}&scan=1&{more}")).await;
    says(&file("kind=0").await, &["请选择材料所属的业务", "没有归档"]);
    let application = c.w.file(zhang).await.0.applications[0].id;
    std::fs::remove_file(&paper).unwrap();
    says(&file(&format!("case=a{application}&kind=0")).await, &["扫描仪上没有纸张", "没有归档"]);
    std::fs::write(&paper, &page).unwrap();
    says(&file(&format!("case=a{application}&kind=0")).await, &["已归档"]);
    let filed = c.w.file(zhang).await.0.person.unwrap().archive.last().unwrap().clone();
    assert_eq!(filed.digest.unwrap(), kaguan_service::digest_of(&page));

    // A stranger's paper is not read, and one that nobody asked for is nobody's.
    let brings = async |answer: &str| {
        let request = Request::post(PAPERS).header(ANSWER_HEADER, answer).body(Body::from(page.clone()));
        c.router.clone().oneshot(request.unwrap()).await.unwrap().status()
    };
    assert_eq!(brings("").await, StatusCode::FORBIDDEN);
    let kept = Kept::open(c.state.path()).unwrap();
    let outcome = Outcome::Paper { digest: digest(&page), length: page.len(), picture: Vec::new() };
    let desk = kept.belongs.as_ref().unwrap().desk;
    let answer = Answer { desk, job: "1".into(), outcome };
    let signed = |key: &Secret| {
        let signed = Signed::of(Kind::Answer, &answer, key).unwrap();
        BASE64.encode(serde_json::to_vec(&signed).unwrap())
    };
    assert_eq!(brings(&signed(&Secret::fresh())).await, StatusCode::FORBIDDEN);
    assert_eq!(brings(&signed(&kept.secret)).await, StatusCode::CONFLICT);
    c.agent.abort();
    c.w.verified().await;
}

/// Pages with 读卡.
const READERS: [&str; 8] =
    ["/pin", "/collect", "/people", "/apply", "/replace", "/instant", "/fees", "/archive"];

fn hex(text: &str) -> String {
    text.bytes().map(|b| format!("{b:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn art_36_a_desk_has_one_clerk_at_a_time_and_goes_on_after_it_was_switched_off() {
    clause!(R36.3);
    clause!(X9.3);
    let c = counter().await;
    let zhang = c.w.applicant(1, c.w.outlet()).await;
    let number = c.paired().await;
    let other = Desk::at(&c.w, c.router.clone(), Role::HrClerk, HR).await;
    other.get("/instant/making").await;
    says(&other.fills("/instant/making/take", &[("number", &number)]).await, &["正由经办人使用"]);
    says(&other.posts("/instant/making/print", "").await, &["没有待核对的卡面"]);
    other.get("/instant/making").await;
    says(&c.makes(1).await, &["核对拟印卡面"]);

    // The desk's machine is switched off, and on again: what was done stands in the file, and it goes on from there.
    c.agent.abort();
    c.w.clock.set(Moment(c.w.clock.now().0 + 120_000_000));
    c.clerk.fills("/instant/making/print", &[]).await;
    says(&settled(&c.clerk).await, &["制卡桌面机没有连接"]);
    let agent = started(&c.server, c.state.path(), c.dir.path());
    until("the desk is back", async || {
        c.clerk.get("/instant/making").await.contains("模拟制卡机").then_some(())
    })
    .await;
    c.clerk.fills("/instant/making/start", &[]).await;
    says(&settled(&c.clerk).await, &["核对拟印卡面", "读出核对</td><td>完成"]);

    // 印卡 whose end nobody knows: the card is out, and is booked as spoiled once.
    c.goes_wrong("iPrint", "after:-4");
    c.clerk.fills("/instant/making/print", &[]).await;
    says(&settled(&c.clerk).await, &["印卡不成功", "已登记作废"]);
    assert!(matches!(c.w.file(zhang).await.0.applications[0].stage, Stage::ProductionFailed { .. }));
    says(&c.clerk.fills("/instant/making/release", &[]).await, &["已交还"]);
    says(&other.fills("/instant/making/take", &[("number", &number)]).await, &["本次登录使用"]);
    agent.abort();
    c.w.verified().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn annex_9_a_changed_system_key_reaches_a_paired_desk_which_makes_the_next_card_under_it() {
    clause!(X9.3);
    let c = counter().await;
    c.w.applicant(1, c.w.outlet()).await;
    let number = c.paired().await;
    let held = || {
        let text = std::fs::read_to_string(c.state.path().join("desk.json")).unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["system"].as_str().unwrap().to_owned()
    };
    let key = |n| SigningKey::of(c.w.service.store(), n).secret.public();
    assert_eq!(held(), key(1));
    let from = Moment(c.w.clock.now().0 + 30_000_000);
    c.w.system(Command::Institution(InstitutionCommand::ChangeSystemKey { from })).await.unwrap();
    c.clerk.fills("/instant/making/release", &[]).await;
    assert_eq!(held(), key(1), "not before its time");
    c.w.clock.set(from);
    // Whatever it is rung for, it asks anew, and hears of it.
    let taken = until("the desk holds the new key", async || {
        c.clerk.get("/instant/making").await;
        let page = c.clerk.fills("/instant/making/take", &[("number", &number)]).await;
        c.clerk.fills("/instant/making/release", &[]).await;
        (held() == key(2)).then_some(page)
    });
    taken.await;
    until("the desk is back under it", async || {
        c.clerk.get("/instant/making").await;
        let page = c.clerk.fills("/instant/making/take", &[("number", &number)]).await;
        page.contains("本次登录使用").then_some(())
    })
    .await;
    says(&c.makes(1).await, &["核对拟印卡面"]);
    c.clerk.fills("/instant/making/print", &[]).await;
    says(&settled(&c.clerk).await, &["制卡完成"]);
    c.agent.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn art_36_3_a_card_that_went_back_into_stock_becomes_another_persons_and_what_is_under_the_reader_goes_where_it_belongs()
 {
    clause!(R36.3);
    let mut c = counter().await;
    let zhang = c.w.applicant(1, c.w.outlet()).await;
    let li = c.w.applicant(2, c.w.outlet()).await;
    c.paired().await;
    let chip = c.cards[0].1.clone();
    let eject = async || c.clerk.fills("/instant/making/eject", &[]).await;
    says(&eject().await, &["读卡位置没有卡"]);

    // The server has gone down when the card was taken, before anything was written.
    c.machine.load(1).unwrap();
    let clerk = c.w.officer(c.w.outlet()).await;
    let blank = c.w.service.blank_in_hand(&clerk, &chip).await.unwrap();
    let application = c.w.file(zhang).await.0.applications[0].id;
    let read = ReadCard {
        chip: chip.clone(),
        card_no: c.cards[0].2.clone(),
        number: String::new(),
        name: String::new(),
        issued: String::new(),
    };
    let desk = c.w.service.institutions().desks().next().unwrap().id;
    let begin = Begin { application, blank, outlet: c.w.outlet() };
    let begin = BeginAtDesk { begin, desk, read, printed_name: None };
    c.w.about(&clerk, zhang, HolderCommand::BeginAtDesk(begin)).await.unwrap();

    // 李四 comes to the desk meanwhile: the card stays where it is.
    says(&c.makes(2).await, &["该卡正在为一份申请制作", "卡没有退出"]);
    says(&eject().await, &["该卡正在为一份申请制作", "卡没有退出"]);
    assert_eq!(c.machine.places().slot.as_deref(), Some(chip.as_str()));
    c.clerk.get("/instant").await;
    c.clerk.fills("/instant", &[("number", &c.w.draft(1).document_number)]).await;
    says(&c.clerk.fills("/instant/return", &[]).await, &["已退回库存"]);
    c.clerk.get("/instant/making").await;
    says(&eject().await, &["卡已从正常卡位退出", "请放回卡盒"]);
    assert_eq!(c.machine.places().good, [chip.as_str()]);

    // It is 李四's now, and 张三 gets another.
    c.machine.insert(&chip).unwrap();
    for (n, who, of) in [(2, li, 0), (1, zhang, 1)] {
        says(&c.makes(n).await, &["核对拟印卡面"]);
        c.clerk.fills("/instant/making/print", &[]).await;
        says(&settled(&c.clerk).await, &["制卡完成"]);
        assert_eq!(c.w.file(who).await.0.cards[0].chip.as_str(), c.cards[of].1);
    }
    c.w.verified().await;

    // Somebody's card, and one that was spoiled, go where they belong.
    c.machine.insert(&chip).unwrap();
    c.clerk.get("/instant/making").await;
    says(&eject().await, &["卡已从正常卡位退出", "已制成的社保卡", "不得放入卡盒"]);
    c.machine.load(1).unwrap();
    let spoiled = c.w.service.blank_in_hand(&clerk, &c.cards[2].1).await.unwrap();
    let spoil = Spoil { org: c.w.outlet(), reason: "卡面划伤".into(), missing: false, counted_at: None };
    let command = Command::Blank { id: spoiled, command: BlankCommand::Spoil(spoil) };
    c.w.by(&clerk, command).await.unwrap();
    c.w.applicant(3, c.w.outlet()).await;
    says(&c.makes(3).await, &["卡已从坏卡位退出", "不是本网点在库的预制卡", "不得放回卡盒"]);
    assert_eq!(c.machine.places().reject, [c.cards[2].1.as_str()]);
    c.agent.abort();
}

/// Where a text stands in the memory of a process that may be written, or once stood there, with no digit beside it.
fn in_memory(process: u32, text: &str) -> Vec<String> {
    use std::io::{Read as _, Seek as _, SeekFrom};
    let mut memory = std::fs::File::open(format!("/proc/{process}/mem")).unwrap();
    let mut found = Vec::new();
    for area in std::fs::read_to_string(format!("/proc/{process}/maps")).unwrap().lines() {
        let mut words = area.split(' ');
        let ends = words.next().and_then(|e| e.split_once('-')).unwrap();
        if !words.next().unwrap().starts_with("rw") || area.contains("[v") {
            continue;
        }
        let [from, to] = [ends.0, ends.1].map(|e| u64::from_str_radix(e, 16).unwrap());
        let mut held = vec![0; usize::try_from(to - from).unwrap()];
        if memory.seek(SeekFrom::Start(from)).is_err() || memory.read_exact(&mut held).is_err() {
            continue;
        }
        let digit = |at: Option<usize>| at.and_then(|at| held.get(at)).is_some_and(u8::is_ascii_digit);
        let hits = held.windows(text.len()).enumerate().filter(|(_, w)| *w == text.as_bytes());
        for (at, _) in hits.filter(|(at, _)| !digit(at.checked_sub(1)) && !digit(Some(at + text.len()))) {
            let around = &held[at.saturating_sub(32)..(at + 32).min(held.len())];
            found.push(format!("{area}: {}", String::from_utf8_lossy(around)));
        }
    }
    found
}

/// Server, agent and machine run in a process of their own, which never had the PIN but from the keypad.
#[tokio::test(flavor = "multi_thread")]
async fn art_18_a_pin_is_nowhere_in_the_memory_of_server_and_agent_and_in_no_file() {
    clause!(R18.1);
    if std::env::var_os("KAGUAN_TEST_MACHINES").is_some() {
        let c = counter().await;
        let zhang = c.w.applicant(1, c.w.outlet()).await;
        c.paired().await;
        c.makes(1).await;
        c.clerk.fills("/instant/making/print", &[]).await;
        says(&settled(&c.clerk).await, &["制卡完成"]);
        let (card, number) = (c.w.file(zhang).await.0.cards[0].id, c.w.draft(1).document_number);
        let stated = format!(
            "holder={zhang}&card={card}&document_kind=1&document_number={number}&electronic=1&verified=1"
        );
        says(&c.clerk.posts("/collect/carry-out", &format!("{stated}&signed=1")).await, &["已启用"]);
        c.machine.insert(&c.cards[0].1).unwrap();
        println!("PRESS");
        let line = || std::io::stdin().read_line(&mut String::new()).unwrap();
        line();
        let form = format!("{stated}&risks_told=1&terminal=desk&change=changed");
        says(&c.clerk.posts("/pin/carry-out", &form).await, &["密码已修改"]);
        println!("CHANGED");
        line();
        return;
    }
    let parent = tempfile::tempdir().unwrap();
    let new: String =
        kaguan_api::sign::fresh_nonce().bytes().take(5).map(|b| char::from(b'2' + b % 8)).collect::<String>()
            + "0";
    let log = std::fs::File::create(parent.path().join("log")).unwrap();
    let test =
        concat!(module_path!(), "::art_18_a_pin_is_nowhere_in_the_memory_of_server_and_agent_and_in_no_file");
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args([test.split_once("::").unwrap().1, "--exact", "--nocapture"])
        .env("KAGUAN_TEST_MACHINES", parent.path())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(log)
        .spawn()
        .unwrap();
    let mut said = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut press = child.stdin.take().unwrap();
    let mut heard = String::new();
    let mut until_says = |word: &str| {
        use std::io::BufRead as _;
        while !heard.lines().any(|l| l.ends_with(word)) {
            let read = said.read_line(&mut heard).unwrap();
            assert!(read > 0, "{heard}{}", std::fs::read_to_string(parent.path().join("log")).unwrap());
        }
        assert!(!heard.contains(&new), "it is said nowhere");
    };
    use std::io::Write as _;
    until_says("PRESS");
    let keypad = format!("123456\n{new}\n{new}\n");
    std::fs::write(parent.path().join("machine/keypad"), keypad).unwrap();
    press.write_all(b"\n").unwrap();
    until_says("CHANGED");
    assert_eq!(in_memory(child.id(), &new), [""; 0]);
    let mut places = vec![parent.path().to_owned()];
    while let Some(at) = places.pop() {
        for entry in std::fs::read_dir(at).unwrap().map(|e| e.unwrap().path()) {
            if entry.is_dir() {
                places.push(entry);
            } else {
                let held = std::fs::read(&entry).unwrap();
                assert!(!held.windows(6).any(|w| w == new.as_bytes()), "{}", entry.display());
            }
        }
    }
    press.write_all(b"\n").unwrap();
    assert!(child.wait().unwrap().success());
}
