//! 新即时制卡 at a desk (Appendix 9): a clerk takes a 制卡桌面机 for the session by its number, has a card made, looks at the face before it is
//! printed, and is told at every step what to do when it fails.

mod read;
pub mod run;
pub mod scan;

use crate::Console;
use crate::agent::{For, Run, RunState, Unheard, now_ms, perform};
use crate::frame::Said;
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::session::SignedIn;
use crate::upload::Sent;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use kaguan_api::desk::{Outcome, Work};
use kaguan_api::sign::digest;
use kaguan_domain::clause;
use kaguan_domain::ids::{ApplicationId, HolderId};
use kaguan_domain::permission::{Place, Verb};
use run::{Runner, put_out, read_of, take_out};

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/instant/making",
    screens: &[Screen {
        group: "预制卡管理", name: "新即时制卡", article: "附件9", verb: Verb::Personalise
    }],
    doors: |d| {
        d.get("/instant/making", page)
            .post("/instant/making/take", take)
            .post("/instant/making/release", release)
            .post("/instant/making/eject", eject)
            .post("/instant/making/start", start)
            .post("/instant/making/print", print)
            .post("/instant/making/read", read::read_card)
            .post("/instant/making/scan", scan::scan)
    },
    samples: &["/instant/making"],
};

const TITLE: &str = "新即时制卡";

/// The card that this session makes.
pub struct MakingView {
    pub holder: i64,
    pub application: i64,
    pub form_no: String,
    pub printed_name: String,
    pub lines: Vec<(String, String)>,
    pub state: RunState,
}

/// The page.
#[derive(Template)]
#[template(path = "premade/making/making.html")]
pub struct MakingPage {
    pub frame: Frame,
    /// Name and driver of the desk that the session has.
    pub desk: Option<(String, String)>,
    pub run: Option<MakingView>,
    /// Whether the page looks again by itself.
    pub running: bool,
}
crate::frame::page!(MakingPage);

/// What the session is called where its token may not stand.
pub fn session_of(me: &SignedIn) -> String {
    digest(me.session.as_bytes())
}

/// The desk that this session has, if it is still there.
pub fn desk_of(console: &Console, me: &SignedIn) -> Option<For> {
    let session = session_of(me);
    let desk = console.desks.of_session(&session)?;
    let desk = console.service.institutions().desk(desk).filter(|d| d.ended.is_none()).cloned()?;
    (desk.outlet == me.org.id).then_some(For { session, officer: Some(me.officer.id.0), desk })
}

fn shown(console: &Console, me: &SignedIn, frame: Frame) -> MakingPage {
    let desk = desk_of(console, me).map(|whose| {
        let driver = console.desks.driver_of(whose.desk.id, now_ms(console));
        (whose.desk.name, driver.unwrap_or_else(|| "未连接".into()))
    });
    let run = console.desks.run_of(&session_of(me)).map(|r| MakingView {
        holder: r.holder.0,
        application: r.application.0,
        form_no: r.form_no,
        printed_name: r.printed_name.unwrap_or_default(),
        lines: r.lines,
        state: r.state,
    });
    let running = run.as_ref().is_some_and(|r| matches!(r.state, RunState::Running));
    MakingPage { frame, desk, run, running }
}

/// The desk and the card that is made at it.
pub async fn page(State(console): State<Console>, me: SignedIn) -> MakingPage {
    shown(&console, &me, Frame::of(&me, TITLE))
}

/// A clerk takes a desk of the own outlet by the number that it shows.
pub async fn take(State(console): State<Console>, me: SignedIn, sent: Sent) -> MakingPage {
    clause!(X9.3);
    let frame = Frame::of(&me, TITLE);
    if let Err(why) = console.service.may(&me.actor(), Verb::Personalise, &Place::At(me.org.id)) {
        return shown(&console, &me, frame.wrong(kaguan_service::Failure::from(why)));
    }
    let institutions = console.service.institutions();
    let here = |id| institutions.desk(id).is_some_and(|d| d.outlet == me.org.id && d.ended.is_none());
    let whose = (me.officer.id.0, me.officer.name.as_str());
    let taken = console.desks.take(sent.text("number"), &session_of(&me), whose, here, now_ms(&console));
    let frame = match taken {
        Ok(_) => frame.done("本次登录使用这台制卡桌面机"),
        Err(why) => frame.wrong(Said::from(why).about("number")),
    };
    shown(&console, &me, frame)
}

/// The desk is free again.
pub async fn release(State(console): State<Console>, me: SignedIn) -> MakingPage {
    console.desks.release(&session_of(&me));
    shown(&console, &me, Frame::of(&me, TITLE).done("已交还制卡桌面机"))
}

/// 退卡: what lies under the reader goes out where it belongs, whoever left it there.
pub async fn eject(State(console): State<Console>, me: SignedIn) -> MakingPage {
    clause!(R36.3);
    let frame = Frame::of(&me, TITLE);
    let frame = match out_of(&console, &me).await {
        Ok(said) => frame.done(&said),
        Err(why) => frame.wrong(why),
    };
    shown(&console, &me, frame)
}

async fn out_of(console: &Console, me: &SignedIn) -> Result<String, String> {
    let none = "本次登录还没有使用制卡桌面机。请录入桌面机上显示的四位号码";
    let whose = desk_of(console, me).ok_or(none)?;
    if console.desks.run_of(&whose.session).is_some_and(|r| matches!(r.state, RunState::Running)) {
        return Err("本桌面机正在制卡，请等它完成".into());
    }
    console.desks.forget_ended(&whose.session);
    // Once more when it fails: what is not read goes into the bin.
    for again in [true, false] {
        match perform(console, &whose, ("", ""), Work::Read).await {
            Ok(Outcome::Card(read)) => {
                let read = read_of(read);
                let under = console.service.under_reader(&me.actor(), &read.chip).await;
                return Ok(take_out(console, &whose, under.map_err(|e| e.to_string())?, &read).await);
            }
            Ok(Outcome::Failed { code: -2, .. }) => return Err("读卡位置没有卡".into()),
            Ok(Outcome::Failed { .. }) if again => {}
            Ok(Outcome::Failed { .. }) => break,
            Ok(Outcome::Refused { why }) | Err(Unheard::NotGiven(why)) => return Err(why),
            Ok(Outcome::Done | Outcome::Identity(_) | Outcome::ChipKey(_) | Outcome::Paper { .. }) => {
                return Err("桌面机的答复不合规".into());
            }
            Err(Unheard::Lost) => return Err("制卡桌面机没有应答，请检查桌面程序".into()),
        }
    }
    let told = "连续两次读不出该卡。请核对卡面银行卡号：正在制作的，在“即时制卡”中登记制卡失败；在库的，在“预制卡出入库”中登记作废；并放入废卡盒，不得放回卡盒";
    Ok(put_out(console, &whose, ("", false), told).await)
}

fn go(console: Console, me: &SignedIn, run: Run, face_seen: bool) -> Response {
    let Some(whose) = desk_of(&console, me) else {
        let why = "本次登录还没有使用制卡桌面机。请录入桌面机上显示的四位号码";
        return shown(&console, me, Frame::of(me, TITLE).wrong(why)).into_response();
    };
    if !console.desks.begin(&whose.session, run.clone()) {
        let why = "本桌面机正在制卡，请等它完成";
        return shown(&console, me, Frame::of(me, TITLE).wrong(why)).into_response();
    }
    let (actor, outlet, token) = (me.actor(), me.org.id, me.session.clone());
    // It goes on when the browser is closed: a card is not left half written.
    tokio::spawn(Runner { console, actor, outlet, whose, run, token, face_seen }.go());
    Redirect::to("/instant/making").into_response()
}

/// Begins to make the card of an application, or goes on with it where the journal says that it stopped.
pub async fn start(State(console): State<Console>, me: SignedIn, sent: Sent) -> Response {
    clause!(R36.2);
    clause!(X9.4);
    let number = |name: &str| sent.text(name).trim().parse().unwrap_or(-1);
    let name = sent.text("printed_name").trim();
    let (holder, application) = (HolderId(number("holder")), ApplicationId(number("application")));
    let before = console.desks.run_of(&session_of(&me)).filter(|r| r.application == application);
    let run = Run {
        holder,
        application,
        form_no: sent.text("form_no").trim().chars().take(20).collect(),
        printed_name: (!name.is_empty()).then(|| name.to_owned()),
        lines: before.map(|r| r.lines).unwrap_or_default(),
        state: RunState::Running,
    };
    go(console, &me, run, false)
}

/// The face was looked at: it is printed, and the card confirmed.
pub async fn print(State(console): State<Console>, me: SignedIn) -> Response {
    clause!(R36.2);
    match console.desks.run_of(&session_of(&me)) {
        Some(run) if matches!(run.state, RunState::FaceReady(_)) => {
            go(console, &me, Run { state: RunState::Running, ..run }, true)
        }
        Some(_) | None => {
            let why = "没有待核对的卡面。请先制卡，核对卡面后再印";
            shown(&console, &me, Frame::of(&me, TITLE).wrong(why)).into_response()
        }
    }
}
