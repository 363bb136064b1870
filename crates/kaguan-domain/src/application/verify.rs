//! 核验 after the application was taken in (Article 8): a register that was silent is asked again, and what registers leave
//! open a person decides, with a reason.

use crate::application::taking::{Standing, clerk, latest, standing};
use crate::clause;
use crate::ctx::{Actor, Instant};
use crate::facts::application::{
    Application, CheckItem, CheckResult, HandCheck, Purpose, RegisterCheck, Stage,
};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::institution::Institutions;
use crate::ids::ApplicationId;
use crate::permission::{Place, Verb};
use crate::refusal::{Findings, Reason, Refusal};
use crate::rule::{Around, Asked, Rule, at_outlet_of};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

const HOUR: i64 = 3_600_000_000;

/// 补正, 再次核验: the checks that were outstanding.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SupplyMaterial {
    pub application: ApplicationId,
    /// What the registers answer now.
    pub checks: Vec<RegisterCheck>,
}

/// 人工核验: a person decides what no register settles.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ConfirmByHand {
    pub application: ApplicationId,
    /// What was seen that settles it.
    pub ground: String,
}

/// What an application that was taken in waits for, as its page says it; `None` when it waits for no check.
pub fn waits_for(
    file: &HolderFile,
    application: &Application,
    institutions: &Institutions,
    today: Date,
) -> Option<String> {
    clause!(R8.3);
    if !matches!(application.stage, Stage::Received) {
        return None;
    }
    let standing = stands(file, application, &[], institutions, today).ok()?;
    let against: Vec<String> = standing.against.iter().map(|(_, _, what)| (*what).to_owned()).collect();
    if !against.is_empty() {
        return Some(format!("核验不通过：{}。请更正后再次核验，或不予受理", against.join("；")));
    }
    let items: Vec<&str> = standing.open.iter().map(|(item, _)| item.name()).collect();
    let next = match ask_again(application) {
        Some(at) => format!("核验系统暂无应答，申请资料已保留，系统将于{}自动再次核验", at.local()),
        None => "核验系统没有记录，请核对证件和材料后人工核验，或不予受理".to_owned(),
    };
    Some(format!("待核验：{}。{next}", items.join("、")))
}

/// How the checks of an application stand, with some more.
fn stands(
    file: &HolderFile,
    application: &Application,
    more: &[RegisterCheck],
    institutions: &Institutions,
    today: Date,
) -> Result<Standing, Refusal> {
    let person = file.person.as_ref().ok_or(Reason::NotFound)?;
    let policy = institutions.policy_of(&application.city, today);
    let checks = application.checks.iter().chain(more);
    let mut standing = standing(&person.details, checks, &policy, today);
    if application.purpose != Purpose::First {
        standing.forget(CheckItem::Entitlement, Reason::NotEligible);
    }
    Ok(standing)
}

/// When a register that did not answer is asked again: every hour for a day, and then every day. `None` when asking again
/// settles nothing: everybody has answered, or a person decides.
pub fn ask_again(application: &Application) -> Option<Instant> {
    clause!(R8.3);
    if !matches!(application.stage, Stage::Received) {
        return None;
    }
    let last = application.checks.iter().map(|c| c.at).max()?;
    let silent = [CheckItem::Identity, CheckItem::Alive, CheckItem::Entitlement, CheckItem::Photo]
        .into_iter()
        .filter_map(|item| latest(application.checks.iter(), item))
        .any(|r| r == CheckResult::Unavailable);
    let failed = application
        .checks
        .iter()
        .any(|c| c.result == CheckResult::Failed && matches!(c.item, CheckItem::Identity | CheckItem::Alive));
    if !silent || failed {
        return None;
    }
    let first = application.checks.iter().map(|c| c.at).min().unwrap_or(last);
    let wait = if last.0 - first.0 < 24 * HOUR { HOUR } else { 24 * HOUR };
    Some(Instant(last.0 + wait))
}

impl Rule for SupplyMaterial {
    fn verb(&self) -> Verb {
        Verb::SupplyMaterial
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        at_outlet_of(file, self.application)
    }

    /// Decides 再次核验. What the registers say is recorded whatever it is; what speaks against the applicant leaves the
    /// application for a person to decline.
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R8.3);
        let found = asked.file.application(self.application).ok_or(Reason::NotFound)?;
        if !matches!(found.stage, Stage::Received) {
            return Err(Reason::WrongStage.into());
        }
        let standing = stands(asked.file, found, &self.checks, asked.around.institutions, asked.ctx.today())?;
        let (application, checks) = (found.id, self.checks.clone());
        Ok(vec![match standing.against.is_empty() && standing.open.is_empty() {
            true => HolderEvent::Accepted { application, checks },
            false => HolderEvent::ChecksRecorded { application, checks },
        }])
    }
}

impl Rule for ConfirmByHand {
    fn verb(&self) -> Verb {
        Verb::ConfirmByHand
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        at_outlet_of(file, self.application)
    }

    /// Decides 人工核验: only what is open. What a register denies is put right there first; a photo that nobody has seen is
    /// not confirmed by hand.
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R8.3);
        let found = asked.file.application(self.application).ok_or(Reason::NotFound)?;
        if !matches!(found.stage, Stage::Received) {
            return Err(Reason::WrongStage.into());
        }
        let standing = stands(asked.file, found, &[], asked.around.institutions, asked.ctx.today())?;
        let mut against = Findings::default();
        standing.tell(&mut against);
        against.told()?;
        if standing.open.iter().any(|(item, _)| *item == CheckItem::Photo) {
            let about = "相片回执尚未核验，请待相片平台应答，或不予受理后以电子相片重新申请";
            return Err(Refusal::about(Reason::WrongStage, about));
        }
        let ground = self.ground.trim();
        if ground.is_empty() {
            let about = "人工核验须写明依据：所核对的证件、材料和查询结果";
            return Err(Refusal::about(Reason::MaterialDefective, about));
        }
        let check = HandCheck { ground: ground.to_owned(), at: asked.ctx.now, by: clerk(asked.ctx) };
        if matches!(asked.ctx.actor, Actor::System) {
            return Err(Refusal::about(Reason::NotPermitted, "人工核验由经办人办理"));
        }
        Ok(vec![HolderEvent::ConfirmedByHand { application: found.id, check }])
    }
}
