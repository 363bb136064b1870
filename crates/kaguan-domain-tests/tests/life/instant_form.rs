//! 个人业务申请表 (Appendix 1) of a card that is made at the counter (Articles 11 and 36).

use super::hand;
use super::instant::{FIRST, chip, in_stock};
use super::person::{HR, OLD, Scene};
use kaguan_domain::application::printed::form_items;
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::application::Purpose;
use kaguan_domain::fee::Pay;
use kaguan_domain::ids::{ApplicationId, CardId};
use kaguan_domain::instant::{Begin, Mark, WriteBack};
use kaguan_domain::loss::ReportFormal;

/// Zhang San lost his card, where pre-made ones are kept.
fn lost_his_card() -> Scene {
    let mut s = in_stock();
    s.file = Scene::with_card().file;
    s.as_system().done(C::ReportFormalLoss(ReportFormal { card: OLD, verified: true, deputy: None }));
    s
}

/// Whether 即时补卡 is ticked on the form of his second application.
fn form_says_instant(s: &Scene) -> bool {
    let details = &s.file.person.as_ref().unwrap().details;
    let items = form_items(&s.file.applications[1], &s.file, details);
    items.into_iter().find(|(title, _)| *title == "*申请类型").unwrap().1.contains("☑即时补卡")
}

#[test]
fn appendix_1_1_zhang_sans_form_says_instant_while_his_card_is_printed_and_afterwards() {
    clause!(X1.1);
    let mut s = lost_his_card();
    s.done(C::Replace(Box::new(hand::replacement(Purpose::Reissue { old: OLD }))));
    assert!(!form_says_instant(&s), "nobody chose where it is made");
    s.done(C::PayFee(Pay::of_one_card(ApplicationId(2), 1, s.now)));
    let second = ApplicationId(2);
    s.as_officer(1).done(C::BeginInstant(Begin { application: second, blank: FIRST, outlet: HR }));
    assert!(form_says_instant(&s), "it is being printed");
    let write = WriteBack { application: second, blank: FIRST, card: CardId(9), chip: chip(1) };
    s.done(C::WriteBack(write));
    assert!(form_says_instant(&s), "and it is made");
}

#[test]
fn appendix_1_1_whoever_chose_to_have_the_card_at_once_signs_a_form_that_says_so() {
    clause!(X1.1);
    clause!(R11.2);
    let mut s = lost_his_card();
    let mut replace = hand::replacement(Purpose::Reissue { old: OLD });
    replace.presented.at_counter = true;
    s.done(C::Replace(Box::new(replace)));
    assert_eq!(s.file.applications[1].instant_at, Some(HR));
    assert!(form_says_instant(&s), "as it is printed for the signature");
    let mark = Mark { application: ApplicationId(2), outlet: HR, marked: false };
    s.as_officer(1).done(C::MarkInstant(mark));
    assert!(!form_says_instant(&s), "a batch makes it now");
}
