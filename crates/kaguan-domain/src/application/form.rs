//! The judgement of one form: all defects at once, each with field, code, sentence, article and remedy (Articles 8, 9 and
//! 10, Appendices 1 and 6).

mod papers;

use crate::characters::{self, gb18030_len};
use crate::clause;
use crate::clause::Clause;
use crate::codes;
use crate::facts::document::{Document, DocumentKind};
use crate::facts::form::{
    ApplicationForm, Defect, Delivery, Field, FormDraft, Guardian, PersonCategory, SEXES, Spelling, delivery,
};
use crate::facts::name::HolderName;
use crate::facts::social_security_number::SocialSecurityNumber;
use crate::ids::{BankCode, CityCode};
use crate::social_security_number::derive;
use crate::spelling;
use jiff::civil::Date;

/// By which door a form comes; a few rules differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Door {
    /// A row of an employer's file.
    Batch,
    /// A form typed at the counter.
    Personal,
    /// The form of somebody on file who has business again: what a row of a file does not carry is not asked for again,
    /// unless the document is another one.
    OnFile,
}

/// Whether an item must be filled in. The title line of the file asks for 联系电话; Article 10 asks for 手机号码 and
/// 通讯地址 in its place at the counter, and for the document's first day and authority.
pub fn required(field: Field, door: Door) -> bool {
    clause!(R10.1);
    let personal = Field::PERSONAL.contains(&field);
    match door {
        Door::Batch => !personal && field.required(),
        Door::Personal | Door::OnFile => match field {
            Field::Phone => false,
            Field::PostalAddress => true,
            Field::Mobile => door == Door::Personal,
            f if personal => door == Door::Personal && f.required(),
            f => f.required(),
        },
    }
}

/// What the judgement depends on besides the form.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances {
    /// The day of application.
    pub on: Date,
    /// The door.
    pub door: Door,
    /// Whether 职业 must be filled in: Article 10 and the title line say so, the table of Appendix 6 does not.
    pub occupation_required: bool,
}

impl Circumstances {
    /// The usual circumstances.
    pub fn new(on: Date, door: Door) -> Self {
        Self { on, door, occupation_required: true }
    }
}

/// What came of judging a form.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Judgement {
    /// The typed form; `Some` exactly when there are no defects.
    pub form: Option<ApplicationForm>,
    /// Of a form with defects, as much as can be read when none of them is about who the person is: an item that is wrong is empty in it. What
    /// else stands against the person is asked with it (R9.3); it is never taken in.
    pub legible: Option<Box<ApplicationForm>>,
    /// Everything that is wrong.
    pub defects: Vec<Defect>,
    /// What is odd but not wrong.
    pub warnings: Vec<Defect>,
    /// The form as it was judged, in its one way of writing.
    pub folded: FormDraft,
}

struct Judge<'a> {
    /// In its one way of writing.
    draft: &'a FormDraft,
    /// Columns with a character that nobody sees: they are refused whole, and nothing else is said of them.
    unseen: Vec<Field>,
    c: &'a Circumstances,
    defects: Vec<Defect>,
    warnings: Vec<Defect>,
}

/// Judges a form.
pub fn judge(draft: &FormDraft, c: &Circumstances) -> Judgement {
    let folded = draft.folded();
    let mut j = Judge { draft: &folded, unseen: Vec::new(), c, defects: Vec::new(), warnings: Vec::new() };
    j.see(draft);
    let legible = j.legible();
    let Judge { defects, warnings, .. } = j;
    let (form, legible) = match defects.iter().any(|d| WHO.contains(&d.field)) {
        _ if defects.is_empty() => (legible, None),
        true => (None, None),
        false => (None, legible.map(Box::new)),
    };
    Judgement { form, legible, defects, warnings, folded }
}

/// The items that say who somebody is.
const WHO: [Field; 6] = [
    Field::Nationality,
    Field::DocumentKind,
    Field::DocumentNumber,
    Field::Name,
    Field::Sex,
    Field::BirthDate,
];

impl Judge<'_> {
    fn wrong(&mut self, field: Field, code: &'static str, what: &str, remedy: &str) {
        self.wrong_by(field, code, self.asked_by(), what, remedy);
    }

    /// What asks for the items of the form and says how they are written: Article 10 of a paper form, Appendix 6 of a row.
    fn asked_by(&self) -> Clause {
        match self.c.door {
            Door::Batch => clause!(X6.1),
            Door::Personal | Door::OnFile => clause!(R10.1),
        }
    }

    fn wrong_by(&mut self, field: Field, code: &'static str, clause: Clause, what: &str, remedy: &str) {
        self.defects.push(Defect::titled(self.title(field), field, code, clause, what, remedy));
    }

    fn warn(&mut self, field: Field, code: &'static str, clause: Clause, what: &str, remedy: &str) {
        self.warnings.push(Defect::titled(self.title(field), field, code, clause, what, remedy));
    }

    /// What the item is called where whoever hears of it has written it.
    fn title(&self, field: Field) -> &'static str {
        match self.c.door {
            Door::Batch => field.title(),
            Door::Personal | Door::OnFile => field.personal_title(),
        }
    }

    /// Refuses what nobody sees, in every column and by name; tells the clerk where a number or a name was written otherwise.
    fn see(&mut self, written: &FormDraft) {
        for field in Field::TITLE_ROW.iter().chain(Field::PERSONAL).copied() {
            let text = spelling::trim(written.get(field));
            let invisible = characters::invisible_in(text);
            if !invisible.is_empty() {
                self.unseen.push(field);
                let what = format!("含有看不见的字符：{invisible}");
                self.wrong(
                    field,
                    "invisible_character",
                    &what,
                    "请删除后重新填写，勿从网页或即时通信软件粘贴",
                );
                continue;
            }
            let folded = self.draft.get(field);
            if folded == text || folded.is_empty() {
                continue;
            }
            match field.spelling() {
                Spelling::Code if field.is_date() && folded != spelling::half_width(text) => {
                    let (clause, what) = (self.asked_by(), "已换成八位数字");
                    self.warn(field, "respelled", clause, what, "请核对证件原件，以后按八位数字填写");
                }
                Spelling::Number | Spelling::Code => {
                    let number = field.spelling() == Spelling::Number;
                    let what = respelled(text, number);
                    if !what.is_empty() {
                        // The social security number is made of the number of a document; of no other item Article 35 says anything.
                        let clause = if number { clause!(R35.1) } else { self.asked_by() };
                        self.warn(field, "respelled", clause, &what, "请核对证件原件，以后按半角大写填写");
                    }
                }
                Spelling::Name | Spelling::Prose => {
                    if characters::fold(text) != text {
                        let what = "含有兼容汉字、部首或自造字编码，已换成标准汉字";
                        self.warn(field, "standard_character", clause!(R5.3), what, "请核对证件原件");
                    }
                }
            }
        }
    }

    /// What stands in a column if it is well written at all: present when it must be, not too long, no character
    /// that a file cannot carry.
    fn text(&mut self, field: Field) -> Option<&str> {
        if self.unseen.contains(&field) {
            return None;
        }
        let draft = self.draft;
        let text = draft.get(field);
        let required = match field {
            Field::Occupation => self.c.occupation_required,
            f => required(f, self.c.door),
        };
        if text.is_empty() {
            if required {
                self.wrong(field, "missing", "不能为空", "请补填");
            }
            return None;
        }
        let spelling = field.spelling();
        // A name has a grammar and a length of its own.
        if spelling == Spelling::Name {
            return Some(text);
        }
        if text.starts_with('\'') {
            let what = "以半角撇号（'）开头，是电子表格的文本标记";
            self.wrong(field, "leading_apostrophe", what, "请删去撇号");
            return None;
        }
        if text.contains(characters::is_private_use) {
            let what = "含有自造字（私有区字符），别的系统读不出";
            self.wrong(field, "private_use", what, "请改用标准汉字");
            return None;
        }
        if text.contains([',', '"']) {
            self.wrong(field, "bad_character", "含有半角逗号或引号", "请改用全角符号或删除");
            return None;
        }
        if text.starts_with(['=', '+', '@']) || (text.starts_with('-') && text.len() > 1) {
            self.wrong(field, "formula", "以公式符号开头", "请按文本填写，去掉开头的符号");
            return None;
        }
        if spelling == Spelling::Number
            && let Some(what) = spelling::strange(text)
        {
            self.wrong(field, "bad_document_number", &what, "请按证件原件用半角数字和大写字母填写");
            return None;
        }
        // A date that is none, or a country by its name, is told as that, however long it is.
        let told_as_that = field.is_date() || field == Field::Nationality;
        let max = if told_as_that { 0 } else { field.max_gb18030_bytes() };
        if max > 0
            && let Some(long) = characters::too_long(text, max)
        {
            let what = match spelling {
                Spelling::Number => {
                    format!("去掉空格和连字符后有{}个字符，最多{max}个", gb18030_len(text))
                }
                Spelling::Code | Spelling::Name | Spelling::Prose => long,
            };
            // Which lengths there are is said there, whichever door a form comes by.
            self.wrong_by(field, "too_long", clause!(X6.1), &what, "请缩写后重新提交");
            return None;
        }
        Some(text)
    }

    /// A value of a code table.
    fn code(&mut self, field: Field, known: impl Fn(&str) -> bool) -> Option<String> {
        let text = self.text(field)?.to_owned();
        if known(&text) {
            return Some(text);
        }
        let alpha = field == Field::Nationality;
        let remedy =
            if alpha { "请按代码表填写三位字母代码，如CHN" } else { "请按代码表填写" };
        self.wrong(field, "unknown_code", "不在代码表中", remedy);
        None
    }

    /// A code of six digits, of which there is no table.
    fn six_digits(&mut self, field: Field, remedy: &str) -> Option<String> {
        let text = self.text(field)?.to_owned();
        if text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit()) {
            return Some(text);
        }
        self.wrong(field, "unknown_code", "应为6位数字", remedy);
        None
    }

    fn date(&mut self, field: Field) -> Option<Date> {
        let text = self.text(field)?.to_owned();
        let date = parse_date(&text);
        if date.is_none() {
            let remedy = format!("请填写{}", field.hint());
            self.wrong(field, "bad_date", "不是有效日期", &remedy);
        }
        date
    }

    /// The form, an item that is wrong left empty; nothing when it is not known who the person is. Every item is judged on the way.
    fn legible(&mut self) -> Option<ApplicationForm> {
        clause!(R10.1);
        clause!(R8.5);
        let form_no = self.form_no();
        let card_kind = self.code(Field::CardKind, |s| codes::card_kind(s).is_some());
        let nationality = self.code(Field::Nationality, |s| codes::country(s).is_some());
        let name = self.name(Field::Name, Field::DocumentKind);
        let sex = self.code(Field::Sex, |s| SEXES.contains(&s));
        let ethnicity = self.code(Field::Ethnicity, |s| codes::ethnicity(s).is_some());
        let birth_date = self.birth_date();
        let document = self.document();
        let mut optional = Vec::new();
        for (field, value) in [
            (Field::PersonStatus, self.code(Field::PersonStatus, |s| codes::person_status(s).is_some())),
            (Field::HouseholdKind, self.code(Field::HouseholdKind, |s| codes::household_kind(s).is_some())),
            (Field::HouseholdAddress, self.text(Field::HouseholdAddress).map(str::to_owned)),
            (Field::Postcode, self.six_digits(Field::Postcode, "请按邮政编码填写，或留空")),
            (Field::Email, self.email()),
            (
                Field::HouseholdDivision,
                self.six_digits(
                    Field::HouseholdDivision,
                    "请选择户籍地（文件和接口填写六位行政区划代码，如440106），或留空",
                ),
            ),
            (
                Field::Education,
                self.personal(|j| j.code(Field::Education, |s| codes::education(s).is_some())),
            ),
            (
                Field::PersonIdentity,
                self.personal(|j| j.code(Field::PersonIdentity, |s| codes::person_identity(s).is_some())),
            ),
            (Field::EmployerAddress, self.personal(|j| j.text(Field::EmployerAddress).map(str::to_owned))),
        ] {
            optional.extend(value.map(|v| (field, v)));
        }
        let document_valid_from = self.personal(|j| j.valid_from(birth_date));
        let issuing_authority = self.personal(|j| j.text(Field::IssuingAuthority).map(str::to_owned));
        let delivery = self.personal(Self::delivery);
        let phone = self.phone(Field::Phone);
        let mobile = self.phone(Field::Mobile);
        let postal_address = self.text(Field::PostalAddress).map(str::to_owned);
        let occupation = self.code(Field::Occupation, codes::occupation_is_known);
        let employer_no = self.text(Field::EmployerNo).map(str::to_owned);
        let employer_name = self.text(Field::EmployerName).map(str::to_owned);
        let bank = self.code(Field::Bank, |s| codes::bank(s).is_some());
        let photo_receipt = self.text(Field::PhotoReceipt).map(str::to_owned);
        let collection_point = self.text(Field::CollectionPoint).map(str::to_owned);
        let guardian = self.guardian(birth_date);
        self.agree(document.as_ref(), nationality.as_deref(), birth_date, sex.as_deref());
        let document = document?;
        let nationality = nationality?;
        let ssn = match derive(&document, &nationality, 0) {
            Ok(ssn) => ssn,
            Err(e) => {
                self.wrong_by(
                    Field::DocumentNumber,
                    "no_social_security_number",
                    clause!(R35.1),
                    &e.why,
                    "请核对证件原件",
                );
                return None;
            }
        };
        // In a row 联系电话 that is a mobile number stands for 联系手机 as well (facts: Article 10 asks for the mobile).
        let phone = phone.unwrap_or_default();
        let mobile = mobile.or_else(|| is_mobile(&phone).then(|| phone.clone()));
        // Of a telephone number that is wrong, that is told.
        let told = self.c.door == Door::Batch && phone.is_empty();
        if mobile.is_none() && !told {
            self.warn(Field::Mobile, "no_mobile", clause!(R10.1), "没有手机号码，持卡人收不到短信", "请补填");
        }
        Some(ApplicationForm {
            form_no: form_no.unwrap_or_default(),
            card_kind: card_kind.unwrap_or_default(),
            category: PersonCategory::of(document.kind()),
            nationality,
            document,
            ssn,
            name: name?,
            sex: sex?,
            ethnicity: ethnicity.unwrap_or_default(),
            birth_date: birth_date?,
            mobile,
            phone,
            postal_address: postal_address.unwrap_or_default(),
            occupation: occupation.unwrap_or_default(),
            employer_no,
            employer_name,
            guardian,
            bank: BankCode(bank.unwrap_or_default()),
            photo_receipt,
            collection_point,
            optional,
            document_valid_from,
            issuing_authority,
            delivery,
        })
    }

    /// An item of the personal form; a row of a file has none.
    fn personal<T>(&mut self, item: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        match self.c.door {
            Door::Batch => None,
            Door::Personal | Door::OnFile => item(self),
        }
    }

    /// 领取方式: nothing more for the outlet; address, recipient and his number for the post (R10.5).
    fn delivery(&mut self) -> Option<Delivery> {
        clause!(R10.5);
        let by = self.code(Field::Delivery, |s| matches!(s, delivery::OUTLET | delivery::POST));
        let to = [Field::MailingAddress, Field::Recipient, Field::RecipientPhone];
        if by.as_deref() != Some(delivery::POST) {
            // Where somebody wrote an address, he does not mean to come: it is not left out in silence.
            let written: Vec<&str> =
                to.into_iter().filter(|f| !self.draft.get(*f).is_empty()).map(Field::title).collect();
            if !written.is_empty() && (by.is_some() || self.draft.delivery.is_empty()) {
                let chosen = if by.is_some() { "选择的是网点领取" } else { "未选择领取方式" };
                let what = format!("填写了{}，{chosen}", written.join("、"));
                let remedy = "邮寄的请选择邮递上门，到网点领取的请清空邮寄信息";
                self.wrong_by(Field::Delivery, "delivery_not_chosen", clause!(R10.5), &what, remedy);
            }
            return None;
        }
        for f in to {
            if self.draft.get(f).trim().is_empty() {
                self.wrong_by(f, "missing", clause!(R10.5), "选择邮递上门的，不能为空", "请补填");
            }
        }
        let address = self.text(Field::MailingAddress).map(str::to_owned);
        let recipient = self.text(Field::Recipient).map(str::to_owned);
        let phone = self.phone(Field::RecipientPhone);
        Some(Delivery { address: address?, recipient: recipient?, phone: phone? })
    }

    /// 申领表编码 (R10.1).
    fn form_no(&mut self) -> Option<String> {
        let text = self.text(Field::FormNo)?.to_owned();
        if !is_form_no(&text) {
            self.wrong_by(Field::FormNo, "bad_form_number", clause!(R10.1), FORM_NO_RULE, "请按规则编号");
            return None;
        }
        Some(text)
    }

    /// A name by the grammar of Articles 5 and 34, as it can stand on its document.
    fn name(&mut self, field: Field, document: Field) -> Option<HolderName> {
        let text = self.text(field)?.to_owned();
        let kind = DocumentKind::from_code(self.draft.get(document));
        let read = HolderName::parse(&text).and_then(|name| {
            kind.map_or(Ok(()), |kind| name.fits(kind))?;
            Ok(name)
        });
        match read {
            Ok(name) => Some(name),
            Err(e) => {
                let clause = if e.rare { clause!(R34.1) } else { clause!(R5.3) };
                let code = if e.rare { "rare_character" } else { "bad_name" };
                let remedy = "请按有效身份证件填写，生僻字写成[大写拼音]";
                self.wrong_by(field, code, clause, &e.to_string(), remedy);
                None
            }
        }
    }

    fn birth_date(&mut self) -> Option<Date> {
        let date = self.date(Field::BirthDate)?;
        let oldest = crate::calendar::add_months_clamped(self.c.on, -12 * 130);
        if date > self.c.on || date < oldest {
            let what = if date > self.c.on {
                format!("晚于今天（{}）", self.c.on)
            } else {
                "早于130年前".into()
            };
            self.wrong(Field::BirthDate, "impossible_birth_date", &what, "请核对证件原件");
            return None;
        }
        Some(date)
    }

    fn phone(&mut self, field: Field) -> Option<String> {
        let text = self.text(field)?.to_owned();
        if !is_phone(&text) || (field == Field::Mobile && !is_mobile(&text)) {
            self.wrong(field, "bad_phone", "不是有效的电话号码", "请填写手机号码或带区号的固定电话");
            return None;
        }
        Some(text)
    }

    fn email(&mut self) -> Option<String> {
        let text = self.text(Field::Email)?.to_owned();
        let ok = text.split_once('@').is_some_and(|(user, host)| {
            !user.is_empty()
                && host.contains('.')
                && !host.starts_with('.')
                && !host.ends_with('.')
                && text.is_ascii()
        });
        if !ok {
            self.wrong(Field::Email, "bad_email", "不是有效的电子邮箱", "请更正或留空");
            return None;
        }
        Some(text)
    }

    /// All three items of a guardian, or none. Under 16 a row needs them as the counter does, where the agent is asked for
    /// (R8.2).
    fn guardian(&mut self, birth: Option<Date>) -> Option<Guardian> {
        let fields = [Field::GuardianDocumentKind, Field::GuardianDocumentNumber, Field::GuardianName];
        let empty = |j: &Self, f| j.draft.get(f).is_empty();
        if fields.iter().all(|f| empty(self, *f)) {
            let minor = birth.is_some_and(|b| self.c.on < crate::calendar::add_months_clamped(b, 12 * 16));
            if minor && self.c.door == Door::Batch {
                self.wrong_by(
                    Field::GuardianName,
                    "no_guardian",
                    clause!(R8.2),
                    "未满16周岁未填监护人",
                    "请补填监护人信息",
                );
            }
            return None;
        }
        for f in fields {
            if empty(self, f) {
                self.wrong_by(f, "missing", clause!(R8.2), "监护人信息须填写完整", "请补填");
            }
        }
        let kind = self.code(Field::GuardianDocumentKind, |s| DocumentKind::from_code(s).is_some());
        let number = self.text(Field::GuardianDocumentNumber).map(str::to_owned);
        let name = if empty(self, Field::GuardianName) {
            None
        } else {
            self.name(Field::GuardianName, Field::GuardianDocumentKind)
        };
        let (kind, number) = (DocumentKind::from_code(&kind?)?, number?);
        if let Err(e) = Document::new(kind, &number, Date::MAX) {
            self.wrong_by(
                Field::GuardianDocumentNumber,
                "bad_document_number",
                clause!(R8.2),
                &format!("{}号码{}", kind.name(), e.why),
                "请核对监护人证件原件",
            );
            return None;
        }
        Some(Guardian { name: name?, document_kind: kind, document_number: number })
    }
}

/// How 申领表编码 is made, as a Chinese phrase without a full stop.
pub(crate) const FORM_NO_RULE: &str = "编号规则为44+地区代码+地市自编，不超过20位";

/// Whether a folded text is 申请登记表编号, of a person or of a unit: `44`, two digits of a city, and the city's own part, at most twenty
/// characters (Appendix 1).
pub(crate) fn is_form_no(text: &str) -> bool {
    let own = text.get(4..).unwrap_or_default();
    let shape = !own.is_empty() && own.bytes().all(|b| b.is_ascii_alphanumeric());
    shape && text.len() <= 20 && CityCode::of_division(text).is_some()
}

/// In which way a number or a code was written otherwise than it is kept; blanks at its ends are nothing.
fn respelled(written: &str, number: bool) -> String {
    let any = |found: fn(char) -> bool| written.chars().any(found);
    let mut said = Vec::new();
    if any(|c| spelling::narrow(c) != c && !spelling::is_blank(c)) {
        said.push("含有全角数字、字母或符号，已改为半角");
    }
    if any(|c| spelling::is_blank(c) || spelling::is_dash(c)) {
        said.push("含有空格或连字符，已按统一写法处理");
    }
    if number && any(|c| spelling::narrow(c).is_ascii_lowercase()) {
        said.push("含有小写字母，已改为大写");
    }
    said.join("；")
}

/// Whose photo a row has: the number and the name that its file must carry, and the birth date, whatever else is wrong with the
/// row (Appendix 6). The form is in its one way of writing.
pub fn photo_of(draft: &FormDraft) -> Option<(SocialSecurityNumber, HolderName, Option<Date>)> {
    clause!(X6.2);
    let kind = DocumentKind::from_code(&draft.document_kind)?;
    let document = Document::new(kind, &draft.document_number, Date::MAX).ok()?;
    let number = derive(&document, &draft.nationality, 0).ok()?;
    Some((number, HolderName::parse(&draft.name).ok()?, parse_date(&draft.birth_date)))
}

/// `YYYYMMDD`; `99991231` is 长期.
pub(crate) fn parse_date(text: &str) -> Option<Date> {
    if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let n: i32 = text.parse().ok()?;
    Date::new((n / 10_000) as i16, (n / 100 % 100) as i8, (n % 100) as i8).ok()
}

/// Whether a folded text is a telephone number: digits, with hyphens between them.
pub(crate) fn is_phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.bytes().all(|b| b.is_ascii_digit() || b == b'-') && (7..=18).contains(&digits)
}

fn is_mobile(text: &str) -> bool {
    text.len() == 11 && text.starts_with('1') && text.bytes().all(|b| b.is_ascii_digit())
}
