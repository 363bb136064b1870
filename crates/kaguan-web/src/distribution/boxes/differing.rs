//! 清点差异 of boxes of finished cards that nobody has settled: with whoever has the box, whoever answers for it, and the centre of the area.

use super::difference_of;
use crate::Console;
use crate::distribution::on_the_way::name_of;
use crate::list::{Act, Asked, Kind, List, ListView, Row, column, office, offices, same};
use crate::may::May;
use crate::session::SignedIn;
use kaguan_domain::clause;
use kaguan_domain::facts::boxes::Concern;
use kaguan_domain::facts::custody::Party;
use kaguan_domain::ids::OrgId;
use kaguan_service::{DifferingBox, DifferingChosen, Failure};
use std::collections::BTreeSet;

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

const CONCERNS: [Concern; 3] = [Concern::Here, Concern::Answers, Concern::Elsewhere];

/// How a difference concerns this office, as an address names it.
fn code_of(concern: Concern) -> &'static str {
    match concern {
        Concern::Here => "here",
        Concern::Answers => "answers",
        Concern::Elsewhere => "elsewhere",
    }
}

/// Who looks into it.
fn settled_by(concern: Concern) -> &'static str {
    match concern {
        Concern::Here => "本机构",
        Concern::Answers => "保管机构（本机构负责，须查明去向并告知保管机构）",
        Concern::Elsewhere => "保管机构",
    }
}

/// A part of the list; `None` while there is no difference at all.
pub async fn view(
    console: &Console,
    me: &SignedIn,
    may: &May,
    asked: &Asked,
) -> Result<Option<ListView>, Failure> {
    clause!(R12.1);
    let all = console.service.differing_boxes(&me.actor()).await?;
    if all.is_empty() {
        return Ok(None);
    }
    let keepers: BTreeSet<OrgId> = all
        .iter()
        .filter_map(|(_, b)| match b.file.keeper {
            Party::Org(id) => Some(id),
            Party::Vendor(_)
            | Party::Production(_)
            | Party::Missing
            | Party::Employer(_)
            | Party::Holder
            | Party::Post(_)
            | Party::Recalled(_)
            | Party::Destroyed => None,
        })
        .collect();
    let mut choose = DIFFERING.choose(asked);
    let chosen = DifferingChosen {
        keeper: choose.by_what_is_there(
            "keeper",
            offices(may.institutions(), keepers.into_iter().collect()),
            |code| office(may.institutions(), code),
        ),
        concern: choose.by("concern", same(&CONCERNS, code_of, settled_by)),
    };
    let after = DIFFERING.part(asked);
    let part = console.service.differing_part(&me.actor(), all, chosen, after).await?;
    let rows = part.rows.iter().map(|b| row_of(may, b)).collect();
    Ok(Some(choose.view(rows, part.more)))
}

fn row_of(may: &May, b: &DifferingBox) -> Row {
    let (institutions, file) = (may.institutions(), &b.row.file);
    let said = difference_of(institutions);
    let open: Vec<String> = file.differences.iter().filter(|d| d.is_open()).map(|d| said(d).2).collect();
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
            settled_by(b.concern).into(),
        ],
        acts,
    }
}
