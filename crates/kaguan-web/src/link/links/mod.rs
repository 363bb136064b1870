//! 接口监控: messages that wait, that were given up, and links in doubt. The system administrator sees to the line, city and province to
//! what became of a link; what reconciliation left to staff the bank, the card's city and the province see.

use crate::Console;
use crate::list::{
    Act, Asked, Button, Cell, Input, Kind, List, ListView, Row, addressees, banks_of, cities_of, column, same,
};
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::records::journal::subject;
use crate::session::SignedIn;
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kaguan_domain::ctx::Instant;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::facts::intent::{IntentKind, IntentState};
use kaguan_domain::facts::letter::LetterKind;
use kaguan_domain::ids::{BankCode, CardId, CityCode, HolderId, PartnerKind};
use kaguan_domain::institution::InstitutionCommand;
use kaguan_domain::link::{ResolveIntent, to_settle};
use kaguan_domain::permission::Verb;
use kaguan_service::reconcile::{
    AGAIN, BankReconciled, Difference, LastReconciled, NotReconciled, OpenDifference,
};
use kaguan_service::{Command, DeadLetter, Failure, LinkUnsettled, Narrow, Standing};
use kaguan_store::{Attempt, AttemptOutcome, SentChosen};
use serde::Deserialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/links",
    screens: &[
        Screen {
            group: "系统管理", name: "接口监控", article: "附件7", verb: Verb::HandleDeadLetter
        },
        Screen { group: "系统管理", name: "接口监控", article: "附件7", verb: Verb::ResolveIntent },
        Screen {
            group: "系统管理", name: DIFFERENCES, article: "第二十三条", verb: Verb::LookAtDifferences
        },
    ],
    doors: |d| {
        d.get("/links", page)
            .post("/links/letter", letter)
            .post("/links/resolve", resolve)
            .post("/links/reconcile", reconcile)
    },
    samples: &["/links"],
};

const TITLE: &str = "接口监控";
const DIFFERENCES: &str = "对账差异";

const STANDING: List = List {
    id: "partners",
    path: "/links",
    title: "各合作方的消息",
    none: "没有待发、待取的消息，也没有死信。",
    columns: &[
        column("partner", "合作方", Kind::Text),
        column("how", "方式", Kind::Choice),
        column("waiting", "待发或待取", Kind::Sum),
        column("age", "最早的已等", Kind::Text),
        column("dead", "死信", Kind::Sum),
    ],
};

const LETTERS: List = List {
    id: "letters",
    path: "/links",
    title: "死信",
    none: "没有死信。对方认为有误，或三天未能送达的消息会列在这里。",
    columns: &[
        column("id", "编号", Kind::Code),
        column("partner", "收件方", Kind::Choice),
        column("kind", "种类", Kind::Choice),
        column("about", "对象", Kind::Code),
        column("made", "生成", Kind::Code),
        column("attempts", "次数", Kind::Number),
    ],
};

const ATTEMPTS: List = List {
    id: "attempts",
    path: "/links",
    title: "发送记录",
    none: "没有发送记录。系统呼叫合作方的每一次，送达与否都列在这里，每个合作方保留最近1000次。",
    columns: &[
        column("at", "时间", Kind::Code),
        column("partner", "合作方", Kind::Choice),
        column("kind", "种类", Kind::Choice),
        column("message", "消息编号", Kind::Code),
        column("number", "第几次", Kind::Number),
        column("outcome", "结果", Kind::Choice),
        column("said", "对方应答", Kind::Text),
        column("took", "耗时（毫秒）", Kind::Number),
        column("next", "下次发送", Kind::Code),
    ],
};

const LINKS: List = List {
    id: "links",
    path: "/links",
    title: "联动存疑与银行不予办理",
    none: "没有待处理的联动。银行不予办理或未答复的联动会列在这里。",
    columns: &[
        column("kind", "联动", Kind::Text),
        column("card", "社保卡卡号", Kind::Text),
        column("bank", "服务银行", Kind::Choice),
        column("city", "地市", Kind::Choice),
        column("state", "状态", Kind::Text),
        column("said", "银行答复", Kind::Text),
        column("since", "自何时", Kind::Code),
        column("wanted", "发起", Kind::Code),
    ],
};

const RECONCILED: List = List {
    id: "reconciled",
    path: "/links",
    title: "最近一次对账",
    none: "没有服务银行。",
    columns: &[
        column("bank", "服务银行", Kind::Text),
        column("at", "时间", Kind::Code),
        column("cards", "卡数", Kind::Sum),
        column("differences", "差异", Kind::Sum),
        column("repaired", "发起修复", Kind::Sum),
        column("under_way", "在途", Kind::Sum),
        column("without_card", "没有卡的账户", Kind::Sum),
        column("staff", "须人工核实", Kind::Sum),
        column("state", "情况", Kind::Choice),
    ],
};

const DIFFERENT: List = List {
    id: "different",
    path: "/links",
    title: "对账差异，须人工核实",
    none: "已对账的服务银行，最近一次对账都没有须人工核实的差异。",
    columns: &[
        column("bank", "服务银行", Kind::Choice),
        column("city", "地市", Kind::Choice),
        column("place", "对账位置", Kind::Code),
        column("what", "差异", Kind::Choice),
        column("ours", "本系统", Kind::Choice),
        column("theirs", "银行", Kind::Choice),
        column("since", "自何时", Kind::Code),
        column("by", "由谁办理", Kind::Choice),
        column("now", "现在办理", Kind::Text),
    ],
};

/// Of a bank or a city that there were reconciliations with.
const HERE: List =
    List {
        id: "different", none: "最近一次对账没有本机构须核实的差异，或都已一致。", ..DIFFERENT
    };

/// The same where there was none yet.
const NOT_HERE: List =
    List {
        id: "different", none: "还没有与服务银行对过账，有没有差异尚不知道。", ..DIFFERENT
    };

/// As long as there was no reconciliation at all, nothing is known of differences.
const NEVER: List = List {
    id: "different",
    none: "还没有与任何服务银行对过账，有没有差异尚不知道；各银行的情况见上表。",
    ..DIFFERENT
};

/// Nor can there be one.
const NOBODY: List = List {
    id: "different",
    none: "还没有与任何服务银行对过账，有没有差异尚不知道。对账须先登记银行的接口地址。",
    ..DIFFERENT
};

/// While it was with some banks and not with others.
const OF_SOME: List = List {
    id: "different",
    none: "已对账的服务银行没有须人工核实的差异；其余银行还没有对过账，见上表“时间”为空的各行。",
    ..DIFFERENT
};

/// The page; what the viewer may not see is `None`.
#[derive(Template)]
#[template(path = "link/links/links.html")]
pub struct LinksPage {
    pub frame: Frame,
    pub standing: Option<ListView>,
    pub letters: Option<ListView>,
    pub attempts: Option<ListView>,
    pub links: Option<ListView>,
    pub reconciled: Option<ListView>,
    pub different: Option<ListView>,
}
crate::frame::page!(LinksPage);

/// What to do with a dead letter.
#[derive(Deserialize)]
pub struct LetterAct {
    letter: i64,
    wish: String,
    #[serde(default)]
    how: String,
}

/// What to do with a link.
#[derive(Deserialize)]
pub struct LinkAct {
    holder: i64,
    card: i64,
    #[serde(default)]
    seq: u32,
    wish: String,
    #[serde(default)]
    how: String,
}

/// What the forms below call a settlement.
const SETTLED: [(&str, &str); 1] = [("settle", "办结")];

/// 账户结算并注销 is settled by saying whether the bank has closed the account.
const CLOSING: [(&str, &str); 2] =
    [("closed", "办结（银行已销户，账户无余额）"), ("left_open", "办结（尚未销户）")];

/// The closing of a card that is its holder's again: that the bank has not closed the account is all that staff may say of it. Had it done so,
/// it would say so itself.
fn unwanted(to: &'static str, fields: Vec<(&'static str, String)>, how: &str) -> Act {
    let says = "办结（尚未销户，不再销户）";
    Act::Form {
        to,
        fields,
        inputs: vec![Input { name: "how", head: "核对结果", value: how.to_owned(), required: true }],
        buttons: vec![Button { name: "wish", value: "unwanted", says, bare: false }],
    }
}

/// How long ago, in the largest whole unit.
fn age(since: Instant, now: Instant) -> String {
    let minutes = (now.0 - since.0).max(0) / 60_000_000;
    match minutes {
        0..60 => format!("{minutes}分钟"),
        60..2_880 => format!("{}小时", minutes / 60),
        _ => format!("{}天", minutes / 1_440),
    }
}

/// A partner by its name, and its code where there are several of its kind.
fn called(partner: &str) -> String {
    let kind = |code: &str| PartnerKind::ALL.into_iter().find(|k| k.code() == code);
    match partner.split_once(':') {
        Some(("bank", code)) => format!("{}（{code}）", BankCode(code.into()).name()),
        Some((of, code)) => {
            kind(of).map_or_else(|| partner.to_owned(), |k| format!("{}（{code}）", k.name()))
        }
        None => kind(partner).map_or(partner, |k| k.name()).to_owned(),
    }
}

fn standing(s: Standing, now: Instant) -> Row {
    let how = match (s.name.is_empty(), s.called) {
        (true, _) => "未登记",
        (false, true) => "由本系统发送",
        (false, false) => "由对方取走",
    };
    let key = s.partner.clone();
    let partner = called(&s.partner);
    let partner =
        if s.name.is_empty() || s.name == partner { partner } else { format!("{}（{partner}）", s.name) };
    let long = s.oldest.is_some_and(|oldest| now.0 - oldest.0 > 86_400_000_000);
    let age = s.oldest.map(|oldest| age(oldest, now)).unwrap_or_default();
    let mark = |cell: Cell, bad: bool| if bad { cell.tagged("bad") } else { cell };
    let (age, dead) = (mark(age.into(), long), mark(s.dead.into(), s.dead > 0));
    Row { key, cells: vec![partner.into(), how.into(), s.waiting.into(), age, dead], acts: Vec::new() }
}

fn letter_row(institutions: &Institutions, l: DeadLetter, how: &str) -> Row {
    let fields = vec![("letter", l.id.to_string())];
    Row {
        key: l.id.to_string(),
        cells: vec![
            l.id.to_string().into(),
            called(&l.partner).into(),
            l.kind.into(),
            subject(institutions, &l.subject).into(),
            l.made_at.local().into(),
            l.attempts.into(),
        ],
        acts: vec![Act::again_or_settle("/links/letter", fields, "再发", &SETTLED, how)],
    }
}

fn attempt_row(a: &Attempt) -> Row {
    let outcome = Cell::from(a.outcome.name()).tagged(match a.outcome {
        AttemptOutcome::Taken => "ok",
        AttemptOutcome::Later => "warn",
        AttemptOutcome::GivenUp => "bad",
    });
    Row {
        key: a.id.to_string(),
        cells: vec![
            a.at.local().into(),
            called(&a.partner).into(),
            LetterKind::parse(&a.kind).map_or("", LetterKind::name).into(),
            a.message.to_string().into(),
            a.number.into(),
            outcome,
            answer(&a.said).into(),
            a.took.into(),
            a.next.map(|at| at.local()).unwrap_or_default().into(),
        ],
        acts: Vec::new(),
    }
}

/// What came back, as an officer reads it.
fn answer(said: &str) -> String {
    match said.strip_prefix("status ") {
        _ if said == "ok" => "收妥".to_owned(),
        Some(status) => format!("HTTP {status}"),
        None => "没有应答".to_owned(),
    }
}

fn link_row(l: LinkUnsettled, how: &str) -> Row {
    let (since, said) = match &l.state {
        IntentState::Refused { at, reason } => (at.local(), reason.clone()),
        IntentState::InDoubt { since } => (since.local(), String::new()),
        IntentState::Wanted
        | IntentState::Confirmed { .. }
        | IntentState::Settled { .. }
        | IntentState::Dropped { .. } => (String::new(), String::new()),
    };
    let holder = l.holder.to_string();
    let fields = vec![("holder", holder.clone()), ("card", l.card.to_string()), ("seq", l.seq.to_string())];
    let tone = if said.is_empty() { "warn" } else { "bad" };
    let settle = match l.unwanted {
        true => unwanted("/links/resolve", fields, how),
        false if l.kind == IntentKind::Close => {
            Act::again_or_settle("/links/resolve", fields, "重新询问", &CLOSING, how)
        }
        false => Act::again_or_settle("/links/resolve", fields, "重新询问", &SETTLED, how),
    };
    let state = Cell::from(l.state.name()).tagged(tone);
    let state =
        if l.unwanted { state.beside("该卡已恢复为持卡人使用，不再销户") } else { state };
    Row {
        key: format!("{}.{}", l.card, l.seq),
        cells: vec![
            l.kind.name().into(),
            l.card_no.into(),
            l.bank.name().into(),
            l.city.name().into(),
            state,
            said.into(),
            since.into(),
            l.wanted_at.local().into(),
        ],
        acts: vec![settle, Act::Press { to: "/people", fields: vec![("holder", holder)], name: "查看档案" }],
    }
}

/// The last reconciliation with a bank, and the press that asks for another.
fn reconciled_row(institutions: &Institutions, with: BankReconciled) -> Row {
    let BankReconciled { bank, called, last, failed } = with;
    let asked = institutions.reconciliation_asked(&bank);
    let asked = asked.filter(|at| last.as_ref().is_none_or(|l| l.at < *at));
    // What failed was what was asked for.
    let asked = asked.filter(|at| failed.as_ref().is_none_or(|f| f.at < *at));
    let failure = |f: &NotReconciled| {
        let next = Instant(f.at.0 + AGAIN);
        let said = format!("{}，{}；{}自动再试", f.at.local(), f.why(), next.local());
        Cell::from("对账失败").tagged("bad").beside(said)
    };
    let state = match (called, asked, &failed, &last) {
        (false, ..) => Cell::from("没有登记接口地址，不联机对账"),
        (true, Some(at), ..) => Cell::from("进行中").tagged("info").beside(format!("{}已要求", at.local())),
        (true, None, Some(f), _) => failure(f),
        (true, None, None, None) => Cell::from("尚未对账").tagged("warn"),
        (true, None, None, Some(l)) if l.staff > 0 => Cell::from("有差异").tagged("bad"),
        (true, None, None, Some(_)) => Cell::from("已对账").tagged("ok"),
    };
    let mut cells =
        vec![Cell::from(bank.name()), last.as_ref().map_or_else(Cell::default, |l| l.at.local().into())];
    let counts = |l: &LastReconciled| {
        let cards = usize::try_from(l.cards).unwrap_or(usize::MAX);
        [cards, l.differences, l.repaired, l.under_way, l.without_card, l.staff].map(Cell::from)
    };
    cells.extend(last.as_ref().map(counts).unwrap_or_default());
    cells.push(state);
    let press = || Act::Press {
        to: "/links/reconcile",
        fields: vec![("bank", bank.as_str().to_owned())],
        name: "立即对账",
    };
    let acts = (called && asked.is_none()).then(press).into_iter().collect();
    Row { key: bank.as_str().to_owned(), cells, acts }
}

/// What staff must look at of the last reconciliation with a bank, and what is done about it.
fn different_row(open: &OpenDifference) -> Row {
    let (bank, case) = (&open.bank, &open.case);
    let Difference { slot, theirs, .. } = case.difference;
    let state = |s: Option<String>| s.unwrap_or_else(|| "无".into());
    let settle = to_settle(open.ours, theirs);
    let ours = Cell::from(state(open.ours.map(|s| s.to_string())));
    let ours = if open.card.is_none() { ours.beside("仅银行有") } else { ours };
    let open_file = |(holder, _): (HolderId, CardId)| Act::Press {
        to: "/people",
        fields: vec![("holder", holder.0.to_string())],
        name: "查看档案",
    };
    Row {
        key: format!("{bank}.{slot}"),
        cells: vec![
            bank.name().into(),
            case.city.as_ref().map(CityCode::name).unwrap_or_default().into(),
            slot.to_string().into(),
            settle.what.into(),
            ours,
            state(theirs.map(|s| s.to_string())).into(),
            case.since.unwrap_or(open.at).local().into(),
            settle.by.name().into(),
            settle.now.into(),
        ],
        acts: open.card.map(open_file).into_iter().collect(),
    }
}

/// The name of a kind, as messages have it.
fn code_of(kind: LetterKind) -> String {
    kind.code().to_owned()
}

/// The page; `how` is what was written of how something was settled, when it was refused.
async fn show(console: &Console, me: &SignedIn, mut frame: Frame, asked: &Asked, how: &str) -> Response {
    let (service, actor, now) = (&console.service, me.actor(), console.service.now());
    let institutions = service.institutions();
    let mut refused = None;
    let mut part = |why: Failure, frame: &mut Frame| match why {
        // What somebody may not see is not there; who may see nothing is told so.
        Failure::Refused(_) => refused = Some(why),
        why => frame.say(&why),
    };
    let (mut stands, mut letters, mut attempts) = (None, None, None);
    match service.standing_for(&actor).await {
        Ok(all) => {
            stands = Some(STANDING.view(all.into_iter().map(|s| standing(s, now)).collect(), asked));
        }
        Err(why) => part(why, &mut frame),
    }
    if stands.is_some() {
        let mut choose = LETTERS.choose(asked);
        let chosen = SentChosen {
            partner: choose.by("partner", addressees(&institutions, called)),
            kind: choose.by("kind", same(&LetterKind::ALL, LetterKind::code, LetterKind::name)).map(code_of),
            outcome: None,
        };
        match service.dead_letters_for(&actor, &chosen, LETTERS.part(asked)).await {
            Ok(found) => {
                let rows = found.rows.into_iter().map(|l| letter_row(&institutions, l, how)).collect();
                letters = Some(choose.view(rows, found.more));
            }
            Err(why) => part(why, &mut frame),
        }
        let mut choose = ATTEMPTS.choose(asked);
        let outcomes = same(AttemptOutcome::ALL, AttemptOutcome::code, AttemptOutcome::name);
        let chosen = SentChosen {
            partner: choose.by("partner", addressees(&institutions, called)),
            kind: choose.by("kind", same(&LetterKind::ALL, LetterKind::code, LetterKind::name)).map(code_of),
            outcome: choose.by("outcome", outcomes),
        };
        match service.attempts_seen_by(&actor, &chosen, ATTEMPTS.part(asked)).await {
            Ok(found) => {
                let rows = found.rows.iter().map(attempt_row).collect();
                attempts = Some(choose.view(rows, found.more));
            }
            Err(why) => part(why, &mut frame),
        }
    }
    let mut links = None;
    let mut choose = LINKS.choose(asked);
    let chosen = Narrow {
        city: choose.by("city", cities_of(&me.org)),
        bank: choose.by("bank", banks_of(&institutions, &me.org)),
        outlet: None,
    };
    match service.links_for(&actor, &chosen, LINKS.part(asked)).await {
        Ok(found) => {
            let rows = found.rows.into_iter().map(|l| link_row(l, how)).collect();
            links = Some(choose.view(rows, found.more));
        }
        Err(why) => part(why, &mut frame),
    }
    let (mut reconciled, mut different, mut called) = (None, None, None);
    match service.reconciliations_for(&actor).await {
        Ok(all) => {
            called = Some(all.iter().any(|b| b.called));
            let rows = all.into_iter().map(|b| reconciled_row(&institutions, b)).collect();
            reconciled = Some(RECONCILED.view(rows, asked));
        }
        Err(why) => part(why, &mut frame),
    }
    match service.differences_for(&actor).await {
        Ok(found) => {
            let list = match (found.reconciled, called) {
                (0, Some(true)) => NEVER,
                (0, Some(false)) => NOBODY,
                (0, None) => NOT_HERE,
                (n, Some(_)) if n < found.banks => OF_SOME,
                (_, Some(_)) => DIFFERENT,
                (_, None) => HERE,
            };
            different = Some(list.view(found.rows.iter().map(different_row).collect(), asked));
        }
        Err(why) => part(why, &mut frame),
    }
    let lists = [&stands, &letters, &attempts, &links, &reconciled, &different];
    if let Some(file) = lists.into_iter().flatten().find_map(ListView::taken) {
        return file;
    }
    let nothing = stands.is_none() && links.is_none() && different.is_none();
    if let (true, Some(why)) = (nothing, refused) {
        frame.say(&why);
    }
    let status = if nothing { StatusCode::FORBIDDEN } else { frame.status };
    let page = LinksPage { frame, standing: stands, letters, attempts, links, reconciled, different };
    (status, page).into_response()
}

/// What the viewer may see of the lines to partners.
pub async fn page(State(console): State<Console>, me: SignedIn, asked: Asked) -> Response {
    // At a bank nothing else of the page is to be seen.
    let title = if me.org.bank.is_some() { DIFFERENCES } else { TITLE };
    show(&console, &me, Frame::of(&me, title), &asked, "").await
}

/// Neither 再发 nor 办结 was chosen: nothing is done, and what was written stays.
async fn unchosen(console: &Console, me: &SignedIn, how: &str) -> Response {
    let frame = Frame::of(me, TITLE).wrong("没有选择再发、询问还是办结，没有办理。请选择后重新提交");
    show(console, me, frame, &me.asked, how).await
}

/// A bank, by its code.
#[derive(Deserialize)]
pub struct OneBank {
    #[serde(default)]
    bank: String,
}

/// 对账 with a bank, at once.
pub async fn reconcile(State(console): State<Console>, me: SignedIn, Form(form): Form<OneBank>) -> Response {
    let command = InstitutionCommand::AskReconciliation { bank: BankCode(form.bank) };
    let outcome = console.service.execute(me.command(&console), Command::Institution(command)).await;
    let frame = Frame::of(&me, TITLE)
        .after(outcome, "已要求对账，由系统与银行联机核对；完成后结果显示在“最近一次对账”");
    show(&console, &me, frame, &me.asked, "").await
}

/// 再发 or 办结 of a dead letter.
pub async fn letter(State(console): State<Console>, me: SignedIn, Form(act): Form<LetterAct>) -> Response {
    let actor = me.actor();
    let (done, outcome) = match act.wish.as_str() {
        "again" => ("已重新排入发送，三天内持续重试", console.service.send_again(&actor, act.letter).await),
        "settle" => {
            ("死信已办结，不再发送", console.service.close_letter(&actor, act.letter, &act.how).await)
        }
        _ => return unchosen(&console, &me, &act.how).await,
    };
    let how = if outcome.is_ok() { String::new() } else { act.how };
    show(&console, &me, Frame::of(&me, TITLE).after(outcome, done), &me.asked, &how).await
}

/// 重新询问 or 办结 of a link.
pub async fn resolve(State(console): State<Console>, me: SignedIn, Form(act): Form<LinkAct>) -> Response {
    let frame = Frame::of(&me, TITLE);
    let (settled, closed, done) = match act.wish.as_str() {
        "again" => (false, None, "已重新询问银行"),
        "settle" => (true, None, "联动已办结"),
        "closed" => (true, Some(true), "联动已办结，账户已销户"),
        "left_open" => (
            true,
            Some(false),
            "联动已办结；账户尚未销户，该卡仍为“已注销，账户待销户”，待服务银行销户后由其登记",
        ),
        "unwanted" => (
            true,
            Some(false),
            "联动已办结，不再销户，该卡仍由持卡人使用；银行其实已经销户的，由服务银行答复该联动，持卡人另行换卡",
        ),
        _ => return unchosen(&console, &me, &act.how).await,
    };
    let settled = settled.then(|| act.how.clone());
    let command = ResolveIntent { card: CardId(act.card), seq: act.seq, settled, closed };
    let command = Command::of(HolderId(act.holder), HolderCommand::ResolveIntent(command));
    let outcome = console.service.execute(me.command(&console), command).await;
    let how = if outcome.is_ok() { String::new() } else { act.how };
    show(&console, &me, frame.after(outcome, done), &me.asked, &how).await
}
