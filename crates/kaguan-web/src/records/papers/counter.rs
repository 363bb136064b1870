//! 个人业务申请表 (Appendix 1) for a business about a card, with its type ticked, and the blank one: Articles 19 to 21 and 33 have the clerk
//! take it in, signed.

use super::items::Items;
use super::printing::{PdfAt, Printer};
use super::{About, Way, form, one, other_session, shown};
use crate::Console;
use crate::application::apply::refused_print;
use crate::may::at_all;
use crate::session::SignedIn;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kaguan_domain::application::printed::{AT_COUNTER, blank_form_items, counter_form_items};
use kaguan_domain::clause;
use kaguan_domain::permission::Verb;
use kaguan_service::Failure;

/// The blank form, to be filled in by hand.
pub async fn blank(State(console): State<Console>, me: SignedIn, printer: Printer, way: Way) -> Response {
    clause!(X1.1);
    if let Err(why) = at_all(&console, &me, Verb::PrintReceipt) {
        return refused_print(&Failure::from(why));
    }
    let paper = one(form::TITLE, form::sheet(&Items(blank_form_items()), None));
    let about = About {
        title: form::TITLE,
        pdf: PdfAt::below("/forms/blank".into()),
        hint: "空白申请表：请申请人填写并签名，业务经办人签名后归档。",
        back: ("/".into(), "返回今日工作"),
        file: "form",
        photo: None,
    };
    shown(&me, printer, paper, about, way).await
}

/// The form of somebody for a business; each printing is a look that the journal keeps.
pub async fn counter(
    State(console): State<Console>,
    me: SignedIn,
    printer: Printer,
    way: Way,
    Path((kind, key)): Path<(String, String)>,
) -> Response {
    clause!(X1.1);
    if let Err(why) = at_all(&console, &me, Verb::PrintReceipt) {
        return refused_print(&Failure::from(why));
    }
    let Some((_, page, chosen)) = AT_COUNTER.iter().find(|(known, ..)| *known == kind) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let Some(holder) = console.service.person_of(&me.session, &key) else { return other_session() };
    let why = format!("打印个人业务申请表（{chosen}）");
    let seen = match console.service.look_in_clear(me.ctx(&console), holder, &why).await {
        Ok(seen) => seen,
        Err(failure) => return refused_print(&failure),
    };
    let file = seen.whole();
    let card = file.standing_cards().next().or(file.cards.last());
    let (Some(person), Some(card)) = (&file.person, card) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let items = Items(counter_form_items(chosen, &card.bank, &person.details));
    let about = About {
        title: form::TITLE,
        pdf: PdfAt::below(format!("/forms/{kind}/{key}")),
        hint: "请打印：由申请人（代办人）签名，业务经办人签名后归档。",
        back: (format!("{page}/{key}"), "返回办理"),
        file: "form",
        photo: None,
    };
    shown(&me, printer, one(form::TITLE, form::sheet(&items, None)), about, way).await
}
