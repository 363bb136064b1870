//! The boxes that an office has to see to.

use crate::rows::batches::BoxBody;
use crate::table::Ask;

/// The boxes that an office keeps and that are for another: it sends them on. At most $3. Whoever keeps them is looked up, not (+) what lies.
pub(crate) static BOX_TO_SEND_ON: Ask<BoxBody> = Ask::new(
    "BOX_TO_SEND_ON",
    "SELECT {columns} FROM box WHERE keeper = $1 AND +to_org IS NULL AND outlet <> $2 LIMIT $3",
);

/// The boxes of a city, or of any, in which a count ever found too few or too many; whether it is settled the box says. The index box_differing
/// has these and no others, and the join begins with it.
pub(crate) static BOX_DIFFERING: Ask<BoxBody> = Ask::new(
    "BOX_DIFFERING",
    "SELECT {columns:b} FROM box b CROSS JOIN batch f WHERE f.batch_id = b.batch_id AND replace(b.body, '\"differences\":', '') <> b.body AND f.city >= $1 AND f.city <= $2 ORDER BY b.batch_id, b.box_id",
);
