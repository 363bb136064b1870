//! Tables as workbooks.

use crate::reports::Table;
use rust_xlsxwriter::{Format, Workbook, XlsxError};

impl Table {
    /// The table as a workbook of one sheet, `xlsx`.
    ///
    /// # Errors
    /// When the sheet cannot hold it: a title that a sheet may not have, more than a million rows.
    pub fn xlsx(&self) -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        let bold = Format::new().set_bold();
        let sheet = book.add_worksheet();
        sheet.set_name(self.title)?;
        for (column, head) in (0..).zip(&self.heads) {
            sheet.write_string_with_format(0, column, *head, &bold)?;
        }
        for (row, (texts, numbers)) in (1..).zip(&self.rows) {
            for (column, text) in (0..).zip(texts) {
                sheet.write_string(row, column, text)?;
            }
            for (column, n) in (texts.len() as u16..).zip(numbers) {
                if !n.is_nan() {
                    sheet.write_number(row, column, *n)?;
                }
            }
        }
        sheet.autofit();
        book.save_to_buffer()
    }
}
