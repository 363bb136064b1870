//! 新即时制卡 at a desk (Article 36, Appendix 9), step by step and failure by failure.

use super::instant::{FIRST, account, begin, chip, in_stock, number, why};
use super::person::{HR, Scene, TODAY};
use jiff::civil::date;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel, Ctx, Instant};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::application::Stage;
use kaguan_domain::facts::blank::BlankState;
use kaguan_domain::facts::desk::CardBox;
use kaguan_domain::facts::making::{MakingStep as S, Next};
use kaguan_domain::facts::name::HolderName;
use kaguan_domain::ids::{ApplicationId, BankCode, BatchId, CardId, DeskId, OfficerId, OrgId};
use kaguan_domain::instant::{
    AnswerStep, AskStep, Begin, BeginAtDesk, Fail, Mark, ReadCard, Return, StepOutcome, WriteBack,
    chip_items, face_texts, making_of, printed_name,
};
use kaguan_domain::institution::{InstitutionCommand, decide};
use kaguan_domain::refusal::Reason;

const DESK: DeskId = DeskId(1);
const SECOND_DESK: DeskId = DeskId(2);
const AFAR: DeskId = DeskId(3);
const APPLICATION: ApplicationId = ApplicationId(1);

fn pair(id: DeskId, outlet: OrgId, public: &str, boxes: &[(u8, &str)]) -> InstitutionCommand {
    let boxes = boxes.iter().map(|(number, b)| CardBox { number: *number, bank: BankCode((*b).into()) });
    InstitutionCommand::PairDesk {
        id,
        outlet,
        name: "1号窗口".into(),
        public: public.repeat(65),
        boxes: boxes.collect(),
    }
}

fn administer(s: &mut Scene, command: &InstitutionCommand) -> Result<(), Reason> {
    let ctx = Ctx { actor: Actor::System, channel: Channel::Console, ..s.ctx() };
    let events = decide(&s.office, command, &ctx).map_err(|r| r.reason)?;
    events.iter().for_each(|e| s.office.apply(e));
    Ok(())
}

/// Two blanks in stock, two desks at the outlet and one elsewhere.
fn at_desk() -> Scene {
    let mut s = in_stock();
    for (id, outlet, key) in [(DESK, HR, "04"), (SECOND_DESK, HR, "05"), (AFAR, OrgId(4), "06")] {
        administer(&mut s, &pair(id, outlet, key, &[])).unwrap();
    }
    s
}

fn empty(n: u32) -> ReadCard {
    ReadCard {
        chip: chip(n).as_str().into(),
        card_no: number(n).as_str().into(),
        number: String::new(),
        name: String::new(),
        issued: String::new(),
    }
}

fn begin_with(read: ReadCard, printed_name: Option<&str>) -> C {
    C::BeginAtDesk(BeginAtDesk {
        begin: Begin { application: APPLICATION, blank: FIRST, outlet: HR },
        desk: DESK,
        read,
        printed_name: printed_name.map(str::to_owned),
    })
}

fn ask(step: S) -> C {
    C::AskStep(AskStep { application: APPLICATION, blank: FIRST, desk: DESK, step })
}

fn answer(step: S, outcome: StepOutcome) -> C {
    C::AnswerStep(AnswerStep { application: APPLICATION, blank: FIRST, desk: DESK, step, outcome })
}

fn confirm() -> C {
    C::WriteBack(WriteBack { application: APPLICATION, blank: FIRST, card: CardId(9), chip: chip(1) })
}

/// What the card says once it is written.
fn written(s: &Scene) -> ReadCard {
    let items = chip_items(&s.file, &s.file.applications[0], TODAY).unwrap();
    let of = |tag: &str| items.iter().find(|i| i.tag == tag).unwrap().value.clone();
    ReadCard { number: of("08"), name: of("09"), issued: of("05"), ..empty(1) }
}

fn outcome_of(step: S, s: &Scene) -> StepOutcome {
    if step == S::ReadBack { StepOutcome::Read(written(s)) } else { StepOutcome::Done }
}

/// Everything up to a step is done; that one is not asked yet.
fn up_to(step: S) -> Scene {
    let mut s = at_desk();
    s.done(begin_with(empty(1), None));
    for before in S::ALL.into_iter().filter(|b| (S::Write..step).contains(b)) {
        s.done(ask(before));
        let outcome = outcome_of(before, &s);
        s.done(answer(before, outcome));
    }
    s
}

fn next(s: &Scene) -> Option<Next> {
    making_of(&s.file.applications[0])
}

#[test]
fn art_36_2_zhang_sans_card_is_loaded_written_read_back_printed_and_confirmed_in_this_order() {
    clause!(R36.2);
    let mut s = up_to(S::Write);
    for step in [S::CaPrepare, S::ReadBack, S::Print] {
        assert_eq!(s.refused(ask(step)), Reason::WrongStage, "{step:?} before its turn");
    }
    assert_eq!(s.refused(confirm()), Reason::WrongStage, "nothing is printed");
    for step in [S::Write, S::CaPrepare, S::CaWrite, S::ReadBack, S::Print] {
        assert_eq!(next(&s), Some(Next::Ask(step)));
        s.done(ask(step));
        let outcome = outcome_of(step, &s);
        s.done(answer(step, outcome.clone()));
        assert_eq!(s.refused(answer(step, outcome)), Reason::WrongStage, "answered once");
    }
    assert_eq!(next(&s), Some(Next::Confirm));
    s.done(confirm());
    assert_eq!(s.card(CardId(9)).issued_on, TODAY);
    // 使用登记: which outlet used it, out of which box; a row of earlier days says neither.
    let used = s.stock.blanks[&FIRST].state.clone();
    let BlankState::Used { card, at, of: Some(of) } = &used else { panic!("{used:?}") };
    assert_eq!((of.outlet, of.r#box.as_str()), (HR, "b"));
    let earlier = BlankState::Used { card: *card, at: *at, of: None };
    assert_eq!((used.as_stored(&earlier), used.as_stored(&used)), (earlier.clone(), used.clone()));
}

#[test]
fn art_36_2_a_card_begun_before_midnight_says_one_day_of_issue_on_chip_face_and_in_the_file() {
    clause!(R36.2);
    let mut s = up_to(S::Print);
    s.days_pass(1);
    s.done(ask(S::Print));
    s.done(answer(S::Print, StepOutcome::Done));
    s.done(confirm());
    assert_eq!(s.card(CardId(9)).issued_on, TODAY, "as it is printed");
}

#[test]
fn art_36_2_another_persons_number_on_the_chip_spoils_the_card_before_it_leaves() {
    clause!(R36.2);
    clause!(R36.3);
    let mut s = up_to(S::ReadBack);
    s.done(ask(S::ReadBack));
    assert_eq!(s.refused(answer(S::ReadBack, StepOutcome::Done)), Reason::MaterialDefective);
    let other = ReadCard { number: "440106199001010021".into(), ..written(&s) };
    s.done(answer(S::ReadBack, StepOutcome::Read(other)));
    assert!(matches!(s.file.applications[0].stage, Stage::ProductionFailed { .. }));
    assert!(matches!(s.stock.blanks[&FIRST].state, BlankState::Spoiled { .. }));
    assert_eq!(s.refused(ask(S::Print)), Reason::WrongStage);
    assert_eq!(s.refused(begin_with(empty(1), None)), Reason::WrongStage);
}

#[test]
fn annex_9_only_a_blank_that_lies_under_the_reader_is_taken_and_by_a_desk_of_the_outlet() {
    clause!(X9.3);
    let mut s = at_desk();
    assert_eq!(s.refused(begin_with(empty(2), None)), Reason::WrongBlank);
    let used = ReadCard { number: "440106199001010021".into(), ..empty(1) };
    assert_eq!(s.refused(begin_with(used, None)), Reason::WrongBlank);
    let mut afar = begin_with(empty(1), None);
    if let C::BeginAtDesk(b) = &mut afar {
        b.desk = AFAR;
    }
    assert_eq!(s.refused(afar), Reason::OutOfScope);
    administer(&mut s, &InstitutionCommand::EndDesk { desk: DESK }).unwrap();
    assert_eq!(administer(&mut s, &InstitutionCommand::EndDesk { desk: DESK }), Err(Reason::NothingToDo));
    assert_eq!(s.refused(begin_with(empty(1), None)), Reason::NotFound, "the desk is nobody's any more");
    let by_clerk = Ctx { actor: Actor::Officer(OfficerId(1)), channel: Channel::Console, ..s.ctx() };
    assert_eq!(why(decide(&s.office, &pair(DeskId(9), HR, "07", &[]), &by_clerk)), Reason::NotPermitted);
    assert_eq!(
        administer(&mut s, &pair(DeskId(9), HR, "06", &[])),
        Err(Reason::MaterialDefective),
        "its key"
    );
    assert_eq!(administer(&mut s, &pair(DeskId(9), OrgId(2), "07", &[])), Err(Reason::MaterialDefective));
}

#[test]
fn art_36_3_every_failure_of_every_step_has_one_lawful_end() {
    clause!(R36.3);
    for step in [S::Write, S::CaPrepare, S::CaWrite, S::ReadBack, S::Print] {
        for code in [-1, -2, -3, -4, -5, -11, -12, -13, -14, -22, -23, -999, -27_010, -37_635] {
            let mut s = up_to(step);
            s.done(ask(step));
            let failed = StepOutcome::Failed { code, words: "卡无应答".into() };
            s.done(answer(step, failed));
            let again =
                [-5, -11, -12, -13].contains(&code) || (step != S::Print && [-2, -3, -4].contains(&code));
            if again {
                assert_eq!(next(&s), Some(Next::Ask(step)), "{step:?} {code}");
                let back = C::ReturnBlank(Return { application: APPLICATION, blank: FIRST });
                assert_eq!(s.refused(back), Reason::WrongStage, "something may be on it");
                let give_up = Fail { application: APPLICATION, blank: FIRST, reason: "多次失败".into() };
                s.done(C::FailInstant(give_up));
            }
            assert!(matches!(s.stock.blanks[&FIRST].state, BlankState::Spoiled { .. }), "{step:?} {code}");
            assert!(matches!(s.file.applications[0].stage, Stage::ProductionFailed { .. }));
        }
    }
}

#[test]
fn art_36_3_a_blank_on_which_nothing_was_written_goes_back_to_stock_and_is_used_again() {
    clause!(R36.3);
    let mut s = up_to(S::Write);
    s.done(C::ReturnBlank(Return { application: APPLICATION, blank: FIRST }));
    assert!(matches!(s.stock.blanks[&FIRST].state, BlankState::Made { .. }));
    assert!(matches!(s.file.applications[0].stage, Stage::Accepted { .. }));
    s.done(begin_with(empty(1), None));
    s.done(ask(S::Write));
    s.done(answer(S::Write, StepOutcome::NotBegun));
    s.done(C::ReturnBlank(Return { application: APPLICATION, blank: FIRST }));
    s.done(begin_with(empty(1), None));
    s.done(ask(S::Write));
    // The server has gone down here: whether the desk has written, nobody knows.
    let back = C::ReturnBlank(Return { application: APPLICATION, blank: FIRST });
    assert_eq!(s.refused(back), Reason::WrongStage);
}

#[test]
fn art_36_3_after_a_crash_another_desk_goes_on_and_a_face_that_nobody_saw_is_looked_at() {
    clause!(R36.3);
    let mut s = up_to(S::CaPrepare);
    s.done(ask(S::CaPrepare));
    let at = |desk, step| C::AskStep(AskStep { application: APPLICATION, blank: FIRST, desk, step });
    assert_eq!(s.refused(at(AFAR, S::CaPrepare)), Reason::OutOfScope);
    s.done(at(SECOND_DESK, S::CaPrepare));
    assert_eq!(
        s.refused(answer(S::CaPrepare, StepOutcome::Done)),
        Reason::WrongStage,
        "the first desk is late"
    );

    let mut s = up_to(S::Print);
    s.done(ask(S::Print));
    assert_eq!(next(&s), Some(Next::LookAtFace));
    assert_eq!(s.refused(ask(S::Print)), Reason::WrongStage, "it is never printed twice");
    // 卡面印好的: 制卡补登.
    s.done(confirm());
    assert!(matches!(s.stock.blanks[&FIRST].state, BlankState::Used { .. }));
}

#[test]
fn annex_9_the_face_has_the_four_lines_of_the_province_where_they_belong() {
    clause!(X9.3);
    let texts = face_texts("张三", "440106199001010013", "A00000011", date(2026, 11, 3));
    assert_eq!(
        texts,
        [
            "姓名  张三|宋体|8.5|320|180",
            "社会保障号码  440106199001010013|宋体|8.5|320|230",
            "卡号  A00000011|宋体|8.5|320|280",
            "发卡日期  2026年11月03日|宋体|8.5|320|330",
            "",
            ""
        ]
    );
}

#[test]
fn annex_9_a_rare_character_is_typed_by_the_clerk_and_printed_in_its_own_font() {
    clause!(X9.4);
    let mut s = at_desk();
    s.file.person.as_mut().unwrap().details.name = HolderName::parse("张[SAN]").unwrap();
    for wrong in [None, Some("张三三"), Some("李三"), Some("张"), Some("张S")] {
        assert_eq!(s.refused(begin_with(empty(1), wrong)), Reason::MaterialDefective, "{wrong:?}");
    }
    // All that does not fit at once, by its annex, and how it ends; what is in private use has no character.
    let said = s.refusal(begin_with(empty(1), Some("李\u{E000}"))).sentence();
    for part in ["U+E000", "除[拼音]处外", "附件9", "请对照证件录入卡面姓名"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let said = s.refusal(begin_with(empty(1), Some("张"))).sentence();
    assert!(said.contains("录入的姓名为1个字，档案中的姓名为2个字"), "{said}");
    // Of what an older standard has in private use it is the standard character that is written (decision 0002).
    let on_file = HolderName::parse("张[SAN]").unwrap();
    assert_eq!(printed_name(&on_file, Some(" 张\u{E816} ")).unwrap().as_deref(), Some("张\u{20087}"));
    s.done(begin_with(empty(1), Some("张\u{20BB7}")));
    assert_eq!(written(&s).name, "张\u{20BB7}");
    let texts = face_texts("张\u{20BB7}", "1", "A00000011", TODAY);
    assert!(texts[0].contains("|宋体-18030|8.5|320|180") && texts[1].contains("|宋体|"), "for the name only");
    assert_eq!(Instant::at_start_of(TODAY).date(), TODAY);
}

#[test]
fn annex_9_the_box_is_chosen_by_the_bank_of_the_applicant() {
    clause!(X9.5);
    let mut s = in_stock();
    let bank = |code: &str| BankCode(code.into());
    administer(&mut s, &pair(DESK, HR, "04", &[(1, "95588"), (2, "95533")])).unwrap();
    let of = |s: &Scene, id, code| s.office.desk(id).unwrap().box_of(&bank(code));
    assert_eq!((of(&s, DESK, "95533"), of(&s, DESK, "95599")), (Some(2), None));
    administer(&mut s, &pair(SECOND_DESK, HR, "05", &[])).unwrap();
    assert_eq!(of(&s, SECOND_DESK, "95599"), Some(0), "one box has whatever was put into it");
    for wrong in [&[(0, "95588")][..], &[(1, "95588"), (1, "95533")], &[(1, "00000")]] {
        assert_eq!(administer(&mut s, &pair(AFAR, HR, "06", wrong)), Err(Reason::MaterialDefective));
    }
}

#[test]
fn art_36_2_an_application_whose_card_is_made_already_says_where_it_is_and_that_nothing_is_to_be_done() {
    clause!(R36.2);
    let mut s = in_stock();
    let of = |s: &mut Scene, stage: Stage| {
        s.file.applications[0].stage = stage;
        s.refusal(begin()).sentence()
    };
    let account = account(1).bank;
    let (batch, card_no, at) = (BatchId(1), number(9), s.now);
    let in_batch = Stage::InBatch { batch, card_no: number(9) };
    let said = of(&mut s, in_batch);
    assert!(said.contains("已在制卡批次中") && said.contains("在此无需办理"), "{said}");
    let mark = C::MarkInstant(Mark { application: ApplicationId(1), outlet: HR, marked: true });
    let marked = s.refusal(mark);
    assert_eq!(marked.reason, Reason::WrongStage);
    assert!(marked.sentence().contains("已在制卡批次中"), "{}", marked.sentence());
    let said = of(&mut s, Stage::AccountOpened { batch, card_no, account, at });
    assert!(said.contains("已开户，由批次制卡") && said.contains("在此无需办理"), "{said}");
    let said = of(&mut s, Stage::Received);
    assert!(said.contains("待核验"), "{said}");
    assert!(!said.contains("请查看现在所处的环节"), "{said}");
    let said = of(&mut s, Stage::Made { card: CardId(1), at });
    assert!(said.contains("社保卡已制成"), "{said}");
}
