//! Who acts for the applicant, as it was written and as it is judged (Article 8, item 3): all that is missing or wrong of him is told at
//! once.

use crate::application::form::is_phone;
use crate::application::presented::{Presented, Who};
use crate::calendar::add_months_clamped;
use crate::characters;
use crate::clause;
use crate::facts::application::{Agent, AgentGround, AgentRelation};
use crate::facts::archive::MaterialKind;
use crate::facts::document::{Document, DocumentKind};
use crate::facts::form::{ELDERLY_FROM, Field, FormDraft, Guardian};
use crate::facts::name::HolderName;
use crate::facts::social_security_number::SocialSecurityNumber;
use crate::refusal::{Findings, Reason};
use crate::spelling;
use jiff::civil::Date;
use std::fmt;

/// The items of the form that name the guardian.
const GUARDIAN: [Field; 3] =
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
    fn kind(&self) -> Option<DocumentKind> {
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

/// Leaves the guardian out of a form.
pub(super) fn without_guardian(draft: &mut FormDraft) {
    for field in GUARDIAN {
        draft.set(field, "");
    }
}

/// Guardians act for minors and the incapable, with the proof of guardianship; direct relatives and lawful agents for the
/// elderly, disabled, sick or long absent, with the proof of the relation or the authorisation (R8.2).
pub(super) fn judged(
    who: &Who<'_>,
    agent: Option<&AgentDraft>,
    presented: &Presented,
    today: Date,
    found: &mut Findings,
) {
    clause!(R8.2);
    // From 16 a person may act alone; below, somebody has to.
    let alone = who.under(16, today) != Some(true);
    let Some(agent) = agent else {
        if who.present && !alone {
            let (reason, what) = (Reason::AgentNotAllowed, "未满十六周岁须由监护人代办");
            found.add(reason, Field::Agent, reason.code(), what, "请登记监护人");
        }
        return;
    };
    entitled(who, agent, today, found);
    missing(agent, alone, found);
    document(agent, today, found);
    let proof = agent.proof.as_deref().unwrap_or_default();
    let unseen = [&agent.name, &agent.document_number, &agent.phone, proof].map(characters::invisible_in);
    if let Some(unseen) = unseen.iter().find(|u| !u.is_empty()) {
        let what = format!("代办人信息含有看不见的字符：{unseen}");
        found.defect(Field::Agent, "invisible_character", clause!(R8.2), &what, "请删除后重新填写");
    } else {
        written(agent, found);
    }
    if !agent.verified {
        let what = "尚未核实代办人有效身份证件原件";
        found.defect(Field::Agent, "not_verified", clause!(R8.2), what, "请核实原件后勾选");
    }
    let named = !spelling::says_nothing(proof);
    let enclosed = [MaterialKind::RelationProof, MaterialKind::Authorisation];
    if !named && !enclosed.into_iter().any(|kind| presented.has(kind)) {
        let what = match agent.ground.map(for_guardians) {
            Some(true) => "缺监护人证明文件（户口簿等）",
            Some(false) => "缺亲属关系证明或委托授权书",
            None => "缺监护人证明文件、亲属关系证明或委托授权书",
        };
        found.defect(
            Field::AgentProof,
            "missing",
            clause!(R8.2),
            what,
            "请上传影像，或登记纸质材料名称和存放处",
        );
    }
}

/// Whether a ground is one on which guardians act.
fn for_guardians(ground: AgentGround) -> bool {
    match ground {
        AgentGround::Minor | AgentGround::Incapable => true,
        AgentGround::Elderly | AgentGround::Disabled | AgentGround::Sick | AgentGround::LongAbsent => false,
    }
}

/// Whether relation and ground fit each other and the applicant's age, and the agent is somebody else.
fn entitled(who: &Who<'_>, agent: &AgentDraft, today: Date, found: &mut Findings) {
    clause!(R8.2);
    let mut not_allowed = |what: &str, remedy: &str| {
        found.add(Reason::AgentNotAllowed, Field::Agent, Reason::AgentNotAllowed.code(), what, remedy);
    };
    let minor = who.under(18, today);
    let ground_fits = match agent.ground {
        Some(AgentGround::Minor) => minor != Some(false),
        Some(AgentGround::Elderly) => who.under(ELDERLY_FROM, today) != Some(true),
        Some(
            AgentGround::Incapable | AgentGround::Disabled | AgentGround::Sick | AgentGround::LongAbsent,
        )
        | None => true,
    };
    if !ground_fits {
        not_allowed("代办原因与申请人年龄不符", "请核对代办原因和出生日期");
    }
    let guardian = agent.relation.map(|relation| relation == AgentRelation::Guardian);
    if minor == Some(true) && guardian == Some(false) {
        not_allowed("未成年人由监护人代办", "请由监护人办理");
    } else if let (Some(guardian), Some(for_guardians)) = (guardian, agent.ground.map(for_guardians))
        && for_guardians != guardian
    {
        let what = match for_guardians {
            true => "未成年人、无民事行为能力或限制民事行为能力的，由监护人代办",
            false => "行动不便或异地长期居住的老年人、残疾人、病患等，由直系亲属或其他合法代理人代办",
        };
        not_allowed(what, "请核对代办人与申请人的关系和代办原因");
    }
    if !agent.document_number.is_empty() && agent.document_number == who.number {
        not_allowed("代办人与申请人是同一人", "请核对代办人证件");
    }
}

/// What was not written of him.
fn missing(agent: &AgentDraft, alone: bool, found: &mut Findings) {
    clause!(R8.2);
    let nothing = |text: &str| spelling::says_nothing(text);
    let missing: Vec<&str> = [
        ("姓名", nothing(&agent.name)),
        ("证件类型", nothing(&agent.document_kind)),
        ("证件号码", nothing(&agent.document_number)),
        ("联系电话", nothing(&agent.phone)),
        ("与申请人关系", agent.relation.is_none()),
        ("代办原因", agent.ground.is_none()),
    ]
    .into_iter()
    .filter_map(|(what, missing)| missing.then_some(what))
    .collect();
    if missing.is_empty() {
        return;
    }
    let what = format!("代办人{}不能为空", missing.join("、"));
    // Whoever is not named at all may have been begun by mistake.
    let remedy = match alone && nothing(&agent.name) && nothing(&agent.document_number) {
        true => "请补填；由申请人本人办理的，请清空代办人各项",
        false => "请补填",
    };
    found.defect(Field::Agent, "missing", clause!(R8.2), &what, remedy);
}

/// His document: its kind and its number, and whether it says that he is of age.
fn document(agent: &AgentDraft, today: Date, found: &mut Findings) {
    clause!(R8.2);
    match agent.kind() {
        None if spelling::says_nothing(&agent.document_kind) => {}
        None => {
            let what = "代办人证件类型不在代码表中";
            found.defect(Field::Agent, "unknown_code", clause!(R8.2), what, "请按代码表填写");
        }
        Some(kind) => {
            let shaped = Document::new(kind, &agent.document_number, Date::MAX);
            if let (Err(e), false) = (&shaped, spelling::says_nothing(&agent.document_number)) {
                let what = format!("代办人{}号码{}", kind.name(), e.why);
                let remedy = "请核对代办人证件原件";
                found.defect(Field::Agent, "bad_document_number", clause!(R8.2), &what, remedy);
            }
        }
    }
    let young = SocialSecurityNumber::parse(&agent.document_number).ok().and_then(|n| n.birth_date());
    if young.is_some_and(|birth| today < add_months_clamped(birth, 12 * 18)) {
        let what = "代办人未满十八周岁";
        found.defect(Field::Agent, "agent_too_young", clause!(R8.2), what, "请由成年代办人办理");
    }
}

/// How the agent's name and telephone number are written: as the document has the one, and so that the other can be called.
fn written(agent: &AgentDraft, found: &mut Findings) {
    clause!(R5.3);
    let name =
        HolderName::parse(&agent.name).and_then(|name| agent.kind().map_or(Ok(()), |kind| name.fits(kind)));
    if let (Err(e), false) = (name, spelling::says_nothing(&agent.name)) {
        let remedy = "请按代办人有效身份证件填写，生僻字写成[大写拼音]";
        found.defect(Field::Agent, "bad_name", clause!(R5.3), &format!("代办人姓名{e}"), remedy);
    }
    let phone = Field::Phone.folded(&agent.phone);
    if !phone.is_empty() && !is_phone(&phone) {
        let what = "代办人联系电话不是有效的电话号码";
        found.defect(Field::Agent, "bad_phone", clause!(R8.2), what, "请填写手机号码或带区号的固定电话");
    }
}
