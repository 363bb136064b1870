//! The store: an engine, the keys, and the writer's lease.

use crate::engine::{CommitError, Engine, StoreError, Write};
use crate::journal;
use crate::keys::{KeyError, KeyRing};
use crate::load::{Claim, LoadRequest};
use crate::rows;
use crate::schema::MIGRATIONS;
use crate::seal::Sealer;
use crate::sql;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::ids::HolderId;
use std::path::Path;
use std::sync::{Mutex, MutexGuard};

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The keys cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The engine cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another process took over at the same moment.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// The database belongs to other keys.
    #[error("数据库与密钥文件不匹配 (the database was made under another master key)")]
    OtherKeys,
    /// The database was made by a newer program.
    #[error("数据库版本 {found} 比本程序（{known}）新，请升级程序 (the schema is newer than this program)")]
    Newer {
        /// Its version.
        found: usize,
        /// Ours.
        known: usize,
    },
}

/// Where the journal stands, and who writes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Head {
    pub(crate) epoch: i64,
    pub(crate) block_seq: i64,
    pub(crate) entry_seq: i64,
    pub(crate) block_hash: [u8; 32],
}

/// The store.
pub struct Store {
    engine: Engine,
    keys: KeyRing,
    head: Mutex<Option<Head>>,
}

impl Store {
    /// Opens a database and the master key beside it, makes both when they are not there, and migrates.
    pub async fn open(url: &str, master_key: &Path) -> Result<Self, OpenError> {
        let keys = KeyRing::open(master_key, true)?;
        Self::with_keys(Engine::open(url).await?, keys).await
    }

    /// A store in memory with keys of its own: the test double.
    pub async fn in_memory() -> Result<Self, OpenError> {
        Self::with_keys(Engine::open("sqlite::memory:").await?, KeyRing::derived(&[42; 32])).await
    }

    /// A store on an open engine.
    pub async fn with_keys(engine: Engine, keys: KeyRing) -> Result<Self, OpenError> {
        let store = Self { engine, keys, head: Mutex::new(None) };
        store.migrate().await?;
        let public = journal::public_key(&store.keys.signing);
        match store.meta("journal_public_key").await? {
            None => store.put_meta("journal_public_key", &public).await?,
            Some(known) if known == public => {}
            Some(_) => return Err(OpenError::OtherKeys),
        }
        Ok(store)
    }

    /// Brings the schema up to date; does nothing when it is.
    pub async fn migrate(&self) -> Result<usize, OpenError> {
        // A database without our tables answers the first question with an error; an unreachable one failed earlier.
        let found = match self.meta("schema").await {
            Ok(v) => v.and_then(|v| v.parse().ok()).unwrap_or(0),
            Err(_) => 0,
        };
        if found > MIGRATIONS.len() {
            return Err(OpenError::Newer { found, known: MIGRATIONS.len() });
        }
        for (i, migration) in MIGRATIONS.iter().enumerate().skip(found) {
            self.engine.script(migration).await?;
            self.put_meta("schema", &(i + 1).to_string()).await?;
        }
        self.place_cards().await?;
        let none = vec![vec![1.into(), 0.into(), 0.into(), 0.into(), [0u8; 32].into()]];
        let init = Write { sql: &sql::WRITER_INIT, params: Vec::new(), rows: none, expect: None };
        self.engine.transact(vec![init]).await?;
        Ok(MIGRATIONS.len() - found)
    }

    /// Gives the cards that an earlier schema left without one their place among their bank's cards.
    async fn place_cards(&self) -> Result<(), OpenError> {
        loop {
            let rows = self.engine.ask(&sql::CARD_UNPLACED, vec![500.into()]).await?;
            if rows.is_empty() {
                return Ok(());
            }
            let holders = rows.iter().map(|r| r.int(0).map(HolderId)).collect::<Result<_, _>>()?;
            let loaded = self.load(&LoadRequest { holders, ..LoadRequest::default() }).await?;
            let cards = |f: &HolderFile| -> Vec<_> {
                f.cards.iter().map(|c| rows::card(&self.keys, f.id, c)).collect()
            };
            let rows: Vec<_> = loaded.holders.values().flat_map(cards).collect();
            self.engine.transact(vec![Write::rows(&sql::CARD_PUT, rows)]).await?;
        }
    }

    /// Takes over writing: from now on a process that wrote before is fenced, its next commit fails.
    ///
    /// Returns the epoch.
    pub async fn take_over(&self) -> Result<i64, OpenError> {
        let before = self.stored_head().await?;
        let take = Write::one(&sql::WRITER_TAKE, vec![before.epoch.into()], Some(1));
        self.engine.transact(vec![take]).await?;
        // Read again: a commit of the fenced process may have come between.
        let now = self.stored_head().await?;
        let epoch = now.epoch;
        *self.head() = Some(now);
        Ok(epoch)
    }

    pub(crate) async fn stored_head(&self) -> Result<Head, StoreError> {
        let rows = self.engine.ask(&sql::WRITER_GET, Vec::new()).await?;
        let row = rows.first().ok_or_else(|| StoreError::Engine("the writer's row is not there".into()))?;
        Ok(Head {
            epoch: row.int(0)?,
            block_seq: row.int(1)?,
            entry_seq: row.int(2)?,
            block_hash: row.digest(3)?,
        })
    }

    /// A value of the table meta.
    pub async fn meta(&self, name: &str) -> Result<Option<String>, StoreError> {
        let rows = self.engine.ask(&sql::META_GET, vec![name.into()]).await?;
        rows.first().map(|r| r.text(0).map(str::to_owned)).transpose()
    }

    /// Writes a value of the table meta.
    pub async fn put_meta(&self, name: &str, value: &str) -> Result<(), CommitError> {
        self.engine.transact(vec![Write::rows(&sql::META_PUT, vec![vec![name.into(), value.into()]])]).await
    }

    /// The engine, for counters and for tests.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The public key that the journal is signed with.
    pub fn public_key(&self) -> String {
        journal::public_key(&self.keys.signing)
    }

    /// The secret key of a number, from 1, with which the system signs what it says to partners.
    pub fn partner_secret(&self, number: u32) -> zeroize::Zeroizing<[u8; 32]> {
        zeroize::Zeroizing::new(self.keys.partner_signing(number).to_bytes().into())
    }

    /// The key that a bank shares for reconciliation.
    pub fn shared_with(&self, bank: &str) -> zeroize::Zeroizing<[u8; 32]> {
        self.keys.shared(bank)
    }

    pub(crate) fn keys(&self) -> &KeyRing {
        &self.keys
    }

    pub(crate) fn sealer(&self) -> &Sealer {
        &self.keys.sealer
    }

    /// Where the next commit goes; `None` when this process may not write.
    pub(crate) fn head(&self) -> MutexGuard<'_, Option<Head>> {
        // Whoever panicked under the lock left a whole value: it is only ever replaced.
        self.head.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The blind index of a number.
    pub fn claim_digest(&self, claim: &Claim) -> [u8; 32] {
        self.keys.blind.of(claim.kind.code(), &claim.value)
    }

    /// A keyed digest of something that is only ever compared, such as a request key or a pick-up code.
    pub fn digest(&self, kind: &str, value: &str) -> [u8; 32] {
        self.keys.blind.of(kind, value)
    }
}
