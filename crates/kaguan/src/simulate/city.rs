//! A city's days: births and newcomers apply, cards go their way, some are lost, found, damaged, moved to another bank,
//! restricted, recalled, cancelled; banks, vendors, registers, boxes and the post have bad days. Whoever acts does so through the
//! executor; what is refused is counted, not avoided.

mod boxes;
mod identity;
mod life;
mod mail;
mod silence;
mod way;
mod week;

use crate::counter::Clerk;
use crate::walk;
use kaguan_domain::application::FilledIn;
use kaguan_domain::ctx::{Actor, Channel, Ctx, Instant};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::application::{Agent, AgentGround, AgentRelation, Consent};
use kaguan_domain::facts::batch::{BatchFile, keeper_of};
use kaguan_domain::facts::card::Card;
use kaguan_domain::facts::custody::Party;
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::form::FormDraft;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::institution::{OrgKind, Organisation};
use kaguan_domain::facts::person::PhotoRef;
use kaguan_domain::facts::policy::{DatedPolicy, LocalPolicy};
use kaguan_domain::ids::{BatchId, CardId, CityCode, HolderId, OrgId};
use kaguan_domain::refusal::Reason;
use kaguan_files::sample::{adult, citizen_number};
use kaguan_partner_sim::{BadDay, Bank, Surroundings, Vendor};
use kaguan_service::clock::TimeSource;
use kaguan_service::setup::file_policy;
use kaguan_service::{Command, Failure, Service};
use kaguan_store::{LoadRequest, Loaded, Subject};
use std::collections::{BTreeMap, HashMap};

const BANKS: [&str; 2] = ["95588", "95533"];

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
    /// Which day of the story it is.
    today: i64,
    /// Foreigners, and people from Hong Kong with permits.
    abroad: Vec<identity::Abroad>,
    /// When the registers answer again, and when they fall silent for the first time.
    silent_until: Option<i64>,
    first_silence: i64,
    posts: Vec<mail::Posted>,
    /// Cards at the outlet outside any box, which their holders have to be told of.
    stock: Vec<mail::Waits>,
    short: Vec<boxes::ShortCard>,
    lost: Vec<boxes::Lost>,
    /// Refusals, by reason.
    pub(super) refusals: BTreeMap<&'static str, u64>,
    /// What happened, and how often.
    pub(super) happened: BTreeMap<&'static str, u64>,
    /// By which numbers each human must be found: all documents that he ever showed.
    pub(super) known: Vec<(HolderId, String)>,
    /// What should not have happened on a day.
    pub(super) wrongs: Vec<String>,
}

impl City {
    /// A city around one of its HR outlets.
    pub(super) fn new(
        service: Service,
        around: Surroundings,
        clock: TimeSource,
        (seed, people): (u64, u32),
        office: &str,
    ) -> anyhow::Result<Self> {
        let institutions = service.institutions();
        let found = institutions.org_by_code(office);
        let found = found.ok_or_else(|| anyhow::anyhow!("no organisation {office}"))?;
        let (outlet, city) =
            (found.id, found.city().ok_or_else(|| anyhow::anyhow!("{office} is in no city"))?);
        let of_bank = |bank: &str| {
            let here = |o: &&Organisation| {
                o.kind == OrgKind::BankOutlet
                    && o.bank.as_ref().is_some_and(|b| b.as_str() == bank)
                    && o.city().as_ref() == Some(&city)
            };
            institutions
                .orgs()
                .find(here)
                .map(|o| o.id)
                .ok_or_else(|| anyhow::anyhow!("no outlet of bank {bank}"))
        };
        let mut rng = fastrand::Rng::with_seed(seed);
        Ok(Self {
            around,
            clock,
            first_silence: 4 + rng.i64(..16),
            rng,
            people: Vec::new(),
            adults: 0,
            children: 0,
            forms: 0,
            banks: BANKS.iter().map(|b| Bank::new(b, BadDay::default())).collect(),
            vendors: ["1", "2"].iter().map(|v| Vendor::new(v, BadDay::default())).collect(),
            active: Vec::new(),
            outlet,
            bank_outlets: [of_bank(BANKS[0])?, of_bank(BANKS[1])?],
            city,
            clerk: Actor::System,
            officer: Actor::System,
            province: Actor::System,
            to_come: people,
            today: 0,
            abroad: Vec::new(),
            silent_until: None,
            posts: Vec::new(),
            stock: Vec::new(),
            short: Vec::new(),
            lost: Vec::new(),
            refusals: BTreeMap::new(),
            happened: BTreeMap::new(),
            known: Vec::new(),
            wrongs: Vec::new(),
            photo: PhotoRef(String::new()),
            counter: Clerk::of(&service),
            service,
        })
    }

    /// One day.
    pub(super) async fn day(&mut self, day: i64) -> anyhow::Result<()> {
        self.today = day;
        if day == 0 {
            self.open().await?;
        }
        self.registers();
        // A population arrives over the first month.
        let arriving = if day < 30 { (self.to_come / 30).max(1).min(self.to_come) } else { self.to_come };
        let arriving = if day == 29 { self.to_come } else { arriving };
        self.to_come -= arriving;
        self.arrive(arriving).await?;
        self.life().await?;
        self.who_is_who().await?;
        self.fees().await?;
        if day % 2 == 0 {
            let batches = walk::confirm_batches(&self.service, &self.city).await?;
            self.active.extend(&batches);
            self.partners(day, &batches).await?;
        }
        self.distribute().await?;
        self.look_into_boxes().await?;
        self.search().await?;
        self.mail().await?;
        self.links().await?;
        self.service.duties().await?;
        self.decide_waiting().await?;
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

    /// The outlet that has a card, or posted it, and who works there; of any other card the city's own. The new card of a change of the bank
    /// lies at the new bank's.
    async fn outlet_of(
        &self,
        card: &Card,
        batches: &HashMap<BatchId, BatchFile>,
    ) -> anyhow::Result<(OrgId, Actor)> {
        let keeper = keeper_of(&card.custody, batches.get(&card.batch));
        let org = if let Some(Party::Org(org) | Party::Post(org)) = keeper { org } else { self.outlet };
        Ok((org, self.works_at(org).await?))
    }

    /// Who works at an outlet.
    async fn works_at(&self, outlet: OrgId) -> anyhow::Result<Actor> {
        if outlet == self.outlet {
            return Ok(self.clerk.clone());
        }
        walk::officer_of(&self.service, outlet).await
    }

    /// Where the holder of a card comes for it.
    fn collected_at(&self, file: &HolderFile, card: CardId) -> OrgId {
        let application = file.card(card).and_then(|c| file.application(c.application));
        application.filter(|a| a.purpose.is_bank_change()).map_or(self.outlet, |a| a.collect_at)
    }

    /// Something happened.
    fn did(&mut self, what: &'static str) {
        *self.happened.entry(what).or_default() += 1;
    }

    fn refused(&mut self, reason: Reason) {
        *self.refusals.entry(reason.code()).or_default() += 1;
    }

    fn ctx(&self, actor: &Actor) -> Ctx {
        self.service.ctx(actor.clone(), Channel::Console, None)
    }

    /// Gives one command about one person; whether it was done.
    async fn say(&mut self, actor: &Actor, holder: HolderId, command: C) -> anyhow::Result<bool> {
        Ok(self.give(vec![(actor.clone(), holder, command)]).await? == [true])
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

    async fn give_any(&mut self, commands: Vec<(Ctx, Command)>) -> anyhow::Result<Vec<Option<Subject>>> {
        let mut out = Vec::with_capacity(commands.len());
        for outcome in self.service.execute_all(commands, |_| {}).await {
            out.push(match outcome {
                Ok(receipt) => Some(receipt.subject),
                Err(Failure::Refused(r)) => {
                    self.refused(r.reason);
                    None
                }
                Err(e) => return Err(e.into()),
            });
        }
        Ok(out)
    }

    /// A file as it is now.
    async fn file(&self, id: HolderId) -> anyhow::Result<HolderFile> {
        let found = self.service.file(id).await?;
        found.map(|f| f.0).ok_or_else(|| anyhow::anyhow!("no file {id}"))
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
            presented: match agent {
                Some(_) => crate::counter::presented_by_agent(),
                None => crate::counter::presented_in_original(),
            },
            agent: agent.map(Into::into),
            faults: Vec::new(),
        }
    }

    async fn arrive(&mut self, n: u32) -> anyhow::Result<()> {
        let mut forms = Vec::new();
        for _ in 0..n {
            if self.rng.u8(..10) == 0 {
                self.comes_from_abroad().await?;
                continue;
            }
            let bank = BANKS[usize::from(self.rng.u8(..4) == 0)];
            let draft = adult(self.adults, bank);
            self.adults += 1;
            if self.rng.u8(..30) == 0 {
                // 公安 has nothing about this one: a person has to decide.
                self.around.registers.forget(&draft.document_number);
            }
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
        let (mut commands, mut numbers) = (Vec::new(), Vec::new());
        for apply in forms {
            self.forms += 1;
            let key = format!("simulate-{}", self.forms);
            numbers.push(apply.draft.document_number.clone());
            commands.push(self.service.application(self.clerk.clone(), Channel::Console, &key, apply).await?);
        }
        for (number, subject) in numbers.into_iter().zip(self.give_any(commands).await?) {
            if let Some(Subject::Holder(id)) = subject {
                self.people.push(id);
                self.known.push((id, number));
            }
        }
        Ok(())
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
}
