//! What is taken back or asked for at a page: a confirmed batch before its bank has it, a bank's cooperation with a city, a
//! reconciliation now; and that whoever is marked for a counter waits for no batch.

use super::{Door, lines, signed_in};
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use jiff::civil::date;
use kaguan_domain::account_opening::OpeningResult;
use kaguan_domain::alive::{MarkDeath, RestoreLife};
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::dispatch::{BatchCommand, HolderCommand as C};
use kaguan_domain::facts::application::{Register, Stage};
use kaguan_domain::facts::clock::ClockKind;
use kaguan_domain::facts::failure::PartnerWords;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::facts::mirror::{BankState, Mirror};
use kaguan_domain::facts::names::StageKind;
use kaguan_domain::facts::partner::Partner;
use kaguan_domain::ids::{BankCode, BatchId, BoxId, CityCode, HolderId, PartnerId, VendorCode};
use kaguan_domain::instant::Mark;
use kaguan_domain::institution::InstitutionCommand;
use kaguan_service::Command;
use kaguan_service::reconcile::{Case, Difference, LastReconciled, NotReconciled};
use kaguan_store::BatchShare;
use kaguan_testkit::{BOTH, On, World};
use kaguan_testkit::{missing, receive};
use tower::ServiceExt;

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
        // Where its cards are collected stands there in every state; one that is confirmed is refused nothing.
        assert!(page.contains("<th>领卡网点</th><th>申请单位</th><th>受理网点</th>"), "{page}");
        assert!(!page.contains("现在不能确认"), "{page}");
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
        assert!(page.contains("<th>领卡网点</th>") && !page.contains("现在不能确认"), "{page}");
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
async fn art_8_what_a_batch_holds_is_counted_while_it_waits_and_when_its_cards_are_made() {
    clause!(R8.7);
    for on in BOTH {
        let w = World::new(on).await;
        let outlet = w.outlet();
        let counted = |people| vec![BatchShare { collect_at: outlet, unit: None, outlet, people }];
        w.applicant(1, outlet).await;
        w.applicant(2, outlet).await;
        let made = w.cards_made().await;
        assert_eq!(w.service.store().batch_shares(made).await.unwrap(), counted(2));
        w.applicant(3, outlet).await;
        let waits = w.confirmed_batch().await;
        assert_eq!(w.service.store().batch_shares(waits).await.unwrap(), counted(1));
        let city = signed_in(&w, Role::CityOfficer, CITY).await;
        let page = get(&city, &format!("/batches/{waits}")).await;
        assert!(page.contains("<td>个人申请</td>"), "{page}");
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

async fn dies(w: &World, id: HolderId) {
    for source in [Register::PublicSecurity, Register::SocialSecurity] {
        let mark = C::MarkDeath(MarkDeath { source, number: None, evidence: None });
        w.about(&Actor::System, id, mark).await.unwrap();
    }
}

#[tokio::test]
async fn art_33_1_whoever_has_died_since_is_left_out_of_the_screening_by_name_of_the_form() {
    clause!(R33.1);
    for on in BOTH {
        let w = World::new(on).await;
        let city = signed_in(&w, Role::CityOfficer, CITY).await;
        let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
        let first = w.applicant(1, w.outlet()).await;
        dies(&w, first).await;
        let form = w.draft(1).form_no;
        // Nobody waits for the city; that one does for the outlet.
        let page = get(&city, "/batches").await;
        assert!(page.contains("没有待筛选的申请") && page.contains("死亡已核实、不纳入批次筛选"), "{page}");
        assert!(page.contains(&form), "{page}");
        let page = get(&city, "/").await;
        assert!(page.contains("死亡已核实、不纳入批次筛选的申请") && !page.contains("待批次筛选"), "{page}");
        let page = get(&clerk, "/").await;
        assert!(page.contains("死亡已核实、待不予受理的申请"), "{page}");
        let page = get(&clerk, "/?work.owner=outlet").await;
        assert!(page.contains(&form) && page.contains("死亡已核实，待不予受理"), "{page}");
        let board = get(&city, "/clocks?table=steps").await;
        assert!(board.contains("死亡已核实，待不予受理") && !board.contains("待批次筛选"), "{board}");
        let number = w.draft(1).document_number;
        let page = clerk.post("/people", &format!("number={number}")).await;
        assert!(page.contains("死亡已核实，待不予受理"), "{page}");
        assert!(!page.contains("href=\"/post/"), "no post is offered: {page}");
        let screen = "city=4401&bank=95588&urgent=false";
        let page = city.post("/batches/screen", screen).await;
        assert!(page.contains("死亡已经两个来源核实，不再制卡") && page.contains("第33条"), "{page}");
        assert!(page.contains(&form), "{page}");
        w.applicant(2, w.outlet()).await;
        let page = city.post("/batches/screen", screen).await;
        assert!(page.contains("已筛选1人") && page.contains("未纳入的1人，申领表编码"), "{page}");
        assert!(page.contains(&form), "{page}");
        assert!(matches!(w.file(first).await.0.applications[0].stage, Stage::Accepted { .. }));
        w.verified().await;
        // The register was wrong: the next screening takes him.
        let restored = C::RestoreLife(RestoreLife::by("本人到场"));
        w.about(&Actor::System, first, restored).await.unwrap();
        let page = city.post("/batches/screen", screen).await;
        assert!(page.contains("已筛选1人") && !page.contains("未纳入"), "{page}");
        assert!(!get(&clerk, "/").await.contains("待不予受理"));
        w.verified().await;
    }
}

#[tokio::test]
async fn art_33_1_a_batch_is_confirmed_without_the_dead_who_come_first_on_its_sheet() {
    clause!(R33.1);
    clause!(R8.7);
    for on in BOTH {
        let w = World::new(on).await;
        let city = signed_in(&w, Role::CityOfficer, CITY).await;
        for n in 1..=26 {
            w.applicant(n, w.outlet()).await;
        }
        let bank = BankCode("95588".into());
        let (batch, _) =
            w.service.screen(&Actor::System, &CityCode("4401".into()), &bank, false).await.unwrap();
        let last = w.service.store().batch_people(batch, StageKind::InBatch, HolderId(i64::MIN), 100).await;
        let last = last.unwrap().last().unwrap().holder;
        dies(&w, last).await;
        let form = w.file(last).await.0.applications[0].form_no.clone();
        let page = get(&city, "/").await;
        assert!(page.contains("死亡已核实、待移出批次的人员"), "{page}");
        assert!(get(&city, "/batches").await.contains("1人"), "beside its batch");
        let sheet = get(&city, &format!("/batches/{batch}")).await;
        let at = sheet.find("死亡已核实：移出批次").unwrap_or_else(|| panic!("{sheet}"));
        let faces = sheet.find("sheet-of-faces").unwrap();
        assert_eq!(sheet[faces..at].matches("<li>").count(), 1, "he comes first: {sheet}");
        assert!(sheet.contains("现在不能确认") && sheet.contains(&form), "{sheet}");
        assert_eq!(sheet.matches("action=\"/batches/take-out").count(), 25, "24 and the one who comes first");
        let page = city.post("/batches/confirm", &format!("batch={batch}&people=26&reviewed=1")).await;
        assert!(page.contains("批次内有人员死亡已经两个来源核实") && page.contains(&form), "{page}");
        let application = w.file(last).await.0.applications[0].id;
        let out = format!("batch={batch}&holder={last}&application={application}&{REASON}&sure=1");
        let page = city.post("/batches/take-out", &out).await;
        assert!(page.contains("死亡已核实的不再列入") && !page.contains("现在不能确认"), "{page}");
        let page = city.post("/batches/confirm", &format!("batch={batch}&people=25&reviewed=1")).await;
        assert!(page.contains("批次已确认"), "{page}");
        assert!(!get(&city, "/").await.contains("待移出批次的人员"));
        // One more is known only then, while the bank has not extracted it.
        let first = w.service.store().batch_people(batch, StageKind::InBatch, HolderId(i64::MIN), 1).await;
        let first = first.unwrap()[0].holder;
        dies(&w, first).await;
        assert!(get(&city, "/").await.contains("死亡已核实、待移出批次的人员"));
        let sheet = get(&city, &format!("/batches/{batch}")).await;
        assert!(
            sheet.contains("批次确认后，批次内有人员死亡")
                && sheet.contains("下一步：市卡管机构，撤销批次确认"),
            "{sheet}"
        );
        let page = city.post("/batches/take-back", &format!("batch={batch}&{REASON}&sure=1")).await;
        assert!(page.contains("已撤销批次确认") && page.contains("现在不能确认"), "{page}");
        // Once the bank has it, nothing is promised any more.
        let application = w.file(first).await.0.applications[0].id;
        let out = format!("batch={batch}&holder={first}&application={application}&{REASON}&sure=1");
        city.post("/batches/take-out", &out).await;
        let page = city.post("/batches/confirm", &format!("batch={batch}&people=24&reviewed=1")).await;
        assert!(page.contains("批次已确认"), "{page}");
        w.batch(&Actor::Bank(bank), batch, BatchCommand::Extract).await.unwrap();
        let second = w.service.store().batch_people(batch, StageKind::InBatch, HolderId(i64::MIN), 1).await;
        dies(&w, second.unwrap()[0].holder).await;
        assert!(!get(&city, "/").await.contains("待移出批次的人员"));
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
    assert!(page.contains("最近一次对账") && !page.contains("/links/reconcile"), "nobody is called: {page}");
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
    // The bank does not answer as it should: the page says so, and when it is tried again.
    let said = Some("/reconciliation/sums 应答状态400，应为200".to_owned());
    let failed = NotReconciled { at: w.clock.now(), said };
    failed.keep(w.service.store(), "95588").await.unwrap();
    let page = get(&province, "/links").await;
    assert!(page.contains("对账失败") && page.contains("应答状态400") && page.contains("自动再试"), "{page}");
    assert!(page.contains("立即对账") && !page.contains("进行中"), "{page}");
    assert!(page.contains("各银行的情况见上表") && !page.contains("对账须先登记"), "{page}");
    let home = get(&province, "/").await;
    assert!(home.contains("对账失败的服务银行") && !home.contains("对账差异，待人工核实"), "{home}");
    w.clock.set(Instant(w.clock.now().0 + 1_000));
    assert!(province.post("/links/reconcile", "bank=95588").await.contains("进行中"));
    // What comes of it is told until staff have looked into it.
    let theirs = Some(BankState::Known(Mirror::NEW));
    let case = |slot| Case {
        difference: Difference { card: None, slot, ours: None, theirs },
        city: None,
        since: None,
    };
    let last = LastReconciled {
        at: Instant(w.clock.now().0 + 1_000),
        cards: 3,
        differences: 2,
        repaired: 0,
        under_way: 0,
        without_card: 0,
        staff: 2,
        cases: vec![case(4_711), case(815)],
    };
    last.keep(w.service.store(), "95588").await.unwrap();
    let page = get(&province, "/links").await;
    assert!(page.contains("有差异") && !page.contains("对账失败") && !page.contains("进行中"), "{page}");
    assert!(page.contains("4711") && page.contains("815"), "one can be told from the other: {page}");
    let home = get(&province, "/").await;
    assert!(home.contains("对账差异，待人工核实") && !home.contains("对账失败的服务银行"), "{home}");
    let city = signed_in(&w, Role::CityOfficer, CITY).await;
    let refused = city.post("/links/reconcile", "bank=95588").await;
    assert!(refused.contains("本岗位无权办理此项业务"), "{refused}");
    w.verified().await;
}

fn icbc() -> Actor {
    Actor::Bank(BankCode("95588".into()))
}

/// The bank has the data of a confirmed batch of these people, and answers so many of them: all failed.
async fn at_bank(w: &World, failed: &[HolderId]) -> BatchId {
    let id = w.confirmed_batch().await;
    w.batch(&icbc(), id, BatchCommand::Extract).await.unwrap();
    for holder in failed {
        let mut back = w.opening(*holder, id, 1).await;
        let words = PartnerWords { code: "KYC01".into(), reason: "职业缺失".into() };
        back.result = OpeningResult::Failed(words);
        w.about(&icbc(), *holder, C::TakeOpeningReturn(back)).await.unwrap();
    }
    id
}

async fn runs(w: &World, id: BatchId) -> bool {
    let batch = w.service.batch(id).await.unwrap().unwrap().batch.unwrap();
    batch.clocks.iter().any(|c| c.stopped_on.is_none())
}

#[tokio::test]
async fn appendix_7_2_a_batch_of_which_every_row_failed_is_over_and_nobody_is_offered_to_hand_it_out() {
    clause!(X7.2);
    for on in BOTH {
        let w = World::new(on).await;
        let holder = w.applicant(1, w.outlet()).await;
        let id = at_bank(&w, &[holder]).await;
        w.batch(&icbc(), id, BatchCommand::CloseOpening).await.unwrap();
        assert!(!runs(&w, id).await, "no clock of it runs on");
        let province = signed_in(&w, Role::ProvinceOfficer, CENTRE).await;
        let list = get(&province, "/batches").await;
        assert!(list.contains("已终结") && !list.contains("下发制卡</button>"), "{list}");
        let page = get(&province, &format!("/batches/{id}")).await;
        assert!(page.contains("批次已终结，时限停止") && page.contains("失败数据处理"), "{page}");
        let board = get(&province, "/clocks").await;
        assert!(!board.contains("制卡（10个工作日）"), "{board}");
        // The bank may say once more that it is done.
        w.batch(&icbc(), id, BatchCommand::CloseOpening).await.unwrap_err();
        let city = signed_in(&w, Role::CityOfficer, CITY).await;
        assert!(get(&city, "/failures").await.contains("职业缺失"));
        w.verified().await;
    }
}

#[tokio::test]
async fn appendix_7_4_the_province_takes_a_batch_back_from_a_bank_that_does_not_answer() {
    clause!(X7.4);
    for on in BOTH {
        let w = World::new(on).await;
        let (a, b) = (w.applicant(1, w.outlet()).await, w.applicant(2, w.outlet()).await);
        let id = at_bank(&w, &[]).await;
        let opened = w.opening(a, id, 1).await;
        w.about(&icbc(), a, C::TakeOpeningReturn(opened)).await.unwrap();
        let late = w.opening(b, id, 2).await;
        let sure = format!("batch={id}&{REASON}&sure=1");
        let province = signed_in(&w, Role::ProvinceOfficer, CENTRE).await;
        let page = get(&province, &format!("/batches/{id}")).await;
        assert!(!page.contains("/batches/recall") && page.contains("服务银行，开户回盘"), "{page}");
        let page = province.post("/batches/recall", &sure).await;
        assert!(page.contains("办理时限尚未届满") && page.contains("2026-11-25"), "{page}");
        w.days_pass(7);
        let province = signed_in(&w, Role::ProvinceOfficer, CENTRE).await;
        let list = get(&province, "/batches").await;
        assert!(list.contains("查看或收回"), "{list}");
        for (form, why) in [
            (format!("batch={id}&{REASON}"), "批次没有收回"),
            (format!("batch={id}&reason=+&sure=1"), "须写明收回批次的原因"),
        ] {
            let page = province.post("/batches/recall", &form).await;
            assert!(page.contains(why), "{page}");
        }
        let city = signed_in(&w, Role::CityOfficer, CITY).await;
        let page = city.post("/batches/recall", &sure).await;
        assert!(page.contains("本岗位无权办理此项业务"), "{page}");
        let page = province.post("/batches/recall", &sure).await;
        assert!(
            page.contains("已收回批次：1人未回盘") && page.contains("省卡管机构，下发制卡数据"),
            "{page}"
        );
        assert!(matches!(w.file(b).await.0.applications[0].stage, Stage::OpeningFailed { .. }));
        // It is reported as taken back, not as a return that came late.
        let year = (date(2026, 1, 1), date(2026, 12, 31));
        let ran = w.service.store().batch_clocks(ClockKind::BankOpening, year, None).await.unwrap();
        assert!(matches!(&ran[..], [(bank, ran)] if bank == "95588" && ran.taken_back), "{ran:?}");
        let city_reads = get(&city, "/failures").await;
        assert!(city_reads.contains("银行逾期未回盘，省卡管机构收回批次：人数有误"), "{city_reads}");
        // What the bank sends afterwards is not taken; what it opened before goes on to a vendor.
        w.about(&icbc(), b, C::TakeOpeningReturn(late)).await.unwrap_err();
        w.batch(&Actor::System, id, BatchCommand::HandOut { vendor: VendorCode("1".into()) }).await.unwrap();
        // The vendor packs a box and is silent, too.
        let (vendor, outlet) = (Actor::Vendor(VendorCode("1".into())), w.outlet());
        let (number, employer) = ("X1".into(), None);
        let pack = BatchCommand::PackBox { r#box: BoxId(7), number, outlet, employer, cards: 1 };
        w.batch(&vendor, id, pack).await.unwrap();
        w.days_pass(20);
        let province = signed_in(&w, Role::ProvinceOfficer, CENTRE).await;
        let page = province.post("/batches/recall", &sure).await;
        assert!(page.contains("已收回批次：1人未回盘") && page.contains("批次已终结"), "{page}");
        let file = w.service.batch(id).await.unwrap().unwrap();
        assert!(!runs(&w, id).await && file.boxes.is_empty(), "{file:?}");
        assert!(matches!(w.file(a).await.0.applications[0].stage, Stage::ProductionFailed { .. }));
        let city = signed_in(&w, Role::CityOfficer, CITY).await;
        assert!(get(&city, "/failures").await.contains("卡商逾期未回盘"));
        w.verified().await;
    }
}

#[tokio::test]
async fn art_12_1_a_box_whose_every_card_is_missing_waits_for_nobody() {
    clause!(R12.1);
    let w = World::new(On::Memory).await;
    let holder = w.applicant(1, w.outlet()).await;
    let id = w.cards_made().await;
    let card = w.card_of(holder).await;
    let keeper = w.officer(w.org(CENTRE)).await;
    let b = w.service.batch(id).await.unwrap().unwrap().boxes[0].clone();
    let receive = receive(b.id, w.org(CENTRE), 1);
    w.batch(&keeper, id, receive).await.unwrap();
    let province = signed_in(&w, Role::ProvinceOfficer, CENTRE).await;
    let page = get(&province, "/boxes").await;
    assert!(!page.contains("/boxes/empty"), "{page}");
    w.about(&keeper, holder, missing(card, w.clock.now().date())).await.unwrap();
    assert!(runs(&w, id).await);
    let page = get(&province, "/boxes").await;
    assert!(page.contains("/boxes/empty") && page.contains("空箱结清"), "{page}");
    let page = province.post("/boxes/empty", &format!("batch={id}&box={}", b.id)).await;
    assert!(page.contains("空箱已结清"), "{page}");
    assert!(!runs(&w, id).await);
    w.verified().await;
}

#[tokio::test]
async fn appendix_7_1_the_page_of_a_made_batch_says_who_has_its_boxes() {
    clause!(X7.1);
    clause!(R12.1);
    let w = World::new(On::Memory).await;
    w.applicant(1, w.outlet()).await;
    let id = w.cards_made().await;
    let city = signed_in(&w, Role::CityOfficer, CITY).await;
    let page = get(&city, &format!("/batches/{id}")).await;
    assert!(page.contains("下一步：省卡管机构，签收成品卡（1箱）"), "{page}");
    assert!(!page.contains("请待银行回盘") && !page.contains("不能撤销确认"), "{page}");
    let page = city.post("/batches/take-back", &format!("batch={id}&{REASON}&sure=1")).await;
    assert!(page.contains("成品卡已制成") && !page.contains("请待银行回盘"), "{page}");
    w.at_outlet(id, w.outlet()).await;
    let page = get(&city, &format!("/batches/{id}")).await;
    assert!(page.contains("下一步：持卡人，领取（1箱）") && !page.contains("分发成品卡"), "{page}");
    w.verified().await;
}

#[tokio::test]
async fn art_8_7_a_confirmation_says_all_that_it_lacks_and_reads_a_number_of_any_width() {
    clause!(R8.7);
    let w = World::new(On::Memory).await;
    w.applicant(1, w.outlet()).await;
    let (guangzhou, bank) = (CityCode("4401".into()), BankCode("95588".into()));
    let (id, _) = w.service.screen(&Actor::System, &guangzhou, &bank, false).await.unwrap();
    let city = signed_in(&w, Role::CityOfficer, CITY).await;
    let page = city.post("/batches/confirm", &format!("batch={id}")).await;
    assert!(page.contains("须填写核对后的总人数；须核对批次内人员") && page.contains("没有确认"), "{page}");
    let page = city.post("/batches/confirm", &format!("batch={id}&people=１&reviewed=1")).await;
    assert!(page.contains("批次已确认"), "{page}");
    w.verified().await;
}

#[tokio::test]
async fn appendix_7_1_a_batch_that_everybody_was_taken_out_of_is_ended_at_its_page() {
    clause!(X7.1);
    let w = World::new(On::Memory).await;
    let holder = w.applicant(1, w.outlet()).await;
    let bank = BankCode("95588".into());
    let city = signed_in(&w, Role::CityOfficer, CITY).await;
    let guangzhou = CityCode("4401".into());
    let (id, _) = w.service.screen(&Actor::System, &guangzhou, &bank, false).await.unwrap();
    let page = get(&city, &format!("/batches/{id}")).await;
    assert!(!page.contains("/batches/end"), "somebody is in it: {page}");
    let application = w.file(holder).await.0.applications[0].id;
    let out = format!("batch={id}&holder={holder}&application={application}&{REASON}&sure=1");
    let page = city.post("/batches/take-out", &out).await;
    assert!(page.contains("终结批次</button>"), "{page}");
    assert!(page.contains("下一步：市卡管机构，终结批次") && !page.contains("请先进行批次筛选"), "{page}");
    let page = city.post("/batches/end", &format!("batch={id}")).await;
    assert!(page.contains("批次已终结") && !page.contains("终结批次</button>"), "{page}");
    // No bank ever had it, and nobody failed in it.
    assert!(page.contains("移出的人员回到待批次筛选"), "{page}");
    assert!(!page.contains("服务银行已提取") && !page.contains("在失败数据处理"), "{page}");
    assert!(!get(&city, "/batches").await.contains("确认时清点"));
    w.verified().await;
}

#[tokio::test]
async fn art_6_a_list_of_batches_is_narrowed_by_the_store_and_never_beyond_the_own_city() {
    let w = World::new(On::Memory).await;
    let mut numbers = Vec::new();
    for (n, bank) in ["95588", "95533", "95533"].into_iter().enumerate() {
        let n = u32::try_from(n).unwrap() + 1;
        let mut apply = w.apply(n, w.outlet());
        apply.draft = Box::new(kaguan_files::sample::adult(n, bank));
        w.takes_in(n, apply).await;
        let (city, bank) = (CityCode("4401".into()), BankCode(bank.into()));
        let (id, _) = w.service.screen(&Actor::System, &city, &bank, false).await.unwrap();
        if n == 2 {
            w.batch(&Actor::System, id, BatchCommand::Confirm).await.unwrap();
        }
        numbers.push(w.service.batch(id).await.unwrap().unwrap().batch.unwrap().number);
    }
    let shown = async |door: &Door, asked: &str| -> Vec<usize> {
        let page = get(door, &format!("/batches?{asked}")).await;
        let list = page.split("<h2 id=\"batches\">").nth(1).unwrap_or_default();
        (0..3).filter(|n| list.contains(&format!(">{}<", numbers[*n]))).collect()
    };
    let city = signed_in(&w, Role::CityOfficer, CITY).await;
    let province = signed_in(&w, Role::ProvinceOfficer, CENTRE).await;
    let elsewhere = signed_in(&w, Role::CityOfficer, "44030000000001").await;
    let name = BankCode("95533".into()).name();
    let by_name = form_urlencoded::Serializer::new(String::new()).append_pair("batches.bank", name).finish();
    for (asked, wanted) in [
        ("", &[0, 1, 2][..]),
        ("batches.bank=95533", &[1, 2]),
        // As an address of an earlier version has it.
        (by_name.as_str(), &[1, 2]),
        ("batches.state=confirmed", &[1]),
        ("batches.bank=95588&batches.state=confirmed", &[]),
        ("batches.bank=95533&batches.state=screening", &[2]),
        ("batches.bank=00000", &[0, 1, 2]),
    ] {
        assert_eq!(shown(&city, asked).await, wanted, "{asked}");
        assert_eq!(shown(&province, &format!("{asked}&batches.city=4401")).await, wanted, "{asked}");
        assert_eq!(shown(&province, &format!("{asked}&batches.city=4403")).await, [0; 0], "{asked}");
        // Another city's officer cannot choose this one.
        assert_eq!(shown(&elsewhere, &format!("{asked}&batches.city=4401")).await, [0; 0], "{asked}");
    }
    let page = get(&city, "/batches?batches.bank=95588&batches.state=confirmed").await;
    assert!(page.contains("没有符合所选条件的") && page.contains("value=\"95588\" selected"), "{page}");
    let csv = get(&city, "/batches?batches.bank=95533&batches.as=csv").await;
    assert_eq!(csv.trim_end().lines().count(), 3, "{csv}");
}

#[tokio::test]
async fn art_39_1_what_was_chosen_of_the_list_goes_on_to_a_batch_and_back() {
    clause!(R39.1);
    let w = World::new(On::Memory).await;
    w.applicant(1, w.outlet()).await;
    let city = signed_in(&w, Role::CityOfficer, CITY).await;
    let id = w.confirmed_batch().await;
    let asks = "batches.state=confirmed";
    let list = get(&city, &format!("/batches?{asks}")).await;
    let on = format!("/batches/{id}?{asks}");
    assert!(list.matches(&format!("href=\"{on}\"")).count() >= 2, "by its number and by its act: {list}");
    let page = get(&city, &on).await;
    assert!(page.contains(&format!("href=\"/batches?{asks}\">返回批次列表")), "{page}");
    assert!(page.contains(&format!("href=\"/boxes/tree?batch={id}&#38;{asks}\"")), "{page}");
    let token = page.split("action=\"/batches/take-back?once=").nth(1).unwrap().split('"').next().unwrap();
    assert!(token.ends_with(asks), "{token}");
    let to = format!("/batches/take-back?once={}", token.replace("&#38;", "&"));
    let page = city.post(&to, &format!("batch={id}&{REASON}&sure=1")).await;
    assert!(page.contains(&format!("href=\"/batches?{asks}\">返回批次列表")), "{page}");
    assert!(get(&city, &format!("/batches/{id}")).await.contains("href=\"/batches\">返回批次列表"));
}

/// A page as it is sent.
async fn sent(door: &Door, path: &str) -> String {
    let request = Request::get(path).header(header::HOST, "console").header(header::COOKIE, &door.cookie);
    let answer = door.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    String::from_utf8(to_bytes(answer.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn art_11_1_a_number_is_read_in_fours_in_a_list_and_on_a_page_without_a_script() {
    clause!(R11.1);
    let w = World::new(On::Memory).await;
    w.applicant(1, w.outlet()).await;
    let id = w.confirmed_batch().await;
    let number = w.service.batch(id).await.unwrap().unwrap().batch.unwrap().number;
    let city = signed_in(&w, Role::CityOfficer, CITY).await;
    let fours: Vec<String> =
        number.as_bytes().chunks(4).map(|four| String::from_utf8_lossy(four).into_owned()).collect();
    let grouped = fours[1..]
        .iter()
        .fold(fours[0].clone(), |out, four| format!("{out}<span class=\"four\">{four}</span>"));
    for path in ["/batches".to_owned(), format!("/batches/{id}")] {
        let page = sent(&city, &path).await;
        assert!(page.contains(&grouped), "{path}: {page}");
        let read = get(&city, &path).await;
        assert!(read.contains(&number) && !read.contains("class=\"four\""), "{path}: {read}");
    }
}
