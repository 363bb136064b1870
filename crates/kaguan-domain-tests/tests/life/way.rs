//! Cards on their way: boxes that are short or over, ways, cards lost before anybody had them, the post, and what becomes of those
//! that nobody collects.

use crate::person::{AWAY, HR, NEW_BANK, OLD, Scene, TODAY, shown};
use crate::{exchange, hand_over, stated};
use kaguan_domain::calendar::add_months_clamped;
use kaguan_domain::cancellation::Cancel;
use kaguan_domain::clause;
use kaguan_domain::collection::{AgreePost, Post, PostFromVendor, ReceiveReturned};
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::dispatch::{self, BatchCommand, HolderCommand as C, decide_batch};
use kaguan_domain::distribution::{
    Receive, RecordFound, RecordMissing, SettleDifference, Ship, TakeOver, settle_difference,
};
use kaguan_domain::duty::Notify;
use kaguan_domain::facts::application::{ExchangeReason, Purpose, Stage};
use kaguan_domain::facts::batch::{Batch, BatchEvent, BatchFile, BatchState};
use kaguan_domain::facts::boxes::BoxFile;
use kaguan_domain::facts::cancellation::CancelReason;
use kaguan_domain::facts::card::{BalanceSource, Hold};
use kaguan_domain::facts::clock::{Clock, ClockKind};
use kaguan_domain::facts::custody::{Custody, CustodyEntry, Party, PickUpCode, RecallReason};
use kaguan_domain::facts::difference::{Answers, Settled, Short, Surplus};
use kaguan_domain::facts::fee::{Fee, FreeGround};
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::institution::{InstitutionEvent, Task};
use kaguan_domain::facts::intent::IntentKind;
use kaguan_domain::facts::letter::{Letter, letters_of};
use kaguan_domain::facts::notice::NoticeKind;
use kaguan_domain::facts::policy::{DatedPolicy, LocalPolicy, VendorWay};
use kaguan_domain::ids::{
    ApplicationId, BankCode, BatchId, BoxId, CardId, CardNumber, CityCode, OfficerId, OrgId, VendorCode,
};
use kaguan_domain::institution::{InstitutionCommand, decide as decide_institution};
use kaguan_domain::link::{AnswerIntent, BankAnswer};
use kaguan_domain::loss::{ReportFormal, ReportTemporary};
use kaguan_domain::recall::{
    CancelStranded, Destroy, OfferAgain, ReceiveData, StateBalance, StorePlastic, TakeBack, offered_soon_by,
    waits_to_be_offered,
};
use kaguan_domain::refusal::Reason;
use kaguan_domain::replacement::{MakeAgain, Withdraw};
use std::collections::BTreeMap;

const CITY: OrgId = OrgId(2);
const PROVINCE: OrgId = OrgId(1);
/// The outlet of the card's bank.
const BANK: OrgId = OrgId(4);
pub const BOX: BoxId = BoxId(1);

pub fn missing() -> C {
    C::RecordMissing(lost(OLD, "网点卡库", "盘点未见该卡"))
}

fn lost(card: CardId, place: &str, account: &str) -> RecordMissing {
    let (place, account) = (place.into(), account.into());
    RecordMissing { card, since: TODAY, place, account, answers: None, counted_at: None }
}

pub fn make_again(form_no: &str) -> C {
    C::MakeAgain(MakeAgain {
        id: ApplicationId(7),
        card: OLD,
        form_no: form_no.into(),
        outlet: HR,
        collect_at: HR,
    })
}

#[test]
fn art_12_1_zhang_sans_card_that_the_outlet_lost_is_made_again_at_nobodys_cost() {
    clause!(R12.1);
    clause!(R22.1);
    let mut s = Scene::uncollected();
    assert_eq!(s.as_officer(1).refused(make_again("44010000007")), Reason::NotMissing);
    let vague = C::RecordMissing(lost(OLD, " ", ""));
    assert_eq!(s.refused(vague), Reason::MaterialDefective, "who, where and how is stated");
    assert_eq!(s.as_officer(2).refused(missing()), Reason::OutOfScope, "who keeps it says so");
    s.as_officer(1).done(missing());
    let Custody::Missing { said: Some(said), .. } = &s.old().custody else { panic!("missing") };
    assert_eq!((said.answers.clone(), said.since), (Party::Org(HR), TODAY));
    assert_eq!(s.refused(missing()), Reason::NothingToDo);
    assert_eq!(s.refused(hand_over(OLD)), Reason::CardMissing);
    assert_eq!(s.refused(make_again(" ")), Reason::MaterialDefective);
    assert_eq!(s.refused(make_again("44010000001")), Reason::NumberTaken);
    s.done(make_again("44010000007"));
    let a = s.file.application(ApplicationId(7)).unwrap();
    assert_eq!(a.fee, Fee::Free { ground: FreeGround::LostBeforeHandOver });
    assert!(a.fee.is_settled() && matches!(a.stage, Stage::Accepted { .. }) && a.urgent);
    assert_eq!(a.clock.as_ref().unwrap().kind, ClockKind::Replacement);
    assert_eq!(s.file.person.as_ref().unwrap().details.form_no, "44010000007");
    assert!(s.old().is_cancelled() && s.old().made_again == Some(ApplicationId(7)));
    let close = s.old().intents.last().unwrap().clone();
    assert_eq!(close.kind, IntentKind::Close, "the bank is asked to close the account of the lost card");
    assert_eq!(s.refused(make_again("44010000008")), Reason::NotMissing, "once");
    let withdraw = C::Withdraw(Withdraw { application: ApplicationId(7) });
    assert_eq!(s.refused(withdraw), Reason::WrongStage, "it is a first card still");
    let new = s.card_made(ApplicationId(7), "95588");
    s.done(hand_over(new));
    assert!(s.card(new).in_force());
    // Found later: the old plastic is kept, and destroyed, and never handed over.
    s.done(C::RecordFound(RecordFound { card: OLD, org: HR }));
    assert!(matches!(s.old().custody, Custody::Recalled { reason: RecallReason::FoundAgain, .. }));
    assert_eq!(s.refused(hand_over(OLD)), Reason::CardRecalled);
    assert_eq!(s.as_officer(3).refused(C::OfferAgain(OfferAgain { card: OLD })), Reason::WrongStage);
    assert_eq!(s.refused(C::Destroy(Destroy { card: OLD })), Reason::WrongStage, "the account is open");
    let done = AnswerIntent { card: OLD, seq: close.seq, answer: BankAnswer::Done };
    s.as_bank("95588").done(C::AnswerIntent(done));
    s.as_officer(3).done(C::Destroy(Destroy { card: OLD }));
}

#[test]
fn art_12_1_a_replacement_lost_on_its_way_is_made_again_and_still_takes_the_old_cards_place() {
    clause!(R12.1);
    clause!(R27.4);
    let mut s = Scene::with_card();
    s.done(exchange(ExchangeReason::Other { why: "卡面磨损".into() }));
    let replacement = s.card_made(ApplicationId(2), "95588");
    let said = lost(replacement, "邮路", "邮件丢失");
    s.file.cards[1].custody = Custody::InPost {
        since: s.now,
        from: HR,
        tracking: "E1".into(),
        code_digest: "d".into(),
        carrier: None,
        news: Vec::new(),
    };
    s.as_officer(1).done(C::RecordMissing(said));
    let again = MakeAgain {
        id: ApplicationId(7),
        card: replacement,
        form_no: "44010000007".into(),
        outlet: HR,
        collect_at: HR,
    };
    s.file.cards[1].holds.insert(Hold::Restriction { case: kaguan_domain::ids::CaseId(1) });
    assert_eq!(s.refused(C::MakeAgain(again.clone())), Reason::CardHeldBack, "a case is not escaped");
    s.file.cards[1].holds.clear();
    s.done(C::MakeAgain(again));
    let a = s.file.application(ApplicationId(7)).unwrap();
    assert!(matches!(a.purpose, Purpose::Exchange { old: OLD, .. }));
    assert!(s.file.application(ApplicationId(2)).unwrap().clock.as_ref().unwrap().stopped_on.is_some());
    assert!(s.old().in_force(), "the old card works until the new one is there");
    let mut new = s.card(replacement).clone();
    (new.id, new.application, new.made_again) = (CardId(9), ApplicationId(7), None);
    new.social = kaguan_domain::facts::card::Social::NotEnabled;
    new.intents.clear();
    new.custody = Custody::AtOutlet { org: HR };
    let made = HolderEvent::CardMade { application: ApplicationId(7), card: Box::new(new) };
    s.file.apply(&made, s.now);
    s.done(hand_over(CardId(9)));
    assert!(s.old().is_cancelled() && s.card(CardId(9)).in_force());
}

/// A batch whose only box holds five cards.
pub fn boxed(keeper: Party, employer: Option<&str>) -> BatchFile {
    let mut file = BatchFile::new(BatchId(1));
    file.batch = Some(Batch {
        number: "B1".into(),
        city: CityCode("4401".into()),
        bank: BankCode("95588".into()),
        urgent: false,
        collected_on: TODAY,
        people: 5,
        state: BatchState::Made { vendor: VendorCode("1".into()), at: Instant(0) },
        clocks: Vec::new(),
        incomplete: Vec::new(),
        taken_back: None,
    });
    file.boxes.push(BoxFile {
        id: BOX,
        number: "1".into(),
        outlet: HR,
        employer: employer.map(Into::into),
        cards: 5,
        keeper,
        on_the_way: None,
        last_signed: Instant::at_start_of(TODAY),
        left_province: None,
        arrived: None,
        differences: Vec::new(),
        papers: Vec::new(),
    });
    file.tally.inside.insert(BOX, 5);
    file
}

/// Boxes, whoever moves them, and the books of it.
pub struct Boxes {
    pub scene: Scene,
    pub file: BatchFile,
    books: BTreeMap<String, i64>,
}

impl Boxes {
    pub fn new(keeper: Party) -> Self {
        Self { scene: Scene::uncollected(), file: boxed(keeper, None), books: BTreeMap::new() }
    }

    pub fn ask(&mut self, officer: i64, command: &BatchCommand) -> Result<Vec<BatchEvent>, Reason> {
        self.scene.as_officer(officer);
        self.ask_as_is(command)
    }

    fn ask_as_is(&mut self, command: &BatchCommand) -> Result<Vec<BatchEvent>, Reason> {
        let events =
            decide_batch(&self.file, command, &self.scene.ctx(), &self.scene.office).map_err(|r| r.reason)?;
        for event in &events {
            self.file.apply(event, self.scene.now);
            self.book(event.entries());
        }
        Ok(events)
    }

    fn book(&mut self, entries: Vec<CustodyEntry>) {
        for e in entries {
            *self.books.entry(e.account).or_default() += e.cards;
        }
        assert_eq!(self.books.values().sum::<i64>(), 0, "the books balance");
    }

    fn of(&self, account: &str) -> i64 {
        self.books.get(account).copied().unwrap_or(0)
    }

    fn policy(&mut self, policy: LocalPolicy) {
        let policy = DatedPolicy { from: TODAY, until: None, policy };
        self.scene.office.apply(&InstitutionEvent::PolicySet { city: CityCode("4401".into()), policy });
    }

    fn entrust(&mut self, org: OrgId, task: Task) {
        self.scene.office.apply(&InstitutionEvent::Entrusted { org, task, granted: true });
    }
}

pub fn ship(to: OrgId) -> BatchCommand {
    BatchCommand::Ship(Ship {
        r#box: BOX,
        to,
        responsible: "甲".into(),
        manner: "专车".into(),
        tracking: "T1".into(),
    })
}

pub fn receipt(org: OrgId, counted: i64) -> Receive {
    Receive {
        r#box: BOX,
        org,
        counted,
        kept_at: "卡库".into(),
        signer: "乙".into(),
        short: None,
        surplus: Vec::new(),
    }
}

pub fn short(cards: i64, answers: Answers) -> Option<Short> {
    Some(Short { cards, answers, account: "封条完好，少卡".into() })
}

#[test]
fn art_12_1_a_box_one_short_is_signed_for_and_the_difference_is_located_to_one_keeper() {
    clause!(R12.1);
    for (answers, province) in [(Answers::Sender, -5), (Answers::Receiver, -5)] {
        let mut b = Boxes::new(Party::Org(PROVINCE));
        b.ask(6, &ship(CITY)).unwrap();
        let receive = |counted, short| BatchCommand::Receive(Receive { short, ..receipt(CITY, counted) });
        assert_eq!(b.ask(3, &receive(4, None)), Err(Reason::CountMismatch));
        assert_eq!(b.ask(3, &receive(4, short(2, answers))), Err(Reason::CountMismatch));
        assert_eq!(b.ask(3, &receive(-1, short(6, answers))), Err(Reason::CountMismatch));
        b.ask(3, &receive(4, short(1, answers))).unwrap();
        assert_eq!((b.of("org:1"), b.of("org:2"), b.of("missing")), (province, 4, 1));
        let who = if answers == Answers::Sender { PROVINCE } else { CITY };
        assert_eq!(b.file.boxes[0].differences[0].answers, Party::Org(who));
        // The rest goes on as four, and arrives as four.
        b.ask(3, &ship(HR)).unwrap();
        assert_eq!(b.ask(1, &BatchCommand::Receive(receipt(HR, 5))), Err(Reason::CountMismatch));
        b.ask(1, &BatchCommand::Receive(receipt(HR, 4))).unwrap();
        assert!(b.file.boxes[0].arrived.is_some());
        // Which card it was is found at the outlet: it is named, and only then recorded as missing.
        b.scene.batches.insert(BatchId(1), b.file.clone());
        b.scene.file.cards[0].custody = Custody::InBox { r#box: BOX };
        b.scene.as_officer(1);
        assert_eq!(b.scene.refused(missing()), Reason::DifferenceOpen);
        let settle = |cards, account: &str| {
            BatchCommand::SettleDifference(SettleDifference {
                r#box: BOX,
                settled: Settled::Short { cards, at: None },
                account: account.into(),
            })
        };
        assert_eq!(b.ask(1, &settle(2, "核对")), Err(Reason::MaterialDefective));
        assert_eq!(b.ask(1, &settle(1, " ")), Err(Reason::MaterialDefective));
        let BatchCommand::SettleDifference(both) = settle(2, " ") else { unreachable!() };
        let both = settle_difference(&b.file, &both).unwrap_err().sentence();
        assert!(both.contains("须为1张") && both.contains("须填写处理结果"), "{both}");
        let named = settle(1, "核对为张三的卡");
        assert_eq!(b.ask(3, &named), Err(Reason::NotTheKeeper), "the outlet has it in hand");
        assert_eq!(b.ask(1, &named).map(|e| e.len()), Ok(1));
        b.scene.batches.insert(BatchId(1), b.file.clone());
        b.scene.as_officer(1).done(missing());
        b.book(vec![
            CustodyEntry { account: "org:3".into(), cards: -1 },
            CustodyEntry { account: "missing".into(), cards: 1 },
        ]);
        assert_eq!((b.of("org:3"), b.of("missing")), (4, 1));
    }
}

#[test]
fn art_12_1_a_card_too_many_is_recorded_with_its_number_and_stays_in_the_books_where_it_belongs() {
    clause!(R12.1);
    let mut b = Boxes::new(Party::Org(PROVINCE));
    b.ask(6, &ship(CITY)).unwrap();
    let over = |counted, numbers: &[&str]| {
        let one = |n: &&str| Surplus { card_no: (*n).into(), account: "箱内多出".into() };
        let surplus = numbers.iter().map(one).collect();
        BatchCommand::Receive(Receive { surplus, ..receipt(CITY, counted) })
    };
    let number = CardNumber::allocate('A', 77).unwrap();
    assert_eq!(b.ask(3, &over(6, &[])), Err(Reason::CountMismatch));
    assert_eq!(b.ask(3, &over(6, &["A1"])), Err(Reason::MaterialDefective), "not a number");
    assert_eq!(b.ask(3, &over(7, &[number.as_str(), number.as_str()])), Err(Reason::MaterialDefective));
    b.ask(3, &over(6, &[number.as_str()])).unwrap();
    assert_eq!((b.of("org:1"), b.of("org:2")), (-5, 5));
    assert!(b.file.boxes[0].differences[0].is_open());
    let card_no = number.as_str().to_owned();
    let settled = Settled::Surplus { card_no };
    let account = "已转交天河网点".into();
    b.ask(3, &BatchCommand::SettleDifference(SettleDifference { r#box: BOX, settled, account })).unwrap();
    assert!(!b.file.boxes[0].differences[0].is_open());
    // Whoever it belongs to has it signed for there, out of the box that the books have it in.
    b.scene.batches.insert(BatchId(1), boxed(Party::Org(CITY), None));
    b.scene.file.cards[0].custody = Custody::InBox { r#box: BOX };
    let take = TakeOver { card: OLD, org: HR, kept_at: "卡库".into(), signer: "丙".into() };
    b.scene.as_officer(1).done(C::TakeOver(take));
    assert_eq!(b.scene.old().custody, Custody::AtOutlet { org: HR });
}

#[test]
fn art_12_1_place_person_manner_and_signer_are_stated() {
    clause!(R12.1);
    let mut b = Boxes::new(Party::Org(PROVINCE));
    let BatchCommand::Ship(mut vague) = ship(CITY) else { unreachable!() };
    vague.responsible = " ".into();
    assert_eq!(b.ask(6, &BatchCommand::Ship(vague)), Err(Reason::MaterialDefective));
    b.ask(6, &ship(CITY)).unwrap();
    let nameless = Receive { signer: String::new(), ..receipt(CITY, 5) };
    assert_eq!(b.ask(3, &BatchCommand::Receive(nameless)), Err(Reason::MaterialDefective));
}

#[test]
fn appendix_7_a_vendor_ships_to_city_or_bank_unless_the_city_has_closed_that_way() {
    clause!(X7.3);
    clause!(R42.1);
    let vendor = || Actor::Vendor(VendorCode("1".into()));
    let try_to = |to: OrgId, prepare: &dyn Fn(&mut Boxes)| {
        let mut b = Boxes::new(Party::Vendor(VendorCode("1".into())));
        let calendar = b.scene.office.calendar.clone();
        let clock = Clock::start(ClockKind::Production, TODAY, &calendar);
        b.file.batch.as_mut().unwrap().clocks.push(clock);
        prepare(&mut b);
        b.scene.as_actor(vendor());
        b.ask_as_is(&ship(to)).map(|_| b.file.batch.unwrap().clocks[0].stopped_on)
    };
    assert_eq!(try_to(PROVINCE, &|_| {}), Ok(None), "the period of Article 11 goes on in the province");
    assert_eq!(try_to(CITY, &|_| {}), Ok(Some(TODAY)), "sent off for good");
    let closed = |b: &mut Boxes| {
        let closed_ways = vec![VendorWay::City, VendorWay::Bank];
        b.policy(LocalPolicy { closed_ways, ..LocalPolicy::default() });
    };
    assert_eq!(try_to(CITY, &closed), Err(Reason::WrongHop));
    assert_eq!(try_to(HR, &|_| {}), Err(Reason::WrongHop), "to an HR outlet by the levels only");
    assert_eq!(try_to(BANK, &|_| {}), Err(Reason::WrongHop), "not its box, and not entrusted");
    assert_eq!(try_to(BANK, &|b| b.file.boxes[0].outlet = BANK), Ok(Some(TODAY)));
    assert_eq!(try_to(BANK, &|b| b.entrust(BANK, Task::ReceiveCards)), Ok(Some(TODAY)));
    assert_eq!(try_to(NEW_BANK, &|b| b.entrust(NEW_BANK, Task::ReceiveCards)), Err(Reason::WrongHop));
}

#[test]
fn art_12_3_an_entrusted_bank_receives_for_the_city_and_sends_the_boxes_on() {
    clause!(R12.3);
    let mut b = Boxes::new(Party::Org(PROVINCE));
    assert_eq!(b.ask(6, &ship(BANK)), Err(Reason::WrongHop));
    b.entrust(BANK, Task::ReceiveCards);
    b.ask(6, &ship(BANK)).unwrap();
    b.ask(2, &BatchCommand::Receive(receipt(BANK, 5))).unwrap();
    assert!(b.file.boxes[0].arrived.is_none());
    assert_eq!(b.ask(2, &ship(NEW_BANK)), Err(Reason::WrongHop));
    b.ask(2, &ship(HR)).unwrap();
    b.ask(1, &BatchCommand::Receive(receipt(HR, 5))).unwrap();
    assert!(b.file.boxes[0].arrived.is_some());
}

#[test]
fn appendix_7_7_an_office_that_the_city_entrusts_confirms_batches_of_its_bank() {
    clause!(X7.7);
    let mut s = Scene::uncollected();
    let entrust = |org, task, granted| InstitutionCommand::Entrust { org, task, granted };
    let ask =
        |s: &Scene, c: &InstitutionCommand| decide_institution(&s.office, c, &s.ctx()).map_err(|r| r.reason);
    let confirm = entrust(BANK, Task::ConfirmBatches, true);
    assert_eq!(ask(s.as_officer(1), &confirm), Err(Reason::NotPermitted), "the city's officer does");
    assert_eq!(ask(s.as_officer(3), &entrust(AWAY, Task::ConfirmBatches, true)), Err(Reason::OutOfScope));
    assert_eq!(ask(&s, &entrust(HR, Task::ReceiveCards, true)), Err(Reason::SetUpDefective), "banks receive");
    for event in ask(&s, &confirm).unwrap() {
        s.office.apply(&event);
    }
    assert_eq!(ask(&s, &confirm), Err(Reason::NothingToDo));
    let mut file = boxed(Party::Org(CITY), None);
    file.batch.as_mut().unwrap().state = BatchState::Screening;
    file.tally.in_batch = 2;
    let of = |s: &Scene, file: &BatchFile| {
        decide_batch(file, &BatchCommand::Confirm, &s.ctx(), &s.office).map(|_| ()).map_err(|r| r.reason)
    };
    assert_eq!(of(s.as_officer(1), &file), Err(Reason::OutOfScope));
    assert_eq!(of(s.as_officer(2), &file), Ok(()));
    file.batch.as_mut().unwrap().bank = BankCode("95533".into());
    assert_eq!(of(&s, &file), Err(Reason::OutOfScope), "another bank's batch");
    s.office.apply(&InstitutionEvent::Entrusted { org: BANK, task: Task::ConfirmBatches, granted: false });
    file.batch.as_mut().unwrap().bank = BankCode("95588".into());
    assert_eq!(of(&s, &file), Err(Reason::OutOfScope), "taken back");
}

#[test]
fn art_15_1_a_card_that_the_employer_has_is_reported_lost_before_anybody_enabled_it() {
    clause!(R24.1);
    clause!(R25.1);
    clause!(R15.1);
    let mut s = Scene::uncollected();
    s.file.cards[0].custody = Custody::InBox { r#box: BOX };
    s.batches.insert(BatchId(1), boxed(Party::Org(HR), Some("E1")));
    let temporary = || {
        C::ReportTemporaryLoss(ReportTemporary { card: OLD, identity: None, verified: true, deputy: None })
    };
    assert_eq!(s.as_officer(2).refused(temporary()), Reason::NotHandedOver, "it lies at the outlet");
    s.batches.insert(BatchId(1), boxed(Party::Employer("E1".into()), Some("E1")));
    s.done(temporary());
    s.done(C::ReportFormalLoss(ReportFormal { card: OLD, verified: true, deputy: None }));
    assert_eq!(s.old().loss(), Some(Hold::FormalLoss));
    // The employer says that it lost the card: the outlet that gave it out records it, and it costs nothing.
    assert_eq!(s.as_officer(5).refused(missing()), Reason::OutOfScope);
    s.as_officer(1).done(missing());
    let Custody::Missing { said: Some(said), from, .. } = &s.old().custody else { panic!("missing") };
    assert_eq!(
        (said.answers.clone(), from.clone()),
        (Party::Employer("E1".into()), Party::Employer("E1".into()))
    );
    s.done(make_again("44010000007"));
    let a = s.file.application(ApplicationId(7)).unwrap();
    assert_eq!((a.employer.clone(), a.fee.is_settled()), (None, true));
}

fn post(told_postage: bool, told_code: bool) -> C {
    C::Post(Post {
        carrier: None,
        card: OLD,
        outlet: HR,
        tracking: "EMS1".into(),
        code_digest: "right".into(),
        code: Some(PickUpCode("135790".into())),
        told_postage,
        told_code,
        wish: stated::wished_by_holder(shown()),
    })
}

#[test]
fn art_14_4_nothing_is_posted_before_the_holder_is_told_and_the_code_goes_to_the_holder_alone() {
    clause!(R14.1);
    clause!(R14.4);
    let mut s = Scene::uncollected();
    s.as_officer(1);
    for (postage, code) in [(false, false), (true, false), (false, true)] {
        assert_eq!(s.refused(post(postage, code)), Reason::PostNotExplained);
    }
    let mobile = s.file.person.as_mut().unwrap().details.mobile.take();
    assert_eq!(s.refused(post(true, true)), Reason::MaterialDefective, "no telephone for the code");
    s.file.person.as_mut().unwrap().details.mobile = mobile;
    s.done(post(true, true));
    let posted = HolderEvent::Posted {
        carrier: None,
        card: OLD,
        from: HR,
        tracking: "EMS1".into(),
        code_digest: "right".into(),
        code: Some(PickUpCode("135790".into())),
        told: Some(true),
        by: None,
    };
    assert!(posted.is_personal(), "the code is sealed in the journal");
    assert!(!format!("{posted:?}").contains("135790"));
    let letters = letters_of(&s.file, &posted);
    let [(_, Letter::Notice(sms))] = letters.as_slice() else { panic!("one message") };
    assert!(sms.to == "13900000000" && sms.text.contains("135790") && sms.text.contains("EMS1"));
    assert!(!serde_json::to_string(&s.old().custody).unwrap().contains("135790"));
    let confirm = |code: &str| C::ConfirmPost(stated::posted_to_holder(OLD, code, shown()));
    assert_eq!(s.refused(confirm("wrong")), Reason::WrongPickUpCode);
    s.done(confirm("right"));
    assert!(s.old().in_force());
}

#[test]
fn art_32_1_zhang_sans_returned_letter_goes_into_stock_and_after_six_months_on_to_recall() {
    clause!(R32.1);
    clause!(R32.2);
    clause!(R14.1);
    let mut s = Scene::uncollected();
    let returned = |reason: &str| {
        C::ReceiveReturnedPost(ReceiveReturned { card: OLD, outlet: HR, reason: reason.into() })
    };
    assert_eq!(s.as_officer(1).refused(returned("地址不详")), Reason::WrongStage);
    s.done(post(true, true));
    s.days_pass(100);
    assert_eq!(s.refused(returned(" ")), Reason::MaterialDefective);
    let elsewhere = ReceiveReturned { card: OLD, outlet: BANK, reason: "地址不详".into() };
    assert_eq!(s.as_officer(2).refused(C::ReceiveReturnedPost(elsewhere)), Reason::NotAddressedHere);
    s.as_officer(1).done(returned("地址不详"));
    assert_eq!(s.old().custody, Custody::AtOutlet { org: HR });
    let told = letters_of(&s.file, &HolderEvent::PostReturned { card: OLD, at: HR, reason: "x".into() });
    assert_eq!(told.len(), 1, "the holder is told");
    // Posted again, back again: the six months count from the last coming back.
    s.done(post(true, true));
    s.days_pass(10);
    s.done(returned("收件人拒收"));
    let day = add_months_clamped(s.now.date(), 6);
    let recall = || C::TakeBack(TakeBack { card: OLD, reason: RecallReason::Uncollected, at: HR });
    s.now = Instant::at_start_of(day.yesterday().unwrap());
    assert_eq!(s.refused(recall()), Reason::NotOverdue);
    let notify = C::Notify(Notify { card: OLD, kind: NoticeKind::Uncollected });
    s.as_system().done(notify.clone());
    assert_eq!(s.old().look_again, Some(day), "looked at again on its day");
    s.now = Instant::at_start_of(day);
    assert!(dispatch::due(&s.file, s.now).contains(&notify));
    s.done(notify);
    assert_eq!(s.old().notices[0].clock.as_ref().unwrap().kind, ClockKind::Recall);
    s.as_officer(1).done(recall());
}

#[test]
fn appendix_7_a_vendor_posts_a_card_to_the_applicant_who_agreed_and_closes_the_empty_box() {
    clause!(R14.4);
    clause!(R7.1);
    let mut s = Scene::uncollected();
    let vendor = VendorCode("1".into());
    s.file.cards[0].custody = Custody::InBox { r#box: BOX };
    s.batches.insert(BatchId(1), boxed(Party::Vendor(vendor.clone()), None));
    let by_vendor = || {
        C::PostFromVendor(PostFromVendor {
            card: OLD,
            tracking: "EMS9".into(),
            code_digest: "right".into(),
            code: PickUpCode("246802".into()),
        })
    };
    s.as_actor(Actor::Vendor(vendor.clone()));
    assert_eq!(s.refused(by_vendor()), Reason::PostNotExplained);
    // The outlet tells the holder with the application, and records it.
    let agree = |told_code, wish| {
        C::AgreePost(AgreePost { application: ApplicationId(1), told_postage: true, told_code, wish })
    };
    let wish = || stated::wished_by_holder(shown());
    s.file.applications[0].stage = Stage::Received;
    assert_eq!(s.as_officer(1).refused(agree(false, wish())), Reason::PostNotExplained);
    assert_eq!(s.refused(agree(true, None)), Reason::PostNotAskedFor, "nobody has said where to");
    s.done(agree(true, wish()));
    assert_eq!(s.refused(agree(true, None)), Reason::NothingToDo);
    s.as_actor(Actor::Vendor(VendorCode("2".into())));
    assert_eq!(s.refused(by_vendor()), Reason::NotYourData);
    s.as_actor(Actor::Vendor(vendor.clone())).done(by_vendor());
    assert!(matches!(s.old().custody, Custody::InPost { from: HR, .. }), "in the name of the outlet");
    s.as_officer(1).done(C::ReceiveReturnedPost(ReceiveReturned {
        card: OLD,
        outlet: HR,
        reason: "查无此人".into(),
    }));
    let mut b = Boxes::new(Party::Vendor(vendor.clone()));
    b.scene.as_actor(Actor::Vendor(vendor));
    let close = BatchCommand::CloseEmptyBox { r#box: BOX };
    assert_eq!(b.ask_as_is(&close), Err(Reason::CountMismatch), "five are in it");
    b.file.tally.inside.insert(BOX, 0);
    b.ask_as_is(&close).unwrap();
    assert!(b.file.boxes[0].arrived.is_some() && b.file.boxes[0].left_province.is_some());
}

#[test]
fn art_32_4_the_data_of_an_uncollected_card_go_to_the_city_and_its_plastic_to_the_banks_store() {
    clause!(R32.4);
    clause!(R32.3);
    let mut s = Scene::uncollected();
    s.days_pass(200);
    let recall = |at| C::TakeBack(TakeBack { card: OLD, reason: RecallReason::Uncollected, at });
    assert_eq!(s.as_officer(2).refused(recall(BANK)), Reason::CardNotHere, "who keeps it takes it back");
    s.as_officer(1).done(recall(HR));
    let back = s.old().data_back.unwrap();
    assert_eq!((back.from, back.to, back.received), (HR, CITY, None));
    let receive = |org| C::ReceiveData(ReceiveData { card: OLD, org });
    assert_eq!(s.refused(receive(CITY)), Reason::NotPermitted);
    s.as_officer(3).done(receive(CITY));
    assert_eq!(s.refused(receive(CITY)), Reason::NothingToDo);
    let data = HolderEvent::DataReceived { card: OLD, from: HR, at: CITY }.entries();
    assert_eq!(
        data.iter().map(|e| (e.account.as_str(), e.cards)).collect::<Vec<_>>(),
        [("data/org:3", -1), ("data/org:2", 1)]
    );
    let store = |org, signer: &str| C::StorePlastic(StorePlastic { card: OLD, org, signer: signer.into() });
    assert_eq!(s.as_officer(5).refused(store(NEW_BANK, "丁")), Reason::WrongBank);
    assert_eq!(s.as_officer(2).refused(store(BANK, "")), Reason::MaterialDefective);
    s.done(store(BANK, "丁"));
    assert!(matches!(s.old().custody, Custody::Recalled { org: BANK, .. }));
    let plastic =
        HolderEvent::PlasticStored { card: OLD, from: HR, at: BANK, signer: String::new() }.entries();
    assert_eq!(plastic.iter().map(|e| e.account.as_str()).collect::<Vec<_>>(), ["recalled:3", "recalled:4"]);
    // Offered again, it waits at the bank's outlet, and its data come back with it.
    s.done(C::OfferAgain(OfferAgain { card: OLD }));
    assert_eq!((s.old().custody.clone(), s.old().data_back), (Custody::AtOutlet { org: BANK }, None));
}

#[test]
fn art_33_4_a_second_offer_ends_six_months_after_the_recall_and_a_stranded_card_is_cancelled_once_empty() {
    clause!(R33.4);
    clause!(R32.3);
    let recall = || C::TakeBack(TakeBack { card: OLD, reason: RecallReason::Uncollected, at: HR });
    let offer = || C::OfferAgain(OfferAgain { card: OLD });
    let cancel = || C::CancelStranded(CancelStranded { card: OLD });
    let balance = |empty| C::StateBalance(StateBalance { card: OLD, empty });
    // Never offered again: stranded on the day.
    let mut s = Scene::uncollected();
    s.days_pass(200);
    s.as_officer(1).done(recall());
    let end = add_months_clamped(s.now.date(), 6);
    assert!(waits_to_be_offered(s.old(), s.now.date()) && offered_soon_by(s.now.date()) < end);
    s.now = Instant::at_start_of(end.yesterday().unwrap());
    assert!(waits_to_be_offered(s.old(), s.now.date()) && !waits_to_be_offered(s.old(), end));
    assert!(
        offered_soon_by(add_months_clamped(end, -1)) >= end,
        "whoever keeps it is reminded a month before"
    );
    assert_eq!(s.as_officer(3).refused(cancel()), Reason::NotStranded);
    assert!(s.may(&offer()));
    s.now = Instant::at_start_of(end);
    assert_eq!(s.refused(offer()), Reason::SecondOfferOver);
    assert_eq!(s.refused(cancel()), Reason::AccountNotKnownEmpty, "nobody assumes it");
    assert_eq!(s.as_bank("95533").refused(balance(true)), Reason::NotYourData);
    s.as_bank("95588").done(balance(false));
    assert_eq!(s.as_officer(3).refused(cancel()), Reason::AccountNotKnownEmpty, "the bank says it is not");
    s.as_officer(2).done(balance(true));
    let stated = s.old().balance.unwrap();
    assert_eq!((stated.source, stated.at), (BalanceSource::BankClerk, s.now));
    assert_eq!(s.refused(cancel()), Reason::NotPermitted, "the city's officer does");
    // What is recorded is true: nobody has offered it again, and neither door says that an offer failed.
    let reason = |s: &mut Scene| {
        let events = s.as_officer(3).events(&cancel());
        events.iter().find_map(|e| match e {
            HolderEvent::CardCancelled { reason, .. } => Some(*reason),
            _ => None,
        })
    };
    assert_eq!(reason(&mut s), Some(CancelReason::Stranded));
    let at_counter = |reason| C::Cancel(Cancel::of(OLD, reason));
    let refusal = s.as_officer(1).decide(&at_counter(CancelReason::SecondOfferFailed)).unwrap_err();
    assert_eq!(refusal.reason, Reason::WrongStage);
    let said = refusal.sentence();
    assert!(said.contains("没有办理过二次发放") && said.contains("逾期且滞留（未办理二次发放）"), "{said}");
    assert!(s.may(&at_counter(CancelReason::Stranded)));
    s.as_officer(3).done(cancel());
    assert!(s.old().is_cancelled());
    assert_eq!(s.old().intents.last().unwrap().kind, IntentKind::Close);
    assert_eq!(s.refused(cancel()), Reason::CardCancelled);
    assert_eq!(s.as_bank("95588").refused(balance(true)), Reason::NothingToDo, "it is to close the account");
    assert_eq!(s.as_officer(2).refused(balance(true)), Reason::NothingToDo);
    // Offered in the fifth month: it ends with the same six months.
    let mut s = Scene::uncollected();
    s.days_pass(200);
    s.as_officer(1).done(recall());
    s.days_pass(150);
    s.done(offer());
    assert_eq!(s.refused(recall()), Reason::NotOverdue);
    s.days_pass(40);
    s.done(recall());
    assert_eq!(s.refused(offer()), Reason::SecondOfferOver);
    s.as_bank("95588").done(balance(true));
    assert_eq!(s.old().balance.unwrap().source, BalanceSource::BankSystem);
    assert_eq!(reason(&mut s), Some(CancelReason::SecondOfferFailed));
    assert_eq!(s.as_officer(1).refused(at_counter(CancelReason::Stranded)), Reason::WrongStage);
    s.as_officer(3).done(cancel());
    // A card of earlier days, offered again before the day of its recall was kept: six months from the offer.
    let mut s = Scene::uncollected();
    s.file.cards[0].offered_again = Some(s.now);
    s.days_pass(150);
    assert_eq!(s.as_officer(1).refused(recall()), Reason::NotOverdue);
    s.days_pass(40);
    s.done(recall());
    let officer = Actor::Officer(OfficerId(3));
    assert_eq!(s.as_actor(officer).refused(cancel()), Reason::AccountNotKnownEmpty);
}
