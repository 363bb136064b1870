//! What a partner or a counter could not do for one row of a batch, or one pre-made card, and who says so.

use crate::clause;
use crate::ctx::{Actor, Instant};
use crate::ids::{BankCode, PartnerKind};
use serde::{Deserialize, Serialize};

macro_rules! sent {
    ($($name:ident, $title:literal;)*) => {
        /// A field that goes out to a bank or a vendor and must come back unchanged (X7.2).
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum SentField { $(#[doc = $title] $name,)* }

        impl SentField {
            /// Every field that a partner can change, for reading stored names.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The title, as in Appendix 9.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

sent! {
    FormNo, "申领表编码";
    Number, "社会保障号码";
    Name, "姓名";
    DocumentNumber, "证件号码";
    Bank, "服务银行";
    CardNo, "社保卡卡号";
    BankCardNo, "银行卡号";
    PersonalAccount, "个人账户";
    Nationality, "国籍";
    DocumentKind, "证件类型";
    DocumentValidUntil, "证件有效期";
    Sex, "性别";
    Ethnicity, "民族";
    BirthDate, "出生日期";
    PersonStatus, "人员状态";
    HouseholdKind, "户口性质";
    HouseholdDivision, "户籍地";
    HouseholdAddress, "户口地址";
    Mobile, "联系手机";
    Phone, "联系电话";
    PostalAddress, "通讯地址";
    Postcode, "邮政编码";
    Email, "电子邮箱";
    Occupation, "职业";
    EmployerNo, "单位编号";
    EmployerName, "单位名称";
    GuardianName, "监护人姓名";
    GuardianDocumentKind, "监护人证件类型";
    GuardianDocumentNumber, "监护人证号";
    Agency, "经办机构";
    CollectionPoint, "受理点编码";
    CardKind, "卡类别";
    ApplicationType, "申请类型";
    ReplacementReason, "补换原因";
}

/// The titles of some fields, as they are told.
pub fn titles(fields: &[SentField]) -> String {
    fields.iter().map(|f| f.title()).collect::<Vec<_>>().join("、")
}

/// Why a partner could not do a row, in its own words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PartnerWords {
    /// The partner's own code; any text.
    pub code: String,
    /// The precise reason, in Chinese, for the table that province and city compare.
    pub reason: String,
}

/// A row of a bank's 开户失败数据处理对照表 (X7.5).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct GuideRow {
    /// The bank's own code, as its returns have it.
    pub code: String,
    /// 失败原因.
    pub reason: String,
    /// 处理办法.
    pub remedy: String,
}

/// A table of failures as it was set last: a bank's, which serves the whole province, or what a city says beside it (X7.5).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FailureGuide {
    /// In the order in which they were written.
    pub rows: Vec<GuideRow>,
    /// Who set it; `None` of one that was set before this was kept.
    pub by: Option<Actor>,
    /// When; `None` in the same way.
    pub at: Option<Instant>,
}

/// Of how many batches of a month a vendor had one bank's data in time (X7.6).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BankDataRow {
    pub bank: BankCode,
    pub batches: u32,
    /// Whose data came on the day of the order.
    pub in_time: u32,
}

/// Why a row failed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub enum RowFailure {
    /// The partner says why.
    Said(PartnerWords),
    /// The partner changed what it was given.
    Changed {
        by: PartnerKind,
        /// What, in the order of the row; never empty.
        fields: Vec<SentField>,
    },
    /// A counter says why.
    Counter {
        /// In its own words.
        reason: String,
    },
    /// The partner did not answer, and the province took the batch back.
    Unanswered {
        by: PartnerKind,
        /// Why, in the province's words.
        reason: String,
    },
}

/// Where a row failed, with what is known there of its settling.
#[derive(Clone, Copy, Debug)]
pub enum FailedAt<'a> {
    /// 开户失败: the bank's name, its table, and what the city says beside it.
    Opening { bank: &'a str, guide: &'a [GuideRow], city: &'a [GuideRow] },
    /// 制卡失败: the vendor's name, where a vendor had it.
    Production { vendor: Option<&'a str> },
}

impl RowFailure {
    /// 处理办法, for whoever settles it. The bank's table says what its own codes of failed openings mean (X7.5); a vendor's or a
    /// counter's code that is spelt like one of them means something else. What the city says of the code stands beside it.
    pub fn remedy(&self, at: FailedAt<'_>) -> String {
        clause!(X7.5);
        let partner = match at {
            FailedAt::Opening { bank, .. } => bank.to_owned(),
            FailedAt::Production { vendor } => format!("卡商{}", vendor.unwrap_or_default()),
        };
        match (self, at) {
            (Self::Said(words), FailedAt::Opening { guide, city, .. }) => {
                let of = |table: &'_ [GuideRow]| {
                    let row = table.iter().find(|g| !words.code.is_empty() && g.code == words.code);
                    row.map(|row| row.remedy.clone())
                };
                let unknown = if words.code.is_empty() {
                    "回盘没有失败代码"
                } else {
                    "对照表没有这一代码"
                };
                let banks = of(guide).unwrap_or_else(|| format!("{unknown}，请向{partner}核实"));
                match of(city) {
                    Some(beside) => format!("{banks}；本市办法：{beside}"),
                    None => banks,
                }
            }
            (Self::Said(_), FailedAt::Production { .. }) => {
                format!("请向{partner}核实失败原因；资料有误的更正，无误的重新提交")
            }
            (Self::Changed { .. }, _) => {
                format!("请向{partner}核实改动的原因，并请其按下发数据原样回盘；资料无误的重新提交")
            }
            (Self::Counter { .. }, _) => "请核对资料后重新提交，再次即时制卡".to_owned(),
            (Self::Unanswered { .. }, _) => "请核对资料，无误的重新提交".to_owned(),
        }
    }

    /// The fields that a partner changed; none for any other failure.
    pub fn changed_fields(&self) -> &[SentField] {
        match self {
            Self::Changed { fields, .. } => fields,
            Self::Said(_) | Self::Counter { .. } | Self::Unanswered { .. } => &[],
        }
    }

    /// The precise reason, in Chinese.
    pub fn reason(&self) -> String {
        match self {
            Self::Said(words) => words.reason.clone(),
            Self::Changed { by, fields } => format!("{}{}", changed_by(*by), titles(fields)),
            Self::Counter { reason } => reason.clone(),
            Self::Unanswered { by, reason } => {
                format!("{}逾期未回盘，省卡管机构收回批次：{reason}", who(*by))
            }
        }
    }
}

/// How the sentence about changed fields begins.
fn changed_by(by: PartnerKind) -> String {
    format!("{}改动了下发字段：", who(by))
}

/// Whom a failure is about.
fn who(by: PartnerKind) -> &'static str {
    match by {
        PartnerKind::Bank => "银行",
        PartnerKind::Vendor => "卡商",
        PartnerKind::Online
        | PartnerKind::Business
        | PartnerKind::Registers
        | PartnerKind::Ecard
        | PartnerKind::Sms
        | PartnerKind::Treasury
        | PartnerKind::Photos
        | PartnerKind::Post
        | PartnerKind::Terminal => by.name(),
    }
}

/// A failure as it is stored: code and reason for people and earlier programs, and who said what. Until November 2026 there were
/// only code and reason.
#[derive(Serialize, Deserialize)]
struct Stored {
    code: String,
    reason: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fact: Option<Fact>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fact {
    /// The partner's words, whose code is one that this program has used.
    Said,
    Changed {
        by: PartnerKind,
        fields: Vec<SentField>,
    },
    Counter,
    Unanswered {
        by: PartnerKind,
        said: String,
    },
}

/// The codes of what this program found out itself, or heard from a counter.
const CHANGED: &str = "changed_field";
const COUNTER: [&str; 2] = ["instant", "spoiled"];
const UNANSWERED: &str = "unanswered";

impl From<RowFailure> for Stored {
    fn from(failure: RowFailure) -> Self {
        let reason = failure.reason();
        match failure {
            RowFailure::Said(PartnerWords { code, reason }) => {
                // Any other code says by itself that it is the partner's.
                let ours = [CHANGED, UNANSWERED].contains(&code.as_str()) || COUNTER.contains(&code.as_str());
                Self { code, reason, fact: ours.then_some(Fact::Said) }
            }
            RowFailure::Changed { by, fields } => {
                Self { code: CHANGED.into(), reason, fact: Some(Fact::Changed { by, fields }) }
            }
            RowFailure::Unanswered { by, reason: said } => {
                Self { code: UNANSWERED.into(), reason, fact: Some(Fact::Unanswered { by, said }) }
            }
            RowFailure::Counter { .. } => Self { code: COUNTER[0].into(), reason, fact: Some(Fact::Counter) },
        }
    }
}

impl From<Stored> for RowFailure {
    fn from(stored: Stored) -> Self {
        let Stored { code, reason, fact } = stored;
        match fact {
            Some(Fact::Changed { by, fields }) => Self::Changed { by, fields },
            Some(Fact::Counter) => Self::Counter { reason },
            Some(Fact::Unanswered { by, said }) => Self::Unanswered { by, reason: said },
            Some(Fact::Said) => Self::Said(PartnerWords { code, reason }),
            None => earlier(code, reason),
        }
    }
}

/// A failure that was stored without its fact: by its code, and by the sentence that this program wrote.
fn earlier(code: String, reason: String) -> RowFailure {
    if COUNTER.contains(&code.as_str()) {
        return RowFailure::Counter { reason };
    }
    let field = |title: &str| SentField::ALL.iter().copied().find(|f| f.title() == title);
    let by = |by| {
        let fields = reason.strip_prefix(&changed_by(by))?.split('、').map(field).collect::<Option<_>>()?;
        Some(RowFailure::Changed { by, fields })
    };
    let changed = (code == CHANGED).then(|| by(PartnerKind::Bank).or_else(|| by(PartnerKind::Vendor)));
    changed.flatten().unwrap_or(RowFailure::Said(PartnerWords { code, reason }))
}
