//! 相片检测审核平台: it knows the receipts that it gave.

use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::application::CheckResult;
use kaguan_service::ports::{PhotoPlatform, ReceiptAsk, ReceiptPhoto, Reply};
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// The photo platform. In a province for trying things out everybody has a receipt already, `XP` and the document's number;
/// others are given by [`Self::give`].
#[derive(Default)]
pub struct SimPhotos {
    given: Mutex<HashMap<String, String>>,
    /// What it gives out, by the receipt; of the others it keeps the photos for the card makers.
    photos: Mutex<HashMap<String, ReceiptPhoto>>,
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

    /// Gives the photo of a receipt out to whoever names it with its person's document.
    pub fn give_out(&self, receipt: &str, photo: ReceiptPhoto) {
        if let Ok(mut photos) = self.photos.lock() {
            photos.insert(receipt.into(), photo);
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

    fn photos<'a>(&'a self, asks: &'a [ReceiptAsk], _now: Instant) -> Reply<'a, Vec<ReceiptPhoto>> {
        let one = |ask: &ReceiptAsk| match self.one(ask) {
            CheckResult::Passed => {
                let photo = self.photos.lock().ok().and_then(|p| p.get(&ask.receipt).cloned());
                photo.unwrap_or(ReceiptPhoto::Unavailable)
            }
            CheckResult::NotOnRecord => ReceiptPhoto::NotOnRecord,
            CheckResult::Failed | CheckResult::Unavailable => ReceiptPhoto::Unavailable,
        };
        let photos = asks.iter().map(one).collect();
        Box::pin(async move { photos })
    }
}
