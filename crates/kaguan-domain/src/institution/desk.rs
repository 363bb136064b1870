//! 制卡桌面机 of outlets: an administrator ties a machine to an outlet, and takes it away again.

use crate::clause;
use crate::codes;
use crate::ctx::{Actor, Ctx};
use crate::facts::desk::{CardBox, Desk};
use crate::facts::institution::{InstitutionEvent, Institutions};
use crate::ids::{DeskId, OrgId};
use crate::refusal::{Reason, Refusal};
use crate::spelling;

/// A machine is one outlet's, under a key that no other has; each of its boxes has cards of one bank.
pub fn pair(
    state: &Institutions,
    (id, outlet): (DeskId, OrgId),
    (name, public): (&str, &str),
    boxes: &[CardBox],
    ctx: &Ctx,
) -> Result<InstitutionEvent, Refusal> {
    clause!(X9.3);
    let at = state.org(outlet).ok_or_else(|| Refusal::about(Reason::NotFound, "网点"))?;
    if !at.kind.is_outlet() || state.is_stopped(outlet) {
        return Err(Refusal::about(Reason::MaterialDefective, "制卡桌面机只能配给在办业务的网点"));
    }
    let wrong = |why: &str| Err(Refusal::about(Reason::MaterialDefective, why));
    if spelling::says_nothing(name) {
        return wrong("须填写桌面机名称");
    }
    if public.len() != 130 || !public.bytes().all(|b| b.is_ascii_hexdigit()) {
        return wrong("桌面机公钥不合规");
    }
    if state.desks().any(|d| d.public.eq_ignore_ascii_case(public)) {
        return wrong("该桌面机的密钥已配对过，请在桌面机上重新生成");
    }
    clause!(X9.5);
    for (n, b) in boxes.iter().enumerate() {
        if !(1..=9).contains(&b.number) || boxes[..n].iter().any(|o| o.number == b.number) {
            return wrong("卡盒号为1至9，每盒一家银行");
        }
        if !codes::banks().any(|known| known.code == b.bank.as_str()) {
            return wrong("卡盒所写的服务银行代码不存在");
        }
    }
    Ok(InstitutionEvent::DeskPaired(Desk {
        id,
        outlet,
        name: name.trim().into(),
        public: public.into(),
        boxes: boxes.to_vec(),
        paired_at: ctx.now,
        ended: None,
        kiosk: false,
    }))
}

/// 解除配对.
pub fn end(state: &Institutions, desk: DeskId, ctx: &Ctx) -> Result<InstitutionEvent, Refusal> {
    let known = state.desk(desk).ok_or_else(|| Refusal::about(Reason::NotFound, "制卡桌面机"))?;
    if known.ended.is_some() {
        return Err(Reason::NothingToDo.into());
    }
    Ok(InstitutionEvent::DeskEnded { desk, at: ctx.now })
}

/// A desk that somebody has still.
fn known(state: &Institutions, desk: DeskId) -> Result<&Desk, Refusal> {
    let known = state.desk(desk).filter(|d| d.ended.is_none());
    known.ok_or_else(|| Refusal::about(Reason::NotFound, "已配对的制卡桌面机"))
}

/// 自助服务设施: an administrator says of a machine that holders serve themselves at it (R19.1), and takes that back.
pub fn set_kiosk(state: &Institutions, desk: DeskId, kiosk: bool) -> Result<InstitutionEvent, Refusal> {
    clause!(R19.1);
    if known(state, desk)?.kiosk == kiosk {
        return Err(Reason::NothingToDo.into());
    }
    Ok(InstitutionEvent::KioskSet { desk, kiosk })
}

/// 启停自助服务: the clerk who does it answers for the machine standing where it should.
pub fn run_kiosk(
    state: &Institutions,
    desk: DeskId,
    run: bool,
    ctx: &Ctx,
) -> Result<InstitutionEvent, Refusal> {
    clause!(R19.1);
    let desk = known(state, desk)?;
    let Actor::Officer(by) = ctx.actor else { return Err(Reason::NotPermitted.into()) };
    if run && (!desk.kiosk || state.is_stopped(desk.outlet)) {
        let about = "该桌面机不是自助服务设施，或所在网点已停办；请系统管理员在“制卡桌面机”中设置";
        return Err(Refusal::about(Reason::WrongStage, about));
    }
    Ok(InstitutionEvent::KioskRun { desk: desk.id, run, by, at: ctx.now })
}
