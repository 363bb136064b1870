//! The machine in software, as our own port loads it and as a program in C calls it.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kaguan_api::sign::{Public, Secret};
use kaguan_sdf::{Sdf, SdfError};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where cargo has put the library that it built for these tests.
fn library() -> PathBuf {
    let mut dir = std::env::current_exe().unwrap();
    dir.pop();
    let name = format!("{}kaguan_sdf_soft{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    [dir.join("..").join(&name), dir.join(&name)]
        .into_iter()
        .filter(|p| p.exists())
        // One that was built with the programs may be older than that of the tests.
        .max_by_key(|p| p.metadata().and_then(|m| m.modified()).unwrap())
        .expect("the library is built")
}

/// A file of keys; the private key has a password.
fn keys(dir: &Path, secret: &Secret) -> PathBuf {
    let path = dir.join("keys");
    std::fs::write(&path, format!("kek 1 {}\nsign 1 {} s3cret\n", "07".repeat(16), *secret.text())).unwrap();
    path
}

#[test]
fn gm_t_0018_our_port_signs_and_encrypts_with_keys_that_stay_in_the_machine() {
    // The library reads the variable of its process: a process of its own.
    let Some(_) = std::env::var_os("KAGUAN_SDF_KEYS") else {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(Sdf::open(&library()), Err(SdfError::Machine { code: 0x0100_0005, .. })), "no keys");
        assert!(matches!(Sdf::open(Path::new("/nowhere.so")), Err(SdfError::Library(_))));
        let said = Command::new(std::env::current_exe().unwrap())
            .args(["gm_t_0018_our_port_signs_and_encrypts_with_keys_that_stay_in_the_machine", "--exact"])
            .env("KAGUAN_SDF_KEYS", keys(dir.path(), &Secret::from_bytes(&[5; 32]).unwrap()))
            .output()
            .unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stdout));
        return;
    };
    let machine = Sdf::open(&library()).unwrap();
    let public = machine.public(1).unwrap();
    assert_eq!(public, Secret::from_bytes(&[5; 32]).unwrap().public());
    let denied = machine.sign(1, b"a message").unwrap_err();
    assert!(denied.to_string().contains("无私钥使用权限"), "{denied}");
    assert!(machine.take_right(1, "wrong").is_err());
    machine.take_right(1, "s3cret").unwrap();
    let signature = BASE64.encode(machine.sign(1, b"a message").unwrap());
    let key = Public::parse(&public).unwrap();
    assert!(key.verify(b"a message", &signature) && !key.verify(b"another", &signature));
    let missing = machine.public(2).unwrap_err();
    assert!(missing.to_string().contains("不存在的密钥调用"), "{missing}");
    let (mut one, mut other) = ([0; 32], [0; 32]);
    machine.random(&mut one).unwrap();
    machine.random(&mut other).unwrap();
    assert_ne!(one, other);
    let sealed = machine.under(1, [3; 16], &[9; 32]).unwrap();
    assert_eq!((sealed.len(), sealed[..16] == sealed[16..]), (32, true));
    assert!(machine.under(2, [3; 16], &[9; 16]).is_err() && machine.under(1, [3; 16], &[9; 15]).is_err());
}

#[test]
fn gm_t_0018_a_program_in_c_calls_the_library() {
    let dir = tempfile::tempdir().unwrap();
    let (source, program) = (dir.path().join("caller.c"), dir.path().join("caller"));
    std::fs::write(&source, CALLER).unwrap();
    let library = library();
    let include = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kaguan-sdf-soft/include");
    let built = Command::new("gcc")
        .args(["-Wall", "-Wextra", "-Werror", "-o"])
        .args([&program, &source])
        .arg("-I")
        .args([&include, &library])
        .arg(format!("-Wl,-rpath,{}", library.parent().unwrap().display()))
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let said = Command::new(&program)
        .env("KAGUAN_SDF_KEYS", keys(dir.path(), &Secret::fresh()))
        .env("LD_LIBRARY_PATH", library.parent().unwrap())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&said.stdout);
    assert!(said.status.success(), "{text}{}", String::from_utf8_lossy(&said.stderr));
    assert_eq!(text, "SOFTWARE: signed, verified, encrypted\n");
}

const CALLER: &str = r#"
#include <stdio.h>
#include <string.h>
#include "sdf.h"

#define MUST(what) do { int said = (what); if (said) { printf("%s: %08x\n", #what, said); return 1; } } while (0)
#define MUST_NOT(what, code) do { int said = (what); if (said != (code)) { printf("%s: %08x\n", #what, said); return 1; } } while (0)

int main(void) {
    void *device, *session, *key;
    DEVICEINFO info;
    ECCrefPublicKey public;
    ECCSignature signature;
    unsigned char digest[32], random[32] = {0}, id[] = "1234567812345678", message[] = "a message";
    unsigned char wrapped[16] = {3}, iv[16] = {1}, plain[32] = "a text that has thirty-two byte", sealed[32], open[32], mac[16];
    unsigned int length = 0;
    MUST_NOT(SDF_OpenSession((void *) 77, &session), 0x01000006);
    MUST(SDF_OpenDevice(&device));
    MUST(SDF_OpenSession(device, &session));
    MUST(SDF_GetDeviceInfo(session, &info));
    MUST(SDF_GenerateRandom(session, sizeof random, random));
    MUST(SDF_ExportSignPublicKey_ECC(session, 1, &public));
    if (public.bits != 256) return 2;
    MUST(SDF_HashInit(session, SGD_SM3, &public, id, 16));
    MUST(SDF_HashUpdate(session, message, 9));
    MUST(SDF_HashFinal(session, digest, &length));
    MUST_NOT(SDF_HashFinal(session, digest, &length), 0x01000010);
    MUST_NOT(SDF_InternalSign_ECC(session, 1, digest, 32, &signature), 0x01000007);
    MUST_NOT(SDF_GetPrivateKeyAccessRight(session, 1, (unsigned char *) "no", 2), 0x01000018);
    MUST(SDF_GetPrivateKeyAccessRight(session, 1, (unsigned char *) "s3cret", 6));
    MUST(SDF_InternalSign_ECC(session, 1, digest, 32, &signature));
    MUST(SDF_InternalVerify_ECC(session, 1, digest, 32, &signature));
    MUST(SDF_ExternalVerify_ECC(session, SGD_SM2_1, &public, digest, 32, &signature));
    digest[0] ^= 1;
    MUST_NOT(SDF_ExternalVerify_ECC(session, SGD_SM2_1, &public, digest, 32, &signature), 0x0100000E);
    MUST_NOT(SDF_InternalSign_ECC(session, 9, digest, 32, &signature), 0x01000008);
    MUST(SDF_ReleasePrivateKeyAccessRight(session, 1));
    MUST_NOT(SDF_InternalSign_ECC(session, 1, digest, 32, &signature), 0x01000007);
    MUST(SDF_ImportKeyWithKEK(session, SGD_SM4_ECB, 1, wrapped, 16, &key));
    MUST(SDF_Encrypt(session, key, SGD_SM4_CBC, iv, plain, 32, sealed, &length));
    memset(iv, 0, 16); iv[0] = 1;
    MUST(SDF_CalculateMAC(session, key, SGD_SM4_MAC, iv, plain, 32, mac, &length));
    if (length != 16 || memcmp(mac, sealed + 16, 16)) return 3;
    memset(iv, 0, 16); iv[0] = 1;
    MUST(SDF_Decrypt(session, key, SGD_SM4_CBC, iv, sealed, 32, open, &length));
    if (length != 32 || memcmp(open, plain, 32) || !memcmp(sealed, plain, 32)) return 4;
    MUST_NOT(SDF_Encrypt(session, key, 0x999, iv, plain, 32, sealed, &length), 0x01000009);
    MUST(SDF_DestroyKey(session, key));
    MUST_NOT(SDF_DestroyKey(session, key), 0x01000008);
    MUST_NOT(SDF_ExportSignPublicKey_ECC(session, 1, 0), 0x0100001E);
    MUST(SDF_CloseSession(session));
    MUST_NOT(SDF_GenerateRandom(session, 1, random), 0x0100001D);
    MUST(SDF_CloseDevice(device));
    printf("%s: signed, verified, encrypted\n", info.DeviceName);
    return 0;
}
"#;
