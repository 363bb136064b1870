//! 挂失解挂注销.

use super::stated::Stated;
use super::{TITLE, give};
use crate::Console;
use crate::pages::{Frame, PeoplePage};
use crate::session::SignedIn;
use crate::upload::Sent;
use axum::extract::State;
use kaguan_domain::cancellation::{Cancel, RecordAccountClosed};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::archive::MaterialKind;
use kaguan_domain::facts::cancellation::{CancelReason, ChipLock};
use kaguan_domain::loss::{Release, ReportFormal, ReportTemporary};

/// What is asked for cannot be told from what was sent.
fn unsaid(me: &SignedIn, why: &str) -> PeoplePage {
    PeoplePage { frame: Frame::of(me, TITLE).wrong(why), ..PeoplePage::empty(me) }
}

/// 临时挂失, 正式挂失 or 解除挂失 of the card that the page names.
pub async fn lose(State(console): State<Console>, me: SignedIn, sent: Sent) -> PeoplePage {
    let form = Stated::of(&console, sent);
    let (card, verified) = (form.card(), form.ticked("verified"));
    let (command, done) = match form.text("kind") {
        "formal" => (HolderCommand::ReportFormalLoss(ReportFormal { card, verified }), "已正式挂失"),
        "release" => (HolderCommand::ReleaseLoss(Release { card, verified }), "已解除挂失"),
        "temporary" => {
            let temporary = ReportTemporary { card, identity: None, verified };
            (HolderCommand::ReportTemporaryLoss(temporary), "已临时挂失")
        }
        _ => {
            return unsaid(
                &me,
                "没有选择办理临时挂失、正式挂失还是解除挂失，业务没有办理。请重新查找持卡人后选择",
            );
        }
    };
    give(console, me, form, command, done.into()).await
}

/// 注销.
pub async fn cancel(State(console): State<Console>, me: SignedIn, sent: Sent) -> PeoplePage {
    let mut form = Stated::of(&console, sent);
    let Some(reason) = CancelReason::ALL.into_iter().find(|r| r.code() == form.text("reason")) else {
        return unsaid(&me, "没有选择注销原因，社保卡没有注销。请重新查找持卡人后选择");
    };
    let back = form.ticked("given_back");
    let chip = match form.text("chip") {
        "locked" => Some(ChipLock::Locked),
        "unreadable" => Some(ChipLock::Unreadable),
        _ => None,
    };
    let command = HolderCommand::Cancel(Cancel {
        agent: form.deputy().map(|d| *d),
        reminded: form.ticked("reminded"),
        given_back_at: back.then_some(me.org.id),
        verified: form.ticked("verified"),
        shown: form.shown(),
        proofs: form.copy("proof", MaterialKind::TerminationProof).into_iter().collect(),
        chip: chip.filter(|_| back),
        ..Cancel::of(form.card(), reason)
    });
    let done = "社保卡已注销；请告知持卡人凭回执到服务银行办理资金清算和账户销户";
    give(console, me, form, command, done.into()).await
}

/// 银行账户销户, by the card's bank once the money was moved; the old bank of a change takes the card back with it.
pub async fn close(State(console): State<Console>, me: SignedIn, sent: Sent) -> PeoplePage {
    let form = Stated::of(&console, sent);
    let command = HolderCommand::RecordAccountClosed(RecordAccountClosed {
        card: form.card(),
        settled: form.ticked("settled"),
        given_back_at: form.ticked("given_back").then_some(me.org.id),
    });
    give(console, me, form, command, "账户资金已结转，账户已销户".into()).await
}
