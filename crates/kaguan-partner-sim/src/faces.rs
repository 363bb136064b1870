//! 人脸核验服务: it has no eyes, and says of two pictures whether they are the same picture. A person who tries things out has one to hand
//! in that is in the identity card's chip, and any other that is not.

use kaguan_domain::facts::face::{FaceCheck, FaceResult};
use kaguan_service::ports::{FaceAsk, Faces, Reply};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The provider.
#[derive(Default)]
pub struct SimFaces {
    down: AtomicBool,
    asked: AtomicU64,
}

impl SimFaces {
    /// Stops or starts answering.
    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }
}

/// What it says of two pictures.
pub(crate) fn compared(live: &[u8], chip: &[u8]) -> FaceResult {
    let is_picture = |bytes: &[u8]| bytes.starts_with(b"\xFF\xD8\xFF");
    match (is_picture(live) && is_picture(chip), live == chip) {
        (false, _) => FaceResult::NotComparable,
        (true, true) => FaceResult::Same,
        (true, false) => FaceResult::Different,
    }
}

impl Faces for SimFaces {
    fn compare<'a>(&'a self, ask: &'a FaceAsk) -> Reply<'a, FaceCheck> {
        let n = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let check = match self.down.load(Ordering::SeqCst) {
            true => FaceCheck::silent("face:sim"),
            false => FaceCheck {
                result: compared(&ask.live, &ask.chip),
                provider: "face:sim".into(),
                reference: format!("SIM{n:08}"),
            },
        };
        Box::pin(async move { check })
    }
}
