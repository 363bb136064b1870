//! The envelope in which an encryption key comes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kaguan_api::envelope::{open, seal};
use kaguan_api::sign::{Public, Secret};

#[test]
fn gm_t_0009_the_signing_key_alone_opens_and_a_changed_envelope_opens_to_nobody() {
    let (chip, other, encryption) = (Secret::fresh(), Secret::fresh(), Secret::fresh());
    let sealed = seal(&encryption, &Public::parse(&chip.public()).unwrap()).unwrap();
    assert_eq!(*open(&sealed, &chip).unwrap().text(), *encryption.text());
    assert!(open(&sealed, &other).is_none() && open("", &chip).is_none());
    let der = BASE64.decode(&sealed).unwrap();
    for at in 0..der.len() {
        let mut changed = der.clone();
        changed[at] ^= 1;
        assert!(open(&BASE64.encode(&changed), &chip).is_none(), "{at}");
    }
}
