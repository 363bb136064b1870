//! 立等可取 beside the clerk: the real `kaguan-desk`, as a process, with the simulated machine. Whoever works at the browser sees pages, and
//! the machine does what they ask for; all that the browser asks is asked of the system.

use super::Office;
use crate::office::Person;
use crate::stock::{Cards, stocked};
use kaguan_desk_driver::face::{Card, Fonts};
use kaguan_desk_driver::{Machine, blank};
use kaguan_domain::facts::application::Stage;
use kaguan_domain::facts::archive::Enclosed;
use kaguan_domain::facts::archive::MaterialKind;
use kaguan_domain::facts::card::Social;
use kaguan_domain::facts::pin::Pin;
use kaguan_domain::ids::{HolderId, MaterialId};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The desk and its agent.
pub struct Beside {
    agent: Child,
    pub machine: Machine,
    pub dir: tempfile::TempDir,
    state: tempfile::TempDir,
    /// 卡识别码 of the cards in its box, in order.
    pub chips: Vec<String>,
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = self.agent.kill();
        let _ = self.agent.wait();
    }
}

/// Where the making is followed.
const MAKING: &str = "/instant/making";

/// Looks until it is so.
async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let mut again = tokio::time::interval(Duration::from_millis(50));
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        again.tick().await;
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < end, "{what}");
    }
}

impl Beside {
    /// Cards in the outlet's stock and in the box of a machine, whose agent runs.
    pub async fn the_clerk_of(o: &Office) -> Self {
        let (dir, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let Cards(cards) = stocked(&o.w, 6).await;
        let machine = Machine::open(dir.path());
        for (_, chip, card_no) in &cards {
            machine.fill(1, &blank(chip, "00814E4323", card_no)).unwrap();
        }
        // The test is in target/…/deps, the program beside it.
        let own = std::env::current_exe().unwrap();
        let program = own.parent().and_then(Path::parent).unwrap().join("kaguan-desk");
        let agent = Command::new(&program)
            .args(["run", "--machine", "1号窗口", "--server", &o.address()])
            .arg("--state")
            .arg(state.path())
            .arg("--virtual")
            .arg(dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|e| panic!("{}: {e}", program.display()));
        Self { agent, machine, dir, state, chips: cards.into_iter().map(|c| c.1).collect() }
    }

    /// What stands after a word in the agent's status.
    pub async fn shows(&self, word: &str, length: usize) -> String {
        until(word, async || {
            let text = std::fs::read_to_string(self.state.path().join("status.txt")).ok()?;
            let found: String = text.split(word).nth(1)?.chars().take(length).collect();
            (found.len() == length && found.chars().all(|c| c.is_ascii_alphanumeric())).then_some(found)
        })
        .await
    }

    /// What the holder presses on the reader, a line each.
    pub fn pressed(&self, lines: &[&str]) {
        std::fs::write(self.dir.path().join("keypad"), lines.join("\n") + "\n").unwrap();
    }

    /// Nobody can call it: it has no socket that listens.
    fn listens_nowhere(&self) {
        // It lets nobody look into it but whoever may look into everything.
        let Ok(open) = std::fs::read_dir(format!("/proc/{}/fd", self.agent.id())) else { return };
        let own: Vec<String> = open
            .filter_map(|fd| Some(std::fs::read_link(fd.ok()?.path()).ok()?.display().to_string()))
            .filter_map(|to| Some(to.strip_prefix("socket:[")?.trim_end_matches(']').to_owned()))
            .collect();
        for table in ["tcp", "tcp6"] {
            let all = std::fs::read_to_string(format!("/proc/net/{table}")).unwrap_or_default();
            let listening = all.lines().filter_map(|l| {
                let parts: Vec<&str> = l.split_whitespace().collect();
                (parts.get(3) == Some(&"0A")).then(|| parts.get(9).copied().unwrap_or_default())
            });
            for inode in listening {
                assert!(!own.iter().any(|o| o == inode), "the agent listens");
            }
        }
    }
}

/// Finds somebody on a page by the card or the document that lies on the reader.
async fn reads_card(who: &Person<'_>, page: &str) {
    who.opens(page).await;
    who.presses("读卡").await;
    who.presses("查找").await;
}

/// The page of the making, once nothing runs any more.
pub async fn settled(who: &Person<'_>, path: &str) {
    until("the desk is done", async || (!who.page(path).await.contains("正在制卡")).then_some(())).await;
    who.goes_to(path).await;
}

/// The clerk takes the desk that an administrator has paired.
pub async fn an_administrator_pairs_a_desk_and_the_clerk_takes_it(o: &Office, d: &Beside) {
    let (system, clerk) = (o.person("system"), o.person("clerk"));
    system.opens("制卡桌面机").await;
    system.fills("配对码", &d.shows("配对码", 8).await).await;
    system.fills("网点机构编码", "44010600000101").await;
    system.fills("卡盒", "1=95588").await;
    system.presses("配对").await;
    system.reads("1号盒中国工商银行").await;
    let number = d.shows("桌面号：", 4).await;
    clerk.opens("新即时制卡").await;
    clerk.fills("桌面号", &number).await;
    clerk.presses("使用这台桌面机").await;
    clerk.reads("模拟制卡机").await;
    d.listens_nowhere();
}

/// The `n`-th person applies under a name that has a rare character; the image of the document is filed with it.
async fn applies(o: &Office, n: u32, name: &str) -> HolderId {
    let mut filled = o.w.apply(n, o.w.outlet());
    filled.draft.name = name.to_owned();
    let digest = kaguan_testkit::portrait().1.clone();
    let id = MaterialId(o.w.service.fresh());
    o.w.service.store().put_material(id, &kaguan_testkit::portrait().0).await.unwrap();
    filled.presented.materials.push(Enclosed { id, kind: MaterialKind::Identity, digest });
    o.w.takes_in(n, filled).await
}

/// The face as it should be: drawn here from what is on file, and compared dot for dot.
async fn face_is(o: &Office, d: &Beside, id: HolderId, chip: &str, name: &str) {
    let file = o.w.file(id).await.0;
    let card = file.cards.last().unwrap();
    let number = file.person.as_ref().unwrap().details.ssn.as_str().to_owned();
    let issued = card.issued_on.strftime("%Y年%m月%d日");
    let at = |said: String, top: u32| format!("{said}|宋体|8.5|320|{top}");
    let texts = [
        at(format!("姓名  {name}"), 180),
        at(format!("社会保障号码  {number}"), 230),
        at(format!("卡号  {}", card.card_no.as_str()), 280),
        at(format!("发卡日期  {issued}"), 330),
    ];
    let photo = base64(&kaguan_testkit::portrait().0);
    let photos = [format!("{photo}|46|127|234|300")];
    let wanted = Card::of(&texts, &photos).unwrap().draw(&Fonts::of_machine()).unwrap();
    let printed = std::fs::read(d.machine.face(chip)).unwrap();
    assert!(printed == wanted, "person, place, photo and name are those on file");
    if let Some(dir) = std::env::var_os("KAGUAN_PICTURES") {
        std::fs::write(Path::new(&dir).join(format!("face-{}.png", &chip[28..])), printed).unwrap();
    }
}

pub fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Finds somebody on 即时制卡.
async fn finds(o: &Office, clerk: &Person<'_>, n: u32) {
    clerk.opens("即时制卡").await;
    clerk.fills("社会保障号码、证件号码、社保卡或银行卡卡号、申领编码", &o.w.draft(n).document_number).await;
    clerk.presses("查询").await;
}

pub async fn a_rare_name_is_found_by_its_parts_and_stands_on_the_face(o: &Office, d: &Beside) -> HolderId {
    let clerk = o.person("clerk");
    let id = applies(o, 1, "张[CHUI]").await;
    finds(o, &clerk, 1).await;
    clerk.presses("输入生僻字并在制卡桌面机上制卡").await;
    clerk.reads("张[CHUI]").await;
    clerk.sees("img.document").await;
    clerk.fills("部件", "禾内").await;
    clerk.presses("查字").await;
    clerk.sees("img.document").await;
    clerk.at("U+4132").presses("选用").await;
    clerk.reads("张䄲").await;
    clerk.presses("按此姓名在制卡桌面机上制卡").await;
    settled(&clerk, MAKING).await;
    clerk.reads("核对拟印卡面").await;
    clerk.presses("核对无误，印卡").await;
    settled(&clerk, MAKING).await;
    clerk.reads("制卡完成").await;
    face_is(o, d, id, &d.chips[0], "张䄲").await;
    assert_eq!(d.machine.places().good, [d.chips[0].as_str()]);
    id
}

pub async fn a_character_without_a_glyph_stops_before_a_card_is_taken(o: &Office, d: &Beside) {
    let clerk = o.person("clerk");
    let id = applies(o, 2, "李[LI]").await;
    let before = d.machine.places().boxes[&1].clone();
    finds(o, &clerk, 2).await;
    clerk.presses("输入生僻字并在制卡桌面机上制卡").await;
    // Younger than every font here, and than the table: by its code point.
    clerk.fills("码位", "U+2EBF0").await;
    clerk.presses("查字").await;
    clerk.at("U+2EBF0").presses("选用").await;
    clerk.presses("按此姓名在制卡桌面机上制卡").await;
    settled(&clerk, MAKING).await;
    clerk.reads("没有“\u{2EBF0}”的字形，未进卡").await;
    let places = d.machine.places();
    assert!(places.slot.is_none() && places.boxes[&1] == before, "no card was moved");
    assert!(matches!(o.w.file(id).await.0.applications[0].stage, Stage::Accepted { .. }));
}

pub async fn the_card_is_collected_enabled_and_activated(o: &Office, d: &Beside) {
    let (clerk, bank) = (o.person("clerk"), o.person("bank"));
    let number = o.w.draft(1).document_number;
    d.machine.insert(&d.chips[0]).unwrap();
    reads_card(&clerk, "个人领卡启用").await;
    clerk.fills("持卡人证件号码", &number).await;
    clerk.ticks("已核实有效身份证件原件").await;
    clerk.ticks("领取人已在签收台账上签字").await;
    clerk.presses("领取").await;
    clerk.reads("接下来").await;
    bank.opens("银行账户激活").await;
    bank.fills("社会保障号码、证件号码", &number).await;
    bank.presses("查找").await;
    bank.fills("持卡人证件号码", &number).await;
    bank.ticks("已核实有效身份证件原件").await;
    bank.presses("银行账户激活").await;
    bank.reads("银行账户已激活").await;
}

/// Two sides of a paper, one after the other, become one material of the case.
pub async fn both_sides_of_a_paper_are_scanned_into_the_case(o: &Office, d: &Beside, id: HolderId) {
    let clerk = o.person("clerk");
    clerk.opens("档案").await;
    clerk.fills("社会保障号码、证件号码、社保卡或银行卡卡号、申领编码", &o.w.draft(1).document_number).await;
    clerk.presses("查档案").await;
    let portrait = &kaguan_testkit::portrait().0;
    let face = std::fs::read(d.machine.face(&d.chips[0])).unwrap();
    let paper = d.dir.path().join("paper");
    clerk.presses_and_hears("扫描", "扫描仪上没有纸张").await;
    for (n, side) in [portrait, &face].into_iter().enumerate() {
        std::fs::write(&paper, side).unwrap();
        clerk.presses_and_hears("扫描", &format!("已有{}页", n + 1)).await;
    }
    clerk.chooses("所属业务", "申请：").await;
    clerk.chooses("材料种类", "其他材料").await;
    clerk.presses("归档").await;
    clerk.reads("已归档，共2页").await;
    let archive = o.w.file(id).await.0.person.unwrap().archive;
    let filed: Vec<_> = archive.iter().rev().take(2).filter_map(|m| m.digest.clone()).collect();
    assert_eq!(filed, [&face, portrait].map(|side| kaguan_service::digest_of(side)), "as they were scanned");
}

/// PIN维护 on the chip: what is chosen, what the holder presses, and what the page says then.
async fn pin(o: &Office, d: &Beside, page: &str, change: &str, pressed: &[&str]) {
    let clerk = o.person("clerk");
    reads_card(&clerk, page).await;
    clerk.chooses("业务", change).await;
    clerk.chooses("办理终端", "在本次登录使用的制卡桌面机上办理").await;
    clerk.fills("持卡人证件号码", &o.w.draft(1).document_number).await;
    clerk.ticks("已核实有效身份证件原件").await;
    clerk.ticks("已告知用卡风险和密码保管要求").await;
    d.pressed(pressed);
    clerk.presses("登记终端办理结果").await;
}

pub async fn a_pin_is_changed_locked_by_six_errors_unlocked_and_reset(o: &Office, d: &Beside, id: HolderId) {
    let clerk = o.person("clerk");
    pin(o, d, "PIN维护-修改密码", "修改", &["123456", "385274", "385274"]).await;
    clerk.reads("密码已修改").await;
    pin(o, d, "PIN维护-修改密码", "修改", &["111111", "907152", "907152"]).await;
    for left in (1..6).rev() {
        clerk.reads(&format!("还可尝试{left}次")).await;
        clerk.does_not_read("907152").await;
        d.pressed(&["111111", "907152", "907152"]);
        clerk.presses("登记终端办理结果").await;
    }
    clerk.reads("芯片已锁定，已登记").await;
    assert_eq!(o.w.file(id).await.0.cards[0].pin, Pin::Locked);
    pin(o, d, "PIN维护-解锁密码", "解锁", &[]).await;
    clerk.reads("密码已解锁").await;
    pin(o, d, "PIN维护-重置密码", "重置", &["907152", "907152"]).await;
    clerk.reads("密码已重置").await;
    assert!(d.machine.card(&d.chips[0]).unwrap().is_pin("907152"));
}

pub async fn a_lost_card_is_reissued_on_the_spot(o: &Office, d: &Beside, id: HolderId) {
    let (clerk, bank) = (o.person("clerk"), o.person("bank"));
    let number = o.w.draft(1).document_number;
    // It is lost for good, and nobody has it any more.
    let mut machine = Machine::open(d.dir.path());
    machine.print(1, &Default::default(), &Default::default()).unwrap();
    bank.opens("挂失解挂注销-正式挂失").await;
    bank.fills("社会保障号码、证件号码", &number).await;
    bank.presses("查找").await;
    bank.at("正式挂失").ticks("已核实持卡人身份信息").await;
    bank.presses("正式挂失").await;
    bank.reads("正式挂失").await;
    clerk.opens("补换卡-补卡").await;
    clerk.fills("社会保障号码", &number).await;
    clerk.presses("查询").await;
    clerk.chooses("业务与原因", "补卡").await;
    clerk.fills("申领表编码", "44010000888").await;
    clerk.chooses("领卡网点", "天河区").await;
    clerk.chooses("领取方式", "网点领取").await;
    clerk.ticks("已核验申请人有效身份证件原件").await;
    clerk.ticks("申请人（未满十四周岁的由监护人）已签署授权申明").await;
    clerk.presses("受理").await;
    clerk.reads("44010000888").await;
    clerk.opens("收取工本费").await;
    for (label, text) in [
        ("社会保障号码", number.as_str()),
        ("申领表编码", "44010000888"),
        ("票据代码", "44000026"),
        ("票据号码", "0000000001"),
        ("校验码", "A1b2C3"),
        ("金额", "20.00"),
        ("币种", "CNY"),
        ("缴款日期", &o.w.clock.now().date().to_string()),
    ] {
        clerk.fills(label, text).await;
    }
    clerk.presses("登记缴费").await;
    clerk.reads("工本费已登记").await;
    finds(o, &clerk, 1).await;
    clerk.presses("输入生僻字并在制卡桌面机上制卡").await;
    clerk.fills("卡面姓名", "张䄲").await;
    clerk.presses("按此姓名在制卡桌面机上制卡").await;
    settled(&clerk, MAKING).await;
    clerk.presses("核对无误，印卡").await;
    settled(&clerk, MAKING).await;
    clerk.reads("制卡完成").await;
    face_is(o, d, id, &d.chips[1], "张䄲").await;
    d.machine.insert(&d.chips[1]).unwrap();
    reads_card(&clerk, "个人领卡启用").await;
    clerk.fills("持卡人证件号码", &number).await;
    clerk.ticks("已核实有效身份证件原件").await;
    clerk.ticks("领取人已在签收台账上签字").await;
    clerk.presses("领取").await;
    clerk.reads("接下来").await;
    let file = o.w.file(id).await.0;
    assert!(file.cards[0].is_cancelled() && matches!(file.cards[1].social, Social::Enabled { .. }));
}
