//! Who acts for the applicant, as it was written and before it is judged.

use crate::facts::application::{Agent, AgentGround, AgentRelation};
use crate::facts::document::{Document, DocumentKind};
use crate::facts::form::{Field, FormDraft, Guardian};
use crate::facts::name::HolderName;
use crate::spelling;
use jiff::civil::Date;
use std::fmt;

/// The items of the form that name the guardian.
pub(super) const GUARDIAN: [Field; 3] =
    [Field::GuardianName, Field::GuardianDocumentKind, Field::GuardianDocumentNumber];

/// Who acts for the applicant as it was written, before it is judged: any part of it may be missing.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct AgentDraft {
    pub name: String,
    /// One digit of [`DocumentKind`].
    pub document_kind: String,
    pub document_number: String,
    pub phone: String,
    /// Relation to the applicant; `None` while nobody said it.
    pub relation: Option<AgentRelation>,
    /// Why an agent acts; `None` while nobody said it.
    pub ground: Option<AgentGround>,
    /// What proves it, as [`Agent::proof`].
    pub proof: Option<String>,
    /// Whether the document was verified in the original.
    pub verified: bool,
}

impl fmt::Debug for AgentDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AgentDraft({:?}, {:?})", self.relation, self.ground)
    }
}

impl From<&Agent> for AgentDraft {
    fn from(agent: &Agent) -> Self {
        Self {
            name: agent.name.clone(),
            document_kind: agent.document_kind.code().to_owned(),
            document_number: agent.document_number.clone(),
            phone: agent.phone.clone(),
            relation: Some(agent.relation),
            ground: Some(agent.ground),
            proof: agent.proof.clone(),
            verified: agent.verified,
        }
    }
}

impl From<Agent> for AgentDraft {
    fn from(agent: Agent) -> Self {
        Self::from(&agent)
    }
}

impl AgentDraft {
    pub(super) fn kind(&self) -> Option<DocumentKind> {
        DocumentKind::from_code(&spelling::number(&self.document_kind))
    }

    /// The agent that can be kept: the kind of the document, the relation and the ground are said. `None` while one of them is
    /// missing; then nothing is taken in.
    pub fn whole(&self) -> Option<Agent> {
        Some(Agent {
            name: self.name.clone(),
            document_kind: self.kind()?,
            document_number: self.document_number.clone(),
            phone: self.phone.clone(),
            relation: self.relation?,
            ground: self.ground?,
            proof: self.proof.clone(),
            verified: self.verified,
        })
    }

    /// Whether the guardian whom a form names is whoever acts: then he is judged once, as the agent.
    pub(super) fn is_guardian_of(&self, draft: &FormDraft) -> bool {
        let written = [&self.name, &self.document_kind, &self.document_number];
        self.relation == Some(AgentRelation::Guardian)
            && GUARDIAN.iter().zip(written).all(|(f, own)| f.folded(draft.get(*f)) == f.folded(own))
    }

    /// As the guardian of the form; `None` while his name, or his document, is none.
    pub(super) fn guardian(&self) -> Option<Guardian> {
        let document_kind = self.kind()?;
        let document = Document::new(document_kind, &self.document_number, Date::MAX).ok()?;
        let name = HolderName::parse(&self.name).ok()?;
        name.fits(document_kind).ok()?;
        Some(Guardian { name, document_kind, document_number: document.number().to_owned() })
    }
}
