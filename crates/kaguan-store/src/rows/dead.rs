//! Applications that wait for a card which nobody makes, because two registers have confirmed the applicant's death (Article 33): a
//! projection of the holders' files, so that whoever waits is screened, and a batch confirmed, without opening everybody's file.

use super::changed;
use crate::engine::Write;
use crate::sql;
use crate::table::row;
use kaguan_domain::alive::left_waiting;
use kaguan_domain::facts::application::Application;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::ids::{ApplicationId, BatchId, HolderId};

row! {
    /// `batch_id` is the batch that holds it, if one does.
    DeadWaitingRow in "dead_waiting" [holder_id: HolderId, application_id: ApplicationId] {
        city: String,
        batch_id: Option<BatchId>,
    }
}

impl DeadWaitingRow {
    /// Those of a file.
    pub(crate) fn of(file: &HolderFile) -> Vec<Self> {
        let row = |a: &Application| Self {
            holder_id: file.id,
            application_id: a.id,
            city: a.city.as_str().to_owned(),
            batch_id: a.stage.batch(),
        };
        left_waiting(file).map(row).collect()
    }

    /// What there is since a file was loaded, and the statement that takes away what does not wait any more.
    pub(crate) fn changed(file: &HolderFile, before: Option<&HolderFile>) -> (Vec<Self>, Option<Write>) {
        changed(
            (file, before),
            Self::of,
            |a, b| a.application_id == b.application_id,
            (&sql::DEAD_WAITING_GONE, |row| row.application_id.0),
        )
    }
}
