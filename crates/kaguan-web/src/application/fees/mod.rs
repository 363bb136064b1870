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
use kaguan_domain::permission::Verb;
use kaguan_domain::spelling;
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
    let missing = all.into_iter().filter(|(_, _, typed)| typed.trim().is_empty());
    let mut missing: Vec<_> = missing.map(|(name, what, _)| (name, format!("须填写{what}"))).collect();
    let (amount, paid_on) = (spelling::half_width(&form.amount), spelling::half_width(&form.paid_on));
    let (fen, paid_on) = (fen(&amount), day(&paid_on));
    if fen.is_none() && !form.amount.trim().is_empty() {
        missing.push(("amount", "金额须写成数字，如20.00".to_owned()));
    }
    if paid_on.is_none() && !form.paid_on.trim().is_empty() {
        missing.push(("paid_on", "缴款日期须是一个日期，如2026-11-28".to_owned()));
    }
    if !missing.is_empty() {
        let so = "，工本费没有登记。依据《经办规程》第22条。请按票据补填、更正后重新登记。";
        let frame = Frame::of(&me, "收取工本费").wrong_in(named(missing), so);
        return FeesPage { frame, filled: form };
    }
    let ctx = me.command(&console);
    let given = |text: &str| Some(text.trim().to_owned()).filter(|t| !t.is_empty());
    let paid_at = paid_on.map(Instant::at_start_of);
    let receipt = format!("{}{}", form.code.trim(), form.receipt_no.trim());
    let (currency, check) = (given(&form.currency), given(&form.check));
    let pay = |application| Pay { application, receipt, fen, currency, check, paid_at };
    let outcome = console.service.pay_fee(ctx, &form.number, &form.form_no, pay).await;
    let filled = if outcome.is_ok() { Payment::default() } else { form };
    let done = "工本费已登记。请将《业务受理回执》和《广东省非税收入（电子）票据》交申请人";
    FeesPage { frame: Frame::of(&me, "收取工本费").after_business(outcome, done), filled }
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
