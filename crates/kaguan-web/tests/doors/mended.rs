//! What of an upload was refused is downloaded, mended and sent again; several files at once; the list of an office outlives the
//! server.

use super::uploads::{form_of_unit, registered};
use super::{Door, lines, signed_in};
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use kaguan_domain::clause;
use kaguan_domain::facts::institution::Role;
use kaguan_files::photo::Level;
use kaguan_files::sample::{Sample, SampleSpec, make};
use kaguan_files::sbk2::{Encoding, Entry, FileName, Limits, Options, read, write};
use kaguan_testkit::{BOTH, On, World};
use std::io::Cursor;
use std::sync::atomic::AtomicBool;

const HR: &str = "44010600000101";

fn sample(w: &World, people: usize, errors: usize, seed: u64) -> Sample {
    let time = w.clock.now().date().at(9, 0, 0, 0);
    let name = FileName { bank: "95588".into(), org: HR.into(), people, time };
    let outlets = [HR.to_owned()];
    let employer = ("91440101SAMPLE0001", "广州样例制造有限公司");
    make(&SampleSpec { people, errors, seed, name, outlets: &outlets, employer })
}

fn zip_of(name: &FileName, entries: &[Entry]) -> Vec<u8> {
    let mut zip = Cursor::new(Vec::new());
    write(&mut zip, name, entries, Encoding::Gb18030).unwrap();
    zip.into_inner()
}

/// A file that is downloaded: its status, its name as the answer says it, and its bytes.
async fn fetched(door: &Door, path: &str) -> (StatusCode, String, Vec<u8>) {
    let request = Request::get(path).header(header::HOST, "console").header(header::COOKIE, &door.cookie);
    let answer = crate::press::press(&door.router, request.body(Body::empty()).unwrap()).await;
    let named = answer.headers().get(header::CONTENT_DISPOSITION).and_then(|v| v.to_str().ok());
    let (status, named) = (answer.status(), named.unwrap_or_default().to_owned());
    (status, named, to_bytes(answer.into_body(), 8 << 20).await.unwrap().to_vec())
}

async fn sent(door: &Door, form: Vec<u8>) -> (String, String) {
    let (_, page, to) = door.upload(Body::from(form)).await;
    let job = to.unwrap_or_else(|| panic!("{page}"));
    let page = door.outcome(&job).await;
    (job, page)
}

#[tokio::test]
async fn art_9_3_five_wrong_rows_of_fifty_are_downloaded_mended_and_sent_and_all_fifty_are_registered_once() {
    clause!(R9.3);
    clause!(R39.1);
    for on in BOTH {
        let w = World::new(on).await;
        let sample = sample(&w, 50, 5, 7);
        let name = format!("{}.zip", sample.name.stem());
        let file = zip_of(&sample.name, &sample.entries);
        let clerk = signed_in(&w, Role::HrClerk, HR).await;
        let unit = registered(&clerk, "50").await;
        let (job, page) = sent(&clerk, form_of_unit(&name, &file, "good_rows", &unit)).await;
        assert!(page.contains("共50行，接收45行，错误5处"), "{page}");
        for p in &sample.planted {
            assert!(
                page.contains(&format!("<td class=\"number\">{}</td><td>{}</td>", p.row, p.column)),
                "{page}"
            );
            let wrong = &sample.entries[p.row - 1].draft;
            assert!(
                !page.contains(&wrong.document_number) && !page.contains(&wrong.mobile),
                "masked: {page}"
            );
        }
        assert!(page.contains("ZZ") && page.contains("1999****"), "what was there is found again: {page}");
        // The rows come back under the name that a file of five has, and are what was wrong with them.
        let five = FileName { people: 5, ..sample.name.clone() };
        let five_zip = format!("{}.zip", five.stem());
        assert!(page.contains(&five_zip), "{page}");
        let (status, named, bytes) = fetched(&clerk, &format!("{job}/rest/zip")).await;
        assert!(
            status == StatusCode::OK && named == format!("attachment; filename=\"{five_zip}\""),
            "{named}"
        );
        let spool = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(spool.path(), &bytes).unwrap();
        let options = Options {
            limits: Limits::default(),
            today: w.clock.now().date(),
            photos: Some(Level::Decode),
            threads: 1,
            progress: &|_| {},
            cancel: &AtomicBool::new(false),
        };
        let again = read(spool.path(), &five_zip, &options).unwrap();
        for (p, row) in sample.planted.iter().zip(&again.judged.rows) {
            assert!(
                row.errors.iter().any(|e| (e.column, e.code) == (p.column, p.code)),
                "{p:?} {:?}",
                row.errors
            );
        }
        let (status, named, sheet) = fetched(&clerk, &format!("{job}/rest/xlsx")).await;
        assert!(status == StatusCode::OK && named.contains(".xlsx") && sheet.starts_with(b"PK"), "{named}");
        // Each download is a line, and nobody else's office gets it, nor sees that it is there.
        let downloads = async || {
            let tried = lines(&w, "application.apply_for_unit").await;
            tried.iter().filter(|l| l.subject == format!("unit:{unit}") && l.outcome == "done").count()
        };
        let before = downloads().await;
        fetched(&clerk, &format!("{job}/rest/zip")).await;
        assert_eq!(downloads().await, before + 1);
        let other = signed_in(&w, Role::BankClerk, "44010395588001").await;
        let (status, _, page) = fetched(&other, &format!("{job}/rest/zip")).await;
        let page = String::from_utf8_lossy(&page).into_owned();
        assert!(status == StatusCode::NOT_FOUND && page.contains("没有可下载"), "{page}");
        assert!(other.outcome(&job).await.contains("不是由本机构上传"));
        let (_, page, _) = other.send("GET", "/upload", "", "http://console").await;
        assert!(page.contains("还没有上传过"), "{page}");
        // Mended under the name that it came by, sent, and sent once more: everybody is registered once.
        let right: Vec<Entry> = sample.planted.iter().map(|p| sample.corrected[p.row - 1].clone()).collect();
        for _ in 0..2 {
            let mended = form_of_unit(&five_zip, &zip_of(&five, &right), "all", &unit);
            let (_, page) = sent(&clerk, mended).await;
            assert!(page.contains("共5行，接收5行，错误0处") && !page.contains("更正表"), "{page}");
        }
        let taken = lines(&w, "application.apply_for_unit").await;
        let people = taken.iter().filter(|l| l.outcome == "done" && l.subject.starts_with("holder:"));
        assert_eq!(people.count(), 50, "{on:?}");
        // Another server, the same list.
        let restarted = Door { router: kaguan_web::router(w.service.clone()), cookie: clerk.cookie.clone() };
        let (_, page, _) = restarted.send("GET", "/upload", "", "http://console").await;
        assert!(page.contains(&name) && page.contains("接收45行") && page.contains("经办人甲"), "{page}");
        assert!(restarted.outcome(&job).await.contains("下载更正表"));
        w.verified().await;
    }
}

/// Two files in one form.
fn form_of_two(wish: &str, unit: &str, files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let field =
        |name, text| format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n");
    let mut form = [field("unit", unit), field("wish", wish)].concat().into_bytes();
    for (name, bytes) in files {
        form.extend(
            format!("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n")
                .bytes(),
        );
        form.extend_from_slice(bytes);
        form.extend_from_slice(b"\r\n");
    }
    form.extend_from_slice(b"--b--\r\n");
    form
}

#[tokio::test]
async fn art_9_3_several_files_are_sent_at_once_and_a_name_that_is_none_of_appendix_6_is_shown_to_nobody() {
    clause!(R9.3);
    clause!(X6.1);
    let w = World::new(On::Memory).await;
    let (one, two) = (sample(&w, 3, 0, 5), sample(&w, 4, 1, 6));
    let named = |s: &Sample| format!("{}.zip", s.name.stem());
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let (name_one, name_two) = (named(&one), named(&two));
    let files = [
        (name_one.as_str(), zip_of(&one.name, &one.entries)),
        (name_two.as_str(), zip_of(&two.name, &two.entries)),
        ("zhangsan-440106199001010013.zip", b"no zip".to_vec()),
    ];
    let (_, _, to) = clerk.upload(Body::from(form_of_two("check_only", "", &files))).await;
    assert_eq!(to.as_deref(), Some("/upload"));
    let page = clerk.outcome("/upload").await;
    assert!(page.contains(&name_one) && page.contains("共3行，接收0行，错误0处"), "{page}");
    assert!(page.contains(&name_two) && page.contains("共4行，接收0行，错误1处"), "{page}");
    assert!(
        page.contains("文件名不合规定") && !page.contains("zhangsan") && !page.contains("440106199001010013")
    );
    // 只核验: nothing was taken in, so that the whole file comes back.
    assert!(page.contains("数据文件（4行）"), "{page}");
    let job = page.split("href=\"/jobs/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let (status, body, _) = clerk.send("GET", &format!("/jobs/{job}/progress"), "", "http://console").await;
    assert!(status == StatusCode::OK && body.contains("\"running\":false"), "{body}");
    let (status, ..) = clerk.send("GET", "/jobs/1/progress", "", "http://console").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (_, page, to) = clerk.upload(Body::from(form_of_two("all", "", &[("", Vec::new())]))).await;
    assert!(to.is_none() && page.contains("请选择文件"), "{page}");
    w.verified().await;
}

#[tokio::test]
async fn art_40_1_the_refused_rows_are_cleared_away_after_thirty_days_and_the_list_stays() {
    clause!(R39.1);
    let w = World::new(On::Memory).await;
    let s = sample(&w, 4, 1, 6);
    let name = format!("{}.zip", s.name.stem());
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let form = form_of_unit(&name, &zip_of(&s.name, &s.entries), "check_only", "");
    let (job, page) = sent(&clerk, form).await;
    assert!(page.contains("下载更正表"), "{page}");
    w.days_pass(31);
    w.service.duties().await.unwrap();
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let (_, _, page) = fetched(&clerk, &format!("{job}/rest/zip")).await;
    assert!(String::from_utf8_lossy(&page).contains("超过30天"));
    let (_, page, _) = clerk.send("GET", "/upload", "", "http://console").await;
    assert!(page.contains(&name), "{page}");
}

#[tokio::test]
async fn art_9_3_of_several_files_for_one_unit_the_one_that_is_too_many_comes_back_and_in_again() {
    clause!(R9.3);
    clause!(R10.2);
    let w = World::new(On::Memory).await;
    let (one, two) = (sample(&w, 3, 0, 5), sample(&w, 4, 0, 6));
    let named = |s: &Sample| format!("{}.zip", s.name.stem());
    let (name_one, name_two) = (named(&one), named(&two));
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let unit = registered(&clerk, "6").await;
    let files = [
        (name_one.as_str(), zip_of(&one.name, &one.entries)),
        (name_two.as_str(), zip_of(&two.name, &two.entries)),
    ];
    let (_, _, to) = clerk.upload(Body::from(form_of_two("good_rows", &unit, &files))).await;
    assert_eq!(to.as_deref(), Some("/upload"));
    let page = clerk.outcome("/upload").await;
    assert!(page.contains("共3行，接收3行，错误0处") && page.contains("共4行，接收0行，错误1处"), "{page}");
    assert!(page.contains("6人，已上传3人"), "what is in is counted: {page}");
    // What came of the second says why, and what is to be sent again is all of it.
    let job = page.split(&format!("\">{name_two}")).next().unwrap();
    let job = job.rsplit("href=\"").next().unwrap().to_owned();
    let (_, page, _) = clerk.send("GET", &job, "", "http://console").await;
    assert!(page.contains("批量申请总人数6，已接收3，本次还有4") && page.contains("更正总人数"), "{page}");
    assert!(page.contains("没有接收的4行") && page.contains("选择同一受理编号"), "{page}");
    let (_, name, rest) = fetched(&clerk, &format!("{job}/rest/zip")).await;
    assert!(name.contains(&name_two), "{name}");
    let page = clerk.post(&format!("/units/{unit}/people"), "right_people=7&reason=登记笔误").await;
    assert!(page.contains("总人数已更正"), "{page}");
    let (_, page) = sent(&clerk, form_of_unit(&name_two, &rest, "all", &unit)).await;
    assert!(page.contains("共4行，接收4行，错误0处"), "{page}");
    // The file that came first, sent again, is told as it is: in, and counted once.
    let (_, page) = sent(&clerk, form_of_unit(&name_one, &files[0].1, "all", &unit)).await;
    assert!(page.contains("共3行，接收3行，错误0处"), "{page}");
    let (_, page, _) = clerk.send("GET", &format!("/units?number={unit}"), "", "http://console").await;
    assert!(page.contains("已全部上传") && page.contains("class=\"right number\">7</td>"), "{page}");
    w.verified().await;
}
