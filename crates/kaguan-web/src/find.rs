//! Who is found by what a clerk types, at every page that looks for somebody: a number in any spelling, a document's, or the card's.

use crate::Console;
use crate::frame::Said;
use crate::may;
use crate::session::SignedIn;
use kaguan_domain::clause;
use kaguan_domain::facts::lookup::{LookedUp, is_name_alone};
use kaguan_domain::ids::{CardNumber, HolderId};
use kaguan_domain::permission::Verb;
use kaguan_domain::refusal::Reason;
use kaguan_domain::spelling;
use kaguan_service::{Failure, Looked, Seen};
use serde::Deserialize;

/// What a look came to, or the sentence why nobody is shown.
fn said<T>(found: Result<T, Failure>) -> Result<T, Said> {
    found.map_err(|e| match e {
        Failure::Refused(r) if r.reason == Reason::NotFound => {
            Said::from("没有该号码的档案。请核对号码后重试。").about("number")
        }
        e => e.into(),
    })
}

/// What a page that looks for somebody is sent.
#[derive(Deserialize)]
pub struct Find {
    /// What was typed.
    #[serde(default)]
    number: String,
    /// One of several that were found, or of a list.
    #[serde(default)]
    holder: Option<i64>,
}

/// Longer than the number of anybody and of any document: a batch's.
const LONGER_THAN_A_PERSONS: usize = 20;

/// The words of what was typed; a batch's number that was written as it is read, in groups, is one of them.
fn words(typed: &str) -> Vec<String> {
    let blank = |c: char| spelling::is_blank(c) || c == '/';
    let words: Vec<&str> = typed.split(blank).filter(|word| !word.is_empty()).collect();
    let digits = |word: &str| word.bytes().all(|b| b.is_ascii_digit());
    let of_number =
        |(at, word): &(usize, &&str)| digits(word) || *at == 0 && word.strip_prefix('Y').is_some_and(digits);
    let groups = words.iter().enumerate().take_while(of_number).count();
    let number = words[..groups].concat();
    let rest = words[groups..].iter().map(|word| (*word).to_owned());
    (groups > 0).then_some(number).into_iter().chain(rest).collect()
}

/// The page of what was typed when it is no person: a batch by its number, one of its boxes by 装箱位置 behind it, an order of pre-made cards by
/// its number, or a box that the officer's organisation has or waits for.
pub async fn thing(console: &Console, me: &SignedIn, form: &Find) -> Result<Option<String>, Failure> {
    let words = words(&spelling::half_width(&form.number));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let is_box = |w: &str| {
        // 1-Y001-2
        let short = |p: &str| {
            (1..=6).contains(&p.len())
                && p.bytes().all(|b| b.is_ascii_alphanumeric())
                && p.bytes().any(|b| b.is_ascii_digit())
        };
        let digits = |p: &str| p.len() < 5 && p.bytes().all(|b| b.is_ascii_digit());
        w.split_once('-').is_some_and(|(first, _)| digits(first) && w.split('-').all(short))
    };
    let is_batch = |w: &str| w.len() > LONGER_THAN_A_PERSONS && w.bytes().all(|b| b.is_ascii_digit());
    let sees_boxes = may::at_all(console, me, Verb::LookAtBoxes).is_ok();
    Ok(match words.as_slice() {
        [number] if is_batch(number) => {
            let id = console.service.batch_numbered(number).await?;
            // 批次核对 is for whoever confirms; an outlet sees where the cards are.
            let does = |verb| may::at_all(console, me, verb).is_ok();
            let reviews = me.confirms || does(Verb::ScreenBatch) || does(Verb::TakeBackBatch);
            id.map(|id| match sees_boxes && !reviews {
                true => format!("/boxes/tree?batch={id}"),
                false => format!("/batches/{id}"),
            })
        }
        [number, inside] if is_batch(number) && is_box(inside) => {
            let id = console.service.batch_numbered(number).await?;
            id.map(|id| format!("/boxes/tree?batch={id}&box={inside}"))
        }
        [number] if number.strip_prefix('Y').is_some_and(is_batch) => {
            let id = console.service.order_numbered(&me.actor(), number).await?;
            let orders = [Verb::OrderBlanks, Verb::GenerateBlanks];
            id.map(|id| match orders.iter().any(|verb| may::at_all(console, me, *verb).is_ok()) {
                true => format!("/blanks/orders/{id}"),
                false => format!("/blanks/register?order={id}"),
            })
        }
        [number] if sees_boxes && is_box(number) => Some(format!("/boxes/tree?box={number}")),
        _ => None,
    })
}

/// Whom a clerk means. Every look is journaled, one that finds nobody too (R39.1).
pub async fn sought(
    console: &Console,
    me: &SignedIn,
    form: &Find,
    why: &str,
) -> Result<Vec<Seen<Looked>>, Said> {
    match form.holder {
        Some(id) => {
            said(console.service.look(me.ctx(console), HolderId(id), why).await.map(|seen| vec![seen]))
        }
        None if spelling::says_nothing(&form.number) => {
            Err(Said::from("没有输入号码。请输入社会保障号码、证件号码、卡号或申领编码").about("number"))
        }
        None => found(console, me, &form.number, why).await,
    }
}

/// Whoever is found, several when people of several countries share the number of a document; or the sentence why nobody is.
/// Every look is journaled, also one that is refused or finds nobody (R39.1).
async fn found(console: &Console, me: &SignedIn, typed: &str, why: &str) -> Result<Vec<Seen<Looked>>, Said> {
    let ctx = me.ctx(console);
    said(match (CardNumber::parse(&spelling::looked_for(typed)), LookedUp::anything(typed)) {
        (Ok(card), _) => console.service.look_for_card(ctx, &card, why).await.map(|seen| vec![seen]),
        (Err(_), Ok(what)) => console.service.look_up(ctx, &what, why).await,
        (Err(_), Err(_)) if is_name_alone(typed) => {
            let cite = clause!(R39.1).cite();
            let why = format!(
                "只有姓名，查不到是哪一位持卡人。依据{cite}。请在姓名后输入出生日期（如1990-01-02），或输入社会保障号码、证件号码、卡号或申领编码。"
            );
            return Err(Said::from(why).about("number"));
        }
        (Err(_), Err(e)) => {
            let cite = clause!(R35.1).cite();
            let why = format!(
                "{e}，也不是社保卡卡号、银行卡号、申领表编码，或姓名加出生日期。依据{cite}。请核对后重新输入。"
            );
            return Err(Said::from(why).about("number"));
        }
    })
}
