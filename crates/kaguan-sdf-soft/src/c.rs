//! The C interface. Handles are numbers, not addresses: one that was never given is refused, and never followed.
#![expect(unsafe_code, reason = "a C interface is made of raw pointers")]

use crate::machine::{Fault, Machine, Point, SM2_SIGN, SM3, SM4_MAC};
use std::ffi::{c_int, c_uint, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{LazyLock, Mutex, PoisonError};

static MACHINE: LazyLock<Mutex<Machine>> = LazyLock::new(Mutex::default);

/// `ECCrefPublicKey`: coordinates of 512 bits at most, on the right.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct PublicKey {
    bits: c_uint,
    x: [u8; 64],
    y: [u8; 64],
}

/// `ECCSignature`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Signed {
    r: [u8; 64],
    s: [u8; 64],
}

/// `DEVICEINFO`.
#[repr(C)]
pub struct DeviceInfo {
    issuer: [u8; 40],
    name: [u8; 16],
    serial: [u8; 16],
    version: c_uint,
    standard: c_uint,
    asymmetric: [c_uint; 2],
    symmetric: c_uint,
    hashes: c_uint,
    buffer: c_uint,
}

fn wide(half: [u8; 32]) -> [u8; 64] {
    let mut out = [0; 64];
    out[32..].copy_from_slice(&half);
    out
}

fn halves(a: &[u8; 64], b: &[u8; 64]) -> Result<Point, Fault> {
    let half = |n: &[u8; 64]| {
        let right = if n[..32] == [0; 32] { &n[32..] } else { &[] };
        <[u8; 32]>::try_from(right).map_err(|_| Fault::InArgument)
    };
    Ok((half(a)?, half(b)?))
}

/// Does the work; a panic must not run into C.
///
/// # Safety
/// What the work does with pointers is the caller's contract.
unsafe fn answer(work: impl FnOnce(&mut Machine) -> Result<(), Fault>) -> c_int {
    let done =
        catch_unwind(AssertUnwindSafe(|| work(&mut MACHINE.lock().unwrap_or_else(PoisonError::into_inner))));
    match done {
        Ok(Ok(())) => 0,
        Ok(Err(fault)) => fault as c_int,
        Err(_) => 0x0100_0001,
    }
}

fn number(handle: *mut c_void) -> usize {
    handle.addr()
}

/// # Safety
/// Null, or `length` bytes that may be read.
unsafe fn bytes<'a>(pointer: *const u8, length: c_uint) -> Result<&'a [u8], Fault> {
    let length = usize::try_from(length).map_err(|_| Fault::InArgument)?;
    match (pointer.is_null(), length) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(Fault::InArgument),
        // SAFETY: by the contract of this function.
        (false, length) => Ok(unsafe { std::slice::from_raw_parts(pointer, length) }),
    }
}

/// # Safety
/// Null, or a value that may be read.
unsafe fn value<T: Copy>(pointer: *const T) -> Result<T, Fault> {
    // SAFETY: by the contract of this function.
    if pointer.is_null() { Err(Fault::InArgument) } else { Ok(unsafe { pointer.read() }) }
}

/// # Safety
/// Null, or a place that may be written.
unsafe fn put<T>(pointer: *mut T, value: T) -> Result<(), Fault> {
    if pointer.is_null() {
        return Err(Fault::OutArgument);
    }
    // SAFETY: by the contract of this function.
    unsafe { pointer.write(value) };
    Ok(())
}

/// # Safety
/// `out` is null or has room for as much as comes out; `length` is null or may be written.
unsafe fn put_bytes(out: *mut u8, length: *mut c_uint, said: &[u8]) -> Result<(), Fault> {
    if out.is_null() {
        return Err(Fault::OutArgument);
    }
    // SAFETY: by the contract of this function.
    unsafe {
        std::ptr::copy_nonoverlapping(said.as_ptr(), out, said.len());
        put(length, c_uint::try_from(said.len()).map_err(|_| Fault::NoBuffer)?)
    }
}

/// The initial vector; none is zeroes.
///
/// # Safety
/// Null, or sixteen bytes that may be read.
unsafe fn vector(iv: *mut u8) -> Result<[u8; 16], Fault> {
    if iv.is_null() {
        return Ok([0; 16]);
    }
    // SAFETY: by the contract of this function.
    unsafe { value(iv.cast::<[u8; 16]>()) }
}

/// # Safety
/// As [`vector`], and may be written.
unsafe fn put_vector(iv: *mut u8, now: [u8; 16]) -> Result<(), Fault> {
    // SAFETY: by the contract of this function.
    if iv.is_null() { Ok(()) } else { unsafe { put(iv.cast(), now) } }
}

macro_rules! sdf {
    ($($name:ident($($arg:ident: $kind:ty),*) |$m:ident| $work:expr;)*) => {
        $(
            /// # Safety
            /// As GM/T 0018 says of this function's arguments.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $name($($arg: $kind),*) -> c_int {
                // SAFETY: the caller's contract is that of this function.
                unsafe { answer(|$m| $work) }
            }
        )*
    };
}

type Handle = *mut c_void;

sdf! {
    SDF_OpenDevice(device: *mut Handle) |m| {
        let path = std::env::var_os("KAGUAN_SDF_KEYS").ok_or(Fault::OpenDevice)?;
        let keys = zeroize::Zeroizing::new(std::fs::read_to_string(path).map_err(|_| Fault::OpenDevice)?);
        put(device, std::ptr::without_provenance_mut(m.open(&keys)?))
    };
    SDF_CloseDevice(device: Handle) |m| m.close(number(device));
    SDF_OpenSession(device: Handle, session: *mut Handle) |m| {
        put(session, std::ptr::without_provenance_mut(m.open_session(number(device))?))
    };
    SDF_CloseSession(session: Handle) |m| m.close_session(number(session));
    SDF_GetDeviceInfo(session: Handle, info: *mut DeviceInfo) |m| {
        m.is_session(number(session))?;
        let mut said = DeviceInfo {
            issuer: [0; 40], name: [0; 16], serial: [0; 16], version: 1, standard: 1, asymmetric: [SM2_SIGN, 256],
            symmetric: 0x0400 | 0x13, hashes: SM3, buffer: 65_536,
        };
        said.issuer[..6].copy_from_slice(b"kaguan");
        said.name[..8].copy_from_slice(b"SOFTWARE");
        said.serial[..13].copy_from_slice(b"SOFTWARE-0001");
        put(info, said)
    };
    SDF_GenerateRandom(session: Handle, length: c_uint, random: *mut u8) |m| {
        m.is_session(number(session))?;
        let mut said = vec![0; usize::try_from(length).map_err(|_| Fault::InArgument)?];
        getrandom::fill(&mut said).map_err(|_| Fault::Random)?;
        put_bytes(random, &mut 0, &said)
    };
    SDF_GetPrivateKeyAccessRight(session: Handle, index: c_uint, password: *mut u8, length: c_uint) |m| {
        m.take_right(number(session), index, bytes(password, length)?)
    };
    SDF_ReleasePrivateKeyAccessRight(session: Handle, index: c_uint) |m| m.release_right(number(session), index);
    SDF_ExportSignPublicKey_ECC(session: Handle, index: c_uint, key: *mut PublicKey) |m| {
        let (x, y) = m.public(number(session), index)?;
        put(key, PublicKey { bits: 256, x: wide(x), y: wide(y) })
    };
    SDF_InternalSign_ECC(session: Handle, index: c_uint, data: *mut u8, length: c_uint, signature: *mut Signed) |m| {
        let (r, s) = m.sign(number(session), index, bytes(data, length)?)?;
        put(signature, Signed { r: wide(r), s: wide(s) })
    };
    SDF_InternalVerify_ECC(session: Handle, index: c_uint, data: *mut u8, length: c_uint, signature: *mut Signed) |m| {
        let said = value(signature)?;
        m.verify_own(number(session), index, bytes(data, length)?, &halves(&said.r, &said.s)?)
    };
    SDF_ExternalVerify_ECC(
        session: Handle, algorithm: c_uint, key: *mut PublicKey, data: *mut u8, length: c_uint, signature: *mut Signed
    ) |m| {
        if algorithm != SM2_SIGN {
            return Err(Fault::AlgorithmNotSupported);
        }
        let (key, said) = (value(key)?, value(signature)?);
        let (key, said) = (halves(&key.x, &key.y)?, halves(&said.r, &said.s)?);
        m.verify(number(session), &key, bytes(data, length)?, &said)
    };
    SDF_ImportKeyWithKEK(
        session: Handle, algorithm: c_uint, kek: c_uint, key: *mut u8, length: c_uint, handle: *mut Handle
    ) |m| {
        let key = m.import(number(session), algorithm, kek, bytes(key, length)?)?;
        put(handle, std::ptr::without_provenance_mut(key))
    };
    SDF_DestroyKey(session: Handle, key: Handle) |m| m.destroy(number(session), number(key));
    SDF_Encrypt(
        session: Handle, key: Handle, algorithm: c_uint, iv: *mut u8, data: *mut u8, length: c_uint, out: *mut u8,
        out_length: *mut c_uint
    ) |m| {
        let mut now = vector(iv)?;
        let said = m.crypt((number(session), number(key), algorithm), &mut now, bytes(data, length)?, true)?;
        put_vector(iv, now)?;
        put_bytes(out, out_length, &said)
    };
    SDF_Decrypt(
        session: Handle, key: Handle, algorithm: c_uint, iv: *mut u8, data: *mut u8, length: c_uint, out: *mut u8,
        out_length: *mut c_uint
    ) |m| {
        let mut now = vector(iv)?;
        let said = m.crypt((number(session), number(key), algorithm), &mut now, bytes(data, length)?, false)?;
        put_vector(iv, now)?;
        put_bytes(out, out_length, &said)
    };
    SDF_CalculateMAC(
        session: Handle, key: Handle, algorithm: c_uint, iv: *mut u8, data: *mut u8, length: c_uint, mac: *mut u8,
        mac_length: *mut c_uint
    ) |m| {
        if algorithm != SM4_MAC {
            return Err(Fault::AlgorithmNotSupported);
        }
        let mut now = vector(iv)?;
        let said = m.mac(number(session), number(key), &mut now, bytes(data, length)?)?;
        put_vector(iv, now)?;
        put_bytes(mac, mac_length, &said)
    };
    SDF_HashInit(session: Handle, algorithm: c_uint, key: *mut PublicKey, id: *mut u8, id_length: c_uint) |m| {
        if algorithm != SM3 {
            return Err(Fault::AlgorithmNotSupported);
        }
        let id = bytes(id, id_length)?;
        if key.is_null() {
            return m.hash_init(number(session), None);
        }
        let key = value(key)?;
        m.hash_init(number(session), Some((halves(&key.x, &key.y)?, id)))
    };
    SDF_HashUpdate(session: Handle, data: *mut u8, length: c_uint) |m| {
        m.hash_update(number(session), bytes(data, length)?)
    };
    SDF_HashFinal(session: Handle, digest: *mut u8, length: *mut c_uint) |m| {
        let said = m.hash_final(number(session))?;
        put_bytes(digest, length, &said)
    };
}
