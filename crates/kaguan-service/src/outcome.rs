//! What a command comes to.

use kaguan_domain::refusal::Refusal;
use kaguan_store::Subject;

/// It was done, durably.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Receipt {
    /// The journal line that proves it.
    pub entry: i64,
    /// What it was about.
    pub subject: Subject,
    /// Whether it had been done before under the same request key.
    pub replayed: bool,
    /// Whether a partner's row was recorded as failed because it changed a field that it must not change; not known of
    /// what was done before.
    pub changed_field: bool,
}

/// It was not done, or nobody knows.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum Failure {
    /// A rule refused it; nothing changed.
    #[error("{}", .0.sentence())]
    Refused(Box<Refusal>),
    /// The system cannot work just now; nothing changed.
    #[error("系统暂时不能办理，没有任何变更，请稍后重试（{0}）")]
    Unavailable(String),
    /// The connection broke at the commit. Send the same request with the same key again to learn which it was.
    #[error("结果未知：提交时连接中断，业务可能已办理也可能未办理。请用同一请求编号再次提交以核实结果")]
    Unknown,
}

impl Failure {
    /// The refusal, if it is one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(r) => Some(r),
            _ => None,
        }
    }
}
