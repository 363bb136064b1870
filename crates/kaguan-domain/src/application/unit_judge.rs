//! The papers of a unit judged as a whole: everything that is missing or wrong at once, each thing as it is (Article 9,
//! Article 10 (二), Appendices 3 and 4).

use crate::application::form::{is_form_no, is_phone};
use crate::calendar::add_months_clamped;
use crate::characters;
use crate::clause;
use crate::ctx::Ctx;
use crate::facts::document::{Document, DocumentKind};
use crate::facts::form::Field;
use crate::facts::name::HolderName;
use crate::facts::social_security_number::SocialSecurityNumber;
use crate::facts::unit::{Papers, UnitApplication, UnitFile, UnitKind};
use crate::ids::CityCode;
use crate::spelling;
use jiff::civil::Date;

/// A day or a number as it was stated.
#[derive(Clone, Copy)]
pub(crate) enum Told<T> {
    /// Nothing was written.
    Nothing,
    /// What was written is none.
    Unreadable,
    Is(T),
}

impl<T: Copy> Told<T> {
    /// What a written text, in its one spelling, amounts to.
    pub(crate) fn read(text: &str, as_it_is: impl Fn(&str) -> Option<T>) -> Self {
        match text {
            "" => Self::Nothing,
            text => as_it_is(text).map_or(Self::Unreadable, Self::Is),
        }
    }

    /// What it is, when it is something.
    pub(crate) fn known(self) -> Option<T> {
        match self {
            Self::Is(what) => Some(what),
            Self::Nothing | Self::Unreadable => None,
        }
    }
}

/// What is stated of a unit and its papers, typed at the page or in a command; texts in their one spelling.
pub(crate) struct Stated<'a> {
    /// `None` when none was chosen, or one that is no longer one kind.
    pub(crate) kind: Option<UnitKind>,
    /// Where it is accepted.
    pub(crate) city: &'a CityCode,
    pub(crate) form_no: &'a str,
    pub(crate) employer_code: &'a str,
    pub(crate) employer_name: &'a str,
    pub(crate) address: &'a str,
    pub(crate) operator_name: &'a str,
    /// One digit.
    pub(crate) operator_sex: &'a str,
    pub(crate) operator_document: Option<DocumentKind>,
    pub(crate) operator_number: &'a str,
    pub(crate) operator_phone: &'a str,
    pub(crate) authorisation: &'a str,
    pub(crate) matter: &'a str,
    pub(crate) until: Told<Date>,
    pub(crate) people: Told<u32>,
    pub(crate) applied_on: Told<Date>,
    pub(crate) accepted_on: Told<Date>,
    pub(crate) papers: Papers,
}

impl<'a> Stated<'a> {
    /// What a command states; `operator_verified` when the operator's document was seen in the original.
    pub(crate) fn of(a: &'a UnitApplication, operator_verified: bool) -> Self {
        let day = |day: Option<Date>| day.map_or(Told::Nothing, Told::Is);
        let mandate = a.mandate.as_ref();
        Self {
            kind: Some(a.kind).filter(|kind| UnitKind::ALL.contains(kind)),
            city: &a.city,
            form_no: &a.form_no,
            employer_code: &a.employer_code,
            employer_name: &a.employer_name,
            address: &a.address,
            operator_name: &a.operator_name,
            operator_sex: mandate.map_or("", |m| &m.operator_sex),
            operator_document: a.operator_document,
            operator_number: &a.operator_number,
            operator_phone: &a.operator_phone,
            authorisation: &a.authorisation,
            matter: mandate.map_or("", |m| &m.matter),
            until: day(mandate.map(|m| m.until)),
            people: if a.people == 0 { Told::Nothing } else { Told::Is(a.people) },
            applied_on: Told::Is(a.applied_on),
            accepted_on: day(a.accepted_on),
            papers: Papers { operator_original: operator_verified, ..a.papers },
        }
    }

    /// Everything that is missing or wrong, as phrases for the clerk; nothing when it can be registered.
    pub(crate) fn wrong(&self, ctx: &Ctx) -> Vec<String> {
        clause!(R9.1);
        clause!(R10.2);
        clause!(X4.1);
        let mut j = Judge { missing: Vec::new(), wrong: Vec::new() };
        let code = code_title(self.kind);
        j.there("单位类型", self.kind.is_some());
        if j.text("申请表编号", self.form_no, 0) {
            self.number(&mut j);
        }
        let readable = j.text(code, self.employer_code, Field::EmployerNo.max_gb18030_bytes());
        if readable && !self.employer_code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            j.say(format!("{code}应只有数字和字母"));
        }
        j.text("单位机构名称", self.employer_name, Field::EmployerName.max_gb18030_bytes());
        j.text("单位地址", self.address, Field::EmployerAddress.max_gb18030_bytes());
        self.operator(ctx.today(), &mut j);
        j.text("单位授权委托书编号", self.authorisation, 0);
        j.text("授权办理事宜", self.matter, 0);
        j.told("授权期限", self.until, A_DAY);
        j.told("批量申请总人数", self.people, "不是人数，应为大于0的整数，只填数字");
        j.told("批量申请日期", self.applied_on, A_DAY);
        j.told("受理日期", self.accepted_on, A_DAY);
        j.missing.extend(self.papers.missing(self.kind));
        self.days(ctx.today(), &mut j);
        let missing = (!j.missing.is_empty()).then(|| format!("缺：{}", j.missing.join("、")));
        missing.into_iter().chain(j.wrong).collect()
    }

    /// 申请表编号: by the rule of Appendix 1, and with the area code of the city that accepts the application (R10.2).
    fn number(&self, j: &mut Judge) {
        clause!(R10.2);
        let (number, here) = (self.form_no, self.city);
        if !is_form_no(number) {
            j.say("申请表编号应为44+地区代码+地市自编，不超过20位的字母和数字".into());
        } else if let Some(city) = CityCode::of_division(number).filter(|city| city != here) {
            let (of, here, begins) = (city.name(), here.name(), here.as_str());
            j.say(format!(
                "申请表编号{number}是{of}的编号，本批量申请在{here}受理，编号应以{begins}开头，请核对申请表上的编号"
            ));
        }
    }

    /// The operator: written as his document has him, and so that he can be called, as an applicant is (R5.3, R10.1).
    fn operator(&self, today: Date, j: &mut Judge) {
        clause!(R5.3);
        let (name, number) = (self.operator_name, self.operator_number);
        if characters::invisible_in(name).is_empty() && spelling::says_nothing(name) {
            j.missing.push("经办人姓名");
        } else {
            let fits = |name: HolderName| self.operator_document.map_or(Ok(()), |kind| name.fits(kind));
            if let Err(e) = HolderName::parse(name).and_then(fits) {
                j.say(format!("经办人姓名{e}"));
            }
        }
        j.there("经办人性别", matches!(self.operator_sex, "1" | "2" | "9"));
        j.there("经办人证件类型", self.operator_document.is_some());
        j.there("经办人证件号码", !number.is_empty());
        if let Some(kind) = self.operator_document.filter(|_| !number.is_empty()) {
            match Document::new(kind, number, Date::MAX) {
                Err(e) => j.say(format!("经办人证件号码有误：{}号码{}", kind.name(), e.why)),
                Ok(document) => self.as_numbered(document.number(), today, j),
            }
        }
        if j.visible("经办人联系方式", self.operator_phone) && !is_phone(self.operator_phone) {
            j.say("经办人联系方式不是有效的电话号码，应为手机号码或带区号的固定电话".into());
        }
    }

    /// What the operator's number says of him, where it says it: his sex, and that he can be somebody's employee.
    fn as_numbered(&self, number: &str, today: Date, j: &mut Judge) {
        clause!(X4.1);
        let Ok(number) = SocialSecurityNumber::parse(number) else { return };
        if matches!(self.operator_sex, "1" | "2") && number.sex().is_some_and(|sex| sex != self.operator_sex)
        {
            j.say("经办人性别与证件号码中的性别不一致".into());
        }
        let of_age = number.birth_date().map(|birth| add_months_clamped(birth, 12 * 16));
        if of_age.is_some_and(|day| today < day) {
            j.say("经办人未满十六周岁，不能是单位授权的员工，请核对证件号码".into());
        }
    }

    /// What the days say of one another, as far as they are known.
    fn days(&self, today: Date, j: &mut Judge) {
        let (applied, accepted) = (self.applied_on.known(), self.accepted_on.known());
        if applied.is_some_and(|day| day > today) {
            j.say(format!("批量申请日期不得晚于今天（{today}）"));
        }
        if accepted.is_some_and(|day| day > today) {
            j.say(format!("受理日期不得晚于今天（{today}）"));
        }
        if accepted.zip(applied).is_some_and(|(accepted, applied)| accepted < applied) {
            j.say("受理日期不得早于批量申请日期".into());
        }
        if accepted.zip(self.until.known()).is_some_and(|(accepted, until)| until < accepted) {
            j.say("受理时授权期限已过".into());
        }
    }
}

const A_DAY: &str = "不是有效日期，应为8位数字，如20271231";

/// What was found so far.
struct Judge {
    /// Items that are not there, by their titles.
    missing: Vec<&'static str>,
    /// What is wrong with those that are.
    wrong: Vec<String>,
}

impl Judge {
    fn say(&mut self, what: String) {
        self.wrong.push(what);
    }

    fn there(&mut self, title: &'static str, is: bool) {
        if !is {
            self.missing.push(title);
        }
    }

    /// Whether an item is written, and in characters that everybody sees.
    fn visible(&mut self, title: &'static str, text: &str) -> bool {
        let unseen = characters::invisible_in(text);
        if !unseen.is_empty() {
            self.say(format!("{title}含有看不见的字符：{unseen}"));
            return false;
        }
        let written = !spelling::says_nothing(text);
        self.there(title, written);
        written
    }

    /// Whether an item says something: words or numbers, in characters that others have, in so many bytes of GB 18030; 0 for no limit.
    fn text(&mut self, title: &'static str, text: &str, max: usize) -> bool {
        if !self.visible(title, text) {
            return false;
        }
        let long = characters::too_long(text, max).filter(|_| max > 0);
        let why = if text.contains(characters::is_private_use) {
            "含有自造字，请改用标准汉字".to_owned()
        } else if !text.contains(char::is_alphanumeric) {
            "只有符号，没有文字或数字".to_owned()
        } else if let Some(long) = long {
            long
        } else {
            return true;
        };
        self.say(format!("{title}{why}"));
        false
    }

    /// A day or a number: that it is missing, or that what stands there is none.
    fn told<T>(&mut self, title: &'static str, told: Told<T>, none: &str) {
        match told {
            Told::Nothing => self.missing.push(title),
            Told::Unreadable => self.say(format!("{title}{none}")),
            Told::Is(_) => {}
        }
    }
}

/// What is said in a city of another unit application under the same number: where it is found, and how far it is.
pub(crate) fn number_taken(other: &UnitFile, here: &CityCode) -> String {
    clause!(R10.2);
    let application = other.application.as_ref();
    let number = application.map_or("", |a| a.form_no.as_str());
    let accepted = application.and_then(|a| a.accepted_on).or(other.accepted_at.map(|at| at.date()));
    let elsewhere = application.map(|a| &a.city).filter(|city| *city != here);
    let by = elsewhere.map_or_else(String::new, |city| format!("由{}", city.name()));
    let accepted = accepted.map_or_else(String::new, |day| format!("，{day}{by}受理"));
    let far = other.ended().map_or_else(|| format!("已上传{}人", other.rows), str::to_owned);
    format!(
        "申请表编号{number}已登记为受理编号{}{accepted}，{far}，同一份申请表不重复登记，编号填写有误的请更正",
        other.id
    )
}

/// What the code of a kind of unit is the code of (R10.2).
fn code_title(kind: Option<UnitKind>) -> &'static str {
    match kind {
        None => "单位代码（法人证书/营业执照/法人登记证代码或组织机构代码）",
        Some(UnitKind::GovernmentBody) => "单位代码（法人证书或组织机构代码）",
        Some(UnitKind::NonGovernmentBody | UnitKind::Enterprise | UnitKind::Unparted) => {
            "单位代码（营业执照代码）"
        }
        Some(UnitKind::SocialOrganisation) => "单位代码（法人登记证或组织机构代码）",
    }
}
