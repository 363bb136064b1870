//! Changes to organisations, officers, cooperating banks and the calendar.

use crate::clause;
use crate::clause::Clause;
use crate::codes::{DayKind, HolidayRow};
use crate::ctx::{Ctx, Instant};
use crate::facts::data_loss::AcceptedDataLoss;
use crate::facts::desk::CardBox;
use crate::facts::export::ExportJournal;
use crate::facts::institution::{InstitutionEvent, Institutions, Officer, OrgKind, Organisation, Role, Task};
use crate::facts::partner::{Contact, Partner, PartnerKey};
use crate::ids::{BankCode, CityCode, DeskId, OfficerId, OrgId, PartnerId, PartnerKind};
use crate::institution::desk;
use crate::institution::glyph::{self, DecideGlyph, ProposeGlyph};
use crate::institution::guide::{self, SetFailureGuide, StateBankData};
use crate::institution::officer::{self, DecideOfficer, ProposeOfficer};
use crate::institution::organisation;
use crate::institution::partner::{self, DecidePartner, ProposePartner};
use crate::institution::policy::{self, DecidePolicy, ProposePolicy};
use crate::permission::{Place, Verb, authorise};
use crate::refusal::{Reason, Refusal};
use crate::spelling;
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
    /// 机构更名.
    RenameOrganisation { org: OrgId, name: String },
    /// 停办: nothing new begins there.
    StopOrganisation { org: OrgId, reason: String },
    /// 恢复 of one that was stopped.
    StartOrganisation { org: OrgId },
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
    /// 结束合作 of a bank with a city. What is under way is brought to its end.
    EndBank {
        city: CityCode,
        bank: BankCode,
        /// Why, in Chinese.
        reason: String,
    },
    /// 银行对账, at once; the server that runs does it.
    AskReconciliation { bank: BankCode },
    /// Adds an officer.
    AddOfficer(NewOfficer),
    /// Stops an officer; what the officer did stays.
    StopOfficer {
        officer: OfficerId,
        /// Why, in Chinese.
        reason: String,
    },
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
    /// 启用动态口令, once a code has proved it, or another in its place.
    SetSecondFactor {
        officer: OfficerId,
        /// Under which number its secret is kept.
        factor: i64,
    },
    /// 停用动态口令 of one's own, where it is not obligatory.
    EndSecondFactor { officer: OfficerId },
    /// The operator resets it.
    ResetSecondFactor { officer: OfficerId },
    /// 提出人员变更.
    ProposeOfficer(ProposeOfficer),
    /// 审核人员变更.
    DecideOfficer(DecideOfficer),
    /// 撤回 of one's own proposal about an officer.
    WithdrawOfficer { id: i64 },
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
    /// 提交字形图片: the picture of a character that no font has.
    ProposeGlyph(ProposeGlyph),
    /// 审核字形图片.
    DecideGlyph(DecideGlyph),
    /// 配对制卡桌面机 with an outlet.
    PairDesk {
        id: DeskId,
        outlet: OrgId,
        /// What the machine is called.
        name: String,
        /// SM2 public key, 130 hexadecimal digits.
        public: String,
        /// Empty of a machine with one box.
        boxes: Vec<CardBox>,
    },
    /// 解除配对: what the desk signs is refused from now on.
    EndDesk { desk: DeskId },
    /// 设为自助服务设施, or no more.
    SetKiosk { desk: DeskId, kiosk: bool },
    /// 启用自助服务: a clerk of its outlet opens it to whoever comes; or 停止自助服务.
    RunKiosk { desk: DeskId, run: bool },
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
    /// 提出合作方变更.
    ProposePartner(ProposePartner),
    /// 审核合作方变更.
    DecidePartner(DecidePartner),
    /// 撤回 of one's own proposal about a partner.
    WithdrawPartner { id: i64 },
    /// 登记合作方联系人, in place of those before.
    KeepContacts { partner: PartnerId, contacts: Vec<Contact> },
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
        /// How it was settled with the partner.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        how: String,
    },
    /// The operator goes on with a database that has less than what was acknowledged: it was cut off, or put back to an older
    /// day, and nothing newer is to be had.
    AcceptDataLoss(AcceptedDataLoss),
    /// 导出审计日志: what leaves the system is in its journal first.
    ExportJournal(ExportJournal),
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
            Self::RenameOrganisation { .. } => Verb::RenameOrganisation,
            Self::StopOrganisation { .. } => Verb::StopOrganisation,
            Self::StartOrganisation { .. } => Verb::StartOrganisation,
            Self::CodeOutlet { .. } => Verb::CodeOutlet,
            Self::OfferBank { .. } => Verb::OfferBank,
            Self::EndBank { .. } => Verb::EndBank,
            Self::AskReconciliation { .. } => Verb::Reconcile,
            Self::AddOfficer(_) => Verb::AddOfficer,
            Self::StopOfficer { .. } => Verb::StopOfficer,
            Self::ChangePassword { .. } => Verb::ChangePassword,
            Self::ResetPassword { .. } => Verb::ResetPassword,
            Self::SetSecondFactor { .. } => Verb::SetSecondFactor,
            Self::EndSecondFactor { .. } => Verb::EndSecondFactor,
            Self::ResetSecondFactor { .. } => Verb::ResetSecondFactor,
            Self::ProposeOfficer(_) | Self::WithdrawOfficer { .. } => Verb::ProposeOfficer,
            Self::ProposePartner(_) | Self::WithdrawPartner { .. } => Verb::ProposePartner,
            Self::DecidePartner(_) => Verb::DecidePartner,
            Self::KeepContacts { .. } => Verb::KeepContacts,
            Self::DecideOfficer(_) => Verb::DecideOfficer,
            Self::Entrust { .. } => Verb::Entrust,
            Self::SetFailureGuide(_) => Verb::SetFailureGuide,
            Self::StateBankData(_) => Verb::StateBankData,
            Self::ProposePolicy(_) => Verb::ProposePolicy,
            Self::DecidePolicy(_) => Verb::DecidePolicy,
            Self::ProposeGlyph(_) => Verb::ProposeGlyph,
            Self::DecideGlyph(_) => Verb::DecideGlyph,
            Self::PairDesk { .. } | Self::EndDesk { .. } => Verb::PairDesk,
            Self::SetKiosk { .. } => Verb::SetKiosk,
            Self::RunKiosk { .. } => Verb::RunKiosk,
            Self::RegisterPartner(_) | Self::ReachPartner { .. } => Verb::RegisterPartner,
            Self::EndPartnerKey { .. } => Verb::EndPartnerKey,
            Self::AddPartnerKey { .. } | Self::ChangeSystemKey { .. } => Verb::ManagePartnerKeys,
            Self::HandleDeadLetter { .. } => Verb::HandleDeadLetter,
            Self::AcceptDataLoss(_) => Verb::AcceptDataLoss,
            Self::ExportJournal(_) => Verb::ExportJournal,
            Self::TakeNotice { .. } => Verb::LoadHolidays,
        }
    }
}

impl InstitutionCommand {
    /// Where its subject lies: a city proposes its own rules only.
    fn place(&self, state: &Institutions) -> Place {
        match self {
            Self::ProposeGlyph(g) => Place::At(g.org),
            Self::DecideGlyph(g) => glyph::place(state, g.id),
            Self::ProposePolicy(p) => Place::City(p.city.clone()),
            Self::StateBankData(s) => Place::Vendor(s.vendor.clone()),
            Self::Entrust { org, .. } => Place::At(*org),
            Self::RunKiosk { desk, .. } => state.desk(*desk).map_or(Place::Anywhere, |d| Place::At(d.outlet)),
            Self::SetFailureGuide(g) => g.place(),
            Self::DecidePolicy(_)
            | Self::AddOrganisation(_)
            | Self::RenameOrganisation { .. }
            | Self::StopOrganisation { .. }
            | Self::StartOrganisation { .. }
            | Self::CodeOutlet { .. }
            | Self::OfferBank { .. }
            | Self::EndBank { .. }
            | Self::AskReconciliation { .. }
            | Self::AddOfficer(_)
            | Self::StopOfficer { .. }
            | Self::ChangePassword { .. }
            | Self::ResetPassword { .. }
            | Self::SetSecondFactor { .. }
            | Self::EndSecondFactor { .. }
            | Self::ResetSecondFactor { .. }
            | Self::ProposeOfficer(_)
            | Self::DecideOfficer(_)
            | Self::WithdrawOfficer { .. }
            | Self::ProposePartner(_)
            | Self::DecidePartner(_)
            | Self::WithdrawPartner { .. }
            | Self::KeepContacts { .. }
            | Self::PairDesk { .. }
            | Self::EndDesk { .. }
            | Self::SetKiosk { .. }
            | Self::RegisterPartner(_)
            | Self::ReachPartner { .. }
            | Self::AddPartnerKey { .. }
            | Self::EndPartnerKey { .. }
            | Self::ChangeSystemKey { .. }
            | Self::HandleDeadLetter { .. }
            | Self::AcceptDataLoss(_)
            | Self::ExportJournal(_)
            | Self::TakeNotice { .. } => Place::Anywhere,
        }
    }
}

impl InstitutionCommand {
    /// The clause that it carries out: what is missing in it is missing by this one.
    fn clause(&self) -> Clause {
        match self {
            Self::AddOrganisation(_)
            | Self::RenameOrganisation { .. }
            | Self::StopOrganisation { .. }
            | Self::StartOrganisation { .. }
            | Self::AddOfficer(_)
            | Self::StopOfficer { .. }
            | Self::ChangePassword { .. }
            | Self::ResetPassword { .. }
            | Self::SetSecondFactor { .. }
            | Self::EndSecondFactor { .. }
            | Self::ResetSecondFactor { .. }
            | Self::ProposeOfficer(_)
            | Self::DecideOfficer(_)
            | Self::WithdrawOfficer { .. }
            | Self::RegisterPartner(_)
            | Self::ReachPartner { .. }
            | Self::AddPartnerKey { .. }
            | Self::EndPartnerKey { .. }
            | Self::ProposePartner(_)
            | Self::DecidePartner(_)
            | Self::WithdrawPartner { .. }
            | Self::KeepContacts { .. }
            | Self::ChangeSystemKey { .. }
            | Self::HandleDeadLetter { .. } => clause!(R6.1),
            Self::CodeOutlet { .. } => clause!(X7.1),
            Self::OfferBank { .. } | Self::EndBank { .. } => clause!(R5.1),
            Self::AskReconciliation { .. } => clause!(R23.1),
            Self::Entrust { .. } => clause!(X7.7),
            Self::SetFailureGuide(_) => clause!(X7.5),
            Self::StateBankData(_) => clause!(X7.6),
            Self::ProposePolicy(_) | Self::DecidePolicy(_) => clause!(R42.2),
            Self::ProposeGlyph(_) | Self::DecideGlyph(_) => clause!(R34.1),
            Self::PairDesk { .. } | Self::EndDesk { .. } => clause!(X9.3),
            Self::SetKiosk { .. } | Self::RunKiosk { .. } => clause!(R19.1),
            Self::AcceptDataLoss(_) | Self::ExportJournal(_) => clause!(R39.1),
            Self::TakeNotice { .. } => clause!(R7.1),
        }
    }
}

/// Whether an office can do a task of its city for it (X7.7): one that is at work, and of the kind that the task is for.
pub fn can_be_entrusted(state: &Institutions, org: &Organisation, task: Task) -> Result<(), Refusal> {
    clause!(X7.7);
    let fits = match task {
        Task::ConfirmBatches => org.kind.is_outlet() || org.kind == OrgKind::CountyCentre,
        Task::ReceiveCards => org.kind == OrgKind::BankOutlet,
    };
    if !fits {
        let about = format!("{}不能办理{}", org.kind.name(), task.name());
        return Err(Refusal::about(Reason::SetUpDefective, about));
    }
    if state.is_stopped(org.id) {
        return Err(Refusal::about(Reason::SetUpDefective, format!("{}已停办", org.name)));
    }
    Ok(())
}

/// Decides an institution command.
pub fn decide(
    state: &Institutions,
    command: &InstitutionCommand,
    ctx: &Ctx,
) -> Result<Vec<InstitutionEvent>, Refusal> {
    authorise(state, &ctx.actor, command.verb(), &command.place(state))?;
    permitted(state, command, ctx).map_err(|refused| refused.under(command.clause()))
}

/// The same for whoever may give the command.
fn permitted(
    state: &Institutions,
    command: &InstitutionCommand,
    ctx: &Ctx,
) -> Result<Vec<InstitutionEvent>, Refusal> {
    let event = match command {
        InstitutionCommand::AddOrganisation(org) => organisation::add(state, org)?,
        InstitutionCommand::RenameOrganisation { org, name } => organisation::rename(state, *org, name, ctx)?,
        InstitutionCommand::StopOrganisation { org, reason } => organisation::stop(state, *org, reason, ctx)?,
        InstitutionCommand::StartOrganisation { org } => organisation::start(state, *org)?,
        InstitutionCommand::CodeOutlet { org, code } => code_outlet(state, *org, code)?,
        InstitutionCommand::OfferBank { city, bank } => {
            if state.banks_of(city).contains(bank) {
                return Err(Reason::NothingToDo.into());
            }
            InstitutionEvent::BankOffered { city: city.clone(), bank: bank.clone() }
        }
        InstitutionCommand::EndBank { city, bank, reason } => end_bank(state, city, bank, reason)?,
        InstitutionCommand::AskReconciliation { bank } => ask_reconciliation(state, bank, ctx)?,
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
        InstitutionCommand::StopOfficer { officer, reason } => officer::stop(state, *officer, reason, ctx)?,
        InstitutionCommand::ChangePassword { officer, password_hash } => {
            use crate::ctx::Actor;
            state.officer(*officer).ok_or_else(|| Refusal::about(Reason::NotFound, "经办人"))?;
            if matches!(ctx.actor, Actor::Officer(me) if me != *officer) {
                return Err(Refusal::about(Reason::NotPermitted, "只能修改本人的登录密码"));
            }
            InstitutionEvent::PasswordChanged { officer: *officer, password_hash: password_hash.clone() }
        }
        InstitutionCommand::SetSecondFactor { officer, factor } => {
            officer::set_second_factor(state, *officer, *factor, ctx)?
        }
        InstitutionCommand::EndSecondFactor { officer } => officer::end_second_factor(state, *officer, ctx)?,
        InstitutionCommand::ResetSecondFactor { officer } => officer::reset_second_factor(state, *officer)?,
        InstitutionCommand::ResetPassword { officer, password_hash } => {
            state.officer(*officer).ok_or_else(|| Refusal::about(Reason::NotFound, "经办人"))?;
            let (officer, password_hash) = (*officer, password_hash.clone());
            InstitutionEvent::PasswordReset { officer, password_hash, at: ctx.now }
        }
        InstitutionCommand::ProposeOfficer(proposed) => officer::propose(state, proposed, ctx)?,
        InstitutionCommand::DecideOfficer(decided) => officer::decide(state, decided, ctx)?,
        InstitutionCommand::WithdrawOfficer { id } => officer::withdraw(state, *id, ctx)?,
        InstitutionCommand::Entrust { org, task, granted } => {
            clause!(X7.7);
            let office = state.org(*org).ok_or_else(|| Refusal::about(Reason::NotFound, "授权机构"))?;
            // What was entrusted is taken back wherever it was.
            if *granted {
                can_be_entrusted(state, office, *task)?;
            }
            if state.is_entrusted(*org, *task) == *granted {
                return Err(Reason::NothingToDo.into());
            }
            InstitutionEvent::Entrusted { org: *org, task: *task, granted: *granted }
        }
        InstitutionCommand::StateBankData(stated) => guide::state_bank_data(stated, ctx)?,
        InstitutionCommand::SetFailureGuide(table) => guide::set(state, table, ctx)?,
        InstitutionCommand::ProposePolicy(proposed) => policy::propose(state, proposed, ctx)?,
        InstitutionCommand::DecidePolicy(decided) => policy::decide(state, decided, ctx)?,
        InstitutionCommand::ProposeGlyph(proposed) => glyph::propose(state, proposed, ctx)?,
        InstitutionCommand::DecideGlyph(decided) => glyph::decide(state, decided, ctx)?,
        InstitutionCommand::PairDesk { id, outlet, name, public, boxes } => {
            desk::pair(state, (*id, *outlet), (name, public), boxes, ctx)?
        }
        InstitutionCommand::EndDesk { desk } => desk::end(state, *desk, ctx)?,
        InstitutionCommand::SetKiosk { desk, kiosk } => desk::set_kiosk(state, *desk, *kiosk)?,
        InstitutionCommand::RunKiosk { desk, run } => desk::run_kiosk(state, *desk, *run, ctx)?,
        InstitutionCommand::RegisterPartner(partner) => partner::register(state, partner)?,
        InstitutionCommand::ReachPartner { partner, endpoint } => partner::reach(state, partner, endpoint)?,
        InstitutionCommand::AddPartnerKey { partner, key } => partner::add_key(state, partner, key)?,
        InstitutionCommand::EndPartnerKey { partner, key, until } => {
            partner::end_key(state, partner, key, *until, ctx)?
        }
        InstitutionCommand::ProposePartner(proposed) => partner::propose(state, proposed, ctx)?,
        InstitutionCommand::DecidePartner(decided) => return partner::decide(state, decided, ctx),
        InstitutionCommand::WithdrawPartner { id } => partner::withdraw(state, *id, ctx)?,
        InstitutionCommand::KeepContacts { partner, contacts } => {
            partner::keep_contacts(state, partner, contacts)?
        }
        InstitutionCommand::ChangeSystemKey { from } => partner::change_system_key(state, *from, ctx)?,
        InstitutionCommand::HandleDeadLetter { letter, again, how } => {
            if !again && spelling::says_nothing(how) {
                return Err(Refusal::about(Reason::MaterialDefective, "须写明与合作方核对处理的结果"));
            }
            InstitutionEvent::DeadLetterHandled { letter: *letter, again: *again, how: how.trim().into() }
        }
        InstitutionCommand::AcceptDataLoss(loss) => {
            clause!(R39.1);
            if loss.heads.is_empty() {
                return Err(Refusal::about(Reason::NothingToDo, "数据库与已知的日志末端相符，没有损失"));
            }
            if spelling::says_nothing(&loss.reason) {
                return Err(Refusal::about(Reason::MaterialDefective, "须写明损失的原因和不能恢复的理由"));
            }
            InstitutionEvent::DataLossAccepted(loss.clone())
        }
        InstitutionCommand::ExportJournal(export) => {
            clause!(R39.1);
            if export.lines == 0 {
                return Err(Refusal::about(Reason::NothingToDo, "没有符合条件的日志"));
            }
            InstitutionEvent::JournalExported(export.clone())
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

/// Whose computer can be asked is reconciled with (R23.1): both sides say the same of every card.
fn ask_reconciliation(state: &Institutions, bank: &BankCode, ctx: &Ctx) -> Result<InstitutionEvent, Refusal> {
    clause!(R23.1);
    let called = |p: &Partner| p.id.kind == PartnerKind::Bank && p.id.code == bank.as_str();
    let partner = state.partners().find(|p| called(p) && p.endpoint.is_some());
    partner.ok_or_else(|| Refusal::about(Reason::NotFound, "该银行没有登记接口地址，不能联机对账"))?;
    Ok(InstitutionEvent::ReconciliationAsked { bank: bank.clone(), at: ctx.now })
}

/// A bank whose agreement with a city is over is nobody's choice there any more (R5.1). Each city keeps a bank: its people choose
/// one.
fn end_bank(
    state: &Institutions,
    city: &CityCode,
    bank: &BankCode,
    reason: &str,
) -> Result<InstitutionEvent, Refusal> {
    clause!(R5.1);
    if !state.banks_of(city).contains(bank) {
        return Err(Reason::NothingToDo.into());
    }
    if state.banks_of(city).len() == 1 {
        let about = "该市只有这一家合作银行，先登记另一家再结束";
        return Err(Refusal::about(Reason::MaterialDefective, about));
    }
    if spelling::says_nothing(reason) {
        return Err(Refusal::about(Reason::MaterialDefective, "须写明结束合作的原因"));
    }
    let (city, bank, reason) = (city.clone(), bank.clone(), reason.trim().to_owned());
    Ok(InstitutionEvent::BankEnded { city, bank, reason })
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
    if state.is_stopped(org) {
        let about = "该网点已停办，不登记新的网点编码；恢复该机构后再登记";
        return Err(Refusal::about(Reason::MaterialDefective, about));
    }
    let another = state.outlet_by_code(&city, bank, code).or_else(|| state.org_by_code(code));
    if another.is_some_and(|o| o.id != org) {
        return Err(Refusal::about(Reason::NumberTaken, format!("网点编码{code}")));
    }
    Ok(InstitutionEvent::OutletCoded { org, code: code.to_owned() })
}
