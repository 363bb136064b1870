//! Registers 台账 (Article 12), by production batch, kept five years at least; looks at a file (Article 39); the archive of
//! every case's material (Article 40).

mod archive;
mod lend;

pub use archive::{DestroyMaterial, FileMaterial, destroy, file_material, kept};
pub use lend::{LendPhoto, Show, lend_photo, printed_photo, show, waiting_for};
pub(crate) use lend::{at_work, lend_rows};

use crate::clause;
use crate::ctx::Ctx;
use crate::facts::application::Application;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::ids::MaterialId;
use crate::refusal::{Reason, Refusal};
use crate::rule::Around;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// 查看: somebody wants to see a file in the clear, and says why (R39.1).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Look {
    /// Why: the business that needs it.
    pub reason: String,
    /// The archived material that is opened, when it is not the file itself.
    #[serde(default)]
    pub material: Option<MaterialId>,
}

/// Decides a look: with a reason, for a file that is there; the journal's line is the record.
pub fn look(
    file: &HolderFile,
    command: &Look,
    _ctx: &Ctx,
    _around: Around<'_>,
) -> Result<Vec<HolderEvent>, Refusal> {
    clause!(R39.1);
    let person = file.person.as_ref().ok_or(Reason::NotFound)?;
    if command.material.is_some_and(|id| person.archive.iter().all(|m| m.id != id)) {
        return Err(Refusal::about(Reason::NotFound, "所查档案材料"));
    }
    if command.reason.trim().is_empty() {
        return Err(Refusal::about(Reason::MaterialDefective, "查看明文须填写事由"));
    }
    Ok(vec![HolderEvent::LookedAt { reason: command.reason.clone(), material: command.material }])
}

/// 打印业务受理回执: the receipt and the form of one application are printed in the clear, for the applicant to keep and to sign.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PrintReceipt {
    /// 申领表编码 of the application.
    pub form_no: String,
}

impl PrintReceipt {
    /// The application in a file.
    pub fn application<'a>(&self, file: &'a HolderFile) -> Option<&'a Application> {
        file.applications.iter().find(|a| a.form_no == self.form_no)
    }
}

/// Decides it: nothing is masked on a receipt, so printing one is a look (R39.1).
pub fn print_receipt(
    file: &HolderFile,
    command: &PrintReceipt,
    _ctx: &Ctx,
    _around: Around<'_>,
) -> Result<Vec<HolderEvent>, Refusal> {
    clause!(R39.1);
    command.application(file).filter(|_| file.person.is_some()).ok_or(Reason::NotFound)?;
    Ok(vec![HolderEvent::LookedAt { reason: "打印业务受理回执".into(), material: None }])
}

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
