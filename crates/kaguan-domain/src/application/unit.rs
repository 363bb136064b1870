//! The unit application 批量申请: an employer applies for many (Article 9, Appendices 3 and 4).

use crate::clause;
use crate::ctx::Ctx;
use crate::facts::clock::{Clock, ClockKind, warnings};
use crate::facts::institution::Institutions;
use crate::facts::unit::{UnitApplication, UnitEvent, UnitFile};
use crate::ids::{BankCode, OrgId};
use crate::permission::{Place, Verb, authorise};
use crate::refusal::{Reason, Refusal};
use serde::{Deserialize, Serialize};

/// Registers a unit application at an outlet.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RegisterUnit {
    pub application: Box<UnitApplication>,
    /// Whether the operator's identity document was verified in the original.
    pub operator_verified: bool,
}

/// 核验: whether the rows of a data file would be taken in. The answers tell who has an application or a card.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TryFile {
    /// The outlet or centre whose file it is, by the file's name.
    pub outlet: OrgId,
    /// The bank of all its rows, by the file's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank: Option<BankCode>,
    /// Rows that are asked about.
    pub rows: u32,
}

/// 批量申请在人社部门或服务银行卡经办网点办理: at a bank's outlet that is the bank of the cards (R9.1).
pub(crate) fn own_bank(outlet: OrgId, bank: &BankCode, institutions: &Institutions) -> Result<(), Refusal> {
    clause!(R9.1);
    match institutions.org(outlet).and_then(|o| o.bank.as_ref()) {
        Some(own) if own != bank => Err(Refusal::about(Reason::OtherBanksOutlet, bank.name())),
        _ => Ok(()),
    }
}

/// What can be asked about a unit application as a whole.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitCommand {
    /// Registers it.
    Register(RegisterUnit),
    /// The registers and the store are asked about the rows of its data file.
    Try(TryFile),
    /// The data file was taken in: this many rows.
    Upload {
        /// Rows accepted.
        rows: u32,
    },
    /// 值守: says which clocks end today or are late.
    WatchClocks,
    /// A notice of days off arrived: running clocks are counted again.
    RecomputeClocks,
}

impl UnitCommand {
    /// The verb, for the permission matrix and the journal.
    pub fn verb(&self) -> Verb {
        match self {
            Self::RecomputeClocks => Verb::LoadHolidays,
            Self::Register(_) | Self::Try(_) | Self::Upload { .. } | Self::WatchClocks => Verb::ApplyForUnit,
        }
    }
}

/// Where a unit application lies, for the permission check.
pub fn unit_place(file: &UnitFile, command: &UnitCommand) -> Place {
    match (command, &file.application) {
        (UnitCommand::Register(r), _) => Place::At(r.application.outlet),
        (UnitCommand::Try(t), _) => Place::At(t.outlet),
        (UnitCommand::RecomputeClocks, _) => Place::Anywhere,
        (_, Some(a)) => Place::At(a.outlet),
        (_, None) => Place::Anywhere,
    }
}

/// Decides a command about a unit application.
pub fn decide_unit(
    file: &UnitFile,
    command: &UnitCommand,
    ctx: &Ctx,
    institutions: &Institutions,
) -> Result<Vec<UnitEvent>, Refusal> {
    authorise(institutions, &ctx.actor, command.verb(), &unit_place(file, command))?;
    match command {
        UnitCommand::Register(register) => {
            clause!(R9.1);
            clause!(R10.2);
            clause!(X4.1);
            if file.application.is_some() {
                return Err(Reason::NothingToDo.into());
            }
            let a = &register.application;
            let missing: Vec<&str> = [
                ("申请表编号", a.form_no.is_empty()),
                ("法人证书/营业执照/法人登记证代码", a.employer_code.is_empty()),
                ("单位机构名称", a.employer_name.is_empty()),
                ("单位地址", a.address.is_empty()),
                ("经办人姓名", a.operator_name.is_empty()),
                ("经办人证件号码", a.operator_number.is_empty()),
                ("经办人联系方式", a.operator_phone.is_empty()),
                ("单位授权委托书", a.authorisation.is_empty()),
                ("批量申请总人数", a.people == 0),
                ("授权经办人身份核实", !register.operator_verified),
            ]
            .into_iter()
            .filter_map(|(what, missing)| missing.then_some(what))
            .collect();
            if !missing.is_empty() {
                return Err(Refusal::about(Reason::MaterialDefective, format!("缺：{}", missing.join("、"))));
            }
            let clock = Clock::start(ClockKind::UnitCollection, ctx.today(), &institutions.calendar);
            Ok(vec![UnitEvent::Registered { application: a.clone(), clock }])
        }
        UnitCommand::Try(t) => {
            clause!(R39.1);
            t.bank.as_ref().map_or(Ok(()), |bank| own_bank(t.outlet, bank, institutions))?;
            Ok(vec![UnitEvent::Tried { rows: t.rows }])
        }
        UnitCommand::Upload { rows } => {
            clause!(R9.2);
            let application = file.application.as_ref().ok_or(Reason::NotFound)?;
            if *rows == 0 {
                return Err(Reason::NothingToDo.into());
            }
            if file.rows + rows > application.people {
                let about = format!("申请总人数{}，已上传{}，本次{rows}", application.people, file.rows);
                return Err(Refusal::about(Reason::CountMismatch, about));
            }
            Ok(vec![UnitEvent::Uploaded { rows: *rows }])
        }
        UnitCommand::RecomputeClocks => {
            clause!(R9.2);
            let clocks: Vec<Clock> =
                file.clocks.iter().map(|c| c.recomputed(&institutions.calendar)).collect();
            if clocks == file.clocks {
                return Err(Reason::NothingToDo.into());
            }
            Ok(vec![UnitEvent::ClocksRecomputed { clocks }])
        }
        UnitCommand::WatchClocks => {
            let clocks = warnings(&file.clocks, ctx.today());
            if clocks.is_empty() {
                return Err(Reason::NothingToDo.into());
            }
            Ok(vec![UnitEvent::ClocksWarned { clocks }])
        }
    }
}
