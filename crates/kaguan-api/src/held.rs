//! 停用卡清单: the cards that are not in force, compact and signed, for a hospital whose line is down.
//!
//! The file: a line `KAGUAN-HELD-1`; a line of JSON (`made_at`, `use_until` in Unix milliseconds, `cards`, `salt`); for each
//! card, sorted, the first eight bytes of SM3(salt ‖ card number), both as their text (the salt as it stands in the JSON); a line feed;
//! the SM2 signature, base64, of everything before that line feed. A card in it has been used and was not in force when the file was made: ask about
//! it on line. A card that is not in it was not stopped; whether it was ever enabled, and is not past its date, shows on the
//! card itself.

use crate::sign::{Public, Secret, fresh_nonce};
use serde::{Deserialize, Serialize};
use sm3::{Digest, Sm3};

const MAGIC: &[u8] = b"KAGUAN-HELD-1\n";
/// A file is used for a day.
const USE_MS: i64 = 86_400_000;

/// What the file says of itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Head {
    /// When it was made, Unix milliseconds.
    pub made_at: i64,
    /// Until when it may be used.
    pub use_until: i64,
    /// Cards in the file.
    pub cards: usize,
    /// Digests of other files do not fit this one.
    pub salt: String,
}

/// Why a file cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum HeldError {
    /// Not such a file, or cut off.
    #[error("清单文件不完整或格式不符")]
    Format,
    /// Not signed by the system.
    #[error("清单签名不正确，不得使用")]
    Signature,
    /// Too old.
    #[error("清单已过使用期限，请重新下载")]
    Expired,
}

/// A verified file.
#[derive(Clone, Debug)]
pub struct Held {
    /// What it says of itself.
    pub head: Head,
    digests: Vec<[u8; 8]>,
}

fn digest(salt: &str, card_no: &str) -> [u8; 8] {
    let mut h = Sm3::new();
    h.update(salt.as_bytes());
    h.update(card_no.as_bytes());
    let mut eight = [0; 8];
    eight.copy_from_slice(&h.finalize()[..8]);
    eight
}

/// Writes the file of some card numbers.
pub fn write(secret: &Secret, now_ms: i64, card_numbers: &[String]) -> Vec<u8> {
    write_salted(secret, now_ms, card_numbers, fresh_nonce())
}

/// The same under a salt that was chosen before: for the published vector.
pub fn write_salted(secret: &Secret, now_ms: i64, card_numbers: &[String], salt: String) -> Vec<u8> {
    let mut digests: Vec<[u8; 8]> = card_numbers.iter().map(|c| digest(&salt, c)).collect();
    digests.sort_unstable();
    let head = Head { made_at: now_ms, use_until: now_ms + USE_MS, cards: digests.len(), salt };
    let mut out = MAGIC.to_vec();
    out.extend(serde_json::to_vec(&head).expect("our own head is always JSON"));
    out.push(b'\n');
    out.extend(digests.iter().flatten());
    let signature = secret.sign(&out);
    out.push(b'\n');
    out.extend(signature.as_bytes());
    out
}

impl Held {
    /// Reads and verifies a file, signed under one of the system's keys.
    pub fn read(system: &[Public], file: &[u8], now_ms: i64) -> Result<Self, HeldError> {
        let rest = file.strip_prefix(MAGIC).ok_or(HeldError::Format)?;
        let end = rest.iter().position(|b| *b == b'\n').ok_or(HeldError::Format)?;
        let head: Head = serde_json::from_slice(&rest[..end]).map_err(|_| HeldError::Format)?;
        let body = &rest[end + 1..];
        let size = head.cards.checked_mul(8).ok_or(HeldError::Format)?;
        let (digests, tail) = body.split_at_checked(size).ok_or(HeldError::Format)?;
        let signature = tail.strip_prefix(b"\n").ok_or(HeldError::Format)?;
        let signature = std::str::from_utf8(signature).map_err(|_| HeldError::Format)?;
        let signed = &file[..file.len() - tail.len()];
        if !system.iter().any(|key| key.verify(signed, signature.trim_end())) {
            return Err(HeldError::Signature);
        }
        if now_ms > head.use_until {
            return Err(HeldError::Expired);
        }
        let digests = digests.chunks_exact(8).filter_map(|d| d.try_into().ok()).collect();
        Ok(Self { head, digests })
    }

    /// Whether a card stands in it: not in force when it was made.
    pub fn holds(&self, card_no: &str) -> bool {
        self.digests.binary_search(&digest(&self.head.salt, card_no)).is_ok()
    }
}
