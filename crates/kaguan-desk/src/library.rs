//! `SSCardDriver` as a dynamic library by its C interface, and the probe that says which dialect a library speaks.
#![expect(unsafe_code, reason = "a vendor's library is called by its C interface")]

use crate::device::{Device, Fault, i_type};
use anyhow::{Context as _, Result, bail};
use encoding_rs::GB18030;
use kaguan_api::desk::InSteps;
use kaguan_desk_driver::Outcome;
use libloading::{Library, Symbol};
use std::ffi::{c_char, c_int};
use std::path::Path;
use zeroize::Zeroizing;

/// Functions that drivers are known to export: those of the standard, of Appendix 9, and of vendors' dialects.
pub const KNOWN: [&str; 38] = [
    "iReadCardBas",
    "iReadCardBas_HSM_Step1",
    "iReadCardBas_HSM_Step2",
    "iReadCard",
    "iReadCard_HSM_Step1",
    "iReadCard_HSM_Step2",
    "iWriteCard",
    "iWriteCard_HSM_Step1",
    "iWriteCard_HSM_Step2",
    "iVerifyPIN",
    "iChangePIN",
    "iReloadPIN",
    "iReloadPIN_HSM_Step1",
    "iReloadPIN_HSM_Step2",
    "iReloadPIN_HSM_Step3",
    "iUnblockPIN",
    "iUnblockPIN_HSM_Step1",
    "iUnblockPIN_HSM_Step2",
    "iUnblockPIN_HSM_Step3",
    "iDoDebit",
    "iDoDebit_HSM_Step1",
    "iDoDebit_HSM_Step2",
    "iReadDebitRecord",
    "iLoadCard",
    "iWriteCaStep1",
    "iWriteCaStep2",
    "iPrint",
    "iReadCardBasExt",
    "iVerifyPINK",
    "SsseVerifyPin",
    "iGetReaderInfo",
    "iGetCardType",
    "iEnterCard",
    "iExitCard",
    "iReadIdentityCard",
    "DriverInit",
    "iReadSignatureKey",
    "iWriteCA",
];
const STANDARD: [&str; 6] =
    ["iReadCardBas", "iReadCard", "iWriteCard", "iChangePIN", "iReloadPIN", "iUnblockPIN"];
const APPENDIX_9: [&str; 4] = ["iLoadCard", "iWriteCaStep1", "iWriteCaStep2", "iPrint"];

/// What a library exports of what is known, and what that comes to.
#[derive(Debug)]
pub struct Probe {
    pub exports: Vec<&'static str>,
    /// In Chinese.
    pub dialect: &'static str,
    /// Whether cards can be issued with it.
    pub issues: bool,
    /// Whether it needs no PSAM: every function that wants keys can be done in steps, with the province's 加密机 between them.
    pub in_steps: bool,
}

/// The most arguments that a function of any dialect may have.
const MOST: usize = 16;

/// How a function may be called in a library: as the standard says, or as compilers for 32-bit Windows decorate `__stdcall` unless they are
/// told otherwise: `_iPrint@40` (MSVC), `iPrint@40` (MinGW). The number is the size of the arguments, four bytes each.
fn names(name: &str, arguments: impl Iterator<Item = usize>, decorated: bool) -> Vec<String> {
    let mut out = vec![name.to_owned()];
    if decorated {
        out.extend(arguments.map(|n| n * 4).flat_map(|n| [format!("_{name}@{n}"), format!("{name}@{n}")]));
    }
    out
}

const DECORATED: bool = cfg!(all(windows, target_arch = "x86"));

fn probe_of(library: &Library) -> Probe {
    // SAFETY: the address is only looked up; nothing is called.
    let found = |name: String| unsafe { library.get::<*const ()>(name.as_bytes()) }.is_ok();
    let has = |name: &&str| names(name, 0..=MOST, DECORATED).into_iter().any(found);
    let exports: Vec<&str> = KNOWN.iter().copied().filter(has).collect();
    let all = |names: &[&str]| names.iter().all(|n| exports.contains(n));
    let (standard, issues) = (all(&STANDARD), all(&STANDARD) && all(&APPENDIX_9));
    let dialect = if issues {
        "SSCardDriver（附件9）"
    } else if exports.contains(&"iReadCardBasExt") || exports.contains(&"iVerifyPINK") {
        "TSCardDriver"
    } else if exports.contains(&"SsseVerifyPin") {
        "SSSE32"
    } else if standard {
        "SSCardDriver（部标准，不能制卡）"
    } else if exports.is_empty() {
        "不是社保卡读写驱动"
    } else {
        "不完整的SSCardDriver"
    };
    let in_steps = InSteps::ALL.iter().all(|f| (1..=f.steps()).all(|n| exports.contains(&&*f.step(n))));
    Probe { exports, dialect, issues, in_steps }
}

/// For how wide a processor a library was made, by its header: PE of Windows, ELF of Linux.
fn width(head: &[u8]) -> Option<&'static str> {
    if head.starts_with(b"\x7FELF") {
        return match head.get(4)? {
            1 => Some("32位Linux"),
            2 => Some("64位Linux"),
            _ => None,
        };
    }
    let at = u32::from_le_bytes(head.get(0x3C..0x40)?.try_into().ok()?);
    let pe = head.get(usize::try_from(at).ok()?..)?;
    match pe.strip_prefix(b"PE\0\0")?.get(..2)? {
        [0x4C, 0x01] => Some("32位Windows"),
        [0x64, 0x86] => Some("64位Windows"),
        _ => None,
    }
}

/// What this program is, in the same words.
const OWN: &str = match (cfg!(windows), cfg!(target_pointer_width = "32")) {
    (true, true) => "32位Windows",
    (true, false) => "64位Windows",
    (false, true) => "32位Linux",
    (false, false) => "64位Linux",
};

fn open(path: &Path) -> Result<Library> {
    // A name alone is looked for where systems keep their libraries, and not beside whoever types it.
    let at = if path.exists() { std::path::absolute(path)? } else { path.to_owned() };
    // SAFETY: the operator names the library, which runs with this program's rights like any driver; its beginning is its maker's.
    unsafe { Library::new(at) }.with_context(|| {
        let head = std::fs::read(path).unwrap_or_default();
        let other = width(&head).filter(|made| *made != OWN);
        let other = other.map(|made| format!("：它是{made}的，须用{made}的kaguan-desk（本程序是{OWN}的）"));
        format!("不能加载驱动{}{}", path.display(), other.unwrap_or_default())
    })
}

/// Looks at a library without calling anything in it.
///
/// # Errors
/// When it cannot be loaded.
pub fn probe(path: &Path) -> Result<Probe> {
    Ok(probe_of(&open(path)?))
}

/// A driver that is loaded.
pub struct SsCardDriver {
    library: Library,
    dialect: &'static str,
}

/// A string for the driver: GBK, ended by a zero byte. Wiped afterwards, for keys pass here.
fn c(text: &str) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let encoded = GB18030.encode(text).0;
    let mut bytes = Zeroizing::new(Vec::with_capacity(encoded.len() + 1));
    bytes.extend_from_slice(&encoded);
    // What had to be encoded is a copy.
    drop(Zeroizing::new(encoded.into_owned()));
    if bytes.contains(&0) {
        return Err(Fault::code(-41));
    }
    bytes.push(0);
    Ok(bytes)
}

type Text = *const c_char;
type Out = *mut c_char;

impl SsCardDriver {
    /// Loads a driver that can issue cards.
    ///
    /// # Errors
    /// When it cannot be loaded, or lacks functions.
    pub fn load(path: &Path) -> Result<Self> {
        let library = open(path)?;
        let probe = probe_of(&library);
        if !probe.issues {
            let lacks = STANDARD.iter().chain(&APPENDIX_9).filter(|n| !probe.exports.contains(n));
            bail!(
                "{}：{}，缺少{}",
                path.display(),
                probe.dialect,
                lacks.copied().collect::<Vec<_>>().join("、")
            );
        }
        Ok(Self { library, dialect: probe.dialect })
    }

    /// Calls a function of a type and so many arguments, with a buffer of zeroes for what comes out. The answer is 32 bits wide in every
    /// dialect; a driver that answers 64 has the same in the lower half. Under a decorated name a function with another number of
    /// arguments is not found, and not called.
    fn call<F: Copy>(
        &self,
        (name, arguments): (&str, usize),
        room: usize,
        call: impl FnOnce(F, Out) -> i32,
    ) -> Outcome {
        let mut out = Zeroizing::new(vec![0u8; room]);
        let mut names = names(name, std::iter::once(arguments), DECORATED).into_iter();
        // SAFETY: the standard gives the function this type.
        let function: Option<Symbol<'_, F>> =
            names.find_map(|name| unsafe { self.library.get(name.as_bytes()) }.ok());
        let function = function.ok_or(Fault::code(-13))?;
        let code = call(*function, out.as_mut_ptr().cast());
        let end = out.iter().position(|b| *b == 0).ok_or(Fault::code(-42))?;
        let said = GB18030.decode_without_bom_handling(&out[..end]).0.into_owned();
        // A driver that answers more than nothing has done it.
        if code < 0 { Err(Fault::said(code, said)) } else { Ok(said) }
    }
}

const READS: usize = 20_480;
const OTHERS: usize = 4_096;

impl Device for SsCardDriver {
    fn dialect(&self) -> String {
        self.dialect.into()
    }

    fn load(&mut self, n: u8) -> Outcome {
        type F = unsafe extern "system" fn(c_int, Out) -> i32;
        // SAFETY: types by the standard; strings live as long as the call. So of all calls below.
        self.call(("iLoadCard", 2), OTHERS, |f: F, out| unsafe { f(n.into(), out) })
    }

    fn read_basic(&mut self) -> Outcome {
        type F = unsafe extern "system" fn(c_int, Out) -> i32;
        self.call(("iReadCardBas", 2), READS, |f: F, out| unsafe { f(3, out) })
    }

    fn write(&mut self, info: &str, addresses: &str, values: &str) -> Outcome {
        type F = unsafe extern "system" fn(c_int, Text, Text, Text, Out) -> i32;
        let (info, addresses, values) = (c(info)?, c(addresses)?, c(values)?);
        self.call(("iWriteCard", 5), OTHERS, |f: F, out| unsafe {
            f(1, info.as_ptr().cast(), addresses.as_ptr().cast(), values.as_ptr().cast(), out)
        })
    }

    fn ca_step1(&mut self) -> Outcome {
        type F = unsafe extern "system" fn(Out) -> i32;
        self.call(("iWriteCaStep1", 1), OTHERS, |f: F, out| unsafe { f(out) })
    }

    fn ca_step2(&mut self, info: &str) -> Outcome {
        type F = unsafe extern "system" fn(Text, Out) -> i32;
        let info = c(info)?;
        self.call(("iWriteCaStep2", 2), OTHERS, |f: F, out| unsafe { f(info.as_ptr().cast(), out) })
    }

    fn print(&mut self, n: u8, texts: &[String; 6], photos: &[String; 2]) -> Outcome {
        type F = unsafe extern "system" fn(c_int, Text, Text, Text, Text, Text, Text, Text, Text, Out) -> i32;
        let all: Vec<_> = texts.iter().chain(photos).map(|t| c(t)).collect::<Result<_, _>>()?;
        let p = |i: usize| all[i].as_ptr().cast::<c_char>();
        self.call(("iPrint", 10), OTHERS, |f: F, out| unsafe {
            f(n.into(), p(0), p(1), p(2), p(3), p(4), p(5), p(6), p(7), out)
        })
    }

    fn change_pin(&mut self) -> Outcome {
        type F = unsafe extern "system" fn(c_int, Out) -> i32;
        self.call(("iChangePIN", 2), OTHERS, |f: F, out| unsafe { f(3, out) })
    }

    fn unblock_pin(&mut self, info: &str) -> Outcome {
        type F = unsafe extern "system" fn(c_int, Text, Out) -> i32;
        let info = c(info)?;
        self.call(("iUnblockPIN", 3), OTHERS, |f: F, out| unsafe { f(1, info.as_ptr().cast(), out) })
    }

    fn reload_pin(&mut self, info: &str) -> Outcome {
        type F = unsafe extern "system" fn(c_int, Text, Out) -> i32;
        let info = c(info)?;
        self.call(("iReloadPIN", 3), OTHERS, |f: F, out| unsafe { f(1, info.as_ptr().cast(), out) })
    }

    fn step(&mut self, function: InSteps, n: u8, texts: &[&str]) -> Outcome {
        type First0 = unsafe extern "system" fn(c_int, Out) -> i32;
        type First1 = unsafe extern "system" fn(c_int, Text, Out) -> i32;
        type First2 = unsafe extern "system" fn(c_int, Text, Text, Out) -> i32;
        type Next1 = unsafe extern "system" fn(Text, Out) -> i32;
        type Next2 = unsafe extern "system" fn(Text, Text, Out) -> i32;
        let (name, i_type) = (function.step(n), i_type(function));
        let room = if function == InSteps::ReadBasic { READS } else { OTHERS };
        let all: Vec<_> = texts.iter().map(|t| c(t)).collect::<Result<_, _>>()?;
        let p = |i: usize| all[i].as_ptr().cast::<c_char>();
        match (n, all.len()) {
            (1, 0) => self.call((&name, 2), room, |f: First0, out| unsafe { f(i_type, out) }),
            (1, 1) => self.call((&name, 3), room, |f: First1, out| unsafe { f(i_type, p(0), out) }),
            (1, 2) => self.call((&name, 4), room, |f: First2, out| unsafe { f(i_type, p(0), p(1), out) }),
            (_, 1) => self.call((&name, 2), room, |f: Next1, out| unsafe { f(p(0), out) }),
            (_, 2) => self.call((&name, 3), room, |f: Next2, out| unsafe { f(p(0), p(1), out) }),
            (_, _) => Err(Fault::code(-14)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{names, width};

    #[test]
    fn a_function_of_a_32_bit_driver_is_found_under_the_names_that_compilers_give_it() {
        assert_eq!(names("iLoadCard", [2].into_iter(), true), ["iLoadCard", "_iLoadCard@8", "iLoadCard@8"]);
        assert_eq!(names("iLoadCard", [2].into_iter(), false), ["iLoadCard"]);
    }

    #[test]
    fn for_which_system_a_driver_was_made_stands_in_its_header() {
        let mut pe = vec![0; 0x80];
        pe[0x3C] = 0x40;
        pe[0x40..0x46].copy_from_slice(b"PE\0\0\x4C\x01");
        assert_eq!(width(&pe), Some("32位Windows"));
        pe[0x44..0x46].copy_from_slice(&[0x64, 0x86]);
        assert_eq!(width(&pe), Some("64位Windows"));
        assert_eq!(width(b"\x7FELF\x01"), Some("32位Linux"));
        assert_eq!((width(b"\x7FELF"), width(b"a text"), width(&pe[..0x42])), (None, None, None));
    }
}
