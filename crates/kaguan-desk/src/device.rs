//! What issues cards at a desk: the vendor's machine behind its driver, or the simulated one. The strings are those of the standard.

use kaguan_api::desk::{Basic, Identity, InSteps, Item, NewPin};
use kaguan_desk_driver::{Machine, Outcome, Terminal};

pub use kaguan_desk_driver::Fault;

/// A machine: the functions of 人社信息函〔2016〕38号, 59号 and of Appendix 9.
pub trait Device: Send + Sync {
    /// What is behind it, in Chinese, for the page and the status.
    fn dialect(&self) -> String;
    /// What becomes of a new PIN here; of a maker's driver nothing is known.
    fn new_pin(&self) -> NewPin {
        NewPin::Unknown
    }
    /// Looks what reader is there now, before the desk says so.
    fn look(&mut self) {}
    /// `iLoadCard`.
    ///
    /// # Errors
    /// By the published table; so of all others.
    fn load(&mut self, n: u8) -> Outcome;
    /// `iReadCardBas`, contact first.
    fn read_basic(&mut self) -> Outcome;
    /// `iReadIdentityCard`, of readers that have it.
    ///
    /// # Errors
    /// 不支持该命令 of all others.
    fn read_identity(&mut self) -> Outcome {
        Err(Fault::code(-13))
    }
    /// `iWriteCard`: 卡识别码|卡号|, addresses, values.
    fn write(&mut self, info: &str, addresses: &str, values: &str) -> Outcome;
    /// `iWriteCaStep1`.
    fn ca_step1(&mut self) -> Outcome;
    /// `iWriteCaStep2`.
    fn ca_step2(&mut self, info: &str) -> Outcome;
    /// `iPrint`; with nothing to print, 退卡.
    fn print(&mut self, n: u8, texts: &[String; 6], photos: &[String; 2]) -> Outcome;
    /// `iChangePIN`, typed on the reader.
    fn change_pin(&mut self) -> Outcome;
    /// `iUnblockPIN`.
    fn unblock_pin(&mut self, info: &str) -> Outcome;
    /// `iReloadPIN`, typed on the reader.
    fn reload_pin(&mut self, info: &str) -> Outcome;
    /// One step of a function whose keys are in the province's 加密机, from 1: first its own texts, then what the machine answered and whatever
    /// else belongs there.
    ///
    /// # Errors
    /// 不支持该命令 of devices without.
    fn step(&mut self, _function: InSteps, _n: u8, _texts: &[&str]) -> Outcome {
        Err(Fault::code(-13))
    }
}

/// `iType`: where a card is read it may be contactless, too; what changes it wants the contacts.
pub fn i_type(function: InSteps) -> i32 {
    match function {
        InSteps::ReadBasic => 3,
        InSteps::Write | InSteps::UnblockPin | InSteps::ReloadPin => 1,
    }
}

impl Device for Machine {
    fn dialect(&self) -> String {
        "模拟制卡机".into()
    }

    fn new_pin(&self) -> NewPin {
        NewPin::Judged
    }

    fn load(&mut self, n: u8) -> Outcome {
        self.call("iLoadCard", |m| m.load(n.into()))
    }

    fn read_basic(&mut self) -> Outcome {
        self.call("iReadCardBas", |m| Terminal(m).read_basic(3))
    }

    fn read_identity(&mut self) -> Outcome {
        self.call("iReadIdentityCard", |m| m.read_identity())
    }

    fn write(&mut self, info: &str, addresses: &str, values: &str) -> Outcome {
        self.call("iWriteCard", |m| Terminal(m).write(1, info, addresses, values))
    }

    fn ca_step1(&mut self) -> Outcome {
        self.call("iWriteCaStep1", |m| Terminal(m).ca_step1())
    }

    fn ca_step2(&mut self, info: &str) -> Outcome {
        self.call("iWriteCaStep2", |m| Terminal(m).ca_step2(info))
    }

    fn print(&mut self, n: u8, texts: &[String; 6], photos: &[String; 2]) -> Outcome {
        self.call("iPrint", |m| m.print(n.into(), texts, photos))
    }

    fn change_pin(&mut self) -> Outcome {
        self.call("iChangePIN", |m| Terminal(m).change_pin(3))
    }

    fn unblock_pin(&mut self, info: &str) -> Outcome {
        self.call("iUnblockPIN", |m| Terminal(m).unblock_pin(1, info))
    }

    fn reload_pin(&mut self, info: &str) -> Outcome {
        self.call("iReloadPIN", |m| Terminal(m).reload_pin(1, info))
    }

    fn step(&mut self, function: InSteps, n: u8, texts: &[&str]) -> Outcome {
        self.call(&function.step(n), |m| Machine::step(m, function, n, i_type(function), texts))
    }
}

/// The eleven fields of `iReadCardBas`; `None` when they are not eleven.
pub fn basic(out: &str) -> Option<Basic> {
    let fields: Vec<&str> = out.strip_suffix('|')?.split('|').collect();
    let [_, number, card_no, chip, name, reset, version, issued, until, _, _] = fields[..] else {
        return None;
    };
    let own = |s: &str| s.trim().to_owned();
    Some(Basic {
        number: own(number),
        card_no: own(card_no),
        chip: own(chip).to_uppercase(),
        name: own(name),
        reset: own(reset),
        version: own(version),
        issued: own(issued),
        until: own(until),
    })
}

/// What `iReadIdentityCard` says of a citizen's card: `|姓名|性别|民族|出生日期|地址|身份证号|发卡日期|有效日期|签发机关|照片|`; `None` of
/// anything else.
pub fn identity(out: &str) -> Option<Identity> {
    let fields: Vec<&str> = out.strip_prefix('|')?.strip_suffix('|')?.split('|').collect();
    let [name, _, _, _, _, number, _, until, _, photo] = fields[..] else { return None };
    let own = |s: &str| s.trim().to_owned();
    Some(Identity { name: own(name), number: own(number), until: own(until), photo: own(photo) })
}

/// `pFileAddr` and `pWriteData`: items of one file stand together, in the order in which they come.
pub fn strings_of(items: &[Item]) -> (String, String) {
    let (mut addresses, mut values, mut file) = (String::new(), String::new(), "");
    for item in items {
        if file != item.file {
            for text in [&mut addresses, &mut values] {
                if !file.is_empty() {
                    text.push('$');
                }
                text.push_str(&item.file);
                text.push('|');
            }
            file = &item.file;
        }
        addresses.push_str(&item.tag);
        addresses.push('|');
        values.push_str(&item.value);
        values.push('|');
    }
    (addresses + "$", values + "$")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_have_the_form_of_the_standard() {
        let item = |file: &str, tag: &str, value: &str| Item {
            file: file.into(),
            tag: tag.into(),
            value: value.into(),
        };
        let items =
            [item("SSSEEF05", "05", "20261127"), item("SSSEEF06", "08", "X"), item("SSSEEF06", "09", "张三")];
        let (addresses, values) = strings_of(&items);
        assert_eq!(addresses, "SSSEEF05|05|$SSSEEF06|08|09|$");
        assert_eq!(values, "SSSEEF05|20261127|$SSSEEF06|X|张三|$");
        // The Ministry's example.
        let said = "639900|111111198101011110|X00000019|639900D15600000500BF7C7A48FB4966|张三|00814E43238697159900BF7C7A|1.00|20101001|20201001|410100813475|终端设备号|";
        let read = basic(said).unwrap();
        assert_eq!(
            (read.card_no.as_str(), read.name.as_str(), read.until.as_str()),
            ("X00000019", "张三", "20201001")
        );
        assert!(basic("639900|1|").is_none() && basic("").is_none());
        let said = "|张三|1|01|19900101|广州|440106199001010013|20200101|20400101|广州市公安局|AAAA|";
        let read = identity(said).unwrap();
        assert_eq!((read.name.as_str(), read.number.as_str()), ("张三", "440106199001010013"));
        assert!(identity("J|张三|").is_none() && identity("").is_none());
    }
}
