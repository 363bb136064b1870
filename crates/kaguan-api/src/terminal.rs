//! The interfaces of 自助服务终端: what a holder does alone, with the card in the machine. The PIN is compared by the chip and never sent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The card in the machine, as its chip says it is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CardInside {
    /// 社保卡卡号, read from the chip.
    pub card_no: String,
    /// 卡识别码, read from the chip: 32 hexadecimal digits.
    pub chip: String,
    /// Whether the chip has just taken the PIN that the holder typed.
    pub pin_verified: bool,
}

/// A question about oneself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AskInside {
    /// Whose card is in the machine.
    pub inside: CardInside,
}

/// 修改密码: the PIN was changed on the chip.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PinChangedInside {
    /// Whose card is in the machine; `pin_verified` is of the old PIN.
    pub inside: CardInside,
    /// Whether the risks were shown, and the rules for a PIN.
    pub risks_told: bool,
}
