//! A batch on its way through bank and vendor, and what the monthly reports say of them (Articles 8 and 11, Appendix 7).

#[path = "taken_back.rs"]
mod taken_back;
#[path = "taken_out.rs"]
mod taken_out;

use crate::person::{HR, NEW_BANK, Scene, TODAY, office};
use jiff::civil::{Date, date};
use kaguan_domain::account_opening::{self, Extracted};
use kaguan_domain::batch::Screen;
use kaguan_domain::clause;
use kaguan_domain::codes::vendor_name;
use kaguan_domain::ctx::{Actor, Channel, Ctx, Instant};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::dispatch::{BatchCommand as B, decide_batch};
use kaguan_domain::facts::application::Stage;
use kaguan_domain::facts::batch::{Batch, BatchFile, BatchState, Incomplete, Missing, Tally};
use kaguan_domain::facts::clock::{Clock, ClockKind, Standing};
use kaguan_domain::facts::counter::Attendance;
use kaguan_domain::facts::failure::PartnerWords;
use kaguan_domain::facts::fee::Fee;
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::institution::{InstitutionEvent, Institutions};
use kaguan_domain::facts::urgent::{UrgentGround, UrgentKind};
use kaguan_domain::ids::{
    ApplicationId, BankCardNumber, BankCode, BatchId, BoxId, CardId, CardNumber, ChipIdentifier, CityCode,
    OrgId, ResetInformation, VendorCode,
};
use kaguan_domain::production::{self, Expedite, ProductionResult, TakeCardKeys};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_domain::report::{BankDataKept, Timeliness, bank_name, of_bank_data, of_banks, of_vendors};

const BATCH: BatchId = BatchId(1);
const BOX: BoxId = BoxId(1);

fn vendor() -> VendorCode {
    VendorCode("1".into())
}

/// A batch of Guangzhou and the Industrial and Commercial Bank.
struct Floor {
    file: BatchFile,
    office: Institutions,
    now: Instant,
}

impl Floor {
    fn new() -> Self {
        Self { file: BatchFile::new(BATCH), office: office(), now: Instant::at_start_of(TODAY) }
    }

    fn ask(&self, command: &B) -> Result<Vec<kaguan_domain::facts::batch::BatchEvent>, Refusal> {
        let ctx = Ctx {
            now: self.now,
            actor: Actor::System,
            channel: Channel::Console,
            request_key: None,
            request_body: None,
        };
        decide_batch(&self.file, command, &ctx, &self.office)
    }

    fn done(&mut self, command: B) {
        let events = self.ask(&command).unwrap();
        assert!(!events.is_empty(), "{command:?} does nothing");
        for event in events {
            assert!(!event.is_personal(), "{event:?} names nobody");
            self.file.apply(&event, self.now);
        }
    }

    fn refused(&self, command: B) -> Reason {
        self.ask(&command).unwrap_err().reason
    }

    fn batch(&self) -> &Batch {
        self.file.batch.as_ref().unwrap()
    }

    fn opened() -> Self {
        let mut f = Self::new();
        f.done(open(TODAY));
        f
    }

    fn at_bank() -> Self {
        let mut f = Self::opened();
        f.file.tally.in_batch = 3;
        f.done(B::Confirm);
        f.done(B::Extract);
        f
    }

    fn at_vendor() -> Self {
        let mut f = Self::at_bank();
        f.file.tally = Tally { opened: 3, ..Tally::default() };
        f.done(B::CloseOpening);
        f.done(B::HandOut { vendor: vendor() });
        f
    }

    fn standing(&self, kind: ClockKind, on: Date) -> Standing {
        self.batch().clocks.iter().find(|c| c.kind == kind).unwrap().standing(on)
    }
}

fn open(collected_on: Date) -> B {
    let (city, bank) = (CityCode("4401".into()), BankCode("95588".into()));
    B::Open { number: "B1".into(), city, bank, urgent: false, collected_on, waiting: None }
}

fn pack(id: i64, number: &str, outlet: OrgId, cards: i64) -> B {
    B::PackBox { r#box: BoxId(id), number: number.into(), outlet, employer: None, cards }
}

#[test]
fn appendix_7_1_a_batch_is_opened_once_for_a_bank_of_the_city_and_never_of_tomorrows_data() {
    clause!(X7.1);
    let mut f = Floor::new();
    let (city, bank) = (CityCode("4401".into()), BankCode("95566".into()));
    let other =
        B::Open { number: "B1".into(), city, bank, urgent: false, collected_on: TODAY, waiting: None };
    assert_eq!(f.refused(other), Reason::BankNotOffered);
    f.done(open(date(2026, 11, 30)));
    assert_eq!((f.batch().collected_on, &f.batch().state), (TODAY, &BatchState::Screening));
    assert_eq!(f.refused(open(TODAY)), Reason::NothingToDo, "opened already");
}

#[test]
fn appendix_7_2_the_bank_extracts_once_and_is_done_when_every_row_is_answered() {
    clause!(X7.2);
    let mut f = Floor::opened();
    assert_eq!(f.refused(B::Extract), Reason::WrongStage, "not confirmed");
    assert_eq!(f.refused(B::CloseOpening), Reason::WrongStage);
    f.file.tally.in_batch = 1;
    f.done(B::Confirm);
    f.done(B::Extract);
    assert_eq!(f.refused(B::Extract), Reason::NothingToDo, "the clock runs on from the first time");
    assert_eq!(f.refused(B::CloseOpening), Reason::ReturnsOutstanding);
    (f.file.tally.in_batch, f.file.tally.opened) = (0, 1);
    f.done(B::CloseOpening);
    assert_eq!(f.standing(ClockKind::BankOpening, TODAY), Standing::Kept);
    assert!(matches!(f.batch().state, BatchState::Opened { .. }));
    assert_eq!(f.standing(ClockKind::Production, TODAY), Standing::Running, "another's clock runs on");
}

#[test]
fn art_7_1_a_notice_of_holidays_gives_the_batch_another_last_day_once() {
    clause!(R7.1);
    let mut f = Floor::at_bank();
    assert_eq!(f.refused(B::RecomputeClocks), Reason::NothingToDo);
    let off = kaguan_domain::codes::HolidayRow {
        date: date(2026, 11, 24),
        kind: kaguan_domain::codes::DayKind::Off,
        name: "临时放假".into(),
    };
    f.office.apply(&InstitutionEvent::NoticeTaken { days: vec![off] });
    let before = f.batch().clocks.clone();
    f.done(B::RecomputeClocks);
    assert_ne!(f.batch().clocks, before);
    assert_eq!(f.refused(B::RecomputeClocks), Reason::NothingToDo);
}

#[test]
fn art_11_1_staff_hears_of_a_batch_on_its_last_day_and_when_it_is_late() {
    clause!(R11.1);
    let mut f = Floor::at_bank();
    assert_eq!(f.refused(B::WatchClocks), Reason::NothingToDo);
    f.now = Instant::at_start_of(date(2026, 11, 25));
    f.done(B::WatchClocks);
    assert_eq!(f.refused(B::WatchClocks), Reason::NothingToDo, "said once");
    f.now = Instant::at_start_of(date(2026, 11, 26));
    f.done(B::WatchClocks);
}

#[test]
fn appendix_7_6_a_vendor_says_what_has_not_arrived_and_its_days_count_from_when_all_has() {
    clause!(X7.6);
    let report = |missing, rows: &[&str]| B::ReportIncomplete {
        missing,
        rows: rows.iter().map(|r| (*r).to_owned()).collect(),
    };
    let arrived = |missing| B::ReportArrived { missing };
    assert_eq!(Floor::opened().refused(report(Missing::BankData, &[])), Reason::WrongStage);
    let mut f = Floor::at_vendor();
    assert_eq!(f.refused(arrived(Missing::BankData)), Reason::NothingToDo);
    let long = "x".repeat(65);
    for bad in [&[""][..], &[" "], &[long.as_str()]] {
        assert_eq!(f.refused(report(Missing::BankData, bad)), Reason::MaterialDefective);
    }
    let whole = vec!["x"; 10_001];
    assert_eq!(f.refused(report(Missing::BankData, &whole)), Reason::MaterialDefective);
    assert!(f.ask(&report(Missing::BankData, &whole[1..])).is_ok());
    f.done(report(Missing::BankData, &["44010000001", &"x".repeat(64)]));
    assert_eq!(f.refused(report(Missing::BankData, &[])), Reason::NothingToDo, "said already");
    f.done(report(Missing::SocialData, &[]));
    f.now = Instant::at_start_of(date(2026, 11, 25));
    f.done(arrived(Missing::BankData));
    let making =
        |f: &Floor| f.batch().clocks.iter().find(|c| c.kind == ClockKind::VendorMaking).unwrap().started_on;
    assert_eq!(making(&f), TODAY, "the social data are still missing");
    f.now = Instant::at_start_of(date(2026, 11, 26));
    f.done(arrived(Missing::SocialData));
    assert_eq!(making(&f), date(2026, 11, 26));
    f.done(report(Missing::BankData, &[]));
}

#[test]
fn art_12_1_a_box_is_packed_for_an_outlet_of_the_city_under_a_number_of_its_own() {
    clause!(R12.1);
    assert_eq!(Floor::at_bank().refused(pack(1, "X1", HR, 1)), Reason::WrongStage);
    let mut f = Floor::at_vendor();
    assert_eq!(f.refused(pack(1, "X1", OrgId(6), 1)), Reason::NotFound, "an outlet of Shenzhen");
    assert_eq!(f.refused(pack(1, "X1", OrgId(2), 1)), Reason::NotFound, "the city's centre is no outlet");
    assert_eq!(f.refused(pack(1, "X1", HR, 0)), Reason::BoxesDiffer);
    f.done(pack(1, "X1", HR, 2));
    assert_eq!(f.refused(pack(2, "X1", HR, 1)), Reason::NumberTaken);
    assert_eq!(f.refused(pack(1, "X2", HR, 1)), Reason::NumberTaken);
    f.done(pack(2, "X2", NEW_BANK, 1));
    assert_eq!(f.file.boxes.iter().map(|b| b.cards).sum::<i64>(), 3);
}

#[test]
fn appendix_7_3_a_box_packed_before_its_rows_failed_is_put_right_under_its_own_number() {
    clause!(X7.3);
    let mut f = Floor::at_vendor();
    f.done(pack(1, "X1", HR, 3));
    f.done(pack(2, "X2", NEW_BANK, 1));
    // One of the three for 李四's outlet failed at the machine, and so did the only one of the other box.
    f.file.tally = Tally { made: 2, inside: [(BoxId(1), 2)].into(), ..Tally::default() };
    assert_eq!(f.refused(B::CloseProduction), Reason::BoxesDiffer);
    assert_eq!(f.refused(pack(1, "X1", HR, 3)), Reason::NothingToDo, "as it is");
    assert_eq!(f.refused(pack(1, "X1", HR, 1)), Reason::BoxesDiffer, "two are in it");
    assert_eq!(f.refused(pack(1, "X1", NEW_BANK, 2)), Reason::BoxesDiffer, "they are for the first outlet");
    f.done(pack(1, "X1", HR, 2));
    f.done(pack(2, "X2", NEW_BANK, 0));
    assert_eq!(f.file.boxes.iter().map(|b| (b.id, b.cards)).collect::<Vec<_>>(), [(BoxId(1), 2)]);
    f.done(B::CloseProduction);
    assert_eq!(f.refused(B::CloseProduction), Reason::NothingToDo, "it is closed");
}

#[test]
fn appendix_7_3_the_vendor_is_done_when_the_boxes_hold_what_was_made() {
    clause!(X7.3);
    let mut f = Floor::at_vendor();
    assert_eq!(f.refused(B::CloseProduction), Reason::ReturnsOutstanding);
    f.file.tally = Tally { made: 3, ..Tally::default() };
    assert_eq!(f.refused(B::CloseProduction), Reason::BoxesDiffer, "nothing is packed");
    f.done(pack(1, "X1", HR, 3));
    f.done(B::CloseProduction);
    assert!(matches!(f.batch().state, BatchState::Made { .. }));
    assert_eq!(f.standing(ClockKind::VendorMaking, TODAY), Standing::Kept);
    assert_eq!(f.standing(ClockKind::Production, TODAY), Standing::Running, "until it leaves the province");
}

/// Zhang San's accepted application, and the batch that it may go into.
pub fn accepted() -> Scene {
    let mut s = Scene::uncollected();
    s.file.cards.clear();
    s.file.applications[0].stage = Stage::Accepted { at: s.now };
    let mut f = Floor::new();
    f.done(open(date(2026, 8, 10)));
    s.batches.insert(BATCH, f.file);
    s
}

fn change(s: &mut Scene, to: impl FnOnce(&mut Batch)) {
    to(s.batches.get_mut(&BATCH).unwrap().batch.as_mut().unwrap());
}

fn screen() -> C {
    let card_no = CardNumber::parse("D2143569X").unwrap();
    C::Screen(Screen { application: ApplicationId(1), batch: BATCH, card_no })
}

#[test]
fn appendix_7_1_an_application_goes_into_an_open_batch_of_its_city_bank_and_urgency() {
    clause!(X7.1);
    clause!(R22.1);
    let refused = |with: &dyn Fn(&mut Scene)| {
        let mut s = accepted();
        with(&mut s);
        s.refused(screen())
    };
    assert_eq!(refused(&|s| s.file.applications[0].stage = Stage::Received), Reason::WrongStage);
    assert_eq!(refused(&|s| s.file.applications[0].fee = Fee::Due { fen: 2000 }), Reason::FeeUnpaid);
    let closed = |b: &mut Batch| b.state = BatchState::Confirmed { at: Instant(0) };
    assert_eq!(refused(&|s| change(s, closed)), Reason::WrongStage);
    assert_eq!(refused(&|s| change(s, |b| b.city = CityCode("4403".into()))), Reason::WrongBatch);
    assert_eq!(refused(&|s| change(s, |b| b.bank = BankCode("95533".into()))), Reason::WrongBatch);
    assert_eq!(refused(&|s| change(s, |b| b.urgent = true)), Reason::WrongBatch);
    let later = |b: &mut Batch| b.collected_on = date(2026, 8, 11);
    assert_eq!(refused(&|s| change(s, later)), Reason::WrongBatch, "its days would begin too late");
    assert!(screen().rule().claims().len() == 1 && screen().rule().batch() == Some(BATCH));
    let mut s = accepted();
    change(&mut s, |b| b.collected_on = date(2026, 8, 9));
    assert!(s.may(&screen()));
    let mut s = accepted();
    s.done(screen());
    assert!(matches!(s.file.applications[0].stage, Stage::InBatch { batch: BATCH, .. }));
}

#[test]
fn art_11_1_an_application_is_expedited_once_and_before_a_batch_holds_it() {
    clause!(R11.1);
    let by = |kind, words: &str| {
        let ground = Some(UrgentGround { kind, words: words.into() });
        C::Expedite(Expedite { application: ApplicationId(1), ground })
    };
    let expedite = || by(UrgentKind::Disabled, "");
    let mut s = accepted();
    let why = |s: &mut Scene, c: C| s.refusal(c).about.unwrap();
    for (unsaid, says) in [
        (C::Expedite(Expedite { application: ApplicationId(1), ground: None }), "未选择加急事由"),
        (by(UrgentKind::Need, " "), "加急事由为“急需用卡”的，须写明具体情形"),
        (by(UrgentKind::Other, "。"), "须写明具体情形"),
        (by(UrgentKind::Elderly, "行动不便"), "未满六十周岁，不属于老年人"),
    ] {
        assert!(why(&mut s, unsaid.clone()).contains(says));
        assert_eq!(s.refused(unsaid), Reason::NotExpedited);
    }
    s.file.applications[0].instant_at = Some(HR);
    assert!(why(&mut s, expedite()).contains("已标注为即制卡"), "no batch takes it");
    s.file.applications[0].instant_at = None;
    let mut old = accepted();
    old.file.person.as_mut().unwrap().details.birth_date = date(1966, 11, 1);
    assert!(old.may(&by(UrgentKind::Elderly, "")), "sixty and more");
    s.done(expedite());
    let kept = s.file.applications[0].urgent_ground.clone().unwrap();
    assert_eq!((kept.kind, kept.said().as_str()), (UrgentKind::Disabled, "残疾人"));
    assert!(why(&mut s, expedite()).contains("该申请已加急，事由是残疾人"));
    assert_eq!(s.refused(expedite()), Reason::NotExpedited);
    assert_eq!(s.refused(screen()), Reason::WrongBatch, "an urgent batch takes it");
    let mut s = accepted();
    s.done(screen());
    let sentence = |s: &mut Scene| s.refusal(expedite()).sentence();
    let screening = sentence(&mut s);
    assert!(screening.contains("批次待确认") && screening.contains("移出批次，移出后再加急"), "{screening}");
    assert!(!screening.contains("撤销批次确认"), "{screening}");
    change(&mut s, |b| b.state = BatchState::Confirmed { at: Instant(0) });
    let confirmed = sentence(&mut s);
    assert!(confirmed.contains("先撤销批次确认，再移出批次，移出后再加急"), "{confirmed}");
    change(&mut s, |b| b.state = BatchState::AtBank { at: Instant(0) });
    let at_bank = sentence(&mut s);
    assert!(at_bank.contains("不能再移出批次") && at_bank.contains("在此无需办理"), "{at_bank}");
    for said in [screening, confirmed, at_bank] {
        assert!(!said.contains("请在进入制卡批次前"), "it is in one: {said}");
    }
    assert_eq!(s.refused(expedite()), Reason::NotExpedited);
    s.file.applications[0].stage = Stage::Withdrawn { at: s.now };
    assert_eq!(why(&mut s, expedite()), "该申请已撤销", "and not that a batch has it");
}

/// What was expedited before a ground was asked for is read as it was.
#[test]
fn art_11_1_an_application_of_earlier_days_is_urgent_without_a_ground() {
    clause!(R11.1);
    let stored = r#"{"expedited":{"application":1}}"#;
    let event: HolderEvent = serde_json::from_str(stored).unwrap();
    assert!(!event.is_personal());
    assert_eq!(serde_json::to_string(&event).unwrap(), stored);
    let mut s = accepted();
    let at = s.now;
    s.file.apply(&event, at);
    let a = &s.file.applications[0];
    assert!(a.urgent && a.urgent_ground.is_none());
    assert!(serde_json::to_value(a).unwrap().get("urgent_ground").is_none());
    let ground = UrgentGround { kind: UrgentKind::Other, words: "住院".into() };
    let now = HolderEvent::Expedited { application: ApplicationId(1), ground: Some(Box::new(ground)) };
    assert!(now.is_personal(), "what it says is about somebody");
}

fn echo(s: &Scene) -> Extracted {
    Extracted::of(&s.file, &s.file.applications[0]).unwrap()
}

fn account() -> (BankCardNumber, kaguan_domain::facts::account::AccountNumber) {
    let number = BankCardNumber::with_check("629558800000000001").unwrap();
    (number, kaguan_domain::facts::account::AccountNumber("acc1".into()))
}

fn opening(s: &Scene, result: account_opening::OpeningResult) -> account_opening::TakeReturn {
    let (application, batch) = (ApplicationId(1), BATCH);
    account_opening::TakeReturn { application, batch, echo: echo(s), details: None, result }
}

fn at_bank() -> Scene {
    let mut s = accepted();
    s.done(screen());
    change(&mut s, |b| b.state = BatchState::AtBank { at: Instant(0) });
    s
}

fn at_vendor() -> Scene {
    let mut s = at_bank();
    let (bank_card_no, account_no) = account();
    let result = account_opening::OpeningResult::Opened { bank_card_no, account_no };
    let row = opening(&s, result);
    assert_eq!(format!("{row:?}"), "TakeReturn(1)");
    assert_eq!(C::TakeOpeningReturn(row.clone()).rule().batch(), Some(BATCH));
    s.done(C::TakeOpeningReturn(row));
    change(&mut s, |b| b.state = BatchState::AtVendor { vendor: vendor(), at: Instant(0) });
    let mut f = Floor::at_vendor();
    f.done(pack(1, "X1", HR, 1));
    s.batches.get_mut(&BATCH).unwrap().boxes = f.file.boxes;
    s
}

fn words(reason: &str) -> PartnerWords {
    serde_json::from_value(serde_json::json!({ "code": "1", "reason": reason })).unwrap()
}

#[test]
fn appendix_7_2_a_failure_says_why_and_is_settled_before_the_next_batch() {
    clause!(X7.2);
    clause!(X7.1);
    use account_opening::{OpeningResult, SettleFailure};
    let settle = || C::SettleOpeningFailure(SettleFailure { application: ApplicationId(1) });
    let mut s = at_bank();
    let silent = opening(&s, OpeningResult::Failed(words(" ")));
    assert_eq!(s.refused(C::TakeOpeningReturn(silent)), Reason::MaterialDefective);
    assert_eq!(s.refused(settle()), Reason::WrongStage);
    let failed = opening(&s, OpeningResult::Failed(words("证件过期")));
    s.done(C::TakeOpeningReturn(failed));
    assert!(matches!(s.file.applications[0].stage, Stage::OpeningFailed { .. }));
    s.done(settle());
    assert!(matches!(s.file.applications[0].stage, Stage::Accepted { .. }));
}

fn made(s: &Scene, result: ProductionResult) -> production::TakeReturn {
    let (application, batch) = (ApplicationId(1), BATCH);
    let bank_card_no = account().0;
    production::TakeReturn { application, batch, echo: echo(s), details: None, bank_card_no, result }
}

fn result(made_on: Date, r#box: BoxId) -> ProductionResult {
    ProductionResult::Made {
        card: CardId(1),
        chip: ChipIdentifier::parse("440001D1560000050000000000000001").unwrap(),
        reset: ResetInformation::parse("00814E43230000000000000001").unwrap(),
        made_on,
        r#box,
    }
}

#[test]
fn appendix_7_3_a_row_of_the_vendor_names_a_box_of_its_outlet_and_a_day_that_has_come() {
    clause!(X7.3);
    clause!(R5.6);
    let mut s = at_vendor();
    let ask = |s: &Scene, r| C::TakeProductionReturn(made(s, r));
    let silent = ask(&s, ProductionResult::Failed(words("  ")));
    assert_eq!(s.refused(silent), Reason::MaterialDefective);
    let tomorrow = ask(&s, result(date(2026, 11, 24), BOX));
    assert_eq!(s.refused(tomorrow), Reason::MaterialDefective);
    let nowhere = ask(&s, result(TODAY, BoxId(9)));
    assert_eq!(s.refused(nowhere), Reason::NotFound);
    let of_box = |s: &mut Scene, outlet, employer: Option<&str>| {
        let b = &mut s.batches.get_mut(&BATCH).unwrap().boxes[0];
        (b.outlet, b.employer) = (outlet, employer.map(Into::into));
    };
    let good = ask(&s, result(TODAY, BOX));
    assert_eq!(
        (good.rule().batch(), format!("{:?}", made(&s, result(TODAY, BOX)))),
        (Some(BATCH), "TakeReturn(1)".into())
    );
    of_box(&mut s, NEW_BANK, None);
    assert_eq!(s.refused(good.clone()), Reason::CountMismatch);
    of_box(&mut s, HR, Some("某公司"));
    assert_eq!(s.refused(good.clone()), Reason::CountMismatch);
    of_box(&mut s, HR, None);
    let yesterday = ask(&s, result(date(2026, 11, 22), BOX));
    assert!(s.may(&good) && s.may(&yesterday));
    let mut failed = at_vendor();
    let broken = ask(&failed, ProductionResult::Failed(words("芯片损坏")));
    failed.done(broken);
    assert!(matches!(failed.file.applications[0].stage, Stage::ProductionFailed { .. }));
    let settle = production::SettleFailure { application: ApplicationId(1) };
    failed.done(C::SettleProductionFailure(settle));
    assert!(matches!(failed.file.applications[0].stage, Stage::Accepted { .. }));
    s.done(good);
    assert_eq!(s.file.cards.len(), 1);
}

#[test]
fn appendix_7_3_keys_are_taken_for_a_card_that_the_vendor_is_making() {
    clause!(X7.3);
    let chip = ChipIdentifier::parse("440001D1560000050000000000000001").unwrap();
    let keys =
        |batch| C::TakeCardKeys(TakeCardKeys { application: ApplicationId(1), batch, chip: chip.clone() });
    let mut s = at_vendor();
    assert_eq!(keys(BATCH).rule().batch(), Some(BATCH));
    assert!(matches!(s.events(&keys(BATCH))[..], [HolderEvent::CardKeysTaken { .. }]));
    assert_eq!(s.refused(keys(BatchId(2))), Reason::WrongStage, "of another batch");
    change(&mut s, |b| b.state = BatchState::Made { vendor: vendor(), at: Instant(0) });
    assert_eq!(s.refused(keys(BATCH)), Reason::WrongStage);
    assert_eq!(at_bank().refused(keys(BATCH)), Reason::WrongStage);
}

fn reported(bank: &str, vendor: Option<&str>, clocks: &[(ClockKind, Date, Option<Date>)]) -> Batch {
    let calendar = kaguan_domain::calendar::WorkingCalendar::compiled();
    let clock = |(kind, on, stopped): &(ClockKind, Date, Option<Date>)| {
        let mut clock = Clock::start(*kind, *on, &calendar);
        if let Some(day) = stopped {
            clock.stop(*day);
        }
        clock
    };
    let at = Instant(0);
    Batch {
        number: "B1".into(),
        city: CityCode("4401".into()),
        bank: BankCode(bank.into()),
        urgent: false,
        collected_on: TODAY,
        people: 1,
        state: vendor
            .map_or(BatchState::AtBank { at }, |v| BatchState::AtVendor { vendor: VendorCode(v.into()), at }),
        clocks: clocks.iter().map(clock).collect(),
        incomplete: Vec::new(),
        taken_back: None,
    }
}

#[test]
fn appendix_7_4_banks_and_vendors_are_reported_by_what_they_kept_of_their_days() {
    clause!(X7.4);
    use ClockKind::{BankOpening, VendorMaking};
    let (from, to) = (date(2026, 11, 1), date(2026, 11, 30));
    let day = |d| date(2026, 11, d);
    let batches = [
        reported("95588", Some("1"), &[(BankOpening, day(2), Some(day(3))), (VendorMaking, day(4), None)]),
        reported("95588", Some("1"), &[(BankOpening, day(2), Some(day(3)))]),
        reported("95588", None, &[(BankOpening, day(2), Some(day(20)))]),
        reported("95588", None, &[(BankOpening, day(20), None)]),
        reported("95588", None, &[(BankOpening, day(20), None)]),
        reported("95588", None, &[(BankOpening, day(23), None)]),
        reported("95588", None, &[(BankOpening, day(1), None)]),
        reported("95588", None, &[(BankOpening, date(2026, 10, 30), None)]),
        reported("95533", None, &[(BankOpening, day(23), None)]),
    ];
    let banks = of_banks(batches.iter(), from, to, day(24));
    let of = |kept, broken, running, late| Timeliness { kept, broken, running, late, taken_back: 0 };
    assert_eq!(banks["95588"], of(2, 1, 3, 1));
    assert_eq!(banks["95533"], of(0, 0, 1, 0));
    assert_eq!(banks.len(), 2);
    let vendors = of_vendors(batches.iter(), from, to, day(24));
    assert_eq!((vendors.len(), vendors["1"]), (1, of(0, 0, 0, 1)));
    assert_eq!(banks["95588"].kept_in_a_thousand(), Some(500));
    assert_eq!(of(1, 1, 9, 1).kept_in_a_thousand(), Some(333));
    assert_eq!(of(0, 0, 3, 0).kept_in_a_thousand(), None);
    assert_eq!(of(0, 1, 0, 0).kept_in_a_thousand(), Some(0));
    assert_eq!(of(5, 0, 0, 0).kept_in_a_thousand(), Some(1000));
    assert!(bank_name("95588").contains("工商银行"), "{}", bank_name("95588"));
    assert_eq!((bank_name("x"), vendor_name("x")), ("x".into(), "x".into()));
    let vendors: Vec<_> = kaguan_domain::codes::vendors().collect();
    for v in &vendors {
        assert_eq!(vendor_name(&v.code), v.name);
    }
}

#[test]
fn appendix_7_6_a_banks_data_are_reported_by_what_reached_the_vendors_late() {
    clause!(X7.6);
    let day = |d| date(2026, 11, d);
    let with = |began, lacked: &[(Missing, Date, Option<Date>)]| {
        let mut b = reported("95588", Some("1"), &[(ClockKind::VendorMaking, began, None)]);
        let of = |(missing, on, arrived): &(Missing, Date, Option<Date>)| Incomplete {
            missing: *missing,
            rows: 0,
            reported_on: *on,
            arrived_on: *arrived,
        };
        b.incomplete = lacked.iter().map(of).collect();
        b
    };
    use Missing::{BankData, SocialData};
    let batches = [
        with(day(2), &[]),
        with(day(2), &[(SocialData, day(2), Some(day(20)))]),
        with(day(3), &[(BankData, day(3), None)]),
        with(day(4), &[(BankData, day(4), Some(day(6))), (BankData, day(7), Some(day(14)))]),
        with(date(2026, 10, 31), &[(BankData, day(1), None)]),
        reported("95533", Some("1"), &[(ClockKind::BankOpening, day(2), None)]),
    ];
    let kept = of_bank_data(batches.iter(), day(1), day(30));
    let icbc = BankDataKept { batches: 4, missing: 2, arrived: 2, longest: 7 };
    assert_eq!(kept.into_iter().collect::<Vec<_>>(), [("95588".to_owned(), icbc)]);
}

#[test]
fn what_happened_to_a_card_is_counted_under_its_name_and_the_rest_is_not() {
    use kaguan_domain::report::{Business, counted};
    let card = CardId(7);
    let made =
        |formal| HolderEvent::LossReported { card, formal, by_bank_change: false, by: Attendance::default() };
    assert_eq!(counted(&made(true)), Some((Business::FormalLoss, card)));
    assert_eq!(counted(&made(false)), Some((Business::TemporaryLoss, card)));
    // Nobody reported what a change of the bank brings with it (R31.1).
    let moved =
        HolderEvent::LossReported { card, formal: true, by_bank_change: true, by: Attendance::default() };
    assert_eq!(counted(&moved), Some((Business::LossByBankChange, card)));
    let text = serde_json::to_string(&made(true)).unwrap();
    assert!(!text.contains("by_bank_change"), "a line of earlier days is read and written as it was: {text}");
    assert_eq!(serde_json::from_str::<HolderEvent>(&text).unwrap(), made(true));
    assert_eq!(counted(&HolderEvent::AccountClosed { card }), Some((Business::AccountClosed, card)));
    assert_eq!(counted(&HolderEvent::LifeRestored { evidence: None, number: None }), None);
}
