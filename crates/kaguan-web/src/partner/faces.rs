//! 人脸核验, asked over HTTP of the registers: whose face a picture shows is 公安's to say. A register that was never told of such a question
//! does not answer it, and no answer is no yes.

use super::asking::{PartnerLine, Way};
use kaguan_api::message::{AskFace, FaceAnswer};
use kaguan_api::text;
use kaguan_domain::facts::face::{FaceCheck, FaceResult};
use kaguan_domain::ids::PartnerKind;
use kaguan_service::Service;
use kaguan_service::ports::{FaceAsk, Faces, Nobody, Reply};
use std::sync::Arc;

/// No provider has a longer number.
const LONGEST: usize = 64;

/// Asks the registers over HTTP, signed.
pub struct HttpFaces {
    line: PartnerLine,
    otherwise: Arc<dyn Faces>,
}

impl HttpFaces {
    /// The registers; while none is registered the other one is asked.
    pub fn new(http: reqwest::Client, otherwise: Arc<dyn Faces>) -> Self {
        Self { line: PartnerLine::new(http), otherwise }
    }

    /// Tells it where partners are registered.
    pub fn attach(&self, service: &Service) {
        self.line.attach(service);
    }
}

/// What an answer means; what is not agreed means nothing.
fn read(provider: &str, said: FaceAnswer) -> FaceCheck {
    let result = match said.result.as_str() {
        "same" => FaceResult::Same,
        "different" => FaceResult::Different,
        _ => return FaceCheck::silent(provider),
    };
    let reference: String = said.reference.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    FaceCheck { result, provider: provider.to_owned(), reference }
}

impl Faces for HttpFaces {
    fn compare<'a>(&'a self, ask: &'a FaceAsk) -> Reply<'a, FaceCheck> {
        Box::pin(async move {
            let reached = match self.line.of_kind(PartnerKind::Registers) {
                Way::Called(reached) => reached,
                Way::Silent => return Nobody.compare(ask).await,
                Way::Otherwise => return self.otherwise.compare(ask).await,
            };
            let provider = reached.partner().to_string();
            let asked = AskFace { live: text::to_base64(&ask.live), chip: text::to_base64(&ask.chip) };
            let body = serde_json::to_vec(&asked).unwrap_or_default();
            let said = reached.ask(("/face-checks", 1), body, |_: &FaceAnswer| true).await;
            said.map_or_else(|| FaceCheck::silent(&provider), |said| read(&provider, said))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn art_24_what_is_not_agreed_is_no_yes() {
        let said = |result: &str| FaceAnswer { result: result.into(), reference: "N1\n".into() };
        for (word, is) in [
            ("same", FaceResult::Same),
            ("different", FaceResult::Different),
            ("not_comparable", FaceResult::NotComparable),
            ("SAME", FaceResult::NotComparable),
            ("", FaceResult::NotComparable),
        ] {
            assert_eq!(read("registers:gd", said(word)).result, is, "{word}");
        }
        assert_eq!(read("registers:gd", said("same")).reference, "N1");
    }
}
