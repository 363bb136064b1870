//! 档案 (Article 40): the material of every case, electronic or in a cabinet of its own, registered by case.
//!
//! Retention by decision: five years after the case ended, as long as the ledgers of Article 12; a case that lives
//! keeps its material. Whoever opens a material is in its outlet's area, says why, and is journaled. The city destroys what is
//! due, and states that the paper is gone with it; what it was stays on file. What was filed wrongly is put right by whoever keeps it
//! (`correct.rs`), and nothing of it is destroyed before.

use crate::clause;
use crate::ctx::{Actor, Ctx, Instant};
use crate::facts::application::Stage;
use crate::facts::archive::{Case, Destruction, Material, MaterialKind, PaperOf};
use crate::facts::card::Social;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::ids::{MaterialId, OfficerId, OrgId};
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
    /// The other pages of the same document, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more: Vec<Page>,
}

/// A page of an electronic document, stored already.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Page {
    /// Identity that it is stored under.
    pub id: MaterialId,
    /// SM3 in lower-case hexadecimal.
    pub digest: String,
}

/// The most pages of one document.
pub const MOST_PAGES: usize = 20;

/// 到期销毁 of a document.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DestroyMaterial {
    /// Any of its pages.
    pub id: MaterialId,
    /// Whether the paper in the cabinet was destroyed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paper: bool,
}

/// Who does it, when it is an officer.
pub(super) fn officer(ctx: &Ctx) -> Option<OfficerId> {
    match ctx.actor {
        Actor::Officer(id) => Some(id),
        Actor::Bank(_) | Actor::Vendor(_) | Actor::Partner(_) | Actor::Kiosk(_) | Actor::System => None,
    }
}

/// Whether somebody has this case.
pub(super) fn has_case(file: &HolderFile, case: Case) -> bool {
    match case {
        Case::Application(id) => file.application(id).is_some(),
        Case::Card(id) => file.card(id).is_some(),
    }
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

/// By which rule a material is kept for as long as it is.
pub const KEPT_BY: &str = "《经办规程》第40条；期限比照第12条管理台账，自业务终结起至少5年";

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
        let known = has_case(file, self.case);
        let person = file.person.as_ref().filter(|_| known).ok_or(Reason::NotFound)?;
        let filed = |id| person.archive.iter().any(|m| m.id == id);
        if filed(self.id) || self.more.iter().any(|p| filed(p.id)) {
            return Err(Reason::NothingToDo.into());
        }
        if self.more.len() >= MOST_PAGES {
            let about = format!("一份材料最多{MOST_PAGES}页");
            let refusal = Refusal::about(Reason::MaterialDefective, about).by(clause!(R40.1));
            return Err(refusal.way("请分次归档"));
        }
        let cabinet = self.cabinet.as_deref().map(str::trim).filter(|c| !c.is_empty());
        if self.digest.is_none() && cabinet.is_none() {
            let about = "须有电子材料，或登记纸质材料所在专柜专夹";
            return Err(Refusal::about(Reason::MaterialDefective, about).by(clause!(R40.1)));
        }
        let material = Material {
            id: self.id,
            case: self.case,
            kind: self.kind,
            digest: self.digest.clone(),
            cabinet: cabinet.map(Into::into),
            org: self.org,
            filed_at: ctx.now,
            page: (!self.more.is_empty()).then_some(1),
            corrected: Vec::new(),
        };
        let more = self.more.iter().zip(2..).map(|(p, n)| Material {
            id: p.id,
            digest: Some(p.digest.clone()),
            page: Some(n),
            ..material.clone()
        });
        let all: Vec<_> = more.collect();
        Ok([material]
            .into_iter()
            .chain(all)
            .map(|material| HolderEvent::MaterialFiled { material })
            .collect())
    }
}

impl Rule for DestroyMaterial {
    fn verb(&self) -> Verb {
        Verb::DestroyMaterial
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        super::filed_at(file, self.id)
    }

    /// Decides 到期销毁: never before the case has ended and its years are over. A document goes with all its pages, whichever is named: they
    /// share their paper.
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R40.1);
        let person = file.person.as_ref().ok_or(Reason::NotFound)?;
        let material = person.archive.iter().find(|m| m.id == self.id).ok_or(Reason::NotFound)?;
        let paper = matches!(person.paper_of(material), PaperOf::In(_));
        match kept(file, material) {
            None => Err(Refusal::about(Reason::RetentionRuns, "业务尚未终结")),
            Some(until) if ctx.today() <= until => {
                Err(Refusal::about(Reason::RetentionRuns, format!("保存至{until}")))
            }
            Some(_) if paper && !self.paper => {
                let about = "在专柜专夹中的纸质材料须一并销毁，并在此确认";
                let way = "请销毁纸质材料后，勾选纸质材料已一并销毁，再提交";
                Err(Refusal::about(Reason::MaterialDefective, about).by(clause!(R40.1)).way(way))
            }
            Some(until) => {
                let how = Destruction { until, paper, by: officer(ctx) };
                let gone =
                    |m: &Material| HolderEvent::MaterialDestroyed { material: m.id, how: Some(how.clone()) };
                Ok(person.pages_of(self.id).into_iter().map(gone).collect())
            }
        }
    }
}
