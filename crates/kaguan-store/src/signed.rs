//! A text that leaves the system signed: one line before it has the digest (SM3), the signature (SM2) of the journal's key and that
//! key, so that whoever has the file can verify it without a database.

use crate::journal::{self, ProofError};
use crate::seal::sm3;
use crate::store::Store;

const HEAD: &str = "# kaguan-signed-1";

/// Of a text; no block, line or node of the journal has the same first byte.
fn digest(text: &str) -> [u8; 32] {
    sm3(&[&[3], text.as_bytes()])
}

/// What the first line of a signed text says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedHead {
    /// SM3, hexadecimal.
    pub digest: String,
    /// The key that signed, hexadecimal.
    pub public_key: String,
}

impl Store {
    /// A text with its signature before it, and its digest.
    pub fn signed(&self, text: &str) -> (String, String) {
        let digest = digest(text);
        let signature = hex::encode(journal::sign(&self.keys().signing, &digest));
        let digest = hex::encode(digest);
        (format!("{HEAD} sm3={digest} sm2={signature} key={}\n{text}", self.public_key()), digest)
    }
}

/// Verifies a signed text, without a database; `trusted` is the system's public key from elsewhere.
///
/// # Errors
/// Also when it is no signed text at all.
pub fn verify_signed(file: &str, trusted: Option<&str>) -> Result<SignedHead, ProofError> {
    let (head, text) = file.trim_start_matches('\u{feff}').split_once('\n').ok_or(ProofError::Changed)?;
    let words: Vec<&str> = head.strip_prefix(HEAD).ok_or(ProofError::Changed)?.split_whitespace().collect();
    let word = |name: &str| words.iter().find_map(|w| w.strip_prefix(name)?.strip_prefix('='));
    let (Some(said), Some(signature), Some(key)) = (word("sm3"), word("sm2"), word("key")) else {
        return Err(ProofError::Changed);
    };
    let digest = digest(text);
    if !said.eq_ignore_ascii_case(&hex::encode(digest)) {
        return Err(ProofError::Changed);
    }
    if trusted.is_some_and(|t| !t.eq_ignore_ascii_case(key)) {
        return Err(ProofError::OtherKey);
    }
    let signature = hex::decode(signature).map_err(|_| ProofError::BadSignature)?;
    match journal::verify(key, &digest, &signature) {
        true => Ok(SignedHead { digest: said.into(), public_key: key.into() }),
        false => Err(ProofError::BadSignature),
    }
}
