//! Field encryption (SM4-GCM) and blind indexes (HMAC-SM3). Software cryptography for tests and small offices; a
//! certified module takes its place behind the same functions.

use crate::engine::{Param, Value};
use aes_gcm::aead::{Aead, KeyInit, Payload};
use hmac::{Hmac, Mac};
use sm3::{Digest, Sm3};
use std::sync::atomic::{AtomicU8, Ordering};
use zeroize::Zeroizing;

type Sm4Gcm = aes_gcm::AesGcm<sm4::Sm4, aes_gcm::aead::consts::U12>;

/// The first byte of every sealed value: which data key sealed it.
const KEY_ONE: u8 = 1;

/// A sealed value cannot be opened: it was changed, moved to another row, or sealed under another key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("sealed value cannot be opened: changed, moved, or of another key")]
pub struct OpenSealError;

/// Seals and opens fields under a data key.
pub struct Sealer {
    cipher: Sm4Gcm,
}

/// Derives a key for one purpose.
pub fn derive(secret: &[u8], purpose: &str) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(hmac(secret, &[purpose.as_bytes()]))
}

pub(crate) fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    finish(keyed(key), parts)
}

fn keyed(key: &[u8]) -> Hmac<Sm3> {
    <Hmac<Sm3> as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length")
}

fn finish(mut mac: Hmac<Sm3>, parts: &[&[u8]]) -> [u8; 32] {
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// SM3 of some bytes.
pub fn sm3(parts: &[&[u8]]) -> [u8; 32] {
    let mut h = Sm3::new();
    for part in parts {
        h.update(part);
    }
    h.finalize().into()
}

impl Sealer {
    /// A sealer with a 128-bit key.
    pub fn new(key: &[u8; 16]) -> Self {
        Self { cipher: Sm4Gcm::new_from_slice(key).expect("an SM4 key has 16 bytes") }
    }

    /// Seals a value that is bound to its row, so that in another row it does not open.
    ///
    /// Layout: key number (1 byte), nonce (12), ciphertext with tag (16).
    pub fn seal(&self, bound_to: &str, plain: &[u8]) -> Vec<u8> {
        let mut nonce = [0; 12];
        getrandom::fill(&mut nonce).expect("the machine has randomness");
        let payload = Payload { msg: plain, aad: bound_to.as_bytes() };
        let sealed = self.cipher.encrypt(&nonce.into(), payload).expect("a field is far below 64 GB");
        let mut out = Vec::with_capacity(13 + sealed.len());
        out.push(KEY_ONE);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        out
    }

    /// Opens a value in the row that it is bound to.
    pub fn open(&self, bound_to: impl AsRef<[u8]>, sealed: &[u8]) -> Result<Vec<u8>, OpenSealError> {
        let (head, body) = sealed.split_at_checked(13).ok_or(OpenSealError)?;
        if head[0] != KEY_ONE {
            return Err(OpenSealError);
        }
        let nonce: [u8; 12] = head[1..].try_into().map_err(|_| OpenSealError)?;
        let payload = Payload { msg: body, aad: bound_to.as_ref() };
        self.cipher.decrypt(&nonce.into(), payload).map_err(|_| OpenSealError)
    }
}

/// Keyed digests by which encrypted values can be found.
pub struct BlindIndex {
    /// Both hashes of the HMAC with the key taken in: that is half of the work on a short value.
    keyed: Hmac<Sm3>,
}

impl BlindIndex {
    /// An index under a key.
    pub fn new(key: &[u8; 32]) -> Self {
        Self { keyed: keyed(key) }
    }

    /// The digest of a value of one kind; values of different kinds never meet.
    pub fn of(&self, kind: &str, value: &str) -> [u8; 32] {
        finish(self.keyed.clone(), &[kind.as_bytes(), &[0], value.as_bytes()])
    }
}

/// The tag of a row: half of an HMAC-SM3.
pub(crate) type Tag = [u8; 16];

/// So many of the last bytes of a sealed column stand for it in the tag of its row: they are the seal's own tag over the rest.
const SEAL_END: usize = 16;

/// Which rows are believed without their tag.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Trust {
    /// None.
    Nothing,
    /// Those that have none yet: while the rows of an earlier schema are given theirs.
    Untagged,
}

/// Makes and verifies the tags of rows, under a key of their own.
pub struct Tags {
    keyed: Hmac<Sm3>,
    trust: AtomicU8,
}

/// A column of a row, on its way in or out, as its tag takes it.
pub(crate) trait Tagged {
    fn integer(&self) -> Option<i64>;
    fn text(&self) -> Option<&str>;
    fn bytes(&self) -> Option<&[u8]>;
}

impl Tagged for Param {
    fn integer(&self) -> Option<i64> {
        if let Self::Int(n) = self { *n } else { None }
    }

    fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { text.as_deref() } else { None }
    }

    fn bytes(&self) -> Option<&[u8]> {
        if let Self::Bytes(bytes) = self { bytes.as_deref() } else { None }
    }
}

impl Tagged for Value {
    fn integer(&self) -> Option<i64> {
        if let Self::Int(n) = self { Some(*n) } else { None }
    }

    fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    fn bytes(&self) -> Option<&[u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }
}

impl Tags {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self { keyed: keyed(key), trust: AtomicU8::new(Trust::Nothing as u8) }
    }

    /// The tag of a row: over its table and all of its columns in order, each with its kind and its length before it, so that no
    /// two rows have the same bytes. `types` has a letter a column; of a sealed one (`s`) the end stands for all.
    pub(crate) fn of<T: Tagged>(&self, table: &str, types: &str, columns: &[T]) -> Tag {
        let mut b = Vec::with_capacity(512);
        b.extend(table.as_bytes());
        b.push(0);
        let lengthy = |b: &mut Vec<u8>, kind: u8, bytes: &[u8]| {
            b.push(kind);
            b.extend((bytes.len() as u32).to_be_bytes());
            b.extend(bytes);
        };
        for (column, letter) in columns.iter().zip(types.bytes()) {
            if let Some(n) = column.integer() {
                b.push(b'i');
                b.extend(n.to_be_bytes());
            } else if let Some(text) = column.text() {
                lengthy(&mut b, b't', text.as_bytes());
            } else if let Some(bytes) = column.bytes() {
                let end = if letter == b's' { bytes.len().saturating_sub(SEAL_END) } else { 0 };
                lengthy(&mut b, letter, &bytes[end..]);
            } else {
                b.push(b'n');
            }
        }
        let mut tag = Tag::default();
        tag.copy_from_slice(&finish(self.keyed.clone(), &[&b])[..16]);
        tag
    }

    /// Whether a stored tag is the row's.
    pub(crate) fn fits(&self, stored: &Value, table: &str, types: &str, columns: &[Value]) -> bool {
        let trust = self.trust.load(Ordering::Relaxed);
        match stored {
            Value::Null => trust == Trust::Untagged as u8,
            // Whoever can time this has the row's bytes in the database already; without the key no tag is found by trying.
            stored => stored.bytes() == Some(&self.of(table, types, columns)[..]),
        }
    }

    pub(crate) fn trust(&self, what: Trust) {
        self.trust.store(what as u8, Ordering::Relaxed);
    }
}
