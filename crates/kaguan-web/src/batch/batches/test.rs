//! What is taken back or asked for at a page: a confirmed batch before its bank has it, a bank's cooperation with a city, a
//! reconciliation now; and that whoever is marked for a counter waits for no batch.

use super::{Door, lines, signed_in};
use axum::http::StatusCode;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::dispatch::{BatchCommand, HolderCommand as C};
use kaguan_domain::facts::application::Stage;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::facts::partner::Partner;
use kaguan_domain::ids::{BankCode, CityCode, PartnerId};
use kaguan_domain::instant::Mark;
use kaguan_domain::institution::InstitutionCommand;
use kaguan_service::Command;
use kaguan_testkit::{BOTH, On, World};

const CENTRE: &str = "44000000000001";
const CITY: &str = "44010000000001";
const REASON: &str = "reason=%E4%BA%BA%E6%95%B0%E6%9C%89%E8%AF%AF";

async fn get(door: &Door, path: &str) -> String {
    door.send("GET", path, "", "http://console").await.1
}

#[tokio::test]
async fn appendix_7_1_the_city_takes_a_confirmation_back_until_the_bank_has_the_data() {
    clause!(R8.7);
    clause!(X7.1);
    for on in BOTH {
        let w = World::new(on).await;
        w.applicant(1, w.outlet()).await;
        let city = signed_in(&w, Role::CityOfficer, CITY).await;
        let id = w.confirmed_batch().await;
        let number = w.service.batch(id).await.unwrap().unwrap().batch.unwrap().number;
        let list = get(&city, "/batches").await;
        assert!(list.contains("查看或撤销确认") && list.contains("已确认，待银行提取"), "{list}");
        let page = get(&city, &format!("/batches/{id}")).await;
        assert!(page.contains("action=\"/batches/take-back") && page.contains(&number), "{page}");
        for (form, why) in [
            (format!("batch={id}&{REASON}"), "批次确认没有撤销"),
            (format!("batch={id}&reason=+&sure=1"), "须写明撤销确认的原因"),
        ] {
            let page = city.post("/batches/take-back", &form).await;
            assert!(page.contains(why) && page.contains("已确认，待银行提取"), "{page}");
        }
        let elsewhere = signed_in(&w, Role::CityOfficer, "44030000000001").await;
        let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
        let form = format!("batch={id}&{REASON}&sure=1");
        for (door, why) in [(&elsewhere, "不在本机构管辖范围"), (&clerk, "本岗位无权办理此项业务")]
        {
            let page = door.post("/batches/take-back", &form).await;
            assert!(page.contains(why), "{page}");
        }
        let page = city.post("/batches/take-back", &form).await;
        assert!(page.contains("已撤销批次确认") && page.contains("action=\"/batches/confirm"), "{page}");
        assert!(!page.contains("action=\"/batches/take-back"), "{page}");
        // No clock runs, in the file and in the statistics, and the bank has nothing to extract.
        let file = w.service.batch(id).await.unwrap().unwrap();
        assert!(file.batch.as_ref().unwrap().clocks.is_empty());
        let board = get(&city, "/clocks").await;
        assert!(!board.contains("制卡（10个工作日）") || !board.contains(&number), "{board}");
        let bank = Actor::Bank(BankCode("95588".into()));
        let refused = w.batch(&bank, id, BatchCommand::Extract).await.unwrap_err();
        assert!(refused.to_string().contains("当前环节"), "{refused}");
        // Confirmed again and extracted, it is the bank's.
        let page = city.post("/batches/confirm", &format!("batch={id}&people=1&reviewed=1")).await;
        assert!(page.contains("批次已确认"), "{page}");
        w.batch(&bank, id, BatchCommand::Extract).await.unwrap();
        let page = get(&city, &format!("/batches/{id}")).await;
        assert!(page.contains("不能撤销确认") && !page.contains("action=\"/batches/take-back"), "{page}");
        let page = city.post("/batches/take-back", &form).await;
        assert!(page.contains("银行已提取") && page.contains("失败数据处理"), "{page}");
        let all = lines(&w, "batch.take_back_confirmation").await;
        let outcomes: Vec<_> = all.iter().map(|l| l.outcome.as_str()).collect();
        let refused = ["material_defective", "out_of_scope", "not_permitted", "done", "bank_has_batch"];
        assert_eq!(outcomes, refused);
        assert!(all.iter().all(|l| l.subject == format!("batch:{id}")), "{all:?}");
        w.verified().await;
    }
}

#[tokio::test]
async fn appendix_7_1_the_city_takes_somebody_out_of_a_batch_and_the_rest_are_confirmed() {
    clause!(X7.1);
    clause!(R8.7);
    for on in BOTH {
        let w = World::new(on).await;
        let (a, b) = (w.applicant(1, w.outlet()).await, w.applicant(2, w.outlet()).await);
        let city = signed_in(&w, Role::CityOfficer, CITY).await;
        let id = w.confirmed_batch().await;
        let application = w.file(a).await.0.applications[0].id;
        let out = format!("batch={id}&holder={a}&application={application}");
        // Confirmed, nobody is taken out: the page offers no button, and the rule says what comes first.
        let page = get(&city, &format!("/batches/{id}")).await;
        assert!(!page.contains("action=\"/batches/take-out"), "{page}");
        let page = city.post("/batches/take-out", &format!("{out}&{REASON}&sure=1")).await;
        assert!(page.contains("须先由市卡管机构撤销批次确认"), "{page}");
        city.post("/batches/take-back", &format!("batch={id}&{REASON}&sure=1")).await;
        let page = get(&city, &format!("/batches/{id}")).await;
        assert_eq!(page.matches("action=\"/batches/take-out").count(), 2, "{page}");
        for (form, why) in [
            (format!("{out}&{REASON}"), "没有移出批次"),
            (format!("{out}&reason=+&sure=1"), "须写明移出批次的原因"),
        ] {
            let page = city.post("/batches/take-out", &form).await;
            assert!(page.contains(why), "{page}");
        }
        let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
        let page = clerk.post("/batches/take-out", &format!("{out}&{REASON}&sure=1")).await;
        assert!(page.contains("本岗位无权办理此项业务"), "{page}");
        let page = city.post("/batches/take-out", &format!("{out}&{REASON}&sure=1")).await;
        assert!(
            page.contains("已移出批次") && page.matches("action=\"/batches/take-out").count() == 1,
            "{page}"
        );
        // The outlet reads why; the others go on.
        let number = w.draft(1).document_number;
        let page = clerk.post("/people", &format!("number={number}")).await;
        assert!(page.contains("移出批次：人数有误"), "{page}");
        let page = city.post("/batches/confirm", &format!("batch={id}&people=1&reviewed=1")).await;
        assert!(page.contains("批次已确认"), "{page}");
        assert!(matches!(w.file(b).await.0.applications[0].stage, Stage::InBatch { .. }));
        assert!(
            get(&city, "/batches").await.contains("<td class=\"number\">1</td>"),
            "he waits for the next"
        );
        w.verified().await;
    }
}

#[tokio::test]
async fn appendix_7_1_a_screening_of_nobody_leaves_its_line_and_the_marked_wait_for_no_batch() {
    clause!(X7.1);
    clause!(R36.2);
    for on in BOTH {
        let w = World::new(on).await;
        let id = w.applicant(1, w.outlet()).await;
        let city = signed_in(&w, Role::CityOfficer, CITY).await;
        assert!(get(&city, "/batches").await.contains("<td class=\"number\">1</td>"));
        let application = w.file(id).await.0.applications[0].id;
        let mark = |marked| C::MarkInstant(Mark { application, outlet: w.outlet(), marked });
        w.about(&Actor::System, id, mark(true)).await.unwrap();
        let page = get(&city, "/batches").await;
        assert!(page.contains("没有待筛选的申请"), "{page}");
        let page = city.post("/batches/screen", "city=4401&bank=95588&urgent=false").await;
        assert!(page.contains("批次中没有可制卡的申请"), "{page}");
        let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
        clerk.post("/batches/screen", "city=4401&bank=95588&urgent=false").await;
        city.post("/batches/screen", "city=9999&bank=95588&urgent=false").await;
        let tried: Vec<_> = lines(&w, "batch.screen").await.into_iter().map(|l| l.outcome).collect();
        assert_eq!(tried, ["batch_empty", "not_permitted", "out_of_scope"]);
        // As the schema before it left them: noted once, when the store is opened.
        w.about(&Actor::System, id, mark(false)).await.unwrap();
        let ready = w.service.store().ready_counts(Some("4401")).await.unwrap();
        assert_eq!(ready.iter().map(|r| r.applications).collect::<Vec<_>>(), [1]);
        w.verified().await;
    }
}

#[tokio::test]
async fn art_5_1_a_bank_ends_its_cooperation_with_a_city_at_the_page_and_its_name_is_offered_no_more() {
    clause!(R5.1);
    let w = World::new(On::Memory).await;
    let system = signed_in(&w, Role::SystemAdministrator, CENTRE).await;
    let page = get(&system, "/partners/bank:95588").await;
    assert!(page.contains("action=\"/partners/end"), "{page}");
    for (form, why) in [
        ("partner=bank%3A95588&city=&reason=x", "请选择服务银行和地市"),
        ("partner=bank%3A95588&city=4401&reason=+", "须写明结束合作的原因"),
    ] {
        let page = system.post("/partners/end", form).await;
        assert!(page.contains(why), "{page}");
    }
    let guangzhou = CityCode("4401".into());
    let icbc = BankCode("95588".into());
    let ended = system.post("/partners/end", &format!("partner=bank%3A95588&city=4401&{REASON}")).await;
    assert!(ended.contains("已结束合作") && !w.service.institutions().banks_of(&guangzhou).contains(&icbc));
    let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
    let form = get(&clerk, "/apply").await;
    assert!(!form.contains("中国工商银行"), "{form}");
    let city = signed_in(&w, Role::CityOfficer, CITY).await;
    let (status, ..) =
        city.send("POST", "/partners/end", "partner=bank%3A95588&city=4401&reason=x", "http://console").await;
    assert_ne!(status, StatusCode::OK);
    assert_eq!(lines(&w, "institution.end_bank").await.iter().filter(|l| l.outcome == "done").count(), 1);
    w.verified().await;
}

#[tokio::test]
async fn art_23_1_the_province_asks_for_a_reconciliation_with_a_bank_whose_computer_can_be_called() {
    clause!(R23.1);
    let w = World::new(On::Memory).await;
    let province = signed_in(&w, Role::ProvinceOfficer, CENTRE).await;
    let page = get(&province, "/links").await;
    assert!(page.contains("最近一次对账") && !page.contains("立即对账"), "nobody is called: {page}");
    let refused = province.post("/links/reconcile", "bank=95588").await;
    assert!(refused.contains("没有登记接口地址"), "{refused}");
    let icbc = Partner {
        id: PartnerId::parse("bank:95588").unwrap(),
        name: "工行".into(),
        endpoint: Some("https://bank.invalid".into()),
        keys: Vec::new(),
    };
    let key = kaguan_domain::facts::partner::PartnerKey {
        id: "k1".into(),
        public: kaguan_api::sign::Secret::fresh().public(),
        from: Instant(0),
        until: None,
    };
    let icbc = Partner { keys: vec![key], ..icbc };
    w.system(Command::Institution(InstitutionCommand::RegisterPartner(icbc))).await.unwrap();
    assert!(get(&province, "/links").await.contains("立即对账"));
    let asked = province.post("/links/reconcile", "bank=95588").await;
    assert!(asked.contains("已要求对账") && asked.contains("进行中"), "{asked}");
    assert_eq!(w.service.institutions().reconciliation_asked(&BankCode("95588".into())), Some(w.clock.now()));
    let city = signed_in(&w, Role::CityOfficer, CITY).await;
    let refused = city.post("/links/reconcile", "bank=95588").await;
    assert!(refused.contains("本岗位无权办理此项业务"), "{refused}");
    w.verified().await;
}
