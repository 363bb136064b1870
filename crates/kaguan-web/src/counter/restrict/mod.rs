//! 限制与恢复 (Articles 37 and 38): one proposes, another decides, and it is lifted from every card of the person.

use super::{Business, CounterPage, doors, give, stated, unchosen};
use crate::Console;
use crate::menu::{Page, Screen};
use crate::session::SignedIn;
use crate::upload::Sent;
use axum::extract::State;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::restriction::{CardIs, Conduct};
use kaguan_domain::ids::CaseId;
use kaguan_domain::permission::Verb;
use kaguan_domain::restriction::{Decide, Lift, Propose};
use kaguan_service::Looked;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/restrict",
    screens: &[Screen {
        group: "社保卡维护",
        name: "限制与恢复",
        article: "第三十七条、第三十八条",
        verb: Verb::ProposeRestriction,
    }],
    doors: |d| {
        doors(d, &BUSINESS, "/restrict/{key}")
            .form("/restrict/propose", propose)
            .form("/restrict/decide", examine)
            .form("/restrict/lift", lift)
    },
    samples: &["/restrict"],
};

/// The page.
pub static BUSINESS: Business = Business {
    path: "/restrict",
    title: "限制与恢复",
    why: "办理限制与恢复（脱敏显示）",
    told: &[
        "有出租、出借、出售、购买社保卡，骗领、冒用、盗用等行为的，限制社保功能和银行账户使用；由另一名经办人审核后生效，对该人全部社保卡有效。",
        "提出时选择情形，并写明该卡是否骗领、伪造、变造；审核同意即同意所载明的全部内容。",
        "行为更正后恢复功能，依其他法律法规或司法文书限制的在限制依法解除后恢复；案件载明该卡是骗领、伪造或变造的，由受理机构或保管该卡的机构收缴（见“回收”）。",
    ],
    on_card: |c| c.propose || c.cases.iter().any(|r| r.decide || r.lift),
    on_person: |_| false,
    next: &["/restrict", "/recall", "/offer-again"],
    waits: Some(kaguan_service::Examination::Restriction),
};

/// 情形 that can be chosen: code and name.
pub(crate) fn conducts() -> [(&'static str, &'static str); 6] {
    Conduct::ALL.map(|c| (c.code(), c.name()))
}

/// What the card can be said to be: code and name.
pub(crate) fn kinds_of_card() -> [(&'static str, &'static str); 4] {
    CardIs::ALL.map(|c| (c.code(), c.name()))
}

impl CounterPage {
    pub(super) fn conducts(&self) -> [(&'static str, &'static str); 6] {
        conducts()
    }

    pub(super) fn kinds_of_card(&self) -> [(&'static str, &'static str); 4] {
        kinds_of_card()
    }
}

/// 提出限制.
pub async fn propose(State(console): State<Console>, me: SignedIn, sent: Sent) -> CounterPage {
    let form = stated(&console, sent);
    let (card, case, ground) = (form.card(), CaseId(console.service.fresh()), form.text("ground").to_owned());
    let conduct = Conduct::ALL.into_iter().find(|c| c.code() == form.text("conduct"));
    let card_is = CardIs::ALL.into_iter().find(|c| c.code() == form.text("false_card"));
    let command = HolderCommand::ProposeRestriction(Propose { card, case, ground, conduct, card_is });
    let done = "限制已提出，请另一名有权经办人审核";
    give(&BUSINESS, "propose", console, me, form, command, done.into()).await
}

/// 审核限制.
pub async fn examine(State(console): State<Console>, me: SignedIn, sent: Sent) -> CounterPage {
    let form = stated(&console, sent);
    let (card, case) = (form.card(), CaseId(form.id("case")));
    let (approved, done) = match form.text("approved") {
        "yes" => (true, "限制已生效，对该人全部社保卡有效"),
        "no" => (false, "限制未获同意"),
        _ => {
            let why = form.text("reason").to_owned();
            let of = |approved| {
                let why = if approved { String::new() } else { why.clone() };
                HolderCommand::DecideRestriction(Decide { card, case, approved, why })
            };
            let could = |_: &Looked| vec![of(true), of(false)];
            let what = "没有选择同意还是不同意".to_owned();
            return unchosen(&BUSINESS, "decide", &console, &me, &form, (what, &could)).await;
        }
    };
    let why = if approved { String::new() } else { form.text("reason").to_owned() };
    let command = HolderCommand::DecideRestriction(Decide { card, case, approved, why });
    give(&BUSINESS, "decide", console, me, form, command, done.into()).await
}

/// 恢复.
pub async fn lift(State(console): State<Console>, me: SignedIn, sent: Sent) -> CounterPage {
    let form = stated(&console, sent);
    let (card, case, reason) = (form.card(), CaseId(form.id("case")), form.text("reason").to_owned());
    let command = HolderCommand::LiftRestriction(Lift { card, case, reason });
    let done = "该案限制已从全部社保卡恢复";
    give(&BUSINESS, "lift", console, me, form, command, done.into()).await
}
