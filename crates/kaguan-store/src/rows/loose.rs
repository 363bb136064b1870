//! Cards that nobody has enabled and that lie in no box, by the outlet that answers for them: a projection of the holders' files, from
//! which the lists of an outlet are read without opening a card.

use crate::engine::Write;
use crate::sql;
use crate::table::row;
use jiff::civil::Date;
use kaguan_domain::facts::card::{Card, Social};
use kaguan_domain::facts::custody::Custody;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::names::CustodyKind;
use kaguan_domain::ids::{CardId, HolderId, OrgId};
use kaguan_domain::recall::listed_overdue_outside_on;

row! {
    /// `outlet` is where it is collected, `overdue` the first day on which it stands among the overdue ones; `comes_back` when the carrier
    /// brings it back.
    LooseRow in "loose_card" [holder_id: HolderId, card_id: CardId] {
        city: String,
        outlet: OrgId,
        bank: String,
        custody: CustodyKind,
        comes_back: bool,
        overdue: Option<Date>,
    }

    /// A card in a part of a list, by its file.
    LooseKey in "loose_card" [holder_id: HolderId, card_id: CardId] {}
}

impl LooseRow {
    /// Those of a file.
    pub(crate) fn of(file: &HolderFile) -> Vec<Self> {
        let is_loose = |c: &&Card| match c.custody {
            Custody::AtOutlet { .. }
            | Custody::InPost { .. }
            | Custody::Missing { .. }
            | Custody::Recalled { .. } => c.social == Social::NotEnabled,
            Custody::InBox { .. } | Custody::WithHolder { .. } | Custody::Destroyed { .. } => false,
        };
        let row = |c: &Card| Self {
            holder_id: file.id,
            card_id: c.id,
            city: c.city.as_str().to_owned(),
            outlet: file.application(c.application).map_or(OrgId(0), |a| a.collect_at),
            bank: c.bank.as_str().to_owned(),
            custody: c.custody.kind(),
            comes_back: c.custody.is_returning().is_some(),
            overdue: listed_overdue_outside_on(c),
        };
        file.cards.iter().filter(is_loose).map(row).collect()
    }

    /// What there is since a file was loaded, and the statement that takes away what is not there any more.
    pub(crate) fn changed(file: &HolderFile, before: Option<&HolderFile>) -> (Vec<Self>, Option<Write>) {
        let earlier = before.map(Self::of).unwrap_or_default();
        let now = Self::of(file);
        let left = earlier.iter().filter(|e| !now.iter().any(|n| n.card_id == e.card_id));
        let left: Vec<i64> = left.map(|row| row.card_id.0).collect();
        let gone = (!left.is_empty())
            .then(|| Write::one(&sql::LOOSE_GONE, vec![file.id.0.into(), left.into()], None));
        (now.into_iter().filter(|n| !earlier.contains(n)).collect(), gone)
    }
}
