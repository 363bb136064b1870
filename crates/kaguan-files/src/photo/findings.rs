//! What is found in a photo and where on it, for whoever cuts it or has to take it again.

use super::{Level, MOST_BYTES, Remark, background, check, face, pixels_of, remedy};
use kaguan_domain::clause;
use serde::Serialize;

/// Where on a photo of the standard's size something is seen, in pixels from its upper left corner.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Mark {
    Box {
        x: i32,
        y: i32,
        w: i32,
        h: i32,
    },
    /// A line across at a height.
    Level {
        y: i32,
    },
    /// A line from top to bottom.
    Upright {
        x: i32,
    },
}

/// One thing that is wrong or odd.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    /// Stable code.
    pub code: &'static str,
    /// A Chinese phrase.
    pub text: String,
    /// What is to be done; empty for what refuses nothing.
    pub remedy: &'static str,
    /// Whether the photo is refused for it.
    pub refuses: bool,
    /// Where it is seen; nowhere for what concerns the file.
    pub marks: Vec<Mark>,
}

/// Everything that a check finds, the face among it, with where it is seen: what refuses the photo first.
pub fn findings(bytes: &[u8]) -> Vec<Finding> {
    clause!(X6.2);
    let report = check(bytes, Level::Decode);
    let broken = ["photo_too_large", "photo_not_jpeg", "photo_damaged"];
    let whole = bytes.len() <= MOST_BYTES && !report.errors.iter().any(|e| broken.contains(&e.0));
    // A picture of another size cannot be measured.
    let pixels = whole.then(|| pixels_of(bytes).ok()).flatten();
    let behind = pixels.as_deref().and_then(background);
    let faces = pixels.as_deref().map(face::look).unwrap_or_default();
    let finding = |(code, text): Remark, refuses: bool, marks: Vec<Mark>| Finding {
        code,
        text,
        remedy: if refuses { remedy(code) } else { "" },
        refuses,
        marks,
    };
    // The background of a file that has other faults too is looked at here: all of it is told at once.
    let other = report.errors.into_iter().filter(|e| e.0 != "photo_background");
    let other = other.map(|e| finding(e, true, Vec::new()));
    let errors = other.chain(behind.map(|(e, marks)| finding(e, true, marks)));
    let warnings = report.warnings.into_iter().map(|w| finding(w, false, Vec::new()));
    let faces = faces.into_iter().map(|(w, marks)| finding(w, false, marks));
    errors.chain(warnings).chain(faces).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portrait;

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
}
