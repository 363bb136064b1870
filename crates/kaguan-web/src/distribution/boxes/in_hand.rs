//! 登记寻回 and 单卡转接 of one card that an office has in hand, by what is printed on it: at every level, without opening a file.

use super::{BoxesPage, TITLE, show};
use crate::Console;
use crate::frame::Said;
use crate::list::Asked;
use crate::may;
use crate::pages::Frame;
use crate::session::SignedIn;
use crate::upload::Sent;
use axum::extract::State;
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::distribution::{RecordFound, TakeOver};
use kaguan_domain::ids::{CardId, OrgId};
use kaguan_domain::permission::Verb;
use kaguan_service::{CardInHand, Command, Failure};

/// Does it with the card of a number, for whoever may at all; where its holder collects it.
async fn done(
    console: &Console,
    me: &SignedIn,
    verb: Verb,
    (field, typed): (&'static str, &str),
    command: impl FnOnce(CardId) -> HolderCommand,
) -> Result<Option<OrgId>, Said> {
    may::at_all(console, me, verb).map_err(Failure::from)?;
    let found = console.service.card_in_hand(&me.actor(), typed).await;
    let CardInHand { holder, card, collected_at } = found.map_err(|why| Said::from(why).about(field))?;
    console.service.execute(me.command(console), Command::of(holder, command(card))).await?;
    Ok(collected_at)
}

/// What is to be done with a card that is kept here now.
fn next(console: &Console, me: &SignedIn, collected_at: Option<OrgId>) -> String {
    match collected_at {
        None => "该卡已注销，留存本机构，不得发放；请交回服务银行，账户销户后登记销毁".into(),
        Some(outlet) if outlet == me.org.id => "该卡由本网点保管，可以发放".into(),
        Some(outlet) => {
            let name = console.service.institutions().org(outlet).map_or(String::new(), |o| o.name.clone());
            format!("该卡由本机构保管；请移交领卡网点（{name}），由其办理单卡转接后发放")
        }
    }
}

async fn told(console: &Console, me: &SignedIn, what: &str, said: Result<Option<OrgId>, Said>) -> BoxesPage {
    let frame = Frame::of(me, TITLE);
    let frame = match said {
        Ok(collected_at) => frame.done(format!("{what}：{}", next(console, me, collected_at))),
        Err(why) => frame.wrong(why),
    };
    show(console, me, frame, &Asked::default()).await
}

/// 登记寻回: a card that was missing is here.
pub async fn found(State(console): State<Console>, me: SignedIn, sent: Sent) -> BoxesPage {
    clause!(R12.1);
    let org = me.org.id;
    let which = ("found", sent.text("found"));
    let command = |card| HolderCommand::RecordFound(RecordFound { card, org });
    let said = done(&console, &me, Verb::RecordFound, which, command).await;
    told(&console, &me, "已登记寻回", said).await
}

/// 单卡转接: a card that another office keeps by the books is signed for here.
pub async fn take_over(State(console): State<Console>, me: SignedIn, sent: Sent) -> BoxesPage {
    clause!(R12.1);
    let text = |name: &str| sent.text(name).trim().to_owned();
    let (org, kept_at, signer) = (me.org.id, text("kept_at"), text("signer"));
    let which = ("taken", sent.text("taken"));
    let command = |card| HolderCommand::TakeOver(TakeOver { card, org, kept_at, signer });
    let said = done(&console, &me, Verb::TakeOver, which, command).await;
    told(&console, &me, "已办理单卡转接", said).await
}
