//! The system's own keys: under which of them it signs follows from the time, and the next one is told before it is used.

use kaguan_api::business as wire;
use kaguan_api::sign::Secret;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::institution::Institutions;
use kaguan_service::Service;
use kaguan_store::Store;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// A key of the system, and its name in headers.
#[derive(Clone, Debug)]
pub struct SigningKey {
    /// `kaguan-1`, `kaguan-2`, …
    pub name: String,
    pub secret: Secret,
}

impl SigningKey {
    /// The key of a number, from 1.
    ///
    /// # Panics
    /// Never: the store derives a valid key.
    pub fn of(store: &Store, number: u32) -> Self {
        let secret = Secret::from_bytes(&store.partner_secret(number)).expect("the store's key is a key");
        Self { name: format!("kaguan-{number}"), secret }
    }

    /// The key under which the system signs at a moment.
    pub fn at(store: &Store, institutions: &Institutions, now: Instant) -> Self {
        Self::of(store, institutions.system_key(now))
    }

    /// What partners are told: the key of a moment and, once it is set, the next one.
    pub fn told(store: &Store, institutions: &Institutions, now: Instant) -> wire::SystemKey {
        let Self { name, secret } = Self::at(store, institutions, now);
        let next = institutions.system_keys().find(|(_, from)| *from > now).map(|(number, from)| {
            let Self { name, secret } = Self::of(store, number);
            wire::NextSystemKey { key: name, public: secret.public(), from: from.0 / 1_000 }
        });
        wire::SystemKey { key: name, public: secret.public(), next }
    }
}

/// The public half of the key under which the system signs today.
pub(crate) fn public_of_today(service: &Service) -> String {
    SigningKey::at(service.store(), &service.institutions(), service.now()).secret.public()
}

/// The keys for a desk whose agent holds one of ours: that one, under which it is spoken to, and the public half of today's, which it is to
/// hold from now on, when that is another. Nothing when it is none of ours.
pub(crate) fn keys_for_desk(service: &Service, held: &str) -> Option<(Secret, Option<String>)> {
    let today = service.institutions().system_key(service.now());
    // The one of today first, which nearly every desk holds.
    let mut keys = (1..=today).rev().map(|number| (number, SigningKey::of(service.store(), number).secret));
    let (number, secret) = keys.find(|(_, secret)| secret.public() == held)?;
    let next = (number != today).then(|| public_of_today(service));
    Some((secret, next))
}

/// The keys that were made: each costs a multiplication on the curve.
#[derive(Default)]
pub struct SystemKeys(Mutex<BTreeMap<u32, SigningKey>>);

impl SystemKeys {
    /// The key under which the system signs now.
    pub fn now(&self, service: &Service) -> SigningKey {
        let number = service.institutions().system_key(service.now());
        // What is in the map is whole, whoever panicked.
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        made.entry(number).or_insert_with(|| SigningKey::of(service.store(), number)).clone()
    }
}
