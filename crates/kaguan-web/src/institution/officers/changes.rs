//! What was proposed of whom, what became of it, and who was stopped: 待审核 and 变更记录.

use super::{name_of, org_name};
use crate::list::{Act, Cell, Kind, List, Row, column};
use crate::session::SignedIn;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::facts::officer::{ChangeState, OfficerChange, OfficerStop, ProposedChange};
use kaguan_domain::ids::OfficerId;

/// A change that was proposed.
pub struct ChangeView {
    pub id: i64,
    pub what: &'static str,
    /// Of whom, and what.
    pub said: String,
    pub reason: String,
    /// Who proposed it, and when.
    pub proposed: String,
    pub state: &'static str,
    /// Who decided it, when, and why not.
    pub outcome: String,
    /// Whether the viewer may decide it; whether take it back.
    pub decide: bool,
    pub withdraw: bool,
}

pub const WAITING: List = List {
    id: "changes",
    path: "/officers",
    title: "待审核",
    none: "没有待审核的变更。",
    columns: &[
        column("what", "变更", Kind::Choice),
        column("said", "人员、岗位与机构", Kind::Text),
        column("reason", "理由", Kind::Text),
        column("proposed", "提出", Kind::Text),
    ],
};

pub const HISTORY: List = List {
    id: "history",
    title: "变更记录",
    none: "没有已审核、撤回的变更，也没有停用。",
    columns: &[
        column("what", "变更", Kind::Choice),
        column("said", "人员、岗位与机构", Kind::Text),
        column("reason", "理由", Kind::Text),
        column("proposed", "提出", Kind::Text),
        column("state", "状态", Kind::Choice),
        column("outcome", "审核", Kind::Text),
    ],
    ..WAITING
};

pub fn change_row(c: ChangeView) -> Row {
    let mut acts = Vec::new();
    if c.decide {
        acts.push(Act::examined("/officers/decide", c.id, "不同意的理由", ["同意", "不同意"]));
    }
    if c.withdraw {
        let fields = vec![("id", c.id.to_string())];
        acts.push(Act::Press { to: "/officers/withdraw", fields, name: "撤回" });
    }
    let cells = vec![c.what.into(), c.said.into(), c.reason.into(), c.proposed.into()];
    Row { key: c.id.to_string(), cells, acts }
}

pub fn history_row(c: ChangeView) -> Row {
    let state = Cell::from(c.state).tagged(if c.state == "不同意" { "bad" } else { "" });
    let outcome = c.outcome.clone().into();
    let mut row = change_row(c);
    row.cells.extend([state, outcome]);
    row
}

pub fn said_of(institutions: &Institutions, p: &ProposedChange) -> String {
    let who = || name_of(institutions, Some(p.officer));
    match &p.change {
        OfficerChange::Add { login, name, role, org } => {
            format!("{name}（{login}）　{}　{}", role.name(), org_name(institutions, *org))
        }
        OfficerChange::Move { role, org } => {
            format!("{}　调为{}　{}", who(), role.name(), org_name(institutions, *org))
        }
        OfficerChange::Start | OfficerChange::ResetPassword | OfficerChange::ResetSecondFactor => who(),
    }
}

pub fn change_view(
    institutions: &Institutions,
    p: &ProposedChange,
    me: &SignedIn,
    decides: bool,
) -> ChangeView {
    let own = p.by == Some(me.officer.id);
    let said = said_of(institutions, p);
    let by = |by, at: &Instant| format!("{}　{}", name_of(institutions, by), at.local());
    let (outcome, open) = match &p.state {
        ChangeState::Proposed => (String::new(), true),
        ChangeState::Approved { by: who, at } => (by(*who, at), false),
        ChangeState::Refused { by: who, at, reason } => (format!("{}：{reason}", by(*who, at)), false),
        ChangeState::Withdrawn { at } => (format!("提出人　{}", at.local()), false),
    };
    ChangeView {
        id: p.id,
        what: p.change.name(),
        said,
        reason: p.reason.clone(),
        proposed: by(p.by, &p.at),
        state: p.state.name(),
        outcome,
        decide: open && decides && !own,
        withdraw: open && own,
    }
}

/// 停用 among the changes: it holds at once, and nobody examines it.
fn stop_view(institutions: &Institutions, (n, stop): (i64, &OfficerStop)) -> ChangeView {
    let by = |at: Instant| format!("{}　{}", name_of(institutions, stop.by), at.local());
    ChangeView {
        // Proposals have numbers above nought.
        id: -n,
        what: "停用",
        said: name_of(institutions, Some(stop.officer)),
        reason: stop.reason.clone(),
        proposed: stop.at.map_or_else(|| "办理人和时间见机构与权限日志".to_owned(), by),
        state: "即时生效",
        outcome: "停用不须审核".to_owned(),
        decide: false,
        withdraw: false,
    }
}

/// What these proposals came to, and 停用, of everybody or of one account: the latest first.
pub fn changes_of(
    institutions: &Institutions,
    proposals: &[ProposedChange],
    of: Option<OfficerId>,
    (me, decides): (&SignedIn, bool),
) -> Vec<ChangeView> {
    let meant = |officer: OfficerId| of.is_none_or(|of| of == officer);
    let proposals = proposals.iter().filter(|p| meant(p.officer));
    let proposed = proposals.map(|p| (Some(p.at), change_view(institutions, p, me, decides)));
    let stops = (1..).zip(institutions.officer_stops()).filter(|(_, s)| meant(s.officer));
    let stops = stops.map(|(n, s)| (s.at, stop_view(institutions, (n, s))));
    let mut all: Vec<(Option<Instant>, ChangeView)> = stops.chain(proposed).collect();
    all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    all.into_iter().map(|(_, view)| view).collect()
}
