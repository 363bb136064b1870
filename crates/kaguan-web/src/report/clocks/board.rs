//! 时限看板: where applications and cards wait, which clocks run against whom, and how the cities stand.

use super::draw::{Bars, Outline, Tile, bars, outlines, tiles};
use super::notice::TablesNotice;
use super::{Area, Asked, TableView, refused, workbook};
use crate::Console;
use crate::amount::grouped;
use crate::frame::Frame;
use crate::session::SignedIn;
use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kaguan_domain::clause;
use kaguan_domain::ids::CityCode;
use kaguan_service::clocks::{Age, Board, Step};
use kaguan_service::today::{CityWork, Urgency};

pub const TITLE: &str = "时限看板";
/// The classes of [`Age::ALL`].
const AGES: [&str; 6] = ["a0", "a1", "a2", "a3", "a4", "a5"];

/// A number on top: the code and name of an urgency, how many, its tone.
pub type CountOf = (&'static str, &'static str, String, &'static str);

/// The page.
#[derive(Template)]
#[template(path = "report/clocks/clocks_board.html")]
struct BoardPage {
    frame: Frame,
    area: Area,
    today: String,
    counts: Vec<CountOf>,
    /// The map of tiles; empty for one city, and while the other one is shown.
    tiles: Vec<Tile>,
    /// The map of outlines, when it is asked for.
    outlines: Vec<Outline>,
    tiles_told: String,
    steps: Bars,
    steps_told: String,
    against: Bars,
    against_told: String,
    /// Class and name of each age.
    ages: Vec<(&'static str, &'static str)>,
    tables: Vec<TableView>,
}

crate::frame::page!(BoardPage);

/// The counts of urgencies, as the first page tones them.
pub fn counts_of(sums: [i64; 4]) -> Vec<CountOf> {
    let tone = |u: Urgency, n: i64| match u {
        Urgency::Late if n > 0 => "bad",
        Urgency::Today if n > 0 => "warn",
        Urgency::Late | Urgency::Today | Urgency::Soon | Urgency::Later => "",
    };
    Urgency::ALL.into_iter().zip(sums).map(|(u, n)| (u.code(), u.name(), grouped(n), tone(u, n))).collect()
}

/// A number and how many of it are late.
fn said(n: i64, late: i64) -> String {
    if late > 0 { format!("{}，超期{}", grouped(n), grouped(late)) } else { grouped(n) }
}

fn step_bars(steps: &[Step]) -> (Bars, String) {
    let row = |s: &Step| {
        let late = s.late.min(s.n);
        let parts = vec![(s.n - late, "q3"), (late, "late")];
        (s.at.name().to_owned(), s.at.turn().name(), said(s.n, s.late), parts)
    };
    let told: Vec<String> = steps.iter().map(|s| format!("{}{}", s.at.name(), said(s.n, s.late))).collect();
    (bars(steps.iter().map(row).collect()), told.join("；"))
}

fn against_bars(board: &Board) -> (Bars, String) {
    let mut rows = Vec::new();
    let mut told = Vec::new();
    for a in &board.against {
        for (of, counts) in a.running() {
            let (all, late): (i64, i64) = (counts.iter().sum(), counts[..3].iter().sum());
            told.push(format!("{}{}{}，超期{late}", a.turn.name(), grouped(all), of.measured()));
            let parts = counts.into_iter().zip(AGES).collect();
            rows.push((a.turn.name().to_owned(), of.measured(), said(all, late), parts));
        }
    }
    (bars(rows), told.join("；"))
}

/// A map of one kind, the other one empty, and what it says.
fn map(cities: &[CityWork], as_outlines: bool) -> (Vec<Tile>, Vec<Outline>, String) {
    let of = |code: &str| cities.iter().find(|c| c.city == code);
    let counts = |code: &str| of(code).map_or((0, 0), |c| (c.counts.iter().sum(), c.counts[0]));
    let name = |code: &str| CityCode(code.to_owned()).name().to_owned();
    let late = cities.iter().filter(|c| c.counts[0] > 0);
    let late: Vec<String> = late.map(|c| format!("{}{}", name(&c.city), c.counts[0])).collect();
    let told = if late.is_empty() {
        "各市均无超期。".into()
    } else {
        format!("超期件数：{}。", late.join("，"))
    };
    match as_outlines {
        true => (Vec::new(), outlines(name, counts), told),
        false => (tiles(name, counts), Vec::new(), told),
    }
}

/// Its tables.
fn tables(board: &Board, asked: &Asked) -> Vec<TableView> {
    let mut tables = vec![
        TableView::of("steps", board.steps_table(), asked),
        TableView::of("against", board.against_table(), asked),
    ];
    if board.city.is_none() {
        tables.push(TableView::of("cities", board.cities_table(), asked));
    }
    tables
}

/// The board.
pub async fn page(State(console): State<Console>, me: SignedIn, Query(asked): Query<Asked>) -> Response {
    let board = match console.service.clock_board(&me.actor(), asked.city()).await {
        Ok(board) => board,
        Err(e) => return refused(&me, TITLE, &e),
    };
    let sum = |i: usize| board.cities.iter().map(|c| c.counts[i]).sum();
    // One city is no map.
    let (tiles, outlines, tiles_told) = match board.city {
        None => map(&board.cities, asked.map == "outline"),
        Some(_) => (Vec::new(), Vec::new(), String::new()),
    };
    let (steps, steps_told) = step_bars(&board.steps);
    let (against, against_told) = against_bars(&board);
    let tables = tables(&board, &asked);
    let page = BoardPage {
        frame: Frame::of(&me, TITLE),
        area: Area::of(&me, board.city.as_ref()),
        today: board.days.today.to_string(),
        counts: counts_of([sum(0), sum(1), sum(2), sum(3)]),
        tiles,
        outlines,
        tiles_told,
        steps,
        steps_told,
        against,
        against_told,
        ages: AGES.into_iter().zip(Age::ALL.map(Age::name)).collect(),
        tables,
    };
    page.into_response()
}

/// Who is late, and with how much; that nobody is.
fn problems(board: &Board) -> String {
    let name = |code: &str| CityCode(code.to_owned()).name().to_owned();
    // One city is told by whose turn it is, the province by its cities as well.
    let cities = board.cities.iter().filter(|c| board.city.is_none() && c.counts[0] > 0);
    let cities: Vec<String> =
        cities.map(|c| format!("{}{}件", name(&c.city), grouped(c.counts[0]))).collect();
    let mut turns = Vec::new();
    for a in &board.against {
        for (of, counts) in a.running() {
            let late: i64 = counts[..3].iter().sum();
            if late > 0 {
                turns.push(format!("待{}办理的{}{}", a.turn.name(), grouped(late), of.measured()));
            }
        }
    }
    if cities.is_empty() && turns.is_empty() {
        return "没有超期的时限。".to_owned();
    }
    let each = [("各市已超期：", cities), ("已超期的下一步：", turns)];
    let said = each.into_iter().filter(|(_, all)| !all.is_empty());
    let said: Vec<String> = said.map(|(head, all)| format!("{head}{}", all.join("、"))).collect();
    format!("{}。请有关单位查明原因，尽快办理。", said.join("；"))
}

/// The same on paper.
pub async fn notice(State(console): State<Console>, me: SignedIn, Query(asked): Query<Asked>) -> Response {
    clause!(R7.1);
    let board = match console.service.clock_board(&me.actor(), asked.city()).await {
        Ok(board) => board,
        Err(e) => return refused(&me, TITLE, &e),
    };
    let area = Area::of(&me, board.city.as_ref());
    let sum = |i: usize| -> i64 { board.cities.iter().map(|c| c.counts[i]).sum() };
    let sums = [sum(0), sum(1), sum(2), sum(3)];
    let each = Urgency::ALL.into_iter().zip(sums).map(|(u, n)| format!("{}{}件", u.name(), grouped(n)));
    let tables: Vec<TableView> = tables(&board, &asked).into_iter().filter(|t| !t.rows.is_empty()).collect();
    let today = board.days.today;
    TablesNotice {
        frame: Frame::of(&me, TITLE),
        back: format!("/clocks?city={}", area.code),
        of: format!("{}社保卡办理时限", area.name),
        begins: format!(
            "根据《广东省社会保障卡业务经办规程》第七条、第十一条、第十二条、第三十二条和附件7规定的办理时限，现将截至{today}{}社保卡申请、批次和待回收卡的运行时限情况通报如下：",
            area.name
        ),
        whole: match tables.is_empty() {
            true => "没有在办的申请，也没有在途的卡。".to_owned(),
            false => format!(
                "运行中的时限共{}件，其中{}。",
                grouped(sums.iter().sum()),
                each.collect::<Vec<_>>().join("，")
            ),
        },
        tables,
        problems: problems(&board),
        about: "时限按工作日计算；在途的卡和待持卡人领取的卡列入“卡在哪里等”，没有时限的不计入运行中的时限。",
        today: today.to_string(),
    }
    .into_response()
}

/// One of its tables.
pub async fn xlsx(State(console): State<Console>, me: SignedIn, Query(asked): Query<Asked>) -> Response {
    let board = match console.service.clock_board(&me.actor(), asked.city()).await {
        Ok(board) => board,
        Err(e) => return (super::status(&e), e.to_string()).into_response(),
    };
    let table = match asked.table.as_str() {
        "steps" => board.steps_table(),
        "against" => board.against_table(),
        "cities" => board.cities_table(),
        _ => return (StatusCode::NOT_FOUND, "没有这张表。").into_response(),
    };
    workbook(&table, &format!("clocks-{}-{}", asked.table, board.days.today))
}
