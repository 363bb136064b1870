//! SM2 signatures of ours are verified by OpenSSL, and OpenSSL's by us.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kaguan_api::sign::{Public, Request, Secret};
use sm2::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
use std::path::Path;
use std::process::Command;

const OPTIONS: [&str; 5] = ["-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678"];

fn openssl(dir: &Path, args: &[&str]) -> bool {
    let out = Command::new("openssl").current_dir(dir).args(args).args(OPTIONS).output();
    out.expect("openssl is installed").status.success()
}

#[test]
fn openssl_verifies_what_we_sign_and_we_verify_what_openssl_signs() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| std::fs::write(dir.path().join(name), bytes).unwrap();
    for n in 0..20 {
        let secret = Secret::fresh();
        let mut bytes = [0; 32];
        hex::decode_to_slice(secret.text().as_str(), &mut bytes).unwrap();
        let key = sm2::SecretKey::from_slice(&bytes).unwrap();
        file("key.pem", key.to_pkcs8_pem(LineEnding::LF).unwrap().as_bytes());
        file("pub.pem", key.public_key().to_public_key_pem(LineEnding::LF).unwrap().as_bytes());
        let body = format!("{{\"n\":{n}}}");
        let nonce = format!("{n:016}");
        let text = Request {
            method: "POST",
            path: "/api/bank/v1/cards/losses",
            partner: "bank:95588",
            key: "key-1",
            time: 1_763_953_200_000,
            nonce: &nonce,
            idempotency: None,
            digest: &kaguan_api::sign::digest(body.as_bytes()),
        }
        .canonical();
        file("text", &text);
        file("ours.sig", &BASE64.decode(secret.sign(&text)).unwrap());
        let verify = |text: &str, sig: &str| {
            openssl(
                dir.path(),
                &["pkeyutl", "-verify", "-pubin", "-inkey", "pub.pem", "-in", text, "-sigfile", sig],
            )
        };
        assert!(verify("text", "ours.sig"), "OpenSSL verifies ours");
        file("other", b"another text");
        assert!(!verify("other", "ours.sig"), "and refuses it over another text");
        assert!(openssl(
            dir.path(),
            &["pkeyutl", "-sign", "-inkey", "key.pem", "-in", "text", "-out", "theirs.sig"]
        ));
        let theirs = BASE64.encode(std::fs::read(dir.path().join("theirs.sig")).unwrap());
        let public = Public::parse(&secret.public()).unwrap();
        assert!(public.verify(&text, &theirs), "we verify OpenSSL's");
        assert!(!public.verify(b"another text", &theirs));
    }
}
