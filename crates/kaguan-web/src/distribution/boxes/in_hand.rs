//! 登记寻回 and 单卡转接 of one card that an office has in hand, by what is printed on it: at every level, without opening a file.

use super::{BoxesPage, TITLE, show};
use crate::Console;
use crate::frame::Said;
use crate::list::{Kind, List, Row, column};
use crate::may::{self, May};
use crate::pages::Frame;
use crate::session::SignedIn;
use crate::upload::Sent;
use axum::extract::State;
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::distribution::{RecordFound, TakeOver};
use kaguan_domain::ids::{CardId, OrgId};
use kaguan_domain::permission::Verb;
use kaguan_domain::refusal::Reason;
use kaguan_service::{CardInHand, Command, Failure, SingleCard};

/// Does it with the card of a number, for whoever may at all; where its holder collects it.
async fn done(
    console: &Console,
    me: &SignedIn,
    verb: Verb,
    (field, typed): (&'static str, &str),
    command: impl FnOnce(CardId) -> HolderCommand,
) -> Result<CardInHand, Said> {
    may::at_all(console, me, verb).map_err(Failure::from)?;
    let found = console.service.card_in_hand(&me.actor(), typed).await;
    let found = found.map_err(|why| Said::from(why).about(field))?;
    let command = Command::of(found.holder, command(found.card));
    match console.service.execute(me.command(console), command).await {
        Ok(_) => Ok(found),
        // What is not filled in is told beside its own field; everything else is about the card.
        Err(why) if why.refusal().is_some_and(|r| r.reason == Reason::MaterialDefective) => Err(why.into()),
        Err(why) => Err(Said::from(why).about(field)),
    }
}

/// What is to be done with a card that is kept here now, found (登记寻回) or taken over. One that is held back is handed out nowhere: of the dead
/// it is taken back by whoever may. One that is cancelled was taken back as it was found, but for the province's, which its city takes over.
fn next(console: &Console, me: &SignedIn, what: Verb, found: &CardInHand) -> String {
    let Some(outlet) = found.collected_at else {
        clause!(R32.1);
        let centre =
            found.centre.and_then(|id| console.service.institutions().org(id).map(|o| o.name.clone()));
        return match (what == Verb::TakeOver, centre) {
            (true, _) => "该卡已注销，不得发放；请办理回收，账户销户后登记销毁".into(),
            (false, Some(centre)) => {
                format!("该卡已注销，不得发放；请移交{centre}，由其办理单卡转接后回收")
            }
            (false, None) => "该卡已注销，留存本机构，不得发放；请交回服务银行，账户销户后登记销毁".into(),
        };
    };
    let name = console.service.institutions().org(outlet).map_or(String::new(), |o| o.name.clone());
    let Some(held) = &found.held else {
        // Whichever outlet keeps it hands it out, but for one that does not give out such a card; that one, and a centre, passes it on.
        return match (outlet == me.org.id, me.org.kind.is_outlet()) {
            (true, _) => "该卡由本网点保管，可以发放".into(),
            (false, true) if found.goes_on => {
                format!("该卡由本网点保管，不在本网点发放；请移交领卡网点（{name}），由其办理单卡转接后发放")
            }
            (false, true) => {
                format!("该卡由本网点保管，可以发放；申请所选领卡网点为{name}，请通知持卡人到本网点领取")
            }
            (false, false) => {
                format!("该卡由本机构保管；请移交领卡网点（{name}），由其办理单卡转接后发放")
            }
        };
    };
    clause!(R33.1);
    let why = held.about.as_deref().unwrap_or_else(|| held.reason.says());
    let takes_back = found.of_the_dead && May::of(console, me).may(Verb::TakeBack);
    let now = match (takes_back, me.org.kind.is_outlet()) {
        (true, _) => "请办理回收".to_owned(),
        (false, true) => "请先留存本网点".to_owned(),
        (false, false) => format!("请移交领卡网点（{name}），由其办理单卡转接"),
    };
    let way = held.way.as_ref().map(|way| format!("。{way}")).unwrap_or_default();
    format!("该卡由本机构保管，现在不得发放（{why}）；{now}{way}")
}

/// 待转接的单张卡.
pub(super) const SINGLE: List = List {
    id: "single",
    path: "/boxes",
    title: "待转接的单张卡",
    none: "没有待转接的单张成品卡。不在箱内、由省中心、市中心或县级机构保管的卡会列在这里。",
    columns: &[
        column("card", "社保卡卡号", Kind::Code),
        column("bank", "服务银行", Kind::Text),
        column("keeper", "现由", Kind::Text),
        column("outlet", "由谁接收", Kind::Text),
        column("next", "下一步", Kind::Text),
    ],
};

/// A single card with what is to be done about it here.
pub(super) fn row_of(may: &May, me: &SignedIn, c: &SingleCard) -> Row {
    clause!(R12.1);
    let name = |id: OrgId| may.institutions().org(id).map_or(String::new(), |o| o.name.clone());
    let kept = c.keeper == me.org.id;
    let goes_to = name(c.goes_to);
    clause!(R32.2);
    let takes_back = may.may(Verb::TakeBack);
    let next = match (c.held.is_empty(), kept) {
        (_, true) if c.cancelled => format!("已注销：移交{goes_to}，由其办理单卡转接后回收"),
        (_, false) if c.cancelled => "已注销：收到卡后，在下方办理单卡转接，再办理回收".to_owned(),
        (true, true) if c.overdue && takes_back => "逾期未领：由本机构办理回收".to_owned(),
        (true, true) if c.overdue => "逾期未领：移交领卡网点，由其办理单卡转接后回收".to_owned(),
        (true, false) if c.overdue => "逾期未领：收到卡后，在下方办理单卡转接，再办理回收".to_owned(),
        (true, true) => "移交领卡网点，由其办理单卡转接".to_owned(),
        (true, false) => "收到卡后，在下方办理单卡转接".to_owned(),
        (false, true) if c.of_the_dead && takes_back => {
            format!("{}，不得发放：由本机构办理回收", c.held)
        }
        (false, true) if c.of_the_dead => {
            format!("{}，不得发放：移交领卡网点，由其办理单卡转接后回收", c.held)
        }
        (false, true) => format!("{}，不得发放：移交领卡网点，由其办理单卡转接", c.held),
        (false, false) if c.of_the_dead => {
            format!("{}，不得发放：收到卡后，在下方办理单卡转接，再办理回收", c.held)
        }
        (false, false) => format!("{}，单卡转接后不得发放", c.held),
    };
    Row {
        key: format!("{}.{}", c.holder, c.card),
        cells: vec![
            c.card_no.as_str().into(),
            c.bank.name().into(),
            name(c.keeper).into(),
            goes_to.into(),
            next.into(),
        ],
        acts: Vec::new(),
    }
}

async fn told(console: &Console, me: &SignedIn, what: Verb, said: Result<CardInHand, Said>) -> BoxesPage {
    let frame = Frame::of(me, TITLE);
    let frame = match said {
        Ok(found) => {
            let heard = found.told.map(|told| format!("；{told}")).unwrap_or_default();
            let done = if what == Verb::RecordFound { "已登记寻回" } else { "已办理单卡转接" };
            frame.done(format!("{done}：{}{heard}", next(console, me, what, &found)))
        }
        Err(why) => frame.wrong(why),
    };
    show(console, me, frame, &me.asked).await
}

/// 登记寻回: a card that was missing is here.
pub async fn found(State(console): State<Console>, me: SignedIn, sent: Sent) -> BoxesPage {
    clause!(R12.1);
    let org = me.org.id;
    let which = ("found", sent.text("found"));
    let command = |card| HolderCommand::RecordFound(RecordFound { card, org });
    let said = done(&console, &me, Verb::RecordFound, which, command).await;
    told(&console, &me, Verb::RecordFound, said).await
}

/// 单卡转接: a card that another office keeps by the books is signed for here.
pub async fn take_over(State(console): State<Console>, me: SignedIn, sent: Sent) -> BoxesPage {
    clause!(R12.1);
    let text = |name: &str| sent.text(name).trim().to_owned();
    let (org, kept_at, signer) = (me.org.id, text("kept_at"), text("signer"));
    let which = ("taken", sent.text("taken"));
    let command = |card| HolderCommand::TakeOver(TakeOver { card, org, kept_at, signer });
    let said = done(&console, &me, Verb::TakeOver, which, command).await;
    told(&console, &me, Verb::TakeOver, said).await
}
