//! 委托 of an outlet by its city.

use super::{BANK, CITY, Desk};
use kaguan_domain::alive::MarkDeath;
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::{BatchCommand, HolderCommand};
use kaguan_domain::facts::application::Register;
use kaguan_domain::facts::institution::{OrgKind, Role};
use kaguan_testkit::{On, World};

#[tokio::test]
async fn appendix_7_7_the_city_entrusts_an_outlet_with_confirming_batches() {
    clause!(X7.7);
    let w = World::new(On::Memory).await;
    let (city, bank) =
        (Desk::of(&w, Role::CityOfficer, CITY).await, Desk::of(&w, Role::BankClerk, BANK).await);
    assert!(!bank.get("/").await.contains("批次确认"));
    assert!(bank.get("/batches").await.contains("不在本机构管辖范围内"));
    // Cards are taken in by banks' outlets only: nobody else is offered it.
    let page = city.get("/entrust").await;
    let institutions = w.service.institutions();
    let here = institutions.org_by_code(CITY).unwrap().city();
    let banks = institutions.orgs().filter(|o| o.city() == here && o.kind == OrgKind::BankOutlet).count();
    assert_eq!(page.matches("value=\"receive_cards\"").count(), banks, "{page}");
    let org = w.bank_outlet();
    let page = city.post("/entrust", &format!("org={org}&task=confirm_batches&granted=true")).await;
    assert!(page.contains("撤销授权：批次确认"), "{page}");
    // The answer is the list as it was chosen, and its file has what is shown.
    let asks = "entrusted.confirms=%E5%B7%B2%E6%8E%88%E6%9D%83";
    let page =
        city.post(&format!("/entrust?{asks}"), &format!("org={org}&task=receive_cards&granted=true")).await;
    assert!(page.contains("共1项（筛选前") && page.contains("撤销授权：接收成品卡"), "{page}");
    let name = &institutions.org(org).unwrap().name;
    let csv = city.get(&format!("/entrust?{asks}&entrusted.as=csv")).await;
    assert!(csv.trim_end().lines().count() == 2 && csv.contains(name.as_str()), "{csv}");
    city.post("/entrust", &format!("org={org}&task=receive_cards&granted=false")).await;
    assert!(bank.post("/entrust", "org=1&task=confirm_batches&granted=true").await.contains("无权"));
    assert!(bank.get("/").await.contains("批次确认"));
    w.applicant(1, w.outlet()).await;
    let bank_code = kaguan_domain::ids::BankCode("95588".into());
    let screened = w.service.screen(&Actor::System, &kaguan_testkit::guangzhou(), &bank_code, false).await;
    let (batch, _) = screened.unwrap();
    let page = bank.post("/batches/confirm", &format!("batch={batch}&people=1&reviewed=1")).await;
    assert!(page.contains("批次已确认"), "{page}");
    let again = w.batch(&Actor::System, batch, BatchCommand::Confirm).await;
    assert!(again.is_err(), "it is confirmed");
    // It gives out none of its cards: no button leads where it would be refused, and what is sent all the same is told without a field.
    w.applicant(2, w.outlet()).await;
    let made = w.cards_made().await;
    let page = bank.get(&format!("/batches/{made}")).await;
    assert!(page.contains("核对") && !page.contains("/boxes/tree?batch="), "{page}");
    assert!(!page.contains("action=\"/registers"), "{page}");
    let page = bank.post("/registers", &format!("batch={made}")).await;
    assert!(page.contains("该批次中没有本机构发放的成品卡") && !page.contains("须填写"), "{page}");
    let page = city.get(&format!("/batches/{made}")).await;
    assert!(page.contains("/boxes/tree?batch=") && page.contains("action=\"/registers"), "{page}");
}

#[tokio::test]
async fn art_8_7_a_county_that_the_city_entrusts_sees_whom_it_confirms_and_opens_no_file() {
    clause!(R8.7);
    clause!(X7.7);
    let w = World::new(On::Memory).await;
    let code = "44010600000001";
    let city = Desk::of(&w, Role::CityOfficer, CITY).await;
    let county = Desk::of(&w, Role::CountyClerk, code).await;
    let id = w.applicant(1, w.outlet()).await;
    let bank_code = kaguan_domain::ids::BankCode("95588".into());
    let screened = w.service.screen(&Actor::System, &kaguan_testkit::guangzhou(), &bank_code, false).await;
    let (batch, _) = screened.unwrap();
    let at = format!("/batches/{batch}");
    let name = w.file(id).await.0.person.unwrap().details.name;
    let looks = async || {
        let lines = w.service.store().entries_from(1, 100_000).await.unwrap();
        lines.into_iter().filter(|l| l.command == "batch.look").map(|l| l.outcome).collect::<Vec<_>>()
    };
    let page = county.get(&at).await;
    assert!(page.contains("不在本机构管辖范围内") && !page.contains(&name.masked()), "{page}");
    let org = w.org(code);
    let page = city.post("/entrust", &format!("org={org}&task=confirm_batches&granted=true")).await;
    assert!(page.contains("已授权"), "{page}");
    // It hears of what waits for it, and its page promises nothing that is refused.
    for desk in [&county, &city] {
        let first = desk.get("/").await;
        assert!(first.contains("待确认的批次</a> <b>1</b>"), "{first}");
        assert!(first.contains("href=\"/batches?batches.state=screening\""), "{first}");
    }
    let number = w.service.batch(batch).await.unwrap().unwrap().batch.unwrap().number;
    assert!(county.get("/batches?batches.state=screening").await.contains(&number));
    let page = county.get(&at).await;
    assert!(page.contains("下一步：市卡管机构或本机构（已授权），批次确认"), "{page}");
    assert!(page.contains("请先由市卡管机构移出批次"), "{page}");
    assert!(!page.contains("/boxes/tree?batch=") && !page.contains("action=\"/registers"), "{page}");
    let centre = city.get(&at).await;
    let named = &w.service.institutions().org(org).unwrap().name.clone();
    assert!(centre.contains(&format!("下一步：市卡管机构或已授权的{named}，批次确认")), "{centre}");
    assert!(centre.contains("请在确认前移出批次") && centre.contains("/boxes/tree?batch="), "{centre}");
    assert!(page.contains(&name.masked()) && page.contains("核对后的总人数"), "{page}");
    assert!(!page.contains(name.display()) && !page.contains("href=\"/people/"), "{page}");
    assert_eq!(looks().await, ["done"], "each person who is shown has a line");
    assert!(!county.get("/").await.contains("查看批次"), "looks are not what was done today");
    let page = county.post("/batches/confirm", &format!("batch={batch}&people=1&reviewed=1")).await;
    assert!(page.contains("批次已确认"), "{page}");
    assert!(!county.get("/").await.contains("待确认的批次"), "nothing waits for it any more");
    // Whoever comes later is told what is so, and which office did it.
    let page = city.post("/batches/confirm", &format!("batch={batch}&people=1&reviewed=1")).await;
    for says in ["批次已于", &format!("办理机构：{named}"), "附件7", "无需重复确认"] {
        assert!(page.contains(says), "{says}: {page}");
    }
    assert!(!page.contains("第8条"), "{page}");
    w.verified().await;
}

#[tokio::test]
async fn art_33_1_whom_the_city_entrusts_hears_that_the_city_takes_the_dead_out() {
    clause!(R33.1);
    clause!(X7.7);
    let w = World::new(On::Memory).await;
    let code = "44010600000001";
    let city = Desk::of(&w, Role::CityOfficer, CITY).await;
    let county = Desk::of(&w, Role::CountyClerk, code).await;
    let (dead, _) = (w.applicant(1, w.outlet()).await, w.applicant(2, w.outlet()).await);
    let bank = kaguan_domain::ids::BankCode("95588".into());
    let screened = w.service.screen(&Actor::System, &kaguan_testkit::guangzhou(), &bank, false).await;
    let (batch, _) = screened.unwrap();
    let org = w.org(code);
    city.post("/entrust", &format!("org={org}&task=confirm_batches&granted=true")).await;
    for source in [Register::PublicSecurity, Register::SocialSecurity] {
        let mark = HolderCommand::MarkDeath(MarkDeath { source, number: None, evidence: None });
        w.about(&Actor::System, dead, mark).await.unwrap();
    }
    let at = format!("/batches/{batch}");
    assert!(!county.get("/").await.contains("待确认的批次"), "it waits for the city");
    let page = county.get(&at).await;
    assert!(page.contains("下一步：市卡管机构，移出死亡已核实的人员"), "{page}");
    assert!(page.contains("现在不能确认") && page.contains("请由市卡管机构将其移出批次"), "{page}");
    assert!(page.contains("死亡已核实：待市卡管机构移出批次"), "{page}");
    assert!(!page.contains("action=\"/batches/take-out"), "it has no right to: {page}");
    let sheet = city.get(&at).await;
    assert!(
        sheet.contains("死亡已核实：移出批次") && sheet.contains("action=\"/batches/take-out"),
        "{sheet}"
    );
    let application = w.file(dead).await.0.applications[0].id;
    let out = format!("batch={batch}&holder={dead}&application={application}&reason=x&sure=1");
    city.post("/batches/take-out", &out).await;
    assert!(county.get("/").await.contains("待确认的批次</a> <b>1</b>"), "now it is its turn");
    let page = county.get(&at).await;
    assert!(page.contains("下一步：市卡管机构或本机构（已授权），批次确认"), "{page}");
    let page = county.post("/batches/confirm", &format!("batch={batch}&people=1&reviewed=1")).await;
    assert!(page.contains("批次已确认"), "{page}");
    w.verified().await;
}
