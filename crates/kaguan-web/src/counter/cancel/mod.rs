//! 注销 and 银行账户销户 (Article 33).

use super::{Business, CounterPage, doors, give, stated, unchosen};
use crate::Console;
use crate::menu::{Page, Screen};
use crate::session::SignedIn;
use crate::upload::Sent;
use axum::extract::State;
use kaguan_domain::cancellation::{Cancel, RecordAccountClosed, comes_after};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::archive::MaterialKind;
use kaguan_domain::facts::cancellation::{CancelReason, ChipLock};
use kaguan_domain::permission::Verb;
use kaguan_service::Looked;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/cancel",
    screens: &[Screen {
        group: "社保卡维护",
        name: "挂失解挂注销-注销",
        article: "第三十三条",
        verb: Verb::Cancel,
    }],
    doors: |d| {
        doors(d, &BUSINESS, "/cancel/{key}")
            .form("/cancel/carry-out", cancel)
            .form("/cancel/account-closed", close)
    },
    samples: &["/cancel"],
};

/// The page.
pub static BUSINESS: Business = Business {
    path: "/cancel",
    title: "挂失解挂注销-注销",
    why: "办理注销、账户销户（脱敏显示）",
    told: &[
        "受理前须提醒持卡人（或代办人）终止卡片关联的所有人社部门业务并完成结算；因注销造成的社保待遇损失由持卡人承担。注销后不能恢复。",
        "收取《广东省社会保障卡个人业务申请表》和终止人力资源社会保障服务的相关证明；死亡、失踪的由监护人、直系亲属或其他合法代理人办理。",
        "骗领、伪造、变造的社保卡已收缴的，由保管该卡的网点以收缴为原因注销（市卡管机构保管的，由该市的卡经办网点注销），无需持卡人到场。",
        "经一人一卡清理的社保卡，账户结转后持卡人可申请注销，不论是否另有社保卡；已交回、账户已销户或没有余额的，由保管该卡的网点注销（市卡管机构保管的，由该市的卡经办网点注销），无需持卡人到场。",
        "先完成余额处理和账户结转，再由服务银行办理账户清算及注销并回收社保卡。",
    ],
    on_card: |c| !c.cancel.is_empty() || c.close,
    on_person: |_| false,
    next: &["/cancel", "/recall"],
    waits: None,
};

/// 注销.
pub async fn cancel(State(console): State<Console>, me: SignedIn, sent: Sent) -> CounterPage {
    let mut form = stated(&console, sent);
    let reason = CancelReason::ALL.into_iter().find(|r| r.code() == form.text("reason"));
    let chip = match form.text("chip") {
        "locked" => Some(ChipLock::Locked),
        "unreadable" => Some(ChipLock::Unreadable),
        _ => None,
    };
    // What is said of it is the same for every reason.
    let said = Cancel {
        agent: form.deputy().map(|d| *d),
        reminded: form.ticked("reminded"),
        given_back_at: form.ticked("given_back").then_some(me.org.id),
        verified: form.ticked("verified"),
        shown: form.shown(),
        proofs: form.copy("proof", MaterialKind::TerminationProof).into_iter().collect(),
        chip,
        ..Cancel::of(form.card(), reason.unwrap_or(CancelReason::MovedOut))
    };
    let Some(reason) = reason else {
        form.is_unchosen("没有选择注销原因");
        let could = |seen: &Looked| -> Vec<HolderCommand> {
            let reasons = Cancel::reasons(&seen.file, said.agent.is_some());
            let of = |reason| HolderCommand::Cancel(Cancel { reason, ..said.clone() });
            reasons.into_iter().map(of).collect()
        };
        let what = form.unchosen().unwrap_or_default();
        return unchosen(&BUSINESS, "cancel", &console, &me, &form, (what, &could)).await;
    };
    let command = HolderCommand::Cancel(said);
    let done = format!("社保卡已注销；{}", comes_after(reason));
    give(&BUSINESS, "cancel", console, me, form, command, done).await
}

/// 银行账户销户, by the card's bank once the money was moved; the old bank of a change takes the card back with it.
pub async fn close(State(console): State<Console>, me: SignedIn, sent: Sent) -> CounterPage {
    let form = stated(&console, sent);
    let card = form.card();
    let command = HolderCommand::RecordAccountClosed(RecordAccountClosed {
        card,
        settled: form.ticked("settled"),
        given_back_at: form.ticked("given_back").then_some(me.org.id),
    });
    let done = "账户资金已结转，账户已销户".into();
    let page = give(&BUSINESS, "close", console, me, form, command, done).await;
    // What is left to do with a cleaned card follows from who keeps it.
    page.says_of(card, |c| c.closed.clone())
}
