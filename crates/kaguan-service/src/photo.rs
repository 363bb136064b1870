//! A single photo that an online channel sends: judged by the standard of Appendix 6, then stored.

use crate::outcome::Failure;
use crate::ports::{IdentityPhoto, ReceiptAsk, ReceiptPhoto};
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

    /// The same for applications: the platform is asked for the photo of each receipt too, and it is judged as any other (X6.2). The
    /// bytes of those that are good; a platform that keeps its photos has only said that it knows them.
    pub(crate) async fn photos_judged(
        &self,
        photos: &[(Option<&PhotoRef>, &str, &str)],
    ) -> Result<Vec<(Option<RegisterCheck>, Option<Vec<u8>>)>, Failure> {
        clause!(R10.3);
        let mut checks = self.photo_checks(photos).await?;
        let known = |check: &Option<RegisterCheck>| {
            check
                .as_ref()
                .is_some_and(|c| c.source == Register::PhotoPlatform && c.result == CheckResult::Passed)
        };
        let at: Vec<usize> = (0..photos.len()).filter(|n| known(&checks[*n])).collect();
        let ask = |n: &usize| {
            let (_, receipt, number) = photos[*n];
            ReceiptAsk { receipt: receipt.trim().into(), number: number.trim().into() }
        };
        let asks: Vec<ReceiptAsk> = at.iter().map(ask).collect();
        let mut bytes = vec![None; photos.len()];
        if !asks.is_empty() {
            let said = self.partners().photos.photos(&asks, self.now()).await;
            for (n, photo) in at.into_iter().zip(said) {
                let Some(known) = &mut checks[n] else { continue };
                match photo {
                    ReceiptPhoto::Photo { jpeg, findings } => {
                        let wrong = check(&jpeg, Level::Decode).errors;
                        if wrong.is_empty() {
                            (known.said, bytes[n]) = (brief(findings), Some(jpeg));
                        } else {
                            known.result = CheckResult::Failed;
                            known.said = brief(wrong.into_iter().map(|(_, what)| what).collect());
                        }
                    }
                    ReceiptPhoto::Failed { findings } => {
                        (known.result, known.said) = (CheckResult::Failed, brief(findings));
                    }
                    // It has said that it knows the receipt: the card maker fetches the photo by it.
                    ReceiptPhoto::NotOnRecord | ReceiptPhoto::Unavailable => {}
                }
            }
        }
        Ok(checks.into_iter().zip(bytes).collect())
    }

    /// The photo of one application with a receipt: what is known of it, and the photo itself, stored, when the platform gave a good one.
    pub(crate) async fn photo_of_receipt(
        &self,
        receipt: &str,
        number: &str,
    ) -> Result<(Option<RegisterCheck>, Option<PhotoRef>), Failure> {
        let judged = self.photos_judged(&[(None, receipt, number)]).await?.pop();
        let (check, jpeg) = judged.unwrap_or_default();
        let Some(jpeg) = jpeg else { return Ok((check, None)) };
        let name = self.store().put_photos(&[jpeg]).await?.into_iter().next();
        Ok((check, name.map(PhotoRef)))
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
        names.into_iter().next().map(PhotoRef).ok_or_else(|| Failure::broken("the photo has no name"))
    }
}

/// The words of others are kept short: ten findings of a hundred characters.
fn brief(findings: Vec<String>) -> Vec<String> {
    let short = |text: String| text.trim().chars().take(100).collect::<String>();
    findings.into_iter().map(short).filter(|t| !t.is_empty()).take(10).collect()
}
