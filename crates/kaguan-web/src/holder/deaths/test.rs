//! 死亡登记 on its page.

use super::signed_in;
use kaguan_domain::clause;
use kaguan_domain::facts::card::Hold;
use kaguan_domain::facts::institution::Role;
use kaguan_testkit::{On, World};

#[tokio::test]
async fn art_32_relatives_state_a_death_and_an_officer_records_what_a_register_wrote() {
    clause!(R32.5);
    let w = World::new(On::Memory).await;
    let (id, _) = w.with_card(1).await;
    let number = w.draft(1).document_number;
    let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
    let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
    let (_, page, _) = clerk.send("GET", "/deaths", "", "http://console").await;
    assert!(page.contains("/deaths/state") && !page.contains("/deaths/mark"), "{page}");
    // Each field that is empty is marked and no other, in one round with the number.
    let marks = |page: &str| {
        ["number", "relation", "evidence", "source"].map(|name| page.contains(&format!("id=\"why-{name}\"")))
    };
    let half = clerk.post("/deaths/state", &format!("number={number}&relation=配偶&evidence=")).await;
    assert!(half.contains("须填写所示证明及编号"), "{half}");
    assert_eq!(marks(&half), [false, false, true, false], "{half}");
    let empty = clerk.post("/deaths/state", "number=&relation=&evidence=").await;
    assert!(empty.contains("须填写社会保障号码") && empty.contains("须填写申报人与持卡人关系"), "{empty}");
    assert_eq!(marks(&empty), [true, true, true, false], "{empty}");
    let none = city.post("/deaths/mark", "number=&source=&evidence=").await;
    assert!(none.contains("须选择比对部门") && none.contains("书面比对结果的文号"), "{none}");
    assert_eq!(marks(&none), [true, false, true, true], "{none}");
    let alive = clerk.post("/deaths/restore", &format!("number={number}&evidence=")).await;
    assert!(alive.contains("没有死亡登记或申报") && !alive.contains("第8条"), "{alive}");
    assert_eq!(marks(&alive), [true, false, false, false], "{alive}");
    let stated = clerk.post("/deaths/state", &format!("number={number}&relation=A&evidence=1")).await;
    assert!(stated.contains("标为疑似死亡") && !stated.contains(&number), "{stated}");
    for (source, told) in [
        ("public_security", "已登记一个来源"),
        ("social_security", "死亡已核实；系统通知网点10个工作日内回收社保卡"),
    ] {
        let form = format!("number={number}&source={source}&evidence=");
        let bare = city.post("/deaths/mark", &form).await;
        assert!(bare.contains("书面比对结果的文号"), "{bare}");
        let marked = city.post("/deaths/mark", &format!("{form}2026-1")).await;
        assert!(marked.contains(told), "{told}: {marked}");
        assert!(marked.contains("第三十二条、第三十三条"), "the articles of the page: {marked}");
    }
    assert!(w.file(id).await.0.cards[0].holds.contains(&Hold::DeathConfirmed));
    let nobody =
        city.post("/deaths/mark", "number=440106199001010013x&source=public_security&evidence=1").await;
    assert!(nobody.contains("社会保障号码"), "{nobody}");
    assert!(
        nobody.contains("社会保障号码不合规")
            && !nobody.contains("须填写")
            && !nobody.contains("社会保障号码社会"),
        "{nobody}"
    );
    let unknown =
        city.post("/deaths/mark", "number=11010519491231002X&source=public_security&evidence=1").await;
    assert!(unknown.contains("未找到对应的档案"), "{unknown}");
    // Fifteen digits, full width, blanks: one number.
    let wide: String = number.chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap()).collect();
    for typed in
        [format!("{}{}", &number[..6], &number[8..17]), wide, format!("{} {}", &number[..6], &number[6..])]
    {
        let again =
            city.post("/deaths/mark", &format!("number={typed}&source=public_security&evidence=2")).await;
        assert!(again.contains("没有需要变更的内容"), "{typed}: {again}");
    }
    let restored = clerk.post("/deaths/restore", &format!("number={number}&evidence=1")).await;
    assert!(restored.contains("已恢复生存状态"), "{restored}");
    let (file, _) = w.file(id).await;
    assert!(file.cards[0].holds.is_empty());
    assert_eq!(file.person.and_then(|p| p.alive_again).map(|a| a.evidence).as_deref(), Some("1"));
    w.verified().await;
}
