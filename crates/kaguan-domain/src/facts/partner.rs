//! Partners: whose computers speak with the system, under which keys, and where they are reached.

use crate::clause;
use crate::ctx::Instant;
use crate::facts::officer::ChangeState;
use crate::ids::{CityCode, OfficerId, PartnerId};
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

/// What is to be changed of a partner, or of the system's own keys.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartnerChange {
    /// 登记, with its first key.
    Register(Partner),
    /// 变更接口地址
    Reach {
        partner: PartnerId,
        /// The address; `None` when it is not called any more.
        endpoint: Option<String>,
    },
    /// 更换公钥: the new key holds beside the earlier ones.
    AddKey {
        partner: PartnerId,
        key: PartnerKey,
        /// When the earlier ones end; `None` when they go on.
        others_until: Option<Instant>,
    },
    /// 更换系统密钥
    ChangeSystemKey {
        /// From when on the system signs under its next key.
        from: Instant,
    },
}

impl PartnerChange {
    /// The Chinese term.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Register(_) => "登记",
            Self::Reach { .. } => "变更接口地址",
            Self::AddKey { .. } => "更换公钥",
            Self::ChangeSystemKey { .. } => "更换系统密钥",
        }
    }

    /// The keys that it brings.
    pub fn keys(&self) -> &[PartnerKey] {
        match self {
            Self::Register(partner) => &partner.keys,
            Self::AddKey { key, .. } => std::slice::from_ref(key),
            Self::Reach { .. } | Self::ChangeSystemKey { .. } => &[],
        }
    }

    /// The change as it holds when it is agreed to at a moment: a key begins then at the earliest, for nobody accepts it before.
    #[must_use]
    pub fn approved_at(&self, at: Instant) -> Self {
        clause!(R6.1);
        let mut change = self.clone();
        match &mut change {
            Self::Register(partner) => partner.keys.iter_mut().for_each(|key| key.from = key.from.max(at)),
            Self::AddKey { key, .. } => key.from = key.from.max(at),
            Self::Reach { .. } | Self::ChangeSystemKey { .. } => {}
        }
        change
    }

    /// Whose it is; `None` of the system's own keys.
    pub fn partner(&self) -> Option<&PartnerId> {
        match self {
            Self::Register(partner) => Some(&partner.id),
            Self::Reach { partner, .. } | Self::AddKey { partner, .. } => Some(partner),
            Self::ChangeSystemKey { .. } => None,
        }
    }
}

/// A change that one administrator has proposed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ProposedPartner {
    pub id: i64,
    pub change: PartnerChange,
    /// Why, in the proposer's words.
    pub reason: String,
    /// Who proposed it; `None` is the operator.
    pub by: Option<OfficerId>,
    pub at: Instant,
    pub state: ChangeState,
}

/// Whom one speaks to at a partner.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Contact {
    /// For which city; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<CityCode>,
    /// 职责, such as 账户、密钥
    pub duty: String,
    pub name: String,
    pub phone: String,
}
