//! 出入库与盘点: boxes of pre-made cards where they lie. Whoever counts a box sees neither what the books have in it nor, after a count
//! that differs, by how much; the centre that looks at somebody else's box sees both.

mod counted;
pub(super) mod destroyed;
pub(super) mod found;
mod named;

use super::{register, vendor_name};
use crate::Console;
use crate::distribution::boxes::{Differences, counted_of as counted_in, unfilled};
use crate::distribution::on_the_way::name_of;
use crate::frame::Said;
use crate::list::{Act, Asked, Cell, Kind, List, ListView, Row, banks_of, column, same};
use crate::marks::Fault;
use crate::may::May;
use crate::pages::Frame;
use crate::records::papers::{self, HandOver, Printer, Way};
use crate::session::SignedIn;
use crate::upload::Sent;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use counted::counted_of;
use kaguan_domain::clause;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::blank_order::{BlankBox, BlankOrder, BlankOrderFile, StockShip, StockTakeIn};
use kaguan_domain::facts::custody::Party;
use kaguan_domain::facts::difference::Settled;
use kaguan_domain::facts::institution::{Institutions, Organisation};
use kaguan_domain::ids::{BlankOrderId, OrgId};
use kaguan_domain::instant::{BlankCommand, BlankOrderCommand, BoxStands, Spoil, sees_books};
use kaguan_domain::permission::Verb;
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_domain::spelling;
use kaguan_service::{Command, Narrow, OrdersChosen, Scanned};
use serde::Deserialize;

const TITLE: &str = "出入库与盘点";

/// What stands beside a box of an order that the province ended, or whose return it found wrong, and what comes next.
fn found_wrong(order: &BlankOrder, b: &BlankBox) -> Option<&'static str> {
    if order.ended.is_some() {
        return Some(if b.is_at_vendor() {
            "该批已终止，待卡商销毁"
        } else {
            "该批已终止，待退回或销毁"
        });
    }
    let wrong = order.was_found_wrong().then_some("回盘检查未通过，卡商已更正，待省复查");
    order.waits_for_correction().map(|_| "回盘检查未通过，待卡商更正").or(wrong)
}

/// A box by its order and 装箱位置.
#[derive(Deserialize, Default)]
pub struct Which {
    #[serde(default)]
    order: i64,
    #[serde(default, rename = "box")]
    number: String,
    /// The line of the journal in which it was sent, when its sheet is printed again.
    #[serde(default)]
    line: Option<i64>,
}

const LIST: List = List {
    id: "stock",
    path: "/blanks/stock",
    title: "",
    none: "没有保管或待签收的预制卡。卡商寄出后，待签收的箱子列在这里。",
    columns: &[
        column("number", "装箱位置", Kind::Code),
        column("keeper", "机构", Kind::Choice),
        column("batch", "批次", Kind::Code),
        column("bank", "服务银行", Kind::Choice),
        column("place", "所在", Kind::Choice),
        column("counted", "盘点", Kind::Choice),
    ],
};

/// The list.
#[derive(Template)]
#[template(path = "premade/stock/premade_stock.html")]
pub struct StockPage {
    pub frame: Frame,
    /// Boxes that lie here or come here, then those of the area that others keep; `None` when they may not be seen.
    pub list: Option<ListView>,
    /// From when on one is short of them, by the city's own rules.
    pub limit: String,
    /// Institution and bank of whose cards it is short.
    pub low: Vec<(String, &'static str)>,
    /// Whether a missing card that turned up can be recorded here.
    pub find: bool,
}
crate::frame::page!(StockPage);

/// A difference that is not settled: cards too few (0 for one too many), the number of the card too many, what is known.
pub struct DifferenceView {
    /// The time of the receipt that found it.
    pub at: i64,
    pub short: i64,
    pub surplus: String,
    pub what: String,
}

/// One box.
#[derive(Template)]
#[template(path = "premade/stock/premade_box.html")]
pub struct BoxPage {
    pub frame: Frame,
    pub order: i64,
    pub batch: String,
    pub number: String,
    pub bank: &'static str,
    pub vendor: &'static str,
    /// Where it is, in a sentence.
    pub place: String,
    /// How it goes there, and who answers for it.
    pub way: String,
    /// Where whoever signed for it last keeps it, and who that was.
    pub kept_at: String,
    /// What the province found wrong in the return of the order, until it has passed it; that it ended the order.
    pub found_wrong: String,
    /// What the books have in it; nothing for whoever counts it.
    pub inside: Option<i64>,
    pub counted: String,
    pub tone: &'static str,
    pub take_in: bool,
    pub count: bool,
    pub spoil: bool,
    pub settle: bool,
    /// It can be destroyed here, once it is counted right: its order was ended.
    pub destroy: bool,
    /// Its last count, by this office, differs from the books: it does not leave until it is counted right.
    pub miscounted: bool,
    /// A difference that a receipt found in it is open: it does not leave before that is settled either.
    pub unsettled: bool,
    /// Whether its hand-over sheet can be printed here.
    pub sheet: bool,
    /// Where it can be sent from here: identity and name.
    pub next: Vec<(i64, String)>,
    pub differences: Vec<DifferenceView>,
    /// What a scanned list came to.
    pub scanned: Option<Scanned>,
}
crate::frame::page!(BoxPage);

/// Who keeps a box, as an address names it: this office, or another of its area.
fn kept_code(own: bool) -> &'static str {
    if own { "own" } else { "others" }
}

fn kept_by(own: bool) -> &'static str {
    if own { "本机构" } else { "辖区内其他机构" }
}

fn place_of(b: &BlankBox, institutions: &Institutions) -> String {
    let keeper = name_of(&b.keeper, institutions);
    if let Some(d) = &b.destroyed {
        return format!("{}由{keeper}登记销毁{}张", d.on, d.cards);
    }
    match &b.on_the_way {
        Some(way) => {
            let to = institutions.org(way.to).map_or("", |o| o.name.as_str());
            format!("途中：{keeper}寄往{to}，待签收")
        }
        None => format!("{keeper}保管"),
    }
}

fn row_of(console: &Console, me: &SignedIn, may: &May, file: &BlankOrderFile, b: &BlankBox) -> Option<Row> {
    let order = file.order.as_ref()?;
    let (counted, tone) = counted_of(console, me, file, b);
    let own = b.concerns(me.org.id);
    let comes = b.on_the_way.as_ref().is_some_and(|way| way.to == me.org.id);
    let name = match (comes, own) {
        (true, _) => "清点入库",
        (false, true) => "办理",
        (false, false) => "查看",
    };
    let which = [("order", file.id.to_string()), ("box", b.number.clone())];
    let to = form_urlencoded::Serializer::new(String::new()).extend_pairs(which).finish();
    Some(Row {
        key: format!("{}.{}", file.id, b.number),
        cells: vec![
            b.number.clone().into(),
            kept_by(own).into(),
            order.number.clone().into(),
            order.bank.name().into(),
            match found_wrong(order, b) {
                Some(wrong) => {
                    Cell::from(format!("{}；{wrong}", place_of(b, may.institutions()))).tagged("bad")
                }
                None => place_of(b, may.institutions()).into(),
            },
            Cell::from(counted).tagged(tone),
        ],
        acts: vec![Act::Open { to: format!("/blanks/box?{to}"), name }],
    })
}

/// The list as far as its viewer may see it.
pub async fn page(State(console): State<Console>, me: SignedIn, asked: Asked) -> Response {
    let page = show(&console, &me, Frame::of(&me, TITLE), &asked).await;
    match page.list.as_ref().and_then(ListView::taken) {
        Some(file) => file,
        None => page.into_response(),
    }
}

async fn show(console: &Console, me: &SignedIn, mut frame: Frame, asked: &Asked) -> StockPage {
    let may = May::of(console, me);
    let mut choose = LIST.choose(asked);
    let bank = choose.by("bank", banks_of(may.institutions(), &me.org));
    let kept: &[bool] = &[true, false];
    let own_only = choose.by("keeper", same(kept, kept_code, kept_by));
    let place = choose.by("place", same(BoxStands::PLACES, BoxStands::code, BoxStands::name));
    let counted = choose.by("counted", same(BoxStands::COUNTS, BoxStands::code, BoxStands::name));
    let stands: Vec<BoxStands> = place.into_iter().chain(counted).collect();
    let within = Narrow { bank, ..Narrow::default() };
    let chosen = OrdersChosen { within, own: own_only, ..OrdersChosen::default() };
    let part = console.service.stock_for(&me.actor(), chosen, &stands, LIST.part(asked)).await;
    let part = frame.part(part);
    let none = |frame| StockPage { frame, list: None, limit: String::new(), low: Vec::new(), find: false };
    let Some(part) = part else { return none(frame) };
    let work = match console.service.stock_work(&me.actor()).await {
        Ok(work) => work,
        Err(why) => {
            frame.say(&why);
            return none(frame);
        }
    };
    let rows = |own: bool| {
        let of = |f: &BlankOrderFile| -> Vec<Row> {
            let boxes = f.order.iter().flat_map(|o| &o.boxes).filter(|b| b.concerns(me.org.id) == own);
            boxes.filter_map(|b| row_of(console, me, &may, f, b)).collect()
        };
        part.rows.iter().flat_map(of).collect::<Vec<_>>()
    };
    let all = kept.iter().flat_map(|own| rows(*own)).collect();
    let list = choose.view(all, part.more);
    let limit = match (work.limit, me.org.city()) {
        (Some(n), _) => format!("预警线：一家银行在一个机构的存量{n}张及以下（本市地方细则，第42条）。"),
        (None, Some(_)) => "本市地方细则未定预警线，不作存量预警。".to_owned(),
        (None, None) => String::new(),
    };
    let name = |org: OrgId| may.institutions().org(org).map_or_else(String::new, |o| o.name.clone());
    let low = work.low.iter().map(|(org, bank)| (name(*org), bank.name())).collect();
    let find = may.may(Verb::SpoilBlank);
    StockPage { frame, list: Some(list), limit, low, find }
}

/// Where a box may be sent from here, as the domain says; an outlet of the city first.
fn next_of(may: &May, me: &SignedIn, file: &BlankOrderFile, b: &BlankBox) -> Vec<(i64, String)> {
    let order = file.order.as_ref();
    let of_city = |o: &&Organisation| o.city().is_some() && o.city().as_ref() == order.map(|o| &o.city);
    let goes = |o: &&Organisation| {
        o.id != me.org.id && {
            let text = || "待填写".to_owned();
            let ship = StockShip {
                r#box: b.number.clone(),
                to: o.id,
                responsible: text(),
                tracking: text(),
                manner: text(),
            };
            may.order(file, &BlankOrderCommand::Ship(ship)).is_none()
        }
    };
    may.institutions().orgs().filter(of_city).filter(goes).map(|o| (o.id.0, o.name.clone())).collect()
}

/// What stands in the way only of what is not filled in yet.
fn to_be_filled_in(refused: Option<Refusal>) -> bool {
    refused.is_none_or(|r| {
        matches!(r.reason, Reason::MaterialDefective | Reason::CountMismatch | Reason::NothingToDo)
    })
}

fn box_page(
    console: &Console,
    me: &SignedIn,
    frame: Frame,
    (file, order): (&BlankOrderFile, &BlankOrder),
    b: &BlankBox,
    (kept_at, scanned): (String, Option<Scanned>),
) -> BoxPage {
    let may = May::of(console, me);
    let number = || b.number.clone();
    let (counted, tone) = counted_of(console, me, file, b);
    let take_in = StockTakeIn {
        r#box: number(),
        org: me.org.id,
        counted: 0,
        signer: String::new(),
        short: None,
        surplus: Vec::new(),
        kept_at: String::new(),
    };
    let count = BlankOrderCommand::Count { r#box: number(), org: me.org.id, counted: 0, foreign: 0 };
    let open: Vec<_> = b.differences.iter().filter(|d| d.is_open()).collect();
    let settled = open.first().map(|d| match &d.surplus {
        Some(card_no) => Settled::Surplus { card_no: card_no.clone() },
        None => Settled::Short { cards: d.short, at: Some(d.at) },
    });
    let settle = settled.is_some_and(|settled| {
        let settle =
            BlankOrderCommand::SettleDifference { r#box: number(), settled, account: "待填写".into() };
        may.order(file, &settle).is_none()
    });
    let kept = b.keeper == Party::Org(me.org.id) && b.on_the_way.is_none() && b.destroyed.is_none();
    let comes = b.on_the_way.as_ref().is_some_and(|way| way.to == me.org.id);
    let way = b.on_the_way.as_ref().map(|way| {
        let words = [("责任人", &way.responsible), ("方式", &way.manner), ("单号", &way.tracking)];
        let said = words.iter().filter(|(_, text)| !text.is_empty());
        let said: Vec<String> = said.map(|(title, text)| format!("{title}：{text}")).collect();
        format!("{}寄出。{}", way.since.date(), said.join("，"))
    });
    let difference = |d: &&kaguan_domain::facts::difference::Difference| {
        let answers = name_of(&d.answers, may.institutions());
        DifferenceView {
            at: d.at.0,
            short: d.short,
            surplus: d.surplus.clone().unwrap_or_default(),
            what: match &d.surplus {
                Some(card_no) => format!("多出 {card_no}，由{answers}送达：{}", d.account),
                None => format!("短少{}张，责任方{answers}：{}", d.short, d.account),
            },
        }
    };
    BoxPage {
        order: file.id.0,
        batch: order.number.clone(),
        number: number(),
        bank: order.bank.name(),
        vendor: vendor_name(order.vendor.as_str()),
        place: place_of(b, may.institutions()),
        way: way.unwrap_or_default(),
        kept_at,
        miscounted: kept && b.was_miscounted(),
        found_wrong: order.checked.as_ref().filter(|_| order.was_found_wrong()).map_or_else(|| destroyed::said(file, b), |c| {
            let next = match c.corrected {
                Some(on) => format!("卡商{on}已更正，待省卡管机构复查。"),
                None => "待卡商通过接口更正回盘。".to_owned(),
            };
            format!("省卡管机构{}检查回盘未通过：{}。{next}复查通过前不得出库，不得用于即时制卡；已分发的可退回市中心。", c.on, c.findings)
        }),
        unsettled: kept && b.has_open_difference(),
        inside: sees_books(&me.org, b).then(|| file.inside(&b.number)),
        counted,
        tone,
        take_in: to_be_filled_in(may.order(file, &BlankOrderCommand::TakeIn(take_in))),
        count: to_be_filled_in(may.order(file, &count)),
        spoil: may.may(Verb::SpoilBlank) && (kept || comes),
        settle,
        destroy: destroyed::offered(&may, me, file, b),
        sheet: b.keeper == Party::Org(me.org.id) && b.on_the_way.is_some(),
        next: next_of(&may, me, file, b),
        differences: open.iter().map(difference).collect(),
        scanned,
        frame,
    }
}

async fn show_box(
    console: &Console,
    me: &SignedIn,
    which: &Which,
    frame: Frame,
    scanned: Option<Scanned>,
) -> Response {
    let found = console.service.blank_order_for(&me.actor(), BlankOrderId(which.order)).await;
    let file = match found {
        Ok(file) => file,
        Err(e) => {
            let mut frame = frame;
            frame.say(&e);
            return show(console, me, frame, &me.asked).await.into_response();
        }
    };
    match file.order.as_ref().and_then(|o| Some((o, o.box_of(&which.number)?))) {
        Some((order, b)) => {
            let mut frame = frame;
            let kept_at = register::kept_at(console, me, file.id, b).await.unwrap_or_else(|why| {
                frame.say(&why);
                String::new()
            });
            box_page(console, me, frame, (&file, order), b, (kept_at, scanned)).into_response()
        }
        None => {
            let frame = if frame.notice.is_some() {
                frame
            } else {
                frame.wrong("没有该装箱位置。请核对后重试。")
            };
            show(console, me, frame, &me.asked).await.into_response()
        }
    }
}

/// One box.
pub async fn one(State(console): State<Console>, me: SignedIn, Query(which): Query<Which>) -> Response {
    show_box(&console, &me, &which, Frame::of(&me, TITLE), None).await
}

fn which_of(sent: &Sent) -> Which {
    let order = sent.text("order").trim().parse().unwrap_or(-1);
    Which { order, number: sent.text("box").to_owned(), line: None }
}

async fn give(
    console: &Console,
    me: &SignedIn,
    which: &Which,
    command: BlankOrderCommand,
    done: &str,
) -> Response {
    let ctx = me.command(console);
    let command = Command::BlankOrder { id: BlankOrderId(which.order), command };
    let outcome = console.service.execute(ctx, command).await;
    show_box(console, me, which, Frame::of(me, TITLE).after(outcome, done), None).await
}

/// 入库.
pub async fn take_in(State(console): State<Console>, me: SignedIn, sent: Sent) -> Response {
    clause!(R36.1);
    let which = which_of(&sent);
    let text = |name: &str| sent.text(name).trim().to_owned();
    let (short, answers, surplus) = (text("short"), text("answers"), text("surplus"));
    let (account, kept_at, signer) = (text("account"), text("kept_at"), text("signer"));
    let found = Differences { short: &short, answers: &answers, surplus: &surplus, account: &account };
    let unaccounted = found.unaccounted();
    let (counted, (short, surplus)) = match (counted_in(&text("counted")), found.stated()) {
        (Ok(counted), Ok(differences)) => (counted, differences),
        (counted, differences) => {
            let mut faults: Vec<Fault> = counted.err().into_iter().collect();
            faults.extend(differences.err().into_iter().flatten());
            faults.extend(unaccounted);
            faults.extend(unfilled(&[("kept_at", "保管地点", &kept_at), ("signer", "签收人", &signer)]));
            let frame = Frame::of(&me, TITLE).wrong_in(faults, "");
            return show_box(&console, &me, &which, frame, None).await;
        }
    };
    let r#box = which.number.clone();
    let take_in = StockTakeIn { r#box, org: me.org.id, counted, signer, kept_at, short, surplus };
    let command = BlankOrderCommand::TakeIn(take_in);
    give(&console, &me, &which, command, "已清点入库").await
}

/// 出库.
pub async fn ship(State(console): State<Console>, me: SignedIn, sent: Sent) -> Response {
    let which = which_of(&sent);
    let text = |name: &str| sent.text(name).trim().to_owned();
    if text("to").is_empty() {
        let cite = clause!(R36.1).cite();
        let to = Fault::of("to", format!("未选择寄往的机构。依据{cite}。请选择后重新提交。"));
        let (responsible, manner) = (text("responsible"), text("manner"));
        let others = unfilled(&[("responsible", "责任人", &responsible), ("manner", "发放方式", &manner)]);
        let frame = Frame::of(&me, TITLE).wrong_in(std::iter::once(to).chain(others).collect(), "");
        return show_box(&console, &me, &which, frame, None).await;
    }
    let command = BlankOrderCommand::Ship(StockShip {
        r#box: which.number.clone(),
        to: OrgId(text("to").parse().unwrap_or(-1)),
        responsible: text("responsible"),
        tracking: text("tracking"),
        manner: text("manner"),
    });
    give(&console, &me, &which, command, "已出库，待对方清点签收；请打印交接单，双方签字").await
}

/// 盘点, by a number or card by card.
pub async fn count(State(console): State<Console>, me: SignedIn, sent: Sent) -> Response {
    clause!(R36.1);
    let which = which_of(&sent);
    let list = sent.text("list");
    if list.trim().is_empty() {
        let counted = match counted_in(sent.text("counted")) {
            Ok(counted) => counted,
            Err(fault) => {
                let frame = Frame::of(&me, TITLE).wrong_in(vec![fault], "");
                return show_box(&console, &me, &which, frame, None).await;
            }
        };
        let r#box = which.number.clone();
        let command = BlankOrderCommand::Count { r#box, org: me.org.id, counted, foreign: 0 };
        return give(&console, &me, &which, command, "已登记盘点").await;
    }
    let ctx = me.ctx(&console);
    let id = BlankOrderId(which.order);
    let counted = console.service.count_stock_by_list(ctx, id, &which.number, list).await;
    let frame = Frame::of(&me, TITLE);
    match counted {
        Ok(scanned) => {
            let frame = frame.done(format!("已登记盘点：清单上不同的卡{}张", scanned.counted));
            show_box(&console, &me, &which, frame, Some(scanned)).await
        }
        Err(e) => show_box(&console, &me, &which, frame.wrong(e), None).await,
    }
}

/// 清点差异处理.
pub async fn settle(State(console): State<Console>, me: SignedIn, sent: Sent) -> Response {
    let which = which_of(&sent);
    let text = |name: &str| sent.text(name).trim().to_owned();
    let settled = if sent.has("surplus") {
        Settled::Surplus { card_no: text("surplus") }
    } else {
        let at = sent.text("counted_at").trim().parse().ok().map(Instant);
        Settled::Short { cards: spelling::number(sent.text("cards")).parse().unwrap_or(0), at }
    };
    let command = BlankOrderCommand::SettleDifference {
        r#box: which.number.clone(),
        settled,
        account: text("account"),
    };
    give(&console, &me, &which, command, "已登记清点差异处理").await
}

/// 作废, of the card that somebody has in hand, or misses.
pub async fn spoil(State(console): State<Console>, me: SignedIn, sent: Sent) -> Response {
    clause!(R36.3);
    let which = which_of(&sent);
    let frame = Frame::of(&me, TITLE);
    if let Ok(at) = sent.text("counted_at").trim().parse().map(Instant) {
        return named::record(&console, &me, &which, &sent, at).await;
    }
    let (card, reason) = (sent.text("card").trim(), sent.text("reason").trim().to_owned());
    let state = match sent.text("state") {
        "missing" => Some(true),
        "spoiled" => Some(false),
        _ => None,
    };
    let unchosen = state.is_none().then(|| Fault::of("state", "没有选择登记为损坏作废还是缺失"));
    let mut faults = unfilled(&[("card", "预制卡", card), ("reason", "原因", &reason)]);
    faults.extend(unchosen);
    let found = match card {
        "" => None,
        card => Some(console.service.blank_in_hand(&me.actor(), card).await),
    };
    let (id, missing) = match (found, state) {
        (Some(Ok(id)), Some(missing)) if faults.is_empty() => (id, missing),
        // Whoever may not do it is told that, and not what else he would have to fill in.
        (Some(Err(e)), _)
            if faults.is_empty() || e.refusal().is_none_or(|why| why.reason != Reason::NotFound) =>
        {
            return show_box(&console, &me, &which, frame.wrong(Said::from(e).about("card")), None).await;
        }
        (found, _) => {
            let unknown = found.and_then(Result::err);
            faults.extend(unknown.map(|e| Fault::of("card", e.to_string().trim_end_matches('。'))));
            let frame = frame.wrong_in(faults, "，没有登记。请补充后重新提交。");
            return show_box(&console, &me, &which, frame, None).await;
        }
    };
    let spoil = Spoil { org: me.org.id, reason, missing, counted_at: None };
    let ctx = me.command(&console);
    let command = Command::Blank { id, command: BlankCommand::Spoil(spoil) };
    let outcome = console.service.execute(ctx, command).await;
    let done = if missing {
        "已登记缺失，该卡不得再次使用"
    } else {
        "已作废，该卡不得再次使用"
    };
    show_box(&console, &me, &which, frame.after(outcome, done), None).await
}

/// 预制卡交接单: of a box that sets out from here; both sides sign it. With a line, the same again of the hop that stands in it, for either
/// side.
pub async fn sheet(
    State(console): State<Console>,
    me: SignedIn,
    printer: Printer,
    way: Way,
    Query(which): Query<Which>,
) -> Response {
    clause!(R12.2);
    if let Some(line) = which.line {
        let of = (BlankOrderId(which.order), which.number.as_str(), line);
        return register::again(&console, &me, (printer, way), of).await;
    }
    let found = console.service.blank_order_for(&me.actor(), BlankOrderId(which.order)).await;
    let may = May::of(&console, &me);
    let frame = Frame::of(&me, TITLE);
    let file = match found {
        Ok(file) => file,
        Err(e) => {
            return show(&console, &me, frame.wrong(e), &me.asked).await.into_response();
        }
    };
    let b = file.order.as_ref().and_then(|o| Some((o, o.box_of(&which.number)?)));
    let sent = b.and_then(|(o, b)| Some((o, b, b.on_the_way.as_ref()?)));
    let Some((order, b, sent)) = sent.filter(|(_, b, _)| b.keeper == Party::Org(me.org.id)) else {
        let frame = frame.wrong("交接单由寄出机构在出库后打印。请先办理出库。");
        return show_box(&console, &me, &which, frame, None).await;
    };
    let name = |id| may.institutions().org(id).map_or(String::new(), |o| o.name.clone());
    let items = vec![
        ("批次", order.number.clone()),
        ("装箱位置", b.number.clone()),
        ("服务银行", order.bank.name().to_owned()),
        ("制卡商", vendor_name(order.vendor.as_str()).to_owned()),
        ("张数", file.inside(&b.number).to_string()),
        ("移交机构", name(me.org.id)),
        ("接收机构", name(sent.to)),
        ("寄出时间", sent.since.local()),
        ("责任人", sent.responsible.clone()),
        ("发放方式", sent.manner.clone()),
        ("单号", sent.tracking.clone()),
    ];
    let at = address(file.id, &b.number);
    let pdf = at.replacen("/blanks/box", "/blanks/sheet/pdf", 1);
    papers::hand_over(&me, printer, HandOver { title: "预制卡交接单", items, pdf, back: at }, way).await
}

/// The address of a box.
pub fn address(order: BlankOrderId, number: &str) -> String {
    let one = |b: u8| match b {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(b).to_string(),
        b => format!("%{b:02X}"),
    };
    format!("/blanks/box?order={order}&box={}", number.bytes().map(one).collect::<String>())
}
