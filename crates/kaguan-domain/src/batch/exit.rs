//! How a batch ends of which no more cards come, and what is done when a bank or a vendor does not answer: every state of a batch
//! has a next step that somebody other than the silent partner may take, and no clock runs on for a batch that is over.

use super::in_its_city;
use crate::clause;
use crate::ctx::Ctx;
use crate::facts::application::Stage;
use crate::facts::batch::{Batch, BatchEvent, BatchFile, BatchState};
use crate::facts::clock::{ClockKind, Standing};
use crate::facts::failure::RowFailure;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::ids::{ApplicationId, BatchId, PartnerKind};
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule, batch_of, in_city_of};
use crate::spelling;
use serde::{Deserialize, Serialize};

/// Who has the rows of a batch, and by which clock; `None` while nobody does.
fn silent(batch: &Batch) -> Option<(PartnerKind, ClockKind)> {
    match batch.state {
        BatchState::AtBank { .. } => Some((PartnerKind::Bank, ClockKind::BankOpening)),
        BatchState::AtVendor { .. } => Some((PartnerKind::Vendor, ClockKind::VendorMaking)),
        BatchState::Screening
        | BatchState::Confirmed { .. }
        | BatchState::Opened { .. }
        | BatchState::Made { .. }
        | BatchState::Ended { .. } => None,
    }
}

/// 收回批次: the province coordinates banks and vendors (Appendix 7); a partner whose days are over and who has not answered loses
/// the batch. From then on it is given nothing of it, and nothing that it sends is taken.
pub(crate) fn take_back(batch: &Batch, reason: &str, ctx: &Ctx) -> Result<Vec<BatchEvent>, Refusal> {
    clause!(X7.4);
    if batch.taken_back.is_some() {
        return Err(Reason::NothingToDo.into());
    }
    let Some((_, kind)) = silent(batch) else {
        let about = "批次不在服务银行或卡商办理中，没有可收回的数据";
        return Err(Refusal::about(Reason::WrongStage, about));
    };
    let today = ctx.today();
    if let Some(clock) =
        batch.clocks.iter().find(|c| c.kind == kind).filter(|c| c.standing(today) != Standing::Late)
    {
        let provisional = if clock.due.provisional { "（暂定）" } else { "" };
        let about = format!("{}至{}{provisional}为止", clock.kind.name(), clock.due.last_day);
        return Err(Refusal::about(Reason::StillInTime, about));
    }
    if spelling::says_nothing(reason) {
        return Err(Refusal::about(Reason::MaterialDefective, "须写明收回批次的原因"));
    }
    Ok(vec![BatchEvent::TakenBack { reason: reason.trim().to_owned(), clock: Some(kind) }])
}

/// 收回完成: every row that had no answer has failed. What was opened or made goes on; boxes hold what was returned for them.
pub(crate) fn close_taken_back(file: &BatchFile, batch: &Batch) -> Result<Vec<BatchEvent>, Refusal> {
    clause!(X7.4);
    if batch.taken_back.is_none() {
        return Err(Refusal::about(Reason::WrongStage, "该批次没有收回"));
    }
    let (left, closed, nothing) = match silent(batch) {
        Some((PartnerKind::Vendor, _)) => {
            (file.tally.opened, BatchEvent::ProductionClosed, file.tally.made == 0)
        }
        Some(_) => (file.tally.in_batch, BatchEvent::OpeningClosed, file.tally.opened == 0),
        None => return Err(Reason::WrongStage.into()),
    };
    if left > 0 {
        return Err(Refusal::about(Reason::ReturnsOutstanding, format!("{left}条未回盘")));
    }
    let vendor = batch.state.vendor();
    let differs = file.boxes.iter().filter(|b| file.inside(b.id) != b.cards);
    let corrected = differs.filter_map(|b| {
        Some(BatchEvent::BoxCorrected {
            r#box: b.id,
            outlet: b.outlet,
            employer: b.employer.clone(),
            cards: file.inside(b.id),
            was: b.cards,
            vendor: vendor?.clone(),
        })
    });
    Ok(corrected.chain([closed]).chain(nothing.then_some(BatchEvent::Ended)).collect())
}

/// 终结批次: of a batch in which nothing is left to be made. Whoever failed in it is settled one by one; its clocks stop.
pub(crate) fn end(file: &BatchFile, batch: &Batch) -> Result<Vec<BatchEvent>, Refusal> {
    clause!(X7.1);
    let (left, what) = match batch.state {
        BatchState::Screening => (file.tally.in_batch, "批次中尚有人员，请先逐人移出批次"),
        BatchState::Opened { .. } => (file.tally.opened, "批次中有开户成功的人员，请下发制卡"),
        BatchState::Made { .. } => (file.boxes.len() as i64, "批次的成品卡已制成，请继续分发"),
        BatchState::Ended { .. } => return Err(Reason::NothingToDo.into()),
        BatchState::Confirmed { .. } => (1, "请先撤销批次确认，或待服务银行提取"),
        BatchState::AtBank { .. } => (1, "请待服务银行回盘；逾期不回盘的由省卡管机构收回"),
        BatchState::AtVendor { .. } => (1, "请待卡商回盘；逾期不回盘的由省卡管机构收回"),
    };
    if left > 0 { Err(Refusal::about(Reason::WrongStage, what)) } else { Ok(vec![BatchEvent::Ended]) }
}

/// Where 终结批次 is done: in the batch's city, and in the province.
pub(crate) fn place(batch: &Batch) -> Place {
    in_its_city(batch)
}

/// 收回批次, one row that its partner has not answered: it has failed, and the city settles it like any other failure.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FailUnanswered {
    pub application: ApplicationId,
    pub batch: BatchId,
}

impl Rule for FailUnanswered {
    fn verb(&self) -> Verb {
        Verb::TakeBackBatch
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        in_city_of(file, self.application)
    }

    fn batch(&self) -> Option<BatchId> {
        Some(self.batch)
    }

    /// Decides it: of a row that waits in a batch that was taken back.
    fn decide(&self, Asked { file, around, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(X7.4);
        let application = file.application(self.application).ok_or(Reason::NotFound)?;
        let batch = batch_of(self.batch, around).ok_or(Reason::NotFound)?;
        let said = batch.taken_back.as_ref();
        let said = said.ok_or_else(|| Refusal::about(Reason::WrongStage, "该批次没有收回"))?;
        let unanswered = |by| RowFailure::Unanswered { by, reason: said.clone() };
        let (application, batch_id) = (application.id, self.batch);
        let stage = file.application(application).map(|a| &a.stage);
        let partner = silent(batch).map(|(by, _)| by);
        if let (Some(Stage::InBatch { batch, .. }), Some(by @ PartnerKind::Bank)) = (stage, partner)
            && *batch == batch_id
        {
            let failure = unanswered(by);
            return Ok(vec![HolderEvent::OpeningFailed { application, batch: batch_id, failure }]);
        }
        if let (Some(Stage::AccountOpened { batch, account, .. }), Some(by @ PartnerKind::Vendor)) =
            (stage, partner)
            && *batch == batch_id
        {
            let (failure, unused) = (unanswered(by), Some(account.bank_card_no.clone()));
            return Ok(vec![HolderEvent::ProductionFailed { application, batch: batch_id, failure, unused }]);
        }
        Err(Refusal::about(Reason::WrongStage, "该行已有结论，或不在这一批次中"))
    }
}
