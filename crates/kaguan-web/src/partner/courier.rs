//! How partners are called: messages of the outbox, questions to the registers, reconciliation. A partner that is not
//! registered with an address is served by what stands in for it.

use super::SigningKey;
use super::asking::{PartnerLine, Way};
use jiff::civil::Date;
use kaguan_api::client::{CallError, Client, SignedReply as Reply200};
use kaguan_api::message::{
    AskChecks, AskRecord, CheckPerson, Checks, Deaths, Identities, LinkAnswer, OtherIdentifier, Record, Taken,
};
use kaguan_api::reconcile::{AskRows, AskSums, Range, RowsOf, SumsOf};
use kaguan_api::sign::Public;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::application::{CheckResult, RegisterCheck};
use kaguan_domain::facts::document::{Document, DocumentKind};
use kaguan_domain::facts::form::{ApplicationForm, FormDraft};
use kaguan_domain::facts::identity::{Also, Identifier};
use kaguan_domain::facts::letter::Addressee;
use kaguan_domain::facts::mirror::BankState;
use kaguan_domain::facts::partner::Partner;
use kaguan_domain::facts::person::DeathAnswer;
use kaguan_domain::facts::social_security_number::SocialSecurityNumber;
use kaguan_domain::ids::{ECardNumber, PartnerKind};
use kaguan_domain::link::BankAnswer;
use kaguan_service::Service;
use kaguan_service::clock::TimeSource;
use kaguan_service::ports::{
    Answer, Courier, DeliveryError, IdentityPhoto, Message, Nobody, OnRecord, Registers, Reply,
};
use kaguan_service::reconcile::Book;
use kaguan_store::MirrorSums;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Who the system is when it calls.
const SYSTEM: &str = "system:kaguan";
/// A partner that does not answer a message within this is asked again later.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// A client of a partner; `None` when it has no address.
pub fn client_of(
    http: &reqwest::Client,
    partner: &Partner,
    hand: SigningKey,
    now: Instant,
) -> Option<Client> {
    let endpoint = partner.endpoint.as_deref()?;
    let holds = |k: &&kaguan_domain::facts::partner::PartnerKey| partner.key(&k.id, now).is_some();
    let keys = partner.keys.iter().filter(holds);
    // Without a key that is valid now, nothing that it says is believed.
    let others = keys.filter_map(|k| Some((k.id.clone(), Public::parse(&k.public).ok()?))).collect();
    Some(Client::with(http.clone(), endpoint, SYSTEM, &hand.name, hand.secret, others))
}

/// An HTTP client for partners that waits so long for an answer. `identity` is the certificate, with its key, PEM, that is shown to whoever asks for one.
///
/// # Errors
/// When the identity is none, or TLS cannot be set up.
pub fn http_client(identity: Option<&[u8]>, patience: Duration) -> Result<reqwest::Client, reqwest::Error> {
    let builder = kaguan_api::client::direct().timeout(patience).connect_timeout(Duration::from_secs(3));
    let builder = match identity {
        Some(pem) => builder.identity(reqwest::Identity::from_pem(pem)?),
        None => builder,
    };
    builder.build()
}

/// Delivers messages over HTTP, signed.
pub struct HttpCourier {
    line: PartnerLine,
    otherwise: Arc<dyn Courier>,
}

impl HttpCourier {
    /// A courier; whoever has no address gets messages by the other one.
    pub fn new(http: reqwest::Client, otherwise: Arc<dyn Courier>) -> Self {
        Self { line: PartnerLine::new(http), otherwise }
    }

    /// Tells it where partners are registered; before this everything goes the other way.
    pub fn attach(&self, service: &Service) {
        self.line.attach(service);
    }
}

/// Whether what was not done may be done later: only what the partner calls wrong is given up.
fn settled(reply: Result<Reply200, CallError>) -> Result<Vec<u8>, DeliveryError> {
    match reply {
        Ok(reply) if (200..300).contains(&reply.status) => Ok(reply.body),
        Ok(reply) if matches!(reply.status, 400 | 404 | 409 | 410 | 413 | 415 | 422) => {
            Err(DeliveryError::Refused(format!("status {}", reply.status)))
        }
        Ok(reply) => Err(DeliveryError::Later(format!("status {}", reply.status))),
        Err(e) => Err(DeliveryError::Later(e.to_string())),
    }
}

impl Courier for HttpCourier {
    fn deliver<'a>(&'a self, message: &'a Message) -> Reply<'a, Result<Option<Answer>, DeliveryError>> {
        Box::pin(async move {
            let reached = match self.line.to(&message.to) {
                Way::Called(reached) => reached,
                Way::Silent => return Err(DeliveryError::NoAddress),
                Way::Otherwise => return self.otherwise.deliver(message).await,
            };
            let broken = |e: serde_json::Error| DeliveryError::Refused(format!("column {}", e.column()));
            let outgoing = super::letters::outgoing(message.clone()).map_err(broken)?;
            let bytes = serde_json::to_vec(&outgoing).map_err(broken)?;
            let key = message.id.to_string();
            let reply = settled(reached.bring(&key, bytes).await)?;
            let garbled = |_| DeliveryError::Later("the reply cannot be read".into());
            let taken: Taken = if reply.is_empty() {
                Taken::default()
            } else {
                serde_json::from_slice(&reply).map_err(garbled)?
            };
            let Taken { answer, e_card_no } = taken;
            if let Some(number) = e_card_no.filter(|_| message.to == Addressee::ECard) {
                // One that is none is asked for again, as a reply that cannot be read.
                let number = ECardNumber::parse(&number);
                return number
                    .map(|n| Some(Answer::ECard(n)))
                    .map_err(|e| DeliveryError::Later(e.to_string()));
            }
            Ok(answer.map(|a| match a {
                LinkAnswer::Done => Answer::Bank(BankAnswer::Done),
                LinkAnswer::Refused { reason } => Answer::Bank(BankAnswer::Refused(reason)),
            }))
        })
    }
}

/// Asks the registers over HTTP, signed.
pub struct HttpRegisters {
    line: PartnerLine,
    otherwise: Arc<dyn Registers>,
}

impl HttpRegisters {
    /// Registers; without an address the other ones are asked.
    pub fn new(http: reqwest::Client, otherwise: Arc<dyn Registers>) -> Self {
        Self { line: PartnerLine::new(http), otherwise }
    }

    /// Tells it where partners are registered.
    pub fn attach(&self, service: &Service) {
        self.line.attach(service);
    }
}

impl Registers for HttpRegisters {
    fn check<'a>(
        &'a self,
        people: &'a [ApplicationForm],
        now: Instant,
    ) -> Reply<'a, Vec<Vec<RegisterCheck>>> {
        Box::pin(async move {
            let reached = match self.line.of_kind(PartnerKind::Registers) {
                Way::Called(reached) => reached,
                Way::Silent => return Nobody.check(people, now).await,
                Way::Otherwise => return self.otherwise.check(people, now).await,
            };
            let fits = |c: &Checks| c.checks.len() == people.len();
            let found = reached.ask(("/checks", people.len()), question(people), fits).await;
            (0..people.len())
                .map(|n| {
                    // A register that does not answer, or not as it should, has not confirmed anything.
                    let said = found.as_ref().map(|c| &c.checks[n]);
                    let of = |text: Option<&String>| text.map_or(CheckResult::Unavailable, |t| result(t));
                    let said =
                        [said.map(|s| &s.identity), said.map(|s| &s.alive), said.map(|s| &s.entitlement)];
                    RegisterCheck::all(now, said.map(of))
                })
                .collect()
        })
    }

    fn photo<'a>(&'a self, applicant: &'a ApplicationForm, now: Instant) -> Reply<'a, IdentityPhoto> {
        Box::pin(async move {
            let reached = match self.line.of_kind(PartnerKind::Registers) {
                Way::Called(reached) => reached,
                Way::Silent => return Nobody.photo(applicant, now).await,
                Way::Otherwise => return self.otherwise.photo(applicant, now).await,
            };
            let bytes = serde_json::to_vec(&person(applicant)).unwrap_or_default();
            // A JPEG, or nothing: the register has none.
            match reached.ask_for_bytes(("/photos", 1), bytes).await {
                Some(jpeg) if jpeg.is_empty() => IdentityPhoto::NotOnRecord,
                Some(jpeg) => IdentityPhoto::Photo(jpeg),
                None => IdentityPhoto::Unavailable,
            }
        })
    }

    fn also<'a>(&'a self, people: &'a [ApplicationForm]) -> Reply<'a, Vec<Vec<Also>>> {
        Box::pin(async move {
            let reached = match self.line.of_kind(PartnerKind::Registers) {
                Way::Called(reached) => reached,
                Way::Silent => return Nobody.also(people).await,
                Way::Otherwise => return self.otherwise.also(people).await,
            };
            let fits = |f: &Identities| f.people.len() == people.len();
            // A register that does not answer, or has no such interface, says of nobody that he is another.
            match reached.ask(("/identities", people.len()), question(people), fits).await {
                Some(found) => {
                    found.people.iter().map(|said| said.iter().filter_map(also_of).collect()).collect()
                }
                None => vec![Vec::new(); people.len()],
            }
        })
    }

    fn on_record<'a>(&'a self, kind: DocumentKind, number: &'a str) -> Reply<'a, OnRecord> {
        Box::pin(async move {
            let reached = match self.line.of_kind(PartnerKind::Registers) {
                Way::Called(reached) => reached,
                Way::Silent => return Nobody.on_record(kind, number).await,
                Way::Otherwise => return self.otherwise.on_record(kind, number).await,
            };
            let ask = AskRecord { document_kind: kind.code().into(), document_number: number.into() };
            let bytes = serde_json::to_vec(&ask).unwrap_or_default();
            // A register without this interface, or one that answers something else, says nothing.
            match reached.ask(("/records", 1), bytes, |_: &Record| true).await {
                Some(record) if record.name.trim().is_empty() => OnRecord::Nobody,
                Some(record) => OnRecord::Person(Box::new(written(record))),
                None => OnRecord::Unavailable,
            }
        })
    }

    fn deaths<'a>(&'a self, people: &'a [ApplicationForm], now: Instant) -> Reply<'a, Vec<DeathAnswer>> {
        Box::pin(async move {
            let reached = match self.line.of_kind(PartnerKind::Registers) {
                Way::Called(reached) => reached,
                Way::Silent => return Nobody.deaths(people, now).await,
                Way::Otherwise => return self.otherwise.deaths(people, now).await,
            };
            let fits = |d: &Deaths| d.deaths.len() == people.len();
            let found = reached.ask(("/deaths", people.len()), question(people), fits).await;
            let result = |text: &str| match text {
                "dead" => Some(true),
                "alive" => Some(false),
                _ => None,
            };
            let said = |n: usize| {
                found.as_ref().map_or(DeathAnswer::default(), |d| DeathAnswer {
                    public_security: result(&d.deaths[n].public_security),
                    social_security: result(&d.deaths[n].social_security),
                })
            };
            (0..people.len()).map(said).collect()
        })
    }
}

/// A person as the registers are asked about one.
fn person(p: &ApplicationForm) -> CheckPerson {
    CheckPerson {
        number: p.ssn.as_str().to_owned(),
        name: p.name.display().to_owned(),
        document_number: p.document.number().to_owned(),
    }
}

/// What a register has on record, as the form has it.
fn written(record: Record) -> FormDraft {
    let Record {
        name,
        sex,
        birth_date,
        ethnicity,
        nationality,
        address,
        issuing_authority,
        valid_from,
        valid_until,
    } = record;
    FormDraft {
        name,
        sex,
        birth_date,
        ethnicity,
        nationality,
        household_address: address.clone(),
        postal_address: address,
        issuing_authority,
        document_valid_from: valid_from,
        document_valid_until: valid_until,
        ..FormDraft::default()
    }
}

/// Whom the registers are asked about.
fn question(people: &[ApplicationForm]) -> Vec<u8> {
    serde_json::to_vec(&AskChecks { people: people.iter().map(person).collect() }).unwrap_or_default()
}

/// What a register says besides; `None` for what is neither a number nor a document.
fn also_of(said: &OtherIdentifier) -> Option<Also> {
    if let Some(number) = &said.number {
        return SocialSecurityNumber::looked_for(number).ok().map(Also::Number);
    }
    let kind = DocumentKind::from_code(said.document_kind.as_deref()?.trim())?;
    let number = kaguan_domain::spelling::number(said.document_number.as_deref()?);
    let valid_until = said.valid_until.as_deref().and_then(|d| Date::strptime("%Y%m%d", d.trim()).ok());
    let document = Document::new(kind, &number, valid_until.unwrap_or(Date::MAX)).ok()?;
    let nationality = said.nationality.as_deref().unwrap_or_default().trim().to_uppercase();
    Some(Also::Document { which: Identifier::of(&document, &nationality), valid_until })
}

/// What a word of the registers means; any other is none.
pub(super) fn result(text: &str) -> CheckResult {
    match text {
        "passed" => CheckResult::Passed,
        "failed" => CheckResult::Failed,
        "not_on_record" => CheckResult::NotOnRecord,
        _ => CheckResult::Unavailable,
    }
}

/// A bank's book over HTTP; counts what passes.
pub struct HttpBook {
    client: Client,
    bytes: AtomicU64,
}

impl HttpBook {
    /// The book of a bank.
    pub fn new(client: Client) -> Self {
        Self { client, bytes: AtomicU64::new(0) }
    }

    /// Bytes of bodies sent and received so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    async fn ask<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        ask: &impl serde::Serialize,
    ) -> Result<T, String> {
        let body = serde_json::to_vec(ask).map_err(|e| e.to_string())?;
        self.bytes.fetch_add(body.len() as u64, Ordering::Relaxed);
        // Each request has its own time: a long comparison outlives the window of the first.
        let now = TimeSource::Machine.now().0 / 1_000;
        let reply = self.client.call("POST", path, None, body, now).await.map_err(|e| e.to_string())?;
        self.bytes.fetch_add(reply.body.len() as u64, Ordering::Relaxed);
        if reply.status != 200 {
            return Err(format!("{path} 应答状态{}，应为200", reply.status));
        }
        let should = if path.ends_with("sums") {
            r#"{"sums": [[{"cards", "low", "high"} 十六项], …]}"#
        } else {
            r#"{"rows": [[位置, 状态], …]}"#
        };
        serde_json::from_slice(&reply.body)
            .map_err(|e| format!("{path} 的应答不合接口定义（第{}列），应为 {should}", e.column()))
    }
}

fn ranges_of(ranges: &[(i64, i64)]) -> Vec<Range> {
    ranges.iter().map(|(from, size)| Range { from: *from, size: *size }).collect()
}

impl Book for HttpBook {
    fn sums<'a>(&'a self, ranges: &'a [(i64, i64)]) -> Reply<'a, Result<Vec<[MirrorSums; 16]>, String>> {
        Box::pin(async move {
            let reply: SumsOf =
                self.ask("/reconciliation/sums", &AskSums { ranges: ranges_of(ranges) }).await?;
            let sums =
                |s: kaguan_api::reconcile::Sums| MirrorSums { cards: s.cards, low: s.low, high: s.high };
            Ok(reply.sums.into_iter().map(|parts| parts.map(sums)).collect())
        })
    }

    fn rows<'a>(&'a self, ranges: &'a [(i64, i64)]) -> Reply<'a, Result<Vec<(i64, BankState)>, String>> {
        Box::pin(async move {
            let reply: RowsOf =
                self.ask("/reconciliation/rows", &AskRows { ranges: ranges_of(ranges) }).await?;
            Ok(reply.rows.into_iter().map(|(place, bits)| (place, BankState::from(bits))).collect())
        })
    }
}
