//! Cards under a reader of PC/SC: `libpcsclite` or `winscard`, loaded when the agent is told to use it, so that it runs where there is none.
#![expect(unsafe_code, reason = "PC/SC is a C interface")]

use crate::device::{Device, Fault};
use crate::part10::{self, Features, Keypad};
use crate::window::Window;
use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;
use kaguan_api::desk::{NO_KEYPAD, NewPin};
use kaguan_desk_driver::{KeypadCommand, Keys, Outcome, Reader, Terminal, Typed, all_items};
use libloading::{Library, Symbol};
use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr::{null, null_mut};
use std::time::Duration;
use zeroize::Zeroizing;

#[cfg(all(unix, not(target_os = "macos")))]
mod types {
    use std::ffi::{c_long, c_ulong};
    pub type Long = c_long;
    pub type Dword = c_ulong;
    pub type Handle = c_long;
    pub const LIBRARIES: [&str; 2] = ["libpcsclite.so.1", "libpcsclite.so"];
    /// Behind the names of functions that take strings.
    pub const NARROW: &str = "";
    pub const CONTROL: &str = "SCardControl";
    pub const ATR: usize = 33;
    pub const fn control_code(code: Dword) -> Dword {
        0x4200_0000 + code
    }
}
#[cfg(target_os = "macos")]
mod types {
    pub type Long = i32;
    pub type Dword = u32;
    pub type Handle = i32;
    pub const LIBRARIES: [&str; 1] = ["/System/Library/Frameworks/PCSC.framework/PCSC"];
    pub const NARROW: &str = "";
    /// The name without the number is of an older function with other arguments.
    pub const CONTROL: &str = "SCardControl132";
    pub const ATR: usize = 33;
    pub const fn control_code(code: Dword) -> Dword {
        0x4200_0000 + code
    }
}
#[cfg(windows)]
mod types {
    pub type Long = i32;
    pub type Dword = u32;
    pub type Handle = usize;
    pub const LIBRARIES: [&str; 1] = ["winscard.dll"];
    pub const NARROW: &str = "A";
    pub const CONTROL: &str = "SCardControl";
    pub const ATR: usize = 36;
    /// `CTL_CODE(FILE_DEVICE_SMARTCARD, code, METHOD_BUFFERED, FILE_ANY_ACCESS)`.
    pub const fn control_code(code: Dword) -> Dword {
        (0x31 << 16) | (code << 2)
    }
}
use types::{ATR, CONTROL, Dword, Handle, LIBRARIES, Long, NARROW, control_code};

const SCOPE_SYSTEM: Dword = 2;
const EXCLUSIVE: Dword = 1;
/// With the reader, whether a card is there or not.
const DIRECT: Dword = 3;
/// T=0 or T=1.
const ANY_PROTOCOL: Dword = 3;
/// What was proved is forgotten; the power stays on, because to come back takes most of a second.
const RESET: Dword = 1;
/// Nothing is done to a card that somebody else may be using.
const LEAVE: Dword = 0;
/// `CM_IOCTL_GET_FEATURE_REQUEST`.
const FEATURES: Dword = control_code(3_400);
const STATE_PRESENT: Dword = 0x20;
/// The longest answer of a card.
const LONGEST: usize = 65_538;

/// `SCARD_IO_REQUEST`.
#[repr(C)]
struct Protocol {
    protocol: Dword,
    length: Dword,
}

/// `SCARD_READERSTATE`.
#[repr(C)]
struct ReaderState {
    name: *const c_char,
    own: *mut c_void,
    known: Dword,
    now: Dword,
    atr_length: Dword,
    atr: [u8; ATR],
}

type Establish = unsafe extern "system" fn(Dword, *const c_void, *const c_void, *mut Handle) -> Long;
type Release = unsafe extern "system" fn(Handle) -> Long;
type ListReaders = unsafe extern "system" fn(Handle, *const c_char, *mut c_char, *mut Dword) -> Long;
type Connect =
    unsafe extern "system" fn(Handle, *const c_char, Dword, Dword, *mut Handle, *mut Dword) -> Long;
type Disconnect = unsafe extern "system" fn(Handle, Dword) -> Long;
type Transmit = unsafe extern "system" fn(
    Handle,
    *const Protocol,
    *const u8,
    Dword,
    *mut Protocol,
    *mut u8,
    *mut Dword,
) -> Long;
type Status = unsafe extern "system" fn(
    Handle,
    *mut c_char,
    *mut Dword,
    *mut Dword,
    *mut Dword,
    *mut u8,
    *mut Dword,
) -> Long;
type Control =
    unsafe extern "system" fn(Handle, Dword, *const c_void, Dword, *mut c_void, Dword, *mut Dword) -> Long;
type Change = unsafe extern "system" fn(Handle, Dword, *mut ReaderState, Dword) -> Long;

/// A number of PC/SC as one of the published table.
fn fault(code: Long) -> Fault {
    // The lower half is the number, whatever the width.
    let mut low = [0; 4];
    low.copy_from_slice(&code.to_le_bytes()[..4]);
    match u32::from_le_bytes(low) {
        // E_NO_SMARTCARD
        0x8010_000C => Fault::code(-2),
        // W_UNPOWERED_CARD
        0x8010_0067 => Fault::code(-3),
        // W_UNRESPONSIVE_CARD, W_RESET_CARD, W_REMOVED_CARD, E_NOT_TRANSACTED, E_PROTO_MISMATCH
        0x8010_0066 | 0x8010_0068 | 0x8010_0069 | 0x8010_0016 | 0x8010_000F => Fault::code(-4),
        // E_NO_SERVICE, E_SERVICE_STOPPED
        0x8010_001D | 0x8010_001E => Fault::code(-12),
        _ => Fault::code(-11),
    }
}

fn number(n: usize) -> Dword {
    Dword::try_from(n).unwrap_or(Dword::MAX)
}

/// A reader's name: UTF-8, or GBK, as Windows in Chinese has the functions that take narrow strings.
fn text(name: &CStr) -> String {
    let gbk = |_| encoding_rs::GB18030.decode_without_bom_handling(name.to_bytes()).0.into_owned();
    name.to_str().map(str::to_owned).unwrap_or_else(gbk)
}

/// The library.
struct Api(Library);

impl Api {
    fn load() -> Result<Self> {
        // SAFETY: the system's own library; its beginning is its maker's.
        let loaded = LIBRARIES.iter().find_map(|name| unsafe { Library::new(*name) }.ok());
        loaded.map(Self).context("本机没有PC/SC（Linux须安装pcscd和libpcsclite1）")
    }

    /// A function of a type; only this module knows the types.
    fn get<F>(&self, name: &str) -> Result<Symbol<'_, F>, Fault> {
        // SAFETY: callers give the type that the standard gives the function.
        unsafe { self.0.get(name.as_bytes()) }.map_err(|_| Fault::code(-5))
    }

    fn context(&self) -> Result<Context<'_>, Fault> {
        let mut handle: Handle = 0;
        let establish = self.get::<Establish>("SCardEstablishContext")?;
        // SAFETY: the handle outlives the call, and nothing else is passed.
        match unsafe { establish(SCOPE_SYSTEM, null(), null(), &raw mut handle) } {
            0 => Ok(Context { api: self, handle }),
            code => Err(fault(code)),
        }
    }
}

/// A connection with the service, ended when it is dropped.
struct Context<'a> {
    api: &'a Api,
    handle: Handle,
}

impl Drop for Context<'_> {
    fn drop(&mut self) {
        if let Ok(release) = self.api.get::<Release>("SCardReleaseContext") {
            // SAFETY: a handle that the service gave, released once.
            unsafe { release(self.handle) };
        }
    }
}

impl Context<'_> {
    fn readers(&self) -> Result<Vec<CString>, Fault> {
        let list = self.api.get::<ListReaders>(&format!("SCardListReaders{NARROW}"))?;
        let mut names = vec![0u8; 4_096];
        let mut length = number(names.len());
        // SAFETY: the buffer has the length that is passed.
        let code = unsafe { list(self.handle, null(), names.as_mut_ptr().cast(), &raw mut length) };
        if code != 0 {
            return Err(fault(code));
        }
        let names = names.split(|b| *b == 0).take_while(|name| !name.is_empty());
        Ok(names.filter_map(|name| CString::new(name).ok()).collect())
    }

    /// The first reader whose name has a part; any when it is empty.
    fn reader(&self, part: &str) -> Result<CString, Fault> {
        let named = |name: &CString| text(name).contains(part);
        self.readers()?.into_iter().find(named).ok_or(Fault::said(-11, "没有读卡器"))
    }

    /// Waits until a reader says that a card is there.
    fn wait(&self, name: &CStr, patience: Duration) -> Result<(), Fault> {
        let change = self.api.get::<Change>(&format!("SCardGetStatusChange{NARROW}"))?;
        let mut state = ReaderState {
            name: name.as_ptr(),
            own: null_mut(),
            known: 0,
            now: 0,
            atr_length: 0,
            atr: [0; ATR],
        };
        loop {
            let ms = Dword::try_from(patience.as_millis()).unwrap_or(Dword::MAX);
            // SAFETY: one state, whose name outlives the call.
            let code = unsafe { change(self.handle, ms, &raw mut state, 1) };
            if code != 0 {
                return Err(fault(code));
            }
            if state.now & STATE_PRESENT != 0 {
                return Ok(());
            }
            state.known = state.now;
        }
    }
}

impl Api {
    /// Tells a reader, not the card, something by a control code.
    fn control(&self, handle: Handle, code: Dword, sent: &[u8]) -> Result<Vec<u8>, Fault> {
        let control = self.get::<Control>(CONTROL)?;
        let mut out = vec![0u8; 264];
        let (mut said, room) = (0, number(out.len()));
        let (from, to) = (sent.as_ptr().cast(), out.as_mut_ptr().cast());
        // SAFETY: both buffers have the lengths that are passed.
        let answer = unsafe { control(handle, code, from, number(sent.len()), to, room, &raw mut said) };
        if answer != 0 {
            return Err(fault(answer));
        }
        out.truncate(usize::try_from(said).unwrap_or(0));
        Ok(out)
    }

    /// The keypad of a reader; a reader that knows no such question has none.
    fn keypad(&self, handle: Handle) -> Option<Keypad> {
        let features = Features::of(&self.control(handle, FEATURES, &[]).ok()?);
        let ask = |code: Option<u32>| self.control(handle, Dword::from(code?), &[]).ok();
        let (pin, tlv) = (ask(features.pin_properties), ask(features.tlv_properties));
        Keypad::of(features, &pin.unwrap_or_default(), &tlv.unwrap_or_default())
    }
}

impl Context<'_> {
    /// The keypad of a reader in which no card needs to be.
    fn meets(&self, part: &str) -> Result<Option<Keypad>, Fault> {
        let name = self.reader(part)?;
        let connect = self.api.get::<Connect>(&format!("SCardConnect{NARROW}"))?;
        let disconnect = self.api.get::<Disconnect>("SCardDisconnect")?;
        let (mut handle, mut protocol): (Handle, Dword) = (0, 0);
        let (to_handle, to_protocol) = (&raw mut handle, &raw mut protocol);
        // SAFETY: the name ends in a zero byte; handle and protocol outlive the call.
        let code = unsafe { connect(self.handle, name.as_ptr(), DIRECT, 0, to_handle, to_protocol) };
        if code != 0 {
            return Err(fault(code));
        }
        let keypad = self.api.keypad(handle);
        // SAFETY: a handle that the service gave, let go once.
        unsafe { disconnect(handle, LEAVE) };
        Ok(keypad)
    }
}

/// A card under power, which nobody else speaks to meanwhile.
struct Card {
    handle: Handle,
    protocol: Dword,
}

/// Where PINs are typed.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, ValueEnum)]
pub enum PinEntry {
    /// 读卡器有密码键盘的用键盘，没有的用本程序的窗口
    #[default]
    Auto,
    /// 只用读卡器的密码键盘，没有的不办理
    Keypad,
    /// 只用本程序的窗口
    Window,
}

/// A reader of PC/SC.
pub struct Pcsc {
    api: Api,
    /// A part of its name.
    name: String,
    context: Option<Handle>,
    card: Option<Card>,
    keys: Box<dyn Keys>,
    window: Box<dyn Window>,
    entry: PinEntry,
    /// The keypad of the reader as it was met last, if it has one; `None` before it was met.
    keypad: Option<Option<Keypad>>,
}

impl Pcsc {
    /// The first reader whose name has a part, as it will be when it is used.
    ///
    /// # Errors
    /// When there is no PC/SC.
    pub fn open(name: &str, keys: Box<dyn Keys>, window: Box<dyn Window>, entry: PinEntry) -> Result<Self> {
        let (api, name) = (Api::load()?, name.to_owned());
        let mut reader = Self { api, name, context: None, card: None, keys, window, entry, keypad: None };
        reader.look();
        Ok(reader)
    }

    /// Waits until a card is there.
    ///
    /// # Errors
    /// When there is no reader, or none comes.
    pub fn wait(&self, patience: Duration) -> Result<()> {
        let wait = || {
            let context = self.api.context()?;
            context.wait(&context.reader(&self.name)?, patience)
        };
        wait().map_err(|f| anyhow::anyhow!("{}", crate::errors::words(f.code, &f.out)))
    }

    /// Does something to the card, which is let go afterwards whatever happens.
    pub fn call<T>(&mut self, work: impl FnOnce(&mut Terminal<'_>) -> T) -> T {
        let done = work(&mut Terminal(self));
        self.let_go();
        done
    }

    fn let_go(&mut self) {
        if let (Some(card), Ok(disconnect)) =
            (self.card.take(), self.api.get::<Disconnect>("SCardDisconnect"))
        {
            // SAFETY: a handle that the service gave, let go once.
            unsafe { disconnect(card.handle, RESET) };
        }
        if let Some(handle) = self.context.take() {
            drop(Context { api: &self.api, handle });
        }
    }

    fn exchange(&self, command: &[u8]) -> Result<Vec<u8>, Fault> {
        let card = self.card.as_ref().ok_or(Fault::code(-3))?;
        let transmit = self.api.get::<Transmit>("SCardTransmit")?;
        let length = number(size_of::<Protocol>());
        let protocol = Protocol { protocol: card.protocol, length };
        let mut out = vec![0u8; LONGEST];
        let mut said = number(out.len());
        // SAFETY: both buffers have the lengths that are passed.
        let code = unsafe {
            transmit(
                card.handle,
                &raw const protocol,
                command.as_ptr(),
                number(command.len()),
                null_mut(),
                out.as_mut_ptr(),
                &raw mut said,
            )
        };
        if code != 0 {
            return Err(fault(code));
        }
        out.truncate(usize::try_from(said).unwrap_or(0));
        Ok(out)
    }
}

impl Drop for Pcsc {
    fn drop(&mut self) {
        self.let_go();
    }
}

/// The historical bytes of an answer to reset (ISO 7816-3), hexadecimal: 卡复位信息.
fn history(atr: &[u8]) -> Option<String> {
    let first = *atr.get(1)?;
    let (mut at, mut follows) = (2, first >> 4);
    loop {
        at += usize::from((follows & 0b111).count_ones() as u8);
        if follows & 0b1000 == 0 {
            break;
        }
        follows = *atr.get(at)? >> 4;
        at += 1;
    }
    let bytes = atr.get(at..at + usize::from(first & 0xF))?;
    Some(bytes.iter().map(|b| format!("{b:02X}")).collect())
}

impl Reader for Pcsc {
    fn power_on(&mut self) -> Result<String, Fault> {
        self.let_go();
        let context = self.api.context()?;
        let name = context.reader(&self.name)?;
        let connect = self.api.get::<Connect>(&format!("SCardConnect{NARROW}"))?;
        let (mut handle, mut protocol): (Handle, Dword) = (0, 0);
        let (to_handle, to_protocol) = (&raw mut handle, &raw mut protocol);
        // SAFETY: the name ends in a zero byte; handle and protocol outlive the call.
        let code = unsafe {
            connect(context.handle, name.as_ptr(), EXCLUSIVE, ANY_PROTOCOL, to_handle, to_protocol)
        };
        if code != 0 {
            return Err(fault(code));
        }
        self.context = Some(context.handle);
        std::mem::forget(context);
        self.card = Some(Card { handle, protocol });
        if self.entry != PinEntry::Window {
            self.keypad = Some(self.api.keypad(handle));
        }
        let status = self.api.get::<Status>(&format!("SCardStatus{NARROW}"))?;
        let (mut names, mut state, mut atr) = ([0u8; 256], 0, [0u8; ATR]);
        let (mut names_length, mut atr_length) = (number(names.len()), number(atr.len()));
        // SAFETY: both buffers have the lengths that are passed; the rest outlives the call.
        let code = unsafe {
            status(
                handle,
                names.as_mut_ptr().cast(),
                &raw mut names_length,
                &raw mut state,
                &raw mut protocol,
                atr.as_mut_ptr(),
                &raw mut atr_length,
            )
        };
        let length = usize::try_from(atr_length).unwrap_or(0);
        let atr = atr.get(..length).filter(|_| code == 0).ok_or_else(|| fault(code))?;
        history(atr).ok_or(Fault::code(-4))
    }

    fn transmit(&mut self, command: &[u8]) -> Result<(Vec<u8>, u16), Fault> {
        let mut next = Zeroizing::new(command.to_vec());
        if next.len() == 4 {
            // An answer of any length.
            next = Zeroizing::new([command, &[0]].concat());
        }
        let mut all = Vec::new();
        loop {
            let mut out = self.exchange(&next)?;
            let sw = out.split_off(out.len().checked_sub(2).ok_or(Fault::code(-4))?);
            match sw[..] {
                // T=0: there is more to fetch, or the length was another one.
                [0x61, n] => {
                    all.append(&mut out);
                    next = Zeroizing::new(vec![0, 0xC0, 0, 0, n]);
                }
                [0x6C, n] if next.len() == 5 && next[4] != n => next[4] = n,
                [high, low] => {
                    all.append(&mut out);
                    return Ok((all, u16::from_be_bytes([high, low])));
                }
                _ => return Err(Fault::code(-4)),
            }
        }
    }

    fn typed(&mut self, what: &[Typed]) -> Result<Vec<Zeroizing<String>>, Fault> {
        self.window.typed(what)
    }

    fn takes_pins(&mut self, new: bool) -> Result<bool, Fault> {
        let can = self.keypad.flatten().is_some_and(|k| k.takes(new));
        match self.entry {
            PinEntry::Window => Ok(false),
            PinEntry::Keypad if !can => Err(Fault::code(NO_KEYPAD)),
            PinEntry::Auto | PinEntry::Keypad => Ok(can),
        }
    }

    fn enter(&mut self, command: &KeypadCommand) -> Result<u16, Fault> {
        let card = self.card.as_ref().ok_or(Fault::code(-3))?;
        let asked = self.keypad.flatten().and_then(|k| k.ask(command));
        let (code, structure) = asked.ok_or(Fault::code(NO_KEYPAD))?;
        let typed = match (command.present, command.new) {
            (Some(_), Some(_)) => "当前密码，再输入两次新密码",
            (None, Some(_)) => "两次新密码",
            (Some(_) | None, None) => "当前密码",
        };
        eprintln!("请持卡人在读卡器的键盘上输入{typed}，每次按确认");
        part10::answered(&self.api.control(card.handle, Dword::from(code), &structure)?)
    }

    fn keys(&self) -> &dyn Keys {
        &*self.keys
    }
}

/// The readers that there are.
///
/// # Errors
/// When there is no PC/SC, or its service does not answer.
pub fn readers() -> Result<Vec<String>> {
    let api = Api::load()?;
    let readers = api.context().and_then(|c| c.readers());
    match readers {
        Ok(names) => Ok(names.iter().map(|n| text(n)).collect()),
        Err(f) if f.code == -11 => Ok(Vec::new()),
        Err(f) => bail!("PC/SC服务没有应答：{}", crate::errors::words(f.code, &f.out)),
    }
}

/// Every item of the card under a reader, by its place and name, with what it holds or why it cannot be read.
pub fn every_item(reader: &mut Pcsc) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let said = |f: &Fault| format!("不能读（{}）", crate::errors::words(f.code, &f.out));
    for file in all_items().chunk_by(|a, b| (a.directory, a.file) == (b.directory, b.file)) {
        let name = format!("{}{}", file[0].directory, file[0].file);
        let tags: String = file.iter().filter_map(|i| i.tag).map(|t| format!("{t:02X}|")).collect();
        let read = reader.call(|t| t.read(3, 2, "", &format!("{name}|{tags}$")));
        let values = read.map(|text| {
            let values = text.trim_end_matches('$').split('|').skip(1).map(str::to_owned);
            values.collect::<Vec<_>>()
        });
        for (n, item) in file.iter().enumerate() {
            let value = values.as_ref().map(|v| v.get(n).cloned().unwrap_or_default());
            out.push((format!("{} {}", item.place(), item.name), value.unwrap_or_else(said)));
        }
    }
    out
}

/// A reader writes cards that are put into it; it has no boxes and no printer.
fn none() -> Outcome {
    Err(Fault::said(-13, "读卡器没有卡盒和打印机"))
}

impl Device for Pcsc {
    fn dialect(&self) -> String {
        match self.new_pin() {
            NewPin::NotJudged => "PC/SC读卡器（密码键盘）".into(),
            NewPin::Judged | NewPin::Unknown => "PC/SC读卡器".into(),
        }
    }

    /// A reader that somebody else uses, or that is not there, is as it was.
    fn look(&mut self) {
        if self.entry != PinEntry::Window
            && let Ok(keypad) = self.api.context().and_then(|context| context.meets(&self.name))
        {
            self.keypad = Some(keypad);
        }
    }

    fn new_pin(&self) -> NewPin {
        match (self.entry, self.keypad) {
            (PinEntry::Window, _) => NewPin::Judged,
            (PinEntry::Keypad, _) => NewPin::NotJudged,
            (PinEntry::Auto, Some(keypad)) if keypad.is_some_and(|k| k.takes(true)) => NewPin::NotJudged,
            (PinEntry::Auto, Some(_)) => NewPin::Judged,
            (PinEntry::Auto, None) => NewPin::Unknown,
        }
    }

    fn load(&mut self, _: u8) -> Outcome {
        none()
    }

    fn read_basic(&mut self) -> Outcome {
        self.call(|t| t.read_basic(3))
    }

    fn write(&mut self, info: &str, addresses: &str, values: &str) -> Outcome {
        self.call(|t| t.write(1, info, addresses, values))
    }

    fn ca_step1(&mut self) -> Outcome {
        self.call(|t| t.ca_step1())
    }

    fn ca_step2(&mut self, info: &str) -> Outcome {
        self.call(|t| t.ca_step2(info))
    }

    fn print(&mut self, _: u8, _: &[String; 6], _: &[String; 2]) -> Outcome {
        none()
    }

    fn change_pin(&mut self) -> Outcome {
        self.call(|t| t.change_pin(3))
    }

    fn unblock_pin(&mut self, info: &str) -> Outcome {
        self.call(|t| t.unblock_pin(1, info))
    }

    fn reload_pin(&mut self, info: &str) -> Outcome {
        self.call(|t| t.reload_pin(1, info))
    }
}

#[cfg(test)]
mod tests {
    use super::history;

    #[test]
    fn historical_bytes_stand_behind_whatever_interface_bytes_there_are() {
        let atr = |text: &str| hex::decode(text).unwrap();
        // The Ministry's example of 卡复位信息, as a T=0 card says it.
        assert_eq!(
            history(&atr("3B6D000000814E43238697159900BF7C7A")).unwrap(),
            "00814E43238697159900BF7C7A"
        );
        // TA1, TB1, TC1, TD1, TD2, TA3 before four bytes, and before three where four are said to come.
        assert_eq!(history(&atr("3BF4110203811100AABBCCDD")).unwrap(), "AABBCCDD");
        assert_eq!(history(&atr("3BF4110203811100AABBCC")), None);
        assert_eq!(history(&atr("3B00")).unwrap(), "");
        assert_eq!(history(&[]), None);
    }
}
