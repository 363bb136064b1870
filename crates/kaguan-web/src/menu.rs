//! A page of the console as data: where it is, the screens of the regulation that it is, who may open it, and every address below it.

use crate::Console;
use crate::limits::{Limits, count};
use crate::list;
use crate::session::SignedIn;
use crate::table::PAGES;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::handler::Handler;
use axum::response::Response;
use axum::routing::{self, MethodRouter};
use kaguan_domain::permission::Verb;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};

/// One page of the console.
pub struct Page {
    /// Its address, which can be bookmarked and names nobody.
    pub path: &'static str,
    /// The lines of the menu that lead to it; none for what is opened from another page.
    pub screens: &'static [Screen],
    /// Its address and all that it posts to.
    pub doors: fn(Doors) -> Doors,
    /// Addresses that show it in its states: pictures, and the check of what everybody can read, open each of them.
    pub samples: &'static [&'static str],
}

/// One line of the menu.
pub struct Screen {
    pub group: &'static str,
    /// The name as the regulation quotes it.
    pub name: &'static str,
    /// The article or appendix that it carries out; empty for what is the console's own.
    pub article: &'static str,
    /// The verb that it serves: who may do it sees the screen.
    pub verb: Verb,
}

/// The groups of the menu, in its order.
const GROUPS: [&str; 12] = [
    "社保卡申请",
    "制卡",
    "社保卡领取",
    "社保卡维护",
    "变更服务银行",
    "一人一卡",
    "预制卡管理",
    "综合查询",
    "时限与通报",
    "机构管理",
    "系统管理",
    "本人",
];

/// What stands behind the address of a line that shares its page with others (path, name, code): by it the page knows which of them was
/// pressed, marks it and opens its form. Behind a `#` is the place on the page. It names nobody, and no two lines of a page have the same.
const BEHIND: [(&str, &str, &str); 23] = [
    ("/replace", "补换卡-补卡", "reissue"),
    ("/replace", "补换卡-换卡", "exchange"),
    ("/pin", "PIN维护-修改密码", "changed"),
    ("/pin", "PIN维护-解锁密码", "unlocked"),
    ("/pin", "PIN维护-重置密码", "reset"),
    ("/loss", "挂失解挂注销-临时挂失", "temporary"),
    ("/loss", "挂失解挂注销-正式挂失", "formal"),
    ("/loss", "挂失解挂注销-解除挂失", "release"),
    ("/bank-change", "现场预约", "reserve"),
    ("/bank-change", "原银行审核", "approve"),
    ("/bank-change", "现场办理", "carry_out"),
    ("/instant", "即制卡标注", "mark"),
    ("/instant", "即时制卡", "begin"),
    ("/instant", "新即时制卡-制卡补登", "write_back"),
    ("/instant", "新即时制卡-制卡失败", "fail"),
    ("/people", "制卡进度", "progress"),
    ("/batches", "批次确认", "confirm"),
    ("/batches", "制卡数据下发", "hand_out"),
    ("/boxes", "市中心接收", "city"),
    ("/boxes", "市内再次分发", "redistribute"),
    ("/boxes", "经办机构接收", "office"),
    ("/boxes", "批量领卡启用", "unit"),
    ("/links", "对账差异", "differences#different"),
];

/// A method with an address, as the router has it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Address {
    pub method: &'static str,
    /// With `{key}` where something is named.
    pub path: &'static str,
}

type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// What stands behind a door. One type for all of them: what axum makes of a handler is compiled once, not for each of some three hundred.
#[derive(Clone)]
struct Behind(Arc<dyn Fn(Request, Console) -> Answering + Send + Sync>);

impl Behind {
    fn of<H: Handler<T, Console, Future = Answering>, T>(handler: H) -> Self {
        Self(Arc::new(move |request, console| handler.clone().call(request, console)))
    }
}

impl Handler<(), Console> for Behind {
    type Future = Answering;

    fn call(self, request: Request, console: Console) -> Answering {
        (self.0)(request, console)
    }
}

/// The addresses of pages, which a test can ask for, with what stands behind each.
pub struct Doors {
    router: Router<Console>,
    addresses: Vec<Address>,
    limits: Limits,
}

impl Doors {
    fn within(limits: &Limits) -> Self {
        Self { router: Router::new(), addresses: Vec::new(), limits: limits.clone() }
    }

    fn add(mut self, method: &'static str, path: &'static str, route: MethodRouter<Console>) -> Self {
        self.addresses.push(Address { method, path });
        self.router = self.router.route(path, route);
        self
    }

    /// A form of at most so many bytes.
    fn posted(self, path: &'static str, behind: Behind, bytes: u64) -> Self {
        let limit = DefaultBodyLimit::max(count(bytes));
        self.add("POST", path, routing::post(behind).layer(limit))
    }

    /// A page, or something to take away.
    pub fn get<H: Handler<T, Console, Future = Answering>, T>(self, path: &'static str, handler: H) -> Self {
        self.add("GET", path, routing::get(Behind::of(handler)))
    }

    /// A form.
    pub fn post<H: Handler<T, Console, Future = Answering>, T>(self, path: &'static str, handler: H) -> Self {
        let bytes = self.limits.text_bytes;
        self.posted(path, Behind::of(handler), bytes)
    }

    /// A form that may bring images of documents.
    pub fn form<H: Handler<T, Console, Future = Answering>, T>(self, path: &'static str, handler: H) -> Self {
        let bytes = self.limits.form_bytes;
        self.posted(path, Behind::of(handler), bytes)
    }

    /// A form that brings whole data files, which are written to disk as they come.
    pub fn files<H: Handler<T, Console, Future = Answering>, T>(
        self,
        path: &'static str,
        handler: H,
    ) -> Self {
        let bytes = self.limits.upload_bytes;
        self.posted(path, Behind::of(handler), bytes)
    }

    /// A form of somebody who need not be signed in: it may not weigh anything.
    pub fn small<H: Handler<T, Console, Future = Answering>, T>(
        self,
        path: &'static str,
        handler: H,
    ) -> Self {
        let bytes = self.limits.sign_in_bytes;
        self.posted(path, Behind::of(handler), bytes)
    }
}

/// Everything that the console answers, from the table.
pub fn router(limits: &Limits) -> Router<Console> {
    all(limits).router
}

fn all(limits: &Limits) -> Doors {
    PAGES.iter().fold(Doors::within(limits), |doors, page| (page.doors)(doors))
}

/// Every address of the console.
pub fn addresses() -> Vec<Address> {
    all(&Limits::default()).addresses
}

/// A line of the menu with the address of its page.
#[derive(Clone, Copy)]
pub struct Line {
    pub path: &'static str,
    pub group: &'static str,
    pub name: &'static str,
    pub article: &'static str,
    pub verb: Verb,
    /// What its address says behind `of=`; empty for a page's only line, and for the one that opens it as it is.
    pub of: &'static str,
    /// The place on the page, as `#list`; empty for its top.
    place: &'static str,
}

impl Line {
    /// Where it leads.
    pub fn address(&self) -> String {
        let of = if self.of.is_empty() { String::new() } else { format!("?of={}", self.of) };
        format!("{}{of}{}", self.path, self.place)
    }
}

/// What stands behind the address of a line, and the place on its page.
fn behind(path: &str, name: &str) -> (&'static str, &'static str) {
    let own = BEHIND.iter().find(|(of, line, _)| *of == path && *line == name);
    own.map_or(("", ""), |(_, _, code)| code.split_at(code.find('#').unwrap_or(code.len())))
}

/// Every line of the menu, of all roles, by its groups.
pub fn lines() -> Vec<Line> {
    let of = |page: &&'static Page| {
        let path = page.path;
        let line = move |s: &'static Screen| {
            let (of, place) = behind(path, s.name);
            Line { path, group: s.group, name: s.name, article: s.article, verb: s.verb, of, place }
        };
        page.screens.iter().map(line).collect::<Vec<_>>()
    };
    let mut all: Vec<Line> = PAGES.iter().flat_map(of).collect();
    all.sort_by_key(|line| GROUPS.iter().position(|g| *g == line.group));
    all
}

/// The lines of whoever is signed in: those of the role; 批次确认 only where the city lets it be done.
pub fn of(me: &SignedIn) -> Vec<Line> {
    // Reminders are a city's: a bank's branch of the province has none.
    let of_city = |l: &Line| l.verb != Verb::LookAtReminders || me.org.city().is_some();
    let here = |l: &Line| (l.verb != Verb::ConfirmBatch || me.confirms) && of_city(l);
    let mut all: Vec<Line> =
        lines().into_iter().filter(|l| l.verb.roles().contains(&me.officer.role)).filter(here).collect();
    // A page that is one screen by several verbs is one line.
    all.dedup_by_key(|l| (l.path, l.name));
    all
}

/// What a page is called to which these lines lead, of which nobody says which was pressed: what their names have in common before the
/// last hyphen, or else the first.
pub fn name_of(path: &str, lines: &[Line]) -> Option<&'static str> {
    let names: Vec<&'static str> = lines.iter().filter(|l| l.path == path).map(|l| l.name).collect();
    let (&first, more) = names.split_first()?;
    let common = first.rsplit_once('-').map(|(common, _)| common).filter(|_| !more.is_empty());
    let shared =
        |common: &&str| more.iter().all(|name| name.rsplit_once('-').is_some_and(|n| n.0 == *common));
    common.filter(shared).or(Some(first))
}

/// The page that stands at an address of the menu.
pub fn page_at(path: &str) -> Option<&'static Page> {
    PAGES.iter().copied().find(|p| p.path == path && !p.screens.is_empty())
}

/// The screen that an address belongs to: the one that it lies below, or the one of whose page it is a form.
pub fn screen_of(path: &str) -> Option<&'static str> {
    screen_above(path).or_else(|| FORMS.get(path).copied())
}

fn screen_above(path: &str) -> Option<&'static str> {
    let within =
        |s: &&str| path.strip_prefix(*s).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    PAGES.iter().filter(|p| !p.screens.is_empty()).map(|p| p.path).filter(within).max_by_key(|s| s.len())
}

/// The forms of screens, each with its screen.
static FORMS: LazyLock<BTreeMap<&'static str, &'static str>> = LazyLock::new(|| {
    let of = |page: &&'static Page| {
        let doors = (page.doors)(Doors::within(&Limits::default()));
        let forms = doors.addresses.into_iter().filter(|a| a.method == "POST");
        let screen = page.path;
        forms.map(move |a| (a.path, screen)).collect::<Vec<_>>()
    };
    PAGES.iter().filter(|p| !p.screens.is_empty()).flat_map(of).collect()
});

/// An address of this console that can be opened again, and names nobody: a screen, or something on it by its plain number, with what it
/// asks of its lists. What is below a screen by anything else is left out, and no file is asked for again of it.
pub fn place_of(address: &str) -> Option<String> {
    let (path, question) = address.split_once('?').unwrap_or((address, ""));
    let drafts = path.starts_with("/drafts/").then_some("/drafts");
    let first = (path == "/" && !question.is_empty()).then_some("/");
    let screen = screen_above(path).or(drafts).or(first)?;
    let tail = path[screen.len()..].trim_start_matches('/');
    let number = !tail.is_empty() && tail.len() <= 19 && tail.bytes().all(|b| b.is_ascii_digit());
    Some(match (number, tail) {
        (true, _) => list::asked_again(&format!("{screen}/{tail}"), question),
        (false, "") => list::asked_again(screen, question),
        (false, _) => list::lists_again(screen, question),
    })
}
