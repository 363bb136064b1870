//! What is printed for the applicant: 个人业务申请表 (Appendix 1) for the signature, 业务受理回执 (Appendix 2), and the written
//! voucher of whoever is refused (Article 8).

use crate::clause;
use crate::codes;
use crate::ctx::Instant;
use crate::facts::application::{Application, ExchangeReason, Ground, Purpose, Stage};
use crate::facts::form::{ApplicationForm, Defect, Field, PersonCategory};
use crate::facts::holder::HolderFile;
use crate::facts::institution::{Institutions, Organisation};
use crate::facts::receipt::BusinessReceipt;
use crate::ids::OfficerId;
use crate::refusal::{Reason, Refusal};
use jiff::civil::Date;

/// Every application type that Appendix 1 lists, in its order.
pub const TYPES: [&str; 18] = [
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
    "即时补卡",
    "即时换卡",
];

/// Whether the card of an application is made at the counter: a pre-made card is being printed for it, or was.
fn is_instant(application: &Application, file: &HolderFile) -> bool {
    let card = file.cards.iter().find(|c| c.application == application.id);
    matches!(application.stage, Stage::Personalising { .. }) || card.is_some_and(|c| c.pre_made.is_some())
}

/// Which of [`TYPES`] an application is. Appendix 1 has no box for an exchange of another reason (Article 27, item 5): none is
/// ticked then, and the reason is written beside.
fn types_of(application: &Application, instant: bool) -> (Vec<&'static str>, Option<&str>) {
    let one = |t| (vec![t], None);
    let and = |t, made: &'static str| if instant { (vec![t, made], None) } else { one(t) };
    match &application.purpose {
        Purpose::First => one("申请"),
        Purpose::Reissue { .. } => and("补卡", "即时补卡"),
        Purpose::BankChange { .. } => and("服务银行变更换卡", "即时换卡"),
        Purpose::Exchange { reason, .. } => match reason {
            ExchangeReason::Damaged { by_human: true } => and("卡损坏换卡（人为损坏）", "即时换卡"),
            ExchangeReason::Damaged { by_human: false } => and("卡损坏换卡（非人为损坏）", "即时换卡"),
            ExchangeReason::DataChanged => and("卡面信息变更换卡", "即时换卡"),
            ExchangeReason::Expired => and("逾有效期换卡", "即时换卡"),
            ExchangeReason::Other { why } => (if instant { vec!["即时换卡"] } else { Vec::new() }, Some(why)),
        },
    }
}

fn day(d: Date) -> String {
    match d.year() {
        9999 => "长期".to_owned(),
        _ => d.strftime("%Y年%m月%d日").to_string(),
    }
}

/// 户籍性质 as Appendix 1 asks for it: of the province or not, or who it is.
fn household(details: &ApplicationForm) -> &'static str {
    match details.category {
        PersonCategory::HongKongMacaoTaiwan => "台港澳人员",
        PersonCategory::Foreigner => "外国人",
        PersonCategory::OverseasChinese => "华侨",
        PersonCategory::MainlandResident => match details.optional(Field::HouseholdDivision) {
            "" => "",
            code if code.starts_with("44") => "本省户籍",
            _ => "非本省户籍",
        },
    }
}

/// 户籍地: the name of a division of the province with its city, or the code of another province's.
fn division(code: &str) -> String {
    codes::division(code).map_or(code.to_owned(), |d| format!("{}{}", d.parent_name(), d.name))
}

/// The items of Appendix 1 in its order: title, with its asterisk, and text. What the form does not hold is left empty,
/// to be written by hand.
pub fn form_items(
    application: &Application,
    file: &HolderFile,
    details: &ApplicationForm,
) -> Vec<(&'static str, String)> {
    clause!(X1.1);
    let optional = |field: Field| details.optional(field).to_owned();
    let (chosen, why) = types_of(application, is_instant(application, file));
    let types = TYPES.map(|t| format!("{}{t}", if chosen.contains(&t) { '☑' } else { '□' })).join("　");
    let types = why.map_or(types.clone(), |why| format!("{types}　（其他原因换领：{why}）"));
    let name = |look: fn(&str) -> Option<&'static str>, code: &str| look(code).unwrap_or("").to_owned();
    let (guardian, agent) = (details.guardian.as_ref(), application.agent.as_ref());
    // Whoever acted stands before the guardian of the form, who may be another.
    let agent_name = agent.map(|a| a.name.clone());
    let agent_kind = agent.map(|a| a.document_kind).or(guardian.map(|g| g.document_kind));
    let agent_number = agent.map(|a| a.document_number.clone());
    let photo = application.photo_from.map_or("", |from| from.name()).to_owned();
    let delivery = application.delivery.as_ref();
    let to =
        |item: fn(&crate::facts::form::Delivery) -> &String| delivery.map(item).cloned().unwrap_or_default();
    vec![
        ("*申请表编号", application.form_no.clone()),
        ("*姓名", details.name.display().into()),
        ("*性别", name(codes::sex, &details.sex)),
        ("*民族", name(codes::ethnicity, &details.ethnicity)),
        ("*国籍", name(codes::country, &details.nationality)),
        ("个人相片", photo),
        ("*证件类型", details.document.kind().name().into()),
        ("*证件号码", details.document.number().into()),
        ("*证件有效期起始日", details.document_valid_from.map(day).unwrap_or_default()),
        ("*证件有效期到期日", day(details.document.valid_until)),
        ("*发证机关", details.issuing_authority.clone().unwrap_or_default()),
        ("*出生日期", day(details.birth_date)),
        ("*手机号码", details.mobile.clone().unwrap_or_default()),
        ("*通讯地址", details.postal_address.clone()),
        ("*申请类型", types),
        ("*开户银行", application.bank.name().into()),
        ("户籍性质", household(details).into()),
        ("户口性质", name(codes::household_kind, &optional(Field::HouseholdKind))),
        ("户籍地", division(details.optional(Field::HouseholdDivision))),
        ("户籍地址", optional(Field::HouseholdAddress)),
        ("文化程度", name(codes::education, &optional(Field::Education))),
        ("工作状态", name(codes::person_status, &optional(Field::PersonStatus))),
        ("*职业", codes::occupation(&details.occupation)),
        ("个人身份状态", name(codes::person_identity, &optional(Field::PersonIdentity))),
        ("单位名称", details.employer_name.clone().unwrap_or_default()),
        ("单位地址", optional(Field::EmployerAddress)),
        ("联系电话", details.phone.clone()),
        ("电子邮箱", optional(Field::Email)),
        (
            "代办人（监护人）姓名",
            agent_name.or(guardian.map(|g| g.name.display().to_owned())).unwrap_or_default(),
        ),
        ("代办人（监护人）证件类型", agent_kind.map_or(String::new(), |k| k.name().into())),
        ("代办人（监护人）联系电话", agent.map(|a| a.phone.clone()).unwrap_or_default()),
        (
            "代办人（监护人）证件号码",
            agent_number.or(guardian.map(|g| g.document_number.clone())).unwrap_or_default(),
        ),
        ("领取方式", if delivery.is_some() { "邮递上门" } else { "网点领取" }.into()),
        ("邮寄地址", to(|d| &d.address)),
        ("收件人姓名", to(|d| &d.recipient)),
        ("收件人联系方式", to(|d| &d.phone)),
        ("申请人（代办人）签名", String::new()),
        ("业务经办人签名", String::new()),
    ]
}

/// Who signs what is printed: the outlet with its code, and the officer.
pub struct Signed<'a> {
    /// 业务经办单位.
    pub office: &'a Organisation,
    /// 业务经办人; empty when no officer typed it.
    pub clerk: String,
}

impl<'a> Signed<'a> {
    /// By the outlet of an application and an officer; `None` when the outlet is not known.
    pub fn of(
        outlet: crate::ids::OrgId,
        by: Option<OfficerId>,
        institutions: &'a Institutions,
    ) -> Option<Self> {
        let clerk = by.and_then(|id| institutions.officer(id)).map(|o| o.name.clone());
        Some(Self { office: institutions.org(outlet)?, clerk: clerk.unwrap_or_default() })
    }
}

/// The items of the receipt of Appendix 2, in its order: title and text (R8.4, X2.1). `number`, `name` and `phone` are masked
/// or full, as the page may show them.
pub fn receipt_items(
    application: &Application,
    signed: &Signed<'_>,
    [number, name, phone]: [&str; 3],
) -> Vec<(&'static str, String)> {
    clause!(R8.4);
    clause!(X2.1);
    let receipt = BusinessReceipt {
        accepted_on: application.received_on,
        outlet_code: signed.office.code.clone(),
        business_no: application.form_no.clone(),
        number: number.into(),
        name: name.into(),
        phone: phone.into(),
        business: application.purpose.name().into(),
        org: signed.office.name.clone(),
        officer: signed.clerk.clone(),
    };
    receipt.items()
}

/// What a written voucher says against an application: what, by which article, and what can be done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VoucherLine {
    /// What stands against it, with its article and the way out, as one text.
    pub text: String,
}

/// 不予受理凭证: the written voucher of Articles 8 and 9.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Voucher {
    /// 凭证编号.
    pub number: String,
    /// Who applied, as the page may show it.
    pub applicant: String,
    /// Each with its reason, article and way out.
    pub lines: Vec<VoucherLine>,
    /// 经办单位 and its code.
    pub office: String,
    pub office_code: String,
    /// 经办人.
    pub clerk: String,
    /// The day, in Chinese.
    pub day: String,
}

/// Whether a refusal is one of an applicant, who gets it in writing; the others are about whoever typed, or about the request.
pub fn gets_voucher(refusal: &Refusal) -> bool {
    clause!(R8.9);
    !matches!(
        refusal.reason,
        Reason::RequestKeyReused
            | Reason::OfficerInactive
            | Reason::NotPermitted
            | Reason::OutOfScope
            | Reason::RegisterUnavailable
    )
}

/// The voucher of an application that was refused at the counter, with everything that stands against it.
pub fn refused_voucher(
    number: &str,
    applicant: &str,
    refusal: &Refusal,
    signed: &Signed<'_>,
    at: Instant,
) -> Voucher {
    clause!(R8.9);
    let of = |d: &Defect| VoucherLine { text: d.message.clone() };
    let lines = match refusal.defects.is_empty() {
        true => vec![VoucherLine { text: refusal.sentence() }],
        false => refusal.defects.iter().map(of).collect(),
    };
    voucher(number, applicant, lines, signed, at)
}

/// The voucher of an application that was declined; `None` for any other.
pub fn declined_voucher(
    application: &Application,
    applicant: &str,
    institutions: &Institutions,
) -> Option<Voucher> {
    clause!(R8.9);
    let Stage::Declined { at, ground, by } = &application.stage else { return None };
    let Ground { reason, article, remedy } = ground;
    let lines =
        vec![VoucherLine { text: format!("{reason}。依据：{article}。解决途径：{remedy}。") }];
    // Whoever declined it signs for the office where he works.
    let office = by.and_then(|id| institutions.officer(id)).map_or(application.outlet, |o| o.org);
    let signed = Signed::of(office, *by, institutions)?;
    Some(voucher(&application.form_no, applicant, lines, &signed, *at))
}

fn voucher(
    number: &str,
    applicant: &str,
    lines: Vec<VoucherLine>,
    signed: &Signed<'_>,
    at: Instant,
) -> Voucher {
    Voucher {
        number: number.to_owned(),
        applicant: applicant.to_owned(),
        lines,
        office: signed.office.name.clone(),
        office_code: signed.office.code.clone(),
        clerk: signed.clerk.clone(),
        day: day(at.date()),
    }
}
