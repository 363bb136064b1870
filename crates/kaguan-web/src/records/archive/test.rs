//! 综合查询-档案 in the browser: filed at the counter, opened with a reason, destroyed when due.

use super::{Door, lines, signed_in};
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode, header};
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::ids::HolderId;
use kaguan_testkit::{On, World};

const HR: &str = "44010600000101";
const BANK: &str = "44010395588001";
const CITY: &str = "44010000000001";

async fn get(door: &Door, path: &str) -> (StatusCode, String) {
    let (status, body, _) = door.send("GET", path, "", "http://console").await;
    (status, body)
}

/// A form with files of any bytes: what it is answered.
async fn answered(door: &Door, path: &str, fields: &str, files: &[(&str, Vec<u8>)]) -> Response<Body> {
    let mut body = Vec::new();
    for (name, text) in fields.split('&').filter_map(|f| f.split_once('=')) {
        body.extend(
            format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n").bytes(),
        );
    }
    for (name, bytes) in files {
        let head =
            format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a.jpg\"\r\n\r\n");
        body.extend([head.as_bytes(), bytes, b"\r\n"].concat());
    }
    body.extend(b"--x--\r\n");
    let request = Request::builder()
        .method("POST")
        .uri(path)
        .header(header::HOST, "console")
        .header(header::ORIGIN, "http://console")
        .header(header::COOKIE, &door.cookie)
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
        .body(Body::from(body))
        .unwrap();
    crate::press::press(&door.router, request).await
}

/// The page that follows.
pub(super) async fn send(door: &Door, path: &str, fields: &str, files: &[(&str, Vec<u8>)]) -> String {
    let answer = answered(door, path, fields, files).await;
    assert!(crate::press::is_page(answer.status()), "{path}: {}", answer.status());
    String::from_utf8(to_bytes(answer.into_body(), 1 << 22).await.unwrap().to_vec()).unwrap()
}

/// How it is answered, where it leads elsewhere.
pub(super) async fn send_any(door: &Door, path: &str, fields: &str, files: &[(&str, Vec<u8>)]) -> StatusCode {
    answered(door, path, fields, files).await.status()
}

/// Scans, each a JPEG's first bytes and a text.
async fn scan(door: &Door, id: HolderId, fields: &str, pages: &[&str]) -> String {
    let page = |text: &&str| ("pages", [b"\xFF\xD8\xFF", text.as_bytes()].concat());
    let pages: Vec<_> = pages.iter().map(page).collect();
    send(door, "/archive/file", &format!("holder={id}&{fields}"), &pages).await
}

#[tokio::test]
async fn art_40_1_zhangs_papers_are_scanned_at_the_counter_opened_with_a_reason_and_destroyed_when_due() {
    clause!(R40.1);
    clause!(R39.1);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let number = w.draft(1).document_number;
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let page = clerk.post("/archive", &format!("number={number}")).await;
    assert!(page.contains("没有归档的材料") && page.contains("补充归档"), "{page}");
    assert!(page.contains("第40条") && !page.contains(&number), "by which rule, and masked: {page}");
    let key = page.split("/people/").nth(1).unwrap().split('"').next().unwrap().to_owned();

    // Everything that is missing at once, and nothing is kept.
    let text = [("pages", b"text".to_vec())];
    let bare = send(&clerk, "/archive/file", &format!("holder={id}&kind=&case="), &text).await;
    assert!(bare.contains("请选择材料所属的业务；请选择材料种类；第1页不是"), "{bare}");
    let none = scan(&clerk, id, &format!("kind=3&case=c{card}"), &[]).await;
    assert!(none.contains("须有电子材料，或登记纸质材料所在专柜专夹"), "{none}");
    let done = scan(&clerk, id, &format!("kind=3&case=c{card}&cabinet=3柜2夹"), &["一", "二"]).await;
    assert!(done.contains("关系证明已归档，共2页") && done.contains("关系证明（第2页）"), "{done}");
    assert!(done.contains("业务未终结，继续保存") && done.contains("电子，纸质在3柜2夹"), "{done}");
    let archive = w.file(id).await.0.person.unwrap().archive;
    assert_eq!(archive.len(), 2);

    // A look, with its line; the picture is this session's, and only after the look.
    let opening = |material, reason| format!("holder={id}&material={material}&reason={reason}");
    let looks = async || lines(&w, "holder.look").await.into_iter().filter(|l| l.is_done()).count();
    let before = looks().await;
    let unsaid = clerk.post("/archive/open", &opening(archive[0].id, "")).await;
    assert!(unsaid.contains("须填写事由") && !unsaid.contains("/archive/pages/"), "{unsaid}");
    let opened = clerk.post("/archive/open", &opening(archive[0].id, "核对监护关系")).await;
    assert!(opened.contains("事由：核对监护关系"), "{opened}");
    assert_eq!(looks().await - before, 3, "the look itself, and the two pages around it");
    let address = opened.split("src=\"/archive/pages/").nth(1).unwrap().split('"').next().unwrap();
    let address = format!("/archive/pages/{address}");
    let (status, picture) = get(&clerk, &address).await;
    assert!(status == StatusCode::OK && picture.ends_with('一'), "{status} {picture}");
    let colleague = signed_in(&w, Role::HrClerk, HR).await;
    assert_eq!(get(&colleague, &address).await.0, StatusCode::NOT_FOUND, "another session's");
    assert_eq!(get(&clerk, &format!("/archive/{key}")).await.0, StatusCode::OK);
    assert_eq!(get(&colleague, &format!("/archive/{key}")).await.0, StatusCode::NOT_FOUND);
    let bank = signed_in(&w, Role::BankClerk, BANK).await;
    let elsewhere = bank.post("/archive/open", &opening(archive[0].id, "看看")).await;
    assert!(elsewhere.contains("不在本机构管辖范围内"), "{elsewhere}");
    assert!(!elsewhere.contains("/archive/pages/"));
    let listed = bank.post("/archive", &format!("number={number}")).await;
    assert!(listed.contains("关系证明（第1页）") && !listed.contains("/archive/open"), "{listed}");

    // The case ends; five years later the city destroys it.
    let cancel = w.moved_out(id, card).await;
    w.about(&w.officer(w.outlet()).await, id, C::Cancel(cancel)).await.unwrap();
    w.days_pass(5 * 365 + 3);
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let (status, why) = get(&clerk, "/archive/due").await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{why}");
    let city = signed_in(&w, Role::CityOfficer, CITY).await;
    let (_, due) = get(&city, "/archive/due").await;
    let ticked = format!("m-{}={id}&m-{}={id}", archive[0].id, archive[1].id);
    assert!(due.contains(&format!("m-{}", archive[0].id)) && due.contains("关系证明（共2页）"), "{due}");
    assert!(!due.contains(&format!("m-{}", archive[1].id)), "the document stands there once: {due}");
    let details = w.file(id).await.0.person.unwrap().details;
    assert!(!due.contains(details.name.display()) && !due.contains(&number), "names nobody: {due}");
    let unsure = city.post("/archive/destroy", &ticked).await;
    assert!(
        unsure.contains("请勾选确认后再提交") && unsure.contains("纸质材料须一并销毁"),
        "at once: {unsure}"
    );
    let paper = city.post("/archive/destroy", &format!("{ticked}&sure=1")).await;
    assert!(
        paper.contains("没有销毁任何材料。关系证明（共2页）（") && !paper.contains("关系证明（第2页）（"),
        "{paper}"
    );
    assert!(
        paper.contains("纸质材料须一并销毁") && paper.contains("第40条") && !paper.contains("第8条"),
        "{paper}"
    );
    assert!(w.service.store().material(archive[0].id).await.unwrap().is_some());
    // What can be destroyed is not while something beside it cannot.
    let unknown = city.post("/archive/destroy", &format!("{ticked}&m-77={id}&sure=1&paper=1")).await;
    assert!(unknown.contains("没有销毁任何材料。已不在档案中的材料："), "{unknown}");
    assert!(w.service.store().material(archive[1].id).await.unwrap().is_some());
    let gone = city.post("/archive/destroy", &format!("{ticked}&sure=1&paper=1")).await;
    assert!(gone.contains("已销毁1份材料，各页一并销毁"), "{gone}");
    for m in &archive {
        assert_eq!(w.service.store().material(m.id).await.unwrap(), None);
    }
    let kept = city.post("/archive", &format!("number={number}")).await;
    assert!(kept.contains("已销毁的材料") && kept.contains("关系证明（共2页），社保卡"), "{kept}");
    assert!(!kept.contains("3柜2夹"), "no page says that its paper is there: {kept}");
    assert!(kept.contains("经办人甲，纸质一并销毁"), "{kept}");
    w.verified().await;
}

#[tokio::test]
async fn art_40_1_and_41_what_was_scanned_wrongly_is_moved_withdrawn_or_goes_to_whoever_it_is_of() {
    clause!(R40.1);
    clause!(R39.1);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let (other, _) = w.with_card(2).await;
    let form_no = w.file(other).await.0.applications[0].form_no.clone();
    let own = w.file(id).await.0.applications[0].clone();
    let (zhang, li) = (w.draft(1).document_number, w.draft(2).document_number);
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let file = |kind| format!("kind={kind}&case=c{card}");
    scan(&clerk, id, &file(3), &["一", "二"]).await;
    scan(&clerk, id, &file(1), &["三"]).await;
    let listed = scan(&clerk, id, &file(8), &["四"]).await;
    assert!(listed.contains("更正归档") && listed.contains("form=\"correct\""), "{listed}");
    let [one, two, three, four] = [0, 1, 2, 3];
    let archive = w.file(id).await.0.person.unwrap().archive;
    let tick = |n: usize| format!("m-{}={id}&", archive[n].id);
    let correct =
        async |form: String| send(&clerk, "/archive/correct", &format!("holder={id}&{form}"), &[]).await;

    // Everything that is missing at once, and nothing is changed.
    let bare = correct("how=&reason=".into()).await;
    assert!(bare.contains("勾选要更正的材料；请写明更正事由；请选择更正方式"), "{bare}");
    assert!(bare.contains("没有更正") && bare.contains("第40条"), "{bare}");
    let same = correct(format!("{}how=move&to_case=&to_kind=&reason=x", tick(four))).await;
    assert!(same.contains("改归的业务和种类与现在相同"), "{same}");

    // Of another case and kind of the same person.
    let moved =
        correct(format!("{}how=move&to_case=a{}&to_kind=0&reason=选错业务", tick(four), own.id)).await;
    assert!(moved.contains("1份材料已改归") && moved.contains("事由：选错业务"), "{moved}");
    assert!(moved.contains("已更正：原归社保卡") && moved.contains("经办人"), "by whom: {moved}");

    // What shows nothing is struck out, and still opened with a reason.
    let gone = correct(format!("{}how=withdraw&reason=影像不清", tick(three))).await;
    assert!(gone.contains("<s>身份证件</s>") && gone.contains("已更正：作废"), "{gone}");
    let opening = format!("holder={id}&material={}&reason=核对", archive[three].id);
    assert!(clerk.post("/archive/open", &opening).await.contains("/archive/pages/"));

    // A scan of somebody else: both numbers have to fit, and it leaves this file at once.
    let both = format!("{}{}how=give&reason=误扫他人材料", tick(one), tick(two));
    let unsaid = correct(format!("{both}&number=&form_no=")).await;
    assert!(
        unsaid.contains("请填写材料所属业务的申领表编码")
            && unsaid.contains("请填写材料所属人的社会保障号码"),
        "{unsaid}"
    );
    let mistyped = correct(format!("{both}&number={li}&form_no={}", own.form_no)).await;
    assert!(mistyped.contains("材料所属人没有该申领表编码或社保卡卡号的业务"), "{mistyped}");
    let bank = signed_in(&w, Role::BankClerk, BANK).await;
    let elsewhere =
        send(&bank, "/archive/correct", &format!("holder={id}&{both}&number={li}&form_no={form_no}"), &[])
            .await;
    assert!(elsewhere.contains("不在本机构管辖范围内"), "{elsewhere}");
    assert!(!elsewhere.contains("form=\"correct\""), "nor is it offered");
    assert_eq!(w.file(id).await.0.person.unwrap().archive.len(), 4);
    let given = correct(format!("{both}&number={li}&form_no={form_no}")).await;
    assert!(given.contains("2份材料已移出本档案") && !given.contains("关系证明（第1页）"), "{given}");
    let theirs = clerk.post("/archive", &format!("number={li}")).await;
    assert!(theirs.contains("关系证明（第2页）") && theirs.contains("原误归他人档案"), "{theirs}");
    assert!(!theirs.contains("误扫他人材料"), "the words stay where they were written");
    let opening = format!("holder={id}&material={}&reason=核对", archive[one].id);
    let closed = clerk.post("/archive/open", &opening).await;
    assert!(!closed.contains("/archive/pages/"), "not from the file where it was: {closed}");
    let opening = format!("holder={other}&material={}&reason=核对", archive[one].id);
    assert!(clerk.post("/archive/open", &opening).await.contains("/archive/pages/"));

    // What is of a case of the other's card goes there by the number of the card.
    scan(&clerk, id, &file(6), &["五"]).await;
    let five = w.file(id).await.0.person.unwrap().archive.last().unwrap().id;
    let card_no = w.file(other).await.0.cards[0].card_no.clone();
    let of_card =
        format!("m-{five}={id}&how=give&reason=误扫他人签收记录&number={li}&form_no={}", card_no.as_str());
    let given = correct(of_card).await;
    assert!(given.contains("1份材料已移出本档案，归入所属人的业务"), "{given}");
    let archive_there = w.file(other).await.0.person.unwrap().archive;
    let came = archive_there.iter().find(|m| m.id == five).unwrap();
    assert!(matches!(came.case, kaguan_domain::facts::archive::Case::Card(_)), "{came:?}");

    // What cannot be read is scanned anew in its place.
    let anew = [("pages", b"\xFF\xD8\xFFanew".to_vec())];
    let form = format!("holder={id}&{}how=replace&reason=影像不全", tick(four));
    let replaced = send(&clerk, "/archive/correct", &form, &anew).await;
    assert!(
        replaced.contains("已作废，重新收取的已归档") && replaced.contains("<s>业务申请表</s>"),
        "{replaced}"
    );
    let done = lines(&w, "records.correct").await.into_iter().filter(|l| l.is_done()).count();
    assert_eq!(done, 7, "each with its line, and what went to another file with one there");
    let listed = clerk.post("/people", &format!("number={zhang}")).await;
    assert!(listed.contains("身份证件（已作废）"), "{listed}");
    w.verified().await;
}
