//! The unit application 批量申请: an employer applies for many (Article 9, Appendices 3 and 4).

use crate::clause;
use crate::ctx::Instant;
use crate::facts::claim::Claim;
use crate::facts::clock::{Clock, ClockKind, Warned, note};
use crate::facts::document::DocumentKind;
use crate::ids::{CityCode, OfficerId, OrgId, UnitId};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// 单位类型 (R9.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    /// 行政事业机构: 法人证书或组织机构代码证
    GovernmentBody,
    /// 非行政事业机构: 营业执照
    NonGovernmentBody,
    /// 企业: 营业执照
    Enterprise,
    /// 社会组织: 法人登记证
    SocialOrganisation,
    /// 非行政事业机构或企业: which of both was not asked until November 2026. It stands in what was registered then, and nothing
    /// else is registered as such.
    #[serde(rename = "company")]
    Unparted,
}

impl UnitKind {
    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::GovernmentBody => "行政事业机构",
            Self::NonGovernmentBody => "非行政事业机构",
            Self::Enterprise => "企业",
            Self::SocialOrganisation => "社会组织",
            Self::Unparted => "非行政事业机构或企业",
        }
    }

    /// The document that proves its existence.
    pub fn proof(self) -> &'static str {
        match self {
            Self::GovernmentBody => "法人证书（或组织机构代码证）",
            Self::NonGovernmentBody | Self::Enterprise | Self::Unparted => "营业执照",
            Self::SocialOrganisation => "法人登记证（或组织机构代码证）",
        }
    }
}

/// A day as a paper says it.
fn said_day(day: Date) -> String {
    day.strftime("%Y年%m月%d日").to_string()
}

/// 单位类型 as Appendix 3 has it, with the box of the kind ticked. Its boxes are not the kinds of Article 9, which asks 企业 for the papers of
/// 非行政事业机构: they share one with 社会组织. A kind that is not known is left to the unit's pen.
fn kind_boxes(kind: UnitKind) -> String {
    let own = match kind {
        UnitKind::GovernmentBody => "行政事业机构",
        UnitKind::NonGovernmentBody => "非行政事业机构",
        UnitKind::Enterprise | UnitKind::SocialOrganisation => "企业、社会组织",
        UnitKind::Unparted => "",
    };
    let all = ["行政事业机构", "非行政事业机构", "企业、社会组织"];
    all.map(|name| format!("{}{name}", if own == name { '☑' } else { '□' })).join(" ")
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
    pub applied_on: Date,
    /// 经办人证件类型; `None` in what was registered until November 2026.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator_document: Option<DocumentKind>,
    /// 受理日期: Article 9's five working days run from it; `None` in what was registered until November 2026.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_on: Option<Date>,
    /// What 单位授权委托书 (Appendix 4) says besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mandate: Option<Mandate>,
    /// Which papers the outlet keeps, as the clerk states it.
    #[serde(default)]
    pub papers: Papers,
    /// The clerk who saw them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_by: Option<OfficerId>,
}

/// What 单位授权委托书 (Appendix 4) says besides the form of Appendix 3.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Mandate {
    /// 性别 of the operator, one digit.
    pub operator_sex: String,
    /// 办理事宜.
    pub matter: String,
    /// 授权期限: the last day.
    pub until: Date,
}

/// The papers that an outlet collects and keeps (Article 9, 基本规定 and 操作流程). Each is stated by the clerk.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Papers {
    /// 授权经办人本人有效身份证件原件, verified.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub operator_original: bool,
    /// Copy or image of [`UnitKind::proof`].
    pub proof: bool,
    /// 加盖公章的单位授权委托书.
    pub authorisation: bool,
    /// Both sides of the operator's document.
    pub operator_document: bool,
    /// Both sides of every applicant's document.
    pub applicant_documents: bool,
    /// 个人业务申请表 of every applicant, signed; for a child by the guardian.
    pub personal_forms: bool,
    /// The signed 授权申明 on each: the consent to the processing of personal data.
    pub consents: bool,
}

impl Papers {
    /// What of them nobody has seen, as phrases for the clerk; of a unit of unknown kind the proof by all its names.
    pub fn missing(&self, kind: Option<UnitKind>) -> Vec<&'static str> {
        let proof = kind.map_or("法人证书、营业执照或法人登记证（或组织机构代码证）", UnitKind::proof);
        [
            ("授权经办人有效身份证件原件的核实", self.operator_original),
            (proof, self.proof),
            ("加盖公章的单位授权委托书", self.authorisation),
            ("授权经办人有效身份证件正反面复印件或影像", self.operator_document),
            ("全部申请人有效身份证件正反面复印件或影像", self.applicant_documents),
            ("全部申请人的个人业务申请表", self.personal_forms),
            ("全部申请人（未满十四周岁的由监护人）签署的授权申明", self.consents),
        ]
        .into_iter()
        .filter_map(|(what, seen)| (!seen).then_some(what))
        .collect()
    }
}

/// What is known of an application whose data an operator of the command line took in before anybody had registered its
/// papers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Outstanding {
    /// The name of the data file.
    pub file: String,
    pub city: CityCode,
    /// The organisation that the file names.
    pub outlet: OrgId,
    /// Rows of the file.
    pub people: u32,
}

/// How far a unit application is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnitState {
    /// Nothing is known of it.
    Unknown,
    /// Registered; data of some people are still to come.
    Open,
    /// Data were taken in, and its papers are still to be registered.
    Outstanding,
    /// Everybody's data were taken in, or it was closed.
    Done,
}

impl std::fmt::Debug for UnitApplication {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "UnitApplication({}, {}, {}人)", self.form_no, self.employer_code, self.people)
    }
}

impl UnitApplication {
    /// The number of its form, which no other unit application has (R10.2).
    pub fn claim(&self) -> Option<Claim> {
        clause!(R10.2);
        Claim::unit_form(&self.form_no)
    }

    /// The items of Appendix 3 in its order: title and text (X3.1). Two copies are printed.
    pub fn form_items(&self) -> [(&'static str, String); 11] {
        clause!(X3.1);
        [
            ("申请表编号", self.form_no.clone()),
            ("城市代码", self.city.as_str().to_owned()),
            ("法人证书/营业执照/法人登记证代码/组织机构代码", self.employer_code.clone()),
            ("单位机构名称", self.employer_name.clone()),
            ("单位类型", kind_boxes(self.kind)),
            ("单位地址", self.address.clone()),
            ("经办人姓名", self.operator_name.clone()),
            ("经办人证件号码", self.operator_number.clone()),
            ("经办人联系方式", self.operator_phone.clone()),
            ("批量申请总人数", self.people.to_string()),
            ("批量申请日期", said_day(self.applied_on)),
        ]
    }

    /// The items of Appendix 4 in its order: title and text (X4.1). `to` is the outlet that it is addressed to.
    pub fn mandate_items(&self, to: &str) -> Vec<(&'static str, String)> {
        clause!(X4.1);
        let mandate = self.mandate.as_ref();
        let kind = self.operator_document.map_or("身份证号", |kind| kind.name());
        let sex = mandate.and_then(|m| crate::codes::sex(&m.operator_sex)).unwrap_or("");
        vec![
            ("致", to.to_owned()),
            ("授权本单位员工", self.operator_name.clone()),
            ("性别", sex.to_owned()),
            ("证件类型", kind.to_owned()),
            ("证件号码", self.operator_number.clone()),
            ("联系电话", self.operator_phone.clone()),
            ("办理事宜", mandate.map_or_else(String::new, |m| m.matter.clone())),
            ("授权期限", mandate.map_or_else(String::new, |m| format!("至{}", said_day(m.until)))),
            ("授权单位", self.employer_name.clone()),
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
    /// When the last data were uploaded.
    pub uploaded_at: Option<Instant>,
    /// The 5-working-day clock of data collection (R9.2).
    pub clocks: Vec<Clock>,
    /// What is known of it while its papers are outstanding.
    pub outstanding: Option<Outstanding>,
    /// Why it was closed before everybody's data came.
    pub closed: Option<String>,
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
            outstanding: None,
            closed: None,
        }
    }

    /// What was seen of its papers, as the clerk stated who registered it; `None` while nobody has. Until November 2026 nobody was
    /// registered without all of them.
    pub fn seen(&self) -> Option<Papers> {
        let a = self.application.as_ref()?;
        let before = a.accepted_on.is_none();
        Some(Papers { applicant_documents: a.papers.applicant_documents || before, ..a.papers })
    }

    /// 待上传, 材料待补 or 办结: by what is registered and how many people's data came.
    pub fn state(&self) -> UnitState {
        match (&self.application, &self.outstanding) {
            (Some(a), _) if self.closed.is_none() && self.rows < a.people => UnitState::Open,
            (Some(_), _) => UnitState::Done,
            (None, Some(_)) => UnitState::Outstanding,
            (None, None) => UnitState::Unknown,
        }
    }

    /// Why no data come any more, as lists say it; `None` while data or papers are awaited.
    pub fn ended(&self) -> Option<&'static str> {
        match self.state() {
            UnitState::Unknown | UnitState::Open | UnitState::Outstanding => None,
            UnitState::Done if self.closed.is_some() => Some("已办结"),
            UnitState::Done => Some("已全部上传"),
        }
    }

    /// Whether 批量申请总人数 can be put right (R10.2): of what is registered until it is closed, also when everybody's data are there,
    /// for the number may have been stated too low.
    pub fn can_be_corrected(&self) -> bool {
        clause!(R10.2);
        self.application.is_some() && self.closed.is_none()
    }

    /// Whether the number of its form is free again: it was 办结 before anybody's data came.
    pub fn gave_its_number_back(&self) -> bool {
        self.closed.is_some() && self.rows == 0
    }

    /// The number of its form, when an event gives it back; asked of the file as it is before the event.
    pub fn gives_back(&self, event: &UnitEvent) -> Option<Claim> {
        clause!(R10.2);
        let unused = matches!(event, UnitEvent::Closed { .. }) && self.rows == 0;
        self.application.as_ref().filter(|_| unused)?.claim()
    }

    /// The city and the organisation that it lies at.
    pub fn lies(&self) -> Option<(&CityCode, OrgId)> {
        let registered = self.application.as_ref().map(|a| (&a.city, a.outlet));
        registered.or_else(|| self.outstanding.as_ref().map(|o| (&o.city, o.outlet)))
    }

    /// 批量申请总人数, as far as it is known.
    pub fn people(&self) -> Option<u32> {
        let registered = self.application.as_ref().map(|a| a.people);
        registered.or_else(|| self.outstanding.as_ref().map(|o| o.people))
    }

    /// Applies one event.
    pub fn apply(&mut self, event: &UnitEvent, at: Instant) {
        match event {
            UnitEvent::Registered { application, clock, awaited } => {
                self.application = Some((**application).clone());
                self.accepted_at = Some(at);
                let mut clock = clock.clone();
                // The papers of data that were all taken in before: the days ended with the upload.
                if let Some(uploaded) = self.uploaded_at.filter(|_| *awaited == 0) {
                    clock.stop(uploaded.date());
                }
                self.clocks.push(clock);
            }
            UnitEvent::PapersOutstanding { known } => self.outstanding = Some(known.clone()),
            UnitEvent::Closed { reason } => {
                self.closed = Some(reason.clone());
                self.clocks.iter_mut().for_each(|c| c.stop(at.date()));
            }
            UnitEvent::Printed => {}
            UnitEvent::Tried { .. } | UnitEvent::RestTaken { .. } => {}
            UnitEvent::Uploaded { rows, awaited } => {
                self.rows += rows;
                self.uploaded_at = Some(at);
                if *awaited == 0 {
                    self.clocks.iter_mut().for_each(|c| c.stop(at.date()));
                }
            }
            UnitEvent::PeopleCorrected { people, .. } => {
                if let Some(a) = &mut self.application {
                    a.people = *people;
                }
                // With the right number the data are complete since their last upload, or are not yet.
                let complete = self.uploaded_at.filter(|_| self.rows >= *people);
                for c in &mut self.clocks {
                    match complete {
                        Some(uploaded) => c.stop(uploaded.date()),
                        None => c.stopped_on = None,
                    }
                }
            }
            UnitEvent::ClocksRecomputed { clocks } => self.clocks.clone_from(clocks),
            UnitEvent::ClocksWarned { clocks } => note(&mut self.clocks, clocks),
        }
    }
}

fn is_none(people: &u32) -> bool {
    *people == 0
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
        /// People whose data are still to come: its days run while there are any. 0 in what was written until November 2026, when the first data
        /// ended them.
        #[serde(default, skip_serializing_if = "is_none")]
        awaited: u32,
    },
    /// Its data are taken in before its papers were registered.
    PapersOutstanding { known: Outstanding },
    /// No more data come.
    Closed { reason: String },
    /// 批量申请总人数 was put right.
    PeopleCorrected {
        /// As it is now.
        people: u32,
        reason: String,
    },
    /// Its forms were printed.
    Printed,
    /// The rows that were refused went back to the office that sent them.
    RestTaken { rows: u32 },
    /// It was asked about the rows of its data file.
    Tried {
        /// Rows asked about.
        rows: u32,
    },
    /// Its data were uploaded.
    Uploaded {
        /// Rows accepted.
        rows: u32,
        /// People whose data are still to come, as at the registration.
        #[serde(default, skip_serializing_if = "is_none")]
        awaited: u32,
    },
    /// A notice of days off gave clocks another last day.
    ClocksRecomputed { clocks: Vec<Clock> },
    /// Staff was told about clocks.
    ClocksWarned {
        /// Each clock by its kind, with what staff was told of it.
        clocks: Vec<(ClockKind, Warned)>,
    },
}

impl UnitEvent {
    /// The number that becomes the unit application's by it: its form's, when it is registered.
    pub fn claim(&self) -> Option<Claim> {
        match self {
            Self::Registered { application, .. } => application.claim(),
            Self::PapersOutstanding { .. }
            | Self::Closed { .. }
            | Self::PeopleCorrected { .. }
            | Self::Printed
            | Self::RestTaken { .. }
            | Self::Tried { .. }
            | Self::Uploaded { .. }
            | Self::ClocksRecomputed { .. }
            | Self::ClocksWarned { .. } => None,
        }
    }
}
