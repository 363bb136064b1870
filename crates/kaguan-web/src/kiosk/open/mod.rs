//! 自助服务设施: a clerk opens a machine of the own outlet to whoever comes. The clerk's session ends with it, and the browser on the
//! machine has one of its own that opens the kiosk's pages alone.

use crate::Console;
use crate::agent::now_ms;
use crate::frame::Said;
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::premade::making::session_of;
use crate::session::{SignedIn, Source, random};
use crate::upload::Sent;
use askama::Template;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use kaguan_api::sign::digest;
use kaguan_domain::clause;
use kaguan_domain::ids::DeskId;
use kaguan_domain::institution::InstitutionCommand;
use kaguan_domain::permission::Verb;
use kaguan_service::{Command, Failure};

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/kiosks",
    screens: &[Screen {
        group: "预制卡管理",
        name: "自助服务设施",
        article: "第十八条、第十九条",
        verb: Verb::RunKiosk,
    }],
    doors: |d| d.get("/kiosks", page).post("/kiosks/open", open).post("/kiosks/close", close),
    samples: &["/kiosks"],
};

const TITLE: &str = "自助服务设施";
/// How a machine says who has it.
pub const ALONE: &str = "自助服务";

/// A machine of the outlet.
pub struct MachineView {
    pub desk: i64,
    pub name: String,
    pub driver: String,
    pub open: bool,
    /// Open, and its browser has not asked for a page for long.
    pub gone: bool,
}

/// The page.
#[derive(Template)]
#[template(path = "kiosk/open/open.html")]
pub struct OpenPage {
    pub frame: Frame,
    pub machines: Vec<MachineView>,
    pub number: String,
}
crate::frame::page!(OpenPage);

fn shown(console: &Console, me: &SignedIn, frame: Frame, number: &str) -> OpenPage {
    let (institutions, now) = (console.service.institutions(), now_ms(console));
    let machines = institutions.desks().filter(|d| d.outlet == me.org.id && d.serves_alone());
    let open = |id| console.kiosks.of_desk(id, now);
    let machines = machines.map(|d| MachineView {
        gone: open(d.id).is_some_and(|(_, gone)| gone),
        desk: d.id.0,
        name: d.name.clone(),
        driver: console.desks.driver_of(d.id, now).unwrap_or_else(|| "未连接".into()),
        open: open(d.id).is_some(),
    });
    OpenPage { machines: machines.collect(), number: number.to_owned(), frame }
}

/// The machines of the outlet.
pub async fn page(State(console): State<Console>, me: SignedIn) -> OpenPage {
    shown(&console, &me, Frame::of(&me, TITLE), "")
}

/// 启用自助服务: at the machine itself, by the number that it shows.
pub async fn open(
    State(console): State<Console>,
    Source(source): Source,
    me: SignedIn,
    sent: Sent,
) -> Response {
    clause!(R19.1);
    let number = sent.text("number").trim().to_owned();
    let again = |why: Said| shown(&console, &me, Frame::of(&me, TITLE).wrong(why), &number).into_response();
    let (institutions, now) = (console.service.institutions(), now_ms(&console));
    let here = |id| institutions.desk(id).is_some_and(|d| d.outlet == me.org.id && d.serves_alone());
    let (own, token) = (session_of(&me), hex::encode(random::<32>()));
    let session = digest(token.as_bytes());
    console.desks.release(&own);
    let desk = match console.desks.take(&number, &session, (0, ALONE), here, now) {
        Ok(desk) => desk,
        Err(why) => {
            return again(Said::from(format!("{why}；且已由系统管理员设为自助服务设施")).about("number"));
        }
    };
    let run = Command::Institution(InstitutionCommand::RunKiosk { desk, run: true });
    if let Err(why) = console.service.execute(me.command(&console), run).await {
        console.desks.release(&session);
        return again(why.into());
    }
    console.kiosks.open(&session, (desk, me.officer.id), &source, now);
    // The clerk leaves: whoever comes next is nobody who is signed in.
    if let Err(why) = console.service.end_session(&me.session).await {
        console.kiosks.close(&session);
        console.desks.release(&session);
        return again(why.into());
    }
    let cookies = [(SET_COOKIE, Console::cookie("")), (SET_COOKIE, Console::kiosk_cookie(&token))];
    (AppendHeaders(cookies), Redirect::to("/kiosk")).into_response()
}

/// 停止自助服务, from any desk of the outlet.
pub async fn close(State(console): State<Console>, me: SignedIn, sent: Sent) -> OpenPage {
    clause!(R19.1);
    let desk = DeskId(sent.text("desk").trim().parse().unwrap_or(-1));
    let run = Command::Institution(InstitutionCommand::RunKiosk { desk, run: false });
    let outcome: Result<_, Failure> = console.service.execute(me.command(&console), run).await;
    if outcome.is_ok()
        && let Some((session, _)) = console.kiosks.of_desk(desk, now_ms(&console))
    {
        console.kiosks.close(&session);
        console.desks.release(&session);
    }
    shown(&console, &me, Frame::of(&me, TITLE).after(outcome, "已停止自助服务"), "")
}
