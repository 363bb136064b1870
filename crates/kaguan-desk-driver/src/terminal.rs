//! The functions of `SSCardDriver` on the card under the reader: what a driver does between its caller's strings and the chip's commands.

use crate::apdu::{Apdu, DONE, LOCKED};
use crate::chip::{DF01, DIRECTORY, digest_of, key_number, pin_bytes, with_pin};
use crate::layout::{Item, item, items_of};
use crate::machine::{Fault, Outcome};
use kaguan_api::desk::PIN_CLEARED;
use kaguan_domain::pin::{INITIAL_PIN, PoorPin, judge_new_pin};
use zeroize::Zeroizing;

/// What somebody is asked to type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Typed {
    /// The PIN that the card has.
    Present,
    /// Another one.
    New,
    /// The other one once more.
    Again,
}

/// A command whose PINs the keypad of a reader puts in: whoever sends it never has them. Each is six digits, three bytes of BCD.
pub struct KeypadCommand {
    /// CLA, INS, P1, P2.
    pub head: [u8; 4],
    /// The data, `FF` where PINs go.
    pub data: Zeroizing<Vec<u8>>,
    /// Where the PIN that the card has goes in the data; `None` when it is not asked for.
    pub present: Option<u8>,
    /// Where a new one goes, which is typed twice.
    pub new: Option<u8>,
}

/// Bytes of a PIN that a keypad takes.
const ON_KEYPAD: usize = 3;

impl KeypadCommand {
    /// VERIFY.
    fn verify() -> Self {
        let data = Zeroizing::new(vec![0xFF; ON_KEYPAD]);
        Self { head: [0x00, 0x20, 0x00, 0x00], data, present: Some(0), new: None }
    }

    /// CHANGE, old and new typed; or with an old one that is known here.
    fn change(known: Option<&[u8; ON_KEYPAD]>) -> Self {
        let mut data = Zeroizing::new(vec![0xFF; 2 * ON_KEYPAD + 1]);
        if let Some(known) = known {
            data[..ON_KEYPAD].copy_from_slice(known);
        }
        let present = if known.is_some() { None } else { Some(0) };
        Self { head: CHANGE, data, present, new: Some(4) }
    }
}

/// The head of CHANGE: old, `FF`, new.
const CHANGE: [u8; 4] = [0x80, 0x5E, 0x01, 0x00];

/// A reader with a card in it, somebody who types, and keys.
pub trait Reader {
    /// Power on: what was proved before is forgotten. 卡复位信息 comes out, hexadecimal.
    ///
    /// # Errors
    /// `-2` when there is no card; else by the published table.
    fn power_on(&mut self) -> Result<String, Fault>;
    /// One command to the chip; data and status word.
    ///
    /// # Errors
    /// `-4` when the card is gone.
    fn transmit(&mut self, command: &[u8]) -> Result<(Vec<u8>, u16), Fault>;
    /// The PINs that somebody types, in this order.
    ///
    /// # Errors
    /// `-31` taken back, `-32` nobody there.
    fn typed(&mut self, what: &[Typed]) -> Result<Vec<Zeroizing<String>>, Fault>;
    /// Whether a keypad of the reader takes PINs for a command, with a new one or without; otherwise [`Self::typed`] asks for them.
    ///
    /// # Errors
    /// [`kaguan_api::desk::NO_KEYPAD`] when they may be typed nowhere else, and there is none that can.
    fn takes_pins(&mut self, _new: bool) -> Result<bool, Fault> {
        Ok(false)
    }
    /// Has the holder type at the keypad, and sends the command with what was typed; the card's status word.
    ///
    /// # Errors
    /// `-31` taken back, `-32` nobody there, `-33` not six digits, `-34` two different new ones: the card was not asked.
    fn enter(&mut self, _command: &KeypadCommand) -> Result<u16, Fault> {
        Err(Fault::code(-13))
    }
    /// Keys of cards, and the terminal that has them.
    fn keys(&self) -> &dyn Keys;
}

/// Keys of cards: a PSAM, or a machine (加密机). A key itself never comes out.
pub trait Keys: Send + Sync {
    /// SM4 of one block under a chip's key; the number is that of EXTERNAL AUTHENTICATE.
    ///
    /// # Errors
    /// `-2201` when there are none, `-2203` when this one is not there.
    fn cryptogram(&self, chip: &str, number: u8, block: [u8; 16]) -> Result<[u8; 16], Fault>;
    /// 终端机编号, twelve digits, and 终端设备号.
    fn terminal(&self) -> (String, String);
}

/// No PSAM: what is free is read, and nothing is proved.
pub struct NoKeys;

impl Keys for NoKeys {
    fn cryptogram(&self, _: &str, _: u8, _: [u8; 16]) -> Result<[u8; 16], Fault> {
        Err(Fault::said(-2201, "无PSAM卡"))
    }

    fn terminal(&self) -> (String, String) {
        ("0".repeat(12), String::new())
    }
}

/// The functions of the standard on a reader.
pub struct Terminal<'a>(pub &'a mut dyn Reader);

/// The card that is meant.
pub(crate) struct Meant {
    pub chip: String,
    pub reset: String,
}

/// The head of UNBLOCK.
pub(crate) const UNBLOCK: [u8; 4] = [0x84, 0x24, 0x00, 0x00];
/// The head of RELOAD.
pub(crate) const RELOAD: [u8; 4] = [0x84, 0x24, 0x00, 0x01];

/// The number of the key under which PINs are set anew and unlocked.
pub const PUK: u8 = 10;

/// `SSSEEF06|08|09|$…` as files with their tags, or with values in the place of the tags.
fn groups(text: &str) -> Result<Vec<(String, Vec<String>)>, Fault> {
    let wrong = || Fault::said(-14, "文件地址格式错");
    let mut out = Vec::new();
    for group in text.strip_suffix('$').ok_or_else(wrong)?.split('$') {
        let mut parts = group.strip_suffix('|').ok_or_else(wrong)?.split('|').map(str::to_owned);
        let file = parts.next().ok_or_else(wrong)?;
        out.push((file, parts.collect()));
    }
    Ok(out)
}

fn failed(sw: u16) -> Fault {
    Fault::code(-i32::from(sw))
}

impl Terminal<'_> {
    pub(crate) fn ask(&mut self, head: [u8; 4], data: &[u8]) -> Result<Vec<u8>, Fault> {
        let (out, sw) = self.0.transmit(&Apdu::bytes(head, data))?;
        if sw == DONE { Ok(out) } else { Err(failed(sw)) }
    }

    pub(crate) fn select_directory(&mut self, directory: &str) -> Result<(), Fault> {
        let name: &[u8] = if directory == "DF01" { &DF01 } else { &DIRECTORY };
        self.ask([0x00, 0xA4, 0x04, 0x00], name).map(|_| ())
    }

    pub(crate) fn challenge(&mut self) -> Result<[u8; 16], Fault> {
        self.ask([0x00, 0x84, 0x00, 0x00], &[])?.try_into().map_err(|_| Fault::code(-15))
    }

    /// Proves a key that the PSAM has.
    fn prove(&mut self, card: &Meant, key: &str) -> Result<(), Fault> {
        let number = key_number(key).ok_or(Fault::code(-27_272))?;
        let challenge = self.challenge()?;
        let proof = self.0.keys().cryptogram(&card.chip, number, challenge)?;
        self.authenticated(number, proof)
    }

    /// EXTERNAL AUTHENTICATE with what the key of a number made of the last challenge.
    pub(crate) fn authenticated(&mut self, number: u8, proof: [u8; 16]) -> Result<(), Fault> {
        self.ask([0x00, 0x82, 0x00, number], &proof).map(|_| ())
    }

    /// The four bytes that vouch for a command.
    fn mac(&self, card: &Meant, challenge: [u8; 16], head: [u8; 4], data: &[u8]) -> Result<[u8; 4], Fault> {
        let sealed = self.0.keys().cryptogram(&card.chip, PUK, digest_of(challenge, head, data))?;
        Ok([sealed[0], sealed[1], sealed[2], sealed[3]])
    }

    fn select_file(&mut self, item: &Item) -> Result<(), Fault> {
        let n = u8::from_str_radix(&item.file[2..], 16).map_err(|_| Fault::code(-27_266))?;
        self.ask([0x00, 0xA4, 0x02, 0x00], &[0xEF, n]).map(|_| ())
    }

    fn read_item(&mut self, item: &Item) -> Result<String, Fault> {
        self.select_file(item)?;
        let bytes = match item.tag {
            Some(tag) => self.ask([0x00, 0xB2, tag, 0x00], &[])?,
            None => self.ask([0x00, 0xB0, 0x00, 0x00], &[])?,
        };
        Ok(item.text_of(&bytes))
    }

    /// Powers the card, and sees that it is the one that is meant: `卡识别码|卡号|`, or nothing when any will do.
    pub(crate) fn meant(&mut self, i_type: i32, info: &str) -> Result<Meant, Fault> {
        if !(1..=4).contains(&i_type) {
            return Err(Fault::said(-14, "iType为1至4"));
        }
        let reset = self.0.power_on()?;
        self.select_directory("SSSE")?;
        let chip = self.read_item(need("SSSEEF05", "01")?)?;
        if !info.is_empty() {
            let number = self.read_item(need("SSSEEF05", "07")?)?;
            if info != format!("{chip}|{number}|") {
                return Err(Fault::said(-22, "传入数据与卡内不符"));
            }
        }
        Ok(Meant { chip, reset })
    }

    /// `iReadCardBas`: eleven fields.
    ///
    /// # Errors
    /// By the published table.
    pub fn read_basic(&mut self, i_type: i32) -> Outcome {
        let card = self.meant(i_type, "")?;
        let version = self.version()?;
        // Earlier cards let everybody read.
        if version.starts_with('3') {
            self.prove(&card, "RKSSSE")?;
        }
        self.basic(card, &version)
    }

    /// 规范版本.
    pub(crate) fn version(&mut self) -> Outcome {
        self.read_item(need("SSSEEF05", "03")?)
    }

    /// The eleven fields, once they may be read.
    pub(crate) fn basic(&mut self, card: Meant, version: &str) -> Outcome {
        let mut of = |file, tag| self.read_item(need(file, tag)?);
        let (issued, until) = (of("SSSEEF05", "05")?, of("SSSEEF05", "06")?);
        let card_no = of("SSSEEF05", "07")?;
        let number = of("SSSEEF06", "08")?;
        let name = of("SSSEEF06", "09")? + &of("SSSEEF06", "4E")?;
        let Meant { chip, reset } = card;
        let area = chip.get(..6).unwrap_or_default().to_owned();
        let (terminal, device) = self.0.keys().terminal();
        Ok(format!(
            "{area}|{number}|{card_no}|{chip}|{name}|{reset}|{version}|{issued}|{until}|{terminal}|{device}|"
        ))
    }

    fn authorise(&mut self, card: &Meant, i_auth: i32, file: &str) -> Result<(), Fault> {
        match i_auth {
            1 => {
                self.select_directory(file.get(..4).unwrap_or_default())?;
                self.verified_by_holder()
            }
            2 if file.starts_with("DF01") => {
                self.select_directory("DF01")?;
                self.prove(card, "RK1DF01")
            }
            2 => {
                self.select_directory("SSSE")?;
                self.prove(card, "RKSSSE")
            }
            _ => Err(Fault::said(-14, "iAuthType为1或2")),
        }
    }

    /// `iReadCard`: what `pFileAddr` names, in its form.
    ///
    /// # Errors
    /// By the published table.
    pub fn read(&mut self, i_type: i32, i_auth: i32, info: &str, addresses: &str) -> Outcome {
        let card = self.meant(i_type, info)?;
        let mut out = String::new();
        for (file, tags) in groups(addresses)? {
            let directory = file.get(..4).unwrap_or_default();
            // What everybody may read needs no key.
            if i_auth == 2
                && items_of(directory, file.get(4..).unwrap_or_default()).all(|i| i.read_key.is_none())
            {
                self.select_directory(directory)?;
            } else {
                self.authorise(&card, i_auth, &file)?;
            }
            out += &file;
            out.push('|');
            if tags.is_empty() {
                out += &self.read_item(item(&file, None).ok_or(Fault::code(-27_266))?)?;
                out.push('|');
            }
            for tag in tags {
                out += &self.read_item(need(&file, &tag)?)?;
                out.push('|');
            }
            out.push('$');
        }
        Ok(out)
    }

    /// `iWriteCard`: `pWriteData` has the form of `pFileAddr`, with values in the place of tags. All is judged before anything is written.
    ///
    /// # Errors
    /// By the published table.
    pub fn write(&mut self, i_type: i32, info: &str, addresses: &str, values: &str) -> Outcome {
        let card = self.meant(i_type, info)?;
        let all = judged(addresses, values)?;
        self.put(Some(&card), ("", ""), all).map(|()| String::new())
    }

    /// Writes what was judged. A card's keys are proved as they are needed; without a card the one of a directory has been.
    pub(crate) fn put(
        &mut self,
        card: Option<&Meant>,
        proved: (&'static str, &'static str),
        all: Vec<(&'static Item, Vec<u8>)>,
    ) -> Result<(), Fault> {
        let mut at = proved;
        for (item, bytes) in all {
            if at.0 != item.directory {
                self.select_directory(item.directory)?;
            }
            if at != (item.directory, item.write_key) && !item.write_key.is_empty() {
                self.prove(card.ok_or(Fault::code(-2201))?, item.write_key)?;
            }
            at = (item.directory, item.write_key);
            self.select_file(item)?;
            match item.tag {
                Some(tag) => self.ask([0x00, 0xDC, tag, 0x00], &bytes)?,
                None => self.ask([0x00, 0xD6, 0x00, 0x00], &bytes)?,
            };
        }
        Ok(())
    }

    /// `iWriteCaStep1`: the chip's signature public key, 130 hexadecimal digits.
    ///
    /// # Errors
    /// By the published table.
    pub fn ca_step1(&mut self) -> Outcome {
        self.ca_allowed()?;
        self.ask([0x00, 0x46, 0x00, 0x00], &[]).map(hex::encode)
    }

    /// `iWriteCaStep2`: `签名证书|加密证书|加密密钥|主控密钥|管理员PIN`.
    ///
    /// # Errors
    /// By the published table.
    pub fn ca_step2(&mut self, info: &str) -> Outcome {
        let parts: Vec<&str> = info.split('|').collect();
        if parts.len() != 5 || parts.iter().any(|p| p.is_empty()) {
            return Err(Fault::said(-14, "CA信息应有五项"));
        }
        self.ca_allowed()?;
        // 主控密钥 first: a card that has it opens itself to whoever knows it.
        for n in [4, 1, 2, 3, 5u8] {
            self.ask([0x00, 0xDA, 0x00, n], parts[usize::from(n) - 1].as_bytes())?;
        }
        Ok(String::new())
    }

    /// The CA's place in the card is opened by UKSSSE. Without a PSAM the card itself decides: it stands open until it is filled, and then to its
    /// 主控密钥.
    fn ca_allowed(&mut self) -> Result<(), Fault> {
        let card = self.meant(1, "")?;
        match self.prove(&card, "UKSSSE") {
            Err(Fault { code: -2201, .. }) => Ok(()),
            said => said,
        }
    }

    fn verified(&mut self, pin: &str) -> Result<(), Fault> {
        let bytes = pin_bytes(pin).ok_or(Fault::said(-33, "输入密码长度错"))?;
        let (_, sw) = self.0.transmit(&Apdu::bytes([0x00, 0x20, 0x00, 0x00], &bytes))?;
        tries(sw)
    }

    /// The PIN that the card has, typed at the keypad or elsewhere.
    fn verified_by_holder(&mut self) -> Result<(), Fault> {
        if self.0.takes_pins(false)? {
            return tries(self.0.enter(&KeypadCommand::verify())?);
        }
        let pin = self.0.typed(&[Typed::Present])?;
        self.verified(&pin[0])
    }

    /// `iVerifyPIN`, typed.
    ///
    /// # Errors
    /// `-51` with the tries that are left in `pOutInfo`, `-52` when it is locked.
    pub fn verify_pin(&mut self, i_type: i32) -> Outcome {
        self.meant(i_type, "")?;
        self.verified_by_holder().map(|()| String::new())
    }

    /// Two lines that must be the same new PIN, and a good one for the holder as far as the card says who that is.
    pub(crate) fn new_pin(twice: &[Zeroizing<String>], number: &str) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let [new, again] = twice else { return Err(Fault::said(-32, "密码输入操作超时")) };
        if new != again {
            return Err(Fault::said(-34, "两次输入密码不一致"));
        }
        judge_new_pin(new, number).map_err(|why| {
            let code = match why {
                PoorPin::Initial => -36,
                PoorPin::NotSixDigits => -33,
                PoorPin::OneDigit | PoorPin::Run | PoorPin::Birthday | PoorPin::OfTheNumber => -23,
            };
            Fault::said(code, why.words())
        })?;
        pin_bytes(new).ok_or(Fault::said(-33, "输入密码长度错"))
    }

    /// The holder's number; empty where it is not to be read.
    fn number(&mut self, card: &Meant) -> String {
        let mut read = || {
            if self.read_item(need("SSSEEF05", "03")?)?.starts_with('3') {
                self.prove(card, "RKSSSE")?;
            }
            self.read_item(need("SSSEEF06", "08")?)
        };
        read().unwrap_or_default()
    }

    /// `iChangePIN`: the old one, and the new one twice. A new one that a keypad takes is seen by nobody, and not judged.
    ///
    /// # Errors
    /// `-23`, `-33`, `-34`, `-36` before the chip is asked; else as [`Self::verify_pin`].
    pub fn change_pin(&mut self, i_type: i32) -> Outcome {
        let card = self.meant(i_type, "")?;
        if self.0.takes_pins(true)? {
            return tries(self.0.enter(&KeypadCommand::change(None))?).map(|()| String::new());
        }
        let number = self.number(&card);
        let pins = self.0.typed(&[Typed::Present, Typed::New, Typed::Again])?;
        let old = pin_bytes(&pins[0]).ok_or(Fault::said(-33, "输入密码长度错"))?;
        let new = Self::new_pin(&pins[1..], &number)?;
        let both = Zeroizing::new([&old[..], &[0xFF], &new[..]].concat());
        let (_, sw) = self.0.transmit(&Apdu::bytes(CHANGE, &both))?;
        tries(sw).map(|()| String::new())
    }

    /// `iUnblockPIN`: the tries begin again, the PIN stays.
    ///
    /// # Errors
    /// By the published table; `-27013` when it is not locked.
    pub fn unblock_pin(&mut self, i_type: i32, info: &str) -> Outcome {
        let card = self.meant(i_type, info)?;
        self.is_locked()?;
        let challenge = self.challenge()?;
        let mac = self.mac(&card, challenge, UNBLOCK, &[])?;
        self.ask(UNBLOCK, &mac).map(|_| String::new())
    }

    /// Without a PIN the command says how many tries are left.
    pub(crate) fn is_locked(&mut self) -> Result<(), Fault> {
        match self.0.transmit(&Apdu::bytes([0x00, 0x20, 0x00, 0x00], &[]))?.1 {
            LOCKED => Ok(()),
            _ => Err(Fault::said(-27_013, "密码未锁定")),
        }
    }

    /// `iReloadPIN`: another PIN, typed twice, without the old one. RELOAD has the PIN under a key, which no keypad has: there, RELOAD sets one
    /// that is made here and told to nobody, and the holder's own takes its place by CHANGE.
    ///
    /// # Errors
    /// By the published table; [`PIN_CLEARED`] when the old PIN is gone and no new one was typed.
    pub fn reload_pin(&mut self, i_type: i32, info: &str) -> Outcome {
        let card = self.meant(i_type, info)?;
        if self.0.takes_pins(true)? {
            let between = passing()?;
            self.reload(&card, &*between)?;
            let typed = self.0.enter(&KeypadCommand::change(Some(&between)));
            return match typed.and_then(tries) {
                Ok(()) => Ok(String::new()),
                Err(why) => Err(Fault::said(PIN_CLEARED, why.code.to_string())),
            };
        }
        let number = self.number(&card);
        let pins = self.0.typed(&[Typed::New, Typed::Again])?;
        let new = Self::new_pin(&pins, &number)?;
        self.reload(&card, &new)
    }

    fn reload(&mut self, card: &Meant, new: &[u8]) -> Outcome {
        let challenge = self.challenge()?;
        let hidden = with_pin(self.0.keys().cryptogram(&card.chip, PUK, challenge)?, new);
        let data = [&hidden[..], &self.mac(card, challenge, RELOAD, &hidden)?].concat();
        self.ask(RELOAD, &data).map(|_| String::new())
    }
}

/// Six digits at random, never the initial ones, for a moment.
fn passing() -> Result<Zeroizing<[u8; ON_KEYPAD]>, Fault> {
    let initial = pin_bytes(INITIAL_PIN).unwrap_or_default();
    let mut random = Zeroizing::new([0; 2 * ON_KEYPAD]);
    loop {
        getrandom::fill(&mut *random).map_err(|_| Fault::code(-999))?;
        let mut pin = Zeroizing::new([0; ON_KEYPAD]);
        for (byte, two) in pin.iter_mut().zip(random.chunks(2)) {
            *byte = ((two[0] % 10) << 4) | (two[1] % 10);
        }
        if pin[..] != initial[..] {
            return Ok(pin);
        }
    }
}

/// `pFileAddr` with `pWriteData`, which has its form with values in the place of tags: items with the bytes that are written.
pub(crate) fn judged(addresses: &str, values: &str) -> Result<Vec<(&'static Item, Vec<u8>)>, Fault> {
    let (addresses, values) = (groups(addresses)?, groups(values)?);
    let unlike = || Fault::said(-14, "写卡数据与文件地址不对应");
    if addresses.len() != values.len() {
        return Err(unlike());
    }
    let mut all = Vec::new();
    for ((file, tags), (same, values)) in addresses.iter().zip(&values) {
        if file != same || tags.len().max(1) != values.len() {
            return Err(unlike());
        }
        for (item, value) in items(file, tags)?.into_iter().zip(values) {
            let bytes = item.bytes_of(value);
            all.push((item, bytes.ok_or_else(|| Fault::said(-23, format!("{}不合法", item.name)))?));
        }
    }
    Ok(all)
}

/// The items of a file that are named by their tags, or the file as a whole.
fn items(file: &str, tags: &[String]) -> Result<Vec<&'static Item>, Fault> {
    match tags {
        [] => Ok(vec![item(file, None).ok_or(Fault::code(-27_266))?]),
        tags => tags.iter().map(|tag| need(file, tag)).collect(),
    }
}

/// The directory and the key of everything that `pFileAddr` names, when it is one.
pub(crate) fn one_key(addresses: &str) -> Result<(&'static str, &'static str), Fault> {
    let mut all = Vec::new();
    for (file, tags) in groups(addresses)? {
        all.extend(items(&file, &tags)?.into_iter().map(|i| (i.directory, i.write_key)));
    }
    match all.first() {
        Some(first) if all.iter().all(|one| one == first) => Ok(*first),
        _ => Err(Fault::said(-14, "经加密机写卡时，一次只能写同一密钥的文件")),
    }
}

fn need(file: &str, tag: &str) -> Result<&'static Item, Fault> {
    item(file, Some(tag)).ok_or(Fault::said(-27_267, format!("{file}没有数据项{tag}")))
}

/// `-51` with the number of tries that are left, `-52` when there is none.
fn tries(sw: u16) -> Result<(), Fault> {
    match sw {
        DONE => Ok(()),
        LOCKED => Err(Fault::said(-52, "PIN锁定")),
        sw if sw & 0xFFF0 == 0x63C0 => Err(Fault::said(-51, (sw & 0xF).to_string())),
        sw => Err(failed(sw)),
    }
}
