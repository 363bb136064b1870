//! The menu as data: the regulation's screens, by role.

use crate::pages::{Frame, HomePage};
use crate::session::SignedIn;
use axum::response::IntoResponse;
use kaguan_domain::facts::institution::Role;
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
    Screen { group: "社保卡申请", name: "批量申请", path: "/upload", verb: Verb::ApplyForUnit },
    Screen { group: "社保卡申请", name: "收取工本费", path: "/fees", verb: Verb::PayFee },
    Screen { group: "社保卡申请", name: "批次筛选", path: "/batches", verb: Verb::ScreenBatch },
    Screen { group: "社保卡申请", name: "批次确认", path: "/batches", verb: Verb::ConfirmBatch },
    Screen { group: "制卡", name: "制卡数据下发", path: "/batches", verb: Verb::HandOutProduction },
    Screen { group: "社保卡领取", name: "省中心寄出", path: "/boxes", verb: Verb::Ship },
    Screen { group: "社保卡领取", name: "市中心接收", path: "/boxes", verb: Verb::Redistribute },
    Screen { group: "社保卡领取", name: "市内再次分发", path: "/boxes", verb: Verb::Redistribute },
    Screen { group: "社保卡领取", name: "经办机构接收", path: "/boxes", verb: Verb::HandOver },
    Screen { group: "社保卡领取", name: "个人领卡启用", path: "/people", verb: Verb::HandOver },
    Screen {
        group: "社保卡领取", name: "批量领卡启用", path: "/boxes", verb: Verb::HandOverToUnit
    },
    Screen { group: "系统管理", name: "放假通知", path: "/holidays", verb: Verb::LoadHolidays },
    Screen { group: "综合查询", name: "持卡人档案", path: "/people", verb: Verb::LookAtHolder },
    Screen { group: "综合查询", name: "制卡进度", path: "/people", verb: Verb::LookAtHolder },
];

/// The screens of a role.
pub fn of(role: Role) -> Vec<&'static Screen> {
    SCREENS.iter().filter(|s| s.verb.roles().contains(&role)).collect()
}

/// The first page.
pub async fn home(me: SignedIn) -> impl IntoResponse {
    HomePage { frame: Frame::of(&me, "首页") }
}
