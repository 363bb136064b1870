//! Who keeps a card, and the books of it (Articles 12, 14 and 32): a card has exactly one keeper at any moment, and every
//! hand-over is an entry with two parties, so that the books balance to zero.

use crate::clause;
use crate::ctx::Instant;
use crate::facts::post_news::{PostNews, PostStep};
use crate::ids::{BoxId, OrgId, VendorCode};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Who can keep a card.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// The vendor that made it.
    Vendor(VendorCode),
    /// An organisation of the four levels.
    Org(OrgId),
    /// The employer that collected it for its people.
    Employer(String),
    /// Its holder.
    Holder,
    /// The post, on behalf of an outlet.
    Post(OrgId),
    /// Taken back, kept by an organisation until it is offered again or destroyed.
    Recalled(OrgId),
    /// Destroyed.
    Destroyed,
    /// Nobody knows: missing, last kept by somebody.
    Missing,
    /// Where cards come from: the other side of the entry when one is made.
    Production(VendorCode),
}

impl Party {
    /// The account in the books.
    pub fn account(&self) -> String {
        match self {
            Self::Vendor(v) => format!("vendor:{v}"),
            Self::Org(id) => format!("org:{id}"),
            Self::Employer(code) => format!("employer:{code}"),
            Self::Holder => "holder".into(),
            Self::Post(id) => format!("post:{id}"),
            Self::Recalled(id) => format!("recalled:{id}"),
            Self::Destroyed => "destroyed".into(),
            Self::Missing => "missing".into(),
            Self::Production(v) => format!("production:{v}"),
        }
    }
}

/// A box under way.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OnTheWay {
    pub to: OrgId,
    pub since: Instant,
    /// Tracking number or way-bill; empty when whoever brings it himself has none.
    pub tracking: String,
    /// 责任人; nothing in lines of earlier days.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub responsible: String,
    /// 发放方式; nothing in lines of earlier days.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub manner: String,
}

impl OnTheWay {
    /// As it is to be expected in a database that stored it before 责任人 and 发放方式 stood there (until schema 15): such a row says
    /// neither, whatever its line in the journal says.
    pub fn as_stored(&self, stored: &Self) -> Self {
        match stored.responsible.is_empty() && stored.manner.is_empty() {
            true => Self { responsible: String::new(), manner: String::new(), ..self.clone() },
            false => self.clone(),
        }
    }
}

/// One side of a hand-over in the books. The sides of one event sum to zero.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CustodyEntry {
    /// Whose account.
    pub account: String,
    /// Cards that came (positive) or went (negative).
    pub cards: i64,
}

pub(crate) fn transfer(from: &Party, to: &Party, cards: i64) -> Vec<CustodyEntry> {
    clause!(R12.1);
    if cards == 0 || from == to {
        return Vec::new();
    }
    vec![
        CustodyEntry { account: from.account(), cards: -cards },
        CustodyEntry { account: to.account(), cards },
    ]
}

/// The same for pre-made cards, in books of their own: they are counted as stock until they are somebody's (R36.1).
pub(crate) fn in_stock(from: &Party, to: &Party, cards: i64) -> Vec<CustodyEntry> {
    of_stock(transfer(from, to, cards))
}

/// Entries as the books of stock have them.
pub(crate) fn of_stock(mut entries: Vec<CustodyEntry>) -> Vec<CustodyEntry> {
    for entry in &mut entries {
        entry.account = format!("stock/{}", entry.account);
    }
    entries
}

/// Where the data of an uncollected card are (R32.4): the plastic goes another way.
pub(crate) fn of_data(from: OrgId, to: OrgId) -> Vec<CustodyEntry> {
    clause!(R32.4);
    let mut entries = transfer(&Party::Org(from), &Party::Org(to), 1);
    for entry in &mut entries {
        entry.account = format!("data/{}", entry.account);
    }
    entries
}

/// A card that got lost before its holder had it, as whoever records it says.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disappearance {
    /// Who answers for it: who kept it when it was seen last.
    pub answers: Party,
    /// 缺失地点或环节.
    pub place: String,
    /// 缺失日期: since when it is missed.
    pub since: Date,
    /// 情况说明.
    pub account: String,
    /// When its box was signed for with the shortage that it is; nothing when no receipt counted it short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted_at: Option<Instant>,
}

impl std::fmt::Debug for Disappearance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Disappearance({:?}, {})", self.answers, self.since)
    }
}

/// 短信取件码: six digits that the system makes and the holder alone is told.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PickUpCode(pub String);

impl std::fmt::Debug for PickUpCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PickUpCode")
    }
}

/// Who has the physical card. While it lies in a box, the box says where.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Custody {
    /// In a box of its batch.
    InBox { r#box: BoxId },
    /// At an outlet, outside any box.
    AtOutlet { org: OrgId },
    /// 邮递上门, not yet signed for.
    InPost {
        since: Instant,
        from: OrgId,
        /// Tracking number.
        tracking: String,
        /// Digest of the pick-up code.
        code_digest: String,
        /// The carrier that has it, by its code among the partners; `None` when it has no computer of its own here.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        carrier: Option<String>,
        /// What the carrier has said of it, oldest first.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        news: Vec<PostNews>,
    },
    /// Not found when its box was counted.
    Missing {
        since: Instant,
        /// Who kept it last.
        from: Party,
        /// What was said of it; nothing in lines of earlier days.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        said: Option<Box<Disappearance>>,
    },
    /// 回收: taken back.
    Recalled {
        /// Where it is kept.
        org: OrgId,
        since: Instant,
        reason: RecallReason,
    },
    /// 销毁
    Destroyed { at: Instant },
    /// With the holder.
    WithHolder { since: Instant },
}

impl Custody {
    /// The box that it lies in; `None` of what anybody has outside one.
    pub fn lies_in(&self) -> Option<BoxId> {
        match self {
            Self::InBox { r#box } => Some(*r#box),
            Self::AtOutlet { .. }
            | Self::InPost { .. }
            | Self::Missing { .. }
            | Self::Recalled { .. }
            | Self::Destroyed { .. }
            | Self::WithHolder { .. } => None,
        }
    }

    /// Why its carrier is bringing a posted card back; `None` of any other.
    pub fn is_returning(&self) -> Option<&str> {
        let Self::InPost { news, .. } = self else { return None };
        let last = news.last().filter(|n| n.step == PostStep::Returning)?;
        Some(last.reason.as_deref().unwrap_or_default())
    }
}

/// Why a card is taken back (R32.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecallReason {
    /// 逾期未领: not handed over within six months.
    Uncollected,
    /// 持卡人死亡
    HolderDead,
    /// 换卡交回
    Exchanged,
    /// 注销交回
    Cancelled,
    /// 收缴
    Confiscated,
    /// 遗失补制后寻回: another card was made in its place.
    FoundAgain,
}

impl RecallReason {
    /// All.
    pub const ALL: [Self; 6] = [
        Self::Uncollected,
        Self::HolderDead,
        Self::Exchanged,
        Self::Cancelled,
        Self::Confiscated,
        Self::FoundAgain,
    ];

    /// The stable name in stored tallies.
    pub fn code(self) -> &'static str {
        match self {
            Self::Uncollected => "uncollected",
            Self::HolderDead => "holder_dead",
            Self::Exchanged => "exchanged",
            Self::Cancelled => "cancelled",
            Self::Confiscated => "confiscated",
            Self::FoundAgain => "found_again",
        }
    }

    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::Uncollected => "逾期未领",
            Self::HolderDead => "持卡人死亡",
            Self::Exchanged => "换卡交回",
            Self::Cancelled => "注销交回",
            Self::Confiscated => "收缴",
            Self::FoundAgain => "遗失补制后寻回",
        }
    }
}
