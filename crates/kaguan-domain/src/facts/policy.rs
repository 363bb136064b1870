//! 地方细则 (Article 42): a city's own rules as dated data, with the regulation's defaults. A change of policy never
//! rewrites what was decided: every rule asks for the policy of its own day.

use crate::facts::form::PersonCategory;
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

impl LocalPolicy {
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

/// What a city has decided about the fee within Article 42.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FeePolicy {
    /// 质保期, in months from the day of issue; the city sets it. Without one nothing is under warranty.
    pub warranty_months: Option<u32>,
    /// Whether the city waives the fee for everybody.
    pub waived: bool,
}
