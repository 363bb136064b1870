//! 失败数据处理 (Appendix 7): what banks and vendors could not do, what the bank's table says of it, and its settling.

use crate::Console;
use crate::application::apply::choices;
use crate::frame::Said;
use crate::list::Asked;
use crate::may::May;
use crate::menu::{Page, Screen};
use crate::pages::{FailureView, FailuresPage, Frame};
use crate::session::SignedIn;
use axum::Form;
use axum::extract::State;
use kaguan_domain::account_opening;
use kaguan_domain::application::Decline;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::application::{Application, Ground, Stage};
use kaguan_domain::facts::failure::{GuideRow, RowFailure};
use kaguan_domain::facts::form::Field;
use kaguan_domain::holder::CorrectDetails;
use kaguan_domain::ids::{ApplicationId, BankCode, HolderId};
use kaguan_domain::institution::{InstitutionCommand, SetFailureGuide};
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::production;
use kaguan_service::{Command, Looked, Seen};
use serde::Deserialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/failures",
    screens: &[Screen {
        group: "社保卡申请",
        name: "失败数据处理",
        article: "附件7",
        verb: Verb::SettleProductionFailure,
    }],
    doors: |d| {
        d.get("/failures", page)
            .post("/failures/settle", settle)
            .post("/failures/correct", correct)
            .post("/failures/decline", decline)
            .post("/failures/guide", guide)
    },
    samples: &["/failures"],
};

const TITLE: &str = "失败数据处理";
/// Why the files of the list are shown.
const WHY: &str = "失败数据处理（脱敏显示）";

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
    #[serde(default)]
    field: String,
    #[serde(default)]
    value: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    article: String,
    #[serde(default)]
    remedy: String,
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

fn failure_of(a: &Application) -> Option<(&'static str, &RowFailure)> {
    if let Stage::OpeningFailed { failure, .. } = &a.stage {
        return Some(("开户失败", failure));
    }
    if let Stage::ProductionFailed { failure, .. } = &a.stage {
        return Some(("制卡失败", failure));
    }
    None
}

fn view(may: &May, seen: &Seen<Looked>) -> Vec<FailureView> {
    let details = seen.file.person.as_ref().map(|p| &p.details);
    let row = |a: &Application| {
        let (what, failure) = failure_of(a)?;
        let code = if let RowFailure::Said(words) = failure { words.code.clone() } else { String::new() };
        let guide = may.institutions().failure_guide(&a.bank);
        Some(FailureView {
            holder: seen.file.id.0,
            application: a.id.0,
            form_no: a.form_no.clone(),
            name: details.map(|d| d.name.masked()).unwrap_or_default(),
            bank: a.bank.name().to_owned(),
            what,
            remedy: guide.iter().find(|g| g.code == code).map(|g| g.remedy.clone()).unwrap_or_default(),
            code,
            reason: failure.reason(),
            settle: settle_of(a).is_some_and(|c| may.about(seen, &c)),
        })
    };
    seen.file.applications.iter().filter_map(row).collect()
}

async fn show(console: &Console, me: &SignedIn, mut frame: Frame, after: &str) -> FailuresPage {
    let may = May::of(console, me);
    let ctx = me.ctx(console);
    let part = frame.part(console.service.failures_for(ctx, WHY, after).await);
    let more = part.as_ref().and_then(|p| p.more.clone());
    let rows = part.map(|p| p.rows.iter().flat_map(|s| view(&may, s)).collect());
    let institutions = console.service.institutions();
    let may_set = |bank: &BankCode| {
        let place = Place::Served(bank.clone());
        console.service.may(&me.actor(), Verb::SetFailureGuide, &place).is_ok()
    };
    let banks = me.org.city().map(|c| institutions.banks_of(&c).to_vec());
    let banks = banks.unwrap_or_else(|| institutions.all_banks());
    let guides = banks
        .into_iter()
        .filter(may_set)
        .map(|bank| {
            let line = |r: &GuideRow| format!("{},{},{}", r.code, r.reason, r.remedy);
            let rows: Vec<String> = institutions.failure_guide(&bank).iter().map(line).collect();
            (bank.as_str().to_owned(), bank.name().to_owned(), rows.join("\n"))
        })
        .collect();
    let fields = FIELDS.iter().map(|f| (f.code(), f.title())).collect();
    FailuresPage { frame, rows, more, fields, guides }
}

/// The list.
pub async fn page(State(console): State<Console>, me: SignedIn, asked: Asked) -> FailuresPage {
    show(&console, &me, Frame::of(&me, TITLE), asked.get("from")).await
}

async fn give(
    console: Console,
    me: SignedIn,
    holder: i64,
    command: HolderCommand,
    done: &str,
) -> FailuresPage {
    let ctx = me.command(&console);
    let outcome = console.service.execute(ctx, Command::of(HolderId(holder), command)).await;
    show(&console, &me, Frame::of(&me, TITLE).after(outcome, done), "").await
}

/// 处理完毕: it waits for a batch again.
pub async fn settle(
    State(console): State<Console>,
    me: SignedIn,
    Form(asked): Form<AskedOf>,
) -> FailuresPage {
    let ctx = me.ctx(&console);
    let seen = match console.service.look(ctx, HolderId(asked.holder), WHY).await {
        Ok(seen) => seen,
        Err(e) => return show(&console, &me, Frame::of(&me, TITLE).wrong(e), "").await,
    };
    let application = seen.file.application(ApplicationId(asked.application));
    // What is no failure any more is refused by the rule.
    let otherwise = account_opening::SettleFailure { application: ApplicationId(asked.application) };
    let command = application.and_then(settle_of).unwrap_or(HolderCommand::SettleOpeningFailure(otherwise));
    give(console, me, asked.holder, command, "已处理，重新进入待批次筛选").await
}

/// 更正资料 before it is sent again.
pub async fn correct(
    State(console): State<Console>,
    me: SignedIn,
    Form(asked): Form<AskedOf>,
) -> FailuresPage {
    let ctx = me.ctx(&console);
    let seen = match console.service.look(ctx, HolderId(asked.holder), WHY).await {
        Ok(seen) => seen,
        Err(e) => return show(&console, &me, Frame::of(&me, TITLE).wrong(e), "").await,
    };
    let field = FIELDS.into_iter().find(|f| f.code() == asked.field);
    let (Some(field), Some(person)) = (field, &seen.file.person) else {
        return show(
            &console,
            &me,
            Frame::of(&me, TITLE).wrong(Said::from("请选择要更正的项目。").about("field")),
            "",
        )
        .await;
    };
    let mut draft = person.details.draft();
    // What has a code table is written by its name.
    draft.set(field, &choices::code_of(&me, &console, field, asked.value.trim()));
    let command = HolderCommand::CorrectDetails(CorrectDetails { draft: Box::new(draft) });
    give(console, me, asked.holder, command, "资料已更正；处理完毕后点“重新提交”").await
}

/// 不予受理, with the voucher's three parts.
pub async fn decline(
    State(console): State<Console>,
    me: SignedIn,
    Form(asked): Form<AskedOf>,
) -> FailuresPage {
    let ground = Ground { reason: asked.reason, article: asked.article, remedy: asked.remedy };
    let decline = Decline { application: ApplicationId(asked.application), ground };
    give(console, me, asked.holder, HolderCommand::Decline(decline), "已作不予受理，请出具书面凭证").await
}

/// 对照表: the whole table of a bank.
pub async fn guide(State(console): State<Console>, me: SignedIn, Form(table): Form<Table>) -> FailuresPage {
    let row = |line: &str| {
        let mut parts = line.splitn(3, [',', '，']).map(|p| p.trim().to_owned());
        let mut next = || parts.next().unwrap_or_default();
        GuideRow { code: next(), reason: next(), remedy: next() }
    };
    let rows = table.rows.lines().filter(|l| !l.trim().is_empty()).map(row).collect();
    let command = SetFailureGuide { bank: BankCode(table.bank), rows };
    let command = Command::Institution(InstitutionCommand::SetFailureGuide(command));
    let ctx = me.command(&console);
    let outcome = console.service.execute(ctx, command).await;
    show(&console, &me, Frame::of(&me, TITLE).after(outcome, "对照表已更新"), "").await
}
