//! 该卡现在不能使用: made of what lies on the card, each hold with its name, the article that it stands on, and its way out.

use super::{Reason, Refusal};
use crate::clause;
use crate::clause::Clause;
use crate::facts::card::{Card, Hold};
use crate::facts::false_card::false_card_said;
use crate::facts::holder::HolderFile;
use crate::facts::restriction::Restriction;

/// Who lifts a restriction, and where.
const LIFTED_BY: &str = "由发卡地市的市卡管机构在“限制与恢复”办理恢复";

/// The clause that a hold stands on, and how it comes off, in Chinese without a full stop.
fn of(hold: Hold) -> (Clause, String) {
    let (clause, way) = match hold {
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
        Hold::Restriction { .. } => return (clause!(R37.1), format!("行为更正后，{LIFTED_BY}")),
        Hold::SuspectedDeath | Hold::DeathConfirmed => {
            (clause!(R33.1), "登记有误的，凭生存状态证明材料在“死亡登记”办理恢复；确已死亡的，办理注销")
        }
    };
    (clause, way.to_owned())
}

/// A hold as it is told: the clause that it stands on, `None` for another law's, what it is called beside others, and how it comes off.
struct Told {
    hold: Hold,
    clause: Option<Clause>,
    named: &'static str,
    way: String,
}

impl Told {
    fn of(hold: Hold) -> Self {
        let (clause, way) = of(hold);
        Self { hold, clause: Some(clause), named: hold.name(), way }
    }

    /// A card that is a false one is not freed, whichever other cases hold it.
    fn of_case(card: &Card, case: &Restriction) -> Self {
        clause!(R37.1);
        clause!(R38.1);
        let (hold, clause) = (Hold::Restriction { case: case.case }, case.stands_on());
        let named = match clause {
            Some(_) => hold.name(),
            None => "依其他法律法规或司法文书限制",
        };
        let lifted = || format!("{}，{LIFTED_BY}", case.lifted_once());
        let way = false_card_said(card).unwrap_or_else(lifted);
        Self { hold, clause, named, way }
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

    /// Whether no article of the regulation is behind it, but another law or a court alone.
    pub fn is_by_another_law(&self) -> bool {
        self.by_other_law && self.by.is_empty()
    }

    /// What keeps a card from working stands in the way.
    pub fn held_back(card: &Card) -> Self {
        Self::held_by(card, |_| true)
    }

    /// The same of some of what lies on it; a restriction by what its case stands on, and with how it ends.
    pub fn held_by(card: &Card, which: impl Fn(&Hold) -> bool) -> Self {
        let told = |hold: &Hold| match hold {
            Hold::Restriction { case } => {
                let own = card.restrictions.iter().find(|r| r.case == *case);
                own.map_or_else(|| Told::of(*hold), |own| Told::of_case(card, own))
            }
            Hold::OneCardCleanUp
            | Hold::TemporaryLoss
            | Hold::FormalLoss
            | Hold::BankChange
            | Hold::SuspectedDeath
            | Hold::DeathConfirmed => Told::of(*hold),
        };
        Self::told(card.holds.iter().filter(|h| which(h) && h.stops()).map(told))
    }

    /// The same of holds that are not looked up on a card: those that stop one, in the order of a card's holds.
    pub fn held(holds: impl IntoIterator<Item = Hold>) -> Self {
        Self::told(holds.into_iter().filter(|h| h.stops()).map(Told::of))
    }

    fn told(holds: impl Iterator<Item = Told>) -> Self {
        let mut found: Vec<Told> = Vec::new();
        let (mut by, mut by_other_law): (Vec<Clause>, _) = (Vec::new(), false);
        for told in holds {
            match told.clause {
                Some(clause) if !by.contains(&clause) => by.push(clause),
                Some(_) => {}
                None => by_other_law = true,
            }
            if found.iter().all(|known| known.way != told.way) {
                found.push(told);
            }
        }
        let mut names: Vec<&str> = Vec::new();
        for told in &found {
            if !names.contains(&told.hold.name()) {
                names.push(told.hold.name());
            }
        }
        let ways: Vec<_> = match &found[..] {
            [only] => vec![only.way.clone()],
            several => several.iter().map(|told| format!("{}的：{}", told.named, told.way)).collect(),
        };
        let refusal = Self::from(Reason::CardHeldBack);
        if found.is_empty() {
            return refusal;
        }
        Self {
            about: Some(names.join("、")), by, by_other_law, way: Some(ways.join("；").into()), ..refusal
        }
    }
}
