//! Names and methods of the entries of an archive.

use kaguan_files::sbk2::{number_and_name, unreadable, whose_document};
use zip::CompressionMethod as Method;

#[test]
fn the_number_of_a_photo_is_folded_as_the_rows_is() {
    for leaf in [
        "44010319900305108X石雪莹",
        "44010319900305108x石雪莹",
        "４４０１０３１９９００３０５１０８Ｘ石雪莹",
        "440103 19900305 108X 石雪莹",
        "44010319900305108X_石雪莹",
    ] {
        assert_eq!(number_and_name(leaf), ("44010319900305108X".to_owned(), "石雪莹"), "{leaf}");
    }
    assert_eq!(number_and_name("石雪莹"), (String::new(), "石雪莹"));
    let latin = number_and_name("DEU000000C01X00T47ANNA SCHMIDT");
    assert_eq!(latin, ("DEU000000C01X00T47".to_owned(), "ANNA SCHMIDT"));
}

#[test]
fn the_image_of_a_document_has_the_photos_name_and_an_ending() {
    for head in [
        "44010319900305108X石[CHUI]_证件",
        "44010319900305108X石[CHUI]证件",
        "44010319900305108X石[CHUI]-证件",
        "44010319900305108X石[CHUI] 证件_正面",
        "44010319900305108X石[CHUI]_证件2",
    ] {
        assert_eq!(whose_document(head), Some("44010319900305108X石[CHUI]"), "{head}");
    }
    for head in ["44010319900305108X石[CHUI]", "_证件", "44010319900305108X石1"] {
        assert_eq!(whose_document(head), None, "{head}");
    }
}

#[test]
fn a_method_that_cannot_be_unpacked_is_named() {
    let said = |m| unreadable(false, 0, m).map(|f| f.1).unwrap_or_default();
    assert!(said(Method::LZMA).contains("LZMA") && said(Method::DEFLATE64).contains("Deflate64"));
    assert!(said(Method::ZSTD).contains("Zstandard") && said(Method::BZIP2).contains("BZip2"));
    assert_eq!(said(Method::DEFLATE), "");
    assert!(unreadable(true, 1, Method::DEFLATE).is_some_and(|f| f.1.contains("ZipCrypto")));
    assert!(unreadable(true, 1, Method::AES).is_some_and(|f| f.1.contains("AES")));
}
