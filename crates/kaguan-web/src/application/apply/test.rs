//! An application begins with the number: what is known is filled in, the rest is asked for.

use super::{Door, lines, signed_in};
use axum::http::StatusCode;
use kaguan_domain::clause;
use kaguan_domain::facts::form::{Field, FormDraft};
use kaguan_domain::facts::institution::Role;
use kaguan_domain::ids::HolderId;
use kaguan_testkit::{BOTH, On, World};

const HOST: &str = "http://console";
const OUTLET: &str = "44010600000101";

async fn begun(door: &Door, number: &str, kind: &str) -> (StatusCode, String) {
    let form = format!("document_number={number}&document_kind={kind}");
    let (status, page, _) = door.send("POST", "/apply/begin", &form, HOST).await;
    (status, page)
}

/// What a form of a page would send, as it stands.
fn filled(page: &str) -> Vec<(String, String)> {
    let form = page.split("action=\"/apply?").nth(1).unwrap_or_else(|| panic!("no form: {page}"));
    let form = form.split("</form>").next().unwrap();
    let attribute = |tag: &str, name: &str| {
        tag.split(&format!(" {name}=\"")).nth(1).and_then(|t| t.split('"').next()).map(str::to_owned)
    };
    let mut out = Vec::new();
    let mut select = String::new();
    for tag in form.split('<').skip(1) {
        if tag.starts_with("select") {
            select = attribute(tag, "name").unwrap();
        } else if tag.starts_with("option") && tag.contains(" selected") {
            out.push((select.clone(), attribute(tag, "value").unwrap()));
        } else if tag.starts_with("input")
            && !tag.contains("type=\"checkbox\"")
            && !tag.contains("type=\"file\"")
        {
            out.push((attribute(tag, "name").unwrap(), attribute(tag, "value").unwrap_or_default()));
        }
    }
    out
}

#[tokio::test]
async fn art_8_3_whoever_the_register_knows_is_asked_for_little_and_gets_the_receipt() {
    clause!(R8.3);
    clause!(R10.1);
    for on in BOTH {
        let w = World::new(on).await;
        let clerk = signed_in(&w, Role::HrClerk, OUTLET).await;
        let number = w.draft(1).document_number;
        let (status, page) = begun(&clerk, &number.to_lowercase(), "1").await;
        assert_eq!(status, StatusCode::OK, "{page}");
        assert!(page.contains("已按公安登记信息填入"), "{page}");
        // Whose cards an outlet gives out is known where the bank is chosen.
        assert!(page.contains("data-of-bank=\"bank\"") && page.contains("data-bank=\"95588\""), "{page}");
        let mut form = filled(&page);
        let of =
            |name: &str| form.iter().find(|(n, _)| n == name).map(|(_, t)| t.clone()).unwrap_or_default();
        for known in [
            "name",
            "sex",
            "birth_date",
            "ethnicity",
            "nationality",
            "document_valid_until",
            "postal_address",
        ] {
            assert!(!of(known).is_empty(), "{known} is filled in: {page}");
        }
        // Only what nobody knows stands open.
        let open = page.split("<div class=\"fields\">").nth(1).unwrap().split("</div>").next().unwrap();
        let asked: Vec<_> = open.split(" name=\"").skip(1).map(|t| t.split('"').next().unwrap()).collect();
        assert_eq!(asked, ["card_kind", "mobile", "bank", "occupation"], "{open}");
        for (name, text) in [
            ("card_kind", "1"),
            ("mobile", "13800000001"),
            ("bank", "95588"),
            ("occupation", "3000000"),
            ("photo_receipt", &kaguan_partner_sim::SimPhotos::receipt_of(&number)),
            ("document_verified", "1"),
            ("consent", "self"),
        ] {
            form.retain(|(n, _)| n != name);
            form.push((name.into(), text.into()));
        }
        let body: Vec<String> = form.iter().map(|(n, t)| format!("{n}={}", t.replace('&', "%26"))).collect();
        let (status, page, to) = clerk.send("POST", "/apply", &body.join("&"), HOST).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        // The system gave the form its number.
        let to = to.unwrap();
        let session = clerk.cookie.split_once('=').unwrap().1;
        let (_, form_no) = w.service.paper_of(session, to.trim_start_matches("/receipts/")).unwrap();
        assert!(form_no.starts_with("4401W") && form_no.len() == 17, "{form_no}");
        let (status, receipt, _) = clerk.send("GET", &to, "", HOST).await;
        assert_eq!(status, StatusCode::OK);
        assert!(receipt.contains(&form_no), "{receipt}");
        // The look-up left its line, and the next time the file is there.
        assert_eq!(lines(&w, "holder.look").await.len(), 1);
        let (_, page) = begun(&clerk, &number, "1").await;
        assert!(page.contains("该号码已有档案") && page.contains("已有在办的申请业务"), "{page}");
        assert!(page.contains("办理环节：") && !page.contains("去办理补换卡"), "{page}");
        assert_eq!(lines(&w, "holder.look").await.len(), 2);
    }
}

#[tokio::test]
async fn a_register_that_is_silent_or_knows_nobody_is_said_and_the_form_asks_for_everything() {
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::HrClerk, OUTLET).await;
    let number = w.draft(1).document_number;
    w.around.registers.set_down(true);
    let (_, page) = begun(&clerk, &number, "1").await;
    assert!(page.contains("公安登记信息暂时查询不到") && page.contains("name=\"name\" value=\"\""), "{page}");
    // What the number says is known all the same.
    assert!(!page.contains("name=\"birth_date\" value=\"\""), "{page}");
    w.around.registers.set_down(false);
    w.around.registers.forget(&number);
    let (_, page) = begun(&clerk, &number, "1").await;
    assert!(page.contains("公安没有该证件的登记信息"), "{page}");
    for (number, kind) in [("123", "1"), ("", "1"), (number.as_str(), "")] {
        let (status, page) = begun(&clerk, number, kind).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
        assert!(page.contains("action=\"/apply/begin?"), "the number is asked for again: {page}");
        let wrong = if kind.is_empty() { "id=\"why-document_kind\"" } else { "id=\"why-document_number\"" };
        assert!(page.contains(wrong), "{wrong}: {page}");
    }
    // Whoever takes in no applications asks no register.
    let audit = signed_in(&w, Role::AuditAdministrator, "44000000000001").await;
    let (status, page) = begun(&audit, &number, "1").await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{page}");
    assert!(!page.contains("广东省虚构市"), "{page}");
}

/// A whole form of somebody, with what else is sent.
fn whole(w: &World, beside: &str) -> String {
    whole_of(w.draft(1), beside)
}

fn whole_of(mut draft: FormDraft, beside: &str) -> String {
    draft.photo_receipt = kaguan_partner_sim::SimPhotos::receipt_of(&draft.document_number);
    let items = Field::TITLE_ROW.iter().chain(Field::PERSONAL);
    let items: String = items.map(|f| format!("&{}={}", f.code(), draft.get(*f))).collect();
    format!("key=counter-1&consent=self&document_verified=1{items}{beside}")
}

#[tokio::test]
async fn art_10_1_of_two_clerks_who_send_one_form_number_at_the_same_instant_one_is_refused() {
    clause!(R10.1);
    for on in BOTH {
        let w = World::new(on).await;
        let clerks = [
            signed_in(&w, Role::HrClerk, OUTLET).await,
            signed_in(&w, Role::BankClerk, "44010395588001").await,
        ];
        let form = |n: u32| {
            let draft = FormDraft { form_no: "44010000777".into(), ..w.draft(n) };
            whole_of(draft, "").replace("key=counter-1", &format!("key=counter-{n}"))
        };
        let forms = [form(1), form(2)];
        let send = async |n: usize| clerks[n].send("POST", "/apply", &forms[n], HOST).await;
        let (one, two) = tokio::join!(send(0), send(1));
        let taken = [&one, &two].into_iter().filter(|(status, ..)| *status == StatusCode::SEE_OTHER).count();
        assert_eq!(taken, 1, "{on:?}: {} {}", one.1, two.1);
        let (late, told) = if one.0 == StatusCode::SEE_OTHER { (1, &two.1) } else { (0, &one.1) };
        for says in
            ["申领表编码已被另一份申请使用", "第10条", "请另编一个未使用的编码", "value=\"44010000777\""]
        {
            assert!(told.contains(says), "{on:?}: {says}: {told}");
        }
        // With another number it is taken in.
        let again = forms[late].replace("44010000777", "44010000778");
        let (status, page, _) = clerks[late].send("POST", "/apply", &again, HOST).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{on:?}: {page}");
        w.verified().await;
    }
}

#[tokio::test]
async fn art_8_2_whatever_is_stated_of_an_agent_makes_one_and_all_that_is_missing_of_him_is_told() {
    clause!(R8.2);
    clause!(R8.5);
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::HrClerk, OUTLET).await;
    for stated in [
        "&agent_phone=13900000002",
        "&agent_ground=sick",
        "&agent_proof=%E6%88%B7%E5%8F%A3%E7%B0%BF",
        "&agent_verified=1",
        "&agent_relation=direct_relative",
    ] {
        let (status, page, _) = clerk.send("POST", "/apply", &whole(&w, stated), HOST).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{stated}: {page}");
        assert!(page.contains("代办人姓名、证件类型、证件号码"), "{stated}: {page}");
        assert!(page.contains("<details class=\"more\" open>"), "{stated}: {page}");
        assert!(page.contains("name=\"agent_acts\" value=\"1\" checked"), "{stated}: {page}");
    }
    assert!(lines(&w, "application.apply").await.iter().all(|l| l.outcome != "done"));
    // An address without 邮递上门 is asked about as well, and stands where it was typed.
    let posted = whole(&w, "&mailing_address=CANARY88");
    let (status, page, _) = clerk.send("POST", "/apply", &posted, HOST).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
    assert!(page.contains("填写了邮寄地址，未选择领取方式") && page.contains("value=\"CANARY88\""), "{page}");
}

#[tokio::test]
async fn art_8_2_where_somebody_acts_the_places_of_the_papers_stand_in_the_archive() {
    clause!(R8.2);
    clause!(R40.1);
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::HrClerk, OUTLET).await;
    let by_li_si = FormDraft {
        guardian_name: "李四".into(),
        guardian_document_kind: "1".into(),
        guardian_document_number: w.draft(90).document_number,
        ..w.draft(1)
    };
    let acts = "&agent_acts=1&agent_phone=13900000000&agent_relation=direct_relative&agent_ground=sick\
                &agent_proof=户口簿，柜1&agent_verified=1";
    let form = whole_of(by_li_si, acts);
    let (status, page, _) = clerk.send("POST", "/apply", &form, HOST).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
    assert!(page.contains("缺申请人有效身份证件正反面复印件或影像"), "{page}");
    let kept = format!("{form}&document_place=1柜1夹");
    let (status, page, _) = clerk.send("POST", "/apply", &kept, HOST).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
    let all = w.service.store().holders_after(HolderId(i64::MIN), 2).await.unwrap();
    let archive = w.file(all[0]).await.0.person.unwrap().archive;
    let places: Vec<_> = archive.iter().filter_map(|m| m.cabinet.as_deref()).collect();
    assert_eq!(places, ["1柜1夹", "户口簿，柜1"]);
    w.verified().await;
}

#[tokio::test]
async fn art_35_1_an_old_number_is_filled_in_as_the_one_that_it_became() {
    clause!(R35.1);
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::HrClerk, OUTLET).await;
    let number = w.draft(1).document_number;
    assert_eq!(&number[6..8], "19", "somebody who had a number of fifteen digits");
    let (status, page) = begun(&clerk, &format!("{}{}", &number[..6], &number[8..17]), "1").await;
    assert_eq!(status, StatusCode::OK, "{page}");
    assert!(page.contains("15位证件号码已换成18位") && page.contains("已按公安登记信息填入"), "{page}");
    assert!(page.contains(&format!("name=\"document_number\" value=\"{number}\"")), "{page}");
    let (_, page) = begun(&clerk, "", "1").await;
    assert!(page.contains("请填写证件号码") && !page.contains("实为0位"), "{page}");
}

#[tokio::test]
async fn art_10_1_what_can_be_chosen_can_be_taken_and_nothing_is_chosen_for_the_clerk() {
    clause!(R10.1);
    clause!(R36.2);
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::HrClerk, OUTLET).await;
    let (_, page, _) = clerk.send("GET", "/apply?blank=1", "", HOST).await;
    assert!(page.contains("<option value=\"USA\">MG 美国</option>"), "{page}");
    assert!(!page.contains("<option value=\"CHN\" selected>") && !page.contains("未知的性别"), "{page}");
    assert!(!page.contains("<option value=\"1\" selected>CZZG"), "卡类别 is stated: {page}");
    assert!(!page.contains("即时制卡（立等可取）") && page.contains("长期有效的"), "{page}");
    // Who asks for it all the same is told why not, before anything is taken in.
    let (status, page, _) = clerk.send("POST", "/apply", &whole(&w, "&making=instant"), HOST).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
    assert!(page.contains("本网点没有该服务银行的预制卡"), "{page}");
}

#[tokio::test]
async fn every_fault_of_the_list_leads_to_its_field() {
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::HrClerk, OUTLET).await;
    let (_, page, _) = clerk.send("POST", "/apply", "name=%21&email=x&agent_acts=1&sex=3", HOST).await;
    let list = page.split("class=\"notice wrong\"").nth(1).unwrap().split("</ul>").next().unwrap();
    let targets: Vec<_> = list.split("href=\"#").skip(1).map(|t| t.split('"').next().unwrap()).collect();
    assert!(targets.len() > 10, "{list}");
    for id in targets {
        assert!(page.contains(&format!("id=\"{id}\"")), "{id} is on the page");
    }
    // What no column of the form is about is marked like the rest of it.
    for name in ["document_verified", "consent", "photo_from", "agent_phone", "guardian_document_number"] {
        assert!(page.contains(&format!("id=\"why-{name}\"")), "{name}: {page}");
    }
}

#[tokio::test]
async fn art_10_1_the_place_of_the_household_is_chosen_by_its_name_and_another_provinces_county_stays() {
    clause!(R10.1);
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::HrClerk, OUTLET).await;
    let (_, page, _) = clerk.send("GET", "/apply?blank=1", "", HOST).await;
    for choice in [
        "<option value=\"440106\">THQ 广州市天河区</option>",
        "<option value=\"440100\">GZS 广州市</option>",
        "<option value=\"430000\">HNS 湖南省</option>",
    ] {
        assert!(page.contains(choice), "{choice}: {page}");
    }
    for (code, said) in [("440106", "THQ 广州市天河区"), ("430124", "湖南省（430124）")] {
        let (_, page, _) = clerk.send("POST", "/apply", &format!("household_division={code}"), HOST).await;
        let kept = format!("<option value=\"{code}\" selected>{said}</option>");
        assert!(page.contains(&kept), "{kept}: {page}");
    }
}

#[tokio::test]
async fn art_8_9_an_address_that_is_too_long_is_written_anew_and_no_paper_refuses_anybody_for_it() {
    clause!(R8.9);
    clause!(X6.1);
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::HrClerk, OUTLET).await;
    let long = whole_of(FormDraft { postal_address: "街".repeat(60), ..w.draft(1) }, "");
    let (status, page, _) = clerk.send("POST", "/apply", &long, HOST).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
    assert!(page.contains("最多50个汉字") && page.contains("id=\"why-postal_address\""), "{page}");
    assert!(!page.contains("业务不予受理凭证"), "{page}");
    // The paper of whoever is refused for something else has that alone.
    let (_, page, _) = clerk.send("POST", "/apply", &long.replace("consent=self&", ""), HOST).await;
    assert!(page.contains("最多50个汉字"), "{page}");
    let (_, paper) = page.split_once("业务不予受理凭证").unwrap_or_else(|| panic!("no voucher: {page}"));
    let paper = paper.split("row screen").next().unwrap();
    assert!(paper.contains("授权") && !paper.contains("最多50个汉字"), "{paper}");
    w.verified().await;
}
