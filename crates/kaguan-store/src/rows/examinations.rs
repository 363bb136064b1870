//! What one officer proposed and another has to decide or to carry out, and what of it was not agreed to: a projection of the holders' files,
//! with only what concerns somebody in it.

use crate::engine::Write;
use crate::sql;
use crate::table::{named, row};
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::bank_change::{BankChangeState, TakenAt};
use kaguan_domain::facts::card::Card;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::restriction::CaseState;
use kaguan_domain::ids::{BankCode, CardId, HolderId, OrgId};

/// What has to be decided.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Examination {
    /// 审核限制
    Restriction,
    /// 原银行审核
    BankChange,
    /// 变更服务银行现场办理: the old bank has agreed, and the new one is to carry it out.
    AgreedChange,
    /// 变更服务银行预约, of the office of the new bank that took it: the old bank has not answered, or has agreed to one of another city's card.
    WishedChange,
    /// The same that the old bank did not agree to, or that lapsed: whoever took it goes through it with the holder.
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

    /// Whose a wish is: of the outlet that took it, or of all outlets of its bank in a city where none did; for the column `bank`.
    pub fn seen_by(bank: &BankCode, outlet: Option<OrgId>) -> String {
        match outlet {
            Some(outlet) => format!("{}@{outlet}", bank.as_str()),
            None => bank.as_str().to_owned(),
        }
    }

    /// Reads a stable name.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|which| which.code() == code)
    }
}

row! {
    /// A card about which somebody has to decide or is told something, of whose bank that is to be, or of the outlet of a bank as
    /// [`Examination::seen_by`] has it; `at` is when it was proposed, agreed to, or not agreed to.
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
        // What was wished is its office's that took it, wherever that is.
        let wished = |kind, (to, taken): (&BankCode, Option<&TakenAt>), card: &Card, at| {
            let city = taken.map_or(&card.city, |t| &t.city).as_str().to_owned();
            Self { bank: Examination::seen_by(to, taken.map(|t| t.org)), city, ..row(kind, card, at) }
        };
        if let Some((b, card)) = change {
            let wish = |at| wished(Examination::WishedChange, (&b.to, b.taken_at.as_ref()), card, at);
            match b.state {
                BankChangeState::Reserved => {
                    rows.push(row(Examination::BankChange, card, b.reserved_at));
                    rows.push(wish(b.reserved_at));
                }
                // Any outlet of the new bank carries it out: those of the card's city see it, and the one that took it elsewhere.
                BankChangeState::Approved { at } => {
                    let bank = b.to.as_str().to_owned();
                    rows.push(Self { bank, ..row(Examination::AgreedChange, card, at) });
                    let away = b.taken_at.as_ref().is_some_and(|t| t.city != card.city);
                    rows.extend(away.then(|| wish(at)));
                }
                BankChangeState::CarriedOut { .. } => {}
            }
        } else if let Some((ended, card)) = file.failed_change() {
            let of = (&ended.to, ended.taken_at.as_ref());
            rows.push(wished(Examination::FailedChange, of, card, ended.ended_at));
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
