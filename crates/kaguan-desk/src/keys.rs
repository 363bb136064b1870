//! Keys of cards in a machine (加密机) by GM/T 0018: root keys are its own, numbered as EXTERNAL AUTHENTICATE numbers them; a chip's key comes of
//! one of them and the chip's identifier within the machine, and never out of it.

use crate::device::Fault;
use kaguan_desk_driver::{Keys, root_key};
use kaguan_sdf::{Sdf, SdfError};

/// `SDR_KEYNOTEXIST`.
const NO_KEY: u32 = 0x0100_0008;

/// The machine beside the desk.
pub struct SdfKeys(pub Sdf);

impl Keys for SdfKeys {
    fn cryptogram(&self, chip: &str, number: u8, block: [u8; 16]) -> Result<[u8; 16], Fault> {
        let chip = hex::decode(chip).ok().and_then(|c| <[u8; 16]>::try_from(c).ok());
        let chip = chip.ok_or(Fault::code(-20))?;
        let out = self.0.under(number.into(), chip, &block).map_err(|why| match why {
            SdfError::Machine { code: NO_KEY, .. } => Fault::code(-2203),
            SdfError::Machine { .. } | SdfError::Library(_) | SdfError::Strange(_) => {
                eprintln!("{why}");
                Fault::code(-12)
            }
        })?;
        <[u8; 16]>::try_from(&out[..]).map_err(|_| Fault::code(-15))
    }

    fn terminal(&self) -> (String, String) {
        ("0".repeat(12), "SDF".into())
    }
}

/// The root keys of the simulated cards, as the machine in software reads them (`KAGUAN_SDF_KEYS`).
pub fn of_simulated_cards() -> zeroize::Zeroizing<String> {
    let line = |n: u8| format!("kek {n} {}\n", hex::encode(&root_key(n)[..]));
    zeroize::Zeroizing::new((1..=10).map(line).collect())
}
