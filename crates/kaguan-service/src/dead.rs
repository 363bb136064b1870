//! Applications of people whose death two registers have confirmed, and which wait for a card still (Article 33): who is left out of the
//! screening, in which batches somebody has to be taken out, how many an outlet has to decline. They name nobody: somebody is shown by the
//! form, and whoever opens it looks at the file with a line.

use crate::lists::{entrusted, own_city, own_office};
use crate::outcome::Failure;
use crate::service::Service;
use kaguan_domain::batch::waits_for_a_batch;
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::facts::application::Application;
use kaguan_domain::facts::batch::BatchState;
use kaguan_domain::facts::institution::Organisation;
use kaguan_domain::ids::{BankCode, BatchId, CityCode, HolderId, OrgId};
use kaguan_domain::permission::{Place, Verb};
use kaguan_store::LoadRequest;
use std::collections::BTreeMap;

/// An application that no screening takes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LeftOut {
    pub holder: HolderId,
    /// 申领表编码.
    pub form_no: String,
    pub city: CityCode,
    /// Service bank.
    pub bank: BankCode,
    /// 加急.
    pub urgent: bool,
    /// 受理网点, which declines it.
    pub outlet: OrgId,
}

impl LeftOut {
    fn of((holder, a): (HolderId, Application)) -> Self {
        let (city, bank) = (a.city.clone(), a.bank.clone());
        Self { holder, form_no: a.form_no, city, bank, urgent: a.urgent, outlet: a.outlet }
    }
}

/// What the first page says of the dead who wait for a card still; each is refused by itself to whoever may not see it.
pub struct DeadWork {
    /// Applications that the officer's own outlet took in and has to decline.
    pub to_decline: Result<usize, Failure>,
    /// People who have to be taken out of a batch that the bank has not extracted.
    pub in_batches: Result<usize, Failure>,
    /// Applications that no screening takes.
    pub left_out: Result<usize, Failure>,
}

impl Service {
    /// The three counts of the first page, of which the store is asked once; those of batches and screenings only where they are asked for.
    pub async fn dead_work_for(&self, actor: &Actor, of_batches: bool) -> Result<DeadWork, Failure> {
        clause!(R33.1);
        let declines = self.org_of(actor, Verb::Decline, |home| Place::At(home.id));
        let (looks, screens) = match of_batches {
            true => (
                self.org_of(actor, Verb::LookAtBatches, entrusted).map(Some),
                self.org_of(actor, Verb::ScreenBatch, own_city).map(Some),
            ),
            false => (Ok(None), Ok(None)),
        };
        // It is one officer's office, whatever is asked of it.
        let home = [declines.as_ref().ok(), looks.as_ref().ok().and_then(Option::as_ref)];
        let home = home.into_iter().flatten().next().or(screens.as_ref().ok().and_then(Option::as_ref));
        let city = home.and_then(Organisation::city);
        let found = match home {
            Some(_) => self.store().dead_waiting(city.as_ref().map(CityCode::as_str)).await?,
            None => Vec::new(),
        };
        let to_decline = declines.map(|home| to_decline_at(&home, &found));
        let left_out = screens.map(|_| found.iter().filter(|(_, a)| waits_for_a_batch(a)).count());
        let in_batches = match looks {
            Ok(Some(home)) => self.dead_in_batches(&home, &found).await.map(|all| all.values().sum()),
            Ok(None) => Ok(0),
            Err(why) => Err(why),
        };
        Ok(DeadWork { to_decline, in_batches, left_out })
    }

    /// Whom a screening leaves out, by city: only for who may screen there.
    pub async fn left_out_for(&self, actor: &Actor) -> Result<Vec<LeftOut>, Failure> {
        clause!(R33.1);
        let home = self.org_of(actor, Verb::ScreenBatch, own_city)?;
        self.left_out_in(home.city().as_ref()).await
    }

    async fn left_out_in(&self, city: Option<&CityCode>) -> Result<Vec<LeftOut>, Failure> {
        let found = self.store().dead_waiting(city.map(CityCode::as_str)).await?;
        Ok(found.into_iter().filter(|(_, a)| waits_for_a_batch(a)).map(LeftOut::of).collect())
    }

    /// Whom the screening of a city, a bank and an urgency leaves out.
    pub(crate) async fn left_out_of(
        &self,
        city: &CityCode,
        bank: &BankCode,
        urgent: bool,
    ) -> Result<Vec<LeftOut>, Failure> {
        let mut found = self.left_out_in(Some(city)).await?;
        found.retain(|one| one.bank == *bank && one.urgent == urgent);
        Ok(found)
    }

    /// How many people have to be taken out of each batch that the bank has not extracted: of the officer's city, and of the bank for an
    /// outlet that confirms batches for it.
    pub async fn dead_in_batches_for(&self, actor: &Actor) -> Result<BTreeMap<BatchId, usize>, Failure> {
        clause!(R33.1);
        let home = self.org_of(actor, Verb::LookAtBatches, entrusted)?;
        let city = home.city();
        let found = self.store().dead_waiting(city.as_ref().map(CityCode::as_str)).await?;
        self.dead_in_batches(&home, &found).await
    }

    async fn dead_in_batches(
        &self,
        home: &Organisation,
        found: &[(HolderId, Application)],
    ) -> Result<BTreeMap<BatchId, usize>, Failure> {
        let mut out: BTreeMap<BatchId, usize> = BTreeMap::new();
        let of_bank = |a: &Application| home.bank.as_ref().is_none_or(|bank| *bank == a.bank);
        for batch in found.iter().filter(|(_, a)| of_bank(a)).filter_map(|(_, a)| a.stage.batch()) {
            *out.entry(batch).or_default() += 1;
        }
        let want = LoadRequest { batches: out.keys().copied().collect(), ..LoadRequest::default() };
        let batches = self.store().load(&want).await?.batches;
        let waits = |id: &BatchId| {
            let state = batches.get(id).and_then(|file| file.batch.as_ref()).map(|b| &b.state);
            matches!(state, Some(BatchState::Screening | BatchState::Confirmed { .. }))
        };
        out.retain(|id, _| waits(id));
        Ok(out)
    }
}

/// How many of the dead an office has to decline: those whose applications it took in and that are in no batch.
fn to_decline_at(home: &Organisation, found: &[(HolderId, Application)]) -> usize {
    clause!(R33.1);
    let Some(outlet) = own_office(home) else { return 0 };
    found.iter().filter(|(_, a)| a.outlet == outlet && a.stage.batch().is_none()).count()
}
