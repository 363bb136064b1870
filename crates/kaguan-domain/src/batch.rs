//! The batch 批次 (Articles 8 and 9, Appendix 7): what moves together is one row. A batch has a state of its own
//! and its applications follow; its boxes carry the finished cards.

use crate::account_opening;
use crate::application::Stage;
use crate::clause;
use crate::clock::{self, Clock, ClockKind, Warned};
use crate::ctx::{Ctx, Instant};
use crate::distribution::{self, BoxFile, Party};
use crate::holder::{Around, HolderEvent, HolderFile};
use crate::ids::{ApplicationId, BatchId, BoxId, CardNumber, OrgId};
use crate::institution::{BankCode, CityCode, Institutions, Place, VendorCode, Verb, authorise};
use crate::production;
use crate::records;
use crate::refusal::{Reason, Refusal};
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
    Confirmed {
        /// Since when.
        at: Instant,
    },
    /// 已提取: the bank has the pre-opening data.
    AtBank {
        /// Since when.
        at: Instant,
    },
    /// 预开户回盘完成.
    Opened {
        /// Since when.
        at: Instant,
    },
    /// 制卡数据已下发: the vendor has the data.
    AtVendor {
        /// Which vendor.
        vendor: VendorCode,
        /// Since when.
        at: Instant,
    },
    /// 制卡回盘完成; the boxes are on their way.
    Made {
        /// Which vendor.
        vendor: VendorCode,
        /// Since when.
        at: Instant,
    },
}

impl BatchState {
    /// The stable name in stored rows.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Screening => "screening",
            Self::Confirmed { .. } => "confirmed",
            Self::AtBank { .. } => "at_bank",
            Self::Opened { .. } => "opened",
            Self::AtVendor { .. } => "at_vendor",
            Self::Made { .. } => "made",
        }
    }

    /// The Chinese term.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Screening => "批次筛选",
            Self::Confirmed { .. } => "已确认，待银行提取",
            Self::AtBank { .. } => "银行开户中",
            Self::Opened { .. } => "开户完成，待下发制卡",
            Self::AtVendor { .. } => "卡商制卡中",
            Self::Made { .. } => "制卡完成",
        }
    }

    /// The vendor, once one has the data.
    pub fn vendor(&self) -> Option<&VendorCode> {
        match self {
            Self::AtVendor { vendor, .. } | Self::Made { vendor, .. } => Some(vendor),
            _ => None,
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
}

/// A batch with its boxes.
#[derive(Clone, PartialEq, Debug)]
pub struct BatchFile {
    /// Identity.
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

/// The batch itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Batch {
    /// 批次号.
    pub number: String,
    /// City.
    pub city: CityCode,
    /// Service bank.
    pub bank: BankCode,
    /// 加急.
    pub urgent: bool,
    /// The earliest day on which the data of a row in it were received: the periods count from here.
    pub collected_on: Date,
    /// How many applications were in it when it was confirmed.
    pub people: i64,
    /// How far it is.
    pub state: BatchState,
    /// Its clocks.
    pub clocks: Vec<Clock>,
}

impl BatchFile {
    /// A batch that is not stored yet.
    pub fn new(id: BatchId) -> Self {
        Self { id, version: 0, batch: None, boxes: Vec::new(), tally: Tally::default() }
    }

    /// The box of an identity.
    pub fn box_file(&self, id: BoxId) -> Option<&BoxFile> {
        self.boxes.iter().find(|b| b.id == id)
    }

    /// How many cards lie in a box now.
    pub fn inside(&self, id: BoxId) -> i64 {
        self.tally.inside.get(&id).copied().unwrap_or(0)
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
            BatchEvent::Extracted { clock } => self.set(BatchState::AtBank { at }, Some(clock.clone())),
            BatchEvent::RowsLent { .. } => {}
            BatchEvent::OpeningClosed => {
                self.set(BatchState::Opened { at }, None);
                self.stop(&[ClockKind::BankOpening], at.date());
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
                })
            }
            BatchEvent::ProductionClosed => {
                if let Some(vendor) = self.batch.as_ref().and_then(|b| b.state.vendor().cloned()) {
                    self.set(BatchState::Made { vendor, at }, None);
                }
                self.stop(&[ClockKind::VendorMaking], at.date());
            }
            BatchEvent::ClocksRecomputed { clocks } => {
                if let Some(b) = &mut self.batch {
                    b.clocks.clone_from(clocks);
                }
            }
            BatchEvent::ClocksWarned { clocks } => {
                if let Some(b) = &mut self.batch {
                    clock::note(&mut b.clocks, clocks);
                }
            }
            BatchEvent::BoxShipped(e) => {
                distribution::apply_shipped(self, e, at);
                if self.boxes.iter().all(|b| b.left_province.is_some()) {
                    self.stop(&[ClockKind::Production, ClockKind::UrgentProduction], at.date());
                }
            }
            BatchEvent::BoxReceived(e) => {
                distribution::apply_received(self, e, at);
                if self.boxes.iter().all(|b| b.arrived.is_some()) {
                    self.stop(&[ClockKind::FirstCard], at.date());
                }
            }
            BatchEvent::BoxHandedOver(e) => distribution::apply_handed_over(self, e, at),
        }
    }
}

/// What can be asked of a batch as a whole, or of one of its boxes.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchCommand {
    /// 批次筛选: opens a batch.
    Open {
        /// 批次号.
        number: String,
        /// City.
        city: CityCode,
        /// Bank.
        bank: BankCode,
        /// 加急.
        urgent: bool,
        /// The earliest day on which the data of a row to be put in were received.
        collected_on: Date,
    },
    /// 批次确认.
    Confirm,
    /// 提取预开户数据.
    Extract,
    /// 提取资料: rows go to the bank, or to the vendor.
    LendRows {
        /// How many.
        rows: i64,
    },
    /// 预开户回盘完成: the bank has answered every row.
    CloseOpening,
    /// 制卡数据下发.
    HandOut {
        /// To which vendor.
        vendor: VendorCode,
    },
    /// 装箱.
    PackBox {
        /// Fresh identity.
        r#box: BoxId,
        /// 装箱位置.
        number: String,
        /// For which outlet.
        outlet: OrgId,
        /// For which employer's operator, if for one.
        employer: Option<String>,
        /// How many cards.
        cards: i64,
    },
    /// 制卡回盘完成.
    CloseProduction,
    /// A year's notice arrived: provisional clocks are recomputed.
    RecomputeClocks,
    /// 值守: says which clocks end today or are late.
    WatchClocks,
    /// The box sets out.
    Ship(distribution::Ship),
    /// The box is signed for.
    Receive(distribution::Receive),
    /// 批量领取 by the employer's operator.
    HandOverBox(crate::collection::HandOverToUnit),
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
    /// The bank extracted the data.
    Extracted {
        /// The bank's clock.
        clock: Clock,
    },
    /// Rows went out to whoever works on them.
    RowsLent {
        /// How many.
        rows: i64,
    },
    /// The bank has answered every row.
    OpeningClosed,
    /// A vendor has the data.
    HandedOut {
        /// Which.
        vendor: VendorCode,
        /// The vendor's clock.
        clock: Clock,
    },
    /// The vendor packed a box.
    BoxPacked {
        /// Identity.
        r#box: BoxId,
        /// 装箱位置.
        number: String,
        /// For which outlet.
        outlet: OrgId,
        /// For which employer.
        employer: Option<String>,
        /// How many cards.
        cards: i64,
        /// By whom.
        vendor: VendorCode,
    },
    /// The vendor has answered every row.
    ProductionClosed,
    /// Clocks were recomputed.
    ClocksRecomputed {
        /// As they are now.
        clocks: Vec<Clock>,
    },
    /// Staff was told about clocks.
    ClocksWarned {
        /// Which, and what.
        clocks: Vec<(ClockKind, Warned)>,
    },
    /// A box set out.
    BoxShipped(distribution::BoxShipped),
    /// A box was signed for.
    BoxReceived(distribution::BoxReceived),
    /// A box was handed to the employer's operator.
    BoxHandedOver(distribution::BoxHandedOver),
}

impl BatchEvent {
    /// Whether the event carries personal data, so that the journal stores it encrypted.
    pub fn is_personal(&self) -> bool {
        matches!(self, Self::BoxHandedOver(_))
    }
}

impl BatchCommand {
    /// The verb, for the permission matrix and the journal.
    pub fn verb(&self, file: &BatchFile, institutions: &Institutions) -> Verb {
        match self {
            Self::Open { .. } => Verb::ScreenBatch,
            Self::Confirm => Verb::ConfirmBatch,
            Self::Extract => Verb::ExtractOpening,
            Self::LendRows { .. } if file.vendor().is_some() => Verb::ExtractProduction,
            Self::LendRows { .. } => Verb::ExtractOpening,
            Self::CloseOpening => Verb::TakeOpeningReturn,
            Self::HandOut { .. } => Verb::HandOutProduction,
            Self::PackBox { .. } => Verb::PackBox,
            Self::CloseProduction => Verb::TakeProductionReturn,
            Self::RecomputeClocks => Verb::LoadHolidays,
            Self::WatchClocks => Verb::Notify,
            Self::Ship(ship) => distribution::ship_verb(file, ship, institutions),
            Self::Receive(_) => Verb::Receive,
            Self::HandOverBox(_) => Verb::HandOverToUnit,
        }
    }

    /// Where the subject lies, for the permission check.
    pub fn place(&self, file: &BatchFile) -> Place {
        let of_batch = |f: fn(&Batch) -> Place| file.batch.as_ref().map_or(Place::Anywhere, f);
        match self {
            Self::Open { city, .. } => Place::City(city.clone()),
            Self::Confirm => of_batch(|b| Place::City(b.city.clone())),
            Self::Extract | Self::CloseOpening => of_batch(|b| Place::Bank(b.bank.clone())),
            Self::LendRows { .. } => of_batch(|b| {
                let of_vendor = b.state.vendor().map(|v| Place::Vendor(v.clone()));
                of_vendor.unwrap_or_else(|| Place::Bank(b.bank.clone()))
            }),
            Self::PackBox { .. } | Self::CloseProduction => {
                file.vendor().map_or(Place::Anywhere, |v| Place::Vendor(v.clone()))
            }
            Self::HandOut { .. } | Self::RecomputeClocks | Self::WatchClocks => Place::Anywhere,
            Self::Ship(ship) => distribution::ship_place(file, ship),
            Self::Receive(receive) => Place::At(receive.org),
            Self::HandOverBox(h) => file.box_file(h.r#box).map_or(Place::Anywhere, |b| b.keeper.place()),
        }
    }
}

/// Decides a command about a batch as a whole.
pub fn decide_batch(
    file: &BatchFile,
    command: &BatchCommand,
    ctx: &Ctx,
    institutions: &Institutions,
) -> Result<Vec<BatchEvent>, Refusal> {
    let (verb, place) = (command.verb(file, institutions), command.place(file));
    authorise(institutions, &ctx.actor, verb, &place)?;
    if let BatchCommand::Open { number, city, bank, urgent, collected_on } = command {
        clause!(X7.1);
        if file.batch.is_some() {
            return Err(Reason::NothingToDo.into());
        }
        if !institutions.banks_of(city).contains(bank) {
            return Err(Reason::BankNotOffered.into());
        }
        return Ok(vec![BatchEvent::Opened {
            batch: Box::new(Batch {
                number: number.clone(),
                city: city.clone(),
                bank: bank.clone(),
                urgent: *urgent,
                collected_on: (*collected_on).min(ctx.today()),
                people: 0,
                state: BatchState::Screening,
                clocks: Vec::new(),
            }),
        }]);
    }
    let batch = file.batch.as_ref().ok_or(Reason::NotFound)?;
    match command {
        BatchCommand::Open { .. } => Err(Reason::NothingToDo.into()),
        BatchCommand::Confirm => confirm(file, batch, institutions),
        BatchCommand::Extract => account_opening::extract(batch, ctx, institutions),
        BatchCommand::LendRows { rows } => records::lend_rows(batch, *rows, ctx),
        BatchCommand::CloseOpening => account_opening::close(file, batch),
        BatchCommand::HandOut { vendor } => production::hand_out(file, batch, vendor, ctx, institutions),
        BatchCommand::PackBox { r#box, number, outlet, employer, cards } => production::pack_box(
            file,
            batch,
            *r#box,
            number,
            *outlet,
            employer.as_deref(),
            *cards,
            institutions,
        ),
        BatchCommand::CloseProduction => production::close(file, batch),
        BatchCommand::RecomputeClocks => {
            let now: Vec<Clock> = batch.clocks.iter().map(|c| c.recomputed(&institutions.calendar)).collect();
            if now == batch.clocks {
                return Err(Reason::NothingToDo.into());
            }
            Ok(vec![BatchEvent::ClocksRecomputed { clocks: now }])
        }
        BatchCommand::WatchClocks => {
            let clocks = clock::warnings(&batch.clocks, ctx.today());
            if clocks.is_empty() {
                return Err(Reason::NothingToDo.into());
            }
            Ok(vec![BatchEvent::ClocksWarned { clocks }])
        }
        BatchCommand::Ship(ship) => distribution::ship(file, ship, ctx, institutions),
        BatchCommand::Receive(receive) => distribution::receive(file, receive, ctx, institutions),
        BatchCommand::HandOverBox(h) => crate::collection::hand_over_to_unit(file, h, ctx, institutions),
    }
}

/// 批次确认 (R8.7): the clocks of Articles 7 and 11 are those of the earliest data in the batch.
fn confirm(file: &BatchFile, batch: &Batch, institutions: &Institutions) -> Result<Vec<BatchEvent>, Refusal> {
    clause!(R8.7);
    clause!(X7.1);
    if batch.state != BatchState::Screening {
        return Err(Reason::WrongStage.into());
    }
    if file.tally.in_batch == 0 {
        return Err(Reason::BatchEmpty.into());
    }
    let production = if batch.urgent { ClockKind::UrgentProduction } else { ClockKind::Production };
    let clocks = [ClockKind::FirstCard, production]
        .map(|kind| Clock::start(kind, batch.collected_on, &institutions.calendar));
    Ok(vec![BatchEvent::Confirmed { people: file.tally.in_batch, clocks: clocks.into() }])
}

/// 批次筛选 of one application: into an open batch of the same city and bank, with a card number of its own.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Screen {
    /// Which application.
    pub application: ApplicationId,
    /// Into which batch.
    pub batch: BatchId,
    /// A card number reserved for it.
    pub card_no: CardNumber,
}

/// Decides 批次筛选 of one application. An unpaid card never enters a batch (R22.1).
pub fn screen(
    file: &HolderFile,
    command: &Screen,
    _ctx: &Ctx,
    around: Around<'_>,
) -> Result<Vec<HolderEvent>, Refusal> {
    clause!(X7.1);
    let application = file.application(command.application).ok_or(Reason::NotFound)?;
    if !matches!(application.stage, Stage::Accepted { .. }) {
        return Err(Reason::WrongStage.into());
    }
    if !application.fee.is_settled() {
        return Err(Reason::FeeUnpaid.into());
    }
    let batch = around.batches.get(&command.batch).and_then(|b| b.batch.as_ref()).ok_or(Reason::NotFound)?;
    if batch.state != BatchState::Screening {
        return Err(Refusal::about(Reason::WrongStage, "批次已确认，不能再加入"));
    }
    if batch.city != application.city || batch.bank != application.bank || batch.urgent != application.urgent
    {
        return Err(Reason::WrongBatch.into());
    }
    if application.received_on < batch.collected_on {
        return Err(Refusal::about(Reason::WrongBatch, "申请日期早于批次的数据采集日期"));
    }
    Ok(vec![HolderEvent::Screened {
        application: application.id,
        batch: command.batch,
        card_no: command.card_no.clone(),
    }])
}
