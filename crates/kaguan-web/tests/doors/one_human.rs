//! One human, one file, at the counter: the clerk is shown who may be the same person, and says who it is; whoever is looked up
//! is found by every number.

use super::{Door, lines, signed_in};
use axum::http::StatusCode;
use kaguan_domain::clause;
use kaguan_domain::facts::form::{Field, FormDraft};
use kaguan_domain::facts::institution::Role;
use kaguan_testkit::{BOTH, World};

async fn applies(clerk: &Door, draft: &FormDraft, more: &str) -> (StatusCode, String, Option<String>) {
    let value = |f: &Field| format!("&{}={}", f.code(), draft.get(*f));
    let fields: String = Field::TITLE_ROW.iter().chain(Field::PERSONAL).map(value).collect();
    let key = &draft.form_no;
    clerk
        .send(
            "POST",
            "/apply",
            &format!("key={key}&consent=self&document_verified=1{more}{fields}"),
            "http://console",
        )
        .await
}

/// The 1st person, with another document.
fn shown(w: &World, form_no: &str, kind: &str, nationality: &str, number: &str) -> FormDraft {
    FormDraft {
        form_no: form_no.into(),
        document_kind: kind.into(),
        document_number: number.into(),
        nationality: nationality.into(),
        photo_receipt: format!("XP{number}"),
        mobile: "13900000000".into(),
        ..w.draft(1)
    }
}

fn hidden<'a>(page: &'a str, name: &str) -> &'a str {
    let begin = format!("name=\"{name}\" value=\"");
    page.split(&begin)
        .nth(1)
        .unwrap_or_else(|| panic!("no {name}: {page}"))
        .split('"')
        .next()
        .unwrap_or_default()
}

#[tokio::test]
async fn art_3_2_the_clerk_sees_who_may_be_the_same_person_and_says_who_it_is() {
    clause!(R3.2);
    clause!(R5.5);
    for on in BOTH {
        let w = World::new(on).await;
        let first = w.applicant(1, w.outlet()).await;
        let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
        let passport = shown(&w, "44010000002", "8", "CHN", "E12345678");
        let (status, page, _) = applies(&clerk, &passport, "").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            page.contains("可能为同一人") && page.contains("本人：张*") && page.contains("都不是同一人"),
            "{page}"
        );
        assert!(!page.contains(&w.draft(1).document_number), "masked: {page}");
        // The clerk has only to choose: nobody is refused in writing, and no sentence says anything of the other.
        assert!(
            page.contains("在下方所列档案中确认是否为同一人") && page.contains("id=\"why-same\""),
            "{page}"
        );
        assert!(!page.contains("不予受理凭证") && !page.contains("尚待确认（"), "{page}");
        assert!(page.contains("value=\"E12345678\""), "what was typed stays: {page}");
        assert_eq!(hidden(&page, "candidates"), first.to_string());
        // Without a reason the question stays, with what was chosen.
        let same = format!("&candidates={first}&same={first}&same_reason=");
        let (_, page, _) = applies(&clerk, &passport, &same).await;
        assert!(page.contains("请说明认定是否为同一人的理由") && page.contains(" checked"), "{page}");
        // The same person has an application under way already.
        let (_, page, _) = applies(&clerk, &passport, &format!("{same}核对原件")).await;
        assert!(page.contains("该人已有在办的申领业务"), "{page}");
        assert_eq!(hidden(&page, "same_reason"), "核对原件", "the answer goes on with the form");
        // Another person: a file of its own, and its receipt.
        let another = format!("&candidates={first}&same=another&same_reason=出生地不同");
        let (status, page, to) = applies(&clerk, &passport, &another).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        assert!(to.is_some_and(|to| to.starts_with("/receipts/")));
    }
}

#[tokio::test]
async fn art_35_1_whoever_is_looked_up_is_found_by_the_number_of_any_document() {
    clause!(R35.1);
    clause!(R39.1);
    for on in BOTH {
        let w = World::new(on).await;
        let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
        let german =
            FormDraft { name: "HANS BECKER".into(), ..shown(&w, "44010000001", "7", "DEU", "123456789") };
        let french =
            FormDraft { name: "JEAN MARTIN".into(), ..shown(&w, "44010000002", "7", "FRA", "123456789") };
        let permit =
            FormDraft { name: "陈大文".into(), ..shown(&w, "44010000003", "3", "HKG", "H1234567801") };
        for draft in [&german, &french, &permit] {
            let (status, page, _) = applies(&clerk, draft, "").await;
            assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        }
        for number in ["HKG000000H12345678", "h12345678", "H1234567802", "Ｈ１２３４５６７８"] {
            let page = clerk.post("/people", &format!("number={number}")).await;
            assert!(page.contains("陈**") && page.contains("44010000003"), "{number}: {page}");
        }
        // A passport's number alone finds two: both are shown masked, and one is chosen.
        let page = clerk.post("/people", "number=123456789").await;
        assert!(page.contains("H*** B*****") && page.contains("J*** M*****"), "{page}");
        assert!(!page.contains("HANS") && !page.contains("123456789"), "{page}");
        let looks = lines(&w, "holder.look").await.len();
        let one = hidden(&page, "holder").to_owned();
        let page = clerk.post("/people", &format!("holder={one}")).await;
        assert!(page.contains("44010000001") || page.contains("44010000002"), "{page}");
        assert_eq!(lines(&w, "holder.look").await.len(), looks + 1);
        // A search that finds nobody has its line.
        let page = clerk.post("/people", "number=987654321").await;
        assert!(page.contains("没有该号码的档案"), "{page}");
        assert_eq!(lines(&w, "holder.look").await.last().map(|l| l.outcome.as_str()), Some("not_found"));
    }
}
