//! Every page that a role may open: those of the table, and whatever their links lead to (the next part of a list, a sorted one, a batch, a
//! receipt). Pages that differ only in what they are about are one line; each is asked many times, about different things.

use super::server::{DESKS, Server};
use super::{Figure, MEDIAN, P99};
use crate::bench::http::{Connection, post};
use anyhow::{Context, ensure};
use kaguan_domain::ids::HolderId;
use kaguan_store::LoadRequest;
use kaguan_web::menu::Address;
use kaguan_web::table::PAGES;
use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// How many things a page is asked about, at most.
const THINGS: usize = 60;
/// How often a page that was too slow is measured again: what else the machine does falls on some rounds, and not on all.
const AGAIN: usize = 2;
/// What is no page, and what ends the session.
const NOT: [&str; 12] = [
    "/sign-in",
    "/sign-out",
    "/style.css",
    "/script.js",
    "/photos/",
    "/pdf",
    "/xlsx",
    "/proof",
    "/rest/",
    "/archive/pages/",
    "/verify/",
    "as=",
];

/// The addresses of the table that are opened; asked for by every link.
fn addresses() -> impl Iterator<Item = &'static Address> {
    static ALL: LazyLock<Vec<Address>> = LazyLock::new(kaguan_web::menu::addresses);
    ALL.iter().filter(|a| a.method == "GET")
}

/// Somebody in front of a browser.
struct Desk {
    role: &'static str,
    cookie: String,
    session: String,
    line: Connection,
}

impl Desk {
    async fn of(server: &Server, at: usize) -> anyhow::Result<Self> {
        let mut line = Connection::open(server.at).await?;
        let form = Server::form(&server.logins[at]);
        let once = format!("/sign-in?once={:032x}-0", server.service.fresh());
        let asked = post(&once, FORM, "", &form);
        let (status, head) = line.ask(&asked).await?;
        let cookie = head.lines().find_map(|l| l.strip_prefix("set-cookie: ")?.split(';').next());
        let cookie = cookie.with_context(|| format!("sign-in answered {status}"))?.to_owned();
        let session = cookie.split_once('=').map_or("", |(_, s)| s).to_owned();
        Ok(Self { role: DESKS[at].0, cookie, session, line })
    }

    /// Status, whether it is a page, its bytes, and how long it took.
    async fn get(&mut self, server: &Server, path: &str) -> anyhow::Result<(u16, bool, usize, Duration)> {
        // Time goes on between two clicks.
        server.clock.set(kaguan_domain::ctx::Instant(server.clock.now().0 + 20_000));
        let asked = format!("GET {path} HTTP/1.1\r\nHost: bench\r\nCookie: {}\r\n\r\n", self.cookie);
        let began = Instant::now();
        let (status, head) = self.line.ask(asked.as_bytes()).await?;
        let took = began.elapsed();
        let page = head.contains("content-type: text/html");
        Ok((status, page, self.line.body().len(), took))
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

/// The address of the table that a path belongs to, with the names of what is asked of it; `None` for what is no page.
fn kind_of(path: &str) -> Option<String> {
    if NOT.iter().any(|not| path.contains(not)) {
        return None;
    }
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |address: &str| {
        let of: Vec<&str> = address.split('/').collect();
        of.len() == parts.len() && of.iter().zip(&parts).all(|(a, p)| a.starts_with('{') || a == p)
    };
    let mut fitting: Vec<&str> = addresses().map(|a| a.path).filter(|path| fits(path)).collect();
    fitting.sort_by_key(|a| a.matches('{').count());
    let address = fitting.first()?;
    let names: BTreeSet<&str> =
        query.split('&').filter_map(|q| q.split('=').next()).filter(|n| !n.is_empty()).collect();
    // Filters and orders of lists go with each other in many ways, and two of them show all that there is.
    if names.iter().filter(|n| n.contains('.')).count() > 2 {
        return None;
    }
    let names: Vec<&str> = names.into_iter().collect();
    Some(if names.is_empty() { (*address).to_owned() } else { format!("{address}?{}", names.join("&")) })
}

/// The addresses that a page leads to, and those of its filters with each of their values.
fn links(page: &str) -> Vec<String> {
    let clean = |s: &str| s.replace("&amp;", "&").replace("&#38;", "&");
    let mut out: Vec<String> = page
        .split("href=\"/")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(|path| format!("/{}", clean(path).split('#').next().unwrap_or_default()))
        .collect();
    for form in page.split("<form").skip(1).filter_map(|f| f.split("</form>").next()) {
        let head = form.split('>').next().unwrap_or_default();
        let action = head.split("action=\"").nth(1).and_then(|a| a.split('"').next());
        let (true, Some(action)) = (head.contains("method=\"get\""), action) else { continue };
        for select in form.split("<select").skip(1).filter_map(|s| s.split("</select>").next()) {
            let name = select.split("name=\"").nth(1).and_then(|n| n.split('"').next()).unwrap_or_default();
            let values = select.split("value=\"").skip(1).filter_map(|v| v.split('"').next());
            for value in values.filter(|v| !v.is_empty()).take(4) {
                out.push(format!("{}?{name}={}", clean(action), encoded(value)));
            }
        }
    }
    out
}

fn encoded(text: &str) -> String {
    let one = |b: u8| match b {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(b).to_string(),
        b => format!("%{b:02X}"),
    };
    text.bytes().map(one).collect()
}

/// People from all over the store.
async fn people(server: &Server, things: usize) -> anyhow::Result<Vec<HolderId>> {
    let store = server.service.store();
    let first = store.holders_after(HolderId(i64::MIN), 1).await?;
    let first = first.first().context("nobody is there")?.0;
    let mut out = BTreeSet::new();
    // Copied identities lie close together; the last is found by halving.
    let (mut low, mut high) = (first, first + (1 << 40));
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        match store.holders_after(HolderId(middle), 1).await?.is_empty() {
            true => high = middle,
            false => low = middle,
        }
    }
    let mut rng = fastrand::Rng::with_seed(1);
    for _ in 0..things * 4 {
        if let Some(id) = store.holders_after(HolderId(rng.i64(first - 1..high)), 1).await?.first() {
            out.insert(*id);
        }
    }
    let mut out: Vec<HolderId> = out.into_iter().collect();
    rng.shuffle(&mut out);
    out.truncate(things);
    Ok(out)
}

/// The forms of some people: receipts and vouchers are named by them.
async fn papers(server: &Server, people: &[HolderId]) -> anyhow::Result<Vec<(HolderId, String)>> {
    let want = LoadRequest { holders: people.to_vec(), ..LoadRequest::default() };
    let loaded = server.service.store().load(&want).await?;
    let of = |id: &HolderId| {
        let applications = loaded.holders.get(id).map(|f| f.applications.as_slice()).unwrap_or_default();
        applications.iter().map(|a| (*id, a.form_no.clone())).collect::<Vec<_>>()
    };
    Ok(people.iter().flat_map(of).collect())
}

/// Every page of every role, or only those that begin so: what was measured, and the addresses of the table that nobody opened.
pub async fn measure(
    server: &Server,
    times: usize,
    only: &[String],
) -> anyhow::Result<(Vec<Figure>, Vec<String>)> {
    let people = people(server, times.clamp(2, THINGS)).await?;
    let papers = papers(server, &people).await?;
    let (mut figures, mut opened) = (Vec::new(), HashSet::new());
    for at in 0..DESKS.len() {
        let mut desk = Desk::of(server, at).await?;
        let found = walk(server, &mut desk, &people, &papers, only).await?;
        for (page, paths) in found {
            opened.insert(page.split('?').next().unwrap_or_default().to_owned());
            let figure = of_page(server, &mut desk, &page, &paths, times).await?;
            figures.push(figure);
        }
        eprintln!("{}：共{}页", desk.role, figures.len());
    }
    let closed = addresses().filter(|a| kind_of(a.path).is_some_and(|kind| wanted(&kind, only)));
    let closed: BTreeSet<&str> = closed.map(|a| a.path).filter(|p| !opened.contains(*p)).collect();
    Ok((figures, closed.into_iter().map(str::to_owned).collect()))
}

fn wanted(kind: &str, only: &[String]) -> bool {
    only.is_empty() || only.iter().any(|begin| kind.starts_with(begin.as_str()))
}

/// What a role can open, from the table and the links of its pages: for each kind of page some addresses.
async fn walk(
    server: &Server,
    desk: &mut Desk,
    people: &[HolderId],
    papers: &[(HolderId, String)],
    only: &[String],
) -> anyhow::Result<BTreeMap<String, Vec<String>>> {
    let mut waits: VecDeque<String> =
        PAGES.iter().flat_map(|p| p.samples.iter().map(|s| (*s).to_owned())).collect();
    waits.extend(PAGES.iter().map(|p| p.path.to_owned()));
    for address in addresses().filter(|a| !a.path.contains('{')) {
        waits.push_back(address.path.to_owned());
    }
    waits.push_back("/partners/bank:95588".to_owned());
    for (n, person) in people.iter().enumerate() {
        let key = server.service.key_of(&desk.session, *person);
        // Some of them at every counter, all of them in their files.
        let of_keys = addresses().filter(|a| a.path.ends_with("/{key}"));
        for address in of_keys.filter(|a| n <= people.len() / 4 || a.path == "/people/{key}") {
            waits.push_back(address.path.replace("{key}", &key));
        }
    }
    for (person, form_no) in papers {
        let key = server.service.paper_key(&desk.session, *person, form_no);
        waits.extend([format!("/receipts/{key}"), format!("/vouchers/{key}")]);
    }
    let things = people.len();
    let (mut found, mut seen) = (BTreeMap::<String, Vec<String>>::new(), HashSet::new());
    let mut refused: BTreeMap<String, usize> = BTreeMap::new();
    while let Some(path) = waits.pop_front() {
        let Some(kind) = kind_of(&path).filter(|kind| !path.contains('{') && wanted(kind, only)) else {
            continue;
        };
        let enough = found.get(&kind).is_some_and(|f| f.len() >= things);
        // Whatever this role was refused some times is not its page.
        if enough || refused.get(&kind).is_some_and(|n| *n >= 5) || !seen.insert(path.clone()) {
            continue;
        }
        let (status, page, ..) = desk.get(server, &path).await?;
        if status != 200 {
            *refused.entry(kind).or_default() += 1;
            continue;
        }
        if !page {
            continue;
        }
        let text = String::from_utf8_lossy(desk.line.body()).into_owned();
        // What is near comes before what is far: no list is followed to its end.
        waits.extend(links(&text).into_iter().filter(|l| !seen.contains(l)));
        found.entry(kind).or_default().push(path);
    }
    Ok(found)
}

/// One page, asked so many times about its things.
async fn of_page(
    server: &Server,
    desk: &mut Desk,
    page: &str,
    paths: &[String],
    times: usize,
) -> anyhow::Result<Figure> {
    let mut best: Option<Figure> = None;
    for _ in 0..=AGAIN {
        let (mut took, mut bytes) = (Vec::with_capacity(times), 0);
        for n in 0..times {
            let path = &paths[n % paths.len()];
            let (status, _, size, time) = desk.get(server, path).await?;
            ensure!(status == 200, "{page} answered {status} to {}", desk.role);
            bytes = bytes.max(size);
            took.push(time);
        }
        took.sort_unstable();
        let at = |share: f64| took[((took.len() - 1) as f64 * share).round() as usize];
        let (median, p99) = (at(0.5), at(0.99));
        let new = Figure { role: desk.role, page: page.to_owned(), bytes, median, p99, asked: times };
        let better = best.as_ref().is_none_or(|b| (new.p99, new.median) < (b.p99, b.median));
        if better {
            best = Some(new);
        }
        if best.as_ref().is_some_and(|b| b.median <= MEDIAN && b.p99 <= P99) {
            break;
        }
    }
    best.context("a page was not asked")
}
