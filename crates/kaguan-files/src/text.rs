//! Small text files that people make by hand or in a spreadsheet.

/// The text of a file: UTF-8, or GB 18030 as spreadsheets here save it.
pub fn text_of(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
        Err(_) => encoding_rs::GB18030.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::text_of;

    #[test]
    fn a_spreadsheets_text_is_read_in_both_encodings() {
        let line = "2027-01-01,off,元旦";
        assert_eq!(text_of(format!("\u{feff}{line}").as_bytes()), line);
        assert_eq!(text_of(&encoding_rs::GB18030.encode(line).0), line);
    }
}
