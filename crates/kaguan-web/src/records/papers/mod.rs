//! 打印: the papers of the regulation, each as a page of the browser and as PDF from one model (`kaguan-print`), and the public page that
//! tells whether a receipt is genuine. Each printing is a look that the journal keeps.

mod counter;
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
use crate::session::SignedIn;
use crate::wrong;
use axum::extract::{Form, FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use items::Items;
use kaguan_domain::application::printed::{Signed, Voucher, declined_voucher, form_items, receipt_items};
use kaguan_domain::clause;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::application::Application;
use kaguan_domain::facts::blank_order::BlankOrder;
use kaguan_domain::facts::fee::Fee;
use kaguan_domain::ids::{HolderId, UnitId};
use kaguan_domain::instant::order_items;
use kaguan_domain::records::{PrintReceipt, PrintVoucher, SIGNATURE_TITLES, TRANSFER_TITLES, printed_photo};
use kaguan_print::{Paper, Sheet};
use kaguan_service::{Failure, InClear, Register, Seen, Transfers};
use serde::Deserialize;
use std::convert::Infallible;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/verify",
    screens: &[],
    doors: |d| {
        d.post("/vouchers/refused/pdf", refused_pdf)
            .get("/verify/{code}", verify::page)
            .get("/forms/{kind}", counter::counter)
            .get("/forms/{kind}/pdf", counter::counter)
    },
    samples: &[],
};

/// As a page, or as PDF, which is asked for one step below the page: one handler answers both.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Page,
    Pdf,
}

impl<S: Send + Sync> FromRequestParts<S> for Way {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(if parts.uri.path().ends_with("/pdf") { Self::Pdf } else { Self::Page })
    }
}

/// What a page says around its paper.
pub struct About {
    pub title: &'static str,
    /// Where its PDF is asked for.
    pub pdf: PdfAt,
    pub hint: &'static str,
    pub back: (String, &'static str),
    /// The name of the file, which tells nobody.
    pub file: &'static str,
    /// The address of the photo that the page shows.
    pub photo: Option<String>,
}

/// A paper, as a page or as PDF.
pub async fn shown(me: &SignedIn, printer: Printer, paper: Paper, about: About, way: Way) -> Response {
    if way == Way::Pdf {
        return printer.pdf(me, paper, about.file).await;
    }
    PaperPage {
        frame: Frame::of(me, about.title),
        paper: printer.html(&paper, about.photo.as_deref()).await,
        pdf: about.pdf,
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
    seen: &Seen<InClear>,
    print: &PrintReceipt,
) -> Result<Option<Paper>, Failure> {
    let file = seen.whole();
    let person = file.person.as_ref().map(|p| &p.details);
    let (Some(details), Some(application)) = (person, print.application(file)) else { return Ok(None) };
    let institutions = console.service.institutions();
    let line = console.service.line_of_application(seen, application.id).await?;
    let at = line.map_or(Instant::at_start_of(application.received_on), |(_, at)| at);
    let Some(signed) = Signed::of(application.outlet, application.taken_by, &institutions, at) else {
        return Ok(None);
    };
    let photo = console.service.photo_on_form(seen, application).await?;
    let who = [details.ssn.as_str(), details.name.display(), details.reached_at()];
    let items = Items(receipt_items(application, &signed, who));
    let e_receipt = Items(application.fee.e_receipt(details.name.display()));
    let proof = line.map(|(line, _)| printer.proof(console, line));
    let form = form::sheet(&Items(form_items(application, file, details)), photo);
    let sheets = vec![receipt::sheet(&items, &e_receipt, proof), form];
    Ok(Some(Paper { title: receipt::TITLE.into(), sheets }))
}

/// Whether the fee of an application is to be taken at the counter: of the dead none is (R33.1).
fn is_due(a: &Application, dead: bool) -> bool {
    a.is_open() && matches!(a.fee, Fee::Due { .. }) && !dead
}

/// What the clerk does with the receipt of a form, and has to tell: what was locked (Article 31), and the fee that is due (Article 22).
fn told(a: &Application, due: bool) -> &'static str {
    match (a.purpose.is_bank_change() && a.is_open(), due) {
        (false, false) => "请打印：第一页回执交申请人，第二页申请表由申请人签名后归档。",
        (false, true) => {
            "请打印：第一页回执交申请人，第二页申请表由申请人签名后归档。本次应缴工本费，尚未缴纳。"
        }
        (true, due) => {
            clause!(R31.3);
            match due {
                true => concat!(
                    "已受理变更服务银行，旧卡及其账户已锁定；领取新卡后请到原服务银行办理资金结转和旧卡注销，须出示本回执。",
                    "请打印：第一页回执交持卡人，第二页申请表签名后归档。本次应缴工本费，尚未缴纳。"
                ),
                false => concat!(
                    "已受理变更服务银行，旧卡及其账户已锁定；领取新卡后请到原服务银行办理资金结转和旧卡注销，须出示本回执。",
                    "请打印：第一页回执交持卡人，第二页申请表签名后归档。"
                ),
            }
        }
    }
}

/// 业务受理回执 of an application, with 个人业务申请表 for the signature: the person's own copy, so that nothing is masked.
pub async fn receipt(
    State(console): State<Console>,
    me: SignedIn,
    printer: Printer,
    way: Way,
    Path(key): Path<String>,
) -> Response {
    let Some((holder, form_no)) = console.service.paper_of(&me.session, &key) else { return other_session() };
    let print = PrintReceipt { form_no };
    let seen = match console.service.receipt(me.ctx(&console), holder, print.clone()).await {
        Ok(seen) => seen,
        Err(failure) => return refused_print(&failure),
    };
    let paper = match application(&console, &printer, &seen, &print).await {
        Ok(Some(paper)) => paper,
        Ok(None) => return StatusCode::NOT_FOUND.into_response(),
        Err(failure) => return refused_print(&failure),
    };
    let of = print.application(seen.whole());
    let dead = seen.whole().death_confirmed();
    let photo = of.and_then(|a| printed_photo(seen.whole(), a));
    let about = About {
        title: receipt::TITLE,
        pdf: PdfAt::below(format!("/receipts/{key}")),
        hint: of.map_or("", |a| told(a, is_due(a, dead))),
        back: match of {
            Some(a) if is_due(a, dead) => ("/fees".into(), "去收取工本费"),
            Some(a) if a.instant_at == Some(me.org.id) => ("/instant".into(), "去即时制卡"),
            Some(_) | None => ("/apply".into(), "办理下一笔"),
        },
        file: "receipt",
        photo: photo.map(|p| format!("/photos/{}", console.service.photo_key(&me.session, &p))),
    };
    shown(&me, printer, paper, about, way).await
}

/// 业务受理回执 of a line of the journal, in the clear; each printing is a look that the journal keeps. A form has the receipt of its own
/// number.
pub async fn business(
    State(console): State<Console>,
    me: SignedIn,
    printer: Printer,
    way: Way,
    Path(line): Path<i64>,
) -> Response {
    match console.service.form_of_line(line).await {
        Ok(Some((holder, form_no))) => {
            let to = receipt_at(&console, &me, holder, &form_no);
            let to = if way == Way::Pdf { format!("{to}/pdf") } else { to };
            return Redirect::to(&to).into_response();
        }
        Ok(None) => {}
        Err(failure) => return refused_print(&failure),
    }
    let seen = match console.service.business_receipt(me.ctx(&console), line).await {
        Ok(seen) => seen,
        Err(failure) => return refused_print(&failure),
    };
    let proof = printer.proof(&console, seen.line);
    let sheet = receipt::sheet(&Items(seen.receipt.items()), &Items(seen.e_receipt.clone()), Some(proof));
    let about = About {
        title: receipt::TITLE,
        pdf: PdfAt::below(crate::records::receipts::address(line)),
        hint: "请打印，加盖业务章后交持卡人（或代办人）。",
        back: ("/people".into(), "办理下一笔"),
        file: "receipt",
        photo: None,
    };
    shown(&me, printer, one(receipt::TITLE, sheet), about, way).await
}

/// 不予受理凭证 of a declined application; each printing is a look.
pub async fn voucher(
    State(console): State<Console>,
    me: SignedIn,
    printer: Printer,
    way: Way,
    Path(key): Path<String>,
) -> Response {
    clause!(R8.9);
    let Some((holder, form_no)) = console.service.paper_of(&me.session, &key) else { return other_session() };
    let print = PrintVoucher { form_no };
    let seen = match console.service.voucher(me.ctx(&console), holder, print.clone()).await {
        Ok(seen) => seen,
        Err(failure) => return refused_print(&failure),
    };
    let institutions = console.service.institutions();
    let name = seen.whole().person.as_ref().map_or("", |p| p.details.name.display());
    let declined = print.application(seen.whole());
    let Some(voucher) = declined.and_then(|a| declined_voucher(a, name, &institutions)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let about = About {
        title: "不予受理凭证",
        pdf: PdfAt::below(format!("/vouchers/{key}")),
        hint: "请打印并加盖业务章后交申请人。",
        back: ("/people".into(), "返回持卡人档案"),
        file: "voucher",
        photo: None,
    };
    shown(&me, printer, one(receipt::VOUCHER, receipt::voucher(&voucher)), about, way).await
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

/// 邮寄面单; its PDF is asked for with the same fields.
pub async fn label(
    me: &SignedIn,
    printer: Printer,
    items: Vec<(&'static str, String)>,
    fields: Vec<(&'static str, String)>,
    way: Way,
) -> Response {
    let title = "邮寄面单";
    let about = About {
        title,
        pdf: PdfAt { action: "/post/label/pdf".into(), fields },
        hint: "请打印后贴于邮件；面单仅供本次邮寄使用，不得留作他用。",
        back: ("/post".into(), "办理下一笔"),
        file: "label",
        photo: None,
    };
    shown(me, printer, one(title, receipt::label(title, &items)), about, way).await
}

/// 批量业务申请表 in two copies, and 单位授权委托书: the operator's data are the unit's own papers, and each printing is a look that the
/// journal keeps.
pub async fn unit_forms(
    State(console): State<Console>,
    me: SignedIn,
    printer: Printer,
    way: Way,
    Path(id): Path<i64>,
) -> Response {
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
        pdf: PdfAt::below(format!("/units/{id}")),
        hint: "请打印：申请表一式两联，双方各保留一份；授权委托书由单位盖章。",
        back: (
            format!("/units?number={id}"),
            if seen.can_be_corrected() {
                "返回受理登记（更正总人数）"
            } else {
                "返回受理登记"
            },
        ),
        file: "unit-application",
        photo: None,
    };
    shown(&me, printer, paper, about, way).await
}

/// 预制卡申请表 of an order (Appendix 5), for the three parties that sign it.
pub async fn order(me: &SignedIn, printer: Printer, order: &BlankOrder, at: String, way: Way) -> Response {
    let about = About {
        title: unit::ORDER,
        pdf: PdfAt::below(format!("{at}/form")),
        hint: "打印后签字、盖章：市卡管机构报送省卡管机构，抄送服务银行省分行。",
        back: (at, "返回申请"),
        file: "order",
        photo: None,
    };
    shown(me, printer, order_form(order), about, way).await
}

/// A 交接单 that is asked for.
pub struct HandOver {
    pub title: &'static str,
    /// What is handed over: title and text, in order.
    pub items: Vec<(&'static str, String)>,
    /// Where its PDF is asked for.
    pub pdf: String,
    pub back: String,
}

/// 交接单 in two copies: both sides count and sign (Article 12).
pub async fn hand_over(me: &SignedIn, printer: Printer, sheet: HandOver, way: Way) -> Response {
    let about = About {
        title: sheet.title,
        pdf: PdfAt { action: sheet.pdf, fields: Vec::new() },
        hint: "A4，一式两联，双方清点后签字，各留一联；保管5年（第12条）。",
        back: (sheet.back, "返回"),
        file: "hand-over",
        photo: None,
    };
    shown(me, printer, lists::hand_over(sheet.title, &sheet.items), about, way).await
}

/// 成品卡发放登记册 of a batch that is being shown.
pub fn register(console: &Console, me: &SignedIn, seen: &Seen<Register>) -> Paper {
    let cards: Vec<Vec<String>> = seen.cards.iter().map(|c| c.cells[1..].to_vec()).collect();
    let on = console.service.now().date().to_string();
    lists::register(&seen.number, [&me.org.name, &on], &SIGNATURE_TITLES[1..], &cards)
}

/// 成品卡流转登记册 of a batch.
pub async fn transfers(
    console: &Console,
    me: &SignedIn,
    printer: Printer,
    (batch, found): (i64, &Transfers),
    way: Way,
) -> Response {
    let rows: Vec<Vec<String>> = found.rows.iter().map(|t| t.cells[1..].to_vec()).collect();
    let on = console.service.now().date().to_string();
    let paper = lists::transfers(&found.number, [&me.org.name, &on], &TRANSFER_TITLES[1..], &rows);
    let about = About {
        title: lists::TRANSFERS,
        pdf: PdfAt { action: format!("/transfers/print/pdf?batch={batch}"), fields: Vec::new() },
        hint: "A4横向打印；与纸质交接单一并保管，至少5年（第十二条）。",
        back: (format!("/transfers?batch={batch}"), "返回登记册"),
        file: "transfers",
        photo: None,
    };
    shown(me, printer, paper, about, way).await
}

/// 预制卡出入库登记册 of an order: its identity, its 批次 and its rows without it.
pub async fn stock_moves(
    console: &Console,
    me: &SignedIn,
    printer: Printer,
    (order, number, rows): (i64, &str, &[Vec<String>]),
    way: Way,
) -> Response {
    let on = console.service.now().date().to_string();
    let paper = lists::stock_moves(number, [&me.org.name, &on], &TRANSFER_TITLES[1..], rows);
    let about = About {
        title: lists::STOCK_MOVES,
        pdf: PdfAt { action: format!("/blanks/register/print/pdf?order={order}"), fields: Vec::new() },
        hint: "A4横向打印；与纸质交接单一并保管。",
        back: (format!("/blanks/register?order={order}"), "返回登记册"),
        file: "stock-moves",
        photo: None,
    };
    shown(me, printer, paper, about, way).await
}

/// 预制卡申请表 of an order (Appendix 5).
pub fn order_form(order: &BlankOrder) -> Paper {
    unit::order(&Items(order_items(order)))
}
