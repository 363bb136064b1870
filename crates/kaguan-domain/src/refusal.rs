//! The one public list of refusals, in order of precedence: where several hold, the first is told.
//!
//! Material that is wrong or missing is not in this list: it is accumulated and told all at once, as defects
//! under [`Reason::MaterialDefective`] (Articles 8 and 9).

use crate::clause;
use crate::clause::Clause;
use crate::facts::claim::ClaimKind;
use crate::facts::form::Defect;
use serde::Serialize;

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $clause:expr, $retry:ident, $says:literal, $way:literal;)*) => {
        /// Why a command is refused. The order of the variants is the published precedence.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Reason { $($(#[$doc])* $name,)* }

        impl Reason {
            /// All of them, in order of precedence.
            pub const ALL: &'static [Reason] = &[$(Reason::$name,)*];

            /// The stable code that partners and programs see.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The clause that it enforces.
            pub fn clause(self) -> Clause {
                match self { $(Self::$name => $clause,)* }
            }

            /// Whether the same request may succeed later without being changed.
            pub fn retry(self) -> Retry {
                match self { $(Self::$name => Retry::$retry,)* }
            }

            /// What is refused and why, in Chinese.
            pub fn says(self) -> &'static str {
                match self { $(Self::$name => $says,)* }
            }

            /// What to do now, in Chinese.
            pub fn way_out(self) -> &'static str {
                match self { $(Self::$name => $way,)* }
            }
        }
    };
}

/// Whether sending the same request again can help.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// Never: the request must change, or something else must be done first.
    No,
    /// Later: the state it waits for may come.
    Later,
}

reasons! {
    /// The same request key came with another body.
    RequestKeyReused = "request_key_reused", clause!(R39.1), No,
        "同一请求编号已用于另一项业务内容", "请换一个请求编号后重新提交";
    /// The officer is unknown or no longer active.
    OfficerInactive = "officer_inactive", clause!(R6.1), No,
        "经办人不存在或已停用", "请联系系统管理员核实账号";
    /// The role may not give this command.
    NotPermitted = "not_permitted", clause!(R6.1), No,
        "本岗位无权办理此项业务", "请由有权岗位的经办人办理";
    /// The subject is outside the organisation's area.
    OutOfScope = "out_of_scope", clause!(R6.1), No,
        "该业务不在本机构管辖范围内", "请到归属机构办理";
    /// Nothing is known under this identity.
    NotFound = "not_found", clause!(R8.3), No,
        "未找到对应的档案或业务", "请核对编号后重试";
    /// The material has defects; all are listed.
    MaterialDefective = "material_defective", clause!(R8.5), No,
        "材料不齐全或不符合规范", "请按所列各项一次性补正后重新提交";
    /// The person's consent to the processing of personal data is missing.
    ConsentMissing = "consent_missing", clause!(R8.2), No,
        "未取得申请人对处理个人信息的同意", "请申请人（或代理人）签署授权申明后再办理";
    /// The agent may not act for this person.
    AgentNotAllowed = "agent_not_allowed", clause!(R8.2), No,
        "代办关系不符合规定", "请由监护人、直系亲属或其他合法代理人持证明办理";
    /// The registers say that the person is dead.
    PersonDead = "person_dead", clause!(R8.3), No,
        "公安或社保系统登记该人已死亡", "请核实生存状态；登记有误的，先到公安机关更正";
    /// The registers do not confirm name and number.
    IdentityNotConfirmed = "identity_not_confirmed", clause!(R8.3), No,
        "姓名与证件号码未通过公安或社保系统核验", "请核对证件原件；信息有误的，到登记机关更正后再办理";
    /// A register has not answered, so nothing can be confirmed.
    RegisterUnavailable = "register_unavailable", clause!(R8.3), Later,
        "核验系统暂时没有应答，尚未核验", "申请资料已保留，请稍后再次核验";
    /// The person does not belong to those whom a card is issued to.
    NotEligible = "not_eligible", clause!(R3.1), No,
        "不属于本省社会保障卡发放对象", "请核实居住、就业或参保情况";
    /// Another application of this person is under way.
    ApplicationOpen = "application_open", clause!(R3.2), Later,
        "该人已有在办的申领业务", "请查询制卡进度，待其办结后再申请";
    /// The person has a card of this city.
    CardHeld = "card_held", clause!(R3.2), No,
        "该人在本市已持有社会保障卡", "如卡片遗失或损坏，请办理补卡或换卡";
    /// The person holds a card of another city, which must pass the one-card check first.
    OneCardRequired = "one_card_required", clause!(R8.6), No,
        "该人在省内其他地市已持有社会保障卡", "请先打印一人一卡业务确认单，经签字确认并清理后再申请";
    /// The cards cleaned are not the cards that the person signed for.
    OneCardListChanged = "one_card_list_changed", clause!(X10.1), No,
        "持卡情况与所签确认单不一致", "请重新查询持卡情况，打印确认单并签字";
    /// The bank does not cooperate with this city.
    BankNotOffered = "bank_not_offered", clause!(R5.1), No,
        "所选银行不是本市合作商业银行", "请在本市合作商业银行中选择";
    /// A bank's outlet takes applications for its own bank's cards only.
    OtherBanksOutlet = "other_banks_outlet", clause!(R9.1), No,
        "服务银行网点只受理以本行为服务银行的申请", "请到所选服务银行的卡经办网点，或人社部门卡经办网点申请";
    /// The step does not follow from the present stage.
    WrongStage = "wrong_stage", clause!(R8.7), No,
        "当前环节不能办理此项业务", "请按业务流程先办理前一环节";
    /// The fee has not been paid.
    FeeUnpaid = "fee_unpaid", clause!(R22.1), Later,
        "工本费尚未缴纳", "请先缴纳工本费20元，再进入制卡批次";
    /// Nothing is owed.
    NothingDue = "nothing_due", clause!(R22.1), No,
        "没有应缴的工本费", "无需缴费";
    /// Amount or currency of a payment is not what is due.
    WrongPayment = "wrong_payment", clause!(R22.1), No,
        "缴费金额或币种与应缴工本费不符", "请核对缴款书；金额或币种有误的，先向收款部门退付，再按应缴金额缴纳";
    /// The receipt has paid another application.
    ReceiptUsed = "receipt_used", clause!(R22.1), No,
        "该非税电子票据已用于另一笔申请", "一张票据只缴一张卡的工本费，请核对票据代码和票据号码";
    /// The batch holds applications of another city or bank.
    WrongBatch = "wrong_batch", clause!(R8.7), No,
        "该申请与批次的地市或服务银行不符", "请选择同一地市、同一服务银行的批次";
    /// The batch is empty.
    BatchEmpty = "batch_empty", clause!(R8.7), No,
        "批次中没有可制卡的申请", "请先进行批次筛选";
    /// Rows of the batch still wait for the bank's answer.
    ReturnsOutstanding = "returns_outstanding", clause!(X7.3), Later,
        "批次中尚有未回盘的数据", "请待全部回盘后再进行下一环节";
    /// The partner answers for another bank's or vendor's data.
    NotYourData = "not_your_data", clause!(X7.3), No,
        "回盘数据不属于本机构", "请核对批次号与机构代码";
    /// A partner changed a field that it must not change.
    PartnerChangedField = "partner_changed_field", clause!(X7.2), No,
        "回盘数据改动了下发的字段", "请按下发数据原样回盘；该行已记为失败，待市卡管机构处理";
    /// The number is on another card or account already.
    NumberTaken = "number_taken", clause!(R5.6), No,
        "该号码已被占用", "请核对号码后重新提交";
    /// The box is not with the organisation that wants to move it.
    NotTheKeeper = "not_the_keeper", clause!(R12.1), No,
        "成品卡不在本机构保管", "请先办理接收，或由当前保管机构办理";
    /// The box is not on its way to this organisation.
    NotAddressedHere = "not_addressed_here", clause!(R12.1), No,
        "该箱成品卡不是寄往本机构", "请核对箱号与寄达机构";
    /// The next hop does not follow the four levels.
    WrongHop = "wrong_hop", clause!(R12.1), No,
        "不符合省、地市、县、网点逐级分发的次序", "请按上级机构到下级机构的次序分发";
    /// The count does not fit the cards said to be missing.
    CountMismatch = "count_mismatch", clause!(R12.1), No,
        "清点数量与账面数量不符", "请重新清点；确有缺少的，先逐张登记缺卡";
    /// The card is not at this outlet.
    CardNotHere = "card_not_here", clause!(R12.1), No,
        "该卡不在本网点保管", "请在卡片流转中查询当前保管机构";
    /// The pre-made card is of another city or bank, or is not the one that was taken.
    WrongBlank = "wrong_blank", clause!(R36.1), No,
        "预制卡与申请不符", "请取用本市同一服务银行的预制卡，并核对卡识别码";
    /// The pre-made card was used or spoiled.
    BlankSpent = "blank_spent", clause!(R36.3), No,
        "预制卡已使用或已作废，不得再次使用", "请另取一张在库的预制卡";
    /// The card is already with its holder or the employer.
    AlreadyHandedOver = "already_handed_over", clause!(R14.2), No,
        "该卡已经交付", "无需重复领取";
    /// The collector was not verified.
    CollectorNotVerified = "collector_not_verified", clause!(R14.2), No,
        "领取人身份未核实", "请核实领取人（及代办人）的有效身份证件原件";
    /// The pick-up code is wrong.
    WrongPickUpCode = "wrong_pick_up_code", clause!(R14.1), No,
        "短信取件码不符", "请核对短信取件码后重试";
    /// Employers' boxes only go to the employer named on them.
    NotThisEmployer = "not_this_employer", clause!(R15.1), No,
        "该箱成品卡不属于此单位", "请核对批量业务申请表与单位编号";
    /// The card is cancelled.
    CardCancelled = "card_cancelled", clause!(R33.2), No,
        "该卡已注销", "如需用卡，请重新申领";
    /// A card cannot be enabled before it was handed over.
    NotHandedOver = "not_handed_over", clause!(R16.1), No,
        "社保卡尚未交付持卡人，不能启用", "请先办理领取";
    /// The card is enabled already.
    AlreadyEnabled = "already_enabled", clause!(R16.1), No,
        "社保功能已启用", "无需重复启用";
    /// Another card of this person is in force.
    OtherCardInForce = "other_card_in_force", clause!(R3.2), No,
        "该人已有另一张有效的社会保障卡", "请先办理一人一卡清理";
    /// A hold lies on the card.
    CardHeldBack = "card_held_back", clause!(R3.2), No,
        "该卡处于限制使用状态", "请先解除挂失、锁定或清理状态";
    /// The account is active already.
    AlreadyActive = "already_active", clause!(R16.2), No,
        "银行账户已激活", "无需重复激活";
    /// Activation needs a person face to face.
    NotFaceToFace = "not_face_to_face", clause!(R16.2), No,
        "银行账户不得通过非面签方式激活", "请持卡人本人到服务银行柜台办理，特殊人群可由代理人代办或由银行双人上门";
    /// A home visit needs two different bank clerks.
    TwoClerksNeeded = "two_clerks_needed", clause!(R16.2), No,
        "上门激活须由两名银行经办人员交叉核验", "请另一名经办人员现场核验后提交";
    /// Only the card's bank can do this.
    WrongBank = "wrong_bank", clause!(R16.2), No,
        "该卡的服务银行不是本行", "请到卡面所示服务银行办理";
    /// The name is taken.
    LoginTaken = "login_taken", clause!(R6.1), No,
        "登录名已被使用", "请换一个登录名";
    /// Name, number or bank given online do not fit.
    LossIdentityMismatch = "loss_identity_mismatch", clause!(R24.1), No,
        "社会保障号码、姓名或服务银行与登记不符", "请核对后重试，或到服务银行网点办理";
    /// The card is lost already.
    AlreadyLost = "already_lost", clause!(R23.1), No,
        "该卡已挂失", "无需重复挂失；临时挂失的可办理正式挂失";
    /// The card is not lost.
    NotLost = "not_lost", clause!(R26.1), No,
        "该卡没有挂失", "无需解除挂失";
    /// A replacement has been applied for: the loss cannot be released.
    ReplacementFiled = "replacement_filed", clause!(R26.1), No,
        "已申请补卡，不能解除挂失", "如需恢复原卡，须先撤销补卡申请（未缴费且未进入制卡批次）";
    /// A reissue needs a formal loss.
    FormalLossNeeded = "formal_loss_needed", clause!(R27.1), No,
        "补卡须先办理正式挂失", "请到服务银行卡经办网点办理正式挂失后再申请补卡";
    /// A lost card is reissued, not exchanged.
    LostCardIsReissued = "lost_card_is_reissued", clause!(R27.2), No,
        "该卡已挂失，不能换卡", "卡片遗失的请办理补卡；已找回的请先解除挂失";
    /// The card expires in more than three months.
    ExchangeTooEarly = "exchange_too_early", clause!(R30.1), Later,
        "未到有效期满前三个月", "请在有效期满前三个月内办理换卡";
    /// The replacement cannot be withdrawn any more.
    CannotWithdraw = "cannot_withdraw", clause!(R27.4), No,
        "补换卡申请不能撤销", "未缴费且未进入制卡批次的才可撤销，请等待新卡制成后领取";
    /// The steps of a bank change follow each other.
    BankChangeOrder = "bank_change_order", clause!(R31.1), No,
        "不符合变更服务银行的办理次序", "请依次办理：预约、原银行审核、新银行现场办理、领取新卡";
    /// The new bank is the old one.
    SameBank = "same_bank", clause!(R31.1), No,
        "新服务银行与原服务银行相同", "请选择其他合作银行";
    /// The bank has answered this already.
    IntentOver = "intent_over", clause!(R23.1), No,
        "该联动指令已办结", "无需重复处理";
    /// The card is not overdue.
    NotOverdue = "not_overdue", clause!(R32.2), Later,
        "未满六个月，不属于逾期未领", "请继续通知持卡人领取";
    /// The card was not taken back.
    NotRecalled = "not_recalled", clause!(R33.4), No,
        "该卡没有回收在库", "请先办理回收";
    /// One register's mark is not enough.
    DeathNotConfirmed = "death_not_confirmed", clause!(R33.1), Later,
        "死亡信息未经两个来源核实", "请核实公安与社保登记；登记有误的，办理恢复";
    /// The holder was not reminded to settle all business.
    NotReminded = "not_reminded", clause!(R33.2), No,
        "尚未提醒办结社保待遇和银行业务", "请提醒持卡人（或代办人）办结各项业务后再注销";
    /// Whoever proposed cannot approve.
    SamePerson = "same_person", clause!(R37.1), No,
        "提出人不能审核自己提出的限制", "请由另一名有权经办人审核";
    /// The PIN is locked.
    PinLocked = "pin_locked", clause!(R20.1), No,
        "社保应用密码已锁定", "请持卡人本人到卡经办网点办理解锁或重置";
    /// The bank's state of the account differs, and nothing of ours explains it.
    AccountDiffers = "account_differs", clause!(R23.1), Later,
        "银行账户状态与银行不一致", "请与服务银行核实账户后处理";
    /// The archive keeps it still.
    RetentionRuns = "retention_runs", clause!(R40.1), Later,
        "档案材料尚在保存期内，不得销毁", "请待业务终结满五年后再办理";
    /// The city does not offer it, by its own rules.
    NotOfferedHere = "not_offered_here", clause!(R42.1), No,
        "本市地方细则未开通此项服务", "请改用本市已开通的方式办理";
    /// Nothing would change.
    NothingToDo = "nothing_to_do", clause!(R8.3), No,
        "没有需要变更的内容", "无需办理";
}

/// A refusal: one reason, by precedence, with what it is about.
#[derive(Clone, PartialEq, Debug)]
pub struct Refusal {
    pub reason: Reason,
    /// What exactly, in Chinese, without personal data; `None` when the reason says it all.
    pub about: Option<String>,
    /// Every defect of the material; empty unless the reason is [`Reason::MaterialDefective`].
    pub defects: Vec<Defect>,
}

impl Refusal {
    /// A refusal that says what exactly is wrong. `about` carries no personal data.
    pub fn about(reason: Reason, about: impl Into<String>) -> Self {
        Self { reason, about: Some(about.into()), defects: Vec::new() }
    }

    /// All defects of the material at once (R8.5).
    pub fn defects(defects: Vec<Defect>) -> Self {
        clause!(R8.5);
        Self { reason: Reason::MaterialDefective, about: None, defects }
    }

    /// A number that somebody else has already.
    pub fn taken(kind: ClaimKind) -> Self {
        Self::about(Reason::NumberTaken, kind.name())
    }

    /// Whether it is the number of a form that is taken: that is Article 10's matter, and its way out is another form.
    pub fn is_form_taken(&self) -> bool {
        self.reason == Reason::NumberTaken && self.about.as_deref() == Some(ClaimKind::FormNumber.name())
    }

    /// The clause that it enforces.
    pub fn clause(&self) -> Clause {
        if self.is_form_taken() { clause!(R10.1) } else { self.reason.clause() }
    }

    /// The sentence for the person at the counter: what, by which article, and what to do now.
    pub fn sentence(&self) -> String {
        let about = self.about.as_deref().map(|a| format!("（{a}）")).unwrap_or_default();
        let (r, cite) = (self.reason, self.clause().cite());
        if self.is_form_taken() {
            return format!(
                "申领表编码已被另一份申请使用。依据{cite}。请核对申领表编码；编码填写无误的，请另编一个未使用的编码后重新提交。"
            );
        }
        format!("{}{about}。依据{cite}。{}。", r.says(), r.way_out())
    }
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self { reason, about: None, defects: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_reason_has_its_own_code_an_article_and_a_way_out() {
        let codes: HashSet<_> = Reason::ALL.iter().map(|r| r.code()).collect();
        assert_eq!(codes.len(), Reason::ALL.len());
        for r in Reason::ALL {
            assert!(r.code().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{r:?}");
            assert!(!r.says().is_ascii() && !r.way_out().is_ascii(), "{r:?}");
            assert!(Refusal::from(*r).sentence().contains("《经办规程》"), "{r:?}");
        }
    }
}
