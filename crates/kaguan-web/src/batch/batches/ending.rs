//! What ends or undoes: 撤销批次确认, 收回批次, 终结批次, 移出批次.

use super::{BatchPage, OneBatch, batch_page, out_of, take_back};
use crate::Console;
use crate::marks::Fault;
use crate::pages::Frame;
use crate::session::SignedIn;
use axum::Form;
use axum::extract::State;
use kaguan_domain::clause;
use kaguan_domain::dispatch::BatchCommand;
use kaguan_domain::ids::{ApplicationId, BatchId, HolderId};
use kaguan_domain::spelling;
use kaguan_service::Command;
use serde::Deserialize;

/// What is written when a confirmation is taken back.
#[derive(Deserialize)]
pub struct TakenBack {
    batch: i64,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    sure: String,
}

/// What is wrong with a form whose box is not ticked: that, and the reason with it where none is written.
fn unsure(why: &str, reason: &str, what: &str) -> Vec<Fault> {
    let mut faults = vec![Fault::of("sure", why)];
    if spelling::says_nothing(reason) {
        faults.push(Fault::of("reason", format!("须写明{what}的原因")));
    }
    faults
}

/// 撤销批次确认, until the bank has the data.
pub async fn take_back_confirmation(
    State(console): State<Console>,
    me: SignedIn,
    Form(form): Form<TakenBack>,
) -> BatchPage {
    clause!(R8.7);
    let frame = Frame::of(&me, "批次核对");
    let frame = if form.sure.is_empty() {
        let why = "须勾选已核对批次号并确定撤销";
        frame.wrong_in(unsure(why, &form.reason, "撤销确认"), "，批次确认没有撤销")
    } else {
        let command = Command::Batch { id: BatchId(form.batch), command: take_back(&form.reason) };
        let outcome = console.service.execute(me.command(&console), command).await;
        frame.after(
            outcome,
            "已撤销批次确认，批次回到待确认；请核对后重新确认，制卡时限仍从数据采集之日起计算",
        )
    };
    batch_page(&console, &me, form.batch, "", frame).await
}

/// 收回批次 from a bank or a vendor that has not answered in its days.
pub async fn recall(State(console): State<Console>, me: SignedIn, Form(form): Form<TakenBack>) -> BatchPage {
    clause!(X7.4);
    let frame = Frame::of(&me, "批次核对");
    let frame =
        if form.sure.is_empty() {
            let why = "须勾选已核对批次号并确定收回";
            frame.wrong_in(unsure(why, &form.reason, "收回批次"), "，批次没有收回")
        } else {
            let (ctx, id) = (me.command(&console), BatchId(form.batch));
            let outcome = console.service.take_back_batch(ctx, id, form.reason).await;
            let done = outcome.as_ref().map_or_else(|_| String::new(), |n| {
            format!("已收回批次：{n}人未回盘，已记为失败，由市卡管机构在“失败数据处理”中办理；已办成的继续")
        });
            frame.after(outcome, &done)
        };
    batch_page(&console, &me, form.batch, "", frame).await
}

/// 终结批次, of which nothing is left to be made.
pub async fn end(State(console): State<Console>, me: SignedIn, Form(form): Form<OneBatch>) -> BatchPage {
    clause!(X7.1);
    let command = Command::Batch { id: BatchId(form.batch), command: BatchCommand::End };
    let outcome = console.service.execute(me.command(&console), command).await;
    let frame = Frame::of(&me, "批次核对").after(outcome, "批次已终结，时限停止");
    batch_page(&console, &me, form.batch, "", frame).await
}

/// What is written when somebody is taken out of a batch.
#[derive(Deserialize)]
pub struct OutOf {
    batch: i64,
    holder: i64,
    application: i64,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    sure: String,
}

/// 移出批次, until the batch is confirmed.
pub async fn take_out(State(console): State<Console>, me: SignedIn, Form(form): Form<OutOf>) -> BatchPage {
    clause!(X7.1);
    let frame = Frame::of(&me, "批次核对");
    let frame = if form.sure.is_empty() {
        let why = "须勾选已核对姓名和号码并确定移出";
        frame.wrong_in(unsure(why, &form.reason, "移出批次"), "，该人员没有移出批次")
    } else {
        let command = out_of(BatchId(form.batch), ApplicationId(form.application), &form.reason);
        let command = Command::of(HolderId(form.holder), command);
        let outcome = console.service.execute(me.command(&console), command).await;
        frame.after(
            outcome,
            "已移出批次。死亡已核实的不再列入批次，由受理网点作不予受理；其他的，申请回到待批次筛选：资料有误的请受理网点先更正，不能办理的作不予受理；未处理的，下一次批次筛选会再次列入",
        )
    };
    batch_page(&console, &me, form.batch, "", frame).await
}
