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
