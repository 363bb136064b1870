//! 挂失和解挂 (Articles 23 to 26). A loss takes effect at once and stops both halves: the social function here, the
//! account at the bank by an intent. A card has one loss at a time: a formal one takes the place of a temporary one.

use crate::clause;
use crate::ctx::{Channel, Ctx};
use crate::facts::card::{Card, Hold, Social};
use crate::facts::custody::Custody;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::intent::IntentKind;
use crate::ids::{BankCode, CardId};
use crate::link;
use crate::refusal::{Reason, Refusal};
use crate::rule::Around;
use serde::{Deserialize, Serialize};

/// What identifies somebody online: social security number, name and bank (R24.1).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnlineIdentity {
    /// 社会保障号码
    pub number: String,
    /// 姓名, as displayed.
    pub name: String,
    /// 服务银行
    pub bank: BankCode,
}

impl std::fmt::Debug for OnlineIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OnlineIdentity({})", self.bank.as_str())
    }
}

/// 临时挂失.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ReportTemporary {
    /// Which card.
    pub card: CardId,
    /// Needed online; at a counter the clerk has verified the person.
    pub identity: Option<OnlineIdentity>,
}

/// 正式挂失.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ReportFormal {
    /// Which card.
    pub card: CardId,
}

/// 解除挂失.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Release {
    /// Which card.
    pub card: CardId,
}

/// A card that can be lost: handed over, and neither cancelled nor cleaned.
fn losable(file: &HolderFile, id: CardId) -> Result<&Card, Refusal> {
    let card = file.card(id).ok_or(Reason::NotFound)?;
    if !card.stands() || matches!(card.social, Social::Cancelled { .. }) {
        return Err(Reason::CardCancelled.into());
    }
    if !matches!(card.custody, Custody::WithHolder { .. }) {
        return Err(Reason::NotHandedOver.into());
    }
    Ok(card)
}

/// Decides 临时挂失: at a bank's outlet, by the bank's phone or net, or online; at once, in any city.
pub fn report_temporary(
    file: &HolderFile,
    command: &ReportTemporary,
    ctx: &Ctx,
    _around: Around<'_>,
) -> Result<Vec<HolderEvent>, Refusal> {
    clause!(R24.1);
    let card = losable(file, command.card)?;
    if ctx.channel == Channel::Online {
        let details = file.person.as_ref().map(|p| &p.details).ok_or(Reason::NotFound)?;
        let fits = command.identity.as_ref().is_some_and(|i| {
            i.number == details.ssn.as_str() && i.name == details.name.display() && i.bank == card.bank
        });
        if !fits {
            return Err(Reason::LossIdentityMismatch.into());
        }
    }
    if card.loss().is_some() {
        return Err(Reason::AlreadyLost.into());
    }
    Ok(vec![
        HolderEvent::LossReported { card: card.id, formal: false },
        link::intend(card, IntentKind::LoseTemporarily, ctx),
    ])
}

/// Decides 正式挂失: at an outlet of the card's bank, in any city; after a temporary loss or without one.
pub fn report_formal(
    file: &HolderFile,
    command: &ReportFormal,
    ctx: &Ctx,
    _around: Around<'_>,
) -> Result<Vec<HolderEvent>, Refusal> {
    clause!(R25.1);
    let card = losable(file, command.card)?;
    if card.loss() == Some(Hold::FormalLoss) {
        return Err(Reason::AlreadyLost.into());
    }
    Ok(vec![
        HolderEvent::LossReported { card: card.id, formal: true },
        link::intend(card, IntentKind::LoseFormally, ctx),
    ])
}

/// Decides 解除挂失: refused once a replacement has been applied for.
pub fn release(
    file: &HolderFile,
    command: &Release,
    ctx: &Ctx,
    _around: Around<'_>,
) -> Result<Vec<HolderEvent>, Refusal> {
    clause!(R26.1);
    let card = file.card(command.card).ok_or(Reason::NotFound)?;
    if matches!(card.social, Social::Cancelled { .. }) {
        return Err(Reason::CardCancelled.into());
    }
    if card.loss().is_none() {
        return Err(Reason::NotLost.into());
    }
    if file.replacement_of(card.id).is_some() {
        clause!(R27.4);
        return Err(Reason::ReplacementFiled.into());
    }
    Ok(vec![HolderEvent::LossReleased { card: card.id }, link::intend(card, IntentKind::ReleaseLoss, ctx)])
}
