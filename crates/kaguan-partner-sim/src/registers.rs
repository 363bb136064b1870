//! 公安 and 社保: they know everybody alive and insured, except whom they were told otherwise about.

use crate::records;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::application::{CheckResult, Register, RegisterCheck};
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::form::{ApplicationForm, FormDraft};
use kaguan_domain::facts::identity::Also;
use kaguan_domain::facts::person::DeathAnswer;
use kaguan_service::ports::{IdentityPhoto, OnRecord, Registers, Reply};
use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// The registers.
#[derive(Default)]
pub struct SimRegisters {
    dead: Mutex<HashSet<String>>,
    dead_at_social_security: Mutex<HashSet<String>>,
    uninsured: Mutex<HashSet<String>>,
    unknown: Mutex<HashSet<String>>,
    photo: Mutex<Option<Vec<u8>>>,
    down: AtomicBool,
    /// By document number, what else is the same person's.
    also: Mutex<HashMap<String, Vec<Also>>>,
}

impl SimRegisters {
    /// Registers a death at both.
    pub fn bury(&self, number: &str) {
        self.bury_at(Register::PublicSecurity, number);
        self.bury_at(Register::SocialSecurity, number);
    }

    /// Registers a death at one of them.
    pub fn bury_at(&self, register: Register, number: &str) {
        let book = match register {
            Register::PublicSecurity => &self.dead,
            Register::SocialSecurity => &self.dead_at_social_security,
            // They keep no deaths.
            Register::PhotoPlatform | Register::System => return,
        };
        if let Ok(mut dead) = book.lock() {
            dead.insert(number.into());
        }
    }

    /// Ends somebody's insurance.
    pub fn uninsure(&self, number: &str) {
        if let Ok(mut gone) = self.uninsured.lock() {
            gone.insert(number.into());
        }
    }

    /// Takes somebody out of the registers: nothing is on record.
    pub fn forget(&self, number: &str) {
        if let Ok(mut unknown) = self.unknown.lock() {
            unknown.insert(number.into());
        }
    }

    /// The photo on everybody's identity card; without one nobody has any.
    pub fn set_photo(&self, jpeg: Vec<u8>) {
        if let Ok(mut photo) = self.photo.lock() {
            *photo = Some(jpeg);
        }
    }

    /// Registers that whoever has a document has another identifier too.
    pub fn link(&self, document_number: &str, also: Also) {
        if let Ok(mut known) = self.also.lock() {
            known.entry(document_number.into()).or_default().push(also);
        }
    }

    /// Stops or starts answering.
    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    fn one(&self, form: &ApplicationForm, at: Instant) -> Vec<RegisterCheck> {
        let has = |set: &Mutex<HashSet<String>>| set.lock().is_ok_and(|s| s.contains(form.ssn.as_str()));
        let down = self.down.load(Ordering::SeqCst);
        let unknown = has(&self.unknown);
        let answer = |ok| match (down, unknown, ok) {
            (true, ..) => CheckResult::Unavailable,
            (false, true, _) => CheckResult::NotOnRecord,
            (false, false, true) => CheckResult::Passed,
            (false, false, false) => CheckResult::Failed,
        };
        RegisterCheck::all(at, [true, !has(&self.dead), !has(&self.uninsured)].map(answer))
    }
}

impl Registers for SimRegisters {
    fn check<'a>(
        &'a self,
        people: &'a [ApplicationForm],
        now: Instant,
    ) -> Reply<'a, Vec<Vec<RegisterCheck>>> {
        Box::pin(async move { people.iter().map(|p| self.one(p, now)).collect() })
    }

    fn photo<'a>(&'a self, _person: &'a ApplicationForm, _now: Instant) -> Reply<'a, IdentityPhoto> {
        Box::pin(async move {
            if self.down.load(Ordering::SeqCst) {
                return IdentityPhoto::Unavailable;
            }
            let photo = self.photo.lock().ok().and_then(|p| p.clone());
            photo.map_or(IdentityPhoto::NotOnRecord, IdentityPhoto::Photo)
        })
    }

    fn deaths<'a>(&'a self, people: &'a [ApplicationForm], _now: Instant) -> Reply<'a, Vec<DeathAnswer>> {
        let down = self.down.load(Ordering::SeqCst);
        let said = move |book: &Mutex<HashSet<String>>, p: &ApplicationForm| {
            (!down).then(|| book.lock().is_ok_and(|s| s.contains(p.ssn.as_str())))
        };
        let one = move |p: &ApplicationForm| DeathAnswer {
            public_security: said(&self.dead, p),
            social_security: said(&self.dead_at_social_security, p),
        };
        Box::pin(async move { people.iter().map(one).collect() })
    }

    fn on_record<'a>(&'a self, _kind: DocumentKind, number: &'a str) -> Reply<'a, OnRecord> {
        let down = self.down.load(Ordering::SeqCst);
        let unknown = self.unknown.lock().is_ok_and(|u| u.contains(number));
        let record = records::invented(number).filter(|_| !unknown);
        Box::pin(async move {
            match record {
                _ if down => OnRecord::Unavailable,
                None => OnRecord::Nobody,
                Some(r) => OnRecord::Person(Box::new(FormDraft {
                    name: r.name,
                    sex: r.sex,
                    birth_date: r.birth_date,
                    ethnicity: r.ethnicity,
                    nationality: r.nationality,
                    household_address: r.address.clone(),
                    postal_address: r.address,
                    issuing_authority: r.issuing_authority,
                    document_valid_from: r.valid_from,
                    document_valid_until: r.valid_until,
                    ..FormDraft::default()
                })),
            }
        })
    }

    fn also<'a>(&'a self, people: &'a [ApplicationForm]) -> Reply<'a, Vec<Vec<Also>>> {
        let down = self.down.load(Ordering::SeqCst);
        let known = self.also.lock().map(|k| k.clone()).unwrap_or_default();
        let one = |p: &ApplicationForm| {
            known.get(p.document.number()).filter(|_| !down).cloned().unwrap_or_default()
        };
        let said = people.iter().map(one).collect();
        Box::pin(async move { said })
    }
}
