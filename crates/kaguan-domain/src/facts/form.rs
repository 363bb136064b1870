//! The application form (Article 10, Appendices 1 and 6): its columns, as it was written, and as it stands once it was
//! judged to be without defects.

mod written;

pub use written::SEXES;

use crate::calendar::add_months_clamped;
use crate::characters;
use crate::clause;
use crate::clause::Clause;
use crate::facts::document::{Document, DocumentKind};
use crate::facts::identity::Identifier;
use crate::facts::name::{self, HolderName};
use crate::facts::social_security_number::SocialSecurityNumber;
use crate::ids::BankCode;
use crate::spelling;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! columns {
    (file { $($name:ident, $member:ident, $title:literal, $required:literal, $max:literal;)* }
     personal { $($own:ident, $own_member:ident, $own_title:literal, $own_required:literal, $own_max:literal;)* }
     beside { $($beside:ident, $beside_code:literal, $beside_title:literal;)* }) => {
        /// An item of an application: a column of the batch file, in the order of Appendix 6's title line, which rules over
        /// its table; an item of the personal form alone (Appendix 1); or what comes beside both.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Field {
            /// 序号
            SerialNumber,
            $(#[doc = $title] $name,)*
            $(#[doc = $own_title] $own,)*
            $(#[doc = $beside_title] $beside,)*
        }

        impl Field {
            /// The columns in the order of the title line (X6.1).
            pub const TITLE_ROW: [Field; 29] = [Field::SerialNumber, $(Field::$name,)*];

            /// The items that the personal form of Appendix 1 has beside those of the title line (R10.1).
            pub const PERSONAL: &'static [Field] = &[$(Field::$own,)*];

            /// The Chinese title, without the asterisk.
            pub fn title(self) -> &'static str {
                match self {
                    Self::SerialNumber => "序号",
                    $(Self::$name => $title,)*
                    $(Self::$own => $own_title,)*
                    $(Self::$beside => $beside_title,)*
                }
            }

            /// Whether the title carries an asterisk: it must not be empty. Of an item of the personal form, whether Article
            /// 10 asks for it there.
            pub fn required(self) -> bool {
                match self {
                    Self::SerialNumber => true,
                    $(Self::$name => $required,)*
                    $(Self::$own => $own_required,)*
                    $(Self::$beside => false,)*
                }
            }

            /// The name under which forms and programs send it.
            pub fn code(self) -> &'static str {
                match self {
                    Self::SerialNumber => "serial_number",
                    $(Self::$name => stringify!($member),)*
                    $(Self::$own => stringify!($own_member),)*
                    $(Self::$beside => $beside_code,)*
                }
            }

            /// The item that forms and programs send under a name; what comes beside a form is none.
            pub fn of_code(code: &str) -> Option<Self> {
                match code {
                    $(stringify!($member) => Some(Self::$name),)*
                    $(stringify!($own_member) => Some(Self::$own),)*
                    _ => None,
                }
            }

            /// The most bytes in GB 18030 (字符型); 0 for no limit.
            pub fn max_gb18030_bytes(self) -> usize {
                match self { $(Self::$name => $max,)* $(Self::$own => $own_max,)* _ => 0 }
            }
        }

        /// One applicant as written on a form or in a row, before judgement.
        #[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
        pub struct FormDraft {
            $(#[doc = $title] #[serde(default)] pub $member: String,)*
            $(#[doc = $own_title] #[serde(default, skip_serializing_if = "String::is_empty")] pub $own_member: String,)*
        }

        impl FormDraft {
            /// What stands in an item; empty for what is not written on a form.
            pub fn get(&self, field: Field) -> &str {
                match field { $(Field::$name => &self.$member,)* $(Field::$own => &self.$own_member,)* _ => "" }
            }

            /// Writes a column.
            pub fn set(&mut self, field: Field, text: &str) {
                match field {
                    $(Field::$name => text.clone_into(&mut self.$member),)*
                    $(Field::$own => text.clone_into(&mut self.$own_member),)*
                    _ => {}
                }
            }
        }
    };
}

columns! {
    file {
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
    personal {
        DocumentValidFrom, document_valid_from, "证件有效期起始日", true, 8;
        IssuingAuthority, issuing_authority, "发证机关", true, 100;
        Education, education, "文化程度", false, 2;
        PersonIdentity, person_identity, "个人身份状态", false, 2;
        EmployerAddress, employer_address, "单位地址", false, 100;
        Delivery, delivery, "领取方式", false, 1;
        MailingAddress, mailing_address, "邮寄地址", false, 100;
        Recipient, recipient, "收件人姓名", false, 50;
        RecipientPhone, recipient_phone, "收件人联系方式", false, 20;
    }
    beside {
        Photo, "photo", "相片";
        OwnDocument, "own_document", "有效身份证件";
        DocumentImage, "document_image", "证件影像";
        OwnCard, "own_card", "社保卡";
        Consent, "consent", "授权申明";
        Agent, "agent", "代办人";
        AgentProof, "agent_proof", "代办关系证明";
        Outlet, "outlet", "经办网点";
        CollectAt, "collect_at", "领卡网点";
        Making, "making", "制卡方式";
        Risks, "risks_acknowledged", "换卡期间的风险";
        Eligibility, "eligibility", "受理条件";
        Business, "business", "业务与原因";
    }
}

impl Field {
    /// The column of a title, with or without the asterisk.
    pub fn of_title(title: &str) -> Option<Self> {
        clause!(X6.1);
        let half = spelling::half_width(title);
        let bare = spelling::trim(&half).trim_end_matches('*').trim_end_matches(spelling::is_blank);
        Self::TITLE_ROW.into_iter().find(|f| f.title() == bare)
    }
}

/// How what stands in a column is written in one way before it is judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spelling {
    /// A number of a document: no blanks, no hyphens, half width, upper case.
    Number,
    /// A code, a date, a telephone number: half width.
    Code,
    /// 姓名.
    Name,
    /// An address, an employer: standard characters; the full-width signs of Chinese text stay.
    Prose,
}

impl Field {
    /// How it is written.
    pub fn spelling(self) -> Spelling {
        match self {
            Self::DocumentNumber | Self::GuardianDocumentNumber => Spelling::Number,
            Self::Name | Self::GuardianName => Spelling::Name,
            Self::HouseholdAddress
            | Self::PostalAddress
            | Self::EmployerName
            | Self::IssuingAuthority
            | Self::EmployerAddress
            | Self::MailingAddress
            | Self::Recipient => Spelling::Prose,
            Self::SerialNumber
            | Self::FormNo
            | Self::CardKind
            | Self::Nationality
            | Self::DocumentKind
            | Self::DocumentValidUntil
            | Self::Sex
            | Self::Ethnicity
            | Self::BirthDate
            | Self::PersonStatus
            | Self::HouseholdKind
            | Self::Mobile
            | Self::Phone
            | Self::Postcode
            | Self::Email
            | Self::HouseholdDivision
            | Self::Occupation
            | Self::EmployerNo
            | Self::GuardianDocumentKind
            | Self::Bank
            | Self::PhotoReceipt
            | Self::CollectionPoint
            | Self::DocumentValidFrom
            | Self::Education
            | Self::PersonIdentity
            | Self::Delivery
            | Self::RecipientPhone
            | Self::Photo
            | Self::OwnDocument
            | Self::DocumentImage
            | Self::OwnCard
            | Self::Consent
            | Self::Agent
            | Self::AgentProof
            | Self::Outlet
            | Self::CollectAt
            | Self::Making
            | Self::Risks
            | Self::Eligibility
            | Self::Business => Spelling::Code,
        }
    }

    /// A text of this column in its one way of writing: a file, a counter and a partner that mean the same write the same.
    /// Invisible characters stay, to be refused by name.
    pub fn folded(self, text: &str) -> String {
        clause!(R5.3);
        match self.spelling() {
            Spelling::Number => spelling::number(text),
            Spelling::Name => name::fold(text),
            Spelling::Prose => characters::fold(spelling::trim(text)),
            Spelling::Code if self == Self::Mobile => spelling::number(text),
            Spelling::Code
                if self == Self::DocumentValidUntil
                    && matches!(spelling::number(text).as_str(), "长期" | "长期有效") =>
            {
                "99991231".to_owned()
            }
            Spelling::Code if self.is_date() => spelling::day(text),
            Spelling::Code if matches!(self, Self::Phone | Self::RecipientPhone) => {
                let half = spelling::half_width(text);
                let signs = half.chars().filter(|c| !spelling::is_blank(*c));
                signs.map(|c| if spelling::is_dash(c) { '-' } else { c }).collect()
            }
            Spelling::Code => spelling::trim(&spelling::half_width(text)).to_owned(),
        }
    }
}

impl FormDraft {
    /// An empty form on which 网点领取 is chosen: what doors without the post, and whoever comes for the card, state at 补换卡.
    pub fn collected() -> Self {
        Self { delivery: delivery::OUTLET.to_owned(), ..Self::default() }
    }

    /// Fills in 性别, 出生日期 and 国籍 where nobody wrote them and the document says them, as a citizen's does: nobody is asked for what
    /// is known (R10.1).
    pub fn fill_from_number(&mut self) {
        let number = Field::DocumentNumber.folded(&self.document_number);
        if self.nationality.trim().is_empty()
            && let Some(kind) = DocumentKind::from_code(self.document_kind.trim())
            && let Some(country) = kind.nationality(&number)
        {
            country.clone_into(&mut self.nationality);
        }
        let Ok(number) = SocialSecurityNumber::parse(&number) else { return };
        let (Some(birth), Some(sex)) = (number.birth_date(), number.sex()) else { return };
        if self.birth_date.trim().is_empty() {
            self.birth_date = birth.strftime("%Y%m%d").to_string();
        }
        if self.sex.trim().is_empty() {
            sex.clone_into(&mut self.sex);
        }
    }

    /// The form in its one way of writing, column by column.
    pub fn folded(&self) -> Self {
        let mut folded = Self::default();
        for field in Field::TITLE_ROW.iter().chain(Field::PERSONAL).copied() {
            folded.set(field, &field.folded(self.get(field)));
        }
        folded
    }
}

impl fmt::Debug for FormDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FormDraft({})", self.form_no)
    }
}

/// 领取方式 as a form writes it (Articles 13, 14 and 27).
pub mod delivery {
    /// 网点领取; so is an empty item of a first application. At 补换卡 one of both is chosen.
    pub const OUTLET: &str = "1";
    /// 邮递上门.
    pub const POST: &str = "2";
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

/// 邮递上门: to whom and where (Article 10, item 1).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// 邮寄地址.
    pub address: String,
    /// 收件人姓名.
    pub recipient: String,
    /// 收件人联系方式.
    pub phone: String,
}

impl Delivery {
    /// As a page shows it: nobody learns from it who is meant, or where.
    pub fn masked(&self) -> String {
        let mut name = self.recipient.chars();
        let name: String = name.next().into_iter().chain(name.map(|_| '*')).collect();
        let digits: Vec<char> = self.phone.chars().collect();
        let tail: String = digits[digits.len().saturating_sub(2)..].iter().collect();
        let area: String = self.address.chars().take(6).collect();
        format!("{name}，****{tail}，{area}…")
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Delivery(***)")
    }
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
    /// 联系电话; empty when a personal form has none.
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
    /// 户籍地; and those of the personal form that are neither of the document nor of the delivery.
    pub optional: Vec<(Field, String)>,
    /// 证件有效期起始日; a row of a file has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_valid_from: Option<Date>,
    /// 发证机关; a row of a file has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuing_authority: Option<String>,
    /// Where the card is to be posted to; `None` when it is collected at the outlet (R10.5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Delivery>,
}

impl fmt::Debug for ApplicationForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApplicationForm({}, {:?}, {:?})", self.form_no, self.ssn, self.name)
    }
}

impl ApplicationForm {
    /// The document of the form.
    pub fn identifier(&self) -> Identifier {
        Identifier::of(&self.document, &self.nationality)
    }

    /// The same form under another number.
    #[must_use]
    pub fn numbered(self, ssn: SocialSecurityNumber) -> Self {
        Self { ssn, ..self }
    }

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
        d.document_valid_from =
            self.document_valid_from.map(|day| day.strftime("%Y%m%d").to_string()).unwrap_or_default();
        d.issuing_authority = self.issuing_authority.clone().unwrap_or_default();
        if let Some(to) = &self.delivery {
            delivery::POST.clone_into(&mut d.delivery);
            d.mailing_address.clone_from(&to.address);
            d.recipient.clone_from(&to.recipient);
            d.recipient_phone.clone_from(&to.phone);
        }
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

    /// One item of [`Self::optional`]; empty when it was not written.
    pub fn optional(&self, field: Field) -> &str {
        self.optional.iter().find(|(f, _)| *f == field).map_or("", |(_, text)| text)
    }

    /// The number under which the holder is reached: 手机号码, or else 联系电话.
    pub fn reached_at(&self) -> &str {
        self.mobile.as_deref().unwrap_or(&self.phone)
    }

    /// Under 16 the guardian acts: applies, and collects the card (Article 8, item 3; Article 14).
    pub fn needs_guardian(&self, on: Date) -> bool {
        clause!(R8.2);
        self.is_under(16, on)
    }

    /// From the 7th birthday a photo is needed; under 7 on the day of application none is taken (R5.4).
    pub fn photo_required(&self, on: Date) -> bool {
        photo_required(self.birth_date, on)
    }

    /// The day on which a child's card without a photo is to be exchanged (R5.4).
    pub fn seventh_birthday(&self) -> Date {
        add_months_clamped(self.birth_date, 12 * 7)
    }
}

/// Years from which somebody is 老年人 and 年龄偏大 (a default by decision: 老年人权益保障法第二条).
pub const ELDERLY_FROM: i32 = 60;

/// Whether somebody born on a day needs a photo on another: from the 7th birthday (R5.4).
pub fn photo_required(birth: Date, on: Date) -> bool {
    clause!(R5.4);
    on >= add_months_clamped(birth, 12 * 7)
}

/// What a rule names of whoever acts ([`Field::Agent`]), which a page has several fields for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentPart {
    /// 姓名
    Name,
    /// 证件类型
    DocumentKind,
    /// 证件号码
    DocumentNumber,
    /// 联系电话
    Phone,
    /// 与申请人关系
    Relation,
    /// 代办原因
    Ground,
    /// 证明文件名称和存放处
    Proof,
    /// 已核实证件原件
    Verified,
}

impl AgentPart {
    /// The name under which it is known to pages.
    pub fn code(self) -> &'static str {
        match self {
            Self::Name => "agent.name",
            Self::DocumentKind => "agent.document_kind",
            Self::DocumentNumber => "agent.document_number",
            Self::Phone => "agent.phone",
            Self::Relation => "agent.relation",
            Self::Ground => "agent.ground",
            Self::Proof => "agent.proof",
            Self::Verified => "agent.verified",
        }
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
    /// Of an agent, which parts of what is said of him it is about; none when it is about his acting as such, or about nothing of him.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub of_agent: Vec<AgentPart>,
}

impl Defect {
    /// A defect; `what` and `remedy` are Chinese phrases without a full stop.
    pub fn new(field: Field, code: &'static str, clause: Clause, what: &str, remedy: &str) -> Self {
        Self::titled(field.title(), field, code, clause, what, remedy)
    }

    /// The same under the name that the item has where it was written.
    pub fn titled(
        title: &str,
        field: Field,
        code: &'static str,
        clause: Clause,
        what: &str,
        remedy: &str,
    ) -> Self {
        let message = format!("{title}：{what}。依据{}。{remedy}。", clause.cite());
        Self { field, code, message, clause, of_agent: Vec::new() }
    }

    /// The same about parts of what is said of an agent.
    #[must_use]
    pub fn about_agent(self, parts: impl Into<Vec<AgentPart>>) -> Self {
        Self { of_agent: parts.into(), ..self }
    }
}
