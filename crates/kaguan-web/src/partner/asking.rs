//! The line to a partner: how it is reached, and what it was asked. Who is asked hears later when, how long it took and what came of it.

use super::courier::client_of;
use super::system::SystemKeys;
use kaguan_api::client::{CallError, Client, SignedReply};
use kaguan_domain::facts::letter::Addressee;
use kaguan_domain::facts::partner::Partner;
use kaguan_domain::ids::{PartnerId, PartnerKind};
use kaguan_service::{Came, Service};
use serde::de::DeserializeOwned;
use std::sync::OnceLock;

pub(super) struct PartnerLine {
    http: reqwest::Client,
    service: OnceLock<Service>,
    keys: SystemKeys,
}

impl PartnerLine {
    pub(super) fn new(http: reqwest::Client) -> Self {
        Self { http, service: OnceLock::new(), keys: SystemKeys::default() }
    }

    pub(super) fn attach(&self, service: &Service) {
        // Attached once; a second time is the same service.
        let _ = self.service.set(service.clone());
    }

    /// How an addressee is reached: a bank by its code, others by what they are.
    pub(super) fn to(&self, addressee: &Addressee) -> Way {
        match addressee {
            Addressee::Bank(code) => self.way(|id| id.kind == PartnerKind::Bank && id.code == code.0),
            Addressee::ECard => self.of_kind(PartnerKind::Ecard),
            Addressee::Sms => self.of_kind(PartnerKind::Sms),
            Addressee::Treasury => self.of_kind(PartnerKind::Treasury),
        }
    }

    /// Everybody of a kind that can be called, each in its turn; `None` when nobody of it is registered.
    pub(super) fn all_of_kind(&self, kind: PartnerKind) -> Option<Vec<Reached>> {
        let service = self.service.get()?;
        let institutions = service.institutions();
        let ours: Vec<&Partner> = institutions.partners().filter(|p| p.id.kind == kind).collect();
        (!ours.is_empty()).then(|| ours.iter().filter_map(|p| self.reached(service, p)).collect())
    }

    /// How the first of its kind that can be called is reached.
    pub(super) fn of_kind(&self, kind: PartnerKind) -> Way {
        self.way(|id| id.kind == kind)
    }

    fn way(&self, who: impl Fn(&PartnerId) -> bool) -> Way {
        let Some(service) = self.service.get() else { return Way::Otherwise };
        let institutions = service.institutions();
        let ours = || institutions.partners().filter(|p| who(&p.id));
        match ours().find_map(|p| self.reached(service, p)) {
            Some(reached) => Way::Called(Box::new(reached)),
            None if ours().next().is_some() => Way::Silent,
            None => Way::Otherwise,
        }
    }

    fn reached(&self, service: &Service, partner: &Partner) -> Option<Reached> {
        let client = client_of(&self.http, partner, self.keys.now(service), service.now())?;
        Some(Reached { client, partner: partner.id.clone(), service: service.clone() })
    }
}

/// How a partner is reached.
pub(super) enum Way {
    /// At its address.
    Called(Box<Reached>),
    /// It is registered and has no address: nobody answers for it.
    Silent,
    /// Nobody of the kind is registered: what stands in answers.
    Otherwise,
}

/// A partner at its address.
pub(super) struct Reached {
    client: Client,
    partner: PartnerId,
    service: Service,
}

impl Reached {
    /// Who is asked.
    pub(super) fn partner(&self) -> &PartnerId {
        &self.partner
    }

    fn now_ms(&self) -> i64 {
        self.service.wall().0 / 1_000
    }

    /// Brings a message under its key; the outbox keeps what came of it.
    pub(super) async fn bring(&self, key: &str, body: Vec<u8>) -> Result<SignedReply, CallError> {
        self.client.call("POST", "/messages", Some(key), body, self.now_ms()).await
    }

    /// Asks about so many, and takes the answer as it is; nothing when there is none.
    pub(super) async fn ask_for_bytes(&self, what: (&'static str, usize), body: Vec<u8>) -> Option<Vec<u8>> {
        let began = self.service.steady();
        let reply = self.answer(what.0, body).await;
        let (found, came) = match reply {
            Ok(bytes) => (Some(bytes), (Came::Answered, "ok".to_owned())),
            Err(why) => (None, (Came::Silent, why)),
        };
        self.service.asked(&self.partner, what, began, came);
        found
    }

    /// The answer to a question; why there is none that can be believed.
    async fn answer(&self, path: &str, body: Vec<u8>) -> Result<Vec<u8>, String> {
        match self.client.call("POST", path, None, body, self.now_ms()).await {
            Ok(reply) if (200..300).contains(&reply.status) => Ok(reply.body),
            Ok(reply) => Err(format!("status {}", reply.status)),
            Err(e) => Err(e.to_string()),
        }
    }

    /// Asks about so many; nothing when there is no answer, or none of the agreed shape that `fits`.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        what: (&'static str, usize),
        body: Vec<u8>,
        fits: impl Fn(&T) -> bool,
    ) -> Option<T> {
        let began = self.service.steady();
        let reply = self.answer(what.0, body).await;
        let (found, came) = match reply.map(|bytes| serde_json::from_slice::<T>(&bytes)) {
            Ok(Ok(found)) if fits(&found) => (Some(found), (Came::Answered, "ok".to_owned())),
            Ok(Ok(_)) => (None, (Came::Unreadable, "not as many answers as questions".to_owned())),
            // An error of the reader may quote what it read; its place does not.
            Ok(Err(e)) => (None, (Came::Unreadable, format!("column {}", e.column()))),
            Err(why) => (None, (Came::Silent, why)),
        };
        self.service.asked(&self.partner, what, began, came);
        found
    }
}
