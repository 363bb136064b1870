//! 省中心寄出, 市中心接收, 市内再次分发, 经办机构接收.

use crate::Console;
use crate::may::May;
use crate::pages::{BoxView, BoxesPage, Frame};
use crate::session::SignedIn;
use axum::Form;
use axum::extract::State;
use kaguan_domain::collection::HandOverToUnit;
use kaguan_domain::ctx::Channel;
use kaguan_domain::dispatch::BatchCommand;
use kaguan_domain::distribution::{Receive, Ship};
use kaguan_domain::facts::batch::BatchFile;
use kaguan_domain::ids::{BatchId, BoxId, OrgId};
use kaguan_service::Command;
use kaguan_store::ListedBox;
use serde::Deserialize;

/// A receipt.
#[derive(Deserialize)]
pub struct ReceiveForm {
    batch: i64,
    r#box: i64,
    counted: i64,
    kept_at: String,
}

/// A shipment.
#[derive(Deserialize)]
pub struct ShipForm {
    batch: i64,
    r#box: i64,
    to: i64,
    manner: String,
    tracking: String,
}

/// 批量领卡.
#[derive(Deserialize)]
pub struct HandOverForm {
    batch: i64,
    r#box: i64,
    employer: String,
    counted: i64,
    operator: String,
    authorisation: String,
    #[serde(default)]
    verified: Option<String>,
}

fn shipment(me: &SignedIn, r#box: BoxId, to: OrgId, manner: String, tracking: String) -> BatchCommand {
    BatchCommand::Ship(Ship { r#box, to, responsible: me.officer.name.clone(), manner, tracking })
}

/// The list as far as its viewer may see it; what was said of a command before stands.
async fn show(console: &Console, me: &SignedIn, mut frame: Frame) -> BoxesPage {
    let may = May::of(console, me);
    let rows = frame.list(console.service.boxes_for(&me.actor()).await);
    let boxes = rows.map(|all| all.iter().map(|(row, file)| box_of(me, &may, row, file)).collect());
    BoxesPage { frame, boxes }
}

fn box_of(me: &SignedIn, may: &May, row: &ListedBox, file: &BatchFile) -> BoxView {
    let (institutions, b) = (may.institutions(), &row.file);
    let outlet = institutions.org(b.outlet);
    // The next level for this box, if the domain lets it go there.
    let centre = outlet.and_then(|o| institutions.city_centre(&o.city()?));
    let county = outlet.and_then(|o| institutions.org(o.parent?));
    // Down comes first, back up last.
    let next = [county, outlet, centre]
        .into_iter()
        .flatten()
        .filter(|to| may.batch(file, &shipment(me, b.id, to.id, String::new(), String::new())))
        .map(|to| (to.id.0, to.name.clone()))
        .collect();
    BoxView {
        batch: row.batch.0,
        id: b.id.0,
        number: b.number.clone(),
        outlet: outlet.map(|o| o.name.clone()).unwrap_or_default(),
        employer: b.employer.clone().unwrap_or_default(),
        cards: b.cards,
        under_way: b.on_the_way.as_ref().filter(|w| w.to != me.org.id).map_or(String::new(), |w| {
            let to = institutions.org(w.to).map_or("", |o| o.name.as_str());
            format!("已寄往{to}，待对方签收")
        }),
        hand_over: b.employer.as_ref().is_some_and(|employer| {
            let hand_over = BatchCommand::HandOverBox(HandOverToUnit {
                r#box: b.id,
                employer: employer.clone(),
                operator: "授权经办人".into(),
                authorisation: "单位授权委托书".into(),
                verified: true,
                counted: file.inside(b.id),
            });
            may.batch(file, &hand_over)
        }),
        receive: may.batch(
            file,
            &BatchCommand::Receive(Receive {
                r#box: b.id,
                org: me.org.id,
                counted: file.inside(b.id),
                kept_at: String::new(),
                signer: me.officer.name.clone(),
            }),
        ),
        next,
    }
}

/// The list.
pub async fn page(State(console): State<Console>, me: SignedIn) -> BoxesPage {
    show(&console, &me, Frame::of(&me, "成品卡接收与分发")).await
}

async fn give(console: Console, me: SignedIn, batch: i64, command: BatchCommand, done: &str) -> BoxesPage {
    let ctx = console.service.ctx(me.actor(), Channel::Console, None);
    let outcome = console.service.execute(ctx, Command::Batch { id: BatchId(batch), command }).await;
    show(&console, &me, Frame::of(&me, "成品卡接收与分发").after(outcome, done)).await
}

/// 接收.
pub async fn receive(
    State(console): State<Console>,
    me: SignedIn,
    Form(form): Form<ReceiveForm>,
) -> BoxesPage {
    let command = BatchCommand::Receive(Receive {
        r#box: BoxId(form.r#box),
        org: me.org.id,
        counted: form.counted,
        kept_at: form.kept_at,
        signer: me.officer.name.clone(),
    });
    give(console, me, form.batch, command, "已签收").await
}

/// 批量领卡.
pub async fn hand_over(
    State(console): State<Console>,
    me: SignedIn,
    Form(form): Form<HandOverForm>,
) -> BoxesPage {
    let command = BatchCommand::HandOverBox(HandOverToUnit {
        r#box: BoxId(form.r#box),
        employer: form.employer,
        operator: form.operator,
        authorisation: form.authorisation,
        verified: form.verified.is_some(),
        counted: form.counted,
    });
    give(console, me, form.batch, command, "已交付单位；请告知持卡人凭卡办理社保功能启用").await
}

/// 寄出, 再次分发.
pub async fn ship(State(console): State<Console>, me: SignedIn, Form(form): Form<ShipForm>) -> BoxesPage {
    let command = shipment(&me, BoxId(form.r#box), OrgId(form.to), form.manner, form.tracking);
    give(console, me, form.batch, command, "已寄出，待对方签收").await
}
