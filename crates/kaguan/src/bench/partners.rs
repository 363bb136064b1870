//! The partners' doors: a bulk return beside PostgreSQL's COPY of the same rows, and card status as a hospital asks it,
//! every request and reply signed, beside a bare axum.

use super::http::{PEOPLE, beside, hello, serve};
use super::{Figure, check};
use crate::partner::now_ms;
use crate::{load, walk};
use anyhow::{Context, ensure};
use kaguan_api::bank::{OpeningResult, OpeningReturn, OpeningRow, Verdict};
use kaguan_api::business::Session;
use kaguan_api::client::Client;
use kaguan_api::sign::{self, Public, Secret, Shared};
use kaguan_domain::ctx::{Actor, Channel, Instant};
use kaguan_domain::facts::partner::{Partner, PartnerKey};
use kaguan_domain::ids::{CityCode, PartnerId};
use kaguan_domain::institution::InstitutionCommand;
use kaguan_files::sample::adult;
use kaguan_partner_sim::Surroundings;
use kaguan_partner_sim::process::bank_card_of;
use kaguan_service::clock::TimeSource;
use kaguan_service::setup::set_up;
use kaguan_service::{Command, Service};
use kaguan_store::Store;
use kaguan_web::partner::SigningKey;
use private_postgres::PrivatePostgres;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

/// A running system with one partner; where its doors are.
async fn doors(
    url: &str,
    key: &Path,
    partner: &str,
) -> anyhow::Result<(Service, SocketAddr, Client, Secret)> {
    let store = Arc::new(Store::open(url, key).await?);
    let service = Service::start(store, TimeSource::Machine, Surroundings::new().partners()).await?;
    set_up(&service).await?;
    let secret = Secret::fresh();
    let keys =
        vec![PartnerKey { id: "key-1".into(), public: secret.public(), from: Instant(0), until: None }];
    let id = PartnerId::parse(partner).context("not a partner")?;
    let entry = Partner { id, name: "测速".into(), endpoint: None, keys };
    let ctx = service.ctx(Actor::System, Channel::CommandLine, None);
    service.execute(ctx, Command::Institution(InstitutionCommand::RegisterPartner(entry))).await?;
    let to = serve(kaguan_web::partner::router(service.clone())).await?;
    let ours = SigningKey::of(service.store(), 1);
    let others = vec![(ours.name, Public::parse(&ours.secret.public())?)];
    let client = Client::new(&format!("http://{to}"), partner, "key-1", secret.clone(), others);
    Ok((service, to, client, secret))
}

/// 预开户回盘 of so many rows in one call, beside COPY of the same rows into a table without index.
async fn bulk(dir: &Path, people: u32) -> anyhow::Result<Figure> {
    let server = PrivatePostgres::start()?;
    let url = server.database("bulk")?;
    let (service, _, client, _) = doors(&url, &dir.join("bulk.key"), "bank:95588").await?;
    load::applications(&service, 0, people, 256, |_, _| Ok(())).await?;
    let batches = walk::confirm_batches(&service, &CityCode("4401".into())).await?;
    let batch = batches.first().context("no batch")?;
    let base = format!("/api/bank/v1/batches/{batch}");
    let data = client.call("POST", &format!("{base}/opening-data"), None, Vec::new(), now_ms()).await?;
    ensure!(data.status == 200, "opening-data answered {}", data.status);
    let (mut body, mut copy, mut rows) = (Vec::new(), String::new(), 0u32);
    for line in data.body.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
        let echo: OpeningRow = serde_json::from_slice(line)?;
        let bank_card_no = bank_card_of("95588", &echo.card_no);
        let row = [&echo.row, &echo.form_no, &echo.number, &echo.name, &echo.document_number, &bank_card_no];
        copy.push_str(&row.map(String::as_str).join("\t"));
        copy.push('\n');
        let result = OpeningResult::Opened { account_no: format!("a{}", echo.card_no), bank_card_no };
        serde_json::to_writer(&mut body, &OpeningReturn { echo, details: None, result })?;
        body.push(b'\n');
        rows += 1;
    }
    ensure!(rows == people, "{rows} of {people} rows");
    let bytes = body.len();
    let began = std::time::Instant::now();
    let path = format!("{base}/opening-returns");
    let reply = client.call("POST", &path, Some("bench"), body, now_ms()).await?;
    let ours = f64::from(rows) / began.elapsed().as_secs_f64();
    let done = reply
        .body
        .split(|b| *b == b'\n')
        .filter(|l| !l.is_empty())
        .filter(|l| serde_json::from_slice::<Verdict>(l).is_ok_and(|v| v.code == "done"));
    ensure!(done.count() == rows as usize, "not every row was done (status {})", reply.status);
    check(&service).await?;
    let file = dir.join("copy.tsv");
    std::fs::write(&file, copy)?;
    let url = server.database("copied")?;
    let psql = |sql: &str| -> anyhow::Result<f64> {
        let began = std::time::Instant::now();
        let mut psql = std::process::Command::new(server.program("psql"));
        let psql = psql.args(["-q", "-v", "ON_ERROR_STOP=1", "-c", sql]).arg(&url).stdout(Stdio::null());
        ensure!(psql.status().context("failed to run psql")?.success(), "psql failed");
        Ok(began.elapsed().as_secs_f64())
    };
    psql("CREATE TABLE r (row TEXT, form_no TEXT, number TEXT, name TEXT, document TEXT, account TEXT)")?;
    let took = psql(&format!("\\copy r FROM '{}'", file.display()))?;
    let copied = f64::from(rows) / took;
    let note = format!(
        "{ours:.0} rows/s of {rows} ({:.0} MB, decided, sealed, journaled); COPY of the same rows {copied:.0} rows/s",
        bytes as f64 / 1e6
    );
    Ok(("bulk return", 0.0, 0.0, ours / copied, note))
}

/// Card status within a session: HMAC-SM3 on every request and reply.
async fn status(dir: &Path, requests: u32) -> anyhow::Result<Figure> {
    let url = format!("sqlite:{}", dir.join("partners.db").display());
    let (service, to, client, secret) = doors(&url, &dir.join("partners.key"), "business:bench").await?;
    load::cards(&service, PEOPLE).await?;
    let reply = client.call("POST", "/api/session/v1", Some("s"), Vec::new(), now_ms()).await?;
    let session: Session = serde_json::from_slice(&reply.body)?;
    let shared = Shared::open(&session.key, &secret).context("no session key")?;
    let request = |n: u32| {
        let number = adult(n.wrapping_mul(7_919) % PEOPLE, "95588").document_number;
        let (path, key) = ("/api/business/v1/cards/status", format!("session:{}", session.session));
        let (body, nonce, time) = (format!("{{\"number\":\"{number}\"}}"), sign::fresh_nonce(), now_ms());
        let digest = sign::digest(body.as_bytes());
        let partner = "business:bench";
        let signed = sign::Request {
            method: "POST",
            path,
            partner,
            key: &key,
            time,
            nonce: &nonce,
            idempotency: None,
            digest: &digest,
        };
        let signature = shared.sign(&signed.canonical());
        format!(
            "POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             kaguan-partner: {partner}\r\nkaguan-key: {key}\r\nkaguan-time: {time}\r\nkaguan-nonce: {nonce}\r\n\
             kaguan-digest: {digest}\r\nkaguan-signature: {signature}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    };
    // Each request has its own nonce; replies are signed one by one, and the generator does not verify them.
    let (ours, bare) = beside(hello().await?, to, requests, request).await?;
    check(&service).await?;
    let note = format!(
        "{:.0}/s, median {:.2?}, HMAC-SM3 verified on every request and made on every reply; bare axum {:.0}/s",
        ours.a_second, ours.median, bare.a_second
    );
    Ok(("S5 signed", 0.35, 0.6, ours.a_second / bare.a_second, note))
}

/// Both.
pub(super) async fn run(dir: &Path, rows: u32, requests: u32) -> anyhow::Result<Vec<Figure>> {
    Ok(vec![status(dir, requests).await?, bulk(dir, rows).await?])
}
