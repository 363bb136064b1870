//! What every application must have, a first one and a replacement alike: checks, consent, agent, photo, enclosed documents.
//! Everything that is missing or wrong is found before any of it is told (R8.5).

use crate::application::agent;
use crate::application::agent_draft::AgentDraft;
use crate::application::presented::{Presented, Who};
use crate::clause;
use crate::clause::Clause;
use crate::counter::is_verified;
use crate::ctx::{Actor, Channel, Ctx};
use crate::facts::application::{
    Agent, CheckItem, CheckResult, Consent, Origin, PhotoSource, Purpose, Register, RegisterCheck,
};
use crate::facts::archive::MaterialKind;
use crate::facts::card::{Card, Social};
use crate::facts::form::{ApplicationForm, Field, PersonCategory};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::identity::HowKnown;
use crate::facts::institution::{Institutions, OrgKind, Organisation};
use crate::facts::person::PhotoRef;
use crate::facts::policy::LocalPolicy;
use crate::ids::{BankCode, CityCode, OfficerId, OrgId};
use crate::refusal::{Findings, Reason};
use crate::spelling;
use jiff::civil::Date;

/// Whether a photo came from the platform that gave its receipt.
fn by_platform(checks: &[RegisterCheck]) -> bool {
    checks.iter().any(|c| c.item == CheckItem::Photo && c.source == Register::PhotoPlatform)
}

/// A document that the file does not have yet, or has with another validity; nothing for a new file, whose document is that
/// of its details.
pub(crate) fn shown(file: &HolderFile, form: &ApplicationForm) -> Option<HolderEvent> {
    clause!(R5.5);
    let (which, until) = (form.identifier(), form.document.valid_until);
    let news = file.person.as_ref()?.is_news(&which, until);
    news.then_some(HolderEvent::DocumentHeld { which, valid_until: Some(until), how: HowKnown::Shown })
}

/// The form under the number that the person has: the first is kept for life, whatever document is shown later (R5.5).
pub(crate) fn keeping_number(file: &HolderFile, form: ApplicationForm) -> ApplicationForm {
    clause!(R5.5);
    match &file.person {
        Some(person) => form.numbered(person.details.ssn.clone()),
        None => form,
    }
}

/// By which way what one person asks for came: 网上申请 through an online channel, 个人申请 otherwise.
pub(crate) fn origin(ctx: &Ctx) -> Origin {
    clause!(R8.1);
    match ctx.channel {
        Channel::Online => Origin::Online,
        Channel::Console
        | Channel::File
        | Channel::Partner
        | Channel::CommandLine
        | Channel::Kiosk
        | Channel::Duty => Origin::Counter,
    }
}

/// 业务经办人, when one typed it.
pub(crate) fn clerk(ctx: &Ctx) -> Option<OfficerId> {
    match ctx.actor {
        Actor::Officer(id) => Some(id),
        Actor::Bank(_) | Actor::Vendor(_) | Actor::Partner(_) | Actor::Kiosk(_) | Actor::System => None,
    }
}

/// Whether no clerk sees who applies.
pub(crate) fn at_kiosk(ctx: &Ctx) -> bool {
    matches!(ctx.actor, Actor::Kiosk(_))
}

/// Everything that comes with the form.
pub(crate) struct Given<'a> {
    pub(crate) photo: Option<&'a PhotoRef>,
    pub(crate) agent: Option<&'a Agent>,
    pub(crate) consent: Option<&'a Consent>,
    pub(crate) presented: &'a Presented,
    pub(crate) checks: &'a [RegisterCheck],
}

/// Looks through what comes with a form. `file` is the applicant's, when it is known whose it is.
pub(crate) fn look_through(
    who: &Who<'_>,
    given: &Given<'_>,
    file: Option<&HolderFile>,
    ctx: &Ctx,
    found: &mut Findings,
) {
    let whole = given.agent.map(AgentDraft::from);
    let agent = given.presented.agent_written.as_deref().or(whole.as_ref());
    look_through_with(who, given, agent, file, ctx, found);
}

/// The same while the agent is as he was written: of him, and of nobody else, any part may be missing.
pub(super) fn look_through_with(
    who: &Who<'_>,
    given: &Given<'_>,
    agent: Option<&AgentDraft>,
    file: Option<&HolderFile>,
    ctx: &Ctx,
    found: &mut Findings,
) {
    let today = ctx.today();
    let stated = given.presented.document_verified;
    let verified = file.map_or(stated && !at_kiosk(ctx), |file| is_verified(stated, file, ctx));
    if at_kiosk(ctx) && agent.is_some() {
        clause!(R18.1);
        let (reason, what) = (Reason::AgentNotAllowed, "自助服务设施只受理申请人本人办理");
        found.add(reason, Field::Agent, reason.code(), what, "代办的请到卡经办网点柜台");
    }
    if !verified && !who.present && !who.outstanding {
        clause!(R9.1);
        let what = "批量申请登记中未写明已留存申请人有效身份证件正反面复印件或影像";
        let remedy = "请收齐后在“批量申请-受理登记”登记";
        found.defect(Field::OwnDocument, "not_verified", clause!(R9.1), what, remedy);
    } else if !verified
        && who.present
        && ctx.channel != Channel::Online
        && !found.is_about(Field::OwnDocument)
    {
        // Whoever was identified as at every counter has been told so.
        clause!(R8.1);
        let what = "尚未核实申请人有效身份证件原件（含电子证照）";
        found.defect(Field::OwnDocument, "not_verified", clause!(R8.1), what, "请核实原件后勾选");
    }
    consent(who, given.consent, today, found);
    agent::judged(who, agent, given.presented, today, found);
    if agent.is_some() && ctx.channel != Channel::Online && !at_kiosk(ctx) {
        agent::document_kept(given.presented, found);
    }
    photo(who, given, file, today, found);
    document_image(who, given.presented, file, found);
    if who.posts && !given.presented.postage_told {
        clause!(R14.4);
        let what = "尚未告知邮递上门的费用分担和凭短信取件码签收";
        found.defect(Field::Delivery, "postage_not_told", clause!(R14.4), what, "请告知申请人后勾选");
    }
}

/// The consent, by the guardian under 14 (R8.2).
fn consent(who: &Who<'_>, consent: Option<&Consent>, today: Date, found: &mut Findings) {
    clause!(R8.2);
    let young = who.under(14, today) == Some(true);
    // A consent to no text is none.
    let what = match consent.filter(|c| !spelling::says_nothing(&c.text_version)) {
        None if young => "未取得监护人对处理个人信息的同意",
        None => "未取得申请人对处理个人信息的同意",
        Some(c) if young && !c.by_guardian => "不满十四周岁的，须由监护人同意",
        Some(_) => return,
    };
    let remedy = "请申请人（或监护人）签署授权申明";
    found.add(Reason::ConsentMissing, Field::Consent, Reason::ConsentMissing.code(), what, remedy);
}

/// From the 7th birthday a photo is needed: a file that was judged, a receipt that the photo platform knows, the identity
/// card's, or the earlier card's (R10.3). Under 7 none is taken (R5.4).
fn photo(who: &Who<'_>, given: &Given<'_>, file: Option<&HolderFile>, today: Date, found: &mut Findings) {
    clause!(R5.4);
    clause!(R10.3);
    let from = given.presented.photo_from;
    if who.under(7, today) == Some(true) {
        // What a receipt led to was not handed in, and is not kept.
        if given.photo.is_some() && !by_platform(given.checks) {
            let what = "未满七周岁不采集相片";
            found.defect(Field::Photo, "photo_under_7", clause!(R5.4), what, "请去掉相片后提交");
        }
        return;
    }
    let answer = latest(given.checks.iter(), CheckItem::Photo);
    if given.photo.is_some() {
        if answer != Some(CheckResult::Passed) {
            let what = "所引用的相片没有经过检测";
            found.defect(Field::Photo, "photo_not_judged", clause!(R10.3), what, "请重新上传相片");
        }
        return;
    }
    if from == Some(PhotoSource::File) {
        let what = "没有可用的相片文件";
        found.defect(Field::Photo, "missing", clause!(R10.3), what, "请选择符合标准的JPG相片上传");
        return;
    }
    if from == Some(PhotoSource::IdentityCard) {
        // Nobody is asked for the photo before the form says whose it is.
        if file.is_none() {
            return;
        }
        match answer {
            Some(CheckResult::Unavailable) | None => {
                let reason = Reason::RegisterUnavailable;
                let what = "公安人口信息暂无应答，未取得身份证相片";
                found.add(reason, Field::Photo, reason.code(), what, "请稍后重试，或改用电子相片或回执号");
            }
            Some(_) => {
                let what = "公安人口信息没有可用的身份证相片";
                found.defect(
                    Field::Photo,
                    "no_identity_photo",
                    clause!(R10.3),
                    what,
                    "请改用电子相片或回执号",
                );
            }
        }
        return;
    }
    let earlier = file.and_then(|f| f.person.as_ref());
    if let Some(receipt) = who.receipt.filter(|_| from != Some(PhotoSource::Earlier)) {
        // A receipt that an earlier application was taken with is the earlier card's photo.
        let known_before = earlier.is_some_and(|p| p.details.photo_receipt.as_deref() == Some(receipt))
            && file.is_some_and(|f| {
                f.applications.iter().any(|a| a.checked(CheckItem::Photo) == Some(CheckResult::Passed))
            });
        let known = matches!(answer, Some(CheckResult::Passed | CheckResult::Unavailable));
        if answer == Some(CheckResult::Failed) {
            let judged = given.checks.iter().rev().find(|c| c.item == CheckItem::Photo);
            let said = judged.map(|c| c.said.join("；")).filter(|s| !s.is_empty());
            let what = format!("该回执号的相片不合格{}", said.map(|s| format!("：{s}")).unwrap_or_default());
            let remedy = "请按相片标准重新拍摄，取得新的回执号，或改用电子相片";
            found.defect(Field::PhotoReceipt, "receipt_photo_failed", clause!(R10.3), &what, remedy);
        } else if !known && !known_before {
            let what = "相片检测审核平台没有该回执号，或不属于申请人";
            found.defect(
                Field::PhotoReceipt,
                "unknown_receipt",
                clause!(R10.3),
                what,
                "请核对回执号或重新拍摄",
            );
        }
        return;
    }
    let has_earlier = earlier.is_some_and(|p| p.photo.is_some());
    // Whose file it is may be unknown while the form has defects: nobody is told that the earlier card has no photo.
    if has_earlier || (file.is_none() && from == Some(PhotoSource::Earlier)) {
        return;
    }
    let what = match (from, who.birth) {
        (Some(PhotoSource::Earlier), _) => "没有可以沿用的原社保卡相片",
        (Some(PhotoSource::File | PhotoSource::Receipt | PhotoSource::IdentityCard) | None, Some(_)) => {
            "缺个人相片"
        }
        (Some(PhotoSource::File | PhotoSource::Receipt | PhotoSource::IdentityCard) | None, None) => {
            "年满七周岁的，须有个人相片"
        }
    };
    // Whoever's file is known has no earlier photo here, and is not told to use it.
    let remedy = match file {
        Some(_) => "请上传电子相片、填写相片回执号，或授权使用身份证相片",
        None => "请上传电子相片、填写相片回执号、授权使用身份证相片，或沿用原社保卡相片",
    };
    found.defect(Field::Photo, "missing", clause!(R10.3), what, remedy);
}

/// A name with a rare character comes with the image of the document (R34.1); one that is on file for the same name serves.
pub(crate) fn document_image(
    who: &Who<'_>,
    presented: &Presented,
    file: Option<&HolderFile>,
    found: &mut Findings,
) {
    clause!(R34.1);
    for unread in presented.materials.iter().filter(|m| m.digest.is_empty()) {
        let (field, code) = match unread.kind {
            MaterialKind::AgentIdentity => (Field::Agent, "not_an_image"),
            MaterialKind::RelationProof | MaterialKind::Authorisation => (Field::AgentProof, "not_an_image"),
            MaterialKind::Identity => (Field::DocumentImage, "not_an_image"),
            // What did not come whole is told by whoever took it in.
            MaterialKind::Form
            | MaterialKind::OneCardSlip
            | MaterialKind::Receipt
            | MaterialKind::TerminationProof
            | MaterialKind::Other => (Field::DocumentImage, "not_whole"),
        };
        let (what, remedy) = ("上传的影像不能识别", "请上传JPG、PNG、TIF或PDF影像");
        found.defect(field, code, clause!(R34.1), what, remedy);
    }
    if presented.materials.iter().any(|m| m.digest.is_empty() && m.kind == MaterialKind::Identity) {
        return;
    }
    let on_file = file.and_then(|f| f.person.as_ref()).is_some_and(|p| {
        p.details.name.display() == who.name
            && p.good_archive().any(|m| m.kind == MaterialKind::Identity && m.digest.is_some())
    });
    if who.name.contains('[') && !presented.has(MaterialKind::Identity) && !on_file {
        let what = "姓名含生僻字，须上传含生僻字的身份证件影像";
        let remedy = match who.present {
            true => "请上传证件影像（JPG、TIF等）",
            false => {
                "请把证件影像（JPG、TIF、PNG或PDF）放入压缩包的PHOTO目录，文件名为18位号码加姓名加“_证件”"
            }
        };
        found.defect(Field::DocumentImage, "missing", clause!(R34.1), what, remedy);
    }
}

/// The outlet, where the card is collected, the bank, and the delivery that the city offers: known as soon as they are named.
/// The outlet with its city, when it has one.
pub(crate) fn look_at_places<'a>(
    outlet: OrgId,
    collect_at: OrgId,
    bank: &str,
    posts: bool,
    ctx: &Ctx,
    institutions: &'a Institutions,
    found: &mut Findings,
) -> Option<(&'a Organisation, CityCode)> {
    let here = institutions.org(outlet);
    let city = here.and_then(Organisation::city);
    let Some((here, city)) = here.zip(city) else {
        let remedy = "请核对机构编码";
        found.add(
            Reason::NotFound,
            Field::Outlet,
            Reason::NotFound.code(),
            "未登记，或不属于任何地市",
            remedy,
        );
        return None;
    };
    let there =
        institutions.org(collect_at).filter(|o| o.kind.is_outlet() && o.city().as_ref() == Some(&city));
    if let Some(stopped) = there.filter(|o| institutions.is_stopped(o.id)) {
        let what = format!("{}已停办", stopped.name);
        found.add(
            Reason::NotFound,
            Field::CollectAt,
            Reason::NotFound.code(),
            &what,
            "请选择本市的其他卡经办网点",
        );
    }
    if there.is_none() {
        let (what, remedy) = ("未选择，或不是本市的卡经办网点", "请选择本市的卡经办网点");
        found.add(Reason::NotFound, Field::CollectAt, Reason::NotFound.code(), what, remedy);
    }
    if !bank.is_empty() && !institutions.banks_of(&city).iter().any(|b| b.as_str() == bank) {
        clause!(R5.1);
        let r = Reason::BankNotOffered;
        found.add(r, Field::Bank, r.code(), r.says(), r.way_out());
    }
    look_at_delivery(posts, &city, ctx, institutions, found);
    Some((here, city))
}

/// Whether a card of a city and a bank can be collected at an outlet: of that city, the labour department's or the bank's own, and open.
pub fn collects(
    outlet: &Organisation,
    city: &CityCode,
    bank: &BankCode,
    institutions: &Institutions,
) -> bool {
    clause!(R27.5);
    let there = outlet.kind.is_outlet() && outlet.city().as_ref() == Some(city);
    there && is_for(outlet, bank) && !institutions.is_stopped(outlet.id)
}

/// Whether the card that an application asks for can be collected there: the new one of a change of the bank at an outlet of the new bank alone,
/// whose clerk hands it over and activates its account (R31.3).
pub fn collects_for(
    purpose: &Purpose,
    outlet: &Organisation,
    city: &CityCode,
    bank: &BankCode,
    institutions: &Institutions,
) -> bool {
    clause!(R31.3);
    gives_out(purpose, outlet, bank) && collects(outlet, city, bank, institutions)
}

/// Whether an outlet gives out the card of such an application at all: none of another bank's, and the new one of a change of the bank an outlet of
/// that bank alone.
fn gives_out(purpose: &Purpose, outlet: &Organisation, bank: &BankCode) -> bool {
    clause!(X7.1);
    clause!(R31.3);
    let by_its_bank = outlet.kind == OrgKind::BankOutlet || !purpose.is_bank_change();
    outlet.kind.is_outlet() && by_its_bank && is_for(outlet, bank)
}

/// Why an outlet does not give out a card that comes to it singly, whoever brought it, as a Chinese phrase without a full stop, by its clause. `None`
/// where it does, and at the outlet that the application names, whose holder was told so; a card that was in use is given back as any other.
pub(crate) fn not_given_out(file: &HolderFile, card: &Card, at: &Organisation) -> Option<(Clause, String)> {
    let application = file.application(card.application).filter(|a| a.collect_at != at.id)?;
    let new = card.social == Social::NotEnabled && application.purpose.is_bank_change();
    let purpose = if new { &application.purpose } else { &Purpose::First };
    if !at.kind.is_outlet() || gives_out(purpose, at, &card.bank) {
        return None;
    }
    let bank = card.bank.name();
    if new {
        clause!(R31.3);
        let what = format!("变更服务银行的新卡由新服务银行交付，只转接到{bank}的卡经办网点发放");
        return Some((clause!(R31.3), what));
    }
    clause!(X7.1);
    let own = at.bank.as_ref().map_or("其他银行", BankCode::name);
    Some((clause!(X7.1), format!("{}是{own}的网点，不发放{bank}的社保卡", at.name)))
}

/// What an outlet must be to hand that card over, as a Chinese phrase without a full stop, by its clause.
pub(crate) fn collected_where(purpose: &Purpose, city: &CityCode, bank: &BankCode) -> (Clause, String) {
    let (city, bank) = (city.name(), bank.name());
    let usual = || format!("须为发卡地市（{city}）正常办理业务的人社部门或{bank}卡经办网点");
    match purpose {
        Purpose::First => (clause!(X7.1), usual()),
        Purpose::Reissue { .. } | Purpose::Exchange { .. } => (clause!(R27.5), usual()),
        Purpose::BankChange { .. } => {
            let what = format!(
                "变更服务银行的新卡由新服务银行交付，须为发卡地市（{city}）正常办理业务的{bank}卡经办网点"
            );
            (clause!(R31.3), what)
        }
    }
}

/// A bank's outlet opens that bank's accounts and activates them, and gives out no other cards (X7.1).
fn is_for(outlet: &Organisation, bank: &BankCode) -> bool {
    clause!(X7.1);
    outlet.kind != OrgKind::BankOutlet || outlet.bank.as_ref() == Some(bank)
}

/// The outlet of collection is none of another bank: known as soon as both are named.
pub(super) fn look_at_bank_of(
    collect_at: OrgId,
    bank: &str,
    institutions: &Institutions,
    found: &mut Findings,
) {
    let bank = BankCode(bank.to_owned());
    let there = institutions.org(collect_at).filter(|o| !bank.as_str().is_empty() && !is_for(o, &bank));
    let Some(there) = there else { return };
    let own = there.bank.as_ref().map_or("其他银行", BankCode::name);
    let what = format!("{}是{own}的网点，不发放{}的社保卡", there.name, bank.name());
    let remedy = format!("请选择本市{}或人社部门的卡经办网点，或由申请人改选服务银行", bank.name());
    found.defect(Field::CollectAt, "other_banks_outlet", clause!(X7.1), &what, &remedy);
}

/// 邮递上门, only where the city offers it (R10.5, R42.1).
pub(crate) fn look_at_delivery(
    posts: bool,
    city: &CityCode,
    ctx: &Ctx,
    institutions: &Institutions,
    found: &mut Findings,
) {
    if let Some(why) = institutions.no_post_in(city, ctx.today()).filter(|_| posts) {
        clause!(R10.5);
        let r = Reason::NotOfferedHere;
        found.add(r, Field::Delivery, r.code(), &why, "请选择网点领取");
    }
}

/// The latest answer about an item; silence never takes the place of an answer.
pub(crate) fn latest<'a>(
    checks: impl DoubleEndedIterator<Item = &'a RegisterCheck> + Clone,
    item: CheckItem,
) -> Option<CheckResult> {
    let all = checks.rev().filter(|c| c.item == item).map(|c| c.result);
    all.clone().find(|r| *r != CheckResult::Unavailable).or_else(|| all.clone().next())
}

/// What the registers' answers amount to (R8.3).
#[derive(Default)]
pub(crate) struct Standing {
    /// What they say against it.
    pub(crate) against: Vec<(Reason, Field, &'static str)>,
    /// What is not settled, and whether asking again can settle it: a register was silent.
    pub(crate) open: Vec<(CheckItem, bool)>,
}

impl Standing {
    /// Leaves out what is not asked of this business.
    pub(crate) fn forget(&mut self, item: CheckItem, reason: Reason) {
        self.open.retain(|(open, _)| *open != item);
        self.against.retain(|(r, ..)| *r != reason);
    }

    /// Adds what stands against it to the findings.
    pub(crate) fn tell(&self, found: &mut Findings) {
        for (reason, field, what) in &self.against {
            found.add(*reason, *field, reason.code(), what, reason.way_out());
        }
    }
}

/// What they amount to for somebody. 公安 and 社保 know every mainland resident of 16 and more: of such a person “no record”
/// leaves the matter open for a person to decide; of a newborn or a foreigner it does not speak against the document.
pub(crate) fn standing<'a>(
    form: &ApplicationForm,
    checks: impl DoubleEndedIterator<Item = &'a RegisterCheck> + Clone,
    policy: &LocalPolicy,
    today: Date,
) -> Standing {
    clause!(R8.3);
    let mut out = Standing::default();
    let must_be_known = form.category == PersonCategory::MainlandResident && !form.needs_guardian(today);
    for (item, reason, field, what) in [
        (CheckItem::Alive, Reason::PersonDead, Field::Eligibility, Reason::PersonDead.says()),
        (
            CheckItem::Identity,
            Reason::IdentityNotConfirmed,
            Field::DocumentNumber,
            Reason::IdentityNotConfirmed.says(),
        ),
    ] {
        match latest(checks.clone(), item) {
            Some(CheckResult::Failed) => out.against.push((reason, field, what)),
            Some(CheckResult::NotOnRecord) if must_be_known => out.open.push((item, false)),
            Some(CheckResult::Passed | CheckResult::NotOnRecord) => {}
            Some(CheckResult::Unavailable) | None => out.open.push((item, true)),
        }
    }
    entitled(form, checks.clone(), policy, &mut out);
    // Of the photo platform: a receipt that it does not know is refused at the door, and left to a person when it was silent
    // then.
    match latest(checks, CheckItem::Photo).filter(|_| form.photo_required(today)) {
        Some(CheckResult::Unavailable) => out.open.push((CheckItem::Photo, true)),
        Some(CheckResult::Failed | CheckResult::NotOnRecord) => out.open.push((CheckItem::Photo, false)),
        Some(CheckResult::Passed) | None => {}
    }
    out
}

/// 发放对象 (R3.1): citizens who live, work or are insured in the province — the application at an outlet of the
/// province states it; foreigners who work or are insured here — a register must say so.
fn entitled<'a>(
    form: &ApplicationForm,
    checks: impl DoubleEndedIterator<Item = &'a RegisterCheck> + Clone,
    policy: &LocalPolicy,
    out: &mut Standing,
) {
    clause!(R3.1);
    if policy.widened_eligibility.contains(&form.category) {
        clause!(R42.1);
        return;
    }
    if !form.category.needs_employment_or_insurance() {
        return;
    }
    match latest(checks, CheckItem::Entitlement) {
        Some(CheckResult::Passed) => {}
        Some(CheckResult::Failed | CheckResult::NotOnRecord) => out.against.push((
            Reason::NotEligible,
            Field::Eligibility,
            "外国人须在本省就业、参保或依法享有权益",
        )),
        // Nobody is told "not eligible" because a register was silent.
        Some(CheckResult::Unavailable) | None => out.open.push((CheckItem::Entitlement, true)),
    }
}

/// Where the photo of an application comes from, when nobody said it.
pub(crate) fn photo_from(form: &ApplicationForm, given: &Given<'_>, today: Date) -> Option<PhotoSource> {
    let told = given.presented.photo_from.filter(|_| form.photo_required(today));
    told.or_else(|| match (form.photo_required(today), given.photo, &form.photo_receipt) {
        (false, ..) => None,
        (true, Some(_), Some(_)) if by_platform(given.checks) => Some(PhotoSource::Receipt),
        (true, Some(_), _) => Some(PhotoSource::File),
        (true, None, Some(_)) => Some(PhotoSource::Receipt),
        (true, None, None) => Some(PhotoSource::Earlier),
    })
}
