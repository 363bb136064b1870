//! 待核验, 不予受理: what is decided about an application that was taken in and is in no batch. The buttons stand on the holder's
//! page; the voucher is printed from there, as often as it is asked for.

use crate::Console;
use crate::holder::people::{after, shown};
use crate::list::{Act, Asked, Kind, List, ListView, Row, banks_of, cities_of, column, office, offices};
use crate::menu::{Page, Screen};
use crate::pages::{Frame, PeoplePage};
use crate::records::papers;
use crate::session::SignedIn;
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use kaguan_domain::application::{ConfirmByHand, Decline};
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::application::Ground;
use kaguan_domain::ids::{ApplicationId, BankCode, CityCode, HolderId};
use kaguan_domain::permission::Verb;
use kaguan_service::{Command, Failure, Narrow, Receipt};
use kaguan_store::WaitingRow;
use serde::Deserialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/waiting",
    screens: &[Screen {
        group: "社保卡申请", name: "待核验", article: "第八条", verb: Verb::ConfirmByHand
    }],
    doors: |d| {
        d.get("/waiting", waiting)
            .post("/waiting", open)
            .post("/applications/verify", verify)
            .post("/applications/confirm", confirm)
            .post("/applications/decline", decline)
            .get("/vouchers/{key}", papers::voucher)
            .get("/vouchers/{key}/pdf", papers::voucher)
    },
    samples: &["/waiting"],
};

const LIST: List = List {
    id: "waiting",
    path: "/waiting",
    title: "",
    none: "没有待核验的申请。核验系统答复之前，申请列在这里。",
    columns: &[
        column("received", "受理日期", Kind::Code),
        column("city", "地市", Kind::Choice),
        column("outlet", "受理网点", Kind::Choice),
        column("bank", "服务银行", Kind::Choice),
    ],
};

/// 待核验.
#[derive(Template)]
#[template(path = "application/applications/waiting.html")]
pub struct WaitingPage {
    pub frame: Frame,
    /// `None` when they may not be seen, or could not be read: the notice says which.
    pub list: Option<ListView>,
}
crate::frame::page!(WaitingPage);

/// An application of a file.
#[derive(Deserialize)]
pub struct One {
    holder: i64,
    application: i64,
}

/// 人工核验 with its ground.
#[derive(Deserialize)]
pub struct ByHand {
    holder: i64,
    application: i64,
    #[serde(default)]
    ground: String,
}

/// 不予受理, as the clerk states it.
#[derive(Deserialize)]
pub struct Declining {
    holder: i64,
    application: i64,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    article: String,
    #[serde(default)]
    remedy: String,
}

/// Whose file.
#[derive(Deserialize)]
pub struct Open {
    holder: i64,
}

/// 待核验: what waits for a register or for somebody to decide.
pub async fn waiting(State(console): State<Console>, me: SignedIn, asked: Asked) -> Response {
    clause!(R8.3);
    let mut frame = Frame::of(&me, "待核验");
    let institutions = console.service.institutions();
    let row = |row: WaitingRow| Row {
        key: format!("{}.{}", row.holder, row.application),
        cells: vec![
            row.received_on.to_string().into(),
            CityCode(row.city).name().into(),
            institutions.org(row.outlet).map_or(String::new(), |o| o.name.clone()).into(),
            BankCode(row.bank).name().into(),
        ],
        acts: vec![Act::Press {
            to: "/waiting",
            fields: vec![("holder", row.holder.to_string())],
            name: "打开",
        }],
    };
    let mut choose = LIST.choose(&asked);
    let mut chosen = Narrow {
        city: choose.by("city", cities_of(&me.org)),
        bank: choose.by("bank", banks_of(&institutions, &me.org)),
        outlet: None,
    };
    let outlets = match console.service.outlets_waiting_for(&me.actor(), &chosen).await {
        // Whoever may not see them is told so by the list.
        Err(Failure::Refused(_)) => Vec::new(),
        outlets => frame.list(outlets).unwrap_or_default(),
    };
    let still = |code: &str| office(&institutions, code);
    chosen.outlet = choose.by_what_is_there("outlet", offices(&institutions, outlets), still);
    let part = frame.part(console.service.waiting_for(&me.actor(), &chosen, LIST.part(&asked)).await);
    let list = part.map(|part| choose.view(part.rows.into_iter().map(row).collect(), part.more));
    match list.as_ref().and_then(ListView::taken) {
        Some(file) => file,
        None => WaitingPage { frame, list }.into_response(),
    }
}

/// A file from the list, by a look of its own.
pub async fn open(State(console): State<Console>, me: SignedIn, Form(form): Form<Open>) -> PeoplePage {
    let frame = Frame::of(&me, "持卡人档案");
    shown(&console, &me, frame, HolderId(form.holder), "办理待核验申请（脱敏显示）").await
}

/// 再次核验.
pub async fn verify(State(console): State<Console>, me: SignedIn, Form(form): Form<One>) -> PeoplePage {
    let ctx = me.command(&console);
    let (holder, application) = (HolderId(form.holder), ApplicationId(form.application));
    let outcome = console.service.verify_again(ctx, holder, application).await;
    came(&console, &me, holder, outcome, "已再次核验，结果见核验记录").await
}

/// 人工核验.
pub async fn confirm(State(console): State<Console>, me: SignedIn, Form(form): Form<ByHand>) -> PeoplePage {
    let by_hand = ConfirmByHand { application: ApplicationId(form.application), ground: form.ground };
    give(&console, &me, form.holder, HolderCommand::ConfirmByHand(by_hand), "人工核验通过，申请已受理").await
}

/// 不予受理.
pub async fn decline(
    State(console): State<Console>,
    me: SignedIn,
    Form(form): Form<Declining>,
) -> PeoplePage {
    clause!(R8.9);
    let ground = Ground { reason: form.reason, article: form.article, remedy: form.remedy };
    let decline = Decline { application: ApplicationId(form.application), ground };
    let done = "已不予受理，请打印书面凭证交申请人";
    give(&console, &me, form.holder, HolderCommand::Decline(decline), done).await
}

async fn give(
    console: &Console,
    me: &SignedIn,
    holder: i64,
    command: HolderCommand,
    done: &str,
) -> PeoplePage {
    let ctx = me.command(console);
    let id = HolderId(holder);
    let outcome = console.service.execute(ctx, Command::of(id, command)).await;
    came(console, me, id, outcome, done).await
}

/// What it came to, with the file. None of this ends with a receipt of Appendix 2: an application has its own.
async fn came(
    console: &Console,
    me: &SignedIn,
    id: HolderId,
    outcome: Result<Receipt, Failure>,
    done: &str,
) -> PeoplePage {
    let said = outcome.as_ref().map(|_| done).map_err(|_| ());
    let frame = Frame::of(me, "持卡人档案").after(outcome.clone(), done);
    after(console, me, id, frame, said).await
}
