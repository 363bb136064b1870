//! What stands in the head of every page: how many clocks are late and how many end today, where the officer works. They are the numbers of
//! 今日工作, which counts them anew; any other page shows what was counted a moment ago, so that none asks more than it did.

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

/// A link in the head.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenLink {
    /// 超期3, 今日2, or that they are not known.
    pub says: String,
    /// 今日工作 with these alone; of the province, which has cities there, all of it.
    pub to: String,
    /// `bad`, `warn` or nothing.
    pub tone: &'static str,
}

/// What the head says: what is late and what ends today, where there is any.
pub fn links(open: Open, org: &Organisation) -> Vec<OpenLink> {
    let counts = match open {
        Open::None => return Vec::new(),
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
