//! 不予受理: a written voucher with the reason, its article and the remedy (R8.5).

use crate::clause;
use crate::facts::application::{Ground, Stage};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::ids::ApplicationId;
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule, at_outlet_of};
use crate::spelling;
use serde::{Deserialize, Serialize};

/// Declines an application that waits at this office.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Decline {
    pub application: ApplicationId,
    /// The voucher's text.
    pub ground: Ground,
}

impl Rule for Decline {
    fn verb(&self) -> Verb {
        Verb::Decline
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        at_outlet_of(file, self.application)
    }

    /// An application can be declined until a batch holds it, and after a failure came back.
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R8.5);
        let application = file.application(self.application).ok_or(Reason::NotFound)?;
        let outside = matches!(
            application.stage,
            Stage::Received
                | Stage::Accepted { .. }
                | Stage::OpeningFailed { .. }
                | Stage::ProductionFailed { .. }
        );
        if !outside {
            return Err(Reason::WrongStage.into());
        }
        let g = &self.ground;
        // Each by itself: what is written is not told again.
        let items = [("原因", &g.reason), ("依据", &g.article), ("解决途径", &g.remedy)];
        let empty = items.into_iter().filter(|(_, written)| spelling::says_nothing(written));
        let empty: Vec<String> = empty.map(|(item, _)| format!("书面凭证的{item}没有写明")).collect();
        if !empty.is_empty() {
            return Err(Refusal::about(Reason::MaterialDefective, empty.join("；")));
        }
        let (id, by) = (application.id, super::taking::clerk(ctx));
        let mut events = vec![HolderEvent::Declined { application: id, ground: g.clone(), by }];
        events.extend(file.clock_ends(id, ctx.today()));
        events.extend(crate::replacement::ended::given_up(file, application, ctx));
        Ok(events)
    }
}
