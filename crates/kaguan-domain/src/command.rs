//! Commands about one person, and how each is decided.

use crate::account_opening;
use crate::activation::{self, Activate, Enable};
use crate::application::{self, Apply, ApplyForUnit, Decline, SupplyMaterial};
use crate::batch::{self, Screen};
use crate::collection::{self, ConfirmPost, HandOver, Post};
use crate::ctx::Ctx;
use crate::distribution::{self, RecordFound, RecordMissing, keeper_of};
use crate::fee::{self, Pay};
use crate::holder::{Around, CorrectDetails, HolderEvent, HolderFile, correct_details};
use crate::ids::{ApplicationId, BatchId, CardId};
use crate::institution::{Place, Verb, authorise};
use crate::one_card;
use crate::production::{self, Expedite};
use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};

/// Everything that can be asked about one person.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HolderCommand {
    /// 个人申请
    Apply(Apply),
    /// 批量申请, one row
    ApplyForUnit(ApplyForUnit),
    /// 补正
    SupplyMaterial(SupplyMaterial),
    /// 不予受理
    Decline(Decline),
    /// 更正资料
    CorrectDetails(CorrectDetails),
    /// 一人一卡确认
    ConfirmOneCard(one_card::Confirm),
    /// 一人一卡清理
    CleanOneCard(one_card::Clean),
    /// 缴纳工本费
    PayFee(Pay),
    /// 批次筛选, one application
    Screen(Screen),
    /// 预开户回盘, one row
    TakeOpeningReturn(account_opening::TakeReturn),
    /// 开户失败处理
    SettleOpeningFailure(account_opening::SettleFailure),
    /// 制卡回盘, one row
    TakeProductionReturn(production::TakeReturn),
    /// 制卡失败处理
    SettleProductionFailure(account_opening::SettleFailure),
    /// 加急制卡
    Expedite(Expedite),
    /// 登记缺卡
    RecordMissing(RecordMissing),
    /// 登记寻回
    RecordFound(RecordFound),
    /// 个人领卡
    HandOver(HandOver),
    /// 邮递上门
    Post(Post),
    /// 凭取件码签收
    ConfirmPost(ConfirmPost),
    /// 社保功能启用
    Enable(Enable),
    /// 银行账户激活
    Activate(Activate),
}

impl HolderCommand {
    /// The verb, for the permission matrix and the journal.
    pub fn verb(&self) -> Verb {
        match self {
            Self::Apply(_) => Verb::Apply,
            Self::ApplyForUnit(_) => Verb::ApplyForUnit,
            Self::SupplyMaterial(_) => Verb::SupplyMaterial,
            Self::Decline(_) => Verb::Decline,
            Self::CorrectDetails(_) => Verb::CorrectDetails,
            Self::ConfirmOneCard(_) => Verb::ConfirmOneCard,
            Self::CleanOneCard(_) => Verb::CleanOneCard,
            Self::PayFee(_) => Verb::PayFee,
            Self::Screen(_) => Verb::ScreenBatch,
            Self::TakeOpeningReturn(_) => Verb::TakeOpeningReturn,
            Self::SettleOpeningFailure(_) => Verb::SettleOpeningFailure,
            Self::TakeProductionReturn(_) => Verb::TakeProductionReturn,
            Self::SettleProductionFailure(_) => Verb::SettleProductionFailure,
            Self::Expedite(_) => Verb::Expedite,
            Self::RecordMissing(_) => Verb::RecordMissing,
            Self::RecordFound(_) => Verb::RecordFound,
            Self::HandOver(_) => Verb::HandOver,
            Self::Post(_) => Verb::Post,
            Self::ConfirmPost(_) => Verb::ConfirmPost,
            Self::Enable(_) => Verb::Enable,
            Self::Activate(_) => Verb::Activate,
        }
    }

    /// The batch that the command names, besides those that the file refers to.
    pub fn batch(&self) -> Option<BatchId> {
        match self {
            Self::Screen(c) => Some(c.batch),
            Self::TakeOpeningReturn(c) => Some(c.batch),
            Self::TakeProductionReturn(c) => Some(c.batch),
            _ => None,
        }
    }

    /// Where the subject lies, for the permission check in the present state.
    pub fn place(&self, file: &HolderFile, around: Around<'_>) -> Place {
        let at_outlet_of =
            |id: ApplicationId| file.application(id).map_or(Place::Anywhere, |a| Place::At(a.outlet));
        let in_city_of =
            |id: ApplicationId| file.application(id).map_or(Place::Anywhere, |a| Place::City(a.city.clone()));
        let kept = |id: CardId| {
            file.card(id)
                .and_then(|c| keeper_of(&c.custody, around.batches.get(&c.batch)))
                .map_or(Place::Anywhere, |p| p.place())
        };
        let addressee = |id: CardId| {
            let card = file.card(id)?;
            let crate::card::Custody::InBox { r#box } = card.custody else { return None };
            let way = around.batches.get(&card.batch)?.box_file(r#box)?.on_the_way.as_ref()?;
            Some(Place::At(way.to))
        };
        let batch_of = |id: BatchId| around.batches.get(&id).and_then(|b| b.batch.as_ref());
        match self {
            Self::Apply(c) => Place::At(c.outlet),
            Self::ApplyForUnit(c) => Place::At(c.outlet),
            Self::SupplyMaterial(c) => at_outlet_of(c.application),
            Self::Decline(c) => at_outlet_of(c.application),
            Self::CorrectDetails(_) => {
                file.open_application().map_or(Place::Anywhere, |a| Place::At(a.outlet))
            }
            Self::PayFee(c) => at_outlet_of(c.application),
            // The one-card check serves a person wherever the new application is made (Appendix 10).
            Self::ConfirmOneCard(_) | Self::CleanOneCard(_) => Place::Anywhere,
            Self::Screen(c) => in_city_of(c.application),
            Self::TakeOpeningReturn(c) => {
                batch_of(c.batch).map_or(Place::Anywhere, |b| Place::Bank(b.bank.clone()))
            }
            Self::SettleOpeningFailure(c) | Self::SettleProductionFailure(c) => in_city_of(c.application),
            Self::TakeProductionReturn(c) => batch_of(c.batch)
                .and_then(|b| b.state.vendor())
                .map_or(Place::Anywhere, |v| Place::Vendor(v.clone())),
            Self::Expedite(c) => in_city_of(c.application),
            // Whoever counts it: the addressee of a box under way, or the keeper.
            Self::RecordMissing(c) => addressee(c.card).unwrap_or_else(|| kept(c.card)),
            Self::RecordFound(c) => Place::At(c.org),
            Self::HandOver(c) => Place::At(c.outlet),
            Self::Post(c) => Place::At(c.outlet),
            Self::ConfirmPost(c) => kept(c.card),
            // Away from the issuing city too (R16.3).
            Self::Enable(_) => Place::Anywhere,
            Self::Activate(c) => match (&around, file.card(c.card)) {
                (_, Some(card)) => Place::Bank(card.bank.clone()),
                (_, None) => Place::Anywhere,
            },
        }
    }
}

/// Checks the right, then asks the rule. Pure; the executor applies the events and stores them.
pub fn decide(
    file: &HolderFile,
    command: &HolderCommand,
    ctx: &Ctx,
    around: Around<'_>,
) -> Result<Vec<HolderEvent>, Refusal> {
    use HolderCommand as C;
    authorise(around.institutions, &ctx.actor, command.verb(), &command.place(file, around))?;
    match command {
        C::Apply(c) => application::apply(file, c, ctx, around),
        C::ApplyForUnit(c) => application::apply_for_unit(file, c, ctx, around),
        C::SupplyMaterial(c) => application::supply_material(file, c, ctx, around),
        C::Decline(c) => application::decline(file, c, ctx, around),
        C::CorrectDetails(c) => correct_details(file, c, ctx, around),
        C::ConfirmOneCard(c) => one_card::confirm(file, c, ctx, around),
        C::CleanOneCard(c) => one_card::clean(file, c, ctx, around),
        C::PayFee(c) => fee::pay(file, c, ctx, around),
        C::Screen(c) => batch::screen(file, c, ctx, around),
        C::TakeOpeningReturn(c) => account_opening::take_return(file, c, ctx, around),
        C::SettleOpeningFailure(c) | C::SettleProductionFailure(c) => {
            account_opening::settle_failure(file, c, ctx, around)
        }
        C::TakeProductionReturn(c) => production::take_return(file, c, ctx, around),
        C::Expedite(c) => production::expedite(file, c, ctx, around),
        C::RecordMissing(c) => distribution::record_missing(file, c, ctx, around),
        C::RecordFound(c) => distribution::record_found(file, c, ctx, around),
        C::HandOver(c) => collection::hand_over(file, c, ctx, around),
        C::Post(c) => collection::post(file, c, ctx, around),
        C::ConfirmPost(c) => collection::confirm_post(file, c, ctx, around),
        C::Enable(c) => activation::enable(file, c, ctx, around),
        C::Activate(c) => activation::activate(file, c, ctx, around),
    }
}
