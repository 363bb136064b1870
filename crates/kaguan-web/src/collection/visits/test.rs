//! 上门激活: two clerks, each for himself.

use super::hand::{about, upload, waiting};
use super::signed_in;
use kaguan_domain::clause;
use kaguan_domain::facts::card::Account;
use kaguan_domain::facts::institution::Role;
use kaguan_testkit::{On, World};

const HR: &str = "44010600000101";
const BANK: &str = "44010395588001";
const NEW_BANK: &str = "44010395533001";

#[tokio::test]
async fn art_16_a_proxy_comes_with_images_and_at_home_two_clerks_confirm_each_for_himself() {
    clause!(R14.5);
    clause!(R16.2);
    clause!(R16.4);
    let w = World::new(On::Memory).await;
    let (id, card) = waiting(&w, 1).await;
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let son = "&deputy_name=张子&deputy_kind=1&deputy_number=440106199001010013&relation=direct_relative&ground=sick";
    let form = format!("{}&signed=1{son}", about(&w, 1, id, card));
    let bare = upload(&clerk, "/collect/carry-out", &form, &[]).await;
    assert!(bare.contains("未留存代办人身份证件复印件或影像"), "{bare}");
    assert!(w.file(id).await.0.person.unwrap().archive.is_empty(), "nothing is kept of what was refused");
    assert!(bare.contains("未留存居民户口簿或监护、代理关系证明"), "collected, it is enabled: {bare}");
    let done = upload(&clerk, "/collect/carry-out", &form, &["deputy_image", "relation_image"]).await;
    assert!(done.contains("社保功能 <b>已启用</b>"), "{done}");
    let archive = w.file(id).await.0.person.unwrap().archive;
    assert_eq!(archive.len(), 2);
    assert_eq!(w.service.store().material(archive[0].id).await.unwrap().as_deref(), Some(&b"%PDF-1.4"[..]));

    let (first, second) =
        (signed_in(&w, Role::BankClerk, BANK).await, signed_in(&w, Role::BankClerk, BANK).await);
    let visit = format!("{}&alive=1&identity=1&will=1", about(&w, 1, id, card));
    let unseen = first.post("/activate/visit", &about(&w, 1, id, card)).await;
    assert!(unseen.contains("未核实持卡人生存状态") && unseen.contains("业务办理意愿"), "{unseen}");
    let unsaid = first.post("/activate/visit", &visit).await;
    assert!(unsaid.contains("未选择上门事由"), "{unsaid}");
    let recorded = first.post("/activate/visit", &format!("{visit}&visit_ground=sick")).await;
    assert!(recorded.contains("上门核验已登记"), "{recorded}");
    assert_eq!(w.file(id).await.0.cards[0].account, Account::PreOpened);
    let (_, mine, _) = first.send("GET", "/visits", "", "http://console").await;
    assert!(mine.contains("待另一名经办人确认"), "{mine}");
    let (_, list, _) = second.send("GET", "/visits", "", "http://console").await;
    assert!(list.contains("经办人甲") && list.contains("打开档案确认"), "since when, and by whom: {list}");
    // It lapses with the day: whoever may confirm it has it on 今日工作, and whoever recorded it has not.
    let waits = "待您确认的上门激活（今日有效）";
    for (door, has) in [(&second, true), (&first, false)] {
        let (_, home, _) = door.send("GET", "/", "", "http://console").await;
        assert_eq!(home.contains(waits), has, "{home}");
    }
    let details = w.file(id).await.0.person.unwrap().details;
    assert!(
        list.contains(&details.name.masked()) && !list.contains(details.name.display()),
        "masked: {list}"
    );
    let elsewhere = signed_in(&w, Role::BankClerk, NEW_BANK).await;
    let (_, none, _) = elsewhere.send("GET", "/visits", "", "http://console").await;
    assert!(none.contains("没有待确认的上门激活"), "{none}");
    let own = first.post("/activate/visit-confirm", &visit).await;
    assert!(own.contains("登记人不能确认自己的登记"), "{own}");
    let confirmed = second.post("/activate/visit-confirm", &visit).await;
    assert!(confirmed.contains("双人核验"), "{confirmed}");
    let (_, none, _) = second.send("GET", "/visits", "", "http://console").await;
    assert!(none.contains("没有待确认的上门激活"), "{none}");
    assert!(matches!(w.file(id).await.0.cards[0].account, Account::Active { .. }));
    w.verified().await;
}
