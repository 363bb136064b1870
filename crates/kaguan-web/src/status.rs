//! Is this card in force? JSON for programs at a counter; a number comes in the body, never in the address.

use crate::Console;
use crate::session::SignedIn;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use kaguan_api::business::{Ask, CardStatus};
use kaguan_domain::facts::social_security_number::SocialSecurityNumber;
use kaguan_domain::permission::{Place, Verb, authorise};
use kaguan_store::CardStateRow;
use serde::Serialize;

/// What of a card is told on a day.
pub fn answer_of(card: &CardStateRow, today: Date) -> CardStatus {
    let lapsed = card.valid_until.as_str() < today.to_string().as_str();
    CardStatus {
        in_force: card.in_force && !lapsed,
        social: card.social.to_string(),
        account: card.account.to_string(),
        holds: card.holds.split(',').filter(|h| !h.is_empty()).map(str::to_owned).collect(),
        valid_until: card.valid_until.to_string(),
    }
}

/// What is told of somebody without a card.
pub fn no_card() -> CardStatus {
    let none = || "none".to_owned();
    CardStatus {
        in_force: false,
        social: none(),
        account: none(),
        holds: Vec::new(),
        valid_until: String::new(),
    }
}

/// Why not, for a program.
#[derive(Serialize)]
struct Problem<'a> {
    code: &'a str,
    message: String,
}

/// Answers.
pub async fn ask(State(console): State<Console>, me: SignedIn, Json(ask): Json<Ask>) -> Response {
    let problem = |status: StatusCode, code: &str, message: String| {
        (status, Json(Problem { code, message })).into_response()
    };
    let institutions = console.service.institutions();
    if let Err(refusal) = authorise(&institutions, &me.actor(), Verb::AskCardStatus, &Place::Anywhere) {
        return problem(StatusCode::FORBIDDEN, refusal.reason.code(), refusal.sentence());
    }
    let number = match SocialSecurityNumber::parse(ask.number.trim()) {
        Ok(number) => number,
        Err(e) => return problem(StatusCode::UNPROCESSABLE_ENTITY, "bad_number", format!("社会保障号码{e}")),
    };
    match console.service.card_state(&number).await {
        Ok(Some(card)) => Json(answer_of(&card, console.service.now().date())).into_response(),
        Ok(None) => Json(no_card()).into_response(),
        Err(e) => problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable", e.to_string()),
    }
}
