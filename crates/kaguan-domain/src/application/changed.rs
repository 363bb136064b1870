//! 卡面信息变更 (Article 29): a changed name, a renewed document, another kind of document, a corrected number. A renewed passport
//! or permit keeps the number that the person has; a corrected citizen's number, or a residence permit in place of a travel permit,
//! gives another one, with the earlier one in the history.

use crate::clause;
use crate::facts::application::{CheckItem, CheckResult, RegisterCheck};
use crate::facts::claim::Claim;
use crate::facts::document::{Document, DocumentKind};
use crate::facts::form::{ApplicationForm, Defect, Field, FormDraft};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::identity::{HowKnown, Identifier, NumberEnd};
use crate::facts::person::Person;
use crate::facts::social_security_number::SocialSecurityNumber;
use crate::refusal::{Reason, Refusal};
use crate::rule::{Found, Seek};
use crate::social_security_number::derive;
use crate::spelling;

/// What a form may make this person's: looked up before it is decided. A changed document is stated whole: kind, number,
/// nationality.
pub(crate) fn seek(draft: &FormDraft) -> Seek {
    let kind = DocumentKind::from_code(draft.document_kind.trim());
    let (number, nationality) = (draft.document_number.trim(), draft.nationality.trim());
    let document = kind.and_then(|k| Document::new(k, number, jiff::civil::Date::MAX).ok());
    let Some(document) = document.filter(|_| !nationality.is_empty()) else { return Seek::default() };
    let mut claims = vec![Claim::document(&Identifier::of(&document, nationality))];
    claims.extend(derive(&document, nationality, 0).iter().map(Claim::social_security_number));
    Seek { claims, traces: Vec::new() }
}

/// A form of somebody on file, and what it changes about who the person is.
pub(crate) struct Changed {
    /// Under the number that the person has from now on.
    pub form: ApplicationForm,
    pub events: Vec<HolderEvent>,
    /// Whether registers or a proof have to confirm it: the name, the birth date, the sex or the document is another.
    pub essential: bool,
}

/// What a form that was judged comes to.
///
/// # Errors
/// When the document or the number is in another file: those two are joined first. When the document is not stated whole.
pub(crate) fn changed(
    file: &HolderFile,
    form: ApplicationForm,
    sought: &Seek,
    found: &Found<'_>,
) -> Result<Changed, Refusal> {
    clause!(R29.1);
    let person = file.person.as_ref().ok_or(Reason::NotFound)?;
    let which = form.identifier();
    let held = person.has_held(&which);
    if !held && !sought.claims.contains(&Claim::document(&which)) {
        let (what, way) = ("证件变更须一并填写证件类型、证件号码和国籍", "请按新证件填写");
        let defect = Defect::new(Field::DocumentNumber, "document_not_whole", clause!(R29.1), what, way);
        return Err(Refusal::defects(vec![defect]));
    }
    if found.owners.iter().any(|(_, owner)| *owner != file.id) {
        clause!(R5.5);
        return Err(Refusal::about(Reason::TwoFiles, "变更后的证件或号码登记在另一份档案中"));
    }
    let known = &person.details;
    let essential =
        !held || known.name != form.name || known.birth_date != form.birth_date || known.sex != form.sex;
    let (until, news) = (form.document.valid_until, person.is_news(&which, form.document.valid_until));
    let mut events = Vec::new();
    let number = match new_number(person, &form) {
        Some((number, why)) => {
            events.push(HolderEvent::NumberChanged { number: number.clone(), why });
            number
        }
        None => known.ssn.clone(),
    };
    if news {
        let how = HowKnown::Exchange;
        events.push(HolderEvent::DocumentHeld { which, valid_until: Some(until), how });
    }
    Ok(Changed { form: form.numbered(number), events, essential })
}

/// Another number than the person has ever had, and why: only one that is for life takes the place of another.
fn new_number(person: &Person, form: &ApplicationForm) -> Option<(SocialSecurityNumber, NumberEnd)> {
    clause!(R35.1);
    form.ssn.birth_date()?;
    if person.all_numbers().any(|n| *n == form.ssn) {
        return None;
    }
    let same_kind = form.ssn.kind() == person.details.ssn.kind();
    let why = if same_kind { NumberEnd::Corrected } else { NumberEnd::DocumentChanged };
    Some((form.ssn.clone(), why))
}

/// What the sharing platform has confirmed is not asked for again; otherwise a proof is filed. One that has not answered is asked
/// again, and the application waits.
pub(crate) fn proved(checks: &[RegisterCheck], proof: Option<&str>) -> Result<(), Refusal> {
    clause!(R29.1);
    let says = |result| checks.iter().any(|c| c.item == CheckItem::Identity && c.result == result);
    let filed = proof.is_some_and(|p| !spelling::says_nothing(p));
    if filed || says(CheckResult::Passed) || says(CheckResult::Unavailable) {
        Ok(())
    } else {
        Err(Reason::ChangeNotProved.into())
    }
}
