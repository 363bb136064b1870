//! 批次筛选, 批次确认, 制卡数据下发.

use crate::Console;
use crate::pages::{BatchView, BatchesPage, Frame, ReadyView};
use crate::session::SignedIn;
use axum::Form;
use axum::extract::State;
use kaguan_domain::codes;
use kaguan_domain::ctx::Channel;
use kaguan_domain::dispatch::BatchCommand;
use kaguan_domain::facts::batch::BatchState;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::ids::{BankCode, BatchId, CityCode, VendorCode};
use kaguan_service::Command;
use serde::Deserialize;

/// What to screen.
#[derive(Deserialize)]
pub struct Screen {
    city: String,
    bank: String,
    urgent: bool,
}

/// A batch.
#[derive(Deserialize)]
pub struct OneBatch {
    batch: i64,
    #[serde(default)]
    vendor: String,
}

async fn show(console: &Console, me: &SignedIn, mut frame: Frame) -> BatchesPage {
    let city = me.org.city().map(|c| c.as_str().to_owned()).unwrap_or_default();
    let screens = me.officer.role == Role::CityOfficer;
    let today = console.service.now().date();
    let ready = match console.service.store().ready_counts(&city).await {
        Ok(ready) if screens => ready,
        Ok(_) => Vec::new(),
        Err(e) => {
            frame = frame.wrong(e.to_string());
            Vec::new()
        }
    };
    let ready = ready
        .into_iter()
        .map(|(city, bank, urgent, people)| ReadyView {
            city_name: CityCode(city.clone()).name(),
            bank_name: codes::bank(&bank).map_or("", |b| b.name.as_str()),
            city,
            bank,
            urgent,
            people,
        })
        .collect();
    let batches = match console.service.store().batches(&city, "", "", "", 200).await {
        Ok(batches) => batches,
        Err(e) => {
            frame = frame.wrong(e.to_string());
            Vec::new()
        }
    };
    let batches = batches
        .into_iter()
        .map(|row| BatchView {
            id: row.id.0,
            number: row.batch.number.clone(),
            city: row.batch.city.name(),
            bank: row.batch.bank.name(),
            state: row.batch.state.name(),
            people: row.batch.people,
            clocks: row
                .batch
                .clocks
                .iter()
                .filter(|c| c.stopped_on.is_none())
                .map(|c| format!("{} {}", c.due.last_day, c.standing(today).name()))
                .collect::<Vec<_>>()
                .join("；"),
            confirm: screens && row.batch.state == BatchState::Screening,
            hand_out: me.officer.role == Role::ProvinceOfficer
                && matches!(row.batch.state, BatchState::Opened { .. }),
        })
        .collect();
    BatchesPage { frame, screens, ready, batches }
}

/// The lists.
pub async fn page(State(console): State<Console>, me: SignedIn) -> BatchesPage {
    show(&console, &me, Frame::of(&me, "批次筛选与确认")).await
}

/// 批次筛选.
pub async fn screen(State(console): State<Console>, me: SignedIn, Form(form): Form<Screen>) -> BatchesPage {
    let (city, bank) = (CityCode(form.city), BankCode(form.bank));
    let outcome = console.service.screen(&me.actor(), &city, &bank, form.urgent).await;
    let done = outcome
        .as_ref()
        .map_or_else(|_| String::new(), |(_, n)| format!("已筛选{n}人进入新批次，请核对后确认"));
    show(&console, &me, Frame::of(&me, "批次筛选与确认").after(outcome, &done)).await
}

async fn give(console: Console, me: SignedIn, batch: i64, command: BatchCommand, done: &str) -> BatchesPage {
    let ctx = console.service.ctx(me.actor(), Channel::Console, None);
    let outcome = console.service.execute(ctx, Command::Batch { id: BatchId(batch), command }).await;
    show(&console, &me, Frame::of(&me, "批次筛选与确认").after(outcome, done)).await
}

/// 批次确认.
pub async fn confirm(
    State(console): State<Console>,
    me: SignedIn,
    Form(form): Form<OneBatch>,
) -> BatchesPage {
    give(console, me, form.batch, BatchCommand::Confirm, "批次已确认，预开户数据可由银行提取").await
}

/// 制卡数据下发.
pub async fn hand_out(
    State(console): State<Console>,
    me: SignedIn,
    Form(form): Form<OneBatch>,
) -> BatchesPage {
    let command = BatchCommand::HandOut { vendor: VendorCode(form.vendor) };
    give(console, me, form.batch, command, "制卡数据已下发卡商").await
}
