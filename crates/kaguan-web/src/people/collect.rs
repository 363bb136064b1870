//! 个人领卡启用, 银行账户激活 (face to face, by proxy, at home) and PIN维护.

use super::stated::Stated;
use super::{bare_enable, bare_hand_over, give};
use crate::Console;
use crate::pages::PeoplePage;
use crate::session::SignedIn;
use crate::upload::Sent;
use axum::extract::State;
use kaguan_domain::activation::{Activate, ConfirmVisit, Enable, RecordVisit};
use kaguan_domain::collection::HandOver;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::activation::ActivationManner;
use kaguan_domain::facts::counter::Collector;
use kaguan_domain::facts::pin::PinChange;
use kaguan_domain::pin::RecordPin;

/// 个人领卡启用-领取.
pub async fn hand_over(State(console): State<Console>, me: SignedIn, sent: Sent) -> PeoplePage {
    let mut form = Stated::of(&console, sent);
    let done = kaguan_domain::collection::reminder(me.org.kind).to_owned();
    let command = HolderCommand::HandOver(HandOver {
        collector: form.deputy().map_or(Collector::Holder, Collector::Deputy),
        verified: form.ticked("verified"),
        signed: form.ticked("signed"),
        shown: form.shown(),
        old_card_back: form.ticked("old_card_back"),
        ..bare_hand_over(&me, form.card())
    });
    give(console, me, form, command, done).await
}

/// 社保功能启用.
pub async fn enable(State(console): State<Console>, me: SignedIn, sent: Sent) -> PeoplePage {
    let mut form = Stated::of(&console, sent);
    let (verified, shown, deputy) = (form.ticked("verified"), form.shown(), form.deputy());
    let command = HolderCommand::Enable(Enable { verified, shown, deputy, ..bare_enable(form.card()) });
    give(console, me, form, command, "社保功能已启用".into()).await
}

/// 银行账户激活: 面签, or 代办 when somebody acts.
pub async fn activate(State(console): State<Console>, me: SignedIn, sent: Sent) -> PeoplePage {
    let mut form = Stated::of(&console, sent);
    let (verified, shown, deputy) = (form.ticked("verified"), form.shown(), form.deputy());
    let manner = match deputy {
        Some(_) => ActivationManner::Proxy { copy: String::new() },
        None => ActivationManner::FaceToFace,
    };
    let stated = Activate { verified, shown, deputy, ..Activate::in_manner(form.card(), manner) };
    give(console, me, form, HolderCommand::Activate(stated), "银行账户已激活".into()).await
}

/// 上门激活, the first clerk's part.
pub async fn record_visit(State(console): State<Console>, me: SignedIn, sent: Sent) -> PeoplePage {
    let form = Stated::of(&console, sent);
    let (card, found, verified, shown) = (form.card(), form.found(), form.ticked("verified"), form.shown());
    let command = HolderCommand::RecordVisit(RecordVisit { card, found, verified, shown });
    let done = "上门核验已登记；请另一名经办人当日本人登录确认，确认后账户激活";
    give(console, me, form, command, done.into()).await
}

/// 上门激活, the second clerk's part.
pub async fn confirm_visit(State(console): State<Console>, me: SignedIn, sent: Sent) -> PeoplePage {
    let form = Stated::of(&console, sent);
    let (card, found, verified, shown) = (form.card(), form.found(), form.ticked("verified"), form.shown());
    let command = HolderCommand::ConfirmVisit(ConfirmVisit { card, found, verified, shown });
    give(console, me, form, command, "银行账户已激活（上门，双人核验）".into()).await
}

/// PIN维护: what was done at the terminal; no PIN comes here.
pub async fn pin(State(console): State<Console>, me: SignedIn, sent: Sent) -> PeoplePage {
    let mut form = Stated::of(&console, sent);
    let (change, done) = match form.text("change") {
        "locked" => (PinChange::Locked, "密码锁定已登记"),
        "unlocked" => (PinChange::Unlocked, "密码已解锁"),
        "reset" => (PinChange::Reset, "密码已重置，请持卡人本人设置新密码"),
        _ => (PinChange::Changed, "密码已修改"),
    };
    let command = HolderCommand::RecordPin(RecordPin {
        card: form.card(),
        change,
        verified: form.ticked("verified"),
        shown: form.shown(),
        guardian: form.deputy(),
        risks_told: form.ticked("risks_told"),
    });
    give(console, me, form, command, done.into()).await
}
