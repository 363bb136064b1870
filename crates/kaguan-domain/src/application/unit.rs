//! The unit application 批量申请: an employer applies for many (Article 9, Appendices 3 and 4).

use crate::clause;
use crate::clock::{self, Clock, ClockKind, Warned};
use crate::ctx::{Ctx, Instant};
use crate::ids::{OrgId, UnitId};
use crate::institution::{CityCode, Institutions, Place, Verb, authorise};
use crate::refusal::{Reason, Refusal};
use serde::{Deserialize, Serialize};

/// 单位类型 (R9.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    /// 行政事业机构: 法人证书或组织机构代码证
    GovernmentBody,
    /// 非行政事业机构或企业: 营业执照
    Company,
    /// 社会组织: 法人登记证
    SocialOrganisation,
}

impl UnitKind {
    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::GovernmentBody => "行政事业机构",
            Self::Company => "非行政事业机构或企业",
            Self::SocialOrganisation => "社会组织",
        }
    }

    /// The document that proves its existence.
    pub fn proof(self) -> &'static str {
        match self {
            Self::GovernmentBody => "法人证书（或组织机构代码证）",
            Self::Company => "营业执照",
            Self::SocialOrganisation => "法人登记证（或组织机构代码证）",
        }
    }
}

/// 批量业务申请表 with the authorisation of Appendix 4 (R10.2, X3.1, X4.1).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitApplication {
    /// 申请表编号.
    pub form_no: String,
    /// 城市代码.
    pub city: CityCode,
    /// The outlet that accepts it.
    pub outlet: OrgId,
    /// Code of the certificate or licence; also the employer's number in the rows.
    pub employer_code: String,
    /// 单位机构名称.
    pub employer_name: String,
    /// 单位类型.
    pub kind: UnitKind,
    /// 单位地址.
    pub address: String,
    /// 经办人姓名.
    pub operator_name: String,
    /// 经办人证件号码.
    pub operator_number: String,
    /// 经办人联系方式.
    pub operator_phone: String,
    /// Reference of the sealed authorisation (单位授权委托书) in the archive.
    pub authorisation: String,
    /// 批量申请总人数.
    pub people: u32,
    /// 批量申请日期.
    pub applied_on: jiff::civil::Date,
}

impl std::fmt::Debug for UnitApplication {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "UnitApplication({}, {}, {}人)", self.form_no, self.employer_code, self.people)
    }
}

impl UnitApplication {
    /// The items of Appendix 3 in its order: title and text (X3.1). Two copies are printed.
    pub fn form_items(&self) -> [(&'static str, String); 10] {
        clause!(X3.1);
        [
            ("申请表编号", self.form_no.clone()),
            ("城市代码", self.city.as_str().to_owned()),
            ("法人证书/营业执照/法人登记证代码/组织机构代码", self.employer_code.clone()),
            ("单位机构名称", self.employer_name.clone()),
            ("单位类型", self.kind.name().to_owned()),
            ("单位地址", self.address.clone()),
            ("经办人姓名", self.operator_name.clone()),
            ("经办人联系方式", self.operator_phone.clone()),
            ("批量申请总人数", self.people.to_string()),
            ("批量申请日期", self.applied_on.to_string()),
        ]
    }
}

/// A unit application and how far its data are.
#[derive(Clone, PartialEq, Debug)]
pub struct UnitFile {
    /// Identity.
    pub id: UnitId,
    /// Version; 0 before it is stored.
    pub version: i64,
    /// The form; `None` before it is registered.
    pub application: Option<UnitApplication>,
    /// When it was accepted.
    pub accepted_at: Option<Instant>,
    /// How many rows were taken in by how many uploads.
    pub rows: u32,
    /// When the data were complete and uploaded.
    pub uploaded_at: Option<Instant>,
    /// The 5-working-day clock of data collection (R9.2).
    pub clocks: Vec<Clock>,
}

impl UnitFile {
    /// A unit application that is not stored yet.
    pub fn new(id: UnitId) -> Self {
        Self {
            id,
            version: 0,
            application: None,
            accepted_at: None,
            rows: 0,
            uploaded_at: None,
            clocks: Vec::new(),
        }
    }

    /// Applies one event.
    pub fn apply(&mut self, event: &UnitEvent, at: Instant) {
        match event {
            UnitEvent::Registered { application, clock } => {
                self.application = Some((**application).clone());
                self.accepted_at = Some(at);
                self.clocks.push(clock.clone());
            }
            UnitEvent::Uploaded { rows } => {
                self.rows += rows;
                self.uploaded_at = Some(at);
                for c in &mut self.clocks {
                    c.stop(at.date());
                }
            }
            UnitEvent::ClocksWarned { clocks } => clock::note(&mut self.clocks, clocks),
        }
    }
}

/// Registers a unit application at an outlet.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RegisterUnit {
    /// The form.
    pub application: Box<UnitApplication>,
    /// Whether the operator's identity document was verified in the original.
    pub operator_verified: bool,
}

/// What can be asked about a unit application as a whole.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitCommand {
    /// Registers it.
    Register(RegisterUnit),
    /// The data file was taken in: this many rows.
    Upload {
        /// Rows accepted.
        rows: u32,
    },
    /// 值守: says which clocks end today or are late.
    WatchClocks,
}

/// What happened to it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitEvent {
    /// It was registered and accepted.
    Registered {
        /// The form.
        application: Box<UnitApplication>,
        /// The clock that began.
        clock: Clock,
    },
    /// Its data were uploaded.
    Uploaded {
        /// Rows accepted.
        rows: u32,
    },
    /// Staff was told about clocks.
    ClocksWarned {
        /// Which, and what.
        clocks: Vec<(ClockKind, Warned)>,
    },
}

/// Where a unit application lies, for the permission check.
pub fn unit_place(file: &UnitFile, command: &UnitCommand) -> Place {
    match (command, &file.application) {
        (UnitCommand::Register(r), _) => Place::At(r.application.outlet),
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
    authorise(institutions, &ctx.actor, Verb::ApplyForUnit, &unit_place(file, command))?;
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
        UnitCommand::WatchClocks => {
            let clocks = clock::warnings(&file.clocks, ctx.today());
            if clocks.is_empty() {
                return Err(Reason::NothingToDo.into());
            }
            Ok(vec![UnitEvent::ClocksWarned { clocks }])
        }
    }
}
