//! 人员与角色 (Article 6): what one administrator proposes of somebody's rights another one decides; of each of the three
//! administrators (三员) one stays; and what a password that somebody chooses must be.

use crate::clause;
use crate::ctx::{Actor, Ctx};
use crate::facts::institution::{InstitutionEvent, Institutions, Officer, Role};
use crate::facts::officer::{ChangeState, OfficerChange, ProposedChange};
use crate::ids::{OfficerId, OrgId};
use crate::refusal::{Reason, Refusal};
use crate::spelling;
use serde::{Deserialize, Serialize};

/// 提出人员变更.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ProposeOfficer {
    /// Fresh identity of the proposal.
    pub id: i64,
    /// Whose account; fresh for somebody new.
    pub officer: OfficerId,
    pub change: OfficerChange,
    pub reason: String,
}

/// 审核人员变更.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DecideOfficer {
    pub id: i64,
    pub approved: bool,
    /// Why not.
    pub reason: String,
    /// PHC string of a one-time password, where the change gives one; made at the door.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_hash: Option<String>,
}

fn me(ctx: &Ctx) -> Option<OfficerId> {
    match ctx.actor {
        Actor::Officer(id) => Some(id),
        Actor::Bank(_) | Actor::Vendor(_) | Actor::Partner(_) | Actor::Kiosk(_) | Actor::System => None,
    }
}

fn known(state: &Institutions, officer: OfficerId) -> Result<&Officer, Refusal> {
    state.officer(officer).ok_or_else(|| Refusal::about(Reason::NotFound, "经办人"))
}

/// The role exists in the organisation.
fn fits(state: &Institutions, role: Role, org: OrgId) -> Result<(), Refusal> {
    let org = state.org(org).ok_or_else(|| Refusal::about(Reason::NotFound, "所属机构"))?;
    if state.is_stopped(org.id) {
        return Err(Refusal::about(Reason::SetUpDefective, format!("所属机构{}已停办", org.name)));
    }
    if role.belongs_in(org.kind) {
        return Ok(());
    }
    Err(Refusal::about(Reason::SetUpDefective, format!("{}不设{}岗位", org.kind.name(), role.name())))
}

/// A refusal as one of several things that are told together.
fn told(refused: &Refusal) -> String {
    match &refused.about {
        Some(about) => format!("{}（{about}）", refused.reason.says()),
        None => refused.reason.says().to_owned(),
    }
}

/// What stands against somebody new: somebody signs in by that name already, the organisation does not have the role.
fn against_newcomer(
    state: &Institutions,
    id: OfficerId,
    login: &str,
    role: Role,
    org: OrgId,
) -> Vec<Refusal> {
    let taken = state.officer_by_login(login).is_some() || state.officer(id).is_some();
    let taken = taken.then(|| Reason::LoginTaken.into());
    fits(state, role, org).err().into_iter().chain(taken).collect()
}

/// Nobody who has this name signs in yet, and the organisation has the role; both are told where both are wrong.
pub(super) fn newcomer(
    state: &Institutions,
    id: OfficerId,
    login: &str,
    role: Role,
    org: OrgId,
) -> Result<(), Refusal> {
    let mut against = against_newcomer(state, id, login, role, org);
    match against.pop() {
        None => Ok(()),
        Some(only) if against.is_empty() => Err(only),
        Some(last) => {
            let all: Vec<String> = against.iter().chain([&last]).map(told).collect();
            Err(Refusal::about(Reason::AccountDefective, all.join("；")))
        }
    }
}

/// Of each of the three administrators one other than this officer is at work.
fn another_stays(state: &Institutions, officer: &Officer) -> Result<(), Refusal> {
    clause!(R6.1);
    let another = |o: &Officer| o.id != officer.id && o.active && o.role == officer.role;
    if officer.active && officer.role.administers() && !state.officers().any(another) {
        return Err(Refusal::about(Reason::LastAdministrator, officer.role.name()));
    }
    Ok(())
}

/// Whether the change can be made in the present state: asked when it is proposed, and again when it is decided.
fn possible(state: &Institutions, id: OfficerId, change: &OfficerChange) -> Result<(), Refusal> {
    match change {
        OfficerChange::Add { login, role, org, .. } => newcomer(state, id, login, *role, *org),
        OfficerChange::Move { role, org } => {
            let officer = known(state, id)?;
            fits(state, *role, *org)?;
            if (officer.role, officer.org) == (*role, *org) {
                return Err(Refusal::about(Reason::NothingToDo, "岗位和机构都没有变化"));
            }
            if officer.role == *role { Ok(()) } else { another_stays(state, officer) }
        }
        OfficerChange::Start => {
            let officer = known(state, id)?;
            match officer.active {
                true => Err(Refusal::about(Reason::NothingToDo, "该账号未停用")),
                false => fits(state, officer.role, officer.org),
            }
        }
        OfficerChange::ResetPassword => match known(state, id)?.active {
            true => Ok(()),
            false => Err(Refusal::about(Reason::SetUpDefective, "账号已停用，须先恢复")),
        },
        OfficerChange::ResetSecondFactor => with_second_factor(state, id).map(|_| ()),
    }
}

/// A sign-in name: what can be told on the telephone, and be typed anywhere.
pub fn judge_login(login: &str) -> Result<(), Refusal> {
    let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
    if (2..=32).contains(&login.len()) && login.bytes().all(good) {
        return Ok(());
    }
    Err(Refusal::about(Reason::AccountDefective, "登录名应为2至32位的小写字母、数字或._-"))
}

/// Everything that is wrong with a new account's names.
pub fn defects_of_newcomer(login: &str, name: &str) -> Vec<String> {
    let mut wrong: Vec<String> = judge_login(login).err().and_then(|r| r.about).into_iter().collect();
    if spelling::says_nothing(name) || name.chars().count() > 50 {
        wrong.push("姓名应为1至50个字".into());
    }
    wrong
}

/// That somebody signs in by this name already; of a newcomer whose role or organisation is not known yet.
pub fn login_taken(state: &Institutions, login: &str) -> Option<String> {
    state.officer_by_login(login).map(|_| Reason::LoginTaken.says().to_owned())
}

/// A change has its reason.
pub fn defects_of_reason(reason: &str) -> Option<String> {
    spelling::says_nothing(reason).then(|| "未填写变更理由".into())
}

/// Decides 提出: it changes nothing yet.
pub(super) fn propose(
    state: &Institutions,
    command: &ProposeOfficer,
    ctx: &Ctx,
) -> Result<InstitutionEvent, Refusal> {
    clause!(R6.1);
    let ProposeOfficer { id, officer, change, reason } = command;
    if state.officer_change(*id).is_some() {
        return Err(Reason::NothingToDo.into());
    }
    if me(ctx) == Some(*officer) {
        return Err(Reason::OwnAccount.into());
    }
    let mut wrong = match change {
        OfficerChange::Add { login, name, .. } => defects_of_newcomer(login, name),
        OfficerChange::Move { .. }
        | OfficerChange::Start
        | OfficerChange::ResetPassword
        | OfficerChange::ResetSecondFactor => Vec::new(),
    };
    wrong.extend(defects_of_reason(reason));
    if !wrong.is_empty() {
        let besides = match change {
            OfficerChange::Add { login, role, org, .. } => {
                against_newcomer(state, *officer, login, *role, *org)
            }
            OfficerChange::Move { .. }
            | OfficerChange::Start
            | OfficerChange::ResetPassword
            | OfficerChange::ResetSecondFactor => {
                possible(state, *officer, change).err().into_iter().collect()
            }
        };
        wrong.extend(besides.iter().map(told));
        return Err(Refusal::about(Reason::AccountDefective, wrong.join("；")));
    }
    let open = |p: &&ProposedChange| p.state == ChangeState::Proposed;
    let mut waiting = state.officer_changes().filter(open);
    let same = |p: &ProposedChange| {
        let (OfficerChange::Add { login: a, .. }, OfficerChange::Add { login: b, .. }) = (&p.change, change)
        else {
            return p.officer == *officer;
        };
        a == b
    };
    if waiting.any(same) {
        return Err(Refusal::about(Reason::ChangeWaits, "该账号"));
    }
    possible(state, *officer, change)?;
    let change = match change.clone() {
        OfficerChange::Add { login, name, role, org } => {
            OfficerChange::Add { login, name: name.trim().into(), role, org }
        }
        other @ (OfficerChange::Move { .. }
        | OfficerChange::Start
        | OfficerChange::ResetPassword
        | OfficerChange::ResetSecondFactor) => other,
    };
    Ok(InstitutionEvent::OfficerChangeProposed(ProposedChange {
        id: *id,
        officer: *officer,
        change,
        reason: reason.trim().into(),
        by: me(ctx),
        at: ctx.now,
        state: ChangeState::Proposed,
    }))
}

/// Decides 审核: by another person than the one who proposed it, and than the one whom it concerns.
pub(super) fn decide(
    state: &Institutions,
    command: &DecideOfficer,
    ctx: &Ctx,
) -> Result<InstitutionEvent, Refusal> {
    clause!(R6.1);
    let proposed = state.officer_change(command.id);
    let proposed = proposed.ok_or_else(|| Refusal::about(Reason::NotFound, "人员变更"))?;
    if proposed.state != ChangeState::Proposed {
        // A second press, or a page that was lost: it must not go unsaid where the password is now.
        let approved = matches!(proposed.state, ChangeState::Approved { .. });
        if approved && command.approved && proposed.change.gives_password() {
            return Err(Reason::PasswordShown.into());
        }
        return Err(Refusal::about(Reason::NothingToDo, format!("该变更{}", proposed.state.name())));
    }
    if me(ctx).is_some_and(|me| Some(me) == proposed.by || me == proposed.officer) {
        return Err(Reason::OwnAccount.into());
    }
    if command.approved {
        possible(state, proposed.officer, &proposed.change)?;
        if proposed.change.gives_password() != command.password_hash.is_some() {
            return Err(Refusal::about(Reason::AccountDefective, "一次性密码与变更内容不符"));
        }
    } else if spelling::says_nothing(&command.reason) {
        return Err(Refusal::about(Reason::AccountDefective, "不同意须写明理由"));
    }
    Ok(InstitutionEvent::OfficerChangeDecided {
        id: command.id,
        approved: command.approved,
        reason: command.reason.trim().into(),
        by: me(ctx),
        at: ctx.now,
        password_hash: command.password_hash.clone().filter(|_| command.approved),
    })
}

/// Decides 撤回, by whoever proposed it.
pub(super) fn withdraw(state: &Institutions, id: i64, ctx: &Ctx) -> Result<InstitutionEvent, Refusal> {
    clause!(R6.1);
    let proposed = state.officer_change(id).ok_or_else(|| Refusal::about(Reason::NotFound, "人员变更"))?;
    if proposed.state != ChangeState::Proposed {
        return Err(Refusal::about(Reason::NothingToDo, format!("该变更{}", proposed.state.name())));
    }
    if me(ctx).is_some() && me(ctx) != proposed.by {
        return Err(Refusal::about(Reason::NotPermitted, "只能撤回本人提出的变更"));
    }
    Ok(InstitutionEvent::OfficerChangeWithdrawn { id, at: ctx.now })
}

/// Decides 停用: at once, by one administrator, for a reason, but not of oneself.
pub(super) fn stop(
    state: &Institutions,
    officer: OfficerId,
    reason: &str,
    ctx: &Ctx,
) -> Result<InstitutionEvent, Refusal> {
    clause!(R6.1);
    let known = known(state, officer)?;
    if !known.active {
        return Err(Reason::NothingToDo.into());
    }
    if me(ctx) == Some(officer) {
        return Err(Reason::OwnAccount.into());
    }
    another_stays(state, known)?;
    if spelling::says_nothing(reason) {
        return Err(Refusal::about(Reason::MaterialDefective, "未填写停用理由"));
    }
    let (reason, by, at) = (reason.trim().into(), me(ctx), Some(ctx.now));
    Ok(InstitutionEvent::OfficerStopped { officer, reason, by, at })
}

/// An account that signs in with a 动态口令.
fn with_second_factor(state: &Institutions, officer: OfficerId) -> Result<&Officer, Refusal> {
    let known = known(state, officer)?;
    match state.sign_in_of(officer).second {
        Some(_) => Ok(known),
        None => Err(Refusal::about(Reason::NothingToDo, "该账号未启用动态口令")),
    }
}

fn of_oneself(officer: OfficerId, ctx: &Ctx) -> Result<(), Refusal> {
    match me(ctx) {
        Some(me) if me != officer => Err(Refusal::about(Reason::NotPermitted, "只能设置本人的动态口令")),
        Some(_) | None => Ok(()),
    }
}

/// Decides 启用动态口令, by whoever has just proved it.
pub(super) fn set_second_factor(
    state: &Institutions,
    officer: OfficerId,
    factor: i64,
    ctx: &Ctx,
) -> Result<InstitutionEvent, Refusal> {
    clause!(R6.1);
    of_oneself(officer, ctx)?;
    known(state, officer)?;
    if state.sign_in_of(officer).second == Some(factor) {
        return Err(Reason::NothingToDo.into());
    }
    Ok(InstitutionEvent::SecondFactorSet { officer, factor })
}

/// Decides 停用动态口令 of one's own: the three administrators may only change it for another.
pub(super) fn end_second_factor(
    state: &Institutions,
    officer: OfficerId,
    ctx: &Ctx,
) -> Result<InstitutionEvent, Refusal> {
    clause!(R6.1);
    of_oneself(officer, ctx)?;
    if with_second_factor(state, officer)?.role.administers() {
        let why = "系统、安全、审计管理员须使用动态口令，可以更换，不能停用";
        return Err(Refusal::about(Reason::SetUpDefective, why));
    }
    Ok(InstitutionEvent::SecondFactorEnded { officer })
}

/// Decides 重置动态口令 by the operator.
pub(super) fn reset_second_factor(
    state: &Institutions,
    officer: OfficerId,
) -> Result<InstitutionEvent, Refusal> {
    clause!(R6.1);
    with_second_factor(state, officer)?;
    Ok(InstitutionEvent::SecondFactorEnded { officer })
}

/// What is tried first by whoever guesses here, folded to small letters; the commonest of the world stand in a table of their own.
const FIRST: &[&str] = &[
    "p@ssw0rd",
    "p@ssword",
    "zxcvbnm123",
    "a12345678",
    "aa123456",
    "qq123456",
    "woaini123",
    "woaini1314",
    "woaini520",
    "5201314520",
    "13145200",
    "1314520520",
    "admin888",
    "root1234",
];

/// Words of this system's own world: with digits and signs around them they are no password (ASVS 5.0, 6.1.2).
const WORDS: &[&str] = &[
    "kaguan",
    "kaguanxitong",
    "shebao",
    "shebaoka",
    "shehuibaozhang",
    "shehuibaozhangka",
    "renshe",
    "rensheting",
    "rensheju",
    "guangdong",
    "guangdongsheng",
    "guangzhou",
    "gdrs",
    "gdhrss",
    "shebaokagd",
    "guanliyuan",
    "xitongguanliyuan",
    "jingban",
    "jingbanren",
    "mima",
    "denglu",
    "denglumima",
    "admin",
    "administrator",
    "system",
    "security",
    "audit",
    "root",
    "password",
    "welcome",
    "changeme",
    "letmein",
    "卡管",
    "卡管系统",
    "省卡管系统",
    "社保",
    "社保卡",
    "社会保障",
    "社会保障卡",
    "人社",
    "人社厅",
    "人社局",
    "广东",
    "广东省",
    "广州",
    "管理员",
    "系统管理员",
    "安全管理员",
    "审计管理员",
    "经办",
    "经办人",
    "密码",
    "登录密码",
];

/// Whether a password, in small letters, is among the commonest of those that were breached somewhere.
fn is_common(small: &str) -> bool {
    let breached = || include_str!("../../../../data/common_passwords.txt").lines();
    FIRST.contains(&small) || breached().any(|common| common == small)
}

/// At least so many characters; fifteen are recommended (ASVS 5.0, 6.2.1).
pub const SHORTEST_PASSWORD: usize = 8;
/// At most so many, so that nobody has an hour of hashing done.
pub const LONGEST_PASSWORD: usize = 128;

/// Whether an officer may choose this password: long enough, not the own name, none that is common or guessed first here. Which
/// characters it has is nobody's business (ASVS 5.0, 6.2.5).
pub fn judge_password(officer: &Officer, password: &str) -> Result<(), Refusal> {
    let wrong = |why: &str| Err(Refusal::about(Reason::AccountDefective, why));
    let length = password.chars().count();
    if !(SHORTEST_PASSWORD..=LONGEST_PASSWORD).contains(&length) {
        return wrong("新密码应为8至128个字符，建议15个以上");
    }
    let small = password.to_lowercase();
    if small.contains(&officer.login.to_lowercase()) || small.contains(&officer.name.to_lowercase()) {
        return wrong("新密码不得包含登录名或姓名");
    }
    let codes: Vec<u32> = small.chars().map(u32::from).collect();
    let runs = |step: i64| codes.windows(2).all(|w| i64::from(w[1]) - i64::from(w[0]) == step);
    let digits =
        small.bytes().all(|b| b.is_ascii_digit()) && "0123456789012345678901234567890".contains(&small);
    if is_common(&small) || digits || [0, 1, -1].into_iter().any(runs) {
        return wrong("该密码过于常见，容易被猜到");
    }
    let letters: String = small.chars().filter(|c| c.is_alphabetic()).collect();
    if WORDS.contains(&letters.as_str()) {
        return wrong("新密码不得只是本系统、本行业或岗位的名称加上数字、符号");
    }
    Ok(())
}
