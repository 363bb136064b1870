//! One application 申请 (Articles 7 to 10 and 27): who applies and what for, what was checked, and the stage it has
//! reached.

use crate::ctx::Instant;
use crate::facts::account::BankAccount;
use crate::facts::archive::MaterialKind;
use crate::facts::before::Before;
use crate::facts::blank::MadeBlank;
use crate::facts::clock::Clock;
use crate::facts::document::DocumentKind;
use crate::facts::failure::RowFailure;
use crate::facts::fee::Fee;
use crate::facts::form::Delivery;
use crate::facts::making::Stepped;
use crate::facts::urgent::UrgentGround;
use crate::ids::{
    ApplicationId, BankCode, BatchId, BlankId, CardId, CardNumber, CityCode, OfficerId, OrgId, UnitId,
};
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

impl AgentRelation {
    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::Guardian => "监护人",
            Self::DirectRelative => "直系亲属",
            Self::LawfulAgent => "其他合法代理人",
        }
    }

    /// What proves it: 监护人证明文件 or proof of the relation; of a lawful agent 委托授权书.
    pub fn proved_by(self) -> MaterialKind {
        match self {
            Self::Guardian | Self::DirectRelative => MaterialKind::RelationProof,
            Self::LawfulAgent => MaterialKind::Authorisation,
        }
    }
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

impl AgentGround {
    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::Minor => "未成年人",
            Self::Incapable => "无或限制民事行为能力",
            Self::Elderly => "年龄偏大",
            Self::Disabled => "残疾",
            Self::Sick => "病患",
            Self::LongAbsent => "异地长期居住",
        }
    }
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
    /// The proof of guardianship, of the relation or of the authorisation: what it is and where it is kept, or the material
    /// that was filed with the application.
    pub proof: Option<String>,
    /// Whether the agent's identity document was verified in the original.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub verified: bool,
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
    /// 相片检测审核平台, which gives receipts for photos
    PhotoPlatform,
    /// 省卡管系统, which judges a photo by its standard
    System,
}

impl Register {
    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::PublicSecurity => "公安人口信息",
            Self::SocialSecurity => "社保系统",
            Self::PhotoPlatform => "相片检测审核平台",
            Self::System => "省卡管系统",
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
    /// What was found in a photo, in the words of whoever looked at it; nothing of anything else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub said: Vec<String>,
}

impl RegisterCheck {
    /// What came of judging a photo, or of asking whoever has it.
    pub fn photo(source: Register, at: Instant, result: CheckResult) -> Self {
        Self { source, item: CheckItem::Photo, at, result, said: Vec::new() }
    }

    /// What registers say of somebody alive whom they know.
    pub fn passed(at: Instant) -> Vec<Self> {
        [CheckItem::Identity, CheckItem::Alive]
            .map(|item| Self {
                source: Register::PublicSecurity,
                item,
                at,
                result: CheckResult::Passed,
                said: Vec::new(),
            })
            .into()
    }
}

impl RegisterCheck {
    /// The three checks of one person, each by the register that it is asked of: identity, being alive, entitlement.
    pub fn all(at: Instant, [identity, alive, entitlement]: [CheckResult; 3]) -> Vec<Self> {
        let check = |source, item, result| Self { source, item, at, result, said: Vec::new() };
        vec![
            check(Register::PublicSecurity, CheckItem::Identity, identity),
            check(Register::PublicSecurity, CheckItem::Alive, alive),
            check(Register::SocialSecurity, CheckItem::Entitlement, entitlement),
        ]
    }
}

/// Where a photo comes from (Article 10, item 3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhotoSource {
    /// 电子相片: a file by the standard of Appendix 6.
    File,
    /// 社保卡相片回执号: it lies on the photo platform.
    Receipt,
    /// 二代身份证相片, on the applicant's authorisation: the register gave it.
    IdentityCard,
    /// 已申领本省社保卡: that of the earlier card.
    Earlier,
}

impl PhotoSource {
    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "电子相片",
            Self::Receipt => "社保卡相片回执号",
            Self::IdentityCard => "授权使用二代身份证相片",
            Self::Earlier => "沿用原社保卡相片",
        }
    }
}

/// 人工核验: a person decided what the registers left open (Article 8).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct HandCheck {
    /// What was seen that settles it: documents, and who was asked.
    pub ground: String,
    pub at: Instant,
    /// Who decided; `None` for the system's own command line.
    pub by: Option<OfficerId>,
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
        /// What was asked of desks, and came of it; nothing when it is made on equipment that stands alone.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        steps: Vec<Stepped>,
        /// The name as it is written and printed, when rare characters stand in brackets in it (X9.4).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        printed_name: Option<String>,
    },
    /// The vendor, or the counter, could not make it; waits to be settled.
    ProductionFailed {
        batch: BatchId,
        failure: RowFailure,
        at: Instant,
        /// The counter that failed it, when it was printed there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        counter: Option<OrgId>,
    },
    /// The card exists.
    Made { card: CardId, at: Instant },
    /// Withdrawn by the applicant.
    Withdrawn { at: Instant },
    /// Declined.
    Declined {
        at: Instant,
        ground: Ground,
        /// Who signed the voucher.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<OfficerId>,
    },
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

/// 移出批次: taken out of a batch before its bank had the data (Appendix 7).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TakenOut {
    pub batch: BatchId,
    pub at: Instant,
    /// Why, in the city's words: what is to be corrected, or why no card is made.
    pub reason: String,
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
    /// Its own period, from the day on which the data were received: twelve working days of a first card (R7.1), five of a
    /// replacement (R27.3).
    #[serde(default)]
    pub clock: Option<Clock>,
    /// Where the photo comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo_from: Option<PhotoSource>,
    /// 邮递上门: where the card is posted to; `None` when it is collected (R10.5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Delivery>,
    /// Whether 网点领取 was chosen on the form of a first application, where one may choose nothing. `false` at 补换卡, where one of both is
    /// always chosen, and of what was taken in until November 2026.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub chose_outlet: bool,
    /// 人工核验, when a person decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_hand: Option<HandCheck>,
    /// 业务经办人, for the receipt; `None` for whatever no officer typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_by: Option<OfficerId>,
    /// 即制卡标注: the outlet that makes its card at the counter; no batch takes it while it stands (R36.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instant_at: Option<OrgId>,
    /// 邮递约定: when it was agreed that the card is posted, and the holder told how the postage is shared and that the code by SMS
    /// is needed (R14.4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_agreed: Option<Instant>,
    /// 移出批次: why the last batch did not keep it, until another one takes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_out: Option<TakenOut>,
    /// 加急事由; `None` of what is not urgent, of replacements, and of what was expedited until November 2026.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgent_ground: Option<UrgentGround>,
    /// What the file said of the person before a replacement was applied for; nothing once it is clear what becomes of it, of a first
    /// application, and of what was taken in until November 2026.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Box<Before>>,
}

impl Application {
    /// What was asked of desks for the card that is being made, and came of it.
    pub fn steps(&self) -> &[Stepped] {
        if let Stage::Personalising { steps, .. } = &self.stage { steps } else { &[] }
    }

    /// Neither declined nor finished with a card.
    pub fn is_open(&self) -> bool {
        !matches!(self.stage, Stage::Declined { .. } | Stage::Withdrawn { .. } | Stage::Made { .. })
    }

    /// The latest answer about an item, whoever gave it.
    pub fn checked(&self, item: CheckItem) -> Option<CheckResult> {
        self.checks.iter().rev().find(|c| c.item == item).map(|c| c.result)
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

    /// 服务银行变更换卡.
    pub fn is_bank_change(&self) -> bool {
        matches!(self, Self::BankChange { .. })
    }

    /// The stable name in stored tallies.
    pub fn code(&self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Reissue { .. } => "reissue",
            Self::Exchange { .. } => "exchange",
            Self::BankChange { .. } => "bank_change",
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
