//! 个人领卡启用 (Article 14), 社保功能启用 and 银行账户激活 (Article 16): face to face, by proxy, at home.

use super::{Business, CounterPage, doors, give, stated};
use crate::Console;
use crate::holder::people::stated::ground;
use crate::holder::people::{bare_enable, bare_hand_over};
use crate::menu::{Page, Screen};
use crate::session::SignedIn;
use crate::upload::Sent;
use axum::extract::State;
use kaguan_domain::activation::{Activate, ConfirmVisit, Enable, RecordVisit};
use kaguan_domain::clause;
use kaguan_domain::collection::HandOver;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::activation::ActivationManner;
use kaguan_domain::facts::counter::Collector;
use kaguan_domain::permission::Verb;

/// 个人领卡启用 in the table of pages.
pub const COLLECT: Page = Page {
    path: "/collect",
    screens: &[Screen {
        group: "社保卡领取",
        name: "个人领卡启用",
        article: "第十四条",
        verb: Verb::HandOver,
    }],
    doors: |d| doors(d, &BUSINESS, "/collect/{key}").form("/collect/carry-out", hand_over),
    samples: &["/collect"],
};

/// 社保功能启用 in the table of pages.
pub const ENABLE: Page = Page {
    path: "/enable",
    screens: &[Screen {
        group: "社保卡领取", name: "社保功能启用", article: "第十六条", verb: Verb::Enable
    }],
    doors: |d| doors(d, &ENABLING, "/enable/{key}").form("/enable/carry-out", enable),
    samples: &["/enable"],
};

/// 银行账户激活 in the table of pages.
pub const ACTIVATE: Page = Page {
    path: "/activate",
    screens: &[Screen {
        group: "社保卡领取",
        name: "银行账户激活",
        article: "第十六条",
        verb: Verb::Activate,
    }],
    doors: |d| {
        doors(d, &ACTIVATING, "/activate/{key}")
            .form("/activate/carry-out", activate)
            .form("/activate/visit", record_visit)
            .form("/activate/visit-confirm", confirm_visit)
    },
    samples: &["/activate"],
};

/// 个人领卡启用.
pub static BUSINESS: Business = Business {
    path: "/collect",
    title: "个人领卡启用",
    why: "办理个人领卡启用（脱敏显示）",
    told: &[
        "核实领取人有效身份证件原件（含电子证照）；他人代领的，核实申请人和领取人的证件原件，留存领取人证件的复印件或影像；领取即启用社保功能，还须留存居民户口簿或监护、代理关系证明的复印件或影像。",
        "办理成功后社保功能即时启用；做好交接记录和持卡人签收记录。在人社部门网点领取的，须提醒持卡人本人（未满十六周岁的，提醒监护人）携有效身份证件到服务银行柜台激活银行账户。",
        "变更服务银行的新卡，核实身份信息和业务受理回执后连同回执一并交还持卡人。",
    ],
    on_card: |c| c.hand_over,
    on_person: |_| false,
    next: &["/activate", "/pin"],
    waits: None,
};

/// 社保功能启用.
pub static ENABLING: Business = Business {
    path: "/enable",
    title: "社保功能启用",
    why: "办理社保功能启用（脱敏显示）",
    told: &[
        "核实持卡人的社保卡和有效身份证件（含电子证照）；代办的，还须核实代办人证件原件，留存居民户口簿或监护人证明文件的复印件或影像。",
        "社保功能启用即时生效；启用后引导持卡人到服务银行激活银行账户。",
    ],
    on_card: |c| c.enable,
    on_person: |_| false,
    next: &["/activate", "/pin"],
    waits: None,
};

/// 银行账户激活.
pub static ACTIVATING: Business = Business {
    path: "/activate",
    title: "银行账户激活",
    why: "办理银行账户激活（脱敏显示）",
    told: &[
        "核实持卡人的社保卡和有效身份证件（含电子证照）；除符合规定的特殊情况外，不得以非面签方式激活。",
        "年龄偏大、残疾、病患等特殊人群，可由监护人、直系亲属或其他合法代理人代办，或由两名以上经办人上门交叉核验；上门的，写明上门事由，现场核实生存状态、个人身份信息及业务办理意愿，未满十六周岁的须监护人在场。",
    ],
    on_card: |c| c.activate || c.record_visit || c.confirm_visit,
    on_person: |_| false,
    next: &["/pin"],
    waits: None,
};

/// 个人领卡启用-领取.
pub async fn hand_over(State(console): State<Console>, me: SignedIn, sent: Sent) -> CounterPage {
    let mut form = stated(&console, sent);
    let card = form.card();
    let command = HolderCommand::HandOver(HandOver {
        collector: form.deputy().map_or(Collector::Holder, Collector::Deputy),
        verified: form.ticked("verified"),
        signed: form.ticked("signed"),
        shown: form.shown(),
        old_card_back: form.ticked("old_card_back"),
        receipt_seen: form.ticked("receipt_seen"),
        ..bare_hand_over(&me, card)
    });
    let done = "社保功能已启用。";
    let page = give(&BUSINESS, "collect", console, me, form, command, done.into()).await;
    // Where its account is activated follows from the card's bank.
    page.says_of(card, |c| c.reminder.clone())
}

/// 社保功能启用.
pub async fn enable(State(console): State<Console>, me: SignedIn, sent: Sent) -> CounterPage {
    let mut form = stated(&console, sent);
    let card = form.card();
    let (verified, shown, deputy) = (form.ticked("verified"), form.shown(), form.deputy());
    let command = HolderCommand::Enable(Enable { verified, shown, deputy, ..bare_enable(card) });
    let done = "社保功能已启用；请引导持卡人到服务银行激活银行账户";
    let page = give(&ENABLING, "enable", console, me, form, command, done.into()).await;
    page.says_of(card, |c| and_left(done, &c.left))
}

/// What was done, and what is left to do at the old bank after a change (Article 31).
fn and_left(done: &str, left: &str) -> String {
    clause!(R31.1);
    match left {
        "" => done.to_owned(),
        left => format!("{done}。{left}"),
    }
}

/// 银行账户激活: 面签, or 代办 when somebody acts.
pub async fn activate(State(console): State<Console>, me: SignedIn, sent: Sent) -> CounterPage {
    let mut form = stated(&console, sent);
    let (verified, shown, deputy) = (form.ticked("verified"), form.shown(), form.deputy());
    let manner = match deputy {
        Some(_) => ActivationManner::Proxy { copy: String::new() },
        None => ActivationManner::FaceToFace,
    };
    let card = form.card();
    let stated = Activate { verified, shown, deputy, ..Activate::in_manner(card, manner) };
    let (command, done) = (HolderCommand::Activate(stated), "银行账户已激活");
    let page = give(&ACTIVATING, "activate", console, me, form, command, done.into()).await;
    page.says_of(card, |c| and_left(done, &c.left))
}

/// 上门激活, the first clerk's part.
pub async fn record_visit(State(console): State<Console>, me: SignedIn, sent: Sent) -> CounterPage {
    let mut form = stated(&console, sent);
    let (card, found, verified, shown) = (form.card(), form.found(), form.ticked("verified"), form.shown());
    let (deputy, ground) = (form.deputy(), ground(form.text("visit_ground")));
    let command = HolderCommand::RecordVisit(RecordVisit { card, found, verified, shown, deputy, ground });
    let done = "上门核验已登记；请另一名经办人当日本人登录确认，确认后账户激活";
    give(&ACTIVATING, "visit", console, me, form, command, done.into()).await
}

/// 上门激活, the second clerk's part.
pub async fn confirm_visit(State(console): State<Console>, me: SignedIn, sent: Sent) -> CounterPage {
    let mut form = stated(&console, sent);
    let (card, found, verified, shown) = (form.card(), form.found(), form.ticked("verified"), form.shown());
    let deputy = form.deputy();
    let command = HolderCommand::ConfirmVisit(ConfirmVisit { card, found, verified, shown, deputy });
    let done = "银行账户已激活（上门，双人核验）";
    let page = give(&ACTIVATING, "visit-confirm", console, me, form, command, done.into()).await;
    page.says_of(card, |c| and_left(done, &c.left))
}
