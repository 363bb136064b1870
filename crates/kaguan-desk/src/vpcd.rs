//! The simulated card in a virtual reader of PC/SC, by the protocol of vsmartcard's `vpcd`: whatever is said has its length before it, two
//! bytes; one byte is power or the question for the answer to reset, more are a command to the chip.

use kaguan_desk_driver::{Fault, Machine, Reader as _};
use std::io::{Error, ErrorKind, Read as _, Result, Write};
use std::net::TcpStream;

const OFF: u8 = 0;
const ON: u8 = 1;
const RESET: u8 = 2;
const ANSWER_TO_RESET: u8 = 4;

fn say(out: &mut impl Write, bytes: &[u8]) -> Result<()> {
    let length = u16::try_from(bytes.len()).map_err(Error::other)?;
    out.write_all(&[&length.to_be_bytes()[..], bytes].concat())
}

/// What comes is confirmed at once: the reader sends a length and waits with what it is the length of until that is confirmed, which takes
/// 40 ms otherwise, for each command. It holds for the next piece only.
#[cfg(target_os = "linux")]
fn at_once(reader: &TcpStream) -> Result<()> {
    socket2::SockRef::from(reader).set_tcp_quickack(true)
}

#[cfg(not(target_os = "linux"))]
fn at_once(_: &TcpStream) -> Result<()> {
    Ok(())
}

fn gone(fault: Fault) -> Error {
    Error::other(format!("{} {}", fault.code, fault.out))
}

/// The card under the machine's reader answers until it is pulled out or the reader is gone.
///
/// # Errors
/// When there is no card, or it is pulled out.
pub fn serve(machine: &mut Machine, reader: &mut TcpStream) -> Result<()> {
    loop {
        at_once(reader)?;
        let mut length = [0; 2];
        match reader.read_exact(&mut length) {
            Err(e) if e.kind() == ErrorKind::UnexpectedEof => return Ok(()),
            other => other?,
        }
        let mut said = zeroize::Zeroizing::new(vec![0; usize::from(u16::from_be_bytes(length))]);
        reader.read_exact(&mut said)?;
        match said[..] {
            [OFF] => {}
            [ON | RESET] => {
                machine.power_on().map_err(gone)?;
            }
            [ANSWER_TO_RESET] => say(reader, &machine.answer_to_reset().map_err(gone)?)?,
            _ => {
                let (mut out, sw) = machine.transmit(&said).map_err(gone)?;
                out.extend(sw.to_be_bytes());
                say(reader, &out)?;
            }
        }
    }
}
