//! 打印: the papers of the regulation, each as a page of the browser and as PDF from one model (`kaguan-print`), and the public page that
//! tells whether a receipt is genuine. Each printing is a look that the journal keeps.

mod form;
mod items;
mod lists;
mod printing;
mod receipt;
mod unit;
mod verify;

pub use lists::{SlipSays, slip};
pub use printing::{FONTS, PaperPage, PdfAt, Printer, Printing};
pub use verify::Rate;

use crate::Console;
use crate::apply::refused_print;
use crate::menu::Page;
use crate::pages::Frame;
use crate::session::SignedIn;
use crate::upload::Sent;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use items::Items;
use kaguan_domain::application::printed::{Signed, declined_voucher, form_items, receipt_items};
use kaguan_domain::clause;
use kaguan_domain::facts::blank_order::BlankOrder;
use kaguan_domain::ids::{BatchId, HolderId, UnitId};
use kaguan_domain::instant::order_items;
use kaguan_domain::records::{PrintReceipt, PrintVoucher, SIGNATURE_TITLES};
use kaguan_print::{Paper, Sheet};
use kaguan_service::{Failure, Looked, Seen};
use serde::Deserialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/verify",
    screens: &[],
    doors: |d| {
        d.get("/receipts/{holder}/{form_no}/pdf", receipt_pdf)
            .get("/receipts/business/{line}/pdf", business_pdf)
            .get("/vouchers/{holder}/{form_no}/pdf", voucher_pdf)
            .get("/units/{id}/pdf", unit_pdf)
            .post("/one-card/pdf", slip_pdf)
            .post("/registers/pdf", register_pdf)
            .get("/verify/{code}", verify::page)
    },
    samples: &[],
};

/// As a page, or as PDF.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Page,
    Pdf,
}

/// What a page says around its paper.
struct About {
    title: &'static str,
    /// Where the page is; its PDF is one step below.
    at: String,
    hint: &'static str,
    back: (&'static str, &'static str),
    /// The name of the file, which tells nobody.
    file: &'static str,
}

async fn shown(me: &SignedIn, printer: Printer, paper: Paper, about: About, way: Way) -> Response {
    if way == Way::Pdf {
        return printer.pdf(me, paper, about.file).await;
    }
    let pdf = Some(PdfAt { action: format!("{}/pdf", about.at), fields: Vec::new() });
    PaperPage {
        frame: Frame::of(me, about.title),
        paper: paper.html(None),
        pdf,
        hint: about.hint,
        back: about.back,
        missing: printer.missing(),
    }
    .into_response()
}

fn one(title: &str, sheet: Sheet) -> Paper {
    Paper { title: title.into(), sheets: vec![sheet] }
}

/// The receipt of an application and its form: one page each.
async fn application(
    console: &Console,
    printer: &Printer,
    seen: &Seen<Looked>,
    print: &PrintReceipt,
) -> Result<Option<Paper>, Failure> {
    let person = seen.file.person.as_ref().map(|p| &p.details);
    let (Some(details), Some(application)) = (person, print.application(&seen.file)) else { return Ok(None) };
    let institutions = console.service.institutions();
    let Some(signed) = Signed::of(application.outlet, application.taken_by, &institutions) else {
        return Ok(None);
    };
    let line = console.service.line_of_application(seen, application.id).await?;
    let photo = console.service.photo_on_form(seen, application).await?;
    let who = [details.ssn.as_str(), details.name.display(), details.reached_at()];
    let items = Items(receipt_items(application, &signed, who));
    let e_receipt = Items(application.fee.e_receipt(details.name.display()));
    let proof = line.map(|line| printer.proof(console, line));
    let form = form::sheet(&Items(form_items(application, &seen.file, details)), photo);
    let sheets = vec![receipt::sheet(&items, &e_receipt, proof), form];
    Ok(Some(Paper { title: receipt::TITLE.into(), sheets }))
}

/// 业务受理回执 of an application, with 个人业务申请表 for the signature: the person's own copy, so that nothing is masked.
pub async fn receipt(
    console: &Console,
    me: &SignedIn,
    printer: Printer,
    (holder, form_no): (i64, String),
    way: Way,
) -> Response {
    let ctx = me.ctx(console);
    let at = format!("/receipts/{holder}/{form_no}");
    let print = PrintReceipt { form_no };
    let seen = match console.service.receipt(ctx, HolderId(holder), print.clone()).await {
        Ok(seen) => seen,
        Err(failure) => return refused_print(&failure),
    };
    let paper = match application(console, &printer, &seen, &print).await {
        Ok(Some(paper)) => paper,
        Ok(None) => return StatusCode::NOT_FOUND.into_response(),
        Err(failure) => return refused_print(&failure),
    };
    let about = About {
        title: receipt::TITLE,
        at,
        hint: "请打印：第一页回执交申请人，第二页申请表由申请人签名后归档。",
        back: ("/apply", "办理下一笔"),
        file: "receipt",
    };
    shown(me, printer, paper, about, way).await
}

async fn receipt_pdf(
    State(console): State<Console>,
    me: SignedIn,
    printer: Printer,
    Path(which): Path<(i64, String)>,
) -> Response {
    receipt(&console, &me, printer, which, Way::Pdf).await
}

/// 业务受理回执 of a line of the journal.
pub async fn business(
    console: &Console,
    me: &SignedIn,
    printer: Printer,
    line: i64,
    way: Way,
) -> Result<Response, Failure> {
    let ctx = me.ctx(console);
    let seen = console.service.business_receipt(ctx, line).await?;
    let proof = printer.proof(console, seen.line);
    let sheet = receipt::sheet(&Items(seen.receipt.items()), &Items(seen.e_receipt.clone()), Some(proof));
    let about = About {
        title: receipt::TITLE,
        at: crate::receipts::address(line),
        hint: "请打印，加盖业务章后交持卡人（或代办人）。",
        back: ("/people", "办理下一笔"),
        file: "receipt",
    };
    Ok(shown(me, printer, one(receipt::TITLE, sheet), about, way).await)
}

async fn business_pdf(
    State(console): State<Console>,
    me: SignedIn,
    printer: Printer,
    Path(line): Path<i64>,
) -> Response {
    let done = business(&console, &me, printer, line, Way::Pdf).await;
    done.unwrap_or_else(|failure| refused_print(&failure))
}

/// 不予受理凭证 of a declined application.
pub async fn voucher(
    console: &Console,
    me: &SignedIn,
    printer: Printer,
    (holder, form_no): (i64, String),
    way: Way,
) -> Response {
    clause!(R8.9);
    let ctx = me.ctx(console);
    let at = format!("/vouchers/{holder}/{form_no}");
    let print = PrintVoucher { form_no };
    let seen = match console.service.voucher(ctx, HolderId(holder), print.clone()).await {
        Ok(seen) => seen,
        Err(failure) => return refused_print(&failure),
    };
    let institutions = console.service.institutions();
    let name = seen.file.person.as_ref().map_or("", |p| p.details.name.display());
    let declined = print.application(&seen.file);
    let Some(voucher) = declined.and_then(|a| declined_voucher(a, name, &institutions)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let about = About {
        title: "不予受理凭证",
        at,
        hint: "请打印并加盖业务章后交申请人。",
        back: ("/people", "返回持卡人档案"),
        file: "voucher",
    };
    shown(me, printer, one(receipt::VOUCHER, receipt::voucher(&voucher)), about, way).await
}

async fn voucher_pdf(
    State(console): State<Console>,
    me: SignedIn,
    printer: Printer,
    Path(which): Path<(i64, String)>,
) -> Response {
    voucher(&console, &me, printer, which, Way::Pdf).await
}

/// 批量业务申请表 in two copies, and 单位授权委托书.
pub async fn unit_forms(console: &Console, me: &SignedIn, printer: Printer, id: i64, way: Way) -> Response {
    let seen = match console.service.unit_to_print(&me.actor(), UnitId(id)).await {
        Ok(seen) => seen,
        Err(failure) => return refused_print(&failure),
    };
    let Some(a) = &seen.application else { return StatusCode::NOT_FOUND.into_response() };
    let institutions = console.service.institutions();
    let outlet = institutions.org(a.outlet).map_or("", |o| o.name.as_str());
    let paper = unit::paper(&Items(a.form_items().to_vec()), &Items(a.mandate_items(outlet)));
    let about = About {
        title: unit::TITLE,
        at: format!("/units/{id}"),
        hint: "请打印：申请表一式两联，双方各保留一份；授权委托书由单位盖章。",
        back: ("/units", "返回受理登记"),
        file: "unit-application",
    };
    shown(me, printer, paper, about, way).await
}

async fn unit_pdf(
    State(console): State<Console>,
    me: SignedIn,
    printer: Printer,
    Path(id): Path<i64>,
) -> Response {
    unit_forms(&console, &me, printer, id, Way::Pdf).await
}

async fn slip_pdf(State(console): State<Console>, me: SignedIn, printer: Printer, sent: Sent) -> Response {
    match crate::counter::slip_of(&console, &me, &sent).await {
        Ok(paper) => printer.pdf(&me, paper, "one-card").await,
        Err(failure) => refused_print(&failure),
    }
}

/// Of which batch.
#[derive(Deserialize)]
struct Chosen {
    batch: i64,
}

async fn register_pdf(
    State(console): State<Console>,
    me: SignedIn,
    printer: Printer,
    Form(chosen): Form<Chosen>,
) -> Response {
    let ctx = me.ctx(&console);
    let seen = match console.service.register_for(ctx, BatchId(chosen.batch)).await {
        Ok(seen) => seen,
        Err(failure) => return refused_print(&failure),
    };
    let cards: Vec<Vec<String>> = seen.cards.iter().map(|c| c.cells[1..].to_vec()).collect();
    let on = console.service.now().date().to_string();
    let paper = lists::register(&seen.number, [&me.org.name, &on], &SIGNATURE_TITLES[1..], &cards);
    printer.pdf(&me, paper, &format!("register-{}", seen.number)).await
}

/// 预制卡申请表 of an order (Appendix 5).
pub fn order_form(order: &BlankOrder) -> Paper {
    unit::order(&Items(order_items(order)))
}
