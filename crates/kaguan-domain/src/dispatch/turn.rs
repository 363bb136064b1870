//! Whose turn it is: who has to do what next about an application, a card or a batch (Articles 7 to 16, 32, and Appendix 7).

use crate::clause;
use crate::dispatch::Position;
use crate::facts::names::BatchStateKind;
use crate::facts::notice::NoticeKind;

/// Who has to act next.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
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

    /// Of an application, by where it stands: of cards under way it is whoever has to sign for them (R12.1).
    pub fn of(stands: Position) -> Self {
        clause!(R12.1);
        match stands {
            Position::AwaitingCheck
            | Position::AwaitingPayment
            | Position::AwaitingInstant
            | Position::DeadToDecline
            | Position::Personalising
            | Position::InstantFailed
            | Position::ToOutlet
            | Position::WithOtherCity
            | Position::InPost => Self::Outlet,
            Position::AwaitingBatch
            | Position::Screened
            | Position::DeadInBatch
            | Position::OpeningFailed
            | Position::ProductionFailed
            | Position::ToCity
            | Position::VendorToCity
            | Position::BackToCity
            | Position::AtCity
            | Position::Missing => Self::City,
            Position::ToCounty | Position::AtCounty => Self::County,
            Position::AccountOpened | Position::ToProvince | Position::AtProvince => Self::Province,
            // 委托服务银行负责成品卡接收: it signs for them and sends them on.
            Position::AwaitingBank | Position::AtBank | Position::ToBank | Position::AtEntrusted => {
                Self::Bank
            }
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

    /// Of a card that has to be taken back (R32.2), by where it is: whoever has it in hand takes it back, or sends it on where he may not,
    /// and one under way is signed for first. What a holder, an employer or the post has comes back to its outlet.
    pub fn of_recall(stands: Position) -> Self {
        clause!(R12.1);
        // Another city's centre has it in hand.
        if stands == Position::WithOtherCity {
            return Self::City;
        }
        match Self::of(stands) {
            Self::Employer | Self::Holder | Self::Nobody => Self::Outlet,
            turn
            @ (Self::Outlet | Self::City | Self::County | Self::Province | Self::Bank | Self::Vendor) => turn,
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
            BatchStateKind::Ended => Self::Nobody,
        }
    }
}

/// Where something stands whose clock runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Stands {
    /// An application, with the card that was made of it.
    At(Position),
    /// A card that has to be taken back, by what began the clock (R32.2), and where it is now.
    Recall(NoticeKind, Position),
    /// A batch.
    Batch(BatchStateKind),
    /// A unit application whose people's data are still to come (R9.2).
    Unit,
}

impl Stands {
    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::At(position) => position.name(),
            Self::Recall(NoticeKind::HolderDead, _) => "持卡人死亡，卡待回收",
            Self::Recall(
                NoticeKind::Uncollected
                | NoticeKind::Expiring
                | NoticeKind::SeventhBirthday
                | NoticeKind::Ready
                | NoticeKind::SecondOffer
                | NoticeKind::OfferedAgain,
                _,
            ) => "逾期未领，卡待回收",
            Self::Batch(state) => state.name(),
            Self::Unit => "批量数据待上传",
        }
    }

    /// Who has to act next.
    pub fn turn(self) -> Turn {
        match self {
            Self::At(position) => Turn::of(position),
            Self::Recall(_, position) => Turn::of_recall(position),
            Self::Batch(state) => Turn::of_batch(state),
            Self::Unit => Turn::Outlet,
        }
    }

    /// What has to be done next, as its page calls it; nothing when all is done.
    pub fn next_act(self) -> &'static str {
        match self {
            Self::At(position) => act_at(position),
            Self::Recall(_, position) => recall_at(position),
            Self::Batch(state) => match state {
                BatchStateKind::Screening => "批次确认",
                BatchStateKind::Confirmed => "提取开户数据",
                BatchStateKind::AtBank => "开户回盘",
                BatchStateKind::Opened => "下发制卡数据",
                BatchStateKind::AtVendor => "制卡回盘",
                BatchStateKind::Made => "分发成品卡",
                BatchStateKind::Ended => "",
            },
            Self::Unit => "上传批量数据",
        }
    }
}

/// About a card that has to be taken back: one under way is signed for first, one in the post is brought back by it, and a county, the
/// province or a vendor sends it on, for none of them takes cards back.
fn recall_at(position: Position) -> &'static str {
    clause!(R32.1);
    let act = act_at(position);
    match Turn::of_recall(position) {
        Turn::County | Turn::Province if act != SIGN => "移交领卡网点，由其签收后回收",
        Turn::County | Turn::Province | Turn::Vendor => act,
        // A centre takes it back, a county does not.
        Turn::City if position == Position::WithOtherCity => "由保管机构回收，或移交领卡网点签收后回收",
        // The post brings it back first.
        Turn::Outlet if position == Position::InPost => "追回邮件，邮件退回登记",
        Turn::Outlet | Turn::City | Turn::Bank | Turn::Employer | Turn::Holder | Turn::Nobody => {
            if act == SIGN { SIGN } else { "回收" }
        }
    }
}

/// What is done about cards under way.
const SIGN: &str = "签收成品卡";

fn act_at(position: Position) -> &'static str {
    match position {
        Position::AwaitingCheck => "人工核验",
        Position::AwaitingPayment => "收取工本费",
        Position::AwaitingBatch => "批次筛选",
        Position::DeadToDecline => "不予受理",
        Position::Screened => "批次确认",
        Position::DeadInBatch => "移出批次",
        Position::AwaitingBank => "提取开户数据",
        Position::AtBank => "开户回盘",
        Position::OpeningFailed | Position::ProductionFailed | Position::InstantFailed => "失败数据处理",
        Position::AccountOpened => "下发制卡数据",
        Position::AtVendor => "制卡回盘",
        Position::AwaitingInstant | Position::Personalising => "即时制卡",
        Position::MadeAtVendor => "寄出成品卡",
        Position::AtProvince | Position::AtCity | Position::AtCounty | Position::AtEntrusted => "分发成品卡",
        Position::ToProvince
        | Position::ToCity
        | Position::VendorToCity
        | Position::ToBank
        | Position::ToCounty
        | Position::ToOutlet
        | Position::BackToCity => SIGN,
        Position::WithOtherCity => "单卡转接",
        Position::AtOutlet | Position::WithEmployer => "领取",
        Position::InPost => "投递",
        Position::Missing => "补制缺卡",
        Position::HandedOver => "启用",
        Position::Enabled => "激活银行账户",
        Position::Active
        | Position::Recalled
        | Position::Cleaned
        | Position::Replaced
        | Position::Cancelled
        | Position::Withdrawn
        | Position::Declined => "",
    }
}
