//! Small working partner systems: registers, bank, vendor, SMS, e-card platform. Each has a memory of its own and
//! speaks to the system only through its ports and commands. What they get wrong is asked for, by [`BadDay`].

mod bank;
mod blanks;
mod card_keys;
mod couriers;
mod faces;
mod photos;
pub mod process;
mod records;
mod registers;
mod vendor;

pub use bank::Bank;
pub use blanks::blank_orders;
pub use card_keys::SimCardKeys;
pub use couriers::{Inbox, e_card_of};
pub use faces::SimFaces;
pub use photos::SimPhotos;
pub use registers::SimRegisters;
pub use vendor::Vendor;

use kaguan_service::ports::Partners;
use std::sync::Arc;

/// What goes wrong, deliberately; one row in so many. 0 is never.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct BadDay {
    /// The partner fails the row, with a reason.
    pub fail_one_in: usize,
    /// The partner changes a field that it must not change.
    pub change_one_in: usize,
}

impl BadDay {
    fn strikes(every: usize, n: usize) -> bool {
        every > 0 && n % every == every - 1
    }
}

/// All couriers and registers of a simulated surrounding.
#[derive(Clone)]
pub struct Surroundings {
    /// 人脸核验服务.
    pub faces: Arc<SimFaces>,
    /// 加密机, CA.
    pub card_keys: Arc<SimCardKeys>,
    /// 公安, 社保.
    pub registers: Arc<SimRegisters>,
    /// 相片检测审核平台.
    pub photos: Arc<SimPhotos>,
    /// SMS gateway.
    pub sms: Arc<Inbox>,
    /// 全国社保卡服务平台.
    pub ecard: Arc<Inbox>,
    /// Service banks: what they were asked to mirror.
    pub banks: Arc<Inbox>,
    /// 财政: fee orders.
    pub treasury: Arc<Inbox>,
}

impl Surroundings {
    /// Everybody well.
    pub fn new() -> Self {
        Self {
            faces: Arc::default(),
            card_keys: Arc::new(SimCardKeys::default()),
            registers: Arc::new(SimRegisters::default()),
            photos: Arc::new(SimPhotos::default()),
            sms: Arc::new(Inbox::default()),
            ecard: Arc::new(Inbox::default()),
            banks: Arc::new(Inbox::default()),
            treasury: Arc::new(Inbox::default()),
        }
    }

    /// As the service wants them.
    pub fn partners(&self) -> Partners {
        Partners {
            faces: self.faces.clone(),
            card_keys: self.card_keys.clone(),
            registers: self.registers.clone(),
            photos: self.photos.clone(),
            sms: self.sms.clone(),
            ecard: self.ecard.clone(),
            banks: self.banks.clone(),
            treasury: self.treasury.clone(),
        }
    }
}

impl Default for Surroundings {
    fn default() -> Self {
        Self::new()
    }
}
