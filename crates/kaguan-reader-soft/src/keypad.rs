//! What the reader does with the structures of PC/SC part 10: takes them to pieces, refuses what it does not wholly understand, has PINs
//! typed, puts them into the command.

use kaguan_desk_driver::Typed;
use zeroize::Zeroizing;

/// 输入超时
pub const TIMED_OUT: u16 = 0x6400;
/// 取消
pub const CANCELLED: u16 = 0x6401;
/// Two new ones that differ.
const DIFFER: u16 = 0x6402;
/// Not as many digits as were asked for.
const LENGTH: u16 = 0x6403;
/// A structure that is not understood.
const NOT_UNDERSTOOD: u16 = 0x6B80;

/// A PIN is complete when it is confirmed, and only then.
pub const COMPLETE: u8 = 0b010;
/// Chinese and English.
const LANGUAGES: [u16; 2] = [0x0804, 0x0409];

/// A structure that was understood.
#[derive(Debug)]
pub struct Entry {
    command: Zeroizing<Vec<u8>>,
    /// Bytes of a PIN.
    block: usize,
    digits: std::ops::RangeInclusive<usize>,
    /// Places in the command.
    present: Option<usize>,
    new: Option<usize>,
    confirm: bool,
}

/// What both structures begin with.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], u16> {
        let (first, rest) = self.0.split_first_chunk().ok_or(NOT_UNDERSTOOD)?;
        self.0 = rest;
        Ok(*first)
    }

    fn byte(&mut self) -> Result<u8, u16> {
        self.take::<1>().map(|[b]| b)
    }

    /// Format and block: BCD on the left, places in bytes, no length of the PIN in the command. Where the PIN begins, and its bytes.
    fn format(&mut self) -> Result<(usize, usize), u16> {
        let [_, _, format, block, length] = self.take()?;
        let is_bcd = format & 0b1000_0111 == 0b1000_0001;
        if !is_bcd || !(1..=8).contains(&block) || length != 0 {
            return Err(NOT_UNDERSTOOD);
        }
        Ok((usize::from((format >> 3) & 0b1111), block.into()))
    }

    fn digits(&mut self, block: usize) -> Result<std::ops::RangeInclusive<usize>, u16> {
        let [most, least] = self.take()?.map(usize::from);
        if least > most || least == 0 || most > 2 * block {
            return Err(NOT_UNDERSTOOD);
        }
        Ok(least..=most)
    }

    /// Conditions, messages, language: of messages there are as many as things are asked for, or none, or the reader's own.
    fn asked(&mut self, things: u8) -> Result<(), u16> {
        let [complete, messages] = self.take()?;
        let language = u16::from_le_bytes(self.take()?);
        let right =
            complete == COMPLETE && [0, things, 0xFF].contains(&messages) && LANGUAGES.contains(&language);
        if right { Ok(()) } else { Err(NOT_UNDERSTOOD) }
    }

    /// The command behind its length.
    fn command(mut self) -> Result<&'a [u8], u16> {
        let (prologue, length) = (self.take()?, u32::from_le_bytes(self.take()?));
        let whole = usize::try_from(length).is_ok_and(|n| n == self.0.len());
        match self.0 {
            [_, _, _, _, data, rest @ ..]
                if whole && prologue == [0; 3] && usize::from(*data) == rest.len() =>
            {
                Ok(self.0)
            }
            _ => Err(NOT_UNDERSTOOD),
        }
    }
}

/// Where the data of a command begin.
const DATA: usize = 5;

impl Entry {
    /// `PIN_VERIFY_STRUCTURE`.
    pub fn verify(bytes: &[u8]) -> Result<Self, u16> {
        let mut fields = Fields(bytes);
        let (at, block) = fields.format()?;
        let digits = fields.digits(block)?;
        fields.asked(1)?;
        if fields.byte()? != 0 {
            return Err(NOT_UNDERSTOOD);
        }
        Self::of(fields.command()?, block, digits, (Some(at), None), false)
    }

    /// `PIN_MODIFY_STRUCTURE`.
    pub fn modify(bytes: &[u8]) -> Result<Self, u16> {
        let mut fields = Fields(bytes);
        let (at, block) = fields.format()?;
        let [old, new] = fields.take()?.map(usize::from);
        let digits = fields.digits(block)?;
        let confirm = fields.byte()?;
        if at != 0 || confirm > 0b11 {
            return Err(NOT_UNDERSTOOD);
        }
        let (twice, present) = (confirm & 0b01 != 0, confirm & 0b10 != 0);
        let things = 1 + u8::from(twice) + u8::from(present);
        fields.asked(things)?;
        let [first, second, third] = fields.take()?;
        if [first, second, third].iter().any(|m| *m > 2) {
            return Err(NOT_UNDERSTOOD);
        }
        Self::of(fields.command()?, block, digits, (present.then_some(old), Some(new)), twice)
    }

    fn of(
        command: &[u8],
        block: usize,
        digits: std::ops::RangeInclusive<usize>,
        (present, new): (Option<usize>, Option<usize>),
        confirm: bool,
    ) -> Result<Self, u16> {
        let length = command.len() - DATA;
        let fits = |at: &usize| at + block <= length;
        let apart = present.zip(new).is_none_or(|(a, b)| a.abs_diff(b) >= block);
        if !present.iter().chain(&new).all(fits) || !apart {
            return Err(NOT_UNDERSTOOD);
        }
        Ok(Self { command: Zeroizing::new(command.to_vec()), block, digits, present, new, confirm })
    }

    /// What is typed, one after the other.
    pub fn typed(&self) -> Vec<Typed> {
        let mut out = Vec::new();
        out.extend(self.present.map(|_| Typed::Present));
        out.extend(self.new.map(|_| Typed::New));
        out.extend((self.confirm && self.new.is_some()).then_some(Typed::Again));
        out
    }

    /// The command with what was typed in it.
    pub fn filled(mut self, typed: &[Zeroizing<String>]) -> Result<Zeroizing<Vec<u8>>, u16> {
        let wrong =
            |t: &Zeroizing<String>| !self.digits.contains(&t.len()) || !t.bytes().all(|b| b.is_ascii_digit());
        if typed.iter().any(wrong) {
            return Err(LENGTH);
        }
        let mut typed = typed.iter();
        let present = self.present.and_then(|at| Some((at, typed.next()?)));
        let new = self.new.and_then(|at| Some((at, typed.next()?)));
        if let (true, Some((_, new))) = (self.confirm, new)
            && typed.next() != Some(new)
        {
            return Err(DIFFER);
        }
        for (at, pin) in present.into_iter().chain(new) {
            let place = self.command.iter_mut().skip(DATA + at).take(self.block);
            for (byte, two) in place.zip(pin.as_bytes().chunks(2)) {
                let low = two.get(1).map_or(0xF, |b| b - b'0');
                *byte = ((two[0] - b'0') << 4) | low;
            }
        }
        Ok(self.command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(|b| *b != b' ').collect();
        digits.chunks(2).map(|t| u8::from_str_radix(std::str::from_utf8(t).unwrap(), 16).unwrap()).collect()
    }

    fn pins(all: &[&str]) -> Vec<Zeroizing<String>> {
        all.iter().map(|p| Zeroizing::new((*p).to_owned())).collect()
    }

    const VERIFY: &str = "2d2d810300 0606 02 01 0408 00 000000 08000000 0020000003ffffff";
    const MODIFY: &str =
        "2d2d810300 00 04 0606 03 02 03 0408 000102 000000 0c000000 805e010007ffffffffffffff";

    #[test]
    fn part_10_what_was_typed_stands_where_the_structure_says() {
        let verify = Entry::verify(&bytes(VERIFY)).unwrap();
        assert_eq!(verify.typed(), [Typed::Present]);
        assert_eq!(verify.filled(&pins(&["385274"])).unwrap()[..], bytes("0020000003 385274"));
        let modify = || Entry::modify(&bytes(MODIFY)).unwrap();
        assert_eq!(modify().typed(), [Typed::Present, Typed::New, Typed::Again]);
        let filled = modify().filled(&pins(&["123456", "385274", "385274"])).unwrap();
        assert_eq!(filled[..], bytes("805e010007 123456 ff 385274"));
        let why = |all: &[&str]| modify().filled(&pins(all)).unwrap_err();
        assert_eq!(why(&["123456", "385274", "385275"]), DIFFER);
        assert_eq!(why(&["123456", "38527", "38527"]), LENGTH);
        assert_eq!(why(&["1234567", "385274", "385274"]), LENGTH);
    }

    #[test]
    fn part_10_a_structure_that_is_not_whole_or_means_something_else_is_refused() {
        let whole = bytes(MODIFY);
        for end in 0..whole.len() {
            assert_eq!(Entry::modify(&whole[..end]).unwrap_err(), NOT_UNDERSTOOD, "{end}");
        }
        // At each place a value that this reader, or any, does not take.
        for (at, value) in [
            (2, 0x82), // ASCII
            (2, 0x01), // places in bits
            (2, 0x85), // on the right
            (2, 0x89), // a place beside the two that it has of its own
            (3, 0x13), // a length in the command
            (3, 0x04), // places that overlap
            (3, 0x02), // no room for six digits
            (4, 0x10),
            (5, 0x03), // on the other's place
            (6, 0x05), // beyond the data
            (7, 0x05), // fewer at most than at least
            (9, 0x04),
            (10, 0x00), // never complete
            (11, 0x02), // fewer messages than things that are asked for
            (12, 0x09),
            (14, 0x03),
            (17, 0x01),
            (20, 0x0b), // another length
            (28, 0x06), // Lc
        ] {
            let mut other = whole.clone();
            other[at] = value;
            assert_eq!(Entry::modify(&other).unwrap_err(), NOT_UNDERSTOOD, "{at}: {value:02x}");
        }
        assert_eq!(Entry::verify(&whole).unwrap_err(), NOT_UNDERSTOOD);
    }
}
