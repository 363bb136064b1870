//! 地方细则 (Article 42): the city proposes, the province examines and files.

use crate::Console;
use crate::list::{Act, Asked, Cell, Kind, List, ListView, Row, column};
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::session::SignedIn;
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use kaguan_domain::clause;
use kaguan_domain::facts::form::PersonCategory;
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::facts::policy::{
    CountyLevel, DatedPolicy, LocalPolicy, ProposalState, ProposedPolicy, VendorWay,
};
use kaguan_domain::institution::{DecidePolicy, InstitutionCommand, ProposePolicy, defects_of_policy};
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_service::{Command, Failure};
use serde::Deserialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/policies",
    screens: &[
        Screen {
            group: "系统管理", name: "地方细则", article: "第四十二条", verb: Verb::ProposePolicy
        },
        Screen {
            group: "系统管理", name: "地方细则", article: "第四十二条", verb: Verb::DecidePolicy
        },
    ],
    doors: |d| d.get("/policies", page).post("/policies", propose).post("/policies/decide", examine),
    samples: &["/policies"],
};

/// 地方细则.
#[derive(Template)]
#[template(path = "institution/policies/policies.html")]
pub struct PoliciesPage {
    pub frame: Frame,
    /// `None` when they may not be seen: the notice says why.
    pub list: Option<ListView>,
    /// Whether the viewer's city may propose.
    pub propose: bool,
    /// What stands in the fields.
    pub filled: Proposal,
}
crate::frame::page!(PoliciesPage);

/// Rules as a city fills them in.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Proposal {
    /// 文号.
    pub paper: String,
    /// `YYYY-MM-DD`.
    pub from: String,
    /// The same; empty until further notice.
    pub until: String,
    /// Months; empty without one.
    pub warranty_months: String,
    /// Cards; empty without a limit.
    pub low_stock: String,
    fee_waived: Option<String>,
    no_post: Option<String>,
    foreigners: Option<String>,
    county_level: String,
    /// 卡商不直接寄往 the city, the bank, the applicant.
    not_to_city: Option<String>,
    not_to_bank: Option<String>,
    not_to_holder: Option<String>,
}

/// What the province says.
#[derive(Deserialize)]
pub struct Decision {
    id: i64,
    #[serde(default)]
    reason: String,
    approved: bool,
}

impl Proposal {
    /// The rules, and what in them is no day or no number. Such a day is today, such a number is none: then nothing else is said of it.
    fn read(&self, today: Date) -> (DatedPolicy, Vec<String>) {
        let mut wrong = Vec::new();
        let mut day = |text: &str, what: &str| match text.trim().parse::<Date>() {
            Ok(day) => Some(day),
            Err(_) => {
                wrong.push(format!("{what}应为年-月-日，如2027-01-01"));
                None
            }
        };
        let from = day(&self.from, "生效日期");
        let until = if self.until.trim().is_empty() { None } else { day(&self.until, "失效日期") };
        let months = self.warranty_months.trim();
        let warranty_months = months.parse().ok();
        if !months.is_empty() && warranty_months.is_none() {
            wrong.push("质保期应为月数".into());
        }
        let low = self.low_stock.trim();
        let low_stock = low.parse().ok();
        if !low.is_empty() && low_stock.is_none() {
            wrong.push("预制卡预警线应为张数".into());
        }
        let county_level = match self.county_level.as_str() {
            "always" => CountyLevel::Always,
            "never" => CountyLevel::Never,
            _ => CountyLevel::AsNeeded,
        };
        let (from, until) = match from {
            Some(from) => (from, until),
            None => (today, None),
        };
        let policy = LocalPolicy {
            warranty_months,
            fee_waived: self.fee_waived.is_some(),
            no_postal_service: self.no_post.is_some(),
            widened_eligibility: self.foreigners.iter().map(|_| PersonCategory::Foreigner).collect(),
            county_level,
            low_stock,
            closed_ways: [
                (&self.not_to_city, VendorWay::City),
                (&self.not_to_bank, VendorWay::Bank),
                (&self.not_to_holder, VendorWay::Holder),
            ]
            .into_iter()
            .filter_map(|(closed, way)| closed.as_ref().map(|_| way))
            .collect(),
        };
        (DatedPolicy { from, until, policy }, wrong)
    }
}

const LIST: List = List {
    id: "policies",
    path: "/policies",
    title: "",
    none: "没有报送的地方细则。地市制定后在此报省审核。",
    columns: &[
        column("city", "地市", Kind::Choice),
        column("paper", "文号", Kind::Text),
        column("days", "执行期", Kind::Code),
        column("said", "内容", Kind::Text),
        column("proposed", "报送时间", Kind::Code),
        column("state", "状态", Kind::Choice),
        column("outcome", "审核", Kind::Text),
    ],
};

/// What became of rules that were filed: whether they hold on a day, or others in their place. Of those whose day is to come it is
/// asked whether they will hold then.
fn filed(p: &ProposedPolicy, institutions: &Institutions, today: Date) -> (&'static str, &'static str) {
    let days = &p.policy;
    if days.until.is_some_and(|until| until < today) {
        return ("已备案，执行期已过", "");
    }
    let (holds, first) = match days.from > today {
        true => (("已备案，未到执行日", "info"), days.from),
        false => (("现行", "ok"), today),
    };
    if institutions.holds_on(p, first) { holds } else { ("已备案，由后来的细则代替", "") }
}

/// The days on which rules hold, or would. Filed late they hold from the day of filing; what the city stated stays to be read.
fn days_of(p: &ProposedPolicy) -> String {
    let filed = p.filed_days();
    let days = filed.as_ref().unwrap_or(&p.policy);
    let said = match days.until {
        Some(until) => format!("{}至{until}", days.from),
        None => format!("{}起", days.from),
    };
    match days.from == p.policy.from {
        true => said,
        false => format!("{said}（报送的生效日期{}）", p.policy.from),
    }
}

fn line(p: &ProposedPolicy, institutions: &Institutions, today: Date, decides: bool) -> Row {
    let (outcome, open, (state, tone)) = match &p.state {
        ProposalState::Proposed => (String::new(), true, (p.state.name(), "warn")),
        ProposalState::Filed { at, number, .. } => {
            let number = if number.is_empty() { "未填备案号" } else { number };
            (format!("{}：{number}", at.local()), false, filed(p, institutions, today))
        }
        ProposalState::Refused { at, reason, .. } => {
            (format!("{}：{reason}", at.local()), false, (p.state.name(), "bad"))
        }
    };
    let decide = || Act::examined("/policies/decide", p.id, "备案号或理由", ["审核备案", "不予备案"]);
    Row {
        key: p.id.to_string(),
        cells: vec![
            p.city.name().into(),
            p.paper.clone().into(),
            days_of(p).into(),
            p.policy.policy.said().into(),
            p.at.local().into(),
            Cell::from(state).tagged(tone),
            outcome.into(),
        ],
        acts: (open && decides).then(decide).into_iter().collect(),
    }
}

fn show(console: &Console, me: &SignedIn, mut frame: Frame, asked: &Asked, filled: Proposal) -> PoliciesPage {
    let all = frame.list(console.service.policies_for(&me.actor()));
    let may = |verb, place| console.service.may(&me.actor(), verb, &place).is_ok();
    let decides = may(Verb::DecidePolicy, Place::Anywhere);
    let propose = me.org.city().is_some_and(|city| may(Verb::ProposePolicy, Place::City(city)));
    let (institutions, today) = (console.service.institutions(), console.service.now().date());
    let rows = |all: Vec<ProposedPolicy>| {
        let rows = all.iter().map(|p| line(p, &institutions, today, decides)).collect();
        LIST.view(rows, asked)
    };
    let list = all.map(rows);
    PoliciesPage { frame, list, propose, filled }
}

/// The list.
pub async fn page(State(console): State<Console>, me: SignedIn, asked: Asked) -> Response {
    let page = show(&console, &me, Frame::of(&me, "地方细则"), &asked, Proposal::default());
    match page.list.as_ref().and_then(ListView::taken) {
        Some(file) => file,
        None => page.into_response(),
    }
}

/// 报送.
pub async fn propose(
    State(console): State<Console>,
    me: SignedIn,
    Form(filled): Form<Proposal>,
) -> PoliciesPage {
    let ctx = me.command(&console);
    let asked = || -> Result<ProposePolicy, Failure> {
        let city = me.org.city().ok_or_else(|| Failure::from(Refusal::from(Reason::NotPermitted)))?;
        let (id, today) = (console.service.fresh(), console.service.now().date());
        let (policy, mut wrong) = filled.read(today);
        if !wrong.is_empty() {
            // What the rule finds wrong besides is told with it.
            wrong.extend(defects_of_policy(&filled.paper, &policy, today));
            return Err(Refusal::about(Reason::MaterialDefective, wrong.join("；"))
                .under(clause!(R42.2))
                .into());
        }
        Ok(ProposePolicy { id, city, paper: filled.paper.clone(), policy })
    };
    let outcome = match asked() {
        Ok(p) => {
            let command = Command::Institution(InstitutionCommand::ProposePolicy(p));
            console.service.execute(ctx, command).await
        }
        Err(e) => Err(e),
    };
    let filled = if outcome.is_ok() { Proposal::default() } else { filled };
    let frame = Frame::of(&me, "地方细则").after(outcome, "已报省审核；备案后自生效日期起执行");
    show(&console, &me, frame, &me.asked, filled)
}

/// 审核备案.
pub async fn examine(
    State(console): State<Console>,
    me: SignedIn,
    Form(said): Form<Decision>,
) -> PoliciesPage {
    let ctx = me.command(&console);
    let done = if said.approved { "已审核备案" } else { "已退回，不予备案" };
    let command = DecidePolicy { id: said.id, approved: said.approved, reason: said.reason };
    let command = Command::Institution(InstitutionCommand::DecidePolicy(command));
    let outcome = console.service.execute(ctx, command).await;
    let frame = Frame::of(&me, "地方细则").after(outcome, done);
    show(&console, &me, frame, &me.asked, Proposal::default())
}
