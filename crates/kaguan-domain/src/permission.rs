//! Who may do what, and where: the published matrix (Article 6).

use crate::clause;
use crate::ctx::Actor;
use crate::facts::custody::Party;
use crate::facts::institution::{Institutions, OrgKind, Organisation, Role, Task};
use crate::ids::{BankCode, CityCode, OrgId, PartnerKind, VendorCode};
use crate::refusal::{Reason, Refusal};
use serde::{Deserialize, Serialize};

macro_rules! verbs {
    ($($name:ident = $code:literal, $zh:literal, [$($role:ident),*], [$($partner:ident),*];)*) => {
        /// Everything that can be asked of the system that changes or discloses something.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Verb { $(#[doc = $zh] $name,)* }

        impl Verb {
            /// All verbs.
            pub const ALL: &'static [Verb] = &[$(Verb::$name,)*];

            /// The stable name in the journal, `room.verb`.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The verb of a stable name.
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }

            /// What an officer calls it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $zh,)* }
            }

            /// The roles that may do it.
            pub fn roles(self) -> &'static [Role] {
                match self { $(Self::$name => &[$(Role::$role),*],)* }
            }

            /// The partners whose computers may do it.
            pub fn partners(self) -> &'static [PartnerKind] {
                match self { $(Self::$name => &[$(PartnerKind::$partner),*],)* }
            }
        }
    };
}

verbs! {
    Apply = "application.apply", "个人申请", [HrClerk, BankClerk], [Online];
    PrintUnitForms = "application.print_unit_forms", "打印批量业务申请表", [HrClerk, BankClerk, CityOfficer], [];
    ApplyForUnit = "application.apply_for_unit", "批量申请", [HrClerk, BankClerk, CityOfficer], [];
    SupplyMaterial = "application.supply_material", "补正材料", [HrClerk, BankClerk, CityOfficer], [];
    ConfirmByHand = "application.confirm_by_hand", "人工核验", [HrClerk, BankClerk, CityOfficer], [];
    PrintVoucher = "application.voucher", "打印不予受理凭证", [HrClerk, BankClerk, CityOfficer], [];
    Decline = "application.decline", "不予受理", [HrClerk, BankClerk, CityOfficer], [];
    CorrectDetails = "holder.correct_details", "更正资料", [HrClerk, BankClerk, CityOfficer], [];
    ChangeContacts = "holder.change_contacts", "更正联系方式", [HrClerk, BankClerk], [];
    FindOthers = "one_card.find_others", "一人一卡查询", [HrClerk, BankClerk, CityOfficer], [Online];
    ConfirmOneCard = "one_card.confirm", "一人一卡确认", [HrClerk, BankClerk, CityOfficer], [Online];
    CleanOneCard = "one_card.clean", "一人一卡清理", [HrClerk, BankClerk, CityOfficer], [Online];
    PayFee = "fee.pay", "缴纳工本费", [HrClerk, BankClerk], [Treasury];
    ScreenBatch = "batch.screen", "批次筛选", [CityOfficer], [];
    ConfirmBatch = "batch.confirm", "批次确认", [CityOfficer, CountyClerk, HrClerk, BankClerk], [];
    TakeOutOfBatch = "batch.take_out", "移出批次", [CityOfficer], [];
    TakeBackConfirmation = "batch.take_back_confirmation", "撤销批次确认", [CityOfficer], [];
    EndBatch = "batch.end", "终结批次", [CityOfficer, ProvinceOfficer], [];
    TakeBackBatch = "batch.take_back", "收回批次", [ProvinceOfficer], [];
    ExtractOpening = "account_opening.extract", "提取预开户数据", [], [Bank];
    TakeOpeningReturn = "account_opening.take_return", "预开户回盘", [], [Bank];
    SettleOpeningFailure = "account_opening.settle_failure", "开户失败处理", [CityOfficer], [];
    ExtractProduction = "production.extract", "提取制卡数据", [], [Vendor];
    HandOutProduction = "production.hand_out", "制卡数据下发", [ProvinceOfficer], [];
    PackBox = "production.pack_box", "成品卡装箱", [], [Vendor];
    TakeProductionReturn = "production.take_return", "制卡回盘", [], [Vendor];
    ReportIncomplete = "production.report_incomplete", "制卡数据未收齐反馈", [], [Vendor];
    StateBankData = "production.state_bank_data", "报送银行制卡数据时效", [], [Vendor];
    TakeCardKeys = "production.take_card_keys", "提取证书密钥", [], [Vendor];
    SettleProductionFailure = "production.settle_failure", "制卡失败处理", [CityOfficer, HrClerk, BankClerk], [];
    Expedite = "production.expedite", "加急制卡", [HrClerk, BankClerk, CityOfficer], [];
    Deliver = "distribution.deliver", "卡商交付成品卡", [], [Vendor];
    Ship = "distribution.ship", "省中心寄出", [ProvinceOfficer], [];
    Receive = "distribution.receive", "接收成品卡", [ProvinceOfficer, CityOfficer, CountyClerk, HrClerk, BankClerk], [];
    Redistribute = "distribution.redistribute", "市内再次分发", [CityOfficer, CountyClerk, BankClerk], [];
    PostFromVendor = "distribution.post_from_vendor", "卡商寄往申请人", [], [Vendor];
    CloseEmptyBox = "distribution.close_empty", "空箱结清", [ProvinceOfficer, CityOfficer, CountyClerk, HrClerk, BankClerk], [Vendor];
    CompareBox = "distribution.compare", "逐张核对成品卡", [ProvinceOfficer, CityOfficer, CountyClerk, HrClerk, BankClerk], [];
    SettleDifference = "distribution.settle_difference", "清点差异处理", [ProvinceOfficer, CityOfficer, CountyClerk, HrClerk, BankClerk], [];
    TakeOver = "distribution.take_over", "单卡转接", [CityOfficer, CountyClerk, HrClerk, BankClerk], [];
    SendBack = "distribution.send_back", "退回", [HrClerk, BankClerk, CountyClerk, CityOfficer], [];
    RecordMissing = "distribution.record_missing", "登记缺卡", [ProvinceOfficer, CityOfficer, CountyClerk, HrClerk, BankClerk], [];
    RecordFound = "distribution.record_found", "登记寻回", [ProvinceOfficer, CityOfficer, CountyClerk, HrClerk, BankClerk], [];
    OrderBlanks = "instant.order_blanks", "预制卡申请", [CityOfficer], [];
    GenerateBlanks = "instant.generate", "预制卡生成数据", [ProvinceOfficer], [];
    AllocateBlanks = "instant.allocate", "预制卡开户", [], [Bank];
    MakeBlanks = "instant.make", "预制卡制卡与回盘", [], [Vendor];
    CheckBlanks = "instant.check_return", "预制卡回盘检查", [ProvinceOfficer], [];
    EndBlanks = "instant.end", "终止预制卡", [ProvinceOfficer], [];
    ShipBlanks = "instant.ship", "预制卡出库", [CityOfficer, HrClerk, BankClerk], [];
    TakeInBlanks = "instant.take_in", "预制卡入库", [CityOfficer, HrClerk, BankClerk], [];
    CountBlanks = "instant.count", "预制卡盘点", [CityOfficer, HrClerk, BankClerk], [];
    SpoilBlank = "instant.spoil", "预制卡作废", [CityOfficer, HrClerk, BankClerk], [];
    DestroyBlanks = "instant.destroy", "预制卡销毁", [CityOfficer, HrClerk, BankClerk], [];
    MarkInstant = "instant.mark", "即制卡标注", [HrClerk, BankClerk], [];
    Personalise = "instant.personalise", "新即时制卡", [HrClerk, BankClerk], [];
    WriteBack = "instant.write_back", "制卡补登", [HrClerk, BankClerk], [];
    FailInstant = "instant.fail", "制卡失败", [HrClerk, BankClerk], [];
    LookAtBlanks = "instant.look", "查看预制卡", [ProvinceOfficer, CityOfficer, HrClerk, BankClerk], [];
    HandOver = "collection.hand_over", "个人领卡", [HrClerk, BankClerk], [];
    HandOverToUnit = "collection.hand_over_to_unit", "批量领卡", [HrClerk, BankClerk], [];
    Post = "collection.post", "邮递上门", [HrClerk, BankClerk], [];
    ConfirmPost = "collection.confirm_post", "凭取件码签收", [HrClerk, BankClerk], [Post];
    TakeLabel = "collection.take_label", "提取邮寄面单", [], [Post];
    TrackPost = "collection.track_post", "邮件轨迹", [], [Post];
    AgreePost = "collection.agree_post", "邮递上门登记", [HrClerk, BankClerk], [];
    ReceiveReturnedPost = "collection.receive_returned", "邮件退回登记", [HrClerk, BankClerk], [];
    SignAtUnit = "collection.sign_at_unit", "单位发放签收登记", [HrClerk, BankClerk], [];
    PrintRegister = "records.print_register", "打印发放登记册", [HrClerk, BankClerk, CountyClerk, CityOfficer], [];
    OpenBoxPaper = "records.open_box_paper", "查看批量领卡材料", [HrClerk, BankClerk, CityOfficer], [];
    Enable = "activation.enable", "社保功能启用", [HrClerk, BankClerk], [Bank, Online];
    Activate = "activation.activate", "银行账户激活", [BankClerk], [Bank];
    RecordVisit = "activation.record_visit", "上门激活核验登记", [BankClerk], [];
    ConfirmVisit = "activation.confirm_visit", "上门激活核验确认", [BankClerk], [];
    ChangePin = "pin.change", "修改密码", [HrClerk, BankClerk], [Terminal];
    CheckFace = "kiosk.check_face", "人脸核验", [], [];
    RecordPinLocked = "pin.record_locked", "登记密码锁定", [HrClerk, BankClerk], [];
    UnlockPin = "pin.unlock", "解锁密码", [HrClerk, BankClerk], [];
    ResetPin = "pin.reset", "重置密码", [HrClerk, BankClerk], [];
    TakeECardNumber = "e_card.take_number", "电子社保卡签发结果", [], [Ecard];
    AnswerIntent = "link.answer", "银行联动回执", [], [Bank];
    ResolveIntent = "link.resolve", "联动存疑处理", [CityOfficer, ProvinceOfficer], [];
    ReportTemporaryLoss = "loss.report_temporary", "临时挂失", [BankClerk], [Bank, Online];
    ReportFormalLoss = "loss.report_formal", "正式挂失", [BankClerk], [Bank];
    ReleaseLoss = "loss.release", "解除挂失", [BankClerk], [Bank];
    Replace = "replacement.replace", "补换卡", [HrClerk, BankClerk], [Online];
    MakeAgain = "replacement.make_again", "未领卡遗失补制", [HrClerk, BankClerk, CityOfficer], [];
    WithdrawReplacement = "replacement.withdraw", "撤销补换卡", [HrClerk, BankClerk], [Online];
    ReserveBankChange = "bank_change.reserve", "变更服务银行预约", [BankClerk], [Bank, Online];
    ApproveBankChange = "bank_change.approve", "原银行审核", [BankClerk], [Bank];
    CarryOutBankChange = "bank_change.carry_out", "变更服务银行现场办理", [BankClerk], [];
    CallOffBankChange = "bank_change.call_off", "撤销变更预约", [BankClerk], [Bank, Online];
    TakeBack = "recall.take_back", "回收", [HrClerk, BankClerk, CityOfficer], [];
    OfferAgain = "recall.offer_again", "二次发放", [HrClerk, BankClerk, CityOfficer], [];
    ReceiveData = "recall.receive_data", "逾期未领卡数据接收", [CityOfficer], [];
    StorePlastic = "recall.store_plastic", "逾期未领卡交回银行保管", [BankClerk], [];
    StateBalance = "recall.state_balance", "账户余额确认", [BankClerk], [Bank];
    CancelStranded = "recall.cancel_stranded", "逾期且滞留卡注销", [CityOfficer], [];
    Destroy = "recall.destroy", "销毁", [BankClerk, CityOfficer], [];
    Cancel = "cancellation.cancel", "注销", [HrClerk, BankClerk], [];
    RecordAccountClosed = "cancellation.record_account_closed", "银行账户销户", [BankClerk], [Bank];
    ProposeRestriction = "restriction.propose", "提出限制", [CityOfficer, ProvinceOfficer], [];
    DecideRestriction = "restriction.decide", "审核限制", [CityOfficer, ProvinceOfficer], [];
    LiftRestriction = "restriction.lift", "恢复", [CityOfficer, ProvinceOfficer], [];
    Confiscate = "restriction.confiscate", "收缴", [HrClerk, BankClerk, CityOfficer], [];
    ProposeJoin = "join.propose", "提出档案合并", [CityOfficer, ProvinceOfficer], [];
    DecideJoin = "join.decide", "审核档案合并", [CityOfficer, ProvinceOfficer], [];
    UndoJoin = "join.undo", "撤销档案合并", [CityOfficer, ProvinceOfficer], [];
    MarkDeath = "alive.mark_death", "登记疑似死亡", [CityOfficer], [];
    StateDeath = "alive.state_death", "死亡申报", [HrClerk, BankClerk, CityOfficer], [];
    RestoreLife = "alive.restore", "恢复生存状态", [HrClerk, BankClerk, CityOfficer], [];
    Notify = "duty.notify", "值守通知", [], [];
    Entrust = "institution.entrust", "授权业务经办机构", [CityOfficer], [];
    SetPolicy = "institution.set_policy", "地方细则", [], [];
    SetFailureGuide = "account_opening.failure_guide", "开户失败数据处理对照表", [CityOfficer, ProvinceOfficer], [Bank];
    ProposePolicy = "institution.propose_policy", "报送地方细则", [CityOfficer], [];
    DecidePolicy = "institution.decide_policy", "审核备案地方细则", [ProvinceOfficer], [];
    ProposeGlyph = "rare_name.propose_glyph", "提交字形图片", [HrClerk, BankClerk, CityOfficer, ProvinceOfficer], [];
    DecideGlyph = "rare_name.decide_glyph", "审核字形图片", [CityOfficer, ProvinceOfficer], [];
    AddOrganisation = "institution.add_organisation", "新增机构", [SystemAdministrator], [];
    RenameOrganisation = "institution.rename_organisation", "机构更名", [SystemAdministrator], [];
    StopOrganisation = "institution.stop_organisation", "停办机构", [SystemAdministrator], [];
    StartOrganisation = "institution.start_organisation", "恢复机构", [SystemAdministrator], [];
    CodeOutlet = "institution.code_outlet", "登记银行网点编码", [SystemAdministrator], [];
    OfferBank = "institution.offer_bank", "登记合作银行", [SystemAdministrator], [];
    EndBank = "institution.end_bank", "结束银行合作", [SystemAdministrator], [];
    LoadHolidays = "institution.load_holidays", "载入放假通知", [SystemAdministrator], [];
    HandleDeadLetter = "institution.dead_letter", "处理死信", [SystemAdministrator], [];
    PairDesk = "institution.pair_desk", "配对制卡桌面机", [SystemAdministrator], [];
    SetKiosk = "institution.set_kiosk", "设置自助服务设施", [SystemAdministrator], [];
    RunKiosk = "institution.run_kiosk", "启停自助服务设施", [HrClerk, BankClerk], [];
    RegisterPartner = "institution.register_partner", "登记合作方", [], [];
    ManagePartnerKeys = "institution.partner_keys", "管理合作方公钥", [], [];
    ProposePartner = "institution.propose_partner", "提出合作方变更", [SystemAdministrator], [];
    DecidePartner = "institution.decide_partner", "审核合作方变更", [SecurityAdministrator], [];
    EndPartnerKey = "institution.end_partner_key", "停用合作方公钥", [SystemAdministrator, SecurityAdministrator], [];
    LookAtPartners = "institution.look_at_partners", "查看服务银行与卡商", [SystemAdministrator, SecurityAdministrator, AuditAdministrator], [];
    KeepContacts = "institution.contacts", "登记合作方联系人", [SystemAdministrator], [];
    AddOfficer = "institution.add_officer", "新增经办人", [], [];
    ResetPassword = "institution.reset_password", "重置登录密码", [], [];
    ProposeOfficer = "institution.propose_officer", "提出人员变更", [SystemAdministrator], [];
    DecideOfficer = "institution.decide_officer", "审核人员变更", [SecurityAdministrator], [];
    StopOfficer = "institution.stop_officer", "停用经办人", [SystemAdministrator, SecurityAdministrator], [];
    LookAtOfficers = "institution.look_at_officers", "查看人员与角色", [SystemAdministrator, SecurityAdministrator, AuditAdministrator], [];
    ChangePassword = "institution.change_password", "修改登录密码", [HrClerk, BankClerk, CountyClerk, CityOfficer, ProvinceOfficer, SystemAdministrator, SecurityAdministrator, AuditAdministrator], [];
    SetSecondFactor = "institution.set_second_factor", "启用动态口令", [HrClerk, BankClerk, CountyClerk, CityOfficer, ProvinceOfficer, SystemAdministrator, SecurityAdministrator, AuditAdministrator], [];
    EndSecondFactor = "institution.end_second_factor", "停用动态口令", [HrClerk, BankClerk, CountyClerk, CityOfficer, ProvinceOfficer, SystemAdministrator, SecurityAdministrator, AuditAdministrator], [];
    ResetSecondFactor = "institution.reset_second_factor", "重置动态口令", [], [];
    AcceptDataLoss = "institution.accept_data_loss", "接受数据库损失", [], [];
    UseRecoveryCode = "session.recovery_code", "使用恢复码", [HrClerk, BankClerk, CountyClerk, CityOfficer, ProvinceOfficer, SystemAdministrator, SecurityAdministrator, AuditAdministrator], [];
    SignIn = "session.sign_in", "登录", [HrClerk, BankClerk, CountyClerk, CityOfficer, ProvinceOfficer, SystemAdministrator, SecurityAdministrator, AuditAdministrator], [];
    SignOut = "session.sign_out", "退出登录", [HrClerk, BankClerk, CountyClerk, CityOfficer, ProvinceOfficer, SystemAdministrator, SecurityAdministrator, AuditAdministrator], [];
    FailSignIn = "session.fail", "登录失败", [], [];
    LookAtHolder = "holder.look", "查看持卡人档案", [HrClerk, BankClerk, CityOfficer, ProvinceOfficer], [];
    AskCardStatus = "card.status", "查询卡状态", [HrClerk, BankClerk, CityOfficer, ProvinceOfficer], [Business, Online, Terminal];
    AskProgress = "application.progress", "查询制卡进度", [HrClerk, BankClerk, CityOfficer, ProvinceOfficer], [Online, Terminal];
    TakeHeldCards = "card.held", "下载停用卡清单", [], [Business];
    Reconcile = "link.reconcile", "银行对账", [ProvinceOfficer], [];
    LookAtDifferences = "link.look_at_differences", "查看对账差异", [BankClerk, CityOfficer, ProvinceOfficer], [];
    LendDocument = "rare_name.lend_document", "提取生僻字证件影像", [], [Bank, Vendor];
    FileMaterial = "records.file", "归档", [HrClerk, BankClerk, CityOfficer], [];
    CorrectFiling = "records.correct", "更正归档", [HrClerk, BankClerk, CityOfficer], [];
    DestroyMaterial = "records.destroy", "到期销毁档案材料", [CityOfficer], [];
    PrintReceipt = "application.receipt", "打印业务受理回执", [HrClerk, BankClerk, CityOfficer], [];
    FetchMessages = "institution.fetch_messages", "取走消息", [], [Bank, Vendor, Online, Business, Registers, Ecard, Sms, Treasury, Photos, Post, Terminal];
    SubmitRows = "institution.submit_rows", "批量提交", [], [Bank, Vendor];
    LookAtBatches = "batch.look", "查看批次", [CityOfficer, ProvinceOfficer, CountyClerk, HrClerk, BankClerk], [];
    LookAtBoxes = "distribution.look", "查看成品卡", [ProvinceOfficer, CityOfficer, CountyClerk, HrClerk, BankClerk], [];
    LookAtReminders = "duty.look", "查看待办提醒", [HrClerk, BankClerk, CityOfficer, CountyClerk], [];
    LookAtLedger = "records.ledger", "查看业务台账", [HrClerk, BankClerk, CountyClerk, CityOfficer, ProvinceOfficer], [];
    LookAtReports = "report.look", "查看统计报表", [CityOfficer, ProvinceOfficer], [];
    LookAtJournal = "records.look", "查看审计日志", [AuditAdministrator], [];
    ExportJournal = "records.export", "导出审计日志", [AuditAdministrator], [];
}

impl Verb {
    /// What a holder may do alone at 自助服务设施; everything else is for counters and for channels that know their user.
    pub const AT_KIOSK: [Self; 11] = [
        Self::CheckFace,
        Self::ChangePin,
        Self::RecordPinLocked,
        Self::AskProgress,
        Self::LookAtHolder,
        Self::ReportFormalLoss,
        Self::Replace,
        Self::Personalise,
        Self::WriteBack,
        Self::LookAtBlanks,
        Self::HandOver,
    ];
}

/// The published matrix: every verb, and in the order of [`Role::ALL`] whether the role may.
pub fn matrix() -> impl Iterator<Item = (Verb, [bool; Role::ALL.len()])> {
    Verb::ALL.iter().map(|verb| (*verb, Role::ALL.map(|role| verb.roles().contains(&role))))
}

/// Where the subject of a command lies.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// Anywhere: nothing of it belongs to an area yet, or the regulation serves it everywhere in the province.
    Anywhere,
    /// At this organisation.
    At(OrgId),
    /// In the city of a division code, at no outlet in particular.
    City(CityCode),
    /// The same where each of the city's outlets acts, too.
    OutletsOf(CityCode),
    /// In a city, where its centre and the offices that it entrusts with a task may act (Appendix 7).
    Entrusted { city: CityCode, task: Task, bank: Option<BankCode> },
    /// The subject belongs to this bank.
    Bank(BankCode),
    /// Served everywhere in the province; of the banks' computers, by this one's only.
    Served(BankCode),
    /// The subject belongs to this vendor.
    Vendor(VendorCode),
}

impl Party {
    /// Where it lies, for the permission check.
    pub fn place(&self) -> Place {
        match self {
            Self::Org(id) | Self::Post(id) | Self::Recalled(id) => Place::At(*id),
            Self::Vendor(v) | Self::Production(v) => Place::Vendor(v.clone()),
            _ => Place::Anywhere,
        }
    }
}

/// Checks the right of an actor, in the present state, to a verb on a subject at a place.
///
/// Refuses with `officer_inactive`, `not_permitted` or `out_of_scope`. The system itself, and the command line on
/// the server, act as [`Actor::System`] and may do everything: what they do is journaled all the same.
pub fn authorise(
    institutions: &Institutions,
    actor: &Actor,
    verb: Verb,
    place: &Place,
) -> Result<(), Refusal> {
    clause!(R6.1);
    match actor {
        Actor::System => Ok(()),
        Actor::Officer(id) => {
            let officer = institutions.officer(*id).filter(|o| o.active).ok_or(Reason::OfficerInactive)?;
            if !verb.roles().contains(&officer.role) {
                return Err(Reason::NotPermitted.into());
            }
            let home = institutions.org(officer.org).ok_or(Reason::OfficerInactive)?;
            if in_area(institutions, home, place) { Ok(()) } else { Err(Reason::OutOfScope.into()) }
        }
        Actor::Bank(code) => match place {
            _ if !verb.partners().contains(&PartnerKind::Bank) => Err(Reason::NotPermitted.into()),
            Place::Bank(owner) | Place::Served(owner) if owner == code => Ok(()),
            _ => Err(Reason::NotYourData.into()),
        },
        Actor::Vendor(code) => match place {
            _ if !verb.partners().contains(&PartnerKind::Vendor) => Err(Reason::NotPermitted.into()),
            Place::Vendor(owner) if owner == code => Ok(()),
            _ => Err(Reason::NotYourData.into()),
        },
        // Who a holder online is, the rule asks; the channel serves the whole province.
        Actor::Partner(id) if verb.partners().contains(&id.kind) => Ok(()),
        Actor::Partner(_) => Err(Reason::NotPermitted.into()),
        Actor::Kiosk(id) => {
            clause!(R19.1);
            let desk = institutions.desk(*id).filter(|d| d.serves_alone());
            let desk =
                desk.ok_or_else(|| Refusal::about(Reason::NotPermitted, "本机不是在用的自助服务设施"))?;
            if !Verb::AT_KIOSK.contains(&verb) {
                return Err(Refusal::about(
                    Reason::NotPermitted,
                    "自助服务设施不办理此项业务，请到卡经办网点柜台",
                ));
            }
            let home = institutions.org(desk.outlet).filter(|o| !institutions.is_stopped(o.id));
            let home = home.ok_or_else(|| Refusal::about(Reason::NotPermitted, "本机所在网点已停办"))?;
            if in_area(institutions, home, place) { Ok(()) } else { Err(Reason::OutOfScope.into()) }
        }
    }
}

/// Refuses with `not_the_keeper` an officer who hands on, settles or closes what another office has in hand: a centre looks at every box
/// of its area, and whoever keeps one answers for it.
pub fn in_own_hands(institutions: &Institutions, actor: &Actor, place: &Place) -> Result<(), Refusal> {
    clause!(R12.1);
    let (Actor::Officer(id), Place::At(keeper)) = (actor, place) else { return Ok(()) };
    if institutions.officer(*id).is_some_and(|o| o.org == *keeper) {
        return Ok(());
    }
    let by = institutions.org(*keeper).map(|o| format!("由{}保管", o.name));
    Err(Refusal { about: by, ..Reason::NotTheKeeper.into() })
}

/// Whether a place lies in an organisation's area: the province for its centre, the city for a city centre, the
/// county for a county centre, itself for an outlet.
pub(crate) fn in_area(institutions: &Institutions, home: &Organisation, place: &Place) -> bool {
    let city_of_place = || match place {
        Place::At(org) => institutions.org(*org).and_then(Organisation::city),
        Place::City(city) | Place::OutletsOf(city) | Place::Entrusted { city, .. } => Some(city.clone()),
        Place::Anywhere | Place::Bank(_) | Place::Served(_) | Place::Vendor(_) => None,
    };
    match (home.kind, place) {
        (_, Place::Anywhere | Place::Served(_)) | (OrgKind::ProvinceCentre, _) => true,
        (OrgKind::BankOutlet, Place::Bank(bank)) => home.bank.as_ref() == Some(bank),
        (_, Place::Bank(_) | Place::Vendor(_)) => false,
        (OrgKind::CityCentre, _) => city_of_place().is_some() && city_of_place() == home.city(),
        (_, Place::Entrusted { city, task, bank }) => {
            clause!(X7.7);
            home.city().as_ref() == Some(city)
                && institutions.is_entrusted(home.id, *task)
                && (home.bank.is_none() || bank.is_none() || home.bank == *bank)
        }
        (OrgKind::HrOutlet | OrgKind::BankOutlet, Place::OutletsOf(_)) => {
            city_of_place().is_some() && city_of_place() == home.city()
        }
        (OrgKind::CountyCentre, Place::At(org)) => {
            institutions.org(*org).is_some_and(|o| o.division == home.division)
        }
        (OrgKind::HrOutlet | OrgKind::BankOutlet, Place::At(org)) => *org == home.id,
        _ => false,
    }
}
