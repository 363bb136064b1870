//! Cases against a card (Articles 37 and 38).

use crate::clause;
use crate::clause::Clause;
use crate::ctx::Instant;
use crate::ids::{CardId, CaseId};
use serde::{Deserialize, Serialize};

/// How far a case is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseState {
    /// Proposed: nothing is held yet.
    Proposed,
    /// Approved by somebody else: the card is held.
    InForce,
    /// Not approved.
    Rejected,
    /// Put right: the card is not held by this case any more.
    Lifted,
}

impl CaseState {
    /// The Chinese term.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Proposed => "待审核",
            Self::InForce => "限制中",
            Self::Rejected => "未获同意",
            Self::Lifted => "已恢复",
        }
    }
}

/// How a case came to its present state; cases that were decided in earlier days have none.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Ruling {
    pub at: Instant,
    /// Who decided or lifted it.
    pub by: String,
    /// In an officer's words: 行为更正情况 of a case that was lifted, and why one was not approved; nothing of one that was rejected until
    /// November 2026.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// 情形: what was done, as Articles 37 and 38 count it, or as another law does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conduct {
    /// 第三十七条（一）
    Lends,
    /// 第三十七条（二）
    LendsWithLoss,
    /// 第三十八条（一）
    ObtainsByFraud,
    /// 第三十八条（二）
    UsesAnothers,
    /// 第三十八条（三）
    TradesOrUsesForged,
    /// What another law or a court says, written out in the ground.
    OtherLaw,
}

impl Conduct {
    /// All.
    pub const ALL: [Self; 6] = [
        Self::Lends,
        Self::LendsWithLoss,
        Self::ObtainsByFraud,
        Self::UsesAnothers,
        Self::TradesOrUsesForged,
        Self::OtherLaw,
    ];

    /// The stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Lends => "lends",
            Self::LendsWithLoss => "lends_with_loss",
            Self::ObtainsByFraud => "obtains_by_fraud",
            Self::UsesAnothers => "uses_anothers",
            Self::TradesOrUsesForged => "trades_or_uses_forged",
            Self::OtherLaw => "other_law",
        }
    }

    /// The regulation's words, with their place in it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lends => "第三十七条（一）出租、出借、出售、购买社保卡",
            Self::LendsWithLoss => "第三十七条（二）出借社保卡造成专项资金、社会保险基金、补贴资金等损失",
            Self::ObtainsByFraud => "第三十八条（一）使用虚假身份证件或者虚假证明材料骗领社保卡",
            Self::UsesAnothers => "第三十八条（二）冒用、盗用他人社保卡或者使用骗领的社保卡",
            Self::TradesOrUsesForged => {
                "第三十八条（三）出租、出借、出售、购买社保卡，或使用伪造、变造的社保卡"
            }
            Self::OtherLaw => "其他法律法规或司法文书",
        }
    }

    /// The clause by which a restriction for it is proposed, approved and lifted; of another law the first, which is this business.
    pub fn clause(self) -> Clause {
        match self {
            Self::ObtainsByFraud | Self::UsesAnothers | Self::TradesOrUsesForged => clause!(R38.1),
            Self::Lends | Self::LendsWithLoss | Self::OtherLaw => clause!(R37.1),
        }
    }

    /// The clause that a card restricted for it stands under; `None` where another law or a court says so: no article of the regulation does.
    pub fn stands_on(self) -> Option<Clause> {
        match self {
            Self::OtherLaw => None,
            Self::Lends
            | Self::LendsWithLoss
            | Self::ObtainsByFraud
            | Self::UsesAnothers
            | Self::TradesOrUsesForged => Some(self.clause()),
        }
    }

    /// Whether Article 38 names it, the only one that confiscates (第三十八条（四）).
    pub fn may_confiscate(self) -> bool {
        match self {
            Self::ObtainsByFraud | Self::UsesAnothers | Self::TradesOrUsesForged => true,
            Self::Lends | Self::LendsWithLoss | Self::OtherLaw => false,
        }
    }
}

/// What the card of a case itself is: 第三十八条（四） confiscates a false one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardIs {
    /// None of the others.
    Genuine,
    /// 骗领
    ByFraud,
    /// 伪造
    Forged,
    /// 变造
    Altered,
}

impl CardIs {
    /// All.
    pub const ALL: [Self; 4] = [Self::Genuine, Self::ByFraud, Self::Forged, Self::Altered];

    /// The stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Genuine => "genuine",
            Self::ByFraud => "by_fraud",
            Self::Forged => "forged",
            Self::Altered => "altered",
        }
    }

    /// The Chinese words, to stand behind 该卡.
    pub fn name(self) -> &'static str {
        match self {
            Self::Genuine => "不是骗领、伪造、变造的",
            Self::ByFraud => "是骗领的",
            Self::Forged => "是伪造的",
            Self::Altered => "是变造的",
        }
    }

    /// Whether it is taken from whoever has it.
    pub fn is_false(self) -> bool {
        match self {
            Self::Genuine => false,
            Self::ByFraud | Self::Forged | Self::Altered => true,
        }
    }
}

/// What whoever proposed a case states, and whoever approves it approves.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Statement {
    pub conduct: Conduct,
    /// The card that it was proposed against: the case holds every card of the person, and says of this one alone what it is.
    pub card: CardId,
    pub card_is: CardIs,
}

/// One case against a card.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Restriction {
    pub case: CaseId,
    /// The legal ground, as the decision cites it.
    pub ground: String,
    /// What was stated of the conduct and the card; cases of before December 2026 have their ground alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated: Option<Statement>,
    /// Who proposed it.
    pub proposed_by: String,
    pub proposed_at: Instant,
    pub state: CaseState,
    /// The last decision about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ruling: Option<Ruling>,
}

impl Restriction {
    /// Whether the case says of a card that it was obtained by fraud, forged or altered. Those without a statement say it in words.
    pub fn says_false(&self, card: CardId) -> bool {
        match &self.stated {
            Some(s) => s.card == card && s.card_is.is_false(),
            None => ["骗领", "伪造", "变造"].iter().any(|what| self.ground.contains(what)),
        }
    }

    /// The clause by which it is proposed, approved and lifted; of one without a statement the first of both articles.
    pub fn clause(&self) -> Clause {
        self.stated.as_ref().map_or(clause!(R37.1), |s| s.conduct.clause())
    }

    /// The clause that a card under it stands under, told to everybody whom it stops; `None` of another law's or a court's.
    pub fn stands_on(&self) -> Option<Clause> {
        self.stated.as_ref().map_or(Some(clause!(R37.1)), |s| s.conduct.stands_on())
    }

    /// When it is lifted, as a Chinese phrase to stand before who lifts it: a conduct is put right, but what a court has ordered is not.
    pub fn lifted_once(&self) -> &'static str {
        match self.stands_on() {
            Some(_) => "行为更正后",
            None => "该项限制依法解除后",
        }
    }

    /// What whoever lifts it writes down, as its label.
    pub fn lifted_by(&self) -> &'static str {
        match self.stands_on() {
            Some(_) => "行为更正情况",
            None => "限制依法解除情况",
        }
    }

    /// What is stated, as it concerns one of the person's cards, with the ground: what an officer approves, and reads later.
    pub fn said(&self, of: CardId) -> String {
        match &self.stated {
            Some(s) if s.card == of || !s.card_is.is_false() => {
                format!("{}，该卡{}：{}", s.conduct.name(), s.card_is.name(), self.ground)
            }
            Some(s) => format!("{}，该人另一张卡{}：{}", s.conduct.name(), s.card_is.name(), self.ground),
            None => self.ground.clone(),
        }
    }

    /// The case in one line, as it concerns one of the person's cards: its state, what it says, and the days on which it was proposed and
    /// decided.
    pub fn line(&self, of: CardId) -> String {
        let decided = self.ruling.as_ref().map(|r| {
            let day = r.at.date();
            let why = r.reason.as_ref().map(|why| format!("：{why}")).unwrap_or_default();
            match self.state {
                CaseState::Proposed => String::new(),
                CaseState::InForce => format!("，{day}起限制"),
                CaseState::Rejected => format!("，{day}未获同意{why}"),
                CaseState::Lifted => format!("，{day}恢复{why}"),
            }
        });
        let proposed = self.proposed_at.date();
        format!("{}：{}（{proposed}提出{}）", self.state.name(), self.said(of), decided.unwrap_or_default())
    }
}
