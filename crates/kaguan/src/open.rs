//! Opening what lies in the data directory: to read, which a running server does not notice, or to write, which comes last.

use crate::data_dir::{DataDir, Lock, elsewhere};
use crate::heads;
use anyhow::{Context, bail, ensure};
use kaguan_domain::facts::institution::Institutions;
use kaguan_partner_sim::{SimCardKeys, Surroundings};
use kaguan_sdf::Sdf;
use kaguan_service::clock::TimeSource;
use kaguan_service::ports::Partners;
use kaguan_service::setup::set_up;
use kaguan_service::{SIMULATED, SURROUNDINGS, Service};
use kaguan_store::{CommitError, HeadFile, OpenError, Standing, Store, Writer};
use kaguan_web::partner::{HttpCourier, HttpFaces, HttpPhotos, HttpRegisters, PATIENCE, http_client};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Opens what is there for questions: nothing is made, migrated or written.
pub async fn read(dir: &DataDir) -> anyhow::Result<Store> {
    dir.existing()?;
    Store::read_only(&dir.url(), &dir.key()).await.map_err(explain)
}

/// What to do about a database that cannot be used.
fn explain(e: OpenError) -> anyhow::Error {
    let remedy = match &e {
        OpenError::NotMade => "请核对 --data 和 --database；新建数据库请先运行 kaguan migrate",
        OpenError::Older { .. } => "请先运行 kaguan migrate",
        OpenError::OtherKeys => "请核对 --data 和 --database",
        OpenError::Commit(CommitError::Guard { .. }) => {
            return anyhow::anyhow!("另一进程同时接管了写入，本次没有办理。请稍后重试");
        }
        OpenError::Store(_) => "不能使用数据库。请核对 --database，以及数据库服务是否在运行",
        OpenError::Key(_) | OpenError::Commit(_) | OpenError::Newer { .. } | OpenError::Untagged { .. } => {
            return e.into();
        }
    };
    anyhow::anyhow!("{e}。{remedy}")
}

/// Organisations, banks, partners as they are stored; reads only.
pub async fn institutions(store: &Store) -> anyhow::Result<Institutions> {
    let mut institutions = Institutions::new();
    for event in store.institution_events().await? {
        institutions.apply(&event);
    }
    Ok(institutions)
}

/// A database that this process may write: migrated, and not taken over yet.
pub struct Prepared {
    /// The store.
    pub store: Arc<Store>,
    /// How it stands.
    pub standing: Standing,
    /// Where the journal's head is kept from the taking over on.
    heads: Option<HeadFile>,
    lock: Lock,
}

/// Whether a database may be made, and taken from a writer in another directory.
#[derive(Clone, Copy)]
pub enum For {
    /// It has to be there.
    WhatIsThere,
    /// It is made when it is not there.
    Making,
    /// The same, and a writer elsewhere is fenced: somebody has seen to it that it stopped.
    TakingOver,
    /// It is made when it is not there, and need not have what is known to have been there.
    Recovering,
}

impl Prepared {
    /// Opens the database of a locked directory. Nothing is changed when another directory's process writes it.
    pub async fn open(dir: &DataDir, mut lock: Lock, how: For) -> anyhow::Result<Self> {
        let make = match how {
            For::WhatIsThere => {
                dir.existing()?;
                false
            }
            For::Making | For::TakingOver => {
                if dir.file().is_some_and(|file| !file.exists()) {
                    heads::nothing_was_there(dir)?;
                }
                true
            }
            For::Recovering => true,
        };
        let recovering = matches!(how, For::Recovering);
        let store = Store::connect(&dir.url(), &dir.key(), make).await.map_err(explain)?;
        lock.say(dir, None)?;
        let standing = store.standing().await?;
        ensure!(make || standing.is_some(), explain(OpenError::NotMade));
        if standing.is_none() && !recovering {
            heads::nothing_was_there(dir)?;
        }
        if let (For::WhatIsThere | For::Making | For::Recovering, Some(writer)) =
            (how, standing.and_then(|s| s.writer))
        {
            ensure!(
                lock.was_ours(&writer),
                "该数据库由{}写入，本次没有办理。请在该目录办理；确认该进程已停止后，以 kaguan serve --take-over 接管",
                elsewhere(&writer)
            );
        }
        store.make_ready().await.map_err(explain)?;
        if !recovering {
            heads::fits(dir, &store).await?;
        }
        let standing = store.standing().await?.context("the database has no tables after it was made")?;
        let heads = (!recovering).then(|| dir.head_file());
        Ok(Self { store: Arc::new(store), standing, heads, lock })
    }

    /// Marks a province as one for trying things out: simulated partners stand in for those that are not registered. What
    /// has been in use without the mark is refused.
    pub async fn try_out(&self, dir: &DataDir) -> anyhow::Result<()> {
        if tried_out(&self.store).await? {
            return Ok(());
        }
        ensure!(
            self.standing.entries == 0,
            "数据目录 {} 已有业务，不是试用环境，不能改作试用。试用请以 --data 另选一个空目录",
            dir.path().display()
        );
        Ok(self.store.put_meta(SURROUNDINGS, SIMULATED).await?)
    }

    /// Takes everything out of the database but what it is, whether it is for trying things out, and some more of meta.
    pub async fn clear(&mut self, keep: &[&'static str]) -> anyhow::Result<()> {
        if let Some(file) = &self.heads {
            file.forget()?;
        }
        self.store.clear(&[keep, &[SURROUNDINGS]].concat()).await?;
        self.standing =
            self.store.standing().await?.context("the database has no tables after it was cleared")?;
        Ok(())
    }

    /// The name under which this process writes, when it starts the system itself.
    pub fn writer(&self) -> &Writer {
        self.lock.writer()
    }

    /// Takes over the writing with simulated partners, and sets the province up when it is not: for the demo.
    pub async fn simulated(self, clock: TimeSource, surroundings: &Surroundings) -> anyhow::Result<Writing> {
        let writing = self.take_over(clock, surroundings.partners()).await?;
        set_up(&writing.service).await?;
        Ok(writing)
    }

    /// Takes over the writing with the partners that are registered. Nobody stands in for the others, but in a province
    /// that was made for trying things out: then the second value is who. With the library of a machine (SDF) the CA for development issues
    /// certificates and keys of cards, with its secrets in there.
    pub async fn system(
        self,
        dir: &DataDir,
        card_keys: Option<&Path>,
    ) -> anyhow::Result<(Writing, Option<Surroundings>)> {
        let surroundings = tried_out(&self.store).await?.then(Surroundings::new);
        let mut inner = surroundings.as_ref().map_or_else(Partners::nobody, Surroundings::partners);
        if let Some(library) = card_keys {
            inner.card_keys = Arc::new(SimCardKeys::in_machine(Sdf::open(library)?));
        }
        let (partners, lines) = over_http(inner, &http(dir, PATIENCE)?);
        let writing = self.take_over(TimeSource::Machine, partners).await?;
        lines.attach(&writing.service);
        set_up(&writing.service).await?;
        Ok((writing, surroundings))
    }

    async fn take_over(self, clock: TimeSource, partners: Partners) -> anyhow::Result<Writing> {
        let Self { store, standing, heads, lock } = self;
        if let Some(file) = heads {
            store.keep_heads(file).await?;
        }
        let service = Service::start_as(store, clock, partners, lock.writer(), standing.epoch);
        Ok(Writing { service: service.await.map_err(explain)?, lock })
    }
}

/// The system, writing.
pub struct Writing {
    /// The system.
    pub service: Service,
    lock: Lock,
}

impl Writing {
    /// The name under which this process took over.
    pub fn writer(&self) -> &Writer {
        self.lock.writer()
    }

    /// Says where the console is, to whoever wants to write beside it.
    pub fn say_console(&mut self, dir: &DataDir, console: String) -> anyhow::Result<()> {
        self.lock.say(dir, Some(console))
    }

    /// Ends writing: another directory may take it without being told to.
    pub async fn end(self) {
        self.service.store().keep_no_heads();
        if let Err(why) = self.service.store().lay_down().await {
            // The next one of this directory does not mind; another is told that this one may still run.
            tracing::warn!(%why, "the writer's name stays in the database");
        }
    }
}

/// Whether a province was made for trying things out.
pub async fn tried_out(store: &Store) -> anyhow::Result<bool> {
    match store.meta(SURROUNDINGS).await?.as_deref() {
        None => Ok(false),
        Some(SIMULATED) => Ok(true),
        Some(other) => bail!("数据库中的环境标记“{other}”无法识别"),
    }
}

/// An HTTP client for partners that waits so long for an answer; it shows the certificate in `client.pem` of the data
/// directory to whoever asks for one.
pub fn http(dir: &DataDir, patience: Duration) -> anyhow::Result<reqwest::Client> {
    let path = dir.path().join("client.pem");
    if !path.exists() {
        return Ok(http_client(None, patience)?);
    }
    crate::tls::private(&path)?;
    let pem = std::fs::read(&path).with_context(|| format!("不能读取 {}", path.display()))?;
    http_client(Some(&pem), patience).with_context(|| format!("{} 不是证书和私钥（PEM）", path.display()))
}

/// The lines to partners, to be attached once the service runs.
struct Lines {
    couriers: Vec<Arc<HttpCourier>>,
    registers: Arc<HttpRegisters>,
    photos: Arc<HttpPhotos>,
    faces: Arc<HttpFaces>,
}

impl Lines {
    /// Tells them where partners are registered.
    fn attach(&self, service: &Service) {
        for courier in &self.couriers {
            courier.attach(service);
        }
        self.registers.attach(service);
        self.photos.attach(service);
        self.faces.attach(service);
    }
}

/// Partners over HTTP where they are registered with an address, and others elsewhere.
fn over_http(inner: Partners, http: &reqwest::Client) -> (Partners, Lines) {
    let over = |c: Arc<dyn kaguan_service::ports::Courier>| Arc::new(HttpCourier::new(http.clone(), c));
    let (sms, ecard, banks, treasury) =
        (over(inner.sms), over(inner.ecard), over(inner.banks), over(inner.treasury));
    let registers = Arc::new(HttpRegisters::new(http.clone(), inner.registers));
    let photos = Arc::new(HttpPhotos::new(http.clone(), inner.photos));
    let faces = Arc::new(HttpFaces::new(http.clone(), inner.faces));
    let partners = Partners {
        // The province's encryption machine is reached by its own interface, not over HTTP.
        card_keys: inner.card_keys,
        faces: faces.clone(),
        registers: registers.clone(),
        photos: photos.clone(),
        sms: sms.clone(),
        ecard: ecard.clone(),
        banks: banks.clone(),
        treasury: treasury.clone(),
    };
    (partners, Lines { couriers: vec![sms, ecard, banks, treasury], registers, photos, faces })
}
