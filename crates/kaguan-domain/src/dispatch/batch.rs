//! What can be asked of a batch as a whole, or of one of its boxes, and how each is decided.

use crate::account_opening;
use crate::batch;
use crate::clause;
use crate::clause::Clause;
use crate::collection;
use crate::ctx::Ctx;
use crate::distribution;
use crate::facts::batch::{Batch, BatchEvent, BatchFile, Missing};
use crate::facts::institution::{Institutions, Task};
use crate::facts::unit::UnitFile;
use crate::ids::{BankCode, BoxId, CityCode, MaterialId, OrgId, UnitId, VendorCode};
use crate::permission::{Place, Verb, authorise, in_own_hands};
use crate::production;
use crate::records;
use crate::refusal::{Reason, Refusal};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What can be asked of a batch as a whole, or of one of its boxes.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchCommand {
    /// 批次筛选: opens a batch.
    Open {
        /// 批次号.
        number: String,
        city: CityCode,
        bank: BankCode,
        /// 加急.
        urgent: bool,
        /// The earliest day on which the data of a row to be put in were received.
        collected_on: Date,
        /// How many wait to be put in; nothing in commands of earlier days.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        waiting: Option<usize>,
    },
    /// 批次确认.
    Confirm,
    /// 撤销批次确认.
    TakeBackConfirmation { reason: String },
    /// 提取预开户数据.
    Extract,
    /// 提取资料: rows go to the bank, or to the vendor.
    LendRows { rows: i64 },
    /// 预开户回盘完成: the bank has answered every row.
    CloseOpening,
    /// 制卡数据下发.
    HandOut {
        /// To which vendor.
        vendor: VendorCode,
    },
    /// 装箱.
    PackBox {
        r#box: BoxId,
        /// 装箱位置.
        number: String,
        outlet: OrgId,
        /// For which employer's operator, if for one.
        employer: Option<String>,
        cards: i64,
    },
    /// 制卡数据未收齐反馈.
    ReportIncomplete {
        missing: Missing,
        /// The rows, by their names; empty for the whole batch.
        rows: Vec<String>,
    },
    /// What was missing has arrived.
    ReportArrived { missing: Missing },
    /// 制卡回盘完成.
    CloseProduction,
    /// 收回批次 from a bank or a vendor that does not answer.
    TakeBack { reason: String },
    /// 收回完成: every row without an answer has failed.
    CloseTakenBack,
    /// 终结批次.
    End,
    /// A year's notice arrived: provisional clocks are recomputed.
    RecomputeClocks,
    /// 值守: says which clocks end today or are late.
    WatchClocks,
    /// The box sets out.
    Ship(distribution::Ship),
    /// The box is signed for.
    Receive(distribution::Receive),
    /// 批量领取 by the employer's operator.
    HandOverBox(collection::HandOverToUnit),
    /// 清点差异处理.
    SettleDifference(distribution::SettleDifference),
    /// 逐张核对: what is in hand, read by a scanner, beside what the books have in the box.
    Compare(distribution::CompareBox),
    /// 打印发放登记册: of the cards of an outlet, or of the whole batch for the city.
    PrintRegister {
        org: OrgId,
        /// Cards on it.
        rows: i64,
    },
    /// 查看批量领卡材料.
    OpenPaper { r#box: BoxId, material: MaterialId, reason: String },
    /// 空箱结清: nothing is left in a box that has not arrived.
    CloseEmptyBox { r#box: BoxId },
}

impl BatchCommand {
    /// The verb, for the permission matrix and the journal.
    pub fn verb(&self, file: &BatchFile, institutions: &Institutions) -> Verb {
        match self {
            Self::Open { .. } => Verb::ScreenBatch,
            Self::Confirm => Verb::ConfirmBatch,
            Self::TakeBackConfirmation { .. } => Verb::TakeBackConfirmation,
            Self::Extract => Verb::ExtractOpening,
            Self::LendRows { .. } if file.vendor().is_some() => Verb::ExtractProduction,
            Self::LendRows { .. } => Verb::ExtractOpening,
            Self::CloseOpening => Verb::TakeOpeningReturn,
            Self::HandOut { .. } => Verb::HandOutProduction,
            Self::PackBox { .. } => Verb::PackBox,
            Self::ReportIncomplete { .. } | Self::ReportArrived { .. } => Verb::ReportIncomplete,
            Self::CloseProduction => Verb::TakeProductionReturn,
            Self::RecomputeClocks => Verb::LoadHolidays,
            Self::WatchClocks => Verb::Notify,
            Self::Ship(ship) => distribution::ship_verb(file, ship, institutions),
            Self::Receive(_) => Verb::Receive,
            Self::HandOverBox(_) => Verb::HandOverToUnit,
            Self::SettleDifference(_) => Verb::SettleDifference,
            Self::Compare(_) => Verb::CompareBox,
            Self::PrintRegister { .. } => Verb::PrintRegister,
            Self::OpenPaper { .. } => Verb::OpenBoxPaper,
            Self::CloseEmptyBox { .. } => Verb::CloseEmptyBox,
            Self::TakeBack { .. } | Self::CloseTakenBack => Verb::TakeBackBatch,
            Self::End => Verb::EndBatch,
        }
    }

    /// The clause of its business, by which it is refused for reasons that hold everywhere.
    fn clause(&self) -> Clause {
        match self {
            Self::Open { .. } | Self::Confirm | Self::TakeBackConfirmation { .. } | Self::End => {
                clause!(X7.1)
            }
            Self::Extract | Self::LendRows { .. } | Self::CloseOpening => clause!(X7.2),
            Self::HandOut { .. } | Self::PackBox { .. } | Self::CloseProduction => clause!(X7.3),
            Self::ReportIncomplete { .. } | Self::ReportArrived { .. } => clause!(X7.6),
            Self::TakeBack { .. } | Self::CloseTakenBack => clause!(X7.4),
            Self::RecomputeClocks | Self::WatchClocks => clause!(R7.1),
            Self::Ship(_)
            | Self::Receive(_)
            | Self::SettleDifference(_)
            | Self::Compare(_)
            | Self::CloseEmptyBox { .. } => clause!(R12.1),
            Self::HandOverBox(_) => clause!(R15.1),
            Self::PrintRegister { .. } => clause!(R12.2),
            Self::OpenPaper { .. } => clause!(R40.1),
        }
    }

    /// The unit application that it names; no other is loaded.
    pub fn unit(&self) -> Option<UnitId> {
        if let Self::HandOverBox(h) = self { h.unit } else { None }
    }

    /// Whether only whoever has the box in hand may do it: no centre for an office of its area.
    fn is_the_keepers(&self) -> bool {
        clause!(R12.1);
        matches!(
            self,
            Self::Ship(_) | Self::HandOverBox(_) | Self::SettleDifference(_) | Self::CloseEmptyBox { .. }
        )
    }

    /// Where the subject lies, for the permission check.
    pub fn place(&self, file: &BatchFile) -> Place {
        let of_batch = |f: fn(&Batch) -> Place| file.batch.as_ref().map_or(Place::Anywhere, f);
        match self {
            Self::Open { city, .. } => Place::City(city.clone()),
            Self::Confirm => of_batch(|b| Place::Entrusted {
                city: b.city.clone(),
                task: Task::ConfirmBatches,
                bank: Some(b.bank.clone()),
            }),
            Self::TakeBackConfirmation { .. } => of_batch(|b| Place::City(b.city.clone())),
            Self::TakeBack { .. } | Self::CloseTakenBack | Self::End => of_batch(batch::where_ended),
            Self::Extract | Self::CloseOpening => of_batch(|b| Place::Bank(b.bank.clone())),
            Self::LendRows { .. } => of_batch(|b| {
                let of_vendor = b.state.vendor().map(|v| Place::Vendor(v.clone()));
                of_vendor.unwrap_or_else(|| Place::Bank(b.bank.clone()))
            }),
            Self::PackBox { .. }
            | Self::ReportIncomplete { .. }
            | Self::ReportArrived { .. }
            | Self::CloseProduction => file.vendor().map_or(Place::Anywhere, |v| Place::Vendor(v.clone())),
            Self::HandOut { .. } | Self::RecomputeClocks | Self::WatchClocks => Place::Anywhere,
            Self::Ship(ship) => distribution::ship_place(file, ship),
            Self::Receive(receive) => Place::At(receive.org),
            Self::HandOverBox(h) => file.box_file(h.r#box).map_or(Place::Anywhere, |b| b.keeper.place()),
            Self::SettleDifference(s) => {
                file.box_file(s.r#box).map_or(Place::Anywhere, distribution::counted_at)
            }
            Self::PrintRegister { org, .. } => Place::At(*org),
            Self::Compare(c) => Place::At(c.org),
            Self::OpenPaper { r#box, .. } => {
                file.box_file(*r#box).map_or(Place::Anywhere, |b| Place::At(b.outlet))
            }
            Self::CloseEmptyBox { r#box } => {
                file.box_file(*r#box).map_or(Place::Anywhere, |b| b.keeper.place())
            }
        }
    }
}

/// Decides a command about a batch as a whole that names no unit application.
pub fn decide_batch(
    file: &BatchFile,
    command: &BatchCommand,
    ctx: &Ctx,
    institutions: &Institutions,
) -> Result<Vec<BatchEvent>, Refusal> {
    decide_batch_beside(file, command, None, ctx, institutions)
}

/// Decides a command about a batch as a whole, beside the unit application that it names. What is missing of it, or unknown, stands against
/// the article of its business.
pub fn decide_batch_beside(
    file: &BatchFile,
    command: &BatchCommand,
    unit: Option<&UnitFile>,
    ctx: &Ctx,
    institutions: &Institutions,
) -> Result<Vec<BatchEvent>, Refusal> {
    decided(file, command, unit, ctx, institutions).map_err(|refused| refused.under(command.clause()))
}

fn decided(
    file: &BatchFile,
    command: &BatchCommand,
    unit: Option<&UnitFile>,
    ctx: &Ctx,
    institutions: &Institutions,
) -> Result<Vec<BatchEvent>, Refusal> {
    let (verb, place) = (command.verb(file, institutions), command.place(file));
    authorise(institutions, &ctx.actor, verb, &place)?;
    if command.is_the_keepers() {
        in_own_hands(institutions, &ctx.actor, &place)?;
    }
    if let BatchCommand::Open { number, city, bank, urgent, collected_on, waiting } = command {
        batch::anybody_waits(city, *waiting)?;
        return batch::open(file, number, city, bank, *urgent, *collected_on, ctx, institutions);
    }
    let whole = file.batch.as_ref().ok_or(Reason::NotFound)?;
    match command {
        BatchCommand::Open { .. } => Err(Reason::NothingToDo.into()),
        BatchCommand::Confirm => batch::confirm(file, whole, institutions),
        BatchCommand::TakeBackConfirmation { reason } => batch::take_back_confirmation(whole, reason),
        BatchCommand::Extract => account_opening::extract(whole, ctx, institutions),
        BatchCommand::LendRows { rows } => records::lend_rows(whole, *rows, ctx),
        BatchCommand::CloseOpening => account_opening::close(file, whole),
        BatchCommand::HandOut { vendor } => production::hand_out(file, whole, vendor, ctx, institutions),
        BatchCommand::PackBox { r#box, number, outlet, employer, cards } => production::pack_box(
            file,
            whole,
            *r#box,
            number,
            *outlet,
            employer.as_deref(),
            *cards,
            institutions,
        ),
        BatchCommand::ReportIncomplete { missing, rows } => {
            production::report_incomplete(whole, *missing, rows)
        }
        BatchCommand::ReportArrived { missing } => {
            production::report_arrived(whole, *missing, ctx, institutions)
        }
        BatchCommand::CloseProduction => production::close(file, whole),
        BatchCommand::TakeBack { reason } => batch::take_back(whole, reason, ctx),
        BatchCommand::CloseTakenBack => batch::close_taken_back(file, whole),
        BatchCommand::End => batch::end(file, whole),
        BatchCommand::RecomputeClocks => batch::recompute_clocks(whole, institutions),
        BatchCommand::WatchClocks => batch::watch_clocks(whole, ctx),
        BatchCommand::Ship(ship) => distribution::ship(file, ship, ctx, institutions),
        BatchCommand::Receive(receive) => distribution::receive(file, receive, institutions),
        BatchCommand::HandOverBox(h) => collection::hand_over_to_unit(file, h, unit, ctx, institutions),
        BatchCommand::PrintRegister { org, rows } => {
            records::print_register(whole, *org, *rows, institutions)
        }
        BatchCommand::OpenPaper { r#box, material, reason } => {
            collection::open_paper(file, *r#box, *material, reason)
        }
        BatchCommand::SettleDifference(settle) => distribution::settle_difference(file, settle),
        BatchCommand::Compare(c) => distribution::compare_box(file, c),
        BatchCommand::CloseEmptyBox { r#box } => distribution::close_empty_box(file, *r#box),
    }
}
