//! A single photo that an online channel sends: judged by the standard of Appendix 6, then stored.

use crate::outcome::Failure;
use crate::service::Service;
use kaguan_domain::clause;
use kaguan_domain::facts::form::{Defect, Field};
use kaguan_domain::facts::person::PhotoRef;
use kaguan_domain::refusal::Refusal;
use kaguan_files::photo::{Level, check};

impl Service {
    /// Whether a photo that an application names was sent before.
    pub async fn has_photo(&self, photo: &PhotoRef) -> Result<bool, Failure> {
        let found = self.store().photo(&photo.0).await?;
        Ok(found.is_some())
    }

    /// Takes a photo in; refuses one that breaks the standard, with everything that is wrong.
    pub async fn take_photo(&self, bytes: Vec<u8>) -> Result<PhotoRef, Failure> {
        let report = check(&bytes, Level::Decode);
        if !report.errors.is_empty() {
            let defect = |(code, what): &(&'static str, String)| {
                Defect::new(Field::PhotoReceipt, code, clause!(X6.2), what, "请按相片标准重新拍摄")
            };
            let defects = report.errors.iter().map(defect).collect();
            return Err(Failure::Refused(Box::new(Refusal::defects(defects))));
        }
        let names = self.store().put_photos(&[bytes]).await?;
        names
            .into_iter()
            .next()
            .map(PhotoRef)
            .ok_or_else(|| Failure::Unavailable("the photo has no name".into()))
    }
}
