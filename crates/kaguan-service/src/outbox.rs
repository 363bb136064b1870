//! Delivering the outbox: after the commit, at least once, in order for each subject, with retry, a deadline and dead
//! letters. Subjects are independent of one another: a partner that is slow or down holds up nobody else's messages.

use crate::outcome::Failure;
use crate::ports::{Answer, DeliveryError, Message};
use crate::service::Service;
use crate::work::Command;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use kaguan_domain::ctx::{Actor, Channel, Instant};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::e_card::TakeNumber;
use kaguan_domain::facts::letter::{Addressee, ECardIssue, Letter, Link};
use kaguan_domain::ids::{ECardNumber, PartnerId, PartnerKind};
use kaguan_domain::link::{AnswerIntent, BankAnswer};
use kaguan_store::{Attempt, AttemptOutcome, CommitError, MessageState, OutboxRow, StoreError, Subject};
use std::collections::BTreeMap;

/// A partner that cannot be reached is tried for so long before its message is given up: three days.
const DEADLINE: i64 = 72 * 3_600_000_000;
/// The longest wait between two attempts: half a minute.
const LONGEST_WAIT: i64 = 30_000_000;
/// A message without an address is looked at again after so long.
const NO_ADDRESS_WAIT: i64 = 10_000_000;
/// Messages of one round.
const ROUND: i64 = 500;
/// Deliveries to one partner under way at once.
const AT_ONCE: usize = 32;
/// After so many failures without a success the partner is left alone for this round.
const ENOUGH: usize = 16;

/// What a round of delivery did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Delivered {
    /// Messages delivered.
    pub delivered: usize,
    /// Messages put off.
    pub later: usize,
    /// Messages given up.
    pub dead: usize,
}

/// Why delivery stopped.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryStopped {
    /// The outbox cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was delivered cannot be recorded; it will be delivered again, and the partner drops it.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// What a bank answered cannot be recorded; it is asked again.
    #[error(transparent)]
    Answer(#[from] Failure),
}

/// What became of messages, and what was tried with them.
#[derive(Default)]
struct Settled {
    messages: Vec<(OutboxRow, MessageState, Instant)>,
    attempts: Vec<Attempt>,
}

impl Service {
    /// Delivers what is due to everybody, until nothing is.
    pub async fn deliver(&self) -> Result<Delivered, DeliveryStopped> {
        let partners = self.store().outbox_partners(self.now()).await?;
        let mut under_way: FuturesUnordered<_> = partners.iter().map(|p| self.deliver_to(p)).collect();
        let mut total = Delivered::default();
        while let Some(done) = under_way.next().await {
            let done = done?;
            total.delivered += done.delivered;
            total.later += done.later;
            total.dead += done.dead;
        }
        Ok(total)
    }

    /// Delivers what is due to one partner, until nothing is, or until it has failed often enough for now.
    pub async fn deliver_to(&self, partner: &str) -> Result<Delivered, DeliveryStopped> {
        let mut total = Delivered::default();
        loop {
            let due = self.store().outbox_due(partner, self.now(), ROUND).await?;
            if due.is_empty() {
                return Ok(total);
            }
            let mut subjects: BTreeMap<String, Vec<OutboxRow>> = BTreeMap::new();
            for row in due {
                subjects.entry(row.subject.clone()).or_default().push(row);
            }
            let mut failures = 0;
            let mut waiting = subjects.into_values();
            let mut under_way: FuturesUnordered<_> =
                waiting.by_ref().take(AT_ONCE).map(|rows| self.deliver_in_order(rows)).collect();
            let mut settled = Settled::default();
            while let Some(done) = under_way.next().await {
                let done = done?;
                match done.messages.iter().any(|(_, state, _)| *state == MessageState::Delivered) {
                    true => failures = 0,
                    false => failures += 1,
                }
                settled.messages.extend(done.messages);
                settled.attempts.extend(done.attempts);
                if failures < ENOUGH
                    && let Some(rows) = waiting.next()
                {
                    under_way.push(self.deliver_in_order(rows));
                }
            }
            drop(under_way);
            for (_, state, _) in &settled.messages {
                match state {
                    MessageState::Delivered => total.delivered += 1,
                    MessageState::Dead => total.dead += 1,
                    MessageState::Waiting | MessageState::Settled => total.later += 1,
                }
            }
            self.store().outbox_settle(settled.messages, settled.attempts).await?;
            if failures >= ENOUGH {
                return Ok(total);
            }
        }
    }

    /// Delivers the messages of one partner about one subject, each after the one before it.
    async fn deliver_in_order(&self, rows: Vec<OutboxRow>) -> Result<Settled, DeliveryStopped> {
        let mut out = Settled::default();
        for row in rows {
            let settled = &mut out.messages;
            let message = match Message::try_from(&row) {
                Ok(message) => message,
                Err(why) => {
                    tracing::warn!(message = row.id, kind = %row.kind, %why, "message is dead");
                    settled.push((row, MessageState::Dead, self.now()));
                    continue;
                }
            };
            let partners = self.partners();
            let courier = match &message.to {
                Addressee::Bank(_) => &partners.banks,
                Addressee::ECard => &partners.ecard,
                Addressee::Sms => &partners.sms,
                Addressee::Treasury => &partners.treasury,
            };
            let out_of_time = self.now().0 - row.made_at.0 > DEADLINE;
            let (at, began) = (self.now(), std::time::Instant::now());
            let delivered = courier.deliver(&message).await;
            let took = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
            let (id, partner, kind) = (self.fresh(), row.partner.clone(), row.kind.clone());
            let (message_id, number) = (row.id, row.attempts + 1);
            let tried = |outcome, said: String, next| {
                let message = message_id;
                Attempt { id, partner, at, message, kind, number, took, outcome, said, next }
            };
            match delivered {
                Ok(answer) => {
                    match (answer, &message.letter) {
                        (Some(Answer::Bank(answer)), Letter::Link(link)) => {
                            self.answered(link, answer).await?;
                        }
                        (Some(Answer::ECard(number)), Letter::ECardIssue(issue)) => {
                            self.e_card_signed(&row.subject, issue, number).await?;
                        }
                        // Nobody is asked anything by the others.
                        (Some(Answer::Bank(_) | Answer::ECard(_)) | None, _) => {}
                    }
                    out.attempts.push(tried(AttemptOutcome::Taken, "ok".into(), None));
                    settled.push((row, MessageState::Delivered, self.now()));
                }
                Err(DeliveryError::NoAddress) => {
                    settled.push((row, MessageState::Waiting, Instant(self.now().0 + NO_ADDRESS_WAIT)));
                    break;
                }
                Err(DeliveryError::Later(said)) if !out_of_time => {
                    // Those behind it wait with it: the store never hands them out before it.
                    let wait = (1_000_000 << row.attempts.clamp(0, 10)).min(LONGEST_WAIT);
                    let next = Instant(self.now().0 + wait);
                    out.attempts.push(tried(AttemptOutcome::Later, said, Some(next)));
                    settled.push((row, MessageState::Waiting, next));
                    break;
                }
                Err(DeliveryError::Later(said) | DeliveryError::Refused(said)) => {
                    tracing::warn!(message = row.id, kind = %row.kind, why = %said, "message is dead");
                    out.attempts.push(tried(AttemptOutcome::GivenUp, said, None));
                    // Nobody will answer it: in doubt, for staff to see.
                    if let Letter::Link(link) = &message.letter {
                        self.answered(link, BankAnswer::Unknown).await?;
                    }
                    settled.push((row, MessageState::Dead, self.now()));
                }
            }
        }
        Ok(out)
    }

    /// Records the number that the platform gave to an e-card.
    async fn e_card_signed(
        &self,
        subject: &str,
        issue: &ECardIssue,
        number: ECardNumber,
    ) -> Result<(), Failure> {
        let Some(Subject::Holder(holder)) = Subject::parse(subject) else { return Ok(()) };
        let command = TakeNumber { card: issue.card, number };
        let ctx = self.ctx(Actor::Partner(self.e_card_platform()), Channel::Partner, None);
        match self.execute(ctx, Command::of(holder, HolderCommand::TakeECardNumber(command))).await {
            // Known before, or the platform contradicts itself: the journal has the line.
            Ok(_) | Err(Failure::Refused(_)) => Ok(()),
            Err(e) => Err(e),
        }
    }

    /// Who answers as 全国社保卡服务平台: whoever is registered as it, or what stands in for it.
    fn e_card_platform(&self) -> PartnerId {
        let known =
            self.institutions().partners().find(|p| p.id.kind == PartnerKind::Ecard).map(|p| p.id.clone());
        known.unwrap_or_else(|| PartnerId { kind: PartnerKind::Ecard, code: "simulated".into() })
    }

    /// Records what a bank said about a link message.
    async fn answered(&self, link: &Link, answer: BankAnswer) -> Result<(), Failure> {
        let command = AnswerIntent { card: link.card, seq: link.seq, answer };
        let ctx = self.ctx(Actor::Bank(link.bank.clone()), Channel::Partner, None);
        let command = Command::of(link.holder, HolderCommand::AnswerIntent(command));
        match self.execute(ctx, command).await {
            // Answered before, by another delivery or by staff: the first answer stands.
            Ok(_) | Err(Failure::Refused(_)) => Ok(()),
            Err(e) => Err(e),
        }
    }
}
