//! 服务银行与卡商 (Articles 5 and 6): which cities a bank serves, whom one speaks to, and the keys of whoever's computers speak with
//! the system. What concerns keys and addresses one administrator proposes and another decides.

mod ask;
mod keys;
mod lists;

pub use self::ask::AskPartner;
use self::keys::{end_key, is_last};
use self::lists::{CHANGES, KEYS, LIST, PEOPLE, SYSTEM_KEYS, WAITING, change_row, key_row, row};
use crate::Console;
use crate::frame::Said;
use crate::happened::{fingerprint, said_of_partner};
use crate::institution::officers::{Decision, Which, name_of};
use crate::list::{Asked, ListView, Row};
use crate::may;
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::session::{Reauthenticated, SignedIn};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kaguan_domain::codes;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::facts::officer::ChangeState;
use kaguan_domain::facts::partner::{Contact, PartnerChange, PartnerKey, ProposedPartner};
use kaguan_domain::ids::{BankCode, CityCode, PartnerId, PartnerKind};
use kaguan_domain::institution::{DecidePartner, InstitutionCommand, ProposePartner, defects_of_contact};
use kaguan_domain::permission::Verb;
use kaguan_domain::spelling;
use kaguan_service::Command;
use serde::Deserialize;
use std::collections::BTreeSet;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/partners",
    screens: &[Screen {
        group: "系统管理",
        name: "服务银行与卡商",
        article: "第六条",
        verb: Verb::LookAtPartners,
    }],
    doors: |d| {
        d.get("/partners", page)
            .get("/partners/{id}", one)
            .post("/partners/offer", offer)
            .post("/partners/end", end_bank)
            .post("/partners/contacts", contacts)
            .post("/partners/propose", propose)
            .post("/partners/decide", examine)
            .post("/partners/withdraw", withdraw)
            .post("/partners/end-key", end_key)
    },
    samples: &["/partners"],
};

const TITLE: &str = "服务银行与卡商";

/// One partner in the list.
pub struct PartnerView {
    /// `kind:code`.
    pub id: String,
    pub kind: &'static str,
    pub name: String,
    /// 合作地市, of a bank.
    pub cities: String,
    /// How its computers speak with the system.
    pub line: &'static str,
    /// Its keys that hold, and when the first of them ends.
    pub keys: String,
    /// Whether no key holds, or one ends within a month and none follows it.
    pub warn: bool,
    pub contacts: usize,
}

impl PartnerView {
    /// Its code without its kind, as the regulation has it.
    fn code(&self) -> &str {
        self.id.split_once(':').map_or("", |(_, code)| code)
    }
}

/// A change that was proposed.
pub struct ChangeView {
    pub id: i64,
    pub said: String,
    pub reason: String,
    pub proposed: String,
    pub state: &'static str,
    pub outcome: String,
    pub decide: bool,
    pub withdraw: bool,
}

/// A key.
pub struct KeyView {
    pub id: String,
    /// The first digits of its SM3, to be compared by telephone.
    pub print: String,
    pub from: String,
    pub until: String,
    pub state: &'static str,
    pub end: bool,
    /// Whether no other holds.
    pub last: bool,
}

/// The list.
#[derive(Template)]
#[template(path = "institution/partners/partners.html")]
pub struct PartnersPage {
    pub frame: Frame,
    /// `None` when they may not be seen: the notice says why.
    pub partners: Option<ListView>,
    pub waiting: Option<ListView>,
    /// What became of everything that was proposed; `None` when nothing was decided yet.
    pub history: Option<ListView>,
    pub propose: bool,
    pub kinds: Vec<(&'static str, &'static str)>,
    /// The system's own keys: number, and from when on it signs under each.
    pub system_keys: Option<ListView>,
    pub filled: AskPartner,
}
crate::frame::page!(PartnersPage);

/// One partner.
#[derive(Template)]
#[template(path = "institution/partners/partner.html")]
pub struct PartnerPage {
    pub frame: Frame,
    pub who: PartnerView,
    pub endpoint: String,
    pub registered: bool,
    /// 合作地市, by name.
    pub cities: Vec<&'static str>,
    /// Cities that may be added: code and name.
    pub more_cities: Vec<(String, &'static str)>,
    /// Those with which it cooperates, where that may be ended here.
    pub end_cities: Vec<(String, &'static str)>,
    /// Those with which it did.
    pub former_cities: Vec<&'static str>,
    /// City, duty, name, telephone.
    pub people: Option<ListView>,
    /// The same as lines to be changed.
    pub people_lines: String,
    pub keys: Option<ListView>,
    pub changes: Option<ListView>,
    pub propose: bool,
    pub keep: bool,
    pub offer: bool,
    pub filled: AskPartner,
}
crate::frame::page!(PartnerPage);

#[derive(Deserialize)]
pub struct Offer {
    partner: String,
    city: String,
}

/// 结束合作.
#[derive(Deserialize)]
pub struct Ended {
    partner: String,
    #[serde(default)]
    city: String,
    #[serde(default)]
    reason: String,
}

/// 联系人, a line each.
#[derive(Deserialize)]
pub struct Contacts {
    partner: String,
    #[serde(default)]
    lines: String,
}

fn key_state(k: &PartnerKey, now: Instant) -> &'static str {
    match (k.from <= now, k.until.is_none_or(|until| now < until)) {
        (_, false) => "已失效",
        (false, true) => "未生效",
        (true, true) => "有效",
    }
}

fn view(institutions: &Institutions, id: &PartnerId, now: Instant) -> PartnerView {
    let partner = institutions.partner(id);
    let bank = BankCode(id.code.clone());
    let name = match (partner, id.kind) {
        (Some(p), _) => p.name.clone(),
        (None, PartnerKind::Bank) => bank.name().into(),
        (None, PartnerKind::Vendor) => {
            codes::vendors().find(|v| v.code == id.code).map_or_else(String::new, |v| v.name.clone())
        }
        (None, kind) => kind.name().into(),
    };
    let keys: Vec<&PartnerKey> = partner.iter().flat_map(|p| &p.keys).collect();
    let holds = keys.iter().filter(|k| key_state(k, now) == "有效").count();
    let next = keys.iter().filter(|k| key_state(k, now) != "已失效");
    let forever = next.clone().any(|k| k.until.is_none());
    let last = next.filter_map(|k| k.until).max();
    let month = Instant(now.0 + 30 * 86_400_000_000);
    let said = match (partner.is_some(), holds, last) {
        (false, ..) => String::new(),
        (true, 0, _) => "没有有效公钥".into(),
        (true, n, Some(last)) if !forever => format!("{n}把，至{}", last.date()),
        (true, n, _) => format!("{n}把"),
    };
    let cities = if id.kind == PartnerKind::Bank { institutions.cities_of(&bank).count() } else { 0 };
    PartnerView {
        id: id.to_string(),
        kind: id.kind.name(),
        name,
        cities: if id.kind == PartnerKind::Bank { format!("{cities}个地市") } else { String::new() },
        line: match partner {
            None => "未登记接口",
            Some(p) if p.endpoint.is_some() => "双向",
            Some(_) => "由对方呼叫",
        },
        keys: said,
        warn: partner.is_some() && (holds == 0 || (!forever && last.is_some_and(|l| l < month))),
        contacts: institutions.contacts(id).len(),
    }
}

/// Every bank that cooperates, every vendor, and whoever is registered.
fn all(institutions: &Institutions) -> BTreeSet<PartnerId> {
    let banks = institutions.all_banks().into_iter();
    let banks = banks.map(|b| PartnerId { kind: PartnerKind::Bank, code: b.as_str().to_owned() });
    let vendors = codes::vendors().map(|v| PartnerId { kind: PartnerKind::Vendor, code: v.code.clone() });
    let registered = institutions.partners().map(|p| p.id.clone());
    banks.chain(vendors).chain(registered).collect()
}

/// `decides` is whether the officer decides changes at all.
fn change_view(
    institutions: &Institutions,
    p: &ProposedPartner,
    me: &SignedIn,
    (decides, now): (bool, Instant),
) -> ChangeView {
    let by = |who, at: &Instant| format!("{}　{}", name_of(institutions, who), at.local());
    let (outcome, open) = match &p.state {
        ChangeState::Proposed => (String::new(), true),
        ChangeState::Approved { by: who, at } => (by(*who, at), false),
        ChangeState::Refused { by: who, at, reason } => (format!("{}：{reason}", by(*who, at)), false),
        ChangeState::Withdrawn { at } => (format!("提出人　{}", at.local()), false),
    };
    let own = p.by == Some(me.officer.id);
    ChangeView {
        id: p.id,
        said: said_of_partner(institutions, p, Some(now)),
        reason: p.reason.clone(),
        proposed: by(p.by, &p.at),
        state: p.state.name(),
        outcome,
        decide: open && decides && !own,
        withdraw: open && own,
    }
}

fn show(console: &Console, me: &SignedIn, frame: Frame, asked: &Asked, filled: AskPartner) -> Response {
    let may = |verb| may::at_all(console, me, verb);
    let kinds = PartnerKind::ALL.map(|k| (k.code(), k.name())).to_vec();
    if let Err(refusal) = may(Verb::LookAtPartners) {
        let frame = if frame.is_wrong() { frame } else { frame.wrong(refusal.sentence()) };
        let (partners, waiting, history, system_keys) = (None, None, None, None);
        let propose = false;
        let page = PartnersPage { frame, partners, waiting, history, propose, kinds, system_keys, filled };
        return (StatusCode::FORBIDDEN, page).into_response();
    }
    let (institutions, now) = (console.service.institutions(), console.service.now());
    let decides = may(Verb::DecidePartner).is_ok();
    let waiting = institutions.partner_changes().filter(|p| p.state == ChangeState::Proposed);
    let from = |at: Instant| if at.0 == i64::MIN { "建库起".to_owned() } else { at.local() };
    let rows = all(&institutions).iter().map(|id| row(view(&institutions, id, now))).collect();
    let partners = LIST.view(rows, asked);
    let waiting = waiting.map(|p| change_row(change_view(&institutions, p, me, (decides, now)))).collect();
    let waiting = WAITING.view(waiting, asked);
    let past = institutions.partner_changes().filter(|p| p.state != ChangeState::Proposed);
    let past: Vec<Row> =
        past.map(|p| change_row(change_view(&institutions, p, me, (decides, now)))).collect();
    let history = (!past.is_empty()).then(|| CHANGES.view(past, asked));
    let key = |(n, at): (u32, Instant)| Row {
        key: n.to_string(),
        cells: vec![format!("kaguan-{n}").into(), from(at).into()],
        acts: Vec::new(),
    };
    let system_keys = SYSTEM_KEYS.view(institutions.system_keys().map(key).collect(), asked);
    let lists = [&partners, &waiting, &system_keys].into_iter().chain(&history);
    if let Some(file) = lists.into_iter().find_map(ListView::taken) {
        return file;
    }
    PartnersPage {
        frame,
        partners: Some(partners),
        waiting: Some(waiting),
        history,
        propose: may(Verb::ProposePartner).is_ok(),
        kinds,
        system_keys: Some(system_keys),
        filled,
    }
    .into_response()
}

/// One partner, with its lists as they are asked for, when an address asks.
fn show_one(
    console: &Console,
    me: &SignedIn,
    frame: Frame,
    id: &str,
    (asked, filled): (&Asked, AskPartner),
) -> Response {
    let may = |verb| may::at_all(console, me, verb).is_ok();
    let (institutions, now) = (console.service.institutions(), console.service.now());
    let known = PartnerId::parse(id).filter(|id| all(&institutions).contains(id));
    let Some(id) = known.filter(|_| may(Verb::LookAtPartners)) else {
        let frame = if frame.is_wrong() || !may(Verb::LookAtPartners) {
            frame
        } else {
            frame.wrong("没有该合作方，请在列表中选择")
        };
        return show(console, me, frame, &me.asked, filled);
    };
    let partner = institutions.partner(&id);
    let bank = BankCode(id.code.clone());
    let is_bank = id.kind == PartnerKind::Bank;
    let served: BTreeSet<&CityCode> = institutions.cities_of(&bank).filter(|_| is_bank).collect();
    let offer = is_bank && may(Verb::OfferBank);
    let all_cities = codes::cities().filter_map(|c| CityCode::of_division(&c.code));
    let more = all_cities.filter(|c| offer && !served.contains(c));
    let end = may(Verb::EndPartnerKey);
    let keys = partner.iter().flat_map(|p| &p.keys).map(|k| KeyView {
        id: k.id.clone(),
        print: fingerprint(&k.public),
        from: k.from.local(),
        until: k.until.map_or_else(|| "另行通知".into(), Instant::local),
        state: key_state(k, now),
        end: end && key_state(k, now) != "已失效",
        last: partner.is_some_and(|p| is_last(p, &k.id, now)),
    });
    let person = |c: &Contact| {
        let city = c.city.as_ref().map_or("全部地市", CityCode::name);
        (city.to_owned(), c.duty.clone(), c.name.clone(), c.phone.clone())
    };
    let people: Vec<_> = institutions.contacts(&id).iter().map(person).collect();
    let line = |(a, b, c, d): &(String, String, String, String)| format!("{a},{b},{c},{d}");
    let decides = may(Verb::DecidePartner);
    let of = institutions.partner_changes().filter(|p| p.change.partner() == Some(&id));
    let here = format!("/partners/{id}");
    let keys = KEYS.view_at(&here, keys.map(|k| key_row(&id.to_string(), k)).collect(), asked);
    let of = of.map(|p| change_row(change_view(&institutions, p, me, (decides, now)))).collect();
    let changes = CHANGES.view_at(&here, of, asked);
    let person = |(n, (a, b, c, d)): (usize, &(String, String, String, String))| Row {
        key: n.to_string(),
        cells: [a, b, c, d].into_iter().map(|text| text.clone().into()).collect(),
        acts: Vec::new(),
    };
    let contacts = PEOPLE.view_at(&here, people.iter().enumerate().map(person).collect(), asked);
    if let Some(file) = [&keys, &changes, &contacts].into_iter().find_map(ListView::taken) {
        return file;
    }
    PartnerPage {
        frame,
        who: view(&institutions, &id, now),
        endpoint: partner.and_then(|p| p.endpoint.clone()).unwrap_or_default(),
        registered: partner.is_some(),
        cities: served.iter().map(|c| c.name()).collect(),
        more_cities: more.map(|c| (c.as_str().to_owned(), c.name())).collect(),
        end_cities: match is_bank && may(Verb::EndBank) {
            true => served.iter().map(|c| (c.as_str().to_owned(), c.name())).collect(),
            false => Vec::new(),
        },
        former_cities: institutions.former_cities_of(&bank).filter(|_| is_bank).map(CityCode::name).collect(),
        people_lines: people.iter().map(line).collect::<Vec<_>>().join("\n"),
        people: Some(contacts),
        keys: Some(keys),
        changes: Some(changes),
        propose: may(Verb::ProposePartner),
        keep: may(Verb::KeepContacts),
        offer,
        filled,
    }
    .into_response()
}

/// The list.
pub async fn page(State(console): State<Console>, me: SignedIn, asked: Asked) -> Response {
    show(&console, &me, Frame::of(&me, TITLE), &asked, AskPartner::default())
}

/// One partner.
pub async fn one(
    State(console): State<Console>,
    me: SignedIn,
    Path(id): Path<String>,
    asked: Asked,
) -> Response {
    show_one(&console, &me, Frame::of(&me, TITLE), &id, (&asked, AskPartner::default()))
}

async fn give(console: &Console, me: &SignedIn, command: InstitutionCommand, done: &str) -> Frame {
    let ctx = me.command(console);
    let outcome = console.service.execute(ctx, Command::Institution(command)).await;
    Frame::of(me, TITLE).after(outcome, done)
}

/// A city by the four digits of its code.
fn city_of(code: &str) -> Option<CityCode> {
    let found = codes::cities().find(|c| code.len() == 4 && c.code.starts_with(code));
    found.and_then(|c| CityCode::of_division(&c.code))
}

/// 结束合作 of a bank with a city (R5.1): nobody chooses it there any more, and what is under way is finished.
pub async fn end_bank(State(console): State<Console>, me: SignedIn, Form(form): Form<Ended>) -> Response {
    let bank = PartnerId::parse(&form.partner).filter(|id| id.kind == PartnerKind::Bank);
    let frame = match (bank, city_of(&form.city)) {
        (Some(bank), Some(city)) => {
            let command =
                InstitutionCommand::EndBank { city, bank: BankCode(bank.code), reason: form.reason };
            give(
                &console,
                &me,
                command,
                "已结束合作：该市不再受理选择该银行的申请，在办业务办至完成，已发的卡照常使用",
            )
            .await
        }
        _ if spelling::says_nothing(&form.reason) => {
            let both = "请选择服务银行和地市，并写明结束合作的原因";
            Frame::of(&me, TITLE).wrong(Said::from(both).about("city"))
        }
        _ => Frame::of(&me, TITLE).wrong(Said::from("请选择服务银行和地市").about("city")),
    };
    show_one(&console, &me, frame, &form.partner, (&me.asked, AskPartner::default()))
}

/// 登记合作地市 of a bank.
pub async fn offer(State(console): State<Console>, me: SignedIn, Form(form): Form<Offer>) -> Response {
    let bank = PartnerId::parse(&form.partner).filter(|id| id.kind == PartnerKind::Bank);
    let frame = match (bank, city_of(&form.city)) {
        (Some(bank), Some(city)) => {
            let command = InstitutionCommand::OfferBank { city, bank: BankCode(bank.code) };
            give(&console, &me, command, "已登记合作地市").await
        }
        _ => Frame::of(&me, TITLE).wrong(Said::from("请选择服务银行和地市").about("city")),
    };
    show_one(&console, &me, frame, &form.partner, (&me.asked, AskPartner::default()))
}

/// 登记联系人: all of a partner's, in place of those before.
pub async fn contacts(State(console): State<Console>, me: SignedIn, Form(form): Form<Contacts>) -> Response {
    let mut wrong = Vec::new();
    let mut kept = Vec::new();
    let known = |name: &str| {
        let found = codes::cities().find(|c| c.name == name || c.name.strip_suffix('市') == Some(name));
        found.and_then(|c| CityCode::of_division(&c.code))
    };
    for (n, line) in (1..).zip(form.lines.lines().map(str::trim).filter(|l| !l.is_empty())) {
        let line = line.replace('，', ",");
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let [city, duty, name, phone] = cells[..] else {
            wrong.push(format!("第{n}行应为“地市,职责,姓名,电话”四列"));
            continue;
        };
        let all = city.is_empty() || city == "全部地市";
        if !all && known(city).is_none() {
            wrong.push(format!("第{n}行没有该地市"));
        }
        let (duty, name, phone) = (duty.to_owned(), name.to_owned(), phone.to_owned());
        let contact = Contact { city: known(city).filter(|_| !all), duty, name, phone };
        wrong.extend(defects_of_contact(n, &contact));
        kept.push(contact);
    }
    let mut frame = match (PartnerId::parse(&form.partner), wrong.is_empty()) {
        (Some(partner), true) => {
            give(&console, &me, InstitutionCommand::KeepContacts { partner, contacts: kept }, "联系人已登记")
                .await
        }
        _ => Frame::of(&me, TITLE)
            .wrong(Said::from(format!("联系人未登记：{}", wrong.join("；"))).about("lines")),
    };
    if wrong.is_empty() && form.partner.is_empty() {
        frame = frame.wrong(Said::from("请选择合作方").about("partner"));
    }
    show_one(&console, &me, frame, &form.partner, (&me.asked, AskPartner::default()))
}

/// 提出.
pub async fn propose(
    State(console): State<Console>,
    Reauthenticated(me): Reauthenticated,
    Form(ask): Form<AskPartner>,
) -> Response {
    let frame = match ask.read(&console.service.institutions(), &me.ctx(&console)) {
        Ok(change) => {
            let id = console.service.fresh();
            let command = ProposePartner { id, change, reason: ask.reason.clone() };
            let command = InstitutionCommand::ProposePartner(command);
            give(&console, &me, command, "已提出，待安全管理员审核后生效").await
        }
        Err(wrong) => {
            // What is registered already is told to whoever may propose.
            let why = may::at_all(&console, &me, Verb::ProposePartner).err().unwrap_or(wrong);
            Frame::of(&me, TITLE).after(Err::<(), _>(why.into()), "")
        }
    };
    let filled = if frame.is_wrong() { ask.clone() } else { AskPartner::default() };
    match ask.partner.as_str() {
        "" => show(&console, &me, frame, &me.asked, filled),
        id => show_one(&console, &me, frame, id, (&me.asked, filled)),
    }
}

/// What is said to whoever agrees to a change now: a key may begin later, and is no key until then.
fn agreed(change: &PartnerChange, now: Instant) -> String {
    let later = change.keys().iter().map(|key| key.from).find(|from| *from > now);
    match (change, later) {
        (PartnerChange::ChangeSystemKey { from }, _) => format!("已同意，自{}起启用", from.local()),
        (PartnerChange::Register(_), Some(from)) => {
            format!("已同意，登记即时生效，公钥自{}起有效", from.local())
        }
        (PartnerChange::AddKey { .. }, Some(from)) => format!("已同意，新公钥自{}起有效", from.local()),
        (PartnerChange::Register(_) | PartnerChange::AddKey { .. }, None)
        | (PartnerChange::Reach { .. }, _) => "已同意，即时生效".to_owned(),
    }
}

/// 审核.
pub async fn examine(
    State(console): State<Console>,
    Reauthenticated(me): Reauthenticated,
    Form(said): Form<Decision>,
) -> Response {
    let Decision { id, reason, approved } = said;
    let done = match console.service.institutions().partner_change(id) {
        Some(proposed) if approved => agreed(&proposed.change, console.service.now()),
        Some(_) | None => "已退回".to_owned(),
    };
    let command = InstitutionCommand::DecidePartner(DecidePartner { id, approved, reason });
    let frame = give(&console, &me, command, &done).await;
    show(&console, &me, frame, &me.asked, AskPartner::default())
}

/// 撤回 of one's own proposal.
pub async fn withdraw(
    State(console): State<Console>,
    Reauthenticated(me): Reauthenticated,
    Form(which): Form<Which>,
) -> Response {
    let command = InstitutionCommand::WithdrawPartner { id: which.id };
    let frame = give(&console, &me, command, "已撤回，没有任何变更").await;
    show(&console, &me, frame, &me.asked, AskPartner::default())
}
