//! The banks' interfaces: 提取预开户数据, 预开户回盘, and the linkage (启用, 激活, 挂失, 解挂, 注销, 变更服务银行).

use crate::details::Details;
use crate::message::LinkAnswer;
use crate::online::{Ground, Relation};
use crate::problem::Defect;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A batch in a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Batch {
    /// Identity in addresses.
    pub batch: String,
    /// 批次号.
    pub number: String,
    /// City, four digits.
    pub city: String,
    /// How many people.
    pub people: i64,
    /// `confirmed`, `at_bank`, `opened`, `at_vendor`, `made`.
    pub state: String,
    /// 加急.
    pub urgent: bool,
}

/// Batches, newest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Batches {
    /// Newest first.
    pub batches: Vec<Batch>,
}

/// Which rows of a batch.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Rows {
    /// Rows after this one; from the beginning when it is missing.
    #[serde(default)]
    #[param(example = "0")]
    pub after: Option<String>,
    /// At most so many, 100,000 at most, and by default.
    #[serde(default)]
    #[param(example = 100000)]
    pub limit: Option<u32>,
}

/// One row of 预开户数据, a line of NDJSON. What comes back must be as it was sent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpeningRow {
    /// The row, to be named in the return, and `after` which the next page begins.
    pub row: String,
    /// 申领表编码.
    pub form_no: String,
    /// 社会保障号码.
    pub number: String,
    /// 姓名, rare characters in brackets.
    pub name: String,
    /// 证件号码.
    pub document_number: String,
    /// 服务银行.
    pub bank: String,
    /// 社保卡卡号.
    pub card_no: String,
}

/// One row of 预开户数据 as it goes out, a line of NDJSON: the row, and what a bank needs to know to open an account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpeningData {
    /// The row, which the return must repeat.
    #[serde(flatten)]
    pub row: OpeningRow,
    /// The applicant's details; a return may repeat them, unchanged.
    pub details: Details,
    /// Whether the image of the document can be fetched: the name has a rare character (Article 34).
    pub document: bool,
}

/// One row of 预开户回盘, a line of NDJSON.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpeningReturn {
    /// The data as they were sent.
    #[serde(flatten)]
    pub echo: OpeningRow,
    /// The details as they were sent; may be left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Details>,
    /// Opened, or failed with the reason.
    #[serde(flatten)]
    pub result: OpeningResult,
}

/// A row shows itself by its name only: what it holds is personal.
macro_rules! masked {
    ($($row:ident, |$it:ident| $name:expr;)*) => {$(
        impl std::fmt::Debug for $row {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let $it = self;
                write!(f, concat!(stringify!($row), "({})"), $name)
            }
        }
    )*};
}
pub(crate) use masked;

masked! {
    OpeningRow, |r| r.row;
    OpeningData, |d| d.row.row;
    OpeningReturn, |r| r.echo.row;
}

/// What the bank says about one row.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "result")]
pub enum OpeningResult {
    /// The account is opened.
    Opened {
        /// 银行卡号: 16 to 19 digits with a check digit.
        bank_card_no: String,
        /// 银行账户.
        account_no: String,
    },
    /// The account is not opened.
    Failed {
        /// The bank's own code.
        code: String,
        /// The precise reason, in Chinese.
        reason: String,
    },
}

/// What became of one row, a line of NDJSON, in the order of the rows.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Verdict {
    /// The line, from 1.
    pub line: usize,
    /// The row as it was named; empty when the line could not be read.
    pub row: String,
    /// `done`, or the code of the refusal.
    pub code: String,
    /// For a refusal: what, by which article, and what to do.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// Each fault of the row by itself, when it could not be read or its material is defective.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub defects: Vec<Defect>,
}

/// 启用.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Enable {
    /// 银行卡号.
    pub bank_card_no: String,
    /// The holder's document was verified in the original.
    pub verified: bool,
}

/// 激活.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Activate {
    /// 银行卡号.
    pub bank_card_no: String,
    /// How the holder was verified.
    pub manner: Manner,
}

/// How the holder was verified (Article 16).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    /// 本人面签
    FaceToFace,
    /// 代办
    Proxy {
        /// Reference of the copies that the bank keeps.
        copy: String,
        /// Who acts, why, and the copies themselves; without it nobody is activated.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deputy: Option<Box<Deputy>>,
    },
    /// 上门激活, cross-checked by two clerks
    HomeVisit {
        /// 工号 of the two, which differ.
        #[schema(value_type = Vec<String>, min_items = 2, max_items = 2)]
        clerks: [String; 2],
        /// 生存状态: both found the holder alive.
        #[serde(default)]
        alive: bool,
        /// 个人身份信息: both verified who it is.
        #[serde(default)]
        identity: bool,
        /// 业务办理意愿: both heard that the holder wants it.
        #[serde(default)]
        will: bool,
        /// Who acts for the holder and was there: of a child, and of an incapable person, the guardian; `ground` is why the bank came.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deputy: Option<Box<Deputy>>,
    },
}

/// 代办人 of an activation (Article 16), at the counter or at a visit.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Deputy {
    /// 姓名
    pub name: String,
    /// 证件类型, the form's one-digit code.
    pub document_kind: String,
    /// 证件号码
    pub document_number: String,
    /// 联系电话
    #[serde(default)]
    pub phone: String,
    /// Relation to the holder.
    pub relation: Relation,
    /// Why the holder does not come.
    pub ground: Ground,
    /// 代办人证件影像, JPEG, in base64.
    pub identity_image: String,
    /// 居民户口簿或监护人证明文件影像, JPEG, in base64.
    pub relation_image: String,
}

impl Deputy {
    /// Both images, of the document and of the proof; `None` when one is no base64.
    pub fn images(&self) -> Option<[Vec<u8>; 2]> {
        let decode = |text: &str| BASE64.decode(text.trim()).ok();
        Some([decode(&self.identity_image)?, decode(&self.relation_image)?])
    }
}

impl std::fmt::Debug for Deputy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Deputy({:?}, {:?})", self.relation, self.ground)
    }
}

/// 挂失.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Loss {
    /// 银行卡号.
    pub bank_card_no: String,
    /// 正式挂失 when true, 临时挂失 when false.
    pub formal: bool,
}

/// 解挂, 注销 (the account is settled and closed), or 变更服务银行审核: about one card.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct OneCard {
    /// 银行卡号.
    pub bank_card_no: String,
}

/// 账户余额确认: whether an account is empty; how much is in it is not told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Balance {
    /// 银行卡号.
    pub bank_card_no: String,
    /// 无余额.
    pub empty: bool,
}

/// 变更服务银行预约 at the new bank.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Reserve {
    /// 社会保障号码 of the holder, who stands at the new bank's counter.
    pub number: String,
    /// 姓名, as displayed.
    pub name: String,
    /// 卡号后四位, of 社保卡卡号 or 银行卡号: needed when several cards fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_tail: Option<String>,
}

/// 变更服务银行审核 by the old bank.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Approve {
    /// 银行卡号 of the old card.
    pub bank_card_no: String,
    /// Why not, in Chinese; missing to approve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// 开户失败数据处理对照表 of a bank: the whole of it; it takes the place of the one before.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct FailureGuide {
    /// In the bank's order, 1,000 at most; each code once.
    pub rows: Vec<FailureGuideRow>,
}

/// A row of the table.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct FailureGuideRow {
    /// The bank's own code, as its opening returns have it.
    pub code: String,
    /// 失败原因, in Chinese.
    pub reason: String,
    /// 处理办法, in Chinese: what city and province are to do.
    pub remedy: String,
}

/// A change that was carried out.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Done {
    /// The journal's line.
    pub entry: i64,
    /// Whether it had been done before under the same key.
    pub repeated: bool,
    /// The number that this change has on the card: whoever has applied a higher one about the same thing lets this
    /// one be. Missing when the bank has nothing to mirror.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u32>,
}

/// An intent that waits for this bank's answer, for banks that cannot be called: a line of NDJSON.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Answer {
    /// 银行卡号.
    pub bank_card_no: String,
    /// Number of the intent, counted by card.
    pub seq: u32,
    /// Whether the bank carried it out.
    #[serde(flatten)]
    pub answer: LinkAnswer,
}
