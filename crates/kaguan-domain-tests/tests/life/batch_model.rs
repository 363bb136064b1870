//! Every state that a batch of two people can reach, explored completely, by the commands of the people and partners whose step it
//! is: screened, confirmed and taken back, at the bank, at the vendor, boxes packed before the returns and after them, rows that fail,
//! cards that get lost, time that runs out. From each of them officers alone, without the bank and without the vendor, bring the batch
//! to its end, and when it is over no clock of it runs (Articles 8, 11 and 12, Appendix 7). A planted bug is found.

use crate::person::{HR, Scene, TODAY};
use kaguan_domain::account_opening::{self, Extracted, OpeningResult};
use kaguan_domain::batch::{FailUnanswered, Screen, TakeOut};
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel, Ctx, Instant};
use kaguan_domain::dispatch::{BatchCommand as B, HolderCommand as C, decide, decide_batch};
use kaguan_domain::distribution::{Receive, RecordMissing, Ship};
use kaguan_domain::facts::account::AccountNumber;
use kaguan_domain::facts::application::Stage;
use kaguan_domain::facts::batch::{BatchFile, BatchState, Tally};
use kaguan_domain::facts::blank_order::Stock;
use kaguan_domain::facts::custody::Custody;
use kaguan_domain::facts::failure::PartnerWords;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::ids::{
    ApplicationId, BankCardNumber, BankCode, BatchId, BoxId, CardId, CardNumber, ChipIdentifier, CityCode,
    OfficerId, OrgId, ResetInformation, VendorCode,
};
use kaguan_domain::production::{self, ProductionResult};
use kaguan_domain::rule::{Around, Found};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fmt::Write;

const BATCH: BatchId = BatchId(1);
const BOX: BoxId = BoxId(1);
const PROVINCE: OrgId = OrgId(1);
const CITY: OrgId = OrgId(2);
/// The one application of each file.
const ONE: ApplicationId = ApplicationId(1);

/// Whose step it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum By {
    Outlet,
    City,
    Province,
    Bank,
    Vendor,
}

impl By {
    fn actor(self) -> Actor {
        match self {
            Self::Outlet => Actor::Officer(OfficerId(1)),
            Self::City => Actor::Officer(OfficerId(3)),
            Self::Province => Actor::Officer(OfficerId(6)),
            Self::Bank => Actor::Bank(BankCode("95588".into())),
            Self::Vendor => Actor::Vendor(VendorCode("1".into())),
        }
    }

    fn is_partner(self) -> bool {
        matches!(self, Self::Bank | Self::Vendor)
    }
}

/// A batch, two people, and whether every last day is over.
#[derive(Clone)]
struct Town<'a> {
    office: &'a Institutions,
    batch: HashMap<BatchId, BatchFile>,
    people: [HolderFile; 2],
    late: bool,
}

enum Asked {
    Batch(B),
    Person(usize, C),
}

impl<'a> Town<'a> {
    fn new(office: &'a Institutions, scene: &Scene) -> Self {
        let mut file = scene.file.clone();
        file.cards.clear();
        file.applications[0].stage = Stage::Accepted { at: scene.now };
        file.applications[0].received_on = TODAY;
        let batch = HashMap::from([(BATCH, BatchFile::new(BATCH))]);
        Self { office, batch, people: [file.clone(), file], late: false }
    }

    fn file(&self) -> &BatchFile {
        &self.batch[&BATCH]
    }

    fn now(&self) -> Instant {
        Instant(Instant::at_start_of(TODAY).0 + if self.late { 60 * 86_400_000_000 } else { 0 })
    }

    /// Counts the rows, as the store does.
    fn counted(&mut self) {
        let mut t = Tally::default();
        for file in &self.people {
            match &file.applications[0].stage {
                Stage::InBatch { .. } => t.in_batch += 1,
                Stage::AccountOpened { .. } => t.opened += 1,
                Stage::OpeningFailed { .. } => t.opening_failed += 1,
                Stage::ProductionFailed { .. } => t.production_failed += 1,
                Stage::Made { .. } => t.made += 1,
                Stage::Received
                | Stage::Accepted { .. }
                | Stage::Personalising { .. }
                | Stage::Withdrawn { .. }
                | Stage::Declined { .. } => {}
            }
            let boxed = file.cards.iter().filter(|c| matches!(c.custody, Custody::InBox { .. }));
            *t.inside.entry(BOX).or_default() += boxed.count() as i64;
        }
        self.batch.entry(BATCH).or_insert_with(|| BatchFile::new(BATCH)).tally = t;
    }

    /// What becomes of it; `None` when it is refused.
    fn after(&self, by: By, asked: &Asked) -> Option<Self> {
        let ctx = Ctx {
            now: self.now(),
            actor: by.actor(),
            channel: Channel::Console,
            request_key: None,
            request_body: None,
        };
        let mut after = self.clone();
        match asked {
            Asked::Batch(command) => {
                let events = decide_batch(self.file(), command, &ctx, self.office).ok()?;
                let file = after.batch.get_mut(&BATCH)?;
                events.iter().for_each(|e| file.apply(e, ctx.now));
            }
            Asked::Person(n, command) => {
                let stock = Stock::default();
                let around = Around {
                    institutions: self.office,
                    batches: &self.batch,
                    stock: &stock,
                    found: Found::NOBODY,
                    other: None,
                };
                let events = decide(&self.people[*n], command, &ctx, around).ok()?;
                events.iter().for_each(|e| after.people[*n].apply(e, ctx.now));
            }
        }
        after.counted();
        Some(after)
    }

    /// What may be told apart, for what can happen next.
    fn key(&self) -> String {
        let mut out = format!("{}", self.late);
        let file = self.file();
        if let Some(b) = &file.batch {
            let _ = write!(out, "{}{}", b.state.code(), b.taken_back.is_some());
            for c in &b.clocks {
                let _ = write!(out, "{}{}", c.kind.code(), c.stopped_on.is_some());
            }
        }
        for b in &file.boxes {
            let (keeper, to) = (b.keeper.account(), b.on_the_way.as_ref().map(|w| w.to));
            let (left, arrived) = (b.left_province.is_some(), b.arrived.is_some());
            let _ = write!(out, "|{keeper}{to:?}{left}{arrived}{}", b.cards);
        }
        for p in &self.people {
            let custody = p.cards.first().map(|c| c.custody.kind());
            let _ = write!(out, "#{}{custody:?}", p.applications[0].stage.code());
        }
        out
    }

    /// Nothing of it is to be done any more: what is still on hand is with its outlet, or was never there.
    fn is_over(&self) -> bool {
        let file = self.file();
        file.batch.as_ref().is_some_and(|b| match b.state {
            BatchState::Ended { .. } => true,
            BatchState::Made { .. } => {
                !file.boxes.is_empty() && file.boxes.iter().all(|b| b.arrived.is_some())
            }
            BatchState::Screening
            | BatchState::Confirmed { .. }
            | BatchState::AtBank { .. }
            | BatchState::Opened { .. }
            | BatchState::AtVendor { .. } => false,
        })
    }

    /// Everything that anybody might ask for now.
    fn asked(&self) -> Vec<(By, Asked)> {
        let (city, bank) = (CityCode("4401".into()), BankCode("95588".into()));
        let open =
            B::Open { number: "B1".into(), city, bank, urgent: false, collected_on: TODAY, waiting: None };
        let why = || "处理".to_owned();
        let mut out = vec![
            (By::City, Asked::Batch(open)),
            (By::City, Asked::Batch(B::Confirm)),
            (By::City, Asked::Batch(B::TakeBackConfirmation { reason: why() })),
            (By::City, Asked::Batch(B::End)),
            (By::Province, Asked::Batch(B::End)),
            (By::Bank, Asked::Batch(B::Extract)),
            (By::Bank, Asked::Batch(B::CloseOpening)),
            (By::Province, Asked::Batch(B::HandOut { vendor: VendorCode("1".into()) })),
            (By::Province, Asked::Batch(B::TakeBack { reason: why() })),
            (By::Province, Asked::Batch(B::CloseTakenBack)),
            (By::Vendor, Asked::Batch(B::CloseProduction)),
            (By::Vendor, Asked::Batch(B::CloseEmptyBox { r#box: BOX })),
            (By::Province, Asked::Batch(B::CloseEmptyBox { r#box: BOX })),
            (By::City, Asked::Batch(B::CloseEmptyBox { r#box: BOX })),
        ];
        let pack = |cards| B::PackBox { r#box: BOX, number: "X1".into(), outlet: HR, employer: None, cards };
        out.extend([0, 1, 2].map(|n| (By::Vendor, Asked::Batch(pack(n)))));
        for (by, to) in [(By::Vendor, PROVINCE), (By::Province, CITY), (By::City, HR)] {
            let manner = "专车".into();
            let ship = Ship { r#box: BOX, to, responsible: "甲".into(), manner, tracking: "T".into() };
            out.push((by, Asked::Batch(B::Ship(ship))));
        }
        for (by, org) in [(By::Province, PROVINCE), (By::City, CITY), (By::Outlet, HR)] {
            let (counted, kept_at, signer) = (self.file().inside(BOX), "库房".into(), "乙".into());
            let receive =
                Receive { r#box: BOX, org, counted, kept_at, signer, short: None, surplus: Vec::new() };
            out.push((by, Asked::Batch(B::Receive(receive))));
        }
        for n in 0..self.people.len() {
            out.extend(self.asked_of(n).into_iter().map(|(by, c)| (by, Asked::Person(n, c))));
        }
        out
    }

    fn asked_of(&self, n: usize) -> Vec<(By, C)> {
        let (file, application, batch) = (&self.people[n], ONE, BATCH);
        let stage = &file.applications[0].stage;
        let mut out = Vec::new();
        // A card number is spent by whoever is taken out: which one it is does not matter here.
        let card_no = CardNumber::allocate('A', 1).unwrap();
        out.push((By::City, C::Screen(Screen { application, batch, card_no })));
        out.push((By::City, C::TakeOutOfBatch(TakeOut { application, batch, reason: "更正".into() })));
        out.push((By::Province, C::FailUnanswered(FailUnanswered { application, batch })));
        let words = || PartnerWords { code: "X".into(), reason: "不能办理".into() };
        let bank_card_no = BankCardNumber::with_check(&format!("6295588{n:011}")).unwrap();
        if let Some(echo) = Extracted::of(file, &file.applications[0]) {
            let opened = OpeningResult::Opened {
                bank_card_no: bank_card_no.clone(),
                account_no: AccountNumber(n.to_string()),
            };
            for result in [opened, OpeningResult::Failed(words())] {
                let back = account_opening::TakeReturn {
                    application,
                    batch,
                    echo: echo.clone(),
                    details: None,
                    result,
                };
                out.push((By::Bank, C::TakeOpeningReturn(back)));
            }
            let made = ProductionResult::Made {
                card: CardId(n as i64),
                chip: ChipIdentifier::parse(&format!("440001D156000005{n:016X}")).unwrap(),
                reset: ResetInformation::parse(&format!("00814E4323{n:016X}")).unwrap(),
                made_on: TODAY,
                r#box: BOX,
            };
            for result in [made, ProductionResult::Failed(words())] {
                let (echo, bank_card_no) = (echo.clone(), bank_card_no.clone());
                let back =
                    production::TakeReturn { application, batch, echo, details: None, bank_card_no, result };
                out.push((By::Vendor, C::TakeProductionReturn(back)));
            }
        }
        if let Stage::Made { card, .. } = stage {
            let (place, account) = ("途中".into(), "未见".into());
            let missing = C::RecordMissing(RecordMissing {
                card: *card,
                since: TODAY,
                place,
                account,
                answers: None,
                counted_at: None,
            });
            out.extend([By::Province, By::City].map(|by| (by, missing.clone())));
        }
        out
    }
}

/// A state, and where officers and partners lead it.
struct Node {
    key: String,
    over: bool,
    clock_runs: bool,
    by_officers: Vec<usize>,
    by_anybody: Vec<usize>,
}

/// Explores everything; what `dropped` names nobody ever does.
fn explore(dropped: fn(&Asked) -> bool) -> Vec<Node> {
    let scene = Scene::uncollected();
    let mut first = Town::new(&scene.office, &scene);
    first.counted();
    let mut known = HashMap::from([(first.key(), 0)]);
    let mut nodes = vec![Node {
        key: first.key(),
        over: false,
        clock_runs: false,
        by_officers: Vec::new(),
        by_anybody: Vec::new(),
    }];
    let mut queue = VecDeque::from([(0, first)]);
    while let Some((at, town)) = queue.pop_front() {
        let asked = town.asked();
        let steps = asked.iter().filter(|(_, a)| !dropped(a));
        let mut nexts: Vec<(bool, Town<'_>)> =
            steps.filter_map(|(by, a)| Some((by.is_partner(), town.after(*by, a)?))).collect();
        if !town.late {
            nexts.push((false, Town { late: true, ..town.clone() }));
        }
        for (by_partner, next) in nexts {
            let key = next.key();
            let to = *known.entry(key.clone()).or_insert_with(|| {
                let batch = next.file().batch.as_ref();
                let clock_runs = batch.is_some_and(|b| b.clocks.iter().any(|c| c.stopped_on.is_none()));
                let (by_officers, by_anybody) = (Vec::new(), Vec::new());
                nodes.push(Node { key, over: next.is_over(), clock_runs, by_officers, by_anybody });
                queue.push_back((nodes.len() - 1, next));
                nodes.len() - 1
            });
            nodes[at].by_anybody.push(to);
            if !by_partner {
                nodes[at].by_officers.push(to);
            }
        }
    }
    nodes
}

/// The states from which officers alone never bring the batch to its end, and those that are over while a clock runs.
fn wrong(nodes: &[Node]) -> Vec<&str> {
    let mut good: BTreeSet<usize> = (0..nodes.len()).filter(|n| nodes[*n].over).collect();
    loop {
        let more: Vec<usize> = (0..nodes.len())
            .filter(|n| !good.contains(n) && nodes[*n].by_officers.iter().any(|to| good.contains(to)))
            .collect();
        if more.is_empty() {
            break;
        }
        good.extend(more);
    }
    let stuck = (0..nodes.len()).filter(|n| !good.contains(n)).map(|n| nodes[n].key.as_str());
    let running = nodes.iter().filter(|n| n.over && n.clock_runs).map(|n| n.key.as_str());
    stuck.chain(running).collect()
}

#[test]
fn appendix_7_every_state_of_a_batch_has_an_exit_that_no_partner_is_needed_for_and_its_clocks_stop() {
    clause!(X7.1);
    clause!(X7.4);
    let nodes = explore(|_| false);
    let wrong = wrong(&nodes);
    assert!(wrong.is_empty(), "{} of {}: {:#?}", wrong.len(), nodes.len(), &wrong[..wrong.len().min(20)]);
    println!("{} states", nodes.len());
    for name in ["screening", "confirmed", "at_bank", "opened", "at_vendor", "made", "ended"] {
        assert!(nodes.iter().any(|n| n.key.contains(name)), "{name} is never reached");
    }
    assert!(nodes.len() > 200 && nodes.iter().any(|n| n.over && n.by_anybody.is_empty()), "{}", nodes.len());
}

#[test]
fn a_batch_without_an_exit_is_found() {
    let no_end = explore(|a| matches!(a, Asked::Batch(B::End)));
    assert!(wrong(&no_end).iter().any(|k| k.contains("screening")), "an empty batch stays");
    let no_take_back = explore(|a| matches!(a, Asked::Batch(B::TakeBack { .. })));
    let stuck = wrong(&no_take_back);
    assert!(stuck.iter().any(|k| k.contains("at_bank")) && stuck.iter().any(|k| k.contains("at_vendor")));
    let no_empty_box = explore(|a| matches!(a, Asked::Batch(B::CloseEmptyBox { .. })));
    assert!(wrong(&no_empty_box).iter().any(|k| k.contains("made")), "a box without cards waits for ever");
}
