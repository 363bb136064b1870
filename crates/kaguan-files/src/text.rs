//! Small text files that people make by hand or in a spreadsheet.

/// The text of a file: UTF-8, or GB 18030 as spreadsheets here save it.
pub fn text_of(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
        Err(_) => encoding_rs::GB18030.decode_without_bom_handling(bytes).0.into_owned(),
    }
}
