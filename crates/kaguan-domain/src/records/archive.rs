//! 档案 (Article 40): the material of every case, electronic or in a cabinet of its own, registered by case.
//!
//! Retention by decision: five years after the case ended, as long as the ledgers of Article 12; a case that lives
//! keeps its material. Whoever opens a material is in its outlet's area, says why, and is journaled.

use crate::clause;
use crate::ctx::Instant;
use crate::facts::application::Stage;
use crate::facts::archive::{Case, Material, MaterialKind};
use crate::facts::card::Social;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::ids::{MaterialId, OrgId};
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// 归档.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FileMaterial {
    pub id: MaterialId,
    /// Of which case.
    pub case: Case,
    pub kind: MaterialKind,
    /// SM3 of the electronic document, already stored under the identity.
    pub digest: Option<String>,
    /// Where the paper lies.
    pub cabinet: Option<String>,
    /// The outlet that keeps it.
    pub org: OrgId,
}

/// 到期销毁.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DestroyMaterial {
    pub id: MaterialId,
}

/// When a case ended; `None` while it lives. An application lives as long as its card.
fn ended(file: &HolderFile, case: Case) -> Option<Instant> {
    let card = |id| match file.card(id)?.social {
        Social::Cancelled { at } => Some(at),
        _ => None,
    };
    match case {
        Case::Card(id) => card(id),
        Case::Application(id) => match &file.application(id)?.stage {
            Stage::Declined { at, .. } | Stage::Withdrawn { at } => Some(*at),
            Stage::Made { card: made, .. } => card(*made),
            Stage::Received
            | Stage::Accepted { .. }
            | Stage::InBatch { .. }
            | Stage::OpeningFailed { .. }
            | Stage::AccountOpened { .. }
            | Stage::Personalising { .. }
            | Stage::ProductionFailed { .. } => None,
        },
    }
}

/// Until when a material is kept, that day included; `None` while its case lives.
pub fn kept(file: &HolderFile, material: &Material) -> Option<Date> {
    clause!(R40.1);
    ended(file, material.case).map(|at| super::kept_until(at.date()))
}

impl Rule for FileMaterial {
    fn verb(&self) -> Verb {
        Verb::FileMaterial
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        Place::At(self.org)
    }

    /// Decides 归档: for a case of this person, with a document or the place of the paper.
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R40.1);
        let known = match self.case {
            Case::Application(id) => file.application(id).is_some(),
            Case::Card(id) => file.card(id).is_some(),
        };
        let person = file.person.as_ref().filter(|_| known).ok_or(Reason::NotFound)?;
        if person.archive.iter().any(|m| m.id == self.id) {
            return Err(Reason::NothingToDo.into());
        }
        let cabinet = self.cabinet.as_deref().map(str::trim).filter(|c| !c.is_empty());
        if self.digest.is_none() && cabinet.is_none() {
            return Err(Refusal::about(
                Reason::MaterialDefective,
                "须有电子材料，或登记纸质材料所在专柜专夹",
            ));
        }
        let material = Material {
            id: self.id,
            case: self.case,
            kind: self.kind,
            digest: self.digest.clone(),
            cabinet: cabinet.map(Into::into),
            org: self.org,
            filed_at: ctx.now,
        };
        Ok(vec![HolderEvent::MaterialFiled { material }])
    }
}

impl Rule for DestroyMaterial {
    fn verb(&self) -> Verb {
        Verb::DestroyMaterial
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        super::filed_at(file, self.id)
    }

    /// Decides 到期销毁: never before the case has ended and its years are over.
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R40.1);
        let person = file.person.as_ref().ok_or(Reason::NotFound)?;
        let material = person.archive.iter().find(|m| m.id == self.id).ok_or(Reason::NotFound)?;
        match kept(file, material) {
            None => Err(Refusal::about(Reason::RetentionRuns, "业务尚未终结")),
            Some(until) if ctx.today() <= until => {
                Err(Refusal::about(Reason::RetentionRuns, format!("保存至{until}")))
            }
            Some(_) => Ok(vec![HolderEvent::MaterialDestroyed { material: self.id }]),
        }
    }
}
