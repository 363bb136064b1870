//! 业务受理回执 of what was done on a card: made from the line that the journal has of it (Appendix 2).

use crate::outcome::Failure;
use crate::seen::Seen;
use crate::service::Service;
use crate::work::Command;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Ctx, Instant};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::facts::receipt::BusinessReceipt;
use kaguan_domain::ids::{DeskId, OfficerId, OrgId};
use kaguan_domain::records::{PrintBusinessReceipt, business_of};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_store::Subject;

/// What is handed out after a business on a card.
pub struct PrintedReceipt {
    /// The line of the journal.
    pub line: i64,
    /// 业务受理回执.
    pub receipt: BusinessReceipt,
    /// 《广东省非税收入（电子）票据》 when the business was a payment: title and text.
    pub e_receipt: Vec<(&'static str, String)>,
}

/// Where a business was done that ends with a receipt, and by whom: an officer, who was at that office then wherever he is now, or a
/// machine at which the holder was alone.
pub fn done_at(institutions: &Institutions, actor: &str, at: Instant) -> Option<(OrgId, String)> {
    match actor.split_once(':')? {
        ("officer", id) => {
            let officer = institutions.officer(OfficerId(id.parse().ok()?))?;
            Some((institutions.office_of(officer.id, at)?, officer.name.clone()))
        }
        ("kiosk", id) => {
            let desk = institutions.desk(DeskId(id.parse().ok()?))?;
            Some((desk.outlet, format!("自助服务设施（{}）", desk.name)))
        }
        _ => None,
    }
}

impl Service {
    /// 打印业务受理回执 of a line of the journal: a business that an officer did on somebody's card. Each printing is a look with a
    /// line of its own, at the outlet that did the business, under the name that it had then.
    ///
    /// # Errors
    /// `not_found` for a line that is none, that was refused, or that ends without a receipt.
    pub async fn business_receipt(&self, ctx: Ctx, line: i64) -> Result<Seen<PrintedReceipt>, Failure> {
        clause!(R19.2);
        let none = || Failure::from(Refusal::about(Reason::NotFound, "有回执的业务记录").by(clause!(X2.1)));
        let found = self.store().entries_from(line, 1).await?.pop();
        let entry = found.filter(|e| e.seq == line && e.is_done()).ok_or_else(none)?;
        let business = business_of(&entry.command).ok_or_else(none)?;
        let Some(Subject::Holder(id)) = Subject::parse(&entry.subject) else { return Err(none()) };
        let institutions = self.institutions();
        let at = Instant(entry.at);
        let (org, who) = done_at(&institutions, &entry.actor, at).ok_or_else(none)?;
        let org = institutions.org_as_of(org, at).ok_or_else(none)?;
        let print = PrintBusinessReceipt { line, outlet: org.id };
        let said =
            self.execute(ctx, Command::of(id, HolderCommand::PrintBusinessReceipt(print.clone()))).await?;
        let (file, _) = self.file(id).await?.ok_or_else(none)?;
        let rest = BusinessReceipt {
            accepted_on: at.date(),
            outlet_code: org.code.clone(),
            business_no: BusinessReceipt::number_of(at, &org.code, line),
            number: String::new(),
            name: String::new(),
            phone: String::new(),
            business: business.into(),
            org: org.name.clone(),
            officer: who,
        };
        let receipt = print.receipt(&file, rest).ok_or_else(none)?;
        let paid = |event: &HolderEvent| {
            let HolderEvent::FeePaid { application, .. } = event else { return None };
            file.application(*application)
        };
        let e_receipt = self.store().holder_events(&entry)?.iter().find_map(paid);
        let e_receipt = e_receipt.map(|a| a.fee.e_receipt(&receipt.name)).unwrap_or_default();
        Ok(Seen::journaled(&said, PrintedReceipt { line, receipt, e_receipt }))
    }
}
