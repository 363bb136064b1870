//! What goes out to partners, and what a channel shows its user: personal data leave with a line in the journal that says who
//! got them, when and what for (R39.1).

use crate::clause;
use crate::ctx::{Actor, Ctx};
use crate::facts::application::{Application, Stage};
use crate::facts::batch::{Batch, BatchEvent, Extraction};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::names::StageKind;
use crate::facts::person::PhotoRef;
use crate::ids::{ApplicationId, BatchId};
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule, at_vendor_of, not_taken_back};
use serde::{Deserialize, Serialize};

/// Which rows of a batch wait for a partner, by their stage: in the batch for its bank, with an account for its vendor. Nothing goes out of a batch that is not confirmed, nor before the bank's two working days
/// run (X7.2).
pub fn waiting_for(partner: &Actor, batch: &Batch) -> Result<StageKind, Refusal> {
    clause!(X7.2);
    clause!(X7.3);
    let stage = match partner {
        Actor::Bank(bank) if *bank == batch.bank => StageKind::InBatch,
        Actor::Vendor(vendor) if batch.state.vendor() == Some(vendor) => StageKind::AccountOpened,
        _ => return Err(Reason::NotYourData.into()),
    };
    if batch.state.extraction() != Extraction::Done {
        return Err(Reason::WrongStage.into());
    }
    not_taken_back(batch)?;
    Ok(stage)
}

/// Decides 提取资料: so many rows of a batch go to the partner that they wait for.
pub(crate) fn lend_rows(batch: &Batch, rows: i64, ctx: &Ctx) -> Result<Vec<BatchEvent>, Refusal> {
    clause!(R39.1);
    waiting_for(&ctx.actor, batch)?;
    Ok(vec![BatchEvent::RowsLent { rows }])
}

/// 提取相片: the photo to be printed goes to the vendor.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct LendPhoto {
    pub application: ApplicationId,
    pub batch: BatchId,
}

/// The photo that is printed on the card: none for whoever was under seven on the day of the application (R5.4).
pub fn printed_photo(file: &HolderFile, application: &Application) -> Option<PhotoRef> {
    clause!(R5.4);
    let person = file.person.as_ref()?;
    person.photo.clone().filter(|_| person.details.photo_required(application.received_on))
}

impl Rule for LendPhoto {
    fn verb(&self) -> Verb {
        Verb::ExtractProduction
    }

    fn place(&self, _: &HolderFile, around: Around<'_>) -> Place {
        at_vendor_of(self.batch, around)
    }

    fn batch(&self) -> Option<BatchId> {
        Some(self.batch)
    }

    /// Decides it: only while the vendor makes this card.
    fn decide(&self, Asked { file, around, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(X7.3);
        clause!(R39.1);
        let application = file.application(self.application).ok_or(Reason::NotFound)?;
        if at_work(application, around) != Some(self.batch)
            || !matches!(application.stage, Stage::AccountOpened { .. })
        {
            return Err(Reason::WrongStage.into());
        }
        printed_photo(file, application)
            .ok_or_else(|| Refusal::about(Reason::NotFound, "该人卡面不印相片"))?;
        Ok(vec![HolderEvent::LookedAt { reason: "提取相片制卡".into(), material: None }])
    }
}

/// What a channel shows the holder who uses it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Show {
    /// 制卡进度
    Progress,
    /// 一人一卡查询
    Cards,
}

impl Rule for Show {
    fn verb(&self) -> Verb {
        match self {
            Self::Progress => Verb::AskProgress,
            Self::Cards => Verb::FindOthers,
        }
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        // The holder, wherever the holder is.
        Place::Anywhere
    }

    /// Decides it: the channel has identified the holder (R24.1), and the look is recorded.
    fn decide(&self, Asked { file, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R39.1);
        file.person.as_ref().ok_or(Reason::NotFound)?;
        let reason = match self {
            Self::Progress => "本人查询制卡进度",
            Self::Cards => "本人查询名下社保卡",
        };
        Ok(vec![HolderEvent::LookedAt { reason: reason.into(), material: None }])
    }
}

/// The batch in which a partner works on an application: a bank since it extracted the data, a vendor since it was
/// handed them.
pub(crate) fn at_work(application: &Application, around: Around<'_>) -> Option<BatchId> {
    let (Stage::InBatch { batch, .. } | Stage::AccountOpened { batch, .. }) = application.stage else {
        return None;
    };
    let whole = around.batches.get(&batch)?.batch.as_ref()?;
    let at_bank = matches!(application.stage, Stage::InBatch { .. });
    let with_partner = if at_bank { whole.is_at_bank() } else { whole.at_vendor().is_some() };
    with_partner.then_some(batch)
}
