//! 登记缺失 of a pre-made card that its box was signed for without.

use super::{TITLE, Which, show_box};
use crate::Console;
use crate::pages::Frame;
use crate::session::SignedIn;
use crate::upload::Sent;
use axum::response::Response;
use kaguan_domain::clause;
use kaguan_domain::ctx::Instant;
use kaguan_domain::instant::Spoil;

/// 缺失, of a card that the box was signed for without: whoever answered for the shortage then answers for it.
pub(super) async fn record(
    console: &Console,
    me: &SignedIn,
    which: &Which,
    sent: &Sent,
    at: Instant,
) -> Response {
    clause!(R12.1);
    let (org, reason) = (me.org.id, sent.text("reason").trim().to_owned());
    let spoil = Spoil { org, reason, missing: true, counted_at: Some(at) };
    let both = (me.command(console), me.command(console));
    let outcome = console.service.name_missing_blank(both, sent.text("card"), spoil).await;
    let done = "已登记缺失，该卡不得再次使用；责任方以签收时登记的短少责任方为准";
    show_box(console, me, which, Frame::of(me, TITLE).after(outcome, done), None).await
}
