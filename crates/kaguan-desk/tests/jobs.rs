//! Jobs that an agent refuses: of another desk, of nobody, old ones, such as were done, such as were changed, and such as would give one
//! person another's card.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use kaguan_api::desk::{
    InSteps, Item, Job, Kind, LARGEST_PAPER, MACHINE_SILENT, MachineAnswer, MachineAsk, Outcome, Signed,
    Work, person,
};
use kaguan_api::sign::{Public, Secret, digest};
use kaguan_desk::kept::Kept;
use kaguan_desk::run::{self, take};
use kaguan_desk_driver::{Keys as _, Machine, VirtualKeys, blank, machine_says};

const CHIP: &str = "440100D15600000500A1B2C3D4E5F601";
const NUMBER: &str = "440106199001010013";

struct Desk {
    dir: tempfile::TempDir,
    system: Secret,
    machine: Machine,
    /// What lies on the scanner.
    paper: Option<Vec<u8>>,
    /// What the province's machine was asked, and what comes back instead of its answer.
    asked: Vec<(InSteps, u8)>,
    back: fn(MachineAnswer) -> Option<MachineAnswer>,
}

impl Desk {
    fn new() -> Self {
        let (dir, system) = (tempfile::tempdir().unwrap(), Secret::fresh());
        Kept::open(dir.path()).unwrap().paired(7, &system.public()).unwrap();
        let mut machine = Machine::open(dir.path().join("machine"));
        machine.fill(1, &blank(CHIP, "00", "A00000011")).unwrap();
        machine.load(1).unwrap();
        Self { dir, system, machine, paper: None, asked: Vec::new(), back: Some }
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
        let own = Public::parse(&kept.secret.public()).unwrap();
        let Self { machine, system, paper, asked, back, .. } = self;
        let mut carry = |signed: &Signed| {
            let ask: MachineAsk = signed.read(Kind::MachineAsk, &own).unwrap();
            asked.push((ask.function, ask.step));
            let key = machine_says(&ask.said, |chip, n, block| VirtualKeys.cryptogram(chip, n, block).ok());
            let answer = back(MachineAnswer { job: ask.job, seq: ask.seq, key })?;
            Some(Signed::of(Kind::MachineAnswer, &answer, system).unwrap())
        };
        let mut scan = || paper.clone().ok_or_else(|| "扫描仪上没有纸张".to_owned());
        let desk = run::Desk { device: machine, carry: &mut carry, scan: &mut scan };
        take(desk, &mut kept, signed, now).map(|a| a.outcome)
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
        Outcome::Done
        | Outcome::Card(_)
        | Outcome::Identity(_)
        | Outcome::ChipKey(_)
        | Outcome::Paper { .. } => "done".into(),
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

#[test]
fn annex_9_without_a_psam_what_needs_keys_is_done_in_steps_with_the_provinces_machine() {
    let mut d = Desk::new();
    std::fs::write(d.dir.path().join("machine/no-psam"), "").unwrap();
    let card_no = || "A00000011".to_owned();
    let Outcome::Card(read) = d.does("1", "", Work::Read) else { panic!("read") };
    assert_eq!((read.chip.as_str(), read.number.as_str()), (CHIP, ""));
    assert_eq!(why(&d.does("2", NUMBER, write(NUMBER, "张三"))), "done");
    let Outcome::Card(read) = d.does("3", "", Work::Read) else { panic!("read") };
    assert_eq!((read.number.as_str(), read.name.as_str()), (NUMBER, "张三"));
    let read_and = |function, steps| (1..=steps).map(move |n| (function, n));
    let begun = read_and(InSteps::ReadBasic, 1);
    let wanted = begun.clone().chain(begun).chain(read_and(InSteps::Write, 1));
    assert_eq!(d.asked, wanted.chain(read_and(InSteps::ReadBasic, 1)).collect::<Vec<_>>());

    let press = |d: &Desk, lines: &str| std::fs::write(d.dir.path().join("machine/keypad"), lines).unwrap();
    assert!(why(&d.does("4", "", Work::UnlockPin { card_no: card_no() })).starts_with("-27013"));
    for n in 0..6 {
        press(&d, "111111\n385276\n385276\n");
        d.does(&format!("w{n}"), "", Work::ChangePin);
    }
    assert_eq!(why(&d.does("5", "", Work::UnlockPin { card_no: card_no() })), "done");
    // The new PIN is typed once, between the steps.
    d.asked.clear();
    press(&d, "385276\n385276\n");
    assert_eq!(why(&d.does("6", "", Work::ResetPin { card_no: card_no() })), "done");
    let wanted = read_and(InSteps::ReadBasic, 1).chain(read_and(InSteps::ReloadPin, 2));
    assert_eq!(d.asked, wanted.collect::<Vec<_>>());
    press(&d, "385276\n907152\n907152\n");
    assert_eq!(why(&d.does("7", "", Work::ChangePin)), "done");
}

#[test]
fn annex_9_where_the_provinces_machine_is_silent_the_card_is_as_it_was() {
    let mut d = Desk::new();
    std::fs::write(d.dir.path().join("machine/no-psam"), "").unwrap();
    let before = d.machine.card(CHIP).unwrap();
    let silent = format!("{MACHINE_SILENT} ");
    // No answer, none of the machine, one to another question, one of another job.
    let backs: [fn(MachineAnswer) -> Option<MachineAnswer>; 4] = [
        |_| None,
        |a| Some(MachineAnswer { key: None, ..a }),
        |a| Some(MachineAnswer { seq: a.seq + 1, ..a }),
        |a| Some(MachineAnswer { job: "0".into(), ..a }),
    ];
    for (n, back) in backs.into_iter().enumerate() {
        d.back = back;
        let said = why(&d.does(&format!("w{n}"), NUMBER, write(NUMBER, "张三")));
        assert!(said.starts_with(&silent) && said.contains("卡没有改动"), "{said}");
        let said = why(&d.does(&format!("r{n}"), "", Work::ResetPin { card_no: "A00000011".into() }));
        assert!(said.starts_with(&silent), "{said}");
    }
    d.back = |a| Some(MachineAnswer { key: Some("00".into()), ..a });
    assert!(why(&d.does("x", NUMBER, write(NUMBER, "张三"))).starts_with("-14"));
    d.back = |a| Some(MachineAnswer { key: Some(format!("{}|", "00".repeat(16))), ..a });
    assert!(why(&d.does("y", NUMBER, write(NUMBER, "张三"))).starts_with("-25538"), "a proof that is none");
    assert!(d.machine.card(CHIP).unwrap() == before);
}

#[test]
fn a_paper_is_scanned_and_what_is_none_or_too_much_is_said() {
    let mut d = Desk::new();
    assert_eq!(why(&d.does("1", "", Work::Scan)), "扫描仪上没有纸张");
    d.paper = Some(Vec::new());
    assert!(why(&d.does("2", "", Work::Scan)).contains("没有送出影像"));
    d.paper = Some(vec![0; LARGEST_PAPER + 1]);
    assert!(why(&d.does("3", "", Work::Scan)).contains("超过16MB"));
    let paper = b"\xFF\xD8\xFF a page".to_vec();
    d.paper = Some(paper.clone());
    let Outcome::Paper { digest: said, length, picture } = d.does("4", "", Work::Scan) else {
        panic!("paper")
    };
    assert_eq!((said, length), (digest(&paper), paper.len()));
    assert_eq!(picture, paper);
}
