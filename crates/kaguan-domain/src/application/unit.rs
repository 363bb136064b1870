//! The unit application 批量申请: an employer applies for many (Article 9, Appendices 3 and 4).

use crate::application::unit_judge::Stated;
use crate::clause;
use crate::clause::Clause;
use crate::ctx::{Actor, Ctx};
use crate::facts::claim::Claim;
use crate::facts::clock::{Clock, ClockKind, warnings};
use crate::facts::institution::Institutions;
use crate::facts::unit::{Outstanding, UnitApplication, UnitEvent, UnitFile, UnitState};
use crate::ids::{BankCode, OrgId};
use crate::permission::{Place, Verb, authorise};
use crate::refusal::{Reason, Refusal};
use crate::spelling;
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
    /// Data are taken in before anybody has registered the papers: by the operator of the command line only. They are listed
    /// as outstanding until they are registered.
    BeginWithoutPapers(Outstanding),
    /// No more data come: of people who were refused, say.
    Close { reason: String },
    /// 更正总人数: 批量申请总人数 was stated or registered wrongly.
    CorrectPeople {
        /// As it is right.
        people: u32,
        reason: String,
    },
    /// Prints Appendix 3 and Appendix 4: a look at the operator's data.
    Print,
    /// The registers and the store are asked about the rows of its data file.
    Try(TryFile),
    /// 下载待更正数据: the rows of a data file that were refused go back to the office that sent it.
    TakeRest(TryFile),
    /// Rows of the data file are taken in, in the same commit: so many are counted.
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
            Self::Print => Verb::PrintUnitForms,
            Self::Register(_)
            | Self::BeginWithoutPapers(_)
            | Self::Close { .. }
            | Self::CorrectPeople { .. }
            | Self::Try(_)
            | Self::TakeRest(_)
            | Self::Upload { .. }
            | Self::WatchClocks => Verb::ApplyForUnit,
        }
    }

    /// The number that it makes the unit application's, to be looked up before it is decided.
    pub fn claim(&self) -> Option<Claim> {
        match self {
            Self::Register(register) => register.application.claim(),
            Self::BeginWithoutPapers(_)
            | Self::Close { .. }
            | Self::CorrectPeople { .. }
            | Self::Print
            | Self::Try(_)
            | Self::TakeRest(_)
            | Self::Upload { .. }
            | Self::WatchClocks
            | Self::RecomputeClocks => None,
        }
    }

    /// The clause of its business, by which it is refused for reasons that hold everywhere.
    fn clause(&self) -> Clause {
        match self {
            Self::Register(_) | Self::BeginWithoutPapers(_) => clause!(R9.1),
            Self::Upload { .. } | Self::Close { .. } => clause!(R9.2),
            Self::CorrectPeople { .. } => clause!(R10.2),
            Self::Print => clause!(X3.1),
            Self::Try(_) | Self::TakeRest(_) => clause!(R39.1),
            Self::RecomputeClocks | Self::WatchClocks => clause!(R7.1),
        }
    }
}

/// Where a unit application lies, for the permission check.
pub fn unit_place(file: &UnitFile, command: &UnitCommand) -> Place {
    match (command, &file.application) {
        (UnitCommand::Register(r), _) => Place::At(r.application.outlet),
        (UnitCommand::Try(t) | UnitCommand::TakeRest(t), _) => Place::At(t.outlet),
        (UnitCommand::RecomputeClocks, _) => Place::Anywhere,
        (UnitCommand::BeginWithoutPapers(known), _) => Place::At(known.outlet),
        (_, Some(a)) => Place::At(a.outlet),
        (_, None) => file.lies().map_or(Place::Anywhere, |(_, outlet)| Place::At(outlet)),
    }
}

/// Decides a command about a unit application. What is missing of it, or unknown, stands against the article of its business.
pub fn decide_unit(
    file: &UnitFile,
    command: &UnitCommand,
    ctx: &Ctx,
    institutions: &Institutions,
) -> Result<Vec<UnitEvent>, Refusal> {
    decided(file, command, ctx, institutions).map_err(|refused| refused.under(command.clause()))
}

fn decided(
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
            let wrong = Stated::of(&register.application, register.operator_verified).wrong(ctx);
            if !wrong.is_empty() {
                return Err(Refusal::about(Reason::UnitDefective, wrong.join("；")));
            }
            let a = &register.application;
            enough(a.people, file.rows)?;
            let accepted = a.accepted_on.unwrap_or(ctx.today());
            let clock = Clock::start(ClockKind::UnitCollection, accepted, &institutions.calendar);
            let mut application = a.clone();
            application.papers.operator_original = register.operator_verified;
            let awaited = a.people - file.rows;
            Ok(vec![UnitEvent::Registered { application, clock, awaited }])
        }
        UnitCommand::Try(t) => {
            clause!(R39.1);
            t.bank.as_ref().map_or(Ok(()), |bank| own_bank(t.outlet, bank, institutions))?;
            belongs(file, t, ctx, institutions)?;
            Ok(vec![UnitEvent::Tried { rows: t.rows }])
        }
        UnitCommand::TakeRest(t) => {
            clause!(R39.1);
            t.bank.as_ref().map_or(Ok(()), |bank| own_bank(t.outlet, bank, institutions))?;
            Ok(vec![UnitEvent::RestTaken { rows: t.rows }])
        }
        UnitCommand::Upload { rows } => {
            clause!(R9.2);
            // Its rows come in with it, or not at all: after 办结 none does.
            let people = file.people().ok_or(Reason::UnitNotRegistered)?;
            if *rows == 0 {
                return Err(Reason::NothingToDo.into());
            }
            let Some(awaited) = people.checked_sub(file.rows).and_then(|left| left.checked_sub(*rows)) else {
                let about = format!("申请总人数{people}，已上传{}，本次{rows}", file.rows);
                return Err(Refusal::about(Reason::MorePeopleThanStated, about));
            };
            Ok(vec![UnitEvent::Uploaded { rows: *rows, awaited }])
        }
        UnitCommand::BeginWithoutPapers(known) => {
            clause!(R9.1);
            if ctx.actor != Actor::System {
                return Err(Reason::UnitNotRegistered.into());
            }
            if file.state() != UnitState::Unknown {
                return Err(Reason::NothingToDo.into());
            }
            Ok(vec![UnitEvent::PapersOutstanding { known: known.clone() }])
        }
        UnitCommand::Close { reason } => {
            clause!(R9.2);
            if file.state() != UnitState::Open {
                // Nothing waits any more: why not is known of whatever there is.
                let refusal = Refusal::from(Reason::NothingToDo);
                let ended = file.ended().map(|why| format!("该批量申请{why}"));
                return Err(Refusal { about: ended, ..refusal });
            }
            if spelling::says_nothing(reason) {
                return Err(Refusal::about(Reason::MaterialDefective, "须写明不再上传其余人员的原因"));
            }
            Ok(vec![UnitEvent::Closed { reason: reason.trim().to_owned() }])
        }
        UnitCommand::CorrectPeople { people, reason } => {
            clause!(R10.2);
            let a = file.application.as_ref().ok_or(Reason::UnitNotRegistered)?;
            if !file.can_be_corrected() {
                return Err(Refusal::about(Reason::NothingToDo, "该批量申请已办结")
                    .by(clause!(R10.2))
                    .way(FOR_THE_OTHERS));
            }
            let mut wrong = Vec::new();
            if *people == 0 {
                wrong.push("批量申请总人数不是人数，应为大于0的整数，只填数字");
            }
            if spelling::says_nothing(reason) {
                wrong.push("须写明更正总人数的原因");
            }
            if !wrong.is_empty() {
                let defective = Refusal::about(Reason::UnitDefective, wrong.join("；"));
                return Err(defective.by(clause!(R10.2)).way("请按所列各项补正后重新提交"));
            }
            if *people == a.people {
                let way = "请填写更正后的总人数";
                let same = Refusal::about(Reason::NothingToDo, format!("登记的总人数就是{people}"));
                return Err(same.by(clause!(R10.2)).way(way));
            }
            enough(*people, file.rows)?;
            Ok(vec![UnitEvent::PeopleCorrected { people: *people, reason: reason.trim().to_owned() }])
        }
        UnitCommand::Print => {
            clause!(R39.1);
            file.application.as_ref().ok_or(Reason::NotFound)?;
            Ok(vec![UnitEvent::Printed])
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

/// Whoever sends data to be taken in says whose they are (R9.1): the unit may be registered all the same.
pub fn unit_not_chosen() -> Refusal {
    let about = "接收数据须选择所属批量申请，没有选择受理编号";
    let way = "请选择所属批量申请后重新上传；单位资料尚未登记的，先在“批量申请-受理登记”登记；列表中没有的，在该页按受理编号查找";
    Refusal::about(Reason::MaterialDefective, about).by(clause!(R9.1)).way(way)
}

/// What is done for people whose data did not come before 办结.
const FOR_THE_OTHERS: &str = "其余人员请另行办理批量申请或个人申请";

/// Whether data of people are still taken in: after 办结 none are (R9.2), whatever form is still open somewhere.
pub(crate) fn still_taken(file: &UnitFile) -> Result<(), Refusal> {
    clause!(R9.2);
    if file.closed.is_some() {
        let refusal = Refusal::about(Reason::WrongStage, "该批量申请已办结，不再接收人员数据");
        return Err(refusal.by(clause!(R9.2)).way(FOR_THE_OTHERS));
    }
    Ok(())
}

/// 批量申请总人数 is never less than the people whose data were taken in (R10.2).
fn enough(people: u32, rows: u32) -> Result<(), Refusal> {
    clause!(R10.2);
    if people < rows {
        let about = format!("申请总人数{people}，已上传{rows}");
        let way = "请核对总人数，不得少于已上传的人数";
        return Err(Refusal::about(Reason::MorePeopleThanStated, about).way(way));
    }
    Ok(())
}

/// Whether a file may belong to this unit application: one that is registered and open, of the same city, seen at an outlet
/// of the officer's area, with people enough (R9.1).
fn belongs(file: &UnitFile, t: &TryFile, ctx: &Ctx, institutions: &Institutions) -> Result<(), Refusal> {
    clause!(R9.1);
    let Some((city, outlet)) = file.lies() else { return Ok(()) };
    authorise(institutions, &ctx.actor, Verb::ApplyForUnit, &Place::At(outlet))?;
    if institutions.org(t.outlet).and_then(|o| o.city()).as_ref() != Some(city) {
        return Err(Refusal::about(Reason::OutOfScope, "批量申请在另一地市受理"));
    }
    still_taken(file)?;
    if file.people().is_some_and(|people| t.rows > people) {
        let about = format!("申请总人数{}，数据文件{}人", file.people().unwrap_or(0), t.rows);
        return Err(Refusal::about(Reason::MorePeopleThanStated, about));
    }
    Ok(())
}
