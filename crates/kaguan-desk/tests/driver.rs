//! The shared library by its C interface: called by Python's ctypes as a stranger would, and by our own backend.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use kaguan_api::desk::{Kind, MachineAnswer, MachineAsk, Signed};
use kaguan_api::sign::{Public, Secret};
use kaguan_desk::device::{self, Device};
use kaguan_desk::hands::Hands;
use kaguan_desk::kept::Kept;
use kaguan_desk::library::{SsCardDriver, probe};
use kaguan_desk_driver::{Keys as _, Machine, VirtualKeys, blank, machine_says};
use std::path::PathBuf;
use std::process::Command;

const CHIP: &str = "440100D15600000500A1B2C3D4E5F601";

/// Where cargo has put the library that it built for these tests.
fn library() -> PathBuf {
    let mut dir = std::env::current_exe().unwrap();
    dir.pop();
    let name = format!("{}kaguan_desk_driver{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    [dir.join("..").join(&name), dir.join(&name)]
        .into_iter()
        .filter(|p| p.exists())
        // One that was built with the programs may be older than that of the tests.
        .max_by_key(|p| p.metadata().and_then(|m| m.modified()).unwrap())
        .expect("the library is built")
}

fn machine(dir: &std::path::Path) -> Machine {
    let machine = Machine::open(dir);
    machine.fill(1, &blank(CHIP, "00814A444686844401A1B2C3D4", "A00000011")).unwrap();
    machine
}

#[test]
fn annex_9_the_probe_names_the_dialect_and_what_is_no_driver_is_said() {
    let said = probe(&library()).unwrap();
    assert!(said.issues && said.in_steps && said.dialect.contains("附件9"), "{said:?}");
    assert!(said.exports.contains(&"iWriteCaStep2") && !said.exports.contains(&"iDoDebit"));
    assert!(probe(std::path::Path::new("/nowhere/SSCardDriver.so")).is_err());
    // By its name alone, as the handbook has it: it lies where one is.
    let (library, desk) = (library(), env!("CARGO_BIN_EXE_kaguan-desk"));
    let mut beside = Command::new(desk);
    beside.arg("probe").arg(library.file_name().unwrap()).current_dir(library.parent().unwrap());
    let said = beside.output().unwrap();
    let text = String::from_utf8(said.stdout).unwrap();
    assert!(text.contains("经省加密机：可以"), "{text}{}", String::from_utf8_lossy(&said.stderr));
    let libc = ["/lib/x86_64-linux-gnu/libc.so.6", "/lib64/libc.so.6"].map(PathBuf::from);
    for other in libc.iter().filter(|p| p.exists()) {
        assert_eq!(probe(other).unwrap().dialect, "不是社保卡读写驱动");
        assert!(SsCardDriver::load(other).is_err());
    }
}

#[test]
fn annex_9_python_issues_a_card_through_the_c_interface() {
    let dir = tempfile::tempdir().unwrap();
    let machine = machine(dir.path());
    let script = r#"
import ctypes, sys
d = ctypes.CDLL(sys.argv[1])
def call(name, *args, room=20480):
    out = ctypes.create_string_buffer(room)
    code = getattr(d, name)(*[a.encode('gb18030') if isinstance(a, str) else a for a in args], out)
    return code, out.value.decode('gb18030')
assert call('iReadCardBas', 3)[0] == -2, 'no card yet'
assert call('iLoadCard', 2)[0] == -2, 'box 2 is empty'
assert call('iLoadCard', 1) == (0, '')
assert call('iLoadCard', 1) == (0, ''), 'a card that is there is the answer'
blank = call('iReadCardBas', 3)[1].split('|')
assert len(blank) == 12 and blank[1] == '' and blank[2] == 'A00000011' and blank[6] == '3.00', blank
info = blank[3] + '|A00000011|'
assert call('iWriteCard', 1, '00|A00000011|', 'SSSEEF06|08|$', 'SSSEEF06|1|$')[0] == -22
assert call('iWriteCard', 1, info, 'SSSEEF06|08|09|$', 'SSSEEF06|1|$')[0] == -14
assert call('iWriteCard', 1, info, 'SSSEEF05|05|06|$SSSEEF06|08|09|4E|$',
            'SSSEEF05|20261127|20361126|$SSSEEF06|440106199001010013|张三|㑇|$') == (0, '')
assert call('iReadCard', 1, 2, info, 'SSSEEF06|08|09|$')[1] == 'SSSEEF06|440106199001010013|张三|$'
key = call('iWriteCaStep1')[1]
assert len(key) == 130 and key.startswith('04'), key
assert call('iWriteCaStep2', 'a|b|c|d')[0] == -14
text = lambda words, top: f'{words}|宋体|8.5|320|{top}'
code, out = call('iPrint', 1, text('姓名  张三㑇', 180), text('社会保障号码  440106199001010013', 230),
                 text('卡号  A00000011', 280), text('发卡日期  2026年11月27日', 330), '', '', '', '')
assert code == 0, (code, out)
assert call('iReadCardBas', 3)[0] == -2, 'it has gone out'
"#;
    let said = Command::new("python3")
        .args(["-c", script, &library().display().to_string()])
        .env("KAGUAN_VIRTUAL_MACHINE", dir.path())
        .output()
        .unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    assert_eq!(machine.places().good, [CHIP]);
    let png = std::fs::read(machine.face(CHIP)).unwrap();
    assert_eq!(png[..8], *b"\x89PNG\r\n\x1a\n");
}

#[test]
fn annex_9_our_backend_calls_the_library_as_it_calls_the_machine_itself() {
    let dir = tempfile::tempdir().unwrap();
    let machine = machine(dir.path());
    // The library reads the variable of its process: a process of its own.
    let mut child = Command::new(std::env::current_exe().unwrap());
    let inside = std::env::var_os("KAGUAN_VIRTUAL_MACHINE");
    if inside.is_none() {
        let said = child
            .args(["annex_9_our_backend_calls_the_library_as_it_calls_the_machine_itself", "--exact"])
            .env("KAGUAN_VIRTUAL_MACHINE", dir.path())
            .output()
            .unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stdout));
        assert!(machine.card(CHIP).unwrap().signing_key.is_some());
        assert_eq!(machine.places().reject, [CHIP]);
        return;
    }
    let mut driver = SsCardDriver::load(&library()).unwrap();
    assert_eq!(driver.read_basic().unwrap_err().code, -2);
    driver.load(1).unwrap();
    let card = device::basic(&driver.read_basic().unwrap()).unwrap();
    assert_eq!((card.card_no.as_str(), card.number.as_str()), ("A00000011", ""));
    driver.write(&format!("{CHIP}|A00000011|"), "SSSEEF06|09|$", "SSSEEF06|欧阳\u{20BB7}|$").unwrap();
    assert_eq!(device::basic(&driver.read_basic().unwrap()).unwrap().name, "欧阳\u{20BB7}");
    assert_eq!(driver.ca_step1().unwrap().len(), 130);
    assert_eq!(driver.change_pin().unwrap_err().code, -32, "nobody presses a key");
    without_a_psam(&mut driver, dir.path());
    driver.print(2, &Default::default(), &Default::default()).unwrap();
}

/// Each function that needs keys, in steps: the texts between go through the C interface whole.
fn without_a_psam(driver: &mut SsCardDriver, dir: &std::path::Path) {
    // The directory of the process that has begun this one: it is the machine's.
    let machine = std::env::var_os("KAGUAN_VIRTUAL_MACHINE").map(PathBuf::from).unwrap();
    std::fs::write(machine.join("no-psam"), "").unwrap();
    assert_eq!(driver.read_basic().unwrap_err().code, -2201);
    let system = Secret::fresh();
    let mut kept = Kept::open(dir).unwrap();
    kept.paired(7, &system.public()).unwrap();
    let own = Public::parse(&kept.secret.public()).unwrap();
    let mut carry = |signed: &Signed| {
        let ask: MachineAsk = signed.read(Kind::MachineAsk, &own).unwrap();
        let key = machine_says(&ask.said, |chip, n, block| VirtualKeys.cryptogram(chip, n, block).ok());
        let answer = MachineAnswer { job: ask.job, seq: ask.seq, key };
        Some(Signed::of(Kind::MachineAnswer, &answer, &system).unwrap())
    };
    let mut hands = Hands::new(driver, &kept, "1", &mut carry);
    let info = format!("{CHIP}|A00000011|");
    hands.write(&info, "SSSEEF06|09|$", "SSSEEF06|张三㑇|$").unwrap();
    assert_eq!(device::basic(&hands.read_basic().unwrap()).unwrap().name, "张三㑇");
    assert_eq!(hands.unblock_pin(&info).unwrap_err().code, -27_013, "it is not locked");
    std::fs::write(machine.join("keypad"), "907152\n907152\n").unwrap();
    hands.reload_pin(&info).unwrap();
}
