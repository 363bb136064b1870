//! The C interface. Strings are GBK (GB18030, of which it is a part), ended by a zero byte; what comes out is written into the caller's
//! buffer. The machine is the directory that `KAGUAN_VIRTUAL_MACHINE` names.
#![expect(unsafe_code, reason = "a C interface is made of raw pointers")]

use crate::layout::{from_gb, gb};
use crate::machine::{Fault, Machine, Outcome};
use crate::terminal::Terminal;
use kaguan_api::desk::InSteps;
use std::ffi::{CStr, c_char, c_int, c_long};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

static MACHINE: Mutex<Option<Machine>> = Mutex::new(None);
/// What a caller has allocated at least, by the sizes that are usual.
const READS: usize = 20_480;
const OTHERS: usize = 4_096;

/// # Safety
/// Null, or a string that ends in a zero byte.
unsafe fn text(pointer: *const c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // SAFETY: by the contract of this function.
    from_gb(unsafe { CStr::from_ptr(pointer) }.to_bytes())
}

/// Does the work, and writes what comes out.
///
/// # Safety
/// `out` is null, or has room for `room` bytes.
unsafe fn answer(
    function: &str,
    out: *mut c_char,
    room: usize,
    work: impl FnOnce(&mut Machine) -> Outcome,
) -> c_long {
    let done = catch_unwind(AssertUnwindSafe(|| {
        let mut machine = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
        let dir = std::env::var_os("KAGUAN_VIRTUAL_MACHINE").ok_or(Fault::said(-12, "未建立连接"))?;
        machine.get_or_insert_with(|| Machine::open(dir)).call(function, work)
    }));
    // A panic must not run into C.
    let (code, said) = match done.unwrap_or(Err(Fault::code(-999))) {
        Ok(said) => (0, said),
        Err(fault) => (fault.code, fault.out),
    };
    if out.is_null() {
        return code.into();
    }
    let bytes = gb(&said);
    if bytes.len() >= room {
        return -42;
    }
    // SAFETY: there is room for the bytes and the zero, by the contract of this function.
    unsafe {
        std::ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len());
        *out.add(bytes.len()) = 0;
    }
    code.into()
}

macro_rules! driver {
    ($($name:ident($($arg:ident: $kind:ty),*) room $room:ident, |$m:ident| $work:expr;)*) => {
        $(
            /// # Safety
            /// Strings end in a zero byte; `out` has the room that is usual for this function.
            #[unsafe(no_mangle)]
            pub unsafe extern "system" fn $name($($arg: $kind,)* out: *mut c_char) -> c_long {
                // SAFETY: the caller's contract is that of this function.
                unsafe { answer(stringify!($name), out, $room, |$m| $work) }
            }
        )*
    };
}

driver! {
    iReadCardBas(i_type: c_int) room READS, |m| Terminal(m).read_basic(i_type);
    iReadCard(i_type: c_int, auth: c_int, info: *const c_char, file: *const c_char) room READS,
        |m| Terminal(m).read(i_type, auth, &text(info), &text(file));
    iWriteCard(i_type: c_int, info: *const c_char, file: *const c_char, data: *const c_char) room OTHERS,
        |m| Terminal(m).write(i_type, &text(info), &text(file), &text(data));
    iVerifyPIN(i_type: c_int) room OTHERS, |m| Terminal(m).verify_pin(i_type);
    iChangePIN(i_type: c_int) room OTHERS, |m| Terminal(m).change_pin(i_type);
    iReloadPIN(i_type: c_int, info: *const c_char) room OTHERS, |m| Terminal(m).reload_pin(i_type, &text(info));
    iUnblockPIN(i_type: c_int, info: *const c_char) room OTHERS, |m| Terminal(m).unblock_pin(i_type, &text(info));
    iReadCardBas_HSM_Step1(i_type: c_int) room READS, |m| m.step(InSteps::ReadBasic, 1, i_type, &[]);
    iReadCardBas_HSM_Step2(key: *const c_char) room READS, |m| m.step(InSteps::ReadBasic, 2, 0, &[&text(key)]);
    iWriteCard_HSM_Step1(i_type: c_int, info: *const c_char, file: *const c_char) room OTHERS,
        |m| m.step(InSteps::Write, 1, i_type, &[&text(info), &text(file)]);
    iWriteCard_HSM_Step2(key: *const c_char, data: *const c_char) room OTHERS,
        |m| m.step(InSteps::Write, 2, 0, &[&text(key), &text(data)]);
    iReloadPIN_HSM_Step1(i_type: c_int, info: *const c_char) room OTHERS,
        |m| m.step(InSteps::ReloadPin, 1, i_type, &[&text(info)]);
    iReloadPIN_HSM_Step2(key: *const c_char) room OTHERS, |m| m.step(InSteps::ReloadPin, 2, 0, &[&text(key)]);
    iReloadPIN_HSM_Step3(key: *const c_char) room OTHERS, |m| m.step(InSteps::ReloadPin, 3, 0, &[&text(key)]);
    iUnblockPIN_HSM_Step1(i_type: c_int, info: *const c_char) room OTHERS,
        |m| m.step(InSteps::UnblockPin, 1, i_type, &[&text(info)]);
    iUnblockPIN_HSM_Step2(key: *const c_char) room OTHERS, |m| m.step(InSteps::UnblockPin, 2, 0, &[&text(key)]);
    iUnblockPIN_HSM_Step3(key: *const c_char) room OTHERS, |m| m.step(InSteps::UnblockPin, 3, 0, &[&text(key)]);
    iLoadCard(n: c_int) room OTHERS, |m| m.load(n);
    iWriteCaStep1() room OTHERS, |m| Terminal(m).ca_step1();
    iWriteCaStep2(info: *const c_char) room OTHERS, |m| Terminal(m).ca_step2(&text(info));
    iPrint(
        n: c_int, d1: *const c_char, d2: *const c_char, d3: *const c_char, d4: *const c_char, d5: *const c_char,
        d6: *const c_char, p1: *const c_char, p2: *const c_char
    ) room OTHERS, |m| {
        let texts = [d1, d2, d3, d4, d5, d6].map(|d| text(d));
        m.print(n, &texts, &[p1, p2].map(|p| text(p)))
    };
}
