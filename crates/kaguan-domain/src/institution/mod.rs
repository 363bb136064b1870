//! Organisations, banks, officers, partners and the calendar, and how they change (Articles 2, 5, 6 and 42).

mod command;
mod desk;
mod door;
mod glyph;
mod guide;
mod messages;
mod officer;
mod organisation;
mod partner;
mod policy;

pub use command::{InstitutionCommand, NewOfficer, can_be_entrusted, decide};
pub use desk::{defect_of_desk_outlet, defects_of_boxes};
pub use door::{RecordSignIn, record_sign_in};
pub use glyph::{DecideGlyph, ProposeGlyph, may_have_picture};
pub use guide::{SetFailureGuide, StateBankData};
pub use messages::{FetchMessages, SubmitRows, addressee, fetch_messages, messages_place, submit_rows};
pub use officer::{
    DecideOfficer, ProposeOfficer, defects_of_newcomer, defects_of_reason, judge_login, judge_password,
    login_taken,
};
pub use organisation::{banks_below, code_taken, defects_of_place, kinds_below};
pub use partner::{
    DecidePartner, ProposePartner, SYSTEM_KEY_NOTICE, defects_of_contact, defects_of_entry, defects_of_key,
    defects_of_proposal,
};
pub use policy::{DecidePolicy, ProposePolicy, defects_of_policy};
