//! The boxes that an office has to see to.

use crate::rows::batches::BoxBody;
use crate::table::Ask;

/// The boxes that an office keeps and that are for another: it sends them on. At most $3. Whoever keeps them is looked up, not (+) what lies.
pub(crate) static BOX_TO_SEND_ON: Ask<BoxBody> = Ask::new(
    "BOX_TO_SEND_ON",
    "SELECT {columns} FROM box WHERE keeper = $1 AND +to_org IS NULL AND outlet <> $2 LIMIT $3",
);

/// The boxes of a city, or of any, with a difference that a count found and nobody has settled: one in whose text cards are short, or one is too
/// many. The index box_unsettled has these and no others, and the join begins with it.
pub(crate) static BOX_UNSETTLED: Ask<BoxBody> = Ask::new(
    "BOX_UNSETTLED",
    "SELECT {columns:b} FROM box b CROSS JOIN batch f WHERE f.batch_id = b.batch_id AND replace(replace(b.body, '\"short\":0,\"surplus\":null', ''), '\"short\":', '') <> replace(b.body, '\"short\":0,\"surplus\":null', '') AND f.city >= $1 AND f.city <= $2 ORDER BY b.batch_id, b.box_id",
);
