//! 加急制卡 (Article 11): for the elderly, the disabled and whoever needs the card at once.

use super::{Business, CounterPage, doors, give, stated};
use crate::Console;
use crate::menu::{Page, Screen};
use crate::session::SignedIn;
use crate::upload::Sent;
use axum::extract::State;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::ids::ApplicationId;
use kaguan_domain::permission::Verb;
use kaguan_domain::production::Expedite;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/expedite",
    screens: &[Screen {
        group: "社保卡申请", name: "加急制卡", article: "第十一条", verb: Verb::Expedite
    }],
    doors: |d| doors(d, &BUSINESS, "/expedite/{key}").form("/expedite/carry-out", expedite),
    samples: &["/expedite"],
};

/// The page.
pub static BUSINESS: Business = Business {
    path: "/expedite",
    title: "加急制卡",
    why: "办理加急制卡（脱敏显示）",
    told: &["进入制卡批次前可以加急；加急的申请单独筛选为加急批次，优先制卡。"],
    on_card: |_| false,
    on_person: |p| p.applications.iter().any(|a| a.expedite),
    next: &[],
    waits: None,
};

/// 加急 of one application.
pub async fn expedite(State(console): State<Console>, me: SignedIn, sent: Sent) -> CounterPage {
    let form = stated(&console, sent);
    let application = ApplicationId(form.id("application"));
    let command = HolderCommand::Expedite(Expedite { application });
    let done = "已加急；请在批次筛选中筛选加急批次";
    give(&BUSINESS, "expedite", console, me, form, command, done.into()).await
}
