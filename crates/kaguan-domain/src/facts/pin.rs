//! The PIN's facet of a card (Articles 17 to 21); no PIN is ever here.

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
