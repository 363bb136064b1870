//! Partners: whose computers speak with the system, under which keys, and where they are reached.

use crate::clause;
use crate::ctx::Instant;
use crate::refusal::{Reason, Refusal};
use serde::{Deserialize, Serialize};
use std::fmt;

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
}

impl PartnerKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Bank,
        Self::Vendor,
        Self::Online,
        Self::Business,
        Self::Registers,
        Self::Ecard,
        Self::Sms,
        Self::Treasury,
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
        }
    }
}

/// Who a partner is, written `kind:code`, such as `bank:95588`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PartnerId {
    /// What it is.
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

/// An SM2 public key of a partner. Several may hold at once, so that keys are changed without a gap.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PartnerKey {
    /// Its name among the partner's keys.
    pub id: String,
    /// SEC1, uncompressed, in lower-case hexadecimal: 130 characters.
    pub public: String,
    /// From when on it is accepted.
    pub from: Instant,
    /// Until when; `None` until further notice.
    pub until: Option<Instant>,
}

/// A partner.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Partner {
    /// Who.
    pub id: PartnerId,
    /// Its name.
    pub name: String,
    /// Where it is called, `https://…`; `None` when it only calls.
    pub endpoint: Option<String>,
    /// Its keys, oldest first.
    pub keys: Vec<PartnerKey>,
}

impl Partner {
    /// The key of a name that holds at a moment.
    pub fn key(&self, id: &str, now: Instant) -> Option<&PartnerKey> {
        self.keys.iter().find(|k| k.id == id && k.from <= now && k.until.is_none_or(|until| now < until))
    }
}

/// Whether a partner can be registered, or its entry changed: everything that is wrong, at once.
pub(super) fn check_partner(partner: &Partner) -> Result<(), Refusal> {
    clause!(R6.1);
    let mut wrong: Vec<String> = Vec::new();
    if partner.name.trim().is_empty() {
        wrong.push("缺合作方名称".into());
    }
    let http = |e: &String| e.starts_with("https://") || e.starts_with("http://");
    if partner.endpoint.as_ref().is_some_and(|e| !http(e) || e.ends_with('/')) {
        wrong.push("接口地址须以http(s)://开头，末尾不带斜杠".into());
    }
    wrong.extend(partner.keys.iter().filter_map(|k| check_key(k).err()));
    if wrong.is_empty() { Ok(()) } else { Err(Refusal::about(Reason::MaterialDefective, wrong.join("；"))) }
}

/// Whether a key is well formed; that it lies on the curve is the signature's to find.
pub(super) fn check_key(key: &PartnerKey) -> Result<(), String> {
    let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if key.public.len() != 130 || !key.public.starts_with("04") || !key.public.bytes().all(hex) {
        return Err(format!("公钥{}须为130位小写十六进制（04开头的未压缩点）", key.id));
    }
    if key.id.is_empty()
        || key.id.len() > 32
        || !key.id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    {
        return Err("公钥名称须为1至32位字母、数字或连字符".into());
    }
    if key.until.is_some_and(|until| until <= key.from) {
        return Err(format!("公钥{}的失效时间不晚于生效时间", key.id));
    }
    Ok(())
}
