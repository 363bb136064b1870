//! What registers say about a death (Article 32).

use crate::ctx::Instant;
use crate::facts::application::Register;
use serde::{Deserialize, Serialize};

/// 恢复生存状态: what showed that somebody is alive whom registers or relatives had called dead.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LifeProof {
    pub at: Instant,
    /// What was shown, in an officer's words.
    pub evidence: String,
}

/// What one register says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DeathMark {
    /// Which register.
    pub source: Register,
    /// When it was heard.
    pub at: Instant,
}
