//! Internal identities and the numbers that people see. Each is a type of its own: a card number never stands
//! where a bank card number is wanted.

use crate::clause;
use crate::codes;
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// A person's file. Internal, never changes, and is the shard key: a corrected document number does not move it.
    HolderId
);

id!(
    /// One application 申请.
    ApplicationId
);

id!(
    /// One physical card.
    CardId
);

id!(
    /// One batch 批次.
    BatchId
);

id!(
    /// One box of finished cards, as the vendor packed it (装箱).
    BoxId
);

id!(
    /// One order of pre-made cards 预制卡申请, with the cards made for it.
    BlankOrderId
);

id!(
    /// One unit application 批量申请 of an employer.
    UnitId
);

id!(
    /// One case of restriction 限制 against a card.
    CaseId
);

id!(
    /// One material 材料 in the archive.
    MaterialId
);

id!(
    /// One organisation of the tree of Article 6.
    OrgId
);

id!(
    /// One desk 制卡桌面机 whose agent issues cards.
    DeskId
);

id!(
    /// One officer 经办人 who signs in.
    OfficerId
);

impl BlankOrderId {
    /// What stands where a batch is asked for, of a card that was made at a counter: it came out of an order of
    /// pre-made cards and never was in a batch. Both are drawn from one sequence of identities, so that this names no
    /// batch: whoever looks for one finds none, and no boxes.
    pub fn stands_for_batch(self) -> BatchId {
        BatchId(self.0)
    }
}

/// One pre-made card 预制卡: its order, and its place there from 1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct BlankId {
    /// Of which order.
    pub order: BlankOrderId,
    /// Which of them.
    pub n: u32,
}

impl fmt::Display for BlankId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.order, self.n)
    }
}

impl std::str::FromStr for BlankId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (order, n) = text.split_once('-').ok_or(())?;
        let n = n.parse().ok().filter(|n| *n > 0).ok_or(())?;
        Ok(Self { order: BlankOrderId(order.parse().map_err(|_| ())?), n })
    }
}

/// A number that people read, and that was not well formed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}不合规：{why}")]
pub struct NumberError {
    /// Which number, in Chinese.
    pub what: &'static str,
    /// Why, in Chinese.
    pub why: String,
}

/// 社保卡卡号: nine characters, the last a check character (人社信息函〔2012〕37号, Annex A). Unique per card (R5.6).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CardNumber(String);

impl CardNumber {
    /// The number of a city's letter and a counter below 10,000,000, with its check character.
    ///
    /// The counter is reserved by the caller for the issuing city; `None` when it is out of range or the letter is
    /// not an upper-case letter.
    pub fn allocate(letter: char, counter: u32) -> Option<Self> {
        clause!(R5.6);
        if !letter.is_ascii_uppercase() || counter >= 10_000_000 {
            return None;
        }
        let body = format!("{letter}{counter:07}");
        let check = card_number_check(body.as_bytes())?;
        Some(Self(format!("{body}{check}")))
    }

    /// Reads a number strictly: nine characters and the right check character.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let wrong = |why: &str| NumberError { what: "社保卡卡号", why: why.into() };
        let bytes = text.as_bytes();
        if bytes.len() != 9 || !bytes.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
            return Err(wrong("应为9位大写字母或数字"));
        }
        match card_number_check(&bytes[..8]) {
            Some(check) if check as u8 == bytes[8] => Ok(Self(text.into())),
            _ => Err(wrong("校验位不符")),
        }
    }

    /// The nine characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// First character and last three.
    pub fn masked(&self) -> String {
        format!("{}*****{}", &self.0[..1], &self.0[6..])
    }

    /// The same, masked for good.
    pub(crate) fn hidden(&self) -> Self {
        Self(self.masked())
    }
}

/// Check character over the eight body characters: weights 3 7 9 10 5 8 4 2, A=10 … Z=35, 11 − (Σ mod 11).
fn card_number_check(body: &[u8]) -> Option<char> {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let mut sum = 0;
    for (b, w) in body.iter().zip(WEIGHTS) {
        sum += w * (*b as char).to_digit(36)?;
    }
    Some(match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        n => char::from_digit(n, 10)?,
    })
}

impl TryFrom<String> for CardNumber {
    type Error = NumberError;
    fn try_from(text: String) -> Result<Self, NumberError> {
        Self::parse(&text)
    }
}

impl From<CardNumber> for String {
    fn from(n: CardNumber) -> Self {
        n.0
    }
}

impl fmt::Debug for CardNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

/// 银行卡号: 16 to 19 digits, the last a Luhn digit.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BankCardNumber(String);

impl BankCardNumber {
    /// Reads a number; refuses a wrong length, a non-digit and a wrong Luhn digit.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let wrong = |why: &str| NumberError { what: "银行卡号", why: why.into() };
        if !(16..=19).contains(&text.len()) || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong("应为16至19位数字"));
        }
        if luhn_digit(&text[..text.len() - 1]) != text.chars().last() {
            return Err(wrong("校验位不符"));
        }
        Ok(Self(text.into()))
    }

    /// A body of 15 to 18 digits with its Luhn digit.
    pub fn with_check(body: &str) -> Result<Self, NumberError> {
        let digit =
            luhn_digit(body).ok_or(NumberError { what: "银行卡号", why: "应为数字".into() })?;
        Self::parse(&format!("{body}{digit}"))
    }

    /// All digits. Only for the partner that needs them.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Last four digits only.
    pub fn masked(&self) -> String {
        format!("{}{}", "*".repeat(self.0.len() - 4), &self.0[self.0.len() - 4..])
    }

    /// The same, masked for good.
    pub(crate) fn hidden(&self) -> Self {
        Self(self.masked())
    }
}

fn luhn_digit(body: &str) -> Option<char> {
    let mut sum = 0;
    for (i, c) in body.chars().rev().enumerate() {
        let d = c.to_digit(10)?;
        sum += if i % 2 == 0 { [0, 2, 4, 6, 8, 1, 3, 5, 7, 9][d as usize] } else { d };
    }
    char::from_digit((10 - sum % 10) % 10, 10)
}

impl TryFrom<String> for BankCardNumber {
    type Error = NumberError;
    fn try_from(text: String) -> Result<Self, NumberError> {
        Self::parse(&text)
    }
}

impl From<BankCardNumber> for String {
    fn from(n: BankCardNumber) -> Self {
        n.0
    }
}

impl fmt::Debug for BankCardNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

/// 电子社保卡卡号: generated by 全国社保卡服务平台 (R2.1), by a rule that is not published: taken as it comes, 1 to 64 visible
/// characters of ASCII.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ECardNumber(String);

impl ECardNumber {
    /// Reads a number; refuses a wrong length, blanks and anything beyond ASCII.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        clause!(R2.1);
        if !(1..=64).contains(&text.len()) || !text.bytes().all(|b| b.is_ascii_graphic()) {
            let why = "应为1至64位可见的半角字符".into();
            return Err(NumberError { what: "电子社保卡卡号", why });
        }
        Ok(Self(text.into()))
    }

    /// All of it. Only for the directory of numbers.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last four characters of a long one; nothing of a short one.
    pub fn masked(&self) -> String {
        let kept = if self.0.len() > 8 { 4 } else { 0 };
        let hidden = self.0.len() - kept;
        format!("{}{}", "*".repeat(hidden), &self.0[hidden..])
    }

    /// The same, masked for good.
    pub(crate) fn hidden(&self) -> Self {
        Self(self.masked())
    }
}

impl TryFrom<String> for ECardNumber {
    type Error = NumberError;
    fn try_from(text: String) -> Result<Self, NumberError> {
        Self::parse(&text)
    }
}

impl From<ECardNumber> for String {
    fn from(n: ECardNumber) -> Self {
        n.0
    }
}

impl fmt::Debug for ECardNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

macro_rules! hex_number {
    ($(#[$doc:meta])* $name:ident, $what:literal, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads it; refuses a wrong length and anything but hexadecimal digits.
            pub fn parse(text: &str) -> Result<Self, NumberError> {
                if text.len() != $len || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
                    let why = format!("应为{}位十六进制数字", $len);
                    return Err(NumberError { what: $what, why });
                }
                Ok(Self(text.to_ascii_uppercase()))
            }

            /// Upper-case hexadecimal digits.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = NumberError;
            fn try_from(text: String) -> Result<Self, NumberError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(n: $name) -> Self {
                n.0
            }
        }
    };
}

hex_number!(
    /// 卡识别码: 16 bytes, the first three the issuing area.
    ChipIdentifier,
    "卡识别码",
    32
);

impl ChipIdentifier {
    /// The same, masked for good: the last four digits stay.
    pub(crate) fn hidden(&self) -> Self {
        let kept = self.0.len().saturating_sub(4);
        Self(format!("{}{}", "*".repeat(kept), &self.0[kept..]))
    }
}

hex_number!(
    /// 卡复位信息: 13 historical bytes of the answer to reset.
    ResetInformation,
    "卡复位信息",
    26
);

macro_rules! code {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The code as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

code!(
    /// A card vendor 卡制作厂商 by its code in Guangdong, one digit.
    VendorCode
);

code!(
    /// A city 地级以上市: the first four digits of its division code, such as `4401`.
    CityCode
);

impl CityCode {
    /// The city of a six-digit division code of the province; `None` outside Guangdong's 21 cities.
    pub fn of_division(division: &str) -> Option<Self> {
        let four = division.get(..4)?;
        codes::division(&format!("{four}00")).filter(|d| d.is_city())?;
        Some(Self(four.into()))
    }

    /// The city's name, such as 广州市.
    pub fn name(&self) -> &'static str {
        codes::division(&format!("{}00", self.0)).map_or("（未知地市）", |d| d.name.as_str())
    }

    /// The letter that begins the card numbers of this city: one letter a prefecture, in the order of the code
    /// table (A = 4401 … U = 4453). No public table exists; a default by decision.
    pub fn card_number_letter(&self) -> Option<char> {
        let place = codes::cities().position(|c| c.code.starts_with(&self.0))?;
        char::from_u32('A' as u32 + u32::try_from(place).ok()?)
    }
}

code!(
    /// A service bank by its five-digit code.
    BankCode
);

impl BankCode {
    /// The bank's name.
    pub fn name(&self) -> &'static str {
        codes::bank(&self.0).map_or("（未知银行）", |b| b.name.as_str())
    }
}

/// What a partner is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartnerKind {
    /// 服务银行
    Bank,
    /// 卡制作厂商
    Vendor,
    /// 线上服务渠道: 广东人社, 粤省事, 政务服务网
    Online,
    /// 业务系统: hospitals, pharmacies, other offices that ask whether a card is in force
    Business,
    /// 公安, 社保 registers
    Registers,
    /// 全国社保卡服务平台
    Ecard,
    /// 短信
    Sms,
    /// 财政非税票据
    Treasury,
    /// 相片检测审核平台: of a city, or one for several
    Photos,
    /// 邮政企业: carries cards to their holders
    Post,
    /// 自助服务终端: where a holder serves himself with the card
    Terminal,
}

impl PartnerKind {
    /// Every kind, for reading stored names.
    pub const ALL: [Self; 11] = [
        Self::Bank,
        Self::Vendor,
        Self::Online,
        Self::Business,
        Self::Registers,
        Self::Ecard,
        Self::Sms,
        Self::Treasury,
        Self::Photos,
        Self::Post,
        Self::Terminal,
    ];

    /// The stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Bank => "bank",
            Self::Vendor => "vendor",
            Self::Online => "online",
            Self::Business => "business",
            Self::Registers => "registers",
            Self::Ecard => "ecard",
            Self::Sms => "sms",
            Self::Treasury => "treasury",
            Self::Photos => "photos",
            Self::Post => "post",
            Self::Terminal => "terminal",
        }
    }

    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bank => "服务银行",
            Self::Vendor => "卡制作厂商",
            Self::Online => "线上服务渠道",
            Self::Business => "业务系统",
            Self::Registers => "公安和社保核验系统",
            Self::Ecard => "全国社保卡服务平台",
            Self::Sms => "短信平台",
            Self::Treasury => "财政非税票据系统",
            Self::Photos => "相片检测审核平台",
            Self::Post => "邮政企业",
            Self::Terminal => "自助服务终端",
        }
    }
}

/// Who a partner is, written `kind:code`, such as `bank:95588`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PartnerId {
    pub kind: PartnerKind,
    /// Its code among its kind: a bank's five digits, a vendor's digit, or a name of ours.
    pub code: String,
}

impl PartnerId {
    /// Reads `kind:code`; the code is 1 to 32 letters, digits and hyphens.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, code) = text.split_once(':')?;
        let kind = PartnerKind::ALL.into_iter().find(|k| k.code() == kind)?;
        let fits =
            (1..=32).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        fits.then(|| Self { kind, code: code.into() })
    }
}

impl fmt::Display for PartnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.code(), self.code)
    }
}

impl TryFrom<String> for PartnerId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("not a partner: {text:?}"))
    }
}

impl From<PartnerId> for String {
    fn from(id: PartnerId) -> Self {
        id.to_string()
    }
}
