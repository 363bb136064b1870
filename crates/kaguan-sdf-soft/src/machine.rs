//! The machine itself: sessions, keys that never come out, and what is done with them.

use sm2::dsa::signature::hazmat::{PrehashSigner as _, PrehashVerifier as _};
use sm2::dsa::{Signature, SigningKey, VerifyingKey};
use sm3::{Digest as _, Sm3};
use sm4::Sm4;
use sm4::cipher::{BlockCipherDecrypt as _, BlockCipherEncrypt as _, KeyInit as _};
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

/// What a function answers when it did not do it (`data/sdf_error_codes.csv`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    OpenDevice = 0x0100_0005,
    OpenSession = 0x0100_0006,
    PrivateKeyDenied = 0x0100_0007,
    KeyNotExist = 0x0100_0008,
    AlgorithmNotSupported = 0x0100_0009,
    Signing = 0x0100_000D,
    Verifying = 0x0100_000E,
    Step = 0x0100_0010,
    Random = 0x0100_0017,
    PrivateKeyRight = 0x0100_0018,
    NoBuffer = 0x0100_001C,
    InArgument = 0x0100_001D,
    OutArgument = 0x0100_001E,
}

/// The identifier of GB/T 32918 with which the keys are used when none is given.
const DISTID: &str = "1234567812345678";
const BLOCK: usize = 16;

pub const SM3: u32 = 1;
pub const SM2_SIGN: u32 = 0x0002_0200;
/// GM/T 0018 has SM4 as SMS4, under the same number.
pub const SM4_ECB: u32 = 0x0000_0401;
pub const SM4_CBC: u32 = 0x0000_0402;
pub const SM4_MAC: u32 = 0x0000_0410;

struct Own {
    key: SigningKey,
    password: Zeroizing<String>,
}

#[derive(Default)]
struct Session {
    rights: BTreeSet<u32>,
    keys: BTreeMap<usize, Zeroizing<[u8; BLOCK]>>,
    hash: Option<Sm3>,
}

/// One device, once it is open.
#[derive(Default)]
pub struct Machine {
    keks: BTreeMap<u32, Zeroizing<[u8; BLOCK]>>,
    own: BTreeMap<u32, Own>,
    devices: BTreeSet<usize>,
    sessions: BTreeMap<usize, Session>,
    last: usize,
}

type Done<T> = Result<T, Fault>;
/// A point: both coordinates.
pub type Point = ([u8; 32], [u8; 32]);

fn key_of(point: &Point) -> Done<VerifyingKey> {
    let sec1 = [&[4][..], &point.0, &point.1].concat();
    VerifyingKey::from_sec1_bytes(DISTID, &sec1).map_err(|_| Fault::InArgument)
}

fn verified(key: &VerifyingKey, digest: &[u8], (r, s): &Point) -> Done<()> {
    let mut both = [0; 64];
    both[..32].copy_from_slice(r);
    both[32..].copy_from_slice(s);
    let signature = Signature::from_slice(&both).map_err(|_| Fault::Verifying)?;
    key.verify_prehash(digest, &signature).map_err(|_| Fault::Verifying)
}

impl Machine {
    fn fresh(&mut self) -> usize {
        self.last += 1;
        self.last
    }

    /// Opens it with the keys of a text.
    pub fn open(&mut self, keys: &str) -> Done<usize> {
        for line in keys.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
            let mut words = line.split_whitespace();
            let (kind, index) = (words.next(), words.next().and_then(|n| n.parse().ok()));
            let (Some(kind), Some(index), Some(key)) = (kind, index, words.next()) else {
                return Err(Fault::OpenDevice);
            };
            match kind {
                "kek" => {
                    let mut bytes = Zeroizing::new([0; BLOCK]);
                    hex::decode_to_slice(key, &mut bytes[..]).map_err(|_| Fault::OpenDevice)?;
                    self.keks.insert(index, bytes);
                }
                "sign" => {
                    let mut bytes = Zeroizing::new([0; 32]);
                    hex::decode_to_slice(key, &mut bytes[..]).map_err(|_| Fault::OpenDevice)?;
                    let key = sm2::SecretKey::from_slice(&bytes[..]).map_err(|_| Fault::OpenDevice)?;
                    let key = SigningKey::new(DISTID, &key).map_err(|_| Fault::OpenDevice)?;
                    let password = Zeroizing::new(words.next().unwrap_or_default().to_owned());
                    self.own.insert(index, Own { key, password });
                }
                _ => return Err(Fault::OpenDevice),
            }
        }
        let device = self.fresh();
        self.devices.insert(device);
        Ok(device)
    }

    /// The last one that is closed takes all sessions and keys with it.
    pub fn close(&mut self, device: usize) -> Done<()> {
        if !self.devices.remove(&device) {
            return Err(Fault::InArgument);
        }
        if self.devices.is_empty() {
            self.sessions.clear();
            self.keks.clear();
            self.own.clear();
        }
        Ok(())
    }

    pub fn open_session(&mut self, device: usize) -> Done<usize> {
        if !self.devices.contains(&device) {
            return Err(Fault::OpenSession);
        }
        let session = self.fresh();
        self.sessions.insert(session, Session::default());
        Ok(session)
    }

    pub fn close_session(&mut self, session: usize) -> Done<()> {
        self.sessions.remove(&session).map(|_| ()).ok_or(Fault::InArgument)
    }

    fn session(&mut self, session: usize) -> Done<&mut Session> {
        self.sessions.get_mut(&session).ok_or(Fault::InArgument)
    }

    pub fn is_session(&self, session: usize) -> Done<()> {
        self.sessions.contains_key(&session).then_some(()).ok_or(Fault::InArgument)
    }

    /// Shows the password of a private key; it holds for the session.
    pub fn take_right(&mut self, session: usize, index: u32, password: &[u8]) -> Done<()> {
        let own = self.own.get(&index).ok_or(Fault::KeyNotExist)?;
        if own.password.as_bytes() != password {
            return Err(Fault::PrivateKeyRight);
        }
        self.session(session)?.rights.insert(index);
        Ok(())
    }

    pub fn release_right(&mut self, session: usize, index: u32) -> Done<()> {
        self.session(session)?.rights.remove(&index).then_some(()).ok_or(Fault::PrivateKeyDenied)
    }

    pub fn public(&self, session: usize, index: u32) -> Done<Point> {
        self.is_session(session)?;
        let own = self.own.get(&index).ok_or(Fault::KeyNotExist)?;
        let sec1 = own.key.verifying_key().to_sec1_bytes();
        let half = |at: usize| <[u8; 32]>::try_from(&sec1[at..at + 32]).map_err(|_| Fault::KeyNotExist);
        Ok((half(1)?, half(33)?))
    }

    /// Signs a digest, in which the signer's identifier and key are already.
    pub fn sign(&mut self, session: usize, index: u32, digest: &[u8]) -> Done<Point> {
        let right = self.session(session)?.rights.contains(&index);
        let own = self.own.get(&index).ok_or(Fault::KeyNotExist)?;
        if !right && !own.password.is_empty() {
            return Err(Fault::PrivateKeyDenied);
        }
        let signature: Signature = own.key.sign_prehash(digest).map_err(|_| Fault::Signing)?;
        let both = signature.to_bytes();
        let half = |at: usize| <[u8; 32]>::try_from(&both[at..at + 32]).map_err(|_| Fault::Signing);
        Ok((half(0)?, half(32)?))
    }

    pub fn verify_own(&self, session: usize, index: u32, digest: &[u8], signature: &Point) -> Done<()> {
        let point = self.public(session, index)?;
        verified(&key_of(&point)?, digest, signature)
    }

    pub fn verify(&self, session: usize, key: &Point, digest: &[u8], signature: &Point) -> Done<()> {
        self.is_session(session)?;
        verified(&key_of(key)?, digest, signature)
    }

    /// A key that comes wrapped under one of the machine's own; what comes out is a number for it.
    pub fn import(&mut self, session: usize, algorithm: u32, kek: u32, wrapped: &[u8]) -> Done<usize> {
        if algorithm != SM4_ECB {
            return Err(Fault::AlgorithmNotSupported);
        }
        let kek = Sm4::new(&(**self.keks.get(&kek).ok_or(Fault::KeyNotExist)?).into());
        let mut block = <[u8; BLOCK]>::try_from(wrapped).map_err(|_| Fault::InArgument)?.into();
        kek.decrypt_block(&mut block);
        let handle = self.fresh();
        self.session(session)?.keys.insert(handle, Zeroizing::new(block.into()));
        Ok(handle)
    }

    pub fn destroy(&mut self, session: usize, key: usize) -> Done<()> {
        self.session(session)?.keys.remove(&key).map(|_| ()).ok_or(Fault::KeyNotExist)
    }

    fn cipher(&mut self, session: usize, key: usize) -> Done<Sm4> {
        let key = self.session(session)?.keys.get(&key).ok_or(Fault::KeyNotExist)?;
        Ok(Sm4::new(&(**key).into()))
    }

    /// Encrypts or decrypts whole blocks; the initial vector moves on, as the standard has it.
    pub fn crypt(
        &mut self,
        (session, key, algorithm): (usize, usize, u32),
        iv: &mut [u8; BLOCK],
        data: &[u8],
        encrypts: bool,
    ) -> Done<Vec<u8>> {
        let chained = match algorithm {
            SM4_ECB => false,
            SM4_CBC => true,
            _ => return Err(Fault::AlgorithmNotSupported),
        };
        let cipher = self.cipher(session, key)?;
        let (blocks, []) = data.as_chunks::<BLOCK>() else { return Err(Fault::InArgument) };
        let mut out = Vec::with_capacity(data.len());
        for plain in blocks {
            let mut block = *plain;
            if encrypts && chained {
                block.iter_mut().zip(iv.iter()).for_each(|(b, v)| *b ^= v);
            }
            let mut done = block.into();
            if encrypts {
                cipher.encrypt_block(&mut done)
            } else {
                cipher.decrypt_block(&mut done)
            }
            let mut block: [u8; BLOCK] = done.into();
            if !encrypts && chained {
                block.iter_mut().zip(iv.iter()).for_each(|(b, v)| *b ^= v);
            }
            if chained {
                *iv = if encrypts { block } else { *plain };
            }
            out.extend(block);
        }
        Ok(out)
    }

    /// CBC-MAC: the last block.
    pub fn mac(
        &mut self,
        session: usize,
        key: usize,
        iv: &mut [u8; BLOCK],
        data: &[u8],
    ) -> Done<[u8; BLOCK]> {
        if data.is_empty() {
            return Err(Fault::InArgument);
        }
        self.crypt((session, key, SM4_CBC), iv, data, true)?;
        Ok(*iv)
    }

    /// Begins a digest; with a key and an identifier what stands before a message that is signed goes in first.
    pub fn hash_init(&mut self, session: usize, signer: Option<(Point, &[u8])>) -> Done<()> {
        let mut hash = Sm3::new();
        if let Some((point, id)) = signer {
            hash.update(before_message(&point, id)?);
        }
        self.session(session)?.hash = Some(hash);
        Ok(())
    }

    pub fn hash_update(&mut self, session: usize, data: &[u8]) -> Done<()> {
        self.session(session)?.hash.as_mut().ok_or(Fault::Step)?.update(data);
        Ok(())
    }

    pub fn hash_final(&mut self, session: usize) -> Done<[u8; 32]> {
        Ok(self.session(session)?.hash.take().ok_or(Fault::Step)?.finalize().into())
    }
}

/// Z of GB/T 32918.2: the signer's identifier, the curve and the signer's key.
fn before_message(point: &Point, id: &[u8]) -> Done<[u8; 32]> {
    const CURVE: [&str; 4] = [
        "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC",
        "28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93",
        "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7",
        "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0",
    ];
    let bits = u16::try_from(id.len() * 8).map_err(|_| Fault::InArgument)?;
    let mut hash = Sm3::new().chain_update(bits.to_be_bytes()).chain_update(id);
    for number in CURVE {
        hash.update(hex::decode(number).map_err(|_| Fault::InArgument)?);
    }
    Ok(hash.chain_update(point.0).chain_update(point.1).finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sm4_gives_the_published_block_and_chains_as_it_should() {
        let mut m = Machine::default();
        // What comes out of the wrapping is the key of GB/T 32907's example.
        let kek = Sm4::new(&[7; 16].into());
        let key = <[u8; 16]>::try_from(hex::decode("0123456789abcdeffedcba9876543210").unwrap()).unwrap();
        let mut wrapped = key.into();
        kek.encrypt_block(&mut wrapped);
        let device = m.open(&format!("# a comment\nkek 3 {}\n", "07".repeat(16))).unwrap();
        let s = m.open_session(device).unwrap();
        assert_eq!(m.import(s, SM4_ECB, 4, &wrapped), Err(Fault::KeyNotExist));
        let k = m.import(s, SM4_ECB, 3, &wrapped).unwrap();
        let mut iv = [0; 16];
        let out = m.crypt((s, k, SM4_ECB), &mut iv, &key, true).unwrap();
        assert_eq!(hex::encode(&out), "681edf34d206965e86b3e94f536e4246");
        let long: Vec<u8> = (0..64).collect();
        let (mut there, mut back) = ([9; 16], [9; 16]);
        let sealed = m.crypt((s, k, SM4_CBC), &mut there, &long, true).unwrap();
        assert_eq!(m.crypt((s, k, SM4_CBC), &mut back, &sealed, false).unwrap(), long);
        assert_eq!(m.mac(s, k, &mut [9; 16], &long).unwrap()[..], sealed[48..]);
        assert_eq!(m.crypt((s, k, SM4_ECB), &mut iv, &long[..15], true), Err(Fault::InArgument));
        m.destroy(s, k).unwrap();
        assert_eq!(m.crypt((s, k, SM4_ECB), &mut iv, &key, true), Err(Fault::KeyNotExist));
        m.close(device).unwrap();
        assert_eq!(m.open_session(device), Err(Fault::OpenSession));
    }
}
