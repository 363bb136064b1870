//! A paper as a part of a page: headings, paragraphs and tables with classes, no styles of its own and no scripts.

use crate::model::{Align, Block, Cell, Line, Mark, Paper, Run, Sheet, Shown, Table};
use crate::qr;
use std::fmt::Write as _;

/// Text as it stands in HTML.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

fn run(r: &Run) -> String {
    let text = escaped(&r.text);
    if r.underlined { format!("<u>{text}</u>") } else { text }
}

fn line(l: &Line) -> String {
    l.iter().map(run).collect()
}

fn several(all: &[Line]) -> String {
    all.iter().map(line).collect::<Vec<_>>().join("<br>")
}

impl Paper {
    /// The paper as HTML; `photo` is the address of the photo, where the page may show one.
    pub fn html(&self, photo: Option<&str>) -> String {
        self.sheets.iter().map(|s| sheet(s, photo)).collect()
    }
}

fn sheet(s: &Sheet, photo: Option<&str>) -> String {
    let flows = if s.flows { " flows" } else { "" };
    let lies = if s.landscape { " landscape" } else { "" };
    let mut out = format!("<section class=\"paper{flows}{lies}\">");
    if !s.copy.is_empty() {
        let _ = write!(out, "<p class=\"copy\">{}</p>", escaped(&s.copy));
    }
    for block in &s.blocks {
        out.push_str(&match block {
            Block::Heading(text) => format!("<h2>{}</h2>", escaped(text)),
            Block::Spread(parts) => {
                let parts: String = parts.iter().map(|l| format!("<span>{}</span>", line(l))).collect();
                format!("<p class=\"spread\">{parts}</p>")
            }
            Block::Paragraph { line: l, indent } => {
                format!("<p{}>{}</p>", if *indent { " class=\"indent\"" } else { "" }, line(l))
            }
            Block::Table(t) => table(t, photo),
            Block::Mark(m) => mark(m),
            Block::Gap(mm) => format!("<div class=\"gap\">{}</div>", "<br>".repeat((*mm / 6.0) as usize)),
        });
    }
    out.push_str("</section>");
    out
}

fn mark(m: &Mark) -> String {
    let Some((path, width)) = qr::path(&m.address) else { return String::new() };
    let svg = format!(
        "<svg viewBox=\"0 0 {width} {width}\" role=\"img\" aria-label=\"二维码\"><path class=\"dark\" d=\"{path}\"/></svg>"
    );
    format!("<div class=\"proof\">{svg}<p>{}</p></div>", several(&m.says))
}

fn table(t: &Table, photo: Option<&str>) -> String {
    let all: f32 = t.widths.iter().sum();
    let mut out = String::from("<table><colgroup>");
    for w in &t.widths {
        let _ = write!(out, "<col width=\"{:.1}%\">", w / all * 100.0);
    }
    out.push_str("</colgroup>");
    for (n, row) in t.rows.iter().enumerate() {
        if t.head > 0 && n == 0 {
            out.push_str("<thead>");
        }
        if n == t.head {
            out.push_str("<tbody>");
        }
        // 1 mm is 3.78 pixels of CSS.
        let height = (row.height * 3.78).round();
        let _ = write!(out, "<tr{}>", if row.fills { " class=\"fills\"" } else { "" });
        for (place, c) in row.cells.iter().enumerate() {
            let height =
                if place == 0 && height > 0.0 { format!(" height=\"{height}\"") } else { String::new() };
            out.push_str(&cell(c, &height, n < t.head, photo));
        }
        out.push_str("</tr>");
        if t.head > 0 && n + 1 == t.head {
            out.push_str("</thead>");
        }
    }
    out.push_str("</tbody></table>");
    out
}

fn cell(c: &Cell, height: &str, head: bool, photo: Option<&str>) -> String {
    let name = if c.title { "th" } else { "td" };
    let scope = match (c.title, head) {
        (true, true) => " scope=\"col\"",
        (true, false) => " scope=\"row\"",
        (false, _) => "",
    };
    let middle = if c.align == Align::Middle && !c.title { " class=\"middle\"" } else { "" };
    let span = |what, n: usize| if n > 1 { format!(" {what}=\"{n}\"") } else { String::new() };
    let (columns, rows) = (span("colspan", c.spans.0), span("rowspan", c.spans.1));
    let inner = match (&c.shows, photo) {
        (Shown::Lines(all), _) => several(all),
        (Shown::Squares { text, squares }, _) => {
            let mut chars: Vec<String> = text.text.chars().map(|c| escaped(&c.to_string())).collect();
            chars.resize(chars.len().max(*squares), String::new());
            let boxes: String = chars.iter().map(|c| format!("<i>{c}</i>")).collect();
            format!("<span class=\"squares\">{boxes}</span>")
        }
        (Shown::Photo { jpeg: Some(_), .. }, Some(address)) => {
            format!("<img src=\"{}\" alt=\"个人相片\">", escaped(address))
        }
        (Shown::Photo { says, .. }, _) => several(says),
    };
    format!("<{name}{scope}{middle}{columns}{rows}{height}>{inner}</{name}>")
}
