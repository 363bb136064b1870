//! 持卡人档案, 制卡进度: what is known of somebody and what can be done now; each business has its own page (`counter`). A number is
//! sent in a form, never in an address.

mod cards;
pub(crate) mod stated;

use crate::Console;
use crate::counter;
use crate::find::{self, Find};
use crate::marks::Fault;
use crate::may::May;
use crate::menu::{Page, Screen};
use crate::pages::{ApplicationView, CannotView, FoundView, Frame, HistoryView, PeoplePage, PersonView};
use crate::records::receipts;
use crate::replacement::replace;
use crate::session::SignedIn;
use crate::wrong;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::Date;
use kaguan_domain::activation::Enable;
use kaguan_domain::application::printed::declined_voucher;
use kaguan_domain::application::{ConfirmByHand, Decline, SupplyMaterial, waits_for};
use kaguan_domain::clause;
use kaguan_domain::codes;
use kaguan_domain::collection::HandOver;
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::dispatch::{HolderCommand, position};
use kaguan_domain::facts::application::{Application, Ground, RegisterCheck};
use kaguan_domain::facts::archive::{Material, PaperOf};
use kaguan_domain::facts::bank_change::EndedChange;
use kaguan_domain::facts::card::Card;
use kaguan_domain::facts::counter::Collector;
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::fee::Fee;
use kaguan_domain::facts::form::{ApplicationForm, Guardian};
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::facts::person::{LifeProof, Person, StatedDeath};
use kaguan_domain::facts::urgent::{UrgentGround, UrgentKind};
use kaguan_domain::holder::ChangeContacts;
use kaguan_domain::ids::{BankCode, CardId, DeskId, HolderId, OfficerId, PartnerId};
use kaguan_domain::permission::Verb;
use kaguan_domain::production::Expedite;
use kaguan_domain::records::{PrintBusinessReceipt, ends_with_receipt};
use kaguan_domain::refusal::Reason;
use kaguan_domain::replacement::Withdraw;
use kaguan_domain::spelling;
use kaguan_service::{Item, Looked, Seen, done_at};
use kaguan_store::journal::Entry;
use serde::Deserialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/people",
    screens: &[
        Screen {
            group: "综合查询", name: "持卡人档案", article: "第四十条", verb: Verb::LookAtHolder
        },
        Screen {
            group: "综合查询", name: "制卡进度", article: "第八条", verb: Verb::LookAtHolder
        },
    ],
    doors: |d| {
        d.get("/people", page)
            .post("/people", find)
            .get("/people/{key}", by_key)
            .post("/people/unmask", unmask)
    },
    samples: &["/people"],
};

/// The empty page.
pub async fn page(me: SignedIn) -> PeoplePage {
    PeoplePage::empty(&me)
}

const TITLE: &str = "持卡人档案";

/// Why a file is shown after it was searched for, and after business was done or refused on its page.
const SEARCHED: &str = "持卡人档案查询（脱敏显示）";
const AFTERWARDS: &str = "办理业务后查看档案（脱敏显示）";

/// Finds somebody. Every look is journaled, a masked one too, and one that is refused or finds nobody (R39.1).
pub async fn find(State(console): State<Console>, me: SignedIn, Form(form): Form<Find>) -> Response {
    let frame = Frame::of(&me, TITLE);
    let found = match find::thing(&console, &me, &form).await {
        Ok(Some(elsewhere)) => return Redirect::to(&elsewhere).into_response(),
        Ok(None) => find::sought(&console, &me, &form, SEARCHED).await,
        Err(e) => Err(e.into()),
    };
    let page = match found {
        Err(why) => PeoplePage { frame: frame.wrong(why), ..PeoplePage::empty(&me) },
        Ok(found) => match found.as_slice() {
            [seen] => {
                PeoplePage { frame, person: Some(view(&console, &me, seen).await), several: Vec::new() }
            }
            several => PeoplePage {
                frame,
                person: None,
                several: several.iter().filter_map(one_of_several).collect(),
            },
        },
    };
    page.into_response()
}

/// A file at its own address, which only the session that was given it can open: every time is a look of its own.
pub async fn by_key(State(console): State<Console>, me: SignedIn, Path(key): Path<String>) -> Response {
    match console.service.person_of(&me.session, &key) {
        Some(id) => shown(&console, &me, Frame::of(&me, TITLE), id, SEARCHED).await.into_response(),
        None => wrong::not_given(),
    }
}

/// 查看 of one field.
#[derive(Deserialize)]
pub struct Unmask {
    holder: i64,
    #[serde(default)]
    field: String,
    #[serde(default)]
    reason: String,
}

/// What can be seen in the clear, one at a time: code and name.
fn clear_fields(seen: &Seen<Looked>) -> Vec<(String, String)> {
    let of_card = |c: &Card| {
        let last = c.card_no.masked();
        [Item::Card(c.id), Item::BankCard(c.id)].map(|i| (i.code(), format!("{}（{last}）", i.name())))
    };
    let person = Item::OF_PERSON.map(|i| (i.code(), i.name().to_owned()));
    person.into_iter().chain(seen.file.cards.iter().flat_map(of_card)).collect()
}

/// 查看: shows one field, and no other, to whoever writes why; the journal's line has the field and the reason (R39.1).
pub async fn unmask(State(console): State<Console>, me: SignedIn, Form(form): Form<Unmask>) -> PeoplePage {
    clause!(R39.1);
    let frame = Frame::of(&me, TITLE);
    let id = HolderId(form.holder);
    let Some(item) = Item::from_code(&form.field) else {
        let mut faults = vec![Fault::of("field", "没有选择要查看的项目")];
        if spelling::says_nothing(&form.reason) {
            faults.push(Fault::of("reason", "查看明文须填写事由"));
        }
        let frame = frame.wrong_in(faults, "。请选择一项，写明事由后查看");
        return after(&console, &me, id, frame, Err(())).await;
    };
    let said = form.reason.trim();
    let reason = if spelling::says_nothing(said) { "" } else { said };
    match console.service.look_at_item(me.ctx(&console), id, item, reason).await {
        Ok((seen, text)) => {
            let mut person = view(&console, &me, &seen).await;
            let text = text.into_shown();
            let text = if text.is_empty() { "（档案未登记）".to_owned() } else { text };
            person.clear = Some((item.name(), text));
            PeoplePage { frame, person: Some(person), several: Vec::new() }
        }
        Err(e) => {
            let frame = frame.after(Err::<(), _>(e), "");
            after(&console, &me, id, frame, Err(())).await
        }
    }
}

/// One of several people whose documents have the same number, masked.
pub(crate) fn one_of_several(seen: &Seen<Looked>) -> Option<FoundView> {
    let person = seen.file.person.as_ref()?;
    let held = person.documents();
    let documents: Vec<_> =
        held.iter().map(|h| format!("{}{}", h.which.kind.name(), h.which.masked())).collect();
    Some(FoundView {
        id: seen.file.id.0,
        name: person.details.name.masked(),
        number: person.details.ssn.masked(),
        documents: documents.join("、"),
    })
}

/// Who did something at a moment, as a clerk reads it: at the office of then, under its name of then.
fn by_whom(console: &Console, actor: &str, at: Instant) -> String {
    let institutions = console.service.institutions();
    let name_of = |org| institutions.org_as_of(org, at).map_or(String::new(), |org| org.name);
    let named = match actor.split_once(':') {
        None => Some("系统".to_owned()),
        Some(("officer", id)) => {
            id.parse().ok().and_then(|id| institutions.officer(OfficerId(id))).map(|o| {
                let org = institutions.office_of(o.id, at).map_or(String::new(), name_of);
                format!("{}（{org}）", o.name)
            })
        }
        Some(("bank", code)) => Some(BankCode(code.into()).name().to_owned()),
        Some(("kiosk", id)) => id
            .parse()
            .ok()
            .and_then(|id| institutions.desk(DeskId(id)))
            .map(|d| format!("自助服务设施 {}（{}）", d.name, name_of(d.outlet))),
        Some(("vendor", code)) => codes::vendors().find(|v| v.code == code).map(|v| v.name.clone()),
        Some(_) => {
            let registered = institutions.partners().find(|p| p.id.to_string() == actor);
            // One that no administrator registered is known by its kind.
            let kind = || PartnerId::parse(actor).map(|id| id.kind.name().to_owned());
            registered.map(|p| p.name.clone()).or_else(kind)
        }
    };
    named.unwrap_or_else(|| "（未知）".into())
}

/// The latest lines of the journal about somebody, or why they cannot be read.
async fn history(console: &Console, me: &SignedIn, seen: &Seen<Looked>) -> Result<Vec<HistoryView>, String> {
    let (may, institutions) = (May::of(console, me), console.service.institutions());
    // Where it was done, and by nobody whose post prints none.
    let printed_here = |e: &Entry| {
        let print = |outlet| PrintBusinessReceipt { line: e.seq, outlet };
        let command = |outlet| HolderCommand::PrintBusinessReceipt(print(outlet));
        let done = done_at(&institutions, &e.actor, Instant(e.at));
        done.is_some_and(|(outlet, _)| may.about(seen, &command(outlet)))
    };
    let line = |e: &Entry| {
        let verb = Verb::from_code(&e.command).map_or("（未知）", Verb::name);
        let outcome =
            if e.is_done() { "办结".into() } else { format!("不予办理：{}", e.outcome_name()) };
        // A counter's business has its receipt; what a partner or a duty did has none.
        let at_outlet = ["officer:", "kiosk:"].iter().any(|kind| e.actor.starts_with(kind));
        let done = e.is_done() && at_outlet;
        let prints = done && ends_with_receipt(&e.command) && printed_here(e);
        let receipt = prints.then(|| receipts::address(e.seq));
        HistoryView {
            at: Instant(e.at).local(),
            business: verb,
            by: by_whom(console, &e.actor, Instant(e.at)),
            outcome,
            receipt,
        }
    };
    let lines = console.service.history(seen, 20).await.map_err(|e| e.to_string())?;
    // What a duty tried again and had nothing to do is no business of the holder's.
    let of_the_holder = |e: &&Entry| e.is_done() || e.actor != Actor::System.text();
    Ok(lines.iter().filter(of_the_holder).map(line).collect())
}

/// Who looked at the file, when and why: whoever is shown a file is shown who else was.
async fn looks(console: &Console, seen: &Seen<Looked>) -> Result<Vec<(String, String, String)>, String> {
    clause!(R39.1);
    let found = console.service.looks_at(seen, 20).await.map_err(|e| e.to_string())?;
    let line = |(e, why): (Entry, String)| {
        let at = Instant(e.at);
        (at.local(), by_whom(console, &e.actor, at), why)
    };
    Ok(found.into_iter().map(line).collect())
}

/// A person, masked, with the latest lines of the journal: only of somebody who was looked at.
async fn view(console: &Console, me: &SignedIn, seen: &Seen<Looked>) -> PersonView {
    let mut person = view_of(console, me, seen);
    person.history = history(console, me, seen).await;
    person.joins = console.service.joins_of(seen).await.map_err(|e| e.to_string());
    person.looks = looks(console, seen).await;
    person.businesses = buttons(&person);
    person
}

/// What may be done next, each at its own page: address and name.
fn buttons(person: &PersonView) -> Vec<(String, &'static str)> {
    let offered = counter::ALL.into_iter().filter(|b| b.is_offered(person));
    // 更正联系方式 stands on the page of 更正资料, and may be done where that may not: it is called by its own name then.
    let contacts_alone = |b: &counter::Business| b.path == "/details" && !person.correct;
    let title = |b: &counter::Business| if contacts_alone(b) { "更正联系方式" } else { b.title };
    let mut all: Vec<_> = offered.map(|b| (format!("{}/{}", b.path, person.key), title(b))).collect();
    if person.replaces {
        all.push((format!("/replace/{}", person.key), "补换卡"));
    }
    all
}

/// What is kept of a case, when it was filed and where.
fn archived(person: &Person, m: &Material, institutions: &Institutions) -> (String, String, String) {
    let org = institutions.org(m.org).map_or_else(String::new, |o| o.name.clone());
    let place = match person.paper_of(m) {
        PaperOf::In(cabinet) => format!("{org} {cabinet}"),
        PaperOf::Destroyed(at) => format!("{org}（电子，纸质已于{}销毁）", at.date()),
        PaperOf::Nowhere => format!("{org}（电子）"),
    };
    let withdrawn = if m.withdrawn().is_some() { "（已作废）" } else { "" };
    (format!("{}{withdrawn}", m.kind.name()), m.filed_at.local(), place)
}

/// 加急事由, where one was stated.
fn urgent(a: &Application) -> Option<String> {
    a.urgent_ground.as_ref().map(|ground| format!("加急制卡：{}", ground.said()))
}

/// Why the last batch did not keep the application: whoever corrects or declines it has to know.
fn taken_out(a: &Application) -> Option<String> {
    a.taken_out.as_ref().map(|out| format!("{}移出批次：{}", out.at.date(), out.reason))
}

/// 工本费 of an application; of the dead nothing is taken (R33.1).
fn fee_of(fee: &Fee, dead: bool) -> String {
    match fee {
        Fee::Free { .. } => "免收".into(),
        Fee::Due { .. } if dead => "未缴，死亡已核实，不再收取".into(),
        Fee::Due { fen } => format!("待缴 {}.{:02}元", fen / 100, fen % 100),
        Fee::Paid { fen, at, .. } => format!("已缴 {}.{:02}元（{}）", fen / 100, fen % 100, at.date()),
    }
}

/// How old somebody is, in whole years.
fn age(details: &ApplicationForm, today: Date) -> i32 {
    (1..=150).find(|years| details.is_under(*years, today)).map_or(150, |years| years - 1)
}

/// 未满十四周岁 and who the guardian is; that a register says of a death.
fn marks(person: &Person, confirmed: bool, today: Date) -> Vec<(&'static str, String)> {
    let details = &person.details;
    let mut marks = Vec::new();
    if details.is_under(14, today) {
        marks.push(("warn", "未满十四周岁".to_owned()));
    } else if details.needs_guardian(today) {
        marks.push(("info", "未满十六周岁".to_owned()));
    }
    if details.needs_guardian(today) {
        let guardian = details.guardian.as_ref();
        let of = |g: &Guardian| format!("监护人 {}（{}）", g.name.masked(), g.document_kind.name());
        marks.push(("info", guardian.map_or("档案无监护人".to_owned(), of)));
    }
    // Of a file that has several numbers, as joined files have, it is said which number each register named.
    let named = person.death.iter().filter(|_| !person.numbers.is_empty());
    let named = named.filter_map(|m| Some(format!("{}：{}", m.source.name(), m.number.as_ref()?.masked())));
    let named: Vec<String> = named.collect();
    let of = if named.is_empty() { String::new() } else { format!("（{}）", named.join("；")) };
    if confirmed {
        marks.push(("bad", format!("公安、社保均登记死亡，死亡已核实{of}")));
    } else if !person.death.is_empty() {
        marks.push(("bad", format!("有死亡信息，须核实{of}")));
    }
    if !confirmed {
        let of = |s: &StatedDeath| {
            let several = s.number.as_ref().filter(|_| !person.numbers.is_empty());
            let number = several.map(|n| format!("，号码{}", n.masked())).unwrap_or_default();
            format!("疑似死亡：{}{number}，待公安、社保登记比对", s.said())
        };
        marks.extend(person.stated.iter().map(|s| ("bad", of(s))));
    }
    let alive = |a: &LifeProof| ("info", format!("{}恢复生存状态：{}", a.at.date(), a.evidence));
    marks.extend(person.found_alive().map(alive));
    marks
}

/// A person, masked, with everything that may be tried: only of somebody who was looked at.
pub(crate) fn view_of(console: &Console, me: &SignedIn, seen: &Seen<Looked>) -> PersonView {
    let may = May::of(console, me);
    let today = console.service.now().date();
    let (file, batches) = (&seen.file, &seen.batches);
    let mut cannot = Vec::new();
    let applications = file
        .applications
        .iter()
        .map(|a| {
            let card = file.cards.iter().find(|c| c.application == a.id);
            let batch = a.stage.batch().or(card.map(|c| c.batch)).and_then(|b| batches.get(&b));
            let place = position(file, a, batches, may.institutions());
            let by_hand = ConfirmByHand { application: a.id, ground: "…".into() };
            let ground = Ground { reason: "…".into(), article: "第八条".into(), remedy: "…".into() };
            let decline = Decline { application: a.id, ground };
            let again = SupplyMaterial { application: a.id, checks: Vec::new() };
            let ground = UrgentGround { kind: UrgentKind::Disabled, words: String::new() };
            let expedite = HolderCommand::Expedite(Expedite { application: a.id, ground: Some(ground) });
            let not_faster = may.refused(seen, &expedite);
            if let Some(why) = not_faster.as_ref().filter(|_| may.may(Verb::Expedite) && card.is_none()) {
                let name = "加急制卡";
                cannot.push(CannotView { path: "/expedite", name, why: why.sentence() });
            }
            ApplicationView {
                id: a.id.0,
                expedite: not_faster.is_none(),
                agree_post: counter::agrees(&may, seen, a),
                collected_at: counter::collected_at(&may, seen, a, &mut cannot),
                fee: fee_of(&a.fee, file.death_confirmed()),
                waiting: waits_for(file, a, may.institutions(), today),
                verify: may.about(seen, &HolderCommand::SupplyMaterial(again)),
                by_hand: may.about(seen, &HolderCommand::ConfirmByHand(by_hand)),
                decline: may.about(seen, &HolderCommand::Decline(decline)),
                withdraw: may.about(seen, &HolderCommand::Withdraw(Withdraw { application: a.id })),
                voucher: declined_voucher(a, "", may.institutions())
                    .map(|_| crate::records::papers::voucher_at(console, me, file.id, &a.form_no)),
                form_no: a.form_no.clone(),
                delivery: crate::distribution::on_the_way::delivery_of(a)
                    .into_iter()
                    .chain(taken_out(a))
                    .chain(urgent(a))
                    .collect(),
                step: place.map_or("数据不一致，请联系管理员".into(), |p| {
                    format!("{}（{}）", p.public_step(), p.name())
                }),
                clocks: a
                    .clock
                    .iter()
                    .chain(batch.and_then(|b| b.batch.as_ref()).iter().flat_map(|b| &b.clocks))
                    .map(|c| {
                        let last_day = c.last_day_said(&may.institutions().calendar);
                        (c.kind.name(), last_day, c.standing(today).name())
                    })
                    .collect(),
                checks: a
                    .checks
                    .iter()
                    .map(|c| (c.source.name(), c.item.name(), result_of(c), c.at.local()))
                    .collect(),
            }
        })
        .collect();
    let cards: Vec<_> = file.cards.iter().map(|c| cards::card_view(&may, me, seen, c)).collect();
    let details = file.person.as_ref().map(|p| &p.details);
    // What is on file, unchanged: that nothing is to be changed, and what is missing, is what the page asks for.
    let correct = seen.correction([], false, Vec::new());
    let not_corrected = may
        .refused(seen, &correct)
        .filter(|r| !matches!(r.reason, Reason::NothingToDo | Reason::MaterialDefective));
    if let Some(why) = not_corrected.as_ref().filter(|_| may.may(Verb::CorrectDetails)) {
        cannot.push(CannotView { path: "/details", name: "更正资料", why: why.sentence() });
    }
    let replaces = replace::offered(&may, me, seen);
    if let Some(Err(why)) = &replaces {
        cannot.push(CannotView { path: replace::PAGE.path, name: "补换卡", why: why.sentence() });
    }
    let contacts = ChangeContacts {
        mobile: String::new(),
        phone: String::new(),
        postal_address: String::new(),
        verified: false,
    };
    PersonView {
        id: file.id.0,
        key: console.service.key_of(&me.session, file.id),
        name: details.map(|d| d.name.masked()).unwrap_or_default(),
        number: details.map(|d| d.ssn.masked()).unwrap_or_default(),
        category: details.map_or("", |d| d.category.name()),
        sex: details.and_then(|d| codes::sex(&d.sex)).unwrap_or_default(),
        age: details.map(|d| format!("{}周岁", age(d, today))).unwrap_or_default(),
        marks: file.person.as_ref().map(|p| marks(p, file.death_confirmed(), today)).unwrap_or_default(),
        ended_change: file.person.as_ref().and_then(|p| p.ended_change.as_ref()).map(EndedChange::line),
        documents: documents(details.map(|d| d.document.kind())),
        applications,
        one_card: !cards.is_empty() && may.may(Verb::FindOthers),
        replaces: matches!(replaces, Some(Ok(()))),
        cards,
        correct: not_corrected.is_none(),
        contacts: may.about(seen, &HolderCommand::ChangeContacts(contacts)),
        fields: counter::correctable(me, console),
        cannot,
        businesses: Vec::new(),
        clear_fields: clear_fields(seen),
        clear: None,
        archive: file
            .person
            .iter()
            .flat_map(|p| p.archive.iter().map(move |m| (p, m)))
            .map(|(p, m)| archived(p, m, may.institutions()))
            .collect(),
        history: Ok(Vec::new()),
        joins: Ok(Vec::new()),
        looks: Ok(Vec::new()),
    }
}

pub(crate) fn bare_hand_over(me: &SignedIn, card: CardId) -> HandOver {
    HandOver {
        card,
        outlet: me.org.id,
        collector: Collector::Holder,
        verified: false,
        signed: false,
        shown: None,
        old_card_back: false,
        receipt_seen: false,
    }
}

pub(crate) fn bare_enable(card: CardId) -> Enable {
    Enable { card, verified: false, shown: None, deputy: None }
}

/// The kinds of documents to choose from, the one on file first: code, name.
pub(crate) fn documents(on_file: Option<DocumentKind>) -> Vec<(&'static str, &'static str)> {
    let others = DocumentKind::ALL.iter().copied().filter(|k| Some(*k) != on_file);
    on_file.into_iter().chain(others).map(|k| (k.code(), k.name())).collect()
}

/// A file, by a look with its reason, or why it is not shown.
pub(crate) async fn shown(
    console: &Console,
    me: &SignedIn,
    frame: Frame,
    id: HolderId,
    reason: &str,
) -> PeoplePage {
    let ctx = me.ctx(console);
    match console.service.look(ctx, id, reason).await {
        Ok(seen) => PeoplePage { frame, person: Some(view(console, me, &seen).await), several: Vec::new() },
        Err(e) => PeoplePage { frame: frame.wrong(e), ..PeoplePage::empty(me) },
    }
}

/// What a command came to, with the file that it changed.
pub(crate) async fn after(
    console: &Console,
    me: &SignedIn,
    id: HolderId,
    frame: Frame,
    done: Result<&str, ()>,
) -> PeoplePage {
    let ctx = me.ctx(console);
    match console.service.look(ctx, id, AFTERWARDS).await {
        Ok(seen) => PeoplePage { frame, person: Some(view(console, me, &seen).await), several: Vec::new() },
        // What was said of the command stands.
        Err(_) if done.is_err() => PeoplePage { frame, ..PeoplePage::empty(me) },
        Err(e) => {
            let done = done.unwrap_or_default();
            let why = format!("{done}；但档案暂时不能显示：{e}");
            PeoplePage { frame: frame.wrong(why), ..PeoplePage::empty(me) }
        }
    }
}

/// What came of a check, with what was found in a photo.
fn result_of(check: &RegisterCheck) -> String {
    match check.said.is_empty() {
        true => check.result.name().to_owned(),
        false => format!("{}：{}", check.result.name(), check.said.join("；")),
    }
}
