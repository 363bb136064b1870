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
use crate::application::apply::refused_print;
use crate::menu::Page;
use crate::pages::Frame;
use crate::session::{Reauthenticated, SignedIn};
use crate::upload::Sent;
use crate::wrong;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use items::Items;
use kaguan_domain::application::printed::{Signed, Voucher, declined_voucher, form_items, receipt_items};
use kaguan_domain::clause;
use kaguan_domain::facts::blank_order::BlankOrder;
use kaguan_domain::ids::{BatchId, HolderId, UnitId};
use kaguan_domain::instant::order_items;
use kaguan_domain::records::{PrintReceipt, PrintVoucher, SIGNATURE_TITLES, printed_photo};
use kaguan_print::{Paper, Sheet};
use kaguan_service::{Failure, Looked, Register, Seen};
use serde::Deserialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/verify",
    screens: &[],
    doors: |d| {
        d.get("/receipts/{key}/pdf", receipt_pdf)
            .get("/receipts/business/{line}/pdf", business_pdf)
            .get("/vouchers/{key}/pdf", voucher_pdf)
            .post("/vouchers/refused/pdf", refused_pdf)
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
    with_photo(me, printer, paper, about, way, None).await
}

/// The same with the address of the photo that the page shows.
async fn with_photo(
    me: &SignedIn,
    printer: Printer,
    paper: Paper,
    about: About,
    way: Way,
    photo: Option<String>,
) -> Response {
    if way == Way::Pdf {
        return printer.pdf(me, paper, about.file).await;
    }
    let pdf = Some(PdfAt { action: format!("{}/pdf", about.at), fields: Vec::new() });
    PaperPage {
        frame: Frame::of(me, about.title),
        paper: paper.html(photo.as_deref()),
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
pub async fn receipt(console: &Console, me: &SignedIn, printer: Printer, key: &str, way: Way) -> Response {
    let Some((holder, form_no)) = console.service.paper_of(&me.session, key) else { return other_session() };
    let ctx = me.ctx(console);
    let print = PrintReceipt { form_no };
    let seen = match console.service.receipt(ctx, holder, print.clone()).await {
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
        at: format!("/receipts/{key}"),
        hint: "请打印：第一页回执交申请人，第二页申请表由申请人签名后归档。",
        back: ("/apply", "办理下一笔"),
        file: "receipt",
    };
    let photo = print.application(&seen.file).and_then(|a| printed_photo(&seen.file, a));
    let photo = photo.map(|p| format!("/photos/{}", console.service.photo_key(&me.session, &p)));
    with_photo(me, printer, paper, about, way, photo).await
}

async fn receipt_pdf(
    State(console): State<Console>,
    me: SignedIn,
    printer: Printer,
    Path(key): Path<String>,
) -> Response {
    receipt(&console, &me, printer, &key, Way::Pdf).await
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
        at: crate::records::receipts::address(line),
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
pub async fn voucher(console: &Console, me: &SignedIn, printer: Printer, key: &str, way: Way) -> Response {
    clause!(R8.9);
    let Some((holder, form_no)) = console.service.paper_of(&me.session, key) else { return other_session() };
    let ctx = me.ctx(console);
    let print = PrintVoucher { form_no };
    let seen = match console.service.voucher(ctx, holder, print.clone()).await {
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
        at: format!("/vouchers/{key}"),
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
    Path(key): Path<String>,
) -> Response {
    voucher(&console, &me, printer, &key, Way::Pdf).await
}

/// Where the receipt of a form is printed in this session, and where its voucher.
pub fn receipt_at(console: &Console, me: &SignedIn, holder: HolderId, form_no: &str) -> String {
    format!("/receipts/{}", console.service.paper_key(&me.session, holder, form_no))
}

pub fn voucher_at(console: &Console, me: &SignedIn, holder: HolderId, form_no: &str) -> String {
    format!("/vouchers/{}", console.service.paper_key(&me.session, holder, form_no))
}

/// What an address says that this session was not given.
fn other_session() -> Response {
    let why = "这一网址只在给出它的那次登录中有效。请在持卡人档案中重新打印";
    wrong::page(StatusCode::NOT_FOUND, why)
}

/// 不予受理凭证 of whoever was refused at the counter, as the page of the refusal has it.
pub fn refused_voucher(v: &Voucher) -> String {
    one(receipt::VOUCHER, receipt::voucher(v)).html(None)
}

/// The voucher that a page showed, sealed for its session.
#[derive(Deserialize)]
struct Refused {
    voucher: String,
}

async fn refused_pdf(
    State(console): State<Console>,
    me: SignedIn,
    printer: Printer,
    Form(form): Form<Refused>,
) -> Response {
    clause!(R8.9);
    let Some(voucher) = console.service.shown_voucher(&me.session, &form.voucher) else {
        return other_session();
    };
    printer.pdf(&me, one(receipt::VOUCHER, receipt::voucher(&voucher)), "voucher").await
}

/// 邮寄面单, as a page or as PDF, which is asked for with the same fields.
pub async fn label(
    me: &SignedIn,
    printer: Printer,
    items: Vec<(&'static str, String)>,
    fields: Vec<(&'static str, String)>,
    way: Way,
) -> Response {
    let title = "邮寄面单";
    let paper = one(title, receipt::label(title, &items));
    if way == Way::Pdf {
        return printer.pdf(me, paper, "label").await;
    }
    PaperPage {
        frame: Frame::of(me, title),
        paper: paper.html(None),
        pdf: Some(PdfAt { action: "/post/label/pdf".into(), fields }),
        hint: "请打印后贴于邮件；面单仅供本次邮寄使用，不得留作他用。",
        back: ("/post", "办理下一笔"),
        missing: printer.missing(),
    }
    .into_response()
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
    Reauthenticated(me): Reauthenticated,
    printer: Printer,
    Form(chosen): Form<Chosen>,
) -> Response {
    let ctx = me.ctx(&console);
    let seen = match console.service.register_for(ctx, BatchId(chosen.batch)).await {
        Ok(seen) => seen,
        Err(failure) => return refused_print(&failure),
    };
    printer.pdf(&me, register(&console, &me, &seen), &format!("register-{}", seen.number)).await
}

/// 成品卡发放登记册 of a batch that is being shown.
pub fn register(console: &Console, me: &SignedIn, seen: &Seen<Register>) -> Paper {
    let cards: Vec<Vec<String>> = seen.cards.iter().map(|c| c.cells[1..].to_vec()).collect();
    let on = console.service.now().date().to_string();
    lists::register(&seen.number, [&me.org.name, &on], &SIGNATURE_TITLES[1..], &cards)
}

/// 预制卡申请表 of an order (Appendix 5).
pub fn order_form(order: &BlankOrder) -> Paper {
    unit::order(&Items(order_items(order)))
}
