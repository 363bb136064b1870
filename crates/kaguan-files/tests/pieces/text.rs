//! Text in both encodings.

use kaguan_files::text::text_of;

#[test]
fn a_spreadsheets_text_is_read_in_both_encodings() {
    let line = "2027-01-01,off,元旦";
    assert_eq!(text_of(format!("\u{feff}{line}").as_bytes()), line);
    assert_eq!(text_of(&encoding_rs::GB18030.encode(line).0), line);
}
