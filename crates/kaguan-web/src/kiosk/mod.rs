//! 自助服务设施 (Articles 18, 19 and 36): a clerk opens a machine of the outlet to whoever comes; from then on its browser shows the
//! kiosk's pages and nothing else of the console, and its actor is the machine.

mod hub;
pub mod open;
pub mod serve;

pub use hub::Kiosks;
