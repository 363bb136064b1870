//! 加急制卡 (Article 11): for the elderly, the disabled and whoever needs the card at once.

use super::{Business, CounterPage, doors, give, stated};
use crate::Console;
use crate::menu::{Page, Screen};
use crate::session::SignedIn;
use crate::upload::Sent;
use axum::extract::State;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::urgent::{UrgentGround, UrgentKind};
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
    told: &[
        "急需用卡，行动不便的老年人、残疾人等特殊人群零星制卡，可以加急，五个工作日内完成制卡；由受理网点或市卡管机构核实并登记事由。",
        "进入制卡批次前可以加急；市卡管机构在批次筛选中单独筛选加急批次。标注为即制卡的由网点即时制卡，不加急。",
    ],
    on_card: |_| false,
    on_person: |p| p.applications.iter().any(|a| a.expedite),
    next: &[],
    waits: None,
};

impl CounterPage {
    /// 加急事由: what is sent, what one sees, and whether the case is to be written out.
    pub(super) fn urgent_grounds(&self) -> [(&'static str, &'static str, bool); 4] {
        UrgentKind::ALL.map(|kind| (kind.code(), kind.name(), kind.needs_words()))
    }
}

/// 加急 of one application.
pub async fn expedite(State(console): State<Console>, me: SignedIn, sent: Sent) -> CounterPage {
    let form = stated(&console, sent);
    let application = ApplicationId(form.id("application"));
    let kind = UrgentKind::ALL.into_iter().find(|kind| kind.code() == form.text("ground"));
    let ground = kind.map(|kind| UrgentGround { kind, words: form.text("words").to_owned() });
    let said = ground.as_ref().map(UrgentGround::said).unwrap_or_default();
    let command = HolderCommand::Expedite(Expedite { application, ground });
    let done = format!("已加急（{said}）；市卡管机构在批次筛选中筛选加急批次，五个工作日内完成制卡");
    give(&BUSINESS, "expedite", console, me, form, command, done).await
}
