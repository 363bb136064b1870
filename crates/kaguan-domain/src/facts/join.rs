//! 档案合并: two files of one person become one, and can be taken apart again (Articles 3 and 5).

use crate::clause;
use crate::ctx::Instant;
use crate::facts::application::{Application, Register};
use crate::facts::archive::Material;
use crate::facts::card::Card;
use crate::facts::claim::Claim;
use crate::facts::death::{DeathMark, LifeProof, StatedDeath};
use crate::facts::identity::{HeldDocument, Identifier};
use crate::facts::social_security_number::SocialSecurityNumber;
use crate::ids::{ApplicationId, CardId, CityCode, HolderId};
use serde::{Deserialize, Serialize};

/// How far a joining is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JoinState {
    /// 待审核
    Proposed,
    /// 不同意合并
    Refused { by: String, at: Instant, reason: String },
    /// 已合并
    Joined { by: String, at: Instant },
    /// 撤销待审核
    UndoProposed { by: String, at: Instant, reason: String },
    /// 已撤销
    Undone { by: String, at: Instant },
}

impl JoinState {
    /// Whether a second officer has to decide.
    pub fn waits(&self) -> bool {
        match self {
            Self::Proposed | Self::UndoProposed { .. } => true,
            Self::Refused { .. } | Self::Joined { .. } | Self::Undone { .. } => false,
        }
    }

    /// The Chinese term.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Proposed => "合并待审核",
            Self::Refused { .. } => "不同意合并",
            Self::Joined { .. } => "已合并",
            Self::UndoProposed { .. } => "撤销待审核",
            Self::Undone { .. } => "已撤销合并",
        }
    }
}

/// A joining, in the file that stays; the last one with a file counts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Join {
    /// The file that is emptied into this one.
    pub other: HolderId,
    /// Why both are one person.
    pub reason: String,
    pub proposed_by: String,
    pub proposed_at: Instant,
    /// Whose officers deal with it: the city of the file that stays. `None` for a file without application and card.
    pub city: Option<CityCode>,
    /// The card that stays in use, when both files have one.
    pub keep: Option<CardId>,
    pub state: JoinState,
    /// What came from the other file; empty before the joining.
    #[serde(default)]
    pub brought: Brought,
}

impl Join {
    /// Since when it waits for a second officer: since it was proposed, or its undoing was; `None` when it does not.
    pub fn waits_since(&self) -> Option<Instant> {
        match &self.state {
            JoinState::Proposed => Some(self.proposed_at),
            JoinState::UndoProposed { at, .. } => Some(*at),
            JoinState::Refused { .. } | JoinState::Joined { .. } | JoinState::Undone { .. } => None,
        }
    }

    /// What whoever opens one of both files is told of it while it waits for a second officer, and who decides: `of_other` of the file that is to
    /// be emptied. `None` when nothing waits.
    pub fn waits_said(&self, of_other: bool) -> Option<String> {
        clause!(R3.2);
        clause!(R6.1);
        let since = self.waits_since()?.date();
        let what = match (&self.state, of_other) {
            (JoinState::UndoProposed { .. }, _) => "提出撤销与另一份档案的合并",
            (_, true) => "提出将本档案并入另一份档案",
            (_, false) => "提出将另一份档案并入本档案",
        };
        let by = self.city.as_ref().map_or("任一市", |city| city.name());
        Some(format!("{since}{what}，由{by}卡管机构在“档案合并”审核"))
    }
}

/// What came from the other file, so that it can go back.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Brought {
    pub applications: Vec<ApplicationId>,
    pub cards: Vec<CardId>,
    /// The cards of either file that were cleaned under the one-card rule.
    pub cleaned: Vec<CardId>,
    /// What registers said of the other file's death.
    pub death: Vec<DeathMark>,
    /// Those of them that name no number and had said nothing of this file's; the others go back with their number.
    pub added: Vec<Register>,
    /// The other file's social security numbers.
    pub numbers: Vec<SocialSecurityNumber>,
    /// Its documents that this file did not have.
    pub documents: Vec<Identifier>,
    /// 恢复生存状态 of one of its numbers while the files are one: what showed that whoever has it is alive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alive_again: Option<LifeProof>,
}

/// What a file has, on its way to the other one.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Belongings {
    pub applications: Vec<Application>,
    pub cards: Vec<Card>,
    /// 档案材料.
    pub archive: Vec<Material>,
    /// What registers said about a death.
    pub death: Vec<DeathMark>,
    /// 死亡申报, each with the number by which it goes back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stated: Vec<StatedDeath>,
    /// 社会保障号码, earlier ones too.
    pub numbers: Vec<SocialSecurityNumber>,
    pub documents: Vec<HeldDocument>,
    /// What showed, while the files were one, that whoever has one of these numbers is alive; `None` when nobody was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alive_again: Option<LifeProof>,
}

impl Belongings {
    /// The numbers that go with it.
    pub fn claims(&self) -> Vec<Claim> {
        let numbers = self.numbers.iter().map(Claim::social_security_number);
        let documents = self.documents.iter().map(|h| Claim::document(&h.which));
        let forms = self.applications.iter().map(|a| Claim::form_number(&a.form_no));
        let cards = self.cards.iter().flat_map(|c| {
            let numbers = [
                Claim::card_number(&c.card_no),
                Claim::bank_card_number(&c.bank_account.bank_card_no),
                Claim::chip(&c.chip),
            ];
            let e_card = c.signed_e_card.as_ref().map(|e| Claim::e_card(&e.number));
            numbers.into_iter().chain(c.bank_account.claim()).chain(e_card)
        });
        let fees = self.applications.iter().filter_map(|a| a.fee.receipt()).map(Claim::fee_receipt);
        numbers.chain(documents).chain(forms).chain(fees).chain(cards).collect()
    }
}
