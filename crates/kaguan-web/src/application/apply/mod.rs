//! 个人申请-新增申请: one page from the keyboard to the printed receipt. Everything missing is told at once, beside its
//! field and in a list on top; whoever is refused gets it in writing.

mod begin;
pub(crate) mod choices;

pub use begin::begin;

use crate::Console;
use crate::application::photos::RefusedPhoto;
use crate::candidates::SaidOfCandidates;
use crate::desk::drafts;
use crate::menu::{Page, Screen};
use crate::pages::{ApplyPage, CollectAtView, FieldView, Frame};
use crate::premade::offer;
use crate::records::papers;
use crate::session::SignedIn;
use crate::upload::Sent;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kaguan_domain::application::form::{Door, required};
use kaguan_domain::application::printed::{Signed, Voucher, gets_voucher, refused_voucher};
use kaguan_domain::application::{AgentDraft, FilledIn, Presented};
use kaguan_domain::clause;
use kaguan_domain::ctx::Channel;
use kaguan_domain::facts::application::{AgentGround, AgentRelation, Consent, PhotoSource};
use kaguan_domain::facts::archive::{MaterialKind, Paper};
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::form::{Defect, Field, FormDraft};
use kaguan_domain::facts::institution::Organisation;
use kaguan_domain::facts::person::PhotoRef;
use kaguan_domain::ids::{MaterialId, OrgId};
use kaguan_domain::permission::Verb;
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_service::Failure;
use kaguan_service::apply::{Image, unreadable};
use kaguan_store::Subject;
use serde::Deserialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/apply",
    screens: &[Screen {
        group: "社保卡申请",
        name: "个人申请-新增申请",
        article: "第八条",
        verb: Verb::Apply,
    }],
    doors: |d| {
        d.get("/apply", empty)
            .form("/apply", apply)
            .post("/apply/begin", begin)
            .get("/receipts/{key}", papers::receipt)
            .get("/receipts/{key}/pdf", papers::receipt)
    },
    samples: &["/apply"],
};

/// Which text of Appendix 1 was signed.
pub const CONSENT_TEXT: &str = "2022";

/// The items that a person fills in at the counter, in the order of Appendix 1; the agent and the delivery have boxes of their
/// own.
const COLUMNS: [Field; 27] = [
    Field::FormNo,
    Field::CardKind,
    Field::Name,
    Field::Sex,
    Field::Ethnicity,
    Field::Nationality,
    Field::DocumentKind,
    Field::DocumentNumber,
    Field::DocumentValidFrom,
    Field::DocumentValidUntil,
    Field::IssuingAuthority,
    Field::BirthDate,
    Field::Mobile,
    Field::PostalAddress,
    Field::Postcode,
    Field::Bank,
    Field::HouseholdKind,
    Field::HouseholdDivision,
    Field::HouseholdAddress,
    Field::Education,
    Field::PersonStatus,
    Field::Occupation,
    Field::PersonIdentity,
    Field::EmployerName,
    Field::EmployerAddress,
    Field::Phone,
    Field::Email,
];
const DELIVERY: [Field; 4] =
    [Field::Delivery, Field::MailingAddress, Field::Recipient, Field::RecipientPhone];
const AGENT: [Field; 3] = [Field::GuardianName, Field::GuardianDocumentKind, Field::GuardianDocumentNumber];

/// Who acts, as the page names it.
pub(crate) const RELATIONS: [(&str, &str, AgentRelation); 3] = [
    ("guardian", "监护人", AgentRelation::Guardian),
    ("direct_relative", "直系亲属", AgentRelation::DirectRelative),
    ("lawful_agent", "其他合法代理人", AgentRelation::LawfulAgent),
];
pub(crate) const GROUNDS: [(&str, &str, AgentGround); 6] = [
    ("minor", "未成年人", AgentGround::Minor),
    ("incapable", "无民事行为能力或限制民事行为能力", AgentGround::Incapable),
    ("elderly", "行动不便或异地长期居住的老年人", AgentGround::Elderly),
    ("disabled", "残疾人", AgentGround::Disabled),
    ("sick", "病患", AgentGround::Sick),
    ("long_absent", "异地长期居住", AgentGround::LongAbsent),
];
const SOURCES: [(&str, PhotoSource); 4] = [
    ("file", PhotoSource::File),
    ("receipt", PhotoSource::Receipt),
    ("identity_card", PhotoSource::IdentityCard),
    ("earlier", PhotoSource::Earlier),
];

/// The fields beside the form that a page keeps when it is shown again; a file has to be chosen again.
const KEPT: [&str; 13] = [
    "photo",
    "photo_from",
    "consent",
    "collect_at",
    "agent_acts",
    "agent_phone",
    "agent_relation",
    "agent_ground",
    "agent_proof",
    "agent_verified",
    "document_place",
    "document_verified",
    "postage_told",
];

/// Whether a form was sent that asks where the card is collected.
fn asked_where(sent: &Sent) -> bool {
    sent.fields().any(|(name, _)| name == "collect_at")
}

/// Where the card can be collected: at first where it is applied for, unless no cards of the bank are given out there.
fn collected_at<'a>(
    outlets: impl Iterator<Item = &'a Organisation>,
    me: &SignedIn,
    sent: &Sent,
    bank: &str,
) -> Vec<CollectAtView> {
    let view = |o: &Organisation| {
        let id = o.id.0.to_string();
        let of_bank = o.bank.as_ref().map(|bank| bank.as_str().to_owned()).unwrap_or_default();
        let another = !bank.is_empty() && !of_bank.is_empty() && of_bank != bank;
        // What was chosen stands there again, with why it cannot be.
        let chosen =
            if asked_where(sent) { sent.text("collect_at") == id } else { o.id == me.org.id && !another };
        CollectAtView { id, name: o.name.clone(), of_bank, chosen }
    };
    let mut all: Vec<CollectAtView> = outlets.map(view).collect();
    let (id, of_bank, chosen) = (String::new(), String::new(), !all.iter().any(|o| o.chosen));
    all.insert(0, CollectAtView { id, name: "请选择".into(), of_bank, chosen });
    all
}

async fn page(console: &Console, me: &SignedIn, sent: &Sent, key: String) -> ApplyPage {
    let draft = draft_of(sent);
    let view = |field: Field| FieldView {
        name: field.code(),
        title: field.personal_title(),
        // Without a number on paper the system gives one.
        required: required(field, Door::Personal) && field != Field::FormNo,
        focus: false,
        value: draft.get(field).to_owned(),
        choices: choices::choices(me, console, field),
    };
    let institutions = console.service.institutions();
    let outlets = institutions.orgs().filter(|o| o.kind.is_outlet() && o.city() == me.org.city());
    let outlets = outlets.filter(|o| !institutions.is_stopped(o.id));
    let chosen = |name: &'static str, code: &str| sent.text(name) == code;
    let (making, unseen) =
        offer::offer(console, me, sent.text("making"), &std::collections::BTreeSet::new()).await;
    let today = console.service.now().date();
    let no_post = me.org.city().and_then(|city| institutions.no_post_in(&city, today)).unwrap_or_default();
    let mut frame = Frame::of(me, "个人申请-新增申请");
    if let Some(why) = unseen {
        frame.say(&why);
    }
    ApplyPage {
        frame,
        making,
        key,
        draft: sent.text("draft").parse().unwrap_or_else(|_| console.service.fresh()),
        goes_on: false,
        fields: COLUMNS.into_iter().map(view).collect(),
        more: Vec::new(),
        known: Vec::new(),
        begins: false,
        kinds: DocumentKind::ALL.iter().map(|k| (k.code(), k.name())).collect(),
        said: Vec::new(),
        number: String::new(),
        found: Vec::new(),
        delivery: match no_post.is_empty() {
            true => DELIVERY.into_iter().map(view).collect(),
            false => choices::without_post(DELIVERY.into_iter().map(view).collect()),
        },
        no_post,
        agent: AGENT.into_iter().map(view).collect(),
        receipt: view(Field::PhotoReceipt),
        judged: None,
        kept: KEPT.map(|name| (name, sent.text(name).to_owned())).into(),
        sources: SOURCES
            .map(|(code, source)| {
                let name = format!("{} {}", choices::initials(source.name()), source.name());
                (code, name, chosen("photo_from", code))
            })
            .into(),
        relations: RELATIONS.map(|(code, name, _)| (code, name, chosen("agent_relation", code))).into(),
        grounds: GROUNDS.map(|(code, name, _)| (code, name, chosen("agent_ground", code))).into(),
        outlets: collected_at(outlets, me, sent, &draft.bank),
        candidates: said_of(sent).view(None),
        voucher: None,
    }
}

/// What an application begins with.
#[derive(Deserialize)]
pub struct Begin {
    /// A draft to go on with.
    draft: Option<i64>,
    /// Whether the form is filled in without asking what is on record.
    #[serde(default)]
    blank: u8,
}

/// The empty form, or one that was put aside.
pub async fn empty(State(console): State<Console>, me: SignedIn, Query(begin): Query<Begin>) -> ApplyPage {
    let key = format!("counter-{}", console.service.fresh());
    if let Some(id) = begin.draft {
        let kept = drafts::read(&console, &me, id).await;
        let typed = kept.as_ref().ok().and_then(Option::as_ref);
        let mut page = page(&console, &me, typed.unwrap_or(&Sent::default()), key).await;
        match &kept {
            Ok(Some(_)) => (page.draft, page.goes_on) = (id, true),
            Ok(None) => {
                page.frame = page.frame.wrong("没有这份草稿：已经提交、已满七天，或者是其他人的");
            }
            Err(why) => page.frame.say(why),
        }
        return page;
    }
    let mut page = page(&console, &me, &Sent::default(), key).await;
    page.begins = begin.blank != 1;
    page.number.clone_from(&page.frame.read);
    page
}

/// What the clerk said of whoever may be the same person.
fn said_of(sent: &Sent) -> SaidOfCandidates {
    SaidOfCandidates::sent(sent.text("candidates"), sent.text("same"), sent.text("same_reason"))
}

/// The items of a form that was sent.
pub(crate) fn draft_of(sent: &Sent) -> FormDraft {
    let mut draft = FormDraft::default();
    for (name, text) in sent.fields() {
        if let Some(field) = Field::of_code(name) {
            draft.set(field, text);
        }
    }
    draft
}

/// What the page has of an agent beside [`AGENT`]: whatever stands in one of them says that somebody acts.
const OF_AGENT: [&str; 8] = [
    "agent_acts",
    "agent_phone",
    "agent_relation",
    "agent_ground",
    "agent_proof",
    "agent_verified",
    "agent_image",
    "agent_proof_image",
];

/// Who acts, when anything was said of him; the guardian stands in the form too. What is missing of him the rule says.
fn agent_of(sent: &Sent, draft: &mut FormDraft) -> Option<AgentDraft> {
    clause!(R8.2);
    let acts = AGENT.iter().any(|f| !draft.get(*f).trim().is_empty())
        || OF_AGENT.iter().any(|name| sent.has(name) || sent.has_file(name));
    if !acts {
        return None;
    }
    let folded = draft.folded();
    let text = |field| folded.get(field).to_owned();
    let agent = AgentDraft {
        name: text(Field::GuardianName),
        document_kind: text(Field::GuardianDocumentKind),
        document_number: text(Field::GuardianDocumentNumber),
        phone: sent.text("agent_phone").trim().to_owned(),
        relation: RELATIONS.iter().find(|(code, ..)| *code == sent.text("agent_relation")).map(|r| r.2),
        ground: GROUNDS.iter().find(|(code, ..)| *code == sent.text("agent_ground")).map(|g| g.2),
        proof: Some(sent.text("agent_proof").trim().to_owned()).filter(|p| !p.is_empty()),
        verified: sent.has("agent_verified"),
    };
    if agent.relation != Some(AgentRelation::Guardian) {
        // The form of somebody who has no guardian names none.
        for field in AGENT {
            draft.set(field, "");
        }
    }
    Some(agent)
}

/// What came of a photo.
#[derive(Default)]
struct Photo {
    stored: Option<PhotoRef>,
    source: Option<PhotoSource>,
    refused: Option<RefusedPhoto>,
}

/// The photo: a file is judged and stored; one that was stored with an earlier attempt is named by its digest.
async fn photo_of(
    console: &Console,
    me: &SignedIn,
    sent: &mut Sent,
    faults: &mut Vec<Defect>,
) -> Result<Photo, Failure> {
    let said = SOURCES.iter().find(|(code, _)| *code == sent.text("photo_from")).map(|(_, s)| *s);
    if let Some(bytes) = sent.take_file("photo_file") {
        let source = Some(PhotoSource::File);
        return match console.service.take_photo(bytes.clone()).await {
            Ok(photo) => Ok(Photo { stored: Some(photo), source, refused: None }),
            Err(Failure::Refused(r)) => {
                faults.extend(r.defects);
                let refused = Some(RefusedPhoto::of(console, me, bytes).await);
                Ok(Photo { stored: None, source, refused })
            }
            Err(e) => Err(e),
        };
    }
    let earlier = sent.text("photo").trim();
    let wants_file = matches!(said, None | Some(PhotoSource::File));
    let photo = (!earlier.is_empty() && wants_file).then(|| PhotoRef(earlier.to_owned()));
    let source = if photo.is_some() { Some(PhotoSource::File) } else { said };
    Ok(Photo { stored: photo, source, refused: None })
}

fn images_of(sent: &mut Sent, agent: Option<&AgentDraft>, faults: &mut Vec<Defect>) -> Vec<Image> {
    let relation = agent.and_then(|a| a.relation);
    let proof = relation.map_or(MaterialKind::RelationProof, AgentRelation::proved_by);
    let mut images = Vec::new();
    for (name, kind, field) in [
        ("document_image", MaterialKind::Identity, Field::DocumentImage),
        ("agent_image", MaterialKind::AgentIdentity, Field::Agent),
        ("agent_proof_image", proof, Field::AgentProof),
    ] {
        let Some(bytes) = sent.take_file(name) else { continue };
        let image = Image { kind, bytes };
        if image.is_readable() {
            images.push(image);
        } else {
            faults.push(unreadable(field));
        }
    }
    images
}

/// The applicant's document on paper, where the clerk wrote down its place.
pub(crate) fn document_papers(place: &str) -> Vec<Paper> {
    let place = place.trim().to_owned();
    let paper = Paper { id: MaterialId(0), kind: MaterialKind::Identity, place };
    Some(paper).filter(|p| !p.place.is_empty()).into_iter().collect()
}

/// 申领表编码 as it was typed, or the next one of the city, which the system makes.
pub(crate) async fn form_no_of(console: &Console, me: &SignedIn, typed: &str) -> Result<String, Failure> {
    match me.org.city() {
        Some(city) if typed.trim().is_empty() => console.service.next_form_no(&city).await,
        _ => Ok(typed.trim().to_owned()),
    }
}

/// Takes the form in: on to the receipt, or the form again with what is wrong.
pub async fn apply(State(console): State<Console>, me: SignedIn, mut sent: Sent) -> Response {
    let key = sent.text("key").to_owned();
    let mut draft = draft_of(&sent);
    draft.fill_from_number();
    match form_no_of(&console, &me, &draft.form_no).await {
        Ok(number) => {
            sent.put(Field::FormNo.code(), &number);
            draft.form_no = number;
        }
        Err(e) => return again(&console, &me, &sent, key, &e, Photo::default()).await,
    }
    let form_no = Field::FormNo.folded(&draft.form_no);
    let mut faults = Vec::new();
    let agent = agent_of(&sent, &mut draft);
    if agent.is_some() {
        // A file has to be chosen again: that somebody acts is still said.
        sent.put("agent_acts", "1");
    }
    let photo = match photo_of(&console, &me, &mut sent, &mut faults).await {
        Ok(photo) => photo,
        Err(e) => return again(&console, &me, &sent, key, &e, Photo::default()).await,
    };
    let images = images_of(&mut sent, agent.as_ref(), &mut faults);
    let consent = sent.has("consent").then(|| Consent {
        text_version: CONSENT_TEXT.into(),
        by_guardian: sent.text("consent") == "guardian",
    });
    let collect_at = match sent.text("collect_at").trim() {
        // A page that has not asked.
        "" if !asked_where(&sent) => me.org.id,
        other => other.parse().map_or(OrgId(0), OrgId),
    };
    let filled = FilledIn {
        draft: Box::new(draft),
        photo: photo.stored.clone(),
        outlet: me.org.id,
        collect_at,
        agent,
        consent,
        presented: Presented {
            photo_from: photo.source,
            papers: document_papers(sent.text("document_place")),
            document_verified: sent.has("document_verified"),
            postage_told: sent.has("postage_told"),
            at_counter: offer::wants_instant(sent.text("making")),
            ..Presented::default()
        },
        faults,
        same: said_of(&sent).answer(),
    };
    match console.service.apply_with(me.actor(), Channel::Console, &key, filled, images).await {
        Ok(receipt) => match receipt.subject {
            // The receipt has an address of its own, so that looking again does not send the form again.
            Subject::Holder(id) => {
                Redirect::to(&papers::receipt_at(&console, &me, id, &form_no)).into_response()
            }
            _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        },
        Err(failure) => again(&console, &me, &sent, key, &failure, photo).await,
    }
}

/// The form again, with what is wrong and the voucher to be printed.
async fn again(
    console: &Console,
    me: &SignedIn,
    sent: &Sent,
    key: String,
    failure: &Failure,
    photo: Photo,
) -> Response {
    let mut page = page(console, me, sent, key).await;
    if let (Some(name), Some(kept)) = (photo.stored, page.kept.iter_mut().find(|(n, _)| *n == "photo")) {
        kept.1 = name.0;
    }
    page.judged = photo.refused;
    page.candidates = said_of(sent).view(failure.refusal());
    page.frame = page.frame.refused(failure);
    if let Some(voucher) = failure.refusal().and_then(|r| voucher_of(console, me, sent, r)) {
        match console.service.voucher_key(&me.session, &voucher) {
            Ok(key) => page.voucher = Some((papers::refused_voucher(&voucher), key)),
            Err(why) => page.frame.say(&why),
        }
    }
    page.into_response()
}

/// 不予受理凭证 of whoever is refused at the counter; its number is that of the request.
fn voucher_of(console: &Console, me: &SignedIn, sent: &Sent, refusal: &Refusal) -> Option<Voucher> {
    clause!(R8.9);
    if !gets_voucher(refusal) {
        return None;
    }
    let institutions = console.service.institutions();
    let now = console.service.now();
    let signed = Signed::of(me.org.id, Some(me.officer.id), &institutions, now)?;
    let number = format!("{}-{}", me.org.code, sent.text("key").trim_start_matches("counter-"));
    Some(refused_voucher(&number, sent.text("name").trim(), refusal, &signed, now))
}

/// What a printing that is refused answers.
pub(crate) fn refused_print(failure: &Failure) -> Response {
    let status = match failure.refusal().map(|r| r.reason) {
        Some(Reason::NotFound) => return StatusCode::NOT_FOUND.into_response(),
        Some(_) => StatusCode::FORBIDDEN,
        None => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, failure.to_string()).into_response()
}
