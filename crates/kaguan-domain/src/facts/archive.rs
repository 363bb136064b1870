//! The archive 档案 (Article 40): the material of every case, electronic or in a cabinet of its own.

use crate::ctx::Instant;
use crate::ids::{ApplicationId, CardId, MaterialId, OfficerId, OrgId};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The case that a material belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Case {
    /// An application: a first one, a reissue or an exchange.
    Application(ApplicationId),
    /// Business about a card that exists: loss, PIN, cancellation, recall.
    Card(CardId),
}

/// What a material is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaterialKind {
    /// 业务申请表
    Form,
    /// 有效身份证件复印件或影像
    Identity,
    /// 代办人证件
    AgentIdentity,
    /// 监护、亲属或代理关系证明
    RelationProof,
    /// 单位授权委托书
    Authorisation,
    /// 一人一卡业务确认单
    OneCardSlip,
    /// 签收记录
    Receipt,
    /// 终止人力资源社会保障服务的相关证明
    TerminationProof,
    /// 其他
    Other,
}

impl MaterialKind {
    /// In the order in which the archive lists them.
    pub const ALL: [Self; 9] = [
        Self::Form,
        Self::Identity,
        Self::AgentIdentity,
        Self::RelationProof,
        Self::Authorisation,
        Self::OneCardSlip,
        Self::Receipt,
        Self::TerminationProof,
        Self::Other,
    ];

    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::Form => "业务申请表",
            Self::Identity => "身份证件",
            Self::AgentIdentity => "代办人证件",
            Self::RelationProof => "关系证明",
            Self::Authorisation => "单位授权委托书",
            Self::OneCardSlip => "一人一卡业务确认单",
            Self::Receipt => "签收记录",
            Self::TerminationProof => "终止服务证明",
            Self::Other => "其他材料",
        }
    }
}

/// One material in the archive.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Material {
    /// Identity; an electronic one is stored under it.
    pub id: MaterialId,
    /// Of which case.
    pub case: Case,
    pub kind: MaterialKind,
    /// SM3 of the electronic document in lower-case hexadecimal; `None` for paper.
    pub digest: Option<String>,
    /// 专柜专夹: where the paper lies; `None` when there is none.
    pub cabinet: Option<String>,
    /// The outlet that keeps it.
    pub org: OrgId,
    /// When it was filed.
    pub filed_at: Instant,
    /// Which page it is, from 1, of a document of several pages that were filed together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u16>,
    /// 更正归档: what was put right about it, the first first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrected: Vec<Correction>,
}

impl Material {
    /// Whether two materials are pages of one document: filed together, and of one case and one kind since. They share their paper.
    pub fn is_of(&self, other: &Self) -> bool {
        let same = |m: &Self| (m.page.is_some(), m.filed_at, m.org, m.case, m.kind);
        self.page.is_some() && same(self) == same(other) && self.cabinet == other.cabinet
    }

    /// When, by whom and why it was withdrawn; `None` for one that is good.
    pub fn withdrawn(&self) -> Option<&Correction> {
        self.corrected.iter().find(|c| c.what == Corrected::Withdrawn)
    }

    /// Says what was put right: a material of another case, or of another kind, is that from now on.
    pub fn correct(&mut self, to: Refiled, by: Option<OfficerId>, reason: &str, at: Instant) {
        let what = match to {
            Refiled::Moved { case, kind } => {
                let was = Corrected::Moved { case: self.case, kind: self.kind };
                (self.case, self.kind) = (case, kind);
                was
            }
            Refiled::Withdrawn => Corrected::Withdrawn,
        };
        self.corrected.push(Correction { what, at, by, reason: reason.to_owned() });
    }
}

/// Where the paper of a material lies.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PaperOf {
    /// It is electronic only.
    Nowhere,
    /// 专柜专夹
    In(String),
    /// It was destroyed with another page of its document, when pages were destroyed each by itself (until November 2026).
    Destroyed(Instant),
}

/// What becomes of a material that was filed wrongly, and stays in its file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refiled {
    /// It is of this case and kind.
    Moved { case: Case, kind: MaterialKind },
    /// 作废: it counts for nothing any more, and is kept as long as it had to be.
    Withdrawn,
}

/// 更正归档: what was put right about a material, by whom and why.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Correction {
    pub what: Corrected,
    pub at: Instant,
    /// Who did it; nobody when the operator of the command line did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<OfficerId>,
    /// The clerk's words; empty in the file of whoever it came to from somebody else's, for they may name the other.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// What a material was before, or is since.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Corrected {
    /// It was filed under this case, as this kind.
    Moved { case: Case, kind: MaterialKind },
    /// It was filed in the file of somebody else.
    CameFromAnother,
    /// 作废
    Withdrawn,
}

/// How a material was destroyed: what its line says. Lines until November 2026 say nothing of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Destruction {
    /// The last day on which it had to be kept.
    pub until: Date,
    /// Whether its paper was destroyed too, as whoever did it states; a document that is electronic only has none.
    pub paper: bool,
    /// Who did it; nobody when the operator of the command line did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<OfficerId>,
}

/// A material that is no more. What it was stays on file: nothing of what stood in it does.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Destroyed {
    pub material: Material,
    pub at: Instant,
    pub how: Destruction,
}

/// An electronic document that comes with an application, stored already, and filed in the decision that takes the
/// application.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Enclosed {
    /// Identity that it is stored under.
    pub id: MaterialId,
    pub kind: MaterialKind,
    /// SM3 in lower-case hexadecimal; empty for one that cannot be read.
    pub digest: String,
}

/// A paper that comes with an application and of which there is no image, filed in the decision that takes the application.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Paper {
    /// Identity that it is filed under; 0 until [`crate::application::Presented::keep_papers`] has given it one.
    pub id: MaterialId,
    pub kind: MaterialKind,
    /// 存放处: where it lies, and what it is when that is not plain, as the clerk wrote it.
    pub place: String,
}
