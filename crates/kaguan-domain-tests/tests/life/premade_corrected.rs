//! What a vendor puts right of a return that was found wrong, of several cards at once (Article 36).

use super::instant::{ORDER, blank, chip, in_stock, made, officer, order, vendor, why};
use super::person::Scene;
use kaguan_domain::clause;
use kaguan_domain::ctx::Ctx;
use kaguan_domain::facts::blank::{BlankEvent, BlankState};
use kaguan_domain::facts::failure::{PartnerWords, RowFailure};
use kaguan_domain::ids::{BlankId, ChipIdentifier};
use kaguan_domain::instant::{BlankCommand, BlankOrderCommand as O, Making, Trade, decide_blank_beside};
use kaguan_domain::refusal::{Reason, Refusal};

/// Row `n` of the return, with the chip of another number, and from whom it takes it.
fn anew(n: u32, of: u32, trade: Option<Trade>) -> BlankCommand {
    let BlankCommand::TakeMaking(mut row) = made(n) else { unreachable!() };
    if let Making::Made { chip: now, .. } = &mut row.result {
        *now = chip(of);
    }
    row.trade = trade;
    BlankCommand::TakeMaking(row)
}

fn beside(s: &mut Scene, n: u32, other: u32, command: &BlankCommand) -> Result<Vec<BlankEvent>, Refusal> {
    let id = |n| BlankId { order: ORDER, n };
    let ctx = Ctx { actor: vendor(), ..s.ctx() };
    let (file, with) = (&s.stock.blanks[&id(n)], s.stock.blanks.get(&id(other)));
    let events = decide_blank_beside(file, &s.stock.orders[&ORDER], command, with, &ctx, &s.office)?;
    let now = s.now;
    let file = s.stock.blanks.get_mut(&id(n)).unwrap();
    events.iter().for_each(|e| file.apply(e, now));
    Ok(events)
}

#[test]
fn art_36_1_two_cards_that_were_written_down_for_each_other_are_put_right_together() {
    clause!(R36.1);
    let wrong = || {
        let mut s = in_stock();
        let findings = "卡识别码相互写反".to_owned();
        order(&mut s, officer(6), &O::CheckReturn { passed: false, findings }).unwrap();
        s
    };
    let mut s = wrong();
    let id = |n| BlankId { order: ORDER, n };
    let trade = |with, gets: Option<ChipIdentifier>| Some(Trade { with: id(with), gets });
    // Alone it names a number that is another card's, as ever: it is looked up.
    let alone = anew(1, 2, None);
    let events = beside(&mut wrong(), 1, 2, &alone).unwrap();
    assert_eq!(events[0].claims().len(), 1);
    // The other has it no more, or keeps it, or is not the card that is named.
    let taken = |s: &mut Scene, other, trade| why(beside(s, 1, other, &anew(1, 2, trade)));
    assert_eq!(taken(&mut s, 2, trade(2, Some(chip(2)))), Reason::NumberTaken, "it keeps it");
    assert_eq!(taken(&mut s, 3, trade(2, Some(chip(1)))), Reason::NumberTaken, "not loaded");
    assert_eq!(taken(&mut s, 1, trade(1, Some(chip(1)))), Reason::NumberTaken, "itself");
    // Both, one after the other.
    let first = beside(&mut s, 1, 2, &anew(1, 2, trade(2, Some(chip(1))))).unwrap();
    let second = beside(&mut s, 2, 1, &anew(2, 1, trade(1, Some(chip(2))))).unwrap();
    assert!(first[0].claims().is_empty() && second[0].claims().is_empty(), "no new number");
    let of = |s: &Scene, n| match &s.stock.blanks[&id(n)].state {
        BlankState::Made { made, .. } => made.chip.clone(),
        state => panic!("{}", state.name()),
    };
    assert_eq!((of(&s, 1), of(&s, 2)), (chip(2), chip(1)));
    // What is written down of earlier days is read as it was, and an ordinary correction is written so.
    let old = r#"{"corrected":{"chip":null,"reset":"00814E43230000000000000001","made_on":"2026-11-23","box":"b"}}"#;
    let read: Result<BlankEvent, _> = serde_json::from_str(old);
    assert!(matches!(read, Ok(BlankEvent::Corrected { traded: false, .. })));

    // The number of a card that fails with it is free for whose it is.
    let mut s = wrong();
    let words = PartnerWords { code: "C1".into(), reason: "芯片损坏".into() };
    let BlankCommand::TakeMaking(mut fails) = made(2) else { unreachable!() };
    fails.result = Making::Failed(words);
    let gone = blank(&mut s, vendor(), 2, &BlankCommand::TakeMaking(fails));
    assert_eq!(why(gone), Reason::WrongStage, "its box has left the vendor");
    beside(&mut s, 1, 2, &anew(1, 2, trade(2, None))).unwrap();
    assert_eq!(of(&s, 1), chip(2));
}

#[test]
fn art_36_1_a_chip_that_a_card_was_wrongly_said_to_have_is_nobodys_again() {
    clause!(R36.1);
    let wrong = || {
        let mut s = in_stock();
        let findings = "卡识别码写错".to_owned();
        order(&mut s, officer(6), &O::CheckReturn { passed: false, findings }).unwrap();
        s
    };
    let given_back = |events: &[BlankEvent]| events.iter().filter_map(BlankEvent::gives_back).count();
    // Put right alone, it gives its number up; written anew with the number that it has, it gives none up.
    let events = beside(&mut wrong(), 1, 2, &anew(1, 9, None)).unwrap();
    assert_eq!(events[0].gives_back(), Some(kaguan_domain::facts::claim::Claim::chip(&chip(1))));
    let mut same = anew(1, 1, None);
    if let BlankCommand::TakeMaking(row) = &mut same
        && let Making::Made { reset, .. } = &mut row.result
    {
        *reset = kaguan_domain::ids::ResetInformation::parse("00814E43230000000000000009").unwrap();
    }
    assert_eq!(given_back(&beside(&mut wrong(), 1, 2, &same).unwrap()), 0);
    // Another row of the same return takes it: then it is that card's.
    let BlankCommand::TakeMaking(mut row) = anew(1, 9, None) else { unreachable!() };
    row.passes_on = true;
    assert_eq!(given_back(&beside(&mut wrong(), 1, 2, &BlankCommand::TakeMaking(row)).unwrap()), 0);
    // The journal has it, and an earlier line says nothing of it.
    let written = serde_json::to_string(&events[0]).unwrap();
    assert!(written.contains("gave_up"), "{written}");
    let read: BlankEvent = serde_json::from_str(&written).unwrap();
    assert_eq!(read, events[0]);
    let failure = RowFailure::Counter { reason: "芯片损坏".into() };
    let failed = BlankEvent::MakingFailed { failure, gave_up: None };
    let written = serde_json::to_string(&failed).unwrap();
    assert!(!written.contains("gave_up"), "{written}");
    assert_eq!(serde_json::from_str::<BlankEvent>(&written).unwrap(), failed);
}
