//! 更正领卡网点 at the counter: where the card of an application is collected is put right before its batch is confirmed, and the card is
//! packed for the right outlet.

use super::{BOTH, signed_in};
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::BatchCommand;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::ids::{BankCode, OrgId};
use kaguan_testkit::{World, guangzhou};

const HR: &str = "44010600000101";
const CITY: &str = "44010000000001";

fn named(w: &World, org: OrgId) -> String {
    w.service.institutions().org(org).unwrap().name.clone()
}

#[tokio::test]
async fn art_29_1_a_wrong_outlet_of_collection_is_put_right_and_the_card_is_packed_for_the_right_one() {
    clause!(R29.1);
    clause!(X7.1);
    for on in BOTH {
        let w = World::new(on).await;
        let id = w.applicant(1, w.outlet()).await;
        let clerk = signed_in(&w, Role::HrClerk, HR).await;
        let right = w.bank_outlet();
        let find = format!("number={}", w.draft(1).document_number);
        let page = clerk.post("/details", &find).await;
        let asks = page.split("/details/collect-at").nth(1).unwrap_or_else(|| panic!("no form: {page}"));
        assert!(asks.contains(&named(&w, right)) && asks.contains("（现登记）"), "{asks}");
        let another = w.org("44010395533001");
        assert!(!asks.contains(&named(&w, another)), "another bank's: {asks}");
        let application = w.file(id).await.0.applications[0].id;
        let form = |to: OrgId| format!("holder={id}&application={application}&collect_at={to}");
        let refused = clerk.post("/details/collect-at", &form(right)).await;
        assert!(refused.contains("尚未核实持卡人有效身份证件原件"), "{refused}");
        let chosen = format!("<option value=\"{right}\" selected");
        assert!(refused.contains(&chosen), "what was chosen stands there again: {refused}");
        let refused = clerk.post("/details/collect-at", &format!("{}&verified=1", form(another))).await;
        assert!(refused.contains("须为发卡地市"), "{refused}");
        let done = clerk.post("/details/collect-at", &format!("{}&verified=1", form(right))).await;
        assert!(done.contains(&format!("领卡网点已更正为{}", named(&w, right))), "{done}");
        assert!(done.contains("/receipts/business/"), "it ends with a receipt: {done}");
        assert_eq!(w.file(id).await.0.applications[0].collect_at, right);
        let batch = w.cards_made().await;
        let boxes = w.service.batch(batch).await.unwrap().unwrap().boxes;
        assert_eq!(boxes.iter().map(|b| (b.outlet, b.cards)).collect::<Vec<_>>(), [(right, 1)], "{on:?}");
        let late = clerk.post("/details/collect-at", &format!("{}&verified=1", form(w.outlet()))).await;
        assert!(late.contains("社保卡已制成") && late.contains("单卡转接"), "{late}");
        w.verified().await;
    }
}

#[tokio::test]
async fn appendix_7_1_a_batch_that_is_screened_counts_the_outlet_that_was_put_right_and_a_confirmed_one_keeps_it()
 {
    clause!(R29.1);
    clause!(X7.1);
    for on in BOTH {
        let w = World::new(on).await;
        let id = w.applicant(1, w.outlet()).await;
        let city = signed_in(&w, Role::CityOfficer, CITY).await;
        let right = w.bank_outlet();
        let bank = BankCode("95588".into());
        let screened = w.service.screen(&Actor::System, &guangzhou(), &bank, false).await;
        let (batch, _) = screened.unwrap();
        let application = w.file(id).await.0.applications[0].id;
        let form = |to: OrgId| format!("holder={id}&application={application}&collect_at={to}&verified=1");
        let done = city.post("/details/collect-at", &form(right)).await;
        assert!(done.contains("领卡网点已更正为"), "{on:?}: {done}");
        let shares = w.service.store().batch_shares(batch).await.unwrap();
        let counted: Vec<_> = shares.iter().map(|s| (s.collect_at, s.outlet, s.people)).collect();
        assert_eq!(counted, [(right, w.outlet(), 1)], "{on:?}");
        w.batch(&Actor::System, batch, BatchCommand::Confirm).await.unwrap();
        let late = city.post("/details/collect-at", &form(w.outlet())).await;
        assert!(late.contains("撤销批次确认后再更正领卡网点"), "{late}");
        let page = city.post("/details", &format!("number={}", w.draft(1).document_number)).await;
        assert!(page.contains("更正领卡网点：") && !page.contains("/details/collect-at"), "why not: {page}");
        assert_eq!(w.file(id).await.0.applications[0].collect_at, right);
        w.verified().await;
    }
}
