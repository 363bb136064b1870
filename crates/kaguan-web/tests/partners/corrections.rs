//! Rows of a return of pre-made cards that a vendor sends anew: those that take each other's number are put right together.

use crate::caller::{caller, codes, served};
use crate::premade::{CITY, Desk, PROVINCE, ordered, says};
use crate::stock::{BOX, Cards, made};
use kaguan_api::bank::Verdict;
use kaguan_api::blank::{BlankOrders, MakingReturn, MakingRow};
use kaguan_api::vendor::ProductionResult;
use kaguan_domain::clause;
use kaguan_domain::facts::blank::BlankState;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::ids::{BlankId, BlankOrderId};
use kaguan_testkit::{On, World};

#[tokio::test]
async fn art_36_1_two_rows_that_name_each_others_chips_are_put_right_in_one_body() {
    clause!(R36.1);
    let w = World::new(On::Memory).await;
    let system = served(&w).await;
    let (bank, vendor) = (caller(&w, &system, "bank:95588").await, caller(&w, &system, "vendor:1").await);
    let city = Desk::at(&w, kaguan_web::router(w.service.clone()), Role::CityOfficer, CITY).await;
    let province = Desk::at(&w, kaguan_web::router(w.service.clone()), Role::ProvinceOfficer, PROVINCE).await;
    let order = ordered(&city, &province).await;
    let Cards(cards) = made((&bank, "95588"), &vendor, &order, 4).await;
    province.get(&format!("/blanks/orders/{order}")).await;
    let wrong = [("found", "wrong"), ("findings", "卡识别码相互写反")];
    says(&province.fills("/blanks/orders/check", &wrong).await, &["回盘检查未通过"]);
    let v = format!("/api/vendor/v1/blank-orders/{order}");
    let rows: Vec<MakingRow> = vendor.rows(&format!("{v}/making-data")).await;
    let anew = |row: &MakingRow, chip: &str| MakingReturn {
        echo: row.clone(),
        result: ProductionResult::Made {
            chip: chip.into(),
            reset: format!("00814E4323{}", &chip[16..]),
            made_on: w.clock.now().date().to_string(),
            r#box: BOX.into(),
        },
    };
    let to = format!("{v}/making-returns");
    let send = async |key: &str, rows: &[MakingReturn]| -> Vec<Verdict> { vendor.back(&to, key, rows).await };
    let chips = async || {
        let id: BlankOrderId = BlankOrderId(order.parse().unwrap());
        let mut all = Vec::new();
        for n in 1..=3 {
            let card = w.service.blank(BlankId { order: id, n }).await.unwrap().unwrap();
            let BlankState::Made { made, .. } = card.state else { panic!("made") };
            all.push(made.chip.as_str().to_owned());
        }
        all
    };
    let [a, b, c] = [0, 1, 2].map(|n: usize| cards[n].1.as_str());
    // Alone each names what the other has; and where one of the two cannot be taken in, neither is.
    let both = [anew(&rows[0], b), anew(&rows[1], a)];
    assert_eq!(codes(&send("one", &both[..1]).await), ["number_taken"]);
    assert_eq!(codes(&send("other", &both[1..]).await), ["number_taken"]);
    let mut half = both.clone();
    half[1].echo.personal_account = "9".into();
    let said = send("half", &half).await;
    assert_eq!(codes(&said), ["number_taken", "material_defective"]);
    assert!(
        said[0].detail.contains("互换卡识别码") && said[0].detail.contains("第36条"),
        "{}",
        said[0].detail
    );
    assert_eq!(chips().await, [a, b, c]);
    // Together they are right, and sent again they find the answer that they had.
    for key in ["both", "again"] {
        assert_eq!(codes(&send(key, &both).await), ["done", "done"], "{key}");
        assert_eq!(chips().await, [b, a, c]);
    }
    let left: BlankOrders = vendor.ok("POST", &format!("{v}/close"), None, Vec::new()).await;
    assert!(left.orders.is_empty(), "{left:?}");

    // The next look: one takes the number of another, which gets a new one; of two that want the same one gets it.
    province.get(&format!("/blanks/orders/{order}")).await;
    says(&province.fills("/blanks/orders/check", &wrong).await, &["回盘检查未通过"]);
    let fresh = "440100D1560000050000000000004711";
    let chain = [anew(&rows[0], c), anew(&rows[1], c), anew(&rows[2], fresh)];
    assert_eq!(codes(&send("chain", &chain).await), ["done", "number_taken", "done"]);
    assert_eq!(chips().await, [c, a, fresh]);
    // What a card gave up is nobody's: it is whose it is, in this return or the next; what a card has is still its own.
    assert_eq!(codes(&send("its-own", &[anew(&rows[1], b)]).await), ["done"]);
    assert_eq!(chips().await, [c, b, fresh]);
    let left: BlankOrders = vendor.ok("POST", &format!("{v}/close"), None, Vec::new()).await;
    assert!(left.orders.is_empty(), "{left:?}");
    province.get(&format!("/blanks/orders/{order}")).await;
    says(&province.fills("/blanks/orders/check", &wrong).await, &["回盘检查未通过"]);
    assert_eq!(codes(&send("taken", &[anew(&rows[2], b)]).await), ["number_taken"]);
    assert_eq!(codes(&send("back", &[anew(&rows[0], a)]).await), ["done"]);
    assert_eq!(chips().await, [a, b, fresh]);
    w.verified().await;
}
