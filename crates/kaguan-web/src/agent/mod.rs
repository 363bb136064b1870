//! The doors of 制卡桌面机 (`kaguan-desk`): each dials out, waits here for jobs and answers them. A browser never speaks to a desk; what
//! both sides say is signed (`kaguan_api::desk`), and a desk hears of nothing but its own.

mod hub;

pub use hub::{Desks, Face, Run, RunState};

use crate::Console;
use crate::partner::{keys_for_desk, public_of_today};
use crate::refused::STRANGER;
use crate::session::Source;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kaguan_api::desk::{
    ANSWER_HEADER, ANSWERS, Answer, Ask, Given, JOB_MS, JOBS, Job, Kind, LARGEST_PAPER, MACHINE,
    MachineAnswer, MachineAsk, Outcome, PAIR, PAPERS, Pairing, PairingState, Signed, Work, person,
};
use kaguan_api::sign::{Public, digest, fresh_nonce};
use kaguan_domain::facts::desk::Desk;
use kaguan_domain::ids::DeskId;
use std::time::Duration;

/// What an agent says is short.
const LARGEST: usize = 64 << 10;
/// How long the province's machine is waited for.
const MACHINE_PATIENCE: Duration = Duration::from_secs(10);
/// How long an answer is waited for: the time until a job ends, and that of the slowest printer.
const PATIENCE: Duration = Duration::from_secs(150);

/// The doors.
pub fn router(console: Console) -> Router {
    Router::new()
        .route(PAIR, post(pair))
        .route(JOBS, post(jobs))
        .route(ANSWERS, post(answers))
        .route(MACHINE, post(machine))
        .route(PAPERS, post(papers))
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(console)
}

/// The system's time in Unix milliseconds.
pub fn now_ms(console: &Console) -> i64 {
    console.service.wall().0 / 1_000
}

/// Turned away: a desk that is known by its number, or a stranger.
fn refused(console: &Console, desk: Option<i64>, why: &str) -> Response {
    let known = desk.filter(|id| console.service.institutions().desk(DeskId(*id)).is_some());
    let who = known.map_or_else(|| STRANGER.to_owned(), |id| format!("desk {id}"));
    console.refusals.tell(console.service.wall(), &who, why);
    StatusCode::FORBIDDEN.into_response()
}

const NOT_ITS_OWN: &str = "a desk's message that its key has not signed";

/// What a desk has signed, and the desk; the number that was named when it is not known, was ended, or has not signed it.
fn signed_by<T: for<'a> serde::Deserialize<'a>>(
    console: &Console,
    signed: &Signed,
    kind: Kind,
    desk_of: fn(&T) -> i64,
) -> Result<(T, Desk), Option<i64>> {
    let named: T = serde_json::from_str(&signed.body).map_err(|_| None)?;
    let number = desk_of(&named);
    let desk = console.service.institutions().desk(DeskId(number)).filter(|d| d.ended.is_none()).cloned();
    let key = desk.as_ref().and_then(|d| Public::parse(&d.public).ok());
    let said = key.and_then(|key| signed.read(kind, &key));
    said.zip(desk).ok_or(Some(number))
}

/// A machine asks to be paired: it gets a code for an administrator, and once it is tied its number and the system's key.
async fn pair(
    State(console): State<Console>,
    Source(source): Source,
    Json(signed): Json<Signed>,
) -> Response {
    let named = serde_json::from_str::<Pairing>(&signed.body).ok();
    let key = named.and_then(|named| Public::parse(&named.public).ok());
    let Some(wish) = key.and_then(|key| signed.read::<Pairing>(Kind::Pairing, &key)) else {
        return refused(&console, None, NOT_ITS_OWN);
    };
    let institutions = console.service.institutions();
    let known = institutions.desks().find(|d| d.public == wish.public);
    let state = match known {
        Some(desk) if desk.ended.is_some() => {
            return refused(&console, Some(desk.id.0), "a desk that was taken away");
        }
        Some(desk) => PairingState::Paired { desk: desk.id.0, system: public_of_today(&console.service) },
        None => {
            let now = now_ms(&console);
            PairingState::Waits { code: console.desks.wish(&source, &wish.public, &wish.machine, now) }
        }
    };
    Json(state).into_response()
}

/// A desk waits for work.
async fn jobs(State(console): State<Console>, Json(signed): Json<Signed>) -> Response {
    let (ask, desk) = match signed_by::<Ask>(&console, &signed, Kind::Ask, |a| a.desk) {
        Ok(said) => said,
        Err(named) => return refused(&console, named, NOT_ITS_OWN),
    };
    if keys_for_desk(&console.service, &ask.system).is_none() {
        return refused(&console, Some(desk.id.0), "a desk that believes another system");
    }
    // What was said before is said again by somebody else.
    if !console.desks.heard(desk.id, &ask, now_ms(&console)) {
        return StatusCode::CONFLICT.into_response();
    }
    let job = console.desks.job_of(desk.id, ask.seq).await;
    let (number, taken_by) = console.desks.stands(desk.id);
    // Everything in one answer is under the key that the agent holds as it asks; what it is to hold next is told in the same.
    let Some((key, next_system)) = keys_for_desk(&console.service, &ask.system) else {
        return refused(&console, Some(desk.id.0), "a desk that believes another system");
    };
    let signed = || {
        let job = job.map(|job| Signed::of(Kind::Job, &job, &key)).transpose()?;
        let given = Given { seq: ask.seq, now: now_ms(&console), number, taken_by, job, next_system };
        Signed::of(Kind::Given, &given, &key)
    };
    match signed() {
        Ok(signed) => Json(signed).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// A desk answers.
async fn answers(State(console): State<Console>, Json(signed): Json<Signed>) -> Response {
    let (answer, desk) = match signed_by::<Answer>(&console, &signed, Kind::Answer, |a| a.desk) {
        Ok(said) => said,
        Err(named) => return refused(&console, named, NOT_ITS_OWN),
    };
    match console.desks.answered(desk.id, &answer.job, answer.outcome) {
        true => StatusCode::NO_CONTENT.into_response(),
        false => StatusCode::CONFLICT.into_response(),
    }
}

/// A desk asks the province's 加密机 in the midst of a job. What both say passes unread; only a job that this desk has, and a function that the
/// job needs, gets there.
async fn machine(State(console): State<Console>, Json(signed): Json<Signed>) -> Response {
    let (ask, desk) = match signed_by::<MachineAsk>(&console, &signed, Kind::MachineAsk, |a| a.desk) {
        Ok(said) => said,
        Err(named) => return refused(&console, named, NOT_ITS_OWN),
    };
    let Some((key, _)) = keys_for_desk(&console.service, &ask.system) else {
        return refused(&console, Some(desk.id.0), "a desk that believes another system");
    };
    if !console.desks.asks(desk.id, &ask) {
        return StatusCode::CONFLICT.into_response();
    }
    let machine = console.service.partners().card_keys.clone();
    let step = ask.function.step(ask.step);
    let said = tokio::time::timeout(MACHINE_PATIENCE, machine.step(&step, &ask.said)).await;
    let answer = MachineAnswer { job: ask.job, seq: ask.seq, key: said.ok().flatten() };
    match Signed::of(Kind::MachineAnswer, &answer, &key) {
        Ok(signed) => Json(signed).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// A desk brings the paper that it has scanned. The signed answer is in the header: what nobody waits for, or is not the desk's own, is
/// turned away before anything of it is read.
async fn papers(State(console): State<Console>, request: Request) -> Response {
    let header = request.headers().get(ANSWER_HEADER).and_then(|h| BASE64.decode(h).ok());
    let Some(signed) = header.and_then(|h| serde_json::from_slice::<Signed>(&h).ok()) else {
        return refused(&console, None, NOT_ITS_OWN);
    };
    let (answer, desk) = match signed_by::<Answer>(&console, &signed, Kind::Answer, |a| a.desk) {
        Ok(said) => said,
        Err(named) => return refused(&console, named, NOT_ITS_OWN),
    };
    let Outcome::Paper { digest: said, length, .. } = answer.outcome else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    if !console.desks.is_scanning(desk.id, &answer.job) {
        return StatusCode::CONFLICT.into_response();
    }
    let mut share = console.bounds.forms.share();
    if length > LARGEST_PAPER {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    }
    if !share.take(length) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let picture = match axum::body::to_bytes(request.into_body(), length).await {
        Ok(picture) if picture.len() == length && digest(&picture) == said => picture.to_vec(),
        Ok(_) | Err(_) => return StatusCode::BAD_REQUEST.into_response(),
    };
    let outcome = Outcome::Paper { digest: said, length, picture };
    match console.desks.answered(desk.id, &answer.job, outcome) {
        true => StatusCode::NO_CONTENT.into_response(),
        false => StatusCode::CONFLICT.into_response(),
    }
}

/// Why a job has no outcome.
pub enum Unheard {
    /// It never left: nothing was done.
    NotGiven(String),
    /// It was given, and nothing came back.
    Lost,
}

/// For whom a job is: whose session, which officer, which desk.
#[derive(Clone)]
pub struct For {
    /// A digest of the session's token.
    pub session: String,
    /// `None` where a holder serves himself.
    pub officer: Option<i64>,
    pub desk: Desk,
}

/// Has a desk do something to a card (its chip; empty before one is known) for a person (the number; empty when nobody's data are
/// touched).
pub async fn perform(
    console: &Console,
    whose: &For,
    (card, number): (&str, &str),
    work: Work,
) -> Result<Outcome, Unheard> {
    let id = fresh_nonce();
    let job = Job {
        desk: whose.desk.id.0,
        session: whose.session.clone(),
        officer: whose.officer.unwrap_or_default(),
        card: card.to_owned(),
        person: if number.is_empty() { String::new() } else { person(&id, number) },
        expires: now_ms(console) + JOB_MS,
        work,
        id: id.clone(),
    };
    let answer = console.desks.give(&whose.session, whose.desk.id, job, now_ms(console));
    let answer = answer.map_err(Unheard::NotGiven)?;
    match tokio::time::timeout(PATIENCE, answer).await {
        Ok(Ok(outcome)) => Ok(outcome),
        Ok(Err(_)) | Err(_) => {
            console.desks.forget(whose.desk.id, &id);
            Err(Unheard::Lost)
        }
    }
}
