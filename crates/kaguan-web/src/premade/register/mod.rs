//! 预制卡出入库登记册 (Article 36): what was done with the boxes of an order, with 保管地点, 责任人, 签收人 and 发放方式, to be read, taken away or printed;
//! a 交接单 of any hop is printed again from here.

use crate::Console;
use crate::distribution::transfers::COLUMNS;
use crate::frame::Said;
use crate::list::{Act, Asked, List, ListView, Row};
use crate::pages::Frame;
use crate::records::papers::{self, HandOver, Printer, Way};
use crate::session::SignedIn;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use kaguan_domain::clause;
use kaguan_domain::facts::blank_order::{BlankBox, BlankOrderEvent, StockTakeIn};
use kaguan_domain::facts::custody::Party;
use kaguan_domain::ids::{BlankOrderId, OrgId};
use kaguan_domain::spelling;
use kaguan_service::{Failure, StockMove, StockMoves};
use serde::Deserialize;

const TITLE: &str = "预制卡出入库登记册";

/// Which order: by its identity, or by its 批次.
#[derive(Deserialize, Default)]
pub struct Chosen {
    #[serde(default)]
    order: String,
    #[serde(default)]
    number: String,
}

/// The page.
#[derive(Template)]
#[template(path = "premade/register/premade_register.html")]
pub struct RegisterPage {
    pub frame: Frame,
    /// 批次 as it was asked for.
    pub number: String,
    /// Identity and 批次 of the order that is shown.
    pub order: Option<(i64, String)>,
    pub list: Option<ListView>,
}
crate::frame::page!(RegisterPage);

const LIST: List = List {
    id: "moves",
    path: "/blanks/register",
    title: "",
    none: "本批次的预制卡尚未装箱。卡商装箱后，每次出库、入库和盘点列在这里。",
    columns: COLUMNS,
};

/// Whether a step has a sheet that an office keeps a copy of: it sent the box out, or the box came to it.
fn has_sheet(event: Option<&BlankOrderEvent>, home: OrgId) -> bool {
    matches!(event, Some(BlankOrderEvent::Shipped { ship, from }) if *from == Party::Org(home) || ship.to == home)
}

/// What stands on the sheet of an earlier hop, with what was signed for; nothing of one that has none, or is not this office's.
fn sheet_again(found: &StockMoves, line: i64, home: OrgId) -> Option<Vec<(&'static str, String)>> {
    let (hop, received) = found.hop(line).filter(|(hop, _)| has_sheet(hop.event.as_ref(), home))?;
    let Some(BlankOrderEvent::Shipped { ship, .. }) = &hop.event else { return None };
    let order = found.order.order.as_ref()?;
    let mut items = vec![
        ("批次", order.number.clone()),
        ("装箱位置", hop.r#box.clone()),
        ("服务银行", order.bank.name().to_owned()),
        ("制卡商", super::vendor_name(order.vendor.as_str()).to_owned()),
        ("移交机构", hop.cells[3].clone()),
        ("接收机构", hop.cells[4].clone()),
        ("寄出时间", hop.at.local()),
        ("责任人", ship.responsible.clone()),
        ("发放方式", ship.manner.clone()),
        ("单号", ship.tracking.clone()),
    ];
    if let Some((at, Some(BlankOrderEvent::TakenIn { take_in, .. }))) =
        received.map(|r| (r.at, r.event.as_ref()))
    {
        items.extend([
            ("签收时间", at.local()),
            ("签收清点张数", take_in.counted.to_string()),
            ("签收人", take_in.signer.clone()),
            ("保管地点", take_in.kept_at.clone()),
        ]);
    }
    items.retain(|(_, text)| !text.is_empty());
    Some(items)
}

/// The sheet of an earlier hop as a paper.
pub async fn again(
    console: &Console,
    me: &SignedIn,
    (printer, way): (Printer, Way),
    (id, number, line): (BlankOrderId, &str, i64),
) -> Response {
    clause!(R12.2);
    let mut frame = Frame::of(me, TITLE);
    match console.service.stock_moves_for(&me.actor(), id).await {
        Ok(found) => {
            if let Some(items) = sheet_again(&found, line, me.org.id) {
                let pdf = super::stock::address(id, number).replacen("/blanks/box", "/blanks/sheet/pdf", 1);
                let pdf = format!("{pdf}&line={line}");
                let (title, back) = ("预制卡交接单", format!("/blanks/register?order={id}"));
                return papers::hand_over(me, printer, HandOver { title, items, pdf, back }, way).await;
            }
            frame = frame.wrong(
                "该次流转没有本机构留存的交接单。请从预制卡出入库登记册中选择本机构移交或接收的一次。",
            );
        }
        Err(e) => frame.say(&e),
    }
    RegisterPage { frame, number: String::new(), order: None, list: None }.into_response()
}

/// Where a box is kept by whoever signed for it last, and who that was; nothing of one under way, and of one that this office had no part in.
pub async fn kept_at(
    console: &Console,
    me: &SignedIn,
    id: BlankOrderId,
    b: &BlankBox,
) -> Result<String, Failure> {
    clause!(R36.1);
    if !matches!(b.keeper, Party::Org(_)) || b.on_the_way.is_some() || b.destroyed.is_some() {
        return Ok(String::new());
    }
    let found = console.service.stock_moves_for(&me.actor(), id).await?;
    let rows = found.rows.iter().rev().filter(|m| m.r#box == b.number);
    let taken_in = rows.filter_map(|m| {
        if let Some(BlankOrderEvent::TakenIn { take_in, .. }) = &m.event { Some(take_in) } else { None }
    });
    let said = |t: &StockTakeIn| {
        let items = [("保管地点：", &t.kept_at), ("签收人：", &t.signer)];
        let told = items.iter().filter(|(_, text)| !text.is_empty());
        told.map(|(title, text)| format!("{title}{text}")).collect::<Vec<_>>().join("，")
    };
    let mut taken_in = taken_in.map(said);
    Ok(taken_in.next().unwrap_or_default())
}

fn row(me: &SignedIn, order: BlankOrderId, at: usize, m: &StockMove) -> Row {
    let sheet = has_sheet(m.event.as_ref(), me.org.id).then(|| {
        let of_box = super::stock::address(order, &m.r#box).replacen("/blanks/box", "/blanks/sheet", 1);
        Act::Open { to: format!("{of_box}&line={}", m.line), name: "打印交接单" }
    });
    Row {
        key: at.to_string(),
        cells: m.cells[1..].iter().map(|text| text.as_str().into()).collect(),
        acts: sheet.into_iter().collect(),
    }
}

fn number_of(found: &StockMoves) -> String {
    found.order.order.as_ref().map(|o| o.number.clone()).unwrap_or_default()
}

/// The register of one order.
pub async fn page(
    State(console): State<Console>,
    me: SignedIn,
    asked: Asked,
    Query(chosen): Query<Chosen>,
) -> Response {
    clause!(R36.1);
    let number = spelling::number(&chosen.number);
    let mut frame = Frame::of(&me, TITLE);
    let mut id = chosen.order.trim().parse().ok().map(BlankOrderId);
    if !number.is_empty() {
        id = match console.service.blank_order_numbered(&me.actor(), &number).await {
            Ok(None) => {
                frame =
                    frame.wrong(Said::from("没有这个批次的预制卡申请。请核对批次后重新查找").about("number"));
                None
            }
            Ok(found) => found,
            Err(e) => {
                frame.say(&e);
                None
            }
        };
    }
    let (mut order, mut list) = (None, None);
    if let Some(id) = id {
        match console.service.stock_moves_for(&me.actor(), id).await {
            Ok(found) => {
                let rows = found.rows.iter().enumerate().map(|(at, m)| row(&me, id, at, m));
                list = Some(LIST.view(rows.collect(), &asked));
                order = Some((id.0, number_of(&found)));
            }
            Err(e) => frame.say(&e),
        }
    }
    let page = RegisterPage { frame, number, order, list };
    match page.list.as_ref().and_then(ListView::taken) {
        Some(file) => file,
        None => page.into_response(),
    }
}

/// The register of an order as a paper.
#[derive(Deserialize)]
pub struct OfOrder {
    order: i64,
}

/// The same as a paper, and as PDF.
pub async fn print(
    State(console): State<Console>,
    me: SignedIn,
    printer: Printer,
    way: Way,
    Query(of): Query<OfOrder>,
) -> Response {
    clause!(R36.1);
    match console.service.stock_moves_for(&me.actor(), BlankOrderId(of.order)).await {
        Ok(found) => {
            let rows: Vec<Vec<String>> = found.rows.iter().map(|m| m.cells[1..].to_vec()).collect();
            let number = number_of(&found);
            papers::stock_moves(&console, &me, printer, (of.order, &number, &rows), way).await
        }
        Err(e) => {
            let mut frame = Frame::of(&me, TITLE);
            frame.say(&e);
            RegisterPage { frame, number: String::new(), order: None, list: None }.into_response()
        }
    }
}
