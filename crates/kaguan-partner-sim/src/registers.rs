//! 公安 and 社保: they know everybody alive and insured, except whom they were told otherwise about.

use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::application::{CheckResult, RegisterCheck};
use kaguan_domain::facts::form::ApplicationForm;
use kaguan_service::ports::{Registers, Reply};
use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// The registers.
#[derive(Default)]
pub struct SimRegisters {
    dead: Mutex<HashSet<String>>,
    uninsured: Mutex<HashSet<String>>,
    down: AtomicBool,
}

impl SimRegisters {
    /// Registers a death.
    pub fn bury(&self, number: &str) {
        if let Ok(mut dead) = self.dead.lock() {
            dead.insert(number.into());
        }
    }

    /// Ends somebody's insurance.
    pub fn uninsure(&self, number: &str) {
        if let Ok(mut gone) = self.uninsured.lock() {
            gone.insert(number.into());
        }
    }

    /// Stops or starts answering.
    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    fn one(&self, form: &ApplicationForm, at: Instant) -> Vec<RegisterCheck> {
        let has = |set: &Mutex<HashSet<String>>| set.lock().is_ok_and(|s| s.contains(form.ssn.as_str()));
        let down = self.down.load(Ordering::SeqCst);
        let answer = |ok| match (down, ok) {
            (true, _) => CheckResult::Unavailable,
            (false, true) => CheckResult::Passed,
            (false, false) => CheckResult::Failed,
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
}
