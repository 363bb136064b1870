//! 上门激活待确认 (Article 16): what the first clerk has recorded is shown to the second, who was there too and signs in himself.

use crate::Console;
use crate::list::{Act, Asked, Kind, List, ListView, Row, column};
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::session::SignedIn;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
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

const LIST: List = List {
    id: "visits",
    path: "/visits",
    title: "",
    none: "本网点没有待确认的上门激活。",
    columns: &[
        column("since", "登记时间", Kind::Code),
        column("first", "登记人", Kind::Choice),
        column("name", "姓名", Kind::Text),
        column("number", "社会保障号码", Kind::Text),
        column("card", "社保卡卡号", Kind::Text),
        column("next", "下一步", Kind::Choice),
    ],
};

/// The page.
#[derive(Template)]
#[template(path = "collection/visits/visits.html")]
pub struct VisitsPage {
    pub frame: Frame,
    /// `None` when they may not be seen, or could not be read: the notice says which.
    pub list: Option<ListView>,
}
crate::frame::page!(VisitsPage);

fn row(console: &Console, me: &SignedIn, (seen, id): &(Seen<Looked>, CardId)) -> Option<Row> {
    let card = seen.file.card(*id)?;
    let visit = card.visit.as_ref()?;
    let details = seen.file.person.as_ref().map(|p| &p.details);
    let institutions = console.service.institutions();
    let open = Act::Press {
        to: "/activate",
        fields: vec![("holder", seen.file.id.to_string())],
        name: "打开档案确认",
    };
    // Whoever recorded it does not confirm it.
    let own = visit.first == me.officer.id;
    Some(Row {
        key: format!("{}.{}", seen.file.id, card.id),
        cells: vec![
            visit.at.local().into(),
            institutions.officer(visit.first).map(|o| o.name.clone()).unwrap_or_default().into(),
            details.map(|d| d.name.masked()).unwrap_or_default().into(),
            details.map(|d| d.ssn.masked()).unwrap_or_default().into(),
            card.card_no.masked().into(),
            if own { "待另一名经办人确认" } else { "待您确认" }.into(),
        ],
        acts: if own { Vec::new() } else { vec![open] },
    })
}

/// The list of this outlet.
pub async fn page(State(console): State<Console>, me: SignedIn, asked: Asked) -> Response {
    clause!(R16.4);
    let mut frame = Frame::of(&me, "上门激活-待确认");
    let found = frame.list(console.service.visits_for(&me.actor()).await);
    let list = found.map(|all| LIST.view(all.iter().filter_map(|v| row(&console, &me, v)).collect(), &asked));
    match list.as_ref().and_then(ListView::taken) {
        Some(file) => file,
        None => VisitsPage { frame, list }.into_response(),
    }
}
