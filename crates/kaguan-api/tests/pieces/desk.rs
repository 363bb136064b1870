//! What a desk and the system say to each other.

use kaguan_api::desk::{Ask, Kind, NewPin, Signed, person};
use kaguan_api::sign::{Public, Secret};

#[test]
fn what_one_key_says_is_nobody_elses_and_nothing_else() {
    let (desk, other) = (Secret::fresh(), Secret::fresh());
    let ask = Ask {
        desk: 3,
        seq: 7,
        driver: "附件9".into(),
        version: "0".into(),
        system: String::new(),
        new_pin: NewPin::Judged,
        scans: false,
    };
    let signed = Signed::of(Kind::Ask, &ask, &desk).unwrap();
    let key = |s: &Secret| Public::parse(&s.public()).unwrap();
    assert_eq!(signed.read::<Ask>(Kind::Ask, &key(&desk)).unwrap().seq, 7);
    assert!(signed.read::<Ask>(Kind::Ask, &key(&other)).is_none());
    assert!(signed.read::<Ask>(Kind::Answer, &key(&desk)).is_none(), "one kind is not another");
    let changed = Signed { body: signed.body.replace('7', "8"), ..signed };
    assert!(changed.read::<Ask>(Kind::Ask, &key(&desk)).is_none());
    assert_ne!(person("a", "440106199001010013"), person("b", "440106199001010013"));
}
