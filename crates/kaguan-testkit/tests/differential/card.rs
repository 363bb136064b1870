//! One card in its holder's hand: lost, replaced, restricted, its holder dead or alive, its PIN.

use crate::{beside_all, people};
use kaguan_domain::alive::{MarkDeath, RestoreLife};
use kaguan_domain::cancellation::Cancel;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::application::{Consent, ExchangeReason, Purpose, Register, RegisterCheck};
use kaguan_domain::facts::archive::MaterialKind;
use kaguan_domain::facts::cancellation::{CancelReason, ChipLock};
use kaguan_domain::facts::counter::{KeptCopy, Shown};
use kaguan_domain::facts::pin::PinChange;
use kaguan_domain::fee::Pay;
use kaguan_domain::ids::{ApplicationId, CardId, CaseId, MaterialId};
use kaguan_domain::loss::{Release, ReportFormal, ReportTemporary};
use kaguan_domain::refusal::Reason;
use kaguan_domain::replacement::{Replace, Withdraw};
use kaguan_domain::restriction::{Decide, Lift};
use kaguan_service::{Command, Failure};
use kaguan_testkit::{On, World, stated};

/// What the regulation says of one card, in as few words as it can.
#[derive(Clone, Default)]
struct Model {
    cancelled: bool,
    given_back: bool,
    temporary: bool,
    formal: bool,
    /// Cases: proposed, in force, over.
    cases: Vec<(CaseId, char)>,
    police: bool,
    insurance: bool,
    pin_locked: bool,
    /// The open replacement: paid or not.
    replacement: Option<(ApplicationId, bool)>,
}

/// What somebody asks for.
#[derive(Clone, Copy, Debug)]
enum Ask {
    Temporary,
    Formal,
    Release,
    Reissue(ApplicationId),
    Exchange(ApplicationId),
    Withdraw,
    Pay,
    Propose(CaseId),
    Approve,
    Lift,
    Cancel,
    Dead(Register),
    Alive,
    Pin(PinChange),
}

impl Model {
    fn held(&self) -> bool {
        self.temporary
            || self.formal
            || self.cases.iter().any(|c| c.1 == 'f')
            || (self.police && self.insurance)
    }

    fn works(&self) -> bool {
        !self.cancelled && !self.held()
    }

    /// Does it, or says everything that stands against it.
    fn answer(&mut self, ask: Ask) -> Vec<Reason> {
        use Reason as R;
        let mut against = Vec::new();
        let mut no = |wrong: bool, why: Reason| {
            if wrong {
                against.push(why);
            }
        };
        match ask {
            // 23, 24, 25: a card in somebody's hands; formal after temporary, never the other way.
            Ask::Temporary | Ask::Formal => {
                no(self.cancelled, R::CardCancelled);
                no(self.given_back, R::NotHandedOver);
                no(self.formal || (self.temporary && matches!(ask, Ask::Temporary)), R::AlreadyLost);
            }
            // 26: until a replacement is applied for.
            Ask::Release => {
                no(self.cancelled, R::CardCancelled);
                no(!self.temporary && !self.formal, R::NotLost);
                no(self.replacement.is_some() && (self.temporary || self.formal), R::ReplacementFiled);
            }
            // 27: a reissue needs a formal loss, an exchange none.
            Ask::Reissue(_) | Ask::Exchange(_) => {
                let reissue = matches!(ask, Ask::Reissue(_));
                no(self.replacement.is_some(), R::ApplicationOpen);
                no(self.cancelled, R::CardCancelled);
                let stopped = self.cases.iter().any(|c| c.1 == 'f') || (self.police && self.insurance);
                no(stopped, R::CardHeldBack);
                no(reissue && !self.formal, R::FormalLossNeeded);
                no(!reissue && (self.temporary || self.formal), R::LostCardIsReissued);
                no(!reissue && self.given_back, R::NotHandedOver);
            }
            Ask::Withdraw => {
                no(self.replacement.is_none(), R::NotFound);
                no(self.replacement.is_some_and(|r| r.1), R::CannotWithdraw);
            }
            Ask::Pay => {
                no(self.replacement.is_none(), R::NotFound);
                no(self.replacement.is_some_and(|r| r.1), R::NothingDue);
            }
            // 37: a cancelled card is not restricted any more.
            Ask::Propose(_) => no(self.cancelled, R::CardCancelled),
            Ask::Approve | Ask::Lift => {
                let approve = matches!(ask, Ask::Approve);
                let wanted = if approve { 'p' } else { 'f' };
                no(self.cases.is_empty(), R::NotFound);
                // A case follows the person: it is lifted of a cancelled card too.
                no(approve && self.cancelled, R::CardCancelled);
                no(self.cases.last().is_some_and(|c| c.1 != wanted), R::WrongStage);
            }
            // 33.
            Ask::Cancel => {
                no(self.cancelled, R::CardCancelled);
                no(self.replacement.is_some(), R::ApplicationOpen);
                // 37: nobody escapes a restriction by moving away.
                no(self.cases.iter().any(|c| c.1 == 'f'), R::CardHeldBack);
            }
            Ask::Dead(Register::PublicSecurity) => no(self.police, R::NothingToDo),
            Ask::Dead(_) => no(self.insurance, R::NothingToDo),
            Ask::Alive => no(!self.police && !self.insurance, R::NothingToDo),
            // 19, 20, 21.
            Ask::Pin(change) => {
                no(self.cancelled, R::CardCancelled);
                no(self.given_back, R::NotHandedOver);
                match change {
                    PinChange::Locked => no(self.pin_locked, R::NothingToDo),
                    PinChange::Changed => {
                        no(self.held(), R::CardHeldBack);
                        no(self.pin_locked, R::PinLocked);
                    }
                    PinChange::Unlocked => {
                        no(self.held(), R::CardHeldBack);
                        no(!self.pin_locked, R::NothingToDo);
                    }
                    PinChange::Reset => no(self.held(), R::CardHeldBack),
                }
            }
        }
        if against.is_empty() {
            self.does(ask);
        }
        against
    }

    fn does(&mut self, ask: Ask) {
        match ask {
            Ask::Temporary => self.temporary = true,
            Ask::Formal => (self.temporary, self.formal) = (false, true),
            Ask::Release => (self.temporary, self.formal) = (false, false),
            Ask::Reissue(id) | Ask::Exchange(id) => self.replacement = Some((id, false)),
            Ask::Withdraw => self.replacement = None,
            Ask::Pay => {
                if let Some(r) = &mut self.replacement {
                    r.1 = true;
                }
            }
            Ask::Propose(case) => self.cases.push((case, 'p')),
            Ask::Approve => self.cases.last_mut().unwrap().1 = 'f',
            Ask::Lift => self.cases.last_mut().unwrap().1 = 'o',
            Ask::Cancel => (self.cancelled, self.given_back) = (true, true),
            Ask::Dead(Register::PublicSecurity) => self.police = true,
            Ask::Dead(_) => self.insurance = true,
            Ask::Alive => (self.police, self.insurance) = (false, false),
            Ask::Pin(PinChange::Locked) => self.pin_locked = true,
            Ask::Pin(_) => self.pin_locked = false,
        }
    }
}

/// The same question for the system.
fn command(w: &World, ask: Ask, card: CardId, shown: &Shown, model: &Model, n: u32) -> C {
    let replace = |id: ApplicationId, purpose| {
        C::Replace(Box::new(Replace {
            id,
            purpose,
            form_no: format!("4401D{n:011}"),
            changes: Box::new(kaguan_domain::facts::form::FormDraft::collected()),
            photo: None,
            outlet: w.outlet(),
            collect_at: w.outlet(),
            agent: None,
            consent: Some(Consent { text_version: "2022".into(), by_guardian: false }),
            checks: RegisterCheck::passed(w.clock.now()),
            presented: stated::presented(),
            proof: None,
        }))
    };
    let application = model.replacement.map_or(ApplicationId(-1), |r| r.0);
    let case = model.cases.last().map_or(CaseId(-1), |c| c.0);
    match ask {
        Ask::Temporary => {
            C::ReportTemporaryLoss(ReportTemporary { card, identity: None, verified: true, deputy: None })
        }
        Ask::Formal => C::ReportFormalLoss(ReportFormal { card, verified: true, deputy: None }),
        Ask::Release => C::ReleaseLoss(Release { card, verified: true, deputy: None }),
        Ask::Reissue(id) => replace(id, Purpose::Reissue { old: card }),
        Ask::Exchange(id) => {
            replace(id, Purpose::Exchange { old: card, reason: ExchangeReason::Other { why: "磨损".into() } })
        }
        Ask::Withdraw => C::Withdraw(Withdraw { application }),
        Ask::Pay => C::PayFee(Pay::of_one_card(application, application.0.unsigned_abs(), w.clock.now())),
        Ask::Propose(case) => C::ProposeRestriction(stated::restriction(card, case, format!("法{case}"))),
        Ask::Approve => C::DecideRestriction(Decide { card, case, approved: true, why: String::new() }),
        Ask::Lift => C::LiftRestriction(Lift { card, case, reason: "更正".into() }),
        Ask::Cancel => C::Cancel(Cancel {
            reminded: true,
            given_back_at: Some(w.outlet()),
            verified: true,
            shown: Some(shown.clone()),
            proofs: vec![KeptCopy {
                id: MaterialId(5_000_000 + i64::from(n)),
                kind: MaterialKind::TerminationProof,
                digest: Some("ab".repeat(32)),
            }],
            chip: Some(ChipLock::Locked),
            ..Cancel::of(card, CancelReason::MovedOut)
        }),
        Ask::Dead(source) => C::MarkDeath(MarkDeath { source, number: None, evidence: None }),
        Ask::Alive => C::RestoreLife(RestoreLife::by("到场")),
        Ask::Pin(change) => C::RecordPin(stated::pin_by_holder(card, change, shown.clone())),
    }
}

fn ask(rng: &mut fastrand::Rng, n: u32) -> Ask {
    let id = ApplicationId(1_000_000 + i64::from(n));
    match rng.u8(..22) {
        0..3 => Ask::Temporary,
        3..6 => Ask::Formal,
        6..9 => Ask::Release,
        9..11 => Ask::Reissue(id),
        11 => Ask::Exchange(id),
        12..14 => Ask::Withdraw,
        14 if rng.u8(..8) == 0 => Ask::Pay,
        15 => Ask::Propose(CaseId(i64::from(n))),
        16 => Ask::Approve,
        17 => Ask::Lift,
        18 if rng.u8(..40) == 0 => Ask::Cancel,
        19 => Ask::Dead([Register::PublicSecurity, Register::SocialSecurity][usize::from(rng.bool())]),
        20 => Ask::Alive,
        _ => Ask::Pin(
            [PinChange::Changed, PinChange::Locked, PinChange::Unlocked, PinChange::Reset][rng.usize(..4)],
        ),
    }
}

pub async fn compare(on: On, seed: u64, commands: u32) {
    let w = World::new(on).await;
    let people = people(&w).await;
    let (proposer, approver) =
        (w.officer(w.org("44010000000001")).await, w.officer(w.org("44000000000001")).await);
    let mut models = vec![Model::default(); people.len()];
    let mut rng = fastrand::Rng::with_seed(seed);
    let (mut given, mut expected) = (Vec::new(), Vec::new());
    for n in 0..commands {
        let who = rng.usize(..people.len());
        let (holder, card, shown) = &people[who];
        let (holder, card) = (*holder, *card);
        let ask = ask(&mut rng, n);
        let command = command(&w, ask, card, shown, &models[who], n);
        if let C::Cancel(cancel) = &command {
            // As a door does: the copy of the proof is stored first.
            w.service.store().put_material(cancel.proofs[0].id, b"proof").await.unwrap();
        }
        let actor = match ask {
            Ask::Propose(_) => proposer.clone(),
            Ask::Approve => approver.clone(),
            _ => Actor::System,
        };
        // Where several things stand against it, the first of the published list is told.
        let against = models[who].answer(ask).into_iter().min();
        expected.push((ask, against));
        given.push((w.service.ctx(actor, Channel::Console, None), Command::of(holder, command)));
    }
    let answers = beside_all(&w, given).await;
    for (n, (answer, (ask, against))) in answers.into_iter().zip(expected).enumerate() {
        let said = match answer {
            Ok(_) => None,
            Err(Failure::Refused(r)) => Some(r.reason),
            Err(e) => panic!("command {n} {ask:?}: {e}"),
        };
        assert_eq!(said, against, "command {n} of seed {seed} on {on:?}: {ask:?}");
    }
    for ((holder, card, _), model) in people.into_iter().zip(models) {
        let (file, _) = w.file(holder).await;
        let card = file.card(card).unwrap();
        assert_eq!(card.in_force(), model.works());
        assert_eq!(card.is_cancelled(), model.cancelled);
        assert_eq!(card.loss().is_some(), model.temporary || model.formal);
        assert_eq!(file.open_application().map(|a| a.id), model.replacement.map(|r| r.0));
    }
    w.verified().await;
}
