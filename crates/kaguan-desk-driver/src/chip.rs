//! The chip: takes one command after the other, as a real one does. What it has been proved and selected is lost with the power; what it
//! keeps is [`CardState`].

use crate::apdu::*;
use crate::layout::{self, Item};
use crate::machine::Fault;
use crate::state::CardState;
use crate::terminal::{Keys, PUK};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kaguan_api::envelope;
use kaguan_api::sign::Secret;
use kaguan_domain::pin::TRIES;
use sm3::{Digest, Sm3};
use sm4::Sm4;
use sm4::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// The place of 主控密钥 among what 写入CA writes.
const MASTER: u8 = 4;

/// Names of the keys, by the number that EXTERNAL AUTHENTICATE has for them.
const KEYS: [&str; 10] =
    ["RKSSSE", "UKSSSE", "RK1DF01", "UK1DF01", "UK2DF01", "UK3DF01", "UK4DF01", "UK5DF01", "UK6DF01", "PUK"];
/// `sx1.sh.社会保障` in GBK: the card's directory.
pub const DIRECTORY: [u8; 15] =
    [0x73, 0x78, 0x31, 0x2E, 0x73, 0x68, 0x2E, 0xC9, 0xE7, 0xBB, 0xE1, 0xB1, 0xA3, 0xD5, 0xCF];
/// The employment application's identifier.
pub const DF01: [u8; 7] = [0xD1, 0x56, 0x00, 0x00, 0x05, 0x00, 0x01];

/// The number of a key.
pub fn key_number(name: &str) -> Option<u8> {
    KEYS.iter().position(|k| *k == name).and_then(|n| u8::try_from(n + 1).ok())
}

/// The simulated root key of a number. Whoever knows this text has the keys of all simulated cards; real ones are in hardware.
pub fn root_key(number: u8) -> Zeroizing<[u8; 16]> {
    let name = KEYS.get(usize::from(number).wrapping_sub(1)).copied().unwrap_or_default();
    let digest = Sm3::new().chain_update("virtual card").chain_update(name).finalize();
    let mut key = Zeroizing::new([0; 16]);
    key.copy_from_slice(&digest[..16]);
    key
}

/// A chip's key: its identifier opened under the root key as if it were a wrapped one, which a machine by GM/T 0018 can do without
/// the key coming out (`SDF_ImportKeyWithKEK`).
fn key_of(chip: &str, number: u8) -> Option<Sm4> {
    let mut block = <[u8; 16]>::try_from(hex::decode(chip).ok()?).ok()?.into();
    Sm4::new(&(*root_key(number)).into()).decrypt_block(&mut block);
    Some(Sm4::new(&block))
}

/// Keys of the simulated cards, as a PSAM beside them has them.
pub struct VirtualKeys;

impl Keys for VirtualKeys {
    fn cryptogram(&self, chip: &str, number: u8, block: [u8; 16]) -> Result<[u8; 16], Fault> {
        let key = key_of(chip, number).filter(|_| (1..=KEYS.len()).contains(&number.into()));
        let mut block = block.into();
        key.ok_or(Fault::code(-2203))?.encrypt_block(&mut block);
        Ok(block.into())
    }

    fn terminal(&self) -> (String, String) {
        ("440100000001".into(), "VIRTUAL-0001".into())
    }
}

/// What is vouched for of a command.
pub fn digest_of(challenge: [u8; 16], head: [u8; 4], data: &[u8]) -> [u8; 16] {
    let all = Sm3::new().chain_update(challenge).chain_update(head).chain_update(data).finalize();
    let mut block = [0; 16];
    block.copy_from_slice(&all[..16]);
    block
}

/// SM4 of one block under a key of this chip.
fn own(card: &CardState, number: u8, block: [u8; 16]) -> Result<[u8; 16], u16> {
    VirtualKeys.cryptogram(&card.chip, number, block).map_err(|_| NO_KEY)
}

/// A PIN as it is sent: BCD, filled up with `F`.
pub fn pin_bytes(pin: &str) -> Option<Zeroizing<Vec<u8>>> {
    if !(4..=16).contains(&pin.len()) || !pin.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let even = Zeroizing::new(if pin.len() % 2 == 1 { format!("{pin}F") } else { pin.to_owned() });
    hex::decode(even.as_bytes()).ok().map(Zeroizing::new)
}

fn pin_text(bytes: &[u8]) -> Zeroizing<String> {
    let all = Zeroizing::new(hex::encode_upper(bytes));
    Zeroizing::new(all.trim_end_matches('F').to_owned())
}

/// A PIN under the cryptogram of the challenge, as RELOAD takes it; and out of it again.
pub fn with_pin(mut out: [u8; 16], pin: &[u8]) -> [u8; 16] {
    let mut plain = Zeroizing::new([0xFF; 16]);
    for (to, from) in plain.iter_mut().zip(pin) {
        *to = *from;
    }
    for (to, from) in out.iter_mut().zip(plain.iter()) {
        *to ^= from;
    }
    out
}

/// The chip under power.
#[derive(Default)]
pub struct Session {
    directory: Option<&'static str>,
    file: Option<String>,
    challenge: Option<[u8; 16]>,
    proved: BTreeSet<&'static str>,
    pin_proved: bool,
    /// 主控密钥 was shown.
    master_shown: bool,
}

type Said = Result<Vec<u8>, u16>;

impl Session {
    /// Carries a command out; the answer ends in the status word.
    pub fn transmit(&mut self, card: &mut CardState, bytes: &[u8]) -> Vec<u8> {
        let said = Apdu::parse(bytes).ok_or(WRONG_LENGTH).and_then(|apdu| self.command(card, &apdu));
        let (mut out, sw) = match said {
            Ok(out) => (out, DONE),
            Err(sw) => (Vec::new(), sw),
        };
        out.extend(sw.to_be_bytes());
        out
    }

    fn command(&mut self, card: &mut CardState, a: &Apdu<'_>) -> Said {
        match (a.class, a.ins) {
            (0x00, 0xA4) => self.select(card, a),
            _ if card.application_locked => Err(APPLICATION_LOCKED),
            (0x00, 0x84) => {
                let mut challenge = [0; 16];
                getrandom::fill(&mut challenge).map_err(|_| CONDITIONS)?;
                self.challenge = Some(challenge);
                Ok(challenge.to_vec())
            }
            (0x00, 0x82) => self.authenticate(card, a),
            (0x00, 0xB2) => self.read(card, a.p1),
            (0x00, 0xDC) => self.update(card, Some(a.p1), a.data),
            (0x00, 0xB0) => self.read_bytes(card),
            (0x00, 0xD6) => self.update(card, None, a.data),
            (0x00, 0x20) => self.verify(card, a.data),
            (0x80, 0x5E) => self.change(card, a.data),
            (0x84, 0x24) => self.unblock(card, a),
            (0x84, 0x1E) => {
                self.vouched(card, a)?;
                card.application_locked = true;
                Ok(Vec::new())
            }
            (0x00, 0x46) => Self::make_key(card),
            (0x00, 0xDA) => self.put(card, a),
            _ => Err(NO_COMMAND),
        }
    }

    fn select(&mut self, card: &CardState, a: &Apdu<'_>) -> Said {
        match a.p1 {
            0x04 if card.application_locked => Err(APPLICATION_LOCKED),
            0x04 => {
                let directory = match a.data {
                    d if d == DIRECTORY => "SSSE",
                    d if d == DF01 => "DF01",
                    _ => return Err(NO_FILE),
                };
                *self = Self { directory: Some(directory), challenge: self.challenge, ..Self::default() };
                Ok(Vec::new())
            }
            0x02 => {
                let [0xEF, n] = a.data else { return Err(NO_FILE) };
                let (directory, file) = (self.directory.ok_or(CONDITIONS)?, format!("EF{n:02X}"));
                layout::items_of(directory, &file).next().ok_or(NO_FILE)?;
                self.file = Some(file);
                Ok(Vec::new())
            }
            _ => Err(NO_FILE),
        }
    }

    fn authenticate(&mut self, card: &CardState, a: &Apdu<'_>) -> Said {
        let name = KEYS.get(usize::from(a.p2).wrapping_sub(1)).ok_or(NO_KEY)?;
        let challenge = self.challenge.take().ok_or(NO_CHALLENGE)?;
        if a.data != own(card, a.p2, challenge)? {
            return Err(0x63C2);
        }
        self.proved.insert(name);
        Ok(Vec::new())
    }

    fn item(&self, tag: Option<u8>) -> Result<&'static Item, u16> {
        let (directory, file) = (self.directory.ok_or(CONDITIONS)?, self.file.as_deref().ok_or(CONDITIONS)?);
        layout::items_of(directory, file).find(|i| i.tag == tag).ok_or(NO_RECORD)
    }

    fn readable(&self, item: &Item) -> Result<(), u16> {
        let by_pin = self.pin_proved && item.directory == "DF01";
        match item.read_key {
            Some(key) if !by_pin && !self.proved.contains(key) => Err(NOT_ALLOWED),
            _ => Ok(()),
        }
    }

    fn read(&self, card: &CardState, tag: u8) -> Said {
        let item = self.item(Some(tag))?;
        self.readable(item)?;
        let fill = item.bytes_of("").unwrap_or_default();
        Ok(card.memory.get(&item.place()).and_then(|t| hex::decode(t).ok()).unwrap_or(fill))
    }

    fn read_bytes(&self, card: &CardState) -> Said {
        let item = self.item(None)?;
        self.readable(item)?;
        Ok(card.memory.get(&item.place()).and_then(|t| hex::decode(t).ok()).unwrap_or_default())
    }

    fn update(&self, card: &mut CardState, tag: Option<u8>, data: &[u8]) -> Said {
        let item = self.item(tag)?;
        if !item.write_key.is_empty() && !self.proved.contains(item.write_key) {
            return Err(NOT_ALLOWED);
        }
        if data.len() > item.length || (tag.is_some() && data.len() != item.length) {
            return Err(WRONG_LENGTH);
        }
        card.memory.insert(item.place(), hex::encode(data));
        Ok(Vec::new())
    }

    fn verify(&mut self, card: &mut CardState, data: &[u8]) -> Said {
        if data.is_empty() {
            return Err(if card.tries == 0 { LOCKED } else { 0x63C0 + u16::from(card.tries) });
        }
        tried(card, &pin_text(data))?;
        self.pin_proved = true;
        Ok(Vec::new())
    }

    fn change(&mut self, card: &mut CardState, data: &[u8]) -> Said {
        let at = data.iter().position(|b| *b == 0xFF).ok_or(WRONG_DATA)?;
        let (old, new) = (pin_text(&data[..at]), pin_text(&data[at + 1..]));
        if new.len() < 4 {
            return Err(WRONG_DATA);
        }
        tried(card, &old)?;
        card.set_pin(&new);
        card.initial = false;
        Ok(Vec::new())
    }

    fn vouched(&mut self, card: &CardState, a: &Apdu<'_>) -> Result<Vec<u8>, u16> {
        let challenge = self.challenge.take().ok_or(NO_CHALLENGE)?;
        let (data, said) = a.data.split_at_checked(a.data.len().saturating_sub(4)).ok_or(WRONG_LENGTH)?;
        if said != &own(card, PUK, digest_of(challenge, [a.class, a.ins, a.p1, a.p2], data))?[..4] {
            return Err(WRONG_MAC);
        }
        Ok(challenge.to_vec())
    }

    fn unblock(&mut self, card: &mut CardState, a: &Apdu<'_>) -> Said {
        let challenge: [u8; 16] = self.vouched(card, a)?.try_into().map_err(|_| NO_CHALLENGE)?;
        match (a.p2, a.data.len()) {
            (0x00, 4) if card.tries > 0 => Err(CONDITIONS),
            (0x00, 4) => {
                card.tries = TRIES;
                Ok(Vec::new())
            }
            (0x01, 0x14) => {
                let open = Zeroizing::new(with_pin(own(card, PUK, challenge)?, &a.data[..16]));
                // The filling of the plain text comes out of it again.
                let end = open.iter().position(|b| *b == 0xFF).unwrap_or(open.len());
                card.set_pin(&pin_text(&open[..end]));
                Ok(Vec::new())
            }
            _ => Err(WRONG_LENGTH),
        }
    }

    /// Whether the CA's place may be written: before it is full to everybody who has the card, then to whoever knows its 主控密钥; and always
    /// to UKSSSE.
    fn opens_ca(&self, card: &CardState) -> bool {
        let is_full = (1..=5).all(|n| card.slots.contains_key(&n));
        !is_full || self.master_shown || self.proved.contains("UKSSSE")
    }

    /// 初始化CA环境: the chip makes its signing key, or has one already; the public key comes out, to whoever asks.
    fn make_key(card: &mut CardState) -> Said {
        let secret = match &card.signing_key {
            Some(text) => Secret::parse(text).map_err(|_| CONDITIONS)?,
            None => {
                let secret = Secret::fresh();
                card.signing_key = Some(secret.text().to_string());
                secret
            }
        };
        hex::decode(secret.public()).map_err(|_| CONDITIONS)
    }

    /// 写入CA: what goes into a numbered place. The encryption key comes in an envelope for the chip's own key, and is
    /// that of the encryption certificate, or is refused.
    fn put(&mut self, card: &mut CardState, a: &Apdu<'_>) -> Said {
        let text = std::str::from_utf8(a.data).map_err(|_| WRONG_DATA)?;
        self.master_shown |= a.p2 == MASTER && card.slots.get(&MASTER).is_some_and(|has| has == text);
        if !self.opens_ca(card) {
            return Err(NOT_ALLOWED);
        }
        let secret = card.signing_key.as_deref().ok_or(CONDITIONS)?;
        if a.p2 == 3 {
            let secret = Secret::parse(secret).map_err(|_| CONDITIONS)?;
            let key = envelope::open(text, &secret).ok_or(WRONG_DATA)?;
            let certificate = card.slots.get(&2).and_then(|c| BASE64.decode(c).ok()).ok_or(CONDITIONS)?;
            // The key of another certificate is of no use to the holder.
            let public = hex::decode(key.public()).map_err(|_| CONDITIONS)?;
            if !certificate.windows(public.len()).any(|w| w == public) {
                return Err(WRONG_DATA);
            }
        }
        if !(1..=5).contains(&a.p2) || text.is_empty() {
            return Err(WRONG_DATA);
        }
        drop(card.slots.insert(a.p2, text.to_owned()).map(Zeroizing::new));
        Ok(Vec::new())
    }
}

fn tried(card: &mut CardState, pin: &str) -> Result<(), u16> {
    if card.tries == 0 {
        return Err(LOCKED);
    }
    if card.is_pin(pin) {
        card.tries = TRIES;
        return Ok(());
    }
    card.tries -= 1;
    Err(if card.tries == 0 { LOCKED } else { 0x63C0 + u16::from(card.tries) })
}
