//! 档案合并: two files of one person are found by their numbers, one officer proposes, another decides. Numbers are sent in forms,
//! and every file that is shown was looked at in the journal.

use crate::Console;
use crate::frame::Said;
use crate::may::May;
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::session::SignedIn;
use askama::Template;
use axum::Form;
use axum::extract::State;
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::join::{Join, JoinState};
use kaguan_domain::facts::lookup::LookedUp;
use kaguan_domain::holder::{DecideJoin, ProposeJoin, UndoJoin};
use kaguan_domain::ids::{CardId, HolderId};
use kaguan_domain::permission::Verb;
use kaguan_domain::refusal::Reason;
use kaguan_service::{Command, Failure, Looked, Seen};
use serde::Deserialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/joins",
    screens: &[Screen {
        group: "社保卡维护",
        name: "档案合并",
        article: "第三十五条",
        verb: Verb::ProposeJoin,
    }],
    doors: |d| {
        d.get("/joins", page)
            .post("/joins", find)
            .post("/joins/look", look)
            .post("/joins/propose", propose)
            .post("/joins/decide", settle)
            .post("/joins/undo", undo)
    },
    samples: &["/joins"],
};

/// Why files are looked at here.
const WHY: &str = "档案合并：比对两份档案（脱敏显示）";

/// A person of one of the files, masked.
pub struct SideView {
    pub id: i64,
    pub name: String,
    pub number: String,
    /// Kind and masked number of the document.
    pub document: String,
    pub sex: &'static str,
    pub born: String,
    pub applications: usize,
    /// Identity, masked number with city and bank, state of each card.
    pub cards: Vec<(i64, String, String)>,
}

/// A joining that is being looked at.
pub struct JoinView {
    pub other: i64,
    pub state: &'static str,
    pub reason: String,
    /// Why it is to be undone, or was refused.
    pub answer: String,
    /// The masked number of the card that stays in use.
    pub keep: String,
    /// Whether this officer may decide now; or why not.
    pub decide: Result<(), String>,
    pub undo: bool,
}

/// Two files, or one that others were joined into.
pub struct PairView {
    pub stays: SideView,
    pub other: Option<SideView>,
    /// The cards of which one stays in use: identity and text.
    pub choice: Vec<(i64, String)>,
    /// Whether the joining can be proposed; or why not.
    pub propose: Result<(), String>,
    pub joins: Vec<JoinView>,
}

/// 档案合并.
#[derive(Template)]
#[template(path = "holder/joins/joins.html")]
pub struct JoinsPage {
    pub frame: Frame,
    /// Since when, the file that stays, the other one; `None` when the list cannot be shown: the notice says why.
    pub waiting: Option<Vec<(String, i64, i64)>>,
    pub pair: Option<PairView>,
}
crate::frame::page!(JoinsPage);

/// Two numbers.
#[derive(Deserialize)]
pub struct Find {
    stays: String,
    other: String,
}

/// Two files.
#[derive(Deserialize)]
pub struct Pair {
    holder: i64,
    other: i64,
}

/// A proposal.
#[derive(Deserialize)]
pub struct Proposal {
    holder: i64,
    other: i64,
    reason: String,
    #[serde(default)]
    keep: String,
}

/// A decision.
#[derive(Deserialize)]
pub struct Decision {
    holder: i64,
    other: i64,
    /// `yes` or `no`.
    approved: String,
    #[serde(default)]
    reason: String,
}

async fn shown(console: &Console, me: &SignedIn, mut frame: Frame, pair: Option<PairView>) -> JoinsPage {
    let waiting = frame.list(console.service.joins_waiting(&me.actor()).await);
    let line = |(stays, other, at): (HolderId, HolderId, kaguan_domain::ctx::Instant)| {
        (at.local(), stays.0, other.0)
    };
    let waiting = waiting.map(|all| all.into_iter().map(line).collect());
    JoinsPage { frame, waiting, pair }
}

fn frame(me: &SignedIn) -> Frame {
    Frame::of(me, "档案合并")
}

/// The list of what waits, and the search.
pub async fn page(State(console): State<Console>, me: SignedIn) -> JoinsPage {
    shown(&console, &me, frame(&me), None).await
}

async fn by_number(console: &Console, me: &SignedIn, text: &str) -> Result<Seen<Looked>, Said> {
    let what = LookedUp::read(text)
        .map_err(|e| Said::from(format!("{e}。依据{}。请核对证件后重新输入。", clause!(R35.1).cite())))?;
    let ctx = me.ctx(console);
    match console.service.look_up(ctx, &what, WHY).await {
        Ok(mut found) if found.len() == 1 => Ok(found.remove(0)),
        Ok(_) => Err("该证件号码对应多人的档案，请改用社会保障号码查询。".into()),
        Err(Failure::Refused(r)) if r.reason == Reason::NotFound => {
            Err("有一个号码没有档案。请核对号码后重试。".into())
        }
        Err(e) => Err(e.into()),
    }
}

/// Finds both by their numbers.
pub async fn find(State(console): State<Console>, me: SignedIn, Form(form): Form<Find>) -> JoinsPage {
    let found = match by_number(&console, &me, &form.stays).await {
        Ok(stays) => {
            let other = by_number(&console, &me, &form.other).await;
            other.map(|other| (stays, other)).map_err(|why| why.about("other"))
        }
        Err(why) => Err(why.about("stays")),
    };
    match found {
        Ok((stays, other)) => {
            let pair = pair_view(&console, &me, &stays, Some(&other));
            shown(&console, &me, frame(&me), Some(pair)).await
        }
        Err(why) => shown(&console, &me, frame(&me).wrong(why), None).await,
    }
}

/// Looks at both files of a joining.
async fn look_at(console: &Console, me: &SignedIn, frame: Frame, pair: &Pair) -> JoinsPage {
    let look = |id| {
        let ctx = me.ctx(console);
        console.service.look(ctx, HolderId(id), WHY)
    };
    // Of one that is joined, the look shows the file that it is in.
    let found = match look(pair.other).await {
        Ok(other) if other.file.id.0 == pair.holder => Ok((other, None)),
        Ok(other) => look(pair.holder).await.map(|stays| (stays, Some(other))),
        Err(e) => Err(e),
    };
    match found {
        Ok((stays, other)) => {
            let view = pair_view(console, me, &stays, other.as_ref());
            shown(console, me, frame, Some(view)).await
        }
        Err(e) if frame.notice.is_none() => shown(console, me, frame.wrong(e), None).await,
        Err(_) => shown(console, me, frame, None).await,
    }
}

/// 查看 of a pair that waits.
pub async fn look(State(console): State<Console>, me: SignedIn, Form(form): Form<Pair>) -> JoinsPage {
    look_at(&console, &me, frame(&me), &form).await
}

fn pair_view(
    console: &Console,
    me: &SignedIn,
    stays: &Seen<Looked>,
    other: Option<&Seen<Looked>>,
) -> PairView {
    let may = May::of(console, me);
    let other = other.filter(|o| o.file.id != stays.file.id);
    let propose = |with: &Seen<Looked>| {
        let keep = stays.file.standing_cards().chain(with.file.standing_cards()).next().map(|c| c.id);
        let reason = String::from("-");
        let command = HolderCommand::ProposeJoin(ProposeJoin { other: with.file.id, reason, keep });
        // Which card is kept is chosen on this page; any other refusal is told before.
        may.joining(stays, Some(with), &command)
            .filter(|r| r.about.as_deref().is_none_or(|a| !a.contains("须保留")))
    };
    let refused = other.and_then(propose).map(|r| r.sentence());
    let both = other
        .filter(|o| stays.file.standing_cards().next().is_some() && o.file.standing_cards().next().is_some());
    let cards = both.into_iter().flat_map(|o| stays.file.standing_cards().chain(o.file.standing_cards()));
    let joins = stays.file.person.iter().flat_map(|p| &p.joins);
    let joins = joins.filter(|j| other.is_none_or(|o| o.file.id == j.other));
    let text = |c: &kaguan_domain::facts::card::Card| {
        format!("{} {} {}", c.card_no.masked(), c.city.name(), c.bank.name())
    };
    let view = |j: &Join| {
        let decide = DecideJoin { other: j.other, approved: true, reason: String::new() };
        let undo = UndoJoin { other: j.other, reason: "-".into() };
        let answer = match &j.state {
            JoinState::Refused { reason, .. } | JoinState::UndoProposed { reason, .. } => reason.clone(),
            JoinState::Proposed | JoinState::Joined { .. } | JoinState::Undone { .. } => String::new(),
        };
        let all = stays.file.cards.iter().chain(other.into_iter().flat_map(|o| &o.file.cards));
        JoinView {
            other: j.other.0,
            state: j.state.name(),
            reason: j.reason.clone(),
            answer,
            keep: all.filter(|c| Some(c.id) == j.keep).map(text).collect(),
            decide: match may.joining(stays, other, &HolderCommand::DecideJoin(decide)) {
                None => Ok(()),
                Some(r) => Err(r.sentence()),
            },
            undo: may.joining(stays, other, &HolderCommand::UndoJoin(undo)).is_none(),
        }
    };
    PairView {
        stays: side(stays),
        other: other.map(side),
        choice: cards.map(|c| (c.id.0, text(c))).collect(),
        propose: refused.map_or(Ok(()), Err),
        joins: joins.map(view).collect(),
    }
}

fn side(seen: &Seen<Looked>) -> SideView {
    let file = &seen.file;
    let d = file.person.as_ref().map(|p| &p.details);
    let card = |c: &kaguan_domain::facts::card::Card| {
        let holds: Vec<&str> = c.holds.iter().map(|h| h.name()).collect();
        let state = match (c.is_cancelled(), c.in_force()) {
            (true, _) => "注销".to_owned(),
            (_, true) => "有效".to_owned(),
            _ if holds.is_empty() => "未启用".to_owned(),
            _ => holds.join("、"),
        };
        (c.id.0, format!("{} {} {}", c.card_no.masked(), c.city.name(), c.bank.name()), state)
    };
    SideView {
        id: file.id.0,
        name: d.map(|d| d.name.masked()).unwrap_or_default(),
        number: d.map(|d| d.ssn.masked()).unwrap_or_default(),
        document: d.map(|d| d.document.kind().name().to_owned()).unwrap_or_default(),
        sex: d.and_then(|d| kaguan_domain::codes::sex(&d.sex)).unwrap_or_default(),
        born: d.map(|d| d.birth_date.to_string()).unwrap_or_default(),
        applications: file.applications.len(),
        cards: file.cards.iter().map(card).collect(),
    }
}

/// Gives the command and shows both files again.
async fn give(
    console: Console,
    me: SignedIn,
    pair: Pair,
    command: HolderCommand,
    done: &'static str,
) -> JoinsPage {
    let ctx = me.command(&console);
    let outcome = console.service.execute(ctx, Command::of(HolderId(pair.holder), command)).await;
    let frame = frame(&me).after(outcome, done);
    look_at(&console, &me, frame, &pair).await
}

/// 提出档案合并.
pub async fn propose(State(console): State<Console>, me: SignedIn, Form(form): Form<Proposal>) -> JoinsPage {
    let other = HolderId(form.other);
    let keep = form.keep.parse().ok().map(CardId);
    let command = HolderCommand::ProposeJoin(ProposeJoin { other, reason: form.reason, keep });
    let pair = Pair { holder: form.holder, other: form.other };
    give(console, me, pair, command, "合并已提出，待另一名经办人审核").await
}

/// 审核.
pub async fn settle(State(console): State<Console>, me: SignedIn, Form(form): Form<Decision>) -> JoinsPage {
    let approved = form.approved == "yes";
    let other = HolderId(form.other);
    let command = HolderCommand::DecideJoin(DecideJoin { other, approved, reason: form.reason });
    let pair = Pair { holder: form.holder, other: form.other };
    let done = if approved {
        "已审核同意，档案已按提出的内容办理"
    } else {
        "已审核，不同意"
    };
    give(console, me, pair, command, done).await
}

/// 提出撤销合并.
pub async fn undo(State(console): State<Console>, me: SignedIn, Form(form): Form<Proposal>) -> JoinsPage {
    let command = HolderCommand::UndoJoin(UndoJoin { other: HolderId(form.other), reason: form.reason });
    let pair = Pair { holder: form.holder, other: form.other };
    give(console, me, pair, command, "撤销已提出，待另一名经办人审核").await
}
