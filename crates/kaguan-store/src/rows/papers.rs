//! Photos, electronic material, counters, and what this database is.

use crate::table::{Sealed, row};
use jiff::civil::Date;
use kaguan_domain::facts::archive::Material;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::ids::{HolderId, MaterialId, OrgId};
use kaguan_domain::records::kept;
use std::collections::BTreeMap;

row! {
    /// A value of the system about itself.
    MetaRow in "meta" [name: String] { value: String }

    /// The same, of which a program does not know yet whether there are tags.
    PlainMeta in "meta" [name: String] { value: String }
        ; unvouched "says which migrations were run, and who writes, before an earlier schema has tags"

    /// The last number that was reserved.
    CounterRow in "counter" [name: String] { value: i64 }

    /// A photo under its digest, sealed.
    PhotoRow in "photo" [digest: String] { body: Sealed }

    /// Which photo.
    PhotoKey in "photo" [digest: String] {}

    /// An electronic material of the archive, sealed.
    MaterialRow in "material" [material_id: MaterialId] { body: Sealed }

    /// A material of somebody's archive: who keeps it, and until when it must be kept.
    ArchiveRow in "archive_material" [material_id: MaterialId] {
        holder_id: HolderId,
        org: OrgId,
        kept_until: Option<Date>,
    }
}

impl ArchiveRow {
    /// The rows of a file.
    pub(crate) fn of(file: &HolderFile) -> Vec<Self> {
        let row = |m: &Material| Self {
            material_id: m.id,
            holder_id: file.id,
            org: m.org,
            kept_until: kept(file, m),
        };
        file.person.iter().flat_map(|p| &p.archive).map(row).collect()
    }

    /// Those that differ from those before, and the materials that are not this file's any more.
    pub(crate) fn changed(file: &HolderFile, before: Option<&HolderFile>) -> (Vec<Self>, Vec<i64>) {
        let mut earlier: BTreeMap<i64, Self> =
            before.map(Self::of).unwrap_or_default().into_iter().map(|r| (r.material_id.0, r)).collect();
        let rows = Self::of(file).into_iter();
        let new = rows.filter(|row| earlier.remove(&row.material_id.0).as_ref() != Some(row)).collect();
        (new, earlier.into_keys().collect())
    }
}

/// The materials that were destroyed since a file was loaded: their documents go in the same transaction.
pub(crate) fn destroyed(file: &HolderFile, before: Option<&HolderFile>) -> Vec<i64> {
    let all = |f: &HolderFile| -> Vec<i64> {
        f.person.iter().flat_map(|p| &p.destroyed).map(|d| d.material.id.0).collect()
    };
    let earlier = before.map(all).unwrap_or_default();
    all(file).into_iter().filter(|id| !earlier.contains(id)).collect()
}
