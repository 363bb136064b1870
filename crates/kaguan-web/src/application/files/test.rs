//! The doors of employers' files: who may send them, what is asked before anybody in them, and what is left in the journal.

use super::{Door, lines, signed_in};
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use kaguan_domain::clause;
use kaguan_domain::facts::form::FormDraft;
use kaguan_domain::facts::institution::Role;
use kaguan_files::sample::{SampleSpec, make};
use kaguan_files::sbk2::{Encoding, FileName, write};
use kaguan_testkit::{BOTH, On, World};
use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// An upload of a file as a browser sends it: its boundary and its body. No unit application is chosen.
fn form_of(name: &str, file: &[u8], wish: &str) -> Vec<u8> {
    form_of_unit(name, file, wish, "")
}

pub(super) fn form_of_unit(name: &str, file: &[u8], wish: &str, unit: &str) -> Vec<u8> {
    let head = format!("--b\r\nContent-Disposition: form-data; name=\"unit\"\r\n\r\n{unit}\r\n",)
        + &format!(
            "--b\r\nContent-Disposition: form-data; name=\"wish\"\r\n\r\n{wish}\r\n--b\r\nContent-Disposition: form-data; \
         name=\"file\"; filename=\"{name}\"\r\nContent-Type: application/zip\r\n\r\n"
        );
    [head.as_bytes(), file, b"\r\n--b--\r\n"].concat()
}

impl Door {
    pub(super) async fn upload(&self, body: Body) -> (StatusCode, String, Option<String>) {
        let request = Request::builder()
            .method("POST")
            .uri("/upload")
            .header(header::HOST, "console")
            .header(header::ORIGIN, "http://console")
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
            .body(body)
            .unwrap();
        let response = crate::press::press(&self.router, request).await;
        let (status, to) = (response.status(), response.headers().get(header::LOCATION).cloned());
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let to = to.and_then(|v| v.to_str().ok().map(str::to_owned));
        (status, String::from_utf8_lossy(&body).into_owned(), to)
    }

    /// What became of an upload, once it is done.
    pub(super) async fn outcome(&self, job: &str) -> String {
        loop {
            let (_, page, _) = self.send("GET", job, "", "http://console").await;
            if !page.contains("http-equiv=\"refresh\"") {
                return page;
            }
            tokio::task::yield_now().await;
        }
    }
}

/// A file of five people of an organisation, and its name.
pub fn file_of(w: &World, org: &str, outlet: &str) -> (String, Vec<u8>) {
    file_of_bank(w, org, outlet, "95588")
}

fn file_of_bank(w: &World, org: &str, outlet: &str, bank: &str) -> (String, Vec<u8>) {
    file_with(w, (org, outlet, bank), |_| {})
}

/// The same with something written otherwise in each row.
fn file_with(
    w: &World,
    (org, outlet, bank): (&str, &str, &str),
    mut change: impl FnMut(&mut FormDraft),
) -> (String, Vec<u8>) {
    let time = w.clock.now().date().at(9, 0, 0, 0);
    let name = FileName { bank: bank.into(), org: org.into(), people: 5, time };
    let outlets = [outlet.to_owned()];
    let employer = ("91440101SAMPLE0001", "广州样例制造有限公司");
    let spec = SampleSpec { people: 5, errors: 0, seed: 5, name: name.clone(), outlets: &outlets, employer };
    let mut sample = make(&spec);
    sample.entries.iter_mut().for_each(|entry| change(&mut entry.draft));
    let mut zip = Cursor::new(Vec::new());
    write(&mut zip, &name, &sample.entries, Encoding::Gb18030).unwrap();
    (format!("{}.zip", name.stem()), zip.into_inner())
}

#[tokio::test]
async fn art_39_whoever_may_not_send_files_is_turned_away_before_the_file_is_read() {
    clause!(R39.1);
    let w = World::new(On::Memory).await;
    let (name, file) = file_of(&w, "44010000000001", "44010600000101");
    for role in [Role::AuditAdministrator, Role::SystemAdministrator] {
        let door = signed_in(&w, role, "44000000000001").await;
        for wish in ["check_only", "all", "good_rows"] {
            let (read, body) = (Arc::new(AtomicBool::new(false)), form_of(&name, &file, wish));
            let told = Arc::clone(&read);
            let body = futures_util::stream::once(async move {
                told.store(true, Ordering::Relaxed);
                Ok::<_, std::io::Error>(body)
            });
            let (status, page, _) = door.upload(Body::from_stream(body)).await;
            assert_eq!(status, StatusCode::FORBIDDEN);
            assert!(page.contains("本岗位无权办理此项业务") && !page.contains("type=\"file\""), "{page}");
            assert!(!read.load(Ordering::Relaxed), "{wish}");
        }
        assert_eq!(door.send("GET", "/upload", "", "http://console").await.0, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn art_39_a_trial_of_a_file_is_refused_elsewhere_and_leaves_a_line_here() {
    clause!(R39.1);
    for on in BOTH {
        let w = World::new(on).await;
        let (name, file) = file_of(&w, "44010000000001", "44010600000101");
        let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
        let elsewhere = signed_in(&w, Role::BankClerk, "44010395588001").await;
        let send = async |door: &Door, wish: &str| {
            let (_, page, to) = door.upload(Body::from(form_of(&name, &file, wish))).await;
            door.outcome(&to.unwrap_or_else(|| panic!("{page}"))).await
        };
        for wish in ["check_only", "all", "good_rows"] {
            let page = send(&elsewhere, wish).await;
            assert!(page.contains("不在本机构管辖范围"), "{page}");
        }
        let tried = lines(&w, "application.apply_for_unit").await;
        assert_eq!(tried.iter().map(|l| l.outcome.as_str()).collect::<Vec<_>>(), ["out_of_scope"; 3]);
        let page = send(&city, "check_only").await;
        assert!(page.contains("共5行，接收0行，错误0处"), "{page}");
        let tried = lines(&w, "application.apply_for_unit").await;
        let line = &tried[3];
        assert_eq!((tried.len(), line.outcome.as_str(), line.channel.as_str()), (4, "done", "file"));
        assert!(line.subject.starts_with("unit:") && line.actor.starts_with("officer:"), "{line:?}");
        // Taken in is what belongs to a unit application whose papers were seen.
        let page = send(&city, "all").await;
        assert!(page.contains("没有选择受理编号") && !page.contains("批量申请尚未登记"), "{page}");
        let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
        let unit = registered(&clerk, "5").await;
        let (_, page, _) = city.send("GET", "/upload", "", "http://console").await;
        assert!(page.contains(&format!("<option value=\"{unit}\">")), "the city's are offered: {page}");
        let (_, page, to) = city.upload(Body::from(form_of_unit(&name, &file, "all", &unit))).await;
        let page = city.outcome(&to.unwrap_or_else(|| panic!("{page}"))).await;
        assert!(page.contains("共5行，接收5行，错误0处"), "{page}");
        let (_, page, _) = city.send("GET", "/upload", "", "http://console").await;
        let complete =
            format!("<option value=\"{unit}\">4401U5 x（受理编号{unit}，2026-11-23受理，5人，已全部上传；");
        assert!(page.contains(&complete), "its number may have been stated too low: {page}");
        w.verified().await;
    }
}

#[tokio::test]
async fn art_39_1_a_number_that_stands_in_another_column_is_masked_beside_its_error() {
    clause!(R39.1);
    clause!(R9.3);
    let w = World::new(On::Memory).await;
    let mut numbers = Vec::new();
    let (name, file) = file_with(&w, ("44010000000001", "44010600000101", "95588"), |draft| {
        numbers.push(draft.document_number.clone());
        std::mem::swap(&mut draft.document_number, &mut draft.ethnicity);
        draft.sex = "13900138000".into();
        draft.household_kind = "E12345678".into();
    });
    let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
    let (_, page, to) = city.upload(Body::from(form_of(&name, &file, "check_only"))).await;
    let page = city.outcome(&to.unwrap_or_else(|| panic!("{page}"))).await;
    let citizens: Vec<&String> = numbers.iter().filter(|n| n.len() == 18).collect();
    assert!(!citizens.is_empty());
    for number in citizens {
        let masked = format!("{}{}{}", &number[..3], "*".repeat(13), &number[16..]);
        assert!(!page.contains(number.as_str()) && page.contains(&masked), "{masked}: {page}");
    }
    assert!(!page.contains("13900138000") && page.contains("139******00"), "{page}");
    assert!(!page.contains("E12345678") && page.contains("E12****78"), "{page}");
}

/// Old browsers send the whole path, and those of a Chinese machine in its own code page.
#[tokio::test]
async fn appendix_6_1_the_path_of_an_old_browser_in_its_own_code_page_is_understood() {
    clause!(X6.1);
    let w = World::new(On::Memory).await;
    let (name, file) = file_of(&w, "44010000000001", "44010600000101");
    let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
    for path in [&b"C:\\fakepath\\"[..], b"D:\\\xC9\xE7\xB1\xA3\\", b"/home/\xE5\xBC\xA0/"] {
        let form = form_of("NAME", &file, "check_only");
        let at = form.windows(4).position(|four| four == b"NAME").unwrap();
        let form = [&form[..at], path, name.as_bytes(), &form[at + 4..]].concat();
        let (_, page, to) = city.upload(Body::from(form)).await;
        let page = city.outcome(&to.unwrap_or_else(|| panic!("{page}"))).await;
        assert!(page.contains("共5行，接收0行，错误0处"), "{page}");
    }
}

#[tokio::test]
async fn art_6_a_bank_clerk_sends_no_file_of_another_city_nor_of_another_bank() {
    clause!(R6.1);
    clause!(R9.1);
    let w = World::new(On::Memory).await;
    let own = "44010395588001";
    let bank = signed_in(&w, Role::BankClerk, own).await;
    let before = w.service.store().entries_from(1, 100_000).await.unwrap().len();
    for (org, of, says) in [
        ("44030000000001", "95588", "不在本机构管辖范围"),
        (own, "95533", "服务银行网点只受理以本行为服务银行的申请"),
    ] {
        let (name, file) = file_of_bank(&w, org, own, of);
        for wish in ["check_only", "all", "good_rows"] {
            let (_, page, to) = bank.upload(Body::from(form_of(&name, &file, wish))).await;
            let page = bank.outcome(&to.unwrap_or_else(|| panic!("{page}"))).await;
            assert!(page.contains(says) && page.contains("《经办规程》"), "{page}");
        }
    }
    let lines = w.service.store().entries_from(1, 100_000).await.unwrap();
    assert_eq!(lines.len() - before, 6, "each a line, and nothing else");
    let (name, file) = file_of(&w, own, own);
    let (_, page, to) = bank.upload(Body::from(form_of(&name, &file, "check_only"))).await;
    let page = bank.outcome(&to.unwrap_or_else(|| panic!("{page}"))).await;
    assert!(page.contains("共5行，接收0行，错误0处"), "{page}");
}

/// 受理登记 of an employer with so many people, its form numbered by them; its number.
pub(super) async fn registered(clerk: &Door, people: &str) -> String {
    let unit = UNIT.replace("4401U1", &format!("4401U{people}"));
    let page = clerk.post("/units", &format!("key=k{people}&{unit}&people={people}")).await;
    let number = page.split("受理编号").nth(1).and_then(|t| t.split('；').next());
    number.unwrap_or_else(|| panic!("{page}")).to_owned()
}

pub const UNIT: &str = "form_no=4401U1&kind=enterprise&employer_code=91440101SAMPLE0001&employer_name=x&address=x&operator_name=李四\
    &operator_sex=1&operator_document=1&operator_number=440106199001010013&operator_phone=13900000000&authorisation=1\
    &matter=x&until=20271231&applied_on=20261123&accepted_on=20261123&operator_verified=1&proof=1&authorisation_kept=1\
    &operator_copy=1&applicant_copies=1&personal_forms=1&consents=1";

#[tokio::test]
async fn art_9_an_employers_papers_are_registered_printed_twice_and_closed_at_the_outlet() {
    clause!(R9.1);
    clause!(X3.1);
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
    let (_, empty, _) = clerk.send("GET", "/units", "", "http://console").await;
    assert!(empty.contains("没有待上传的批量申请") && empty.contains("营业执照"), "{empty}");
    let (status, page, _) = clerk.send("POST", "/units", "key=a&address=somewhere", "http://console").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.contains("单位类型") && page.contains("授权期限") && page.contains("value=\"somewhere\""),
        "{page}"
    );
    let unit = registered(&clerk, "5").await;
    let same = UNIT.replace("4401U1", "4401U5");
    let again = clerk.send("POST", "/units", &format!("key=k5&{same}&people=5"), "http://console").await;
    assert!(again.1.contains(&format!("受理编号{unit}")), "sent twice it is one: {}", again.1);
    let (_, printed, _) = clerk.send("GET", &format!("/units/{unit}"), "", "http://console").await;
    assert!(
        printed.contains("第一联") && printed.contains("第二联") && printed.contains("授权期限"),
        "{printed}"
    );
    let bank = signed_in(&w, Role::BankClerk, "44010395588001").await;
    let (status, page, _) = bank.send("GET", &format!("/units/{unit}"), "", "http://console").await;
    assert!(status == StatusCode::FORBIDDEN && !page.contains("440106199001010013"), "{page}");
    let (_, page, _) = bank.send("GET", "/units", "", "http://console").await;
    assert!(!page.contains(&unit), "another office's: {page}");
    let looks = lines(&w, "application.print_unit_forms").await;
    assert!(looks.iter().any(|l| l.outcome == "out_of_scope"), "the refused printing is a line");
    // More people than the application has: told before anything is taken in.
    let small = registered(&clerk, "4").await;
    let (name, file) = file_of(&w, "44010600000101", "44010600000101");
    let (_, page, to) = clerk.upload(Body::from(form_of_unit(&name, &file, "good_rows", &small))).await;
    let page = clerk.outcome(&to.unwrap_or_else(|| panic!("{page}"))).await;
    assert!(page.contains("申请总人数4"), "{page}");
    let page = clerk.post(&format!("/units/{small}/close"), "reason=x").await;
    assert!(page.contains("已办结"), "{page}");
    // A form that was open before brings nobody into it, with whatever wish.
    for wish in ["good_rows", "all", "check_only"] {
        let (_, page, to) = clerk.upload(Body::from(form_of_unit(&name, &file, wish, &small))).await;
        let page = clerk.outcome(&to.unwrap_or_else(|| panic!("{page}"))).await;
        assert!(page.contains("该批量申请已办结，不再接收人员数据") && page.contains("第9条"), "{page}");
    }
    assert!(lines(&w, "application.apply").await.is_empty(), "nobody was taken in");
    let auditor = signed_in(&w, Role::AuditAdministrator, "44000000000001").await;
    for (method, path) in [("GET", "/units"), ("POST", "/units"), ("GET", "/units/1/papers")] {
        let (status, ..) = auditor.send(method, path, "key=a", "http://console").await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{method} {path}");
    }
    w.verified().await;
}

#[tokio::test]
async fn art_9_3_what_was_chosen_beside_the_file_stands_when_the_file_was_forgotten() {
    clause!(R9.3);
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
    let unit = registered(&clerk, "5").await;
    let (status, page, _) = clerk.upload(Body::from(form_of_unit("", b"", "good_rows", &unit))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let of_unit = format!("value=\"{unit}\" selected");
    for says in ["请选择文件", &of_unit, "value=\"good_rows\" selected"] {
        assert!(page.contains(says), "{says}: {page}");
    }
    w.verified().await;
}

#[tokio::test]
async fn art_9_3_what_was_uploaded_is_narrowed_taken_away_and_led_back_to() {
    clause!(R9.3);
    for on in BOTH {
        let w = World::new(on).await;
        let (name, file) = file_of(&w, "44010600000101", "44010600000101");
        let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
        let get = async |path: &str| clerk.send("GET", path, "", "http://console").await.1;
        let unit = registered(&clerk, "5").await;
        let mut jobs = Vec::new();
        // A trial, what is taken in, and what is no file of Appendix 6.
        for (wish, name, file) in
            [("check_only", &*name, &*file), ("all", &*name, &*file), ("all", "x.zip", &b"no zip"[..])]
        {
            let (_, page, to) = clerk.upload(Body::from(form_of_unit(name, file, wish, &unit))).await;
            let job = to.unwrap_or_else(|| panic!("{page}"));
            clerk.outcome(&job).await;
            jobs.push(job);
        }
        let all = get("/upload").await;
        assert!(all.contains("共3项") && !all.contains("data-progress"), "{on:?}: {all}");
        for (asks, has) in [
            ("uploads.state=to_correct", [false, false, true]),
            ("uploads.state=done", [true, true, false]),
            ("uploads.state=done&uploads.wish=all", [false, true, false]),
            ("uploads.state=running", [false; 3]),
        ] {
            let page = get(&format!("/upload?{asks}")).await;
            let link =
                |job: &String| page.contains(&format!("href=\"{job}?{}\"", asks.replace('&', "&#38;")));
            assert_eq!(jobs.iter().map(link).collect::<Vec<_>>(), has, "{on:?} {asks}: {page}");
        }
        let csv = get("/upload?uploads.state=done&uploads.as=csv").await;
        assert_eq!(csv.trim_end().lines().count(), 1 + 2, "{on:?}: {csv}");
        // To one and back: the list is as it was chosen.
        let page = get(&format!("{}?uploads.state=done", jobs[0])).await;
        assert!(page.contains("href=\"/upload?uploads.state=done\">返回批量申请"), "{on:?}: {page}");
        // Another office has none of them, whatever is asked.
        let bank = signed_in(&w, Role::BankClerk, "44010395588001").await;
        let (_, page, _) = bank.send("GET", "/upload?uploads.state=done", "", "http://console").await;
        assert!(!page.contains("/jobs/"), "{on:?}: {page}");
    }
}
