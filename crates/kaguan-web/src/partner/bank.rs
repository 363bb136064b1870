//! The banks' interfaces.

use super::Door;
use super::auth::Call;
use super::details;
use super::reader::{self, Unread};
use super::reply::{Bytes, Said, done, json, lines, verdict, wrong};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use kaguan_api::bank as wire;
use kaguan_api::message::LinkAnswer;
use kaguan_api::problem::Problem;
use kaguan_api::reconcile::SharedKey;
use kaguan_api::text;
use kaguan_domain::account_opening::{Extracted, OpeningResult, TakeReturn};
use kaguan_domain::activation::{Activate, Enable};
use kaguan_domain::cancellation::RecordAccountClosed;
use kaguan_domain::clause;
use kaguan_domain::ctx::Channel;
use kaguan_domain::dispatch::{BatchCommand, HolderCommand};
use kaguan_domain::facts::account::AccountNumber;
use kaguan_domain::facts::activation::{ActivationManner, Found};
use kaguan_domain::facts::archive::MaterialKind;
use kaguan_domain::facts::counter::{Deputy, KeptCopy};
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::failure::{GuideRow, PartnerWords};
use kaguan_domain::facts::names::BatchStateKind;
use kaguan_domain::ids::{ApplicationId, BankCardNumber, BankCode, BatchId, CardId, HolderId, MaterialId};
use kaguan_domain::institution::{InstitutionCommand, SetFailureGuide, SubmitRows};
use kaguan_domain::link::{AnswerIntent, BankAnswer};
use kaguan_domain::loss::{Release, ReportFormal, ReportTemporary};
use kaguan_domain::recall::StateBalance;
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_domain::replacement::bank_change::{Approve, CallOff, Reserve};
use kaguan_service::{BatchPerson, Command, Failure, Receipt};
use utoipa::ToSchema;

/// The most rows of one bulk call.
pub(super) const MOST: usize = 100_000;

/// `holder-application`, opaque to the partner.
pub(super) fn row_name(holder: HolderId, application: ApplicationId) -> String {
    format!("{holder}-{application}")
}

pub(super) fn read_row(row: &str) -> Option<(HolderId, ApplicationId)> {
    let (holder, application) = row.split_once('-')?;
    Some((HolderId(holder.parse().ok()?), ApplicationId(application.parse().ok()?)))
}

pub(super) fn batch_id(text: &str) -> Result<BatchId, Said> {
    text.parse().map(BatchId).map_err(|_| Reason::NotFound.into())
}

pub(super) fn opening_row(p: &BatchPerson) -> wire::OpeningRow {
    wire::OpeningRow {
        row: row_name(p.holder, p.application),
        form_no: p.data.form_no.clone(),
        number: p.data.number.clone(),
        name: p.data.name.clone(),
        document_number: p.data.document_number.clone(),
        bank: p.data.bank.clone(),
        card_no: p.data.card_no.clone(),
    }
}

pub(super) fn extracted(row: wire::OpeningRow) -> Extracted {
    Extracted {
        form_no: row.form_no,
        number: row.number,
        name: row.name,
        document_number: row.document_number,
        bank: row.bank,
        card_no: row.card_no,
    }
}

pub(super) fn page(query: Result<Query<wire::Rows>, QueryRejection>) -> Result<(HolderId, usize), Said> {
    let Query(rows) = query.map_err(|_| Said::because("bad_request", "查询参数 limit 应为正整数"))?;
    let after = match rows.after.as_deref() {
        None | Some("" | "0") => HolderId(i64::MIN),
        Some(row) => read_row(row).ok_or(Reason::NotFound)?.0,
    };
    Ok((after, rows.limit.map_or(MOST, |l| (l as usize).clamp(1, MOST))))
}

/// The batches of a partner in some states.
pub(super) async fn list(door: &Door, call: &Call, states: &[BatchStateKind]) -> Result<Response, Said> {
    let mut batches = Vec::new();
    for state in states {
        for row in door.service.batches_of_partner(&call.actor(), *state).await? {
            batches.push(wire::Batch {
                batch: row.id.to_string(),
                number: row.batch.number.clone(),
                city: row.batch.city.as_str().to_owned(),
                people: row.batch.people,
                state: row.batch.state.code().to_owned(),
                urgent: row.batch.urgent,
            });
        }
    }
    json(wire::Batches { batches })
}

/// Does a command; one that was done before is as good as done.
pub(super) async fn once(door: &Door, call: &Call, command: Command) -> Result<(), Said> {
    // Whoever names the request gets its answer again under the same name.
    let ctx = match call.is_named() {
        true => call.ctx(door)?,
        false => door.service.ctx(call.actor(), Channel::Partner, None),
    };
    match door.service.execute(ctx, command).await {
        Ok(_) => Ok(()),
        Err(Failure::Refused(r)) if r.reason == Reason::NothingToDo => Ok(()),
        Err(e) => Err(e.into()),
    }
}

/// A body of many rows has come, and can be worked through: its key names this body from now on, and no other.
pub(super) async fn submitted(door: &Door, call: &Call, what: &str) -> Result<(), Said> {
    clause!(R39.1);
    let command = SubmitRows { what: what.to_owned(), rows: call.lines() };
    door.service.execute(call.bulk_ctx(door)?, Command::Submission(command)).await?;
    Ok(())
}

/// The rows of a body of NDJSON.
pub(super) fn ndjson<T: serde::de::DeserializeOwned + ToSchema>(
    body: &[u8],
) -> impl Iterator<Item = Result<T, Unread>> {
    body.split(|b| *b == b'\n').filter(|l| !l.trim_ascii().is_empty()).map(reader::row::<T>)
}

/// So many rows are read and given to the executor at a time: the whole is never in memory.
const PART: usize = 1_000;

/// Does the rows of a bulk call that can be read; each row has its own verdict, in order. The row's business key finds
/// the answer that it had before.
pub(super) async fn rows<T>(
    door: &Door,
    call: &Call,
    what: &str,
    mut rows: impl Iterator<Item = Result<T, Unread>> + Send,
    command: impl Fn(T) -> (String, Result<Command, Refusal>) + Send + Sync,
) -> Result<Response, Said> {
    let mut verdicts: Vec<wire::Verdict> = Vec::new();
    loop {
        let mut part: Vec<Option<wire::Verdict>> = Vec::new();
        let (mut commands, mut places) = (Vec::new(), Vec::new());
        for row in rows.by_ref().take(PART) {
            let line = verdicts.len() + part.len() + 1;
            if line > MOST {
                return Err(Said::protocol("too_large"));
            }
            let refused = |row: String, said: Said| {
                let Problem { code, detail, defects, .. } = *said.0;
                Some(wire::Verdict { line, row, code, detail, defects })
            };
            let place = part.len();
            part.push(match row.map(&command) {
                Err(Unread { row, said }) => refused(row, said),
                Ok((row, Err(refusal))) => refused(row, refusal.into()),
                Ok((row, Ok(command))) => {
                    let key = Some(format!("{what}/{row}"));
                    commands.push((door.service.ctx(call.actor(), Channel::Partner, key), command));
                    places.push((place, line, row));
                    None
                }
            });
        }
        if part.is_empty() {
            return lines(verdicts);
        }
        let outcomes = door.service.execute_all(commands, |_| {}).await;
        for ((place, line, row), outcome) in places.into_iter().zip(outcomes) {
            part[place] = Some(verdict(line, row, outcome)?);
        }
        verdicts.extend(part.into_iter().flatten());
    }
}

/// 待办批次: those that wait for this bank.
#[utoipa::path(get, path = "/api/bank/v1/batches", operation_id = "bank_batches", tag = "银行",
    responses((status = 200, body = wire::Batches)))]
pub async fn batches(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    list(&door, &call, &[BatchStateKind::Confirmed, BatchStateKind::AtBank]).await
}

/// 提取预开户数据: a page of rows; the two working days begin with the first.
#[utoipa::path(post, path = "/api/bank/v1/batches/{batch}/opening-data", operation_id = "bank_opening_data", tag = "银行",
    params(("batch" = String, Path), wire::Rows),
    responses((status = 200, body = wire::OpeningData, content_type = "application/x-ndjson")))]
pub async fn opening_data(
    State(door): State<Door>,
    Path(batch): Path<String>,
    query: Result<Query<wire::Rows>, QueryRejection>,
    call: Call,
) -> Result<Response, Said> {
    clause!(X7.2);
    let id = batch_id(&batch)?;
    let (after, limit) = page(query)?;
    match once(&door, &call, Command::Batch { id, command: BatchCommand::Extract }).await {
        Ok(()) => {}
        // Past the bank's stage there are no rows left for it: an empty page, or somebody else's batch.
        Err(said) if said.0.code == Reason::WrongStage.code() => {}
        Err(said) => return Err(said),
    }
    let people = door.service.people_after(&call.actor(), id, after, limit).await?;
    let rows = people.into_shown().into_iter().map(|p| wire::OpeningData {
        row: opening_row(&p),
        document: p.document.is_some(),
        details: details::wire(p.details),
    });
    if call.wants_text {
        return Ok(plain(text::write_opening(&rows.collect::<Vec<_>>())));
    }
    lines(rows)
}

/// The image of a document, for whoever works on the card.
pub(super) async fn lend(door: &Door, call: &Call, batch: &str, row: &str) -> Result<Response, Said> {
    let row = read_row(row).ok_or(Reason::NotFound)?;
    let image = door.service.lend_document(&call.actor(), batch_id(batch)?, row).await?;
    // The archive keeps what it was given as it is; the regulation names .jpg and .tif (Article 34).
    let media_type = match image.as_slice() {
        [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => "image/tiff",
        _ => "application/octet-stream",
    };
    Ok(Bytes(image).typed(media_type))
}

/// 生僻字证件影像: of a person whose name has a rare character (Article 34); the look is journaled.
#[utoipa::path(get, path = "/api/bank/v1/batches/{batch}/documents/{row}", operation_id = "bank_document", tag = "银行",
    params(("batch" = String, Path), ("row" = String, Path)),
    responses((status = 200, content((Bytes = "image/jpeg"), (Bytes = "image/tiff"), (Bytes = "application/octet-stream")))))]
pub async fn document(
    State(door): State<Door>,
    Path((batch, row)): Path<(String, String)>,
    call: Call,
) -> Result<Response, Said> {
    clause!(R34.1);
    lend(&door, &call, &batch, &row).await
}

/// A text file.
pub(super) fn plain(file: String) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], file).into_response()
}

/// The rows of a text file, each by itself, or why the file is refused whole.
pub(super) fn of_file<T>(
    read: Result<Vec<Option<T>>, text::FileRefused>,
) -> Result<impl Iterator<Item = Result<T, Unread>>, Said> {
    let rows = read.map_err(|why| Said::because("bad_request", why))?;
    if rows.len() > MOST {
        return Err(Said::protocol("too_large"));
    }
    let why = || Said::because("bad_row", "该行的列数与标题不符");
    Ok(rows.into_iter().map(move |row| row.ok_or_else(|| Unread { row: String::new(), said: why() })))
}

/// 预开户回盘: up to 100,000 rows, each with its own verdict.
#[utoipa::path(post, path = "/api/bank/v1/batches/{batch}/opening-returns", operation_id = "bank_opening_returns",
    tag = "银行", params(("batch" = String, Path)),
    request_body(content = wire::OpeningReturn, content_type = "application/x-ndjson"),
    responses((status = 200, body = wire::Verdict, content_type = "application/x-ndjson")))]
pub async fn opening_returns(
    State(door): State<Door>,
    Path(batch): Path<String>,
    call: Call,
) -> Result<Response, Said> {
    clause!(X7.2);
    let id = batch_id(&batch)?;
    let what = format!("opening/{id}");
    call.idempotency()?;
    let command = |row: wire::OpeningReturn| {
        let (holder, application) = read_row(&row.echo.row).ok_or(Reason::NotFound)?;
        let result = match row.result {
            wire::OpeningResult::Opened { bank_card_no, account_no } => OpeningResult::Opened {
                bank_card_no: BankCardNumber::parse(&bank_card_no).map_err(wrong)?,
                account_no: AccountNumber(account_no),
            },
            wire::OpeningResult::Failed { code, reason } => {
                OpeningResult::Failed(PartnerWords { code, reason })
            }
        };
        let details = row.details.map(details::back);
        let back = TakeReturn { application, batch: id, echo: extracted(row.echo), details, result };
        Ok(Command::of(holder, HolderCommand::TakeOpeningReturn(back)))
    };
    let command = |row: wire::OpeningReturn| (row.echo.row.clone(), command(row));
    if call.sends_text {
        let _place = door.turns.text().await;
        let file = of_file(text::read_returns(&call.whole()?))?;
        submitted(&door, &call, &what).await?;
        return rows(&door, &call, &what, file, command).await;
    }
    submitted(&door, &call, &what).await?;
    rows(&door, &call, &what, call.rows()?, command).await
}

/// 预开户回盘完成: every row is answered.
#[utoipa::path(post, path = "/api/bank/v1/batches/{batch}/close", operation_id = "bank_close", tag = "银行",
    params(("batch" = String, Path)), responses((status = 200, body = wire::Batches)))]
pub async fn close(
    State(door): State<Door>,
    Path(batch): Path<String>,
    call: Call,
) -> Result<Response, Said> {
    let close = Command::Batch { id: batch_id(&batch)?, command: BatchCommand::CloseOpening };
    once(&door, &call, close).await?;
    list(&door, &call, &[BatchStateKind::Confirmed, BatchStateKind::AtBank]).await
}

/// Whose card it is, which, and whether it is one of the bank that speaks.
async fn card(door: &Door, call: &Call, bank_card_no: &str) -> Result<(HolderId, CardId, bool), Said> {
    let found = door.service.card_of_bank_number(bank_card_no).await?;
    let (holder, card, bank) = found.ok_or_else(no_card)?;
    Ok((holder, card, bank.as_str() == call.partner.code))
}

async fn about_card(
    door: &Door,
    call: &Call,
    bank_card_no: &str,
    command: impl FnOnce(CardId) -> HolderCommand,
) -> Result<Response, Said> {
    let ctx = call.ctx(door)?;
    let (holder, card, own) = card(door, call, bank_card_no).await?;
    let outcome = door.service.execute(ctx, Command::of(holder, command(card))).await;
    done(&hidden(outcome, own)?)
}

/// A card of another bank is answered as one that nobody has: nobody learns by asking which numbers there are. The journal has the
/// reason.
fn hidden(outcome: Result<Receipt, Failure>, own: bool) -> Result<Receipt, Said> {
    match outcome {
        Err(Failure::Refused(r)) if !own && [Reason::NotYourData, Reason::OutOfScope].contains(&r.reason) => {
            Err(no_card())
        }
        outcome => Ok(outcome?),
    }
}

fn no_card() -> Said {
    Refusal::about(Reason::NotFound, "该银行卡号").into()
}

/// 启用, linked at the bank's counter.
#[utoipa::path(post, path = "/api/bank/v1/cards/enablings", operation_id = "bank_enable", tag = "银行联动",
    request_body = wire::Enable, responses((status = 200, body = wire::Done)))]
pub async fn enable(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    let ask: wire::Enable = call.json()?;
    let verified = ask.verified;
    about_card(&door, &call, &ask.bank_card_no, |card| {
        HolderCommand::Enable(Enable { card, verified, shown: None, deputy: None })
    })
    .await
}

/// 激活, with 启用 in the same step when that is still to do.
#[utoipa::path(post, path = "/api/bank/v1/cards/activations", operation_id = "bank_activate", tag = "银行联动",
    request_body = wire::Activate, responses((status = 200, body = wire::Done)))]
pub async fn activate(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    let ask: wire::Activate = call.json()?;
    let ctx = call.ctx(&door)?;
    let (holder, card, own) = card(&door, &call, &ask.bank_card_no).await?;
    let mut images = Vec::new();
    let activate = match ask.manner {
        wire::Manner::FaceToFace => Activate::in_manner(card, ActivationManner::FaceToFace),
        wire::Manner::Proxy { copy, deputy } => {
            clause!(R16.2);
            let deputy = deputy.map(|said| acting(&door, *said, &mut images)).transpose()?.map(Box::new);
            Activate { deputy, ..Activate::in_manner(card, ActivationManner::Proxy { copy }) }
        }
        wire::Manner::HomeVisit { clerks, alive, identity, will, deputy } => {
            clause!(R16.4);
            let deputy = deputy.map(|said| acting(&door, *said, &mut images)).transpose()?.map(Box::new);
            let found = Some(Found { alive, identity, will });
            Activate { deputy, found, ..Activate::in_manner(card, ActivationManner::BankVisit { clerks }) }
        }
    };
    let command = Command::of(holder, HolderCommand::Activate(activate));
    done(&hidden(door.service.execute_with_images(ctx, command, &images).await, own)?)
}

/// Who acts, with the images that are kept of it.
fn acting(door: &Door, said: wire::Deputy, images: &mut Vec<(MaterialId, Vec<u8>)>) -> Result<Deputy, Said> {
    let wrong = |what| Said::from(Refusal::about(Reason::MaterialDefective, what));
    let document_kind =
        DocumentKind::from_code(said.document_kind.trim()).ok_or_else(|| wrong("代办人证件类型"))?;
    let read = said.images().ok_or_else(|| wrong("代办人证件或关系证明影像不是base64"))?;
    let kinds = [MaterialKind::AgentIdentity, MaterialKind::RelationProof];
    let mut copies = Vec::new();
    for (kind, image) in kinds.into_iter().zip(read).filter(|(_, image)| !image.is_empty()) {
        let id = MaterialId(door.service.fresh());
        copies.push(KeptCopy { id, kind, digest: Some(kaguan_service::digest_of_image(&image)) });
        images.push((id, image));
    }
    Ok(Deputy {
        name: said.name,
        document_kind,
        document_number: said.document_number,
        electronic: false,
        phone: said.phone,
        relation: super::online::relation(said.relation),
        ground: Some(super::online::ground(said.ground)),
        other_guardian: false,
        copies,
    })
}

/// 挂失, temporary or formal: at once.
#[utoipa::path(post, path = "/api/bank/v1/cards/losses", operation_id = "bank_lose", tag = "银行联动",
    request_body = wire::Loss, responses((status = 200, body = wire::Done)))]
pub async fn lose(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    clause!(R24.1);
    clause!(R25.1);
    let ask: wire::Loss = call.json()?;
    let formal = ask.formal;
    about_card(&door, &call, &ask.bank_card_no, |card| match formal {
        true => HolderCommand::ReportFormalLoss(ReportFormal { card, verified: false, deputy: None }),
        false => HolderCommand::ReportTemporaryLoss(ReportTemporary {
            card,
            identity: None,
            verified: false,
            deputy: None,
        }),
    })
    .await
}

/// 解挂: the bank asks first, and lifts its own when it is done here.
#[utoipa::path(post, path = "/api/bank/v1/cards/releases", operation_id = "bank_release", tag = "银行联动",
    request_body = wire::OneCard, responses((status = 200, body = wire::Done)))]
pub async fn release(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    clause!(R26.1);
    let ask: wire::OneCard = call.json()?;
    about_card(&door, &call, &ask.bank_card_no, |card| {
        HolderCommand::ReleaseLoss(Release { card, verified: false, deputy: None })
    })
    .await
}

/// 注销: the account is settled and closed.
#[utoipa::path(post, path = "/api/bank/v1/cards/account-closures", operation_id = "bank_account_closed", tag = "银行联动",
    request_body = wire::OneCard, responses((status = 200, body = wire::Done)))]
pub async fn account_closed(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    clause!(R33.2);
    let ask: wire::OneCard = call.json()?;
    let command = |card| HolderCommand::RecordAccountClosed(RecordAccountClosed::by_bank(card));
    about_card(&door, &call, &ask.bank_card_no, command).await
}

/// 账户余额确认, before a card that nobody collected is cancelled.
#[utoipa::path(post, path = "/api/bank/v1/cards/balances", operation_id = "bank_balance", tag = "银行联动",
    request_body = wire::Balance, responses((status = 200, body = wire::Done)))]
pub async fn balance(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    clause!(R33.4);
    let ask: wire::Balance = call.json()?;
    let empty = ask.empty;
    let command = |card| HolderCommand::StateBalance(StateBalance { card, empty });
    about_card(&door, &call, &ask.bank_card_no, command).await
}

/// 变更服务银行预约, at the new bank's counter.
#[utoipa::path(post, path = "/api/bank/v1/bank-changes", operation_id = "bank_reserve", tag = "银行联动",
    request_body = wire::Reserve, responses((status = 200, body = wire::Done)))]
pub async fn reserve(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    clause!(R31.1);
    let ask: wire::Reserve = call.json()?;
    let ctx = call.ctx(&door)?;
    let who = door.service.identified(&ask.number, &ask.name).await?;
    let card = who.card_meant(None, ask.card_tail.as_deref())?;
    let to = BankCode(call.partner.code.clone());
    let command = HolderCommand::ReserveBankChange(Reserve { card, to });
    let receipt = door.service.execute(ctx, Command::of(who.id(), command)).await?;
    done(&receipt)
}

/// 撤销变更服务银行预约, at the new bank's counter.
#[utoipa::path(post, path = "/api/bank/v1/bank-changes/call-offs", operation_id = "bank_call_off", tag = "银行联动",
    request_body = wire::Reserve, responses((status = 200, body = wire::Done)))]
pub async fn call_off(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    clause!(R31.1);
    let ask: wire::Reserve = call.json()?;
    let ctx = call.ctx(&door)?;
    let holder = door.service.identified(&ask.number, &ask.name).await?.id();
    let command = HolderCommand::CallOffBankChange(CallOff { lapsed: false });
    let receipt = door.service.execute(ctx, Command::of(holder, command)).await?;
    done(&receipt)
}

/// 变更服务银行审核, by the old bank.
#[utoipa::path(post, path = "/api/bank/v1/bank-changes/approvals", operation_id = "bank_approve", tag = "银行联动",
    request_body = wire::Approve, responses((status = 200, body = wire::Done)))]
pub async fn approve(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    clause!(R31.1);
    let ask: wire::Approve = call.json()?;
    let refused = ask.refused;
    about_card(&door, &call, &ask.bank_card_no, |_| HolderCommand::ApproveBankChange(Approve { refused }))
        .await
}

/// 联动回执: answers to link messages that were not given at once.
#[utoipa::path(post, path = "/api/bank/v1/intents/answers", operation_id = "bank_answers", tag = "银行联动",
    request_body = wire::Answer, responses((status = 200, body = wire::Done)))]
pub async fn answers(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    clause!(R23.1);
    let ask: wire::Answer = call.json()?;
    let (seq, answer) = (
        ask.seq,
        match ask.answer {
            LinkAnswer::Done => BankAnswer::Done,
            LinkAnswer::Refused { reason } => BankAnswer::Refused(reason),
        },
    );
    let command = |card| HolderCommand::AnswerIntent(AnswerIntent { card, seq, answer });
    about_card(&door, &call, &ask.bank_card_no, command).await
}

/// 对账密钥: makes the places of this bank's cards.
#[utoipa::path(get, path = "/api/bank/v1/reconciliation/key", operation_id = "bank_reconciliation_key", tag = "银行对账",
    responses((status = 200, body = SharedKey)))]
pub async fn reconciliation_key(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    let key = door.service.shared_key(&call.actor())?;
    json(SharedKey { key: hex::encode(&key[..]) })
}

/// 失败数据处理对照表: the whole table of the bank.
#[utoipa::path(post, path = "/api/bank/v1/failure-guide", operation_id = "bank_failure_guide", tag = "银行",
    request_body = wire::FailureGuide, responses((status = 200, body = wire::Done)))]
pub async fn failure_guide(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    clause!(X7.5);
    let ask: wire::FailureGuide = call.json()?;
    let ctx = call.ctx(&door)?;
    let bank = BankCode(call.partner.code.clone());
    let row = |r: wire::FailureGuideRow| GuideRow { code: r.code, reason: r.reason, remedy: r.remedy };
    let table = SetFailureGuide { bank, rows: ask.rows.into_iter().map(row).collect(), city: None };
    let command = Command::Institution(InstitutionCommand::SetFailureGuide(table));
    done(&door.service.execute(ctx, command).await?)
}
