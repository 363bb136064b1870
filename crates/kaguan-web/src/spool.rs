//! What is too large for memory lies on disk without a name: nobody else can open it, and a kill leaves nothing. Together it has a quota.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// So many bytes for all together.
#[derive(Clone)]
pub struct Pool {
    left: Arc<AtomicU64>,
}

impl Pool {
    /// A pool of so many bytes.
    pub fn new(bytes: u64) -> Self {
        Self { left: Arc::new(AtomicU64::new(bytes)) }
    }

    /// Nothing of it yet.
    pub fn share(&self) -> Share {
        Share { left: Arc::clone(&self.left), taken: 0 }
    }
}

/// What one has of a pool; it goes back when it is dropped.
pub struct Share {
    left: Arc<AtomicU64>,
    taken: u64,
}

impl Share {
    /// Takes some more; false when the pool has no more.
    pub fn take(&mut self, bytes: usize) -> bool {
        let bytes = bytes as u64;
        let took = self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(bytes))
            .is_ok();
        if took {
            self.taken += bytes;
        }
        took
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.left.fetch_add(self.taken, Ordering::SeqCst);
    }
}

/// Where large bodies lie.
pub struct Spool {
    dir: PathBuf,
    pool: Pool,
}

/// Why something could not be put down.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// The quota is used up.
    #[error("等候办理的文件过多，暂时不能接收。请稍后重新上传")]
    Full,
    /// The disk says no.
    #[error("服务器暂时不能保存文件（磁盘已满或不可用）。请稍后重新上传，并告知系统管理员")]
    Disk(#[from] io::Error),
}

impl Spool {
    /// In this directory, at most so many bytes together.
    pub fn new(dir: &Path, bytes: u64) -> Self {
        Self { dir: dir.to_owned(), pool: Pool::new(bytes) }
    }

    /// An empty file that has no name.
    pub fn fresh(&self) -> Result<Spooled, SpoolError> {
        let file = tempfile::tempfile_in(&self.dir)?;
        Ok(Spooled { file, share: self.pool.share(), bytes: 0, rows: 0, blank: true })
    }
}

/// A file without a name, until it is dropped.
pub struct Spooled {
    file: File,
    share: Share,
    bytes: u64,
    rows: u64,
    /// Whether nothing stands in the last line yet.
    blank: bool,
}

/// A line of a file that is so long is no row of ours.
const LONGEST_ROW: u64 = 256 << 10;

impl Spooled {
    /// Puts some more down. It may wait for the disk.
    pub fn put(&mut self, bytes: &[u8]) -> Result<(), SpoolError> {
        if !self.share.take(bytes.len()) {
            return Err(SpoolError::Full);
        }
        self.file.write_all(bytes)?;
        self.bytes += bytes.len() as u64;
        for byte in bytes {
            match byte {
                b'\n' => self.blank = true,
                byte if self.blank && !byte.is_ascii_whitespace() => {
                    self.rows += 1;
                    self.blank = false;
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Lines in which something stands.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// By what name this process, and no other, opens it.
    pub fn path(&self) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", self.file.as_raw_fd()))
    }

    /// All of it.
    pub fn whole(&self) -> io::Result<Vec<u8>> {
        let mut file = &self.file;
        file.rewind()?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Its lines in which something stands, one after the other; of one that is too long its beginning.
    pub fn lines(&self) -> io::Result<impl Iterator<Item = io::Result<Vec<u8>>> + Send + use<>> {
        // Opened anew: it has a place of its own in the file.
        let mut file = BufReader::with_capacity(64 << 10, File::open(self.path())?);
        Ok(std::iter::from_fn(move || {
            loop {
                let mut line = Vec::new();
                match file.by_ref().take(LONGEST_ROW).read_until(b'\n', &mut line) {
                    Ok(0) => return None,
                    Ok(_) => {}
                    Err(why) => return Some(Err(why)),
                }
                if line.len() as u64 == LONGEST_ROW
                    && line.last() != Some(&b'\n')
                    && let Err(why) = file.skip_until(b'\n')
                {
                    return Some(Err(why));
                }
                if !line.trim_ascii().is_empty() {
                    return Some(Ok(line));
                }
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spooled_has_no_name_and_its_quota_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::new(dir.path(), 10);
        let mut file = spool.fresh().unwrap();
        file.put(b"a\n\nbc\n").unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "a kill leaves nothing");
        assert!(matches!(file.put(b"12345"), Err(SpoolError::Full)));
        file.put(b"defg").unwrap();
        assert_eq!((file.bytes(), file.rows()), (10, 3));
        let lines: Vec<_> = file.lines().unwrap().map(Result::unwrap).collect();
        assert_eq!(lines, [b"a\n".to_vec(), b"bc\n".to_vec(), b"defg".to_vec()]);
        assert_eq!(file.whole().unwrap(), b"a\n\nbc\ndefg");
        assert!(matches!(spool.fresh().unwrap().put(b"x"), Err(SpoolError::Full)));
        drop(file);
        spool.fresh().unwrap().put(b"0123456789").unwrap();
    }

    #[test]
    fn a_line_without_an_end_is_not_held() {
        let dir = tempfile::tempdir().unwrap();
        let mut file = Spool::new(dir.path(), 8 << 20).fresh().unwrap();
        file.put(&vec![b'x'; 4 << 20]).unwrap();
        file.put(b"\nnext").unwrap();
        let lines: Vec<_> = file.lines().unwrap().map(|l| l.unwrap().len()).collect();
        assert_eq!(lines, [LONGEST_ROW as usize, 4]);
    }
}
