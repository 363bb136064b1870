//! 终止 of an order of pre-made cards (R36.1): the province ends what was found wrong, or is not wanted any more, while it is made and after.
//! Cards that became somebody's stay what they are; the others are void. They are counted like money all the same until they are destroyed,
//! box by box, by whoever keeps them.

use super::order_command::{BlankOrderCommand, StockDestroy};
use crate::clause;
use crate::ctx::Ctx;
use crate::facts::blank_order::{
    BlankBox, BlankOrder, BlankOrderEvent, BlankOrderFile, BoxDestroyed, OrderEnded, Step,
};
use crate::facts::custody::Party;
use crate::refusal::{Reason, Refusal};
use crate::spelling;

/// What is refused of an order that was ended, and of its cards.
pub fn is_over(ended: &OrderEnded) -> Refusal {
    let about = format!("省卡管机构已于{}终止该批预制卡：{}", ended.on, ended.reason);
    Refusal::about(Reason::WrongStage, about).by(clause!(R36.1)).way(
        "该批未使用的预制卡全部作废，不再生产、发出和使用；在库的退回市卡管机构，或由保管机构清点后登记销毁",
    )
}

/// What an order that was ended says to a command; `None` where the command is decided as for any other: boxes are signed for, counted and
/// sent back all the same.
pub(super) fn after_the_end(
    order: &BlankOrder,
    command: &BlankOrderCommand,
    ctx: &Ctx,
) -> Result<Option<Vec<BlankOrderEvent>>, Refusal> {
    clause!(R36.1);
    use BlankOrderCommand as C;
    let Some(ended) = &order.ended else { return Ok(None) };
    let on = ctx.today();
    let heard = |had: bool, known: bool| match (had, known) {
        (true, false) => Ok(()),
        (true, true) => Err(Refusal::about(Reason::NothingToDo, "已答复知悉该批预制卡终止")),
        (false, _) => Err(is_over(ended)),
    };
    Ok(match command {
        C::Order { .. }
        | C::Decline { .. }
        | C::Generate { .. }
        | C::Extract
        | C::CheckReturn { .. }
        | C::End { .. } => return Err(is_over(ended)),
        C::CloseAllocation => {
            let had = !matches!(order.step, Step::Ordered | Step::Declined { .. } | Step::Generated { .. });
            heard(had, ended.bank.is_some())?;
            Some(vec![BlankOrderEvent::EndKnownToBank { on }])
        }
        C::CloseMaking => {
            heard(matches!(order.step, Step::AtVendor { .. } | Step::Made { .. }), ended.vendor.is_some())?;
            let left = order.boxes.iter().filter(|b| b.is_at_vendor());
            let left: Vec<&str> = left.take(20).map(|b| b.number.as_str()).collect();
            if !left.is_empty() {
                let about = format!("装箱位置{}尚未登记销毁", left.join("、"));
                return Err(Refusal::about(Reason::WrongStage, about).by(clause!(R36.1)).way(
                    "该批预制卡已终止：请销毁后以同一装箱位置重新提交装箱（张数0）逐箱登记，再办理回盘完成",
                ));
            }
            Some(vec![BlankOrderEvent::EndKnownToVendor { on }])
        }
        C::Pack { number, cards: 0 } => {
            let b = order.box_of(number).ok_or(Reason::NotFound)?;
            not_destroyed(b)?;
            if !b.is_at_vendor() {
                return Err(Refusal::about(Reason::NotTheKeeper, "该箱已寄出，由签收的机构办理"));
            }
            let destroyed = BoxDestroyed {
                on,
                cards: b.cards,
                by: String::new(),
                witness: String::new(),
                account: "卡商通过接口答复已销毁".to_owned(),
            };
            let (r#box, from) = (number.clone(), b.keeper.clone());
            Some(vec![BlankOrderEvent::BoxDestroyed { r#box, from, destroyed }])
        }
        C::Pack { .. } => return Err(is_over(ended)),
        C::Ship(_) | C::TakeIn(_) | C::Count { .. } | C::SettleDifference { .. } | C::Destroy(_) => None,
    })
}

/// The province ends an order whose numbers are generated; of one that is made only what is left of it.
pub(super) fn end(
    file: &BlankOrderFile,
    order: &BlankOrder,
    reason: &str,
    sure: bool,
    ctx: &Ctx,
) -> Result<Vec<BlankOrderEvent>, Refusal> {
    clause!(R36.1);
    match &order.step {
        Step::Ordered => {
            let about = format!("该申请现在的环节是“{}”", order.step.name());
            return Err(Refusal::about(Reason::WrongStage, about)
                .way("尚未生成数据的申请不用终止：不同意的，办理“不予生成”"));
        }
        Step::Declined { .. } => {
            let about = format!("该申请现在的环节是“{}”", order.step.name());
            return Err(Refusal::about(Reason::WrongStage, about).way("该申请没有预制卡，无需终止"));
        }
        Step::Made { .. } => {
            let left: i64 = order.boxes.iter().map(|b| file.inside(&b.number)).sum();
            let open = order.boxes.iter().any(BlankBox::has_open_difference);
            if left <= 0 && !open {
                let about = "该批预制卡已全部制成社保卡、作废或登记缺失";
                return Err(Refusal::about(Reason::NothingToDo, about));
            }
        }
        Step::Generated { .. } | Step::AtBank { .. } | Step::AtVendor { .. } => {}
    }
    let missing = [
        spelling::says_nothing(reason).then_some("须写明终止原因"),
        (!sure).then_some("须勾选确认：终止后不能恢复"),
    ];
    all_stated(missing.into_iter().flatten().collect())?;
    let (on, reason) = (ctx.today(), reason.trim().to_owned());
    Ok(vec![BlankOrderEvent::Ended { ended: OrderEnded { on, reason, bank: None, vendor: None } }])
}

/// The keeper of a box destroys what is in it, before a witness: all of it, counted right, and nothing that a counter has in hand.
pub(super) fn destroy(
    file: &BlankOrderFile,
    order: &BlankOrder,
    command: &StockDestroy,
    ctx: &Ctx,
) -> Result<Vec<BlankOrderEvent>, Refusal> {
    clause!(R36.1);
    let b = order.box_of(&command.r#box).ok_or(Reason::NotFound)?;
    not_destroyed(b)?;
    if order.ended.is_none() {
        return Err(Refusal::about(Reason::WrongStage, "该批预制卡没有终止，不得整箱销毁")
            .way("损坏的卡逐张登记作废；整批不能使用的，由省卡管机构终止后销毁"));
    }
    if b.keeper != Party::Org(command.org) || b.on_the_way.is_some() {
        return Err(Refusal::about(Reason::NotTheKeeper, "预制卡箱由保管的机构销毁"));
    }
    stays(b, "销毁")?;
    if file.tally.in_use > 0 {
        let about = format!("该批有{}张正在即时制卡", file.tally.in_use);
        return Err(
            Refusal::about(Reason::WrongStage, about).way("请待这些卡制卡完成、登记制卡失败或退回库存后销毁")
        );
    }
    let inside = file.inside(&b.number);
    if inside <= 0 {
        return Err(Refusal::about(Reason::NothingToDo, "箱内已没有预制卡"));
    }
    let (by, witness) = (command.by.trim(), command.witness.trim());
    let mut missing = Vec::new();
    for (title, text) in [("销毁人", by), ("监销人", witness), ("销毁情况", command.account.trim())]
    {
        if spelling::says_nothing(text) {
            missing.push(format!("须填写{title}"));
        }
    }
    if !by.is_empty() && by == witness {
        missing.push("监销人与销毁人应为两人".to_owned());
    }
    if !command.sure {
        missing.push("须勾选确认：销毁后不能恢复".to_owned());
    }
    // What is told never says what the books have.
    if command.cards != inside {
        let mut all = vec![format!("清点销毁{}张", command.cards)];
        all.extend(missing);
        return Err(Refusal::about(Reason::CountMismatch, all.join("；"))
            .by(clause!(R36.1))
            .way("请重新盘点；确实不在的卡先登记缺失，与账面一致后登记销毁"));
    }
    all_stated(missing)?;
    let destroyed = BoxDestroyed {
        on: ctx.today(),
        cards: inside,
        by: by.to_owned(),
        witness: witness.to_owned(),
        account: command.account.trim().to_owned(),
    };
    let (r#box, from) = (command.r#box.clone(), b.keeper.clone());
    Ok(vec![BlankOrderEvent::BoxDestroyed { r#box, from, destroyed }])
}

/// What keeps a box where it is: a count that differs from the books, and what a receipt found and nobody has settled. Both are told at once,
/// with what (`then`) is done afterwards.
pub(super) fn stays(b: &BlankBox, then: &str) -> Result<(), Refusal> {
    let counted = (
        "该箱最近一次盘点与账面不符",
        format!("请查明后重新盘点，与账面一致后{then}；确实不在的卡先登记缺失，不属于本箱的卡取出"),
    );
    let received = (
        "该箱清点入库时登记的差异（短少或多出）尚未处理",
        format!("请逐张扫描查明，在清点差异下登记处理，或登记缺失是哪几张，处理完毕后{then}"),
    );
    let both = [b.was_miscounted().then_some(counted), b.has_open_difference().then_some(received)];
    let (about, ways): (Vec<&str>, Vec<String>) = both.into_iter().flatten().unzip();
    if about.is_empty() {
        return Ok(());
    }
    let refused = Refusal::about(Reason::CountMismatch, about.join("；")).by(clause!(R36.1));
    Err(refused.way(ways.join("；")))
}

/// Nothing is done any more with a box whose cards are destroyed.
pub(super) fn not_destroyed(b: &BlankBox) -> Result<(), Refusal> {
    let Some(destroyed) = &b.destroyed else { return Ok(()) };
    let about = format!("装箱位置{}已于{}登记销毁", b.number, destroyed.on);
    Err(Refusal::about(Reason::WrongStage, about).by(clause!(R36.1)).way("该箱无需再办理"))
}

fn all_stated<T: AsRef<str>>(missing: Vec<T>) -> Result<(), Refusal> {
    if missing.is_empty() {
        return Ok(());
    }
    let all: Vec<&str> = missing.iter().map(AsRef::as_ref).collect();
    Err(Refusal::about(Reason::MaterialDefective, all.join("；")))
}
