//! The batch 批次 (Articles 8 and 9, Appendix 7): what moves together is one row. A batch has a state of its own
//! and its applications follow; its boxes carry the finished cards.

mod exit;

pub use exit::FailUnanswered;
pub(crate) use exit::{close_taken_back, end, place as where_ended, take_back};

use crate::alive;
use crate::clause;
use crate::ctx::Ctx;
use crate::facts::application::{Application, Stage};
use crate::facts::batch::{Batch, BatchEvent, BatchFile, BatchState, Extraction, Tally, Unseen};
use crate::facts::claim::Claim;
use crate::facts::clock::{Clock, ClockKind, warnings};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::institution::Institutions;
use crate::facts::unit::Papers;
use crate::ids::{ApplicationId, BankCode, BatchId, CardNumber, CityCode};
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule, in_city_of};
use crate::spelling;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// 批次筛选 is refused where nobody waits, and where the city has no card numbers.
pub(crate) fn anybody_waits(city: &CityCode, waiting: Option<usize>) -> Result<(), Refusal> {
    clause!(X7.1);
    city.card_number_letter().ok_or(Reason::NotFound)?;
    if waiting == Some(0) { Err(Reason::BatchEmpty.into()) } else { Ok(()) }
}

/// 批次筛选: opens a batch, for a city and a bank that cooperates with it.
#[expect(clippy::too_many_arguments, reason = "the parts of one command, taken apart by its only caller")]
pub(crate) fn open(
    file: &BatchFile,
    number: &str,
    city: &CityCode,
    bank: &BankCode,
    urgent: bool,
    collected_on: Date,
    ctx: &Ctx,
    institutions: &Institutions,
) -> Result<Vec<BatchEvent>, Refusal> {
    clause!(X7.1);
    if file.batch.is_some() {
        return Err(Reason::NothingToDo.into());
    }
    // Whoever applied while the bank cooperated has the card made there.
    if !institutions.cooperated(city, bank) {
        return Err(Reason::BankNotOffered.into());
    }
    Ok(vec![BatchEvent::Opened {
        batch: Box::new(Batch {
            number: number.to_owned(),
            city: city.clone(),
            bank: bank.clone(),
            urgent,
            collected_on: collected_on.min(ctx.today()),
            people: 0,
            state: BatchState::Screening,
            clocks: Vec::new(),
            incomplete: Vec::new(),
            taken_back: None,
        }),
    }])
}

/// A year's notice arrived: provisional last days are computed anew.
pub(crate) fn recompute_clocks(
    batch: &Batch,
    institutions: &Institutions,
) -> Result<Vec<BatchEvent>, Refusal> {
    let now: Vec<Clock> = batch.clocks.iter().map(|c| c.recomputed(&institutions.calendar)).collect();
    if now == batch.clocks {
        return Err(Reason::NothingToDo.into());
    }
    Ok(vec![BatchEvent::ClocksRecomputed { clocks: now }])
}

/// 值守: says which clocks of the batch end today or are late.
pub(crate) fn watch_clocks(batch: &Batch, ctx: &Ctx) -> Result<Vec<BatchEvent>, Refusal> {
    let clocks = warnings(&batch.clocks, ctx.today());
    if clocks.is_empty() {
        return Err(Reason::NothingToDo.into());
    }
    Ok(vec![BatchEvent::ClocksWarned { clocks }])
}

/// 批次确认 (R8.7): the clock of Article 11 is that of the earliest data in the batch. Article 7's is each person's own, from
/// the application on.
pub(crate) fn confirm(
    file: &BatchFile,
    batch: &Batch,
    institutions: &Institutions,
) -> Result<Vec<BatchEvent>, Refusal> {
    clause!(R8.7);
    clause!(X7.1);
    is_unconfirmed(&batch.state)?;
    if file.tally.in_batch == 0 {
        return Err(Reason::BatchEmpty.into());
    }
    fit_to_go_on(&file.tally)?;
    let production = if batch.urgent { ClockKind::UrgentProduction } else { ClockKind::Production };
    let clocks = vec![Clock::start(production, batch.collected_on, &institutions.calendar)];
    Ok(vec![BatchEvent::Confirmed { people: file.tally.in_batch, clocks }])
}

/// A batch is confirmed once: whoever does it again is told since when it is so, and what is waited for.
fn is_unconfirmed(state: &BatchState) -> Result<(), Refusal> {
    clause!(X7.1);
    let (about, way) = match state {
        BatchState::Screening => return Ok(()),
        BatchState::Confirmed { at } => {
            (format!("批次已于{}确认", at.local()), "无需重复确认，请待服务银行提取预开户数据")
        }
        BatchState::AtBank { .. }
        | BatchState::Opened { .. }
        | BatchState::AtVendor { .. }
        | BatchState::Made { .. } => (format!("批次已确认，现在的环节是“{}”", state.name()), "无需重复确认"),
        BatchState::Ended { .. } => ("批次已终结".to_owned(), "批次不再办理"),
    };
    Err(Refusal::about(Reason::WrongStage, about).way(way))
}

/// 撤销批次确认: until the bank has extracted the data, the city takes its confirmation back, and the batch is as it was before it:
/// nobody was told of it, and its clock begins with the next confirmation, on the same day as before.
pub(crate) fn take_back_confirmation(batch: &Batch, reason: &str) -> Result<Vec<BatchEvent>, Refusal> {
    clause!(R8.7);
    clause!(X7.1);
    match batch.state.extraction() {
        Extraction::Unconfirmed => return Err(Reason::NothingToDo.into()),
        Extraction::Awaited => {}
        Extraction::Done => return Err(past_the_bank(&batch.state)),
    }
    if spelling::says_nothing(reason) {
        return Err(Refusal::about(Reason::MaterialDefective, "须写明撤销确认的原因"));
    }
    Ok(vec![BatchEvent::ConfirmationTakenBack { reason: reason.trim().to_owned() }])
}

/// Why nobody is taken out of a batch any more, nor its confirmation taken back: by how far it is, with what can still be done.
fn past_the_bank(state: &BatchState) -> Refusal {
    clause!(R8.7);
    clause!(X7.1);
    let by_failure = "资料有误的，请卡商按制卡失败回盘，再在“失败数据处理”中更正或不予受理";
    let answered = |about: &str, way: &str| Refusal::about(Reason::BankHasBatch, about).way(way);
    match state {
        BatchState::Screening | BatchState::Confirmed { .. } | BatchState::AtBank { .. } => {
            Reason::BankHasBatch.into()
        }
        BatchState::Opened { .. } => {
            answered("银行已回盘，待下发制卡", &format!("请待下发制卡；{by_failure}"))
        }
        BatchState::AtVendor { .. } => answered("银行已回盘，卡商制卡中", by_failure),
        BatchState::Made { .. } => answered("银行已回盘，成品卡已制成", "资料有误的，领卡后办理换卡"),
        BatchState::Ended { .. } => Refusal::about(Reason::WrongStage, "批次已终结")
            .way("批次不再办理；其中人员现在的环节请在持卡人档案查看"),
    }
}

/// In the city of a batch.
fn in_its_city(batch: &Batch) -> Place {
    Place::City(batch.city.clone())
}

/// What stands against the data of the batch going to the bank, all at once: people who have died (R33.1), and units whose papers were
/// never seen (R9.1).
fn fit_to_go_on(tally: &Tally) -> Result<(), Refusal> {
    match (alive::nobody_dead(&tally.dead), papers_seen(&tally.unseen)) {
        (Ok(()), other) | (other, Ok(())) => other,
        (Err(dead), Err(papers)) => {
            let about = |r: &Refusal| r.about.clone().unwrap_or_default();
            let both = format!("{}；{}：{}", about(&dead), papers.reason.says(), about(&papers));
            let way = format!("{}；{}", dead.way.as_deref().unwrap_or_default(), papers.reason.way_out());
            let refusal = Refusal::about(dead.reason, both).way(way);
            Err(Refusal { by: vec![clause!(R33.1), clause!(R9.1)], ..refusal })
        }
    }
}

/// Whether 批次筛选 takes an application, as far as the application itself says: accepted, its fee settled, and made at no counter.
pub fn waits_for_a_batch(application: &Application) -> bool {
    clause!(X7.1);
    matches!(application.stage, Stage::Accepted { .. })
        && application.fee.is_settled()
        && application.instant_at.is_none()
}

/// The data of nobody go on to the bank whose unit's papers were never seen (R9.1): which units, and what is still to be
/// registered.
fn papers_seen(unseen: &[Unseen]) -> Result<(), Refusal> {
    clause!(R9.1);
    if unseen.is_empty() {
        return Ok(());
    }
    let one = |u: &Unseen| format!("受理编号{}，数据文件{}，本批次{}人", u.unit, u.file, u.people);
    let units: Vec<String> = unseen.iter().map(one).collect();
    let missing = Papers::default().missing(None).join("、");
    Err(Refusal::about(Reason::PapersOutstanding, format!("{}。待登记：{missing}", units.join("；"))))
}

/// 批次筛选 of one application: into an open batch of the same city and bank, with a card number of its own.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Screen {
    pub application: ApplicationId,
    /// Into which batch.
    pub batch: BatchId,
    /// A card number reserved for it.
    pub card_no: CardNumber,
}

impl Rule for Screen {
    fn verb(&self) -> Verb {
        Verb::ScreenBatch
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        in_city_of(file, self.application)
    }

    fn claims(&self) -> Vec<Claim> {
        vec![Claim::card_number(&self.card_no)]
    }

    fn batch(&self) -> Option<BatchId> {
        Some(self.batch)
    }

    /// Decides 批次筛选 of one application. An unpaid card never enters a batch (R22.1), nor does that of somebody who has died.
    fn decide(&self, Asked { file, around, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(X7.1);
        let application = file.application(self.application).ok_or(Reason::NotFound)?;
        if !matches!(application.stage, Stage::Accepted { .. }) {
            return Err(Reason::WrongStage.into());
        }
        alive::not_dead(file)?;
        if !application.fee.is_settled() {
            return Err(Reason::FeeUnpaid.into());
        }
        if application.instant_at.is_some() {
            clause!(R36.2);
            return Err(Refusal::about(Reason::WrongStage, "已标注为即制卡，由网点即时制卡"));
        }
        let batch = around.batches.get(&self.batch).and_then(|b| b.batch.as_ref()).ok_or(Reason::NotFound)?;
        if batch.state != BatchState::Screening {
            return Err(Refusal::about(Reason::WrongStage, "批次已确认，不能再加入"));
        }
        if batch.city != application.city
            || batch.bank != application.bank
            || batch.urgent != application.urgent
        {
            return Err(Reason::WrongBatch.into());
        }
        if application.received_on < batch.collected_on {
            return Err(Refusal::about(Reason::WrongBatch, "申请日期早于批次的数据采集日期"));
        }
        Ok(vec![HolderEvent::Screened {
            application: application.id,
            batch: self.batch,
            card_no: self.card_no.clone(),
        }])
    }
}

/// 移出批次: one application out of a batch that is not confirmed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TakeOut {
    pub application: ApplicationId,
    /// Out of which batch.
    pub batch: BatchId,
    /// What is to be corrected, or why no card is made.
    pub reason: String,
}

impl Rule for TakeOut {
    fn verb(&self) -> Verb {
        Verb::TakeOutOfBatch
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        in_city_of(file, self.application)
    }

    fn batch(&self) -> Option<BatchId> {
        Some(self.batch)
    }

    /// Decides 移出批次. Appendix 7 gives screening and confirming to the city: until it has confirmed, and after it has taken that back,
    /// it says who is in the batch. Whoever is taken out waits as before: he is corrected, declined or withdrawn at his outlet
    /// (R8.5, R27.4), or the next batch takes him. His own period runs on; his card number is spent.
    fn decide(&self, Asked { file, around, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R8.7);
        clause!(X7.1);
        let application = file.application(self.application).ok_or(Reason::NotFound)?;
        if application.stage.batch() != Some(self.batch) {
            return Err(Refusal::about(Reason::WrongStage, "该申请不在这一批次中"));
        }
        let batch = around.batches.get(&self.batch).and_then(|b| b.batch.as_ref()).ok_or(Reason::NotFound)?;
        match batch.state.extraction() {
            Extraction::Unconfirmed => {}
            Extraction::Awaited => {
                let first = "批次已确认，须先由市卡管机构撤销批次确认，再移出批次";
                return Err(Refusal::about(Reason::WrongStage, first));
            }
            Extraction::Done => return Err(past_the_bank(&batch.state)),
        }
        if spelling::says_nothing(&self.reason) {
            return Err(Refusal::about(Reason::MaterialDefective, "须写明移出批次的原因").by(clause!(X7.1)));
        }
        let (application, batch) = (application.id, self.batch);
        let reason = self.reason.trim().to_owned();
        Ok(vec![HolderEvent::TakenOutOfBatch { application, batch, reason }])
    }
}
