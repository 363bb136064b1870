//! Organisations, officers, cooperating banks and the calendar (Articles 2, 5, 6 and 42): small, read by every rule.

use crate::calendar::WorkingCalendar;
use crate::clause;
use crate::ctx::Instant;
use crate::facts::data_loss::AcceptedDataLoss;
use crate::facts::desk::Desk;
use crate::facts::failure::{BankDataRow, FailureGuide, GuideRow};
use crate::facts::glyph::Glyphs;
pub use crate::facts::institution_event::InstitutionEvent;
use crate::facts::officer::{ChangeState, OfficerChange, OfficerStop, ProposedChange, SignIn};
pub use crate::facts::organisation::{Officer, Organisation};
use crate::facts::partner::{Contact, Partner, ProposedPartner};
use crate::facts::past::Past;
use crate::facts::policy::{HeldPolicy, LocalPolicy, ProposalState, ProposedPolicy};
pub use crate::facts::role::{OrgKind, Role, Task};
use crate::ids::{BankCode, CityCode, DeskId, OfficerId, OrgId, PartnerId};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Everything about organisations, officers, cooperating banks and the calendar: small, read by every rule,
/// changed only by [`crate::institution::InstitutionCommand`]s.
#[derive(Clone, Debug, Default)]
pub struct Institutions {
    orgs: BTreeMap<OrgId, Organisation>,
    by_code: BTreeMap<String, OrgId>,
    /// 停办: since when, and why, in Chinese. What was done there stays.
    stopped: BTreeMap<OrgId, (Instant, String)>,
    officers: BTreeMap<OfficerId, Officer>,
    by_login: BTreeMap<String, OfficerId>,
    sign_in: BTreeMap<OfficerId, SignIn>,
    officer_changes: BTreeMap<i64, ProposedChange>,
    /// 停用, in the order in which it was done.
    officer_stops: Vec<OfficerStop>,
    offered: BTreeMap<CityCode, Vec<BankCode>>,
    /// Banks that cooperated with a city and do so no more.
    ended: BTreeSet<(CityCode, BankCode)>,
    /// 对账: when somebody last asked for one with a bank.
    reconcile_asked: BTreeMap<BankCode, Instant>,
    policies: BTreeMap<CityCode, Vec<HeldPolicy>>,
    entrusted: BTreeSet<(OrgId, Task)>,
    proposals: BTreeMap<i64, ProposedPolicy>,
    glyphs: Glyphs,
    desks: BTreeMap<DeskId, Desk>,
    /// 失败数据处理对照表 of banks, and what cities say beside them.
    failure_guides: BTreeMap<(BankCode, Option<CityCode>), FailureGuide>,
    /// What vendors state of banks' data, by month and vendor.
    bank_data: BTreeMap<(String, String), Vec<BankDataRow>>,
    partners: BTreeMap<PartnerId, Partner>,
    partner_changes: BTreeMap<i64, ProposedPartner>,
    /// 联系人, also of banks and vendors whose computers do not speak with the system.
    contacts: BTreeMap<PartnerId, Vec<Contact>>,
    /// 网点编码 that banks gave their outlets: a code is one bank's in one city.
    by_outlet_code: BTreeMap<(CityCode, BankCode, String), OrgId>,
    outlet_codes: BTreeMap<OrgId, String>,
    /// From when on the system signs under its second, third, … key.
    system_keys: Vec<Instant>,
    /// What was accepted as lost, in order.
    data_losses: Vec<AcceptedDataLoss>,
    /// Where officers were, and what organisations were called, until when.
    pub(super) past: Past,
    /// The working-day calendar.
    pub calendar: WorkingCalendar,
    /// How many events made this state.
    pub version: u64,
}

impl Institutions {
    /// Nothing but the compiled calendar: how a new system begins.
    pub fn new() -> Self {
        Self { calendar: WorkingCalendar::compiled(), ..Self::default() }
    }

    /// The organisation of an identity.
    pub fn org(&self, id: OrgId) -> Option<&Organisation> {
        self.orgs.get(&id)
    }

    /// The organisation of a 14-digit code.
    pub fn org_by_code(&self, code: &str) -> Option<&Organisation> {
        self.by_code.get(code).and_then(|id| self.orgs.get(id))
    }

    /// A bank's outlet in a city by the bank's own code of it (Appendix 7).
    pub fn outlet_by_code(&self, city: &CityCode, bank: &BankCode, code: &str) -> Option<&Organisation> {
        let key = (city.clone(), bank.clone(), code.to_owned());
        self.by_outlet_code.get(&key).and_then(|id| self.orgs.get(id))
    }

    /// The code that the bank gave this outlet.
    pub fn outlet_code(&self, org: OrgId) -> Option<&str> {
        self.outlet_codes.get(&org).map(String::as_str)
    }

    /// Every outlet that a bank has given this code, in whatever city.
    pub fn outlets_coded<'a>(&'a self, code: &'a str) -> impl Iterator<Item = &'a Organisation> {
        let same = self.outlet_codes.iter().filter(move |(_, c)| *c == code);
        same.filter_map(|(id, _)| self.orgs.get(id))
    }

    /// Whether an organisation was stopped: nothing new begins there.
    pub fn is_stopped(&self, org: OrgId) -> bool {
        self.stopped.contains_key(&org)
    }

    /// Since when an organisation is stopped, and why, in Chinese; `None` of one that works.
    pub fn stopped(&self, org: OrgId) -> Option<(Instant, &str)> {
        self.stopped.get(&org).map(|(at, reason)| (*at, reason.as_str()))
    }

    /// Those directly below an organisation.
    pub fn below(&self, org: OrgId) -> impl Iterator<Item = &Organisation> {
        self.orgs().filter(move |o| o.parent == Some(org))
    }

    /// All organisations, by identity.
    pub fn orgs(&self) -> impl Iterator<Item = &Organisation> {
        self.orgs.values()
    }

    /// 制卡桌面机 of an identity, ended ones too.
    pub fn desk(&self, id: DeskId) -> Option<&Desk> {
        self.desks.get(&id)
    }

    /// All of them, by identity.
    pub fn desks(&self) -> impl Iterator<Item = &Desk> {
        self.desks.values()
    }

    /// The province centre, once set up.
    pub fn province_centre(&self) -> Option<&Organisation> {
        self.orgs().find(|o| o.kind == OrgKind::ProvinceCentre)
    }

    /// A city's centre.
    pub fn city_centre(&self, city: &CityCode) -> Option<&Organisation> {
        self.orgs().find(|o| o.kind == OrgKind::CityCentre && o.city().as_ref() == Some(city))
    }

    /// The officer of an identity.
    pub fn officer(&self, id: OfficerId) -> Option<&Officer> {
        self.officers.get(&id)
    }

    /// The officer of a sign-in name.
    pub fn officer_by_login(&self, login: &str) -> Option<&Officer> {
        self.by_login.get(login).and_then(|id| self.officers.get(id))
    }

    /// All officers, by identity.
    pub fn officers(&self) -> impl Iterator<Item = &Officer> {
        self.officers.values()
    }

    /// What sign-in asks of an officer's account besides the password.
    pub fn sign_in_of(&self, id: OfficerId) -> SignIn {
        self.sign_in.get(&id).copied().unwrap_or_default()
    }

    /// Whether an officer has to set a 动态口令 before anything else: each of the three administrators, whose rights are over rights.
    pub fn needs_second_factor(&self, officer: &Officer) -> bool {
        clause!(R6.1);
        officer.role.administers() && self.sign_in_of(officer.id).second.is_none()
    }

    /// A change of somebody's rights that was proposed.
    pub fn officer_change(&self, id: i64) -> Option<&ProposedChange> {
        self.officer_changes.get(&id)
    }

    /// All of them, the latest first.
    pub fn officer_changes(&self) -> impl Iterator<Item = &ProposedChange> {
        self.officer_changes.values().rev()
    }

    /// Every 停用 of an account, the latest first.
    pub fn officer_stops(&self) -> impl Iterator<Item = &OfficerStop> {
        self.officer_stops.iter().rev()
    }

    /// Ends whatever sessions an officer has.
    fn end_sessions(&mut self, officer: OfficerId) -> &mut SignIn {
        let sign_in = self.sign_in.entry(officer).or_default();
        sign_in.epoch += 1;
        sign_in
    }

    /// A password from now on: a one-time password since a moment, or one that the officer chose.
    fn set_password(&mut self, officer: OfficerId, hash: &str, one_time: Option<Instant>) {
        if let Some(o) = self.officers.get_mut(&officer) {
            hash.clone_into(&mut o.password_hash);
        }
        self.end_sessions(officer).one_time = one_time;
    }

    /// A proposed change is decided; a password goes with it where the change gives one.
    fn decide_change(&mut self, id: i64, outcome: ChangeState, hash: Option<&str>, at: Instant) {
        let Some(proposed) = self.officer_changes.get_mut(&id) else { return };
        proposed.state = outcome;
        if let ChangeState::Approved { .. } = proposed.state {
            let proposed = proposed.clone();
            self.change_officer(&proposed, hash, at);
        }
    }

    fn change_officer(&mut self, proposed: &ProposedChange, hash: Option<&str>, at: Instant) {
        let id = proposed.officer;
        match &proposed.change {
            OfficerChange::Add { login, name, role, org } => {
                let officer = Officer {
                    id,
                    login: login.clone(),
                    name: name.clone(),
                    role: *role,
                    org: *org,
                    active: true,
                    password_hash: String::new(),
                };
                self.by_login.insert(login.clone(), id);
                self.officers.insert(id, officer);
            }
            OfficerChange::Move { role, org } => {
                if let Some(o) = self.officers.get_mut(&id) {
                    if o.org != *org {
                        self.past.left(id, o.org, at);
                    }
                    (o.role, o.org) = (*role, *org);
                }
                self.end_sessions(id);
            }
            OfficerChange::Start => {
                if let Some(o) = self.officers.get_mut(&id) {
                    o.active = true;
                }
                self.end_sessions(id);
            }
            OfficerChange::ResetPassword => {}
            OfficerChange::ResetSecondFactor => self.end_sessions(id).second = None,
        }
        if let Some(hash) = hash {
            self.set_password(id, hash, Some(at));
        }
    }

    /// The banks that cooperate with a city; the holder chooses among them (R5.1).
    pub fn banks_of(&self, city: &CityCode) -> &[BankCode] {
        self.offered.get(city).map_or(&[], Vec::as_slice)
    }

    /// Whether a bank cooperates with a city, or did: who applied then still has the card made there (R5.1).
    pub fn cooperated(&self, city: &CityCode, bank: &BankCode) -> bool {
        self.banks_of(city).contains(bank) || self.ended.contains(&(city.clone(), bank.clone()))
    }

    /// When the province last asked for a reconciliation with a bank.
    pub fn reconciliation_asked(&self, bank: &BankCode) -> Option<Instant> {
        self.reconcile_asked.get(bank).copied()
    }

    /// The cities with which a bank cooperated and does so no more, by their codes.
    pub fn former_cities_of(&self, bank: &BankCode) -> impl Iterator<Item = &CityCode> {
        self.ended.iter().filter(move |(_, b)| b == bank).map(|(city, _)| city)
    }

    /// Whether its city has entrusted an office with a task.
    pub fn is_entrusted(&self, org: OrgId, task: Task) -> bool {
        self.entrusted.contains(&(org, task))
    }

    /// The partner of an identity.
    pub fn partner(&self, id: &PartnerId) -> Option<&Partner> {
        self.partners.get(id)
    }

    /// All partners, by identity.
    pub fn partners(&self) -> impl Iterator<Item = &Partner> {
        self.partners.values()
    }

    /// A change of a partner that was proposed.
    pub fn partner_change(&self, id: i64) -> Option<&ProposedPartner> {
        self.partner_changes.get(&id)
    }

    /// All of them, the latest first.
    pub fn partner_changes(&self) -> impl Iterator<Item = &ProposedPartner> {
        self.partner_changes.values().rev()
    }

    /// Whom one speaks to at a partner.
    pub fn contacts(&self, id: &PartnerId) -> &[Contact] {
        self.contacts.get(id).map_or(&[], Vec::as_slice)
    }

    /// The cities with which a bank cooperates, by their codes.
    pub fn cities_of(&self, bank: &BankCode) -> impl Iterator<Item = &CityCode> {
        self.offered.iter().filter(|(_, banks)| banks.contains(bank)).map(|(city, _)| city)
    }

    /// The numbers of the system's own keys, from 1, and from when on it signs under each.
    pub fn system_keys(&self) -> impl Iterator<Item = (u32, Instant)> {
        (1..).zip(std::iter::once(Instant(i64::MIN)).chain(self.system_keys.iter().copied()))
    }

    /// What was accepted as lost, in order.
    pub fn data_losses(&self) -> &[AcceptedDataLoss] {
        &self.data_losses
    }

    /// The number of the key under which the system signs at a moment.
    pub fn system_key(&self, now: Instant) -> u32 {
        self.system_keys().take_while(|(_, from)| *from <= now).last().map_or(1, |(number, _)| number)
    }

    /// The policy of a city on a day: of those that hold on it the one with the latest first day, in whatever order they were filed, or
    /// the regulation's defaults (R42.1).
    pub fn policy_of(&self, city: &CityCode, on: Date) -> LocalPolicy {
        clause!(R42.1);
        self.held_policy(city, on).map(|p| p.days.policy.clone()).unwrap_or_default()
    }

    /// Why a city does not post cards on a day (邮递上门), as a Chinese phrase that names it and its rules; `None` where it does (R10.5, R42.1).
    pub fn no_post_in(&self, city: &CityCode, on: Date) -> Option<String> {
        clause!(R10.5);
        clause!(R42.1);
        let held = self.held_policy(city, on).filter(|p| p.days.policy.no_postal_service)?;
        let paper = held.of.and_then(|id| self.proposal(id)).map_or("", |p| p.paper.as_str());
        Some(format!("{}未开通邮递上门（地方细则{paper}）", city.name()))
    }

    /// Whether these are the rules of their city on a day, not others in their place.
    pub fn holds_on(&self, proposed: &ProposedPolicy, on: Date) -> bool {
        self.held_policy(&proposed.city, on).is_some_and(|p| p.of == Some(proposed.id))
    }

    fn held_policy(&self, city: &CityCode, on: Date) -> Option<&HeldPolicy> {
        HeldPolicy::on(self.policies.get(city).map_or(&[], Vec::as_slice), on)
    }

    /// The rows of a bank's table of failures; empty when it has sent none (X7.5).
    pub fn failure_guide(&self, bank: &BankCode) -> &[GuideRow] {
        self.guide_of(bank, None).map_or(&[], |guide| guide.rows.as_slice())
    }

    /// A bank's table of failures with who set it, or what a city says beside it; `None` when nothing was ever set (X7.5).
    pub fn guide_of(&self, bank: &BankCode, city: Option<&CityCode>) -> Option<&FailureGuide> {
        clause!(X7.5);
        self.failure_guides.get(&(bank.clone(), city.cloned()))
    }

    /// What cities say beside a bank's table of failures, those that say something.
    pub fn guides_beside<'a>(
        &'a self,
        bank: &'a BankCode,
    ) -> impl Iterator<Item = (&'a CityCode, &'a FailureGuide)> {
        clause!(X7.5);
        let of_bank = self.failure_guides.iter().filter(move |((of, _), g)| of == bank && !g.rows.is_empty());
        of_bank.filter_map(|((_, city), guide)| Some((city.as_ref()?, guide)))
    }

    /// What vendors have stated of some months, first and last included: month, vendor's code, and its rows.
    pub fn bank_data(&self, from: &str, to: &str) -> impl Iterator<Item = (&str, &str, &[BankDataRow])> {
        let within = move |month: &str| (from..=to).contains(&month);
        let all = self
            .bank_data
            .iter()
            .map(|((month, vendor), rows)| (month.as_str(), vendor.as_str(), rows.as_slice()));
        all.filter(move |(month, ..)| within(month))
    }

    /// Every bank that cooperates with some city or did, in the order of their codes.
    pub fn all_banks(&self) -> Vec<BankCode> {
        let ended = self.ended.iter().map(|(_, bank)| bank);
        let all: BTreeSet<&BankCode> = self.offered.values().flatten().chain(ended).collect();
        all.into_iter().cloned().collect()
    }

    /// Rules that a city has proposed.
    pub fn proposal(&self, id: i64) -> Option<&ProposedPolicy> {
        self.proposals.get(&id)
    }

    /// All of them, the latest first.
    pub fn proposals(&self) -> impl Iterator<Item = &ProposedPolicy> {
        self.proposals.values().rev()
    }

    /// The pictures of characters that no font has.
    pub fn glyphs(&self) -> &Glyphs {
        &self.glyphs
    }

    /// Applies one event.
    pub fn apply(&mut self, event: &InstitutionEvent) {
        self.version += 1;
        match event {
            InstitutionEvent::OrganisationAdded(org) => {
                self.by_code.insert(org.code.clone(), org.id);
                self.orgs.insert(org.id, org.clone());
            }
            InstitutionEvent::OrganisationRenamed { org, name, at } => {
                if let Some(o) = self.orgs.get_mut(org) {
                    let before = std::mem::replace(&mut o.name, name.clone());
                    if let Some(at) = at {
                        self.past.called(*org, before, *at);
                    }
                }
            }
            InstitutionEvent::OrganisationStopped { org, at, reason } => {
                self.stopped.insert(*org, (*at, reason.clone()));
            }
            InstitutionEvent::OrganisationStarted { org } => {
                self.stopped.remove(org);
            }
            InstitutionEvent::OutletCoded { org, code } => {
                let whose = self.orgs.get(org).and_then(|o| Some((o.city()?, o.bank.clone()?)));
                if let Some((city, bank)) = whose {
                    self.by_outlet_code.retain(|_, id| id != org);
                    self.by_outlet_code.insert((city, bank, code.clone()), *org);
                    self.outlet_codes.insert(*org, code.clone());
                }
            }
            InstitutionEvent::BankOffered { city, bank } => {
                let banks = self.offered.entry(city.clone()).or_default();
                if !banks.contains(bank) {
                    banks.push(bank.clone());
                }
                self.ended.remove(&(city.clone(), bank.clone()));
            }
            InstitutionEvent::ReconciliationAsked { bank, at } => {
                self.reconcile_asked.insert(bank.clone(), *at);
            }
            InstitutionEvent::BankEnded { city, bank, .. } => {
                if let Some(banks) = self.offered.get_mut(city) {
                    banks.retain(|b| b != bank);
                }
                self.ended.insert((city.clone(), bank.clone()));
            }
            InstitutionEvent::OfficerAdded(officer) => {
                self.by_login.insert(officer.login.clone(), officer.id);
                self.officers.insert(officer.id, officer.clone());
            }
            InstitutionEvent::OfficerStopped { officer, reason, by, at } => {
                let reason = reason.clone();
                self.officer_stops.push(OfficerStop { officer: *officer, reason, by: *by, at: *at });
                if let Some(o) = self.officers.get_mut(officer) {
                    o.active = false;
                }
                self.end_sessions(*officer);
            }
            InstitutionEvent::PasswordChanged { officer, password_hash } => {
                self.set_password(*officer, password_hash, None);
            }
            InstitutionEvent::PasswordReset { officer, password_hash, at } => {
                self.set_password(*officer, password_hash, Some(*at));
            }
            InstitutionEvent::SecondFactorSet { officer, factor } => {
                self.end_sessions(*officer).second = Some(*factor);
            }
            InstitutionEvent::SecondFactorEnded { officer } => self.end_sessions(*officer).second = None,
            InstitutionEvent::OfficerChangeProposed(proposed) => {
                self.officer_changes.insert(proposed.id, proposed.clone());
            }
            InstitutionEvent::OfficerChangeDecided { id, approved, reason, by, at, password_hash } => {
                let outcome = match approved {
                    true => ChangeState::Approved { by: *by, at: *at },
                    false => ChangeState::Refused { by: *by, at: *at, reason: reason.clone() },
                };
                self.decide_change(*id, outcome, password_hash.as_deref(), *at);
            }
            InstitutionEvent::OfficerChangeWithdrawn { id, at } => {
                if let Some(p) = self.officer_changes.get_mut(id) {
                    p.state = ChangeState::Withdrawn { at: *at };
                }
            }
            InstitutionEvent::PolicySet { city, policy } => {
                let held = HeldPolicy { of: None, stated: policy.from, days: policy.clone() };
                self.policies.entry(city.clone()).or_default().push(held);
            }
            InstitutionEvent::Entrusted { org, task, granted: true } => {
                self.entrusted.insert((*org, *task));
            }
            InstitutionEvent::Entrusted { org, task, granted: false } => {
                self.entrusted.remove(&(*org, *task));
            }
            InstitutionEvent::BankDataStated { vendor, month, rows } => {
                self.bank_data.insert((month.clone(), vendor.as_str().to_owned()), rows.clone());
            }
            InstitutionEvent::FailureGuideSet { bank, rows, city, by, at } => {
                let guide = FailureGuide { rows: rows.clone(), by: by.clone(), at: *at };
                self.failure_guides.insert((bank.clone(), city.clone()), guide);
            }
            InstitutionEvent::PolicyProposed(proposed) => {
                self.proposals.insert(proposed.id, proposed.clone());
            }
            InstitutionEvent::PolicyDecided { id, approved, reason, by, at } => {
                let Some(p) = self.proposals.get_mut(id) else { return };
                if *approved {
                    p.state = ProposalState::Filed { by: *by, at: *at, number: reason.clone() };
                    let (of, stated) = (Some(p.id), p.policy.from);
                    let held = p.filed_days().map(|days| HeldPolicy { of, stated, days });
                    self.policies.entry(p.city.clone()).or_default().extend(held);
                } else {
                    p.state = ProposalState::Refused { by: *by, at: *at, reason: reason.clone() };
                }
            }
            InstitutionEvent::GlyphProposed(proposed) => self.glyphs.propose(proposed),
            InstitutionEvent::GlyphDecided { id, decision } => self.glyphs.decide(*id, decision),
            InstitutionEvent::DeskPaired(desk) => {
                self.desks.insert(desk.id, desk.clone());
            }
            InstitutionEvent::DeskEnded { desk, at } => {
                if let Some(d) = self.desks.get_mut(desk) {
                    d.ended = Some(*at);
                }
            }
            InstitutionEvent::KioskSet { desk, kiosk } => {
                if let Some(d) = self.desks.get_mut(desk) {
                    d.kiosk = *kiosk;
                }
            }
            InstitutionEvent::PartnerRegistered(partner) => {
                self.partners.insert(partner.id.clone(), partner.clone());
            }
            InstitutionEvent::PartnerReached { partner, endpoint } => {
                if let Some(p) = self.partners.get_mut(partner) {
                    p.endpoint.clone_from(endpoint);
                }
            }
            InstitutionEvent::PartnerKeyAdded { partner, key } => {
                if let Some(p) = self.partners.get_mut(partner) {
                    p.keys.push(key.clone());
                }
            }
            InstitutionEvent::PartnerKeyEnded { partner, key, until } => {
                let key =
                    self.partners.get_mut(partner).and_then(|p| p.keys.iter_mut().find(|k| k.id == *key));
                if let Some(k) = key {
                    k.until = Some(*until);
                }
            }
            InstitutionEvent::PartnerChangeProposed(proposed) => {
                self.partner_changes.insert(proposed.id, proposed.clone());
            }
            InstitutionEvent::PartnerChangeDecided { id, state } => {
                if let Some(p) = self.partner_changes.get_mut(id) {
                    p.state = state.clone();
                }
            }
            InstitutionEvent::ContactsKept { partner, contacts } => {
                self.contacts.insert(partner.clone(), contacts.clone());
            }
            InstitutionEvent::DataLossAccepted(loss) => self.data_losses.push(loss.clone()),
            // What becomes of a message stands in the outbox; an export is a line, and changes nothing.
            InstitutionEvent::DeadLetterHandled { .. } | InstitutionEvent::JournalExported(_) => {}
            // Whether a browser shows it is no fact of the institution; the line says who answers for it.
            InstitutionEvent::KioskRun { .. } => {}
            InstitutionEvent::SystemKeyChanged { from } => self.system_keys.push(*from),
            InstitutionEvent::HolidayNoticeLoaded { year, days } => {
                self.calendar.load_notice(*year, days);
            }
            InstitutionEvent::NoticeTaken { days } => self.calendar.take_notice(days),
        }
    }
}
