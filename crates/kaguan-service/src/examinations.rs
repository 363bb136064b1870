//! What one officer proposed and another has to decide: 审核限制 (Article 37), 变更服务银行的原银行审核 (Article 31). Each row is a
//! look with its line.

use crate::looks::{Looked, Seen};
use crate::outcome::Failure;
use crate::service::Service;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::facts::bank_change::BankChangeState;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::institution::Organisation;
use kaguan_domain::facts::restriction::CaseState;
use kaguan_domain::ids::{CardId, HolderId};
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::replacement::bank_change::LAPSES_AFTER_DAYS;
use kaguan_store::{LoadRequest, Subject};

/// The most lines that are looked through.
const LOOKED_THROUGH: i64 = 2_000;
/// The most people on a list.
const ON_A_LIST: usize = 100;

/// Which examinations.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Examination {
    /// 审核限制
    Restriction,
    /// 原银行审核
    BankChange,
}

impl Examination {
    fn reason(self) -> &'static str {
        match self {
            Self::Restriction => "待审核限制清单（脱敏显示）",
            Self::BankChange => "变更服务银行待原银行审核清单（脱敏显示）",
        }
    }

    /// The cards of a file that wait for somebody of this organisation.
    fn waits(self, file: &HolderFile, home: &Organisation) -> Vec<CardId> {
        let near = |city| home.city().is_none_or(|here| here == city);
        match self {
            Self::Restriction => {
                let proposed = file.cards.iter().filter(|c| {
                    near(c.city.clone()) && c.restrictions.iter().any(|r| r.state == CaseState::Proposed)
                });
                proposed.map(|c| c.id).collect()
            }
            Self::BankChange => {
                let change = file.bank_change().filter(|b| b.state == BankChangeState::Reserved);
                let card = change.and_then(|b| file.card(b.old));
                let own = card.filter(|c| home.bank.as_ref() == Some(&c.bank) && near(c.city.clone()));
                own.map(|c| c.id).into_iter().collect()
            }
        }
    }
}

impl Service {
    /// What waits for a decision in the officer's city, of the officer's bank where it is a bank's to decide; newest first, at most
    /// one hundred.
    pub async fn examinations_for(
        &self,
        actor: &Actor,
        which: Examination,
    ) -> Result<Vec<(Seen<Looked>, CardId)>, Failure> {
        let (home, lines) = match which {
            Examination::Restriction => {
                clause!(R37.1);
                let home = self.org_of(actor, Verb::DecideRestriction, |_| Place::Anywhere)?;
                (home, self.store().restrictions_since(Instant(0), LOOKED_THROUGH).await?)
            }
            Examination::BankChange => {
                clause!(R31.1);
                let home = self.org_of(actor, Verb::ApproveBankChange, |_| Place::Anywhere)?;
                let since = Instant(self.now().0 - LAPSES_AFTER_DAYS * 86_400_000_000);
                (home, self.store().bank_changes_since(since, LOOKED_THROUGH).await?)
            }
        };
        let mut holders: Vec<HolderId> = Vec::new();
        for line in &lines {
            if let Some(Subject::Holder(id)) = Subject::parse(&line.subject)
                && !holders.contains(&id)
            {
                holders.push(id);
            }
        }
        let want = LoadRequest { holders: holders.clone(), ..LoadRequest::default() };
        let loaded = self.store().load(&want).await?;
        let cards = |id: &HolderId| {
            let found = loaded.holders.get(id).map(|file| which.waits(file, &home)).unwrap_or_default();
            found.into_iter().map(|card| (*id, card)).collect::<Vec<_>>()
        };
        let mut found: Vec<(HolderId, CardId)> = holders.iter().flat_map(cards).collect();
        found.truncate(ON_A_LIST);
        self.look_at_each(actor, which.reason(), found).await
    }
}
