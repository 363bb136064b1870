//! 批次筛选, 批次确认, 制卡数据下发.

use crate::Console;
use crate::may::May;
use crate::pages::{BatchView, BatchesPage, Frame, ReadyView};
use crate::session::SignedIn;
use axum::Form;
use axum::extract::State;
use jiff::civil::Date;
use kaguan_domain::codes;
use kaguan_domain::dispatch::BatchCommand;
use kaguan_domain::facts::batch::Incomplete;
use kaguan_domain::facts::clock::Clock;
use kaguan_domain::ids::{BankCode, BatchId, CityCode, VendorCode};
use kaguan_service::{Command, Failure};
use kaguan_store::{ListedBatch, ReadyToScreen};
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

/// The lists as far as their viewer may see them; what was said of a command before stands.
async fn show(console: &Console, me: &SignedIn, mut frame: Frame) -> BatchesPage {
    let may = May::of(console, me);
    let (today, me) = (console.service.now().date(), me.actor());
    let rows = frame.list(console.service.batches_for(&me).await);
    let ready = match console.service.ready_for(&me).await {
        // Whoever may not screen is not offered it.
        Err(Failure::Refused(_)) => None,
        ready => frame.list(ready),
    };
    let ready_of = |r: ReadyToScreen| ReadyView {
        city_name: CityCode(r.city.clone()).name(),
        bank_name: codes::bank(&r.bank).map_or("", |b| b.name.as_str()),
        city: r.city,
        bank: r.bank,
        urgent: r.urgent,
        people: r.applications,
    };
    let ready = ready.map(|all| all.into_iter().map(ready_of).collect());
    let batches = rows.map(|all| all.iter().map(|row| batch_of(row, &may, today)).collect());
    BatchesPage { frame, ready, batches }
}

fn batch_of(row: &ListedBatch, may: &May, today: Date) -> BatchView {
    let clock = |c: &Clock| format!("{} {}", c.due.last_day, c.standing(today).name());
    let clocks: Vec<_> = row.batch.clocks.iter().filter(|c| c.stopped_on.is_none()).map(clock).collect();
    // Any vendor stands for all of them: which one is chosen with the button.
    let vendor = codes::vendors().next().map(|v| VendorCode(v.code.clone()));
    BatchView {
        id: row.id.0,
        number: row.batch.number.clone(),
        city: row.batch.city.name(),
        bank: row.batch.bank.name(),
        state: row.batch.state.name(),
        people: row.batch.people,
        clocks: clocks.join("；"),
        incomplete: row.batch.incomplete.iter().map(said).collect::<Vec<_>>().join("；"),
        confirm: may.row(row, &BatchCommand::Confirm),
        hand_out: vendor.is_some_and(|vendor| may.row(row, &BatchCommand::HandOut { vendor })),
    }
}

/// What a vendor has said that it lacks, and since when it has it.
fn said(i: &Incomplete) -> String {
    let rows = if i.rows == 0 { "整批".to_owned() } else { format!("{}行", i.rows) };
    let now = i.arrived_on.map_or("尚未补齐".to_owned(), |day| format!("{day}补齐"));
    format!("{}反馈未收到{}（{rows}），{now}", i.reported_on, i.missing.name())
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
    let ctx = me.command(&console);
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
