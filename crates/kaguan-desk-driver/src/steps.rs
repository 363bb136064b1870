//! Functions in steps, for a machine without a PSAM: what the driver wants to have done with a key comes out of one step, and the province's
//! 加密机 answers it into the next. The texts between are of this driver and of the simulated machine: whoever carries them reads none.
//! What a card would have been changed by is sent in the last step alone.

use crate::chip::{digest_of, key_number, with_pin};
use crate::machine::{Fault, Machine, Outcome};
use crate::terminal::{Meant, PUK, RELOAD, Terminal, Typed, UNBLOCK, judged, one_key};
use kaguan_api::desk::InSteps;

/// What was begun, and waits for the machine.
pub(crate) enum Begun {
    Read {
        card: Meant,
        version: String,
    },
    Write {
        addresses: String,
    },
    /// The card is to let itself be unblocked.
    Unblock {
        card: Meant,
    },
    /// The command is to be vouched for.
    UnblockVouched,
    /// The new PIN is to be hidden.
    Reload {
        card: Meant,
        challenge: [u8; 16],
    },
    /// The same, and vouched for.
    ReloadVouched {
        hidden: [u8; 16],
    },
}

/// What the machine is asked for: a block under a chip's key of a number.
fn block(chip: &str, number: u8, block: [u8; 16]) -> String {
    format!("{chip}|{number}|{}|", hex::encode_upper(block))
}

/// What the machine of the simulated cards answers, by SM4 of a block under the key of a chip and a number; `None` to what it does not know.
pub fn machine_says(
    said: &str,
    cryptogram: impl FnOnce(&str, u8, [u8; 16]) -> Option<[u8; 16]>,
) -> Option<String> {
    let mut parts = said.strip_suffix('|')?.split('|');
    let (chip, number, block) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
    let block = <[u8; 16]>::try_from(hex::decode(block).ok()?).ok().filter(|_| parts.next().is_none())?;
    cryptogram(chip, number, block).map(|out| format!("{}|", hex::encode_upper(out)))
}

fn answered(key: &str) -> Result<[u8; 16], Fault> {
    let key = key.strip_suffix('|').and_then(|k| <[u8; 16]>::try_from(hex::decode(k).ok()?).ok());
    key.ok_or_else(|| Fault::said(-14, "加密机返回的数据格式错"))
}

const RKSSSE: &str = "RKSSSE";

fn number_of(key: &str) -> Result<u8, Fault> {
    key_number(key).ok_or(Fault::code(-27_272))
}

impl Machine {
    /// One step of a function, from 1: first its arguments, then what the machine answered and whatever else belongs there.
    ///
    /// # Errors
    /// By the published table; `-2204` when the card wants no machine, `-14` when it is not this step's turn.
    pub fn step(&mut self, function: InSteps, n: u8, i_type: i32, texts: &[&str]) -> Outcome {
        let begun = self.begun.take();
        let text = |at: usize| texts.get(at).copied().unwrap_or_default();
        let wrong = || Err(Fault::said(-14, "加密机分步调用次序错"));
        let mut on = Terminal(self);
        let (out, next) = match (function, n, begun) {
            (InSteps::ReadBasic, 1, _) => {
                let card = on.meant(i_type, "")?;
                let version = on.version()?;
                if !version.starts_with('3') {
                    return Err(Fault::said(-2204, "不需要加密机认证"));
                }
                let out = block(&card.chip, number_of(RKSSSE)?, on.challenge()?);
                (out, Some(Begun::Read { card, version }))
            }
            (InSteps::ReadBasic, 2, Some(Begun::Read { card, version })) => {
                on.authenticated(number_of(RKSSSE)?, answered(text(0))?)?;
                (on.basic(card, &version)?, None)
            }
            (InSteps::Write, 1, _) => {
                let card = on.meant(i_type, text(0))?;
                let (directory, key) = one_key(text(1))?;
                on.select_directory(directory)?;
                let out = block(&card.chip, number_of(key)?, on.challenge()?);
                (out, Some(Begun::Write { addresses: text(1).to_owned() }))
            }
            (InSteps::Write, 2, Some(Begun::Write { addresses })) => {
                let proof = answered(text(0))?;
                let (directory, key) = one_key(&addresses)?;
                let all = judged(&addresses, text(1))?;
                on.authenticated(number_of(key)?, proof)?;
                on.put(None, (directory, key), all)?;
                (String::new(), None)
            }
            (InSteps::UnblockPin, 1, _) => {
                let card = on.meant(i_type, text(0))?;
                on.is_locked()?;
                let out = block(&card.chip, number_of(RKSSSE)?, on.challenge()?);
                (out, Some(Begun::Unblock { card }))
            }
            (InSteps::UnblockPin, 2, Some(Begun::Unblock { card })) => {
                on.authenticated(number_of(RKSSSE)?, answered(text(0))?)?;
                let out = block(&card.chip, PUK, digest_of(on.challenge()?, UNBLOCK, &[]));
                (out, Some(Begun::UnblockVouched))
            }
            (InSteps::UnblockPin, 3, Some(Begun::UnblockVouched)) => {
                on.ask(UNBLOCK, &answered(text(0))?[..4])?;
                (String::new(), None)
            }
            (InSteps::ReloadPin, 1, _) => {
                let card = on.meant(i_type, text(0))?;
                let challenge = on.challenge()?;
                let out = block(&card.chip, PUK, challenge);
                (out, Some(Begun::Reload { card, challenge }))
            }
            (InSteps::ReloadPin, 2, Some(Begun::Reload { card, challenge })) => {
                let under = answered(text(0))?;
                let pins = on.0.typed(&[Typed::New, Typed::Again])?;
                // Whose card it is was not read: that would be another question of the machine.
                let hidden = with_pin(under, &Terminal::new_pin(&pins, "")?);
                let out = block(&card.chip, PUK, digest_of(challenge, RELOAD, &hidden));
                (out, Some(Begun::ReloadVouched { hidden }))
            }
            (InSteps::ReloadPin, 3, Some(Begun::ReloadVouched { hidden })) => {
                let data = [&hidden[..], &answered(text(0))?[..4]].concat();
                on.ask(RELOAD, &data)?;
                (String::new(), None)
            }
            (InSteps::ReadBasic | InSteps::Write | InSteps::UnblockPin | InSteps::ReloadPin, _, _) => {
                return wrong();
            }
        };
        self.begun = next;
        Ok(out)
    }
}
