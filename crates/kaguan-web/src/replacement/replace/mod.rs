//! 补换卡-换卡: reissue and exchange at a counter. The holder is found by the number; what has changed is all that is written, and what
//! the sharing platform confirms is not asked for again (Article 29).

use crate::Console;
use crate::application::apply::{draft_of, form_no_of};
use crate::application::photos::RefusedPhoto;
use crate::find::{self, Find};
use crate::frame::Said;
use crate::holder::people::{one_of_several, view_of};
use crate::menu::{Page, Screen};
use crate::pages::{FieldView, FoundView, Frame, PersonView};
use crate::premade::offer::{self, OfferView};
use crate::session::SignedIn;
use crate::upload::Sent;
use crate::wrong;
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use kaguan_domain::application::Presented;
use kaguan_domain::clause;
use kaguan_domain::codes;
use kaguan_domain::facts::application::{Consent, ExchangeReason, PhotoSource, Purpose};
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::form::{Defect, Field, FormDraft, delivery};
use kaguan_domain::facts::person::PhotoRef;
use kaguan_domain::ids::{ApplicationId, CardId, HolderId, OrgId};
use kaguan_domain::permission::Verb;
use kaguan_domain::replacement::Replace;
use kaguan_domain::spelling;
use kaguan_files::photo::Mark;
use kaguan_service::{Failure, Looked, Seen};

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/replace",
    screens: &[Screen {
        group: "社保卡申请",
        name: "补换卡-换卡",
        article: "第二十七条至第三十条",
        verb: Verb::Replace,
    }],
    doors: |d| {
        d.get("/replace", page)
            .post("/replace", find)
            .get("/replace/{key}", by_key)
            .form("/replace/apply", apply)
    },
    samples: &["/replace"],
};

/// Why the file is looked at here.
const WHY: &str = "补换卡（脱敏显示）";
/// Which text of Appendix 1 was signed.
pub(crate) const CONSENT_TEXT: &str = "2022";

/// Kinds of business, with what they are sent as.
const BUSINESS: [(&str, &str); 6] = [
    ("reissue", "补卡（遗失）"),
    ("damaged", "换卡：卡片损坏（非人为）"),
    ("damaged_by_human", "换卡：卡片损坏（人为）"),
    ("data_changed", "换卡：卡面信息变更"),
    ("expired", "换卡：有效期满"),
    ("other", "换卡：其他"),
];

/// What may have changed; an empty one keeps what is known.
const CHANGES: [Field; 13] = [
    Field::Name,
    Field::DocumentKind,
    Field::DocumentNumber,
    Field::IssuingAuthority,
    Field::DocumentValidFrom,
    Field::DocumentValidUntil,
    Field::Nationality,
    Field::Sex,
    Field::BirthDate,
    Field::Mobile,
    Field::Phone,
    Field::PostalAddress,
    Field::PhotoReceipt,
];

/// 领取方式, and where the new card is posted to.
const DELIVERY: [Field; 4] =
    [Field::Delivery, Field::MailingAddress, Field::Recipient, Field::RecipientPhone];

/// The person, and what can be asked for.
pub struct WhoView {
    /// Whom it is about, masked.
    pub person: PersonView,
    /// Identity and text of each standing card, and whether it was chosen.
    pub cards: Vec<(i64, String, bool)>,
    /// Where the new card may be collected, and whether it was chosen.
    pub outlets: Vec<(i64, String, bool)>,
    pub fields: Vec<FieldView>,
    pub delivery: Vec<FieldView>,
    /// As it was filled in, the request key with it.
    pub filled: Filled,
    /// The photo that was refused, with what was found on it.
    pub judged: Option<RefusedPhoto>,
}

/// 补换卡-换卡.
#[derive(Template)]
#[template(path = "replacement/replace/replace.html")]
pub struct ReplacePage {
    pub frame: Frame,
    pub business: &'static [(&'static str, &'static str)],
    pub who: Option<WhoView>,
    /// Several people who were found by the number of a document.
    pub several: Vec<FoundView>,
    /// 制卡方式, once it is known for whom.
    pub making: Option<OfferView>,
}
crate::frame::page!(ReplacePage);

/// What the page sends.
#[derive(Clone, Default)]
pub struct Filled {
    pub key: String,
    pub holder: i64,
    pub card: i64,
    pub business: String,
    /// Why, of 其他.
    pub why: String,
    pub collect_at: i64,
    pub proof: String,
    pub consent: Option<String>,
    /// The guardian on file has come and has signed.
    pub by_guardian: Option<String>,
    /// 监护关系证明: where it is kept.
    pub guardian_proof: String,
    /// The originals were looked at: the applicant's document, and the guardian's.
    pub verified: Option<String>,
    pub guardian_verified: Option<String>,
    /// 已告知邮递费用分担和凭短信取件码签收.
    pub postage_told: Option<String>,
    /// 制卡方式, as it was chosen.
    pub making: String,
    /// A new photo that was stored already, by its digest; empty for that of the old card.
    pub photo: String,
    pub changes: FormDraft,
}

impl Filled {
    fn of(sent: &Sent) -> Self {
        let text = |name| sent.text(name).to_owned();
        let ticked = |name| Some(text(name)).filter(|t| !t.is_empty());
        let id = |name| sent.text(name).trim().parse().unwrap_or(-1);
        Self {
            key: text("key"),
            holder: id("holder"),
            card: id("card"),
            business: text("business"),
            why: text("why"),
            collect_at: id("collect_at"),
            proof: text("proof"),
            consent: ticked("consent"),
            by_guardian: ticked("by_guardian"),
            guardian_proof: text("guardian_proof"),
            verified: ticked("verified"),
            guardian_verified: ticked("guardian_verified"),
            postage_told: ticked("postage_told"),
            making: text("making"),
            photo: text("photo"),
            changes: draft_of(sent),
        }
    }
}

fn empty(frame: Frame) -> ReplacePage {
    ReplacePage { frame, business: &BUSINESS, who: None, several: Vec::new(), making: None }
}

async fn shown(
    console: &Console,
    me: &SignedIn,
    mut frame: Frame,
    who: WhoView,
    defects: &[Defect],
) -> ReplacePage {
    let (making, unseen) = offer::offer(console, me, &who.filled.making, defects).await;
    if let Some(why) = unseen.filter(|_| frame.notice.is_none()) {
        frame.say(&why);
    }
    ReplacePage { making: Some(making), who: Some(who), ..empty(frame) }
}

fn frame(me: &SignedIn) -> Frame {
    Frame::of(me, "补换卡-换卡")
}

/// The empty page.
pub async fn page(me: SignedIn) -> ReplacePage {
    empty(frame(&me))
}

/// Somebody's page at its own address, which only the session that was given it can open.
pub async fn by_key(State(console): State<Console>, me: SignedIn, Path(key): Path<String>) -> Response {
    let Some(id) = console.service.person_of(&me.session, &key) else {
        return wrong::not_given();
    };
    let ctx = me.ctx(&console);
    match console.service.look(ctx, id, WHY).await {
        Ok(seen) => {
            let who = view(&console, &me, &seen, &begun(&console, &me), &[]);
            shown(&console, &me, frame(&me), who, &[]).await.into_response()
        }
        Err(e) => empty(frame(&me).wrong(e)).into_response(),
    }
}

/// An empty form, with the key of its request; the card is collected where it is applied for, unless another outlet is chosen.
fn begun(console: &Console, me: &SignedIn) -> Filled {
    let key = format!("replace-{}", console.service.fresh());
    Filled { key, collect_at: me.org.id.0, ..Filled::default() }
}

/// Finds the holder. Every look is journaled (R39.1).
pub async fn find(State(console): State<Console>, me: SignedIn, Form(form): Form<Find>) -> ReplacePage {
    match find::sought(&console, &me, &form, WHY).await {
        Err(why) => empty(frame(&me).wrong(why)),
        Ok(found) => match found.as_slice() {
            [seen] => {
                let who = view(&console, &me, seen, &begun(&console, &me), &[]);
                shown(&console, &me, frame(&me), who, &[]).await
            }
            several => ReplacePage {
                several: several.iter().filter_map(one_of_several).collect(),
                ..empty(frame(&me))
            },
        },
    }
}

fn choices(field: Field) -> Vec<(String, String)> {
    if field == Field::DocumentKind {
        return DocumentKind::ALL.iter().map(|k| (k.code().to_owned(), k.name().to_owned())).collect();
    }
    if field == Field::Delivery {
        return [(delivery::OUTLET, "网点领取"), (delivery::POST, "邮递上门")]
            .map(|(code, name)| (code.to_owned(), name.to_owned()))
            .into();
    }
    if field == Field::Sex {
        let code = |n: u8| n.to_string();
        return (0..10).map(code).filter_map(|c| codes::sex(&c).map(|name| (c, name.to_owned()))).collect();
    }
    Vec::new()
}

fn view(
    console: &Console,
    me: &SignedIn,
    seen: &Seen<Looked>,
    filled: &Filled,
    defects: &[Defect],
) -> WhoView {
    let file = &seen.file;
    let cards: Vec<_> = file.standing_cards().collect();
    let institutions = console.service.institutions();
    let near = |city: Option<_>| city.is_some_and(|c| cards.iter().any(|card| card.city == c));
    let outlets = institutions.orgs().filter(|o| o.kind.is_outlet() && near(o.city()));
    let field = |field: Field| FieldView {
        name: field.code(),
        title: field.title(),
        required: false,
        focus: false,
        value: filled.changes.get(field).to_owned(),
        choices: choices(field),
        wrong: defects.iter().filter(|d| d.field == field).map(|d| d.message.clone()).collect(),
    };
    WhoView {
        person: view_of(console, me, seen),
        outlets: outlets.map(|o| (o.id.0, o.name.clone(), o.id.0 == filled.collect_at)).collect(),
        cards: cards
            .iter()
            .map(|c| {
                let text = format!("{} {} {}", c.card_no.masked(), c.city.name(), c.bank.name());
                (c.id.0, text, c.id.0 == filled.card)
            })
            .collect(),
        fields: CHANGES.into_iter().map(field).collect(),
        delivery: DELIVERY.into_iter().map(field).collect(),
        filled: filled.clone(),
        judged: None,
    }
}

/// What was chosen; or the field that was not, and what is said of it.
fn purpose(filled: &Filled) -> Result<Purpose, (&'static str, &'static str)> {
    let old = CardId(filled.card);
    let reason = match filled.business.as_str() {
        "reissue" => return Ok(Purpose::Reissue { old }),
        "damaged" => ExchangeReason::Damaged { by_human: false },
        "damaged_by_human" => ExchangeReason::Damaged { by_human: true },
        "data_changed" => ExchangeReason::DataChanged,
        "expired" => ExchangeReason::Expired,
        "other" if spelling::says_nothing(&filled.why) => return Err(("why", "选择其他原因的，请写明原因")),
        "other" => ExchangeReason::Other { why: filled.why.trim().to_owned() },
        _ => return Err(("business", "请选择补换卡原因")),
    };
    Ok(Purpose::Exchange { old, reason })
}

/// Takes it in: on to the receipt, or the form again with what is wrong.
pub async fn apply(State(console): State<Console>, me: SignedIn, mut sent: Sent) -> Response {
    let mut filled = Filled::of(&sent);
    let ctx = me.ctx(&console);
    let seen = match console.service.look(ctx, HolderId(filled.holder), WHY).await {
        Ok(seen) => seen,
        Err(e) => return empty(frame(&me).wrong(e)).into_response(),
    };
    if let Some(bytes) = sent.take_file("photo_file") {
        match console.service.take_photo(bytes.clone()).await {
            Ok(photo) => filled.photo = photo.0,
            Err(failure) => {
                let defects = failure.refusal().map(|r| r.defects.clone()).unwrap_or_default();
                let mut who = view(&console, &me, &seen, &filled, &defects);
                if failure.refusal().is_some() {
                    who.judged = Some(RefusedPhoto::of(&console, &me, bytes).await);
                }
                let mut frame = frame(&me);
                frame.say(&failure);
                return shown(&console, &me, frame, who, &defects).await.into_response();
            }
        }
    }
    let again = async |filled: &Filled, failure: Failure| {
        let defects = failure.refusal().map(|r| r.defects.clone()).unwrap_or_default();
        let who = view(&console, &me, &seen, filled, &defects);
        shown(&console, &me, frame(&me).after(Err::<(), _>(failure), ""), who, &defects).await.into_response()
    };
    let purpose = match purpose(&filled) {
        Ok(purpose) => purpose,
        Err((field, why)) => {
            let why = Said::from(format!("{why}。依据{}。", clause!(R27.2).cite())).about(field);
            let who = view(&console, &me, &seen, &filled, &[]);
            return shown(&console, &me, frame(&me).wrong(why), who, &[]).await.into_response();
        }
    };
    filled.changes.form_no = match form_no_of(&console, &me, &filled.changes.form_no).await {
        Ok(number) => number,
        Err(e) => return again(&filled, e).await,
    };
    let photo = Some(PhotoRef(filled.photo.clone())).filter(|p| !p.0.is_empty());
    let proof = || Some(filled.guardian_proof.trim().to_owned()).filter(|p| !p.is_empty());
    let acts = filled.by_guardian.as_ref();
    let agent = acts.and_then(|_| seen.guardian_acts(proof(), filled.guardian_verified.is_some()));
    let replace = Replace {
        id: ApplicationId(0),
        purpose,
        form_no: filled.changes.form_no.clone(),
        changes: Box::new(filled.changes.clone()),
        photo: photo.clone(),
        outlet: me.org.id,
        collect_at: OrgId(filled.collect_at),
        consent: filled
            .consent
            .as_ref()
            .map(|_| Consent { text_version: CONSENT_TEXT.into(), by_guardian: agent.is_some() }),
        agent,
        checks: Vec::new(),
        presented: Presented {
            photo_from: photo.map(|_| PhotoSource::File),
            document_verified: filled.verified.is_some(),
            postage_told: filled.postage_told.is_some(),
            at_counter: offer::wants_instant(&filled.making),
            ..Presented::default()
        },
        proof: Some(filled.proof.trim().to_owned()).filter(|p| !p.is_empty()),
    };
    let id = seen.file.id;
    match console.service.replace(me.actor(), &filled.key, id, replace).await {
        Ok(_) => {
            let to = crate::records::papers::receipt_at(&console, &me, id, &filled.changes.form_no);
            Redirect::to(&to).into_response()
        }
        Err(failure) => again(&filled, failure).await,
    }
}
