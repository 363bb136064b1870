//! Lines of a text of unknown encoding: bounded, decoded one by one.

use std::io::{BufRead, Read};

/// The encoding of a text, found from its beginning.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// UTF-8, with or without a mark.
    Utf8,
    /// GB 18030.
    Gb18030,
}

/// One line.
pub enum TextLine {
    /// Decoded.
    Text(String),
    /// Not in the encoding of the file.
    Undecodable,
    /// Longer than allowed; the rest was skipped.
    TooLong,
}

/// Reads lines without ever holding more than the longest allowed one.
pub struct Lines<R> {
    input: R,
    /// Unknown as long as only ASCII has been seen.
    encoding: Option<Encoding>,
    longest: usize,
    /// Bytes still allowed; a text over its limit ends with an error.
    left: u64,
}

/// Why the text cannot be read on.
#[derive(Debug)]
pub enum LinesError {
    /// Larger than allowed.
    TooLarge,
    /// Cannot be unpacked.
    Damaged,
    /// UTF-16, which 记事本 calls Unicode.
    Utf16,
}

impl<R: BufRead> Lines<R> {
    /// Looks for a mark at the beginning and skips it. Without a mark the first line that is not ASCII decides,
    /// which is the title line: one bad byte in some row must not make all the others unreadable.
    pub fn new(mut input: R, longest: usize, most: u64) -> Result<Self, LinesError> {
        let head = input.fill_buf().map_err(|_| LinesError::Damaged)?;
        if head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]) {
            return Err(LinesError::Utf16);
        }
        let (mark, encoding) = if head.starts_with(&[0xEF, 0xBB, 0xBF]) {
            (3, Some(Encoding::Utf8))
        } else if head.starts_with(&[0x84, 0x31, 0x95, 0x33]) {
            (4, Some(Encoding::Gb18030))
        } else {
            (0, None)
        };
        input.consume(mark);
        Ok(Self { input, encoding, longest, left: most })
    }

    /// The next line, without its end; `None` at the end of the text.
    pub fn next(&mut self) -> Result<Option<TextLine>, LinesError> {
        let mut bytes = Vec::new();
        let limit = (self.longest as u64 + 1).min(self.left + 1);
        let n =
            self.input.by_ref().take(limit).read_until(b'\n', &mut bytes).map_err(|_| LinesError::Damaged)?;
        if n == 0 {
            return Ok(None);
        }
        self.spend(n)?;
        if bytes.last() != Some(&b'\n') && n > self.longest {
            self.skip_line()?;
            return Ok(Some(TextLine::TooLong));
        }
        while matches!(bytes.last(), Some(b'\n' | b'\r')) {
            bytes.pop();
        }
        if self.encoding.is_none() && !bytes.is_ascii() {
            let utf8 = std::str::from_utf8(&bytes).is_ok();
            self.encoding = Some(if utf8 { Encoding::Utf8 } else { Encoding::Gb18030 });
        }
        Ok(Some(match self.encoding.unwrap_or(Encoding::Utf8) {
            Encoding::Utf8 => String::from_utf8(bytes).map_or(TextLine::Undecodable, TextLine::Text),
            Encoding::Gb18030 => encoding_rs::GB18030
                .decode_without_bom_handling_and_without_replacement(&bytes)
                .map_or(TextLine::Undecodable, |t| TextLine::Text(t.into_owned())),
        }))
    }

    fn spend(&mut self, n: usize) -> Result<(), LinesError> {
        self.left = self.left.checked_sub(n as u64).ok_or(LinesError::TooLarge)?;
        Ok(())
    }

    fn skip_line(&mut self) -> Result<(), LinesError> {
        loop {
            let buffer = self.input.fill_buf().map_err(|_| LinesError::Damaged)?;
            if buffer.is_empty() {
                return Ok(());
            }
            let end = buffer.iter().position(|b| *b == b'\n');
            let n = end.map_or(buffer.len(), |i| i + 1);
            self.input.consume(n);
            self.spend(n)?;
            if end.is_some() {
                return Ok(());
            }
        }
    }
}
