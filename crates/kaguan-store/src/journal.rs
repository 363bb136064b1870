//! The journal's hashing: entries are leaves of an SM3 Merkle tree, one tree a commit; blocks are chained, and each
//! is signed with SM2, so that every block is a checkpoint. Pure functions; the shape of the tree is RFC 6962's.

use crate::seal::sm3;
use crate::table::columns;
use serde::{Deserialize, Serialize};
use sm2::dsa::signature::{Signer, Verifier as _};
use sm2::dsa::{Signature, SigningKey, VerifyingKey};
use sm2::elliptic_curve::PrimeField;
use sm2::elliptic_curve::group::Group;
use sm2::elliptic_curve::ops::Reduce;
use sm2::elliptic_curve::point::AffineCoordinates;
use sm2::{FieldBytes, ProjectivePoint, Scalar};
use std::sync::LazyLock;

/// The distinguishing identifier of GM/T 0009.
pub const DISTID: &str = "1234567812345678";

/// One line of the journal. Events that carry personal data are sealed before they come here, so that a journal can
/// be verified without any key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Number of the line, from 1, without gaps.
    pub seq: i64,
    /// When, in microseconds.
    pub at: i64,
    pub actor: String,
    /// Through which door.
    pub channel: String,
    /// About what, such as `holder:12`.
    pub subject: String,
    /// The verb.
    pub command: String,
    /// `done`, or the code of the refusal.
    pub outcome: String,
    /// The clause that a refusal cites; empty otherwise.
    pub clause: String,
    /// Whether the events are sealed.
    pub personal: bool,
    /// The events, JSON, sealed when they are personal; empty for a refusal.
    #[serde(with = "hex")]
    pub events: Vec<u8>,
}

columns! {
    Entry in "journal_entry" [seq: i64] {
        at: i64,
        actor: String,
        channel: String,
        subject: String,
        command: String,
        outcome: String,
        clause: String,
        personal: bool,
        events: Vec<u8>,
    }; unvouched "hashed into its block, which is signed: check verifies it"
}

/// The outcome of what was done; any other is the code of a refusal.
pub const DONE: &str = "done";

impl Entry {
    /// Whether it was done, and not refused.
    pub fn is_done(&self) -> bool {
        self.outcome == DONE
    }

    /// What came of it, in Chinese.
    pub fn outcome_name(&self) -> &'static str {
        crate::rows::journal::named(&self.outcome)
    }

    /// The leaf of the tree: every field with its length before it, so that no two entries have the same bytes.
    pub fn leaf(&self) -> [u8; 32] {
        let mut b = vec![0u8];
        b.extend(self.seq.to_be_bytes());
        b.extend(self.at.to_be_bytes());
        b.push(u8::from(self.personal));
        for text in [&self.actor, &self.channel, &self.subject, &self.command, &self.outcome, &self.clause] {
            b.extend((text.len() as u64).to_be_bytes());
            b.extend(text.as_bytes());
        }
        b.extend((self.events.len() as u64).to_be_bytes());
        b.extend(&self.events);
        sm3(&[&b])
    }
}

/// One commit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Block {
    /// Number, from 1, without gaps.
    pub seq: i64,
    /// The first entry in it.
    pub first_entry: i64,
    /// How many entries.
    pub entries: i64,
    /// Root of the tree over their leaves.
    #[serde(with = "hex")]
    pub root: [u8; 32],
    /// Hash of the block before; zeros for the first.
    #[serde(with = "hex")]
    pub previous: [u8; 32],
    pub at: i64,
    /// Which writer.
    pub epoch: i64,
}

impl Block {
    /// Hash of the block.
    pub fn hash(&self) -> [u8; 32] {
        let n = [self.seq, self.first_entry, self.entries, self.at, self.epoch].map(i64::to_be_bytes);
        sm3(&[&[2], n.as_flattened(), &self.root, &self.previous])
    }
}

/// Root of the tree over some leaves; of none, the digest of nothing.
pub fn root(leaves: &[[u8; 32]]) -> [u8; 32] {
    match leaves {
        [] => sm3(&[]),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            sm3(&[&[1], &root(left), &root(right)])
        }
    }
}

/// The same tree, leaf by leaf: it holds as many digests as the number of its leaves has binary digits.
#[derive(Default)]
pub struct Tree {
    /// Whole subtrees, the largest first, and how many leaves each has.
    whole: Vec<([u8; 32], u64)>,
}

impl Tree {
    /// One more leaf.
    pub fn push(&mut self, leaf: [u8; 32]) {
        let (mut right, mut size) = (leaf, 1);
        while let Some((left, _)) = self.whole.pop_if(|(_, n)| *n == size) {
            right = sm3(&[&[1], &left, &right]);
            size *= 2;
        }
        self.whole.push((right, size));
    }

    /// How many leaves it has.
    pub fn leaves(&self) -> u64 {
        self.whole.iter().map(|(_, n)| n).sum()
    }

    /// The root, as [`root`] makes it of all leaves.
    pub fn root(mut self) -> [u8; 32] {
        let Some((mut root, _)) = self.whole.pop() else { return sm3(&[]) };
        while let Some((left, _)) = self.whole.pop() {
            root = sm3(&[&[1], &left, &root]);
        }
        root
    }
}

/// The largest power of two below `n`.
fn split(n: usize) -> usize {
    n.next_power_of_two() / 2
}

/// The sibling hashes from a leaf up to the root.
pub fn path(leaves: &[[u8; 32]], at: usize) -> Vec<[u8; 32]> {
    if leaves.len() < 2 {
        return Vec::new();
    }
    let k = split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let mut p = if at < k { path(left, at) } else { path(right, at - k) };
    p.push(if at < k { root(right) } else { root(left) });
    p
}

/// The root that a leaf and its path lead to; `None` when the path has the wrong length.
pub fn climb(leaf: [u8; 32], at: usize, leaves: usize, path: &[[u8; 32]]) -> Option<[u8; 32]> {
    if leaves < 2 {
        return (path.is_empty() && at < leaves).then_some(leaf);
    }
    let (sibling, below) = path.split_last()?;
    let k = split(leaves);
    if at < k {
        Some(sm3(&[&[1], &climb(leaf, at, k, below)?, sibling]))
    } else {
        Some(sm3(&[&[1], sibling, &climb(leaf, at - k, leaves - k, below)?]))
    }
}

/// Signs a block's hash.
pub fn sign(key: &sm2::SecretKey, hash: &[u8; 32]) -> Vec<u8> {
    let key = SigningKey::new(DISTID, key).expect("the identifier is short");
    let signature: Signature = key.sign(hash);
    signature.to_bytes().to_vec()
}

/// The public key, uncompressed SEC1, hexadecimal.
pub fn public_key(key: &sm2::SecretKey) -> String {
    hex::encode(key.public_key().to_sec1_bytes())
}

/// Verifies the signatures of one key.
pub struct Verifier {
    key: Option<VerifyingKey>,
}

impl Verifier {
    /// For a key, uncompressed SEC1, hexadecimal; of what is none no signature is valid.
    pub fn new(public_key: &str) -> Self {
        let bytes = hex::decode(public_key).ok();
        Self { key: bytes.and_then(|b| VerifyingKey::from_sec1_bytes(DISTID, &b).ok()) }
    }

    /// Whether a signature over a block's hash is the key's.
    pub fn verify(&self, hash: &[u8; 32], signature: &[u8]) -> bool {
        let signature = Signature::from_slice(signature).ok();
        self.key.as_ref().zip(signature).is_some_and(|(key, signature)| key.verify(hash, &signature).is_ok())
    }
}

/// The same for very many signatures of one key, for whom multiples of the base point and of the key are made ahead: a block of its
/// own for each command of a quiet day would cost a check more than all else.
pub struct QuickVerifier {
    slow: Verifier,
    /// The multiples of the key, and the digest that goes before each message.
    quick: Option<(Multiples, [u8; 32])>,
}

/// For each byte of a scalar, the least first, the 256 multiples of the point at its place.
struct Multiples(Vec<ProjectivePoint>);

impl Multiples {
    fn of(mut unit: ProjectivePoint) -> Self {
        let mut all = Vec::with_capacity(32 * 256);
        for _ in 0..32 {
            let mut multiple = ProjectivePoint::IDENTITY;
            for _ in 0..256 {
                all.push(multiple);
                multiple += unit;
            }
            unit = multiple;
        }
        Self(all)
    }

    fn add_times(&self, to: &mut ProjectivePoint, scalar: &Scalar) {
        for (at, byte) in scalar.to_repr().iter().rev().enumerate() {
            *to += self.0[at * 256 + usize::from(*byte)];
        }
    }
}

/// The multiples of the base point.
static OF_BASE: LazyLock<Multiples> = LazyLock::new(|| Multiples::of(ProjectivePoint::GENERATOR));

/// The curve's a and b and its base point, as they go before a key into the digest of GM/T 0003.2, 5.5.
const CURVE: &str = "fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc\
28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93\
32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7\
bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0";

impl QuickVerifier {
    /// For a key, uncompressed SEC1, hexadecimal.
    pub fn new(public_key: &str) -> Self {
        let slow = Verifier::new(public_key);
        let quick = slow.key.as_ref().and_then(|key| {
            let (curve, point) = (hex::decode(CURVE).ok()?, hex::decode(public_key).ok()?);
            let length = u16::try_from(DISTID.len() * 8).ok()?;
            let before = sm3(&[&length.to_be_bytes(), DISTID.as_bytes(), &curve, point.get(1..65)?]);
            Some((Multiples::of(ProjectivePoint::from(*key.as_affine())), before))
        });
        Self { slow, quick }
    }

    /// Whether a signature over a block's hash is the key's.
    pub fn verify(&self, hash: &[u8; 32], signature: &[u8]) -> bool {
        // Of one that does not fit the library has the last word.
        self.fits(hash, signature).unwrap_or(false) || self.slow.verify(hash, signature)
    }

    /// What the quick way alone says; `None` without a key, or of bytes that are no signature.
    pub fn fits(&self, hash: &[u8; 32], signature: &[u8]) -> Option<bool> {
        let (multiples, before) = self.quick.as_ref()?;
        let signature = Signature::from_slice(signature).ok()?;
        let (r, s) = (*signature.r(), *signature.s());
        let digest: FieldBytes = sm3(&[before, hash]).into();
        let e = Scalar::reduce(&digest);
        let t = r + s;
        if t.is_zero().into() {
            return Some(false);
        }
        let mut point = ProjectivePoint::IDENTITY;
        OF_BASE.add_times(&mut point, &s);
        multiples.add_times(&mut point, &t);
        if point.is_identity().into() {
            return Some(false);
        }
        Some(r == e + Scalar::reduce(&point.to_affine().x()))
    }
}

/// Whether a signature over a block's hash is the key's.
pub fn verify(public_key: &str, hash: &[u8; 32], signature: &[u8]) -> bool {
    Verifier::new(public_key).verify(hash, signature)
}

/// A proof that one entry stands in the journal, complete in itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Proof {
    /// The entry.
    pub entry: Entry,
    /// Its path in the block's tree, hexadecimal.
    pub path: Vec<String>,
    /// The block.
    pub block: Block,
    /// The SM2 signature over the block's hash, hexadecimal.
    pub signature: String,
    /// The key that signed.
    pub public_key: String,
}

/// Why a proof proves nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ProofError {
    /// The entry is not in the block.
    #[error("日志条目与区块的默克尔根不符 (the entry is not in the block)")]
    NotInBlock,
    /// The signature is not of this block.
    #[error("区块签名无效 (the signature is not valid)")]
    BadSignature,
    /// A file is not as it was when it was signed.
    #[error("文件内容与其摘要不符，或不是本系统签名的文件 (the file was changed, or is none of ours)")]
    Changed,
    /// A line is no head of a journal.
    #[error("不是日志末端的记录 (not the head of a journal)")]
    NoHead,
    /// The key is not the one that is trusted.
    #[error("签名密钥不是受信任的密钥 (signed by another key)")]
    OtherKey,
}

impl Proof {
    /// Verifies it, without a database; `trusted` is the system's public key from elsewhere.
    pub fn verify(&self, trusted: Option<&str>) -> Result<(), ProofError> {
        let path: Option<Vec<[u8; 32]>> =
            self.path.iter().map(|h| hex::decode(h).ok()?.try_into().ok()).collect();
        let at =
            usize::try_from(self.entry.seq - self.block.first_entry).map_err(|_| ProofError::NotInBlock)?;
        let size = usize::try_from(self.block.entries).map_err(|_| ProofError::NotInBlock)?;
        let path = path.ok_or(ProofError::NotInBlock)?;
        if at >= size || path.len() > 64 || climb(self.entry.leaf(), at, size, &path) != Some(self.block.root)
        {
            return Err(ProofError::NotInBlock);
        }
        if trusted.is_some_and(|t| !t.eq_ignore_ascii_case(&self.public_key)) {
            return Err(ProofError::OtherKey);
        }
        let signature = hex::decode(&self.signature).map_err(|_| ProofError::BadSignature)?;
        if verify(&self.public_key, &self.block.hash(), &signature) {
            Ok(())
        } else {
            Err(ProofError::BadSignature)
        }
    }
}
