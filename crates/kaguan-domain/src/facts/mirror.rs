//! What a card and the account at its bank must agree in (Articles 23 to 33).

use serde::{Deserialize, Serialize};
use std::fmt;

/// The state of an account and of what lies on it, as both sides have it. Stored and sent as bits: 0–1 the account (0
/// pre-opened, 1 active, 2 closed), 2–3 the loss (0 none, 1 temporary, 2 formal), 4 locked for a change of the bank, 5 restricted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Mirror {
    pub account: Facet,
    /// The loss that is reported.
    pub loss: Option<Loss>,
    /// 变更服务银行锁定
    pub locked: bool,
    /// 限制
    pub restricted: bool,
}

/// How far an account is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Facet {
    /// 预开户
    PreOpened,
    /// 正常
    Active,
    /// 销户
    Closed,
}

/// A reported loss; a formal one is the stricter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Loss {
    /// 临时挂失
    Temporary,
    /// 正式挂失
    Formal,
}

const LOCKED: i64 = 1 << 4;
const RESTRICTED: i64 = 1 << 5;

impl Mirror {
    /// An account as it begins: pre-opened, and nothing lies on it.
    pub const NEW: Self = Self { account: Facet::PreOpened, loss: None, locked: false, restricted: false };

    /// As bits.
    pub fn bits(self) -> i64 {
        let account = match self.account {
            Facet::PreOpened => 0,
            Facet::Active => 1,
            Facet::Closed => 2,
        };
        let loss = match self.loss {
            None => 0,
            Some(Loss::Temporary) => 1 << 2,
            Some(Loss::Formal) => 2 << 2,
        };
        let locked = if self.locked { LOCKED } else { 0 };
        let restricted = if self.restricted { RESTRICTED } else { 0 };
        account | loss | locked | restricted
    }

    /// Reads bits; `None` for those that no card has.
    pub fn from_bits(bits: i64) -> Option<Self> {
        let account = match bits & 3 {
            0 => Facet::PreOpened,
            1 => Facet::Active,
            2 => Facet::Closed,
            _ => return None,
        };
        let loss = match (bits >> 2) & 3 {
            0 => None,
            1 => Some(Loss::Temporary),
            2 => Some(Loss::Formal),
            _ => return None,
        };
        let read = Self { account, loss, locked: bits & LOCKED != 0, restricted: bits & RESTRICTED != 0 };
        (read.bits() == bits).then_some(read)
    }
}

impl From<Mirror> for i64 {
    fn from(mirror: Mirror) -> Self {
        mirror.bits()
    }
}

impl TryFrom<i64> for Mirror {
    type Error = String;

    fn try_from(bits: i64) -> Result<Self, String> {
        Self::from_bits(bits).ok_or_else(|| format!("{bits} are not the bits of a state"))
    }
}

impl fmt::Display for Mirror {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.account {
            Facet::PreOpened => "预开户",
            Facet::Active => "正常",
            Facet::Closed => "销户",
        })?;
        match self.loss {
            None => {}
            Some(Loss::Temporary) => f.write_str("、临时挂失")?,
            Some(Loss::Formal) => f.write_str("、正式挂失")?,
        }
        if self.locked {
            f.write_str("、锁定")?;
        }
        if self.restricted {
            f.write_str("、限制")?;
        }
        Ok(())
    }
}

/// What a bank says of an account: a state, or bits that are none. Read from and written as bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(from = "i64", into = "i64")]
pub enum BankState {
    /// A state.
    Known(Mirror),
    /// Bits that no account has: for staff to look into.
    Unreadable(i64),
}

impl From<i64> for BankState {
    fn from(bits: i64) -> Self {
        Mirror::from_bits(bits).map_or(Self::Unreadable(bits), Self::Known)
    }
}

impl From<BankState> for i64 {
    fn from(state: BankState) -> Self {
        match state {
            BankState::Known(mirror) => mirror.bits(),
            BankState::Unreadable(bits) => bits,
        }
    }
}

impl fmt::Display for BankState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(mirror) => mirror.fmt(f),
            Self::Unreadable(bits) => write!(f, "无法识别（{bits}）"),
        }
    }
}
