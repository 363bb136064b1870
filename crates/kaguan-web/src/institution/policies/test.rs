//! 地方细则 on its page.

use super::{lines, signed_in};
use kaguan_domain::clause;
use kaguan_domain::facts::institution::Role;
use kaguan_testkit::{On, World, guangzhou};

#[tokio::test]
async fn art_42_the_city_reports_its_rules_and_the_province_files_them_in_the_browser() {
    clause!(R42.2);
    let w = World::new(On::Memory).await;
    let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
    let province = signed_in(&w, Role::ProvinceOfficer, "44000000000001").await;
    let administrator = signed_in(&w, Role::SystemAdministrator, "44000000000001").await;
    let paper = "%E7%A9%97%E4%BA%BA%E7%A4%BE%E8%A7%841";
    let wrong = city
        .post("/policies", &format!("paper={paper}&from=tomorrow&warranty_months=x&low_stock=many"))
        .await;
    assert!(
        wrong.contains("生效日期应为")
            && wrong.contains("质保期应为月数")
            && wrong.contains("预制卡预警线应为张数"),
        "{wrong}"
    );
    let both = city.post("/policies", "paper=&from=2020-01-01&warranty_months=x").await;
    for part in ["质保期应为月数", "未填细则文号", "不得早于今天", "《经办规程》第42条"]
    {
        assert!(both.contains(part), "{part}, all at once: {both}");
    }
    let long = format!("paper={paper}&from=2026-11-23&warranty_months=300000");
    let long = city.post("/policies", &long).await;
    assert!(long.contains("质保期应为1至240个月") && long.contains("aria-invalid"), "{long}");
    let form =
        format!("paper={paper}&from=2026-11-23&until=&warranty_months=12&low_stock=20&county_level=never");
    let sent = city.post("/policies", &form).await;
    assert!(
        sent.contains("已报省审核")
            && sent.contains("待省审核")
            && sent.contains("质保期12个月")
            && sent.contains("存量20张及以下预警"),
        "{sent}"
    );
    assert!(!sent.contains("/policies/decide"), "the city does not decide: {sent}");
    let today = w.clock.now().date();
    assert_eq!(w.service.institutions().policy_of(&guangzhou(), today).warranty_months, None);
    let (_, page, _) = province.send("GET", "/policies", "", "http://console").await;
    let id = page.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let none = city.post("/policies/decide", &format!("id={id}&approved=true")).await;
    assert!(none.contains("本岗位无权办理此项业务"), "{none}");
    let why = province.post("/policies/decide", &format!("id={id}&approved=false")).await;
    assert!(why.contains("不予备案须写明理由") && why.contains("id=\"why-reason\""), "{why}");
    let bare = province.post("/policies/decide", &format!("id={id}&approved=true&reason=")).await;
    assert!(bare.contains("须填写备案号"), "{bare}");
    let filed = province.post("/policies/decide", &format!("id={id}&approved=true&reason=BA-77")).await;
    assert!(filed.contains("已审核备案") && filed.contains(">现行<") && filed.contains("：BA-77"), "{filed}");
    // Other rules in their place: the earlier ones are told apart from those that hold.
    let later = "paper=2&from=2026-11-23&until=&warranty_months=24&county_level=never";
    let sent = city.post("/policies", later).await;
    let id2 = sent.split("name=\"id\" value=\"").nth(1).map(|t| t.split('"').next().unwrap().to_owned());
    assert_eq!(id2, None, "the city does not decide: {sent}");
    let (_, page, _) = province.send("GET", "/policies", "", "http://console").await;
    let id2 = page.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let both = province.post("/policies/decide", &format!("id={id2}&approved=true&reason=1")).await;
    assert!(both.contains(">现行<") && both.contains("由后来的细则代替"), "{both}");
    assert_eq!(w.service.institutions().policy_of(&guangzhou(), today).warranty_months, Some(24));
    // The administrator keeps the machine, not the rules; another city sees its own only.
    let (_, refused, _) = administrator.send("GET", "/policies", "", "http://console").await;
    assert!(refused.contains("本岗位无权办理此项业务"), "{refused}");
    let decided = lines(&w, "institution.decide_policy").await;
    let outcomes: Vec<_> = decided.iter().map(|l| l.outcome.as_str()).collect();
    assert_eq!(outcomes, ["not_permitted", "material_defective", "material_defective", "done", "done"]);
    // What the province filed it under stands in the file and in the journal too.
    let (_, file, _) = province.send("GET", "/policies?policies.as=csv", "", "http://console").await;
    assert!(file.contains("BA-77"), "{file}");
    let audit = signed_in(&w, Role::AuditAdministrator, "44000000000001").await;
    let first = decided.iter().find(|l| l.outcome == "done").unwrap();
    let (_, page, _) = audit.send("GET", &format!("/journal/{}", first.seq), "", "http://console").await;
    assert!(page.contains("BA-77"), "{page}");
    // The list says which rules, too; of a line that did nothing it is not known.
    for (verb, told) in
        [("decide_policy", "广州市　穗人社规1　同意：BA-77"), ("propose_policy", "广州市　穗人社规1")]
    {
        let (_, page, _) = audit
            .send("GET", &format!("/journal?verb=institution.{verb}&outcome=done"), "", "http://console")
            .await;
        assert!(page.contains(told) && !page.contains("机构、人员与日历"), "{told}: {page}");
    }
    let (_, page, _) = audit
        .send("GET", "/journal?verb=institution.decide_policy&outcome=refused", "", "http://console")
        .await;
    assert!(page.contains("机构、人员与日历") && !page.contains("BA-77"), "{page}");
    // So does what the officer did today.
    let (_, home, _) = province.send("GET", "/", "", "http://console").await;
    assert!(home.contains("广州市　穗人社规1　同意：BA-77"), "{home}");
    w.verified().await;
}

#[tokio::test]
async fn art_42_rules_for_a_later_day_are_not_replaced_by_those_for_now_that_are_filed_after_them() {
    clause!(R42.1);
    let w = World::new(On::Memory).await;
    let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
    let province = signed_in(&w, Role::ProvinceOfficer, "44000000000001").await;
    let today = w.clock.now().date();
    let later = today.tomorrow().unwrap();
    let state_of = |page: &str, paper: &str| {
        let rows = page.split("<tr").map(|row| row.split("</tr>").next().unwrap_or_default());
        let row = { rows }.find(|row| row.contains(paper)).unwrap_or_default();
        let states = ["现行", "未到执行日", "由后来的细则代替", "待省审核"];
        states.into_iter().find(|state| row.contains(state)).unwrap_or_default()
    };
    let mut page = String::new();
    for (paper, from, months) in [("PAPER-A", later, 36), ("PAPER-B", today, 6), ("PAPER-C", today, 6)] {
        let form = format!("paper={paper}&from={from}&until=&warranty_months={months}&county_level=never");
        let sent = city.post("/policies", &form).await;
        assert_eq!(state_of(&sent, paper), "待省审核", "{sent}");
        let again = city.post("/policies", &form).await;
        assert!(again.contains("内容相同的细则"), "{again}");
        let (_, waits, _) = province.send("GET", "/policies", "", "http://console").await;
        let id = waits.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        page = province.post("/policies/decide", &format!("id={id}&approved=true&reason=1")).await;
    }
    assert_eq!(state_of(&page, "PAPER-A"), "未到执行日", "{page}");
    assert_eq!(
        state_of(&page, "PAPER-B"),
        "由后来的细则代替",
        "the same content, and not the same rules: {page}"
    );
    assert_eq!(state_of(&page, "PAPER-C"), "现行", "{page}");
    w.days_pass(1);
    let province = signed_in(&w, Role::ProvinceOfficer, "44000000000001").await;
    let (_, page, _) = province.send("GET", "/policies", "", "http://console").await;
    assert_eq!(state_of(&page, "PAPER-A"), "现行", "{page}");
    assert_eq!(state_of(&page, "PAPER-C"), "由后来的细则代替", "{page}");
    let now = w.clock.now().date();
    assert_eq!(w.service.institutions().policy_of(&guangzhou(), now).warranty_months, Some(36));
    w.verified().await;
}

#[tokio::test]
async fn art_42_where_the_rules_in_force_close_the_post_no_counter_offers_it() {
    clause!(R42.1);
    clause!(R10.5);
    clause!(R27.5);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
    let offers = |page: &str| page.contains("邮递上门</option>") && page.contains("name=\"mailing_address\"");
    let apply = async || clerk.send("GET", "/apply?blank=1", "", "http://console").await.1;
    let replace = async || clerk.post("/replace", &format!("number={}", w.draft(1).document_number)).await;
    assert!(offers(&apply().await) && offers(&replace().await));
    let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
    let province = signed_in(&w, Role::ProvinceOfficer, "44000000000001").await;
    let today = w.clock.now().date();
    city.post("/policies", &format!("paper=G-1&from={today}&until=&county_level=never&no_post=1")).await;
    let (_, page, _) = province.send("GET", "/policies", "", "http://console").await;
    let proposed = page.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    province.post("/policies/decide", &format!("id={proposed}&approved=true&reason=BA-1")).await;
    let why = "广州市未开通邮递上门（地方细则G-1）";
    for page in [apply().await, replace().await] {
        assert!(page.contains(why) && page.contains("网点领取</option>"), "{page}");
        assert!(!page.contains("邮递上门</option>") && !page.contains("name=\"mailing_address\""), "{page}");
        assert!(!page.contains("name=\"postage_told\""), "{page}");
    }
    // A form that was begun before asks for it all the same.
    let kept = clerk.post("/apply", "key=counter-1&delivery=2&mailing_address=1").await;
    assert!(kept.contains(why) && offers(&kept), "what was chosen stands there again: {kept}");
    // At the new bank's counter too.
    let old = signed_in(&w, Role::BankClerk, "44010395588001").await;
    let new = signed_in(&w, Role::BankClerk, "44010395533001").await;
    let who = format!("holder={id}&card={card}");
    new.post("/bank-change/reserve", &who).await;
    old.post("/bank-change/approve", &format!("{who}&agreed=yes")).await;
    let page = new.post("/bank-change", &format!("number={}", w.draft(1).document_number)).await;
    assert!(page.contains("/bank-change/carry-out") && page.contains(why), "{page}");
    assert!(!page.contains("邮递上门</option>") && !page.contains("name=\"mailing_address\""), "{page}");
    w.verified().await;
}
