//! Orders of pre-made cards that few of are.

use crate::rows::blanks::OrderBody;
use crate::table::Ask;

/// The orders of a city that the province ended, newest first. The index blank_order_ended has these and no others.
pub(crate) static BLANK_ORDER_ENDED: Ask<OrderBody> = Ask::new(
    "BLANK_ORDER_ENDED",
    "SELECT {columns} FROM blank_order WHERE city = $1 AND replace(body, '\"ended\":', '') <> body ORDER BY order_id DESC",
);
