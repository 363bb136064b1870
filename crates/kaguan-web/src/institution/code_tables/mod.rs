//! 代码表: the code tables as the program uses them, to be searched; nothing of them is changed here.

use crate::list::{self, Cell, Kind, List, ListView, Row, column};
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::session::SignedIn;
use askama::Template;
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
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

const LIST: List = List {
    id: "codes",
    path: "/codes",
    title: "",
    none: "没有符合的代码。请换一个代码或名称，或改选代码表。",
    columns: &[
        column("of", "所属代码表", Kind::Text),
        column("code", "代码", Kind::Code),
        column("name", "名称", Kind::Text),
    ],
};

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
    /// What was chosen of the list, which looking for something else keeps.
    pub kept: Vec<(String, String)>,
    pub list: ListView,
}
crate::frame::page!(CodesPage);

/// A table, or what was found in all of them.
pub async fn page(me: SignedIn, Query(asked): Query<Asked>, of_list: list::Asked) -> Response {
    let wanted = asked.looked_for.trim();
    let chosen = TABLES.iter().find(|t| t.code == asked.table);
    let chosen = chosen.or(TABLES.first().filter(|_| wanted.is_empty()));
    let among = TABLES.iter().filter(|t| chosen.is_none_or(|c| c.code == t.code));
    let rows = among.flat_map(|t| t.rows().map(move |(code, name)| (t.name, code, name)));
    let found = |(_, code, name): &(&str, String, String)| code.contains(wanted) || name.contains(wanted);
    let row = |(at, (table, code, name)): (usize, (&str, String, String))| Row {
        key: at.to_string(),
        cells: vec![Cell::from(table), code.into(), name.into()],
        acts: Vec::new(),
    };
    let list = LIST.view(rows.filter(found).enumerate().map(row).collect(), &of_list);
    if let Some(file) = list.taken() {
        return file;
    }
    CodesPage {
        frame: Frame::of(&me, "代码表"),
        tables: TABLES.iter().map(|t| (t.code, t.name)).collect(),
        table: chosen.map_or_else(String::new, |t| t.code.to_owned()),
        source: chosen.map_or("", |t| t.source),
        looked_for: wanted.to_owned(),
        kept: LIST.kept(&of_list),
        list,
    }
    .into_response()
}
