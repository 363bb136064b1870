//! 社保应用密码修改 (Article 19): card and old PIN stand for the holder. They are typed at the machine's keypad; no PIN comes here.

use super::{AtKiosk, Question, SILENT, ServePage, ended};
use crate::Console;
use crate::agent::{Unheard, now_ms, perform};
use crate::premade::making::run::put_out;
use crate::upload::Sent;
use axum::extract::State;
use kaguan_api::desk::{Basic, Outcome, Work, pin_after};
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::pin::PinChange;
use kaguan_domain::pin::{ChangeAtTerminal, RecordPin};
use kaguan_service::{Command, Failure};

const TITLE: &str = "社保应用密码修改";

/// The page that asks for the card, and tells what is to be told.
fn asks(console: &Console, kiosk: &AtKiosk) -> ServePage {
    clause!(R18.1);
    let told = console.desks.new_pin_of(kiosk.desk.id).told();
    ServePage::asks(kiosk, TITLE, Question::Pin { told })
}

/// The card is asked for.
pub async fn page(State(console): State<Console>, kiosk: AtKiosk) -> ServePage {
    console.kiosks.comes(&kiosk.session, console.service.fresh(), None, now_ms(&console));
    asks(&console, &kiosk)
}

/// Why nothing was changed, and whether the page may be asked again.
enum Not {
    Again(String),
    Over(String),
}

impl From<Failure> for Not {
    fn from(why: Failure) -> Self {
        Self::Over(why.to_string())
    }
}

/// 修改密码: read, asked of the domain, done on the chip, recorded; then the card goes out, whatever came of it.
pub async fn change(State(console): State<Console>, kiosk: AtKiosk, sent: Sent) -> ServePage {
    clause!(R19.1);
    clause!(R18.1);
    if !sent.has("risks_told") {
        let why = "请先阅读用卡风险和密码保管要求，并勾选";
        return asks(&console, &kiosk).but(why);
    }
    let card = match read(&console, &kiosk).await {
        Ok(card) => card,
        Err(why) => return asks(&console, &kiosk).but(why),
    };
    let typed = console.desks.new_pin_of(kiosk.desk.id).afterwards();
    let came = changed(&console, &kiosk, &card).await;
    let out = put_out(&console, &kiosk.whose(), (&card.chip, true), "请取回您的社保卡。").await;
    console.kiosks.leaves(&kiosk.session);
    match came {
        Ok(entry) => ServePage::says(&kiosk, TITLE, format!("密码已修改{typed}。{out}"), Some(entry)),
        Err(Not::Again(why)) => asks(&console, &kiosk).but(ended(&why) + &out),
        Err(Not::Over(why)) => ServePage::sorry(&kiosk, TITLE, ended(&why) + &out),
    }
}

async fn read(console: &Console, kiosk: &AtKiosk) -> Result<Basic, String> {
    match perform(console, &kiosk.whose(), ("", ""), Work::Read).await {
        Ok(Outcome::Card(card)) => Ok(card),
        Ok(Outcome::Failed { code: -13 | -2, .. }) => Err("没有读到社保卡。请插入社保卡后再按一次".into()),
        Ok(Outcome::Failed { words, .. }) => Err(format!("没有读到社保卡：{words}")),
        Ok(Outcome::Refused { why }) | Err(Unheard::NotGiven(why)) => Err(why),
        Ok(Outcome::Done | Outcome::Identity(_) | Outcome::ChipKey(_) | Outcome::Paper { .. })
        | Err(Unheard::Lost) => Err(SILENT.into()),
    }
}

async fn changed(console: &Console, kiosk: &AtKiosk, read: &Basic) -> Result<i64, Not> {
    let visit = kiosk.visit(console).ok_or_else(|| Not::Over("等待时间过长，已回到首页".into()))?;
    let (who, card) = console.service.card_read(&read.card_no, &read.chip).await?;
    // What it would be refused for, once the chip has taken the old PIN, is said before the chip is asked.
    let change = ChangeAtTerminal { card, card_read: true, old_pin: true, risks_told: true };
    let change = HolderCommand::ChangePinAtTerminal(change);
    console.service.would_do(&kiosk.ctx(console), &who, &change).await?;
    let over = |why: &str| Err(Not::Over(why.to_owned()));
    match perform(console, &kiosk.whose(), (&read.chip, ""), Work::ChangePin).await {
        Ok(Outcome::Done) => {
            let ctx = kiosk.command(console, &visit, "pin");
            Ok(console.service.execute(ctx, Command::of(who.id(), change)).await?.entry)
        }
        Ok(Outcome::Failed { code: -52, .. }) => {
            clause!(R20.1);
            let locked = RecordPin {
                card,
                change: PinChange::Locked,
                verified: false,
                shown: None,
                guardian: None,
                risks_told: false,
            };
            let ctx = kiosk.command(console, &visit, "locked");
            console.service.execute(ctx, Command::of(who.id(), HolderCommand::RecordPin(locked))).await?;
            over("密码连续输错六次，已锁定。请持本人有效身份证件到柜台办理解锁或重置")
        }
        Ok(Outcome::Failed { code, words }) => Err(Not::Again(format!("{words}，{}", pin_after(code)))),
        Ok(Outcome::Refused { why }) | Err(Unheard::NotGiven(why)) => Err(Not::Over(why)),
        Ok(Outcome::Card(_) | Outcome::Identity(_) | Outcome::ChipKey(_) | Outcome::Paper { .. }) => {
            over(SILENT)
        }
        Err(Unheard::Lost) => over("本机没有应答，密码是否已变动不明，请到柜台读卡核实"),
    }
}
