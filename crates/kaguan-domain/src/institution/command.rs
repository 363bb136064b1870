//! Changes to organisations, officers, cooperating banks and the calendar.

use crate::clause;
use crate::codes::{DayKind, HolidayRow};
use crate::ctx::{Ctx, Instant};
use crate::facts::institution::{InstitutionEvent, Institutions, Officer, OrgKind, Organisation, Role, Task};
use crate::facts::partner::{Partner, PartnerKey};
use crate::ids::{BankCode, CityCode, OfficerId, OrgId, PartnerId};
use crate::institution::guide::{self, SetFailureGuide, StateBankData};
use crate::institution::officer::{self, DecideOfficer, ProposeOfficer};
use crate::institution::partner::{check_key, check_partner};
use crate::institution::policy::{self, DecidePolicy, ProposePolicy};
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
    /// 登记银行网点编码: the code by which a bank knows its outlet (Appendix 7).
    CodeOutlet {
        org: OrgId,
        /// At most 20 letters and digits.
        code: String,
    },
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
    /// The operator gives an account a one-time password.
    ResetPassword {
        officer: OfficerId,
        /// PHC string.
        password_hash: String,
    },
    /// 提出人员变更.
    ProposeOfficer(ProposeOfficer),
    /// 审核人员变更.
    DecideOfficer(DecideOfficer),
    /// 授权业务经办机构: a city entrusts an office of it with a task, or takes the task back (X7.7).
    Entrust { org: OrgId, task: Task, granted: bool },
    /// 开户失败数据处理对照表 of a bank.
    SetFailureGuide(SetFailureGuide),
    /// 报送银行制卡数据时效 of a month.
    StateBankData(StateBankData),
    /// 报送地方细则: a city's rules for some days from now on.
    ProposePolicy(ProposePolicy),
    /// 审核备案地方细则.
    DecidePolicy(DecidePolicy),
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
            Self::CodeOutlet { .. } => Verb::CodeOutlet,
            Self::OfferBank { .. } => Verb::OfferBank,
            Self::AddOfficer(_) => Verb::AddOfficer,
            Self::StopOfficer { .. } => Verb::StopOfficer,
            Self::ChangePassword { .. } => Verb::ChangePassword,
            Self::ResetPassword { .. } => Verb::ResetPassword,
            Self::ProposeOfficer(_) => Verb::ProposeOfficer,
            Self::DecideOfficer(_) => Verb::DecideOfficer,
            Self::Entrust { .. } => Verb::Entrust,
            Self::SetFailureGuide(_) => Verb::SetFailureGuide,
            Self::StateBankData(_) => Verb::StateBankData,
            Self::ProposePolicy(_) => Verb::ProposePolicy,
            Self::DecidePolicy(_) => Verb::DecidePolicy,
            Self::RegisterPartner(_) | Self::ReachPartner { .. } => Verb::RegisterPartner,
            Self::AddPartnerKey { .. } | Self::EndPartnerKey { .. } | Self::ChangeSystemKey { .. } => {
                Verb::ManagePartnerKeys
            }
            Self::HandleDeadLetter { .. } => Verb::HandleDeadLetter,
            Self::TakeNotice { .. } => Verb::LoadHolidays,
        }
    }
}

impl InstitutionCommand {
    /// Where its subject lies: a city proposes its own rules only.
    fn place(&self) -> Place {
        match self {
            Self::ProposePolicy(p) => Place::City(p.city.clone()),
            Self::StateBankData(s) => Place::Vendor(s.vendor.clone()),
            Self::Entrust { org, .. } => Place::At(*org),
            // The same table serves every city.
            Self::SetFailureGuide(g) => Place::Served(g.bank.clone()),
            Self::DecidePolicy(_)
            | Self::AddOrganisation(_)
            | Self::CodeOutlet { .. }
            | Self::OfferBank { .. }
            | Self::AddOfficer(_)
            | Self::StopOfficer { .. }
            | Self::ChangePassword { .. }
            | Self::ResetPassword { .. }
            | Self::ProposeOfficer(_)
            | Self::DecideOfficer(_)
            | Self::RegisterPartner(_)
            | Self::ReachPartner { .. }
            | Self::AddPartnerKey { .. }
            | Self::EndPartnerKey { .. }
            | Self::ChangeSystemKey { .. }
            | Self::HandleDeadLetter { .. }
            | Self::TakeNotice { .. } => Place::Anywhere,
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
    authorise(state, &ctx.actor, command.verb(), &command.place())?;
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
        InstitutionCommand::CodeOutlet { org, code } => code_outlet(state, *org, code)?,
        InstitutionCommand::OfferBank { city, bank } => {
            if state.banks_of(city).contains(bank) {
                return Err(Reason::NothingToDo.into());
            }
            InstitutionEvent::BankOffered { city: city.clone(), bank: bank.clone() }
        }
        InstitutionCommand::AddOfficer(new) => {
            officer::newcomer(state, new.id, &new.login, new.role, new.org)?;
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
        InstitutionCommand::StopOfficer { officer } => officer::stop(state, *officer, ctx)?,
        InstitutionCommand::ChangePassword { officer, password_hash } => {
            use crate::ctx::Actor;
            state.officer(*officer).ok_or_else(|| Refusal::about(Reason::NotFound, "经办人"))?;
            if matches!(ctx.actor, Actor::Officer(me) if me != *officer) {
                return Err(Refusal::about(Reason::NotPermitted, "只能修改本人的登录密码"));
            }
            InstitutionEvent::PasswordChanged { officer: *officer, password_hash: password_hash.clone() }
        }
        InstitutionCommand::ResetPassword { officer, password_hash } => {
            state.officer(*officer).ok_or_else(|| Refusal::about(Reason::NotFound, "经办人"))?;
            let (officer, password_hash) = (*officer, password_hash.clone());
            InstitutionEvent::PasswordReset { officer, password_hash, at: ctx.now }
        }
        InstitutionCommand::ProposeOfficer(proposed) => officer::propose(state, proposed, ctx)?,
        InstitutionCommand::DecideOfficer(decided) => officer::decide(state, decided, ctx)?,
        InstitutionCommand::Entrust { org, task, granted } => {
            clause!(X7.7);
            let office = state.org(*org).ok_or_else(|| Refusal::about(Reason::NotFound, "授权机构"))?;
            let fits = match task {
                Task::ConfirmBatches => office.kind.is_outlet() || office.kind == OrgKind::CountyCentre,
                Task::ReceiveCards => office.kind == OrgKind::BankOutlet,
            };
            if !fits {
                let about = format!("{}不能办理{}", office.kind.name(), task.name());
                return Err(Refusal::about(Reason::NotPermitted, about));
            }
            if state.is_entrusted(*org, *task) == *granted {
                return Err(Reason::NothingToDo.into());
            }
            InstitutionEvent::Entrusted { org: *org, task: *task, granted: *granted }
        }
        InstitutionCommand::StateBankData(stated) => guide::state_bank_data(stated, ctx)?,
        InstitutionCommand::SetFailureGuide(table) => guide::set(table)?,
        InstitutionCommand::ProposePolicy(proposed) => policy::propose(state, proposed, ctx)?,
        InstitutionCommand::DecidePolicy(decided) => policy::decide(state, decided, ctx)?,
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

/// A code is one outlet's of its bank in its city, and nobody's 机构编码.
fn code_outlet(state: &Institutions, org: OrgId, code: &str) -> Result<InstitutionEvent, Refusal> {
    clause!(X7.1);
    let outlet = state.org(org).ok_or_else(|| Refusal::about(Reason::NotFound, "机构"))?;
    let whose = outlet.city().zip(outlet.bank.as_ref()).filter(|_| outlet.kind == OrgKind::BankOutlet);
    let Some((city, bank)) = whose else {
        return Err(Refusal::about(Reason::MaterialDefective, "只有服务银行网点有银行的网点编码"));
    };
    if code.is_empty() || code.len() > 20 || !code.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(Refusal::about(Reason::MaterialDefective, "网点编码应为不超过20位的字母和数字"));
    }
    if state.outlet_code(org) == Some(code) {
        return Err(Reason::NothingToDo.into());
    }
    let another = state.outlet_by_code(&city, bank, code).or_else(|| state.org_by_code(code));
    if another.is_some_and(|o| o.id != org) {
        return Err(Refusal::about(Reason::NumberTaken, format!("网点编码{code}")));
    }
    Ok(InstitutionEvent::OutletCoded { org, code: code.to_owned() })
}
