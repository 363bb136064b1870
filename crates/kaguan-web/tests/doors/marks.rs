//! What is refused is said beside its field: every form of every page, sent with nothing in it.

use super::*;
use kaguan_web::table::PAGES;

const HR: &str = "44010600000101";

/// A form of the body of a page: its address, and the tags of its fields.
fn forms(html: &str) -> Vec<(String, Vec<&str>)> {
    let main = html.split_once("<main").map_or("", |(_, main)| main);
    let field = |tag: &&str| ["input ", "select ", "textarea "].iter().any(|kind| tag.starts_with(kind));
    let all = main.split("<form ").skip(1).filter(|f| f.starts_with("method=\"post\""));
    all.map(|text| {
        let text = text.split("</form>").next().unwrap_or_default();
        let tags = text.split('<').map(|t| t.split('>').next().unwrap_or_default()).filter(field).collect();
        (value(text, "action").replace("&amp;", "&"), tags)
    })
    .collect()
}

fn value<'a>(tag: &'a str, name: &str) -> &'a str {
    let from = tag.find(&format!("{name}=\"")).map(|at| &tag[at + name.len() + 2..]);
    from.and_then(|rest| rest.split('"').next()).unwrap_or_default()
}

fn path(action: &str) -> &str {
    action.split('?').next().unwrap_or_default()
}

/// What is marked on a page says why, in words that are there, and the notice leads to it.
fn says_why(html: &str) -> bool {
    let marked: Vec<_> = html.split('<').filter(|t| t.contains("aria-invalid=\"true\"")).collect();
    let why = |tag: &str| html.contains(&format!("id=\"{}\"", value(tag, "aria-describedby")));
    let linked = |tag: &str| html.contains(&format!("href=\"#{}\"", value(tag, " id")));
    !marked.is_empty() && marked.iter().all(|tag| why(tag) && linked(tag))
}

#[tokio::test]
async fn art_8_5_whatever_is_missing_in_any_form_is_said_beside_its_field() {
    clause!(R8.5);
    let w = World::new(On::Memory).await;
    w.applicant(1, w.outlet()).await;
    let mut refused = 0;
    let mut silent = Vec::new();
    for (role, org) in [
        (Role::ProvinceOfficer, "44000000000001"),
        (Role::CityOfficer, "44010000000001"),
        (Role::HrClerk, HR),
        (Role::BankClerk, "44010395588001"),
        (Role::SystemAdministrator, "44000000000001"),
    ] {
        let door = signed_in(&w, role, org).await;
        for page in PAGES.iter().filter(|p| !p.screens.is_empty()) {
            let (status, html, _) = door.send("GET", page.path, "", "http://console").await;
            if status != StatusCode::OK {
                continue;
            }
            for (action, tags) in forms(&html) {
                if ["export", "pdf", "print", "label", "csv", "screen"].iter().any(|f| action.contains(f)) {
                    continue;
                }
                let kept = |tag: &str| {
                    let text = if tag.contains("type=\"hidden\"") { value(tag, " value") } else { "" };
                    format!("{}={text}", value(tag, " name"))
                };
                let body: Vec<_> = tags.iter().filter(|t| !t.contains("checkbox")).map(|t| kept(t)).collect();
                let (status, answer, _) = door.send("POST", &action, &body.join("&"), "http://console").await;
                let again = forms(&answer).into_iter().find(|(to, _)| path(to) == path(&action));
                let missing = |tag: &&str| {
                    tag.starts_with("input ") && tag.contains(" required") && value(tag, " value").is_empty()
                };
                let owed = again.is_some_and(|(_, tags)| tags.iter().any(missing));
                if status == StatusCode::UNPROCESSABLE_ENTITY && owed {
                    refused += 1;
                    if !says_why(&answer) {
                        silent.push(path(&action).to_owned());
                    }
                }
            }
        }
    }
    assert!(silent.is_empty(), "{silent:?}");
    assert!(refused > 5, "{refused} forms were refused");
}

#[tokio::test]
async fn art_8_5_what_the_pages_call_by_another_name_is_said_too_when_an_application_is_refused() {
    clause!(R8.5);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let number = w.draft(1).document_number;
    let page = clerk.post("/replace", &format!("number={number}")).await;
    let key =
        page.split("name=\"key\" value=\"").nth(1).and_then(|t| t.split('"').next()).unwrap_or_default();
    let about = format!("key={key}&holder={id}&card={card}&business=damaged&collect_at={}", w.outlet());
    let unverified = clerk.post("/replace/apply", &format!("{about}&consent=1")).await;
    for told in ["尚未核实申请人有效身份证件原件", "id=\"why-verified\"", "href=\"#sent-verified\""]
    {
        assert!(unverified.contains(told), "{told}: {unverified}");
    }
    // What is wrong with an item of the form has its line and its link like the rest; what is wrong with an agent stands at his field.
    let agent = "agent=1&agent_name=李四&agent_document_kind=1&agent_document_number=1&agent_phone=1&agent_relation=direct_relative&agent_ground=sick";
    let changed =
        format!("{about}&business=data_changed&mobile=12&document_valid_until=20200101&sex=3&{agent}");
    let many = clerk.post("/replace/apply", &changed).await;
    let list = many.split("class=\"notice wrong\"").nth(1).and_then(|t| t.split("</ul>").next()).unwrap();
    for name in ["f-mobile", "f-document_valid_until", "f-sex", "f-delivery", "sent-verified", "sent-consent"]
    {
        assert!(list.contains(&format!("href=\"#{name}\"")), "{name}: {list}");
    }
    for name in ["agent_document_number", "agent_phone", "agent_verified", "agent_proof"] {
        assert!(list.contains(&format!("href=\"#sent-{name}\"")), "{name}: {list}");
    }
    let both = clerk.post("/replace/apply", &about).await;
    assert!(both.contains("尚未核实申请人有效身份证件原件") && both.contains("授权申明"), "{both}");
}

#[tokio::test]
async fn art_29_what_is_wrong_with_a_correction_is_said_beside_its_field_and_codes_are_chosen() {
    clause!(R29.1);
    let w = World::new(On::Memory).await;
    let id = w.applicant(1, w.outlet()).await;
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let page = clerk.post("/details", &format!("number={}", w.draft(1).document_number)).await;
    for choice in
        ["<select name=\"sex\">", "<select name=\"ethnicity\">", "<select name=\"occupation\">", "ZZ 壮族"]
    {
        assert!(page.contains(choice), "{choice}: {page}");
    }
    let refused = clerk.post("/details/correct", &format!("holder={id}&postcode=12")).await;
    assert!(says_why(&refused) && refused.contains("href=\"#sent-postcode\""), "{refused}");
    let untold = clerk.post("/details/contacts", &format!("holder={id}&mobile=13800138000")).await;
    assert!(says_why(&untold) && untold.contains("href=\"#sent-verified\""), "{untold}");
}

/// A counter of the labour department, and what a form about the card of the first holder begins with.
async fn at_counter(w: &World) -> (Door, String) {
    let (id, card) = w.with_card(1).await;
    let number = w.draft(1).document_number;
    let own = format!("holder={id}&card={card}&document_kind=1&document_number={number}&verified=1");
    (signed_in(w, Role::HrClerk, HR).await, own)
}

#[tokio::test]
async fn art_19_1_what_was_chosen_and_is_not_offered_any_more_is_said_and_not_called_missing() {
    clause!(R19.1);
    let w = World::new(On::Memory).await;
    let (clerk, own) = at_counter(&w).await;
    let bank = signed_in(&w, Role::BankClerk, "44010395588001").await;
    // The form stands open in one tab when the bank's outlet reports the card lost.
    let lost = bank.post("/loss/report", &format!("{own}&kind=temporary")).await;
    assert!(lost.contains("临时挂失"), "{lost}");
    let refused = clerk.post("/pin/carry-out", &format!("{own}&change=changed&risks_told=1")).await;
    assert!(refused.contains("该卡现在不能使用"), "{refused}");
    assert!(!refused.contains("须填写"), "it was filled in: {refused}");
    assert!(refused.contains("提交时选择的“修改密码”现在不能选，见上方说明。"), "{refused}");
    assert!(says_why(&refused) && refused.contains("id=\"why-change\""), "{refused}");
}

#[tokio::test]
async fn art_33_5_that_the_chip_of_a_card_in_hand_is_not_locked_is_said_beside_its_field() {
    clause!(R33.5);
    let w = World::new(On::Memory).await;
    let (clerk, own) = at_counter(&w).await;
    let stated = format!("{own}&reason=moved_out&reminded=1&given_back=1&proof_filed=A-1");
    let refused = clerk.post("/cancel/carry-out", &stated).await;
    assert!(refused.contains("卡片在场，未对芯片应用锁定"), "{refused}");
    assert!(says_why(&refused) && refused.contains("id=\"why-chip\""), "{refused}");
}
