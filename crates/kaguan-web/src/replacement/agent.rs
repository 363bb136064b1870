//! 代办人（监护人） at a counter, where a card is to take another's place: as at 个人申请 (Article 8), with the guardian on file filled in,
//! masked. What is left as it was shown is what the file has; the rule says what is missing.

use crate::application::apply::{GROUNDS, RELATIONS};
use jiff::civil::Date;
use kaguan_domain::application::AgentDraft;
use kaguan_domain::clause;
use kaguan_domain::facts::application::AgentRelation;
use kaguan_domain::facts::archive::MaterialKind;
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::name;
use kaguan_domain::spelling;
use kaguan_service::Looked;

/// That somebody acts, under the name of the rule's defect.
const ACTS: &str = "agent";
/// What is said of whoever acts.
const SAID: [&str; 8] = [
    "agent_name",
    "agent_document_kind",
    "agent_document_number",
    "agent_phone",
    "agent_relation",
    "agent_ground",
    "agent_proof",
    "agent_verified",
];

/// The block as it stands on a page.
#[derive(Clone)]
pub struct AgentView {
    fields: Vec<(&'static str, String)>,
    /// Whether the guardian on file is filled in, unless something else was sent.
    pub on_file: bool,
}

impl AgentView {
    /// Before anything was sent: the guardian of somebody under 18, who is needed under 16.
    pub fn begun(seen: &Looked, today: Date) -> Self {
        let nobody = Self { fields: Vec::new(), on_file: false };
        let details = seen.file.person.as_ref().map(|p| &p.details).filter(|d| d.is_under(18, today));
        let Some((details, guardian)) = details.and_then(|d| Some((d, d.guardian.as_ref()?))) else {
            return nobody;
        };
        let acts = if details.needs_guardian(today) { "1" } else { "" };
        let fields = [
            (ACTS, acts.to_owned()),
            ("agent_name", guardian.name.display().to_owned()),
            ("agent_document_kind", guardian.document_kind.code().to_owned()),
            ("agent_document_number", guardian.document_number.clone()),
            ("agent_phone", details.phone.clone()),
            ("agent_relation", "guardian".to_owned()),
            ("agent_ground", "minor".to_owned()),
        ];
        Self { fields: fields.into(), on_file: true }
    }

    /// As it was sent.
    pub fn sent(text: impl Fn(&str) -> String, seen: &Looked, today: Date) -> Self {
        let fields = std::iter::once(ACTS).chain(SAID).map(|name| (name, text(name))).collect();
        Self { fields, on_file: Self::begun(seen, today).on_file }
    }

    /// A field; empty when nothing was written.
    pub fn text(&self, name: &str) -> &str {
        self.fields.iter().find(|(n, _)| *n == name).map_or("", |(_, text)| text.trim())
    }

    pub fn ticked(&self, name: &str) -> bool {
        !self.text(name).is_empty()
    }

    pub fn is(&self, name: &str, value: &str) -> bool {
        self.text(name) == value
    }

    /// Whether the block is shown open.
    pub fn is_open(&self) -> bool {
        self.fields.iter().any(|(_, text)| !text.trim().is_empty())
    }

    /// Code and name of what the agent's document can be.
    pub fn kinds(&self) -> Vec<(&'static str, &'static str)> {
        DocumentKind::ALL.iter().map(|k| (k.code(), k.name())).collect()
    }

    /// The same of the relation.
    pub fn relations(&self) -> Vec<(&'static str, &'static str)> {
        RELATIONS.iter().map(|(code, name, _)| (*code, *name)).collect()
    }

    /// The same of the ground.
    pub fn grounds(&self) -> Vec<(&'static str, &'static str)> {
        GROUNDS.iter().map(|(code, name, _)| (*code, *name)).collect()
    }

    /// Whoever acts, as he was written; `None` when nobody does. What is missing of him the rule says, with everything else.
    pub fn agent(&self, seen: &Looked, today: Date) -> Option<AgentDraft> {
        clause!(R8.2);
        let begun = Self::begun(seen, today);
        let written = |name: &str| self.ticked(name) && self.text(name) != begun.text(name);
        if !self.ticked(ACTS) && !SAID.into_iter().any(written) {
            return None;
        }
        let text = |name| self.text(name).to_owned();
        let agent = seen.agent_as_on_file(AgentDraft {
            name: text("agent_name"),
            document_kind: text("agent_document_kind"),
            document_number: text("agent_document_number"),
            phone: text("agent_phone"),
            relation: RELATIONS.iter().find(|(code, ..)| self.is("agent_relation", code)).map(|r| r.2),
            ground: GROUNDS.iter().find(|(code, ..)| self.is("agent_ground", code)).map(|g| g.2),
            proof: Some(text("agent_proof")).filter(|p| !p.is_empty()),
            verified: self.ticked("agent_verified"),
        });
        let (name, document_number) = (name::fold(&agent.name), spelling::number(&agent.document_number));
        Some(AgentDraft { name, document_number, ..agent })
    }
}

/// Whether the consent that was signed counts as the guardian's: his, or that of somebody of whom nobody has said yet what he is.
pub(crate) fn by_guardian(agent: Option<&AgentDraft>) -> bool {
    clause!(R8.2);
    agent.is_some_and(|a| a.relation.is_none_or(|r| r == AgentRelation::Guardian))
}

/// The images that can come with the block, and what each is: the applicant's document, the agent's, and the proof of what binds them.
pub(crate) fn images(agent: Option<&AgentDraft>) -> [(&'static str, MaterialKind); 3] {
    clause!(R40.1);
    let proof = agent.and_then(|a| a.relation).map_or(MaterialKind::RelationProof, AgentRelation::proved_by);
    [
        ("document_image", MaterialKind::Identity),
        ("agent_image", MaterialKind::AgentIdentity),
        ("agent_proof_image", proof),
    ]
}
