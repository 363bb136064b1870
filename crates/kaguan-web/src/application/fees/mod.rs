//! 收取工本费 (Article 22): a clerk records what the treasury's e-receipt says. Everything is stated, nothing is assumed.

use crate::Console;
use crate::marks::named;
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::session::SignedIn;
use askama::Template;
use axum::Form;
use axum::extract::State;
use jiff::civil::Date;
use kaguan_domain::ctx::Instant;
use kaguan_domain::fee::Pay;
use kaguan_domain::ids::ApplicationId;
use kaguan_domain::permission::Verb;
use kaguan_domain::refusal::Reason;
use kaguan_domain::spelling;
use kaguan_service::Failure;
use serde::Deserialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/fees",
    screens: &[Screen {
        group: "社保卡申请", name: "收取工本费", article: "第二十二条", verb: Verb::PayFee
    }],
    doors: |d| d.get("/fees", page).post("/fees", pay),
    samples: &["/fees"],
};

/// 收取工本费.
#[derive(Template)]
#[template(path = "application/fees/fees.html")]
pub struct FeesPage {
    pub frame: Frame,
    /// What stands in the fields.
    pub filled: Payment,
}
crate::frame::page!(FeesPage);

/// What the page sends, and shows again when it is refused.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Payment {
    /// 社会保障号码.
    pub number: String,
    /// 申领表编码.
    pub form_no: String,
    /// 票据代码.
    pub code: String,
    /// 票据号码.
    pub receipt_no: String,
    /// 校验码.
    pub check: String,
    /// 金额, in yuan as it is printed: `20.00`.
    pub amount: String,
    /// 币种.
    pub currency: String,
    /// 缴款日期, `YYYY-MM-DD`.
    pub paid_on: String,
}

/// Yuan with at most two decimals, in fen; `None` for what is no amount.
fn fen(text: &str) -> Option<i64> {
    let (whole, part) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || part.len() > 2 || !digits(whole) || !digits(part) {
        return None;
    }
    format!("{whole}{part:0<2}").parse().ok()
}

/// A day as a receipt writes it, `2026-11-28` or `20261128`; `None` for what is none.
fn day(text: &str) -> Option<Date> {
    let text = text.trim();
    text.parse().ok().or_else(|| Date::strptime("%Y%m%d", text).ok())
}

/// The empty form.
pub async fn page(me: SignedIn) -> FeesPage {
    let filled = Payment { currency: kaguan_domain::facts::fee::CURRENCY.into(), ..Payment::default() };
    FeesPage { frame: Frame::of(&me, "收取工本费"), filled }
}

/// 缴费.
pub async fn pay(State(console): State<Console>, me: SignedIn, Form(form): Form<Payment>) -> FeesPage {
    let all = [
        ("number", "社会保障号码", &form.number),
        ("form_no", "申领表编码", &form.form_no),
        ("code", "票据代码", &form.code),
        ("receipt_no", "票据号码", &form.receipt_no),
        ("check", "校验码", &form.check),
        ("amount", "金额", &form.amount),
        ("currency", "币种", &form.currency),
        ("paid_on", "缴款日期", &form.paid_on),
    ];
    let (amount, paid_on) = (spelling::half_width(&form.amount), spelling::half_width(&form.paid_on));
    let (fen, paid_on) = (fen(&amount), day(&paid_on));
    // What the page cannot read it says itself; of everything else the rule says what is wrong.
    let unread = |name: &str, what: &str, typed: &str| match name {
        _ if typed.trim().is_empty() => Some(format!("须填写{what}")),
        "amount" if fen.is_none() => Some("金额须写成数字，如20.00".to_owned()),
        "paid_on" if paid_on.is_none() => Some("缴款日期须是一个日期，如2026-11-28".to_owned()),
        _ => None,
    };
    let unread = all.into_iter().filter_map(|(name, what, typed)| Some((name, unread(name, what, typed)?)));
    let mut wrong: Vec<(&'static str, String)> = unread.collect();
    let given = |text: &str| Some(text.trim().to_owned()).filter(|t| !t.is_empty());
    let paid_at = paid_on.map(Instant::at_start_of);
    let receipt = format!("{}{}", form.code.trim(), form.receipt_no.trim());
    let (currency, check) = (given(&form.currency), given(&form.check));
    let stated = Pay { application: ApplicationId(0), receipt, fen, currency, check, paid_at };
    let pay = |application| Pay { application, ..stated.clone() };
    let title = "收取工本费";
    // Nobody's application is paid for: only what the receipt itself says can be judged.
    let nobodys = form.number.trim().is_empty() || form.form_no.trim().is_empty();
    let mut said = stated.wrong(console.service.now(), None);
    if !nobodys {
        match console.service.pay_fee(me.command(&console), &form.number, &form.form_no, pay).await {
            Err(Failure::Refused(r)) if r.reason == Reason::MaterialDefective && r.about.is_some() => {
                said.extend(r.about.iter().flat_map(|about| about.split('；')).map(str::to_owned));
            }
            outcome => {
                let filled = if outcome.is_ok() { Payment::default() } else { form };
                let done = "工本费已登记。请将《业务受理回执》和《广东省非税收入（电子）票据》交申请人";
                return FeesPage { frame: Frame::of(&me, title).after_business(outcome, done), filled };
            }
        }
    }
    for why in said {
        for field in fields_of(&why, &form) {
            if wrong.iter().all(|(named, _)| *named != field) {
                wrong.push((field, why.clone()));
            }
        }
    }
    wrong.sort_by_key(|(field, _)| FIELDS.iter().position(|f| f == field));
    let so = "，工本费没有登记。依据《经办规程》第22条。请按票据补填、更正后重新登记。";
    FeesPage { frame: Frame::of(&me, title).wrong_in(named(wrong), so), filled: form }
}

/// The fields, as they stand on the page.
const FIELDS: [&str; 8] =
    ["number", "form_no", "code", "receipt_no", "check", "amount", "currency", "paid_on"];

/// The fields of the page that what the rule says of a receipt is about; what it says of nothing on it is about whose it is.
fn fields_of(why: &str, form: &Payment) -> Vec<&'static str> {
    const WORDS: [(&str, &str); 5] = [
        ("校验码为6位", "check"),
        ("缴费金额", "amount"),
        ("票据所载", "amount"),
        ("未报币种", "currency"),
        ("缴款时间", "paid_on"),
    ];
    if !why.contains("票据代码") {
        return vec![
            WORDS.iter().find(|(words, _)| why.contains(words)).map_or("number", |(_, field)| *field),
        ];
    }
    // Its number has two parts on paper.
    let whole = |text: &str, digits| text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
    let parts = [("code", form.code.trim(), 8), ("receipt_no", form.receipt_no.trim(), 10)];
    parts.into_iter().filter(|(_, text, digits)| !whole(text, *digits)).map(|(name, ..)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::fen;

    #[test]
    fn an_amount_is_read_to_the_fen_and_never_guessed() {
        assert_eq!(fen("20"), Some(2000));
        assert_eq!(fen(" 20.5 "), Some(2050));
        assert_eq!(fen("20.05"), Some(2005));
        for none in ["", ".5", "20.005", "-20", "2o", "20,00", "99999999999999999999"] {
            assert_eq!(fen(none), None, "{none}");
        }
    }
}
