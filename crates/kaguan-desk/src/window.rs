//! Where a PIN is typed that no keypad of a reader takes: the agent's own window, which on Linux is the terminal that it runs in. Digits
//! are read one by one into memory that is wiped, and shown as stars.

use crate::device::Fault;
use kaguan_desk_driver::Typed;
use zeroize::Zeroizing;

/// Asks the holder for PINs.
pub trait Window: Send + Sync {
    /// One after the other, as they are asked for.
    ///
    /// # Errors
    /// `-31` taken back, `-32` nobody there.
    fn typed(&mut self, what: &[Typed]) -> Result<Vec<Zeroizing<String>>, Fault>;
}

/// The terminal of the agent.
pub struct TerminalWindow;

#[cfg(unix)]
mod unix {
    use super::{Fault, TerminalWindow, Typed, Window, Zeroizing};
    use rustix::termios::{
        ControlModes, InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr,
        tcsetattr,
    };
    use std::fs::File;

    /// The most digits that a PIN has.
    const LONGEST: usize = 16;
    /// Nobody presses a key for so long: tenths of a second, the most that a terminal counts; twice.
    const PATIENCE: u8 = 250;

    /// A terminal that gives every key at once and shows none, until this is dropped.
    struct Quiet<'a> {
        terminal: &'a File,
        before: Termios,
    }

    impl<'a> Quiet<'a> {
        fn of(terminal: &'a File) -> rustix::io::Result<Self> {
            let before = tcgetattr(terminal)?;
            let mut now = before.clone();
            now.local_modes -= LocalModes::ICANON | LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ISIG;
            now.input_modes -= InputModes::ICRNL;
            now.control_modes |= ControlModes::CS8;
            now.special_codes[SpecialCodeIndex::VMIN] = 0;
            now.special_codes[SpecialCodeIndex::VTIME] = PATIENCE;
            // What was pressed before it was asked for is not a PIN.
            tcsetattr(terminal, OptionalActions::Flush, &now)?;
            Ok(Self { terminal, before })
        }
    }

    impl Drop for Quiet<'_> {
        fn drop(&mut self) {
            // A terminal that is gone needs nothing.
            let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
        }
    }

    fn show(terminal: &File, text: &str) -> Result<(), Fault> {
        let mut left = text.as_bytes();
        while !left.is_empty() {
            let n = rustix::io::write(terminal, left).map_err(|_| Fault::code(-32))?;
            left = &left[n..];
        }
        Ok(())
    }

    fn line(terminal: &File) -> Result<Zeroizing<String>, Fault> {
        let mut pin = Zeroizing::new(String::with_capacity(LONGEST));
        let mut silent = 0;
        let mut key = Zeroizing::new([0u8; 1]);
        loop {
            match rustix::io::read(terminal, &mut key[..]) {
                Ok(0) if silent == 1 => return Err(Fault::code(-32)),
                Ok(0) => {
                    silent += 1;
                    continue;
                }
                Ok(_) => silent = 0,
                Err(rustix::io::Errno::INTR) => continue,
                Err(_) => return Err(Fault::code(-32)),
            }
            match key[0] {
                b'0'..=b'9' if pin.len() < LONGEST => {
                    pin.push(char::from(key[0]));
                    show(terminal, "*")?;
                }
                b'\r' | b'\n' => {
                    show(terminal, "\r\n")?;
                    // 取消 is confirming nothing, as on a keypad.
                    return if pin.is_empty() { Err(Fault::code(-31)) } else { Ok(pin) };
                }
                0x08 | 0x7F if pin.pop().is_some() => show(terminal, "\x08 \x08")?,
                // Escape, Ctrl-C, Ctrl-D.
                0x1B | 0x03 | 0x04 => return Err(Fault::code(-31)),
                _ => {}
            }
        }
    }

    impl Window for TerminalWindow {
        fn typed(&mut self, what: &[Typed]) -> Result<Vec<Zeroizing<String>>, Fault> {
            let terminal = File::options().read(true).write(true).open("/dev/tty");
            let terminal = terminal.map_err(|_| Fault::code(-32))?;
            let _quiet = Quiet::of(&terminal).map_err(|_| Fault::code(-32))?;
            let mut all = Vec::with_capacity(what.len());
            for what in what {
                let asked = match what {
                    Typed::Present => "请持卡人输入当前密码",
                    Typed::New => "请持卡人输入新密码（六位数字）",
                    Typed::Again => "请持卡人再输入一次新密码",
                };
                show(&terminal, &format!("\r\n{asked}，按回车确认，按Esc取消："))?;
                all.push(line(&terminal)?);
            }
            Ok(all)
        }
    }
}

#[cfg(not(unix))]
impl Window for TerminalWindow {
    /// Here PINs are typed on the reader's own keypad, which the vendor's driver asks.
    fn typed(&mut self, _: &[Typed]) -> Result<Vec<Zeroizing<String>>, Fault> {
        Err(Fault::code(-32))
    }
}
