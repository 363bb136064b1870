//! 业务受理回执 of a business on a card (Articles 19 to 21, 24 to 26; Appendix 2).

use super::{formal, reissue};
use crate::person::{self, Scene, TODAY, shown};
use kaguan_domain::clause;
use kaguan_domain::ctx::Instant;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::counter::Shown;
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::receipt::{BusinessReceipt, NOTES};
use kaguan_domain::ids::{ApplicationId, CardId, OrgId};
use kaguan_domain::one_card::PrintSlip;
use kaguan_domain::permission::Verb;
use kaguan_domain::records::{PrintBusinessReceipt, business_of};
use kaguan_domain::refusal::Reason;

#[test]
fn art_19_every_business_of_a_counter_on_a_card_ends_with_a_receipt_and_nothing_else_does() {
    clause!(R19.2);
    let with = [
        (Verb::ChangePin, "修改密码"),
        (Verb::UnlockPin, "密码解锁"),
        (Verb::ResetPin, "密码重置"),
        (Verb::ReportTemporaryLoss, "挂失（临时挂失）"),
        (Verb::ReportFormalLoss, "挂失（正式挂失）"),
        (Verb::ReleaseLoss, "解除挂失"),
        (Verb::Cancel, "卡注销"),
        (Verb::TakeBack, "回收"),
        (Verb::Post, "邮递上门"),
        (Verb::ConfirmPost, "邮递领取（社保功能启用）"),
        (Verb::ReceiveReturnedPost, "邮件退回登记"),
        (Verb::RecordMissing, "登记缺卡"),
        (Verb::ConfirmVisit, "银行账户激活（上门双人核验）"),
        (Verb::CancelStranded, "逾期且滞留卡注销"),
    ];
    for (verb, name) in with {
        assert_eq!(business_of(verb.code()), Some(name));
    }
    // An application has the receipt of its own form; a look, a batch and what is no verb at all have none.
    for verb in [Verb::Apply, Verb::Replace, Verb::LookAtHolder, Verb::ConfirmBatch, Verb::Notify] {
        assert_eq!(business_of(verb.code()), None, "{verb:?}");
    }
    assert_eq!(business_of("pin"), None);
}

#[test]
fn art_19_a_receipt_is_printed_in_the_clear_where_the_business_was_done() {
    clause!(R19.2);
    clause!(R39.1);
    let mut s = Scene::with_card();
    let print = PrintBusinessReceipt { line: 7, outlet: OrgId(4) };
    let command = || C::PrintBusinessReceipt(print.clone());
    assert_eq!(s.as_officer(1).refused(command()), Reason::OutOfScope, "another outlet's clerk");
    s.as_officer(2).done(command());
    let at = Instant::at_start_of(jiff::civil::date(2026, 11, 23));
    let rest = BusinessReceipt {
        accepted_on: at.date(),
        outlet_code: "44010395588001".into(),
        business_no: BusinessReceipt::number_of(at, "44010395588001", 7),
        number: String::new(),
        name: String::new(),
        phone: String::new(),
        business: "解除挂失".into(),
        org: "工商银行广州网点".into(),
        officer: "李经办".into(),
    };
    let items = print.receipt(&s.file, rest).unwrap().items();
    let titles: Vec<_> = items.iter().map(|i| i.0).collect();
    assert_eq!(
        titles,
        [
            "业务受理日期",
            "网点编号",
            "业务编号",
            "社会保障号",
            "申请人姓名",
            "联系电话",
            "业务类型",
            "注意事项",
            "业务经办单位（业务章）",
            "业务经办人"
        ]
    );
    let item = |title: &str| items.iter().find(|i| i.0 == title).unwrap().1.clone();
    assert_eq!(item("业务受理日期"), "2026年11月23日");
    assert_eq!(item("业务编号"), "20261123-44010395588001-00000007");
    assert_eq!((item("社会保障号"), item("申请人姓名")), ("440106199001010013".into(), "张三".into()));
    assert!(NOTES.iter().all(|note| item("注意事项").contains(note)));
    // Nobody's file has no receipt.
    s.file.person = None;
    assert_eq!(s.as_officer(2).refused(command()), Reason::NotFound);
}

#[test]
fn appendix_10_a_slip_is_printed_for_something_to_clean_and_for_whoever_shows_a_document() {
    clause!(X10.1);
    clause!(R39.1);
    let mut s = Scene::with_card();
    let print = |verified, shown| C::PrintSlip(PrintSlip { verified, shown });
    // One card alone, of this city: there is nothing to sign.
    assert_eq!(s.as_officer(1).refused(print(true, Some(shown()))), Reason::NothingToDo);
    s.file.cards.push(person::card(CardId(2), ApplicationId(2), "95533", TODAY));
    let other = Shown { number: "440106198001010027".into(), ..shown() };
    for wrong in [print(false, Some(shown())), print(true, None), print(true, Some(other))] {
        assert_eq!(s.refused(wrong), Reason::DocumentsNotVerified);
    }
    let events = s.events(&print(true, Some(shown())));
    let [HolderEvent::LookedAt { reason, .. }] = events.as_slice() else { panic!("{events:?}") };
    assert!(reason.contains("打印一人一卡业务确认单"), "{reason}");
}

#[test]
fn art_39_1_of_two_applications_a_line_is_about_the_one_that_it_did_something_to() {
    clause!(R39.1);
    let mut s = Scene::with_card();
    let loss = s.events(&formal());
    s.done(formal());
    let again = s.events(&reissue());
    s.done(reissue());
    let of = |events: &[HolderEvent]| s.file.application_in(events).map(|a| a.id);
    assert_eq!(of(&loss), Some(ApplicationId(1)), "of the card of the first");
    assert_eq!(of(&again), Some(ApplicationId(2)));
    let look = HolderEvent::LookedAt { reason: "查询".into(), material: None };
    assert_eq!(of(&[look]), None, "about the person");
}
