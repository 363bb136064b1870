//! Cards that are recorded as lost before their holders had them, when the holders have reported the loss too (Articles 12 and 27).

use crate::person::{OLD, Scene};
use crate::way::{BOX, boxed, make_again, missing};
use crate::{hand_over, reissue};
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::custody::{Custody, Party};
use kaguan_domain::ids::{ApplicationId, BatchId};
use kaguan_domain::loss::ReportFormal;
use kaguan_domain::refusal::Reason;

/// 李四's card, that the employer has, is reported lost; the outlet hears from the employer that it lost it.
fn lost_by_the_employer() -> Scene {
    let mut s = Scene::uncollected();
    s.file.cards[0].custody = Custody::InBox { r#box: BOX };
    s.batches.insert(BatchId(1), boxed(Party::Employer("E1".into()), Some("E1")));
    s.as_officer(2).done(C::ReportFormalLoss(ReportFormal { card: OLD, verified: true, deputy: None }));
    s
}

#[test]
fn art_12_1_li_si_does_not_pay_for_a_card_that_is_recorded_as_lost_before_he_had_it() {
    clause!(R12.1);
    clause!(R22.1);
    let mut s = lost_by_the_employer();
    s.as_officer(1).done(missing());
    let refused = s.refusal(reissue());
    assert_eq!(refused.reason, Reason::LostBeforeHandOver);
    assert!(refused.sentence().contains("不收取工本费"), "{}", refused.sentence());
    s.done(make_again("44010000007"));
    assert!(s.file.application(ApplicationId(7)).unwrap().fee.is_settled());
}

#[test]
fn art_10_1_the_form_of_a_card_that_is_made_again_is_numbered_as_every_form_is() {
    clause!(R10.1);
    clause!(R12.1);
    let mut s = lost_by_the_employer();
    s.as_officer(1).done(missing());
    for number in
        ["核实遗失", "AAAAAAAAAABBBBBBBBBBCCCCCCCCCC,=1+1", "4401", "4499000001", "440100000000000000001"]
    {
        let refused = s.refusal(make_again(number));
        let says = refused.sentence();
        assert!(says.contains("编号规则为44+地区代码") && says.contains("第10条"), "{number}: {says}");
    }
    // However it is written it is kept, and taken, in one way.
    assert_eq!(s.refused(make_again("４４０１００００００１")), Reason::NumberTaken);
    s.done(make_again("４４０１００００００７"));
    assert_eq!(s.file.application(ApplicationId(7)).unwrap().form_no, "44010000007");
}

#[test]
fn art_12_1_a_card_whose_replacement_waits_already_is_not_made_a_third_time() {
    clause!(R12.1);
    clause!(R3.2);
    let mut s = lost_by_the_employer();
    s.as_system().done(reissue());
    let new = s.card_made(ApplicationId(2), "95588");
    s.as_officer(1).done(missing());
    let refused = s.refusal(make_again("44010000007"));
    assert_eq!(refused.reason, Reason::ApplicationOpen);
    assert!(refused.sentence().contains("待持卡人领取"), "{}", refused.sentence());
    s.done(hand_over(new));
    assert!(s.card(new).in_force() && s.old().is_cancelled());
}
