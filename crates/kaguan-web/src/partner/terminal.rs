//! The doors of 自助服务终端: what a holder does alone, with the card in the machine and its PIN. Losses, unlocking and resetting are for
//! counters and the channels that know their user: whoever has the card has not lost it.

use super::Door;
use super::auth::Call;
use super::online::steps_of;
use super::reply::{Said, done, json};
use crate::desk::status::answer_of;
use axum::extract::State;
use axum::response::Response;
use kaguan_api::terminal as wire;
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::ids::CardId;
use kaguan_domain::pin::ChangeAtTerminal;
use kaguan_domain::records::Show;
use kaguan_service::{Command, Identified};

async fn inside(door: &Door, card: &wire::CardInside) -> Result<(Identified, CardId), Said> {
    Ok(door.service.card_inside(&card.card_no, &card.chip, card.pin_verified).await?)
}

/// 制卡进度: of the holder's applications; the look is journaled.
#[utoipa::path(post, path = "/api/terminal/v1/progress", operation_id = "terminal_progress", tag = "自助服务终端",
    request_body = wire::AskInside, responses((status = 200, body = kaguan_api::online::Progress)))]
pub async fn progress(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    clause!(R19.1);
    let ask: wire::AskInside = call.json()?;
    let (who, _) = inside(&door, &ask.inside).await?;
    let ctx = door.service.ctx(call.actor(), call.channel(), None);
    let seen = door.service.show(ctx, &who, Show::Progress).await?;
    json(steps_of(&door, &seen)?)
}

/// 卡状态: whether the holder's card can be used, and why not.
#[utoipa::path(post, path = "/api/terminal/v1/status", operation_id = "terminal_status", tag = "自助服务终端",
    request_body = wire::AskInside, responses((status = 200, body = kaguan_api::business::CardStatus)))]
pub async fn status(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    let ask: wire::AskInside = call.json()?;
    let (who, _) = inside(&door, &ask.inside).await?;
    let seen = door.service.state_inside(&call.actor(), &who).await?;
    json(answer_of(&seen, door.service.now().date()))
}

/// 修改密码: the holder has changed the PIN by card and old PIN; it is recorded, and no PIN is sent.
#[utoipa::path(post, path = "/api/terminal/v1/pin-changes", operation_id = "terminal_pin", tag = "自助服务终端",
    request_body = wire::PinChangedInside, responses((status = 200, body = kaguan_api::bank::Done)))]
pub async fn pin_changed(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    clause!(R19.1);
    let ask: wire::PinChangedInside = call.json()?;
    let ctx = call.ctx(&door)?;
    let (who, card) = inside(&door, &ask.inside).await?;
    let old_pin = ask.inside.pin_verified;
    let change = ChangeAtTerminal { card, card_read: true, old_pin, risks_told: ask.risks_told };
    let command = Command::of(who.id(), HolderCommand::ChangePinAtTerminal(change));
    done(&door.service.execute(ctx, command).await?)
}
