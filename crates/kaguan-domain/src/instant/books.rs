//! Who sees which boxes of pre-made cards, and who is told what the books have in them (R36.1): whoever counts a box counts it blind.

use crate::clause;
use crate::facts::blank_order::BlankBox;
use crate::facts::custody::Party;
use crate::facts::institution::Organisation;

/// Whether an organisation is told what the books have in a box of its area: a centre, of one that others keep. Whoever keeps it, or will sign
/// for it, counts it first.
pub fn sees_books(home: &Organisation, b: &BlankBox) -> bool {
    clause!(R36.1);
    !home.kind.is_outlet() && !b.concerns(home.id)
}

/// Whether an organisation sees a box of its area at all: a centre every one; an outlet what lies there or comes there, and that for a
/// difference of which it answers.
pub fn sees_box(home: &Organisation, b: &BlankBox) -> bool {
    clause!(R36.1);
    !home.kind.is_outlet() || b.concerns(home.id) || b.is_answered_for_by(&Party::Org(home.id))
}
