//! What the CA for development gives: certificates that OpenSSL verifies, secrets that open for whom they are; the same with its own secrets in
//! a machine by GM/T 0018.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kaguan_api::envelope;
use kaguan_api::sign::{Secret, Shared};
use kaguan_domain::ctx::Instant;
use kaguan_partner_sim::SimCardKeys;
use kaguan_sdf::Sdf;
use kaguan_service::ports::{CardKeyAsk, CardKeySet, CardKeys as _};
use std::process::Command;

/// A moment of the day on which this was written.
const NOW: Instant = Instant(1_795_766_400_000_000);

async fn one(machine: &SimCardKeys, ask: &CardKeyAsk) -> Option<CardKeySet> {
    machine.issue(std::slice::from_ref(ask), NOW).await.pop().flatten()
}

fn pem(dir: &std::path::Path, name: &str, der: &[u8]) -> String {
    let path = dir.join(format!("{name}.pem"));
    let text = BASE64.encode(der);
    let lines: Vec<&str> = (0..text.len()).step_by(64).map(|i| &text[i..text.len().min(i + 64)]).collect();
    let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"));
    std::fs::write(&path, pem).expect("written");
    path.display().to_string()
}

/// What a CA gives is good for whom it is, by OpenSSL and by the keys.
async fn is_good(machine: &SimCardKeys) {
    let (chip, vendor) = (Secret::fresh(), Secret::fresh());
    let ask = CardKeyAsk {
        number: "440106199001010013".into(),
        card_no: "A00000011".into(),
        chip: "C".into(),
        chip_key: chip.public(),
        vendor_key: vendor.public(),
    };
    let now = NOW;
    let set = one(machine, &ask).await.expect("keys");
    let dir = tempfile::tempdir().expect("a directory");
    let root = pem(dir.path(), "root", &machine.root_certificate(now).expect("a root"));
    for (name, der) in [("sign", &set.signing_certificate), ("encrypt", &set.encryption_certificate)] {
        let file = pem(dir.path(), name, &BASE64.decode(der).expect("base64"));
        let verify = ["verify", "-vfyopt", "distid:1234567812345678", "-CAfile", &root, &file];
        let said = Command::new("openssl").args(verify).output().expect("openssl runs");
        assert!(said.status.success(), "{name}: {}", String::from_utf8_lossy(&said.stderr));
    }
    let file = dir.path().join("envelope");
    std::fs::write(&file, BASE64.decode(&set.encryption_key).expect("base64")).expect("written");
    let parse = ["asn1parse", "-inform", "DER", "-in", &file.display().to_string()];
    let said = Command::new("openssl").args(parse).output().expect("openssl runs");
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.contains("sm4-ecb") && said.matches("BIT STRING").count() == 2, "{said}");
    let opened = envelope::open(&set.encryption_key, &chip).expect("it is the chip's");
    let certificate = BASE64.decode(&set.encryption_certificate).expect("base64");
    let public = hex::decode(opened.public()).expect("digits");
    assert!(certificate.windows(public.len()).any(|w| w == public), "the certificate's own key");
    assert!(envelope::open(&set.encryption_key, &vendor).is_none(), "the vendor never sees it");
    assert!(Shared::open(&set.admin_pin, &vendor).is_some() && Shared::open(&set.admin_pin, &chip).is_none());
    let bad = CardKeyAsk { chip_key: "04".into(), ..ask };
    assert!(one(machine, &bad).await.is_none());
}

#[tokio::test]
async fn certificates_verify_under_the_root_by_openssl_and_secrets_open_for_whom_they_are() {
    is_good(&SimCardKeys::default()).await;
}

#[tokio::test]
async fn gm_t_0018_the_ca_does_the_same_with_its_secrets_in_a_machine() {
    // The library reads the variable of its process: a process of its own.
    if std::env::var_os("KAGUAN_SDF_KEYS").is_none() {
        let dir = tempfile::tempdir().expect("a directory");
        let keys = dir.path().join("keys");
        let text = format!("kek 21 {}\nsign 1 {}\n", "5a".repeat(16), *Secret::fresh().text());
        std::fs::write(&keys, text).expect("written");
        let test = "gm_t_0018_the_ca_does_the_same_with_its_secrets_in_a_machine";
        let mut own = Command::new(std::env::current_exe().expect("a path"));
        let said = own.args([test, "--exact"]).env("KAGUAN_SDF_KEYS", keys).output().expect("it runs");
        let text = String::from_utf8_lossy(&said.stdout).into_owned();
        assert!(said.status.success() && text.contains("1 passed"), "{text}");
        return;
    }
    let mut dir = std::env::current_exe().expect("a path");
    dir.pop();
    let name = format!("{}kaguan_sdf_soft{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let built = [dir.join("..").join(&name), dir.join(&name)].into_iter().filter(|p| p.exists());
    let library = built.max_by_key(|p| p.metadata().and_then(|m| m.modified()).expect("a time"));
    let machine = Sdf::open(&library.expect("the library is built")).expect("it opens");
    is_good(&SimCardKeys::in_machine(machine)).await;
}
