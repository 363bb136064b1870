//! Which way a box may go, what a count makes of it, and where a card is (Article 12, Appendix 7).

use crate::person::{HR, NEW_BANK, OLD, Scene, TODAY, office};
use crate::stated;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel, Ctx, Instant};
use kaguan_domain::dispatch::{BatchCommand as B, Position, card_position, decide_batch_beside, position};
use kaguan_domain::distribution::{
    CompareBox, Listed, Receive, SettleDifference, Ship, compare, waits_to_be_taken_over,
};
use kaguan_domain::facts::application::Stage;
use kaguan_domain::facts::batch::{Batch, BatchEvent, BatchFile, BatchState};
use kaguan_domain::facts::boxes::BoxFile;
use kaguan_domain::facts::card::{Account, Hold, Social};
use kaguan_domain::facts::custody::{Custody, OnTheWay, Party};
use kaguan_domain::facts::difference::{Answers, Difference, Settled, Short, Surplus};
use kaguan_domain::facts::fee::Fee;
use kaguan_domain::facts::institution::{InstitutionEvent, Institutions, OrgKind, Organisation, Task};
use kaguan_domain::facts::policy::{CountyLevel, DatedPolicy, LocalPolicy};
use kaguan_domain::ids::{ApplicationId, BankCode, BatchId, BoxId, CityCode, OrgId, UnitId, VendorCode};
use kaguan_domain::permission::Verb;
use kaguan_domain::refusal::{Reason, Refusal};

const PROVINCE: OrgId = OrgId(1);
const CITY: OrgId = OrgId(2);
/// An outlet of the batch's bank.
const BANK: OrgId = OrgId(4);
const COUNTY: OrgId = OrgId(7);
const OTHER_COUNTY: OrgId = OrgId(8);
const SHENZHEN: OrgId = OrgId(9);
/// Another outlet of the batch's bank, in the county of HR.
const BANK_TOO: OrgId = OrgId(10);
const BOX: BoxId = BoxId(1);

struct Road {
    file: BatchFile,
    office: Institutions,
}

impl Road {
    /// Three cards in a box for an outlet.
    fn new(keeper: Party, outlet: OrgId) -> Self {
        let mut office = office();
        for (id, kind, division, bank) in [
            (COUNTY, OrgKind::CountyCentre, "440106", None),
            (OTHER_COUNTY, OrgKind::CountyCentre, "440103", None),
            (SHENZHEN, OrgKind::CityCentre, "440300", None),
            (BANK_TOO, OrgKind::BankOutlet, "440106", Some("95588")),
        ] {
            office.apply(&InstitutionEvent::OrganisationAdded(Organisation {
                id,
                code: format!("{division}{:08}", id.0),
                name: format!("机构{}", id.0),
                kind,
                parent: Some(PROVINCE),
                division: division.into(),
                bank: bank.map(|b| BankCode(b.into())),
            }));
        }
        let at = Instant::at_start_of(TODAY);
        let mut file = BatchFile::new(BatchId(1));
        file.batch = Some(Batch {
            number: "B1".into(),
            city: CityCode("4401".into()),
            bank: BankCode("95588".into()),
            urgent: false,
            collected_on: TODAY,
            people: 3,
            state: BatchState::Made { vendor: VendorCode("1".into()), at },
            clocks: Vec::new(),
            incomplete: Vec::new(),
            taken_back: None,
        });
        file.boxes.push(BoxFile {
            id: BOX,
            number: "X1".into(),
            outlet,
            employer: None,
            cards: 3,
            keeper,
            on_the_way: None,
            last_signed: at,
            left_province: None,
            arrived: None,
            differences: Vec::new(),
            papers: Vec::new(),
        });
        file.tally.inside.insert(BOX, 3);
        Self { file, office }
    }

    fn ask(&self, command: &B) -> Result<Vec<BatchEvent>, Refusal> {
        let ctx = Ctx {
            now: Instant::at_start_of(TODAY),
            actor: Actor::System,
            channel: Channel::Console,
            request_key: None,
            request_body: None,
        };
        let unit = stated::unit_registered(UnitId(1));
        decide_batch_beside(&self.file, command, Some(&unit), &ctx, &self.office)
    }

    fn done(&mut self, command: &B) {
        for event in self.ask(command).unwrap_or_else(|r| panic!("{}", r.sentence())) {
            self.file.apply(&event, Instant::at_start_of(TODAY));
        }
    }

    fn refused(&self, command: &B) -> Reason {
        self.ask(command).unwrap_err().reason
    }

    fn entrusted(mut self, org: OrgId) -> Self {
        self.office.apply(&InstitutionEvent::Entrusted { org, task: Task::ReceiveCards, granted: true });
        self
    }

    fn county(mut self, county_level: CountyLevel) -> Self {
        let policy = LocalPolicy { county_level, ..LocalPolicy::default() };
        let policy = DatedPolicy { from: TODAY, until: None, policy };
        self.office.apply(&InstitutionEvent::PolicySet { city: CityCode("4401".into()), policy });
        self
    }

    /// Where the box may go next.
    fn ways(&self) -> Vec<i64> {
        let to = |to: &i64| match self.ask(&ship(OrgId(*to))) {
            Ok(_) => true,
            Err(refusal) => {
                assert_eq!(refusal.reason, Reason::WrongHop);
                false
            }
        };
        (1..=10).filter(to).collect()
    }

    fn verb(&self, to: OrgId) -> Verb {
        ship(to).verb(&self.file, &self.office)
    }
}

fn under_way_to(to: OrgId) -> OnTheWay {
    let text = || "x".to_owned();
    OnTheWay { to, since: Instant(0), tracking: text(), responsible: text(), manner: text() }
}

fn ship(to: OrgId) -> B {
    let text = || "x".to_owned();
    B::Ship(Ship { r#box: BOX, to, responsible: text(), manner: text(), tracking: text() })
}

fn ways(from: OrgId, outlet: OrgId) -> Vec<i64> {
    Road::new(Party::Org(from), outlet).ways()
}

#[test]
fn art_12_1_a_box_goes_from_level_to_level_of_its_city_to_its_outlet_and_one_up_again() {
    clause!(R12.1);
    clause!(X7.3);
    assert_eq!(ways(PROVINCE, HR), [2]);
    assert_eq!(ways(CITY, HR), [3, 7], "to the outlet, or to its county");
    assert_eq!(ways(CITY, BANK), [4, 8]);
    assert_eq!(ways(COUNTY, HR), [2, 3]);
    assert_eq!(ways(HR, HR), [2, 7, 8], "back, one up");
    assert_eq!(ways(BANK_TOO, HR), [2, 7, 8]);
    let vendor = |outlet| Road::new(Party::Vendor(VendorCode("1".into())), outlet);
    assert_eq!(vendor(HR).ways(), [1, 2]);
    assert_eq!(vendor(BANK).ways(), [1, 2, 4]);
    assert_eq!(vendor(NEW_BANK).ways(), [1, 2], "an outlet of another bank");
    assert_eq!(vendor(HR).entrusted(BANK).ways(), [1, 2, 4]);
}

#[test]
fn appendix_7_a_bank_that_the_city_entrusts_takes_the_citys_place() {
    clause!(X7.7);
    let from = |org, outlet| Road::new(Party::Org(org), outlet).entrusted(BANK);
    assert_eq!(from(PROVINCE, HR).ways(), [2, 4]);
    assert_eq!(from(BANK, HR).ways(), [2, 3, 7]);
    assert_eq!(from(BANK, BANK).ways(), [2, 7, 8], "its own box goes back only");
    assert_eq!(Road::new(Party::Org(PROVINCE), HR).entrusted(NEW_BANK).ways(), [2], "another bank");
}

#[test]
fn art_42_1_a_city_says_whether_its_boxes_pass_through_the_county() {
    clause!(R42.1);
    let city = |level| Road::new(Party::Org(CITY), HR).county(level);
    assert_eq!(city(CountyLevel::Always).ways(), [7]);
    assert_eq!(city(CountyLevel::Never).ways(), [3]);
    let mut no_county = city(CountyLevel::Always);
    no_county.file.boxes[0].outlet = OrgId(6);
    assert_eq!(no_county.ways(), [6], "Shenzhen has set nothing");
    let mut bare = Road::new(Party::Org(CITY), BANK).county(CountyLevel::Always);
    let moved = |id: OrgId, kind, division: &str| Organisation {
        id,
        code: format!("{division}{:08}", id.0),
        name: "机构".into(),
        kind,
        parent: Some(PROVINCE),
        division: division.into(),
        bank: None,
    };
    bare.office.apply(&InstitutionEvent::OrganisationAdded(moved(
        OTHER_COUNTY,
        OrgKind::CountyCentre,
        "440111",
    )));
    assert_eq!(bare.ways(), [4], "where there is no county centre");
}

#[test]
fn art_12_1_a_shipment_is_called_by_where_it_comes_from_and_goes() {
    clause!(R12.1);
    let verb = |from, to| Road::new(Party::Org(from), HR).verb(to);
    assert_eq!(verb(PROVINCE, CITY), Verb::Ship);
    for (from, to) in [(CITY, COUNTY), (CITY, HR), (COUNTY, HR), (HR, BANK), (CITY, SHENZHEN)] {
        assert_eq!(verb(from, to), Verb::Redistribute, "{from:?} to {to:?}");
    }
    for (from, to) in [(HR, COUNTY), (HR, CITY), (COUNTY, CITY), (CITY, PROVINCE)] {
        assert_eq!(verb(from, to), Verb::SendBack, "{from:?} to {to:?}");
    }
    assert_eq!(Road::new(Party::Vendor(VendorCode("1".into())), HR).verb(CITY), Verb::Deliver);
    let left = |from, to| {
        let mut r = Road::new(Party::Org(from), HR);
        r.done(&ship(to));
        r.file.boxes[0].left_province.is_some()
    };
    assert!(left(PROVINCE, CITY) && !left(CITY, HR), "Article 11's days end when it leaves the province");
}

fn receive(counted: i64, short: Option<i64>, surplus: &[&str]) -> B {
    let account = || "清点".to_owned();
    B::Receive(Receive {
        r#box: BOX,
        org: HR,
        counted,
        kept_at: "保险柜".into(),
        signer: "李".into(),
        short: short.map(|cards| Short { cards, answers: Answers::Sender, account: account() }),
        surplus: surplus.iter().map(|n| Surplus { card_no: (*n).into(), account: account() }).collect(),
    })
}

#[test]
fn art_12_3_a_receipt_is_what_lies_in_the_box_and_a_difference_is_settled_card_by_card() {
    clause!(R12.3);
    let mut r = Road::new(Party::Org(CITY), HR);
    assert_eq!(r.refused(&receive(3, None, &[])), Reason::NotAddressedHere);
    r.done(&ship(HR));
    assert_eq!(r.refused(&receive(2, None, &[])), Reason::CountMismatch);
    assert_eq!(r.refused(&receive(3, Some(0), &[])), Reason::CountMismatch);
    assert_eq!(r.refused(&receive(-1, Some(4), &[])), Reason::CountMismatch, "more than there were");
    let none_left = r.ask(&receive(0, Some(3), &[])).unwrap();
    assert!(none_left.iter().flat_map(BatchEvent::entries).all(|e| e.cards != 0), "no line about nothing");
    let elsewhere = B::Receive(Receive { org: BANK, ..receipt() });
    assert_eq!(r.refused(&elsewhere), Reason::NotAddressedHere);
    r.done(&receive(2, Some(2), &["D2143569X"]));
    assert!(r.file.boxes[0].arrived.is_some());
    let settle =
        |settled| B::SettleDifference(SettleDifference { r#box: BOX, settled, account: "已查".into() });
    for cards in [0, 3] {
        assert_eq!(r.refused(&settle(Settled::Short { cards, at: None })), Reason::MaterialDefective);
    }
    assert!(r.ask(&settle(Settled::Short { cards: 2, at: None })).is_ok());
    r.done(&settle(Settled::Short { cards: 1, at: None }));
    assert_eq!(r.file.boxes[0].short(), 1);
    assert!(r.file.boxes[0].differences.iter().all(Difference::is_open));
    r.done(&settle(Settled::Short { cards: 1, at: None }));
    assert_eq!(r.refused(&settle(Settled::Short { cards: 1, at: None })), Reason::NothingToDo);
    let open = |r: &Road| r.file.boxes[0].differences.iter().map(Difference::is_open).collect::<Vec<_>>();
    assert_eq!(open(&r), [false, true]);
    r.done(&settle(Settled::Surplus { card_no: "D2143569X".into() }));
    assert_eq!(open(&r), [false, false]);
    // A settlement of two is taken from the oldest shortages, one after the other.
    let one = |short| Difference {
        at: Instant(0),
        answers: Party::Org(CITY),
        short,
        surplus: None,
        account: String::new(),
        named: 0,
    };
    r.file.boxes[0].differences = vec![one(1), one(2), one(1)];
    r.done(&settle(Settled::Short { cards: 2, at: None }));
    let left: Vec<_> = r.file.boxes[0].differences.iter().map(|d| d.short).collect();
    assert_eq!(left, [0, 1, 1]);
}

fn receipt() -> Receive {
    let B::Receive(receipt) = receive(3, None, &[]) else { unreachable!() };
    receipt
}

#[test]
fn art_7_1_a_box_of_which_the_vendor_sent_every_card_itself_is_closed_where_it_was_packed() {
    clause!(R7.1);
    let close = B::CloseEmptyBox { r#box: BOX };
    let mut r = Road::new(Party::Vendor(VendorCode("1".into())), HR);
    assert_eq!(r.refused(&close), Reason::CountMismatch);
    r.file.tally.inside.insert(BOX, 0);
    let mut under_way = Road { file: r.file.clone(), office: r.office.clone() };
    let since = Instant(0);
    under_way.file.boxes[0].on_the_way = Some(under_way_to(CITY));
    assert_eq!(under_way.refused(&close), Reason::WrongStage);
    let mut arrived = Road { file: r.file.clone(), office: r.office.clone() };
    arrived.file.boxes[0].arrived = Some(since);
    assert_eq!(arrived.refused(&close), Reason::WrongStage);
    let mut elsewhere = Road { file: r.file.clone(), office: r.office.clone() };
    elsewhere.file.boxes[0].keeper = Party::Employer("E1".into());
    assert_eq!(elsewhere.refused(&close), Reason::WrongStage);
    r.done(&close);
    assert!(r.file.boxes[0].arrived.is_some());
}

/// Where Zhang San's card is, as a screen says it.
#[test]
fn art_8_4_an_application_is_where_its_batch_its_box_or_its_card_is() {
    clause!(R8.4);
    let road = Road::new(Party::Org(PROVINCE), HR);
    let mut s = Scene::uncollected();
    let place = |s: &Scene, road: &Road| {
        let batches = [(BatchId(1), road.file.clone())].into();
        position(&s.file, &s.file.applications[0], &batches, &road.office).unwrap()
    };
    s.file.applications[0].stage = Stage::Accepted { at: s.now };
    assert_eq!(place(&s, &road), Position::AwaitingBatch);
    s.file.applications[0].fee = Fee::Due { fen: 2000 };
    assert_eq!(place(&s, &road), Position::AwaitingPayment);
    s.file.applications[0].stage = Stage::Made { card: OLD, at: s.now };
    s.file.cards[0].custody = Custody::InBox { r#box: BOX };
    let kept = |keeper, to: Option<OrgId>| {
        let mut road = Road::new(keeper, HR);
        road.file.boxes[0].on_the_way = to.map(under_way_to);
        place(&s, &road)
    };
    let (org, vendor) = (Party::Org, || Party::Vendor(VendorCode("1".into())));
    assert_eq!(kept(org(PROVINCE), None), Position::AtProvince);
    assert_eq!(kept(org(PROVINCE), Some(CITY)), Position::ToCity);
    assert_eq!(kept(org(CITY), Some(HR)), Position::ToOutlet);
    assert_eq!(kept(org(CITY), None), Position::AtCity);
    assert_eq!(kept(org(COUNTY), None), Position::AtCounty);
    assert_eq!(kept(org(HR), None), Position::AtOutlet);
    assert_eq!(kept(vendor(), None), Position::MadeAtVendor);
    assert_eq!(kept(Party::Employer("某公司".into()), None), Position::WithEmployer);
    // A bank that received it in the city's name has to send it on.
    assert_eq!(kept(org(PROVINCE), Some(BANK)), Position::ToBank);
    assert_eq!(kept(org(BANK), None), Position::AtEntrusted);
    assert_eq!(kept(org(BANK), Some(HR)), Position::ToOutlet);
    // Under way it is with whoever has to sign for it.
    use kaguan_domain::dispatch::{Stands, Turn};
    for (from, to, stands, turn) in [
        (vendor(), PROVINCE, Position::ToProvince, Turn::Province),
        (vendor(), CITY, Position::VendorToCity, Turn::City),
        (vendor(), BANK, Position::ToBank, Turn::Bank),
        (org(PROVINCE), CITY, Position::ToCity, Turn::City),
        (org(CITY), COUNTY, Position::ToCounty, Turn::County),
        (org(COUNTY), HR, Position::ToOutlet, Turn::Outlet),
        (org(HR), COUNTY, Position::ToCounty, Turn::County),
        (org(HR), CITY, Position::BackToCity, Turn::City),
    ] {
        let found = kept(from.clone(), Some(to));
        assert_eq!((found, Turn::of(found)), (stands, turn), "{from:?} {to:?}");
        assert_eq!(Stands::At(found).next_act(), "签收成品卡");
        assert!(!found.is_distributed());
    }
    assert_eq!(Turn::of(Position::AtEntrusted), Turn::Bank);
    // A card that has to be taken back is whoever's has it in hand or has to sign for it (R32.2).
    use kaguan_domain::facts::notice::NoticeKind;
    for (stands, turn, next) in [
        (Position::AtOutlet, Turn::Outlet, "回收"),
        (Position::WithEmployer, Turn::Outlet, "回收"),
        (Position::HandedOver, Turn::Outlet, "回收"),
        (Position::ToCounty, Turn::County, "签收成品卡"),
        (Position::AtCounty, Turn::County, "移交领卡网点，由其签收后回收"),
        (Position::BackToCity, Turn::City, "签收成品卡"),
        (Position::AtCity, Turn::City, "回收"),
        (Position::ToOutlet, Turn::Outlet, "签收成品卡"),
        (Position::AtEntrusted, Turn::Bank, "回收"),
        (Position::AtProvince, Turn::Province, "移交领卡网点，由其签收后回收"),
        (Position::ToProvince, Turn::Province, "签收成品卡"),
    ] {
        let recall = Stands::Recall(NoticeKind::Uncollected, stands);
        assert_eq!((recall.turn(), recall.next_act()), (turn, next), "{stands:?}");
    }
    assert!(Position::AtOutlet.is_distributed() && !Position::AtEntrusted.is_distributed());
    let mut s = Scene::with_card();
    let of = |s: &Scene| card_position(s.old(), None, &s.office);
    assert_eq!(of(&s), Some(Position::Active));
    s.file.cards[0].account = Account::PreOpened;
    assert_eq!(of(&s), Some(Position::Enabled));
    s.file.cards[0].social = Social::NotEnabled;
    assert_eq!(of(&s), Some(Position::HandedOver));
    // A single card at a centre cannot be collected there: its keeper passes it on.
    let offices = Road::new(org(HR), HR).office;
    for (keeper, stands, turn) in [
        (PROVINCE, Position::AtProvince, Turn::Province),
        (CITY, Position::AtCity, Turn::City),
        (COUNTY, Position::AtCounty, Turn::County),
        (HR, Position::AtOutlet, Turn::Holder),
    ] {
        s.file.cards[0].custody = Custody::AtOutlet { org: keeper };
        let found = card_position(s.old(), None, &offices).unwrap();
        assert_eq!((found, Turn::of(found)), (stands, turn));
        let waits = waits_to_be_taken_over(&s.file, s.old(), &offices);
        assert_eq!(waits.map(|(at, _)| at), (keeper != HR).then_some(keeper));
    }
    s.file.cards[0].holds.insert(Hold::OneCardCleanUp);
    assert_eq!(of(&s), Some(Position::Cleaned));
    assert_eq!(s.file.applications[0].id, ApplicationId(1));
}

/// Zhang San hears where his card lies, once, when it lies at its outlet for himself.
#[test]
fn art_14_1_a_holder_hears_that_the_card_is_ready_when_it_lies_at_its_outlet() {
    clause!(R14.1);
    use kaguan_domain::dispatch::HolderCommand as C;
    use kaguan_domain::duty::Notify;
    use kaguan_domain::facts::holder::HolderEvent;
    use kaguan_domain::facts::notice::NoticeKind;
    use kaguan_domain::ids::CaseId;
    use kaguan_domain::restriction::{Decide, Lift};
    let ready = || C::Notify(Notify { card: OLD, kind: NoticeKind::Ready });
    let lies = |change: &dyn Fn(&mut BoxFile)| {
        let mut s = Scene::uncollected();
        s.file.cards[0].custody = Custody::InBox { r#box: BOX };
        let mut road = Road::new(Party::Org(HR), HR);
        road.file.boxes[0].arrived = Some(Instant(0));
        change(&mut road.file.boxes[0]);
        s.batches.insert(BatchId(1), road.file);
        s
    };
    let mut s = lies(&|_| {});
    let events = s.events(&ready());
    let [HolderEvent::Notified { notice, silent: false, .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!((notice.outlet.as_deref(), notice.posts), (Some("机构3"), false));
    // Whoever asked for the post need not come, as long as the city offers it.
    clause!(R10.5);
    let (address, recipient, phone) = ("天河区".into(), "李四".into(), "13800000001".into());
    let mut by_post = lies(&|_| {});
    by_post.file.applications[0].delivery =
        Some(kaguan_domain::facts::form::Delivery { address, recipient, phone });
    let posts = |s: &Scene| match &s.events(&ready())[..] {
        [HolderEvent::Notified { notice, .. }] => notice.posts,
        other => panic!("{other:?}"),
    };
    assert!(posts(&by_post));
    let policy = LocalPolicy { no_postal_service: true, ..LocalPolicy::default() };
    let policy = DatedPolicy { from: TODAY, until: None, policy };
    by_post.office.apply(&InstitutionEvent::PolicySet { city: CityCode("4401".into()), policy });
    assert!(!posts(&by_post));
    s.done(ready());
    assert_eq!(s.refused(ready()), Reason::NothingToDo, "told once");
    let refused = |change: &dyn Fn(&mut BoxFile)| lies(change).refused(ready());
    assert_eq!(refused(&|b| b.arrived = None), Reason::NothingToDo);
    assert_eq!(refused(&|b| b.employer = Some("某公司".into())), Reason::NothingToDo);
    assert_eq!(refused(&|b| b.keeper = Party::Org(CITY)), Reason::NothingToDo);
    let mut enabled = lies(&|_| {});
    enabled.file.cards[0].social = Social::Enabled { at: Instant(0) };
    assert_eq!(enabled.refused(ready()), Reason::NothingToDo);
    // Nobody is asked to come for a card that is held; once it is free its holder hears of it, once, in a box or outside one.
    clause!(R37.1);
    let case = CaseId(1);
    for outside in [false, true] {
        let mut held = lies(&|_| {});
        if outside {
            held.file.cards[0].custody = Custody::AtOutlet { org: HR };
        }
        held.as_officer(3).done(C::ProposeRestriction(stated::restriction(OLD, case, "某案")));
        let decide = Decide { card: OLD, case, approved: true, why: String::new() };
        held.as_officer(6).done(C::DecideRestriction(decide));
        assert_eq!(held.as_system().refused(ready()), Reason::NothingToDo);
        held.done(C::LiftRestriction(Lift { card: OLD, case, reason: "已更正".into() }));
        let told = held.old().notices.iter().filter(|n| n.kind == NoticeKind::Ready).count();
        assert_eq!(told, 1, "outside a box: {outside}");
        assert_eq!(held.refused(ready()), Reason::NothingToDo);
    }
}

/// Zhang San's period ends when his card comes to its outlet, and not on its last day.
#[test]
fn art_7_1_the_period_ends_on_the_day_on_which_the_box_came_to_its_outlet_however_many_days_are_left() {
    clause!(R7.1);
    use kaguan_domain::dispatch::HolderCommand as C;
    use kaguan_domain::duty::WatchClocks;
    use kaguan_domain::facts::clock::{Clock, ClockKind, Standing};
    let mut s = Scene::uncollected();
    s.file.cards[0].custody = Custody::InBox { r#box: BOX };
    let began = s.now.date();
    s.file.applications[0].clock = Some(Clock::start(ClockKind::FirstCard, began, &s.office.calendar));
    let lies = |arrived| {
        let mut road = Road::new(Party::Org(HR), HR);
        road.file.boxes[0].arrived = arrived;
        road.file
    };
    s.batches.insert(BatchId(1), lies(None));
    let watch = || C::WatchClocks(WatchClocks {});
    assert_eq!(s.refused(watch()), Reason::NothingToDo, "it is on its way, in time");
    s.batches.insert(BatchId(1), lies(Some(s.now)));
    s.done(watch());
    let clock = s.file.applications[0].clock.clone().unwrap();
    assert_eq!((clock.stopped_on, clock.standing(began)), (Some(began), Standing::Kept));
    assert_eq!(s.refused(watch()), Reason::NothingToDo, "it ended once");
}

#[test]
fn art_7_1_a_last_day_in_a_year_without_its_notice_is_said_to_be_provisional_and_why() {
    clause!(R7.1);
    use kaguan_domain::calendar::WorkingCalendar;
    use kaguan_domain::facts::clock::{Clock, ClockKind};
    let calendar = WorkingCalendar::compiled();
    let from = |year| Clock::start(ClockKind::FirstCard, jiff::civil::date(year, 12, 21), &calendar);
    let last = calendar.years().max().unwrap();
    let said = from(last).last_day_said(&calendar);
    assert!(said.ends_with(&format!("（暂定，{}年放假通知尚未载入）", last + 1)), "{said}");
    let said = from(last + 1).last_day_said(&calendar);
    assert!(said.contains(&format!("{}年、{}年放假通知", last + 1, last + 2)), "{said}");
    let mut loaded = calendar.clone();
    loaded.load_notice(last + 1, &[]);
    assert!(from(last).last_day_said(&loaded).contains("待重新计算"));
    let counted = from(last).recomputed(&loaded);
    assert_eq!(counted.last_day_said(&loaded), counted.due.last_day.to_string());
    let mut stopped = from(last);
    stopped.stop(stopped.started_on);
    assert_eq!(stopped.last_day_said(&calendar), stopped.due.last_day.to_string());
}

#[test]
fn art_15_1_an_employer_takes_a_box_that_is_at_its_outlet_with_an_operator_and_an_authorisation() {
    clause!(R15.1);
    use kaguan_domain::collection::HandOverToUnit;
    let mut r = Road::new(Party::Org(HR), HR);
    r.file.boxes[0].employer = Some("E1".into());
    let unit = stated::unit_registered(UnitId(1));
    let hand = |operator: &str, authorisation: &str, verified| {
        let (operator, authorisation) = (operator.into(), authorisation.into());
        let whole = stated::handed_to_operator(BOX, "E1", 3, &unit);
        B::HandOverBox(HandOverToUnit { operator, authorisation, verified, ..whole })
    };
    for bad in [hand("", "委托书/1", true), hand("王五", "委托书/1", false)] {
        assert_eq!(r.refused(&bad), Reason::CollectorNotVerified);
    }
    assert_eq!(r.refused(&hand("王五", "", true)), Reason::MaterialDefective, "who came was verified");
    let good = hand("王五", "委托书/1", true);
    r.file.boxes[0].on_the_way = Some(under_way_to(HR));
    assert_eq!(r.refused(&good), Reason::CardNotHere, "nobody has signed for it");
    r.file.boxes[0].on_the_way = None;
    r.done(&good);
    assert_eq!(r.refused(&good), Reason::AlreadyHandedOver);
}

#[test]
fn art_12_1_a_box_that_zhang_san_brings_himself_has_no_number_and_a_parcel_has_one() {
    clause!(R12.1);
    let road = Road::new(Party::Org(CITY), HR);
    let ask = |responsible: &str, manner: &str, tracking: &str| {
        let (responsible, manner, tracking) = (responsible.into(), manner.into(), tracking.into());
        road.ask(&B::Ship(Ship { r#box: BOX, to: HR, responsible, manner, tracking }))
    };
    for manner in ["自行押运", "专车", "派人送达"] {
        assert!(ask("张三", manner, "").is_ok(), "{manner}");
    }
    for manner in ["邮政", "快递", "EMS", "ems", "机要邮寄", "物流专线"] {
        assert!(ask("张三", manner, "SF1").is_ok(), "{manner}");
        let refused = ask("张三", manner, " ").unwrap_err();
        assert_eq!(refused.about.as_deref(), Some("须填写单号"), "{manner}");
    }
    let all = ask("", "", "").unwrap_err();
    assert_eq!(all.about.as_deref(), Some("须填写责任人、发放方式"), "all that is missing at once");
    let mut road = Road::new(Party::Org(CITY), HR);
    let lorry = Ship {
        r#box: BOX,
        to: HR,
        responsible: "张三".into(),
        manner: "自行押运".into(),
        tracking: String::new(),
    };
    road.done(&B::Ship(lorry));
    let way = road.file.boxes[0].on_the_way.clone().unwrap();
    assert_eq!((way.responsible.as_str(), way.manner.as_str()), ("张三", "自行押运"));
    let old: OnTheWay = serde_json::from_str(r#"{"to":3,"since":0,"tracking":"T"}"#).unwrap();
    assert_eq!(serde_json::to_string(&old).unwrap(), r#"{"to":3,"since":0,"tracking":"T"}"#);
}

#[test]
fn art_12_1_an_empty_box_is_not_sent() {
    clause!(R12.1);
    let mut road = Road::new(Party::Org(HR), HR);
    road.file.tally.inside.insert(BOX, 0);
    assert_eq!(road.refused(&ship(CITY)), Reason::NothingToDo);
    road.file.tally.inside.insert(BOX, 1);
    assert!(road.ask(&ship(CITY)).is_ok());
}

#[test]
fn art_12_1_a_wrong_count_never_tells_the_right_one() {
    clause!(R12.1);
    let mut road = Road::new(Party::Org(CITY), HR);
    road.file.tally.inside.insert(BOX, 317);
    road.file.boxes[0].on_the_way = Some(under_way_to(HR));
    for (counted, short) in [(1, 0), (318, 0), (300, 16), (0, 318), (-1, 318)] {
        let short =
            (short > 0)
                .then(|| Short { cards: short, answers: Answers::Sender, account: "封条完好".into() });
        let receive = Receive {
            r#box: BOX,
            org: HR,
            counted,
            kept_at: "库".into(),
            signer: "李四".into(),
            short,
            surplus: Vec::new(),
        };
        let refused = road.ask(&B::Receive(receive)).unwrap_err();
        assert_eq!(refused.reason, Reason::CountMismatch);
        assert!(!refused.sentence().contains("317"), "{}", refused.sentence());
    }
}

#[test]
fn art_12_1_a_scanned_list_finds_what_is_missing_strange_and_read_twice() {
    clause!(R12.1);
    let card = |card_no: &str, bank: &str| vec![card_no.to_owned(), bank.to_owned()];
    let contents =
        [card("A00000019", "6222 0001"), card("A00000027", "62220002"), card("A00000035", "6222-0003")];
    let list = "a00000019\r\n\n 6222 0002 \nA00000027\nＡ00000019\nA00000019\nB9\nb9\n　\n";
    let found = compare(&contents, list);
    assert_eq!(
        found,
        Listed {
            counted: 3,
            missing: vec![2],
            unknown: vec!["B9".into()],
            twice: vec!["A00000027".into(), "Ａ00000019".into(), "b9".into()],
        }
    );
    assert_eq!(compare(&contents, "").missing, [0, 1, 2]);
    assert_eq!(compare(&[], "1"), Listed { counted: 1, unknown: vec!["1".into()], ..Listed::default() });
    let whole = compare(&contents, "62220001\n62220002\n62220003");
    assert_eq!(whole, Listed { counted: 3, ..Listed::default() });
}

#[test]
fn art_12_1_whoever_has_the_box_in_hand_compares_it_card_by_card() {
    clause!(R12.1);
    let by = |org, listed| B::Compare(CompareBox { r#box: BOX, org, listed, missing: 1, unknown: 0 });
    let mut road = Road::new(Party::Org(CITY), HR);
    assert_eq!(road.refused(&by(HR, 2)), Reason::NotTheKeeper);
    assert_eq!(road.refused(&by(CITY, 0)), Reason::MaterialDefective);
    road.done(&by(CITY, 2));
    road.file.boxes[0].on_the_way = Some(under_way_to(HR));
    assert_eq!(road.refused(&by(CITY, 2)), Reason::NotTheKeeper, "it is under way");
    road.done(&by(HR, 2));
}
