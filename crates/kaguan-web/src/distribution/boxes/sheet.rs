//! 交接单: of a box that sets out from here, of one that waits here for its employer, and again of what was handed over earlier.

use super::{TITLE, show};
use crate::Console;
use crate::distribution::transfers::has_sheet;
use crate::pages::Frame;
use crate::records::papers::{self, HandOver, Printer, Way};
use crate::session::SignedIn;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use kaguan_domain::clause;
use kaguan_domain::collection::BoxEmployer;
use kaguan_domain::facts::batch::{BatchEvent, BatchFile};
use kaguan_domain::facts::boxes::BoxFile;
use kaguan_domain::facts::custody::Party;
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::ids::{BatchId, BoxId, OrgId};
use kaguan_service::{Failure, Transfers};
use serde::Deserialize;

/// A box by its batch and its own identity; with the line of the journal in which it was handed over, when that is printed again.
#[derive(Deserialize)]
pub struct Which {
    batch: i64,
    r#box: i64,
    #[serde(default)]
    line: Option<i64>,
}

type Items = Vec<(&'static str, String)>;

fn name(institutions: &Institutions, id: OrgId) -> String {
    institutions.org(id).map_or(String::new(), |o| o.name.clone())
}

/// What every sheet begins with.
fn head(file: &BatchFile, b: &BoxFile, from: String, of: &BoxEmployer, institutions: &Institutions) -> Items {
    vec![
        ("批次号", file.batch.as_ref().map(|x| x.number.clone()).unwrap_or_default()),
        ("装箱位置", b.number.clone()),
        ("领卡网点", name(institutions, b.outlet)),
        ("移交方", from),
        ("单位", of.said.clone()),
        ("批量业务申请表编号", of.forms.clone()),
    ]
}

/// The sheet of a box that sets out from here now, or waits here for its employer.
fn now(
    file: &BatchFile,
    r#box: BoxId,
    home: OrgId,
    of: &BoxEmployer,
    institutions: &Institutions,
) -> Option<(&'static str, Items)> {
    let b = file.box_file(r#box).filter(|b| b.keeper == Party::Org(home))?;
    let mut items = head(file, b, name(institutions, home), of, institutions);
    if let Some(way) = &b.on_the_way {
        items.extend([
            ("张数", file.inside(b.id).to_string()),
            ("接收方", name(institutions, way.to)),
            ("寄出时间", way.since.local()),
            ("责任人", way.responsible.clone()),
            ("发放方式", way.manner.clone()),
            ("单号", way.tracking.clone()),
        ]);
        return Some(("成品卡交接单", items));
    }
    b.employer.as_ref()?;
    // Both sides count, and write down what they find.
    items.push(("接收方", "单位授权经办人".into()));
    Some(("批量领卡交接单", items))
}

/// The sheet of an earlier hop, with what was signed for; nothing of one that has none, or is not this office's.
fn again(
    found: &Transfers,
    (r#box, line): (BoxId, i64),
    home: OrgId,
    of: &BoxEmployer,
    institutions: &Institutions,
) -> Option<(&'static str, Items)> {
    let (hop, received) = found.hop(r#box, line).filter(|(hop, _)| has_sheet(&hop.event, home))?;
    let b = found.batch.box_file(r#box)?;
    let mut items = head(&found.batch, b, hop.cells[3].clone(), of, institutions);
    if let BatchEvent::BoxHandedOver(e) = &hop.event {
        items.extend([
            ("接收方", "单位授权经办人".to_owned()),
            ("授权经办人", e.operator.clone()),
            ("单位授权委托书", e.authorisation.clone()),
            ("双方清点张数", e.counted.to_string()),
            ("交付时间", hop.at.local()),
        ]);
        return Some(("批量领卡交接单", items));
    }
    let BatchEvent::BoxShipped(e) = &hop.event else { return None };
    items.extend([
        ("接收方", name(institutions, e.to)),
        ("寄出时间", hop.at.local()),
        ("责任人", e.responsible.clone()),
        ("发放方式", e.manner.clone()),
        ("单号", e.tracking.clone()),
    ]);
    if let Some((at, BatchEvent::BoxReceived(e))) = received.map(|r| (r.at, &r.event)) {
        items.extend([
            ("签收时间", at.local()),
            ("签收清点张数", e.counted.to_string()),
            ("签收人", e.signer.clone()),
            ("保管地点", e.kept_at.clone()),
        ]);
    }
    Some(("成品卡交接单", items))
}

/// The employer of a box, if it is for one.
async fn employer_of(console: &Console, batch: BatchId, b: Option<&BoxFile>) -> Result<BoxEmployer, Failure> {
    let Some(b) = b else { return Ok(BoxEmployer::default()) };
    let mut found = console.service.employers_of(&[(batch, b)]).await?;
    Ok(found.remove(&b.id).unwrap_or_default())
}

/// The sheet that is asked for: its title and what stands on it; `None` when this office has none.
async fn found(
    console: &Console,
    me: &SignedIn,
    (batch, r#box): (BatchId, BoxId),
    line: Option<i64>,
) -> Result<Option<(&'static str, Items)>, Failure> {
    let (institutions, home) = (console.service.institutions(), me.org.id);
    let Some(line) = line else {
        let file = console.service.tree_for(&me.actor(), batch).await?;
        let of = employer_of(console, batch, file.box_file(r#box)).await?;
        return Ok(now(&file, r#box, home, &of, &institutions));
    };
    let found = console.service.transfers_for(&me.actor(), batch).await?;
    let of = employer_of(console, batch, found.batch.box_file(r#box)).await?;
    Ok(again(&found, (r#box, line), home, &of, &institutions))
}

/// 成品卡交接单 of a box that set out from here, or 批量领卡交接单 of one that waits here for its employer; both sides sign it. With a line, the
/// same again of what was handed over in it, for either side.
pub async fn sheet(
    State(console): State<Console>,
    me: SignedIn,
    printer: Printer,
    way: Way,
    Query(which): Query<Which>,
) -> Response {
    clause!(R12.2);
    let frame = Frame::of(&me, TITLE);
    let (batch, r#box) = (BatchId(which.batch), BoxId(which.r#box));
    let (title, mut items) = match found(&console, &me, (batch, r#box), which.line).await {
        Ok(Some(sheet)) => sheet,
        Ok(None) => {
            let frame = frame.wrong(match which.line {
                Some(_) => "该次流转没有本机构留存的交接单。请从成品卡流转登记册中选择本机构移交或接收的一次。",
                None => "交接单由移交机构打印：寄往其他机构的在寄出后，交付单位的在领取时。请先办理寄出；已签收的，从成品卡流转登记册补打。",
            });
            return show(&console, &me, frame, &me.asked).await.into_response();
        }
        Err(e) => {
            return show(&console, &me, frame.wrong(e), &me.asked).await.into_response();
        }
    };
    items.retain(|(_, text)| !text.is_empty());
    let line = which.line.map(|line| format!("&line={line}")).unwrap_or_default();
    let pdf = format!("/boxes/sheet/pdf?batch={batch}&box={box}{line}", r#box = r#box);
    let back = match which.line {
        Some(_) => format!("/transfers?batch={batch}"),
        None => "/boxes".into(),
    };
    papers::hand_over(&me, printer, HandOver { title, items, pdf, back }, way).await
}
