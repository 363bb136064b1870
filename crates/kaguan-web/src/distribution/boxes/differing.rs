//! 清点差异 of boxes of finished cards that nobody has settled: with whoever has the box, whoever answers for it, and the centre of the area.

use super::difference_of;
use crate::distribution::on_the_way::name_of;
use crate::list::{Act, Asked, Kind, List, ListView, Row, column};
use crate::may::May;
use kaguan_domain::clause;
use kaguan_domain::facts::boxes::Concern;
use kaguan_service::DifferingBox;

/// Its name is what 今日工作 leads to.
const DIFFERING: List = List {
    id: "differing",
    path: "/boxes",
    title: "待处理的清点差异",
    none: "没有待处理的清点差异。",
    columns: &[
        column("number", "箱号", Kind::Code),
        column("of", "批次", Kind::Code),
        column("keeper", "箱由谁保管", Kind::Choice),
        column("differs", "清点差异", Kind::Text),
        column("concern", "由谁处理", Kind::Choice),
    ],
};

/// The list, of all its boxes.
pub fn view(may: &May, all: &[DifferingBox], asked: &Asked) -> ListView {
    clause!(R12.1);
    DIFFERING.view(all.iter().map(|b| row_of(may, b)).collect(), asked)
}

fn row_of(may: &May, b: &DifferingBox) -> Row {
    let (institutions, file) = (may.institutions(), &b.row.file);
    let said = difference_of(institutions);
    let open: Vec<String> = file.differences.iter().filter(|d| d.is_open()).map(|d| said(d).2).collect();
    let settles = match b.concern {
        Concern::Here => "本机构",
        Concern::Answers => "保管机构（本机构负责，须查明去向并告知保管机构）",
        Concern::Elsewhere => "保管机构",
    };
    let mut acts = Vec::new();
    if b.concern == Concern::Here {
        let to = format!("/boxes?boxes.way=kept&boxes.outlet={}", file.outlet);
        acts.push(Act::Open { to, name: "清点差异处理" });
    }
    if b.opens {
        acts.push(Act::Open { to: format!("/boxes/tree?batch={}", b.row.batch), name: "成品卡去向" });
    }
    Row {
        key: file.id.to_string(),
        cells: vec![
            file.number.as_str().into(),
            b.of.as_str().into(),
            name_of(&file.keeper, institutions).into(),
            open.join("；").into(),
            settles.into(),
        ],
        acts,
    }
}
