//! The console of Windows. An agent that runs as a service has none, and then nobody is there.
#![expect(unsafe_code, reason = "the console is reached through the system's C interface")]

use super::Quiet;
use std::fs::File;
use std::io::{Error, Result};
use std::os::windows::io::AsRawHandle as _;
use std::ptr::null;
use windows_sys::Win32::Foundation::{WAIT_OBJECT_0, WAIT_TIMEOUT};
use windows_sys::Win32::System::Console::{
    FlushConsoleInputBuffer, GetConsoleMode, INPUT_RECORD, KEY_EVENT, ReadConsoleInputW, SetConsoleMode,
    WriteConsoleW,
};
use windows_sys::Win32::System::Threading::WaitForSingleObject;
use zeroize::Zeroizing;

/// Nobody presses a key for so long, milliseconds.
const PATIENCE: u32 = 25_000;

pub struct Terminal {
    keys: File,
    screen: File,
    before: u32,
}

fn done(answer: i32) -> Result<()> {
    if answer == 0 { Err(Error::last_os_error()) } else { Ok(()) }
}

impl Terminal {
    /// Fails where there is none.
    pub fn open() -> Result<Self> {
        let open = |name| File::options().read(true).write(true).open(name);
        let (keys, screen) = (open("CONIN$")?, open("CONOUT$")?);
        let mut before = 0;
        // SAFETY: handles of files that are open, and a number that outlives the call; so of the calls below.
        done(unsafe { GetConsoleMode(keys.as_raw_handle(), &raw mut before) })?;
        // No lines, no echo, and Ctrl-C is a key.
        done(unsafe { SetConsoleMode(keys.as_raw_handle(), 0) })?;
        let terminal = Self { keys, screen, before };
        // What was pressed before it was asked for is not a PIN.
        done(unsafe { FlushConsoleInputBuffer(terminal.keys.as_raw_handle()) })?;
        Ok(terminal)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A console that is gone needs nothing.
        // SAFETY: as above.
        unsafe {
            FlushConsoleInputBuffer(self.keys.as_raw_handle());
            SetConsoleMode(self.keys.as_raw_handle(), self.before);
        }
    }
}

impl Quiet for Terminal {
    fn key(&mut self) -> Result<Option<Zeroizing<u8>>> {
        loop {
            // SAFETY: a handle of a file that is open.
            match unsafe { WaitForSingleObject(self.keys.as_raw_handle(), PATIENCE) } {
                WAIT_OBJECT_0 => {}
                WAIT_TIMEOUT => return Ok(None),
                _ => return Err(Error::last_os_error()),
            }
            let mut record = INPUT_RECORD::default();
            let mut read = 0;
            // SAFETY: room for one record, and a number, which outlive the call.
            done(unsafe { ReadConsoleInputW(self.keys.as_raw_handle(), &raw mut record, 1, &raw mut read) })?;
            if read == 0 || u32::from(record.EventType) != KEY_EVENT {
                continue;
            }
            // SAFETY: the kind of the record says which of its events it has; a character is a number in every form.
            let (down, unit) =
                unsafe { (record.Event.KeyEvent.bKeyDown != 0, record.Event.KeyEvent.uChar.UnicodeChar) };
            // SAFETY: zeroes are a record too.
            unsafe { zeroize::zeroize_flat_type(&raw mut record) };
            if down {
                return Ok(Some(Zeroizing::new(u8::try_from(unit).unwrap_or(0))));
            }
        }
    }

    fn show(&mut self, text: &str) -> Result<()> {
        let units: Vec<u16> = text.encode_utf16().collect();
        let length = u32::try_from(units.len()).map_err(Error::other)?;
        let mut written = 0;
        // SAFETY: the units have the length that is passed.
        done(unsafe {
            WriteConsoleW(self.screen.as_raw_handle(), units.as_ptr(), length, &raw mut written, null())
        })
    }
}
