//! 个人业务申请表 (Appendix 1) for a business about a card, with its type ticked, and the blank one: Articles 19 to 21 and 33 have the clerk
//! take it in, signed. Whoever signs it fills it in: nothing personal is printed.

use super::items::Items;
use super::printing::{PdfAt, Printer};
use super::{About, Way, form, one, shown};
use crate::Console;
use crate::application::apply::refused_print;
use crate::may::at_all;
use crate::session::SignedIn;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kaguan_domain::application::printed::{AT_COUNTER, blank_form_items};
use kaguan_domain::clause;
use kaguan_domain::permission::Verb;
use kaguan_service::Failure;

/// The form without any box ticked, under its address.
const BLANK: &str = "blank";

/// The form, with the box of a business ticked or none.
pub async fn counter(
    State(console): State<Console>,
    me: SignedIn,
    printer: Printer,
    way: Way,
    Path(kind): Path<String>,
) -> Response {
    clause!(X1.1);
    if let Err(why) = at_all(&console, &me, Verb::PrintReceipt) {
        return refused_print(&Failure::from(why));
    }
    let of = AT_COUNTER.iter().find(|(known, ..)| *known == kind);
    let (back, chosen) = match of {
        Some((_, page, chosen)) => ((*page, "返回办理"), vec![*chosen]),
        None if kind == BLANK => (("/", "返回今日工作"), Vec::new()),
        None => return StatusCode::NOT_FOUND.into_response(),
    };
    let about = About {
        title: form::TITLE,
        pdf: PdfAt::below(format!("/forms/{kind}")),
        hint: "请打印：由申请人（代办人）填写并签名，业务经办人签名后归档。",
        back: (back.0.into(), back.1),
        file: "form",
        photo: None,
    };
    let sheet = form::sheet(&Items(blank_form_items(&chosen)), None);
    shown(&me, printer, one(form::TITLE, sheet), about, way).await
}
