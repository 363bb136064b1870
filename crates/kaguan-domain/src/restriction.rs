//! 限制与恢复 (Articles 37 and 38): by case, with its legal ground; one proposes, another approves; lifted when it is
//! put right. A case lifts only itself. It follows the person: every card is held, a new one from the start.

pub use crate::facts::false_card::{false_card_said, is_confiscated, may_cancel_confiscated, to_confiscate};

use crate::clause;
use crate::collection::ready::told_once_free;
use crate::ctx::Ctx;
use crate::facts::card::{Card, Hold, Social};
use crate::facts::custody::{Custody, Party, RecallReason};
use crate::facts::false_card::cancelled_by;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::institution::{Institutions, Organisation};
use crate::facts::intent::IntentKind;
use crate::facts::restriction::{CardIs, CaseState, Conduct, Restriction, Ruling, Statement};
use crate::ids::{CardId, CaseId, OrgId};
use crate::link;
use crate::permission::{Place, Verb};
use crate::recall::from_whom;
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule, in_city_of_card};
use crate::spelling;
use serde::{Deserialize, Serialize};

/// 提出限制.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Propose {
    pub card: CardId,
    /// Fresh identity of the case.
    pub case: CaseId,
    /// The legal ground.
    pub ground: String,
    /// What was done; it has to be stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conduct: Option<Conduct>,
    /// What the card is; it has to be stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_is: Option<CardIs>,
}

impl Propose {
    /// What it states, once nothing is missing: all that is, at once. Only Article 38 knows false cards.
    fn statement(&self) -> Result<Statement, Refusal> {
        clause!(R37.1);
        // Dots and dashes are no ground either.
        let no_ground = !self.ground.chars().any(char::is_alphanumeric);
        let (Some(conduct), Some(card_is), false) = (self.conduct, self.card_is, no_ground) else {
            let missing = [
                (self.conduct.is_none(), "没有选择情形"),
                (self.card_is.is_none(), "没有选择该卡是否骗领、伪造、变造"),
                (no_ground, "须写明限制的法律依据"),
            ];
            let missing: Vec<&str> =
                missing.into_iter().filter(|(is, _)| *is).map(|(_, what)| what).collect();
            let article = self.conduct.map_or(clause!(R37.1), Conduct::clause);
            return Err(Refusal::about(Reason::MaterialDefective, missing.join("；")).by(article));
        };
        if card_is.is_false() && !conduct.may_confiscate() {
            let about =
                format!("选择的该卡{}，不属选择的情形；骗领、伪造、变造的社保卡属第三十八条", card_is.name());
            let way =
                "该卡是骗领、伪造或变造的，请改选第三十八条的情形；不是的，请改选“不是骗领、伪造、变造的”";
            return Err(Refusal::about(Reason::MaterialDefective, about).by(clause!(R38.1)).way(way));
        }
        Ok(Statement { conduct, card: self.card, card_is })
    }
}

/// 审核: approves or rejects what somebody else proposed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Decide {
    pub card: CardId,
    pub case: CaseId,
    /// Whether it is approved.
    pub approved: bool,
    /// Why it is not; empty when it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// 恢复.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Lift {
    pub card: CardId,
    pub case: CaseId,
    /// Why: what was put right.
    pub reason: String,
}

/// 收缴: a fraudulent card under a case in force is taken from its holder, or from whoever keeps it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Confiscate {
    pub card: CardId,
    pub case: CaseId,
    /// Where it is kept.
    pub at: OrgId,
}

fn restrictable(file: &HolderFile, id: CardId) -> Result<&Card, Refusal> {
    let card = file.card(id).ok_or(Reason::NotFound)?;
    if matches!(card.social, Social::Cancelled { .. }) {
        return Err(Reason::CardCancelled.into());
    }
    Ok(card)
}

fn case_of(file: &HolderFile, card: CardId, case: CaseId) -> Result<(&Card, &Restriction), Refusal> {
    let card = file.card(card).ok_or(Reason::NotFound)?;
    let restriction = card.restrictions.iter().find(|r| r.case == case).ok_or(Reason::NotFound)?;
    Ok((card, restriction))
}

/// Whether a case says already what is stated of a card on the same ground.
fn says_the_same(case: &Restriction, ground: &str, new: Statement) -> bool {
    let stated = match &case.stated {
        Some(old) if new.card_is.is_false() => *old == new,
        Some(old) => (old.conduct, old.card_is) == (new.conduct, new.card_is),
        None => case.says_false(new.card) == new.card_is.is_false(),
    };
    stated && spelling::trim(&case.ground) == spelling::trim(ground)
}

/// Why nothing is confiscated under a case, and what to do where the card turns out to be a false one.
fn not_false(case: &Restriction, card: &Card) -> Refusal {
    clause!(R38.1);
    let about = match &case.stated {
        Some(s) if s.card_is.is_false() => {
            format!(
                "该案载明该人另一张卡{}，没有载明该卡是，该卡不予收缴（第三十八条（四））",
                s.card_is.name()
            )
        }
        Some(_) => "该案载明该卡不是骗领、伪造、变造的，不予收缴（第三十八条（四））".to_owned(),
        None => "该案的依据和事由不是骗领的社保卡，也不是伪造、变造的社保卡，不予收缴（第三十八条（四））"
            .to_owned(),
    };
    let way = format!(
        "{}恢复；查明该卡是骗领、伪造或变造的，由{}的市卡管机构另提限制，载明并经审核后收缴",
        match case.stands_on() {
            Some(_) => "请按该案敦促行为更正，更正后",
            None => case.lifted_once(),
        },
        card.city.name()
    );
    Refusal::about(Reason::WrongStage, about).by(clause!(R38.1)).way(way)
}

/// Who confiscates a card that an office keeps since it was taken back for something else, or who cancels one that was confiscated, as a Chinese
/// phrase; `None` of any other card.
pub fn confiscated_waits_for(card: &Card, institutions: &Institutions) -> Option<String> {
    clause!(R33.1);
    clause!(R38.1);
    let Custody::Recalled { org, .. } = card.custody else { return None };
    let keeper = institutions.org(org)?;
    if to_confiscate(card).is_some() {
        return Some(format!(
            "限制案件载明该卡是骗领、伪造或变造的，由{}保管，由其在“回收”办理收缴，收缴后注销",
            keeper.name
        ));
    }
    if !is_confiscated(card) {
        return None;
    }
    let by = cancelled_by(keeper, institutions);
    Some(format!("已收缴，由{}保管，由{by}在“注销”以收缴为原因办理注销", keeper.name))
}

/// What whoever has confiscated a card is told: who keeps it, and by whom it is still to be cancelled. `at` is the office that keeps it.
pub fn confiscated_said(card: &Card, at: &Organisation) -> String {
    clause!(R33.1);
    clause!(R38.1);
    let left = match at.kind.is_outlet() {
        true => "请在“注销”以收缴为原因办理注销".to_owned(),
        false => format!("由{}的卡经办网点在“注销”以收缴为原因办理注销，请通知网点办理", card.city.name()),
    };
    format!("社保卡已收缴，由本机构保管；{left}")
}

/// These cases hold the card too: one that it does not have, or that no longer held it.
fn held_by(card: &Card, cases: &[&Restriction]) -> Vec<HolderEvent> {
    let mut events = Vec::new();
    for r in cases {
        let own = card.restrictions.iter().find(|own| own.case == r.case);
        if own.is_some_and(|own| own.state == CaseState::InForce) {
            continue;
        }
        if own.is_none() {
            let restriction = Restriction { state: CaseState::Proposed, ruling: None, ..(*r).clone() };
            events.push(HolderEvent::RestrictionProposed { card: card.id, restriction });
        }
        let (state, ruling) = (CaseState::InForce, r.ruling.clone());
        events.push(HolderEvent::RestrictionDecided { card: card.id, case: r.case, state, ruling });
    }
    events
}

/// Cases in force hold every card of the person that is not cancelled, whichever they were brought against: a restriction follows
/// the person. The account is restricted once.
pub(crate) fn spread(
    file: &HolderFile,
    cases: &[&Restriction],
    but: Option<CardId>,
    ctx: &Ctx,
) -> Vec<HolderEvent> {
    clause!(R37.1);
    let mut events = Vec::new();
    for card in file.cards.iter().filter(|c| Some(c.id) != but && !c.is_cancelled()) {
        let before = events.len();
        events.extend(held_by(card, cases));
        if events.len() > before {
            events.push(link::intend(card, IntentKind::Restrict, ctx));
        }
    }
    events
}

/// Cases end on the cards of somebody else, where files of two persons had been taken for one's and are taken apart: a case is of whoever has
/// the card that it was brought against, and holds that person's cards alone. `theirs` says of a card whether it is the other person's.
/// An account that no case holds any more is free.
pub(crate) fn end_on_others(
    file: &HolderFile,
    theirs: impl Fn(CardId) -> bool,
    ctx: &Ctx,
) -> Vec<HolderEvent> {
    clause!(R37.1);
    let mut events = Vec::new();
    for card in &file.cards {
        let anothers = |r: &&Restriction| {
            let against = r.stated.and_then(|s| file.card(s.card));
            r.state == CaseState::InForce && against.is_some_and(|c| theirs(c.id) != theirs(card.id))
        };
        let ended: Vec<CaseId> = card.restrictions.iter().filter(anothers).map(|r| r.case).collect();
        for case in &ended {
            let reason = Some("撤销档案合并：该案所涉社保卡不是本人的".to_owned());
            let ruling = Some(Ruling { at: ctx.now, by: ctx.actor.text(), reason });
            let (case, state) = (*case, CaseState::Lifted);
            events.push(HolderEvent::RestrictionDecided { card: card.id, case, state, ruling });
        }
        let others = |h: &Hold| matches!(h, Hold::Restriction { case } if !ended.contains(case));
        if !ended.is_empty() && !card.holds.iter().any(others) && !card.account_is_closed() {
            events.push(link::intend(card, IntentKind::Unrestrict, ctx));
        }
    }
    events
}

impl Rule for Propose {
    fn verb(&self) -> Verb {
        Verb::ProposeRestriction
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        in_city_of_card(file, self.card)
    }

    /// Decides 提出限制.
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R37.1);
        let stated = self.statement()?;
        let card = restrictable(file, self.card)?;
        if card.restrictions.iter().any(|r| r.case == self.case) {
            return Err(Refusal::about(Reason::NumberTaken, "案件编号"));
        }
        let all = file.cards.iter().flat_map(|c| &c.restrictions);
        let same = |r: &&Restriction| {
            matches!(r.state, CaseState::Proposed | CaseState::InForce)
                && says_the_same(r, &self.ground, stated)
        };
        if let Some(r) = { all }.find(same) {
            let way = match r.state {
                CaseState::Proposed => "请由另一名有权经办人审核已提出的一件",
                CaseState::InForce | CaseState::Rejected | CaseState::Lifted => {
                    "限制已对该人全部社保卡生效，无需再提；情形或事由不同的，选择该情形、写明该事由"
                }
            };
            let about = format!("情形、依据和事由相同的限制{}", r.state.name());
            return Err(Refusal::about(Reason::NothingToDo, about).by(stated.conduct.clause()).way(way));
        }
        let restriction = Restriction {
            case: self.case,
            ground: self.ground.clone(),
            stated: Some(stated),
            proposed_by: ctx.actor.text(),
            proposed_at: ctx.now,
            state: CaseState::Proposed,
            ruling: None,
        };
        Ok(vec![HolderEvent::RestrictionProposed { card: card.id, restriction }])
    }
}

impl Rule for Decide {
    fn verb(&self) -> Verb {
        Verb::DecideRestriction
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        in_city_of_card(file, self.card)
    }

    /// Decides 审核: by another person than the one who proposed.
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R37.1);
        let (card, r) = case_of(file, self.card, self.case)?;
        if r.state != CaseState::Proposed {
            return Err(Refusal::from(Reason::WrongStage).by(r.clause()));
        }
        restrictable(file, card.id)?;
        if r.proposed_by == ctx.actor.text() {
            return Err(Refusal::from(Reason::SamePerson).by(r.clause()));
        }
        if !self.approved && spelling::says_nothing(&self.why) {
            return Err(Refusal::about(Reason::MaterialDefective, "须写明不同意限制的理由").by(r.clause()));
        }
        let state = if self.approved { CaseState::InForce } else { CaseState::Rejected };
        let reason = (!self.approved).then(|| self.why.trim().to_owned());
        let ruling = Some(Ruling { at: ctx.now, by: ctx.actor.text(), reason });
        let decided = Restriction { ruling: ruling.clone(), ..r.clone() };
        let mut events = vec![HolderEvent::RestrictionDecided { card: card.id, case: r.case, state, ruling }];
        if self.approved {
            events.push(link::intend(card, IntentKind::Restrict, ctx));
            events.extend(spread(file, &[&decided], Some(card.id), ctx));
        }
        Ok(events)
    }
}

impl Rule for Lift {
    fn verb(&self) -> Verb {
        Verb::LiftRestriction
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        in_city_of_card(file, self.card)
    }

    /// Decides 恢复, of every card that the case holds, a cancelled or cleaned one too. An account stays restricted while
    /// another case does; after a joining that may be one of the other file's, which holds the card from now on.
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R37.1);
        let Asked { file, ctx, .. } = asked;
        let (_, r) = case_of(file, self.card, self.case)?;
        if spelling::says_nothing(&self.reason) {
            return Err(Refusal::about(Reason::MaterialDefective, "须写明恢复的理由").by(r.clause()));
        }
        if r.state != CaseState::InForce {
            return Err(Refusal::from(Reason::WrongStage).by(r.clause()));
        }
        let mut events = Vec::new();
        let mut follow = file.restrictions_in_force();
        follow.retain(|other| other.case != r.case);
        let held =
            |c: &&Card| c.restrictions.iter().any(|o| o.case == r.case && o.state == CaseState::InForce);
        for card in file.cards.iter().filter(held) {
            let reason = Some(self.reason.trim().to_owned());
            let ruling = Some(Ruling { at: ctx.now, by: ctx.actor.text(), reason });
            let state = CaseState::Lifted;
            events.push(HolderEvent::RestrictionDecided { card: card.id, case: r.case, state, ruling });
            let others = |h: &Hold| matches!(h, Hold::Restriction { case } if *case != r.case);
            let mut stays = card.holds.iter().any(others);
            if !card.is_cancelled() {
                stays |= !follow.is_empty();
                events.extend(held_by(card, &follow));
            }
            if !stays && !card.account_is_closed() {
                events.push(link::intend(card, IntentKind::Unrestrict, ctx));
            }
        }
        let told = told_once_free(asked, &events);
        events.extend(told);
        Ok(events)
    }
}

impl Rule for Confiscate {
    fn verb(&self) -> Verb {
        Verb::Confiscate
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        Place::At(self.at)
    }

    /// Decides 收缴: of a card that was obtained by fraud, forged or altered (第三十八条（四）), and of no other. Its holder gives it to any office; one
    /// that was never collected, or was taken back for something else, whoever keeps it takes where it lies.
    fn decide(&self, Asked { file, around, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R38.1);
        let card = restrictable(file, self.card)?;
        let (_, case) = case_of(file, self.card, self.case)?;
        if !card.holds.contains(&Hold::Restriction { case: self.case }) {
            return Err(Reason::WrongStage.into());
        }
        if !case.says_false(card.id) {
            return Err(not_false(case, card));
        }
        around.institutions.org(self.at).ok_or(Reason::NotFound)?;
        let from = if let Custody::Recalled { org, reason, .. } = &card.custody
            && *org == self.at
            && *reason != RecallReason::Confiscated
        {
            Party::Recalled(*org)
        } else {
            from_whom(card, self.at, around)?
        };
        Ok(vec![HolderEvent::TakenBack {
            card: card.id,
            from,
            at: self.at,
            reason: RecallReason::Confiscated,
            data_to: None,
        }])
    }
}
