//! A box of finished cards on its way (Article 12), and what happens to it.

use crate::ctx::Instant;
use crate::facts::counter::{KeptCopy, Shown};
use crate::facts::custody::{OnTheWay, Party};
use crate::facts::difference::{self, Difference, Settled, Short, Surplus};
use crate::ids::{BoxId, OrgId, UnitId};
use serde::{Deserialize, Serialize};

/// A box as it travels.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BoxFile {
    pub id: BoxId,
    /// 装箱位置.
    pub number: String,
    /// The outlet that it is for.
    pub outlet: OrgId,
    /// The employer that it is for, if for one.
    pub employer: Option<String>,
    /// Cards when it was packed.
    pub cards: i64,
    /// Who keeps it.
    pub keeper: Party,
    /// Where it is going, when it is under way; the keeper answers for it till it is signed for.
    pub on_the_way: Option<OnTheWay>,
    /// When it was last signed for.
    pub last_signed: Instant,
    /// When the province centre shipped it: Article 11's period ends here.
    pub left_province: Option<Instant>,
    /// When its outlet signed for it: Article 7's period ends here.
    pub arrived: Option<Instant>,
    /// What counts found too few or too many in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
    /// 批量领卡材料: what its outlet keeps of the papers on which an employer's operator took it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub papers: Vec<KeptCopy>,
}

/// How a difference of a box that nobody has settled concerns an office; what is more its own comes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Concern {
    /// The box is its own to look into: it keeps it, or gave it to an employer's operator.
    Here,
    /// It answers for what is too few or came too many, and another office has the box.
    Answers,
    /// Neither: it may oversee who does.
    Elsewhere,
}

/// A box set out.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BoxShipped {
    pub r#box: BoxId,
    pub from: Party,
    pub to: OrgId,
    /// 责任人.
    pub responsible: String,
    /// 发放方式.
    pub manner: String,
    /// Tracking number or way-bill.
    pub tracking: String,
    /// Whether this is 省中心寄出.
    pub from_province: bool,
}

/// A box was signed for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BoxReceived {
    pub r#box: BoxId,
    pub from: Party,
    pub to: OrgId,
    /// Cards counted.
    pub counted: i64,
    /// 保管地点.
    pub kept_at: String,
    /// 签收人.
    pub signer: String,
    /// Whether this is the outlet that the box is for.
    pub arrived: bool,
    /// Cards too few.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short: Option<Short>,
    /// Cards too many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub surplus: Vec<Surplus>,
}

/// A difference of a box was looked into.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BoxSettled {
    pub r#box: BoxId,
    /// Who keeps the box.
    pub keeper: Party,
    pub settled: Settled,
    /// What came of it.
    pub account: String,
}

/// A box was handed to an employer's operator.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BoxHandedOver {
    pub r#box: BoxId,
    pub from: OrgId,
    /// To which employer.
    pub employer: String,
    /// Cards counted by both.
    pub counted: i64,
    /// 授权经办人, name.
    pub operator: String,
    /// 单位授权委托书, by its number or what it says of itself.
    pub authorisation: String,
    /// The unit application that the cards were made for; this and what follows is nothing in lines of earlier days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// The operator's document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Shown>,
    /// What is kept of the unit's papers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<KeptCopy>,
}

impl BoxFile {
    /// Cards too few that are neither named nor found.
    pub fn short(&self) -> i64 {
        difference::open_short(&self.differences)
    }

    /// The shortage that a receipt counted, by its time, settled or not.
    pub fn counted_short(&self, at: Instant) -> Option<&Difference> {
        self.differences.iter().find(|d| d.at == at && d.surplus.is_none())
    }

    /// Each card too few that is neither named nor found, the first to be missed first.
    pub fn open_shortages(&self) -> impl Iterator<Item = &Difference> {
        self.differences.iter().flat_map(|d| (0..d.short).map(move |_| d))
    }

    /// What it is bound for: whoever has to sign for it while it is under way, its outlet once it lies there; `None` while whoever keeps it
    /// has to send it on, and when an employer has it.
    pub fn bound_for(&self) -> Option<OrgId> {
        match &self.on_the_way {
            Some(way) => Some(way.to),
            None => (self.keeper == Party::Org(self.outlet)).then_some(self.outlet),
        }
    }

    /// Whose turn it is with what lies in it: whoever has to sign for it, else whoever keeps it; of what an employer has its outlet. Nobody's
    /// while its maker has it.
    pub fn whose_turn(&self) -> Option<OrgId> {
        match (&self.on_the_way, &self.keeper) {
            (Some(way), _) => Some(way.to),
            (None, Party::Org(org)) => Some(*org),
            (None, Party::Employer(_)) => Some(self.outlet),
            (
                None,
                Party::Vendor(_)
                | Party::Holder
                | Party::Post(_)
                | Party::Recalled(_)
                | Party::Destroyed
                | Party::Missing
                | Party::Production(_),
            ) => None,
        }
    }

    /// How what a count found in it and nobody has settled concerns an office; `None` when nothing is open. Whoever has the box settles it,
    /// wherever the cards were lost (R12.3).
    pub fn difference_concerns(&self, org: OrgId) -> Option<Concern> {
        let open = || self.differences.iter().filter(|d| d.is_open());
        open().next()?;
        let here = match &self.keeper {
            Party::Org(keeper) => *keeper == org,
            Party::Employer(_) => self.outlet == org,
            Party::Vendor(_)
            | Party::Holder
            | Party::Post(_)
            | Party::Recalled(_)
            | Party::Destroyed
            | Party::Missing
            | Party::Production(_) => false,
        };
        let answers = open().any(|d| d.answers == Party::Org(org));
        Some(match (here, answers) {
            (true, _) => Concern::Here,
            (false, true) => Concern::Answers,
            (false, false) => Concern::Elsewhere,
        })
    }

    /// A difference is looked into.
    pub(super) fn settle(&mut self, e: &BoxSettled) {
        difference::settle(&mut self.differences, &e.settled);
    }

    /// Every card of it went to the applicants themselves: nothing is left to ship.
    pub(super) fn empty(&mut self, at: Instant) {
        self.left_province.get_or_insert(at);
        self.arrived.get_or_insert(at);
    }

    /// It sets out: whoever keeps it answers for it till it is signed for.
    pub(super) fn ship(&mut self, e: &BoxShipped, at: Instant) {
        self.on_the_way = Some(OnTheWay {
            to: e.to,
            since: at,
            tracking: e.tracking.clone(),
            responsible: e.responsible.clone(),
            manner: e.manner.clone(),
        });
        if e.from_province {
            self.left_province.get_or_insert(at);
        }
    }

    /// It is signed for.
    pub(super) fn receive(&mut self, e: &BoxReceived, at: Instant) {
        let to = Party::Org(e.to);
        self.differences.extend(difference::found(at, &e.from, &to, e.short.as_ref(), &e.surplus));
        self.on_the_way = None;
        self.keeper = to;
        self.cards = e.counted;
        self.last_signed = at;
        if e.arrived {
            self.arrived.get_or_insert(at);
        }
    }

    /// An employer's operator takes it.
    pub(super) fn hand_over(&mut self, e: &BoxHandedOver, at: Instant) {
        self.keeper = Party::Employer(e.employer.clone());
        self.papers.extend(e.copies.iter().cloned());
        self.last_signed = at;
    }
}
