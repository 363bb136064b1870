//! One human, one file (Articles 3, 5 and 35): whoever applies is first looked for by every identifier, then by name, birth
//! date and sex. Who may be somebody on file is not decided by a machine: the clerk says it, with a reason.

use crate::clause;
use crate::facts::claim::Claim;
use crate::facts::form::ApplicationForm;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::identity::{Also, Answer, HowKnown, Identifier};
use crate::facts::social_security_number::{NumberKind, SocialSecurityNumber};
use crate::facts::trace::Trace;
use crate::ids::{ApplicationId, HolderId};
use crate::recall::use_said;
use crate::refusal::{Candidate, Reason, Refusal};
use crate::rule::{Found, Seek};
use crate::social_security_number::derive;
use crate::spelling;
use std::collections::BTreeSet;

/// The last reserve digit of a number that is made from a passport or permit (Article 35).
const LAST_RESERVE: u8 = 9;

/// Somebody who applies.
#[derive(Clone, Copy)]
pub(crate) struct Applicant<'a> {
    pub form: &'a ApplicationForm,
    /// What the registers say besides.
    pub also: &'a [Also],
    /// What the clerk says of whoever is alike.
    pub answer: Option<&'a Answer>,
}

/// Whose file it is.
pub(crate) struct Settled {
    /// `None` for a new file.
    pub file: Option<HolderId>,
    /// The social security number of a new file.
    pub number: Option<SocialSecurityNumber>,
    /// Whether the clerk was asked.
    pub asked: bool,
}

impl Applicant<'_> {
    /// The numbers that the application may make the applicant's: what identifies the person, and the form's number.
    pub(crate) fn claims(&self) -> Vec<Claim> {
        let mut claims = self.seek().claims;
        claims.push(Claim::form_number(&self.form.form_no));
        claims
    }

    /// What the applicant is looked for by.
    pub(crate) fn seek(&self) -> Seek {
        clause!(R5.5);
        let form = self.form;
        let mut claims = vec![Claim::document(&form.identifier())];
        claims.extend(self.numbers().iter().map(Claim::social_security_number));
        claims.extend(self.also.iter().map(claim_of));
        Seek { claims, traces: vec![Trace::likeness(&form.name, form.birth_date)] }
    }

    /// The numbers that follow from the document: one, or ten with the reserve digits.
    fn numbers(&self) -> Vec<SocialSecurityNumber> {
        let form = self.form;
        let mut all = vec![form.ssn.clone()];
        if form.ssn.birth_date().is_none() {
            let reserved =
                (1..=LAST_RESERVE).filter_map(|r| derive(&form.document, &form.nationality, r).ok());
            all.extend(reserved);
        }
        all
    }

    /// Whose file it is, by what was found.
    ///
    /// # Errors
    /// When the identifiers lead to two files, or when somebody may be the same person and the clerk has not said so.
    pub(crate) fn settle(&self, found: &Found<'_>) -> Result<Settled, Refusal> {
        clause!(R3.2);
        clause!(R5.5);
        let mut certain = BTreeSet::new();
        let mut possible = BTreeSet::new();
        let said_by_registers: Vec<Claim> = self.also.iter().map(claim_of).collect();
        let sought = self.seek().claims;
        for (claim, owner) in found.owners.iter().filter(|(c, _)| sought.contains(c)) {
            let Some(file) = found.file(*owner) else { continue };
            if said_by_registers.contains(claim) || self.is_certainly(file) {
                certain.insert(*owner);
            } else {
                possible.insert(*owner);
            }
        }
        for file in found.alike.iter().filter_map(|id| found.file(*id)) {
            if self.is_certainly(file) {
                certain.insert(file.id);
            } else if self.may_be(file) {
                possible.insert(file.id);
            }
        }
        let known = |file, asked| Settled { file: Some(file), number: None, asked };
        let new = |asked| Ok(Settled { file: None, number: Some(self.free_number(found)?), asked });
        let mut certain = certain.into_iter();
        match (certain.next(), certain.next()) {
            (Some(one), None) => return Ok(known(one, false)),
            (Some(one), Some(other)) => {
                let both = [one, other].into_iter().chain(certain);
                return Err(Refusal::alike(Reason::TwoFiles, candidates(both, found)));
            }
            (None, _) => {}
        }
        let shown = |reason| Refusal::alike(reason, candidates(possible.iter().copied(), found));
        let Some(answer) = self.answer else {
            return match possible.is_empty() {
                true => new(false),
                false => Err(shown(Reason::PossiblySamePerson)),
            };
        };
        let answered: BTreeSet<HolderId> = answer.candidates.iter().copied().collect();
        if answered != possible || answer.same.is_some_and(|same| !possible.contains(&same)) {
            return Err(shown(Reason::CandidatesChanged));
        }
        if spelling::says_nothing(&answer.reason) && !possible.is_empty() {
            let why = "请说明认定是否为同一人的理由";
            return Err(Refusal { about: Some(why.into()), ..shown(Reason::PossiblySamePerson) });
        }
        match answer.same {
            Some(same) => Ok(known(same, true)),
            None => new(!possible.is_empty()),
        }
    }

    /// Whether a file is the applicant's beyond doubt: it has the document, and where the number does not carry the birth
    /// date (a country may give a passport's number again) the birth date fits too.
    fn is_certainly(&self, file: &HolderFile) -> bool {
        let Some(person) = &file.person else { return false };
        let which = self.form.identifier();
        let has = person.has_held(&which) || person.all_numbers().any(|n| n.as_str() == which.number);
        has && (self.form.ssn.birth_date().is_some() || person.details.birth_date == self.form.birth_date)
    }

    /// Whether somebody alike may be the applicant: the sexes fit, and not both have a number for life of one kind, and
    /// different ones.
    fn may_be(&self, file: &HolderFile) -> bool {
        let Some(person) = &file.person else { return false };
        let differ = |a: &str, b: &str| a != b && [a, b].iter().all(|s| matches!(*s, "1" | "2"));
        if differ(&person.details.sex, &self.form.sex) {
            return false;
        }
        let for_life = |which: &Identifier| {
            let number = SocialSecurityNumber::parse(&which.number).ok()?;
            number.birth_date().is_some().then(|| number.kind())
        };
        let own = for_life(&self.form.identifier());
        let theirs: Vec<NumberKind> = person.documents().iter().filter_map(|h| for_life(&h.which)).collect();
        own.is_none_or(|own| !theirs.contains(&own))
    }

    /// The number of a new file: the one that follows from the document, with the next reserve digit while it is another
    /// human's (Article 35).
    fn free_number(&self, found: &Found<'_>) -> Result<SocialSecurityNumber, Refusal> {
        clause!(R35.1);
        let mut numbers = self.numbers().into_iter();
        let free = numbers.find(|n| !found.is_taken(&Claim::social_security_number(n)));
        // A number that carries its birth date has one owner, whose file it then is.
        let first = || self.form.ssn.birth_date().map(|_| self.form.ssn.clone());
        let none = || Refusal::about(Reason::NumberTaken, "社会保障号码保留位0至9已用尽");
        free.or_else(first).ok_or_else(none)
    }

    /// What the file learns besides the application: the document that is shown, what the registers say, and the answer.
    pub(crate) fn learnt(
        &self,
        file: &HolderFile,
        application: ApplicationId,
        settled: &Settled,
        found: &Found<'_>,
    ) -> Vec<HolderEvent> {
        let mut events = Vec::new();
        for also in self.also {
            let Also::Document { which, valid_until } = also else { continue };
            let known = file.person.as_ref().is_some_and(|p| p.has_held(which))
                || which.is(&self.form.identifier())
                || found.is_taken(&Claim::document(which));
            if !known {
                let (which, valid_until) = (which.clone(), *valid_until);
                events.push(HolderEvent::DocumentHeld { which, valid_until, how: HowKnown::Register });
            }
        }
        if let Some(answer) = self.answer.filter(|_| settled.asked) {
            events.push(HolderEvent::IdentityAnswered { application, answer: answer.clone() });
        }
        events
    }
}

fn claim_of(also: &Also) -> Claim {
    match also {
        Also::Number(number) => Claim::social_security_number(number),
        Also::Document { which, .. } => Claim::document(which),
    }
}

/// As a clerk may see them.
fn candidates(ids: impl Iterator<Item = HolderId>, found: &Found<'_>) -> Vec<Candidate> {
    let one = |file: &HolderFile| {
        let person = file.person.as_ref()?;
        let held = person.documents();
        let mut cards: Vec<String> = file
            .cards
            .iter()
            .map(|c| {
                // What is held against a card of whoever may be somebody else is not told.
                let state = if c.is_held() && !c.is_cancelled() { "停用" } else { use_said(c) };
                format!("{}社保卡{state}", c.city.name())
            })
            .collect();
        cards.extend(file.open_application().map(|a| format!("{}在办申请", a.city.name())));
        Some(Candidate {
            holder: file.id,
            name: person.details.name.masked(),
            number: person.details.ssn.masked(),
            documents: held.iter().map(|h| format!("{}{}", h.which.kind.name(), h.which.masked())).collect(),
            cards,
        })
    };
    ids.filter_map(|id| one(found.file(id)?)).collect()
}
