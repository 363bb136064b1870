//! A line of the journal in words, the same on every page and in the export: who gave the command, by which way, about what. It names no
//! holder.

use crate::audit::Happened;
use kaguan_domain::facts::institution::{InstitutionEvent, Institutions};
use kaguan_domain::ids::{DeskId, OfficerId, PartnerId};
use kaguan_store::Subject;

/// Who gave a command, as the journal writes it.
pub fn who(institutions: &Institutions, actor: &str, officer: Option<OfficerId>) -> String {
    if let Some(officer) = officer.and_then(|id| institutions.officer(id)) {
        return format!("{}（{}）", officer.name, officer.login);
    }
    if actor == "system" {
        return "系统".into();
    }
    let kiosk = actor.strip_prefix("kiosk:").and_then(|id| institutions.desk(DeskId(id.parse().ok()?)));
    if let Some(desk) = kiosk {
        let outlet = institutions.org(desk.outlet).map_or("", |o| o.name.as_str());
        return format!("自助服务设施 {outlet} {}（{actor}）", desk.name);
    }
    let partner = PartnerId::parse(actor).and_then(|id| institutions.partner(&id).map(|p| p.name.clone()));
    partner.map_or_else(|| actor.to_owned(), |name| format!("{name}（{actor}）"))
}

/// About what a line is.
pub fn subject(institutions: &Institutions, text: &str) -> String {
    match Subject::parse(text) {
        Some(Subject::Officer(id)) => {
            let known = institutions.officer(id).map(|o| format!("账号 {}（{}）", o.name, o.login));
            known.unwrap_or_else(|| "账号 运维人员".to_owned())
        }
        Some(Subject::Strangers) => "不存在的登录名".into(),
        Some(Subject::Holder(id)) => format!("持卡人档案 {id}"),
        Some(Subject::Batch(id)) => format!("批次 {id}"),
        Some(Subject::Unit(id)) => format!("批量申请 {id}"),
        Some(Subject::BlankOrder(id)) => format!("预制卡申请 {id}"),
        Some(Subject::Blank(id)) => format!("预制卡 {id}"),
        Some(Subject::Institution) => "机构、人员与日历".into(),
        Some(Subject::Messages) => "合作方消息".into(),
        Some(Subject::Nobody) | None => "未建档".into(),
    }
}

/// About what a line is, and which: of one about organisations, officers, partners, local rules or the calendar what it did to them, which
/// names them. A line that did nothing does not know.
pub fn about(
    institutions: &Institutions,
    text: &str,
    events: &[InstitutionEvent],
    happened: Happened,
) -> String {
    let said: Vec<String> = events.iter().map(|event| happened(institutions, event)).collect();
    let said = said.join("；");
    if said.is_empty() { subject(institutions, text) } else { said }
}

/// 渠道, by its stable name.
pub fn channel(code: &str) -> &'static str {
    match code {
        "console" => "控制台",
        "file" => "文件",
        "partner" => "合作方接口",
        "command_line" => "命令行",
        "online" => "线上渠道",
        "kiosk" => "自助服务设施",
        "duty" => "值守",
        _ => "其他",
    }
}
