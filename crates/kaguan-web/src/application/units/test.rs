//! 材料待补登记: data that came before anybody had registered the unit's papers wait before their batch is confirmed.

use super::signed_in;
use super::uploads::{UNIT, file_of, form_of_unit, registered};
use axum::body::Body;
use axum::http::StatusCode;
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::facts::institution::Role;
use kaguan_service::intake::{Acceptance, Level};
use kaguan_testkit::{BOTH, World};
use std::sync::Arc;

const SCREEN: &str = "city=4401&bank=95588&urgent=false";

#[tokio::test]
async fn art_9_1_people_whose_papers_nobody_saw_wait_until_the_papers_are_registered_at_the_page() {
    clause!(R9.1);
    for on in BOTH {
        let w = World::new(on).await;
        let (name, file) = file_of(&w, "44010600000101", "44010600000101");
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(&name);
        std::fs::write(&path, file).unwrap();
        let take = w.service.take_in(
            &Actor::System,
            &path,
            &name,
            None,
            Acceptance::AllOrNone,
            Level::Decode,
            Arc::new(|_| {}),
        );
        let unit = take.await.unwrap().unit.unwrap().0;
        // Somebody of the counter waits for nobody's papers.
        w.applicant(900, w.outlet()).await;
        let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
        let newest = async || {
            let officer = Actor::Officer(city_officer(&w));
            let any = kaguan_service::Narrow::default();
            w.service.batches_for(&officer, &any, None, "").await.unwrap().rows[0].id
        };
        let confirm = async || {
            let newest = newest().await;
            let people = w.service.batch(newest).await.unwrap().unwrap().tally.in_batch;
            let form = format!("batch={}&people={people}&reviewed=1", newest.0);
            city.post("/batches/confirm", &form).await
        };
        let page = city.post("/batches/screen", SCREEN).await;
        assert!(page.contains("已筛选1人"), "{page}");
        assert!(confirm().await.contains("批次已确认"));
        let page = city.post("/batches/screen", SCREEN).await;
        assert!(page.contains("已筛选5人"), "{page}");
        // Whoever looks at it is told before he counts.
        let newest = newest().await;
        let (_, sheet, _) = city.send("GET", &format!("/batches/{newest}"), "", "http://console").await;
        assert!(sheet.contains("现在不能确认") && sheet.contains("材料待补登记"), "{sheet}");
        let page = confirm().await;
        let stem = name.trim_end_matches(".zip");
        for says in [&unit.to_string(), stem, "5人", "材料待补登记", "第9条", "批量申请-受理登记", "营业执照"]
        {
            assert!(page.contains(says), "{says}: {page}");
        }
        // The officer finds it where the refusal says.
        let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
        let (_, page, _) = clerk.send("GET", "/units", "", "http://console").await;
        assert!(page.contains(&format!("/units/{unit}/papers")) && page.contains(stem), "{page}");
        let (_, page, _) = clerk.send("GET", &format!("/units?number={stem}"), "", "http://console").await;
        assert!(page.contains(&format!("/units/{unit}/papers")), "by the name of its data file: {page}");
        let form = format!("key=later&unit={unit}&{UNIT}&people=5");
        let (status, page, _) =
            clerk.send("POST", "/units", &form.replace("&proof=1", ""), "http://console").await;
        assert!(status == StatusCode::UNPROCESSABLE_ENTITY && page.contains("缺：营业执照"), "{page}");
        assert!(confirm().await.contains("材料待补登记"), "what was not registered is still outstanding");
        assert!(clerk.post("/units", &form).await.contains("已受理登记"));
        let page = confirm().await;
        assert!(page.contains("批次已确认"), "{page}");
        w.verified().await;
    }
}

#[tokio::test]
async fn art_9_5_the_five_days_of_a_unit_stand_in_the_list_of_clocks_until_its_data_are_uploaded() {
    clause!(R9.2);
    for on in BOTH {
        let w = World::new(on).await;
        let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
        let get = async |path: &str| clerk.send("GET", path, "", "http://console").await.1;
        assert!(!get("/").await.contains("批量数据待上传"));
        assert!(clerk.post("/units", &format!("key=one&{UNIT}&people=5")).await.contains("已受理登记"));
        let page = get("/").await;
        for says in ["批量数据待上传", "批量数据采集（5个工作日）", "第9条", "上传批量数据", "经办网点"]
        {
            assert!(page.contains(says), "{says}: {page}");
        }
        let elsewhere = signed_in(&w, Role::BankClerk, "44010395588001").await;
        let (_, page, _) = elsewhere.send("GET", "/", "", "http://console").await;
        assert!(!page.contains("批量数据待上传"), "another outlet's");
        let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
        let (_, page, _) = city.send("GET", "/clocks/due", "", "http://console").await;
        assert!(page.contains("批量数据待上传"), "{page}");
        // 时限统计 counts it as 看板 does.
        let counted = async || {
            let path = "/reports?kind=clocks&from=2026-11-01&to=2026-12-31&report.as=csv";
            city.send("GET", path, "", "http://console").await.1
        };
        let text = counted().await;
        assert!(text.contains("广州市,批量数据采集（5个工作日）,进行中,1\n"), "{text}");
        let unit = get("/units").await;
        let unit =
            unit.split("action=\"/units/").nth(1).and_then(|p| p.split('/').next()).unwrap().to_owned();
        let page = clerk.post(&format!("/units/{unit}/close"), "reason=单位撤回").await;
        assert!(!page.contains("错误"), "{page}");
        assert!(!get("/").await.contains("批量数据待上传"), "it runs no more");
        let text = counted().await;
        assert!(text.contains("广州市,批量数据采集（5个工作日）,按时办结,1\n"), "{text}");
        w.verified().await;
    }
}

fn city_officer(w: &World) -> kaguan_domain::ids::OfficerId {
    let institutions = w.service.institutions();
    let of_city = institutions.officers().find(|o| o.role == Role::CityOfficer);
    of_city.unwrap().id
}

#[tokio::test]
async fn art_10_2_what_is_missing_or_wrong_of_a_units_papers_is_marked_there_and_its_form_is_registered_once()
{
    clause!(R10.2);
    clause!(R9.1);
    let w = World::new(BOTH[0]).await;
    let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
    let send = async |form: &str| clerk.send("POST", "/units", form, "http://console").await.1;
    let page = send("key=a").await;
    let papers = [
        "operator_verified",
        "proof",
        "authorisation_kept",
        "operator_copy",
        "applicant_copies",
        "personal_forms",
    ];
    for name in papers.into_iter().chain(["consents", "kind", "form_no", "employer_code", "address", "until"])
    {
        assert!(page.contains(&format!("id=\"why-{name}\"")), "{name}: {page}");
    }
    // What is there is not marked.
    let page =
        send(&format!("key=b&{}&people=5", UNIT.replace("&proof=1", "").replace("sex=1", "sex=2"))).await;
    assert!(page.contains("id=\"why-proof\"") && page.contains("id=\"why-operator_sex\""), "{page}");
    for name in ["employer_code", "operator_verified", "operator_number", "consents", "kind"] {
        assert!(!page.contains(&format!("id=\"why-{name}\"")), "{name}: {page}");
    }
    let page = clerk.post("/units", &format!("key=one&{UNIT}&people=5")).await;
    let unit = page.split("受理编号").nth(1).and_then(|t| t.split('；').next()).unwrap().to_owned();
    let page = send(&format!("key=two&{UNIT}&people=5")).await;
    for says in [&format!("已登记为受理编号{unit}，2026-11-23受理，已上传0人"), "id=\"why-form_no\""]
    {
        assert!(page.contains(says), "{says}: {page}");
    }
    // So is one of two who send it at the same instant; and the number of another city is its own (R10.2).
    let two = UNIT.replace("4401U1", "4401U2");
    let (a, b) = (format!("key=x&{two}&people=5"), format!("key=y&{two}&people=5"));
    let (a, b) = tokio::join!(send(&a), send(&b));
    let told = if a.contains("已受理登记") { &b } else { &a };
    assert!(a.contains("已受理登记") != b.contains("已受理登记"), "{a}{b}");
    for says in ["申请表编号4401U2已登记为受理编号", "id=\"why-form_no\"", "value=\"4401U2\""] {
        assert!(told.contains(says), "{says}: {told}");
    }
    let elsewhere = UNIT.replace("4401U1", "4403U1").replace("&proof=1", "");
    let page = send(&format!("key=z&{elsewhere}&people=5")).await;
    let why = "申请表编号4403U1是深圳市的编号，本批量申请在广州市受理，编号应以4401开头";
    for says in [why, "缺：营业执照", "第9条", "id=\"why-form_no\"", "value=\"4403U1\""] {
        assert!(page.contains(says), "{says}: {page}");
    }
    // Those to choose from at the upload are told apart.
    let (_, page, _) = clerk.send("GET", "/upload", "", "http://console").await;
    let choice = format!("（受理编号{unit}，2026-11-23受理，5人，已上传0人）");
    assert!(page.contains(&choice), "{page}");
    w.verified().await;
}

#[tokio::test]
async fn art_10_2_a_wrong_number_of_people_is_put_right_at_the_page() {
    clause!(R10.2);
    let w = World::new(BOTH[0]).await;
    let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
    assert!(clerk.post("/units", &format!("key=one&{UNIT}&people=5")).await.contains("已受理登记"));
    let (_, page, _) = clerk.send("GET", "/units", "", "http://console").await;
    let unit = page.split("action=\"/units/").nth(1).and_then(|p| p.split('/').next()).unwrap().to_owned();
    // 办结 has a button of its own in the same form: what is missing is marked there as well, by its own article.
    let page = clerk.post(&format!("/units/{unit}/close"), "reason=&right_people=").await;
    assert!(
        page.contains("id=\"why-reason\"") && page.contains("第9条") && !page.contains("第8条"),
        "{page}"
    );
    let path = format!("/units/{unit}/people");
    let page = clerk.post(&path, "right_people=-6&reason=").await;
    assert!(page.contains("不是人数") && page.contains("须写明更正总人数的原因"), "{page}");
    let page = clerk.post(&path, "right_people=６&reason=登记笔误").await;
    assert!(
        page.contains("总人数已更正") && page.contains("data-head=\"人数\" class=\"right number\">6</td>"),
        "{page}"
    );
    w.verified().await;
}

#[tokio::test]
async fn art_10_2_a_number_stated_too_low_is_put_right_after_everybody_of_it_came() {
    clause!(R10.2);
    clause!(R9.2);
    let w = World::new(BOTH[0]).await;
    let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
    let get = async |path: &str| clerk.send("GET", path, "", "http://console").await;
    let unit = registered(&clerk, "5").await;
    let (name, file) = file_of(&w, "44010600000101", "44010600000101");
    let send = async |unit: &str| {
        let (_, page, to) = clerk.upload(Body::from(form_of_unit(&name, &file, "all", unit))).await;
        clerk.outcome(&to.unwrap_or_else(|| panic!("{page}"))).await
    };
    // Whoever chose none is told that, and not that nobody has registered the unit.
    let page = send("").await;
    assert!(page.contains("没有选择受理编号") && !page.contains("尚未登记单位资料"), "{page}");
    let page = send(&unit).await;
    assert!(page.contains("接收5行"), "{page}");
    let row = format!("/units?number={unit}");
    assert!(page.contains(&format!("href=\"{row}\"")), "the result leads to the unit: {page}");
    // Nothing is awaited; the number can still be put right, from the list, by its number and from its forms.
    for path in ["/units", &row] {
        let (_, page, _) = get(path).await;
        for says in [">已全部上传</td>", "更正总人数", &format!("action=\"/units/{unit}/people")] {
            assert!(page.contains(says), "{path}: {says}: {page}");
        }
        assert!(!page.contains(&format!("/units/{unit}/close")), "{path}: there is nothing to close: {page}");
    }
    assert!(get(&format!("/units/{unit}")).await.1.contains(&row));
    assert!(!get("/").await.1.contains("待上传或待补材料的批量申请"), "nothing waits");
    let (_, page, _) = get("/upload").await;
    assert!(page.contains(&format!("<option value=\"{unit}\">")) && page.contains("先更正总人数"), "{page}");
    let page = clerk.post(&format!("/units/{unit}/people"), "right_people=6&reason=登记笔误").await;
    assert!(page.contains("总人数已更正") && page.contains(&format!("/units/{unit}/close")), "{page}");
    // It waits again, in both places.
    let (_, page, _) = get("/units").await;
    assert!(page.contains(&format!("/units/{unit}/close")) && !page.contains(">已全部上传</td>"), "{page}");
    assert!(get("/upload").await.1.contains("6人，已上传5人"));
    // Closed, it is found by its number, and nothing can be done about it.
    assert!(clerk.post(&format!("/units/{unit}/close"), "reason=一人不再申请").await.contains("已办结"));
    let (_, page, _) = get(&row).await;
    assert!(page.contains(">已办结</td>") && !page.contains(&format!("/units/{unit}/people")), "{page}");
    assert!(!get("/upload").await.1.contains(&format!("<option value=\"{unit}\"")));
    let page = send(&unit).await;
    assert!(page.contains("该批量申请已办结，不再接收人员数据"), "a form that was open before: {page}");
    // Another office's is not shown, and a number that nobody has is said so.
    let bank = signed_in(&w, Role::BankClerk, "44010395588001").await;
    let (status, page, _) = bank.send("GET", &row, "", "http://console").await;
    assert!(status == StatusCode::FORBIDDEN && !page.contains("91440101"), "{page}");
    // The number that stands on its papers finds it as well, for whoever sees that office's (R9.1).
    let by_form = "/units?number=4401U5".to_owned();
    let (_, page, _) = get(&by_form).await;
    assert!(page.contains(&format!("class=\"number\">{unit}</td>")) && page.contains("已办结"), "{page}");
    let (status, page, _) = bank.send("GET", &by_form, "", "http://console").await;
    assert!(status != StatusCode::OK && !page.contains("91440101"), "{page}");
    // A number that was given back is nobody's: that is said, and not that it was mistyped (R10.2).
    let unused = registered(&clerk, "4").await;
    assert!(get("/units?number=4401u4").await.1.contains(&format!("class=\"number\">{unused}</td>")));
    assert!(clerk.post(&format!("/units/{unused}/close"), "reason=单位撤回").await.contains("已办结"));
    let (status, page, _) = get("/units?number=4401U4").await;
    assert!(status != StatusCode::OK && page.contains("编号可以重新使用"), "{page}");
    assert!(page.contains("受理编号查找") && page.contains("第9条"), "{page}");
    let (_, page, _) = get(&format!("/units?number={unused}")).await;
    assert!(page.contains(">已办结</td>"), "{page}");
    // From the papers of one that is closed no form is promised that there is not.
    let (_, page, _) = get(&format!("/units/{unit}")).await;
    assert!(page.contains("返回受理登记") && !page.contains("更正总人数"), "{page}");
    let (_, page, _) = get("/units?number=7").await;
    assert!(page.contains("受理编号或申请表编号7") && page.contains("第9条"), "{page}");
    let (status, page, _) = get("/units?number=x").await;
    assert!(status != StatusCode::OK && page.contains("第9条") && !page.contains("第8条"), "{page}");
    w.verified().await;
}

#[tokio::test]
async fn art_9_2_the_units_that_wait_are_narrowed_and_go_on_in_parts_and_nobody_elses_are_among_them() {
    clause!(R9.2);
    for on in BOTH {
        let w = World::new(on).await;
        let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
        let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
        let bank = signed_in(&w, Role::BankClerk, "44010395588001").await;
        let mut mine = Vec::new();
        for people in 1..=102 {
            mine.push(registered(&clerk, &people.to_string()).await);
        }
        let form = UNIT.replace("4401U1", "4401UB");
        let page = bank.post("/units", &format!("key=b&{form}&people=5")).await;
        let theirs = page.split("受理编号").nth(1).and_then(|t| t.split('；').next()).unwrap().to_owned();
        let get = async |door: &super::Door, path: &str| door.send("GET", path, "", "http://console").await.1;
        // Of one whose papers are outstanding the database does not say where it lies: whoever looks does.
        let (name, file) = file_of(&w, "44010600000101", "44010600000101");
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(&name);
        std::fs::write(&path, file).unwrap();
        let (wish, level) = (Acceptance::AllOrNone, Level::Decode);
        let take = w.service.take_in(&Actor::System, &path, &name, None, wish, level, Arc::new(|_| {}));
        let outstanding = take.await.unwrap().unit.unwrap().0;
        let row = |id: &str| format!("class=\"number\">{id}</td>");
        let own = get(&bank, "/units").await;
        assert!(own.contains(&row(&theirs)) && own.contains("共1项"), "{on:?}: {own}");
        // A part is full, and the next goes on after its last: nobody is left out or shown twice.
        let mut seen = 0;
        let mut to = Some("/units?units.sort=id&units.as=csv".to_owned());
        while let Some(path) = to {
            let csv = get(&clerk, &path).await;
            seen +=
                csv.lines().skip(1).filter(|line| line.contains("4401U") || line.contains("SBK2_")).count();
            let page = get(&clerk, &path.replace("&units.as=csv", "")).await;
            let more = page.split("\">后面还有，继续列出").next().unwrap().rsplit_once("href=\"");
            let more =
                more.filter(|_| page.contains("后面还有，继续列出")).map(|(_, to)| to.replace("&#38;", "&"));
            to = more.map(|to| format!("{to}&units.as=csv"));
        }
        assert_eq!(seen, mine.len() + 1, "{on:?}");
        // A city sees them all, and those of an outlet, and how far they are.
        let page = get(&city, &format!("/units?units.outlet={}", w.bank_outlet())).await;
        assert!(page.contains(&row(&theirs)) && page.contains("共1项"), "{on:?}: {page}");
        let page = get(&city, "/units?units.state=outstanding").await;
        assert!(page.contains(&row(&outstanding.to_string())) && page.contains("共1项"), "{on:?}: {page}");
        assert!(
            page.contains(&format!("href=\"/units/{outstanding}/papers?units.state=outstanding\"")),
            "{page}"
        );
        let page = get(&city, "/units?units.state=done").await;
        assert!(page.contains("没有符合所选条件的"), "{on:?}: {page}");
        // What is looked for by its number is not hidden by what was chosen, and the way back has it still.
        let page = get(&clerk, &format!("/units?number={}&units.state=outstanding", mine[0])).await;
        assert!(page.contains(&row(&mine[0])), "{on:?}: {page}");
        assert!(page.contains("href=\"/units?units.state=outstanding\">返回清单"), "{on:?}: {page}");
    }
}
