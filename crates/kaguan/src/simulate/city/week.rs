//! What staff does once a week: doubts, cards that nobody collected, old cards that come back late, cards that can be destroyed.

use super::{BANKS, City};
use crate::counter::Clerk;
use kaguan_domain::cancellation::{Cancel, RecordAccountClosed};
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::application::Purpose;
use kaguan_domain::facts::batch::keeper_of;
use kaguan_domain::facts::cancellation::CancelReason;
use kaguan_domain::facts::custody::{Custody, Party, RecallReason};
use kaguan_domain::facts::intent::{IntentKind, IntentState};
use kaguan_domain::ids::OrgId;
use kaguan_domain::link::ResolveIntent;
use kaguan_domain::recall::{Destroy, OfferAgain, StateBalance, TakeBack};

impl City {
    /// Once a week: doubts, cards that nobody collected, cards that can be destroyed.
    pub(super) async fn duties(&mut self) -> anyhow::Result<()> {
        let (mut commands, mut tags) = (Vec::new(), Vec::new());
        let today = self.service.now().date();
        let institutions = self.service.institutions();
        let (outlet, clerk, officer) = (self.outlet, self.clerk.clone(), self.officer.clone());
        let mut rng = self.rng.fork();
        let mut counter = Clerk::of(&self.service);
        let bank_outlets = self.bank_outlets;
        let mut offices = vec![(outlet, clerk.clone())];
        for bank in bank_outlets {
            offices.push((bank, self.works_at(bank).await?));
        }
        self.everybody(|file, loaded| {
            let around = kaguan_domain::rule::Around {
                institutions: &institutions,
                batches: &loaded.batches,
                stock: &loaded.stock,
                other: None,
                found: kaguan_domain::rule::Found::NOBODY,
            };
            let mut tell = |actor: &Actor, tag: &'static str, command: C| {
                commands.push((actor.clone(), file.id, command));
                tags.push(tag);
            };
            for card in &file.cards {
                // The new card of a change of the bank lies at the new bank's outlet.
                let keeper = keeper_of(&card.custody, loaded.batches.get(&card.batch));
                let has_it = |there: OrgId| matches!(keeper, Some(Party::Org(org) | Party::Recalled(org)) if org == there);
                let office = offices.iter().find(|(there, _)| has_it(*there)).unwrap_or(&offices[0]);
                let (outlet, clerk) = office.clone();
                for intent in &card.intents {
                    let settled = match intent.state {
                        IntentState::InDoubt { .. } => None,
                        IntentState::Refused { .. } => Some("与银行核对办结".to_owned()),
                        IntentState::Wanted
                        | IntentState::Confirmed { .. }
                        | IntentState::Settled { .. }
                        | IntentState::Dropped { .. } => continue,
                    };
                    let closing = intent.kind == IntentKind::Close && settled.is_some();
                    let closed = closing.then_some(!card.closing_is_over(intent));
                    let resolve = ResolveIntent { card: card.id, seq: intent.seq, settled, closed };
                    tell(&officer, "", C::ResolveIntent(resolve));
                }
                let overdue = kaguan_domain::recall::overdue_on(card, around).is_some_and(|d| today >= d);
                let again = card.offered_again.is_some()
                    && matches!(card.custody, Custody::AtOutlet { .. })
                    && !card.is_cancelled();
                if overdue || (again && rng.u8(..8) == 0) {
                    let reason = RecallReason::Uncollected;
                    let tag = if card.came_back.is_some() {
                        "退回或寻回的卡逾期回收"
                    } else {
                        "逾期未领回收"
                    };
                    tell(&clerk, tag, C::TakeBack(TakeBack { card: card.id, reason, at: outlet }));
                } else if again && rng.u8(..4) == 0 {
                    tell(&clerk, "二次发放后领取", C::HandOver(counter.hand_over(file, card.id, outlet)));
                }
                // After a change of the bank its holder goes to the old bank with both cards, most of them in time.
                if file.left_for_another_bank(card) && !card.account_is_closed() && rng.u8(..3) > 0 {
                    let at = bank_outlets[usize::from(card.bank.as_str() != BANKS[0])];
                    let given_back = matches!(card.custody, Custody::WithHolder { .. });
                    let given_back_at = given_back.then_some(at);
                    let closed = RecordAccountClosed { card: card.id, settled: true, given_back_at };
                    tell(&Actor::System, "", C::RecordAccountClosed(closed));
                }
                // Whoever left the old card at home brings it one day.
                let exchanged = card
                    .replaced_by
                    .and_then(|new| file.card(new))
                    .and_then(|new| file.application(new.application))
                    .is_some_and(|a| matches!(a.purpose, Purpose::Exchange { .. }));
                let at_home = matches!(card.custody, Custody::WithHolder { .. }) && card.loss().is_none();
                if exchanged && at_home && rng.u8(..4) == 0 {
                    let reason = RecallReason::Exchanged;
                    tell(&clerk, "旧卡后来交回", C::TakeBack(TakeBack { card: card.id, reason, at: outlet }));
                }
                if let Custody::Recalled { .. } = card.custody {
                    if card.is_cancelled() && card.account_is_closed() {
                        tell(&officer, "销毁", C::Destroy(Destroy { card: card.id }));
                    } else if !card.is_cancelled() && card.offered_again.is_none() {
                        tell(&clerk, "二次发放", C::OfferAgain(OfferAgain { card: card.id }));
                    } else if !card.is_cancelled() {
                        if !card.is_known_empty() {
                            let state = StateBalance { card: card.id, empty: true };
                            tell(&Actor::Bank(card.bank.clone()), "", C::StateBalance(state));
                        }
                        let cancel = Cancel::of(card.id, CancelReason::SecondOfferFailed);
                        tell(&clerk, "逾期且滞留注销", C::Cancel(cancel));
                    }
                }
            }
        })
        .await?;
        counter.keep_images().await?;
        for (done, tag) in self.give(commands).await?.into_iter().zip(tags) {
            if done && !tag.is_empty() {
                self.did(tag);
            }
        }
        Ok(())
    }
}
