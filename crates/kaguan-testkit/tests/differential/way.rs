//! Cards that their holders do not have yet: handed over, posted, signed for, returned, lost, found, made again; and reported lost.

use crate::{Planted, beside_all};
use kaguan_domain::collection::{Post, ReceiveReturned};
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::distribution::RecordFound;
use kaguan_domain::facts::counter::Shown;
use kaguan_domain::facts::custody::{PickUpCode, RecallReason};
use kaguan_domain::ids::{ApplicationId, CardId, HolderId};
use kaguan_domain::loss::ReportTemporary;
use kaguan_domain::recall::TakeBack;
use kaguan_domain::refusal::Reason;
use kaguan_domain::replacement::MakeAgain;
use kaguan_service::{Command, Failure};
use kaguan_testkit::{On, World, missing, stated};

/// Where a card is.
#[derive(Clone, Copy, PartialEq, Debug)]
enum At {
    Outlet,
    Post,
    Nowhere,
    Hand,
    Kept,
}

/// What the regulation says of a card before it is in its holder's hand.
#[derive(Clone, Copy, Debug)]
struct Parcel {
    at: At,
    /// Another was made in its place.
    again: bool,
    lost: bool,
}

#[derive(Clone, Copy, Debug)]
enum Ask {
    HandOver,
    Post,
    Sign { right: bool },
    Returned,
    Missing,
    Found,
    Again,
    TakeBack,
    Lose,
}

impl Parcel {
    /// Does it, or says why not.
    fn answer(&mut self, ask: Ask, planted: Planted) -> Option<Reason> {
        use Reason as R;
        let (at, next) = (self.at, &mut self.at);
        match ask {
            // 14: from the outlet that has it, once.
            Ask::HandOver | Ask::Post => match at {
                At::Outlet if matches!(ask, Ask::Post) => *next = At::Post,
                At::Outlet => *next = At::Hand,
                At::Hand => return Some(R::AlreadyHandedOver),
                At::Post => return Some(R::InThePost),
                At::Nowhere => return Some(R::CardMissing),
                At::Kept => return Some(R::CardRecalled),
            },
            // 14: against the code that the holder was sent.
            Ask::Sign { right } => match at {
                At::Post if right || planted == Planted::AnyCode => *next = At::Hand,
                At::Post => return Some(R::WrongPickUpCode),
                At::Outlet | At::Nowhere | At::Hand | At::Kept => return Some(R::WrongStage),
            },
            Ask::Returned if at == At::Post => *next = At::Outlet,
            Ask::Returned => return Some(R::WrongStage),
            // 12: whoever keeps it answers for it.
            Ask::Missing => match at {
                At::Outlet | At::Post => *next = At::Nowhere,
                At::Hand => return Some(R::AlreadyHandedOver),
                At::Nowhere => return Some(R::NothingToDo),
                At::Kept => return Some(R::WrongStage),
            },
            Ask::Found if at != At::Nowhere => return Some(R::NothingToDo),
            // Another was made: it is kept, and never handed over.
            Ask::Found if self.again && planted != Planted::FoundIsUsable => *next = At::Kept,
            Ask::Found => *next = At::Outlet,
            Ask::Again if at != At::Nowhere || self.again => return Some(R::NotMissing),
            Ask::Again => self.again = true,
            // 32: by whoever has it, and not before six months.
            Ask::TakeBack => match at {
                At::Nowhere => return Some(R::CardMissing),
                At::Kept => return Some(R::CardRecalled),
                At::Post => return Some(R::InThePost),
                At::Hand => return Some(R::NotWaiting),
                At::Outlet => return Some(R::NotOverdue),
            },
            // 24: what somebody has, and not twice.
            Ask::Lose if self.again => return Some(R::CardCancelled),
            Ask::Lose if at != At::Hand => return Some(R::NotHandedOver),
            Ask::Lose if self.lost => return Some(R::AlreadyLost),
            Ask::Lose => self.lost = true,
        }
        None
    }
}

fn command(w: &World, ask: Ask, card: CardId, shown: &Shown, n: u32) -> C {
    let outlet = w.outlet();
    match ask {
        Ask::HandOver => C::HandOver(stated::handed_to_holder(card, outlet, shown.clone())),
        Ask::Post => C::Post(Post {
            carrier: None,
            card,
            outlet,
            tracking: format!("EMS{n}"),
            code_digest: "right".into(),
            code: Some(PickUpCode("135790".into())),
            told_postage: true,
            told_code: true,
            wish: stated::wished_by_holder(shown.clone()),
        }),
        Ask::Sign { right } => {
            let code = if right { "right" } else { "wrong" };
            C::ConfirmPost(stated::posted_to_holder(card, code, shown.clone()))
        }
        Ask::Returned => {
            C::ReceiveReturnedPost(ReceiveReturned { card, outlet, reason: "查无此人".into() })
        }
        Ask::Missing => missing(card, w.clock.now().date()),
        Ask::Found => C::RecordFound(RecordFound { card, org: outlet }),
        Ask::Again => C::MakeAgain(MakeAgain {
            id: ApplicationId(2_000_000 + i64::from(n)),
            card,
            form_no: format!("4401W{n:011}"),
            outlet,
            collect_at: outlet,
        }),
        Ask::TakeBack => C::TakeBack(TakeBack { card, reason: RecallReason::Uncollected, at: outlet }),
        Ask::Lose => {
            C::ReportTemporaryLoss(ReportTemporary { card, identity: None, verified: true, deputy: None })
        }
    }
}

fn ask(rng: &mut fastrand::Rng) -> Ask {
    match rng.u8(..20) {
        0 => Ask::HandOver,
        1..5 => Ask::Post,
        5 => Ask::Sign { right: rng.bool() },
        6..10 => Ask::Returned,
        10..13 => Ask::Missing,
        13..17 => Ask::Found,
        17 if rng.u8(..2) == 0 => Ask::Again,
        18 => Ask::TakeBack,
        19 => Ask::Lose,
        _ => Ask::Sign { right: false },
    }
}

/// The first answer that differs.
pub async fn compare(on: On, seed: u64, commands: u32, planted: Planted) -> Result<(), String> {
    let w = World::new(on).await;
    let mut ids: Vec<HolderId> = Vec::new();
    for n in 0..commands / 20 + 1 {
        ids.push(w.applicant(n, w.outlet()).await);
    }
    let batch = w.cards_made().await;
    w.at_outlet(batch, w.outlet()).await;
    let mut cards = Vec::new();
    for id in &ids {
        cards.push((w.card_of(*id).await, w.shown(*id).await));
    }
    let mut parcels = vec![Parcel { at: At::Outlet, again: false, lost: false }; ids.len()];
    let mut rng = fastrand::Rng::with_seed(seed);
    let (mut given, mut expected) = (Vec::new(), Vec::new());
    for n in 0..commands {
        let (who, ask) = (rng.usize(..ids.len()), ask(&mut rng));
        let (card, shown) = &cards[who];
        let ctx = w.service.ctx(Actor::System, Channel::Console, None);
        given.push((ctx, Command::of(ids[who], command(&w, ask, *card, shown, n))));
        expected.push((ask, parcels[who].answer(ask, planted)));
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
    for ((id, (card, _)), parcel) in ids.iter().zip(&cards).zip(parcels) {
        let (file, _) = w.file(*id).await;
        let works = parcel.at == At::Hand && !parcel.lost;
        assert_eq!(file.card(*card).unwrap().in_force(), works, "{parcel:?}");
        assert_eq!(file.applications.len(), if parcel.again { 2 } else { 1 }, "{parcel:?}");
        // Nobody pays for what the chain lost.
        assert!(file.applications.iter().all(|a| a.fee.is_settled()));
    }
    w.verified().await;
    Ok(())
}
