//! Whose turn it is: who has to do the next thing about an application or a batch (Articles 7 to 16 and Appendix 7).

use crate::dispatch::Position;
use crate::facts::names::BatchStateKind;

/// Who has to act next.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Turn {
    /// 受理网点
    Outlet,
    /// 市卡管机构
    City,
    /// 县级机构
    County,
    /// 省卡管机构
    Province,
    /// 服务银行
    Bank,
    /// 卡商
    Vendor,
    /// 单位
    Employer,
    /// 持卡人
    Holder,
    /// 无
    Nobody,
}

impl Turn {
    /// All of them that can have a clock against them, in the order of the way.
    pub const ALL: [Self; 8] = [
        Self::Outlet,
        Self::City,
        Self::Bank,
        Self::Province,
        Self::Vendor,
        Self::County,
        Self::Employer,
        Self::Holder,
    ];

    /// The stable name, as an address names it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Outlet => "outlet",
            Self::City => "city",
            Self::County => "county",
            Self::Province => "province",
            Self::Bank => "bank",
            Self::Vendor => "vendor",
            Self::Employer => "employer",
            Self::Holder => "holder",
            Self::Nobody => "nobody",
        }
    }

    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::Outlet => "经办网点",
            Self::City => "市卡管机构",
            Self::County => "县级机构",
            Self::Province => "省卡管机构",
            Self::Bank => "服务银行",
            Self::Vendor => "卡商",
            Self::Employer => "单位",
            Self::Holder => "持卡人",
            Self::Nobody => "—",
        }
    }

    /// Of an application, by where it stands.
    pub fn of(stands: Position) -> Self {
        match stands {
            Position::AwaitingCheck
            | Position::AwaitingPayment
            | Position::Personalising
            | Position::ToOutlet
            | Position::InPost => Self::Outlet,
            Position::AwaitingBatch
            | Position::Screened
            | Position::OpeningFailed
            | Position::ProductionFailed
            | Position::ToCity
            | Position::AtCity
            | Position::Missing => Self::City,
            Position::AtCounty => Self::County,
            Position::AccountOpened | Position::AtProvince => Self::Province,
            Position::AwaitingBank | Position::AtBank => Self::Bank,
            Position::AtVendor | Position::MadeAtVendor => Self::Vendor,
            Position::WithEmployer => Self::Employer,
            Position::AtOutlet | Position::HandedOver | Position::Enabled => Self::Holder,
            Position::Active
            | Position::Recalled
            | Position::Cleaned
            | Position::Replaced
            | Position::Cancelled
            | Position::Withdrawn
            | Position::Declined => Self::Nobody,
        }
    }

    /// Of a batch.
    pub fn of_batch(state: BatchStateKind) -> Self {
        match state {
            BatchStateKind::Screening => Self::City,
            BatchStateKind::Confirmed | BatchStateKind::AtBank => Self::Bank,
            BatchStateKind::Opened => Self::Province,
            BatchStateKind::AtVendor => Self::Vendor,
            // The cards are on their way down: the boxes say who has them.
            BatchStateKind::Made => Self::Province,
        }
    }
}
