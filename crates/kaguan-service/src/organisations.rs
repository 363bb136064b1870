//! 机构与网点: what has to be looked up before an organisation is added or stopped.

use crate::outcome::{Failure, Receipt};
use crate::service::Service;
use crate::work::Command;
use jiff::civil::Date;
use kaguan_domain::clause;
use kaguan_domain::ctx::Ctx;
use kaguan_domain::facts::blank_order::{BlankBox, BlankOrderFile};
use kaguan_domain::facts::custody::Party;
use kaguan_domain::facts::institution::{OrgKind, Organisation};
use kaguan_domain::facts::names::StepKind;
use kaguan_domain::ids::{BankCode, BoxId, CityCode, HolderId, OrgId};
use kaguan_domain::institution::{self, InstitutionCommand};
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_store::{BoxesChosen, OrdersAsked, RunningAsked, RunningIn};
use serde::Deserialize;

/// Orders of pre-made cards that are read at once.
const ORDERS: i64 = 200;

/// An organisation below another one, as it was typed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct AskOrganisation {
    /// 机构编码 of the one above.
    pub parent: String,
    /// The stable name of its kind.
    pub kind: String,
    /// 机构编码, 14 digits.
    pub code: String,
    pub name: String,
    /// Five digits, of a bank's outlet.
    pub bank: String,
}

/// Stable name and Chinese term of every kind that can be added.
pub fn kinds() -> [(&'static str, &'static str); 4] {
    [OrgKind::CityCentre, OrgKind::CountyCentre, OrgKind::HrOutlet, OrgKind::BankOutlet]
        .map(|k| (k.code(), k.name()))
}

impl Service {
    /// 新增机构, as it was typed.
    pub async fn add_organisation(&self, ctx: Ctx, ask: &AskOrganisation) -> Result<Receipt, Failure> {
        self.may(&ctx.actor, Verb::AddOrganisation, &Place::Anywhere)?;
        let institutions = self.institutions();
        let parent = institutions.org_by_code(ask.parent.trim());
        let unknown = || Refusal::about(Reason::NotFound, "上级机构").under(clause!(R6.1));
        let parent = parent.ok_or_else(unknown)?;
        let code = ask.code.trim().to_owned();
        let division: String = code.chars().take(6).collect();
        let Some(kind) = OrgKind::from_code(&ask.kind) else {
            // What is wrong whatever its kind is is told with it.
            let mut wrong = vec!["未选择机构类型".to_owned()];
            let place = (code.as_str(), division.as_str());
            wrong.extend(institution::defects_of_place(&institutions, ask.name.trim(), place, Some(parent)));
            wrong.extend(institution::code_taken(&institutions, &code));
            let wrong = Refusal::about(Reason::MaterialDefective, wrong.join("；"));
            return Err(wrong.under(clause!(R6.1)).into());
        };
        let bank = Some(ask.bank.trim()).filter(|b| !b.is_empty()).map(|b| BankCode(b.into()));
        let org = Organisation {
            id: OrgId(self.fresh()),
            division,
            code,
            name: ask.name.trim().into(),
            kind,
            parent: Some(parent.id),
            bank,
        };
        self.execute(ctx, Command::Institution(InstitutionCommand::AddOrganisation(org))).await
    }

    /// Whether pre-made cards lie at an organisation or are on their way to it: they are counted there every day (R36.1).
    async fn keeps_blanks(&self, org: OrgId) -> Result<bool, Failure> {
        clause!(R36.1);
        let mut before = None;
        loop {
            let city = self.institutions().org(org).and_then(Organisation::city);
            let city = city.as_ref().map(CityCode::as_str);
            let asked = OrdersAsked { city, bank: None, vendor: None, step: Some(StepKind::Made), before };
            let mut orders = self.store().blank_orders(asked, ORDERS).await?;
            before = orders.last().map(|f| f.id);
            let more = i64::try_from(orders.len()).unwrap_or(i64::MAX) >= ORDERS;
            let is_here = |b: &BlankBox| {
                b.keeper == Party::Org(org) || b.on_the_way.as_ref().is_some_and(|way| way.to == org)
            };
            orders.retain(|f| f.order.as_ref().is_some_and(|o| o.boxes.iter().any(is_here)));
            self.store().count_boxes(&mut orders).await?;
            let has = |f: &BlankOrderFile| {
                let mut boxes = f.order.iter().flat_map(|o| &o.boxes);
                boxes.any(|b| is_here(b) && f.inside(&b.number) > 0)
            };
            if orders.iter().any(has) {
                return Ok(true);
            }
            if !more {
                return Ok(false);
            }
        }
    }

    /// 停办, once no card and no application waits there.
    pub async fn stop_organisation(&self, ctx: Ctx, org: OrgId, reason: &str) -> Result<Receipt, Failure> {
        self.may(&ctx.actor, Verb::StopOrganisation, &Place::Anywhere)?;
        let institutions = self.institutions();
        let mut first = Vec::new();
        if !self.store().boxes_at(org, BoxesChosen::default(), BoxId(i64::MIN), 1).await?.is_empty() {
            first.push("仍有成品卡箱在此保管或在途");
        }
        if !self.store().cards_in_boxes(org, HolderId(i64::MIN), 1).await?.is_empty() {
            first.push("仍有在此领取而未领的卡");
        }
        if let Some(city) = institutions.org(org).and_then(Organisation::city) {
            let here = RunningIn { city: Some(city.as_str()), outlet: Some(org), ..RunningIn::default() };
            let asked = RunningAsked { of: None, from: Date::MIN, until: Date::MAX, after: None };
            if !self.store().running(here, asked, 1).await?.is_empty() {
                first.push("仍有在此受理或领取的在办申请，或应由其回收的卡");
            }
        }
        if self.keeps_blanks(org).await? {
            first.push("仍有预制卡在此保管或在途");
        }
        let command = InstitutionCommand::StopOrganisation { org, reason: reason.into() };
        if !first.is_empty() {
            // What the rule wants done first is told with it.
            let mut first: Vec<String> = first.into_iter().map(Into::into).collect();
            if let Err(refused) = institution::decide(&institutions, &command, &ctx) {
                first.extend(refused.about);
            }
            let first = Refusal::about(Reason::WrongStage, first.join("；")).by(clause!(R6.1));
            return Err(first.way("请先办结所列各项，再办理停办").into());
        }
        self.execute(ctx, Command::Institution(command)).await
    }
}
