//! What befalls people: cards lost, found, damaged; another bank, a new name, a case, a death.

use super::{BANKS, City};
use crate::counter;
use kaguan_domain::alive::{MarkDeath, RestoreLife};
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::application::{Consent, ExchangeReason, Purpose, Register};
use kaguan_domain::facts::cancellation::CancelReason;
use kaguan_domain::facts::card::Card;
use kaguan_domain::facts::form::FormDraft;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::pin::PinChange;
use kaguan_domain::ids::{ApplicationId, BankCode, CaseId, HolderId, OrgId};
use kaguan_domain::loss::{Release, ReportFormal, ReportTemporary};
use kaguan_domain::refusal::Reason;
use kaguan_domain::replacement::bank_change::{Approve, CallOff, CarryOut, Reserve};
use kaguan_domain::replacement::{Replace, Withdraw};
use kaguan_domain::restriction::{Decide, Lift};
use kaguan_service::Failure;

/// In a thousand people a year: what befalls them.
const A_YEAR: [(Befalls, u32); 14] = [
    (Befalls::Newcomer, 30),
    (Befalls::Birth, 10),
    (Befalls::LosesCard, 60),
    (Befalls::FindsCard, 20),
    (Befalls::Reissues, 60),
    (Befalls::Exchanges, 40),
    (Befalls::ChangesName, 50),
    (Befalls::ChangesMind, 10),
    (Befalls::ChangesBank, 30),
    (Befalls::ChangesPin, 60),
    (Befalls::Restricted, 4),
    (Befalls::Freed, 4),
    (Befalls::Dies, 8),
    (Befalls::MovesAway, 6),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Befalls {
    Newcomer,
    Birth,
    LosesCard,
    FindsCard,
    Reissues,
    Exchanges,
    ChangesName,
    ChangesMind,
    ChangesBank,
    ChangesPin,
    Restricted,
    Freed,
    Dies,
    MovesAway,
}

impl City {
    /// What befalls people today.
    pub(super) async fn life(&mut self) -> anyhow::Result<()> {
        let mut chosen = Vec::new();
        for (what, in_a_thousand) in A_YEAR {
            let expected = self.people.len() as u64 * u64::from(in_a_thousand);
            let certain = expected / 365_000;
            let more = u64::from(self.rng.u64(..365_000) < expected % 365_000);
            for _ in 0..certain + more {
                match what {
                    Befalls::Newcomer => self.arrive(1).await?,
                    Befalls::Birth => self.birth().await?,
                    _ => chosen.push((what, self.people[self.rng.usize(..self.people.len())])),
                }
            }
        }
        let loaded = self.load(chosen.iter().map(|c| c.1).collect()).await?;
        let mut commands = Vec::new();
        for (what, id) in chosen {
            if let Some(file) = loaded.holders.get(&id) {
                self.befall(what, file, &mut commands);
            }
        }
        self.at_counters(commands).await
    }

    /// Gives commands in order. A replacement goes the way of its counter, which asks the registers first.
    async fn at_counters(&mut self, commands: Vec<(Actor, HolderId, C)>) -> anyhow::Result<()> {
        let mut waiting = Vec::new();
        for (actor, holder, command) in commands {
            if let C::Replace(replace) = command {
                self.give(std::mem::take(&mut waiting)).await?;
                self.replaces(&actor, holder, *replace).await?;
            } else if let C::CarryOutBankChange(mut carry_out) = command {
                let seen = self.service.look(self.ctx(&actor), holder, "变更服务银行-现场办理").await;
                let Ok(seen) = seen else { continue };
                carry_out.replace.checks = self.service.register_checks_of(&seen).await?;
                waiting.push((actor, holder, C::CarryOutBankChange(carry_out)));
            } else {
                waiting.push((actor, holder, command));
            }
        }
        self.give(waiting).await?;
        Ok(())
    }

    /// 补换卡 at a counter; whether it was taken in. What the registers do not confirm comes with its proof the second time.
    pub(super) async fn replaces(
        &mut self,
        actor: &Actor,
        holder: HolderId,
        replace: Replace,
    ) -> anyhow::Result<bool> {
        let renamed = !replace.changes.name.is_empty();
        for proof in [None, Some("变更证明，柜号1-3".to_owned())] {
            let key = format!("{}/{}", replace.form_no, proof.is_some());
            let replace = Replace { proof, ..replace.clone() };
            match self.service.replace(actor.clone(), &key, holder, replace).await {
                Ok(_) => {
                    if renamed {
                        self.did("姓名变更换卡");
                    }
                    return Ok(true);
                }
                Err(Failure::Refused(r)) => {
                    self.refused(r.reason);
                    if r.reason != Reason::ChangeNotProved {
                        return Ok(false);
                    }
                }
                Err(e) => return Err(e.into()),
            }
        }
        Ok(false)
    }

    pub(super) fn replace(&mut self, purpose: Purpose, outlet: OrgId) -> Box<Replace> {
        self.forms += 1;
        Box::new(Replace {
            id: ApplicationId(self.service.fresh()),
            purpose,
            form_no: format!("4401R{:011}", self.forms),
            changes: Box::new(FormDraft::collected()),
            photo: None,
            outlet,
            collect_at: self.outlet,
            agent: None,
            consent: Some(Consent { text_version: "2022".into(), by_guardian: false }),
            checks: Vec::new(),
            presented: counter::presented_in_original(),
            proof: None,
        })
    }

    fn befall(&mut self, what: Befalls, file: &HolderFile, out: &mut Vec<(Actor, HolderId, C)>) {
        // The card that people speak of is the latest that they have had in hand.
        let Some(card) = file.cards.last() else { return };
        let (id, old) = (file.id, card.id);
        let bank = Actor::Bank(card.bank.clone());
        let clerk = self.clerk.clone();
        let mut say = |actor: &Actor, command: C| out.push((actor.clone(), id, command));
        match what {
            Befalls::Newcomer | Befalls::Birth => {}
            Befalls::LosesCard => {
                if self.rng.bool() {
                    say(
                        &bank,
                        C::ReportTemporaryLoss(ReportTemporary {
                            card: old,
                            identity: None,
                            verified: true,
                            deputy: None,
                        }),
                    );
                }
                if self.rng.u8(..4) > 0 {
                    say(
                        &Actor::System,
                        C::ReportFormalLoss(ReportFormal { card: old, verified: true, deputy: None }),
                    );
                }
            }
            Befalls::FindsCard => {
                say(&bank, C::ReleaseLoss(Release { card: old, verified: true, deputy: None }))
            }
            Befalls::Reissues => {
                say(&bank, C::ReportFormalLoss(ReportFormal { card: old, verified: true, deputy: None }));
                let replace = self.replace(Purpose::Reissue { old }, self.outlet);
                say(&clerk, C::Replace(replace));
            }
            Befalls::Exchanges => {
                let reason = match self.rng.u8(..4) {
                    0 => ExchangeReason::Damaged { by_human: false },
                    1 => ExchangeReason::Damaged { by_human: true },
                    2 => ExchangeReason::Expired,
                    _ => ExchangeReason::Other { why: "卡面磨损".into() },
                };
                let replace = self.replace(Purpose::Exchange { old, reason }, self.outlet);
                say(&clerk, C::Replace(replace));
            }
            Befalls::ChangesName => {
                let Some(known) = file.person.as_ref().map(|p| p.details.name.display()) else { return };
                let name = match known.is_ascii() {
                    true => format!("{known} {}", ["JR", "LEE", "KIM"][self.rng.usize(..3)]),
                    false => {
                        let given = ["建国", "晓燕", "志远", "文静", "海涛"][self.rng.usize(..5)];
                        format!("{}{given}", known.chars().next().unwrap_or('张'))
                    }
                };
                let mut replace =
                    self.replace(Purpose::Exchange { old, reason: ExchangeReason::DataChanged }, self.outlet);
                replace.changes = Box::new(FormDraft { name, ..FormDraft::collected() });
                say(&clerk, C::Replace(replace));
            }
            Befalls::ChangesMind => {
                if let Some(a) = file.open_application() {
                    say(&clerk, C::Withdraw(Withdraw { application: a.id }));
                }
                if file.bank_change().is_some() {
                    say(&Actor::System, C::CallOffBankChange(CallOff { lapsed: false }));
                }
            }
            Befalls::ChangesBank => {
                let to = BankCode(BANKS[usize::from(card.bank.as_str() == BANKS[0])].into());
                say(&Actor::Bank(to.clone()), C::ReserveBankChange(Reserve { card: old, to }));
                let refused = (self.rng.u8(..10) == 0).then(|| "有未结清业务".to_owned());
                let agreed = refused.is_none();
                say(&bank, C::ApproveBankChange(Approve { refused }));
                if agreed && self.rng.u8(..8) > 0 {
                    let outlet = self.bank_outlets[usize::from(card.bank.as_str() == BANKS[0])];
                    let mut replace = *self.replace(Purpose::BankChange { old }, outlet);
                    replace.collect_at = outlet;
                    let shown = counter::shown(file);
                    let carry_out = CarryOut { replace, verified: true, shown, risks_acknowledged: true };
                    say(&Actor::System, C::CarryOutBankChange(Box::new(carry_out)));
                }
            }
            Befalls::ChangesPin => {
                let change = [PinChange::Changed, PinChange::Locked, PinChange::Unlocked, PinChange::Reset]
                    [self.rng.usize(..4)];
                say(&clerk, C::RecordPin(self.counter.pin(file, old, change)));
            }
            Befalls::Restricted => {
                let case = CaseId(self.service.fresh());
                let ground = format!("《社会保险法》第八十八条，第{case}号案");
                let proposer = self.officer.clone();
                let approver = self.province.clone();
                say(&proposer, C::ProposeRestriction(counter::restriction(old, case, ground)));
                say(
                    &approver,
                    C::DecideRestriction(Decide { card: old, case, approved: true, why: String::new() }),
                );
            }
            Befalls::Freed => {
                if let Some(r) = card.restrictions.last() {
                    let lift = Lift { card: old, case: r.case, reason: "已更正".into() };
                    say(&self.officer.clone(), C::LiftRestriction(lift));
                }
            }
            Befalls::Dies => self.dies(file, card, out),
            Befalls::MovesAway => {
                let cancel = self.counter.cancel(file, old, CancelReason::MovedOut, Some(self.outlet));
                say(&clerk, C::Cancel(cancel));
            }
        }
    }

    fn dies(&mut self, file: &HolderFile, card: &Card, out: &mut Vec<(Actor, HolderId, C)>) {
        let mut say = |actor: Actor, command: C| out.push((actor, file.id, command));
        let number = file.person.as_ref().map(|p| p.details.ssn.clone());
        let mark = |source| C::MarkDeath(MarkDeath { source, number: number.clone(), evidence: None });
        say(Actor::System, mark(Register::SocialSecurity));
        if self.rng.u8(..3) == 0 {
            // The register was wrong.
            say(self.clerk.clone(), C::RestoreLife(RestoreLife::by("本人到场")));
            return;
        }
        say(Actor::System, mark(Register::PublicSecurity));
        let cancel = self.counter.cancel(file, card.id, CancelReason::Dead, Some(self.outlet));
        say(self.clerk.clone(), C::Cancel(cancel));
    }
}
