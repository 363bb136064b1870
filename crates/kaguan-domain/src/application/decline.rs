//! 不予受理: a written voucher with the reason, its article and the remedy (R8.5).

use crate::clause;
use crate::ctx::Ctx;
use crate::facts::application::{Ground, Stage};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::ids::ApplicationId;
use crate::refusal::{Reason, Refusal};
use crate::rule::Around;
use serde::{Deserialize, Serialize};

/// Declines an application that waits at this office.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Decline {
    /// Which.
    pub application: ApplicationId,
    /// The voucher's text.
    pub ground: Ground,
}

/// An application can be declined until a batch holds it, and after a failure came back.
pub fn decline(
    file: &HolderFile,
    command: &Decline,
    ctx: &Ctx,
    _around: Around<'_>,
) -> Result<Vec<HolderEvent>, Refusal> {
    clause!(R8.5);
    let application = file.application(command.application).ok_or(Reason::NotFound)?;
    match application.stage {
        Stage::Received
        | Stage::Accepted { .. }
        | Stage::OpeningFailed { .. }
        | Stage::ProductionFailed { .. } => {}
        _ => return Err(Reason::WrongStage.into()),
    }
    let g = &command.ground;
    if g.reason.trim().is_empty() || g.article.trim().is_empty() || g.remedy.trim().is_empty() {
        return Err(Refusal::about(Reason::MaterialDefective, "书面凭证须写明原因、依据和解决途径"));
    }
    let mut events = vec![HolderEvent::Declined { application: application.id, ground: g.clone() }];
    events.extend(crate::replacement::bank_change::given_up(file, application, ctx));
    Ok(events)
}
