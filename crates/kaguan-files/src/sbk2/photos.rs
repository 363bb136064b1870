//! The photos of the rows: each row gets its own, and each is looked at.

use super::RowError;
use super::entries::Photo;
use super::read::{JudgedRow, Options, PhotoEntry, Progress, open, photo_bytes, whole};
use crate::photo::{self, Level};
use jiff::civil::Date;
use kaguan_domain::clause;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Whose photo a row has, whatever else is wrong with it.
pub(super) struct Whose {
    pub(super) number: String,
    pub(super) name: String,
    /// Whether one is needed today; unknown when the birth date cannot be read.
    pub(super) needed: Option<bool>,
    /// Whether the row has a receipt number in its place.
    pub(super) receipt: bool,
}

/// Gives each row its photo: `18 位号码` + name + `.jpg`, written in any way that says the same; under 7 none is needed, nor with
/// a receipt number. A row that has other errors is looked at too, for everything is told at once.
pub(super) fn match_photos(
    rows: &mut [JudgedRow],
    whose: &[Option<Whose>],
    photos: &[Photo],
    today: Date,
) -> Vec<RowError> {
    clause!(R5.4);
    let mut by_number: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, photo) in photos.iter().enumerate() {
        by_number.entry(photo.number.as_str()).or_default().push(at);
    }
    let mut used = vec![false; photos.len()];
    for (row, w) in rows.iter_mut().zip(whose) {
        let Some(w) = w else { continue };
        let same: &[usize] = by_number.get(w.number.as_str()).map_or(&[], Vec::as_slice);
        let (fit, other): (Vec<usize>, Vec<usize>) = same.iter().partition(|at| photos[**at].is_of(&w.name));
        for at in &fit {
            used[*at] = true;
        }
        let n = row.row;
        let mut wrong =
            |code, what: &str, remedy| row.errors.push(RowError::new(n, "相片", code, what, remedy));
        match (&fit[..], w.needed) {
            ([_, _, ..], _) => {
                let what = format!("PHOTO目录中有{}张该人的相片", fit.len());
                wrong("photo_duplicate", &what, "请只保留一张");
            }
            ([_], Some(false)) => row.warnings.push(RowError::new(
                n,
                "相片",
                "photo_under_7",
                &format!("到{today}未满七周岁不采集相片，已忽略"),
                "无需处理",
            )),
            ([at], _) => {
                row.photo = Some(PhotoEntry(photos[*at].at));
                if !photos[*at].exact {
                    row.warnings.push(RowError::new(
                        n,
                        "相片",
                        "photo_name",
                        "相片文件名中的号码未按18位半角大写书写，已按同一号码认出",
                        "请按18位号码加姓名命名",
                    ));
                }
            }
            ([], Some(true)) if !w.receipt && !other.is_empty() => {
                let what = "PHOTO目录中有该号码的相片，但文件名中的姓名不同";
                wrong("photo_missing", what, "请核对相片，文件名为18位号码加姓名");
                // Said of the row already.
                for at in other {
                    used[at] = true;
                }
            }
            ([], Some(true)) if !w.receipt => wrong(
                "photo_missing",
                "PHOTO目录中没有该人相片，也没有相片回执",
                "请补充相片，文件名为18位号码加姓名",
            ),
            ([], _) => {}
        }
    }
    // A photo of a row whose number or name cannot be read is not an error of its own.
    let left = used.iter().filter(|used| !**used).count();
    let broken = whose.iter().filter(|w| w.is_none()).count();
    if left > broken {
        let what = format!("PHOTO目录中有{}张相片没有对应的申请人", left - broken);
        return vec![whole("相片", "photo_without_person", &what, "请核对相片文件名中的号码和姓名")];
    }
    Vec::new()
}

/// Gives each row the images of its document, whose names are those of photos and end with `_证件`. Whether one is needed is
/// the rule's question, who knows what is on file.
pub(super) fn match_images(
    rows: &mut [JudgedRow],
    whose: &[Option<Whose>],
    images: &[Photo],
) -> Vec<RowError> {
    clause!(R34.1);
    let mut left: Vec<&Photo> = images.iter().collect();
    for (row, w) in rows.iter_mut().zip(whose) {
        let Some(w) = w.as_ref().filter(|_| !left.is_empty()) else { continue };
        let before = left.len();
        left.retain(|image| {
            image.number != w.number || !image.is_of(&w.name) || {
                row.images.push(PhotoEntry(image.at));
                false
            }
        });
        if left.len() == before && left.iter().any(|image| image.number == w.number) {
            left.retain(|image| image.number != w.number);
            let what = "PHOTO目录中有该号码的证件影像，但文件名中的姓名不同";
            let remedy = "请核对影像，文件名为18位号码加姓名加“_证件”";
            row.errors.push(RowError::new(row.row, "证件影像", "image_name", what, remedy));
        }
    }
    // An image of a row whose number or name cannot be read is not an error of its own.
    if left.is_empty() || whose.iter().any(Option::is_none) {
        return Vec::new();
    }
    let what = format!("PHOTO目录中有{}份证件影像没有对应的申请人", left.len());
    vec![whole("证件影像", "image_without_person", &what, "请核对影像文件名中的号码和姓名")]
}

/// Looks at every photo, on several threads, each with the zip open for itself.
pub(super) fn check_photos(
    path: &Path,
    rows: &mut [JudgedRow],
    level: Level,
    options: &Options<'_>,
) -> Result<(), Vec<RowError>> {
    let todo: Vec<(usize, usize)> =
        rows.iter().enumerate().filter_map(|(at, r)| r.photo.map(|p| (at, p.0))).collect();
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let found = Mutex::new(Vec::new());
    let before: usize = rows.iter().map(|r| r.errors.len()).sum();
    let work = || {
        let Ok(mut zip) = open(path) else { return };
        while let Some((row, entry)) = todo.get(next.fetch_add(1, Ordering::Relaxed)) {
            if options.cancel.load(Ordering::Relaxed) {
                return;
            }
            let report = photo_bytes(&mut zip, *entry).map(|bytes| photo::check(&bytes, level));
            let n = done.fetch_add(1, Ordering::Relaxed) + 1;
            if let Ok(mut found) = found.lock() {
                match report {
                    Some(r) if r.errors.is_empty() && r.warnings.is_empty() => {}
                    r => found.push((*row, r)),
                }
                if n.is_multiple_of(200) {
                    (options.progress)(Progress {
                        rows: rows.len(),
                        photos: n,
                        photos_in_all: todo.len(),
                        errors: before + found.len(),
                    });
                }
            }
        }
    };
    std::thread::scope(|s| {
        for _ in 1..options.threads.max(1) {
            s.spawn(work);
        }
        work();
    });
    if options.cancel.load(Ordering::Relaxed) {
        return Err(vec![whole("相片", "cancelled", "已取消", "如需继续请重新上传")]);
    }
    let cite = clause!(X6.2).cite();
    for (at, report) in found.into_inner().unwrap_or_default() {
        let row = rows[at].row;
        let remark = |code, what: &str| RowError {
            row,
            column: "相片",
            code,
            message: format!("相片：{what}。依据{cite}。{}。", photo::remedy(code)),
        };
        match report {
            None => rows[at].errors.push(remark("photo_damaged", "无法解压")),
            Some(report) => {
                rows[at].errors.extend(report.errors.iter().map(|(code, what)| remark(code, what)));
                rows[at].warnings.extend(report.warnings.iter().map(|(code, what)| remark(code, what)));
            }
        }
    }
    (options.progress)(Progress {
        rows: rows.len(),
        photos: todo.len(),
        photos_in_all: todo.len(),
        errors: rows.iter().map(|r| r.errors.len()).sum(),
    });
    Ok(())
}
