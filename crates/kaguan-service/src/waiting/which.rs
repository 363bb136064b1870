//! The lists of cards that wait for their holders: which cards stand on each, and where they are asked for.

use jiff::civil::Date;
use kaguan_domain::cancellation::is_keepers_to_cancel;
use kaguan_domain::facts::batch::BatchFile;
use kaguan_domain::facts::blank_order::Stock;
use kaguan_domain::facts::card::Card;
use kaguan_domain::facts::institution::{Institutions, Organisation};
use kaguan_domain::facts::names::CustodyKind;
use kaguan_domain::ids::{BatchId, OrgId};
use kaguan_domain::recall::{
    is_stranded, is_to_be_closed, is_to_be_destroyed, is_to_be_given_back, is_to_be_stored,
    is_to_be_withdrawn, listed_overdue_on, second_offer_failed, waits_for_balance, waits_for_data,
    waits_given_back, waits_to_be_offered,
};
use kaguan_domain::rule::{Around, Found};
use kaguan_store::{Again, Owed};
use std::collections::HashMap;

/// Which cards.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Waiting {
    /// 逾期未领卡
    Overdue,
    /// 邮递途中
    InPost,
    /// 邮件退回途中: the carrier brings it back, and its outlet has to take it in.
    Returning,
    /// 待邮寄: 邮递上门 was asked for, and the card lies at the outlet.
    ToPost,
    /// 待二次发放: taken back uncollected, within the six months in which whoever keeps it offers it again.
    ToOffer,
    /// 二次发放期满: offered a second time, and nobody took it.
    SecondOver,
    /// 待发还: taken back, and its holder's again; whoever keeps it offers it (二次发放).
    ToGiveBack,
    /// 已转待发还, 待领: offered again as its holder's, and nobody has come for it yet.
    GivenBack,
    /// 缺卡
    Missing,
    /// 逾期未领卡数据待接收
    DataSent,
    /// 待交回服务银行保管: taken back uncollected, and not at its bank yet; of whoever has it, and of the bank that takes it in.
    ToStore,
    /// 逾期且滞留
    Stranded,
    /// 待确认账户余额: stranded, and its bank has not said that the account is empty; of the bank.
    ToConfirm,
    /// 待追回或回收: cancelled or cleaned, or to be confiscated, while an office, a box or the post has it; of whoever has it or posted it, or
    /// has to sign for its box.
    ToWithdraw,
    /// 已收缴或清理交回、待注销: confiscated as a false card, or cleaned, given back and settled; of whoever cancels it, and of the centre that
    /// keeps it.
    Confiscated,
    /// 待销户: cancelled, and its bank has still to close the account; of the bank, and of the city to see.
    ToClose,
    /// 待登记销毁: taken back, cancelled, its account closed; of whoever destroys it.
    ToDestroy,
}

/// The kinds of work with single cards, with all of them in the order in which they are told.
macro_rules! works {
    ($($(#[$doc:meta])* $Name:ident,)+) => {
        /// What waits of single cards, as the first page counts it.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum CardWork {
            $($(#[$doc])* $Name,)+
        }

        impl CardWork {
            pub(super) const ALL: &[Self] = &[$(Self::$Name),+];
        }
    };
}

works! {
    /// 缺卡
    Missing,
    /// 待邮寄, of an outlet
    ToPost,
    /// 邮件退回、待登记, of an outlet
    Returning,
    /// 待追回或回收, of whoever has them or posted them
    ToWithdraw,
    /// 已收缴或清理交回、待注销, of whoever cancels them, and of the centre that keeps them
    ToCancelConfiscated,
    /// 待二次发放
    ToOffer,
    /// Of these, those with a month left at most.
    ToOfferSoon,
    /// 二次发放期满未领
    SecondOver,
    /// 待发还, of whoever keeps them
    ToGiveBack,
    /// 逾期未领卡数据待接收
    DataSent,
    /// 待交回服务银行保管, of whoever keeps them, and of the bank that takes them in
    ToStore,
    /// 逾期且滞留, 待服务银行确认账户无余额; of a city, or of a bank
    ToConfirm,
    /// 逾期且滞留, 待注销
    ToCancel,
    /// 待销户, of the bank, or of the city's centre to see
    ToClose,
    /// 待登记销毁, of the bank's outlet that keeps them, or of the city's centre
    ToDestroy,
}

impl Waiting {
    /// Its name, for the line of whoever is looked at because of it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Overdue => "逾期未领卡",
            Self::InPost => "邮递途中",
            Self::Returning => "邮件退回",
            Self::ToPost => "待邮寄",
            Self::ToOffer => "待二次发放",
            Self::SecondOver => "二次发放期满未领",
            Self::ToGiveBack => "待发还的社保卡",
            Self::GivenBack => "待领的发还卡",
            Self::Missing => "缺卡",
            Self::DataSent => "逾期未领卡数据接收",
            Self::ToStore => "待交回服务银行保管",
            Self::Stranded => "逾期且滞留",
            Self::ToConfirm => "待确认账户余额",
            Self::ToWithdraw => "待追回或回收",
            Self::Confiscated => "已收缴或清理交回待注销",
            Self::ToClose => "待销户",
            Self::ToDestroy => "待登记销毁",
        }
    }

    pub(super) fn kinds(self) -> &'static [CustodyKind] {
        match self {
            // Some of them lie in boxes: the store has a question of its own.
            Self::ToPost | Self::ToWithdraw => &[],
            Self::Overdue | Self::SecondOver | Self::GivenBack => {
                &[CustodyKind::AtOutlet, CustodyKind::InPost]
            }
            Self::InPost | Self::Returning => &[CustodyKind::InPost],
            Self::Missing => &[CustodyKind::Missing],
            Self::ToClose => &[CustodyKind::Recalled, CustodyKind::WithHolder],
            Self::ToOffer
            | Self::DataSent
            | Self::ToStore
            | Self::Stranded
            | Self::ToConfirm
            | Self::ToGiveBack
            | Self::Confiscated
            | Self::ToDestroy => &[CustodyKind::Recalled],
        }
    }

    /// What becomes of the cards of the list; `None` where that is not asked.
    pub(super) fn again(self) -> Option<Again> {
        match self {
            Self::ToOffer => Some(Again::ToOffer),
            Self::SecondOver => Some(Again::SecondOffer),
            Self::ToGiveBack | Self::GivenBack => Some(Again::GivenBack),
            Self::ToWithdraw => Some(Again::Withdrawn),
            Self::Confiscated => Some(Again::Confiscated),
            Self::ToClose => Some(Again::Closed),
            Self::ToDestroy => Some(Again::Destroyed),
            Self::Overdue
            | Self::InPost
            | Self::Returning
            | Self::ToPost
            | Self::Missing
            | Self::DataSent
            | Self::ToStore
            | Self::Stranded
            | Self::ToConfirm => None,
        }
    }

    /// What has to be done with the cards of the list; `None` where that is not asked.
    pub(super) fn owed(self) -> Option<Owed> {
        match self {
            Self::DataSent => Some(Owed::Data),
            Self::ToStore => Some(Owed::Storing),
            Self::ToConfirm => Some(Owed::Balance),
            Self::Overdue
            | Self::InPost
            | Self::Returning
            | Self::ToPost
            | Self::ToOffer
            | Self::SecondOver
            | Self::ToGiveBack
            | Self::GivenBack
            | Self::Missing
            | Self::Stranded
            | Self::ToWithdraw
            | Self::Confiscated
            | Self::ToClose
            | Self::ToDestroy => None,
        }
    }

    /// Whether the cards of the list have a first day on it that the store knows.
    pub(super) fn has_a_day(self) -> bool {
        match self {
            Self::Overdue | Self::SecondOver | Self::Stranded | Self::ToConfirm => true,
            Self::InPost
            | Self::Returning
            | Self::ToPost
            | Self::ToOffer
            | Self::ToGiveBack
            | Self::GivenBack
            | Self::Missing
            | Self::DataSent
            | Self::ToStore
            | Self::ToWithdraw
            | Self::Confiscated
            | Self::ToClose
            | Self::ToDestroy => false,
        }
    }

    /// Where the cards of the list lie, of an office: at an outlet those that it has, elsewhere those of its city. A bank's outlets are asked
    /// for their bank's accounts wherever the cards are; what is given back, or is to go to its bank, is its keeper's to see to, of
    /// whichever city the card is.
    pub(super) fn at(self, home: &Organisation) -> Option<OrgId> {
        match self {
            Self::ToConfirm | Self::ToClose => None,
            Self::ToStore
            | Self::ToGiveBack
            | Self::GivenBack
            | Self::ToWithdraw
            | Self::Confiscated
            | Self::ToDestroy => Some(home.id),
            Self::Overdue
            | Self::InPost
            | Self::Returning
            | Self::ToPost
            | Self::ToOffer
            | Self::SecondOver
            | Self::Missing
            | Self::DataSent
            | Self::Stranded => home.kind.is_outlet().then_some(home.id),
        }
    }

    /// Whether a card belongs on the list on a day; `batches` has its batch when it lies in a box.
    pub(super) fn holds(
        self,
        card: &Card,
        today: Date,
        institutions: &Institutions,
        batches: &HashMap<BatchId, BatchFile>,
    ) -> bool {
        match self {
            Self::Overdue => {
                let stock = Stock::default();
                let around =
                    Around { institutions, batches, stock: &stock, other: None, found: Found::NOBODY };
                listed_overdue_on(card, around).is_some_and(|day| today >= day)
            }
            Self::InPost | Self::Missing | Self::ToPost => true,
            Self::ToOffer => waits_to_be_offered(card, today),
            Self::SecondOver => second_offer_failed(card, today),
            Self::ToGiveBack => is_to_be_given_back(card),
            Self::GivenBack => waits_given_back(card),
            Self::Returning => card.custody.is_returning().is_some(),
            Self::DataSent => waits_for_data(card),
            Self::ToStore => is_to_be_stored(card, institutions),
            Self::Stranded => is_stranded(card, today),
            Self::ToConfirm => waits_for_balance(card, today),
            Self::ToWithdraw => is_to_be_withdrawn(card),
            Self::Confiscated => is_keepers_to_cancel(card),
            Self::ToClose => is_to_be_closed(card),
            Self::ToDestroy => is_to_be_destroyed(card),
        }
    }
}
