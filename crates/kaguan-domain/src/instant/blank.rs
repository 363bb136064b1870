//! One pre-made card: allocated, made, in use, used, or spoiled and never used again (R36.1, R36.3).

use super::order::{BlankOrderFile, Step};
use crate::account_opening::{CHANGED_FIELD, Failure};
use crate::card::{AccountNumber, BankAccount};
use crate::clause;
use crate::ctx::{Ctx, Instant};
use crate::distribution::{CustodyEntry, Party, in_stock};
use crate::ids::{
    ApplicationId, BankCardNumber, BlankId, CardId, CardNumber, ChipIdentifier, OrgId, ResetInformation,
};
use crate::institution::{Institutions, Place, Verb, authorise};
use crate::refusal::{Reason, Refusal};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What the bank allocated to a card: 银行卡号, 银行账户 and 个人账户 are three things.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BlankAccount {
    /// 银行卡号 and 银行账户.
    pub account: BankAccount,
    /// 个人账户, which the vendor writes into the chip.
    pub personal_account: AccountNumber,
}

/// A card as it was made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MadeBlank {
    /// The account.
    pub account: BlankAccount,
    /// 卡识别码.
    pub chip: ChipIdentifier,
    /// 卡复位信息.
    pub reset: ResetInformation,
    /// The day on which it was made; the day of issue is that on which somebody gets it.
    pub made_on: Date,
    /// 装箱位置.
    pub r#box: String,
}

/// How far a card is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlankState {
    /// Its number is generated; nobody has answered for it.
    Generated,
    /// The bank did not allocate an account; its number is given to nobody else.
    AllocationFailed {
        /// Why.
        failure: Failure,
        /// Since when.
        at: Instant,
    },
    /// The bank allocated an account.
    Allocated {
        /// It.
        account: BlankAccount,
        /// Since when.
        at: Instant,
    },
    /// The vendor could not make it.
    MakingFailed {
        /// Why.
        failure: Failure,
        /// Since when.
        at: Instant,
    },
    /// Made: in stock.
    Made {
        /// As it is.
        made: MadeBlank,
        /// Since when.
        at: Instant,
    },
    /// A counter prints and writes it for somebody.
    InUse {
        /// As it is.
        made: MadeBlank,
        /// For which application.
        application: ApplicationId,
        /// Since when.
        at: Instant,
    },
    /// It is somebody's card.
    Used {
        /// Which.
        card: CardId,
        /// Since when.
        at: Instant,
    },
    /// It is nobody's, and never will be.
    Spoiled {
        /// Why.
        failure: Failure,
        /// Since when.
        at: Instant,
    },
}

impl BlankState {
    /// The stable name in stored rows.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Generated => "generated",
            Self::AllocationFailed { .. } => "allocation_failed",
            Self::Allocated { .. } => "allocated",
            Self::MakingFailed { .. } => "making_failed",
            Self::Made { .. } => "made",
            Self::InUse { .. } => "in_use",
            Self::Used { .. } => "used",
            Self::Spoiled { .. } => "spoiled",
        }
    }

    /// The Chinese term.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Generated => "已生成数据",
            Self::AllocationFailed { .. } => "分配账户失败",
            Self::Allocated { .. } => "已分配账户",
            Self::MakingFailed { .. } => "生产失败",
            Self::Made { .. } => "在库",
            Self::InUse { .. } => "即时制卡中",
            Self::Used { .. } => "已制成社保卡",
            Self::Spoiled { .. } => "已作废",
        }
    }
}

/// A card with its version.
#[derive(Clone, PartialEq, Debug)]
pub struct BlankFile {
    /// Identity.
    pub id: BlankId,
    /// Version; 0 before it is stored.
    pub version: i64,
    /// How far it is.
    pub state: BlankState,
}

/// What the bank says about one card.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allocation {
    /// An account is allocated.
    Allocated(BlankAccount),
    /// None is.
    Failed(Failure),
}

/// One row of the bank's return.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct TakeAllocation {
    /// 社保卡卡号, as the bank sends it back.
    pub card_no: String,
    /// What it says.
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
        /// On which day.
        made_on: Date,
        /// 装箱位置.
        r#box: String,
    },
    /// It is not.
    Failed(Failure),
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
    /// What it says.
    pub result: Making,
}

/// 作废: a card in stock is damaged, or was not there when it was counted.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Spoil {
    /// By whose keeper.
    pub org: OrgId,
    /// Why, in Chinese.
    pub reason: String,
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
}

impl std::fmt::Debug for BlankCommand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::TakeAllocation(_) => "TakeAllocation",
            Self::TakeMaking(_) => "TakeMaking",
            Self::Spoil(_) => "Spoil",
        })
    }
}

/// What happened to one card.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlankEvent {
    /// The bank allocated an account.
    Allocated {
        /// 社保卡卡号.
        card_no: CardNumber,
        /// The account.
        account: BlankAccount,
    },
    /// The bank did not, or changed what it must not change.
    AllocationFailed {
        /// Why.
        failure: Failure,
    },
    /// The vendor made it.
    Made {
        /// 卡识别码.
        chip: ChipIdentifier,
        /// 卡复位信息.
        reset: ResetInformation,
        /// On which day.
        made_on: Date,
        /// 装箱位置.
        r#box: String,
    },
    /// The vendor did not, or changed what it must not change.
    MakingFailed {
        /// Why.
        failure: Failure,
    },
    /// A counter began to print it for somebody.
    Begun {
        /// For which application.
        application: ApplicationId,
    },
    /// It became somebody's card.
    Used {
        /// Which.
        card: CardId,
    },
    /// It will never be used.
    Spoiled {
        /// Who kept it.
        org: OrgId,
        /// Why.
        failure: Failure,
    },
}

impl BlankCommand {
    /// The verb, for the permission matrix and the journal.
    pub fn verb(&self) -> Verb {
        match self {
            Self::TakeAllocation(_) => Verb::AllocateBlanks,
            Self::TakeMaking(_) => Verb::MakeBlanks,
            Self::Spoil(_) => Verb::SpoilBlank,
        }
    }

    fn place(&self, order: Option<&super::BlankOrder>) -> Place {
        match (self, order) {
            (Self::Spoil(c), _) => Place::At(c.org),
            (_, None) => Place::Anywhere,
            (Self::TakeAllocation(_), Some(o)) => Place::Bank(o.bank.clone()),
            (Self::TakeMaking(_), Some(o)) => Place::Vendor(o.vendor.clone()),
        }
    }
}

/// Decides a command about one card of an order. A changed field fails the card with the precise reason.
pub fn decide_blank(
    file: &BlankFile,
    order: &BlankOrderFile,
    command: &BlankCommand,
    ctx: &Ctx,
    institutions: &Institutions,
) -> Result<Vec<BlankEvent>, Refusal> {
    clause!(R36.1);
    authorise(institutions, &ctx.actor, command.verb(), &command.place(order.order.as_ref()))?;
    let order = order.order.as_ref().ok_or(Reason::NotFound)?;
    let card_no = order.card_no(file.id.n).ok_or(Reason::NotFound)?;
    Ok(vec![match command {
        BlankCommand::TakeAllocation(c) => {
            if !matches!((&order.step, &file.state), (Step::AtBank { .. }, BlankState::Generated)) {
                return Err(Reason::WrongStage.into());
            }
            match &c.result {
                _ if c.card_no != card_no.as_str() => {
                    BlankEvent::AllocationFailed { failure: changed("银行", &["社保卡卡号"]) }
                }
                Allocation::Failed(failure) => BlankEvent::AllocationFailed { failure: said(failure)? },
                Allocation::Allocated(account) if account.personal_account.0.trim().is_empty() => {
                    return Err(Refusal::about(Reason::MaterialDefective, "个人账户不能为空"));
                }
                Allocation::Allocated(account) => BlankEvent::Allocated { card_no, account: account.clone() },
            }
        }
        BlankCommand::TakeMaking(c) => {
            let (Step::AtVendor { .. }, BlankState::Allocated { account, .. }) = (&order.step, &file.state)
            else {
                return Err(Reason::WrongStage.into());
            };
            let differ = [
                ("社保卡卡号", c.card_no != card_no.as_str()),
                ("银行卡号", c.bank_card_no != account.account.bank_card_no.as_str()),
                ("个人账户", c.personal_account != account.personal_account.0),
            ];
            let titles: Vec<_> = differ.into_iter().filter(|d| d.1).map(|d| d.0).collect();
            match &c.result {
                _ if !titles.is_empty() => BlankEvent::MakingFailed { failure: changed("卡商", &titles) },
                Making::Failed(failure) => BlankEvent::MakingFailed { failure: said(failure)? },
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
            let made = in_stock_at(file, order, c.org)?;
            if c.reason.trim().is_empty() {
                return Err(Refusal::about(Reason::MaterialDefective, "须写明作废原因"));
            }
            let reason = format!("{}（装箱位置{}）", c.reason, made.r#box);
            BlankEvent::Spoiled { org: c.org, failure: Failure { code: "spoiled".into(), reason } }
        }
    }])
}

/// The card as it lies in stock at an organisation; refuses what is spent, and what is kept elsewhere.
pub(super) fn in_stock_at<'a>(
    file: &'a BlankFile,
    order: &super::BlankOrder,
    org: OrgId,
) -> Result<&'a MadeBlank, Refusal> {
    clause!(R36.3);
    match &file.state {
        BlankState::Made { made, .. } => {
            let b = order.box_of(&made.r#box).ok_or(Reason::NotFound)?;
            if b.keeper != Party::Org(org) || b.on_the_way.is_some() {
                return Err(Reason::CardNotHere.into());
            }
            Ok(made)
        }
        BlankState::InUse { .. } | BlankState::Used { .. } | BlankState::Spoiled { .. } => {
            Err(Reason::BlankSpent.into())
        }
        _ => Err(Reason::WrongStage.into()),
    }
}

fn changed(who: &str, titles: &[&str]) -> Failure {
    clause!(X7.2);
    Failure {
        code: CHANGED_FIELD.into(), reason: format!("{who}改动了下发字段：{}", titles.join("、"))
    }
}

fn said(failure: &Failure) -> Result<Failure, Refusal> {
    if failure.reason.trim().is_empty() {
        return Err(Refusal::about(Reason::MaterialDefective, "须准确注明失败原因"));
    }
    Ok(failure.clone())
}

impl BlankFile {
    /// A card that nobody has answered for.
    pub fn new(id: BlankId) -> Self {
        Self { id, version: 0, state: BlankState::Generated }
    }

    /// Applies one event.
    pub fn apply(&mut self, event: &BlankEvent, at: Instant) {
        use BlankEvent as E;
        let made = match &self.state {
            BlankState::Made { made, .. } | BlankState::InUse { made, .. } => Some(made.clone()),
            _ => None,
        };
        let next = match event {
            E::Allocated { account, .. } => Some(BlankState::Allocated { account: account.clone(), at }),
            E::AllocationFailed { failure } => {
                Some(BlankState::AllocationFailed { failure: failure.clone(), at })
            }
            E::Made { chip, reset, made_on, r#box } => match &self.state {
                BlankState::Allocated { account, .. } => Some(BlankState::Made {
                    made: MadeBlank {
                        account: account.clone(),
                        chip: chip.clone(),
                        reset: reset.clone(),
                        made_on: *made_on,
                        r#box: r#box.clone(),
                    },
                    at,
                }),
                _ => None,
            },
            E::MakingFailed { failure } => Some(BlankState::MakingFailed { failure: failure.clone(), at }),
            E::Begun { application } => {
                made.map(|made| BlankState::InUse { made, application: *application, at })
            }
            E::Used { card } => Some(BlankState::Used { card: *card, at }),
            E::Spoiled { failure, .. } => Some(BlankState::Spoiled { failure: failure.clone(), at }),
        };
        if let Some(next) = next {
            self.state = next;
        }
    }
}

impl BlankEvent {
    /// Whether a partner's row failed because a field was changed that must not be (X7.2).
    pub fn is_changed_field(&self) -> bool {
        self.changed_field().is_some()
    }

    /// Why such a row failed, with the titles of the fields.
    pub fn changed_field(&self) -> Option<&str> {
        match self {
            Self::AllocationFailed { failure } | Self::MakingFailed { failure }
                if failure.code == CHANGED_FIELD =>
            {
                Some(&failure.reason)
            }
            _ => None,
        }
    }

    /// Whether the event carries account numbers, so that the journal stores it encrypted.
    pub fn is_personal(&self) -> bool {
        matches!(self, Self::Allocated { .. })
    }

    /// What it does to the books of stock. A card that became somebody's is entered by the holder's event.
    pub fn entries(&self) -> Vec<CustodyEntry> {
        match self {
            Self::Spoiled { org, .. } => in_stock(&Party::Org(*org), &Party::Destroyed, 1),
            _ => Vec::new(),
        }
    }
}

impl TakeAllocation {
    /// 银行卡号 that the row makes the card's, when an account is allocated.
    pub fn bank_card_no(&self) -> Option<&BankCardNumber> {
        match &self.result {
            Allocation::Allocated(a) => Some(&a.account.bank_card_no),
            Allocation::Failed(_) => None,
        }
    }
}
