//! Ports: what the system asks of its partners. Each has a small working stand-in in `kaguan-partner-sim`.

use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::application::{CheckResult, RegisterCheck};
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::face::FaceCheck;
use kaguan_domain::facts::form::{ApplicationForm, FormDraft};
use kaguan_domain::facts::identity::Also;
use kaguan_domain::facts::letter::{Addressee, Letter};
use kaguan_domain::facts::person::DeathAnswer;
use kaguan_domain::ids::ECardNumber;
use kaguan_domain::link::BankAnswer;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A boxed future, so that a port can be held as a trait object.
pub type Reply<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// 公安 and 社保 registers (R8.3). A register that does not answer says so in its checks; it is never an error.
pub trait Registers: Send + Sync {
    /// Checks identity, alive status and entitlement of some people at once; one list of checks for each, in order.
    fn check<'a>(&'a self, people: &'a [ApplicationForm], now: Instant)
    -> Reply<'a, Vec<Vec<RegisterCheck>>>;

    /// 二代身份证相片 of somebody who authorised its use (R10.3); a register that was never told of such a question says nothing.
    fn photo<'a>(&'a self, _person: &'a ApplicationForm, _now: Instant) -> Reply<'a, IdentityPhoto> {
        Box::pin(async { IdentityPhoto::Unavailable })
    }

    /// Which of some people have died (R32.5): one answer for each, in order. A register that is silent, or was never told of such
    /// a question, says nothing.
    fn deaths<'a>(&'a self, people: &'a [ApplicationForm], _now: Instant) -> Reply<'a, Vec<DeathAnswer>> {
        Box::pin(async { vec![DeathAnswer::default(); people.len()] })
    }

    /// Other identifiers of the same people, as far as the registers know them; one list for each, in order. Silence is no
    /// identifier.
    fn also<'a>(&'a self, people: &'a [ApplicationForm]) -> Reply<'a, Vec<Vec<Also>>> {
        Box::pin(async move { vec![Vec::new(); people.len()] })
    }

    /// What is on record of whoever has a document, to be filled into a form. A register that was never told of such a question says
    /// nothing.
    fn on_record<'a>(&'a self, _kind: DocumentKind, _number: &'a str) -> Reply<'a, OnRecord> {
        Box::pin(async { OnRecord::Unavailable })
    }
}

/// What 公安 has on record of somebody who applies.
#[derive(Clone, PartialEq)]
pub enum OnRecord {
    /// The items of the form that it knows.
    Person(Box<FormDraft>),
    /// Nothing.
    Nobody,
    /// No answer.
    Unavailable,
}

/// What 公安 says of somebody's photo.
#[derive(Clone, PartialEq, Eq)]
pub enum IdentityPhoto {
    /// A JPEG.
    Photo(Vec<u8>),
    /// It has none.
    NotOnRecord,
    /// No answer.
    Unavailable,
}

/// A 相片回执号, and whose photo it should be.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceiptAsk {
    pub receipt: String,
    /// 证件号码 of the applicant.
    pub number: String,
}

/// 相片检测审核平台: it judged photos and gave receipts for them (R10.3).
pub trait PhotoPlatform: Send + Sync {
    /// Whether it knows each receipt, and as this person's, in order: passed, not on record, or no answer.
    fn knows<'a>(&'a self, asks: &'a [ReceiptAsk], now: Instant) -> Reply<'a, Vec<CheckResult>>;

    /// The photo of each receipt and what was found in it, in order. A platform that was never told of such a question keeps its photos.
    fn photos<'a>(&'a self, asks: &'a [ReceiptAsk], _now: Instant) -> Reply<'a, Vec<ReceiptPhoto>> {
        Box::pin(async { vec![ReceiptPhoto::Unavailable; asks.len()] })
    }
}

/// What a photo platform has under a receipt.
#[derive(Clone, PartialEq, Eq)]
pub enum ReceiptPhoto {
    /// A JPEG that it found good, and what is odd about it, in Chinese.
    Photo { jpeg: Vec<u8>, findings: Vec<String> },
    /// One that it did not find good, and why.
    Failed { findings: Vec<String> },
    /// It gave no such receipt, or to somebody else.
    NotOnRecord,
    /// No answer, or one that cannot be read.
    Unavailable,
}

/// A message to one partner, from the outbox. Delivered in order for each card, at least once.
#[derive(Clone, PartialEq, Debug)]
pub struct Message {
    /// Identity; the partner drops what it has seen.
    pub id: i64,
    pub to: Addressee,
    pub letter: Letter,
}

/// Why a message was not delivered.
#[derive(Clone, PartialEq, Debug)]
pub enum DeliveryError {
    /// Try again later.
    Later(String),
    /// Never: the partner refuses it.
    Refused(String),
    /// There is nowhere to deliver it to: it waits until there is, or until the partner fetches it.
    NoAddress,
}

/// What a partner says at once of a message that it has taken.
#[derive(Clone, PartialEq, Debug)]
pub enum Answer {
    /// A bank, of a link message.
    Bank(BankAnswer),
    /// 全国社保卡服务平台, of an e-card that it was asked for: its number.
    ECard(ECardNumber),
}

/// A partner that takes messages: SMS gateway, 全国社保卡服务平台, banks, the treasury.
pub trait Courier: Send + Sync {
    /// Delivers one message; whoever can answers it at once.
    fn deliver<'a>(&'a self, message: &'a Message) -> Reply<'a, Result<Option<Answer>, DeliveryError>>;
}

/// A card that certificates and keys are wanted for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CardKeyAsk {
    /// 社会保障号码 of the holder, the certificates' subject.
    pub number: String,
    /// 社保卡卡号.
    pub card_no: String,
    /// 卡识别码.
    pub chip: String,
    /// The chip's signature public key, as `iWriteCaStep1` gives it: 130 hexadecimal digits.
    pub chip_key: String,
    /// The vendor's public key, under which what is secret is encrypted.
    pub vendor_key: String,
}

/// 签名证书, 加密证书, 加密密钥, 主控密钥, 管理员PIN (Appendix 9): base64; what is secret is encrypted for whom it is for, and passes
/// here unread.
#[derive(Clone, PartialEq, Eq)]
pub struct CardKeySet {
    /// 签名证书, DER.
    pub signing_certificate: String,
    /// 加密证书, DER.
    pub encryption_certificate: String,
    /// 加密密钥, encrypted under the chip's key.
    pub encryption_key: String,
    /// 主控密钥, encrypted under the vendor's key.
    pub master_key: String,
    /// 管理员PIN, encrypted under the vendor's key.
    pub admin_pin: String,
}

/// 加密机 and CA: what goes into a chip. The same card, chip and key get the same certificates, which hold from the same moment.
pub trait CardKeys: Send + Sync {
    /// For each card in order; `None` when it does not answer. Certificates hold from when the making of the cards began, so that whoever
    /// asks again gets no second certificate under the number of the first.
    fn issue<'a>(&'a self, cards: &'a [CardKeyAsk], began: Instant) -> Reply<'a, Vec<Option<CardKeySet>>>;

    /// What goes into the next step of a driver that has no keys of cards (`pKey`), for what came out of the step of this name
    /// (`iWriteCard_HSM_Step1`). Both are the driver's and the machine's own, and are carried whole. `None` when it does not answer.
    fn step<'a>(&'a self, step: &'a str, said: &'a str) -> Reply<'a, Option<String>>;
}

/// Two pictures that may be of one person; neither is kept.
pub struct FaceAsk {
    /// Taken in front of the machine.
    pub live: Vec<u8>,
    /// Out of the identity card's chip.
    pub chip: Vec<u8>,
}

/// 人脸核验服务: compares what stands before a machine with the picture in an identity card. Only 一致 is a yes.
pub trait Faces: Send + Sync {
    /// What it says, who said it, and under which number.
    fn compare<'a>(&'a self, ask: &'a FaceAsk) -> Reply<'a, FaceCheck>;
}

/// Everybody around the system.
#[derive(Clone)]
pub struct Partners {
    /// 人脸核验服务.
    pub faces: Arc<dyn Faces>,
    /// 加密机, CA.
    pub card_keys: Arc<dyn CardKeys>,
    /// 公安, 社保.
    pub registers: Arc<dyn Registers>,
    /// 相片检测审核平台.
    pub photos: Arc<dyn PhotoPlatform>,
    /// SMS gateway.
    pub sms: Arc<dyn Courier>,
    /// 全国社保卡服务平台.
    pub ecard: Arc<dyn Courier>,
    /// Service banks: what they must mirror. A message names its bank.
    pub banks: Arc<dyn Courier>,
    /// 财政非税票据: fee orders.
    pub treasury: Arc<dyn Courier>,
}

/// Nobody: messages wait, and registers do not answer. What stands where no partner is registered, so that no answer is ever
/// made up.
pub struct Nobody;

impl Courier for Nobody {
    fn deliver<'a>(&'a self, _message: &'a Message) -> Reply<'a, Result<Option<Answer>, DeliveryError>> {
        Box::pin(async { Err(DeliveryError::NoAddress) })
    }
}

impl Registers for Nobody {
    fn check<'a>(
        &'a self,
        people: &'a [ApplicationForm],
        now: Instant,
    ) -> Reply<'a, Vec<Vec<RegisterCheck>>> {
        let silent = || RegisterCheck::all(now, [CheckResult::Unavailable; 3]);
        let checks = people.iter().map(|_| silent()).collect();
        Box::pin(async move { checks })
    }
}

impl PhotoPlatform for Nobody {
    fn knows<'a>(&'a self, asks: &'a [ReceiptAsk], _now: Instant) -> Reply<'a, Vec<CheckResult>> {
        Box::pin(async { asks.iter().map(|_| CheckResult::Unavailable).collect() })
    }
}

impl Faces for Nobody {
    fn compare<'a>(&'a self, _ask: &'a FaceAsk) -> Reply<'a, FaceCheck> {
        Box::pin(async { FaceCheck::silent("") })
    }
}

impl CardKeys for Nobody {
    fn issue<'a>(&'a self, cards: &'a [CardKeyAsk], _began: Instant) -> Reply<'a, Vec<Option<CardKeySet>>> {
        Box::pin(async { cards.iter().map(|_| None).collect() })
    }

    fn step<'a>(&'a self, _step: &'a str, _said: &'a str) -> Reply<'a, Option<String>> {
        Box::pin(async { None })
    }
}

impl Partners {
    /// Nobody at all.
    pub fn nobody() -> Self {
        let nobody = Arc::new(Nobody);
        Self {
            faces: nobody.clone(),
            card_keys: nobody.clone(),
            registers: nobody.clone(),
            photos: nobody.clone(),
            sms: nobody.clone(),
            ecard: nobody.clone(),
            banks: nobody.clone(),
            treasury: nobody,
        }
    }
}
