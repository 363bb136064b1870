//! 业务受理回执 of what was done on a card: printed from its line in the journal, whose number alone stands in the address.

use crate::menu::Page;
use crate::records::papers;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/receipts",
    screens: &[],
    doors: |d| {
        d.get("/receipts/business/{line}", papers::business)
            .get("/receipts/business/{line}/pdf", papers::business)
    },
    samples: &[],
};

/// Where the receipt of a line is printed.
pub fn address(line: i64) -> String {
    format!("/receipts/business/{line}")
}
