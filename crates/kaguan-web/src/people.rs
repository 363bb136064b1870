//! 持卡人档案, 制卡进度, 领取, 启用, 激活. A number is sent in a form, never in an address.

use crate::Console;
use crate::may::May;
use crate::pages::{ApplicationView, CardView, Frame, HistoryView, PeoplePage, PersonView};
use crate::receipts;
use crate::session::SignedIn;
use axum::Form;
use axum::extract::State;
use kaguan_domain::activation::{Activate, Enable};
use kaguan_domain::clause;
use kaguan_domain::collection::HandOver;
use kaguan_domain::ctx::{Channel, Instant};
use kaguan_domain::dispatch::{HolderCommand, position};
use kaguan_domain::facts::activation::ActivationManner;
use kaguan_domain::facts::custody::Collector;
use kaguan_domain::facts::social_security_number::SocialSecurityNumber;
use kaguan_domain::ids::{CardId, HolderId};
use kaguan_domain::permission::Verb;
use kaguan_domain::records::business_of;
use kaguan_domain::refusal::Reason;
use kaguan_service::{Command, Failure, Looked, Seen};
use kaguan_store::journal::Entry;
use serde::Deserialize;

/// The search form.
#[derive(Deserialize)]
pub struct Find {
    number: String,
}

/// A card of a file.
#[derive(Deserialize)]
pub struct OneCard {
    holder: i64,
    card: i64,
}

/// The empty page.
pub async fn page(me: SignedIn) -> PeoplePage {
    PeoplePage { frame: Frame::of(&me, "持卡人档案"), person: None }
}

/// Why a file is shown after it was searched for, and after business was done or refused on its page.
const SEARCHED: &str = "持卡人档案查询（脱敏显示）";
const AFTERWARDS: &str = "办理业务后查看档案（脱敏显示）";

/// Finds somebody. Every look is journaled, a masked one too, and one that is refused or finds nobody (R39.1).
pub async fn find(State(console): State<Console>, me: SignedIn, Form(form): Form<Find>) -> PeoplePage {
    let frame = Frame::of(&me, "持卡人档案");
    let number = match SocialSecurityNumber::looked_for(&form.number) {
        Ok(number) => number,
        Err(e) => {
            let why = format!("{e}。依据{}。请核对证件后重新输入。", clause!(R35.1).cite());
            return PeoplePage { frame: frame.wrong(why), person: None };
        }
    };
    let ctx = console.service.ctx(me.actor(), Channel::Console, None);
    match console.service.look_for(ctx, &number, SEARCHED).await {
        Ok(seen) => PeoplePage { frame, person: Some(view(&console, &me, &seen).await) },
        Err(Failure::Refused(r)) if r.reason == Reason::NotFound => PeoplePage {
            frame: frame.wrong("没有该社会保障号码的档案。请核对号码后重试。"),
            person: None,
        },
        Err(e) => PeoplePage { frame: frame.wrong(e.to_string()), person: None },
    }
}

/// The latest lines of the journal about somebody, or why they cannot be read.
async fn history(console: &Console, seen: &Seen<Looked>) -> Result<Vec<HistoryView>, String> {
    let line = |e: &Entry| {
        let verb = Verb::from_code(&e.command).map_or("（未知）", Verb::name);
        let outcome = if e.is_done() { "办结".into() } else { format!("不予办理：{}", e.outcome) };
        // A counter's business has its receipt; what a partner or a duty did has none.
        let done = e.is_done() && e.actor.starts_with("officer:");
        let receipt = business_of(&e.command).filter(|_| done).map(|_| receipts::address(e.seq));
        HistoryView { at: Instant(e.at).local(), business: verb, outcome, receipt }
    };
    let lines = console.service.history(seen, 20).await.map_err(|e| e.to_string())?;
    Ok(lines.iter().map(line).collect())
}

/// A person, masked: only of somebody who was looked at.
async fn view(console: &Console, me: &SignedIn, seen: &Seen<Looked>) -> PersonView {
    let may = May::of(console, me);
    let today = console.service.now().date();
    let (file, batches) = (&seen.file, &seen.around.batches);
    let applications = file
        .applications
        .iter()
        .map(|a| {
            let card = file.cards.iter().find(|c| c.application == a.id);
            let batch = a.stage.batch().or(card.map(|c| c.batch)).and_then(|b| batches.get(&b));
            let place = position(file, a, batches, may.institutions());
            ApplicationView {
                form_no: a.form_no.clone(),
                step: place.map_or("数据不一致，请联系管理员".into(), |p| {
                    format!("{}（{}）", p.public_step(), p.name())
                }),
                clocks: batch
                    .and_then(|b| b.batch.as_ref())
                    .map(|b| {
                        let one = |c: &kaguan_domain::facts::clock::Clock| {
                            (c.kind.name(), c.due.last_day.to_string(), c.standing(today).name())
                        };
                        b.clocks.iter().map(one).collect()
                    })
                    .unwrap_or_default(),
                checks: a
                    .checks
                    .iter()
                    .map(|c| (c.source.name(), c.item.name(), c.result.name(), c.at.local()))
                    .collect(),
            }
        })
        .collect();
    let cards = file
        .cards
        .iter()
        .map(|c| CardView {
            id: c.id.0,
            number: c.card_no.masked(),
            issuer: format!("{} {}", c.city.name(), c.bank.name()),
            hand_over: may.about(seen, &HolderCommand::HandOver(hand_over_of(me, c.id))),
            enable: may.about(seen, &HolderCommand::Enable(Enable { card: c.id, verified: true })),
            activate: may.about(
                seen,
                &HolderCommand::Activate(Activate { card: c.id, manner: ActivationManner::FaceToFace }),
            ),
        })
        .collect();
    let details = file.person.as_ref().map(|p| &p.details);
    PersonView {
        id: file.id.0,
        name: details.map(|d| d.name.masked()).unwrap_or_default(),
        number: details.map(|d| d.ssn.masked()).unwrap_or_default(),
        category: details.map_or("", |d| d.category.name()),
        applications,
        cards,
        history: history(console, seen).await,
    }
}

fn hand_over_of(me: &SignedIn, card: CardId) -> HandOver {
    HandOver { card, outlet: me.org.id, collector: Collector::Holder, verified: true, signed: true }
}

/// Does it; the page then shows what its viewer may see, by a look of its own: whoever was refused may not see the file either.
async fn give(
    console: Console,
    me: SignedIn,
    form: OneCard,
    command: HolderCommand,
    done: String,
) -> PeoplePage {
    let id = HolderId(form.holder);
    let ctx = || console.service.ctx(me.actor(), Channel::Console, None);
    let outcome = console.service.execute(ctx(), Command::of(id, command)).await;
    let refused = outcome.is_err();
    let frame = Frame::of(&me, "持卡人档案").after_business(outcome, &done);
    match console.service.look(ctx(), id, AFTERWARDS).await {
        Ok(seen) => PeoplePage { frame, person: Some(view(&console, &me, &seen).await) },
        // What was said of the command stands.
        Err(_) if refused => PeoplePage { frame, person: None },
        Err(e) => {
            let why = format!("{done}；但档案暂时不能显示：{e}");
            PeoplePage { frame: frame.wrong(why), person: None }
        }
    }
}

/// 个人领卡启用-领取.
pub async fn hand_over(
    State(console): State<Console>,
    me: SignedIn,
    Form(form): Form<OneCard>,
) -> PeoplePage {
    let done = kaguan_domain::collection::reminder(me.org.kind).to_owned();
    let command = HolderCommand::HandOver(hand_over_of(&me, CardId(form.card)));
    give(console, me, form, command, done).await
}

/// 社保功能启用.
pub async fn enable(State(console): State<Console>, me: SignedIn, Form(form): Form<OneCard>) -> PeoplePage {
    let command = HolderCommand::Enable(Enable { card: CardId(form.card), verified: true });
    give(console, me, form, command, "社保功能已启用".into()).await
}

/// 银行账户激活.
pub async fn activate(State(console): State<Console>, me: SignedIn, Form(form): Form<OneCard>) -> PeoplePage {
    let command =
        HolderCommand::Activate(Activate { card: CardId(form.card), manner: ActivationManner::FaceToFace });
    give(console, me, form, command, "银行账户已激活".into()).await
}
