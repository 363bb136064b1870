//! Passwords: how they are hashed, how many at once, and that a name which nobody has takes as long as any other.

use crate::limits::{Limits, count};
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use kaguan_domain::facts::institution::Officer;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A name that is longer is nobody's.
pub const LONGEST_LOGIN: usize = 64;
/// No officer could choose a longer password: bytes.
const LONGEST_PASSWORD: usize = 512;
/// Nobody's password, hashed like everybody's.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A PHC string of a password.
pub fn hash_password(password: &str) -> Option<String> {
    Some(Argon2::default().hash_password(password.as_bytes()).ok()?.to_string())
}

/// A one-time password: four groups of four letters and digits that nobody confounds, 80 bits.
pub fn one_time_password() -> Option<String> {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz123456789";
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).ok()?;
    let letters = bytes.map(|b| char::from(LETTERS[usize::from(b % 32)]));
    Some(letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-"))
}

fn is_password(hash: &str, password: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|h| Argon2::default().verify_password(password.as_bytes(), &h).is_ok())
}

/// What a password is compared with: for a name that is nobody's, of somebody who was stopped, or without a password, with
/// nobody's.
fn compared(officer: Option<&Officer>) -> &str {
    let own = officer.filter(|o| o.active).map(|o| o.password_hash.as_str());
    own.filter(|hash| PasswordHash::new(hash).is_ok()).unwrap_or(NOBODY)
}

/// Bounds what is hashed.
pub struct Gate {
    waiting: Arc<Semaphore>,
    hashing: Arc<Semaphore>,
    by_source: Arc<Mutex<HashMap<String, usize>>>,
    of_one_source: usize,
}

/// A place among those who wait.
pub struct Turn {
    hashing: Arc<Semaphore>,
    by_source: Arc<Mutex<HashMap<String, usize>>>,
    source: String,
    _place: OwnedSemaphorePermit,
}

fn counts(all: &Mutex<HashMap<String, usize>>) -> MutexGuard<'_, HashMap<String, usize>> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Gate {
    /// As the limits say.
    pub fn new(limits: &Limits) -> Self {
        Self {
            waiting: Arc::new(Semaphore::new(count(limits.sign_ins))),
            hashing: Arc::new(Semaphore::new(count(limits.hashes))),
            by_source: Arc::default(),
            of_one_source: count(limits.sign_ins_of_source),
        }
    }

    /// A place, unless too many wait, here or from this address.
    pub fn enter(&self, source: &str) -> Option<Turn> {
        let place = Arc::clone(&self.waiting).try_acquire_owned().ok()?;
        let mut all = counts(&self.by_source);
        let mine = all.entry(source.to_owned()).or_default();
        if *mine >= self.of_one_source {
            return None;
        }
        *mine += 1;
        Some(Turn {
            hashing: Arc::clone(&self.hashing),
            by_source: Arc::clone(&self.by_source),
            source: source.to_owned(),
            _place: place,
        })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut all = counts(&self.by_source);
        if let Some(mine) = all.get_mut(&self.source) {
            *mine -= 1;
            if *mine == 0 {
                all.remove(&self.source);
            }
        }
    }
}

impl Turn {
    /// Some work on a thread of its own when it is one's turn, `None` when it broke; whoever goes away meanwhile holds it until it is done.
    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let Ok(permit) = Arc::clone(&self.hashing).acquire_owned().await else { return None };
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        match done.await {
            Ok(done) => Some(done),
            Err(why) => {
                tracing::error!(%why, "a password could not be hashed");
                None
            }
        }
    }

    /// Whether a password is an officer's; `None` when it could not be found out. It takes the same time whoever it is.
    pub async fn is_right(&self, officer: Option<&Officer>, password: &str) -> Option<bool> {
        if password.len() > LONGEST_PASSWORD {
            return Some(false);
        }
        let (hash, password) = (compared(officer).to_owned(), password.to_owned());
        self.work(move || is_password(&hash, &password)).await
    }

    /// The PHC string of a new password.
    pub async fn hash(&self, password: &str) -> Option<String> {
        let password = password.to_owned();
        self.work(move || hash_password(&password)).await.flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kaguan_domain::facts::institution::Role;
    use kaguan_domain::ids::{OfficerId, OrgId};

    #[test]
    fn whoever_cannot_sign_in_costs_the_hash_of_whoever_can() {
        let own = hash_password("right").unwrap();
        let zhang = Officer {
            id: OfficerId(1),
            login: "zhang".into(),
            name: "张三".into(),
            role: Role::HrClerk,
            org: OrgId(1),
            active: true,
            password_hash: own.clone(),
        };
        assert_eq!(compared(Some(&zhang)), own);
        let stopped = Officer { active: false, ..zhang.clone() };
        let without = Officer { password_hash: "!".into(), ..zhang };
        for nobody in [None, Some(&stopped), Some(&without)] {
            assert_eq!(compared(nobody), NOBODY);
        }
        let (nobody, own) = (PasswordHash::new(NOBODY).unwrap(), PasswordHash::new(&own).unwrap());
        assert_eq!((nobody.algorithm, &nobody.params), (own.algorithm, &own.params));
        assert!(!is_password(NOBODY, "") && !is_password(NOBODY, "right"));
    }

    #[test]
    fn one_address_takes_only_some_of_the_places() {
        let limits = Limits::default();
        let gate = Gate::new(&limits);
        let held: Vec<_> =
            (0..limits.sign_ins_of_source).map(|_| gate.enter("203.0.113.9").unwrap()).collect();
        assert!(gate.enter("203.0.113.9").is_none());
        assert!(gate.enter("10.1.2.3").is_some());
        drop(held);
        assert!(gate.enter("203.0.113.9").is_some());
        let all: Vec<_> = (0..).map_while(|n| gate.enter(&format!("10.0.0.{n}"))).collect();
        assert_eq!(all.len() as u64, limits.sign_ins);
    }
}
