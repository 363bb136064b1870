//! Who acts for the applicant, as it was written and as it is judged (Article 8, item 3): all that is missing or wrong of him is told at
//! once.

use crate::application::acts::{self, ActsFor, Wrong};
use crate::application::agent_draft::{AgentDraft, GUARDIAN};
use crate::application::presented::{Presented, Who};
use crate::clause;
use crate::facts::archive::MaterialKind;
use crate::facts::document::Document;
use crate::facts::form::{AgentPart, Field, FormDraft};
use crate::refusal::{Findings, Reason};
use crate::spelling;
use jiff::civil::Date;

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
    let written = [
        (AgentPart::Name, agent.name.as_str()),
        (AgentPart::DocumentNumber, &agent.document_number),
        (AgentPart::Phone, &agent.phone),
        (AgentPart::Proof, proof),
    ];
    match acts::unseen(&written) {
        Some(unseen) => tell(found, &unseen),
        None => acts::written(&agent.name, agent.kind(), &agent.phone).iter().for_each(|w| tell(found, w)),
    }
    if !agent.verified {
        let what = "尚未核实代办人有效身份证件原件";
        let (reason, parts) = (Reason::MaterialDefective, [AgentPart::Verified]);
        found.of_agent(reason, parts, ("not_verified", clause!(R8.2)), (what, "请核实原件后勾选"));
    }
    if spelling::says_nothing(proof) && !presented.has_proof() {
        let what = match agent.ground.map(acts::for_guardians) {
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

/// One thing that is wrong of him.
fn tell(found: &mut Findings, wrong: &Wrong) {
    let reason = Reason::MaterialDefective;
    found.of_agent(reason, wrong.of.clone(), (wrong.code, wrong.clause), (&wrong.what, wrong.remedy));
}

/// What is kept of the applicant for whom somebody acts: both sides of the document, as an image or where the copies are (Article 8,
/// 操作流程). An image that cannot be read is told as such.
pub(super) fn document_kept(presented: &Presented, found: &mut Findings) {
    clause!(R8.2);
    clause!(R40.1);
    let kind = MaterialKind::Identity;
    if presented.keeps(kind) || presented.materials.iter().any(|m| m.kind == kind) {
        return;
    }
    let what = "由代办人办理的，缺申请人有效身份证件正反面复印件或影像";
    let remedy = "请上传证件影像，或登记复印件的存放处";
    found.defect(Field::DocumentImage, "missing", clause!(R8.2), what, remedy);
}

/// Whether relation and ground fit each other and the applicant's age, and the agent is somebody else.
fn entitled(who: &Who<'_>, agent: &AgentDraft, today: Date, found: &mut Findings) {
    clause!(R8.2);
    let reason = Reason::AgentNotAllowed;
    let mut not_allowed = |of: Vec<AgentPart>, what: &str, remedy: &str| {
        found.of_agent(reason, of, (reason.code(), reason.clause()), (what, remedy));
    };
    let (acts_for, minor) = (ActsFor::Application, who.under(18, today));
    let aged = agent.ground.and_then(|g| acts::ground_and_age(acts_for, g, |years| who.under(years, today)));
    let bound = acts::relation_and_ground(acts_for, agent.relation, agent.ground, minor);
    for wrong in aged.iter().chain(&bound) {
        not_allowed(wrong.of.clone(), &wrong.what, wrong.remedy);
    }
    if !agent.document_number.is_empty() && agent.document_number == who.number {
        not_allowed(vec![AgentPart::DocumentNumber], "代办人与申请人是同一人", "请核对代办人证件");
    }
}

/// What was not written of him.
fn missing(agent: &AgentDraft, alone: bool, found: &mut Findings) {
    clause!(R8.2);
    let nothing = |text: &str| spelling::says_nothing(text);
    let missing = [
        (AgentPart::Name, "姓名", nothing(&agent.name)),
        (AgentPart::DocumentKind, "证件类型", nothing(&agent.document_kind)),
        (AgentPart::DocumentNumber, "证件号码", nothing(&agent.document_number)),
        (AgentPart::Phone, "联系电话", nothing(&agent.phone)),
        (AgentPart::Relation, "与申请人关系", agent.relation.is_none()),
        (AgentPart::Ground, "代办原因", agent.ground.is_none()),
    ];
    let (parts, titles): (Vec<AgentPart>, Vec<&str>) =
        missing.into_iter().filter(|(.., missing)| *missing).map(|(part, title, _)| (part, title)).unzip();
    if parts.is_empty() {
        return;
    }
    let what = format!("代办人{}不能为空", titles.join("、"));
    // Whoever is not named at all may have been begun by mistake.
    let remedy = match alone && nothing(&agent.name) && nothing(&agent.document_number) {
        true => "请补填；由申请人本人办理的，请清空代办人各项",
        false => "请补填",
    };
    found.of_agent(Reason::MaterialDefective, parts, ("missing", clause!(R8.2)), (&what, remedy));
}

/// His document: its kind and its number, and whether it says that he is of age.
fn document(agent: &AgentDraft, today: Date, found: &mut Findings) {
    clause!(R8.2);
    match agent.kind() {
        None if spelling::says_nothing(&agent.document_kind) => {}
        None => {
            let said = ("代办人证件类型不在代码表中", "请按代码表填写");
            let by = ("unknown_code", clause!(R8.2));
            found.of_agent(Reason::MaterialDefective, [AgentPart::DocumentKind], by, said);
        }
        Some(kind) => {
            let shaped = Document::new(kind, &agent.document_number, Date::MAX);
            if let (Err(e), false) = (&shaped, spelling::says_nothing(&agent.document_number)) {
                let what = format!("代办人{}号码{}", kind.name(), e.why);
                let (by, remedy) = (("bad_document_number", clause!(R8.2)), "请核对代办人证件原件");
                let parts = [AgentPart::DocumentNumber];
                found.of_agent(Reason::MaterialDefective, parts, by, (&what, remedy));
            }
        }
    }
    if let Some(young) = acts::of_age(&agent.document_number, today) {
        tell(found, &young);
    }
}
