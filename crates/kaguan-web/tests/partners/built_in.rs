//! Pre-made cards at the built-in partners of a trial province: whoever tries it out gets them without a program of a bank or a vendor.

use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::facts::names::StepKind;
use kaguan_domain::ids::{BankCode, BlankOrderId, VendorCode};
use kaguan_domain::instant::BlankOrderCommand;
use kaguan_partner_sim::{BadDay, Bank, Vendor, blank_orders};
use kaguan_service::Command;
use kaguan_testkit::{BOTH, World, guangzhou};

async fn ordered(w: &World, quantity: u32) -> BlankOrderId {
    let (bank, vendor) = (BankCode("95588".into()), VendorCode("1".into()));
    let id =
        w.service.order_blanks(&Actor::System, &guangzhou(), &bank, &vendor, quantity, "").await.unwrap();
    w.service.generate_blanks(&Actor::System, id).await.unwrap();
    id
}

#[tokio::test]
async fn art_36_1_in_a_trial_province_pre_made_cards_come_to_the_city_by_themselves() {
    clause!(R36.1);
    for on in BOTH {
        let w = World::new(on).await;
        let id = ordered(&w, 203).await;
        let mut bank = Bank::new("95588", BadDay::default());
        let mut vendor = Vendor::new("1", BadDay { fail_one_in: 50, change_one_in: 0 });
        let mut others = (Bank::new("95533", BadDay::default()), Vendor::new("2", BadDay::default()));
        let mut taken = (0, 0);
        for _ in 0..5 {
            let orders = blank_orders(&w.service).await.unwrap();
            assert_eq!(others.0.allocate(&w.service, &orders).await.unwrap(), 0);
            assert_eq!(others.1.make_blanks(&w.service, &orders).await.unwrap(), 0);
            taken.0 += bank.allocate(&w.service, &orders).await.unwrap();
            taken.1 += vendor.make_blanks(&w.service, &orders).await.unwrap();
        }
        assert_eq!(taken, (203, 203), "each card once");
        let file = w.service.store().counted_order(id).await.unwrap().unwrap();
        let order = file.order.as_ref().unwrap();
        assert_eq!(order.step.kind(), StepKind::Made);
        let centre = w.service.institutions().city_centre(&guangzhou()).unwrap().id;
        let sent: Vec<_> = order.boxes.iter().map(|b| b.on_the_way.as_ref().map(|way| way.to)).collect();
        assert_eq!(sent, [Some(centre), Some(centre)]);
        let mut cards: Vec<i64> = order.boxes.iter().map(|b| file.inside(&b.number)).collect();
        cards.sort_unstable();
        assert_eq!(cards, [3, 196], "four of the first two hundred fail");

        // One that the province ends on its way is let go by both.
        let id = ordered(&w, 2).await;
        let orders = blank_orders(&w.service).await.unwrap();
        bank.allocate(&w.service, &orders).await.unwrap();
        let end = BlankOrderCommand::End { reason: "试用结束".into(), sure: true };
        let ctx = w.service.ctx(Actor::System, Channel::Console, None);
        w.service.execute(ctx, Command::BlankOrder { id, command: end }).await.unwrap();
        for _ in 0..2 {
            let orders = blank_orders(&w.service).await.unwrap();
            assert_eq!(bank.allocate(&w.service, &orders).await.unwrap(), 0);
            assert_eq!(vendor.make_blanks(&w.service, &orders).await.unwrap(), 0);
        }
        let ended = w.service.blank_order(id).await.unwrap().ended.unwrap();
        assert!(ended.bank.is_some() && ended.vendor.is_some(), "both have said that they know");
        w.verified().await;
    }
}
