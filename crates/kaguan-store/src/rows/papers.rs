//! Photos, electronic material, counters, and what this database is.

use crate::table::row;
use kaguan_domain::ids::MaterialId;

row! {
    /// A value of the system about itself.
    MetaRow in "meta" [name: String] { value: String }

    /// The last number that was reserved.
    CounterRow in "counter" [name: String] { value: i64 }

    /// A photo under its digest, sealed.
    PhotoRow in "photo" [digest: String] { body: Vec<u8> }

    /// Which photo.
    PhotoKey in "photo" [digest: String] {}

    /// An electronic material of the archive, sealed.
    MaterialRow in "material" [material_id: MaterialId] { body: Vec<u8> }
}
