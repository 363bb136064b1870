//! 终止 of an order: what follows is said before it is confirmed, and afterwards who has to act next.

use super::{ORDERS, OrderPage, OrdersPage, show_one};
use crate::Console;
use crate::may::May;
use crate::pages::Frame;
use crate::session::SignedIn;
use axum::Form;
use axum::extract::State;
use kaguan_domain::clause;
use kaguan_domain::facts::blank_order::{BlankBox, BlankOrderFile, Step};
use kaguan_domain::ids::BlankOrderId;
use kaguan_domain::instant::BlankOrderCommand;
use kaguan_service::Command;
use serde::Deserialize;

/// 终止 as it was filled in.
#[derive(Deserialize)]
pub struct Ending {
    order: i64,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    sure: String,
}

fn counted<'a>(boxes: impl Iterator<Item = &'a BlankBox>) -> (usize, usize) {
    let (at_vendor, elsewhere): (Vec<_>, Vec<_>) = boxes.partition(|b| b.is_at_vendor());
    (at_vendor.len(), elsewhere.len())
}

/// What becomes of the cards and boxes of an order that is ended, in parts.
fn follows(file: &BlankOrderFile) -> Vec<String> {
    let Some(order) = &file.order else { return Vec::new() };
    let t = &file.tally;
    let inside: i64 = order.boxes.iter().map(|b| file.inside(&b.number)).sum();
    let left = match order.step {
        Step::Ordered
        | Step::Declined { .. }
        | Step::Generated { .. }
        | Step::AtBank { .. }
        | Step::AtVendor { .. } => format!("本批{}张不再生产，已生产的作废", order.quantity),
        Step::Made { .. } => format!("未制成社保卡的{inside}张作废，不得再用"),
    };
    let mut all = vec![left];
    if t.in_use > 0 {
        all.push(format!("其中{}张正在即时制卡，由网点制完、登记制卡失败或退回库存", t.in_use));
    }
    let boxes = order.boxes.iter().filter(|b| b.destroyed.is_none());
    let (at_vendor, elsewhere) = counted(boxes.filter(|b| b.is_at_vendor() || file.inside(&b.number) > 0));
    if at_vendor > 0 {
        all.push(format!("卡商尚未寄出的{at_vendor}箱由卡商销毁"));
    }
    if elsewhere > 0 {
        all.push(format!("已寄出的{elsewhere}箱由保管机构退回市卡管机构，或清点后登记销毁"));
    }
    if t.used > 0 {
        all.push(format!("已制成社保卡的{}张照常使用", t.used));
    }
    all
}

/// What an order's end would bring, where the viewer may end it.
pub(super) fn offered(may: &May, file: &BlankOrderFile) -> Option<String> {
    let (reason, sure) = ("待填写".to_owned(), true);
    may.order(file, &BlankOrderCommand::End { reason, sure }).is_none().then(|| follows(file).join("；"))
}

/// That an order was ended and why, and who has to act next; nothing of one that was not.
pub(super) fn said(file: &BlankOrderFile) -> Vec<String> {
    let Some(order) = &file.order else { return Vec::new() };
    let Some(ended) = &order.ended else { return Vec::new() };
    let mut all = vec![format!("{}省卡管机构终止该批预制卡：{}", ended.on, ended.reason)];
    if order.end_for_bank().is_some() {
        all.push("已列入服务银行待办，待银行答复知悉".to_owned());
    }
    if order.end_for_vendor().is_some() {
        all.push("已列入卡商待办，待卡商销毁未寄出的箱并答复知悉".to_owned());
    }
    let (at_vendor, elsewhere) = counted(file.to_be_destroyed());
    if at_vendor > 0 {
        all.push(format!("卡商处{at_vendor}箱待销毁"));
    }
    if elsewhere > 0 {
        all.push(format!("{elsewhere}箱待保管机构退回市卡管机构或登记销毁，各箱所在见“装箱与去向”"));
    }
    if file.tally.in_use > 0 {
        all.push(format!("{}张正在即时制卡，制完前所在的箱不得销毁", file.tally.in_use));
    }
    if file.tally.used > 0 {
        all.push(format!("已制成社保卡的{}张照常使用", file.tally.used));
    }
    all
}

/// 终止.
pub async fn end(
    State(console): State<Console>,
    me: SignedIn,
    Form(form): Form<Ending>,
) -> Result<OrderPage, OrdersPage> {
    clause!(R36.1);
    let id = BlankOrderId(form.order);
    let command = BlankOrderCommand::End { reason: form.reason, sure: form.sure == "1" };
    let outcome = console.service.execute(me.command(&console), Command::BlankOrder { id, command }).await;
    let done = "已终止该批预制卡；服务银行、卡商和保管各箱的机构的待办中均已列明";
    show_one(&console, &me, id, Frame::of(&me, ORDERS).after(outcome, done)).await
}
