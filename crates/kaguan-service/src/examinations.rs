//! What one officer proposed and another has to decide: 审核限制 (Article 37), 变更服务银行的原银行审核 (Article 31). Each row is a
//! look with its line. What the old bank has agreed to waits for the new one in the same way.

use crate::outcome::Failure;
use crate::seen::{Looked, Seen};
use crate::service::Service;
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::ids::{BankCode, CardId, CityCode, HolderId};
use kaguan_domain::permission::{Place, Verb};
pub use kaguan_store::Examination;

/// The most people on a list: each is looked at, so that nobody is on it who is not shown.
pub(crate) const ON_A_LIST: i64 = 50;

fn reason(which: Examination) -> &'static str {
    match which {
        Examination::Restriction => "待审核限制清单（脱敏显示）",
        Examination::BankChange => "变更服务银行待原银行审核清单（脱敏显示）",
        Examination::AgreedChange => "变更服务银行待现场办理清单（脱敏显示）",
    }
}

impl Service {
    /// What waits for a decision in the officer's city, of the officer's bank where it is a bank's to decide; newest first, at most
    /// fifty: what is decided makes room for what came before.
    pub async fn examinations_for(
        &self,
        actor: &Actor,
        which: Examination,
    ) -> Result<Vec<(Seen<Looked>, CardId)>, Failure> {
        let found = self.examinations_found(actor, which).await?;
        self.look_at_each(actor, reason(which), found).await
    }

    /// Which they are; nobody is looked at.
    pub(crate) async fn examinations_found(
        &self,
        actor: &Actor,
        which: Examination,
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
        };
        let bank = match which {
            Examination::Restriction => None,
            // Whoever is of no bank examines nothing of any. What was agreed to is the new bank's.
            Examination::BankChange | Examination::AgreedChange => {
                Some(home.bank.as_ref().map_or("", BankCode::as_str))
            }
        };
        let city = home.city();
        let city = city.as_ref().map(CityCode::as_str);
        Ok(self.store().examinations(which, city, bank, ON_A_LIST).await?)
    }
}
