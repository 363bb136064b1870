//! The signature of every request and reply.
//!
//! A request is signed over nine lines, joined by LF, without one at the end:
//!
//! ```text
//! KAGUAN-1
//! POST
//! /api/bank/v1/cards/losses?dry=1      path and query as they are sent
//! bank:95588                           the partner
//! key-1                                the name of the partner's key, or session:<id>
//! 1763953200000                        Unix time in milliseconds
//! 6f1c…                                nonce, 16 to 64 letters, digits or hyphens, never used before
//! loss-20261124-0001                   Idempotency-Key, or - for a request without one
//! e3b0…                                SM3 of the body, 64 lower-case hexadecimal digits
//! ```
//!
//! The last line stands in `Kaguan-Digest` too: the signature is verified before the body is read, and the body against
//! the digest afterwards, so that a stranger cannot make the other side hold what it sends.
//!
//! A reply is signed over `KAGUAN-1-REPLY`, the status, the request's nonce, the key's name, the time and the SM3 of the
//! body. The signature is SM2 with SM3 (GB/T 32918.2, identifier `1234567812345678`), DER (GM/T 0009), base64. Within a
//! session it is HMAC-SM3 under the session's key, base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sm2::dsa::signature::{Signer, Verifier};
use sm2::dsa::{Signature, SigningKey, VerifyingKey};
use sm3::{Digest, Sm3};
use zeroize::Zeroizing;

/// Header: who calls, `kind:code`.
pub const PARTNER: &str = "kaguan-partner";
/// Header: the name of the key, or `session:<id>`.
pub const KEY: &str = "kaguan-key";
/// Header: Unix time in milliseconds.
pub const TIME: &str = "kaguan-time";
/// Header: the nonce.
pub const NONCE: &str = "kaguan-nonce";
/// Header: the signature, base64.
pub const SIGNATURE: &str = "kaguan-signature";
/// Header: SM3 of the body, lower-case hexadecimal.
pub const DIGEST: &str = "kaguan-digest";
/// In every reply: where the journal ends, signed by the journal's key, as one line. Whoever keeps it can show later that the system
/// has once said so.
pub const JOURNAL: &str = "kaguan-journal";
/// Header: the caller's own key of a request that changes something; the same key with the same body is done once.
pub const IDEMPOTENCY: &str = "idempotency-key";
/// How far a caller's clock may be off, in milliseconds, either way.
pub const WINDOW_MS: i64 = 300_000;

/// The identifier of GB/T 32918 under which everybody signs here.
pub const DISTID: &str = "1234567812345678";

/// SM3 of a body, lower-case hexadecimal.
pub fn digest(body: &[u8]) -> String {
    hex::encode(Sm3::digest(body))
}

/// The same of a body that comes piece by piece.
#[derive(Clone, Default)]
pub struct Digester(Sm3);

impl Digester {
    /// Takes some more in.
    pub fn take(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// SM3 of all of it, lower-case hexadecimal.
    pub fn end(self) -> String {
        hex::encode(self.0.finalize())
    }
}

/// What is signed of a request.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// `GET`, `POST`.
    pub method: &'a str,
    /// Path and query, as sent.
    pub path: &'a str,
    /// `kind:code`.
    pub partner: &'a str,
    /// The key's name.
    pub key: &'a str,
    /// Unix milliseconds.
    pub time: i64,
    /// The nonce.
    pub nonce: &'a str,
    /// The caller's own key of the request, if it has one.
    pub idempotency: Option<&'a str>,
    /// SM3 of the body, as [`digest`] writes it.
    pub digest: &'a str,
}

impl Request<'_> {
    /// The nine lines.
    pub fn canonical(&self) -> Vec<u8> {
        let Self { method, path, partner, key, time, nonce, idempotency, digest } = self;
        let idempotency = idempotency.unwrap_or("-");
        let time = time.to_string();
        ["KAGUAN-1", method, path, partner, key, &time, nonce, idempotency, digest].join("\n").into_bytes()
    }
}

/// What is signed of a reply.
#[derive(Clone, Debug)]
pub struct Reply<'a> {
    /// The status.
    pub status: u16,
    /// The nonce of the request that it answers.
    pub nonce: &'a str,
    /// The key's name.
    pub key: &'a str,
    /// Unix milliseconds.
    pub time: i64,
    /// The body; its SM3 digest is what is signed.
    pub body: &'a [u8],
}

impl Reply<'_> {
    /// The six lines.
    pub fn canonical(&self) -> Vec<u8> {
        let Self { status, nonce, key, time, body } = self;
        let (status, time) = (status.to_string(), time.to_string());
        ["KAGUAN-1-REPLY", &status, nonce, key, &time, &digest(body)].join("\n").into_bytes()
    }
}

/// Why a key cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeyError {
    /// Not a secret key.
    #[error("not an SM2 secret key: 64 hexadecimal digits are expected")]
    Secret,
    /// Not a public key.
    #[error("not an SM2 public key: 130 hexadecimal digits of an uncompressed point are expected")]
    Public,
}

/// A key that signs.
#[derive(Clone)]
pub struct Secret {
    key: SigningKey,
    bytes: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(***)")
    }
}

impl Secret {
    /// From 32 bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        let key = sm2::SecretKey::from_slice(bytes).map_err(|_| KeyError::Secret)?;
        let key = SigningKey::new(DISTID, &key).map_err(|_| KeyError::Secret)?;
        Ok(Self { key, bytes: Zeroizing::new(*bytes) })
    }

    /// From 64 hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let mut bytes = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text.trim(), &mut bytes[..]).map_err(|_| KeyError::Secret)?;
        Self::from_bytes(&bytes)
    }

    /// A fresh one.
    ///
    /// # Panics
    /// When the machine has no randomness.
    pub fn fresh() -> Self {
        loop {
            let mut bytes = Zeroizing::new([0; 32]);
            getrandom::fill(&mut bytes[..]).expect("the machine has randomness");
            if let Ok(key) = Self::from_bytes(&bytes) {
                return key;
            }
        }
    }

    /// 64 hexadecimal digits, for a file of mode 0600.
    pub fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(&self.bytes[..]))
    }

    /// The public key, 130 hexadecimal digits.
    pub fn public(&self) -> String {
        hex::encode(self.key.verifying_key().to_sec1_bytes())
    }

    /// The signature of some bytes, base64.
    pub fn sign(&self, bytes: &[u8]) -> String {
        let signature: Signature = self.key.sign(bytes);
        BASE64.encode(signature.to_der().as_bytes())
    }

    /// Opens what [`Public::encrypt`] made.
    pub(crate) fn decrypt(&self, der: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let key = sm2::pke::DecryptingKey::from_slice(&self.bytes[..]).ok()?;
        key.decrypt_der(der).ok().map(Zeroizing::new)
    }

    /// The 32 bytes.
    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }
}

/// A key that verifies.
#[derive(Clone, Debug)]
pub struct Public(VerifyingKey);

impl Public {
    /// From 130 hexadecimal digits; the point must lie on the curve.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let bytes = hex::decode(text.trim()).map_err(|_| KeyError::Public)?;
        VerifyingKey::from_sec1_bytes(DISTID, &bytes).map(Self).map_err(|_| KeyError::Public)
    }

    /// SM2 encryption (GB/T 32918.4, C1C3C2), DER (GM/T 0009). `None` when the machine has no randomness.
    pub(crate) fn encrypt(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let key = sm2::pke::EncryptingKey::from_affine(*self.0.as_affine()).ok()?;
        key.encrypt_der(&mut getrandom::SysRng, bytes).ok()
    }

    /// Whether a signature, base64 of DER, over some bytes is this key's.
    pub fn verify(&self, bytes: &[u8], signature: &str) -> bool {
        let check = || {
            let der = BASE64.decode(signature).ok()?;
            self.0.verify(bytes, &Signature::from_der(&der).ok()?).ok()
        };
        check().is_some()
    }
}

/// A key shared for a session: reads that come by the thousand are not worth an SM2 signature each.
#[derive(Clone)]
pub struct Shared {
    bytes: Zeroizing<[u8; 32]>,
    /// Both hashes of the HMAC with the key taken in: that is half of the work on a short text.
    keyed: Hmac<Sm3>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared(***)")
    }
}

impl Shared {
    /// From 32 bytes.
    ///
    /// # Panics
    /// Never: HMAC takes a key of any length.
    pub fn new(bytes: [u8; 32]) -> Self {
        let keyed = <Hmac<Sm3> as KeyInit>::new_from_slice(&bytes).expect("HMAC takes a key of any length");
        Self { bytes: Zeroizing::new(bytes), keyed }
    }

    /// Sealed for a partner: SM2 encryption under its public key (GB/T 32918.4, C1C3C2), DER (GM/T 0009), base64. `None`
    /// when the machine has no randomness.
    pub fn sealed_for(&self, partner: &Public) -> Option<String> {
        Some(BASE64.encode(partner.encrypt(&self.bytes[..])?))
    }

    /// Opens what [`Self::sealed_for`] sealed.
    pub fn open(sealed: &str, secret: &Secret) -> Option<Self> {
        let bytes = secret.decrypt(&BASE64.decode(sealed).ok()?)?;
        Some(Self::new(<[u8; 32]>::try_from(&bytes[..]).ok()?))
    }

    /// 64 hexadecimal digits, for whoever it was sealed for: what goes into a chip passes its driver so.
    pub fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(&self.bytes[..]))
    }

    fn mac(&self, bytes: &[u8]) -> Hmac<Sm3> {
        let mut mac = self.keyed.clone();
        mac.update(bytes);
        mac
    }

    /// The HMAC of some bytes, base64.
    pub fn sign(&self, bytes: &[u8]) -> String {
        BASE64.encode(self.mac(bytes).finalize().into_bytes())
    }

    /// Whether an HMAC over some bytes is this key's; in constant time.
    pub fn verify(&self, bytes: &[u8], signature: &str) -> bool {
        BASE64.decode(signature).is_ok_and(|s| self.mac(bytes).verify_slice(&s).is_ok())
    }
}

/// A fresh nonce: 32 hexadecimal digits.
///
/// # Panics
/// When the machine has no randomness.
pub fn fresh_nonce() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the machine has randomness");
    hex::encode(bytes)
}

/// Whether a nonce is well formed.
pub fn is_nonce(text: &str) -> bool {
    (16..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
