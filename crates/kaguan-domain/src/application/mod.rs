//! Application 申请 (Articles 7 to 10): who applies, what was checked, and the stage it has reached.

mod apply;
mod decline;
pub mod form;
mod outlet;
pub mod printed;
pub(crate) mod taking;
mod unit;

pub use apply::{Apply, ApplyForUnit, FilledIn, SupplyMaterial};
pub use decline::Decline;
pub use outlet::{OutletFault, opening_outlet};
pub use unit::{RegisterUnit, TryFile, UnitCommand, decide_unit, unit_place};
