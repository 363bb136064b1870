//! 办理进度: of whoever's identity card lies on the reader, masked; the look has its line.

use super::{AtKiosk, Question, SAYS, ServePage, identity, whose};
use crate::Console;
use axum::extract::State;
use kaguan_domain::clause;
use kaguan_domain::dispatch::position;
use kaguan_domain::records::Show;

const TITLE: &str = "办理进度查询";

/// The identity card is asked for.
pub async fn page(kiosk: AtKiosk) -> ServePage {
    ServePage::asks(&kiosk, TITLE, Question::Progress)
}

/// Each application of the holder, and where its card is.
pub async fn shows(State(console): State<Console>, kiosk: AtKiosk) -> ServePage {
    clause!(R39.1);
    match steps(&console, &kiosk).await {
        Ok(question) => {
            ServePage { back: Some((SAYS, "/kiosk")), ..ServePage::asks(&kiosk, TITLE, question) }
        }
        Err(why) => ServePage::asks(&kiosk, TITLE, Question::Progress).but(why),
    }
}

async fn steps(console: &Console, kiosk: &AtKiosk) -> Result<Question, String> {
    let who = whose(console, &identity(console, kiosk).await?).await?;
    let seen = console.service.show(kiosk.ctx(console), &who, Show::Progress).await;
    let seen = seen.map_err(|e| e.to_string())?;
    let institutions = console.service.institutions();
    let mut rows = Vec::new();
    for a in seen.file.applications.iter().rev() {
        let place = position(&seen.file, a, &seen.batches, &institutions);
        let place = place.ok_or("该人的办理进度暂时不能显示，请到柜台查询")?;
        let outlet = institutions.org(a.collect_at).map(|o| o.name.clone()).unwrap_or_default();
        rows.push((a.received_on.to_string(), format!("{}：{}", place.public_step(), place.name()), outlet));
    }
    let name = seen.file.person.as_ref().map(|p| p.details.name.masked()).unwrap_or_default();
    Ok(Question::Steps { name, rows })
}
