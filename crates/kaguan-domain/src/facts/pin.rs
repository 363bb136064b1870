//! The PIN's facet of a card (Articles 17 to 21); no PIN is ever here.

use crate::clause;
use serde::{Deserialize, Serialize};

/// The PIN's facet of a card.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pin {
    /// As made.
    #[default]
    Initial,
    /// Set by the holder.
    Set,
    /// Locked after six wrong ones in a row.
    Locked,
}

impl Pin {
    /// What its facet says: a PIN works once its holder has set it (R18.1), and not while it is locked (R20.1).
    pub fn said(self) -> &'static str {
        clause!(R18.1);
        clause!(R20.1);
        match self {
            Self::Initial => "初始密码，未登记本人设置",
            Self::Set => "已设置",
            Self::Locked => "已锁定，须办理解锁或重置",
        }
    }
}

/// What the terminal reports; the chip has done it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PinChange {
    /// 修改密码: card present, old PIN, new PIN twice.
    Changed,
    /// Six wrong PINs in a row.
    Locked,
    /// 解锁密码, holder present.
    Unlocked,
    /// 重置密码, identity verified.
    Reset,
}
