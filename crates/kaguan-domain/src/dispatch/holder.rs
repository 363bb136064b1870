//! Commands about one person, and how each is decided.

use crate::account_opening;
use crate::activation::{self, Activate, Enable};
use crate::alive;
use crate::application::{self, Apply, ApplyForUnit, Decline, SupplyMaterial};
use crate::batch::{self, Screen};
use crate::cancellation;
use crate::collection::{self, ConfirmPost, HandOver, Post};
use crate::ctx::Ctx;
use crate::distribution::{self, RecordFound, RecordMissing};
use crate::duty;
use crate::facts::application::Stage;
use crate::facts::batch::keeper_of;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::pin::PinChange;
use crate::fee::{self, Pay};
use crate::holder::{CorrectDetails, correct_details};
use crate::ids::{ApplicationId, BatchId, BlankId, CardId, MaterialId};
use crate::instant;
use crate::link;
use crate::loss;
use crate::one_card;
use crate::permission::{Place, Verb, authorise};
use crate::pin::{self, RecordPin};
use crate::production::{self, Expedite};
use crate::rare_name;
use crate::recall;
use crate::records;
use crate::refusal::Refusal;
use crate::replacement::{self, Replace, bank_change};
use crate::restriction;
use crate::rule::Around;
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
    /// 证书密钥
    TakeCardKeys(production::TakeCardKeys),
    /// 制卡失败处理
    SettleProductionFailure(account_opening::SettleFailure),
    /// 加急制卡
    Expedite(Expedite),
    /// 新即时制卡
    BeginInstant(instant::Begin),
    /// 制卡完成, 制卡补登
    WriteBack(instant::WriteBack),
    /// 制卡失败
    FailInstant(instant::Fail),
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
    /// 密码服务
    RecordPin(RecordPin),
    /// 银行联动回执
    AnswerIntent(link::AnswerIntent),
    /// 联动存疑处理
    ResolveIntent(link::ResolveIntent),
    /// 对账修复
    RepairLink(link::Repair),
    /// 临时挂失
    ReportTemporaryLoss(loss::ReportTemporary),
    /// 正式挂失
    ReportFormalLoss(loss::ReportFormal),
    /// 解除挂失
    ReleaseLoss(loss::Release),
    /// 补卡, 换卡
    Replace(Box<Replace>),
    /// 撤销补换卡
    Withdraw(replacement::Withdraw),
    /// 变更服务银行预约
    ReserveBankChange(bank_change::Reserve),
    /// 原银行审核
    ApproveBankChange(bank_change::Approve),
    /// 变更服务银行现场办理
    CarryOutBankChange(Box<Replace>),
    /// 撤销变更预约
    CallOffBankChange(bank_change::CallOff),
    /// 回收
    TakeBack(recall::TakeBack),
    /// 二次发放
    OfferAgain(recall::OfferAgain),
    /// 销毁
    Destroy(recall::Destroy),
    /// 注销
    Cancel(cancellation::Cancel),
    /// 银行账户销户
    RecordAccountClosed(cancellation::RecordAccountClosed),
    /// 提出限制
    ProposeRestriction(restriction::Propose),
    /// 审核限制
    DecideRestriction(restriction::Decide),
    /// 恢复
    LiftRestriction(restriction::Lift),
    /// 没收
    Confiscate(restriction::Confiscate),
    /// 登记疑似死亡
    MarkDeath(alive::MarkDeath),
    /// 恢复生存状态
    RestoreLife(alive::RestoreLife),
    /// 值守通知
    Notify(duty::Notify),
    /// 时限预警
    WatchClocks(duty::WatchClocks),
    /// 查看档案明文, with the reason
    Look(records::Look),
    /// 打印业务受理回执
    PrintReceipt(records::PrintReceipt),
    /// 提取相片
    LendPhoto(records::LendPhoto),
    /// 本人查询, at a channel
    Show(records::Show),
    /// 提取生僻字证件影像
    LendDocument(rare_name::LendDocument),
    /// 归档
    FileMaterial(records::FileMaterial),
    /// 到期销毁档案材料
    DestroyMaterial(records::DestroyMaterial),
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
            Self::TakeCardKeys(_) => Verb::TakeCardKeys,
            Self::SettleProductionFailure(_) => Verb::SettleProductionFailure,
            Self::Expedite(_) => Verb::Expedite,
            Self::BeginInstant(_) => Verb::Personalise,
            Self::WriteBack(_) => Verb::WriteBack,
            Self::FailInstant(_) => Verb::FailInstant,
            Self::RecordMissing(_) => Verb::RecordMissing,
            Self::RecordFound(_) => Verb::RecordFound,
            Self::HandOver(_) => Verb::HandOver,
            Self::Post(_) => Verb::Post,
            Self::ConfirmPost(_) => Verb::ConfirmPost,
            Self::Enable(_) => Verb::Enable,
            Self::Activate(_) => Verb::Activate,
            Self::RecordPin(c) => match c.change {
                PinChange::Changed => Verb::ChangePin,
                PinChange::Locked => Verb::RecordPinLocked,
                PinChange::Unlocked => Verb::UnlockPin,
                PinChange::Reset => Verb::ResetPin,
            },
            Self::AnswerIntent(_) => Verb::AnswerIntent,
            Self::ResolveIntent(_) => Verb::ResolveIntent,
            Self::RepairLink(_) => Verb::Reconcile,
            Self::ReportTemporaryLoss(_) => Verb::ReportTemporaryLoss,
            Self::ReportFormalLoss(_) => Verb::ReportFormalLoss,
            Self::ReleaseLoss(_) => Verb::ReleaseLoss,
            Self::Replace(_) => Verb::Replace,
            Self::Withdraw(_) => Verb::WithdrawReplacement,
            Self::ReserveBankChange(_) => Verb::ReserveBankChange,
            Self::ApproveBankChange(_) => Verb::ApproveBankChange,
            Self::CarryOutBankChange(_) => Verb::CarryOutBankChange,
            Self::CallOffBankChange(_) => Verb::CallOffBankChange,
            Self::TakeBack(_) => Verb::TakeBack,
            Self::OfferAgain(_) => Verb::OfferAgain,
            Self::Destroy(_) => Verb::Destroy,
            Self::Cancel(_) => Verb::Cancel,
            Self::RecordAccountClosed(_) => Verb::RecordAccountClosed,
            Self::ProposeRestriction(_) => Verb::ProposeRestriction,
            Self::DecideRestriction(_) => Verb::DecideRestriction,
            Self::LiftRestriction(_) => Verb::LiftRestriction,
            Self::Confiscate(_) => Verb::Confiscate,
            Self::MarkDeath(_) => Verb::MarkDeath,
            Self::RestoreLife(_) => Verb::RestoreLife,
            Self::Notify(_) | Self::WatchClocks(_) => Verb::Notify,
            Self::Look(_) => Verb::LookAtHolder,
            Self::PrintReceipt(_) => Verb::PrintReceipt,
            Self::LendDocument(_) => Verb::LendDocument,
            Self::LendPhoto(_) => Verb::ExtractProduction,
            Self::Show(records::Show::Progress) => Verb::AskProgress,
            Self::Show(records::Show::Cards) => Verb::FindOthers,
            Self::FileMaterial(_) => Verb::FileMaterial,
            Self::DestroyMaterial(_) => Verb::DestroyMaterial,
        }
    }

    /// The batch that the command names, besides those that the file refers to.
    pub fn batch(&self) -> Option<BatchId> {
        match self {
            Self::Screen(c) => Some(c.batch),
            Self::TakeOpeningReturn(c) => Some(c.batch),
            Self::TakeProductionReturn(c) => Some(c.batch),
            Self::LendDocument(c) => Some(c.batch),
            Self::LendPhoto(c) => Some(c.batch),
            Self::TakeCardKeys(c) => Some(c.batch),
            _ => None,
        }
    }

    /// The pre-made card that the command takes or has taken.
    pub fn blank(&self) -> Option<BlankId> {
        match self {
            Self::BeginInstant(c) => Some(c.blank),
            Self::WriteBack(c) => Some(c.blank),
            Self::FailInstant(c) => Some(c.blank),
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
            let crate::facts::custody::Custody::InBox { r#box } = card.custody else { return None };
            let way = around.batches.get(&card.batch)?.box_file(r#box)?.on_the_way.as_ref()?;
            Some(Place::At(way.to))
        };
        let bank_of = |id: CardId| file.card(id).map_or(Place::Anywhere, |c| Place::Bank(c.bank.clone()));
        let city_of = |id: CardId| file.card(id).map_or(Place::Anywhere, |c| Place::City(c.city.clone()));
        let filed_at = |id: MaterialId| {
            let archive = file.person.as_ref().map_or(&[][..], |p| &p.archive);
            archive.iter().find(|m| m.id == id).map_or(Place::Anywhere, |m| Place::At(m.org))
        };
        let printed_at = |id: ApplicationId| match file.application(id).map(|a| &a.stage) {
            Some(Stage::Personalising { outlet, .. }) => Place::At(*outlet),
            _ => Place::Anywhere,
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
            Self::TakeProductionReturn(production::TakeReturn { batch, .. })
            | Self::TakeCardKeys(production::TakeCardKeys { batch, .. })
            | Self::LendPhoto(records::LendPhoto { batch, .. }) => batch_of(*batch)
                .and_then(|b| b.state.vendor())
                .map_or(Place::Anywhere, |v| Place::Vendor(v.clone())),
            Self::Expedite(c) => in_city_of(c.application),
            Self::BeginInstant(c) => Place::At(c.outlet),
            Self::WriteBack(instant::WriteBack { application, .. })
            | Self::FailInstant(instant::Fail { application, .. }) => printed_at(*application),
            // Whoever counts it: the addressee of a box under way, or the keeper.
            Self::RecordMissing(c) => addressee(c.card).unwrap_or_else(|| kept(c.card)),
            Self::RecordFound(c) => Place::At(c.org),
            Self::HandOver(c) => Place::At(c.outlet),
            Self::Post(c) => Place::At(c.outlet),
            Self::ConfirmPost(c) => kept(c.card),
            // Away from the issuing city too (R16.3).
            Self::Enable(c) => file.card(c.card).map_or(Place::Anywhere, |c| Place::Served(c.bank.clone())),
            // The card's own bank, at any of its outlets in the province (R24.1, R25.1).
            Self::ReportTemporaryLoss(loss::ReportTemporary { card, .. })
            | Self::ReportFormalLoss(loss::ReportFormal { card })
            | Self::ReleaseLoss(loss::Release { card })
            | Self::AnswerIntent(link::AnswerIntent { card, .. })
            | Self::RecordAccountClosed(cancellation::RecordAccountClosed { card }) => bank_of(*card),
            Self::ResolveIntent(link::ResolveIntent { card, .. })
            | Self::RepairLink(link::Repair { card, .. })
            | Self::ProposeRestriction(restriction::Propose { card, .. })
            | Self::DecideRestriction(restriction::Decide { card, .. })
            | Self::LiftRestriction(restriction::Lift { card, .. }) => city_of(*card),
            Self::Replace(c) | Self::CarryOutBankChange(c) => Place::At(c.outlet),
            Self::Withdraw(c) => at_outlet_of(c.application),
            // 预约 at the new bank; 审核 by the old one.
            Self::ReserveBankChange(c) => Place::Bank(c.to.clone()),
            Self::ApproveBankChange(_) => {
                file.bank_change().map_or(Place::Anywhere, |change| bank_of(change.old))
            }
            Self::CallOffBankChange(_) => {
                file.bank_change().map_or(Place::Anywhere, |change| Place::Bank(change.to.clone()))
            }
            Self::TakeBack(c) => Place::At(c.at),
            Self::Confiscate(c) => Place::At(c.at),
            Self::OfferAgain(recall::OfferAgain { card }) | Self::Destroy(recall::Destroy { card }) => {
                kept(*card)
            }
            // PIN services, cancellation and the rest serve a person wherever the person comes (R18.1).
            Self::RecordPin(_)
            | Self::Cancel(_)
            | Self::MarkDeath(_)
            | Self::RestoreLife(_)
            | Self::Show(_)
            | Self::Notify(_)
            | Self::WatchClocks(_) => Place::Anywhere,
            // A file is looked at wherever its holder comes; its material only where it is kept (R40.1).
            Self::Look(c) => c.material.map_or(Place::Anywhere, filed_at),
            // At the outlet that took the application in.
            Self::PrintReceipt(c) => c.application(file).map_or(Place::Anywhere, |a| Place::At(a.outlet)),
            // The bank's until it has answered, the vendor's from then on.
            Self::LendDocument(c) => {
                match (file.application(c.application).map(|a| &a.stage), batch_of(c.batch)) {
                    (Some(Stage::InBatch { .. }), Some(b)) => Place::Bank(b.bank.clone()),
                    (Some(Stage::AccountOpened { .. }), Some(b)) => {
                        b.state.vendor().map_or(Place::Anywhere, |v| Place::Vendor(v.clone()))
                    }
                    _ => Place::Anywhere,
                }
            }
            Self::FileMaterial(c) => Place::At(c.org),
            Self::DestroyMaterial(c) => filed_at(c.id),
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
        C::TakeCardKeys(c) => production::take_card_keys(file, c, ctx, around),
        C::Expedite(c) => production::expedite(file, c, ctx, around),
        C::BeginInstant(c) => instant::begin(file, c, ctx, around),
        C::WriteBack(c) => instant::write_back(file, c, ctx, around),
        C::FailInstant(c) => instant::fail(file, c, ctx, around),
        C::RecordMissing(c) => distribution::record_missing(file, c, ctx, around),
        C::RecordFound(c) => distribution::record_found(file, c, ctx, around),
        C::HandOver(c) => collection::hand_over(file, c, ctx, around),
        C::Post(c) => collection::post(file, c, ctx, around),
        C::ConfirmPost(c) => collection::confirm_post(file, c, ctx, around),
        C::Enable(c) => activation::enable(file, c, ctx, around),
        C::Activate(c) => activation::activate(file, c, ctx, around),
        C::RecordPin(c) => pin::record(file, c, ctx, around),
        C::AnswerIntent(c) => link::answer(file, c, ctx, around),
        C::ResolveIntent(c) => link::resolve(file, c, ctx, around),
        C::RepairLink(c) => link::repair(file, c, ctx, around),
        C::ReportTemporaryLoss(c) => loss::report_temporary(file, c, ctx, around),
        C::ReportFormalLoss(c) => loss::report_formal(file, c, ctx, around),
        C::ReleaseLoss(c) => loss::release(file, c, ctx, around),
        C::Replace(c) => replacement::replace(file, c, ctx, around),
        C::Withdraw(c) => replacement::withdraw(file, c, ctx, around),
        C::ReserveBankChange(c) => bank_change::reserve(file, c, ctx, around),
        C::ApproveBankChange(c) => bank_change::approve(file, c, ctx, around),
        C::CarryOutBankChange(c) => bank_change::carry_out(file, c, ctx, around),
        C::CallOffBankChange(c) => bank_change::call_off(file, c, ctx, around),
        C::TakeBack(c) => recall::take_back(file, c, ctx, around),
        C::OfferAgain(c) => recall::offer_again(file, c, ctx, around),
        C::Destroy(c) => recall::destroy(file, c, ctx, around),
        C::Cancel(c) => cancellation::cancel(file, c, ctx, around),
        C::RecordAccountClosed(c) => cancellation::record_account_closed(file, c, ctx, around),
        C::ProposeRestriction(c) => restriction::propose(file, c, ctx, around),
        C::DecideRestriction(c) => restriction::decide(file, c, ctx, around),
        C::LiftRestriction(c) => restriction::lift(file, c, ctx, around),
        C::Confiscate(c) => restriction::confiscate(file, c, ctx, around),
        C::MarkDeath(c) => alive::mark(file, c, ctx, around),
        C::RestoreLife(c) => alive::restore(file, c, ctx, around),
        C::Notify(c) => duty::notify(file, c, ctx, around),
        C::WatchClocks(c) => duty::watch_clocks(file, c, ctx, around),
        C::Look(c) => records::look(file, c, ctx, around),
        C::PrintReceipt(c) => records::print_receipt(file, c, ctx, around),
        C::LendDocument(c) => rare_name::lend_document(file, c, ctx, around),
        C::LendPhoto(c) => records::lend_photo(file, c, ctx, around),
        C::Show(what) => records::show(file, *what, ctx, around),
        C::FileMaterial(c) => records::file_material(file, c, ctx, around),
        C::DestroyMaterial(c) => records::destroy(file, c, ctx, around),
    }
}
