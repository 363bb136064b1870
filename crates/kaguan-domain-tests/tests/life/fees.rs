//! 收取工本费 (Article 22).

use crate::person::{OLD, Scene};
use crate::replace;
use kaguan_domain::clause;
use kaguan_domain::ctx::Instant;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::application::{ExchangeReason, Purpose};
use kaguan_domain::facts::fee::{Fee, yuan};
use kaguan_domain::fee::Pay;
use kaguan_domain::ids::ApplicationId;
use kaguan_domain::refusal::Reason;
use kaguan_domain::replacement::{Replace, Withdraw};

const SECOND: ApplicationId = ApplicationId(2);

/// 张三 exchanges a card whose face is worn, and owes 20 yuan.
fn owes() -> Scene {
    let mut s = Scene::with_card();
    exchange(&mut s, SECOND);
    s
}

fn exchange(s: &mut Scene, id: ApplicationId) {
    let purpose =
        Purpose::Exchange { old: OLD, reason: ExchangeReason::Other { why: "卡面磨损".into() } };
    let form_no = format!("4401000000{id}");
    s.done(C::Replace(Box::new(Replace { id, form_no, ..replace(purpose) })));
}

fn complete(s: &Scene) -> Pay {
    Pay::of_one_card(SECOND, 440000260000000001, s.now)
}

#[test]
fn art_22_a_wrong_amount_or_currency_is_refused_with_what_is_due() {
    clause!(R22.1);
    let mut s = owes();
    let right = complete(&s);
    for wrong in [
        Pay { fen: Some(1_999), ..right.clone() },
        Pay { fen: Some(2_001), ..right.clone() },
        Pay { fen: Some(20), ..right.clone() },
        Pay { currency: Some("HKD".into()), ..right.clone() },
    ] {
        let refusal = s.refusal(C::PayFee(wrong));
        assert_eq!(refusal.reason, Reason::WrongPayment);
        assert!(refusal.sentence().contains("应缴20.00元（CNY）"), "{}", refusal.sentence());
        assert!(refusal.sentence().contains("第22条"), "{}", refusal.sentence());
    }
    s.done(C::PayFee(right));
    let Fee::Paid { fen, receipt, details, .. } = &s.file.applications[1].fee else { panic!("paid") };
    let details = details.as_ref().unwrap();
    assert_eq!((*fen, receipt.as_str(), details.currency.as_str()), (2_000, "440000260000000001", "CNY"));
    assert_eq!((details.check.len(), details.paid_at), (6, s.now));
}

#[test]
fn art_22_everything_that_a_payment_lacks_is_told_at_once() {
    clause!(R22.1);
    clause!(R8.5);
    let mut s = owes();
    // What a treasury of earlier days sends.
    let old: Pay = serde_json::from_str(r#"{"application":2,"receipt":"E1"}"#).unwrap();
    let refusal = s.refusal(C::PayFee(old));
    assert_eq!(refusal.reason, Reason::MaterialDefective);
    for lacking in ["票据代码为8位", "校验码", "未报缴费金额", "未报币种", "未报缴款时间"]
    {
        assert!(refusal.sentence().contains(lacking), "{lacking}: {}", refusal.sentence());
    }
    let tomorrow = Instant(s.now.0 + 86_400_000_000);
    for wrong in [
        Pay { paid_at: Some(tomorrow), ..complete(&s) },
        Pay { check: Some("12345".into()), ..complete(&s) },
        Pay { check: Some("１２３４５６".into()), ..complete(&s) },
        Pay { receipt: "44000026000000000１".into(), ..complete(&s) },
        Pay { receipt: "4400002600000000011".into(), ..complete(&s) },
    ] {
        assert_eq!(s.refused(C::PayFee(wrong.clone())), Reason::MaterialDefective, "{wrong:?}");
    }
}

#[test]
fn art_22_nobody_has_paid_for_an_application_before_it_was_made_and_all_is_told_by_article_22() {
    clause!(R22.1);
    clause!(R8.5);
    let mut s = owes();
    let applied = s.file.applications[1].received_on;
    let before = Instant::at_start_of(applied.yesterday().unwrap());
    let refusal = s.refusal(C::PayFee(Pay { paid_at: Some(before), ..complete(&s) }));
    assert_eq!(refusal.reason, Reason::MaterialDefective);
    let said = refusal.sentence();
    assert!(
        said.contains("缴款时间早于申请之日") && said.contains("第22条") && !said.contains("第8条"),
        "{said}"
    );
    // With everything else that is wrong of it, the amount too.
    let all = Pay { fen: Some(200), check: Some("1".into()), paid_at: Some(before), ..complete(&s) };
    let said = s.refusal(C::PayFee(all)).sentence();
    for part in ["校验码为6位", "缴款时间早于申请之日", "应缴20.00元"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    // Earlier on the day of the application is in order: nobody compares the clocks of two counters.
    s.done(C::PayFee(Pay { paid_at: Some(Instant::at_start_of(applied)), ..complete(&s) }));
}

#[test]
fn art_22_one_receipt_pays_one_application_and_a_paid_one_is_not_paid_again() {
    clause!(R22.1);
    let mut s = owes();
    s.done(C::PayFee(complete(&s)));
    assert_eq!(s.refused(C::PayFee(complete(&s))), Reason::NothingDue);
    // The new card came, wore out too, and is exchanged: the same receipt does not pay again.
    let new = s.card_made(SECOND, "95588");
    s.done(crate::hand_over(new));
    let third = ApplicationId(3);
    let purpose =
        Purpose::Exchange { old: new, reason: ExchangeReason::Other { why: "卡面磨损".into() } };
    let form_no = "44010000003".into();
    s.done(C::Replace(Box::new(Replace { id: third, form_no, ..replace(purpose) })));
    let again = Pay { application: third, ..complete(&s) };
    assert_eq!(s.refused(C::PayFee(again.clone())), Reason::ReceiptUsed);
    s.done(C::PayFee(Pay { receipt: "440000260000000002".into(), ..again }));
    assert_eq!(s.refused(C::Withdraw(Withdraw { application: third })), Reason::CannotWithdraw);
}

#[test]
fn art_27_the_e_receipt_is_kept_and_handed_out_with_the_business_receipt() {
    clause!(R27.6);
    let mut s = owes();
    assert_eq!(s.file.applications[1].fee.e_receipt("张三"), Vec::new());
    s.done(C::PayFee(complete(&s)));
    let items = s.file.applications[1].fee.e_receipt("张三");
    let item = |title: &str| items.iter().find(|i| i.0 == title).unwrap().1.clone();
    assert_eq!((item("票据代码"), item("票据号码")), ("44000026".into(), "0000000001".into()));
    assert_eq!((item("金额"), item("交款人")), ("20.00元（CNY）".into(), "张三".into()));
    assert_eq!((item("校验码").len(), item("缴款日期")), (6, "2026-11-23".into()), "of a day no hour");
    // The treasury says the moment.
    let mut s = owes();
    let noon = Instant(s.now.0 + 12 * 3_600_000_000);
    s.now = Instant(noon.0 + 1);
    s.done(C::PayFee(Pay { paid_at: Some(noon), ..complete(&s) }));
    let told = s.file.applications[1].fee.e_receipt("张三");
    assert!(told.contains(&("缴款时间", "2026-11-23 12:00:00".into())), "{told:?}");
    // A payment that was stored before the details were asked for is read, and written back as it was.
    let old = r#"{"paid":{"fen":2000,"at":0,"receipt":"E1"}}"#;
    let fee: Fee = serde_json::from_str(old).unwrap();
    assert_eq!(serde_json::to_string(&fee).unwrap(), old);
    let items = fee.e_receipt("张三");
    assert!(items.contains(&("票据号码", "E1".into())) && items.contains(&("校验码", String::new())));
    assert_eq!((yuan(5), yuan(2_000), yuan(-150)), ("0.05".into(), "20.00".into(), "-1.50".into()));
}
