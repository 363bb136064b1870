//! 成品卡流转登记册 (Article 12): the hops of a batch's boxes, with 保管地点, 责任人, 签收人 and 发放方式, to be read, taken away or printed; a 交接单
//! of any of them is printed again from here.

use crate::Console;
use crate::distribution::asked_for;
use crate::list::{Act, Asked, Column, Kind, List, ListView, Row, column};
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::records::papers::{self, Printer, Way};
use crate::session::SignedIn;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use kaguan_domain::clause;
use kaguan_domain::facts::batch::BatchEvent;
use kaguan_domain::facts::custody::Party;
use kaguan_domain::ids::{BatchId, OrgId};
use kaguan_domain::permission::Verb;
use kaguan_domain::records::TRANSFER_TITLES as TITLES;
use kaguan_domain::spelling;
use kaguan_service::Transfer;
use serde::Deserialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/transfers",
    screens: &[Screen {
        group: "社保卡领取",
        name: "成品卡流转登记册",
        article: "第十二条",
        verb: Verb::LookAtBoxes,
    }],
    doors: |d| d.get("/transfers", page).get("/transfers/print", print).get("/transfers/print/pdf", print),
    samples: &["/transfers"],
};

const TITLE: &str = "成品卡流转登记册";

/// Which batch: one of those to choose from, or its number.
#[derive(Deserialize, Default)]
pub struct Chosen {
    #[serde(default)]
    batch: String,
    #[serde(default)]
    number: String,
}

/// The page.
#[derive(Template)]
#[template(path = "distribution/transfers/transfers.html")]
pub struct TransfersPage {
    pub frame: Frame,
    /// Identity, number, whether it is shown; `None` when they may not be seen.
    pub batches: Option<Vec<(i64, String, bool)>>,
    /// 批次号 as it was asked for.
    pub number: String,
    /// Identity and number of the one that is shown.
    pub batch: Option<(i64, String)>,
    pub list: Option<ListView>,
}
crate::frame::page!(TransfersPage);

/// What a register of boxes, step by step, has of each: all of its titles but the first, which stands above it.
pub const COLUMNS: &[Column] = &[
    column("position", TITLES[1], Kind::Code),
    column("step", TITLES[2], Kind::Choice),
    column("from", TITLES[3], Kind::Choice),
    column("to", TITLES[4], Kind::Choice),
    column("cards", TITLES[5], Kind::Code),
    column("at", TITLES[6], Kind::Code),
    column("responsible", TITLES[7], Kind::Text),
    column("signer", TITLES[8], Kind::Text),
    column("manner", TITLES[9], Kind::Text),
    column("kept_at", TITLES[10], Kind::Text),
    column("account", TITLES[11], Kind::Text),
];

const LIST: List = List {
    id: "transfers",
    path: "/transfers",
    title: "",
    none: "本批次的成品卡尚未装箱。卡商装箱后，每次寄出和接收列在这里。",
    columns: COLUMNS,
};

/// Whether a hop has a sheet that an office keeps a copy of: it sent the box out, or the box came to it.
pub fn has_sheet(event: &BatchEvent, home: OrgId) -> bool {
    if let BatchEvent::BoxShipped(e) = event {
        return e.from == Party::Org(home) || e.to == home;
    }
    matches!(event, BatchEvent::BoxHandedOver(e) if e.from == home)
}

fn row(me: &SignedIn, batch: BatchId, t: &Transfer) -> Row {
    let sheet = has_sheet(&t.event, me.org.id).then(|| Act::Open {
        to: format!("/boxes/sheet?batch={batch}&box={}&line={}", t.r#box, t.line),
        name: "打印交接单",
    });
    Row {
        key: format!("{}-{}", t.line, t.r#box),
        cells: t.cells[1..].iter().map(|text| text.as_str().into()).collect(),
        acts: sheet.into_iter().collect(),
    }
}

/// The batches to choose from, and the hops of one.
pub async fn page(
    State(console): State<Console>,
    me: SignedIn,
    asked: Asked,
    Query(chosen): Query<Chosen>,
) -> Response {
    clause!(R12.2);
    let number = spelling::number(&chosen.number);
    let (mut frame, id) = asked_for(&console, Frame::of(&me, TITLE), &number, &chosen.batch).await;
    let all = frame.list(console.service.trees_for(&me.actor()).await);
    let one = |b: kaguan_store::ListedBatch| (b.id.0, b.batch.number, id == Some(b.id));
    let batches = all.map(|all| all.into_iter().map(one).collect());
    let (mut batch, mut list) = (None, None);
    if let Some(id) = id {
        match console.service.transfers_for(&me.actor(), id).await {
            Ok(found) => {
                list = Some(LIST.view(found.rows.iter().map(|t| row(&me, id, t)).collect(), &asked));
                batch = Some((id.0, found.number));
            }
            Err(e) => frame.say(&e),
        }
    }
    let page = TransfersPage { frame, batches, number, batch, list };
    match page.list.as_ref().and_then(ListView::taken) {
        Some(file) => file,
        None => page.into_response(),
    }
}

/// The register of a batch as a paper.
#[derive(Deserialize)]
pub struct OfBatch {
    batch: i64,
}

/// The same as a paper, and as PDF.
pub async fn print(
    State(console): State<Console>,
    me: SignedIn,
    printer: Printer,
    way: Way,
    Query(of): Query<OfBatch>,
) -> Response {
    clause!(R12.2);
    match console.service.transfers_for(&me.actor(), BatchId(of.batch)).await {
        Ok(found) => papers::transfers(&console, &me, printer, (of.batch, &found), way).await,
        Err(e) => {
            let mut frame = Frame::of(&me, TITLE);
            frame.say(&e);
            let number = String::new();
            TransfersPage { frame, batches: None, number, batch: None, list: None }.into_response()
        }
    }
}
