//! An office in Chromium, and the people who work in it, in sentences: `clerk.opens("收取工本费")`, `clerk.fills("票据号码", …)`,
//! `clerk.presses("登记缴费")`, `clerk.reads("工本费已登记")`. Pages are read as their users read them: fields by their labels, buttons and links
//! by their words, pages by their names in the menu. Everybody has a session of his own.

use super::{Browser, Driver, OFFICERS, add, serve};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fantoccini::Locator;
use fantoccini::cookies::Cookie;
use fantoccini::elements::{Element, ElementRef};
use kaguan_domain::facts::institution::Role;
use kaguan_domain::ids::HolderId;
use kaguan_testkit::{On, World};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;

/// More people: whoever confirms what another one of the same office did, those of another bank and another city.
const MORE: [(&str, Role, &str); 6] = [
    ("clerk2", Role::HrClerk, "44010600000101"),
    ("province2", Role::ProvinceOfficer, "44000000000001"),
    ("city2", Role::CityOfficer, "44010000000001"),
    ("bank2", Role::BankClerk, "44010395588001"),
    ("shenzhen", Role::HrClerk, "44030300000101"),
    ("newbank", Role::BankClerk, "44010395533001"),
];

/// Finds a field by its label, a button or a link by its words: those first that say exactly that, then those that begin with it, then
/// those that have it. Of several, the one that stands closest to another text is meant. What is folded is opened, as its user would.
const FIND: &str = r"
const [kind, name, near] = arguments;
const plain = (s) => s.replace(/\s+/g, ' ').trim();
const said = (label) => {
  const copy = label.cloneNode(true);
  for (const part of copy.querySelectorAll('input,select,textarea,small,b')) part.remove();
  return plain(copy.textContent);
};
const every = {
  field: () => [...document.querySelectorAll('main label')].filter((l) => l.control && l.control.type !== 'hidden').map((l) => [said(l), l.control]),
  button: () => [...document.querySelectorAll('main button')].map((b) => [plain(b.textContent), b]),
  link: () => [...document.querySelectorAll('main a')].map((a) => [plain(a.textContent), a]),
}[kind]();
let found = null;
const seek = (all) => {
  for (const fits of [(s) => s === name, (s) => s.startsWith(name), (s) => s.includes(name)]) {
    const these = all.filter(([s]) => fits(s)).map(([, e]) => e);
    if (!near) found = these[0];
    let least = Infinity;
    for (const e of near ? these : []) {
      let around = e.parentElement;
      while (around && !plain(around.textContent).includes(near)) around = around.parentElement;
      if (around && around.textContent.length < least) [least, found] = [around.textContent.length, e];
    }
    if (found) return;
  }
};
// What narrows a list is found when nothing else has that name.
const narrows = ([, e]) => !!e.closest('.filters');
seek(every.filter((e) => !narrows(e)));
if (!found) seek(every.filter(narrows));
for (let up = found; up; up = up.parentElement) if (up.tagName === 'DETAILS') up.open = true;
return found || null;
";

/// The value of a choice by what it says.
const CHOICE: &str = r"
const [select, text] = arguments;
const options = [...select.options];
const by = (fits) => options.find((o) => fits(o.textContent.trim()));
const found = by((s) => s === text) || by((s) => s.startsWith(text)) || by((s) => s.includes(text)) || options.find((o) => o.value === text);
return found ? found.value : null;
";

/// A world with its console, one Chromium, and everybody's session in it.
pub struct Office {
    pub w: World,
    b: Browser,
    address: String,
    /// Who sits at the browser now.
    here: RefCell<String>,
    sessions: RefCell<HashMap<String, Vec<Cookie<'static>>>>,
    dir: tempfile::TempDir,
    _driver: Driver,
}

/// Somebody who works in the office.
pub struct Person<'a> {
    office: &'a Office,
    login: &'static str,
    /// A text near what is meant by the next words.
    near: RefCell<String>,
}

impl Office {
    pub async fn new() -> Self {
        Self::of(false).await
    }

    /// One whose every request is written down. Its pages are of a host of their own, so that none of this machine's addresses is theirs.
    pub async fn watched() -> Self {
        Self::of(true).await
    }

    async fn of(watched: bool) -> Self {
        let w = World::new(On::Memory).await;
        w.around.registers.set_photo(kaguan_testkit::portrait().0.clone());
        for (login, role, org) in OFFICERS.into_iter().chain(MORE) {
            add(&w, login, role, org).await;
        }
        let home = serve(&w).await;
        let dir = tempfile::tempdir().unwrap();
        let driver = Driver::start();
        let profile = dir.path().join("profile");
        let b = match watched {
            true => Browser::watched(&driver, &home.replace("127.0.0.1", super::HOST), &profile).await,
            false => Browser::open(&driver, &home, &profile).await,
        };
        Self {
            w,
            b,
            address: home,
            here: RefCell::default(),
            sessions: RefCell::default(),
            dir,
            _driver: driver,
        }
    }

    pub fn person(&self, login: &'static str) -> Person<'_> {
        Person { office: self, login, near: RefCell::default() }
    }

    /// From now on pages have no scripts.
    pub async fn without_scripts(&self) {
        self.b.cdp("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    }

    /// Days pass; whoever was signed in is so no longer.
    pub fn days_pass(&self, days: i64) {
        self.w.days_pass(days);
        self.sessions.borrow_mut().clear();
        self.here.borrow_mut().clear();
    }

    /// An image to show or to keep.
    pub fn image(&self) -> PathBuf {
        let path = self.dir.path().join("image.jpg");
        std::fs::write(&path, &kaguan_testkit::portrait().0).unwrap();
        path
    }

    /// Where programs reach the system.
    pub fn address(&self) -> String {
        self.address.clone()
    }

    /// Of all that the pages have asked for, nothing was asked of anybody but the system, and no socket was opened.
    pub async fn asked_of_the_system_alone(&self) {
        let own = format!("{}/", self.b.home);
        let (mut asked, mut elsewhere) = (0, Vec::new());
        for event in self.b.events().await {
            let said = &event["message"];
            let url = match said["method"].as_str() {
                Some("Network.requestWillBeSent") => &said["params"]["request"]["url"],
                Some("Network.webSocketCreated" | "Network.webTransportCreated") => &said["params"]["url"],
                _ => continue,
            };
            let url = url.as_str().unwrap_or_default();
            match url.starts_with(&own) {
                true => asked += 1,
                // Its own empty tab, before the first page.
                false if url.starts_with("data:") || url.starts_with("chrome") => {}
                false => elsewhere.push(url.to_owned()),
            }
        }
        println!("the browser asked {asked} times, all of {own}");
        assert!(asked > 100 && elsewhere.is_empty(), "{asked}, and elsewhere: {elsewhere:?}");
        let policy = self.b.http.get(format!("{}/sign-in", self.address)).send().await.unwrap();
        let policy = policy.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains("default-src 'none'") && policy.contains("connect-src 'self'"), "{policy}");
        assert!(!policy.contains("localhost") && !policy.contains("127.0.0.1"), "{policy}");
    }

    /// What every journey ends with, as `kaguan check` does: the journal verifies and replays, the books are at zero.
    pub async fn checks(&self) {
        self.w.verified().await;
    }

    pub async fn closes(self) {
        self.b.client.close().await.unwrap();
    }
}

impl Person<'_> {
    /// Sits down at the browser, and signs in unless he did.
    async fn comes(&self) {
        if *self.office.here.borrow() == self.login {
            return;
        }
        let client = &self.office.b.client;
        self.office.here.replace(self.login.to_owned());
        let known = self.office.sessions.borrow().get(self.login).cloned();
        if let Some(cookies) = known {
            client.delete_all_cookies().await.unwrap();
            for cookie in cookies {
                client.add_cookie(cookie).await.unwrap();
            }
        } else {
            self.office.b.sign_in(self.login).await;
            let cookies = client.get_all_cookies().await.unwrap();
            self.office.sessions.borrow_mut().insert(self.login.to_owned(), cookies);
        }
        self.office.b.goto("/").await;
    }

    /// Opens a page by its name in the menu.
    pub async fn opens(&self, page: &str) {
        self.comes().await;
        let link = format!("//nav//a[normalize-space()='{page}']");
        let link = self.office.b.client.find(Locator::XPath(&link)).await;
        let link = link.unwrap_or_else(|_| panic!("{} has no {page} in the menu", self.login));
        self.follows(&link).await;
    }

    async fn follows(&self, pressed: &Element) {
        self.office.b.follows(async || pressed.click().await.unwrap()).await;
        self.office.b.look().await;
    }

    /// What is said next is near this text: in its row, its sheet, its form.
    pub fn at(&self, text: &str) -> &Self {
        self.near.replace(text.to_owned());
        self
    }

    async fn find(&self, kind: &str, name: &str) -> Element {
        assert_eq!(*self.office.here.borrow(), self.login, "whoever acts has opened a page");
        let near = self.near.take();
        let client = &self.office.b.client;
        let found = client.execute(FIND, vec![kind.into(), name.into(), near.as_str().into()]).await.unwrap();
        let Some(id) = found.as_object().and_then(|o| o.values().next()).and_then(Value::as_str) else {
            panic!("{} finds no {kind} {name} near “{near}”:\n{}", self.login, self.office.b.text().await);
        };
        Element::from_element_id(client.clone(), ElementRef::from(id.to_owned()))
    }

    fn reference(of: &Element) -> Value {
        json!({ "element-6066-11e4-a52e-4f735466cecf": of.element_id().to_string() })
    }

    /// Writes into a field.
    pub async fn fills(&self, label: &str, text: &str) {
        let field = self.find("field", label).await;
        if field.attr("type").await.unwrap().is_some_and(|t| t.starts_with("date")) {
            // How a date is typed depends on the machine's language.
            let set = "arguments[0].value = arguments[1]";
            let told = vec![Self::reference(&field), text.into()];
            self.office.b.client.execute(set, told).await.unwrap();
            return;
        }
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Chooses by what the choice says.
    pub async fn chooses(&self, label: &str, text: &str) {
        let field = self.find("field", label).await;
        let told = vec![Self::reference(&field), text.into()];
        let value = self.office.b.client.execute(CHOICE, told).await.unwrap();
        let value = value.as_str().unwrap_or_else(|| panic!("{label} has no {text}")).to_owned();
        field.select_by_value(&value).await.unwrap();
    }

    /// What the first choice says that is not empty.
    pub async fn second_choice(&self, label: &str) -> String {
        let field = self.find("field", label).await;
        let second = "return arguments[0].options[1].textContent.trim()";
        let said = self.office.b.client.execute(second, vec![Self::reference(&field)]).await.unwrap();
        said.as_str().unwrap().to_owned()
    }

    /// Ticks a box.
    pub async fn ticks(&self, label: &str) {
        self.find("field", label).await.click().await.unwrap();
    }

    /// Adds a file.
    pub async fn attaches(&self, label: &str, file: &std::path::Path) {
        let field = self.find("field", label).await;
        field.send_keys(&file.display().to_string()).await.unwrap();
    }

    /// Presses a button, after which a page follows.
    pub async fn presses(&self, button: &str) {
        let button = self.find("button", button).await;
        self.follows(&button).await;
    }

    /// Presses a button that leads nowhere: the page itself says what came of it.
    pub async fn presses_and_hears(&self, button: &str, said: &str) {
        self.office.b.press_here(button).await;
        self.office.b.hears("main", said).await;
        self.office.b.look().await;
    }

    /// Where a link of the page leads to.
    pub async fn leads_to(&self, words: &str) -> String {
        self.find("link", words).await.attr("href").await.unwrap().unwrap()
    }

    /// Follows a link of the page.
    pub async fn follows_link(&self, words: &str) {
        let link = self.find("link", words).await;
        self.follows(&link).await;
    }

    /// Takes away the file that a link of the page leads to.
    pub async fn saves(&self, words: &str) -> Vec<u8> {
        let to = self.leads_to(words).await;
        let cookies = self.office.b.client.get_all_cookies().await.unwrap();
        let cookie: Vec<_> = cookies.iter().map(|c| format!("{}={}", c.name(), c.value())).collect();
        let home = &self.office.b.home;
        let answer = self.office.b.http.get(format!("{home}{to}")).header("cookie", cookie.join("; ")).send();
        let answer = answer.await.unwrap();
        assert!(answer.status().is_success(), "{to}: {}", answer.status());
        answer.bytes().await.unwrap().to_vec()
    }

    /// Opens an address.
    pub async fn goes_to(&self, path: &str) {
        self.comes().await;
        self.office.b.go(path).await;
    }

    /// Opens the receipt of a form and the form itself, as they are shown to be printed.
    pub async fn opens_papers_of(&self, id: HolderId, form_no: &str) {
        self.comes().await;
        let cookies = self.office.b.client.get_all_cookies().await.unwrap();
        let session = cookies.iter().find(|c| c.name() == "kaguan").expect("is signed in").value().to_owned();
        self.goes_to(&format!("/receipts/{}", self.office.w.service.paper_key(&session, id, form_no))).await;
    }

    /// Prints the page; what stands on each sheet, without white space.
    pub async fn prints(&self, name: &str) -> Vec<String> {
        let how = json!({ "preferCSSPageSize": true });
        let said = self.office.b.cdp("Page.printToPDF", how).await;
        let pdf = STANDARD.decode(said["data"].as_str().expect("a PDF")).unwrap();
        let dir = self.office.b.pictures.clone().unwrap_or_else(|| self.office.dir.path().to_owned());
        std::fs::create_dir_all(&dir).unwrap();
        let at = dir.join(format!("{name}.pdf"));
        std::fs::write(&at, pdf).unwrap();
        let text = Command::new("pdftotext").arg("-raw").arg(&at).arg("-").output().unwrap();
        let text = String::from_utf8(text.stdout).unwrap();
        let dense = |sheet: &str| sheet.chars().filter(|c| !c.is_whitespace()).collect();
        text.split_terminator('\u{c}').map(dense).collect()
    }

    /// What an address says now, asked beside the browser: a page that looks again by itself is read while it does.
    pub async fn page(&self, path: &str) -> String {
        let cookies = self.office.b.client.get_all_cookies().await.unwrap();
        let cookie: Vec<_> = cookies.iter().map(|c| format!("{}={}", c.name(), c.value())).collect();
        let at = format!("{}{path}", self.office.address);
        let answer = self.office.b.http.get(at).header("cookie", cookie.join("; ")).send().await.unwrap();
        answer.text().await.unwrap()
    }

    /// A picture of the page is there, and can be seen.
    pub async fn sees(&self, css: &str) {
        let script = "const i = document.querySelector(arguments[0]); return i ? i.naturalWidth : 0";
        let wide = self.office.b.client.execute(script, vec![css.into()]).await.unwrap();
        assert!(wide.as_u64().unwrap() > 0, "{css}");
    }

    /// The page says this.
    pub async fn reads(&self, text: &str) {
        self.office.b.says(text).await;
    }

    /// The page does not say this.
    pub async fn does_not_read(&self, text: &str) {
        let page = self.office.b.text().await;
        assert!(!page.contains(text), "“{text}” is on the page:\n{page}");
    }
}
