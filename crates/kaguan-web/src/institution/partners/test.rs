//! 服务银行与卡商: keys and addresses by two administrators, cities and contacts by the first.

use super::{Door, lines, signed_in};
use axum::http::StatusCode;
use kaguan_api::sign::Secret;
use kaguan_domain::clause;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::ids::{BankCode, CityCode, PartnerId};
use kaguan_testkit::{On, World};

const CENTRE: &str = "44000000000001";

async fn get(door: &Door, path: &str) -> String {
    door.send("GET", path, "", "http://console").await.1
}

fn id_of(page: &str) -> String {
    page.split("name=\"id\" value=\"")
        .nth(1)
        .unwrap_or_else(|| panic!("{page}"))
        .split('"')
        .next()
        .unwrap()
        .into()
}

#[tokio::test]
async fn art_6_1_a_bank_is_registered_and_its_key_changed_by_two_administrators() {
    clause!(R6.1);
    let w = World::new(On::Memory).await;
    let system = signed_in(&w, Role::SystemAdministrator, CENTRE).await;
    let security = signed_in(&w, Role::SecurityAdministrator, CENTRE).await;
    let audit = signed_in(&w, Role::AuditAdministrator, CENTRE).await;
    let page = get(&system, "/partners").await;
    assert!(
        page.contains("中国工商银行") && page.contains("21个地市") && page.contains("未登记接口"),
        "{page}"
    );
    let public = || Secret::fresh().public();
    let ask = |what: &str, key: &str, public: &str, more: &str| {
        format!("what={what}&key={key}&public={public}&reason=1&{more}")
    };
    let wrong = system.post("/partners/propose", &ask("register", "k1", "04ab", "kind=bank&code=")).await;
    for part in ["SM2曲线", "种类或代码不正确", "缺合作方名称", "《经办规程》第6条"] {
        assert!(wrong.contains(part), "{part}, all at once: {wrong}");
    }
    let new = "kind=bank&code=95588&name=ICBC&endpoint=https%3A%2F%2Fbank.example";
    let asked = system.post("/partners/propose", &ask("register", "k1", &public(), new)).await;
    assert!(asked.contains("待安全管理员审核") && !asked.contains("/partners/decide\""), "{asked}");
    let id = id_of(&asked);
    for door in [&system, &audit] {
        let none = door.post("/partners/decide", &format!("id={id}&approved=true")).await;
        assert!(none.contains("本岗位无权办理此项业务"), "{none}");
    }
    let icbc = PartnerId::parse("bank:95588").unwrap();
    assert!(w.service.institutions().partner(&icbc).is_none());
    let waiting = get(&security, "/partners").await;
    assert!(
        waiting.contains("ICBC（服务银行95588）") && waiting.contains("https://bank.example"),
        "{waiting}"
    );
    let done = security.post("/partners/decide", &format!("id={id}&approved=true")).await;
    assert!(done.contains("已同意") && done.contains("双向"), "{done}");

    // The new key beside the old one for a day, then the old one ends.
    let more = "partner=bank%3A95588&until=2020-01-01T00:00";
    let early = system.post("/partners/propose", &ask("key", "k2", &public(), more)).await;
    assert!(early.contains("原公钥的失效时间"), "{early}");
    let tomorrow = Instant(w.clock.now().0 + 86_400_000_000);
    let until = tomorrow.local().replace(' ', "T");
    let more = format!("partner=bank%3A95588&until={until}");
    let asked = system.post("/partners/propose", &ask("key", "k2", &public(), &more)).await;
    assert!(asked.contains("更换公钥　ICBC（服务银行95588）") && asked.contains("撤回"), "{asked}");
    let id = id_of(asked.split("变更记录").nth(1).unwrap());
    let back = system.post("/partners/withdraw", &format!("id={id}")).await;
    assert!(back.contains("已撤回"), "{back}");
    let gone = security.post("/partners/decide", &format!("id={id}&approved=true")).await;
    assert!(gone.contains("该变更已撤回"), "{gone}");
    let asked = system.post("/partners/propose", &ask("key", "k2", &public(), &more)).await;
    let id = id_of(asked.split("变更记录").nth(1).unwrap());
    security.post("/partners/decide", &format!("id={id}&approved=true")).await;
    let known = w.service.institutions().partner(&icbc).unwrap().clone();
    assert!(known.key("k1", w.clock.now()).is_some() && known.key("k2", w.clock.now()).is_some());
    assert!(known.key("k1", tomorrow).is_none() && known.key("k2", tomorrow).is_some());

    // Lost: either of them ends it at once.
    let ended = security.post("/partners/end-key", "partner=bank%3A95588&key=k1").await;
    assert!(ended.contains("失效时间已登记") && ended.contains("已失效"), "{ended}");
    assert!(w.service.institutions().partner(&icbc).unwrap().key("k1", w.clock.now()).is_none());
    // The only one that is left is not ended by an empty field alone, nor by a mistyped year.
    let bare = security.post("/partners/end-key", "partner=bank%3A95588&key=k2").await;
    assert!(bare.contains("唯一有效的公钥") && bare.contains("没有停用"), "{bare}");
    let past = "partner=bank%3A95588&key=k2&until=2016-12-31T00%3A00";
    let past = security.post("/partners/end-key", past).await;
    assert!(past.contains("失效时间不得早于现在"), "{past}");
    assert!(w.service.institutions().partner(&icbc).unwrap().key("k2", w.clock.now()).is_some());
    let log = get(&audit, "/journal?verb=institution.end_partner_key").await;
    assert!(log.contains("停用合作方公钥"), "{log}");
    assert_eq!(lines(&w, "institution.decide_partner").await.len(), 5);
    w.clock.set(Instant(w.clock.now().0 + 10 * 60_000_000));
    for path in ["/partners/propose", "/partners/decide", "/partners/withdraw", "/partners/end-key"] {
        let (_, _, to) = system.send("POST", path, "", "http://console").await;
        assert_eq!(to.as_deref(), Some("/reauthenticate?next=/partners"), "{path}");
    }
    w.verified().await;
}

#[tokio::test]
async fn art_6_1_a_key_holds_from_its_approval_and_what_is_wrong_of_it_is_told_at_once() {
    clause!(R6.1);
    let w = World::new(On::Memory).await;
    let system = signed_in(&w, Role::SystemAdministrator, CENTRE).await;
    let security = signed_in(&w, Role::SecurityAdministrator, CENTRE).await;
    let public = Secret::fresh().public();
    let new = "kind=bank&code=95588&name=ICBC&endpoint=https%3A%2F%2Fbank.example";
    let ask = format!("what=register&key=k1&public={public}&reason=1&{new}");
    let proposed = w.clock.now();
    let asked = system.post("/partners/propose", &ask).await;
    assert!(asked.contains("，自审核同意时"), "{asked}");
    let id = id_of(&asked);
    w.clock.set(Instant(proposed.0 + 5 * 60_000_000));
    let approved = w.clock.now().local();
    security.post("/partners/decide", &format!("id={id}&approved=true")).await;
    let page = get(&system, "/partners/bank:95588").await;
    assert!(page.contains(&approved) && page.contains(&format!("，自{approved}")), "{page}");
    // One whose time is over before anybody has decided begins with the approval, and whoever decides is told so.
    let now = w.clock.now();
    let later = Instant(now.0 + 2 * 60_000_000).local();
    let from = later[..16].replace(' ', "T");
    let other = Secret::fresh().public();
    let ask = format!("what=key&partner=bank%3A95588&key=k2&public={other}&reason=1&from={from}&until=");
    let asked = system.post("/partners/propose", &ask).await;
    assert!(asked.contains(&format!("，自{}", &later[..16])), "{asked}");
    w.clock.set(Instant(now.0 + 4 * 60_000_000));
    let page = get(&security, "/partners").await;
    assert!(
        page.contains(&format!("，自审核同意时（原定{}", &later[..16])) && page.contains("已过）"),
        "{page}"
    );
    // The name and the digits are registered, the times are past, no reason is given: one round, each beside its field.
    let bad = format!("what=key&partner=bank%3A95588&key=k1&public={public}&reason=+");
    let bad = format!("{bad}&from=2020-01-01T00:00&until=2019-01-01T00:00");
    let page = system.post("/partners/propose", &bad).await;
    for name in ["key", "public", "from", "until", "reason"] {
        assert!(page.contains(&format!("id=\"why-{name}\"")), "{name}: {page}");
    }
    let bad = "what=key&partner=bank%3A95588&key=k1&public=04ab&reason=+&from=2020-01-01T00:00&until=x";
    let page = system.post("/partners/propose", bad).await;
    for part in
        ["公钥名称k1已用过", "SM2曲线", "生效时间早于现在", "失效时间应为日期和时间", "未填写变更理由"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    // How long before it partners have to know stands beside the field.
    let page = get(&system, "/partners").await;
    assert!(page.contains("下一把的启用时间（距审核同意不少于两日）"), "{page}");
}

#[tokio::test]
async fn art_6_1_whoever_agrees_to_a_key_that_begins_later_is_told_when_it_begins() {
    clause!(R6.1);
    let w = World::new(On::Memory).await;
    let system = signed_in(&w, Role::SystemAdministrator, CENTRE).await;
    let security = signed_in(&w, Role::SecurityAdministrator, CENTRE).await;
    let three_days_on = Instant(w.clock.now().0 + 3 * 86_400_000_000).local();
    let minute = &three_days_on[..16];
    let from = minute.replace(' ', "T");
    let ask = format!("what=system_key&from={from}&reason=1");
    let asked = system.post("/partners/propose", &ask).await;
    assert!(asked.contains("待安全管理员审核"), "{asked}");
    let id = id_of(&asked);
    let again = system.post("/partners/propose", &ask).await;
    assert!(again.contains("已有待审核的变更（系统密钥）"), "{again}");
    let done = security.post("/partners/decide", &format!("id={id}&approved=true")).await;
    assert!(done.contains(&format!("已同意，自{minute}:00起启用")) && !done.contains("即时生效"), "{done}");
    // A partner's key, too: what is registered holds now, and its key later.
    let public = Secret::fresh().public();
    let new = "kind=bank&code=95588&name=ICBC&endpoint=https%3A%2F%2Fbank.example";
    let ask = format!("what=register&key=k1&public={public}&reason=1&from={from}&{new}");
    let id = id_of(&system.post("/partners/propose", &ask).await);
    let done = security.post("/partners/decide", &format!("id={id}&approved=true")).await;
    assert!(done.contains(&format!("登记即时生效，公钥自{minute}:00起有效")), "{done}");
    // What was sent back begins never.
    let ask = "what=reach&partner=bank%3A95588&endpoint=https%3A%2F%2Fnew.example&reason=1";
    let asked = system.post("/partners/propose", ask).await;
    let id = id_of(asked.split("变更记录").nth(1).unwrap());
    let back = security.post("/partners/decide", &format!("id={id}&approved=false&reason=1")).await;
    assert!(back.contains("已退回"), "{back}");
    let asked = system.post("/partners/propose", ask).await;
    let id = id_of(asked.split("变更记录").nth(1).unwrap());
    let done = security.post("/partners/decide", &format!("id={id}&approved=true")).await;
    assert!(done.contains("已同意，即时生效"), "{done}");
    w.verified().await;
}

#[tokio::test]
async fn a_bank_has_its_cities_and_the_people_to_speak_to() {
    let w = World::new(On::Memory).await;
    let system = signed_in(&w, Role::SystemAdministrator, CENTRE).await;
    let page = get(&system, "/partners/bank:95588").await;
    assert!(
        page.contains("合作地市") && page.contains("广州市、") && !page.contains("增加合作地市"),
        "{page}"
    );
    // 中国工商银行 serves all; another one begins with a city.
    let shenzhen = CityCode("4403".into());
    let gdb = BankCode("95508".into());
    assert!(w.service.institutions().banks_of(&shenzhen).contains(&gdb));
    let again = system.post("/partners/offer", "partner=bank%3A95508&city=4403").await;
    assert!(again.contains("没有需要变更的内容"), "{again}");
    let bad = system.post("/partners/contacts", "partner=bank%3A95588&lines=a,b").await;
    assert!(bad.contains("第1行应为"), "{bad}");
    let bad = system.post("/partners/contacts", "partner=bank%3A95588&lines=a,b%0A,,Zhao,1").await;
    assert!(bad.contains("第1行应为") && bad.contains("第2行职责为空"), "all at once: {bad}");
    let row = "%E5%B9%BF%E5%B7%9E,keys,Zhao+Liu,020-83000000%0A,accounts,Sun+Qi,020-83000001";
    let kept = system.post("/partners/contacts", &format!("partner=bank%3A95588&lines={row}")).await;
    assert!(kept.contains("联系人已登记") && kept.contains("Zhao Liu") && kept.contains("广州市"), "{kept}");
    let list = get(&system, "/partners").await;
    assert!(list.contains("<td data-head=\"联系人\" class=\"right number\">2</td>"), "{list}");
    let clerk = signed_in(&w, Role::CityOfficer, "44010000000001").await;
    for path in ["/partners", "/partners/bank:95588"] {
        let (status, page, _) = clerk.send("GET", path, "", "http://console").await;
        assert!(status == StatusCode::FORBIDDEN && page.contains("本岗位无权办理此项业务"), "{page}");
        assert!(!page.contains("中国工商银行"), "{page}");
    }
    w.verified().await;
}
