//! Which employer a box of finished cards is for: a box knows the number of the employer, the name stands on the unit applications of those
//! whose cards lie in it.

use crate::outcome::Failure;
use crate::service::Service;
use kaguan_domain::clause;
use kaguan_domain::collection::{BoxEmployer, employer_of_box};
use kaguan_domain::facts::boxes::BoxFile;
use kaguan_domain::facts::unit::UnitApplication;
use kaguan_domain::ids::{BatchId, BoxId, OrgId, UnitId};
use kaguan_store::{LoadRequest, Store, StoreError};
use std::collections::{BTreeMap, BTreeSet};

/// The employers of the boxes that are for one, by box; each box with its batch. Counted by outlet and unit, no person's file is opened.
pub(crate) async fn employers(
    store: &Store,
    boxes: &[(BatchId, &BoxFile)],
) -> Result<BTreeMap<BoxId, BoxEmployer>, StoreError> {
    clause!(R15.1);
    let boxes: Vec<(BatchId, &BoxFile)> =
        boxes.iter().copied().filter(|(_, b)| b.employer.is_some()).collect();
    let batches: BTreeSet<BatchId> = boxes.iter().map(|(batch, _)| *batch).collect();
    let mut shares: BTreeMap<(BatchId, OrgId), BTreeSet<UnitId>> = BTreeMap::new();
    for batch in batches {
        for share in store.batch_shares(batch).await? {
            shares.entry((batch, share.collect_at)).or_default().extend(share.unit);
        }
    }
    let units: BTreeSet<UnitId> = shares.values().flatten().copied().collect();
    if units.is_empty() {
        return Ok(boxes.into_iter().map(|(_, b)| (b.id, employer_of_box(b, &[]))).collect());
    }
    let asked = LoadRequest { units: units.into_iter().collect(), ..LoadRequest::default() };
    let files = store.load(&asked).await?.units;
    let one = |(batch, b): (BatchId, &BoxFile)| {
        let here = shares.get(&(batch, b.outlet)).into_iter().flatten();
        let here: Vec<&UnitApplication> =
            here.filter_map(|unit| files.get(unit)?.application.as_ref()).collect();
        (b.id, employer_of_box(b, &here))
    };
    Ok(boxes.into_iter().map(one).collect())
}

impl Service {
    /// 单位 of boxes that were shown, by box; each with its batch. Names of employers and numbers of their forms: it names nobody.
    pub async fn employers_of(
        &self,
        boxes: &[(BatchId, &BoxFile)],
    ) -> Result<BTreeMap<BoxId, BoxEmployer>, Failure> {
        Ok(employers(self.store(), boxes).await?)
    }
}
