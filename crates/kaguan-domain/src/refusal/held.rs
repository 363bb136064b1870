//! 该卡现在不能使用: made of what lies on the card, each hold with its name, the article that it stands on, and its way out.

use super::{Reason, Refusal};
use crate::clause;
use crate::clause::Clause;
use crate::facts::card::{Card, Hold};
use crate::facts::holder::HolderFile;

/// The clause that a hold stands on, and how it comes off, in Chinese without a full stop.
fn of(hold: Hold) -> (Clause, &'static str) {
    match hold {
        Hold::OneCardCleanUp => (
            clause!(X10.1),
            "该卡已清理，请使用保留的卡，或办理申领、补换卡；因合并档案清理而合并有误的，由市卡管机构撤销合并；账户结转后办理注销、回收",
        ),
        Hold::TemporaryLoss => {
            (clause!(R24.1), "已找回的，到服务银行卡经办网点解除挂失；没有找回的，办理正式挂失后补卡")
        }
        Hold::FormalLoss => {
            (clause!(R25.1), "没有申请补卡又已找回的，到服务银行卡经办网点解除挂失；没有找回的，办理补卡")
        }
        Hold::BankChange => (
            clause!(R31.1),
            "请待新卡制成后领取启用；不再变更的，撤销在办的变更服务银行换卡申请（未缴费且未进入制卡批次）；新卡已注销或清理的，由新服务银行网点“撤销预约”",
        ),
        Hold::Restriction { .. } => {
            (clause!(R37.1), "行为更正后，由发卡地市的市卡管机构在“限制与恢复”办理恢复")
        }
        Hold::SuspectedDeath | Hold::DeathConfirmed => {
            (clause!(R33.1), "登记有误的，凭生存状态证明材料在“死亡登记”办理恢复；确已死亡的，办理注销")
        }
    }
}

impl Refusal {
    /// That a card is cancelled, with what its holder does now: whoever has another card, or waits for one, does not apply, nor does anybody
    /// for the dead. Any other refusal stays as it is.
    pub fn of_cancelled_card(self, file: &HolderFile) -> Self {
        clause!(R3.2);
        if self.reason != Reason::CardCancelled || self.way.is_some() {
            return self;
        }
        if file.standing_cards().next().is_some() {
            return self.way("该人名下另有社保卡，请在该卡上办理");
        }
        if file.death_confirmed() {
            return self
                .way("持卡人死亡已核实，无需办理；登记有误的，凭生存状态证明材料在“死亡登记”办理恢复");
        }
        match file.open_application() {
            Some(_) => self.way("该人已有在办的申领业务，请待新卡制成后领取"),
            None => self,
        }
    }

    /// What keeps a card from working stands in the way.
    pub fn held_back(card: &Card) -> Self {
        Self::held_by(card, |_| true)
    }

    /// The same of some of what lies on it; a restriction by the article of its case.
    pub fn held_by(card: &Card, which: impl Fn(&Hold) -> bool) -> Self {
        let cites = |hold: &Hold| match hold {
            Hold::Restriction { case } => {
                let own = card.restrictions.iter().find(|r| r.case == *case);
                own.map_or(of(*hold).0, |r| r.clause())
            }
            Hold::OneCardCleanUp
            | Hold::TemporaryLoss
            | Hold::FormalLoss
            | Hold::BankChange
            | Hold::SuspectedDeath
            | Hold::DeathConfirmed => of(*hold).0,
        };
        Self::told(card.holds.iter().filter(|h| which(h)).map(|h| (*h, cites(h))))
    }

    /// The same of holds that are not looked up on a card: those that stop one, in the order of a card's holds.
    pub fn held(holds: impl IntoIterator<Item = Hold>) -> Self {
        Self::told(holds.into_iter().map(|hold| (hold, of(hold).0)))
    }

    fn told(holds: impl Iterator<Item = (Hold, Clause)>) -> Self {
        let mut found: Vec<(&str, &str)> = Vec::new();
        let mut by: Vec<Clause> = Vec::new();
        for (hold, clause) in holds.filter(|(h, _)| h.stops()) {
            if found.iter().all(|(name, _)| *name != hold.name()) {
                found.push((hold.name(), of(hold).1));
            }
            if !by.contains(&clause) {
                by.push(clause);
            }
        }
        let names: Vec<_> = found.iter().map(|(name, _)| *name).collect();
        let ways: Vec<_> = match &found[..] {
            [(_, way)] => vec![(*way).to_owned()],
            several => several.iter().map(|(name, way)| format!("{name}的：{way}")).collect(),
        };
        let refusal = Self::from(Reason::CardHeldBack);
        if found.is_empty() {
            return refusal;
        }
        Self { about: Some(names.join("、")), by, way: Some(ways.join("；").into()), ..refusal }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::CaseId;

    #[test]
    fn a_held_card_is_told_each_hold_with_its_article_and_its_way_out() {
        let case = Hold::Restriction { case: CaseId(1) };
        let one = Refusal::held([Hold::SuspectedDeath, case, Hold::Restriction { case: CaseId(2) }]);
        assert_eq!(
            one.sentence(),
            "该卡现在不能使用（限制）。依据《经办规程》第37条。行为更正后，由发卡地市的市卡管机构在“限制与恢复”办理恢复。"
        );
        let two = Refusal::held([Hold::FormalLoss, Hold::DeathConfirmed]).sentence();
        for has in ["（正式挂失、死亡已核实）", "第25条", "第33条", "正式挂失的：", "死亡已核实的："]
        {
            assert!(two.contains(has), "{has}: {two}");
        }
        assert!(!two.contains("第3条"), "{two}");
    }
}
