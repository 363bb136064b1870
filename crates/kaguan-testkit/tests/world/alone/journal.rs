//! The hashing and signing of the journal.

use kaguan_store::journal::{
    Block, Entry, Proof, ProofError, QuickVerifier, Tree, Verifier, path, public_key, root, sign,
};
use proptest::prelude::*;

fn entry(seq: i64) -> Entry {
    Entry {
        seq,
        at: 5,
        actor: "system".into(),
        channel: "duty".into(),
        subject: "holder:1".into(),
        command: "activation.enable".into(),
        outcome: "done".into(),
        clause: String::new(),
        personal: false,
        events: b"[]".to_vec(),
    }
}

fn proof(n: usize, at: usize) -> Proof {
    let key = sm2::SecretKey::from_slice(&[3; 32]).expect("a key");
    let entries: Vec<Entry> = (1..=n as i64).map(entry).collect();
    let leaves: Vec<_> = entries.iter().map(Entry::leaf).collect();
    let block = Block {
        seq: 1,
        first_entry: 1,
        entries: n as i64,
        root: root(&leaves),
        previous: [0; 32],
        at: 9,
        epoch: 1,
    };
    Proof {
        entry: entries[at].clone(),
        path: path(&leaves, at).iter().map(hex::encode).collect(),
        signature: hex::encode(sign(&key, &block.hash())),
        block,
        public_key: public_key(&key),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn every_entry_can_be_proved_and_a_changed_one_cannot(n in 1usize..40, pick in 0usize..40) {
        let at = pick % n;
        let good = proof(n, at);
        prop_assert_eq!(good.verify(None), Ok(()));
        prop_assert_eq!(good.verify(Some("04ff")), Err(ProofError::OtherKey));
        let mut bad = good.clone();
        bad.entry.at += 1;
        prop_assert_eq!(bad.verify(None), Err(ProofError::NotInBlock));
        let mut bad = good.clone();
        bad.entry.outcome = "not_permitted".into();
        prop_assert_eq!(bad.verify(None), Err(ProofError::NotInBlock));
        let mut bad = good.clone();
        bad.block.at += 1;
        prop_assert_eq!(bad.verify(None), Err(ProofError::BadSignature));
    }

    #[test]
    fn the_quick_way_of_verifying_says_what_the_library_says(
        secret in proptest::array::uniform32(1u8..=254), hash in proptest::array::uniform32(any::<u8>()),
        at in 0usize..64, bit in 0u8..8,
    ) {
        let key = sm2::SecretKey::from_slice(&secret).unwrap();
        let public = public_key(&key);
        let (quick, slow) = (QuickVerifier::new(&public), Verifier::new(&public));
        let mut signature = sign(&key, &hash);
        prop_assert_eq!(quick.fits(&hash, &signature), Some(true));
        prop_assert!(slow.verify(&hash, &signature));
        let mut other = hash;
        other[at / 2] ^= 1 << bit;
        prop_assert_eq!(quick.fits(&other, &signature), Some(false));
        signature[at] ^= 1 << bit;
        prop_assert!(!quick.verify(&hash, &signature) && !slow.verify(&hash, &signature));
    }

    #[test]
    fn a_tree_that_grows_has_the_root_of_all_its_leaves(n in 0usize..200) {
        let leaves: Vec<_> = (1..=n as i64).map(|seq| entry(seq).leaf()).collect();
        let mut tree = Tree::default();
        leaves.iter().for_each(|leaf| tree.push(*leaf));
        prop_assert_eq!(tree.leaves(), n as u64);
        prop_assert_eq!(tree.root(), root(&leaves));
    }
}

#[test]
fn fields_cannot_flow_into_one_another() {
    let mut a = entry(1);
    let mut b = entry(1);
    (a.actor, a.channel) = ("ab".into(), "c".into());
    (b.actor, b.channel) = ("a".into(), "bc".into());
    assert_ne!(a.leaf(), b.leaf());
}
