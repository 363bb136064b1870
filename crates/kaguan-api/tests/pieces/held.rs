//! The signed list of cards that a terminal holds.

use kaguan_api::held::{Held, HeldError, write};
use kaguan_api::sign::{Public, Secret};

#[test]
fn a_file_holds_what_was_written_and_a_changed_or_old_one_is_refused() {
    let secret = Secret::fresh();
    let public = [Secret::fresh(), secret.clone()].map(|s| Public::parse(&s.public()).unwrap());
    let cards: Vec<String> = (0..1_000).map(|n| format!("A{n:08}")).collect();
    let file = write(&secret, 1_000, &cards);
    assert!(file.len() < 8 * 1_000 + 400, "eight bytes a card: {}", file.len());
    let held = Held::read(&public, &file, 2_000).unwrap();
    assert!(cards.iter().all(|c| held.holds(c)) && !held.holds("A99999999"));
    assert_eq!(Held::read(&public, &file, 1_000 + 86_400_000 + 1).unwrap_err(), HeldError::Expired);
    for at in [0, 20, 200, file.len() - 5] {
        let mut bad = file.clone();
        bad[at] ^= 1;
        assert!(Held::read(&public, &bad, 2_000).is_err(), "byte {at}");
    }
    assert_eq!(Held::read(&public, &file[..100], 2_000).unwrap_err(), HeldError::Format);
    let empty = write(&secret, 1_000, &[]);
    assert!(!Held::read(&public, &empty, 1_000).unwrap().holds("A00000000"));
}
