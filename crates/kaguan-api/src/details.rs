//! What of the applicant goes to a bank and to a vendor beside the numbers (Appendix 7 and 9).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! details {
    ($($(#[$doc:meta])* $member:ident, $title:literal;)*) => {
        /// The applicant's details; a field that is not known is left out.
        #[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
        #[serde(default)]
        pub struct Details {
            $($(#[$doc])* #[serde(skip_serializing_if = "String::is_empty")] pub $member: String,)*
        }

        impl Details {
            /// The titles of the fields in text files, in order.
            pub const TITLES: &'static [&'static str] = &[$($title,)*];

            /// The fields in the same order.
            pub fn values(&self) -> impl Iterator<Item = &str> {
                [$(self.$member.as_str(),)*].into_iter()
            }
        }
    };
}

/// Gives the fields of [`details::Details`](crate::details::Details), each with its title, to a macro: for whoever turns
/// them into something else field by field.
#[macro_export]
macro_rules! with_details {
    ($then:ident) => {
        $then! {
        /// 国籍, three letters.
        nationality, "国籍";
        /// 证件类型, the interface's two characters.
        document_kind, "证件类型";
        /// 证件有效期, YYYYMMDD; 99991231 for 长期.
        document_valid_until, "证件有效期";
        /// 性别: 1 男, 2 女, 9 未说明.
        sex, "性别";
        /// 民族, two digits.
        ethnicity, "民族";
        /// 出生日期, YYYYMMDD.
        birth_date, "出生日期";
        /// 人员状态, one digit.
        person_status, "人员状态";
        /// 户口性质, two digits.
        household_kind, "户口性质";
        /// 户籍地, six digits.
        household_division, "户籍地";
        /// 户口地址.
        household_address, "户口地址";
        /// 联系手机.
        mobile, "联系手机";
        /// 联系电话.
        phone, "联系电话";
        /// 通讯地址.
        postal_address, "通讯地址";
        /// 邮政编码.
        postcode, "邮政编码";
        /// 电子邮箱.
        email, "电子邮箱";
        /// 职业, seven digits.
        occupation, "职业";
        /// 单位编号.
        employer_no, "单位编号";
        /// 单位名称.
        employer_name, "单位名称";
        /// 监护人姓名.
        guardian_name, "监护人姓名";
        /// 监护人证件类型, as 证件类型.
        guardian_document_kind, "监护人证件类型";
        /// 监护人证号.
        guardian_document_number, "监护人证号";
        /// 经办机构, 14 digits.
        agency, "经办机构";
        /// 受理点编码 (收表网点): the bank's outlet that opens the account; 经办机构 where none is named (Appendix 7).
        collection_point, "受理点编码";
        /// 卡类别: 1 城镇职工, 2 城镇居民, 3 农村居民.
        card_kind, "卡类别";
        /// 申请类型: 1 个人, 2 网上, 3 批量, 5 遗失补卡, 6 普通换卡, 7 质保换卡.
        application_type, "申请类型";
        /// 补换原因, as text.
        replacement_reason, "补换原因";
        }
    };
}

with_details!(details);

impl std::fmt::Debug for Details {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Details(***)")
    }
}
