//! 注销 of what somebody other than its holder has decided about: a court, or the end of a cleaned card.

use super::hand::upload;
use super::{BOTH, Door, signed_in};
use axum::http::StatusCode;
use kaguan_domain::clause;
use kaguan_domain::facts::custody::Custody;
use kaguan_domain::facts::institution::Role;
use kaguan_testkit::{On, World};

const HR: &str = "44010600000101";
const BANK: &str = "44010395588001";
const CITY: &str = "44010000000001";
const SHENZHEN_HR: &str = "44030300000101";

async fn get(door: &Door, path: &str) -> String {
    let (status, page, _) = door.send("GET", path, "", "http://console").await;
    assert_eq!(status, StatusCode::OK, "{path}");
    page
}

#[tokio::test]
async fn art_37_1_a_courts_restriction_is_told_at_every_counter_as_what_it_is() {
    clause!(R37.1);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let (first, second) =
        (signed_in(&w, Role::CityOfficer, CITY).await, signed_in(&w, Role::CityOfficer, CITY).await);
    let who = format!("holder={id}&card={card}");
    let ground = "ground=（2026）粤0106执保12号协助执行通知书&conduct=other_law&false_card=genuine";
    first.post("/restrict/propose", &format!("{who}&{ground}")).await;
    let case = w.file(id).await.0.cards[0].restrictions[0].case;
    second.post("/restrict/decide", &format!("{who}&case={case}&approved=yes")).await;
    let number = format!("number={}", w.draft(1).document_number);
    let (clerk, bank) = (signed_in(&w, Role::HrClerk, HR).await, signed_in(&w, Role::BankClerk, BANK).await);
    for (desk, path) in [(&clerk, "/pin"), (&bank, "/pin"), (&clerk, "/cancel"), (&clerk, "/people")] {
        let page = desk.post(path, &number).await;
        assert!(page.contains("依据案件所载的法律法规或司法文书。该项限制依法解除后"), "{path}: {page}");
        assert!(!page.contains("行为更正后，由发卡地市"), "{path}: {page}");
    }
    // Whoever lifts it writes down how it ended.
    let page = first.post("/restrict", &number).await;
    assert!(page.contains("限制依法解除情况<input") && !page.contains("行为更正情况<input"), "{page}");
    let lifted = first.post("/restrict/lift", &format!("{who}&case={case}&reason=解除冻结通知书")).await;
    assert!(lifted.contains("已从全部社保卡恢复"), "{lifted}");
    w.verified().await;
}

#[tokio::test]
async fn art_33_3_a_cleaned_card_that_was_given_back_is_its_keepers_to_cancel_and_to_destroy() {
    clause!(R33.3);
    clause!(R33.4);
    for on in BOTH {
        let w = World::new(on).await;
        let (id, card) = w.with_card(1).await;
        let away = signed_in(&w, Role::HrClerk, SHENZHEN_HR).await;
        let all = format!("holder={id}&cards={card}&keep=all");
        let done = upload(&away, "/one-card/clean", &all, &["slip"]).await;
        assert!(done.contains("一人一卡清理已完成"), "{on:?}: {done}");
        let (clerk, bank) =
            (signed_in(&w, Role::HrClerk, HR).await, signed_in(&w, Role::BankClerk, BANK).await);
        let (who, about) =
            (format!("number={}", w.draft(1).document_number), format!("holder={id}&card={card}"));
        // Its holder keeps no other card: that is asked for as what it is.
        let page = clerk.post("/cancel", &who).await;
        assert!(page.contains("value=\"cleaned\"") && !page.contains("value=\"surplus\""), "{on:?}: {page}");
        let line = "<a href=\"/overdue#confiscated\">已收缴或清理交回、待注销的社保卡</a> <b>1</b>";
        assert!(!get(&bank, "/").await.contains(line), "{on:?}: its holder has it");
        let closed = format!("{about}&settled=1&given_back=1");
        let closed = bank.post("/cancel/account-closed", &closed).await;
        assert!(closed.contains("账户已销户；该卡已经一人一卡清理并交回"), "{on:?}: {closed}");
        let home = get(&bank, "/").await;
        assert!(home.contains(line), "{on:?}: {home}");
        assert!(!get(&clerk, "/").await.contains("清理交回"), "{on:?}");
        let number = w.file(id).await.0.cards[0].card_no.as_str().to_owned();
        let csv = get(&bank, "/overdue?confiscated.as=csv").await;
        assert!(csv.contains(&number) && csv.contains("经一人一卡清理"), "{on:?}: {csv}");
        let there = clerk.post("/cancel", &who).await;
        assert!(there.contains("请由保管该卡的机构办理"), "{on:?}: {there}");
        assert!(!there.contains("/cancel/carry-out"), "{on:?}: {there}");
        let own = bank.post("/cancel", &who).await;
        assert!(
            own.contains("/cancel/carry-out") && own.contains("无需持卡人到场，不收取材料"),
            "{on:?}: {own}"
        );
        let done = bank.post("/cancel/carry-out", &format!("{about}&reason=cleaned")).await;
        assert!(done.contains("社保卡已注销"), "{on:?}: {done}");
        let home = get(&bank, "/").await;
        assert!(!home.contains("清理交回") && home.contains("已销户、待登记销毁"), "{on:?}: {home}");
        let unsure = bank.post("/recall/destroy", &about).await;
        assert!(unsure.contains("须勾选已核对姓名和卡号并确定销毁"), "{on:?}: {unsure}");
        assert!(unsure.contains("name=\"sure\" value=\"1\"> 已核对姓名和卡号，确定销毁"), "{on:?}: {unsure}");
        assert!(!matches!(w.file(id).await.0.cards[0].custody, Custody::Destroyed { .. }), "{on:?}");
        let done = bank.post("/recall/destroy", &format!("{about}&sure=1")).await;
        assert!(done.contains("废卡已登记销毁"), "{on:?}: {done}");
        w.verified().await;
    }
}
