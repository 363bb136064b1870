//! The items of a paper by their titles, as the domain has them, and the cells that show them.

use kaguan_print::{Cell, Run, Shown};

/// Title and text of each item.
pub struct Items(pub Vec<(&'static str, String)>);

impl Items {
    /// What an item says; empty when the paper has no such item.
    pub fn of(&self, title: &str) -> &str {
        self.0.iter().find(|(t, _)| *t == title).map_or("", |(_, text)| text)
    }

    /// Its cell.
    pub fn cell(&self, title: &str) -> Cell {
        Cell::text(title, self.of(title))
    }

    /// Its cell with so many squares, one character each.
    pub fn squares(&self, title: &str, squares: usize) -> Cell {
        let text = Run::of(title, self.of(title));
        Cell { shows: Shown::Squares { text, squares }, ..Cell::text("", "") }
    }

    /// Its title and its cell, which is so many columns wide.
    pub fn both(&self, title: &str, columns: usize) -> [Cell; 2] {
        [Cell::title(title), self.cell(title).wide(columns)]
    }
}
