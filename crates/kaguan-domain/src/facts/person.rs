//! The person 持卡人 that cards are for, as last stated and confirmed (Articles 3, 5 and 10).

use crate::ctx::Instant;
use crate::facts::application::Register;
use crate::facts::archive::Material;
use crate::facts::bank_change::BankChange;
use crate::facts::form::ApplicationForm;
use crate::ids::CardId;
use serde::{Deserialize, Serialize};

/// A stored photo: the SM3 digest of its bytes, in lower-case hexadecimal.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PhotoRef(pub String);

/// The person, as last stated and confirmed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Person {
    /// Details of the last accepted form.
    pub details: ApplicationForm,
    /// The photo; none under 7 (R5.4).
    pub photo: Option<PhotoRef>,
    /// The last one-card confirmation slip that was signed and not yet carried out.
    pub one_card: Option<Confirmation>,
    /// What registers say about a death, each at most once.
    #[serde(default)]
    pub death: Vec<DeathMark>,
    /// The change of the bank under way.
    #[serde(default)]
    pub bank_change: Option<BankChange>,
    /// The material of every case (R40.1).
    #[serde(default)]
    pub archive: Vec<Material>,
}

/// What one register says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DeathMark {
    /// Which register.
    pub source: Register,
    /// When it was heard.
    pub at: Instant,
}

/// The signed 一人一卡业务确认单.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Confirmation {
    /// The cards it lists, all cards standing in the province that day.
    pub cards: Vec<CardId>,
    /// When it was signed.
    pub signed_at: Instant,
    /// Reference of the signed slip in the archive.
    pub slip: String,
    /// The card that is kept.
    #[serde(default)]
    pub keep: Option<CardId>,
}
