//! Keys outside the database: a master key in a file of mode 0600, from which every other key is derived. A file
//! that others can read is refused.

use crate::journal::public_key;
use crate::seal::{BlindIndex, Sealer, Tags, derive};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("不能使用主密钥文件 {path}：{why} (failed to use the master key)")]
    Io {
        path: PathBuf,
        /// What happened.
        why: String,
    },
    /// Others may read it.
    #[error(
        "主密钥文件 {path} 的权限是 {mode:o}，其他用户可读。请执行 chmod 600 后重试。(the master key must be mode 600)"
    )]
    TooOpen {
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It is not a key.
    #[error("主密钥文件 {path} 不是本系统的密钥文件 (not a master key: {why})")]
    NotAKey {
        path: PathBuf,
        /// Why not.
        why: &'static str,
    },
}

/// Every key of a data directory.
pub struct KeyRing {
    /// Seals fields.
    pub sealer: Sealer,
    /// Finds sealed fields.
    pub blind: BlindIndex,
    /// By which each row vouches for itself.
    pub tags: Tags,
    /// The file beside the master key that says that every row of this database is tagged; none of a store in memory.
    mark: Option<PathBuf>,
    /// Signs blocks of the journal.
    pub signing: sm2::SecretKey,
    /// Its public key, uncompressed SEC1, hexadecimal.
    pub public: String,
    /// Makes the keys that sign what the system says to partners.
    system: Zeroizing<[u8; 32]>,
    partners: Zeroizing<[u8; 32]>,
}

impl KeyRing {
    /// Reads the master key, or makes one when the file is not there and `create` is set.
    pub fn open(path: &Path, create: bool) -> Result<Self, KeyError> {
        if create && !path.exists() {
            make(path)?;
        }
        let io = |e: std::io::Error| KeyError::Io { path: path.into(), why: e.to_string() };
        let meta = std::fs::symlink_metadata(path).map_err(io)?;
        if !meta.is_file() {
            return Err(KeyError::NotAKey { path: path.into(), why: "not a plain file" });
        }
        let mode = meta.mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyError::TooOpen { path: path.into(), mode });
        }
        let text = Zeroizing::new(std::fs::read(path).map_err(io)?);
        let mut master = Zeroizing::new([0u8; 32]);
        let not = |why| KeyError::NotAKey { path: path.into(), why };
        hex::decode_to_slice(text.trim_ascii(), &mut master[..])
            .map_err(|_| not("not 64 hexadecimal digits"))?;
        let mut mark = path.as_os_str().to_owned();
        mark.push(".rows");
        Ok(Self { mark: Some(mark.into()), ..Self::derived(&master) })
    }

    /// Keys derived from a master key; for a store in memory.
    pub fn derived(master: &[u8; 32]) -> Self {
        let data = derive(master, "kaguan data key 1");
        let mut sealing = Zeroizing::new([0u8; 16]);
        sealing.copy_from_slice(&data[..16]);
        let signing_key = signing(master, "kaguan journal signing key");
        Self {
            sealer: Sealer::new(&sealing),
            blind: BlindIndex::new(&derive(master, "kaguan blind index 1")),
            tags: Tags::new(&derive(master, "kaguan row tags 1")),
            mark: None,
            public: public_key(&signing_key),
            signing: signing_key,
            system: derive(master, "kaguan system keys 1"),
            partners: derive(master, "kaguan keys shared with partners 1"),
        }
    }

    /// Whether every row of the database was tagged once. Said outside of it: whoever writes the database cannot take it back.
    pub(crate) fn tagged(&self) -> Option<&Path> {
        self.mark.as_deref().filter(|mark| mark.exists())
    }

    /// Says so from now on.
    pub(crate) fn set_tagged(&self) -> Result<(), KeyError> {
        let Some(mark) = self.mark.as_deref().filter(|mark| !mark.exists()) else { return Ok(()) };
        let io = |e: std::io::Error| KeyError::Io { path: mark.into(), why: e.to_string() };
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(mark)
            .map_err(io)?;
        let says = "Every row of the database of this master key has a tag (kaguan). Do not remove: without this file rows \
                    without tags would be believed once.\n";
        file.write_all(says.as_bytes()).and_then(|()| file.sync_all()).map_err(io)
    }

    /// The key of a number, from 1, under which the system signs what it says to partners.
    pub fn partner_signing(&self, number: u32) -> sm2::SecretKey {
        signing(&self.system, &format!("partners {number}"))
    }

    /// The key shared with one bank for reconciliation: it makes slots of bank card numbers, and nothing else.
    pub fn shared(&self, bank: &str) -> Zeroizing<[u8; 32]> {
        derive(&self.partners[..], &format!("reconciliation {bank}"))
    }
}

/// A digest is a valid secret key but for a chance of 2^-32; the counter takes the next one then.
fn signing(from: &[u8; 32], what: &str) -> sm2::SecretKey {
    (0u32..)
        .find_map(|n| sm2::SecretKey::from_slice(&derive(from, &format!("{what} {n}"))[..]).ok())
        .expect("one of four billion digests is a valid key")
}

fn make(path: &Path) -> Result<(), KeyError> {
    let io = |e: std::io::Error| KeyError::Io { path: path.into(), why: e.to_string() };
    let mut key = Zeroizing::new([0u8; 32]);
    getrandom::fill(&mut key[..]).map_err(|e| KeyError::Io { path: path.into(), why: e.to_string() })?;
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(io)?;
    let text = Zeroizing::new(hex::encode(&key[..]));
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(io)
}
