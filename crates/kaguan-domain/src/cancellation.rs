//! 注销 (Article 33): social function and account together; the account is closed at the bank once it is settled, the
//! card is taken back. Cancelled is final.

use crate::clause;
use crate::facts::application::Agent;
use crate::facts::cancellation::CancelReason;
use crate::facts::card::Card;
use crate::facts::custody::{Custody, Party, RecallReason};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::intent::{IntentKind, IntentState};
use crate::ids::{CardId, OrgId};
use crate::link;
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule, at_bank_of};
use serde::{Deserialize, Serialize};

/// 注销.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Cancel {
    pub card: CardId,
    pub reason: CancelReason,
    /// The guardian, relative or lawful agent of the dead or missing.
    pub agent: Option<Agent>,
    /// The holder, or the agent, was reminded to settle all business first.
    pub reminded: bool,
    /// Where the card was given back, if it was.
    pub given_back_at: Option<OrgId>,
}

/// 账户销户: the bank has settled and closed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RecordAccountClosed {
    pub card: CardId,
}

impl Rule for Cancel {
    fn verb(&self) -> Verb {
        Verb::Cancel
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        // Served wherever the person comes (R18.1).
        Place::Anywhere
    }

    /// Decides 注销.
    fn decide(&self, Asked { file, ctx, around }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R33.1);
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        if card.is_cancelled() {
            return Err(Reason::CardCancelled.into());
        }
        if file.replacement_of(card.id).is_some() || file.bank_change().is_some_and(|b| b.old == card.id) {
            return Err(Refusal::about(Reason::ApplicationOpen, "该卡有在办的补换卡或变更服务银行业务"));
        }
        match self.reason {
            CancelReason::Dead | CancelReason::Missing if self.agent.is_none() => {
                return Err(Refusal::about(Reason::AgentNotAllowed, "须由监护人、亲属或合法代理人办理"));
            }
            CancelReason::Dead if !file.death_confirmed() => return Err(Reason::DeathNotConfirmed.into()),
            CancelReason::SecondOfferFailed => {
                clause!(R33.4);
                let failed = card.offered_again.is_some() && matches!(card.custody, Custody::Recalled { .. });
                if !failed {
                    return Err(Refusal::about(Reason::NotRecalled, "二次发放未满六个月或未再次回收"));
                }
            }
            CancelReason::Surplus => {
                clause!(R33.3);
                if file.standing_cards().filter(|c| c.id != card.id).count() == 0 {
                    return Err(Refusal::about(Reason::WrongStage, "该人没有其他社保卡，须保留一张"));
                }
            }
            _ => {}
        }
        let asked = !matches!(self.reason, CancelReason::SecondOfferFailed);
        if asked && !self.reminded {
            clause!(R33.2);
            return Err(Reason::NotReminded.into());
        }
        let mut events = vec![HolderEvent::CardCancelled { card: card.id, reason: self.reason }];
        if let Some(at) = self.given_back_at
            && matches!(card.custody, Custody::WithHolder { .. })
        {
            around.institutions.org(at).ok_or(Reason::NotFound)?;
            let reason = match self.reason {
                CancelReason::Dead => RecallReason::HolderDead,
                _ => RecallReason::Cancelled,
            };
            events.push(HolderEvent::TakenBack { card: card.id, from: Party::Holder, at, reason });
        }
        if link::wants_closing(card) {
            events.push(link::intend(card, IntentKind::Close, ctx));
        }
        Ok(events)
    }
}

impl Rule for RecordAccountClosed {
    fn verb(&self) -> Verb {
        Verb::RecordAccountClosed
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        at_bank_of(file, self.card)
    }

    /// Decides 账户销户 as the bank reports it by itself: only of a card that is cancelled here (R33.2).
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R33.2);
        let card: &Card = file.card(self.card).ok_or(Reason::NotFound)?;
        if card.account_is_closed() {
            return Err(Reason::NothingToDo.into());
        }
        if !card.is_cancelled() && card.stands() {
            return Err(Refusal::about(Reason::WrongStage, "该卡仍在使用，不能销户"));
        }
        let open = card.intents.iter().find(|i| i.kind == IntentKind::Close && !i.is_over());
        let mut events = vec![HolderEvent::AccountClosed { card: card.id }];
        if let Some(intent) = open {
            let state = IntentState::Confirmed { at: ctx.now };
            events.push(HolderEvent::IntentAnswered { card: card.id, seq: intent.seq, state });
        }
        Ok(events)
    }
}
