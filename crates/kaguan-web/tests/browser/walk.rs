//! Every page of every role as it is seen: at a desk and on a phone, by day and by night, in an office that has no work yet and in one that
//! has a lot; and what a page looks like when its form was refused. axe looks at each for what keeps somebody out.
//! `KAGUAN_PICTURES=DIR` keeps a picture of each: `cargo xtask pictures DIR`.

use super::{Browser, Driver, OFFICERS, add, serve};
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

/// Where the addresses in the body of a page lead, but not to what is saved as a file.
const LINKS: &str = r"
const to = [...document.querySelectorAll('main a[href]')].map((a) => a.getAttribute('href'));
return [...new Set(to.filter((a) => a.startsWith('/') && !/pdf|xlsx|csv|proof|print/.test(a)))];
";

/// The addresses that the forms of a page post to, but not what answers with a file.
const FORMS: &str = r"
const to = [...document.querySelectorAll('main form[method=post]')].map((f) => f.getAttribute('action').split('?')[0]);
return to.map((action, n) => [action, n]).filter(([a]) => !/export|csv|paper|label|screen|print|proof/.test(a));
";

/// Sends a form as it is, as a browser does that checks nothing.
const SEND: &str = r"
const form = document.querySelectorAll('main form[method=post]')[arguments[0]];
form.noValidate = true;
form.requestSubmit();
";

/// What a page with a refusal owes to whoever cannot see it: the title says so, the focus is on the refusal or in its field, and a
/// refused field says that it is refused and why.
const REFUSAL: &str = r"
const bad = [];
const here = document.activeElement;
if (!document.title.startsWith('错误')) bad.push('the title does not say that something is wrong');
if (!here.closest('.notice.wrong') && here.getAttribute('aria-invalid') !== 'true') bad.push('the focus is on ' + here.outerHTML.slice(0, 100));
for (const l of document.querySelectorAll('main label.wrong')) {
  const field = l.control;
  const why = field && field.getAttribute('aria-invalid') === 'true' && document.getElementById(field.getAttribute('aria-describedby'));
  if (!why || !why.textContent.trim()) bad.push('a refused field does not say why: ' + l.textContent.trim().slice(0, 40));
}
return bad;
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

    /// Shows the page at a width, so high that all of it is seen in a picture.
    async fn shows(&self, width: u32, height: u64, scheme: &str) {
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
        self.b.cdp("Emulation.setDeviceMetricsOverride", metrics).await;
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.b.cdp("Emulation.setEmulatedMedia", media).await;
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
        for (width, scheme) in self.ways(is_new) {
            self.shows(width, 900, scheme).await;
            let at = format!("{at} {width} {scheme}");
            let here = client.execute(super::ACCESSIBLE, vec![width.into()]).await.unwrap();
            self.wrong(&at, &here);
            let serious = client.execute_async(AXE, Vec::new()).await.unwrap();
            self.wrong(&at, &serious);
            if let Some(dir) = &self.b.pictures {
                std::fs::create_dir_all(dir).unwrap();
                let height = client.execute("return document.documentElement.scrollHeight", Vec::new()).await;
                self.shows(width, height.unwrap().as_u64().unwrap().clamp(600, 6000), scheme).await;
                let file = at.replace('/', "_").replace(' ', "-");
                std::fs::write(dir.join(format!("{file}.png")), client.screenshot().await.unwrap()).unwrap();
            }
        }
        self.shows(1366, 900, "light").await;
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
                if !self.found(FORMS).await.contains(&form) {
                    continue;
                }
                let client = &self.b.client;
                self.b.follows(async || client.execute(SEND, vec![form[1].clone()]).await.unwrap()).await;
                let refused = self
                    .found("return [...document.querySelectorAll('main .notice.wrong')].map(() => 1)")
                    .await;
                if !refused.is_empty() {
                    let at = format!("{who}{path} refused {action}");
                    let owed = self.b.client.execute(REFUSAL, Vec::new()).await.unwrap();
                    self.wrong(&format!("{} {at}", self.world), &owed);
                    self.look(&at, false).await;
                }
            }
        }
    }
}

/// A walk through the menus of everybody in a world.
async fn walk(world: &'static str, w: &World, fill: bool) {
    for (login, role, org) in OFFICERS {
        add(w, login, role, org).await;
    }
    let people = if fill { worlds::full(w).await } else { Vec::new() };
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
        let owed = b.client.execute(REFUSAL, Vec::new()).await.unwrap();
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
    for (login, ..) in OFFICERS {
        b.sign_in(login).await;
        let menu = walk.menu(login).await;
        if menu.iter().any(|path| path == "/people") {
            for (n, number) in people.iter().enumerate() {
                b.goto("/people").await;
                b.fill("main input[name=number]", number).await;
                b.press("查询").await;
                walk.look(&format!("{login}/people person {n}"), n == 0).await;
            }
        }
        if fill {
            walk.refusals(login, &menu).await;
        }
    }
    b.client.clone().close().await.unwrap();
    assert!(walk.wrong.is_empty(), "{}\n{} in all", walk.wrong.join("\n"), walk.wrong.len());
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
