//! PINs and keys after a card was made and its PIN changed: looked for in the memory of the server and of the agent, as the programs that are
//! delivered, in a core dump that root takes of the agent while it runs (with `KAGUAN_LONG=1` of the server too), in every file that either has written, and in what they have said.
//! Neither leaves a core dump by itself.
//!
//! What must be where is said here, and is not looked for there:
//! - the card's own file (`machine/cards`), and what stands for its hardware: a chip keeps its keys;
//! - `desk.key` and `master.key`, each the file of one key, and keys that follow from it in the memory of whoever works with it;
//! - the file of the machine in software (`libkaguan_sdf_soft`), and the memory of the server that has loaded it: in a real machine by
//!   GM/T 0018 they never leave the hardware.

use crate::console::{Console, form};
use crate::stock::stocked;
use kaguan_api::sign::{Secret, fresh_nonce};
use kaguan_desk::kept::Kept;
use kaguan_desk_driver::{Machine, blank, root_key};
use kaguan_domain::clause;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::ids::{DeskId, OfficerId};
use kaguan_domain::institution::{InstitutionCommand, NewOfficer};
use kaguan_reader_soft::service::{Service, keypad_reader};
use kaguan_service::Command as Given;
use kaguan_store::Store;
use kaguan_testkit::World;
use kaguan_web::partner::SigningKey;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A program, ended with the test.
struct Runs(Child);

impl Drop for Runs {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Runs {
    /// The program crashes; whether it has left its memory behind.
    fn leaves_a_core(&mut self) -> bool {
        let killed = Command::new("kill").args(["-ABRT", &self.0.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let ended = self.0.wait().unwrap();
        assert_eq!(ended.signal(), Some(6), "{ended}");
        ended.core_dumped()
    }
}

/// Something that must be nowhere, in one of its forms.
#[derive(Clone)]
struct Form {
    what: String,
    bytes: Vec<u8>,
    /// Digits beside it make it another number.
    is_number: bool,
}

fn text(what: &str, said: &str) -> Form {
    Form { what: what.into(), bytes: said.into(), is_number: said.bytes().all(|b| b.is_ascii_digit()) }
}

fn raw(what: &str, bytes: &[u8]) -> Form {
    Form { what: what.into(), bytes: bytes.to_vec(), is_number: false }
}

/// A key as bytes, in hexadecimal digits of both sizes, in base64.
fn key(what: &str, digits: &str) -> Vec<Form> {
    use base64::Engine as _;
    let bytes = hex::decode(digits).unwrap();
    let base64 = base64::engine::general_purpose::STANDARD.encode(&bytes);
    vec![
        raw(what, &bytes),
        raw(what, digits.to_lowercase().as_bytes()),
        raw(what, digits.to_uppercase().as_bytes()),
        raw(what, base64.trim_end_matches('=').as_bytes()),
    ]
}

/// A PIN as it is typed, and as it goes to the chip beside the one before or with its filling.
fn pin(now: &str, before: &str) -> Vec<Form> {
    let bcd = |p: &str| hex::decode(p).unwrap();
    vec![
        text("the PIN", now),
        raw("the PIN in BCD", &[&bcd(before)[..], &[0xFF], &bcd(now)].concat()),
        raw("the PIN in BCD", &[&bcd(now)[..], &[0xFF; 5]].concat()),
    ]
}

/// What is looked for, by its first two bytes, so that everything is looked for at once.
struct Forms {
    all: Vec<Form>,
    starts: Vec<Vec<usize>>,
}

fn start(bytes: &[u8]) -> usize {
    usize::from(u16::from_be_bytes([bytes[0], bytes[1]]))
}

impl Forms {
    fn of<'a>(all: impl IntoIterator<Item = &'a Vec<Form>>) -> Self {
        let all: Vec<Form> = all.into_iter().flatten().cloned().collect();
        let mut starts = vec![Vec::new(); 1 << 16];
        all.iter().enumerate().for_each(|(n, form)| starts[start(&form.bytes)].push(n));
        Self { all, starts }
    }

    fn in_bytes(&self, held: &[u8], place: &str, found: &mut Vec<String>) {
        for at in 0..held.len().saturating_sub(1) {
            for form in self.starts[start(&held[at..])].iter().map(|n| &self.all[*n]) {
                if !held[at..].starts_with(&form.bytes) {
                    continue;
                }
                let digit =
                    |at: Option<usize>| at.and_then(|at| held.get(at)).is_some_and(u8::is_ascii_digit);
                if form.is_number && (digit(at.checked_sub(1)) || digit(Some(at + form.bytes.len()))) {
                    continue;
                }
                let around = &held[at.saturating_sub(24)..(at + form.bytes.len() + 8).min(held.len())];
                found.push(format!("{} in {place}: {:?}", form.what, String::from_utf8_lossy(around)));
            }
        }
    }
}

/// Where any of these is in the memory of a process that may be written; nothing when nobody may look into it.
fn in_memory(child: &Runs, who: &str, forms: &Forms) -> Option<Vec<String>> {
    let id = child.0.id();
    let (memory, maps) =
        (std::fs::File::open(format!("/proc/{id}/mem")), std::fs::read_to_string(format!("/proc/{id}/maps")));
    let (Ok(mut memory), Ok(maps)) = (memory, maps) else {
        println!("{who}: its memory is closed to this user");
        return None;
    };
    let (mut found, mut looked) = (Vec::new(), 0);
    for area in maps.lines() {
        let mut words = area.split(' ');
        let ends = words.next().and_then(|e| e.split_once('-')).unwrap();
        if !words.next().unwrap().starts_with("rw") || area.contains("[v") {
            continue;
        }
        let [from, to] = [ends.0, ends.1].map(|e| u64::from_str_radix(e, 16).unwrap());
        // Large areas are reserved in advance and hold little: what was never written is not read.
        let mut at = from;
        while at < to {
            let size = (to - at).min(1 << 20);
            let mut held = vec![0; usize::try_from(size).unwrap()];
            let read = memory.seek(SeekFrom::Start(at)).is_ok() && memory.read_exact(&mut held).is_ok();
            if read && held.iter().any(|b| *b != 0) {
                looked += size;
                forms.in_bytes(&held, &format!("{who}, {area}"), &mut found);
            }
            at += size;
        }
    }
    assert!(looked > 1 << 20, "{who}: {looked} bytes are not its memory");
    Some(found)
}

/// Where any of these is in a core dump that root takes of a running process; nothing when this user may not take one.
fn in_core(child: &Runs, who: &str, dir: &Path, forms: &Forms) -> Option<Vec<String>> {
    let id = child.0.id().to_string();
    let began = Instant::now();
    let name = dir.join("dump");
    let said = Command::new("gcore").arg("-o").arg(&name).arg(&id).output().expect("gdb is installed");
    let core = name.with_extension(&id);
    let Ok(dump) = std::fs::read(&core) else {
        let user = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap());
        assert!(user != 0, "{who}: {}", String::from_utf8_lossy(&said.stderr));
        println!("{who}: this user may not take a core dump of it");
        return None;
    };
    std::fs::remove_file(&core).unwrap();
    assert!(dump.len() > 1 << 20 && dump.starts_with(b"\x7FELF"), "{who}: {} bytes are no core", dump.len());
    let mut found = Vec::new();
    forms.in_bytes(&dump, &format!("a core dump of the {who}"), &mut found);
    println!("{who}: a core dump of {} MB, looked through in {:.1?}", dump.len() >> 20, began.elapsed());
    Some(found)
}

fn in_files(dir: &Path, but: &[PathBuf], forms: &Forms, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()) {
        if but.contains(&entry) {
            continue;
        }
        if entry.is_dir() {
            in_files(&entry, but, forms, found);
        } else if entry.is_file() {
            forms.in_bytes(&std::fs::read(&entry).unwrap(), &entry.display().to_string(), found);
        }
    }
}

/// A program or a library that was built with these tests: beside them, or where the delivered ones lie.
fn built(name: &str) -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let beside = own.parent().unwrap();
    let both = [beside.join("..").join(name), beside.join(name)];
    both.into_iter().find(|p| p.exists()).unwrap_or_else(|| panic!("{name} is not built"))
}

/// A program that may leave as large a core as it likes, as far as whoever starts it is asked.
fn program(name: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -c unlimited 2>/dev/null; exec \"$0\" \"$@\""]).arg(built(name));
    command
}

async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let mut again = tokio::time::interval(Duration::from_millis(25));
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        again.tick().await;
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < end, "{what}");
    }
}

/// A province with somebody who waits, a card in the box, a clerk and a paired desk; who, and the card's chip.
async fn prepared(dir: &Path) -> (i64, String, String) {
    std::fs::create_dir(dir.join("data")).unwrap();
    let url = format!("sqlite:{}", dir.join("data/kaguan.db").display());
    let store = Store::open(&url, &dir.join("data/master.key")).await.unwrap();
    let w = World::with(Arc::new(store)).await;
    let cards = stocked(&w, 2).await;
    let (_, chip, card_no) = cards.0[0].clone();
    Machine::open(dir.join("machine")).fill(1, &blank(&chip, "00814E4323", &card_no)).unwrap();
    let holder = w.applicant(1, w.outlet()).await;
    let mut kept = Kept::open(&dir.join("state")).unwrap();
    kept.paired(1, &SigningKey::of(w.service.store(), 1).secret.public()).unwrap();
    let pair = InstitutionCommand::PairDesk {
        id: DeskId(1),
        outlet: w.outlet(),
        name: "1号窗口".into(),
        public: kept.secret.public(),
        boxes: Vec::new(),
    };
    w.system(Given::Institution(pair)).await.unwrap();
    let new = NewOfficer {
        id: OfficerId(w.service.fresh()),
        login: "clerk".into(),
        name: "经办人".into(),
        role: Role::HrClerk,
        org: w.outlet(),
        password_hash: kaguan_testkit::RIGHT.into(),
    };
    w.system(Given::Institution(InstitutionCommand::AddOfficer(new))).await.unwrap();
    (holder.0, w.draft(1).document_number, chip)
}

#[tokio::test(flavor = "multi_thread")]
async fn art_18_and_annex_9_after_a_card_and_a_pin_no_pin_and_no_key_is_left_in_a_memory_or_a_file() {
    clause!(R18.1);
    clause!(X9.3);
    let home = tempfile::tempdir().unwrap();
    let dir = home.path();
    // What has prepared it is gone with all its connections before the programs begin.
    let made = dir.to_owned();
    let prepared =
        std::thread::spawn(move || tokio::runtime::Runtime::new().unwrap().block_on(prepared(&made)));
    let (holder, number, chip) = prepared.join().unwrap();
    let hardware = dir.join("hardware");
    let (root, of_cards) = (Secret::fresh().text(), fresh_nonce());
    std::fs::write(&hardware, format!("sign 1 {}\nkek 21 {of_cards}\n", *root)).unwrap();

    let log = |name: &str| std::fs::File::create(dir.join(name)).unwrap();
    let library = built("libkaguan_sdf_soft.so");
    let mut server = program("kaguan")
        .arg("--data")
        .arg(dir.join("data"))
        .args(["serve", "--simulate", "--listen", "127.0.0.1:0", "--reconcile-hours", "0", "--card-keys-sdf"])
        .arg(&library)
        .env("KAGUAN_SDF_KEYS", &hardware)
        .current_dir(dir)
        .stdout(Stdio::piped())
        .stderr(log("server.log"))
        .spawn()
        .unwrap();
    let mut said = BufReader::new(server.stdout.take().unwrap());
    let mut server = Runs(server);
    let mut heard = String::new();
    let address = loop {
        let read = said.read_line(&mut heard).unwrap();
        assert!(read > 0, "{heard}{}", std::fs::read_to_string(dir.join("server.log")).unwrap());
        if let Some(address) = heard.split("控制台 ").nth(1) {
            break address.split('/').take(3).collect::<Vec<_>>().join("/");
        }
    };
    let mut agent = Runs(
        program("kaguan-desk")
            .args(["run", "--server", &address, "--state"])
            .arg(dir.join("state"))
            .arg("--virtual")
            .arg(dir.join("machine"))
            .current_dir(dir)
            .stdout(log("agent.out"))
            .stderr(log("agent.log"))
            .spawn()
            .unwrap(),
    );

    // A card is made, handed over, and its PIN changed.
    let clerk = Console::of(&address, "clerk", "right").await;
    let page = async |method: &str, path: &str, form: &str| clerk.page(method, path, form).await.unwrap();
    let says = |page: &str, wanted: &str| assert!(page.contains(wanted), "{wanted}: {page}");
    let shown = until("a desk number", async || {
        let text = std::fs::read_to_string(dir.join("state/status.txt")).ok()?;
        let shown: String = text.split("桌面号：").nth(1)?.chars().take(4).collect();
        shown.bytes().all(|b| b.is_ascii_digit()).then_some(shown).filter(|s| s.len() == 4)
    });
    let shown = shown.await;
    says(&page("POST", "/instant/making/take", &format!("number={shown}")).await, "本次登录使用");
    let settled = async || {
        until("the desk is done", async || {
            let said = page("GET", "/instant/making", "").await;
            (!said.contains("正在制卡")).then_some(said)
        })
        .await
    };
    let found = page("POST", "/instant", &format!("number={number}")).await;
    page("POST", "/instant/making/start", &form(&found, "/instant/making/start").unwrap()).await;
    says(&settled().await, "核对拟印卡面");
    page("POST", "/instant/making/print", "").await;
    says(&settled().await, "制卡完成");
    let stated = format!("document_kind=1&document_number={number}&electronic=1&verified=1");
    let found = page("POST", "/collect", &format!("number={number}")).await;
    let collect = form(&found, "/collect/carry-out").unwrap();
    says(&page("POST", "/collect/carry-out", &format!("{collect}&{stated}&signed=1")).await, "已启用");
    Machine::open(dir.join("machine")).insert(&chip).unwrap();
    let digits: String = fresh_nonce().bytes().take(5).map(|b| char::from(b'2' + b % 8)).collect();
    let new = digits + "0";
    std::fs::write(dir.join("machine/keypad"), format!("123456\n{new}\n{new}\n")).unwrap();
    let card = collect.split("card=").nth(1).unwrap().split('&').next().unwrap();
    let change = format!("holder={holder}&card={card}&{stated}&risks_told=1&terminal=desk&change=changed");
    says(&page("POST", "/pin/carry-out", &change).await, "密码已修改");

    // What must be nowhere.
    let made = Machine::open(dir.join("machine")).card(&chip).unwrap();
    assert!(made.is_pin(&new) && made.printed);
    let signing = made.signing_key.clone().unwrap();
    let own = Secret::parse(&signing).unwrap();
    let encryption = kaguan_api::envelope::open(&made.slots[&3], &own).unwrap().text();
    let of_chip: Vec<Form> = pin(&new, "123456")
        .into_iter()
        .chain(key("the chip's signing key", &signing))
        .chain(key("the chip's encryption key", &encryption))
        .chain(key("主控密钥", &made.slots[&4]))
        .chain(key("管理员PIN", &made.slots[&5]))
        .collect();
    let of_roots: Vec<Form> = (1..=10)
        .flat_map(|n| key(&format!("root key {n} of cards"), &hex::encode(&root_key(n)[..])))
        .collect();
    let of_hardware: Vec<Form> =
        key("the CA's key", &root).into_iter().chain(key("key 21 of the machine", &of_cards)).collect();
    let master = std::fs::read_to_string(dir.join("data/master.key")).unwrap();
    let of_system = key("the master key", master.trim());
    let of_desk = key("the desk's key", &std::fs::read_to_string(dir.join("state/desk.key")).unwrap());
    let partners = {
        let keys = kaguan_store::KeyRing::open(&dir.join("data/master.key"), false).unwrap();
        key("the system's signing key", &hex::encode(keys.partner_signing(1).to_bytes()))
    };

    let all = [&of_chip, &of_roots, &of_hardware, &of_system, &of_desk, &partners];
    let mut found = Vec::new();
    // What somebody works with is there, by which it is seen that this looks at all.
    let excepted: [(&Runs, &str, &[&str]); 2] = [
        (&server, "server", &["the CA's key", "key 21 of the machine", "the system's signing key"]),
        (&agent, "agent", &["the desk's key"]),
    ];
    for (child, who, own) in excepted {
        let forms = Forms::of(all);
        // The server's is 1.6 GB, most of it never written: a minute and a half.
        let dumped = who == "agent" || std::env::var_os("KAGUAN_LONG").is_some();
        let core = dumped.then(|| in_core(child, who, dir, &forms)).flatten();
        for all in [in_memory(child, who, &forms), core].into_iter().flatten() {
            let (theirs, others): (Vec<_>, Vec<_>) =
                all.into_iter().partition(|f| own.iter().any(|o| f.starts_with(o)));
            assert!(!theirs.is_empty(), "{who}: nothing is found in its memory");
            found.extend(others);
        }
    }
    let but = ["machine/cards", "hardware", "state/desk.key", "data/master.key"].map(|own| dir.join(own));
    in_files(dir, &but, &Forms::of(all), &mut found);
    assert!(found.is_empty(), "{found:#?}");

    // A crash leaves nothing of it behind.
    assert!(!agent.leaves_a_core());
    at_a_keypad(dir, (&address, &mut server), (&clerk, &number, &change), (&chip, &new)).await;
    assert!(!server.leaves_a_core());
    let core =
        |e: std::io::Result<std::fs::DirEntry>| e.unwrap().file_name().to_string_lossy().starts_with("core");
    assert!(!std::fs::read_dir(dir).unwrap().any(core));
}

/// The same desk with a reader of PC/SC that has a keypad: the clerk's page says before and afterwards that nobody judges the new PIN, and
/// neither program ever has it.
async fn at_a_keypad(
    dir: &Path,
    (address, server): (&str, &mut Runs),
    (clerk, number, change): (&Console, &str, &str),
    (chip, before): (&str, &str),
) {
    let library = built("libkaguan_reader_soft.so");
    let Some(service) = Service::start(dir, &keypad_reader(&dir.join("machine"), &library)) else { return };
    let (variable, socket) = service.named();
    let agent = Runs(
        program("kaguan-desk")
            .args(["run", "--server", address, "--pcsc", "Kaguan", "--virtual-keys", "--state"])
            .arg(dir.join("state"))
            .env(variable, socket)
            .stdout(std::fs::File::create(dir.join("agent2.out")).unwrap())
            .stderr(std::fs::File::create(dir.join("agent2.log")).unwrap())
            .spawn()
            .unwrap(),
    );
    let page = async |path: &str, form: &str| clerk.page("POST", path, form).await.unwrap();
    let found = format!("number={number}");
    until("a desk with a keypad", async || {
        page("/pin", &found)
            .await
            .contains("密码在读卡器的键盘上输入，不经过电脑，因此不能核对")
            .then_some(())
    })
    .await;
    let digits: String = fresh_nonce().bytes().take(5).map(|b| char::from(b'2' + b % 8)).collect();
    let new = digits + "1";
    let press = |keys: &[&str]| std::fs::write(dir.join("machine/keypad"), keys.join("\n") + "\n").unwrap();
    press(&[before, &new, before]);
    let said = page("/pin/carry-out", change).await;
    assert!(said.contains("两次输入密码不一致，密码没有变动"), "{said}");
    press(&[before, &new, &new]);
    let said = page("/pin/carry-out", change).await;
    assert!(said.contains("密码已修改（在读卡器键盘上输入，未核对是否过于简单）"), "{said}");
    assert!(Machine::open(dir.join("machine")).card(chip).unwrap().is_pin(&new));
    let status = std::fs::read_to_string(dir.join("state/status.txt")).unwrap();
    assert!(status.contains("新密码：在读卡器键盘上输入，不能核对是否过于简单"), "{status}");

    let desk = key("the desk's key", &std::fs::read_to_string(dir.join("state/desk.key")).unwrap());
    let forms = Forms::of([&pin(&new, before), &desk]);
    for (child, who) in [(&agent, "agent"), (&*server, "server")] {
        let found = in_memory(child, who, &forms).unwrap_or_default();
        assert!(found.iter().all(|f| f.starts_with("the desk's key in agent")), "{found:#?}");
    }
    let mut found = Vec::new();
    in_files(dir, &["machine/cards", "state/desk.key"].map(|own| dir.join(own)), &forms, &mut found);
    assert!(found.is_empty(), "{found:#?}");
}
