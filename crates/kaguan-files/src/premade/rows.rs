//! The rows of the two files.

use super::Row;
use std::fmt;

macro_rules! row {
    ($(#[$doc:meta])* $name:ident { $($member:ident, $title:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Default)]
        pub struct $name { $(#[doc = $title] pub $member: String,)* }

        impl Row for $name {
            const TITLES: &'static [&'static str] = &[$($title,)*];

            fn get(&self, at: usize) -> &str {
                let fields = [$(&self.$member,)*];
                fields.get(at).map_or("", |f| f.as_str())
            }

            fn set(&mut self, at: usize, text: String) {
                let fields = [$(&mut self.$member,)*];
                if let Some(field) = fields.into_iter().nth(at) {
                    *field = text;
                }
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(***)"))
            }
        }
    };
}

row! {
    /// A row of YZKSJ: a card to be made (X9.1). Of a pre-made card only the numbers are known.
    DataRow {
        card_no, "社保卡号";
        nationality, "国籍";
        document_kind, "证件类型";
        document_number, "证件号码";
        document_valid_until, "证件有效期";
        name, "姓名";
        sex, "性别";
        ethnicity, "民族";
        birth_date, "出生日期";
        person_status, "人员状态";
        household_kind, "户口性质";
        household_address, "户口地址";
        mobile, "联系手机";
        phone, "联系电话";
        postal_address, "通讯地址";
        postcode, "邮政编码";
        email, "电子邮箱";
        employer_no, "单位编号";
        employer_name, "单位名称";
        guardian_document_number, "监护人证号";
        guardian_name, "监护人姓名";
        guardian_document_kind, "监护人证件类型";
        agency, "经办机构";
        collection_point, "受理点编码";
        form_no, "申领表编码";
        personal_no, "个人编号";
        card_kind, "卡类别";
        application_type, "申请类型";
        replacement_reason, "补换原因";
        made_on, "制卡日期";
        valid_until, "有效期至";
        personal_account, "个人账户";
        bank_card_no, "银行卡号";
    }
}

row! {
    /// A row of YZKCG: what became of a card (X9.2).
    ReturnRow {
        card_no, "社保卡号";
        number, "身份证号";
        name, "姓名";
        made_on, "制卡日期";
        valid_until, "有效期至";
        chip, "卡识别码";
        reset, "卡复位码";
        personal_account, "个人账户";
        bank_card_no, "银行卡号";
        account_no, "银行账户";
        r#box, "装箱位置";
    }
}
