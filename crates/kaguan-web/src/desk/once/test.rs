//! A form is sent once, and is not lost: a second press, a refresh and Back show the first result; what came after the session had
//! ended, or was put aside, waits for its officer.

use super::{Door, lines, signed_in};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use kaguan_domain::clause;
use kaguan_domain::facts::institution::Role;
use kaguan_store::engine::{Sql, Write};
use kaguan_testkit::{BOTH, On, World};
use tower::ServiceExt;

const HOST: &str = "http://console";
const OUTLET: &str = "44010600000101";
const BANK: &str = "44010395588001";

/// Sends as a browser does that does not go on to the result.
pub(super) async fn presses(door: &Door, path: &str, form: &str) -> (StatusCode, String) {
    let request = Request::post(path)
        .header(header::HOST, "console")
        .header(header::ORIGIN, HOST)
        .header(header::COOKIE, &door.cookie)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form.to_owned()))
        .unwrap();
    let answer = door.router.clone().oneshot(request).await.unwrap();
    let to = answer.headers().get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned());
    (answer.status(), to.unwrap_or_default())
}

/// The address that the form of a page to a path is sent to.
pub(super) fn address(page: &str, path: &str) -> String {
    let begin = format!("action=\"{path}?once=");
    let token = page.split(&begin).nth(1).unwrap_or_else(|| panic!("no form to {path}: {page}"));
    format!("{path}?once={}", token.split(['"', '&']).next().unwrap())
}

pub(super) async fn loss_of(w: &World, door: &Door, n: u32) -> (String, String) {
    let (id, card) = w.with_card(n).await;
    let page = door.post("/loss", &format!("number={}", w.draft(n).document_number)).await;
    let form = format!("holder={id}&card={card}&kind=temporary&verified=1");
    (address(&page, "/loss/report"), form)
}

#[tokio::test]
async fn a_second_press_a_refresh_and_back_show_the_first_result() {
    clause!(R24.1);
    for on in BOTH {
        let w = World::new(on).await;
        let clerk = signed_in(&w, Role::BankClerk, BANK).await;
        let (to, form) = loss_of(&w, &clerk, 1).await;
        let before = lines(&w, "loss.report_temporary").await.len();
        let (status, result) = presses(&clerk, &to, &form).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert!(result.starts_with("/done/") && !result.contains(&form), "{result}");
        let (status, first, _) = clerk.send("GET", &result, "", HOST).await;
        assert_eq!(status, StatusCode::OK);
        assert!(first.contains("挂失"), "{first}");
        // Pressed again, and looked at again.
        assert_eq!(presses(&clerk, &to, &form).await, (StatusCode::SEE_OTHER, result.clone()));
        let (_, again, _) = clerk.send("GET", &result, "", HOST).await;
        assert_eq!(again, first);
        assert_eq!(lines(&w, "loss.report_temporary").await.len(), before + 1, "done once");
        // Both at the same time, too.
        let (to, form) = loss_of(&w, &clerk, 2).await;
        let (one, two) = tokio::join!(presses(&clerk, &to, &form), presses(&clerk, &to, &form));
        assert_eq!(one, two);
        assert_eq!(lines(&w, "loss.report_temporary").await.len(), before + 2);
        // The result is this session's alone.
        let other = signed_in(&w, Role::BankClerk, BANK).await;
        assert_eq!(other.send("GET", &result, "", HOST).await.0, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn the_same_form_with_another_number_looks_for_that_one_and_the_first_result_stays() {
    let w = World::new(On::Memory).await;
    for n in [1, 2] {
        w.with_card(n).await;
    }
    let clerk = signed_in(&w, Role::BankClerk, BANK).await;
    let (_, page, _) = clerk.send("GET", "/loss", "", HOST).await;
    let to = address(&page, "/loss");
    let number = |n| format!("number={}", w.draft(n).document_number);
    let (_, first) = presses(&clerk, &to, &number(1)).await;
    let (_, one, _) = clerk.send("GET", &first, "", HOST).await;
    // Back, another number, the same button.
    let (_, second) = presses(&clerk, &to, &number(2)).await;
    assert_ne!(first, second);
    let (status, two, _) = clerk.send("GET", &second, "", HOST).await;
    assert_eq!(status, StatusCode::OK);
    let holder = |page: &str| {
        let rest = page.split("name=\"holder\" value=\"").nth(1).unwrap_or_else(|| panic!("{page}"));
        rest.split('"').next().unwrap().to_owned()
    };
    assert_ne!(holder(&one), holder(&two), "another person's file");
    assert_eq!(clerk.send("GET", &first, "", HOST).await.1, one, "what was shown first stays where it was");
    assert_eq!(presses(&clerk, &to, &number(1)).await.1, first);
    assert_eq!(presses(&clerk, &to, &number(2)).await.1, second);
}

#[tokio::test]
async fn the_same_form_with_other_content_is_refused_and_says_that_nothing_was_done() {
    let w = World::new(On::Memory).await;
    let system = signed_in(&w, Role::SystemAdministrator, "44000000000001").await;
    let county = w.org("44010600000001").0;
    let (_, page, _) = system.send("GET", &format!("/organisations/{county}"), "", HOST).await;
    let to = address(&page, "/organisations/add");
    let town = |code: &str, name: &str| {
        format!("parent=44010600000001&kind=hr_outlet&code={code}&name={name}&bank=")
    };
    let (_, first) = presses(&system, &to, &town("44010600000201", "TownA")).await;
    let (_, done, _) = system.send("GET", &first, "", HOST).await;
    assert!(done.contains("已新增机构"), "{done}");
    let other = town("44010600000202", "TownB");
    let (_, second) = presses(&system, &to, &other).await;
    assert_ne!(first, second);
    let (status, refused, _) = system.send("GET", &second, "", HOST).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{refused}");
    assert!(!refused.contains("已新增机构") && refused.contains("这份表单已经办理过一次"), "{refused}");
    assert!(refused.contains(&format!("href=\"{first}\"")), "the first result is led to: {refused}");
    assert!(refused.contains("value=\"44010600000202\""), "what was typed stands: {refused}");
    assert!(w.service.institutions().org_by_code("44010600000202").is_none());
    // The page has a form of its own, which does it.
    let (_, third) = presses(&system, &address(&refused, "/organisations/add"), &other).await;
    let (_, done, _) = system.send("GET", &third, "", HOST).await;
    assert!(done.contains("已新增机构"), "{done}");
    assert!(w.service.institutions().org_by_code("44010600000202").is_some());
    // The same content is still a second press of the first.
    assert_eq!(presses(&system, &to, &town("44010600000201", "TownA")).await.1, first);
}

#[tokio::test]
async fn a_form_that_was_refused_is_sent_again_with_what_was_missing() {
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::BankClerk, BANK).await;
    let (to, form) = loss_of(&w, &clerk, 1).await;
    let bare = form.replace("&verified=1", "");
    let (_, result) = presses(&clerk, &to, &bare).await;
    let (status, refused, _) = clerk.send("GET", &result, "", HOST).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{refused}");
    // Back, the box is ticked, the same button.
    let (_, result) = presses(&clerk, &to, &form).await;
    let (status, done, _) = clerk.send("GET", &result, "", HOST).await;
    assert_eq!(status, StatusCode::OK, "{done}");
}

#[tokio::test]
async fn a_press_whose_answer_was_lost_is_not_done_twice() {
    static GONE: Sql = Sql::new("GONE", "DELETE FROM form_answer");
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::BankClerk, BANK).await;
    let (to, form) = loss_of(&w, &clerk, 1).await;
    presses(&clerk, &to, &form).await;
    // The console ended after the commit and before the answer was kept.
    let write = Write::one(&GONE, Vec::new(), None);
    w.service.store().engine().transact(vec![write]).await.unwrap();
    let (_, result) = presses(&clerk, &to, &form).await;
    let (status, page, _) = clerk.send("GET", &result, "", HOST).await;
    assert_eq!(status, StatusCode::OK, "what was done was done: {page}");
    assert_eq!(lines(&w, "loss.report_temporary").await.len(), 1);
    w.verified().await;
}

#[tokio::test]
async fn art_19_2_what_one_officer_filled_in_is_not_done_in_the_name_of_the_next_one_at_that_browser() {
    clause!(R19.2);
    let w = World::new(On::Memory).await;
    let first = signed_in(&w, Role::BankClerk, BANK).await;
    let (to, form) = loss_of(&w, &first, 1).await;
    let before = lines(&w, "loss.report_temporary").await.len();
    // The page of the first stays open in another tab, and the second signs in at that browser.
    let second = signed_in(&w, Role::BankClerk, BANK).await;
    let (status, page, _) = second.send("POST", &to, &form, HOST).await;
    assert_eq!(status, StatusCode::CONFLICT, "{page}");
    assert!(page.contains("这份表单是另一位经办人打开的，没有办理") && page.contains("自行核实"), "{page}");
    assert_eq!(lines(&w, "loss.report_temporary").await.len(), before, "nothing was done");
    // It is the first one's still.
    assert_eq!(presses(&first, &to, &form).await.0, StatusCode::SEE_OTHER);
    assert_eq!(lines(&w, "loss.report_temporary").await.len(), before + 1);
    w.verified().await;
}

#[tokio::test]
async fn a_form_without_a_token_is_refused_in_chinese() {
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::HrClerk, OUTLET).await;
    for path in ["/loss/report", "/loss/report?once=1", "/loss/report?once=zz-1"] {
        let (status, _) = presses(&clerk, path, "holder=1").await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path}");
    }
}

#[tokio::test]
async fn a_persons_address_is_the_sessions_own_and_says_no_number() {
    clause!(R39.1);
    let w = World::new(On::Memory).await;
    w.applicant(1, w.outlet()).await;
    let clerk = signed_in(&w, Role::HrClerk, OUTLET).await;
    let number = w.draft(1).document_number;
    let page = clerk.post("/people", &format!("number={number}")).await;
    let key = page.split("href=\"/people/").nth(1).and_then(|t| t.split('"').next()).unwrap().to_owned();
    let looks = lines(&w, "holder.look").await.len();
    let (status, again, _) = clerk.send("GET", &format!("/people/{key}"), "", HOST).await;
    assert_eq!(status, StatusCode::OK);
    assert!(again.contains("张*") || again.contains('*'), "{again}");
    assert!(!key.contains(&number) && !again.contains(&number));
    assert_eq!(lines(&w, "holder.look").await.len(), looks + 1, "every opening is a look");
    let other = signed_in(&w, Role::HrClerk, OUTLET).await;
    assert_eq!(other.send("GET", &format!("/people/{key}"), "", HOST).await.0, StatusCode::NOT_FOUND);
    // What names a person names nothing else, and a changed name names nobody.
    for kind in ["/photos", "/archive/pages", "/vouchers"] {
        let (status, page, _) = clerk.send("GET", &format!("{kind}/{key}"), "", HOST).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{kind}: {page}");
    }
    let last = if key.ends_with('0') { "1" } else { "0" };
    let changed = format!("/people/{}{last}", &key[..key.len() - 1]);
    assert_eq!(clerk.send("GET", &changed, "", HOST).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn whatever_cannot_be_shown_says_so_in_chinese() {
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::HrClerk, OUTLET).await;
    for (method, path, form, status) in [
        ("GET", "/nothing", "", StatusCode::NOT_FOUND),
        ("GET", "/loss/report/", "", StatusCode::NOT_FOUND),
        ("GET", "/applications/verify", "", StatusCode::METHOD_NOT_ALLOWED),
        ("POST", "/fees", "number=%ff", StatusCode::UNPROCESSABLE_ENTITY),
        ("GET", "/receipts/business/x", "", StatusCode::BAD_REQUEST),
        ("GET", "/people/abc", "", StatusCode::NOT_FOUND),
    ] {
        let (said, page, _) = clerk.send(method, path, form, HOST).await;
        assert_eq!(said, status, "{method} {path}: {page}");
        let body = page.split("<body").nth(1).unwrap_or_else(|| panic!("{method} {path}: {page}"));
        let words = body.split('<').filter_map(|t| t.split_once('>')).map(|(_, text)| text);
        let english = words.filter(|t| t.split(|c: char| !c.is_ascii_alphabetic()).any(|w| w.len() > 3));
        assert_eq!(english.collect::<Vec<_>>(), Vec::<&str>::new(), "{method} {path}");
        assert!(body.contains("role=\"alert\""));
    }
    let (status, page, _) = clerk.send("POST", "/loss/report", "", "http://evil").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(page.contains("请求不是从本系统的页面发出的"), "{page}");
}

/// Forms that are sent without a token: the door itself.
const WITHOUT: [&str; 7] = [
    "/sign-in",
    "/sign-in/code",
    "/sign-out",
    "/reauthenticate",
    "/password",
    "/second-factor",
    "/second-factor/end",
];

#[test]
fn every_form_of_every_template_is_sent_once() {
    let mut todo = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    let mut templates = Vec::new();
    while let Some(dir) = todo.pop() {
        for path in std::fs::read_dir(dir).unwrap().map(|f| f.unwrap().path()) {
            if path.is_dir() {
                todo.push(path);
            } else if path.extension().is_some_and(|e| e == "html") {
                templates.push(path);
            }
        }
    }
    assert!(templates.len() > 60, "{templates:?}");
    for file in templates {
        let text = std::fs::read_to_string(&file).unwrap();
        let tags = text.split('<').map(|tag| tag.split('>').next().unwrap_or_default());
        for tag in tags.filter(|tag| tag.starts_with("form ") && tag.contains("method=\"post\"")) {
            let action = tag.split("action=\"").nth(1).unwrap_or_default();
            let action = action.split('"').next().unwrap_or_default();
            let fits = action.contains("{{ frame.once() }}")
                || action.contains("{{ once }}")
                || WITHOUT.contains(&action)
                // Whoever stands at 自助服务设施 is known by the visit.
                || action == "/kiosk"
                || action.starts_with("/kiosk/");
            assert!(fits, "{}: {tag}", file.display());
        }
    }
}

#[tokio::test]
async fn art_35_1_a_holder_is_found_by_the_form_and_by_the_bank_card() {
    clause!(R35.1);
    let w = World::new(On::Memory).await;
    let (id, _) = w.with_card(1).await;
    let clerk = signed_in(&w, Role::HrClerk, OUTLET).await;
    let file = w.file(id).await.0;
    let bank_card = file.cards[0].bank_account.bank_card_no.as_str().to_owned();
    for number in [w.draft(1).form_no, bank_card, file.cards[0].card_no.as_str().to_owned()] {
        let page = clerk.post("/people", &format!("number={number}")).await;
        assert!(page.contains("张*"), "{number}: {page}");
    }
    let nobody = clerk.post("/people", "number=4401NOBODY1").await;
    assert!(nobody.contains("没有该号码的档案"), "{nobody}");
}

#[tokio::test]
async fn the_latest_result_is_kept_however_many_there_are_and_whatever_the_clock_says() {
    for on in BOTH {
        // The clock of this world stands still: all answers have one time.
        let w = World::new(on).await;
        let clerk = signed_in(&w, Role::BankClerk, BANK).await;
        w.with_card(1).await;
        let number = format!("number={}", w.draft(1).document_number);
        let mut results = Vec::new();
        for _ in 0..30 {
            let (_, page, _) = clerk.send("GET", "/loss", "", HOST).await;
            let (_, result) = presses(&clerk, &address(&page, "/loss"), &number).await;
            let (status, page, _) = clerk.send("GET", &result, "", HOST).await;
            assert_eq!(status, StatusCode::OK, "{page}");
            results.push(result);
        }
        let mut kept = 0;
        for result in &results {
            let (status, ..) = clerk.send("GET", result, "", HOST).await;
            kept += usize::from(status == StatusCode::OK);
        }
        assert_eq!(kept, 24, "others make room");
    }
}

#[tokio::test]
async fn art_7_1_the_answer_to_a_form_says_what_is_late_after_it_and_not_before() {
    clause!(R7.1);
    for on in BOTH {
        let w = World::new(on).await;
        let clerk = signed_in(&w, Role::HrClerk, OUTLET).await;
        let unit = super::uploads::registered(&clerk, "5").await;
        w.days_pass(20);
        let clerk = signed_in(&w, Role::HrClerk, OUTLET).await;
        let head = |page: &str| {
            let head = page.split("<div class=\"me\">").nth(1).unwrap_or_else(|| panic!("{page}"));
            head.split("</header>").next().unwrap().to_owned()
        };
        let late = "<a class=\"tag bad\" href=\"/?group=late\">超期1</a>";
        let (_, list, _) = clerk.send("GET", "/units", "", HOST).await;
        assert!(head(&list).contains(late), "{on:?}: {list}");
        // What is refused ends nothing.
        let refused = clerk.post(&format!("/units/{unit}/close"), "reason=").await;
        assert!(head(&refused).contains(late), "{on:?}: {refused}");
        let to = address(&list, &format!("/units/{unit}/people")).replace("/people", "/close");
        let (_, result) = presses(&clerk, &to, "reason=x").await;
        let (_, page, _) = clerk.send("GET", &result, "", HOST).await;
        assert!(page.contains("已办结") && !head(&page).contains("超期"), "{on:?}: {page}");
        assert!(!page.contains("<!--"), "{page}");
    }
}
