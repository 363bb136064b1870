//! 失败数据处理 (Appendix 7): what banks and vendors could not do, what the bank's table says of it, and its settling. The list leads to a
//! page of each: what failed and what to do, the details to correct, then sent again, or declined with a voucher.

use crate::Console;
use crate::application::apply::choices;
use crate::counter::enclosed;
use crate::list::{Act, Asked, Cell, Column, Kind, List, ListView, Row, banks_of, column, same};
use crate::may::{self, May};
use crate::menu::{Page, Screen};
use crate::pages::{FieldView, Frame};
use crate::records::papers::voucher_at;
use crate::session::SignedIn;
use crate::upload::Sent;
use crate::wrong;
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use kaguan_domain::account_opening;
use kaguan_domain::alive::not_dead;
use kaguan_domain::application::Decline;
use kaguan_domain::clause;
use kaguan_domain::codes::vendor_name;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::{HolderCommand, Position, position_without_card};
use kaguan_domain::facts::application::{Application, Ground, Stage};
use kaguan_domain::facts::failure::{FailedAt, FailureGuide, GuideRow, RowFailure};
use kaguan_domain::facts::form::Field;
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::facts::names::StageKind;
use kaguan_domain::ids::{ApplicationId, BankCode, CityCode, HolderId, MaterialId};
use kaguan_domain::institution::{InstitutionCommand, SetFailureGuide};
use kaguan_domain::permission::Verb;
use kaguan_domain::production;
use kaguan_domain::refusal::Reason;
use kaguan_service::{Command, Failure, FailuresChosen, Looked, Seen};
use serde::Deserialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/failures",
    screens: &[
        Screen {
            group: "社保卡申请",
            name: "失败数据处理",
            article: "附件7",
            verb: Verb::SettleProductionFailure,
        },
        // The province compares by the same tables (附件7 二（三）).
        Screen {
            group: "社保卡申请", name: "失败数据处理", article: "附件7", verb: Verb::SetFailureGuide
        },
    ],
    doors: |d| {
        d.get("/failures", page)
            .get("/failures/{key}", one)
            .post("/failures/settle", settle)
            .form("/failures/correct", correct)
            .post("/failures/decline", decline)
            .post("/failures/guide", guide)
    },
    samples: &["/failures"],
};

const TITLE: &str = "失败数据处理";
/// Why the files of the list are shown, and the file of one.
const WHY: &str = "失败数据处理（脱敏显示）";

const LIST: List = List {
    id: "failures",
    path: "/failures",
    title: "",
    none: "没有待处理的失败数据。服务银行或卡商退回的数据列在这里。",
    columns: COLUMNS,
};

/// An outlet's: what failed in batches is the city's to settle.
const OF_OUTLET: List = List {
    id: "failures",
    none: "没有待处理的失败数据。本网点即时制卡失败的数据列在这里；批次中开户、制卡失败的由市卡管机构处理。",
    ..LIST
};

const COLUMNS: &[Column] = &[
    column("form", "申领表编码", Kind::Code),
    column("name", "姓名", Kind::Text),
    column("bank", "服务银行", Kind::Choice),
    column("what", "环节", Kind::Choice),
    column("code", "代码", Kind::Code),
    column("reason", "失败原因", Kind::Text),
    column("remedy", "处理办法", Kind::Text),
];

/// A row that a bank or a vendor could not do.
pub struct FailureView {
    pub holder: i64,
    pub application: i64,
    /// 申领表编码.
    pub form_no: String,
    /// Masked.
    pub name: String,
    pub number: String,
    pub bank: String,
    /// 开户失败 or 制卡失败.
    pub what: &'static str,
    /// The partner's code.
    pub code: String,
    pub reason: String,
    /// What to do: what the bank's table says of a failed opening, or whom to ask.
    pub remedy: String,
    /// Whether the viewer may send it again.
    pub settle: bool,
    /// What it waits for when it is sent again.
    pub then: &'static str,
    /// Whether the viewer may correct the details.
    pub correct: bool,
    /// Whether the viewer may decline it.
    pub decline: bool,
}

/// 失败数据处理: the list.
#[derive(Template)]
#[template(path = "application/failures/failures.html")]
pub struct FailuresPage {
    pub frame: Frame,
    /// `None` when they may not be seen: the notice says why. The province has none: cities settle what failed.
    pub list: Option<ListView>,
    pub guides: Vec<GuideView>,
}
crate::frame::page!(FailuresPage);

/// 失败数据处理对照表 of a bank, and what cities say beside it.
pub struct GuideView {
    /// 银行代码.
    pub bank: String,
    pub name: &'static str,
    /// The bank's own rows.
    pub own: Vec<GuideRow>,
    /// Who set them and when, as a sentence.
    pub set: String,
    /// What the form below changes: the bank's own for the province, the own city's words for a city; a line a row.
    pub rows: String,
    /// The city whose words they are; `None` where it is the bank's own.
    pub city: Option<&'static str>,
    /// What each city says beside it, as far as it is the viewer's to see: 地市, its rows, who set them and when.
    pub beside: Vec<(&'static str, Vec<GuideRow>, String)>,
}

/// One of them.
#[derive(Template)]
#[template(path = "application/failures/failure.html")]
pub struct FailurePage {
    pub frame: Frame,
    /// What failed; `None` once it is settled, and when the file cannot be shown.
    pub failure: Option<FailureView>,
    /// What can be corrected, with what was refused filled in.
    pub fields: Vec<FieldView>,
    /// 书面凭证: reason, article and remedy, as they were written.
    pub ground: Ground,
    /// Whether they are complete and are now to be looked over before it is declined.
    pub check: bool,
    /// The voucher of what was declined.
    pub voucher: Option<String>,
    /// Address and name of what usually follows.
    pub next: Vec<(String, &'static str)>,
}
crate::frame::page!(FailurePage);

/// The columns that a failure is usually about.
const FIELDS: [Field; 9] = [
    Field::Name,
    Field::DocumentValidUntil,
    Field::Sex,
    Field::Ethnicity,
    Field::Mobile,
    Field::Phone,
    Field::PostalAddress,
    Field::Occupation,
    Field::Email,
];

/// What is asked about one failed row.
#[derive(Deserialize)]
pub struct AskedOf {
    holder: i64,
    application: i64,
}

/// 不予受理, as the clerk states it.
#[derive(Deserialize)]
pub struct Declining {
    holder: i64,
    application: i64,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    article: String,
    #[serde(default)]
    remedy: String,
    /// Whether it was looked over.
    #[serde(default)]
    sure: String,
    /// Whether it is to be written again.
    #[serde(default)]
    back: String,
}

/// A bank's table as it is typed: a line a row, `代码,失败原因,处理办法`.
#[derive(Deserialize)]
pub struct Table {
    bank: String,
    rows: String,
}

fn settle_of(a: &Application) -> Option<HolderCommand> {
    let application = a.id;
    if matches!(a.stage, Stage::OpeningFailed { .. }) {
        let settle = account_opening::SettleFailure { application };
        return Some(HolderCommand::SettleOpeningFailure(settle));
    }
    matches!(a.stage, Stage::ProductionFailed { .. })
        .then(|| HolderCommand::SettleProductionFailure(production::SettleFailure { application }))
}

/// What an application waits for once its failure is settled: a batch, or the counter that makes its card (即制卡标注).
fn then_of(a: &Application) -> &'static str {
    let (settled, at_counter) = (a.fee.is_settled(), a.instant_at.is_some());
    position_without_card(StageKind::Accepted, settled, at_counter, None).map_or("", Position::name)
}

const FAILED: [StageKind; 2] = [StageKind::OpeningFailed, StageKind::ProductionFailed];

/// 环节 in which an application failed; nothing for any other.
fn failed_at(stage: StageKind) -> &'static str {
    match stage {
        StageKind::OpeningFailed => "开户失败",
        StageKind::ProductionFailed => "制卡失败",
        StageKind::Received
        | StageKind::Accepted
        | StageKind::InBatch
        | StageKind::AccountOpened
        | StageKind::Personalising
        | StageKind::Made
        | StageKind::Withdrawn
        | StageKind::Declined => "",
    }
}

fn failure_of(a: &Application) -> Option<(&'static str, &RowFailure)> {
    if let Stage::OpeningFailed { failure, .. } = &a.stage {
        return Some((failed_at(a.stage.kind()), failure));
    }
    if let Stage::ProductionFailed { failure, .. } = &a.stage {
        return Some((failed_at(a.stage.kind()), failure));
    }
    None
}

fn ground_of(asked: &Declining) -> Ground {
    let text = |t: &str| t.trim().to_owned();
    Ground { reason: text(&asked.reason), article: text(&asked.article), remedy: text(&asked.remedy) }
}

/// What failed of a file, as far as it was chosen.
fn view(may: &May, seen: &Seen<Looked>, chosen: &FailuresChosen) -> Vec<FailureView> {
    let details = seen.file.person.as_ref().map(|p| &p.details);
    let same = seen.correction([], false, Vec::new());
    // That nothing is changed yet, and what is missing, is what the form asks for.
    let corrects = may
        .refused(seen, &same)
        .is_none_or(|r| matches!(r.reason, Reason::NothingToDo | Reason::MaterialDefective));
    let row = |a: &Application| {
        let (what, failure) = failure_of(a)?;
        let code = if let RowFailure::Said(words) = failure { words.code.clone() } else { String::new() };
        let guide = may.institutions().failure_guide(&a.bank);
        let words = may.institutions().guide_of(&a.bank, Some(&a.city));
        let city = words.map(|g| g.rows.as_slice()).unwrap_or_default();
        let vendor = a.stage.batch().and_then(|b| seen.batches.get(&b)?.vendor());
        let vendor = vendor.map(|vendor| vendor_name(vendor.as_str()));
        let opening = matches!(a.stage, Stage::OpeningFailed { .. });
        let failed_at = match opening {
            true => FailedAt::Opening { bank: a.bank.name(), guide, city },
            false => FailedAt::Production { vendor: vendor.as_deref() },
        };
        let said = || "待填写".to_owned();
        let ground = Ground { reason: said(), article: "第八条".into(), remedy: said() };
        let decline = HolderCommand::Decline(Decline { application: a.id, ground });
        Some(FailureView {
            holder: seen.file.id.0,
            application: a.id.0,
            form_no: a.form_no.clone(),
            name: details.map(|d| d.name.masked()).unwrap_or_default(),
            number: details.map(|d| d.ssn.masked()).unwrap_or_default(),
            bank: a.bank.name().to_owned(),
            what,
            // No card is made for the dead: what the bank or the vendor asks for comes to nothing.
            remedy: not_dead(&seen.file)
                .map_or_else(|dead| Failure::from(dead).to_string(), |()| failure.remedy(failed_at)),
            code,
            reason: failure.reason(),
            settle: settle_of(a).is_some_and(|c| may.about(seen, &c)),
            then: then_of(a),
            correct: corrects,
            decline: may.about(seen, &decline),
        })
    };
    seen.file.applications.iter().filter(|a| chosen.holds(a)).filter_map(row).collect()
}

fn line(console: &Console, me: &SignedIn, f: FailureView) -> Row {
    let key = console.service.key_of(&me.session, HolderId(f.holder));
    let to = format!("/failures/{key}");
    let mut acts = Vec::new();
    if f.settle || f.correct || f.decline {
        acts.push(Act::Open { to, name: "处理" });
    }
    let cells = [f.form_no, f.name, f.bank, f.what.to_owned(), f.code, f.reason, f.remedy];
    Row { key: format!("{}.{}", f.holder, f.application), cells: Vec::from(cells.map(Cell::from)), acts }
}

/// The list; `typed` is the bank and the table of it that was refused.
async fn show(
    console: &Console,
    me: &SignedIn,
    mut frame: Frame,
    asked: &Asked,
    typed: Option<(BankCode, String)>,
) -> FailuresPage {
    let may = May::of(console, me);
    let list = if me.org.kind.is_outlet() { &OF_OUTLET } else { &LIST };
    let mut choose = list.choose(asked);
    let bank = choose.by("bank", banks_of(may.institutions(), &me.org));
    let stage = choose.by("what", same(&FAILED, StageKind::code, failed_at));
    let chosen = FailuresChosen::of(&me.org, bank, stage);
    let compares = may::at_all(console, me, Verb::SetFailureGuide).is_ok();
    let list = match may::at_all(console, me, Verb::SettleProductionFailure) {
        Err(_) if compares => None,
        Ok(()) | Err(_) => {
            let part = console.service.failures_for(me.ctx(console), WHY, &chosen, list.part(asked)).await;
            frame.part(part).map(|part| {
                let rows = part.rows.iter().flat_map(|seen| view(&may, seen, &chosen));
                choose.view(rows.map(|f| line(console, me, f)).collect(), part.more)
            })
        }
    };
    let guides = if compares { guides(console, me, typed.as_ref()) } else { Vec::new() };
    FailuresPage { frame, list, guides }
}

/// The tables of the banks of the viewer's city, or of all for the province; `typed` is as of [`show`].
fn guides(console: &Console, me: &SignedIn, typed: Option<&(BankCode, String)>) -> Vec<GuideView> {
    clause!(X7.5);
    let institutions = console.service.institutions();
    let own_city = me.org.city();
    let banks = own_city.as_ref().map(|c| institutions.banks_of(c).to_vec());
    let set = |guide: Option<&FailureGuide>| set_said(&institutions, guide);
    let rows_of = |guide: Option<&FailureGuide>| guide.map(|g| g.rows.clone()).unwrap_or_default();
    let line = |r: &GuideRow| format!("{},{},{}", r.code, r.reason, r.remedy);
    let of = |bank: BankCode| {
        let own = institutions.guide_of(&bank, None);
        let here = match &own_city {
            Some(city) => institutions.guide_of(&bank, Some(city)),
            None => own,
        };
        let stored = || rows_of(here).iter().map(line).collect::<Vec<_>>().join("\n");
        let typed = typed.filter(|(of, _)| *of == bank);
        let beside: Vec<_> = institutions
            .guides_beside(&bank)
            .filter(|(city, _)| own_city.as_ref().is_none_or(|own| own == *city))
            .map(|(city, words)| (city.name(), words.rows.clone(), set(Some(words))))
            .collect();
        GuideView {
            name: bank.name(),
            own: rows_of(own),
            set: set(own),
            rows: typed.map_or_else(stored, |(_, rows)| rows.clone()),
            city: own_city.as_ref().map(CityCode::name),
            beside,
            bank: bank.as_str().to_owned(),
        }
    };
    banks.unwrap_or_else(|| institutions.all_banks()).into_iter().map(of).collect()
}

/// Who set a table and when, as a sentence.
fn set_said(institutions: &Institutions, guide: Option<&FailureGuide>) -> String {
    let Some(guide) = guide else { return "尚未报送。".to_owned() };
    let (Some(by), Some(at)) = (&guide.by, guide.at) else {
        return "此前录入，由谁录入见操作日志。".to_owned();
    };
    let who = match by {
        Actor::Officer(id) => {
            let officer = institutions.officer(*id);
            let org = officer.and_then(|o| institutions.org(o.org)).map_or("", |o| o.name.as_str());
            format!("{org} {}", officer.map_or("", |o| o.name.as_str()))
        }
        Actor::Bank(bank) => format!("{}联机报送", bank.name()),
        Actor::Vendor(_) | Actor::Partner(_) | Actor::Kiosk(_) | Actor::System => "系统".to_owned(),
    };
    format!("{}更新：{who}。", at.local())
}

/// The list.
pub async fn page(State(console): State<Console>, me: SignedIn, asked: Asked) -> Response {
    let page = show(&console, &me, Frame::of(&me, TITLE), &asked, None).await;
    match page.list.as_ref().and_then(ListView::taken) {
        Some(file) => file,
        None => page.into_response(),
    }
}

/// What can be corrected, and what stands in each field.
fn fields(console: &Console, me: &SignedIn, typed: &Sent) -> Vec<FieldView> {
    let field = |f: &Field| FieldView {
        name: f.code(),
        title: f.title(),
        required: false,
        focus: false,
        value: typed.text(f.code()).to_owned(),
        choices: choices::choices(me, console, *f),
    };
    FIELDS.iter().map(field).collect()
}

/// Somebody's page, by a look of its own; what was refused before stands when the file may not be seen.
async fn shown(console: &Console, me: &SignedIn, frame: Frame, id: HolderId, typed: &Sent) -> FailurePage {
    let list = frame.back("/failures");
    let mut page = FailurePage {
        frame,
        failure: None,
        fields: fields(console, me, typed),
        ground: Ground { reason: String::new(), article: String::new(), remedy: String::new() },
        check: false,
        voucher: None,
        next: vec![(list, TITLE)],
    };
    match console.service.look(me.ctx(console), id, WHY).await {
        Ok(seen) => {
            // Of somebody whom another office has to do with there is nothing to be seen here.
            let chosen = FailuresChosen::of(&me.org, None, None);
            page.failure = view(&May::of(console, me), &seen, &chosen).pop();
            let city = me.org.city();
            let of_city = |a: &Application| city.as_ref().is_none_or(|city| *city == a.city);
            if seen.file.applications.iter().any(of_city) {
                let key = console.service.key_of(&me.session, seen.file.id);
                page.next.push((format!("/people/{key}"), "持卡人档案"));
            }
        }
        Err(e) => page.frame.say(&e),
    }
    page
}

/// One of the list, at an address that only the session that was given it can open.
pub async fn one(State(console): State<Console>, me: SignedIn, Path(key): Path<String>) -> Response {
    let Some(id) = console.service.person_of(&me.session, &key) else { return wrong::not_given() };
    let mut page = shown(&console, &me, Frame::of(&me, TITLE), id, &Sent::default()).await;
    if page.failure.is_none() && page.frame.notice.is_none() {
        page.frame = page.frame.done("该申请没有待处理的失败数据，可能已由其他经办人处理");
    }
    page.into_response()
}

/// 重新提交: it waits for a batch again, or for the counter that makes its card.
pub async fn settle(State(console): State<Console>, me: SignedIn, Form(asked): Form<AskedOf>) -> FailurePage {
    clause!(X7.1);
    let id = HolderId(asked.holder);
    let seen = match console.service.look(me.ctx(&console), id, WHY).await {
        Ok(seen) => seen,
        Err(e) => return shown(&console, &me, Frame::of(&me, TITLE).wrong(e), id, &Sent::default()).await,
    };
    let application = seen.file.application(ApplicationId(asked.application));
    // What is no failure any more is refused by the rule.
    let otherwise = account_opening::SettleFailure { application: ApplicationId(asked.application) };
    let command = application.and_then(settle_of).unwrap_or(HolderCommand::SettleOpeningFailure(otherwise));
    let done = format!("已处理，重新进入{}", application.map_or("", then_of));
    let outcome = console.service.execute(me.command(&console), Command::of(id, command)).await;
    let frame = Frame::of(&me, TITLE).after(outcome, &done);
    let mut page = shown(&console, &me, frame, id, &Sent::default()).await;
    if may::at_all(&console, &me, Verb::Personalise).is_ok() {
        page.next.insert(1, ("/instant".to_owned(), "即时制卡"));
    }
    if may::at_all(&console, &me, Verb::ScreenBatch).is_ok() {
        page.next.insert(1, ("/batches".to_owned(), "批次筛选"));
    }
    page
}

/// 更正资料 before it is sent again: what is written replaces what is on file, what is left empty stays.
pub async fn correct(State(console): State<Console>, me: SignedIn, mut sent: Sent) -> FailurePage {
    let id = HolderId(sent.text("holder").trim().parse().unwrap_or(-1));
    let frame = Frame::of(&me, TITLE);
    let seen = match console.service.look(me.ctx(&console), id, WHY).await {
        Ok(seen) => seen,
        Err(e) => return shown(&console, &me, frame.wrong(e), id, &sent).await,
    };
    let written: Vec<Field> = FIELDS.into_iter().filter(|f| sent.has(f.code())).collect();
    if written.is_empty() {
        let frame = frame.wrong("没有填写要更正的项目，资料没有更正。请填写后提交");
        return shown(&console, &me, frame, id, &sent).await;
    }
    // What has a code table may be written by its name.
    let code = |field: Field| choices::code_of(&me, &console, field, sent.text(field.code()).trim());
    let written: Vec<(Field, String)> = written.into_iter().map(|field| (field, code(field))).collect();
    let image = sent.take_file("document_image").map(|bytes| (MaterialId(console.service.fresh()), bytes));
    let command = seen.correction(written, false, image.iter().map(enclosed).collect());
    let images: Vec<_> = image.into_iter().collect();
    let command = Command::of(id, command);
    let outcome = console.service.execute_with_images(me.command(&console), command, &images).await;
    let typed = if outcome.is_ok() { Sent::default() } else { sent };
    let frame = frame.after_business(outcome, "资料已更正；处理完毕后点“重新提交”");
    shown(&console, &me, frame, id, &typed).await
}

/// 不予受理, with the voucher's three parts, which are looked over first: it is not taken back.
pub async fn decline(
    State(console): State<Console>,
    me: SignedIn,
    Form(asked): Form<Declining>,
) -> FailurePage {
    clause!(R8.5);
    let (id, frame, ground) = (HolderId(asked.holder), Frame::of(&me, TITLE), ground_of(&asked));
    // What is wrong with the text is said by the rule, before it is looked over.
    let whole = ground.wrong().is_empty();
    if whole && asked.sure.is_empty() || !asked.back.is_empty() {
        let mut page = shown(&console, &me, frame, id, &Sent::default()).await;
        page.check = asked.back.is_empty() && page.failure.as_ref().is_some_and(|f| f.decline);
        page.ground = ground;
        if page.failure.as_ref().is_some_and(|f| f.decline) {
            return page;
        }
    }
    let decline = Decline { application: ApplicationId(asked.application), ground: ground_of(&asked) };
    let command = Command::of(id, HolderCommand::Decline(decline));
    let outcome = console.service.execute(me.command(&console), command).await;
    let declined = outcome.is_ok();
    let frame = Frame::of(&me, TITLE).after(outcome, "已作不予受理，请打印书面凭证交申请人");
    let mut page = shown(&console, &me, frame, id, &Sent::default()).await;
    page.ground = ground_of(&asked);
    if declined && let Ok(seen) = console.service.look(me.ctx(&console), id, WHY).await {
        let form_no = seen.file.application(ApplicationId(asked.application)).map(|a| a.form_no.clone());
        page.voucher = form_no.map(|form_no| voucher_at(&console, &me, id, &form_no));
    }
    page
}

/// 对照表: the whole table of a bank, as the province writes it, or what a city says beside it.
pub async fn guide(State(console): State<Console>, me: SignedIn, Form(table): Form<Table>) -> FailuresPage {
    let row = |line: &str| {
        let mut parts = line.splitn(3, [',', '，']).map(|p| p.trim().to_owned());
        let mut next = || parts.next().unwrap_or_default();
        GuideRow { code: next(), reason: next(), remedy: next() }
    };
    let rows = table.rows.lines().filter(|l| !l.trim().is_empty()).map(row).collect();
    let bank = BankCode(table.bank);
    let city = me.org.city();
    let done = match city {
        Some(_) => "本市办法已更新，显示在本市失败数据的处理办法旁",
        None => "对照表已更新，全省共用",
    };
    let command = SetFailureGuide { bank: bank.clone(), rows, city };
    let command = Command::Institution(InstitutionCommand::SetFailureGuide(command));
    let outcome = console.service.execute(me.command(&console), command).await;
    let typed = outcome.is_err().then_some((bank, table.rows));
    let frame = Frame::of(&me, TITLE).after(outcome, done);
    show(&console, &me, frame, &me.asked, typed).await
}
