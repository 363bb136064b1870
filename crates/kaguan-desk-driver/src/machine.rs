//! The machine around the chip: boxes, the place under the reader, the two ways out, the printer, and what can go wrong.

use crate::chip::{Session, VirtualKeys};
use crate::face::{Card, Fonts};
use crate::state::CardState;
use crate::steps::Begun;
use crate::terminal::{Keys, NoKeys, Reader, Typed};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What a driver function answers: what stands in `pOutInfo`, or an error.
pub type Outcome = Result<String, Fault>;

/// A negative number of the published table, and what stands in `pOutInfo` beside it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    pub code: i32,
    pub out: String,
}

impl Fault {
    /// A code without words.
    pub fn code(code: i32) -> Self {
        Self { code, out: String::new() }
    }

    /// A code with words.
    pub fn said(code: i32, out: impl Into<String>) -> Self {
        Self { code, out: out.into() }
    }
}

/// Where every card of the machine is.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Places {
    /// Card boxes by number; the card on top comes first.
    pub boxes: BTreeMap<u8, Vec<String>>,
    /// Under the reader.
    pub slot: Option<String>,
    /// 正常卡位.
    pub good: Vec<String>,
    /// 坏卡位.
    pub reject: Vec<String>,
}

/// No card's memory is larger as a file.
const LARGEST: usize = 256 << 10;

/// A plug that is pulled at a command to the chip.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Pull {
    /// Commands that still go well.
    after: u32,
    /// Whether the chip has carried the command out when its answer is lost.
    carried_out: bool,
}

/// A machine in a directory: `machine.json` says where the cards are, `cards/` is their memory, `faces/` what is printed on them,
/// `keypad` what somebody presses on the reader (a file that is taken away once it is read, or a pipe), `no-psam` that it has no keys of cards,
/// `faults.json` and `pull.json` what goes wrong next.
pub struct Machine {
    dir: PathBuf,
    session: Session,
    /// A function in steps that waits for the province's machine.
    pub(crate) begun: Option<Begun>,
}

fn io(_: std::io::Error) -> Fault {
    Fault::said(-11, "读卡器连接错")
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    let fresh = path.with_extension("new");
    std::fs::write(&fresh, bytes).map_err(io)?;
    std::fs::rename(fresh, path).map_err(io)
}

impl Machine {
    /// The machine of a directory.
    pub fn open(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into(), session: Session::default(), begun: None }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Puts a card at the bottom of a box.
    ///
    /// # Errors
    /// When the directory cannot be written.
    pub fn fill(&self, number: u8, card: &CardState) -> Result<(), Fault> {
        std::fs::create_dir_all(self.at("cards")).map_err(io)?;
        std::fs::create_dir_all(self.at("faces")).map_err(io)?;
        self.keep(card)?;
        let mut places = self.places();
        places.boxes.entry(number).or_default().push(card.chip.clone());
        self.place(&places)
    }

    /// Where the cards are.
    pub fn places(&self) -> Places {
        let read = std::fs::read(self.at("machine.json")).ok();
        read.and_then(|b| serde_json::from_slice(&b).ok()).unwrap_or_default()
    }

    pub(crate) fn place(&self, places: &Places) -> Result<(), Fault> {
        write(&self.at("machine.json"), &serde_json::to_vec_pretty(places).unwrap_or_default())
    }

    /// A card's memory.
    pub fn card(&self, chip: &str) -> Option<CardState> {
        let read = Zeroizing::new(std::fs::read(self.at("cards").join(format!("{chip}.json"))).ok()?);
        serde_json::from_slice(&read).ok()
    }

    fn keep(&self, card: &CardState) -> Result<(), Fault> {
        // So large that it never moves, and is wiped as a whole.
        let mut bytes = Zeroizing::new(Vec::with_capacity(LARGEST));
        if serde_json::to_writer_pretty(&mut *bytes, card).is_err() || bytes.len() > LARGEST {
            return Err(Fault::code(-11));
        }
        write(&self.at("cards").join(format!("{}.json", card.chip)), &bytes)
    }

    /// The picture of a card's face, once it is printed.
    pub fn face(&self, chip: &str) -> PathBuf {
        self.at("faces").join(format!("{chip}.png"))
    }

    /// What is to go wrong with a function, if anything; each is told once.
    fn wrong_with(&self, function: &str) -> Option<String> {
        let path = self.at("faults.json");
        let mut all: BTreeMap<String, Vec<String>> =
            serde_json::from_slice(&std::fs::read(&path).ok()?).ok()?;
        let next = all.get_mut(function).filter(|v| !v.is_empty())?.remove(0);
        write(&path, &serde_json::to_vec(&all).unwrap_or_default()).ok()?;
        Some(next)
    }

    /// Carries a function out, unless it is to go wrong: `-4` before it began, `after:-4` when it is done and its answer is lost,
    /// `abort` and `abort-after` with the whole program.
    pub fn call(&mut self, function: &str, work: impl FnOnce(&mut Self) -> Outcome) -> Outcome {
        let fault = |code: &str| Fault::code(code.parse().unwrap_or(-999));
        match self.wrong_with(function).as_deref() {
            None | Some("0") => work(self),
            Some("abort") => std::process::abort(),
            Some("abort-after") => {
                let _ = work(self);
                std::process::abort()
            }
            Some(code) => match code.strip_prefix("after:") {
                Some(code) => {
                    let _ = work(self);
                    Err(fault(code))
                }
                None => Err(fault(code)),
            },
        }
    }

    /// The card under the reader.
    pub(crate) fn under_reader(&self) -> Result<CardState, Fault> {
        let chip = self.places().slot.ok_or(Fault::said(-2, "无卡"))?;
        self.card(&chip).ok_or(Fault::said(-4, "卡无应答"))
    }

    /// The answer to reset of the card under the reader (ISO 7816-3): 卡复位信息 are its historical bytes.
    ///
    /// # Errors
    /// When there is no card.
    pub fn answer_to_reset(&self) -> Result<Vec<u8>, Fault> {
        let mut history = hex::decode(&self.under_reader()?.reset).map_err(|_| Fault::code(-15))?;
        history.truncate(15);
        // TB1 and TC1 follow, and the historical bytes; protocol T=0.
        let mut out = vec![0x3B, 0x60 | u8::try_from(history.len()).unwrap_or(15), 0, 0];
        out.append(&mut history);
        Ok(out)
    }

    /// One command to the chip, as [`Reader::transmit`]; what it changed is on the disk before it is answered.
    fn command(&mut self, bytes: &[u8]) -> Result<(Vec<u8>, u16), Fault> {
        let mut card = self.under_reader()?;
        let silent = || Fault::said(-4, "卡无应答");
        let path = self.at("pull.json");
        let pull: Option<Pull> = std::fs::read(&path).ok().and_then(|b| serde_json::from_slice(&b).ok());
        let pulled = match pull {
            Some(Pull { after: 0, carried_out }) => {
                std::fs::remove_file(&path).map_err(io)?;
                self.session =
                    if carried_out { std::mem::take(&mut self.session) } else { Session::default() };
                if !carried_out {
                    return Err(silent());
                }
                true
            }
            Some(Pull { after, carried_out }) => {
                let less = Pull { after: after - 1, carried_out };
                write(&path, &serde_json::to_vec(&less).unwrap_or_default())?;
                false
            }
            None => false,
        };
        let before = card.clone();
        let mut out = self.session.transmit(&mut card, bytes);
        if card != before {
            self.keep(&card)?;
        }
        if pulled {
            self.session = Session::default();
            return Err(silent());
        }
        let sw = out.split_off(out.len() - 2);
        Ok((out, u16::from_be_bytes([sw[0], sw[1]])))
    }

    /// What somebody presses on the keypad: lines, each ended by 确认. Nobody there is 密码输入操作超时; an empty line is 取消.
    fn pressed(&self, lines: usize) -> Result<Vec<Zeroizing<String>>, Fault> {
        let path = self.at("keypad");
        let text =
            Zeroizing::new(std::fs::read_to_string(&path).map_err(|_| Fault::said(-32, "密码输入操作超时"))?);
        if path.is_file() {
            std::fs::remove_file(&path).map_err(io)?;
        }
        let all: Vec<_> = text.lines().take(lines).map(|l| Zeroizing::new(l.to_owned())).collect();
        if all.len() < lines {
            return Err(Fault::said(-32, "密码输入操作超时"));
        }
        if all.iter().any(|l| l.is_empty()) {
            return Err(Fault::said(-31, "用户取消密码输入"));
        }
        Ok(all)
    }

    /// `iReadIdentityCard`: what the file `identity` says lies on the reader, as `|姓名|性别|民族|出生日期|地址|身份证号|发卡日期|有效日期|签发机关|照片|`.
    ///
    /// # Errors
    /// When nothing lies there.
    pub fn read_identity(&mut self) -> Outcome {
        std::fs::read_to_string(self.at("identity")).map_err(|_| Fault::said(-2, "无卡"))
    }

    /// A card that lies outside is put under the reader by hand.
    ///
    /// # Errors
    /// When it does not lie outside, or another is there.
    pub fn insert(&self, chip: &str) -> Result<(), Fault> {
        let mut places = self.places();
        let at = places.good.iter().position(|c| c == chip).ok_or(Fault::said(-2, "出卡口没有这张卡"))?;
        if places.slot.is_some() {
            return Err(Fault::said(-1, "读卡位置已有卡"));
        }
        places.slot = Some(places.good.remove(at));
        self.place(&places)
    }

    /// `iLoadCard`: from box `n` under the reader; 0 is the default box. A card that is there already is the answer.
    ///
    /// # Errors
    /// When the box is empty.
    pub fn load(&mut self, n: i32) -> Outcome {
        let mut places = self.places();
        if places.slot.is_some() {
            return Ok(String::new());
        }
        let number = u8::try_from(n).map_err(|_| Fault::code(-14))?;
        let number = match number {
            0 => *places.boxes.keys().next().ok_or(Fault::said(-2, "没有卡盒"))?,
            1..=9 => number,
            _ => return Err(Fault::said(-14, "卡盒号为0至9")),
        };
        let cards = places.boxes.get_mut(&number).filter(|c| !c.is_empty());
        let card = cards.ok_or_else(|| Fault::said(-2, format!("{number}号卡盒内无卡")))?.remove(0);
        places.slot = Some(card);
        self.place(&places)?;
        Ok(String::new())
    }

    /// `iPrint`: the face is printed and the card goes out; with nothing to print, the card goes out where `n` says. It goes out even
    /// when the printing fails.
    ///
    /// # Errors
    /// When there is no card, or something cannot be printed as it should.
    pub fn print(&mut self, n: i32, texts: &[String; 6], photos: &[String; 2]) -> Outcome {
        let mut places = self.places();
        let chip = places.slot.take().ok_or(Fault::said(-2, "无卡"))?;
        let nothing = texts.iter().chain(photos).all(|t| t.is_empty());
        if nothing {
            match n {
                1 => places.good.push(chip),
                2 => places.reject.push(chip),
                _ => return Err(Fault::said(-14, "出卡口为1或2")),
            }
            self.place(&places)?;
            return Ok(String::new());
        }
        let printed = Card::of(texts, photos).and_then(|card| card.draw(&Fonts::of_machine()));
        let failed = match printed {
            Ok(png) => {
                write(&self.face(&chip), &png)?;
                let mut card = self.card(&chip).ok_or(Fault::code(-4))?;
                card.printed = true;
                self.keep(&card)?;
                if let Some(code) = self.wrong_with("iPrint inside") {
                    return Err(Fault::code(code.parse().unwrap_or(-999)));
                }
                None
            }
            Err(why) => Some(why),
        };
        places.good.push(chip);
        self.place(&places)?;
        failed.map_or(Ok(String::new()), |why| Err(Fault::said(-23, why)))
    }
}

impl Reader for Machine {
    fn power_on(&mut self) -> Result<String, Fault> {
        self.session = Session::default();
        self.under_reader().map(|card| card.reset.clone())
    }

    fn transmit(&mut self, command: &[u8]) -> Result<(Vec<u8>, u16), Fault> {
        self.command(command)
    }

    fn typed(&mut self, what: &[Typed]) -> Result<Vec<Zeroizing<String>>, Fault> {
        self.pressed(what.len())
    }

    fn keys(&self) -> &dyn Keys {
        if self.at("no-psam").exists() { &NoKeys } else { &VirtualKeys }
    }
}
