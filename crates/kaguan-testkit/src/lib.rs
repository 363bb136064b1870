//! World: a store on either engine, a fixed day, simulated partners, and a small province: what every journey
//! starts from.

mod cards;
pub mod registers;
pub mod stated;

pub use cards::{missing, receive, ship};

use jiff::civil::date;
use kaguan_domain::account_opening::{Extracted, OpeningResult, TakeReturn as OpeningReturn};
use kaguan_domain::application::FilledIn;
use kaguan_domain::ctx::{Actor, Channel, Instant};
use kaguan_domain::dispatch::{BatchCommand, HolderCommand};
use kaguan_domain::facts::account::AccountNumber;
use kaguan_domain::facts::application::Consent;
use kaguan_domain::facts::form::FormDraft;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::institution::{OrgKind, Role};
use kaguan_domain::facts::person::PhotoRef;
use kaguan_domain::ids::{BankCardNumber, BankCode, BatchId, CityCode, HolderId, OfficerId, OrgId};
use kaguan_domain::institution::{InstitutionCommand, NewOfficer};
use kaguan_partner_sim::Surroundings;
use kaguan_service::clock::TimeSource;
use kaguan_service::setup::set_up;
use kaguan_service::{Command, Failure, Receipt, SIMULATED, SURROUNDINGS, Service};
use kaguan_store::engine::Engine;
use kaguan_store::{KeyRing, LoadRequest, Loaded, Store};
use private_postgres::PrivatePostgres;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// Which engine a test runs on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum On {
    /// SQLite in memory.
    Memory,
    /// PostgreSQL: the cluster of `KAGUAN_TEST_POSTGRES`, or one that this process starts by itself.
    Postgres,
}

/// The password `right`, hashed as cheaply as Argon2id may: a test that only has to come in does not wait for a hash that keeps guessers out.
pub const RIGHT: &str =
    "$argon2id$v=19$m=8,t=1,p=1$a2FndWFuLXRlc3RraXQu$2p0dWT8tuoAx0cGHG9Tgn9Ljfe8Kf+ddJDDXLNFzFmM";

/// Both engines: what a conformance test runs on.
pub const BOTH: [On; 2] = [On::Memory, On::Postgres];

/// The cluster of this process, and the name of a database on it that nobody has.
fn cluster() -> (&'static PrivatePostgres, String) {
    static CLUSTER: OnceLock<PrivatePostgres> = OnceLock::new();
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let cluster = CLUSTER.get_or_init(|| PrivatePostgres::start().expect("a private PostgreSQL starts"));
    let n = NEXT.fetch_add(1, Ordering::SeqCst);
    (cluster, format!("test_{}_{n}", std::process::id()))
}

/// The address of a fresh database on a cluster that lives as long as this process.
///
/// # Panics
/// When PostgreSQL is not installed; the message says what to install.
pub fn fresh_postgres() -> String {
    let (cluster, name) = cluster();
    cluster.database(&name).expect("a database can be made")
}

/// The same of a database with the schema in it: made once, and copied, which takes a sixth of the time.
fn with_schema() -> String {
    static TEMPLATE: OnceLock<String> = OnceLock::new();
    let template = TEMPLATE.get_or_init(|| {
        let (cluster, name) = cluster();
        let url = cluster.database(&name).expect("a database can be made");
        // On a runtime of its own, with which every connection ends: nothing is copied to which somebody is connected.
        let made = std::thread::spawn(|| {
            tokio::runtime::Runtime::new().expect("a runtime").block_on(opened(url));
        });
        made.join().expect("the schema is made");
        name
    });
    let (cluster, name) = cluster();
    cluster.database_like(&name, template).expect("a database can be copied")
}

async fn opened(url: String) -> Store {
    let engine = Engine::open(&url).await.expect("the engine opens");
    Store::with_keys(engine, KeyRing::derived(&[42; 32])).await.expect("the store opens")
}

/// A fresh store.
///
/// # Panics
/// When it cannot be opened: the test cannot go on.
pub async fn fresh_store(on: On) -> Store {
    let url = match on {
        On::Memory => "sqlite::memory:".to_owned(),
        On::Postgres => with_schema(),
    };
    opened(url).await
}

/// A province with one day on its clock.
pub struct World {
    /// The system.
    pub service: Service,
    /// The partners.
    pub around: Surroundings,
    /// The clock; it only moves when told to.
    pub clock: TimeSource,
}

/// The photo of everybody here, and its name in the store.
pub fn portrait() -> &'static (Vec<u8>, String) {
    static ONE: OnceLock<(Vec<u8>, String)> = OnceLock::new();
    ONE.get_or_init(|| {
        let jpeg = kaguan_files::portrait::draw(1);
        let name = kaguan_store::seal::sm3(&[&jpeg]).iter().map(|b| format!("{b:02x}")).collect();
        (jpeg, name)
    })
}

/// Guangzhou.
pub fn guangzhou() -> CityCode {
    CityCode("4401".into())
}

impl World {
    /// A fresh world on an engine, on 2026-11-23 at nine.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn new(on: On) -> Self {
        Self::with(Arc::new(fresh_store(on).await)).await
    }

    /// A world on a given store, marked as one for trying things out: its partners are simulated.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn with(store: Arc<Store>) -> Self {
        store.put_meta(SURROUNDINGS, SIMULATED).await.expect("the mark is written");
        Self::in_use(store).await
    }

    /// A world on a given store that has no such mark, as a province has that is at work.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn in_use(store: Arc<Store>) -> Self {
        let clock =
            TimeSource::fixed(Instant(Instant::at_start_of(date(2026, 11, 23)).0 + 9 * 3_600_000_000));
        let around = Surroundings::new();
        let service =
            Service::start(store, clock.clone(), around.partners()).await.expect("the service starts");
        set_up(&service).await.expect("the province is set up");
        let photos = service.store().put_photos(std::slice::from_ref(&portrait().0)).await;
        assert_eq!(photos.expect("the photo is stored"), [portrait().1.as_str()]);
        Self { service, around, clock }
    }

    /// Lets days pass.
    pub fn days_pass(&self, days: i64) {
        self.clock.set(Instant(self.clock.now().0 + days * 86_400_000_000));
    }

    /// The organisation of a code.
    ///
    /// # Panics
    /// When there is none.
    pub fn org(&self, code: &str) -> OrgId {
        self.service.institutions().org_by_code(code).expect("an organisation of the province").id
    }

    /// 天河区's HR outlet in Guangzhou.
    pub fn outlet(&self) -> OrgId {
        self.org("44010600000101")
    }

    /// ICBC's outlet in Guangzhou.
    pub fn bank_outlet(&self) -> OrgId {
        self.org("44010395588001")
    }

    /// A fresh officer of an organisation, in the role of its kind.
    ///
    /// # Panics
    /// When the officer cannot be added.
    pub async fn officer(&self, org: OrgId) -> Actor {
        let kind = self.service.institutions().org(org).expect("the organisation").kind;
        let role = match kind {
            OrgKind::ProvinceCentre => Role::ProvinceOfficer,
            OrgKind::CityCentre => Role::CityOfficer,
            OrgKind::CountyCentre => Role::CountyClerk,
            OrgKind::HrOutlet => Role::HrClerk,
            OrgKind::BankOutlet => Role::BankClerk,
        };
        let id = OfficerId(self.service.fresh());
        let new = NewOfficer {
            id,
            login: format!("officer-{id}"),
            name: "经办人".into(),
            role,
            org,
            password_hash: "!".into(),
        };
        self.system(Command::Institution(InstitutionCommand::AddOfficer(new)))
            .await
            .expect("an officer is added");
        Actor::Officer(id)
    }

    /// Gives a command as the system.
    ///
    /// # Errors
    /// As the executor says.
    pub async fn system(&self, command: Command) -> Result<Receipt, Failure> {
        self.by(&Actor::System, command).await
    }

    /// Gives a command as somebody.
    ///
    /// # Errors
    /// As the executor says.
    pub async fn by(&self, actor: &Actor, command: Command) -> Result<Receipt, Failure> {
        self.service.execute(self.service.ctx(actor.clone(), Channel::Console, None), command).await
    }

    /// Gives a command about a person.
    ///
    /// # Errors
    /// As the executor says.
    pub async fn about(
        &self,
        actor: &Actor,
        holder: HolderId,
        command: HolderCommand,
    ) -> Result<Receipt, Failure> {
        self.by(actor, Command::of(holder, command)).await
    }

    /// Gives a command about a batch.
    ///
    /// # Errors
    /// As the executor says.
    pub async fn batch(&self, actor: &Actor, id: BatchId, command: BatchCommand) -> Result<Receipt, Failure> {
        self.by(actor, Command::Batch { id, command }).await
    }

    /// A person's form: an adult of Guangzhou, the `n`-th.
    pub fn draft(&self, n: u32) -> FormDraft {
        kaguan_files::sample::adult(n, "95588")
    }

    /// 个人申请 of the `n`-th person at an outlet, collected there.
    pub fn apply(&self, n: u32, outlet: OrgId) -> FilledIn {
        FilledIn {
            draft: Box::new(self.draft(n)),
            photo: Some(PhotoRef(portrait().1.clone())),
            outlet,
            collect_at: outlet,
            agent: None,
            consent: Some(Consent { text_version: "2022".into(), by_guardian: false }),
            presented: stated::presented(),
            faults: Vec::new(),
            same: None,
        }
    }

    /// Takes in the `n`-th person and returns the file.
    ///
    /// # Panics
    /// When the application is refused.
    pub async fn applicant(&self, n: u32, outlet: OrgId) -> HolderId {
        self.takes_in(n, self.apply(n, outlet)).await
    }

    /// Takes in the `n`-th person with this application and returns the file.
    ///
    /// # Panics
    /// When the application is refused.
    pub async fn takes_in(&self, n: u32, apply: FilledIn) -> HolderId {
        let key = format!("apply-{n}");
        let receipt = self.service.apply(Actor::System, Channel::Console, &key, apply).await;
        match receipt.expect("the application is taken in").subject {
            kaguan_store::Subject::Holder(id) => id,
            other => unreachable!("an application is about a holder, not {other:?}"),
        }
    }

    /// A file as it is stored, with what is around it.
    ///
    /// # Panics
    /// When it is not there.
    pub async fn file(&self, id: HolderId) -> (HolderFile, Loaded) {
        self.service.file(id).await.expect("the file can be read").expect("the file is there")
    }

    /// A confirmed batch of everybody ready in Guangzhou with ICBC.
    ///
    /// # Panics
    /// When nobody is ready.
    pub async fn confirmed_batch(&self) -> BatchId {
        let bank = BankCode("95588".into());
        let (id, _) = self.service.screen(&Actor::System, &guangzhou(), &bank, false).await.expect("a batch");
        self.batch(&Actor::System, id, BatchCommand::Confirm).await.expect("it is confirmed");
        id
    }

    /// A bank's answer for one row, the `n`-th account.
    ///
    /// # Panics
    /// When the row is not in a batch.
    pub async fn opening(&self, holder: HolderId, batch: BatchId, n: u64) -> OpeningReturn {
        let (file, _) = self.file(holder).await;
        let application = &file.applications[0];
        OpeningReturn {
            application: application.id,
            batch,
            echo: Extracted::of(&file, application).expect("the row is in a batch"),
            details: None,
            result: OpeningResult::Opened {
                bank_card_no: BankCardNumber::with_check(&format!("6295588{n:011}")).expect("a number"),
                account_no: AccountNumber(format!("acc{n}")),
            },
        }
    }

    /// The journal verifies, replays, and the books are at zero.
    ///
    /// # Panics
    /// When anything is wrong.
    pub async fn verified(&self) {
        let report = self.service.store().check().await.expect("the check runs");
        assert!(report.findings.is_empty(), "{:?}", report.findings);
        assert_eq!(report.balance, 0);
        let all = self.service.store().load(&LoadRequest::default()).await;
        assert!(all.is_ok());
    }
}
