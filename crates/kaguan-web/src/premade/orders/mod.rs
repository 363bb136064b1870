//! 预制卡申请 and 预制卡生产: what a city orders, what the province generates, and what banks and vendors gave back.

pub(super) mod ending;

use super::{OrderLine, line_of};
use crate::Console;
use crate::distribution::on_the_way::name_of;
use crate::frame::Said;
use crate::list::{
    Act, Asked, Cell, Column, Kind, List, ListView, Offer, Row, banks_of, cities_of, column, same,
};
use crate::may::May;
use crate::pages::Frame;
use crate::records::papers::{self, Printer, Way};
use crate::session::SignedIn;
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use kaguan_domain::clause;
use kaguan_domain::codes;
use kaguan_domain::facts::blank_order::{BlankOrder, BlankOrderFile, Step};
use kaguan_domain::facts::custody::Party;
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::facts::names::StepKind;
use kaguan_domain::ids::{BankCode, BlankOrderId, CityCode, VendorCode};
use kaguan_domain::instant::BlankOrderCommand;
use kaguan_domain::permission::Verb;
use kaguan_domain::spelling;
use kaguan_service::{Command, FailedBlank, Narrow, OrdersChosen};
use serde::Deserialize;

const ORDERS: &str = "预制卡申请";
const PRODUCTION: &str = "预制卡生产-生成数据";
const RETURNS: &str = "预制卡生产-回盘";

/// 预制卡申请 as it was filled in.
#[derive(Deserialize, Default, Clone)]
pub struct Ordered {
    #[serde(default)]
    bank: String,
    #[serde(default)]
    vendor: String,
    #[serde(default)]
    quantity: String,
    #[serde(default)]
    note: String,
}

/// Which order, and why not.
#[derive(Deserialize)]
pub struct Decided {
    order: i64,
    #[serde(default)]
    reason: String,
}

/// 检查回盘 as it was filled in.
#[derive(Deserialize)]
pub struct Checked {
    order: i64,
    #[serde(default)]
    found: String,
    #[serde(default)]
    findings: String,
}

/// The lists.
#[derive(Template)]
#[template(path = "premade/orders/premade_orders.html")]
pub struct OrdersPage {
    pub frame: Frame,
    /// Whether the viewer's city may order.
    pub order: bool,
    /// Code and name of the banks of the city.
    pub banks: Vec<(String, &'static str)>,
    /// Code and name of the vendors.
    pub vendors: Vec<(&'static str, &'static str)>,
    pub filled: Ordered,
    /// `None` when they may not be seen: the notice says why.
    pub list: Option<ListView>,
}
crate::frame::page!(OrdersPage);

/// One box of an order, as whoever looks at the order sees it.
pub struct BoxLine {
    pub number: String,
    /// Cards when it was packed; nothing for whoever counts them.
    pub cards: Option<i64>,
    /// Where it is, and who has it.
    pub place: String,
}

/// One order.
#[derive(Template)]
#[template(path = "premade/orders/premade_order.html")]
pub struct OrderPage {
    pub frame: Frame,
    pub line: OrderLine,
    pub note: String,
    /// Why the province did not agree.
    pub declined: String,
    /// 生成数据 may be done.
    pub generate: bool,
    /// The province may look through the return.
    pub check: bool,
    /// What it found, each time that it looked, the first first.
    pub checked: Vec<String>,
    /// What the end of the order would bring, where the viewer may end it.
    pub end: Option<String>,
    /// That it was ended, and who has to act next.
    pub ended: Vec<String>,
    /// Cards by state: what, how many.
    pub counts: Vec<(&'static str, i64)>,
    pub boxes: Vec<BoxLine>,
    pub failed: Vec<FailedBlank>,
}
crate::frame::page!(OrderPage);

impl OrderPage {
    /// The list that led here, by what is asked of it; or the first of them that the viewer has.
    fn list(&self) -> &'static str {
        let all = [ALL, TO_GENERATE, RETURNED];
        let asked = all.iter().find(|l| self.frame.asks_of(l.id));
        let has = |l: &&List| self.frame.menu.iter().any(|line| line.path == l.path);
        asked.or_else(|| all.iter().find(has)).map_or("/", |l| l.path)
    }
}

const COLUMNS: &[Column] = &[
    column("number", "批次", Kind::Code),
    column("city", "申请单位", Kind::Choice),
    column("bank", "服务银行", Kind::Choice),
    column("vendor", "制卡商", Kind::Choice),
    column("quantity", "数量", Kind::Sum),
    column("on", "申请日期", Kind::Code),
    column("step", "现在", Kind::Choice),
];

const fn orders(id: &'static str, path: &'static str, none: &'static str) -> List {
    List { id, path, title: "", none, columns: COLUMNS }
}

const ALL: List = orders("orders", "/blanks/orders", "还没有预制卡申请。市卡管机构按银行、制卡商分开申请。");
const TO_GENERATE: List = orders("production", "/blanks/production", "没有待生成数据的预制卡申请。");
const RETURNED: List = orders("returns", "/blanks/returns", "还没有预制卡申请。");

fn row_of(o: OrderLine) -> Row {
    let to = format!("/blanks/orders/{}", o.id);
    let step = Cell::from(o.step).tagged(if o.waits { "warn" } else { "" });
    Row {
        key: o.id.to_string(),
        cells: vec![
            Cell::from(o.number).leads(to.clone()),
            o.city.into(),
            o.bank.into(),
            o.vendor.into(),
            i64::from(o.quantity).into(),
            o.on.into(),
            step,
        ],
        acts: vec![Act::Open { to, name: if o.waits { "办理" } else { "查看" } }],
    }
}

fn vendors_of() -> impl Iterator<Item = Offer<VendorCode>> {
    codes::vendors().map(|v| Offer {
        code: v.code.clone(),
        name: v.name.clone(),
        value: VendorCode(v.code.clone()),
    })
}

async fn show(
    console: &Console,
    me: &SignedIn,
    (list, step): (List, Option<StepKind>),
    mut frame: Frame,
    filled: Ordered,
    asked: &Asked,
) -> OrdersPage {
    clause!(X5.1);
    let may = May::of(console, me);
    let institutions = may.institutions();
    let banks = me.org.city().map(|c| institutions.banks_of(&c).to_vec()).unwrap_or_default();
    let mut choose = list.choose(asked);
    let within = Narrow {
        city: choose.by("city", cities_of(&me.org)),
        bank: choose.by("bank", banks_of(institutions, &me.org)),
        outlet: None,
    };
    let vendor = choose.by("vendor", vendors_of());
    // A page of one step offers no other.
    let step = match step {
        Some(step) => Some(step),
        None => choose.by("step", same(StepKind::ALL, StepKind::code, StepKind::name)),
    };
    let chosen = OrdersChosen { within, vendor, step, own: None };
    let part = frame.part(console.service.blank_orders_for(&me.actor(), &chosen, list.part(asked)).await);
    let order = may.may(Verb::OrderBlanks) && list.path == ALL.path;
    let view = part.map(|part| {
        // It is to be decided only by whoever may: the others read it.
        let decides = |f: &BlankOrderFile| may.order(f, &BlankOrderCommand::Generate { first: 0 }).is_none();
        let checks = |f: &BlankOrderFile| {
            f.order.as_ref().is_some_and(BlankOrder::waits_to_be_checked)
                && may.order(f, &check_return(true, "")).is_none()
        };
        let line =
            |f: &BlankOrderFile| line_of(f).map(|line| OrderLine { waits: decides(f) || checks(f), ..line });
        let rows = part.rows.iter().filter_map(line).map(row_of).collect();
        choose.view(rows, part.more)
    });
    OrdersPage {
        frame,
        order,
        banks: banks.into_iter().map(|b| (b.as_str().to_owned(), b.name())).collect(),
        vendors: codes::vendors().map(|v| (v.code.as_str(), v.name.as_str())).collect(),
        filled,
        list: view,
    }
}

/// The orders again, after something was said of one.
async fn again(console: &Console, me: &SignedIn, frame: Frame, filled: Ordered) -> OrdersPage {
    show(console, me, (ALL, None), frame, filled, &me.asked).await
}

async fn listed(
    console: Console,
    me: SignedIn,
    of: (List, Option<StepKind>),
    title: &'static str,
    asked: Asked,
) -> Response {
    let page = show(&console, &me, of, Frame::of(&me, title), Ordered::default(), &asked).await;
    match page.list.as_ref().and_then(ListView::taken) {
        Some(file) => file,
        None => page.into_response(),
    }
}

/// 预制卡申请.
pub async fn page(State(console): State<Console>, me: SignedIn, asked: Asked) -> Response {
    listed(console, me, (ALL, None), ORDERS, asked).await
}

/// 预制卡生产-生成数据: the orders that wait for the province.
pub async fn production(State(console): State<Console>, me: SignedIn, asked: Asked) -> Response {
    listed(console, me, (TO_GENERATE, Some(StepKind::Ordered)), PRODUCTION, asked).await
}

/// 预制卡生产-回盘: every order, how far it is.
pub async fn returns(State(console): State<Console>, me: SignedIn, asked: Asked) -> Response {
    listed(console, me, (RETURNED, None), RETURNS, asked).await
}

/// Orders.
pub async fn order(State(console): State<Console>, me: SignedIn, Form(form): Form<Ordered>) -> OrdersPage {
    clause!(X5.1);
    let frame = Frame::of(&me, ORDERS);
    // What is no number orders nothing, and the rule says how many may be ordered.
    let quantity = spelling::number(&form.quantity).parse().unwrap_or(0);
    let city = me.org.city().unwrap_or_else(|| CityCode(String::new()));
    let (bank, vendor) = (BankCode(form.bank.clone()), VendorCode(form.vendor.clone()));
    let ordered =
        console.service.order_blanks(&me.actor(), &city, &bank, &vendor, quantity, form.note.trim()).await;
    let filled = if ordered.is_ok() { Ordered::default() } else { form };
    let frame =
        frame.after(ordered, "已提交省卡管机构；请打印申请表（附件5），签字盖章后报送，并抄送服务银行省分行");
    again(&console, &me, frame, filled).await
}

fn box_lines(file: &BlankOrderFile, centre: bool, institutions: &Institutions) -> Vec<BoxLine> {
    let boxes = file.order.iter().flat_map(|o| &o.boxes);
    let line = |b: &kaguan_domain::facts::blank_order::BlankBox| BoxLine {
        number: b.number.clone(),
        cards: centre.then_some(b.cards),
        place: match (&b.destroyed, &b.on_the_way) {
            (Some(d), _) => format!("{}于{}登记销毁", name_of(&b.keeper, institutions), d.on),
            (None, Some(way)) => {
                let to = institutions.org(way.to).map_or("", |o| o.name.as_str());
                format!("{}寄往{to}途中（{}寄出）", name_of(&b.keeper, institutions), way.since.date())
            }
            (None, None) => format!("{}保管", name_of(&b.keeper, institutions)),
        },
    };
    boxes.map(line).collect()
}

/// Whose turn it is after a return was found wrong.
fn next_of(order: &BlankOrder) -> Option<String> {
    let checked = order.checked.as_ref().filter(|_| order.was_found_wrong())?;
    Some(match checked.corrected {
        Some(on) => format!("{on}卡商已更正回盘，待复查"),
        None => "已列入卡商待办，待卡商更正回盘后复查".to_owned(),
    })
}

async fn show_one(
    console: &Console,
    me: &SignedIn,
    id: BlankOrderId,
    frame: Frame,
) -> Result<OrderPage, OrdersPage> {
    clause!(R36.1);
    let service = &console.service;
    let file = match service.blank_order_for(&me.actor(), id).await {
        Ok(file) => file,
        Err(e) => {
            let frame = if frame.notice.is_some() { frame } else { frame.wrong(e) };
            return Err(again(console, me, frame, Ordered::default()).await);
        }
    };
    let mut frame = frame;
    let failed = frame.list(service.failed_blanks_for(&me.actor(), id).await).unwrap_or_default();
    let checks = frame.list(service.return_checks_for(&me.actor(), id).await).unwrap_or_default();
    let may = May::of(console, me);
    let (Some(line), Some(order)) = (line_of(&file), &file.order) else {
        let frame = frame.wrong("没有该申请。");
        return Err(again(console, me, frame, Ordered::default()).await);
    };
    let t = &file.tally;
    // Whoever keeps boxes counts them without seeing what the books have.
    let centre = may.may(Verb::GenerateBlanks) || may.may(Verb::OrderBlanks);
    let are =
        |state: &str| i64::try_from(failed.iter().filter(|f| f.state == state).count()).unwrap_or(i64::MAX);
    let all = [
        ("已分配账户，待生产", t.allocated),
        ("分配账户失败", t.allocation_failed),
        ("生产失败", t.making_failed),
        ("已生产", t.made),
        ("已制成社保卡", t.used),
        ("已作废", are("已作废")),
        ("已缺失", are("已缺失")),
        ("缺失后找到", are("缺失后找到")),
    ];
    let step = order.step.clone();
    let generate = may.order(&file, &BlankOrderCommand::Generate { first: 0 }).is_none();
    Ok(OrderPage {
        note: order.note.clone(),
        declined: if let Step::Declined { reason, .. } = step { reason } else { String::new() },
        generate,
        check: may.order(&file, &check_return(true, "")).is_none(),
        end: ending::offered(&may, &file),
        ended: ending::said(&file),
        checked: checks.iter().map(|c| format!("{}检查{}", c.on, c.said())).chain(next_of(order)).collect(),
        counts: if centre { all.into_iter().filter(|c| c.1 > 0).collect() } else { Vec::new() },
        boxes: box_lines(&file, centre, may.institutions()),
        failed,
        line: OrderLine { waits: generate, ..line },
        frame,
    })
}

/// One order.
pub async fn one(
    State(console): State<Console>,
    me: SignedIn,
    Path(id): Path<i64>,
) -> Result<OrderPage, OrdersPage> {
    show_one(&console, &me, BlankOrderId(id), Frame::of(&me, ORDERS)).await
}

/// 生成数据.
pub async fn generate(
    State(console): State<Console>,
    me: SignedIn,
    Form(form): Form<Decided>,
) -> Result<OrderPage, OrdersPage> {
    let id = BlankOrderId(form.order);
    let done = console.service.generate_blanks(&me.actor(), id).await;
    let frame = Frame::of(&me, ORDERS).after(done, "已生成预制卡数据，服务银行可通过接口提取");
    show_one(&console, &me, id, frame).await
}

fn check_return(passed: bool, findings: &str) -> BlankOrderCommand {
    BlankOrderCommand::CheckReturn { passed, findings: findings.to_owned() }
}

/// 检查回盘数据.
pub async fn check(
    State(console): State<Console>,
    me: SignedIn,
    Form(form): Form<Checked>,
) -> Result<OrderPage, OrdersPage> {
    clause!(R36.1);
    let id = BlankOrderId(form.order);
    let frame = Frame::of(&me, ORDERS);
    let (passed, done) = match form.found.as_str() {
        "passed" => (true, "回盘检查通过，已登记".to_owned()),
        "wrong" => (false, not_passed(&console, &me, id).await),
        _ => {
            return show_one(
                &console,
                &me,
                id,
                frame.wrong(Said::from("请选择检查结果：通过或未通过").about("found")),
            )
            .await;
        }
    };
    let command = Command::BlankOrder { id, command: check_return(passed, &form.findings) };
    let outcome = console.service.execute(me.command(&console), command).await;
    show_one(&console, &me, id, frame.after(outcome, &done)).await
}

/// What follows for the boxes of an order that the province does not pass: those that the vendor still has do not leave, those that have left are
/// neither sent on nor used.
async fn not_passed(console: &Console, me: &SignedIn, id: BlankOrderId) -> String {
    let order = match console.service.blank_order_for(&me.actor(), id).await {
        Ok(file) => file.order,
        Err(why) => return format!("回盘检查未通过，已登记；各箱现在何处没有读出：{why}"),
    };
    let boxes = order.iter().flat_map(|o| &o.boxes);
    let left = boxes.filter(|b| b.on_the_way.is_some() || !matches!(b.keeper, Party::Vendor(_))).count();
    let told = match left {
        0 => "卡商更正并经复查通过后才能寄出".to_owned(),
        n => format!(
            "{n}箱已从卡商寄出：复查通过前各保管机构不得出库、不得用于即时制卡；未寄出的箱复查通过后才能寄出"
        ),
    };
    format!("回盘检查未通过，已登记，已列入卡商待办；{told}")
}

/// 不予生成.
pub async fn decline(
    State(console): State<Console>,
    me: SignedIn,
    Form(form): Form<Decided>,
) -> Result<OrderPage, OrdersPage> {
    let id = BlankOrderId(form.order);
    let command = BlankOrderCommand::Decline { reason: form.reason };
    let ctx = me.command(&console);
    let done = console.service.execute(ctx, Command::BlankOrder { id, command }).await;
    show_one(&console, &me, id, Frame::of(&me, ORDERS).after(done, "已退回申请，原因已登记")).await
}

/// 预制卡申请表 (Appendix 5), as the regulation lays it out.
pub async fn form(
    State(console): State<Console>,
    me: SignedIn,
    printer: Printer,
    way: Way,
    Path(id): Path<i64>,
) -> Response {
    clause!(X5.1);
    let frame = Frame::of(&me, ORDERS);
    let frame = match console.service.blank_order_for(&me.actor(), BlankOrderId(id)).await.map(|f| f.order) {
        Ok(Some(order)) => {
            return papers::order(&me, printer, &order, format!("/blanks/orders/{id}"), way).await;
        }
        Ok(None) => frame.wrong("没有该申请。"),
        Err(e) => frame.wrong(e),
    };
    again(&console, &me, frame, Ordered::default()).await.into_response()
}
