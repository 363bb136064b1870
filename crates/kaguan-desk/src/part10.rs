//! Keypads of readers, by PC/SC part 10: what a reader says it can, and the structures by which it is told where in a command the PIN goes
//! that is typed on it. The structures are packed, and their numbers are little endian, but for the control codes of features.

use crate::device::Fault;
use kaguan_api::desk::NO_KEYPAD;
use kaguan_desk_driver::KeypadCommand;

/// `FEATURE_VERIFY_PIN_DIRECT`.
const VERIFY: u8 = 0x06;
/// `FEATURE_MODIFY_PIN_DIRECT`.
const MODIFY: u8 = 0x07;
/// `FEATURE_IFD_PIN_PROPERTIES`.
const PIN_PROPERTIES: u8 = 0x0A;
/// `FEATURE_GET_TLV_PROPERTIES`.
const TLV_PROPERTIES: u8 = 0x12;

/// How long a holder has for each PIN, in seconds: three of them end before the system gives up a job, after 150.
const SECONDS: u8 = 45;
/// A PIN of six digits in BCD, in bytes.
const BLOCK: u8 = 3;
/// Digits of a PIN, fewest and most.
const DIGITS: [u8; 2] = [6, 6];
/// Places are counted in bytes; the PIN begins with the data; it stands on the left, in BCD.
const FORMAT: u8 = 0b1000_0001;
/// Simplified Chinese, of China.
const LANGUAGE: u16 = 0x0804;
/// A PIN is complete when 确认 is pressed; or with its last digit.
const CONFIRMED: u8 = 0b010;
const FULL: u8 = 0b001;

/// What a reader answers to the question for its features: control codes by feature.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Features {
    pub verify: Option<u32>,
    pub modify: Option<u32>,
    pub pin_properties: Option<u32>,
    pub tlv_properties: Option<u32>,
}

/// Tag, length, value, one after the other; what is cut off is none.
fn values(mut bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        let (tag, rest) = bytes.split_first()?;
        let (length, rest) = rest.split_first()?;
        let (value, rest) = rest.split_at_checked(usize::from(*length))?;
        bytes = rest;
        Some((*tag, value))
    })
}

impl Features {
    /// Of an answer to `CM_IOCTL_GET_FEATURE_REQUEST`.
    pub fn of(answer: &[u8]) -> Self {
        let mut out = Self::default();
        for (tag, value) in values(answer) {
            let Ok(code) = <[u8; 4]>::try_from(value) else { continue };
            let place = match tag {
                VERIFY => &mut out.verify,
                MODIFY => &mut out.modify,
                PIN_PROPERTIES => &mut out.pin_properties,
                TLV_PROPERTIES => &mut out.tlv_properties,
                // Others are of no use here.
                _ => continue,
            };
            *place = Some(u32::from_be_bytes(code));
        }
        out
    }
}

/// A keypad.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Keypad {
    /// The control code for a command without a new PIN.
    verify: Option<u32>,
    /// For one with a new PIN.
    modify: Option<u32>,
    /// When a PIN may be complete, as bits.
    complete: u8,
    /// Whether it shows messages.
    shows: bool,
}

impl Keypad {
    /// The keypad of a reader with these features, from its two kinds of properties, of which either may be missing; `None` when it takes no
    /// PIN of six digits.
    pub fn of(features: Features, pin_properties: &[u8], tlv_properties: &[u8]) -> Option<Self> {
        let Features { verify, modify, .. } = features;
        // What says nothing of itself shows messages and has 确认, as most do.
        let mut keypad = Self { verify, modify, complete: CONFIRMED, shows: true };
        let (mut least, mut most) = (0, u8::MAX);
        if let [columns, lines, complete, _] = pin_properties {
            keypad.shows = (*columns, *lines) != (0, 0);
            keypad.complete = *complete;
        }
        for (tag, value) in values(tlv_properties) {
            match (tag, value) {
                (1, [columns, lines]) => keypad.shows = (*columns, *lines) != (0, 0),
                (2, [complete]) => keypad.complete = *complete,
                (6, [n]) => least = *n,
                (7, [n]) => most = *n,
                _ => {}
            }
        }
        let six = least <= DIGITS[0] && DIGITS[1] <= most && keypad.complete & (CONFIRMED | FULL) != 0;
        (six && (verify.is_some() || modify.is_some())).then_some(keypad)
    }

    /// Whether it takes PINs for a command, with a new one or without.
    pub fn takes(&self, new: bool) -> bool {
        if new { self.modify.is_some() } else { self.verify.is_some() }
    }

    /// The control code and the structure for a command; `None` when it is not one for this keypad.
    pub fn ask(&self, command: &KeypadCommand) -> Option<(u32, Vec<u8>)> {
        // 确认 where there is one: a holder who mistypes can correct until then.
        let complete = if self.complete & CONFIRMED != 0 { CONFIRMED } else { FULL };
        // Six digits in three bytes; their number stands nowhere in the command.
        let mut out = vec![SECONDS, SECONDS, FORMAT, BLOCK, 0];
        let [least, most] = DIGITS;
        let code = match (command.present, command.new) {
            (Some(0), None) => {
                let messages = u8::from(self.shows);
                out.extend([most, least, complete, messages]);
                out.extend(LANGUAGE.to_le_bytes());
                // The first message: what is asked for.
                out.push(0);
                self.verify?
            }
            (present, Some(new)) => {
                // The new one twice, and the old one before it where it is asked for.
                let confirm = 1 | (u8::from(present.is_some()) << 1);
                let messages = if self.shows { 2 + u8::from(present.is_some()) } else { 0 };
                out.extend([present.unwrap_or(0), new, most, least, confirm, complete, messages]);
                out.extend(LANGUAGE.to_le_bytes());
                // For the old one, the new one, the new one again; or the latter two.
                out.extend(if present.is_some() { [0, 1, 2] } else { [1, 2, 0] });
                self.modify?
            }
            (None | Some(_), None) => return None,
        };
        // The beginning of a block of T=1, which the reader makes.
        out.extend([0; 3]);
        let length = u8::try_from(command.data.len()).ok()?;
        let apdu = [&command.head[..], &[length], &command.data].concat();
        out.extend(u32::try_from(apdu.len()).ok()?.to_le_bytes());
        out.extend(apdu);
        Some((code, out))
    }
}

/// What a reader has answered: the card's status word, or that it did not ask the card.
///
/// # Errors
/// `-31`, `-32`, `-33`, `-34`, and [`NO_KEYPAD`] when it does not take the structure.
pub fn answered(said: &[u8]) -> Result<u16, Fault> {
    let [high, low] = *said else { return Err(Fault::code(-4)) };
    match u16::from_be_bytes([high, low]) {
        0x6400 => Err(Fault::code(-32)),
        0x6401 => Err(Fault::code(-31)),
        0x6402 => Err(Fault::code(-34)),
        0x6403 => Err(Fault::code(-33)),
        0x6B80 => Err(Fault::code(NO_KEYPAD)),
        sw => Ok(sw),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

    const ANSWER: &str = "060442330006070442330007120442330012130442000001";

    #[test]
    fn part_10_features_are_read_by_their_tags_and_what_is_cut_off_is_none() {
        let answer = hex::decode(ANSWER).unwrap();
        let features = Features::of(&answer);
        assert_eq!((features.verify, features.modify), (Some(0x4233_0006), Some(0x4233_0007)));
        assert_eq!((features.pin_properties, features.tlv_properties), (None, Some(0x4233_0012)));
        assert_eq!(Features::of(&answer[..9]), Features { modify: None, tlv_properties: None, ..features });
        assert_eq!(Features::of(&[]), Features::default());
        let keypad = Keypad::of(features, &[], &[]).unwrap();
        assert!(keypad.takes(true) && keypad.takes(false) && keypad.shows);
        let only_verify = Features { modify: None, ..features };
        let keypad = Keypad::of(only_verify, &[0, 0, 7, 0], &[]).unwrap();
        assert!(!keypad.takes(true) && keypad.takes(false) && !keypad.shows);
        assert_eq!(Keypad::of(features, &[], &[7, 1, 4]), None, "four digits at most");
        assert_eq!(Keypad::of(features, &[], &[6, 1, 8]), None, "eight digits at least");
        assert_eq!(Keypad::of(features, &[], &[2, 1, 4]), None, "nothing but time ends a PIN");
        assert_eq!(Keypad::of(Features::default(), &[], &[]), None);
    }

    #[test]
    fn part_10_structures_say_where_six_digits_go_and_in_which_language_they_are_asked_for() {
        let keypad = Keypad::of(Features::of(&hex::decode(ANSWER).unwrap()), &[16, 2, 7, 0], &[]).unwrap();
        let asked = |head: &str, data: &str, present, new| {
            let head = hex::decode(head).unwrap().try_into().unwrap();
            let data = Zeroizing::new(hex::decode(data).unwrap());
            keypad.ask(&KeypadCommand { head, data, present, new }).map(|(code, s)| (code, hex::encode(s)))
        };
        assert_eq!(
            asked("00200000", "ffffff", Some(0), None).unwrap(),
            (0x4233_0006, "2d2d810300060602010408000000000800000000200000 03ffffff".replace(' ', ""))
        );
        assert_eq!(
            asked("805e0100", "ffffffffffffff", Some(0), Some(4)).unwrap(),
            (
                0x4233_0007,
                "2d2d81030000040606030203040800010200 00000c000000805e010007ffffffffffffff".replace(' ', "")
            )
        );
        let known = asked("805e0100", "112233ffffffff", None, Some(4)).unwrap().1;
        assert_eq!(&known[10..36], "00040606010202040801020000");
        assert_eq!(asked("00200000", "ffffff", None, None), None);
    }

    #[test]
    fn part_10_what_a_reader_answers_itself_has_the_codes_of_the_window() {
        let code = |said: [u8; 2]| answered(&said).unwrap_err().code;
        assert_eq!(
            [[0x64, 0], [0x64, 1], [0x64, 2], [0x64, 3], [0x6B, 0x80]].map(code),
            [-32, -31, -34, -33, NO_KEYPAD]
        );
        assert_eq!(answered(&[0x63, 0xC5]), Ok(0x63C5));
        assert_eq!(answered(&[]).unwrap_err().code, -4);
    }
}
