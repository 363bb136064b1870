//! One pre-made card 预制卡: allocated, made, in use, used, or spoiled and never used again (R36.1, R36.3).

use crate::ctx::Instant;
use crate::facts::account::BlankAccount;
use crate::facts::claim::Claim;
use crate::facts::custody::{CustodyEntry, Party, in_stock};
use crate::facts::failure::{RowFailure, SentField};
use crate::ids::{ApplicationId, BlankId, CardId, CardNumber, ChipIdentifier, OrgId, ResetInformation};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A card as it was made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MadeBlank {
    pub account: BlankAccount,
    /// 卡识别码.
    pub chip: ChipIdentifier,
    /// 卡复位信息.
    pub reset: ResetInformation,
    /// The day on which it was made; the day of issue is that on which somebody gets it.
    pub made_on: Date,
    /// 装箱位置.
    pub r#box: String,
}

impl MadeBlank {
    /// The numbers that are whoever's the card is.
    pub fn claims(&self, card_no: &CardNumber) -> Vec<Claim> {
        let account = &self.account.bank;
        let numbers = [
            Claim::card_number(card_no),
            Claim::bank_card_number(&account.bank_card_no),
            Claim::chip(&self.chip),
        ];
        numbers.into_iter().chain(account.claim()).collect()
    }
}

/// Whose stock a card was used from (R36.1).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct UsedIn {
    /// The outlet that made it somebody's.
    pub outlet: OrgId,
    /// 装箱位置.
    pub r#box: String,
}

/// How far a card is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlankState {
    /// Its number is generated; nobody has answered for it.
    Generated,
    /// The bank did not allocate an account; its number is given to nobody else.
    AllocationFailed { failure: RowFailure, at: Instant },
    /// The bank allocated an account.
    Allocated {
        /// It.
        account: BlankAccount,
        at: Instant,
    },
    /// The vendor could not make it.
    MakingFailed { failure: RowFailure, at: Instant },
    /// Made: in stock.
    Made {
        /// As it is.
        made: MadeBlank,
        at: Instant,
    },
    /// A counter prints and writes it for somebody.
    InUse {
        /// As it is.
        made: MadeBlank,
        application: ApplicationId,
        at: Instant,
    },
    /// It is somebody's card.
    Used {
        /// Whose card it is now.
        card: CardId,
        at: Instant,
        /// Where it was used; nothing of a card that was used in earlier days.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<UsedIn>,
    },
    /// It is nobody's, and never will be.
    Spoiled {
        failure: RowFailure,
        at: Instant,
        /// 装箱位置 that it was written off from in stock; nothing of one that failed at a counter, and of earlier days.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        r#box: String,
        /// Who found it after it was missing, and keeps it since; nothing of one that was not, and of one that is missing still.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        found: Option<OrgId>,
    },
}

impl BlankState {
    /// As it is to be expected in a database that stored it before it was said where a card was used (until schema 34).
    pub fn as_stored(&self, stored: &Self) -> Self {
        if let (Self::Used { card, at, .. }, Self::Used { of: None, .. }) = (self, stored) {
            return Self::Used { card: *card, at: *at, of: None };
        }
        self.clone()
    }

    /// The Chinese term.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Generated => "已生成数据",
            Self::AllocationFailed { .. } => "分配账户失败",
            Self::Allocated { .. } => "已分配账户",
            Self::MakingFailed { .. } => "生产失败",
            Self::Made { .. } => "在库",
            Self::InUse { .. } => "即时制卡中",
            Self::Used { .. } => "已制成社保卡",
            Self::Spoiled { .. } => "已作废",
        }
    }
}

/// A card with its version.
#[derive(Clone, PartialEq, Debug)]
pub struct BlankFile {
    pub id: BlankId,
    /// Version; 0 before it is stored.
    pub version: i64,
    pub state: BlankState,
}

impl BlankFile {
    /// A card that nobody has answered for.
    pub fn new(id: BlankId) -> Self {
        Self { id, version: 0, state: BlankState::Generated }
    }

    /// Applies one event.
    pub fn apply(&mut self, event: &BlankEvent, at: Instant) {
        use BlankEvent as E;
        let made = match &self.state {
            BlankState::Made { made, .. } | BlankState::InUse { made, .. } => Some(made.clone()),
            BlankState::Generated
            | BlankState::AllocationFailed { .. }
            | BlankState::Allocated { .. }
            | BlankState::MakingFailed { .. }
            | BlankState::Used { .. }
            | BlankState::Spoiled { .. } => None,
        };
        let next = match event {
            E::Allocated { account, .. } => Some(BlankState::Allocated { account: account.clone(), at }),
            E::AllocationFailed { failure } => {
                Some(BlankState::AllocationFailed { failure: failure.clone(), at })
            }
            E::Made { chip, reset, made_on, r#box } => {
                let BlankState::Allocated { account, .. } = &self.state else { return };
                let made = MadeBlank {
                    account: account.clone(),
                    chip: chip.clone(),
                    reset: reset.clone(),
                    made_on: *made_on,
                    r#box: r#box.clone(),
                };
                Some(BlankState::Made { made, at })
            }
            E::MakingFailed { failure, .. } => {
                Some(BlankState::MakingFailed { failure: failure.clone(), at })
            }
            E::Begun { application } => {
                made.map(|made| BlankState::InUse { made, application: *application, at })
            }
            E::Returned => made.map(|made| BlankState::Made { made, at }),
            E::Used { card, outlet } => {
                let of = made.zip(*outlet).map(|(made, outlet)| UsedIn { outlet, r#box: made.r#box });
                Some(BlankState::Used { card: *card, at, of })
            }
            E::Spoiled { failure, r#box, .. } => {
                Some(BlankState::Spoiled { failure: failure.clone(), at, r#box: r#box.clone(), found: None })
            }
            E::Corrected { chip, reset, made_on, r#box, .. } => {
                if let BlankState::Made { made, at: since } = &mut self.state {
                    made.chip = chip.clone().unwrap_or_else(|| made.chip.clone());
                    (made.reset, made.made_on, made.r#box) = (reset.clone(), *made_on, r#box.clone());
                    *since = at;
                }
                None
            }
            E::Found { org, .. } => {
                if let BlankState::Spoiled { found, .. } = &mut self.state {
                    *found = Some(*org);
                }
                None
            }
        };
        if let Some(next) = next {
            self.state = next;
        }
    }
}

/// What happened to one card.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlankEvent {
    /// The bank allocated an account.
    Allocated {
        /// 社保卡卡号.
        card_no: CardNumber,
        account: BlankAccount,
    },
    /// The bank did not, or changed what it must not change.
    AllocationFailed { failure: RowFailure },
    /// The vendor made it.
    Made {
        /// 卡识别码.
        chip: ChipIdentifier,
        /// 卡复位信息.
        reset: ResetInformation,
        made_on: Date,
        /// 装箱位置.
        r#box: String,
    },
    /// The vendor did not, or changed what it must not change.
    MakingFailed {
        failure: RowFailure,
        /// 卡识别码 that the card had before it was put right as failed: it is nobody's again. Nothing of a card that had none, where another
        /// card got it in the same return, and in lines of earlier days.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gave_up: Option<ChipIdentifier>,
    },
    /// The vendor put right what it had sent back of a card that it made, for the province found the return wrong.
    Corrected {
        /// 卡识别码, where it is another one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        chip: Option<ChipIdentifier>,
        /// 卡复位信息.
        reset: ResetInformation,
        made_on: Date,
        /// 装箱位置.
        r#box: String,
        /// Whether the chip was another card's of the order, which was put right with it: it is no new number.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        traded: bool,
        /// 卡识别码 that it had and has no more, as in [`Self::MakingFailed`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gave_up: Option<ChipIdentifier>,
    },
    /// A counter began to print it for somebody.
    Begun { application: ApplicationId },
    /// Nothing was written on it: it lies in stock again.
    Returned,
    /// It became somebody's card.
    Used {
        /// Whose card it is now.
        card: CardId,
        /// The outlet where it was made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outlet: Option<OrgId>,
    },
    /// It will never be used.
    Spoiled {
        /// Who kept it.
        org: OrgId,
        failure: RowFailure,
        /// Who it is missing from, when it was not there to be spoiled.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        missing_from: Option<Party>,
        /// Who answers for it, where that is not whoever it is missing from: its box was signed for with the shortage that it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answers: Option<Party>,
        /// 装箱位置 that it is written off from in stock; nothing at a counter, and in lines of earlier days.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        r#box: String,
    },
    /// One that was missing was found: it is not used again, and whoever found it keeps it.
    Found {
        /// Who found it.
        org: OrgId,
        /// Where and how.
        account: String,
        /// Who it was missing from.
        missing_from: Party,
    },
}

impl BlankEvent {
    /// The fields that a partner changed and must not, so that its row failed (X7.2); none for any other event.
    pub fn changed_fields(&self) -> &[SentField] {
        let (Self::AllocationFailed { failure } | Self::MakingFailed { failure, .. }) = self else {
            return &[];
        };
        failure.changed_fields()
    }

    /// Whether the event carries account numbers, so that the journal stores it encrypted.
    pub fn is_personal(&self) -> bool {
        match self {
            Self::Allocated { .. } => true,
            Self::AllocationFailed { .. }
            | Self::Made { .. }
            | Self::MakingFailed { .. }
            | Self::Corrected { .. }
            | Self::Begun { .. }
            | Self::Returned
            | Self::Used { .. }
            | Self::Spoiled { .. }
            | Self::Found { .. } => false,
        }
    }

    /// The numbers that it makes the card's.
    pub fn claims(&self) -> Vec<Claim> {
        match self {
            Self::Allocated { card_no, account } => {
                let numbers =
                    [Claim::card_number(card_no), Claim::bank_card_number(&account.bank.bank_card_no)];
                numbers.into_iter().chain(account.bank.claim()).collect()
            }
            Self::Made { chip, .. } => vec![Claim::chip(chip)],
            Self::Corrected { chip, traded: false, .. } => chip.iter().map(Claim::chip).collect(),
            Self::AllocationFailed { .. }
            | Self::MakingFailed { .. }
            | Self::Corrected { traded: true, .. }
            | Self::Begun { .. }
            | Self::Returned
            | Self::Used { .. }
            | Self::Spoiled { .. }
            | Self::Found { .. } => Vec::new(),
        }
    }

    /// The number that it makes nobody's: a chip that was written down for this card, and is none of its (R36.1).
    pub fn gives_back(&self) -> Option<Claim> {
        match self {
            Self::Corrected { gave_up, .. } | Self::MakingFailed { gave_up, .. } => {
                gave_up.as_ref().map(Claim::chip)
            }
            Self::Allocated { .. }
            | Self::AllocationFailed { .. }
            | Self::Made { .. }
            | Self::Begun { .. }
            | Self::Returned
            | Self::Used { .. }
            | Self::Spoiled { .. }
            | Self::Found { .. } => None,
        }
    }

    /// What it does to the books of stock. A card that became somebody's is entered by the holder's event.
    pub fn entries(&self) -> Vec<CustodyEntry> {
        match self {
            Self::Spoiled { missing_from: Some(keeper), .. } => in_stock(keeper, &Party::Missing, 1),
            Self::Spoiled { org, .. } => in_stock(&Party::Org(*org), &Party::Destroyed, 1),
            // It is spoiled from now on, as one that was damaged is.
            Self::Found { .. } => in_stock(&Party::Missing, &Party::Destroyed, 1),
            Self::Allocated { .. }
            | Self::AllocationFailed { .. }
            | Self::Made { .. }
            | Self::MakingFailed { .. }
            | Self::Corrected { .. }
            | Self::Begun { .. }
            | Self::Returned
            | Self::Used { .. } => Vec::new(),
        }
    }
}
