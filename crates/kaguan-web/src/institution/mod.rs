//! 机构管理 and 系统管理: organisations, officers, partners, rules, calendar, code tables, accounts.

pub(crate) mod code_tables;
pub(crate) mod desks;
pub(crate) mod entrust;
pub(crate) mod glyphs;
pub(crate) mod holidays;
pub(crate) mod officers;
pub(crate) mod organisations;
pub(crate) mod outlets;
pub(crate) mod partners;
pub(crate) mod password;
pub(crate) mod policies;
pub(crate) mod second_factor;

/// Fields of what a rule about institutions, people, interfaces and local rules says in words, as [`crate::marks`] has them of the
/// counter: each part of its sentence is about the field of the first words that stand in it.
pub(crate) const SAID: [(&str, &[&str]); 39] = [
    ("细则文号", &["paper"]),
    ("失效日期", &["until"]),
    ("生效日期", &["from"]),
    ("质保期应为", &["warranty_months"]),
    ("预警线应为", &["low_stock"]),
    ("须填写备案号", &["reason"]),
    ("机构名称", &["name"]),
    ("机构编码应为", &["code"]),
    ("机构编码的前六位", &["code"]),
    ("没有该行政区划", &["code"]),
    ("服务银行网点须写明银行", &["bank"]),
    ("不能设在该", &["kind"]),
    ("上级机构在另一地市", &["code"]),
    ("未选择机构类型", &["kind"]),
    ("停办理由", &["reason"]),
    ("未选择岗位", &["role"]),
    ("岗位", &["role", "org"]),
    ("没有该机构", &["org"]),
    ("未填写机构", &["org"]),
    ("登录名已被使用", &["login"]),
    ("个机构同名", &["org"]),
    ("所属机构", &["org"]),
    ("登录名应为", &["login"]),
    ("姓名应为", &["name"]),
    ("变更理由", &["reason"]),
    ("合作方种类或代码", &["kind", "code"]),
    ("没有代码", &["code"]),
    ("缺合作方名称", &["name"]),
    ("接口地址须以", &["endpoint"]),
    ("公钥名称", &["key"]),
    ("130位", &["public"]),
    ("失效时间", &["until"]),
    ("该SM2公钥", &["public"]),
    ("生效时间应为", &["from"]),
    ("生效时间早于", &["from"]),
    ("启用时间", &["from"]),
    ("桌面机只能配给", &["outlet"]),
    ("桌面机名称", &["name"]),
    ("卡盒", &["boxes"]),
];
