//! PIN维护: what was done at the terminal (Articles 18 to 21); no PIN comes here.

use super::{Business, CounterPage, doors, give, stated, unsaid};
use crate::Console;
use crate::menu::{Page, Screen};
use crate::session::SignedIn;
use crate::upload::Sent;
use axum::extract::State;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::pin::PinChange;
use kaguan_domain::permission::Verb;
use kaguan_domain::pin::RecordPin;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/pin",
    screens: &[
        Screen {
            group: "社保卡维护", name: "PIN维护-修改密码", article: "第十九条", verb: Verb::ChangePin
        },
        Screen {
            group: "社保卡维护", name: "PIN维护-解锁密码", article: "第二十条", verb: Verb::UnlockPin
        },
        Screen {
            group: "社保卡维护", name: "PIN维护-重置密码", article: "第二十一条", verb: Verb::ResetPin
        },
    ],
    doors: |d| doors(d, &BUSINESS, "/pin/{key}").form("/pin/carry-out", carry_out),
    samples: &["/pin"],
};

/// The page.
pub static BUSINESS: Business = Business {
    path: "/pin",
    title: "PIN维护",
    why: "办理社保应用密码业务（脱敏显示）",
    told: &[
        "收取《广东省社会保障卡个人业务申请表》，在终端刷卡读取卡内信息、验证卡的有效性；密码由持卡人本人在密码键盘上输入，不得告知经办人员，也不在本系统填写。",
        "须告知：密码仅限本人使用，不使用过于简单的密码，不透露给他人；凭密码办理的业务视同本人或本人授权办理，因保管或使用不当造成的损失由持卡人承担。",
    ],
    on_card: |c| !c.pins.is_empty(),
    on_person: |_| false,
    next: &["/activate", "/enable"],
    waits: None,
};

/// 修改密码, 解锁密码, 重置密码, or that it was locked.
pub async fn carry_out(State(console): State<Console>, me: SignedIn, sent: Sent) -> CounterPage {
    let mut form = stated(&console, sent);
    let (change, done) = match form.text("change") {
        "changed" => (PinChange::Changed, "密码已修改"),
        "locked" => (PinChange::Locked, "已登记密码锁定"),
        "unlocked" => (PinChange::Unlocked, "密码已解锁"),
        "reset" => (PinChange::Reset, "密码已重置，请持卡人本人设置新密码"),
        _ => {
            let why = "没有选择修改、解锁还是重置密码，业务没有办理。请选择后提交";
            return unsaid(&BUSINESS, "pin", &console, &me, &form, ("change", why)).await;
        }
    };
    let command = HolderCommand::RecordPin(RecordPin {
        card: form.card(),
        change,
        verified: form.ticked("verified"),
        shown: form.shown(),
        guardian: form.deputy(),
        risks_told: form.ticked("risks_told"),
    });
    give(&BUSINESS, "pin", console, me, form, command, done.into()).await
}
