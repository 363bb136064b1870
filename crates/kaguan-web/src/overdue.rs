//! 逾期未领卡, 邮递途中, 缺卡, 逾期且滞留: the lists that an outlet or a city works through.

use crate::Console;
use crate::may::May;
use crate::menu::{Page, Screen};
use crate::on_the_way::{act, lines_of, told};
use crate::pages::Frame;
use crate::session::{Reauthenticated, SignedIn};
use crate::upload::Sent;
use askama::Template;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::custody::RecallReason;
use kaguan_domain::ids::CardId;
use kaguan_domain::permission::Verb;
use kaguan_domain::recall::{CancelStranded, ReceiveData, TakeBack};
use kaguan_service::reports::cell;
use kaguan_service::{Looked, Seen, Waiting};

/// 逾期未领卡.
pub const OVERDUE: Page = Page {
    path: "/overdue",
    screens: &[Screen {
        group: "社保卡领取", name: "逾期未领卡", article: "第三十二条", verb: Verb::Post
    }],
    doors: |d| d.get("/overdue", overdue).post("/overdue", take_back).post("/overdue/export", export),
    samples: &["/overdue"],
};

/// 逾期且滞留.
pub const STRANDED: Page = Page {
    path: "/stranded",
    screens: &[Screen {
        group: "社保卡领取",
        name: "逾期且滞留",
        article: "第三十二条",
        verb: Verb::CancelStranded,
    }],
    doors: |d| d.get("/stranded", stranded).post("/stranded", settle),
    samples: &["/stranded"],
};

/// A card on a list.
pub struct RowView {
    pub holder: i64,
    pub card: i64,
    /// Masked.
    pub name: String,
    /// Masked 社会保障号码.
    pub number: String,
    /// 社保卡卡号 in full, by which the plastic is found.
    pub card_no: String,
    pub lines: Vec<String>,
    /// What can be done with one button; its name.
    pub act: Option<(&'static str, &'static str)>,
}

/// A list.
pub struct ListView {
    pub heading: &'static str,
    /// What it says when nothing is on it.
    pub none: &'static str,
    /// `None` when it may not be seen, or could not be read: the notice says which.
    pub rows: Option<Vec<RowView>>,
}

/// The page.
#[derive(Template)]
#[template(path = "overdue.html")]
pub struct WaitingPage {
    pub frame: Frame,
    /// Where the buttons post to.
    pub path: &'static str,
    /// Where the first list is exported, when it is.
    pub export: Option<&'static str>,
    pub lists: Vec<ListView>,
}
crate::frame::page!(WaitingPage);

fn act_of(
    which: Waiting,
    card: CardId,
    me: &SignedIn,
) -> Option<(HolderCommand, &'static str, &'static str)> {
    let org = me.org.id;
    Some(match which {
        Waiting::Overdue => {
            let back = TakeBack { card, reason: RecallReason::Uncollected, at: org };
            (HolderCommand::TakeBack(back), "take_back", "回退")
        }
        Waiting::DataSent => (HolderCommand::ReceiveData(ReceiveData { card, org }), "receive_data", "接收"),
        Waiting::Stranded => (HolderCommand::CancelStranded(CancelStranded { card }), "cancel", "注销"),
        Waiting::InPost | Waiting::Missing => return None,
    })
}

fn row_of(
    console: &Console,
    me: &SignedIn,
    which: Waiting,
    seen: &Seen<Looked>,
    id: CardId,
) -> Option<RowView> {
    let may = May::of(console, me);
    let card = seen.file.card(id)?;
    let details = seen.file.person.as_ref().map(|p| &p.details);
    let act = act_of(which, id, me).filter(|(command, ..)| may.refusal(seen, command).is_none());
    Some(RowView {
        holder: seen.file.id.0,
        card: id.0,
        name: details.map(|d| d.name.masked()).unwrap_or_default(),
        number: details.map(|d| d.ssn.masked()).unwrap_or_default(),
        card_no: card.card_no.as_str().to_owned(),
        lines: lines_of(card, seen, may.institutions()),
        act: act.map(|(_, what, name)| (what, name)),
    })
}

async fn list(
    console: &Console,
    me: &SignedIn,
    frame: &mut Frame,
    which: Waiting,
    heading: &'static str,
    none: &'static str,
) -> ListView {
    let found = frame.list(console.service.waiting_cards(&me.actor(), which).await);
    let rows = found
        .map(|all| all.iter().filter_map(|(seen, card)| row_of(console, me, which, seen, *card)).collect());
    ListView { heading, none, rows }
}

async fn overdue_page(console: &Console, me: &SignedIn, mut frame: Frame) -> WaitingPage {
    clause!(R32.3);
    let none = "没有超过6个月未领取的成品卡。";
    let overdue = list(console, me, &mut frame, Waiting::Overdue, "逾期未领卡", none).await;
    let none = "没有邮递途中的成品卡。";
    let posted = list(console, me, &mut frame, Waiting::InPost, "邮递途中", none).await;
    let none = "没有登记缺失、尚未补制的成品卡。";
    let missing = list(console, me, &mut frame, Waiting::Missing, "缺卡", none).await;
    let lists = vec![overdue, posted, missing];
    WaitingPage { frame, path: "/overdue", export: Some("/overdue/export"), lists }
}

/// 逾期未领卡.
pub async fn overdue(State(console): State<Console>, me: SignedIn) -> WaitingPage {
    overdue_page(&console, &me, Frame::of(&me, "逾期未领卡")).await
}

/// 市内再次分发-回退.
pub async fn take_back(State(console): State<Console>, me: SignedIn, sent: Sent) -> WaitingPage {
    let said = act(&console, &me, sent).await;
    overdue_page(&console, &me, told(Frame::of(&me, "逾期未领卡"), said)).await
}

/// 导出逾期未领卡清单: CSV, with a mark that it is UTF-8.
pub async fn export(State(console): State<Console>, Reauthenticated(me): Reauthenticated) -> Response {
    clause!(R32.3);
    let mut frame = Frame::of(&me, "逾期未领卡");
    let overdue = list(&console, &me, &mut frame, Waiting::Overdue, "逾期未领卡", "").await;
    let Some(rows) = overdue.rows else {
        let lists = Vec::new();
        return WaitingPage { frame, path: "/overdue", export: None, lists }.into_response();
    };
    let mut csv = String::from("\u{feff}姓名,社会保障号码,社保卡卡号,情况\n");
    for r in rows {
        let cells = [r.name, r.number, r.card_no, r.lines.join("；")];
        csv.push_str(&cells.map(|c| cell(&c)).join(","));
        csv.push('\n');
    }
    let name = "attachment; filename=\"overdue.csv\"";
    ([(CONTENT_TYPE, "text/csv; charset=utf-8"), (CONTENT_DISPOSITION, name)], csv).into_response()
}

async fn stranded_page(console: &Console, me: &SignedIn, mut frame: Frame) -> WaitingPage {
    clause!(R32.3);
    clause!(R32.4);
    let none = "没有待接收的逾期未领卡数据。";
    let heading = "经办机构接收（逾期未领卡数据）";
    let sent = list(console, me, &mut frame, Waiting::DataSent, heading, none).await;
    let none = "没有逾期且滞留的成品卡。";
    let stranded = list(console, me, &mut frame, Waiting::Stranded, "逾期且滞留", none).await;
    let none = "没有登记缺失、尚未补制的成品卡。";
    let missing = list(console, me, &mut frame, Waiting::Missing, "缺卡", none).await;
    WaitingPage { frame, path: "/stranded", export: None, lists: vec![sent, stranded, missing] }
}

/// 逾期且滞留, and the data that come back before.
pub async fn stranded(State(console): State<Console>, me: SignedIn) -> WaitingPage {
    stranded_page(&console, &me, Frame::of(&me, "逾期且滞留")).await
}

/// 接收, 注销.
pub async fn settle(State(console): State<Console>, me: SignedIn, sent: Sent) -> WaitingPage {
    let said = act(&console, &me, sent).await;
    stranded_page(&console, &me, told(Frame::of(&me, "逾期且滞留"), said)).await
}
