//! Whose turn it is: files of one unit application are taken in one after the other, so that each is judged upon what the ones before it
//! have left of 批量申请总人数 (Article 9).

use kaguan_domain::ids::UnitId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OwnedMutexGuard;

/// The unit applications that files are being taken in for.
#[derive(Default)]
pub(crate) struct Turns(Mutex<HashMap<UnitId, Arc<tokio::sync::Mutex<()>>>>);

impl Turns {
    /// Waits until no other file of a unit application is being taken in; the turn ends when what is returned is dropped. `waits` is told
    /// when there is one.
    pub(crate) async fn of(&self, unit: UnitId, waits: impl FnOnce()) -> OwnedMutexGuard<()> {
        let own = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.retain(|_, turn| Arc::strong_count(turn) > 1);
            Arc::clone(all.entry(unit).or_default())
        };
        if let Ok(turn) = Arc::clone(&own).try_lock_owned() {
            return turn;
        }
        waits();
        own.lock_owned().await
    }
}
