//! Opening the data directory.

use crate::Place;
use anyhow::Context;
use kaguan_domain::facts::institution::Institutions;
use kaguan_partner_sim::Surroundings;
use kaguan_service::Service;
use kaguan_service::clock::Clock;
use kaguan_service::ports::Partners;
use kaguan_service::setup::set_up;
use kaguan_store::Store;
use kaguan_web::partner::{HttpCourier, HttpRegisters, PATIENCE, http_client};
use std::sync::Arc;
use std::time::Duration;

/// Opens the store; makes the directory, the key and the database when they are not there.
pub async fn store(place: &Place) -> anyhow::Result<Store> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&place.data)
        .with_context(|| format!("failed to make the data directory {}", place.data.display()))?;
    let url = match &place.database {
        Some(url) => url.clone(),
        None => format!("sqlite:{}", place.data.join("kaguan.db").display()),
    };
    Ok(Store::open(&url, &place.data.join("master.key")).await?)
}

/// Organisations, banks, partners as they are stored; reads only.
pub async fn institutions(store: &Store) -> anyhow::Result<Institutions> {
    let mut institutions = Institutions::new();
    for event in store.institution_events().await? {
        institutions.apply(&event);
    }
    Ok(institutions)
}

/// Starts the system on it with simulated partners, and sets the province up when it is not: for the demo and for
/// measurements. From now on the province is one for trying things out.
pub async fn service(place: &Place, clock: Clock, surroundings: &Surroundings) -> anyhow::Result<Service> {
    let store = Arc::new(store(place).await?);
    let service = Service::start(store, clock, surroundings.partners()).await?;
    set_up(&service).await?;
    try_out(service.store()).await?;
    Ok(service)
}

/// Marks a province as one for trying things out: simulated partners stand in for those that are not registered.
pub async fn try_out(store: &Store) -> anyhow::Result<()> {
    Ok(store.put_meta(SURROUNDINGS, SIMULATED).await?)
}

/// The name of the mark, and what it says.
const SURROUNDINGS: &str = "surroundings";
const SIMULATED: &str = "simulated";

/// Starts the system with the partners that are registered. Nobody stands in for the others, but in a province that was made
/// for trying things out: then the second value is who.
pub async fn system(place: &Place, clock: Clock) -> anyhow::Result<(Service, Option<Surroundings>)> {
    let store = Arc::new(store(place).await?);
    let tried_out = store.meta(SURROUNDINGS).await?.as_deref() == Some(SIMULATED);
    let surroundings = tried_out.then(Surroundings::new);
    let inner = surroundings.as_ref().map_or_else(Partners::nobody, Surroundings::partners);
    let (service, lines) = over_http(store, clock, inner, http(place, PATIENCE)?).await?;
    lines.attach(&service);
    Ok((service, surroundings))
}

/// An HTTP client for partners that waits so long for an answer; it shows the certificate in `client.pem` of the data directory to whoever asks for one.
pub fn http(place: &Place, patience: Duration) -> anyhow::Result<reqwest::Client> {
    let path = place.data.join("client.pem");
    if !path.exists() {
        return Ok(http_client(None, patience)?);
    }
    crate::tls::private(&path)?;
    let pem = std::fs::read(&path).with_context(|| format!("failed to read {}", path.display()))?;
    http_client(Some(&pem), patience).with_context(|| format!("{} 不是证书和私钥（PEM）", path.display()))
}

/// The lines to partners, to be attached once the service runs.
struct Lines {
    couriers: Vec<Arc<HttpCourier>>,
    registers: Arc<HttpRegisters>,
}

impl Lines {
    /// Tells them where partners are registered.
    fn attach(&self, service: &Service) {
        for courier in &self.couriers {
            courier.attach(service);
        }
        self.registers.attach(service);
    }
}

/// The system with partners over HTTP where they are registered with an address, and with others elsewhere.
async fn over_http(
    store: Arc<Store>,
    clock: Clock,
    inner: Partners,
    http: reqwest::Client,
) -> anyhow::Result<(Service, Lines)> {
    let over = |c: Arc<dyn kaguan_service::ports::Courier>| Arc::new(HttpCourier::new(http.clone(), c));
    let (sms, ecard, banks, treasury) =
        (over(inner.sms), over(inner.ecard), over(inner.banks), over(inner.treasury));
    let registers = Arc::new(HttpRegisters::new(http.clone(), inner.registers));
    let partners = Partners {
        // The province's encryption machine is reached by its own interface, not over HTTP.
        card_keys: inner.card_keys,
        registers: registers.clone(),
        sms: sms.clone(),
        ecard: ecard.clone(),
        banks: banks.clone(),
        treasury: treasury.clone(),
    };
    let service = Service::start(store, clock, partners).await?;
    set_up(&service).await?;
    Ok((service, Lines { couriers: vec![sms, ecard, banks, treasury], registers }))
}
