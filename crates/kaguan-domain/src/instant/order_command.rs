//! What is commanded about an order of pre-made cards as a whole, by whom, and where (R36.1).

use crate::clause;
use crate::clause::Clause;
use crate::facts::blank_order::{BlankOrder, BlankOrderFile, StockShip, StockTakeIn};
use crate::facts::custody::Party;
use crate::facts::difference::Settled;
use crate::ids::{BankCode, CityCode, OrgId, VendorCode};
use crate::permission::{Place, Verb};
use serde::{Deserialize, Serialize};

/// A command about an order as a whole.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlankOrderCommand {
    /// 预制卡申请.
    Order {
        /// 批次.
        number: String,
        city: CityCode,
        bank: BankCode,
        vendor: VendorCode,
        quantity: u32,
        /// 备注.
        note: String,
    },
    /// The province does not agree.
    Decline { reason: String },
    /// 生成数据.
    Generate {
        /// The city's counter of the first card number; all of them are reserved.
        first: u32,
    },
    /// The bank extracts the data.
    Extract,
    /// 预开户回盘完成.
    CloseAllocation,
    /// 装箱.
    Pack {
        /// 装箱位置.
        number: String,
        cards: i64,
    },
    /// 回盘完成.
    CloseMaking,
    /// 检查回盘数据, by the province.
    CheckReturn {
        passed: bool,
        /// What is wrong, when it is not passed.
        findings: String,
    },
    /// 寄出, 出库.
    Ship(StockShip),
    /// 入库.
    TakeIn(StockTakeIn),
    /// 盘点.
    Count {
        /// 装箱位置.
        r#box: String,
        org: OrgId,
        /// How many were there; by a list those that are the box's.
        counted: i64,
        /// Numbers on the list that are of no card of the box.
        #[serde(default, skip_serializing_if = "is_none")]
        foreign: i64,
    },
    /// 清点差异处理.
    SettleDifference {
        /// 装箱位置.
        r#box: String,
        /// Cards that were found, or that are named now; or the card too many that went where it belongs.
        settled: Settled,
        /// What came of it.
        account: String,
    },
    /// 终止, by the province.
    End {
        /// Why, in Chinese.
        reason: String,
        /// That it cannot be undone is understood.
        sure: bool,
    },
    /// 销毁 of a box of an order that was ended.
    Destroy(StockDestroy),
}

fn is_none(cards: &i64) -> bool {
    *cards == 0
}

impl BlankOrderCommand {
    /// The verb, for the permission matrix and the journal.
    pub fn verb(&self, file: &BlankOrderFile) -> Verb {
        match self {
            Self::Order { .. } => Verb::OrderBlanks,
            Self::Decline { .. } | Self::Generate { .. } => Verb::GenerateBlanks,
            Self::Extract | Self::CloseAllocation => Verb::AllocateBlanks,
            Self::Pack { .. } | Self::CloseMaking => Verb::MakeBlanks,
            Self::CheckReturn { .. } => Verb::CheckBlanks,
            Self::Ship(s) => match file.box_of(&s.r#box).map(|b| &b.keeper) {
                Some(Party::Vendor(_)) => Verb::MakeBlanks,
                _ => Verb::ShipBlanks,
            },
            Self::TakeIn(_) => Verb::TakeInBlanks,
            Self::Count { .. } | Self::SettleDifference { .. } => Verb::CountBlanks,
            Self::End { .. } => Verb::EndBlanks,
            Self::Destroy(_) => Verb::DestroyBlanks,
        }
    }

    /// The clause of its business, by which it is refused for reasons that hold everywhere.
    pub(super) fn clause(&self) -> Clause {
        if let Self::Order { .. } = self { clause!(X5.1) } else { clause!(R36.1) }
    }

    /// Where the subject lies, for the permission check.
    pub fn place(&self, file: &BlankOrderFile) -> Place {
        let of = |f: fn(&BlankOrder) -> Place| file.order.as_ref().map_or(Place::Anywhere, f);
        match self {
            Self::Order { city, .. } => Place::City(city.clone()),
            Self::Decline { .. } | Self::Generate { .. } | Self::CheckReturn { .. } | Self::End { .. } => {
                Place::Anywhere
            }
            Self::Extract | Self::CloseAllocation => of(|o| Place::Bank(o.bank.clone())),
            Self::Pack { .. } | Self::CloseMaking => of(|o| Place::Vendor(o.vendor.clone())),
            Self::Ship(s) => file.box_of(&s.r#box).map_or(Place::Anywhere, |b| b.keeper.place()),
            Self::TakeIn(t) => Place::At(t.org),
            Self::Destroy(d) => Place::At(d.org),
            Self::Count { org, .. } => Place::At(*org),
            Self::SettleDifference { r#box, .. } => {
                file.box_of(r#box).map_or(Place::Anywhere, |b| b.keeper.place())
            }
        }
    }
}

/// 销毁 of the cards of a box whose order was ended.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StockDestroy {
    /// 装箱位置.
    pub r#box: String,
    /// By whose keeper.
    pub org: OrgId,
    /// How many were counted and destroyed.
    pub cards: i64,
    /// 销毁人
    pub by: String,
    /// 监销人
    pub witness: String,
    /// Where and how, in Chinese.
    pub account: String,
    /// That it cannot be undone is understood.
    pub sure: bool,
}
