//! What is taken out of the console as a file: every csv and every workbook is answered here, those of lists, of pictures and of
//! registers.

use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use kaguan_service::reports::Table;

const WORKBOOK: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

fn file(kind: &str, name: &str, bytes: impl IntoResponse) -> Response {
    let head =
        [(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""))];
    (head, bytes).into_response()
}

/// A csv. It begins with a mark that it is UTF-8, without which some programs read another encoding.
pub fn csv(text: &str, name: &str) -> Response {
    file("text/csv; charset=utf-8", &format!("{name}.csv"), format!("\u{feff}{text}"))
}

/// A workbook.
pub fn workbook(table: &Table, name: &str) -> Response {
    match table.xlsx() {
        Ok(bytes) => file(WORKBOOK, &format!("{name}.xlsx"), bytes),
        Err(e) => {
            tracing::error!(%e, "a workbook cannot be made");
            let says = "工作簿未能生成，请改用页面上的表格，并联系系统管理员。";
            (StatusCode::INTERNAL_SERVER_ERROR, says).into_response()
        }
    }
}

/// A table as the kind of file that is asked for, when one is.
pub fn table(table: &Table, name: &str, kind: &str) -> Option<Response> {
    match kind {
        "csv" => Some(csv(&table.csv(), name)),
        "xlsx" => Some(workbook(table, name)),
        _ => None,
    }
}
