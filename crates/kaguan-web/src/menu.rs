//! The menu as data: the regulation's screens, by role.

use crate::session::SignedIn;
use kaguan_domain::permission::Verb;

/// One screen.
pub struct Screen {
    /// The name as the regulation quotes it.
    pub name: &'static str,
    /// Its group.
    pub group: &'static str,
    pub path: &'static str,
    /// The verb that it serves: who may do it sees the screen.
    pub verb: Verb,
}

/// The screens of the first card.
pub const SCREENS: &[Screen] = &[
    Screen { group: "社保卡申请", name: "个人申请-新增申请", path: "/apply", verb: Verb::Apply },
    Screen { group: "社保卡申请", name: "待核验", path: "/waiting", verb: Verb::ConfirmByHand },
    Screen {
        group: "社保卡申请", name: "批量申请-受理登记", path: "/units", verb: Verb::ApplyForUnit
    },
    Screen { group: "社保卡申请", name: "批量申请", path: "/upload", verb: Verb::ApplyForUnit },
    Screen { group: "社保卡申请", name: "收取工本费", path: "/fees", verb: Verb::PayFee },
    Screen {
        group: "社保卡申请",
        name: "失败数据处理",
        path: "/failures",
        verb: Verb::SettleProductionFailure,
    },
    Screen { group: "社保卡申请", name: "批次筛选", path: "/batches", verb: Verb::ScreenBatch },
    Screen { group: "社保卡申请", name: "批次确认", path: "/batches", verb: Verb::ConfirmBatch },
    Screen { group: "制卡", name: "制卡数据下发", path: "/batches", verb: Verb::HandOutProduction },
    Screen { group: "社保卡领取", name: "省中心寄出", path: "/boxes", verb: Verb::Ship },
    Screen { group: "社保卡领取", name: "市中心接收", path: "/boxes", verb: Verb::Redistribute },
    Screen { group: "社保卡领取", name: "市内再次分发", path: "/boxes", verb: Verb::Redistribute },
    Screen { group: "社保卡领取", name: "经办机构接收", path: "/boxes", verb: Verb::HandOver },
    Screen { group: "社保卡领取", name: "个人领卡启用", path: "/people", verb: Verb::HandOver },
    Screen {
        group: "社保卡领取", name: "成品卡去向", path: "/boxes/tree", verb: Verb::LookAtBoxes
    },
    Screen {
        group: "社保卡领取", name: "批量领卡启用", path: "/boxes", verb: Verb::HandOverToUnit
    },
    Screen {
        group: "社保卡领取", name: "上门激活-待确认", path: "/visits", verb: Verb::ConfirmVisit
    },
    Screen {
        group: "社保卡领取", name: "发放登记册", path: "/registers", verb: Verb::PrintRegister
    },
    Screen { group: "社保卡领取", name: "银行账户激活", path: "/people", verb: Verb::Activate },
    Screen {
        group: "社保卡维护", name: "PIN维护-修改密码", path: "/people", verb: Verb::ChangePin
    },
    Screen {
        group: "社保卡维护", name: "PIN维护-解锁密码", path: "/people", verb: Verb::UnlockPin
    },
    Screen {
        group: "社保卡维护", name: "PIN维护-重置密码", path: "/people", verb: Verb::ResetPin
    },
    Screen {
        group: "社保卡维护",
        name: "挂失解挂注销-临时挂失",
        path: "/people",
        verb: Verb::ReportTemporaryLoss,
    },
    Screen {
        group: "社保卡维护",
        name: "挂失解挂注销-正式挂失",
        path: "/people",
        verb: Verb::ReportFormalLoss,
    },
    Screen {
        group: "社保卡维护", name: "挂失解挂注销-解除挂失", path: "/people", verb: Verb::ReleaseLoss
    },
    Screen {
        group: "社保卡维护", name: "挂失解挂注销-注销", path: "/people", verb: Verb::Cancel
    },
    Screen { group: "社保卡维护", name: "一人一卡", path: "/people", verb: Verb::CleanOneCard },
    Screen {
        group: "变更服务银行", name: "现场预约", path: "/people", verb: Verb::ReserveBankChange
    },
    Screen {
        group: "变更服务银行", name: "原银行审核", path: "/people", verb: Verb::ApproveBankChange
    },
    Screen {
        group: "变更服务银行", name: "现场办理", path: "/people", verb: Verb::CarryOutBankChange
    },
    Screen { group: "限制", name: "限制与恢复", path: "/people", verb: Verb::ProposeRestriction },
    Screen { group: "社保卡领取", name: "逾期未领卡", path: "/overdue", verb: Verb::Post },
    Screen {
        group: "社保卡领取", name: "逾期且滞留", path: "/stranded", verb: Verb::CancelStranded
    },
    Screen {
        group: "社保卡领取", name: "未领卡办理", path: "/cards-on-their-way", verb: Verb::MakeAgain
    },
    Screen {
        group: "预制卡管理", name: "预制卡申请", path: "/blanks/orders", verb: Verb::OrderBlanks
    },
    Screen {
        group: "预制卡管理",
        name: "预制卡生产-生成数据",
        path: "/blanks/production",
        verb: Verb::GenerateBlanks,
    },
    Screen {
        group: "预制卡管理",
        name: "预制卡生产-回盘",
        path: "/blanks/returns",
        verb: Verb::GenerateBlanks,
    },
    Screen {
        group: "预制卡管理", name: "出入库与盘点", path: "/blanks/stock", verb: Verb::TakeInBlanks
    },
    Screen { group: "预制卡管理", name: "即制卡标注", path: "/instant", verb: Verb::MarkInstant },
    Screen { group: "预制卡管理", name: "即时制卡", path: "/instant", verb: Verb::Personalise },
    Screen {
        group: "预制卡管理", name: "新即时制卡-制卡补登", path: "/instant", verb: Verb::WriteBack
    },
    Screen {
        group: "预制卡管理", name: "新即时制卡-制卡失败", path: "/instant", verb: Verb::FailInstant
    },
    Screen { group: "机构管理", name: "授权业务经办机构", path: "/entrust", verb: Verb::Entrust },
    Screen { group: "社保卡申请", name: "补换卡-换卡", path: "/replace", verb: Verb::Replace },
    Screen { group: "社保卡维护", name: "死亡登记", path: "/deaths", verb: Verb::StateDeath },
    Screen { group: "系统管理", name: "地方细则", path: "/policies", verb: Verb::ProposePolicy },
    Screen { group: "系统管理", name: "地方细则", path: "/policies", verb: Verb::DecidePolicy },
    Screen { group: "综合查询", name: "待办提醒", path: "/reminders", verb: Verb::LookAtReminders },
    Screen { group: "时限与通报", name: "时限看板", path: "/clocks", verb: Verb::LookAtReports },
    Screen { group: "时限与通报", name: "超期预警", path: "/clocks/due", verb: Verb::LookAtReports },
    Screen {
        group: "时限与通报", name: "银行时效通报", path: "/clocks/banks", verb: Verb::LookAtReports
    },
    Screen {
        group: "时限与通报", name: "卡商时效通报", path: "/clocks/vendors", verb: Verb::LookAtReports
    },
    Screen {
        group: "时限与通报", name: "发行统计", path: "/clocks/issued", verb: Verb::LookAtReports
    },
    Screen {
        group: "时限与通报", name: "回收统计", path: "/clocks/recalled", verb: Verb::LookAtReports
    },
    Screen { group: "综合查询", name: "统计报表", path: "/reports", verb: Verb::LookAtReports },
    Screen {
        group: "系统管理", name: "机构与网点", path: "/organisations", verb: Verb::LookAtOfficers
    },
    Screen { group: "系统管理", name: "银行网点", path: "/outlets", verb: Verb::CodeOutlet },
    Screen { group: "社保卡维护", name: "档案合并", path: "/joins", verb: Verb::ProposeJoin },
    Screen { group: "系统管理", name: "工作日历", path: "/holidays", verb: Verb::LoadHolidays },
    Screen { group: "系统管理", name: "代码表", path: "/codes", verb: Verb::LookAtOfficers },
    Screen { group: "系统管理", name: "人员与角色", path: "/officers", verb: Verb::LookAtOfficers },
    Screen { group: "系统管理", name: "谁可以办什么", path: "/roles", verb: Verb::LookAtOfficers },
    Screen {
        group: "系统管理", name: "机构与权限日志", path: "/officers/log", verb: Verb::LookAtJournal
    },
    Screen {
        group: "系统管理", name: "服务银行与卡商", path: "/partners", verb: Verb::LookAtPartners
    },
    Screen { group: "系统管理", name: "接口监控", path: "/links", verb: Verb::HandleDeadLetter },
    Screen { group: "系统管理", name: "接口监控", path: "/links", verb: Verb::ResolveIntent },
    Screen { group: "系统管理", name: "审计日志", path: "/journal", verb: Verb::LookAtJournal },
    Screen { group: "本人", name: "修改登录密码", path: "/password", verb: Verb::ChangePassword },
    Screen { group: "本人", name: "动态口令", path: "/second-factor", verb: Verb::SetSecondFactor },
    Screen { group: "综合查询", name: "持卡人档案", path: "/people", verb: Verb::LookAtHolder },
    Screen { group: "综合查询", name: "制卡进度", path: "/people", verb: Verb::LookAtHolder },
];

/// The screens of whoever is signed in: those of the role; 批次确认 only where the city lets it be done.
pub fn of(me: &SignedIn) -> Vec<&'static Screen> {
    let here = |s: &&Screen| s.verb != Verb::ConfirmBatch || me.confirms;
    SCREENS.iter().filter(|s| s.verb.roles().contains(&me.officer.role)).filter(here).collect()
}

/// The screen that an address belongs to.
pub fn screen_of(path: &str) -> Option<&'static str> {
    let within =
        |s: &&str| path.strip_prefix(*s).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    SCREENS.iter().map(|s| s.path).filter(within).max_by_key(|s| s.len())
}

/// An address of this console that can be opened again, and names nobody: a screen, or something on it by its plain number.
pub fn place_of(path: &str) -> Option<String> {
    let drafts = path.starts_with("/drafts/").then_some("/drafts");
    let screen = screen_of(path).or(drafts)?;
    let tail = path[screen.len()..].trim_start_matches('/');
    let number = !tail.is_empty() && tail.len() <= 19 && tail.bytes().all(|b| b.is_ascii_digit());
    Some(if number { format!("{screen}/{tail}") } else { screen.to_owned() })
}
