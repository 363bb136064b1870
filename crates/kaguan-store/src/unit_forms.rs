//! The numbers of unit applications' forms in the directory of numbers: each is one unit application's.

use crate::engine::StoreError;
use crate::load::{LoadRequest, STOCK, unit_as_owner};
use crate::rows::people::ClaimRow;
use crate::sql;
use crate::store::{OpenError, Store};
use kaguan_domain::facts::claim::{Claim, ClaimKind};
use kaguan_domain::facts::unit::{UnitApplication, UnitFile};
use kaguan_domain::ids::UnitId;
use std::collections::HashMap;

/// In meta: whether the numbers of unit applications' forms are claimed.
const UNIT_FORMS: &str = "unit_forms";

/// Unit applications that are read, or numbers that are written, at once.
const AT_ONCE: usize = 500;

impl Store {
    /// The unit application that has the number of a form; `None` when none has it, or has it any more.
    pub async fn unit_of_form(&self, form: Claim) -> Result<Option<UnitFile>, StoreError> {
        let found = self.load(&LoadRequest { claims: vec![form], ..LoadRequest::default() }).await?;
        let Some(owner) = found.claims.into_values().find(|owner| *owner != STOCK) else { return Ok(None) };
        let id = UnitId(owner.0);
        let mut found = self.load(&LoadRequest { units: vec![id], ..LoadRequest::default() }).await?;
        Ok(found.units.remove(&id))
    }

    /// Claims the numbers of the forms that an earlier program registered, each for the first that still has it. Once; done again from the
    /// beginning when it was cut off.
    pub(crate) async fn claim_unit_forms(&self) -> Result<(), OpenError> {
        if self.meta(UNIT_FORMS).await?.is_some() {
            return Ok(());
        }
        let (mut first, mut after) = (HashMap::new(), UnitId(i64::MIN));
        loop {
            let page = self.units_from(after, AT_ONCE as i64).await?;
            let Some(last) = page.last() else { break };
            after = last.id;
            for unit in page {
                let Some(form) = unit.application.as_ref().and_then(UnitApplication::claim) else { continue };
                let one = (unit.gave_its_number_back(), unit.accepted_at, unit.id);
                let known = first.entry(self.claim_digest(&form)).or_insert(one);
                *known = one.min(*known);
            }
        }
        let row = |(digest, (given_back, _, unit))| ClaimRow {
            digest,
            kind: ClaimKind::UnitForm,
            holder_id: if given_back { STOCK } else { unit_as_owner(unit) },
        };
        let rows: Vec<ClaimRow> = first.into_iter().map(row).collect();
        for some in rows.chunks(AT_ONCE) {
            self.engine().transact(vec![sql::CLAIM_PUT.missing(self.keys(), some.to_vec())]).await?;
        }
        Ok(self.put_meta(UNIT_FORMS, "1").await?)
    }
}
