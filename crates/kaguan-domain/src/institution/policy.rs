//! 地方细则 (Article 42): a city proposes its rules, the province examines and files them, then they hold.

use crate::clause;
use crate::ctx::{Actor, Ctx};
use crate::facts::institution::{InstitutionEvent, Institutions};
use crate::facts::policy::{DatedPolicy, ProposalState, ProposedPolicy};
use crate::ids::{CityCode, OfficerId};
use crate::refusal::{Reason, Refusal};
use crate::spelling;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// 报送地方细则.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ProposePolicy {
    /// Fresh identity of the proposal.
    pub id: i64,
    pub city: CityCode,
    /// 文号 of the rules as the city issued them.
    pub paper: String,
    /// The rules and their days.
    pub policy: DatedPolicy,
}

/// 审核并备案, or not.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DecidePolicy {
    pub id: i64,
    pub approved: bool,
    /// Why not; when it is approved 备案号, or how it was filed without one.
    pub reason: String,
}

fn officer(ctx: &Ctx) -> Option<OfficerId> {
    match ctx.actor {
        Actor::Officer(id) => Some(id),
        Actor::Bank(_) | Actor::Vendor(_) | Actor::Partner(_) | Actor::Kiosk(_) | Actor::System => None,
    }
}

/// The longest 质保期, in months: twice the ten years for which a card is valid.
const LONGEST_WARRANTY: u32 = 240;
/// The highest 预制卡预警线 of one bank at one institution, in cards.
const MOST_LOW_STOCK: u32 = 100_000;

/// Everything that is wrong with rules that a city reports, all at once.
pub fn defects_of_policy(paper: &str, days: &DatedPolicy, today: Date) -> Vec<String> {
    clause!(R42.2);
    let mut wrong = Vec::new();
    if spelling::says_nothing(paper) {
        wrong.push("未填细则文号".into());
    }
    // What was decided under the policy of its day stays: no policy begins in the past.
    if days.from < today {
        wrong.push("地方细则的生效日期不得早于今天".into());
    }
    if days.until.is_some_and(|until| until < days.from) {
        wrong.push("失效日期早于生效日期".into());
    }
    if days.policy.warranty_months.is_some_and(|months| !(1..=LONGEST_WARRANTY).contains(&months)) {
        wrong.push(format!("质保期应为1至{LONGEST_WARRANTY}个月"));
    }
    if days.policy.low_stock.is_some_and(|cards| cards > MOST_LOW_STOCK) {
        wrong.push(format!("预制卡预警线应为0至{MOST_LOW_STOCK}张"));
    }
    wrong
}

/// The same paper with the same rules and days is one report, until it is refused.
fn not_twice(state: &Institutions, command: &ProposePolicy) -> Result<(), Refusal> {
    let same = |p: &&ProposedPolicy| {
        p.city == command.city
            && spelling::trim(&p.paper) == spelling::trim(&command.paper)
            && p.policy == command.policy
    };
    for p in state.proposals().filter(same) {
        let way = match p.state {
            ProposalState::Proposed => "请等待省审核，无需再报",
            ProposalState::Filed { .. } => "该细则已备案，无需再报；内容有变的，以新的文号报送",
            ProposalState::Refused { .. } => continue,
        };
        let about = format!("文号、日期和内容相同的细则已于{}报送", p.at.local());
        return Err(Refusal::about(Reason::NothingToDo, about).way(way));
    }
    Ok(())
}

/// Decides 报送: it changes nothing yet.
pub(super) fn propose(
    state: &Institutions,
    command: &ProposePolicy,
    ctx: &Ctx,
) -> Result<InstitutionEvent, Refusal> {
    clause!(R42.2);
    if state.proposal(command.id).is_some() {
        return Err(Reason::NothingToDo.into());
    }
    let days = &command.policy;
    let wrong = defects_of_policy(&command.paper, days, ctx.today());
    if !wrong.is_empty() {
        return Err(Refusal::about(Reason::MaterialDefective, wrong.join("；")));
    }
    not_twice(state, command)?;
    Ok(InstitutionEvent::PolicyProposed(ProposedPolicy {
        id: command.id,
        city: command.city.clone(),
        paper: command.paper.trim().into(),
        policy: days.clone(),
        by: officer(ctx),
        at: ctx.now,
        state: ProposalState::Proposed,
    }))
}

/// Decides 审核: once filed the rules hold from their day, and never from a day before they were filed.
pub(super) fn decide(
    state: &Institutions,
    command: &DecidePolicy,
    ctx: &Ctx,
) -> Result<InstitutionEvent, Refusal> {
    clause!(R42.2);
    let known = state.proposal(command.id);
    let known = known.ok_or_else(|| Refusal::about(Reason::NotFound, "报送的地方细则"))?;
    if known.state != ProposalState::Proposed {
        return Err(Refusal::about(Reason::NothingToDo, "该地方细则已审核"));
    }
    if !command.approved && spelling::says_nothing(&command.reason) {
        return Err(Refusal::about(Reason::MaterialDefective, "不予备案须写明理由"));
    }
    // Rules that were reported before there were bounds are not filed beyond them; their days may be over. All of it is told at once.
    let mut beyond = match command.approved {
        true => defects_of_policy(&known.paper, &known.policy, known.policy.from),
        false => Vec::new(),
    };
    if command.approved && known.policy.until.is_some_and(|until| until < ctx.today()) {
        beyond.push("报送的有效期已过".into());
    }
    if !beyond.is_empty() {
        let about = format!("{}，请不予备案，由地市重新报送", beyond.join("；"));
        return Err(Refusal::about(Reason::MaterialDefective, about));
    }
    if command.approved && spelling::says_nothing(&command.reason) {
        let about = "审核备案须填写备案号";
        let way = "请填写备案号；没有编号的，写明备案方式";
        return Err(Refusal::about(Reason::MaterialDefective, about).way(way));
    }
    Ok(InstitutionEvent::PolicyDecided {
        id: command.id,
        approved: command.approved,
        reason: command.reason.trim().into(),
        by: officer(ctx),
        at: ctx.now,
    })
}
