//! An account at a simulated bank: what becomes of it follows from the numbers of what the system asks, and from what the
//! bank's own counter did.

use kaguan_domain::facts::intent::IntentKind;
use kaguan_domain::facts::mirror::{Facet, Loss, Mirror};
use serde::{Deserialize, Serialize};

/// The matters that sequence numbers are about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Matter {
    Loss,
    Lock,
    Restriction,
    Closing,
}

/// One account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Account {
    /// Its state, but for what the bank's own counter has done and the system not answered yet.
    pub state: Mirror,
    /// The highest number seen about each matter: loss, lock, restriction, closing.
    pub seqs: [u32; 4],
    /// A loss of the bank's own counter that the system has not answered yet.
    pub own_loss: Option<Loss>,
    /// 社会保障号码 of whoever got the pre-made card of this account.
    pub owner: Option<String>,
}

/// An account as it lies in the bank's own store.
#[derive(Serialize, Deserialize)]
struct Stored {
    /// The parts of the state, each as its bits.
    account: i64,
    loss: i64,
    locked: bool,
    restricted: bool,
    seqs: [u32; 4],
    own_loss: Option<i64>,
    #[serde(default)]
    owner: Option<String>,
}

impl From<Stored> for Account {
    fn from(s: Stored) -> Self {
        let state = Mirror {
            account: match s.account {
                0 => Facet::PreOpened,
                1 => Facet::Active,
                _ => Facet::Closed,
            },
            loss: loss_of(s.loss),
            locked: s.locked,
            restricted: s.restricted,
        };
        Self { state, seqs: s.seqs, own_loss: s.own_loss.and_then(loss_of), owner: s.owner }
    }
}

impl From<Account> for Stored {
    fn from(a: Account) -> Self {
        let (account, loss) = (a.state.account as i64, a.state.loss.map_or(0, |l| l as i64 + 1));
        let Mirror { locked, restricted, .. } = a.state;
        let own_loss = a.own_loss.map(|l| l as i64 + 1);
        Self { account, loss, locked, restricted, seqs: a.seqs, own_loss, owner: a.owner }
    }
}

fn loss_of(code: i64) -> Option<Loss> {
    match code {
        0 => None,
        1 => Some(Loss::Temporary),
        _ => Some(Loss::Formal),
    }
}

impl Account {
    pub(super) fn in_state(state: Mirror) -> Self {
        Self { state, seqs: [0; 4], own_loss: None, owner: None }
    }

    /// The state as reconciliation has it: the stricter of the two losses.
    pub fn mirror(&self) -> Mirror {
        Mirror { loss: self.state.loss.max(self.own_loss), ..self.state }
    }

    /// Whether a number is the highest about its matter; remembers it.
    fn newer(&mut self, matter: Matter, seq: u32) -> bool {
        let known = &mut self.seqs[matter as usize];
        let newer = seq > *known;
        *known = (*known).max(seq);
        newer
    }

    /// Does what the system asks for; an older word about the same matter changes nothing.
    pub(super) fn apply(&mut self, kind: IntentKind, seq: u32) {
        let (matter, change): (Matter, fn(&mut Self)) = match kind {
            IntentKind::LoseTemporarily => (Matter::Loss, |a| a.state.loss = Some(Loss::Temporary)),
            IntentKind::LoseFormally => (Matter::Loss, |a| a.state.loss = Some(Loss::Formal)),
            IntentKind::ReleaseLoss => (Matter::Loss, |a| a.state.loss = None),
            IntentKind::Lock => (Matter::Lock, |a| a.state.locked = true),
            IntentKind::Unlock => (Matter::Lock, |a| a.state.locked = false),
            IntentKind::Restrict => (Matter::Restriction, |a| a.state.restricted = true),
            IntentKind::Unrestrict => (Matter::Restriction, |a| a.state.restricted = false),
            IntentKind::Close => (Matter::Closing, |a| a.state.account = Facet::Closed),
            // Whose the account is stands beside its state.
            IntentKind::OpenPreMade => return,
        };
        if self.newer(matter, seq) {
            change(self);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_of_an_older_state_is_read_and_written_as_it_was() {
        let old = r#"{"account":1,"loss":1,"locked":true,"restricted":false,"seqs":[3,2,0,0],"own_loss":2,"owner":null}"#;
        let account: Account = serde_json::from_str(old).expect("an account");
        let lost = Some(Loss::Formal);
        let mirror = Mirror { account: Facet::Active, loss: lost, locked: true, restricted: false };
        assert_eq!(account.mirror(), mirror, "the stricter of the two losses");
        assert_eq!(serde_json::to_string(&account).expect("JSON"), old);
    }
}
