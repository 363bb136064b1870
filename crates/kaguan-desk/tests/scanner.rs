//! The scanner of a desk is a program: SANE's own with its scanner that is none, programs that write to a file, and such as fail.

use kaguan_api::desk::LARGEST_PAPER;
use kaguan_desk::scanner::Scanner;

fn program(program: &str, arguments: &[&str], dir: &std::path::Path) -> Scanner {
    let arguments = arguments.iter().map(|a| (*a).to_owned()).collect();
    Scanner::Program { program: program.into(), arguments, dir: dir.to_owned() }
}

#[tokio::test]
async fn art_40_1_a_paper_is_scanned_by_sane() {
    let dir = tempfile::tempdir().unwrap();
    // `test` is a scanner that SANE brings with it and needs no machine; without SANE there is nothing to try.
    if std::process::Command::new("scanimage").arg("-V").output().is_err() {
        println!("sane-utils is not installed");
        return;
    }
    let how =
        ["-d", "test", "--test-picture=Color pattern", "--mode=Color", "--resolution=75", "--format=jpeg"];
    let picture = program("scanimage", &how, dir.path()).scan().await.unwrap();
    assert!(picture.starts_with(b"\xFF\xD8\xFF") && picture.ends_with(b"\xFF\xD9"), "{}", picture.len());
    let nothing = program("scanimage", &["-d", "nothing:0"], dir.path()).scan().await.unwrap_err();
    assert!(nothing.contains("扫描程序报错"), "{nothing}");
}

#[tokio::test]
async fn a_program_that_writes_a_file_leaves_none_and_one_that_fails_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let left = || std::fs::read_dir(dir.path()).unwrap().count();
    let by_file = program("sh", &["-c", "stat -c '%a %n' \"$0\" > \"$0\"; echo said", "{}.jpg"], dir.path());
    let picture = by_file.scan().await.unwrap();
    let text = String::from_utf8(picture).unwrap();
    let owners_alone = text.starts_with("600 ") && text.ends_with("scan.jpg\n");
    assert!(owners_alone, "and what was said is no picture: {text}");
    assert_eq!(left(), 0);
    let fails = program("sh", &["-c", "exit 3", "{}"], dir.path()).scan().await.unwrap_err();
    assert!(fails.contains("exit status: 3") && left() == 0, "{fails}");
    let missing = program("/nowhere/scan", &[], dir.path()).scan().await.unwrap_err();
    assert!(missing.contains("扫描程序不能运行"), "{missing}");
    let endless = program("yes", &[], dir.path()).scan().await.unwrap();
    assert_eq!(endless.len(), LARGEST_PAPER + 1, "no more than tells that it is too much");
    let simulated = Scanner::Simulated(dir.path().join("paper"));
    assert!(simulated.scan().await.unwrap_err().contains("没有纸张"));
    std::fs::write(dir.path().join("paper"), "a page").unwrap();
    assert_eq!(simulated.scan().await.unwrap(), b"a page");
}
