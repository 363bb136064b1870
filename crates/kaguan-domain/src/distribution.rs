//! 分发 (Article 12): province, city, county, outlet. A box has exactly one keeper at any moment; until it is signed
//! for, the sender keeps it. Every hand-over is an entry with two parties, so that the books balance to zero.

mod list;
mod missing;
mod routes;
mod single;

pub use list::{CompareBox, Listed, compare, compare_box};
pub use missing::{RecordFound, RecordMissing, TakeOver, party_name};
pub use single::{PassedOn, goes_on, passed_on, waits_to_be_taken_over};
pub(crate) use single::{ended_goes_to, is_of_another_city, may_give_out};

use crate::clause;
use crate::ctx::{Ctx, Instant};
use crate::facts::batch::{BatchEvent, BatchFile, BatchState};
use crate::facts::boxes::{BoxFile, BoxReceived, BoxSettled, BoxShipped};
use crate::facts::custody::Party;
use crate::facts::difference::{Difference, Settled, Short, Surplus, open_of};
use crate::facts::institution::{Institutions, OrgKind};
use crate::ids::{BoxId, CardNumber, OrgId};
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::spelling;
use serde::{Deserialize, Serialize};

/// 寄出, 再次分发, 交付, 退回: a box sets out. Which of them it is depends on who keeps it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Ship {
    pub r#box: BoxId,
    pub to: OrgId,
    /// 责任人.
    pub responsible: String,
    /// 发放方式, such as 专车 or 邮政.
    pub manner: String,
    /// Tracking number or way-bill.
    pub tracking: String,
}

/// 接收: a box is counted and signed for.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Receive {
    pub r#box: BoxId,
    pub org: OrgId,
    /// Cards counted; a card that is known to be missing is recorded by [`RecordMissing`] first.
    pub counted: i64,
    /// 保管地点.
    pub kept_at: String,
    /// 签收人.
    pub signer: String,
    /// 短少: cards too few, and nobody knows yet which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short: Option<Short>,
    /// 多出: cards that the books do not have in the box.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub surplus: Vec<Surplus>,
}

/// 清点差异处理: a difference of a box is looked into by whoever keeps the box.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SettleDifference {
    pub r#box: BoxId,
    /// Cards that were found, or that are named now; or the card too many that went where it belongs.
    pub settled: Settled,
    /// What came of it.
    pub account: String,
}

/// Which verb a shipment is: 卡商交付, 省中心寄出, 市内再次分发 or 退回.
pub fn ship_verb(file: &BatchFile, ship: &Ship, institutions: &Institutions) -> Verb {
    let Some(b) = file.box_file(ship.r#box) else { return Verb::Ship };
    match &b.keeper {
        Party::Vendor(_) => Verb::Deliver,
        Party::Org(from) => {
            let from = institutions.org(*from);
            let to = institutions.org(ship.to);
            match (from.map(|o| o.kind), to.map(|o| o.kind)) {
                (Some(OrgKind::ProvinceCentre), _) => Verb::Ship,
                (Some(f), Some(t)) if routes::level(f) > routes::level(t) => Verb::SendBack,
                _ => Verb::Redistribute,
            }
        }
        _ => Verb::Ship,
    }
}

/// Where a shipment starts, for the permission check.
pub fn ship_place(file: &BatchFile, ship: &Ship) -> Place {
    file.box_file(ship.r#box).map_or(Place::Anywhere, |b| b.keeper.place())
}

/// Decides a shipment.
pub fn ship(
    file: &BatchFile,
    command: &Ship,
    ctx: &Ctx,
    institutions: &Institutions,
) -> Result<Vec<BatchEvent>, Refusal> {
    clause!(R12.1);
    let b = file.box_file(command.r#box).ok_or(Reason::NotFound)?;
    let made = file.batch.as_ref().is_some_and(|x| matches!(x.state, BatchState::Made { .. }));
    if !made {
        return Err(Refusal::about(Reason::WrongStage, "该批次尚未完成制卡回盘"));
    }
    if b.on_the_way.is_some() {
        return Err(Refusal::about(Reason::NotTheKeeper, "该箱已寄出，待对方签收"));
    }
    if matches!(b.keeper, Party::Employer(_)) {
        return Err(Reason::AlreadyHandedOver.into());
    }
    let to = institutions.org(command.to).ok_or_else(|| Refusal::about(Reason::NotFound, "寄达机构"))?;
    let bank = file.batch.as_ref().map(|x| &x.bank);
    if !routes::allowed(&b.keeper, to, b, bank, institutions, ctx.today()) {
        return Err(Reason::WrongHop.into());
    }
    if institutions.is_stopped(to.id) {
        return Err(Refusal::about(Reason::WrongHop, format!("{}已停办，请改选寄达机构", to.name)));
    }
    if file.inside(b.id) <= 0 {
        return Err(Refusal::about(Reason::NothingToDo, "箱内已没有待分发的卡"));
    }
    sent_by(&command.responsible, Some(&command.manner), &command.tracking)?;
    // The period of Article 11 ends when the cards leave the province, or the vendor for whoever comes after it.
    let centre = |id: &OrgId| institutions.org(*id).is_some_and(|o| o.kind == OrgKind::ProvinceCentre);
    let from_province = match &b.keeper {
        Party::Org(id) => centre(id),
        Party::Vendor(_) => to.kind != OrgKind::ProvinceCentre,
        Party::Employer(_)
        | Party::Holder
        | Party::Post(_)
        | Party::Recalled(_)
        | Party::Destroyed
        | Party::Missing
        | Party::Production(_) => false,
    };
    clause!(R12.3);
    Ok(vec![BatchEvent::BoxShipped(BoxShipped {
        r#box: b.id,
        from: b.keeper.clone(),
        to: to.id,
        responsible: command.responsible.clone(),
        manner: command.manner.clone(),
        tracking: command.tracking.clone(),
        from_province,
    })])
}

/// Words in 发放方式 that name a carrier, who gives a number for what he takes.
const CARRIERS: [&str; 6] = ["邮", "快递", "寄递", "物流", "快运", "EMS"];

/// What is stated of a shipment: who answers for it and in which manner it goes; the number of a carrier, or of whoever does not say
/// how. Whoever brings it himself (自行押运, 专车) has none, and Article 12 asks for none.
pub(crate) fn sent_by(responsible: &str, manner: Option<&str>, tracking: &str) -> Result<(), Refusal> {
    clause!(R12.1);
    let mut items = vec![("责任人", responsible)];
    items.extend(manner.map(|m| ("发放方式", m)));
    let folded = manner.map(str::to_uppercase);
    if folded.is_none_or(|m| CARRIERS.iter().any(|c| m.contains(c))) {
        items.push(("单号", tracking));
    }
    stated(&items)
}

/// What a clerk must state, and did not: all of it at once (R12.1).
pub(crate) fn stated(items: &[(&str, &str)]) -> Result<(), Refusal> {
    clause!(R12.1);
    let missing: Vec<&str> =
        items.iter().filter(|(_, text)| spelling::says_nothing(text)).map(|i| i.0).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Refusal::about(Reason::MaterialDefective, format!("须填写{}", missing.join("、"))))
}

/// A receipt of a box, of finished cards or of pre-made ones: whether the count and its differences make up what the books have in it
/// (cards too few are located to one keeper, cards too many have their numbers), and what is stated of where it is kept and who signed.
/// All that is wrong is told at once, under the reason of the first.
pub(crate) fn signed_for(
    booked: i64,
    counted: i64,
    (short, surplus): (Option<&Short>, &[Surplus]),
    items: &[(&str, &str)],
) -> Result<(), Refusal> {
    clause!(R12.1);
    let mut wrong: Vec<Refusal> = Vec::new();
    let material = |about: &str| Refusal::about(Reason::MaterialDefective, about);
    // What is told never says what the books have: whoever counts finds it by counting.
    let missing = short.map_or(0, |s| s.cards);
    let mut numbers: Vec<&str> = surplus.iter().map(|s| s.card_no.as_str()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.len() != surplus.len() || numbers.iter().any(|n| CardNumber::parse(n).is_err()) {
        wrong.push(material("多出的卡须逐张登记社保卡卡号，不得重复"));
    }
    if short.is_some_and(|s| s.cards <= 0 || s.cards > booked) {
        wrong.push(Refusal::about(Reason::CountMismatch, "短少张数有误"));
    } else if counted != booked - missing + surplus.len() as i64 {
        let about = format!("清点{counted}张，登记短少{missing}张、多出{}张", surplus.len());
        wrong.push(Refusal::about(Reason::CountMismatch, about));
    }
    let accounts = short.map(|s| &s.account).into_iter().chain(surplus.iter().map(|s| &s.account));
    if accounts.into_iter().any(|a| spelling::says_nothing(a)) {
        wrong.push(material("须写明短少或多出的情况"));
    }
    wrong.extend(stated(items).err());
    let Some(first) = wrong.first() else { return Ok(()) };
    let all: Vec<&str> = wrong.iter().filter_map(|r| r.about.as_deref()).collect();
    Err(Refusal::about(first.reason, all.join("；")).by(clause!(R12.1)))
}

/// Decides a receipt: what was counted must be what lies in the box by the books, but for the differences that are stated.
pub fn receive(
    file: &BatchFile,
    command: &Receive,
    institutions: &Institutions,
) -> Result<Vec<BatchEvent>, Refusal> {
    clause!(R12.1);
    clause!(R12.3);
    let b = file.box_file(command.r#box).ok_or(Reason::NotFound)?;
    let way = b.on_the_way.as_ref().ok_or(Reason::NotAddressedHere)?;
    if way.to != command.org || institutions.org(command.org).is_none() {
        return Err(Reason::NotAddressedHere.into());
    }
    let differences = (command.short.as_ref(), command.surplus.as_slice());
    let items = [("保管地点", command.kept_at.as_str()), ("签收人", command.signer.as_str())];
    signed_for(file.inside(b.id), command.counted, differences, &items)?;
    Ok(vec![BatchEvent::BoxReceived(BoxReceived {
        r#box: b.id,
        from: b.keeper.clone(),
        to: command.org,
        counted: command.counted,
        kept_at: command.kept_at.clone(),
        signer: command.signer.clone(),
        arrived: command.org == b.outlet,
        short: command.short.clone(),
        surplus: command.surplus.clone(),
    })])
}

/// Where a box is counted: with its keeper; one that an employer has, by the outlet that handed it out.
pub fn counted_at(b: &BoxFile) -> Place {
    if let Party::Employer(_) = b.keeper { Place::At(b.outlet) } else { b.keeper.place() }
}

/// Decides 清点差异处理.
pub fn settle_difference(file: &BatchFile, command: &SettleDifference) -> Result<Vec<BatchEvent>, Refusal> {
    clause!(R12.1);
    let b = file.box_file(command.r#box).ok_or(Reason::NotFound)?;
    settlement_stated(can_be_settled(&b.differences, &command.settled), &command.account)?;
    Ok(vec![BatchEvent::BoxSettled(BoxSettled {
        r#box: b.id,
        keeper: b.keeper.clone(),
        settled: command.settled.clone(),
        account: command.account.clone(),
    })])
}

/// What is wrong with a number of found cards, and that no 处理结果 is stated, at once; of what is not open the latter is not asked.
pub(crate) fn settlement_stated(settled: Result<(), Refusal>, account: &str) -> Result<(), Refusal> {
    clause!(R12.1);
    let unsaid = stated(&[("处理结果", account)]).map_err(|r| r.by(clause!(R12.1)));
    match (settled, unsaid) {
        (Err(wrong), Err(unsaid)) if wrong.reason == unsaid.reason => {
            let all: Vec<&str> = [&wrong, &unsaid].iter().filter_map(|r| r.about.as_deref()).collect();
            Err(Refusal::about(wrong.reason, all.join("；")).by(clause!(R12.1)))
        }
        (settled, unsaid) => settled.and(unsaid),
    }
}

/// Whether the differences have what is settled.
pub(crate) fn can_be_settled(all: &[Difference], settled: &Settled) -> Result<(), Refusal> {
    let there = match settled {
        Settled::Short { cards, at } => return can_be_found(all, *cards, *at),
        Settled::Named { at } => all.iter().any(|d| d.at == *at && d.short > 0),
        Settled::Surplus { card_no } => all.iter().any(|d| d.surplus.as_ref() == Some(card_no)),
    };
    if there { Ok(()) } else { Err(none_open()) }
}

fn none_open() -> Refusal {
    Refusal::about(Reason::NothingToDo, "该箱没有这项未处理的清点差异").by(clause!(R12.1))
}

/// Whether so many cards are short: of the shortage that one receipt counted, or of the box, where one party answers for all of it or all of
/// it is settled at once. Whoever answers for what is still short must not change by what is found of another's.
fn can_be_found(all: &[Difference], cards: i64, at: Option<Instant>) -> Result<(), Refusal> {
    clause!(R12.1);
    let wrong = |about: String| Err(Refusal::about(Reason::MaterialDefective, about).by(clause!(R12.1)));
    let open: i64 = open_of(all, at).map(|d| d.short).sum();
    if open == 0 {
        return Err(none_open());
    }
    if cards < 1 || cards > open {
        let most = if open == 1 { "须为1张".to_owned() } else { format!("须在1张至{open}张之间") };
        return wrong(format!("未处理的短少为{open}张，已找到的张数{most}"));
    }
    let first = open_of(all, at).next();
    if cards < open && open_of(all, at).any(|d| first.is_some_and(|f| f.answers != d.answers)) {
        return wrong("该箱有责任方不同的几项短少，须在所处理的那一项下登记".into());
    }
    Ok(())
}

/// Decides 空箱结清: nothing is left in a box, whose every card was sent to its applicant by the vendor, or is missing. It will
/// not set out any more, and no clock waits for it.
pub fn close_empty_box(file: &BatchFile, r#box: BoxId) -> Result<Vec<BatchEvent>, Refusal> {
    clause!(R7.1);
    let b = file.box_file(r#box).ok_or(Reason::NotFound)?;
    let made = file.batch.as_ref().is_some_and(|x| matches!(x.state, BatchState::Made { .. }));
    let kept = matches!(b.keeper, Party::Vendor(_) | Party::Org(_));
    if !made || !kept || b.on_the_way.is_some() || b.arrived.is_some() {
        return Err(Reason::WrongStage.into());
    }
    if b.short() > 0 {
        return Err(Reason::DifferenceOpen.into());
    }
    let inside = file.inside(b.id);
    if inside != 0 {
        return Err(Refusal::about(Reason::CountMismatch, format!("箱内尚有{inside}张")));
    }
    Ok(vec![BatchEvent::BoxEmptied { r#box: b.id }])
}
