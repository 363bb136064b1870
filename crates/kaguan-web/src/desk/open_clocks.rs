//! What stands in the head of every page: how many clocks are late and how many end today, where the officer works. They are the numbers of
//! 今日工作, which counts them anew; any other page shows what was counted a moment ago, so that none asks more than it did. What answers a
//! form was made while its command was done: its head is filled in when it is shown, with what is so then.

use crate::Console;
use jiff::civil::Date;
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::facts::institution::Organisation;
use kaguan_domain::ids::OfficerId;
use kaguan_service::Failure;
use kaguan_service::today::Urgency;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// For so long a count stands.
const STANDS: Duration = Duration::from_secs(10);
/// Of so many officers at most they are kept.
const MOST: usize = 10_000;

/// How many clocks of each urgency, in the order of [`Urgency::ALL`].
pub type Counts = [i64; 4];

/// What is said in the head.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Open {
    /// Whoever works at no counter and in no office with clocks.
    None,
    Of(Counts),
    /// They could not be counted.
    Unknown,
    /// On what answers a form: they are counted when it is shown.
    Later,
}

struct Kept {
    at: Instant,
    today: Date,
    open: Open,
}

/// What was counted lately, by officer.
#[derive(Default)]
pub struct Counted(Mutex<HashMap<OfficerId, Kept>>);

impl Counted {
    fn all(&self) -> MutexGuard<'_, HashMap<OfficerId, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what was counted just now.
    pub fn keep(&self, officer: OfficerId, today: Date, open: Open) {
        let mut all = self.all();
        if all.len() >= MOST {
            all.retain(|_, kept| kept.at.elapsed() < STANDS);
        }
        if all.len() < MOST {
            all.insert(officer, Kept { at: Instant::now(), today, open });
        }
    }

    /// What an officer does may end a clock: the next page counts again.
    pub fn forget(&self, officer: OfficerId) {
        self.all().remove(&officer);
    }

    fn lately(&self, officer: OfficerId, today: Date) -> Option<Open> {
        let all = self.all();
        let kept = all.get(&officer).filter(|kept| kept.at.elapsed() < STANDS && kept.today == today);
        kept.map(|kept| kept.open)
    }
}

/// The clocks of an officer's place, as they were counted lately or are counted now.
pub async fn of(console: &Console, officer: OfficerId) -> Open {
    clause!(R7.1);
    let today = console.service.now().date();
    if let Some(open) = console.counted.lately(officer, today) {
        return open;
    }
    let open = match console.service.open_clocks(&Actor::Officer(officer)).await {
        Ok(counts) => Open::Of(counts),
        Err(Failure::Refused(_)) => Open::None,
        Err(why) => {
            tracing::warn!(%why, "open clocks could not be counted");
            Open::Unknown
        }
    };
    console.counted.keep(officer, today, open);
    open
}

/// What stands in the head of an answer to a form until it is shown. No text of a page can be this: what is written is escaped.
const LATER: &str = "<!--open clocks-->";

/// What the head has, or where it is filled in.
pub fn head(open: Open, org: &Organisation) -> String {
    if open == Open::Later {
        return LATER.to_owned();
    }
    let tag = |o: OpenLink| format!("<a class=\"tag {}\" href=\"{}\">{}</a>", o.tone, o.to, o.says);
    links(open, org).into_iter().map(tag).collect()
}

/// An answer to a form with what is late and ends today where `org` works.
pub fn filled(page: &str, open: Open, org: &Organisation) -> String {
    page.replacen(LATER, &head(open, org), 1)
}

/// The same of an answer that is shown at once, and not at its address.
pub async fn filled_now(console: &Console, officer: OfficerId, page: &str) -> String {
    let institutions = console.service.institutions();
    let org = institutions.officer(officer).and_then(|o| institutions.org(o.org));
    match org.filter(|_| page.contains(LATER)) {
        Some(org) => filled(page, of(console, officer).await, org),
        None => page.to_owned(),
    }
}

/// A link in the head.
#[derive(Clone, PartialEq, Eq, Debug)]
struct OpenLink {
    /// 超期3, 今日2, or that they are not known.
    says: String,
    /// 今日工作 with these alone; of the province, which has cities there, all of it.
    to: String,
    /// `bad`, `warn` or nothing.
    tone: &'static str,
}

/// What the head says: what is late and what ends today, where there is any.
fn links(open: Open, org: &Organisation) -> Vec<OpenLink> {
    let counts = match open {
        Open::None | Open::Later => return Vec::new(),
        Open::Unknown => {
            let says = "时限未取得".to_owned();
            return vec![OpenLink { says, to: "/".into(), tone: "" }];
        }
        Open::Of(counts) => counts,
    };
    let link = |(urgency, n): (Urgency, i64)| {
        let (name, tone) = match urgency {
            Urgency::Late => ("超期", "bad"),
            Urgency::Today => ("今日", "warn"),
            Urgency::Soon | Urgency::Later => return None,
        };
        let to = if org.city().is_some() { format!("/?group={}", urgency.code()) } else { "/".to_owned() };
        (n > 0).then(|| OpenLink { says: format!("{name}{n}"), to, tone })
    };
    Urgency::ALL.into_iter().zip(counts).filter_map(link).collect()
}
