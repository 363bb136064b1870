//! 上门激活待确认 (Article 16): what the first clerk has recorded is shown to the second, who was there too and signs in himself.

use crate::Console;
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::session::SignedIn;
use askama::Template;
use axum::extract::State;
use kaguan_domain::clause;
use kaguan_domain::ids::CardId;
use kaguan_domain::permission::Verb;
use kaguan_service::{Looked, Seen};

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/visits",
    screens: &[Screen {
        group: "社保卡领取",
        name: "上门激活-待确认",
        article: "第十六条",
        verb: Verb::ConfirmVisit,
    }],
    doors: |d| d.get("/visits", page),
    samples: &["/visits"],
};

/// A visit that waits, its person masked.
pub struct VisitView {
    pub holder: i64,
    /// Local time of the first clerk's statement.
    pub since: String,
    /// The first clerk.
    pub first: String,
    pub name: String,
    /// 社会保障号码.
    pub number: String,
    /// 社保卡卡号.
    pub card_no: String,
    /// Whether whoever looks is the first clerk, who does not confirm it.
    pub own: bool,
}

/// The page.
#[derive(Template)]
#[template(path = "visits.html")]
pub struct VisitsPage {
    pub frame: Frame,
    /// `None` when they may not be seen, or could not be read: the notice says which.
    pub rows: Option<Vec<VisitView>>,
}
crate::frame::page!(VisitsPage);

fn row(console: &Console, me: &SignedIn, (seen, id): &(Seen<Looked>, CardId)) -> Option<VisitView> {
    let card = seen.file.card(*id)?;
    let visit = card.visit.as_ref()?;
    let details = seen.file.person.as_ref().map(|p| &p.details);
    let institutions = console.service.institutions();
    Some(VisitView {
        holder: seen.file.id.0,
        since: visit.at.local(),
        first: institutions.officer(visit.first).map(|o| o.name.clone()).unwrap_or_default(),
        name: details.map(|d| d.name.masked()).unwrap_or_default(),
        number: details.map(|d| d.ssn.masked()).unwrap_or_default(),
        card_no: card.card_no.masked(),
        own: visit.first == me.officer.id,
    })
}

/// The list of this outlet.
pub async fn page(State(console): State<Console>, me: SignedIn) -> VisitsPage {
    clause!(R16.4);
    let mut frame = Frame::of(&me, "上门激活-待确认");
    let found = frame.list(console.service.visits_for(&me.actor()).await);
    let rows = found.map(|all| all.iter().filter_map(|v| row(&console, &me, v)).collect());
    VisitsPage { frame, rows }
}
