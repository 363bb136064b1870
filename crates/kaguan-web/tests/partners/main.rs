//! Partners' own programs at the doors, over HTTP.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod blanks;
mod built_in;
mod caller;
mod console;
mod corrections;
mod crashes;
mod exchange;
#[path = "../../src/kiosk/test.rs"]
mod kiosk;
mod linkage;
#[path = "../../src/premade/making/test.rs"]
mod making;
#[path = "../../src/premade/test.rs"]
mod premade;
#[path = "../../src/premade/orders/test.rs"]
mod premade_orders;
#[path = "../press.rs"]
mod press;
mod rare_face;
mod secrets;
mod stock;
