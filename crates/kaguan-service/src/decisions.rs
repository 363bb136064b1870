//! What others proposed and an officer may decide, and what is theirs alone to begin: 今日工作 says how many of each wait, and names
//! nobody. Nobody decides what they proposed themselves, so that their own proposals do not wait for them.

use crate::examinations::{TOLD_FOR_DAYS, most_examined};
use crate::outcome::Failure;
use crate::service::Service;
use crate::stock::OrdersChosen;
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::facts::glyph::GlyphState;
use kaguan_domain::facts::names::StepKind;
use kaguan_domain::facts::officer::ChangeState;
use kaguan_domain::facts::policy::ProposalState;
use kaguan_domain::ids::OfficerId;
use kaguan_domain::permission::{Place, Verb};
use kaguan_store::{Examination, SentChosen};

/// Something that waits for a decision.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ToDecide {
    /// 审核人员变更
    Officers,
    /// 审核合作方变更
    Partners,
    /// 审核备案地方细则
    Policies,
    /// 审核字形图片
    Glyphs,
    /// 审核限制
    Restrictions,
    /// 原银行审核
    BankChanges,
    /// 变更服务银行现场办理, which the old bank has agreed to
    AgreedChanges,
    /// 变更服务银行预约 of the own bank to which the old one did not agree lately, or that lapsed
    FailedChanges,
    /// 预制卡申请, whose numbers the province generates.
    BlankOrders,
    /// 预制卡回盘, which the province looks through, or again once it was put right.
    BlankReturns,
    /// 未送达的报文
    DeadLetters,
    /// 到期待销毁的档案材料
    Archive,
}

/// How many wait; whether there are more than were counted.
pub type HowMany = (usize, bool);

impl Service {
    /// Everything of the kind that waits for this officer; what the officer may not decide is left out, what does not wait is 0.
    pub async fn waiting_proposals(&self, actor: &Actor) -> Result<Vec<(ToDecide, HowMany)>, Failure> {
        clause!(R6.1);
        let institutions = self.institutions();
        let me = match actor {
            Actor::Officer(id) => Some(*id),
            Actor::Bank(_) | Actor::Vendor(_) | Actor::Partner(_) | Actor::Kiosk(_) | Actor::System => None,
        };
        let others = |by: Option<OfficerId>| by.is_none() || by != me;
        let may = |verb| self.may(actor, verb, &Place::Anywhere).is_ok();
        let mut all = Vec::new();
        if may(Verb::DecideOfficer) {
            let changes = institutions.officer_changes();
            let n = changes.filter(|c| c.state == ChangeState::Proposed && others(c.by)).count();
            all.push((ToDecide::Officers, (n, false)));
        }
        if may(Verb::DecidePartner) {
            let changes = institutions.partner_changes();
            let n = changes.filter(|c| c.state == ChangeState::Proposed && others(c.by)).count();
            all.push((ToDecide::Partners, (n, false)));
        }
        if may(Verb::DecidePolicy) {
            let n = institutions.proposals().filter(|p| p.state == ProposalState::Proposed && others(p.by));
            all.push((ToDecide::Policies, (n.count(), false)));
        }
        let glyphs = institutions.glyphs().all().filter(|g| g.state == GlyphState::Proposed && others(g.by));
        let glyphs = glyphs.filter(|g| self.may(actor, Verb::DecideGlyph, &Place::At(g.org)).is_ok());
        all.push((ToDecide::Glyphs, (glyphs.count(), false)));
        for (verb, which, what) in [
            (Verb::DecideRestriction, Examination::Restriction, ToDecide::Restrictions),
            (Verb::ApproveBankChange, Examination::BankChange, ToDecide::BankChanges),
            (Verb::CarryOutBankChange, Examination::AgreedChange, ToDecide::AgreedChanges),
            (Verb::ReserveBankChange, Examination::FailedChange, ToDecide::FailedChanges),
        ] {
            if may(verb) {
                let found = self.examinations_found(actor, which, TOLD_FOR_DAYS).await?.len();
                all.push((what, (found, found >= most_examined(which))));
            }
        }
        if may(Verb::GenerateBlanks) {
            let orders = self.blank_orders_for(actor, &OrdersChosen::at(Some(StepKind::Ordered)), "").await?;
            all.push((ToDecide::BlankOrders, (orders.rows.len(), orders.more.is_some())));
        }
        if may(Verb::CheckBlanks) {
            let made = self.every_order_made(actor).await?;
            let waits = made.iter().filter_map(|f| f.order.as_ref()).filter(|o| o.waits_to_be_checked());
            all.push((ToDecide::BlankReturns, (waits.count(), false)));
        }
        if may(Verb::HandleDeadLetter) {
            let letters = self.dead_letters_for(actor, &SentChosen::default(), "").await?;
            all.push((ToDecide::DeadLetters, (letters.rows.len(), letters.more.is_some())));
        }
        match self.archive_due_for(actor, None, None).await {
            Ok(due) => all.push((ToDecide::Archive, (due.rows.len(), due.more.is_some()))),
            Err(Failure::Refused(_)) => {}
            Err(why) => return Err(why),
        }
        Ok(all)
    }
}
