//! Forms in work: put aside, or come after the end of their session.

use super::once::{address, loss_of, presses};
use super::sign_in::{MINUTE, later};
use super::{Door, lines, signed_in};
use axum::http::StatusCode;
use kaguan_domain::clause;
use kaguan_domain::facts::institution::Role;
use kaguan_store::engine::Sql;
use kaguan_testkit::{BOTH, On, World};

const HOST: &str = "http://console";
const OUTLET: &str = "44010600000101";
const BANK: &str = "44010395588001";

#[tokio::test]
async fn what_came_too_late_waits_for_its_officer_and_for_nobody_else() {
    for on in BOTH {
        let w = World::new(on).await;
        let clerk = signed_in(&w, Role::BankClerk, BANK).await;
        let (to, form) = loss_of(&w, &clerk, 1).await;
        later(&w, 31 * MINUTE);
        let (status, sign_in) = presses(&clerk, &to, &form).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let kept = sign_in.strip_prefix("/sign-in?next=").unwrap_or_else(|| panic!("{sign_in}")).to_owned();
        assert!(kept.starts_with("/drafts/") && lines(&w, "loss.report_temporary").await.is_empty());
        let other = signed_in(&w, Role::BankClerk, BANK).await;
        assert_eq!(other.send("GET", &kept, "", HOST).await.0, StatusCode::NOT_FOUND);
        let login = w
            .service
            .institutions()
            .officers()
            .find(|o| o.login.starts_with("bankclerk"))
            .unwrap()
            .login
            .clone();
        let mut again = Door { router: clerk.router.clone(), cookie: String::new() };
        let sign = format!("login={login}&password=right&next={kept}");
        let (_, _, cookie) = again.send("POST", "/sign-in", &sign, HOST).await;
        again.cookie = cookie.unwrap().split(';').next().unwrap().to_owned();
        let (status, page, _) = again.send("GET", &kept, "", HOST).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("继续提交") && page.contains("name=\"kind\" value=\"temporary\""), "{page}");
        // Nobody confirms what he does not see: whom it is about, and what.
        assert!(page.contains(">持卡人</th>") && page.contains("临时挂失"), "{page}");
        // What was typed can be read and changed; what was stated with a tick is stated anew.
        assert!(page.contains("type=\"checkbox\" name=\"verified\" value=\"1\"> 已核实"), "{page}");
        assert!(!page.contains("type=\"hidden\" name=\"verified\"") && page.contains("附件"), "{page}");
        // It goes on where it was, and the draft goes with it.
        let id = kept.rsplit('/').next().unwrap();
        let to = format!("{}&draft={id}", address(&page, "/loss/report"));
        let (_, result) = presses(&again, &to, &form).await;
        assert_eq!(again.send("GET", &result, "", HOST).await.0, StatusCode::OK);
        assert_eq!(lines(&w, "loss.report_temporary").await.len(), 1);
        assert_eq!(again.send("GET", &kept, "", HOST).await.0, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn an_application_that_is_put_aside_is_found_on_the_first_page_and_sealed_in_the_database() {
    static ALL: Sql = Sql::new("ALL", "SELECT draft_id, body FROM draft");
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::HrClerk, OUTLET).await;
    let (_, empty, _) = clerk.send("GET", "/apply?blank=1", "", HOST).await;
    let to =
        empty.split("formaction=\"").nth(1).and_then(|t| t.split('"').next()).unwrap().replace("&amp;", "&");
    let (_, first) = presses(&clerk, &to, "name=CANARYNAME&document_number=440106199001010013").await;
    assert_eq!(first, "/#drafts");
    let (_, home, _) = clerk.send("GET", "/", "", HOST).await;
    let draft = home.split("href=\"/drafts/").nth(1).and_then(|t| t.split('"').next()).unwrap().to_owned();
    assert!(!home.contains("CANARY"), "a list of drafts names nobody");
    assert!(home.contains("个人申请-新增申请　C*********</a>") && home.contains("草稿不含附件"), "{home}");
    let (status, leads, to) = clerk.send("GET", &format!("/drafts/{draft}"), "", HOST).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{leads}");
    let (_, page, _) = clerk.send("GET", &to.unwrap(), "", HOST).await;
    assert!(page.contains("CANARYNAME") && page.contains("440106199001010013"), "{page}");
    let rows = w.service.store().engine().ask(&ALL, Vec::new()).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert!(!format!("{rows:?}").contains("CANARY"));
}

#[tokio::test]
async fn drafts_of_one_screen_are_told_apart_and_say_what_they_have_not_kept_and_are_given_up_where_they_are()
{
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::HrClerk, OUTLET).await;
    let get = async |path: &str| clerk.send("GET", path, "", HOST).await.1;
    let typed = [
        (1, "name=张三丰&photo_from=file"),
        (2, "name=李四"),
        (3, "name=&document_number=440106199001010013"),
        (4, "name="),
    ];
    for (id, form) in typed {
        let (_, page, to) = clerk.send("POST", &format!("/drafts?form=/apply&draft={id}"), form, HOST).await;
        assert_eq!(to.as_deref(), Some("/#drafts"), "{page}");
    }
    let home = get("/").await;
    for (id, says) in [(1, "　张**"), (2, "　李*"), (3, "　440***********0013"), (4, "")] {
        let line = format!("<a href=\"/drafts/{id}\">个人申请-新增申请{says}</a>");
        assert!(home.contains(&line), "{line}: {home}");
    }
    assert!(!home.contains("张三丰") && home.contains("草稿不含附件（照片、影像）"), "{home}");
    // The page that goes on with one says the same, and gives it up; an empty form has nothing to give up.
    let page = get("/apply?draft=1").await;
    assert!(page.contains("附件（照片、影像）没有保留，须重新选择。"), "{page}");
    assert!(page.contains("action=\"/drafts/1/drop") && page.contains("value=\"张三丰\""), "{page}");
    assert!(!get("/apply?blank=1").await.contains("/drop"));
    assert!(!get("/apply?draft=99").await.contains("/drop"), "there is none");
    let (_, _, to) = clerk.send("POST", &address(&page, "/drafts/1/drop"), "", HOST).await;
    assert_eq!(to.as_deref(), Some("/#drafts"));
    let home = get("/").await;
    assert!(!home.contains("/drafts/1\"") && home.contains("/drafts/2\""), "{home}");
    assert!(get("/apply?draft=1").await.contains("没有这份草稿"));
    // A photo that was taken in with an earlier attempt is not asked for again.
    clerk.send("POST", "/drafts?form=/apply&draft=5", "name=王五&photo=ab", HOST).await;
    assert!(get("/apply?draft=5").await.contains("此前已通过检测的相片仍可使用"));
}

/// A form that its officer puts aside, as it is shown again.
async fn kept(door: &Door, draft: u32, form: &str, typed: &str) -> String {
    let (_, page, to) = door.send("POST", &format!("/drafts?form={form}&draft={draft}"), typed, HOST).await;
    assert_eq!(to.as_deref(), Some("/#drafts"), "{form}: {page}");
    door.send("GET", &format!("/drafts/{draft}"), "", HOST).await.1
}

#[tokio::test]
async fn a_kept_form_says_in_words_whom_and_what_it_is_about_and_all_that_was_typed_can_be_changed() {
    let w = World::new(On::Memory).await;
    let (holder, card) = w.with_card(1).await;
    let (holder, card, outlet) = (holder.0, card.0, w.outlet().0);
    let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
    let clerk = signed_in(&w, Role::HrClerk, OUTLET).await;
    let row = |label: &str, text: &str| format!("<th scope=\"row\">{label}</th><td>{text}");
    let page =
        kept(&city, 1, "/boxes/ship", &format!("to={outlet}&responsible=张三&manner=专车&tracking=")).await;
    assert!(page.contains(&row("寄往", "天河区人社局社保卡窗口</td>")), "{page}");
    assert!(!page.contains("<th scope=\"row\">至</th>") && !page.contains("省中心寄出"), "{page}");
    assert!(page.contains("发放方式") && page.contains("name=\"manner\" value=\"专车\""), "{page}");
    let page = kept(&city, 2, "/blanks/orders/check", "found=wrong&findings=重复").await;
    assert!(page.contains(&row("回盘检查", "未通过</td>")) && page.contains("value=\"重复\""), "{page}");
    let settle = format!("holder={holder}&card={card}&seq=1&how=已核对&wish=settle");
    let page = kept(&city, 3, "/links/resolve", &settle).await;
    assert!(page.contains(&row("办理", "办结</td>")) && page.contains(">核对结果<input"), "{page}");
    assert!(page.contains(&row("持卡人", "")) && page.contains(&row("社保卡", "")), "{page}");
    assert!(!page.contains("不能显示"), "{page}");
    let page = kept(&city, 4, "/entrust", &format!("org={outlet}&task=confirm_batches&granted=true")).await;
    assert!(
        page.contains(&row("授权事项", "批次确认</td>")) && page.contains(&row("意见", "同意</td>")),
        "{page}"
    );
    let of_card = format!("card_{card}={holder}-{card}");
    let signed = format!("by=deputy&{of_card}&deputy_name=王五&relation=guardian&date=2026-11-23&seen=1");
    let page = kept(&clerk, 5, "/registers/sign", &signed).await;
    for says in [
        row("签收人", "由他人代领、代签</td>"),
        row("勾选的卡", ""),
        "代领人<input name=\"deputy_name\" value=\"王五\"".to_owned(),
        "<option value=\"guardian\" selected>监护人".to_owned(),
        "name=\"date\" value=\"2026-11-23\" type=\"date\"".to_owned(),
        "name=\"seen\" value=\"1\"> 已核对签收名册上的签名".to_owned(),
    ] {
        assert!(page.contains(&says), "{says}: {page}");
    }
    let missing = format!("{of_card}&short_{card}=1&date=2026-11-23&place=窗口&account=不在&list=A1%0AA2");
    let page = kept(&clerk, 6, "/boxes/missing", &missing).await;
    assert!(page.contains("登记的短少") && page.contains(">A1\nA2</textarea>"), "{page}");
    let page = kept(&city, 7, "/units/17/people", "right_people=6&reason=笔误").await;
    assert!(page.contains(&row("受理编号", "17</td>")) && page.contains("正确的人数"), "{page}");
}

#[tokio::test]
async fn art_6_1_a_draft_of_a_screen_that_is_not_its_officers_any_more_says_so_and_is_given_up_there() {
    clause!(R6.1);
    let w = World::new(On::Memory).await;
    // As somebody has them who was moved from a counter to the city's centre.
    let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
    for (id, form, typed) in
        [(1, "/pin/carry-out", "change=changed&deputy_name=张三丰"), (2, "/apply", "name=张三丰")]
    {
        city.send("POST", &format!("/drafts?form={form}&draft={id}"), typed, HOST).await;
        let (status, page, _) = city.send("GET", &format!("/drafts/{id}"), "", HOST).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{page}");
        assert!(
            page.contains("本岗位无权办理此项业务") && page.contains("现在的机构、岗位不能办理"),
            "{page}"
        );
        assert!(!page.contains("继续提交") && !page.contains("张三丰"), "{page}");
        let (_, home, _) = city.send("GET", "/", "", HOST).await;
        assert_eq!(home.matches("现岗位不能办理").count(), 1, "{home}");
        let drop = address(&page, &format!("/drafts/{id}/drop"));
        let (_, _, to) = city.send("POST", &drop, "", HOST).await;
        assert_eq!(to.as_deref(), Some("/#drafts"));
        assert_eq!(city.send("GET", &format!("/drafts/{id}"), "", HOST).await.0, StatusCode::NOT_FOUND);
    }
    // What stands below one screen and is sent from another one too is its officer's all the same.
    let province = signed_in(&w, Role::ProvinceOfficer, "44000000000001").await;
    let page = kept(&province, 3, "/blanks/orders/check", "found=wrong&findings=重复").await;
    assert!(page.contains("继续提交") && page.contains("value=\"重复\""), "{page}");
    let (_, home, _) = province.send("GET", "/", "", HOST).await;
    assert!(home.contains("/drafts/3\"") && !home.contains("现岗位不能办理"), "{home}");
}

#[tokio::test]
async fn a_page_puts_a_form_aside_before_its_session_ends_and_what_is_sent_then_takes_the_draft_away() {
    clause!(R39.1);
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::BankClerk, BANK).await;
    let (to, form) = loss_of(&w, &clerk, 1).await;
    // As the script of the page does, which says no identity of its own the first time.
    let (_, page, _) = clerk.send("GET", "/loss", "", HOST).await;
    assert!(page.contains("data-idle=\"1860\"") && page.contains("data-left=\"4"), "{page}");
    let keep = page.split("data-keep=\"").nth(1).and_then(|t| t.split('"').next()).unwrap();
    assert!(keep.starts_with("/drafts?once="), "{keep}");
    let first = format!("{keep}&form=%2Floss%2Freport&quiet=1");
    let (status, id, _) = clerk.send("POST", &first, &format!("{form}&deputy_name=李四"), HOST).await;
    assert!(status == StatusCode::OK && id.parse::<i64>().is_ok(), "{status} {id}");
    let (status, _) =
        presses(&clerk, &format!("{first}&draft={id}"), &format!("{form}&deputy_name=李四五")).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "the same one, with what was typed since");
    let (_, home, _) = clerk.send("GET", "/", "", HOST).await;
    assert_eq!(home.matches("href=\"/drafts/").count(), 1, "{home}");
    let (_, kept, _) = clerk.send("GET", &format!("/drafts/{id}"), "", HOST).await;
    assert!(kept.contains("value=\"李四五\""), "{kept}");
    presses(&clerk, &format!("{to}&draft={id}"), &form).await;
    assert_eq!(lines(&w, "loss.report_temporary").await.len(), 1);
    assert_eq!(clerk.send("GET", &format!("/drafts/{id}"), "", HOST).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn art_39_1_a_draft_that_is_opened_again_brings_one_back_to_the_list_as_it_was_narrowed() {
    clause!(R39.1);
    let w = World::new(On::Memory).await;
    w.applicant(1, w.outlet()).await;
    let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
    let batch = w.confirmed_batch().await;
    let asks = "batches.state=confirmed";
    let form = format!("batch={batch}&reason=x");
    // What else the address says is nobody's business, and no number of anybody goes with it.
    let to =
        format!("/drafts?form=/batches/take-back&draft=4&{asks}&batches.bank=440106199001010013&number=1");
    let (_, page, to) = city.send("POST", &to, &form, HOST).await;
    assert_eq!(to.as_deref(), Some("/#drafts"), "{page}");
    // The first page leads to it by its number, and it has its list again.
    let (_, home, _) = city.send("GET", "/", "", HOST).await;
    assert!(home.contains("href=\"/drafts/4\""), "{home}");
    let (status, _, to) = city.send("GET", "/drafts/4", "", HOST).await;
    assert_eq!((status, to.as_deref()), (StatusCode::SEE_OTHER, Some(format!("/drafts/4?{asks}").as_str())));
    let (_, page, _) = city.send("GET", &to.unwrap(), "", HOST).await;
    assert!(page.contains(&format!("href=\"/batches?{asks}\"")), "to begin anew: {page}");
    let token = page.split("action=\"/batches/take-back?once=").nth(1).unwrap().split('"').next().unwrap();
    let token = token.replace("&#38;", "&").replace("&amp;", "&");
    assert!(token.contains(asks) && token.ends_with("&draft=4"), "{token}");
    // Its answer leads back to that list.
    let page = city.post(&format!("/batches/take-back?once={token}"), &format!("{form}&sure=1")).await;
    assert!(page.contains(&format!("href=\"/batches?{asks}\">返回批次列表")), "{page}");
    // One that was put aside where nothing was asked is as it was.
    let page = kept(&city, 5, "/batches/take-back", &form).await;
    assert!(page.contains("href=\"/batches\"") && !page.contains("batches."), "{page}");
}

#[tokio::test]
async fn art_39_1_a_form_is_put_aside_wherever_its_address_lies() {
    clause!(R39.1);
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::HrClerk, OUTLET).await;
    // Some forms of a page lie below no screen's address.
    let page = kept(&clerk, 6, "/blanks/take-in", "order=1&box=2&counted=3&kept_at=库房&signer=李四").await;
    assert!(page.contains("出入库") && page.contains("value=\"库房\"") && page.contains("李四"), "{page}");
    assert!(page.contains("href=\"/blanks/stock\""), "to begin anew: {page}");
    let page = kept(&clerk, 7, "/applications/verify", "holder=1&application=2").await;
    assert!(page.contains("href=\"/waiting\""), "to begin anew: {page}");
    let (status, _, _) = clerk.send("POST", "/drafts?form=/nowhere&draft=8", "a=b", HOST).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn art_39_1_drafts_of_one_business_say_what_each_is_about_and_how_it_came_to_be_kept() {
    clause!(R39.1);
    let w = World::new(On::Memory).await;
    w.applicant(1, w.outlet()).await;
    let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
    let batch = w.confirmed_batch().await;
    let number = w.service.batch(batch).await.unwrap().unwrap().batch.unwrap().number;
    let page = kept(&city, 1, "/batches/take-back", &format!("batch={batch}&reason=x")).await;
    assert!(page.contains("由您存为草稿，业务没有办理。"), "{page}");
    kept(&city, 2, "/blanks/orders", "bank=95588&vendor=1&quantity=100&note=").await;
    kept(&city, 3, "/blanks/orders", "bank=95588&vendor=1&quantity=200&note=").await;
    kept(&city, 4, "/blanks/take-in", "order=1&box=A-7&counted=3").await;
    let quiet = "/drafts?form=/batches/take-back&draft=5&quiet=1";
    let (status, _, _) = city.send("POST", quiet, "reason=y", HOST).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (_, page, _) = city.send("GET", "/drafts/5", "", HOST).await;
    assert!(page.contains("页面自动存为草稿，当时没有提交，业务没有办理。"), "{page}");
    assert!(!page.contains("提交时登录") && !page.contains(".how"), "nobody pressed anything: {page}");
    let (_, home, _) = city.send("GET", "/", "", HOST).await;
    for says in [
        format!("　撤销批次确认　批次号{number}</a>"),
        "，100张</a>".into(),
        "，200张</a>".into(),
        "　清点入库　装箱位置A-7</a>".into(),
    ] {
        assert_eq!(home.matches(&says).count(), 1, "{says}: {home}");
    }
}
