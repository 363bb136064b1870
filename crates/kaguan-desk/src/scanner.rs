//! The scanner beside a desk: a program that its operator names makes a picture of what lies on it (`scanimage` of SANE on Linux,
//! `NAPS2.Console` or the maker's own on Windows), or the simulated machine has a paper in its directory.

use crate::own;
use kaguan_api::desk::LARGEST_PAPER;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;

/// How long a program may take for one side: a lamp that is cold takes long.
const PATIENCE: Duration = Duration::from_secs(45);
/// What stands for the file in a program's arguments, for programs that do not write to their standard output; what follows it is how the
/// file's name ends, by which many tell its format: `{}.jpg`.
const FILE: &str = "{}";

/// A scanner.
pub enum Scanner {
    /// A program with its arguments. Without `{}` among them its standard output is the picture; with it, the file that stands there, in a
    /// directory of the desk's own, from which it is taken away at once.
    Program { program: PathBuf, arguments: Vec<String>, dir: PathBuf },
    /// A file that is the paper on the glass.
    Simulated(PathBuf),
}

impl Scanner {
    /// One side of what lies on it. Whether it is a picture is the system's to say.
    ///
    /// # Errors
    /// Why there is none, in Chinese.
    pub async fn scan(&self) -> Result<Vec<u8>, String> {
        match self {
            Self::Simulated(paper) => {
                std::fs::read(paper).map_err(|_| "扫描仪上没有纸张，请放好再试".to_owned())
            }
            Self::Program { program, arguments, dir } => {
                let ended = tokio::time::timeout(PATIENCE, run(program, arguments, &dir.join("scan"))).await;
                ended.map_err(|_| format!("扫描仪{}秒没有送出影像，请检查扫描仪", PATIENCE.as_secs()))?
            }
        }
    }
}

/// The file of a program, which is gone when it was read.
struct Passing(PathBuf);

impl Drop for Passing {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

async fn run(program: &Path, arguments: &[String], name: &Path) -> Result<Vec<u8>, String> {
    let broken = |why: std::io::Error| format!("扫描程序不能运行：{why}");
    let name = name.display().to_string();
    let ending = arguments.iter().find_map(|a| a.split_once(FILE)).map(|(_, ending)| ending);
    // Its owner's alone, before anything is in it.
    let passing = match ending.map(|ending| Passing(format!("{name}{ending}").into())) {
        Some(passing) => {
            // One that a power cut has left; Windows writes over none.
            let _ = std::fs::remove_file(&passing.0);
            own::create(&passing.0).map_err(|why| format!("不能建立扫描文件：{why:#}"))?;
            Some(passing)
        }
        None => None,
    };
    let arguments = arguments.iter().map(|a| a.replace(FILE, &name));
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn()
        .map_err(broken)?;
    // One byte more tells that it is too much.
    let most = u64::try_from(LARGEST_PAPER).unwrap_or(u64::MAX) + 1;
    let mut picture = Vec::new();
    if let Some(out) = child.stdout.take() {
        out.take(most).read_to_end(&mut picture).await.map_err(broken)?;
    }
    if picture.len() > LARGEST_PAPER {
        return Ok(picture);
    }
    let status = child.wait().await.map_err(broken)?;
    if !status.success() {
        return Err(format!("扫描程序报错（{status}），请检查扫描仪是否已接通、是否放好纸张"));
    }
    if let Some(passing) = passing {
        let opened = std::fs::File::open(&passing.0).map_err(broken)?;
        picture.clear();
        std::io::Read::read_to_end(&mut std::io::Read::take(opened, most), &mut picture).map_err(broken)?;
    }
    Ok(picture)
}
