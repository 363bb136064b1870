//! 社保功能启用 and 银行账户激活 (Article 16). Two independent facets: to *enable* is the social function's, to
//! *activate* is the account's.

mod visit;

pub use visit::{ConfirmVisit, RecordVisit};

use crate::application::acts::ActsFor;
use crate::clause;
use crate::collection::kept::{leaves_its_box, not_in_hand};
use crate::counter::{Came, Missing, file_images, guardian_of_a_child, identified, proof_of_relation};
use crate::ctx::{Actor, Ctx};
use crate::facts::activation::{ActivationManner, EnableManner, Found};
use crate::facts::application::AgentGround;
use crate::facts::batch::keeper_of;
use crate::facts::card::{Account, Card, Hold, Social};
use crate::facts::counter::{Attendance, Collector, Deputy, Shown};
use crate::facts::custody::Party;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::intent::IntentKind;
use crate::facts::post::Signature;
use crate::ids::CardId;
use crate::link;
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule, at_bank_of};
use crate::spelling;
use serde::{Deserialize, Serialize};

/// 社保功能启用 alone.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Enable {
    /// Which card; the holder has it in hand.
    pub card: CardId,
    /// Whether the documents were verified in the original.
    pub verified: bool,
    /// The holder's document; a partner's computer keeps it itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Shown>,
    /// Who acts for the holder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deputy: Option<Box<Deputy>>,
}

/// 银行账户激活, with 社保功能启用 in the same step when that is still to do.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Activate {
    /// Which card; the holder has it in hand.
    pub card: CardId,
    /// How the holder was verified.
    pub manner: ActivationManner,
    /// Whether the documents were verified in the original.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub verified: bool,
    /// The holder's document; a bank's computer keeps it itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Shown>,
    /// Who acts for the holder, in 代办激活, or was there at a bank's own 上门激活.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deputy: Option<Box<Deputy>>,
    /// What both clerks of a bank's own 上门激活 state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Found>,
}

impl Activate {
    /// In a manner, with nothing stated yet.
    pub fn in_manner(card: CardId, manner: ActivationManner) -> Self {
        Self { card, manner, verified: false, shown: None, deputy: None, found: None }
    }
}

/// The card is in its holder's hands: handed over, or brought by the holder after the employer collected it. In
/// the latter case the hand-over from the employer is recorded now.
pub(crate) fn in_hand(
    card: &Card,
    by: &Attendance,
    Asked { ctx, around, .. }: Asked<'_>,
) -> Result<Vec<HolderEvent>, Refusal> {
    match keeper_of(&card.custody, around.batches.get(&card.batch)) {
        Some(Party::Holder) => Ok(Vec::new()),
        Some(from @ Party::Employer(_)) => {
            leaves_its_box(card, around)?;
            let collector = by.deputy.clone().map_or(Collector::Holder, Collector::Deputy);
            let signature = Some(Box::new(Signature::of(&collector, &from, ctx.today(), None)));
            let shown = by.holder.clone();
            // No employer applies for a change of the bank.
            let receipt_seen = false;
            Ok(vec![HolderEvent::HandedOver {
                card: card.id,
                from,
                collector,
                shown,
                signature,
                receipt_seen,
            }])
        }
        _ => Err(not_in_hand(card, around)),
    }
}

/// A card that can be made to work.
pub(crate) fn can_work(file: &HolderFile, card: &Card) -> Result<(), Refusal> {
    if matches!(card.social, Social::Cancelled { .. }) {
        return Err(Reason::CardCancelled.into());
    }
    if file.cards.iter().any(|c| c.id != card.id && c.in_force() && !file.replaces(card, c)) {
        clause!(R3.2);
        return Err(Reason::OtherCardInForce.into());
    }
    if card.is_held() {
        return Err(Refusal::held_back(card));
    }
    Ok(())
}

impl Rule for Enable {
    fn verb(&self) -> Verb {
        Verb::Enable
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        // Away from the issuing city too (R16.3).
        file.card(self.card).map_or(Place::Anywhere, |c| Place::Served(c.bank.clone()))
    }

    /// Decides 启用: at any outlet of the province (R16.3), at once.
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R16.1);
        let Asked { file, ctx, .. } = asked;
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        if card.is_cancelled() {
            return Err(Reason::CardCancelled.into());
        }
        let deputy = self.deputy.as_deref();
        let (verified, holder) = (self.verified, self.shown.as_ref());
        let came = Came { verified, holder, deputy, acts: ActsFor::Activation };
        let mut events = in_hand(card, &came.kept(), asked)?;
        if matches!(card.social, Social::Enabled { .. }) {
            return Err(Reason::AlreadyEnabled.into());
        }
        can_work(file, card)?;
        let mut missing = Missing::default();
        identified(&mut missing, came, asked);
        // Whom a channel or a bank's computer has identified it knows itself.
        if !matches!(ctx.actor, Actor::Bank(_) | Actor::Partner(_)) {
            guardian_of_a_child(&mut missing, deputy, asked);
        }
        proof_of_relation(&mut missing, deputy);
        missing.end_by(Reason::DocumentsNotVerified, clause!(R16.1))?;
        events.extend(file_images(deputy.iter().flat_map(|d| &d.copies), card, asked));
        events.extend(crate::replacement::takes_over(file, card, None, ctx));
        events.push(HolderEvent::Enabled { card: card.id, manner: EnableManner::Alone, by: came.kept() });
        Ok(events)
    }
}

/// Whoever speaks is of the card's own bank.
fn own_bank(card: &Card, Asked { ctx, around, .. }: Asked<'_>) -> Result<(), Refusal> {
    let of = |id| {
        let officer = around.institutions.officer(id).filter(|o| o.active)?;
        around.institutions.org(officer.org)?.bank.clone()
    };
    let own = match &ctx.actor {
        Actor::Officer(id) => of(*id).as_ref() == Some(&card.bank),
        Actor::Bank(bank) => *bank == card.bank,
        Actor::Vendor(_) | Actor::Partner(_) | Actor::Kiosk(_) | Actor::System => true,
    };
    if own { Ok(()) } else { Err(Reason::WrongBank.into()) }
}

/// An account that can be activated, of a card that works or can be made to work.
fn can_be_activated(file: &HolderFile, card: &Card) -> Result<(), Refusal> {
    match &card.account {
        Account::PreOpened => {}
        Account::Active { .. } => return Err(Reason::AlreadyActive.into()),
        Account::Closed { .. } => {
            let refused = Refusal::about(Reason::WrongStage, "银行账户已销户");
            return Err(match card.closed_said() {
                Some(left) => refused.way(left),
                None => refused,
            });
        }
    }
    if !matches!(card.social, Social::Enabled { .. }) || card.is_held() {
        can_work(file, card)?;
    }
    Ok(())
}

/// What happens when the account is activated: the social function with it, and accounts of cleaned cards end.
fn activated(
    file: &HolderFile,
    card: &Card,
    manner: ActivationManner,
    by: Attendance,
    ctx: &Ctx,
) -> Vec<HolderEvent> {
    let mut events = Vec::new();
    if matches!(card.social, Social::NotEnabled) {
        clause!(R16.1);
        events.extend(crate::replacement::takes_over(file, card, None, ctx));
        let manner = EnableManner::WithActivation;
        events.push(HolderEvent::Enabled { card: card.id, manner, by: Attendance::default() });
    }
    events.push(HolderEvent::Activated { card: card.id, manner, by });
    // Accounts of cards cleaned under the one-card rule are closed once the new card is active (X10.1).
    let cleaned = |c: &&Card| c.holds.contains(&Hold::OneCardCleanUp);
    for old in file.cards.iter().filter(cleaned).filter(|c| link::wants_closing(c)) {
        clause!(X10.1);
        events.push(link::intend(old, IntentKind::Close, ctx));
    }
    events
}

/// 代办激活 has a ground: a healthy adult comes to the bank. Whether it fits the holder and whoever acts is judged with him.
fn on_a_ground(missing: &mut Missing, deputy: &Deputy) {
    clause!(R16.2);
    match deputy.ground {
        Some(AgentGround::LongAbsent) | None => {
            let what = "代办激活限于年龄偏大、残疾、病患等特殊人群，以及由监护人代办的未成年人等";
            missing.wrong_deputy(what, "请核对代办事由；不属于特殊人群的，请持卡人本人到服务银行柜台办理");
        }
        Some(
            AgentGround::Minor
            | AgentGround::Incapable
            | AgentGround::Elderly
            | AgentGround::Disabled
            | AgentGround::Sick,
        ) => {}
    }
    proof_of_relation(missing, Some(deputy));
}

/// 生存状态, 个人身份信息 and 业务办理意愿, each stated (R16.4).
fn all_found(missing: &mut Missing, found: Found) {
    clause!(R16.4);
    missing.unless_verified(found.alive, "未核实持卡人生存状态");
    missing.unless_verified(found.identity, "未核实持卡人个人身份信息");
    missing.unless_verified(found.will, "未核实持卡人业务办理意愿");
}

impl Rule for Activate {
    fn verb(&self) -> Verb {
        Verb::Activate
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        at_bank_of(file, self.card)
    }

    /// Decides 激活: by the card's bank, at any of its outlets (R16.3), face to face save for the exceptions (R16.2).
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R16.2);
        clause!(R16.3);
        let Asked { file, ctx, .. } = asked;
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        own_bank(card, asked)?;
        let deputy = self.deputy.as_deref();
        let by_bank = matches!(ctx.actor, Actor::Bank(_));
        // 面签 itself is what a bank's computer states.
        let verified = self.verified || by_bank;
        let came = Came { verified, holder: self.shown.as_ref(), deputy, acts: ActsFor::Activation };
        let mut events = in_hand(card, &came.kept(), asked)?;
        can_be_activated(file, card)?;
        let mut missing = Missing::default();
        match &self.manner {
            ActivationManner::FaceToFace => {
                if deputy.is_some() {
                    missing
                        .wrong_deputy("面签须持卡人本人", "请持卡人本人面签；由他人代办的，按代办激活办理");
                }
                guardian_of_a_child(&mut missing, deputy, asked);
                identified(&mut missing, came, asked);
            }
            ActivationManner::Proxy { .. } => {
                match deputy {
                    None => missing.wrong_deputy(
                        "未登记代办人身份、关系、代办事由并留存证明材料",
                        "请登记代办人并留存证明材料；持卡人本人到场的，按本人面签办理",
                    ),
                    Some(deputy) => on_a_ground(&mut missing, deputy),
                }
                guardian_of_a_child(&mut missing, deputy, asked);
                identified(&mut missing, came, asked);
            }
            // Each confirms under his own name (R16.4).
            ActivationManner::HomeVisit { .. } => return Err(Reason::TwoClerksNeeded.into()),
            ActivationManner::BankVisit { clerks: [first, second] } => {
                let named = !spelling::says_nothing(first) && !spelling::says_nothing(second);
                // A clerk of ours signs in; only a bank's computer vouches for two of its own.
                if !named || first.trim() == second.trim() || !by_bank {
                    return Err(Reason::TwoClerksNeeded.into());
                }
                all_found(&mut missing, self.found.unwrap_or_default());
                visit::attended(&mut missing, deputy.and_then(|d| d.ground), came, asked);
            }
            ActivationManner::Remote => return Err(Reason::NotFaceToFace.into()),
        }
        missing.end_by(Reason::DocumentsNotVerified, clause!(R16.2))?;
        events.extend(file_images(deputy.iter().flat_map(|d| &d.copies), card, asked));
        events.extend(activated(file, card, self.manner.clone(), came.kept(), ctx));
        Ok(events)
    }
}
