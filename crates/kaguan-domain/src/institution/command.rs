//! Changes to organisations, officers, cooperating banks and the calendar.

use crate::clause;
use crate::codes::{DayKind, HolidayRow};
use crate::ctx::{Ctx, Instant};
use crate::facts::institution::{InstitutionEvent, Institutions, Officer, Organisation, Role};
use crate::facts::partner::{Partner, PartnerKey};
use crate::facts::policy::DatedPolicy;
use crate::ids::{BankCode, CityCode, OfficerId, OrgId, PartnerId};
use crate::institution::partner::{check_key, check_partner};
use crate::permission::{Place, Verb, authorise};
use crate::refusal::{Reason, Refusal};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// An officer to be added; the password hash is made at the door.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NewOfficer {
    pub id: OfficerId,
    /// Sign-in name.
    pub login: String,
    /// Name shown on receipts.
    pub name: String,
    /// Role.
    pub role: Role,
    pub org: OrgId,
    /// PHC string.
    pub password_hash: String,
}

/// What can be asked of the institution room.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstitutionCommand {
    /// Adds an organisation below an existing one.
    AddOrganisation(Organisation),
    /// A bank signs the cooperation agreement with a city.
    OfferBank {
        city: CityCode,
        /// The bank.
        bank: BankCode,
    },
    /// Adds an officer.
    AddOfficer(NewOfficer),
    /// Stops an officer; what the officer did stays.
    StopOfficer { officer: OfficerId },
    /// Sets a new password hash.
    ChangePassword {
        officer: OfficerId,
        /// PHC string.
        password_hash: String,
    },
    /// 地方细则: a city's policy for some days from now on.
    SetPolicy {
        city: CityCode,
        /// The policy and its days.
        policy: DatedPolicy,
    },
    /// Registers a partner with its first key.
    RegisterPartner(Partner),
    /// Where a partner is called from now on.
    ReachPartner {
        partner: PartnerId,
        /// The address; `None` when it is not called.
        endpoint: Option<String>,
    },
    /// Adds a key; the ones before go on to hold.
    AddPartnerKey { partner: PartnerId, key: PartnerKey },
    /// Ends a key, at once or later.
    EndPartnerKey {
        partner: PartnerId,
        key: String,
        /// From when on it is refused.
        until: Instant,
    },
    /// The system signs under its next key from a moment on; until then partners learn that key.
    ChangeSystemKey {
        /// From when on.
        from: Instant,
    },
    /// Staff handle a message that was given up.
    HandleDeadLetter {
        letter: i64,
        /// Whether it is sent again; otherwise it is settled.
        again: bool,
    },
    /// 载入放假通知: takes what a notice of the State Council says of the days that it names.
    TakeNotice {
        /// Its days off and make-up working days, whatever their year.
        days: Vec<HolidayRow>,
    },
}

impl InstitutionCommand {
    /// The verb, for the permission matrix and the journal.
    pub fn verb(&self) -> Verb {
        match self {
            Self::AddOrganisation(_) => Verb::AddOrganisation,
            Self::OfferBank { .. } => Verb::OfferBank,
            Self::AddOfficer(_) => Verb::AddOfficer,
            Self::StopOfficer { .. } => Verb::StopOfficer,
            Self::ChangePassword { .. } => Verb::ChangePassword,
            Self::SetPolicy { .. } => Verb::SetPolicy,
            Self::RegisterPartner(_) | Self::ReachPartner { .. } => Verb::RegisterPartner,
            Self::AddPartnerKey { .. } | Self::EndPartnerKey { .. } | Self::ChangeSystemKey { .. } => {
                Verb::ManagePartnerKeys
            }
            Self::HandleDeadLetter { .. } => Verb::HandleDeadLetter,
            Self::TakeNotice { .. } => Verb::LoadHolidays,
        }
    }
}

fn partner_of<'a>(state: &'a Institutions, id: &PartnerId) -> Result<&'a Partner, Refusal> {
    state.partner(id).ok_or_else(|| Refusal::about(Reason::NotFound, format!("合作方{id}")))
}

/// Decides an institution command.
pub fn decide(
    state: &Institutions,
    command: &InstitutionCommand,
    ctx: &Ctx,
) -> Result<Vec<InstitutionEvent>, Refusal> {
    authorise(state, &ctx.actor, command.verb(), &Place::Anywhere)?;
    let event = match command {
        InstitutionCommand::AddOrganisation(org) => {
            let parent_known = org.parent.is_none_or(|p| state.org(p).is_some());
            if !parent_known {
                return Err(Refusal::about(Reason::NotFound, "上级机构"));
            }
            if state.org(org.id).is_some() || state.org_by_code(&org.code).is_some() {
                return Err(Refusal::about(Reason::NumberTaken, format!("机构编码{}", org.code)));
            }
            InstitutionEvent::OrganisationAdded(org.clone())
        }
        InstitutionCommand::OfferBank { city, bank } => {
            if state.banks_of(city).contains(bank) {
                return Err(Reason::NothingToDo.into());
            }
            InstitutionEvent::BankOffered { city: city.clone(), bank: bank.clone() }
        }
        InstitutionCommand::AddOfficer(new) => {
            let org = state.org(new.org).ok_or_else(|| Refusal::about(Reason::NotFound, "所属机构"))?;
            if !new.role.belongs_in(org.kind) {
                let about = format!("{}不设{}岗位", org.kind.name(), new.role.name());
                return Err(Refusal::about(Reason::NotPermitted, about));
            }
            if state.officer_by_login(&new.login).is_some() || state.officer(new.id).is_some() {
                return Err(Reason::LoginTaken.into());
            }
            InstitutionEvent::OfficerAdded(Officer {
                id: new.id,
                login: new.login.clone(),
                name: new.name.clone(),
                role: new.role,
                org: new.org,
                active: true,
                password_hash: new.password_hash.clone(),
            })
        }
        InstitutionCommand::StopOfficer { officer } => {
            let known = state.officer(*officer).ok_or_else(|| Refusal::about(Reason::NotFound, "经办人"))?;
            if !known.active {
                return Err(Reason::NothingToDo.into());
            }
            InstitutionEvent::OfficerStopped { officer: *officer }
        }
        InstitutionCommand::ChangePassword { officer, password_hash } => {
            use crate::ctx::Actor;
            state.officer(*officer).ok_or_else(|| Refusal::about(Reason::NotFound, "经办人"))?;
            if matches!(ctx.actor, Actor::Officer(me) if me != *officer) {
                return Err(Refusal::about(Reason::NotPermitted, "只能修改本人的登录密码"));
            }
            InstitutionEvent::PasswordChanged { officer: *officer, password_hash: password_hash.clone() }
        }
        InstitutionCommand::SetPolicy { city, policy } => {
            // What was decided under the policy of its day stays: no policy begins in the past.
            if policy.from < ctx.today() || policy.until.is_some_and(|u| u < policy.from) {
                return Err(Refusal::about(Reason::MaterialDefective, "地方细则的生效日期不得早于今天"));
            }
            InstitutionEvent::PolicySet { city: city.clone(), policy: policy.clone() }
        }
        InstitutionCommand::RegisterPartner(partner) => {
            check_partner(partner)?;
            if state.partner(&partner.id).is_some() {
                return Err(Refusal::about(Reason::NumberTaken, format!("合作方{}", partner.id)));
            }
            InstitutionEvent::PartnerRegistered(partner.clone())
        }
        InstitutionCommand::ReachPartner { partner, endpoint } => {
            let known = partner_of(state, partner)?;
            if known.endpoint == *endpoint {
                return Err(Reason::NothingToDo.into());
            }
            check_partner(&Partner { endpoint: endpoint.clone(), ..known.clone() })?;
            InstitutionEvent::PartnerReached { partner: partner.clone(), endpoint: endpoint.clone() }
        }
        InstitutionCommand::AddPartnerKey { partner, key } => {
            let known = partner_of(state, partner)?;
            check_key(key).map_err(|why| Refusal::about(Reason::MaterialDefective, why))?;
            if known.keys.iter().any(|k| k.id == key.id || k.public == key.public) {
                return Err(Refusal::about(Reason::NumberTaken, format!("公钥{}", key.id)));
            }
            InstitutionEvent::PartnerKeyAdded { partner: partner.clone(), key: key.clone() }
        }
        InstitutionCommand::EndPartnerKey { partner, key, until } => {
            let known = partner_of(state, partner)?;
            let known = known.keys.iter().find(|k| k.id == *key);
            let known = known.ok_or_else(|| Refusal::about(Reason::NotFound, format!("公钥{key}")))?;
            if known.until == Some(*until) {
                return Err(Reason::NothingToDo.into());
            }
            if *until < ctx.now {
                return Err(Refusal::about(Reason::MaterialDefective, "失效时间不得早于现在"));
            }
            InstitutionEvent::PartnerKeyEnded { partner: partner.clone(), key: key.clone(), until: *until }
        }
        InstitutionCommand::ChangeSystemKey { from } => {
            let last = state.system_keys().last().map_or(Instant(i64::MIN), |(_, from)| from);
            if *from < ctx.now || *from <= last {
                let about = "系统密钥的启用时间不得早于现在，也不得早于已定的下一把密钥";
                return Err(Refusal::about(Reason::MaterialDefective, about));
            }
            InstitutionEvent::SystemKeyChanged { from: *from }
        }
        InstitutionCommand::HandleDeadLetter { letter, again } => {
            InstitutionEvent::DeadLetterHandled { letter: *letter, again: *again }
        }
        InstitutionCommand::TakeNotice { days } => {
            clause!(R7.1);
            let both = days.iter().filter(|a| {
                a.kind == DayKind::Off && days.iter().any(|b| b.date == a.date && b.kind == DayKind::Work)
            });
            let both: BTreeSet<String> = both.map(|d| d.date.to_string()).collect();
            if !both.is_empty() {
                let both = both.into_iter().collect::<Vec<_>>().join("、");
                let about = format!("同一天既列为放假又列为上班：{both}");
                return Err(Refusal::about(Reason::MaterialDefective, about));
            }
            let mut then = state.calendar.clone();
            then.take_notice(days);
            if then == state.calendar {
                return Err(Reason::NothingToDo.into());
            }
            InstitutionEvent::NoticeTaken { days: days.clone() }
        }
    };
    Ok(vec![event])
}
