//! Boxes on their way over four levels, and the registers of batches (Article 12).

pub(crate) mod box_tree;
pub(crate) mod boxes;
pub(crate) mod on_the_way;
pub(crate) mod registers;
pub(crate) mod transfers;
