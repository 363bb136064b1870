//! 邮递上门 (Article 14): where a card is sent and at whose wish, and who signed for it.

use crate::facts::application::AgentRelation;
use crate::facts::counter::{Collector, Deputy, KeptCopy, Shown};
use crate::facts::custody::Party;
use crate::facts::form::Delivery;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt;

/// 邮递意愿 that was told after the application: of one that asked for collection at the outlet, or to another address (R10.5).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Wish {
    pub to: Delivery,
    pub by: WishedBy,
}

/// Whose wish it is, and how the outlet knows.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WishedBy {
    /// 到场提出.
    AtCounter {
        /// Whether the documents were verified in the original.
        verified: bool,
        /// The holder's document.
        shown: Option<Shown>,
        /// Who acts for the holder.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deputy: Option<Box<Deputy>>,
    },
    /// 回拨登记手机确认: the outlet called the number on file.
    ByPhone {
        /// 通话人姓名.
        name: String,
        /// What the speaker is to the holder; `None` for the holder.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        relation: Option<AgentRelation>,
        /// Whether the clerk called the number on file, and compared what the speaker said of himself.
        called_back: bool,
    },
}

impl fmt::Debug for WishedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AtCounter { .. } => "AtCounter",
            Self::ByPhone { .. } => "ByPhone",
        })
    }
}

impl WishedBy {
    /// The copies that are kept of it.
    pub fn copies(&self) -> &[KeptCopy] {
        match self {
            Self::AtCounter { deputy: Some(deputy), .. } => &deputy.copies,
            Self::AtCounter { deputy: None, .. } | Self::ByPhone { .. } => &[],
        }
    }
}

/// 投递签收凭证: what the carrier reports of a posted card.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarrierProof {
    /// 凭证编号.
    pub number: String,
    /// 签收人姓名, as the carrier has it.
    pub signer: String,
    /// 签收日期.
    pub signed_on: Date,
    /// The proof itself, 签收记录 in the archive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<KeptCopy>,
}

impl fmt::Debug for CarrierProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CarrierProof({})", self.signed_on)
    }
}

/// 发放方式.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    /// 网点领取
    Counter,
    /// 邮递上门
    Post,
    /// 单位发放
    Unit,
}

impl Manner {
    /// By whom the holder was given the card.
    pub fn of(from: &Party) -> Self {
        match from {
            Party::Post(_) => Self::Post,
            Party::Employer(_) => Self::Unit,
            Party::Vendor(_)
            | Party::Org(_)
            | Party::Holder
            | Party::Recalled(_)
            | Party::Destroyed
            | Party::Missing
            | Party::Production(_) => Self::Counter,
        }
    }

    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::Counter => "网点领取",
            Self::Post => "邮递上门",
            Self::Unit => "单位发放",
        }
    }
}

/// 持卡人签收记录 of one card, for the register by batch (R12.2).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// 签收日期.
    pub on: Date,
    pub manner: Manner,
    /// 代领人 who signed: name, and what he is to the holder. `None` when the holder did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deputy: Option<(String, AgentRelation)>,
    /// On which proof of the carrier; `None` when it was signed for before the clerk, or on the employer's list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<CarrierProof>,
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({}, {:?})", self.on, self.manner)
    }
}

impl Signature {
    /// Of whoever took the card.
    pub fn of(collector: &Collector, from: &Party, on: Date, proof: Option<CarrierProof>) -> Self {
        let deputy = match collector {
            Collector::Deputy(d) => Some((d.name.clone(), d.relation)),
            Collector::Holder | Collector::Agent { .. } => None,
        };
        Self { on, manner: Manner::of(from), deputy, proof }
    }
}
