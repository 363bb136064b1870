//! PIN维护 (Articles 17 to 21).

use crate::person::{OLD, Scene, shown};
use crate::{formal, stated};
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::card::Social;
use kaguan_domain::facts::pin::{Pin, PinChange};
use kaguan_domain::loss::{Release, loss_said};
use kaguan_domain::pin::RecordPin;
use kaguan_domain::recall::{state_said, use_said};
use kaguan_domain::refusal::Reason;

#[test]
fn art_17_to_21_the_pin_stays_on_the_chip_and_its_services_are_recorded() {
    clause!(R17.1);
    clause!(R18.1);
    clause!(R19.1);
    clause!(R20.1);
    clause!(R21.1);
    clause!(R21.2);
    let pin = |change, verified| {
        C::RecordPin(RecordPin { verified, ..stated::pin_by_holder(OLD, change, shown()) })
    };
    let mut s = Scene::with_card();
    s.done(pin(PinChange::Changed, true));
    s.done(pin(PinChange::Locked, false));
    assert_eq!(s.refused(pin(PinChange::Changed, true)), Reason::PinLocked);
    assert_eq!(s.refused(pin(PinChange::Unlocked, false)), Reason::DocumentsNotVerified);
    s.done(pin(PinChange::Unlocked, true));
    assert_eq!(s.refused(pin(PinChange::Unlocked, true)), Reason::NothingToDo);
    s.done(pin(PinChange::Reset, true));
    assert_eq!(s.old().pin, Pin::Set);
    s.done(formal());
    assert_eq!(s.refused(pin(PinChange::Changed, true)), Reason::CardHeldBack);
}

#[test]
fn art_20_1_whoever_asks_for_a_card_whose_pin_is_locked_hears_that_it_is() {
    clause!(R20.1);
    clause!(R26.1);
    let mut s = Scene::with_card();
    assert_eq!(use_said(s.old()), "正常使用");
    s.done(C::RecordPin(stated::pin_by_holder(OLD, PinChange::Locked, shown())));
    assert!(s.old().is_pin_locked() && s.old().in_force(), "it stays the person's card");
    assert_eq!(state_said(s.old()), "社保密码已锁定，须解锁或重置");
    assert_eq!(s.old().pin_said(), "已锁定，自2026-11-23起，须办理解锁或重置");
    // What is held against it comes first, and what is left when that is over is told.
    s.done(formal());
    assert_eq!(state_said(s.old()), "正式挂失");
    s.done(C::ReleaseLoss(Release { card: OLD, verified: true, deputy: None }));
    assert_eq!(loss_said(&s.file, s.old()), "已解除挂失；该卡社保密码已锁定，须解锁或重置");
    s.done(C::RecordPin(stated::pin_by_holder(OLD, PinChange::Reset, shown())));
    assert_eq!(state_said(s.old()), "正常使用");
    assert_eq!((s.old().pin_locked_at, s.old().pin_said().as_str()), (None, "已设置"));
    // A line of earlier days does not say since when.
    let old = r#"{"pin_recorded":{"card":1,"pin":"locked","change":"locked"}}"#;
    let locked: kaguan_domain::facts::holder::HolderEvent = serde_json::from_str(old).unwrap();
    let mut earlier = s.file.clone();
    earlier.apply(&locked, s.now);
    assert_eq!(earlier.cards[0].pin_said(), "已锁定，须办理解锁或重置");
    // One that nobody has enabled yet.
    s.file.cards[0].social = Social::NotEnabled;
    s.file.cards[0].pin = Pin::Locked;
    assert_eq!(use_said(s.old()), "未启用，社保密码已锁定");
}
