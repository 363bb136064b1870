//! 登记找到 of a pre-made card that was recorded as missing, wherever in the city it turned up.

use super::{TITLE, show};
use crate::Console;
use crate::distribution::boxes::unfilled;
use crate::pages::Frame;
use crate::session::SignedIn;
use crate::upload::Sent;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use kaguan_domain::clause;

/// The card stays with whoever found it, and is not used again.
pub async fn record(State(console): State<Console>, me: SignedIn, sent: Sent) -> Response {
    clause!(R36.3);
    let (card, account) = (sent.text("card").trim(), sent.text("account").trim());
    let faults = unfilled(&[("card", "预制卡", card), ("account", "找到情况", account)]);
    let frame = Frame::of(&me, TITLE);
    let frame = if faults.is_empty() {
        let outcome = console.service.record_blank_found(me.command(&console), card, account).await;
        frame.after(outcome, "已登记找到：该卡不得再用，由本机构保管；登记缺失时的责任方不变")
    } else {
        frame.wrong_in(faults, "，没有登记。请补充后重新提交。")
    };
    show(&console, &me, frame, &me.asked).await.into_response()
}
