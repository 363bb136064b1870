//! 读卡: the desk of a session reads the card, or the identity card, that lies on its reader, and the number stands in the field of the page
//! that asked for it. The browser speaks to the system alone; the number is never in an address.

use super::{desk_of, session_of};
use crate::Console;
use crate::agent::{Unheard, now_ms, perform};
use crate::menu;
use crate::session::SignedIn;
use crate::wrong;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kaguan_api::desk::{Outcome, Work};
use kaguan_domain::clause;
use serde::Deserialize;

/// For which page a card is read.
#[derive(Deserialize)]
pub struct For {
    to: String,
}

/// Reads what lies on the reader of this session's desk: the person's number, or the card's own while it is nobody's.
pub async fn read(console: &Console, me: &SignedIn) -> Result<String, String> {
    clause!(X9.3);
    let none = "本次登录还没有使用制卡桌面机。请先在“新即时制卡”中录入桌面号";
    let whose = desk_of(console, me).ok_or(none)?;
    let said = match perform(console, &whose, ("", ""), Work::Read).await {
        // No card in it, or none that answers: an identity card may lie on it.
        Ok(Outcome::Failed { code: -4..=-2, .. }) => {
            perform(console, &whose, ("", ""), Work::ReadIdentity).await
        }
        said => said,
    };
    match said {
        Ok(Outcome::Card(card)) if !card.number.is_empty() => Ok(card.number),
        Ok(Outcome::Card(card)) => Ok(card.card_no),
        Ok(Outcome::Identity(identity)) => Ok(identity.number),
        Ok(Outcome::Failed { code: -13 | -2, .. }) => {
            Err("读卡位置没有卡，请放好社保卡或身份证后再按“读卡”".into())
        }
        Ok(Outcome::Failed { code, words }) => Err(format!("没有读到卡：{words}（{code}）")),
        Ok(Outcome::Refused { why }) | Err(Unheard::NotGiven(why)) => Err(why),
        Ok(Outcome::Done | Outcome::ChipKey(_) | Outcome::Paper { .. }) => Err("桌面机的答复不合规".into()),
        Err(Unheard::Lost) => Err("制卡桌面机没有应答，请检查桌面程序".into()),
    }
}

/// Reads, and goes back to the page with the number in its field, by the line of the menu that had opened it.
pub async fn read_card(State(console): State<Console>, me: SignedIn, Query(page): Query<For>) -> Response {
    let Some(to) = menu::page_at(&page.to).map(|p| p.path) else {
        return wrong::page(StatusCode::BAD_REQUEST, "这一页没有可以读卡录入的号码");
    };
    let said = read(&console, &me).await;
    console.desks.read_for(&session_of(&me), to, said, now_ms(&console));
    let line = menu::lines().into_iter().find(|line| line.path == to && line.of == me.of);
    Redirect::to(&line.map_or_else(|| to.to_owned(), |line| line.address())).into_response()
}
