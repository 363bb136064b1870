//! Partners: whose computers speak with the system, under which keys, and where they are reached. What concerns keys and addresses
//! one administrator proposes and another decides (Article 6); ending a key needs one of them.

use crate::clause;
use crate::codes;
use crate::ctx::{Actor, Ctx, Instant};
use crate::facts::institution::{InstitutionEvent, Institutions};
use crate::facts::officer::ChangeState;
use crate::facts::partner::{Contact, Partner, PartnerChange, PartnerKey, ProposedPartner};
use crate::ids::{OfficerId, PartnerId, PartnerKind};
use crate::institution::officer::defects_of_reason;
use crate::refusal::{Reason, Refusal};
use crate::spelling;
use serde::{Deserialize, Serialize};

/// 提出合作方变更.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ProposePartner {
    /// Fresh identity of the proposal.
    pub id: i64,
    pub change: PartnerChange,
    pub reason: String,
}

/// 审核合作方变更.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DecidePartner {
    pub id: i64,
    pub approved: bool,
    /// Why not.
    pub reason: String,
}

/// How long before it is used partners are told of the system's next key, in microseconds: they ask for it once a day, and whoever missed one
/// day has another.
pub const SYSTEM_KEY_NOTICE: i64 = 2 * 86_400_000_000;
/// How far back a new key may begin, in microseconds: an hour and a day are written by hand.
const JUST_BEGUN: i64 = 86_400_000_000;
/// What lies so far back is still now, in microseconds.
const A_MOMENT: i64 = 5_000_000;
/// The most contacts of a partner, and the most characters of a text of one.
const MOST_CONTACTS: usize = 50;
const LONGEST: usize = 50;

fn me(ctx: &Ctx) -> Option<OfficerId> {
    match ctx.actor {
        Actor::Officer(id) => Some(id),
        Actor::Bank(_) | Actor::Vendor(_) | Actor::Partner(_) | Actor::Kiosk(_) | Actor::System => None,
    }
}

/// A partner that is registered.
pub(super) fn known<'a>(state: &'a Institutions, id: &PartnerId) -> Result<&'a Partner, Refusal> {
    state.partner(id).ok_or_else(|| Refusal::about(Reason::NotFound, format!("合作方{id}")))
}

/// What is wrong with a partner's name and address, all at once.
pub fn defects_of_entry(name: &str, endpoint: Option<&str>) -> Vec<String> {
    let mut wrong: Vec<String> = Vec::new();
    if spelling::says_nothing(name) {
        wrong.push("缺合作方名称".into());
    }
    if endpoint.is_some_and(|e| !is_sealed_line(e) || e.ends_with('/')) {
        wrong.push("接口地址须以https://开头（本机上的可用http://127.0.0.1），末尾不带斜杠".into());
    }
    wrong
}

/// Whether a partner can be registered, or its entry changed: everything that is wrong, at once.
fn check_partner(partner: &Partner) -> Result<(), Refusal> {
    clause!(R6.1);
    let mut wrong = defects_of_entry(&partner.name, partner.endpoint.as_deref());
    wrong.extend(partner.keys.iter().flat_map(check_key));
    defective(wrong)
}

/// Everything that was found wrong, or nothing.
fn defective(wrong: Vec<String>) -> Result<(), Refusal> {
    if wrong.is_empty() { Ok(()) } else { Err(Refusal::about(Reason::MaterialDefective, wrong.join("；"))) }
}

/// Whether nobody between hears what is said to an address: TLS, or the machine itself.
fn is_sealed_line(endpoint: &str) -> bool {
    let own = ["127.0.0.1", "localhost", "[::1]"];
    let host = |rest: &str| {
        own.iter().any(|o| rest.strip_prefix(o).is_some_and(|r| r.is_empty() || r.starts_with([':', '/'])))
    };
    endpoint.starts_with("https://") || endpoint.strip_prefix("http://").is_some_and(host)
}

/// What is wrong with a key but its digits.
pub fn defects_of_key(key: &PartnerKey) -> Vec<String> {
    let mut wrong = Vec::new();
    if key.id.is_empty()
        || key.id.len() > 32
        || !key.id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    {
        wrong.push("公钥名称须为1至32位字母、数字或连字符".into());
    }
    if key.until.is_some_and(|until| until <= key.from) {
        wrong.push(format!("公钥{}的失效时间不晚于生效时间", key.id));
    }
    wrong
}

/// What is wrong with the digits of a key; that it lies on the curve is the signature's to find.
fn defects_of_digits(key: &PartnerKey) -> Option<String> {
    let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    let bad = key.public.len() != 130 || !key.public.starts_with("04") || !key.public.bytes().all(hex);
    bad.then(|| format!("公钥{}须为130位小写十六进制（04开头的未压缩点）", key.id))
}

/// What is wrong with a key.
fn check_key(key: &PartnerKey) -> Vec<String> {
    defects_of_digits(key).into_iter().chain(defects_of_key(key)).collect()
}

/// What of a new key its partner has in another one: no two have the same name, or the same digits.
fn defects_of_another(known: &Partner, key: &PartnerKey) -> Vec<String> {
    let mut wrong = Vec::new();
    if known.keys.iter().any(|k| k.id == key.id) {
        wrong.push(format!("公钥名称{}已用过，请另取一个", key.id));
    }
    if let Some(same) = known.keys.iter().find(|k| k.public == key.public) {
        wrong.push(format!("该SM2公钥已登记（{}），请填写新生成的公钥", same.id));
    }
    wrong
}

/// What is wrong with when the earlier keys end beside a new one.
fn defects_of_end(key: &PartnerKey, others_until: Option<Instant>, now: Instant) -> Option<String> {
    let early = others_until.is_some_and(|until| until < now || until <= key.from);
    early.then(|| "原公钥的失效时间不得早于现在，并应晚于新公钥的生效时间".into())
}

/// What is wrong with when the system signs under its next key; `notice` is how long before it the partners must know, in microseconds.
fn defects_of_system_key(state: &Institutions, from: Instant, now: Instant, notice: i64) -> Option<String> {
    let last = state.system_keys().last().map_or(Instant(i64::MIN), |(_, from)| from);
    if from < now || from <= last {
        return Some("系统密钥的启用时间不得早于现在，也不得早于已定的下一把密钥".into());
    }
    let late = from.0 < now.0 + notice;
    late.then(|| "启用时间距现在不足两日，合作方每日取一次下一把公钥，来不及取得。密钥泄露等紧急更换由运维人员办理，并另行告知各合作方".into())
}

/// Keys that would have begun long ago: nothing was signed with them then.
fn begun_before(change: &PartnerChange, ctx: &Ctx) -> Vec<String> {
    let long_ago = change.keys().iter().filter(|key| key.from.0 < ctx.now.0 - JUST_BEGUN);
    long_ago.map(|key| format!("公钥{}的生效时间早于现在", key.id)).collect()
}

/// Everything that is wrong with a change as it would be proposed now, and with its reason, but for the digits of its key: whether they
/// are a key is found where they are read.
pub fn defects_of_proposal(
    state: &Institutions,
    change: &PartnerChange,
    reason: &str,
    ctx: &Ctx,
) -> Vec<String> {
    clause!(R6.1);
    let mut wrong = match change {
        PartnerChange::Register(partner) => {
            let mut wrong = defects_of_entry(&partner.name, partner.endpoint.as_deref());
            wrong.extend(partner.keys.iter().flat_map(defects_of_key));
            wrong.extend(partner.keys.is_empty().then(|| "缺第一把公钥".into()));
            wrong.extend(known_code(&partner.id).err().and_then(|refused| refused.about));
            wrong
        }
        PartnerChange::Reach { endpoint, .. } => {
            // The name is another matter.
            defects_of_entry("-", endpoint.as_deref())
        }
        PartnerChange::AddKey { partner, key, others_until } => {
            let mut wrong = defects_of_key(key);
            wrong.extend(state.partner(partner).into_iter().flat_map(|p| defects_of_another(p, key)));
            wrong.extend(defects_of_end(key, *others_until, ctx.now));
            wrong
        }
        PartnerChange::ChangeSystemKey { from } => {
            defects_of_system_key(state, *from, ctx.now, SYSTEM_KEY_NOTICE).into_iter().collect()
        }
    };
    wrong.extend(begun_before(change, ctx));
    wrong.extend(defects_of_reason(reason));
    wrong
}

/// Banks and vendors have codes of their own, by which batches name them: another one would never get any.
fn known_code(id: &PartnerId) -> Result<(), Refusal> {
    let (known, all) = match id.kind {
        PartnerKind::Bank => {
            (codes::bank(&id.code).is_some(), codes::banks().map(|b| b.code.to_string()).collect::<Vec<_>>())
        }
        PartnerKind::Vendor => (
            codes::vendors().any(|v| v.code == id.code),
            codes::vendors().map(|v| v.code.to_string()).collect(),
        ),
        PartnerKind::Online
        | PartnerKind::Business
        | PartnerKind::Registers
        | PartnerKind::Ecard
        | PartnerKind::Sms
        | PartnerKind::Treasury
        | PartnerKind::Photos
        | PartnerKind::Post
        | PartnerKind::Terminal => return Ok(()),
    };
    if known {
        return Ok(());
    }
    let about = format!("{}没有代码{}，可用的有{}", id.kind.name(), id.code, all.join("、"));
    Err(Refusal::about(Reason::MaterialDefective, about))
}

/// 登记.
pub(super) fn register(state: &Institutions, partner: &Partner) -> Result<InstitutionEvent, Refusal> {
    check_partner(partner)?;
    known_code(&partner.id)?;
    if state.partner(&partner.id).is_some() {
        return Err(Refusal::about(Reason::NumberTaken, format!("合作方{}", partner.id)));
    }
    Ok(InstitutionEvent::PartnerRegistered(partner.clone()))
}

/// Where a partner is called from now on.
pub(super) fn reach(
    state: &Institutions,
    partner: &PartnerId,
    endpoint: &Option<String>,
) -> Result<InstitutionEvent, Refusal> {
    let known = known(state, partner)?;
    if known.endpoint == *endpoint {
        return Err(Reason::NothingToDo.into());
    }
    check_partner(&Partner { endpoint: endpoint.clone(), ..known.clone() })?;
    Ok(InstitutionEvent::PartnerReached { partner: partner.clone(), endpoint: endpoint.clone() })
}

/// A key beside those before.
pub(super) fn add_key(
    state: &Institutions,
    partner: &PartnerId,
    key: &PartnerKey,
) -> Result<InstitutionEvent, Refusal> {
    let known = known(state, partner)?;
    defective(check_key(key))?;
    if known.keys.iter().any(|k| k.id == key.id || k.public == key.public) {
        return Err(Refusal::about(Reason::NumberTaken, format!("公钥{}", key.id)));
    }
    Ok(InstitutionEvent::PartnerKeyAdded { partner: partner.clone(), key: key.clone() })
}

/// A key ends, now or later.
pub(super) fn end_key(
    state: &Institutions,
    partner: &PartnerId,
    key: &str,
    until: Instant,
    ctx: &Ctx,
) -> Result<InstitutionEvent, Refusal> {
    let known = known(state, partner)?;
    let known = known.keys.iter().find(|k| k.id == key);
    let known = known.ok_or_else(|| Refusal::about(Reason::NotFound, format!("公钥{key}")))?;
    if known.until == Some(until) {
        return Err(Reason::NothingToDo.into());
    }
    // Whoever says "now" has said it a moment ago.
    if until.0 < ctx.now.0 - A_MOMENT {
        return Err(Refusal::about(Reason::MaterialDefective, "失效时间不得早于现在"));
    }
    let until = until.max(ctx.now);
    // One administrator alone shortens a key's time; a longer one is a new key's, which two decide.
    if me(ctx).is_some() && known.until.is_some_and(|before| before < until) {
        return Err(Refusal::about(Reason::SetUpDefective, "不能推迟公钥的失效时间，请提出更换公钥"));
    }
    Ok(InstitutionEvent::PartnerKeyEnded { partner: partner.clone(), key: key.to_owned(), until })
}

/// The system signs under its next key from a moment on.
pub(super) fn change_system_key(
    state: &Institutions,
    from: Instant,
    ctx: &Ctx,
) -> Result<InstitutionEvent, Refusal> {
    // The operator, who uses it in need, owes nobody two days.
    defective(defects_of_system_key(state, from, ctx.now, 0).into_iter().collect())?;
    Ok(InstitutionEvent::SystemKeyChanged { from })
}

/// What a change comes to in the present state: asked when it is proposed, and again when it is decided.
fn outcome(
    state: &Institutions,
    change: &PartnerChange,
    ctx: &Ctx,
) -> Result<Vec<InstitutionEvent>, Refusal> {
    match change {
        PartnerChange::Register(partner) => {
            if partner.keys.is_empty() {
                return Err(Refusal::about(Reason::MaterialDefective, "缺第一把公钥"));
            }
            Ok(vec![register(state, partner)?])
        }
        PartnerChange::Reach { partner, endpoint } => Ok(vec![reach(state, partner, endpoint)?]),
        PartnerChange::AddKey { partner, key, others_until } => {
            let mut events = vec![add_key(state, partner, key)?];
            defective(defects_of_end(key, *others_until, ctx.now).into_iter().collect())?;
            if let Some(until) = *others_until {
                let others = &known(state, partner)?.keys;
                let goes_on = |k: &&PartnerKey| k.until.is_none_or(|ends| ends > until);
                events.extend(others.iter().filter(goes_on).map(|k| InstitutionEvent::PartnerKeyEnded {
                    partner: partner.clone(),
                    key: k.id.clone(),
                    until,
                }));
            }
            Ok(events)
        }
        PartnerChange::ChangeSystemKey { from } => {
            let wrong = defects_of_system_key(state, *from, ctx.now, SYSTEM_KEY_NOTICE);
            defective(wrong.into_iter().collect())?;
            Ok(vec![change_system_key(state, *from, ctx)?])
        }
    }
}

/// Decides 提出: it changes nothing yet.
pub(super) fn propose(
    state: &Institutions,
    command: &ProposePartner,
    ctx: &Ctx,
) -> Result<InstitutionEvent, Refusal> {
    clause!(R6.1);
    let ProposePartner { id, change, reason } = command;
    if state.partner_change(*id).is_some() {
        return Err(Reason::NothingToDo.into());
    }
    let mut wrong: Vec<String> = change.keys().iter().filter_map(defects_of_digits).collect();
    wrong.extend(defects_of_proposal(state, change, reason, ctx));
    defective(wrong)?;
    let open = |p: &&ProposedPartner| p.state == ChangeState::Proposed;
    if state.partner_changes().filter(open).any(|p| p.change.partner() == change.partner()) {
        let whose = if change.partner().is_some() { "该合作方" } else { "系统密钥" };
        return Err(Refusal::about(Reason::ChangeWaits, whose));
    }
    outcome(state, change, ctx)?;
    Ok(InstitutionEvent::PartnerChangeProposed(ProposedPartner {
        id: *id,
        change: change.clone(),
        reason: reason.trim().into(),
        by: me(ctx),
        at: ctx.now,
        state: ChangeState::Proposed,
    }))
}

fn waiting(state: &Institutions, id: i64) -> Result<&ProposedPartner, Refusal> {
    let proposed = state.partner_change(id);
    let proposed = proposed.ok_or_else(|| Refusal::about(Reason::NotFound, "合作方变更"))?;
    match proposed.state {
        ChangeState::Proposed => Ok(proposed),
        ChangeState::Approved { .. } | ChangeState::Refused { .. } | ChangeState::Withdrawn { .. } => {
            Err(Refusal::about(Reason::NothingToDo, format!("该变更{}", proposed.state.name())))
        }
    }
}

/// Decides 审核: by another person than the one who proposed it. A key holds from its approval at the earliest, for nobody is asked
/// for it before.
pub(super) fn decide(
    state: &Institutions,
    command: &DecidePartner,
    ctx: &Ctx,
) -> Result<Vec<InstitutionEvent>, Refusal> {
    clause!(R6.1);
    let proposed = waiting(state, command.id)?;
    if me(ctx).is_some() && me(ctx) == proposed.by {
        return Err(Reason::OwnAccount.into());
    }
    let (by, at, reason) = (me(ctx), ctx.now, command.reason.trim().to_owned());
    if !command.approved {
        if spelling::says_nothing(&reason) {
            return Err(Refusal::about(Reason::MaterialDefective, "不同意须写明理由"));
        }
        let state = ChangeState::Refused { by, at, reason };
        return Ok(vec![InstitutionEvent::PartnerChangeDecided { id: command.id, state }]);
    }
    // Whoever decides has no field to put right: what cannot be agreed to any more is proposed anew.
    let anew = "请选择“不同意”并写明理由，由系统管理员重新提出";
    let change = proposed.change.approved_at(at);
    let mut events = outcome(state, &change, ctx).map_err(|refused| refused.way(anew))?;
    let state = ChangeState::Approved { by, at };
    events.push(InstitutionEvent::PartnerChangeDecided { id: command.id, state });
    Ok(events)
}

/// Decides 撤回, by whoever proposed it.
pub(super) fn withdraw(state: &Institutions, id: i64, ctx: &Ctx) -> Result<InstitutionEvent, Refusal> {
    clause!(R6.1);
    let proposed = waiting(state, id)?;
    if me(ctx).is_some() && me(ctx) != proposed.by {
        return Err(Refusal::about(Reason::NotPermitted, "只能撤回本人提出的变更"));
    }
    Ok(InstitutionEvent::PartnerChangeDecided { id, state: ChangeState::Withdrawn { at: ctx.now } })
}

/// What is wrong with a contact, by its line.
pub fn defects_of_contact(line: usize, contact: &Contact) -> Vec<String> {
    let texts = [(&contact.duty, "职责"), (&contact.name, "姓名"), (&contact.phone, "电话")];
    let wrong = |text: &str| spelling::says_nothing(text) || text.chars().count() > LONGEST;
    let all = texts.into_iter().filter(|(text, _)| wrong(text));
    all.map(|(_, title)| format!("第{line}行{title}为空或超过{LONGEST}字")).collect()
}

/// Decides 登记联系人: all that is wrong is told at once, by line.
pub(super) fn keep_contacts(
    state: &Institutions,
    partner: &PartnerId,
    contacts: &[Contact],
) -> Result<InstitutionEvent, Refusal> {
    let mut wrong = Vec::new();
    if contacts.len() > MOST_CONTACTS {
        wrong.push(format!("联系人最多{MOST_CONTACTS}名"));
    }
    wrong.extend((1..).zip(contacts).flat_map(|(n, contact)| defects_of_contact(n, contact)));
    defective(wrong)?;
    if state.contacts(partner) == contacts {
        return Err(Reason::NothingToDo.into());
    }
    Ok(InstitutionEvent::ContactsKept { partner: partner.clone(), contacts: contacts.to_vec() })
}
