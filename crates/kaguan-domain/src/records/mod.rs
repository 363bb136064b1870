//! Registers 台账 (Article 12), by production batch, kept five years at least; looks at a file (Article 39); the archive of
//! every case's material (Article 40).

mod archive;
mod correct;
mod in_batch;
mod ledger;
mod lend;
mod receipt;

pub use archive::{DestroyMaterial, FileMaterial, KEPT_BY, MOST_PAGES, Page, kept};
pub use correct::{CorrectFiling, Filing, Replacement};
pub use in_batch::LookInBatch;
pub use ledger::businesses_of;
pub use lend::{LendPhoto, Show, printed_photo, waiting_for};
pub(crate) use lend::{at_work, lend_rows};
pub use receipt::{PrintBusinessReceipt, business_of, ends_with_receipt, takes_a_form};

use crate::clause;
use crate::counter::is_verified;
use crate::ctx::Actor;
use crate::facts::application::{Application, Stage};
use crate::facts::batch::{Batch, BatchEvent};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::institution::Institutions;
use crate::ids::{MaterialId, OrgId};
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule};
use crate::spelling;
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

impl Rule for Look {
    fn verb(&self) -> Verb {
        Verb::LookAtHolder
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        // A file is looked at wherever its holder comes; its material only where it is kept (R40.1).
        self.material.map_or(Place::Anywhere, |id| filed_at(file, id))
    }

    /// Decides a look: with a reason, for a file that is there; the journal's line is the record. A machine without a clerk looks at the
    /// file of whoever stands before it, and at none of its material.
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R39.1);
        if let Actor::Kiosk(_) = ctx.actor
            && (self.material.is_some() || !is_verified(false, file, ctx))
        {
            return Err(Reason::HolderNotVerified.into());
        }
        let person = file.person.as_ref().ok_or(Reason::NotFound)?;
        if self.material.is_some_and(|id| person.archive.iter().all(|m| m.id != id)) {
            return Err(Refusal::about(Reason::NotFound, "所查档案材料"));
        }
        if spelling::says_nothing(&self.reason) {
            let unsaid = Refusal::about(Reason::MaterialDefective, "查看明文须填写事由");
            return Err(unsaid.by(clause!(R39.1)));
        }
        Ok(vec![HolderEvent::LookedAt { reason: self.reason.clone(), material: self.material }])
    }
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

impl Rule for PrintReceipt {
    fn verb(&self) -> Verb {
        Verb::PrintReceipt
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        // At the outlet that took the application in.
        self.application(file).map_or(Place::Anywhere, |a| Place::At(a.outlet))
    }

    /// Decides it: nothing is masked on a receipt, so printing one is a look (R39.1).
    fn decide(&self, Asked { file, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R39.1);
        self.application(file).filter(|_| file.person.is_some()).ok_or(Reason::NotFound)?;
        Ok(vec![HolderEvent::LookedAt { reason: "打印业务受理回执".into(), material: None }])
    }
}

/// 打印不予受理凭证: the written voucher of a declined application, for the applicant; whoever prints it is journaled.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PrintVoucher {
    /// 申领表编码 of the application.
    pub form_no: String,
}

impl PrintVoucher {
    /// The application in a file: the last one with a form of this number that was declined.
    pub fn application<'a>(&self, file: &'a HolderFile) -> Option<&'a Application> {
        let mut declined =
            file.applications.iter().rev().filter(|a| matches!(a.stage, Stage::Declined { .. }));
        declined.find(|a| a.form_no == self.form_no)
    }
}

impl Rule for PrintVoucher {
    fn verb(&self) -> Verb {
        Verb::PrintVoucher
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        self.application(file).map_or(Place::Anywhere, |a| Place::At(a.outlet))
    }

    /// Decides it: the voucher names the applicant, so printing one is a look (R39.1).
    fn decide(&self, Asked { file, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R8.9);
        self.application(file).filter(|_| file.person.is_some()).ok_or(Reason::NotFound)?;
        Ok(vec![HolderEvent::LookedAt { reason: "打印不予受理凭证".into(), material: None }])
    }
}

/// Until when a register of that day must be kept: five years at least (R12.2).
pub fn kept_until(made_on: Date) -> Date {
    clause!(R12.2);
    made_on.checked_add(jiff::Span::new().years(5)).unwrap_or(Date::MAX)
}

/// 打印发放登记册: it names people, so printing it is a look (R39.1).
pub(crate) fn print_register(
    batch: &Batch,
    org: OrgId,
    rows: i64,
    institutions: &Institutions,
) -> Result<Vec<BatchEvent>, Refusal> {
    clause!(R12.2);
    clause!(R39.1);
    if institutions.org(org).and_then(|o| o.city()).as_ref() != Some(&batch.city) {
        return Err(Reason::OutOfScope.into());
    }
    if rows == 0 {
        return Err(Refusal::about(Reason::NotFound, "该批次中没有本机构发放的成品卡")
            .way("尚未制成的批次，制成后再查看；已制成的，由领卡网点、其县级机构和市卡管机构查看"));
    }
    Ok(vec![BatchEvent::RegisterPrinted { org, rows }])
}

/// The columns of the register of signatures by production batch, in order (R12.2): one row a card.
pub const SIGNATURE_TITLES: [&str; 10] = [
    "批次号",
    "装箱位置",
    "社保卡卡号",
    "姓名",
    "现状",
    "签收日期",
    "发放方式",
    "签收人",
    "签收凭据",
    "登记册保存至",
];

/// The columns of the register of boxes by production batch, in order (R12.2): one row a hop.
pub const TRANSFER_TITLES: [&str; 12] = [
    "批次号",
    "装箱位置",
    "环节",
    "交出方",
    "接收方",
    "张数",
    "时间",
    "责任人",
    "签收人",
    "发放方式",
    "保管地点",
    "说明",
];

/// Where a material is kept.
fn filed_at(file: &HolderFile, id: MaterialId) -> Place {
    let archive = file.person.as_ref().map_or(&[][..], |p| &p.archive);
    archive.iter().find(|m| m.id == id).map_or(Place::Anywhere, |m| Place::At(m.org))
}
