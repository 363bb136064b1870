//! Two files of one human, proposed, refused, joined, taken apart, while the cards of both are reported lost and released, addressed
//! by the file that each began in.

use crate::{Planted, beside_all, people};
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::holder::{DecideJoin, ProposeJoin, UndoJoin};
use kaguan_domain::ids::{BankCode, CardId, HolderId};
use kaguan_domain::loss::{Release, ReportTemporary};
use kaguan_domain::refusal::Reason;
use kaguan_service::{Command, Failure};
use kaguan_testkit::{On, World};

/// How far the joining of a pair is.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Joint {
    Never,
    Proposed,
    Apart,
    One,
    Undoing,
}

/// Two files, whose first card is kept while they are one.
#[derive(Clone, Copy, Debug)]
struct Pair {
    joint: Joint,
    lost: [bool; 2],
}

#[derive(Clone, Copy, Debug)]
enum Ask {
    Propose,
    Decide { approved: bool },
    Undo,
    Lose(usize),
    Release(usize),
}

impl Pair {
    fn is_one(self) -> bool {
        matches!(self.joint, Joint::One | Joint::Undoing)
    }

    /// Does it, or says why not.
    fn answer(&mut self, ask: Ask, planted: Planted) -> Option<Reason> {
        use Reason as R;
        match ask {
            Ask::Propose => match self.joint {
                Joint::Never | Joint::Apart => self.joint = Joint::Proposed,
                Joint::Proposed => return Some(R::WrongStage),
                Joint::One | Joint::Undoing => return Some(R::FileJoined),
            },
            Ask::Decide { approved } => {
                self.joint = match (self.joint, approved) {
                    (Joint::Never, _) => return Some(R::NotFound),
                    (Joint::Apart | Joint::One, _) => return Some(R::WrongStage),
                    (Joint::Proposed, true) | (Joint::Undoing, false) => Joint::One,
                    (Joint::Proposed, false) | (Joint::Undoing, true) => Joint::Apart,
                };
            }
            Ask::Undo => match self.joint {
                Joint::Never => return Some(R::NotFound),
                Joint::One => self.joint = Joint::Undoing,
                Joint::Proposed | Joint::Apart | Joint::Undoing => return Some(R::WrongStage),
            },
            // 3: one person, one card: the other is none while they are one.
            Ask::Lose(1) if self.is_one() && planted != Planted::BothCardsWork => {
                return Some(R::CardHeldBack);
            }
            Ask::Lose(i) if self.lost[i] => return Some(R::AlreadyLost),
            Ask::Lose(i) => self.lost[i] = true,
            Ask::Release(i) if !self.lost[i] => return Some(R::NotLost),
            Ask::Release(i) => self.lost[i] = false,
        }
        None
    }
}

fn ask(rng: &mut fastrand::Rng) -> Ask {
    match rng.u8(..12) {
        0..2 => Ask::Propose,
        2..5 => Ask::Decide { approved: rng.u8(..3) > 0 },
        5..7 => Ask::Undo,
        7..10 => Ask::Lose(rng.usize(..2)),
        _ => Ask::Release(rng.usize(..2)),
    }
}

fn command(ask: Ask, [(first, one), (second, two)]: [(HolderId, CardId); 2]) -> (HolderId, C) {
    let other = second;
    let at = |i: usize| if i == 0 { (first, one) } else { (second, two) };
    match ask {
        Ask::Propose => {
            let reason = "本人持两证到场".into();
            (first, C::ProposeJoin(ProposeJoin { other, reason, keep: Some(one) }))
        }
        Ask::Decide { approved } => {
            let reason = if approved { String::new() } else { "相片不符".into() };
            (first, C::DecideJoin(DecideJoin { other, approved, reason }))
        }
        Ask::Undo => (first, C::UndoJoin(UndoJoin { other, reason: "系两兄弟".into() })),
        Ask::Lose(i) => {
            let (holder, card) = at(i);
            (
                holder,
                C::ReportTemporaryLoss(ReportTemporary {
                    card,
                    identity: None,
                    verified: true,
                    deputy: None,
                }),
            )
        }
        Ask::Release(i) => {
            let (holder, card) = at(i);
            (holder, C::ReleaseLoss(Release { card, verified: true, deputy: None }))
        }
    }
}

/// The first answer that differs.
pub async fn compare(on: On, seed: u64, commands: u32, planted: Planted) -> Result<(), String> {
    let w = World::new(on).await;
    let people = people(&w).await;
    let files: Vec<[(HolderId, CardId); 2]> =
        people.chunks_exact(2).map(|two| [(two[0].0, two[0].1), (two[1].0, two[1].1)]).collect();
    let proposer = w.officer(w.org("44010000000001")).await;
    let approver = w.officer(w.org("44000000000001")).await;
    let mut pairs = vec![Pair { joint: Joint::Never, lost: [false; 2] }; files.len()];
    let mut rng = fastrand::Rng::with_seed(seed);
    let (mut given, mut expected) = (Vec::new(), Vec::new());
    for _ in 0..commands {
        let (which, ask) = (rng.usize(..files.len()), ask(&mut rng));
        let actor = match ask {
            Ask::Propose | Ask::Undo => proposer.clone(),
            Ask::Decide { .. } => approver.clone(),
            // The bank has done its half when it tells of it.
            Ask::Lose(_) | Ask::Release(_) => Actor::Bank(BankCode("95588".into())),
        };
        let (holder, command) = command(ask, files[which]);
        given.push((w.service.ctx(actor, Channel::Console, None), Command::of(holder, command)));
        expected.push((ask, pairs[which].answer(ask, planted)));
    }
    for (n, (answer, (ask, against))) in beside_all(&w, given).await.into_iter().zip(expected).enumerate() {
        let said = match answer {
            Ok(_) => None,
            Err(Failure::Refused(r)) => Some(r.reason),
            Err(e) => panic!("command {n} {ask:?}: {e}"),
        };
        if said != against {
            return Err(format!("command {n} of seed {seed} on {on:?}: {ask:?}: {said:?}, not {against:?}"));
        }
    }
    for ([(first, one), (second, two)], pair) in files.into_iter().zip(pairs) {
        let answering = if pair.is_one() { first } else { second };
        let (a, b) = (w.file(first).await.0, w.file(second).await.0);
        assert_eq!((a.id, b.id), (first, answering), "{pair:?}");
        assert_eq!(a.card(one).unwrap().in_force(), !pair.lost[0], "{pair:?}");
        assert_eq!(b.card(two).unwrap().in_force(), !pair.lost[1] && !pair.is_one(), "{pair:?}");
    }
    w.verified().await;
    Ok(())
}
