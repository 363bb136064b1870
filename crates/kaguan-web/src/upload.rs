//! A form with files, read in one place for every page: `multipart/form-data`, or the plain form of a page without files. At most
//! 48 MiB together; a file that was not chosen is none.

use crate::Console;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::collections::HashMap;

/// A form with all its files is at most so large; the router lets no more through.
pub const LARGEST_FORM: usize = 48 << 20;

/// What a page sent: its fields by name, and its files.
#[derive(Default)]
pub struct Sent {
    fields: HashMap<String, String>,
    files: HashMap<String, Vec<Vec<u8>>>,
}

impl Sent {
    /// A form that nobody sent: what is asked of the domain before a page offers it.
    pub fn of_fields(fields: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        let fields = fields.into_iter().map(|(name, text)| (name.to_owned(), text)).collect();
        Self { fields, files: HashMap::new() }
    }

    /// A form that was kept.
    pub fn of_typed(fields: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { fields: fields.into_iter().collect(), files: HashMap::new() }
    }

    /// Writes a field.
    pub fn put(&mut self, name: &str, text: &str) {
        self.fields.insert(name.to_owned(), text.to_owned());
    }

    /// A field; empty when it did not come.
    pub fn text(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// Whether a box was ticked, or a choice made.
    pub fn has(&self, name: &str) -> bool {
        !self.text(name).trim().is_empty()
    }

    /// Every field with its name.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// Takes a file out; `None` when none was chosen.
    pub fn take_file(&mut self, name: &str) -> Option<Vec<u8>> {
        self.files.remove(name)?.into_iter().next()
    }

    /// Takes all files of a field out that takes several, in their order.
    pub fn take_files(&mut self, name: &str) -> Vec<Vec<u8>> {
        self.files.remove(name).unwrap_or_default()
    }
}

fn broken() -> Response {
    (StatusCode::BAD_REQUEST, "上传中断或超过48MB，请重新提交").into_response()
}

impl FromRequest<Console> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, console: &Console) -> Result<Self, Response> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|k| k.to_str().ok());
        if !kind.is_some_and(|k| k.starts_with("multipart/form-data")) {
            let form = axum::Form::<HashMap<String, String>>::from_request(request, console).await;
            let axum::Form(fields) = form.map_err(IntoResponse::into_response)?;
            return Ok(Self { fields, files: HashMap::new() });
        }
        let mut form =
            Multipart::from_request(request, console).await.map_err(IntoResponse::into_response)?;
        let mut sent = Self::default();
        while let Some(field) = form.next_field().await.map_err(|_| broken())? {
            let Some(name) = field.name().map(str::to_owned) else { continue };
            if field.file_name().is_some() {
                let bytes = field.bytes().await.map_err(|_| broken())?;
                if !bytes.is_empty() {
                    sent.files.entry(name).or_default().push(bytes.to_vec());
                }
            } else {
                sent.fields.insert(name, field.text().await.map_err(|_| broken())?);
            }
        }
        Ok(sent)
    }
}
