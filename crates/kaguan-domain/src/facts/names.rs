//! The stable names of what a file can be: they stand in columns, are asked for by lists, and are said to partners. A
//! kind is a state without what belongs to it.

use super::application::Stage;
use super::batch::BatchState;
use super::blank::BlankState;
use super::blank_order::Step;
use super::card::{Account, Social};
use super::custody::Custody;

macro_rules! names {
    ($($(#[$doc:meta])* $Kind:ident of $State:ident { $($Name:ident = $code:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum $Kind {
            $(#[doc = $code] $Name,)+
        }

        impl $Kind {
            /// Every name, for reading what is stored.
            pub const ALL: &[Self] = &[$(Self::$Name),+];

            /// The stable name.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$Name => $code,)+
                }
            }

            /// Reads a stable name.
            pub fn from_code(code: &str) -> Option<Self> {
                match code {
                    $($code => Some(Self::$Name),)+
                    _ => None,
                }
            }
        }

        impl $State {
            /// Its kind, which has the stable name.
            pub fn kind(&self) -> $Kind {
                match self {
                    $(Self::$Name { .. } => $Kind::$Name,)+
                }
            }

            /// The stable name, in stored rows and in what partners are told.
            pub fn code(&self) -> &'static str {
                self.kind().code()
            }
        }
    )+};
}

names! {
    /// At which stage an application 申请 stands.
    StageKind of Stage {
        Received = "received",
        Accepted = "accepted",
        InBatch = "in_batch",
        OpeningFailed = "opening_failed",
        AccountOpened = "account_opened",
        Personalising = "personalising",
        ProductionFailed = "production_failed",
        Made = "made",
        Withdrawn = "withdrawn",
        Declined = "declined",
    }

    /// How far a batch 批次 is.
    BatchStateKind of BatchState {
        Screening = "screening",
        Confirmed = "confirmed",
        AtBank = "at_bank",
        Opened = "opened",
        AtVendor = "at_vendor",
        Made = "made",
        Ended = "ended",
    }

    /// How far an order of pre-made cards 预制卡申请 is.
    StepKind of Step {
        Ordered = "ordered",
        Declined = "declined",
        Generated = "generated",
        AtBank = "at_bank",
        AtVendor = "at_vendor",
        Made = "made",
    }

    /// What has become of a pre-made card 预制卡.
    BlankStateKind of BlankState {
        Generated = "generated",
        AllocationFailed = "allocation_failed",
        Allocated = "allocated",
        MakingFailed = "making_failed",
        Made = "made",
        InUse = "in_use",
        Used = "used",
        Spoiled = "spoiled",
    }

    /// The social function 社保功能 of a card.
    SocialKind of Social {
        NotEnabled = "not_enabled",
        Enabled = "enabled",
        Cancelled = "cancelled",
    }

    /// The bank account 银行账户 of a card.
    AccountKind of Account {
        PreOpened = "pre_opened",
        Active = "active",
        Closed = "closed",
    }

    /// Who has a card.
    CustodyKind of Custody {
        InBox = "in_box",
        AtOutlet = "at_outlet",
        InPost = "in_post",
        Missing = "missing",
        Recalled = "recalled",
        Destroyed = "destroyed",
        WithHolder = "with_holder",
    }
}

impl BatchStateKind {
    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::Screening => "批次筛选",
            Self::Confirmed => "已确认，待银行提取",
            Self::AtBank => "银行开户中",
            Self::Opened => "开户完成，待下发制卡",
            Self::AtVendor => "卡商制卡中",
            Self::Made => "制卡完成",
            Self::Ended => "已终结",
        }
    }
}

impl StepKind {
    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ordered => "待省中心生成数据",
            Self::Declined => "省中心不予生成",
            Self::Generated => "已生成数据，待银行提取",
            Self::AtBank => "银行分配账户中",
            Self::AtVendor => "卡商生产中",
            Self::Made => "生产完成",
        }
    }
}
