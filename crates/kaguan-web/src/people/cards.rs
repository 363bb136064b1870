//! What may be tried with each card of a file: every form is offered by the domain's own decision.

use super::{bare_enable, bare_hand_over};
use crate::may::May;
use crate::pages::{CardView, CaseView};
use crate::session::SignedIn;
use kaguan_domain::activation::{Activate, ConfirmVisit, RecordVisit};
use kaguan_domain::application::Presented;
use kaguan_domain::cancellation::{Cancel, RecordAccountClosed};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::activation::{ActivationManner, Found};
use kaguan_domain::facts::application::Purpose;
use kaguan_domain::facts::cancellation::CancelReason;
use kaguan_domain::facts::card::{Account, Card, Social};
use kaguan_domain::facts::pin::PinChange;
use kaguan_domain::ids::{ApplicationId, BankCode};
use kaguan_domain::loss::{Release, ReportFormal, ReportTemporary};
use kaguan_domain::pin::RecordPin;
use kaguan_domain::replacement::Replace;
use kaguan_domain::replacement::bank_change::{Approve, CallOff, CarryOut, Reserve};
use kaguan_domain::restriction::{Decide, Lift, Propose};
use kaguan_service::{Looked, Seen};

/// The state of a card, in words.
fn state(c: &Card) -> String {
    let social = match c.social {
        Social::NotEnabled => "社保功能未启用",
        Social::Enabled { .. } => "社保功能已启用",
        Social::Cancelled { .. } => "社保功能已注销",
    };
    let account = match c.account {
        Account::PreOpened => "账户预开户",
        Account::Active { .. } => "账户已激活",
        Account::Closed { .. } => "账户已销户",
    };
    let holds = c.holds.iter().map(|h| h.name());
    [social, account].into_iter().chain(holds).collect::<Vec<_>>().join("、")
}

/// 变更服务银行-现场办理 before anything is filled in.
fn bare_change(me: &SignedIn, c: &Card) -> CarryOut {
    let replace = Replace {
        id: ApplicationId(0),
        purpose: Purpose::BankChange { old: c.id },
        form_no: String::new(),
        changes: Box::default(),
        photo: None,
        proof: None,
        outlet: me.org.id,
        collect_at: me.org.id,
        agent: None,
        consent: None,
        checks: Vec::new(),
        presented: Presented::default(),
    };
    CarryOut { replace, verified: false, shown: None, risks_acknowledged: false }
}

/// One card, with what its viewer may try.
pub(super) fn card_view(may: &May, me: &SignedIn, seen: &Seen<Looked>, c: &Card) -> CardView {
    let card = c.id;
    let can = |command: C| may.about(seen, &command);
    let pin = |change| {
        let bare =
            RecordPin { card, change, verified: false, shown: None, guardian: None, risks_told: false };
        can(C::RecordPin(bare))
    };
    let pins = [
        (PinChange::Changed, "changed", "修改密码"),
        (PinChange::Unlocked, "unlocked", "解锁密码"),
        (PinChange::Reset, "reset", "重置密码"),
        (PinChange::Locked, "locked", "登记密码锁定"),
    ];
    let reasons = CancelReason::ALL.into_iter().filter(|r| can(C::Cancel(Cancel::of(card, *r))));
    let cases = c.restrictions.iter().map(|r| CaseView {
        case: r.case.0,
        ground: r.ground.clone(),
        decide: can(C::DecideRestriction(Decide { card, case: r.case, approved: true })),
        lift: can(C::LiftRestriction(Lift { card, case: r.case, reason: "x".into() })),
    });
    let to = me.org.bank.clone().unwrap_or(BankCode(String::new()));
    let changing = seen.file.bank_change().is_some_and(|b| b.old == card);
    let (found, shown) = (Found::default(), None);
    CardView {
        id: card.0,
        number: c.card_no.masked(),
        issuer: format!("{} {}", c.city.name(), c.bank.name()),
        state: state(c),
        hand_over: can(C::HandOver(bare_hand_over(me, card))),
        old_card: kaguan_domain::replacement::brings_the_old(&seen.file, card),
        enable: can(C::Enable(bare_enable(card))),
        activate: can(C::Activate(Activate::in_manner(card, ActivationManner::FaceToFace))),
        record_visit: can(C::RecordVisit(RecordVisit { card, found, verified: false, shown: shown.clone() })),
        confirm_visit: can(C::ConfirmVisit(ConfirmVisit { card, found, verified: false, shown })),
        pins: pins.into_iter().filter(|p| pin(p.0)).map(|p| (p.1, p.2)).collect(),
        lose_temporarily: can(C::ReportTemporaryLoss(ReportTemporary { card, identity: None })),
        lose_formally: can(C::ReportFormalLoss(ReportFormal { card })),
        release: can(C::ReleaseLoss(Release { card })),
        cancel: reasons.map(|r| (r.code(), r.name())).collect(),
        close: can(C::RecordAccountClosed(RecordAccountClosed { card, settled: true, given_back_at: None })),
        reserve: me.org.bank.is_some() && can(C::ReserveBankChange(Reserve { card, to })),
        approve: changing && can(C::ApproveBankChange(Approve { refused: None })),
        call_off: changing && can(C::CallOffBankChange(CallOff { lapsed: false })),
        carry_out: changing && can(C::CarryOutBankChange(Box::new(bare_change(me, c)))),
        propose: can(C::ProposeRestriction(Propose {
            card,
            case: kaguan_domain::ids::CaseId(0),
            ground: "x".into(),
        })),
        cases: cases.collect(),
    }
}
