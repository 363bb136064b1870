//! The simulated card as a card of PC/SC: `pcscd`, `opensc-tool` and `pcsc_scan` see it, and our own backend reads it. The service is one of
//! this test alone, on a socket of its own.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use kaguan_api::desk::{Job, Kind, NewPin, Outcome, Signed, Work};
use kaguan_api::sign::{Secret, fresh_nonce};
use kaguan_desk::device::Device as _;
use kaguan_desk::kept::Kept;
use kaguan_desk::pcsc::{Pcsc, PinEntry};
use kaguan_desk::run::{Desk, take};
use kaguan_desk::window::TerminalWindow;
use kaguan_desk_driver::{Machine, Terminal, VirtualKeys, blank};
use kaguan_reader_soft::service::{Service, installed, keypad_reader};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

const CHIP: &str = "440100D15600000500A1B2C3D4E5F601";
const RESET: &str = "00814A444686844401A1B2C3D4";
const DRIVER: &str = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";

struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The first line that a program says; what it says afterwards is let go.
fn first_line(child: &mut Child) -> String {
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
    line
}

/// A card with its holder's number under the reader of a machine.
fn holders_card(machine: &mut Machine) {
    machine.fill(1, &blank(CHIP, RESET, "A00000011")).unwrap();
    machine.load(1).unwrap();
    let info = format!("{CHIP}|A00000011|");
    Terminal(machine).write(1, &info, "SSSEEF06|08|$", "SSSEEF06|440106199001010013|$").unwrap();
}

/// A virtual reader with a service of its own.
struct Readers {
    service: Service,
    port: u16,
    dir: tempfile::TempDir,
}

impl Readers {
    /// Nothing where the programs are not installed.
    fn start() -> Option<Self> {
        if !Path::new(DRIVER).exists() || !installed(&["pcscd", "opensc-tool", "pcsc_scan", "python3"]) {
            println!("pcscd, vsmartcard-vpcd, opensc or pcsc-tools is not installed");
            return None;
        }
        // The reader has two slots, each at a port of its own, and the tests of this program may run at once.
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let own =
            usize::try_from(std::process::id()).unwrap() + 5_000 * STARTED.fetch_add(1, Ordering::Relaxed);
        let port = (20_000..60_000)
            .step_by(2)
            .cycle()
            .skip(own % 20_000)
            .take(20_000)
            .find(|p| [*p, p + 1].into_iter().all(|p| std::net::TcpListener::bind(("0.0.0.0", p)).is_ok()))
            .unwrap();
        let text = format!(
            "FRIENDLYNAME \"Kaguan Virtual\"\nDEVICENAME /dev/null:{port:#06X}\nLIBPATH {DRIVER}\nCHANNELID {port:#06X}\n"
        );
        Self::serve(tempfile::tempdir().unwrap(), port, &text)
    }

    /// The reader with a keypad, and a card in it.
    fn with_keypad() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let machine = dir.path().join("machine");
        holders_card(&mut Machine::open(&machine));
        let text = keypad_reader(&machine, &built("kaguan_reader_soft"));
        Self::serve(dir, 0, &text)
    }

    fn serve(dir: tempfile::TempDir, port: u16, text: &str) -> Option<Self> {
        let service = Service::start(dir.path(), text)?;
        Some(Self { service, port, dir })
    }

    fn program(&self, name: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(name);
        let (variable, socket) = self.service.named();
        command.env(variable, socket);
        command
    }

    fn says(&self, name: &str, args: &[&str]) -> String {
        let said = self.program(name).args(args).stdin(Stdio::null()).output().unwrap();
        let text = String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned();
        assert!(said.status.success(), "{name} {args:?}: {text}");
        text
    }

    fn machine(&self) -> PathBuf {
        self.dir.path().join("machine")
    }

    /// The card under the machine's reader is in the virtual one.
    fn puts_in(&self) -> Ended {
        let at = format!("127.0.0.1:{}", self.port);
        let dir = self.machine();
        // Until the service has looked at its configuration there is nobody at the port; asking for readers waits for that.
        let began = std::time::Instant::now();
        while !self.says(DESK, &["readers"]).contains("Kaguan Virtual") {
            assert!(began.elapsed().as_secs() < 30, "pcscd has no reader");
        }
        let mut card = Command::new(DESK)
            .args(["virtual-card", "--vpcd", &at, "--virtual"])
            .arg(dir)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        assert!(first_line(&mut card).contains("已插入"));
        Ended(card)
    }
}

/// Where cargo has put a library that it built for these tests.
fn built(library: &str) -> PathBuf {
    let mut dir = std::env::current_exe().unwrap();
    dir.pop();
    let name = format!("{}{library}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    [dir.join("..").join(&name), dir.join(&name)]
        .into_iter()
        .filter(|p| p.exists())
        // One that was built with the programs may be older than that of the tests.
        .max_by_key(|p| p.metadata().and_then(|m| m.modified()).unwrap())
        .expect("the library is built")
}

const DESK: &str = env!("CARGO_BIN_EXE_kaguan-desk");

#[test]
fn annex_9_the_virtual_card_is_a_card_of_pcsc_to_strangers_and_to_our_backend() {
    let Some(readers) = Readers::start() else { return };
    let mut machine = Machine::open(readers.machine());
    machine.fill(1, &blank(CHIP, RESET, "A00000011")).unwrap();
    machine.load(1).unwrap();
    let info = format!("{CHIP}|A00000011|");
    Terminal(&mut machine)
        .write(
            1,
            &info,
            "SSSEEF06|08|09|$DF01EF06|28|$",
            "SSSEEF06|440106199001010013|张三|$DF01EF06|13800138000|$",
        )
        .unwrap();
    let card = readers.puts_in();

    let said = readers.says(DESK, &["card", "--pcsc", "Kaguan", "--wait", "20", "--virtual-keys"]);
    for line in [
        format!("SSSE/EF05/01 卡的识别码：{CHIP}"),
        "SSSE/EF05/07 卡号：A00000011".into(),
        "SSSE/EF06/08 社会保障号码：440106199001010013".into(),
        "SSSE/EF06/09 姓名：张三".into(),
        "DF01/EF06/28 联系电话：13800138000".into(),
    ] {
        assert!(said.contains(&line), "{line} in {said}");
    }
    let said = readers.says(DESK, &["card", "--pcsc", "Kaguan"]);
    assert!(said.contains("卡号：A00000011") && said.contains("姓名：不能读（无PSAM卡）"), "{said}");

    // The same with the keys in a machine, which the program loads by its path.
    let keys = readers.dir.path().join("keys");
    readers.says(DESK, &["virtual-keys", &keys.display().to_string()]);
    let args = ["card", "--pcsc", "Kaguan", "--sdf", &built("kaguan_sdf_soft").display().to_string()];
    let said = readers.program(DESK).args(args).env("KAGUAN_SDF_KEYS", &keys).output().unwrap();
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(text.contains("姓名：张三"), "{text}{}", String::from_utf8_lossy(&said.stderr));

    let atr = "3b:6d:00:00:00:81:4a:44:46:86:84:44:01:a1:b2:c3:d4";
    assert!(readers.says("opensc-tool", &["--atr", "--reader", "0"]).contains(atr));
    let directory = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF";
    let args =
        ["--card-driver", "default", "-r", "0", "-s", directory, "-s", "00A4020002EF05", "-s", "00B2070009"];
    let said = readers.says("opensc-tool", &args);
    assert_eq!(said.matches("SW1=0x90, SW2=0x00").count(), 3, "{said}");
    assert!(said.contains("A00000011"), "{said}");
    let said = readers.says("pcsc_scan", &["-n", "-c"]);
    assert!(said.contains("Kaguan Virtual") && said.contains("3B 6D 00 00 00 81 4A 44"), "{said}");

    drop(card);
    let gone = readers.program(DESK).args(["card", "--pcsc", "Kaguan"]).output().unwrap();
    assert!(!gone.status.success() || String::from_utf8_lossy(&gone.stdout).contains("不能读"));
}

/// Types at a terminal what is asked for, and looks through the memory of the program that asked afterwards. The new PIN is made here, so
/// that it stands in no program.
const TYPIST: &str = r#"
import os, pty, random, re, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
seen = b''
def until(word):
    global seen
    while word.encode() not in seen:
        seen += os.read(fd, 4096)
    seen = seen.split(word.encode(), 1)[1]
def line(word):
    until(word)
    global seen
    while b'\n' not in seen:
        seen += os.read(fd, 4096)
    return seen.split(b'\n', 1)[0].decode()
def types(*pins):
    for word, pin in zip(['当前密码', '输入新密码', '再输入一次'], pins):
        until(word); until('取消：')
        os.write(fd, pin.encode() + b'\r')
    return line('RESULT')
first = '5'
while len(set(first)) < 5 or first[:2] in ('12', '44') or first[2:4] == '19':
    first = ''.join(random.choice('23456789') for _ in range(6))
initial, second = '123456', first[::-1]
said = [types(initial, '777777', '777777'), types(initial, '900101', '900101'), types(initial, first, second),
        types(first, second, second), types(initial, first, first), types(first, second, second)]
for word, one in zip(['同一个数字', '出生日期', '-34', '-51', 'Ok', 'Ok'], said):
    assert word in one, (word, said)
until('RESULT'); until('当前密码'); until('取消：')
os.write(fd, b'\x1b')
until('-31')
until('DONE')
forms = {p.encode() for p in (first, second)} | {bytes.fromhex(a + 'ff' + b) for a, b in
         [(initial, first), (first, second)]}
found = []
for area in open(f'/proc/{pid}/maps'):
    ends = re.match(r'([0-9a-f]+)-([0-9a-f]+) rw', area)
    if not ends or '[v' in area: continue
    start, end = (int(e, 16) for e in ends.groups())
    with open(f'/proc/{pid}/mem', 'rb') as memory:
        memory.seek(start)
        try: held = memory.read(end - start)
        except OSError: continue
    for form in forms:
        for hit in re.finditer(rb'(?<![0-9])' + re.escape(form) + rb'(?![0-9])', held):
            found.append((area.strip(), held[max(0, hit.start() - 24):hit.end() + 24]))
assert not found, found
os.write(fd, b'\n')
os.waitpid(pid, 0)
print('typed')
"#;

#[test]
fn art_18_and_19_a_pin_is_typed_in_the_agents_own_window_and_is_nowhere_afterwards() {
    const THIS: &str = "art_18_and_19_a_pin_is_typed_in_the_agents_own_window_and_is_nowhere_afterwards";
    if let Some(name) = std::env::var_os("KAGUAN_TEST_READER") {
        let name = name.to_string_lossy();
        let mut reader =
            Pcsc::open(&name, Box::new(VirtualKeys), Box::new(TerminalWindow), PinEntry::Auto).unwrap();
        assert_eq!(reader.new_pin(), NewPin::Judged, "the reader has no keypad");
        for _ in 0..6 {
            println!("RESULT {:?}", reader.change_pin());
        }
        println!("RESULT");
        println!("{:?}", reader.change_pin());
        println!("DONE");
        std::io::stdin().read_line(&mut String::new()).unwrap();
        return;
    }
    let Some(readers) = Readers::start() else { return };
    holders_card(&mut Machine::open(readers.machine()));
    let _card = readers.puts_in();
    readers.says(DESK, &["card", "--pcsc", "Kaguan", "--wait", "20"]);
    let own = std::env::current_exe().unwrap().display().to_string();
    let said = readers
        .program("timeout")
        .args(["60", "python3", "-c", TYPIST, &own, THIS, "--exact", "--nocapture"])
        .env("KAGUAN_TEST_READER", "Kaguan")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned();
    assert!(said.status.success() && text.contains("typed"), "{text}");
}

/// What an agent says of a job.
fn said(outcome: &Outcome) -> String {
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

/// The agent's part of a desk, in a process of its own: a signed job for each line, and what came of it.
fn does_jobs(name: &str) {
    let entry = match std::env::var("KAGUAN_TEST_ENTRY").unwrap().as_str() {
        "keypad" => PinEntry::Keypad,
        "window" => PinEntry::Window,
        _ => PinEntry::Auto,
    };
    let mut reader = Pcsc::open(name, Box::new(VirtualKeys), Box::new(TerminalWindow), entry).unwrap();
    println!("RESULT {:?} {}", reader.new_pin(), reader.dialect());
    let (dir, system) = (tempfile::tempdir().unwrap(), Secret::fresh());
    let mut kept = Kept::open(dir.path()).unwrap();
    kept.paired(7, &system.public()).unwrap();
    let chip = CHIP.to_owned();
    for (n, line) in std::io::stdin().lines().enumerate() {
        let card_no = "A00000011".to_owned();
        let work = match line.unwrap().as_str() {
            "change" => Work::ChangePin,
            "unlock" => Work::UnlockPin { card_no },
            "reset" => Work::ResetPin { card_no },
            _ => {
                // Files of DF01 are open to whoever has typed the PIN.
                let read = reader.call(|t| t.read(3, 1, "", "DF01EF06|28|$"));
                println!("RESULT {read:?}");
                continue;
            }
        };
        let job = Job {
            id: format!("j{n}"),
            desk: 7,
            session: "s".into(),
            officer: 1,
            card: chip.clone(),
            person: String::new(),
            expires: 60_000,
            work,
        };
        let signed = Signed::of(Kind::Job, &job, &system).unwrap();
        let desk =
            Desk {
                device: &mut reader, carry: &mut |_| None, scan: &mut || Err("没有接扫描仪".into())
            };
        let answer = take(desk, &mut kept, &signed, 1).unwrap();
        println!("RESULT {}", said(&answer.outcome));
    }
}

/// An agent at a reader.
struct Agent {
    child: Ended,
    out: BufReader<std::process::ChildStdout>,
}

impl Agent {
    fn begins(readers: &Readers, test: &str, entry: &str) -> Self {
        let mut child = readers
            // Without a terminal, so that nobody at one is asked.
            .program("setsid")
            .arg(std::env::current_exe().unwrap())
            .args([test, "--exact", "--nocapture"])
            .env("KAGUAN_TEST_READER", "Kaguan")
            .env("KAGUAN_TEST_ENTRY", entry)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child: Ended(child), out }
    }

    fn says(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert!(self.out.read_line(&mut line).unwrap() > 0, "the agent is gone");
            if let Some((_, result)) = line.split_once("RESULT ") {
                return result.trim().to_owned();
            }
        }
    }

    fn does(&mut self, job: &str) -> String {
        writeln!(self.child.0.stdin.as_mut().unwrap(), "{job}").unwrap();
        self.says()
    }

    /// How often bytes stand in what the agent can write in its memory.
    fn holds(&self, what: &[u8]) -> usize {
        let at = PathBuf::from(format!("/proc/{}", self.child.0.id()));
        let mut memory = std::fs::File::open(at.join("mem")).unwrap();
        let mut found = 0;
        for area in std::fs::read_to_string(at.join("maps")).unwrap().lines() {
            let mut parts = area.split_whitespace();
            let (ends, may) = (parts.next().unwrap(), parts.next().unwrap());
            if !may.starts_with("rw") || area.contains("[v") {
                continue;
            }
            let (start, end) = ends.split_once('-').unwrap();
            let [start, end] = [start, end].map(|n| u64::from_str_radix(n, 16).unwrap());
            let mut held = vec![0; usize::try_from(end - start).unwrap()];
            memory.seek(SeekFrom::Start(start)).unwrap();
            if memory.read_exact(&mut held).is_ok() {
                found += held.windows(what.len()).filter(|w| *w == what).count();
            }
        }
        found
    }
}

/// Six digits that stand in no program, not simple, and not of the holder's number.
fn made_up() -> String {
    let digits: String = fresh_nonce().bytes().take(5).map(|b| char::from(b'2' + b % 8)).collect();
    digits + "0"
}

#[test]
fn art_18_to_21_a_pin_is_typed_at_the_readers_keypad_and_is_never_in_the_agent() {
    const THIS: &str = "art_18_to_21_a_pin_is_typed_at_the_readers_keypad_and_is_never_in_the_agent";
    if let Some(name) = std::env::var_os("KAGUAN_TEST_READER") {
        return does_jobs(&name.to_string_lossy());
    }
    let Some(readers) = Readers::with_keypad() else { return };
    let machine = Machine::open(readers.machine());
    let mut agent = Agent::begins(&readers, THIS, "auto");
    assert_eq!(agent.says(), "NotJudged PC/SC读卡器（密码键盘）");
    let (first, second, third) = (made_up(), made_up(), made_up());
    let mut does = |job: &str, keys: &[&str]| {
        std::fs::write(readers.machine().join("keypad"), keys.join("\n") + "\n").unwrap();
        agent.does(job)
    };
    let is = |pin: &str, tries: u8| {
        let card = machine.card(CHIP).unwrap();
        card.is_pin(pin) && card.tries == tries
    };
    // What the reader ends by itself has the codes of the window, and the chip was not asked.
    assert_eq!(does("change", &["123456", &first, &second]), "-34 两次输入密码不一致");
    assert_eq!(does("change", &["", "", ""]), "-31 用户取消密码输入");
    assert_eq!(does("change", &["123456", &first]), "-32 密码输入操作超时");
    assert_eq!(does("change", &["123456", &first[1..], &first[1..]]), "-33 输入密码长度错");
    assert!(is("123456", 6));
    assert_eq!(does("change", &["123456", &first, &first]), "done");
    assert!(is(&first, 6));
    // R20.1: a wrong one counts, a right one begins again, six in a row lock.
    assert_eq!(does("change", &["123456", &second, &second]), "-51 密码错误，还可尝试5次");
    assert_eq!(does("change", &[&first, &second, &second]), "done");
    for left in (1..6).rev() {
        assert_eq!(does("change", &[&first, &third, &third]), format!("-51 密码错误，还可尝试{left}次"));
    }
    assert_eq!(does("change", &[&first, &third, &third]), "-52 密码已锁定");
    assert!(is(&second, 0));
    // 解锁 asks for no PIN; the right one verifies then.
    assert_eq!(does("unlock", &[]), "done");
    assert_eq!(does("read", &[&second]), r#"Ok("DF01EF06||$")"#);
    assert!(does("read", &[&first]).contains("-51") && is(&second, 5));
    // 重置: the new one alone, twice; until it is typed the card has one that nobody knows, and the agent says so.
    let cleared = does("reset", &[&third, &first]);
    assert_eq!(cleared, "-3701 原密码已失效，新密码没有设置成（两次输入密码不一致），请再办理一次密码重置");
    assert!(!is(&second, 6) && !is("123456", 6));
    assert_eq!(does("reset", &[&third, &third]), "done");
    assert!(is(&third, 6));
    // Wherever the card is pulled out in a reset, what is said of the PIN is so.
    let mut cleared = 0;
    for after in 0.. {
        let pull = format!("{{\"after\":{after},\"carried_out\":false}}");
        std::fs::write(readers.machine().join("pull.json"), pull).unwrap();
        let had = machine.card(CHIP).unwrap().pin_digest.clone();
        let said = does("reset", &[&second, &second]);
        let changed = machine.card(CHIP).unwrap().pin_digest != had;
        if said == "done" {
            break;
        }
        let is_cleared = said.starts_with("-3701 原密码已失效，新密码是否设置成不明（卡无应答）");
        cleared += u8::from(is_cleared);
        assert!(is_cleared == changed && (is_cleared || said == "-4 卡无应答"), "{after}: {said}");
    }
    std::fs::remove_file(readers.machine().join("pull.json")).unwrap();
    assert!(cleared == 1 && is(&second, 6));
    assert_eq!(does("change", &[&second, &third, &third]), "done");
    // Nobody judges: even the initial one is taken, and nothing says that it was judged.
    assert_eq!(does("change", &[&third, "123456", "123456"]), "done");
    assert!(is("123456", 6));

    let bytes = |pin: &str| hex::decode(pin).unwrap();
    for pin in [&first, &second, &third] {
        assert_eq!(agent.holds(pin.as_bytes()), 0);
        assert_eq!(agent.holds(&[&[0x00, 0x20, 0x00, 0x00, 0x03][..], &bytes(pin)].concat()), 0);
        assert_eq!(agent.holds(&[&[0xFF][..], &bytes(pin), &[0x90, 0x00]].concat()), 0);
    }
    for (old, new) in [("123456", &first), (&first, &second), (&third, &"123456".to_owned())] {
        assert_eq!(agent.holds(&[&bytes(old)[..], &[0xFF], &bytes(new)].concat()), 0);
    }
    assert!(agent.holds(CHIP.as_bytes()) > 0, "what is there is found");
}

#[test]
fn art_18_where_a_pin_is_typed_is_the_operators_choice_and_a_reader_that_cannot_says_so() {
    const THIS: &str = "art_18_where_a_pin_is_typed_is_the_operators_choice_and_a_reader_that_cannot_says_so";
    if let Some(name) = std::env::var_os("KAGUAN_TEST_READER") {
        return does_jobs(&name.to_string_lossy());
    }
    let Some(readers) = Readers::with_keypad() else { return };
    let begins = |entry: &str| {
        let mut agent = Agent::begins(&readers, THIS, entry);
        (agent.says(), agent)
    };
    let press = |keys: &str| std::fs::write(readers.machine().join("keypad"), keys).unwrap();
    let new = made_up();
    press(&format!("123456\n{new}\n{new}\n"));
    let (says, mut agent) = begins("window");
    assert_eq!(says, "Judged PC/SC读卡器");
    // No terminal: nobody types, and the keypad was not asked.
    assert_eq!(agent.does("change"), "-32 密码输入操作超时");
    drop(agent);
    let (_, mut agent) = begins("keypad");
    assert_eq!(agent.does("change"), "done");
    // A reader that verifies only, as there are: nothing is changed on it.
    std::fs::write(readers.machine().join("no-modify"), "").unwrap();
    assert!(agent.does("change").starts_with("-3702 本机规定密码只在读卡器键盘上输入"));
    assert!(agent.does("reset").starts_with("-3702"));
    press(&format!("{new}\n"));
    assert_eq!(agent.does("read"), r#"Ok("DF01EF06||$")"#);
    drop(agent);
    let (says, mut agent) = begins("auto");
    assert_eq!(says, "Judged PC/SC读卡器", "a new PIN is typed in the window");
    // The keypad is back: what the holder was told of this desk does not hold any more.
    std::fs::remove_file(readers.machine().join("no-modify")).unwrap();
    assert!(agent.does("change").contains("按页面现在的提示再办理一次"));
    press(&format!("{new}\n135792\n135792\n"));
    assert_eq!(agent.does("change"), "done");
    assert!(Machine::open(readers.machine()).card(CHIP).unwrap().is_pin("135792"));
}
