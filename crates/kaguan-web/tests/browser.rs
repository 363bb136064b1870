//! The main job by hand, in a real browser (Debian's Chromium): from an employer's file to cards in people's hands.
//! `KAGUAN_PICTURES=DIR` keeps a picture of every page, to be looked at.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

#[path = "partners/caller.rs"]
#[expect(dead_code, reason = "partners' own tests do more")]
mod caller;
#[path = "browser/journeys.rs"]
mod journeys;
#[path = "browser/keyboard.rs"]
mod keyboard;
#[path = "browser/numbers.rs"]
mod numbers;
#[path = "browser/office.rs"]
mod office;
#[path = "browser/photo.rs"]
mod photo;
#[path = "browser/prints.rs"]
mod prints;
#[path = "browser/second_factor.rs"]
mod second_factor;
#[path = "partners/stock.rs"]
mod stock;
#[path = "browser/walk.rs"]
mod walk;

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::ids::{BatchId, BoxId, OfficerId};
use kaguan_domain::institution::{InstitutionCommand, NewOfficer};
use kaguan_files::sample::{SampleSpec, make};
use kaguan_files::sbk2::{Encoding, Entry, FileName, write};
use kaguan_partner_sim::{BadDay, Bank, Vendor};
use kaguan_service::Command;
use kaguan_testkit::{On, World};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

/// Somebody of every role, by login.
const OFFICERS: [(&str, Role, &str); 8] = [
    ("province", Role::ProvinceOfficer, "44000000000001"),
    ("city", Role::CityOfficer, "44010000000001"),
    ("county", Role::CountyClerk, "44010600000001"),
    ("clerk", Role::HrClerk, "44010600000101"),
    ("bank", Role::BankClerk, "44010395588001"),
    ("system", Role::SystemAdministrator, "44000000000001"),
    ("security", Role::SecurityAdministrator, "44000000000001"),
    ("audit", Role::AuditAdministrator, "44000000000001"),
];

/// Chromedriver, gone with the test.
struct Driver {
    process: Child,
    address: String,
}

impl Driver {
    fn start() -> Self {
        let mut process = std::process::Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("install chromium-driver first: cargo xtask check does");
        let lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let said = |l: String| {
            Some(l.rsplit_once("started successfully on port ")?.1.trim_end_matches('.').to_owned())
        };
        let port = lines.filter_map(said).next().expect("chromedriver says its port");
        Self { process, address: format!("http://127.0.0.1:{port}") }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What no page may lack: every field has a name, every table its heads, boxes in a row and every choice between some have
/// their question (a fieldset with its legend), and the language is said.
const ACCESSIBLE: &str = r#"
const bad = [];
for (const e of document.querySelectorAll('input:not([type=hidden]),select,textarea'))
  if (!e.labels.length && !e.getAttribute('aria-label')) bad.push('no label: ' + e.outerHTML);
for (const t of document.querySelectorAll('table')) if (!t.querySelector('th')) bad.push('a table without heads');
for (const b of document.querySelectorAll('button,a')) if (!b.textContent.trim()) bad.push('an empty button');
for (const form of document.querySelectorAll('main form')) {
  const asked = (e) => e.closest('fieldset') && e.closest('fieldset').querySelector('legend');
  let boxes = [];
  for (const e of [...form.elements, form]) {
    if (e.type === 'hidden' || e.tagName === 'FIELDSET' || (e !== form && e.closest('td'))) continue;
    if (e.type === 'radio' && !asked(e)) bad.push('a choice without its question: ' + e.name);
    const full = () => { if (boxes.length > 1) bad.push('boxes without their question: ' + boxes[0].name); boxes = []; };
    const part = (e) => e.closest('section,details,form');
    if (e.type !== 'checkbox' || asked(e)) full();
    else {
      if (boxes.length && part(e) !== part(boxes[0])) full();
      boxes.push(e);
    }
  }
}
const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
if (new Set(ids).size !== ids.length) bad.push('an id twice');
if (document.documentElement.lang !== 'zh-Hans') bad.push('no language');
if (!document.title || document.querySelectorAll('h1').length !== 1) bad.push('no title or not one h1');
if (document.documentElement.scrollWidth > (arguments[0] || window.innerWidth)) bad.push('wider than the window');
return bad;
"#;

struct Browser {
    client: Client,
    /// Where chromedriver listens, and what tells it what WebDriver has no words for.
    driver: String,
    http: reqwest::Client,
    home: String,
    pictures: Option<PathBuf>,
    taken: std::sync::atomic::AtomicUsize,
    /// Of a window as narrow as a phone's, which grows with what is too wide for it.
    width: Option<u32>,
}

/// The host of pages whose requests are watched.
const HOST: &str = "kaguan.localhost";

impl Browser {
    async fn open(driver: &Driver, home: &str, profile: &Path) -> Self {
        Self::begun(driver, home, profile, &serde_json::json!({})).await
    }

    /// A browser that writes down every request.
    async fn watched(driver: &Driver, home: &str, profile: &Path) -> Self {
        Self::begun(driver, home, profile, &serde_json::json!({ "performance": "ALL" })).await
    }

    /// What it wrote down since it was asked last.
    async fn events(&self) -> Vec<serde_json::Value> {
        let session = self.client.session_id().await.unwrap().unwrap();
        let at = format!("{}/session/{session}/se/log", self.driver);
        let asked = self.http.post(at).header("content-type", "application/json");
        let said = asked.body(r#"{"type":"performance"}"#).send().await.unwrap().bytes().await.unwrap();
        let said: serde_json::Value = serde_json::from_slice(&said).unwrap();
        let lines = said["value"].as_array().expect("the log is kept");
        lines.iter().map(|l| serde_json::from_str(l["message"].as_str().unwrap()).unwrap()).collect()
    }

    async fn begun(driver: &Driver, home: &str, profile: &Path, logs: &serde_json::Value) -> Self {
        let args = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--window-size=1366,900",
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            &format!("--user-data-dir={}", profile.display()),
        ];
        let options =
            serde_json::json!({ "goog:chromeOptions": { "args": args }, "goog:loggingPrefs": logs });
        // Chromedriver listens on this machine, without TLS.
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(options.as_object().unwrap().clone())
            .connect(&driver.address)
            .await
            .expect("chromium starts");
        let pictures = std::env::var_os("KAGUAN_PICTURES").map(PathBuf::from);
        let http = kaguan_api::client::http().build().unwrap();
        Self {
            client,
            driver: driver.address.clone(),
            http,
            home: home.into(),
            pictures,
            taken: 0.into(),
            width: None,
        }
    }

    /// A browser whose window is so many pixels wide, as a phone's is.
    async fn of_width(driver: &Driver, home: &str, profile: &Path, width: Option<u32>) -> Self {
        let b = Self { width, ..Self::open(driver, home, profile).await };
        if let Some(width) = width {
            let metrics =
                serde_json::json!({ "width": width, "height": 844, "deviceScaleFactor": 1, "mobile": true });
            b.cdp("Emulation.setDeviceMetricsOverride", metrics).await;
        }
        b
    }

    /// Tells Chromium something in its own words, which WebDriver has none for, and returns what it answers.
    async fn cdp(&self, command: &str, params: serde_json::Value) -> serde_json::Value {
        let session = self.client.session_id().await.unwrap().unwrap();
        let said = serde_json::json!({ "cmd": command, "params": params }).to_string();
        let at = format!("{}/session/{session}/goog/cdp/execute", self.driver);
        let answer =
            self.http.post(at).header("content-type", "application/json").body(said).send().await.unwrap();
        assert!(answer.status().is_success(), "{command}: {}", answer.text().await.unwrap());
        let mut said: serde_json::Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        said["value"].take()
    }

    /// Shows the page at a width, so high that all of it is seen in a picture.
    async fn shows(&self, width: u32, height: u64, scheme: &str) {
        let metrics = serde_json::json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
        self.cdp("Emulation.setDeviceMetricsOverride", metrics).await;
        let media = serde_json::json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.cdp("Emulation.setEmulatedMedia", media).await;
    }

    /// A picture of the page as it stands.
    async fn picture(&self, dir: &Path, name: &str, width: u32, scheme: &str) {
        std::fs::create_dir_all(dir).unwrap();
        self.shows(width, 900, scheme).await;
        let height = self.client.execute("return document.documentElement.scrollHeight", Vec::new()).await;
        self.shows(width, height.unwrap().as_u64().unwrap().clamp(600, 6000), scheme).await;
        let file = name.replace('/', "_").replace(' ', "-");
        std::fs::write(dir.join(format!("{file}.png")), self.client.screenshot().await.unwrap()).unwrap();
    }

    async fn goto(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.home)).await.unwrap();
    }

    async fn go(&self, path: &str) {
        self.goto(path).await;
        self.look().await;
    }

    /// Looks at the page as it is.
    async fn look(&self) {
        let bad = self.client.execute(ACCESSIBLE, vec![self.width.into()]).await.unwrap();
        assert_eq!(bad, serde_json::json!([]), "{}", self.client.current_url().await.unwrap());
        if let Some(dir) = &self.pictures {
            let n = self.taken.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let thread = std::thread::current();
            let test = thread.name().unwrap_or("main").replace("::", "-");
            let path = self.client.current_url().await.unwrap().path().to_owned();
            // As wide as it is, last: so the page stays.
            let own = self.width.unwrap_or(1366);
            for width in [if own < 500 { 1366 } else { 390 }, own] {
                self.picture(dir, &format!("{test} {n:03} {path} {width}"), width, "light").await;
            }
            self.shows(own, 900, "light").await;
        }
    }

    async fn fill(&self, css: &str, text: &str) {
        let field = self.client.find(Locator::Css(css)).await.unwrap_or_else(|e| panic!("{css}: {e}"));
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    async fn tick(&self, css: &str) {
        self.client.find(Locator::Css(css)).await.unwrap().click().await.unwrap();
    }

    /// Presses the first button of a name and waits for the page that follows.
    async fn press(&self, button: &str) {
        let path = format!("//main//button[normalize-space()='{button}']");
        let found = self.client.find(Locator::XPath(&path)).await;
        let found = match found {
            Ok(found) => found,
            Err(e) => panic!("no button {button}: {e}\n{}", self.text().await),
        };
        self.follows(async || found.click().await.unwrap()).await;
        self.look().await;
    }

    /// Does something after which a page follows, and waits for that page.
    async fn follows<T>(&self, done: impl AsyncFnOnce() -> T) -> T {
        let old = self.client.find(Locator::Css("html")).await.unwrap();
        let done = done().await;
        let gone = async || {
            while old.tag_name().await.is_ok() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), gone()).await.expect("a page follows");
        if let Err(e) = self.client.wait().for_element(Locator::Css("main h1")).await {
            let at = self.client.current_url().await.unwrap();
            panic!("{at} is no page ({e}): {}", self.client.source().await.unwrap());
        }
        done
    }

    /// Presses a button that leads to no page.
    async fn press_here(&self, button: &str) {
        let path = format!("//main//button[normalize-space()='{button}']");
        self.client.find(Locator::XPath(&path)).await.unwrap().click().await.unwrap();
    }

    /// Waits until the page says something at a place.
    async fn hears(&self, css: &str, text: &str) {
        let path = format!("return document.querySelector('{css}')?.textContent.includes('{text}') === true");
        let heard = async {
            while self.client.execute(&path, Vec::new()).await.unwrap() != serde_json::json!(true) {
                tokio::task::yield_now().await;
            }
        };
        if tokio::time::timeout(Duration::from_secs(20), heard).await.is_err() {
            panic!("“{text}” is not said: {}", self.text().await);
        }
    }

    async fn has(&self, button: &str) -> bool {
        let path = format!("//main//button[normalize-space()='{button}']");
        !self.client.find_all(Locator::XPath(&path)).await.unwrap().is_empty()
    }

    async fn text(&self) -> String {
        self.client.find(Locator::Css("body")).await.unwrap().text().await.unwrap()
    }

    async fn says(&self, text: &str) {
        let page = self.text().await;
        assert!(page.contains(text), "“{text}” is not on the page:\n{page}");
    }

    /// Signs in as somebody else.
    async fn sign_in(&self, login: &str) {
        self.client.delete_all_cookies().await.unwrap();
        self.go("/").await;
        assert!(self.client.current_url().await.unwrap().path().ends_with("/sign-in"));
        self.fill("input[name=login]", login).await;
        self.fill("input[name=password]", "right").await;
        self.press("登录").await;
        self.says("今日工作").await;
    }
}

/// The console of a world, for as long as the test runs; its address.
async fn serve(w: &World) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let home = format!("http://{}", listener.local_addr().unwrap());
    let router = kaguan_web::for_trying(kaguan_web::router(w.service.clone()));
    tokio::spawn(async move { axum::serve(listener, router).await });
    home
}

async fn add(w: &World, login: &str, role: Role, org: &str) {
    let new = NewOfficer {
        id: OfficerId(w.service.fresh()),
        login: login.into(),
        name: "经办人甲".into(),
        role,
        org: w.org(org),
        password_hash: kaguan_testkit::RIGHT.into(),
    };
    w.system(Command::Institution(InstitutionCommand::AddOfficer(new))).await.unwrap();
}

fn file(dir: &Path, name: &FileName, entries: &[Entry]) -> PathBuf {
    let name = FileName { people: entries.len(), ..name.clone() };
    let path = dir.join(format!("{}.zip", name.stem()));
    write(std::fs::File::create(&path).unwrap(), &name, entries, Encoding::Gb18030).unwrap();
    path
}

/// 受理登记 of an employer with its papers.
async fn register_unit(b: &Browser, people: &str) {
    b.go("/units").await;
    for (name, text) in [
        ("form_no", "4401U1"),
        ("employer_code", "91440101SAMPLE0001"),
        ("employer_name", "广州样例制造有限公司"),
        ("address", "广州市天河区样例路1号"),
        ("operator_name", "李四"),
        ("operator_number", "440106199001010013"),
        ("operator_phone", "13900000000"),
        ("authorisation", "1"),
        ("matter", "批量申领社会保障卡"),
        ("until", "20271231"),
        ("people", people),
        ("applied_on", "20261123"),
    ] {
        b.fill(&format!("input[name={name}]"), text).await;
    }
    for (name, value) in [("kind", "enterprise"), ("operator_sex", "1"), ("operator_document", "1")] {
        let select = b.client.find(Locator::Css(&format!("select[name={name}]"))).await.unwrap();
        select.select_by_value(value).await.unwrap();
    }
    let papers =
        ["proof", "authorisation_kept", "operator_copy", "applicant_copies", "personal_forms", "consents"];
    for name in papers.into_iter().chain(["operator_verified"]) {
        b.tick(&format!("input[name={name}]")).await;
    }
    b.press("受理登记").await;
    b.says("已受理登记").await;
}

/// Uploads a file and waits for its outcome.
async fn upload(b: &Browser, path: &Path, wish: &str) {
    b.go("/upload").await;
    let field = b.client.find(Locator::Css("input[type=file]")).await.unwrap();
    field.send_keys(&path.display().to_string()).await.unwrap();
    b.client.find(Locator::Css("select[name=unit]")).await.unwrap().select_by_index(1).await.unwrap();
    b.client.find(Locator::Css("select[name=wish]")).await.unwrap().select_by_value(wish).await.unwrap();
    b.press("上传").await;
    let done = Locator::Css("#stage .tag.ok, #stage .tag.bad");
    b.client.wait().at_most(Duration::from_secs(60)).for_element(done).await.unwrap();
    b.look().await;
}

/// How many cards are in the box of a row: the page does not tell whoever is to count them.
async fn in_hand(b: &Browser, w: &World, row: &str) -> String {
    let id = async |name: &str| -> i64 {
        let field = format!("({row}//input[@name='{name}'])[1]");
        let field = b.client.find(Locator::XPath(&field)).await.unwrap();
        field.attr("value").await.unwrap().unwrap().parse().unwrap()
    };
    let file = w.service.batch(BatchId(id("batch").await)).await.unwrap().unwrap();
    file.inside(BoxId(id("box").await)).to_string()
}

/// Signs for every box on the page, as many cards as are in it.
async fn receive_all(b: &Browser, w: &World) {
    b.go("/boxes").await;
    while b.has("接收").await {
        let row = "//tr[.//button[normalize-space()='接收']][1]";
        let count = in_hand(b, w, row).await;
        let field = b.client.find(Locator::XPath(&format!("{row}//input[@name='counted']"))).await.unwrap();
        field.send_keys(&count).await.unwrap();
        for (name, text) in [("kept_at", "成品卡库"), ("signer", "签收人甲")] {
            let field = format!("{row}//input[@name='{name}']");
            b.client.find(Locator::XPath(&field)).await.unwrap().send_keys(text).await.unwrap();
        }
        b.press("接收").await;
        b.says("已签收").await;
    }
}

/// Sends every box on the page one level down.
async fn ship_all(b: &Browser) {
    while b.has("寄出").await {
        b.fill("input[name=responsible]", "责任人乙").await;
        b.fill("input[name=manner]", "专车").await;
        b.fill("input[name=tracking]", "SF1").await;
        b.press("寄出").await;
        b.says("已寄出").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_an_employers_file_to_cards_in_peoples_hands_in_a_browser() {
    let w = World::new(On::Memory).await;
    for (login, role, org) in OFFICERS {
        add(&w, login, role, org).await;
    }
    let home = serve(&w).await;
    let dir = tempfile::tempdir().unwrap();
    let driver = Driver::start();
    let b = Browser::open(&driver, &home, &dir.path().join("profile")).await;

    let name = FileName {
        bank: "95588".into(),
        org: "44010000000001".into(),
        people: 12,
        time: w.clock.now().date().at(9, 0, 0, 0),
    };
    let sample = make(&SampleSpec {
        people: 12,
        errors: 2,
        seed: 5,
        name: name.clone(),
        outlets: &["44010600000101".to_owned()],
        employer: ("91440101SAMPLE0001", "广州样例制造有限公司"),
    });
    // A file with mistakes comes back with every one of them by row and column; the corrected one is taken in.
    b.sign_in("clerk").await;
    register_unit(&b, "12").await;
    b.sign_in("city").await;
    upload(&b, &file(dir.path(), &name, &sample.entries), "all").await;
    for planted in &sample.planted {
        b.says(planted.column).await;
    }
    b.says("接收0行").await;
    upload(&b, &file(dir.path(), &name, &sample.corrected), "all").await;
    b.says("共12行，接收12行，错误0处").await;

    b.go("/batches").await;
    b.press("批次筛选").await;
    b.says("已筛选12人").await;
    b.client.find(Locator::LinkText("核对并确认")).await.unwrap().click().await.unwrap();
    b.client.wait().for_element(Locator::Css("input[name=people]")).await.unwrap();
    b.look().await;
    b.fill("input[name=people]", "12").await;
    b.tick("input[name=reviewed]").await;
    b.press("批次确认").await;
    b.says("批次已确认").await;
    Bank::new("95588", BadDay::default()).work(&w.service).await.unwrap();
    b.sign_in("province").await;
    b.go("/batches").await;
    let vendor = b.client.find(Locator::Css("select[name=vendor]")).await.unwrap();
    vendor.select_by_value("1").await.unwrap();
    b.press("下发制卡").await;
    Vendor::new("1", BadDay::default()).work(&w.service).await.unwrap();
    for level in ["province", "city", "county"] {
        b.sign_in(level).await;
        receive_all(&b, &w).await;
        ship_all(&b).await;
    }
    b.sign_in("clerk").await;
    receive_all(&b, &w).await;
    // The employer's box goes to its operator.
    let row = "//tr[.//button[normalize-space()='交付单位']][1]";
    let count = in_hand(&b, &w, row).await;
    let paper = dir.path().join("authorisation.jpg");
    std::fs::write(&paper, kaguan_files::portrait::draw(1)).unwrap();
    let paper = paper.display().to_string();
    for (name, text) in [
        ("counted", count.as_str()),
        ("form_no", "4401U1"),
        ("operator", "李四"),
        ("document_number", "440106199001010013"),
        ("authorisation", "1"),
    ] {
        b.fill(&format!("form[action^='/boxes/hand-over?'] input[name={name}]"), text).await;
    }
    let image = Locator::Css("input[name=authorisation_image]");
    b.client.find(image).await.unwrap().send_keys(&paper).await.unwrap();
    for name in ["verified", "signed", "reminded"] {
        b.tick(&format!("form[action^='/boxes/hand-over?'] input[name={name}]")).await;
    }
    b.press("交付单位").await;
    b.says("已交付单位").await;
    // A person collects at the counter; another brings the card that the employer collected.
    let person = |of_employer: bool| {
        let fits = |e: &&Entry| e.draft.employer_no.is_empty() != of_employer && e.photo.is_some();
        let entry = sample.corrected.iter().find(fits).expect("the sample has both");
        kaguan_domain::facts::social_security_number::SocialSecurityNumber::parse(
            &entry.photo.as_ref().unwrap().0[..18],
        )
        .unwrap()
    };
    let collects = person(false);
    b.go("/collect").await;
    b.fill("main input[name=number]", collects.as_str()).await;
    b.press("查找").await;
    b.says(&collects.masked()).await;
    b.fill("form[action^='/collect/carry-out?'] input[name=document_number]", collects.as_str()).await;
    b.tick("form[action^='/collect/carry-out?'] input[name=verified]").await;
    b.tick("form[action^='/collect/carry-out?'] input[name=signed]").await;
    b.press("领取").await;
    b.says("激活").await;
    b.go("/enable").await;
    b.fill("main input[name=number]", person(true).as_str()).await;
    b.press("查找").await;
    b.fill("form[action^='/enable/carry-out?'] input[name=document_number]", person(true).as_str()).await;
    b.tick("form[action^='/enable/carry-out?'] input[name=verified]").await;
    b.press("社保功能启用").await;
    b.sign_in("bank").await;
    b.go("/activate").await;
    b.fill("main input[name=number]", collects.as_str()).await;
    b.press("查找").await;
    b.fill("form[action^='/activate/carry-out?'] input[name=document_number]", collects.as_str()).await;
    b.tick("form[action^='/activate/carry-out?'] input[name=verified]").await;
    b.press("银行账户激活").await;
    b.says("银行账户已激活").await;
    // The counter's form, as a page.
    b.sign_in("clerk").await;
    b.go("/apply?blank=1").await;
    b.press("受理").await;
    b.says("一次性补正").await;
    b.client.clone().close().await.unwrap();
    w.verified().await;
}
