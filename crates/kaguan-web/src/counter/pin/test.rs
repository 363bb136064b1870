//! PIN维护 at the counter: a locked PIN is told wherever the state of its card is.

use super::signed_in;
use kaguan_domain::clause;
use kaguan_domain::facts::institution::Role;
use kaguan_testkit::{On, World};

const HR: &str = "44010600000101";

#[tokio::test]
async fn art_20_1_a_card_whose_pin_is_locked_does_not_read_as_in_use_and_what_unlocks_it_comes_next() {
    clause!(R20.1);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let who = format!("holder={id}&card={card}");
    let works = clerk.post("/people", &format!("holder={id}")).await;
    assert!(works.contains("<b>正常使用</b>") && works.contains("社保密码 <b>"), "{works}");
    let locked = clerk.post("/pin/carry-out", &format!("{who}&change=locked")).await;
    assert!(locked.contains("已登记密码锁定；请接着办理解锁或重置"), "{locked}");
    let since = w.clock.now().date();
    let facet = format!("社保密码 <b>已锁定，自{since}起，须办理解锁或重置</b>");
    assert!(locked.contains(&facet), "{locked}");
    assert!(locked.contains(">PIN维护：解锁密码或重置密码</a>"), "{locked}");
    let file = clerk.post("/people", &format!("holder={id}")).await;
    assert!(file.contains(&facet), "{file}");
    for page in [&locked, &file] {
        assert!(page.contains("<b>社保密码已锁定，须解锁或重置</b>"), "{page}");
        assert!(!page.contains("正常使用") && !page.contains("class=\"state ok\""), "{page}");
    }
    let number = w.draft(1).document_number;
    let form = format!("{who}&change=unlocked&document_kind=1&document_number={number}&verified=1");
    let done = clerk.post("/pin/carry-out", &form).await;
    assert!(done.contains("密码已解锁") && done.contains("<b>正常使用</b>"), "{done}");
    assert!(!done.contains("PIN维护：解锁密码或重置密码"), "{done}");
    w.verified().await;
}
