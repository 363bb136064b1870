//! 批次核对: whoever confirms a batch looks at its people, and opens no file by that.

use crate::clause;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::institution::Task;
use crate::ids::{ApplicationId, BatchId};
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule};
use crate::spelling;
use serde::{Deserialize, Serialize};

/// 查看批次人员: somebody of a batch is shown, masked, to an office that the city entrusts with its confirmation. A county has no right to
/// look at files, and confirms what it has seen all the same.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LookInBatch {
    pub batch: BatchId,
    /// What the batch has of the person.
    pub application: ApplicationId,
    /// Why, in Chinese.
    pub reason: String,
}

impl Rule for LookInBatch {
    fn verb(&self) -> Verb {
        Verb::LookAtBatches
    }

    fn place(&self, _: &HolderFile, around: Around<'_>) -> Place {
        let batch = around.batches.get(&self.batch).and_then(|b| b.batch.as_ref());
        batch.map_or(Place::Anywhere, |b| Place::Entrusted {
            city: b.city.clone(),
            task: Task::ConfirmBatches,
            bank: Some(b.bank.clone()),
        })
    }

    fn batch(&self) -> Option<BatchId> {
        Some(self.batch)
    }

    /// Decides it: of an application that the batch has; the journal's line is the record.
    fn decide(&self, Asked { file, around, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R8.7);
        clause!(R39.1);
        let found = file.application(self.application).filter(|a| a.stage.batch() == Some(self.batch));
        let known = around.batches.get(&self.batch).is_some_and(|b| b.batch.is_some());
        if found.is_none() || !known || file.person.is_none() {
            return Err(Reason::NotFound.into());
        }
        if spelling::says_nothing(&self.reason) {
            return Err(Refusal::about(Reason::MaterialDefective, "查看须填写事由"));
        }
        Ok(vec![HolderEvent::LookedAt { reason: self.reason.clone(), material: None }])
    }
}
