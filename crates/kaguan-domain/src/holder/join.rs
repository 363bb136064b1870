//! 档案合并 (Articles 3 and 5): two files of one person that were found later become one. One officer proposes, another
//! approves; it can be undone the same way. Numbers, applications, cards with their holds, restrictions and archive move together.

use super::undoing::{self, Undoing};
use crate::alive::notice_over;
use crate::clause;
use crate::collection::ready::told_once_free;
use crate::facts::application::{Application, Stage};
use crate::facts::card::{Card, Hold};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::intent::IntentState;
use crate::facts::join::{Brought, Join, JoinState};
use crate::facts::person::registers_of;
use crate::ids::{CardId, CityCode, HolderId};
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule};
use crate::spelling;
use serde::{Deserialize, Serialize};

/// 提出档案合并: this file stays, the other is emptied into it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ProposeJoin {
    pub other: HolderId,
    /// Why both are one person: which proof was seen.
    pub reason: String,
    /// The card that stays in use; needed when both files have one.
    pub keep: Option<CardId>,
}

/// 审核: of a joining, or of its undoing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DecideJoin {
    pub other: HolderId,
    pub approved: bool,
    /// Why not; may be empty when it is approved.
    pub reason: String,
}

/// 提出撤销档案合并.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct UndoJoin {
    pub other: HolderId,
    /// What shows that these are two persons.
    pub reason: String,
}

/// Whose file it is: the city of the newest card that stands. Where none does, that of the latest application that is the file's own and
/// came to something: what a joining brought, or cleaned, makes a file no other city's.
fn city_of(file: &HolderFile) -> Option<CityCode> {
    clause!(R6.1);
    if let Some(card) = file.standing_cards().last() {
        return Some(card.city.clone());
    }
    let came = |a: &&Application| !matches!(a.stage, Stage::Withdrawn { .. } | Stage::Declined { .. });
    let latest = || file.own_applications().rev();
    let application = latest().find(came).or_else(|| latest().next()).map(|a| a.city.clone());
    application.or_else(|| file.cards.last().map(|c| c.city.clone()))
}

fn in_city(city: Option<CityCode>) -> Place {
    city.map_or(Place::Anywhere, Place::City)
}

fn place_of_join(file: &HolderFile, other: HolderId) -> Place {
    in_city(file.join_with(other).and_then(|j| j.city.clone()))
}

/// Whose a joining is, for whoever is of another city.
fn join_whose(file: &HolderFile, other: HolderId) -> Option<String> {
    clause!(R6.1);
    let city = file.join_with(other)?.city.as_ref()?;
    Some(format!("该合并由{}卡管机构提出和审核，撤销也由其办理", city.name()))
}

/// What another city does about it.
const ASK_THEM: &str = "请由该市卡管机构办理；有异议的，与该市或省卡管机构联系";

fn stated(reason: &str, what: &str) -> Result<(), Refusal> {
    let missing = spelling::says_nothing(reason);
    if missing { Err(Refusal::about(Reason::MaterialDefective, what).by(clause!(R5.5))) } else { Ok(()) }
}

/// What has to come to its end first: what a partner or a counter is working on is not moved under its hands.
fn under_way(file: &HolderFile, whose: &str) -> Vec<String> {
    let mut out = Vec::new();
    for a in file.applications.iter().filter(|a| a.is_open()) {
        let how = match a.stage.batch() {
            Some(_) => "已进入制卡批次，待制成、处理失败数据或移出批次后办理",
            None => "可先待其办结，或办理撤销、不予受理",
        };
        out.push(format!("{whose}有在办的{}（申领表{}），{how}", a.purpose.name(), a.form_no));
    }
    if file.bank_change().is_some() {
        out.push(format!("{whose}正在变更服务银行，待其办结或撤销预约后办理"));
    }
    let waits = |c: &&Card| c.intents.iter().any(|i| i.state == IntentState::Wanted);
    for card in file.cards.iter().filter(waits) {
        out.push(format!("{whose}的{}卡有银行尚未答复的联动", card.bank.name()));
    }
    out
}

fn nothing_under_way(all: Vec<String>) -> Result<(), Refusal> {
    if all.is_empty() { Ok(()) } else { Err(Refusal::about(Reason::JoinBlocked, all.join("；"))) }
}

/// The other file, when both can be one.
fn joinable<'a>(file: &HolderFile, around: Around<'a>, other: HolderId) -> Result<&'a HolderFile, Refusal> {
    clause!(R5.5);
    if file.id == other {
        return Err(Refusal::about(Reason::NothingToDo, "两个号码属于同一份档案"));
    }
    let other = around.other.ok_or(Reason::NotFound)?;
    let person = other.person.as_ref().ok_or(Reason::NotFound)?;
    if person.joined_into.is_some() {
        return Err(Reason::FileJoined.into());
    }
    let mut all = under_way(file, "保留的档案");
    all.extend(under_way(other, "并入的档案"));
    if person.joins.iter().any(|j| j.state.waits()) {
        all.push("并入的档案另有待审核的合并，请先审核".into());
    }
    nothing_under_way(all)?;
    Ok(other)
}

fn restricted(card: &Card) -> bool {
    card.holds.iter().any(|h| matches!(h, Hold::Restriction { .. }))
}

/// The cards that the one-card rule ends: every standing one but the card that is kept, and what is made to replace it or is
/// replaced by it (Appendix 10). `None` when both files have a card and nobody says which is kept.
pub(super) fn cleaned(file: &HolderFile, other: &HolderFile, keep: Option<CardId>) -> Option<Vec<CardId>> {
    clause!(X10.1);
    let both = file.standing_cards().next().is_some() && other.standing_cards().next().is_some();
    let of = |f: &HolderFile| {
        let kept = keep.and_then(|k| f.card(k));
        let stays = |c: &Card| kept.is_some_and(|k| f.one_case(k, c));
        f.standing_cards().filter(|c| !stays(c)).map(|c| c.id).collect::<Vec<_>>()
    };
    match (keep, both) {
        (None, true) => None,
        (None, false) => Some(Vec::new()),
        (Some(_), _) => Some(of(file).into_iter().chain(of(other)).collect()),
    }
}

/// Whether the card may be the one that is kept, and what else is cleaned.
fn chosen(
    file: &HolderFile,
    other: &HolderFile,
    keep: Option<CardId>,
    city: Option<&CityCode>,
) -> Result<Vec<CardId>, Refusal> {
    let standing: Vec<&Card> = file.standing_cards().chain(other.standing_cards()).collect();
    if let Some(keep) = keep {
        let kept = standing.iter().find(|c| c.id == keep);
        let kept = kept.ok_or_else(|| Refusal::about(Reason::OneCardListChanged, "所保留的卡"))?;
        clause!(R37.1);
        let under_case = standing.iter().any(|c| restricted(c));
        if under_case && !restricted(kept) {
            return Err(Refusal::about(Reason::JoinBlocked, "限制随人：须保留处于限制的卡，或先办理恢复"));
        }
        let local = |c: &Card| Some(&c.city) == city;
        if !under_case && !local(kept) && standing.iter().any(|c| local(c)) {
            return Err(Refusal::about(Reason::JoinBlocked, "一人一卡：须保留本市发行的卡"));
        }
    }
    let which = || {
        Refusal::about(Reason::MaterialDefective, "两份档案均有社会保障卡，须选定保留哪一张")
            .by(clause!(R5.5))
    };
    cleaned(file, other, keep).ok_or_else(which)
}

impl Rule for ProposeJoin {
    fn verb(&self) -> Verb {
        Verb::ProposeJoin
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        in_city(city_of(file))
    }

    fn whose_turn(&self, file: &HolderFile, around: Around<'_>) -> Option<String> {
        clause!(R6.1);
        let stays = city_of(file)?;
        let other = around.other.and_then(city_of).map(|c| format!("，并入的档案归{}", c.name()));
        Some(format!("保留的档案归{}{}", stays.name(), other.unwrap_or_default()))
    }

    fn way_there(&self) -> &'static str {
        "请由保留的档案所属市的卡管机构提出；应保留另一份档案的，将两份档案对调后由其所属市提出"
    }

    fn other(&self) -> Option<HolderId> {
        Some(self.other)
    }

    /// Decides 提出档案合并.
    fn decide(&self, Asked { file, ctx, around }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R3.2);
        file.person.as_ref().ok_or(Reason::NotFound)?;
        let other = joinable(file, around, self.other)?;
        stated(&self.reason, "须写明认定为同一人的依据")?;
        if file.join_with(self.other).is_some_and(|j| j.state.waits()) {
            return Err(Refusal::about(Reason::WrongStage, "合并已提出，待另一名经办人审核"));
        }
        let city = city_of(file);
        chosen(file, other, self.keep, city.as_ref())?;
        let join = Join {
            other: self.other,
            reason: self.reason.trim().to_owned(),
            proposed_by: ctx.actor.text(),
            proposed_at: ctx.now,
            city,
            keep: self.keep,
            state: JoinState::Proposed,
            brought: Brought::default(),
        };
        Ok(vec![HolderEvent::JoinProposed { join: Box::new(join) }])
    }
}

impl Rule for DecideJoin {
    fn verb(&self) -> Verb {
        Verb::DecideJoin
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        place_of_join(file, self.other)
    }

    fn whose_turn(&self, file: &HolderFile, _: Around<'_>) -> Option<String> {
        join_whose(file, self.other)
    }

    fn way_there(&self) -> &'static str {
        ASK_THEM
    }

    fn other(&self) -> Option<HolderId> {
        Some(self.other)
    }

    /// Decides 审核, by another officer than the one who proposed; everything is looked at again as it is now.
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R3.2);
        let Asked { file, ctx, around } = asked;
        let join = file.join_with(self.other).ok_or(Reason::NotFound)?;
        let by = ctx.actor.text();
        let proposed_by = match &join.state {
            JoinState::Proposed => &join.proposed_by,
            JoinState::UndoProposed { by, .. } => by,
            JoinState::Refused { .. } | JoinState::Joined { .. } | JoinState::Undone { .. } => {
                return Err(Reason::WrongStage.into());
            }
        };
        if *proposed_by == by {
            return Err(Reason::OwnProposal.into());
        }
        if !self.approved {
            stated(&self.reason, "须写明不同意的理由")?;
            let reason = self.reason.trim().to_owned();
            return Ok(vec![HolderEvent::JoinRefused { other: self.other, by, reason }]);
        }
        if join.state == JoinState::Proposed {
            let other = joinable(file, around, self.other)?;
            let local =
                join.keep.and_then(|k| file.card(k).or_else(|| other.card(k))).map(|c| c.city.clone());
            let cleaned = chosen(file, other, join.keep, local.as_ref())?;
            let (belongings, stated) = (Box::new(other.belongings()), file.stated_deaths());
            let joined = HolderEvent::Joined { other: self.other, belongings, cleaned, stated, by };
            return Ok([joined].into_iter().chain(notices_over(file, other)).collect());
        }
        let other = around.other.ok_or(Reason::NotFound)?;
        if other.joined_into() != Some(file.id) {
            return Err(Reason::WrongStage.into());
        }
        nothing_under_way(undoing_waits_for(file, join))?;
        let Undoing { ended, freed, belongings } = Undoing::of(file, join, ctx);
        let (mut events, belongings) = (ended, Box::new(belongings));
        events.push(HolderEvent::Separated { other: self.other, belongings, freed, by });
        let told = told_once_free(asked, &events);
        events.extend(told);
        Ok(events)
    }
}

/// The notices of a death that was none, on the cards of a file whose person is dead only now, by what registers said of the two numbers: this
/// death begins a period of its own.
fn notices_over(file: &HolderFile, other: &HolderFile) -> Vec<HolderEvent> {
    clause!(R32.2);
    let said = |f: &HolderFile| f.person.iter().flat_map(|p| p.death.clone()).collect::<Vec<_>>();
    if registers_of(&[said(file), said(other)].concat()) < 2 {
        return Vec::new();
    }
    let new = [file, other].into_iter().filter(|f| !f.death_confirmed());
    new.flat_map(|f| &f.cards).filter_map(notice_over).collect()
}

/// What an undoing waits for: what a joining waits for, and what is told of the undoing alone.
fn undoing_waits_for(file: &HolderFile, join: &Join) -> Vec<String> {
    let mut all = under_way(file, "合并后的档案");
    all.extend(undoing::waits_for(file, join));
    all
}

impl Rule for UndoJoin {
    fn verb(&self) -> Verb {
        Verb::UndoJoin
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        place_of_join(file, self.other)
    }

    fn whose_turn(&self, file: &HolderFile, _: Around<'_>) -> Option<String> {
        join_whose(file, self.other)
    }

    fn way_there(&self) -> &'static str {
        ASK_THEM
    }

    fn other(&self) -> Option<HolderId> {
        Some(self.other)
    }

    /// Decides 提出撤销合并; another officer decides with [`DecideJoin`].
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R5.5);
        let join = file.join_with(self.other).ok_or(Reason::NotFound)?;
        match &join.state {
            JoinState::Joined { .. } => {}
            JoinState::UndoProposed { .. } => {
                return Err(Refusal::about(Reason::WrongStage, "撤销已提出，待另一名经办人审核"));
            }
            JoinState::Proposed | JoinState::Refused { .. } | JoinState::Undone { .. } => {
                return Err(Refusal::about(Reason::WrongStage, "两份档案没有合并"));
            }
        }
        stated(&self.reason, "须写明撤销合并的理由")?;
        nothing_under_way(undoing_waits_for(file, join))?;
        let reason = self.reason.trim().to_owned();
        Ok(vec![HolderEvent::SeparationProposed { other: self.other, by: ctx.actor.text(), reason }])
    }
}
