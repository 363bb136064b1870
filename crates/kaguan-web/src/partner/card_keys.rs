//! 证书密钥 (Appendix 7): certificates and keys for the chips that a vendor makes, from the province's encryption machine. What is
//! secret passes here encrypted, and is neither stored nor logged; that it was taken, by whom and for which chip, is journaled.

use super::Door;
use super::auth::Call;
use super::bank::{batch_id, ndjson, read_row, submitted};
use super::reader::Unread;
use super::reply::{Said, lines, wrong};
use axum::extract::{Path, State};
use axum::response::Response;
use kaguan_api::sign::Public;
use kaguan_api::vendor as wire;
use kaguan_domain::account_opening::Extracted;
use kaguan_domain::clause;
use kaguan_domain::ctx::Channel;
use kaguan_domain::ids::{ApplicationId, ChipIdentifier, HolderId};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_service::Seen;
use kaguan_service::ports::CardKeyAsk;

/// The most cards of one call.
const MOST: u64 = 1_000;

fn refused(row: String, said: Said) -> wire::CardKeySet {
    let none = String::new;
    wire::CardKeySet {
        row,
        code: said.0.code,
        detail: said.0.detail,
        signing_certificate: none(),
        encryption_certificate: none(),
        encryption_key: none(),
        master_key: none(),
        admin_pin: none(),
    }
}

/// For whom a row asks, and for which chip.
fn asked(row: &wire::CardKeyAsk) -> Result<(HolderId, ApplicationId, ChipIdentifier), Refusal> {
    let (holder, application) = read_row(&row.row).ok_or(Reason::NotFound)?;
    let chip = ChipIdentifier::parse(&row.chip).map_err(wrong)?;
    Public::parse(&row.chip_key)
        .map_err(|_| Refusal::about(Reason::MaterialDefective, "芯片签名公钥不合规"))?;
    Ok((holder, application, chip))
}

/// The question to the encryption machine, about somebody whose keys the vendor takes.
fn ask_of(data: &Seen<Extracted>, chip: String, chip_key: String, vendor_key: String) -> CardKeyAsk {
    let (number, card_no) = (data.number.clone(), data.card_no.clone());
    CardKeyAsk { number, card_no, chip, chip_key, vendor_key }
}

/// 证书密钥: up to 1,000 cards, each with its own answer; asked again for the same chip it is the same.
#[utoipa::path(post, path = "/api/vendor/v1/batches/{batch}/card-keys", operation_id = "vendor_card_keys", tag = "卡商",
    params(("batch" = String, Path)), request_body(content = wire::CardKeyAsk, content_type = "application/x-ndjson"),
    responses((status = 200, body = wire::CardKeySet, content_type = "application/x-ndjson")))]
pub async fn card_keys(
    State(door): State<Door>,
    Path(batch): Path<String>,
    call: Call,
) -> Result<Response, Said> {
    clause!(X7.3);
    let batch = batch_id(&batch)?;
    // What is refused whole leaves its key free.
    if call.lines() > MOST {
        return Err(Said::protocol("too_large"));
    }
    submitted(&door, &call, &format!("card-keys/{batch}")).await?;
    let now = door.service.now();
    let institutions = door.service.institutions();
    let signed = call.signing_key().and_then(|k| institutions.partner(&call.partner)?.key(k, now));
    let vendor_key = signed.map(|k| k.public.clone()).ok_or_else(|| Said::protocol("session_reads_only"))?;
    let mut out: Vec<wire::CardKeySet> = Vec::new();
    let (mut asks, mut rows) = (Vec::new(), Vec::new());
    for row in ndjson::<wire::CardKeyAsk>(&call.body) {
        let row = match row {
            Ok(row) => row,
            Err(Unread { row, said }) => {
                out.push(refused(row, said));
                continue;
            }
        };
        match asked(&row) {
            Err(refusal) => out.push(refused(row.row, refusal.into())),
            Ok((holder, application, chip)) => {
                rows.push((out.len(), chip.as_str().to_owned(), row.clone()));
                asks.push((holder, application, chip));
                // Until the machine has answered.
                out.push(refused(row.row, Said::protocol("unavailable")));
            }
        }
    }
    let ctx = door.service.ctx(call.actor(), Channel::Partner, None);
    let seen = door.service.taking_card_keys(&ctx, batch, asks).await?;
    let (mut asks, mut places) = (Vec::new(), Vec::new());
    for ((place, chip, row), seen) in rows.into_iter().zip(seen) {
        match seen {
            Err(why) => out[place] = refused(row.row, why.into()),
            Ok(data) => {
                places.push(place);
                asks.push(ask_of(&data, chip, row.chip_key, vendor_key.clone()));
            }
        }
    }
    // Of a batch that no vendor has nothing was asked above.
    let began = door.service.at_vendor_since(batch).await?.unwrap_or(now);
    let answers = door.service.partners().card_keys.issue(&asks, began).await;
    for (place, keys) in places.into_iter().zip(answers) {
        let Some(keys) = keys else { continue };
        let slot = &mut out[place];
        "done".clone_into(&mut slot.code);
        slot.detail.clear();
        slot.signing_certificate = keys.signing_certificate;
        slot.encryption_certificate = keys.encryption_certificate;
        slot.encryption_key = keys.encryption_key;
        slot.master_key = keys.master_key;
        slot.admin_pin = keys.admin_pin;
    }
    lines(out)
}
