//! One job: whether it is for this desk, fresh and unchanged, and what it does to the card. Before anything is written or printed the card
//! under the reader must be the one that the job means, and the person's number on the chip and on the face must be the job's.

use crate::device::{self, Device, Fault};
use crate::errors;
use crate::hands::{Carry, Hands};
use crate::kept::Kept;
use kaguan_api::desk::{
    Answer, Basic, Item, Job, Kind, LARGEST_PAPER, NewPin, Outcome, Signed, Work, person,
};
use kaguan_api::sign::{Public, Shared, digest};
use kaguan_desk_driver::face::Fonts;
use zeroize::Zeroizing;

/// The name takes 30 bytes, and what goes on takes 20.
const NAME: (usize, usize) = (30, 20);

/// What came of a job that was not done.
type Undone = Box<Outcome>;

fn refused(why: impl Into<String>) -> Undone {
    Box::new(Outcome::Refused { why: why.into() })
}

fn failed(fault: &Fault) -> Undone {
    Box::new(Outcome::Failed { code: fault.code, words: errors::words(fault.code, &fault.out) })
}

/// What jobs are done with.
pub struct Desk<'a> {
    /// The reader, or the machine.
    pub device: &'a mut dyn Device,
    /// The way to the province's 加密机.
    pub carry: Carry<'a>,
    /// One side of a paper, as the picture that came out; why not, in Chinese.
    pub scan: &'a mut dyn FnMut() -> Result<Vec<u8>, String>,
}

/// Takes a job and answers it; `None` for what is not signed by the system, or is for another desk: whoever sent it hears nothing.
pub fn take(desk: Desk<'_>, kept: &mut Kept, signed: &Signed, now: i64) -> Option<Answer> {
    let belongs = kept.belongs.clone()?;
    let job: Job = signed.read(Kind::Job, &Public::parse(&belongs.system).ok()?)?;
    if job.desk != belongs.desk {
        return None;
    }
    let outcome = if now > job.expires {
        *refused("任务已过期，请重新发起")
    } else {
        match kept.begin(&job.id) {
            Ok(true) => {
                let Desk { device, carry, scan } = desk;
                let mut hands = Hands::new(device, kept, &job.id, carry);
                done(&mut hands, scan, kept, &job).unwrap_or_else(|undone| *undone)
            }
            Ok(false) => *refused("任务已执行过，不重复执行"),
            Err(_) => *refused("桌面程序不能写盘，任务未执行"),
        }
    };
    Some(Answer { desk: belongs.desk, job: job.id, outcome })
}

fn read(hands: &mut Hands<'_>) -> Result<Basic, Undone> {
    let out = hands.read_basic().map_err(|f| failed(&f))?;
    device::basic(&out).ok_or_else(|| failed(&Fault::code(-15)))
}

/// The card under the reader, which must be the one that is meant.
fn meant(hands: &mut Hands<'_>, job: &Job) -> Result<Basic, Undone> {
    let card = read(hands)?;
    if job.card.is_empty() || !card.chip.eq_ignore_ascii_case(&job.card) {
        return Err(refused("读卡位置上的卡不是本次办理的卡"));
    }
    Ok(card)
}

/// What the holder was told of a new PIN was said of the reader as it was when the desk asked for work: it must be so still.
fn as_told(device: &dyn Device, told: NewPin) -> Result<(), Undone> {
    match device.new_pin() == told {
        true => Ok(()),
        false => {
            Err(refused("读卡器的密码键盘与页面所示不同（读卡器可能已更换），请按页面现在的提示再办理一次"))
        }
    }
}

/// A name that is longer than its place goes on in 姓名扩展, and is never cut within a character.
fn spread(items: Vec<Item>) -> Result<Vec<Item>, Undone> {
    let mut out = Vec::new();
    for item in items {
        if (item.file.as_str(), item.tag.as_str()) != ("SSSEEF06", "09") {
            out.push(item);
            continue;
        }
        let (mut first, mut rest) = (String::new(), String::new());
        for c in item.value.chars() {
            let size = |t: &str| encoding_rs::GB18030.encode(t).0.len();
            let with = format!("{first}{c}");
            if rest.is_empty() && size(&with) <= NAME.0 {
                first = with;
            } else {
                rest.push(c);
                if size(&rest) > NAME.1 {
                    return Err(refused("姓名超过芯片所能写入的50字节"));
                }
            }
        }
        out.push(Item { value: first, ..item.clone() });
        out.push(Item { tag: "4E".into(), value: rest, ..item });
    }
    Ok(out)
}

fn done(
    hands: &mut Hands<'_>,
    scan: &mut dyn FnMut() -> Result<Vec<u8>, String>,
    kept: &Kept,
    job: &Job,
) -> Result<Outcome, Undone> {
    let is_theirs = |number: &str| !job.person.is_empty() && person(&job.id, number) == job.person;
    let plain = |outcome: Result<String, Fault>| outcome.map(|_| Outcome::Done).map_err(|f| failed(&f));
    match &job.work {
        Work::Read if job.card.is_empty() => read(hands).map(Outcome::Card),
        Work::Read => meant(hands, job).map(Outcome::Card),
        Work::Scan => {
            let picture = scan().map_err(refused)?;
            match picture.len() {
                0 => Err(refused("扫描仪没有送出影像，请放好纸张再试")),
                n if n > LARGEST_PAPER => Err(refused("扫描的影像超过16MB，请降低扫描仪的分辨率")),
                length => Ok(Outcome::Paper { digest: digest(&picture), length, picture }),
            }
        }
        Work::ReadIdentity => {
            let out = hands.device.read_identity().map_err(|f| failed(&f))?;
            device::identity(&out).map(Outcome::Identity).ok_or_else(|| failed(&Fault::code(-15)))
        }
        Work::Load { card_box, texts } => {
            let fonts = Fonts::of_machine();
            let missing: String =
                texts.iter().flat_map(|t| fonts.missing(t.split('|').next().unwrap_or(""))).collect();
            if !missing.is_empty() {
                let then = "请安装含该字形的字库后再制；不能安装的，按批次制卡（已标注即制卡的，先在“即时制卡”中取消标注）";
                return Err(refused(format!("本机字体没有“{missing}”的字形，未进卡。{then}")));
            }
            hands.device.load(*card_box).map_err(|f| failed(&f))?;
            read(hands).map(Outcome::Card)
        }
        Work::Write { card_no, items } => {
            let card = meant(hands, job)?;
            let number = items.iter().find(|i| (i.file.as_str(), i.tag.as_str()) == ("SSSEEF06", "08"));
            if !number.is_some_and(|i| is_theirs(&i.value)) {
                return Err(refused("写卡数据与任务所指的人不符"));
            }
            if !card.number.is_empty() && !is_theirs(&card.number) {
                return Err(refused("卡内已写入他人资料"));
            }
            let (addresses, values) = device::strings_of(&spread(items.clone())?);
            plain(hands.write(&format!("{}|{card_no}|", card.chip), &addresses, &values))
        }
        Work::CaPrepare => {
            meant(hands, job)?;
            hands
                .device
                .ca_step1()
                .map(|key| Outcome::ChipKey(key.trim_end_matches('|').to_owned()))
                .map_err(|f| failed(&f))
        }
        Work::CaWrite {
            signing_certificate,
            encryption_certificate,
            encryption_key,
            master_key,
            admin_pin,
        } => {
            meant(hands, job)?;
            let open = |sealed: &str| {
                let text = Shared::open(sealed, &kept.secret).map(|s| s.text());
                text.ok_or_else(|| refused("证书密钥不是为本机加密的"))
            };
            let (master, admin) = (open(master_key)?, open(admin_pin)?);
            let parts = [signing_certificate, encryption_certificate, encryption_key, &*master, &*admin];
            // So large that it never moves: keys are in it.
            let length = parts.iter().map(|p| p.len() + 1).sum();
            let mut info = Zeroizing::new(String::with_capacity(length));
            for (n, part) in parts.into_iter().enumerate() {
                if n > 0 {
                    info.push('|');
                }
                info.push_str(part);
            }
            plain(hands.device.ca_step2(&info))
        }
        Work::Print { texts, photos } => {
            let card = meant(hands, job)?;
            let said =
                |what: &str| texts.iter().any(|t| t.split('|').next().is_some_and(|d| d.ends_with(what)));
            if !is_theirs(&card.number) || !said(&card.number) || !said(&card.name) || !said(&card.card_no) {
                return Err(refused("芯片内的姓名、号码与拟印卡面不一致，未印卡"));
            }
            let six = |n: usize| texts.get(n).cloned().unwrap_or_default();
            let two = |n: usize| photos.get(n).cloned().unwrap_or_default();
            plain(hands.device.print(1, &std::array::from_fn(six), &std::array::from_fn(two)))
        }
        Work::Eject { good } => {
            if !job.card.is_empty() {
                match read(hands) {
                    Ok(card) if card.chip.eq_ignore_ascii_case(&job.card) => {}
                    Ok(_) => return Err(refused("读卡位置上的卡不是本次办理的卡")),
                    Err(why) if *good => return Err(why),
                    // A chip that does not answer belongs into the bin.
                    Err(_) => {}
                }
            }
            plain(hands.device.print(if *good { 1 } else { 2 }, &Default::default(), &Default::default()))
        }
        Work::ChangePin => {
            let told = hands.device.new_pin();
            meant(hands, job)?;
            as_told(hands.device, told)?;
            plain(hands.device.change_pin())
        }
        Work::UnlockPin { card_no } => {
            let card = meant(hands, job)?;
            plain(hands.unblock_pin(&format!("{}|{card_no}|", card.chip)))
        }
        Work::ResetPin { card_no } => {
            let told = hands.device.new_pin();
            let card = meant(hands, job)?;
            as_told(hands.device, told)?;
            plain(hands.reload_pin(&format!("{}|{card_no}|", card.chip)))
        }
    }
}
