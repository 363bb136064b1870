//! What is found in a photo.

use kaguan_domain::clause;
use kaguan_files::photo::{MOST_BYTES, Mark, findings};
use kaguan_files::portrait;

fn found(bytes: &[u8]) -> Vec<(&'static str, Vec<Mark>)> {
    findings(bytes).into_iter().map(|f| (f.code, f.marks)).collect()
}

#[test]
fn appendix_6_2_what_is_wrong_with_a_photo_is_shown_where_it_is() {
    clause!(X6.2);
    assert_eq!(found(&portrait::draw(0)), []);
    let blue = found(&portrait::draw_on(1, [60, 110, 200]));
    let corners = [Mark::Box { x: 0, y: 0, w: 40, h: 60 }, Mark::Box { x: 318, y: 0, w: 40, h: 60 }];
    assert_eq!(blue[0], ("photo_background", corners.to_vec()));
    let framed = found(&portrait::draw_framed(1));
    assert_eq!(framed[0], ("photo_background", vec![Mark::Box { x: 0, y: 0, w: 358, h: 441 }]));
    // A file has several faults: each is told, with its remedy, and nothing is measured on what cannot be.
    let mut low = portrait::draw_on(1, [60, 110, 200]);
    low[14..18].copy_from_slice(&[0, 72, 0, 72]);
    let both = findings(&low);
    let refused: Vec<_> = both.iter().filter(|f| f.refuses).map(|f| f.code).collect();
    assert_eq!(refused, ["photo_dpi", "photo_background"]);
    assert!(both.iter().all(|f| f.refuses != f.remedy.is_empty()));
    assert_eq!(found(&portrait::draw_sized(1, 300, 400))[0], ("photo_size", Vec::new()));
    assert_eq!(found(b"GIF89a"), [("photo_not_jpeg", Vec::new())]);
    assert_eq!(found(&vec![0; MOST_BYTES + 1]), [("photo_too_large", Vec::new())]);
}
