//! One application 申请 (Articles 7 to 10 and 27): who applies and what for, what was checked, and the stage it has
//! reached.

use crate::clause;
use crate::ctx::Instant;
use crate::facts::account::BankAccount;
use crate::facts::blank::MadeBlank;
use crate::facts::clock::Clock;
use crate::facts::document::DocumentKind;
use crate::facts::failure::RowFailure;
use crate::facts::fee::Fee;
use crate::facts::form::FormDraft;
use crate::ids::{ApplicationId, BankCode, BatchId, BlankId, CardId, CardNumber, CityCode, OrgId, UnitId};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Who acts for the applicant (R8.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentRelation {
    /// 监护人
    Guardian,
    /// 直系亲属
    DirectRelative,
    /// 其他合法代理人
    LawfulAgent,
}

/// Why somebody acts for the applicant (R8.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentGround {
    /// 未成年人
    Minor,
    /// 无民事行为能力或限制民事行为能力
    Incapable,
    /// 行动不便或异地长期居住的老年人
    Elderly,
    /// 残疾人
    Disabled,
    /// 病患
    Sick,
    /// 异地长期居住
    LongAbsent,
}

/// The agent, verified at the counter (R8.2).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    pub name: String,
    /// Kind and number of the identity document.
    pub document_kind: DocumentKind,
    pub document_number: String,
    /// Phone.
    pub phone: String,
    /// Relation to the applicant.
    pub relation: AgentRelation,
    /// Why an agent acts.
    pub ground: AgentGround,
    /// Reference of the proof of the relation in the archive; needed unless the agent is a parent on the same
    /// household register, which is itself the proof.
    pub proof: Option<String>,
}

impl Agent {
    /// Whoever acts for a minor is the guardian that the form names.
    pub fn guardian_of(draft: &FormDraft) -> Option<Self> {
        let document_kind = DocumentKind::from_code(draft.guardian_document_kind.trim())?;
        (!draft.guardian_name.trim().is_empty()).then(|| Self {
            name: draft.guardian_name.trim().to_owned(),
            document_kind,
            document_number: draft.guardian_document_number.trim().to_owned(),
            phone: draft.phone.trim().to_owned(),
            relation: AgentRelation::Guardian,
            ground: AgentGround::Minor,
            proof: None,
        })
    }
}

impl std::fmt::Debug for Agent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Agent({:?}, {:?})", self.relation, self.ground)
    }
}

/// Consent to the processing of personal data, as Appendix 1 words it (R8.2).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Consent {
    /// Which version of the text was signed.
    pub text_version: String,
    /// Whether the guardian signed; needed under 14.
    pub by_guardian: bool,
}

/// Which register was asked (R8.3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Register {
    /// 公安人口信息
    PublicSecurity,
    /// 社保系统
    SocialSecurity,
}

impl Register {
    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::PublicSecurity => "公安人口信息",
            Self::SocialSecurity => "社保系统",
        }
    }
}

/// What a register was asked about (R8.3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckItem {
    /// 人员基础信息
    Identity,
    /// 相片
    Photo,
    /// 生存状态
    Alive,
    /// 居住、就业或参保
    Entitlement,
}

impl CheckItem {
    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "人员基础信息",
            Self::Photo => "相片",
            Self::Alive => "生存状态",
            Self::Entitlement => "参保就业",
        }
    }
}

/// What a register answered.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckResult {
    /// 通过
    Passed,
    /// 不通过
    Failed,
    /// The register holds nothing about it.
    NotOnRecord,
    /// No answer.
    Unavailable,
}

impl CheckResult {
    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "通过",
            Self::Failed => "不通过",
            Self::NotOnRecord => "无记录",
            Self::Unavailable => "暂无应答",
        }
    }
}

/// One check: source, item, time and result (R8.3).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RegisterCheck {
    /// Who answered.
    pub source: Register,
    pub item: CheckItem,
    pub at: Instant,
    pub result: CheckResult,
}

impl RegisterCheck {
    /// What registers say of somebody alive whom they know.
    pub fn passed(at: Instant) -> Vec<Self> {
        [CheckItem::Identity, CheckItem::Alive]
            .map(|item| Self { source: Register::PublicSecurity, item, at, result: CheckResult::Passed })
            .into()
    }
}

impl RegisterCheck {
    /// The three checks of one person, each by the register that it is asked of: identity, being alive, entitlement.
    pub fn all(at: Instant, [identity, alive, entitlement]: [CheckResult; 3]) -> Vec<Self> {
        let check = |source, item, result| Self { source, item, at, result };
        vec![
            check(Register::PublicSecurity, CheckItem::Identity, identity),
            check(Register::PublicSecurity, CheckItem::Alive, alive),
            check(Register::SocialSecurity, CheckItem::Entitlement, entitlement),
        ]
    }
}

/// By which way it came (R8.1, R9.1).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// 个人申请 at an outlet.
    Counter,
    /// 网上申请.
    Online,
    /// 批量申请 of an employer.
    Unit {
        /// Which unit application.
        unit: UnitId,
    },
}

/// Why an application was declined: the written voucher of Articles 8 and 9.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Ground {
    /// The reason, in Chinese.
    pub reason: String,
    /// The article, as a citation.
    pub article: String,
    /// What the applicant can do, in Chinese.
    pub remedy: String,
}

/// The stage of an application. Each carries the facts of that stage; what happens to the card afterwards is the
/// card's.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Taken in; a register has not answered yet.
    Received,
    /// Accepted: waits for the fee, if one is due, and then for a batch.
    Accepted { at: Instant },
    /// In a batch; the batch says how far it is.
    InBatch {
        batch: BatchId,
        /// The card number allocated to it.
        card_no: CardNumber,
    },
    /// The bank did not open the account; waits to be settled.
    OpeningFailed { batch: BatchId, failure: RowFailure, at: Instant },
    /// The account is opened.
    AccountOpened { batch: BatchId, card_no: CardNumber, account: BankAccount, at: Instant },
    /// 即时制卡: a pre-made card was taken for it, and is being printed and written.
    Personalising {
        blank: BlankId,
        outlet: OrgId,
        /// Its card number.
        card_no: CardNumber,
        /// As it was made.
        made: Box<MadeBlank>,
        at: Instant,
    },
    /// The vendor, or the counter, could not make it; waits to be settled.
    ProductionFailed { batch: BatchId, failure: RowFailure, at: Instant },
    /// The card exists.
    Made { card: CardId, at: Instant },
    /// Withdrawn by the applicant.
    Withdrawn { at: Instant },
    /// Declined.
    Declined { at: Instant, ground: Ground },
}

impl Stage {
    /// The batch that it is in, failed rows included.
    pub fn batch(&self) -> Option<BatchId> {
        match self {
            Self::InBatch { batch, .. }
            | Self::OpeningFailed { batch, .. }
            | Self::AccountOpened { batch, .. }
            | Self::ProductionFailed { batch, .. } => Some(*batch),
            Self::Received
            | Self::Accepted { .. }
            | Self::Personalising { .. }
            | Self::Made { .. }
            | Self::Withdrawn { .. }
            | Self::Declined { .. } => None,
        }
    }
}

/// One application.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Application {
    pub id: ApplicationId,
    /// 申领表编码, at most 20 characters.
    pub form_no: String,
    /// By which way it came.
    pub origin: Origin,
    /// City of the card.
    pub city: CityCode,
    /// Service bank, the holder's choice.
    pub bank: BankCode,
    /// The outlet that took it, or that the file names.
    pub outlet: OrgId,
    /// The outlet where the card is collected.
    pub collect_at: OrgId,
    /// 单位编号, when an employer's operator will collect it.
    pub employer: Option<String>,
    /// The day from which Article 7's and Article 11's periods count.
    pub received_on: Date,
    /// 加急.
    pub urgent: bool,
    /// The agent, if one acted.
    pub agent: Option<Agent>,
    /// The consent.
    pub consent: Consent,
    /// Every check made, with source, time and result.
    pub checks: Vec<RegisterCheck>,
    /// The fee.
    pub fee: Fee,
    /// The stage.
    pub stage: Stage,
    /// What it is for.
    #[serde(default)]
    pub purpose: Purpose,
    /// Its own period, when it has one: five working days of a replacement (R27.3).
    #[serde(default)]
    pub clock: Option<Clock>,
}

impl Application {
    /// Neither declined nor finished with a card.
    pub fn is_open(&self) -> bool {
        !matches!(self.stage, Stage::Declined { .. } | Stage::Withdrawn { .. } | Stage::Made { .. })
    }

    /// The items of the receipt of Appendix 2, in its order: title and text (R8.4, X2.1). `number` is masked or
    /// full, as the page may show it.
    pub fn receipt(&self, number: &str, name: &str, phone: &str) -> [(&'static str, String); 6] {
        clause!(R8.4);
        clause!(X2.1);
        let d = self.received_on;
        [
            ("业务受理日期", format!("{}年{}月{}日", d.year(), d.month(), d.day())),
            ("业务编号", self.form_no.clone()),
            ("社会保障号", number.into()),
            ("申请人姓名", name.into()),
            ("联系电话", phone.into()),
            ("业务类型", self.purpose.name().into()),
        ]
    }
}

/// Why a card is exchanged (R27.2).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExchangeReason {
    /// 卡片损坏
    Damaged {
        /// 人为损坏: a person did it.
        by_human: bool,
    },
    /// 信息变更
    DataChanged,
    /// 有效期满
    Expired,
    /// 其他
    Other { why: String },
}

/// What an application is for.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// 首次申领, or again after every card was cancelled.
    #[default]
    First,
    /// 补卡
    Reissue {
        /// The lost card.
        old: CardId,
    },
    /// 换卡
    Exchange {
        /// The card that is exchanged.
        old: CardId,
        reason: ExchangeReason,
    },
    /// 变更服务银行
    BankChange {
        /// The card of the old bank.
        old: CardId,
    },
}

impl Purpose {
    /// The card that the new one takes the place of.
    pub fn old(&self) -> Option<CardId> {
        match self {
            Self::First => None,
            Self::Reissue { old } | Self::Exchange { old, .. } | Self::BankChange { old } => Some(*old),
        }
    }

    /// 业务类型, as the receipt of Appendix 2 says it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::First => "申请",
            Self::Reissue { .. } => "补卡",
            Self::Exchange { .. } => "换卡",
            Self::BankChange { .. } => "变更服务银行",
        }
    }
}
