//! 导出审计日志: lines of the journal that left the system.

use serde::{Deserialize, Serialize};

/// 导出审计日志: a file that left the system.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ExportJournal {
    /// How many lines are in it.
    pub lines: u32,
    /// SM3 of the file behind its first line, hexadecimal.
    pub digest: String,
    /// Which lines were asked for, in words.
    pub asked: String,
}
