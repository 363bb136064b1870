//! The carrier's doors (邮政企业): the letters in its hands, where each goes, how far it is, and who signed for it.

use super::Door;
use super::auth::Call;
use super::bank::read_row;
use super::online::relation;
use super::reply::{Said, done, json};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use kaguan_api::post as wire;
use kaguan_domain::clause;
use kaguan_domain::collection::{ConfirmPost, TakeLabel, TrackPost};
use kaguan_domain::ctx::Instant;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::counter::{Collector, Deputy};
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::post::CarrierProof;
use kaguan_domain::facts::post_news::{PostNews, PostStep};
use kaguan_domain::ids::{CardId, HolderId};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_service::Command;

/// The most letters of one question.
const MOST: usize = 100;

/// After which letter.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AfterParcel {
    /// Letters after this one; from the first when it is missing.
    after: Option<String>,
}

/// A letter is named as a row is: whose file, and which card.
fn parcel_of(text: &str) -> Result<(HolderId, CardId), Said> {
    let (holder, card) = read_row(text).ok_or_else(|| Refusal::about(Reason::NotFound, "邮件"))?;
    Ok((holder, CardId(card.0)))
}

/// 在手邮件: the letters that were handed to this carrier and are not signed for; their numbers, and nobody's name.
#[utoipa::path(get, path = "/api/post/v1/parcels", operation_id = "post_parcels", tag = "邮政企业", params(AfterParcel),
    responses((status = 200, body = wire::Parcels)))]
pub async fn parcels(
    State(door): State<Door>,
    query: Result<Query<AfterParcel>, QueryRejection>,
    call: Call,
) -> Result<Response, Said> {
    clause!(R14.1);
    let Query(AfterParcel { after }) = query.map_err(|_| Said::protocol("bad_request"))?;
    let after = match after.as_deref() {
        None | Some("" | "0") => HolderId(i64::MIN),
        Some(text) => parcel_of(text)?.0,
    };
    let (found, next) = door.service.parcels_for(&call.actor(), after).await?;
    let institutions = door.service.institutions();
    let one = |p: kaguan_service::Parcel| {
        let outlet = institutions.org(p.outlet);
        wire::Parcel {
            parcel: format!("{}-{}", p.holder, p.card),
            tracking: p.tracking,
            posted_on: p.posted_on.to_string(),
            outlet: outlet.map(|o| o.code.clone()).unwrap_or_default(),
            outlet_name: outlet.map(|o| o.name.clone()).unwrap_or_default(),
        }
    };
    let next = next.map(|holder| format!("{holder}-0"));
    json(wire::Parcels { parcels: found.into_iter().map(one).collect(), next })
}

/// 邮寄面单: where some letters go, for whoever has them in hand; each look is journaled.
#[utoipa::path(post, path = "/api/post/v1/labels", operation_id = "post_labels", tag = "邮政企业",
    request_body = wire::AskLabels, responses((status = 200, body = wire::Labels)))]
pub async fn labels(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    clause!(R10.5);
    let ask: wire::AskLabels = call.json()?;
    if ask.parcels.len() > MOST {
        return Err(Said::protocol("too_large"));
    }
    let mut labels = Vec::with_capacity(ask.parcels.len());
    for wire::ParcelNamed { parcel, tracking } in ask.parcels {
        let ctx = door.service.ctx(call.actor(), call.channel(), None);
        let told = match parcel_of(&parcel) {
            Ok((holder, card)) => {
                let take = TakeLabel { card, tracking };
                door.service.label_for(ctx, holder, take).await.map_err(Said::from)
            }
            Err(said) => Err(said),
        };
        labels.push(match told {
            Ok(to) => {
                let to = to.into_shown();
                wire::Label {
                    parcel,
                    code: "done".into(),
                    detail: String::new(),
                    recipient: Some(to.recipient),
                    recipient_phone: Some(to.phone),
                    mailing_address: Some(to.address),
                }
            }
            // What is not known of one is known of none.
            Err(said) if said.0.status >= 500 => return Err(said),
            Err(said) => {
                wire::Label { parcel, code: said.0.code, detail: said.0.detail, ..wire::Label::default() }
            }
        });
    }
    json(wire::Labels { labels })
}

/// 邮件轨迹: how far a letter is.
#[utoipa::path(post, path = "/api/post/v1/events", operation_id = "post_event", tag = "邮政企业",
    request_body = wire::ParcelEvent, responses((status = 200, body = kaguan_api::bank::Done)))]
pub async fn event(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    clause!(R14.1);
    let ask: wire::ParcelEvent = call.json()?;
    let ctx = call.ctx(&door)?;
    let (holder, card) = parcel_of(&ask.parcel)?;
    let step = match ask.step {
        wire::ParcelStep::Accepted => PostStep::Accepted,
        wire::ParcelStep::InTransit => PostStep::InTransit,
        wire::ParcelStep::Delivering => PostStep::Delivering,
        wire::ParcelStep::NotDelivered => PostStep::NotDelivered,
        wire::ParcelStep::Returning => PostStep::Returning,
    };
    let news = PostNews { step, at: Instant(ask.at.saturating_mul(1_000)), reason: ask.reason };
    let track = TrackPost { card, tracking: ask.tracking, news };
    done(&door.service.execute(ctx, Command::of(holder, HolderCommand::TrackPost(track))).await?)
}

/// 妥投签收: a letter was signed for against the code; the card is in its holder's hand, and not yet enabled.
#[utoipa::path(post, path = "/api/post/v1/signatures", operation_id = "post_signature", tag = "邮政企业",
    request_body = wire::ParcelSigned, responses((status = 200, body = kaguan_api::bank::Done)))]
pub async fn signature(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    clause!(R14.1);
    clause!(R14.5);
    let ask: wire::ParcelSigned = call.json()?;
    let ctx = call.ctx(&door)?;
    let (holder, card) = parcel_of(&ask.parcel)?;
    let day = ask.signed_on.parse();
    let signed_on = day.map_err(|_| Refusal::about(Reason::MaterialDefective, "签收日期应为YYYY-MM-DD"))?;
    let named = |relation| Deputy {
        name: ask.signer.clone(),
        document_kind: DocumentKind::IdentityCard,
        document_number: String::new(),
        electronic: false,
        phone: String::new(),
        relation,
        ground: None,
        other_guardian: false,
        copies: Vec::new(),
    };
    let collector =
        ask.relation.map_or(Collector::Holder, |r| Collector::Deputy(Box::new(named(relation(r)))));
    let proof = CarrierProof { number: ask.proof_no, signer: ask.signer.clone(), signed_on, copy: None };
    let confirm = ConfirmPost {
        card,
        code_digest: door.service.pick_up_digest(card, &ask.pick_up_code),
        collector,
        verified: false,
        shown: None,
        signed: false,
        receipt_seen: false,
        proof: Some(Box::new(proof)),
    };
    done(&door.service.execute(ctx, Command::of(holder, HolderCommand::ConfirmPost(confirm))).await?)
}
