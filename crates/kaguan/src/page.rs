//! Pages of the command line: whole in one file, without scripts, for a browser or an archive.

/// Text as it stands in a page.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A table, which scrolls on a phone; what is in its cells is escaped here, and the first one of a row is its head.
pub fn table(titles: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let row = |cells: Vec<String>| {
        let cell = |(n, text): (usize, &String)| {
            let (open, close) = if n == 0 { ("th scope=\"row\"", "th") } else { ("td", "td") };
            format!("<{open}>{}</{close}>", escaped(text))
        };
        format!("<tr>{}</tr>\n", cells.iter().enumerate().map(cell).collect::<String>())
    };
    let rows: String = rows.into_iter().map(row).collect();
    if rows.is_empty() {
        return "<p>没有。</p>\n".to_owned();
    }
    let titles: String = titles.iter().map(|title| format!("<th>{title}</th>")).collect();
    format!("<div><table><thead><tr>{titles}</tr></thead>\n<tbody>{rows}</tbody></table></div>\n")
}

/// A page with its heading; `body` is HTML.
pub fn page(title: &str, body: &str) -> String {
    let title = escaped(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\n<style>\
body{{font:14px/1.5 sans-serif;margin:2em;color-scheme:light dark}}div{{overflow-x:auto}}\
table{{border-collapse:collapse;width:100%;min-width:60em}}\
td,th{{border:1px solid #999;padding:4px;text-align:left;vertical-align:top;overflow-wrap:anywhere}}\
</style></head><body>\n<h1>{title}</h1>\n{body}</body></html>\n"
    )
}
