//! The batch 批次: what moves together is one row. A batch has a state of its own and its applications follow; its boxes
//! carry the finished cards.

use crate::ctx::Instant;
use crate::facts::boxes::{BoxFile, BoxHandedOver, BoxReceived, BoxSettled, BoxShipped};
use crate::facts::clock::{Clock, ClockKind, Warned, note};
use crate::facts::custody::{Custody, CustodyEntry, Party, transfer};
use crate::facts::difference;
use crate::ids::{
    ApplicationId, BankCode, BatchId, BoxId, CityCode, HolderId, MaterialId, OrgId, UnitId, VendorCode,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How far a batch is. Its applications are wherever it is, except those that failed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchState {
    /// 批次筛选: applications may still be put in.
    Screening,
    /// 批次确认: waits for the bank to extract the data.
    Confirmed { at: Instant },
    /// 已提取: the bank has the pre-opening data.
    AtBank { at: Instant },
    /// 预开户回盘完成.
    Opened { at: Instant },
    /// 制卡数据已下发: the vendor has the data.
    AtVendor {
        /// Which vendor.
        vendor: VendorCode,
        at: Instant,
    },
    /// 制卡回盘完成; the boxes are on their way.
    Made {
        /// Which vendor.
        vendor: VendorCode,
        at: Instant,
    },
    /// 已终结: nothing is left in it of which a card could be made.
    Ended {
        at: Instant,
        /// Who had the data, if anybody: what it says once more is answered as before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        vendor: Option<VendorCode>,
    },
}

/// How far the data of a batch are on their way to its bank: what is put right in them afterwards the bank does not know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extraction {
    /// 批次筛选: they are with nobody, and applications may still be put in or taken out.
    Unconfirmed,
    /// 批次确认: the bank may extract them at any moment, until the city takes its confirmation back.
    Awaited,
    /// 已提取: the bank has them, or had them.
    Done,
}

impl BatchState {
    /// The Chinese term.
    pub fn name(&self) -> &'static str {
        self.kind().name()
    }

    /// How far its data are on their way to the bank.
    pub fn extraction(&self) -> Extraction {
        match self {
            Self::Screening => Extraction::Unconfirmed,
            Self::Confirmed { .. } => Extraction::Awaited,
            Self::AtBank { .. }
            | Self::Opened { .. }
            | Self::AtVendor { .. }
            | Self::Made { .. }
            | Self::Ended { .. } => Extraction::Done,
        }
    }

    /// The vendor, once one has the data.
    pub fn vendor(&self) -> Option<&VendorCode> {
        match self {
            Self::AtVendor { vendor, .. } | Self::Made { vendor, .. } => Some(vendor),
            Self::Ended { vendor, .. } => vendor.as_ref(),
            Self::Screening | Self::Confirmed { .. } | Self::AtBank { .. } | Self::Opened { .. } => None,
        }
    }
}

/// How the rows of a batch stand. Counted by the store when a command about the whole batch is decided.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Rows in the batch without the bank's answer.
    pub in_batch: i64,
    /// Rows with an account.
    pub opened: i64,
    /// Rows that the bank failed.
    pub opening_failed: i64,
    /// Rows that the vendor failed.
    pub production_failed: i64,
    /// Rows with a card.
    pub made: i64,
    /// Cards that lie in each box now: those packed, less those handed over, posted or recorded missing since.
    pub inside: BTreeMap<BoxId, i64>,
    /// Units whose papers nobody has registered yet (材料待补登记), with their rows that wait in the batch.
    pub unseen: Vec<Unseen>,
    /// Whose death two registers have confirmed, of the rows without the bank's answer.
    pub dead: Vec<Dead>,
}

/// Somebody in a batch whose death two registers have confirmed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Dead {
    pub holder: HolderId,
    pub application: ApplicationId,
    /// 申领表编码, which names nobody.
    pub form_no: String,
}

/// A unit in a batch whose papers nobody has registered yet.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Unseen {
    pub unit: UnitId,
    /// The name of its data file.
    pub file: String,
    /// Its rows in the batch.
    pub people: i64,
}

/// A batch with its boxes.
#[derive(Clone, PartialEq, Debug)]
pub struct BatchFile {
    pub id: BatchId,
    /// Version; 0 before it is stored.
    pub version: i64,
    /// What it is; `None` before it is opened.
    pub batch: Option<Batch>,
    /// Its boxes.
    pub boxes: Vec<BoxFile>,
    /// Its rows; only counted for commands about the whole batch.
    pub tally: Tally,
}

impl BatchFile {
    /// A batch that is not stored yet.
    pub fn new(id: BatchId) -> Self {
        Self { id, version: 0, batch: None, boxes: Vec::new(), tally: Tally::default() }
    }

    /// How far its data are on their way to the bank; `None` of one of which nothing is known.
    pub fn extraction(&self) -> Option<Extraction> {
        self.batch.as_ref().map(|batch| batch.state.extraction())
    }

    /// The box of an identity.
    pub fn box_file(&self, id: BoxId) -> Option<&BoxFile> {
        self.boxes.iter().find(|b| b.id == id)
    }

    /// How many cards lie in a box now: those that the books have in it, less those that a count did not find.
    pub fn inside(&self, id: BoxId) -> i64 {
        let booked = self.tally.inside.get(&id).copied().unwrap_or(0);
        booked - self.box_file(id).map_or(0, BoxFile::short)
    }

    fn in_box(&mut self, id: BoxId, change: impl FnOnce(&mut BoxFile)) {
        if let Some(b) = self.boxes.iter_mut().find(|b| b.id == id) {
            change(b);
        }
    }

    fn stop(&mut self, kinds: &[ClockKind], on: Date) {
        if let Some(b) = &mut self.batch {
            for c in b.clocks.iter_mut().filter(|c| kinds.contains(&c.kind)) {
                c.stop(on);
            }
        }
    }

    /// The vendor, once one has the data.
    pub fn vendor(&self) -> Option<&VendorCode> {
        self.batch.as_ref()?.state.vendor()
    }

    fn set(&mut self, state: BatchState, clock: Option<Clock>) {
        if let Some(b) = &mut self.batch {
            b.state = state;
            b.clocks.extend(clock);
        }
    }

    /// Applies one event. This is the only way a batch changes, in the executor and in replay alike.
    pub fn apply(&mut self, event: &BatchEvent, at: Instant) {
        match event {
            BatchEvent::Opened { batch } => self.batch = Some((**batch).clone()),
            BatchEvent::Confirmed { people, clocks } => {
                self.set(BatchState::Confirmed { at }, None);
                if let Some(b) = &mut self.batch {
                    b.people = *people;
                    b.clocks.extend(clocks.iter().cloned());
                }
            }
            BatchEvent::ConfirmationTakenBack { .. } => {
                self.set(BatchState::Screening, None);
                if let Some(b) = &mut self.batch {
                    b.people = 0;
                    b.clocks.retain(|c| !c.kind.begins_with_confirmation());
                }
            }
            BatchEvent::Extracted { clock } => self.set(BatchState::AtBank { at }, Some(clock.clone())),
            BatchEvent::RowsLent { .. } => {}
            BatchEvent::OpeningClosed => {
                self.set(BatchState::Opened { at }, None);
                self.stop(&[ClockKind::BankOpening], at.date());
                self.given_back();
            }
            BatchEvent::HandedOut { vendor, clock } => {
                self.set(BatchState::AtVendor { vendor: vendor.clone(), at }, Some(clock.clone()));
            }
            BatchEvent::BoxPacked { r#box, number, outlet, employer, cards, vendor } => {
                self.boxes.push(BoxFile {
                    id: *r#box,
                    number: number.clone(),
                    outlet: *outlet,
                    employer: employer.clone(),
                    cards: *cards,
                    keeper: Party::Vendor(vendor.clone()),
                    on_the_way: None,
                    last_signed: at,
                    left_province: None,
                    arrived: None,
                    differences: Vec::new(),
                    papers: Vec::new(),
                })
            }
            BatchEvent::BoxCorrected { r#box, cards: 0, .. } => self.boxes.retain(|b| b.id != *r#box),
            BatchEvent::BoxCorrected { r#box, outlet, employer, cards, .. } => self.in_box(*r#box, |b| {
                (b.outlet, b.cards) = (*outlet, *cards);
                b.employer.clone_from(employer);
            }),
            BatchEvent::ProductionClosed => {
                if let Some(vendor) = self.batch.as_ref().and_then(|b| b.state.vendor().cloned()) {
                    self.set(BatchState::Made { vendor, at }, None);
                }
                self.stop(&[ClockKind::VendorMaking], at.date());
                self.given_back();
            }
            BatchEvent::TakenBack { reason, clock } => {
                if let Some(b) = &mut self.batch {
                    b.taken_back = Some(reason.clone());
                    b.clocks
                        .iter_mut()
                        .filter(|c| Some(c.kind) == *clock)
                        .for_each(|c| c.take_back(at.date()));
                }
            }
            BatchEvent::Ended => {
                let vendor = self.vendor().cloned();
                self.set(BatchState::Ended { at, vendor }, None);
                self.stop(&ClockKind::ALL, at.date());
            }
            BatchEvent::ClocksRecomputed { clocks } => {
                if let Some(b) = &mut self.batch {
                    b.clocks.clone_from(clocks);
                }
            }
            BatchEvent::ClocksWarned { clocks } => {
                if let Some(b) = &mut self.batch {
                    note(&mut b.clocks, clocks);
                }
            }
            BatchEvent::BoxShipped(e) => {
                self.in_box(e.r#box, |b| b.ship(e, at));
                self.stop_what_ends(at);
            }
            BatchEvent::BoxReceived(e) => {
                self.in_box(e.r#box, |b| b.receive(e, at));
                self.stop_what_ends(at);
            }
            BatchEvent::BoxHandedOver(e) => self.in_box(e.r#box, |b| b.hand_over(e, at)),
            BatchEvent::IncompleteReported { missing, rows } => {
                if let Some(b) = &mut self.batch {
                    let (missing, rows, reported_on) = (*missing, rows.len(), at.date());
                    b.incomplete.push(Incomplete { missing, rows, reported_on, arrived_on: None });
                }
            }
            BatchEvent::DataArrived { missing, clock } => {
                let Some(b) = &mut self.batch else { return };
                for i in b.incomplete.iter_mut().filter(|i| i.missing == *missing) {
                    i.arrived_on.get_or_insert(at.date());
                }
                if let Some(clock) = clock {
                    b.clocks.retain(|c| c.kind != clock.kind);
                    b.clocks.push(clock.clone());
                }
            }
            BatchEvent::BoxSettled(e) => self.in_box(e.r#box, |b| b.settle(e)),
            // What was looked at is unchanged; the journal's line is the record.
            BatchEvent::RegisterPrinted { .. }
            | BatchEvent::BoxCompared { .. }
            | BatchEvent::PaperOpened { .. } => {}
            BatchEvent::BoxEmptied { r#box } => {
                self.in_box(*r#box, |b| b.empty(at));
                self.stop_what_ends(at);
            }
        }
    }

    /// Whoever had it is done with it: the next one works on it as on any other.
    fn given_back(&mut self) {
        if let Some(b) = &mut self.batch {
            b.taken_back = None;
        }
    }

    /// The clocks that end when every box has left the province, and when every box has arrived.
    fn stop_what_ends(&mut self, at: Instant) {
        if self.boxes.iter().all(|b| b.left_province.is_some()) {
            self.stop(&[ClockKind::Production, ClockKind::UrgentProduction], at.date());
        }
        if self.boxes.iter().all(|b| b.arrived.is_some()) {
            self.stop(&[ClockKind::FirstCard], at.date());
        }
    }
}

/// The batch itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Batch {
    /// 批次号.
    pub number: String,
    pub city: CityCode,
    /// Service bank.
    pub bank: BankCode,
    /// 加急.
    pub urgent: bool,
    /// The earliest day on which the data of a row in it were received: the periods count from here.
    pub collected_on: Date,
    /// How many applications were in it when it was confirmed.
    pub people: i64,
    pub state: BatchState,
    /// Its clocks.
    pub clocks: Vec<Clock>,
    /// What the vendor has said that it lacks, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub incomplete: Vec<Incomplete>,
    /// Why the province took it back from a bank or a vendor that did not answer, until every row of it has failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_back: Option<String>,
}

impl Batch {
    /// Whether the bank works on it: it has the data, and they were not taken back.
    pub fn is_at_bank(&self) -> bool {
        matches!(self.state, BatchState::AtBank { .. }) && self.taken_back.is_none()
    }

    /// The vendor that works on it: it has the data, and they were not taken back.
    pub fn at_vendor(&self) -> Option<&VendorCode> {
        match &self.state {
            BatchState::AtVendor { vendor, .. } if self.taken_back.is_none() => Some(vendor),
            BatchState::Screening
            | BatchState::Confirmed { .. }
            | BatchState::AtBank { .. }
            | BatchState::Opened { .. }
            | BatchState::AtVendor { .. }
            | BatchState::Made { .. }
            | BatchState::Ended { .. } => None,
        }
    }
}

/// What a vendor has not received (X7.6).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// 社保制卡数据, which come from the system.
    SocialData,
    /// 银行账户制卡数据, which come from the bank.
    BankData,
}

impl Missing {
    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::SocialData => "社保制卡数据",
            Self::BankData => "银行账户制卡数据",
        }
    }
}

/// One report of a vendor that data have not arrived.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Incomplete {
    pub missing: Missing,
    /// How many rows lack them; 0 is the whole batch.
    pub rows: usize,
    pub reported_on: Date,
    /// When they came.
    pub arrived_on: Option<Date>,
}

/// What happened to a batch or to one of its boxes.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchEvent {
    /// The batch was opened.
    Opened {
        /// As it begins.
        batch: Box<Batch>,
    },
    /// The city confirmed it.
    Confirmed {
        /// How many applications.
        people: i64,
        /// The clocks that count from the data's receipt.
        clocks: Vec<Clock>,
    },
    /// The city took its confirmation back, before the bank had the data.
    ConfirmationTakenBack {
        /// Why, in the city's words.
        reason: String,
    },
    /// The bank extracted the data.
    Extracted {
        /// The bank's clock.
        clock: Clock,
    },
    /// Rows went out to whoever works on them.
    RowsLent { rows: i64 },
    /// The bank has answered every row.
    OpeningClosed,
    /// A vendor has the data.
    HandedOut {
        vendor: VendorCode,
        /// The vendor's clock.
        clock: Clock,
    },
    /// The vendor packed a box.
    BoxPacked {
        r#box: BoxId,
        /// 装箱位置.
        number: String,
        outlet: OrgId,
        /// For which employer.
        employer: Option<String>,
        cards: i64,
        vendor: VendorCode,
    },
    /// The vendor put right what is written on a box that has not left; one without cards is no box any more.
    BoxCorrected {
        r#box: BoxId,
        outlet: OrgId,
        employer: Option<String>,
        cards: i64,
        /// What was written before.
        was: i64,
        vendor: VendorCode,
    },
    /// The vendor has answered every row.
    ProductionClosed,
    /// The province took it back from a partner that did not answer.
    TakenBack {
        reason: String,
        /// The partner's clock, which ends without an answer; nothing in lines of earlier days, whose clock ended with the batch's return.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        clock: Option<ClockKind>,
    },
    /// Nothing is left in it of which a card could be made.
    Ended,
    /// Clocks were recomputed.
    ClocksRecomputed {
        /// As they are now.
        clocks: Vec<Clock>,
    },
    /// Staff was told about clocks.
    ClocksWarned {
        /// Each clock by its kind, with what staff was told of it.
        clocks: Vec<(ClockKind, Warned)>,
    },
    /// A box set out.
    BoxShipped(BoxShipped),
    /// A box was signed for.
    BoxReceived(BoxReceived),
    /// A box was handed to the employer's operator.
    BoxHandedOver(BoxHandedOver),
    /// A difference of a box was looked into.
    BoxSettled(BoxSettled),
    /// 发放登记册 was printed or exported.
    RegisterPrinted {
        /// By which organisation, of its own cards.
        org: OrgId,
        /// Cards on it.
        rows: i64,
    },
    /// The cards of a box were compared with a list of what was in hand.
    BoxCompared {
        r#box: BoxId,
        org: OrgId,
        /// Different cards on the list.
        listed: i64,
        /// Cards of the box that it lacks.
        missing: i64,
        /// What it has and the box has not.
        unknown: i64,
    },
    /// Somebody looked at a paper that an employer's operator left.
    PaperOpened { r#box: BoxId, material: MaterialId, reason: String },
    /// The vendor sent every card of a box to the applicants themselves.
    BoxEmptied { r#box: BoxId },
    /// The vendor says what has not arrived.
    IncompleteReported {
        missing: Missing,
        /// The rows, by the names that they have in the data; empty for the whole batch.
        rows: Vec<String>,
    },
    /// It has arrived.
    DataArrived {
        missing: Missing,
        /// The vendor's clock, when it has everything from this day on.
        clock: Option<Clock>,
    },
}

impl BatchEvent {
    /// Whether the event carries personal data, so that the journal stores it encrypted.
    pub fn is_personal(&self) -> bool {
        match self {
            Self::BoxHandedOver(_) | Self::PaperOpened { .. } => true,
            Self::RegisterPrinted { .. } | Self::BoxCompared { .. } => false,
            Self::Opened { .. }
            | Self::Confirmed { .. }
            | Self::ConfirmationTakenBack { .. }
            | Self::Extracted { .. }
            | Self::RowsLent { .. }
            | Self::OpeningClosed
            | Self::HandedOut { .. }
            | Self::BoxPacked { .. }
            | Self::BoxCorrected { .. }
            | Self::ProductionClosed
            | Self::TakenBack { .. }
            | Self::Ended
            | Self::ClocksRecomputed { .. }
            | Self::ClocksWarned { .. }
            | Self::IncompleteReported { .. }
            | Self::DataArrived { .. }
            | Self::BoxShipped(_)
            | Self::BoxReceived(_)
            | Self::BoxSettled(_)
            | Self::BoxEmptied { .. } => false,
        }
    }

    /// What it does to the books.
    pub fn entries(&self) -> Vec<CustodyEntry> {
        match self {
            Self::BoxPacked { vendor, cards, .. } => {
                transfer(&Party::Production(vendor.clone()), &Party::Vendor(vendor.clone()), *cards)
            }
            Self::BoxCorrected { vendor, cards, was, .. } => {
                transfer(&Party::Production(vendor.clone()), &Party::Vendor(vendor.clone()), cards - was)
            }
            Self::BoxReceived(e) => {
                let to = Party::Org(e.to);
                difference::received(&e.from, &to, e.counted, e.short.as_ref(), &e.surplus)
            }
            Self::BoxSettled(e) => difference::settled(&e.keeper, &e.settled),
            Self::BoxHandedOver(e) => {
                transfer(&Party::Org(e.from), &Party::Employer(e.employer.clone()), e.counted)
            }
            Self::Opened { .. }
            | Self::Confirmed { .. }
            | Self::ConfirmationTakenBack { .. }
            | Self::Extracted { .. }
            | Self::RowsLent { .. }
            | Self::OpeningClosed
            | Self::HandedOut { .. }
            | Self::ProductionClosed
            | Self::TakenBack { .. }
            | Self::Ended
            | Self::ClocksRecomputed { .. }
            | Self::ClocksWarned { .. }
            | Self::IncompleteReported { .. }
            | Self::DataArrived { .. }
            | Self::BoxShipped(_)
            | Self::RegisterPrinted { .. }
            | Self::BoxCompared { .. }
            | Self::PaperOpened { .. }
            | Self::BoxEmptied { .. } => Vec::new(),
        }
    }
}

/// Who keeps a card now; the card's box answers while it lies in one.
pub fn keeper_of(custody: &Custody, batch: Option<&BatchFile>) -> Option<Party> {
    Some(match custody {
        Custody::InBox { r#box } => batch?.box_file(*r#box)?.keeper.clone(),
        Custody::AtOutlet { org } => Party::Org(*org),
        Custody::InPost { from, .. } => Party::Post(*from),
        Custody::Missing { .. } => Party::Missing,
        Custody::Recalled { org, .. } => Party::Recalled(*org),
        Custody::Destroyed { .. } => Party::Destroyed,
        Custody::WithHolder { .. } => Party::Holder,
    })
}
