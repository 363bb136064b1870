//! What was chosen of a list stays: whatever is done in one of its rows, done or refused; past a password and past signing in, with the
//! file that was asked for. Nobody's number goes with it. Whoever signed out in another tab goes on with what had been put aside.

use super::sign_in::{Browser, COUNTER, MINUTE, later, zhang_wei};
use super::{Door, signed_in};
use axum::http::StatusCode;
use kaguan_domain::clause;
use kaguan_domain::facts::institution::Role;
use kaguan_testkit::{BOTH, On, World};

const HOST: &str = "http://console";
const CITY: &str = "44010000000001";
/// A bank, two columns and an order, as a city chooses them.
const CHOSEN: &str = "batches.bank=95588&batches.show=number&batches.show=people&batches.sort=-people";

async fn get(door: &Door, path: &str) -> String {
    let (status, page, _) = door.send("GET", path, "", HOST).await;
    assert_eq!(status, StatusCode::OK, "{path}: {page}");
    page
}

/// The address of a form, as its page has it.
#[track_caller]
fn action(page: &str, path: &str) -> String {
    let begin = format!("action=\"{path}?once=");
    let rest = page.split(&begin).nth(1).unwrap_or_else(|| panic!("no form of {path}: {page}"));
    let asks = rest.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
    format!("{path}?once={asks}")
}

/// The list of batches is shown as it was chosen, and goes on so.
#[track_caller]
fn as_chosen(page: &str) {
    let list = page.split("data-list=\"batches\"").nth(1).unwrap_or_else(|| panic!("no list: {page}"));
    assert!(list.contains("<option value=\"95588\" selected>"), "the filter: {list}");
    let heads = list.split("<thead>").nth(1).unwrap().split("</thead>").next().unwrap();
    assert!(heads.contains("批次号") && heads.contains("人数") && !heads.contains("环节"), "{heads}");
    assert!(heads.contains("aria-sort=\"descending\""), "the order: {heads}");
    for link in list.split("href=\"/batches?").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(link.contains("batches.bank=95588") && !link.contains("once="), "{link}");
    }
}

#[tokio::test]
async fn art_8_7_what_is_done_in_a_row_is_answered_with_the_list_as_it_was_chosen() {
    clause!(R8.7);
    for on in BOTH {
        let w = World::new(on).await;
        w.applicant(1, w.outlet()).await;
        let batch = w.confirmed_batch().await;
        w.applicant(2, w.outlet()).await;
        let city = signed_in(&w, Role::CityOfficer, CITY).await;
        let page = get(&city, &format!("/batches?{CHOSEN}&number=440106199001010013")).await;
        as_chosen(&page);
        let screen = action(&page, "/batches/screen");
        assert!(screen.ends_with(&format!("&{CHOSEN}")), "nothing but what was asked of the list: {screen}");
        let form = "city=4401&bank=95588&urgent=false";
        let (status, page, _) = city.send("POST", &screen, form, HOST).await;
        assert!(status == StatusCode::OK && page.contains("已筛选1人"), "{page}");
        as_chosen(&page);
        // A refusal, too; and what is opened from the row leads back to the list as it was.
        let (status, page, _) = city.send("POST", &format!("/batches/screen?{CHOSEN}"), form, HOST).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
        as_chosen(&page);
        let opened = format!("href=\"/batches/{batch}?{}\"", CHOSEN.replace('&', "&#38;"));
        assert!(page.contains(&opened), "{opened}: {page}");
        let one = get(&city, &format!("/batches/{batch}?{CHOSEN}")).await;
        let back = action(&one, "/batches/take-back");
        let form = format!("batch={batch}&reason=%E6%9C%89%E8%AF%AF&sure=1");
        let (_, page, _) = city.send("POST", &back, &form, HOST).await;
        assert!(back.ends_with(CHOSEN) && page.contains("已撤销批次确认"), "{back}: {page}");
        let confirm = action(&page, "/batches/confirm");
        let form = format!("batch={batch}&people=1&reviewed=1");
        let (_, page, _) = city.send("POST", &confirm, &form, HOST).await;
        assert!(page.contains("批次已确认"), "{page}");
        as_chosen(&page);
        // A page without a question leads on without one.
        let plain = get(&city, "/batches").await;
        assert!(plain.contains(&format!("href=\"/batches/{batch}\"")), "{plain}");
    }
}

#[tokio::test]
async fn the_list_and_the_file_that_were_asked_for_are_there_after_the_password_and_after_signing_in() {
    let w = World::new(On::Memory).await;
    w.applicant(1, w.outlet()).await;
    w.confirmed_batch().await;
    zhang_wei(&w).await;
    let clerk = Browser::at(&w, COUNTER);
    // A bookmark, before anybody has signed in.
    let place = "/waiting?waiting.bank=95588&waiting.sort=-received";
    let to = clerk.send("GET", &format!("{place}&number=440106199001010013"), "").await.to.unwrap();
    assert!(to.starts_with("/sign-in?next=/waiting%3F") && !to.contains("440106"), "{to}");
    let page = clerk.send("GET", &to, "").await.body;
    let next = format!("value=\"{}\"", place.replace('&', "&#38;"));
    assert!(page.contains(&next), "{next}: {page}");
    let sign = |next: &str| {
        let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
        format!("login=zhangwei&password=right&next={next}")
    };
    assert_eq!(clerk.send("POST", "/sign-in", &sign(place)).await.to.as_deref(), Some(place));
    for (next, to) in [
        ("/?work.business=application", "/?work.business=application"),
        ("//evil.example/?work.business=x", "/"),
        ("/waiting?number=440106199001010013&waiting.bank=440106199001010013", "/waiting"),
    ] {
        assert_eq!(clerk.send("POST", "/sign-in", &sign(next)).await.to.as_deref(), Some(to), "{next}");
    }
    // A file of a list, by a session that is older than ten minutes.
    let city = signed_in(&w, Role::CityOfficer, CITY).await;
    later(&w, 11 * MINUTE);
    let file = format!("/batches?{CHOSEN}&batches.as=csv");
    let (status, _, to) = city.send("GET", &file, "", HOST).await;
    let to = to.unwrap();
    assert!(status == StatusCode::SEE_OTHER && to.starts_with("/reauthenticate?next=/batches%3F"), "{to}");
    let asked = get(&city, &to).await;
    let next = format!("value=\"{}\"", file.replace('&', "&#38;"));
    assert!(asked.contains(&next), "{next}: {asked}");
    let next: String = form_urlencoded::byte_serialize(file.as_bytes()).collect();
    let given = format!("password=right&next={next}");
    let (status, page, _) = city.send("POST", "/reauthenticate", &given, HOST).await;
    assert!(status == StatusCode::OK && page.contains("开始下载"), "{page}");
    let link = |to: &str| format!("href=\"{}\"", to.replace('&', "&#38;"));
    assert!(page.contains(&link(&file)) && page.contains("http-equiv=\"refresh\""), "{page}");
    assert!(page.contains(&link(&format!("/batches?{CHOSEN}"))), "and back to the list: {page}");
    assert!(get(&city, &file).await.starts_with("\u{feff}批次号,人数"));
    // A list alone leads straight back.
    let given = format!("password=right&next={}", next.replace("%26batches.as%3Dcsv", ""));
    let (_, _, to) = city.send("POST", "/reauthenticate", &given, HOST).await;
    assert_eq!(to, Some(format!("/batches?{CHOSEN}")));
}

#[tokio::test]
async fn art_6_1_a_form_that_was_put_aside_before_its_officer_signed_out_in_another_tab_is_gone_on_with() {
    clause!(R6.1);
    for on in BOTH {
        let w = World::new(on).await;
        zhang_wei(&w).await;
        let mut clerk = Browser::at(&w, COUNTER);
        clerk.sign_in("zhangwei", "right").await;
        let page = clerk.send("GET", "/apply?blank=1", "").await.body;
        let form = action(&page, "/apply");
        let draft = form.split("draft=").nth(1).unwrap().split('&').next().unwrap().to_owned();
        let token = action(&page, "/drafts").split('&').next().unwrap().to_owned();
        let aside = format!("{token}&form=/apply&draft={draft}&quiet=1");
        assert_eq!(clerk.send("POST", &aside, "name=Canary").await.status, StatusCode::NO_CONTENT);
        clerk.send("POST", "/sign-out", "").await;
        clerk.cookie = String::new();
        let to = clerk.send("POST", &form, "name=Canary2").await.to.unwrap();
        assert_eq!(to, format!("/sign-in?next=/drafts/{draft}&sent=1"));
        let page = clerk.send("GET", &to, "").await.body;
        for says in ["登录已退出。刚才提交的表单没有办理。", "此前自动保存的草稿在“今日工作”的“我的草稿”"]
        {
            assert!(page.contains(says), "{says}: {page}");
        }
        assert!(!page.contains("也没有保留") && !page.contains("Canary"), "{page}");
        let sign = format!("login=zhangwei&password=right&next=/drafts/{draft}");
        let came = clerk.send("POST", "/sign-in", &sign).await;
        assert_eq!(came.to.as_deref(), Some(format!("/drafts/{draft}").as_str()));
        clerk.cookie = came.cookie.unwrap().split(';').next().unwrap().to_owned();
        let to = clerk.send("GET", &format!("/drafts/{draft}"), "").await.to.unwrap();
        let page = clerk.send("GET", &to, "").await.body;
        assert!(page.contains("value=\"Canary\""), "where one was: {page}");
        // Of a form that was never put aside nothing is there, and that is said.
        clerk.send("POST", "/sign-out", "").await;
        clerk.cookie = String::new();
        let other = form.replace(&format!("draft={draft}"), "draft=77");
        assert_eq!(
            clerk.send("POST", &other, "name=x").await.to.as_deref(),
            Some("/sign-in?next=/apply&sent=1")
        );
    }
}

/// Whoever shows a list after something was done has it as it was chosen: with nothing chosen only what has no address is shown.
#[test]
fn no_page_shows_a_list_as_if_nothing_had_been_chosen() {
    let own = ["list.rs", "list/test.rs", "list/choose.rs", "desk/gallery/mod.rs", "application/rare/mod.rs"];
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut todo, mut seen) = (vec![root.clone()], 0);
    while let Some(dir) = todo.pop() {
        for path in std::fs::read_dir(dir).unwrap().map(|f| f.unwrap().path()) {
            if path.is_dir() {
                todo.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") && !own.iter().any(|o| path == root.join(o))
            {
                seen += 1;
                let text = std::fs::read_to_string(&path).unwrap();
                let says = "the answer to a form shows its lists by `me.asked`";
                assert!(!text.contains("Asked::default()"), "{}: {says}", path.display());
            }
        }
    }
    assert!(seen > 100, "{seen}");
}
