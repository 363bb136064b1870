//! The one public list of refusals, in order of precedence: where several hold, the first is told.
//!
//! Material that is wrong or missing is not in this list: it is accumulated and told all at once, as defects
//! under [`Reason::MaterialDefective`] (Articles 8 and 9).

use crate::clause;
use crate::clause::Clause;
use crate::facts::claim::ClaimKind;
use crate::facts::form::{AgentPart, Defect, Field};
use crate::ids::HolderId;
use serde::Serialize;

mod held;

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
        "核验系统暂时没有应答，尚未核验", "本次没有受理，申请资料未保留，请稍后重新提交";
    /// The person does not belong to those whom a card is issued to.
    NotEligible = "not_eligible", clause!(R3.1), No,
        "不属于本省社会保障卡发放对象", "请核实居住、就业或参保情况";
    /// The file was joined into another one, which answers for both.
    FileJoined = "file_joined", clause!(R5.5), No,
        "该档案已并入另一份档案", "请在合并后的档案中办理";
    /// Something of either file has to come to its end before both are joined or taken apart.
    JoinBlocked = "join_blocked", clause!(R3.2), Later,
        "两份档案现在不能合并或分开", "请先办结所列事项";
    /// The applicant's documents lead to two files.
    TwoFiles = "two_files", clause!(R5.5), No,
        "该人的证件分别登记在两份档案中", "请先由两名经办人办理档案合并，再行申请";
    /// Somebody on file may be the same person.
    PossiblySamePerson = "possibly_same_person", clause!(R3.2), No,
        "可能与已有档案为同一人，尚待确认", "请到卡经办网点核实，由经办人核对证件原件，确认是否为同一人后办理";
    /// Those who may be the same person are others than the clerk was shown.
    CandidatesChanged = "candidates_changed", clause!(R3.2), No,
        "可能为同一人的档案与所确认的不一致", "请重新核对所列档案，再确认是否为同一人";
    /// Another application of this person is under way.
    ApplicationOpen = "application_open", clause!(R3.2), Later,
        "该人已有在办的申领业务", "请查询制卡进度，待其办结后再申请";
    /// The person has a card of this city.
    CardHeld = "card_held", clause!(R3.2), No,
        "该人在本市已持有社会保障卡", "如卡片遗失或损坏，请办理补卡或换卡";
    /// The person holds another card, of another city or of this one, which must pass the one-card check first.
    OneCardRequired = "one_card_required", clause!(R8.6), No,
        "该人在省内已持有其他社会保障卡", "请先打印一人一卡业务确认单，经签字确认并清理后再申请";
    /// The cards cleaned are not the cards that the person signed for.
    OneCardListChanged = "one_card_list_changed", clause!(X10.1), No,
        "持卡情况与所签确认单不一致", "请重新查询持卡情况，打印确认单并签字";
    /// The bank does not cooperate with this city.
    BankNotOffered = "bank_not_offered", clause!(R5.1), No,
        "所选银行不是本市合作商业银行", "请在本市合作商业银行中选择";
    /// The data of a unit application come after its papers.
    UnitNotRegistered = "unit_not_registered", clause!(R9.1), No,
        "批量申请尚未登记单位资料与授权经办人", "请先在“批量申请-受理登记”登记，再选择该批量申请上传数据文件";
    /// The papers of a unit have defects; all are listed.
    UnitDefective = "unit_defective", clause!(R9.1), No,
        "批量申请的材料不齐全或填写不符合规范", "请按所列各项一次性补正后重新受理登记";
    /// More people come than the unit has stated; which of both is wrong, the papers say.
    MorePeopleThanStated = "more_people_than_stated", clause!(R10.2), No,
        "人数超过登记的批量申请总人数",
        "请核对《批量业务申请表》的总人数与数据文件：文件多列的删除后重新上传；总人数登记有误的，先在“批量申请-受理登记”更正总人数";
    /// A bank's outlet takes applications for its own bank's cards only.
    OtherBanksOutlet = "other_banks_outlet", clause!(R9.1), No,
        "服务银行网点只受理以本行为服务银行的申请", "请到所选服务银行的卡经办网点，或人社部门卡经办网点申请";
    /// The step does not follow from the present stage.
    WrongStage = "wrong_stage", clause!(R8.7), No,
        "当前环节不能办理此项业务", "请查看现在所处的环节，办理该环节的业务";
    /// The card cannot be made in five days: nothing was said of why, or it is not before its batch.
    NotExpedited = "not_expedited", clause!(R11.1), No,
        "不能办理加急制卡", "加急用于急需用卡和行动不便的老年人、残疾人等特殊人群，请在进入制卡批次前，写明事由办理";
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
    /// Nobody has registered the papers of a unit whose people are in the batch.
    PapersOutstanding = "papers_outstanding", clause!(R9.1), No,
        "批次中有单位的申请材料尚未登记（材料待补登记）", "请收齐并核实材料后，在“批量申请-受理登记”的该受理编号下补登记，再确认批次";
    /// The bank has extracted the data: what is confirmed is confirmed.
    BankHasBatch = "bank_has_batch", clause!(R8.7), No,
        "服务银行已提取该批次的预开户数据，不能撤销确认或移出人员", "请待银行回盘；资料有误的，请银行按开户失败回盘，再在“失败数据处理”中更正或不予受理";
    /// Rows of the batch still wait for the bank's answer.
    ReturnsOutstanding = "returns_outstanding", clause!(X7.3), Later,
        "批次中尚有未回盘的数据", "请待全部回盘后再进行下一环节";
    /// The bank or the vendor still has its days.
    StillInTime = "still_in_time", clause!(X7.2), Later,
        "服务银行或卡商的办理时限尚未届满，不能收回", "请待回盘；时限届满仍未回盘的再收回，或请合作方将不能办理的行按失败回盘";
    /// What is written on the boxes is not what was returned for them.
    BoxesDiffer = "boxes_differ", clause!(X7.3), No,
        "装箱张数与回盘张数不符", "请以同一装箱位置重新提交装箱，写明实际张数（箱内无卡的写0，即撤销该箱），再办理回盘完成";
    /// The row has its answer; another one comes too late.
    RowAnswered = "row_answered", clause!(X7.2), No,
        "该行此前已有结论，本次内容与已办结的不同", "已办结的行不再改动；记为失败的由市卡管机构处理后重新进入批次，其他差错请联系市卡管机构";
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
        "不符合省、地市、县、网点逐级分发的次序，或本市未采用此分发方式", "请按上级机构到下级机构的次序分发";
    /// The count does not fit the cards said to be missing.
    CountMismatch = "count_mismatch", clause!(R12.1), No,
        "清点数量与账面数量不符", "请重新清点；确有缺少的逐张登记缺卡或登记短少张数，确有多出的登记卡号，再签收";
    /// The card is not at this outlet.
    CardNotHere = "card_not_here", clause!(R12.1), No,
        "该卡不在本机构保管", "请在持卡人档案中查看该卡现在由谁保管";
    /// The post has the card.
    InThePost = "in_the_post", clause!(R14.1), No,
        "该卡在邮递途中", "请待收件人凭短信取件码签收；退回的先办理邮件退回登记，查无下落的登记缺卡";
    /// The card was taken back, and is kept.
    CardRecalled = "card_recalled", clause!(R33.4), No,
        "该卡已回收在库", "请先由保管机构办理二次发放再领取；逾期且滞留的由市卡管机构办理注销，已注销的不再发放";
    /// Nobody knows where the card is.
    CardMissing = "card_missing", clause!(R12.1), No,
        "该卡已登记缺失", "找到的先登记寻回；找不到且尚未补制的，办理未领卡遗失补制，不收取工本费";
    /// A count found too few cards in the box, and nobody knows yet which.
    DifferenceOpen = "difference_open", clause!(R12.1), Later,
        "该箱有清点短少尚未定位到卡", "查明是哪几张的，在该箱核对或清点差异中登记缺失，由签收时登记的责任方负责；已找到的，登记清点差异处理";
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
        "领取人身份未核实", "请核实领取人（及代办人）的有效身份证件原件，把所列各项补齐后一并提交";
    /// Whoever came about something else than to collect a card was not verified; the refusal names the article of that business.
    DocumentsNotVerified = "documents_not_verified", clause!(R16.1), No,
        "办理人身份未核实", "请核实持卡人（及代办人）的有效身份证件原件，把所列各项补齐后一并提交";
    /// The pick-up code is wrong.
    WrongPickUpCode = "wrong_pick_up_code", clause!(R14.1), No,
        "短信取件码不符", "请核对短信取件码后重试";
    /// The holder was not told how the postage is shared, or that the code by SMS is needed.
    PostNotExplained = "post_not_explained", clause!(R14.4), No,
        "尚未告知持卡人邮费分担和凭短信取件码签收", "请向持卡人告知两项后，逐项登记再寄出";
    /// Neither the application nor anybody since has asked for the post.
    PostNotAskedFor = "post_not_asked_for", clause!(R10.5), No,
        "该卡的申请未选择邮递上门，没有邮寄地址和收件人", "请持卡人携带有效身份证件到网点领取，或登记持卡人的邮递意愿、邮寄地址和收件人后办理";
    /// Employers' boxes only go to the employer named on them.
    NotThisEmployer = "not_this_employer", clause!(R15.1), No,
        "该箱成品卡不属于此单位", "请核对批量业务申请表与单位编号";
    /// The card is cancelled.
    CardCancelled = "card_cancelled", clause!(R33.2), No,
        "该卡已注销", "如需用卡，请重新申领";
    /// A card cannot be enabled before it was handed over, nor anything else that its holder does with it.
    NotHandedOver = "not_handed_over", clause!(R16.1), No,
        "社保卡不在持卡人手中", "请先办理领取，领取后再办理此项业务";
    /// The card is enabled already.
    AlreadyEnabled = "already_enabled", clause!(R16.1), No,
        "社保功能已启用", "无需重复启用";
    /// Another card of this person is in force.
    OtherCardInForce = "other_card_in_force", clause!(R3.2), No,
        "该人已有另一张有效的社会保障卡", "请先办理一人一卡清理";
    /// A hold lies on the card; the refusal names each with its article and its way out.
    CardHeldBack = "card_held_back", clause!(R37.1), No,
        "该卡现在不能使用", "请按所列状态办理：挂失的解除挂失或补卡，变更服务银行锁定的待新卡领取，限制的在行为更正后恢复，死亡登记有误的办理恢复";
    /// The account is active already.
    AlreadyActive = "already_active", clause!(R16.2), No,
        "银行账户已激活", "无需重复激活";
    /// Activation needs a person face to face.
    NotFaceToFace = "not_face_to_face", clause!(R16.2), No,
        "银行账户不得通过非面签方式激活", "请持卡人本人到服务银行柜台办理，特殊人群可由代理人代办或由银行双人上门";
    /// A home visit needs two different bank clerks.
    TwoClerksNeeded = "two_clerks_needed", clause!(R16.2), No,
        "上门激活须由两名银行经办人员各自登录、现场交叉核验", "请第一名经办人登记上门核验，再由另一名经办人本人登录确认";
    /// Only the card's bank can do this.
    WrongBank = "wrong_bank", clause!(R16.2), No,
        "该卡的服务银行不是本行", "请到卡面所示服务银行办理";
    /// The name is taken.
    LoginTaken = "login_taken", clause!(R6.1), No,
        "登录名已被使用", "请换一个登录名";
    /// What is asked of an account, or a password, is not what it must be.
    AccountDefective = "account_defective", clause!(R6.1), No,
        "账号信息不完整或不符合要求", "请按所列各项补正后重新提交";
    /// Nobody decides on the own account, nor on what was proposed by oneself.
    OwnAccount = "own_account", clause!(R6.1), No,
        "不得办理本人账号的变更，也不得审核自己提出的变更", "请由另一名有权管理员办理";
    /// A one-time password was shown when the change was approved, and stands nowhere any more.
    PasswordShown = "password_shown", clause!(R6.1), No,
        "该变更已同意，一次性密码只在同意时显示一次", "已记下的交给本人即可；没有记下的，请系统管理员提出重置登录密码，再次审核";
    /// Of each of the three administrators one stays.
    LastAdministrator = "last_administrator", clause!(R6.1), No,
        "系统、安全、审计管理员各须至少保留一名在用", "请先新增一名同岗位的管理员";
    /// What the regulation's set-up of institutions, posts and interfaces does not have, whoever asks for it.
    SetUpDefective = "set_up_defective", clause!(R6.1), No,
        "不符合机构、岗位和接口的设置规定", "请按所述情况改正，或先办理所述事项后再提交";
    /// A change of the same account, partner or character waits for its decision.
    ChangeWaits = "change_waits", clause!(R6.1), Later,
        "已有待审核的变更", "请待其审核，或由提出人撤回后再提出";
    /// At a counter, nobody has stated that the holder was verified.
    HolderNotVerified = "holder_not_verified", clause!(R24.1), No,
        "未核实持卡人身份信息", "请核实持卡人身份信息后再办理";
    /// Name, number or bank given online do not fit.
    LossIdentityMismatch = "loss_identity_mismatch", clause!(R24.1), No,
        "社会保障号码、姓名或服务银行与登记不符", "请核对后重试，或到服务银行网点办理";
    /// Of several cards nobody said which is meant.
    CardNotNamed = "card_not_named", clause!(R24.1), No,
        "该人有多张符合所述条件的社保卡", "请提供所办业务的社保卡卡号或银行卡号后四位";
    /// The card is lost already.
    AlreadyLost = "already_lost", clause!(R23.1), No,
        "该卡已挂失", "无需重复挂失；临时挂失的可办理正式挂失";
    /// The card is not lost.
    NotLost = "not_lost", clause!(R26.1), No,
        "该卡没有挂失", "无需解除挂失";
    /// A replacement has been applied for: the loss cannot be released.
    ReplacementFiled = "replacement_filed", clause!(R26.1), No,
        "补换卡期间不能解除挂失", "未缴费且未进入制卡批次的，先“撤销补换卡”再解除挂失；已缴费或已进入批次的，待新卡制成后领取启用";
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
    /// Only the new bank carries a change out.
    NewBankOnly = "new_bank_only", clause!(R31.1), No,
        "现场办理由新服务银行的卡经办网点受理", "请到新服务银行卡经办网点办理";
    /// The risks of a bank change were not told.
    RisksNotTold = "risks_not_told", clause!(R31.2), No,
        "尚未告知换卡期间的风险并经持卡人确认", "请告知换卡期间社保待遇可能无法正常发放、旧卡及其账户无法使用，经持卡人确认后再办理";
    /// The new bank is the old one.
    SameBank = "same_bank", clause!(R31.1), No,
        "新服务银行与原服务银行相同", "请选择其他合作银行";
    /// The bank has answered this already.
    IntentOver = "intent_over", clause!(R23.1), No,
        "该联动指令已办结", "无需重复处理";
    /// The card has an e-card under another number.
    ECardSigned = "e_card_signed", clause!(R2.1), No,
        "该社保卡已有另一个电子社保卡卡号", "一张社保卡只有一个电子社保卡卡号，请核对卡编号；确需更换的，请与省卡管机构核实";
    /// The card is not overdue.
    NotOverdue = "not_overdue", clause!(R32.2), Later,
        "未满六个月，不属于逾期未领", "请继续通知持卡人领取";
    /// The card does not wait for anybody: it was collected, or is not at its outlet yet.
    NotWaiting = "not_waiting", clause!(R32.2), No,
        "该卡不在等候领取，不属于逾期未领", "请在持卡人档案查看该卡现在由谁保管；换发、注销的旧卡按换卡、注销回收";
    /// The card was not taken back.
    NotRecalled = "not_recalled", clause!(R33.4), No,
        "该卡没有回收在库", "请先办理回收";
    /// The six months of the second offer are over.
    SecondOfferOver = "second_offer_over", clause!(R33.4), No,
        "已超过回收后六个月的二次发放期限，或已二次发放过", "请由市卡管机构在逾期且滞留栏目中办理注销";
    /// The card is not stranded yet.
    NotStranded = "not_stranded", clause!(R33.4), Later,
        "不是逾期且滞留的卡，不能按二次发放失败注销", "请在回收后六个月内二次发放；期满或再次回收后办理";
    /// Nobody has said that the account is empty.
    AccountNotKnownEmpty = "account_not_known_empty", clause!(R33.4), Later,
        "尚未确认银行账户无余额", "请服务银行确认账户无余额（或办妥结转销户）后再注销";
    /// The card is not missing.
    NotMissing = "not_missing", clause!(R12.1), No,
        "该卡没有登记缺失，或已经补制", "请先登记缺卡；持卡人领卡后遗失的，办理挂失和补卡";
    /// The chain lost it: it is made again, and nobody pays.
    LostBeforeHandOver = "lost_before_hand_over", clause!(R12.1), No,
        "该卡在交付持卡人之前缺失，不办理补换卡", "由经办网点办理未领卡遗失补制，不收取工本费";
    /// One register's mark is not enough.
    DeathNotConfirmed = "death_not_confirmed", clause!(R33.1), Later,
        "死亡信息未经两个来源核实", "请先在“死亡登记”登记家属申报或公安、社保的书面比对结果，两个来源核实后再办理；登记有误的，办理恢复";
    /// The holder was not reminded to settle all business.
    NotReminded = "not_reminded", clause!(R33.2), No,
        "尚未提醒办结社保待遇和银行业务", "请提醒持卡人（或代办人）办结各项业务后再注销";
    /// The money has not been moved.
    NotSettled = "not_settled", clause!(R33.2), No,
        "账户资金尚未结转完毕", "请由原服务银行办理取现或转账，结转完毕后再销户、回收旧卡";
    /// Whoever proposed cannot approve.
    SamePerson = "same_person", clause!(R37.1), No,
        "提出人不能审核自己提出的限制", "请由另一名有权经办人审核";
    /// Neither a register nor a proof confirms what has changed.
    ChangeNotProved = "change_not_proved", clause!(R29.1), No,
        "共享平台没有该变更信息，须提供变更证明", "请收取公安或出入境管理机构的变更证明归档，并填写归档编号";
    /// What has changed stands on the card's face.
    OnTheFace = "on_the_face", clause!(R29.1), No,
        "姓名或社会保障号码印在卡面，不能只更正资料", "请办理信息变更换卡";
    /// Whoever proposed a joining of files cannot approve it.
    OwnProposal = "own_proposal", clause!(R5.5), No,
        "提出人不能审核自己提出的档案合并", "请由另一名有权经办人审核";
    /// Whoever hands in the picture of a character cannot approve it.
    OwnGlyph = "own_glyph", clause!(R34.1), No,
        "提交人不能审核自己提交的字形图片", "请由另一名有权经办人审核";
    /// What a font has is printed by the font: a picture of it would never be used.
    GlyphInFonts = "glyph_in_fonts", clause!(R34.1), No,
        "打印字库已有该字，按字库打印，不用字形图片", "字形与证件不同的，请在“输入生僻字”按部件或笔画查找证件上的字，核对码位";
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

/// What a refusal stands on whose case names another law or a court.
const OTHER_LAW: &str = "案件所载的法律法规或司法文书";

/// A refusal: one reason, by precedence, with what it is about.
#[derive(Clone, PartialEq, Debug)]
pub struct Refusal {
    pub reason: Reason,
    /// What exactly, in Chinese, without personal data; `None` when the reason says it all.
    pub about: Option<String>,
    /// Everything that stands against it, each beside its item: with [`Reason::MaterialDefective`], and whenever an
    /// application was looked through as a whole.
    pub defects: Vec<Defect>,
    /// Whoever may be the same person, masked; empty unless the reason is about them.
    pub candidates: Vec<Candidate>,
    /// The clauses of this very case, where the reason serves several businesses; empty for the reason's own.
    pub by: Vec<Clause>,
    /// Whether another law or a court, which its case names, stands behind it: beside `by`, or alone where that is empty.
    pub by_other_law: bool,
    /// What to do in this very case, in Chinese, without a full stop; `None` for the reason's own.
    pub way: Option<Box<str>>,
}

/// Somebody on file who may be the applicant, as a clerk may see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Candidate {
    pub holder: HolderId,
    /// 姓名, masked.
    pub name: String,
    /// 社会保障号码, masked.
    pub number: String,
    /// 证件类型 of every document, with its number masked.
    pub documents: Vec<String>,
    /// City and state of every card, and an application under way.
    pub cards: Vec<String>,
}

impl Candidate {
    /// In one line.
    pub fn line(&self) -> String {
        let parts = [self.documents.as_slice(), self.cards.as_slice()].concat();
        format!("{} {} {}", self.name, self.number, parts.join("、"))
    }
}

impl Refusal {
    /// A refusal that says what exactly is wrong. `about` carries no personal data.
    pub fn about(reason: Reason, about: impl Into<String>) -> Self {
        Self { about: Some(about.into()), ..reason.into() }
    }

    /// The same by the clause of the business that it stands in the way of.
    #[must_use]
    pub fn by(self, clause: Clause) -> Self {
        Self { by: vec![clause], ..self }
    }

    /// The same with what to do in this case: a Chinese phrase without a full stop.
    #[must_use]
    pub fn way(self, way: impl Into<String>) -> Self {
        Self { way: Some(way.into().into_boxed_str()), ..self }
    }

    /// A refusal that shows a clerk who may be the same person. Its sentence says nothing of them: whoever applies, or passes it on, is a
    /// third party to them (Article 41).
    pub fn alike(reason: Reason, candidates: Vec<Candidate>) -> Self {
        clause!(R39.1);
        Self { candidates, ..reason.into() }
    }

    /// All defects of the material at once (R8.5).
    pub fn defects(defects: Vec<Defect>) -> Self {
        clause!(R8.5);
        Self { defects, ..Reason::MaterialDefective.into() }
    }

    /// A number that somebody else has already.
    pub fn taken(kind: ClaimKind) -> Self {
        let taken = Self::about(Reason::NumberTaken, kind.name());
        if kind == ClaimKind::UnitForm {
            let way =
                "该编号的批量申请已受理登记，同一份申请表不重复登记；编号填写有误的，请更正后重新受理登记";
            return taken.by(clause!(R10.2)).way(way);
        }
        taken
    }

    /// The same by another clause, where its reason is one of those that hold everywhere: what is missing, unknown, taken, out of its turn
    /// or changes nothing stands against Article 8 only when it is about an application.
    #[must_use]
    pub fn under(self, clause: Clause) -> Self {
        if self.holds_everywhere() { self.by(clause) } else { self }
    }

    /// Whether its reason is one of those, and nobody has said yet by which clause.
    pub fn holds_everywhere(&self) -> bool {
        let everywhere = [
            Reason::MaterialDefective,
            Reason::NotFound,
            Reason::NothingToDo,
            Reason::NumberTaken,
            Reason::WrongStage,
        ];
        everywhere.contains(&self.reason) && self.by.is_empty() && !self.by_other_law
    }

    /// All that it enforces of the regulation; none where another law or a court alone is behind it.
    pub(crate) fn clauses(&self) -> Vec<Clause> {
        let own = (self.by.is_empty() && !self.by_other_law).then(|| self.clause());
        own.into_iter().chain(self.by.iter().copied()).collect()
    }

    /// Whether it is the number of a form that is taken: that is Article 10's matter, and its way out is another form.
    pub fn is_form_taken(&self) -> bool {
        self.reason == Reason::NumberTaken && self.about.as_deref() == Some(ClaimKind::FormNumber.name())
    }

    /// The clause that it enforces: the first, where it has several.
    pub fn clause(&self) -> Clause {
        let own = if self.is_form_taken() { clause!(R10.1) } else { self.reason.clause() };
        self.by.first().copied().unwrap_or(own)
    }

    /// The articles of its clauses as the regulation cites them, and what else it stands on.
    fn cites(&self) -> String {
        let mut all: Vec<String> = Vec::new();
        let law = self.by_other_law.then(|| OTHER_LAW.to_owned());
        for cite in self.clauses().iter().map(|c| c.cite()).chain(law) {
            if !all.contains(&cite) {
                all.push(cite);
            }
        }
        all.join("、")
    }

    /// The sentence for the person at the counter: what, by which article, and what to do now.
    pub fn sentence(&self) -> String {
        let about = self.about.as_deref().map(|a| format!("（{a}）")).unwrap_or_default();
        let (r, cite) = (self.reason, self.cites());
        if self.is_form_taken() {
            return format!(
                "申领表编码已被另一份申请使用。依据{cite}。请核对申领表编码；编码填写无误的，请另编一个未使用的编码后重新提交。"
            );
        }
        let way = self.way.as_deref().unwrap_or(r.way_out());
        format!("{}{about}。依据{cite}。{way}。", r.says())
    }

    /// The same where no article is behind it: what, and what to do now.
    pub fn uncited(&self) -> String {
        self.sentence().replacen(&format!("依据{}。", self.cites()), "", 1)
    }
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        let (defects, candidates) = (Vec::new(), Vec::new());
        Self { reason, about: None, defects, candidates, by: Vec::new(), by_other_law: false, way: None }
    }
}

/// What stands against an application, found in full before any of it is told (R8.5).
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Findings {
    found: Vec<(Reason, Defect)>,
    /// What to do about whoever may not act, each once: Chinese phrases without a full stop.
    deputy_ways: Vec<Box<str>>,
}

impl Findings {
    /// One thing that is missing or wrong, under the reason that it has when it is the only one. `what` and `remedy` are
    /// Chinese phrases without a full stop.
    pub fn add(&mut self, reason: Reason, field: Field, code: &'static str, what: &str, remedy: &str) {
        self.deputy_way(reason, remedy);
        self.found.push((reason, Defect::new(field, code, reason.clause(), what, remedy)));
    }

    /// Keeps what is to be done about somebody who may not act: it differs with what does not fit.
    fn deputy_way(&mut self, reason: Reason, remedy: &str) {
        let known = self.deputy_ways.iter().any(|way| **way == *remedy);
        if reason == Reason::AgentNotAllowed && !known {
            self.deputy_ways.push(remedy.into());
        }
    }

    /// The same of the material itself, by a clause of its own.
    pub fn defect(&mut self, field: Field, code: &'static str, clause: Clause, what: &str, remedy: &str) {
        self.found.push((Reason::MaterialDefective, Defect::new(field, code, clause, what, remedy)));
    }

    /// One thing that is missing or wrong of whoever acts, about these parts of what was said of him, under the reason that it has when it
    /// is the only one.
    pub fn of_agent(
        &mut self,
        reason: Reason,
        parts: impl Into<Vec<AgentPart>>,
        (code, clause): (&'static str, Clause),
        (what, remedy): (&str, &str),
    ) {
        let defect = Defect::new(Field::Agent, code, clause, what, remedy);
        self.deputy_way(reason, remedy);
        self.found.push((reason, defect.about_agent(parts)));
    }

    /// Defects that were found elsewhere.
    pub fn defects(&mut self, defects: impl IntoIterator<Item = Defect>) {
        self.found.extend(defects.into_iter().map(|d| (Reason::MaterialDefective, d)));
    }

    /// Whether something was found of an item already.
    pub(crate) fn is_about(&self, field: Field) -> bool {
        self.found.iter().any(|(_, defect)| defect.field == field)
    }

    /// What another rule refuses, beside an item.
    pub fn refused(&mut self, field: Field, refused: Result<(), Refusal>) {
        if let Err(refused) = refused {
            let (reason, clause) = (refused.reason, refused.clause());
            let about = refused.about.map(|a| format!("（{a}）")).unwrap_or_default();
            let way = refused.way.as_deref().unwrap_or(reason.way_out());
            let what = format!("{}{about}", reason.says());
            self.deputy_way(reason, way);
            self.found.push((reason, Defect::new(field, reason.code(), clause, &what, way)));
        }
    }

    /// Nothing stands against it, or everything that does: under its own reason when there is one, or else as material that is
    /// to be put right, each thing with its article and its remedy.
    ///
    /// # Errors
    /// With everything that was found.
    pub fn told(self) -> Result<(), Refusal> {
        clause!(R8.5);
        let material = |r: Reason| {
            matches!(
                r,
                Reason::MaterialDefective
                    | Reason::ConsentMissing
                    | Reason::AgentNotAllowed
                    | Reason::BankNotOffered
                    | Reason::NotOfferedHere
                    | Reason::NotFound
            )
        };
        let Some(first) = self.found.iter().map(|(r, _)| *r).min() else { return Ok(()) };
        let alone = self.found.iter().all(|(r, _)| *r == first);
        let reason = match alone || !self.found.iter().any(|(r, _)| material(*r)) {
            true => first,
            false => Reason::MaterialDefective,
        };
        let defects: Vec<Defect> = self.found.into_iter().map(|(_, d)| d).collect();
        let about = (alone && first != Reason::MaterialDefective).then(|| {
            let titles: Vec<_> = defects.iter().map(|d| d.field.title()).collect();
            titles.join("、")
        });
        // What is refused for one reason is refused by the articles of what stands against it.
        let mut by: Vec<Clause> = Vec::new();
        for d in defects.iter().filter(|_| about.is_some()) {
            if !by.contains(&d.clause) {
                by.push(d.clause);
            }
        }
        // Of whoever may not act there is no remedy for all: one that would help, or those beside each line.
        let way = (reason == Reason::AgentNotAllowed).then(|| match self.deputy_ways.as_slice() {
            [only] => only.clone(),
            _ => "请按所列各项办理".into(),
        });
        Err(Refusal { about, defects, by, way, ..reason.into() })
    }
}
