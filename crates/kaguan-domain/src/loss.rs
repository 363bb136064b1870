//! 挂失和解挂 (Articles 23 to 26). A loss takes effect at once and stops both halves: the social function here, the
//! account at the bank by an intent. A card has one loss at a time: a formal one takes the place of a temporary one.

use crate::application::acts::ActsFor;
use crate::clause;
use crate::clause::Clause;
use crate::collection::kept::handed_out;
use crate::counter::{Missing, acting, entitled, file_images, guardian_of_a_child, is_verified, stated};
use crate::ctx::{Actor, Channel};
use crate::facts::application::{Application, Purpose};
use crate::facts::card::{Account, Card, Hold, Social};
use crate::facts::counter::{Attendance, Deputy};
use crate::facts::custody::Custody;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::intent::IntentKind;
use crate::facts::lookup::LookedUp;
use crate::facts::name::names_agree;
use crate::ids::{BankCode, CardId};
use crate::link;
use crate::permission::{Place, Verb};
use crate::recall::use_said;
use crate::refusal::{Reason, Refusal};
use crate::replacement::awaited;
use crate::rule::{Around, Asked, Rule, at_bank_of};
use crate::spelling;
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
    pub card: CardId,
    /// Needed online; at a counter the clerk has verified the person.
    pub identity: Option<OnlineIdentity>,
    /// Whether the clerk of an outlet verified who the holder is; a bank's computer and the channels identify by themselves.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub verified: bool,
    /// Who acts for the holder at a counter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deputy: Option<Box<Deputy>>,
}

/// 正式挂失.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ReportFormal {
    pub card: CardId,
    /// Whether the clerk of an outlet verified who the holder is; a bank's computer and the channels identify by themselves.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub verified: bool,
    /// Who acts for the holder at a counter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deputy: Option<Box<Deputy>>,
}

/// 解除挂失.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Release {
    pub card: CardId,
    /// Whether the clerk of an outlet verified who the holder is; a bank's computer and the channels identify by themselves.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub verified: bool,
    /// Who acts for the holder at a counter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deputy: Option<Box<Deputy>>,
}

/// Of several cards the one that is meant (R24.1): of the bank that was named, with the last four characters of card number or bank
/// card number where they were given. A card in hand comes before one that is still on its way, so that the old card can be reported
/// while the new one waits.
pub fn card_meant(file: &HolderFile, bank: Option<&BankCode>, tail: Option<&str>) -> Result<CardId, Refusal> {
    clause!(R24.1);
    let tail = tail.map(spelling::looked_for).filter(|t| !t.is_empty());
    let ends = |c: &Card, tail: &String| {
        let numbers = [c.card_no.as_str(), c.bank_account.bank_card_no.as_str()];
        tail.len() == 4 && numbers.iter().any(|n| n.ends_with(tail.as_str()))
    };
    let mut cards: Vec<&Card> = file
        .standing_cards()
        .filter(|c| bank.is_none_or(|b| c.bank == *b))
        .filter(|c| tail.as_ref().is_none_or(|t| ends(c, t)))
        .collect();
    if cards.iter().any(|c| matches!(c.custody, Custody::WithHolder { .. })) {
        cards.retain(|c| matches!(c.custody, Custody::WithHolder { .. }));
    }
    match cards[..] {
        [card] => Ok(card.id),
        [] if bank.is_none() && tail.is_none() => Err(Refusal::about(Reason::NotFound, "该人没有社会保障卡")),
        [] => Err(Reason::LossIdentityMismatch.into()),
        _ => Err(Reason::CardNotNamed.into()),
    }
}

/// A card that can be lost: handed over to the holder or to an employer's operator, and neither cancelled nor cleaned.
fn losable<'a>(file: &'a HolderFile, id: CardId, around: Around<'_>) -> Result<&'a Card, Refusal> {
    let card = file.card(id).ok_or(Reason::NotFound)?;
    crate::replacement::standing_card(card)?;
    handed_out(card, around)?;
    Ok(card)
}

/// What is said of a loss, as whoever states it: who came, and of which article it is.
#[derive(Clone, Copy)]
struct Said<'a> {
    verified: bool,
    deputy: Option<&'a Deputy>,
    article: Clause,
    /// Whether the card is to work again.
    release: bool,
}

/// Who came about a loss, with the images that are kept of it. At a counter the clerk states that the holder was verified (核实持卡人身份信息), and who
/// acts for the holder, if somebody does; at a machine without one the face was seen. A refusal names the article of what was asked for.
///
/// A loss stops a card and takes nothing from its holder, and whoever knows number, name and bank may report it by telephone: of who reports it
/// here only what is stated has to be right. Whoever has the card work again acts for its holder as at any counter, and for a child it is the
/// guardian (Article 8). A bank's computer states nothing of it: the bank keeps that itself.
fn came(said: Said<'_>, card: &Card, asked: Asked<'_>) -> Result<(Attendance, Vec<HolderEvent>), Refusal> {
    clause!(R8.2);
    let Said { verified, deputy, article, release } = said;
    let Asked { file, ctx, .. } = asked;
    let (at_counter, known) = match ctx.actor {
        Actor::Officer(_) => (true, verified),
        Actor::Kiosk(_) => (false, is_verified(verified, file, ctx)),
        Actor::Bank(_) | Actor::Vendor(_) | Actor::Partner(_) | Actor::System => (false, true),
    };
    let mut missing = Missing::default();
    match deputy {
        Some(deputy) if release => {
            acting(&mut missing, deputy, asked);
            entitled(&mut missing, deputy, ActsFor::Card, asked);
        }
        Some(deputy) => stated(&mut missing, deputy, asked),
        None => {}
    }
    if release && at_counter {
        guardian_of_a_child(&mut missing, deputy, asked);
    }
    if !known {
        if missing.is_empty() {
            return Err(Refusal::from(Reason::HolderNotVerified).by(article));
        }
        missing.unverified("未核实持卡人身份信息");
    }
    missing.end_by(Reason::DocumentsNotVerified, article)?;
    let images = file_images(deputy.iter().flat_map(|d| &d.copies), card, asked);
    Ok((Attendance { holder: None, deputy: deputy.cloned().map(Box::new) }, images))
}

/// That a card that is being replaced is not released, by the article of what was applied for, and how that ends.
fn replaced(file: &HolderFile, card: &Card, application: &Application, around: Around<'_>) -> Refusal {
    clause!(R27.4);
    let article = match application.purpose {
        Purpose::Reissue { .. } => clause!(R26.1),
        Purpose::First | Purpose::Exchange { .. } | Purpose::BankChange { .. } => clause!(R27.4),
    };
    let what = format!("{}，申领表{}", application.purpose.name(), application.form_no);
    let refusal = Refusal::from(Reason::ReplacementFiled).by(article);
    match awaited(file, card.id, around) {
        Some(made) => {
            let about = format!("{what}，{}", made.about.as_deref().unwrap_or_default());
            Refusal { about: Some(about), way: made.way, ..refusal }
        }
        None => Refusal { about: Some(format!("在办{what}")), ..refusal },
    }
}

/// Why no 补卡 can follow a loss now, as a Chinese phrase; `None` when it can. What is under way comes to its end first.
fn no_reissue(file: &HolderFile, card: &Card) -> Option<String> {
    clause!(R27.1);
    clause!(R27.4);
    if let Some(a) = file.replacement_of(card.id) {
        let what = format!("该卡在办{}（申领表{}），期间不能解除挂失", a.purpose.name(), a.form_no);
        let then = match a.is_open() {
            true => "新卡制成后领取启用；改办补卡的，未缴费且未进入制卡批次的可先“撤销补换卡”",
            false => "新卡已制成，请领取启用",
        };
        return Some(format!("{what}，{then}"));
    }
    if let Some(open) = file.open_application() {
        return Some(format!("该人在办{}（申领表{}），办结后才能补卡", open.purpose.name(), open.form_no));
    }
    if file.bank_change().is_some() {
        return Some("该人已预约变更服务银行，需要补卡的，先撤销预约".to_owned());
    }
    let stops = |h: &&Hold| matches!(h, Hold::Restriction { .. } | Hold::DeathConfirmed);
    let held = card.holds.iter().find(stops)?;
    Some(format!("该卡另处于{}，现在不能补卡", held.name()))
}

/// What whoever reported a loss, or released it, is told of the card as it is now: what is done next, and whether it works again.
pub fn loss_said(file: &HolderFile, card: &Card) -> String {
    clause!(R26.1);
    let Some(lost) = card.loss() else {
        if card.is_held() {
            return format!("已解除挂失；该卡仍处于{}，现在不能使用", card.holds_said());
        }
        let works = card.in_force() && !card.is_pin_locked();
        return match works && matches!(card.account, Account::Active { .. }) {
            true => "已解除挂失，该卡恢复正常使用".to_owned(),
            false => format!("已解除挂失；该卡{}", use_said(card)),
        };
    };
    let then = match no_reissue(file, card) {
        Some(why) => why,
        None if lost == Hold::FormalLoss => "需要新卡的，可以接着办理补卡".to_owned(),
        None => "需要补卡的，须先办理正式挂失".to_owned(),
    };
    format!("已{}；{then}", lost.name())
}

impl Rule for ReportTemporary {
    fn verb(&self) -> Verb {
        Verb::ReportTemporaryLoss
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        // The card's own bank, at any of its outlets in the province (R24.1).
        at_bank_of(file, self.card)
    }

    /// Decides 临时挂失: at a bank's outlet, by the bank's phone or net, or online; at once, in any city.
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        let Asked { file, ctx, around } = asked;
        clause!(R24.1);
        let card = losable(file, self.card, around)?;
        if ctx.channel == Channel::Online {
            let details = file.person.as_ref().map(|p| &p.details).ok_or(Reason::NotFound)?;
            let fits = self.identity.as_ref().is_some_and(|i| {
                LookedUp::read(&i.number).is_ok_and(|what| file.is_found_by(&what))
                    && names_agree(details.name.display(), &i.name)
                    && i.bank == card.bank
            });
            if !fits {
                return Err(Reason::LossIdentityMismatch.into());
            }
        }
        if card.loss().is_some() {
            return Err(Reason::AlreadyLost.into());
        }
        let deputy = self.deputy.as_deref();
        let said = Said { verified: self.verified, deputy, article: clause!(R24.1), release: false };
        let (by, mut events) = came(said, card, asked)?;
        events.push(HolderEvent::LossReported { card: card.id, formal: false, by_bank_change: false, by });
        events.push(link::intend(card, IntentKind::LoseTemporarily, ctx));
        Ok(events)
    }
}

impl Rule for ReportFormal {
    fn verb(&self) -> Verb {
        Verb::ReportFormalLoss
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        // The card's own bank, at any of its outlets in the province (R25.1).
        at_bank_of(file, self.card)
    }

    /// Decides 正式挂失: at an outlet of the card's bank, in any city; after a temporary loss or without one.
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        let Asked { file, ctx, around } = asked;
        clause!(R25.1);
        let card = losable(file, self.card, around)?;
        if card.loss() == Some(Hold::FormalLoss) {
            return Err(Reason::AlreadyLost.into());
        }
        let deputy = self.deputy.as_deref();
        let said = Said { verified: self.verified, deputy, article: clause!(R25.1), release: false };
        let (by, mut events) = came(said, card, asked)?;
        events.push(HolderEvent::LossReported { card: card.id, formal: true, by_bank_change: false, by });
        events.push(link::intend(card, IntentKind::LoseFormally, ctx));
        Ok(events)
    }
}

impl Rule for Release {
    fn verb(&self) -> Verb {
        Verb::ReleaseLoss
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        at_bank_of(file, self.card)
    }

    /// Decides 解除挂失: refused once a replacement has been applied for.
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        let Asked { file, ctx, around } = asked;
        clause!(R26.1);
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        if matches!(card.social, Social::Cancelled { .. }) {
            return Err(Reason::CardCancelled.into());
        }
        if card.loss().is_none() {
            return Err(Reason::NotLost.into());
        }
        if let Some(application) = file.replacement_of(card.id) {
            return Err(replaced(file, card, application, around));
        }
        let deputy = self.deputy.as_deref();
        let said = Said { verified: self.verified, deputy, article: clause!(R26.1), release: true };
        let (by, mut events) = came(said, card, asked)?;
        events.push(HolderEvent::LossReleased { card: card.id, by });
        events.push(link::intend(card, IntentKind::ReleaseLoss, ctx));
        Ok(events)
    }
}
