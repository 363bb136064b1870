//! 补换卡: reissue and exchange at a counter. The holder is found by the number; what has changed is all that is written, and what
//! the sharing platform confirms is not asked for again (Article 29).

use crate::Console;
use crate::application::apply::{choices, document_papers, draft_of, form_no_of};
use crate::application::photos::RefusedPhoto;
use crate::find::{self, Find};
use crate::holder::people::{after, one_of_several, view_of};
use crate::may::May;
use crate::menu::{Page, Screen};
use crate::pages::{FieldView, FoundView, Frame, PeoplePage, PersonView};
use crate::premade::offer::{self, OfferView};
use crate::replacement::agent::{AgentView, by_guardian, images};
use crate::session::SignedIn;
use crate::upload::Sent;
use crate::wrong;
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::Date;
use kaguan_domain::application::{AgentDraft, Presented};
use kaguan_domain::clause;
use kaguan_domain::dispatch::{HolderCommand, position};
use kaguan_domain::facts::application::{Consent, ExchangeReason, PhotoSource, Purpose};
use kaguan_domain::facts::form::{Defect, Field, FormDraft};
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::facts::person::PhotoRef;
use kaguan_domain::ids::{ApplicationId, BankCode, CardId, HolderId, OrgId};
use kaguan_domain::loss::ReportFormal;
use kaguan_domain::permission::Verb;
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_domain::replacement::{Replace, Withdraw, collects};
use kaguan_domain::spelling;
use kaguan_files::photo::Mark;
use kaguan_service::apply::Image;
use kaguan_service::{Command, Failure, Looked, Seen};
use serde::Deserialize;
use std::collections::BTreeSet;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/replace",
    screens: &[
        Screen {
            group: "社保卡申请", name: "补换卡-补卡", article: "第二十七条", verb: Verb::Replace
        },
        Screen {
            group: "社保卡申请",
            name: "补换卡-换卡",
            article: "第二十七条至第三十条",
            verb: Verb::Replace,
        },
    ],
    doors: |d| {
        d.get("/replace", page)
            .post("/replace", find)
            .get("/replace/{key}", by_key)
            .form("/replace/apply", apply)
            .post("/replace/withdraw", withdraw)
    },
    samples: &["/replace"],
};

/// Why the file is looked at here.
const WHY: &str = "补换卡（脱敏显示）";
/// Which text of Appendix 1 was signed.
pub(crate) const CONSENT_TEXT: &str = "2022";

/// Kinds of business, with what they are sent as.
pub(crate) const BUSINESS: [(&str, &str); 6] = [
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
    /// Why the cities of these cards post nothing, each in a phrase; empty where they do.
    pub no_post: Vec<String>,
    /// As it was filled in, the request key with it.
    pub filled: Filled,
    /// The photo that was refused, with what was found on it.
    pub judged: Option<RefusedPhoto>,
    /// Who acts for the applicant, as it was sent, or the guardian on file.
    pub agent: AgentView,
    /// The banks of these cards: the new one is of the same.
    pub banks: BTreeSet<BankCode>,
    /// What is said where there is no card.
    pub no_card: String,
    /// Why no card can be reissued or exchanged now.
    pub cannot: Option<String>,
    /// That none can be reissued, for none is lost in form.
    pub not_lost: Option<NotLostView>,
}

/// That a reissue is refused as long as no card is lost in form.
pub struct NotLostView {
    pub why: String,
    /// Where the loss is reported; empty for whoever does not.
    pub to: String,
}

/// 补换卡.
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

impl WhoView {
    /// Whether the form is shown: it can be filled in, or it was.
    fn has_form(&self) -> bool {
        self.cannot.is_none() || !self.filled.business.is_empty()
    }
}
crate::frame::page!(ReplacePage);

/// What the page sends.
#[derive(Clone, Default)]
pub struct Filled {
    pub key: String,
    pub card: i64,
    pub business: String,
    /// Why, of 其他.
    pub why: String,
    pub collect_at: i64,
    pub proof: String,
    pub consent: Option<String>,
    /// Who acts for the applicant; `None` while nothing was sent.
    agent: Option<AgentView>,
    /// The original of the applicant's document was looked at.
    pub verified: Option<String>,
    /// The card that is exchanged was looked at.
    pub own_card: Option<String>,
    /// Where the copies of the applicant's document lie.
    pub document_place: String,
    /// 已告知邮递费用分担和凭短信取件码签收.
    pub postage_told: Option<String>,
    /// 制卡方式, as it was chosen.
    pub making: String,
    /// A new photo that was stored already, by its digest; empty for that of the old card.
    pub photo: String,
    pub changes: FormDraft,
}

impl Filled {
    fn of(sent: &Sent, seen: &Looked, today: Date) -> Self {
        let text = |name| sent.text(name).to_owned();
        let ticked = |name| Some(text(name)).filter(|t| !t.is_empty());
        let id = |name| sent.text(name).trim().parse().unwrap_or(-1);
        Self {
            key: text("key"),
            card: id("card"),
            business: text("business"),
            why: text("why"),
            collect_at: id("collect_at"),
            proof: text("proof"),
            consent: ticked("consent"),
            agent: Some(AgentView::sent(|name| sent.text(name).to_owned(), seen, today)),
            verified: ticked("verified"),
            own_card: ticked("own_card"),
            document_place: text("document_place"),
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

async fn shown(console: &Console, me: &SignedIn, mut frame: Frame, who: WhoView) -> ReplacePage {
    let (making, unseen) = offer::offer(console, me, &who.filled.making, &who.banks).await;
    if let Some(why) = unseen.filter(|_| frame.notice.is_none()) {
        frame.say(&why);
    }
    ReplacePage { making: Some(making), who: Some(who), ..empty(frame) }
}

fn frame(me: &SignedIn) -> Frame {
    Frame::of(me, "补换卡")
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
            let who = view(&console, &me, &seen, &begun(&console, &me));
            shown(&console, &me, frame(&me), who).await.into_response()
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
                let who = view(&console, &me, seen, &begun(&console, &me));
                shown(&console, &me, frame(&me), who).await
            }
            several => ReplacePage {
                several: several.iter().filter_map(one_of_several).collect(),
                ..empty(frame(&me))
            },
        },
    }
}

fn view(console: &Console, me: &SignedIn, seen: &Seen<Looked>, filled: &Filled) -> WhoView {
    let (file, may) = (&seen.file, May::of(console, me));
    let cards: Vec<_> = file.standing_cards().collect();
    let institutions = console.service.institutions();
    let outlets = institutions
        .orgs()
        .filter(|o| cards.iter().any(|card| collects(o, &card.city, &card.bank, &institutions)));
    // The card is made and collected in the city of the old one (R27.5): that city's rules count.
    let today = console.service.now().date();
    let cities: BTreeSet<_> = cards.iter().map(|card| card.city.clone()).collect();
    let no_post: Vec<_> = cities.iter().filter_map(|city| institutions.no_post_in(city, today)).collect();
    let field = |field: Field| FieldView {
        name: field.code(),
        title: field.title(),
        required: field == Field::Delivery,
        focus: false,
        value: filled.changes.get(field).to_owned(),
        choices: choices::choices(me, console, field),
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
        delivery: match no_post.len() < cities.len() {
            true => DELIVERY.into_iter().map(field).collect(),
            false => choices::without_post(DELIVERY.into_iter().map(field).collect()),
        },
        no_post,
        agent: filled.agent.clone().unwrap_or_else(|| AgentView::begun(seen, today)),
        banks: cards.iter().map(|card| card.bank.clone()).collect(),
        no_card: no_card(seen, &institutions),
        cannot: offered(&may, me, seen).and_then(Result::err).map(|why| why.sentence()),
        not_lost: not_lost(console, &may, me, seen),
        filled: filled.clone(),
        judged: None,
    }
}

/// Whether a card of a file can be reissued or exchanged here, once the form is filled in; or why none can. `None` where there is no
/// card, and for whoever may not at all.
pub(crate) fn offered(may: &May, me: &SignedIn, seen: &Looked) -> Option<Result<(), Refusal>> {
    if !may.may(Verb::Replace) {
        return None;
    }
    let mut refused = None;
    for card in seen.file.standing_cards() {
        let old = card.id;
        let exchange = Purpose::Exchange { old, reason: ExchangeReason::Other { why: "…".into() } };
        let mut both = [Purpose::Reissue { old }, exchange];
        // What is said where nothing is possible is about what the holder would ask for.
        if card.loss().is_none() {
            both.reverse();
        }
        for purpose in both {
            let command = HolderCommand::Replace(Box::new(bare(me, purpose)));
            if may.about(seen, &command) {
                return Some(Ok(()));
            }
            refused = refused.or_else(|| may.refused(seen, &command));
        }
    }
    refused.map(Err)
}

/// What is said of whoever has no card that could be replaced: the application that is under way, or that one is to be made.
fn no_card(seen: &Looked, institutions: &Institutions) -> String {
    clause!(R3.2);
    let Some(open) = seen.file.open_application() else {
        return "没有可补换的社会保障卡。请办理个人申请。".to_owned();
    };
    let at = position(&seen.file, open, &seen.batches, institutions);
    let at = at.map(|at| format!("，{}", at.name())).unwrap_or_default();
    format!(
        "没有可补换的社会保障卡：已有在办的申请（申领表{}{at}），不再受理新的申请，请待其办结。",
        open.form_no
    )
}

/// What 补卡 waits for of whoever has cards that could be exchanged and lost none of them; with the way there.
fn not_lost(console: &Console, may: &May, me: &SignedIn, seen: &Looked) -> Option<NotLostView> {
    clause!(R27.1);
    let cards = || seen.file.standing_cards().map(|card| card.id);
    let reissue = |old| HolderCommand::Replace(Box::new(bare(me, Purpose::Reissue { old })));
    if cards().any(|old| may.about(seen, &reissue(old))) {
        return None;
    }
    let mut refused = cards().filter_map(|old| may.refused(seen, &reissue(old)));
    let why = refused.find(|why| why.reason == Reason::FormalLossNeeded)?.sentence();
    let lose = |card| {
        let lost = ReportFormal { card, verified: true, deputy: None };
        may.about(seen, &HolderCommand::ReportFormalLoss(lost))
    };
    let to = match cards().any(lose) {
        true => format!("/loss/{}?of=formal", console.service.key_of(&me.session, seen.file.id)),
        false => String::new(),
    };
    Some(NotLostView { why, to })
}

/// 补换卡 before anything is filled in.
fn bare(me: &SignedIn, purpose: Purpose) -> Replace {
    Replace {
        id: ApplicationId(0),
        purpose,
        form_no: String::new(),
        changes: Box::default(),
        photo: None,
        outlet: me.org.id,
        collect_at: me.org.id,
        agent: None,
        consent: None,
        checks: Vec::new(),
        presented: Presented::default(),
        proof: None,
    }
}

/// An application of a file.
#[derive(Deserialize)]
pub struct Withdrawing {
    holder: i64,
    application: i64,
}

/// 撤销补换卡, with its receipt.
pub async fn withdraw(
    State(console): State<Console>,
    me: SignedIn,
    Form(form): Form<Withdrawing>,
) -> PeoplePage {
    clause!(R27.4);
    let (id, application) = (HolderId(form.holder), ApplicationId(form.application));
    let command = Command::of(id, HolderCommand::Withdraw(Withdraw { application }));
    let outcome = console.service.execute(me.command(&console), command).await;
    let done = "补换卡申请已撤销，不再制作新卡";
    let said = outcome.as_ref().map(|_| done).map_err(|_| ());
    let frame = Frame::of(&me, "持卡人档案").after_business(outcome, done);
    after(&console, &me, id, frame, said).await
}

/// What was chosen; or that it was not, to be told with everything else that is missing.
fn purpose(filled: &Filled) -> Result<Purpose, Defect> {
    clause!(R27.2);
    clause!(R8.5);
    let unchosen = |code, what| Defect::new(Field::Business, code, clause!(R27.2), what, "请选择后重新提交");
    let old = CardId(filled.card);
    let reason = match filled.business.as_str() {
        "reissue" => return Ok(Purpose::Reissue { old }),
        "damaged" => ExchangeReason::Damaged { by_human: false },
        "damaged_by_human" => ExchangeReason::Damaged { by_human: true },
        "data_changed" => ExchangeReason::DataChanged,
        "expired" => ExchangeReason::Expired,
        "other" if spelling::says_nothing(&filled.why) => {
            return Err(unchosen(UNSAID, "选择其他原因的，请写明原因"));
        }
        "other" => ExchangeReason::Other { why: filled.why.trim().to_owned() },
        _ => return Err(unchosen("missing", "没有选择补卡还是换卡，以及换卡的原因")),
    };
    Ok(Purpose::Exchange { old, reason })
}

/// The code of what is said where 其他 is chosen and not in words.
pub(crate) const UNSAID: &str = "other_unsaid";

/// The business that asks for least of a card, judged in place of one that was not chosen for what is missing of the rest; nothing is taken in
/// of it.
fn some_business(seen: &Looked, old: CardId) -> Purpose {
    match seen.file.card(old).is_some_and(|card| card.loss().is_some()) {
        true => Purpose::Reissue { old },
        false => Purpose::Exchange { old, reason: ExchangeReason::Other { why: "…".into() } },
    }
}

/// Takes it in: on to the receipt, or the form again with what is wrong.
pub async fn apply(State(console): State<Console>, me: SignedIn, mut sent: Sent) -> Response {
    let ctx = me.ctx(&console);
    let holder = HolderId(sent.text("holder").trim().parse().unwrap_or(-1));
    let seen = match console.service.look(ctx, holder, WHY).await {
        Ok(seen) => seen,
        Err(e) => return empty(frame(&me).wrong(e)).into_response(),
    };
    let today = console.service.now().date();
    let mut filled = Filled::of(&sent, &seen, today);
    let again = async |filled: &Filled, frame: Frame, judged: Option<RefusedPhoto>| {
        let who = WhoView { judged, ..view(&console, &me, &seen, filled) };
        shown(&console, &me, frame, who).await.into_response()
    };
    // A photo that cannot be taken is told with everything else.
    clause!(R8.5);
    let (mut faults, mut judged) = (Vec::new(), None);
    if let Some(bytes) = sent.take_file("photo_file") {
        match console.service.take_photo(bytes.clone()).await {
            Ok(photo) => filled.photo = photo.0,
            Err(Failure::Refused(why)) => {
                filled.photo.clear();
                faults = why.defects;
                judged = Some(RefusedPhoto::of(&console, &me, bytes).await);
            }
            Err(failure) => return again(&filled, frame(&me).refused(&failure), judged).await,
        }
    }
    let said = filled.agent.clone().unwrap_or_else(|| AgentView::begun(&seen, today));
    let written = said.agent(&seen, today);
    let purpose = match purpose(&filled) {
        Ok(purpose) => purpose,
        Err(unchosen) => {
            faults.push(unchosen);
            some_business(&seen, CardId(filled.card))
        }
    };
    let agent = written.as_ref().and_then(AgentDraft::whole);
    filled.changes.form_no = match form_no_of(&console, &me, &filled.changes.form_no).await {
        Ok(number) => number,
        Err(e) => return again(&filled, frame(&me).refused(&e), judged).await,
    };
    let photo = Some(PhotoRef(filled.photo.clone())).filter(|p| !p.0.is_empty());
    let mut with = Vec::new();
    for (name, kind) in images(written.as_ref()) {
        with.extend(sent.take_file(name).map(|bytes| Image { kind, bytes }));
    }
    let by_guardian = by_guardian(written.as_ref());
    let agent_written = written.filter(|_| agent.is_none()).map(Box::new);
    let replace = Replace {
        id: ApplicationId(0),
        purpose,
        form_no: filled.changes.form_no.clone(),
        changes: Box::new(filled.changes.clone()),
        photo: photo.clone(),
        outlet: me.org.id,
        collect_at: OrgId(filled.collect_at),
        consent: filled.consent.as_ref().map(|_| Consent { text_version: CONSENT_TEXT.into(), by_guardian }),
        agent,
        checks: Vec::new(),
        presented: Presented {
            photo_from: photo.map(|_| PhotoSource::File),
            papers: document_papers(&filled.document_place),
            card_seen: filled.own_card.is_some(),
            document_verified: filled.verified.is_some(),
            postage_told: filled.postage_told.is_some(),
            at_counter: offer::wants_instant(&filled.making),
            agent_written,
            ..Presented::default()
        },
        proof: Some(filled.proof.trim().to_owned()).filter(|p| !p.is_empty()),
    };
    let (id, kept_as) = (seen.file.id, Field::FormNo.folded(&filled.changes.form_no));
    match console.service.replace_with(me.actor(), &filled.key, id, replace, with, faults).await {
        Ok(_) => {
            let to = crate::records::papers::receipt_at(&console, &me, id, &kept_as);
            Redirect::to(&to).into_response()
        }
        Err(failure) => again(&filled, frame(&me).refused(&failure), judged).await,
    }
}
