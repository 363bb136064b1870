//! What a card keeps without power, as a file of its own. Of the PIN it keeps a digest under a salt, so that no PIN lies on a disk.

use crate::layout;
use kaguan_domain::pin::{INITIAL_PIN, TRIES};
use serde::{Deserialize, Serialize};
use sm3::{Digest, Sm3};
use std::collections::BTreeMap;
use zeroize::Zeroize;

/// The card's memory.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct CardState {
    /// 卡识别码, 32 hexadecimal digits.
    pub chip: String,
    /// 卡复位信息.
    pub reset: String,
    /// Bytes by place, hexadecimal.
    pub memory: BTreeMap<String, String>,
    pub pin_salt: String,
    pub pin_digest: String,
    /// Tries that are left.
    pub tries: u8,
    /// Whether the PIN is as it was made.
    pub initial: bool,
    /// 应用锁定.
    pub application_locked: bool,
    /// The chip's own signing key, once it has made one: it never leaves the chip.
    pub signing_key: Option<String>,
    /// 签名证书, 加密证书, 加密密钥, 主控密钥, 管理员PIN by number.
    pub slots: BTreeMap<u8, String>,
    /// What is printed on its face, as a name of a picture.
    pub printed: bool,
}

/// A pre-made card: chip identifier, reset information, and its card number, which must be on it before it lies in stock (R36.1).
pub fn blank(chip: &str, reset: &str, card_no: &str) -> CardState {
    let mut card = CardState {
        chip: chip.to_uppercase(),
        reset: reset.to_uppercase(),
        memory: BTreeMap::new(),
        pin_salt: chip.to_uppercase(),
        pin_digest: String::new(),
        tries: TRIES,
        initial: true,
        application_locked: false,
        signing_key: None,
        slots: BTreeMap::new(),
        printed: false,
    };
    card.set_pin(INITIAL_PIN);
    for (file, tag, text) in [
        ("SSSEEF05", "01", chip),
        ("SSSEEF05", "02", "3"),
        ("SSSEEF05", "03", "3.00"),
        ("SSSEEF05", "07", card_no),
    ] {
        if let Some((item, bytes)) = layout::item(file, Some(tag)).and_then(|i| Some((i, i.bytes_of(text)?)))
        {
            card.memory.insert(item.place(), hex::encode(bytes));
        }
    }
    card
}

/// Keys of a chip stay in no memory: where real ones have hardware, this one is wiped.
impl Drop for CardState {
    fn drop(&mut self) {
        self.signing_key.zeroize();
        self.slots.values_mut().for_each(Zeroize::zeroize);
    }
}

impl CardState {
    fn digest_of(&self, pin: &str) -> String {
        hex::encode(Sm3::new().chain_update(&self.pin_salt).chain_update(pin).finalize())
    }

    pub fn is_pin(&self, pin: &str) -> bool {
        self.digest_of(pin) == self.pin_digest
    }

    pub fn set_pin(&mut self, pin: &str) {
        self.pin_digest = self.digest_of(pin);
        self.tries = TRIES;
    }
}
