//! 制卡桌面机: a machine with reader, card boxes and printer at an outlet, whose agent answers under its own key (Appendix 9).

use crate::clause;
use crate::ctx::Instant;
use crate::ids::{BankCode, DeskId, OrgId};
use serde::{Deserialize, Serialize};

/// A desk that is tied to an outlet.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Desk {
    pub id: DeskId,
    pub outlet: OrgId,
    /// What the machine is called.
    pub name: String,
    /// SM2 public key, 130 hexadecimal digits.
    pub public: String,
    /// Which bank's pre-made cards lie in which card box, 1 to 9; empty of a machine with one box.
    pub boxes: Vec<CardBox>,
    pub paired_at: Instant,
    pub ended: Option<Instant>,
    /// 自助服务设施: holders serve themselves at it, without a clerk.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub kiosk: bool,
}

/// 卡盒.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CardBox {
    /// 1 to 9, as `iLoadCard` counts.
    pub number: u8,
    pub bank: BankCode,
}

impl Desk {
    /// Whether holders may serve themselves at it now.
    pub fn serves_alone(&self) -> bool {
        self.kiosk && self.ended.is_none()
    }

    /// The box that a card of a bank is taken from: `n` of `iLoadCard(n)`, 0 of a machine with one box; `None` when no box has
    /// cards of this bank.
    pub fn box_of(&self, bank: &BankCode) -> Option<u8> {
        clause!(X9.5);
        if self.boxes.is_empty() {
            return Some(0);
        }
        self.boxes.iter().find(|b| b.bank == *bank).map(|b| b.number)
    }
}
