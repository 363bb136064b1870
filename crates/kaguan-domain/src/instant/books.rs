//! Who sees which boxes of pre-made cards, and who is told what the books have in them (R36.1): whoever counts a box counts it blind.

use crate::clause;
use crate::facts::blank_order::{BlankBox, BlankOrder, BlankOrderFile, LastCount};
use crate::facts::custody::Party;
use crate::facts::institution::Organisation;
use crate::ids::OrgId;
use jiff::civil::Date;

/// Whether an organisation is told what the books have in a box of its area: a centre, of one that others keep. Whoever keeps it, or will sign
/// for it, counts it first.
pub fn sees_books(home: &Organisation, b: &BlankBox) -> bool {
    clause!(R36.1);
    !home.kind.is_outlet() && !b.concerns(home.id)
}

/// Whether an organisation sees a box of its area at all: a centre every one; an outlet what lies there or comes there, and that for a
/// difference of which it answers.
pub fn sees_box(home: &Organisation, b: &BlankBox) -> bool {
    clause!(R36.1);
    !home.kind.is_outlet() || b.concerns(home.id) || b.is_answered_for_by(&Party::Org(home.id))
}

/// How a box of pre-made cards stands for an organisation: by this its list is narrowed, and its work counted, so that both agree. A box can
/// stand in several ways.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BoxStands {
    /// It lies at an organisation.
    Kept,
    /// It is on its way to this one.
    Coming,
    /// It is on its way to another one.
    Away,
    /// It lies at the vendor that made its cards.
    AtVendor,
    /// The province found the return of its order wrong, and has not passed it since.
    FoundWrong,
    /// The province ended its order: it is sent back or destroyed by whoever has it; the vendor sees to its own.
    Ended,
    /// It has cards, and was not counted today, or its books changed otherwise than by use since.
    ToCount,
    /// It has cards, and its last count differs from the books: until it is counted right.
    Miscounted,
    /// A receipt by this organisation found a difference in it, and nobody has settled it.
    Unsettled,
    /// The same of another organisation, and this one answers for it.
    AnsweredFor,
    /// The same of another organisation, and others answer for it.
    UnsettledElsewhere,
}

impl BoxStands {
    /// Where a box is, and whether anything can be done with it there.
    pub const PLACES: &'static [Self] =
        &[Self::Kept, Self::Coming, Self::Away, Self::AtVendor, Self::FoundWrong, Self::Ended];
    /// What counts of it found.
    pub const COUNTS: &'static [Self] =
        &[Self::ToCount, Self::Miscounted, Self::Unsettled, Self::AnsweredFor, Self::UnsettledElsewhere];

    /// As an address names it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Coming => "coming",
            Self::Away => "away",
            Self::AtVendor => "at_vendor",
            Self::FoundWrong => "found_wrong",
            Self::Ended => "ended",
            Self::ToCount => "to_count",
            Self::Miscounted => "miscounted",
            Self::Unsettled => "unsettled",
            Self::AnsweredFor => "answered_for",
            Self::UnsettledElsewhere => "unsettled_elsewhere",
        }
    }

    /// In Chinese.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kept => "机构保管，不在途中",
            Self::Coming => "途中，待本机构入库",
            Self::Away => "途中，寄往其他机构",
            Self::AtVendor => "在制卡商",
            Self::FoundWrong => "回盘检查未通过",
            Self::Ended => "已终止，待退回或销毁",
            Self::ToCount => "今日待盘点",
            Self::Miscounted => "盘点与账面不符",
            Self::Unsettled => "清点差异待本机构处理",
            Self::AnsweredFor => "由本机构负责、箱在其他机构的清点差异",
            Self::UnsettledElsewhere => "其他机构清点差异待处理",
        }
    }

    /// Whether a box stands so for an organisation on a day, the cards of its order being counted in the tally.
    pub fn is_of(self, home: OrgId, file: &BlankOrderFile, b: &BlankBox, today: Date) -> bool {
        clause!(R36.1);
        let lies = b.on_the_way.is_none() && b.destroyed.is_none();
        let has_cards = file.inside(&b.number) > 0;
        let kept = matches!(b.keeper, Party::Org(_)) && lies;
        let to = b.on_the_way.as_ref().map(|way| way.to);
        let own = b.keeper == Party::Org(home);
        let differs_elsewhere = b.has_open_difference() && !own;
        let answers = b.is_answered_for_by(&Party::Org(home));
        match self {
            Self::Kept => kept,
            Self::Coming => to == Some(home),
            Self::Away => to.is_some_and(|to| to != home),
            Self::AtVendor => b.is_at_vendor(),
            Self::FoundWrong => file.order.as_ref().is_some_and(BlankOrder::was_found_wrong) && has_cards,
            Self::Ended => !b.is_at_vendor() && file.to_be_destroyed().any(|open| open.number == b.number),
            Self::ToCount => {
                kept && has_cards
                    && match file.last_count(b) {
                        LastCount::Differs(c) | LastCount::Agrees(c) => c.on != today,
                        LastCount::None | LastCount::Outdated(_) => true,
                    }
            }
            Self::Miscounted => kept && has_cards && b.was_miscounted(),
            Self::Unsettled => b.has_open_difference() && own,
            Self::AnsweredFor => differs_elsewhere && answers,
            Self::UnsettledElsewhere => differs_elsewhere && !answers,
        }
    }
}
