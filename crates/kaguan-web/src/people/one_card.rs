//! 一人一卡: the list of the person's cards in the province, the slip to be printed and signed, and the clean-up.

use super::stated::Stated;
use super::{give, refused};
use crate::Console;
use crate::pages::{Frame, OneCardLine, OneCardPage, PeoplePage};
use crate::session::SignedIn;
use crate::upload::Sent;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::archive::{Case, MaterialKind};
use kaguan_domain::facts::card::Card;
use kaguan_domain::ids::CardId;
use kaguan_domain::one_card::{Clean, Confirm};
use kaguan_domain::records::FileMaterial;
use kaguan_service::Command;

/// The list, which is the slip: printed, it is signed by the applicant. The look is journaled.
pub async fn slip(State(console): State<Console>, me: SignedIn, sent: Sent) -> Response {
    clause!(X10.1);
    let form = Stated::of(&console, sent);
    let ctx = me.ctx(&console);
    let seen = match console.service.cards_of(ctx, form.holder()).await {
        Ok(seen) => seen,
        Err(e) => return refused(&me, &e).into_response(),
    };
    let here = me.org.city();
    let line = |c: &Card| OneCardLine {
        id: c.id.0,
        number: c.card_no.masked(),
        city: c.city.name(),
        bank: c.bank.name(),
        in_force: c.in_force(),
        local: here.as_ref() == Some(&c.city),
    };
    let details = seen.file.person.as_ref().map(|p| &p.details);
    let cards: Vec<OneCardLine> = seen.file.standing_cards().map(line).collect();
    OneCardPage {
        frame: Frame::of(&me, "一人一卡业务确认单"),
        holder: seen.file.id.0,
        name: details.map(|d| d.name.masked()).unwrap_or_default(),
        number: details.map(|d| d.ssn.masked()).unwrap_or_default(),
        on: console.service.now().date().to_string(),
        outlet: me.org.name.clone(),
        all: cards.iter().map(|c| c.id.to_string()).collect::<Vec<_>>().join(","),
        cards,
    }
    .into_response()
}

/// 清理: files the signed slip, records that it was signed, and cleans.
pub async fn clean(State(console): State<Console>, me: SignedIn, sent: Sent) -> PeoplePage {
    clause!(X10.1);
    let mut form = Stated::of(&console, sent);
    let cards: Vec<CardId> =
        form.text("cards").split(',').filter_map(|c| c.trim().parse().ok()).map(CardId).collect();
    let keep = form.ticked("keep").then(|| CardId(form.id("keep")));
    let (holder, of) = (form.holder(), cards.first().copied().unwrap_or(CardId(-1)));
    let ctx = || me.command(&console);
    let mut slip = String::new();
    if let Some((id, image)) = form.image("slip") {
        let (case, kind, org) = (Case::Card(of), MaterialKind::OneCardSlip, me.org.id);
        let material = FileMaterial { id, case, kind, digest: None, cabinet: None, org };
        match console.service.file_material(ctx(), holder, material, Some(&image)).await {
            Ok(id) => slip = id.to_string(),
            Err(e) => return refused(&me, &e),
        }
    }
    let confirm = HolderCommand::ConfirmOneCard(Confirm { cards, slip, keep, city: None });
    if let Err(e) = console.service.execute(ctx(), Command::of(holder, confirm)).await {
        return refused(&me, &e);
    }
    let done = "一人一卡清理已完成，可继续办理申领或补换卡；新卡激活后办理旧账户结转、旧卡回收";
    give(console, me, form, HolderCommand::CleanOneCard(Clean {}), done.into()).await
}
