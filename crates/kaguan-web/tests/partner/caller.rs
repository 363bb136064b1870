//! A partner that signs by itself, and the doors.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use kaguan_api::business::Session;
use kaguan_api::problem::Problem;
use kaguan_api::sign::{self, Public, Secret, Shared};
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::partner::{Partner, PartnerKey};
use kaguan_domain::ids::PartnerId;
use kaguan_domain::institution::InstitutionCommand;
use kaguan_service::Command;
use kaguan_testkit::World;
use kaguan_web::partner::SigningKey;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tower::ServiceExt;

pub struct Partnered {
    pub router: Router,
    pub me: String,
    pub secret: Secret,
    pub system: Public,
    pub time: i64,
}

/// A partner with a key, and the doors.
pub async fn partner(w: &World, id: &str, router: &Router) -> Partnered {
    let secret = Secret::fresh();
    let key = PartnerKey { id: "key-1".into(), public: secret.public(), from: Instant(0), until: None };
    let entry =
        Partner {
            id: PartnerId::parse(id).unwrap(), name: "合作方".into(), endpoint: None, keys: vec![key]
        };
    w.system(Command::Institution(InstitutionCommand::RegisterPartner(entry))).await.unwrap();
    let system = Public::parse(&SigningKey::of(w.service.store(), 1).secret.public()).unwrap();
    Partnered { router: router.clone(), me: id.into(), secret, system, time: w.service.now().0 / 1_000 }
}

pub fn doors(w: &World) -> Router {
    kaguan_web::partner::router(w.service.clone())
}

impl Partnered {
    pub async fn send(&self, request: Request<Body>) -> (StatusCode, Vec<u8>, Option<String>) {
        let nonce = request.headers().get(sign::NONCE).map(|n| n.to_str().unwrap().to_owned());
        let reply = self.router.clone().oneshot(request).await.unwrap();
        let status = reply.status();
        let header = |name: &str| reply.headers().get(name).map(|v| v.to_str().unwrap().to_owned());
        let (key, time, signature) = (header(sign::KEY), header(sign::TIME), header(sign::SIGNATURE));
        let body = to_bytes(reply.into_body(), usize::MAX).await.unwrap().to_vec();
        let key = key.expect("every reply is signed");
        if !key.starts_with("session:") {
            let nonce = nonce.unwrap_or_else(|| "-".into());
            let time = time.unwrap().parse().unwrap();
            let reply = sign::Reply { status: status.as_u16(), nonce: &nonce, key: &key, time, body: &body };
            assert!(self.system.verify(&reply.canonical(), &signature.unwrap()));
        }
        (status, body, Some(key))
    }

    /// A request with everything right, which the test then spoils.
    pub fn request(
        &self,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: &[u8],
        nonce: &str,
        time: i64,
    ) -> Request<Body> {
        let (partner, digest) = (self.me.as_str(), &*sign::digest(body));
        let signed =
            sign::Request { method, path, partner, key: "key-1", time, nonce, idempotency: key, digest };
        let canonical = signed.canonical();
        let mut r = Request::builder()
            .method(method)
            .uri(path)
            .header(sign::PARTNER, &self.me)
            .header(sign::KEY, "key-1")
            .header(sign::TIME, time.to_string())
            .header(sign::NONCE, nonce)
            .header(sign::DIGEST, digest)
            .header(sign::SIGNATURE, self.secret.sign(&canonical));
        if let Some(key) = key {
            r = r.header(sign::IDEMPOTENCY, key);
        }
        r.body(Body::from(body.to_vec())).unwrap()
    }

    /// The same within a session.
    pub fn within(&self, session: &Session, method: &str, path: &str, body: &[u8]) -> Request<Body> {
        let shared = Shared::open(&session.key, &self.secret).unwrap();
        let (key, nonce) = (format!("session:{}", session.session), sign::fresh_nonce());
        let (partner, digest, time) = (self.me.as_str(), &*sign::digest(body), self.time);
        let nonce = nonce.as_str();
        let key = key.as_str();
        let signed = sign::Request { method, path, partner, key, time, nonce, idempotency: None, digest };
        let signature = shared.sign(&signed.canonical());
        let mut r = self.request(method, path, None, body, nonce, time);
        for (name, value) in [(sign::KEY, key), (sign::SIGNATURE, &signature)] {
            r.headers_mut().insert(name, value.parse().unwrap());
        }
        r
    }

    pub async fn call(
        &self,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: &[u8],
    ) -> (StatusCode, Vec<u8>) {
        let nonce = sign::fresh_nonce();
        let (status, body, _) = self.send(self.request(method, path, key, body, &nonce, self.time)).await;
        (status, body)
    }

    pub async fn post<T: DeserializeOwned>(&self, path: &str, key: &str, body: &impl Serialize) -> T {
        let (status, body) = self.call("POST", path, Some(key), &serde_json::to_vec(body).unwrap()).await;
        assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap()
    }

    pub async fn refused(&self, path: &str, key: &str, body: &impl Serialize) -> Problem {
        let (status, body) = self.call("POST", path, Some(key), &serde_json::to_vec(body).unwrap()).await;
        assert!(!status.is_success(), "{}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap()
    }

    pub async fn code(&self, request: Request<Body>) -> String {
        let (_, body, _) = self.send(request).await;
        serde_json::from_slice::<Problem>(&body).unwrap().code
    }
}

pub async fn entries(w: &World) -> usize {
    w.service.store().entries_from(1, 100_000).await.unwrap().len()
}
