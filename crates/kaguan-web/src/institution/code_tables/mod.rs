//! 代码表: the code tables as the program uses them, to be searched; nothing of them is changed here.

use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::session::SignedIn;
use askama::Template;
use axum::extract::Query;
use kaguan_domain::codes::TABLES;
use kaguan_domain::permission::Verb;
use serde::Deserialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/codes",
    screens: &[Screen {
        group: "系统管理", name: "代码表", article: "附件6", verb: Verb::LookAtOfficers
    }],
    doors: |d| d.get("/codes", page),
    samples: &["/codes"],
};

/// So many rows are shown; the others are looked for.
const SHOWN: usize = 300;

/// Which table, and what is looked for in it; without a table in all of them.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    table: String,
    looked_for: String,
}

/// 代码表.
#[derive(Template)]
#[template(path = "institution/code_tables/codes.html")]
pub struct CodesPage {
    pub frame: Frame,
    /// Short name and term.
    pub tables: Vec<(&'static str, &'static str)>,
    pub table: String,
    pub looked_for: String,
    /// From where the chosen table was taken.
    pub source: &'static str,
    /// Table, code and name.
    pub rows: Vec<(&'static str, String, String)>,
    pub more: usize,
}
crate::frame::page!(CodesPage);

/// A table, or what was found in all of them.
pub async fn page(me: SignedIn, Query(asked): Query<Asked>) -> CodesPage {
    let wanted = asked.looked_for.trim();
    let chosen = TABLES.iter().find(|t| t.code == asked.table);
    let chosen = chosen.or(TABLES.first().filter(|_| wanted.is_empty()));
    let among = TABLES.iter().filter(|t| chosen.is_none_or(|c| c.code == t.code));
    let rows = among.flat_map(|t| t.rows().map(move |(code, name)| (t.name, code, name)));
    let found = |(_, code, name): &(&str, String, String)| code.contains(wanted) || name.contains(wanted);
    let mut rows: Vec<_> = rows.filter(found).collect();
    let more = rows.len().saturating_sub(SHOWN);
    rows.truncate(SHOWN);
    CodesPage {
        frame: Frame::of(&me, "代码表"),
        tables: TABLES.iter().map(|t| (t.code, t.name)).collect(),
        table: chosen.map_or_else(String::new, |t| t.code.to_owned()),
        source: chosen.map_or("", |t| t.source),
        looked_for: wanted.to_owned(),
        rows,
        more,
    }
}
