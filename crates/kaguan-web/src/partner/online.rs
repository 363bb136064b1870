//! The online channels' interfaces: what a holder does through 广东人社, 粤省事 or 政务服务网. The channel has identified the
//! holder; number and name must fit the file all the same.

use super::Door;
use super::auth::Call;
use super::reply::{Said, done, json};
use axum::extract::State;
use axum::response::Response;
use kaguan_api::online as wire;
use kaguan_domain::activation::Enable;
use kaguan_domain::application::{AgentDraft, FilledIn, Presented};
use kaguan_domain::clause;
use kaguan_domain::dispatch::{HolderCommand, position};
use kaguan_domain::facts::application::{
    Agent, AgentGround, AgentRelation, Consent, ExchangeReason, PhotoSource, Purpose,
};
use kaguan_domain::facts::archive::MaterialKind;
use kaguan_domain::facts::form::{Defect, Field, FormDraft};
use kaguan_domain::facts::name;
use kaguan_domain::facts::person::PhotoRef;
use kaguan_domain::ids::{ApplicationId, BankCode, CardId, CityCode, OrgId};
use kaguan_domain::loss::{OnlineIdentity, ReportTemporary};
use kaguan_domain::one_card;
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::records::Show;
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_domain::replacement::bank_change::{CallOff, Reserve};
use kaguan_domain::replacement::{Replace, Withdraw};
use kaguan_domain::spelling;
use kaguan_service::apply::{Image, unreadable};
use kaguan_service::{Command, Identified, Looked, Seen};

/// Whoever asks.
async fn identified(door: &Door, holder: &wire::Holder) -> Result<Identified, Said> {
    Ok(door.service.identified(&holder.number, &holder.name).await?)
}

fn outlet(door: &Door, code: &str) -> Result<OrgId, Said> {
    let found = door.service.institutions().org_by_code(code).map(|o| o.id);
    found.ok_or_else(|| Refusal::about(Reason::NotFound, "领卡网点").into())
}

async fn about_mine(
    door: &Door,
    call: &Call,
    holder: &wire::Holder,
    command: impl FnOnce(&Identified) -> Result<HolderCommand, Said>,
) -> Result<Response, Said> {
    let ctx = call.ctx(door)?;
    let who = identified(door, holder).await?;
    let receipt = door.service.execute(ctx, Command::of(who.id(), command(&who)?)).await?;
    done(&receipt)
}

/// The relation as the wire says it.
pub(super) fn relation(said: wire::Relation) -> AgentRelation {
    match said {
        wire::Relation::Guardian => AgentRelation::Guardian,
        wire::Relation::DirectRelative => AgentRelation::DirectRelative,
        wire::Relation::LawfulAgent => AgentRelation::LawfulAgent,
    }
}

/// The ground as the wire says it.
pub(super) fn ground(said: wire::Ground) -> AgentGround {
    match said {
        wire::Ground::Minor => AgentGround::Minor,
        wire::Ground::Incapable => AgentGround::Incapable,
        wire::Ground::Elderly => AgentGround::Elderly,
        wire::Ground::Disabled => AgentGround::Disabled,
        wire::Ground::Sick => AgentGround::Sick,
        wire::Ground::LongAbsent => AgentGround::LongAbsent,
    }
}

/// Who acts for the applicant, as the channel names him; what is missing or wrong of him the rule says with the rest.
fn agent(said: Option<wire::Agent>) -> Option<AgentDraft> {
    clause!(R8.2);
    let said = said?;
    Some(AgentDraft {
        name: name::fold(&said.name),
        document_kind: said.document_kind,
        document_number: spelling::number(&said.document_number),
        phone: said.phone,
        relation: Some(relation(said.relation)),
        ground: Some(ground(said.ground)),
        proof: said.proof,
        verified: said.verified,
    })
}

/// The same where a card is replaced. A kind of document that is none is refused before anything else.
fn whole_agent(said: Option<wire::Agent>) -> Result<Option<Agent>, Refusal> {
    clause!(R8.2);
    let Some(written) = agent(said) else { return Ok(None) };
    let what = "代办人证件类型不在代码表中";
    let unknown = || Defect::new(Field::Agent, "unknown_code", clause!(R8.2), what, "请按代码表填写");
    written.whole().ok_or_else(|| Refusal::defects(vec![unknown()])).map(Some)
}

/// The image of the document, for a name with a rare character.
fn images(base64: Option<String>, faults: &mut Vec<Defect>) -> Vec<Image> {
    let Some(text) = base64 else { return Vec::new() };
    let bytes = kaguan_api::text::from_base64(&text).unwrap_or_default();
    let image = Image { kind: MaterialKind::Identity, bytes };
    if image.is_readable() {
        return vec![image];
    }
    faults.push(unreadable(Field::DocumentImage));
    Vec::new()
}

/// 个人申请.
#[utoipa::path(post, path = "/api/online/v1/applications", operation_id = "online_apply", tag = "线上服务渠道",
    request_body = wire::Application, responses((status = 200, body = wire::Applied)))]
pub async fn apply(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    clause!(R8.1);
    let ask: wire::Application = call.json()?;
    let key = call.idempotency()?;
    let form = serde_json::to_value(&ask.form).unwrap_or_default();
    let draft: FormDraft = serde_json::from_value(form).map_err(|_| Said::protocol("bad_request"))?;
    let form_no = draft.form_no.trim().to_owned();
    // An outlet that nobody knows is told with everything else that is wrong (R8.5).
    let outlet = door.service.institutions().org_by_code(ask.outlet.trim()).map_or(OrgId(0), |o| o.id);
    let mut faults = Vec::new();
    let agent = agent(ask.agent);
    let images = images(ask.document_image, &mut faults);
    let presented = Presented {
        photo_from: ask.identity_card_photo.then_some(PhotoSource::IdentityCard),
        postage_told: ask.postage_told,
        ..Presented::default()
    };
    let apply = FilledIn {
        draft: Box::new(draft),
        photo: ask.photo.map(PhotoRef),
        outlet,
        collect_at: outlet,
        agent,
        consent: Some(Consent { text_version: ask.consent, by_guardian: ask.by_guardian }),
        presented,
        faults,
        same: None,
    };
    let receipt = door.service.apply_with(call.actor(), call.channel(), key, apply, images).await?;
    json(wire::Applied { entry: receipt.entry, form_no, repeated: receipt.replayed })
}

/// 相片: one JPEG by the standard of Appendix 6.
#[utoipa::path(post, path = "/api/online/v1/photos", operation_id = "online_photo", tag = "线上服务渠道",
    request_body(content = Vec<u8>, content_type = "image/jpeg"), responses((status = 200, body = wire::Photo)))]
pub async fn photo(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    clause!(R10.3);
    door.service.may(&call.actor(), Verb::Apply, &Place::Anywhere)?;
    let photo = door.service.take_photo(call.body.to_vec()).await?;
    json(wire::Photo { photo: photo.0 })
}

/// What the channel shows its user, once it is journaled.
async fn shown(door: &Door, call: &Call, holder: &wire::Holder, what: Show) -> Result<Seen<Looked>, Said> {
    let who = identified(door, holder).await?;
    let ctx = door.service.ctx(call.actor(), call.channel(), None);
    Ok(door.service.show(ctx, &who, what).await?)
}

/// 制卡进度; the look is journaled.
#[utoipa::path(post, path = "/api/online/v1/progress", operation_id = "online_progress", tag = "线上服务渠道",
    request_body = wire::Mine, responses((status = 200, body = wire::Progress)))]
pub async fn progress(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    let ask: wire::Mine = call.json()?;
    let seen = shown(&door, &call, &ask.holder, Show::Progress).await?;
    json(steps_of(&door, &seen)?)
}

/// Where each application of somebody is.
pub(super) fn steps_of(door: &Door, seen: &Seen<Looked>) -> Result<wire::Progress, Said> {
    let institutions = door.service.institutions();
    let mut applications = Vec::new();
    for a in &seen.file.applications {
        // A file that contradicts its batches is told as such, never left out.
        let place = position(&seen.file, a, &seen.batches, &institutions)
            .ok_or_else(|| Said::protocol("unavailable"))?;
        applications.push(wire::Step {
            form_no: a.form_no.clone(),
            step: place.public_step().to_owned(),
            place: place.name().to_owned(),
            position: place.code().to_owned(),
        });
    }
    Ok(wire::Progress { applications })
}

/// 临时挂失, by number, name and bank.
#[utoipa::path(post, path = "/api/online/v1/losses", operation_id = "online_lose", tag = "线上服务渠道",
    request_body = wire::Loss, responses((status = 200, body = kaguan_api::bank::Done)))]
pub async fn lose(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    clause!(R24.1);
    let ask: wire::Loss = call.json()?;
    about_mine(&door, &call, &ask.holder, |who| {
        let identity = OnlineIdentity {
            number: ask.holder.number.trim().to_owned(),
            name: ask.holder.name.clone(),
            bank: BankCode(ask.bank.clone()),
        };
        let card = who.card_meant(Some(&identity.bank), ask.card_tail.as_deref())?;
        Ok(HolderCommand::ReportTemporaryLoss(ReportTemporary {
            card,
            identity: Some(identity),
            verified: false,
            deputy: None,
        }))
    })
    .await
}

/// 补卡, 换卡.
#[utoipa::path(post, path = "/api/online/v1/replacements", operation_id = "online_replace", tag = "线上服务渠道",
    request_body = wire::Replacement, responses((status = 200, body = kaguan_api::bank::Done)))]
pub async fn replace(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    clause!(R27.5);
    let ask: wire::Replacement = call.json()?;
    let outlet = outlet(&door, &ask.outlet)?;
    let who = identified(&door, &ask.holder).await?;
    let checks = door.service.register_checks(&who).await?;
    let agent = whole_agent(ask.agent.clone())?;
    let key = call.idempotency()?.to_owned();
    about_mine(&door, &call, &ask.holder, |who| {
        let old = who.card_meant(None, ask.card_tail.as_deref())?;
        let purpose = match ask.purpose {
            wire::Purpose::Reissue => Purpose::Reissue { old },
            wire::Purpose::Damaged => {
                Purpose::Exchange { old, reason: ExchangeReason::Damaged { by_human: false } }
            }
            wire::Purpose::DamagedByHuman => {
                Purpose::Exchange { old, reason: ExchangeReason::Damaged { by_human: true } }
            }
            wire::Purpose::Expired => Purpose::Exchange { old, reason: ExchangeReason::Expired },
        };
        Ok(HolderCommand::Replace(Box::new(Replace {
            id: ApplicationId(door.service.identity_of(&format!("{}/{key}", call.partner), "application")),
            purpose,
            form_no: ask.form_no.clone(),
            // This door offers collection at the outlet that is named, and nothing else.
            changes: Box::new(FormDraft::collected()),
            photo: None,
            outlet,
            collect_at: outlet,
            agent,
            consent: Some(Consent { text_version: ask.consent.clone(), by_guardian: ask.by_guardian }),
            checks,
            presented: Presented::default(),
            proof: None,
        })))
    })
    .await
}

/// 变更服务银行预约.
#[utoipa::path(post, path = "/api/online/v1/bank-changes", operation_id = "online_reserve", tag = "线上服务渠道",
    request_body = wire::BankChange, responses((status = 200, body = kaguan_api::bank::Done)))]
pub async fn reserve_bank_change(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    clause!(R31.1);
    let ask: wire::BankChange = call.json()?;
    about_mine(&door, &call, &ask.holder, |who| {
        let to = BankCode(ask.to.clone());
        let card = who.card_meant(None, ask.card_tail.as_deref())?;
        Ok(HolderCommand::ReserveBankChange(Reserve { card, to }))
    })
    .await
}

/// 撤销变更服务银行预约.
#[utoipa::path(post, path = "/api/online/v1/bank-changes/call-offs", operation_id = "online_call_off",
    tag = "线上服务渠道", request_body = wire::Mine, responses((status = 200, body = kaguan_api::bank::Done)))]
pub async fn call_off(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    clause!(R31.1);
    let ask: wire::Mine = call.json()?;
    about_mine(&door, &call, &ask.holder, |_| Ok(HolderCommand::CallOffBankChange(CallOff { lapsed: false })))
        .await
}

/// 撤销补换卡: while it is unpaid and in no batch.
#[utoipa::path(post, path = "/api/online/v1/replacements/withdrawals", operation_id = "online_withdraw",
    tag = "线上服务渠道", request_body = wire::Withdrawal, responses((status = 200, body = kaguan_api::bank::Done)))]
pub async fn withdraw(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    clause!(R27.4);
    let ask: wire::Withdrawal = call.json()?;
    about_mine(&door, &call, &ask.holder, |who| {
        let application = who.application(&ask.form_no)?;
        Ok(HolderCommand::Withdraw(Withdraw { application }))
    })
    .await
}

/// 社保功能启用, of a card that was handed over or posted.
#[utoipa::path(post, path = "/api/online/v1/enablings", operation_id = "online_enable", tag = "线上服务渠道",
    request_body = wire::Enabling, responses((status = 200, body = kaguan_api::bank::Done)))]
pub async fn enable(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    clause!(R16.1);
    let ask: wire::Enabling = call.json()?;
    about_mine(&door, &call, &ask.holder, |who| {
        // The channel has verified the holder by its own means (real name, face).
        let card = who.card_to_enable(ask.card_tail.as_deref())?;
        Ok(HolderCommand::Enable(Enable { card, verified: false, shown: None, deputy: None }))
    })
    .await
}

/// 一人一卡查询: the holder's cards in the province; the look is journaled.
#[utoipa::path(post, path = "/api/online/v1/one-card/find", operation_id = "online_find_cards", tag = "线上服务渠道",
    request_body = wire::Mine, responses((status = 200, body = wire::Cards)))]
pub async fn find_cards(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    clause!(X10.1);
    let ask: wire::Mine = call.json()?;
    let seen = shown(&door, &call, &ask.holder, Show::Cards).await?;
    let line = |c: &kaguan_domain::facts::card::Card| wire::CardLine {
        card: c.id.to_string(),
        card_no: c.card_no.masked(),
        city: c.city.name().to_owned(),
        bank: kaguan_domain::report::bank_name(c.bank.as_str()),
        in_force: c.in_force(),
    };
    json(wire::Cards { cards: seen.file.standing_cards().map(line).collect() })
}

/// 一人一卡确认与清理, by the signed slip.
#[utoipa::path(post, path = "/api/online/v1/one-card/clean-ups", operation_id = "online_clean_up", tag = "线上服务渠道",
    request_body = wire::CleanUp, responses((status = 200, body = kaguan_api::bank::Done)))]
pub async fn clean_up(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    clause!(X10.1);
    let ask: wire::CleanUp = call.json()?;
    let card = |text: &String| text.parse().map(CardId).map_err(|_| Said::from(Reason::OneCardListChanged));
    let cards = ask.cards.iter().map(card).collect::<Result<Vec<_>, _>>()?;
    let keep = ask.keep.as_ref().map(card).transpose()?;
    let id = identified(&door, &ask.holder).await?.id();
    let clean = call.ctx(&door)?;
    let confirm = kaguan_domain::ctx::Ctx {
        request_key: clean.request_key.as_ref().map(|k| format!("{k}/confirm")),
        ..clean.clone()
    };
    let city = ask.city.map(CityCode);
    let slip = one_card::Confirm { cards, slip: ask.slip, keep, city };
    door.service.execute(confirm, Command::of(id, HolderCommand::ConfirmOneCard(slip))).await?;
    let command = HolderCommand::CleanOneCard(one_card::Clean {});
    let receipt = door.service.execute(clean, Command::of(id, command)).await?;
    done(&receipt)
}
