//! Pictures as SVG: figures in presentation attributes, colours in classes, every number in the table beside it. Bars have their widths in
//! per cent and their texts in pixels, so that both a desk and a phone can read them.

use crate::amount::grouped;

/// The 21 cities as tiles: code, column and row, as they lie on a map. A grid says where without a border, and gives a small city the
/// room of a large one.
const TILES: [(&str, i64, i64); 21] = [
    ("4418", 3, 0),
    ("4402", 4, 0),
    ("4412", 2, 1),
    ("4401", 3, 1),
    ("4413", 4, 1),
    ("4416", 5, 1),
    ("4414", 6, 1),
    ("4453", 1, 2),
    ("4406", 2, 2),
    ("4419", 3, 2),
    ("4403", 4, 2),
    ("4415", 5, 2),
    ("4452", 6, 2),
    ("4451", 7, 2),
    ("4409", 0, 3),
    ("4417", 1, 3),
    ("4407", 2, 3),
    ("4420", 3, 3),
    ("4404", 4, 3),
    ("4405", 7, 3),
    ("4408", 0, 4),
];

/// One city.
pub struct Tile {
    pub x: i64,
    pub y: i64,
    /// `h0` for none to `h4` for the most.
    pub class: &'static str,
    /// Its name without 市.
    pub name: String,
    pub n: String,
    /// How many are late.
    pub late: String,
}

/// The cities by how many of their clocks are late, and how many run. Whoever asks says both of a code.
pub fn tiles(name_of: impl Fn(&str) -> String, counts: impl Fn(&str) -> (i64, i64)) -> Vec<Tile> {
    let most = TILES.iter().map(|(code, ..)| counts(code).1).max().unwrap_or(0);
    let tile = |(code, column, row): &(&str, i64, i64)| {
        let (n, late) = counts(code);
        Tile {
            x: 2 + column * 43,
            y: 2 + row * 49,
            class: shade(late, most),
            name: name_of(code).trim_end_matches('市').to_owned(),
            n: grouped(n),
            late: if late > 0 { grouped(late) } else { String::new() },
        }
    };
    TILES.iter().map(tile).collect()
}

/// The outlines of the 21 cities, a line each: code, the point of its name, and the path. Made from the geometry of Apache ECharts
/// 4.9.0 (`map/json/province/guangdong.json`, Apache License 2.0), simplified to less than a pixel of a picture 524 wide; islands of fewer than three
/// square pixels are left out. For figures by area, not for borders.
const OUTLINES: &str = include_str!("cities.txt");

/// One city as it lies.
pub struct Outline {
    pub path: &'static str,
    /// The point of its name.
    pub x: i64,
    pub y: i64,
    /// As of a tile.
    pub class: &'static str,
    pub name: String,
    pub late: String,
}

/// The cities by how many of their clocks are late, as they lie.
pub fn outlines(name_of: impl Fn(&str) -> String, counts: impl Fn(&str) -> (i64, i64)) -> Vec<Outline> {
    let most = TILES.iter().map(|(code, ..)| counts(code).1).max().unwrap_or(0);
    let outline = |line: &'static str| {
        let mut parts = line.splitn(4, ' ');
        let code = parts.next()?;
        let (x, y) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let late = counts(code).1;
        Some(Outline {
            path: parts.next()?,
            x,
            y,
            class: shade(late, most),
            name: name_of(code).trim_end_matches('市').to_owned(),
            late: if late > 0 { grouped(late) } else { String::new() },
        })
    };
    OUTLINES.lines().filter_map(outline).collect()
}

/// Five shades: none, and the quarters of the most.
fn shade(n: i64, most: i64) -> &'static str {
    match (n * 4 + most - 1).checked_div(most) {
        None | Some(..=0) => "h0",
        Some(1) => "h1",
        Some(2) => "h2",
        Some(3) => "h3",
        Some(_) => "h4",
    }
}

/// One bar with its name above it.
pub struct Bar {
    /// Where the text stands, and where the bar begins.
    pub text_y: i64,
    pub y: i64,
    pub name: String,
    /// What is said beside the name.
    pub beside: &'static str,
    /// The numbers at its end.
    pub said: String,
    pub parts: Vec<Part>,
}

/// A part of a bar, in per cent of the picture's width.
pub struct Part {
    pub x: String,
    pub width: String,
    pub class: &'static str,
}

/// What one bar is made of: name, what is said beside it, the numbers at its end, and each part with its class.
pub type BarOf = (String, &'static str, String, Vec<(i64, &'static str)>);

/// Bars under each other.
pub struct Bars {
    pub height: i64,
    pub bars: Vec<Bar>,
}

const BAR: i64 = 40;

/// Bars on one scale; a part that is there at all is seen.
pub fn bars(rows: Vec<BarOf>) -> Bars {
    let most = rows.iter().map(|row| row.3.iter().map(|(n, _)| n).sum::<i64>()).max().unwrap_or(0).max(1);
    let height = rows.len() as i64 * BAR + 4;
    let bar = |(at, (name, beside, said, parts)): (i64, BarOf)| {
        let mut x = 0.0;
        let mut part = |(n, class): (i64, &'static str)| {
            let width = (n as f64 * 100.0 / most as f64).max(0.6);
            let part = Part { x: format!("{x:.2}%"), width: format!("{width:.2}%"), class };
            x += width;
            part
        };
        let parts = parts.into_iter().filter(|(n, _)| *n > 0).map(&mut part).collect();
        Bar { text_y: at * BAR + 16, y: at * BAR + 22, name, beside, said, parts }
    };
    Bars { height, bars: (0..).zip(rows).map(bar).collect() }
}

/// One column of a picture over months.
pub struct Column {
    pub x: String,
    pub width: String,
    pub middle: String,
    pub y: String,
    pub height: String,
    /// 11月; empty where there is no room.
    pub month: String,
    /// The number above it; empty where there is no room.
    pub said: String,
    pub said_y: String,
}

/// The height of the part of the picture that the columns have, in pixels.
const COLUMNS: f64 = 120.0;

/// Columns by month, `2026-11`.
pub fn columns(months: &[String], counts: &[i64]) -> Vec<Column> {
    let most = counts.iter().copied().max().unwrap_or(0).max(1) as f64;
    let each = 100.0 / months.len().max(1) as f64;
    let step = months.len().div_ceil(12);
    let column = |(at, (month, n)): (usize, (&String, &i64))| {
        let height = *n as f64 * COLUMNS / most;
        let left = at as f64 * each;
        let named = at.is_multiple_of(step);
        let digits = month.get(5..).unwrap_or_default().trim_start_matches('0');
        Column {
            x: format!("{:.2}%", left + each * 0.18),
            width: format!("{:.2}%", each * 0.64),
            middle: format!("{:.2}%", left + each * 0.5),
            y: format!("{:.1}", 20.0 + COLUMNS - height),
            height: format!("{height:.1}"),
            month: if named { format!("{digits}月") } else { String::new() },
            said: if months.len() <= 8 && *n > 0 { grouped(*n) } else { String::new() },
            said_y: format!("{:.1}", 15.0 + COLUMNS - height),
        }
    };
    months.iter().zip(counts).enumerate().map(column).collect()
}

/// One small picture of many: the median of each month as a line, the period that is given as a dashed one.
pub struct Small {
    pub name: String,
    /// The median of the whole period.
    pub median: String,
    pub longest: String,
    /// How many of a hundred were kept.
    pub rate: String,
    /// `bad` when something is late.
    pub tone: &'static str,
    pub limit_y: String,
    /// Lines between months that follow each other.
    pub lines: Vec<String>,
    /// x, y, and `lineok` or `late`.
    pub dots: Vec<(String, String, &'static str)>,
    /// What a screen reader is told.
    pub told: String,
}

/// The width and the height of a small picture.
const SMALL: (f64, f64) = (200.0, 76.0);

/// The place of the period that is given, the lines between months that follow each other, and the dots.
pub type LineOf = (String, Vec<String>, Vec<(String, String, &'static str)>);

/// The places of some medians, `None` for a month without one, on a scale up to `most` working days.
pub fn line(medians: &[Option<f64>], limit: u32, most: f64) -> LineOf {
    let (width, height) = SMALL;
    let y = |days: f64| format!("{:.1}", height - 4.0 - days * (height - 12.0) / most.max(1.0));
    let limit = f64::from(limit);
    let each = (width - 12.0) / medians.len().saturating_sub(1).max(1) as f64;
    let x = |at: usize| format!("{:.1}", 6.0 + at as f64 * each);
    let mut lines = Vec::new();
    let mut run: Vec<String> = Vec::new();
    let mut dots = Vec::new();
    for (at, median) in medians.iter().enumerate() {
        match median {
            Some(days) => {
                run.push(format!("{},{}", x(at), y(*days)));
                dots.push((x(at), y(*days), if *days > limit { "late" } else { "dotok" }));
            }
            None => lines.push(std::mem::take(&mut run).join(" ")),
        }
    }
    lines.push(run.join(" "));
    lines.retain(|points| points.contains(' '));
    (y(limit), lines, dots)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_city_has_one_tile_and_no_two_lie_on_each_other() {
        let codes: BTreeSet<&str> = TILES.iter().map(|t| t.0).collect();
        let known: BTreeSet<&str> = kaguan_service::clocks::cities().map(|(code, _)| code).collect();
        assert_eq!(codes, known);
        let places: BTreeSet<(i64, i64)> = TILES.iter().map(|t| (t.1, t.2)).collect();
        assert_eq!(places.len(), 21);
        let drawn = tiles(|_| "广州市".into(), |code| if code == "4401" { (1_234, 8) } else { (0, 0) });
        let late = drawn.iter().find(|t| !t.late.is_empty()).unwrap();
        assert_eq!((late.class, late.n.as_str(), late.late.as_str()), ("h4", "1,234", "8"));
        assert_eq!(drawn.iter().filter(|t| t.class == "h0").count(), 20);
    }

    #[test]
    fn every_city_has_one_outline_with_its_name_inside_the_picture() {
        let drawn = outlines(str::to_owned, |code| if code == "4408" { (9, 9) } else { (0, 0) });
        let codes: BTreeSet<&str> = drawn.iter().map(|o| o.name.as_str()).collect();
        assert_eq!(codes, TILES.iter().map(|t| t.0).collect());
        for o in &drawn {
            assert!((0..=524).contains(&o.x) && (0..=395).contains(&o.y), "{}", o.name);
            assert!(o.path.starts_with('M') && o.path.ends_with('z'), "{}", o.name);
        }
        assert_eq!(drawn.iter().filter(|o| o.class == "h4" && o.late == "9").count(), 1);
    }

    #[test]
    fn shades_are_the_quarters_of_the_most() {
        for (n, class) in [(0, "h0"), (1, "h1"), (25, "h1"), (26, "h2"), (50, "h2"), (75, "h3"), (100, "h4")]
        {
            assert_eq!(shade(n, 100), class, "{n}");
        }
        assert_eq!(shade(0, 0), "h0");
    }

    #[test]
    fn bars_share_a_scale_and_a_month_without_figures_breaks_the_line() {
        let drawn = bars(vec![
            ("甲".into(), "", "100".into(), vec![(90, "q3"), (10, "late")]),
            ("乙".into(), "", "50".into(), vec![(50, "q3"), (0, "late")]),
        ]);
        assert_eq!(drawn.height, 84);
        let parts: Vec<(&str, &str)> =
            drawn.bars.iter().flat_map(|b| &b.parts).map(|p| (p.x.as_str(), p.width.as_str())).collect();
        assert_eq!(parts, [("0.00%", "90.00%"), ("90.00%", "10.00%"), ("0.00%", "50.00%")]);
        let (limit, lines, dots) = line(&[Some(1.0), Some(2.0), None, Some(4.0)], 2, 4.0);
        assert_eq!((limit.as_str(), lines.len(), dots.len()), ("40.0", 1, 3), "a month alone is a dot");
        assert_eq!(dots.iter().map(|d| d.2).collect::<Vec<_>>(), ["dotok", "dotok", "late"]);
        let months: Vec<String> = (1..=12).map(|m| format!("2026-{m:02}")).collect();
        let drawn = columns(&months, &[5; 12]);
        assert_eq!((drawn[0].month.as_str(), drawn[0].said.as_str()), ("1月", ""));
    }
}
