//! The order of pre-made cards: from the city's form to cards in stock (R36.1).

use super::ending::{self, stays};
use super::order_command::BlankOrderCommand;
use crate::clause;
use crate::ctx::Ctx;
use crate::distribution::{can_be_settled, sent_by, settlement_stated, signed_for};
use crate::facts::blank_order::{
    BlankBox, BlankOrder, BlankOrderEvent, BlankOrderFile, Counted, ReturnChecked, Step, StockShip,
    StockTakeIn,
};
use crate::facts::custody::Party;
use crate::facts::institution::{Institutions, OrgKind, Organisation};
use crate::ids::OrgId;
use crate::permission::{authorise, in_own_hands};
use crate::refusal::{Reason, Refusal};
use crate::spelling;

/// At most so many cards of one order: what a vendor's file and a bank's call take.
const MOST: u32 = 100_000;

/// Decides a command about an order; what is missing of it, or unknown, stands against Article 36 or Appendix 5.
pub fn decide_order(
    file: &BlankOrderFile,
    command: &BlankOrderCommand,
    ctx: &Ctx,
    institutions: &Institutions,
) -> Result<Vec<BlankOrderEvent>, Refusal> {
    decided(file, command, ctx, institutions).map_err(|refused| refused.under(command.clause()))
}

fn decided(
    file: &BlankOrderFile,
    command: &BlankOrderCommand,
    ctx: &Ctx,
    institutions: &Institutions,
) -> Result<Vec<BlankOrderEvent>, Refusal> {
    clause!(R36.1);
    use BlankOrderCommand as C;
    use BlankOrderEvent as E;
    let place = command.place(file);
    authorise(institutions, &ctx.actor, command.verb(file), &place)?;
    if matches!(command, C::Ship(_) | C::SettleDifference { .. } | C::Destroy(_)) {
        in_own_hands(institutions, &ctx.actor, &place)?;
    }
    if let C::Order { number, city, bank, vendor, quantity, note } = command {
        clause!(X5.1);
        if file.order.is_some() {
            return Err(Reason::NothingToDo.into());
        }
        let missing = [
            bank.as_str().is_empty().then(|| "未选择服务银行".to_owned()),
            vendor.as_str().is_empty().then(|| "未选择制卡商".to_owned()),
            (*quantity == 0 || *quantity > MOST).then(|| format!("一份申请的数量为1至{MOST}张")),
        ];
        let missing: Vec<String> = missing.into_iter().flatten().collect();
        if !missing.is_empty() {
            return Err(Refusal::about(Reason::MaterialDefective, missing.join("；")));
        }
        if !institutions.banks_of(city).contains(bank) {
            return Err(Reason::BankNotOffered.into());
        }
        if !crate::codes::vendors().any(|v| v.code == vendor.as_str()) {
            return Err(Refusal::about(Reason::NotFound, "卡制作厂商代码"));
        }
        let order = BlankOrder {
            number: number.clone(),
            city: city.clone(),
            bank: bank.clone(),
            vendor: vendor.clone(),
            quantity: *quantity,
            note: note.clone(),
            ordered_on: ctx.today(),
            step: Step::Ordered,
            boxes: Vec::new(),
            checked: None,
            ended: None,
        };
        return Ok(vec![E::Ordered { order: Box::new(order) }]);
    }
    let order = file.order.as_ref().ok_or(Reason::NotFound)?;
    let now = || format!("该申请现在的环节是“{}”", order.step.name());
    let at = |there: bool| if there { Ok(()) } else { Err(Refusal::about(Reason::WrongStage, now())) };
    if let Some(events) = ending::after_the_end(order, command, ctx)? {
        return Ok(events);
    }
    match command {
        C::Order { .. } => Err(Reason::NothingToDo.into()),
        C::Decline { reason } => {
            at(matches!(order.step, Step::Ordered))?;
            if spelling::says_nothing(reason) {
                return Err(Refusal::about(Reason::MaterialDefective, "须写明不予生成的原因"));
            }
            Ok(vec![E::Declined { reason: reason.clone() }])
        }
        C::Generate { first } => {
            at(matches!(order.step, Step::Ordered))?;
            Ok(vec![E::Generated { first: *first }])
        }
        C::Extract => {
            // Extracting again gives the same data.
            if matches!(order.step, Step::AtBank { .. }) {
                return Err(Reason::NothingToDo.into());
            }
            at(matches!(order.step, Step::Generated { .. }))?;
            Ok(vec![E::Extracted])
        }
        C::CloseAllocation => {
            if matches!(order.step, Step::AtVendor { .. } | Step::Made { .. }) {
                return Err(Reason::NothingToDo.into());
            }
            at(matches!(order.step, Step::AtBank { .. }))?;
            let answered = file.tally.allocated + file.tally.allocation_failed;
            answered_all(i64::from(order.quantity) - answered)?;
            Ok(vec![E::AllocationClosed])
        }
        C::Pack { number, cards } => {
            at(matches!(order.step, Step::AtVendor { .. }) || order.waits_for_correction().is_some())?;
            if let Some(before) = order.box_of(number) {
                if !before.is_at_vendor() {
                    return Err(Refusal::about(Reason::NotTheKeeper, "该箱已寄出，不再更正装箱"));
                }
                let (was, inside) = (before.cards, file.inside(number));
                if was == *cards {
                    return Err(Refusal::about(Reason::NothingToDo, format!("装箱位置{number}已按此登记")));
                }
                if *cards < inside {
                    let about = format!("装箱位置{number}已有{inside}张回盘，张数不得少于此数");
                    return Err(Refusal::about(Reason::BoxesDiffer, about));
                }
                let (number, cards, vendor) = (number.clone(), *cards, order.vendor.clone());
                return Ok(vec![E::PackedAnew { number, cards, was, vendor }]);
            }
            if *cards <= 0 {
                return Err(Refusal::about(Reason::BoxesDiffer, format!("装箱位置{number}的张数应大于0")));
            }
            Ok(vec![E::Packed { number: number.clone(), cards: *cards, vendor: order.vendor.clone() }])
        }
        C::CloseMaking => {
            let corrects = order.waits_for_correction().is_some();
            if matches!(order.step, Step::Made { .. }) && !corrects {
                return Err(Reason::NothingToDo.into());
            }
            at(corrects || matches!(order.step, Step::AtVendor { .. }))?;
            answered_all(file.tally.allocated)?;
            // What has left the vendor is counted where it is.
            let differs = |b: &&BlankBox| b.is_at_vendor() && file.inside(&b.number) != b.cards;
            let one = |b: &BlankBox| {
                format!("装箱位置{}写明{}张，回盘{}张", b.number, b.cards, file.inside(&b.number))
            };
            let differ: Vec<_> = order.boxes.iter().filter(differs).take(20).map(one).collect();
            if !differ.is_empty() {
                return Err(Refusal::about(Reason::BoxesDiffer, differ.join("；")));
            }
            Ok(vec![if corrects { E::ReturnCorrected { on: ctx.today() } } else { E::MakingClosed }])
        }
        C::CheckReturn { passed, findings } => {
            at(matches!(order.step, Step::Made { .. }))?;
            Ok(vec![E::ReturnChecked { checked: check_return(file, order, *passed, findings, ctx)? }])
        }
        C::Ship(s) => {
            at(matches!(order.step, Step::Made { .. }))?;
            ship(file, order, s, institutions)
        }
        C::TakeIn(t) => {
            at(matches!(order.step, Step::Made { .. }))?;
            take_in(file, order, t)
        }
        C::Count { r#box, org, counted, foreign } => {
            at(matches!(order.step, Step::Made { .. }))?;
            count(file, order, r#box, *org, (*counted, *foreign), ctx)
        }
        C::SettleDifference { r#box, settled, account } => {
            at(matches!(order.step, Step::Made { .. }))?;
            clause!(R12.1);
            let b = order.box_of(r#box).ok_or(Reason::NotFound)?;
            settlement_stated(can_be_settled(&b.differences, settled), account)?;
            let (r#box, keeper) = (r#box.clone(), b.keeper.clone());
            Ok(vec![E::DifferenceSettled {
                r#box,
                keeper,
                settled: settled.clone(),
                account: account.clone(),
            }])
        }
        C::End { reason, sure } => ending::end(file, order, reason, *sure, ctx),
        C::Destroy(d) => ending::destroy(file, order, d, ctx),
    }
}

/// The province looks through what the vendor sent back, card by card counted; what it finds wrong is put right by the vendor and
/// looked at again.
fn check_return(
    file: &BlankOrderFile,
    order: &BlankOrder,
    passed: bool,
    findings: &str,
    ctx: &Ctx,
) -> Result<ReturnChecked, Refusal> {
    clause!(R36.1);
    if order.checked.as_ref().is_some_and(|c| c.passed) {
        return Err(Reason::NothingToDo.into());
    }
    if !passed && spelling::says_nothing(findings) {
        return Err(Refusal::about(Reason::MaterialDefective, "检查不通过的，须写明问题"));
    }
    let (made, failed) = (file.tally.made, file.tally.making_failed + file.tally.allocation_failed);
    let round = order.checked.as_ref().map_or(0, |c| c.round) + 1;
    let findings = findings.trim().to_owned();
    Ok(ReturnChecked { on: ctx.today(), made, failed, passed, findings, round, corrected: None })
}

fn answered_all(outstanding: i64) -> Result<(), Refusal> {
    if outstanding > 0 {
        return Err(Refusal::about(Reason::ReturnsOutstanding, format!("{outstanding}条未回盘")));
    }
    Ok(())
}

/// From the vendor to the city, or to an outlet of the bank there (市卡管机构或服务银行接收); from the city to any outlet of it
/// that gives cards of this bank; between such outlets, for the cards are good in the whole city; and back to the city.
fn hop_allowed(from: &Party, to: &Organisation, order: &BlankOrder, institutions: &Institutions) -> bool {
    if to.city().as_ref() != Some(&order.city) {
        return false;
    }
    let an_outlet = match to.kind {
        OrgKind::HrOutlet => true,
        OrgKind::BankOutlet => to.bank.as_ref() == Some(&order.bank),
        _ => false,
    };
    match from {
        Party::Vendor(_) => to.kind == OrgKind::CityCentre || (to.kind == OrgKind::BankOutlet && an_outlet),
        Party::Org(from) => match institutions.org(*from).map(|o| o.kind) {
            Some(OrgKind::CityCentre) => an_outlet,
            Some(OrgKind::HrOutlet | OrgKind::BankOutlet) => {
                to.kind == OrgKind::CityCentre || (an_outlet && to.id != *from)
            }
            Some(OrgKind::ProvinceCentre | OrgKind::CountyCentre) | None => false,
        },
        Party::Employer(_)
        | Party::Holder
        | Party::Post(_)
        | Party::Recalled(_)
        | Party::Destroyed
        | Party::Missing
        | Party::Production(_) => false,
    }
}

fn ship(
    file: &BlankOrderFile,
    order: &BlankOrder,
    command: &StockShip,
    institutions: &Institutions,
) -> Result<Vec<BlankOrderEvent>, Refusal> {
    let b = order.box_of(&command.r#box).ok_or(Reason::NotFound)?;
    ending::not_destroyed(b)?;
    if b.on_the_way.is_some() {
        return Err(Refusal::about(Reason::NotTheKeeper, "该箱已寄出，待对方签收"));
    }
    // A difference is looked into where it was found: it does not go away with the box.
    stays(b, "出库")?;
    let to = institutions.org(command.to).ok_or_else(|| Refusal::about(Reason::NotFound, "寄达机构"))?;
    // What was sent before it was looked through may come back to the city.
    let comes_back = matches!(b.keeper, Party::Org(_)) && to.kind == OrgKind::CityCentre;
    if let Some(ended) = order.ended.as_ref().filter(|_| !comes_back) {
        return Err(ending::is_over(ended));
    }
    if order.was_found_wrong() && !comes_back {
        return Err(Refusal::about(Reason::WrongStage, "省卡管机构检查回盘未通过")
            .by(clause!(R36.1))
            .way("请待卡商更正、省卡管机构复查通过后出库"));
    }
    if !hop_allowed(&b.keeper, to, order, institutions) {
        return Err(Reason::WrongHop.into());
    }
    // Nobody would sign for them there, nor count them day by day.
    if institutions.is_stopped(to.id) {
        return Err(Refusal::about(Reason::WrongHop, format!("{}已停办，请改选寄达机构", to.name)));
    }
    if file.inside(&b.number) <= 0 {
        return Err(Refusal::about(Reason::NothingToDo, "箱内已没有预制卡"));
    }
    let manner = Some(command.manner.as_str()).filter(|m| !m.is_empty());
    sent_by(&command.responsible, manner, &command.tracking)?;
    Ok(vec![BlankOrderEvent::Shipped { ship: command.clone(), from: b.keeper.clone() }])
}

fn take_in(
    file: &BlankOrderFile,
    order: &BlankOrder,
    command: &StockTakeIn,
) -> Result<Vec<BlankOrderEvent>, Refusal> {
    let b = order.box_of(&command.r#box).ok_or(Reason::NotFound)?;
    if b.on_the_way.as_ref().map(|w| w.to) != Some(command.org) {
        return Err(Reason::NotAddressedHere.into());
    }
    let differences = (command.short.as_ref(), command.surplus.as_slice());
    let items = [("保管地点", command.kept_at.as_str()), ("签收人", command.signer.as_str())];
    signed_for(file.inside(&b.number), command.counted, differences, &items)?;
    Ok(vec![BlankOrderEvent::TakenIn { take_in: command.clone(), from: b.keeper.clone() }])
}

/// 盘点: what was counted is recorded, and a difference with it. A count never stops the work of a counter; a box that was counted wrong does
/// not leave.
fn count(
    file: &BlankOrderFile,
    order: &BlankOrder,
    number: &str,
    org: OrgId,
    (counted, foreign): (i64, i64),
    ctx: &Ctx,
) -> Result<Vec<BlankOrderEvent>, Refusal> {
    let b = order.box_of(number).ok_or(Reason::NotFound)?;
    ending::not_destroyed(b)?;
    if b.keeper != Party::Org(org) || b.on_the_way.is_some() {
        return Err(Reason::NotTheKeeper.into());
    }
    if counted < 0 || foreign < 0 {
        return Err(Reason::CountMismatch.into());
    }
    let (expected, lost) = (file.inside(number), Some(file.lost(number)));
    let counted = Counted { on: ctx.today(), cards: counted, expected, by: Some(org), lost, foreign };
    if b.counted == Some(counted) {
        return Err(Reason::NothingToDo.into());
    }
    Ok(vec![BlankOrderEvent::Counted { r#box: number.into(), org, counted }])
}
