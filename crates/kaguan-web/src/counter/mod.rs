//! 柜面业务: every business on somebody's cards has a page of its own. It asks whom it is about, shows who that is, masked, and has
//! this business' form and no other; what was refused stays filled in; at the end stand the receipt and what usually follows.

mod bank_change;
mod cancel;
mod collect;
pub(crate) mod details;
mod expedite;
mod loss;
mod one_card;
mod pin;
mod post;
mod recall;
mod restrict;
mod unchosen;

pub(crate) use details::{collected_at, enclosed};
pub(crate) use post::{Posting, agrees, bare as bare_post, posting};
pub(crate) use recall::REASONS;
pub(crate) use restrict::{conducts, kinds_of_card};

use crate::Console;
use crate::application::apply::choices;
use crate::application::photos::RefusedPhoto;
use crate::find::{self, Find};
use crate::holder::people::stated::{OF_A_DEPUTY, Stated};
use crate::holder::people::{one_of_several, view_of};
use crate::may;
use crate::menu::{Doors, Page};
use crate::pages::{CardView, FieldView, FoundView, Frame, PersonView};
use crate::premade::offer::{self, OfferView};
use crate::replacement::agent::AgentView;
use crate::session::SignedIn;
use crate::upload::Sent;
use crate::wrong;
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use kaguan_domain::application::printed::AT_COUNTER;
use kaguan_domain::clause;
use kaguan_domain::ctx::Instant;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::application::Purpose;
use kaguan_domain::facts::bank_change::BankChangeState;
use kaguan_domain::facts::form::Field;
use kaguan_domain::facts::institution::Organisation;
use kaguan_domain::facts::restriction::CaseState;
use kaguan_domain::ids::{CardId, HolderId};
use kaguan_domain::permission::Verb;
use kaguan_domain::records::business_of;
use kaguan_domain::replacement::bank_change::lapses_on;
use kaguan_domain::replacement::collects_for;
use kaguan_files::photo::Mark;
use kaguan_service::{Command, Examination, Failure, Looked, Receipt, Seen, most_examined};
use std::borrow::Borrow;
use unchosen::{incomplete, unchosen};

/// Their places in the table of pages.
pub const PAGES: [&Page; 14] = [
    &collect::COLLECT,
    &collect::ENABLE,
    &collect::ACTIVATE,
    &pin::PAGE,
    &loss::PAGE,
    &cancel::PAGE,
    &restrict::PAGE,
    &details::PAGE,
    &one_card::PAGE,
    &bank_change::PAGE,
    &expedite::PAGE,
    &recall::RECALL,
    &recall::OFFER_AGAIN,
    &post::PAGE,
];

/// All of them in the order of a person's buttons.
pub const ALL: [&Business; 14] = [
    &collect::BUSINESS,
    &collect::ENABLING,
    &collect::ACTIVATING,
    &loss::BUSINESS,
    &pin::BUSINESS,
    &bank_change::BUSINESS,
    &details::BUSINESS,
    &expedite::BUSINESS,
    &one_card::BUSINESS,
    &cancel::BUSINESS,
    &recall::BUSINESS,
    &recall::AGAIN,
    &post::BUSINESS,
    &restrict::BUSINESS,
];

/// One business at the counter.
pub struct Business {
    /// Where its page is.
    pub path: &'static str,
    pub title: &'static str,
    /// Why the file is looked at.
    pub why: &'static str,
    /// What the clerk has to know or to tell, by its article.
    pub told: &'static [&'static str],
    /// Whether one of its forms is offered for a card.
    pub on_card: fn(&CardView) -> bool,
    /// Whether one is offered for the person, or for an application.
    pub on_person: fn(&PersonView) -> bool,
    /// Addresses of what usually follows.
    pub next: &'static [&'static str],
    /// What of it one officer proposes and another decides.
    pub waits: Option<Examination>,
}

impl Business {
    /// Whether the domain would do any of it now.
    pub fn is_offered(&self, person: &PersonView) -> bool {
        (self.on_person)(person) || person.cards.iter().any(self.on_card)
    }

    /// What Appendix 1 is printed for at its page: a name for the address, and the type that is ticked.
    pub fn forms(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        AT_COUNTER.iter().filter(move |(_, page, _)| *page == self.path).map(|(kind, _, name)| (*kind, *name))
    }

    /// Whether its page would have neither a form of it nor a reason why there is none.
    pub fn is_silent(&self, person: &PersonView) -> bool {
        let cannot = person.cannot.iter().chain(person.cards.iter().flat_map(|c| &c.cannot));
        !self.is_offered(person) && cannot.into_iter().all(|c| c.path != self.path)
    }

    fn frame(&self, me: &SignedIn) -> Frame {
        Frame::of(me, self.title).at(self.path)
    }
}

/// What was typed into one form, to stand there again.
#[derive(Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// A field; empty when nothing was typed.
    pub fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, text)| text)
    }

    /// Whether a box was ticked.
    pub fn ticked(&self, name: &str) -> bool {
        !self.text(name).is_empty()
    }

    /// Whether this is what was chosen.
    pub fn is(&self, name: &str, value: &str) -> bool {
        self.text(name) == value
    }

    /// Whether anything of what somebody else fills in was filled in, who acts for the holder.
    pub fn has_deputy(&self) -> bool {
        OF_A_DEPUTY.iter().any(|name| self.ticked(name))
    }

    /// Whether 邮递上门 of a new card was chosen, or anything of its address filled in.
    pub fn has_address(&self) -> bool {
        self.is("delivery", "2")
            || ["mailing_address", "recipient", "recipient_phone", "postage_told"]
                .iter()
                .any(|n| self.ticked(n))
    }

    /// Whether anything of a wish to have a card posted was filled in.
    pub fn has_wish(&self) -> bool {
        self.has_deputy() || post::OF_A_WISH.iter().any(|name| self.ticked(name))
    }
}

/// The form that was refused, if one was: which, about which card or application.
#[derive(Default)]
pub struct Typed {
    act: &'static str,
    about: i64,
    fields: Fields,
    none: Fields,
}

impl Typed {
    fn of(act: &'static str, form: &Stated) -> Self {
        Self { act, about: form.card().0, fields: Fields(form.typed()), none: Fields::default() }
    }

    /// What stood in a form of a card; nothing in those that were not sent.
    pub fn at(&self, act: &str, about: impl Borrow<i64>) -> &Fields {
        if self.act == act && self.about == *about.borrow() { &self.fields } else { &self.none }
    }
}

/// Something that waits for an officer here.
pub struct WaitingView {
    pub key: String,
    pub since: String,
    /// Masked.
    pub name: String,
    pub number: String,
    /// The card, and what waits.
    pub what: String,
}

/// What of a kind waits for an officer here, or was not agreed to.
pub struct WaitingPart {
    pub title: &'static str,
    /// What is said where nothing does.
    pub none: &'static str,
    /// What the time of a line is.
    pub when: &'static str,
    /// What the link of a line says.
    pub open: &'static str,
    pub rows: Vec<WaitingView>,
    /// Whether earlier ones are left out, and how many stand here; empty when all do.
    pub left_out: String,
}

/// The page of a business.
#[derive(Template)]
#[template(path = "counter/counter.html")]
pub struct CounterPage {
    pub frame: Frame,
    pub of: &'static Business,
    pub person: Option<PersonView>,
    /// Several people who were found by the number of a document.
    pub several: Vec<FoundView>,
    pub typed: Typed,
    /// Whether it was just done: then follow what usually comes next, and no form.
    pub done: bool,
    /// Address and name.
    pub next: Vec<(String, &'static str)>,
    /// What is waiting here for whoever looks, part by part; none where nothing of the business waits, or it may not be seen.
    pub waiting: Vec<WaitingPart>,
    /// Where the new card can be collected: code, name, and whether it is this outlet.
    pub outlets: Vec<(String, String, bool)>,
    /// Who acts for the holder at a change of the bank, as it was sent, or the guardian on file.
    pub agent: Option<AgentView>,
    /// 制卡方式 of the new card, where there will be one.
    pub making: Option<OfferView>,
    /// What the holder is told before typing at the desk of this session; empty where there is none, or nothing to tell.
    pub before_typing: &'static str,
    /// The photo that was refused, with what was found on it.
    pub judged: Option<RefusedPhoto>,
}
crate::frame::page!(CounterPage);

impl CounterPage {
    /// What the button says that looks for somebody.
    fn find_button(&self) -> &'static str {
        if self.done { "办理下一位" } else { "查找" }
    }

    /// What was done, said by what has become of the card; what was refused stands as it is.
    fn says_of(mut self, card: CardId, said: impl Fn(&CardView) -> String) -> Self {
        let mut cards = self.person.iter().filter(|_| self.done).flat_map(|p| &p.cards);
        let said = cards.find(|c| c.id == card.0).map(said);
        if let (Some(notice), Some(said)) = (&mut self.frame.notice, said) {
            notice.text = said;
        }
        self
    }
}

fn empty(of: &'static Business, frame: Frame) -> CounterPage {
    CounterPage {
        frame,
        of,
        person: None,
        several: Vec::new(),
        typed: Typed::default(),
        done: false,
        next: Vec::new(),
        waiting: Vec::new(),
        outlets: Vec::new(),
        agent: None,
        making: None,
        before_typing: "",
        judged: None,
    }
}

/// The pages that all of them have: who it is about, and the form.
fn doors(d: Doors, of: &'static Business, with_key: &'static str) -> Doors {
    let page = move |console: State<Console>, me: SignedIn| open(of, console.0, me);
    let found =
        move |console: State<Console>, me: SignedIn, form: Form<Find>| find(of, console.0, me, form.0);
    let keyed =
        move |console: State<Console>, me: SignedIn, key: Path<String>| by_key(of, console.0, me, key.0);
    d.get(of.path, page).post(of.path, found).get(with_key, keyed)
}

/// Before anybody was looked for: what waits here for whoever decides it.
async fn open(of: &'static Business, console: Console, me: SignedIn) -> CounterPage {
    let mut frame = of.frame(&me);
    let all: &[(Examination, Verb)] = match of.waits {
        Some(Examination::Restriction) => &[(Examination::Restriction, Verb::DecideRestriction)],
        Some(
            Examination::BankChange
            | Examination::AgreedChange
            | Examination::WishedChange
            | Examination::FailedChange,
        ) => &[
            (Examination::BankChange, Verb::ApproveBankChange),
            (Examination::AgreedChange, Verb::CarryOutBankChange),
            (Examination::FailedChange, Verb::ReserveBankChange),
            (Examination::WishedChange, Verb::ReserveBankChange),
        ],
        None => &[],
    };
    let mut waiting = Vec::new();
    for (which, _) in all.iter().filter(|(_, verb)| may::at_all(&console, &me, *verb).is_ok()) {
        let found = console.service.examinations_for(&me.actor(), *which).await;
        waiting.extend(frame.list(found).map(|found| part(&console, &me, *which, &found)));
    }
    CounterPage { waiting, ..empty(of, frame) }
}

/// What waits of a kind, under its name.
fn part(
    console: &Console,
    me: &SignedIn,
    which: Examination,
    found: &[(Seen<Looked>, CardId)],
) -> WaitingPart {
    let (title, none, when, open) = match which {
        Examination::Restriction | Examination::BankChange => {
            ("本机构待审核", "没有待本机构审核的事项。", "提出时间", "打开审核")
        }
        Examination::AgreedChange => (
            "原银行已同意、待本行现场办理",
            "没有原银行已同意、待本行现场办理的变更。",
            "同意时间",
            "打开办理",
        ),
        Examination::FailedChange => (
            "本机构预约：原银行不同意或预约失效（三十日内）",
            "没有原银行不同意或失效的本机构预约。",
            "结束时间",
            "打开查看",
        ),
        Examination::WishedChange => {
            ("本机构预约：待原银行审核", "没有待原银行审核的本机构预约。", "时间", "打开查看")
        }
    };
    let rows = found.iter().flat_map(|(seen, card)| rows_of(console, me, seen, *card, which)).collect();
    let most = most_examined(which);
    let left_out = match found.len() < most {
        true => String::new(),
        false => format!("只列出最近的{most}件，其他的请按证件号码或社保卡号查找。"),
    };
    WaitingPart { title, none, when, open, rows, left_out }
}

/// What of a kind waits on one card.
fn rows_of(
    console: &Console,
    me: &SignedIn,
    seen: &Seen<Looked>,
    card: CardId,
    which: Examination,
) -> Vec<WaitingView> {
    let Some(card) = seen.file.card(card) else { return Vec::new() };
    let details = seen.file.person.as_ref().map(|p| &p.details);
    let row = |at: Instant, what: String| WaitingView {
        key: console.service.key_of(&me.session, seen.file.id),
        since: at.local(),
        name: details.map(|d| d.name.masked()).unwrap_or_default(),
        number: details.map(|d| d.ssn.masked()).unwrap_or_default(),
        what: format!("{}：{what}", card.card_no.masked()),
    };
    let proposed = card.restrictions.iter().filter(|r| r.state == CaseState::Proposed);
    let proposed = proposed.map(|r| row(r.proposed_at, format!("限制，{}", r.said(card.id))));
    let change = seen.file.bank_change().filter(|b| b.old == card.id);
    let change = change.and_then(|b| {
        let (to, old, lapses) = (format!("变更为{}", b.to.name()), card.bank.name(), lapses_on(b));
        match (which, &b.state) {
            (Examination::BankChange, BankChangeState::Reserved) => Some(row(b.reserved_at, to)),
            (Examination::WishedChange, BankChangeState::Reserved) => {
                let what = format!("{to}，待原银行{old}审核；{lapses}仍未现场办理的，预约失效");
                Some(row(b.reserved_at, what))
            }
            (Examination::AgreedChange | Examination::WishedChange, BankChangeState::Approved { at }) => {
                let what = format!(
                    "{to}，原银行{old}已同意；请通知持卡人到本行网点现场办理，{lapses}仍未办理的，预约失效"
                );
                Some(row(*at, what))
            }
            (
                Examination::Restriction
                | Examination::BankChange
                | Examination::AgreedChange
                | Examination::WishedChange
                | Examination::FailedChange,
                _,
            ) => None,
        }
    });
    let failed = seen.file.failed_change().filter(|(_, of)| of.id == card.id);
    let failed = failed.map(|(ended, _)| {
        let what = format!("{}；{}", ended.line(), ended.next());
        row(ended.ended_at, what)
    });
    match which {
        Examination::Restriction => proposed.collect(),
        Examination::BankChange | Examination::AgreedChange | Examination::WishedChange => {
            change.into_iter().collect()
        }
        Examination::FailedChange => failed.into_iter().collect(),
    }
}

async fn find(of: &'static Business, console: Console, me: SignedIn, form: Find) -> CounterPage {
    let frame = of.frame(&me);
    match find::sought(&console, &me, &form, of.why).await {
        Err(why) => empty(of, frame.wrong(why)),
        Ok(found) => match found.as_slice() {
            [seen] => CounterPage {
                person: Some(view_of(&console, &me, seen)),
                outlets: outlets(of, &console, &me, seen),
                agent: agent(of, &console, seen, &Typed::default()),
                making: making(of, &console, &me, seen, "").await,
                before_typing: before_typing(of, &console, &me),
                ..empty(of, frame)
            },
            several => CounterPage {
                several: several.iter().filter_map(one_of_several).collect(),
                ..empty(of, frame)
            },
        },
    }
}

async fn by_key(of: &'static Business, console: Console, me: SignedIn, key: String) -> Response {
    match console.service.person_of(&me.session, &key) {
        Some(id) => shown(of, &console, &me, of.frame(&me), id, Typed::default()).await.into_response(),
        None => wrong::not_given(),
    }
}

/// Somebody's page, by a look of its own; what was refused before stands when the file may not be seen.
async fn shown(
    of: &'static Business,
    console: &Console,
    me: &SignedIn,
    frame: Frame,
    id: HolderId,
    typed: Typed,
) -> CounterPage {
    let ctx = me.ctx(console);
    match console.service.look(ctx, id, of.why).await {
        Ok(seen) => {
            let person = Some(view_of(console, me, &seen));
            let making = making(of, console, me, &seen, typed.fields.text("making")).await;
            let before_typing = before_typing(of, console, me);
            let (outlets, agent) = (outlets(of, console, me, &seen), agent(of, console, &seen, &typed));
            CounterPage { person, typed, outlets, agent, making, before_typing, ..empty(of, frame) }
        }
        Err(_) if frame.notice.is_some() => empty(of, frame),
        Err(e) => empty(of, frame.wrong(e)),
    }
}

/// What the holder is told before typing at the desk of this session.
fn before_typing(of: &Business, console: &Console, me: &SignedIn) -> &'static str {
    if of.path == "/pin" { pin::before_typing(console, me) } else { "" }
}

/// What usually follows, as far as it is possible now.
fn next(of: &Business, person: &PersonView) -> Vec<(String, &'static str)> {
    let business = |path: &&str| {
        let next = ALL.into_iter().find(|b| b.path == *path)?;
        next.is_offered(person).then(|| (format!("{}/{}", next.path, person.key), next.title))
    };
    clause!(R20.1);
    // Whoever leaves with a card whose PIN is locked cannot use it where the PIN is asked for.
    let unlocks = person.cards.iter().any(|c| c.pins.iter().any(|(code, _)| *code == "unlocked"));
    let pin = unlocks.then(|| (format!("/pin/{}", person.key), "PIN维护：解锁密码或重置密码"));
    let usual = of.next.iter().filter(|path| !(unlocks && **path == "/pin"));
    let mut all: Vec<_> = pin.into_iter().chain(usual.filter_map(business)).collect();
    if of.next.contains(&"/replace") && person.replaces {
        all.push((format!("/replace/{}", person.key), "补换卡"));
    }
    all.push((format!("/people/{}", person.key), "持卡人档案"));
    all
}

/// What a command came to: done, with its receipt and what follows; or refused, with the form as it was sent.
async fn settled(
    of: &'static Business,
    console: &Console,
    me: &SignedIn,
    id: HolderId,
    typed: Typed,
    outcome: Result<(Receipt, bool), Failure>,
    done: &str,
) -> CounterPage {
    let frame = of.frame(me);
    let (receipt, ends_with_one) = match outcome {
        Ok(came) => came,
        Err(e) => {
            let frame = frame.after(Err::<(), _>(e), "");
            return shown(of, console, me, frame, id, typed).await;
        }
    };
    let frame = match ends_with_one {
        true => frame.after_business(Ok(receipt), done),
        false => frame.done(done),
    };
    let mut page = shown(of, console, me, frame, id, Typed::default()).await;
    page.done = true;
    page.next = page.person.as_ref().map(|p| next(of, p)).unwrap_or_default();
    page
}

/// Gives the command of a form.
async fn give(
    of: &'static Business,
    act: &'static str,
    console: Console,
    me: SignedIn,
    form: Stated,
    command: HolderCommand,
    done: String,
) -> CounterPage {
    let (id, typed) = (form.holder(), Typed::of(act, &form));
    if let Some(what) = form.unchosen() {
        return unchosen(of, act, &console, &me, &form, (what, &|_| vec![command.clone()])).await;
    }
    let ctx = me.command(&console);
    let ends_with_receipt = business_of(command.verb().code()).is_some();
    let outcome = console.service.execute_with_images(ctx, Command::of(id, command), &form.images).await;
    settled(of, &console, &me, id, typed, outcome.map(|r| (r, ends_with_receipt)), &done).await
}

/// What 更正资料 asks for: what has a code table is chosen from it.
pub(crate) fn correctable(me: &SignedIn, console: &Console) -> Vec<FieldView> {
    let field = |f: &Field| FieldView {
        name: f.code(),
        title: f.title(),
        required: false,
        focus: false,
        value: String::new(),
        choices: choices::choices(me, console, *f),
    };
    details::FIELDS.iter().map(field).collect()
}

/// Where the card of the new bank can be collected, at its own outlets of the city that made the old one: code and name, found by the initials
/// of the pinyin, and whether it is this outlet.
fn outlets(of: &Business, console: &Console, me: &SignedIn, seen: &Looked) -> Vec<(String, String, bool)> {
    let change = seen.file.bank_change().filter(|_| of.path == bank_change::BUSINESS.path);
    let Some((change, old)) = change.and_then(|c| Some((c, seen.file.card(c.old)?))) else {
        return Vec::new();
    };
    let (institutions, purpose) = (console.service.institutions(), Purpose::BankChange { old: old.id });
    let there =
        institutions.orgs().filter(|o| collects_for(&purpose, o, &old.city, &change.to, &institutions));
    let view = |o: &Organisation| {
        let name = format!("{} {}", choices::initials(&o.name), o.name);
        (o.code.clone(), name, o.id == me.org.id)
    };
    there.map(view).collect()
}

/// Who acts for the holder at a change of the bank.
fn agent(of: &Business, console: &Console, seen: &Looked, typed: &Typed) -> Option<AgentView> {
    if of.path != bank_change::BUSINESS.path {
        return None;
    }
    let today = console.service.now().date();
    Some(match typed.act {
        "carry_out" => AgentView::sent(|name| typed.fields.text(name).to_owned(), seen, today),
        _ => AgentView::begun(seen, today),
    })
}

/// 制卡方式 of the new card: 即时制卡 comes first (R31.1). A stock that cannot be seen offers none.
async fn making(
    of: &Business,
    console: &Console,
    me: &SignedIn,
    seen: &Looked,
    chosen: &str,
) -> Option<OfferView> {
    if of.path != bank_change::BUSINESS.path {
        return None;
    }
    let to = seen.file.bank_change().map(|change| change.to.clone()).into_iter().collect();
    Some(offer::offer(console, me, chosen, &to).await.0)
}

/// A form as it was sent.
fn stated(console: &Console, sent: Sent) -> Stated {
    Stated::of(console, sent)
}
