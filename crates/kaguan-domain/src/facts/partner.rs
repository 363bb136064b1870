//! Partners: whose computers speak with the system, under which keys, and where they are reached.

use crate::ctx::Instant;
use crate::ids::PartnerId;
use serde::{Deserialize, Serialize};

/// An SM2 public key of a partner. Several may hold at once, so that keys are changed without a gap.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PartnerKey {
    /// Its name among the partner's keys.
    pub id: String,
    /// SEC1, uncompressed, in lower-case hexadecimal: 130 characters.
    pub public: String,
    /// From when on it is accepted.
    pub from: Instant,
    /// Until when; `None` until further notice.
    pub until: Option<Instant>,
}

/// A partner.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Partner {
    pub id: PartnerId,
    pub name: String,
    /// Where it is called, `https://…`; `None` when it only calls.
    pub endpoint: Option<String>,
    /// Its keys, oldest first.
    pub keys: Vec<PartnerKey>,
}

impl Partner {
    /// The key of a name that holds at a moment.
    pub fn key(&self, id: &str, now: Instant) -> Option<&PartnerKey> {
        self.keys.iter().find(|k| k.id == id && k.from <= now && k.until.is_none_or(|until| now < until))
    }
}
