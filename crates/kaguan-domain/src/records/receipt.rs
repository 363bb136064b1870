//! 业务受理回执 of what is done on a card (Articles 12 to 16, 19 to 21, 24 to 26 and 31 to 33): printed from the line that the
//! journal has of it.

use crate::clause;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::receipt::BusinessReceipt;
use crate::ids::OrgId;
use crate::permission::{Place, Verb};
use crate::refusal::Reason;
use crate::refusal::Refusal;
use crate::rule::{Around, Asked, Rule};
use serde::{Deserialize, Serialize};

/// The businesses of a counter that end with a receipt, and the 业务类型 of each; those of [`OF_FORMS`] end with that of their form.
const BUSINESSES: &[(Verb, &str)] = &[
    (Verb::ReportTemporaryLoss, "挂失（临时挂失）"),
    (Verb::ReportFormalLoss, "挂失（正式挂失）"),
    (Verb::ReleaseLoss, "解除挂失"),
    (Verb::ChangePin, "修改密码"),
    (Verb::UnlockPin, "密码解锁"),
    (Verb::ResetPin, "密码重置"),
    (Verb::HandOver, "领取（社保功能启用）"),
    (Verb::ConfirmPost, "邮递领取（社保功能启用）"),
    (Verb::SignAtUnit, "单位发放签收登记"),
    (Verb::Enable, "社保功能启用"),
    (Verb::Activate, "银行账户激活"),
    (Verb::RecordVisit, "上门激活核验登记"),
    (Verb::ConfirmVisit, "银行账户激活（上门双人核验）"),
    (Verb::Post, "邮递上门"),
    (Verb::AgreePost, "邮递上门登记"),
    (Verb::ReceiveReturnedPost, "邮件退回登记"),
    (Verb::RecordMissing, "登记缺卡"),
    (Verb::RecordFound, "登记寻回"),
    (Verb::TakeOver, "单卡转接"),
    (Verb::ReceiveData, "逾期未领卡数据接收"),
    (Verb::StorePlastic, "逾期未领卡交回银行保管"),
    (Verb::StateBalance, "账户余额确认"),
    (Verb::CancelStranded, "逾期且滞留卡注销"),
    (Verb::Destroy, "销毁"),
    (Verb::ChangeContacts, "更正联系方式"),
    (Verb::RecordPinLocked, "登记密码锁定"),
    (Verb::RecordAccountClosed, "银行账户销户"),
    (Verb::WithdrawReplacement, "撤销补换卡"),
    (Verb::ReserveBankChange, "变更服务银行预约"),
    (Verb::ApproveBankChange, "变更服务银行原银行审核"),
    (Verb::CallOffBankChange, "撤销变更服务银行预约"),
    (Verb::TakeBack, "回收"),
    (Verb::OfferAgain, "二次发放"),
    (Verb::Cancel, "卡注销"),
    (Verb::CorrectDetails, "更正资料"),
    (Verb::ConfirmOneCard, "一人一卡确认"),
    (Verb::CleanOneCard, "一人一卡清理"),
    (Verb::PayFee, "缴纳工本费"),
    (Verb::Confiscate, "收缴"),
    (Verb::StateDeath, "死亡申报"),
    (Verb::MarkDeath, "登记死亡比对结果"),
    (Verb::RestoreLife, "恢复生存状态"),
];

/// 业务类型 of a line of the journal by its stable verb; `None` for what ends without a receipt.
pub fn business_of(command: &str) -> Option<&'static str> {
    clause!(R19.2);
    let verb = Verb::from_code(command)?;
    BUSINESSES.iter().find(|(known, _)| *known == verb).map(|(_, name)| *name)
}

/// Applications of one person: each ends with the receipt of its form, and 个人业务申请表 with it.
const OF_FORMS: [Verb; 4] = [Verb::Apply, Verb::Replace, Verb::MakeAgain, Verb::CarryOutBankChange];

/// Whether a line of the journal, by its stable verb, took in a form, whose receipt is printed under its number.
pub fn takes_a_form(command: &str) -> bool {
    clause!(R8.4);
    Verb::from_code(command).is_some_and(|verb| OF_FORMS.contains(&verb))
}

/// Whether what a line of the journal says, by its stable verb, ended with a receipt at a counter: of its own, or of its form.
pub fn ends_with_receipt(command: &str) -> bool {
    clause!(R19.2);
    business_of(command).is_some() || takes_a_form(command)
}

/// 打印业务受理回执 of one line of the journal. The service says where the line was written: nobody else knows.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PrintBusinessReceipt {
    /// The line.
    pub line: i64,
    /// The organisation whose officer did it.
    pub outlet: OrgId,
}

impl PrintBusinessReceipt {
    /// The receipt, in the clear, of somebody whose printing was journaled: `rest` has what the journal's line says of it.
    pub fn receipt(&self, file: &HolderFile, rest: BusinessReceipt) -> Option<BusinessReceipt> {
        let details = &file.person.as_ref()?.details;
        Some(BusinessReceipt {
            number: details.ssn.as_str().to_owned(),
            name: details.name.display().to_owned(),
            phone: details.reached_at().to_owned(),
            ..rest
        })
    }
}

impl Rule for PrintBusinessReceipt {
    fn verb(&self) -> Verb {
        Verb::PrintReceipt
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        // Where the business was done.
        Place::At(self.outlet)
    }

    /// Decides it: nothing is masked on a receipt, so printing one is a look (R39.1).
    fn decide(&self, Asked { file, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R39.1);
        file.person.as_ref().ok_or(Reason::NotFound)?;
        let reason = format!("打印业务受理回执（业务记录{}）", self.line);
        Ok(vec![HolderEvent::LookedAt { reason, material: None }])
    }
}
