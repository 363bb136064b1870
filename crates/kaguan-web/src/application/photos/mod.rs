//! A photo before it is sent, and one that was refused: what the check of Appendix 6 finds, and where on the picture.

use crate::Console;
use crate::may;
use crate::menu::Page;
use crate::session::SignedIn;
use crate::upload::Sent;
use crate::wrong;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use kaguan_domain::clause;
use kaguan_domain::permission::Verb;
use kaguan_files::photo::{Finding, MOST_BYTES, findings};
use serde::Serialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/photos",
    screens: &[],
    doors: |d| d.form("/photos/check", check).get("/photos/refused/{id}", refused),
    samples: &[],
};

/// What the script of a page is told.
#[derive(Serialize)]
struct Judged {
    /// Whether it would be taken.
    passes: bool,
    findings: Vec<Finding>,
    /// Why nothing was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

/// Looks at a picture; finding faces takes a while, and is done beside.
async fn look_at(bytes: Vec<u8>) -> Vec<Finding> {
    let found = tokio::task::spawn_blocking(move || findings(&bytes)).await;
    found.unwrap_or_else(|why| {
        tracing::error!(%why, "a photo could not be looked at");
        let text = "相片检查出错，请换一张相片重试".to_owned();
        vec![Finding { code: "photo_unchecked", text, remedy: "", refuses: true, marks: Vec::new() }]
    })
}

/// The check before a form is sent: nothing is kept of the picture.
async fn check(State(console): State<Console>, me: SignedIn, mut sent: Sent) -> Response {
    clause!(X6.2);
    let not = |status: StatusCode, why: String| {
        (status, Json(Judged { passes: false, findings: Vec::new(), why: Some(why) })).into_response()
    };
    if let Err(why) = may::at_all(&console, &me, Verb::Apply) {
        return not(StatusCode::FORBIDDEN, why.sentence());
    }
    let Some(bytes) = sent.take_file("photo") else {
        return not(StatusCode::UNPROCESSABLE_ENTITY, "没有收到相片".into());
    };
    let findings = look_at(bytes).await;
    Json(Judged { passes: findings.iter().all(|f| !f.refuses), findings, why: None }).into_response()
}

/// A photo that was refused, as the page shows it.
pub struct RefusedPhoto {
    /// Where the picture is, for this session; `None` when it is too large to be shown, or no JPEG.
    pub address: Option<String>,
    pub findings: Vec<Finding>,
}

fn kept_as(id: i64) -> String {
    format!("refused photo {id}")
}

impl RefusedPhoto {
    /// Of a photo that was refused. The picture is kept sealed with the session, and goes with it.
    pub async fn of(console: &Console, me: &SignedIn, bytes: Vec<u8>) -> Self {
        let shows = bytes.len() <= MOST_BYTES && bytes.starts_with(b"\xFF\xD8");
        let mut address = None;
        if shows {
            let id = console.service.fresh();
            match console.service.keep_answer(&me.session, &kept_as(id), bytes.clone()).await {
                Ok(()) => address = Some(format!("/photos/refused/{id}")),
                Err(why) => tracing::warn!(%why, "a refused photo could not be kept"),
            }
        }
        Self { address, findings: look_at(bytes).await }
    }

    /// Whether something is drawn on it.
    pub fn is_marked(&self) -> bool {
        self.findings.iter().any(|f| !f.marks.is_empty())
    }
}

/// The picture, for the session whose form was refused.
async fn refused(State(console): State<Console>, me: SignedIn, Path(id): Path<i64>) -> Response {
    match console.service.first_answer(&me.session, &kept_as(id)).await {
        Ok(Some(jpeg)) => ([(CONTENT_TYPE, "image/jpeg")], jpeg).into_response(),
        Ok(None) => wrong::page(StatusCode::NOT_FOUND, "没有这张相片，或网址不是本次登录给出的"),
        Err(why) => wrong::page(StatusCode::SERVICE_UNAVAILABLE, &why.to_string()),
    }
}
