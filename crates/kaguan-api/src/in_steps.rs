//! What a desk asks of the province's 加密机 while it does a job: a driver without the keys of cards (no PSAM) does a function of `SSCardDriver` in
//! steps, and what comes out of one goes to the machine and from there into the next. Both are the driver's and the machine's own: they pass
//! here whole, and nobody reads them.

use crate::desk::Work;
use serde::{Deserialize, Serialize};

/// A function that can be done in steps.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InSteps {
    /// `iReadCardBas`.
    ReadBasic,
    /// `iWriteCard`.
    Write,
    /// `iUnblockPIN`.
    UnblockPin,
    /// `iReloadPIN`.
    ReloadPin,
}

impl InSteps {
    /// What a driver without a PSAM has to have in steps.
    pub const ALL: [Self; 4] = [Self::ReadBasic, Self::Write, Self::UnblockPin, Self::ReloadPin];

    /// Its name in the driver.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadBasic => "iReadCardBas",
            Self::Write => "iWriteCard",
            Self::UnblockPin => "iUnblockPIN",
            Self::ReloadPin => "iReloadPIN",
        }
    }

    /// How many steps there are; between two of them the machine is asked.
    pub fn steps(self) -> u8 {
        match self {
            Self::ReadBasic | Self::Write => 2,
            Self::UnblockPin | Self::ReloadPin => 3,
        }
    }

    /// The name of a step, from 1: `iReadCardBas_HSM_Step1`.
    pub fn step(self, n: u8) -> String {
        format!("{}_HSM_Step{n}", self.name())
    }

    /// The functions that a job may need: which card it is is read in every one that touches a card.
    pub fn of(work: &Work) -> &'static [Self] {
        match work {
            Work::Write { .. } => &[Self::ReadBasic, Self::Write],
            Work::UnlockPin { .. } => &[Self::ReadBasic, Self::UnblockPin],
            Work::ResetPin { .. } => &[Self::ReadBasic, Self::ReloadPin],
            Work::Read
            | Work::Load { .. }
            | Work::CaPrepare
            | Work::CaWrite { .. }
            | Work::Print { .. }
            | Work::Eject { .. }
            | Work::ChangePin => &[Self::ReadBasic],
            Work::ReadIdentity | Work::Scan => &[],
        }
    }
}

/// A desk asks the machine in the midst of a job.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineAsk {
    /// Which desk.
    pub desk: i64,
    /// In which job: the one that it has.
    pub job: String,
    /// The how many-th question of the job, from 1.
    pub seq: u32,
    /// The key of the system that the agent holds: under it the answer is signed.
    pub system: String,
    /// In which function.
    pub function: InSteps,
    /// After which of its steps, from 1.
    pub step: u8,
    /// What came out of the step.
    pub said: String,
}

/// What the machine answered, signed by the system: to this question and no other.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineAnswer {
    /// [`MachineAsk::job`].
    pub job: String,
    /// [`MachineAsk::seq`].
    pub seq: u32,
    /// `pKey` of the next step; `None` when the machine did not answer.
    pub key: Option<String>,
}
