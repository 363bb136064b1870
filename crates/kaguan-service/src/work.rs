//! Commands on their way to the executor.

use crate::outcome::{Failure, Receipt};
use kaguan_domain::application::UnitCommand;
use kaguan_domain::ctx::Ctx;
use kaguan_domain::dispatch::{BatchCommand, HolderCommand};
use kaguan_domain::facts::bank_change::Ending;
use kaguan_domain::facts::blank::BlankEvent;
use kaguan_domain::facts::blank_order::BlankOrderFile;
use kaguan_domain::facts::card::Card;
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::fee::Fee;
use kaguan_domain::facts::holder::{HolderEvent, HolderFile};
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::facts::intent::{IntentKind, IntentState};
use kaguan_domain::facts::social_security_number::SocialSecurityNumber;
use kaguan_domain::ids::{BatchId, BlankId, BlankOrderId, HolderId, UnitId};
use kaguan_domain::instant::{BlankCommand, BlankOrderCommand, Making, TakeMaking};
use kaguan_domain::institution::InstitutionCommand;
use kaguan_domain::permission::Verb;
use kaguan_domain::production::ProductionResult;
use kaguan_store::seal::sm3;
use kaguan_store::{Claim, ClaimKind, Loaded, NewMessage, Store, Subject};
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
        };
        serde_json::to_vec(&body).expect("our own commands are always JSON")
    }
}

/// A message that a door attaches to a command, sent only when the command is done: a pick-up code, say.
#[derive(Clone, PartialEq, Debug)]
pub struct Attachment {
    /// `sms`, `ecard`.
    pub partner: &'static str,
    /// What it is.
    pub kind: &'static str,
    /// JSON.
    pub body: Vec<u8>,
}

/// One waiting command.
pub(crate) struct Job {
    pub(crate) ctx: Ctx,
    pub(crate) command: Command,
    pub(crate) attachments: Vec<Attachment>,
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

    pub(crate) fn attached(&self, subject: Subject) -> impl Iterator<Item = NewMessage> + '_ {
        self.attachments.iter().map(move |a| NewMessage {
            partner: a.partner.into(),
            kind: a.kind,
            subject,
            body: a.body.clone(),
        })
    }
}

fn claim(kind: ClaimKind, value: &str) -> Claim {
    Claim { kind, value: value.to_owned() }
}

/// The numbers that a command may make somebody's.
pub(crate) fn claims_of_command(command: &HolderCommand) -> Vec<Claim> {
    match command {
        HolderCommand::Apply(c) => vec![claim(ClaimKind::FormNumber, c.draft.form_no.trim())],
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

/// The cards whose e-card an event may have changed: it follows the physical card (R24.1).
fn e_cards_touched<'a>(file: &'a HolderFile, event: &HolderEvent) -> Vec<&'a Card> {
    use HolderEvent as E;
    match event {
        E::LossReported { card, .. }
        | E::LossReleased { card }
        | E::RestrictionDecided { card, .. }
        | E::CardCancelled { card, .. }
        | E::CardReplaced { old: card, .. } => file.card(*card).into_iter().collect(),
        E::OneCardCleaned { cards } => cards.iter().filter_map(|c| file.card(*c)).collect(),
        E::DeathMarked { .. } | E::LifeRestored {} => file.standing_cards().collect(),
        E::BankChangeCarriedOut {} | E::BankChangeEnded { .. } => file.standing_cards().collect(),
        _ => Vec::new(),
    }
}

/// What the two banks of a change are told: the old one that it must decide, the new one what came of it (R31.1).
fn change_messages(file: &HolderFile, event: &HolderEvent) -> Option<NewMessage> {
    kaguan_domain::clause!(R31.1);
    let (to, kind, body) = match event {
        HolderEvent::BankChangeReserved { change } => {
            let old = file.card(change.old)?;
            let bank_card_no = old.account_no.bank_card_no.as_str();
            let body = serde_json::json!({ "bank_card_no": bank_card_no, "to": change.to.as_str() });
            (old.bank.clone(), "bank.change_reserved", body)
        }
        HolderEvent::BankChangeApproved {} => {
            (file.bank_change()?.to.clone(), "bank.change_decided", decided(file, "approved", None)?)
        }
        HolderEvent::BankChangeEnded { how, to } => {
            let (outcome, reason) = match how {
                Ending::Refused { reason } => ("refused", Some(reason.as_str())),
                Ending::Withdrawn | Ending::GivenUp => ("withdrawn", None),
                Ending::Lapsed => ("lapsed", None),
                Ending::Done => return None,
            };
            (to.clone()?, "bank.change_decided", decided(file, outcome, reason)?)
        }
        _ => return None,
    };
    let subject = Subject::Holder(file.id);
    Some(NewMessage { partner: format!("bank:{to}"), kind, subject, body: body.to_string().into_bytes() })
}

fn decided(file: &HolderFile, outcome: &str, reason: Option<&str>) -> Option<serde_json::Value> {
    let number = file.person.as_ref()?.details.ssn.as_str();
    let mut body = serde_json::json!({ "number": number, "outcome": outcome });
    if let Some(reason) = reason {
        body["reason"] = reason.into();
    }
    Some(body)
}

/// What partners are told of a command that was done: the e-card is asked for once the card is made (R8.8).
pub(crate) fn messages_of(file: &HolderFile, events: &[HolderEvent], job: &Job) -> Vec<NewMessage> {
    let subject = Subject::Holder(file.id);
    let mut out: Vec<NewMessage> = job.attached(subject).collect();
    for event in events {
        if let HolderEvent::Notified { notice, silent: false, .. } = event
            && let Some(mobile) = file.person.as_ref().and_then(|p| p.details.mobile.as_ref())
        {
            let body = serde_json::json!({ "to": mobile, "text": notice.kind.text() });
            out.push(NewMessage {
                partner: "sms".into(),
                kind: "sms.notice",
                subject,
                body: body.to_string().into_bytes(),
            });
        }
        let asked = match event {
            HolderEvent::IntentMade { card, intent } if intent.state == IntentState::Wanted => {
                Some((card, intent.seq))
            }
            // Asked again.
            HolderEvent::IntentAnswered { card, seq, state: IntentState::Wanted } => Some((card, *seq)),
            _ => None,
        };
        if let Some((id, seq)) = asked
            && let Some(card) = file.card(*id)
            && let Some(intent) = card.intents.iter().find(|i| i.seq == seq)
        {
            let mut body = serde_json::json!({
                "bank": card.bank.as_str(),
                "holder": file.id.0,
                "card": card.id.0,
                "bank_card_no": card.account_no.bank_card_no.as_str(),
                "seq": intent.seq,
                "kind": intent.kind.code(),
            });
            // The account was allocated for nobody; now the bank learns whose it is.
            if intent.kind == IntentKind::OpenPreMade
                && let Some(details) = file.person.as_ref().map(|p| &p.details)
            {
                body["owner"] = serde_json::json!({
                    "number": details.ssn.as_str(),
                    "name": details.name.display(),
                    "document_kind": DocumentKind::interface_code(details.document.kind()),
                    "document_number": details.document.number(),
                    "mobile": details.mobile,
                });
            }
            out.push(NewMessage {
                partner: format!("bank:{}", card.bank),
                kind: "bank.link",
                subject,
                body: body.to_string().into_bytes(),
            });
        }
        out.extend(change_messages(file, event));
        for card in e_cards_touched(file, event) {
            let body = serde_json::json!({ "card": card.id.0, "state": card.e_card().code() });
            out.push(NewMessage {
                partner: "ecard".into(),
                kind: "ecard.state",
                subject,
                body: body.to_string().into_bytes(),
            });
        }
        if let HolderEvent::Applied { application, details, .. } = event
            && let Fee::Due { fen } = application.fee
        {
            let body = serde_json::json!({
                "form_no": application.form_no,
                "number": details.ssn.as_str(),
                "fen": fen,
            });
            out.push(NewMessage {
                partner: "treasury".into(),
                kind: "fee.order",
                subject,
                body: body.to_string().into_bytes(),
            });
        }
        if let HolderEvent::CardMade { card, .. } = event
            && let Some(person) = &file.person
        {
            kaguan_domain::clause!(R8.8);
            let body = serde_json::json!({
                "card": card.id.0,
                "number": person.details.ssn.as_str(),
                "name": person.details.name.display(),
                "document_kind": DocumentKind::interface_code(person.details.document.kind()),
                "issued_on": card.issued_on.to_string(),
                "area": card.city.as_str(),
            });
            out.push(NewMessage {
                partner: "ecard".into(),
                kind: "ecard.issue",
                subject,
                body: body.to_string().into_bytes(),
            });
        }
    }
    out
}
