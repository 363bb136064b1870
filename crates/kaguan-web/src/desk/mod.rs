//! The officer's own: signing in, 今日工作, drafts, reminders, forms that are sent once.

pub(crate) mod done_today;
pub(crate) mod drafts;
pub(crate) mod gallery;
pub(crate) mod home;
pub(crate) mod once;
pub(crate) mod open_clocks;
pub(crate) mod reminders;
pub(crate) mod sign;
pub(crate) mod status;
