//! 日志末端: the signed heads of the journal, a line each, for witnesses and whoever else watches that the journal only grows.
//! They name nobody, and nobody need be signed in (decision 0016).

use crate::Console;
use crate::menu::Page;
use crate::wrong;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Its place in the table of pages.
pub const PAGE: Page =
    Page { path: "/journal-heads", screens: &[], doors: |d| d.get("/journal-heads", heads), samples: &[] };

/// After which block.
#[derive(serde::Deserialize)]
struct After {
    /// Its number; from the first block when it is missing.
    #[serde(default)]
    after: i64,
}

/// The heads, at most a thousand; none is the end.
async fn heads(State(console): State<Console>, Query(After { after }): Query<After>) -> Response {
    match console.service.journal_heads(after).await {
        Ok(heads) => {
            let text: String = heads.iter().map(|head| format!("{head}\n")).collect();
            ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
        }
        Err(why) => wrong::page(StatusCode::SERVICE_UNAVAILABLE, &why.to_string()),
    }
}
