//! Is this card in force? JSON for programs at a counter; a number comes in the body, never in the address.

use crate::Console;
use crate::menu::Page;
use crate::session::SignedIn;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use kaguan_api::business::{Ask, CardStatus};
use kaguan_domain::refusal::Reason;
use kaguan_service::{Failure, Seen};
use kaguan_store::CardStateRow;
use serde::Serialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/api/cards/status",
    screens: &[],
    doors: |d| d.post("/api/cards/status", ask),
    samples: &[],
};

/// What of a card is told on a day; of somebody without a card that there is none.
pub fn answer_of(seen: &Seen<Option<CardStateRow>>, today: Date) -> CardStatus {
    let Some(card) = seen.as_ref() else { return no_card() };
    CardStatus {
        in_force: card.in_force && card.valid_until >= today,
        social: card.social.code().to_owned(),
        account: card.account.code().to_owned(),
        holds: card.holds.split(',').filter(|h| !h.is_empty()).map(str::to_owned).collect(),
        valid_until: card.valid_until.to_string(),
        pin_locked: card.pin_locked,
    }
}

fn no_card() -> CardStatus {
    let none = || "none".to_owned();
    CardStatus {
        in_force: false,
        social: none(),
        account: none(),
        holds: Vec::new(),
        valid_until: String::new(),
        pin_locked: false,
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
    match console.service.card_state(&me.actor(), &ask.number).await {
        Ok(seen) => Json(answer_of(&seen, console.service.now().date())).into_response(),
        Err(Failure::Refused(r)) if r.reason == Reason::MaterialDefective => {
            problem(StatusCode::UNPROCESSABLE_ENTITY, "bad_number", r.about.unwrap_or_default())
        }
        Err(Failure::Refused(r)) => problem(StatusCode::FORBIDDEN, r.reason.code(), r.sentence()),
        Err(e) => problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable", e.to_string()),
    }
}
