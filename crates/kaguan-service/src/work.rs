//! Commands on their way to the executor.

use crate::outcome::{Failure, Receipt};
use kaguan_domain::application::UnitCommand;
use kaguan_domain::ctx::Ctx;
use kaguan_domain::dispatch::{BatchCommand, HolderCommand};
use kaguan_domain::facts::blank_order::BlankOrderFile;
use kaguan_domain::facts::claim::Claim;
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::facts::letter::{Addressee, Letter};
use kaguan_domain::facts::social_security_number::SocialSecurityNumber;
use kaguan_domain::ids::{BatchId, BlankId, BlankOrderId, HolderId, UnitId};
use kaguan_domain::instant::{BlankCommand, BlankOrderCommand};
use kaguan_domain::institution::{FetchMessages, InstitutionCommand, RecordSignIn, SubmitRows};
use kaguan_domain::permission::Verb;
use kaguan_store::seal::sm3;
use kaguan_store::{Loaded, Store, Subject};
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
    /// Nobody: what was looked up leads to no file, and the line of the search is all there is.
    Nobody,
}

/// Everything that can be asked of the executor.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Command {
    /// About one person.
    Holder {
        /// Whose file.
        whose: Whose,
        command: HolderCommand,
    },
    /// About a batch as a whole, or one of its boxes.
    Batch { id: BatchId, command: BatchCommand },
    /// About a unit application.
    Unit { id: UnitId, command: UnitCommand },
    /// About an order of pre-made cards.
    BlankOrder { id: BlankOrderId, command: BlankOrderCommand },
    /// About one pre-made card.
    Blank { id: BlankId, command: BlankCommand },
    /// About organisations, officers, banks, calendar.
    Institution(InstitutionCommand),
    /// About the messages that wait for the partner who speaks.
    Messages(FetchMessages),
    /// A body of many rows has come from the partner who speaks.
    Submission(SubmitRows),
    /// Who came in, went, or tried to come in.
    Door(RecordSignIn),
}

impl Command {
    /// A command about a known file.
    pub fn of(id: HolderId, command: HolderCommand) -> Self {
        Self::Holder { whose: Whose::Id(id), command }
    }

    /// Whether it leaves a line that somebody looked, and nothing else.
    pub(crate) fn only_looks(&self) -> bool {
        matches!(
            self,
            Self::Holder {
                command: HolderCommand::Look(_)
                    | HolderCommand::LookInBatch(_)
                    | HolderCommand::PrintReceipt(_)
                    | HolderCommand::PrintVoucher(_)
                    | HolderCommand::PrintBusinessReceipt(_)
                    | HolderCommand::LendPhoto(_)
                    | HolderCommand::Show(_)
                    | HolderCommand::PrintSlip(_)
                    | HolderCommand::LendDocument(_),
                ..
            } | Self::Batch {
                command: BatchCommand::LendRows { .. }
                    | BatchCommand::PrintRegister { .. }
                    | BatchCommand::OpenPaper { .. },
                ..
            } | Self::Unit {
                command: UnitCommand::Print | UnitCommand::Try(_) | UnitCommand::TakeRest(_),
                ..
            } | Self::Institution(InstitutionCommand::ExportJournal(_))
        )
    }

    pub(crate) fn runs_alone(&self) -> bool {
        matches!(self, Self::Batch { .. } | Self::BlankOrder { .. })
    }

    pub(crate) fn subject(&self, loaded: &Loaded) -> Subject {
        match self {
            Self::Holder { whose: Whose::Id(id), .. } => Subject::Holder(loaded.answers_for(*id)),
            Self::Holder { whose: Whose::Nobody, .. } => Subject::Nobody,
            Self::Holder { whose: Whose::Number { number, .. }, .. } => loaded
                .claims
                .get(&Claim::social_security_number(number))
                .map_or(Subject::Nobody, |id| Subject::Holder(*id)),
            Self::Batch { id, .. } => Subject::Batch(*id),
            Self::Unit { id, .. } => Subject::Unit(*id),
            Self::BlankOrder { id, .. } => Subject::BlankOrder(*id),
            Self::Blank { id, .. } => Subject::Blank(*id),
            Self::Institution(_) => Subject::Institution,
            Self::Messages(_) | Self::Submission(_) => Subject::Messages,
            Self::Door(command) => command.event.officer().map_or(Subject::Strangers, Subject::Officer),
        }
    }

    pub(crate) fn verb_code(&self, loaded: &Loaded, institutions: &Institutions) -> &'static str {
        match self {
            Self::Holder { command, .. } => command.verb().code(),
            Self::Batch { id, command } => {
                let new = kaguan_domain::facts::batch::BatchFile::new(*id);
                command.verb(loaded.batches.get(id).unwrap_or(&new), institutions).code()
            }
            Self::Unit { command, .. } => command.verb().code(),
            Self::BlankOrder { id, command } => {
                let new = BlankOrderFile::new(*id);
                command.verb(loaded.stock.orders.get(id).unwrap_or(&new)).code()
            }
            Self::Blank { command, .. } => command.verb().code(),
            Self::Institution(command) => command.verb().code(),
            Self::Messages(_) => Verb::FetchMessages.code(),
            Self::Submission(_) => Verb::SubmitRows.code(),
            Self::Door(command) => command.verb().code(),
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
            Submission(&'a SubmitRows),
            Door(&'a RecordSignIn),
        }
        let body = match self {
            Self::Holder { whose, command } => Body::Holder(
                match whose {
                    Whose::Id(id) => id.to_string(),
                    Whose::Number { number, .. } => number.as_str().to_owned(),
                    Whose::Nobody => String::new(),
                },
                command,
            ),
            Self::Batch { id, command } => Body::Batch(*id, command),
            Self::Unit { id, command } => Body::Unit(*id, command),
            Self::BlankOrder { id, command } => Body::BlankOrder(*id, command),
            Self::Blank { id, command } => Body::Blank(*id, command),
            Self::Institution(command) => Body::Institution(command),
            Self::Messages(command) => Body::Messages(command),
            Self::Submission(command) => Body::Submission(command),
            Self::Door(command) => Body::Door(command),
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
    /// Those that are done together with it, in one commit, or not at all.
    pub(crate) with: Vec<Job>,
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
