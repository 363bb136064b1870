//! An encryption machine (加密机) by the C interface of GM/T 0018 (SDF). Its maker's library is loaded by its path; keys stay in the machine,
//! and are named here by their numbers.
#![expect(unsafe_code, reason = "a maker's library is called by its C interface")]

use libloading::{Library, Symbol};
use sm2::dsa::Signature;
use std::ffi::{c_int, c_uint, c_void};
use std::path::Path;
use std::ptr::null_mut;
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroizing;

/// Why the machine did not do it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SdfError {
    /// The library cannot be loaded, or a function is not in it.
    #[error("加密机接口库不可用：{0}")]
    Library(String),
    /// The machine's own answer (`data/sdf_error_codes.csv`).
    #[error("加密机：{}（{function}，{code:#010x}）", meaning(*.code))]
    Machine {
        /// The function that was called.
        function: &'static str,
        /// `SDR_…`.
        code: u32,
    },
    /// What came out is not what the standard says.
    #[error("加密机的答复不合规：{0}")]
    Strange(&'static str),
}

/// What a number means, in Chinese.
fn meaning(code: u32) -> &'static str {
    let table = include_str!("../../../data/sdf_error_codes.csv").lines().skip(1);
    let mut rows = table.filter_map(|line| {
        let mut cells = line.split(',').skip(1);
        let number = u32::from_str_radix(cells.next()?.strip_prefix("0x")?, 16).ok()?;
        Some((number, cells.next()?))
    });
    rows.find(|(number, _)| *number == code).map_or("未知错误", |(_, words)| words)
}

type Handle = *mut c_void;
type Done<T> = Result<T, SdfError>;

/// `ECCrefPublicKey`.
#[repr(C)]
struct PublicKey {
    bits: c_uint,
    x: [u8; 64],
    y: [u8; 64],
}

/// `ECCSignature`.
#[repr(C)]
struct Signed {
    r: [u8; 64],
    s: [u8; 64],
}

const SM3: c_uint = 1;
const SM4_ECB: c_uint = 0x0000_0401;
/// The identifier of GB/T 32918 under which everybody signs here.
const DISTID: &[u8; 16] = b"1234567812345678";
/// The length of a block and of a key of SM4.
const BLOCK: usize = 16;

/// Device and session.
struct Open {
    device: Handle,
    session: Handle,
}

// SAFETY: the handles are used by one thread at a time, behind the lock of [`Sdf`]; GM/T 0018 ties them to no thread.
unsafe impl Send for Open {}

/// A machine with a session, which is used by one caller at a time.
pub struct Sdf {
    open: Mutex<Open>,
    library: Library,
}

impl Sdf {
    /// Loads the maker's library, opens the device and a session.
    ///
    /// # Errors
    /// When it cannot be loaded, or the machine does not answer.
    pub fn open(path: &Path) -> Done<Self> {
        // A name alone is looked for where systems keep their libraries, and not beside whoever types it.
        let at = if path.exists() { std::path::absolute(path) } else { Ok(path.to_owned()) };
        let at = at.map_err(|e| SdfError::Library(e.to_string()))?;
        // SAFETY: the operator names the library, which runs with this program's rights; its beginning is its maker's.
        let library = unsafe { Library::new(at) }.map_err(|e| SdfError::Library(e.to_string()))?;
        let open = Mutex::new(Open { device: null_mut(), session: null_mut() });
        let machine = Self { open, library };
        {
            let mut open = machine.locked();
            type OpenDevice = unsafe extern "C" fn(*mut Handle) -> c_int;
            type OpenSession = unsafe extern "C" fn(Handle, *mut Handle) -> c_int;
            let device = &raw mut open.device;
            // SAFETY: types by the standard; what is pointed at lives as long as the call. So of all calls below.
            machine.call("SDF_OpenDevice", |f: OpenDevice| unsafe { f(device) })?;
            let (device, session) = (open.device, &raw mut open.session);
            machine.call("SDF_OpenSession", |f: OpenSession| unsafe { f(device, session) })?;
        }
        Ok(machine)
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls a function of a type.
    fn call<F: Copy>(&self, function: &'static str, call: impl FnOnce(F) -> c_int) -> Done<()> {
        // SAFETY: the standard gives the function this type.
        let found: Result<Symbol<'_, F>, _> = unsafe { self.library.get(function.as_bytes()) };
        let found = found.map_err(|_| SdfError::Library(format!("缺少{function}")))?;
        match call(*found).cast_unsigned() {
            0 => Ok(()),
            code => Err(SdfError::Machine { function, code }),
        }
    }

    /// Random bytes of the machine.
    ///
    /// # Errors
    /// When the machine does not answer; so of all others.
    pub fn random(&self, out: &mut [u8]) -> Done<()> {
        type F = unsafe extern "C" fn(Handle, c_uint, *mut u8) -> c_int;
        let open = self.locked();
        let length = length_of(out)?;
        self.call("SDF_GenerateRandom", |f: F| unsafe { f(open.session, length, out.as_mut_ptr()) })
    }

    /// Shows the password of a private key, for as long as this is open.
    ///
    /// # Errors
    /// When it is not the password.
    pub fn take_right(&self, index: u32, password: &str) -> Done<()> {
        type F = unsafe extern "C" fn(Handle, c_uint, *mut u8, c_uint) -> c_int;
        let open = self.locked();
        // The standard's pointer is to what may be written.
        let mut password = Zeroizing::new(password.as_bytes().to_vec());
        let length = length_of(&password)?;
        let get = |f: F| unsafe { f(open.session, index, password.as_mut_ptr(), length) };
        self.call("SDF_GetPrivateKeyAccessRight", get)
    }

    /// A signing key's public half, 130 hexadecimal digits.
    ///
    /// # Errors
    /// When there is no such key.
    pub fn public(&self, index: u32) -> Done<String> {
        let key = self.exported(&self.locked(), index)?;
        Ok(format!("04{}{}", hex::encode(&key.x[32..]), hex::encode(&key.y[32..])))
    }

    fn exported(&self, open: &Open, index: u32) -> Done<PublicKey> {
        type F = unsafe extern "C" fn(Handle, c_uint, *mut PublicKey) -> c_int;
        let mut key = PublicKey { bits: 0, x: [0; 64], y: [0; 64] };
        let out = &raw mut key;
        self.call("SDF_ExportSignPublicKey_ECC", |f: F| unsafe { f(open.session, index, out) })?;
        if key.bits != 256 || key.x[..32] != [0; 32] || key.y[..32] != [0; 32] {
            return Err(SdfError::Strange("不是256位的SM2公钥"));
        }
        Ok(key)
    }

    /// SM2 with SM3 over a message, DER (GM/T 0009): the machine hashes and signs.
    ///
    /// # Errors
    /// When there is no such key, or its password was not shown.
    pub fn sign(&self, index: u32, message: &[u8]) -> Done<Vec<u8>> {
        type Init = unsafe extern "C" fn(Handle, c_uint, *mut PublicKey, *mut u8, c_uint) -> c_int;
        type Update = unsafe extern "C" fn(Handle, *mut u8, c_uint) -> c_int;
        type Final = unsafe extern "C" fn(Handle, *mut u8, *mut c_uint) -> c_int;
        type Sign = unsafe extern "C" fn(Handle, c_uint, *mut u8, c_uint, *mut Signed) -> c_int;
        let open = self.locked();
        let mut key = self.exported(&open, index)?;
        let (mut id, mut message, mut digest) = (*DISTID, message.to_vec(), [0u8; 32]);
        let (id_length, length, mut out) = (length_of(&id)?, length_of(&message)?, length_of(&digest)?);
        let (key, out_length) = (&raw mut key, &raw mut out);
        self.call("SDF_HashInit", |f: Init| unsafe {
            f(open.session, SM3, key, id.as_mut_ptr(), id_length)
        })?;
        self.call("SDF_HashUpdate", |f: Update| unsafe { f(open.session, message.as_mut_ptr(), length) })?;
        self.call("SDF_HashFinal", |f: Final| unsafe { f(open.session, digest.as_mut_ptr(), out_length) })?;
        let mut signed = Signed { r: [0; 64], s: [0; 64] };
        let to = &raw mut signed;
        self.call("SDF_InternalSign_ECC", |f: Sign| unsafe {
            f(open.session, index, digest.as_mut_ptr(), 32, to)
        })?;
        let mut both = [0; 64];
        both[..32].copy_from_slice(&signed.r[32..]);
        both[32..].copy_from_slice(&signed.s[32..]);
        let signature = Signature::from_slice(&both).map_err(|_| SdfError::Strange("不是SM2签名"))?;
        Ok(signature.to_der().as_bytes().to_vec())
    }

    /// SM4 of some blocks under a key that comes wrapped under one of the machine's own (`kek`). It is unwrapped in the machine, is
    /// destroyed afterwards, and never comes out.
    ///
    /// # Errors
    /// When there is no such key.
    pub fn under(&self, kek: u32, wrapped: [u8; BLOCK], data: &[u8]) -> Done<Zeroizing<Vec<u8>>> {
        type Import = unsafe extern "C" fn(Handle, c_uint, c_uint, *mut u8, c_uint, *mut Handle) -> c_int;
        type Destroy = unsafe extern "C" fn(Handle, Handle) -> c_int;
        type Encrypt = unsafe extern "C" fn(
            Handle,
            Handle,
            c_uint,
            *mut u8,
            *mut u8,
            c_uint,
            *mut u8,
            *mut c_uint,
        ) -> c_int;
        let open = self.locked();
        let (mut wrapped, mut key) = (wrapped, null_mut());
        let to = &raw mut key;
        self.call("SDF_ImportKeyWithKEK", |f: Import| unsafe {
            f(open.session, SM4_ECB, kek, wrapped.as_mut_ptr(), 16, to)
        })?;
        let (mut iv, mut data) = ([0u8; BLOCK], Zeroizing::new(data.to_vec()));
        let mut out = Zeroizing::new(vec![0u8; data.len()]);
        let (length, mut said) = (length_of(&data)?, length_of(&out)?);
        let said_length = &raw mut said;
        let done = self.call("SDF_Encrypt", |f: Encrypt| unsafe {
            let (iv, data, out) = (iv.as_mut_ptr(), data.as_mut_ptr(), out.as_mut_ptr());
            f(open.session, key, SM4_ECB, iv, data, length, out, said_length)
        });
        self.call("SDF_DestroyKey", |f: Destroy| unsafe { f(open.session, key) })?;
        done?;
        if said != length {
            return Err(SdfError::Strange("密文与明文不等长"));
        }
        Ok(out)
    }
}

fn length_of(bytes: &[u8]) -> Done<c_uint> {
    c_uint::try_from(bytes.len()).map_err(|_| SdfError::Strange("数据过长"))
}

impl Drop for Sdf {
    fn drop(&mut self) {
        type Close = unsafe extern "C" fn(Handle) -> c_int;
        let Open { device, session } = *self.locked();
        // A machine that is gone needs nothing.
        if !session.is_null() {
            let _ = self.call("SDF_CloseSession", |f: Close| unsafe { f(session) });
        }
        if !device.is_null() {
            let _ = self.call("SDF_CloseDevice", |f: Close| unsafe { f(device) });
        }
    }
}
