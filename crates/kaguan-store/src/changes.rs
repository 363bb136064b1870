//! What is written beside the commits: photos, electronic material, and numbers that are reserved. Each is written once
//! and never changed; a file says what it is.

use crate::engine::{CommitError, StoreError, Write};
use crate::rows::bound_to;
use crate::rows::papers::{ArchiveRow, CounterRow, MaterialRow, PhotoRow};
use crate::seal::sm3;
use crate::sql;
use crate::store::Store;
use crate::table::{Columns, Sealed};
use jiff::civil::Date;
use kaguan_domain::ids::{HolderId, MaterialId, OrgId};
use std::collections::BTreeMap;

/// A material whose years are over; names nobody.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DueMaterial {
    pub material: MaterialId,
    /// Whose archive it is of.
    pub holder: HolderId,
    /// Who keeps it.
    pub org: OrgId,
    /// The last day on which it had to be kept.
    pub until: Date,
}

impl Store {
    /// Stores photos; each is named by its digest, so storing one twice is storing it once.
    pub async fn put_photos(&self, photos: &[Vec<u8>]) -> Result<Vec<String>, CommitError> {
        let mut names = Vec::new();
        let mut rows = BTreeMap::new();
        for bytes in photos {
            let digest = hex::encode(sm3(&[bytes]));
            let body = Sealed(self.sealer().seal(&bound_to("photo", &digest), bytes));
            rows.insert(digest.clone(), PhotoRow { digest: digest.clone(), body });
            names.push(digest);
        }
        if !rows.is_empty() {
            self.engine().transact(vec![sql::PHOTO_PUT.missing(self.keys(), rows.into_values())]).await?;
        }
        self.know_photos(&names);
        Ok(names)
    }

    /// One photo.
    pub async fn photo(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let found = self.ask(&sql::PHOTO_GET, vec![name.into()]).await?.pop();
        let open =
            |row: PhotoRow| row.open(self.sealer(), "body", &bound_to("photo", &row.digest), &row.body);
        found.map(open).transpose()
    }

    /// Whether a photo is there.
    pub async fn has_photo(&self, name: &str) -> Result<bool, StoreError> {
        if self.photos_known().contains(name) {
            return Ok(true);
        }
        let there = !self.ask(&sql::PHOTO_HAS, vec![name.into()]).await?.is_empty();
        if there {
            self.know_photos(&[name.to_owned()]);
        }
        Ok(there)
    }

    /// Stores an electronic material under a fresh identity.
    pub async fn put_material(&self, id: MaterialId, bytes: &[u8]) -> Result<(), CommitError> {
        self.put_materials([(id, bytes)]).await
    }

    /// Stores several at once.
    pub async fn put_materials<'a>(
        &self,
        all: impl IntoIterator<Item = (MaterialId, &'a [u8])>,
    ) -> Result<(), CommitError> {
        let row = |(id, bytes): (MaterialId, &[u8])| MaterialRow {
            material_id: id,
            body: Sealed(self.sealer().seal(&bound_to("material", id), bytes)),
        };
        let rows: Vec<MaterialRow> = all.into_iter().map(row).collect();
        self.engine().transact(vec![sql::MATERIAL_PUT.rows(self.keys(), rows)]).await
    }

    /// One electronic material.
    pub async fn material(&self, id: MaterialId) -> Result<Option<Vec<u8>>, StoreError> {
        let found = self.ask(&sql::MATERIAL_GET, vec![id.0.into()]).await?.pop();
        let open = |row: MaterialRow| {
            row.open(self.sealer(), "body", &bound_to("material", row.material_id), &row.body)
        };
        found.map(open).transpose()
    }

    /// Destroys an electronic material; the journal has said so before.
    pub async fn delete_material(&self, id: MaterialId) -> Result<(), CommitError> {
        self.engine().transact(vec![Write::one(&sql::MATERIAL_DELETE, vec![id.0.into()], None)]).await
    }

    /// Materials that some organisations keep and that had to be kept up to a day before one, the longest due first, after one.
    pub async fn archive_due(
        &self,
        orgs: &[OrgId],
        before: Date,
        after: Option<(Date, MaterialId)>,
        limit: i64,
    ) -> Result<Vec<DueMaterial>, StoreError> {
        let orgs: Vec<i64> = orgs.iter().map(|o| o.0).collect();
        let (day, id) = after.map_or((String::new(), i64::MIN), |(day, id)| (day.to_string(), id.0));
        let params = vec![orgs.into(), before.to_string().into(), day.into(), id.into(), limit.into()];
        let due = |row: ArchiveRow| {
            let until = row.kept_until?;
            Some(DueMaterial { material: row.material_id, holder: row.holder_id, org: row.org, until })
        };
        Ok(self.ask(&sql::ARCHIVE_DUE, params).await?.into_iter().filter_map(due).collect())
    }

    /// Where a counter stands; 0 when it never moved.
    pub async fn counter(&self, name: &str) -> Result<i64, StoreError> {
        Ok(self.ask(&sql::COUNTER_GET, vec![name.into()]).await?.pop().map_or(0, |c| c.value))
    }

    async fn counter_row(&self, name: &str) -> Result<Option<CounterRow>, CommitError> {
        Ok(self.ask(&sql::COUNTER_GET, vec![name.into()]).await.map_err(CommitError::read)?.pop())
    }

    /// Moves a counter on from where it was read, or not at all.
    fn moved(&self, name: &str, found: Option<CounterRow>, value: i64) -> Write {
        let new = CounterRow { name: name.into(), value };
        match found {
            Some(old) => sql::COUNTER_MOVE.one(self.keys(), &old, new, true),
            None => sql::COUNTER_FIRST.rows(self.keys(), [new]),
        }
    }

    /// Moves a counter that stands at `from`; nothing happens when somebody else has moved it since.
    pub async fn move_counter(&self, name: &str, from: i64, to: i64) -> Result<(), CommitError> {
        let found = self.counter_row(name).await?;
        if found.as_ref().map_or(0, |c| c.value) != from {
            return Ok(());
        }
        match self.engine().transact(vec![self.moved(name, found, to)]).await {
            Ok(()) | Err(CommitError::Guard { .. }) => Ok(()),
            Err(e) => Err(e),
        }
    }

    /// Reserves `n` numbers of a counter and returns the first. Numbers reserved and not used are lost, never given
    /// twice, however many reserve at once: only whoever moves the counter on from where it was read has the numbers
    /// between, and whoever was overtaken reads again.
    ///
    /// # Errors
    /// [`CommitError::Unknown`] when nobody knows whether they were reserved: then they are nobody's.
    pub async fn reserve(&self, counter: &str, n: i64) -> Result<i64, CommitError> {
        loop {
            let found = self.counter_row(counter).await?;
            let last = found.as_ref().map_or(0, |c| c.value);
            match self.engine().transact(vec![self.moved(counter, found, last + n)]).await {
                Ok(()) => return Ok(last + 1),
                // Somebody else was faster, and has what they asked for.
                Err(CommitError::Guard { .. }) => {}
                Err(e) => return Err(e),
            }
        }
    }
}
