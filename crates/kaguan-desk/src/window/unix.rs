//! The controlling terminal, whether or not input and output lead elsewhere.

use super::Quiet;
use rustix::io::Errno;
use rustix::termios::{
    ControlModes, InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};
use std::fs::File;
use zeroize::Zeroizing;

/// Nobody presses a key for so long: tenths of a second, the most that a terminal counts.
const PATIENCE: u8 = 250;

pub struct Terminal {
    terminal: File,
    before: Termios,
}

impl Terminal {
    /// Fails where there is none.
    pub fn open() -> std::io::Result<Self> {
        let terminal = File::options().read(true).write(true).open("/dev/tty")?;
        let before = tcgetattr(&terminal)?;
        let mut now = before.clone();
        now.local_modes -= LocalModes::ICANON | LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ISIG;
        now.input_modes -= InputModes::ICRNL;
        now.control_modes |= ControlModes::CS8;
        now.special_codes[SpecialCodeIndex::VMIN] = 0;
        now.special_codes[SpecialCodeIndex::VTIME] = PATIENCE;
        // What was pressed before it was asked for is not a PIN.
        tcsetattr(&terminal, OptionalActions::Flush, &now)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing.
        let _ = tcsetattr(&self.terminal, OptionalActions::Flush, &self.before);
    }
}

impl Quiet for Terminal {
    fn key(&mut self) -> std::io::Result<Option<Zeroizing<u8>>> {
        let mut key = Zeroizing::new([0u8; 1]);
        loop {
            match rustix::io::read(&self.terminal, &mut key[..]) {
                Ok(0) => return Ok(None),
                Ok(_) => return Ok(Some(Zeroizing::new(key[0]))),
                Err(Errno::INTR) => {}
                Err(why) => return Err(why.into()),
            }
        }
    }

    fn show(&mut self, text: &str) -> std::io::Result<()> {
        let mut left = text.as_bytes();
        while !left.is_empty() {
            let n = rustix::io::write(&self.terminal, left)?;
            left = &left[n..];
        }
        Ok(())
    }
}
