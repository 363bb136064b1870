//! What is printed for the applicant: 个人业务申请表 (Appendix 1) for the signature, 业务受理回执 (Appendix 2), and the written
//! voucher of whoever is refused (Article 8).

use crate::clause;
use crate::codes;
use crate::ctx::Instant;
use crate::facts::application::{Agent, Application, ExchangeReason, Ground, Purpose, Stage};
use crate::facts::document::DocumentKind;
use crate::facts::form::{ApplicationForm, Defect, Delivery, Field, PersonCategory};
use crate::facts::holder::HolderFile;
use crate::facts::institution::{Institutions, Organisation};
use crate::facts::receipt::BusinessReceipt;
use crate::ids::{BankCode, OfficerId};
use crate::refusal::{Reason, Refusal};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Every application type that Appendix 1 lists, in its order, with the kinds that it tells apart.
pub const TYPES: [(&str, &[&str]); 14] = [
    ("申请", &[]),
    ("挂失", &[]),
    ("解除挂失", &[]),
    ("补卡", &[]),
    ("卡损坏换卡", &["人为损坏", "非人为损坏"]),
    ("卡面信息变更换卡", &[]),
    ("逾有效期换卡", &[]),
    ("服务银行变更换卡", &[]),
    ("卡注销", &["转移到省外", "出国定居", "死亡", "其它"]),
    ("修改密码", &[]),
    ("密码解锁", &[]),
    ("密码重置", &[]),
    ("即时补卡", &[]),
    ("即时换卡", &[]),
];

/// 本人授权申明, in the words of Appendix 1.
pub const DECLARATION: [&str; 2] = [
    "本人保证本表填写内容和所附的全部资料真实、合法、有效，对所填写的信息负责，自愿遵守人社部门和开户银行关于社会保障卡的相关规定。",
    "本人同意为办理社保卡业务，自愿提供相关个人信息，并授权卡经办部门在为本人办理社保卡业务过程中，收集、保存、使用本人提供的个人信息。",
];

/// 有效证件复印件粘贴处: what is pasted, in the words of Appendix 1.
pub const PASTED: [&str; 6] = [
    "年满16周岁的中国公民粘贴身份证正、背面复印件",
    "未满16周岁的中国公民，粘贴申领人居民户口簿及监护人证明文件",
    "华侨粘贴护照复印件",
    "香港、澳门特别行政区居民粘贴港澳居民来往内地通行证复印件",
    "台湾居民粘贴台湾居民来往大陆通行证复印件",
    "外国居民粘贴护照或外国人永久居留证复印件",
];

const BANKS: [&str; 9] = [
    "工商银行",
    "农业银行",
    "中国银行",
    "建设银行",
    "邮储银行",
    "广发银行",
    "交通银行",
    "农信社（农商银行）",
    "其他",
];
const HOUSEHOLDS: [&str; 5] = ["本省户籍", "非本省户籍", "台港澳人员", "外国人", "华侨"];
const EDUCATIONS: [&str; 12] =
    ["博士", "硕士", "大学", "大专", "中专", "技校", "高中", "职高", "初中", "小学", "文盲", "其他"];
const STATUSES: [&str; 8] = ["就业", "退休", "离休", "失业", "无业", "退职", "从未就业", "其他"];
const OCCUPATIONS: [&str; 9] =
    ["公务员", "事业单位", "军人警察", "企业员工", "私营业主", "学生", "自由职业", "退休", "其他"];
const IDENTITIES: [&str; 4] = ["城镇职工", "城镇居民", "农民", "其他"];
const MANNERS: [&str; 2] = ["网点领取", "邮递上门"];
const AGENT_DOCUMENTS: [&str; 6] = ["身份证", "户口簿", "通行证", "护照", "港澳台居民居住证", "其他"];

/// A box and what it is the box of.
fn boxed(name: &str, chosen: bool) -> String {
    format!("{}{name}", if chosen { '☑' } else { '□' })
}

/// The boxes of an item in its order, one of them ticked, or none to be ticked by hand. What is chosen and has no box of its own
/// is written beside 其他.
fn boxes(of: &[&str], chosen: (&str, &str)) -> String {
    each_box(of, chosen).join(" ")
}

fn each_box(of: &[&str], (chosen, beside): (&str, &str)) -> Vec<String> {
    let one = |name: &&str| {
        let said = boxed(name, *name == chosen);
        if *name == chosen && !beside.is_empty() { format!("{said}（{beside}）") } else { said }
    };
    of.iter().map(one).collect()
}

/// *开户银行 as Appendix 1 has it, with room behind 其他 for a name by hand.
fn bank_boxes(chosen: (&str, &str)) -> String {
    let all = each_box(&BANKS, chosen).join("、");
    if all.ends_with("其他") { format!("{all}　　　　　　") } else { all }
}

/// Whether the card of an application is made at the counter: whoever applies chose so, or a pre-made card is being printed for it, or was.
fn is_instant(application: &Application, file: &HolderFile) -> bool {
    let card = file.cards.iter().find(|c| c.application == application.id);
    application.instant_at.is_some()
        || matches!(application.stage, Stage::Personalising { .. })
        || card.is_some_and(|c| c.pre_made.is_some())
}

/// Which of [`TYPES`] an application is, and which of its kinds. Appendix 1 has no box for an exchange of another reason (Article 27,
/// item 5): none is ticked then, and the reason is written beside.
fn types_of(application: &Application, instant: bool) -> (Vec<&'static str>, Option<&str>) {
    let and = |mut types: Vec<&'static str>, made: &'static str| {
        types.extend(instant.then_some(made));
        (types, None)
    };
    match &application.purpose {
        Purpose::First => (vec!["申请"], None),
        Purpose::Reissue { .. } => and(vec!["补卡"], "即时补卡"),
        Purpose::BankChange { .. } => and(vec!["服务银行变更换卡"], "即时换卡"),
        Purpose::Exchange { reason, .. } => match reason {
            ExchangeReason::Damaged { by_human: true } => and(vec!["卡损坏换卡", "人为损坏"], "即时换卡"),
            ExchangeReason::Damaged { by_human: false } => and(vec!["卡损坏换卡", "非人为损坏"], "即时换卡"),
            ExchangeReason::DataChanged => and(vec!["卡面信息变更换卡"], "即时换卡"),
            ExchangeReason::Expired => and(vec!["逾有效期换卡"], "即时换卡"),
            ExchangeReason::Other { why } => (and(Vec::new(), "即时换卡").0, Some(why)),
        },
    }
}

/// *申请类型 as Appendix 1 has it, with the chosen ones ticked.
fn types(chosen: &[&str], why: Option<&str>) -> String {
    let one = |(name, kinds): &(&str, &[&str])| {
        let said = boxed(name, chosen.contains(name));
        let kinds: Vec<String> = kinds.iter().map(|k| boxed(k, chosen.contains(k))).collect();
        if kinds.is_empty() { said } else { format!("{said}（{}）", kinds.join(" ")) }
    };
    let all = TYPES.iter().map(one).collect::<Vec<_>>().join(" ");
    why.map_or(all.clone(), |why| format!("{all} （其他原因换领：{why}）"))
}

/// The box of *开户银行.
fn bank_box(bank: &BankCode) -> (&'static str, &'static str) {
    let own = match bank.as_str() {
        "95588" => "工商银行",
        "95599" => "农业银行",
        "95566" => "中国银行",
        "95533" => "建设银行",
        "95580" => "邮储银行",
        "95508" => "广发银行",
        "95559" => "交通银行",
        "96138" => "农信社（农商银行）",
        _ => return ("其他", bank.name()),
    };
    (own, "")
}

/// The box of 文化程度 by its code (data/education.csv); 文盲 has none of its own there.
fn education_box(code: &str) -> (&'static str, &'static str) {
    let own = match code {
        "11" => "博士",
        "14" => "硕士",
        "21" => "大学",
        "31" => "大专",
        "41" => "中专",
        "44" => "职高",
        "47" => "技校",
        "61" => "高中",
        "71" => "初中",
        "81" => "小学",
        "90" => "其他",
        _ => "",
    };
    (own, "")
}

/// The box of 工作状态 by its code (data/person_status.csv).
fn status_box(code: &str) -> (&'static str, &'static str) {
    let own = match code {
        "1" => "就业",
        "2" => "离休",
        "3" => "退休",
        "4" => "退职",
        "5" => "失业",
        "6" => "无业",
        "7" => "从未就业",
        "8" => "其他",
        _ => "",
    };
    (own, "")
}

/// The box of *职业. The classes of the code table are others than the boxes of the form: only soldiers have one, everybody else's
/// class is written beside 其他, so that no box is ticked that nobody chose.
fn occupation_box(code: &str) -> (&'static str, String) {
    let name = codes::occupation(code);
    match code.get(..1) {
        None => ("", name),
        Some("7") => ("军人警察", name),
        Some(_) => ("其他", name),
    }
}

/// The box of 个人身份状态 by its code (data/person_identity.csv), with the code's own name beside it.
fn identity_box(code: &str) -> (&'static str, &'static str) {
    let name = codes::person_identity(code).unwrap_or("");
    match code {
        "" => ("", ""),
        "27" => ("农民", ""),
        "11" | "12" | "13" | "17" | "21" | "24" => ("城镇职工", name),
        _ => ("其他", name),
    }
}

/// The box of 证件类型 of whoever acts.
fn agent_document_box(kind: Option<DocumentKind>) -> (&'static str, &'static str) {
    let Some(kind) = kind else { return ("", "") };
    match kind {
        DocumentKind::IdentityCard => ("身份证", ""),
        DocumentKind::HouseholdRegister => ("户口簿", ""),
        DocumentKind::MainlandTravelPermitHkMo | DocumentKind::MainlandTravelPermitTw => ("通行证", ""),
        DocumentKind::HmtResidencePermit => ("港澳台居民居住证", ""),
        DocumentKind::Passport | DocumentKind::ChinesePassport => ("护照", ""),
        DocumentKind::ForeignPermanentResident => ("其他", kind.name()),
    }
}

fn day(d: Date) -> String {
    match d.year() {
        9999 => "长期".to_owned(),
        _ => d.strftime("%Y年%m月%d日").to_string(),
    }
}

/// 证件有效期 as it stands on an identity card: in one line, however long.
fn period(from: Option<Date>, until: Date) -> String {
    let day =
        |d: Date| if d.year() == 9999 { "长期".to_owned() } else { d.strftime("%Y.%m.%d").to_string() };
    match from {
        Some(from) => format!("{}-{}", day(from), day(until)),
        None => format!("至{}", day(until)),
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

/// What the form says besides who the applicant is.
struct Given<'a> {
    /// Empty when it is written by hand.
    form_no: String,
    photo: String,
    /// *申请类型 with its boxes.
    types: String,
    bank: &'a BankCode,
    agent: Option<&'a Agent>,
    delivery: Option<&'a Delivery>,
    /// 领取方式; empty when nobody chose it.
    manner: &'static str,
}

/// The items of Appendix 1 of an application.
pub fn form_items(
    application: &Application,
    file: &HolderFile,
    details: &ApplicationForm,
) -> Vec<(&'static str, String)> {
    let (chosen, why) = types_of(application, is_instant(application, file));
    let delivery = application.delivery.as_ref();
    // At 补换卡 one of both is chosen (Articles 27 and 31); on the form of a first application it may be left open.
    let collects = application.chose_outlet || application.purpose != Purpose::First;
    let manner = match (delivery, collects) {
        (Some(_), _) => "邮递上门",
        (None, true) => "网点领取",
        (None, false) => "",
    };
    let given = Given {
        form_no: application.form_no.clone(),
        photo: application.photo_from.map_or("", |from| from.name()).to_owned(),
        types: types(&chosen, why),
        bank: &application.bank,
        agent: application.agent.as_ref(),
        delivery,
        manner,
    };
    filled(details, &given)
}

/// Businesses about a card for which the clerk takes Appendix 1 (Articles 19 to 21, 26 and 33): a stable name for addresses, the page at
/// which the business is done, and its box in [`TYPES`].
pub const AT_COUNTER: [(&str, &str, &str); 6] = [
    ("loss", "/loss", "挂失"),
    ("release", "/loss", "解除挂失"),
    ("cancel", "/cancel", "卡注销"),
    ("pin_change", "/pin", "修改密码"),
    ("pin_unlock", "/pin", "密码解锁"),
    ("pin_reset", "/pin", "密码重置"),
];

/// The items of Appendix 1 that nobody has filled in: the boxes, and of the types those ticked that were chosen. Whoever signs it writes
/// the rest: a printed form would show what the card's file has, which is shown for a reason only.
pub fn blank_form_items(chosen: &[&str]) -> Vec<(&'static str, String)> {
    clause!(X1.1);
    let none = ("", "");
    vec![
        ("*申请类型", types(chosen, None)),
        ("*开户银行", bank_boxes(none)),
        ("户籍性质", boxes(&HOUSEHOLDS, none)),
        ("文化程度", boxes(&EDUCATIONS, none)),
        ("工作状态", boxes(&STATUSES, none)),
        ("*职业", boxes(&OCCUPATIONS, none)),
        ("个人身份状态", boxes(&IDENTITIES, none)),
        ("代办人（监护人）证件类型", boxes(&AGENT_DOCUMENTS, none)),
        ("领取方式", boxes(&MANNERS, none)),
    ]
}

/// The items of Appendix 1 in its order: title, with its asterisk, and text. What the form does not hold is left empty,
/// to be written by hand.
fn filled(details: &ApplicationForm, given: &Given<'_>) -> Vec<(&'static str, String)> {
    clause!(X1.1);
    let optional = |field: Field| details.optional(field).to_owned();
    let name = |look: fn(&str) -> Option<&'static str>, code: &str| look(code).unwrap_or("").to_owned();
    let (guardian, agent) = (details.guardian.as_ref(), given.agent);
    // Whoever acted stands before the guardian of the form, who may be another.
    let agent_name = agent.map(|a| a.name.clone());
    let agent_kind = agent.map(|a| a.document_kind).or(guardian.map(|g| g.document_kind));
    let agent_number = agent.map(|a| a.document_number.clone());
    let (from, until) = (details.document_valid_from.map(day), day(details.document.valid_until));
    let (occupation, class) = occupation_box(&details.occupation);
    let to = |item: fn(&Delivery) -> &String| given.delivery.map(item).cloned().unwrap_or_default();
    vec![
        ("*申请表编号", given.form_no.clone()),
        ("*姓名", details.name.display().into()),
        ("*性别", name(codes::sex, &details.sex)),
        ("*民族", name(codes::ethnicity, &details.ethnicity)),
        ("*国籍", name(codes::country, &details.nationality)),
        ("个人相片", given.photo.clone()),
        ("*证件类型", details.document.kind().name().into()),
        ("*证件号码", details.document.number().into()),
        ("*证件有效期", period(details.document_valid_from, details.document.valid_until)),
        ("*发证机关", details.issuing_authority.clone().unwrap_or_default()),
        ("有效期起始日", from.unwrap_or_default()),
        ("有效期到期日", until),
        ("*出生日期", day(details.birth_date)),
        ("*手机号码", details.mobile.clone().unwrap_or_default()),
        ("*通讯地址", details.postal_address.clone()),
        ("*申请类型", given.types.clone()),
        ("*开户银行", bank_boxes(bank_box(given.bank))),
        ("户籍性质", boxes(&HOUSEHOLDS, (household(details), ""))),
        ("户口性质", name(codes::household_kind, &optional(Field::HouseholdKind))),
        ("户籍地", codes::household_division(details.optional(Field::HouseholdDivision))),
        ("户籍地址", optional(Field::HouseholdAddress)),
        ("文化程度", boxes(&EDUCATIONS, education_box(&optional(Field::Education)))),
        ("工作状态", boxes(&STATUSES, status_box(&optional(Field::PersonStatus)))),
        ("*职业", boxes(&OCCUPATIONS, (occupation, &class))),
        ("个人身份状态", boxes(&IDENTITIES, identity_box(&optional(Field::PersonIdentity)))),
        ("单位名称", details.employer_name.clone().unwrap_or_default()),
        ("单位地址", optional(Field::EmployerAddress)),
        ("联系电话", details.phone.clone()),
        ("电子邮箱", optional(Field::Email)),
        (
            "代办人（监护人）姓名",
            agent_name.or(guardian.map(|g| g.name.display().to_owned())).unwrap_or_default(),
        ),
        ("代办人（监护人）证件类型", boxes(&AGENT_DOCUMENTS, agent_document_box(agent_kind))),
        ("代办人（监护人）联系电话", agent.map(|a| a.phone.clone()).unwrap_or_default()),
        (
            "代办人（监护人）证件号码",
            agent_number.or(guardian.map(|g| g.document_number.clone())).unwrap_or_default(),
        ),
        ("领取方式", boxes(&MANNERS, (given.manner, ""))),
        ("邮寄地址", to(|d| &d.address)),
        ("收件人姓名", to(|d| &d.recipient)),
        ("收件人联系方式", to(|d| &d.phone)),
        ("申请人（代办人）签名", String::new()),
        ("业务经办人签名", String::new()),
    ]
}

/// Who signs what is printed: the outlet with its code, and the officer.
pub struct Signed {
    /// 业务经办单位, under the name that it had then.
    pub office: Organisation,
    /// 业务经办人; empty when no officer typed it.
    pub clerk: String,
}

impl Signed {
    /// By the outlet of an application and an officer, at a moment; `None` when the outlet is not known.
    pub fn of(
        outlet: crate::ids::OrgId,
        by: Option<OfficerId>,
        institutions: &Institutions,
        at: Instant,
    ) -> Option<Self> {
        let clerk = by.and_then(|id| institutions.officer(id)).map(|o| o.name.clone());
        Some(Self { office: institutions.org_as_of(outlet, at)?, clerk: clerk.unwrap_or_default() })
    }
}

/// The items of the receipt of Appendix 2, in its order: title and text (R8.4, X2.1). `number`, `name` and `phone` are masked
/// or full, as the page may show them.
pub fn receipt_items(
    application: &Application,
    signed: &Signed,
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
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct VoucherLine {
    /// What stands against it, with its article and the way out, as one text.
    pub text: String,
}

/// 不予受理凭证: the written voucher of Articles 8 and 9.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
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

/// Faults of how an item was written: too long, or with what no other system reads. It is written anew on the spot; that is no condition of
/// Article 8 that an applicant does not meet.
const OF_WRITING: [&str; 6] =
    ["too_long", "leading_apostrophe", "private_use", "bad_character", "formula", "invisible_character"];

fn is_of_writing(defect: &Defect) -> bool {
    OF_WRITING.contains(&defect.code)
}

/// Whether a refusal is one of an applicant, who gets it in writing; the others are about whoever typed, or about the request, or ask the
/// clerk who it is, or ask him to write an item otherwise.
pub fn gets_voucher(refusal: &Refusal) -> bool {
    clause!(R8.9);
    if !refusal.defects.is_empty() && refusal.defects.iter().all(is_of_writing) {
        return false;
    }
    !matches!(
        refusal.reason,
        Reason::RequestKeyReused
            | Reason::OfficerInactive
            | Reason::NotPermitted
            | Reason::OutOfScope
            | Reason::RegisterUnavailable
            | Reason::PossiblySamePerson
            | Reason::CandidatesChanged
    )
}

/// The voucher of an application that was refused at the counter, with everything that stands against it; how an item is written does not.
pub fn refused_voucher(
    number: &str,
    applicant: &str,
    refusal: &Refusal,
    signed: &Signed,
    at: Instant,
) -> Voucher {
    clause!(R8.9);
    let of = |d: &Defect| VoucherLine { text: d.message.clone() };
    let lines = match refusal.defects.is_empty() {
        true => vec![VoucherLine { text: refusal.sentence() }],
        false => refusal.defects.iter().filter(|d| !is_of_writing(d)).map(of).collect(),
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
    // Whoever declined it signs for the office where he worked then.
    let office = by.and_then(|id| institutions.office_of(id, *at)).unwrap_or(application.outlet);
    let signed = Signed::of(office, *by, institutions, *at)?;
    Some(voucher(&application.form_no, applicant, lines, &signed, *at))
}

fn voucher(number: &str, applicant: &str, lines: Vec<VoucherLine>, signed: &Signed, at: Instant) -> Voucher {
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
