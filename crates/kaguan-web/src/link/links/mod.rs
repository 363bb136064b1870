//! 接口监控: messages that wait, that were given up, and links in doubt. The system administrator sees to the line, city and province to
//! what became of a link, and the province sees what reconciliation left.

use crate::Console;
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::records::journal::subject;
use crate::session::SignedIn;
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kaguan_domain::ctx::Instant;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::facts::intent::IntentState;
use kaguan_domain::ids::{BankCode, CardId, HolderId, PartnerKind};
use kaguan_domain::institution::InstitutionCommand;
use kaguan_domain::link::ResolveIntent;
use kaguan_domain::permission::Verb;
use kaguan_service::{Command, DeadLetter, Failure, LinkUnsettled, Standing};
use serde::Deserialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/links",
    screens: &[
        Screen {
            group: "系统管理", name: "接口监控", article: "附件7", verb: Verb::HandleDeadLetter
        },
        Screen { group: "系统管理", name: "接口监控", article: "附件7", verb: Verb::ResolveIntent },
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

/// What stands between the system and a partner.
pub struct StandingView {
    pub partner: String,
    pub how: &'static str,
    pub waiting: i64,
    /// How long the oldest waits.
    pub age: String,
    /// Whether it waits longer than a day.
    pub long: bool,
    pub dead: i64,
}

/// A message that was given up.
pub struct LetterView {
    pub id: i64,
    pub partner: String,
    pub kind: &'static str,
    pub about: String,
    pub made: String,
    pub attempts: i64,
}

/// A link that staff must settle.
pub struct LinkView {
    pub holder: i64,
    pub card: i64,
    pub seq: u32,
    pub bank: &'static str,
    pub city: &'static str,
    pub kind: &'static str,
    pub state: &'static str,
    /// Since when, and what the bank said.
    pub since: String,
    pub said: String,
    pub wanted: String,
}

/// The last reconciliation with a bank.
pub struct ReconciledView {
    pub code: String,
    /// Whether it can be asked for here.
    pub ask: bool,
    /// When it was asked for, while it is not done.
    pub asked: String,
    pub bank: &'static str,
    pub at: String,
    /// Cards, differences, repaired, under way, for staff.
    pub counts: Vec<usize>,
    /// Those for staff: whose file, our state and the bank's.
    pub cases: Vec<(Option<i64>, String, String)>,
}

/// The page; what the viewer may not see is `None`.
#[derive(Template)]
#[template(path = "link/links/links.html")]
pub struct LinksPage {
    pub frame: Frame,
    pub standing: Option<Vec<StandingView>>,
    pub letters: Vec<LetterView>,
    /// After which dead letter the next page begins.
    pub next_letter: Option<i64>,
    pub links: Option<Vec<LinkView>>,
    /// After which card the next page begins.
    pub next_link: Option<(i64, i64)>,
    pub reconciled: Option<Vec<ReconciledView>>,
    /// What was written of how something was settled, when it was refused.
    pub how: String,
}
crate::frame::page!(LinksPage);

/// Where pages begin; internal numbers that name nobody.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct After {
    letter: i64,
}

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

/// How long ago, in the largest whole unit.
fn age(since: Instant, now: Instant) -> String {
    let minutes = (now.0 - since.0).max(0) / 60_000_000;
    match minutes {
        0..60 => format!("{minutes}分钟"),
        60..2_880 => format!("{}小时", minutes / 60),
        _ => format!("{}天", minutes / 1_440),
    }
}

fn standing(s: Standing, now: Instant) -> StandingView {
    let how = match (s.name.is_empty(), s.called) {
        (true, _) => "未登记",
        (false, true) => "由本系统发送",
        (false, false) => "由对方取走",
    };
    let partner = if s.name.is_empty() { s.partner } else { format!("{}（{}）", s.name, s.partner) };
    let long = s.oldest.is_some_and(|oldest| now.0 - oldest.0 > 86_400_000_000);
    let age = s.oldest.map(|oldest| age(oldest, now)).unwrap_or_default();
    StandingView { partner, how, waiting: s.waiting, age, long, dead: s.dead }
}

fn letter_view(institutions: &Institutions, l: DeadLetter) -> LetterView {
    let DeadLetter { id, partner, kind, subject: about, attempts, made_at } = l;
    LetterView { id, partner, kind, about: subject(institutions, &about), made: made_at.local(), attempts }
}

fn link_view(l: LinkUnsettled) -> LinkView {
    let (since, said) = match &l.state {
        IntentState::Refused { at, reason } => (at.local(), reason.clone()),
        IntentState::InDoubt { since } => (since.local(), String::new()),
        IntentState::Wanted | IntentState::Confirmed { .. } | IntentState::Settled { .. } => {
            (String::new(), String::new())
        }
    };
    LinkView {
        holder: l.holder.0,
        card: l.card.0,
        seq: l.seq,
        bank: l.bank.name(),
        city: l.city.name(),
        kind: l.kind.name(),
        state: l.state.name(),
        since,
        said,
        wanted: l.wanted_at.local(),
    }
}

async fn show(
    console: &Console,
    me: &SignedIn,
    mut frame: Frame,
    after: i64,
    after_link: Option<(i64, i64)>,
    how: String,
) -> Response {
    let (service, actor, now) = (&console.service, me.actor(), console.service.now());
    let institutions = service.institutions();
    let mut refused = None;
    let mut part = |why: Failure, frame: &mut Frame| match why {
        // What somebody may not see is not there; who may see nothing is told so.
        Failure::Refused(_) => refused = Some(why),
        why => frame.say(&why),
    };
    let (mut stands, mut letters, mut next_letter) = (None, Vec::new(), None);
    match service.standing_for(&actor).await {
        Ok(all) => stands = Some(all.into_iter().map(|s| standing(s, now)).collect()),
        Err(why) => part(why, &mut frame),
    }
    if stands.is_some() {
        match service.dead_letters_for(&actor, after).await {
            Ok((found, next)) => {
                (letters, next_letter) =
                    (found.into_iter().map(|l| letter_view(&institutions, l)).collect(), next);
            }
            Err(why) => part(why, &mut frame),
        }
    }
    let (mut links, mut next_link) = (None, None);
    match service.links_for(&actor, after_link.map(|(h, c)| (HolderId(h), CardId(c)))).await {
        Ok(found) => {
            next_link = found.next.map(|(h, c)| (h.0, c.0));
            links = Some(found.links.into_iter().map(link_view).collect());
        }
        Err(why) => part(why, &mut frame),
    }
    let mut reconciled = None;
    match service.reconciliations_for(&actor).await {
        Ok(all) => {
            let state = |s: Option<String>| s.unwrap_or_else(|| "无".into());
            let one = |(bank, last): (BankCode, Option<_>)| {
                let last: Option<kaguan_service::reconcile::LastReconciled> = last;
                let counts = last.as_ref().map(|l| {
                    let cards = usize::try_from(l.cards).unwrap_or(usize::MAX);
                    vec![cards, l.differences, l.repaired, l.under_way, l.staff]
                });
                let cases = last.iter().flat_map(|l| &l.cases).map(|d| {
                    let ours = state(d.ours.map(|s| s.to_string()));
                    (d.card.map(|(holder, _)| holder.0), ours, state(d.theirs.map(|s| s.to_string())))
                });
                let asked = institutions.reconciliation_asked(&bank);
                let asked = asked.filter(|at| last.as_ref().is_none_or(|l| l.at.0 < at.0));
                let bank_of = |p: &kaguan_domain::facts::partner::Partner| {
                    p.id.kind == PartnerKind::Bank && p.id.code == bank.as_str() && p.endpoint.is_some()
                };
                ReconciledView {
                    code: bank.as_str().to_owned(),
                    ask: institutions.partners().any(bank_of),
                    asked: asked.map(Instant::local).unwrap_or_default(),
                    bank: bank.name(),
                    at: last.as_ref().map_or_else(|| "未对账".into(), |l| l.at.local()),
                    counts: counts.unwrap_or_default(),
                    cases: cases.take(100).collect(),
                }
            };
            reconciled = Some(all.into_iter().map(one).collect());
        }
        Err(why) => part(why, &mut frame),
    }
    let nothing = stands.is_none() && links.is_none() && reconciled.is_none();
    if let (true, Some(why)) = (nothing, refused) {
        frame.say(&why);
    }
    let status = if nothing { StatusCode::FORBIDDEN } else { frame.status };
    let page = LinksPage { frame, standing: stands, letters, next_letter, links, next_link, reconciled, how };
    (status, page).into_response()
}

/// What the viewer may see of the lines to partners.
pub async fn page(State(console): State<Console>, me: SignedIn, Query(after): Query<After>) -> Response {
    show(&console, &me, Frame::of(&me, TITLE), after.letter, None, String::new()).await
}

/// Neither 再发 nor 办结 was chosen: nothing is done, and what was written stays.
async fn unchosen(console: &Console, me: &SignedIn, how: String) -> Response {
    let frame = Frame::of(me, TITLE).wrong("没有选择再发、询问还是办结，没有办理。请选择后重新提交");
    show(console, me, frame, 0, None, how).await
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
    show(&console, &me, frame, 0, None, String::new()).await
}

/// 再发 or 办结 of a dead letter.
pub async fn letter(State(console): State<Console>, me: SignedIn, Form(act): Form<LetterAct>) -> Response {
    let actor = me.actor();
    let (done, outcome) = match act.wish.as_str() {
        "again" => ("已重新排入发送，三天内持续重试", console.service.send_again(&actor, act.letter).await),
        "settle" => {
            ("死信已办结，不再发送", console.service.close_letter(&actor, act.letter, &act.how).await)
        }
        _ => return unchosen(&console, &me, act.how).await,
    };
    let how = if outcome.is_ok() { String::new() } else { act.how };
    show(&console, &me, Frame::of(&me, TITLE).after(outcome, done), 0, None, how).await
}

/// 重新询问 or 办结 of a link; without a wish the list goes on after a card.
pub async fn resolve(State(console): State<Console>, me: SignedIn, Form(act): Form<LinkAct>) -> Response {
    let frame = Frame::of(&me, TITLE);
    if act.wish == "more" {
        return show(&console, &me, frame, 0, Some((act.holder, act.card)), String::new()).await;
    }
    let again = act.wish == "again";
    if !again && act.wish != "settle" {
        return unchosen(&console, &me, act.how).await;
    }
    let settled = (!again).then(|| act.how.clone());
    let command = ResolveIntent { card: CardId(act.card), seq: act.seq, settled };
    let command = Command::of(HolderId(act.holder), HolderCommand::ResolveIntent(command));
    let outcome = console.service.execute(me.command(&console), command).await;
    let how = if outcome.is_ok() { String::new() } else { act.how };
    let done = if again { "已重新询问银行" } else { "联动已办结" };
    show(&console, &me, frame.after(outcome, done), 0, None, how).await
}
