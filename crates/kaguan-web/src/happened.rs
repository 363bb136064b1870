//! What an event of the institution room says, in words: for the journal's pages. A password's hash is in none of them.

use crate::institution::officers::{name_of, org_name, said_of};
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::glyph::{Glyph, GlyphState, code_point};
use kaguan_domain::facts::institution::{InstitutionEvent, Institutions};
use kaguan_domain::facts::officer::{ChangeState, ProposedChange};
use kaguan_domain::facts::partner::{PartnerChange, PartnerKey, ProposedPartner};
use kaguan_domain::ids::{CityCode, DeskId, PartnerId};
use kaguan_store::seal::sm3;

fn city(code: &CityCode) -> &'static str {
    code.name()
}

/// A partner by its name, with what it is and its code.
pub fn partner_name(institutions: &Institutions, id: &PartnerId) -> String {
    named(institutions.partner(id).map_or("", |p| p.name.as_str()), id)
}

/// A partner's name, with what it is and its code.
fn named(name: &str, id: &PartnerId) -> String {
    format!("{name}（{}{}）", id.kind.name(), id.code)
}

/// What is read out on the telephone to tell whether a key is the right one: the first eight bytes of the SM3 of its hexadecimal digits.
pub fn fingerprint(public: &str) -> String {
    hex::encode(&sm3(&[public.as_bytes()])[..8])
}

/// A key of a change, with when it begins: one that was to begin with its proposal does with its approval, and so does one whose time is
/// over (by `now`) before anybody has decided.
fn key_of(key: &PartnerKey, p: &ProposedPartner, now: Option<Instant>) -> String {
    let from = match p.state {
        ChangeState::Approved { .. } => key.from.local(),
        ChangeState::Proposed | ChangeState::Refused { .. } | ChangeState::Withdrawn { .. }
            if key.from <= p.at =>
        {
            "审核同意时".to_owned()
        }
        ChangeState::Proposed if now.is_some_and(|now| key.from <= now) => {
            format!("审核同意时（原定{}，已过）", key.from.local())
        }
        ChangeState::Proposed | ChangeState::Refused { .. } | ChangeState::Withdrawn { .. } => {
            key.from.local()
        }
    };
    format!("公钥{}，指纹{}，自{from}", key.id, fingerprint(&key.public))
}

/// A change of a partner, proposed or decided: what was agreed to as it holds since; of what waits, as it would be agreed to `now`. A line of
/// the journal, which says what was proposed then, has no `now`.
pub fn said_of_partner(institutions: &Institutions, p: &ProposedPartner, now: Option<Instant>) -> String {
    let change = match p.state {
        ChangeState::Approved { at, .. } => p.change.approved_at(at),
        ChangeState::Proposed | ChangeState::Refused { .. } | ChangeState::Withdrawn { .. } => {
            p.change.clone()
        }
    };
    let what = match &change {
        PartnerChange::Register(new) => {
            let keys: Vec<String> = new.keys.iter().map(|key| key_of(key, p, now)).collect();
            let reached = new.endpoint.as_deref().unwrap_or("（不呼叫）");
            format!("{}　{}　接口地址{reached}", named(&new.name, &new.id), keys.join("；"))
        }
        PartnerChange::Reach { partner: id, endpoint } => {
            format!("{}　{}", partner_name(institutions, id), endpoint.as_deref().unwrap_or("（不呼叫）"))
        }
        PartnerChange::AddKey { partner: id, key, others_until } => {
            let others = others_until.map_or_else(
                || "原公钥继续有效".to_owned(),
                |until| format!("原公钥至{}失效", until.local()),
            );
            format!("{}　新{}，{others}", partner_name(institutions, id), key_of(key, p, now))
        }
        PartnerChange::ChangeSystemKey { from } => format!("自{}", from.local()),
    };
    format!("{}　{what}", change.name())
}

/// A desk as a line calls it.
fn desk_name(institutions: &Institutions, desk: DeskId) -> String {
    let of = institutions.desk(desk);
    of.map(|d| format!("{}　{}", org_name(institutions, d.outlet), d.name)).unwrap_or_default()
}

/// An event in a sentence without its verb.
pub fn happened(institutions: &Institutions, event: &InstitutionEvent) -> String {
    let change = |p: &ProposedChange| format!("{}　{}", p.change.name(), said_of(institutions, p));
    let glyph = |g: &Glyph| format!("{}　见于{}", code_point(g.character), g.seen_on.name());
    let decided = |approved: bool, reason: &str| match (approved, reason) {
        (true, "") => "同意".to_owned(),
        (true, remark) => format!("同意：{remark}"),
        (false, reason) => format!("不同意：{reason}"),
    };
    match event {
        InstitutionEvent::OrganisationAdded(o) => format!("{}（{}）", o.name, o.code),
        InstitutionEvent::OrganisationRenamed { org, name, .. } => {
            let code = institutions.org(*org).map_or("", |o| o.code.as_str());
            format!("{code}　更名为{name}")
        }
        InstitutionEvent::OrganisationStopped { org, reason, .. } => {
            format!("{}　{reason}", org_name(institutions, *org))
        }
        InstitutionEvent::OrganisationStarted { org } => org_name(institutions, *org),
        InstitutionEvent::OutletCoded { org, code } => {
            format!("{}　网点编码{code}", org_name(institutions, *org))
        }
        InstitutionEvent::BankOffered { city: of, bank } => format!("{}　{}", city(of), bank.name()),
        InstitutionEvent::ReconciliationAsked { bank, .. } => bank.name().to_owned(),
        InstitutionEvent::BankEnded { city: of, bank, reason } => {
            format!("{}　{}　{reason}", city(of), bank.name())
        }
        InstitutionEvent::OfficerAdded(o) => format!("{}（{}）　{}", o.name, o.login, o.role.name()),
        InstitutionEvent::OfficerStopped { officer, reason, .. } => {
            format!("{}　{reason}", name_of(institutions, Some(*officer))).trim_end().to_owned()
        }
        InstitutionEvent::PasswordChanged { officer, .. }
        | InstitutionEvent::PasswordReset { officer, .. }
        | InstitutionEvent::SecondFactorSet { officer, .. }
        | InstitutionEvent::SecondFactorEnded { officer } => name_of(institutions, Some(*officer)),
        InstitutionEvent::OfficerChangeProposed(p) => change(p),
        InstitutionEvent::OfficerChangeDecided { id, approved, reason, .. } => {
            let outcome = decided(*approved, reason);
            let of = institutions.officer_change(*id).map(change).unwrap_or_default();
            format!("{of}　{outcome}")
        }
        InstitutionEvent::BankDataStated { vendor, month, .. } => format!("卡商{vendor}　{month}"),
        InstitutionEvent::FailureGuideSet { bank, rows, city: whose, .. } => {
            let whose = whose.as_ref().map(|c| format!("{}办法　", city(c))).unwrap_or_default();
            format!("{}　{whose}{}行", bank.name(), rows.len())
        }
        InstitutionEvent::PolicyProposed(p) => format!("{}　{}", city(&p.city), p.paper),
        InstitutionEvent::PolicyDecided { id, approved, reason, .. } => {
            let of = institutions.proposal(*id).map(|p| format!("{}　{}", city(&p.city), p.paper));
            format!("{}　{}", of.unwrap_or_default(), decided(*approved, reason))
        }
        InstitutionEvent::GlyphProposed(g) => glyph(g),
        InstitutionEvent::GlyphDecided { id, decision } => {
            let of = institutions.glyphs().get(*id).map(glyph).unwrap_or_default();
            match decision {
                GlyphState::Refused { reason, .. } => format!("{of}　{}：{reason}", decision.name()),
                GlyphState::Proposed | GlyphState::Approved { .. } => format!("{of}　{}", decision.name()),
            }
        }
        InstitutionEvent::PolicySet { city: of, .. } => city(of).to_owned(),
        InstitutionEvent::Entrusted { org, task, granted } => {
            let how = if *granted { "授权" } else { "收回" };
            format!("{}　{how}{}", org_name(institutions, *org), task.name())
        }
        InstitutionEvent::DeskPaired(d) => format!("{}　{}", org_name(institutions, d.outlet), d.name),
        InstitutionEvent::DeskEnded { desk, .. } => desk_name(institutions, *desk),
        InstitutionEvent::KioskSet { desk, kiosk } => {
            let how = if *kiosk { "设为自助服务设施" } else { "不再作自助服务设施" };
            format!("{}　{how}", desk_name(institutions, *desk))
        }
        InstitutionEvent::KioskRun { desk, run, by, .. } => {
            let (how, who) = (if *run { "启用" } else { "停止" }, name_of(institutions, Some(*by)));
            format!("{}　{how}自助服务　{who}", desk_name(institutions, *desk))
        }
        InstitutionEvent::PartnerRegistered(p) => named(&p.name, &p.id),
        InstitutionEvent::PartnerReached { partner: id, endpoint } => {
            format!(
                "{}　接口地址{}",
                partner_name(institutions, id),
                endpoint.as_deref().unwrap_or("（不呼叫）")
            )
        }
        InstitutionEvent::PartnerKeyAdded { partner: id, key } => {
            format!("{}　增加公钥{}，自{}", partner_name(institutions, id), key.id, key.from.local())
        }
        InstitutionEvent::PartnerKeyEnded { partner: id, key, until } => {
            format!("{}　公钥{key}至{}失效", partner_name(institutions, id), until.local())
        }
        InstitutionEvent::OfficerChangeWithdrawn { id, .. } => {
            institutions.officer_change(*id).map(change).unwrap_or_default()
        }
        InstitutionEvent::PartnerChangeProposed(p) => said_of_partner(institutions, p, None),
        InstitutionEvent::PartnerChangeDecided { id, state } => {
            let of = institutions.partner_change(*id).map(|p| said_of_partner(institutions, p, None));
            let why = match state {
                ChangeState::Refused { reason, .. } => reason.as_str(),
                ChangeState::Proposed | ChangeState::Approved { .. } | ChangeState::Withdrawn { .. } => "",
            };
            format!("{}　{}　{why}", of.unwrap_or_default(), state.name())
        }
        InstitutionEvent::ContactsKept { partner: id, contacts } => {
            format!("{}　联系人{}名", partner_name(institutions, id), contacts.len())
        }
        InstitutionEvent::SystemKeyChanged { from } => format!("系统密钥自{}更换", from.local()),
        InstitutionEvent::DeadLetterHandled { letter, again, how } => {
            format!("死信{letter}　{}　{how}", if *again { "再发" } else { "办结" })
        }
        InstitutionEvent::DataLossAccepted(loss) => {
            let known = loss.heads.iter().map(|h| h.line).max().unwrap_or(loss.line);
            format!("日志止于第{}条，已知曾到第{known}条　{}", loss.line, loss.reason)
        }
        InstitutionEvent::JournalExported(e) => format!("{}行　条件：{}　摘要{}", e.lines, e.asked, e.digest),
        InstitutionEvent::NoticeTaken { days } | InstitutionEvent::HolidayNoticeLoaded { days, .. } => {
            let (first, last) = (days.iter().map(|d| d.date).min(), days.iter().map(|d| d.date).max());
            match first.zip(last) {
                Some((first, last)) if first < last => format!("{}天，{first}至{last}", days.len()),
                Some((day, _)) => format!("{}天，{day}", days.len()),
                None => String::new(),
            }
        }
    }
}
