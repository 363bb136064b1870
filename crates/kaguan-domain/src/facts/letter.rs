//! What partners are told: letters. Each is a fact of its own kind, kept as it is until its partner has it, and follows from what
//! happened in a file.

use crate::clause;
use crate::ctx::Instant;
use crate::facts::application::Application;
use crate::facts::bank_change::Ending;
use crate::facts::card::{Card, ECard};
use crate::facts::custody::Custody;
use crate::facts::document::DocumentKind;
use crate::facts::fee::Fee;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::intent::{IntentKind, IntentState};
use crate::facts::notice::{to_the_guardian, with_the_receipt};
use crate::facts::social_security_number::SocialSecurityNumber;
use crate::ids::{BankCardNumber, BankCode, CardId, CityCode, HolderId};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Whom a letter goes to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Addressee {
    /// One service bank.
    Bank(BankCode),
    /// 全国社保卡服务平台.
    ECard,
    /// The SMS gateway.
    Sms,
    /// 财政非税票据.
    Treasury,
}

impl Addressee {
    /// Reads what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            Some(("bank", code)) => Some(Self::Bank(BankCode(code.into()))),
            Some(_) => None,
            None => [Self::ECard, Self::Sms, Self::Treasury].into_iter().find(|a| a.to_string() == text),
        }
    }
}

impl fmt::Display for Addressee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bank(code) => write!(f, "bank:{code}"),
            Self::ECard => f.write_str("ecard"),
            Self::Sms => f.write_str("sms"),
            Self::Treasury => f.write_str("treasury"),
        }
    }
}

/// What a partner is told. The parts are stored as JSON objects: a field may be added with a default, never renamed.
#[derive(Clone, PartialEq, Eq)]
pub enum Letter {
    /// What a bank must mirror.
    Link(Link),
    /// 变更服务银行预约, to the old bank: it approves or refuses.
    ChangeReserved(ChangeReserved),
    /// What came of it, to the new bank.
    ChangeDecided(ChangeDecided),
    /// An account that the bank opened has no card, and will have none.
    AccountUnused(AccountUnused),
    /// An e-card is asked for.
    ECardIssue(ECardIssue),
    /// An e-card follows its physical card.
    ECardState(ECardState),
    /// A fee is owed.
    FeeOrder(FeeOrder),
    /// A short message to a holder.
    Notice(ShortMessage),
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Letter({})", self.kind().code())
    }
}

/// What kind of letter it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LetterKind {
    /// [`Letter::Link`]
    Link,
    /// [`Letter::ChangeReserved`]
    ChangeReserved,
    /// [`Letter::ChangeDecided`]
    ChangeDecided,
    /// [`Letter::AccountUnused`]
    AccountUnused,
    /// [`Letter::ECardIssue`]
    ECardIssue,
    /// [`Letter::ECardState`]
    ECardState,
    /// [`Letter::FeeOrder`]
    FeeOrder,
    /// [`Letter::Notice`]
    Notice,
}

impl LetterKind {
    /// Every kind, for reading stored names.
    pub const ALL: [Self; 8] = [
        Self::Link,
        Self::ChangeReserved,
        Self::ChangeDecided,
        Self::AccountUnused,
        Self::ECardIssue,
        Self::ECardState,
        Self::FeeOrder,
        Self::Notice,
    ];

    /// The stable name, in the outbox and on the wire.
    pub fn code(self) -> &'static str {
        match self {
            Self::Link => "bank.link",
            Self::ChangeReserved => "bank.change_reserved",
            Self::ChangeDecided => "bank.change_decided",
            Self::AccountUnused => "bank.account_unused",
            Self::ECardIssue => "ecard.issue",
            Self::ECardState => "ecard.state",
            Self::FeeOrder => "fee.order",
            Self::Notice => "sms.notice",
        }
    }

    /// Reads the stable name.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.code() == code)
    }

    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::Link => "银行联动",
            Self::ChangeReserved => "变更服务银行预约",
            Self::ChangeDecided => "变更服务银行结果",
            Self::AccountUnused => "账户没有社保卡",
            Self::ECardIssue => "电子社保卡签发",
            Self::ECardState => "电子社保卡状态",
            Self::FeeOrder => "工本费缴款单",
            Self::Notice => "短信",
        }
    }
}

/// An intent on its way to the card's bank.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The bank.
    pub bank: BankCode,
    /// Whose card it is; not told.
    pub holder: HolderId,
    /// The card; not told.
    pub card: CardId,
    /// 银行卡号, by which the bank knows it.
    pub bank_card_no: BankCardNumber,
    /// The intent's number on this card.
    pub seq: u32,
    /// What the bank is to do.
    pub kind: IntentKind,
    /// Whose the account of a pre-made card is from now on, in 预制卡开户 only: until then it was nobody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
}

/// Whose an account is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// 社会保障号码.
    pub number: SocialSecurityNumber,
    /// 姓名, rare characters in brackets.
    pub name: String,
    /// 证件类型, the interface's two characters.
    pub document_kind: String,
    /// 证件号码.
    pub document_number: String,
    /// 联系手机.
    #[serde(default)]
    pub mobile: Option<String>,
}

/// 变更服务银行预约.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeReserved {
    /// 银行卡号 of the old card.
    pub bank_card_no: BankCardNumber,
    /// The new bank.
    pub to: BankCode,
}

/// What came of a change of the bank.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeDecided {
    /// 社会保障号码 of the holder.
    pub number: SocialSecurityNumber,
    /// What came of it.
    #[serde(flatten)]
    pub decision: Decision,
}

/// What came of a change of the bank, as the new bank hears it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Decision {
    /// The old bank agrees.
    Approved,
    /// The old bank refuses.
    Refused {
        /// Why, in the old bank's words.
        reason: String,
    },
    /// The holder called it off, or gave up.
    Withdrawn,
    /// It was not carried out in time.
    Lapsed,
    /// 新卡已制成: the new bank tells the holder to collect it (R31.3).
    CardMade,
}

/// A card was not made: the account that its bank opened for it serves nobody, and the bank closes it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountUnused {
    /// 银行卡号, by which the bank knows it.
    pub bank_card_no: BankCardNumber,
    /// 申领表编码 of the application; when it is made after all, the bank is given it again in another batch.
    pub form_no: String,
    /// Why, in Chinese.
    pub reason: String,
}

/// An e-card is asked for once the card is made (R8.8).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ECardIssue {
    /// The card.
    pub card: CardId,
    /// 社会保障号码.
    pub number: SocialSecurityNumber,
    /// 姓名, rare characters in brackets.
    pub name: String,
    /// 证件类型, the interface's two characters.
    pub document_kind: String,
    /// 发卡日期.
    pub issued_on: Date,
    /// Issuing city.
    pub area: CityCode,
}

/// What an e-card can do from now on.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ECardState {
    /// The card that it belongs to.
    pub card: CardId,
    /// Its state.
    pub state: ECard,
}

/// A fee order.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeOrder {
    /// 申领表编码.
    pub form_no: String,
    /// 社会保障号码 of the applicant.
    pub number: SocialSecurityNumber,
    /// How much, in fen.
    pub fen: i64,
}

/// A short message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShortMessage {
    /// 手机号码.
    pub to: String,
    /// What it says; no personal data.
    pub text: String,
}

/// A stored letter that cannot be read: an unknown kind, or another shape. Says where, not what.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the letter cannot be read: {0}")]
pub struct UnreadableLetter(String);

impl UnreadableLetter {
    /// For an addressee that is none.
    pub fn to_nobody() -> Self {
        Self("unknown addressee".into())
    }
}

impl Letter {
    /// Its kind.
    pub fn kind(&self) -> LetterKind {
        match self {
            Self::Link(_) => LetterKind::Link,
            Self::ChangeReserved(_) => LetterKind::ChangeReserved,
            Self::ChangeDecided(_) => LetterKind::ChangeDecided,
            Self::AccountUnused(_) => LetterKind::AccountUnused,
            Self::ECardIssue(_) => LetterKind::ECardIssue,
            Self::ECardState(_) => LetterKind::ECardState,
            Self::FeeOrder(_) => LetterKind::FeeOrder,
            Self::Notice(_) => LetterKind::Notice,
        }
    }

    /// Its body as it is stored, beside its kind.
    pub fn body(&self) -> Vec<u8> {
        let body = match self {
            Self::Link(l) => serde_json::to_vec(l),
            Self::ChangeReserved(l) => serde_json::to_vec(l),
            Self::ChangeDecided(l) => serde_json::to_vec(l),
            Self::AccountUnused(l) => serde_json::to_vec(l),
            Self::ECardIssue(l) => serde_json::to_vec(l),
            Self::ECardState(l) => serde_json::to_vec(l),
            Self::FeeOrder(l) => serde_json::to_vec(l),
            Self::Notice(l) => serde_json::to_vec(l),
        };
        body.expect("our own letters are always JSON")
    }

    /// Reads a letter as it is stored.
    ///
    /// # Errors
    /// When the kind is unknown, or the body is not of its shape.
    pub fn read(kind: &str, body: &[u8]) -> Result<Self, UnreadableLetter> {
        let kind = LetterKind::parse(kind).ok_or_else(|| UnreadableLetter(format!("kind {kind:?}")))?;
        let letter = match kind {
            LetterKind::Link => serde_json::from_slice(body).map(Self::Link),
            LetterKind::ChangeReserved => serde_json::from_slice(body).map(Self::ChangeReserved),
            LetterKind::ChangeDecided => serde_json::from_slice(body).map(Self::ChangeDecided),
            LetterKind::AccountUnused => serde_json::from_slice(body).map(Self::AccountUnused),
            LetterKind::ECardIssue => serde_json::from_slice(body).map(Self::ECardIssue),
            LetterKind::ECardState => serde_json::from_slice(body).map(Self::ECardState),
            LetterKind::FeeOrder => serde_json::from_slice(body).map(Self::FeeOrder),
            LetterKind::Notice => serde_json::from_slice(body).map(Self::Notice),
        };
        // The error itself may quote what it stumbled over.
        letter.map_err(|e| UnreadableLetter(format!("{}, column {}", kind.code(), e.column())))
    }
}

/// Whom an event makes the system write to, and what. The file is as it is after the event.
pub fn letters_of(file: &HolderFile, event: &HolderEvent) -> Vec<(Addressee, Letter)> {
    use HolderEvent as E;
    match event {
        E::Notified { silent: true, .. } => Vec::new(),
        E::Notified { card, notice, silent: false } => {
            let bank_change = file.card(*card).is_some_and(|c| file.shows_receipt(c));
            let mobile = file.person.as_ref().and_then(|p| p.details.mobile.clone());
            let text = |to| ShortMessage { to, text: notice.text(bank_change) };
            mobile.map(|to| (Addressee::Sms, Letter::Notice(text(to)))).into_iter().collect()
        }
        E::Posted { card, tracking, code: Some(code), .. } => {
            clause!(R14.1);
            let text = format!(
                "您的社会保障卡已寄出，邮件号{tracking}。请凭取件码{}签收，勿将取件码告知他人。",
                code.0
            );
            let posted = |c: &Card| match c.custody {
                Custody::InPost { since, .. } => Some(since),
                Custody::InBox { .. }
                | Custody::AtOutlet { .. }
                | Custody::WithHolder { .. }
                | Custody::Missing { .. }
                | Custody::Recalled { .. }
                | Custody::Destroyed { .. } => None,
            };
            by_sms(file, as_it_is_collected(file, *card, text, posted))
        }
        E::PostReturned { card, .. } => {
            clause!(R14.1);
            // Nobody comes for what no counter hands over.
            if file.card(*card).is_none_or(Card::is_not_written_to) {
                return Vec::new();
            }
            let text = "您的社会保障卡邮件已退回，请携带有效身份证件到领卡网点领取，或联系网点重新邮寄。";
            by_sms(file, as_it_is_collected(file, *card, text.to_owned(), |c| c.came_back))
        }
        E::IntentMade { card, intent } => link(file, *card, intent.seq, &intent.state),
        // Asked again, when staff want it so.
        E::IntentAnswered { card, seq, state, due: _ } => link(file, *card, *seq, state),
        E::BankChangeReserved { change } => {
            clause!(R31.1);
            let old = file.card(change.old);
            let ask = |old: &Card| {
                let bank_card_no = old.bank_account.bank_card_no.clone();
                let letter = ChangeReserved { bank_card_no, to: change.to.clone() };
                (Addressee::Bank(old.bank.clone()), Letter::ChangeReserved(letter))
            };
            old.map(ask).into_iter().collect()
        }
        E::BankChangeApproved {} => {
            let to = file.bank_change().map(|c| c.to.clone());
            decided(file, to, Decision::Approved).into_iter().collect()
        }
        E::BankChangeEnded { how, to } => {
            let decision = match how {
                Ending::Refused { reason } => Some(Decision::Refused { reason: reason.clone() }),
                Ending::Withdrawn | Ending::GivenUp => Some(Decision::Withdrawn),
                Ending::Lapsed | Ending::Unanswered => Some(Decision::Lapsed),
                Ending::Done => None,
            };
            // The old bank, which was asked, hears that nothing comes of it; its own refusal it knows.
            let called_off = match how {
                Ending::Withdrawn | Ending::GivenUp | Ending::Lapsed | Ending::Unanswered => true,
                Ending::Refused { .. } | Ending::Done => false,
            };
            let mut old: Vec<BankCode> = Vec::new();
            for card in file.standing_cards().filter(|_| called_off) {
                if Some(&card.bank) != to.as_ref() && !old.contains(&card.bank) {
                    old.push(card.bank.clone());
                }
            }
            let hears = to.iter().cloned().chain(old);
            let told = hears.filter_map(|bank| decided(file, Some(bank), decision.clone()?));
            told.collect::<Vec<_>>().into_iter().chain(file.standing_cards().map(e_card)).collect()
        }
        // The e-card follows the physical card (R24.1).
        E::LossReported { card, .. }
        | E::LossReleased { card, .. }
        | E::RestrictionDecided { card, .. }
        | E::CardCancelled { card, .. }
        | E::MadeAgain { card, .. }
        | E::CardReplaced { old: card, .. } => file.card(*card).map(e_card).into_iter().collect(),
        // Whatever befell the card while its e-card was being signed.
        E::ECardSigned { card, .. } => {
            file.card(*card).filter(|c| c.e_card() != ECard::Normal).map(e_card).into_iter().collect()
        }
        E::OneCardCleaned { cards } => cards.iter().filter_map(|c| file.card(*c)).map(e_card).collect(),
        // Cards were cleaned or freed, and a death may be another person's. What was asked of a bank as a card came back goes with the card:
        // nothing else waits when files are taken apart.
        E::Joined { .. } | E::Separated { .. } | E::Restored { .. } => {
            let came_back = matches!(event, E::Restored { .. });
            let asked = file.cards.iter().filter(|_| came_back).flat_map(|c| {
                c.intents.iter().flat_map(|intent| link(file, c.id, intent.seq, &intent.state))
            });
            asked.chain(file.cards.iter().filter(|c| !c.is_cancelled()).map(e_card)).collect()
        }
        // A card that was made while its holder counted as dead has no e-card yet; one that was asked for already is signed once.
        E::LifeRestored { .. } => {
            let unsigned = file.standing_cards().filter(|c| c.signed_e_card.is_none());
            let asked = unsigned.filter_map(|c| asks_for_e_card(file, c));
            asked.chain(file.standing_cards().map(e_card)).collect()
        }
        E::DeathMarked { .. } | E::DeathStated { .. } | E::BankChangeCarriedOut { .. } => {
            file.standing_cards().map(e_card).collect()
        }
        E::Applied { application, details, .. } => match application.fee {
            Fee::Due { fen } => {
                let (form_no, number) = (application.form_no.clone(), details.ssn.clone());
                vec![(Addressee::Treasury, Letter::FeeOrder(FeeOrder { form_no, number, fen }))]
            }
            Fee::Free { .. } | Fee::Paid { .. } => Vec::new(),
        },
        E::CardMade { card, .. } => {
            asks_for_e_card(file, card).into_iter().chain(ready_after_change(file, card)).collect()
        }
        E::ProductionFailed { application, failure, unused: Some(number), .. } => {
            clause!(R23.1);
            let tell = |a: &Application| {
                let (bank_card_no, form_no) = (number.clone(), a.form_no.clone());
                let letter = AccountUnused { bank_card_no, form_no, reason: failure.reason() };
                (Addressee::Bank(a.bank.clone()), Letter::AccountUnused(letter))
            };
            file.application(*application).map(tell).into_iter().collect()
        }
        E::Accepted { .. }
        | E::ChecksRecorded { .. }
        | E::ConfirmedByHand { .. }
        | E::Declined { .. }
        | E::DetailsCorrected { .. }
        | E::CollectAtCorrected { .. }
        | E::DocumentHeld { .. }
        | E::NumberChanged { .. }
        | E::IdentityAnswered { .. }
        | E::OneCardConfirmed { .. }
        | E::FeePaid { .. }
        | E::Screened { .. }
        | E::TakenOutOfBatch { .. }
        | E::AccountOpened { .. }
        | E::OpeningFailed { .. }
        | E::ProductionFailed { unused: None, .. }
        | E::FailureSettled { .. }
        | E::Expedited { .. }
        | E::InstantMarked { .. }
        | E::FaceChecked { .. }
        | E::CardKeysTaken { .. }
        | E::InstantBegun { .. }
        | E::PrintedNameStated { .. }
        | E::InstantStepped { .. }
        | E::InstantReturned { .. }
        | E::InstantFailed { .. }
        | E::CardMissing { .. }
        | E::CardFound { .. }
        | E::HandedOver { .. }
        | E::Posted { code: None, .. }
        | E::TakenOver { .. }
        | E::PostTracked { .. }
        | E::PostAgreed { .. }
        | E::DataReceived { .. }
        | E::PlasticStored { .. }
        | E::BalanceStated { .. }
        | E::Enabled { .. }
        | E::VisitRecorded { .. }
        | E::Activated { .. }
        | E::RestrictionProposed { .. }
        | E::Withdrawn { .. }
        | E::TakenBack { .. }
        | E::OfferedAgain { .. }
        | E::Destroyed { .. }
        | E::AccountClosed { .. }
        | E::PinRecorded { .. }
        | E::NoticeOver { .. }
        | E::LookPutOff { .. }
        | E::LookedAt { .. }
        | E::ClockWarned { .. }
        | E::ClockRecounted { .. }
        | E::ClockStopped { .. }
        | E::MaterialFiled { .. }
        | E::MaterialDestroyed { .. }
        | E::MaterialCorrected { .. }
        | E::MaterialsGiven { .. }
        | E::MaterialsReceived { .. }
        | E::ChangeProved { .. }
        | E::JoinProposed { .. }
        | E::JoinRefused { .. }
        | E::SeparationProposed { .. }
        | E::JoinedInto { .. } => Vec::new(),
    }
}

/// A short message to the holder; none without a mobile number.
fn by_sms(file: &HolderFile, text: String) -> Vec<(Addressee, Letter)> {
    let mobile = file.person.as_ref().and_then(|p| p.details.mobile.clone());
    let letter = |to| (Addressee::Sms, Letter::Notice(ShortMessage { to, text }));
    mobile.map(letter).into_iter().collect()
}

/// What the holder is told of a card, as it is collected: of the new card of a change of the bank with its receipt, and of a child's, of the day on
/// which it is told, by the guardian.
fn as_it_is_collected(
    file: &HolderFile,
    card: CardId,
    text: String,
    told: impl Fn(&Card) -> Option<Instant>,
) -> String {
    clause!(R14.2);
    let Some(card) = file.card(card) else { return text };
    let text = if file.shows_receipt(card) { with_the_receipt(&text) } else { text };
    let child = told(card).is_some_and(|at| file.guardian_comes(at.date()));
    if child { to_the_guardian(&text) } else { text }
}

/// The bank is told of an intent while it is wanted.
fn link(file: &HolderFile, card: CardId, seq: u32, state: &IntentState) -> Vec<(Addressee, Letter)> {
    match state {
        IntentState::Wanted => {}
        IntentState::Confirmed { .. }
        | IntentState::Refused { .. }
        | IntentState::InDoubt { .. }
        | IntentState::Settled { .. }
        | IntentState::Dropped { .. } => return Vec::new(),
    }
    let Some(card) = file.card(card) else { return Vec::new() };
    let Some(intent) = card.intents.iter().find(|i| i.seq == seq) else { return Vec::new() };
    let details = file.person.as_ref().map(|p| &p.details);
    let owner = details.filter(|_| intent.kind == IntentKind::OpenPreMade).map(|d| Owner {
        number: d.ssn.clone(),
        name: d.name.display().to_owned(),
        document_kind: DocumentKind::interface_code(d.document.kind()).to_owned(),
        document_number: d.document.number().to_owned(),
        mobile: d.mobile.clone(),
    });
    let letter = Link {
        bank: card.bank.clone(),
        holder: file.id,
        card: card.id,
        bank_card_no: card.bank_account.bank_card_no.clone(),
        seq,
        kind: intent.kind,
        owner,
    };
    vec![(Addressee::Bank(card.bank.clone()), Letter::Link(letter))]
}

/// A bank is told what came of a change; `None` when nobody is on file, or an earlier day's line does not name the bank.
fn decided(file: &HolderFile, to: Option<BankCode>, decision: Decision) -> Option<(Addressee, Letter)> {
    clause!(R31.1);
    let number = file.person.as_ref()?.details.ssn.clone();
    Some((Addressee::Bank(to?), Letter::ChangeDecided(ChangeDecided { number, decision })))
}

/// 变更服务银行: the new bank hears that the card is made and tells the holder; the holder is told what to bring where (R31.3).
fn ready_after_change(file: &HolderFile, card: &Card) -> Vec<(Addressee, Letter)> {
    clause!(R31.3);
    let change = file.application(card.application).is_some_and(|a| a.purpose.is_bank_change());
    if !change {
        return Vec::new();
    }
    let text = "您变更服务银行的新社会保障卡已制成，请按新服务银行通知的时间，携带有效身份证件和业务受理回执到领卡网点领取并激活银行账户；\
领卡后请带新旧社保卡、有效身份证件和回执，到原服务银行办理资金结转和旧卡注销。";
    let child = file.guardian_comes(card.issued_on);
    let text = if child { to_the_guardian(text) } else { text.to_owned() };
    let dead = file.death_confirmed() || file.cards.iter().any(Card::says_dead);
    let notice = if dead { Vec::new() } else { by_sms(file, text) };
    decided(file, Some(card.bank.clone()), Decision::CardMade).into_iter().chain(notice).collect()
}

/// 电子社保卡签发 for a card; none for somebody whose death is confirmed (R33.1).
fn asks_for_e_card(file: &HolderFile, card: &Card) -> Option<(Addressee, Letter)> {
    clause!(R8.8);
    let details = &file.person.as_ref().filter(|_| !file.death_confirmed())?.details;
    let ask = ECardIssue {
        card: card.id,
        number: details.ssn.clone(),
        name: details.name.display().to_owned(),
        document_kind: DocumentKind::interface_code(details.document.kind()).to_owned(),
        issued_on: card.issued_on,
        area: card.city.clone(),
    };
    Some((Addressee::ECard, Letter::ECardIssue(ask)))
}

fn e_card(card: &Card) -> (Addressee, Letter) {
    (Addressee::ECard, Letter::ECardState(ECardState { card: card.id, state: card.e_card() }))
}
