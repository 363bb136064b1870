//! The card makers' interfaces. A vendor gets data from the province only, and only of batches handed to it.

use super::Door;
use super::auth::Call;
use super::bank::{
    batch_id, extracted, lend, list, ndjson, of_file, once, opening_row, page, plain, read_row, rows,
    submitted,
};
use super::details;
use super::reply::{Bytes, Said, done, lines, made_on, wrong};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use kaguan_api::bank::{Batches, Done, Rows, Verdict};
use kaguan_api::text;
use kaguan_api::vendor as wire;
use kaguan_domain::clause;
use kaguan_domain::collection::PostFromVendor;
use kaguan_domain::ctx::Channel;
use kaguan_domain::dispatch::{BatchCommand, HolderCommand};
use kaguan_domain::distribution::Ship;
use kaguan_domain::facts::batch::{BatchFile, Missing};
use kaguan_domain::facts::boxes::BoxFile;
use kaguan_domain::facts::failure::{BankDataRow, PartnerWords};
use kaguan_domain::facts::names::BatchStateKind;
use kaguan_domain::ids::{
    BankCardNumber, BankCode, BatchId, BoxId, CardId, ChipIdentifier, ResetInformation, VendorCode,
};
use kaguan_domain::institution::{InstitutionCommand, StateBankData};
use kaguan_domain::production::{ProductionResult, TakeReturn};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_service::{BatchPerson, Command, Failure};

/// 制卡订单: the batches handed to this vendor.
#[utoipa::path(get, path = "/api/vendor/v1/batches", operation_id = "vendor_batches", tag = "卡商",
    responses((status = 200, body = Batches)))]
pub async fn batches(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    list(&door, &call, &[BatchStateKind::AtVendor]).await
}

/// 制卡数据: a page of rows.
#[utoipa::path(post, path = "/api/vendor/v1/batches/{batch}/production-data", operation_id = "vendor_production_data",
    tag = "卡商", params(("batch" = String, Path), Rows),
    responses((status = 200, body = wire::ProductionRow, content_type = "application/x-ndjson")))]
pub async fn production_data(
    State(door): State<Door>,
    Path(batch): Path<String>,
    query: Result<Query<Rows>, QueryRejection>,
    call: Call,
) -> Result<Response, Said> {
    clause!(X7.3);
    let (after, limit) = page(query)?;
    let people = door.service.people_after(&call.actor(), batch_id(&batch)?, after, limit).await?;
    let institutions = door.service.institutions();
    let row = |p: BatchPerson| {
        // Without an account the row has left this stage since it was found.
        let bank_card_no = p.account.as_ref()?.bank_card_no.as_str().to_owned();
        let Some(outlet) = institutions.org(p.collect_at) else {
            return Some(Err(Said::protocol("unavailable")));
        };
        Some(Ok(wire::ProductionRow {
            data: opening_row(&p),
            photo: p.photo.is_some(),
            photo_receipt: p.photo_receipt,
            document: p.document.is_some(),
            bank_card_no,
            outlet: outlet.code.clone(),
            details: details::wire(p.details),
            employer: p.employer,
            post: p.post.is_some(),
            mailing_address: p.post.as_ref().map(|to| to.address.clone()),
            recipient: p.post.as_ref().map(|to| to.recipient.clone()),
            recipient_phone: p.post.map(|to| to.phone),
        }))
    };
    let rows = people.into_shown().into_iter().filter_map(row).collect::<Result<Vec<_>, _>>()?;
    if call.wants_text {
        return Ok(plain(text::write_production(&rows)));
    }
    lines(rows)
}

/// 相片: of one person of a batch that this vendor has; the look is journaled.
#[utoipa::path(get, path = "/api/vendor/v1/batches/{batch}/photos/{row}", operation_id = "vendor_photo", tag = "卡商",
    params(("batch" = String, Path), ("row" = String, Path)),
    responses((status = 200, body = Bytes, content_type = "image/jpeg")))]
pub async fn photo(
    State(door): State<Door>,
    Path((batch, row)): Path<(String, String)>,
    call: Call,
) -> Result<Response, Said> {
    let row = read_row(&row).ok_or(Reason::NotFound)?;
    let photo = door.service.photo_for(&call.actor(), batch_id(&batch)?, row).await?;
    Ok(Bytes(photo).typed("image/jpeg"))
}

/// 生僻字证件影像: of a person whose name has a rare character (Article 34); the look is journaled.
#[utoipa::path(get, path = "/api/vendor/v1/batches/{batch}/documents/{row}", operation_id = "vendor_document",
    tag = "卡商", params(("batch" = String, Path), ("row" = String, Path)),
    responses((status = 200, content((Bytes = "image/jpeg"), (Bytes = "image/tiff"), (Bytes = "application/octet-stream")))))]
pub async fn document(
    State(door): State<Door>,
    Path((batch, row)): Path<(String, String)>,
    call: Call,
) -> Result<Response, Said> {
    clause!(R34.1);
    lend(&door, &call, &batch, &row).await
}

async fn file(door: &Door, id: BatchId) -> Result<BatchFile, Said> {
    door.service.batch(id).await?.ok_or_else(|| Reason::NotFound.into())
}

fn box_of<'a>(file: &'a BatchFile, number: &str) -> Result<&'a BoxFile, Refusal> {
    let found = file.boxes.iter().find(|b| b.number == number);
    found.ok_or_else(|| Refusal::about(Reason::NotFound, "装箱位置"))
}

/// 装箱: one box, for one outlet, of one employer or none.
#[utoipa::path(post, path = "/api/vendor/v1/batches/{batch}/boxes", operation_id = "vendor_pack", tag = "卡商",
    params(("batch" = String, Path)), request_body = wire::PackBox, responses((status = 200, body = Done)))]
pub async fn pack(State(door): State<Door>, Path(batch): Path<String>, call: Call) -> Result<Response, Said> {
    let ask: wire::PackBox = call.json()?;
    let ctx = call.ctx(&door)?;
    let id = batch_id(&batch)?;
    let institutions = door.service.institutions();
    let outlet = institutions.org_by_code(&ask.outlet).map(|o| o.id);
    let outlet = outlet.ok_or_else(|| Refusal::about(Reason::NotFound, "领卡网点"))?;
    let command = BatchCommand::PackBox {
        r#box: BoxId(door.service.identity_of(&format!("{id}/{}", ask.number), "box")),
        number: ask.number,
        outlet,
        employer: ask.employer,
        cards: ask.cards,
    };
    let receipt = door.service.execute(ctx, Command::Batch { id, command }).await?;
    done(&receipt)
}

/// 制卡回盘: up to 100,000 rows, each with its own verdict.
#[utoipa::path(post, path = "/api/vendor/v1/batches/{batch}/production-returns",
    operation_id = "vendor_production_returns", tag = "卡商", params(("batch" = String, Path)),
    request_body(content = wire::ProductionReturn, content_type = "application/x-ndjson"),
    responses((status = 200, body = Verdict, content_type = "application/x-ndjson")))]
pub async fn production_returns(
    State(door): State<Door>,
    Path(batch): Path<String>,
    call: Call,
) -> Result<Response, Said> {
    clause!(X7.3);
    let id = batch_id(&batch)?;
    let batch = file(&door, id).await?;
    let what = format!("production/{id}");
    call.idempotency()?;
    let command = |row: wire::ProductionReturn| {
        let (holder, application) = read_row(&row.echo.row).ok_or(Reason::NotFound)?;
        let result = match row.result {
            wire::ProductionResult::Failed { code, reason } => {
                ProductionResult::Failed(PartnerWords { code, reason })
            }
            wire::ProductionResult::Made { chip, reset, made_on, r#box } => ProductionResult::Made {
                card: CardId(door.service.identity_of(&format!("{id}/{}", row.echo.row), "card")),
                chip: ChipIdentifier::parse(&chip).map_err(wrong)?,
                reset: ResetInformation::parse(&reset).map_err(wrong)?,
                made_on: self::made_on(&made_on)?,
                r#box: box_of(&batch, &r#box)?.id,
            },
        };
        let bank_card_no = BankCardNumber::parse(&row.bank_card_no).map_err(wrong)?;
        let details = row.details.map(details::back);
        let back =
            TakeReturn { application, batch: id, echo: extracted(row.echo), details, bank_card_no, result };
        Ok(Command::of(holder, HolderCommand::TakeProductionReturn(back)))
    };
    let command = |row: wire::ProductionReturn| (row.echo.row.clone(), command(row));
    if call.sends_text {
        let _place = door.turns.text().await;
        let file = of_file(text::read_production_returns(&call.whole()?))?;
        submitted(&door, &call, &what).await?;
        return rows(&door, &call, &what, file, command).await;
    }
    submitted(&door, &call, &what).await?;
    rows(&door, &call, &what, call.rows()?, command).await
}

/// 制卡回盘完成.
#[utoipa::path(post, path = "/api/vendor/v1/batches/{batch}/close", operation_id = "vendor_close", tag = "卡商",
    params(("batch" = String, Path)), responses((status = 200, body = Batches)))]
pub async fn close(
    State(door): State<Door>,
    Path(batch): Path<String>,
    call: Call,
) -> Result<Response, Said> {
    let close = Command::Batch { id: batch_id(&batch)?, command: BatchCommand::CloseProduction };
    once(&door, &call, close).await?;
    list(&door, &call, &[BatchStateKind::AtVendor]).await
}

/// 交付: a box sets out to the province centre, or as the city asks to the city or the bank (Appendix 7).
#[utoipa::path(post, path = "/api/vendor/v1/batches/{batch}/deliveries", operation_id = "vendor_deliver", tag = "卡商",
    params(("batch" = String, Path)), request_body = wire::Deliver, responses((status = 200, body = Done)))]
pub async fn deliver(
    State(door): State<Door>,
    Path(batch): Path<String>,
    call: Call,
) -> Result<Response, Said> {
    let ask: wire::Deliver = call.json()?;
    let ctx = call.ctx(&door)?;
    let id = batch_id(&batch)?;
    let file = file(&door, id).await?;
    let institutions = door.service.institutions();
    let to = match &ask.to {
        None => institutions.province_centre(),
        Some(code) => institutions.org_by_code(code),
    };
    let to = to.map(|o| o.id).ok_or_else(|| Refusal::about(Reason::NotFound, "寄达机构"))?;
    let ship = Ship {
        r#box: box_of(&file, &ask.number)?.id,
        to,
        responsible: ask.responsible,
        manner: ask.manner,
        tracking: ask.tracking,
    };
    let command = Command::Batch { id, command: BatchCommand::Ship(ship) };
    let receipt = door.service.execute(ctx, command).await?;
    done(&receipt)
}

/// 制卡数据未收齐反馈: the same day the vendor says what has not arrived, and later that it has.
#[utoipa::path(post, path = "/api/vendor/v1/batches/{batch}/incomplete", operation_id = "vendor_incomplete", tag = "卡商",
    params(("batch" = String, Path)), request_body = wire::Incomplete, responses((status = 200, body = Done)))]
pub async fn incomplete(
    State(door): State<Door>,
    Path(batch): Path<String>,
    call: Call,
) -> Result<Response, Said> {
    clause!(X7.6);
    let ask: wire::Incomplete = call.json()?;
    let ctx = call.ctx(&door)?;
    let missing = match ask.missing.as_str() {
        "social_data" => Missing::SocialData,
        "bank_data" => Missing::BankData,
        _ => {
            let about = "missing 应为 social_data 或 bank_data";
            return Err(Refusal::about(Reason::MaterialDefective, about).into());
        }
    };
    let command = if ask.arrived {
        BatchCommand::ReportArrived { missing }
    } else {
        BatchCommand::ReportIncomplete { missing, rows: ask.rows }
    };
    let command = Command::Batch { id: batch_id(&batch)?, command };
    done(&door.service.execute(ctx, command).await?)
}

/// 银行账户制卡数据时效月报: what the vendor states of each bank.
#[utoipa::path(post, path = "/api/vendor/v1/bank-data", operation_id = "vendor_bank_data", tag = "卡商",
    request_body = wire::BankData, responses((status = 200, body = Done)))]
pub async fn bank_data(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    clause!(X7.6);
    let ask: wire::BankData = call.json()?;
    let ctx = call.ctx(&door)?;
    let row =
        |r: wire::BankDataRow| BankDataRow { bank: BankCode(r.bank), batches: r.batches, in_time: r.in_time };
    let stated = StateBankData {
        vendor: VendorCode(call.partner.code.clone()),
        month: ask.month,
        rows: ask.rows.into_iter().map(row).collect(),
    };
    let command = Command::Institution(InstitutionCommand::StateBankData(stated));
    done(&door.service.execute(ctx, command).await?)
}

/// 寄往申请人: finished cards that the vendor posts to applicants who agreed, each with its own verdict; the pick-up code goes to the
/// applicant by SMS. A box that is empty then has nothing left to deliver.
#[utoipa::path(post, path = "/api/vendor/v1/batches/{batch}/posts", operation_id = "vendor_posts", tag = "卡商",
    params(("batch" = String, Path)), request_body(content = wire::Posted, content_type = "application/x-ndjson"),
    responses((status = 200, body = Verdict, content_type = "application/x-ndjson")))]
pub async fn posted(
    State(door): State<Door>,
    Path(batch): Path<String>,
    call: Call,
) -> Result<Response, Said> {
    clause!(R14.1);
    let id = batch_id(&batch)?;
    let what = format!("post/{id}");
    submitted(&door, &call, &what).await?;
    let command = |row: wire::Posted| {
        let (holder, _) = read_row(&row.row).ok_or(Reason::NotFound)?;
        let card = CardId(door.service.identity_of(&format!("{id}/{}", row.row), "card"));
        let (code, code_digest) = door.service.pick_up_code(card, &row.tracking);
        let post = PostFromVendor { card, tracking: row.tracking, code_digest, code };
        Ok(Command::of(holder, HolderCommand::PostFromVendor(post)))
    };
    let command = |row: wire::Posted| (row.row.clone(), command(row));
    let reply = rows(&door, &call, &what, ndjson(&call.body), command).await?;
    for b in file(&door, id).await?.boxes {
        let close = Command::Batch { id, command: BatchCommand::CloseEmptyBox { r#box: b.id } };
        let ctx = door.service.ctx(call.actor(), Channel::Partner, None);
        match door.service.execute(ctx, close).await {
            // Something is in it still, or it has left.
            Ok(_) | Err(Failure::Refused(_)) => {}
            Err(why) => return Err(why.into()),
        }
    }
    Ok(reply)
}
