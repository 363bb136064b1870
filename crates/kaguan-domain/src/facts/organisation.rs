//! One organisation, and one officer.

use crate::facts::role::{OrgKind, Role};
use crate::ids::{BankCode, CityCode, OfficerId, OrgId};
use serde::{Deserialize, Serialize};

/// One organisation of the tree.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Organisation {
    pub id: OrgId,
    /// 机构编码, 14 digits: six of the division, eight assigned.
    pub code: String,
    pub name: String,
    pub kind: OrgKind,
    /// The organisation above it; `None` for the province centre.
    pub parent: Option<OrgId>,
    /// Six-digit division code.
    pub division: String,
    /// The bank, for a bank's outlet.
    pub bank: Option<BankCode>,
}

impl Organisation {
    /// The city it lies in; `None` for the province centre.
    pub fn city(&self) -> Option<CityCode> {
        CityCode::of_division(&self.division)
    }
}

/// A person who signs in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Officer {
    pub id: OfficerId,
    /// Sign-in name.
    pub login: String,
    /// Name shown on receipts.
    pub name: String,
    /// The role.
    pub role: Role,
    pub org: OrgId,
    /// Whether the officer may act at all.
    pub active: bool,
    /// A password hash in PHC format; made at the door, never a password.
    pub password_hash: String,
}
