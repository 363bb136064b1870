//! 地方细则 (Article 42): a city's own rules as dated data, with the regulation's defaults. A change of policy never
//! rewrites what was decided: every rule asks for the policy of its own day.

use crate::clause;
use crate::ctx::Instant;
use crate::facts::form::PersonCategory;
use crate::ids::{CityCode, OfficerId};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What a city may decide.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LocalPolicy {
    /// 质保期, in months from the day of issue; without one nothing is under warranty.
    pub warranty_months: Option<u32>,
    /// 免收工本费 for everybody.
    pub fee_waived: bool,
    /// 邮递上门 is not offered.
    pub no_postal_service: bool,
    /// Whom the city issues cards to without the condition of Article 3 (work, insurance).
    pub widened_eligibility: Vec<PersonCategory>,
    /// Whether finished cards pass through the counties.
    pub county_level: CountyLevel,
    /// Ways from the vendor that the city does not use; all others of Appendix 7 are open.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub closed_ways: Vec<VendorWay>,
    /// 预制卡预警线: an institution that has so many pre-made cards of a bank or fewer is short of them; without one nobody is warned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low_stock: Option<u32>,
}

/// Where a vendor sends finished cards besides the province centre (Appendix 7).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VendorWay {
    /// 市卡管机构
    City,
    /// 服务银行
    Bank,
    /// 申请人
    Holder,
}

impl VendorWay {
    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::City => "市卡管机构",
            Self::Bank => "服务银行",
            Self::Holder => "申请人",
        }
    }
}

/// 县（市、区）一级 in the distribution of a city (Article 12).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountyLevel {
    /// The city decides box by box.
    #[default]
    AsNeeded,
    /// Every box goes through the county of its outlet, where there is one.
    Always,
    /// Boxes go from the city to the outlet.
    Never,
}

impl CountyLevel {
    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::AsNeeded => "由市逐箱决定",
            Self::Always => "一律经县（市、区）",
            Self::Never => "市直接分发到网点",
        }
    }
}

impl LocalPolicy {
    /// What it says, in one line for people.
    pub fn said(&self) -> String {
        let mut said = vec![match self.warranty_months {
            Some(months) => format!("质保期{months}个月"),
            None => "不设质保期".to_owned(),
        }];
        said.extend(self.fee_waived.then(|| "免收工本费".to_owned()));
        said.extend(self.no_postal_service.then(|| "不开通邮递上门".to_owned()));
        said.extend(self.widened_eligibility.iter().map(|c| format!("发放对象扩展：{}", c.name())));
        said.push(format!("县级分发：{}", self.county_level.name()));
        said.extend(self.closed_ways.iter().map(|way| format!("卡商不直接寄往{}", way.name())));
        said.extend(self.low_stock.map(|n| format!("预制卡一行一机构存量{n}张及以下预警")));
        said.join("；")
    }

    /// Whether an institution with so many pre-made cards of a bank is short of them.
    pub fn is_low(&self, left: i64) -> bool {
        clause!(R36.1);
        self.low_stock.is_some_and(|n| left <= i64::from(n))
    }

    /// What it says about the fee.
    pub fn fee(&self) -> FeePolicy {
        FeePolicy { warranty_months: self.warranty_months, waived: self.fee_waived }
    }
}

/// A policy and the days on which it holds, both ends included.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DatedPolicy {
    /// First day.
    pub from: Date,
    /// Last day; `None` until further notice.
    pub until: Option<Date>,
    /// The policy.
    pub policy: LocalPolicy,
}

/// Rules that a city has proposed (R42.2).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ProposedPolicy {
    pub id: i64,
    pub city: CityCode,
    /// 文号.
    pub paper: String,
    /// The rules and their days, as proposed.
    pub policy: DatedPolicy,
    /// Who proposed them; `None` is the system, at set-up.
    pub by: Option<OfficerId>,
    pub at: Instant,
    pub state: ProposalState,
}

impl ProposedPolicy {
    /// The days on which rules hold that were filed: from the day that the city stated, and never from one before they were filed.
    /// `None` of those that are not filed.
    pub fn filed_days(&self) -> Option<DatedPolicy> {
        clause!(R42.2);
        match &self.state {
            ProposalState::Filed { at, .. } => {
                Some(DatedPolicy { from: self.policy.from.max(at.date()), ..self.policy.clone() })
            }
            ProposalState::Proposed | ProposalState::Refused { .. } => None,
        }
    }
}

/// Rules that hold on their days, in the place of all that hold from an earlier one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct HeldPolicy {
    /// The proposal that was filed; `None` of those that an administrator set in earlier days.
    pub(super) of: Option<i64>,
    /// The first day as it was stated: before the first of `days` when they were filed late.
    pub(super) stated: Date,
    /// The days on which they hold.
    pub(super) days: DatedPolicy,
}

impl HeldPolicy {
    /// Of all that became rules of a city, in the order in which they did, those that hold on a day: the ones with the latest first day;
    /// of several with one first day those that were meant for a later one, and of these the ones filed last.
    pub(super) fn on(all: &[Self], day: Date) -> Option<&Self> {
        clause!(R42.1);
        let holds = |p: &&Self| p.days.from <= day && p.days.until.is_none_or(|until| day <= until);
        all.iter().filter(holds).max_by_key(|p| (p.days.from, p.stated))
    }
}

/// What the province made of proposed rules.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposalState {
    /// 待审核
    Proposed,
    /// 已备案: they hold from their day, or from this one when it is later.
    Filed {
        by: Option<OfficerId>,
        at: Instant,
        /// 备案号, or what the province wrote in its place; empty of those that were filed before it was asked for.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        number: String,
    },
    /// 不予备案
    Refused { by: Option<OfficerId>, at: Instant, reason: String },
}

impl ProposalState {
    /// The Chinese term.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Proposed => "待省审核",
            Self::Filed { .. } => "已审核备案",
            Self::Refused { .. } => "不予备案",
        }
    }
}

/// What a city has decided about the fee within Article 42.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FeePolicy {
    /// 质保期, in months from the day of issue; the city sets it. Without one nothing is under warranty.
    pub warranty_months: Option<u32>,
    /// Whether the city waives the fee for everybody.
    pub waived: bool,
}
