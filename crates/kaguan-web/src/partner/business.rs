//! Is this card in force? For business systems, single and in bulk, and as a file for when the line is down; the keys,
//! sessions and earlier requests of every partner; payments from the treasury.

use super::auth::Call;
use super::reply::{Said, done, json, wrong};
use super::{Door, SigningKey};
use crate::desk::status::answer_of;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use kaguan_api::business as wire;
use kaguan_api::message::{Attempt, Attempts, ECardNumbered, Fetched, Question, Questions, Waiting};
use kaguan_api::sign::Public;
use kaguan_domain::clause;
use kaguan_domain::ctx::Instant;
use kaguan_domain::e_card::TakeNumber;
use kaguan_domain::fee::Pay;
use kaguan_domain::ids::{CardId, ECardNumber, NumberError};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_service::ports::Message;
use kaguan_store::OutboxRow;

/// The most numbers of one bulk call.
const MOST: usize = 10_000;

/// The most messages of one call.
const FETCHED: i64 = 1_000;

/// The most questions that are told of at once.
const MOST_QUESTIONS: usize = 1_000;

/// After which message.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct After {
    /// Messages after this one; from the oldest when it is missing.
    after: Option<i64>,
}

/// After which one is asked.
fn after_of(query: Result<Query<After>, QueryRejection>) -> Result<i64, Said> {
    let Query(After { after }) = query.map_err(|_| Said::protocol("bad_request"))?;
    Ok(after.unwrap_or(0))
}

/// 本系统公钥, and the next one as soon as its time is set.
#[utoipa::path(get, path = "/api/keys/v1", operation_id = "system_key", tag = "公共",
    responses((status = 200, body = wire::SystemKey)))]
pub async fn system_key(State(door): State<Door>, _call: Call) -> Result<Response, Said> {
    json(SigningKey::told(door.service.store(), &door.service.institutions(), door.service.now()))
}

/// 会话: requests within it are signed by HMAC-SM3 under its key.
#[utoipa::path(post, path = "/api/session/v1", operation_id = "session", tag = "公共",
    responses((status = 200, body = wire::Session)))]
pub async fn session(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    let now = door.service.now();
    let name = call.signing_key().ok_or_else(|| Said::protocol("session_reads_only"))?;
    let institutions = door.service.institutions();
    let key = institutions.partner(&call.partner).and_then(|p| p.key(name, now));
    let public =
        key.and_then(|k| Public::parse(&k.public).ok()).ok_or_else(|| Said::protocol("key_unknown"))?;
    let begun = door.sessions.begin(
        &call.partner,
        name,
        door.service.wall().0 / 1_000,
        door.service.steady() / 1_000,
    );
    let (session, shared, until) = begun.ok_or_else(|| Said::protocol("unavailable"))?;
    let key = shared.sealed_for(&public).ok_or_else(|| Said::protocol("unavailable"))?;
    json(wire::Session { session, key, until })
}

/// 原请求结果: what became of a request under one's own key.
#[utoipa::path(get, path = "/api/requests/v1/{key}", operation_id = "earlier_request", tag = "公共",
    params(("key" = String, Path, description = "原请求的 Idempotency-Key")), responses((status = 200, body = wire::Earlier)))]
pub async fn earlier(
    State(door): State<Door>,
    Path(key): Path<String>,
    call: Call,
) -> Result<Response, Said> {
    let entry = door.service.earlier(&call.actor(), &key).await?;
    let (entry, seq) = entry.ok_or_else(|| Refusal::about(Reason::NotFound, "该请求编号没有办结的业务"))?;
    json(wire::Earlier { entry: entry.seq, verb: entry.command, at: entry.at / 1_000, seq })
}

/// 待取消息: what waits for a partner that cannot be called, or was not reached.
#[utoipa::path(get, path = "/api/messages/v1", operation_id = "messages", tag = "公共", params(After),
    responses((status = 200, body = Waiting)))]
pub async fn messages(
    State(door): State<Door>,
    query: Result<Query<After>, QueryRejection>,
    call: Call,
) -> Result<Response, Said> {
    let found = door.service.messages_for(&call.actor(), after_of(query)?, FETCHED).await?;
    let read = |row: &OutboxRow| {
        let message = Message::try_from(row).map_err(|_| Said::protocol("unavailable"))?;
        super::letters::outgoing(message).map_err(|_| Said::protocol("unavailable"))
    };
    json(Waiting { messages: found.iter().map(read).collect::<Result<_, _>>()? })
}

/// 发送记录: when the system tried to bring each message, what came back, and when it tries again; the last thousand.
#[utoipa::path(get, path = "/api/messages/v1/attempts", operation_id = "message_attempts", tag = "公共", params(After),
    responses((status = 200, body = Attempts)))]
pub async fn attempts(
    State(door): State<Door>,
    query: Result<Query<After>, QueryRejection>,
    call: Call,
) -> Result<Response, Said> {
    let found = door.service.attempts_for(&call.actor(), after_of(query)?, FETCHED).await?;
    let one = |a: &kaguan_store::Attempt| Attempt {
        id: a.id,
        message: a.message,
        kind: a.kind.clone(),
        number: a.number,
        at: a.at.0 / 1_000,
        took: a.took,
        outcome: a.outcome.code().to_owned(),
        said: a.said.clone(),
        next_at: a.next.map(|at| at.0 / 1_000),
    };
    json(Attempts { attempts: found.iter().map(one).collect() })
}

/// 提问记录: what the system asked the partner who asks, since it was started, and what came back; the last thousand.
#[utoipa::path(get, path = "/api/messages/v1/questions", operation_id = "questions", tag = "公共", params(After),
    responses((status = 200, body = Questions)))]
pub async fn questions(
    State(door): State<Door>,
    query: Result<Query<After>, QueryRejection>,
    call: Call,
) -> Result<Response, Said> {
    let found = door.service.questions_for(&call.actor(), after_of(query)?, MOST_QUESTIONS)?;
    let one = |q: &kaguan_service::Question| Question {
        id: q.id,
        path: q.path.to_owned(),
        about: q.about,
        at: q.at.0 / 1_000,
        took: q.took,
        outcome: q.came.code().to_owned(),
        said: q.said.clone(),
    };
    json(Questions { questions: found.iter().map(one).collect() })
}

/// 消息取走确认: they are not shown again, and not delivered. A link message is answered at `intents/answers`.
#[utoipa::path(post, path = "/api/messages/v1/fetched", operation_id = "messages_fetched", tag = "公共",
    request_body = Fetched, responses((status = 200, body = Waiting)))]
pub async fn fetched(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    let ask: Fetched = call.json()?;
    let ctx = call.ctx(&door)?;
    if ask.ids.len() > FETCHED as usize {
        return Err(Said::protocol("too_large"));
    }
    door.service.fetched(ctx, ask.ids).await?;
    json(Waiting { messages: Vec::new() })
}

/// 卡状态: is this card in force?
#[utoipa::path(post, path = "/api/business/v1/cards/status", operation_id = "business_status", tag = "业务系统",
    request_body = wire::Ask, responses((status = 200, body = wire::CardStatus)))]
pub async fn status(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    let ask: wire::Ask = call.json()?;
    let seen = door.service.card_state(&call.actor(), &ask.number).await?;
    json(answer_of(&seen, door.service.now().date()))
}

/// 卡状态批量查询: each number with its own answer.
#[utoipa::path(post, path = "/api/business/v1/cards/statuses", operation_id = "business_statuses", tag = "业务系统",
    request_body = wire::AskMany, responses((status = 200, body = wire::Answers)))]
pub async fn statuses(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    let ask: wire::AskMany = call.json()?;
    if ask.numbers.len() > MOST {
        return Err(Said::protocol("too_large"));
    }
    let states = door.service.card_states(&call.actor(), &ask.numbers).await?;
    let today = door.service.now().date();
    let answer = |state: Result<_, NumberError>| match state {
        Ok(seen) => wire::OneAnswer { status: Some(answer_of(&seen, today)), error: None },
        Err(e) => wire::OneAnswer { status: None, error: Some(e.to_string()) },
    };
    json(wire::Answers { answers: states.into_iter().map(answer).collect() })
}

/// 停用卡清单: the cards that are not in force, signed, for a hospital whose line is down. The format is in the
/// partner handbook; `kaguan held FILE NUMBER` reads it.
#[utoipa::path(get, path = "/api/business/v1/held-cards", operation_id = "business_held_cards", tag = "业务系统",
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
pub async fn held_cards(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    let file = door.service.held_cards(&call.actor()).await?;
    let file =
        kaguan_api::held::write(&door.keys.now(&door.service).secret, door.service.wall().0 / 1_000, &file);
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], file).into_response())
}

/// 电子社保卡签发结果: the number of an e-card that was asked for, when it was not answered at once.
#[utoipa::path(post, path = "/api/ecard/v1/numbers", operation_id = "ecard_number", tag = "全国社保卡服务平台",
    request_body = ECardNumbered, responses((status = 200, body = kaguan_api::bank::Done)))]
pub async fn e_card_number(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    clause!(R2.1);
    let ask: ECardNumbered = call.json()?;
    let ctx = call.ctx(&door)?;
    let number = ECardNumber::parse(&ask.e_card_no).map_err(wrong)?;
    let take = TakeNumber { card: CardId(ask.card), number };
    done(&door.service.e_card_numbered(ctx, &ask.number, take).await?)
}

/// 缴费结果: the treasury has received a fee.
#[utoipa::path(post, path = "/api/treasury/v1/payments", operation_id = "treasury_payment", tag = "财政",
    request_body = wire::Payment, responses((status = 200, body = kaguan_api::bank::Done)))]
pub async fn payment(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    clause!(R22.1);
    let ask: wire::Payment = call.json()?;
    let ctx = call.ctx(&door)?;
    let wire::Payment { form_no, number, receipt, amount, currency, check, paid_at } = ask;
    let paid_at = paid_at.map(|ms| door.service.in_business_time(Instant(ms.saturating_mul(1_000))));
    let pay = |application| Pay { application, receipt, fen: amount, currency, check, paid_at };
    let receipt = door.service.pay_fee(ctx, &number, &form_no, pay).await?;
    done(&receipt)
}
