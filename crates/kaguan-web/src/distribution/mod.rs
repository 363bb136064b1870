//! Boxes on their way over four levels, and the registers of batches (Article 12).

use crate::Console;
use crate::pages::Frame;
use kaguan_domain::ids::BatchId;

pub(crate) mod box_tree;
pub(crate) mod boxes;
pub(crate) mod on_the_way;
pub(crate) mod registers;
pub(crate) mod transfers;

/// The batch that a page is asked for: of a typed 批次号, in its one spelling, or else the one that was chosen. The page says when there is
/// no batch of that number, or it could not be looked for.
async fn asked_for(
    console: &Console,
    mut frame: Frame,
    number: &str,
    chosen: &str,
) -> (Frame, Option<BatchId>) {
    if number.is_empty() {
        return (frame, chosen.parse().ok().map(BatchId));
    }
    match console.service.batch_numbered(number).await {
        Ok(Some(found)) => (frame, Some(found)),
        Ok(None) => (frame.wrong("没有这个批次号的制卡批次。请核对批次号后重新查找"), None),
        Err(e) => {
            frame.say(&e);
            (frame, None)
        }
    }
}
