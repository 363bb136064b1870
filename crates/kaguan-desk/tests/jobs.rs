//! Jobs that an agent refuses: of another desk, of nobody, old ones, such as were done, such as were changed, and such as would give one
//! person another's card.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use kaguan_api::desk::{Item, Job, Kind, Outcome, Signed, Work, person};
use kaguan_api::sign::Secret;
use kaguan_desk::kept::Kept;
use kaguan_desk::run::take;
use kaguan_desk_driver::{Machine, blank};

const CHIP: &str = "440100D15600000500A1B2C3D4E5F601";
const NUMBER: &str = "440106199001010013";

struct Desk {
    dir: tempfile::TempDir,
    system: Secret,
    machine: Machine,
}

impl Desk {
    fn new() -> Self {
        let (dir, system) = (tempfile::tempdir().unwrap(), Secret::fresh());
        Kept::open(dir.path()).unwrap().paired(7, &system.public()).unwrap();
        let mut machine = Machine::open(dir.path().join("machine"));
        machine.fill(1, &blank(CHIP, "00", "A00000011")).unwrap();
        machine.load(1).unwrap();
        Self { dir, system, machine }
    }

    fn job(&self, id: &str, number: &str, work: Work) -> Job {
        Job {
            id: id.into(),
            desk: 7,
            session: "s".into(),
            officer: 1,
            card: CHIP.into(),
            person: person(id, number),
            expires: 60_000,
            work,
        }
    }

    fn signed(&self, job: &Job) -> Signed {
        Signed::of(Kind::Job, job, &self.system).unwrap()
    }

    /// Each time an agent that has just started: what it knows is on its disk.
    fn takes(&mut self, signed: &Signed, now: i64) -> Option<Outcome> {
        let mut kept = Kept::open(self.dir.path()).unwrap();
        take(&mut self.machine, &mut kept, signed, now).map(|a| a.outcome)
    }

    fn does(&mut self, id: &str, number: &str, work: Work) -> Outcome {
        let signed = self.signed(&self.job(id, number, work));
        self.takes(&signed, 1).unwrap()
    }
}

fn why(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Refused { why } => why.clone(),
        Outcome::Failed { code, words } => format!("{code} {words}"),
        Outcome::Done | Outcome::Card(_) | Outcome::Identity(_) | Outcome::ChipKey(_) => "done".into(),
    }
}

fn write(number: &str, name: &str) -> Work {
    let item =
        |tag: &str, value: &str| Item { file: "SSSEEF06".into(), tag: tag.into(), value: value.into() };
    Work::Write { card_no: "A00000011".into(), items: vec![item("08", number), item("09", name)] }
}

fn print(number: &str, name: &str) -> Work {
    let text = |said: String| format!("{said}|宋体|8.5|320|180");
    let texts = vec![
        text(format!("姓名  {name}")),
        text(format!("社会保障号码  {number}")),
        text("卡号  A00000011".into()),
    ];
    Work::Print { texts, photos: Vec::new() }
}

#[test]
fn a_job_of_somebody_else_an_old_one_a_changed_one_and_one_that_was_done_are_refused() {
    let mut d = Desk::new();
    let job = d.job("1", NUMBER, Work::Read);
    let stolen = Signed::of(Kind::Job, &job, &Secret::fresh()).unwrap();
    assert!(d.takes(&stolen, 1).is_none(), "nobody's key");
    let other = d.signed(&Job { desk: 8, ..d.job("2", NUMBER, Work::Read) });
    assert!(d.takes(&other, 1).is_none(), "another desk's");
    let honest = d.signed(&d.job("3", NUMBER, Work::Eject { good: false }));
    let changed = Signed { body: honest.body.replace("false", "true"), ..honest.clone() };
    assert!(d.takes(&changed, 1).is_none(), "a changed step");
    let late = d.takes(&honest, 60_001).unwrap();
    assert!(why(&late).contains("过期"));
    assert_eq!(why(&d.takes(&honest, 60_000).unwrap()), "done");
    let again = d.takes(&honest, 60_000).unwrap();
    assert!(why(&again).contains("已执行过"), "after a restart too");
}

#[test]
fn no_card_is_written_or_printed_for_another_person_than_the_jobs() {
    let mut d = Desk::new();
    let lisi = "440106199001010021";
    assert!(why(&d.does("1", NUMBER, write(lisi, "李四"))).contains("不符"));
    assert_eq!(why(&d.does("2", NUMBER, write(NUMBER, "张三"))), "done");
    assert!(why(&d.does("3", lisi, write(lisi, "李四"))).contains("他人资料"));
    assert!(why(&d.does("4", lisi, print(lisi, "李四"))).contains("不一致"));
    assert!(why(&d.does("5", NUMBER, print(lisi, "张三"))).contains("不一致"));
    assert!(why(&d.does("6", NUMBER, print(NUMBER, "李四"))).contains("不一致"));
    let elsewhere = Job { card: CHIP.replace("01", "02"), ..d.job("7", NUMBER, print(NUMBER, "张三")) };
    let signed = d.signed(&elsewhere);
    assert!(why(&d.takes(&signed, 1).unwrap()).contains("不是本次办理的卡"));
    assert_eq!(d.machine.places().slot.as_deref(), Some(CHIP), "nothing went out");
    assert_eq!(why(&d.does("8", NUMBER, print(NUMBER, "张三"))), "done");
    assert_eq!(d.machine.places().good, [CHIP]);
}

#[test]
fn a_long_name_goes_on_in_its_second_place_and_a_character_without_a_glyph_stops_before_a_blank_is_taken() {
    let mut d = Desk::new();
    let long = format!("{}\u{20BB7}", "买买提".repeat(5));
    assert_eq!(why(&d.does("1", NUMBER, write(NUMBER, &long))), "done");
    let Outcome::Card(read) = d.does("2", NUMBER, Work::Read) else { panic!("read") };
    assert_eq!(read.name, long);
    assert!(why(&d.does("3", NUMBER, write(NUMBER, &"买".repeat(26)))).contains("50字节"));
    let texts = vec!["姓名  张\u{FFFFE}|宋体-18030|8.5|320|180".to_owned()];
    let load = Work::Load { card_box: 1, texts };
    assert!(why(&d.does("4", NUMBER, load)).contains("没有“\u{FFFFE}”的字形"));
}

#[test]
fn a_pin_is_typed_at_the_reader_and_stands_in_no_answer_and_on_no_disk() {
    let mut d = Desk::new();
    let press = |d: &Desk, lines: &str| std::fs::write(d.dir.path().join("machine/keypad"), lines).unwrap();
    press(&d, "123456\n385274\n385274\n");
    assert_eq!(why(&d.does("1", "", Work::ChangePin)), "done");
    for left in (1..6).rev() {
        press(&d, "111111\n385274\n385275\n");
        assert!(
            why(&d.does(&format!("d{left}"), "", Work::ChangePin)).starts_with("-34"),
            "nothing is tried"
        );
        press(&d, "111111\n385276\n385276\n");
        assert_eq!(
            why(&d.does(&format!("w{left}"), "", Work::ChangePin)),
            format!("-51 密码错误，还可尝试{left}次")
        );
    }
    press(&d, "111111\n385276\n385276\n");
    assert_eq!(why(&d.does("w0", "", Work::ChangePin)), "-52 密码已锁定");
    assert_eq!(why(&d.does("u", "", Work::UnlockPin { card_no: "A00000011".into() })), "done");
    press(&d, "907152\n907152\n");
    assert_eq!(why(&d.does("r", "", Work::ResetPin { card_no: "A00000011".into() })), "done");
    for file in ["spent", "desk.json", "desk.key"] {
        let text = std::fs::read_to_string(d.dir.path().join(file)).unwrap();
        assert!(!["385274", "385276", "907152", "111111"].iter().any(|p| text.contains(p)), "{file}");
    }
}
