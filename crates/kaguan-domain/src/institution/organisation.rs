//! 机构与网点 (Article 6, Appendix 7): the tree from the province down to streets, towns and villages, and the banks' own levels. An
//! outlet may stand below another one: a village's below its town's, a bank's below its branch's.

use crate::clause;
use crate::codes;
use crate::ctx::Ctx;
use crate::facts::institution::{InstitutionEvent, Institutions, Officer, OrgKind, Organisation};
use crate::ids::{BankCode, CityCode, OrgId};
use crate::refusal::{Reason, Refusal};
use crate::spelling;

/// The most characters of a name.
const LONGEST: usize = 60;

fn judge_name(name: &str) -> Option<String> {
    let wrong = spelling::says_nothing(name) || name.chars().count() > LONGEST;
    wrong.then(|| format!("机构名称应为1至{LONGEST}个字"))
}

/// Whether two names are printed alike, but for blanks at their ends and full-width signs.
fn same_name(one: &str, other: &str) -> bool {
    spelling::trim(one).chars().map(spelling::narrow).eq(spelling::trim(other).chars().map(spelling::narrow))
}

/// Another organisation than `own`, of the same city, that works under a name: what is printed could not tell the two apart. Those of the province
/// itself, that are in no city, are one place.
fn namesake<'a>(
    state: &'a Institutions,
    own: Option<OrgId>,
    city: Option<&CityCode>,
    name: &str,
) -> Option<&'a Organisation> {
    clause!(R6.1);
    let another =
        |o: &&Organisation| Some(o.id) != own && !state.is_stopped(o.id) && o.city().as_ref() == city;
    state.orgs().filter(another).find(|o| same_name(&o.name, name))
}

fn judge_namesake(
    state: &Institutions,
    own: Option<OrgId>,
    city: Option<&CityCode>,
    name: &str,
) -> Option<String> {
    let other = namesake(state, own, city, name)?;
    Some(format!(
        "机构名称与在用的机构{}（{}）相同，打印的凭证不能区分，请用另一名称",
        other.name, other.code
    ))
}

fn known(state: &Institutions, org: OrgId) -> Result<&Organisation, Refusal> {
    state.org(org).ok_or_else(|| Refusal::about(Reason::NotFound, "机构"))
}

/// Whether an outlet is a community's or a village's: it stands below a street's or a town's, and none stands below it.
fn is_lowest(state: &Institutions, org: &Organisation) -> bool {
    clause!(R6.1);
    let above = org.parent.and_then(|id| state.org(id));
    org.kind == OrgKind::HrOutlet && above.is_some_and(|o| o.kind == OrgKind::HrOutlet)
}

/// Whether a kind, of a bank where it is a bank's, stands below an organisation.
fn stands_below(state: &Institutions, kind: OrgKind, parent: &Organisation, bank: Option<&BankCode>) -> bool {
    match (kind, parent.kind) {
        (OrgKind::ProvinceCentre, _) => false,
        (_, OrgKind::ProvinceCentre) => true,
        (OrgKind::CountyCentre | OrgKind::HrOutlet | OrgKind::BankOutlet, OrgKind::CityCentre) => true,
        (OrgKind::HrOutlet | OrgKind::BankOutlet, OrgKind::CountyCentre) => true,
        (OrgKind::HrOutlet, OrgKind::HrOutlet) => !is_lowest(state, parent),
        (OrgKind::BankOutlet, OrgKind::BankOutlet) => parent.bank.as_ref() == bank,
        (OrgKind::CityCentre, _)
        | (OrgKind::CountyCentre, _)
        | (OrgKind::HrOutlet, OrgKind::BankOutlet)
        | (OrgKind::BankOutlet, OrgKind::HrOutlet) => false,
    }
}

/// The kinds that can stand below an organisation; none below a community's or a village's outlet.
pub fn kinds_below(state: &Institutions, parent: &Organisation) -> Vec<OrgKind> {
    clause!(R6.1);
    let stands = |kind: &OrgKind| stands_below(state, *kind, parent, parent.bank.as_ref());
    OrgKind::ALL.into_iter().filter(stands).collect()
}

/// The banks whose outlets can stand below an organisation, by code and name: below a bank's outlet its own.
pub fn banks_below(state: &Institutions, parent: &Organisation) -> Vec<(String, &'static str)> {
    clause!(R6.1);
    if !kinds_below(state, parent).contains(&OrgKind::BankOutlet) {
        return Vec::new();
    }
    let fits = |code: &str| parent.bank.as_ref().is_none_or(|own| own.as_str() == code);
    codes::banks().filter(|b| fits(&b.code)).map(|b| (b.code.clone(), b.name.as_str())).collect()
}

/// Everything that is wrong with a new organisation whatever its kind is: its name, its code of 14 digits, its division of six, and where
/// it stands. Chinese, part by part. That its code is taken is not among it.
pub fn defects_of_place(
    state: &Institutions,
    name: &str,
    (code, division): (&str, &str),
    parent: Option<&Organisation>,
) -> Vec<String> {
    clause!(R6.1);
    let city = CityCode::of_division(division);
    let mut wrong: Vec<String> = judge_name(name).into_iter().collect();
    wrong.extend(judge_namesake(state, None, city.as_ref(), name));
    if code.len() != 14 || !code.bytes().all(|b| b.is_ascii_digit()) {
        wrong.push("机构编码应为14位数字".into());
    } else if !code.starts_with(division) {
        wrong.push("机构编码的前六位应为行政区划代码".into());
    } else if codes::division(division).is_none() {
        wrong.push("没有该行政区划".into());
    }
    let Some(parent) = parent else { return wrong };
    // A division that is none lies in no city, which is said already.
    if parent.city().is_some() && codes::division(division).is_some() && parent.city() != city {
        wrong.push("上级机构在另一地市".into());
    }
    if state.is_stopped(parent.id) {
        wrong.push("上级机构已停办".into());
    }
    wrong
}

/// That another organisation has a code, as it is told among other things that are wrong.
pub fn code_taken(state: &Institutions, code: &str) -> Option<String> {
    let other = state.org_by_code(code)?;
    Some(format!("机构编码{code}已由{}使用", other.name))
}

/// Decides 新增机构: all that is wrong with it is told at once.
pub(super) fn add(state: &Institutions, org: &Organisation) -> Result<InstitutionEvent, Refusal> {
    clause!(R6.1);
    let parent = match org.parent {
        Some(id) => Some(state.org(id).ok_or_else(|| Refusal::about(Reason::NotFound, "上级机构"))?),
        None => None,
    };
    let taken = code_taken(state, &org.code);
    let mut wrong = defects_of_place(state, &org.name, (&org.code, &org.division), parent);
    if (org.kind == OrgKind::BankOutlet) != org.bank.is_some() {
        wrong.push("服务银行网点须写明银行，其他机构没有银行".into());
    }
    match parent {
        None if org.kind != OrgKind::ProvinceCentre => wrong.push("缺上级机构".into()),
        None => {}
        Some(parent) if stands_below(state, org.kind, parent, org.bank.as_ref()) => {}
        Some(parent) if org.kind == OrgKind::HrOutlet && is_lowest(state, parent) => {
            wrong.push("社区、村网点是最基层的网点，其下不再设网点".into());
        }
        Some(parent) => wrong.push(format!("{}不能设在该{}之下", org.kind.name(), parent.kind.name())),
    }
    // What is wrong with nothing but its code is a number that is taken.
    if state.org(org.id).is_some() || (taken.is_some() && wrong.is_empty()) {
        return Err(Refusal::about(Reason::NumberTaken, format!("机构编码{}", org.code)));
    }
    wrong.extend(taken);
    if !wrong.is_empty() {
        return Err(Refusal::about(Reason::MaterialDefective, wrong.join("；")));
    }
    Ok(InstitutionEvent::OrganisationAdded(org.clone()))
}

/// Decides 机构更名: what was printed before keeps the name of then.
pub(super) fn rename(
    state: &Institutions,
    org: OrgId,
    name: &str,
    ctx: &Ctx,
) -> Result<InstitutionEvent, Refusal> {
    let before = known(state, org)?;
    if let Some(wrong) = judge_name(name) {
        return Err(Refusal::about(Reason::MaterialDefective, wrong));
    }
    if before.name == name.trim() {
        return Err(Reason::NothingToDo.into());
    }
    if let Some(wrong) = judge_namesake(state, Some(org), before.city().as_ref(), name) {
        return Err(Refusal::about(Reason::MaterialDefective, wrong));
    }
    Ok(InstitutionEvent::OrganisationRenamed { org, name: name.trim().into(), at: Some(ctx.now) })
}

/// Decides 停办: nobody works there any more, and nothing stands below it. Whether cards lie there the door asks.
pub(super) fn stop(
    state: &Institutions,
    org: OrgId,
    reason: &str,
    ctx: &Ctx,
) -> Result<InstitutionEvent, Refusal> {
    clause!(R6.1);
    let which = known(state, org)?;
    if state.is_stopped(org) {
        return Err(Reason::NothingToDo.into());
    }
    if matches!(which.kind, OrgKind::ProvinceCentre | OrgKind::CityCentre) {
        return Err(Refusal::about(Reason::SetUpDefective, "省、市卡管机构不能停办"));
    }
    let mut first = Vec::new();
    let below = state.below(org).filter(|o| !state.is_stopped(o.id)).count();
    if below > 0 {
        first.push(format!("下级机构{below}个未停办"));
    }
    let works = |o: &&Officer| o.org == org && o.active;
    let officers = state.officers().filter(works).count();
    if officers > 0 {
        first.push(format!("在用账号{officers}个未停用或调岗"));
    }
    let unsaid = spelling::says_nothing(reason).then(|| "未填写停办理由".to_owned());
    match (first.is_empty(), unsaid) {
        (true, None) => {}
        (true, Some(unsaid)) => return Err(Refusal::about(Reason::MaterialDefective, unsaid)),
        (false, unsaid) => {
            first.extend(unsaid);
            return Err(Refusal::about(Reason::SetUpDefective, first.join("；")));
        }
    }
    Ok(InstitutionEvent::OrganisationStopped { org, at: ctx.now, reason: reason.trim().into() })
}

/// Decides 恢复, under a name that no other took in the meantime.
pub(super) fn start(state: &Institutions, org: OrgId) -> Result<InstitutionEvent, Refusal> {
    let which = known(state, org)?;
    if !state.is_stopped(org) {
        return Err(Reason::NothingToDo.into());
    }
    let mut first = Vec::new();
    if which.parent.is_some_and(|parent| state.is_stopped(parent)) {
        first.push("上级机构已停办".to_owned());
    }
    if let Some(other) = namesake(state, Some(org), which.city().as_ref(), &which.name) {
        first.push(format!("与在用的机构{}（{}）同名，请先更名再恢复", other.name, other.code));
    }
    if !first.is_empty() {
        return Err(Refusal::about(Reason::SetUpDefective, first.join("；")));
    }
    Ok(InstitutionEvent::OrganisationStarted { org })
}
