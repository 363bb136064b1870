//! A client that signs what it sends and verifies what it gets.

use crate::sign::{self, Public, Secret, Shared};
use std::time::Duration;

/// Why a call has no answer that can be trusted.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Nothing came back, or not in time: it is not known whether the request was done.
    #[error("no answer: {0}")]
    NoAnswer(String),
    /// Something came back that is not signed by the other side.
    #[error("the reply is not signed by the other side: {0}")]
    NotSigned(&'static str),
}

/// A verified answer.
#[derive(Clone, Debug)]
pub struct SignedReply {
    /// The status.
    pub status: u16,
    /// The media type.
    pub media_type: Option<String>,
    /// Which methods the address knows, of a 405.
    pub allow: Option<String>,
    /// The body as it was signed.
    pub body: Vec<u8>,
}

/// What certification does wrong on purpose, to see it refused.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Every request under this same nonce.
    Nonce(String),
    /// This body in place of the one that was signed.
    Body(Vec<u8>),
}

/// Signs under a key, or under a session's.
#[derive(Clone, Debug)]
enum Signer {
    Key { name: String, secret: Secret },
    Session { id: String, shared: Shared },
}

/// A client of one server.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    origin: String,
    base: String,
    partner: String,
    signer: Signer,
    /// Under which keys replies are believed; `None` while the other side's key is being asked for.
    others: Option<Vec<(String, Public)>>,
    /// How far the other side's clock may be off, milliseconds.
    window_ms: i64,
    fault: Option<Fault>,
}

/// Where an endpoint begins and what every path on it begins with: `https://host:8443/base` is split after the port.
fn split(endpoint: &str) -> (String, String) {
    let host = endpoint.find("://").map_or(0, |i| i + 3);
    let path = endpoint[host..].find('/').map_or(endpoint.len(), |i| host + i);
    (endpoint[..path].to_owned(), endpoint[path..].trim_end_matches('/').to_owned())
}

/// Where every HTTP client of ours begins: TLS by *ring*, and no proxy of the environment in between. reqwest is built without a
/// cryptography of its own and panics when none is installed, so clippy.toml forbids beginning anywhere else.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn http() -> reqwest::ClientBuilder {
    // Refused when one is installed already: it was installed here.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy()
}

/// The same for whoever is given something: it goes where it was told and nowhere else. Whoever answers that it should be said elsewhere
/// is not followed.
pub fn direct() -> reqwest::ClientBuilder {
    http().redirect(reqwest::redirect::Policy::none())
}

impl Client {
    /// A client that calls an endpoint (such as `https://host:8443`) as a partner under a key. Replies are believed only
    /// under the other side's keys, by their names; without any, none is.
    pub fn new(
        endpoint: &str,
        partner: &str,
        key: &str,
        secret: Secret,
        others: Vec<(String, Public)>,
    ) -> Self {
        Self::with(Self::plain(), endpoint, partner, key, secret, others)
    }

    /// A client that believes every reply: to ask for the other side's key, and for nothing else.
    pub fn believing(endpoint: &str, partner: &str, key: &str, secret: Secret) -> Self {
        Self { others: None, ..Self::new(endpoint, partner, key, secret, Vec::new()) }
    }

    /// # Panics
    /// Never: no option of ours can be refused.
    fn plain() -> reqwest::Client {
        direct()
            .timeout(Duration::from_secs(60))
            .connect_timeout(Duration::from_secs(5))
            .build()
            .expect("a client without options of ours to refuse")
    }

    /// The same on a prepared HTTP client: other time-outs, TLS roots, a client certificate.
    pub fn with(
        http: reqwest::Client,
        endpoint: &str,
        partner: &str,
        key: &str,
        secret: Secret,
        others: Vec<(String, Public)>,
    ) -> Self {
        let signer = Signer::Key { name: key.into(), secret };
        let (origin, base) = split(endpoint);
        let others = Some(others);
        let window_ms = sign::WINDOW_MS;
        Self { http, origin, base, partner: partner.into(), signer, others, window_ms, fault: None }
    }

    /// The same client on a prepared HTTP client: with a certificate of its own, say.
    pub fn on(&self, http: reqwest::Client) -> Self {
        Self { http, ..self.clone() }
    }

    /// The same client that does something wrong.
    pub fn faulty(&self, fault: Fault) -> Self {
        Self { fault: Some(fault), ..self.clone() }
    }

    /// The same client within a session.
    pub fn within(&self, session: &str, shared: Shared) -> Self {
        Self { signer: Signer::Session { id: session.into(), shared }, ..self.clone() }
    }

    /// The same client that bears another clock being off by so many milliseconds.
    pub fn patient(&self, window_ms: i64) -> Self {
        Self { window_ms, ..self.clone() }
    }

    /// The same client that verifies replies under these keys.
    pub fn trusting(&self, others: Vec<(String, Public)>) -> Self {
        Self { others: Some(others), ..self.clone() }
    }

    /// Sends a request and waits for its answer. `time` is Unix milliseconds.
    pub async fn call(
        &self,
        method: &str,
        path: &str,
        idempotency: Option<&str>,
        body: Vec<u8>,
        time: i64,
    ) -> Result<SignedReply, CallError> {
        self.call_as(method, path, idempotency, body, time, "application/json").await
    }

    /// The same in another media type, both ways: `text/plain` for the files of Appendix 9.
    pub async fn call_as(
        &self,
        method: &str,
        path: &str,
        idempotency: Option<&str>,
        body: Vec<u8>,
        time: i64,
        media_type: &str,
    ) -> Result<SignedReply, CallError> {
        let nonce = match &self.fault {
            Some(Fault::Nonce(nonce)) => nonce.clone(),
            _ => sign::fresh_nonce(),
        };
        let path = &format!("{}{path}", self.base);
        let session;
        let key = match &self.signer {
            Signer::Key { name, .. } => name.as_str(),
            Signer::Session { id, .. } => {
                session = format!("session:{id}");
                session.as_str()
            }
        };
        let digest = sign::digest(&body);
        let (partner, digest) = (self.partner.as_str(), digest.as_str());
        let request = sign::Request { method, path, partner, key, time, nonce: &nonce, idempotency, digest };
        let canonical = request.canonical();
        let signature = match &self.signer {
            Signer::Key { secret, .. } => secret.sign(&canonical),
            Signer::Session { shared, .. } => shared.sign(&canonical),
        };
        let verb = reqwest::Method::from_bytes(method.as_bytes())
            .map_err(|_| CallError::NoAnswer("not a method".into()))?;
        let mut send = self
            .http
            .request(verb, format!("{}{path}", self.origin))
            .header(sign::PARTNER, &self.partner)
            .header(sign::KEY, key)
            .header(sign::TIME, time.to_string())
            .header(sign::NONCE, &nonce)
            .header(sign::DIGEST, digest)
            .header(sign::SIGNATURE, signature)
            .header(reqwest::header::CONTENT_TYPE, media_type)
            .header(reqwest::header::ACCEPT, media_type);
        if let Some(idempotency) = idempotency {
            send = send.header(sign::IDEMPOTENCY, idempotency);
        }
        let body = match &self.fault {
            Some(Fault::Body(other)) => other.clone(),
            _ => body,
        };
        let lost = |e: reqwest::Error| CallError::NoAnswer(e.without_url().to_string());
        let reply = send.body(body).send().await.map_err(lost)?;
        let status = reply.status().as_u16();
        let header = |name: &str| reply.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let (by, when, signed) = (header(sign::KEY), header(sign::TIME), header(sign::SIGNATURE));
        let (media_type, allow) = (header("content-type"), header("allow"));
        let body = reply.bytes().await.map_err(lost)?.to_vec();
        if let Some(others) = &self.others {
            let by = by.ok_or(CallError::NotSigned("no key is named"))?;
            let when = when.and_then(|t| t.parse::<i64>().ok()).ok_or(CallError::NotSigned("no time"))?;
            let signed = signed.ok_or(CallError::NotSigned("no signature"))?;
            if (when - time).abs() > self.window_ms {
                return Err(CallError::NotSigned("its time is off"));
            }
            let reply = sign::Reply { status, nonce: &nonce, key: &by, time: when, body: &body };
            let fits = match &self.signer {
                Signer::Session { shared, .. } if by.starts_with("session:") => {
                    shared.verify(&reply.canonical(), &signed)
                }
                _ => others.iter().any(|(name, k)| *name == by && k.verify(&reply.canonical(), &signed)),
            };
            if !fits {
                return Err(CallError::NotSigned("the signature does not fit"));
            }
        }
        Ok(SignedReply { status, media_type, allow, body })
    }
}
