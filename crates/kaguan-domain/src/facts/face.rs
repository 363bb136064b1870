//! 人脸核验 at 自助服务设施: what stands there for the eyes of a clerk. Neither of the pictures is ever here.

use crate::ctx::Instant;
use crate::ids::DeskId;
use serde::{Deserialize, Serialize};

/// What a provider says of two pictures.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaceResult {
    /// 一致
    Same,
    /// 不一致
    Different,
    /// 不能比对: no answer, or none that says either.
    NotComparable,
}

impl FaceResult {
    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::Same => "一致",
            Self::Different => "不一致",
            Self::NotComparable => "不能比对",
        }
    }
}

/// What came of a comparison.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FaceCheck {
    pub result: FaceResult,
    /// Who compared, such as `face:gd`; empty when nobody did.
    pub provider: String,
    /// Under which number the provider has it; empty when it gave none.
    pub reference: String,
}

impl FaceCheck {
    /// Nobody has answered, or with nothing that can be believed: never a yes.
    pub fn silent(provider: &str) -> Self {
        Self { result: FaceResult::NotComparable, provider: provider.to_owned(), reference: String::new() }
    }
}

/// The last one of a person.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FaceSeen {
    pub desk: DeskId,
    pub at: Instant,
    pub result: FaceResult,
}

/// How long a face that was found to be the holder's counts, in microseconds: ten minutes.
const COUNTS: i64 = 600_000_000;

impl FaceSeen {
    /// Whether somebody whom this is of stands at a desk now.
    pub fn counts(&self, desk: DeskId, now: Instant) -> bool {
        self.result == FaceResult::Same && self.desk == desk && (0..COUNTS).contains(&(now.0 - self.at.0))
    }
}
