//! The application form: one applicant as written, and as judged. Every defect is told at once (Articles 8, 9, 10,
//! Appendices 1 and 6).

mod field;
mod judge;

pub use crate::holder::document::DocumentKind;
pub use field::{Field, FormDraft};
pub use judge::{Circumstances, Defect, Door, Judgement, judge};

use crate::calendar::add_months_clamped;
use crate::clause;
use crate::holder::document::Document;
use crate::holder::name::HolderName;
use crate::social_security_number::SocialSecurityNumber;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A service bank by its five-digit code.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BankCode(pub String);

impl BankCode {
    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The bank's name.
    pub fn name(&self) -> &'static str {
        crate::codes::bank(&self.0).map_or("（未知银行）", |b| b.name.as_str())
    }
}

impl fmt::Display for BankCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who somebody is, as far as eligibility depends on it (R3.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonCategory {
    /// 内地居民
    MainlandResident,
    /// 华侨
    OverseasChinese,
    /// 港澳台居民
    HongKongMacaoTaiwan,
    /// 外国人
    Foreigner,
}

impl PersonCategory {
    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::MainlandResident => "内地居民",
            Self::OverseasChinese => "华侨",
            Self::HongKongMacaoTaiwan => "港澳台居民",
            Self::Foreigner => "外国人",
        }
    }

    /// Foreigners must work or be insured in the province; citizens may live here (R3.1).
    pub fn needs_employment_or_insurance(self) -> bool {
        clause!(R3.1);
        self == Self::Foreigner
    }

    /// Which document belongs to which category (R10.4).
    pub fn of(document: DocumentKind) -> Self {
        match document {
            DocumentKind::IdentityCard | DocumentKind::HouseholdRegister => Self::MainlandResident,
            DocumentKind::ChinesePassport => Self::OverseasChinese,
            DocumentKind::MainlandTravelPermitHkMo
            | DocumentKind::MainlandTravelPermitTw
            | DocumentKind::HmtResidencePermit => Self::HongKongMacaoTaiwan,
            DocumentKind::ForeignPermanentResident | DocumentKind::Passport => Self::Foreigner,
        }
    }
}

/// The guardian named on the form.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guardian {
    /// Name.
    pub name: HolderName,
    /// Kind of document.
    pub document_kind: DocumentKind,
    /// Document number.
    pub document_number: String,
}

/// A form without defects: every value typed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationForm {
    /// 申领表编码.
    pub form_no: String,
    /// 卡类别, one digit.
    pub card_kind: String,
    /// 国籍, alpha-3.
    pub nationality: String,
    /// Who it is.
    pub category: PersonCategory,
    /// The document.
    pub document: Document,
    /// The social security number that follows from it.
    pub ssn: SocialSecurityNumber,
    /// 姓名.
    pub name: HolderName,
    /// 性别, one digit.
    pub sex: String,
    /// 民族, two digits.
    pub ethnicity: String,
    /// 出生日期.
    pub birth_date: Date,
    /// 联系手机.
    pub mobile: Option<String>,
    /// 联系电话.
    pub phone: String,
    /// 通讯地址.
    pub postal_address: String,
    /// 职业, seven digits.
    pub occupation: String,
    /// 单位编号.
    pub employer_no: Option<String>,
    /// 单位名称.
    pub employer_name: Option<String>,
    /// The guardian.
    pub guardian: Option<Guardian>,
    /// 服务银行.
    pub bank: BankCode,
    /// 相片回执.
    pub photo_receipt: Option<String>,
    /// 收表网点.
    pub collection_point: Option<String>,
    /// The optional items, as written, in the order of [`Field`]: 人员状态, 户口性质, 户口地址, 邮政编码, 电子邮箱,
    /// 户籍地.
    pub optional: Vec<(Field, String)>,
}

impl fmt::Debug for ApplicationForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApplicationForm({}, {:?}, {:?})", self.form_no, self.ssn, self.name)
    }
}

impl ApplicationForm {
    /// The form as it would be written: what the next form of this person begins with (R29.1).
    pub fn draft(&self) -> FormDraft {
        let mut d = FormDraft {
            form_no: self.form_no.clone(),
            card_kind: self.card_kind.clone(),
            nationality: self.nationality.clone(),
            document_kind: self.document.kind().code().into(),
            document_number: self.document.number().into(),
            document_valid_until: self.document.valid_until.strftime("%Y%m%d").to_string(),
            name: self.name.display().into(),
            sex: self.sex.clone(),
            ethnicity: self.ethnicity.clone(),
            birth_date: self.birth_date.strftime("%Y%m%d").to_string(),
            mobile: self.mobile.clone().unwrap_or_default(),
            phone: self.phone.clone(),
            postal_address: self.postal_address.clone(),
            occupation: self.occupation.clone(),
            employer_no: self.employer_no.clone().unwrap_or_default(),
            employer_name: self.employer_name.clone().unwrap_or_default(),
            bank: self.bank.as_str().into(),
            photo_receipt: self.photo_receipt.clone().unwrap_or_default(),
            collection_point: self.collection_point.clone().unwrap_or_default(),
            ..FormDraft::default()
        };
        if let Some(g) = &self.guardian {
            d.guardian_name = g.name.display().into();
            d.guardian_document_kind = g.document_kind.code().into();
            d.guardian_document_number.clone_from(&g.document_number);
        }
        for (field, text) in &self.optional {
            d.set(*field, text);
        }
        d
    }

    /// Whether the person is younger than so many years on a day.
    pub fn is_under(&self, years: i32, on: Date) -> bool {
        on < add_months_clamped(self.birth_date, 12 * years)
    }

    /// From the 7th birthday a photo is needed; under 7 on the day of application none is taken (R5.4).
    pub fn photo_required(&self, on: Date) -> bool {
        clause!(R5.4);
        !self.is_under(7, on)
    }

    /// The day on which a child's card without a photo is to be exchanged (R5.4).
    pub fn seventh_birthday(&self) -> Date {
        add_months_clamped(self.birth_date, 12 * 7)
    }
}
