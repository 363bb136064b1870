//! The IFD handler interface of pcsc-lite, version 3: one reader, one slot.
#![expect(unsafe_code, reason = "a C interface is made of raw pointers")]

use crate::keypad::{CANCELLED, COMPLETE, Entry, TIMED_OUT};
use kaguan_desk_driver::{Machine, Reader as _};
use std::ffi::{CStr, c_char, c_long};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroizing;

#[cfg(not(target_os = "macos"))]
type Dword = std::ffi::c_ulong;
#[cfg(target_os = "macos")]
type Dword = u32;
type Response = c_long;

const SUCCESS: Response = 0;
const UNKNOWN_TAG: Response = 600;
const UNKNOWN_CONTROL: Response = 606;
const PROTOCOL: Response = 607;
const POWER: Response = 608;
const COMMUNICATION: Response = 612;
const PRESENT: Response = 615;
const NOT_PRESENT: Response = 616;
const NO_DEVICE: Response = 617;
const NO_ROOM: Response = 618;

const ATR: Dword = 0x0303;
const THREAD_SAFE: Dword = 0x0FAD;
const SLOTS: Dword = 0x0FAE;
const READERS: Dword = 0x0FAF;

const POWER_UP: Dword = 500;
const POWER_DOWN: Dword = 501;
const RESET: Dword = 502;

/// `CM_IOCTL_GET_FEATURE_REQUEST`, and its codes for the features: their tags after a number of this reader's own.
const FEATURES: u32 = 0x4200_0000 + 3_400;
const OWN: u32 = 0x4200_4B00;
const VERIFY: u8 = 0x06;
const MODIFY: u8 = 0x07;
const PIN_PROPERTIES: u8 = 0x0A;
const TLV_PROPERTIES: u8 = 0x12;

struct Slot {
    dir: PathBuf,
    machine: Machine,
    powered: bool,
}

static SLOT: Mutex<Option<Slot>> = Mutex::new(None);

/// Does the work on the reader; a panic must not run into C.
fn on_slot(work: impl FnOnce(&mut Slot) -> Result<(), Response>) -> Response {
    let done = catch_unwind(AssertUnwindSafe(|| {
        let mut slot = SLOT.lock().unwrap_or_else(PoisonError::into_inner);
        slot.as_mut().ok_or(NO_DEVICE).and_then(work)
    }));
    match done {
        Ok(Ok(())) => SUCCESS,
        Ok(Err(why)) => why,
        Err(_) => COMMUNICATION,
    }
}

/// # Safety
/// `length` is writable and says how much room `out` has.
unsafe fn give(bytes: &[u8], out: *mut u8, length: *mut Dword) -> Result<(), Response> {
    // SAFETY: by the contract of this function.
    let room = unsafe { *length };
    let said = Dword::try_from(bytes.len()).map_err(|_| NO_ROOM)?;
    if out.is_null() || said > room {
        return Err(NO_ROOM);
    }
    // SAFETY: there is room, by the contract of this function.
    unsafe {
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), out, bytes.len());
        *length = said;
    }
    Ok(())
}

/// # Safety
/// `bytes` has `length` bytes, or is null.
unsafe fn taken(bytes: *const u8, length: Dword) -> Zeroizing<Vec<u8>> {
    let length = usize::try_from(length).unwrap_or(0);
    if bytes.is_null() || length == 0 {
        return Zeroizing::default();
    }
    // SAFETY: by the contract of this function.
    Zeroizing::new(unsafe { std::slice::from_raw_parts(bytes, length) }.to_vec())
}

impl Slot {
    fn has(&self, name: &str) -> bool {
        self.dir.join(name).exists()
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, Response> {
        let (mut out, sw) = self.machine.transmit(command).map_err(|_| COMMUNICATION)?;
        out.extend(sw.to_be_bytes());
        Ok(out)
    }

    /// Features are tags, lengths and codes, the codes big endian.
    fn features(&self) -> Vec<u8> {
        let mut tags = vec![TLV_PROPERTIES];
        if !self.has("no-keypad") {
            tags.extend([PIN_PROPERTIES, VERIFY]);
            if !self.has("no-modify") {
                tags.push(MODIFY);
            }
        }
        tags.into_iter().flat_map(|t| [&[t, 4][..], &(OWN + u32::from(t)).to_be_bytes()].concat()).collect()
    }

    /// Has PINs typed, and asks the card with them, or says why it was not asked.
    fn enters(&mut self, entry: Result<Entry, u16>) -> Result<Vec<u8>, Response> {
        if !self.powered {
            return Err(NOT_PRESENT);
        }
        let filled = entry.and_then(|entry| {
            let typed = self.machine.typed(&entry.typed());
            let typed = typed.map_err(|why| if why.code == -31 { CANCELLED } else { TIMED_OUT })?;
            entry.filled(&typed)
        });
        match filled {
            Ok(command) => self.transmit(&command),
            Err(sw) => Ok(sw.to_be_bytes().to_vec()),
        }
    }

    fn control(&mut self, code: Dword, sent: &[u8]) -> Result<Vec<u8>, Response> {
        let code = u32::try_from(code).map_err(|_| UNKNOWN_CONTROL)?;
        let keypad = !self.has("no-keypad");
        match code.checked_sub(OWN).and_then(|tag| u8::try_from(tag).ok()) {
            _ if code == FEATURES => Ok(self.features()),
            // A display of two lines of sixteen; the time is the same before and after the first key.
            Some(PIN_PROPERTIES) if keypad => Ok(vec![16, 2, COMPLETE, 0]),
            // From four digits to twelve.
            Some(TLV_PROPERTIES) => Ok(vec![6, 1, 4, 7, 1, 12]),
            Some(VERIFY) if keypad => self.enters(Entry::verify(sent)),
            Some(MODIFY) if keypad && !self.has("no-modify") => self.enters(Entry::modify(sent)),
            _ => Err(UNKNOWN_CONTROL),
        }
    }
}

/// # Safety
/// `device` is a string that ends in a zero byte.
#[unsafe(no_mangle)]
unsafe extern "C" fn IFDHCreateChannelByName(_lun: Dword, device: *const c_char) -> Response {
    if device.is_null() {
        return NO_DEVICE;
    }
    // SAFETY: by the contract of this function.
    let name = unsafe { CStr::from_ptr(device) };
    let Ok(dir) = name.to_str().map(PathBuf::from) else { return NO_DEVICE };
    if !dir.is_dir() {
        return NO_DEVICE;
    }
    let mut slot = SLOT.lock().unwrap_or_else(PoisonError::into_inner);
    *slot = Some(Slot { machine: Machine::open(&dir), dir, powered: false });
    SUCCESS
}

/// By number there is none: the number says no directory.
#[unsafe(no_mangle)]
extern "C" fn IFDHCreateChannel(_lun: Dword, _channel: Dword) -> Response {
    NO_DEVICE
}

#[unsafe(no_mangle)]
extern "C" fn IFDHCloseChannel(_lun: Dword) -> Response {
    *SLOT.lock().unwrap_or_else(PoisonError::into_inner) = None;
    SUCCESS
}

/// # Safety
/// `length` is writable and says how much room `value` has.
#[unsafe(no_mangle)]
unsafe extern "C" fn IFDHGetCapabilities(
    _lun: Dword,
    tag: Dword,
    length: *mut Dword,
    value: *mut u8,
) -> Response {
    on_slot(|slot| {
        let said = match tag {
            ATR => slot.machine.answer_to_reset().map_err(|_| COMMUNICATION)?,
            SLOTS | READERS => vec![1],
            THREAD_SAFE => vec![0],
            _ => return Err(UNKNOWN_TAG),
        };
        // SAFETY: by the contract of this function.
        unsafe { give(&said, value, length) }
    })
}

#[unsafe(no_mangle)]
extern "C" fn IFDHSetCapabilities(_lun: Dword, _tag: Dword, _length: Dword, _value: *mut u8) -> Response {
    UNKNOWN_TAG
}

/// T=0 as it is.
#[unsafe(no_mangle)]
extern "C" fn IFDHSetProtocolParameters(
    _lun: Dword,
    protocol: Dword,
    _flags: u8,
    _pts1: u8,
    _pts2: u8,
    _pts3: u8,
) -> Response {
    if protocol == 1 { SUCCESS } else { PROTOCOL }
}

/// # Safety
/// `length` is writable, and `atr` has room for 33 bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn IFDHPowerICC(_lun: Dword, action: Dword, atr: *mut u8, length: *mut Dword) -> Response {
    on_slot(|slot| {
        slot.powered = false;
        match action {
            POWER_DOWN => {
                // SAFETY: by the contract of this function.
                unsafe { *length = 0 };
                Ok(())
            }
            POWER_UP | RESET => {
                slot.machine.power_on().map_err(|_| POWER)?;
                slot.powered = true;
                let said = slot.machine.answer_to_reset().map_err(|_| POWER)?;
                // SAFETY: by the contract of this function; the service says nothing of the room in the length.
                unsafe {
                    *length = 33;
                    give(&said, atr, length)
                }
            }
            _ => Err(UNKNOWN_CONTROL),
        }
    })
}

/// `SCARD_IO_HEADER`.
#[repr(C)]
struct Header {
    protocol: Dword,
    length: Dword,
}

/// # Safety
/// `command` has as many bytes as are said; `said` is writable and says how much room `out` has.
#[unsafe(no_mangle)]
unsafe extern "C" fn IFDHTransmitToICC(
    _lun: Dword,
    _send: Header,
    command: *const u8,
    length: Dword,
    out: *mut u8,
    said: *mut Dword,
    _receive: *mut Header,
) -> Response {
    on_slot(|slot| {
        // SAFETY: by the contract of this function.
        let command = unsafe { taken(command, length) };
        let answer = if slot.powered { slot.transmit(&command) } else { Err(NOT_PRESENT) };
        // SAFETY: by the contract of this function.
        unsafe { give(&answer?, out, said) }
    })
}

/// # Safety
/// `sent` has as many bytes as are said, `out` as much room; `said` is writable.
#[unsafe(no_mangle)]
unsafe extern "C" fn IFDHControl(
    _lun: Dword,
    code: Dword,
    sent: *const u8,
    length: Dword,
    out: *mut u8,
    room: Dword,
    said: *mut Dword,
) -> Response {
    on_slot(|slot| {
        // SAFETY: by the contract of this function.
        let sent = unsafe {
            *said = 0;
            taken(sent, length)
        };
        let answer = slot.control(code, &sent)?;
        let mut given = room;
        // SAFETY: by the contract of this function.
        unsafe {
            give(&answer, out, &raw mut given)?;
            *said = given;
        }
        Ok(())
    })
}

#[unsafe(no_mangle)]
extern "C" fn IFDHICCPresence(_lun: Dword) -> Response {
    match on_slot(|slot| slot.machine.answer_to_reset().map(|_| ()).map_err(|_| NOT_PRESENT)) {
        SUCCESS => PRESENT,
        other => other,
    }
}
