//! Registers that let something happen while they are asked: what somebody else does before they answer.

use crate::World;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::application::RegisterCheck;
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::form::ApplicationForm;
use kaguan_domain::facts::identity::Also;
use kaguan_domain::facts::person::DeathAnswer;
use kaguan_service::ports::{IdentityPhoto, OnRecord, Registers, Reply};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// What they are asked when something happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asked {
    /// Identity, alive status and entitlement; so many times before, since something happens meanwhile.
    Check(usize),
    /// Other identifiers.
    Also,
}

type Meanwhile = Box<dyn Fn(Asked) -> Reply<'static, ()> + Send + Sync>;

/// The world's registers, which answer once what happens meanwhile is done.
pub struct Interrupted {
    around: Arc<dyn Registers>,
    checks: AtomicUsize,
    meanwhile: OnceLock<Meanwhile>,
}

impl Interrupted {
    /// Those of a world; nothing happens yet.
    pub fn of(w: &World) -> Arc<Self> {
        let around = w.around.registers.clone();
        Arc::new(Self { around, checks: AtomicUsize::new(0), meanwhile: OnceLock::new() })
    }

    /// From now on this happens whenever they are asked.
    ///
    /// # Panics
    /// When something happens already.
    pub fn meanwhile<F>(&self, act: impl Fn(Asked) -> F + Send + Sync + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let act = move |asked| -> Reply<'static, ()> { Box::pin(act(asked)) };
        assert!(self.meanwhile.set(Box::new(act)).is_ok(), "something happens already");
    }
}

impl Registers for Interrupted {
    fn check<'a>(
        &'a self,
        people: &'a [ApplicationForm],
        now: Instant,
    ) -> Reply<'a, Vec<Vec<RegisterCheck>>> {
        Box::pin(async move {
            if let Some(act) = self.meanwhile.get() {
                act(Asked::Check(self.checks.fetch_add(1, Ordering::SeqCst))).await;
            }
            self.around.check(people, now).await
        })
    }

    fn photo<'a>(&'a self, person: &'a ApplicationForm, now: Instant) -> Reply<'a, IdentityPhoto> {
        self.around.photo(person, now)
    }

    fn deaths<'a>(&'a self, people: &'a [ApplicationForm], now: Instant) -> Reply<'a, Vec<DeathAnswer>> {
        self.around.deaths(people, now)
    }

    fn also<'a>(&'a self, people: &'a [ApplicationForm]) -> Reply<'a, Vec<Vec<Also>>> {
        Box::pin(async move {
            if let Some(act) = self.meanwhile.get() {
                act(Asked::Also).await;
            }
            self.around.also(people).await
        })
    }

    fn on_record<'a>(&'a self, kind: DocumentKind, number: &'a str) -> Reply<'a, OnRecord> {
        self.around.on_record(kind, number)
    }
}
