//! Commands about one person, and how each is decided.

use crate::account_opening;
use crate::activation;
use crate::alive;
use crate::application;
use crate::batch;
use crate::cancellation;
use crate::clause;
use crate::clause::Clause;
use crate::collection;
use crate::ctx::Ctx;
use crate::distribution;
use crate::duty;
use crate::e_card;
use crate::facts::claim::{Claim, ClaimKind};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::unit::UnitFile;
use crate::fee;
use crate::holder;
use crate::instant;
use crate::kiosk;
use crate::link;
use crate::loss;
use crate::one_card;
use crate::permission::{Verb, authorise};
use crate::pin;
use crate::production;
use crate::rare_name;
use crate::recall;
use crate::records;
use crate::refusal::{Reason, Refusal};
use crate::replacement::{self, bank_change};
use crate::restriction;
use crate::rule::{Around, Asked, Rule};
use serde::{Deserialize, Serialize};

macro_rules! commands {
    ($($zh:literal $name:ident($command:ty);)*) => {
        /// Everything that can be asked about one person. The names are stable: a request key is bound to the JSON.
        #[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum HolderCommand { $(#[doc = $zh] $name($command),)* }

        impl HolderCommand {
            /// The command with its rule.
            pub fn rule(&self) -> &dyn Rule {
                match self { $(Self::$name(command) => command,)* }
            }
        }
    };
}

commands! {
    "个人申请" Apply(application::Apply);
    "批量申请, one row" ApplyForUnit(application::ApplyForUnit);
    "补正" SupplyMaterial(application::SupplyMaterial);
    "人工核验" ConfirmByHand(application::ConfirmByHand);
    "不予受理" Decline(application::Decline);
    "更正资料" CorrectDetails(holder::CorrectDetails);
    "更正联系方式" ChangeContacts(holder::ChangeContacts);
    "更正领卡网点" CorrectCollectAt(holder::CorrectCollectAt);
    "打印一人一卡业务确认单" PrintSlip(one_card::PrintSlip);
    "一人一卡确认" ConfirmOneCard(one_card::Confirm);
    "一人一卡清理" CleanOneCard(one_card::Clean);
    "缴纳工本费" PayFee(fee::Pay);
    "批次筛选, one application" Screen(batch::Screen);
    "移出批次" TakeOutOfBatch(batch::TakeOut);
    "收回批次, one row" FailUnanswered(batch::FailUnanswered);
    "预开户回盘, one row" TakeOpeningReturn(account_opening::TakeReturn);
    "开户失败处理" SettleOpeningFailure(account_opening::SettleFailure);
    "制卡回盘, one row" TakeProductionReturn(production::TakeReturn);
    "证书密钥" TakeCardKeys(production::TakeCardKeys);
    "制卡失败处理" SettleProductionFailure(production::SettleFailure);
    "加急制卡" Expedite(production::Expedite);
    "即制卡标注" MarkInstant(instant::Mark);
    "新即时制卡" BeginInstant(instant::Begin);
    "制卡完成, 制卡补登" WriteBack(instant::WriteBack);
    "制卡失败" FailInstant(instant::Fail);
    "新即时制卡, at a desk" BeginAtDesk(instant::BeginAtDesk);
    "即时制卡一步" AskStep(instant::AskStep);
    "即时制卡一步的结果" AnswerStep(instant::AnswerStep);
    "未写入的预制卡退回库存" ReturnBlank(instant::Return);
    "登记缺卡" RecordMissing(distribution::RecordMissing);
    "登记寻回" RecordFound(distribution::RecordFound);
    "单卡转接" TakeOver(distribution::TakeOver);
    "个人领卡" HandOver(collection::HandOver);
    "邮递上门" Post(collection::Post);
    "凭取件码签收" ConfirmPost(collection::ConfirmPost);
    "邮递上门登记" AgreePost(collection::AgreePost);
    "卡商寄往申请人" PostFromVendor(collection::PostFromVendor);
    "提取邮寄面单" TakeLabel(collection::TakeLabel);
    "邮件轨迹" TrackPost(collection::TrackPost);
    "邮件退回登记" ReceiveReturnedPost(collection::ReceiveReturned);
    "单位发放签收登记" SignAtUnit(collection::SignAtUnit);
    "社保功能启用" Enable(activation::Enable);
    "银行账户激活" Activate(activation::Activate);
    "上门核验登记, by the first clerk" RecordVisit(activation::RecordVisit);
    "上门核验确认, by the second" ConfirmVisit(activation::ConfirmVisit);
    "人脸核验, at 自助服务设施" CheckFace(kiosk::CheckFace);
    "密码服务" RecordPin(pin::RecordPin);
    "自助终端修改密码" ChangePinAtTerminal(pin::ChangeAtTerminal);
    "电子社保卡签发结果" TakeECardNumber(e_card::TakeNumber);
    "银行联动回执" AnswerIntent(link::AnswerIntent);
    "联动存疑处理" ResolveIntent(link::ResolveIntent);
    "对账修复" RepairLink(link::Repair);
    "临时挂失" ReportTemporaryLoss(loss::ReportTemporary);
    "正式挂失" ReportFormalLoss(loss::ReportFormal);
    "解除挂失" ReleaseLoss(loss::Release);
    "补卡, 换卡" Replace(Box<replacement::Replace>);
    "未领卡遗失补制" MakeAgain(replacement::MakeAgain);
    "撤销补换卡" Withdraw(replacement::Withdraw);
    "变更服务银行预约" ReserveBankChange(bank_change::Reserve);
    "原银行审核" ApproveBankChange(bank_change::Approve);
    "变更服务银行现场办理" CarryOutBankChange(Box<bank_change::CarryOut>);
    "撤销变更预约" CallOffBankChange(bank_change::CallOff);
    "回收" TakeBack(recall::TakeBack);
    "二次发放" OfferAgain(recall::OfferAgain);
    "销毁" Destroy(recall::Destroy);
    "逾期未领卡数据接收" ReceiveData(recall::ReceiveData);
    "逾期未领卡交回银行保管" StorePlastic(recall::StorePlastic);
    "账户余额确认" StateBalance(recall::StateBalance);
    "逾期且滞留卡注销" CancelStranded(recall::CancelStranded);
    "注销" Cancel(cancellation::Cancel);
    "银行账户销户" RecordAccountClosed(cancellation::RecordAccountClosed);
    "提出限制" ProposeRestriction(restriction::Propose);
    "审核限制" DecideRestriction(restriction::Decide);
    "恢复" LiftRestriction(restriction::Lift);
    "收缴" Confiscate(restriction::Confiscate);
    "提出档案合并" ProposeJoin(holder::ProposeJoin);
    "审核档案合并" DecideJoin(holder::DecideJoin);
    "撤销档案合并" UndoJoin(holder::UndoJoin);
    "登记疑似死亡" MarkDeath(alive::MarkDeath);
    "死亡申报" StateDeath(alive::StateDeath);
    "恢复生存状态" RestoreLife(alive::RestoreLife);
    "值守通知" Notify(duty::Notify);
    "时限预警" WatchClocks(duty::WatchClocks);
    "时限重新计算" RecountClocks(duty::RecountClocks);
    "查看档案明文, with the reason" Look(records::Look);
    "查看批次人员, with the reason" LookInBatch(records::LookInBatch);
    "打印业务受理回执" PrintReceipt(records::PrintReceipt);
    "打印不予受理凭证" PrintVoucher(records::PrintVoucher);
    "打印业务受理回执, of a business on a card" PrintBusinessReceipt(records::PrintBusinessReceipt);
    "提取相片" LendPhoto(records::LendPhoto);
    "本人查询, at a channel" Show(records::Show);
    "提取生僻字证件影像" LendDocument(rare_name::LendDocument);
    "归档" FileMaterial(records::FileMaterial);
    "更正归档" CorrectFiling(records::CorrectFiling);
    "到期销毁档案材料" DestroyMaterial(records::DestroyMaterial);
}

impl HolderCommand {
    /// The verb, for the permission matrix and the journal.
    pub fn verb(&self) -> Verb {
        self.rule().verb()
    }

    /// The clause of what is asked: it is what stands in the way of somebody who names what there is not, or asks for what is so already.
    pub fn clause(&self) -> Clause {
        match self {
            Self::Apply(_) | Self::SupplyMaterial(_) | Self::ConfirmByHand(_) | Self::Decline(_) => {
                clause!(R8.3)
            }
            Self::ApplyForUnit(_) => clause!(R9.1),
            Self::CorrectDetails(_) | Self::ChangeContacts(_) | Self::CorrectCollectAt(_) => clause!(R29.1),
            Self::PrintSlip(_) | Self::ConfirmOneCard(_) | Self::CleanOneCard(_) => clause!(X10.1),
            Self::PayFee(_) => clause!(R22.1),
            Self::Screen(_) | Self::TakeOutOfBatch(_) => clause!(X7.1),
            Self::FailUnanswered(_) => clause!(X7.4),
            Self::TakeOpeningReturn(_) => clause!(X7.2),
            Self::SettleOpeningFailure(_) => clause!(X7.5),
            Self::TakeProductionReturn(_) | Self::TakeCardKeys(_) | Self::SettleProductionFailure(_) => {
                clause!(X7.3)
            }
            Self::Expedite(_) => clause!(R11.1),
            Self::MarkInstant(_)
            | Self::BeginInstant(_)
            | Self::BeginAtDesk(_)
            | Self::AskStep(_)
            | Self::AnswerStep(_) => clause!(R36.2),
            Self::WriteBack(_) | Self::FailInstant(_) | Self::ReturnBlank(_) => clause!(R36.3),
            Self::RecordMissing(_) | Self::RecordFound(_) | Self::TakeOver(_) => clause!(R12.1),
            Self::HandOver(_) => clause!(R14.2),
            Self::Post(_)
            | Self::ConfirmPost(_)
            | Self::AgreePost(_)
            | Self::PostFromVendor(_)
            | Self::TakeLabel(_)
            | Self::TrackPost(_)
            | Self::ReceiveReturnedPost(_) => clause!(R14.1),
            Self::SignAtUnit(_) => clause!(R15.1),
            Self::Enable(_) => clause!(R16.1),
            Self::Activate(_) => clause!(R16.2),
            Self::RecordVisit(_) | Self::ConfirmVisit(_) => clause!(R16.4),
            Self::CheckFace(_) => clause!(R24.1),
            Self::RecordPin(pin) => pin.clause(),
            Self::ChangePinAtTerminal(_) => clause!(R19.1),
            Self::TakeECardNumber(_) => clause!(R2.1),
            Self::AnswerIntent(_) | Self::ResolveIntent(_) | Self::RepairLink(_) => clause!(R23.1),
            Self::ReportTemporaryLoss(_) => clause!(R24.1),
            Self::ReportFormalLoss(_) => clause!(R25.1),
            Self::ReleaseLoss(_) => clause!(R26.1),
            Self::Replace(_) | Self::Withdraw(_) => clause!(R27.2),
            Self::MakeAgain(_) => clause!(R12.1),
            Self::ReserveBankChange(_)
            | Self::ApproveBankChange(_)
            | Self::CarryOutBankChange(_)
            | Self::CallOffBankChange(_) => clause!(R31.1),
            Self::TakeBack(_) => clause!(R32.1),
            Self::ReceiveData(_) | Self::StorePlastic(_) => clause!(R32.4),
            Self::OfferAgain(_) | Self::Destroy(_) | Self::StateBalance(_) | Self::CancelStranded(_) => {
                clause!(R33.4)
            }
            Self::Cancel(_) => clause!(R33.1),
            Self::RecordAccountClosed(_) => clause!(R33.2),
            Self::ProposeRestriction(_) | Self::DecideRestriction(_) | Self::LiftRestriction(_) => {
                clause!(R37.1)
            }
            Self::Confiscate(_) => clause!(R38.1),
            Self::ProposeJoin(_) | Self::DecideJoin(_) | Self::UndoJoin(_) => clause!(R5.5),
            Self::MarkDeath(_) | Self::StateDeath(_) => clause!(R32.5),
            Self::RestoreLife(_) => clause!(R33.1),
            Self::Notify(_) => clause!(R32.2),
            Self::WatchClocks(_) | Self::RecountClocks(_) => clause!(R7.1),
            Self::PrintReceipt(_) | Self::PrintBusinessReceipt(_) => clause!(X2.1),
            Self::PrintVoucher(_) => clause!(R8.9),
            Self::LendPhoto(_) => clause!(R10.3),
            Self::LendDocument(_) => clause!(R34.1),
            Self::Look(_) | Self::LookInBatch(_) | Self::Show(_) => clause!(R39.1),
            Self::FileMaterial(_) | Self::CorrectFiling(_) | Self::DestroyMaterial(_) => clause!(R40.1),
        }
    }
}

/// Decides a command that is a row of no unit application.
pub fn decide(
    file: &HolderFile,
    command: &HolderCommand,
    ctx: &Ctx,
    around: Around<'_>,
) -> Result<Vec<HolderEvent>, Refusal> {
    decide_beside(file, command, None, ctx, around)
}

/// Checks the right, then asks the rule. Pure; the executor applies the events and stores them. `unit` is the unit application that the
/// command is a row of, as it is now: it may have been closed since its file was looked through.
pub fn decide_beside(
    file: &HolderFile,
    command: &HolderCommand,
    unit: Option<&UnitFile>,
    ctx: &Ctx,
    around: Around<'_>,
) -> Result<Vec<HolderEvent>, Refusal> {
    let rule = command.rule();
    authorise(around.institutions, &ctx.actor, rule.verb(), &rule.place(file, around))
        .map_err(|refused| elsewhere(refused, rule, file, around))?;
    unit.map_or(Ok(()), application::still_taken)?;
    if file.joined_into().is_some() {
        return Err(Reason::FileJoined.into());
    }
    let decided = rule.decide(Asked { file, ctx, around });
    let events =
        decided.map_err(|refused| about_nothing(refused.of_cancelled_card(file), command.clause()))?;
    debug_assert!(
        events.iter().flat_map(HolderEvent::claims).all(|claim| is_foreseen(&claim, file, rule)),
        "{:?}: an event claims a number that the command does not",
        rule.verb()
    );
    Ok(events)
}

/// What names something unknown, is out of its turn, or would change nothing, is refused by the clause of what was asked: it is Article 8's
/// matter where the business is. So is what is not stated, unless it is told item by item, each with its own clause.
fn about_nothing(refused: Refusal, clause: Clause) -> Refusal {
    let unstated = refused.reason == Reason::MaterialDefective && refused.defects.is_empty();
    match unstated || [Reason::NotFound, Reason::NothingToDo, Reason::WrongStage].contains(&refused.reason) {
        true => refused.under(clause),
        false => refused,
    }
}

/// What is refused as another office's business, with whose it is where that is known.
fn elsewhere(refused: Refusal, rule: &dyn Rule, file: &HolderFile, around: Around<'_>) -> Refusal {
    clause!(R6.1);
    match rule.whose_turn(file, around).filter(|_| refused.reason == Reason::OutOfScope) {
        Some(whose) => Refusal::about(Reason::OutOfScope, whose).way(rule.way_there()),
        None => refused,
    }
}

/// Whether a number was looked up before the decision: the command claims it, the file was found by it, or it came with the
/// pre-made card that the command takes.
fn is_foreseen(claim: &Claim, file: &HolderFile, rule: &dyn Rule) -> bool {
    claim.kind == ClaimKind::SocialSecurityNumber
        || rule.blank().is_some()
        || rule.claims().contains(claim)
        || file.identifiers().contains(claim)
}
