//! The cards of the lists that an office works through, and how many there are: each question stands here once and is asked in both ways, so
//! that a count is of what the list has. $1 is the most of them, $2 and $3 the card after which it goes on; the rest is its own.

use crate::rows::loose::{CardsCounted, LooseKey};
use crate::rows::people::CardKey;
use crate::rows::under_way::TakenOut;
use crate::table::Ask;

/// `LISTED, COUNTED: Row = [FROM … WHERE …] by "the column of the file"`. With a plus before it the column is sorted by and not looked up
/// by: those are few whom the rest finds.
macro_rules! questions {
    ($($(#[$doc:meta])* $listed:ident, $counted:ident: $Row:ident = [$($from:tt)+] by $holder:literal;)*) => {$(
        $(#[$doc])*
        pub(crate) static $listed: Ask<$Row> = Ask::new(stringify!($listed), concat!(
            "SELECT {columns} FROM ", $($from)+, " AND (", $holder, ", card_id) > ($2, $3) ORDER BY ", $holder, ", card_id LIMIT $1"
        ));
        pub(crate) static $counted: Ask<CardsCounted> = Ask::new(stringify!($counted), concat!(
            "SELECT count(*) AS n FROM (SELECT 1 FROM ", $($from)+, " AND (", $holder, ", card_id) > ($2, $3) LIMIT $1) g"
        ));
    )*};
}

/// What is asked of cards outside boxes wherever they lie: who has them; of a bank, or of any but one; those that come back by post; those that
/// are overdue on a day, or not yet on another; those of which this becomes, NULL means any but those that are to be destroyed
/// (again = 3) and those whose account is to be closed (again = 7); those with which this has to be done.
macro_rules! outside_boxes {
    () => {
        "custody = $4 AND (bank = $5 OR $5 IS NULL) AND (comes_back = $6 OR $6 IS NULL) AND (overdue <= $7 OR $7 IS NULL) AND (overdue > $8 OR $8 IS NULL) AND (again = $9 OR ($9 IS NULL AND again NOT IN (3, 7))) AND ((owed & $10) <> 0 OR $10 IS NULL) AND (bank <> $11 OR $11 IS NULL)"
    };
}

questions! {
    /// Cards outside boxes that somebody has to see to: of an outlet, of a city, or any.
    LOOSE_OUTLET, LOOSE_OUTLET_COUNT: LooseKey = ["loose_card WHERE outlet = $12 AND ", outside_boxes!()] by "holder_id";
    LOOSE_CITY, LOOSE_CITY_COUNT: LooseKey = ["loose_card WHERE city = $12 AND ", outside_boxes!()] by "holder_id";
    LOOSE_ANY, LOOSE_ANY_COUNT: LooseKey = ["loose_card WHERE ", outside_boxes!()] by "holder_id";
    /// Those of some offices that come to their end, by what becomes of them, of a bank or of any: they are few wherever much is kept.
    LOOSE_ENDING_AT, LOOSE_ENDING_AT_COUNT: LooseKey = ["loose_card WHERE outlet {in:4} AND again = $5 AND again > 2 AND (bank = $6 OR $6 IS NULL)"] by "+holder_id";
    /// Those of a city and a bank that are to be kept by it (owed has 2) and lie anywhere but at some offices.
    LOOSE_ELSEWHERE, LOOSE_ELSEWHERE_COUNT: LooseKey = ["loose_card WHERE city = $4 AND custody = $5 AND bank = $6 AND NOT (outlet {in:7}) AND (owed & 2) <> 0"] by "holder_id";
    /// Cards that an outlet has to post, in a box that lies there or outside one, of a bank or of any: what still comes to it is passed over.
    LOOSE_TO_POST, LOOSE_TO_POST_COUNT: LooseKey = ["loose_card WHERE outlet = $4 AND to_post = 1 AND (bank = $5 OR $5 IS NULL) AND (box_id = 0 OR EXISTS (SELECT 1 FROM box b WHERE b.batch_id = loose_card.batch_id AND b.box_id = loose_card.box_id AND b.keeper = $6 AND b.to_org IS NULL))"] by "holder_id";
    /// Cards at their end in boxes of which it is an office's turn, of a bank or of any: they have no last day.
    RECALLS_IN_BOXES_OF, RECALLS_IN_BOXES_OF_COUNT: TakenOut = ["recall WHERE acts = $4 AND due = '' AND (EXISTS (SELECT 1 FROM card k WHERE k.holder_id = recall.holder_id AND k.card_id = recall.card_id AND k.bank = $5) OR $5 IS NULL)"] by "holder_id";
    /// The cards of some boxes that nobody has enabled, of a bank or of any.
    CARDS_NOT_ENABLED, CARDS_NOT_ENABLED_COUNT: CardKey = ["card WHERE box_id {in:4} AND social = 'not_enabled' AND (bank = $5 OR $5 IS NULL)"] by "holder_id";
}
