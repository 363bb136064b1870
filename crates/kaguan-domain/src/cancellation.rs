//! 注销 (Article 33): social function and account together; the account is closed at the bank once it is settled, the
//! card is taken back. Cancelled is final.

pub use crate::facts::cleaned::{is_keepers_to_cancel, left_of_cleaned, somebody_comes, usual_reason};

use crate::activation::in_hand;
use crate::application::acts::ActsFor;
use crate::clause;
use crate::collection::kept::{elsewhere, is_handed_out, not_in_hand};
use crate::counter::{Came, Missing, acting, file_images, guardian_of_a_child, identified, needs, on_file};
use crate::ctx::Actor;
use crate::facts::archive::MaterialKind;
use crate::facts::cancellation::{CancelReason, CancelStatement, ChipLock};
use crate::facts::card::{Card, Hold};
use crate::facts::cleaned::{is_cleaned, is_cleaned_and_kept};
use crate::facts::counter::{Attendance, Deputy, KeptCopy, Shown};
use crate::facts::custody::{Custody, Party, RecallReason};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::intent::{IntentKind, IntentState};
use crate::ids::{CardId, OrgId};
use crate::link;
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::replacement::awaited;
use crate::replacement::bank_change::under_way;
use crate::replacement::ended::ends_by_cancelling;
use crate::rule::{Around, Asked, Rule, at_bank_of, at_keeper_of, keeper_said};
use serde::{Deserialize, Serialize};

/// 注销.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Cancel {
    pub card: CardId,
    pub reason: CancelReason,
    /// Who acts for the holder: the guardian, relative or lawful agent; of the dead and missing always.
    pub agent: Option<Deputy>,
    /// The holder, or the agent, was reminded to settle all business first.
    pub reminded: bool,
    /// Where the card was given back, if it was.
    pub given_back_at: Option<OrgId>,
    /// Whether the documents were verified in the original.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub verified: bool,
    /// The holder's document; of the dead and missing where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Shown>,
    /// 终止人力资源社会保障服务的相关证明.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proofs: Vec<KeptCopy>,
    /// 应用锁定, when the card is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chip: Option<ChipLock>,
}

impl Cancel {
    /// For a reason, with nothing stated yet.
    pub fn of(card: CardId, reason: CancelReason) -> Self {
        Self {
            card,
            reason,
            agent: None,
            reminded: false,
            given_back_at: None,
            verified: false,
            shown: None,
            proofs: Vec::new(),
            chip: None,
        }
    }

    /// The card, when it is cancelled because it was confiscated, or cleaned and given back: nobody comes for it, and it is the business of
    /// whoever keeps it.
    fn keepers<'a>(&self, file: &'a HolderFile) -> Option<&'a Card> {
        clause!(R38.1);
        clause!(R33.3);
        let card = file.card(self.card)?;
        let keepers = match self.reason {
            CancelReason::Confiscated => crate::facts::false_card::is_confiscated(card),
            CancelReason::Cleaned => is_cleaned_and_kept(card),
            CancelReason::MovedOut
            | CancelReason::Emigrated
            | CancelReason::Dead
            | CancelReason::Missing
            | CancelReason::SecondOfferFailed
            | CancelReason::Stranded
            | CancelReason::Surplus => false,
        };
        keepers.then_some(card)
    }

    /// The reasons that it may have while nobody has said which: of somebody whose death is confirmed that, and whoever comes himself is
    /// neither dead nor missing.
    pub fn reasons(file: &HolderFile, somebody_acts: bool) -> Vec<CancelReason> {
        clause!(R33.1);
        let dead = file.death_confirmed();
        let may_be = |reason: &CancelReason| match reason {
            CancelReason::Dead => dead,
            CancelReason::Missing => somebody_acts && !dead,
            CancelReason::MovedOut
            | CancelReason::Emigrated
            | CancelReason::Surplus
            | CancelReason::Cleaned => !dead,
            CancelReason::SecondOfferFailed | CancelReason::Stranded | CancelReason::Confiscated => true,
        };
        CancelReason::ALL.into_iter().filter(may_be).collect()
    }

    /// What the clerk must state, have seen and keep (Article 33): everything that is missing at once.
    fn complete(&self, asked: Asked<'_>) -> Result<(), Refusal> {
        clause!(R33.2);
        let mut missing = Missing::default();
        let (verified, holder) = (self.verified, self.shown.as_ref());
        let came = Came { verified, holder, deputy: self.agent.as_ref(), acts: ActsFor::Card };
        match self.reason {
            CancelReason::Dead | CancelReason::Missing => {
                if self.agent.is_none() {
                    let what = "须由监护人、直系亲属或其他合法代理人办理";
                    missing.wrong_deputy(what, Reason::AgentNotAllowed.way_out());
                }
                // The dead and the missing show nothing themselves.
                missing.unless_verified(self.verified, "未核实有效身份证件原件（含电子证照）");
                if let Some(agent) = &self.agent {
                    acting(&mut missing, agent, asked);
                }
            }
            CancelReason::MovedOut
            | CancelReason::Emigrated
            | CancelReason::Surplus
            | CancelReason::Cleaned => {
                guardian_of_a_child(&mut missing, self.agent.as_ref(), asked);
                identified(&mut missing, came, asked);
            }
            CancelReason::SecondOfferFailed | CancelReason::Stranded | CancelReason::Confiscated => {}
        }
        on_file(&mut missing, &self.proofs, asked.file);
        match self.reason {
            CancelReason::MovedOut | CancelReason::Emigrated | CancelReason::Missing => needs(
                &mut missing,
                &self.proofs,
                MaterialKind::TerminationProof,
                "未收取终止人力资源社会保障服务的相关证明",
            ),
            // Two registers have said so: what is shared is not asked for again.
            CancelReason::Dead
            | CancelReason::SecondOfferFailed
            | CancelReason::Stranded
            | CancelReason::Surplus
            | CancelReason::Confiscated
            | CancelReason::Cleaned => {}
        }
        if self.given_back_at.is_some() {
            clause!(R33.5);
            missing.unless(self.chip.is_some(), "卡片在场，未对芯片应用锁定");
        }
        // The reminder is the headline only where nothing else is missing.
        let alone = missing.is_empty();
        missing.unless(self.reminded, "未提醒持卡人（或代办人）终止卡片关联的业务并完成结算");
        let reason = if alone { Reason::NotReminded } else { Reason::DocumentsNotVerified };
        missing.end_by(reason, clause!(R33.2))
    }
}

/// 账户销户: the bank has settled and closed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RecordAccountClosed {
    pub card: CardId,
    /// 账户资金已结转: a clerk states it; a bank's own computer says so by closing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub settled: bool,
    /// The bank's outlet that has taken the card back, if it was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_back_at: Option<OrgId>,
}

impl RecordAccountClosed {
    /// As the bank's computer says it.
    pub fn by_bank(card: CardId) -> Self {
        Self { card, settled: true, given_back_at: None }
    }
}

/// What comes after 注销, for whoever stands at the counter, as a Chinese phrase: who goes to the bank, or that nobody has to. An account that
/// was never activated has nothing to settle.
pub fn comes_after(reason: CancelReason) -> &'static str {
    clause!(R33.2);
    clause!(R33.4);
    match reason {
        CancelReason::MovedOut | CancelReason::Emigrated | CancelReason::Surplus => {
            "账户已激活的，请告知持卡人（或代办人）凭回执到服务银行办理资金清算和账户销户；未激活的，由服务银行直接销户"
        }
        CancelReason::Dead | CancelReason::Missing => {
            "账户已激活的，请告知代办人凭回执到服务银行办理资金清算和账户销户；未激活的，由服务银行直接销户"
        }
        CancelReason::Cleaned => {
            "账户已销户的，卡片交回后登记销毁；未销户而已激活的，由服务银行办理资金清算和账户销户，未激活的由服务银行直接销户"
        }
        CancelReason::Confiscated | CancelReason::SecondOfferFailed | CancelReason::Stranded => {
            "由服务银行销户，销户后由市卡管机构登记销毁，服务银行网点保管的由该网点登记销毁"
        }
    }
}

/// What is to come to its end before a card is cancelled whose holder lives: each is told as what it is, with how it ends.
fn nothing_under_way(file: &HolderFile, card: &Card, around: Around<'_>) -> Result<(), Refusal> {
    clause!(R33.1);
    if let Some(refused) = awaited(file, card.id, around) {
        return Err(refused);
    }
    if let Some(application) = file.replacement_of(card.id) {
        clause!(R27.4);
        let about = format!("该卡在办{}，申领表{}", application.purpose.name(), application.form_no);
        let way = "未缴费且未进入制卡批次的，先“撤销补换卡”再注销；已缴费或已进入批次的，待新卡制成领取启用，旧卡随即停用，再注销新卡";
        return Err(Refusal::about(Reason::ApplicationOpen, about).by(clause!(R27.4)).way(way));
    }
    match file.bank_change().filter(|b| b.old == card.id) {
        Some(change) => {
            let way = format!("请先由{}网点撤销预约，撤销后办理注销", change.to.name());
            Err(under_way(file, change).way(way))
        }
        None => Ok(()),
    }
}

/// Where a card that is its keeper's to cancel is cancelled when no outlet at work keeps it: at any of the city's, for a centre cancels none.
/// `None` of one that an outlet keeps.
fn kept_by(card: &Card, around: Around<'_>) -> Option<Place> {
    clause!(R6.1);
    let Custody::Recalled { org, .. } = card.custody else { return None };
    let keeper = around.institutions.org(org)?;
    let works = crate::facts::false_card::cancels_itself(keeper, around.institutions);
    keeper.city().filter(|_| !works).map(Place::OutletsOf)
}

impl Rule for Cancel {
    fn verb(&self) -> Verb {
        Verb::Cancel
    }

    fn place(&self, file: &HolderFile, around: Around<'_>) -> Place {
        if let Some(card) = self.keepers(file) {
            return kept_by(card, around).unwrap_or_else(|| at_keeper_of(file, card.id, around));
        }
        match file.card(self.card) {
            Some(card) if matches!(self.reason, CancelReason::SecondOfferFailed | CancelReason::Stranded) => {
                Place::OutletsOf(card.city.clone())
            }
            // Served wherever the person comes (R18.1).
            Some(_) | None => Place::Anywhere,
        }
    }

    fn whose_turn(&self, file: &HolderFile, around: Around<'_>) -> Option<String> {
        let card = self.keepers(file).filter(|card| kept_by(card, around).is_none())?;
        keeper_said(file, card.id, around)
    }

    /// Decides 注销.
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R33.1);
        let Asked { file, ctx, around } = asked;
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        if card.is_cancelled() {
            return Err(Reason::CardCancelled.into());
        }
        if is_cleaned_and_kept(card) && self.reason.somebody_comes() && self.reason != CancelReason::Cleaned {
            clause!(R33.3);
            let about = "该卡已经一人一卡清理并交回，无需持卡人到场";
            let way = format!(
                "由保管该卡的网点以“{}”为原因注销（市卡管机构保管的，由该市的卡经办网点注销）",
                CancelReason::Cleaned.name()
            );
            return Err(Refusal::about(Reason::WrongStage, about).by(clause!(R33.3)).way(way));
        }
        // Of the dead nothing is waited for, nor of a false card that was confiscated: while its case holds the new one, nobody collects that.
        let waits = match self.reason {
            CancelReason::Dead => !file.death_confirmed(),
            CancelReason::Confiscated => !crate::facts::false_card::is_confiscated(card),
            CancelReason::Cleaned => !is_cleaned_and_kept(card),
            CancelReason::MovedOut
            | CancelReason::Emigrated
            | CancelReason::Missing
            | CancelReason::SecondOfferFailed
            | CancelReason::Stranded
            | CancelReason::Surplus => true,
        };
        if waits {
            nothing_under_way(file, card, around)?;
        }
        let ends_anyway = match self.reason {
            CancelReason::Dead => file.death_confirmed(),
            CancelReason::SecondOfferFailed | CancelReason::Stranded | CancelReason::Confiscated => true,
            CancelReason::Cleaned => is_cleaned_and_kept(card),
            CancelReason::MovedOut
            | CancelReason::Emigrated
            | CancelReason::Missing
            | CancelReason::Surplus => false,
        };
        let restricts = |h: &Hold| matches!(h, Hold::Restriction { .. });
        if !ends_anyway && card.holds.iter().any(restricts) {
            clause!(R37.1);
            let held = Refusal::held_by(card, restricts);
            // A false card is confiscated, and then cancelled; it waits for nobody to free it.
            let freed = crate::facts::false_card::false_card_said(card).is_none();
            let way = held.way.as_deref().filter(|_| freed).map(|way| format!("{way}，恢复后才能注销"));
            return Err(match way {
                Some(way) => held.way(way),
                None => held,
            });
        }
        match self.reason {
            CancelReason::Dead if !file.death_confirmed() => {
                return Err(Reason::DeathNotConfirmed.into());
            }
            CancelReason::SecondOfferFailed | CancelReason::Stranded => {
                clause!(R33.4);
                crate::recall::may_be_cancelled(card, ctx)?;
                let is = crate::recall::cancelled_as(card);
                if is != self.reason {
                    let about = match card.offered_again {
                        Some(_) => "该卡已办理二次发放",
                        None => "该卡没有办理过二次发放",
                    };
                    let way = format!("请以“{}”为注销原因办理", is.name());
                    return Err(Refusal::about(Reason::WrongStage, about).by(clause!(R33.4)).way(way));
                }
            }
            CancelReason::Confiscated if !crate::facts::false_card::is_confiscated(card) => {
                clause!(R38.1);
                let about = "该卡没有作为骗领、伪造、变造的社保卡收缴，或所依据的限制已恢复";
                let way = "限制案件载明该卡是骗领、伪造或变造的，由保管该卡的机构先办理收缴，再注销；已恢复的由保管机构办理二次发放";
                return Err(Refusal::about(Reason::WrongStage, about).by(clause!(R38.1)).way(way));
            }
            CancelReason::Cleaned if !is_cleaned(card) => {
                clause!(R33.3);
                let about = "该卡没有经一人一卡清理";
                let way = "持有多张社保卡的，先办理一人一卡清理；其他的，请按实际的注销原因办理";
                return Err(Refusal::about(Reason::WrongStage, about).by(clause!(R33.3)).way(way));
            }
            CancelReason::Surplus if is_cleaned(card) => {
                clause!(R33.3);
                let way = format!("请以“{}”为注销原因办理", CancelReason::Cleaned.name());
                let about = "该卡已经一人一卡清理，不论持卡人是否另有社保卡";
                return Err(Refusal::about(Reason::WrongStage, about).by(clause!(R33.3)).way(way));
            }
            CancelReason::Surplus => {
                clause!(R33.3);
                if file.standing_cards().filter(|c| c.id != card.id).count() == 0 {
                    return Err(Refusal::about(Reason::WrongStage, "该人没有其他社保卡，须保留一张"));
                }
            }
            CancelReason::MovedOut
            | CancelReason::Emigrated
            | CancelReason::Dead
            | CancelReason::Missing
            | CancelReason::Confiscated
            | CancelReason::Cleaned => {}
        }
        let there = self.given_back_at.is_some() || self.chip.is_some();
        if there && !is_handed_out(card, around.batches.get(&card.batch)) {
            clause!(R12.1);
            return Err(elsewhere(card, around));
        }
        let asked_for = somebody_comes(card, self.reason);
        if asked_for {
            self.complete(asked)?;
        }
        let copies = self.agent.iter().flat_map(|d| &d.copies).chain(&self.proofs);
        let mut events = file_images(copies, card, asked);
        let by = Attendance { holder: self.shown.clone(), deputy: self.agent.clone().map(Box::new) };
        if there {
            // A card that an employer collected is in the holder's hand now.
            events.extend(in_hand(card, &by, asked)?);
        }
        // What was applied for is not distributed any more.
        events.extend(file.clock_ends(card.application, ctx.today()));
        events.extend(ends_by_cancelling(file, card.id, ctx));
        let statement = CancelStatement { by, proofs: self.proofs.clone(), chip: self.chip };
        events.push(HolderEvent::CardCancelled {
            card: card.id,
            reason: self.reason,
            statement: asked_for.then(|| Box::new(statement)),
        });
        if let Some(at) = self.given_back_at {
            around.institutions.org(at).ok_or(Reason::NotFound)?;
            let reason = match self.reason {
                CancelReason::Dead => RecallReason::HolderDead,
                _ => RecallReason::Cancelled,
            };
            events.push(HolderEvent::TakenBack {
                card: card.id,
                from: Party::Holder,
                at,
                reason,
                data_to: None,
            });
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

    /// Decides 账户销户, by the card's bank: only of a card that is cancelled here, and once the money was moved (R33.2). After a change of
    /// the bank this ends the case: the old bank has settled, and takes the card back (R31.3).
    fn decide(&self, Asked { file, ctx, around }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R33.2);
        let card: &Card = file.card(self.card).ok_or(Reason::NotFound)?;
        if card.account_is_closed() {
            return Err(Reason::NothingToDo.into());
        }
        if card.stands() {
            return Err(Refusal::about(Reason::WrongStage, "该卡仍在使用，不能销户"));
        }
        if !self.settled && !matches!(ctx.actor, Actor::Bank(_)) {
            return Err(Reason::NotSettled.into());
        }
        let open = card.intents.iter().find(|i| i.kind == IntentKind::Close && !i.is_over());
        let mut events = vec![HolderEvent::AccountClosed { card: card.id }];
        if let Some(intent) = open {
            let state = IntentState::Confirmed { at: ctx.now };
            events.push(HolderEvent::IntentAnswered { card: card.id, seq: intent.seq, state, due: None });
        }
        if let Some(at) = self.given_back_at {
            clause!(R31.3);
            if !matches!(card.custody, Custody::WithHolder { .. }) {
                return Err(not_in_hand(card, around));
            }
            if around.institutions.org(at).and_then(|o| o.bank.as_ref()) != Some(&card.bank) {
                return Err(Refusal::about(Reason::WrongBank, "旧卡由原服务银行回收"));
            }
            let replaced = card.replaced_by.is_some();
            let reason = if replaced { RecallReason::Exchanged } else { RecallReason::Cancelled };
            let (card, from) = (card.id, Party::Holder);
            events.push(HolderEvent::TakenBack { card, from, at, reason, data_to: None });
        }
        Ok(events)
    }
}
