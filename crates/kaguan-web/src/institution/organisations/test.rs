//! 机构与网点: the system administrator adds, renames and stops organisations down to a village's window.

use super::{Door, lines, signed_in};
use axum::http::StatusCode;
use kaguan_domain::clause;
use kaguan_domain::facts::institution::Role;
use kaguan_testkit::{On, World};

const CENTRE: &str = "44000000000001";
/// 天河区社保卡服务中心.
const COUNTY: &str = "44010600000001";

async fn get(door: &Door, path: &str) -> String {
    door.send("GET", path, "", "http://console").await.1
}

#[tokio::test]
async fn art_6_1_a_town_and_its_village_are_added_renamed_and_stopped() {
    clause!(R6.1);
    let w = World::new(On::Memory).await;
    let system = signed_in(&w, Role::SystemAdministrator, CENTRE).await;
    let page = get(&system, "/organisations?city=4401").await;
    assert!(page.contains("广州市社保卡管理中心") && page.contains("天河区人社局社保卡窗口"), "{page}");
    assert!(!page.contains("深圳市社保卡管理中心") && page.contains(">955880001<"), "{page}");
    let found = get(&system, "/organisations?looked_for=440306").await;
    assert!(found.contains("宝安区") && !found.contains("天河区"), "{found}");
    let add = |parent: &str, kind: &str, code: &str, name: &str, bank: &str| {
        format!("parent={parent}&kind={kind}&code={code}&name={name}&bank={bank}")
    };
    let wrong = system.post("/organisations/add", &add(COUNTY, "hr_outlet", "4401", "", "95588")).await;
    for part in ["机构编码应为14位", "机构名称应为", "其他机构没有银行", "value=\"4401\""]
    {
        assert!(wrong.contains(part), "{part}: {wrong}");
    }
    let elsewhere =
        system.post("/organisations/add", &add(COUNTY, "hr_outlet", "44030600000777", "x", "")).await;
    assert!(elsewhere.contains("上级机构在另一地市"), "{elsewhere}");
    let (town, village) = ("44010600000201", "44010600000202");
    let done = system.post("/organisations/add", &add(COUNTY, "hr_outlet", town, "Town", "")).await;
    assert!(done.contains("已新增机构") && done.contains("Town"), "{done}");
    let done = system.post("/organisations/add", &add(town, "hr_outlet", village, "Village", "")).await;
    assert!(done.contains("已新增机构") && done.contains("Village"), "{done}");
    let below =
        system.post("/organisations/add", &add(village, "county_centre", "44010600000203", "x", "")).await;
    assert!(below.contains("不能设在该人社部门卡经办网点之下"), "{below}");
    let lower =
        system.post("/organisations/add", &add(village, "hr_outlet", "44010600000203", "x", "")).await;
    assert!(lower.contains("社区、村网点是最基层的网点，其下不再设网点"), "{lower}");
    let tree = get(&system, "/organisations?city=4401").await;
    assert!(tree.contains("class=\"depth2\"") && tree.contains("class=\"depth3\""), "{tree}");
    // A bank's own levels: an outlet below its branch's, and not below another bank's.
    let (icbc, ccb) = ("44010395588001", "44010395533001");
    let done = system
        .post("/organisations/add", &add(icbc, "bank_outlet", "44010395588901", "Branch", "95588"))
        .await;
    assert!(done.contains("已新增机构"), "{done}");
    let other =
        system.post("/organisations/add", &add(ccb, "bank_outlet", "44010395588902", "x", "95588")).await;
    assert!(other.contains("不能设在该服务银行卡经办网点之下"), "{other}");

    // A bank's branch of the province, and of the city below it: both are seen, and in the city's tree.
    let (province, of_city) = ("44000095588001", "44010095588002");
    for (parent, code, name) in [(CENTRE, province, "ProvinceBranch"), (province, of_city, "CityBranch")] {
        let done = system.post("/organisations/add", &add(parent, "bank_outlet", code, name, "95588")).await;
        assert!(done.contains("已新增机构"), "{name}: {done}");
    }
    let tree = get(&system, "/organisations?city=4401").await;
    assert!(tree.contains("CityBranch") && !tree.contains("ProvinceBranch"), "{tree}");
    let own = get(&system, "/organisations?city=44").await;
    assert!(own.contains("ProvinceBranch") && own.contains("CityBranch"), "{own}");

    let id = |code: &str| w.org(code).0;
    let (town, village) = (id(town), id(village));
    let renamed = system.post("/organisations/rename", &format!("org={village}&name=Village+2")).await;
    assert!(renamed.contains("已更名") && renamed.contains("Village 2"), "{renamed}");
    let bare = system.post("/organisations/stop", &format!("org={village}&reason=+")).await;
    assert!(bare.contains("未填写停办理由"), "{bare}");
    let above = system.post("/organisations/stop", &format!("org={town}&reason=1")).await;
    assert!(above.contains("下级机构1个未停办"), "{above}");
    let stopped = system.post("/organisations/stop", &format!("org={village}&reason=1")).await;
    assert!(stopped.contains("已停办，不再") && stopped.contains("恢复该机构"), "{stopped}");
    let at = format!("停办时间</th><td class=\"number\">{}</td>", w.clock.now().local());
    assert!(stopped.contains(&at) && stopped.contains("停办理由</th><td>1</td>"), "{stopped}");
    let lisi = "what=add&login=lisi&name=Li+Si&role=hr_clerk&org=44010600000202&reason=1";
    let nobody = system.post("/officers/propose", lisi).await;
    assert!(nobody.contains("Village 2已停办"), "{nobody}");
    let again = system.post("/organisations/start", &format!("org={village}")).await;
    assert!(again.contains("已恢复") && !again.contains("停办时间"), "{again}");
    assert_eq!(lines(&w, "institution.stop_organisation").await.len(), 3);
    w.verified().await;
}

#[tokio::test]
async fn art_6_1_of_a_new_organisation_everything_is_told_at_once_and_what_cannot_stand_there_is_not_offered()
{
    clause!(R6.1);
    let w = World::new(On::Memory).await;
    let system = signed_in(&w, Role::SystemAdministrator, CENTRE).await;
    let empty = format!("parent={COUNTY}&kind=&code=&name=&bank=");
    let wrong = system.post("/organisations/add", &empty).await;
    for part in ["未选择机构类型", "机构名称应为", "机构编码应为14位", "《经办规程》第6条"]
    {
        assert!(wrong.contains(part), "{part}: {wrong}");
    }
    let taken = format!("parent={COUNTY}&kind=hr_outlet&code=44010600000101&name=&bank=95588");
    let wrong = system.post("/organisations/add", &taken).await;
    for part in ["机构编码44010600000101已由天河区人社局社保卡窗口使用", "其他机构没有银行", "机构名称应为"]
    {
        assert!(wrong.contains(part), "{part}: {wrong}");
    }
    let page = async |code: &str| get(&system, &format!("/organisations/{}", w.org(code).0)).await;
    let offers = |page: &str, kind: &str| page.contains(&format!("<option value=\"{kind}\""));
    let county = page(COUNTY).await;
    assert!(offers(&county, "hr_outlet") && offers(&county, "bank_outlet"), "{county}");
    assert!(!offers(&county, "city_centre") && !offers(&county, "county_centre"), "{county}");
    let window = page("44010600000101").await;
    assert!(offers(&window, "hr_outlet") && !offers(&window, "bank_outlet"), "{window}");
    assert!(!window.contains("name=\"bank\""), "{window}");
    let branch = page("44010395588001").await;
    assert!(offers(&branch, "bank_outlet") && !offers(&branch, "hr_outlet"), "{branch}");
    assert!(offers(&branch, "95588") && !offers(&branch, "95533"), "its own bank's only: {branch}");
    let village = "parent=44010600000101&kind=hr_outlet&code=44010600000202&name=Village&bank=";
    system.post("/organisations/add", village).await;
    let village = page("44010600000202").await;
    assert!(village.contains("其下不再设机构") && !village.contains("/organisations/add"), "{village}");
}

#[tokio::test]
async fn art_6_1_organisations_of_one_name_are_told_apart_by_their_codes_and_one_city_has_no_two() {
    clause!(R6.1);
    let w = World::new(On::Memory).await;
    let system = signed_in(&w, Role::SystemAdministrator, CENTRE).await;
    let add = |parent: &str, code: &str, name: &str| {
        format!("parent={parent}&kind=hr_outlet&code={code}&name={name}&bank=")
    };
    let (here, elsewhere) = ("44010600000201", "44030600000201");
    for (parent, code) in [(COUNTY, here), ("44030600000001", elsewhere)] {
        let done = system.post("/organisations/add", &add(parent, code, "Window")).await;
        assert!(done.contains("已新增机构"), "{done}");
    }
    let twin = system.post("/organisations/add", &add(COUNTY, "44010600000202", "Window")).await;
    assert!(twin.contains("机构名称与在用的机构Window（44010600000201）相同"), "{twin}");
    let id = w.org(here).0;
    let taken = "name=%E5%A4%A9%E6%B2%B3%E5%8C%BA%E4%BA%BA%E7%A4%BE%E5%B1%80%E7%A4%BE%E4%BF%9D%E5%8D%A1%E7%AA%97%E5%8F%A3";
    let renamed = system.post("/organisations/rename", &format!("org={id}&{taken}")).await;
    assert!(renamed.contains("机构名称与在用的机构天河区人社局社保卡窗口"), "{renamed}");
    let new = "what=add&login=lisi&name=Li+Si&role=hr_clerk&org=Window&reason=1";
    let several = system.post("/officers/propose", new).await;
    for part in ["有2个机构同名，请填机构编码", here, elsewhere] {
        assert!(several.contains(part) && !several.contains("没有该机构"), "{part}: {several}");
    }
    let audit = signed_in(&w, Role::AuditAdministrator, CENTRE).await;
    let several = get(&audit, "/journal?org=Window").await;
    assert!(several.contains("有2个机构同名"), "{several}");
    // By its code one of them is meant.
    let one = system.post("/officers/propose", &new.replace("Window", here)).await;
    assert!(one.contains("待安全管理员审核"), "{one}");
    w.verified().await;
}

#[tokio::test]
async fn art_6_1_an_outlet_with_cards_or_applications_is_not_stopped_and_a_stopped_one_takes_no_new_ones() {
    clause!(R6.1);
    let w = World::new(On::Memory).await;
    let system = signed_in(&w, Role::SystemAdministrator, CENTRE).await;
    w.applicant(1, w.outlet()).await;
    let stop = |org: i64| format!("org={org}&reason=1");
    let waits = system.post("/organisations/stop", &stop(w.outlet().0)).await;
    assert!(waits.contains("仍有在此受理或领取的在办申请"), "{waits}");
    let batch = w.cards_made().await;
    w.at_outlet(batch, w.outlet()).await;
    let lies = system.post("/organisations/stop", &stop(w.outlet().0)).await;
    assert!(lies.contains("仍有成品卡箱") && lies.contains("未领的卡"), "{lies}");
    let city = system.post("/organisations/stop", &stop(w.org("44010000000001").0)).await;
    assert!(city.contains("不能停办"), "{city}");
    let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
    for path in ["/organisations", "/organisations/1"] {
        let (status, page, _) = clerk.send("GET", path, "", "http://console").await;
        assert!(status == StatusCode::FORBIDDEN && page.contains("本岗位无权办理此项业务"), "{page}");
    }
    let audit = signed_in(&w, Role::AuditAdministrator, CENTRE).await;
    let page = get(&audit, &format!("/organisations/{}", w.outlet().0)).await;
    assert!(page.contains("天河区人社局社保卡窗口") && !page.contains("停办该机构"), "{page}");
    w.verified().await;
}
