//! An application begins with the number: what is known is filled in, the rest is asked for.

use super::{Door, lines, signed_in};
use axum::http::StatusCode;
use kaguan_domain::clause;
use kaguan_domain::facts::institution::Role;
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
        assert_eq!(asked, ["mobile", "bank", "occupation"], "{open}");
        for (name, text) in [
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
        assert!(page.contains("该号码已有档案") && page.contains("去办理补换卡"), "{page}");
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
    }
    // Whoever takes in no applications asks no register.
    let audit = signed_in(&w, Role::AuditAdministrator, "44000000000001").await;
    let (status, page) = begun(&audit, &number, "1").await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{page}");
    assert!(!page.contains("广东省虚构市"), "{page}");
}

#[tokio::test]
async fn every_fault_of_the_list_leads_to_its_field() {
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::HrClerk, OUTLET).await;
    let (_, page, _) = clerk.send("POST", "/apply", "name=%21&email=x&agent_acts=1&sex=3", HOST).await;
    let list = page.split("aria-label=\"需补正的事项\"").nth(1).unwrap().split("</ul>").next().unwrap();
    let targets: Vec<_> = list.split("href=\"#").skip(1).map(|t| t.split('"').next().unwrap()).collect();
    assert!(targets.len() > 10, "{list}");
    for id in targets {
        assert!(page.contains(&format!("id=\"{id}\"")), "{id} is on the page");
    }
}
