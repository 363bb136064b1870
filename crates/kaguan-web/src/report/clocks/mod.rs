//! 时限与通报, for the centres of cities and for the province: 时限看板, 超期预警, 银行时效通报, 卡商时效通报, 发行统计, 回收统计. Pictures
//! first, each with its table and its workbook. Everything is counted and names nobody; what is asked for stands in the address.

mod board;
mod counted;
mod draw;
mod due;
mod notice;
mod partners;

use crate::amount::number;
use crate::frame::Frame;
use crate::menu::{Page, Screen};
use crate::session::SignedIn;
use crate::taken::workbook;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use kaguan_domain::ids::CityCode;
use kaguan_domain::permission::Verb;
use kaguan_service::Failure;
use kaguan_service::clocks::{Months, cities, month_of};
use kaguan_service::reports::Table;
use serde::Deserialize;

/// 时限看板.
pub const BOARD: Page = Page {
    path: "/clocks",
    screens: &[Screen {
        group: "时限与通报",
        name: "时限看板",
        article: "第十一条、第十二条",
        verb: Verb::LookAtReports,
    }],
    doors: |d| {
        d.get("/clocks", board::page).get("/clocks/xlsx", board::xlsx).get("/clocks/notice", board::notice)
    },
    samples: &["/clocks", "/clocks?map=outline"],
};

/// 超期预警.
pub const DUE: Page = Page {
    path: "/clocks/due",
    screens: &[Screen {
        group: "时限与通报",
        name: "超期预警",
        article: "第十一条、第十二条",
        verb: Verb::LookAtReports,
    }],
    doors: |d| d.get("/clocks/due", due::page),
    samples: &["/clocks/due", "/clocks/due?city=4401"],
};

/// 银行时效通报.
pub const BANKS: Page = Page {
    path: "/clocks/banks",
    screens: &[Screen {
        group: "时限与通报",
        name: "银行时效通报",
        article: "附件7",
        verb: Verb::LookAtReports,
    }],
    doors: |d| {
        d.get("/clocks/banks", partners::banks)
            .get("/clocks/banks/xlsx", partners::banks_xlsx)
            .get("/clocks/banks/notice", partners::banks_notice)
    },
    samples: &["/clocks/banks"],
};

/// 卡商时效通报.
pub const VENDORS: Page = Page {
    path: "/clocks/vendors",
    screens: &[Screen {
        group: "时限与通报",
        name: "卡商时效通报",
        article: "附件7",
        verb: Verb::LookAtReports,
    }],
    doors: |d| {
        d.get("/clocks/vendors", partners::vendors)
            .get("/clocks/vendors/xlsx", partners::vendors_xlsx)
            .get("/clocks/vendors/notice", partners::vendors_notice)
    },
    samples: &["/clocks/vendors"],
};

/// 发行统计.
pub const ISSUED: Page = Page {
    path: "/clocks/issued",
    screens: &[Screen {
        group: "时限与通报",
        name: "发行统计",
        article: "第六条",
        verb: Verb::LookAtReports,
    }],
    doors: |d| {
        d.get("/clocks/issued", counted::issued)
            .get("/clocks/issued/xlsx", counted::issued_xlsx)
            .get("/clocks/issued/notice", counted::issued_notice)
    },
    samples: &["/clocks/issued"],
};

/// 回收统计.
pub const RECALLED: Page = Page {
    path: "/clocks/recalled",
    screens: &[Screen {
        group: "时限与通报",
        name: "回收统计",
        article: "第三十二条",
        verb: Verb::LookAtReports,
    }],
    doors: |d| {
        d.get("/clocks/recalled", counted::recalled)
            .get("/clocks/recalled/xlsx", counted::recalled_xlsx)
            .get("/clocks/recalled/notice", counted::recalled_notice)
    },
    samples: &["/clocks/recalled"],
};

/// What is asked for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    /// City code, four digits; empty for the whole area.
    city: String,
    /// The first and the last month, `2026-01`; both empty for the last six.
    from: String,
    to: String,
    /// The table that is shown open, or that a workbook is made of.
    table: String,
    /// `outline` for the cities as they lie; tiles without it.
    map: String,
}

impl Asked {
    fn city(&self) -> Option<&str> {
        Some(self.city.as_str()).filter(|city| !city.is_empty())
    }

    /// The months that are asked for, or why they are none.
    fn months(&self, today: Date) -> Result<Months, &'static str> {
        if self.from.is_empty() && self.to.is_empty() {
            return Ok(Months::until(today));
        }
        Months::read(&self.from, &self.to)
            .ok_or("请按“年-月”填写起始月和截止月（如2026-07），起始月不晚于截止月，最长36个月。")
    }
}

/// The field that chooses a city, and what stands in an address beside it.
pub struct Area {
    /// Code, name and whether it is chosen; empty for whoever has one city only.
    pub cities: Vec<(&'static str, &'static str, bool)>,
    /// The code that is chosen; empty for all.
    pub code: String,
    /// 全省, or the city's name.
    pub name: &'static str,
}

impl Area {
    fn of(me: &SignedIn, city: Option<&CityCode>) -> Self {
        let code = city.map(|c| c.as_str().to_owned()).unwrap_or_default();
        let all = || cities().map(|(c, name)| (c, name, c == code)).collect();
        Self {
            cities: if me.org.city().is_none() { all() } else { Vec::new() },
            name: city.map_or("全省", CityCode::name),
            code,
        }
    }
}

/// A table of a page.
pub struct TableView {
    /// As an address names it.
    pub id: &'static str,
    pub title: &'static str,
    /// Whether it is shown open.
    pub open: bool,
    pub heads: Vec<&'static str>,
    /// How many of the columns are texts; those after them are numbers.
    pub texts: usize,
    pub rows: Vec<Vec<String>>,
}

impl TableView {
    fn of(id: &'static str, table: Table, asked: &Asked) -> Self {
        let texts = table.rows.first().map_or(table.heads.len(), |(texts, _)| texts.len());
        let cells = |(texts, numbers): (Vec<String>, Vec<f64>)| {
            texts.into_iter().chain(numbers.into_iter().map(number)).collect()
        };
        Self {
            id,
            title: table.title,
            open: asked.table == id,
            heads: table.heads,
            texts,
            rows: table.rows.into_iter().map(cells).collect(),
        }
    }
}

/// 2026年1月至6月, 2025年10月至2026年3月, 2026年6月.
fn period_name(months: Months) -> String {
    let ((y1, m1), (y2, m2)) =
        ((months.from.year(), months.from.month()), (months.to.year(), months.to.month()));
    match (y1 == y2, m1 == m2) {
        (true, true) => format!("{y1}年{m1}月"),
        (true, false) => format!("{y1}年{m1}月至{m2}月"),
        (false, _) => format!("{y1}年{m1}月至{y2}年{m2}月"),
    }
}

/// The question of a page again, for its links; names nobody.
fn query(area: &Area, months: Months) -> String {
    format!("city={}&from={}&to={}", area.code, month_of(months.from), month_of(months.to))
}

/// The status of a page that cannot be shown: its notice says why.
fn status(why: &Failure) -> StatusCode {
    match why {
        Failure::Refused(_) => StatusCode::FORBIDDEN,
        Failure::Unavailable(_) | Failure::Unknown => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// A page that says nothing but why it cannot be shown.
#[derive(askama::Template)]
#[template(path = "report/clocks/clocks_refused.html")]
struct Refused {
    frame: Frame,
}

crate::frame::page!(Refused);

fn refused(me: &SignedIn, title: &'static str, why: &Failure) -> Response {
    (status(why), Refused { frame: Frame::of(me, title).wrong(why.to_string()) }).into_response()
}

fn wrong(me: &SignedIn, title: &'static str, why: &str) -> Response {
    let page = Refused { frame: Frame::of(me, title).wrong(why) };
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_said_as_they_are_read() {
        let said = |from, to| period_name(Months::read(from, to).unwrap());
        assert_eq!(said("2026-01", "2026-06"), "2026年1月至6月");
        assert_eq!(said("2026-06", "2026-06"), "2026年6月");
        assert_eq!(said("2025-10", "2026-10"), "2025年10月至2026年10月");
    }
}
