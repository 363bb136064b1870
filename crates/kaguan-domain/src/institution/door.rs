//! 登录与退出 (Article 39): who came in, who went, and who tried leaves a line that names no holder.

use crate::clause;
use crate::ctx::{Actor, Ctx};
use crate::facts::institution::Institutions;
use crate::facts::officer::DoorEvent;
use crate::permission::{Place, Verb, authorise};
use crate::refusal::{Reason, Refusal};
use serde::{Deserialize, Serialize};

/// What is to be recorded.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RecordSignIn {
    pub event: DoorEvent,
}

impl RecordSignIn {
    /// The verb, for the permission matrix and the journal.
    pub fn verb(&self) -> Verb {
        match self.event {
            DoorEvent::SignedIn { .. } => Verb::SignIn,
            DoorEvent::SignedOut { .. } => Verb::SignOut,
            DoorEvent::RecoveryCodeUsed { .. } => Verb::UseRecoveryCode,
            DoorEvent::Failed { .. } | DoorEvent::UnknownNames { .. } => Verb::FailSignIn,
        }
    }
}

/// Decides it: of oneself, or by the system of whoever failed.
pub fn record_sign_in(
    state: &Institutions,
    command: &RecordSignIn,
    ctx: &Ctx,
) -> Result<Vec<DoorEvent>, Refusal> {
    clause!(R39.1);
    authorise(state, &ctx.actor, command.verb(), &Place::Anywhere)?;
    if let (Actor::Officer(me), Some(who)) = (&ctx.actor, command.event.officer())
        && *me != who
    {
        return Err(Reason::NotPermitted.into());
    }
    Ok(vec![command.event.clone()])
}
