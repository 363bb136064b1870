//! What lies in the zip: names in the encoding of the archive as a whole, folders, what file managers leave behind, and photos by
//! the number and the name that their files carry.

use super::RowError;
use kaguan_domain::characters;
use kaguan_domain::facts::name::{self, names_agree};
use kaguan_domain::spelling;
use std::collections::{HashMap, HashSet};
use zip::CompressionMethod as Method;

/// In which encoding the names without a mark of their own are written. Zip programs of Windows write the local code page and
/// say nothing; others write UTF-8 and say nothing either.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Charset {
    Utf8,
    Gb18030,
}

/// One entry as the archive names it.
struct Entry {
    at: usize,
    raw: Vec<u8>,
    /// The name is marked as UTF-8, by its flag or by the Unicode path field 0x7075.
    marked: bool,
    /// Why it cannot be read, if so.
    fault: Option<(&'static str, String, &'static str)>,
}

/// All entries of an archive.
pub(super) struct Survey(Vec<Entry>);

/// A photo, by what its name says.
pub(super) struct Photo {
    /// Where it stands in the zip.
    pub(super) at: usize,
    /// The first eighteen letters and digits, folded.
    pub(super) number: String,
    /// The rest.
    name: String,
    /// The file's name with its ending.
    pub(super) leaf: String,
    /// Whether the name is written exactly as Appendix 6 asks: number, name, nothing between.
    pub(super) exact: bool,
}

/// What the entries are.
#[derive(Default)]
pub(super) struct Contents {
    /// The text of the same name as the zip.
    pub(super) text: Option<usize>,
    pub(super) photos: Vec<Photo>,
    /// 证件影像 beside the photos.
    pub(super) images: Vec<Photo>,
    /// Why the file as a whole is refused.
    pub(super) errors: Vec<RowError>,
    /// Photos that no row can have.
    pub(super) unseen: Vec<RowError>,
}

/// What one entry is.
enum Kind<'a> {
    Nothing,
    Text,
    OtherText,
    /// Its name has characters that nobody sees, by name.
    UnseenText(String),
    /// Its name without the ending.
    Photo(&'a str),
    /// 证件影像: its name without the ending, and what of that is number and name.
    Image(&'a str, &'a str),
    OutsidePhoto,
    NotJpeg,
    Other(String),
    Strange,
}

impl Survey {
    /// Reads the directory of the zip.
    pub(super) fn of(zip: &mut super::read::Zip) -> Self {
        let damaged = || ("zip_damaged", "压缩包目录损坏".to_owned(), "请重新打包上传");
        let n = zip.len();
        let entry = |at| {
            let Ok(entry) = zip.by_index_raw(at) else {
                return Entry { at, raw: Vec::new(), marked: false, fault: Some(damaged()) };
            };
            let raw = entry.name_raw().to_vec();
            let marked = entry.flags().as_u16() & 0x800 != 0 && std::str::from_utf8(&raw).is_ok();
            let fault = if entry.is_symlink() {
                Some(("bad_entry_name", "压缩包内有链接".to_owned(), "请只打包文本文件和PHOTO目录"))
            } else {
                unreadable(entry.encrypted(), entry.flags().as_u16(), entry.compression())
            };
            Entry { at, raw, marked, fault }
        };
        Self((0..n).map(entry).collect())
    }

    /// What the entries are, the names decoded so that most of the photos which the text expects are found. `expected` has the
    /// names of the rows by number; without a text nothing is expected.
    pub(super) fn contents(&self, stem: &str, expected: &HashMap<String, Vec<String>>) -> Contents {
        let mut names = self.0.iter().filter(|e| !e.marked && !e.raw.is_ascii()).peekable();
        if names.peek().is_none() {
            return self.read(stem, Charset::Utf8);
        }
        // GBK names whose bytes happen to be valid UTF-8 stand beside others that are not; the archive was written by one program.
        let utf8 = names.all(|e| std::str::from_utf8(&e.raw).is_ok());
        let (first, second) =
            if utf8 { (Charset::Utf8, Charset::Gb18030) } else { (Charset::Gb18030, Charset::Utf8) };
        let (first, second) = (self.read(stem, first), self.read(stem, second));
        if second.found(expected) > first.found(expected) { second } else { first }
    }

    fn read(&self, stem: &str, charset: Charset) -> Contents {
        let mut out = Contents::default();
        let (mut texts, mut other_texts) = (0_usize, 0_usize);
        let mut leaves = HashSet::new();
        for entry in &self.0 {
            let path = decode(entry, charset).replace('\\', "/");
            let kind = kind(relative(&path), stem);
            let file = path.rsplit('/').next().unwrap_or_default();
            // An entry that has no name could not be read at all.
            if matches!(kind, Kind::Nothing) && !entry.raw.is_empty() {
                continue;
            }
            if let Some((code, what, remedy)) = &entry.fault {
                out.wrong(code, what, remedy);
                // The text is there, though nobody can read it.
                texts += usize::from(matches!(kind, Kind::Text));
                continue;
            }
            match kind {
                Kind::Nothing => {}
                Kind::Strange => {
                    out.wrong("bad_entry_name", "压缩包内有越界路径", "请只打包文本文件和PHOTO目录");
                }
                Kind::Text => {
                    texts += 1;
                    out.text = Some(entry.at);
                }
                Kind::UnseenText(unseen) => {
                    let what = format!("文本文件名含有看不见的字符：{unseen}");
                    out.wrong("invisible_character", &what, "请使文本文件与压缩包同名（后缀.txt）");
                    texts += 1;
                }
                Kind::OtherText => other_texts += 1,
                Kind::Image(leaf, _) if !leaves.insert(leaf.to_owned()) => {
                    out.wrong("duplicate_entry", "压缩包内有重名的证件影像", "请删除重复的影像后重新打包");
                }
                Kind::Image(_, whose) => {
                    let image = out.named(entry.at, whose, file);
                    out.images.extend(image);
                }
                Kind::Photo(leaf) if !leaves.insert(leaf.to_owned()) => {
                    out.wrong("duplicate_entry", "压缩包内有重名相片", "请删除重复的相片后重新打包");
                }
                Kind::Photo(leaf) => {
                    let photo = out.named(entry.at, leaf, file);
                    out.photos.extend(photo);
                }
                Kind::OutsidePhoto => {
                    out.wrong("unknown_entry", "有相片不在PHOTO目录内", "请把相片放入PHOTO目录后重新打包");
                }
                Kind::NotJpeg => {
                    out.wrong(
                        "unknown_entry",
                        "PHOTO目录内有不是.jpg的文件",
                        "请只放入.jpg相片，以及文件名以“_证件”结尾的证件影像",
                    );
                }
                Kind::Other(ending) => {
                    let what = format!("压缩包内有多余的文件{ending}");
                    out.wrong("unknown_entry", &what, "请只打包文本文件和PHOTO目录");
                }
            }
        }
        if texts > 1 {
            out.wrong("duplicate_entry", "压缩包内有多个同名的文本文件", "请只保留一个文本文件");
        } else if texts == 0 && other_texts > 0 {
            let remedy = "请使文本文件与压缩包同名（后缀.txt）";
            out.wrong("text_name", "文本文件与压缩包不同名", remedy);
        } else if texts == 0 {
            out.wrong("no_text", "缺少与压缩包同名的文本文件", "请加入文本文件后重新打包");
        } else if other_texts > 0 {
            out.wrong("unknown_entry", "压缩包内有多余的文本文件", "请只打包文本文件和PHOTO目录");
        }
        out
    }
}

impl Contents {
    fn wrong(&mut self, code: &'static str, what: &str, remedy: &str) {
        if self.errors.len() < 50 {
            self.errors.push(RowError::new(0, "压缩包", code, what, remedy));
        }
    }

    /// A photo or an image by its name; none when nobody could see what the name is.
    fn named(&mut self, at: usize, leaf: &str, file: &str) -> Option<Photo> {
        let unseen = characters::invisible_in(leaf);
        if !unseen.is_empty() {
            if self.unseen.len() < 50 {
                let what = format!("相片文件名含有看不见的字符：{unseen}");
                let remedy = "请重新命名：18位号码加姓名";
                self.unseen.push(RowError::new(0, "相片", "invisible_character", &what, remedy));
            }
            return None;
        }
        let (number, rest) = number_and_name(leaf);
        let exact = leaf.strip_prefix(number.as_str()) == Some(rest);
        Some(Photo { at, number, name: rest.to_owned(), leaf: file.to_owned(), exact })
    }

    /// How many of the photos and images that the rows expect are there.
    fn found(&self, expected: &HashMap<String, Vec<String>>) -> usize {
        let fits = |p: &&Photo| expected.get(&p.number).is_some_and(|names| names.iter().any(|n| p.is_of(n)));
        self.photos.iter().chain(&self.images).filter(fits).count()
    }
}

impl Photo {
    /// Whether the name is this one: as names are compared anywhere, and for signs that a file name cannot carry.
    pub(super) fn is_of(&self, name: &str) -> bool {
        names_agree(name, &self.name) || letters(name) == letters(&self.name)
    }
}

/// Letters and characters of a name without its signs; never empty for a name.
fn letters(text: &str) -> String {
    let folded = name::fold(text);
    folded.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_uppercase()).collect()
}

/// The number at the head of a photo's name, folded as the row's is, and what follows.
pub fn number_and_name(leaf: &str) -> (String, &str) {
    let mut number = String::new();
    let mut rest = leaf;
    for (at, c) in leaf.char_indices() {
        rest = &leaf[at..];
        let folded = spelling::narrow(c).to_ascii_uppercase();
        let between = spelling::is_blank(c) || spelling::is_dash(c);
        if number.len() == 18 || !(between || folded.is_ascii_alphanumeric()) {
            break;
        }
        if !between {
            number.push(folded);
        }
        rest = &leaf[at + c.len_utf8()..];
    }
    // Appendix 6 wants nothing between; what is put there all the same is no part of the name.
    (number, rest.trim_start_matches(|c| spelling::is_blank(c) || spelling::is_dash(c) || c == '_'))
}

/// A name in its encoding: its own if it is marked, else the archive's, else the other one, else what can be read of it.
fn decode(entry: &Entry, charset: Charset) -> String {
    let utf8 = || std::str::from_utf8(&entry.raw).ok().map(str::to_owned);
    let gb18030 = || {
        let text = encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(&entry.raw);
        text.map(std::borrow::Cow::into_owned)
    };
    let read = match charset {
        Charset::Utf8 => utf8().or_else(gb18030),
        Charset::Gb18030 if entry.marked => utf8(),
        Charset::Gb18030 => gb18030().or_else(utf8),
    };
    read.unwrap_or_else(|| String::from_utf8_lossy(&entry.raw).into_owned())
}

/// A path without the drive and the root that some programs write before it: nothing is unpacked to a disk, and these are folders
/// around the text like any others.
fn relative(path: &str) -> &str {
    let drive = matches!(path.as_bytes(), [letter, b':', b'/', ..] if letter.is_ascii_alphabetic());
    path[if drive { 2 } else { 0 }..].trim_start_matches('/')
}

/// What a path is. Folders around the text and around `PHOTO` are nothing, nor is what file managers leave behind.
fn kind<'a>(path: &'a str, stem: &str) -> Kind<'a> {
    let parts: Vec<&str> = path.split('/').filter(|p| *p != ".").collect();
    let left_behind = |p: &&str| {
        let p = p.to_ascii_lowercase();
        p.starts_with("._")
            || matches!(
                p.as_str(),
                "__macosx"
                    | ".ds_store"
                    | "thumbs.db"
                    | "ehthumbs.db"
                    | "desktop.ini"
                    | ".spotlight-v100"
                    | ".trashes"
            )
    };
    if parts.iter().any(left_behind) {
        return Kind::Nothing;
    }
    let strange = path.contains(':') || path.chars().any(char::is_control) || parts.contains(&"..");
    if strange {
        return Kind::Strange;
    }
    let Some((leaf, folders)) = parts.split_last().filter(|(leaf, _)| !leaf.is_empty()) else {
        return Kind::Nothing;
    };
    let in_photo = folders.last().is_some_and(|f| spelling::trim(f).eq_ignore_ascii_case("PHOTO"));
    let (head, ending) = leaf.rsplit_once('.').unwrap_or((leaf, ""));
    let ending = ending.to_ascii_lowercase();
    if let Some(whose) = whose_document(head)
        && in_photo
        && ["jpg", "jpeg", "png", "tif", "tiff", "pdf"].contains(&ending.as_str())
    {
        return Kind::Image(head, whose);
    }
    match ending.as_str() {
        "jpg" if in_photo => Kind::Photo(head),
        _ if in_photo => Kind::NotJpeg,
        "txt" if head.eq_ignore_ascii_case(stem) => Kind::Text,
        "txt" => match characters::invisible_in(head) {
            unseen if unseen.is_empty() => Kind::OtherText,
            unseen => Kind::UnseenText(unseen),
        },
        "jpg" | "jpeg" => Kind::OutsidePhoto,
        e if !e.is_empty() && e.len() <= 8 && e.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            Kind::Other(format!("（.{e}）"))
        }
        _ => Kind::Other(String::new()),
    }
}

/// Number and name in the name of a document's image, which ends with `_证件` (decision 0012); each side may be an image.
pub fn whose_document(head: &str) -> Option<&str> {
    let cut = |text: &'_ str| {
        text.trim_end_matches(|c| spelling::is_blank(c) || spelling::is_dash(c) || c == '_').len()
    };
    let head = &head[..cut(head)];
    let sides = ["正面", "反面", "1", "2"];
    let head = sides.iter().find_map(|side| head.strip_suffix(side)).unwrap_or(head);
    let head = head[..cut(head)].strip_suffix("证件")?;
    Some(&head[..cut(head)]).filter(|whose| !whose.is_empty())
}

/// Why an entry cannot be unpacked: what it is, by name.
pub fn unreadable(
    encrypted: bool,
    flags: u16,
    method: Method,
) -> Option<(&'static str, String, &'static str)> {
    if method == Method::AES {
        return Some(("encrypted", "压缩包加了密码（AES加密）".into(), "请不加密码重新打包"));
    }
    if encrypted {
        let kind = if flags & 0x40 != 0 { "强加密" } else { "ZipCrypto加密" };
        return Some(("encrypted", format!("压缩包加了密码（{kind}）"), "请不加密码重新打包"));
    }
    if matches!(method, Method::STORE | Method::DEFLATE) {
        return None;
    }
    let name = NAMED.iter().find(|(m, _)| *m == method).map_or("其他", |(_, name)| name);
    let what = format!("压缩方式为{name}，本系统只能解开“存储”和Deflate");
    Some(("unsupported_compression", what, "请按ZIP格式、以标准（Deflate）方式重新打包"))
}

const NAMED: [(Method, &str); 11] = [
    (Method::SHRINK, "Shrink"),
    (Method::IMPLODE, "Implode"),
    (Method::DEFLATE64, "Deflate64"),
    (Method::BZIP2, "BZip2"),
    (Method::LZMA, "LZMA"),
    (Method::ZSTD_DEPRECATED, "Zstandard"),
    (Method::ZSTD, "Zstandard"),
    (Method::XZ, "XZ"),
    (Method::JPEG, "JPEG"),
    (Method::WAVPACK, "WavPack"),
    (Method::PPMD, "PPMd"),
];

/// What a file is that is no zip, by its first bytes.
pub(super) fn what_else(head: &[u8]) -> Option<&'static str> {
    let known: [(&[u8], &str); 5] = [
        (b"Rar!", "RAR压缩包"),
        (b"7z\xBC\xAF\x27\x1C", "7z压缩包"),
        (b"\x1F\x8B", "gzip压缩包"),
        (b"\xD0\xCF\x11\xE0", "Office文件"),
        (b"PK\x07\x08", "分卷压缩包"),
    ];
    known.iter().find(|(mark, _)| head.starts_with(mark)).map(|(_, name)| *name)
}
