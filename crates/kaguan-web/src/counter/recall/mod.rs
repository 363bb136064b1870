//! 回收 (Article 32), 收缴 (Article 38), 销毁 and 二次发放 (Article 33).

use super::{Business, CounterPage, doors, give, stated, unchosen};
use crate::Console;
use crate::menu::{Page, Screen};
use crate::session::SignedIn;
use crate::upload::Sent;
use axum::extract::State;
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::custody::RecallReason;
use kaguan_domain::ids::CaseId;
use kaguan_domain::permission::Verb;
use kaguan_domain::recall::{Destroy, OfferAgain, TakeBack};
use kaguan_domain::restriction::Confiscate;
use kaguan_service::Looked;

/// 回收 in the table of pages.
pub const RECALL: Page = Page {
    path: "/recall",
    screens: &[Screen {
        group: "社保卡维护", name: "回收", article: "第三十二条", verb: Verb::TakeBack
    }],
    doors: |d| {
        doors(d, &BUSINESS, "/recall/{key}")
            .form("/recall/take-back", take_back)
            .form("/recall/confiscate", confiscate)
            .form("/recall/destroy", destroy)
    },
    samples: &["/recall"],
};

/// 二次发放 in the table of pages.
pub const OFFER_AGAIN: Page = Page {
    path: "/offer-again",
    screens: &[Screen {
        group: "社保卡领取",
        name: "二次发放",
        article: "第三十三条",
        verb: Verb::OfferAgain,
    }],
    doors: |d| doors(d, &AGAIN, "/offer-again/{key}").form("/offer-again/carry-out", offer_again),
    samples: &["/offer-again"],
};

/// 回收.
pub static BUSINESS: Business = Business {
    path: "/recall",
    title: "回收",
    why: "办理社保卡回收（脱敏显示）",
    told: &[
        "逾期未领的卡、换发的旧卡、注销的卡、死亡人员的卡须回收；回收时间、回收人、回收原因由系统记录。",
        "收到系统提醒后10个工作日内完成回收；逾期未领的卡回收后6个月内进行二次发放。",
        "逾期未领的卡，数据回退到市卡管机构，卡片由网点直接交回服务银行，由服务银行妥善保管。",
        "限制案件载明该卡是骗领、伪造或变造的，予以收缴：在持卡人手中的由受理机构收缴，尚未领取或已回收的由保管该卡的网点或市卡管机构收缴；其他的不予收缴。",
    ],
    on_card: |c| !c.take_back.is_empty() || c.destroy || c.cases.iter().any(|r| r.confiscate),
    on_person: |_| false,
    next: &["/recall", "/offer-again", "/cancel"],
    waits: None,
};

/// 二次发放.
pub static AGAIN: Business = Business {
    path: "/offer-again",
    title: "二次发放",
    why: "办理二次发放（脱敏显示）",
    told: &[
        "逾期未领回收的社保卡应在回收后6个月内进行二次发放；仍失败的，确认账户无余额后注销社保功能和银行账户。",
        "因死亡、限制等回收的，死亡登记或限制恢复后转本机构待领，由持卡人领取；市卡管机构保管的，由领卡网点单卡转接后发还。",
    ],
    on_card: |c| c.offer_again,
    on_person: |_| false,
    next: &["/collect"],
    waits: None,
};

/// 回收 into this outlet.
pub async fn take_back(State(console): State<Console>, me: SignedIn, sent: Sent) -> CounterPage {
    clause!(R32.2);
    let form = stated(&console, sent);
    let Some((_, _, reason)) = REASONS.into_iter().find(|(code, ..)| *code == form.text("reason")) else {
        let (card, at) = (form.card(), me.org.id);
        let of = |(_, _, reason)| HolderCommand::TakeBack(TakeBack { card, reason, at });
        let could = |_: &Looked| REASONS.into_iter().map(of).collect();
        let what = "没有选择回收原因".to_owned();
        return unchosen(&BUSINESS, "take_back", &console, &me, &form, (what, &could)).await;
    };
    let card = form.card();
    let command = HolderCommand::TakeBack(TakeBack { card, reason, at: me.org.id });
    let done = "社保卡已回收".into();
    let page = give(&BUSINESS, "take_back", console, me, form, command, done).await;
    // Where its data and its plastic go follows from what it was taken back for.
    page.says_of(card, |c| c.recalled.clone())
}

/// Why a card is taken back at a counter: code and name.
pub(crate) const REASONS: [(&str, &str, RecallReason); 4] = [
    ("uncollected", "逾期未领", RecallReason::Uncollected),
    ("exchanged", "换发的旧卡", RecallReason::Exchanged),
    ("cancelled", "注销的卡", RecallReason::Cancelled),
    ("holder_dead", "持卡人死亡", RecallReason::HolderDead),
];

/// 收缴 of a card that a case in force holds.
pub async fn confiscate(State(console): State<Console>, me: SignedIn, sent: Sent) -> CounterPage {
    let form = stated(&console, sent);
    let (card, case, at) = (form.card(), CaseId(form.id("case")), me.org.id);
    let command = HolderCommand::Confiscate(Confiscate { card, case, at });
    let page = give(&BUSINESS, "confiscate", console, me, form, command, "社保卡已收缴".into()).await;
    // Who cancels it follows from who keeps it.
    page.says_of(card, |c| c.confiscated.clone())
}

/// 销毁.
pub async fn destroy(State(console): State<Console>, me: SignedIn, sent: Sent) -> CounterPage {
    let mut form = stated(&console, sent);
    if !form.ticked("sure") {
        form.is_unchosen("须勾选已核对姓名和卡号并确定销毁，销毁后不能恢复");
    }
    let command = HolderCommand::Destroy(Destroy { card: form.card() });
    give(&BUSINESS, "destroy", console, me, form, command, "废卡已登记销毁".into()).await
}

/// 二次发放.
pub async fn offer_again(State(console): State<Console>, me: SignedIn, sent: Sent) -> CounterPage {
    let form = stated(&console, sent);
    let card = form.card();
    let command = HolderCommand::OfferAgain(OfferAgain { card });
    let page = give(&AGAIN, "offer_again", console, me, form, command, "已转二次发放".into()).await;
    // Until when it waits, and what its holder hears, follows from what it had been taken back for.
    page.says_of(card, |c| c.offered.clone())
}
