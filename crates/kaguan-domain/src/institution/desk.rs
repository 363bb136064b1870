//! 制卡桌面机 of outlets: an administrator ties a machine to an outlet, and takes it away again.

use crate::clause;
use crate::codes;
use crate::ctx::{Actor, Ctx};
use crate::facts::desk::{CardBox, Desk};
use crate::facts::institution::{InstitutionEvent, Institutions};
use crate::ids::{DeskId, OrgId};
use crate::refusal::{Reason, Refusal};
use crate::spelling;

/// Everything that is wrong with the boxes of a machine, all at once.
pub fn defects_of_boxes(boxes: &[CardBox]) -> Vec<String> {
    clause!(X9.5);
    let mut wrong = Vec::new();
    let twice = |(n, b): (usize, &CardBox)| {
        !(1..=9).contains(&b.number) || boxes[..n].iter().any(|o| o.number == b.number)
    };
    if boxes.iter().enumerate().any(twice) {
        wrong.push("卡盒号为1至9，每盒一家银行".into());
    }
    let known = |b: &CardBox| codes::banks().any(|known| known.code == b.bank.as_str());
    if !boxes.iter().all(known) {
        wrong.push("卡盒所写的服务银行代码不存在".into());
    }
    wrong
}

/// What is wrong with the outlet at which a machine would stand; nothing of one that works.
pub fn defect_of_desk_outlet(state: &Institutions, outlet: OrgId) -> Option<String> {
    clause!(X9.3);
    let works = state.org(outlet).is_some_and(|at| at.kind.is_outlet()) && !state.is_stopped(outlet);
    (!works).then(|| "制卡桌面机只能配给在办业务的网点".to_owned())
}

/// A machine is one outlet's, under a key that no other has; each of its boxes has cards of one bank.
pub fn pair(
    state: &Institutions,
    (id, outlet): (DeskId, OrgId),
    (name, public): (&str, &str),
    boxes: &[CardBox],
    ctx: &Ctx,
) -> Result<InstitutionEvent, Refusal> {
    clause!(X9.3);
    state.org(outlet).ok_or_else(|| Refusal::about(Reason::NotFound, "网点"))?;
    let mut wrong: Vec<String> = defect_of_desk_outlet(state, outlet).into_iter().collect();
    if spelling::says_nothing(name) {
        wrong.push("须填写桌面机名称".into());
    }
    if public.len() != 130 || !public.bytes().all(|b| b.is_ascii_hexdigit()) {
        wrong.push("桌面机公钥不合规".into());
    }
    if state.desks().any(|d| d.public.eq_ignore_ascii_case(public)) {
        wrong.push("该桌面机的密钥已配对过，请在桌面机上重新生成".into());
    }
    wrong.extend(defects_of_boxes(boxes));
    if !wrong.is_empty() {
        return Err(Refusal::about(Reason::MaterialDefective, wrong.join("；")));
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
