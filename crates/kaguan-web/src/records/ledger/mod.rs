//! 业务台账: what the offices of one's own area did in some days, done or refused, with the receipt of each. It names nobody; whoever opens a file
//! looks at it with a line.

use crate::Console;
use crate::frame::Said;
use crate::happened::happened;
use crate::list::{Asked, Cell, Kind, List, ListView, Offer, Row, column, offices};
use crate::may;
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::records::receipts;
use crate::session::SignedIn;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use kaguan_domain::clause;
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::ids::OfficerId;
use kaguan_domain::permission::Verb;
use kaguan_service::Failure;
use kaguan_service::ledger::{LedgerChosen, LedgerDays, LedgerLine};
use kaguan_store::journal::DONE;
use serde::Deserialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/ledger",
    screens: &[Screen {
        group: "综合查询", name: "业务台账", article: "第六条", verb: Verb::LookAtLedger
    }],
    doors: |d| d.get("/ledger", page),
    samples: &["/ledger", "/ledger?from=2026-11-01&until=2026-11-30"],
};

const TITLE: &str = "业务台账";

/// 业务台账.
#[derive(Template)]
#[template(path = "records/ledger/ledger.html")]
pub struct LedgerPage {
    pub frame: Frame,
    /// First and last day, as they were chosen.
    pub from: String,
    pub until: String,
    /// What is chosen of the list, which other days leave as it is.
    pub kept: Vec<(String, String)>,
    /// `None` when it may not be seen, or the days cannot be read: the notice says why.
    pub list: Option<ListView>,
}
crate::frame::page!(LedgerPage);

/// Which days, both included; `YYYY-MM-DD`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Days {
    from: String,
    until: String,
}

const LIST: List = List {
    id: "ledger",
    path: "/ledger",
    title: "",
    none: "所选日期内没有办理业务。请改选起止日期。",
    columns: &[
        column("at", "时间", Kind::Code),
        column("what", "业务", Kind::Choice),
        column("about", "对象", Kind::Text),
        column("org", "机构", Kind::Choice),
        column("who", "经办人", Kind::Choice),
        column("outcome", "结果", Kind::Choice),
        column("receipt", "回执编号", Kind::Code),
    ],
};

/// Officers by their identities, each with the sign-in name that tells it from others of the same name.
fn officers(institutions: &Institutions, ids: Vec<OfficerId>) -> Vec<Offer<OfficerId>> {
    let name = |id| institutions.officer(id).map(|o| format!("{}（{}）", o.name, o.login));
    let offer = |id: OfficerId| Some(Offer { code: id.to_string(), name: name(id)?, value: id });
    ids.into_iter().filter_map(offer).collect()
}

fn row(console: &Console, me: &SignedIn, opens: bool, l: LedgerLine) -> Row {
    let done = l.line.outcome == DONE;
    let outcome = match done {
        true => Cell::from("办结").tagged("ok"),
        false => Cell::from("拒绝").tagged("bad").beside(l.line.outcome_name()),
    };
    let mut about = Cell::from(l.about);
    if let Some(id) = l.holder.filter(|_| opens) {
        about = about.leads(format!("/people/{}", console.service.key_of(&me.session, id)));
    }
    let receipt = l.receipt.map_or_else(Cell::default, |receipt| {
        let number = if receipt.number.is_empty() { "打印回执".to_owned() } else { receipt.number };
        match receipt.prints {
            true => Cell::from(number).leads(receipts::address(l.line.seq)),
            false => Cell::from(number),
        }
    });
    Row {
        key: l.line.seq.to_string(),
        cells: vec![
            l.line.at.local().into(),
            Verb::from_code(&l.line.command).map_or("（未知）", Verb::name).into(),
            about,
            l.office.into(),
            l.who.into(),
            outcome,
            receipt,
        ],
        acts: Vec::new(),
    }
}

/// The part that was asked for of some days.
async fn listed(
    console: &Console,
    me: &SignedIn,
    asked: &Asked,
    days: LedgerDays,
) -> Result<ListView, Failure> {
    clause!(R6.1);
    let (service, actor) = (&console.service, me.actor());
    let institutions = service.institutions();
    let all = service.ledger_choices(&actor, days, None)?;
    let mut choose = LIST.choose(asked);
    let business = |verb: Verb| Offer { code: verb.code().into(), name: verb.name().into(), value: verb };
    let business = choose.by("what", all.businesses.into_iter().map(business));
    let office = choose.by("org", offices(&institutions, all.offices));
    // Officers are chosen from those of the office.
    let there = match office {
        Some(_) => service.ledger_choices(&actor, days, office)?.officers,
        None => all.officers,
    };
    let officer = choose.by("who", officers(&institutions, there));
    let refused = [("done", "办结", false), ("refused", "拒绝", true)];
    let refused = refused.map(|(code, name, value)| Offer { code: code.into(), name: name.into(), value });
    let refused = choose.by("outcome", refused);
    let chosen = LedgerChosen { business, officer, office, refused };
    let part = service.ledger_for(&actor, days, chosen, LIST.part(asked), happened).await?;
    let opens = may::at_all(console, me, Verb::LookAtHolder).is_ok();
    let rows = part.rows.into_iter().map(|line| row(console, me, opens, line)).collect();
    Ok(choose.view(rows, part.more))
}

/// The list of the days that were chosen.
pub async fn page(
    State(console): State<Console>,
    me: SignedIn,
    asked: Asked,
    Query(chosen): Query<Days>,
) -> Response {
    let mut frame = Frame::of(&me, TITLE);
    let (mut list, mut shown) = (None, (chosen.from.clone(), chosen.until.clone()));
    match LedgerDays::read(&chosen.from, &chosen.until, console.service.now().date()) {
        Ok(days) => {
            shown = (days.from.to_string(), days.until.to_string());
            match listed(&console, &me, &asked, days).await {
                Ok(view) => list = Some(view),
                Err(e) => frame.say(&e),
            }
        }
        Err(wrong) => {
            for (field, why) in wrong {
                frame = frame.wrong_too(Said::from(why).about(field));
            }
        }
    }
    if let Some(file) = list.as_ref().and_then(ListView::taken) {
        return file;
    }
    let (from, until) = shown;
    LedgerPage { frame, from, until, kept: LIST.kept(&asked), list }.into_response()
}
