//! 持卡人档案, 制卡进度, 领取, 启用, 激活. A number is sent in a form, never in an address.

use crate::Console;
use crate::pages::{ApplicationView, CardView, Frame, PeoplePage, PersonView};
use crate::session::SignedIn;
use axum::Form;
use axum::extract::State;
use kaguan_domain::activation::{Activate, Enable};
use kaguan_domain::clause;
use kaguan_domain::collection::HandOver;
use kaguan_domain::ctx::{Channel, Instant};
use kaguan_domain::dispatch::{HolderCommand, decide, position};
use kaguan_domain::facts::activation::ActivationManner;
use kaguan_domain::facts::custody::Collector;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::social_security_number::SocialSecurityNumber;
use kaguan_domain::ids::{CardId, HolderId};
use kaguan_domain::permission::{Place, Verb, authorise};
use kaguan_domain::records::Look;
use kaguan_domain::rule::Around;
use kaguan_service::Command;
use kaguan_store::{Loaded, Subject};
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

/// Finds somebody.
pub async fn find(State(console): State<Console>, me: SignedIn, Form(form): Form<Find>) -> PeoplePage {
    let frame = Frame::of(&me, "持卡人档案");
    if let Err(refusal) =
        authorise(&console.service.institutions(), &me.actor(), Verb::LookAtHolder, &Place::Anywhere)
    {
        return PeoplePage { frame: frame.wrong(refusal.sentence()), person: None };
    }
    let number = match SocialSecurityNumber::parse(form.number.trim()) {
        Ok(number) => number,
        Err(e) => {
            let why = format!("社会保障号码{e}。依据{}。请核对证件后重新输入。", clause!(R35.1).cite());
            return PeoplePage { frame: frame.wrong(why), person: None };
        }
    };
    match console.service.find(&number).await {
        Ok(Some(id)) => {
            // Every look is journaled, a masked one too (R39.1).
            let look = Look { reason: "持卡人档案查询（脱敏显示）".into(), material: None };
            let ctx = console.service.ctx(me.actor(), Channel::Console, None);
            match console.service.execute(ctx, Command::of(id, HolderCommand::Look(look))).await {
                Ok(_) => show(&console, &me, frame, id).await,
                Err(e) => PeoplePage { frame: frame.wrong(e.to_string()), person: None },
            }
        }
        Ok(None) => PeoplePage {
            frame: frame.wrong("没有该社会保障号码的档案。请核对号码后重试。"),
            person: None,
        },
        Err(e) => PeoplePage { frame: frame.wrong(e.to_string()), person: None },
    }
}

async fn show(console: &Console, me: &SignedIn, frame: Frame, id: HolderId) -> PeoplePage {
    let history = console.service.store().entries_of(Subject::Holder(id), 20).await.unwrap_or_default();
    match console.service.file(id).await {
        Ok(Some((file, around))) => {
            let mut person = view(console, me, &file, &around);
            person.history = history
                .iter()
                .map(|e| {
                    let verb = Verb::from_code(&e.command).map_or("（未知）", Verb::name);
                    let outcome = if e.outcome == "done" {
                        "办结".into()
                    } else {
                        format!("不予办理：{}", e.outcome)
                    };
                    (Instant(e.at).local(), verb, outcome)
                })
                .collect();
            PeoplePage { frame, person: Some(person) }
        }
        Ok(None) => PeoplePage { frame: frame.wrong("没有这份档案"), person: None },
        Err(e) => PeoplePage { frame: frame.wrong(e.to_string()), person: None },
    }
}

fn view(console: &Console, me: &SignedIn, file: &HolderFile, loaded: &Loaded) -> PersonView {
    let institutions = console.service.institutions();
    let around = Around { institutions: &institutions, batches: &loaded.batches, stock: &loaded.stock };
    let ctx = console.service.ctx(me.actor(), Channel::Console, None);
    let today = ctx.today();
    // If a button is offered, the domain was asked.
    let may = |command: HolderCommand| decide(file, &command, &ctx, around).is_ok();
    let applications = file
        .applications
        .iter()
        .map(|a| {
            let card = file.cards.iter().find(|c| c.application == a.id);
            let batch = a.stage.batch().or(card.map(|c| c.batch)).and_then(|b| loaded.batches.get(&b));
            let place = position(file, a, &loaded.batches, &institutions);
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
            hand_over: may(HolderCommand::HandOver(hand_over_of(me, c.id))),
            enable: may(HolderCommand::Enable(Enable { card: c.id, verified: true })),
            activate: may(HolderCommand::Activate(Activate {
                card: c.id,
                manner: ActivationManner::FaceToFace,
            })),
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
        history: Vec::new(),
    }
}

fn hand_over_of(me: &SignedIn, card: CardId) -> HandOver {
    HandOver { card, outlet: me.org.id, collector: Collector::Holder, verified: true, signed: true }
}

async fn give(
    console: Console,
    me: SignedIn,
    form: OneCard,
    command: HolderCommand,
    done: String,
) -> PeoplePage {
    let id = HolderId(form.holder);
    let ctx = console.service.ctx(me.actor(), Channel::Console, None);
    let outcome = console.service.execute(ctx, Command::of(id, command)).await;
    let frame = Frame::of(&me, "持卡人档案").after(outcome, &done);
    show(&console, &me, frame, id).await
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
