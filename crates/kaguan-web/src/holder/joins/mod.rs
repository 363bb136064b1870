//! 档案合并: two files of one person are found by their numbers, one officer proposes, another decides. Numbers are sent in forms,
//! and every file that is shown was looked at in the journal.

use crate::Console;
use crate::frame::Said;
use crate::list::{Act, Asked, Kind, List, ListView, Row, column};
use crate::may::May;
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::session::SignedIn;
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use kaguan_domain::clause;
use kaguan_domain::ctx::Instant;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::form::ApplicationForm;
use kaguan_domain::facts::join::{Join, JoinState};
use kaguan_domain::facts::lookup::LookedUp;
use kaguan_domain::holder::{DecideJoin, ProposeJoin, UndoJoin};
use kaguan_domain::ids::{CardId, CityCode, HolderId};
use kaguan_domain::permission::Verb;
use kaguan_domain::recall::state_said;
use kaguan_domain::refusal::Reason;
use kaguan_service::{Command, Failure, Looked, Seen, StoppedByJoin, WaitingJoin};
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

const LIST: List = List {
    id: "joins",
    path: "/joins",
    title: "待审核",
    none: "没有待审核的合并或撤销合并。一名经办人提出后，由另一名经办人在这里审核。",
    columns: &[
        column("what", "事项", Kind::Choice),
        column("since", "提出时间", Kind::Code),
        column("stays", "保留档案的申领表", Kind::Code),
        column("other", "并入档案的申领表", Kind::Code),
        column("whose", "由谁审核", Kind::Choice),
    ],
};

/// What another city has done with cards of the own one: shown while there is something to tell.
const STOPPED: List = List {
    id: "stopped",
    path: "/joins",
    title: "外市办理合并、本市的卡停用（近三十天）",
    none: "",
    columns: &[
        column("at", "审核同意", Kind::Code),
        column("form", "停用的卡的申领表", Kind::Code),
        column("whose", "办理的市", Kind::Choice),
    ],
};

/// How long it is told: thirty days, in microseconds.
const STOPPED_TOLD: i64 = 30 * 24 * 3600 * 1_000_000;

/// A city as whose a joining is; empty for a file that is nobody's yet.
fn whose_said(city: Option<&CityCode>) -> &'static str {
    city.map_or("任一市", |c| c.name())
}

/// One thing that both files say: what it is, what each says, whether they differ.
pub type Compared = (&'static str, String, String, bool);

/// A joining that is being looked at.
pub struct JoinView {
    pub other: i64,
    pub state: &'static str,
    /// Whether a second officer has to decide.
    pub waits: bool,
    /// Whether what waits is to undo it.
    pub undoing: bool,
    pub reason: String,
    /// Why it is to be undone, or was refused.
    pub answer: String,
    /// The masked number of the card that stays in use.
    pub keep: String,
    /// Whether this officer may decide now; or why not.
    pub decide: Result<(), String>,
    /// Whether this officer may refuse it.
    pub refuse: bool,
    /// Whether this officer may propose its undoing now.
    pub undo: bool,
    /// Why not, of files that are joined.
    pub not_undone: Option<String>,
    /// When it, or its undoing, was proposed; empty when nothing waits.
    pub since: String,
    /// What its undoing does with what, each under its head.
    pub parts: Vec<(&'static str, String)>,
    /// What both files bring together, and what each card is afterwards, of a joining that waits.
    pub brings: Vec<(&'static str, String)>,
}

/// Two files, or one that others were joined into.
pub struct PairView {
    pub stays: i64,
    /// What this session's addresses call the file that stays.
    pub key: String,
    /// `None` when the other is in the file that stays.
    pub other: Option<i64>,
    /// 项目, and what each file says, masked.
    pub compared: Vec<Compared>,
    /// Whose file, masked number with city and bank, state of each card.
    pub cards: Vec<(&'static str, String, String)>,
    /// Cards whose account the bank has closed and that another is to be made for.
    pub closed: Vec<String>,
    /// The cards of which one stays in use: identity and text.
    pub choice: Vec<(i64, String)>,
    /// Why other cards are not among them, each reason once.
    pub not_kept: Vec<String>,
    /// What both files bring together, before it is proposed.
    pub brings: Vec<(&'static str, String)>,
    /// Whether the joining can be proposed; or why not.
    pub propose: Result<(), String>,
    /// Whether it is the other way round that it may be proposed by this officer: then both are exchanged.
    pub swap: bool,
    pub joins: Vec<JoinView>,
}

impl PairView {
    /// Whether one of them waits for a second officer: then nothing is proposed, and nobody is told that it cannot be.
    pub fn waits(&self) -> bool {
        self.joins.iter().any(|j| j.waits)
    }
}

/// 档案合并.
#[derive(Template)]
#[template(path = "holder/joins/joins.html")]
pub struct JoinsPage {
    pub frame: Frame,
    /// What waits; `None` when the list cannot be shown: the notice says why.
    pub list: Option<ListView>,
    /// Cards of the own city that another one stopped; `None` when there is none.
    pub stopped: Option<ListView>,
    pub pair: Option<PairView>,
    /// The numbers that led nowhere, to be corrected.
    pub sought: Find,
    /// What was written and refused.
    pub typed: Proposal,
    /// Whether it was just done: then follows what comes next.
    pub done: bool,
}
crate::frame::page!(JoinsPage);

/// Two numbers.
#[derive(Default, Deserialize)]
pub struct Find {
    #[serde(default)]
    pub stays: String,
    #[serde(default)]
    pub other: String,
}

/// Two files.
#[derive(Deserialize)]
pub struct Pair {
    holder: i64,
    other: i64,
}

/// A proposal.
#[derive(Clone, Default, Deserialize)]
pub struct Proposal {
    holder: i64,
    other: i64,
    #[serde(default)]
    pub reason: String,
    #[serde(default)]
    pub keep: String,
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
    #[serde(default)]
    sure: String,
}

async fn shown(
    console: &Console,
    me: &SignedIn,
    mut frame: Frame,
    pair: Option<PairView>,
    asked: &Asked,
) -> JoinsPage {
    let part = frame.part(console.service.joins_waiting(&me.actor(), LIST.part(asked)).await);
    let row = |j: WaitingJoin| {
        let [stays, other] = j.forms;
        let what = if j.undoing { "撤销合并" } else { "合并" };
        Row {
            key: j.key,
            cells: vec![
                what.into(),
                j.since.local().into(),
                stays.into(),
                other.into(),
                whose_said(j.whose.as_ref()).into(),
            ],
            acts: vec![Act::Press {
                to: "/joins/look",
                fields: vec![("holder", j.stays.to_string()), ("other", j.other.to_string())],
                name: "查看",
            }],
        }
    };
    let list = part.map(|part| LIST.choose(asked).view(part.rows.into_iter().map(row).collect(), part.more));
    let since = Instant(console.service.now().0 - STOPPED_TOLD);
    let stopped = frame.list(console.service.cards_stopped_by_joins(&me.actor(), since).await);
    let rows: Vec<Row> = stopped.into_iter().flatten().map(stopped_row).collect();
    let stopped = (!rows.is_empty()).then(|| STOPPED.view(rows, asked));
    let (sought, typed) = (Find::default(), Proposal::default());
    JoinsPage { frame, list, stopped, pair, sought, typed, done: false }
}

fn stopped_row(s: StoppedByJoin) -> Row {
    Row {
        key: format!("{}.{}.{}", s.stays, s.other, s.form),
        cells: vec![s.at.local().into(), s.form.into(), whose_said(s.whose.as_ref()).into()],
        acts: vec![Act::Press {
            to: "/joins/look",
            fields: vec![("holder", s.stays.to_string()), ("other", s.other.to_string())],
            name: "查看",
        }],
    }
}

fn frame(me: &SignedIn) -> Frame {
    Frame::of(me, "档案合并")
}

/// The list of what waits, and the search.
pub async fn page(State(console): State<Console>, me: SignedIn, asked: Asked) -> Response {
    let page = shown(&console, &me, frame(&me), None, &asked).await;
    match page.list.iter().chain(&page.stopped).find_map(ListView::taken) {
        Some(file) => file,
        None => page.into_response(),
    }
}

/// `which` is the file that is looked for, as its field calls it.
async fn by_number(
    console: &Console,
    me: &SignedIn,
    which: &'static str,
    text: &str,
) -> Result<Seen<Looked>, Said> {
    let cite = clause!(R35.1).cite();
    if text.trim().is_empty() {
        return Err(format!("{which}：请填写。依据{cite}。").into());
    }
    let what = LookedUp::read(text)
        .map_err(|e| Said::from(format!("{which}：{e}。依据{cite}。请核对证件后重新输入。")))?;
    let ctx = me.ctx(console);
    match console.service.look_up(ctx, &what, WHY).await {
        Ok(mut found) if found.len() == 1 => Ok(found.remove(0)),
        Ok(_) => Err(format!("{which}：该证件号码对应多人的档案，请改用社会保障号码查询。").into()),
        Err(Failure::Refused(r)) if r.reason == Reason::NotFound => {
            Err(format!("{which}：该号码没有档案。请核对号码后重试。").into())
        }
        Err(e) => Err(e.into()),
    }
}

/// Finds both by their numbers.
pub async fn find(State(console): State<Console>, me: SignedIn, Form(form): Form<Find>) -> JoinsPage {
    let stays = by_number(&console, &me, "保留的档案：社会保障号码", &form.stays).await;
    let other = by_number(&console, &me, "并入的档案：社会保障号码", &form.other).await;
    let frame = frame(&me);
    let wrong = match (stays, other) {
        (Ok(stays), Ok(other)) => {
            let one = stays.file.id == other.file.id;
            let pair = pair_view(&console, &me, &stays, Some(&*other));
            let waits = if pair.waits() { "，其中有撤销合并待审核" } else { "" };
            let said = format!(
                "两个号码查到的是同一份档案，没有另一份可以合并；已经合并的，合并记录列在下面{waits}"
            );
            let frame = if one { frame.done(said) } else { frame };
            let page = shown(&console, &me, frame, Some(pair), &me.asked).await;
            return JoinsPage { sought: if one { form } else { Find::default() }, ..page };
        }
        (Err(stays), Err(other)) => frame.wrong(stays.about("stays")).wrong_too(other.about("other")),
        (Err(stays), Ok(_)) => frame.wrong(stays.about("stays")),
        (Ok(_), Err(other)) => frame.wrong(other.about("other")),
    };
    JoinsPage { sought: form, ..shown(&console, &me, wrong, None, &me.asked).await }
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
            let view = pair_view(console, me, &stays, other.as_deref());
            shown(console, me, frame, Some(view), &me.asked).await
        }
        Err(e) if frame.notice.is_none() => shown(console, me, frame.wrong(e), None, &me.asked).await,
        Err(_) => shown(console, me, frame, None, &me.asked).await,
    }
}

/// 查看 of a pair that waits.
pub async fn look(State(console): State<Console>, me: SignedIn, Form(form): Form<Pair>) -> JoinsPage {
    look_at(&console, &me, frame(&me), &form).await
}

fn pair_view(console: &Console, me: &SignedIn, stays: &Looked, other: Option<&Looked>) -> PairView {
    let may = May::of(console, me);
    let other = other.filter(|o| o.file.id != stays.file.id);
    let proposed = |with: &Looked, keep: Option<CardId>| {
        let reason = String::from("-");
        let command = HolderCommand::ProposeJoin(ProposeJoin { other: with.file.id, reason, keep });
        may.joining(stays, Some(with), &command)
    };
    let both = other
        .filter(|o| stays.file.standing_cards().next().is_some() && o.file.standing_cards().next().is_some());
    let asked: Vec<_> = both
        .into_iter()
        .flat_map(|o| stays.file.standing_cards().chain(o.file.standing_cards()).map(move |c| (o, c)))
        .map(|(o, c)| (c, proposed(o, Some(c.id))))
        .collect();
    let any = asked.iter().any(|(_, refused)| refused.is_none());
    let mut not_kept: Vec<String> = Vec::new();
    for why in asked.iter().filter(|_| any).filter_map(|(_, r)| r.as_ref()?.about.clone()) {
        if !not_kept.contains(&why) {
            not_kept.push(why);
        }
    }
    // Which card is kept is chosen on this page; what holds of every card is told before.
    let refused = match asked.first() {
        _ if any => None,
        Some((_, refused)) => refused.clone(),
        None => other.and_then(|with| {
            let keep = stays.file.standing_cards().chain(with.file.standing_cards()).next().map(|c| c.id);
            proposed(with, keep)
        }),
    };
    // Whose the file that stays is, is not the officer's to choose; which of both stays, is.
    let elsewhere = refused.as_ref().is_some_and(|r| r.reason == Reason::OutOfScope);
    let swap = other.filter(|_| elsewhere).is_some_and(|with| {
        let (reason, keep) = (String::from("-"), None);
        let command = HolderCommand::ProposeJoin(ProposeJoin { other: stays.file.id, reason, keep });
        may.joining(with, Some(stays), &command).is_none_or(|r| r.reason != Reason::OutOfScope)
    });
    let refused = refused.map(|r| r.sentence());
    let choice = asked.iter().filter(|(_, refused)| refused.is_none()).map(|(c, _)| *c);
    let joins = stays.file.person.iter().flat_map(|p| &p.joins);
    let joins = joins.filter(|j| other.is_none_or(|o| o.file.id == j.other));
    let text = |c: &kaguan_domain::facts::card::Card| {
        format!("{} {} {}", c.card_no.masked(), c.city.name(), c.bank.name())
    };
    let ctx = me.ctx(console);
    let view = |j: &Join| {
        // What is decided, or undone, is the last joining with a file: one before it is history.
        let last = stays.file.join_with(j.other).is_some_and(|last| std::ptr::eq(last, j));
        let waits = last && j.state.waits();
        let joins = waits && j.state == JoinState::Proposed;
        let with = other.filter(|o| joins && o.file.id == j.other);
        let decide = DecideJoin { other: j.other, approved: true, reason: String::new() };
        let refuse = DecideJoin { other: j.other, approved: false, reason: "-".into() };
        let undo = UndoJoin { other: j.other, reason: "-".into() };
        let not_undone = may.joining(stays, other, &HolderCommand::UndoJoin(undo)).map(|r| r.sentence());
        let joined = matches!(j.state, JoinState::Joined { .. });
        let answer = match &j.state {
            JoinState::Refused { reason, .. } | JoinState::UndoProposed { reason, .. } => reason.clone(),
            JoinState::Proposed | JoinState::Joined { .. } | JoinState::Undone { .. } => String::new(),
        };
        let all = stays.file.cards.iter().chain(other.into_iter().flat_map(|o| &o.file.cards));
        JoinView {
            other: j.other.0,
            state: j.state.name(),
            waits,
            undoing: matches!(j.state, JoinState::UndoProposed { .. }),
            reason: j.reason.clone(),
            answer,
            keep: all.filter(|c| Some(c.id) == j.keep).map(text).collect(),
            decide: match may.joining(stays, other, &HolderCommand::DecideJoin(decide)) {
                None => Ok(()),
                Some(r) => Err(r.sentence()),
            },
            refuse: waits && may.joining(stays, other, &HolderCommand::DecideJoin(refuse)).is_none(),
            undo: last && not_undone.is_none(),
            not_undone: not_undone.filter(|_| last && joined),
            since: j.waits_since().map(|at| at.local()).unwrap_or_default(),
            parts: if last { stays.undoing_said(j.other, &ctx) } else { Vec::new() },
            brings: with.map(|o| stays.joining_said(o, j.keep, &ctx)).unwrap_or_default(),
        }
    };
    let mut cards = cards_of(if other.is_some() { "保留" } else { "" }, stays);
    cards.extend(other.into_iter().flat_map(|o| cards_of("并入", o)));
    let all = stays.file.cards.iter().chain(other.into_iter().flat_map(|o| &o.file.cards));
    let closed = all.filter_map(|c| Some(format!("{}：{}", text(c), c.closed_said()?)));
    PairView {
        closed: closed.collect(),
        stays: stays.file.id.0,
        key: console.service.key_of(&me.session, stays.file.id),
        other: other.map(|o| o.file.id.0),
        compared: compared(stays, other),
        cards,
        choice: choice.map(|c| (c.id.0, text(c))).collect(),
        not_kept,
        brings: other.map(|o| stays.joining_said(o, None, &ctx)).unwrap_or_default(),
        propose: refused.map_or(Ok(()), Err),
        swap,
        joins: joins.map(view).collect(),
    }
}

/// What both files say, side by side.
fn compared(stays: &Looked, other: Option<&Looked>) -> Vec<Compared> {
    // What is shown masked may look alike and differ.
    let same = other.map(|o| stays.same_as(o));
    let says = |seen: &Looked| -> [(&'static str, String, Option<bool>); 8] {
        let d = seen.file.person.as_ref().map(|p| &p.details);
        let of = |say: fn(&ApplicationForm) -> String| d.map(say).unwrap_or_default();
        let applications = seen.file.applications.len().to_string();
        let form = seen.file.applications.last().map(|a| a.form_no.clone()).unwrap_or_default();
        [
            ("姓名", of(|d| d.name.masked()), same.map(|s| s.name)),
            ("社会保障号码", of(|d| d.ssn.masked()), same.map(|s| s.number)),
            ("证件种类", of(|d| d.document.kind().name().to_owned()), None),
            ("证件号码", of(|d| d.identifier().masked()), same.map(|s| s.document)),
            ("性别", of(|d| kaguan_domain::codes::sex(&d.sex).unwrap_or_default().to_owned()), None),
            ("出生日期", of(|d| d.birth_date.to_string()), None),
            ("申请", format!("{applications}笔"), Some(true)),
            ("最近的申领表", form, Some(true)),
        ]
    };
    let right = other.map(says);
    let row = |(n, (head, shown, same)): (usize, (&'static str, String, Option<bool>))| {
        let beside = right.as_ref().and_then(|r| r.get(n)).map(|r| r.1.clone()).unwrap_or_default();
        let differs = other.is_some() && !same.unwrap_or(shown == beside);
        (head, shown, beside, differs)
    };
    says(stays).into_iter().enumerate().map(row).collect()
}

fn cards_of(whose: &'static str, seen: &Looked) -> Vec<(&'static str, String, String)> {
    let card = |c: &kaguan_domain::facts::card::Card| {
        (whose, format!("{} {} {}", c.card_no.masked(), c.city.name(), c.bank.name()), state_said(c))
    };
    seen.file.cards.iter().map(card).collect()
}

/// Gives the command and shows both files again; what was refused stays filled in.
async fn give(
    console: Console,
    me: SignedIn,
    typed: Proposal,
    command: HolderCommand,
    done: &'static str,
) -> JoinsPage {
    let ctx = me.command(&console);
    let pair = Pair { holder: typed.holder, other: typed.other };
    let outcome = console.service.execute(ctx, Command::of(HolderId(pair.holder), command)).await;
    let is_done = outcome.is_ok();
    let page = look_at(&console, &me, frame(&me).after(outcome, done), &pair).await;
    let typed = if is_done { Proposal::default() } else { typed };
    JoinsPage { typed, done: is_done, ..page }
}

/// 提出档案合并.
pub async fn propose(State(console): State<Console>, me: SignedIn, Form(form): Form<Proposal>) -> JoinsPage {
    let other = HolderId(form.other);
    let keep = form.keep.parse().ok().map(CardId);
    let command = HolderCommand::ProposeJoin(ProposeJoin { other, reason: form.reason.clone(), keep });
    give(console, me, form, command, "合并已提出，待另一名经办人审核").await
}

/// 审核. Cards that are not kept stop with the agreement, so that it is said a second time that both files were compared.
pub async fn settle(State(console): State<Console>, me: SignedIn, Form(form): Form<Decision>) -> JoinsPage {
    let approved = form.approved == "yes";
    let other = HolderId(form.other);
    if approved && form.sure.is_empty() {
        let pair = Pair { holder: form.holder, other: form.other };
        let cite = clause!(R5.5).cite();
        let said = format!("须勾选已核对，没有审核。依据{cite}。请核对本页所列各项后勾选，再按“同意”。");
        let frame = frame(&me).wrong(Said::from(said).about("sure"));
        return look_at(&console, &me, frame, &pair).await;
    }
    let typed = Proposal { holder: form.holder, other: form.other, ..Proposal::default() };
    let command = HolderCommand::DecideJoin(DecideJoin { other, approved, reason: form.reason });
    let done = if approved {
        "已审核同意，档案已按提出的内容办理"
    } else {
        "已审核，不同意"
    };
    give(console, me, typed, command, done).await
}

/// 提出撤销合并.
pub async fn undo(State(console): State<Console>, me: SignedIn, Form(form): Form<Proposal>) -> JoinsPage {
    let command =
        HolderCommand::UndoJoin(UndoJoin { other: HolderId(form.other), reason: form.reason.clone() });
    give(console, me, form, command, "撤销已提出，待另一名经办人审核").await
}
