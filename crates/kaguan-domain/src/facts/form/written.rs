//! How the items of a form are called and written.

use super::Field;
use crate::clause;

/// 性别 as a form can say it: 男, 女, and 未说明的性别. 未知的性别 is of nobody who stands at a counter.
pub const SEXES: [&str; 3] = ["1", "2", "9"];

impl Field {
    /// What an item is called in the personal form of Appendix 1, where the file calls it otherwise.
    pub fn personal_title(self) -> &'static str {
        clause!(R10.1);
        match self {
            Self::Mobile => "手机号码",
            Self::DocumentValidUntil => "证件有效期到期日",
            Self::PersonStatus => "工作状态",
            Self::HouseholdAddress => "户籍地址",
            Self::PhotoReceipt => "相片回执号",
            Self::GuardianName => "代办人（监护人）姓名",
            Self::GuardianDocumentKind => "代办人证件类型",
            Self::GuardianDocumentNumber => "代办人证件号码",
            other => other.title(),
        }
    }

    /// Whether it is a day.
    pub fn is_date(self) -> bool {
        matches!(self, Self::BirthDate | Self::DocumentValidFrom | Self::DocumentValidUntil)
    }

    /// How it is written, in Chinese, where one has to know it; empty where it explains itself.
    pub fn hint(self) -> &'static str {
        if self == Self::DocumentValidUntil {
            "八位数字，如20280229，长期有效的为长期或99991231"
        } else if self.is_date() {
            "八位数字，如20080229"
        } else if self == Self::HouseholdDivision {
            "六位行政区划代码，如440106"
        } else {
            ""
        }
    }
}
