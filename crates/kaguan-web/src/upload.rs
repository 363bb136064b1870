//! A form with files, read in one place for every page: `multipart/form-data`, or the plain form of a page without files. It is bounded
//! as it comes: how many fields and files, how long a field, how much all forms hold together. A file that was not chosen is none.

use crate::limits::count;
use crate::refill::FilledIn;
use crate::spool::Share;
use crate::{Console, wrong};
use axum::body::Bytes;
use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::collections::HashMap;

/// What a page sent: its fields by name, and its files.
#[derive(Default)]
pub struct Sent {
    fields: HashMap<String, String>,
    files: HashMap<String, Vec<Vec<u8>>>,
    /// What it holds of the memory of all forms.
    _share: Option<Share>,
}

impl Sent {
    /// A form that nobody sent: what is asked of the domain before a page offers it.
    pub fn of_fields(fields: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        let fields = fields.into_iter().map(|(name, text)| (name.to_owned(), text)).collect();
        Self { fields, ..Self::default() }
    }

    /// A form that was kept.
    pub fn of_typed(fields: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { fields: fields.into_iter().collect(), ..Self::default() }
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

    /// Whether a file was chosen.
    pub fn has_file(&self, name: &str) -> bool {
        self.files.contains_key(name)
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
    wrong::page(StatusCode::BAD_REQUEST, "上传中断、过慢或超过上限，没有收下。请重新提交")
}

fn too_large() -> Response {
    wrong::page(StatusCode::PAYLOAD_TOO_LARGE, "表单的栏、文件过多或一栏过长，没有收下。请减少后重新提交")
}

fn busy() -> Response {
    wrong::page(StatusCode::SERVICE_UNAVAILABLE, "此刻上传的人过多，没有收下。请稍候几秒重新提交")
}

/// A field's bytes, at most so many of them, out of what all forms share.
async fn read(field: &mut Field<'_>, most: usize, share: &mut Share) -> Result<Vec<u8>, Response> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(|_| broken())? {
        if bytes.len() + piece.len() > most {
            return Err(too_large());
        }
        if !share.take(piece.len()) {
            return Err(busy());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// A field that is text, at most so long.
pub async fn short(field: &mut Field<'_>, most: usize) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        match field.chunk().await {
            Ok(Some(piece)) if bytes.len() + piece.len() <= most => bytes.extend_from_slice(&piece),
            Ok(None) => return String::from_utf8(bytes).ok(),
            // Too long, or broken off: it is refused as it is.
            Ok(Some(_)) | Err(_) => return None,
        }
    }
}

impl FromRequest<Console> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, console: &Console) -> Result<Self, Response> {
        let limits = &console.bounds.limits;
        let (most_fields, longest) = (count(limits.form_fields), count(limits.field_bytes));
        let mut share = console.bounds.forms.share();
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|k| k.to_str().ok());
        if !kind.is_some_and(|k| k.starts_with("multipart/form-data")) {
            let axum::extract::RawForm(form) = axum::extract::RawForm::from_request(request, console)
                .await
                .map_err(IntoResponse::into_response)?;
            return plain(&form, most_fields).ok_or_else(too_large);
        }
        let filled = request.extensions().get::<FilledIn>().cloned().unwrap_or_default();
        let mut form =
            Multipart::from_request(request, console).await.map_err(IntoResponse::into_response)?;
        let mut sent = Self::default();
        let (mut fields, mut files) = (0, 0);
        while let Some(mut field) = form.next_field().await.map_err(|_| broken())? {
            fields += 1;
            if fields > most_fields {
                return Err(too_large());
            }
            let Some(name) = field.name().map(str::to_owned) else { continue };
            if field.file_name().is_some() {
                let bytes = read(&mut field, usize::MAX, &mut share).await?;
                if !bytes.is_empty() {
                    files += 1;
                    if files > limits.form_files {
                        return Err(too_large());
                    }
                    filled.take_file(&name, &bytes);
                    sent.files.entry(name).or_default().push(bytes);
                }
            } else {
                let text = read(&mut field, longest, &mut share).await?;
                let text = String::from_utf8(text).map_err(|_| broken())?;
                filled.take([(name.clone(), text.clone())]);
                sent.fields.insert(name, text);
            }
        }
        sent._share = Some(share);
        Ok(sent)
    }
}

/// A form without files; `None` when it has too many fields.
fn plain(form: &Bytes, most: usize) -> Option<Sent> {
    if form.iter().filter(|b| **b == b'&').count() >= most {
        return None;
    }
    let fields = form_urlencoded::parse(form).map(|(name, text)| (name.into_owned(), text.into_owned()));
    let fields = fields.collect();
    Some(Sent { fields, ..Sent::default() })
}
