//! 业务台账: an office lists what it did, a centre what its area did.

use super::{Door, signed_in};
use axum::http::StatusCode;
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::application::{Consent, Purpose, RegisterCheck};
use kaguan_domain::facts::form::FormDraft;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::ids::ApplicationId;
use kaguan_domain::loss::ReportFormal;
use kaguan_domain::replacement::Replace;
use kaguan_service::ledger::{LedgerChosen, LedgerDays};
use kaguan_testkit::{BOTH, On, World, stated};

const OUTLET: &str = "44010600000101";
const BANK: &str = "44010395588001";

async fn get(door: &Door, path: &str) -> String {
    let (status, page, _) = door.send("GET", path, "", "http://console").await;
    assert_eq!(status, StatusCode::OK, "{path}: {page}");
    page
}

/// How many lines a page lists.
fn listed(page: &str) -> usize {
    page.matches("data-head=\"时间\"").count()
}

/// Whether a line of this business is listed: what can be chosen is no line.
fn has(page: &str, business: &str) -> bool {
    page.contains(&format!(">{business}</td>"))
}

#[tokio::test]
async fn art_6_1_an_office_lists_what_it_did_and_a_centre_what_its_area_did() {
    clause!(R6.1);
    clause!(R40.1);
    for on in BOTH {
        let w = World::new(on).await;
        let (id, card) = w.with_card(1).await;
        let (clerk, banker) = (w.officer(w.outlet()).await, w.officer(w.bank_outlet()).await);
        // It is handed over already.
        let again = HolderCommand::HandOver(stated::handed_to_holder(card, w.outlet(), w.shown(id).await));
        w.about(&clerk, id, again).await.unwrap_err();
        let lost = HolderCommand::ReportFormalLoss(ReportFormal { card, verified: true, deputy: None });
        let loss = w.about(&banker, id, lost).await.unwrap().entry;
        let (form_no, number) = (w.draft(1).form_no, w.draft(1).document_number);

        let hr = signed_in(&w, Role::HrClerk, OUTLET).await;
        let own = get(&hr, "/ledger").await;
        assert!(own.contains("href=\"/ledger\"") && own.contains("业务台账"), "it is in the menu: {own}");
        assert!(has(&own, "个人领卡") && has(&own, "接收成品卡"), "{own}");
        for others in ["银行账户激活", "正式挂失", "市内再次分发", "省中心寄出", "个人申请"]
        {
            assert!(!has(&own, others), "{others}: {own}");
        }
        // It names nobody; the file is called by its form and opened at an address of this session.
        assert!(own.contains(&format!(">申领表 {form_no}</a>")) && own.contains("href=\"/people/"), "{own}");
        assert!(!own.contains("张三") && !own.contains("张*") && !own.contains(&number), "{own}");
        assert!(own.contains(">拒绝</span>") && own.contains(">办结</span>"), "{own}");
        let refused = get(&hr, "/ledger?ledger.outcome=refused").await;
        assert!(listed(&refused) == 1 && has(&refused, "个人领卡"), "{refused}");
        let done = get(&hr, "/ledger?ledger.outcome=done").await;
        assert_eq!(listed(&done) + 1, listed(&own), "{done}");
        let one = get(&hr, "/ledger?ledger.what=collection.hand_over").await;
        assert!(listed(&one) == 2 && !has(&one, "接收成品卡"), "{one}");

        // What is chosen of another office is not offered, and the service gives nothing of it.
        let Actor::Officer(other) = banker else { panic!() };
        for tampered in [
            format!("ledger.org={}", w.bank_outlet()),
            format!("ledger.who={other}"),
            "ledger.what=loss.report_formal".to_owned(),
        ] {
            let page = get(&hr, &format!("/ledger?{tampered}")).await;
            assert!(listed(&page) == listed(&own) && !has(&page, "正式挂失"), "{tampered}: {page}");
        }
        let days = LedgerDays::read("", "", w.clock.now().date()).unwrap();
        for chosen in [
            LedgerChosen { office: Some(w.bank_outlet()), ..LedgerChosen::default() },
            LedgerChosen { officer: Some(other), ..LedgerChosen::default() },
        ] {
            let found = w.service.ledger_for(&clerk, days, chosen, "", |_, _| String::new()).await.unwrap();
            assert!(found.rows.is_empty(), "{chosen:?}");
        }

        // The bank's outlet has its own, with the receipt that it prints again.
        let bank = signed_in(&w, Role::BankClerk, BANK).await;
        let page = get(&bank, "/ledger").await;
        assert!(has(&page, "银行账户激活") && has(&page, "正式挂失") && !has(&page, "个人领卡"), "{page}");
        let receipt = format!("<a href=\"/receipts/business/{loss}\">20261123-{BANK}-{loss:08}</a>");
        assert!(page.contains(&receipt), "{page}");

        // A county has its division, and opens neither files nor receipts; a city has all of its offices, the province everything.
        let county = get(&signed_in(&w, Role::CountyClerk, "44010600000001").await, "/ledger").await;
        assert!(has(&county, "个人领卡") && has(&county, "市内再次分发"), "{county}");
        assert!(!has(&county, "正式挂失") && !has(&county, "省中心寄出"), "{county}");
        assert!(!county.contains("href=\"/people/") && !county.contains("/receipts/business/"), "{county}");
        let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
        let page = get(&city, "/ledger").await;
        assert!(has(&page, "个人领卡") && has(&page, "正式挂失") && !has(&page, "省中心寄出"), "{page}");
        let page = get(&city, &format!("/ledger?ledger.org={}", w.bank_outlet())).await;
        assert!(has(&page, "正式挂失") && !has(&page, "个人领卡"), "{page}");
        let page = get(&city, &format!("/ledger?ledger.who={other}")).await;
        assert!(listed(&page) == 1 && has(&page, "正式挂失"), "{page}");
        let province = get(&signed_in(&w, Role::ProvinceOfficer, "44000000000001").await, "/ledger").await;
        assert!(has(&province, "省中心寄出") && has(&province, "个人领卡"), "{province}");
        let elsewhere = get(&signed_in(&w, Role::CityOfficer, "44030000000001").await, "/ledger").await;
        assert!(listed(&elsewhere) == 0 && elsewhere.contains("所选日期内没有办理业务"), "{elsewhere}");
        // Whoever was refused what another office took in learns no number by it.
        let here = stated::handed_to_holder(card, w.bank_outlet(), w.shown(id).await);
        w.about(&banker, id, HolderCommand::HandOver(here)).await.unwrap_err();
        let page = get(&bank, "/ledger?ledger.outcome=refused").await;
        assert!(listed(&page) == 1 && page.contains(">持卡人档案</a>") && !page.contains(&form_no), "{page}");
        w.verified().await;
    }
}

#[tokio::test]
async fn art_6_1_a_ledger_is_of_some_days_goes_on_in_parts_and_is_taken_away_as_it_is_shown() {
    clause!(R6.1);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let clerk = w.officer(w.outlet()).await;
    for _ in 0..25 {
        let again = HolderCommand::HandOver(stated::handed_to_holder(card, w.outlet(), w.shown(id).await));
        w.about(&clerk, id, again).await.unwrap_err();
    }
    let today = w.clock.now().date();
    let hr = signed_in(&w, Role::HrClerk, OUTLET).await;
    let first = get(&hr, "/ledger?ledger.outcome=refused").await;
    assert!(listed(&first) == 24 && first.contains("后面还有，继续列出"), "{first}");
    let file = get(&hr, "/ledger?ledger.outcome=refused&ledger.as=csv").await;
    assert_eq!(file.trim_end().lines().count(), 1 + 24 + 1, "heads, lines, and that it goes on: {file}");
    assert!(file.contains("个人领卡") && file.contains("拒绝") && !file.contains("张三"), "{file}");
    let key = first.split("ledger.from=").nth(1).unwrap().split(['"', '&']).next().unwrap();
    let rest = get(&hr, &format!("/ledger?ledger.outcome=refused&ledger.from={key}")).await;
    assert!(listed(&rest) == 1 && !rest.contains("继续列出"), "{rest}");
    // Other days leave what was chosen as it is.
    let form = rest.split("action=\"/ledger\" class=\"row screen\"").nth(1).unwrap();
    let form = form.split("</form>").next().unwrap();
    assert!(form.contains("name=\"ledger.outcome\" value=\"refused\""), "{form}");
    assert!(!form.contains("ledger.from"), "{form}");
    let refused = async |path: &str, says: &str| {
        let (status, page, _) = hr.send("GET", path, "", "http://console").await;
        assert!(status == StatusCode::UNPROCESSABLE_ENTITY && page.contains(says), "{path}: {page}");
        assert_eq!(listed(&page), 0);
    };
    refused("/ledger?from=x", "起始日应为").await;
    refused("/ledger?from=2026-11-24&until=2026-11-23", "起始日晚于截止日").await;
    refused("/ledger?from=2026-10-23&until=2026-11-23", "一次最多列出31天").await;
    get(&hr, "/ledger?from=2026-10-24&until=2026-11-23").await;

    // Yesterday's are there, those of the day before are asked for.
    w.days_pass(2);
    let hr = signed_in(&w, Role::HrClerk, OUTLET).await;
    assert_eq!(listed(&get(&hr, "/ledger").await), 0);
    let page = get(&hr, &format!("/ledger?from={today}&until={today}")).await;
    assert_eq!(listed(&page), 24, "{page}");
}

#[tokio::test]
async fn art_6_1_of_two_applications_a_line_says_the_one_that_it_is_about() {
    clause!(R6.1);
    for on in BOTH {
        let w = World::new(on).await;
        let (id, card) = w.with_card(1).await;
        let clerk = w.officer(w.bank_outlet()).await;
        let lost = HolderCommand::ReportFormalLoss(ReportFormal { card, verified: true, deputy: None });
        let loss = w.about(&clerk, id, lost).await.unwrap().entry;
        let (first, second) = (w.draft(1).form_no, "4401D00000000007");
        let again = Replace {
            id: ApplicationId(7),
            purpose: Purpose::Reissue { old: card },
            form_no: second.into(),
            changes: Box::new(FormDraft::collected()),
            photo: None,
            outlet: w.bank_outlet(),
            collect_at: w.bank_outlet(),
            agent: None,
            consent: Some(Consent { text_version: "2022".into(), by_guardian: false }),
            checks: RegisterCheck::passed(w.clock.now()),
            presented: stated::presented(),
            proof: None,
        };
        let line = w.about(&clerk, id, HolderCommand::Replace(Box::new(again))).await.unwrap().entry;
        let bank = signed_in(&w, Role::BankClerk, BANK).await;
        let page = get(&bank, "/ledger?ledger.what=loss.report_formal").await;
        assert!(listed(&page) == 1 && page.contains(&format!(">申领表 {first}</a>")), "{page}");
        let taken = get(&bank, "/ledger?ledger.what=replacement.replace").await;
        assert!(listed(&taken) == 1 && taken.contains(&format!(">申领表 {second}</a>")), "{taken}");
        let way = "ledger.what=replacement.replace";
        let receipt = format!("<a href=\"/receipts/business/{line}?{way}\">{second}</a>");
        assert!(taken.contains(&receipt), "{taken}");
        // Among what the officer did today the same.
        let today = w.service.done_today_by(&clerk, false, None).await.unwrap().lines;
        let form = |of: i64| today.iter().find(|d| d.line.seq == of).and_then(|d| d.holder.as_ref());
        assert!(form(line).is_some_and(|f| f.is_its_own && f.form_no == second));
        assert!(form(loss).is_some_and(|f| f.is_its_own && f.form_no == first));
        w.verified().await;
    }
}
