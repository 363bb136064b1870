//! The judgement of one form: all defects at once, each with field, code, sentence, article and remedy (Articles 8, 9 and
//! 10, Appendices 1 and 6).

use crate::characters::gb18030_len;
use crate::clause;
use crate::clause::Clause;
use crate::codes;
use crate::facts::document::{Document, DocumentKind};
use crate::facts::form::{ApplicationForm, Defect, Field, FormDraft, Guardian, PersonCategory};
use crate::facts::name::HolderName;
use crate::ids::{BankCode, CityCode};
use crate::social_security_number::derive;
use jiff::civil::Date;

/// By which door a form comes; a few rules differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Door {
    /// A row of an employer's file.
    Batch,
    /// A form typed at the counter.
    Personal,
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
    /// Everything that is wrong.
    pub defects: Vec<Defect>,
    /// What is odd but not wrong.
    pub warnings: Vec<Defect>,
}

struct Judge<'a> {
    draft: &'a FormDraft,
    c: &'a Circumstances,
    defects: Vec<Defect>,
    warnings: Vec<Defect>,
}

/// Judges a form.
pub fn judge(draft: &FormDraft, c: &Circumstances) -> Judgement {
    let mut j = Judge { draft, c, defects: Vec::new(), warnings: Vec::new() };
    let form = j.whole();
    let form = if j.defects.is_empty() { form } else { None };
    Judgement { form, defects: j.defects, warnings: j.warnings }
}

impl Judge<'_> {
    fn wrong(&mut self, field: Field, code: &'static str, what: &str, remedy: &str) {
        let clause = match self.c.door {
            Door::Batch => clause!(X6.1),
            Door::Personal => clause!(R10.1),
        };
        self.wrong_by(field, code, clause, what, remedy);
    }

    fn wrong_by(&mut self, field: Field, code: &'static str, clause: Clause, what: &str, remedy: &str) {
        self.defects.push(Defect::new(field, code, clause, what, remedy));
    }

    fn warn(&mut self, field: Field, code: &'static str, clause: Clause, what: &str, remedy: &str) {
        self.warnings.push(Defect::new(field, code, clause, what, remedy));
    }

    /// What stands in a column if it is well written at all: present when it must be, not too long, no character
    /// that a file cannot carry.
    fn text(&mut self, field: Field) -> Option<&str> {
        let draft = self.draft;
        let text = draft.get(field).trim();
        let required = match field {
            Field::Occupation => self.c.occupation_required,
            // Article 10 asks for the address at the counter; Appendix 6 does not.
            Field::PostalAddress => self.c.door == Door::Personal,
            f => f.required(),
        };
        if text.is_empty() {
            if required {
                self.wrong(field, "missing", "不能为空", "请补填");
            }
            return None;
        }
        let max = field.max_gb18030_bytes();
        if max > 0 && text.len() > max && gb18030_len(text) > max {
            self.wrong(field, "too_long", &format!("超过{max}字节（GB18030）"), "请缩短后重报");
            return None;
        }
        if text.chars().any(|ch| ch.is_control() || matches!(ch, ',' | '"')) {
            self.wrong(field, "bad_character", "含有半角逗号、引号或控制字符", "请改用全角符号或删除");
            return None;
        }
        if text.starts_with(['=', '+', '@', '\t']) || (text.starts_with('-') && text.len() > 1) {
            self.wrong(field, "formula", "以公式符号开头", "请按文本填写，去掉开头的符号");
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
        self.wrong(field, "unknown_code", "不在代码表中", "请按代码表填写");
        None
    }

    fn date(&mut self, field: Field) -> Option<Date> {
        let text = self.text(field)?.to_owned();
        let date = parse_date(&text);
        if date.is_none() {
            self.wrong(field, "bad_date", "不是有效日期", "请按YYYYMMDD填写");
        }
        date
    }

    fn whole(&mut self) -> Option<ApplicationForm> {
        clause!(R10.1);
        clause!(R8.5);
        let form_no = self.form_no();
        let card_kind = self.code(Field::CardKind, |s| codes::card_kind(s).is_some());
        let nationality = self.code(Field::Nationality, |s| codes::country(s).is_some());
        let name = self.name(Field::Name);
        let sex = self.code(Field::Sex, |s| matches!(s, "1" | "2" | "9"));
        let ethnicity = self.code(Field::Ethnicity, |s| codes::ethnicity(s).is_some());
        let birth_date = self.birth_date();
        let document = self.document();
        let mut optional = Vec::new();
        for (field, value) in [
            (Field::PersonStatus, self.code(Field::PersonStatus, |s| codes::person_status(s).is_some())),
            (Field::HouseholdKind, self.code(Field::HouseholdKind, |s| codes::household_kind(s).is_some())),
            (Field::HouseholdAddress, self.text(Field::HouseholdAddress).map(str::to_owned)),
            (
                Field::Postcode,
                self.code(Field::Postcode, |s| s.len() == 6 && s.bytes().all(|b| b.is_ascii_digit())),
            ),
            (Field::Email, self.email()),
            (
                Field::HouseholdDivision,
                self.code(Field::HouseholdDivision, |s| {
                    s.len() == 6 && s.bytes().all(|b| b.is_ascii_digit())
                }),
            ),
        ] {
            optional.extend(value.map(|v| (field, v)));
        }
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
        // 联系电话 that is a mobile number stands for 联系手机 as well (facts: Article 10 asks for the mobile).
        let phone = phone?;
        let mobile = mobile.or_else(|| is_mobile(&phone).then(|| phone.clone()));
        if mobile.is_none() {
            self.warn(Field::Mobile, "no_mobile", clause!(R10.1), "没有手机号码，持卡人收不到短信", "请补填");
        }
        Some(ApplicationForm {
            form_no: form_no?,
            card_kind: card_kind?,
            category: PersonCategory::of(document.kind()),
            nationality,
            document,
            ssn,
            name: name?,
            sex: sex?,
            ethnicity: ethnicity?,
            birth_date: birth_date?,
            mobile,
            phone,
            postal_address: postal_address.unwrap_or_default(),
            occupation: occupation.unwrap_or_default(),
            employer_no,
            employer_name,
            guardian,
            bank: BankCode(bank?),
            photo_receipt,
            collection_point,
            optional,
        })
    }

    /// `44`, two digits of a city, and the city's own part: at most twenty characters (R10.1).
    fn form_no(&mut self) -> Option<String> {
        let text = self.text(Field::FormNo)?.to_owned();
        let own = text.get(4..).unwrap_or_default();
        let shape = !own.is_empty() && own.bytes().all(|b| b.is_ascii_alphanumeric());
        if !shape || CityCode::of_division(&text).is_none() {
            self.wrong_by(
                Field::FormNo,
                "bad_form_number",
                clause!(R10.1),
                "编号规则为44+地区代码+地市自编，不超过20位",
                "请按规则编号",
            );
            return None;
        }
        Some(text)
    }

    fn name(&mut self, field: Field) -> Option<HolderName> {
        let text = self.text(field)?.to_owned();
        match HolderName::parse(&text) {
            Ok(name) => Some(name),
            Err(e) => {
                let rare = e.0.contains("生僻字") || e.0.contains("拼音") || e.0.contains("括号");
                let clause = if rare { clause!(R34.1) } else { clause!(R5.3) };
                let code = if rare { "rare_character" } else { "bad_name" };
                self.wrong_by(field, code, clause, e.0, "请按有效身份证件填写，生僻字写成[大写拼音]");
                None
            }
        }
    }

    fn birth_date(&mut self) -> Option<Date> {
        let date = self.date(Field::BirthDate)?;
        let oldest = crate::calendar::add_months_clamped(self.c.on, -12 * 130);
        if date > self.c.on || date < oldest {
            self.wrong(Field::BirthDate, "impossible_birth_date", "晚于今天或早于130年前", "请核对证件原件");
            return None;
        }
        Some(date)
    }

    fn document(&mut self) -> Option<Document> {
        let kind = self.code(Field::DocumentKind, |s| DocumentKind::from_code(s).is_some());
        let number = self.text(Field::DocumentNumber).map(str::to_owned);
        let until = self.date(Field::DocumentValidUntil);
        if let Some(until) = until
            && until < self.c.on
        {
            self.wrong_by(
                Field::DocumentValidUntil,
                "document_expired",
                clause!(R10.4),
                "证件已过有效期",
                "请换领有效证件后再申请",
            );
        }
        let (kind, number, until) = (DocumentKind::from_code(&kind?)?, number?, until?);
        match Document::new(kind, &number, until) {
            Ok(document) => Some(document),
            Err(e) => {
                let what = format!("{}号码{}", kind.name(), e.why);
                self.wrong_by(
                    Field::DocumentNumber,
                    "bad_document_number",
                    clause!(R35.1),
                    &what,
                    "请核对证件原件",
                );
                None
            }
        }
    }

    /// What the parts say of one another: number, birth date, sex, age, nationality.
    fn agree(
        &mut self,
        document: Option<&Document>,
        nationality: Option<&str>,
        birth: Option<Date>,
        sex: Option<&str>,
    ) {
        let Some(document) = document else { return };
        let kind = document.kind();
        if kind.has_citizen_shape()
            && let Ok(ssn) = derive(document, "CHN", 0)
        {
            if birth.is_some() && ssn.birth_date() != birth {
                self.wrong(
                    Field::BirthDate,
                    "birth_date_differs",
                    "与证件号码中的出生日期不一致",
                    "请核对证件原件",
                );
            }
            if matches!(sex, Some("1" | "2")) && ssn.sex() != sex {
                self.wrong(Field::Sex, "sex_differs", "与证件号码中的性别不一致", "请核对证件原件");
            }
            let prefix = &document.number()[..2];
            if kind != DocumentKind::HmtResidencePermit && !(11..=65).contains(&prefix.parse().unwrap_or(0)) {
                self.warn(
                    Field::DocumentNumber,
                    "unusual_prefix",
                    clause!(R35.1),
                    "行政区划代码少见",
                    "请核对证件原件",
                );
            }
        }
        clause!(R10.4);
        if let Some(birth) = birth {
            let sixteen = crate::calendar::add_months_clamped(birth, 12 * 16);
            if kind == DocumentKind::HouseholdRegister && self.c.on >= sixteen {
                self.wrong_by(
                    Field::DocumentKind,
                    "identity_card_needed",
                    clause!(R10.4),
                    "年满16周岁应使用居民身份证",
                    "请凭居民身份证申请",
                );
            }
        }
        let Some(nationality) = nationality else { return };
        let fits = match PersonCategory::of(kind) {
            PersonCategory::MainlandResident | PersonCategory::OverseasChinese => nationality == "CHN",
            PersonCategory::HongKongMacaoTaiwan => ["CHN", "HKG", "MAC", "TWN"].contains(&nationality),
            PersonCategory::Foreigner => !["CHN", "HKG", "MAC", "TWN"].contains(&nationality),
        };
        if !fits {
            self.wrong_by(
                Field::Nationality,
                "nationality_differs",
                clause!(R10.4),
                "与证件类型不符",
                "请核对国籍和证件类型",
            );
        }
    }

    fn phone(&mut self, field: Field) -> Option<String> {
        let text = self.text(field)?.to_owned();
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let shape = text.bytes().all(|b| b.is_ascii_digit() || b == b'-') && (7..=18).contains(&digits);
        if !shape || (field == Field::Mobile && !is_mobile(&text)) {
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

    /// All three items of a guardian, or none; under 16 a batch row without one is only odd, for the form itself is
    /// signed by the guardian (R8.2).
    fn guardian(&mut self, birth: Option<Date>) -> Option<Guardian> {
        let fields = [Field::GuardianDocumentKind, Field::GuardianDocumentNumber, Field::GuardianName];
        let empty = |j: &Self, f| j.draft.get(f).trim().is_empty();
        if fields.iter().all(|f| empty(self, *f)) {
            let minor = birth.is_some_and(|b| self.c.on < crate::calendar::add_months_clamped(b, 12 * 16));
            if minor {
                self.warn(
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
        let name = if empty(self, Field::GuardianName) { None } else { self.name(Field::GuardianName) };
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

/// `YYYYMMDD`; `99991231` is 长期.
fn parse_date(text: &str) -> Option<Date> {
    if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let n: i32 = text.parse().ok()?;
    Date::new((n / 10_000) as i16, (n / 100 % 100) as i8, (n % 100) as i8).ok()
}

fn is_mobile(text: &str) -> bool {
    text.len() == 11 && text.starts_with('1') && text.bytes().all(|b| b.is_ascii_digit())
}
