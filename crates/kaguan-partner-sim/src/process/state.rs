//! A partner's stored state: JSON by key in an embedded database, durable at every commit.

use anyhow::Context;
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::Path;

/// Small things by name.
const META: TableDefinition<&str, &str> = TableDefinition::new("meta");
/// A bank's accounts by bank card number.
pub(super) const ACCOUNTS: TableDefinition<&str, &[u8]> = TableDefinition::new("accounts");
/// Messages seen, by identity, with the answer given.
pub(super) const SEEN: TableDefinition<&str, &[u8]> = TableDefinition::new("seen");
/// Calls to be made, in order.
pub(super) const CALLS: TableDefinition<&str, &[u8]> = TableDefinition::new("calls");

/// Answers that a bank gives later, by the message's identity.
pub(super) const LATER: TableDefinition<&str, &[u8]> = TableDefinition::new("later");
/// What a vendor has planned, by batch or order.
pub(super) const JOBS: TableDefinition<&str, &[u8]> = TableDefinition::new("jobs");
/// How far each of it is.
pub(super) const STEPS: TableDefinition<&str, &[u8]> = TableDefinition::new("steps");
/// Whom the registers know by name, by 社会保障号码.
pub(super) const PEOPLE: TableDefinition<&str, &[u8]> = TableDefinition::new("people");

/// One change of a commit: table, key, and the value or none.
pub(super) type Change = (TableDefinition<'static, &'static str, &'static [u8]>, String, Option<Vec<u8>>);

/// The state.
pub(super) struct State {
    db: Database,
}

impl State {
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let db = Database::create(path).with_context(|| format!("failed to open {}", path.display()))?;
        let tx = db.begin_write()?;
        tx.open_table(META)?;
        for table in [ACCOUNTS, SEEN, CALLS, LATER, JOBS, STEPS, PEOPLE] {
            tx.open_table(table)?;
        }
        tx.commit()?;
        Ok(Self { db })
    }

    pub(super) fn meta(&self, name: &str) -> Option<String> {
        let table = self.db.begin_read().ok()?.open_table(META).ok()?;
        Some(table.get(name).ok()??.value().to_owned())
    }

    pub(super) fn put_meta(&self, name: &str, value: &str) -> anyhow::Result<()> {
        let tx = self.db.begin_write()?;
        tx.open_table(META)?.insert(name, value)?;
        Ok(tx.commit()?)
    }

    pub(super) fn get<T: DeserializeOwned>(
        &self,
        table: TableDefinition<&'static str, &'static [u8]>,
        key: &str,
    ) -> anyhow::Result<Option<T>> {
        let table = self.db.begin_read()?.open_table(table)?;
        let found = table.get(key)?;
        Ok(found.map(|v| serde_json::from_slice(v.value())).transpose()?)
    }

    /// Everything of a table, by key.
    pub(super) fn all<T: DeserializeOwned>(
        &self,
        table: TableDefinition<&'static str, &'static [u8]>,
    ) -> anyhow::Result<Vec<(String, T)>> {
        let table = self.db.begin_read()?.open_table(table)?;
        let mut out = Vec::new();
        for row in table.iter()? {
            let (key, value) = row?;
            out.push((key.value().to_owned(), serde_json::from_slice(value.value())?));
        }
        Ok(out)
    }

    /// Writes all or nothing, durably.
    pub(super) fn commit(&self, changes: &[Change]) -> anyhow::Result<()> {
        let tx = self.db.begin_write()?;
        for (table, key, value) in changes {
            let mut table = tx.open_table(*table)?;
            match value {
                Some(value) => table.insert(key.as_str(), value.as_slice())?,
                None => table.remove(key.as_str())?,
            };
        }
        Ok(tx.commit()?)
    }
}

/// A value as it is stored.
pub(super) fn json<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("our own types are always JSON")
}
