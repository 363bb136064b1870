//! 预制卡与即时制卡 (Article 36, Appendices 5 and 9), clause by clause.

use super::person::{HR, OLD, Scene, TODAY};
use jiff::civil::date;
use kaguan_domain::batch::Screen;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Ctx, Instant};
use kaguan_domain::dispatch::{HolderCommand as C, Position, Turn, position};
use kaguan_domain::facts::account::{AccountNumber, BankAccount, BlankAccount};
use kaguan_domain::facts::application::{Purpose, Stage};
use kaguan_domain::facts::blank::{BlankEvent, BlankFile, BlankState};
use kaguan_domain::facts::blank_order::{
    BlankOrder, BlankOrderEvent, BlankOrderFile, Step, StockShip, StockTakeIn,
};
use kaguan_domain::facts::card::Hold;
use kaguan_domain::facts::claim::Claim;
use kaguan_domain::facts::clock::{Clock, ClockKind};
use kaguan_domain::facts::custody::{Custody, Party};
use kaguan_domain::facts::difference::{Answers, Settled, Short};
use kaguan_domain::facts::failure::{PartnerWords, SentField};
use kaguan_domain::facts::fee::Fee;
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::institution::InstitutionEvent;
use kaguan_domain::facts::intent::IntentKind;
use kaguan_domain::ids::{
    ApplicationId, BankCardNumber, BankCode, BatchId, BlankId, BlankOrderId, CardId, CardNumber, CaseId,
    ChipIdentifier, CityCode, OfficerId, OrgId, ResetInformation, VendorCode,
};
use kaguan_domain::instant::{
    Allocation, Begin, BlankCommand, BlankOrderCommand, Fail, Making, Mark, Spoil, TakeAllocation,
    TakeMaking, WriteBack, decide_blank, decide_order, order_items,
};
use kaguan_domain::loss::ReportFormal;
use kaguan_domain::production::SettleFailure;
use kaguan_domain::refusal::{Reason, Refusal};
use std::collections::BTreeMap;

pub const ORDER: BlankOrderId = BlankOrderId(7);
pub const CITY: OrgId = OrgId(2);
pub const FIRST: BlankId = BlankId { order: ORDER, n: 1 };

fn bank() -> Actor {
    Actor::Bank(BankCode("95588".into()))
}

pub fn vendor() -> Actor {
    Actor::Vendor(VendorCode("1".into()))
}

pub fn officer(id: i64) -> Actor {
    Actor::Officer(OfficerId(id))
}

fn order_command() -> BlankOrderCommand {
    BlankOrderCommand::Order {
        number: "Y1".into(),
        city: CityCode("4401".into()),
        bank: BankCode("95588".into()),
        vendor: VendorCode("1".into()),
        quantity: 3,
        note: String::new(),
    }
}

pub fn ship(to: OrgId) -> BlankOrderCommand {
    BlankOrderCommand::Ship(StockShip {
        r#box: "b".into(),
        to,
        responsible: "甲".into(),
        tracking: "t".into(),
        manner: String::new(),
    })
}

pub fn take_in(org: OrgId, counted: i64) -> BlankOrderCommand {
    BlankOrderCommand::TakeIn(StockTakeIn {
        r#box: "b".into(),
        org,
        counted,
        signer: "乙".into(),
        kept_at: "预制卡库".into(),
        short: None,
        surplus: Vec::new(),
    })
}

pub fn number(n: u32) -> CardNumber {
    CardNumber::allocate('A', 99 + n).unwrap()
}

pub fn chip(n: u32) -> ChipIdentifier {
    ChipIdentifier::parse(&format!("440100D156000005{n:016X}")).unwrap()
}

pub fn account(n: u32) -> BlankAccount {
    BlankAccount {
        bank: BankAccount {
            bank_card_no: BankCardNumber::with_check(&format!("6295588{n:011}")).unwrap(),
            account_no: AccountNumber(format!("acc{n}")),
            of: None,
        },
        personal_account: AccountNumber(format!("per{n}")),
    }
}

fn allocated(n: u32) -> BlankCommand {
    BlankCommand::TakeAllocation(TakeAllocation {
        card_no: number(n).as_str().into(),
        result: Allocation::Allocated(account(n)),
    })
}

pub fn made(n: u32) -> BlankCommand {
    BlankCommand::TakeMaking(TakeMaking {
        card_no: number(n).as_str().into(),
        bank_card_no: account(n).bank.bank_card_no.as_str().into(),
        personal_account: account(n).personal_account.0,
        result: Making::Made {
            chip: chip(n),
            reset: ResetInformation::parse(&format!("00814E4323{n:016X}")).unwrap(),
            made_on: TODAY,
            r#box: "b".into(),
        },
        trade: None,
        passes_on: false,
    })
}

fn ctx(scene: &Scene, actor: Actor) -> Ctx {
    Ctx { actor, ..scene.ctx() }
}

/// The tally that a store would count.
pub fn count(scene: &mut Scene) {
    let of = |code| scene.stock.blanks.values().filter(|b| b.state.code() == code).count() as i64;
    let (allocated, allocation_failed, making_failed) =
        (of("allocated"), of("allocation_failed"), of("making_failed"));
    let inside = of("made") + of("in_use");
    let made = inside + of("used") + of("spoiled");
    let of_use = (of("in_use"), of("used"));
    let tally = &mut scene.stock.orders.get_mut(&ORDER).unwrap().tally;
    (tally.allocated, tally.allocation_failed, tally.making_failed) =
        (allocated, allocation_failed, making_failed);
    tally.made = made;
    (tally.in_use, tally.used) = of_use;
    tally.inside = BTreeMap::from([("b".to_owned(), inside)]);
    let off = |b: &&BlankFile| matches!(&b.state, BlankState::Spoiled { r#box, .. } if r#box == "b");
    let off = scene.stock.blanks.values().filter(off).count() as i64;
    scene.stock.orders.get_mut(&ORDER).unwrap().tally.written_off = BTreeMap::from([("b".to_owned(), off)]);
}

pub fn order(
    scene: &mut Scene,
    actor: Actor,
    command: &BlankOrderCommand,
) -> Result<Vec<BlankOrderEvent>, Refusal> {
    scene.stock.orders.entry(ORDER).or_insert_with(|| BlankOrderFile::new(ORDER));
    count(scene);
    let events = decide_order(&scene.stock.orders[&ORDER], command, &ctx(scene, actor), &scene.office)?;
    let now = scene.now;
    let file = scene.stock.orders.get_mut(&ORDER).unwrap();
    for event in &events {
        assert_eq!(event.entries().iter().map(|e| e.cards).sum::<i64>(), 0, "the books balance");
        file.apply(event, now);
    }
    Ok(events)
}

pub fn blank(
    scene: &mut Scene,
    actor: Actor,
    n: u32,
    command: &BlankCommand,
) -> Result<Vec<BlankEvent>, Refusal> {
    let id = BlankId { order: ORDER, n };
    let file = scene.stock.blanks.get(&id).cloned().unwrap_or_else(|| BlankFile::new(id));
    let events =
        decide_blank(&file, &scene.stock.orders[&ORDER], command, &ctx(scene, actor), &scene.office)?;
    let now = scene.now;
    let file = scene.stock.blanks.entry(id).or_insert(file);
    events.iter().for_each(|e| file.apply(e, now));
    Ok(events)
}

pub fn why<T>(answer: Result<T, Refusal>) -> Reason {
    answer.err().unwrap().reason
}

/// An order of three whose numbers are generated.
fn generated() -> Scene {
    let mut s = Scene::uncollected();
    order(&mut s, officer(3), &order_command()).unwrap();
    order(&mut s, officer(6), &BlankOrderCommand::Generate { first: 100 }).unwrap();
    s
}

/// Two of the three have an account, and the vendor has the data.
pub fn at_vendor() -> Scene {
    let mut s = generated();
    order(&mut s, bank(), &BlankOrderCommand::Extract).unwrap();
    blank(&mut s, bank(), 1, &allocated(1)).unwrap();
    blank(&mut s, bank(), 2, &allocated(2)).unwrap();
    assert_eq!(why(order(&mut s, bank(), &BlankOrderCommand::CloseAllocation)), Reason::ReturnsOutstanding);
    let words = PartnerWords { code: "A1".into(), reason: "号段用尽".into() };
    let failed = TakeAllocation { card_no: number(3).as_str().into(), result: Allocation::Failed(words) };
    blank(&mut s, bank(), 3, &BlankCommand::TakeAllocation(failed)).unwrap();
    order(&mut s, bank(), &BlankOrderCommand::CloseAllocation).unwrap();
    s
}

/// Two cards lie in stock at the outlet, and somebody has a paid application.
pub fn in_stock() -> Scene {
    let mut s = at_vendor();
    order(&mut s, vendor(), &BlankOrderCommand::Pack { number: "b".into(), cards: 2 }).unwrap();
    blank(&mut s, vendor(), 1, &made(1)).unwrap();
    blank(&mut s, vendor(), 2, &made(2)).unwrap();
    order(&mut s, vendor(), &BlankOrderCommand::CloseMaking).unwrap();
    order(&mut s, vendor(), &ship(CITY)).unwrap();
    order(&mut s, officer(3), &take_in(CITY, 2)).unwrap();
    order(&mut s, officer(3), &ship(HR)).unwrap();
    order(&mut s, officer(1), &take_in(HR, 2)).unwrap();
    count(&mut s);
    s.file.cards.clear();
    s.file.applications[0].stage = Stage::Accepted { at: Instant(0) };
    s.as_officer(1);
    s
}

pub fn begin() -> C {
    C::BeginInstant(Begin { application: ApplicationId(1), blank: FIRST, outlet: HR })
}

pub fn write_back(chip: ChipIdentifier) -> C {
    C::WriteBack(WriteBack { application: ApplicationId(1), blank: FIRST, card: CardId(9), chip })
}

#[test]
fn art_36_1_a_city_orders_the_province_generates_and_each_waits_for_the_one_before() {
    clause!(R36.1);
    let mut s = Scene::uncollected();
    assert_eq!(why(order(&mut s, officer(1), &order_command())), Reason::NotPermitted);
    let none = BlankOrderCommand::Generate { first: 100 };
    assert_eq!(why(order(&mut s, officer(6), &none)), Reason::NotFound);
    order(&mut s, officer(3), &order_command()).unwrap();
    assert_eq!(why(order(&mut s, bank(), &BlankOrderCommand::Extract)), Reason::WrongStage);
    assert_eq!(why(order(&mut s, officer(3), &none)), Reason::NotPermitted);
    order(&mut s, officer(6), &none).unwrap();
    let file = s.stock.orders[&ORDER].order.clone().unwrap();
    assert_eq!(file.card_no(1), Some(number(1)));
    assert_eq!(file.card_no(3), Some(number(3)));
    assert_eq!((file.card_no(0), file.card_no(4)), (None, None));
    assert_eq!(file.place_of(number(3).as_str()), Some(3));
    assert_eq!(file.place_of(number(4).as_str()), None);
    assert_eq!(file.place_of("张三"), None);
    let other = Actor::Bank(BankCode("95533".into()));
    assert_eq!(why(order(&mut s, other, &BlankOrderCommand::Extract)), Reason::NotYourData);
}

#[test]
fn art_36_1_the_province_declines_with_a_reason() {
    clause!(R36.1);
    let mut s = Scene::uncollected();
    order(&mut s, officer(3), &order_command()).unwrap();
    let without = BlankOrderCommand::Decline { reason: " ".into() };
    assert_eq!(why(order(&mut s, officer(6), &without)), Reason::MaterialDefective);
    order(&mut s, officer(6), &BlankOrderCommand::Decline { reason: "库存充足".into() }).unwrap();
    assert!(matches!(s.stock.orders[&ORDER].order.as_ref().unwrap().step, Step::Declined { .. }));
    assert_eq!(why(order(&mut s, officer(6), &BlankOrderCommand::Generate { first: 1 })), Reason::WrongStage);
}

#[test]
fn art_36_1_an_order_names_a_bank_of_the_city_a_known_vendor_and_a_number() {
    clause!(R36.1);
    let with = |change: fn(&mut BlankOrderCommand)| {
        let mut command = order_command();
        change(&mut command);
        why(order(&mut Scene::uncollected(), officer(3), &command))
    };
    let bank = |c: &mut BlankOrderCommand| {
        if let BlankOrderCommand::Order { bank, .. } = c {
            *bank = BankCode("95599".into());
        }
    };
    let vendor = |c: &mut BlankOrderCommand| {
        if let BlankOrderCommand::Order { vendor, .. } = c {
            *vendor = VendorCode("99".into());
        }
    };
    let none = |c: &mut BlankOrderCommand| {
        if let BlankOrderCommand::Order { quantity, .. } = c {
            *quantity = 0;
        }
    };
    assert_eq!(with(bank), Reason::BankNotOffered);
    assert_eq!(with(vendor), Reason::NotFound);
    assert_eq!(with(none), Reason::MaterialDefective);
}

#[test]
fn art_36_1_a_bank_allocates_accounts_and_changes_nothing() {
    clause!(R36.1);
    let mut s = generated();
    assert_eq!(why(blank(&mut s, bank(), 1, &allocated(1))), Reason::WrongStage, "not extracted yet");
    order(&mut s, bank(), &BlankOrderCommand::Extract).unwrap();
    let changed =
        TakeAllocation { card_no: number(2).as_str().into(), result: Allocation::Allocated(account(1)) };
    let events = blank(&mut s, bank(), 1, &BlankCommand::TakeAllocation(changed)).unwrap();
    assert_eq!(events[0].changed_fields(), [SentField::CardNo]);
    blank(&mut s, bank(), 2, &allocated(2)).unwrap();
    assert_eq!(why(blank(&mut s, bank(), 2, &allocated(2))), Reason::WrongStage, "answered before");
    assert_eq!(why(blank(&mut s, bank(), 4, &allocated(4))), Reason::NotFound, "no such card");
    let mut without = account(3);
    without.personal_account = AccountNumber(" ".into());
    let without =
        TakeAllocation { card_no: number(3).as_str().into(), result: Allocation::Allocated(without) };
    let refused = blank(&mut s, bank(), 3, &BlankCommand::TakeAllocation(without));
    assert_eq!(why(refused), Reason::MaterialDefective);
}

#[test]
fn art_36_1_a_vendor_makes_what_has_an_account_and_the_boxes_hold_what_is_written_on_them() {
    clause!(R36.1);
    let mut s = at_vendor();
    assert_eq!(why(blank(&mut s, vendor(), 3, &made(3))), Reason::WrongStage, "the bank failed it");
    assert_eq!(why(blank(&mut s, vendor(), 1, &made(1))), Reason::NotFound, "no such box");
    let pack = BlankOrderCommand::Pack { number: "b".into(), cards: 3 };
    order(&mut s, vendor(), &pack).unwrap();
    assert_eq!(why(order(&mut s, vendor(), &pack)), Reason::NothingToDo);
    blank(&mut s, vendor(), 1, &made(1)).unwrap();
    assert_eq!(why(order(&mut s, vendor(), &BlankOrderCommand::CloseMaking)), Reason::ReturnsOutstanding);
    let BlankCommand::TakeMaking(mut changed) = made(2) else { unreachable!() };
    changed.personal_account = "per9".into();
    let events = blank(&mut s, vendor(), 2, &BlankCommand::TakeMaking(changed)).unwrap();
    assert_eq!(events[0].changed_fields(), [SentField::PersonalAccount]);
    assert_eq!(why(order(&mut s, vendor(), &BlankOrderCommand::CloseMaking)), Reason::BoxesDiffer);
    // Cards failed after the box was packed: it is put right under its own number.
    let again = |cards| BlankOrderCommand::Pack { number: "b".into(), cards };
    assert_eq!(why(order(&mut s, vendor(), &again(0))), Reason::BoxesDiffer, "one is in it");
    order(&mut s, vendor(), &again(1)).unwrap();
    order(&mut s, vendor(), &BlankOrderCommand::CloseMaking).unwrap();
    assert_eq!(why(order(&mut s, vendor(), &BlankOrderCommand::CloseMaking)), Reason::NothingToDo);
}

#[test]
fn art_36_1_stock_has_one_keeper_is_counted_at_each_hop_and_every_day() {
    clause!(R36.1);
    let mut s = in_stock();
    assert_eq!(why(order(&mut s, officer(3), &take_in(CITY, 2))), Reason::NotAddressedHere);
    let daily = |counted| BlankOrderCommand::Count { r#box: "b".into(), org: HR, counted, foreign: 0 };
    let elsewhere = BlankOrderCommand::Count { r#box: "b".into(), org: CITY, counted: 2, foreign: 0 };
    assert_eq!(why(order(&mut s, officer(3), &elsewhere)), Reason::NotTheKeeper);
    order(&mut s, officer(1), &daily(1)).unwrap();
    let counted = s.stock.orders[&ORDER].order.as_ref().unwrap().boxes[0].counted.unwrap();
    assert_eq!((counted.on, counted.cards, counted.expected), (TODAY, 1, 2), "a difference is recorded");
    assert_eq!((counted.differs(), counted.by), (-1, Some(HR)));
    // A count of earlier days says nothing of who counted, and is read as it was written.
    let old = r#"{"on":"2026-11-23","cards":1,"expected":2}"#;
    let read: kaguan_domain::facts::blank_order::Counted = serde_json::from_str(old).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), old);
    assert_eq!(why(order(&mut s, officer(1), &daily(1))), Reason::NothingToDo);
    // From outlet to outlet of the city, and back; never to another city or another bank (R36.1).
    order(&mut s, officer(1), &daily(2)).unwrap();
    assert_eq!(why(order(&mut s, officer(1), &ship(OrgId(6)))), Reason::WrongHop);
    order(&mut s, officer(1), &ship(OrgId(4))).unwrap();
    order(&mut s, officer(2), &take_in(OrgId(4), 2)).unwrap();
    let count = s.stock.orders[&ORDER].order.as_ref().unwrap().boxes[0].counted;
    assert_eq!(count, None, "nobody has counted it there");
    order(&mut s, officer(2), &ship(HR)).unwrap();
    order(&mut s, officer(1), &take_in(HR, 2)).unwrap();
    assert_eq!(why(order(&mut s, officer(1), &ship(OrgId(5)))), Reason::WrongHop);
    order(&mut s, officer(1), &ship(CITY)).unwrap();
    assert_eq!(why(order(&mut s, officer(1), &ship(CITY))), Reason::NotTheKeeper, "under way");
    order(&mut s, officer(3), &take_in(CITY, 2)).unwrap();
    assert_eq!(why(order(&mut s, officer(3), &ship(OrgId(5)))), Reason::WrongHop, "another bank's outlet");
    assert_eq!(why(order(&mut s, officer(3), &ship(OrgId(6)))), Reason::WrongHop, "another city");
}

#[test]
fn annex_5_the_order_form_is_printed_for_three_parties() {
    clause!(X5.1);
    let s = generated();
    let order = s.stock.orders[&ORDER].order.as_ref().unwrap();
    let items = order_items(order);
    let of = |title| items.iter().find(|i| i.0 == title).unwrap().1.clone();
    assert_eq!(of("申请单位"), "广州市人社局信息中心（市卡管机构）");
    assert_eq!((of("银行"), of("数量")), ("中国工商银行".into(), "3".into()));
    let vendor = kaguan_domain::codes::vendors().find(|v| v.code == "1").unwrap();
    assert_eq!((of("制卡商"), of("抄送单位")), (vendor.name.clone(), "中国工商银行广东省分行".into()));
    // 农信社 has no branch of the province to be named.
    let rural = BlankOrder { bank: BankCode("96138".into()), ..order.clone() };
    let copied = order_items(&rural).into_iter().find(|i| i.0 == "抄送单位").unwrap().1;
    assert_eq!(copied, "广东省农村信用社（农商银行）");
}

#[test]
fn art_36_2_a_paid_application_becomes_a_card_at_the_counter_and_the_bank_learns_whose_it_is() {
    clause!(R36.2);
    let mut s = in_stock();
    s.file.applications[0].fee = Fee::Due { fen: 2_000 };
    assert_eq!(s.refused(begin()), Reason::FeeUnpaid);
    s.file.applications[0].fee = Fee::Free { ground: kaguan_domain::facts::fee::FreeGround::FirstCard };
    s.done(begin());
    assert!(matches!(s.stock.blanks[&FIRST].state, BlankState::InUse { .. }));
    assert_eq!(s.refused(begin()), Reason::WrongStage);
    assert_eq!(s.refused(write_back(chip(2))), Reason::WrongBlank, "another card lies in the reader");
    s.done(write_back(chip(1)));
    let card = s.card(CardId(9)).clone();
    assert_eq!((card.card_no.clone(), card.issued_on), (number(1), TODAY));
    assert_eq!(card.custody, Custody::AtOutlet { org: HR });
    assert_eq!(card.pre_made.as_ref().unwrap().personal_account.0, "per1");
    assert_eq!(card.intents.iter().map(|i| i.kind).collect::<Vec<_>>(), [IntentKind::OpenPreMade]);
    assert!(matches!(s.stock.blanks[&FIRST].state, BlankState::Used { card: CardId(9), .. }));
    let made = HolderEvent::CardMade { application: ApplicationId(1), card: Box::new(card) };
    let entered = made.entries();
    let stock = format!("stock/{}", Party::Org(HR).account());
    assert_eq!(
        entered.iter().map(|e| (e.account.as_str(), e.cards)).collect::<Vec<_>>(),
        [(stock.as_str(), -1), ("org:3", 1)]
    );
}

#[test]
fn art_36_1_a_pre_made_card_serves_its_city_and_bank_and_only_where_it_lies() {
    clause!(R36.1);
    let mut s = in_stock();
    s.file.applications[0].bank = BankCode("95533".into());
    assert_eq!(s.refused(begin()), Reason::WrongBlank);
    s.file.applications[0].bank = BankCode("95588".into());
    s.file.applications[0].city = CityCode("4403".into());
    assert_eq!(s.refused(begin()), Reason::WrongBlank);
    s.file.applications[0].city = CityCode("4401".into());
    let there = C::BeginInstant(Begin { application: ApplicationId(1), blank: FIRST, outlet: OrgId(4) });
    s.as_officer(2);
    assert_eq!(s.refused(there), Reason::CardNotHere);
    assert_eq!(s.refused(begin()), Reason::OutOfScope);
    let unknown = BlankId { order: ORDER, n: 9 };
    s.as_officer(1);
    let unknown = C::BeginInstant(Begin { application: ApplicationId(1), blank: unknown, outlet: HR });
    assert_eq!(s.refused(unknown), Reason::NotFound);
}

#[test]
fn art_36_3_a_printed_card_is_written_back_later_and_an_unprinted_one_is_spoiled_and_never_used_again() {
    clause!(R36.3);
    let mut s = in_stock();
    s.file.applications[0].clock = Some(Clock::start(ClockKind::FirstCard, TODAY, &s.office.calendar));
    s.done(begin());
    s.days_pass(2);
    // 制卡补登: the card was printed two days ago and written only now; its day of issue is that on which it is a card, and stands at its
    // outlet: the period of the application ends.
    s.done(write_back(chip(1)));
    assert_eq!(s.card(CardId(9)).issued_on, date(2026, 11, 25));
    assert_eq!(s.file.applications[0].clock.as_ref().unwrap().stopped_on, Some(date(2026, 11, 25)));

    let mut s = in_stock();
    s.done(begin());
    let fail = |reason: &str| {
        C::FailInstant(Fail { application: ApplicationId(1), blank: FIRST, reason: reason.into() })
    };
    assert_eq!(s.refused(fail(" ")), Reason::MaterialDefective);
    s.done(fail("印卡机卡纸"));
    assert!(matches!(s.file.applications[0].stage, Stage::ProductionFailed { .. }));
    let (none, a) = (std::collections::HashMap::new(), &s.file.applications[0]);
    let stands = position(&s.file, a, &none, &s.office).unwrap();
    assert_eq!((stands, Turn::of(stands)), (Position::InstantFailed, Turn::Outlet), "the counter's");
    assert!(matches!(s.stock.blanks[&FIRST].state, BlankState::Spoiled { .. }));
    assert_eq!(s.refused(write_back(chip(1))), Reason::WrongStage);
    // 失败数据处理 by the counter that failed it, and again: with another card.
    let settle = || C::SettleProductionFailure(SettleFailure { application: ApplicationId(1) });
    assert_eq!(s.as_officer(2).refused(settle()), Reason::OutOfScope, "another counter");
    assert!(s.as_officer(3).may(&settle()), "the city may as before");
    s.as_officer(1).done(settle());
    assert_eq!(s.refused(begin()), Reason::BlankSpent);
    let second = BlankId { order: ORDER, n: 2 };
    s.done(C::BeginInstant(Begin { application: ApplicationId(1), blank: second, outlet: HR }));
    assert!(s.file.card(OLD).is_none());
}

#[test]
fn art_36_3_a_damaged_card_in_stock_is_spoiled_where_it_lies() {
    clause!(R36.3);
    let mut s = in_stock();
    let spoil = |org, reason: &str| {
        BlankCommand::Spoil(Spoil { org, reason: reason.into(), missing: false, counted_at: None })
    };
    assert_eq!(why(blank(&mut s, officer(3), 1, &spoil(CITY, "芯片无应答"))), Reason::CardNotHere);
    assert_eq!(why(blank(&mut s, officer(1), 1, &spoil(HR, ""))), Reason::MaterialDefective);
    let events = blank(&mut s, officer(1), 1, &spoil(HR, "芯片无应答")).unwrap();
    assert_eq!(events[0].entries().iter().map(|e| e.cards).sum::<i64>(), 0);
    assert_eq!(why(blank(&mut s, officer(1), 1, &spoil(HR, "芯片无应答"))), Reason::BlankSpent);
    assert_eq!(s.refused(begin()), Reason::BlankSpent);
}

#[test]
fn art_36_1_a_box_short_by_one_is_taken_in_and_the_missing_card_is_named_before_or_after() {
    clause!(R36.1);
    clause!(R12.1);
    let mut s = in_stock();
    order(&mut s, officer(1), &ship(CITY)).unwrap();
    assert_eq!(why(order(&mut s, officer(3), &take_in(CITY, 1))), Reason::CountMismatch);
    let short = |account: &str| {
        let short = Short { cards: 1, answers: Answers::Sender, account: account.into() };
        let BlankOrderCommand::TakeIn(t) = take_in(CITY, 1) else { unreachable!() };
        BlankOrderCommand::TakeIn(StockTakeIn { short: Some(short), ..t })
    };
    assert_eq!(why(order(&mut s, officer(3), &short(" "))), Reason::MaterialDefective);
    let books = order(&mut s, officer(3), &short("封条完好")).unwrap()[0].entries();
    let of = |account: &str| books.iter().filter(|e| e.account == account).map(|e| e.cards).sum::<i64>();
    assert_eq!((of("stock/org:3"), of("stock/org:2"), of("stock/missing")), (-2, 1, 1));
    assert_eq!(s.stock.orders[&ORDER].inside("b"), 1, "one card is there");
    let lost =
        |org, missing| BlankCommand::Spoil(Spoil { org, reason: "短少".into(), missing, counted_at: None });
    assert_eq!(why(blank(&mut s, officer(3), 2, &lost(CITY, true))), Reason::DifferenceOpen);
    let settle = |cards| BlankOrderCommand::SettleDifference {
        r#box: "b".into(),
        settled: Settled::Short { cards, at: None },
        account: "核对为2号卡".into(),
    };
    assert_eq!(why(order(&mut s, officer(3), &settle(2))), Reason::MaterialDefective);
    order(&mut s, officer(3), &settle(1)).unwrap();
    let events = blank(&mut s, officer(3), 2, &lost(CITY, true)).unwrap();
    let accounts: Vec<_> = events[0].entries().into_iter().map(|e| e.account).collect();
    assert_eq!(accounts, ["stock/org:2", "stock/missing"]);
    count(&mut s);
    assert_eq!(s.stock.orders[&ORDER].inside("b"), 1);
    // Known at once: named while the box is under way, and its sender answers.
    let mut s = in_stock();
    order(&mut s, officer(1), &ship(CITY)).unwrap();
    let events = blank(&mut s, officer(3), 1, &lost(CITY, true)).unwrap();
    assert_eq!(events[0].entries()[0].account, "stock/org:3");
    order(&mut s, officer(3), &take_in(CITY, 1)).unwrap();
}

#[test]
fn art_37_1_an_instant_card_of_a_restricted_person_comes_out_restricted() {
    clause!(R37.1);
    clause!(R36.2);
    let mut s = in_stock();
    s.file = Scene::with_card().file;
    s.as_system().done(C::ReportFormalLoss(ReportFormal { card: OLD, verified: true, deputy: None }));
    s.done(C::Replace(Box::new(super::hand::replacement(Purpose::Reissue { old: OLD }))));
    s.file.applications[1].fee = Fee::Free { ground: kaguan_domain::facts::fee::FreeGround::LocalPolicy };
    let second = ApplicationId(2);
    s.as_officer(1).done(C::BeginInstant(Begin { application: second, blank: FIRST, outlet: HR }));
    // 张三's case is decided while the counter prints.
    super::held::restrict(&mut s, OLD, 1);
    let write = WriteBack { application: second, blank: FIRST, card: CardId(9), chip: chip(1) };
    s.as_officer(1).done(C::WriteBack(write));
    let card = s.card(CardId(9));
    assert!(card.holds.contains(&Hold::Restriction { case: CaseId(1) }) && !card.in_force());
    let told = card.intents.iter().map(|i| (i.seq, i.kind)).collect::<Vec<_>>();
    assert_eq!(told, [(1, IntentKind::OpenPreMade), (2, IntentKind::Restrict)], "in this order");
    let hand_over = C::HandOver(super::stated::handed_to_holder(CardId(9), HR, super::person::shown()));
    assert_eq!(s.refused(hand_over), Reason::CardHeldBack);
}

#[test]
fn art_36_1_a_box_of_pre_made_cards_goes_by_lorry_without_a_number_and_not_when_it_is_empty() {
    clause!(R36.1);
    clause!(R12.1);
    let by = |manner: &str, tracking: &str| {
        BlankOrderCommand::Ship(StockShip {
            r#box: "b".into(),
            to: CITY,
            responsible: "甲".into(),
            tracking: tracking.into(),
            manner: manner.into(),
        })
    };
    let mut s = in_stock();
    assert_eq!(why(order(&mut s, officer(1), &by("", ""))), Reason::MaterialDefective, "how does it go?");
    assert_eq!(why(order(&mut s, officer(1), &by("快递", ""))), Reason::MaterialDefective);
    for n in [1, 2] {
        let spoil = Spoil { org: HR, reason: "卡面划伤".into(), missing: false, counted_at: None };
        blank(&mut s, officer(1), n, &BlankCommand::Spoil(spoil)).unwrap();
        let sent = order(&mut s, officer(1), &by("自行押运", ""));
        if n == 1 {
            sent.unwrap();
            order(&mut s, officer(3), &take_in(CITY, 1)).unwrap();
            order(&mut s, officer(3), &ship(HR)).unwrap();
            order(&mut s, officer(1), &take_in(HR, 1)).unwrap();
        } else {
            assert_eq!(why(sent), Reason::NothingToDo, "nothing is left in it");
        }
    }
}

#[test]
fn art_36_1_no_box_goes_to_an_institution_that_has_stopped_for_nobody_would_count_it_there() {
    clause!(R36.1);
    let mut s = in_stock();
    let stopped = InstitutionEvent::OrganisationStopped { org: CITY, at: s.now, reason: "撤并".into() };
    s.office.apply(&stopped);
    assert_eq!(why(order(&mut s, officer(1), &ship(CITY))), Reason::WrongHop);
    s.office.apply(&InstitutionEvent::OrganisationStarted { org: CITY });
    order(&mut s, officer(1), &ship(CITY)).unwrap();
}

#[test]
fn art_36_1_a_wrong_count_of_stock_never_tells_the_right_one() {
    clause!(R36.1);
    let mut s = in_stock();
    order(&mut s, officer(1), &ship(CITY)).unwrap();
    let refused = order(&mut s, officer(3), &take_in(CITY, 7)).unwrap_err();
    assert_eq!(refused.reason, Reason::CountMismatch);
    assert!(!refused.sentence().contains("2张"), "{}", refused.sentence());
}

#[test]
fn art_36_2_zhang_sans_application_is_marked_for_the_counter_and_no_batch_takes_it() {
    clause!(R36.2);
    let mark = |outlet, marked| C::MarkInstant(Mark { application: ApplicationId(1), outlet, marked });
    let mut s = in_stock();
    assert_eq!(s.refused(mark(HR, false)), Reason::NothingToDo);
    assert_eq!(s.refused(mark(OrgId(4), true)), Reason::OutOfScope, "another outlet's clerk");
    s.done(mark(HR, true));
    assert_eq!(s.file.applications[0].instant_at, Some(HR));
    assert_eq!(s.refused(mark(HR, true)), Reason::NothingToDo);
    let screen = C::Screen(Screen { application: ApplicationId(1), batch: BatchId(1), card_no: number(9) });
    s.as_officer(3);
    assert_eq!(s.refused(screen), Reason::WrongStage, "the counter makes it");
    s.as_officer(2);
    assert_eq!(s.refused(mark(OrgId(4), false)), Reason::OutOfScope, "taken back where it was made");
    s.as_officer(1);
    s.done(mark(HR, false));
    s.done(mark(HR, true));
    s.done(begin());
    assert_eq!(s.refused(mark(HR, false)), Reason::WrongStage);
}

#[test]
fn art_36_2_a_bank_marks_only_what_its_own_cards_are_for() {
    clause!(R36.2);
    let mark = C::MarkInstant(Mark { application: ApplicationId(1), outlet: OrgId(4), marked: true });
    let mut s = in_stock();
    s.as_officer(2);
    s.file.applications[0].bank = BankCode("95533".into());
    assert_eq!(s.refused(mark.clone()), Reason::OtherBanksOutlet);
    s.file.applications[0].bank = BankCode("95588".into());
    s.file.applications[0].city = CityCode("4403".into());
    assert_eq!(s.refused(mark.clone()), Reason::OutOfScope);
    s.file.applications[0].city = CityCode("4401".into());
    s.done(mark);
}

#[test]
fn art_36_1_an_order_has_at_most_a_hundred_thousand_and_a_made_box_goes_to_the_city_or_its_bank() {
    clause!(R36.1);
    let ordered = |n: u32| {
        let mut command = order_command();
        if let BlankOrderCommand::Order { quantity, .. } = &mut command {
            *quantity = n;
        }
        order(&mut Scene::uncollected(), officer(3), &command).map_err(|r| r.reason)
    };
    assert!(ordered(100_000).is_ok());
    for wrong in [0, 100_001, 200_000] {
        assert_eq!(ordered(wrong), Err(Reason::MaterialDefective), "{wrong}");
    }
    let mut s = at_vendor();
    order(&mut s, vendor(), &BlankOrderCommand::Pack { number: "b".into(), cards: 2 }).unwrap();
    blank(&mut s, vendor(), 1, &made(1)).unwrap();
    blank(&mut s, vendor(), 2, &made(2)).unwrap();
    order(&mut s, vendor(), &BlankOrderCommand::CloseMaking).unwrap();
    assert_eq!(why(order(&mut s, vendor(), &ship(HR))), Reason::WrongHop, "an outlet of the city's");
    assert_eq!(why(order(&mut s, vendor(), &ship(OrgId(5)))), Reason::WrongHop, "another bank's");
    order(&mut s, vendor(), &ship(OrgId(4))).unwrap();
}

#[test]
fn art_36_1_an_empty_box_is_counted_as_empty_and_never_as_less() {
    clause!(R36.1);
    let mut s = in_stock();
    let daily = |counted| BlankOrderCommand::Count { r#box: "b".into(), org: HR, counted, foreign: 0 };
    assert_eq!(why(order(&mut s, officer(1), &daily(-1))), Reason::CountMismatch);
    order(&mut s, officer(1), &daily(0)).unwrap();
}

#[test]
fn art_36_1_the_numbers_of_a_pre_made_card_are_looked_up_before_it_is_taken_in() {
    clause!(R36.1);
    let bank = Claim::bank_card_number(&account(1).bank.bank_card_no);
    assert_eq!(allocated(1).claims(), [bank, Claim::card_number(&number(1))]);
    assert_eq!(made(1).claims(), [Claim::chip(&chip(1))]);
}
