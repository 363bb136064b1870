//! Every list of the console, as it stands on the pages of the table: whatever is declared as a list is found here by existing.

use super::*;
use kaguan_web::table::PAGES;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Lists of the gallery, which only trial directories have, of registers of one batch or order, which are asked for by what is sent, and those
/// that stand on their page only while something is on them (清点差异 of boxes, cards stopped by another city).
const ELSEWHERE: [&str; 9] =
    ["sample", "empty", "unsigned", "papers", "keys", "transfers", "moves", "differing", "stopped"];
/// What leaves the system signed, and with a line of its own.
const SIGNED: [&str; 1] = ["journal"];

/// The names of all lists that the console's code declares.
fn declared(at: &Path, out: &mut BTreeSet<String>) {
    for entry in fs::read_dir(at).unwrap().map(|e| e.unwrap().path()) {
        if entry.is_dir() {
            declared(&entry, out);
            continue;
        }
        if entry.extension().is_none_or(|e| e != "rs") || entry.ends_with("test.rs") {
            continue;
        }
        let text = fs::read_to_string(&entry).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap();
        // `const NAME: List = …"id"…`
        for rest in text.split(": List =").skip(1) {
            out.extend(rest.split('"').nth(1).map(str::to_owned));
        }
    }
}

fn plain(html: &str) -> String {
    let marks =
        [("&#38;", "&"), ("&amp;", "&"), ("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">")];
    marks.iter().fold(html.to_owned(), |text, (mark, says)| text.replace(mark, says))
}

/// The part of a page that is one list.
fn part<'a>(page: &'a str, id: &str) -> &'a str {
    let rest = page.split(&format!("data-list=\"{id}\"")).nth(1).unwrap_or_default();
    rest.split("data-list=\"").next().unwrap_or_default()
}

fn hrefs(html: &str) -> Vec<String> {
    html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(plain).collect()
}

/// How many lines a list says that it has, all pages together.
fn said(list: &str) -> usize {
    let foot = list.split("<div class=\"foot\"><span>").nth(1).unwrap_or_default();
    let text = foot.split("</span>").next().unwrap_or_default();
    let text = text.split('（').next().unwrap_or_default();
    let n = text.rsplit(['共', '分']).next().unwrap_or_default().trim_end_matches('项');
    n.parse().unwrap_or_else(|_| panic!("{text} of {list}"))
}

/// The lines of the body of the list.
fn rows(list: &str) -> Vec<String> {
    let body = list.split("<tbody>").nth(1).unwrap_or_default().split("</tbody>").next().unwrap_or_default();
    // What is pressed has a fresh token each time.
    body.split("<tr>")
        .skip(1)
        .map(|row| row.split("<td class=\"acts\">").next().unwrap_or_default().to_owned())
        .collect()
}

/// The lines of a file below its heads.
fn lines_of(csv: &str) -> usize {
    csv.trim_end().lines().skip(1).filter(|line| !line.contains("清单未完")).count()
}

/// Names, and the values with how many have each.
fn filters(list: &str) -> BTreeMap<String, Vec<(String, usize)>> {
    let mut all = BTreeMap::new();
    for select in list.split("<select name=\"").skip(1) {
        let (name, rest) = select.split_once('"').unwrap();
        let body = rest.split("</select>").next().unwrap();
        let values = body.split("<option value=\"").skip(2).filter_map(|option| {
            let (value, text) = option.split_once('"')?;
            let n = text.split("</option>").next()?.rsplit('　').next()?.parse().ok()?;
            Some((plain(value), n))
        });
        if name.contains('.') {
            all.insert(name.to_owned(), values.collect());
        }
    }
    all
}

/// Names and values of what is offered without counts, for the store is asked: all of it, whatever the part has.
fn offered(list: &str) -> BTreeMap<String, Vec<String>> {
    let counted = filters(list);
    let mut all = BTreeMap::new();
    for select in list.split("<select name=\"").skip(1) {
        let (name, rest) = select.split_once('"').unwrap();
        let body = rest.split("</select>").next().unwrap();
        let value = |option: &str| option.split_once('"').map(|(value, _)| plain(value));
        let values = body.split("<option value=\"").skip(2).filter_map(value);
        if counted.get(name).is_some_and(Vec::is_empty) {
            all.insert(name.to_owned(), values.collect());
        }
    }
    all
}

/// Tries one list of one page in every way; `first` when nobody has tried it before.
async fn tried(door: &Door, path: &str, id: &str, personal: &[String], first: bool) {
    let get = async |to: &str| {
        let (status, page, _) = door.send("GET", to, "", "http://console").await;
        assert_eq!(status, StatusCode::OK, "{to}: {page}");
        page
    };
    let page = get(path).await;
    let list = part(&page, id);
    if list.starts_with(">没有") || !list.contains("<div class=\"foot\">") {
        return;
    }
    for link in hrefs(list) {
        assert!(personal.iter().all(|p| !link.contains(p.as_str())), "{link} names somebody");
    }
    // What a row opens has the list's question, too.
    let at = |address: &str| address.split(['?', '#']).next().unwrap_or_default().to_owned();
    let own = |link: &String| at(link).is_empty() || at(link) == at(path);
    let links: Vec<String> = hrefs(list).into_iter().filter(own).collect();
    let named = |kind: &str| links.iter().find(|l| l.contains(&format!("{id}.as={kind}"))).cloned();
    let Some(csv) = named("csv") else {
        assert!(SIGNED.contains(&id), "{path} {id} cannot be taken away: {list}");
        return;
    };
    let file = get(&csv).await;
    let all = said(list);
    assert_eq!(lines_of(&file), all, "{csv}: {file}");
    get(&named("xlsx").unwrap()).await;
    // The second page goes on exactly where the first ended.
    let (mut seen, mut page_of) = (rows(list), list.to_owned());
    while let Some(next) = hrefs(&page_of).into_iter().find(|l| own(l) && l.contains(&format!("{id}.after=")))
    {
        let page = get(&next).await;
        page_of = part(&page, id).to_owned();
        seen.extend(rows(&page_of));
        if !page_of.contains("下一页") {
            break;
        }
    }
    assert_eq!(seen.len(), all, "{path} {id}: a page is left out or shown twice");
    // Each head orders it, and loses nothing.
    let sort = format!("{id}.sort=");
    for link in links.iter().filter(|l| l.contains(&sort) && !l.contains(".as=")) {
        let page = get(link).await;
        let list = part(&page, id);
        assert_eq!(said(list), all, "{link}");
        assert!(list.contains("aria-sort="), "{link}: {list}");
        let csv = hrefs(list).into_iter().find(|l| l.contains(&format!("{id}.as=csv"))).unwrap();
        assert!(csv.contains(&sort), "what was chosen stays in the address: {csv}");
    }
    let join = if path.contains('?') { '&' } else { '?' };
    for (name, values) in filters(list) {
        for (value, n) in values.into_iter().filter(|(value, _)| !value.is_empty()).take(6) {
            let asked = form_urlencoded::Serializer::new(String::new()).append_pair(&name, &value).finish();
            let page = get(&format!("{path}{join}{asked}")).await;
            assert_eq!(said(part(&page, id)), n, "{name}={value} on {path}");
        }
    }
    // What is chosen of the store: every line has one value of each, and none that is not offered.
    for (name, values) in offered(list).into_iter().filter(|_| first) {
        let mut lines = 0;
        for value in values {
            let asked = form_urlencoded::Serializer::new(String::new()).append_pair(&name, &value).finish();
            let page = get(&format!("{path}{join}{asked}")).await;
            let narrowed = part(&page, id);
            assert!(narrowed.contains(&format!("<option value=\"{value}\" selected>")), "{narrowed}");
            lines += said(narrowed);
        }
        // Of what goes on beyond this part more may be found.
        let whole = !list.contains("后面还有");
        assert!(if whole { lines == all } else { lines >= all }, "{name} on {path}: {lines} of {all}");
        let page = get(&format!("{path}{join}{name}=nobody-has-this")).await;
        assert_eq!(said(part(&page, id)), all, "what is not offered chooses nothing: {name} on {path}");
    }
    // One column: the page and the file have this one. An address that has chosen already is another sample's.
    if path.contains(&format!("{id}.show=")) {
        return;
    }
    let key =
        list.split(&format!("name=\"{id}.show\" value=\"")).nth(1).and_then(|r| r.split('"').next()).unwrap();
    let page = get(&format!("{path}{join}{id}.show={key}")).await;
    let one = part(&page, id);
    let heads = one.split("<thead>").nth(1).unwrap().split("</thead>").next().unwrap();
    assert_eq!(heads.matches("<th scope=\"col\"").count() - heads.matches(">办理<").count(), 1, "{heads}");
    let csv = hrefs(one).into_iter().find(|l| l.contains(&format!("{id}.as=csv"))).unwrap();
    assert!(csv.contains(&format!("{id}.show={key}")), "{csv}");
    assert_eq!(get(&csv).await.lines().next().unwrap().split(',').count(), 1);
}

#[tokio::test]
async fn art_39_1_every_list_is_narrowed_ordered_paged_and_taken_away_and_names_nobody_in_its_address() {
    clause!(R39.1);
    let w = World::new(On::Memory).await;
    fees::owes(&w, 3).await;
    w.applicant(1, w.outlet()).await;
    w.applicant(2, w.outlet()).await;
    w.confirmed_batch().await;
    let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
    let unit = uploads::registered(&clerk, "5").await;
    uploads::registered(&clerk, "6").await;
    let (name, file) = uploads::file_of(&w, "44010600000101", "44010600000101");
    let trial = uploads::form_of_unit(&name, &file, "check_only", &unit);
    let (_, _, job) = clerk.upload(Body::from(trial)).await;
    clerk.outcome(&job.expect("it is taken")).await;
    let personal: Vec<String> = (1..=3).map(|n| w.draft(n).document_number).collect();
    let system = signed_in(&w, Role::SystemAdministrator, "44000000000001").await;
    let propose = "what=add&login=lisi&name=Li+Si&role=hr_clerk&org=44010600000101&reason=1";
    system.post("/officers/propose", propose).await;
    system.post("/partners/propose", "what=system_key&from=2026-12-10T00:00&reason=1").await;
    let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
    // The pages of one of several, too.
    let centre = format!("/organisations/{}", w.org("44010000000001"));
    let others = [centre.as_str(), "/partners/bank:95588"];
    city.post("/policies", "paper=1&from=2026-11-23&until=&warranty_months=12&county_level=never").await;
    let mut met = BTreeSet::new();
    for (role, org) in [
        (Role::HrClerk, "44010600000101"),
        (Role::BankClerk, "44010395588001"),
        (Role::CityOfficer, "44010000000001"),
        (Role::ProvinceOfficer, "44000000000001"),
        (Role::SystemAdministrator, "44000000000001"),
        (Role::AuditAdministrator, "44000000000001"),
    ] {
        let door = signed_in(&w, role, org).await;
        for path in PAGES.iter().flat_map(|p| p.samples).chain(&others) {
            let (status, page, _) = door.send("GET", path, "", "http://console").await;
            if status != StatusCode::OK {
                continue;
            }
            let ids: BTreeSet<String> = page
                .split("data-list=\"")
                .skip(1)
                .filter_map(|r| r.split('"').next())
                .map(str::to_owned)
                .collect();
            for id in ids {
                let first = met.insert((id.clone(), role));
                tried(&door, path, &id, &personal, first).await;
            }
        }
    }
    let mut all = BTreeSet::new();
    declared(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    assert!(all.len() > 15, "{all:?}");
    let never: Vec<_> = all
        .iter()
        .filter(|id| !met.iter().any(|(met, _)| met == *id))
        .filter(|id| !ELSEWHERE.contains(&id.as_str()))
        .collect();
    assert!(never.is_empty(), "nobody sees {never:?}");
}
