//! A new file that nobody reads but the account that the agent runs under.

#[cfg(unix)]
pub use unix::create;
#[cfg(windows)]
pub use windows::create;

#[cfg(unix)]
mod unix {
    use std::fs::{File, OpenOptions};
    use std::os::unix::fs::OpenOptionsExt as _;
    use std::path::Path;

    /// Mode 0600; what was left there is written over.
    pub fn create(path: &Path) -> std::io::Result<File> {
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
    }
}

/// Windows gives a new file the rights of its directory, where every user may read. Here it has an access list of its own, which inherits
/// nothing: all for the account and for the system itself. A file keeps its list when it is renamed.
#[cfg(windows)]
mod windows {
    #![expect(unsafe_code, reason = "access lists are made through the system's C interface")]

    use std::fs::File;
    use std::io::{Error, ErrorKind, Result};
    use std::os::windows::ffi::OsStrExt as _;
    use std::os::windows::io::{AsRawHandle as _, FromRawHandle as _, OwnedHandle};
    use std::path::Path;
    use std::ptr::null_mut;
    use windows_sys::Win32::Foundation::{FALSE, GENERIC_WRITE, INVALID_HANDLE_VALUE, LocalFree};
    use windows_sys::Win32::Security::Authorization::{
        ConvertSidToStringSidW, ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1,
    };
    use windows_sys::Win32::Security::{
        GetTokenInformation, SECURITY_ATTRIBUTES, TOKEN_QUERY, TOKEN_USER, TokenUser,
    };
    use windows_sys::Win32::Storage::FileSystem::{CREATE_NEW, CreateFileW, FILE_ATTRIBUTE_NORMAL};
    use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

    fn done(answer: i32) -> Result<()> {
        if answer == 0 { Err(Error::last_os_error()) } else { Ok(()) }
    }

    /// What the system allocated, given back when it is dropped.
    struct Lent<T>(*mut T);

    impl<T> Drop for Lent<T> {
        fn drop(&mut self) {
            // SAFETY: the system said that it is to be freed so, and it is freed once.
            unsafe { LocalFree(self.0.cast()) };
        }
    }

    /// The account, `S-1-5-…`.
    fn account() -> Result<Vec<u16>> {
        let mut token = null_mut();
        // SAFETY: what is pointed at outlives the calls and has the lengths that are passed; so of all below.
        done(unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token) })?;
        // SAFETY: a handle that was just given, and is nobody else's.
        let token = unsafe { OwnedHandle::from_raw_handle(token) };
        // The structure has pointers in it, and what they point at stands behind it: room for both, and aligned as a pointer is.
        let mut room = [0u64; 64];
        let (size, mut used) = (u32::try_from(size_of_val(&room)).map_err(Error::other)?, 0);
        // SAFETY: as above.
        done(unsafe {
            let to = room.as_mut_ptr().cast();
            GetTokenInformation(token.as_raw_handle(), TokenUser, to, size, &raw mut used)
        })?;
        let mut text = null_mut();
        // SAFETY: the system has filled the room with this structure.
        done(unsafe {
            let user = room.as_ptr().cast::<TOKEN_USER>();
            ConvertSidToStringSidW((*user).User.Sid, &raw mut text)
        })?;
        let text = Lent(text);
        // SAFETY: the text ends in a zero, and is looked at up to there.
        let length = (0..).take_while(|at| unsafe { *text.0.add(*at) } != 0).count();
        // SAFETY: so many units were just looked at.
        Ok(unsafe { std::slice::from_raw_parts(text.0, length) }.to_vec())
    }

    /// What was left there is taken away first, for it would keep its own list.
    pub fn create(path: &Path) -> Result<File> {
        match std::fs::remove_file(path) {
            Err(why) if why.kind() != ErrorKind::NotFound => return Err(why),
            _ => {}
        }
        let wide = |text: &str| text.encode_utf16().collect::<Vec<u16>>();
        let list = [wide("D:P(A;;FA;;;"), account()?, wide(")(A;;FA;;;SY)\0")].concat();
        let mut descriptor = null_mut();
        // SAFETY: as above.
        done(unsafe {
            ConvertStringSecurityDescriptorToSecurityDescriptorW(
                list.as_ptr(),
                SDDL_REVISION_1,
                &raw mut descriptor,
                null_mut(),
            )
        })?;
        let descriptor = Lent(descriptor);
        let attributes = SECURITY_ATTRIBUTES {
            nLength: u32::try_from(size_of::<SECURITY_ATTRIBUTES>()).map_err(Error::other)?,
            lpSecurityDescriptor: descriptor.0,
            bInheritHandle: FALSE,
        };
        let name: Vec<u16> = std::path::absolute(path)?.as_os_str().encode_wide().chain([0]).collect();
        // SAFETY: as above.
        let handle = unsafe {
            CreateFileW(
                name.as_ptr(),
                GENERIC_WRITE,
                0,
                &raw const attributes,
                CREATE_NEW,
                FILE_ATTRIBUTE_NORMAL,
                null_mut(),
            )
        };
        if handle == INVALID_HANDLE_VALUE {
            return Err(Error::last_os_error());
        }
        // SAFETY: a handle that was just given, and is nobody else's.
        Ok(unsafe { OwnedHandle::from_raw_handle(handle) }.into())
    }
}
