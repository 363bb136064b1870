//! A change of the bank 变更服务银行 under way (Article 31).

use crate::ctx::Instant;
use crate::facts::card::{Card, Social};
use crate::facts::holder::HolderFile;
use crate::ids::{BankCode, CardId, CityCode, OrgId};
use serde::{Deserialize, Serialize};

/// How far a change of the service bank (Article 31) has come.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BankChangeState {
    /// 预约
    Reserved,
    /// 原银行审核通过
    Approved { at: Instant },
    /// 已在新银行办理: the old card is locked.
    CarriedOut { at: Instant },
}

/// The outlet of the new bank that took a wish, which goes on with it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TakenAt {
    pub org: OrgId,
    /// The city of that outlet, which may be another than the one of the card.
    pub city: CityCode,
}

/// A change under way.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BankChange {
    /// The card of the old bank.
    pub old: CardId,
    /// The new bank.
    pub to: BankCode,
    /// When it was reserved.
    pub reserved_at: Instant,
    pub state: BankChangeState,
    /// Whether the file keeps how it ends: it does of every change that was reserved since the end of November 2026.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub end_is_kept: bool,
    /// Where it was taken; `None` of one that came online or from the bank's computer, which all outlets of the bank in the card's city see, and
    /// of those of before December 2026.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<TakenAt>,
}

/// The last change that ended without a new card.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EndedChange {
    /// The bank that it was to go to.
    pub to: BankCode,
    pub reserved_at: Instant,
    pub ended_at: Instant,
    pub how: Ending,
    /// Where it was taken, as of one under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<TakenAt>,
}

impl EndedChange {
    /// What became of it, in one sentence without a full stop.
    pub fn line(&self) -> String {
        let end = self.ended_at.date();
        let how = match &self.how {
            Ending::Refused { reason } => format!("{end}原服务银行不同意，原因：{}", reason.trim()),
            Ending::Withdrawn => format!("{end}撤销预约"),
            Ending::Lapsed => format!("三十天内没有办理，{end}预约失效"),
            Ending::Unanswered => format!("原服务银行三十天内没有审核，{end}预约失效"),
            Ending::GivenUp => format!("{end}没有办成（换卡申请已撤销或不予受理，或新卡已注销、清理）"),
            Ending::Done => format!("{end}办结"),
        };
        format!("{}预约变更为{}，{how}", self.reserved_at.date(), self.to.name())
    }

    /// What the bank that took it does now, in one sentence without a full stop.
    pub fn next(&self) -> &'static str {
        match &self.how {
            Ending::Unanswered => "请与原服务银行核实未审核的原因，持卡人仍要变更的，重新预约",
            Ending::Lapsed => "请与持卡人进一步核实处理，仍要变更的，重新预约",
            Ending::Refused { .. } | Ending::Withdrawn | Ending::GivenUp | Ending::Done => {
                "请与持卡人进一步核实处理，仍要变更的，原因消除后重新预约"
            }
        }
    }
}

impl HolderFile {
    /// The last wish of a change that the old bank did not agree to, or that lapsed, with the card that stays in use: what the bank that took it
    /// goes through with its holder (Article 31). `None` once another was taken, and when there is no such card or the holder has died.
    pub fn failed_change(&self) -> Option<(&EndedChange, &Card)> {
        let ended = self.person.as_ref()?.ended_change.as_ref()?;
        let failed = match &ended.how {
            Ending::Refused { .. } | Ending::Lapsed | Ending::Unanswered => true,
            Ending::Withdrawn | Ending::GivenUp | Ending::Done => false,
        };
        if !failed || self.death_confirmed() {
            return None;
        }
        let in_use =
            |c: &&Card| matches!(c.social, Social::Enabled { .. }) && c.stands() && c.bank != ended.to;
        Some((ended, self.cards.iter().find(in_use)?))
    }
}

/// Why a change ended without a new card.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The old bank refused.
    Refused { reason: String },
    /// The holder took it back.
    Withdrawn,
    /// Nothing happened for thirty days; until the end of November 2026 whether the old bank had answered or not, since then once it had agreed.
    Lapsed,
    /// The old bank did not answer within thirty days.
    Unanswered,
    /// The application that carried it out was declined or withdrawn.
    GivenUp,
    /// The new card works.
    Done,
}
