//! A single photo that an online channel sends: judged by the standard of Appendix 6, then stored.

use crate::outcome::Failure;
use crate::ports::{IdentityPhoto, ReceiptAsk};
use crate::service::Service;
use kaguan_domain::clause;
use kaguan_domain::facts::application::{CheckResult, Register, RegisterCheck};
use kaguan_domain::facts::form::{ApplicationForm, Defect, Field};
use kaguan_domain::facts::person::PhotoRef;
use kaguan_domain::refusal::Refusal;
use kaguan_files::photo::{Level, check};

impl Service {
    /// Whether a photo that an application names was sent before.
    pub async fn has_photo(&self, photo: &PhotoRef) -> Result<bool, Failure> {
        Ok(self.store().has_photo(&photo.0).await?)
    }

    /// What is known of the photo of an application before anybody else is asked: a file was judged when it was stored, and
    /// the photo platform says which receipts it gave (R8.3, R10.3). No check when neither came.
    pub(crate) async fn photo_checks(
        &self,
        photos: &[(Option<&PhotoRef>, &str, &str)],
    ) -> Result<Vec<Option<RegisterCheck>>, Failure> {
        clause!(R10.3);
        let now = self.now();
        let mut out = Vec::with_capacity(photos.len());
        let mut asks = Vec::new();
        for (photo, receipt, number) in photos {
            let receipt = receipt.trim();
            if let Some(photo) = photo {
                let there = self.has_photo(photo).await?;
                let result = if there { CheckResult::Passed } else { CheckResult::NotOnRecord };
                out.push(Some(RegisterCheck::photo(Register::System, now, result)));
            } else if receipt.is_empty() {
                out.push(None);
            } else {
                asks.push((out.len(), ReceiptAsk { receipt: receipt.into(), number: number.trim().into() }));
                out.push(None);
            }
        }
        let (at, asks): (Vec<usize>, Vec<ReceiptAsk>) = asks.into_iter().unzip();
        if !asks.is_empty() {
            let said = self.partners().photos.knows(&asks, now).await;
            for (at, result) in at.into_iter().zip(said) {
                out[at] = Some(RegisterCheck::photo(Register::PhotoPlatform, now, result));
            }
        }
        Ok(out)
    }

    /// 二代身份证相片, taken in when the register gives one by the standard; and what came of it.
    pub(crate) async fn identity_photo(
        &self,
        form: &ApplicationForm,
    ) -> Result<(Option<PhotoRef>, RegisterCheck), Failure> {
        clause!(R10.3);
        let now = self.now();
        let checked = |result| RegisterCheck::photo(Register::PublicSecurity, now, result);
        Ok(match self.partners().registers.photo(form, now).await {
            IdentityPhoto::Unavailable => (None, checked(CheckResult::Unavailable)),
            IdentityPhoto::NotOnRecord => (None, checked(CheckResult::NotOnRecord)),
            IdentityPhoto::Photo(jpeg) => match self.take_photo(jpeg).await {
                Ok(photo) => (Some(photo), checked(CheckResult::Passed)),
                Err(Failure::Refused(_)) => (None, checked(CheckResult::Failed)),
                Err(e) => return Err(e),
            },
        })
    }

    /// Takes a photo in; refuses one that breaks the standard, with everything that is wrong.
    pub async fn take_photo(&self, bytes: Vec<u8>) -> Result<PhotoRef, Failure> {
        let report = check(&bytes, Level::Decode);
        if !report.errors.is_empty() {
            let defect = |(code, what): &(&'static str, String)| {
                Defect::new(Field::Photo, code, clause!(X6.2), what, "请按相片标准重新拍摄")
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
