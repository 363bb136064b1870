//! What one officer proposed and another has to decide: 审核限制 (Article 37), 变更服务银行的原银行审核 (Article 31). Each row is a
//! look with its line. What the old bank has agreed to waits for the new one in the same way; beside it the new bank sees what it took and the
//! old one has not answered, or did not agree to.

use crate::outcome::Failure;
use crate::seen::{Looked, Seen};
use crate::service::Service;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::ids::{BankCode, CardId, CityCode, HolderId};
use kaguan_domain::permission::{Place, Verb};
pub use kaguan_store::Examination;

/// The most people on a list: each is looked at, so that nobody is on it who is not shown.
pub(crate) const ON_A_LIST: i64 = 50;

/// The most on a list of what only has to be known: there nothing that is done makes room for what came before.
const TO_KNOW: i64 = 20;

/// A day, as times are counted.
const DAY: i64 = 86_400_000_000;

/// For so many days a bank sees a wish that came to nothing.
const SEEN_FOR_DAYS: i64 = 30;

/// And for so many 今日工作 says that there is one.
pub(crate) const TOLD_FOR_DAYS: i64 = 7;

/// The most people that a list of a kind has.
pub fn most_examined(which: Examination) -> usize {
    usize::try_from(most(which)).unwrap_or_default()
}

fn most(which: Examination) -> i64 {
    match which {
        Examination::Restriction | Examination::BankChange | Examination::AgreedChange => ON_A_LIST,
        Examination::WishedChange | Examination::FailedChange => TO_KNOW,
    }
}

fn reason(which: Examination) -> &'static str {
    match which {
        Examination::Restriction => "待审核限制清单（脱敏显示）",
        Examination::BankChange => "变更服务银行待原银行审核清单（脱敏显示）",
        Examination::AgreedChange => "变更服务银行待现场办理清单（脱敏显示）",
        Examination::WishedChange => "变更服务银行本行预约清单（脱敏显示）",
        Examination::FailedChange => "变更服务银行原银行不同意或失效的预约清单（脱敏显示）",
    }
}

impl Service {
    /// What waits for a decision in the officer's city, of the officer's bank where it is a bank's to decide; newest first, at most
    /// fifty: what is decided makes room for what came before. Of what the officer's outlet took, or none of its bank did, and only has to
    /// be known, the latest twenty; of what came to nothing, for thirty days.
    pub async fn examinations_for(
        &self,
        actor: &Actor,
        which: Examination,
    ) -> Result<Vec<(Seen<Looked>, CardId)>, Failure> {
        let found = self.examinations_found(actor, which, SEEN_FOR_DAYS).await?;
        self.look_at_each(actor, reason(which), found).await
    }

    /// Which they are, of what came to nothing those of the last days; nobody is looked at.
    pub(crate) async fn examinations_found(
        &self,
        actor: &Actor,
        which: Examination,
        days: i64,
    ) -> Result<Vec<(HolderId, CardId)>, Failure> {
        let home = match which {
            Examination::Restriction => {
                clause!(R37.1);
                self.org_of(actor, Verb::DecideRestriction, |_| Place::Anywhere)?
            }
            Examination::BankChange => {
                clause!(R31.1);
                self.org_of(actor, Verb::ApproveBankChange, |_| Place::Anywhere)?
            }
            Examination::AgreedChange => {
                clause!(R31.1);
                self.org_of(actor, Verb::CarryOutBankChange, |_| Place::Anywhere)?
            }
            Examination::WishedChange | Examination::FailedChange => {
                clause!(R31.1);
                self.org_of(actor, Verb::ReserveBankChange, |_| Place::Anywhere)?
            }
        };
        // Whoever is of no bank examines nothing of any. What was wished and agreed to is the new bank's.
        let bank = home.bank.clone().unwrap_or_else(|| BankCode(String::new()));
        let of_bank = || Some(Examination::seen_by(&bank, None));
        let whose = match which {
            Examination::Restriction => vec![None],
            Examination::BankChange | Examination::AgreedChange => vec![of_bank()],
            // What the own outlet took, and what none did.
            Examination::WishedChange | Examination::FailedChange => {
                vec![Some(Examination::seen_by(&bank, Some(home.id))), of_bank()]
            }
        };
        // What waits is on the list however long it does.
        let since = match which {
            Examination::FailedChange => Instant(self.now().0 - days * DAY),
            Examination::Restriction
            | Examination::BankChange
            | Examination::AgreedChange
            | Examination::WishedChange => Instant(i64::MIN),
        };
        let city = home.city();
        let city = city.as_ref().map(CityCode::as_str);
        let mut found = Vec::new();
        for bank in &whose {
            let part = (since, most(which));
            found.extend(self.store().examinations(which, city, bank.as_deref(), part).await?);
        }
        found.truncate(most_examined(which));
        Ok(found)
    }
}
