//! Long numbers on a page stand in groups of four, whatever page it is and wherever they stand on it: in a list, beside a card, on a paper, in
//! a sentence. The gap is of the style alone: what is copied, searched or read aloud stays whole. What is kept of a page has none.

use crate::wrong;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::middleware::Next;
use axum::response::Response;
use kaguan_print::fours;

/// What stands around every group but the first.
const FOUR: (&str, &str) = ("<span class=\"four\">", "</span>");
/// Their text is no part of the page, or is sent as it stands.
const AS_IT_STANDS: [&str; 6] = ["option", "textarea", "title", "script", "style", "svg"];

/// Around every page.
pub async fn layer(request: Request, next: Next) -> Response {
    let answer = next.run(request).await;
    let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if !kind.is_some_and(|kind| kind.starts_with("text/html")) {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let Ok(page) = to_bytes(body, usize::MAX).await else {
        return wrong::page(
            StatusCode::INTERNAL_SERVER_ERROR,
            "页面不能生成，请稍后重试；多次出现请联系系统管理员",
        );
    };
    match std::str::from_utf8(&page).ok().and_then(grouped) {
        Some(html) => {
            parts.headers.remove(CONTENT_LENGTH);
            Response::from_parts(parts, html.into())
        }
        None => Response::from_parts(parts, Body::from(page)),
    }
}

/// Where the text before the next tag ends, and where the one behind it begins: behind the tag, and behind what it holds as it stands.
fn text_from(html: &str, at: usize) -> (usize, usize) {
    let Some(tag) = html[at..].find('<').map(|n| at + n) else { return (html.len(), html.len()) };
    let behind = html[tag..].find('>').map_or(html.len(), |n| tag + n + 1);
    let name = html[tag + 1..behind].split([' ', '\n', '>']).next().unwrap_or_default();
    let whole = AS_IT_STANDS.iter().find(|whole| **whole == name);
    let end = whole.and_then(|name| html[behind..].find(&format!("</{name}>")));
    (tag, end.map_or(behind, |n| behind + n))
}

/// The page with its numbers in groups; nothing when it has none.
fn grouped(html: &str) -> Option<String> {
    let mut out = String::new();
    let (mut at, mut told) = (0, 0);
    while at < html.len() {
        let (end, next) = text_from(html, at);
        for four in fours(&html[at..end]).flat_map(|number| number.into_iter().skip(1)) {
            let (from, to) = (at + four.start, at + four.end);
            for part in [&html[told..from], FOUR.0, &html[from..to], FOUR.1] {
                out.push_str(part);
            }
            told = to;
        }
        at = next;
    }
    (told > 0).then(|| out + &html[told..])
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn numbers_of_a_page_are_grouped_where_they_are_read_and_nowhere_else() {
        let page = "<title>622208123456789012</title><td class=\"number\">622208123456789012</td><p>批次440100202611230001已确认。</p>\
             <input value=\"622208123456789012\"><option value=\"622208123456789012\">622208123456789012</option>\
             <textarea name=\"list\">622208123456789012</textarea><p>13800138000 440106********1234</p>";
        let html = grouped(page).unwrap();
        let cell = "<td class=\"number\">6222<span class=\"four\">0812</span><span class=\"four\">3456</span>\
             <span class=\"four\">7890</span><span class=\"four\">12</span></td>";
        assert!(html.contains(cell), "{html}");
        assert!(
            html.contains("批次4401<span class=\"four\">0020</span>") && html.contains("</span>已确认。</p>"),
            "{html}"
        );
        let plain = html.replace("<span class=\"four\">", "").replace("</span>", "");
        assert_eq!(plain, page, "nothing is lost");
        assert_eq!(html.matches("<span").count(), 8, "{html}");
        assert_eq!(grouped("<p>没有号码</p>"), None);
        assert_eq!(
            grouped("<a>SBK2_95588_4401000000000001_12_20261123090000.zip</a>"),
            None,
            "a file's name"
        );
        assert_eq!(grouped("622208123456789012<"), grouped("622208123456789012").map(|html| html + "<"));
    }
}
