//! 自助服务设施 (Articles 18, 19 and 36): at a machine without a clerk the identity card on its reader and a face that fits the picture in
//! that card's chip stand for what a clerk would verify. Nothing that the machine itself states does.

use crate::clause;
use crate::counter::{Missing, guardian_of_a_child, own_document};
use crate::ctx::Actor;
use crate::facts::counter::Shown;
use crate::facts::face::FaceCheck;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// 人脸核验: a face in front of the machine was compared with the picture in the identity card's chip.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CheckFace {
    /// The identity card that lay on the reader.
    pub shown: Shown,
    /// Its last day; `None` of 长期.
    pub until: Option<Date>,
    pub check: FaceCheck,
}

impl Rule for CheckFace {
    fn verb(&self) -> Verb {
        Verb::CheckFace
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        Place::Anywhere
    }

    /// Decides that it is kept, whatever came of it. Whoever may do nothing alone is not compared with anything.
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R14.2);
        let Asked { file, ctx, .. } = asked;
        let Actor::Kiosk(desk) = ctx.actor else { return Err(Reason::NotPermitted.into()) };
        file.person.as_ref().ok_or(Reason::NotFound)?;
        let mut missing = Missing::default();
        guardian_of_a_child(&mut missing, None, asked);
        own_document(&mut missing, Some(&self.shown), file);
        missing.unless_verified(self.until.is_none_or(|until| ctx.today() <= until), "身份证已过有效期");
        missing.end_by(Reason::HolderNotVerified, clause!(R14.2)).map_err(|refused| {
            let by_clerk = refused.reason == Reason::HolderNotVerified;
            if by_clerk { refused.way("请本人持有效身份证件到柜台办理") } else { refused }
        })?;
        Ok(vec![HolderEvent::FaceChecked { desk, check: self.check.clone() }])
    }
}
