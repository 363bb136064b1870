//! 档案合并.

use crate::{Desk, value};
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::BatchCommand;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::ids::{BankCode, CityCode, VendorCode};
use kaguan_partner_sim::{BadDay, Bank, Vendor};
use kaguan_testkit::{On, World};

#[tokio::test]
async fn art_5_5_two_officers_join_two_files_in_the_browser_and_take_them_apart_again() {
    clause!(R5.5);
    let w = World::new(On::Memory).await;
    let (a, card) = w.with_card(1).await;
    let (b, _) = w.with_card(2).await;
    w.service.deliver().await.unwrap();
    let number = |n| w.draft(n).document_number;
    let one = Desk::of(&w, "one", Role::CityOfficer, "44010000000001").await;
    let two = Desk::of(&w, "two", Role::CityOfficer, "44010000000001").await;
    let clerk = Desk::of(&w, "clerk", Role::HrClerk, "44010600000101").await;
    assert!(one.get("/").await.contains("档案合并"));
    assert!(!clerk.get("/").await.contains("档案合并"));
    assert!(clerk.get("/joins").await.contains("无权"));
    let wrong = one.post("/joins", &[("stays", &number(1)), ("other", "123")]).await;
    assert!(wrong.contains("《经办规程》第35条"), "{wrong}");
    let same = one.post("/joins", &[("stays", &number(1)), ("other", &number(1))]).await;
    assert!(!same.contains("提出合并</button>") && same.contains("同一份档案"), "{same}");
    let both = one.post("/joins", &[("stays", "123"), ("other", "456")]).await;
    assert!(both.contains("保留的档案：") && both.contains("并入的档案："), "both at once: {both}");
    let none = one.post("/joins", &[("stays", ""), ("other", " ")]).await;
    for which in ["保留的档案", "并入的档案"] {
        assert!(none.contains(&format!("{which}：社会保障号码：请填写")), "{none}");
    }
    assert!(!none.contains("不合规"), "{none}");
    let page = one.post("/joins", &[("stays", &number(1)), ("other", &number(2))]).await;
    assert!(!page.contains(&number(1)) && !page.contains(&number(2)), "masked");
    assert_eq!(
        value(&page, "name=\"keep\" required><option value=\"\"></option><option"),
        card.0.to_string()
    );
    let (holder, other, keep) = (a.0.to_string(), b.0.to_string(), card.0.to_string());
    let pair = [("holder", holder.as_str()), ("other", other.as_str())];
    let with = |more: &[(&'static str, &'static str)]| -> Vec<(&'static str, String)> {
        pair.iter().chain(more).map(|(k, v)| (*k, (*v).to_owned())).collect()
    };
    let post = async |desk: &Desk, path: &str, fields: Vec<(&'static str, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
        desk.post(path, &fields).await
    };
    let page = post(&one, "/joins/propose", with(&[("reason", "同一人")])).await;
    assert!(page.contains("须选定保留哪一张"), "{page}");
    let mut proposal = with(&[("reason", "两证相片一致")]);
    proposal.push(("keep", keep));
    let page = post(&one, "/joins/propose", proposal).await;
    assert!(page.contains("合并已提出") && page.contains("两证相片一致"), "{page}");
    assert!(page.contains("提出人不能审核自己提出的档案合并") && !page.contains("不同意的理由"), "{page}");
    // The other officer finds it in the list; nobody of another city does.
    let elsewhere = Desk::of(&w, "elsewhere", Role::CityOfficer, "44030000000001").await;
    assert!(elsewhere.get("/joins").await.contains("没有待审核的合并"));
    let list = two.get("/joins").await;
    assert!(list.contains(&holder) && list.contains("查看") && !list.contains(">撤销合并</td>"), "{list}");
    let mut forms = Vec::new();
    for id in [a, b] {
        forms.push(w.file(id).await.0.applications[0].form_no.clone());
    }
    assert!(forms.iter().all(|form| list.contains(form)), "{forms:?} in {list}");
    let page = post(&two, "/joins/look", with(&[])).await;
    assert!(page.contains(">同意<") && !page.contains("现在不能提出合并"), "{page}");
    let page = post(&two, "/joins/decide", with(&[("approved", "yes")])).await;
    assert!(page.contains("没有审核") && page.contains(">同意<"), "{page}");
    let page = post(&two, "/joins/decide", with(&[("approved", "yes"), ("sure", "1")])).await;
    assert!(page.contains("已审核同意") && page.contains("一人一卡清理"), "{page}");
    assert!(two.get("/joins").await.contains("没有待审核的合并"));
    // The second number leads to the first file; there it is undone.
    let page = two.post("/joins", &[("stays", &number(2)), ("other", &number(1))]).await;
    assert!(page.contains("已合并") && page.contains("提出撤销合并"), "{page}");
    let page = post(&two, "/joins/undo", with(&[("reason", "系双胞胎")])).await;
    assert!(page.contains("撤销已提出") && page.contains("系双胞胎"), "{page}");
    // The list says that it is to be undone, and which form goes where; whoever finds the pair by its numbers decides as well.
    let list = one.get("/joins").await;
    assert!(list.contains(">撤销合并</td>") && forms.iter().all(|form| list.contains(form)), "{list}");
    for numbers in [[1, 2], [2, 1], [2, 2]] {
        let [stays, other] = numbers.map(number);
        let page = one.post("/joins", &[("stays", &stays), ("other", &other)]).await;
        assert!(page.contains("其中有撤销合并待审核") && page.contains(">同意<"), "{numbers:?}: {page}");
        assert!(!page.contains("现在不能同意"), "{numbers:?}: {page}");
    }
    let page = post(&one, "/joins/decide", with(&[("approved", "no")])).await;
    assert!(page.contains("须写明不同意的理由"), "{page}");
    let page = post(&one, "/joins/decide", with(&[("approved", "yes"), ("sure", "1")])).await;
    assert!(page.contains("已撤销合并"), "{page}");
    w.verified().await;
}

#[tokio::test]
async fn appendix_10_1_only_a_card_that_may_stay_is_offered_when_two_files_are_joined() {
    clause!(X10.1);
    let w = World::new(On::Memory).await;
    let (_, kept) = w.with_card(1).await;
    // The second file has a card of Shenzhen.
    let mut apply = w.apply(2, w.org("44030300000101"));
    apply.draft.form_no = "4403JOIN2".into();
    let other = w.takes_in(2, apply).await;
    let (city, bank) = (CityCode("4403".into()), BankCode("95588".into()));
    let (batch, _) = w.service.screen(&Actor::System, &city, &bank, false).await.unwrap();
    w.batch(&Actor::System, batch, BatchCommand::Confirm).await.unwrap();
    Bank::new("95588", BadDay::default()).work(&w.service).await.unwrap();
    let vendor = BatchCommand::HandOut { vendor: VendorCode("1".into()) };
    w.batch(&Actor::System, batch, vendor).await.unwrap();
    Vendor::new("1", BadDay::default()).work(&w.service).await.unwrap();
    w.service.deliver().await.unwrap();
    let elsewhere = w.card_of(other).await;
    let number = |n| w.draft(n).document_number;
    let one = Desk::of(&w, "one", Role::CityOfficer, "44010000000001").await;
    let page = one.post("/joins", &[("stays", &number(1)), ("other", &number(2))]).await;
    let offered = |card: i64| page.contains(&format!("<option value=\"{card}\""));
    assert!(offered(kept.0) && !offered(elsewhere.0), "{page}");
    assert!(page.contains("其他卡不能保留（一人一卡：须保留本市发行的卡）"), "{page}");
}
