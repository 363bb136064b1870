//! The head of the journal, as a line and in its file.

use kaguan_store::journal::{self, Block, ProofError};
use kaguan_store::seal::sm3;
use kaguan_store::{HeadFile, JournalHead, KeepError, Keeper};

fn head(seq: i64) -> JournalHead {
    let key = sm2::SecretKey::from_slice(&[3; 32]).expect("a key");
    let block = Block {
        seq,
        first_entry: seq * 10,
        entries: 10,
        root: sm3(&[b"root"]),
        previous: sm3(&[b"previous"]),
        at: 1_790_000_000_000_000,
        epoch: 2,
    };
    let signature = journal::sign(&key, &block.hash());
    JournalHead { block, signature, public_key: journal::public_key(&key) }
}

#[test]
fn a_head_is_one_line_that_is_read_back_and_a_changed_one_is_found() {
    let head = head(7);
    let line = head.to_string();
    assert_eq!(line.parse::<JournalHead>().unwrap(), head);
    assert_eq!(format!("{line} seen=1 witness=04").parse::<JournalHead>().unwrap(), head, "others may add");
    assert_eq!((head.line(), head.verify(None)), (79, Ok(())));
    assert_eq!(head.verify(Some("04ff")), Err(ProofError::OtherKey));
    let later: JournalHead = line.replace("block=7", "block=8").parse().unwrap();
    assert_eq!(later.verify(None), Err(ProofError::BadSignature));
    for wrong in ["", "nonsense", &line.replace("root=", "rot="), &line[..line.len() / 2]] {
        assert_eq!(wrong.parse::<JournalHead>(), Err(ProofError::NoHead), "{wrong}");
    }
}

#[test]
fn the_file_keeps_the_latest_head_of_each_database() {
    let dir = tempfile::tempdir().unwrap();
    let of = |database: &str| HeadFile::new(dir.path().join("journal.head"), database.into());
    let (ours, other) = (of("aa"), of("bb"));
    assert_eq!(ours.known().unwrap(), None);
    other.write(&head(1)).unwrap();
    let keeper = Keeper::start(ours.clone());
    for seq in 1..=50 {
        keeper.note(head(seq));
    }
    drop(keeper);
    assert_eq!(ours.known().unwrap(), Some(head(50)), "what was noted last is written at the end");
    assert_eq!(other.known().unwrap(), Some(head(1)));
    ours.forget().unwrap();
    assert_eq!((ours.known().unwrap(), other.known().unwrap()), (None, Some(head(1))));
    std::fs::write(ours.path(), "aa nonsense\n").unwrap();
    assert!(matches!(ours.known(), Err(KeepError::NoHead { line: 1, .. })), "not taken for none");
}
