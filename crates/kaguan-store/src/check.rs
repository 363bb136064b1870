//! `kaguan check`: verifies the journal from its first line to its head, replays it, and compares every row of every table with
//! what came of it. It reads as of one moment and writes nothing; what it has to come back to lies in a file without a name, so that it holds
//! as much of ten million people as of ten thousand.

mod chain;
mod cursor;
mod export;
mod files;
mod finding;
mod lines;
mod people;
mod rows;
mod since;
mod spool;
mod tables;
mod told;

pub use finding::{Area, CheckReport, Finding, FindingKind};
pub use since::Since;
#[doc(hidden)]
pub use spool::Spool;

use crate::engine::StoreError;
use crate::store::Store;
use chain::Reached;
use kaguan_domain::facts::batch::BatchFile;
use kaguan_domain::facts::unit::UnitFile;
use lines::Work;
use std::path::Path;

impl Store {
    /// Verifies, replays and compares everything.
    pub async fn check(&self) -> Result<CheckReport, StoreError> {
        self.check_all(None, None, &mut |_| {}).await
    }

    /// The same, or only what came after a head and all that it touched; each finding is told as it is found. What does not fit into memory lies in a directory, or where the system has
    /// temporary files: as much as the lines of the journal that change files.
    pub async fn check_all(
        &self,
        since: Option<&Since>,
        spool: Option<&Path>,
        tell: &mut (dyn FnMut(&Finding) + Send),
    ) -> Result<CheckReport, StoreError> {
        let view = self.engine().view().await?;
        let mut work = Work::begin(self, &view, spool, tell).await?;
        if let Some(since) = since {
            work.since(since).await?;
            return Ok(work.report);
        }
        work.follow(Reached::nothing()).await?;
        // Before the people: what lies in boxes is with whoever keeps them.
        work.report.batches = work.compare_files::<BatchFile>(|w| &mut w.batches).await?;
        work.compare_people().await?;
        work.compare_files::<UnitFile>(|w| &mut w.units).await?;
        // After the people: what is done to a card at a counter is in the line of its person.
        work.compare_files::<files::StockFile>(|w| &mut w.orders).await?;
        work.look_at_tables().await?;
        work.compare_institutions().await?;
        work.compare_told()?;
        Ok(work.report)
    }
}
