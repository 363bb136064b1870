//! What is said of the last count of a box of pre-made cards, and which counted shortage a card is that is missing from it.

use super::here;
use crate::Console;
use crate::marks::Fault;
use crate::session::SignedIn;
use crate::upload::Sent;
use kaguan_domain::clause;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::blank_order::{BlankBox, BlankOrderFile, Counted, LastCount};

/// The last count: whoever keeps the box learns whether it agreed with the books, the centre by how much it did not.
pub fn counted_of(
    console: &Console,
    me: &SignedIn,
    file: &BlankOrderFile,
    b: &BlankBox,
) -> (String, &'static str) {
    clause!(R36.1);
    let own = here(me, b);
    if b.on_the_way.is_some() {
        return (String::new(), "");
    }
    let is_today = |c: Counted| c.on == console.service.now().date();
    let not_today = |c: Counted| if is_today(c) { "" } else { "今日未盘点；" };
    match file.last_count(b) {
        LastCount::None => ("未盘点".into(), "warn"),
        // Use changes the books all day long, and asks for no second count.
        LastCount::Agrees(c) if is_today(c) && c.cards == file.inside(&b.number) => {
            ("今日盘点，与账面一致".into(), "ok")
        }
        LastCount::Agrees(c) if is_today(c) => ("今日盘点，与当时账面一致；其后已有使用".into(), "ok"),
        LastCount::Agrees(c) => (format!("今日未盘点；{}盘点一致", c.on), "warn"),
        LastCount::Outdated(c) => {
            (format!("{}盘点后账面有变动（作废、缺失或清点差异处理），请重新盘点", c.on), "warn")
        }
        LastCount::Differs(c) if own => {
            (format!("{}{}盘点{}张，与账面不符", not_today(c), c.on, c.cards), "bad")
        }
        LastCount::Differs(c) => {
            let by = match c.differs() {
                less if less < 0 => format!("少{}张", -less),
                more => format!("多{more}张"),
            };
            (format!("{}{}盘点{}张，账面{}张，{by}", not_today(c), c.on, c.cards, c.expected), "bad")
        }
    }
}

/// Which shortage a missing card is, where the form offers some: whoever answered for it then answers for the card.
///
/// # Errors
/// That it was not chosen.
pub fn short_of(sent: &Sent, missing: bool) -> Result<Option<Instant>, Fault> {
    clause!(R12.1);
    let chosen = sent.fields().find(|(name, _)| *name == "of_short").map(|(_, text)| text.trim());
    match chosen {
        Some("") if missing => {
            let cite = clause!(R12.1).cite();
            let why = "该箱签收时登记过短少，须选择缺失的卡属于哪次短少，或与签收短少无关";
            Err(Fault::of("of_short", format!("{why}。依据{cite}。请选择后重新提交。")))
        }
        chosen => Ok(chosen.and_then(|text| text.parse().ok()).map(Instant)),
    }
}
