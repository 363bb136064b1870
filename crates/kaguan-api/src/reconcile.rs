//! Reconciliation of a bank's whole population, at a cost that follows the differences.
//!
//! Each card has a *place*: the first eight bytes of HMAC-SM3(key, bank card number), big-endian, of which the lower 60
//! bits count. The key is shared with the bank (`GET /api/bank/v1/reconciliation/key`). It also has a *mirror*, its state
//! as bits: 0–1 the account (0 pre-opened, 1 active, 2 closed), 2–3 the loss (1 temporary, 2 formal), 4 locked for a
//! change of the bank, 5 restricted.
//!
//! A range of places has three sums: how many cards, Σ (place mod 2³⁰)·(mirror+1) and Σ (⌊place/2³⁰⌋ mod 2³⁰)·(mirror+1).
//! The system asks the bank for the sums of the sixteen parts of a range, goes on into the parts that differ, and asks
//! for the cards themselves where few are left: `POST <endpoint>/reconciliation/sums` and `/reconciliation/rows`.

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sm3::Sm3;
use utoipa::ToSchema;

/// Places are below this.
pub const PLACES: i64 = 1 << 60;

/// The slot of a bank card number under the shared key: the *place* of the partner API.
pub fn slot_of(key: &[u8; 32], bank_card_no: &str) -> i64 {
    let mut mac = <Hmac<Sm3> as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(bank_card_no.as_bytes());
    let mac = mac.finalize().into_bytes();
    let mut eight = [0; 8];
    eight.copy_from_slice(&mac[..8]);
    i64::from_be_bytes(eight) & (PLACES - 1)
}

/// A range of places: the first, and how many (a power of sixteen).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, ToSchema)]
pub struct Range {
    /// First place.
    pub from: i64,
    /// How many places.
    pub size: i64,
}

impl Range {
    /// All places.
    pub const ALL: Self = Self { from: 0, size: PLACES };

    /// Its sixteen parts.
    pub fn parts(self) -> impl Iterator<Item = Self> {
        let size = self.size / 16;
        (0..16).map(move |n| Self { from: self.from + n * size, size })
    }
}

/// The sums of a range.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Sums {
    /// Cards in the range.
    pub cards: i64,
    /// Σ (place mod 2³⁰)·(mirror+1)
    pub low: i64,
    /// Σ (⌊place/2³⁰⌋ mod 2³⁰)·(mirror+1)
    pub high: i64,
}

impl Sums {
    /// Adds one card.
    pub fn add(&mut self, place: i64, mirror: i64) {
        const MASK: i64 = (1 << 30) - 1;
        self.cards += 1;
        self.low += (place & MASK) * (mirror + 1);
        self.high += ((place >> 30) & MASK) * (mirror + 1);
    }
}

/// Asks for the sums of the sixteen parts of each range.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AskSums {
    /// The ranges.
    pub ranges: Vec<Range>,
}

/// The sums: sixteen for each range, in order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SumsOf {
    /// Sixteen for each range, in the order of the ranges.
    #[schema(value_type = Vec<Vec<Sums>>)]
    pub sums: Vec<[Sums; 16]>,
}

/// Asks for the cards of some ranges.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AskRows {
    /// The ranges.
    pub ranges: Vec<Range>,
}

/// The cards of some ranges.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct RowsOf {
    /// Place and mirror of each, in any order.
    #[schema(value_type = Vec<Vec<i64>>)]
    pub rows: Vec<(i64, i64)>,
}

/// The key shared with a bank.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SharedKey {
    /// 64 hexadecimal digits.
    pub key: String,
}
