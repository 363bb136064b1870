//! 更正归档 (Articles 40 and 41): a material that was scanned into the wrong case, as the wrong kind, or cannot be read is put right by
//! the office that keeps it. Nothing is destroyed before its time: what counts for nothing any more is kept, marked, and destroyed when it
//! is due with the rest. What is of somebody else leaves the file at once, and its journal says to whom it went.

use super::archive::{FileMaterial, Page, has_case, officer};
use crate::clause;
use crate::ctx::Ctx;
use crate::facts::archive::{Case, Corrected, Correction, Material, MaterialKind, Refiled};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::ids::{HolderId, MaterialId};
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule};
use crate::spelling;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// 更正归档.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CorrectFiling {
    /// What was filed wrongly: the pages of one document, say.
    pub materials: Vec<MaterialId>,
    pub to: Filing,
    /// Why, in the clerk's words.
    pub reason: String,
}

/// How what was filed wrongly is put right.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filing {
    /// 改归: of another case of the same person, or of another kind; `None` stays as it is.
    Move { case: Option<Case>, kind: Option<MaterialKind> },
    /// 移入他人档案: of a case of somebody else.
    Give { to: HolderId, case: Case, kind: Option<MaterialKind> },
    /// 作废
    Withdraw,
    /// 作废，以重新扫描的代替
    Replace { by: Replacement },
}

/// What takes the place of a material that counts for nothing: of its case and kind, kept where it is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Replacement {
    pub id: MaterialId,
    /// SM3 of the electronic document, already stored under the identity.
    pub digest: Option<String>,
    /// Where the paper lies.
    pub cabinet: Option<String>,
    /// The other pages of the same document, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more: Vec<Page>,
}

impl Replacement {
    /// As it is filed in the place of a material.
    fn of(&self, old: &Material) -> FileMaterial {
        let Self { id, digest, cabinet, more } = self.clone();
        FileMaterial { id, case: old.case, kind: old.kind, digest, cabinet, org: old.org, more }
    }
}

impl CorrectFiling {
    /// Where a material belongs, and what it is.
    fn belongs(&self, m: &Material) -> (Case, MaterialKind) {
        match &self.to {
            Filing::Move { case, kind } => (case.unwrap_or(m.case), kind.unwrap_or(m.kind)),
            Filing::Give { case, kind, .. } => (*case, kind.unwrap_or(m.kind)),
            Filing::Withdraw | Filing::Replace { .. } => (m.case, m.kind),
        }
    }

    /// A material as it is in the file of whoever it is of: what was said of it here may name the person of this file.
    fn there(&self, m: &Material, ctx: &Ctx) -> Material {
        let (case, kind) = self.belongs(m);
        let what = Corrected::CameFromAnother;
        let came = Correction { what, at: ctx.now, by: officer(ctx), reason: String::new() };
        let withdrawn = m.withdrawn().cloned();
        Material { case, kind, corrected: withdrawn.into_iter().chain([came]).collect(), ..m.clone() }
    }

    /// What stands against giving it to somebody else.
    fn not_of(
        &self,
        to: HolderId,
        case: Case,
        file: &HolderFile,
        around: Around<'_>,
    ) -> Result<Option<&'static str>, Refusal> {
        clause!(R39.1);
        if to == file.id {
            return Ok(Some("所填号码就是本人的，归错业务的请改归本人的其他业务"));
        }
        let other = around.other.filter(|other| other.id == to && other.person.is_some());
        let other = other.ok_or_else(|| Refusal::about(Reason::NotFound, "材料所属人的档案"))?;
        if other.joined_into().is_some() {
            return Err(Reason::FileJoined.into());
        }
        Ok((!has_case(other, case)).then_some("材料所属人没有所填的业务"))
    }
}

impl Rule for CorrectFiling {
    fn verb(&self) -> Verb {
        Verb::CorrectFiling
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        self.materials.first().map_or(Place::Anywhere, |id| super::filed_at(file, *id))
    }

    fn other(&self) -> Option<HolderId> {
        match &self.to {
            Filing::Give { to, .. } => Some(*to),
            Filing::Move { .. } | Filing::Withdraw | Filing::Replace { .. } => None,
        }
    }

    /// Decides 更正归档, of materials that one office keeps.
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R40.1);
        let Asked { file, ctx, around } = asked;
        let person = file.person.as_ref().ok_or(Reason::NotFound)?;
        let filed = |id: &MaterialId| {
            let found = person.archive.iter().find(|m| m.id == *id);
            found.ok_or_else(|| Refusal::about(Reason::NotFound, "所选档案材料"))
        };
        let ids: BTreeSet<&MaterialId> = self.materials.iter().collect();
        let chosen: Vec<&Material> = ids.into_iter().map(filed).collect::<Result<_, _>>()?;
        let keeper = chosen.first().map(|m| m.org);
        let mut wrong: Vec<String> = Vec::new();
        let mut is_wrong = |so: bool, what: &str| wrong.extend(so.then(|| what.to_owned()));
        is_wrong(chosen.is_empty(), "没有选择要更正的材料");
        is_wrong(spelling::says_nothing(&self.reason), "须写明更正归档的事由");
        is_wrong(
            chosen.iter().any(|m| Some(m.org) != keeper),
            "所选材料由不同网点保管，须按保管网点分次更正",
        );
        let withdrawn = chosen.iter().any(|m| m.withdrawn().is_some());
        let mut new = Vec::new();
        match &self.to {
            Filing::Move { case, .. } => {
                if case.is_some_and(|case| !has_case(file, case)) {
                    return Err(Refusal::about(Reason::NotFound, "改归的业务"));
                }
                let changes = |m: &&Material| self.belongs(m) != (m.case, m.kind);
                is_wrong(!chosen.is_empty() && !chosen.iter().any(changes), "改归的业务和种类与现在相同");
                is_wrong(withdrawn, WITHDRAWN);
            }
            Filing::Give { to, case, .. } => {
                if let Some(what) = self.not_of(*to, *case, file, around)? {
                    is_wrong(true, what);
                }
            }
            Filing::Withdraw => is_wrong(withdrawn, WITHDRAWN),
            Filing::Replace { by } => {
                is_wrong(withdrawn, WITHDRAWN);
                let alike = |m: &&Material| chosen.iter().all(|c| (c.case, c.kind) == (m.case, m.kind));
                is_wrong(
                    chosen.first().is_some_and(|m| !alike(m)),
                    "所选材料须属同一业务、同一种类，才能以一份材料代替",
                );
                match chosen.first().map(|old| by.of(old).decide(asked)) {
                    None => {}
                    Some(Ok(events)) => new = events,
                    Some(Err(refused)) if refused.reason == Reason::MaterialDefective => {
                        is_wrong(true, refused.about.as_deref().unwrap_or_default());
                    }
                    Some(Err(refused)) => return Err(refused),
                }
            }
        }
        if !wrong.is_empty() {
            return Err(Refusal::about(Reason::MaterialDefective, wrong.join("；")).by(clause!(R40.1)));
        }
        let reason = self.reason.trim().to_owned();
        if let Filing::Give { to, .. } = &self.to {
            let materials = chosen.iter().map(|m| self.there(m, ctx)).collect();
            return Ok(vec![HolderEvent::MaterialsGiven { to: *to, materials, reason }]);
        }
        new.extend(chosen.iter().filter_map(|m| {
            let (case, kind) = self.belongs(m);
            let to = match self.to {
                Filing::Move { .. } if (case, kind) == (m.case, m.kind) => return None,
                Filing::Move { .. } => Refiled::Moved { case, kind },
                Filing::Give { .. } | Filing::Withdraw | Filing::Replace { .. } => Refiled::Withdrawn,
            };
            let (material, reason, by) = (m.id, reason.clone(), officer(ctx));
            Some(HolderEvent::MaterialCorrected { material, to, reason, by })
        }));
        Ok(new)
    }
}

const WITHDRAWN: &str = "所选材料中有已作废的，已作废的只能移入他人档案";
