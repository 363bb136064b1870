//! The unit application 批量申请: an employer applies for many (Article 9, Appendices 3 and 4).

use crate::clause;
use crate::ctx::Instant;
use crate::facts::clock::{Clock, ClockKind, Warned, note};
use crate::ids::{CityCode, OrgId, UnitId};
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
            UnitEvent::Tried { .. } => {}
            UnitEvent::Uploaded { rows } => {
                self.rows += rows;
                self.uploaded_at = Some(at);
                for c in &mut self.clocks {
                    c.stop(at.date());
                }
            }
            UnitEvent::ClocksRecomputed { clocks } => self.clocks.clone_from(clocks),
            UnitEvent::ClocksWarned { clocks } => note(&mut self.clocks, clocks),
        }
    }
}

/// What happened to it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitEvent {
    /// It was registered and accepted.
    Registered {
        application: Box<UnitApplication>,
        /// The clock that began.
        clock: Clock,
    },
    /// It was asked about the rows of its data file.
    Tried {
        /// Rows asked about.
        rows: u32,
    },
    /// Its data were uploaded.
    Uploaded {
        /// Rows accepted.
        rows: u32,
    },
    /// A notice of days off gave clocks another last day.
    ClocksRecomputed { clocks: Vec<Clock> },
    /// Staff was told about clocks.
    ClocksWarned {
        /// Each clock by its kind, with what staff was told of it.
        clocks: Vec<(ClockKind, Warned)>,
    },
}
