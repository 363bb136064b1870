//! The columns of Appendix 6 and a form as it was written.

use crate::clause;
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
