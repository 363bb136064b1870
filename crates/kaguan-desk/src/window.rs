//! Where a PIN is typed that no keypad of a reader takes: the agent's own window, which is the terminal (on Windows the console) that it
//! runs in. Digits are read one by one into memory that is wiped, and shown as stars.

use crate::device::Fault;
use kaguan_desk_driver::Typed;
use zeroize::Zeroizing;

#[cfg(unix)]
#[path = "window/unix.rs"]
mod system;
#[cfg(windows)]
#[path = "window/windows.rs"]
mod system;

/// The most digits that a PIN has.
const LONGEST: usize = 16;

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

/// A terminal that gives every key at once and shows none, until it is dropped.
trait Quiet {
    /// A key as ASCII has it, zero for any other; `None` when nobody has pressed one for 25 seconds.
    fn key(&mut self) -> std::io::Result<Option<Zeroizing<u8>>>;
    fn show(&mut self, text: &str) -> std::io::Result<()>;
}

fn nobody(_: std::io::Error) -> Fault {
    Fault::code(-32)
}

/// One PIN, ended by Enter.
fn line(terminal: &mut impl Quiet) -> Result<Zeroizing<String>, Fault> {
    let mut pin = Zeroizing::new(String::with_capacity(LONGEST));
    let mut silent = false;
    loop {
        let Some(key) = terminal.key().map_err(nobody)? else {
            if silent {
                return Err(Fault::code(-32));
            }
            silent = true;
            continue;
        };
        silent = false;
        match *key {
            b'0'..=b'9' if pin.len() < LONGEST => {
                pin.push(char::from(*key));
                terminal.show("*").map_err(nobody)?;
            }
            b'\r' | b'\n' => {
                terminal.show("\r\n").map_err(nobody)?;
                // 取消 is confirming nothing, as on a keypad.
                return if pin.is_empty() { Err(Fault::code(-31)) } else { Ok(pin) };
            }
            0x08 | 0x7F if pin.pop().is_some() => terminal.show("\x08 \x08").map_err(nobody)?,
            // Escape, Ctrl-C, Ctrl-D.
            0x1B | 0x03 | 0x04 => return Err(Fault::code(-31)),
            _ => {}
        }
    }
}

impl Window for TerminalWindow {
    fn typed(&mut self, what: &[Typed]) -> Result<Vec<Zeroizing<String>>, Fault> {
        let mut terminal = system::Terminal::open().map_err(nobody)?;
        let mut all = Vec::with_capacity(what.len());
        for what in what {
            let asked = match what {
                Typed::Present => "请持卡人输入当前密码",
                Typed::New => "请持卡人输入新密码（六位数字）",
                Typed::Again => "请持卡人再输入一次新密码",
            };
            terminal.show(&format!("\r\n{asked}，按回车确认，按Esc取消：")).map_err(nobody)?;
            all.push(line(&mut terminal)?);
        }
        Ok(all)
    }
}
