//! 即时制卡的步骤: what was asked of a desk for one card, and what came of it. Whoever goes on after a crash reads it here; what
//! lies between an asking and its answer is unknown, and is asked of the card again.

use crate::ctx::Instant;
use crate::ids::DeskId;
use serde::{Deserialize, Serialize};

/// A step, in the order of Appendix 9.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MakingStep {
    /// 进卡, and the blank that came was read and is the one that was taken.
    Load,
    /// 写基本信息
    Write,
    /// 初始化CA环境
    CaPrepare,
    /// 写入CA
    CaWrite,
    /// 读出核对
    ReadBack,
    /// 印卡, after which the card goes out.
    Print,
}

impl MakingStep {
    /// In their order.
    pub const ALL: [Self; 6] =
        [Self::Load, Self::Write, Self::CaPrepare, Self::CaWrite, Self::ReadBack, Self::Print];

    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::Load => "进卡核对",
            Self::Write => "写基本信息",
            Self::CaPrepare => "初始化CA环境",
            Self::CaWrite => "写入CA",
            Self::ReadBack => "读出核对",
            Self::Print => "印卡",
        }
    }

    fn after(self) -> Option<Self> {
        match self {
            Self::Load => Some(Self::Write),
            Self::Write => Some(Self::CaPrepare),
            Self::CaPrepare => Some(Self::CaWrite),
            Self::CaWrite => Some(Self::ReadBack),
            Self::ReadBack => Some(Self::Print),
            Self::Print => None,
        }
    }
}

/// How far a step is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// The desk was asked; whether it has done it, only the card knows.
    Asked,
    Done,
    /// It was not done.
    Failed {
        /// By the published table; `None` when the desk did not begin.
        code: Option<i32>,
    },
}

/// One line of the journal of a card that is being made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Stepped {
    pub step: MakingStep,
    pub desk: DeskId,
    pub at: Instant,
    pub state: StepState,
}

/// What comes next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    /// A step, for the first time or again.
    Ask(MakingStep),
    /// 印卡 was asked and nobody knows what came of it: somebody looks at the face.
    LookAtFace,
    /// All is done: the card is confirmed.
    Confirm,
}

/// What comes next after these lines; `None` when the card is not made by a desk.
pub fn next(steps: &[Stepped]) -> Option<Next> {
    let last = steps.last()?;
    Some(match (last.step, last.state) {
        (step, StepState::Done) => step.after().map_or(Next::Confirm, Next::Ask),
        (MakingStep::Print, StepState::Asked) => Next::LookAtFace,
        (step, StepState::Asked | StepState::Failed { .. }) => Next::Ask(step),
    })
}

/// Whether anything may be on the chip already: a desk was asked to write, and did not say that it never began.
pub fn is_written(steps: &[Stepped]) -> bool {
    let begun = |n: usize| steps.get(n).is_none_or(|a| a.state != StepState::Failed { code: None });
    (1..).zip(steps).any(|(n, s)| s.step >= MakingStep::Write && s.state == StepState::Asked && begun(n))
}

/// When the blank was taken at a desk: that day is the day of issue on chip and face.
pub fn begun_at(steps: &[Stepped]) -> Option<Instant> {
    steps.first().map(|s| s.at)
}
