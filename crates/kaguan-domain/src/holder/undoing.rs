//! 撤销合并: what an undoing waits for, and whose everything is afterwards (Articles 5, 32 and 37). What came goes back as it is now, what a
//! register said of a number goes with the number, a case with the card that it was brought against; where nobody can tell whose something
//! is, it waits.

use crate::alive::notice_over;
use crate::clause;
use crate::ctx::Ctx;
use crate::facts::card::{Card, Hold, Social};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::intent::{Intent, IntentKind, IntentState};
use crate::facts::join::{Belongings, Join, JoinState};
use crate::facts::person::DeathMark;
use crate::facts::restriction::{CaseState, Restriction};
use crate::facts::social_security_number::SocialSecurityNumber;
use crate::ids::{CardId, CaseId, HolderId};
use crate::link::closing_dropped;
use crate::recall::state_said;
use crate::restriction::end_on_others;

/// Why an undoing waits besides what a joining waits for: a card that is to take the place of one that goes back, details that name a document
/// of the other file, and what of both files' persons nobody can tell whose it is.
pub(super) fn waits_for(file: &HolderFile, join: &Join) -> Vec<String> {
    let mut all = Vec::new();
    let theirs = |c: &Card| join.brought.cards.contains(&c.id);
    let between = |c: &&Card| {
        let old = file.application(c.application).and_then(|a| a.purpose.old()).and_then(|id| file.card(id));
        c.social == Social::NotEnabled && c.stands() && old.is_some_and(|old| theirs(old) != theirs(c))
    };
    if file.cards.iter().any(|c| between(&c)) {
        all.push("合并后补换的新卡尚未领取，待领取后办理".into());
    }
    let own = file.person.as_ref().map(|p| p.details.identifier());
    if own.is_some_and(|own| join.brought.documents.iter().any(|theirs| theirs.is(&own))) {
        clause!(R5.5);
        all.push("档案资料现按并入档案的证件登记，请先更正为保留档案的证件".into());
    }
    all.extend(closings_in_doubt(file, join));
    all.extend(nobodys_deaths(file, join));
    all.extend(nobodys_cases(file, join));
    all
}

/// Whether the bank has closed the account of a card that is used again: nobody knows, and the holder has to.
fn closings_in_doubt(file: &HolderFile, join: &Join) -> Vec<String> {
    clause!(R33.2);
    let doubtful = |i: &Intent| i.kind == IntentKind::Close && matches!(i.state, IntentState::InDoubt { .. });
    let again = freed(file, join).into_iter().filter_map(|id| file.card(id));
    let again = again.filter(|c| !c.account_is_closed() && c.intents.iter().any(doubtful));
    let told = |c: &Card| {
        format!(
            "{}的销户银行没有答复，请先在“接口监控”与银行核对办结，撤销后该卡能否使用以此为准",
            card_said(c)
        )
    };
    again.map(told).collect()
}

/// What was said of a death since the joining, and not of which number.
fn nobodys_deaths(file: &HolderFile, join: &Join) -> Option<String> {
    clause!(R32.5);
    let person = file.person.as_ref()?;
    let came = |m: &DeathMark| person.joins.iter().any(|j| j.brought.death.contains(m));
    let since = |m: &&DeathMark| m.number.is_none() && m.at > join.proposed_at && !came(m);
    let said: Vec<String> =
        person.death.iter().filter(since).map(|m| format!("{}，{}", m.source.name(), m.at.date())).collect();
    if !said.is_empty() {
        return Some(format!(
            "合并后登记了死亡（{}），未载明是哪一号码的：请先在“死亡登记”恢复生存状态，撤销后按其号码重新登记",
            said.join("；")
        ));
    }
    let nobodys = person.stated.iter().any(|s| s.number.is_none());
    (nobodys || file.is_suspected_by_nobody_known()).then(|| {
        "合并后有死亡申报，未载明是哪一号码的：请先在“死亡登记”恢复生存状态，撤销后按其号码重新申报"
            .to_owned()
    })
}

/// Cases that hold cards of both, and do not say against which they were brought.
fn nobodys_cases(file: &HolderFile, join: &Join) -> Vec<String> {
    clause!(R37.1);
    let holds = |case: CaseId, theirs: bool| {
        let of = file.cards.iter().filter(|c| join.brought.cards.contains(&c.id) == theirs);
        of.flat_map(|c| &c.restrictions).any(|r| r.case == case && r.state == CaseState::InForce)
    };
    let unsaid = |r: &&Restriction| r.stated.is_none() && holds(r.case, true) && holds(r.case, false);
    let told = |r: &Restriction| {
        format!(
            "{}提出的限制（{}）未载明所涉的社保卡，现限制双方的卡：请先在“限制与恢复”办理恢复，撤销后对所涉的卡另行提出",
            r.proposed_at.date(),
            r.ground
        )
    };
    file.restrictions_in_force().into_iter().filter(unsaid).map(told).collect()
}

/// The cleaned cards that are used again: those of a file that has no other.
fn freed(file: &HolderFile, join: &Join) -> Vec<CardId> {
    let theirs = |c: &Card| join.brought.cards.contains(&c.id);
    let mut out = Vec::new();
    for side in [true, false] {
        let mine = || file.cards.iter().filter(|c| theirs(c) == side);
        if mine().all(|c| !c.stands()) {
            let was = |c: &&Card| join.brought.cleaned.contains(&c.id) && !c.is_cancelled();
            out.extend(mine().filter(was).map(|c| c.id));
        }
    }
    out
}

/// What an undoing does: what ends before the files part (cases on the cards of somebody else, closings that nobody wants any more, notices
/// of a death that is the other person's), and what goes back then.
pub(super) struct Undoing {
    pub(super) ended: Vec<HolderEvent>,
    pub(super) freed: Vec<CardId>,
    pub(super) belongings: Belongings,
}

impl Undoing {
    pub(super) fn of(file: &HolderFile, join: &Join, ctx: &Ctx) -> Self {
        let mut ended = end_on_others(file, |card| join.brought.cards.contains(&card), ctx);
        let freed = freed(file, join);
        for card in freed.iter().filter_map(|id| file.card(*id)) {
            ended.extend(closing_dropped(card, "撤销档案合并，该卡恢复为持卡人的卡，不再销户", ctx));
        }
        let mut after = file.clone();
        for event in &ended {
            after.apply(event, ctx.now);
        }
        let belongings = after.to_go_back(&join.brought, &freed);
        let mut undoing = Self { ended, freed, belongings };
        // A card that was to be taken back for a death is not, where the death is the other person's.
        let parts = undoing.parts(file, join.other, ctx);
        let alive = parts.iter().flat_map(|p| &p.cards).filter(|c| !c.holds.contains(&Hold::DeathConfirmed));
        let over: Vec<HolderEvent> = alive.filter_map(notice_over).collect();
        if !over.is_empty() {
            for event in &over {
                after.apply(event, ctx.now);
            }
            undoing.ended.extend(over);
            undoing.belongings = after.to_go_back(&join.brought, &undoing.freed);
        }
        undoing
    }

    /// Both files as they are afterwards: the one that stays, and what the other has again.
    fn parts(&self, file: &HolderFile, other: HolderId, ctx: &Ctx) -> [HolderFile; 2] {
        let (belongings, freed) = (Box::new(self.belongings.clone()), self.freed.clone());
        let mut back = HolderFile { applications: Vec::new(), cards: Vec::new(), id: other, ..file.clone() };
        back.apply(&HolderEvent::Restored { belongings: belongings.clone(), freed: freed.clone() }, ctx.now);
        let mut stays = file.clone();
        let parting = HolderEvent::Separated { other, belongings, freed, by: ctx.actor.text() };
        for event in self.ended.iter().chain([&parting]) {
            stays.apply(event, ctx.now);
        }
        [stays, back]
    }
}

pub(super) fn card_said(card: &Card) -> String {
    format!("{} {} {}", card.card_no.masked(), card.city.name(), card.bank.name())
}

/// What a file has of each kind afterwards: cards with what they are then, deaths and cases.
pub(super) fn has(file: &HolderFile) -> [String; 3] {
    let card = |c: &Card| format!("{}（{}）", card_said(c), state_said(c));
    let of = |number: &Option<SocialSecurityNumber>| {
        number.as_ref().map(|n| format!("，号码{}", n.masked())).unwrap_or_default()
    };
    let marks = file.person.iter().flat_map(|p| &p.death);
    let marks = marks.map(|m| format!("{}（{}{}）", m.source.name(), m.at.date(), of(&m.number)));
    let stated = file.person.iter().flat_map(|p| &p.stated);
    let deaths = marks.chain(stated.map(|s| format!("{}（疑似{}）", s.said(), of(&s.number))));
    let mut known: Vec<CaseId> = Vec::new();
    let mut cases = Vec::new();
    for card in &file.cards {
        let open = |r: &&Restriction| matches!(r.state, CaseState::Proposed | CaseState::InForce);
        for r in card.restrictions.iter().filter(open) {
            if !known.contains(&r.case) {
                known.push(r.case);
                cases.push(format!("{}：{}", card.card_no.masked(), r.line(card.id)));
            }
        }
    }
    [all(file.cards.iter().map(card)), all(deaths), all(cases.into_iter())]
}

pub(super) fn all(of: impl Iterator<Item = String>) -> String {
    of.collect::<Vec<_>>().join("；")
}

/// What undoing a joining does now, for whoever proposes or decides it: each thing under its head, with numbers masked; nothing while the
/// files are not joined.
pub fn undoing_said(file: &HolderFile, other: HolderId, ctx: &Ctx) -> Vec<(&'static str, String)> {
    clause!(R5.5);
    let joined = |j: &&Join| match j.state {
        JoinState::Joined { .. } | JoinState::UndoProposed { .. } => true,
        JoinState::Proposed | JoinState::Refused { .. } | JoinState::Undone { .. } => false,
    };
    let Some(join) = file.join_with(other).filter(joined) else { return Vec::new() };
    let undoing = Undoing::of(file, join, ctx);
    let parts = undoing.parts(file, other, ctx);
    let goes = &undoing.belongings;
    let numbers: Vec<String> = goes.numbers.iter().map(SocialSecurityNumber::masked).collect();
    let documents = goes.documents.iter().map(|h| format!("{}{}", h.which.kind.name(), h.which.masked()));
    let forms = goes.applications.iter().map(|a| format!("{}（申领表{}）", a.purpose.name(), a.form_no));
    let no_longer = undoing.ended.iter().filter_map(|event| {
        let HolderEvent::RestrictionDecided { card, .. } = event else { return None };
        file.card(*card).map(card_said)
    });
    // What a card is afterwards, and not what it was: one that a death, a loss or a case holds does not work again.
    let after = |id: &CardId| parts.iter().find_map(|part| part.card(*id));
    let (again, held): (Vec<&Card>, Vec<&Card>) =
        undoing.freed.iter().filter_map(after).partition(|c| c.in_force());
    let held = held.into_iter().map(|c| format!("{}（{}）", card_said(c), state_said(c)));
    let dropped = undoing.ended.iter().filter_map(|event| {
        let HolderEvent::IntentAnswered { card, .. } = event else { return None };
        file.card(*card).map(card_said)
    });
    let closed = parts.iter().flat_map(|part| &part.cards).filter_map(|c| {
        let left = c.closed_said()?;
        Some(format!("{}：{left}", card_said(c)))
    });
    let [[cards_stay, deaths_stay, cases_stay], [cards_go, deaths_go, cases_go]] = parts.each_ref().map(has);
    let said = [
        ("归还的社会保障号码", numbers.join("、")),
        ("归还的证件", all(documents)),
        ("归还的申请", all(forms)),
        ("归还的社保卡", cards_go),
        ("归还的死亡登记", deaths_go),
        ("归还的限制案件", cases_go),
        ("留下的社保卡", cards_stay),
        ("留下的死亡登记", deaths_stay),
        ("留下的限制案件", cases_stay),
        ("恢复使用的卡（因合并清理）", all(again.into_iter().map(card_said))),
        ("解除一人一卡清理后仍不能使用的卡", all(held)),
        ("解除限制的卡（案件所涉的卡是另一人的）", all(no_longer)),
        ("不再办理的销户（请告知服务银行）", all(dropped)),
        ("撤销后须换卡", all(closed)),
    ];
    said.into_iter().filter(|(_, what)| !what.is_empty()).collect()
}
