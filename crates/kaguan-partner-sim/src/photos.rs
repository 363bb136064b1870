//! 相片检测审核平台: it knows the receipts that it gave.

use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::application::CheckResult;
use kaguan_service::ports::{PhotoPlatform, ReceiptAsk, Reply};
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// The photo platform. In a province for trying things out everybody has a receipt already, `XP` and the document's number;
/// others are given by [`Self::give`].
#[derive(Default)]
pub struct SimPhotos {
    given: Mutex<HashMap<String, String>>,
    down: AtomicBool,
}

impl SimPhotos {
    /// The receipt that everybody has, by the document's number.
    pub fn receipt_of(number: &str) -> String {
        format!("XP{number}")
    }

    /// Gives a receipt to whoever has a document of this number.
    pub fn give(&self, receipt: &str, number: &str) {
        if let Ok(mut given) = self.given.lock() {
            given.insert(receipt.into(), number.into());
        }
    }

    /// Stops or starts answering.
    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    fn one(&self, ask: &ReceiptAsk) -> CheckResult {
        if self.down.load(Ordering::SeqCst) {
            return CheckResult::Unavailable;
        }
        let given = self.given.lock().is_ok_and(|g| g.get(&ask.receipt) == Some(&ask.number));
        match given || ask.receipt == Self::receipt_of(&ask.number) {
            true => CheckResult::Passed,
            false => CheckResult::NotOnRecord,
        }
    }
}

impl PhotoPlatform for SimPhotos {
    fn knows<'a>(&'a self, asks: &'a [ReceiptAsk], _now: Instant) -> Reply<'a, Vec<CheckResult>> {
        Box::pin(async move { asks.iter().map(|a| self.one(a)).collect() })
    }
}
