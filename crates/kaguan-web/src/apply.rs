//! 个人申请-新增申请: one page from the keyboard to the printed receipt. Everything missing is told at once, beside its
//! field and in a list on top.

use crate::Console;
use crate::pages::{ApplyPage, FieldView, Frame, ReceiptPage};
use crate::session::SignedIn;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kaguan_domain::application::FilledIn;
use kaguan_domain::application::printed::form_items;
use kaguan_domain::codes;
use kaguan_domain::ctx::Channel;
use kaguan_domain::facts::application::{Agent, Consent};
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::form::{Defect, Field, FormDraft};
use kaguan_domain::ids::HolderId;
use kaguan_domain::records::PrintReceipt;
use kaguan_domain::refusal::Reason;
use kaguan_service::{Failure, Looked, Seen};
use kaguan_store::Subject;
use serde::Deserialize;

/// Which text of Appendix 1 was signed.
const CONSENT_TEXT: &str = "2022";

/// What the page sends.
#[derive(Deserialize)]
pub struct Filled {
    /// Made with the empty form: a form sent twice is one application.
    key: String,
    #[serde(default)]
    consent: Option<String>,
    #[serde(flatten)]
    draft: FormDraft,
}

/// The columns that a person fills in at the counter.
fn columns() -> impl Iterator<Item = Field> {
    Field::TITLE_ROW.into_iter().filter(|f| {
        !matches!(f, Field::SerialNumber | Field::CollectionPoint | Field::EmployerNo | Field::EmployerName)
    })
}

/// What can be chosen in a column; empty where one writes.
fn choices(me: &SignedIn, console: &Console, field: Field) -> Vec<(String, String)> {
    let table = |look: fn(&str) -> Option<&'static str>, digits: usize| {
        let code = |n: usize| format!("{n:0digits$}");
        (0..100).map(code).filter_map(|c| look(&c).map(|name| (c, name.to_owned()))).collect()
    };
    match field {
        Field::CardKind => table(codes::card_kind, 1),
        Field::DocumentKind | Field::GuardianDocumentKind => {
            DocumentKind::ALL.iter().map(|k| (k.code().to_owned(), k.name().to_owned())).collect()
        }
        Field::Sex => table(codes::sex, 1),
        Field::Ethnicity => table(codes::ethnicity, 2),
        Field::PersonStatus => table(codes::person_status, 1),
        Field::HouseholdKind => table(codes::household_kind, 2),
        Field::Bank => {
            let institutions = console.service.institutions();
            let banks = me.org.city().map(|c| institutions.banks_of(&c)).unwrap_or_default();
            banks.iter().map(|b| (b.as_str().to_owned(), b.name().to_owned())).collect()
        }
        _ => Vec::new(),
    }
}

fn page(console: &Console, me: &SignedIn, draft: &FormDraft, key: String, defects: &[Defect]) -> ApplyPage {
    let fields = columns()
        .map(|field| FieldView {
            name: field.code(),
            title: field.title(),
            // Article 10 wants the postal address of a personal application besides Appendix 6's columns.
            required: field.required() || field == Field::PostalAddress,
            value: draft.get(field).to_owned(),
            choices: choices(me, console, field),
            wrong: defects.iter().filter(|d| d.field == field).map(|d| d.message.clone()).collect(),
        })
        .collect();
    ApplyPage { frame: Frame::of(me, "个人申请-新增申请"), key, fields }
}

/// The empty form.
pub async fn empty(State(console): State<Console>, me: SignedIn) -> ApplyPage {
    let draft = FormDraft { card_kind: "1".into(), nationality: "CHN".into(), ..FormDraft::default() };
    let key = format!("counter-{}", console.service.fresh());
    page(&console, &me, &draft, key, &[])
}

/// Takes the form in: on to the receipt, or the form again with what is wrong.
pub async fn apply(State(console): State<Console>, me: SignedIn, Form(filled): Form<Filled>) -> Response {
    let agent = Agent::guardian_of(&filled.draft);
    let apply = FilledIn {
        draft: Box::new(filled.draft.clone()),
        photo: None,
        outlet: me.org.id,
        collect_at: me.org.id,
        consent: filled
            .consent
            .map(|_| Consent { text_version: CONSENT_TEXT.into(), by_guardian: agent.is_some() }),
        agent,
    };
    match console.service.apply(me.actor(), Channel::Console, &filled.key, apply).await {
        Ok(receipt) => match receipt.subject {
            // The receipt has an address of its own, so that looking again does not send the form again.
            Subject::Holder(id) => {
                Redirect::to(&format!("/receipts/{id}/{}", filled.draft.form_no.trim())).into_response()
            }
            _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        },
        Err(failure) => {
            let defects = failure.refusal().map(|r| r.defects.clone()).unwrap_or_default();
            let status = match &failure {
                Failure::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
                _ => StatusCode::SERVICE_UNAVAILABLE,
            };
            let mut page = page(&console, &me, &filled.draft, filled.key, &defects);
            page.frame = page.frame.wrong(failure.to_string());
            (status, page).into_response()
        }
    }
}

/// The receipt of Appendix 2, to be printed and signed: it is the person's own copy, so nothing is masked, and each printing
/// is a look that the domain allows and the journal keeps.
pub async fn receipt(
    State(console): State<Console>,
    me: SignedIn,
    Path((id, form_no)): Path<(i64, String)>,
) -> Response {
    let ctx = console.service.ctx(me.actor(), Channel::Console, None);
    let print = PrintReceipt { form_no };
    let seen = match console.service.receipt(ctx, HolderId(id), print.clone()).await {
        Ok(seen) => seen,
        Err(failure) => {
            let status = match failure.refusal().map(|r| r.reason) {
                Some(Reason::NotFound) => return StatusCode::NOT_FOUND.into_response(),
                Some(_) => StatusCode::FORBIDDEN,
                None => StatusCode::SERVICE_UNAVAILABLE,
            };
            return (status, failure.to_string()).into_response();
        }
    };
    let Some(page) = receipt_of(&me, &seen, &print) else { return StatusCode::NOT_FOUND.into_response() };
    page.into_response()
}

fn receipt_of(me: &SignedIn, seen: &Seen<Looked>, print: &PrintReceipt) -> Option<ReceiptPage> {
    let (details, application) = (&seen.file.person.as_ref()?.details, print.application(&seen.file)?);
    let items = application.receipt(details.ssn.as_str(), details.name.display(), &details.phone);
    let frame = Frame::of(me, "广东省社会保障卡业务受理回执");
    let form = form_items(application, details);
    let e_receipt = application.fee.e_receipt(details.name.display());
    Some(ReceiptPage { frame, items: items.to_vec(), e_receipt, form, outlet: me.org.name.clone() })
}
