//! The files of the card (`data/card_file_tags.csv`) and how their items are written.

use std::sync::LazyLock;

/// How an item is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// `cn`: digits in BCD, filled up with `F` on the right.
    Digits,
    /// `an`: text in GB18030, filled up with zero bytes.
    Text,
    /// `b`: bytes; outside it is hexadecimal.
    Bytes,
}

/// One item of one file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// `SSSE`, `DF01`.
    pub directory: &'static str,
    /// `EF05`.
    pub file: &'static str,
    /// Record tag; `None` of a transparent file.
    pub tag: Option<u8>,
    pub name: &'static str,
    pub form: Form,
    /// Bytes on the card.
    pub length: usize,
    /// The key that must have been proved before it is read, if any; a PIN will do in `DF01`.
    pub read_key: Option<&'static str>,
    /// The key that must have been proved before it is written.
    pub write_key: &'static str,
}

static ITEMS: LazyLock<Vec<Item>> = LazyLock::new(|| {
    include_str!("../../../data/card_file_tags.csv").lines().skip(1).filter_map(line).collect()
});

fn line(line: &'static str) -> Option<Item> {
    let c: Vec<&str> = line.split(',').collect();
    let form = match *c.get(4)? {
        "cn" => Form::Digits,
        "an" => Form::Text,
        _ => Form::Bytes,
    };
    let read_key = match *c.get(6)? {
        "无" | "" => None,
        "RKSSSE" | "无 (3.0: RKSSSE)" => Some("RKSSSE"),
        _ => Some("RK1DF01"),
    };
    Some(Item {
        directory: c.first()?,
        file: c.get(1)?,
        tag: u8::from_str_radix(c.get(2)?, 16).ok(),
        name: c.get(3)?,
        form,
        length: c.get(5)?.parse().ok()?,
        read_key,
        write_key: c.get(7)?,
    })
}

/// The item of a directory, a file and a tag, as `SSSEEF06` and `09` name it.
pub fn item(file: &str, tag: Option<&str>) -> Option<&'static Item> {
    let tag = match tag {
        Some(t) => Some(u8::from_str_radix(t, 16).ok()?),
        None => None,
    };
    let (directory, file) = (file.get(..4)?, file.get(4..)?);
    ITEMS.iter().find(|i| i.directory == directory && i.file == file && i.tag == tag)
}

/// Every item of the card.
pub fn all_items() -> &'static [Item] {
    &ITEMS
}

/// The items of a file.
pub fn items_of(directory: &str, file: &str) -> impl Iterator<Item = &'static Item> {
    ITEMS.iter().filter(move |i| i.directory == directory && i.file == file)
}

impl Item {
    /// Where its bytes lie in the card's memory.
    pub fn place(&self) -> String {
        match self.tag {
            Some(tag) => format!("{}/{}/{tag:02X}", self.directory, self.file),
            None => format!("{}/{}", self.directory, self.file),
        }
    }

    /// The bytes of a text; `None` when they do not fit or are no digits.
    pub fn bytes_of(&self, text: &str) -> Option<Vec<u8>> {
        let mut bytes = match self.form {
            Form::Text => gb(text),
            Form::Bytes => hex::decode(text).ok()?,
            Form::Digits => {
                if !text.bytes().all(|b| b.is_ascii_hexdigit()) {
                    return None;
                }
                let mut digits = text.to_owned();
                if digits.len() % 2 == 1 {
                    digits.push('F');
                }
                hex::decode(digits).ok()?
            }
        };
        if bytes.len() > self.length {
            return None;
        }
        let fill = if self.form == Form::Digits { 0xFF } else { 0 };
        if self.tag.is_some() {
            bytes.resize(self.length, fill);
        }
        Some(bytes)
    }

    /// The text of its bytes, without what fills them up.
    pub fn text_of(&self, bytes: &[u8]) -> String {
        match self.form {
            Form::Text => from_gb(bytes.split(|b| *b == 0).next().unwrap_or_default()),
            Form::Bytes => hex::encode_upper(bytes),
            // 卡识别码 fills its place: an F at its end is its own.
            Form::Digits if self.tag == Some(0x01) && self.length == 16 => hex::encode_upper(bytes),
            Form::Digits => hex::encode_upper(bytes).trim_end_matches('F').to_owned(),
        }
    }
}

/// GB18030, of which GBK is a part.
pub fn gb(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

/// The text of GB18030 bytes.
pub fn from_gb(bytes: &[u8]) -> String {
    encoding_rs::GB18030.decode_without_bom_handling(bytes).0.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_written_as_the_card_holds_them() {
        let day = item("SSSEEF05", Some("05")).unwrap();
        assert_eq!((day.bytes_of("20261127").unwrap(), day.name), (vec![0x20, 0x26, 0x11, 0x27], "发卡日期"));
        let name = item("SSSEEF06", Some("09")).unwrap();
        let bytes = name.bytes_of("张三").unwrap();
        assert_eq!((bytes.len(), name.text_of(&bytes).as_str()), (30, "张三"));
        assert_eq!(
            name.text_of(&name.bytes_of("\u{3447}").unwrap()),
            "\u{3447}",
            "a rare character takes four bytes"
        );
        assert!(name.bytes_of(&"张".repeat(16)).is_none(), "32 bytes do not fit into 30");
        assert_eq!(day.text_of(&[0xFF; 4]), "", "a blank has no day");
        assert!(item("SSSEEF08", None).is_some() && item("SSSEEF06", Some("99")).is_none());
        assert_eq!(items_of("SSSE", "EF06").count(), 7);
    }
}
