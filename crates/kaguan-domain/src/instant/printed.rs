//! 广东省社会保障卡预制卡申请表 (Appendix 5) as it is printed for three parties.

use crate::clause;
use crate::codes;
use crate::facts::blank_order::BlankOrder;
use crate::ids::BankCode;

/// 抄送单位 in the words of the form, “…银行广东省分行”. A bank whose name does not end so, as that of 农信社, has no such branch in the
/// regulation: its name stands alone.
fn copied_to(bank: &BankCode) -> String {
    let name = bank.name();
    if name.ends_with("银行") { format!("{name}广东省分行") } else { name.to_owned() }
}

/// The form's lines in its order: title and text. One order is one line of the table, for different banks and vendors are
/// ordered separately; signatures and dates are left to be written by hand.
pub fn order_items(order: &BlankOrder) -> Vec<(&'static str, String)> {
    clause!(X5.1);
    let city =
        codes::cities().find(|c| c.code.starts_with(order.city.as_str())).map_or("", |c| c.name.as_str());
    let vendor = codes::vendors().find(|v| v.code == order.vendor.as_str()).map_or("", |v| v.name.as_str());
    vec![
        ("批次", order.number.clone()),
        ("申请单位", format!("{city}人社局信息中心（市卡管机构）")),
        ("银行", order.bank.name().into()),
        ("制卡商", vendor.into()),
        ("数量", order.quantity.to_string()),
        ("备注", order.note.clone()),
        ("申请单位经办人（签字、盖章）", String::new()),
        ("审核单位", "广东省人力资源和社会保障厅政务服务中心".into()),
        ("审核单位经办人（签字、盖章）", String::new()),
        ("抄送单位", copied_to(&order.bank)),
        ("抄送单位经办人（签字、盖章）", String::new()),
    ]
}
