//! The agent for Windows reads a card by `winscard.dll`, which wine leads to the service of PC/SC; the card is the simulated one, which the
//! same program puts into a virtual reader.

use super::{has, said};
use crate::windows::wine::Wine;
use anyhow::{Context as _, Result, ensure};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const CHIP: &str = "440100D15600000500A1B2C3D4E5F601";
const CARD_NO: &str = "A00000011";
/// Where the virtual reader waits for its card; the port after it is of a second slot.
const PORT: u16 = 45_963;

struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // One that is gone needs nothing.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn begun(command: &mut Command) -> Result<Ended> {
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    Ok(Ended(child.with_context(|| format!("{command:?}"))?))
}

/// Whether there was a service to ask.
pub fn read(wine: &Wine, program: &Path, dir: &Path) -> Result<bool> {
    let Some(service) = wine.readers(PORT)? else { return Ok(false) };
    let desk = || {
        let mut desk = Command::new(program);
        desk.current_dir(dir);
        desk
    };
    said(desk().args([
        "fill",
        "--virtual",
        "machine",
        "--box",
        "1",
        CHIP,
        "00814A444686844401A1B2C3D4",
        CARD_NO,
    ]))?;
    std::fs::write(dir.join("machine/machine.json"), format!("{{\"slot\":\"{CHIP}\"}}"))?;
    let _service = begun(&mut Command::new(service))?;
    // Each question takes wine a moment: so long the service may take to begin.
    let there = (0..60).any(|_| said(desk().arg("readers")).is_ok_and(|t| t.contains("Kaguan Virtual")));
    ensure!(there, "the virtual reader is not there");
    let at = format!("127.0.0.1:{PORT}");
    let _card = begun(desk().args(["virtual-card", "--virtual", "machine", "--vpcd", &at]))?;
    let items = said(desk().args(["card", "--pcsc", "Kaguan", "--wait", "20", "--virtual-keys"]))?;
    has(&items, &["SSSE/EF05/01", CHIP, CARD_NO, "SSSE/EF06/08"])?;
    Ok(true)
}
