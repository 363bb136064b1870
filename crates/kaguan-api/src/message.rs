//! What the system sends to partners: `POST <endpoint>/messages` with one message. A message may come twice, and messages
//! of different people in any order; the identity tells them apart, and the sequence number orders those of one card.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One message.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Outgoing {
    /// Identity; whoever has seen it answers as before and does nothing again.
    pub id: i64,
    /// `bank.link`, `bank.change_reserved`, `bank.change_decided`, `bank.account_unused`, `sms.notice`, `ecard.issue`, `ecard.state`,
    /// `fee.order`.
    pub kind: String,
    /// The body; its shape follows from the kind.
    pub body: serde_json::Value,
}

/// What a message says. The kinds here are those that the system sends; a partner answers others as taken.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body")]
pub enum Body {
    /// To a bank: what it must mirror.
    #[serde(rename = "bank.link")]
    Link(Link),
    /// To the old bank of a change.
    #[serde(rename = "bank.change_reserved")]
    ChangeReserved(ChangeReserved),
    /// To the new bank of a change.
    #[serde(rename = "bank.change_decided")]
    ChangeDecided(ChangeDecided),
    /// To a bank: an account has no card, and will have none.
    #[serde(rename = "bank.account_unused")]
    AccountUnused(AccountUnused),
    /// To 全国社保卡服务平台: an e-card is asked for.
    #[serde(rename = "ecard.issue")]
    ECardIssue(ECardIssue),
    /// To 全国社保卡服务平台: an e-card's state.
    #[serde(rename = "ecard.state")]
    ECardState(ECardState),
    /// To the treasury.
    #[serde(rename = "fee.order")]
    FeeOrder(FeeOrder),
    /// To the SMS gateway.
    #[serde(rename = "sms.notice")]
    Notice(Notice),
}

impl Outgoing {
    /// The message under an identity.
    ///
    /// # Errors
    /// Never for the bodies that there are: they are objects of text and numbers.
    pub fn new(id: i64, body: &Body) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Parts {
            kind: String,
            body: serde_json::Value,
        }
        let Parts { kind, body } = serde_json::from_value(serde_json::to_value(body)?)?;
        Ok(Self { id, kind, body })
    }

    /// What it says.
    ///
    /// # Errors
    /// When the kind is not one of [`Body`], or the body is not of its shape.
    pub fn read(&self) -> Result<Body, serde_json::Error> {
        #[derive(Serialize)]
        struct Parts<'a> {
            kind: &'a str,
            body: &'a serde_json::Value,
        }
        serde_json::from_value(serde_json::to_value(Parts { kind: &self.kind, body: &self.body })?)
    }
}

/// Messages that wait for a partner which fetches them.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Waiting {
    /// They, oldest first; those of one card in their order.
    pub messages: Vec<Outgoing>,
}

/// What the partner who asks was asked since the system was started, oldest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Questions {
    /// They; ask again after the last one's `id`.
    pub questions: Vec<Question>,
}

/// One question of the system: `POST <endpoint><path>`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Question {
    /// Identity; later ones are greater.
    pub id: i64,
    /// Where it was asked, such as `/checks`.
    pub path: String,
    /// About how many people, documents or receipts.
    pub about: usize,
    /// When it was sent, Unix milliseconds.
    pub at: i64,
    /// Milliseconds until it was known what came of it.
    pub took: i64,
    /// `answered`; `unreadable`, which says nothing; `silent`.
    pub outcome: String,
    /// What came back: `ok`, `status` and the number, or why nothing can be believed of it.
    pub said: String,
}

/// What was tried with the partner who asks, oldest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Attempts {
    /// They; ask again after the last one's `id`.
    pub attempts: Vec<Attempt>,
}

/// One attempt to bring a message: `POST <endpoint>/messages`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Attempt {
    /// Identity; later ones are greater.
    pub id: i64,
    /// The message, and the `Idempotency-Key` that it went under.
    pub message: i64,
    /// Its kind.
    pub kind: String,
    /// The how manieth attempt with this message; the first is 1.
    pub number: i64,
    /// When it was sent, Unix milliseconds.
    pub at: i64,
    /// Milliseconds until it was known what came of it.
    pub took: i64,
    /// `taken`; `later`, and it is tried again; `given_up`.
    pub outcome: String,
    /// What came back: `ok`, `status` and the number, or why there was no answer that can be believed.
    pub said: String,
    /// When it is tried again, Unix milliseconds; only with `later`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<i64>,
}

/// Messages that a partner has fetched and stored: they are not shown again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Fetched {
    /// Their identities.
    pub ids: Vec<i64>,
}

/// 变更服务银行预约, to the old bank, which approves or refuses (`bank.change_reserved`).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChangeReserved {
    /// 银行卡号 of the old card.
    pub bank_card_no: String,
    /// The new bank, five digits.
    pub to: String,
}

/// What became of a change, to the new bank (`bank.change_decided`).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChangeDecided {
    /// 社会保障号码 of the holder.
    pub number: String,
    /// `approved`, `refused`, `withdrawn`, `lapsed`; `card_made` when the new card is made and its holder is to be told.
    pub outcome: String,
    /// Why the old bank refused, in Chinese.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A card was not made (`bank.account_unused`): the account that was opened for it serves nobody. The bank closes it and leaves it out
/// of its sums; when the person gets a card after all, the bank is given the row again in another batch.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AccountUnused {
    /// 银行卡号.
    pub bank_card_no: String,
    /// 申领表编码.
    pub form_no: String,
    /// Why, in Chinese.
    pub reason: String,
}

/// What a bank is to do with an account (`bank.link`).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Link {
    /// 服务银行, five digits.
    pub bank: String,
    /// 银行卡号.
    pub bank_card_no: String,
    /// Its number on this card. Of two messages about the same thing (loss, lock, restriction) the higher one holds.
    pub seq: u32,
    /// `lose_temporarily`, `lose_formally`, `release_loss`, `lock`, `unlock`, `restrict`, `unrestrict`, `close`,
    /// `open_pre_made`.
    pub kind: String,
    /// Whose the account of a pre-made card is from now on; only in `open_pre_made`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
}

/// Whose an account is (预制卡开户).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Owner {
    /// 社会保障号码.
    pub number: String,
    /// 姓名, rare characters in brackets.
    pub name: String,
    /// 证件类型, the interface's two characters.
    pub document_kind: String,
    /// 证件号码.
    pub document_number: String,
    /// 联系手机.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mobile: Option<String>,
}

impl std::fmt::Debug for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Owner(***)")
    }
}

/// An e-card is asked for (`ecard.issue`).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ECardIssue {
    /// The card that it belongs to.
    pub card: i64,
    /// 社会保障号码.
    pub number: String,
    /// 姓名, rare characters in brackets.
    pub name: String,
    /// 证件类型, the interface's two characters.
    pub document_kind: String,
    /// 发卡日期, `YYYY-MM-DD`.
    pub issued_on: String,
    /// 发卡地市, four digits.
    pub area: String,
}

impl std::fmt::Debug for ECardIssue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ECardIssue({})", self.card)
    }
}

/// What an e-card can do from now on (`ecard.state`).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ECardState {
    /// The card that it belongs to.
    pub card: i64,
    /// `normal`, `identity_only`, `suspended`, `cancelled`.
    pub state: String,
}

/// A fee that somebody owes (`fee.order`).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FeeOrder {
    /// 申领表编码.
    pub form_no: String,
    /// 社会保障号码 of the applicant.
    pub number: String,
    /// How much, in fen.
    pub fen: i64,
}

impl std::fmt::Debug for FeeOrder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FeeOrder({})", self.form_no)
    }
}

/// A short message to a holder (`sms.notice`).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Notice {
    /// 手机号码.
    pub to: String,
    /// In Chinese, as it stands on the telephone.
    pub text: String,
}

impl std::fmt::Debug for Notice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Notice(***)")
    }
}

/// What a partner answers to a message.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Taken {
    /// What a bank says about a `bank.link` at once; without it the answer comes later by `intents/answers`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<LinkAnswer>,
    /// 电子社保卡卡号, when the e-card platform has it at once; without it the number comes later by `ecard/v1/numbers`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e_card_no: Option<String>,
}

/// 电子社保卡签发结果: the e-card platform says the number of an e-card that `ecard.issue` asked for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ECardNumbered {
    /// The card, as `ecard.issue` named it.
    pub card: i64,
    /// 社会保障号码, as in `ecard.issue`.
    pub number: String,
    /// 电子社保卡卡号.
    pub e_card_no: String,
}

impl std::fmt::Debug for ECardNumbered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ECardNumbered({})", self.card)
    }
}

/// What a bank says about a link message.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "result")]
pub enum LinkAnswer {
    /// Done.
    Done,
    /// Not done, and why, in Chinese.
    Refused {
        /// In Chinese, for staff.
        reason: String,
    },
}

/// Asks the registers (公安, 社保) about some people: `POST <endpoint>/checks`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AskChecks {
    /// They are answered in this order.
    pub people: Vec<CheckPerson>,
}

/// What the registers answer to `POST <endpoint>/deaths`, which asks as `checks` does: for each person, in order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Deaths {
    /// In the order of the question.
    pub deaths: Vec<PersonDeath>,
}

/// Whether one person has died: `alive`, `dead`, `not_on_record` or `unavailable` each.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PersonDeath {
    /// 公安
    pub public_security: String,
    /// 社保
    pub social_security: String,
}

/// Somebody who is asked about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CheckPerson {
    /// 社会保障号码
    pub number: String,
    /// 姓名, as displayed
    pub name: String,
    /// 证件号码
    pub document_number: String,
}

/// What the registers answer: for each person, in order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Checks {
    /// In the order of the question.
    pub checks: Vec<PersonChecks>,
}

/// What the registers answer to `POST <endpoint>/identities`, the same question: other numbers and documents of each person, in
/// order. A register that knows none answers an empty list; one without this interface is taken to know none.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Identities {
    /// In the order of the question.
    pub people: Vec<Vec<OtherIdentifier>>,
}

/// Asks 公安 what is on record of somebody who applies at a counter, to be filled into the form: `POST <endpoint>/records`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AskRecord {
    /// 证件类型, one digit as in the batch file
    pub document_kind: String,
    /// 证件号码
    pub document_number: String,
}

/// What 公安 has on record; what is empty is not known, and nothing is known of whoever has no name.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Record {
    /// 姓名
    pub name: String,
    /// 性别: `1` or `2`
    pub sex: String,
    /// 出生日期, `YYYYMMDD`
    pub birth_date: String,
    /// 民族, two digits
    pub ethnicity: String,
    /// 国籍, three letters
    pub nationality: String,
    /// 住址
    pub address: String,
    /// 证件签发机关
    pub issuing_authority: String,
    /// 证件有效期起, `YYYYMMDD`
    pub valid_from: String,
    /// 证件有效期止, `YYYYMMDD`; `长期` as it stands on the document
    pub valid_until: String,
}

/// A social security number, or a document, that is the same person's.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OtherIdentifier {
    /// 社会保障号码, or a citizen's number of fifteen digits
    #[serde(default)]
    pub number: Option<String>,
    /// 证件类型, one digit as in the batch file
    #[serde(default)]
    pub document_kind: Option<String>,
    /// 国籍, three letters
    #[serde(default)]
    pub nationality: Option<String>,
    /// 证件号码
    #[serde(default)]
    pub document_number: Option<String>,
    /// 证件有效期, `YYYYMMDD`
    #[serde(default)]
    pub valid_until: Option<String>,
}

/// What they say of one person: `passed`, `failed`, `not_on_record` or `unavailable` each.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PersonChecks {
    /// 公安: name and number belong together.
    pub identity: String,
    /// 公安: alive.
    pub alive: String,
    /// 社保: works or is insured here.
    pub entitlement: String,
}

/// Asks the registers whether two pictures are of one person (人脸核验): `POST <endpoint>/face-checks`, at 自助服务设施. Neither is kept here;
/// whoever does not have this interface answers 404, and nobody goes on.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AskFace {
    /// Taken in front of the machine: JPEG, base64.
    pub live: String,
    /// Out of the identity card's chip: JPEG or the chip's own form, base64.
    pub chip: String,
}

impl std::fmt::Debug for AskFace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AskFace(***)")
    }
}

/// What it answers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FaceAnswer {
    /// `same`, `different` or `not_comparable`; only `same` is a yes.
    pub result: String,
    /// The provider's number of the comparison, at most 64 characters; it stands in the journal.
    #[serde(default)]
    pub reference: String,
}

/// Asks the photo platforms (相片检测审核平台) whether they gave these receipts to these people: `POST <endpoint>/photo-receipts`; at the
/// address of the registers while no platform is registered.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AskReceipts {
    /// They are answered in this order.
    pub receipts: Vec<PhotoReceipt>,
}

/// A receipt, and whose photo it should be.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PhotoReceipt {
    /// 相片回执号
    pub receipt: String,
    /// 证件号码
    pub number: String,
}

impl std::fmt::Debug for PhotoReceipt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PhotoReceipt(***)")
    }
}

/// What it answers: `passed`, `not_on_record` or `unavailable` each.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Receipts {
    /// In the order of the question.
    pub receipts: Vec<String>,
}

/// What the photo platform answers to `POST <endpoint>/receipt-photos`, which asks as `photo-receipts` does, fifty at most: for each, in
/// order. A platform without this interface keeps its photos for the card makers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReceiptPhotos {
    /// In the order of the question.
    pub photos: Vec<ReceiptPhoto>,
}

/// The photo of a receipt, and what was found in it.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptPhoto {
    /// `passed`, `failed`, `not_on_record` or `unavailable`; a receipt of somebody else is `not_on_record`.
    pub result: String,
    /// The photo, JPEG, base64; with `passed` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo: Option<String>,
    /// What was found, in Chinese: with `failed` why, with `passed` what is odd.
    #[serde(default)]
    pub findings: Vec<String>,
}

impl std::fmt::Debug for ReceiptPhoto {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReceiptPhoto({}, {:?})", self.result, self.findings)
    }
}
