//! 银行时效通报, 卡商时效通报 (Appendix 7): how each kept its clocks over the months, and the notice that a centre signs.

use super::draw::{Small, line};
use super::{Area, Asked, TableView, period_name, query, refused, workbook, wrong};
use crate::Console;
use crate::frame::Frame;
use crate::session::SignedIn;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use kaguan_service::clocks::{NotExtracted, Partner, PartnerTimes, Partners, month_of};

fn path(partners: Partners) -> &'static str {
    match partners {
        Partners::Banks => "banks",
        Partners::Vendors => "vendors",
    }
}

/// What is missing when there is nothing.
fn empty(partners: Partners) -> &'static str {
    match partners {
        Partners::Banks => {
            "本期没有银行开户时限。银行提取预开户数据时开始计时，预开户回盘完成时停止（附件7）。"
        }
        Partners::Vendors => {
            "本期没有卡商制卡时限。卡商收齐社保制卡数据和银行账户制卡数据时开始计时，制卡回盘完成时停止（附件7）。"
        }
    }
}

/// What the clock counts.
fn about(partners: Partners) -> &'static str {
    match partners {
        Partners::Banks => "预开户数据提取后2个工作日内回盘",
        Partners::Vendors => "收齐制卡数据后6个工作日内回盘",
    }
}

/// The page.
#[derive(Template)]
#[template(path = "report/clocks/clocks_partners.html")]
struct PartnersPage {
    frame: Frame,
    area: Area,
    path: &'static str,
    who: &'static str,
    about: &'static str,
    empty: &'static str,
    limit: u32,
    period: String,
    from: String,
    to: String,
    query: String,
    pictures: Vec<Small>,
    /// 待提取, a sentence a bank.
    waiting: Vec<String>,
    tables: Vec<TableView>,
}

crate::frame::page!(PartnersPage);

/// The notice on paper.
#[derive(Template)]
#[template(path = "report/clocks/clocks_notice.html")]
struct NoticePage {
    frame: Frame,
    path: &'static str,
    who: &'static str,
    about: &'static str,
    empty: &'static str,
    article: String,
    area: &'static str,
    period: String,
    query: String,
    org: String,
    /// Whether the province speaks, which tells all of them of all (Appendix 7); a city only has its own counted.
    province: bool,
    today: String,
    /// How many clocks, of how many it kept the period, and how many it broke or is late with.
    all: usize,
    kept: usize,
    late: usize,
    /// Name, all, kept, broken, running, late, taken back, rate, median, longest.
    rows: Vec<[String; 10]>,
    /// Those with something late: name, how many.
    blamed: Vec<(String, usize)>,
    /// 待提取, a sentence a bank.
    waiting: Vec<String>,
}

crate::frame::page!(NoticePage);

/// Working days: whole ones of one clock, whole or half ones of a median.
fn days(n: Option<impl ToString>) -> String {
    n.map_or_else(|| "—".into(), |n| n.to_string())
}

fn rate(p: &Partner) -> String {
    let rate = p.total.kept.kept_in_a_thousand().map(|n| n as f64 / 10.0);
    rate.map_or_else(|| "—".into(), |n| format!("{n:.1}%"))
}

fn late(p: &Partner) -> usize {
    p.total.kept.over()
}

fn small(times: &PartnerTimes) -> Vec<Small> {
    let limit = times.partners.clock().working_days();
    let medians = |p: &Partner| p.months.iter().map(|t| t.median()).collect::<Vec<_>>();
    let most = times.rows.iter().flat_map(medians).flatten().fold(f64::from(limit * 2), f64::max);
    let months = times.months.all();
    let one = |p: &Partner| {
        let medians = medians(p);
        let (limit_y, lines, dots) = line(&medians, limit, most);
        let of_months = months.iter().zip(&medians);
        let told: Vec<String> =
            of_months.filter_map(|(month, m)| m.map(|m| format!("{month}：{m}"))).collect();
        let told = if told.is_empty() { "各月均无已办结的批次".into() } else { told.join("，") };
        Small {
            name: p.name.clone(),
            median: days(p.total.median()),
            longest: days(p.total.longest),
            rate: rate(p),
            tone: if late(p) > 0 { "bad" } else { "" },
            limit_y,
            lines,
            dots,
            told: format!("各月用时中位数（工作日）：{told}；时限{limit}个工作日"),
        }
    };
    times.rows.iter().map(one).collect()
}

/// What each bank has not extracted: no period runs for it yet, and the batches wait all the same.
fn waiting(times: &PartnerTimes) -> Vec<String> {
    let one = |w: &NotExtracted| {
        format!("{}：待提取预开户数据的批次{}个，最早的{}确认", w.name, w.batches, w.since)
    };
    times.not_extracted.iter().map(one).collect()
}

async fn ask(
    console: &Console,
    me: &SignedIn,
    asked: &Asked,
    partners: Partners,
) -> Result<PartnerTimes, Response> {
    let title = partners.title();
    let months = asked.months(console.service.now().date()).map_err(|why| wrong(me, title, why))?;
    let times = console.service.partner_times(&me.actor(), partners, asked.city(), months).await;
    times.map_err(|e| refused(me, title, &e))
}

async fn page(console: &Console, me: &SignedIn, asked: &Asked, partners: Partners) -> Response {
    let times = match ask(console, me, asked, partners).await {
        Ok(times) => times,
        Err(response) => return response,
    };
    let area = Area::of(me, times.city.as_ref());
    PartnersPage {
        frame: Frame::of(me, partners.title()),
        path: path(partners),
        who: partners.who(),
        about: about(partners),
        empty: empty(partners),
        limit: partners.clock().working_days(),
        period: period_name(times.months),
        from: month_of(times.months.from),
        to: month_of(times.months.to),
        query: query(&area, times.months),
        pictures: small(&times),
        waiting: waiting(&times),
        tables: vec![TableView::of("partners", times.table(), asked)],
        area,
    }
    .into_response()
}

async fn notice(console: &Console, me: &SignedIn, asked: &Asked, partners: Partners) -> Response {
    let times = match ask(console, me, asked, partners).await {
        Ok(times) => times,
        Err(response) => return response,
    };
    let area = Area::of(me, times.city.as_ref());
    let row = |p: &Partner| {
        let kept = p.total.kept;
        let counts = [p.total.all(), kept.kept, kept.broken, kept.running, kept.late, kept.taken_back];
        let [all, on_time, broken, running, overdue, back] = counts.map(|n| n.to_string());
        let (median, longest) = (days(p.total.median()), days(p.total.longest));
        [p.name.clone(), all, on_time, broken, running, overdue, back, rate(p), median, longest]
    };
    let blamed = times.rows.iter().filter(|p| late(p) > 0).map(|p| (p.name.clone(), late(p)));
    NoticePage {
        frame: Frame::of(me, partners.title()),
        path: path(partners),
        who: partners.who(),
        about: about(partners),
        empty: empty(partners),
        article: partners.clock().clause().cite(),
        area: area.name,
        period: period_name(times.months),
        query: query(&area, times.months),
        org: me.org.name.clone(),
        province: me.org.city().is_none(),
        today: console.service.now().date().to_string(),
        all: times.rows.iter().map(|p| p.total.all()).sum(),
        kept: times.rows.iter().map(|p| p.total.kept.kept).sum(),
        late: times.rows.iter().map(late).sum(),
        rows: times.rows.iter().map(row).collect(),
        blamed: blamed.collect(),
        waiting: waiting(&times),
    }
    .into_response()
}

async fn xlsx(console: &Console, me: &SignedIn, asked: &Asked, partners: Partners) -> Response {
    match ask(console, me, asked, partners).await {
        Ok(times) => {
            let (from, to) = (month_of(times.months.from), month_of(times.months.to));
            workbook(&times.table(), &format!("{}-{from}-{to}", path(partners)))
        }
        Err(response) => response,
    }
}

macro_rules! doors {
    ($($(#[$doc:meta])* $name:ident = $what:ident of $Partners:ident;)+) => {$(
        $(#[$doc])*
        pub async fn $name(State(console): State<Console>, me: SignedIn, Query(asked): Query<Asked>) -> Response {
            $what(&console, &me, &asked, Partners::$Partners).await
        }
    )+};
}

doors! {
    /// 银行时效通报.
    banks = page of Banks;
    /// The same as a workbook.
    banks_xlsx = xlsx of Banks;
    /// The same on paper.
    banks_notice = notice of Banks;
    /// 卡商时效通报.
    vendors = page of Vendors;
    /// The same as a workbook.
    vendors_xlsx = xlsx of Vendors;
    /// The same on paper.
    vendors_notice = notice of Vendors;
}
