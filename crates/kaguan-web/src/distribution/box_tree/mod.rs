//! 成品卡去向: a batch, its boxes, and the boxes within them, where each is and who has it (Article 12).

use crate::Console;
use crate::distribution::asked_for;
use crate::distribution::on_the_way::name_of;
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::session::SignedIn;
use askama::Template;
use axum::extract::{Query, State};
use kaguan_domain::clause;
use kaguan_domain::collection::BoxEmployer;
use kaguan_domain::facts::batch::BatchFile;
use kaguan_domain::facts::boxes::BoxFile;
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::ids::BoxId;
use kaguan_domain::permission::Verb;
use kaguan_domain::spelling;
use kaguan_service::Failure;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/boxes/tree",
    screens: &[Screen {
        group: "社保卡领取",
        name: "成品卡去向",
        article: "第十二条",
        verb: Verb::LookAtBoxes,
    }],
    doors: |d| d.get("/boxes/tree", page),
    samples: &["/boxes/tree"],
};

const TITLE: &str = "成品卡去向";

/// The batch that is shown, once one is chosen.
#[derive(Deserialize, Default)]
pub struct Chosen {
    /// Of those to choose from; empty for none.
    #[serde(default)]
    batch: String,
    /// 批次号, of a batch that is not among the newest.
    #[serde(default)]
    number: String,
    /// 装箱位置: alone, of a box that is here or comes here; of a batch, the one that is looked for.
    #[serde(default, rename = "box")]
    position: String,
}

/// A box by its number: its batch, and where it is.
pub struct FoundView {
    pub batch: i64,
    pub number: String,
    pub outlet: String,
    pub place: String,
}

/// A box, or the ones whose numbers begin alike.
pub struct NodeView {
    /// How deep it lies: 1 at most three.
    pub depth: usize,
    /// 装箱位置, or what several have in common.
    pub number: String,
    pub outlet: String,
    pub employer: String,
    /// Where it is, and who has it.
    pub place: String,
    /// How it goes there.
    pub way: String,
    /// 保管地点; nothing while it is under way.
    pub kept_at: String,
    /// Who signed for it last.
    pub signer: String,
    /// Cards; nothing for whoever is to count it.
    pub cards: Option<i64>,
    /// Cards too few that nobody has named or found.
    pub short: i64,
    /// How many boxes; 0 for one itself.
    pub boxes: usize,
}

/// A batch with its boxes.
pub struct TreeView {
    pub id: i64,
    pub number: String,
    pub bank: &'static str,
    pub state: &'static str,
    pub nodes: Vec<NodeView>,
}

/// The page.
#[derive(Template)]
#[template(path = "distribution/box_tree/box_tree.html")]
pub struct TreePage {
    pub frame: Frame,
    /// Identity, number, whether it is shown; `None` when they may not be seen.
    pub batches: Option<Vec<(i64, String, bool)>>,
    pub tree: Option<TreeView>,
    /// Boxes of a number, of several batches.
    pub boxes: Vec<FoundView>,
    /// 装箱位置 and 批次号 as they were asked for.
    pub position: String,
    pub number: String,
}
crate::frame::page!(TreePage);

/// The parts of a box's number that vendors separate: 1-Y001-2 lies in 1-Y001, and that in 1.
fn parts(number: &str) -> Vec<&str> {
    number.split(['-', '/', '－', '—']).filter(|p| !p.is_empty()).collect()
}

fn place_of(b: &BoxFile, inside: i64, institutions: &Institutions) -> String {
    let keeper = name_of(&b.keeper, institutions);
    match &b.on_the_way {
        Some(way) => {
            let to = institutions.org(way.to).map_or("", |o| o.name.as_str());
            format!("途中：{keeper}寄往{to}，待签收")
        }
        None if inside == 0 => format!("{keeper}，箱内已无卡"),
        None => format!("{keeper}保管"),
    }
}

/// What is known of each box besides its own file.
struct Known {
    /// 保管地点 and 签收人.
    signed: BTreeMap<BoxId, [String; 2]>,
    /// Of those that are for an employer.
    employers: BTreeMap<BoxId, BoxEmployer>,
}

fn node(
    me: &SignedIn,
    (file, known): (&BatchFile, &Known),
    b: &BoxFile,
    depth: usize,
    institutions: &Institutions,
) -> NodeView {
    let inside = file.inside(b.id);
    let comes = b.on_the_way.as_ref().is_some_and(|way| way.to == me.org.id);
    let way = b.on_the_way.as_ref().map(|way| {
        let said = [("责任人", &way.responsible), ("方式", &way.manner), ("单号", &way.tracking)];
        let said = said.iter().filter(|(_, text)| !text.is_empty());
        let said: Vec<String> = said.map(|(title, text)| format!("{title}{text}")).collect();
        format!("{}寄出，{}", way.since.date(), said.join("，"))
    });
    let [kept_at, signer] = known.signed.get(&b.id).cloned().unwrap_or_default();
    NodeView {
        depth,
        kept_at,
        signer,
        number: b.number.clone(),
        outlet: institutions.org(b.outlet).map_or(String::new(), |o| o.name.clone()),
        employer: known.employers.get(&b.id).map(|of| of.said.clone()).unwrap_or_default(),
        place: place_of(b, inside, institutions),
        way: way.unwrap_or_else(|| format!("{}签收", b.last_signed.date())),
        cards: (!comes).then_some(inside),
        short: b.short(),
        boxes: 0,
    }
}

/// The boxes in the order of their numbers; what several have in common stands above them, when there is no such box.
fn nodes(me: &SignedIn, file: &BatchFile, known: &Known, institutions: &Institutions) -> Vec<NodeView> {
    let mut all: Vec<(&BoxFile, Vec<&str>)> = file.boxes.iter().map(|b| (b, parts(&b.number))).collect();
    all.sort_by(|a, b| a.1.cmp(&b.1));
    let mut inside_of: BTreeMap<Vec<&str>, (usize, i64)> = BTreeMap::new();
    for (b, parts) in &all {
        for n in 1..parts.len().min(3) {
            let group = inside_of.entry(parts[..n].to_vec()).or_default();
            *group = (group.0 + 1, group.1 + file.inside(b.id));
        }
    }
    let itself = |prefix: &[&str]| all.iter().any(|(_, parts)| parts.as_slice() == prefix);
    let blind = file.boxes.iter().any(|b| b.on_the_way.as_ref().is_some_and(|way| way.to == me.org.id));
    let mut out = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    for (b, parts) in &all {
        let mut depth = 0;
        for n in 1..parts.len().min(3) {
            let prefix = &parts[..n];
            let Some((boxes, cards)) = inside_of.get(prefix).filter(|g| g.0 > 1 || itself(prefix)) else {
                continue;
            };
            depth += 1;
            if itself(prefix) || (open.len() >= n && &open[..n] == prefix) {
                continue;
            }
            open = prefix.to_vec();
            out.push(NodeView {
                depth: depth - 1,
                number: prefix.join("-"),
                outlet: String::new(),
                employer: String::new(),
                place: String::new(),
                way: String::new(),
                kept_at: String::new(),
                signer: String::new(),
                cards: (!blind).then_some(*cards),
                short: 0,
                boxes: *boxes,
            });
        }
        out.push(node(me, (file, known), b, depth, institutions));
    }
    out
}

/// Boxes of a number that are here or come here.
async fn found(console: &Console, me: &SignedIn, number: &str) -> Result<Vec<FoundView>, Failure> {
    let institutions = console.service.institutions();
    let view = |(b, batch): (kaguan_store::ListedBox, String)| FoundView {
        batch: b.batch.0,
        number: batch,
        outlet: institutions.org(b.file.outlet).map_or(String::new(), |o| o.name.clone()),
        place: match &b.file.on_the_way {
            Some(way) if way.to == me.org.id => "寄往本机构途中".into(),
            Some(_) => "已从本机构寄出".into(),
            None => "本机构保管".into(),
        },
    };
    Ok(console.service.boxes_numbered(&me.actor(), number).await?.into_iter().map(view).collect())
}

/// The batches, and the boxes of one; or the boxes of a number.
pub async fn page(State(console): State<Console>, me: SignedIn, Query(chosen): Query<Chosen>) -> TreePage {
    clause!(R12.2);
    let position = spelling::half_width(spelling::trim(&chosen.position));
    let number = spelling::number(&chosen.number);
    let (mut frame, id) = asked_for(&console, Frame::of(&me, TITLE), &number, &chosen.batch).await;
    let all = frame.list(console.service.trees_for(&me.actor()).await);
    let one = |b: kaguan_store::ListedBatch| (b.id.0, b.batch.number, id == Some(b.id));
    let batches: Option<Vec<_>> = all.map(|all| all.into_iter().map(one).collect());
    let mut boxes = Vec::new();
    if id.is_none() && number.is_empty() && !position.is_empty() {
        boxes = frame.list(found(&console, &me, &position).await).unwrap_or_default();
        if boxes.is_empty() && frame.notice.is_none() {
            frame = frame.wrong("本机构没有保管也没有等待接收这一装箱位置的箱。请核对，或填批次号查找");
        }
    }
    let mut tree = None;
    if let Some(id) = id {
        match console.service.tree_for(&me.actor(), id).await {
            Ok(file) => {
                let institutions = console.service.institutions();
                let signed = console.service.signed_for(id).await;
                let signed = signed.map_err(|e| frame.say(&e)).unwrap_or_default();
                let boxes: Vec<_> = file.boxes.iter().map(|b| (id, b)).collect();
                let employers = console.service.employers_of(&boxes).await;
                let employers = employers.map_err(|e| frame.say(&e)).unwrap_or_default();
                let known = Known { signed, employers };
                tree = file.batch.as_ref().map(|b| TreeView {
                    id: id.0,
                    number: b.number.clone(),
                    bank: b.bank.name(),
                    state: b.state.name(),
                    nodes: nodes(&me, &file, &known, &institutions),
                });
            }
            Err(e) => frame.say(&e),
        }
    }
    TreePage { frame, batches, tree, boxes, position, number }
}
