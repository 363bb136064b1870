//! Faces.

use kaguan_domain::clause;
use kaguan_files::photo::{HEIGHT, Level, WIDTH, check, look, measure, pixels_of};
use kaguan_files::portrait;

fn codes(pixels: &[u8]) -> Vec<&'static str> {
    look(pixels).into_iter().map(|((code, _), _)| code).collect()
}

#[test]
fn appendix_6_2_face_geometry_is_a_warning_by_pixels() {
    clause!(X6.2);
    let jpeg = portrait::draw(0);
    let seen = pixels_of(&jpeg).expect("a drawn portrait decodes");
    assert_eq!(codes(&seen), Vec::<&str>::new(), "a portrait drawn to the standard");
    assert_eq!(codes(&vec![255; seen.len()]), ["photo_no_face"]);
    let measured = |x, y, w, h| -> Vec<_> { measure(x, y, w, h).into_iter().map(|((c, _), _)| c).collect() };
    assert_eq!(measured(58, 92, 247, 247), Vec::<&str>::new());
    assert_eq!(measured(18, 92, 247, 247), ["photo_midline"]);
    assert_eq!(measured(100, 92, 160, 160), ["photo_face_width"]);
    assert_eq!(measured(58, 180, 247, 247), ["photo_eyes"]);
    // Moved 30 pixels down, the crown is too low.
    let (w, row) = (usize::from(WIDTH), usize::from(WIDTH) * 3);
    let mut down = vec![255; seen.len()];
    for y in 0..usize::from(HEIGHT) {
        if y >= 30 {
            down[y * row..(y + 1) * row].copy_from_slice(&seen[(y - 30) * row..(y - 30) * row + w * 3]);
        }
    }
    assert!(codes(&down).contains(&"photo_crown"), "{:?}", codes(&down));
    // Nothing of it is an error, and nothing of it is said unasked.
    assert!(check(&jpeg, Level::Faces).errors.is_empty());
    assert!(check(&jpeg, Level::Decode).warnings.iter().all(|(code, _)| *code != "photo_no_face"));
}
