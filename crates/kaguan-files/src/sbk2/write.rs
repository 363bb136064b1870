//! Writing an SBK2 zip, for samples and tests.

use super::FileName;
use kaguan_domain::facts::form::{Field, FormDraft};
use std::io::{Seek, Write};
use zip::write::SimpleFileOptions;

/// Encoding of the text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// GB 18030, as most offices write.
    Gb18030,
    /// UTF-8 with a mark.
    Utf8,
}

/// One applicant for the file.
#[derive(Clone, Debug)]
pub struct Entry {
    pub draft: FormDraft,
    /// The photo and its name without `.jpg`.
    pub photo: Option<(String, Vec<u8>)>,
    /// The image of the document and its name, its ending with it.
    pub image: Option<(String, Vec<u8>)>,
}

/// Writes the zip.
pub fn write<W: Write + Seek>(
    out: W,
    name: &FileName,
    entries: &[Entry],
    encoding: Encoding,
) -> zip::result::ZipResult<()> {
    let mut zip = zip::ZipWriter::new(out);
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    zip.start_file(format!("{}.txt", name.stem()), options)?;
    let titles: Vec<String> = Field::TITLE_ROW
        .iter()
        .map(|f| format!("{}{}", f.title(), if f.required() { "*" } else { "" }))
        .collect();
    let mut text = format!("{}\r\n{}\r\n", entries.len(), titles.join(","));
    for (i, e) in entries.iter().enumerate() {
        let cells: Vec<String> = Field::TITLE_ROW
            .iter()
            .map(|f| if *f == Field::SerialNumber { (i + 1).to_string() } else { e.draft.get(*f).to_owned() })
            .collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    match encoding {
        Encoding::Gb18030 => zip.write_all(&encoding_rs::GB18030.encode(&text).0)?,
        Encoding::Utf8 => {
            zip.write_all("\u{feff}".as_bytes())?;
            zip.write_all(text.as_bytes())?;
        }
    }
    zip.add_directory("PHOTO/", options)?;
    for (name, bytes) in entries.iter().filter_map(|e| e.photo.as_ref()) {
        zip.start_file(format!("PHOTO/{name}.jpg"), options)?;
        zip.write_all(bytes)?;
    }
    for (name, bytes) in entries.iter().filter_map(|e| e.image.as_ref()) {
        zip.start_file(format!("PHOTO/{name}"), options)?;
        zip.write_all(bytes)?;
    }
    zip.finish()?;
    Ok(())
}
