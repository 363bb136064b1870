//! 一人一卡: the list of the person's cards in the province, the slip to be printed and signed, and the clean-up.

use super::stated::Stated;
use super::{give, refused};
use crate::Console;
use crate::pages::{Frame, OneCardLine, OneCardPage, PeoplePage};
use crate::papers::{self, Printer, SlipSays};
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
use kaguan_print::Paper;
use kaguan_service::{Command, Failure};

/// The slip of somebody as a paper, with what the page asks beside it: whose file, the cards. The look is journaled.
pub(crate) async fn slip_of(
    console: &Console,
    me: &SignedIn,
    sent: Sent,
) -> Result<(Paper, i64, Vec<OneCardLine>), Failure> {
    clause!(X10.1);
    let form = Stated::of(console, sent);
    let ctx = me.ctx(console);
    let seen = console.service.cards_of(ctx, form.holder()).await?;
    let here = me.org.city();
    let line = |c: &Card| OneCardLine {
        id: c.id.0,
        number: c.card_no.masked(),
        bank: c.bank.name(),
        local: here.as_ref() == Some(&c.city),
    };
    let cards: Vec<OneCardLine> = seen.file.standing_cards().map(line).collect();
    let row = |c: &Card| {
        let state = if c.in_force() { "正常使用" } else { "停用或未启用" };
        [c.card_no.as_str(), c.city.name(), c.bank.name(), state].map(str::to_owned)
    };
    let details = seen.file.person.as_ref().map(|p| &p.details);
    // What somebody signs names him and his cards in the clear.
    let says = SlipSays {
        name: details.map_or("", |d| d.name.display()),
        number: details.map_or("", |d| d.ssn.as_str()),
        on: &console.service.now().date().to_string(),
        outlet: &me.org.name,
        clerk: &me.officer.name,
    };
    let paper = papers::slip(&says, &seen.file.standing_cards().map(row).collect::<Vec<_>>());
    Ok((paper, seen.file.id.0, cards))
}

/// The list, which is the slip: printed, it is signed by the applicant.
pub async fn slip(State(console): State<Console>, me: SignedIn, printer: Printer, sent: Sent) -> Response {
    let (paper, holder, cards) = match slip_of(&console, &me, sent).await {
        Ok(found) => found,
        Err(e) => return refused(&me, &e).into_response(),
    };
    OneCardPage {
        frame: Frame::of(&me, "一人一卡业务确认单"),
        holder,
        paper: paper.html(None),
        missing: printer.missing(),
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
        let material = FileMaterial { id, case, kind, digest: None, cabinet: None, org, more: Vec::new() };
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
