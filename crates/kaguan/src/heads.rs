//! What is known outside the database of where its journal ends, and whether the database still fits: the file beside the master
//! key, and what an operator has put into `heads/` of the data directory or names by hand — heads that partners got with
//! replies, or that a witness keeps.

use crate::data_dir::DataDir;
use anyhow::Context;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::data_loss::LostHead;
use kaguan_store::{End, JournalHead, Stands, Store};
use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};

/// A head, and where it was kept.
#[derive(Clone, Debug)]
pub struct KnownHead {
    /// The head.
    pub head: JournalHead,
    /// A file.
    pub source: String,
}

impl KnownHead {
    /// As the journal notes it when it is lost.
    pub fn lost(&self) -> LostHead {
        LostHead {
            block: self.head.block.seq,
            line: self.head.line(),
            at: Instant(self.head.block.at),
            hash: hex::encode(self.head.block.hash()),
            source: self.source.clone(),
        }
    }
}

impl fmt::Display for KnownHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { head, source } = self;
        let at = Instant(head.block.at).local();
        write!(f, "{source}记有第{}区块（至第{}条日志，{at}）", head.block.seq, head.line())
    }
}

/// How a database does not fit to what is known.
#[derive(Debug)]
pub enum Misfit {
    /// Its last block and the writer's row do not fit together.
    Torn {
        /// The last block by the writer's row.
        said: i64,
        /// The last block that is there.
        found: i64,
    },
    /// It ends before a head.
    Shorter {
        /// The head.
        known: KnownHead,
        /// Its last line.
        line: i64,
    },
    /// It has another block in the place of a head's.
    Other(KnownHead),
    /// A head that was kept is not signed by the system's key: the database, or the master key, is another's.
    NotOurs(KnownHead),
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Torn { said, found } => {
                write!(
                    f,
                    "写入者记录日志止于第{said}区块，实有的最后区块是第{found}块，两者不符（被截断或被追加）"
                )
            }
            Self::Shorter { known, line } => {
                let lacking = known.head.line() - line;
                write!(f, "{known}，数据库止于第{line}条，缺{lacking}条")
            }
            Self::Other(known) => write!(f, "{known}，数据库中该区块已是另一内容"),
            Self::NotOurs(known) => write!(f, "{known}，但不是本目录主密钥签名的"),
        }
    }
}

/// What to do about a misfit.
pub const REMEDY: &str = "数据库可能被截断、换回旧备份或被替换。请恢复最新的备份；确已无法恢复的，运行 kaguan recover 查看损失，\
以 kaguan recover --accept-loss 接受";

/// Everything that is known in a data directory.
pub fn known(dir: &DataDir) -> anyhow::Result<Vec<KnownHead>> {
    let file = dir.head_file();
    let source = file.path().display().to_string();
    let mut all: Vec<_> =
        file.known()?.into_iter().map(|head| KnownHead { head, source: source.clone() }).collect();
    let kept = dir.path().join("heads");
    if kept.is_dir() {
        let entries = std::fs::read_dir(&kept).with_context(|| format!("不能读取 {}", kept.display()))?;
        let mut paths = entries.map(|e| Ok(e?.path())).collect::<std::io::Result<Vec<_>>>()?;
        paths.sort();
        for path in paths {
            all.extend(read(&path)?);
        }
    }
    Ok(all)
}

/// The same, and the heads of files that are named besides.
pub fn known_with(dir: &DataDir, files: &[PathBuf]) -> anyhow::Result<Vec<KnownHead>> {
    let mut all = known(dir)?;
    for path in files {
        all.extend(read(path)?);
    }
    Ok(all)
}

/// The heads of a file, one a line; empty lines and those that begin with `#` say nothing.
fn read(path: &Path) -> anyhow::Result<Vec<KnownHead>> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("不能读取 {shown}"))?;
    let lines = text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty() && !l.starts_with('#'));
    let parse = |(i, line): (usize, &str)| {
        let head = line.parse().with_context(|| format!("{shown} 第{}行", i + 1))?;
        Ok(KnownHead { head, source: format!("{shown}") })
    };
    lines.map(parse).collect()
}

/// How a database does not fit to what is known; what was accepted as lost is not asked for again.
pub async fn misfits(store: &Store, known: &[KnownHead]) -> anyhow::Result<Vec<Misfit>> {
    let mut found = Vec::new();
    let line = match store.end().await? {
        End::Nothing => 0,
        End::At(head) => head.line(),
        End::Torn { said, found: last } => {
            found.push(Misfit::Torn { said, found: last });
            store.heads_after(last - 1, 1).await?.first().map_or(0, JournalHead::line)
        }
    };
    let mut differ = Vec::new();
    for known in known {
        match store.stands_to(&known.head).await? {
            Stands::Holds => {}
            Stands::Shorter => differ.push((known, Misfit::Shorter { known: known.clone(), line })),
            Stands::Other => differ.push((known, Misfit::Other(known.clone()))),
            Stands::NotOurs(_) => differ.push((known, Misfit::NotOurs(known.clone()))),
        }
    }
    if !differ.is_empty() {
        // Only now: who starts a database that fits reads its institutions once, later.
        let institutions = crate::open::institutions(store).await?;
        let accepted: HashSet<&str> =
            institutions.data_losses().iter().flat_map(|l| &l.heads).map(|h| h.hash.as_str()).collect();
        differ.retain(|(known, _)| !accepted.contains(hex::encode(known.head.block.hash()).as_str()));
    }
    found.extend(differ.into_iter().map(|(_, misfit)| misfit));
    Ok(found)
}

/// Refuses a database that does not fit.
pub async fn fits(dir: &DataDir, store: &Store) -> anyhow::Result<()> {
    let misfits = misfits(store, &known(dir)?).await?;
    anyhow::ensure!(misfits.is_empty(), "{}", refused(&misfits));
    Ok(())
}

/// The sentence of the refusal.
pub fn refused(misfits: &[Misfit]) -> String {
    let all: Vec<String> = misfits.iter().map(Misfit::to_string).collect();
    format!("数据库与已知的日志末端不符，本次没有办理：{}。{REMEDY}", all.join("；"))
}

/// Refuses to make a database where one is known to have been.
pub fn nothing_was_there(dir: &DataDir) -> anyhow::Result<()> {
    let known = known(dir)?;
    anyhow::ensure!(known.is_empty(), "{}", missing(&known));
    Ok(())
}

/// The sentence about a database that is gone.
pub fn missing(known: &[KnownHead]) -> String {
    let all: Vec<String> = known.iter().map(KnownHead::to_string).collect();
    format!("数据库不存在或是空的，而{}。本次没有办理。{REMEDY}", all.join("，"))
}
