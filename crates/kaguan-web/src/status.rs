//! Is this card in force? JSON for programs at a counter; a number comes in the body, never in the address.

use crate::Console;
use crate::session::SignedIn;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kaguan_domain::institution::{Place, Verb, authorise};
use kaguan_domain::social_security_number::SocialSecurityNumber;
use serde::{Deserialize, Serialize};

/// The question.
#[derive(Deserialize)]
pub struct Ask {
    /// 社会保障号码
    number: String,
}

/// The answer: nothing of the person, only of the card.
#[derive(Serialize)]
struct Answer<'a> {
    /// Whether the person has a card that works as a social security card today.
    in_force: bool,
    /// `none` when there is no card.
    social: &'a str,
    account: &'a str,
    /// Stable names of what holds the card.
    holds: Vec<&'a str>,
    valid_until: &'a str,
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
        Ok(Some(card)) => {
            let lapsed = card.valid_until.as_str() < console.service.now().date().to_string().as_str();
            Json(Answer {
                in_force: card.in_force && !lapsed,
                social: &card.social,
                account: &card.account,
                holds: card.holds.split(',').filter(|h| !h.is_empty()).collect(),
                valid_until: &card.valid_until,
            })
            .into_response()
        }
        Ok(None) => {
            let none =
                Answer { in_force: false, social: "none", account: "none", holds: vec![], valid_until: "" };
            Json(none).into_response()
        }
        Err(e) => problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable", e.to_string()),
    }
}
