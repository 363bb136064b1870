//! What a check has to come back to, in parts: on disk in a file without a name, each part in the order in which it came. Nothing is in it
//! that does not stand in the database in the same form: sealed where it is personal.

use crate::engine::StoreError;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// So much of all parts together is kept in memory before it is written, however many parts there are.
const KEPT: usize = 24 << 20;
/// The least and the most of one part: what is written at once.
const LEAST: usize = 4 << 10;
const MOST: usize = 16 << 10;
/// Before each extent: where the one before it begins (0 for none), and how long it is.
const HEAD: usize = 16;

/// Parts on disk, each read once.
pub struct Spool {
    dir: Option<PathBuf>,
    file: Option<File>,
    /// Where the next extent goes; nothing lies at 0.
    end: u64,
    parts: Vec<Part>,
    /// So much of a part is kept in memory before it is written.
    extent: usize,
}

#[derive(Default)]
struct Part {
    waits: Vec<u8>,
    last: u64,
    written: usize,
}

fn failed(e: &std::io::Error) -> StoreError {
    StoreError::Engine(format!("核对所用的临时文件不能读写：{e} (failed to use the spool of the check)"))
}

impl Spool {
    /// With so many parts. Its file, once one is needed, lies in a directory, or where the system has temporary files.
    pub fn new(dir: Option<&Path>, parts: usize) -> Self {
        let parts: Vec<Part> = (0..parts.max(1)).map(|_| Part::default()).collect();
        let extent = (KEPT / parts.len()).clamp(LEAST, MOST);
        Self { dir: dir.map(Path::to_owned), file: None, end: HEAD as u64, parts, extent }
    }

    /// How many parts there are.
    pub(super) fn parts(&self) -> usize {
        self.parts.len()
    }

    /// Adds to a part.
    pub fn put(&mut self, part: usize, bytes: &[u8]) -> Result<(), StoreError> {
        let extent = self.extent;
        let Some(to) = self.parts.get_mut(part) else { return Ok(()) };
        if !to.waits.is_empty() && to.waits.len() + bytes.len() > extent {
            self.write(part).map_err(|e| failed(&e))?;
        }
        let Some(to) = self.parts.get_mut(part) else { return Ok(()) };
        if to.waits.capacity() - to.waits.len() < bytes.len() {
            // Twice as much, and no more than is ever kept.
            let twice = to.waits.len().min(extent.saturating_sub(to.waits.len()));
            to.waits.reserve_exact(twice.max(bytes.len()));
        }
        to.waits.extend_from_slice(bytes);
        Ok(())
    }

    fn write(&mut self, part: usize) -> std::io::Result<()> {
        if self.file.is_none() {
            let dir = self.dir.clone().unwrap_or_else(std::env::temp_dir);
            self.file = Some(tempfile::tempfile_in(dir)?);
        }
        let (Some(file), Some(from)) = (&self.file, self.parts.get_mut(part)) else { return Ok(()) };
        let length = from.waits.len();
        let mut head = [0; HEAD];
        head[..8].copy_from_slice(&from.last.to_be_bytes());
        head[8..].copy_from_slice(&(length as u64).to_be_bytes());
        file.write_all_at(&head, self.end)?;
        file.write_all_at(&from.waits, self.end + HEAD as u64)?;
        from.last = self.end;
        from.written += length;
        from.waits.clear();
        self.end += (HEAD + length) as u64;
        Ok(())
    }

    /// Everything of a part, in order; it is gone from memory then.
    pub fn take(&mut self, part: usize) -> Result<Vec<u8>, StoreError> {
        let Some(from) = self.parts.get_mut(part).map(std::mem::take) else { return Ok(Vec::new()) };
        let Some(file) = self.file.as_ref().filter(|_| from.last > 0) else { return Ok(from.waits) };
        let read = || -> std::io::Result<Vec<u8>> {
            let mut out = vec![0; from.written + from.waits.len()];
            out[from.written..].copy_from_slice(&from.waits);
            let (mut at, mut filled) = (from.last, from.written);
            while at > 0 {
                let mut head = [0; HEAD];
                file.read_exact_at(&mut head, at)?;
                let number = |of: &[u8]| of.iter().fold(0u64, |n, b| n << 8 | u64::from(*b));
                let (before, length) = (number(&head[..8]), number(&head[8..]) as usize);
                let begin = filled.checked_sub(length).ok_or(std::io::ErrorKind::InvalidData)?;
                file.read_exact_at(&mut out[begin..filled], at + HEAD as u64)?;
                (at, filled) = (before, begin);
            }
            Ok(out)
        };
        read().map_err(|e| failed(&e))
    }
}

/// Records are made of these, and read in the same order.
pub(super) fn put_int(into: &mut Vec<u8>, n: i64) {
    into.extend(n.to_be_bytes());
}

/// Bytes with their length before them.
pub(super) fn put_bytes(into: &mut Vec<u8>, bytes: &[u8]) {
    into.extend((bytes.len() as u32).to_be_bytes());
    into.extend(bytes);
}

/// Reads records again.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn int(&mut self) -> Option<i64> {
        let (head, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(i64::from_be_bytes(*head))
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        let (head, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*head)
    }

    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_first_chunk::<4>()?;
        let (bytes, rest) = rest.split_at_checked(u32::from_be_bytes(*head) as usize)?;
        self.0 = rest;
        Some(bytes)
    }
}
