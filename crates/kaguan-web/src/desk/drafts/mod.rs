//! Forms in work: one that came after its session had ended, and those that an officer puts aside. They are kept sealed for their
//! officer, for a week; files have to be chosen again.

mod aside;
mod chosen;
mod names;
mod words;

use crate::Console;
use crate::application::apply::choices;
use crate::desk::once;
use crate::limits::count;
use crate::list::{beside, lists_again, within};
use crate::may;
use crate::menu;
use crate::menu::Page;
use crate::pages::{FieldView, Frame};
use crate::refill::FilledIn;
use crate::session::SignedIn;
use crate::upload::Sent;
use crate::wrong;
use aside::How;
use askama::Template;
use axum::extract::{DefaultBodyLimit, FromRequest, Path, Query, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use kaguan_domain::clause;
use kaguan_domain::facts::document::mask_number;
use kaguan_domain::facts::form::Field;
use kaguan_domain::facts::name::HolderName;
use kaguan_domain::ids::OfficerId;
use kaguan_domain::permission::Verb;
use kaguan_domain::refusal::Refusal;
use kaguan_service::{Draft, Failure};
use names::owned;
use serde::Deserialize;
use std::collections::BTreeMap;
use words::{Word, word};

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/drafts",
    screens: &[],
    doors: |d| d.form("/drafts", keep).get("/drafts/{id}", page).post("/drafts/{id}/drop", drop),
    samples: &[],
};

/// A draft is at most so large.
const LARGEST: usize = 256 << 10;

/// One draft in a list.
pub struct DraftLine {
    pub id: i64,
    /// The screen that it belongs to.
    pub name: &'static str,
    /// What it does, where its screen has several forms, and whom it is about, masked: the name, or else the number; where neither was typed, the
    /// batch, the box or the order, or what else of it names nobody. Empty when nothing says it: then the time does.
    pub about: String,
    /// When it was last changed, local time.
    pub at: String,
    /// Whether its officer may go on with it: not after another role or organisation has no such screen.
    pub theirs: bool,
}

/// Something that was written.
pub struct TextView {
    pub name: String,
    pub label: &'static str,
    pub value: String,
    /// The type of its field; empty where it may have several lines.
    pub kind: &'static str,
}

/// Something that was chosen of a few.
pub struct ChoiceView {
    pub name: String,
    pub label: &'static str,
    pub value: String,
    /// Codes and words.
    pub choices: Vec<(String, String)>,
}

/// A form that was kept, to go on with.
#[derive(Template)]
#[template(path = "desk/drafts/draft.html")]
pub struct DraftPage {
    pub frame: Frame,
    pub id: i64,
    /// The screen that it belongs to.
    pub name: &'static str,
    /// Where it is sent.
    pub form: String,
    /// Where the business begins anew.
    pub again: &'static str,
    /// When it was kept, local time.
    pub at: String,
    /// How it came to be kept, in a sentence.
    pub how: &'static str,
    /// Whether its screen is the officer's now; of one that is not, nothing is shown.
    pub theirs: bool,
    /// The items of a form that stood in it.
    pub fields: Vec<FieldView>,
    /// What else was written.
    pub texts: Vec<TextView>,
    /// What else was chosen of a few.
    pub choices: Vec<ChoiceView>,
    /// What was ticked: name, label and value. It is stated anew, or not sent.
    pub ticks: Vec<(String, &'static str, String)>,
    /// Whom it is about, and what was chosen.
    pub hidden: Vec<(String, String)>,
    /// The same in words: label and meaning; and how many items have none.
    pub chosen: (Vec<(&'static str, String)>, usize),
}
crate::frame::page!(DraftPage);

/// Forms below a screen that are sent from another one too, by roles that may do nothing on the first: with what they do.
const ELSEWHERE: [(&str, Verb); 7] = [
    ("/blanks/orders/check", Verb::CheckBlanks),
    ("/blanks/orders/decline", Verb::GenerateBlanks),
    ("/blanks/orders/end", Verb::EndBlanks),
    ("/blanks/orders/generate", Verb::GenerateBlanks),
    ("/cards-on-their-way/do", Verb::RecordFound),
    ("/failures/guide", Verb::SetFailureGuide),
    ("/overdue", Verb::TakeBack),
];

/// Why a form is not the officer's to send now; `None` while it is. Another role or organisation takes away what was begun before.
fn not_theirs(console: &Console, me: &SignedIn, form: &str) -> Option<Refusal> {
    clause!(R6.1);
    let why = may::nothing_on(console, me, menu::page_at(menu::screen_of(form)?)?)?;
    let here = ELSEWHERE.iter().any(|(to, verb)| *to == form && may::at_all(console, me, *verb).is_ok());
    (!here).then_some(why)
}

/// What was typed, to be read and changed before it is sent.
async fn to_send(console: &Console, me: &SignedIn, draft: &Draft, id: i64, at: String) -> DraftPage {
    let again = menu::screen_of(&draft.form).unwrap_or("/");
    let (typed, how) = aside::read(&draft.body);
    let mut page = DraftPage {
        frame: Frame::of(me, "继续办理"),
        id,
        name: screen(me, &draft.form),
        form: draft.form.clone(),
        again,
        at,
        how: how.map_or(aside::SOMEHOW, How::said),
        theirs: true,
        fields: Vec::new(),
        texts: Vec::new(),
        choices: Vec::new(),
        ticks: Vec::new(),
        hidden: Vec::new(),
        chosen: (Vec::new(), 0),
    };
    if let Some(why) = not_theirs(console, me, &draft.form) {
        page.frame = page.frame.refused(&why.into());
        page.theirs = false;
        return page;
    }
    for (name, value) in typed {
        let chosen = |label, choices: Vec<(String, String)>| {
            let of_it = value.is_empty() || choices.iter().any(|(code, _)| *code == value);
            of_it.then(|| ChoiceView { name: name.clone(), label, value: value.clone(), choices })
        };
        match word(&page.form, &name) {
            Some(Word::Text(label)) => page.texts.push(TextView { name, label, value, kind: "text" }),
            Some(Word::Day(label)) => page.texts.push(TextView { name, label, value, kind: "date" }),
            Some(Word::Lines(label)) => page.texts.push(TextView { name, label, value, kind: "" }),
            Some(Word::Tick(label)) => page.ticks.push((name, label, value)),
            Some(Word::Item(field)) => {
                let choices = choices::choices(me, console, field);
                // What its list does not have here would be lost in it.
                match choices.is_empty() || chosen(field.personal_title(), choices.clone()).is_some() {
                    true => page.fields.push(FieldView {
                        name: field.code(),
                        title: field.personal_title(),
                        required: false,
                        focus: false,
                        value,
                        choices,
                    }),
                    false => page.hidden.push((name, value)),
                }
            }
            Some(Word::Of(label, few)) => match chosen(label, owned(few.iter().copied())) {
                Some(choice) => page.choices.push(choice),
                None => page.hidden.push((name, value)),
            },
            Some(Word::Among(label, all)) => match chosen(label, all()) {
                Some(choice) => page.choices.push(choice),
                None => page.hidden.push((name, value)),
            },
            Some(Word::Act(..) | Word::Named(_) | Word::Silent) | None => page.hidden.push((name, value)),
        }
    }
    let hidden = page.hidden.iter().cloned().collect();
    page.chosen = chosen::chosen(console, me, &page.form, &hidden).await;
    if let Some(business) = names::business(&page.form) {
        page.chosen.0.insert(0, ("事项", business.to_owned()));
    }
    page
}

/// The screen that a form belongs to, as the officer's own menu calls it.
fn screen(me: &SignedIn, form: &str) -> &'static str {
    let path = menu::screen_of(form).unwrap_or("/");
    let any = || menu::name_of(path, &menu::lines());
    menu::name_of(path, &menu::of(me)).or_else(any).unwrap_or("业务表单")
}

/// What a choice of a form is called, as its kept form shows it; `None` of what it has no words for.
pub fn choice(form: &str, name: &str, value: &str) -> Option<String> {
    let few = match word(form, name)? {
        Word::Of(_, few) | Word::Act(_, few) => owned(few.iter().copied()),
        Word::Among(_, all) => all(),
        Word::Text(_)
        | Word::Lines(_)
        | Word::Day(_)
        | Word::Tick(_)
        | Word::Item(_)
        | Word::Named(_)
        | Word::Silent => return None,
    };
    few.into_iter().find(|(code, _)| code == value).map(|(_, words)| words)
}

/// What was typed into a draft, by the names of its fields.
pub fn typed(draft: &Draft) -> BTreeMap<String, String> {
    aside::read(&draft.body).0
}

/// What stands in a draft of an officer; `None` when there is none.
pub async fn read(console: &Console, me: &SignedIn, id: i64) -> Result<Option<Sent>, Failure> {
    let Some(draft) = console.service.draft(me.officer.id, id).await? else { return Ok(None) };
    Ok(Some(Sent::of_typed(typed(&draft))))
}

/// Whom a draft is about, by what its officer typed, masked; empty when neither name nor number was typed.
fn whom(form: &str, typed: &BTreeMap<String, String>) -> String {
    let text = |field: Field| typed.get(field.code()).map(|text| text.trim()).unwrap_or_default();
    // Other forms have the name of an office or an officer under this name.
    let is_holders = matches!(word(form, Field::Name.code()), Some(Word::Item(_)));
    let name = HolderName::parse(text(Field::Name)).map(|name| name.masked()).ok();
    let name = name.filter(|name| is_holders && !name.is_empty());
    name.unwrap_or_else(|| mask_number(text(Field::DocumentNumber)))
}

/// The drafts of an officer, each with what tells it from others of its screen. Nobody is looked at for it.
pub async fn of(console: &Console, me: &SignedIn) -> Result<Vec<DraftLine>, Failure> {
    clause!(R39.1);
    let mut lines = Vec::new();
    for draft in console.service.drafts_of(me.officer.id).await? {
        let (typed, _) = aside::read(&draft.body);
        let theirs = not_theirs(console, me, &draft.form).is_none();
        let mut about = whom(&draft.form, &typed);
        if about.is_empty() && theirs {
            about = chosen::things(console, me, &draft.form, &typed).await;
        }
        let business = names::business(&draft.form).filter(|_| theirs).map(str::to_owned);
        let about = business.into_iter().chain(Some(about).filter(|about| !about.is_empty()));
        let about = about.collect::<Vec<_>>().join("　");
        let (id, name, at) = (draft.id, screen(me, &draft.form), draft.at.local());
        lines.push(DraftLine { id, name, about, at, theirs });
    }
    Ok(lines)
}

/// Where a form leads that nobody is signed in for: to the sign-in page, or to its second step, which says that it is neither done nor kept.
/// What its page had put aside before stays its officer's, and from there one goes on with it.
pub async fn not_kept(console: &Console, door: &str, form: &str, asks: &str) -> Redirect {
    let aside = match once::officer_in(asks).zip(once::draft_in(asks)) {
        None => None,
        Some((officer, id)) => match console.service.draft(officer, id).await {
            Ok(draft) => draft.map(|draft| format!("/drafts/{}", draft.id)),
            Err(why) => {
                tracing::warn!(%why, "whether a form was put aside before cannot be told");
                None
            }
        },
    };
    let next = aside.unwrap_or_else(|| menu::screen_of(form).unwrap_or("/").to_owned());
    let next = menu::place_of(&format!("{next}?{asks}")).unwrap_or_else(|| "/".into());
    Redirect::to(&format!("{door}?next={}&sent=1", within(&next)))
}

async fn lost(console: &Console, form: &str, asks: &str) -> Response {
    not_kept(console, "/sign-in", form, asks).await.into_response()
}

/// A form that came after its session had ended by time: it is kept for its officer, who signs in again and goes on. Of whoever signed
/// out nothing is kept.
pub async fn too_late(console: &Console, session: &str, mut request: Request) -> Response {
    // The limit of the form's own page is behind this layer.
    DefaultBodyLimit::max(count(console.bounds.limits.form_bytes)).apply(&mut request);
    let form = request.uri().path().to_owned();
    let asks = request.uri().query().unwrap_or_default().to_owned();
    let officer = match console.service.owner_of_ended(session).await {
        Ok(Some(officer)) => officer,
        Ok(None) => return lost(console, &form, &asks).await,
        Err(why) => return wrong::page(StatusCode::SERVICE_UNAVAILABLE, &why.to_string()),
    };
    let Ok(sent) = Sent::from_request(request, console).await else {
        return lost(console, &form, &asks).await;
    };
    let body = aside::written(&sent, How::Late);
    if sent.fields().next().is_none() || body.len() > LARGEST {
        return lost(console, &form, &asks).await;
    }
    match console.service.keep_draft(officer, None, &lists_again(&form, &asks), body).await {
        Ok(id) => {
            let next = menu::place_of(&format!("/drafts/{id}?{asks}")).unwrap_or_else(|| "/".into());
            Redirect::to(&format!("/sign-in?next={}", within(&next))).into_response()
        }
        Err(why) => wrong::page(StatusCode::SERVICE_UNAVAILABLE, &why.to_string()),
    }
}

/// Puts a form aside that cannot be done before its officer has given the password again; its draft, or `None` when there was nothing in
/// it. One that went on with a draft keeps that draft.
pub async fn put_aside(console: &Console, officer: OfficerId, parts: &Parts) -> Result<Option<i64>, Failure> {
    let typed = parts.extensions.get::<FilledIn>().map(FilledIn::all).unwrap_or_default();
    let body = aside::written(&Sent::of_typed(typed.clone()), How::Unconfirmed);
    if typed.is_empty() || body.len() > LARGEST {
        return Ok(None);
    }
    let asks = parts.uri.query().unwrap_or_default();
    let form = lists_again(parts.uri.path(), asks);
    console.service.keep_draft(officer, once::draft_in(asks), &form, body).await.map(Some)
}

/// Which form is put aside.
#[derive(Deserialize)]
pub struct Aside {
    /// The address that it is sent to.
    form: String,
    /// Its identity; a new one where it has none yet.
    draft: Option<i64>,
    /// Whether the page itself does it, while somebody types: it wants no page, and the identity where that is new.
    #[serde(default)]
    quiet: u8,
}

/// Puts a form aside.
pub async fn keep(
    State(console): State<Console>,
    me: SignedIn,
    Query(aside): Query<Aside>,
    sent: Sent,
) -> Response {
    let how = if aside.quiet == 1 { How::ByItself } else { How::Pressed };
    let body = aside::written(&sent, how);
    if menu::screen_of(&aside.form).is_none() || aside.form.contains(['?', '#']) || body.len() > LARGEST {
        return wrong::page(StatusCode::BAD_REQUEST, "这份表单不能存为草稿，请直接提交");
    }
    let form = beside(&aside.form, &me.asked.behind());
    match console.service.keep_draft(me.officer.id, aside.draft, &form, body).await {
        Ok(id) if aside.quiet == 1 && aside.draft.is_none() => id.to_string().into_response(),
        Ok(_) if aside.quiet == 1 => StatusCode::NO_CONTENT.into_response(),
        Ok(_) => Redirect::to("/#drafts").into_response(),
        Err(why) => wrong::page(StatusCode::SERVICE_UNAVAILABLE, &why.to_string()),
    }
}

/// Goes on with a draft: the application in its own form, another as it was sent.
pub async fn page(State(console): State<Console>, me: SignedIn, Path(id): Path<i64>) -> Response {
    let draft = match console.service.draft(me.officer.id, id).await {
        Ok(draft) => draft,
        Err(why) => return wrong::page(StatusCode::SERVICE_UNAVAILABLE, &why.to_string()),
    };
    let Some(draft) = draft else {
        let why = "没有这份草稿：已经提交、已满七天，或者是其他人的。请从菜单重新打开页面";
        return wrong::page(StatusCode::NOT_FOUND, why);
    };
    if draft.form == "/apply" && not_theirs(&console, &me, &draft.form).is_none() {
        return Redirect::to(&format!("/apply?draft={id}")).into_response();
    }
    // The lists are as they were where it was put aside.
    let here = format!("/drafts/{id}");
    let there = lists_again(&here, &draft.asks);
    if me.asked.behind().is_empty() && there != here {
        return Redirect::to(&there).into_response();
    }
    let at = draft.at.local();
    to_send(&console, &me, &draft, id, at).await.into_response()
}

/// Gives a draft up.
pub async fn drop(State(console): State<Console>, me: SignedIn, Path(id): Path<i64>) -> Response {
    match console.service.end_draft(me.officer.id, id).await {
        Ok(()) => Redirect::to("/#drafts").into_response(),
        Err(why) => wrong::page(StatusCode::SERVICE_UNAVAILABLE, &why.to_string()),
    }
}
