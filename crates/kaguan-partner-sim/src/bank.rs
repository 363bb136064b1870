//! A service bank: extracts confirmed batches, opens accounts, returns them, activates.

use crate::BadDay;
use kaguan_domain::account_opening::{OpeningResult, TakeReturn};
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::dispatch::{BatchCommand, HolderCommand};
use kaguan_domain::facts::account::AccountNumber;
use kaguan_domain::facts::failure::PartnerWords;
use kaguan_domain::facts::letter::Letter;
use kaguan_domain::facts::names::BatchStateKind;
use kaguan_domain::ids::{BankCardNumber, BankCode, BatchId};
use kaguan_domain::link::{AnswerIntent, BankAnswer};
use kaguan_domain::refusal::Reason;
use kaguan_service::{Command, Failure, Service};
use kaguan_store::BatchesAsked;
use std::collections::HashMap;

/// A bank's computer.
pub struct Bank {
    /// Its code.
    pub code: BankCode,
    /// What goes wrong.
    pub bad_day: BadDay,
    /// Accounts by card number: opening one twice gives the same account.
    accounts: HashMap<String, (BankCardNumber, AccountNumber)>,
}

impl Bank {
    /// A bank.
    pub fn new(code: &str, bad_day: BadDay) -> Self {
        Self { code: BankCode(code.into()), bad_day, accounts: HashMap::new() }
    }

    /// Works through every confirmed batch of this bank; returns the batches and how many rows it answered.
    pub async fn work(&mut self, service: &Service) -> Result<(Vec<BatchId>, usize), Failure> {
        let me = Actor::Bank(self.code.clone());
        let store = service.store();
        let mine = BatchesAsked {
            state: Some(BatchStateKind::Confirmed),
            bank: Some(self.code.as_str()),
            ..BatchesAsked::default()
        };
        let waiting = store.batches(mine, 10_000).await?;
        let (mut batches, mut rows) = (Vec::new(), 0);
        for b in waiting {
            let ctx = || service.ctx(me.clone(), Channel::Partner, None);
            service.execute(ctx(), Command::Batch { id: b.id, command: BatchCommand::Extract }).await?;
            let mut commands = Vec::new();
            for (n, person) in service.people_of(&me, b.id).await?.into_shown().into_iter().enumerate() {
                let mut echo = person.data.clone();
                let result = if BadDay::strikes(self.bad_day.fail_one_in, n) {
                    OpeningResult::Failed(PartnerWords {
                        code: "KYC01".into(),
                        reason: "客户职业信息缺失，不符合开户要求".into(),
                    })
                } else {
                    let (bank_card_no, account_no) = self.open(&person.data.card_no);
                    OpeningResult::Opened { bank_card_no, account_no }
                };
                if BadDay::strikes(self.bad_day.change_one_in, n) {
                    echo.name.push('哥');
                }
                let details = Some(Box::new(person.details));
                let answer =
                    TakeReturn { application: person.application, batch: b.id, echo, details, result };
                let key = format!("opening/{}/{}", b.id, person.application);
                let ctx = service.ctx(me.clone(), Channel::Partner, Some(key));
                commands.push((ctx, Command::of(person.holder, HolderCommand::TakeOpeningReturn(answer))));
            }
            for outcome in service.execute_all(commands, |_| {}).await {
                outcome?;
                rows += 1;
            }
            service.execute(ctx(), Command::Batch { id: b.id, command: BatchCommand::CloseOpening }).await?;
            batches.push(b.id);
        }
        Ok((batches, rows))
    }

    /// Answers whatever the banks were asked to mirror: each asked bank as itself, in order for each card. One in so
    /// many is refused, and one in so many gets no answer, by the bad day. Returns how many were answered.
    pub async fn mirror(service: &Service, inbox: &crate::Inbox, bad_day: BadDay) -> Result<usize, Failure> {
        let mut commands = Vec::new();
        // A reservation is for its clerks to decide.
        let links = inbox.take().into_iter().filter_map(|m| match m.letter {
            Letter::Link(link) => Some(link),
            Letter::ChangeReserved(_)
            | Letter::ChangeDecided(_)
            | Letter::AccountUnused(_)
            | Letter::ECardIssue(_)
            | Letter::ECardState(_)
            | Letter::FeeOrder(_)
            | Letter::Notice(_) => None,
        });
        for (n, asked) in links.enumerate() {
            let answer = if BadDay::strikes(bad_day.fail_one_in, n) {
                BankAnswer::Refused("账户有未结清的业务".into())
            } else if BadDay::strikes(bad_day.change_one_in, n) {
                BankAnswer::Unknown
            } else {
                BankAnswer::Done
            };
            let command = AnswerIntent { card: asked.card, seq: asked.seq, answer };
            let ctx = service.ctx(Actor::Bank(asked.bank), Channel::Partner, None);
            commands.push((ctx, Command::of(asked.holder, HolderCommand::AnswerIntent(command))));
        }
        let mut answered = 0;
        for outcome in service.execute_all(commands, |_| {}).await {
            match outcome {
                Ok(_) => answered += 1,
                // Asked twice: the first answer stands.
                Err(Failure::Refused(r)) if matches!(r.reason, Reason::IntentOver | Reason::NothingToDo) => {}
                Err(e) => return Err(e),
            }
        }
        Ok(answered)
    }

    pub(crate) fn open(&mut self, card_no: &str) -> (BankCardNumber, AccountNumber) {
        // 62 and the bank's five digits, then eleven that follow from the card number, which is nobody else's:
        // another process of the same bank opens the same account for it.
        let own = card_no.chars().take(8).fold(0u64, |n, c| match c.to_digit(36) {
            Some(d) if d > 9 => n * 100 + u64::from(d),
            d => n * 10 + u64::from(d.unwrap_or(0)),
        });
        let made = || {
            let card = BankCardNumber::with_check(&format!("62{}{own:011}", self.code.as_str()));
            let card = card.expect("eighteen digits and a check digit");
            (card, AccountNumber(format!("{}{own:014}", self.code.as_str())))
        };
        self.accounts.entry(card_no.to_owned()).or_insert_with(made).clone()
    }
}
