//! The way from a partner to the system: every call that a partner makes goes this way, and has its bad day here.

use super::trouble::{Dice, Trouble};
use super::{KEY_NAME, now_ms};
use kaguan_api::client::{Client, SignedReply};
use kaguan_api::problem::Problem;
use kaguan_api::sign::{Public, Secret};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// Where the system's keys are.
pub(super) const KEYS: &str = "/api/keys/v1";

/// The way to the system.
pub(super) struct SystemLine {
    client: RwLock<Client>,
    /// The same partner by a key that is nobody's.
    stranger: Client,
    dice: Arc<Dice>,
    /// Whether a call was lost since the last round.
    lost: AtomicBool,
}

impl SystemLine {
    pub(super) fn new(system: &str, me: &str, secret: Secret, dice: Arc<Dice>) -> Self {
        let client = |secret| Client::believing(system, me, KEY_NAME, secret);
        let (mine, stranger) = (RwLock::new(client(secret)), client(Secret::fresh()));
        Self { client: mine, stranger, dice, lost: AtomicBool::new(false) }
    }

    /// From now on replies are verified under the system's keys.
    pub(super) fn trust(&self, system: Vec<(String, Public)>) {
        let trusting = self.client().trusting(system);
        *self.client.write().unwrap_or_else(PoisonError::into_inner) = trusting;
    }

    fn client(&self) -> Client {
        // A client is only ever replaced whole.
        self.client.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn strikes(&self, name: &'static str, chance: impl Fn(&Trouble) -> f64) -> bool {
        let strikes = self.dice.strikes(chance);
        if strikes {
            self.dice.count(name);
        }
        strikes
    }

    /// Calls the system. `None`: it is not known whether it was done, and it is to be called again.
    pub(super) async fn call(
        &self,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: Vec<u8>,
    ) -> Option<SignedReply> {
        let trouble = self.dice.trouble();
        if trouble.outage {
            return None;
        }
        if trouble.latency_ms > 0 {
            tokio::time::sleep(Duration::from_millis(trouble.latency_ms)).await;
        }
        let answer = self.bad_day(method, path, key, body).await;
        if answer.is_none() {
            self.lost.store(true, Ordering::Relaxed);
        }
        answer
    }

    async fn bad_day(
        &self,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: Vec<u8>,
    ) -> Option<SignedReply> {
        if self.strikes("drop", |t| t.drop) {
            return None;
        }
        if path != KEYS && self.strikes("wrong_signature", |t| t.wrong_signature) {
            let reply = self.stranger.call(method, path, key, body, now_ms()).await;
            if let Some(reply) = reply.ok().filter(|r| r.status != 401 && r.status < 500) {
                self.dice.count("forgery_taken");
                tracing::error!(status = reply.status, path, "the system took what nobody signed");
            }
            return None;
        }
        let twice = self.strikes("duplicate", |t| t.duplicate);
        let client = self.client();
        let mut reply = client.call(method, path, key, body.clone(), now_ms()).await;
        if twice {
            let again = client.call(method, path, key, body, now_ms()).await;
            reply = again.or(reply);
        }
        let lost = self.strikes("lose_reply", |t| t.lose_reply)
            || self.strikes("error_500", |t| t.error_500)
            || self.strikes("garbage", |t| t.garbage);
        reply.ok().filter(|_| !lost)
    }

    /// The same, for what is read: the body of an answer 200.
    pub(super) async fn read(&self, method: &str, path: &str) -> Option<Vec<u8>> {
        let reply = self.call(method, path, None, Vec::new()).await?;
        (reply.status == 200).then_some(reply.body)
    }

    /// The same, as JSON.
    pub(super) async fn get<T: serde::de::DeserializeOwned>(&self, path: &str) -> Option<T> {
        serde_json::from_slice(&self.read("GET", path).await?).ok()
    }

    /// The rows that wait for the partner; `None` as well when one cannot be read.
    pub(super) async fn rows<T: serde::de::DeserializeOwned>(&self, path: &str) -> Option<Vec<T>> {
        let data = self.read("POST", path).await?;
        let lines = data.split(|b| *b == b'\n').filter(|l| !l.is_empty());
        lines.map(|l| serde_json::from_slice(l).ok()).collect()
    }

    /// The body of a return, on a bad day in another order.
    pub(super) fn body(&self, mut rows: Vec<Vec<u8>>) -> Vec<u8> {
        self.mix(&mut rows);
        let mut body = rows.join(&b'\n');
        body.push(b'\n');
        body
    }

    /// On a bad day the order is another one.
    pub(super) fn mix<T>(&self, rows: &mut [T]) {
        if self.strikes("reorder", |t| t.reorder) {
            self.dice.shuffle(rows);
        }
    }

    /// The end of a round: until the bell rings, a second at most, and shorter when something was lost.
    pub(super) async fn rest(&self, bell: &tokio::sync::Notify) {
        let ms = if self.lost.swap(false, Ordering::Relaxed) { 100 } else { 1_000 };
        // Rung or not, the next round begins.
        let _ = tokio::time::timeout(Duration::from_millis(ms), bell.notified()).await;
    }
}

/// The code of the problem that was answered.
pub(super) fn code_of(reply: &SignedReply) -> Option<String> {
    serde_json::from_slice::<Problem>(&reply.body).ok().map(|p| p.code)
}

/// Done, or refused for good: not to be called again.
pub(super) fn settled(reply: &SignedReply) -> bool {
    reply.status < 500 && reply.status != 401
}
