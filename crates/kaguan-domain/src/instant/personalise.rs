//! 新即时制卡 (R36.2, R36.3): a pre-made card becomes somebody's. It is tied to the application before anything is printed,
//! so that a printed card is never nobody's: then it is written back and is the card, or it has failed and is spoiled.

use crate::clause;
use crate::ctx::Ctx;
use crate::facts::application::{Application, Stage};
use crate::facts::blank::{BlankEvent, MadeBlank};
use crate::facts::card::{Card, NewCard, PreMade};
use crate::facts::custody::Custody;
use crate::facts::failure::RowFailure;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::intent::IntentKind;
use crate::ids::{ApplicationId, BlankId, CardId, ChipIdentifier, OrgId};
use crate::instant::blank::in_stock_at;
use crate::link::intend;
use crate::refusal::{Reason, Refusal};
use crate::rule::Around;
use serde::{Deserialize, Serialize};

/// 新即时制卡: a pre-made card is taken for an application, before it is printed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Begin {
    /// Which application.
    pub application: ApplicationId,
    /// Which pre-made card.
    pub blank: BlankId,
    /// Where.
    pub outlet: OrgId,
}

/// The card is printed and written; later than it should, as 制卡补登, when writing back failed at first.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct WriteBack {
    /// Which application.
    pub application: ApplicationId,
    /// The card that was taken for it.
    pub blank: BlankId,
    /// Fresh identity of the card.
    pub card: CardId,
    /// 卡识别码, as the reader read it from the card.
    pub chip: ChipIdentifier,
}

/// 制卡失败: the card could not be printed or written, and is spoiled.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Fail {
    /// Which application.
    pub application: ApplicationId,
    /// The card that was taken for it.
    pub blank: BlankId,
    /// Why, in Chinese.
    pub reason: String,
}

/// Decides the beginning: a paid application of the same city and bank, and a card in stock at this outlet.
pub fn begin(
    file: &HolderFile,
    command: &Begin,
    _ctx: &Ctx,
    around: Around<'_>,
) -> Result<Vec<HolderEvent>, Refusal> {
    clause!(R36.2);
    let application = file.application(command.application).ok_or(Reason::NotFound)?;
    if !matches!(application.stage, Stage::Accepted { .. }) {
        return Err(Reason::WrongStage.into());
    }
    if !application.fee.is_settled() {
        return Err(Reason::FeeUnpaid.into());
    }
    let about = || Refusal::about(Reason::NotFound, "预制卡");
    let blank = around.stock.blanks.get(&command.blank).ok_or_else(about)?;
    let order =
        around.stock.orders.get(&command.blank.order).and_then(|o| o.order.as_ref()).ok_or_else(about)?;
    let made = in_stock_at(blank, order, command.outlet)?;
    if order.city != application.city || order.bank != application.bank {
        return Err(Reason::WrongBlank.into());
    }
    let card_no = order.card_no(command.blank.n).ok_or_else(about)?;
    Ok(vec![HolderEvent::InstantBegun {
        application: application.id,
        blank: command.blank,
        outlet: command.outlet,
        card_no,
        made: Box::new(made.clone()),
    }])
}

/// The application that a pre-made card was taken for.
fn under_way(
    file: &HolderFile,
    application: ApplicationId,
    blank: BlankId,
) -> Result<(&Application, OrgId, &crate::ids::CardNumber, &MadeBlank), Refusal> {
    let application = file.application(application).ok_or(Reason::NotFound)?;
    match &application.stage {
        Stage::Personalising { blank: taken, outlet, card_no, made, .. } if *taken == blank => {
            Ok((application, *outlet, card_no, made))
        }
        Stage::Personalising { .. } => Err(Reason::WrongBlank.into()),
        _ => Err(Reason::WrongStage.into()),
    }
}

/// Decides the end: the chip that was read must be the card's, or somebody would get another person's card. The bank is told
/// whose the account is now (预制卡开户).
pub fn write_back(
    file: &HolderFile,
    command: &WriteBack,
    ctx: &Ctx,
    _around: Around<'_>,
) -> Result<Vec<HolderEvent>, Refusal> {
    clause!(R36.2);
    clause!(R36.3);
    let (application, outlet, card_no, made) = under_way(file, command.application, command.blank)?;
    if command.chip != made.chip {
        return Err(Refusal::about(Reason::WrongBlank, "读出的卡识别码与所取预制卡不符"));
    }
    let mut card = Card::new(NewCard {
        id: command.card,
        application: application.id,
        city: application.city.clone(),
        bank: application.bank.clone(),
        batch: command.blank.order.stands_for_batch(),
        card_no: card_no.clone(),
        account_no: made.account.account.clone(),
        chip: made.chip.clone(),
        reset: made.reset.clone(),
        issued_on: ctx.today(),
        custody: Custody::AtOutlet { org: outlet },
    });
    card.pre_made =
        Some(PreMade { blank: command.blank, personal_account: made.account.personal_account.clone() });
    let open = intend(&card, IntentKind::OpenPreMade, ctx);
    Ok(vec![HolderEvent::CardMade { application: application.id, card: Box::new(card) }, open])
}

/// Decides a failure: the card is spoiled, and the application goes to 失败数据处理.
pub fn fail(
    file: &HolderFile,
    command: &Fail,
    _ctx: &Ctx,
    _around: Around<'_>,
) -> Result<Vec<HolderEvent>, Refusal> {
    clause!(R36.3);
    let (application, outlet, ..) = under_way(file, command.application, command.blank)?;
    if command.reason.trim().is_empty() {
        return Err(Refusal::about(Reason::MaterialDefective, "须写明制卡失败原因"));
    }
    let failure = RowFailure::Counter { reason: command.reason.clone() };
    Ok(vec![HolderEvent::InstantFailed {
        application: application.id,
        blank: command.blank,
        outlet,
        failure,
    }])
}

/// What an event of a holder's file does to a pre-made card.
pub fn effect(event: &HolderEvent) -> Option<(BlankId, BlankEvent)> {
    match event {
        HolderEvent::InstantBegun { application, blank, .. } => {
            Some((*blank, BlankEvent::Begun { application: *application }))
        }
        HolderEvent::CardMade { card, .. } => {
            Some((card.pre_made.as_ref()?.blank, BlankEvent::Used { card: card.id }))
        }
        HolderEvent::InstantFailed { blank, outlet, failure, .. } => {
            Some((*blank, BlankEvent::Spoiled { org: *outlet, failure: failure.clone() }))
        }
        _ => None,
    }
}
