//! What one officer proposed and another has to decide or to carry out, and what of it was not agreed to: a projection of the holders' files,
//! with only what concerns somebody in it.

use crate::engine::Write;
use crate::sql;
use crate::table::{named, row};
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::bank_change::BankChangeState;
use kaguan_domain::facts::card::Card;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::restriction::CaseState;
use kaguan_domain::ids::{BankCode, CardId, HolderId};

/// What has to be decided.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Examination {
    /// 审核限制
    Restriction,
    /// 原银行审核
    BankChange,
    /// 变更服务银行现场办理: the old bank has agreed, and the new one is to carry it out.
    AgreedChange,
    /// 变更服务银行预约, as the new bank took it: the old bank has not answered.
    WishedChange,
    /// The same that the old bank did not agree to, or that lapsed: the new bank goes through it with the holder.
    FailedChange,
}

named! { Examination }

impl Examination {
    /// All, for reading stored names.
    pub const ALL: &[Self] =
        &[Self::Restriction, Self::BankChange, Self::AgreedChange, Self::WishedChange, Self::FailedChange];

    /// The stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Restriction => "restriction",
            Self::BankChange => "bank_change",
            Self::AgreedChange => "agreed_change",
            Self::WishedChange => "wished_change",
            Self::FailedChange => "failed_change",
        }
    }

    /// Reads a stable name.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|which| which.code() == code)
    }
}

row! {
    /// A card about which somebody has to decide or is told something, of whose bank that is to be; `at` is when it was proposed, agreed to, or
    /// not agreed to.
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
        // Of the new bank, in the city of the card.
        let of_new = |kind, to: &BankCode, card: &Card, at| Self {
            bank: to.as_str().to_owned(),
            ..row(kind, card, at)
        };
        if let Some((b, card)) = change {
            rows.extend(match b.state {
                BankChangeState::Reserved => vec![
                    row(Examination::BankChange, card, b.reserved_at),
                    of_new(Examination::WishedChange, &b.to, card, b.reserved_at),
                ],
                BankChangeState::Approved { at } => vec![of_new(Examination::AgreedChange, &b.to, card, at)],
                BankChangeState::CarriedOut { .. } => Vec::new(),
            });
        } else if let Some((ended, card)) = file.failed_change() {
            rows.push(of_new(Examination::FailedChange, &ended.to, card, ended.ended_at));
        }
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
