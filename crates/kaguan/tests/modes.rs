//! Whatever the program makes is its owner's alone, whatever the shell's umask is; what others could have changed is not used.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::io::{BufRead, BufReader};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The program under a umask that lets everybody read and write.
fn kaguan(data: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "umask 0; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_kaguan"), "--data"]);
    command.arg(data).args(args);
    command
}

fn run(data: &Path, args: &[&str]) -> Output {
    kaguan(data, args).output().unwrap()
}

fn said(out: &Output) -> String {
    String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr)
}

fn mode(path: &Path) -> u32 {
    std::fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

/// Everything below a directory that others may do something with.
fn open_to_others(root: &Path) -> Vec<(PathBuf, u32)> {
    let mut found = Vec::new();
    let mut todo = vec![root.to_owned()];
    while let Some(path) = todo.pop() {
        if mode(&path) & 0o077 != 0 {
            found.push((path.clone(), mode(&path)));
        }
        if path.is_dir() {
            todo.extend(std::fs::read_dir(&path).unwrap().map(|f| f.unwrap().path()));
        }
    }
    found
}

#[test]
fn files_are_0600_and_directories_0700() {
    let dir = tempfile::tempdir().unwrap();
    let (data, out) = (dir.path().join("data"), dir.path().join("out"));
    let out_path = out.to_str().unwrap();
    assert!(run(&data, &["migrate", "--simulate"]).status.success());
    assert!(run(&data, &["sample", "--people", "3", "--out", out_path]).status.success());
    let key = dir.path().join("partner.key");
    assert!(run(&data, &["partner", "keygen", key.to_str().unwrap()]).status.success());
    let mut server = kaguan(&data, &["serve", "--listen", "127.0.0.1:0"]);
    let mut server = server.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    assert!(lines.any(|l| l.unwrap().starts_with("控制台")));
    let socket = std::fs::metadata(data.join("kaguan.sock")).unwrap();
    assert!(socket.file_type().is_socket());
    for made in [&data, &out] {
        let open = open_to_others(made);
        assert!(open.is_empty(), "{open:?}");
    }
    assert_eq!(mode(&key), 0o600);
    server.kill().unwrap();
    server.wait().unwrap();
}

#[test]
fn a_directory_in_which_others_can_write_is_not_used_and_one_that_they_can_read_is_closed() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    assert!(run(&data, &["migrate"]).status.success());
    let database = data.join("kaguan.db");
    let set = |path: &Path, mode: u32| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    for open in [0o777, 0o770, 0o702] {
        set(&data, open);
        let refused = run(&data, &["duties"]);
        assert!(!refused.status.success() && said(&refused).contains("chmod 700"), "{}", said(&refused));
        assert_eq!(mode(&data), open, "it is looked at first");
    }
    set(&data, 0o755);
    set(&database, 0o644);
    let done = run(&data, &["duties"]);
    assert!(done.status.success(), "{}", said(&done));
    assert_eq!((mode(&data), mode(&database)), (0o700, 0o600));
}

#[test]
fn no_key_is_made_for_a_database_that_has_one() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    assert!(run(&data, &["migrate"]).status.success());
    let (key, kept) = (data.join("master.key"), dir.path().join("kept"));
    std::fs::rename(&key, &kept).unwrap();
    for args in [&["serve", "--listen", "127.0.0.1:0"][..], &["migrate"]] {
        let refused = run(&data, args);
        assert!(!refused.status.success(), "{}", said(&refused));
        assert!(!key.exists(), "{args:?}: {}", said(&refused));
    }
    std::fs::rename(&kept, &key).unwrap();
    assert!(run(&data, &["check"]).status.success());
}
