//! What is typed at a receipt, of finished cards and of pre-made ones: how many were counted, and what was found too few or too many.

use crate::marks::Fault;
use kaguan_domain::clause;
use kaguan_domain::facts::difference::{Answers, Short, Surplus};
use kaguan_domain::spelling;

/// How many were counted, in digits of any width.
///
/// # Errors
/// What to do where that is no number.
pub fn counted_of(text: &str) -> Result<i64, Fault> {
    clause!(R12.1);
    spelling::number(text).parse().ok().filter(|n| *n >= 0).ok_or_else(|| {
        let cite = clause!(R12.1).cite();
        let why = "清点张数须填写实际清点的张数，一张也没有的填0";
        Fault::of("counted", format!("{why}。依据{cite}。请清点后重新提交。"))
    })
}

/// 短少, 多出 and 差异情况 of a count, as they are typed.
pub struct Differences<'a> {
    pub short: &'a str,
    pub answers: &'a str,
    /// The numbers of cards too many, however they are separated.
    pub surplus: &'a str,
    pub account: &'a str,
}

impl Differences<'_> {
    /// Cards too few, when some are, and cards too many.
    ///
    /// # Errors
    /// What does not belong together, field by field: nothing that was typed is dropped.
    pub fn stated(&self) -> Result<(Option<Short>, Vec<Surplus>), Vec<Fault>> {
        clause!(R12.1);
        let cite = clause!(R12.1).cite();
        let none = |text: &str| text.trim().is_empty();
        let parts = self.surplus.split([' ', ',', '，', '、', ';', '；', '\r', '\n', '\t', '\u{3000}']);
        let one = |card_no: &str| Surplus { card_no: card_no.to_owned(), account: self.account.to_owned() };
        let surplus: Vec<Surplus> = parts.filter(|n| !n.is_empty()).map(one).collect();
        let mut wrong = Vec::new();
        let answers = match self.answers {
            "sender" => Some(Answers::Sender),
            "receiver" => Some(Answers::Receiver),
            _ => None,
        };
        if !none(self.short) && answers.is_none() {
            let why = format!("短少责任方未选择。依据{cite}。请选择寄出方或签收方后重新提交。");
            wrong.push(Fault::of("answers", why));
        }
        if none(self.short) && answers.is_some() {
            let why = "选择了短少责任方，没有填写短少张数";
            let why = format!("{why}。依据{cite}。请填写短少张数；没有短少的，不选责任方。");
            wrong.push(Fault::of("short", why));
        }
        if !none(self.account) && none(self.short) && surplus.is_empty() {
            let why = "填写了差异情况，没有填写短少张数或多出的社保卡卡号";
            let why = format!("{why}。依据{cite}。请填写短少张数或多出的卡号；没有差异的，不填差异情况。");
            wrong.push(Fault::of("account", why));
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        // What is no number is none that fits the count.
        let cards = spelling::number(self.short).parse().unwrap_or(0);
        let account = self.account.to_owned();
        let short = answers.filter(|_| !none(self.short)).map(|answers| Short { cards, answers, account });
        Ok((short, surplus))
    }

    /// What the rule would say of a difference that nothing is written of, beside what a page itself found wrong.
    pub fn unaccounted(&self) -> Option<Fault> {
        clause!(R12.1);
        let differs = !self.short.trim().is_empty() || !self.surplus.trim().is_empty();
        let cite = clause!(R12.1).cite();
        let why = format!("须写明短少或多出的情况。依据{cite}。请填写差异情况后重新提交。");
        (differs && spelling::says_nothing(self.account)).then(|| Fault::of("account", why))
    }
}

/// What must be filled in beside what a page itself found wrong, so that all of it is told at once.
pub fn unfilled(items: &[(&'static str, &str, &str)]) -> Vec<Fault> {
    let missing = items.iter().filter(|(_, _, text)| spelling::says_nothing(text));
    missing.map(|(field, title, _)| Fault::of(field, format!("须填写{title}。"))).collect()
}
