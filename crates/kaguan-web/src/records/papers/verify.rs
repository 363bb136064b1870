//! 回执核验: whoever opens the QR code of a receipt learns whether it is genuine, without signing in, and nothing about who.

use crate::Console;
use crate::session::Source;
use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kaguan_domain::clause;
use kaguan_service::Genuine;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// So many questions a minute from one source, and from all of them.
const OF_ONE_SOURCE: u32 = 30;
const OF_ALL: u32 = 600;

/// How many asked in this minute.
#[derive(Default)]
pub struct Rate(Mutex<(i64, u32, HashMap<String, u32>)>);

impl Rate {
    /// Counts a question of a minute; `false` when there were too many.
    fn admits(&self, minute: i64, source: String) -> bool {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (current, all, by_source) = &mut *counted;
        if *current != minute {
            (*current, *all) = (minute, 0);
            by_source.clear();
        }
        *all += 1;
        if *all > OF_ALL {
            return false;
        }
        let own = by_source.entry(source).or_default();
        *own += 1;
        *own <= OF_ONE_SOURCE
    }
}

/// 回执核验.
#[derive(Template, WebTemplate)]
#[template(path = "records/papers/verify.html")]
struct VerifyPage {
    title: &'static str,
    genuine: Option<Genuine>,
    /// 受理日期, in Chinese.
    on: String,
    /// Why nothing is said, when nothing is.
    wrong: &'static str,
}

/// Whether the receipt with this code is genuine.
pub async fn page(
    State(console): State<Console>,
    Source(source): Source,
    Path(code): Path<String>,
) -> Response {
    clause!(R19.2);
    let answer = |status, genuine: Option<Genuine>, wrong| {
        let on = genuine.as_ref().map_or(String::new(), |g| g.on.strftime("%Y年%m月%d日").to_string());
        (status, VerifyPage { title: "业务受理回执核验", genuine, on, wrong }).into_response()
    };
    if !console.asked.admits(console.service.now().0 / 60_000_000, source) {
        return answer(StatusCode::TOO_MANY_REQUESTS, None, "查询过于频繁。请一分钟后再试。");
    }
    match console.service.genuine(&code).await {
        Ok(Some(genuine)) => answer(StatusCode::OK, Some(genuine), ""),
        Ok(None) => answer(
            StatusCode::NOT_FOUND,
            None,
            "没有这份回执：核验码不是本系统出具的，或者抄写有误。请重新扫码，或持回执原件到经办网点核对。",
        ),
        Err(_) => answer(StatusCode::SERVICE_UNAVAILABLE, None, "暂时不能核验。请稍后再试。"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_source_asks_thirty_times_a_minute_and_hinders_nobody_else() {
        let rate = Rate::default();
        let asked = |minute, who: &str| rate.admits(minute, who.into());
        assert!((0..OF_ONE_SOURCE).all(|_| asked(1, "a")));
        assert!(!asked(1, "a") && asked(1, "b"));
        assert!(asked(2, "a"), "the next minute begins anew");
        assert!((0..OF_ALL).filter(|n| asked(3, &n.to_string())).count() == OF_ALL as usize);
        assert!(!asked(3, "another"), "so many for all");
    }
}
