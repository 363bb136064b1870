//! What a command comes to.

use kaguan_domain::facts::blank::BlankEvent;
use kaguan_domain::facts::failure::SentField;
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::refusal::Refusal;
use kaguan_store::{CommitError, StoreError, Subject};
use std::fmt;

/// It was done, durably.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Receipt {
    /// The journal line that proves it.
    pub entry: i64,
    /// What it was about.
    pub subject: Subject,
    /// Whether it had been done before under the same request key.
    pub replayed: bool,
    /// The number that it has on its card: that of the last intent that it made.
    pub seq: Option<u32>,
    /// The fields that a partner changed and must not: its row was recorded as failed.
    pub changed: Vec<SentField>,
}

/// What events say to whoever asked for them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Told {
    pub(crate) seq: Option<u32>,
    pub(crate) changed: Vec<SentField>,
}

impl Told {
    pub(crate) fn of_holder(events: &[HolderEvent]) -> Self {
        let made = |e: &HolderEvent| {
            let HolderEvent::IntentMade { intent, .. } = e else { return None };
            Some(intent.seq)
        };
        let changed = events.iter().flat_map(HolderEvent::changed_fields).copied().collect();
        Self { seq: events.iter().rev().find_map(made), changed }
    }

    pub(crate) fn of_blank(events: &[BlankEvent]) -> Self {
        let changed = events.iter().flat_map(BlankEvent::changed_fields).copied().collect();
        Self { seq: None, changed }
    }
}

/// It was not done, or nobody knows.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum Failure {
    /// A rule refused it; nothing changed.
    #[error("{}", .0.sentence())]
    Refused(Box<Refusal>),
    /// The system cannot work just now; nothing changed. Whoever waits is told what is a sentence for people; what a database or a library
    /// said is for the operator alone (ASVS 5.0, 16.5.1).
    #[error("系统暂时不能办理，没有任何变更，请稍后重试{}", for_people(.0))]
    Unavailable(String),
    /// The connection broke at the commit. Send the same request with the same key again to learn which it was.
    #[error("结果未知：提交时连接中断，业务可能已办理也可能未办理。请用同一请求编号再次提交以核实结果")]
    Unknown,
}

/// Our own sentences are Chinese.
fn for_people(why: &str) -> String {
    match why.chars().any(|c| c >= '\u{4e00}') {
        true => format!("（{why}）"),
        false => "；多次出现请联系系统管理员".to_owned(),
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<StoreError> for Failure {
    fn from(e: StoreError) -> Self {
        Self::broken(e)
    }
}

/// What nobody knows is never told as something that was not done.
impl From<CommitError> for Failure {
    fn from(e: CommitError) -> Self {
        match e {
            CommitError::Guard { .. } | CommitError::RolledBack(_) => Self::broken(e),
            CommitError::Unknown(_) => Self::Unknown,
        }
    }
}

impl Failure {
    /// Something did not work, or is not as it must be: what it is stands in the output of the process.
    pub fn broken(why: impl fmt::Display) -> Self {
        let why = why.to_string();
        tracing::error!(%why, "the system cannot do what it was asked for");
        Self::Unavailable(why)
    }

    /// What the journal has as done could not be carried out behind it: it is neither done nor undone. Whoever sends the same
    /// request again carries it out.
    pub(crate) fn half_done(why: &CommitError) -> Self {
        tracing::error!(%why, "what the journal has as done is not carried out yet");
        Self::Unknown
    }

    /// The refusal, if it is one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(r) => Some(r),
            _ => None,
        }
    }
}
