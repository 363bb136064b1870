//! The pair of keys for encryption, as a CA makes it for somebody who keeps only a signing key (double certificates, GM/T 0034): the private
//! key in the envelope of GM/T 0009 (`SM2EnvelopedKey`), which the signing key alone opens.
//!
//! ```text
//! SEQUENCE { SEQUENCE { OBJECT sm4-ecb }, SM2Cipher of the SM4 key, BIT STRING public key, BIT STRING private key under SM4 }
//! ```

use crate::sign::{Public, Secret};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sm4::Sm4;
use sm4::cipher::{BlockCipherDecrypt as _, BlockCipherEncrypt as _, KeyInit as _};
use zeroize::Zeroizing;

/// SM4 in ECB mode, 1.2.156.10197.1.104.1.
const SM4_ECB: [u8; 8] = [0x2A, 0x81, 0x1C, 0xCF, 0x55, 0x01, 0x68, 0x01];
const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;
const OBJECT: u8 = 0x06;

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length = &length[length.iter().position(|b| *b != 0).unwrap_or(length.len() - 1)..];
    let mut out = vec![tag];
    if content.len() >= 0x80 {
        out.push(0x80 | u8::try_from(length.len()).unwrap_or(8));
    }
    out.extend(length);
    out.extend(content);
    out
}

fn bits(bytes: &[u8]) -> Vec<u8> {
    tlv(BIT_STRING, &[&[0], bytes].concat())
}

/// The next element, which must have a tag: as a whole, and what is in it.
fn next<'a>(tag: u8, from: &mut &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let all = *from;
    let [first, length, ..] = *all else { return None };
    let (head, length) = match length {
        0..=0x7F => (2, usize::from(length)),
        0x81 => (3, usize::from(*all.get(2)?)),
        0x82 => (4, usize::from(u16::from_be_bytes([*all.get(2)?, *all.get(3)?]))),
        _ => return None,
    };
    let whole = all.get(..head + length).filter(|_| first == tag)?;
    *from = &all[whole.len()..];
    Some((whole, &whole[head..]))
}

fn next_bits<'a>(from: &mut &'a [u8]) -> Option<&'a [u8]> {
    next(BIT_STRING, from)?.1.strip_prefix(&[0])
}

/// A private key for whoever has a signing key, base64. `None` when the machine has no randomness.
pub fn seal(private: &Secret, signer: &Public) -> Option<String> {
    let mut once = Zeroizing::new([0; 16]);
    getrandom::fill(&mut once[..]).ok()?;
    let cipher = Sm4::new(&(*once).into());
    let mut sealed = Vec::with_capacity(32);
    for half in private.bytes().as_chunks::<16>().0 {
        let mut block = (*half).into();
        cipher.encrypt_block(&mut block);
        sealed.extend(block);
    }
    let public = hex::decode(private.public()).ok()?;
    let algorithm = tlv(SEQUENCE, &tlv(OBJECT, &SM4_ECB));
    let all = [algorithm, signer.encrypt(&once[..])?, bits(&public), bits(&sealed)].concat();
    Some(BASE64.encode(tlv(SEQUENCE, &all)))
}

/// Opens it with the signing key; `None` when it is for somebody else, or the private key is not that of the public key beside it.
pub fn open(sealed: &str, signer: &Secret) -> Option<Secret> {
    let der = BASE64.decode(sealed).ok()?;
    let mut rest = &der[..];
    let (_, mut all) = next(SEQUENCE, &mut rest).filter(|_| rest.is_empty())?;
    let (_, mut algorithm) = next(SEQUENCE, &mut all)?;
    next(OBJECT, &mut algorithm).filter(|(_, oid)| *oid == SM4_ECB)?;
    let (cipher, _) = next(SEQUENCE, &mut all)?;
    let (public, sealed) = (next_bits(&mut all)?, next_bits(&mut all)?);
    let once = signer.decrypt(cipher)?;
    let cipher = Sm4::new(&<[u8; 16]>::try_from(&once[..]).ok()?.into());
    let (halves, []) = sealed.as_chunks::<16>() else { return None };
    let [first, second] = halves else { return None };
    let mut bytes = Zeroizing::new([0; 32]);
    for (at, half) in [(0, first), (16, second)] {
        let mut block = (*half).into();
        cipher.decrypt_block(&mut block);
        bytes[at..at + 16].copy_from_slice(&block);
    }
    let private = Secret::from_bytes(&bytes).ok()?;
    (all.is_empty() && private.public() == hex::encode(public)).then_some(private)
}
