//! 停用公钥: at once by one administrator, for whoever has lost a key does not wait.

use super::ask::moment;
use super::{AskPartner, TITLE, give, show_one};
use crate::Console;
use crate::frame::Said;
use crate::pages::Frame;
use crate::session::{Reauthenticated, SignedIn};
use axum::Form;
use axum::extract::State;
use axum::response::Response;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::partner::Partner;
use kaguan_domain::ids::PartnerId;
use kaguan_domain::institution::InstitutionCommand;
use serde::Deserialize;

/// What lies so far back may be this minute still, as a page has it, in microseconds.
const THIS_MINUTE: i64 = 60_000_000;

/// Which key ends, and when; now when it is empty.
#[derive(Deserialize)]
pub struct EndKey {
    partner: String,
    key: String,
    #[serde(default)]
    until: String,
    /// The name of the key once more, where no other holds: what its partner sends is refused from then on.
    #[serde(default)]
    sure: String,
}

/// Whether a key of a partner holds and no other does.
pub fn is_last(partner: &Partner, key: &str, now: Instant) -> bool {
    let mut valid = partner.keys.iter().filter(|k| partner.key(&k.id, now).is_some());
    valid.next().is_some_and(|k| k.id == key) && valid.next().is_none()
}

/// What keeps a key from being ended as it was asked; nothing once it was confirmed, or when there is time to follow it with another.
fn unconfirmed(console: &Console, end: &EndKey, until: Instant) -> Option<Said> {
    let (now, institutions) = (console.service.now(), console.service.institutions());
    let partner = PartnerId::parse(&end.partner).and_then(|id| institutions.partner(&id).cloned())?;
    let at_once = (now.0 - THIS_MINUTE..=now.0).contains(&until.0);
    if !at_once || !is_last(&partner, &end.key, now) || end.sure.trim() == end.key {
        return None;
    }
    let why = format!(
        "{}是该合作方唯一有效的公钥，立即停用后其全部请求被拒绝，没有停用。确需立即停用的，在“确认”栏填写公钥名称{}后再提交；可以等待的，先更换公钥。",
        end.key, end.key
    );
    Some(Said::from(why).about("sure"))
}

/// 停用.
pub async fn end_key(
    State(console): State<Console>,
    Reauthenticated(me): Reauthenticated,
    Form(end): Form<EndKey>,
) -> Response {
    let at = if end.until.trim().is_empty() { Some(console.service.now()) } else { moment(&end.until) };
    let frame = match (PartnerId::parse(&end.partner), at) {
        (Some(partner), Some(until)) => match unconfirmed(&console, &end, until) {
            Some(why) => frame(&me).wrong(why),
            None => {
                let command = InstitutionCommand::EndPartnerKey { partner, key: end.key.clone(), until };
                give(&console, &me, command, "公钥的失效时间已登记").await
            }
        },
        _ => frame(&me).wrong(Said::from("失效时间应为日期和时间").about("until")),
    };
    show_one(&console, &me, frame, &end.partner, (&me.asked, AskPartner::default()))
}

fn frame(me: &SignedIn) -> Frame {
    Frame::of(me, TITLE)
}
