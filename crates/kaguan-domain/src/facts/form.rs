//! The application form (Article 10, Appendices 1 and 6): its columns, as it was written, and as it stands once it was
//! judged to be without defects.

use crate::calendar::add_months_clamped;
use crate::clause;
use crate::clause::Clause;
use crate::facts::document::{Document, DocumentKind};
use crate::facts::name::HolderName;
use crate::facts::social_security_number::SocialSecurityNumber;
use crate::ids::BankCode;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! columns {
    ($($name:ident, $member:ident, $title:literal, $required:literal, $max:literal;)*) => {
        /// A column of the batch file, in the order of Appendix 6's title line, which rules over its table; and the
        /// photo, which stands beside the rows.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Field {
            /// 序号
            SerialNumber,
            $(#[doc = $title] $name,)*
            /// 相片
            Photo,
        }

        impl Field {
            /// The columns in the order of the title line (X6.1).
            pub const TITLE_ROW: [Field; 29] = [Field::SerialNumber, $(Field::$name,)*];

            /// The Chinese title, without the asterisk.
            pub fn title(self) -> &'static str {
                match self {
                    Self::SerialNumber => "序号",
                    $(Self::$name => $title,)*
                    Self::Photo => "相片",
                }
            }

            /// Whether the title carries an asterisk: it must not be empty.
            pub fn required(self) -> bool {
                match self { Self::SerialNumber => true, $(Self::$name => $required,)* Self::Photo => false }
            }

            /// The name under which forms and programs send it.
            pub fn code(self) -> &'static str {
                match self {
                    Self::SerialNumber => "serial_number",
                    $(Self::$name => stringify!($member),)*
                    Self::Photo => "photo",
                }
            }

            /// The most bytes in GB 18030 (字符型); 0 for no limit.
            pub fn max_gb18030_bytes(self) -> usize {
                match self { $(Self::$name => $max,)* _ => 0 }
            }
        }

        /// One applicant as written on a form or in a row, before judgement.
        #[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
        pub struct FormDraft { $(#[doc = $title] #[serde(default)] pub $member: String,)* }

        impl FormDraft {
            /// What stands in a column; empty for the two that are not the applicant's.
            pub fn get(&self, field: Field) -> &str {
                match field { $(Field::$name => &self.$member,)* _ => "" }
            }

            /// Writes a column.
            pub fn set(&mut self, field: Field, text: &str) {
                match field { $(Field::$name => text.clone_into(&mut self.$member),)* _ => {} }
            }
        }
    };
}

columns! {
    FormNo, form_no, "申领表编码", true, 20;
    CardKind, card_kind, "卡类别", true, 1;
    Nationality, nationality, "国籍", true, 3;
    DocumentKind, document_kind, "证件类型", true, 1;
    DocumentNumber, document_number, "证件号码", true, 18;
    DocumentValidUntil, document_valid_until, "证件有效期", true, 8;
    Name, name, "姓名", true, 50;
    Sex, sex, "性别", true, 1;
    Ethnicity, ethnicity, "民族", true, 2;
    BirthDate, birth_date, "出生日期", true, 8;
    PersonStatus, person_status, "人员状态", false, 1;
    HouseholdKind, household_kind, "户口性质", false, 2;
    HouseholdAddress, household_address, "户口地址", false, 100;
    Mobile, mobile, "联系手机", false, 20;
    Phone, phone, "联系电话", true, 20;
    PostalAddress, postal_address, "通讯地址", false, 100;
    Postcode, postcode, "邮政编码", false, 6;
    Email, email, "电子邮箱", false, 30;
    HouseholdDivision, household_division, "户籍地", false, 6;
    Occupation, occupation, "职业", true, 7;
    EmployerNo, employer_no, "单位编号", false, 20;
    EmployerName, employer_name, "单位名称", false, 100;
    GuardianDocumentKind, guardian_document_kind, "监护人证件类型", false, 1;
    GuardianDocumentNumber, guardian_document_number, "监护人证件号码", false, 18;
    GuardianName, guardian_name, "监护人姓名", false, 50;
    Bank, bank, "服务银行", true, 5;
    PhotoReceipt, photo_receipt, "相片回执", false, 0;
    CollectionPoint, collection_point, "收表网点", false, 20;
}

impl Field {
    /// The column of a title, with or without the asterisk.
    pub fn of_title(title: &str) -> Option<Self> {
        clause!(X6.1);
        let bare = title.trim().trim_end_matches(['*', '＊']);
        Self::TITLE_ROW.into_iter().find(|f| f.title() == bare)
    }
}

impl fmt::Debug for FormDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FormDraft({})", self.form_no)
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

/// One thing that is wrong with the material.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Defect {
    pub field: Field,
    /// Stable code.
    pub code: &'static str,
    /// What is wrong, by which article, and what to do, in Chinese; never repeats a personal value.
    pub message: String,
    pub clause: Clause,
}

impl Defect {
    /// A defect; `what` and `remedy` are Chinese phrases without a full stop.
    pub fn new(field: Field, code: &'static str, clause: Clause, what: &str, remedy: &str) -> Self {
        let message = format!("{}：{what}。依据{}。{remedy}。", field.title(), clause.cite());
        Self { field, code, message, clause }
    }
}
