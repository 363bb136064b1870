//! Face geometry of Appendix 6, looked at by a detector: a separate check on request. What it says are warnings,
//! for a machine that sees no face, or another one, may be wrong; a person looks.

use super::{HEIGHT, Mark, Remark, WIDTH};
use kaguan_domain::clause;
use rustface::{ImageData, Model};
use std::sync::LazyLock;

static MODEL: LazyLock<Option<Model>> =
    LazyLock::new(|| rustface::read_model(&include_bytes!(concat!(env!("OUT_DIR"), "/face.bin"))[..]).ok());

/// How far down in the detector's box the eyes are: it reaches from above the brows to the chin.
const EYES_IN_BOX: f64 = 0.38;

/// Looks at the pixels (RGB, row by row) of a photo of the standard's size: each remark with where it is seen.
pub fn look(pixels: &[u8]) -> Vec<(Remark, Vec<Mark>)> {
    clause!(X6.2);
    let mut out = Vec::new();
    let (w, h) = (usize::from(WIDTH), usize::from(HEIGHT));
    let grey: Vec<u8> = pixels
        .chunks_exact(3)
        .map(|p| ((u32::from(p[0]) * 299 + u32::from(p[1]) * 587 + u32::from(p[2]) * 114) / 1000) as u8)
        .collect();
    let crown = (0..h).find(|y| (w / 4..w * 3 / 4).filter(|x| grey[y * w + x] < 225).count() >= 8);
    if let Some(crown) = crown.filter(|c| !(7..=21).contains(c)) {
        let remark = ("photo_crown", format!("头顶距相片上边缘应为7～21像素，约为{crown}"));
        out.push((remark, vec![Mark::Level { y: crown as i32 }]));
    }
    let Some(model) = MODEL.clone() else {
        out.push((("photo_face_unchecked", "人脸检测模型不可用，未检测人脸".into()), Vec::new()));
        return out;
    };
    let mut detector = rustface::create_detector_with_model(model);
    detector.set_min_face_size(80);
    detector.set_score_thresh(2.0);
    detector.set_pyramid_scale_factor(0.8);
    detector.set_slide_window_step(4, 4);
    let faces = detector.detect(&ImageData::new(&grey, u32::from(WIDTH), u32::from(HEIGHT)));
    match &faces[..] {
        [] => out.push((("photo_no_face", "未检测到正面人脸，请人工核对".into()), Vec::new())),
        [face] => {
            let b = face.bbox();
            out.extend(measure(b.x(), b.y(), b.width(), b.height()));
        }
        _ => {
            let mark = |f: &rustface::FaceInfo| {
                let b = f.bbox();
                Mark::Box { x: b.x(), y: b.y(), w: b.width() as i32, h: b.height() as i32 }
            };
            let remark = ("photo_many_faces", format!("检测到{}张人脸，请人工核对", faces.len()));
            out.push((remark, faces.iter().map(mark).collect()));
        }
    }
    out
}

/// Measures the detector's box.
pub fn measure(x: i32, y: i32, width: u32, height: u32) -> Vec<(Remark, Vec<Mark>)> {
    let mut out = Vec::new();
    if !(179..=255).contains(&width) {
        let remark = ("photo_face_width", format!("脸部宽度应为179～255像素，约为{width}"));
        out.push((remark, vec![Mark::Box { x, y, w: width as i32, h: height as i32 }]));
    }
    let midline = x + width as i32 / 2;
    if !(162..=196).contains(&midline) {
        let remark = ("photo_midline", format!("两眼中线距左边缘应为162～196像素，约为{midline}"));
        out.push((remark, vec![Mark::Upright { x: midline }]));
    }
    let eyes = f64::from(HEIGHT) - f64::from(y) - f64::from(height) * EYES_IN_BOX;
    if eyes < 207.0 {
        let remark = ("photo_eyes", format!("眼睛距下边缘应不小于207像素，约为{eyes:.0}"));
        let at = (f64::from(y) + f64::from(height) * EYES_IN_BOX).round();
        out.push((remark, vec![Mark::Level { y: at as i32 }]));
    }
    out
}
