//! Where everybody stands: one place a person, derived from the application, the batch, the card and its box.

use crate::facts::application::{Application, Stage};
use crate::facts::batch::{BatchFile, BatchState};
use crate::facts::card::{Account, Card, Social};
use crate::facts::custody::{Custody, Party};
use crate::facts::holder::HolderFile;
use crate::facts::institution::{Institutions, OrgKind};
use crate::ids::BatchId;
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
    Screened = "screened", "待批次确认", "受理";
    AwaitingBank = "awaiting_bank", "待银行提取", "预开户";
    AtBank = "at_bank", "银行开户中", "预开户";
    OpeningFailed = "opening_failed", "开户失败待处理", "预开户";
    AccountOpened = "account_opened", "已开户待下发", "制卡";
    AtVendor = "at_vendor", "卡商制卡中", "制卡";
    Personalising = "personalising", "即时制卡中", "制卡";
    ProductionFailed = "production_failed", "制卡失败待处理", "制卡";
    MadeAtVendor = "made_at_vendor", "成品卡在卡商", "制卡";
    AtProvince = "at_province", "省中心保管", "制卡";
    ToCity = "to_city", "省中心已寄出", "省中心寄出";
    AtCity = "at_city", "市中心保管", "市中心接收";
    AtCounty = "at_county", "县级机构保管", "市中心接收";
    ToOutlet = "to_outlet", "市内分发途中", "市中心接收";
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

/// The place of one application, with the batches that the file refers to.
///
/// `None` only when the stored data contradict themselves: a batch, card or box that is referred to is not there.
pub fn position(
    file: &HolderFile,
    application: &Application,
    batches: &HashMap<BatchId, BatchFile>,
    institutions: &Institutions,
) -> Option<Position> {
    Some(match &application.stage {
        Stage::Received => Position::AwaitingCheck,
        Stage::Accepted { .. } if !application.fee.is_settled() => Position::AwaitingPayment,
        Stage::Accepted { .. } => Position::AwaitingBatch,
        Stage::InBatch { batch, .. } => match batches.get(batch)?.batch.as_ref()?.state {
            BatchState::Screening => Position::Screened,
            BatchState::Confirmed { .. } => Position::AwaitingBank,
            BatchState::AtBank { .. } => Position::AtBank,
            BatchState::Opened { .. } | BatchState::AtVendor { .. } | BatchState::Made { .. } => return None,
        },
        Stage::OpeningFailed { .. } => Position::OpeningFailed,
        Stage::AccountOpened { batch, .. } => match batches.get(batch)?.batch.as_ref()?.state {
            BatchState::AtBank { .. } | BatchState::Opened { .. } => Position::AccountOpened,
            BatchState::AtVendor { .. } => Position::AtVendor,
            BatchState::Screening | BatchState::Confirmed { .. } | BatchState::Made { .. } => return None,
        },
        Stage::Personalising { .. } => Position::Personalising,
        Stage::ProductionFailed { .. } => Position::ProductionFailed,
        Stage::Made { card, .. } => {
            let card = file.card(*card)?;
            card_position(card, batches.get(&card.batch), institutions)?
        }
        Stage::Withdrawn { .. } => Position::Withdrawn,
        Stage::Declined { .. } => Position::Declined,
    })
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
    Some(match &card.custody {
        Custody::InBox { r#box } => {
            let b = batch?.box_file(*r#box)?;
            let kind = |party: &Party| match party {
                Party::Org(id) => institutions.org(*id).map(|o| o.kind),
                _ => None,
            };
            match (&b.keeper, &b.on_the_way) {
                (Party::Employer(_), _) => Position::WithEmployer,
                (Party::Vendor(_), _) => Position::MadeAtVendor,
                (from, Some(_)) if kind(from)? == OrgKind::ProvinceCentre => Position::ToCity,
                (_, Some(_)) => Position::ToOutlet,
                (at, None) => match kind(at)? {
                    OrgKind::ProvinceCentre => Position::AtProvince,
                    OrgKind::CityCentre => Position::AtCity,
                    OrgKind::CountyCentre => Position::AtCounty,
                    OrgKind::HrOutlet | OrgKind::BankOutlet => Position::AtOutlet,
                },
            }
        }
        Custody::AtOutlet { .. } => Position::AtOutlet,
        Custody::InPost { .. } => Position::InPost,
        Custody::Missing { .. } => Position::Missing,
        Custody::Recalled { .. } | Custody::Destroyed { .. } => Position::Recalled,
        Custody::WithHolder { .. } => match (&card.social, &card.account) {
            (Social::Enabled { .. }, Account::Active { .. }) => Position::Active,
            (Social::Enabled { .. }, _) => Position::Enabled,
            _ => Position::HandedOver,
        },
    })
}
