//! What a partner reads: JSON, lines of JSON, or a problem.

use super::clauses;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kaguan_api::bank::{Done, Verdict};
use kaguan_api::problem::{Defect, MEDIA_TYPE, Problem, protocol};
use kaguan_domain::facts::claim::ClaimKind;
use kaguan_domain::facts::failure::titles;
use kaguan_domain::ids::NumberError;
use kaguan_domain::refusal::{Reason, Refusal, Retry};
use kaguan_service::{Failure, Receipt, Seen};
use kaguan_store::StoreError;
use serde::Serialize;
use utoipa::ToSchema;

/// A problem on its way out.
#[derive(Debug)]
pub struct Said(pub Box<Problem>);

impl Said {
    /// A protocol error by its code.
    pub fn protocol(code: &str) -> Self {
        protocol(code).into()
    }

    /// The same, and what exactly.
    pub fn because(code: &str, why: impl std::fmt::Display) -> Self {
        let mut problem = protocol(code);
        problem.detail = format!("{why}。{}", problem.detail);
        problem.into()
    }
}

/// A number that is not one.
pub fn wrong(e: NumberError) -> Refusal {
    Refusal::about(Reason::MaterialDefective, e.to_string())
}

/// 制卡日期 as a vendor writes it in JSON.
pub fn made_on(text: &str) -> Result<jiff::civil::Date, Refusal> {
    text.parse().map_err(|_| Refusal::about(Reason::MaterialDefective, "制卡日期应为YYYY-MM-DD"))
}

impl From<Problem> for Said {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem))
    }
}

impl IntoResponse for Said {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut reply = (status, axum::Json(*self.0)).into_response();
        reply.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        reply
    }
}

/// For each kind of refusal, who has to do something.
fn status_of(reason: Reason) -> u16 {
    match reason {
        Reason::NotFound => 404,
        Reason::NotPermitted | Reason::OutOfScope | Reason::NotYourData | Reason::OfficerInactive => 403,
        Reason::MaterialDefective | Reason::ConsentMissing | Reason::LossIdentityMismatch => 422,
        Reason::RegisterUnavailable => 503,
        _ => 409,
    }
}

impl From<Refusal> for Said {
    fn from(refusal: Refusal) -> Self {
        let (refusal, sentence, clause) = clauses::told(refusal);
        let r = refusal.reason;
        let mut p = Problem::new(status_of(r), r.code(), r.says(), sentence, r.retry() == Retry::Later);
        p.clause = clause;
        let defect = |d: &kaguan_domain::facts::form::Defect| Defect {
            field: d.field.title().to_owned(),
            code: d.code.to_owned(),
            message: d.message.clone(),
        };
        p.defects = refusal.defects.iter().map(defect).collect();
        // What is wrong with material is always a defect, however few there are.
        if r == Reason::MaterialDefective && p.defects.is_empty() {
            let field = refusal.about.clone().unwrap_or_default();
            let (code, message) = (r.code().to_owned(), p.detail.clone());
            p.defects.push(Defect { field, code, message });
        }
        // A number that somebody else has is named by its field.
        let taken = ClaimKind::ALL.iter().find(|k| refusal.about.as_deref() == Some(k.name()));
        if let Some(kind) = taken.filter(|_| r == Reason::NumberTaken) {
            let (field, code, message) = (field_of(*kind).to_owned(), r.code().to_owned(), p.detail.clone());
            p.defects.push(Defect { field, code, message });
        }
        p.into()
    }
}

/// What a number is called in a partner's rows.
fn field_of(kind: ClaimKind) -> &'static str {
    match kind {
        ClaimKind::BankCardNumber => "bank_card_no",
        ClaimKind::Account => "account_no",
        ClaimKind::Chip => "chip",
        ClaimKind::CardNumber => "card_no",
        ClaimKind::FormNumber | ClaimKind::UnitForm => "form_no",
        ClaimKind::SocialSecurityNumber => "number",
        ClaimKind::Document => "document_number",
        ClaimKind::FeeReceipt => "receipt",
        ClaimKind::ECard => "e_card_no",
    }
}

impl From<Reason> for Said {
    fn from(reason: Reason) -> Self {
        Refusal::from(reason).into()
    }
}

impl From<Failure> for Said {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(r) => (*r).into(),
            Failure::Unavailable(why) => {
                tracing::error!(%why, "a partner's request cannot be done");
                Self::protocol("unavailable")
            }
            Failure::Unknown => Self::protocol("unknown_outcome"),
        }
    }
}

impl From<StoreError> for Said {
    fn from(e: StoreError) -> Self {
        Failure::broken(e).into()
    }
}

/// JSON, with its status 200.
pub fn json<T: Serialize>(value: T) -> Result<Response, Said> {
    Ok(axum::Json(value).into_response())
}

/// Lines of JSON.
pub fn lines<T: Serialize>(rows: impl IntoIterator<Item = T>) -> Result<Response, Said> {
    let mut out = Vec::new();
    for row in rows {
        serde_json::to_writer(&mut out, &row).map_err(|_| Said::protocol("unavailable"))?;
        out.push(b'\n');
    }
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], out).into_response())
}

/// An image as it is stored.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct Bytes(pub Seen<Vec<u8>>);

impl Bytes {
    /// The reply, said to be of a kind.
    pub fn typed(self, media_type: &'static str) -> Response {
        ([(header::CONTENT_TYPE, media_type)], self.0.into_shown()).into_response()
    }
}

/// What was done, with the number that it has on its card.
pub fn done(receipt: &Receipt) -> Result<Response, Said> {
    json(Done { entry: receipt.entry, repeated: receipt.replayed, seq: receipt.seq })
}

/// The verdict on one row of a bulk call; an outcome that is not known ends the whole call.
pub fn verdict(line: usize, row: String, outcome: Result<Receipt, Failure>) -> Result<Verdict, Said> {
    match outcome {
        Ok(receipt) if receipt.changed.is_empty() => {
            Ok(Verdict { line, row, code: "done".into(), detail: String::new(), defects: Vec::new() })
        }
        // The row is recorded as failed; the partner is told by the public code, and which fields it changed.
        Ok(receipt) => {
            let refusal = Refusal::about(Reason::PartnerChangedField, titles(&receipt.changed));
            Ok(refused(line, row, refusal))
        }
        // Under the row's own key something else was done before: that is the row's answer, whatever key this call has.
        Err(Failure::Refused(r)) if r.reason == Reason::RequestKeyReused => {
            Ok(refused(line, row, Reason::RowAnswered.into()))
        }
        Err(Failure::Refused(r)) => Ok(refused(line, row, *r)),
        Err(e) => Err(e.into()),
    }
}

fn refused(line: usize, row: String, refusal: Refusal) -> Verdict {
    let Problem { code, detail, defects, .. } = *Said::from(refusal).0;
    Verdict { line, row, code, detail, defects }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_handbook_says_the_status_of_every_refusal() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/partners/README.zh-CN.md");
        let page = std::fs::read_to_string(path).unwrap();
        let (_, said) = page.split_once("能否重试和办理途径。").unwrap();
        let (said, _) = said.split_once("其余为409").unwrap();
        let mut named = std::collections::BTreeMap::new();
        let mut codes: Vec<&str> = Vec::new();
        for (n, part) in said.split('`').enumerate() {
            match (n % 2, part.split_once('为')) {
                (1, _) => codes.push(part),
                (_, Some((_, status))) => {
                    let status: u16 = status[..3].parse().unwrap();
                    named.extend(codes.drain(..).map(|code| (code, status)));
                }
                (_, None) => {}
            }
        }
        named.remove("defects");
        for reason in Reason::ALL {
            let status = named.remove(reason.code()).unwrap_or(409);
            assert_eq!(status_of(*reason), status, "{}", reason.code());
        }
        assert!(named.is_empty(), "no refusal: {named:?}");
    }
}
