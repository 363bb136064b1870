//! The applicant's document on the form, and what its number says of the other items (Articles 10 and 35).

use super::{Judge, parse_date};
use crate::application::residence;
use crate::clause;
use crate::facts::document::{Document, DocumentKind};
use crate::facts::form::{Field, PersonCategory};
use crate::social_security_number::derive;
use jiff::civil::Date;

impl Judge<'_> {
    /// 证件有效期起始日: not after today, before the last day, and not before its holder was born.
    pub(super) fn valid_from(&mut self, birth: Option<Date>) -> Option<Date> {
        let field = Field::DocumentValidFrom;
        let from = self.date(field)?;
        let until = parse_date(self.draft.document_valid_until.trim());
        let what = if from > self.c.on {
            "晚于今天"
        } else if until.is_some_and(|until| from >= until) {
            "不早于有效期到期日"
        } else if birth.is_some_and(|birth| from < birth) {
            "早于出生日期"
        } else {
            return Some(from);
        };
        self.wrong(field, "impossible_valid_from", what, "请核对证件原件");
        None
    }

    /// The document. Its number is judged by its kind, whatever is wrong with the last day that it is valid: without one it is read as if it had
    /// no end, beside the defect.
    pub(super) fn document(&mut self) -> Option<Document> {
        clause!(R8.5);
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
        let kind = kind.and_then(|kind| DocumentKind::from_code(&kind));
        let (kind, number) = (kind?, number?);
        match Document::new(kind, &number, until.unwrap_or(Date::MAX)) {
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
    pub(super) fn agree(
        &mut self,
        document: Option<&Document>,
        nationality: Option<&str>,
        birth: Option<Date>,
        sex: Option<&str>,
    ) {
        let Some(document) = document else { return };
        let kind = document.kind();
        for d in residence::differences(document, nationality, birth, sex) {
            match d.certain {
                true => self.wrong_by(d.field, d.code, clause!(R35.1), d.what, "请核对证件原件"),
                false => self.warn(d.field, d.code, clause!(R35.1), d.what, "请核对证件原件"),
            }
        }
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
        // The permit and the residence card say which of the three its holder comes from.
        let region = kind.nationality(document.number()).filter(|_| nationality != "CHN");
        let of_a_region = PersonCategory::of(kind) == PersonCategory::HongKongMacaoTaiwan;
        if of_a_region && fits && region.is_some_and(|region| region != nationality) {
            let what = "与证件号码所示的地区不一致";
            self.wrong_by(Field::Nationality, "nationality_differs", clause!(R35.1), what, "请核对证件原件");
        }
    }
}
