//! Application 申请 (Articles 7 to 10): who applies, what was checked, and the stage it has reached.

pub(crate) mod acts;
mod agent;
mod agent_draft;
mod apply;
pub(crate) mod changed;
mod decline;
pub mod form;
mod identity;
mod outlet;
pub(crate) mod presented;
pub mod printed;
mod residence;
pub(crate) mod taking;
mod unit;
mod unit_form;
mod unit_judge;
pub mod verify;

pub use agent_draft::AgentDraft;
pub use apply::{Apply, ApplyForUnit, FilledIn};
pub use decline::Decline;
pub use outlet::{OutletFault, opening_outlet};
pub use presented::Presented;
pub(crate) use unit::still_taken;
pub use unit::{RegisterUnit, TryFile, UnitCommand, decide_unit, unit_not_chosen, unit_place};
pub use unit_form::UnitForm;
pub use verify::{ConfirmByHand, SupplyMaterial, ask_again, waits_for};
