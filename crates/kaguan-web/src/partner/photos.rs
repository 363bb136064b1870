//! The photo platforms (相片检测审核平台), asked over HTTP: each city may have its own, and whose a receipt is only the platforms know.

use super::asking::{PartnerLine, Reached, Way};
use super::courier::result;
use kaguan_api::message::{AskReceipts, PhotoReceipt, ReceiptPhotos, Receipts};
use kaguan_api::text;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::application::CheckResult;
use kaguan_domain::ids::PartnerKind;
use kaguan_service::Service;
use kaguan_service::ports::{Nobody, PhotoPlatform, ReceiptAsk, ReceiptPhoto, Reply};
use std::sync::Arc;

/// The most photos that one question asks for.
const AT_ONCE: usize = 50;

/// Asks the photo platforms over HTTP, signed; while none is registered, at the address of the registers.
pub struct HttpPhotos {
    line: PartnerLine,
    otherwise: Arc<dyn PhotoPlatform>,
}

impl HttpPhotos {
    /// The platforms; without an address the other one is asked.
    pub fn new(http: reqwest::Client, otherwise: Arc<dyn PhotoPlatform>) -> Self {
        Self { line: PartnerLine::new(http), otherwise }
    }

    /// Tells it where partners are registered.
    pub fn attach(&self, service: &Service) {
        self.line.attach(service);
    }

    /// Whom a question goes to, each in its turn.
    fn platforms(&self) -> Asked {
        if let Some(all) = self.line.all_of_kind(PartnerKind::Photos) {
            return if all.is_empty() { Asked::Silent } else { Asked::Called(all) };
        }
        match self.line.of_kind(PartnerKind::Registers) {
            Way::Called(reached) => Asked::Called(vec![*reached]),
            Way::Silent => Asked::Silent,
            Way::Otherwise => Asked::Otherwise,
        }
    }
}

enum Asked {
    Called(Vec<Reached>),
    Silent,
    Otherwise,
}

fn question(asks: &[&ReceiptAsk]) -> Vec<u8> {
    let one = |a: &&ReceiptAsk| PhotoReceipt { receipt: a.receipt.clone(), number: a.number.clone() };
    serde_json::to_vec(&AskReceipts { receipts: asks.iter().map(one).collect() }).unwrap_or_default()
}

/// What several platforms say of one receipt: whoever knows it decides; "not on record" only when all of them have answered.
fn together(known: CheckResult, said: CheckResult) -> CheckResult {
    match (known, said) {
        (CheckResult::Passed, _) | (_, CheckResult::Passed) => CheckResult::Passed,
        (CheckResult::Failed, _) | (_, CheckResult::Failed) => CheckResult::Failed,
        (CheckResult::Unavailable, _) | (_, CheckResult::Unavailable) => CheckResult::Unavailable,
        (CheckResult::NotOnRecord, CheckResult::NotOnRecord) => CheckResult::NotOnRecord,
    }
}

/// A photo as the platform sent it; anything else than what is agreed is no answer.
fn photo(said: kaguan_api::message::ReceiptPhoto) -> ReceiptPhoto {
    let kaguan_api::message::ReceiptPhoto { result: word, photo, findings } = said;
    match (result(&word), photo.as_deref().and_then(text::from_base64)) {
        (CheckResult::Passed, Some(jpeg)) => ReceiptPhoto::Photo { jpeg, findings },
        (CheckResult::Failed, _) => ReceiptPhoto::Failed { findings },
        (CheckResult::NotOnRecord, _) => ReceiptPhoto::NotOnRecord,
        (CheckResult::Passed, None) | (CheckResult::Unavailable, _) => ReceiptPhoto::Unavailable,
    }
}

impl PhotoPlatform for HttpPhotos {
    fn knows<'a>(&'a self, asks: &'a [ReceiptAsk], now: Instant) -> Reply<'a, Vec<CheckResult>> {
        Box::pin(async move {
            let platforms = match self.platforms() {
                Asked::Called(platforms) => platforms,
                Asked::Silent => return Nobody.knows(asks, now).await,
                Asked::Otherwise => return self.otherwise.knows(asks, now).await,
            };
            let mut results = vec![CheckResult::NotOnRecord; asks.len()];
            for platform in platforms {
                let open: Vec<usize> =
                    (0..asks.len()).filter(|n| results[*n] != CheckResult::Passed).collect();
                if open.is_empty() {
                    break;
                }
                let body = question(&open.iter().map(|n| &asks[*n]).collect::<Vec<_>>());
                let fits = |r: &Receipts| r.receipts.len() == open.len();
                let found = platform.ask(("/photo-receipts", open.len()), body, fits).await;
                for (place, n) in open.into_iter().enumerate() {
                    let said = found.as_ref().map(|r| result(&r.receipts[place]));
                    results[n] = together(results[n], said.unwrap_or(CheckResult::Unavailable));
                }
            }
            results
        })
    }

    fn photos<'a>(&'a self, asks: &'a [ReceiptAsk], now: Instant) -> Reply<'a, Vec<ReceiptPhoto>> {
        Box::pin(async move {
            let platforms = match self.platforms() {
                Asked::Called(platforms) => platforms,
                Asked::Silent => return Nobody.photos(asks, now).await,
                Asked::Otherwise => return self.otherwise.photos(asks, now).await,
            };
            let mut photos = vec![ReceiptPhoto::NotOnRecord; asks.len()];
            for platform in platforms {
                let has =
                    |p: &ReceiptPhoto| matches!(p, ReceiptPhoto::Photo { .. } | ReceiptPhoto::Failed { .. });
                let open: Vec<usize> = (0..asks.len()).filter(|n| !has(&photos[*n])).collect();
                for part in open.chunks(AT_ONCE) {
                    let body = question(&part.iter().map(|n| &asks[*n]).collect::<Vec<_>>());
                    let fits = |r: &ReceiptPhotos| r.photos.len() == part.len();
                    let found = platform.ask(("/receipt-photos", part.len()), body, fits).await;
                    let said = found.map(|r| r.photos.into_iter().map(photo).collect::<Vec<_>>());
                    let said = said.unwrap_or_else(|| vec![ReceiptPhoto::Unavailable; part.len()]);
                    for (n, said) in part.iter().zip(said) {
                        // A later platform's "not mine" does not make up for the silence of an earlier one.
                        let silent = photos[*n] == ReceiptPhoto::Unavailable;
                        if has(&said) || !silent {
                            photos[*n] = said;
                        }
                    }
                }
            }
            photos
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn art_10_a_silent_platform_is_never_one_that_has_no_such_receipt() {
        use CheckResult::{Failed, NotOnRecord, Passed, Unavailable};
        assert_eq!(together(NotOnRecord, NotOnRecord), NotOnRecord);
        assert_eq!(together(NotOnRecord, Unavailable), Unavailable);
        assert_eq!(together(Unavailable, NotOnRecord), Unavailable);
        assert_eq!(together(Unavailable, Passed), Passed);
        assert_eq!(together(Failed, Unavailable), Failed);
        let bare = |word: &str| kaguan_api::message::ReceiptPhoto {
            result: word.into(),
            ..kaguan_api::message::ReceiptPhoto::default()
        };
        for (word, is) in [
            ("passed", ReceiptPhoto::Unavailable),
            ("not_on_record", ReceiptPhoto::NotOnRecord),
            ("unheard_of", ReceiptPhoto::Unavailable),
            ("failed", ReceiptPhoto::Failed { findings: Vec::new() }),
        ] {
            assert!(photo(bare(word)) == is, "{word}");
        }
    }
}
