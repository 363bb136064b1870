//! Commands on their way to the executor.

use crate::outcome::{Failure, Receipt};
use kaguan_domain::application::UnitCommand;
use kaguan_domain::ctx::Ctx;
use kaguan_domain::dispatch::{BatchCommand, HolderCommand};
use kaguan_domain::facts::blank::BlankEvent;
use kaguan_domain::facts::blank_order::BlankOrderFile;
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::facts::letter::{Addressee, Letter};
use kaguan_domain::facts::social_security_number::SocialSecurityNumber;
use kaguan_domain::ids::{BatchId, BlankId, BlankOrderId, HolderId, UnitId};
use kaguan_domain::instant::{BlankCommand, BlankOrderCommand, Making, TakeMaking};
use kaguan_domain::institution::{FetchMessages, InstitutionCommand};
use kaguan_domain::permission::Verb;
use kaguan_domain::production::ProductionResult;
use kaguan_store::seal::sm3;
use kaguan_store::{Claim, ClaimKind, Loaded, Store, Subject};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

/// Whose file a command is about.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Whose {
    /// A known file.
    Id(HolderId),
    /// Whoever has this number; a new file under the fresh identity when nobody has.
    Number {
        /// The number.
        number: SocialSecurityNumber,
        /// The identity of a new file.
        fresh: HolderId,
    },
}

impl Whose {
    /// The number as a claim.
    pub fn claim(number: &SocialSecurityNumber) -> Claim {
        Claim { kind: ClaimKind::SocialSecurityNumber, value: number.as_str().to_owned() }
    }
}

/// Everything that can be asked of the executor.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Command {
    /// About one person.
    Holder {
        /// Whose file.
        whose: Whose,
        /// What.
        command: HolderCommand,
    },
    /// About a batch as a whole, or one of its boxes.
    Batch {
        /// Which.
        id: BatchId,
        /// What.
        command: BatchCommand,
    },
    /// About a unit application.
    Unit {
        /// Which.
        id: UnitId,
        /// What.
        command: UnitCommand,
    },
    /// About an order of pre-made cards.
    BlankOrder {
        /// Which.
        id: BlankOrderId,
        /// What.
        command: BlankOrderCommand,
    },
    /// About one pre-made card.
    Blank {
        /// Which.
        id: BlankId,
        /// What.
        command: BlankCommand,
    },
    /// About organisations, officers, banks, calendar.
    Institution(InstitutionCommand),
    /// About the messages that wait for the partner who speaks.
    Messages(FetchMessages),
}

impl Command {
    /// A command about a known file.
    pub fn of(id: HolderId, command: HolderCommand) -> Self {
        Self::Holder { whose: Whose::Id(id), command }
    }

    pub(crate) fn runs_alone(&self) -> bool {
        matches!(self, Self::Batch { .. } | Self::BlankOrder { .. })
    }

    pub(crate) fn subject(&self, loaded: &Loaded) -> Subject {
        match self {
            Self::Holder { whose: Whose::Id(id), .. } => Subject::Holder(*id),
            Self::Holder { whose: Whose::Number { number, .. }, .. } => {
                loaded.claims.get(&Whose::claim(number)).map_or(Subject::Nobody, |id| Subject::Holder(*id))
            }
            Self::Batch { id, .. } => Subject::Batch(*id),
            Self::Unit { id, .. } => Subject::Unit(*id),
            Self::BlankOrder { id, .. } => Subject::BlankOrder(*id),
            Self::Blank { id, .. } => Subject::Blank(*id),
            Self::Institution(_) => Subject::Institution,
            Self::Messages(_) => Subject::Messages,
        }
    }

    pub(crate) fn verb_code(&self, loaded: &Loaded, institutions: &Institutions) -> &'static str {
        match self {
            Self::Holder { command, .. } => command.verb().code(),
            Self::Batch { id, command } => {
                let new = kaguan_domain::facts::batch::BatchFile::new(*id);
                command.verb(loaded.batches.get(id).unwrap_or(&new), institutions).code()
            }
            Self::Unit { .. } => Verb::ApplyForUnit.code(),
            Self::BlankOrder { id, command } => {
                let new = BlankOrderFile::new(*id);
                command.verb(loaded.stock.orders.get(id).unwrap_or(&new)).code()
            }
            Self::Blank { command, .. } => command.verb().code(),
            Self::Institution(command) => command.verb().code(),
            Self::Messages(_) => Verb::FetchMessages.code(),
        }
    }

    /// The body for the digest: what the same request key must come with again.
    fn body(&self) -> Vec<u8> {
        #[derive(Serialize)]
        enum Body<'a> {
            Holder(String, &'a HolderCommand),
            Batch(BatchId, &'a BatchCommand),
            Unit(UnitId, &'a UnitCommand),
            BlankOrder(BlankOrderId, &'a BlankOrderCommand),
            Blank(BlankId, &'a BlankCommand),
            Institution(&'a InstitutionCommand),
            Messages(&'a FetchMessages),
        }
        let body = match self {
            Self::Holder { whose, command } => Body::Holder(
                match whose {
                    Whose::Id(id) => id.to_string(),
                    Whose::Number { number, .. } => number.as_str().to_owned(),
                },
                command,
            ),
            Self::Batch { id, command } => Body::Batch(*id, command),
            Self::Unit { id, command } => Body::Unit(*id, command),
            Self::BlankOrder { id, command } => Body::BlankOrder(*id, command),
            Self::Blank { id, command } => Body::Blank(*id, command),
            Self::Institution(command) => Body::Institution(command),
            Self::Messages(command) => Body::Messages(command),
        };
        serde_json::to_vec(&body).expect("our own commands are always JSON")
    }
}

/// One waiting command.
pub(crate) struct Job {
    pub(crate) ctx: Ctx,
    pub(crate) command: Command,
    /// Letters of the door that go out when the command is done: a pick-up code, say.
    pub(crate) letters: Vec<(Addressee, Letter)>,
    pub(crate) reply: oneshot::Sender<Result<Receipt, Failure>>,
}

impl Job {
    pub(crate) fn answer(self, answer: Result<Receipt, Failure>) {
        // Whoever went away will ask again with the same key.
        let _ = self.reply.send(answer);
    }

    /// The request key bound to the caller.
    pub(crate) fn key_digest(&self, store: &Store) -> Option<[u8; 32]> {
        let key = self.ctx.request_key.as_ref()?;
        Some(store.digest("request", &format!("{}\n{key}", self.ctx.actor.text())))
    }

    pub(crate) fn body_digest(&self) -> [u8; 32] {
        self.ctx.request_body.unwrap_or_else(|| sm3(&[&self.command.body()]))
    }
}

fn claim(kind: ClaimKind, value: &str) -> Claim {
    Claim { kind, value: value.to_owned() }
}

/// The numbers that a command may make somebody's.
pub(crate) fn claims_of_command(command: &HolderCommand) -> Vec<Claim> {
    match command {
        HolderCommand::Apply(c) => vec![claim(ClaimKind::FormNumber, &c.form.form_no)],
        HolderCommand::ApplyForUnit(c) => vec![claim(ClaimKind::FormNumber, &c.form.form_no)],
        HolderCommand::Replace(c) | HolderCommand::CarryOutBankChange(c) => {
            vec![claim(ClaimKind::FormNumber, c.form_no.trim())]
        }
        HolderCommand::Screen(c) => vec![claim(ClaimKind::CardNumber, c.card_no.as_str())],
        HolderCommand::TakeOpeningReturn(c) => crate::executor::opened_number(&c.result)
            .map(|n| claim(ClaimKind::BankCardNumber, n))
            .into_iter()
            .collect(),
        // Its holder has the chip since the card was taken.
        HolderCommand::WriteBack(c) => vec![claim(ClaimKind::Chip, c.chip.as_str())],
        HolderCommand::TakeProductionReturn(c) => match &c.result {
            ProductionResult::Made { chip, .. } => vec![claim(ClaimKind::Chip, chip.as_str())],
            ProductionResult::Failed(_) => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// The numbers that an event makes somebody's.
pub(crate) fn claims_of_event(event: &HolderEvent) -> Vec<Claim> {
    match event {
        HolderEvent::Applied { application, details, .. } => {
            vec![Whose::claim(&details.ssn), claim(ClaimKind::FormNumber, &application.form_no)]
        }
        HolderEvent::Screened { card_no, .. } => vec![claim(ClaimKind::CardNumber, card_no.as_str())],
        HolderEvent::AccountOpened { account, .. } => {
            vec![claim(ClaimKind::BankCardNumber, account.bank_card_no.as_str())]
        }
        HolderEvent::CardMade { card, .. } => vec![claim(ClaimKind::Chip, card.chip.as_str())],
        HolderEvent::InstantBegun { card_no, made, .. } => vec![
            claim(ClaimKind::CardNumber, card_no.as_str()),
            claim(ClaimKind::BankCardNumber, made.account.account.bank_card_no.as_str()),
            claim(ClaimKind::Chip, made.chip.as_str()),
        ],
        _ => Vec::new(),
    }
}

/// The numbers that a command may make a pre-made card's.
pub(crate) fn claims_of_blank_command(command: &BlankCommand) -> Vec<Claim> {
    match command {
        BlankCommand::TakeAllocation(c) => {
            let account = c.bank_card_no().map(|n| claim(ClaimKind::BankCardNumber, n.as_str()));
            account.into_iter().chain([claim(ClaimKind::CardNumber, &c.card_no)]).collect()
        }
        BlankCommand::TakeMaking(TakeMaking { result: Making::Made { chip, .. }, .. }) => {
            vec![claim(ClaimKind::Chip, chip.as_str())]
        }
        BlankCommand::TakeMaking(_) | BlankCommand::Spoil(_) => Vec::new(),
    }
}

/// The numbers that an event makes a pre-made card's.
pub(crate) fn claims_of_blank_event(event: &BlankEvent) -> Vec<Claim> {
    match event {
        BlankEvent::Allocated { card_no, account } => vec![
            claim(ClaimKind::CardNumber, card_no.as_str()),
            claim(ClaimKind::BankCardNumber, account.account.bank_card_no.as_str()),
        ],
        BlankEvent::Made { chip, .. } => vec![claim(ClaimKind::Chip, chip.as_str())],
        _ => Vec::new(),
    }
}
