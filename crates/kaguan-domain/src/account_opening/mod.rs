//! 预开户 (Articles 8 and 9, Appendix 7): the bank extracts the data, opens the accounts, and returns them. It must
//! not change what it was given.

mod details;

pub use details::Details;

use crate::alive;
use crate::clause;
use crate::ctx::Ctx;
use crate::facts::account::{AccountNumber, BankAccount};
use crate::facts::application::{Application, Stage};
use crate::facts::batch::{Batch, BatchEvent, BatchFile, BatchState};
use crate::facts::claim::Claim;
use crate::facts::clock::{Clock, ClockKind};
use crate::facts::failure::{PartnerWords, RowFailure, SentField};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::institution::Institutions;
use crate::facts::name::names_agree;
use crate::ids::{ApplicationId, BankCardNumber, BankCode, BatchId, PartnerKind};
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule, batch_of, in_city_of, not_taken_back};
use crate::spelling;
use serde::{Deserialize, Serialize};

/// What of a person goes to the bank and must come back unchanged (提取预开户数据).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extracted {
    /// 申领表编码.
    pub form_no: String,
    /// 社会保障号码.
    pub number: String,
    /// 姓名, rare characters in brackets.
    pub name: String,
    /// 证件号码.
    pub document_number: String,
    /// 服务银行.
    pub bank: String,
    /// 社保卡卡号.
    pub card_no: String,
}

impl std::fmt::Debug for Extracted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Extracted({})", self.form_no)
    }
}

impl Extracted {
    /// The data of one application, as sent; `None` when no batch holds it.
    pub fn of(file: &HolderFile, application: &Application) -> Option<Self> {
        let (Stage::InBatch { card_no, .. } | Stage::AccountOpened { card_no, .. }) = &application.stage
        else {
            return None;
        };
        let details = &file.person.as_ref()?.details;
        Some(Self {
            form_no: application.form_no.clone(),
            number: details.ssn.as_str().to_owned(),
            name: details.name.display().to_owned(),
            document_number: details.document.number().to_owned(),
            bank: application.bank.as_str().to_owned(),
            card_no: card_no.as_str().to_owned(),
        })
    }

    /// The fields that differ, in order.
    pub fn changed(&self, back: &Self) -> Vec<SentField> {
        [
            (SentField::FormNo, self.form_no != back.form_no),
            (SentField::Number, spelling::number(&self.number) != spelling::number(&back.number)),
            // A bank or a vendor that writes the rare character itself, or the dot in another way, has changed nothing.
            (SentField::Name, !names_agree(&self.name, &back.name)),
            (
                SentField::DocumentNumber,
                spelling::number(&self.document_number) != spelling::number(&back.document_number),
            ),
            (SentField::Bank, self.bank != back.bank),
            (SentField::CardNo, self.card_no != back.card_no),
        ]
        .into_iter()
        .filter_map(|(field, changed)| changed.then_some(field))
        .collect()
    }
}

/// What the bank says about one row.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpeningResult {
    /// The account is opened.
    Opened {
        /// 银行卡号.
        bank_card_no: BankCardNumber,
        /// 银行账户.
        account_no: AccountNumber,
    },
    Failed(PartnerWords),
}

/// One row of 预开户回盘.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct TakeReturn {
    pub application: ApplicationId,
    pub batch: BatchId,
    /// The data as the bank sends them back.
    pub echo: Extracted,
    /// The applicant's details, when the bank sends them back too.
    #[serde(default)]
    pub details: Option<Box<Details>>,
    pub result: OpeningResult,
}

impl std::fmt::Debug for TakeReturn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TakeReturn({})", self.application)
    }
}

/// 失败处理: the data were corrected, or nothing was wrong with them; the application waits for a batch again.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SettleFailure {
    pub application: ApplicationId,
}

/// The bank extracts the data of a confirmed batch; its two working days begin (X7.2).
pub fn extract(batch: &Batch, ctx: &Ctx, institutions: &Institutions) -> Result<Vec<BatchEvent>, Refusal> {
    clause!(X7.2);
    not_taken_back(batch)?;
    if matches!(batch.state, BatchState::AtBank { .. }) {
        // Extracting again gives the same data; the clock runs on from the first time.
        return Err(Reason::NothingToDo.into());
    }
    if !matches!(batch.state, BatchState::Confirmed { .. }) {
        return Err(Reason::WrongStage.into());
    }
    let clock = Clock::start(ClockKind::BankOpening, ctx.today(), &institutions.calendar);
    Ok(vec![BatchEvent::Extracted { clock }])
}

/// Every row is answered: the bank's clock stops.
pub fn close(file: &BatchFile, batch: &Batch) -> Result<Vec<BatchEvent>, Refusal> {
    match batch.state {
        BatchState::AtBank { .. } => {}
        BatchState::Opened { .. }
        | BatchState::AtVendor { .. }
        | BatchState::Made { .. }
        | BatchState::Ended { .. } => {
            return Err(Reason::NothingToDo.into());
        }
        BatchState::Screening | BatchState::Confirmed { .. } => return Err(Reason::WrongStage.into()),
    }
    if file.tally.in_batch > 0 {
        return Err(Refusal::about(Reason::ReturnsOutstanding, format!("{}条未回盘", file.tally.in_batch)));
    }
    not_taken_back(batch)?;
    // Of a batch in which every row failed no card is made: it is over.
    clause!(X7.2);
    let ended = (file.tally.opened == 0).then_some(BatchEvent::Ended);
    Ok([BatchEvent::OpeningClosed].into_iter().chain(ended).collect())
}

impl Rule for TakeReturn {
    fn verb(&self) -> Verb {
        Verb::TakeOpeningReturn
    }

    fn place(&self, _: &HolderFile, around: Around<'_>) -> Place {
        batch_of(self.batch, around).map_or(Place::Anywhere, |b| Place::Bank(b.bank.clone()))
    }

    fn claims(&self) -> Vec<Claim> {
        match &self.result {
            OpeningResult::Opened { bank_card_no, account_no } => {
                // A bank that is not the one that was sent fails the row, and claims nothing.
                let bank = BankCode(self.echo.bank.clone());
                vec![Claim::bank_card_number(bank_card_no), Claim::account(&bank, account_no)]
            }
            OpeningResult::Failed(_) => Vec::new(),
        }
    }

    fn batch(&self) -> Option<BatchId> {
        Some(self.batch)
    }

    /// Decides one row of the return. A changed field fails the row with the precise reason; it opens nothing.
    fn decide(&self, Asked { file, around, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(X7.2);
        let application = file.application(self.application).ok_or(Reason::NotFound)?;
        let Stage::InBatch { batch, card_no } = &application.stage else {
            return Err(Reason::WrongStage.into());
        };
        let (batch_id, card_no) = (*batch, card_no.clone());
        if batch_id != self.batch {
            return Err(Reason::NotYourData.into());
        }
        let batch = around.batches.get(&batch_id).and_then(|b| b.batch.as_ref()).ok_or(Reason::NotFound)?;
        if !matches!(batch.state, BatchState::AtBank { .. }) {
            return Err(Reason::WrongStage.into());
        }
        not_taken_back(batch)?;
        let sent = Extracted::of(file, application).ok_or(Reason::NotFound)?;
        let mut fields = sent.changed(&self.echo);
        fields.extend(changed_details(file, application, self.details.as_deref(), around));
        let application = application.id;
        if !fields.is_empty() {
            let failure = RowFailure::Changed { by: PartnerKind::Bank, fields };
            return Ok(vec![HolderEvent::OpeningFailed { application, batch: batch_id, failure }]);
        }
        Ok(vec![match &self.result {
            OpeningResult::Opened { bank_card_no, account_no } => {
                let account = BankAccount {
                    bank_card_no: bank_card_no.clone(),
                    account_no: account_no.clone(),
                    of: Some(batch.bank.clone()),
                };
                HolderEvent::AccountOpened { application, batch: batch_id, card_no, account }
            }
            OpeningResult::Failed(words) if spelling::says_nothing(&words.reason) => {
                return Err(Refusal::about(Reason::MaterialDefective, "须准确注明开户失败原因"));
            }
            OpeningResult::Failed(words) => {
                let failure = RowFailure::Said(words.clone());
                HolderEvent::OpeningFailed { application, batch: batch_id, failure }
            }
        }])
    }
}

/// The details that a partner changed, when it sent them back.
pub(crate) fn changed_details(
    file: &HolderFile,
    application: &Application,
    back: Option<&Details>,
    around: Around<'_>,
) -> Vec<SentField> {
    clause!(X7.2);
    let sent = Details::of(file, application, around.institutions).unwrap_or_default();
    let Some(back) = back else { return Vec::new() };
    // An outlet may have got its code since the data went out: it is the same outlet.
    let sent = sent.with_outlet_as(back, application, around.institutions);
    let mut fields = sent.changed(back);
    let number = spelling::number;
    let same = |field: &SentField| {
        *field == SentField::GuardianName && names_agree(&sent.guardian_name, &back.guardian_name)
            || *field == SentField::GuardianDocumentNumber
                && number(&sent.guardian_document_number) == number(&back.guardian_document_number)
    };
    fields.retain(|field| !same(field));
    fields
}

impl Rule for SettleFailure {
    fn verb(&self) -> Verb {
        Verb::SettleOpeningFailure
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        in_city_of(file, self.application)
    }

    /// Decides 失败处理 after the bank's failure.
    fn decide(&self, Asked { file, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        settled(file, self.application)
    }
}

/// 失败处理 after the bank's or the vendor's failure: the application waits for a batch again.
pub(crate) fn settled(file: &HolderFile, application: ApplicationId) -> Result<Vec<HolderEvent>, Refusal> {
    clause!(X7.1);
    let application = file.application(application).ok_or(Reason::NotFound)?;
    if !matches!(application.stage, Stage::OpeningFailed { .. } | Stage::ProductionFailed { .. }) {
        return Err(Reason::WrongStage.into());
    }
    // No batch would take it.
    alive::not_dead(file)?;
    Ok(vec![HolderEvent::FailureSettled { application: application.id }])
}
