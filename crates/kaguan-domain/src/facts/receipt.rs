//! 《广东省社会保障卡业务受理回执》 (Appendix 2): its items and notes, the same for an application and for every business on a card.

use crate::clause;
use crate::ctx::Instant;
use jiff::civil::Date;

/// 注意事项 1 to 3, in the words of Appendix 2.
pub const NOTES: [&str; 3] = [
    "办理卡注销业务的,需凭此回执在到银行网点办理资金清算。",
    "办理服务银行变更换卡的，需凭此到原服务银行网点办理资金转移。",
    "办理情况可通过政务服务网络平台或银行网点查询。",
];

/// One receipt, in the clear: it is the person's own copy.
#[derive(Clone, PartialEq, Eq)]
pub struct BusinessReceipt {
    /// 业务受理日期.
    pub accepted_on: Date,
    /// 网点编号: the outlet's 机构编码, 14 digits.
    pub outlet_code: String,
    /// 业务编号: 申领表编码 of an application, or [`BusinessReceipt::number_of`] a line of the journal.
    pub business_no: String,
    /// 社会保障号.
    pub number: String,
    /// 申请人姓名.
    pub name: String,
    /// 联系电话.
    pub phone: String,
    /// 业务类型, as Appendix 1 lists them.
    pub business: String,
    /// 业务经办单位.
    pub org: String,
    /// 业务经办人.
    pub officer: String,
}

impl BusinessReceipt {
    /// 业务编号 of what has no form's number: day, 网点编号 and the journal's line, which says what was done.
    pub fn number_of(at: Instant, outlet_code: &str, line: i64) -> String {
        format!("{}-{outlet_code}-{line:08}", at.date().strftime("%Y%m%d"))
    }

    /// All items of Appendix 2 in its order: title and text (R8.4, R19.2, X2.1).
    pub fn items(&self) -> Vec<(&'static str, String)> {
        clause!(R8.4);
        clause!(R19.2);
        clause!(X2.1);
        let d = self.accepted_on;
        let notes: Vec<String> =
            NOTES.iter().enumerate().map(|(n, note)| format!("{}.{note}", n + 1)).collect();
        vec![
            ("业务受理日期", format!("{}年{}月{}日", d.year(), d.month(), d.day())),
            ("网点编号", self.outlet_code.clone()),
            ("业务编号", self.business_no.clone()),
            ("社会保障号", self.number.clone()),
            ("申请人姓名", self.name.clone()),
            ("联系电话", self.phone.clone()),
            ("业务类型", self.business.clone()),
            ("注意事项", notes.join("\n")),
            ("业务经办单位（业务章）", self.org.clone()),
            ("业务经办人", self.officer.clone()),
        ]
    }
}

impl std::fmt::Debug for BusinessReceipt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BusinessReceipt({}, {})", self.business_no, self.business)
    }
}
