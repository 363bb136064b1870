//! A device with whom it may ask in the midst of a job: what its driver has no keys for is done in steps, and the province's 加密机 answers
//! between them, through the system (人社信息函〔2016〕38号; 新即时制卡 needs no PSAM). What passes is carried whole and read by nobody here.

use crate::device::{Device, Fault};
use crate::errors::wants_machine;
use crate::kept::Kept;
use kaguan_api::desk::{InSteps, Kind, MACHINE_SILENT, MachineAnswer, MachineAsk, Signed};
use kaguan_api::sign::Public;
use kaguan_desk_driver::Outcome;
use zeroize::Zeroizing;

/// Carries a signed question to the system, and brings its signed answer; `None` when none came.
pub type Carry<'a> = &'a mut dyn FnMut(&Signed) -> Option<Signed>;

/// For which job the machine is asked.
pub struct Hands<'a> {
    pub device: &'a mut dyn Device,
    kept: &'a Kept,
    job: &'a str,
    carry: Carry<'a>,
    asked: u32,
    /// A function has found that there are no keys: the next ones of this job do not look for them again, so that nobody types a PIN twice.
    without_keys: bool,
}

impl<'a> Hands<'a> {
    /// Of a device, in a job.
    pub fn new(device: &'a mut dyn Device, kept: &'a Kept, job: &'a str, carry: Carry<'a>) -> Self {
        Self { device, kept, job, carry, asked: 0, without_keys: false }
    }

    /// What the machine says to what came out of a step.
    fn machine(&mut self, function: InSteps, step: u8, said: String) -> Result<Zeroizing<String>, Fault> {
        let silent = || Fault::code(MACHINE_SILENT);
        let belongs = self.kept.belongs.as_ref().ok_or_else(silent)?;
        self.asked += 1;
        let ask = MachineAsk {
            desk: belongs.desk,
            job: self.job.to_owned(),
            seq: self.asked,
            system: belongs.system.clone(),
            function,
            step,
            said,
        };
        let signed = Signed::of(Kind::MachineAsk, &ask, &self.kept.secret).map_err(|_| silent())?;
        let system = Public::parse(&belongs.system).map_err(|_| silent())?;
        let answer = (self.carry)(&signed).and_then(|a| a.read(Kind::MachineAnswer, &system));
        // An answer to another question is none.
        let answer = answer.filter(|a: &MachineAnswer| a.job == ask.job && a.seq == ask.seq);
        answer.and_then(|a| a.key).map(Zeroizing::new).ok_or_else(silent)
    }

    /// A function as the driver does it by itself, and in steps when it says that it lacks the key.
    fn done(
        &mut self,
        function: InSteps,
        first: &[&str],
        last: Option<&str>,
        plain: impl FnOnce(&mut dyn Device) -> Outcome,
    ) -> Outcome {
        let lacks = if self.without_keys {
            Fault::code(-2201)
        } else {
            match plain(self.device) {
                Err(fault) if wants_machine(fault.code) => fault,
                said => return said,
            }
        };
        let mut said = match self.device.step(function, 1, first) {
            // A driver without steps, or a card that wants none: it is as the driver said.
            Err(Fault { code: -13 | -2204, .. }) => return Err(lacks),
            said => said?,
        };
        self.without_keys = true;
        for n in 2..=function.steps() {
            let key = self.machine(function, n - 1, said)?;
            let mut texts = vec![key.as_str()];
            texts.extend(last.filter(|_| n == function.steps()));
            said = self.device.step(function, n, &texts)?;
        }
        Ok(said)
    }

    /// `iReadCardBas`.
    ///
    /// # Errors
    /// By the published table, and [`MACHINE_SILENT`]; so of all others.
    pub fn read_basic(&mut self) -> Outcome {
        self.done(InSteps::ReadBasic, &[], None, |d| d.read_basic())
    }

    /// `iWriteCard`.
    pub fn write(&mut self, info: &str, addresses: &str, values: &str) -> Outcome {
        let plain = |d: &mut dyn Device| d.write(info, addresses, values);
        self.done(InSteps::Write, &[info, addresses], Some(values), plain)
    }

    /// `iUnblockPIN`.
    pub fn unblock_pin(&mut self, info: &str) -> Outcome {
        self.done(InSteps::UnblockPin, &[info], None, |d| d.unblock_pin(info))
    }

    /// `iReloadPIN`.
    pub fn reload_pin(&mut self, info: &str) -> Outcome {
        self.done(InSteps::ReloadPin, &[info], None, |d| d.reload_pin(info))
    }
}
