//! 通报 of 时限看板, 发行统计 and 回收统计: what the page has in its tables, on paper, for a centre to sign.

use super::TableView;
use crate::frame::Frame;
use askama::Template;

/// The notice on paper.
#[derive(Template)]
#[template(path = "report/clocks/clocks_tables_notice.html")]
pub struct TablesNotice {
    pub frame: Frame,
    /// The page that it is of.
    pub back: String,
    /// Of what, behind 关于: the area, the period and what is counted.
    pub of: String,
    /// By which rule, and of what it tells.
    pub begins: String,
    /// 总体情况; what is missing when there is nothing.
    pub whole: String,
    /// Those with something in them.
    pub tables: Vec<TableView>,
    /// 存在问题; empty where nothing can be late.
    pub problems: String,
    /// How it is counted.
    pub about: &'static str,
    pub today: String,
}
crate::frame::page!(TablesNotice);
