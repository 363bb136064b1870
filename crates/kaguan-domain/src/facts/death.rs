//! What registers say about a death (Article 32).

use crate::ctx::Instant;
use crate::facts::application::Register;
use serde::{Deserialize, Serialize};

/// What one register says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DeathMark {
    /// Which register.
    pub source: Register,
    /// When it was heard.
    pub at: Instant,
}
