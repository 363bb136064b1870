//! 制卡 (Article 11, Appendix 7): the province hands the data to a vendor, the vendor makes the cards, packs them
//! and returns their identities. It must not change what it was given.

use crate::account_opening::{Details, Extracted, changed_details, settled};
use crate::characters;
use crate::clause;
use crate::ctx::Ctx;
use crate::facts::application::{Application, Purpose, Stage};
use crate::facts::batch::{Batch, BatchEvent, BatchFile, BatchState, Extraction, Incomplete, Missing};
use crate::facts::boxes::BoxFile;
use crate::facts::card::{Card, NewCard};
use crate::facts::claim::Claim;
use crate::facts::clock::{Clock, ClockKind};
use crate::facts::custody::Custody;
use crate::facts::failure::{PartnerWords, RowFailure, SentField};
use crate::facts::form::ELDERLY_FROM;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::institution::Institutions;
use crate::facts::intent::IntentKind;
use crate::facts::urgent::{UrgentGround, UrgentKind};
use crate::ids::{
    ApplicationId, BankCardNumber, BatchId, BoxId, CardId, ChipIdentifier, OrgId, PartnerKind,
    ResetInformation, VendorCode,
};
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule, at_outlet_of, at_vendor_of, batch_of, in_city_of, not_taken_back};
use crate::spelling;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What the vendor says about one row.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductionResult {
    /// The card is made.
    Made {
        /// Fresh identity of the card.
        card: CardId,
        /// 卡识别码.
        chip: ChipIdentifier,
        /// 卡复位信息.
        reset: ResetInformation,
        /// 制卡日期, which is the date of issue.
        made_on: Date,
        /// In which box.
        r#box: BoxId,
    },
    Failed(PartnerWords),
}

/// One row of 制卡回盘.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct TakeReturn {
    pub application: ApplicationId,
    pub batch: BatchId,
    /// The data as the vendor sends them back.
    pub echo: Extracted,
    /// The applicant's details, when the vendor sends them back too.
    #[serde(default)]
    pub details: Option<Box<Details>>,
    /// The bank card number as the vendor sends it back.
    pub bank_card_no: BankCardNumber,
    pub result: ProductionResult,
}

impl std::fmt::Debug for TakeReturn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TakeReturn({})", self.application)
    }
}

/// 证书密钥 (X7.3): a vendor takes certificates and keys for a card that it makes. The keys themselves never pass here.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TakeCardKeys {
    pub application: ApplicationId,
    pub batch: BatchId,
    /// 卡识别码 of the chip that they go into.
    pub chip: ChipIdentifier,
}

/// 失败处理 after the vendor's, or the counter's, failure.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SettleFailure {
    pub application: ApplicationId,
}

/// 加急 (R11.1): for the elderly, the disabled, and urgent need.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Expedite {
    pub application: ApplicationId,
    /// 事由; the rule refuses when none was chosen.
    pub ground: Option<UrgentGround>,
}

/// Hands the data of a batch to a vendor, and only from here (X7.3); the vendor's six working days begin, for now
/// both the social and the account data are there.
pub fn hand_out(
    file: &BatchFile,
    batch: &Batch,
    vendor: &VendorCode,
    ctx: &Ctx,
    institutions: &Institutions,
) -> Result<Vec<BatchEvent>, Refusal> {
    clause!(X7.3);
    if !matches!(batch.state, BatchState::Opened { .. }) {
        return Err(Reason::WrongStage.into());
    }
    if file.tally.opened == 0 {
        let about = "没有开户成功的人员；请终结批次，失败的人员在“失败数据处理”中逐人办理";
        return Err(Refusal::about(Reason::BatchEmpty, about));
    }
    if vendor.as_str().is_empty() {
        return Err(Refusal::about(Reason::MaterialDefective, "未选择卡商"));
    }
    if !crate::codes::vendors().any(|v| v.code == vendor.as_str()) {
        return Err(Refusal::about(Reason::NotFound, "卡制作厂商代码"));
    }
    let clock = Clock::start(ClockKind::VendorMaking, ctx.today(), &institutions.calendar);
    Ok(vec![BatchEvent::HandedOut { vendor: vendor.clone(), clock }])
}

/// The most rows that a vendor names one by one.
const NAMED: usize = 10_000;

/// 制卡数据未收齐反馈 (X7.6): the same day the vendor says what has not arrived.
pub fn report_incomplete(
    batch: &Batch,
    missing: Missing,
    rows: &[String],
) -> Result<Vec<BatchEvent>, Refusal> {
    clause!(X7.6);
    if !matches!(batch.state, BatchState::AtVendor { .. }) {
        return Err(Reason::WrongStage.into());
    }
    not_taken_back(batch)?;
    if batch.incomplete.iter().any(|i| i.missing == missing && i.arrived_on.is_none()) {
        return Err(Refusal::about(Reason::NothingToDo, "已反馈，尚未补齐"));
    }
    if rows.len() > NAMED || rows.iter().any(|r| spelling::says_nothing(r) || r.len() > 64) {
        let about = format!("逐行反馈的至多{NAMED}行，行号按下发数据填写；整批缺失的不列行号");
        return Err(Refusal::about(Reason::MaterialDefective, about));
    }
    Ok(vec![BatchEvent::IncompleteReported { missing, rows: rows.to_vec() }])
}

/// What was missing has arrived: the six working days count from the day on which the vendor has everything.
pub fn report_arrived(
    batch: &Batch,
    missing: Missing,
    ctx: &Ctx,
    institutions: &Institutions,
) -> Result<Vec<BatchEvent>, Refusal> {
    clause!(X7.6);
    let open = |i: &&Incomplete| i.arrived_on.is_none();
    if !batch.incomplete.iter().filter(open).any(|i| i.missing == missing) {
        return Err(Reason::NothingToDo.into());
    }
    let all = !batch.incomplete.iter().filter(open).any(|i| i.missing != missing);
    let clock = all.then(|| Clock::start(ClockKind::VendorMaking, ctx.today(), &institutions.calendar));
    Ok(vec![BatchEvent::DataArrived { missing, clock }])
}

/// 装箱: a box for one outlet of the batch's city, or for one employer at that outlet. Packed again under the same number it is put
/// right: rows fail after boxes are packed, and whoever has written a wrong number must be able to write another.
#[expect(clippy::too_many_arguments, reason = "the parts of one command, taken apart by its only caller")]
pub fn pack_box(
    file: &BatchFile,
    batch: &Batch,
    id: BoxId,
    number: &str,
    outlet: OrgId,
    employer: Option<&str>,
    cards: i64,
    institutions: &Institutions,
) -> Result<Vec<BatchEvent>, Refusal> {
    let BatchState::AtVendor { vendor, .. } = &batch.state else {
        return Err(Reason::WrongStage.into());
    };
    not_taken_back(batch)?;
    let known = institutions
        .org(outlet)
        .is_some_and(|o| o.kind.is_outlet() && o.city().as_ref() == Some(&batch.city));
    if !known {
        return Err(Refusal::about(Reason::NotFound, "箱签上的领卡网点"));
    }
    if let Some(before) = file.boxes.iter().find(|b| b.id == id && b.number == number) {
        clause!(X7.3);
        let same = before.outlet == outlet && before.employer.as_deref() == employer;
        let inside = file.inside(id);
        if same && before.cards == cards {
            return Err(Refusal::about(Reason::NothingToDo, format!("装箱位置{number}已按此登记")));
        }
        if cards < inside || (!same && inside > 0) {
            let about = format!("装箱位置{number}已有{inside}张回盘，张数不得少于此数，也不得改变网点和单位");
            return Err(Refusal::about(Reason::BoxesDiffer, about));
        }
        let employer = employer.map(str::to_owned);
        let (vendor, was) = (vendor.clone(), before.cards);
        return Ok(vec![BatchEvent::BoxCorrected { r#box: id, outlet, employer, cards, was, vendor }]);
    }
    if cards <= 0 {
        return Err(Refusal::about(Reason::BoxesDiffer, format!("装箱位置{number}的张数应大于0")));
    }
    if file.boxes.iter().any(|b| b.id == id || b.number == number) {
        return Err(Refusal::about(Reason::NumberTaken, format!("装箱位置{number}")));
    }
    let employer = employer.map(str::to_owned);
    Ok(vec![BatchEvent::BoxPacked {
        r#box: id,
        number: number.to_owned(),
        outlet,
        employer,
        cards,
        vendor: vendor.clone(),
    }])
}

/// Every row is answered and the boxes hold what is written on them: the vendor's clock stops.
pub fn close(file: &BatchFile, batch: &Batch) -> Result<Vec<BatchEvent>, Refusal> {
    match batch.state {
        BatchState::AtVendor { .. } => {}
        BatchState::Made { .. } | BatchState::Ended { .. } => return Err(Reason::NothingToDo.into()),
        BatchState::Screening
        | BatchState::Confirmed { .. }
        | BatchState::AtBank { .. }
        | BatchState::Opened { .. } => return Err(Reason::WrongStage.into()),
    }
    not_taken_back(batch)?;
    if file.tally.opened > 0 {
        return Err(Refusal::about(Reason::ReturnsOutstanding, format!("{}条未回盘", file.tally.opened)));
    }
    let packed: i64 = file.boxes.iter().map(|b| b.cards).sum();
    if packed != file.tally.made {
        let differs = |b: &&BoxFile| file.inside(b.id) != b.cards;
        let one = |b: &BoxFile| format!("装箱位置{}写明{}张，回盘{}张", b.number, b.cards, file.inside(b.id));
        let mut about = vec![format!("箱内共{packed}张，回盘共{}张", file.tally.made)];
        about.extend(file.boxes.iter().filter(differs).take(20).map(one));
        return Err(Refusal::about(Reason::BoxesDiffer, about.join("；")));
    }
    clause!(X7.3);
    let ended = (file.tally.made == 0).then_some(BatchEvent::Ended);
    Ok([BatchEvent::ProductionClosed].into_iter().chain(ended).collect())
}

impl Rule for TakeReturn {
    fn verb(&self) -> Verb {
        Verb::TakeProductionReturn
    }

    fn place(&self, _: &HolderFile, around: Around<'_>) -> Place {
        at_vendor_of(self.batch, around)
    }

    fn claims(&self) -> Vec<Claim> {
        match &self.result {
            ProductionResult::Made { chip, .. } => vec![Claim::chip(chip)],
            ProductionResult::Failed(_) => Vec::new(),
        }
    }

    fn batch(&self) -> Option<BatchId> {
        Some(self.batch)
    }

    /// Decides one row of the return. A changed field fails the row with the precise reason; no card comes of it.
    fn decide(&self, Asked { file, ctx, around }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(X7.3);
        let application = file.application(self.application).ok_or(Reason::NotFound)?;
        let Stage::AccountOpened { batch, card_no, account, .. } = &application.stage else {
            return Err(Reason::WrongStage.into());
        };
        let (batch_id, card_no, account) = (*batch, card_no.clone(), account.clone());
        if batch_id != self.batch {
            return Err(Reason::NotYourData.into());
        }
        let around_batch = around.batches.get(&batch_id).ok_or(Reason::NotFound)?;
        let batch = around_batch.batch.as_ref().ok_or(Reason::NotFound)?;
        if !matches!(batch.state, BatchState::AtVendor { .. }) {
            return Err(Reason::WrongStage.into());
        }
        not_taken_back(batch)?;
        let failed = |failure| {
            let (application, unused) = (application.id, Some(account.bank_card_no.clone()));
            Ok(vec![HolderEvent::ProductionFailed { application, batch: batch_id, failure, unused }])
        };
        // The face and the chip say what was sent, and the account is the bank's.
        clause!(R5.2);
        let sent = Extracted::of(file, application).ok_or(Reason::NotFound)?;
        let mut fields = sent.changed(&self.echo);
        fields.extend(changed_details(file, application, self.details.as_deref(), around));
        if self.bank_card_no != account.bank_card_no {
            fields.push(SentField::BankCardNo);
        }
        if !fields.is_empty() {
            return failed(RowFailure::Changed { by: PartnerKind::Vendor, fields });
        }
        match &self.result {
            ProductionResult::Failed(words) if spelling::says_nothing(&words.reason) => {
                Err(Refusal::about(Reason::MaterialDefective, "须准确注明制卡失败原因"))
            }
            ProductionResult::Failed(words) => failed(RowFailure::Said(words.clone())),
            ProductionResult::Made { card, chip, reset, made_on, r#box } => {
                let in_box = around_batch
                    .box_file(*r#box)
                    .ok_or_else(|| Refusal::about(Reason::NotFound, "回盘所写的装箱位置"))?;
                if in_box.outlet != application.collect_at || in_box.employer != application.employer {
                    return Err(Refusal::about(Reason::CountMismatch, "装箱位置与领卡网点或单位不符"));
                }
                if *made_on > ctx.today() {
                    return Err(Refusal::about(Reason::MaterialDefective, "制卡日期晚于今天"));
                }
                clause!(R5.6);
                clause!(R37.1);
                let card = file.as_held(Card::new(NewCard {
                    id: *card,
                    application: application.id,
                    city: application.city.clone(),
                    bank: application.bank.clone(),
                    batch: batch_id,
                    card_no,
                    bank_account: account,
                    chip: chip.clone(),
                    reset: reset.clone(),
                    issued_on: *made_on,
                    custody: Custody::InBox { r#box: *r#box },
                }));
                let restricted = (!card.restrictions.is_empty())
                    .then(|| crate::link::intend(&card, IntentKind::Restrict, ctx));
                let made = HolderEvent::CardMade { application: application.id, card: Box::new(card) };
                Ok([made].into_iter().chain(restricted).collect())
            }
        }
    }
}

impl Rule for TakeCardKeys {
    fn verb(&self) -> Verb {
        Verb::TakeCardKeys
    }

    fn place(&self, _: &HolderFile, around: Around<'_>) -> Place {
        at_vendor_of(self.batch, around)
    }

    fn batch(&self) -> Option<BatchId> {
        Some(self.batch)
    }

    /// Decides 证书密钥: only for a card that this vendor is making. Each time is recorded, with the chip.
    fn decide(&self, Asked { file, around, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(X7.3);
        let application = file.application(self.application).ok_or(Reason::NotFound)?;
        let Stage::AccountOpened { batch, .. } = application.stage else {
            return Err(Reason::WrongStage.into());
        };
        let whole = batch_of(batch, around);
        if batch != self.batch || whole.and_then(Batch::at_vendor).is_none() {
            return Err(Reason::WrongStage.into());
        }
        Ok(vec![HolderEvent::CardKeysTaken { application: application.id, chip: self.chip.clone() }])
    }
}

impl Rule for SettleFailure {
    fn verb(&self) -> Verb {
        Verb::SettleProductionFailure
    }

    /// At the counter that failed it; a vendor's failure in the city.
    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        clause!(R36.3);
        let stage = file.application(self.application).map(|a| &a.stage);
        if let Some(Stage::ProductionFailed { counter: Some(org), .. }) = stage {
            return Place::At(*org);
        }
        in_city_of(file, self.application)
    }

    fn decide(&self, Asked { file, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        settled(file, self.application)
    }
}

impl Rule for Expedite {
    fn verb(&self) -> Verb {
        Verb::Expedite
    }

    /// The outlet that took it sees whom it is for (decision 0024).
    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        at_outlet_of(file, self.application)
    }

    /// Decides 加急: with its ground, and before a batch holds it, so that an urgent batch can.
    fn decide(&self, Asked { file, ctx, around }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R11.1);
        let application = file.application(self.application).ok_or(Reason::NotFound)?;
        let refused = |why: String| Err(Refusal::about(Reason::NotExpedited, why));
        if let Some((why, way)) = not_to_be_expedited(application, around.batches) {
            return Err(Refusal::about(Reason::NotExpedited, why).way(way));
        }
        crate::alive::not_dead(file)?;
        let Some(ground) = &self.ground else {
            return refused("未选择加急事由".into());
        };
        let words = spelling::trim(&ground.words);
        let unseen = characters::invisible_in(words);
        let mut wrong = Vec::new();
        let young = file.person.as_ref().is_some_and(|p| p.details.is_under(ELDERLY_FROM, ctx.today()));
        if ground.kind == UrgentKind::Elderly && young {
            wrong.push("申请人未满六十周岁，不属于老年人，请按实际情形选择加急事由".to_owned());
        }
        if !unseen.is_empty() {
            wrong.push(format!("具体情形含有看不见的字符：{unseen}"));
        } else if ground.kind.needs_words() && !words.contains(char::is_alphanumeric) {
            wrong.push(format!("加急事由为“{}”的，须写明具体情形", ground.kind.name()));
        }
        if !wrong.is_empty() {
            return refused(wrong.join("；"));
        }
        let ground = UrgentGround { kind: ground.kind, words: words.to_owned() };
        Ok(vec![HolderEvent::Expedited { application: application.id, ground: Some(Box::new(ground)) }])
    }
}

/// Why an application cannot be expedited where it is now, and what to do: two Chinese phrases; `None` when it can.
fn not_to_be_expedited(
    application: &Application,
    batches: &HashMap<BatchId, BatchFile>,
) -> Option<(String, String)> {
    clause!(R36.2);
    let first = matches!(application.purpose, Purpose::First);
    if application.urgent && application.is_open() {
        let ground = application.urgent_ground.as_ref();
        let why = match (ground, first) {
            (Some(ground), _) => format!("该申请已加急，事由是{}", ground.said()),
            (None, true) => "该申请已加急".to_owned(),
            (None, false) => "补换卡按五个工作日办理，已进入加急批次的筛选，不需另行加急".to_owned(),
        };
        return Some((why, "无需再次办理加急，制卡进度可在持卡人档案查看".to_owned()));
    }
    let waits = matches!(application.stage, Stage::Received | Stage::Accepted { .. });
    if waits && application.instant_at.is_some() {
        let why = "该申请已标注为即制卡，由网点即时制卡，不进入制卡批次";
        return Some((
            why.to_owned(),
            "请在网点即时制卡；改由批次制卡的，先取消即制卡标注，再加急".to_owned(),
        ));
    }
    already_made(application, batches, "再加急")
}

/// How far the making of a card is that an application no longer waits for, and what to do: two Chinese phrases. `then` is what can be
/// done once it waits again, as “再加急”. `None` while it waits: no batch and no counter has it.
pub(crate) fn already_made(
    application: &Application,
    batches: &HashMap<BatchId, BatchFile>,
    then: &str,
) -> Option<(String, String)> {
    clause!(R8.7);
    clause!(X7.1);
    let (why, way) = match &application.stage {
        Stage::Received | Stage::Accepted { .. } => return None,
        Stage::InBatch { batch, .. } => match batches.get(batch).and_then(BatchFile::extraction) {
            Some(Extraction::Unconfirmed) => (
                "该申请已在制卡批次中，批次待确认",
                format!("由批次制卡的，在此无需办理；否则由市卡管机构移出批次，移出后{then}"),
            ),
            Some(Extraction::Awaited) => (
                "该申请已在制卡批次中，批次已确认，待服务银行提取",
                format!(
                    "由批次制卡的，在此无需办理；否则由市卡管机构先撤销批次确认，再移出批次，移出后{then}"
                ),
            ),
            Some(Extraction::Done) => (
                "该申请已在制卡批次中，服务银行已提取该批次数据，不能再移出批次",
                "由批次制卡，在此无需办理；制卡进度可在持卡人档案查看".to_owned(),
            ),
            None => ("该申请已在制卡批次中", "由批次制卡，在此无需办理".to_owned()),
        },
        Stage::OpeningFailed { .. } => (
            "该申请开户失败，待市卡管机构处理",
            format!("请由市卡管机构在“失败数据处理”中处理，重新提交后{then}"),
        ),
        Stage::ProductionFailed { .. } => {
            ("该申请制卡失败，待处理", format!("请先在“失败数据处理”中处理，重新提交后{then}"))
        }
        Stage::AccountOpened { .. } => {
            ("该申请已开户，由批次制卡", "在此无需办理；制卡进度可在持卡人档案查看".to_owned())
        }
        Stage::Personalising { .. } => {
            ("该申请已取用预制卡，正在网点即时制卡", "请在“即时制卡”中登记该卡的制卡结果".to_owned())
        }
        Stage::Made { .. } => ("社保卡已制成", "在此无需办理；请办理该卡的领取".to_owned()),
        Stage::Withdrawn { .. } => ("该申请已撤销", "在此无需办理；仍需用卡的，请重新申请".to_owned()),
        Stage::Declined { .. } => {
            ("该申请已作不予受理", "在此无需办理；请按不予受理凭证所载办法办理".to_owned())
        }
    };
    Some((why.to_owned(), way))
}
