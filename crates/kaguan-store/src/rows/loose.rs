//! Cards that nobody has enabled, by the outlet that has them or has to see to them: those that lie in no box, and those in a box that are to
//! be posted to their holders; and those in use that are to be given back to them (发还), or are missing; and those at their end that an
//! office or the post has, that were confiscated, or cleaned and given back, whose account is still to be closed, or that are to be destroyed. A
//! projection of the holders' files, from which the lists of an outlet are read without opening a card.

use super::changed;
use crate::engine::Write;
use crate::queries::{Again, Owed};
use crate::sql;
use crate::table::row;
use jiff::civil::Date;
use kaguan_domain::cancellation::is_keepers_to_cancel;
use kaguan_domain::collection::waits_to_be_posted;
use kaguan_domain::distribution::{PassedOn, passed_on};
use kaguan_domain::facts::card::{Card, Social};
use kaguan_domain::facts::custody::Custody;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::names::CustodyKind;
use kaguan_domain::ids::{BatchId, BoxId, CardId, HolderId, OrgId};
use kaguan_domain::recall::{
    belongs_to_its_bank, is_to_be_closed, is_to_be_destroyed, is_to_be_given_back, is_to_be_offered,
    is_to_be_withdrawn, listed_overdue_outside_on, stranded_on, waits_for_data, waits_given_back,
};

row! {
    /// `outlet` keeps it, posted it or took it back; of what is missing or in a box it is where the card is collected. `overdue` is the first
    /// day on which it stands among the overdue ones, after its second offer when it was offered `again`, or, taken back, among the stranded
    /// ones (逾期且滞留); `comes_back` when the carrier brings it back. `again` is a code of [`Again`], or 0.
    /// `to_post` is a card that waits to be posted (邮递上门), and `box_id` the box of its batch that it lies in, 0 for none. `passed_on` is who
    /// would sign for it where another office keeps it than the outlet of its holder ([`PassedOn`]), or empty. `owed` is the sum of the
    /// codes of [`Owed`].
    LooseRow in "loose_card" [holder_id: HolderId, card_id: CardId] {
        city: String,
        outlet: OrgId,
        bank: String,
        custody: CustodyKind,
        comes_back: bool,
        overdue: Option<Date>,
        again: i64,
        to_post: bool,
        batch_id: BatchId,
        box_id: BoxId,
        passed_on: String,
        owed: i64,
    }

    /// A card in a part of a list, by its file.
    LooseKey in "loose_card" [holder_id: HolderId, card_id: CardId] {}

    /// How many there are of those that are asked for, at most so many.
    CardsCounted in "loose_card" [n: i64] {}
        ; unvouched "counted in the database: a row whose columns were changed is named by check"

    /// How many cards of a city that an office has singly are alike: whether they are on their way, the last day of taking them back, and
    /// that of their application's clock while it runs.
    SinglesAlike in "loose_card" [outlet: OrgId, city: String] {
        waits: bool,
        recall_due: Option<Date>,
        due: Option<Date>,
        n: i64,
    }; unvouched "counted in the database: a row whose columns were changed is named by check"

    /// How many cards of a city, whose second offer is over, an office keeps or has posted.
    OfferedAlike in "loose_card" [city: String, custody: CustodyKind, outlet: OrgId] { n: i64 }
        ; unvouched "summed in the database: check looks at each row"
}

/// Who has a card that lies in no box, or has to see to it.
pub(crate) fn outlet_of(file: &HolderFile, card: &Card) -> OrgId {
    match &card.custody {
        Custody::AtOutlet { org } | Custody::Recalled { org, .. } => *org,
        Custody::InPost { from, .. } => *from,
        Custody::InBox { .. }
        | Custody::Missing { .. }
        | Custody::WithHolder { .. }
        | Custody::Destroyed { .. } => file.application(card.application).map_or(OrgId(0), |a| a.collect_at),
    }
}

/// How it comes to its holder again, or to its end.
fn again(card: &Card) -> Option<Again> {
    if is_to_be_destroyed(card) {
        return Some(Again::Destroyed);
    }
    if is_to_be_closed(card) {
        return Some(Again::Closed);
    }
    if is_to_be_withdrawn(card) {
        return Some(Again::Withdrawn);
    }
    if is_keepers_to_cancel(card) {
        return Some(Again::Confiscated);
    }
    if is_to_be_given_back(card) || waits_given_back(card) {
        return Some(Again::GivenBack);
    }
    if is_to_be_offered(card) {
        return Some(Again::ToOffer);
    }
    card.offered_again.map(|_| Again::SecondOffer)
}

/// What has to be done with it, as the sum of codes.
fn owed(card: &Card) -> i64 {
    let stranded = stranded_on(card).is_some();
    let has = |what: &Owed| match what {
        Owed::Data => waits_for_data(card),
        Owed::Storing => belongs_to_its_bank(card),
        Owed::Balance => stranded && !card.is_known_empty(),
        Owed::Cancelling => stranded && card.is_known_empty(),
    };
    Owed::ALL.into_iter().filter(has).map(Owed::code).sum()
}

impl LooseRow {
    /// Those of a file.
    pub(crate) fn of(file: &HolderFile) -> Vec<Self> {
        let is_listed = |c: &&Card| match c.custody {
            Custody::AtOutlet { .. } => {
                c.social == Social::NotEnabled || waits_given_back(c) || is_to_be_withdrawn(c)
            }
            // Whatever became of it since: whoever posted it answers for it.
            Custody::InPost { .. } => true,
            Custody::Recalled { .. } => {
                c.social == Social::NotEnabled
                    || is_to_be_given_back(c)
                    || is_to_be_withdrawn(c)
                    || is_to_be_destroyed(c)
                    || is_to_be_closed(c)
                    || is_keepers_to_cancel(c)
            }
            Custody::Missing { .. } => !c.is_cancelled(),
            Custody::InBox { .. } => waits_to_be_posted(file, c),
            Custody::WithHolder { .. } => is_to_be_closed(c),
            Custody::Destroyed { .. } => false,
        };
        let row = |c: &Card| Self {
            holder_id: file.id,
            card_id: c.id,
            city: c.city.as_str().to_owned(),
            outlet: outlet_of(file, c),
            bank: c.bank.as_str().to_owned(),
            custody: c.custody.kind(),
            comes_back: c.custody.is_returning().is_some(),
            overdue: listed_overdue_outside_on(c).or(stranded_on(c)),
            again: again(c).map_or(0, Again::code),
            to_post: waits_to_be_posted(file, c),
            batch_id: c.batch,
            box_id: c.custody.lies_in().unwrap_or(BoxId(0)),
            passed_on: passed_on(file, c).as_ref().map_or(String::new(), PassedOn::code),
            owed: owed(c),
        };
        file.cards.iter().filter(is_listed).map(row).collect()
    }

    /// What there is since a file was loaded, and the statement that takes away what is not there any more.
    pub(crate) fn changed(file: &HolderFile, before: Option<&HolderFile>) -> (Vec<Self>, Option<Write>) {
        changed(
            (file, before),
            Self::of,
            |a, b| a.card_id == b.card_id,
            (&sql::LOOSE_GONE, |row| row.card_id.0),
        )
    }
}
