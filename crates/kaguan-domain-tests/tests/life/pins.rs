//! PIN维护 (Articles 17 to 21).

use crate::person::{OLD, Scene, shown};
use crate::{formal, stated};
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::pin::{Pin, PinChange};
use kaguan_domain::pin::RecordPin;
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
