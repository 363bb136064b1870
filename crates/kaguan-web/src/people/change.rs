//! 变更服务银行: 现场预约, 原银行审核, 现场办理, 撤销预约.

use super::stated::Stated;
use super::{give, refused};
use crate::Console;
use crate::pages::PeoplePage;
use crate::session::SignedIn;
use crate::upload::Sent;
use axum::extract::State;
use kaguan_domain::application::Presented;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::application::{Consent, Purpose};
use kaguan_domain::facts::form::FormDraft;
use kaguan_domain::ids::{ApplicationId, BankCode, OrgId};
use kaguan_domain::replacement::Replace;
use kaguan_domain::replacement::bank_change::{Approve, CallOff, CarryOut, Reserve};

/// 现场预约, at the new bank's outlet.
pub async fn reserve(State(console): State<Console>, me: SignedIn, sent: Sent) -> PeoplePage {
    let form = Stated::of(&console, sent);
    let to = me.org.bank.clone().unwrap_or(BankCode(String::new()));
    let command = HolderCommand::ReserveBankChange(Reserve { card: form.card(), to });
    give(console, me, form, command, "已预约变更服务银行，待原银行审核".into()).await
}

/// 原银行审核.
pub async fn approve(State(console): State<Console>, me: SignedIn, sent: Sent) -> PeoplePage {
    let form = Stated::of(&console, sent);
    let agreed = form.text("agreed") == "yes";
    let refused = (!agreed).then(|| form.text("refused").to_owned());
    let done = if agreed { "已同意变更" } else { "已登记不同意" };
    give(console, me, form, HolderCommand::ApproveBankChange(Approve { refused }), done.into()).await
}

/// 撤销预约.
pub async fn call_off(State(console): State<Console>, me: SignedIn, sent: Sent) -> PeoplePage {
    let form = Stated::of(&console, sent);
    let command = HolderCommand::CallOffBankChange(CallOff { lapsed: false });
    give(console, me, form, command, "预约已撤销".into()).await
}

/// 现场办理, at the new bank's outlet, after the risks were told.
pub async fn carry_out(State(console): State<Console>, me: SignedIn, sent: Sent) -> PeoplePage {
    let form = Stated::of(&console, sent);
    let ctx = me.ctx(&console);
    let seen = match console.service.look(ctx, form.holder(), "变更服务银行-现场办理").await {
        Ok(seen) => seen,
        Err(e) => return refused(&me, &e),
    };
    let checks = match console.service.register_checks_of(&seen).await {
        Ok(checks) => checks,
        Err(e) => return refused(&me, &e),
    };
    let named = form.text("collect_at");
    let found = console.service.institutions().org_by_code(named).map(|o| o.id);
    // A code that nobody has is no outlet; the rule says so.
    let collect_at = if named.is_empty() { me.org.id } else { found.unwrap_or(OrgId(-1)) };
    let text_version = crate::apply::CONSENT_TEXT.to_owned();
    let replace = Replace {
        id: ApplicationId(console.service.fresh()),
        purpose: Purpose::BankChange { old: form.card() },
        form_no: form.text("form_no").to_owned(),
        changes: Box::new(FormDraft {
            delivery: form.text("delivery").to_owned(),
            mailing_address: form.text("mailing_address").to_owned(),
            recipient: form.text("recipient").to_owned(),
            recipient_phone: form.text("recipient_phone").to_owned(),
            ..FormDraft::default()
        }),
        photo: None,
        proof: None,
        outlet: me.org.id,
        collect_at,
        agent: None,
        consent: form.ticked("consent").then_some(Consent { text_version, by_guardian: false }),
        checks,
        presented: Presented {
            document_verified: form.ticked("verified"),
            postage_told: form.ticked("postage_told"),
            ..Presented::default()
        },
    };
    let carry_out = CarryOut {
        replace,
        verified: form.ticked("verified"),
        shown: form.shown(),
        risks_acknowledged: form.ticked("risks_acknowledged"),
    };
    let command = HolderCommand::CarryOutBankChange(Box::new(carry_out));
    let done = "已受理变更服务银行，旧卡及其账户已锁定；领取新卡后请到原服务银行办理资金结转和旧卡注销";
    give(console, me, form, command, done.into()).await
}
