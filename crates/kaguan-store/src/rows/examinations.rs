//! What one officer proposed and another has to decide or to carry out: a projection of the holders' files, with only what waits in it.

use crate::engine::Write;
use crate::sql;
use crate::table::{named, row};
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::bank_change::BankChangeState;
use kaguan_domain::facts::card::Card;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::restriction::CaseState;
use kaguan_domain::ids::{CardId, HolderId};

/// What has to be decided.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Examination {
    /// 审核限制
    Restriction,
    /// 原银行审核
    BankChange,
    /// 变更服务银行现场办理: the old bank has agreed, and the new one is to carry it out.
    AgreedChange,
}

named! { Examination }

impl Examination {
    /// All, for reading stored names.
    pub const ALL: &[Self] = &[Self::Restriction, Self::BankChange, Self::AgreedChange];

    /// The stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Restriction => "restriction",
            Self::BankChange => "bank_change",
            Self::AgreedChange => "agreed_change",
        }
    }

    /// Reads a stable name.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|which| which.code() == code)
    }
}

row! {
    /// A card about which somebody has to decide, of whose bank that is to be; `at` is when it was proposed or agreed to.
    ExaminationRow in "examination" [holder_id: HolderId, card_id: CardId, kind: Examination] {
        city: String,
        bank: String,
        at: Instant,
    }
}

impl ExaminationRow {
    /// What waits in a file.
    pub(crate) fn of(file: &HolderFile) -> Vec<Self> {
        let row = |kind, card: &Card, at| Self {
            holder_id: file.id,
            card_id: card.id,
            kind,
            city: card.city.as_str().to_owned(),
            bank: card.bank.as_str().to_owned(),
            at,
        };
        let proposed = |card: &Card| {
            let waits = card.restrictions.iter().filter(|r| r.state == CaseState::Proposed);
            waits.map(|r| r.proposed_at).max().map(|at| row(Examination::Restriction, card, at))
        };
        let mut rows: Vec<Self> = file.cards.iter().filter_map(proposed).collect();
        let change = file.bank_change().and_then(|b| Some((b, file.card(b.old)?)));
        rows.extend(change.and_then(|(b, card)| match b.state {
            BankChangeState::Reserved => Some(row(Examination::BankChange, card, b.reserved_at)),
            BankChangeState::Approved { at } => {
                let bank = b.to.as_str().to_owned();
                Some(Self { bank, ..row(Examination::AgreedChange, card, at) })
            }
            BankChangeState::CarriedOut { .. } => None,
        }));
        rows
    }

    /// What waits since a file was loaded, and the statements that take away what does not wait any more.
    pub(crate) fn changed(file: &HolderFile, before: Option<&HolderFile>) -> (Vec<Self>, Vec<Write>) {
        let earlier = before.map(Self::of).unwrap_or_default();
        let now = Self::of(file);
        let same = |a: &Self, b: &Self| (a.card_id, a.kind) == (b.card_id, b.kind);
        let left = earlier.iter().filter(|e| !now.iter().any(|n| same(n, e)));
        let gone = left.map(|row| {
            let params = vec![row.holder_id.0.into(), row.card_id.0.into(), row.kind.code().into()];
            Write::one(&sql::EXAMINATION_GONE, params, None)
        });
        let gone = gone.collect();
        (now.into_iter().filter(|n| !earlier.contains(n)).collect(), gone)
    }
}
