//! Digests, sealed values, signed files, and the key that all of them come from.

use kaguan_store::engine::Engine;
use kaguan_store::journal::ProofError;
use kaguan_store::seal::{BlindIndex, OpenSealError, Sealer, derive, sm3};
use kaguan_store::{KeyError, KeyRing, Store, verify_signed};
use std::os::unix::fs::{MetadataExt, PermissionsExt};

#[test]
fn sm3_equals_the_published_vector() {
    assert_eq!(
        hex::encode(sm3(&[b"abc"])),
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    );
}

#[test]
fn sm4_gcm_equals_the_vector_of_rfc_8998() {
    let key: [u8; 16] = hex::decode("0123456789abcdeffedcba9876543210").unwrap().try_into().unwrap();
    let nonce = hex::decode("00001234567800000000abcd").unwrap();
    let aad = hex::decode("feedfacedeadbeeffeedfacedeadbeefabaddad2").unwrap();
    let plain = hex::decode(concat!(
        "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd",
        "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa"
    ))
    .unwrap();
    let sealed = hex::decode(concat!(
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735",
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d",
        "83de3541e4c2b58177e065a9bf7b62ec"
    ))
    .unwrap();
    // As it is stored: the number of the key, the nonce, and what was sealed with its tag.
    let stored = [vec![1], nonce, sealed].concat();
    assert_eq!(Sealer::new(&key).open(&aad, &stored).unwrap(), plain);
}

#[test]
fn a_changed_or_moved_value_does_not_open_and_the_plain_text_never_shows() {
    let s = Sealer::new(&[7; 16]);
    let sealed = s.seal("holder.person/1", b"CANARY-440106");
    assert!(!sealed.windows(6).any(|w| w == b"CANARY"));
    assert_eq!(s.open("holder.person/1", &sealed).unwrap(), b"CANARY-440106");
    assert_eq!(s.open("holder.person/2", &sealed), Err(OpenSealError));
    for at in 0..sealed.len() {
        let mut bad = sealed.clone();
        bad[at] ^= 1;
        assert_eq!(s.open("holder.person/1", &bad), Err(OpenSealError), "byte {at}");
    }
    assert_eq!(s.open("holder.person/1", &[]), Err(OpenSealError));
}

#[test]
fn blind_indexes_of_two_kinds_never_meet() {
    let b = BlindIndex::new(&derive(&[1; 32], "blind"));
    assert_eq!(b.of("number", "1"), b.of("number", "1"));
    assert_ne!(b.of("number", "1"), b.of("card", "1"));
    assert_ne!(b.of("number", "1"), BlindIndex::new(&derive(&[2; 32], "blind")).of("number", "1"));
}

#[tokio::test]
async fn a_signed_file_is_verified_without_a_database_and_a_changed_one_is_found() {
    let store = Store::in_memory().await.unwrap();
    let (file, digest) = store.signed("日志号,时间\n1,今天\n");
    let key = store.public_key();
    assert_eq!(verify_signed(&format!("\u{feff}{file}"), Some(&key)).unwrap().digest, digest);
    assert_eq!(verify_signed(&file, Some("04ff")), Err(ProofError::OtherKey));
    assert_eq!(verify_signed(&file.replace("今天", "昨天"), None), Err(ProofError::Changed));
    let text = file.split_once('\n').unwrap().1;
    assert_eq!(verify_signed(text, None), Err(ProofError::Changed));
    let engine = Engine::open("sqlite::memory:").await.unwrap();
    let other = Store::with_keys(engine, KeyRing::derived(&[7; 32])).await.unwrap();
    let forged = file.replace(&key, &other.public_key());
    assert_eq!(verify_signed(&forged, None), Err(ProofError::BadSignature));
}

#[test]
fn a_key_file_that_others_can_read_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("master.key");
    assert!(matches!(KeyRing::open(&path, false), Err(KeyError::Io { .. })));
    KeyRing::open(&path, true).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(KeyRing::open(&path, true), Err(KeyError::TooOpen { mode: 0o640, .. })));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&path, "nonsense").unwrap();
    assert!(matches!(KeyRing::open(&path, true), Err(KeyError::NotAKey { .. })));
    let link = dir.path().join("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert!(matches!(KeyRing::open(&link, true), Err(KeyError::NotAKey { .. })));
}
