//! Who is found by what a clerk types, at every page that looks for somebody: a number in any spelling, a document's, or the card's.

use crate::Console;
use crate::frame::Said;
use crate::session::SignedIn;
use kaguan_domain::clause;
use kaguan_domain::facts::lookup::LookedUp;
use kaguan_domain::ids::CardNumber;
use kaguan_domain::refusal::Reason;
use kaguan_domain::spelling;
use kaguan_service::{Failure, Looked, Seen};

/// What a look came to, or the sentence why nobody is shown.
pub fn said<T>(found: Result<T, Failure>) -> Result<T, Said> {
    found.map_err(|e| match e {
        Failure::Refused(r) if r.reason == Reason::NotFound => {
            Said::from("没有该号码的档案。请核对号码后重试。").about("number")
        }
        e => e.into(),
    })
}

/// Whoever is found, several when people of several countries share the number of a document; or the sentence why nobody is.
/// Every look is journaled, also one that is refused or finds nobody (R39.1).
pub async fn found(
    console: &Console,
    me: &SignedIn,
    typed: &str,
    why: &str,
) -> Result<Vec<Seen<Looked>>, Said> {
    let ctx = me.ctx(console);
    said(match (CardNumber::parse(&spelling::looked_for(typed)), LookedUp::anything(typed)) {
        (Ok(card), _) => console.service.look_for_card(ctx, &card, why).await.map(|seen| vec![seen]),
        (Err(_), Ok(what)) => console.service.look_up(ctx, &what, why).await,
        (Err(_), Err(e)) => {
            let cite = clause!(R35.1).cite();
            let why = format!("{e}，也不是社保卡卡号、银行卡号或申领表编码。依据{cite}。请核对后重新输入。");
            return Err(Said::from(why).about("number"));
        }
    })
}
