//! The agent on a clerk's desk. It dials out to the system, takes signed jobs and carries them out on the machine that issues cards; the
//! browser speaks to the system alone. Neither a PIN nor a private key leaves the desk.

pub mod agent;
pub mod device;
pub mod errors;
pub mod hands;
pub mod kept;
pub mod keys;
pub mod library;
mod own;
mod part10;
pub mod pcsc;
pub mod run;
pub mod scanner;
pub mod vpcd;
pub mod window;
