//! Correcting the details of a person whose card is not made yet.

use crate::application::form::{Circumstances, Door, judge};
use crate::ctx::Ctx;
use crate::facts::application::Stage;
use crate::facts::form::FormDraft;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::refusal::{Reason, Refusal};
use crate::rule::Around;
use serde::{Deserialize, Serialize};

/// Replaces the details by a whole new form.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CorrectDetails {
    /// The form as it should read.
    pub draft: Box<FormDraft>,
}

/// The details may be corrected while no data about them are with a bank or a vendor: before a batch holds the
/// application, or after a failure came back. The social security number stays: another number is another person.
pub fn correct_details(
    file: &HolderFile,
    command: &CorrectDetails,
    ctx: &Ctx,
    _around: Around<'_>,
) -> Result<Vec<HolderEvent>, Refusal> {
    let person = file.person.as_ref().ok_or(Reason::NotFound)?;
    let open = file.open_application().ok_or(Reason::WrongStage)?;
    let outside = matches!(
        open.stage,
        Stage::Received
            | Stage::Accepted { .. }
            | Stage::OpeningFailed { .. }
            | Stage::ProductionFailed { .. }
    );
    if !outside {
        return Err(Refusal::about(Reason::WrongStage, "资料已进入制卡批次，待回盘后方可更正"));
    }
    let judged = judge(&command.draft, &Circumstances::new(ctx.today(), Door::Personal));
    let details = match judged.form {
        Some(form) if judged.defects.is_empty() => form,
        _ => return Err(Refusal::defects(judged.defects)),
    };
    if details.ssn != person.details.ssn {
        return Err(Refusal::about(Reason::IdentityNotConfirmed, "社会保障号码与档案不同"));
    }
    if details == person.details {
        return Err(Reason::NothingToDo.into());
    }
    Ok(vec![HolderEvent::DetailsCorrected { details: Box::new(details) }])
}
