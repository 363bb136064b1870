//! Businesses by the keyboard alone, key for key. What a clerk's time is, is counted here.

use super::{Browser, Driver, add, serve};
use fantoccini::Locator;
use fantoccini::key::Key;
use kaguan_domain::clause;
use kaguan_domain::facts::institution::Role;
use kaguan_testkit::{On, World};

/// Whoever presses keys, and how many so far.
struct Keys<'a> {
    b: &'a Browser,
    pressed: usize,
    /// Those of them that only go on to the next field.
    tabs: usize,
    /// The pages that followed.
    pages: usize,
}

impl Keys<'_> {
    /// Types where the focus is.
    async fn write(&mut self, text: &str) {
        self.pressed += text.chars().count();
        self.b.client.active_element().await.unwrap().send_keys(text).await.unwrap();
    }

    async fn key(&mut self, key: Key) {
        self.write(&char::from(key).to_string()).await;
    }

    fn of(b: &Browser) -> Keys<'_> {
        Keys { b, pressed: 0, tabs: 0, pages: 0 }
    }

    async fn tab(&mut self) {
        self.key(Key::Tab).await;
        self.tabs += 1;
    }

    /// On to a field, which is the next one.
    async fn tab_to(&mut self, name: &str) {
        self.tab().await;
        assert_eq!(self.here().await, name, "the next field");
    }

    /// The name of the field where the focus is.
    async fn here(&self) -> String {
        let here = self.b.client.active_element().await.unwrap();
        here.attr("name").await.unwrap().unwrap_or_default()
    }

    async fn page(&mut self, css: &str) {
        self.pages += 1;
        self.b.client.wait().for_element(Locator::Css(css)).await.unwrap();
        self.b.look().await;
    }

    /// This business took what the table says: keys, those of them that only move on, no click, and pages.
    fn is_as_written(&self, business: &str) {
        let table = include_str!("../../../../docs/counter-time.md");
        let row = table.lines().find(|l| l.starts_with(&format!("| {business}"))).unwrap();
        let said: Vec<usize> = row.split('|').skip(2).take(4).map(|n| n.trim().parse().unwrap()).collect();
        assert_eq!(said, [self.pressed, self.tabs, 0, self.pages], "{business} in docs/counter-time.md");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_a_loss_and_a_collection_are_done_by_the_keyboard_alone() {
    clause!(R8.4);
    clause!(R24.1);
    let w = World::new(On::Memory).await;
    w.around.registers.set_photo(kaguan_files::portrait::draw(1));
    w.with_card(2).await;
    w.applicant(3, w.outlet()).await;
    let batch = w.cards_made().await;
    w.at_outlet(batch, w.outlet()).await;
    add(&w, "clerk", Role::HrClerk, "44010600000101").await;
    add(&w, "bank", Role::BankClerk, "44010395588001").await;
    let home = serve(&w).await;
    let dir = tempfile::tempdir().unwrap();
    let driver = Driver::start();
    let b = Browser::open(&driver, &home, dir.path()).await;

    // An adult whom the registers know: from the number to the receipt.
    b.sign_in("clerk").await;
    b.go("/apply").await;
    let mut keys = Keys::of(&b);
    keys.write(&w.draft(1).document_number).await;
    keys.key(Key::Enter).await;
    keys.page("dl.known").await;
    assert_eq!(keys.here().await, "card_kind", "one begins at the first field that nobody knows");
    keys.write("CZZ").await;
    keys.tab_to("mobile").await;
    keys.write("13800000001").await;
    keys.tab_to("bank").await;
    keys.write("GS").await;
    keys.tab_to("occupation").await;
    keys.write("JR").await;
    keys.tab_to("document_verified").await;
    keys.write(" ").await;
    keys.tab_to("photo_from").await;
    keys.write("S").await;
    keys.write("Q").await;
    keys.tab_to("consent").await;
    keys.write("S").await;
    keys.tab().await;
    keys.key(Key::Enter).await;
    keys.page(".paper").await;
    assert!(b.client.current_url().await.unwrap().path().starts_with("/receipts/"));
    assert!(keys.pressed <= 60, "{} keys", keys.pressed);
    keys.is_as_written("个人申请");
    // What was chosen by its first letters is what was meant.
    b.says("☑工商银行").await;
    b.says("☑军人警察（军人）").await;

    // A temporary loss: from the number to the state of the card.
    b.sign_in("bank").await;
    b.go("/loss").await;
    let mut keys = Keys::of(&b);
    keys.write(&w.draft(2).document_number).await;
    keys.key(Key::Enter).await;
    keys.page(".who").await;
    assert_eq!(keys.here().await, "verified", "one begins at what has to be stated");
    keys.write(" ").await;
    keys.key(Key::Enter).await;
    keys.page(".notice").await;
    b.says("已临时挂失").await;
    keys.is_as_written("临时挂失");

    // A card that lies at the counter: from the number to the enabled card.
    b.sign_in("clerk").await;
    b.go("/collect").await;
    let mut keys = Keys::of(&b);
    let number = w.draft(3).document_number;
    keys.write(&number).await;
    keys.key(Key::Enter).await;
    keys.page(".who").await;
    assert_eq!(keys.here().await, "document_number", "one begins at the document that is shown");
    keys.write(&number).await;
    keys.tab_to("electronic").await;
    keys.tab_to("verified").await;
    keys.write(" ").await;
    keys.tab().await;
    keys.tab_to("signed").await;
    keys.write(" ").await;
    keys.key(Key::Enter).await;
    keys.page(".notice").await;
    keys.is_as_written("个人领卡启用");
    b.client.clone().close().await.unwrap();
    w.verified().await;
}

/// What cannot be seen where the focus is: the field lies under the bar, or its label does, or above the window.
const HIDDEN: &str = r"
const done = arguments[0];
requestAnimationFrame(() => requestAnimationFrame(() => {
  const here = document.activeElement;
  const part = here && here !== document.body && here.getClientRects()[0];
  if (!part) return done([]);
  const top = document.querySelector('.top');
  const from = getComputedStyle(top).position === 'sticky' && !top.contains(here) ? top.getBoundingClientRect().bottom : 0;
  const hit = document.elementFromPoint(part.left + Math.min(6, part.width / 2), part.top + Math.min(6, part.height / 2));
  const label = here.labels && here.labels[0];
  const bad = [];
  const seen = hit && (here.contains(hit) || (label && label.contains(hit)));
  if (!seen) bad.push(`${here.name || here.textContent.trim().slice(0, 20) || here.tagName} at ${part.top} lies under ${hit && (hit.className || hit.tagName)}`);
  if (label && label.getClientRects()[0].top < from - 1) bad.push(`the label of ${here.name} is at ${label.getClientRects()[0].top}`);
  done(bad);
}));
";

/// Tab, as the keyboard sends it whatever has the focus: WebDriver gives the keys of a field for files to the files.
async fn tab(b: &Browser, back: bool) {
    for kind in ["rawKeyDown", "keyUp"] {
        let key = serde_json::json!({
            "type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9, "modifiers": if back { 8 } else { 0 },
        });
        b.cdp("Input.dispatchKeyEvent", key).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_the_focus_is_seen_forwards_and_backwards_and_where_a_refusal_leads() {
    clause!(R8.4);
    let w = World::new(On::Memory).await;
    add(&w, "clerk", Role::HrClerk, "44010600000101").await;
    let home = serve(&w).await;
    let dir = tempfile::tempdir().unwrap();
    let driver = Driver::start();
    let b = Browser::open(&driver, &home, dir.path()).await;
    b.sign_in("clerk").await;
    b.go("/apply").await;
    let mut keys = Keys::of(&b);
    keys.write(&w.draft(1).document_number).await;
    keys.key(Key::Enter).await;
    keys.page("dl.known").await;
    // Sent with nothing filled in, as from a browser that checks nothing.
    let send = "const form = document.querySelector('main [name=mobile]').form; form.noValidate = true; form.requestSubmit();";
    b.follows(async || b.client.execute(send, Vec::new()).await.unwrap()).await;

    let mut hidden = Vec::new();
    let mut look = async |what: String| {
        let bad = b.client.execute_async(HIDDEN, Vec::new()).await.unwrap();
        hidden.extend(bad.as_array().unwrap().iter().map(|why| format!("{what}: {why}")));
    };
    let links = "return document.querySelectorAll('main .notice.wrong a[href^=\"#\"]').length";
    let links = b.client.execute(links, Vec::new()).await.unwrap().as_u64().unwrap();
    assert!(links > 3, "{links} links: {}", b.text().await);
    for width in [1366, 390] {
        b.shows(width, 700, "light").await;
        for n in 0..links {
            let press = "window.scrollTo(0, 0); document.querySelectorAll('main .notice.wrong a[href^=\"#\"]')[arguments[0]].click();";
            b.client.execute(press, vec![n.into()]).await.unwrap();
            look(format!("link {n} at {width}")).await;
            let field = "return document.activeElement.getAttribute('aria-invalid') === 'true'";
            let field = b.client.execute(field, Vec::new()).await.unwrap();
            assert_eq!(field, serde_json::json!(true), "link {n} at {width}: the focus is in the field");
        }
    }

    b.shows(1366, 700, "light").await;
    let first = "document.querySelector('main .notice.wrong').focus();";
    b.client.execute(first, Vec::new()).await.unwrap();
    for back in [false, true] {
        for n in 0..70 {
            tab(&b, back).await;
            look(format!("{} {n}", if back { "Shift+Tab" } else { "Tab" })).await;
        }
    }
    assert!(hidden.is_empty(), "{hidden:#?}");
    b.client.clone().close().await.unwrap();
    w.verified().await;
}
