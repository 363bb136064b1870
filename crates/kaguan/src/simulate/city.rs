//! A city's days: births and newcomers apply, cards go their way, some are lost, found, damaged, moved to another bank,
//! restricted, recalled, cancelled; banks and vendors have bad days. Whoever acts does so through the executor; what
//! is refused is counted, not avoided.

use crate::counter::{self, Clerk};
use crate::walk;
use kaguan_domain::alive::{MarkDeath, RestoreLife};
use kaguan_domain::application::{FilledIn, Presented};
use kaguan_domain::cancellation::{Cancel, RecordAccountClosed};
use kaguan_domain::ctx::{Actor, Channel, Instant};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::application::{
    Agent, AgentGround, AgentRelation, Consent, ExchangeReason, Purpose, Register,
};
use kaguan_domain::facts::cancellation::CancelReason;
use kaguan_domain::facts::card::{Account, Card};
use kaguan_domain::facts::custody::{Custody, RecallReason};
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::form::FormDraft;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::institution::{OrgKind, Organisation};
use kaguan_domain::facts::intent::IntentState;
use kaguan_domain::facts::person::PhotoRef;
use kaguan_domain::facts::pin::PinChange;
use kaguan_domain::facts::policy::{DatedPolicy, LocalPolicy};
use kaguan_domain::fee::Pay;
use kaguan_domain::ids::{ApplicationId, BankCode, BatchId, CardId, CaseId, CityCode, HolderId, OrgId};
use kaguan_domain::link::ResolveIntent;
use kaguan_domain::loss::{Release, ReportFormal, ReportTemporary};
use kaguan_domain::recall::{Destroy, OfferAgain, StateBalance, TakeBack};
use kaguan_domain::replacement::bank_change::{Approve, CallOff, CarryOut, Reserve};
use kaguan_domain::replacement::{Replace, Withdraw};
use kaguan_domain::restriction::{Decide, Lift, Propose};
use kaguan_files::sample::{adult, citizen_number};
use kaguan_partner_sim::{BadDay, Bank, Surroundings, Vendor};
use kaguan_service::clock::TimeSource;
use kaguan_service::setup::file_policy;
use kaguan_service::{Command, Failure, Service};
use kaguan_store::{LoadRequest, Loaded, Subject};
use std::collections::BTreeMap;

const BANKS: [&str; 2] = ["95588", "95533"];
/// In a thousand people a year: what befalls them.
const A_YEAR: [(Befalls, u32); 13] = [
    (Befalls::Newcomer, 30),
    (Befalls::Birth, 10),
    (Befalls::LosesCard, 60),
    (Befalls::FindsCard, 20),
    (Befalls::Reissues, 60),
    (Befalls::Exchanges, 40),
    (Befalls::ChangesMind, 10),
    (Befalls::ChangesBank, 30),
    (Befalls::ChangesPin, 60),
    (Befalls::Restricted, 4),
    (Befalls::Freed, 4),
    (Befalls::Dies, 8),
    (Befalls::MovesAway, 6),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Befalls {
    Newcomer,
    Birth,
    LosesCard,
    FindsCard,
    Reissues,
    Exchanges,
    ChangesMind,
    ChangesBank,
    ChangesPin,
    Restricted,
    Freed,
    Dies,
    MovesAway,
}

/// A city and everybody in it.
pub(super) struct City {
    service: Service,
    around: Surroundings,
    clock: TimeSource,
    rng: fastrand::Rng,
    people: Vec<HolderId>,
    /// How many adults and children have ever been there: each has a number of his own.
    adults: u32,
    children: u32,
    forms: u64,
    banks: Vec<Bank>,
    vendors: Vec<Vendor>,
    /// Batches whose boxes are under way.
    active: Vec<BatchId>,
    city: CityCode,
    outlet: OrgId,
    /// An outlet of each bank.
    bank_outlets: [OrgId; 2],
    clerk: Actor,
    officer: Actor,
    province: Actor,
    to_come: u32,
    /// The photo of everybody.
    photo: PhotoRef,
    /// What is stated at counters.
    counter: Clerk,
    /// Refusals, by reason.
    pub(super) refusals: BTreeMap<&'static str, u64>,
}

impl City {
    pub(super) fn new(
        service: Service,
        around: Surroundings,
        clock: TimeSource,
        seed: u64,
        people: u32,
    ) -> anyhow::Result<Self> {
        let institutions = service.institutions();
        let org = |code: &str| {
            institutions
                .org_by_code(code)
                .map(|o| o.id)
                .ok_or_else(|| anyhow::anyhow!("no organisation {code}"))
        };
        let of_bank = |bank: &str| {
            let here = |o: &&Organisation| {
                o.kind == OrgKind::BankOutlet
                    && o.bank.as_ref().is_some_and(|b| b.as_str() == bank)
                    && o.city().is_some_and(|c| c.as_str() == "4401")
            };
            institutions
                .orgs()
                .find(here)
                .map(|o| o.id)
                .ok_or_else(|| anyhow::anyhow!("no outlet of bank {bank}"))
        };
        Ok(Self {
            around,
            clock,
            rng: fastrand::Rng::with_seed(seed),
            people: Vec::new(),
            adults: 0,
            children: 0,
            forms: 0,
            banks: BANKS.iter().map(|b| Bank::new(b, BadDay::default())).collect(),
            vendors: ["1", "2"].iter().map(|v| Vendor::new(v, BadDay::default())).collect(),
            active: Vec::new(),
            city: CityCode("4401".into()),
            outlet: org("44010600000101")?,
            bank_outlets: [of_bank(BANKS[0])?, of_bank(BANKS[1])?],
            clerk: Actor::System,
            officer: Actor::System,
            province: Actor::System,
            to_come: people,
            refusals: BTreeMap::new(),
            photo: PhotoRef(String::new()),
            counter: Clerk::of(&service),
            service,
        })
    }

    /// One day.
    pub(super) async fn day(&mut self, day: i64) -> anyhow::Result<()> {
        if day == 0 {
            self.open().await?;
        }
        // A population arrives over the first month.
        let arriving = if day < 30 { (self.to_come / 30).max(1).min(self.to_come) } else { self.to_come };
        let arriving = if day == 29 { self.to_come } else { arriving };
        self.to_come -= arriving;
        self.arrive(arriving).await?;
        self.life().await?;
        self.fees().await?;
        if day % 2 == 0 {
            let batches = walk::confirm_batches(&self.service, &self.city).await?;
            self.active.extend(&batches);
            self.partners(day, &batches).await?;
        }
        self.distribute().await?;
        self.links().await?;
        self.service.duties().await?;
        if day % 7 == 6 {
            self.duties().await?;
        }
        self.clock.set(Instant(self.clock.now().0 + 86_400_000_000));
        Ok(())
    }

    async fn open(&mut self) -> anyhow::Result<()> {
        self.photo = self.service.take_photo(kaguan_files::portrait::draw(1)).await?;
        let institutions = self.service.institutions();
        let officer = |id| institutions.org(id).ok_or_else(|| anyhow::anyhow!("no organisation"));
        self.clerk = walk::officer(&self.service, officer(self.outlet)?).await?;
        let centre = institutions.city_centre(&self.city).ok_or_else(|| anyhow::anyhow!("no city centre"))?;
        self.officer = walk::officer(&self.service, centre).await?;
        let province = institutions.province_centre().ok_or_else(|| anyhow::anyhow!("no province centre"))?;
        self.province = walk::officer(&self.service, province).await?;
        let policy = LocalPolicy { warranty_months: Some(6), ..LocalPolicy::default() };
        let policy = DatedPolicy { from: self.service.now().date(), until: None, policy };
        file_policy(&self.service, self.city.clone(), "模拟城市细则〔2026〕1号", policy).await?;
        Ok(())
    }

    /// Gives commands in order; returns for each whether it was done.
    async fn give(&mut self, commands: Vec<(Actor, HolderId, C)>) -> anyhow::Result<Vec<bool>> {
        self.counter.keep_images().await?;
        let commands = commands
            .into_iter()
            .map(|(actor, holder, command)| {
                (self.service.ctx(actor, Channel::Console, None), Command::of(holder, command))
            })
            .collect();
        let out = self.give_any(commands).await?;
        Ok(out.into_iter().map(|o| o.is_some()).collect())
    }

    async fn give_any(
        &mut self,
        commands: Vec<(kaguan_domain::ctx::Ctx, Command)>,
    ) -> anyhow::Result<Vec<Option<Subject>>> {
        let mut out = Vec::with_capacity(commands.len());
        for outcome in self.service.execute_all(commands, |_| {}).await {
            out.push(match outcome {
                Ok(receipt) => Some(receipt.subject),
                Err(Failure::Refused(r)) => {
                    *self.refusals.entry(r.reason.code()).or_default() += 1;
                    None
                }
                Err(e) => return Err(e.into()),
            });
        }
        Ok(out)
    }

    async fn load(&self, ids: Vec<HolderId>) -> anyhow::Result<Loaded> {
        Ok(self.service.store().load(&LoadRequest { holders: ids, ..LoadRequest::default() }).await?)
    }

    fn apply(&mut self, draft: FormDraft, agent: Option<Agent>) -> FilledIn {
        let child = agent.is_some();
        FilledIn {
            photo: (!child).then(|| self.photo.clone()),
            draft: Box::new(draft),
            outlet: self.outlet,
            collect_at: self.outlet,
            consent: Some(Consent { text_version: "2022".into(), by_guardian: child }),
            same: None,
            agent,
            presented: Presented::verified(),
            faults: Vec::new(),
        }
    }

    async fn arrive(&mut self, n: u32) -> anyhow::Result<()> {
        let mut forms = Vec::new();
        for _ in 0..n {
            let bank = BANKS[usize::from(self.rng.u8(..4) == 0)];
            let draft = adult(self.adults, bank);
            self.adults += 1;
            forms.push(self.apply(draft, None));
        }
        self.take_in(forms).await
    }

    async fn birth(&mut self) -> anyhow::Result<()> {
        let today = self.service.now().date();
        let mut draft = adult(500_000 + self.children, BANKS[0]);
        let born = today.checked_sub(jiff::Span::new().days(20))?;
        // Five hundred boys a day; the year has enough days.
        draft.document_number = citizen_number("440106", born, self.children % 500 * 2 + 1);
        draft.document_kind = "2".into();
        draft.birth_date = born.strftime("%Y%m%d").to_string();
        draft.document_valid_from.clone_from(&draft.birth_date);
        draft.guardian_name = "张父".into();
        draft.guardian_document_kind = "1".into();
        draft.guardian_document_number = "440106199001010013".into();
        self.children += 1;
        let agent = Agent {
            name: "张父".into(),
            document_kind: DocumentKind::IdentityCard,
            document_number: "440106199001010013".into(),
            phone: "13900000000".into(),
            relation: AgentRelation::Guardian,
            ground: AgentGround::Minor,
            proof: Some("户口簿".into()),
            verified: true,
        };
        let form = self.apply(draft, Some(agent));
        self.take_in(vec![form]).await
    }

    async fn take_in(&mut self, forms: Vec<FilledIn>) -> anyhow::Result<()> {
        let mut commands = Vec::new();
        for apply in forms {
            self.forms += 1;
            let key = format!("simulate-{}", self.forms);
            commands.push(self.service.application(Actor::System, Channel::Console, &key, apply).await?);
        }
        for subject in self.give_any(commands).await?.into_iter().flatten() {
            if let Subject::Holder(id) = subject {
                self.people.push(id);
            }
        }
        Ok(())
    }

    /// What befalls people today.
    async fn life(&mut self) -> anyhow::Result<()> {
        let mut chosen = Vec::new();
        for (what, in_a_thousand) in A_YEAR {
            let expected = self.people.len() as u64 * u64::from(in_a_thousand);
            let certain = expected / 365_000;
            let more = u64::from(self.rng.u64(..365_000) < expected % 365_000);
            for _ in 0..certain + more {
                match what {
                    Befalls::Newcomer => self.arrive(1).await?,
                    Befalls::Birth => self.birth().await?,
                    _ => chosen.push((what, self.people[self.rng.usize(..self.people.len())])),
                }
            }
        }
        let loaded = self.load(chosen.iter().map(|c| c.1).collect()).await?;
        let mut commands = Vec::new();
        for (what, id) in chosen {
            if let Some(file) = loaded.holders.get(&id) {
                self.befall(what, file, &mut commands);
            }
        }
        self.give(commands).await?;
        Ok(())
    }

    fn replace(&mut self, purpose: Purpose, outlet: OrgId) -> Box<Replace> {
        self.forms += 1;
        Box::new(Replace {
            id: ApplicationId(self.service.fresh()),
            purpose,
            form_no: format!("4401R{:011}", self.forms),
            changes: Box::default(),
            photo: None,
            outlet,
            collect_at: self.outlet,
            agent: None,
            consent: Some(Consent { text_version: "2022".into(), by_guardian: false }),
            checks: kaguan_domain::facts::application::RegisterCheck::passed(self.service.now()),
            presented: Presented::verified(),
            proof: None,
        })
    }

    fn befall(&mut self, what: Befalls, file: &HolderFile, out: &mut Vec<(Actor, HolderId, C)>) {
        // The card that people speak of is the latest that they have had in hand.
        let Some(card) = file.cards.last() else { return };
        let (id, old) = (file.id, card.id);
        let bank = Actor::Bank(card.bank.clone());
        let clerk = self.clerk.clone();
        let mut say = |actor: &Actor, command: C| out.push((actor.clone(), id, command));
        match what {
            Befalls::Newcomer | Befalls::Birth => {}
            Befalls::LosesCard => {
                if self.rng.bool() {
                    say(&bank, C::ReportTemporaryLoss(ReportTemporary { card: old, identity: None }));
                }
                if self.rng.u8(..4) > 0 {
                    say(&Actor::System, C::ReportFormalLoss(ReportFormal { card: old }));
                }
            }
            Befalls::FindsCard => say(&bank, C::ReleaseLoss(Release { card: old })),
            Befalls::Reissues => {
                say(&bank, C::ReportFormalLoss(ReportFormal { card: old }));
                let replace = self.replace(Purpose::Reissue { old }, self.outlet);
                say(&clerk, C::Replace(replace));
            }
            Befalls::Exchanges => {
                let reason = match self.rng.u8(..4) {
                    0 => ExchangeReason::Damaged { by_human: false },
                    1 => ExchangeReason::Damaged { by_human: true },
                    2 => ExchangeReason::Expired,
                    _ => ExchangeReason::Other { why: "卡面磨损".into() },
                };
                let replace = self.replace(Purpose::Exchange { old, reason }, self.outlet);
                say(&clerk, C::Replace(replace));
            }
            Befalls::ChangesMind => {
                if let Some(a) = file.open_application() {
                    say(&clerk, C::Withdraw(Withdraw { application: a.id }));
                }
                if file.bank_change().is_some() {
                    say(&Actor::System, C::CallOffBankChange(CallOff { lapsed: false }));
                }
            }
            Befalls::ChangesBank => {
                let to = BankCode(BANKS[usize::from(card.bank.as_str() == BANKS[0])].into());
                say(&Actor::Bank(to.clone()), C::ReserveBankChange(Reserve { card: old, to }));
                let refused = (self.rng.u8(..10) == 0).then(|| "有未结清业务".to_owned());
                let agreed = refused.is_none();
                say(&bank, C::ApproveBankChange(Approve { refused }));
                if agreed && self.rng.u8(..8) > 0 {
                    let outlet = self.bank_outlets[usize::from(card.bank.as_str() == BANKS[0])];
                    let replace = *self.replace(Purpose::BankChange { old }, outlet);
                    let shown = counter::shown(file);
                    let carry_out = CarryOut { replace, verified: true, shown, risks_acknowledged: true };
                    say(&Actor::System, C::CarryOutBankChange(Box::new(carry_out)));
                }
            }
            Befalls::ChangesPin => {
                let change = [PinChange::Changed, PinChange::Locked, PinChange::Unlocked, PinChange::Reset]
                    [self.rng.usize(..4)];
                say(&clerk, C::RecordPin(self.counter.pin(file, old, change)));
            }
            Befalls::Restricted => {
                let case = CaseId(self.service.fresh());
                let ground = "《社会保险法》第八十八条".to_owned();
                let proposer = self.officer.clone();
                let approver = self.province.clone();
                say(&proposer, C::ProposeRestriction(Propose { card: old, case, ground }));
                say(&approver, C::DecideRestriction(Decide { card: old, case, approved: true }));
            }
            Befalls::Freed => {
                if let Some(r) = card.restrictions.last() {
                    let lift = Lift { card: old, case: r.case, reason: "已更正".into() };
                    say(&self.officer.clone(), C::LiftRestriction(lift));
                }
            }
            Befalls::Dies => self.dies(file, card, out),
            Befalls::MovesAway => {
                let cancel = self.counter.cancel(file, old, CancelReason::MovedOut, Some(self.outlet));
                say(&clerk, C::Cancel(cancel));
            }
        }
    }

    fn dies(&mut self, file: &HolderFile, card: &Card, out: &mut Vec<(Actor, HolderId, C)>) {
        let mut say = |actor: Actor, command: C| out.push((actor, file.id, command));
        let mark = |source| C::MarkDeath(MarkDeath { source, evidence: None });
        say(Actor::System, mark(Register::SocialSecurity));
        if self.rng.u8(..3) == 0 {
            // The register was wrong.
            say(self.clerk.clone(), C::RestoreLife(RestoreLife { evidence: "本人到场".into() }));
            return;
        }
        say(Actor::System, mark(Register::PublicSecurity));
        let cancel = self.counter.cancel(file, card.id, CancelReason::Dead, Some(self.outlet));
        say(self.clerk.clone(), C::Cancel(cancel));
    }

    /// Everybody's files, in order, some hundreds at a time.
    async fn everybody(&self, mut look: impl FnMut(&HolderFile, &Loaded)) -> anyhow::Result<()> {
        for ids in self.people.chunks(500) {
            let loaded = self.load(ids.to_vec()).await?;
            for file in ids.iter().filter_map(|id| loaded.holders.get(id)) {
                look(file, &loaded);
            }
        }
        Ok(())
    }

    /// People pay what they owe, most of them at once.
    async fn fees(&mut self) -> anyhow::Result<()> {
        let mut due = Vec::new();
        let mut rng = self.rng.fork();
        for (holder, application) in self.service.store().applications_unpaid(1_000).await? {
            if rng.u8(..10) > 0 {
                due.push((holder, application));
            }
        }
        let pay = due
            .into_iter()
            .map(|(holder, application)| {
                let pay = Pay::of_one_card(application, application.0.unsigned_abs(), self.service.now());
                (self.clerk.clone(), holder, C::PayFee(pay))
            })
            .collect();
        self.give(pay).await?;
        Ok(())
    }

    /// Banks open accounts, vendors make cards; some days are bad.
    async fn partners(&mut self, day: i64, batches: &[BatchId]) -> anyhow::Result<()> {
        let bad = self.rng.u8(..6) == 0;
        let bad_day = if bad { BadDay { fail_one_in: 7, change_one_in: 13 } } else { BadDay::default() };
        for bank in &mut self.banks {
            bank.bad_day = bad_day;
            bank.work(&self.service).await?;
        }
        walk::settle_failures(&self.service, batches, walk::FailedAt::Bank).await?;
        let vendor = usize::from(day % 4 == 0);
        walk::hand_out(&self.service, ["1", "2"][vendor]).await?;
        self.vendors[vendor].bad_day = bad_day;
        self.vendors[vendor].work(&self.service).await?;
        walk::settle_failures(&self.service, batches, walk::FailedAt::Vendor).await?;
        Ok(())
    }

    /// Boxes move one hop a day; where they have arrived most people collect at once.
    async fn distribute(&mut self) -> anyhow::Result<()> {
        let active = std::mem::take(&mut self.active);
        walk::one_hop(&self.service, &active).await?;
        for id in active {
            let Some(file) = self.service.batch(id).await? else { continue };
            let arrived = |b: &kaguan_domain::facts::boxes::BoxFile| b.arrived.is_some();
            if !file.boxes.iter().all(arrived) {
                self.active.push(id);
                continue;
            }
            for b in &file.boxes {
                let inside = self.service.store().box_people(b.id, HolderId(i64::MIN), 100_000).await?;
                self.collect(inside).await?;
            }
        }
        Ok(())
    }

    async fn collect(&mut self, inside: Vec<(HolderId, CardId)>) -> anyhow::Result<()> {
        let come: Vec<_> = inside.into_iter().filter(|_| self.rng.u8(..20) > 0).collect();
        let outlet = self.outlet;
        let loaded = self.load(come.iter().map(|c| c.0).collect()).await?;
        let mut commands = Vec::new();
        for (holder, card) in &come {
            let Some(file) = loaded.holders.get(holder) else { continue };
            let command = self.counter.hand_over(file, *card, outlet);
            commands.push((self.clerk.clone(), *holder, C::HandOver(command)));
        }
        let done = self.give(commands).await?;
        let loaded = self.load(come.iter().map(|c| c.0).collect()).await?;
        let mut activate = Vec::new();
        for ((holder, card), done) in come.into_iter().zip(done) {
            let Some(file) = loaded.holders.get(&holder) else { continue };
            if let Some(card) = file.card(card).filter(|c| done && c.account == Account::PreOpened)
                && self.rng.u8(..10) > 1
            {
                let command = self.counter.activate(file, card.id);
                activate.push((Actor::Bank(card.bank.clone()), holder, C::Activate(command)));
            }
        }
        self.give(activate).await?;
        Ok(())
    }

    /// What banks must mirror is delivered and answered; doubts and refusals are resolved by staff.
    async fn links(&mut self) -> anyhow::Result<()> {
        self.service.deliver().await?;
        let bad = self.rng.u8(..5) == 0;
        let bad_day = if bad { BadDay { fail_one_in: 5, change_one_in: 3 } } else { BadDay::default() };
        Bank::mirror(&self.service, &self.around.banks, bad_day).await?;
        Ok(())
    }

    /// Once a week: doubts, cards that nobody collected, cards that can be destroyed.
    async fn duties(&mut self) -> anyhow::Result<()> {
        let mut commands = Vec::new();
        let today = self.service.now().date();
        let institutions = self.service.institutions();
        let (outlet, clerk, officer) = (self.outlet, self.clerk.clone(), self.officer.clone());
        let mut rng = self.rng.fork();
        let mut counter = Clerk::of(&self.service);
        let bank_outlets = self.bank_outlets;
        self.everybody(|file, loaded| {
            let around = kaguan_domain::rule::Around {
                institutions: &institutions,
                batches: &loaded.batches,
                stock: &loaded.stock,
                other: None,
                found: kaguan_domain::rule::Found::NOBODY,
            };
            let mut say = |actor: &Actor, command: C| commands.push((actor.clone(), file.id, command));
            for card in &file.cards {
                for intent in &card.intents {
                    let settled = match intent.state {
                        IntentState::InDoubt { .. } => None,
                        IntentState::Refused { .. } => Some("与银行核对办结".to_owned()),
                        IntentState::Wanted | IntentState::Confirmed { .. } | IntentState::Settled { .. } => {
                            continue;
                        }
                    };
                    let resolve = ResolveIntent { card: card.id, seq: intent.seq, settled };
                    say(&officer, C::ResolveIntent(resolve));
                }
                let overdue = kaguan_domain::recall::overdue_on(card, around).is_some_and(|d| today >= d);
                let again = card.offered_again.is_some()
                    && matches!(card.custody, Custody::AtOutlet { .. })
                    && !card.is_cancelled();
                if overdue || (again && rng.u8(..8) == 0) {
                    let reason = RecallReason::Uncollected;
                    say(&clerk, C::TakeBack(TakeBack { card: card.id, reason, at: outlet }));
                } else if again && rng.u8(..4) == 0 {
                    say(&clerk, C::HandOver(counter.hand_over(file, card.id, outlet)));
                }
                // After a change of the bank its holder goes to the old bank with both cards, most of them in time.
                if file.left_for_another_bank(card) && !card.account_is_closed() && rng.u8(..3) > 0 {
                    let at = bank_outlets[usize::from(card.bank.as_str() != BANKS[0])];
                    let given_back = matches!(card.custody, Custody::WithHolder { .. });
                    let given_back_at = given_back.then_some(at);
                    let closed = RecordAccountClosed { card: card.id, settled: true, given_back_at };
                    say(&Actor::System, C::RecordAccountClosed(closed));
                }
                if let Custody::Recalled { .. } = card.custody {
                    if card.is_cancelled() && card.account_is_closed() {
                        say(&officer, C::Destroy(Destroy { card: card.id }));
                    } else if !card.is_cancelled() && card.offered_again.is_none() {
                        say(&clerk, C::OfferAgain(OfferAgain { card: card.id }));
                    } else if !card.is_cancelled() {
                        if !card.is_known_empty() {
                            let state = StateBalance { card: card.id, empty: true };
                            say(&Actor::Bank(card.bank.clone()), C::StateBalance(state));
                        }
                        let cancel = Cancel::of(card.id, CancelReason::SecondOfferFailed);
                        say(&clerk, C::Cancel(cancel));
                    }
                }
            }
        })
        .await?;
        counter.keep_images().await?;
        self.give(commands).await?;
        Ok(())
    }
}
