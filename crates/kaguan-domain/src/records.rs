//! Registers 台账 (Article 12): by production batch, kept five years at least.

use crate::clause;
use jiff::civil::Date;

/// Until when a register of that day must be kept: five years at least (R12.2).
pub fn kept_until(made_on: Date) -> Date {
    clause!(R12.2);
    made_on.checked_add(jiff::Span::new().years(5)).unwrap_or(Date::MAX)
}

/// The columns of the register by production batch, in order (R12.2).
pub const REGISTER_TITLES: [&str; 9] = [
    "批次号",
    "装箱位置",
    "环节",
    "交出方",
    "接收方",
    "张数",
    "时间",
    "签收人或责任人",
    "保管地点或发放方式",
];
