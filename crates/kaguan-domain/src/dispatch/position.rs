//! Where everybody stands: one place a person, derived from the application, the batch, the card and its box.

use crate::clause;
use crate::distribution::is_of_another_city;
use crate::facts::application::{Application, Stage};
use crate::facts::batch::BatchFile;
use crate::facts::card::{Account, Card, Social};
use crate::facts::custody::{Custody, Party};
use crate::facts::holder::HolderFile;
use crate::facts::institution::{Institutions, OrgKind};
use crate::facts::names::{BatchStateKind, CustodyKind, StageKind};
use crate::ids::{BatchId, CityCode, OrgId};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

macro_rules! positions {
    ($($name:ident = $code:literal, $zh:literal, $public:literal;)*) => {
        /// The place of one application. The order is the order of the way.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Position { $(#[doc = $zh] $name,)* }

        impl Position {
            /// All, in the order of the way.
            pub const ALL: &'static [Position] = &[$(Position::$name,)*];
            /// The stable name.
            pub fn code(self) -> &'static str { match self { $(Self::$name => $code,)* } }
            /// What an officer calls it.
            pub fn name(self) -> &'static str { match self { $(Self::$name => $zh,)* } }
            /// The step that the public is shown (受理→预开户→制卡→省中心寄出→市中心接收→银行接收→领卡启用→银行激活).
            pub fn public_step(self) -> &'static str { match self { $(Self::$name => $public,)* } }
        }
    };
}

positions! {
    AwaitingCheck = "awaiting_check", "待核验", "受理";
    AwaitingPayment = "awaiting_payment", "待缴费", "受理";
    AwaitingBatch = "awaiting_batch", "待批次筛选", "受理";
    AwaitingInstant = "awaiting_instant", "待即时制卡", "受理";
    DeadToDecline = "dead_to_decline", "死亡已核实，待不予受理", "受理";
    Screened = "screened", "待批次确认", "受理";
    DeadInBatch = "dead_in_batch", "死亡已核实，待移出批次", "受理";
    AwaitingBank = "awaiting_bank", "待银行提取", "预开户";
    AtBank = "at_bank", "银行开户中", "预开户";
    OpeningFailed = "opening_failed", "开户失败待处理", "预开户";
    AccountOpened = "account_opened", "已开户待下发", "制卡";
    AtVendor = "at_vendor", "卡商制卡中", "制卡";
    Personalising = "personalising", "即时制卡中", "制卡";
    ProductionFailed = "production_failed", "制卡失败待处理", "制卡";
    InstantFailed = "instant_failed", "即时制卡失败待处理", "制卡";
    MadeAtVendor = "made_at_vendor", "成品卡在卡商", "制卡";
    ToProvince = "to_province", "卡商已交付，待省中心签收", "制卡";
    AtProvince = "at_province", "省中心保管", "制卡";
    ToCity = "to_city", "省中心已寄出", "省中心寄出";
    VendorToCity = "vendor_to_city", "卡商已寄往市中心", "省中心寄出";
    ToBank = "to_bank", "已寄往服务银行网点", "省中心寄出";
    AtEntrusted = "at_entrusted", "受托银行保管", "市中心接收";
    AtCity = "at_city", "市中心保管", "市中心接收";
    ToCounty = "to_county", "寄往县级机构途中", "市中心接收";
    AtCounty = "at_county", "县级机构保管", "市中心接收";
    ToOutlet = "to_outlet", "市内分发途中", "市中心接收";
    BackToCity = "back_to_city", "退回市中心途中", "市中心接收";
    WithOtherCity = "with_other_city", "他市机构保管", "市中心接收";
    AtOutlet = "at_outlet", "网点待领", "银行接收";
    WithEmployer = "with_employer", "单位已代领", "银行接收";
    InPost = "in_post", "邮递途中", "银行接收";
    Missing = "missing", "清点缺卡", "银行接收";
    HandedOver = "handed_over", "已领取未启用", "领卡启用";
    Enabled = "enabled", "已启用", "领卡启用";
    Active = "active", "已启用并激活账户", "银行激活";
    Recalled = "recalled", "已回收在库", "已回收";
    Cleaned = "cleaned", "一人一卡已清理", "已清理";
    Replaced = "replaced", "已由新卡替换", "已换新卡";
    Cancelled = "cancelled", "已注销", "已注销";
    Withdrawn = "withdrawn", "已撤销", "已撤销";
    Declined = "declined", "不予受理", "不予受理";
}

impl Position {
    /// Whether the card has been distributed to its outlet, and from there, or by the vendor, to its holder: the periods of Articles 7 and
    /// 27 have ended, whether or not the file says so yet.
    pub fn is_distributed(self) -> bool {
        clause!(R7.1);
        match self {
            Self::AtOutlet
            | Self::WithEmployer
            | Self::InPost
            | Self::HandedOver
            | Self::Enabled
            | Self::Active
            | Self::Recalled => true,
            Self::AwaitingCheck
            | Self::AwaitingPayment
            | Self::AwaitingBatch
            | Self::AwaitingInstant
            | Self::DeadToDecline
            | Self::Screened
            | Self::DeadInBatch
            | Self::AwaitingBank
            | Self::AtBank
            | Self::OpeningFailed
            | Self::AccountOpened
            | Self::AtVendor
            | Self::Personalising
            | Self::ProductionFailed
            | Self::InstantFailed
            | Self::MadeAtVendor
            | Self::ToProvince
            | Self::AtProvince
            | Self::ToCity
            | Self::VendorToCity
            | Self::ToBank
            | Self::AtEntrusted
            | Self::AtCity
            | Self::ToCounty
            | Self::AtCounty
            | Self::ToOutlet
            | Self::BackToCity
            | Self::WithOtherCity
            | Self::Missing
            | Self::Cleaned
            | Self::Replaced
            | Self::Cancelled
            | Self::Withdrawn
            | Self::Declined => false,
        }
    }

    /// The same of somebody whose death two registers have confirmed (R33.1): no card is made, so that what waits outside a batch is
    /// declined by its outlet, and what is in one that the bank has not extracted is taken out of it. From then on the way is the same.
    #[must_use]
    pub fn of_the_dead(self) -> Self {
        clause!(R33.1);
        match self {
            Self::AwaitingPayment | Self::AwaitingBatch | Self::AwaitingInstant | Self::DeadToDecline => {
                Self::DeadToDecline
            }
            Self::Screened | Self::AwaitingBank | Self::DeadInBatch => Self::DeadInBatch,
            Self::AwaitingCheck
            | Self::AtBank
            | Self::OpeningFailed
            | Self::AccountOpened
            | Self::AtVendor
            | Self::Personalising
            | Self::ProductionFailed
            | Self::InstantFailed
            | Self::MadeAtVendor
            | Self::ToProvince
            | Self::AtProvince
            | Self::ToCity
            | Self::VendorToCity
            | Self::ToBank
            | Self::AtEntrusted
            | Self::AtCity
            | Self::ToCounty
            | Self::AtCounty
            | Self::ToOutlet
            | Self::BackToCity
            | Self::WithOtherCity
            | Self::AtOutlet
            | Self::WithEmployer
            | Self::InPost
            | Self::Missing
            | Self::HandedOver
            | Self::Enabled
            | Self::Active
            | Self::Recalled
            | Self::Cleaned
            | Self::Replaced
            | Self::Cancelled
            | Self::Withdrawn
            | Self::Declined => self,
        }
    }
}

/// The place of one application, with the batches that the file refers to.
///
/// `None` only when the stored data contradict themselves: a batch, card or box that is referred to is not there.
pub fn position(
    file: &HolderFile,
    application: &Application,
    batches: &HashMap<BatchId, BatchFile>,
    institutions: &Institutions,
) -> Option<Position> {
    let state = |id| Some(batches.get(&id)?.batch.as_ref()?.state.kind());
    if let Stage::Made { card, .. } = &application.stage {
        let card = file.card(*card)?;
        return card_position(card, batches.get(&card.batch), institutions);
    }
    let stage = &application.stage;
    let (settled, at_counter) = (application.fee.is_settled(), application.instant_at.is_some());
    let place = position_without_card(stage.kind(), settled, at_counter, stage.batch().and_then(state))?;
    Some(if file.death_confirmed() { place.of_the_dead() } else { place })
}

/// The place of an application that has no card yet, by what a list knows of it: its stage, whether its fee is settled, whether
/// a counter makes the card (即制卡标注), and the state of its batch; of somebody who has died it is [`Position::of_the_dead`]. `None` when
/// they contradict each other, and for one whose card was made.
pub fn position_without_card(
    stage: StageKind,
    settled: bool,
    at_counter: bool,
    batch: Option<BatchStateKind>,
) -> Option<Position> {
    clause!(R36.3);
    Some(match stage {
        StageKind::Received => Position::AwaitingCheck,
        StageKind::Accepted if !settled => Position::AwaitingPayment,
        StageKind::Accepted if at_counter => Position::AwaitingInstant,
        StageKind::Accepted => Position::AwaitingBatch,
        StageKind::InBatch => match batch? {
            BatchStateKind::Screening => Position::Screened,
            BatchStateKind::Confirmed => Position::AwaitingBank,
            BatchStateKind::AtBank => Position::AtBank,
            BatchStateKind::Opened
            | BatchStateKind::AtVendor
            | BatchStateKind::Made
            | BatchStateKind::Ended => return None,
        },
        StageKind::OpeningFailed => Position::OpeningFailed,
        StageKind::AccountOpened => match batch? {
            BatchStateKind::AtBank | BatchStateKind::Opened => Position::AccountOpened,
            BatchStateKind::AtVendor => Position::AtVendor,
            BatchStateKind::Screening
            | BatchStateKind::Confirmed
            | BatchStateKind::Made
            | BatchStateKind::Ended => return None,
        },
        StageKind::Personalising => Position::Personalising,
        // What failed at a counter was in no batch, and is that counter's to settle (R36.3).
        StageKind::ProductionFailed if batch.is_none() => Position::InstantFailed,
        StageKind::ProductionFailed => Position::ProductionFailed,
        StageKind::Made => return None,
        StageKind::Withdrawn => Position::Withdrawn,
        StageKind::Declined => Position::Declined,
    })
}

/// Who keeps a box, as far as the place of its cards depends on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keeper {
    Vendor,
    Employer,
    Org(OrgKind),
}

impl Keeper {
    /// Of a party; `None` for whoever keeps no boxes.
    pub fn of(party: &Party, institutions: &Institutions) -> Option<Self> {
        match party {
            Party::Vendor(_) => Some(Self::Vendor),
            Party::Employer(_) => Some(Self::Employer),
            Party::Org(id) => institutions.org(*id).map(|o| Self::Org(o.kind)),
            Party::Holder
            | Party::Post(_)
            | Party::Recalled(_)
            | Party::Destroyed
            | Party::Missing
            | Party::Production(_) => None,
        }
    }
}

/// Whither a box is bound, as far as the place of its cards depends on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bound {
    /// Whoever keeps it has to send it on.
    Onward,
    /// It is on the way to one of these, which has to sign for it.
    To(OrgKind),
    /// It lies at the outlet that it is for.
    There,
}

impl Bound {
    /// By who keeps a box and what it is bound for ([`BoxFile::bound_for`]); `None` for an organisation that there is not.
    pub fn of(keeper: &Party, bound_for: Option<OrgId>, institutions: &Institutions) -> Option<Self> {
        match bound_for {
            None => Some(Self::Onward),
            Some(to) if *keeper == Party::Org(to) => Some(Self::There),
            Some(to) => institutions.org(to).map(|o| Self::To(o.kind)),
        }
    }
}

/// The place of the cards in a box (R12.1): under way they are with whoever has to sign for them; at an outlet they can be collected only
/// when the box is for that outlet. A bank that receives them in the city's name has still to send them on.
pub fn position_in_box(keeper: Keeper, bound: Bound) -> Position {
    use OrgKind::{BankOutlet, CityCentre, CountyCentre, HrOutlet, ProvinceCentre};
    clause!(R12.1);
    match (keeper, bound) {
        (Keeper::Employer, _) => Position::WithEmployer,
        (Keeper::Vendor, Bound::Onward | Bound::There) => Position::MadeAtVendor,
        (Keeper::Vendor, Bound::To(ProvinceCentre)) => Position::ToProvince,
        (Keeper::Vendor, Bound::To(CityCentre)) => Position::VendorToCity,
        (Keeper::Org(ProvinceCentre), Bound::To(ProvinceCentre | CityCentre)) => Position::ToCity,
        (Keeper::Vendor | Keeper::Org(ProvinceCentre), Bound::To(HrOutlet | BankOutlet)) => Position::ToBank,
        (Keeper::Vendor | Keeper::Org(_), Bound::To(CountyCentre)) => Position::ToCounty,
        (
            Keeper::Org(CityCentre | CountyCentre | HrOutlet | BankOutlet),
            Bound::To(ProvinceCentre | CityCentre),
        ) => Position::BackToCity,
        (
            Keeper::Org(CityCentre | CountyCentre | HrOutlet | BankOutlet),
            Bound::To(HrOutlet | BankOutlet),
        ) => Position::ToOutlet,
        (Keeper::Org(ProvinceCentre), Bound::Onward | Bound::There) => Position::AtProvince,
        (Keeper::Org(CityCentre), Bound::Onward | Bound::There) => Position::AtCity,
        (Keeper::Org(CountyCentre), Bound::Onward | Bound::There) => Position::AtCounty,
        (Keeper::Org(HrOutlet | BankOutlet), Bound::Onward) => Position::AtEntrusted,
        (Keeper::Org(HrOutlet | BankOutlet), Bound::There) => Position::AtOutlet,
    }
}

/// The same of a party that keeps a box, and of what the box is bound for; `None` for whoever keeps no boxes.
pub fn position_with(
    keeper: &Party,
    bound_for: Option<OrgId>,
    institutions: &Institutions,
) -> Option<Position> {
    let bound = Bound::of(keeper, bound_for, institutions)?;
    Some(position_in_box(Keeper::of(keeper, institutions)?, bound))
}

/// The place of a card that stands, by what a list knows of it: who has it, whether it is enabled and active, and where its box is, or the
/// office that keeps it outside any box. `None` when it lies in a box of which nothing is known; of an office of which nothing is known it is
/// taken for an outlet.
pub fn position_of_card(
    custody: CustodyKind,
    enabled: bool,
    active: bool,
    lies_at: Option<Position>,
) -> Option<Position> {
    Some(match custody {
        CustodyKind::InBox => return lies_at,
        CustodyKind::AtOutlet => lies_at.unwrap_or(Position::AtOutlet),
        CustodyKind::InPost => Position::InPost,
        CustodyKind::Missing => Position::Missing,
        CustodyKind::Recalled | CustodyKind::Destroyed => Position::Recalled,
        CustodyKind::WithHolder if enabled && active => Position::Active,
        CustodyKind::WithHolder if enabled => Position::Enabled,
        CustodyKind::WithHolder => Position::HandedOver,
    })
}

/// The place of a card of a city that an office keeps outside any box. Found or taken over where nobody collects cards it has still to be passed
/// on: by its keeper, and of another city's by nobody in its own, so that its outlet has to fetch it. `None` of an office that there is not.
pub fn position_of_single(keeper: OrgId, city: &CityCode, institutions: &Institutions) -> Option<Position> {
    clause!(R12.1);
    if is_of_another_city(institutions.org(keeper)?, city) {
        return Some(Position::WithOtherCity);
    }
    position_with(&Party::Org(keeper), Some(keeper), institutions)
}

/// The place of one card.
pub fn card_position(
    card: &Card,
    batch: Option<&BatchFile>,
    institutions: &Institutions,
) -> Option<Position> {
    if card.replaced_by.is_some() {
        return Some(Position::Replaced);
    }
    if card.is_cancelled() {
        return Some(Position::Cancelled);
    }
    if !card.stands() {
        return Some(Position::Cleaned);
    }
    let lies_at = match &card.custody {
        Custody::InBox { r#box } => {
            let b = batch?.box_file(*r#box)?;
            position_with(&b.keeper, b.bound_for(), institutions)
        }
        Custody::AtOutlet { org } => position_of_single(*org, &card.city, institutions),
        _ => None,
    };
    let enabled = matches!(card.social, Social::Enabled { .. });
    let active = matches!(card.account, Account::Active { .. });
    position_of_card(card.custody.kind(), enabled, active, lies_at)
}
