//! 业务受理回执 of what was done on a card: printed from its line in the journal, whose number alone stands in the address.

use crate::Console;
use crate::menu::Page;
use crate::records::papers::{self, Printer, Way};
use crate::session::SignedIn;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kaguan_domain::refusal::Reason;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/receipts",
    screens: &[],
    doors: |d| d.get("/receipts/business/{line}", business),
    samples: &[],
};

/// Where the receipt of a line is printed.
pub fn address(line: i64) -> String {
    format!("/receipts/business/{line}")
}

/// The receipt of Appendix 2, in the clear; each printing is a look that the journal keeps.
pub async fn business(
    State(console): State<Console>,
    me: SignedIn,
    printer: Printer,
    Path(line): Path<i64>,
) -> Response {
    match papers::business(&console, &me, printer, line, Way::Page).await {
        Ok(page) => page,
        Err(failure) => {
            let status = match failure.refusal().map(|r| r.reason) {
                Some(Reason::NotFound) => StatusCode::NOT_FOUND,
                Some(_) => StatusCode::FORBIDDEN,
                None => StatusCode::SERVICE_UNAVAILABLE,
            };
            (status, failure.to_string()).into_response()
        }
    }
}
