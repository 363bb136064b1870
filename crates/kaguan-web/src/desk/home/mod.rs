//! 今日工作, the first page: what waits where the officer works, the first to end first; beside it what comes in other lists. It names
//! nobody: whoever opens a line looks at the file.

use crate::Console;
use crate::desk::done_today::{DoneList, done_by};
use crate::desk::drafts::{self, DraftLine};
use crate::menu::Page;
use crate::pages::Frame;
use crate::session::SignedIn;
use askama::Template;
use axum::extract::{Query, State};
use jiff::civil::{Date, Weekday};
use kaguan_domain::ids::CityCode;
use kaguan_domain::permission::Verb;
use kaguan_service::Failure;
use kaguan_service::today::{Days, Urgency, WorkOf, WorkRow, page_key, read_page_key};
use serde::Deserialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page { path: "/", screens: &[], doors: |d| d.get("/", home), samples: &["/"] };

const TITLE: &str = "今日工作";

/// What is asked for.
#[derive(Deserialize, Default)]
pub struct Asked {
    /// One urgency; all of them without it.
    #[serde(default)]
    group: String,
    /// Where the page begins.
    #[serde(default)]
    after: String,
    /// Where the page of 今日已办 begins.
    #[serde(default)]
    done: String,
    /// Whether it has looks at files, too.
    #[serde(default)]
    looks: bool,
}

/// One number on top.
pub struct CountView {
    pub code: &'static str,
    pub name: &'static str,
    pub n: i64,
    /// Whether the list shows only these.
    pub here: bool,
    /// `bad`, `warn` or nothing.
    pub tone: &'static str,
}

/// One line of the list.
pub struct LineView {
    /// The heading of the group that begins with it.
    pub heading: Option<&'static str>,
    /// The address of the file that it opens; of a batch none.
    pub file: Option<String>,
    pub what: String,
    pub purpose: &'static str,
    pub stands: &'static str,
    pub turn: &'static str,
    pub clock: &'static str,
    pub article: String,
    /// How late, or how soon.
    pub left: String,
    pub tone: &'static str,
}

/// One city, for the province.
pub struct CityView {
    pub city: &'static str,
    pub counts: [i64; 4],
    /// How long the oldest is late.
    pub worst: String,
}

/// Something that waits in another list.
pub struct ElsewhereView {
    pub name: &'static str,
    pub path: &'static str,
    /// How many; of a long list that there are more.
    pub n: String,
    pub article: &'static str,
}

/// The page.
#[derive(Template)]
#[template(path = "desk/home/home.html")]
pub struct HomePage {
    pub frame: Frame,
    /// Today, in words.
    pub day: String,
    pub counts: Vec<CountView>,
    pub total: i64,
    /// `None` for whoever works at no counter: then there is no list.
    pub lines: Option<Vec<LineView>>,
    /// Where the next page begins.
    pub next: Option<String>,
    pub group: String,
    pub cities: Vec<CityView>,
    pub elsewhere: Vec<ElsewhereView>,
    /// Forms that the officer has put aside.
    pub drafts: Vec<DraftLine>,
    /// What the officer did today; `None` when it cannot be read: the notice says so.
    pub done: Option<DoneList>,
}
crate::frame::page!(HomePage);

fn weekday(day: Date) -> &'static str {
    match day.weekday() {
        Weekday::Monday => "星期一",
        Weekday::Tuesday => "星期二",
        Weekday::Wednesday => "星期三",
        Weekday::Thursday => "星期四",
        Weekday::Friday => "星期五",
        Weekday::Saturday => "星期六",
        Weekday::Sunday => "星期日",
    }
}

fn tone(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::Late => "bad",
        Urgency::Today => "warn",
        Urgency::Soon | Urgency::Later => "",
    }
}

/// 超期几日, 今日, or the day itself.
pub fn left(urgency: Urgency, due: Date, days: Days) -> String {
    let late = || days.today.since(due).map_or(0, |span| span.get_days());
    match urgency {
        Urgency::Late => format!("超期{}日", late()),
        Urgency::Today => "今日".into(),
        Urgency::Soon | Urgency::Later => due.to_string(),
    }
}

/// The rows as lines, each urgency under its heading.
pub fn lines(console: &Console, me: &SignedIn, rows: Vec<WorkRow>, days: Days) -> Vec<LineView> {
    let mut before = None;
    let line = |row: WorkRow| {
        let heading = (before != Some(row.urgency)).then(|| row.urgency.name());
        before = Some(row.urgency);
        let (file, what, purpose) = match row.of {
            WorkOf::Application { holder, form_no, purpose } => {
                (Some(format!("/people/{}", console.service.key_of(&me.session, holder))), form_no, purpose)
            }
            WorkOf::Batch { number, .. } => (None, number, "批次"),
        };
        LineView {
            heading,
            file,
            what,
            purpose,
            stands: row.stands,
            turn: row.turn.name(),
            clock: row.clock.name(),
            article: row.clock.clause().cite(),
            left: left(row.urgency, row.due, days),
            tone: tone(row.urgency),
        }
    };
    rows.into_iter().map(line).collect()
}

/// A list, where it is, how much waits in it and whether there is more, and its article.
type Waits = (&'static str, &'static str, Result<(usize, bool), Failure>, &'static str);

fn exact(n: usize) -> (usize, bool) {
    (n, false)
}

/// What waits in the stock of pre-made cards, for those who keep it.
async fn stock(console: &Console, me: &SignedIn, keeps: bool) -> Vec<Waits> {
    if !keeps {
        return Vec::new();
    }
    let line = |name, n: Result<usize, Failure>| (name, "/blanks/stock", n.map(exact), "第36条");
    match console.service.stock_work(&me.actor()).await {
        Ok(work) => vec![
            line("今日未盘点的预制卡箱", Ok(work.to_count)),
            line("途中待入库的预制卡箱", Ok(work.coming)),
            line("预制卡将用完（余量不足一成）的银行", Ok(work.low)),
        ],
        Err(why) => vec![line("预制卡", Err(why))],
    }
}

/// What waits of single cards: at the outlet that answers for them, and at the city's centre.
async fn cards(console: &Console, me: &SignedIn, outlet: bool, city: bool) -> Vec<Waits> {
    if !outlet && !city {
        return Vec::new();
    }
    match console.service.cards_waiting(&me.actor()).await {
        Ok(work) => {
            let of_city = |(n, more): (usize, bool)| if city { (n, more) } else { exact(0) };
            let path = if city { "/stranded" } else { "/overdue" };
            vec![
                ("登记缺失、待补制的成品卡", path, Ok(work.missing), "第12条"),
                ("待接收的逾期未领卡数据", path, Ok(of_city(work.data_sent)), "第32条"),
                ("逾期且滞留、待注销的成品卡", path, Ok(of_city(work.stranded)), "第33条"),
            ]
        }
        Err(why) => vec![("未领卡", "/overdue", Err(why), "第32条")],
    }
}

/// What waits in the lists that this officer's menu has. A list that cannot be read is said above, and not counted as empty.
async fn elsewhere(console: &Console, me: &SignedIn, frame: &mut Frame) -> Vec<ElsewhereView> {
    let service = &console.service;
    let actor = me.actor();
    let has = |verb: Verb| frame.menu.iter().any(|s| s.verb == verb);
    let mut found: Vec<Waits> = Vec::new();
    if has(Verb::ConfirmByHand) {
        let n = service.waiting_for(&actor, "").await.map(|p| (p.rows.len(), p.more.is_some()));
        found.push(("待核验的申请", "/waiting", n, "第8条"));
    }
    if has(Verb::ScreenBatch) {
        let n = service.ready_for(&actor).await;
        let n =
            n.map(|all| exact(all.iter().map(|r| usize::try_from(r.applications).unwrap_or_default()).sum()));
        found.push(("待批次筛选的申请", "/batches", n, "附件7"));
    }
    if has(Verb::LookAtBoxes) || has(Verb::HandOver) || has(Verb::Redistribute) || has(Verb::Ship) {
        let n = service.boxes_for(&actor, "").await;
        let here = |b: &&(kaguan_store::ListedBox, _)| {
            b.0.file.on_the_way.as_ref().is_some_and(|w| w.to == me.org.id)
        };
        let n = n.map(|p| (p.rows.iter().filter(here).count(), p.more.is_some()));
        found.push(("途中待签收的成品卡箱", "/boxes", n, "第12条"));
    }
    if has(Verb::ApplyForUnit) {
        let n = service.units_for(&actor).await.map(|all| exact(all.len()));
        found.push(("待上传或待补材料的批量申请", "/units", n, "第9条"));
    }
    if has(Verb::ProposeJoin) {
        let n = service.joins_waiting(&actor, "").await.map(|p| (p.rows.len(), p.more.is_some()));
        found.push(("待审核的档案合并", "/joins", n, "第3条"));
    }
    found.extend(stock(console, me, has(Verb::TakeInBlanks)).await);
    found.extend(cards(console, me, has(Verb::Post), has(Verb::CancelStranded)).await);
    let mut out = Vec::new();
    for (name, path, n, article) in found {
        match n {
            Ok((0, false)) | Err(Failure::Refused(_)) => {}
            Ok((n, more)) => {
                let n = if more { format!("{n}以上") } else { n.to_string() };
                out.push(ElsewhereView { name, path, n, article });
            }
            Err(e) => frame.say(&e),
        }
    }
    out
}

/// The first page.
pub async fn home(State(console): State<Console>, me: SignedIn, Query(asked): Query<Asked>) -> HomePage {
    // Timed work that is held concerns whoever waits for it.
    let frame = Frame::of(&me, TITLE).told(console.service.held());
    let service = &console.service;
    let days = service.days();
    let only = Urgency::ALL.into_iter().find(|u| u.code() == asked.group);
    let mut page = HomePage {
        day: format!("{} {}", days.today, weekday(days.today)),
        counts: Vec::new(),
        total: 0,
        lines: None,
        next: None,
        group: only.map_or("", Urgency::code).into(),
        cities: Vec::new(),
        elsewhere: Vec::new(),
        drafts: Vec::new(),
        done: None,
        frame,
    };
    let mut counts = None;
    match service.todays_work(&me.actor(), only, read_page_key(&asked.after)).await {
        Ok(work) => {
            counts = Some(work.counts);
            page.next = work.next.as_ref().map(page_key);
            // Batches stand on the first page; the first to end come first whatever they are.
            let mut rows = if asked.after.is_empty() { work.batches } else { Vec::new() };
            rows.extend(work.applications);
            rows.sort_by_key(|row| row.due);
            page.lines = Some(lines(&console, &me, rows, days));
        }
        Err(Failure::Refused(_)) => {}
        Err(e) => page.frame.say(&e),
    }
    if counts.is_none() {
        match service.todays_work_by_city(&me.actor()).await {
            Ok(cities) => {
                let sum = |i: usize| cities.iter().map(|c| c.counts[i]).sum();
                counts = Some([sum(0), sum(1), sum(2), sum(3)]);
                let city = |c: &kaguan_service::today::CityWork| CityView {
                    city: CityCode(c.city.clone()).name(),
                    counts: c.counts,
                    worst: c.worst.map(|due| left(Urgency::Late, due, days)).unwrap_or_default(),
                };
                page.cities = cities.iter().map(city).collect();
            }
            Err(Failure::Refused(_)) => {}
            Err(e) => page.frame.say(&e),
        }
    }
    if let Some(counts) = counts {
        page.total = counts.iter().sum();
        let view = |(u, n): (Urgency, i64)| CountView {
            code: u.code(),
            name: u.name(),
            n,
            here: only == Some(u),
            tone: if n > 0 { tone(u) } else { "" },
        };
        page.counts = Urgency::ALL.into_iter().zip(counts).map(view).collect();
    }
    page.elsewhere = elsewhere(&console, &me, &mut page.frame).await;
    page.drafts = page.frame.list(drafts::of(&console, &me).await).unwrap_or_default();
    match done_by(&console, &me, asked.looks, &asked.done).await {
        Ok(done) => page.done = Some(done),
        Err(e) => page.frame.say(&e),
    }
    page
}
