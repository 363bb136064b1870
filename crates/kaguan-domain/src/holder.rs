//! Correcting the details of a person whose card is not made yet.

use crate::application::form::{Circumstances, Door, judge};
use crate::facts::application::Stage;
use crate::facts::form::FormDraft;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule};
use serde::{Deserialize, Serialize};

/// Replaces the details by a whole new form.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CorrectDetails {
    /// The form as it should read.
    pub draft: Box<FormDraft>,
}

impl Rule for CorrectDetails {
    fn verb(&self) -> Verb {
        Verb::CorrectDetails
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        file.open_application().map_or(Place::Anywhere, |a| Place::At(a.outlet))
    }

    /// The details may be corrected while no data about them are with a bank or a vendor: before a batch holds the
    /// application, or after a failure came back. The social security number stays: another number is another person.
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
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
        let judged = judge(&self.draft, &Circumstances::new(ctx.today(), Door::Personal));
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
}
