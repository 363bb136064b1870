//! Unit applications with their papers (Article 9, Appendices 3 and 4).

use crate::person::{HR, TODAY, office};
use jiff::civil::{Date, date};
use kaguan_domain::application::{RegisterUnit, TryFile, UnitCommand, UnitForm, decide_unit};
use kaguan_domain::clause;
use kaguan_domain::codes::{DayKind, HolidayRow};
use kaguan_domain::ctx::{Actor, Channel, Ctx, Instant};
use kaguan_domain::facts::claim::Claim;
use kaguan_domain::facts::clock::Standing;
use kaguan_domain::facts::institution::InstitutionEvent;
use kaguan_domain::facts::unit::{Outstanding, UnitEvent, UnitFile, UnitKind, UnitState};
use kaguan_domain::ids::{CityCode, OfficerId, OrgId, UnitId};
use kaguan_domain::refusal::{Reason, Refusal};

fn by(actor: Actor, on: Date) -> Ctx {
    let now = Instant::at_start_of(on);
    Ctx { now, actor, channel: Channel::Console, request_key: None, request_body: None }
}

pub fn clerk() -> Ctx {
    by(Actor::Officer(OfficerId(1)), TODAY)
}

/// 李四 brings the papers of 样例公司 for ten people.
pub fn form() -> UnitForm {
    UnitForm {
        until: "2026-12-31".into(),
        people: "10".into(),
        applied_on: "20261120".into(),
        accepted_on: "20261120".into(),
        ..crate::stated::unit_form("4401U1")
    }
}

pub fn judged(form: &UnitForm, ctx: &Ctx) -> Result<RegisterUnit, Refusal> {
    form.judged(HR, CityCode("4401".into()), None, ctx)
}

fn told(form: &UnitForm) -> String {
    judged(form, &clerk()).unwrap_err().about.unwrap()
}

fn give(file: &mut UnitFile, command: UnitCommand, ctx: &Ctx) -> Result<(), Reason> {
    let events = decide_unit(file, &command, ctx, &office()).map_err(|r| r.reason)?;
    events.iter().for_each(|e: &UnitEvent| file.apply(e, ctx.now));
    Ok(())
}

fn registered() -> UnitFile {
    let mut file = UnitFile::new(UnitId(1));
    let register = judged(&form(), &clerk()).unwrap();
    give(&mut file, UnitCommand::Register(register), &clerk()).unwrap();
    file
}

#[test]
fn art_9_everything_that_a_unit_did_not_bring_is_told_at_once() {
    clause!(R9.1);
    clause!(R10.2);
    let all = told(&UnitForm::default());
    for what in [
        "单位类型",
        "申请表编号",
        "单位机构名称",
        "单位地址",
        "经办人姓名",
        "经办人性别",
        "经办人证件类型",
        "经办人证件号码",
        "单位授权委托书",
        "授权期限",
        "批量申请总人数",
        "批量申请日期",
        "受理日期",
        "原件的核实",
        "营业执照",
        "个人业务申请表",
        "授权申明",
    ] {
        assert!(all.contains(what), "{what}: {all}");
    }
    // Each kind of unit has its own document.
    let of = |kind: &str| told(&UnitForm { kind: kind.into(), proof: None, ..form() });
    assert_eq!(of("government_body"), "缺：法人证书（或组织机构代码证）");
    assert_eq!(of("non_government_body"), "缺：营业执照");
    assert_eq!(of("enterprise"), "缺：营业执照");
    assert_eq!(of("social_organisation"), "缺：法人登记证（或组织机构代码证）");
    let unseen = told(&UnitForm { operator_name: "李\u{200B}四".into(), ..form() });
    assert!(unseen.contains("经办人姓名含有看不见的字符：零宽空格（U+200B）"), "{unseen}");
    let wrong = UnitForm {
        operator_number: "440106199001010014".into(),
        until: "20261101".into(),
        accepted_on: "20261124".into(),
        ..form()
    };
    let wrong = told(&wrong);
    assert!(wrong.contains("居民身份证号码") && wrong.contains("授权期限已过"), "{wrong}");
    assert!(wrong.contains("不得晚于今天"), "{wrong}");
}

#[test]
fn art_10_2_what_stands_in_the_form_of_a_unit_is_never_said_to_be_missing() {
    clause!(R10.2);
    clause!(R9.1);
    for day in ["20270230", "2027.12.31"] {
        let until = told(&UnitForm { until: day.into(), ..form() });
        assert_eq!(until, "授权期限不是有效日期，应为8位数字，如20271231", "{day}");
        let applied = told(&UnitForm { applied_on: day.into(), ..form() });
        assert!(applied.starts_with("批量申请日期不是有效日期") && !applied.contains('；'), "{applied}");
        let accepted = told(&UnitForm { accepted_on: day.into(), ..form() });
        assert!(accepted.starts_with("受理日期不是有效日期") && !accepted.contains('；'), "{accepted}");
    }
    for people in ["3人", "0", "-3", "很多", "99999999999"] {
        let told = told(&UnitForm { people: people.into(), ..form() });
        assert_eq!(told, "批量申请总人数不是人数，应为大于0的整数，只填数字", "{people}");
    }
    // Full width is half width, in numbers and in days.
    let wide = UnitForm {
        people: "１０ ".into(),
        until: "２０２６－１２－３１".into(),
        operator_phone: "１３９０００００００0".into(),
        operator_number: "４４０１０６199001010013".into(),
        ..form()
    };
    let plain = judged(&form(), &clerk()).unwrap();
    assert_eq!(judged(&wide, &clerk()).unwrap(), plain);
    assert_eq!(plain.application.people, 10);
}

#[test]
fn art_9_1_the_kind_of_a_unit_is_chosen_and_never_assumed() {
    clause!(R9.1);
    clause!(X3.1);
    // Neither a company nor anything else is taken for granted; nor the kind of earlier days, which is two.
    for kind in ["", "company", "factory"] {
        let all = told(&UnitForm { kind: kind.into(), employer_code: String::new(), proof: None, ..form() });
        let code = "单位代码（法人证书/营业执照/法人登记证代码或组织机构代码）";
        let proof = "法人证书、营业执照或法人登记证（或组织机构代码证）";
        assert_eq!(all, format!("缺：单位类型、{code}、{proof}"), "{kind}");
    }
    let ticked = |kind: UnitKind| {
        let mut register = judged(&form(), &clerk()).unwrap();
        register.application.kind = kind;
        let (_, boxes) = register.application.form_items()[4].clone();
        let refused =
            decide_unit(&UnitFile::new(UnitId(1)), &UnitCommand::Register(register), &clerk(), &office());
        (boxes, refused.is_ok())
    };
    for (kind, boxes) in [
        (UnitKind::GovernmentBody, "☑行政事业机构 □非行政事业机构 □企业、社会组织"),
        (UnitKind::NonGovernmentBody, "□行政事业机构 ☑非行政事业机构 □企业、社会组织"),
        (UnitKind::Enterprise, "□行政事业机构 □非行政事业机构 ☑企业、社会组织"),
        (UnitKind::SocialOrganisation, "□行政事业机构 □非行政事业机构 ☑企业、社会组织"),
    ] {
        assert_eq!(ticked(kind), (boxes.into(), true));
    }
    // What was registered before both were told apart is read, and its box is left to the unit.
    let stored: UnitKind = serde_json::from_str("\"company\"").unwrap();
    assert_eq!((stored.name(), stored.proof()), ("非行政事业机构或企业", "营业执照"));
    assert_eq!(ticked(stored), ("□行政事业机构 □非行政事业机构 □企业、社会组织".into(), false));
}

#[test]
fn art_10_1_a_units_operator_is_written_as_an_applicant_is() {
    clause!(R10.2);
    clause!(R5.3);
    for (told, says) in [
        (UnitForm { operator_name: "李四123".into(), ..form() }, "经办人姓名"),
        (UnitForm { operator_phone: "无".into(), ..form() }, "经办人联系方式不是有效的电话号码"),
        (UnitForm { address: "-".into(), ..form() }, "单位地址只有符号，没有文字或数字"),
        (UnitForm { employer_code: "。".into(), ..form() }, "单位代码（营业执照代码）只有符号"),
        (UnitForm { form_no: "999999".into(), ..form() }, "申请表编号应为44+地区代码+地市自编"),
    ]
    .map(|(form, says)| (told(&form), says))
    {
        assert!(told.starts_with(says) && !told.contains("缺："), "{told}");
    }
    let refusal = judged(&UnitForm::default(), &clerk()).unwrap_err();
    assert_eq!(refusal.reason, Reason::UnitDefective);
    assert!(refusal.sentence().contains("《经办规程》第9条"), "{}", refusal.sentence());
}

#[test]
fn art_10_2_a_units_operator_is_who_his_number_says() {
    clause!(X4.1);
    let woman = UnitForm { operator_sex: "2".into(), ..form() };
    assert_eq!(told(&woman), "经办人性别与证件号码中的性别不一致");
    let number = "440106201201010018".to_owned();
    let child = UnitForm { operator_number: number, ..form() };
    assert!(told(&child).starts_with("经办人未满十六周岁"), "{}", told(&child));
}

#[test]
fn art_10_2_one_form_number_is_of_one_unit_application() {
    clause!(R10.2);
    let other = registered();
    let again = UnitForm { form_no: " 4401u1".into(), address: String::new(), ..form() };
    assert!(again.is_numbered_as(UnitId(2), &other), "however it is written");
    assert!(!again.is_numbered_as(UnitId(1), &other), "its own number is its own");
    assert!(!UnitForm::default().is_numbered_as(UnitId(2), &other));
    let refused = again.judged(HR, CityCode("4401".into()), Some(&other), &clerk()).unwrap_err();
    let sentence = refused.sentence();
    for says in ["缺：单位地址", "申请表编号4401U1已登记为受理编号1，2026-11-20受理，已上传0人"]
    {
        assert!(sentence.contains(says), "{says}: {sentence}");
    }
    // One that nobody came of gives its number back; one of which somebody came does not.
    let close = |file: &mut UnitFile| {
        give(file, UnitCommand::Close { reason: "单位撤回".into() }, &clerk()).unwrap();
    };
    let (mut nobody, mut some) = (other.clone(), other);
    close(&mut nobody);
    give(&mut some, UnitCommand::Upload { rows: 1 }, &clerk()).unwrap();
    close(&mut some);
    assert!(!again.is_numbered_as(UnitId(2), &nobody) && again.is_numbered_as(UnitId(2), &some));
}

#[test]
fn art_10_2_the_number_of_a_form_is_claimed_and_given_back_by_what_nobody_came_of() {
    clause!(R10.2);
    let claim = Claim::unit_form("4401U1");
    assert!(claim.is_some() && Claim::unit_form(" \u{3000}").is_none());
    let register = UnitCommand::Register(judged(&form(), &clerk()).unwrap());
    assert_eq!(register.claim(), claim);
    let events = decide_unit(&UnitFile::new(UnitId(1)), &register, &clerk(), &office()).unwrap();
    assert_eq!(events.iter().filter_map(UnitEvent::claim).collect::<Vec<_>>(), Vec::from_iter(claim.clone()));
    let close = UnitCommand::Close { reason: "单位撤回".into() };
    assert_eq!(close.claim(), None);
    let given_back = |file: &UnitFile| {
        let events = decide_unit(file, &close, &clerk(), &office()).unwrap();
        events.iter().find_map(|e| file.gives_back(e))
    };
    let mut file = registered();
    assert_eq!(given_back(&file), claim);
    give(&mut file, UnitCommand::Upload { rows: 1 }, &clerk()).unwrap();
    assert_eq!(given_back(&file), None, "somebody came of it");
}

#[test]
fn art_10_2_a_units_form_has_the_number_of_the_city_that_accepts_it() {
    clause!(R10.2);
    clause!(X1.1);
    let other = UnitForm { form_no: "4403U1".into(), address: String::new(), ..form() };
    let all = told(&other);
    for says in ["缺：单位地址", "申请表编号4403U1是深圳市的编号，本批量申请在广州市受理，编号应以4401开头"]
    {
        assert!(all.contains(says), "{says}: {all}");
    }
    // A command that no page judged is refused alike, and so is one of a city where the number is right.
    let mut register = judged(&form(), &clerk()).unwrap();
    register.application.city = CityCode("4403".into());
    let refused =
        decide_unit(&UnitFile::new(UnitId(1)), &UnitCommand::Register(register), &clerk(), &office());
    let sentence = refused.unwrap_err().sentence();
    assert!(sentence.contains("4401U1是广州市的编号") && sentence.contains("第9条"), "{sentence}");
    // What another city accepted under this one's number before is named with its city.
    let mut taken = registered();
    taken.application.as_mut().unwrap().city = CityCode("4403".into());
    let told = form().judged(HR, CityCode("4401".into()), Some(&taken), &clerk()).unwrap_err().sentence();
    assert!(told.contains("已登记为受理编号1，2026-11-20由深圳市受理"), "{told}");
}

#[test]
fn art_9_2_the_five_days_run_from_the_acceptance_to_the_upload() {
    clause!(R9.2);
    let mut file = registered();
    // Accepted on Friday, registered on Monday.
    assert_eq!(file.clocks[0].due.last_day, date(2026, 11, 26));
    assert_eq!(file.state(), UnitState::Open);
    give(&mut file, UnitCommand::Upload { rows: 8 }, &by(Actor::System, date(2026, 11, 27))).unwrap();
    // Two are still to come: the days run, and are late.
    assert_eq!(
        (file.clocks[0].standing(date(2026, 11, 27)), file.state()),
        (Standing::Late, UnitState::Open)
    );
    let mut all = file.clone();
    give(&mut all, UnitCommand::Upload { rows: 2 }, &by(Actor::System, date(2026, 11, 30))).unwrap();
    assert_eq!((all.clocks[0].stopped_on, all.state()), (Some(date(2026, 11, 30)), UnitState::Done));
    let close = |reason: &str| UnitCommand::Close { reason: reason.into() };
    assert_eq!(give(&mut file, close(" "), &clerk()), Err(Reason::MaterialDefective));
    let unsaid = decide_unit(&file, &close(" "), &clerk(), &office()).unwrap_err().sentence();
    assert!(unsaid.contains("第9条") && !unsaid.contains("第8条"), "{unsaid}");
    give(&mut file, close("其余二人不予受理"), &clerk()).unwrap();
    assert_eq!(file.state(), UnitState::Done);
    assert!(file.clocks[0].stopped_on.is_some(), "办结 ends them");
    assert_eq!(give(&mut file, close("x"), &clerk()), Err(Reason::NothingToDo));
    let again = decide_unit(&file, &close("x"), &clerk(), &office()).unwrap_err().sentence();
    assert!(again.contains("该批量申请已办结") && !again.contains("第8条"), "{again}");
}

#[test]
fn art_9_2_a_unit_application_that_is_closed_takes_in_nobody_else() {
    clause!(R9.2);
    let mut file = registered();
    give(&mut file, UnitCommand::Upload { rows: 8 }, &clerk()).unwrap();
    give(&mut file, UnitCommand::Close { reason: "其余二人不予受理".into() }, &clerk()).unwrap();
    let tried = TryFile { outlet: HR, bank: None, rows: 2 };
    for who in [clerk(), by(Actor::System, TODAY)] {
        let try_it = UnitCommand::Try(tried.clone());
        let told = decide_unit(&file, &try_it, &who, &office()).unwrap_err().sentence();
        for says in ["该批量申请已办结，不再接收人员数据", "第9条", "另行办理批量申请或个人申请"]
        {
            assert!(told.contains(says), "{says}: {told}");
        }
    }
    assert_eq!(file.rows, 8);
}

/// Its file may have been on its way in when it was closed: what was taken in before counts, and its rows are refused since.
#[test]
fn art_9_2_rows_that_were_in_before_the_closing_count_and_none_is_taken_after_it() {
    clause!(R9.2);
    let mut file = registered();
    give(&mut file, UnitCommand::Close { reason: "单位撤回".into() }, &clerk()).unwrap();
    let stopped = file.clocks[0].stopped_on;
    give(&mut file, UnitCommand::Upload { rows: 3 }, &clerk()).unwrap();
    assert_eq!((file.rows, file.state(), file.clocks[0].stopped_on), (3, UnitState::Done, stopped));
    assert_eq!(give(&mut file, UnitCommand::Upload { rows: 8 }, &clerk()), Err(Reason::MorePeopleThanStated));
}

/// What was written until November 2026 keeps its meaning: the first data ended the days.
#[test]
fn art_9_2_an_upload_of_earlier_days_ends_the_period_as_it_did() {
    clause!(R9.2);
    let mut file = registered();
    let written: UnitEvent = serde_json::from_str(r#"{"uploaded":{"rows":8}}"#).unwrap();
    file.apply(&written, clerk().now);
    assert_eq!(file.clocks[0].stopped_on, Some(TODAY));
    let again = serde_json::to_string(&UnitEvent::Uploaded { rows: 8, awaited: 0 }).unwrap();
    assert_eq!(again, r#"{"uploaded":{"rows":8}}"#);
}

#[test]
fn art_9_2_papers_registered_after_the_first_data_run_on_for_those_who_are_still_to_come() {
    clause!(R9.2);
    let mut file = UnitFile::new(UnitId(2));
    let known = Outstanding { file: "SBK2".into(), city: CityCode("4401".into()), outlet: HR, people: 8 };
    let operator = by(Actor::System, TODAY);
    give(&mut file, UnitCommand::BeginWithoutPapers(known), &operator).unwrap();
    give(&mut file, UnitCommand::Upload { rows: 8 }, &operator).unwrap();
    give(&mut file, UnitCommand::Register(judged(&form(), &clerk()).unwrap()), &clerk()).unwrap();
    assert_eq!((file.state(), file.clocks[0].stopped_on), (UnitState::Open, None));
}

#[test]
fn art_10_2_more_people_than_stated_are_told_as_that_and_the_number_is_put_right() {
    clause!(R10.2);
    clause!(R9.2);
    let mut file = registered();
    let t = TryFile { outlet: HR, bank: None, rows: 11 };
    let told = decide_unit(&file, &UnitCommand::Try(t), &clerk(), &office()).unwrap_err().sentence();
    assert!(told.contains("申请总人数10，数据文件11人") && told.contains("第10条"), "{told}");
    assert!(told.contains("更正总人数") && !told.contains("清点") && !told.contains("卡号"), "{told}");
    let right = |people, reason: &str| UnitCommand::CorrectPeople { people, reason: reason.into() };
    let wrong = decide_unit(&file, &right(0, " "), &clerk(), &office()).unwrap_err().sentence();
    assert!(wrong.contains("不是人数") && wrong.contains("须写明更正总人数的原因"), "all at once: {wrong}");
    assert_eq!(give(&mut file, right(10, "笔误"), &clerk()), Err(Reason::NothingToDo));
    give(&mut file, right(11, "登记笔误"), &clerk()).unwrap();
    give(&mut file, UnitCommand::Upload { rows: 9 }, &clerk()).unwrap();
    assert_eq!(give(&mut file, right(8, "登记笔误"), &clerk()), Err(Reason::MorePeopleThanStated));
    // With nine the data are complete since they were uploaded; with ten one is still to come.
    give(&mut file, right(9, "二人不再申请"), &by(Actor::Officer(OfficerId(1)), date(2026, 11, 24))).unwrap();
    assert_eq!((file.state(), file.clocks[0].stopped_on), (UnitState::Done, Some(TODAY)));
    // Nothing is awaited, and the number may still have been stated too low.
    assert_eq!((file.ended(), file.can_be_corrected()), (Some("已全部上传"), true));
    give(&mut file, right(10, "漏登一人"), &clerk()).unwrap();
    assert_eq!((file.state(), file.clocks[0].stopped_on), (UnitState::Open, None));
    give(&mut file, UnitCommand::Close { reason: "不予受理".into() }, &clerk()).unwrap();
    assert_eq!((file.ended(), file.can_be_corrected()), (Some("已办结"), false));
    assert_eq!(give(&mut file, right(12, "漏登"), &clerk()), Err(Reason::NothingToDo));
    let mut unknown = UnitFile::new(UnitId(3));
    assert_eq!(give(&mut unknown, right(2, "漏登"), &clerk()), Err(Reason::UnitNotRegistered));
}

#[test]
fn art_9_a_file_belongs_to_an_application_of_its_city_with_people_enough() {
    clause!(R9.1);
    let file = registered();
    let ask = |outlet: i64, rows: u32, ctx: &Ctx| {
        let t = TryFile { outlet: OrgId(outlet), bank: None, rows };
        decide_unit(&file, &UnitCommand::Try(t), ctx, &office()).map(|_| ()).map_err(|r| r.reason)
    };
    let city = by(Actor::Officer(OfficerId(3)), TODAY);
    assert_eq!(ask(2, 10, &city), Ok(()), "the city centre sends what its outlet has accepted");
    assert_eq!(ask(3, 10, &clerk()), Ok(()));
    assert_eq!(ask(2, 11, &city), Err(Reason::MorePeopleThanStated));
    assert_eq!(ask(6, 10, &by(Actor::System, TODAY)), Err(Reason::OutOfScope), "Shenzhen's file");
    let bank = by(Actor::Officer(OfficerId(2)), TODAY);
    assert_eq!(ask(4, 10, &bank), Err(Reason::OutOfScope), "another office's application");
}

#[test]
fn art_9_papers_that_nobody_saw_are_outstanding_and_registered_later() {
    clause!(R9.1);
    clause!(X4.1);
    let mut file = UnitFile::new(UnitId(2));
    let known = Outstanding { file: "SBK2".into(), city: CityCode("4401".into()), outlet: HR, people: 10 };
    let begin = || UnitCommand::BeginWithoutPapers(known.clone());
    assert_eq!(give(&mut file, begin(), &clerk()), Err(Reason::UnitNotRegistered), "no officer does without");
    let operator = by(Actor::System, TODAY);
    assert_eq!(give(&mut file, UnitCommand::Upload { rows: 1 }, &operator), Err(Reason::UnitNotRegistered));
    give(&mut file, begin(), &operator).unwrap();
    give(&mut file, UnitCommand::Upload { rows: 10 }, &operator).unwrap();
    assert_eq!(file.state(), UnitState::Outstanding);
    assert!(file.clocks.is_empty(), "when they were accepted is not known: no clock is invented");
    assert_eq!(give(&mut file, UnitCommand::Print, &clerk()), Err(Reason::NotFound));
    let fewer = judged(&UnitForm { people: "9".into(), ..form() }, &clerk()).unwrap();
    assert_eq!(give(&mut file, UnitCommand::Register(fewer), &clerk()), Err(Reason::MorePeopleThanStated));
    let register = judged(&form(), &clerk()).unwrap();
    give(&mut file, UnitCommand::Register(register), &clerk()).unwrap();
    assert_eq!((file.state(), file.clocks[0].standing(TODAY)), (UnitState::Done, Standing::Kept));
    give(&mut file, UnitCommand::Print, &clerk()).unwrap();
    assert_eq!(
        UnitCommand::Print.verb(),
        kaguan_domain::permission::Verb::PrintUnitForms,
        "no application again"
    );
    let items = file.application.unwrap().mandate_items("天河区窗口");
    assert!(
        items.contains(&("授权期限", "至2026年12月31日".into())) && items.contains(&("性别", "男性".into()))
    );
}

#[test]
fn art_9_2_the_days_of_the_upload_are_counted_again_when_one_of_them_is_said_to_be_off() {
    clause!(R9.2);
    let file = registered();
    let last = file.clocks[0].due.last_day;
    let duty = by(Actor::System, TODAY);
    let recompute = |office| decide_unit(&file, &UnitCommand::RecomputeClocks, &duty, &office);
    assert_eq!(recompute(office()).unwrap_err().reason, Reason::NothingToDo);
    let mut told = office();
    let off = HolidayRow { date: last, kind: DayKind::Off, name: "通知".into() };
    told.apply(&InstitutionEvent::NoticeTaken { days: vec![off] });
    let events = recompute(told).unwrap();
    let mut again = file.clone();
    events.iter().for_each(|e| again.apply(e, duty.now));
    assert!(again.clocks[0].due.last_day > last);
}

/// 样例公司 was registered before the papers were recorded one by one: nobody was registered without all of them.
#[test]
fn art_9_1_a_unit_of_earlier_days_had_shown_its_peoples_documents() {
    clause!(R9.1);
    let mut file = crate::stated::unit_registered(UnitId(1));
    assert!(!file.seen().unwrap().applicant_documents, "of today: as the clerk states it");
    file.application.as_mut().unwrap().accepted_on = None;
    assert!(file.seen().unwrap().applicant_documents);
}
