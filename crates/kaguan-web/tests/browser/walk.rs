//! Every page of every role as it is seen: at a desk and on a phone, by day and by night, in an office that has no work yet and in one that
//! has a lot; and what a page looks like when its form was refused. axe looks at each for what keeps somebody out.
//! `KAGUAN_PICTURES=DIR` keeps a picture of each: `cargo xtask pictures DIR`.

use super::{Browser, Driver, OFFICERS, add, serve};
use kaguan_files::sample::{SampleSpec, make};
use kaguan_files::sbk2::FileName;
use kaguan_testkit::{On, World};
use kaguan_web::table::PAGES;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::path::Path;

#[path = "../../../../xtask/src/axe.rs"]
mod axe;
#[path = "worlds.rs"]
mod worlds;

/// The width and the scheme of a look.
const LOOKS: [(u32, &str); 4] = [(1366, "light"), (390, "dark"), (1366, "dark"), (390, "light")];

/// What axe calls serious or critical, once the page has come to rest.
const AXE: &str = r"
const done = arguments[0];
const bad = (v) => v.impact === 'serious' || v.impact === 'critical';
const said = (r) => r.violations.filter(bad).flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 300)}`));
const look = () => axe.run(document, { resultTypes: ['violations'] }).then((r) => done(said(r)), (e) => done([String(e)]));
requestAnimationFrame(() => requestAnimationFrame(look));
";

/// Where the addresses in the body of a page lead, whatever place on it they name, but not to what is saved as a file.
const LINKS: &str = r"
const to = [...document.querySelectorAll('main a[href]')].map((a) => a.getAttribute('href').split('#')[0]);
return [...new Set(to.filter((a) => a.startsWith('/') && !/pdf|xlsx|csv|proof|print/.test(a)))];
";

/// The addresses that the forms of a page post to, but not what answers with a file.
const FORMS: &str = r"
const to = [...document.querySelectorAll('main form[method=post]')].map((f) => f.getAttribute('action').split('?')[0]);
return to.map((action, n) => [action, n]).filter(([a]) => !/export|csv|paper|label|screen|print|proof|pdf/.test(a));
";

/// Sends a form as it is, as a browser does that checks nothing.
const SEND: &str = r"
const form = document.querySelectorAll('main form[method=post]')[arguments[0]];
form.noValidate = true;
form.requestSubmit();
";

/// What a page with a refusal owes to whoever cannot see it: the title says so, the focus is on the refusal or in its field, a refused field
/// says that it is refused and why, the refusal leads to it, and a form that was sent with something missing has such a field.
const REFUSAL: &str = r"
const [action, done] = arguments;
// The browser moves the focus when it draws a page, not when it has read it.
requestAnimationFrame(() => {
const bad = [];
const here = document.activeElement;
const notice = document.querySelector('main .notice.wrong');
if (!document.title.startsWith('错误')) bad.push('the title does not say that something is wrong');
if (!here.closest('.notice.wrong') && here.getAttribute('aria-invalid') !== 'true') bad.push('the focus is on ' + here.outerHTML.slice(0, 100));
const why = (f) => (f.getAttribute('aria-describedby') || '').split(' ').map((id) => id && document.getElementById(id)).filter((e) => e && e.textContent.trim());
for (const l of document.querySelectorAll('main label.wrong')) {
  if (!l.control || l.control.getAttribute('aria-invalid') !== 'true') bad.push('a label is refused and its field is not: ' + l.textContent.trim().slice(0, 40));
}
const leads = notice ? [...notice.querySelectorAll('a')].map((a) => a.getAttribute('href')).filter((to) => to.startsWith('#')) : [];
for (const to of leads) if (!document.getElementById(to.slice(1))) bad.push('the refusal leads nowhere: ' + to);
const refused = [...document.querySelectorAll('main [aria-invalid=true]')];
for (const f of refused) {
  if (!why(f).length) bad.push('a refused field does not say why: ' + f.outerHTML.slice(0, 120));
  if (!leads.includes('#' + f.id)) bad.push('the refusal does not lead to ' + f.name);
}
const form = [...document.querySelectorAll('main form[method=post]')].find((f) => f.getAttribute('action').split('?')[0] === action);
const asks = form ? [...form.elements].filter((e) => e.name && e.type !== 'hidden' && e.tagName !== 'FIELDSET' && e.tagName !== 'BUTTON') : [];
if (asks.length && !refused.length && !/403|无权|没有需要变更的内容|须先办理正式挂失/.test(notice ? notice.textContent : '')) bad.push('no field of ' + action + ' is refused: ' + (notice ? notice.textContent : '').slice(0, 120));
done(bad);
});
";

/// What is read on a page and is not Chinese: words of programs, codes, dates of another language. Numbers, sign-in names, the rare
/// characters' spelling and words that the regulation itself has in letters are none.
const LEAKS: &str = r"
const known = new Set('PIN PDF JPG PNG TIF DPI CSV csv XLS xlsx XML ZIP zip SMS API ID TOTP QR SM2 SM3 SM4 KB MB GB GBK SBK UTF ICAO AAA CA IC TLS HTTP HTTPS https URL USB FreeOTP Ctrl Enter OK'.split(' '));
for (const who of arguments[0]) known.add(who);
// The address beside a receipt's code, a rare character and its code point, a partner, a sign-in name, a unit's number and a bank's code of these worlds.
const CODES = /https?:\/\/\S+|\[[A-Z]+\]|U\+[0-9A-F]+|\b(bank|vendor|online|business|treasury):\w+|officer-\d+|91440101SAMPLE\d+|KYC\d+/g;
const roots = ['main', 'header', 'nav'].map((r) => document.querySelector(r)).filter(Boolean);
const skipped = (e) => e.closest('svg, code, .hash, .secret, .number, .four, [data-code], option');
const found = new Set();
for (const root of roots) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!e || skipped(e)) continue;
    for (const word of walker.currentNode.textContent.replace(CODES, '').match(/[A-Za-z]{3,}/g) || []) if (!known.has(word)) found.add(word + ' in “' + walker.currentNode.textContent.trim().slice(0, 50) + '”');
  }
  for (const e of root.querySelectorAll('[placeholder],[aria-label],[title],[alt]'))
    for (const a of ['placeholder', 'aria-label', 'title', 'alt'])
      for (const word of (e.getAttribute(a) || '').replace(CODES, '').match(/[A-Za-z]{3,}/g) || []) if (!known.has(word)) found.add(word + ' in ' + a);
}
return [...found].map((f) => 'not Chinese: ' + f);
";

/// Text that is squeezed: a cell or a label so narrow that each line holds one or two characters; a button, a tag or a number that is cut.
const SQUEEZED: &str = r"
const bad = [];
for (const e of document.querySelectorAll('main td')) if (e.textContent.trim() && e.getClientRects().length && e.getBoundingClientRect().right <= 0) bad.push('off the page: ' + e.textContent.trim().slice(0, 30));
for (const e of document.querySelectorAll('main td, main th, main label, main dd, main dt, main legend, main .count, main summary, main button, main .btn, main p, main li')) {
  const style = getComputedStyle(e);
  const text = e.textContent.trim();
  if (text.length < 5 || !e.offsetParent || e.closest('.month, .squares, .off, svg')) continue;
  const wide = e.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  const high = e.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom);
  const size = parseFloat(style.fontSize);
  if (wide < size * 2.6 && high > size * 4.5) bad.push('a column of single characters: ' + text.slice(0, 30));
  if (/^(BUTTON|SUMMARY)$/.test(e.tagName) && e.scrollWidth > e.clientWidth + 1) bad.push('cut off: ' + text.slice(0, 30));
}
return bad;
";

/// Whether a page looks for somebody by a number, in a form of its own.
const LOOKS_FOR: &str = r"
const field = document.querySelector('main form[method=post] input[name=number]:not([type=hidden])');
return field && field.form.getAttribute('action').split('?')[0] === location.pathname ? [1] : [];
";

/// Looks for somebody there.
const LOOK_FOR: &str = r"
const field = document.querySelector('main form[method=post] input[name=number]:not([type=hidden])');
field.value = arguments[0];
field.form.noValidate = true;
field.form.requestSubmit();
";

/// What kind of page this is: its headings, states and buttons without the numbers in them.
const SHAPE: &str = r"
const parts = [...document.querySelectorAll('main h2, main h3, main legend, main .state b, main button, main .notice')];
return [parts.map((e) => e.textContent.replace(/[0-9A-Z*]+/g, '').trim()).join('|')];
";

/// Whoever walks through the pages and writes down what is wrong with them.
struct Walk<'a> {
    b: &'a Browser,
    axe: String,
    world: &'static str,
    turn: usize,
    /// Shapes of addresses, and forms, that were seen.
    seen: HashSet<String>,
    wrong: Vec<String>,
}

impl Walk<'_> {
    fn wrong(&mut self, at: &str, what: &Value) {
        for what in what.as_array().into_iter().flatten() {
            self.wrong.push(format!("{at}: {}", what.as_str().unwrap_or_default()));
        }
    }

    /// How a page is looked at now: a new one at both widths and in both schemes, one that was seen before in one way; the ways take
    /// turns. A picture is taken of each.
    fn ways(&mut self, is_new: bool) -> Vec<(u32, &'static str)> {
        self.turn += 1;
        match (&self.b.pictures, is_new) {
            (Some(_), _) => LOOKS.into(),
            (None, true) => LOOKS[self.turn % 2 * 2..][..2].into(),
            (None, false) => vec![LOOKS[self.turn % 4]],
        }
    }

    /// Looks at the page that is open.
    async fn look(&mut self, name: &str, is_new: bool) {
        let at = format!("{} {name}", self.world);
        let client = &self.b.client;
        client.execute(&format!("{};0", self.axe), Vec::new()).await.unwrap();
        let logins = OFFICERS.map(|(login, ..)| login.to_owned());
        let leaks = client.execute(LEAKS, vec![json!(logins)]).await.unwrap();
        self.wrong(&at, &leaks);
        for (nth, (width, scheme)) in self.ways(is_new).into_iter().enumerate() {
            self.b.shows(width, 900, scheme).await;
            let at = format!("{at} {width} {scheme}");
            let here = client.execute(super::ACCESSIBLE, vec![width.into()]).await.unwrap();
            self.wrong(&at, &here);
            let squeezed = client.execute(SQUEEZED, Vec::new()).await.unwrap();
            self.wrong(&at, &squeezed);
            // The ways take turns, so one of them is enough for what takes longest.
            if nth == 0 || is_long(self.b) {
                let serious = client.execute_async(AXE, Vec::new()).await.unwrap();
                self.wrong(&at, &serious);
            }
            if let Some(dir) = &self.b.pictures {
                self.b.picture(dir, &at, width, scheme).await;
            }
        }
        self.b.shows(1366, 900, "light").await;
    }

    /// Whether an address of this shape was not seen yet: one person's page is like another's.
    fn is_new(&mut self, path: &str) -> bool {
        let path = path.split('?').next().unwrap_or_default();
        let part =
            |p: &str| if p.chars().any(|c| c.is_ascii_digit()) { "N".to_owned() } else { p.to_owned() };
        self.seen.insert(path.split('/').map(part).collect::<Vec<_>>().join("/"))
    }

    async fn found(&self, script: &str) -> Vec<Value> {
        let found = self.b.client.execute(script, Vec::new()).await.unwrap();
        found.as_array().cloned().unwrap_or_default()
    }

    /// Every page of the menu, and what is opened from it.
    async fn menu(&mut self, who: &str) -> Vec<String> {
        let links =
            "return [...new Set([...document.querySelectorAll('nav a')].map(a => a.getAttribute('href')))]";
        let menu: Vec<_> =
            self.found(links).await.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect();
        for path in &menu {
            let is_new = self.is_new(path);
            self.b.goto(path).await;
            self.look(&format!("{who}{path}"), is_new).await;
            self.samples(who, path).await;
            for below in self.found(LINKS).await {
                let below = below.as_str().unwrap_or_default().to_owned();
                if !menu.contains(&below) && self.is_new(&below) {
                    self.b.goto(&below).await;
                    self.look(&format!("{who}{}", below.split('?').next().unwrap_or_default()), true).await;
                }
            }
        }
        menu
    }

    /// What the table of pages names beside the page itself, once.
    async fn samples(&mut self, who: &str, path: &str) {
        let page = PAGES.iter().find(|p| p.path == path);
        for sample in page.map_or(&[][..], |p| p.samples).iter().filter(|s| **s != path) {
            if self.seen.insert(format!("sample {sample}")) {
                self.b.goto(sample).await;
                self.look(&format!("{who}{path} sample {}", self.turn), true).await;
            }
        }
    }

    /// Every form of these pages, sent with nothing in it: what is refused is said where whoever cannot see it finds it.
    async fn refusals(&mut self, who: &str, menu: &[String]) {
        for path in menu {
            self.b.goto(path).await;
            for form in self.found(FORMS).await {
                let action = form[0].as_str().unwrap_or_default().to_owned();
                if !self.seen.insert(format!("form {action}")) {
                    continue;
                }
                self.b.goto(path).await;
                self.sends_nothing(&format!("{who}{path}"), &form).await;
            }
        }
    }

    /// Sends one of the forms of the page that is open.
    async fn sends_nothing(&mut self, at: &str, form: &Value) {
        if !self.found(FORMS).await.contains(form) {
            return;
        }
        let client = &self.b.client;
        self.b.follows(async || client.execute(SEND, vec![form[1].clone()]).await.unwrap()).await;
        let refused = "return [...document.querySelectorAll('main .notice.wrong')].map(() => 1)";
        if !self.found(refused).await.is_empty() {
            let at = format!("{at} refused {}", form[0].as_str().unwrap_or_default());
            let owed = self.b.client.execute_async(REFUSAL, vec![form[0].clone()]).await.unwrap();
            self.wrong(&format!("{} {at}", self.world), &owed);
            self.look(&at, false).await;
        }
    }

    /// Opens a page and looks for somebody there, where the page does that.
    async fn looks_for(&self, path: &str, number: &str) -> bool {
        self.b.goto(path).await;
        if self.found(LOOKS_FOR).await.is_empty() {
            return false;
        }
        let client = &self.b.client;
        self.b.follows(async || client.execute(LOOK_FOR, vec![number.into()]).await.unwrap()).await;
        true
    }

    /// Every page that looks for somebody, with somebody found in every state; what is offered then, sent with nothing in it.
    async fn people(&mut self, who: &str, menu: &[String], people: &[(&str, String)]) {
        for path in menu {
            for (state, number) in people {
                if !self.looks_for(path, number).await {
                    break;
                }
                let shape = self.found(SHAPE).await;
                if !self.seen.insert(format!("found {path} {shape:?}")) {
                    continue;
                }
                let at = format!("{who}{path} {state}");
                self.look(&at, *state == "in use").await;
                for form in self.found(FORMS).await {
                    let action = form[0].as_str().unwrap_or_default();
                    let of = if is_long(self.b) { format!(" {state}") } else { String::new() };
                    if action != path && self.seen.insert(format!("form {action}{of}")) {
                        self.looks_for(path, number).await;
                        self.sends_nothing(&at, &form).await;
                    }
                }
            }
        }
    }
}

/// Whether people in all states are looked for and every way is looked at by axe: when pictures are taken, or there is time. Otherwise one
/// state stands for all of them.
fn is_long(b: &Browser) -> bool {
    b.pictures.is_some() || std::env::var_os("KAGUAN_LONG").is_some()
}

/// A walk through the menus of everybody in a world.
async fn walk(world: &'static str, w: &World, fill: bool) {
    for (login, role, org) in OFFICERS {
        add(w, login, role, org).await;
    }
    if fill {
        worlds::full(w).await;
    }
    let home = serve(w).await;
    let dir = tempfile::tempdir().unwrap();
    let driver = Driver::start();
    let b = Browser::open(&driver, &home, dir.path()).await;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let axe = std::fs::read_to_string(axe::script(&root).unwrap()).unwrap();
    let mut walk = Walk { b: &b, axe, world, turn: 0, seen: HashSet::new(), wrong: Vec::new() };
    if !fill {
        // The door, before anybody came in, and a wrong password at it.
        b.goto("/sign-in").await;
        walk.look("sign-in", true).await;
        b.fill("input[name=login]", "nobody").await;
        b.fill("input[name=password]", "wrong").await;
        b.press("登录").await;
        let owed = b.client.execute_async(REFUSAL, vec!["".into()]).await.unwrap();
        walk.wrong("sign-in refused", &owed);
        walk.look("sign-in refused", true).await;
        b.goto("/no-such-page").await;
        walk.look("no page", true).await;
        b.sign_in("system").await;
        for path in ["/no-such-page", "/reauthenticate", "/gallery"] {
            b.goto(path).await;
            walk.look(path, true).await;
        }
        walk.samples("system", "/gallery").await;
    }
    if fill {
        in_work(&b, dir.path()).await;
    }
    for (login, ..) in OFFICERS {
        // Everybody's menu is walked where there is time; otherwise the counter, which has most of it, walks the full office, and an
        // administrator the empty one.
        let few: &[&str] = if fill { &["clerk"] } else { &["system"] };
        if !is_long(&b) && !few.contains(&login) {
            continue;
        }
        b.sign_in(login).await;
        let menu = walk.menu(login).await;
        if fill {
            let few = |state: &str| state == "in use";
            let people = worlds::STATES.into_iter().filter(|(state, _)| is_long(&b) || few(state));
            let people: Vec<_> = people.map(|(state, n)| (state, w.draft(n).document_number)).collect();
            walk.people(login, &menu, &people).await;
            walk.refusals(login, &menu).await;
        }
    }
    b.client.clone().close().await.unwrap();
    assert!(walk.wrong.is_empty(), "{}\n{} in all", walk.wrong.join("\n"), walk.wrong.len());
}

/// What only the console's own doors make: a unit's registered papers, a file with mistakes that was uploaded, a form in work.
async fn in_work(b: &Browser, dir: &Path) {
    b.sign_in("clerk").await;
    super::register_unit(b, "12").await;
    let name = FileName {
        bank: "95588".into(),
        org: "44010600000101".into(),
        people: 12,
        time: jiff::civil::date(2026, 11, 23).at(9, 0, 0, 0),
    };
    let sample = make(&SampleSpec {
        people: 12,
        errors: 6,
        seed: 5,
        name: name.clone(),
        outlets: &["44010600000101".to_owned()],
        employer: ("91440101SAMPLE0001", "广州样例制造有限公司"),
    });
    super::upload(b, &super::file(dir, &name, &sample.entries), "all").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_of_an_office_without_work_keeps_nobody_out() {
    walk("empty", &World::new(On::Memory).await, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_of_an_office_with_work_and_of_what_it_refuses_keeps_nobody_out() {
    let w = World::new(On::Memory).await;
    walk("full", &w, true).await;
    w.verified().await;
}
