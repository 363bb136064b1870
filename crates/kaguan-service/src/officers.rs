//! 人员与角色 as the three administrators see them: who there is, what was proposed of whom, who may do what, and the lines of the
//! journal about all of it.

use crate::lists::Part;
use crate::outcome::{Failure, Receipt};
use crate::service::Service;
use crate::work::Command;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Ctx};
use kaguan_domain::facts::institution::{InstitutionEvent, Institutions, Officer, Organisation, Role};
use kaguan_domain::facts::officer::{OfficerChange, ProposedChange};
use kaguan_domain::ids::{OfficerId, OrgId};
use kaguan_domain::institution::{
    InstitutionCommand, ProposeOfficer, defects_of_newcomer, defects_of_reason, login_taken,
};
use kaguan_domain::permission::{Place, Verb, matrix};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_store::Subject;
use kaguan_store::journal::Entry;
use serde::Deserialize;

/// Lines of one part of 机构与权限日志.
const LINES: i64 = 200;

/// What is asked of somebody's account, as it was typed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct AskOfficer {
    /// Whose; empty for somebody new.
    pub officer: String,
    /// `add`, `move`, `start`, `reset` or `second_factor`.
    pub what: String,
    pub login: String,
    pub name: String,
    /// The stable name of a role.
    pub role: String,
    /// 机构编码, or the whole name.
    pub org: String,
    pub reason: String,
}

/// Stable name and Chinese term of every role.
pub fn roles() -> [(&'static str, &'static str); Role::ALL.len()] {
    Role::ALL.map(|r| (r.code(), r.name()))
}

/// The most organisations of one name that are told by their codes.
const NAMESAKES: usize = 5;

/// The organisation of a code, or of a whole name that only one has; else why none is meant. Of several the codes are told, by which
/// one can be chosen.
pub(crate) fn org_of(institutions: &Institutions, typed: &str) -> Result<OrgId, String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Err("未填写机构，请填机构编码或机构全称".to_owned());
    }
    if let Some(coded) = institutions.org_by_code(typed) {
        return Ok(coded.id);
    }
    let named: Vec<&Organisation> = institutions.orgs().filter(|o| o.name == typed).collect();
    match named.as_slice() {
        [] => Err("没有该机构，请填机构编码或机构全称".to_owned()),
        [one] => Ok(one.id),
        several => {
            let told = |o: &&Organisation| {
                let stopped = if institutions.is_stopped(o.id) { "，已停办" } else { "" };
                format!("{}（{}{stopped}）", o.code, o.kind.name())
            };
            let told: Vec<String> = several.iter().take(NAMESAKES).map(told).collect();
            let more = if several.len() > NAMESAKES { "等" } else { "" };
            Err(format!("有{}个机构同名，请填机构编码：{}{more}", several.len(), told.join("、")))
        }
    }
}

impl AskOfficer {
    fn read(
        &self,
        institutions: &Institutions,
        fresh: OfficerId,
    ) -> Result<(OfficerId, OfficerChange), Refusal> {
        let (role, org) = (Role::from_code(&self.role), org_of(institutions, &self.org));
        // All that is wrong is told at once.
        let place = |mut wrong: Vec<String>| {
            wrong.extend(role.is_none().then(|| "未选择岗位".to_owned()));
            wrong.extend(org.as_ref().err().cloned());
            wrong.extend(defects_of_reason(&self.reason));
            // Where both are known, the rule tells the rest together with what is against them.
            let place = role.zip(org.as_ref().ok().copied());
            place.ok_or_else(|| Refusal::about(Reason::AccountDefective, wrong.join("；")))
        };
        let change = match self.what.as_str() {
            "add" => {
                let (login, name) = (self.login.trim().to_owned(), self.name.clone());
                let mut wrong = defects_of_newcomer(&login, &name);
                wrong.extend(login_taken(institutions, &login));
                let (role, org) = place(wrong)?;
                return Ok((fresh, OfficerChange::Add { login, name, role, org }));
            }
            "move" => {
                let (role, org) = place(Vec::new())?;
                OfficerChange::Move { role, org }
            }
            "start" => OfficerChange::Start,
            "reset" => OfficerChange::ResetPassword,
            "second_factor" => OfficerChange::ResetSecondFactor,
            _ => return Err(Refusal::about(Reason::AccountDefective, "未选择变更内容")),
        };
        let officer =
            self.officer.parse().map_err(|_| Refusal::about(Reason::NotFound, "经办人").by(clause!(R6.1)))?;
        Ok((OfficerId(officer), change))
    }
}

impl Service {
    /// Whose login, name or organisation has what is looked for, by sign-in name; everybody for nothing.
    pub fn officers_for(&self, actor: &Actor, looked_for: &str) -> Result<Vec<Officer>, Failure> {
        self.may(actor, Verb::LookAtOfficers, &Place::Anywhere)?;
        let institutions = self.institutions();
        let wanted = looked_for.trim();
        let found = |o: &&Officer| {
            let org = institutions.org(o.org);
            let org = org.is_some_and(|org| org.name.contains(wanted) || org.code.starts_with(wanted));
            o.login.contains(wanted) || o.name.contains(wanted) || o.role.name().contains(wanted) || org
        };
        let mut all: Vec<Officer> = institutions.officers().filter(found).cloned().collect();
        all.sort_by(|a, b| a.login.cmp(&b.login));
        Ok(all)
    }

    /// What was proposed of whom, the latest first.
    pub fn officer_changes_for(&self, actor: &Actor) -> Result<Vec<ProposedChange>, Failure> {
        self.may(actor, Verb::LookAtOfficers, &Place::Anywhere)?;
        Ok(self.institutions().officer_changes().cloned().collect())
    }

    /// 谁可以办什么: what officers may do at all, and in the order of [`roles`] which of them.
    pub fn matrix_for(&self, actor: &Actor) -> Result<Vec<(&'static str, [bool; Role::ALL.len()])>, Failure> {
        clause!(R6.1);
        self.may(actor, Verb::LookAtOfficers, &Place::Anywhere)?;
        let rows = matrix().filter(|(_, may)| may.contains(&true));
        Ok(rows.map(|(verb, may)| (verb.name(), may)).collect())
    }

    /// The lines of the journal about organisations, officers and their rights, with what each of them did; the latest first, two
    /// hundred at once, before where an earlier part ended; of one verb, when it is chosen.
    pub async fn institution_lines_for(
        &self,
        actor: &Actor,
        verb: Option<Verb>,
        before: &str,
    ) -> Result<Part<(Entry, Vec<InstitutionEvent>)>, Failure> {
        self.may(actor, Verb::LookAtJournal, &Place::Anywhere)?;
        let before = before.parse().unwrap_or(i64::MAX);
        let lines = match verb {
            Some(verb) => self.store().institution_entries(verb.code(), before, LINES).await?,
            None => self.store().entries_before(Subject::Institution, before, LINES).await?,
        };
        let with = |e: Entry| -> Result<_, Failure> {
            let events = if e.is_done() { self.store().institution_events_of(&e)? } else { Vec::new() };
            Ok((e, events))
        };
        let lines = lines.into_iter().map(with).collect::<Result<Vec<_>, _>>()?;
        Ok(Part::of(lines, LINES, |(e, _)| e.seq.to_string()))
    }

    /// The verbs of all such lines: one of them can be chosen.
    pub async fn institution_verbs_for(&self, actor: &Actor) -> Result<Vec<Verb>, Failure> {
        self.may(actor, Verb::LookAtJournal, &Place::Anywhere)?;
        let all = self.store().institution_verbs().await?;
        Ok(all.iter().filter_map(|code| Verb::from_code(code)).collect())
    }

    /// 提出人员变更, as it was typed.
    pub async fn propose_officer(&self, ctx: Ctx, ask: &AskOfficer) -> Result<Receipt, Failure> {
        clause!(R6.1);
        self.may(&ctx.actor, Verb::ProposeOfficer, &Place::Anywhere)?;
        let (officer, change) = ask.read(&self.institutions(), OfficerId(self.fresh()))?;
        let command = ProposeOfficer { id: self.fresh(), officer, change, reason: ask.reason.clone() };
        self.execute(ctx, Command::Institution(InstitutionCommand::ProposeOfficer(command))).await
    }
}
