//! PIN维护: what was done at the terminal (Articles 18 to 21); no PIN comes here.

use super::{Business, CounterPage, Typed, doors, give, shown, stated, unchosen};
use crate::Console;
use crate::agent::{Unheard, perform};
use crate::holder::people::stated::Stated;
use crate::may::May;
use crate::menu::{Page, Screen};
use crate::premade::making::desk_of;
use crate::session::SignedIn;
use crate::upload::Sent;
use axum::extract::State;
use kaguan_api::desk::{NewPin, Outcome, PIN_CLEARED, Work, pin_after};
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::pin::PinChange;
use kaguan_domain::permission::Verb;
use kaguan_domain::pin::RecordPin;
use kaguan_service::Looked;

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

/// What becomes of a new PIN at the desk of this session, if it has one.
fn new_pin_at_desk(console: &Console, me: &SignedIn) -> Option<NewPin> {
    desk_of(console, me).map(|whose| console.desks.new_pin_of(whose.desk.id))
}

/// What the holder is told before typing there; empty where there is nothing to tell.
pub fn before_typing(console: &Console, me: &SignedIn) -> &'static str {
    clause!(R18.1);
    new_pin_at_desk(console, me).map_or("", NewPin::told)
}

/// 修改密码, 解锁密码, 重置密码, or that it was locked.
pub async fn carry_out(State(console): State<Console>, me: SignedIn, sent: Sent) -> CounterPage {
    let mut form = stated(&console, sent);
    let chosen = match form.text("change") {
        "changed" => Some((PinChange::Changed, "密码已修改")),
        "locked" => Some((PinChange::Locked, "已登记密码锁定；请接着办理解锁或重置")),
        "unlocked" => Some((PinChange::Unlocked, "密码已解锁")),
        "reset" => Some((PinChange::Reset, "密码已重置，请持卡人本人（由监护人办理的，请监护人）设置新密码")),
        _ => None,
    };
    let (card, verified, shown_document) = (form.card(), form.ticked("verified"), form.shown());
    let (guardian, risks_told) = (form.deputy(), form.ticked("risks_told"));
    let of = |change| {
        let (shown, guardian) = (shown_document.clone(), guardian.clone());
        HolderCommand::RecordPin(RecordPin { card, change, verified, shown, guardian, risks_told })
    };
    let Some((change, done)) = chosen else {
        form.is_unchosen("没有选择修改、解锁、重置密码还是登记密码锁定（登记锁定的，只需选择）");
        let services = [PinChange::Changed, PinChange::Unlocked, PinChange::Reset];
        let could = |_: &Looked| services.into_iter().map(of).collect();
        let what = form.unchosen().unwrap_or_default();
        return unchosen(&BUSINESS, "pin", &console, &me, &form, (what, &could)).await;
    };
    let command = of(change);
    // A form in which something is still to be chosen changes nothing on a chip.
    if form.text("terminal") != "desk" || form.unchosen().is_some() {
        return give(&BUSINESS, "pin", console, me, form, command, done.into()).await;
    }
    // As the page said it before the holder typed: a desk whose reader is another by then refuses the job.
    let typed = match change {
        PinChange::Changed | PinChange::Reset => {
            new_pin_at_desk(&console, &me).map_or("", NewPin::afterwards)
        }
        PinChange::Locked | PinChange::Unlocked => "",
    };
    match on_chip(&console, &me, &form, &command, change).await {
        Ok(()) => give(&BUSINESS, "pin", console, me, form, command, format!("{done}{typed}")).await,
        Err(OnChip::Locked) => {
            clause!(R20.1);
            let locked = of(PinChange::Locked);
            let done = "密码连续输错六次，芯片已锁定，已登记；请办理解锁或重置";
            give(&BUSINESS, "pin", console, me, form, locked, done.into()).await
        }
        Err(OnChip::Not(why)) => {
            let frame = BUSINESS.frame(&me).wrong(why);
            shown(&BUSINESS, &console, &me, frame, form.holder(), Typed::of("pin", &form)).await
        }
    }
}

/// Why nothing was changed on the chip.
enum OnChip {
    /// Six wrong PINs in a row.
    Locked,
    Not(String),
}

/// Why the number of a card goes to the machine on the desk.
const ON_CHIP: &str = "在制卡桌面机上办理社保应用密码业务（卡号、卡识别码发往桌面机）";

/// Has the desk of this session do it: the holder types at the reader, and no PIN comes here. What would be refused afterwards is refused
/// before the chip is asked, by the command itself.
async fn on_chip(
    console: &Console,
    me: &SignedIn,
    form: &Stated,
    command: &HolderCommand,
    change: PinChange,
) -> Result<(), OnChip> {
    clause!(R21.2);
    let not = |why: &str| OnChip::Not(why.to_owned());
    let whose = desk_of(console, me);
    let whose = whose.ok_or_else(|| not("本次登录还没有使用制卡桌面机。请先在“新即时制卡”中录入桌面号"))?;
    let seen = console.service.look_in_clear(me.ctx(console), form.holder(), ON_CHIP).await;
    let seen = seen.map_err(|e| OnChip::Not(e.to_string()))?;
    if May::of(console, me).refusal(&seen, command).is_some() {
        return Ok(());
    }
    let card = seen.whole().card(form.card()).ok_or_else(|| not("没有该卡"))?;
    let card_no = card.card_no.as_str().to_owned();
    let work = match change {
        PinChange::Changed => Work::ChangePin,
        PinChange::Unlocked => Work::UnlockPin { card_no },
        PinChange::Reset => Work::ResetPin { card_no },
        PinChange::Locked => {
            return Err(not("密码锁定由芯片给出，无须在桌面机上办理；请选择登记独立终端的结果"));
        }
    };
    match perform(console, &whose, (card.chip.as_str(), ""), work).await {
        Ok(
            Outcome::Done
            | Outcome::Card(_)
            | Outcome::Identity(_)
            | Outcome::ChipKey(_)
            | Outcome::Paper { .. },
        ) => Ok(()),
        Ok(Outcome::Failed { code: -52, .. }) => Err(OnChip::Locked),
        Ok(Outcome::Failed { code: PIN_CLEARED, words }) => Err(OnChip::Not(words)),
        Ok(Outcome::Failed { code, words }) => Err(OnChip::Not(format!("{words}，{}", pin_after(code)))),
        Ok(Outcome::Refused { why }) | Err(Unheard::NotGiven(why)) => Err(OnChip::Not(why)),
        Err(Unheard::Lost) => Err(not("桌面机没有应答，密码是否已变动不明。请读卡验证后再登记")),
    }
}
