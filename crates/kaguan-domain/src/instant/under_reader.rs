//! What lies under the reader of a desk, and which way out it has (R36.3): a card on which anything was written never goes back into a
//! box, and one that is being made for somebody is not thrown out by whoever comes next.

use super::steps::{ReadCard, making_of};
use crate::clause;
use crate::facts::application::Stage;
use crate::facts::blank::{BlankFile, BlankState};
use crate::facts::holder::HolderFile;
use crate::facts::making::Next;
use crate::ids::BlankId;

/// What a card is to the outlet at whose desk it lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnderReader {
    /// A pre-made card of this outlet that nobody has taken.
    InStock(BlankId),
    /// Taken for an application that is not finished.
    Making {
        /// All but its face was seen to: somebody looks at it.
        to_look_at: bool,
    },
    /// Somebody's card.
    Issued,
    /// Spoiled, kept elsewhere, or not of this system.
    Strange,
}

/// Which way a card goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WayOut {
    Stays,
    /// 正常卡位.
    Good,
    /// 坏卡位.
    Reject,
}

impl UnderReader {
    /// What a chip is, by the file of whoever has its number, and by the pre-made card that lies in stock at the outlet.
    pub fn of(chip: &str, holder: Option<&HolderFile>, blank: Option<&BlankFile>) -> Self {
        let applications = holder.iter().flat_map(|f| &f.applications);
        let mut making = applications
            .filter(|a| matches!(&a.stage, Stage::Personalising { made, .. } if made.chip.as_str() == chip));
        if let Some(application) = making.next() {
            let next = making_of(application);
            return Self::Making { to_look_at: matches!(next, Some(Next::LookAtFace | Next::Confirm)) };
        }
        if holder.is_some_and(|f| f.cards.iter().any(|c| c.chip.as_str() == chip)) {
            return Self::Issued;
        }
        match blank.map(|b| (b.id, &b.state)) {
            Some((id, BlankState::Made { .. })) => Self::InStock(id),
            Some((_, BlankState::InUse { .. })) => Self::Making { to_look_at: false },
            Some((
                _,
                BlankState::Generated
                | BlankState::AllocationFailed { .. }
                | BlankState::Allocated { .. }
                | BlankState::MakingFailed { .. }
                | BlankState::Used { .. }
                | BlankState::Spoiled { .. },
            ))
            | None => Self::Strange,
        }
    }

    /// The same where nobody stands but whoever came: no card goes out to them that is not theirs, and a blank one least of all.
    pub fn way_out_alone(self, read: &ReadCard) -> (WayOut, &'static str) {
        clause!(R36.3);
        let staff = "卡已收入本机废卡盒，请联系网点工作人员";
        match self {
            Self::Making { to_look_at: false } => self.way_out(read),
            Self::InStock(_) | Self::Making { to_look_at: true } | Self::Issued | Self::Strange => {
                (WayOut::Reject, staff)
            }
        }
    }

    /// Which way a card goes that is not made now, and what its clerk is told to do with it.
    pub fn way_out(self, read: &ReadCard) -> (WayOut, &'static str) {
        clause!(R36.3);
        let blank = read.number.is_empty() && read.name.is_empty();
        match self {
            Self::InStock(_) if blank => (WayOut::Good, "该卡未写入任何资料，请放回卡盒"),
            Self::InStock(_) => (
                WayOut::Reject,
                "芯片内已有个人资料，不是空白预制卡。请在“预制卡出入库”中登记作废并放入废卡盒，不得放回卡盒",
            ),
            Self::Making { to_look_at: true } => (
                WayOut::Good,
                "请查看卡面：印好的，在“即时制卡”中登记制卡完成（制卡补登）；未印好的，登记制卡失败并放入废卡盒",
            ),
            Self::Making { to_look_at: false } => (
                WayOut::Stays,
                "该卡正在为一份申请制作。请在“即时制卡”中查到该申请人后继续制卡；不再制作的，登记制卡失败或退回库存后再退卡",
            ),
            Self::Issued => (WayOut::Good, "该卡是已制成的社保卡。请交还持卡人或按待领卡保管，不得放入卡盒"),
            Self::Strange => (
                WayOut::Reject,
                "该卡不是本网点在库的预制卡（已作废，或不属于本网点）。请放入废卡盒，不得放回卡盒",
            ),
        }
    }
}
