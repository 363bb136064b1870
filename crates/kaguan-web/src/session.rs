//! Who is signed in: an opaque token in a cookie, its digest kept here. A restart signs everybody out.

use crate::Console;
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use axum::extract::FromRequestParts;
use axum::http::header::COOKIE;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::facts::institution::{Officer, Organisation, Task};
use kaguan_domain::ids::OfficerId;
use kaguan_domain::permission::{Place, Verb};
use kaguan_store::seal::sm3;
use std::collections::HashMap;
use std::sync::Mutex;

/// Idle this long, a session ends: thirty minutes.
const IDLE_MICROS: i64 = 30 * 60 * 1_000_000;
/// Wrong passwords before a name has to wait, and how long.
const TRIES: u32 = 5;
const WAIT_MICROS: i64 = 15 * 60 * 1_000_000;

/// Sessions and failed sign-ins.
#[derive(Default)]
pub struct Sessions {
    open: Mutex<HashMap<[u8; 32], (OfficerId, Instant)>>,
    failed: Mutex<HashMap<String, (u32, Instant)>>,
}

impl Sessions {
    /// Opens a session; the token for the cookie.
    pub fn open(&self, officer: OfficerId, now: Instant) -> Option<String> {
        let mut token = [0; 32];
        getrandom::fill(&mut token).ok()?;
        let token = hex::encode(token);
        let mut open = self.open.lock().ok()?;
        open.retain(|_, (_, last)| now.0 - last.0 < IDLE_MICROS);
        open.insert(sm3(&[token.as_bytes()]), (officer, now));
        Some(token)
    }

    /// Ends a session.
    pub fn close(&self, token: &str) {
        if let Ok(mut open) = self.open.lock() {
            open.remove(&sm3(&[token.as_bytes()]));
        }
    }

    fn officer(&self, token: &str, now: Instant) -> Option<OfficerId> {
        let mut open = self.open.lock().ok()?;
        let digest = sm3(&[token.as_bytes()]);
        let (officer, last) = open.get_mut(&digest)?;
        if now.0 - last.0 >= IDLE_MICROS {
            open.remove(&digest);
            return None;
        }
        *last = now;
        Some(*officer)
    }

    /// Whether a name may try again.
    pub fn may_try(&self, login: &str, now: Instant) -> bool {
        let Ok(mut failed) = self.failed.lock() else { return false };
        failed.retain(|_, (_, at)| now.0 - at.0 < WAIT_MICROS);
        failed.get(login).is_none_or(|(n, _)| *n < TRIES)
    }

    /// Records a wrong password.
    pub fn fail(&self, login: &str, now: Instant) {
        if let Ok(mut failed) = self.failed.lock() {
            let entry = failed.entry(login.to_owned()).or_insert((0, now));
            *entry = (entry.0 + 1, now);
        }
    }
}

/// A PHC string of a password.
pub fn hash_password(password: &str) -> Option<String> {
    Some(Argon2::default().hash_password(password.as_bytes()).ok()?.to_string())
}

/// Whether a password is that of a PHC string.
pub fn is_password(hash: &str, password: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|h| Argon2::default().verify_password(password.as_bytes(), &h).is_ok())
}

/// The cookie's name.
pub const COOKIE_NAME: &str = "kaguan";

/// The token in a request's cookies.
pub fn token(parts: &Parts) -> Option<String> {
    let cookies = parts.headers.get(COOKIE)?.to_str().ok()?;
    cookies.split(';').find_map(|c| c.trim().strip_prefix("kaguan=").map(str::to_owned))
}

/// An officer who is signed in; anybody else is sent to the sign-in page.
pub struct SignedIn {
    pub officer: Officer,
    pub org: Organisation,
    /// Whether batches are confirmed here: in a city's centre, and where a city entrusts it.
    pub confirms: bool,
}

impl SignedIn {
    /// As the executor wants it.
    pub fn actor(&self) -> Actor {
        Actor::Officer(self.officer.id)
    }
}

impl FromRequestParts<Console> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Response> {
        let found = || {
            let id = console.sessions.officer(&token(parts)?, console.service.now())?;
            let institutions = console.service.institutions();
            let officer = institutions.officer(id).filter(|o| o.active)?.clone();
            let org = institutions.org(officer.org)?.clone();
            let here = |city| Place::Entrusted { city, task: Task::ConfirmBatches, bank: org.bank.clone() };
            let place = org.city().map(here);
            let actor = Actor::Officer(id);
            let confirms = place.is_some_and(|p| console.service.may(&actor, Verb::ConfirmBatch, &p).is_ok());
            Some(Self { officer, org, confirms })
        };
        found().ok_or_else(|| Redirect::to("/sign-in").into_response())
    }
}
