//! Rare characters 生僻字 (Article 34): a name that has one is written with `[PINYIN]` and not compared, and the image of the
//! document goes to the bank and the vendor that have to write it. The clerk gives the pinyin; nothing here guesses it. How names are
//! compared is [`names_agree`]'s.

use crate::clause;
use crate::facts::application::Stage;
use crate::facts::archive::{Material, MaterialKind};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::ids::{ApplicationId, BatchId, MaterialId};
use crate::permission::{Place, Verb};
use crate::records::at_work;
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule, at_vendor_of, batch_of};
use serde::{Deserialize, Serialize};

pub use crate::facts::name::names_agree;

/// 提取生僻字证件影像.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct LendDocument {
    pub application: ApplicationId,
    pub batch: BatchId,
    /// Which material of the archive.
    pub material: MaterialId,
}

/// The electronic image of the holder's document, the last that was filed; `None` for a name without rare characters.
pub fn document(file: &HolderFile) -> Option<&Material> {
    clause!(R34.1);
    let person = file.person.as_ref()?;
    let mut filed = person.good_archive().rev();
    let found = filed.find(|m| m.kind == MaterialKind::Identity && m.digest.is_some());
    found.filter(|_| person.details.name.has_rare())
}

impl Rule for LendDocument {
    fn verb(&self) -> Verb {
        Verb::LendDocument
    }

    fn place(&self, file: &HolderFile, around: Around<'_>) -> Place {
        // The bank's until it has answered, the vendor's from then on.
        let Some(application) = file.application(self.application) else { return Place::Anywhere };
        if matches!(application.stage, Stage::InBatch { .. }) {
            batch_of(self.batch, around).map_or(Place::Anywhere, |b| Place::Bank(b.bank.clone()))
        } else if matches!(application.stage, Stage::AccountOpened { .. }) {
            at_vendor_of(self.batch, around)
        } else {
            Place::Anywhere
        }
    }

    fn batch(&self) -> Option<BatchId> {
        Some(self.batch)
    }

    /// Decides it: only while the partner works on this card, and the look is recorded.
    fn decide(&self, Asked { file, around, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R34.1);
        let application = file.application(self.application).ok_or(Reason::NotFound)?;
        if at_work(application, around) != Some(self.batch) {
            return Err(Reason::WrongStage.into());
        }
        let found = document(file).filter(|m| m.id == self.material);
        let found = found.ok_or_else(|| Refusal::about(Reason::NotFound, "生僻字证件影像"))?;
        Ok(vec![HolderEvent::LookedAt { reason: "生僻字核对".into(), material: Some(found.id) }])
    }
}
