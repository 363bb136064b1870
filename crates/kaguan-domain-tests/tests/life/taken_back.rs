//! What is taken back or ended: a confirmed batch that its bank has not fetched (Appendix 7), a bank's cooperation with a city
//! (Article 5); and the province's look through the return of pre-made cards (Article 36).

use crate::instant::{self, CITY, FIRST, ORDER, officer, vendor, why};
use crate::person::{HR, TODAY, office};
use jiff::civil::{Date, date};
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel, Ctx, Instant};
use kaguan_domain::dispatch::{
    BatchCommand as B, HolderCommand as C, Turn, decide_batch, entrusted_to_confirm, next_of_batch,
};
use kaguan_domain::facts::batch::{BatchEvent, BatchFile, BatchState, Dead, Tally, Unseen};
use kaguan_domain::facts::blank::BlankState;
use kaguan_domain::facts::blank_order::{ReturnChecked, StockTakeIn};
use kaguan_domain::facts::clock::{Clock, ClockKind, Standing};
use kaguan_domain::facts::custody::Party;
use kaguan_domain::facts::failure::PartnerWords;
use kaguan_domain::facts::institution::{InstitutionEvent, Institutions, Task};
use kaguan_domain::ids::{
    ApplicationId, BankCode, BatchId, BoxId, CityCode, HolderId, OrgId, UnitId, VendorCode,
};
use kaguan_domain::instant::{Begin, BlankCommand, BlankOrderCommand as O, Making, TakeMaking};
use kaguan_domain::institution::{InstitutionCommand, decide};
use kaguan_domain::refusal::{Reason, Refusal};

fn guangzhou() -> CityCode {
    CityCode("4401".into())
}

fn icbc() -> BankCode {
    BankCode("95588".into())
}

fn ctx(actor: Actor) -> Ctx {
    Ctx {
        now: Instant::at_start_of(TODAY),
        actor,
        channel: Channel::Console,
        request_key: None,
        request_body: None,
    }
}

fn open(city: CityCode, collected_on: Date, urgent: bool, waiting: Option<usize>) -> B {
    B::Open { number: "B1".into(), city, bank: icbc(), urgent, collected_on, waiting }
}

/// A batch of three in Guangzhou, as far as its commands have brought it.
struct Batch {
    file: BatchFile,
    office: Institutions,
}

impl Batch {
    fn opened(urgent: bool) -> Self {
        let mut b = Self { file: BatchFile::new(BatchId(1)), office: office() };
        b.done(officer(3), &open(guangzhou(), date(2026, 8, 10), urgent, Some(3)));
        b.file.tally.in_batch = 3;
        b
    }

    fn ask(&self, actor: Actor, command: &B) -> Result<Vec<BatchEvent>, Refusal> {
        decide_batch(&self.file, command, &ctx(actor), &self.office)
    }

    fn done(&mut self, actor: Actor, command: &B) {
        for event in self.ask(actor, command).unwrap_or_else(|r| panic!("{}", r.sentence())) {
            let books = matches!(event, BatchEvent::BoxPacked { .. });
            assert!(!event.is_personal() && (books || event.entries().is_empty()), "{event:?}");
            let event = serde_json::from_str(&serde_json::to_string(&event).unwrap()).unwrap();
            self.file.apply(&event, Instant::at_start_of(TODAY));
        }
    }

    fn clocks(&self) -> &[Clock] {
        &self.file.batch.as_ref().unwrap().clocks
    }
}

fn take_back(reason: &str) -> B {
    B::TakeBackConfirmation { reason: reason.into() }
}

#[test]
fn appendix_7_1_a_confirmed_batch_is_taken_back_until_its_bank_has_extracted_it() {
    clause!(R8.7);
    clause!(X7.1);
    for (urgent, kind) in [(false, ClockKind::Production), (true, ClockKind::UrgentProduction)] {
        let mut b = Batch::opened(urgent);
        assert_eq!(b.ask(officer(3), &take_back("人数有误")).unwrap_err().reason, Reason::NothingToDo);
        let before = b.file.clone();
        b.done(officer(3), &B::Confirm);
        let confirmed = b.file.clone();
        assert_eq!(b.clocks().iter().map(|c| c.kind).collect::<Vec<_>>(), [kind]);
        for nothing in ["", "  "] {
            let refused = b.ask(officer(3), &take_back(nothing)).unwrap_err();
            assert_eq!(refused.reason, Reason::MaterialDefective, "{nothing:?}");
            assert!(refused.sentence().contains("撤销确认的原因"), "{}", refused.sentence());
        }
        b.done(officer(3), &take_back(" 人数与清单不符 "));
        // As it was: nobody's confirmation, no clock, and the bank finds nothing to extract.
        assert_eq!(b.file, before);
        let bank = Actor::Bank(icbc());
        assert_eq!(b.ask(bank.clone(), &B::Extract).unwrap_err().reason, Reason::WrongStage);
        // Confirmed again, its days are counted from the same day: nothing is won by taking back.
        b.done(officer(3), &B::Confirm);
        assert_eq!(b.file, confirmed);
        b.done(bank, &B::Extract);
        let refused = b.ask(officer(3), &take_back("人数有误")).unwrap_err();
        assert_eq!(refused.reason, Reason::BankHasBatch);
        for says in ["第8条", "开户失败", "失败数据处理"] {
            assert!(refused.sentence().contains(says), "{}", refused.sentence());
        }
    }
}

#[test]
fn appendix_7_1_no_later_state_of_a_batch_is_taken_back() {
    clause!(X7.1);
    let mut b = Batch::opened(false);
    b.done(officer(3), &B::Confirm);
    b.done(Actor::Bank(icbc()), &B::Extract);
    b.file.tally = Tally { opened: 3, ..Tally::default() };
    b.done(Actor::System, &B::CloseOpening);
    let clocks = b.clocks().to_vec();
    assert_eq!(b.ask(Actor::System, &take_back("x")).unwrap_err().reason, Reason::BankHasBatch);
    b.done(Actor::System, &B::HandOut { vendor: VendorCode("1".into()) });
    assert_eq!(b.ask(Actor::System, &take_back("x")).unwrap_err().reason, Reason::BankHasBatch);
    assert_eq!(b.clocks()[..clocks.len()], clocks, "the clocks run on");
}

#[test]
fn appendix_7_4_a_batch_that_is_taken_back_stops_its_partners_clock_without_a_return() {
    clause!(X7.4);
    let mut b = Batch::opened(false);
    b.done(officer(3), &B::Confirm);
    b.done(Actor::Bank(icbc()), &B::Extract);
    let day = date(2026, 12, 23);
    let later = Instant::at_start_of(day);
    let late = Ctx { now: later, ..ctx(Actor::System) };
    let of = |b: &Batch| {
        let clock = b.clocks().iter().find(|c| c.kind == ClockKind::BankOpening);
        clock.unwrap().standing(day)
    };
    assert_eq!(of(&b), Standing::Late);
    for command in [B::TakeBack { reason: "逾期未回盘".into() }, B::CloseTakenBack] {
        for event in decide_batch(&b.file, &command, &late, &b.office).unwrap() {
            b.file.apply(&event, later);
        }
        assert_eq!(of(&b), Standing::TakenBack, "no return came, late or in time");
        b.file.tally = Tally::default();
    }
    assert!(matches!(b.file.batch.as_ref().unwrap().state, BatchState::Ended { .. }));
    // A line of earlier days says nothing of the clock, which ended with the batch's return.
    let old: BatchEvent = serde_json::from_str(r#"{"taken_back":{"reason":"逾期"}}"#).unwrap();
    assert_eq!(old, BatchEvent::TakenBack { reason: "逾期".into(), clock: None });
}

#[test]
fn appendix_7_7_a_batch_waits_for_whoever_the_city_entrusts_too_until_it_is_confirmed() {
    clause!(X7.7);
    clause!(R8.7);
    let mut b = Batch::opened(false);
    let entrusted =
        |b: &Batch| -> Vec<i64> { entrusted_to_confirm(&b.file, &b.office).map(|o| o.id.0).collect() };
    assert!(entrusted(&b).is_empty());
    // An outlet of the city, its bank's, another bank's, and one of another city.
    for org in [HR, OrgId(4), OrgId(5), OrgId(6)] {
        let task = Task::ConfirmBatches;
        b.office.apply(&InstitutionEvent::Entrusted { org, task, granted: true });
    }
    assert_eq!(entrusted(&b), [3, 4]);
    let at = Instant::at_start_of(TODAY);
    b.office.apply(&InstitutionEvent::OrganisationStopped { org: HR, at, reason: "撤并".into() });
    assert_eq!(entrusted(&b), [4], "nobody works there");
    b.file.tally.in_batch = 0;
    assert!(entrusted(&b).is_empty(), "it is ended, and not confirmed");
    b.file.tally.in_batch = 3;
    // The dead are taken out by the city, and by nobody whom it entrusts.
    let dead =
        Dead { holder: HolderId(1), application: ApplicationId(1), form_no: "4401W261221000001".into() };
    b.file.tally.dead = vec![dead];
    assert!(entrusted(&b).is_empty(), "it waits for the city");
    b.file.tally.dead.clear();
    b.done(officer(2), &B::Confirm);
    assert!(entrusted(&b).is_empty());
}

#[test]
fn appendix_7_1_a_batch_waits_for_whoever_its_boxes_wait_for() {
    clause!(X7.1);
    clause!(R12.1);
    let mut b = Batch::opened(false);
    let next = |b: &Batch| -> Vec<(Turn, &'static str, usize)> {
        next_of_batch(&b.file, &b.office).iter().map(|s| (s.turn, s.act, s.boxes)).collect()
    };
    assert_eq!(next(&b), [(Turn::City, "批次确认", 0)]);
    b.file.tally.in_batch = 0;
    assert_eq!(next(&b), [(Turn::City, "终结批次", 0)], "everybody was taken out");
    b.file.tally.in_batch = 3;
    b.done(officer(3), &B::Confirm);
    b.done(Actor::Bank(icbc()), &B::Extract);
    assert_eq!(next(&b), [(Turn::Bank, "开户回盘", 0)]);
    b.file.tally = Tally { opened: 2, ..Tally::default() };
    b.done(Actor::System, &B::CloseOpening);
    let one = VendorCode("1".into());
    b.done(Actor::System, &B::HandOut { vendor: one.clone() });
    let outlet = HR;
    for n in [1, 2] {
        let (number, r#box) = (format!("{n}"), BoxId(n));
        let pack = B::PackBox { r#box, number, outlet, employer: None, cards: 1 };
        b.done(Actor::Vendor(one.clone()), &pack);
    }
    let inside = [(BoxId(1), 1), (BoxId(2), 1)].into();
    b.file.tally = Tally { made: 2, inside, ..Tally::default() };
    b.done(Actor::System, &B::CloseProduction);
    assert_eq!(next(&b), [(Turn::Vendor, "寄出成品卡", 2)]);
    // One lies at its outlet, the other is empty there: only the first waits, for its holder.
    for of in &mut b.file.boxes {
        of.keeper = Party::Org(outlet);
        of.arrived = Some(Instant(0));
    }
    b.file.tally.inside.insert(BoxId(2), 0);
    assert_eq!(next(&b), [(Turn::Holder, "领取", 1)]);
    b.file.tally.inside.insert(BoxId(1), 0);
    assert!(next(&b).is_empty());
}

#[test]
fn art_6_1_only_the_centre_of_the_batchs_city_takes_its_confirmation_back() {
    clause!(R6.1);
    let mut b = Batch::opened(false);
    b.done(officer(3), &B::Confirm);
    let refused = |b: &Batch, actor| b.ask(actor, &take_back("人数有误")).unwrap_err().reason;
    for clerk in [1, 2, 4, 6] {
        assert_eq!(refused(&b, officer(clerk)), Reason::NotPermitted, "{clerk}");
    }
    assert_eq!(refused(&b, Actor::Bank(icbc())), Reason::NotPermitted);
    b.file.batch.as_mut().unwrap().city = CityCode("4403".into());
    assert_eq!(refused(&b, officer(3)), Reason::OutOfScope, "another city's");
}

#[test]
fn appendix_7_1_a_batch_that_is_taken_back_may_be_refused_its_second_confirmation() {
    clause!(R9.1);
    let mut b = Batch::opened(false);
    b.done(officer(3), &B::Confirm);
    b.done(officer(3), &take_back("待补单位材料"));
    b.file.tally.unseen = vec![Unseen { unit: UnitId(7), file: "SBK2".into(), people: 3 }];
    assert_eq!(b.ask(officer(3), &B::Confirm).unwrap_err().reason, Reason::PapersOutstanding);
    assert!(matches!(b.file.batch.as_ref().unwrap().state, BatchState::Screening));
}

#[test]
fn art_33_1_a_batch_is_not_confirmed_with_somebody_in_it_who_has_died() {
    clause!(R33.1);
    clause!(R9.1);
    let dead = |n: i64| Dead {
        holder: HolderId(n),
        application: ApplicationId(n),
        form_no: format!("4401W26122100000{n}"),
    };
    let next = |b: &Batch| {
        let steps = next_of_batch(&b.file, &b.office);
        steps.iter().map(|s| (s.turn, s.act)).collect::<Vec<_>>()
    };
    let mut b = Batch::opened(false);
    b.file.tally.dead = vec![dead(1), dead(2)];
    let refused = b.ask(officer(3), &B::Confirm).unwrap_err();
    assert_eq!(refused.reason, Reason::PersonDead);
    let says = refused.sentence();
    for what in [
        "2人",
        "4401W261221000001、4401W261221000002",
        "第33条",
        "请由市卡管机构将其移出批次",
        "不予受理",
        "恢复",
    ] {
        assert!(says.contains(what), "{what}: {says}");
    }
    assert_eq!(next(&b), [(Turn::City, "移出死亡已核实的人员")]);
    // All that stands against it at once.
    b.file.tally.unseen = vec![Unseen { unit: UnitId(7), file: "SBK2".into(), people: 3 }];
    let says = b.ask(officer(3), &B::Confirm).unwrap_err().sentence();
    for what in ["4401W261221000001", "第33条", "受理编号7", "营业执照", "第9条", "补登记"] {
        assert!(says.contains(what), "{what}: {says}");
    }
    b.file.tally = Tally { in_batch: 3, ..Tally::default() };
    b.done(officer(3), &B::Confirm);
    // Known only then: the city can still take it back; the bank has it from its extraction on.
    b.file.tally.dead = vec![dead(1)];
    assert_eq!(next(&b), [(Turn::City, "撤销批次确认，移出死亡已核实的人员")]);
    b.done(Actor::Bank(icbc()), &B::Extract);
    assert_eq!(next(&b), [(Turn::Bank, "开户回盘")]);
}

#[test]
fn appendix_7_1_screening_nobody_is_refused_by_the_rule_and_so_has_its_line() {
    clause!(X7.1);
    let b = Batch { file: BatchFile::new(BatchId(2)), office: office() };
    let ask = |actor, command| b.ask(actor, &command).map(|_| ()).map_err(|r| r.reason);
    let nobody = || open(guangzhou(), TODAY, false, Some(0));
    assert_eq!(ask(officer(3), nobody()), Err(Reason::BatchEmpty));
    assert_eq!(ask(officer(1), nobody()), Err(Reason::NotPermitted), "the right is asked first");
    let nowhere = open(CityCode("9999".into()), TODAY, false, Some(1));
    assert_eq!(ask(Actor::System, nowhere), Err(Reason::NotFound));
    assert_eq!(ask(officer(3), open(guangzhou(), TODAY, false, Some(1))), Ok(()));
    // A command of earlier days says nothing of how many wait.
    let old =
        r#"{"open":{"number":"B1","city":"4401","bank":"95588","urgent":false,"collected_on":"2026-08-10"}}"#;
    let read: B = serde_json::from_str(old).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), old);
}

#[test]
fn art_5_1_a_bank_whose_cooperation_ended_is_nobodys_choice_and_finishes_what_it_began() {
    clause!(R5.1);
    let mut state = office();
    let ccb = BankCode("95533".into());
    let end = |bank: &BankCode, reason: &str| InstitutionCommand::EndBank {
        city: guangzhou(),
        bank: bank.clone(),
        reason: reason.into(),
    };
    let ask = |state: &Institutions, command: &InstitutionCommand, actor| {
        decide(state, command, &ctx(actor)).map_err(|r| r.reason)
    };
    assert_eq!(ask(&state, &end(&ccb, "协议期满"), officer(3)), Err(Reason::NotPermitted));
    assert_eq!(ask(&state, &end(&ccb, " "), Actor::System), Err(Reason::MaterialDefective));
    for event in ask(&state, &end(&ccb, "协议期满"), Actor::System).unwrap() {
        state.apply(&event);
    }
    assert_eq!(state.banks_of(&guangzhou()), [icbc()]);
    assert_eq!(state.former_cities_of(&ccb).collect::<Vec<_>>(), [&guangzhou()]);
    assert!(state.all_banks().contains(&ccb), "its cards are reconciled all the same");
    assert_eq!(ask(&state, &end(&ccb, "协议期满"), Actor::System), Err(Reason::NothingToDo));
    assert_eq!(ask(&state, &end(&icbc(), "协议期满"), Actor::System), Err(Reason::MaterialDefective));
    // 李四 applied the day before: the card is made by the bank that was chosen.
    let batch = |bank: &str| {
        let (number, bank) = ("B1".to_owned(), BankCode(bank.into()));
        let open =
            B::Open { number, city: guangzhou(), bank, urgent: false, collected_on: TODAY, waiting: Some(1) };
        decide_batch(&BatchFile::new(BatchId(1)), &open, &ctx(Actor::System), &state).map(|_| ())
    };
    assert_eq!(batch("95533"), Ok(()));
    assert_eq!(batch("95566").map_err(|r| r.reason), Err(Reason::BankNotOffered));
    let order = O::Order {
        number: "Y1".into(),
        city: guangzhou(),
        bank: ccb.clone(),
        vendor: VendorCode("1".into()),
        quantity: 3,
        note: String::new(),
    };
    let new = kaguan_domain::facts::blank_order::BlankOrderFile::new(ORDER);
    let refused = kaguan_domain::instant::decide_order(&new, &order, &ctx(Actor::System), &state);
    assert_eq!(refused.unwrap_err().reason, Reason::BankNotOffered, "nothing new begins");
    let again = InstitutionCommand::OfferBank { city: guangzhou(), bank: ccb.clone() };
    for event in ask(&state, &again, Actor::System).unwrap() {
        state.apply(&event);
    }
    assert!(state.banks_of(&guangzhou()).contains(&ccb) && state.former_cities_of(&ccb).next().is_none());
}

#[test]
fn art_36_1_the_province_looks_through_the_return_and_what_it_finds_wrong_stays_with_the_vendor() {
    clause!(R36.1);
    let check = |passed, findings: &str| O::CheckReturn { passed, findings: findings.into() };
    let mut s = instant::at_vendor();
    assert_eq!(why(instant::order(&mut s, officer(6), &check(true, ""))), Reason::WrongStage);
    let pack = O::Pack { number: "b".into(), cards: 2 };
    instant::order(&mut s, vendor(), &pack).unwrap();
    for n in [1, 2] {
        instant::blank(&mut s, vendor(), n, &instant::made(n)).unwrap();
    }
    instant::order(&mut s, vendor(), &O::CloseMaking).unwrap();
    assert_eq!(why(instant::order(&mut s, officer(3), &check(true, ""))), Reason::NotPermitted);
    assert_eq!(why(instant::order(&mut s, officer(6), &check(false, " "))), Reason::MaterialDefective);
    instant::order(&mut s, officer(6), &check(false, "装箱位置与送货单不符")).unwrap();
    let checked = |s: &crate::person::Scene| s.stock.orders[&ORDER].order.clone().unwrap().checked.unwrap();
    assert_eq!((checked(&s).made, checked(&s).failed, checked(&s).passed), (2, 1, false));
    assert_eq!(why(instant::order(&mut s, vendor(), &instant::ship(CITY))), Reason::WrongStage);
    instant::order(&mut s, officer(6), &check(true, "")).unwrap();
    assert_eq!(why(instant::order(&mut s, officer(6), &check(true, ""))), Reason::NothingToDo);
    instant::order(&mut s, vendor(), &instant::ship(CITY)).unwrap();
    instant::order(&mut s, officer(3), &instant::take_in(CITY, 2)).unwrap();
    // An order of earlier days was never looked through, and its cards go their way.
    let stored = serde_json::to_value(instant::at_vendor().stock.orders[&ORDER].order.as_ref()).unwrap();
    assert!(stored.get("checked").is_none());
}

#[test]
fn art_36_1_a_return_found_wrong_is_the_vendors_again_until_it_says_that_it_is_put_right() {
    clause!(R36.1);
    let check = |passed, findings: &str| O::CheckReturn { passed, findings: findings.into() };
    let mut s = instant::at_vendor();
    let pack = |cards| O::Pack { number: "b".into(), cards };
    instant::order(&mut s, vendor(), &pack(2)).unwrap();
    for n in [1, 2] {
        instant::blank(&mut s, vendor(), n, &instant::made(n)).unwrap();
    }
    instant::order(&mut s, vendor(), &O::CloseMaking).unwrap();
    let of = |s: &crate::person::Scene| s.stock.orders[&ORDER].order.clone().unwrap();
    assert!(of(&s).waits_to_be_checked());
    assert_eq!(why(instant::blank(&mut s, vendor(), 1, &instant::made(1))), Reason::WrongStage);
    instant::order(&mut s, officer(6), &check(false, "卡识别码有误")).unwrap();
    assert!(of(&s).waits_for_correction().is_some() && !of(&s).waits_to_be_checked());

    // Row by row: only what is different, and nothing of what it was sent.
    let row = |n, change: fn(&mut TakeMaking)| {
        let BlankCommand::TakeMaking(mut row) = instant::made(n) else { unreachable!() };
        change(&mut row);
        BlankCommand::TakeMaking(row)
    };
    assert_eq!(why(instant::blank(&mut s, vendor(), 1, &row(1, |_| {}))), Reason::NothingToDo);
    let other = row(1, |r| r.personal_account = "per9".into());
    assert_eq!(why(instant::blank(&mut s, vendor(), 1, &other)), Reason::MaterialDefective);
    let anew = row(1, |r| {
        if let Making::Made { chip, .. } = &mut r.result {
            *chip = instant::chip(9);
        }
    });
    let events = instant::blank(&mut s, vendor(), 1, &anew).unwrap();
    assert_eq!(events[0].claims().len(), 1, "the new chip is the card's");
    let BlankState::Made { made, .. } = &s.stock.blanks[&FIRST].state else { panic!("made") };
    assert_eq!(made.chip, instant::chip(9));
    let words = |r: &mut TakeMaking| {
        r.result = Making::Failed(PartnerWords { code: "C1".into(), reason: "芯片损坏".into() });
    };
    instant::blank(&mut s, vendor(), 2, &row(2, words)).unwrap();
    assert_eq!(why(instant::order(&mut s, vendor(), &O::CloseMaking)), Reason::BoxesDiffer);
    instant::order(&mut s, vendor(), &pack(1)).unwrap();
    instant::order(&mut s, vendor(), &O::CloseMaking).unwrap();
    assert!(of(&s).waits_for_correction().is_none() && of(&s).waits_to_be_checked());
    assert_eq!(why(instant::order(&mut s, vendor(), &O::CloseMaking)), Reason::NothingToDo);
    assert_eq!(why(instant::blank(&mut s, vendor(), 1, &instant::made(1))), Reason::WrongStage);
    assert_eq!(why(instant::order(&mut s, vendor(), &instant::ship(CITY))), Reason::WrongStage);
    instant::order(&mut s, officer(6), &check(true, "")).unwrap();
    assert!(!of(&s).waits_to_be_checked());
    instant::order(&mut s, vendor(), &instant::ship(CITY)).unwrap();

    // What has left it: the data of a card, but neither its box nor whether it was made.
    let mut s = instant::in_stock();
    instant::order(&mut s, officer(6), &check(false, "卡识别码有误")).unwrap();
    assert_eq!(why(instant::blank(&mut s, vendor(), 1, &row(1, words))), Reason::WrongStage);
    assert_eq!(why(instant::order(&mut s, vendor(), &pack(3))), Reason::NotTheKeeper);
    instant::blank(&mut s, vendor(), 1, &anew).unwrap();
    instant::order(&mut s, vendor(), &O::CloseMaking).unwrap();
    assert!(of(&s).waits_to_be_checked());
    // A look of earlier days is read as it was written.
    let old = r#"{"on":"2026-11-23","made":2,"failed":1,"passed":false,"findings":"有误"}"#;
    let read: ReturnChecked = serde_json::from_str(old).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), old);
}

#[test]
fn art_36_1_what_was_sent_before_its_return_was_found_wrong_goes_nowhere_but_back_and_is_not_used() {
    clause!(R36.1);
    let mut s = instant::in_stock();
    let check = |passed, findings: &str| O::CheckReturn { passed, findings: findings.into() };
    instant::order(&mut s, officer(6), &check(false, "有一张卡号重复")).unwrap();
    let refused = instant::order(&mut s, officer(1), &instant::ship(OrgId(4))).unwrap_err();
    assert_eq!(refused.reason, Reason::WrongStage);
    for says in ["检查回盘未通过", "第36条", "复查通过后出库"] {
        assert!(refused.sentence().contains(says), "{}", refused.sentence());
    }
    let begin = || C::BeginInstant(Begin { application: ApplicationId(1), blank: FIRST, outlet: HR });
    let refused = s.as_officer(1).decide(&begin()).unwrap_err();
    assert!(refused.sentence().contains("请另取其他批次的预制卡"), "{}", refused.sentence());
    instant::order(&mut s, officer(6), &check(true, "")).unwrap();
    s.as_officer(1).done(begin());
    // Back to the city's centre it may go before it is passed.
    let mut s = instant::in_stock();
    instant::order(&mut s, officer(6), &check(false, "有一张卡号重复")).unwrap();
    instant::order(&mut s, officer(1), &instant::ship(CITY)).unwrap();
}

#[test]
fn appendix_5_1_an_order_says_all_that_is_wrong_with_it_by_its_own_article() {
    clause!(X5.1);
    let new = kaguan_domain::facts::blank_order::BlankOrderFile::new(ORDER);
    let order = O::Order {
        number: "Y9".into(),
        city: guangzhou(),
        bank: BankCode(String::new()),
        vendor: VendorCode(String::new()),
        quantity: 100_001,
        note: String::new(),
    };
    let refused = kaguan_domain::instant::decide_order(&new, &order, &ctx(Actor::System), &office());
    let refused = refused.unwrap_err();
    for says in ["未选择服务银行", "未选择制卡商", "一份申请的数量为1至100000张", "附件5"]
    {
        assert!(refused.sentence().contains(says), "{}", refused.sentence());
    }
    assert!(!refused.sentence().contains("第8条") && !refused.sentence().contains("清点"));
}

#[test]
fn art_12_1_what_is_not_stated_of_a_box_or_a_batch_stands_against_its_own_article() {
    clause!(R12.1);
    clause!(X7.1);
    let mut b = Batch::opened(false);
    b.done(officer(3), &B::Confirm);
    let refused = b.ask(officer(3), &take_back(" ")).unwrap_err();
    assert!(refused.sentence().contains("附件7"), "{}", refused.sentence());
    let mut s = instant::in_stock();
    instant::order(&mut s, officer(1), &instant::ship(CITY)).unwrap();
    let O::TakeIn(t) = instant::take_in(CITY, 5) else { unreachable!() };
    let bare = StockTakeIn { signer: String::new(), kept_at: " ".into(), ..t };
    let refused = instant::order(&mut s, officer(3), &O::TakeIn(bare.clone())).unwrap_err();
    assert_eq!(refused.reason, Reason::CountMismatch);
    assert!(refused.sentence().contains("须填写保管地点、签收人"), "at once: {}", refused.sentence());
    let counted = O::TakeIn(StockTakeIn { counted: 2, ..bare });
    let refused = instant::order(&mut s, officer(3), &counted).unwrap_err();
    assert!(refused.sentence().contains("第12条"), "{}", refused.sentence());
}
