//! What a joining does to the cards of both files, for whoever proposes or decides it (Articles 5, 32 and 37): both are one person from then
//! on, and what was said of the death of the one holds the cards of both.

use super::join::cleaned;
use super::undoing::{all, card_said, has};
use crate::clause;
use crate::ctx::Ctx;
use crate::facts::card::{Card, Hold};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::ids::CardId;
use crate::recall::state_said;

/// What a joining brings together, and what each card is afterwards: each thing under its head, with numbers masked, as Chinese phrases. `keep` is
/// the card that stays; of two files with a card each nothing is said of cards before one is chosen.
pub fn joining_said(
    file: &HolderFile,
    other: &HolderFile,
    keep: Option<CardId>,
    ctx: &Ctx,
) -> Vec<(&'static str, String)> {
    clause!(R5.5);
    clause!(R32.5);
    let [_, own_deaths, own_cases] = has(file);
    let [_, their_deaths, their_cases] = has(other);
    let after = joined(file, other, keep, ctx);
    let before = || file.cards.iter().chain(&other.cards);
    let chosen = after.as_ref();
    let cards = chosen.map(|after| all(before().filter_map(|c| after.card(c.id)).map(with_state)));
    let stops = |c: &&Card| c.in_force() && chosen.and_then(|a| a.card(c.id)).is_some_and(|a| !a.in_force());
    let stopped = all(before().filter(stops).map(card_said));
    let said = [
        ("并入档案的死亡登记和申报", their_deaths),
        ("保留档案的死亡登记和申报", own_deaths),
        ("并入档案的限制案件", their_cases),
        ("保留档案的限制案件", own_cases),
        ("合并后各卡的状态", cards.unwrap_or_default()),
        ("现在能用、合并后随即停用的卡", stopped),
        ("须先核实的死亡", death_said(file, other, ctx).unwrap_or_default().to_owned()),
    ];
    said.into_iter().filter(|(_, what)| !what.is_empty()).collect()
}

fn with_state(card: &Card) -> String {
    format!("{}（{}）", card_said(card), state_said(card))
}

/// The file that stays as it is once both are one; `None` while it is not said which card is kept.
fn joined(file: &HolderFile, other: &HolderFile, keep: Option<CardId>, ctx: &Ctx) -> Option<HolderFile> {
    let cleaned = cleaned(file, other, keep)?;
    let (belongings, stated, by) = (Box::new(other.belongings()), file.stated_deaths(), ctx.actor.text());
    let mut after = file.clone();
    after.apply(&HolderEvent::Joined { other: other.id, belongings, cleaned, stated, by }, ctx.now);
    Some(after)
}

/// What to find out first where a death was said of the one file and not of the other: the person is one from then on, and dead or suspected
/// to be. Nothing where both say the same.
fn death_said(file: &HolderFile, other: &HolderFile, ctx: &Ctx) -> Option<&'static str> {
    clause!(R32.5);
    clause!(R33.1);
    // Which card is kept makes no difference to it.
    let any = file.standing_cards().chain(other.standing_cards()).next().map(|c| c.id);
    let after = joined(file, other, any, ctx)?;
    let dead = [file, other].map(HolderFile::death_confirmed);
    let suspected = [file, other].map(is_suspected);
    if after.death_confirmed() && dead != [true, true] {
        return Some(
            "两份档案合并后是同一人，该人死亡已核实；有社保卡的，保留的卡也随即停用，系统通知网点10个工作日内回收。该人在世的，先凭生存状态证明材料按死亡登记的号码在“死亡登记”办理恢复；不是同一人的，不予合并",
        );
    }
    if is_suspected(&after) && suspected != [true, true] {
        return Some(
            "两份档案合并后是同一人，该人的卡都标为疑似死亡，待公安、社保登记比对。该人在世的，先凭生存状态证明材料按死亡登记或申报的号码在“死亡登记”办理恢复；不是同一人的，不予合并",
        );
    }
    None
}

fn is_suspected(file: &HolderFile) -> bool {
    let held = |c: &Card| c.holds.contains(&Hold::SuspectedDeath) || c.holds.contains(&Hold::DeathConfirmed);
    let said = file.person.as_ref().is_some_and(|p| !(p.death.is_empty() && p.stated.is_empty()));
    said || file.cards.iter().any(|c| !c.is_cancelled() && held(c))
}
