//! Lists of clocks that run, which look the same wherever they stand: whom or what it is about, where it stands, the clock with its article,
//! how late it is, who has to do what next. 今日工作, 待办提醒 and 超期预警 have one each, and above it how many there are.

use crate::Console;
use crate::amount::grouped;
use crate::list::{Asked, Cell, Choose, Column, Kind, List, ListView, Offer, Row, column, same};
use crate::session::SignedIn;
use kaguan_domain::dispatch::Turn;
use kaguan_domain::facts::clock::ClockKind;
use kaguan_domain::ids::CityCode;
use kaguan_service::today::{CityWork, Days, Urgency, Work, WorkAsked, WorkOf, WorkRow};
use kaguan_store::RunningOf;

/// Clocks of one part of a list: each is a file that is opened to say where it stands.
const IN_A_PART: usize = 50;
/// Clocks of a file.
const IN_A_FILE: usize = 1_000;

const COLUMNS: &[Column] = &[
    column("what", "申领表或批次", Kind::Code),
    column("business", "业务", Kind::Choice),
    column("stands", "现在", Kind::Text),
    column("clock", "时限", Kind::Text),
    column("state", "状态", Kind::Text),
    column("due", "到期日", Kind::Code),
    column("owner", "由谁办", Kind::Choice),
    column("next", "下一步", Kind::Text),
];

const OF_CITIES: &[Column] = &[
    column("city", "地市", Kind::Text),
    column("late", "已超期", Kind::Sum),
    column("today", "今日到期", Kind::Sum),
    column("soon", "三个工作日内到期", Kind::Sum),
    column("later", "未到期", Kind::Sum),
    column("worst", "最长超期", Kind::Text),
];

/// A list of clocks on a page.
pub const fn clocks(id: &'static str, path: &'static str, title: &'static str) -> List {
    List { id, path, title, none: "没有运行中的时限。", columns: COLUMNS }
}

/// The cities of the province, with how many clocks run in each.
pub const fn cities(id: &'static str, path: &'static str) -> List {
    List {
        id, path, title: "各市在办时限", none: "各市均没有运行中的时限。", columns: OF_CITIES
    }
}

/// One number on top.
pub struct CountView {
    pub name: &'static str,
    pub n: String,
    /// The list of these alone; empty where there is no list.
    pub to: String,
    /// Whether the list shows only these.
    pub here: bool,
    /// `bad`, `warn` or nothing.
    pub tone: &'static str,
}

/// The urgency that an address asks for; all without it.
pub fn only(asked: &Asked) -> Option<Urgency> {
    Urgency::ALL.into_iter().find(|u| u.code() == asked.get("group"))
}

/// What a list of clocks is about, in the order in which one day has them.
const ABOUT: [RunningOf; 7] = [
    RunningOf::Batch(ClockKind::Production),
    RunningOf::Batch(ClockKind::UrgentProduction),
    RunningOf::Batch(ClockKind::BankOpening),
    RunningOf::Batch(ClockKind::VendorMaking),
    RunningOf::Application,
    RunningOf::Card,
    RunningOf::Unit,
];

fn about(of: RunningOf) -> Offer<RunningOf> {
    let (code, name) = match of {
        RunningOf::Batch(kind) => (kind.code(), format!("批次：{}", kind.name())),
        RunningOf::Application => ("application", "个人申请".to_owned()),
        RunningOf::Card => ("recall", "卡片回收".to_owned()),
        RunningOf::Unit => ("unit", "批量申请".to_owned()),
    };
    Offer { code: code.to_owned(), name, value: of }
}

/// What the service is asked for: a page, or more of it to be taken away; and the list that has chosen so.
pub fn question<'a>(list: &'a List, asked: &'a Asked) -> (Choose<'a>, WorkAsked<'a>) {
    let most = if list.is_taken(asked) { IN_A_FILE } else { IN_A_PART };
    let mut choose = list.choose(asked);
    let about = choose.by("business", ABOUT.map(about));
    let turn = choose.by("owner", same(&Turn::ALL, Turn::code, Turn::name));
    (choose, WorkAsked { only: only(asked), about, turn, after: list.part(asked), most })
}

/// The numbers, each a link to the list of its own; `kept` is what else the address says, as `city=4401&`.
pub fn counts(work: &Work, path: &str, kept: &str, asked: &Asked) -> Vec<CountView> {
    let view = |(u, n): (Urgency, i64)| CountView {
        name: u.name(),
        n: grouped(n),
        to: if work.city.is_some() { format!("{path}?{kept}group={}", u.code()) } else { String::new() },
        here: only(asked) == Some(u),
        tone: if n > 0 { tone(u) } else { "" },
    };
    Urgency::ALL.into_iter().zip(work.counts).map(view).collect()
}

fn tone(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::Late => "bad",
        Urgency::Today => "warn",
        Urgency::Soon | Urgency::Later => "",
    }
}

/// 超期几日, of a last day that is over.
fn late(due: jiff::civil::Date, days: Days) -> String {
    let late = days.today.since(due).map_or(0, |span| span.get_days());
    if late > 0 { format!("超期{late}日") } else { String::new() }
}

fn row(console: &Console, me: &SignedIn, r: WorkRow, days: Days) -> Row {
    let (to, what, business) = match r.of {
        WorkOf::Person { holder, form_no, purpose } => {
            (format!("/people/{}", console.service.key_of(&me.session, holder)), form_no, purpose)
        }
        WorkOf::Batch { id, number } => (format!("/batches/{id}"), number, "批次"),
        WorkOf::Unit { form_no } => ("/units".to_owned(), form_no, "批量申请"),
    };
    let next = Cell::from(r.stands.next_act());
    let kept_by = if r.kept_by.is_empty() { String::new() } else { format!("由{}保管", r.kept_by) };
    Row {
        key: r.key,
        cells: vec![
            Cell::from(what).leads(to.clone()),
            business.into(),
            Cell::from(r.stands.name()).beside(kept_by),
            Cell::from(r.clock.name()).beside(r.clock.clause().cite()),
            Cell::from(r.urgency.name()).tagged(if tone(r.urgency).is_empty() {
                "info"
            } else {
                tone(r.urgency)
            }),
            Cell::from(r.last_day).beside(late(r.due, days)),
            r.stands.turn().name().into(),
            if next.text.is_empty() { next } else { next.leads(to) },
        ],
        acts: Vec::new(),
    }
}

/// The list of what the service answered; none for the whole province.
pub fn view(console: &Console, me: &SignedIn, list: Choose<'_>, work: &mut Work) -> Option<ListView> {
    work.city.as_ref()?;
    let (days, more) = (work.days, work.more.take());
    let rows = std::mem::take(&mut work.rows);
    Some(list.view(rows.into_iter().map(|r| row(console, me, r, days)).collect(), more))
}

/// The cities, the worst first; `to` is the address of the list of one, as `/clocks/due?city=`.
pub fn cities_view(list: &List, work: &Work, to: &str, asked: &Asked) -> ListView {
    let row = |c: &CityWork| {
        let mut cells = vec![Cell::from(CityCode(c.city.clone()).name()).leads(format!("{to}{}", c.city))];
        cells.extend(c.counts.map(Cell::from));
        cells.push(Cell::from(c.worst.map_or(String::new(), |due| late(due, work.days))).tagged("bad"));
        Row { key: c.city.clone(), cells, acts: Vec::new() }
    };
    list.view(work.cities.iter().map(row).collect(), asked)
}
