//! Files to rows and back. The body of a row is JSON; the columns beside it are projections for questions.

use crate::engine::{Param, Row, StoreError, StoredDataError};
use crate::keys::KeyRing;
use crate::seal::Sealer;
use kaguan_domain::facts::application::{Application, Origin};
use kaguan_domain::facts::batch::{Batch, BatchFile};
use kaguan_domain::facts::blank::{BlankFile, BlankState};
use kaguan_domain::facts::blank_order::{BlankOrder, BlankOrderFile};
use kaguan_domain::facts::boxes::BoxFile;
use kaguan_domain::facts::card::{Account, Card, Social};
use kaguan_domain::facts::custody::Custody;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::person::Person;
use kaguan_domain::facts::unit::UnitFile;
use kaguan_domain::ids::{BlankId, BlankOrderId, HolderId};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// JSON of a value of ours; these types have no map keys or floats that JSON could refuse.
pub(crate) fn json<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("our own types are always JSON")
}

pub(crate) fn json_text<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("our own types are always JSON")
}

fn broken(table: &'static str, row: i64, why: &str) -> StoreError {
    StoredDataError { table, column: "body".into(), row: row.to_string(), why: why.into() }.into()
}

/// Opens sealed bytes.
pub(crate) fn open_bytes(
    sealer: &Sealer,
    table: &'static str,
    row: i64,
    sealed: &[u8],
) -> Result<Vec<u8>, StoreError> {
    sealer.open(&place(table, row), sealed).map_err(|e| broken(table, row, &e.to_string()))
}

/// Opens and reads a sealed body.
pub(crate) fn open<T: DeserializeOwned>(
    sealer: &Sealer,
    table: &'static str,
    row: i64,
    sealed: &[u8],
) -> Result<T, StoreError> {
    parse(table, row, &open_bytes(sealer, table, row, sealed)?)
}

pub(crate) fn parse<T: DeserializeOwned>(
    table: &'static str,
    row: i64,
    json: &[u8],
) -> Result<T, StoreError> {
    // serde_json's message may repeat a value; its place does not.
    serde_json::from_slice(json)
        .map_err(|e| broken(table, row, &format!("not readable at column {}", e.column())))
}

pub(crate) fn place(table: &str, row: i64) -> String {
    format!("{table}/{row}")
}

pub(crate) fn person(sealer: &Sealer, file: &HolderFile, person: &Person) -> Vec<Param> {
    let mut row = touched(file);
    row.insert(2, sealer.seal(&place("holder", file.id.0), &json(person)).into());
    row
}

/// The row of somebody who is the same: all of it but the person.
pub(crate) fn touched(file: &HolderFile) -> Vec<Param> {
    let next = kaguan_domain::duty::next(file).map(|at| at.0);
    vec![file.id.0.into(), file.version.into(), next.into()]
}

pub(crate) fn application(sealer: &Sealer, holder: HolderId, a: &Application) -> Vec<Param> {
    let unit = match a.origin {
        Origin::Unit { unit } => Some(unit.0),
        _ => None,
    };
    vec![
        holder.0.into(),
        a.id.0.into(),
        a.stage.code().into(),
        a.stage.batch().map(|b| b.0).into(),
        unit.into(),
        a.city.as_str().into(),
        a.bank.as_str().into(),
        a.outlet.0.into(),
        a.collect_at.0.into(),
        a.urgent.into(),
        a.fee.is_settled().into(),
        a.received_on.to_string().into(),
        sealer.seal(&place("application", a.id.0), &json(a)).into(),
    ]
}

/// The place of a bank card number among the bank's cards: 60 bits of a digest under the key shared with the bank.
pub fn place_of(shared: &[u8; 32], bank_card_no: &str) -> i64 {
    let mac = crate::seal::hmac(shared, &[bank_card_no.as_bytes()]);
    let mut eight = [0; 8];
    eight.copy_from_slice(&mac[..8]);
    i64::from_be_bytes(eight) & ((1 << 60) - 1)
}

pub(crate) fn card(keys: &KeyRing, holder: HolderId, c: &Card) -> Vec<Param> {
    let sealer = &keys.sealer;
    let (custody, in_box) = match c.custody {
        Custody::InBox { r#box } => ("in_box", Some(r#box.0)),
        Custody::AtOutlet { .. } => ("at_outlet", None),
        Custody::InPost { .. } => ("in_post", None),
        Custody::Missing { .. } => ("missing", None),
        Custody::Recalled { .. } => ("recalled", None),
        Custody::Destroyed { .. } => ("destroyed", None),
        Custody::WithHolder { .. } => ("with_holder", None),
    };
    let social = match c.social {
        Social::NotEnabled => "not_enabled",
        Social::Enabled { .. } => "enabled",
        Social::Cancelled { .. } => "cancelled",
    };
    let account = match c.account {
        Account::PreOpened => "pre_opened",
        Account::Active { .. } => "active",
        Account::Closed { .. } => "closed",
    };
    vec![
        holder.0.into(),
        c.id.0.into(),
        c.application.0.into(),
        c.batch.0.into(),
        in_box.into(),
        custody.into(),
        social.into(),
        account.into(),
        c.in_force().into(),
        c.holds.iter().map(|h| h.code()).collect::<Vec<_>>().join(",").into(),
        c.card_no.as_str().into(),
        c.valid_until.to_string().into(),
        c.bank.as_str().into(),
        place_of(&keys.shared(c.bank.as_str()), c.account_no.bank_card_no.as_str()).into(),
        c.mirror().bits().into(),
        sealer.seal(&place("card", c.id.0), &json(c)).into(),
    ]
}

pub(crate) fn batch(file: &BatchFile, b: &Batch) -> Vec<Param> {
    vec![
        file.id.0.into(),
        file.version.into(),
        b.number.as_str().into(),
        b.city.as_str().into(),
        b.bank.as_str().into(),
        b.state.code().into(),
        b.urgent.into(),
        b.state.vendor().map_or("", |v| v.as_str()).into(),
        json_text(b).into(),
        kaguan_domain::facts::clock::next_watch(&b.clocks).map(|at| at.0).into(),
    ]
}

pub(crate) fn box_row(batch: i64, b: &BoxFile) -> Vec<Param> {
    vec![
        batch.into(),
        b.id.0.into(),
        b.number.as_str().into(),
        b.outlet.0.into(),
        b.keeper.account().into(),
        b.on_the_way.as_ref().map(|w| w.to.0).into(),
        b.cards.into(),
        json_text(b).into(),
    ]
}

pub(crate) fn blank_order(file: &BlankOrderFile, o: &BlankOrder) -> Vec<Param> {
    vec![
        file.id.0.into(),
        file.version.into(),
        o.number.as_str().into(),
        o.city.as_str().into(),
        o.bank.as_str().into(),
        o.vendor.as_str().into(),
        o.step.code().into(),
        json_text(o).into(),
    ]
}

pub(crate) fn read_blank_order(row: &Row) -> Result<BlankOrderFile, StoreError> {
    let id = row.int(0)?;
    let mut file = BlankOrderFile::new(BlankOrderId(id));
    file.version = row.int(1)?;
    file.order = Some(parse("blank_order", id, row.text(2)?.as_bytes())?);
    Ok(file)
}

pub(crate) fn blank(sealer: &Sealer, file: &BlankFile) -> Vec<Param> {
    let in_box = match &file.state {
        BlankState::Made { made, .. } | BlankState::InUse { made, .. } => made.r#box.as_str(),
        _ => "",
    };
    vec![
        file.id.order.0.into(),
        i64::from(file.id.n).into(),
        file.version.into(),
        file.state.code().into(),
        in_box.into(),
        sealer.seal(&format!("blank/{}", file.id), &json(&file.state)).into(),
    ]
}

pub(crate) fn read_blank(sealer: &Sealer, row: &Row) -> Result<BlankFile, StoreError> {
    let (order, n) = (row.int(0)?, row.int(1)?);
    let n = u32::try_from(n).map_err(|_| broken("blank", order, "n is not a place"))?;
    let id = BlankId { order: BlankOrderId(order), n };
    let opened = sealer.open(&format!("blank/{id}"), row.bytes(3)?);
    let state = opened.map_err(|e| broken("blank", order, &e.to_string()))?;
    Ok(BlankFile { id, version: row.int(2)?, state: parse("blank", order, &state)? })
}

/// What of a unit application is stored: all but its identity and version.
#[derive(Serialize, serde::Deserialize)]
struct StoredUnit {
    application: Option<kaguan_domain::facts::unit::UnitApplication>,
    accepted_at: Option<kaguan_domain::ctx::Instant>,
    rows: u32,
    uploaded_at: Option<kaguan_domain::ctx::Instant>,
    clocks: Vec<kaguan_domain::facts::clock::Clock>,
}

pub(crate) fn unit(sealer: &Sealer, u: &UnitFile) -> Vec<Param> {
    let stored = StoredUnit {
        application: u.application.clone(),
        accepted_at: u.accepted_at,
        rows: u.rows,
        uploaded_at: u.uploaded_at,
        clocks: u.clocks.clone(),
    };
    vec![
        u.id.0.into(),
        u.version.into(),
        sealer.seal(&place("unit_application", u.id.0), &json(&stored)).into(),
        kaguan_domain::facts::clock::next_watch(&u.clocks).map(|at| at.0).into(),
    ]
}

pub(crate) fn read_unit(sealer: &Sealer, row: &Row) -> Result<UnitFile, StoreError> {
    let id = row.int(0)?;
    let s: StoredUnit = open(sealer, "unit_application", id, row.bytes(2)?)?;
    Ok(UnitFile {
        id: kaguan_domain::ids::UnitId(id),
        version: row.int(1)?,
        application: s.application,
        accepted_at: s.accepted_at,
        rows: s.rows,
        uploaded_at: s.uploaded_at,
        clocks: s.clocks,
    })
}
