//! 批次筛选, 批次确认, 制卡数据下发.

mod ending;
mod left_out;

use ending::{end, recall, take_back_confirmation, take_out};
use left_out::LeftOutView;

use crate::Console;
use crate::distribution::on_the_way::name_of;
use crate::frame::Said;
use crate::list::{Act, Asked, Cell, Kind, List, ListView, Row, banks_of, cities_of, column, same};
use crate::marks::Fault;
use crate::may::May;
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::session::SignedIn;
use crate::wrong;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use kaguan_domain::alive::by_forms;
use kaguan_domain::batch::TakeOut;
use kaguan_domain::clause;
use kaguan_domain::codes;
use kaguan_domain::dispatch::{BatchCommand, HolderCommand, NextStep, entrusted_to_confirm, next_of_batch};
use kaguan_domain::facts::application::{CheckResult, RegisterCheck};
use kaguan_domain::facts::batch::{Batch, BatchFile, Incomplete};
use kaguan_domain::facts::boxes::BoxFile;
use kaguan_domain::facts::clock::Clock;
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::facts::names::BatchStateKind;
use kaguan_domain::ids::{ApplicationId, BankCode, BatchId, CityCode, OrgId, VendorCode};
use kaguan_domain::permission::Verb;
use kaguan_domain::refusal::Reason;
use kaguan_domain::spelling;
use kaguan_service::{AppliedBy, Command, Counted, Failure, Looked, Narrow, Seen};
use kaguan_store::{ListedBatch, ReadyToScreen};
use serde::Deserialize;

/// Entrusted offices that are named at most.
const NAMED: usize = 3;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/batches",
    screens: &[
        Screen {
            group: "社保卡申请", name: "批次筛选", article: "第十一条", verb: Verb::ScreenBatch
        },
        Screen {
            group: "社保卡申请", name: "批次确认", article: "第十一条", verb: Verb::ConfirmBatch
        },
        Screen {
            group: "制卡", name: "制卡数据下发", article: "第十一条", verb: Verb::HandOutProduction
        },
    ],
    doors: |d| {
        d.get("/batches", page)
            .get("/batches/{id}", contents)
            .get("/photos/{key}", photo)
            .post("/batches/screen", screen)
            .post("/batches/confirm", confirm)
            .post("/batches/take-back", take_back_confirmation)
            .post("/batches/take-out", take_out)
            .post("/batches/hand-out", hand_out)
            .post("/batches/recall", recall)
            .post("/batches/end", end)
    },
    samples: &["/batches", "/batches?batches.sort=-people&batches.show=number&batches.show=people"],
};

/// One batch in the list.
pub struct BatchView {
    pub id: i64,
    /// 批次号.
    pub number: String,
    pub city: &'static str,
    pub bank: &'static str,
    pub state: &'static str,
    /// People.
    pub people: i64,
    /// The clocks that run.
    pub clocks: String,
    /// What the vendor has said that it lacks.
    pub incomplete: String,
    /// Whether it can be confirmed.
    pub confirm: bool,
    /// Whether its confirmation can be taken back.
    pub take_back: bool,
    /// Whether it can be handed out.
    pub hand_out: bool,
    /// Whether it can be taken back from a bank or a vendor that has not answered.
    pub recall: bool,
    /// Whether people may still be put in, so that they are not counted yet.
    pub screening: bool,
    /// Who does what next, on the page of the batch.
    pub next: String,
    /// People whose death is confirmed, and who are to be taken out of it, while that can be done.
    pub dead: usize,
}

impl BatchView {
    /// Where its boxes are.
    fn tree(&self) -> String {
        format!("/boxes/tree?batch={}", self.id)
    }
}

/// What can be screened.
pub struct ReadyView {
    /// City code.
    pub city: String,
    pub city_name: &'static str,
    /// Bank code.
    pub bank: String,
    pub bank_name: &'static str,
    /// 加急.
    pub urgent: bool,
    pub people: i64,
}

/// 批次筛选 and 批次确认.
#[derive(Template)]
#[template(path = "batch/batches/batches.html")]
pub struct BatchesPage {
    pub frame: Frame,
    /// What can be screened; `None` when it may not be seen, or could not be read: the notice says which.
    pub ready: Option<Vec<ReadyView>>,
    /// Who is left out of it, for a death that is confirmed.
    pub left_out: Vec<LeftOutView>,
    /// The same of batches.
    pub list: Option<ListView>,
}
crate::frame::page!(BatchesPage);

/// What to screen.
#[derive(Deserialize)]
pub struct ScreenForm {
    city: String,
    bank: String,
    urgent: bool,
}

/// A batch.
#[derive(Deserialize)]
pub struct OneBatch {
    batch: i64,
    #[serde(default)]
    vendor: String,
}

/// The lists as far as their viewer may see them; what was said of a command before stands.
async fn show(console: &Console, me: &SignedIn, mut frame: Frame, asked: &Asked) -> BatchesPage {
    let may = May::of(console, me);
    let mut choose = LIST.choose(asked);
    let chosen = Narrow {
        city: choose.by("city", cities_of(&me.org)),
        bank: choose.by("bank", banks_of(may.institutions(), &me.org)),
        outlet: None,
    };
    let state = choose.by("state", same(BatchStateKind::ALL, BatchStateKind::code, BatchStateKind::name));
    let (today, session, me) = (console.service.now().date(), &me.session, me.actor());
    let part = frame.part(console.service.batches_for(&me, &chosen, state, LIST.part(asked)).await);
    let dead = left_out::in_batches(console, &me, &mut frame).await;
    let left_out = left_out::listed(console, session, &me, &mut frame).await;
    let ready = match console.service.ready_for(&me).await {
        // Whoever may not screen is not offered it.
        Err(Failure::Refused(_)) => None,
        ready => frame.list(ready),
    };
    let ready_of = |r: ReadyToScreen| ReadyView {
        city_name: CityCode(r.city.clone()).name(),
        bank_name: codes::bank(&r.bank).map_or("", |b| b.name.as_str()),
        city: r.city,
        bank: r.bank,
        urgent: r.urgent,
        people: r.applications,
    };
    let ready = ready.map(|all| all.into_iter().map(ready_of).collect());
    let list = part.map(|part| {
        let of = |row: &ListedBatch| {
            let dead = dead.get(&row.id).copied().unwrap_or_default();
            BatchView { dead, ..batch_of(row, &may, today) }
        };
        let rows = part.rows.iter().map(|row| line(of(row)));
        choose.view(rows.collect(), part.more)
    });
    BatchesPage { frame, ready, left_out, list }
}

const LIST: List = List {
    id: "batches",
    path: "/batches",
    title: "批次",
    none: "没有批次。批次筛选之后，批次列在这里。",
    columns: &[
        column("number", "批次号", Kind::Code),
        column("city", "地市", Kind::Choice),
        column("bank", "服务银行", Kind::Choice),
        column("people", "人数", Kind::Sum),
        column("state", "环节", Kind::Choice),
        column("clocks", "时限", Kind::Text),
        column("incomplete", "卡商反馈", Kind::Text),
        column("dead", "死亡已核实，待移出", Kind::Text),
    ],
};

fn line(b: BatchView) -> Row {
    let to = format!("/batches/{}", b.id);
    let mut acts = Vec::new();
    if b.confirm {
        acts.push(Act::Open { to: to.clone(), name: "核对并确认" });
    }
    if b.take_back {
        acts.push(Act::Open { to: to.clone(), name: "查看或撤销确认" });
    }
    if b.recall {
        acts.push(Act::Open { to: to.clone(), name: "查看或收回" });
    }
    if b.hand_out {
        acts.push(Act::Choose {
            to: "/batches/hand-out",
            fields: vec![("batch", b.id.to_string())],
            head: "卡商",
            field: "vendor",
            from: codes::vendors().map(|v| (v.code.clone(), v.name.clone())).collect(),
            name: "下发制卡",
        });
    }
    let cells = vec![
        Cell::from(b.number).leads(to),
        b.city.into(),
        b.bank.into(),
        // They are counted when the batch is confirmed.
        if b.screening && b.people == 0 { Cell::from("确认时清点") } else { b.people.into() },
        b.state.into(),
        b.clocks.into(),
        b.incomplete.into(),
        if b.dead == 0 { Cell::from("") } else { Cell::from(format!("{}人", b.dead)).tagged("warn") },
    ];
    Row { key: b.id.to_string(), cells, acts }
}

fn batch_of(row: &ListedBatch, may: &May, today: Date) -> BatchView {
    let calendar = &may.institutions().calendar;
    let clock = |c: &Clock| format!("{} {}", c.last_day_said(calendar), c.standing(today).name());
    let clocks: Vec<_> = row.batch.clocks.iter().filter(|c| c.stopped_on.is_none()).map(clock).collect();
    // Any vendor stands for all of them: which one is chosen with the button.
    let vendor = codes::vendors().next().map(|v| VendorCode(v.code.clone()));
    BatchView {
        id: row.id.0,
        number: row.batch.number.clone(),
        city: row.batch.city.name(),
        bank: row.batch.bank.name(),
        state: row.batch.state.name(),
        people: row.batch.people,
        clocks: clocks.join("；"),
        incomplete: row.batch.incomplete.iter().map(said).collect::<Vec<_>>().join("；"),
        confirm: may.row(row, &BatchCommand::Confirm),
        take_back: may.row(row, &take_back("待填写")),
        recall: may.row(row, &from_partner("待填写")) || may.row(row, &BatchCommand::CloseTakenBack),
        screening: row.batch.state.kind() == BatchStateKind::Screening,
        next: String::new(),
        dead: 0,
        hand_out: vendor.is_some_and(|vendor| may.row(row, &BatchCommand::HandOut { vendor })),
    }
}

fn from_partner(reason: &str) -> BatchCommand {
    BatchCommand::TakeBack { reason: reason.to_owned() }
}

/// Who confirms a batch that waits for it, to whoever works at `home`: the city, and the offices that it has entrusted.
fn confirmed_by(file: &BatchFile, home: OrgId, institutions: &Institutions) -> Option<String> {
    clause!(X7.7);
    let entrusted: Vec<_> = entrusted_to_confirm(file, institutions).collect();
    if entrusted.iter().any(|o| o.id == home) {
        return Some("市卡管机构或本机构（已授权）".to_owned());
    }
    let names: Vec<&str> = entrusted.iter().take(NAMED).map(|o| o.name.as_str()).collect();
    match entrusted.len() {
        0 => None,
        n if n > names.len() => Some(format!("市卡管机构或已授权的{}等{n}个机构", names.join("、"))),
        _ => Some(format!("市卡管机构或已授权的{}", names.join("、"))),
    }
}

/// Who does what next, for whoever works at `home`, and why nobody does.
fn next_of(file: &BatchFile, batch: &Batch, home: OrgId, institutions: &Institutions) -> String {
    if let Some(reason) = &batch.taken_back {
        return format!("下一步：省卡管机构完成收回（{reason}）。");
    }
    let confirms = confirmed_by(file, home, institutions);
    let step = |s: &NextStep| match s.boxes {
        0 => format!("{}，{}", confirms.as_deref().unwrap_or(s.turn.name()), s.act),
        n => format!("{}，{}（{n}箱）", s.turn.name(), s.act),
    };
    let steps: Vec<String> = next_of_batch(file, institutions).iter().map(step).collect();
    let ended = batch.state.kind() == BatchStateKind::Ended;
    match (steps.is_empty(), ended, batch.people) {
        (false, ..) => format!("下一步：{}。", steps.join("；")),
        // It ended before it was confirmed: nobody failed in it.
        (true, true, 0) => {
            "批次在确认前人员已全部移出，批次已终结，时限停止。移出的人员回到待批次筛选。".to_owned()
        }
        (true, true, _) => "批次中没有可以制卡的人员，批次已终结，时限停止。未办成的人员由市卡管机构在“失败数据处理”中逐人更正后重新提交，或不予受理。".to_owned(),
        (true, false, _) => "成品卡均已离箱，没有待办的环节。".to_owned(),
    }
}

fn take_back(reason: &str) -> BatchCommand {
    BatchCommand::TakeBackConfirmation { reason: reason.to_owned() }
}

/// What a vendor has said that it lacks, and since when it has it.
fn said(i: &Incomplete) -> String {
    let rows = if i.rows == 0 { "整批".to_owned() } else { format!("{}行", i.rows) };
    let now = i.arrived_on.map_or("尚未补齐".to_owned(), |day| format!("{day}补齐"));
    format!("{}反馈未收到{}（{rows}），{now}", i.reported_on, i.missing.name())
}

/// The lists.
pub async fn page(State(console): State<Console>, me: SignedIn, asked: Asked) -> Response {
    let page = show(&console, &me, Frame::of(&me, "批次筛选与确认"), &asked).await;
    match page.list.as_ref().and_then(ListView::taken) {
        Some(file) => file,
        None => page.into_response(),
    }
}

/// 批次筛选.
pub async fn screen(
    State(console): State<Console>,
    me: SignedIn,
    Form(form): Form<ScreenForm>,
) -> BatchesPage {
    let (city, bank) = (CityCode(form.city), BankCode(form.bank));
    let outcome = console.service.screen(&me.actor(), &city, &bank, form.urgent).await;
    let done = match &outcome {
        Ok((_, n)) => {
            let others = left_out::said(&console, &me, (&city, &bank, form.urgent)).await;
            format!("已筛选{n}人进入新批次，请核对后确认{others}")
        }
        Err(_) => String::new(),
    };
    show(&console, &me, Frame::of(&me, "批次筛选与确认").after(outcome, &done), &me.asked).await
}

/// 批次确认; nothing of what was written before it is asked about here.
async fn confirmed(console: Console, me: SignedIn, batch: i64, done: &str) -> Response {
    let outcome = console.service.confirm_batch(me.command(&console), BatchId(batch)).await;
    let frame = Frame::of(&me, "批次筛选与确认").after(outcome, done);
    show(&console, &me, frame, &me.asked).await.into_response()
}

async fn give(console: Console, me: SignedIn, batch: i64, command: BatchCommand, done: &str) -> BatchesPage {
    let ctx = me.command(&console);
    let outcome = console.service.execute(ctx, Command::Batch { id: BatchId(batch), command }).await;
    show(&console, &me, Frame::of(&me, "批次筛选与确认").after(outcome, done), &me.asked).await
}

/// One person of a sheet, masked.
pub struct FaceView {
    /// The address of the photo; none for whoever has none.
    pub photo: Option<String>,
    /// The address of the file, for whoever may open it.
    pub file: Option<String>,
    pub name: String,
    pub number: String,
    pub outlet: String,
    /// What is not as it usually is: checks that did not pass, no photo.
    pub odd: Vec<String>,
    pub holder: i64,
    pub application: i64,
    /// Whether this officer may take the person out of the batch now.
    pub take_out: bool,
}

/// What a batch holds.
#[derive(Template)]
#[template(path = "batch/batches/batch.html")]
pub struct BatchPage {
    pub frame: Frame,
    pub batch: Option<BatchView>,
    /// Why it cannot be confirmed now, where it is to be confirmed here.
    pub refused: Option<String>,
    /// Who was found dead since it was confirmed, by the forms, while the bank has not extracted it.
    pub dead: Option<String>,
    /// Why its confirmation can be taken back no more, where it might have been here.
    pub taken: Option<String>,
    /// Whether nothing is left in it to be made, and it is ended here.
    pub end: bool,
    /// Boxes in which nothing is left, and which are closed here: identity, number and who has each.
    pub empty: Vec<(i64, String, String)>,
    /// 领卡网点, 申请单位, 受理网点 and how many people.
    pub counts: Vec<([String; 3], i64)>,
    pub faces: Vec<FaceView>,
    /// The address of the next sheet.
    pub next: Option<String>,
    /// Whether people are taken out of it here; the city does that, not whoever it entrusts with confirming.
    pub takes_out: bool,
    /// Whether the officer may see where its boxes are, and print its register.
    pub tree: bool,
    pub register: bool,
}
crate::frame::page!(BatchPage);

fn face(
    console: &Console,
    me: &SignedIn,
    may: &May,
    seen: &Seen<Looked>,
    (application, batch): (ApplicationId, BatchId),
) -> Option<FaceView> {
    let person = seen.file.person.as_ref()?;
    let institutions = console.service.institutions();
    let found = seen.file.application(application)?;
    let outlet = institutions.org(found.collect_at).map(|o| o.name.clone()).unwrap_or_default();
    let passed = |c: &&RegisterCheck| c.result != CheckResult::Passed;
    let mut odd: Vec<String> =
        found.checks.iter().filter(passed).map(|c| format!("{}{}", c.item.name(), c.result.name())).collect();
    let take_out = may.about(seen, &out_of(batch, application, "待填写"));
    if seen.file.death_confirmed() {
        clause!(R33.1);
        let form = &found.form_no;
        let out = if take_out { "移出批次" } else { "待市卡管机构移出批次" };
        odd.push(format!(
            "死亡已核实：{out}，由受理网点作不予受理；登记有误的，办理恢复（申领表编码{form}）"
        ));
    } else if !(person.death.is_empty() && person.stated.is_empty()) {
        odd.push("疑似死亡待核实".into());
    }
    if person.photo.is_none() {
        odd.push("没有相片".into());
    }
    Some(FaceView {
        photo: person
            .photo
            .as_ref()
            .map(|p| format!("/photos/{}", console.service.photo_key(&me.session, p))),
        file: may
            .may(Verb::LookAtHolder)
            .then(|| format!("/people/{}", console.service.key_of(&me.session, seen.file.id))),
        name: person.details.name.masked(),
        number: person.details.ssn.masked(),
        outlet,
        odd,
        holder: seen.file.id.0,
        application: application.0,
        take_out,
    })
}

fn out_of(batch: BatchId, application: ApplicationId, reason: &str) -> HolderCommand {
    HolderCommand::TakeOutOfBatch(TakeOut { application, batch, reason: reason.to_owned() })
}

/// Where a sheet begins.
#[derive(Deserialize)]
pub struct Sheet {
    #[serde(default)]
    after: String,
}

async fn batch_page(console: &Console, me: &SignedIn, id: i64, after: &str, frame: Frame) -> BatchPage {
    let from = console.service.person_of(&me.session, after);
    let mut page = BatchPage {
        frame,
        batch: None,
        refused: None,
        dead: None,
        taken: None,
        end: false,
        empty: Vec::new(),
        counts: Vec::new(),
        faces: Vec::new(),
        next: None,
        takes_out: false,
        tree: false,
        register: false,
    };
    if !after.is_empty() && from.is_none() {
        page.frame = page.frame.wrong("这一网址只在给出它的那次登录中有效。请从批次列表重新打开");
        return page;
    }
    let contents = match console.service.batch_contents(me.ctx(console), BatchId(id), from).await {
        Ok(contents) => contents,
        Err(why) => {
            page.frame.say(&why);
            return page;
        }
    };
    let institutions = console.service.institutions();
    let name = |org: OrgId| institutions.org(org).map_or_else(|| "（未登记）".to_owned(), |o| o.name.clone());
    let counted = |c: Counted| {
        let by = match c.by {
            AppliedBy::Person => "个人申请".to_owned(),
            AppliedBy::Unit { code, name } => format!("{name} {code}"),
            AppliedBy::File(file) => format!("批量申请材料待登记，数据文件{file}"),
        };
        ([name(c.collect_at), by, name(c.outlet)], c.people)
    };
    page.counts = contents.counts.into_iter().map(counted).collect();
    let may = May::of(console, me);
    let shown = |(seen, a): &(Seen<Looked>, ApplicationId)| face(console, me, &may, seen, (*a, BatchId(id)));
    page.faces = contents.people.iter().filter_map(shown).collect();
    let next = |holder| format!("/batches/{id}?after={}", console.service.key_of(&me.session, holder));
    page.next = contents.next.map(next);
    let (file, today) = (contents.batch, console.service.now().date());
    (page.tree, page.register) = (contents.tree, contents.register);
    page.takes_out = page.faces.iter().any(|f| f.take_out);
    page.end = may.batch(&file, &BatchCommand::End);
    let empty = |b: &&BoxFile| may.batch(&file, &BatchCommand::CloseEmptyBox { r#box: b.id });
    let of = |b: &BoxFile| (b.id.0, b.number.clone(), name_of(&b.keeper, &institutions));
    page.empty = file.boxes.iter().filter(empty).map(of).collect();
    page.batch = file.batch.clone().map(|batch| {
        let counted = page.counts.iter().map(|c| c.1).sum();
        let refused = may.batch_refused(&file, &BatchCommand::Confirm);
        let confirm = refused.is_none();
        // One that was confirmed is not refused anything.
        let waits = batch.state.kind() == BatchStateKind::Screening;
        // Of one that everybody was taken out of, what to do stands there already: it is ended.
        page.refused = refused
            .filter(|r| me.confirms && waits && r.reason != Reason::BatchEmpty)
            .map(|why| Failure::from(why).to_string());
        let confirmed = batch.state.kind() == BatchStateKind::Confirmed;
        let dead = &file.tally.dead;
        page.dead =
            (confirmed && !dead.is_empty()).then(|| by_forms(dead.iter().map(|one| one.form_no.as_str())));
        let taken = may.batch_refused(&file, &take_back("待填写"));
        let at_bank = batch.state.kind() == BatchStateKind::AtBank && batch.taken_back.is_none();
        let taken = taken.filter(|r| at_bank && r.reason == Reason::BankHasBatch);
        page.taken = taken.map(|r| Failure::from(r).to_string());
        let next = next_of(&file, &batch, me.org.id, &institutions);
        let row = ListedBatch { id: file.id, batch };
        let people = if row.batch.people == 0 { counted } else { row.batch.people };
        // Here the rows are counted.
        let vendor = codes::vendors().next().map(|v| VendorCode(v.code.clone()));
        let hand_out = vendor.is_some_and(|vendor| may.batch(&file, &BatchCommand::HandOut { vendor }));
        let dead = file.tally.dead.len();
        BatchView { people, confirm, hand_out, next, dead, ..batch_of(&row, &may, today) }
    });
    page
}

/// What a batch holds: counted by outlet, and its people as a contact sheet.
pub async fn contents(
    State(console): State<Console>,
    me: SignedIn,
    Path(id): Path<i64>,
    Query(sheet): Query<Sheet>,
) -> BatchPage {
    batch_page(&console, &me, id, &sheet.after, Frame::of(&me, "批次核对")).await
}

/// What is written before a batch is confirmed.
#[derive(Deserialize)]
pub struct Review {
    batch: i64,
    #[serde(default)]
    people: String,
    #[serde(default)]
    reviewed: String,
}

/// 批次确认 of a batch that was looked at: the clerk writes how many people it has. A wrong number does not tell the right one.
pub async fn confirm(State(console): State<Console>, me: SignedIn, Form(form): Form<Review>) -> Response {
    clause!(R8.7);
    if !me.confirms {
        // Refused by the rule, with its line.
        return confirmed(console, me, form.batch, "").await;
    }
    let again = |why: Said| Frame::of(&me, "批次核对").wrong(why);
    let people = spelling::number(&form.people).parse::<i64>();
    let counted = match console.service.batch(BatchId(form.batch)).await {
        // How many it has is not told to whoever may not confirm it: the rule refuses, with its line.
        Ok(Some(file)) if May::of(&console, &me).not_here(&file, &BatchCommand::Confirm) => {
            return confirmed(console, me, form.batch, "").await;
        }
        Ok(found) => found.map_or(0, |file| file.tally.in_batch),
        Err(why) => {
            let frame = again(Failure::from(why).into());
            return batch_page(&console, &me, form.batch, "", frame).await.into_response();
        }
    };
    let mut faults = Vec::new();
    match people {
        Err(_) => faults.push(Fault::of("people", "须填写核对后的总人数")),
        Ok(written) if written != counted => {
            faults.push(Fault::of("people", "填写的人数与批次不符，请核对各网点人数后重新填写"));
        }
        Ok(_) => {}
    }
    if form.reviewed.is_empty() {
        faults.push(Fault::of("reviewed", "须核对批次内人员、相片和领卡网点后勾选"));
    }
    if !faults.is_empty() {
        let frame = Frame::of(&me, "批次核对").wrong_in(faults, "，批次没有确认");
        return batch_page(&console, &me, form.batch, "", frame).await.into_response();
    }
    confirmed(console, me, form.batch, "批次已确认，预开户数据可由银行提取").await
}

/// A photo of a page of this session.
pub async fn photo(State(console): State<Console>, me: SignedIn, Path(key): Path<String>) -> Response {
    match console.service.shown_photo(&me.session, &key).await {
        Ok(Some(jpeg)) => ([(CONTENT_TYPE, "image/jpeg")], jpeg.into_shown()).into_response(),
        Ok(None) => wrong::page(StatusCode::NOT_FOUND, "没有这张相片，或网址不是本次登录给出的"),
        Err(why) => wrong::page(StatusCode::SERVICE_UNAVAILABLE, &why.to_string()),
    }
}

/// 制卡数据下发.
pub async fn hand_out(
    State(console): State<Console>,
    me: SignedIn,
    Form(form): Form<OneBatch>,
) -> BatchesPage {
    let command = BatchCommand::HandOut { vendor: VendorCode(form.vendor) };
    give(console, me, form.batch, command, "制卡数据已下发卡商").await
}
