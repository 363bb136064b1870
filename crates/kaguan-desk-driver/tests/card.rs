//! The simulated card and machine: what a chip allows, what six wrong PINs do, and a plug that is pulled at every command.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use kaguan_desk_driver::{Machine, Terminal, blank};
use std::path::Path;

const CHIP: &str = "440100D15600000500A1B2C3D4E5F601";
const INFO: &str = "440100D15600000500A1B2C3D4E5F601|A00000011|";

fn loaded(dir: &Path) -> Machine {
    let mut machine = Machine::open(dir);
    machine.fill(1, &blank(CHIP, "00814A444686844401A1B2C3D4", "A00000011")).unwrap();
    machine.load(0).unwrap();
    machine
}

fn press(dir: &Path, lines: &[&str]) {
    std::fs::write(dir.join("keypad"), lines.join("\n") + "\n").unwrap();
}

#[test]
fn art_20_six_wrong_pins_lock_the_chip_and_unlocking_or_resetting_opens_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut m = loaded(dir.path());
    press(dir.path(), &["123456", "385274", "385275"]);
    assert_eq!(Terminal(&mut m).change_pin(3).unwrap_err().code, -34);
    press(dir.path(), &["123456", "123456", "123456"]);
    assert_eq!(Terminal(&mut m).change_pin(3).unwrap_err().code, -36);
    press(dir.path(), &["123456", "385274", "385274"]);
    Terminal(&mut m).change_pin(3).unwrap();
    for left in (0..6).rev() {
        press(dir.path(), &["111111"]);
        let fault = Terminal(&mut m).verify_pin(3).unwrap_err();
        let wanted = if left == 0 { (-52, "PIN锁定".to_owned()) } else { (-51, left.to_string()) };
        assert_eq!((fault.code, fault.out), wanted);
    }
    press(dir.path(), &["385274"]);
    assert_eq!(Terminal(&mut m).verify_pin(3).unwrap_err().code, -52, "the right one does not open it");
    Terminal(&mut m).unblock_pin(1, INFO).unwrap();
    assert_eq!(Terminal(&mut m).unblock_pin(1, INFO).unwrap_err().code, -27_013);
    press(dir.path(), &["385274"]);
    Terminal(&mut m).verify_pin(3).unwrap();
    press(dir.path(), &["907152", "907152"]);
    Terminal(&mut m).reload_pin(1, INFO).unwrap();
    press(dir.path(), &["907152"]);
    Terminal(&mut m).verify_pin(3).unwrap();
    for file in walk(dir.path()) {
        let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
        for pin in ["123456", "385274", "907152"] {
            assert!(!text.contains(pin), "{}", file.display());
        }
    }
}

fn walk(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()) {
        if entry.is_dir() { out.extend(walk(&entry)) } else { out.push(entry) }
    }
    out
}

#[test]
fn annex_9_a_plug_pulled_at_any_command_leaves_a_card_that_is_written_again_whole() {
    let (addresses, values) = (
        "SSSEEF05|05|06|$SSSEEF06|08|09|$DF01EF06|28|$",
        "SSSEEF05|20261127|20361126|$SSSEEF06|440106199001010013|张三|$DF01EF06|13800138000|$",
    );
    let mut broken = 0;
    for after in 0.. {
        let dir = tempfile::tempdir().unwrap();
        let mut m = loaded(dir.path());
        let carried_out = after % 2 == 0;
        let pull = format!("{{\"after\":{},\"carried_out\":{carried_out}}}", after / 2);
        std::fs::write(dir.path().join("pull.json"), pull).unwrap();
        let done = Terminal(&mut m).write(1, INFO, addresses, values);
        if done.is_ok() {
            break;
        }
        broken += 1;
        assert_eq!(done.unwrap_err().code, -4);
        Terminal(&mut m).write(1, INFO, addresses, values).unwrap();
        let read = Terminal(&mut m).read(1, 2, INFO, "SSSEEF05|05|06|$SSSEEF06|08|09|$").unwrap();
        assert_eq!(read, "SSSEEF05|20261127|20361126|$SSSEEF06|440106199001010013|张三|$");
    }
    assert!(broken > 30, "{broken}");
}

#[test]
fn annex_9_what_is_printed_stands_where_the_regulation_says_and_a_card_always_goes_out() {
    let dir = tempfile::tempdir().unwrap();
    let mut m = loaded(dir.path());
    let face = |name: &str| {
        let text = |said: String, top: u32| format!("{said}|宋体|8.5|320|{top}");
        [
            text(format!("姓名  {name}"), 180),
            text("社会保障号码  440106199001010013".into(), 230),
            text("卡号  A00000011".into(), 280),
            text("发卡日期  2026年11月27日".into(), 330),
            String::new(),
            String::new(),
        ]
    };
    let none = [String::new(), String::new()];
    m.print(1, &face("张\u{FFFFE}"), &none).unwrap_err();
    assert_eq!((m.places().slot, m.places().good.len()), (None, 1), "it goes out though it failed");
    m.fill(2, &blank("440100D15600000500A1B2C3D4E5F602", "00", "A00000022")).unwrap();
    m.load(2).unwrap();
    m.print(1, &face("张三"), &none).unwrap();
    let png = std::fs::File::open(m.face("440100D15600000500A1B2C3D4E5F602")).unwrap();
    let mut reader = png::Decoder::new(std::io::BufReader::new(png)).read_info().unwrap();
    let mut dots = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut dots).unwrap();
    let dark = |x: std::ops::Range<usize>, y: std::ops::Range<usize>| {
        y.flat_map(|y| x.clone().map(move |x| (y * 1011 + x) * 3)).filter(|at| dots[*at] < 128).count()
    };
    for top in [180, 230, 280, 330] {
        assert!(dark(320..700, top..top + 36) > 200, "a line at {top}");
    }
    assert_eq!(dark(0..318, 0..638), 0, "nothing left of the margin");
    assert_eq!(dark(320..1011, 0..175), 0, "nothing above");
}
