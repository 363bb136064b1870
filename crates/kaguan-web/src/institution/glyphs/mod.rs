//! 字形图片 (Article 34): the picture of a character that no font of the system has, handed in at the outlet that has the document at
//! hand, and looked at by another officer beside its code point before it is printed.

use crate::Console;
use crate::holder::people::documents;
use crate::list::{Act, Asked, Cell, Kind, List, ListView, Row, column};
use crate::marks::named;
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::records::papers::Printer;
use crate::session::SignedIn;
use crate::upload::Sent;
use crate::wrong;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use kaguan_domain::clause;
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::glyph::{Glyph, GlyphState, code_point};
use kaguan_domain::institution::{DecideGlyph, InstitutionCommand, may_have_picture};
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::refusal::Refusal;
use kaguan_print::Picture;
use kaguan_service::{Command, HandedIn};
use serde::Deserialize;
use std::collections::BTreeSet;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/glyphs",
    screens: &[Screen {
        group: "系统管理",
        name: "字形图片",
        article: "第三十四条",
        verb: Verb::ProposeGlyph,
    }],
    doors: |d| {
        d.get("/glyphs", page)
            .form("/glyphs", propose)
            .post("/glyphs/decide", examine)
            .get("/glyphs/pictures/{id}", picture)
    },
    samples: &["/glyphs", "/glyphs?character=U%2B2EBF0"],
};

const TITLE: &str = "字形图片";

/// Where the picture of a character is handed in.
pub fn address(c: char) -> String {
    format!("/glyphs?character=U%2B{:04X}", u32::from(c))
}

/// Where a picture is shown.
pub fn picture_at(id: i64) -> String {
    format!("/glyphs/pictures/{id}")
}

/// A character as it is typed, by itself or by its code point.
fn character(typed: &str) -> Option<char> {
    let typed = typed.trim();
    let mut all = typed.chars();
    if let (Some(one), None) = (all.next(), all.next()) {
        return Some(one);
    }
    let digits = typed.strip_prefix("U+").or_else(|| typed.strip_prefix("u+"))?;
    u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)
}

/// Of which character the form is.
#[derive(Deserialize, Default)]
struct Of {
    #[serde(default)]
    character: String,
}

/// A picture large enough to be looked at, beside what it is to be.
#[derive(Template)]
#[template(path = "institution/glyphs/glyph.html")]
struct GlyphView {
    picture: String,
    code: String,
    character: char,
    /// On which document it was seen.
    seen_on: &'static str,
    /// Whether the fonts have the character, so that the picture is not used.
    in_fonts: bool,
}

/// Pictures.
#[derive(Template)]
#[template(path = "institution/glyphs/glyphs.html")]
pub struct GlyphsPage {
    frame: Frame,
    list: Option<ListView>,
    /// The character as it was typed.
    character: String,
    documents: Vec<(&'static str, &'static str)>,
    seen_on: String,
}
crate::frame::page!(GlyphsPage);

const LIST: List = List {
    id: "glyphs",
    path: "/glyphs",
    title: "",
    none: "没有提交的字形图片。打印时没有字形的字，请在此提交。",
    columns: &[
        column("code", "码位", Kind::Code),
        column("org", "提交机构", Kind::Choice),
        column("at", "提交时间", Kind::Code),
        column("state", "状态", Kind::Choice),
        column("outcome", "审核", Kind::Text),
    ],
};

fn row_of(console: &Console, me: &SignedIn, g: &Glyph, in_fonts: bool) -> Row {
    let institutions = console.service.institutions();
    let (outcome, tone) = match &g.state {
        GlyphState::Proposed => (String::new(), "warn"),
        GlyphState::Approved { at, .. } => (at.local(), "ok"),
        GlyphState::Refused { at, reason, .. } => (format!("{}：{reason}", at.local()), "bad"),
    };
    let waits = g.state == GlyphState::Proposed && g.by != Some(me.officer.id);
    let may = console.service.may(&me.actor(), Verb::DecideGlyph, &Place::At(g.org)).is_ok();
    let decide = || Act::examined("/glyphs/decide", g.id, "不予启用的理由", ["启用", "不予启用"]);
    let view = GlyphView {
        picture: picture_at(g.id),
        code: code_point(g.character),
        character: g.character,
        seen_on: g.seen_on.name(),
        in_fonts: in_fonts && !matches!(g.state, GlyphState::Refused { .. }),
    };
    Row {
        key: g.id.to_string(),
        cells: vec![
            code_point(g.character).into(),
            institutions.org(g.org).map_or("", |o| o.name.as_str()).into(),
            g.at.local().into(),
            Cell::from(g.state.name()).tagged(tone),
            outcome.into(),
        ],
        acts: (waits && may).then(decide).into_iter().chain([Act::Own(view.render())]).collect(),
    }
}

async fn show(
    console: &Console,
    me: &SignedIn,
    printer: &Printer,
    mut frame: Frame,
    asked: &Asked,
    (character, seen_on): (&str, &str),
) -> GlyphsPage {
    let all = frame.list(console.service.glyphs_for(&me.actor()));
    let pictured: BTreeSet<char> = all.iter().flatten().map(|g| g.character).collect();
    // That the fonts have it is said only of what they are known to have.
    let lacking = printer.lack(&pictured).await.unwrap_or(pictured);
    let list = all.map(|mut all| {
        // What waits for somebody comes first.
        all.sort_by_key(|g| (g.state != GlyphState::Proposed, std::cmp::Reverse(g.id)));
        let row = |g: &Glyph| row_of(console, me, g, !lacking.contains(&g.character));
        LIST.view(all.iter().map(row).collect(), asked)
    });
    let (character, seen_on) = (character.to_owned(), seen_on.to_owned());
    GlyphsPage { frame, list, character, documents: documents(None), seen_on }
}

async fn page(
    State(console): State<Console>,
    me: SignedIn,
    printer: Printer,
    asked: Asked,
    Query(of): Query<Of>,
) -> Response {
    let page = show(&console, &me, &printer, Frame::of(&me, TITLE), &asked, (&of.character, "")).await;
    match page.list.as_ref().and_then(ListView::taken) {
        Some(file) => file,
        None => page.into_response(),
    }
}

/// 提交: everything that is wrong with the form at once.
async fn propose(
    State(console): State<Console>,
    me: SignedIn,
    printer: Printer,
    mut sent: Sent,
) -> GlyphsPage {
    clause!(R34.1);
    let picture = sent.take_file("picture");
    let (typed, seen_on) = (sent.text("character").to_owned(), sent.text("seen_on").to_owned());
    let mut wrong = Vec::new();
    let (c, document) = (character(&typed), DocumentKind::from_code(&seen_on));
    let in_fonts = match c {
        Some(c) => printer.has(c).await,
        None => false,
    };
    if c.is_none() {
        wrong.push(("character", "请填写一个字，或其码位（如U+2EBF0）".to_owned()));
    }
    if document.is_none() {
        wrong.push(("seen_on", "请选择该字见于何种证件".to_owned()));
    }
    let unread = picture.as_ref().and_then(|png| Picture::read(png).err());
    match (&picture, &unread) {
        (None, _) => wrong.push(("picture", "请选择字形图片".to_owned())),
        (Some(_), Some(why)) => wrong.push(("picture", why.to_string())),
        (Some(_), None) => {}
    }
    let frame = Frame::of(&me, TITLE);
    let typed = (typed.as_str(), seen_on.as_str());
    let chosen_again = picture.is_some() && unread.is_none();
    let (Some(character), Some(seen_on), Some(png), true) = (c, document, picture, wrong.is_empty()) else {
        // What the rule says of the character is told with the rest; nothing is given that could be refused for it.
        let refused = c.and_then(|c| may_have_picture(c, in_fonts).err());
        let told = |r: Refusal| ("character", format!("{}{}", r.reason.says(), about(&r)));
        wrong.extend(refused.map(told));
        let again = if chosen_again { "，所选的字形图片没有保留，须重新选择" } else { "" };
        let so = format!("。依据{}。没有提交{again}。", clause!(R34.1).cite());
        return show(&console, &me, &printer, frame.wrong_in(named(wrong), &so), &me.asked, typed).await;
    };
    let handed_in = HandedIn { character, seen_on, org: me.org.id, in_fonts, png };
    let outcome = console.service.propose_glyph(me.command(&console), handed_in).await;
    let typed = if outcome.is_ok() { ("", "") } else { typed };
    let frame = frame.after(outcome, "已提交；另一名经办人审核后，全省打印时使用");
    show(&console, &me, &printer, frame, &me.asked, typed).await
}

/// What a refusal is about, behind what its reason says.
fn about(refused: &Refusal) -> String {
    refused.about.as_deref().map(|about| format!("（{about}）")).unwrap_or_default()
}

/// What whoever looks at it says.
#[derive(Deserialize)]
struct Decision {
    id: i64,
    approved: bool,
    #[serde(default)]
    reason: String,
}

/// 审核, beside the code point.
async fn examine(
    State(console): State<Console>,
    me: SignedIn,
    printer: Printer,
    Form(said): Form<Decision>,
) -> GlyphsPage {
    clause!(R34.1);
    let done =
        if said.approved { "已启用：打印时使用该字形" } else { "已登记：不予启用" };
    let character = console.service.institutions().glyphs().get(said.id).map(|g| g.character);
    let in_fonts = match character {
        Some(c) => printer.has(c).await,
        None => false,
    };
    let command = DecideGlyph { id: said.id, approved: said.approved, reason: said.reason, in_fonts };
    let command = Command::Institution(InstitutionCommand::DecideGlyph(command));
    let outcome = console.service.execute(me.command(&console), command).await;
    let frame = Frame::of(&me, TITLE).after(outcome, done);
    show(&console, &me, &printer, frame, &me.asked, ("", "")).await
}

/// A picture, which names nobody: for whoever prints or decides.
async fn picture(State(console): State<Console>, _: SignedIn, Path(id): Path<i64>) -> Response {
    match console.service.glyph_picture(id).await {
        Ok(Some(png)) => ([(CONTENT_TYPE, "image/png")], png).into_response(),
        Ok(None) => wrong::page(StatusCode::NOT_FOUND, "没有这张字形图片"),
        Err(why) => wrong::page(StatusCode::SERVICE_UNAVAILABLE, &why.to_string()),
    }
}
