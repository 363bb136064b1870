//! 发行统计, 回收统计: what happened in a period, by month, city, bank and kind; never what lies there now.

use super::draw::{Bars, Column, bars, columns};
use super::notice::TablesNotice;
use super::{Area, Asked, TableView, period_name, query, refused, workbook, wrong};
use crate::Console;
use crate::amount::grouped;
use crate::frame::Frame;
use crate::session::SignedIn;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use kaguan_domain::clause;
use kaguan_domain::ids::CityCode;
use kaguan_domain::report::{Business, bank_name};
use kaguan_service::clocks::{Counted, month_of};
use kaguan_service::reports::Table;
use kaguan_store::HappenedCount;
use std::collections::BTreeMap;

/// One of the two screens.
#[derive(Clone, Copy)]
struct Screen {
    business: Business,
    title: &'static str,
    path: &'static str,
    /// What is counted, and by which article.
    about: &'static str,
    /// What is missing when there is nothing.
    empty: &'static str,
    /// What a notice is about, and by which article.
    notice: [&'static str; 2],
}

const ISSUED: Screen = Screen {
    business: Business::Made,
    title: "发行统计",
    path: "issued",
    about: "按制卡回盘的日期统计当期制成的卡，之后补换、注销不改变当期数。",
    empty: "本期没有制成的卡。卡商制卡回盘或即时制卡补登后计入。",
    notice: ["社保卡发行", "第六条"],
};

const RECALLED: Screen = Screen {
    business: Business::TakenBack,
    title: "回收统计",
    path: "recalled",
    about: "按回收登记的日期和原因统计当期回收的卡（第32条），之后二次发放、注销不改变当期数。",
    empty: "本期没有回收的卡。网点登记回收后计入。",
    notice: ["社保卡回收", "第三十二条"],
};

/// A picture with its caption.
pub struct Part {
    pub title: &'static str,
    pub bars: Bars,
    /// What a screen reader is told.
    pub told: String,
}

/// The page.
#[derive(Template)]
#[template(path = "report/clocks/clocks_counted.html")]
struct CountedPage {
    frame: Frame,
    area: Area,
    path: &'static str,
    about: &'static str,
    empty: &'static str,
    period: String,
    from: String,
    to: String,
    query: String,
    total: String,
    columns: Vec<Column>,
    columns_told: String,
    parts: Vec<Part>,
    tables: Vec<TableView>,
}

crate::frame::page!(CountedPage);

/// How many of each, the most first.
fn sums(rows: &[HappenedCount], of: impl Fn(&HappenedCount) -> String) -> Vec<(String, i64)> {
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    for row in rows {
        *counts.entry(of(row)).or_default() += row.n;
    }
    let mut all: Vec<(String, i64)> = counts.into_iter().collect();
    all.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    all
}

fn city_of(row: &HappenedCount) -> String {
    CityCode(row.city.clone()).name().to_owned()
}

fn part(title: &'static str, counts: &[(String, i64)]) -> Part {
    let row = |(name, n): &(String, i64)| (name.clone(), "", grouped(*n), vec![(*n, "q3")]);
    let told: Vec<String> = counts.iter().map(|(name, n)| format!("{name}{n}")).collect();
    Part { title, bars: bars(counts.iter().map(row).collect()), told: told.join("，") }
}

/// What is counted by one thing in rows, and by the kind within the business in columns.
fn cross(
    counted: &Counted,
    title: &'static str,
    head: &'static str,
    of: impl Fn(&HappenedCount) -> String,
) -> Table {
    let kinds = sums(&counted.rows, |row| row.detail.clone());
    let mut rows: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for row in &counted.rows {
        let numbers = rows.entry(of(row)).or_insert_with(|| vec![0.0; kinds.len() + 1]);
        let kind = kinds.iter().position(|(kind, _)| *kind == row.detail).unwrap_or_default();
        numbers[kind] += row.n as f64;
        numbers[kinds.len()] += row.n as f64;
    }
    let names = kinds.iter().map(|(kind, _)| match counted.business.detail_name(kind) {
        "" => "未注明",
        name => name,
    });
    Table {
        title,
        heads: [head].into_iter().chain(names).chain(["合计"]).collect(),
        rows: rows.into_iter().map(|(name, numbers)| (vec![name], numbers)).collect(),
    }
}

fn by_kind(screen: Screen) -> &'static str {
    if screen.business == Business::TakenBack { "按回收原因" } else { "按业务" }
}

/// How many of each kind within the business, the most first.
fn kinds_of(counted: &Counted) -> Vec<(String, i64)> {
    sums(&counted.rows, |row| counted.business.detail_name(&row.detail).to_owned())
}

/// Its tables: by month, city, bank and kind.
fn tables(counted: &Counted, screen: Screen, asked: &Asked) -> Vec<TableView> {
    let mut tables =
        vec![TableView::of("months", cross(counted, "按月份", "月份", |r| r.month.clone()), asked)];
    if counted.city.is_none() {
        tables.push(TableView::of("cities", cross(counted, "按地市", "地市", city_of), asked));
    }
    let banks = cross(counted, "按服务银行", "服务银行", |r| bank_name(&r.bank));
    tables.push(TableView::of("banks", banks, asked));
    let heads = vec![counted.kind_head(), "张数"];
    let rows = kinds_of(counted).into_iter().map(|(kind, n)| (vec![kind], vec![n as f64])).collect();
    tables.push(TableView::of("kinds", Table { title: by_kind(screen), heads, rows }, asked));
    tables
}

async fn ask(console: &Console, me: &SignedIn, asked: &Asked, screen: Screen) -> Result<Counted, Response> {
    let today = console.service.now().date();
    let months = asked.months(today).map_err(|why| wrong(me, screen.title, why))?;
    let counted = console.service.counted_for(&me.actor(), screen.business, asked.city(), months).await;
    counted.map_err(|e| refused(me, screen.title, &e))
}

async fn page(console: &Console, me: &SignedIn, asked: &Asked, screen: Screen) -> Response {
    let counted = match ask(console, me, asked, screen).await {
        Ok(counted) => counted,
        Err(response) => return response,
    };
    let months = counted.months.all();
    let in_month = |month: &String| counted.rows.iter().filter(|r| r.month == *month).map(|r| r.n).sum();
    let counts: Vec<i64> = months.iter().map(in_month).collect();
    let told: Vec<String> = months.iter().zip(&counts).map(|(month, n)| format!("{month}：{n}")).collect();
    let area = Area::of(me, counted.city.as_ref());
    let mut parts = Vec::new();
    if counted.city.is_none() {
        parts.push(part("按地市", &sums(&counted.rows, city_of)));
    }
    parts.push(part("按服务银行", &sums(&counted.rows, |r| bank_name(&r.bank))));
    parts.push(part(by_kind(screen), &kinds_of(&counted)));
    let tables = tables(&counted, screen, asked);
    let total = counts.iter().sum();
    CountedPage {
        frame: Frame::of(me, screen.title),
        path: screen.path,
        about: screen.about,
        empty: screen.empty,
        period: period_name(counted.months),
        from: month_of(counted.months.from),
        to: month_of(counted.months.to),
        query: query(&area, counted.months),
        area,
        total: if total == 0 { String::new() } else { grouped(total) },
        columns: columns(&months, &counts),
        columns_told: told.join("，"),
        parts,
        tables,
    }
    .into_response()
}

async fn notice(console: &Console, me: &SignedIn, asked: &Asked, screen: Screen) -> Response {
    clause!(R6.1);
    let counted = match ask(console, me, asked, screen).await {
        Ok(counted) => counted,
        Err(response) => return response,
    };
    let area = Area::of(me, counted.city.as_ref());
    let (period, [what, article]) = (period_name(counted.months), screen.notice);
    let total: i64 = counted.rows.iter().map(|r| r.n).sum();
    let whole = match total {
        0 => screen.empty.to_owned(),
        n => {
            let kinds = kinds_of(&counted).into_iter().map(|(kind, n)| format!("{kind}{}张", grouped(n)));
            format!("本期合计{}张，其中{}。", grouped(n), kinds.collect::<Vec<_>>().join("，"))
        }
    };
    TablesNotice {
        frame: Frame::of(me, screen.title),
        back: format!("/clocks/{}?{}", screen.path, query(&area, counted.months)),
        of: format!("{}{period}{what}", area.name),
        begins: format!(
            "根据《广东省社会保障卡业务经办规程》{article}的规定，现将{}{period}{what}情况通报如下：",
            area.name
        ),
        whole,
        tables: if total == 0 { Vec::new() } else { tables(&counted, screen, asked) },
        problems: String::new(),
        about: screen.about,
        today: console.service.now().date().to_string(),
    }
    .into_response()
}

async fn xlsx(console: &Console, me: &SignedIn, asked: &Asked, screen: Screen) -> Response {
    match ask(console, me, asked, screen).await {
        Ok(counted) => {
            let (from, to) = (month_of(counted.months.from), month_of(counted.months.to));
            workbook(&counted.table(), &format!("{}-{from}-{to}", screen.path))
        }
        Err(response) => response,
    }
}

/// 发行统计.
pub async fn issued(State(console): State<Console>, me: SignedIn, Query(asked): Query<Asked>) -> Response {
    page(&console, &me, &asked, ISSUED).await
}

/// The same as a workbook.
pub async fn issued_xlsx(
    State(console): State<Console>,
    me: SignedIn,
    Query(asked): Query<Asked>,
) -> Response {
    xlsx(&console, &me, &asked, ISSUED).await
}

/// 回收统计.
pub async fn recalled(State(console): State<Console>, me: SignedIn, Query(asked): Query<Asked>) -> Response {
    page(&console, &me, &asked, RECALLED).await
}

/// The same as a workbook.
pub async fn recalled_xlsx(
    State(console): State<Console>,
    me: SignedIn,
    Query(asked): Query<Asked>,
) -> Response {
    xlsx(&console, &me, &asked, RECALLED).await
}

/// The same on paper.
pub async fn issued_notice(
    State(console): State<Console>,
    me: SignedIn,
    Query(asked): Query<Asked>,
) -> Response {
    notice(&console, &me, &asked, ISSUED).await
}

/// The same on paper.
pub async fn recalled_notice(
    State(console): State<Console>,
    me: SignedIn,
    Query(asked): Query<Asked>,
) -> Response {
    notice(&console, &me, &asked, RECALLED).await
}
