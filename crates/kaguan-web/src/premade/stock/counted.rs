//! What is said of the last count of a box of pre-made cards.

use crate::Console;
use crate::session::SignedIn;
use kaguan_domain::clause;
use kaguan_domain::facts::blank_order::{BlankBox, BlankOrderFile, Counted, LastCount};
use kaguan_domain::instant::sees_books;

/// What stands beside a box with a difference that nobody has settled.
const UNSETTLED: &str = "清点差异待处理";

/// The last count, and whether a receipt found a difference in it that is open: a count that agrees with the books does not take that away.
pub fn counted_of(
    console: &Console,
    me: &SignedIn,
    file: &BlankOrderFile,
    b: &BlankBox,
) -> (String, &'static str) {
    let (counted, tone) = last_count(console, me, file, b);
    let both = [counted.as_str(), UNSETTLED];
    match b.has_open_difference() {
        true => (both.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("；"), "bad"),
        false => (counted, tone),
    }
}

/// Numbers of the scanned list that are of no card of the box.
fn foreign(c: Counted) -> String {
    match c.foreign {
        0 => String::new(),
        n => format!("，另有{n}个号码不属于本箱"),
    }
}

/// The last count: whoever keeps the box learns whether it agreed with the books, the centre by how much it did not.
fn last_count(
    console: &Console,
    me: &SignedIn,
    file: &BlankOrderFile,
    b: &BlankBox,
) -> (String, &'static str) {
    clause!(R36.1);
    let own = !sees_books(&me.org, b);
    if b.on_the_way.is_some() || b.destroyed.is_some() {
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
            (format!("{}{}盘点{}张，与账面不符{}", not_today(c), c.on, c.cards, foreign(c)), "bad")
        }
        LastCount::Differs(c) => {
            let by = match c.differs() {
                0 => String::new(),
                less if less < 0 => format!("，少{}张", -less),
                more => format!("，多{more}张"),
            };
            let (not_today, foreign) = (not_today(c), foreign(c));
            (format!("{not_today}{}盘点{}张，账面{}张{by}{foreign}", c.on, c.cards, c.expected), "bad")
        }
    }
}
