//! A carrier: it asks for the letters in its hands, takes where each goes, says that it accepted it and brings it; on a bad day it brings
//! it back. Who signs says the code, which only the recipient has: whoever tests tells it.

use super::line::{SystemLine, settled};
use super::now_ms;
use super::server::Server;
use super::state::{CALLS, SEEN, json};
use axum::extract::State as Held;
use axum::http::StatusCode;
use kaguan_api::post::{
    AskLabels, Label, Labels, Parcel, ParcelEvent, ParcelNamed, ParcelSigned, ParcelStep, Parcels,
};

/// What the carrier says of a letter that nobody takes.
const NOBODY_THERE: &str = "收件人电话无法接通，地址无人";

/// A letter was signed for, as whoever tests says; it is reported until the system has taken it.
pub(super) async fn signed(
    Held(server): Held<Server>,
    axum::Json(signed): axum::Json<ParcelSigned>,
) -> StatusCode {
    match server.state.commit(&[(CALLS, signed.parcel.clone(), Some(json(&signed)))]) {
        Ok(()) => {
            server.bell.notify_one();
            StatusCode::NO_CONTENT
        }
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// Where each letter goes, as far as the carrier was told, for whoever tests.
pub(super) async fn labels(Held(server): Held<Server>) -> axum::Json<Vec<Label>> {
    let all = server.state.all::<Label>(SEEN).unwrap_or_default();
    axum::Json(all.into_iter().map(|(_, label)| label).collect())
}

/// The carrier's rounds.
pub(super) async fn work(server: &Server, line: &SystemLine) -> anyhow::Result<()> {
    loop {
        if let Some(found) = line.get::<Parcels>("/api/post/v1/parcels").await {
            for parcel in found.parcels {
                take(server, line, parcel).await?;
            }
        }
        for (name, signed) in server.state.all::<ParcelSigned>(CALLS)? {
            let key = format!("signed-{}", signed.tracking);
            let reply = line.call("POST", "/api/post/v1/signatures", Some(&key), json(&signed)).await;
            if reply.is_some_and(|r| settled(&r)) {
                server.state.commit(&[(CALLS, name, None)])?;
            }
        }
        line.rest(&server.bell).await;
    }
}

/// A letter that is new is taken: its label, and how far it is.
async fn take(server: &Server, line: &SystemLine, parcel: Parcel) -> anyhow::Result<()> {
    let Parcel { parcel, tracking, .. } = parcel;
    let name = format!("{parcel}/{tracking}");
    if server.state.get::<Label>(SEEN, &name)?.is_some() {
        return Ok(());
    }
    let ask = AskLabels { parcels: vec![ParcelNamed { parcel: parcel.clone(), tracking: tracking.clone() }] };
    let reply = line.call("POST", "/api/post/v1/labels", None, json(&ask)).await;
    let told = reply.and_then(|r| serde_json::from_slice::<Labels>(&r.body).ok());
    let Some(label) = told.and_then(|l| l.labels.into_iter().next()).filter(|l| l.code == "done") else {
        return Ok(());
    };
    let back = super::struck(&tracking, 0.0, server.dice.trouble().refuse);
    let steps = [ParcelStep::Accepted, if back { ParcelStep::Returning } else { ParcelStep::Delivering }];
    for step in steps {
        let reason = (step == ParcelStep::Returning).then(|| NOBODY_THERE.to_owned());
        let (parcel, tracking) = (parcel.clone(), tracking.clone());
        let key = format!("{step:?}-{tracking}");
        let event = ParcelEvent { parcel, tracking, step, at: now_ms(), reason };
        let reply = line.call("POST", "/api/post/v1/events", Some(&key), json(&event)).await;
        if !reply.is_some_and(|r| settled(&r)) {
            // The next round says it again, under the same key.
            return Ok(());
        }
    }
    server.state.commit(&[(SEEN, name, Some(json(&label)))])
}
