//! 销毁 of a box whose order the province ended, by whoever keeps it.

use super::{TITLE, show_box, which_of};
use crate::Console;
use crate::distribution::boxes::{counted_of, unfilled};
use crate::marks::Fault;
use crate::may::May;
use crate::pages::Frame;
use crate::session::SignedIn;
use crate::upload::Sent;
use axum::extract::State;
use axum::response::Response;
use kaguan_domain::clause;
use kaguan_domain::facts::blank_order::{BlankBox, BlankOrderFile};
use kaguan_domain::ids::BlankOrderId;
use kaguan_domain::instant::{BlankOrderCommand, StockDestroy};
use kaguan_domain::refusal::Reason;
use kaguan_service::Command;

/// What is to be done with a box of an order that the province ended; nothing of any other, and of one that is destroyed.
pub(super) fn said(file: &BlankOrderFile, b: &BlankBox) -> String {
    let ended = file.order.as_ref().and_then(|o| o.ended.as_ref()).filter(|_| b.destroyed.is_none());
    let Some(e) = ended else { return String::new() };
    let in_use = match file.tally.in_use {
        0 => String::new(),
        n => format!("本批有{n}张正在即时制卡，制卡完成、登记制卡失败或退回库存前不得销毁。"),
    };
    format!(
        "省卡管机构{}终止该批预制卡：{}。箱内的卡全部作废，不得用于即时制卡，只可退回市卡管机构，或清点后登记销毁；销毁前仍须每日盘点。{in_use}",
        e.on, e.reason
    )
}

/// Whether its viewer may destroy a box, once what has to be stated is filled in.
pub(super) fn offered(may: &May, me: &SignedIn, file: &BlankOrderFile, b: &BlankBox) -> bool {
    let destroy = BlankOrderCommand::Destroy(StockDestroy {
        r#box: b.number.clone(),
        org: me.org.id,
        cards: file.inside(&b.number),
        by: String::new(),
        witness: String::new(),
        account: String::new(),
        sure: false,
    });
    may.order(file, &destroy).is_some_and(|refused| refused.reason == Reason::MaterialDefective)
}

/// What was counted and destroyed, by whom, before whom and how.
pub async fn record(State(console): State<Console>, me: SignedIn, sent: Sent) -> Response {
    clause!(R36.1);
    let which = which_of(&sent);
    let text = |name: &str| sent.text(name).trim().to_owned();
    let (by, witness, account) = (text("by"), text("witness"), text("account"));
    let frame = Frame::of(&me, TITLE);
    let cards = match counted_of(&text("counted")) {
        Ok(cards) => cards,
        Err(fault) => {
            let mut faults: Vec<Fault> = vec![fault];
            faults.extend(unfilled(&[
                ("by", "销毁人", &by),
                ("witness", "监销人", &witness),
                ("account", "销毁情况", &account),
            ]));
            return show_box(&console, &me, &which, frame.wrong_in(faults, ""), None).await;
        }
    };
    let (r#box, sure) = (which.number.clone(), sent.text("sure") == "1");
    let destroy = StockDestroy { r#box, org: me.org.id, cards, by, witness, account, sure };
    let command = BlankOrderCommand::Destroy(destroy);
    let command = Command::BlankOrder { id: BlankOrderId(which.order), command };
    let outcome = console.service.execute(me.command(&console), command).await;
    let done = "已登记销毁，列入出入库登记册；该箱不再列在保管的箱中";
    show_box(&console, &me, &which, frame.after(outcome, done), None).await
}
