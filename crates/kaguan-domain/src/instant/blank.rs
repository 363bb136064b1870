//! One pre-made card: allocated, made, in use, used, or spoiled and never used again (R36.1, R36.3).

use super::ending::is_over;
use crate::clause;
use crate::ctx::{Ctx, Instant};
use crate::facts::account::BlankAccount;
use crate::facts::blank::{BlankEvent, BlankFile, BlankState, MadeBlank};
use crate::facts::blank_order::{BlankBox, BlankOrder};
use crate::facts::blank_order::{BlankOrderFile, Step};
use crate::facts::claim::{Claim, ClaimKind};
use crate::facts::custody::Party;
use crate::facts::failure::{PartnerWords, RowFailure, SentField};
use crate::facts::institution::Institutions;
use crate::ids::{BlankId, CardNumber, ChipIdentifier, OrgId, PartnerKind, ResetInformation};
use crate::permission::{Place, Verb, authorise};
use crate::refusal::{Reason, Refusal};
use crate::spelling;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What the bank says about one card.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allocation {
    /// An account is allocated.
    Allocated(BlankAccount),
    Failed(PartnerWords),
}

/// One row of the bank's return.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct TakeAllocation {
    /// 社保卡卡号, as the bank sends it back.
    pub card_no: String,
    pub result: Allocation,
}

/// What the vendor says about one card.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Making {
    /// It is made.
    Made {
        /// 卡识别码.
        chip: ChipIdentifier,
        /// 卡复位信息.
        reset: ResetInformation,
        made_on: Date,
        /// 装箱位置.
        r#box: String,
    },
    Failed(PartnerWords),
}

/// One row of the vendor's return (YZKCG).
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct TakeMaking {
    /// 社保卡卡号, as the vendor sends it back.
    pub card_no: String,
    /// 银行卡号, as the vendor sends it back.
    pub bank_card_no: String,
    /// 个人账户, as the vendor sends it back.
    pub personal_account: String,
    pub result: Making,
    /// Whose chip it takes, of a row that is put right together with that card's; found out when the rows have come, and no part of what was
    /// sent.
    #[serde(skip)]
    pub trade: Option<Trade>,
    /// Whether another row that is done with it takes the chip that its card has; found out as [`Self::trade`] is.
    #[serde(skip)]
    pub passes_on: bool,
}

/// A card that has the chip which another one takes, by rows that are done together or not at all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trade {
    /// Who has it.
    pub with: BlankId,
    /// The chip that this card gets for it; nothing of one that is failed.
    pub gets: Option<ChipIdentifier>,
}

/// 作废: a card in stock is damaged, or was not there when it was counted.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Spoil {
    /// By whose keeper.
    pub org: OrgId,
    /// Why, in Chinese.
    pub reason: String,
    /// 缺失: it was not there when it was counted, here or on its way here.
    #[serde(default)]
    pub missing: bool,
    /// When its box was signed for with the shortage that this card is, which was settled with its name ([`Settled::Named`]): who answers
    /// was stated and signed then.
    ///
    /// [`Settled::Named`]: crate::facts::difference::Settled::Named
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted_at: Option<Instant>,
}

/// 登记找到: a card that was recorded as missing turned up.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Find {
    /// Who has it in hand, and keeps it.
    pub org: OrgId,
    /// Where and how, in Chinese.
    pub account: String,
    /// Who it is missing from, as the journal says; `None` of one that nobody recorded as missing.
    #[serde(default)]
    pub missing_from: Option<Party>,
}

/// A command about one card.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlankCommand {
    /// 预开户回盘, one row.
    TakeAllocation(TakeAllocation),
    /// 预制卡回盘, one row.
    TakeMaking(TakeMaking),
    /// 作废.
    Spoil(Spoil),
    /// 登记找到.
    Find(Find),
}

impl std::fmt::Debug for BlankCommand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::TakeAllocation(_) => "TakeAllocation",
            Self::TakeMaking(_) => "TakeMaking",
            Self::Spoil(_) => "Spoil",
            Self::Find(_) => "Find",
        })
    }
}

impl BlankCommand {
    /// The verb, for the permission matrix and the journal.
    pub fn verb(&self) -> Verb {
        match self {
            Self::TakeAllocation(_) => Verb::AllocateBlanks,
            Self::TakeMaking(_) => Verb::MakeBlanks,
            Self::Spoil(_) | Self::Find(_) => Verb::SpoilBlank,
        }
    }

    /// The numbers that its event may make the card's: they are looked up before it is decided.
    pub fn claims(&self) -> Vec<Claim> {
        match self {
            Self::TakeAllocation(c) => {
                let account = match &c.result {
                    Allocation::Allocated(a) => {
                        let number = Claim::bank_card_number(&a.bank.bank_card_no);
                        [number].into_iter().chain(a.bank.claim()).collect()
                    }
                    Allocation::Failed(_) => Vec::new(),
                };
                // As the bank sends it back; the rule compares it with ours.
                let card = CardNumber::parse(&c.card_no).ok().map(|n| Claim::card_number(&n));
                account.into_iter().chain(card).collect()
            }
            Self::TakeMaking(TakeMaking { result: Making::Made { chip, .. }, .. }) => vec![Claim::chip(chip)],
            Self::TakeMaking(_) | Self::Spoil(_) | Self::Find(_) => Vec::new(),
        }
    }

    /// The card of the same order that it looks at besides: it is loaded before it is decided.
    pub fn beside(&self) -> Option<BlankId> {
        match self {
            Self::TakeMaking(c) => c.trade.as_ref().map(|t| t.with),
            Self::TakeAllocation(_) | Self::Spoil(_) | Self::Find(_) => None,
        }
    }

    fn place(&self, order: Option<&BlankOrder>) -> Place {
        match (self, order) {
            (Self::Spoil(c), _) => Place::At(c.org),
            (Self::Find(c), _) => Place::At(c.org),
            (_, None) => Place::Anywhere,
            (Self::TakeAllocation(_), Some(o)) => Place::Bank(o.bank.clone()),
            (Self::TakeMaking(_), Some(o)) => Place::Vendor(o.vendor.clone()),
        }
    }
}

/// Decides a command about one card of an order. A changed field fails the card with the precise reason; what is missing of the command, or
/// unknown, stands against Article 36.
pub fn decide_blank(
    file: &BlankFile,
    order: &BlankOrderFile,
    command: &BlankCommand,
    ctx: &Ctx,
    institutions: &Institutions,
) -> Result<Vec<BlankEvent>, Refusal> {
    decide_blank_beside(file, order, command, None, ctx, institutions)
}

/// The same beside the card that the command looks at besides ([`BlankCommand::beside`]), as it is now.
pub fn decide_blank_beside(
    file: &BlankFile,
    order: &BlankOrderFile,
    command: &BlankCommand,
    beside: Option<&BlankFile>,
    ctx: &Ctx,
    institutions: &Institutions,
) -> Result<Vec<BlankEvent>, Refusal> {
    decided(file, (order, beside), command, ctx, institutions).map_err(|refused| {
        refused.under(match command {
            BlankCommand::TakeAllocation(_) | BlankCommand::TakeMaking(_) => clause!(R36.1),
            BlankCommand::Spoil(_) | BlankCommand::Find(_) => clause!(R36.3),
        })
    })
}

fn decided(
    file: &BlankFile,
    (order, beside): (&BlankOrderFile, Option<&BlankFile>),
    command: &BlankCommand,
    ctx: &Ctx,
    institutions: &Institutions,
) -> Result<Vec<BlankEvent>, Refusal> {
    clause!(R36.1);
    authorise(institutions, &ctx.actor, command.verb(), &command.place(order.order.as_ref()))?;
    let order = order.order.as_ref().ok_or(Reason::NotFound)?;
    let card_no = order.card_no(file.id.n).ok_or(Reason::NotFound)?;
    let from_partner = matches!(command, BlankCommand::TakeAllocation(_) | BlankCommand::TakeMaking(_));
    if let Some(ended) = order.ended.as_ref().filter(|_| from_partner) {
        return Err(is_over(ended));
    }
    Ok(vec![match command {
        BlankCommand::TakeAllocation(c) => {
            if !matches!((&order.step, &file.state), (Step::AtBank { .. }, BlankState::Generated)) {
                return Err(Reason::WrongStage.into());
            }
            match &c.result {
                _ if c.card_no != card_no.as_str() => BlankEvent::AllocationFailed {
                    failure: changed(PartnerKind::Bank, vec![SentField::CardNo]),
                },
                Allocation::Failed(words) => BlankEvent::AllocationFailed { failure: said(words)? },
                Allocation::Allocated(account) if spelling::says_nothing(&account.personal_account.0) => {
                    return Err(Refusal::about(Reason::MaterialDefective, "个人账户不能为空"));
                }
                Allocation::Allocated(account) => {
                    let mut account = account.clone();
                    // The bank that has the order is the bank whose account it is.
                    account.bank.of = account.bank.of.filter(|bank| *bank == order.bank);
                    BlankEvent::Allocated { card_no, account }
                }
            }
        }
        BlankCommand::TakeMaking(c) if order.waits_for_correction().is_some() => {
            corrected(file, (order, beside), c, &card_no, ctx)?
        }
        BlankCommand::TakeMaking(c) => {
            let (Step::AtVendor { .. }, BlankState::Allocated { account, .. }) = (&order.step, &file.state)
            else {
                return Err(Reason::WrongStage.into());
            };
            let fields = changed_in(c, &card_no, account);
            match &c.result {
                _ if !fields.is_empty() => {
                    BlankEvent::MakingFailed { failure: changed(PartnerKind::Vendor, fields), gave_up: None }
                }
                Making::Failed(words) => BlankEvent::MakingFailed { failure: said(words)?, gave_up: None },
                Making::Made { made_on, .. } if *made_on > ctx.today() => {
                    return Err(Refusal::about(Reason::MaterialDefective, "制卡日期晚于今天"));
                }
                Making::Made { r#box, .. } if order.box_of(r#box).is_none() => {
                    return Err(Refusal::about(Reason::NotFound, "回盘所写的装箱位置"));
                }
                Making::Made { chip, reset, made_on, r#box } => BlankEvent::Made {
                    chip: chip.clone(),
                    reset: reset.clone(),
                    made_on: *made_on,
                    r#box: r#box.clone(),
                },
            }
        }
        BlankCommand::Spoil(c) => {
            clause!(R36.3);
            // What is not stated is told before a shortage is settled with the card's name.
            if spelling::says_nothing(&c.reason) {
                let about = if c.missing { "须写明缺失原因" } else { "须写明作废原因" };
                return Err(Refusal::about(Reason::MaterialDefective, about));
            }
            let Counted { made, keeper, answers } = counted(file, order, c)?;
            let (reason, r#box) = (c.reason.clone(), made.r#box.clone());
            let missing_from = c.missing.then_some(keeper);
            let failure = RowFailure::Counter { reason };
            BlankEvent::Spoiled { org: c.org, failure, missing_from, answers, r#box }
        }
        BlankCommand::Find(c) => find(file, order, c, institutions)?,
    }])
}

/// What the vendor changed of what it was sent, and must not.
fn changed_in(c: &TakeMaking, card_no: &CardNumber, account: &BlankAccount) -> Vec<SentField> {
    let differ = [
        (SentField::CardNo, c.card_no != card_no.as_str()),
        (SentField::BankCardNo, c.bank_card_no != account.bank.bank_card_no.as_str()),
        (SentField::PersonalAccount, c.personal_account != account.personal_account.0),
    ];
    differ.into_iter().filter(|d| d.1).map(|d| d.0).collect()
}

/// A row that the vendor sends anew, for the province found its return wrong: of a card in stock, whose box it may change, or which it may
/// fail, only while it lies at the vendor.
fn corrected(
    file: &BlankFile,
    (order, beside): (&BlankOrder, Option<&BlankFile>),
    c: &TakeMaking,
    card_no: &CardNumber,
    ctx: &Ctx,
) -> Result<BlankEvent, Refusal> {
    clause!(R36.1);
    let BlankState::Made { made, .. } = &file.state else {
        let about = format!("该卡现为“{}”，不再更正回盘", file.state.name());
        return Err(Refusal::about(Reason::WrongStage, about));
    };
    let fields = changed_in(c, card_no, &made.account);
    if !fields.is_empty() {
        let titles: Vec<_> = fields.into_iter().map(SentField::title).collect();
        let about = format!("更正的回盘与下发的{}不符", titles.join("、"));
        return Err(Refusal::about(Reason::MaterialDefective, about));
    }
    let at_vendor = |number: &str| order.box_of(number).is_some_and(BlankBox::is_at_vendor);
    let gone = || {
        let about = format!("该卡所在的装箱位置{}已寄出", made.r#box);
        Refusal::about(Reason::WrongStage, about)
            .way("装箱位置不再更正；卡片本身有问题的，请由保管该箱的机构作废")
    };
    let gave_up = || (!c.passes_on).then(|| made.chip.clone());
    match &c.result {
        Making::Failed(words) if at_vendor(&made.r#box) => {
            Ok(BlankEvent::MakingFailed { failure: said(words)?, gave_up: gave_up() })
        }
        Making::Failed(_) => Err(gone()),
        Making::Made { made_on, .. } if *made_on > ctx.today() => {
            Err(Refusal::about(Reason::MaterialDefective, "制卡日期晚于今天"))
        }
        Making::Made { r#box, .. } if order.box_of(r#box).is_none() => {
            Err(Refusal::about(Reason::NotFound, "回盘所写的装箱位置"))
        }
        Making::Made { r#box, .. }
            if *r#box != made.r#box && !(at_vendor(r#box) && at_vendor(&made.r#box)) =>
        {
            Err(gone())
        }
        Making::Made { chip, reset, made_on, r#box } => {
            let same = (&made.chip, &made.reset, made.made_on, &made.r#box);
            if same == (chip, reset, *made_on, r#box) {
                return Err(Refusal::about(Reason::NothingToDo, "与原回盘一致"));
            }
            let traded = match &c.trade {
                Some(trade) if *chip != made.chip => {
                    trades(file.id, beside, trade, chip)?;
                    true
                }
                Some(_) | None => false,
            };
            Ok(BlankEvent::Corrected {
                chip: (*chip != made.chip).then(|| chip.clone()),
                reset: reset.clone(),
                made_on: *made_on,
                r#box: r#box.clone(),
                traded,
                gave_up: gave_up().filter(|had| had != chip),
            })
        }
    }
}

/// Whether the chip that a card takes is that of another card of its order in stock, which gets another one with it, has got it just now, or
/// fails: a vendor that wrote two cards down for each other puts both right.
fn trades(
    id: BlankId,
    beside: Option<&BlankFile>,
    trade: &Trade,
    chip: &ChipIdentifier,
) -> Result<(), Refusal> {
    let other = beside.filter(|b| b.id == trade.with && b.id != id && b.id.order == id.order);
    let has = match other.map(|b| &b.state) {
        Some(BlankState::Made { made, .. }) => Some(&made.chip),
        Some(
            BlankState::Generated
            | BlankState::AllocationFailed { .. }
            | BlankState::Allocated { .. }
            | BlankState::MakingFailed { .. }
            | BlankState::InUse { .. }
            | BlankState::Used { .. }
            | BlankState::Spoiled { .. },
        )
        | None => None,
    };
    let gets = trade.gets.as_ref();
    if gets != Some(chip) && has.is_some_and(|has| has == chip || Some(has) == gets) {
        return Ok(());
    }
    Err(Refusal::taken(ClaimKind::Chip))
}

/// A card that was missing is found by anybody of the city: nobody knows where it was meanwhile, so that it is not used again.
fn find(
    file: &BlankFile,
    order: &BlankOrder,
    c: &Find,
    institutions: &Institutions,
) -> Result<BlankEvent, Refusal> {
    clause!(R36.3);
    if institutions.org(c.org).and_then(|o| o.city()).as_ref() != Some(&order.city) {
        return Err(Reason::OutOfScope.into());
    }
    match (&file.state, &c.missing_from) {
        (BlankState::Spoiled { found: Some(_), .. }, _) => {
            Err(Refusal::about(Reason::NothingToDo, "该卡已登记找到"))
        }
        (BlankState::Spoiled { .. }, Some(missing_from)) => {
            if spelling::says_nothing(&c.account) {
                return Err(Refusal::about(Reason::MaterialDefective, "须写明找到情况"));
            }
            let (org, account, missing_from) = (c.org, c.account.clone(), missing_from.clone());
            Ok(BlankEvent::Found { org, account, missing_from })
        }
        (state, _) => {
            let ended = if order.ended.is_some() { "，所在批次已终止" } else { "" };
            let about = format!("该卡没有登记缺失，现为“{}”{ended}", state.name());
            let way = "请核对卡面号码；只有登记缺失的预制卡才登记找到";
            Err(Refusal::about(Reason::WrongStage, about).by(clause!(R36.3)).way(way))
        }
    }
}

/// A card that is spoiled.
struct Counted<'a> {
    made: &'a MadeBlank,
    /// Who keeps it by the books.
    keeper: Party,
    /// Who answers for it, where that is not its keeper.
    answers: Option<Party>,
}

/// The card that is spoiled, and who keeps it: one in stock here; one that is missing may also have been on its way here, and its
/// sender answers for it then, or be of a shortage that its box was signed for with.
fn counted<'a>(file: &'a BlankFile, order: &BlankOrder, c: &Spoil) -> Result<Counted<'a>, Refusal> {
    let mut answers = None;
    if let (true, BlankState::Made { made, .. }) = (c.missing, &file.state) {
        clause!(R12.1);
        let b = order.box_of(&made.r#box).ok_or(Reason::NotFound)?;
        match c.counted_at {
            None if b.differences.iter().any(|d| d.short > 0) => return Err(Reason::DifferenceOpen.into()),
            None => {}
            // The books have it of the keeper again once the shortage is settled with its name.
            Some(at) => {
                let named = b.differences.iter().find(|d| d.at == at && d.named > 0);
                answers = Some(named.ok_or(Reason::DifferenceOpen)?.answers.clone());
            }
        }
        if b.on_the_way.as_ref().is_some_and(|way| way.to == c.org) {
            return Ok(Counted { made, keeper: b.keeper.clone(), answers });
        }
    }
    Ok(Counted { made: in_stock_at(file, order, c.org)?, keeper: Party::Org(c.org), answers })
}

/// The card as it lies in stock at an organisation; refuses what is spent, and what is kept elsewhere.
pub(super) fn in_stock_at<'a>(
    file: &'a BlankFile,
    order: &BlankOrder,
    org: OrgId,
) -> Result<&'a MadeBlank, Refusal> {
    clause!(R36.3);
    match &file.state {
        BlankState::Made { made, .. } => {
            let b = order.box_of(&made.r#box).ok_or(Reason::NotFound)?;
            if let Some(destroyed) = &b.destroyed {
                let about = format!("该批预制卡已终止，预制卡箱{}已于{}登记销毁", b.number, destroyed.on);
                return Err(Refusal::about(Reason::BlankSpent, about).by(clause!(R36.1)));
            }
            // A pre-made card is nobody's: what is done about it is done where its box is.
            if b.on_the_way.is_some() {
                let about = format!("预制卡箱{}已寄出，在途", b.number);
                let way = "请待该箱清点入库后，由入库的机构办理；入库时已不在箱内的登记短少";
                return Err(Refusal::about(Reason::CardNotHere, about).by(clause!(R36.1)).way(way));
            }
            if b.keeper != Party::Org(org) {
                let about = format!("预制卡箱{}由其他机构保管", b.number);
                let way = "请由保管该箱的机构办理，或待其出库、本机构清点入库后办理";
                return Err(Refusal::about(Reason::CardNotHere, about).by(clause!(R36.1)).way(way));
            }
            Ok(made)
        }
        BlankState::InUse { .. } | BlankState::Used { .. } | BlankState::Spoiled { .. } => {
            Err(Reason::BlankSpent.into())
        }
        BlankState::Generated
        | BlankState::AllocationFailed { .. }
        | BlankState::Allocated { .. }
        | BlankState::MakingFailed { .. } => Err(Reason::WrongStage.into()),
    }
}

fn changed(by: PartnerKind, fields: Vec<SentField>) -> RowFailure {
    clause!(X7.2);
    RowFailure::Changed { by, fields }
}

fn said(words: &PartnerWords) -> Result<RowFailure, Refusal> {
    if spelling::says_nothing(&words.reason) {
        return Err(Refusal::about(Reason::MaterialDefective, "须准确注明失败原因"));
    }
    Ok(RowFailure::Said(words.clone()))
}
