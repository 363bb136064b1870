//! What a partner says of the messages that wait for it: it has fetched them and has them now.

use crate::clause;
use crate::ctx::{Actor, Ctx};
use crate::facts::institution::Institutions;
use crate::facts::message::MessageEvent;
use crate::ids::PartnerKind;
use crate::permission::{Place, Verb, authorise};
use crate::refusal::{Reason, Refusal};
use serde::{Deserialize, Serialize};

/// 消息取走确认: the partner has stored these messages; they are neither shown nor delivered again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FetchMessages {
    /// Their numbers in the outbox.
    pub ids: Vec<i64>,
}

/// 批量提交: a body of many rows has come under one request key; each row has a verdict of its own. The line binds the key to the body.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SubmitRows {
    /// Which rows: the address without the key, such as `opening/1`.
    pub what: String,
    pub rows: u64,
}

/// Decides it: that it has come is a line of the journal; what the rows come to are lines of their own (R39.1).
pub fn submit_rows(
    state: &Institutions,
    command: &SubmitRows,
    ctx: &Ctx,
) -> Result<Vec<MessageEvent>, Refusal> {
    clause!(R39.1);
    authorise(state, &ctx.actor, Verb::SubmitRows, &messages_place(&ctx.actor))?;
    Ok(vec![MessageEvent::Submitted { what: command.what.clone(), rows: command.rows }])
}

/// To whom messages for a partner's computer are addressed: a bank by its code, any other by what it is. Nobody else has any.
pub fn addressee(actor: &Actor) -> Option<String> {
    match actor {
        Actor::Bank(code) => Some(format!("{}:{code}", PartnerKind::Bank.code())),
        Actor::Vendor(_) => Some(PartnerKind::Vendor.code().to_owned()),
        Actor::Partner(id) => Some(id.kind.code().to_owned()),
        Actor::Officer(_) | Actor::Kiosk(_) | Actor::System => None,
    }
}

/// Where a partner's own messages lie.
pub fn messages_place(actor: &Actor) -> Place {
    match actor {
        Actor::Bank(code) => Place::Bank(code.clone()),
        Actor::Vendor(code) => Place::Vendor(code.clone()),
        Actor::Partner(_) | Actor::Officer(_) | Actor::Kiosk(_) | Actor::System => Place::Anywhere,
    }
}

/// Decides it: what a partner has told is a line of the journal that names no person (R39.1).
pub fn fetch_messages(
    state: &Institutions,
    command: &FetchMessages,
    ctx: &Ctx,
) -> Result<Vec<MessageEvent>, Refusal> {
    clause!(R39.1);
    authorise(state, &ctx.actor, Verb::FetchMessages, &messages_place(&ctx.actor))?;
    let to = addressee(&ctx.actor).ok_or(Reason::NotPermitted)?;
    if command.ids.is_empty() {
        return Err(Reason::NothingToDo.into());
    }
    Ok(vec![MessageEvent::Fetched { to, ids: command.ids.clone() }])
}
