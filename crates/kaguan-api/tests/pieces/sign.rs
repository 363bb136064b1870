//! Keys and signatures.

use kaguan_api::sign::{KeyError, Public, Request, Secret, Shared, digest, fresh_nonce, is_nonce};

const EMPTY: &str = "f1a823aaaaafe40e113c7f04dd72c289faf86252c4a9b57cf1d3c9e12547f9ad";

fn request(digest: &str) -> Request<'_> {
    Request {
        method: "POST",
        path: "/api/bank/v1/cards/losses",
        partner: "bank:95588",
        key: "key-1",
        time: 1_763_953_200_000,
        nonce: "6f1c2d3e4f5a6b7c",
        idempotency: Some("loss-1"),
        digest,
    }
}

#[test]
fn the_canonical_text_is_the_published_vector() {
    assert_eq!(digest(b"{}"), EMPTY);
    let text = String::from_utf8(request(EMPTY).canonical()).unwrap();
    assert_eq!(
        text,
        "KAGUAN-1\nPOST\n/api/bank/v1/cards/losses\nbank:95588\nkey-1\n1763953200000\n6f1c2d3e4f5a6b7c\nloss-1\n\
         f1a823aaaaafe40e113c7f04dd72c289faf86252c4a9b57cf1d3c9e12547f9ad"
    );
}

#[test]
fn any_changed_line_breaks_the_signature() {
    let key = Secret::parse(&"11".repeat(32)).unwrap();
    let public = Public::parse(&key.public()).unwrap();
    let signed = request(EMPTY);
    let signature = key.sign(&signed.canonical());
    assert!(public.verify(&signed.canonical(), &signature));
    let changed = [
        Request { method: "GET", ..signed.clone() },
        Request { path: "/api/bank/v1/cards/losses?x", ..signed.clone() },
        Request { partner: "bank:95533", ..signed.clone() },
        Request { key: "key-2", ..signed.clone() },
        Request { time: 1, ..signed.clone() },
        Request { nonce: "6f1c2d3e4f5a6b7d", ..signed.clone() },
        Request { idempotency: None, ..signed.clone() },
        Request { idempotency: Some("loss-2"), ..signed.clone() },
        Request { digest: &digest(b"{ }"), ..signed.clone() },
    ];
    for (line, r) in changed.iter().enumerate() {
        assert!(!public.verify(&r.canonical(), &signature), "line {line}");
    }
    assert!(!public.verify(&signed.canonical(), "AAAA"));
    let shared = Shared::new([7; 32]);
    let mac = shared.sign(&signed.canonical());
    assert!(shared.verify(&signed.canonical(), &mac) && !shared.verify(&changed[6].canonical(), &mac));
    let sealed = shared.sealed_for(&public).unwrap();
    assert!(Shared::open(&sealed, &key).unwrap().verify(&signed.canonical(), &mac));
    assert!(Shared::open(&sealed, &Secret::fresh()).is_none(), "nobody else opens it");
}

#[test]
fn keys_are_read_and_bad_ones_are_refused() {
    let key = Secret::fresh();
    assert_eq!(Secret::parse(&key.text()).unwrap().public(), key.public());
    assert_eq!(key.public().len(), 130);
    assert_eq!(Secret::parse("00").unwrap_err(), KeyError::Secret);
    assert_eq!(Secret::parse(&"00".repeat(32)).unwrap_err(), KeyError::Secret, "zero is not a key");
    let off_the_curve = format!("04{}", "11".repeat(64));
    assert_eq!(Public::parse(&off_the_curve).unwrap_err(), KeyError::Public);
    assert!(is_nonce(&fresh_nonce()) && !is_nonce("short") && !is_nonce(&"ü".repeat(16)));
}
