//! 挂失解挂注销: 临时挂失, 正式挂失, 解除挂失 (Articles 24 to 26).

use super::{Business, CounterPage, doors, give, stated, unchosen};
use crate::Console;
use crate::menu::{Page, Screen};
use crate::session::SignedIn;
use crate::upload::Sent;
use axum::extract::State;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::loss::{Release, ReportFormal, ReportTemporary};
use kaguan_domain::permission::Verb;
use kaguan_service::Looked;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/loss",
    screens: &[
        Screen {
            group: "社保卡维护",
            name: "挂失解挂注销-临时挂失",
            article: "第二十四条",
            verb: Verb::ReportTemporaryLoss,
        },
        Screen {
            group: "社保卡维护",
            name: "挂失解挂注销-正式挂失",
            article: "第二十五条",
            verb: Verb::ReportFormalLoss,
        },
        Screen {
            group: "社保卡维护",
            name: "挂失解挂注销-解除挂失",
            article: "第二十六条",
            verb: Verb::ReleaseLoss,
        },
    ],
    doors: |d| doors(d, &BUSINESS, "/loss/{key}").form("/loss/report", report),
    samples: &["/loss"],
};

/// The page.
pub static BUSINESS: Business = Business {
    path: "/loss",
    title: "挂失与解挂",
    why: "办理挂失、解挂（脱敏显示）",
    told: &[
        "挂失即时生效：实体卡停止使用，社保功能和银行账户同步挂失；电子社保卡经持卡人授权后身份凭证功能可以继续使用。",
        "找回本人社保卡的，可以解除挂失；补换卡期间不能解挂原卡。",
        "由他人代办的，核实代办人的有效身份证件原件并登记代办人；未满十六周岁的，解除挂失须由监护人办理。",
    ],
    on_card: |c| c.lose_temporarily || c.lose_formally || c.release,
    on_person: |_| false,
    next: &["/loss", "/replace"],
    waits: None,
};

/// 临时挂失, 正式挂失 or 解除挂失 of the card that the page names.
pub async fn report(State(console): State<Console>, me: SignedIn, sent: Sent) -> CounterPage {
    let mut form = stated(&console, sent);
    let (card, verified, deputy) = (form.card(), form.ticked("verified"), form.deputy());
    let by = || deputy.clone();
    let temporary = ReportTemporary { card, identity: None, verified, deputy: by() };
    let temporary = HolderCommand::ReportTemporaryLoss(temporary);
    let formal = HolderCommand::ReportFormalLoss(ReportFormal { card, verified, deputy: by() });
    let release = HolderCommand::ReleaseLoss(Release { card, verified, deputy: by() });
    let (act, command, done) = match form.text("kind") {
        "formal" => ("formal", formal, "已正式挂失"),
        "release" => ("release", release, "已解除挂失"),
        "temporary" => ("temporary", temporary, "已临时挂失"),
        _ => {
            form.is_unchosen("没有选择办理临时挂失、正式挂失还是解除挂失");
            let what = form.unchosen().unwrap_or_default();
            let could = |_: &Looked| vec![temporary.clone(), formal.clone(), release.clone()];
            return unchosen(&BUSINESS, "", &console, &me, &form, (what, &could)).await;
        }
    };
    let page = give(&BUSINESS, act, console, me, form, command, done.into()).await;
    // What can be done next, and whether it works again, follows from what else there is of the card.
    page.says_of(card, |c| c.loss_said.clone())
}
