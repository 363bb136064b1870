//! 个人业务申请表 (Appendix 1) as it is printed for the applicant's signature.

use crate::clause;
use crate::codes;
use crate::facts::application::{Application, ExchangeReason, Purpose};
use crate::facts::form::{ApplicationForm, Field};

/// Every application type that Appendix 1 lists, in its order.
pub const TYPES: [&str; 17] = [
    "申请",
    "挂失",
    "解除挂失",
    "补卡",
    "卡损坏换卡（人为损坏）",
    "卡损坏换卡（非人为损坏）",
    "卡面信息变更换卡",
    "逾有效期换卡",
    "服务银行变更换卡",
    "卡注销（转移到省外）",
    "卡注销（出国定居）",
    "卡注销（死亡）",
    "卡注销（其它）",
    "修改密码",
    "密码解锁",
    "密码重置",
    "其他换卡",
];

/// Which of [`TYPES`] a purpose is.
fn type_of(purpose: &Purpose) -> &'static str {
    match purpose {
        Purpose::First => "申请",
        Purpose::Reissue { .. } => "补卡",
        Purpose::BankChange { .. } => "服务银行变更换卡",
        Purpose::Exchange { reason, .. } => match reason {
            ExchangeReason::Damaged { by_human: true } => "卡损坏换卡（人为损坏）",
            ExchangeReason::Damaged { by_human: false } => "卡损坏换卡（非人为损坏）",
            ExchangeReason::DataChanged => "卡面信息变更换卡",
            ExchangeReason::Expired => "逾有效期换卡",
            ExchangeReason::Other { .. } => "其他换卡",
        },
    }
}

/// The items of Appendix 1 in its order: title, with its asterisk, and text. What the form does not hold is left empty,
/// to be written by hand.
pub fn form_items(application: &Application, details: &ApplicationForm) -> Vec<(&'static str, String)> {
    clause!(X1.1);
    let optional = |field: Field| {
        details.optional.iter().find(|(f, _)| *f == field).map(|(_, text)| text.clone()).unwrap_or_default()
    };
    let day = |d: jiff::civil::Date| match d.year() {
        9999 => "长期".to_owned(),
        _ => d.strftime("%Y年%m月%d日").to_string(),
    };
    let chosen = type_of(&application.purpose);
    let types = TYPES.map(|t| format!("{}{t}", if t == chosen { '☑' } else { '□' })).join("　");
    let name = |look: fn(&str) -> Option<&'static str>, code: &str| look(code).unwrap_or("").to_owned();
    let guardian = details.guardian.as_ref();
    let agent = application.agent.as_ref();
    vec![
        ("*申请表编号", application.form_no.clone()),
        ("*姓名", details.name.display().into()),
        ("*性别", name(codes::sex, &details.sex)),
        ("*民族", name(codes::ethnicity, &details.ethnicity)),
        ("*国籍", name(codes::country, &details.nationality)),
        ("*证件类型", details.document.kind().name().into()),
        ("*证件号码", details.document.number().into()),
        ("*证件有效期到期日", day(details.document.valid_until)),
        ("*证件有效期起始日", String::new()),
        ("*发证机关", String::new()),
        ("*出生日期", day(details.birth_date)),
        ("*手机号码", details.mobile.clone().unwrap_or_default()),
        ("*通讯地址", details.postal_address.clone()),
        ("*申请类型", types),
        ("*开户银行", application.bank.name().into()),
        ("户口性质", name(codes::household_kind, &optional(Field::HouseholdKind))),
        ("户籍地", optional(Field::HouseholdDivision)),
        ("户籍地址", optional(Field::HouseholdAddress)),
        ("*职业", details.occupation.clone()),
        ("单位名称", details.employer_name.clone().unwrap_or_default()),
        ("联系电话", details.phone.clone()),
        ("电子邮箱", optional(Field::Email)),
        (
            "代办人（监护人）姓名",
            guardian
                .map(|g| g.name.display().to_owned())
                .or(agent.map(|a| a.name.clone()))
                .unwrap_or_default(),
        ),
        (
            "代办人（监护人）证件类型",
            guardian
                .map(|g| g.document_kind)
                .or(agent.map(|a| a.document_kind))
                .map_or(String::new(), |k| k.name().into()),
        ),
        (
            "代办人（监护人）证件号码",
            guardian
                .map(|g| g.document_number.clone())
                .or(agent.map(|a| a.document_number.clone()))
                .unwrap_or_default(),
        ),
        ("申请人（代办人）签名", String::new()),
    ]
}
