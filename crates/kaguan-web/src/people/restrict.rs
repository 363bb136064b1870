//! 限制与恢复: one proposes, another decides, and it is lifted from every card of the person.

use super::give;
use super::stated::Stated;
use crate::Console;
use crate::pages::PeoplePage;
use crate::session::SignedIn;
use crate::upload::Sent;
use axum::extract::State;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::ids::CaseId;
use kaguan_domain::restriction::{Decide, Lift, Propose};

/// 提出限制.
pub async fn propose(State(console): State<Console>, me: SignedIn, sent: Sent) -> PeoplePage {
    let form = Stated::of(&console, sent);
    let (card, case, ground) = (form.card(), CaseId(console.service.fresh()), form.text("ground").to_owned());
    let command = HolderCommand::ProposeRestriction(Propose { card, case, ground });
    give(console, me, form, command, "限制已提出，请另一名有权经办人审核".into()).await
}

/// 审核限制.
pub async fn examine(State(console): State<Console>, me: SignedIn, sent: Sent) -> PeoplePage {
    let form = Stated::of(&console, sent);
    let (card, case, approved) = (form.card(), CaseId(form.id("case")), form.text("approved") == "yes");
    let command = HolderCommand::DecideRestriction(Decide { card, case, approved });
    let done =
        if approved { "限制已生效，对该人全部社保卡有效" } else { "限制未获同意" };
    give(console, me, form, command, done.into()).await
}

/// 恢复.
pub async fn lift(State(console): State<Console>, me: SignedIn, sent: Sent) -> PeoplePage {
    let form = Stated::of(&console, sent);
    let (card, case, reason) = (form.card(), CaseId(form.id("case")), form.text("reason").to_owned());
    let command = HolderCommand::LiftRestriction(Lift { card, case, reason });
    give(console, me, form, command, "该案限制已从全部社保卡恢复".into()).await
}
