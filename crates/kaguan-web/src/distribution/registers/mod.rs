//! 发放登记册 (Article 12): the register of signatures by batch, to be printed or exported, and what employers report of who signed.

use crate::Console;
use crate::application::apply::refused_print;
use crate::frame::Said;
use crate::holder::people::stated::relation_of;
use crate::list::{Act, Asked, Button, Input, Kind, List, ListView, Row, column};
use crate::marks::{Fault, faults as said_of};
use crate::may::May;
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::records::papers::{self, Printer};
use crate::session::{Reauthenticated, SignedIn};
use crate::upload::Sent;
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use kaguan_domain::clause;
use kaguan_domain::collection::{SignAtUnit, unstated_signature};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::counter::{Collector, Deputy};
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::ids::{BatchId, BoxId, CardId, HolderId, MaterialId};
use kaguan_domain::permission::Verb;
use kaguan_domain::records::SIGNATURE_TITLES;
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_domain::spelling;
use kaguan_service::{Command, Failure, NEWEST_ON_A_LIST, Signed};
use kaguan_store::ListedBatch;
use serde::Deserialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/registers",
    screens: &[Screen {
        group: "社保卡领取",
        name: "发放登记册",
        article: "第十五条",
        verb: Verb::PrintRegister,
    }],
    doors: |d| {
        d.get("/registers", page)
            .post("/registers", print)
            .post("/registers/csv", csv)
            .post("/registers/pdf", pdf)
            .post("/registers/sign", sign)
            .post("/registers/paper", paper)
    },
    samples: &["/registers"],
};

const TITLE: &str = "发放登记册";

/// Which batch.
#[derive(Deserialize)]
pub struct Chosen {
    batch: i64,
}

/// The same, or its number (批次号).
#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    batch: Option<i64>,
    #[serde(default)]
    number: String,
}

/// Which paper, and why it is looked at.
#[derive(Deserialize)]
pub struct Paper {
    batch: i64,
    r#box: i64,
    material: i64,
    reason: String,
}

/// One card.
pub struct RowView {
    pub holder: i64,
    pub card: i64,
    /// 装箱位置, 社保卡卡号, 姓名.
    pub cells: Vec<String>,
    /// Whether its holder signs himself: whoever is under 16 does not.
    pub himself: bool,
}

/// A paper that an operator left: box, its number, employer, material, kind.
pub struct PaperView {
    pub r#box: i64,
    pub number: String,
    pub employer: String,
    pub material: i64,
    pub kind: &'static str,
}

/// The register of one batch.
pub struct RegisterView {
    pub batch: i64,
    /// The register as it is printed, as HTML.
    pub paper: String,
    /// Those for whose card the employer is still to say who signed.
    pub unsigned: Option<ListView>,
    pub papers: Option<ListView>,
}

/// The page.
#[derive(Template)]
#[template(path = "distribution/registers/registers.html")]
pub struct RegistersPage {
    pub frame: Frame,
    /// `None` when they may not be seen: the notice says why.
    pub batches: Option<ListView>,
    /// Whether there may be older ones than those listed.
    pub newest: bool,
    pub shown: Option<RegisterView>,
}
crate::frame::page!(RegistersPage);

const BATCHES: List = List {
    id: "registers",
    path: "/registers",
    title: "",
    none: "没有本机构发放的制卡批次。",
    columns: &[
        column("number", "批次号", Kind::Code),
        column("city", "地市", Kind::Choice),
        column("bank", "服务银行", Kind::Choice),
        column("people", "人数", Kind::Sum),
        column("collected", "数据采集", Kind::Code),
        column("state", "环节", Kind::Choice),
    ],
};

const UNSIGNED: List = List {
    id: "unsigned",
    path: "/registers",
    title: "单位发放签收登记",
    none: "没有待登记签收的卡。",
    columns: &[
        column("position", SIGNATURE_TITLES[1], Kind::Code),
        column("card", SIGNATURE_TITLES[2], Kind::Code),
        column("name", SIGNATURE_TITLES[3], Kind::Text),
    ],
};

const PAPERS: List = List {
    id: "papers",
    path: "/registers",
    title: "批量领卡材料",
    none: "没有批量领卡材料。",
    columns: &[
        column("position", "装箱位置", Kind::Code),
        column("employer", "单位", Kind::Text),
        column("kind", "材料", Kind::Text),
    ],
};

/// A card that the employer handed out: ticked when its holder signed, or stated one by one when somebody else did.
#[derive(Template)]
#[template(path = "distribution/registers/deputy_signed.html")]
struct DeputySigned<'a> {
    batch: i64,
    field: &'a str,
    value: &'a str,
    once: String,
}

fn unsigned_row(frame: &Frame, batch: i64, r: RowView) -> Row {
    let (field, value) = (format!("card_{}", r.card), format!("{}-{}", r.holder, r.card));
    let form = DeputySigned { batch, field: &field, value: &value, once: frame.once() };
    let own = Act::Own(form.render());
    let says = format!("本人已签收：{}", r.cells.join("，"));
    let (name, form) = ("本人已签收", "sign");
    let tick = Act::Tick { form, field: field.clone(), value: value.clone(), name, says };
    Row {
        key: r.card.to_string(),
        cells: r.cells.into_iter().map(Into::into).collect(),
        acts: if r.himself { vec![tick, own] } else { vec![own] },
    }
}

fn paper_row(batch: i64, p: PaperView) -> Row {
    let fields = vec![
        ("batch", batch.to_string()),
        ("box", p.r#box.to_string()),
        ("material", p.material.to_string()),
    ];
    let reason = Input { name: "reason", head: "查看原因", value: String::new(), required: true };
    let button = Button { name: "", value: "", says: "取出影像", bare: false };
    Row {
        key: p.material.to_string(),
        cells: vec![p.number.into(), p.employer.into(), p.kind.into()],
        acts: vec![Act::Form { to: "/registers/paper", fields, inputs: vec![reason], buttons: vec![button] }],
    }
}

async fn show(
    console: &Console,
    me: &SignedIn,
    frame: Frame,
    batch: Option<i64>,
    asked: &Asked,
) -> RegistersPage {
    show_after(console, me, frame, (batch, Vec::new()), asked).await
}

/// The same with the cards that were not signed for, and why: each is named by its number and its holder's masked name.
async fn show_after(
    console: &Console,
    me: &SignedIn,
    mut frame: Frame,
    (batch, refused): (Option<i64>, Vec<(CardId, Failure)>),
    asked: &Asked,
) -> RegistersPage {
    clause!(R12.2);
    let batches = frame.list(console.service.registers_for(&me.actor()).await);
    let row = |ListedBatch { id, batch }: ListedBatch| Row {
        key: id.to_string(),
        cells: vec![
            batch.number.into(),
            batch.city.name().into(),
            batch.bank.name().into(),
            batch.people.into(),
            batch.collected_on.to_string().into(),
            batch.state.name().into(),
        ],
        acts: vec![Act::Press {
            to: "/registers",
            fields: vec![("batch", id.to_string())],
            name: "查看登记册",
        }],
    };
    let newest =
        batches.as_ref().is_some_and(|all| all.len() >= usize::try_from(NEWEST_ON_A_LIST).unwrap_or(0));
    let batches = batches.map(|all| BATCHES.view(all.into_iter().map(row).collect(), asked));
    let ctx = me.ctx(console);
    let mut shown = None;
    if let Some(batch) = batch {
        match console.service.register_for(ctx, BatchId(batch)).await {
            Ok(seen) => {
                if !refused.is_empty() {
                    frame = not_signed(frame, &refused, &seen.cards);
                }
                let may = May::of(console, me).may(Verb::SignAtUnit);
                let row = |c: &Signed| RowView {
                    holder: c.holder.0,
                    card: c.card.0,
                    cells: c.cells[1..4].to_vec(),
                    himself: c.signs_himself,
                };
                let rows: Vec<Row> = seen
                    .cards
                    .iter()
                    .filter(|c| may && c.with_employer)
                    .map(|c| unsigned_row(&frame, batch, row(c)))
                    .collect();
                let boxes: Vec<_> = seen.boxes.iter().map(|b| (BatchId(batch), b)).collect();
                let employers = console.service.employers_of(&boxes).await;
                let employers = employers.map_err(|e| frame.say(&e)).unwrap_or_default();
                let papers = seen.boxes.iter().flat_map(|b| {
                    let employer = employers.get(&b.id).map(|of| of.said.clone()).unwrap_or_default();
                    b.papers.iter().map(move |p| PaperView {
                        r#box: b.id.0,
                        number: b.number.clone(),
                        employer: employer.clone(),
                        material: p.id.0,
                        kind: p.kind.name(),
                    })
                });
                shown = Some(RegisterView {
                    batch,
                    paper: papers::register(console, me, &seen).html(None),
                    papers: Some(PAPERS.found(papers.map(|p| paper_row(batch, p)).collect()))
                        .filter(|list| list.any),
                    unsigned: Some(UNSIGNED.found(rows)).filter(|list| list.any),
                });
            }
            // What was said of a command before stands.
            Err(e) if frame.notice.is_none() => frame = frame.wrong(e),
            Err(_) => {}
        }
    }
    RegistersPage { frame, batches, newest, shown }
}

/// The batches to choose from.
pub async fn page(State(console): State<Console>, me: SignedIn, asked: Asked) -> Response {
    let page = show(&console, &me, Frame::of(&me, TITLE), None, &asked).await;
    match page.batches.as_ref().and_then(ListView::taken) {
        Some(file) => file,
        None => page.into_response(),
    }
}

/// The register of one; each showing is a line of the batch.
pub async fn print(
    State(console): State<Console>,
    me: SignedIn,
    Form(wanted): Form<Wanted>,
) -> RegistersPage {
    let mut frame = Frame::of(&me, TITLE);
    let number = spelling::number(&wanted.number);
    let batch = match wanted.batch {
        // It was chosen by a button: no field of this page is wrong.
        Some(id) => {
            frame = frame.of_no_field();
            Some(id)
        }
        None if spelling::says_nothing(&number) => {
            let why = "没有输入批次号。请输入批次号，或在下表选择批次";
            frame = frame.wrong(Said::from(why).about("number"));
            None
        }
        None => match console.service.batch_numbered(&number).await {
            Ok(Some(id)) => Some(id.0),
            Ok(None) => {
                let why = Said::from("没有这个批次号的制卡批次。请核对批次号后重新查找").about("number");
                frame = frame.wrong(why);
                None
            }
            Err(e) => {
                frame.say(&e);
                None
            }
        },
    };
    show(&console, &me, frame, batch, &me.asked).await
}

/// The same as a file; spreadsheets read UTF-8 by its mark at the beginning.
pub async fn csv(
    State(console): State<Console>,
    Reauthenticated(me): Reauthenticated,
    Form(chosen): Form<Chosen>,
) -> Response {
    clause!(R12.2);
    let ctx = me.ctx(&console);
    match console.service.register_for(ctx, BatchId(chosen.batch)).await {
        Ok(seen) => {
            let name = format!("attachment; filename=\"register-{}.csv\"", seen.number);
            let head = [(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, name)];
            (head, format!("\u{feff}{}", seen.into_shown().table().csv())).into_response()
        }
        Err(e) => (status(&e), e.to_string()).into_response(),
    }
}

/// The same as PDF.
async fn pdf(
    State(console): State<Console>,
    Reauthenticated(me): Reauthenticated,
    printer: Printer,
    Form(chosen): Form<Chosen>,
) -> Response {
    match console.service.register_for(me.ctx(&console), BatchId(chosen.batch)).await {
        Ok(seen) => {
            let name = format!("register-{}", seen.number);
            printer.pdf(&me, papers::register(&console, &me, &seen), &name).await
        }
        Err(failure) => refused_print(&failure),
    }
}

fn status(failure: &Failure) -> StatusCode {
    match failure {
        Failure::Refused(_) => StatusCode::FORBIDDEN,
        Failure::Unavailable(_) | Failure::Unknown => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// The name of whoever signed the employer's list for the holder, empty while it is not said; `None` where the holder did.
fn deputy(sent: &Sent) -> Option<String> {
    let name = sent.text("deputy_name").trim().to_owned();
    let signs = sent.text("by") == "deputy" || !name.is_empty() || !sent.text("relation").is_empty();
    signs.then_some(name)
}

/// Who signed the employer's list: the holder, or somebody else, whose relation is then to be chosen; `None` when it was not.
fn collector(sent: &Sent) -> Option<Collector> {
    let Some(name) = deputy(sent) else { return Some(Collector::Holder) };
    Some(Collector::Deputy(Box::new(Deputy {
        name,
        document_kind: DocumentKind::IdentityCard,
        document_number: String::new(),
        electronic: false,
        phone: String::new(),
        relation: relation_of(sent.text("relation"))?,
        ground: None,
        other_guardian: false,
        copies: Vec::new(),
    })))
}

/// Adds to what was done what was not: every card that was refused, with its reason.
fn not_signed(frame: Frame, refused: &[(CardId, Failure)], cards: &[Signed]) -> Frame {
    let done = frame.notice.as_ref().map(|n| format!("{}。其余未登记：", n.text)).unwrap_or_default();
    let which = |card: &CardId| {
        let found = cards.iter().find(|c| c.card == *card);
        found.map_or_else(String::new, |c| format!("{} {}：", c.cells[2], c.cells[3]))
    };
    let each: Vec<String> = refused.iter().map(|(card, why)| format!("{}{why}", which(card))).collect();
    // The status is that of the first reason; the sentence is everybody's, and so are the fields.
    let mut frame = frame.refused_all(refused.iter().map(|(_, why)| why));
    if let Some(notice) = &mut frame.notice {
        notice.text = format!("{done}{}", each.join(" "));
    }
    frame
}

/// 单位发放签收登记: of one card with whoever signed for it, or of all that are ticked, which their holders signed for.
pub async fn sign(State(console): State<Console>, me: SignedIn, sent: Sent) -> RegistersPage {
    clause!(R15.1);
    let batch = sent.text("batch").trim().parse().ok();
    let (collector, signed_on) = (collector(&sent), sent.text("date").trim().parse::<Date>().ok());
    let chosen = sent.fields().filter(|(name, _)| name.starts_with("card_")).map(|(_, text)| text);
    let chosen: Vec<(HolderId, CardId)> = chosen
        .filter_map(|text| text.split_once('-'))
        .filter_map(|(holder, card)| Some((HolderId(holder.parse().ok()?), CardId(card.parse().ok()?))))
        .collect();
    let mut faults = Vec::new();
    if collector.is_none() {
        faults.push(Fault::of("relation", "签收人与持卡人关系须选择"));
    }
    if signed_on.is_none() {
        faults.push(Fault::of("date", "签收日期未正确填写"));
    }
    if !faults.is_empty() {
        // The rule is not asked without a day and a signer: what else it would find missing is told with them.
        let lacks = unstated_signature(deputy(&sent).as_deref(), sent.has("seen"));
        let lacks = (!lacks.is_empty()).then(|| lacks.join("；"));
        faults.extend(
            lacks.into_iter().flat_map(|what| said_of(&Refusal::about(Reason::MaterialDefective, what))),
        );
    }
    if chosen.is_empty() {
        faults.push(Fault::of("cards", "没有勾选已签收的卡"));
    }
    let (Some(collector), Some(signed_on), true) = (collector, signed_on, faults.is_empty()) else {
        let frame = Frame::of(&me, TITLE).wrong_in(faults, "，没有登记。请补充后重新提交。");
        return show(&console, &me, frame, batch, &me.asked).await;
    };
    let (mut done, mut last, mut refused) = (0, None, Vec::new());
    for (holder, card) in chosen {
        let sign = SignAtUnit { card, signed_on, collector: collector.clone(), seen: sent.has("seen") };
        let ctx = me.command(&console);
        match console.service.execute(ctx, Command::of(holder, HolderCommand::SignAtUnit(sign))).await {
            Ok(receipt) => {
                done += 1;
                last = Some(receipt);
            }
            Err(e) => refused.push((card, e)),
        }
    }
    let said = format!(
        "已登记{done}张卡的签收；请提醒持卡人（未满十六周岁的，提醒监护人）到服务银行办理社保功能启用和银行账户激活"
    );
    let frame = Frame::of(&me, TITLE);
    let frame = match last {
        Some(receipt) if done == 1 && refused.is_empty() => frame.after_business(Ok(receipt), &said),
        Some(_) => frame.done(said),
        None => frame,
    };
    show_after(&console, &me, frame, (batch, refused), &me.asked).await
}

/// 查看批量领卡材料, as a file.
pub async fn paper(
    State(console): State<Console>,
    Reauthenticated(me): Reauthenticated,
    Form(asked): Form<Paper>,
) -> Response {
    let ctx = me.ctx(&console);
    let which = (BoxId(asked.r#box), MaterialId(asked.material));
    match console.service.read_box_paper(ctx, BatchId(asked.batch), which, &asked.reason).await {
        Ok(seen) => {
            let name = format!("attachment; filename=\"paper-{}\"", asked.material);
            let head = [(CONTENT_TYPE, "application/octet-stream".to_owned()), (CONTENT_DISPOSITION, name)];
            (head, seen.into_shown()).into_response()
        }
        Err(e) => {
            let frame = Frame::of(&me, TITLE).wrong(e);
            show(&console, &me, frame, Some(asked.batch), &me.asked).await.into_response()
        }
    }
}
