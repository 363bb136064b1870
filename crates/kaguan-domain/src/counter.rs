//! What must be shown, stated and kept when somebody comes to a counter about a card (Articles 14, 16, 19 to 21 and 33): said in
//! one place, and everything that is missing is told at once.

use crate::application::acts::{self, ActsFor};
use crate::clause;
use crate::clause::Clause;
use crate::ctx::{Actor, Ctx};
use crate::facts::application::{AgentGround, AgentRelation};
use crate::facts::archive::{Case, Material, MaterialKind};
use crate::facts::card::Card;
use crate::facts::counter::{Attendance, Deputy, KeptCopy, Shown};
use crate::facts::document::Document;
use crate::facts::form::AgentPart;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::identity::Identifier;
use crate::facts::name::names_agree;
use crate::facts::person::Person;
use crate::ids::OrgId;
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked};
use crate::spelling;
use jiff::civil::Date;

/// Who came, as a clerk, or the computer of a bank or a channel, states it.
#[derive(Clone, Copy)]
pub(crate) struct Came<'a> {
    /// 已核实有效身份证件原件（含电子证照）
    pub(crate) verified: bool,
    pub(crate) holder: Option<&'a Shown>,
    pub(crate) deputy: Option<&'a Deputy>,
    /// For what.
    pub(crate) acts: ActsFor,
}

impl Came<'_> {
    /// What the journal keeps of it.
    pub(crate) fn kept(self) -> Attendance {
        Attendance { holder: self.holder.cloned(), deputy: self.deputy.cloned().map(Box::new) }
    }
}

/// Everything that is missing or does not fit.
#[derive(Default)]
pub(crate) struct Missing {
    said: Vec<String>,
    /// Somebody was not verified: without that, no refusal says so.
    unverified: bool,
    /// Why whoever acts may not; that is told first.
    deputy: Vec<String>,
    /// What to do about that, each once: Chinese phrases without a full stop.
    ways: Vec<&'static str>,
}

/// What a child's business needs.
const BY_THE_GUARDIAN: &str = "请由监护人持本人、持卡人的有效身份证件和监护人证明文件办理";

impl Missing {
    pub(crate) fn say(&mut self, what: impl Into<String>) {
        self.said.push(what.into());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.said.is_empty() && self.deputy.is_empty()
    }

    pub(crate) fn unless(&mut self, stated: bool, what: &str) {
        if !stated {
            self.say(what);
        }
    }

    /// Something of who came that was not verified.
    pub(crate) fn unverified(&mut self, what: impl Into<String>) {
        self.unverified = true;
        self.say(what);
    }

    pub(crate) fn unless_verified(&mut self, stated: bool, what: &str) {
        if !stated {
            self.unverified(what);
        }
    }

    /// Somebody acts who may not, as he is stated: what does not fit, and what to do about just that; Chinese phrases without a full stop.
    pub(crate) fn wrong_deputy(&mut self, what: impl Into<String>, way: &'static str) {
        self.deputy.push(what.into());
        if !self.ways.contains(&way) {
            self.ways.push(way);
        }
    }

    /// As [`Missing::end`], by the clause of the business that somebody came for.
    pub(crate) fn end_by(self, reason: Reason, clause: Clause) -> Result<(), Refusal> {
        clause!(R8.5);
        if self.is_empty() {
            return Ok(());
        }
        let all = self.deputy.iter().chain(&self.said).map(String::as_str).collect::<Vec<_>>().join("；");
        if self.deputy.is_empty() {
            let of_identity =
                [Reason::CollectorNotVerified, Reason::DocumentsNotVerified, Reason::HolderNotVerified];
            let mended = !self.unverified && of_identity.contains(&reason);
            let reason = if mended { Reason::MaterialDefective } else { reason };
            return Err(Refusal::about(reason, all).by(clause));
        }
        // Who may act for whom is Article 8's matter, whatever the business; the rest is that of the business.
        let (ways, refusal) = (self.ways.join("；"), Refusal::about(Reason::AgentNotAllowed, all));
        if self.said.is_empty() {
            return Err(refusal.way(ways));
        }
        let by = vec![refusal.reason.clause(), clause];
        Err(Refusal { by, ..refusal.way(format!("{ways}；所列其余各项一并补齐")) })
    }

    /// As [`Missing::end`] of a business that enables the card too: what Article 16 has kept of whoever acts must not be missing either.
    pub(crate) fn end_enabling(mut self, reason: Reason, deputy: Option<&Deputy>) -> Result<(), Refusal> {
        clause!(R16.1);
        let alone = self.is_empty();
        proof_of_relation(&mut self, deputy);
        if alone { self.end_by(reason, clause!(R16.1)) } else { self.end(reason) }
    }

    /// Nothing is missing, or a refusal that tells all of it. That somebody was not verified is its headline only where it is so: else what
    /// is missing is to be put right, by the same article.
    pub(crate) fn end(self, reason: Reason) -> Result<(), Refusal> {
        self.end_by(reason, reason.clause())
    }
}

/// Whether what was shown is a document that the person holds: a citizen shows the identity card or the household register, which
/// have one number; whoever holds several shows any of them.
fn belongs_to(shown: &Shown, person: &Person) -> bool {
    let number = spelling::number(&shown.number);
    person.documents().into_iter().filter(|held| held.ended.is_none()).any(|held| {
        let nationality = held.which.nationality.clone();
        Identifier { kind: shown.kind, nationality, number: number.clone() }.is(&held.which)
    })
}

/// Whether a partner's computer speaks: what was shown there it keeps itself.
fn by_partner(ctx: &Ctx) -> bool {
    match ctx.actor {
        Actor::Bank(_) | Actor::Partner(_) => true,
        Actor::Officer(_) | Actor::Vendor(_) | Actor::Kiosk(_) | Actor::System => false,
    }
}

/// Whether what a clerk would have to state is so: at a machine without one, that the holder's face was seen there a moment ago, whatever
/// the machine states.
pub(crate) fn is_verified(stated: bool, file: &HolderFile, ctx: &Ctx) -> bool {
    clause!(R24.1);
    match ctx.actor {
        Actor::Kiosk(desk) => {
            let face = file.person.as_ref().and_then(|p| p.face.as_ref());
            face.is_some_and(|seen| seen.counts(desk, ctx.now))
        }
        Actor::Officer(_) | Actor::Bank(_) | Actor::Vendor(_) | Actor::Partner(_) | Actor::System => stated,
    }
}

/// What is said where it is not.
const FACE_NOT_SEEN: &str = "本机未核验持卡人本人：须放置身份证并人脸核验一致，十分钟内办理";

/// At a machine without a clerk: the holder's own document.
pub(crate) fn own_document(missing: &mut Missing, shown: Option<&Shown>, file: &HolderFile) {
    clause!(R18.1);
    let Some(person) = &file.person else { return };
    match shown {
        Some(shown) if belongs_to(shown, person) && !shown.electronic => {}
        Some(_) => missing.unverified("所放置的身份证与档案登记的证件不符"),
        None => missing.unverified("未读取持卡人身份证"),
    }
}

/// The documents of the holder, and of whoever acts for the holder (R14.2, R14.5).
pub(crate) fn identified(missing: &mut Missing, came: Came<'_>, asked: Asked<'_>) {
    clause!(R14.2);
    let Some(person) = &asked.file.person else { return };
    if let Actor::Kiosk(_) = asked.ctx.actor {
        missing.unless_verified(is_verified(came.verified, asked.file, asked.ctx), FACE_NOT_SEEN);
        if came.deputy.is_some() {
            let what = "自助服务设施只受理持卡人本人办理";
            missing.wrong_deputy(what, "请持卡人本人办理；代办的，到卡经办网点柜台办理");
        }
        return own_document(missing, came.holder, asked.file);
    }
    // Online nobody shows anything: the channel knows its user by its own means, as Article 24 has it for losses.
    let online = matches!(asked.ctx.actor, Actor::Partner(_));
    missing.unless_verified(came.verified || online, "未核实有效身份证件原件（含电子证照）");
    match came.holder {
        Some(shown) if !belongs_to(shown, person) => {
            missing.unverified("持卡人出示的证件与档案登记的证件不符");
        }
        None if !by_partner(asked.ctx) => missing.unverified("未登记持卡人出示的证件种类和号码"),
        _ => {}
    }
    if let Some(deputy) = came.deputy {
        acting(missing, deputy, asked);
        entitled(missing, deputy, came.acts, asked);
    }
}

/// Whether whoever acts may, by the ground that he gives and his relation to a holder who could come himself: as Article 8 has it for what he
/// acts for. A guardian who is not the one on file is not taken for him.
pub(crate) fn entitled(missing: &mut Missing, deputy: &Deputy, acts: ActsFor, asked: Asked<'_>) {
    clause!(R8.2);
    let Some(details) = asked.file.person.as_ref().map(|p| &p.details) else { return };
    let today = asked.ctx.today();
    let (minor, guardian) = (details.is_under(18, today), deputy.relation == AgentRelation::Guardian);
    let unfit = deputy.ground.and_then(|ground| unfit(acts, ground, asked));
    unfit.into_iter().for_each(|wrong| missing.wrong_deputy(wrong.what, wrong.remedy));
    // That the guardian of a child comes is said already.
    if guardian || !details.needs_guardian(today) {
        match acts::relation_and_ground(acts, Some(deputy.relation), deputy.ground, Some(minor)) {
            Some(wrong) => missing.wrong_deputy(wrong.what, wrong.remedy),
            None if guardian && !minor && deputy.ground.is_none() => {
                let what = "持卡人已成年，由监护人代办的须登记代办事由";
                missing.wrong_deputy(what, "请登记监护人代办的事由；不由监护人代办的，核对与持卡人关系");
            }
            None => {}
        }
    }
    // A partner's computer has no file to compare with; it keeps the proof itself.
    let on_file = details.guardian.as_ref().filter(|_| minor && guardian && !by_partner(asked.ctx));
    let Some(on_file) = on_file.filter(|_| !deputy.other_guardian) else { return };
    let same_number = spelling::number(&on_file.document_number) == spelling::number(&deputy.document_number);
    match (same_number, names_agree(on_file.name.display(), &deputy.name)) {
        (true, true) => {}
        (true, false) => missing.unverified(
            "代办人的证件号码是档案登记的监护人的，姓名与档案登记的不符：写错的请更正；不是档案登记的监护人的，须核实其监护人证明文件后勾选确认",
        ),
        (false, _) => {
            missing.unverified("来的监护人不是档案登记的监护人，须核实其监护人证明文件后勾选确认");
        }
    }
}

/// What does not fit of a ground, of whoever acts or of a visit, and the holder's age.
pub(crate) fn unfit(
    acts: ActsFor,
    ground: AgentGround,
    Asked { file, ctx, .. }: Asked<'_>,
) -> Option<acts::Wrong> {
    clause!(R8.2);
    clause!(R16.2);
    let details = file.person.as_ref().map(|p| &p.details)?;
    let under = |years| Some(details.is_under(years, ctx.today()));
    acts::ground_and_age(acts, ground, under)
}

/// A child under 16 does nothing at a counter itself: the guardian does (Article 8).
pub(crate) fn guardian_of_a_child(missing: &mut Missing, deputy: Option<&Deputy>, asked: Asked<'_>) {
    clause!(R8.2);
    let child = asked.file.person.as_ref().is_some_and(|p| p.details.needs_guardian(asked.ctx.today()));
    if child && deputy.is_none_or(|d| d.relation != AgentRelation::Guardian) {
        missing.wrong_deputy("持卡人未满十六周岁，须由监护人办理", BY_THE_GUARDIAN);
    }
}

/// The same of a signature that no clerk saw being given.
pub(crate) fn guardian_signed(missing: &mut Missing, relation: Option<AgentRelation>, asked: Asked<'_>) {
    guardian_alone(missing, relation, ("须由监护人办理", BY_THE_GUARDIAN), asked);
}

/// The same of whoever speaks or signs: `who` says whom it must be, and what to do, as Chinese phrases without a full stop.
pub(crate) fn guardian_alone(
    missing: &mut Missing,
    relation: Option<AgentRelation>,
    (who, way): (&str, &'static str),
    asked: Asked<'_>,
) {
    clause!(R8.2);
    let child = asked.file.person.as_ref().is_some_and(|p| p.details.needs_guardian(asked.ctx.today()));
    if child && relation != Some(AgentRelation::Guardian) {
        missing.wrong_deputy(format!("持卡人未满十六周岁，{who}"), way);
    }
}

/// Whether somebody who is said to be the guardian is the one on file, where no clerk sees him and his proof: `said` is the relation, the name
/// and the document's number, empty where none is stated; `how` what he is called and what to do when he is another, as Chinese phrases without
/// a full stop. Nothing where the file names no guardian.
pub(crate) fn guardian_on_file(
    missing: &mut Missing,
    (relation, name, number): (Option<AgentRelation>, &str, &str),
    (who, way): (&str, &'static str),
    asked: Asked<'_>,
) {
    clause!(R8.2);
    let details = asked.file.person.as_ref().map(|p| &p.details);
    let on_file = details.and_then(|d| d.guardian.as_ref());
    let guardian = relation == Some(AgentRelation::Guardian) && !spelling::says_nothing(name);
    let Some(on_file) = on_file.filter(|_| guardian) else { return };
    let number = spelling::number(number);
    let same_number = number.is_empty() || number == spelling::number(&on_file.document_number);
    if !same_number || !names_agree(on_file.name.display(), name) {
        missing.wrong_deputy(format!("{who}不是档案登记的监护人"), way);
    }
}

/// Whoever acts for the holder: who it is, of age, on which document, how he is called, and what was kept of it (R14.5).
pub(crate) fn acting(missing: &mut Missing, deputy: &Deputy, asked: Asked<'_>) {
    clause!(R14.5);
    stated(missing, deputy, asked);
    needs(missing, &deputy.copies, MaterialKind::AgentIdentity, "未留存代办人身份证件复印件或影像");
}

/// The same of whoever leaves no copy of his document: what is stated of him is right.
pub(crate) fn stated(missing: &mut Missing, deputy: &Deputy, asked: Asked<'_>) {
    clause!(R8.2);
    missing.unless_verified(!spelling::says_nothing(&deputy.name), "未登记代办人姓名");
    let number = deputy.document_number.trim();
    if number.is_empty() {
        missing.unverified("未登记代办人证件号码");
    } else if let Err(e) = Document::new(deputy.document_kind, number, Date::MAX) {
        missing.unverified(format!("代办人证件号码有误：{}", e.why));
    }
    let own = Shown { kind: deputy.document_kind, number: number.to_owned(), electronic: false };
    if asked.file.person.as_ref().is_some_and(|p| belongs_to(&own, p)) {
        let what = "代办人登记的是持卡人本人的证件";
        missing.wrong_deputy(what, "请登记代办人自己的有效身份证件；持卡人本人办理的，不填代办人");
    }
    if let Some(young) = acts::of_age(number, asked.ctx.today()) {
        missing.wrong_deputy(young.what, young.remedy);
    }
    let written = [
        (AgentPart::Name, deputy.name.as_str()),
        (AgentPart::DocumentNumber, number),
        (AgentPart::Phone, &deputy.phone),
    ];
    let wrong = match acts::unseen(&written) {
        Some(unseen) => vec![unseen],
        None => acts::written(&deputy.name, Some(deputy.document_kind), &deputy.phone),
    };
    for wrong in wrong {
        // How he is called is not who he is.
        if wrong.of == [AgentPart::Phone] { missing.say(wrong.what) } else { missing.unverified(wrong.what) }
    }
    on_file(missing, &deputy.copies, asked.file);
}

/// Whoever acts where a card is enabled or its account activated leaves a copy or image of the household register, or of what proves the
/// guardian or agent (Article 16, 操作流程).
pub(crate) fn proof_of_relation(missing: &mut Missing, deputy: Option<&Deputy>) {
    clause!(R16.1);
    if let Some(deputy) = deputy {
        let what = "未留存居民户口簿或监护、代理关系证明";
        needs(missing, &deputy.copies, MaterialKind::RelationProof, what);
    }
}

/// A copy of a kind must be among those that are kept.
pub(crate) fn needs(missing: &mut Missing, copies: &[KeptCopy], kind: MaterialKind, what: &str) {
    missing.unless(copies.iter().any(|c| c.kind == kind), what);
}

/// Whether a copy is an image that comes with the business.
pub(crate) fn is_whole(copy: &KeptCopy) -> bool {
    copy.digest.as_ref().is_some_and(|d| d.len() == 64 && d.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// What is said of an image that came with the business and shows nothing, under the name of what it should show.
pub(crate) fn unreadable(copy: &KeptCopy, name: &str) -> Option<String> {
    clause!(R40.1);
    copy.is_unreadable().then(|| format!("{name}影像不能识别，须为JPG、PNG、TIF或PDF影像，不超过16MB"))
}

/// Each copy is an image that comes with the business, or a material that the archive has.
pub(crate) fn on_file(missing: &mut Missing, copies: &[KeptCopy], file: &HolderFile) {
    clause!(R40.1);
    let archive = file.person.as_ref().map_or(&[][..], |p| &p.archive);
    for copy in copies {
        if let Some(what) = unreadable(copy, copy.kind.name()) {
            missing.say(what);
            continue;
        }
        let filed = archive.iter().find(|m| m.id == copy.id);
        let good = match &copy.digest {
            Some(_) => is_whole(copy) && filed.is_none(),
            None => filed.is_some_and(|m| m.kind == copy.kind && m.withdrawn().is_none()),
        };
        if !good {
            let withdrawn = filed.is_some_and(|m| m.withdrawn().is_some());
            let why = if withdrawn { "已作废" } else { "不在该人档案中" };
            missing.say(format!("所引用的{}{why}", copy.kind.name()));
        }
    }
}

/// The images that come with the business are filed with it.
pub(crate) fn file_images<'a>(
    copies: impl IntoIterator<Item = &'a KeptCopy>,
    card: &Card,
    Asked { file, ctx, around }: Asked<'_>,
) -> Vec<HolderEvent> {
    file_images_of(copies, Case::Card(card.id), kept_by(file, card, ctx, around), ctx)
}

/// The same for a case that has no card yet.
pub(crate) fn file_images_of<'a>(
    copies: impl IntoIterator<Item = &'a KeptCopy>,
    case: Case,
    org: OrgId,
    ctx: &Ctx,
) -> Vec<HolderEvent> {
    clause!(R40.1);
    let filed = |copy: &KeptCopy, digest: &String| HolderEvent::MaterialFiled {
        material: Material {
            id: copy.id,
            case,
            kind: copy.kind,
            digest: Some(digest.clone()),
            cabinet: None,
            org,
            filed_at: ctx.now,
            page: None,
            corrected: Vec::new(),
        },
    };
    let whole = copies.into_iter().filter(|copy| is_whole(copy));
    whole.filter_map(|copy| Some(filed(copy, copy.digest.as_ref()?))).collect()
}

/// The outlet that keeps it: the clerk's own; for a partner's computer the one where the card was to be collected.
fn kept_by(file: &HolderFile, card: &Card, ctx: &Ctx, around: Around<'_>) -> OrgId {
    let officer = match &ctx.actor {
        Actor::Officer(id) => around.institutions.officer(*id).map(|o| o.org),
        Actor::Kiosk(desk) => around.institutions.desk(*desk).map(|d| d.outlet),
        Actor::Bank(_) | Actor::Vendor(_) | Actor::Partner(_) | Actor::System => None,
    };
    officer.or_else(|| file.application(card.application).map(|a| a.collect_at)).unwrap_or(OrgId(0))
}
