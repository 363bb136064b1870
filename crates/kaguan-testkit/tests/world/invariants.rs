//! Random commands, legal and illegal, in random order: the invariants hold after every one of them.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use kaguan_domain::account_opening::SettleFailure;
use kaguan_domain::activation::{Activate, Enable};
use kaguan_domain::application::Decline;
use kaguan_domain::batch::TakeOut;
use kaguan_domain::clause;
use kaguan_domain::collection::HandOver;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::dispatch::{BatchCommand, HolderCommand as C, position};
use kaguan_domain::distribution::{Receive, RecordFound, Ship};
use kaguan_domain::facts::activation::ActivationManner;
use kaguan_domain::facts::application::Ground;
use kaguan_domain::facts::batch::keeper_of;
use kaguan_domain::facts::card::Social;
use kaguan_domain::facts::counter::{Collector, Shown};
use kaguan_domain::facts::custody::{Custody, Party};
use kaguan_domain::ids::{BankCode, BatchId, CardId, HolderId, OrgId, VendorCode};
use kaguan_domain::one_card;
use kaguan_partner_sim::{BadDay, Bank, Vendor};
use kaguan_testkit::{On, World, guangzhou, missing};
use proptest::prelude::*;

/// One thing that somebody tries.
#[derive(Clone, Debug)]
enum Try {
    Apply(u8),
    ApplyElsewhere(u8),
    Screen,
    Confirm,
    TakeBackConfirmation,
    TakeOut(u8),
    Bank,
    HandOut,
    Vendor,
    Move,
    HandOver(u8),
    Enable(u8),
    Activate(u8),
    Missing(u8),
    Found(u8),
    Settle(u8),
    Decline(u8),
    OneCard(u8),
    Day,
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let who = 0u8..4;
    let one = prop_oneof![
        3 => who.clone().prop_map(Try::Apply),
        1 => who.clone().prop_map(Try::ApplyElsewhere),
        2 => Just(Try::Screen),
        2 => Just(Try::Confirm),
        1 => Just(Try::TakeBackConfirmation),
        1 => who.clone().prop_map(Try::TakeOut),
        3 => Just(Try::Bank),
        2 => Just(Try::HandOut),
        3 => Just(Try::Vendor),
        8 => Just(Try::Move),
        3 => who.clone().prop_map(Try::HandOver),
        2 => who.clone().prop_map(Try::Enable),
        2 => who.clone().prop_map(Try::Activate),
        1 => who.clone().prop_map(Try::Missing),
        1 => who.clone().prop_map(Try::Found),
        2 => who.clone().prop_map(Try::Settle),
        1 => who.clone().prop_map(Try::Decline),
        1 => who.prop_map(Try::OneCard),
        1 => Just(Try::Day),
    ];
    // Half of the lists begin with the ordinary way, so that the far end of it is tried as often as the near one.
    let way = vec![
        Try::Apply(0),
        Try::Apply(1),
        Try::Screen,
        Try::Confirm,
        Try::Bank,
        Try::HandOut,
        Try::Vendor,
        Try::Move,
        Try::Move,
        Try::Move,
        Try::Move,
        Try::Move,
    ];
    (any::<bool>(), proptest::collection::vec(one, 10..50)).prop_map(move |(ahead, tries)| {
        let mut all = if ahead { way.clone() } else { Vec::new() };
        all.extend(tries);
        all
    })
}

fn to_holder(card: CardId, outlet: OrgId) -> HandOver {
    let collector = Collector::Holder;
    let (verified, signed, receipt_seen) = (true, true, true);
    HandOver { card, outlet, collector, verified, signed, shown: None, old_card_back: false, receipt_seen }
}

struct Play {
    w: World,
    people: [Option<HolderId>; 4],
    batches: Vec<BatchId>,
    forms: u32,
}

impl Play {
    async fn attempt(&mut self, t: &Try) {
        let s = Actor::System;
        // Refusals are as welcome as successes; what counts is what holds afterwards.
        match t {
            Try::Apply(p) => self.apply(*p, self.w.outlet()).await,
            Try::ApplyElsewhere(p) => self.apply(*p, self.w.org("44030300000101")).await,
            Try::Screen => {
                let bank = BankCode("95588".into());
                if let Ok((id, _)) = self.w.service.screen(&s, &guangzhou(), &bank, false).await {
                    self.batches.push(id);
                }
            }
            Try::Confirm => self.each_batch(|_| BatchCommand::Confirm).await,
            Try::TakeBackConfirmation => {
                let reason = "人数有误".to_owned();
                self.each_batch(|_| BatchCommand::TakeBackConfirmation { reason: reason.clone() }).await;
            }
            Try::TakeOut(p) => {
                for batch in &self.batches {
                    let (batch, reason) = (*batch, "重复申请".to_owned());
                    self.on_application(*p, |application| {
                        C::TakeOutOfBatch(TakeOut { application, batch, reason: reason.clone() })
                    })
                    .await;
                }
            }
            Try::Bank => {
                let bad = BadDay { fail_one_in: 3, change_one_in: 4 };
                Bank::new("95588", bad).work(&self.w.service).await.expect("the bank works");
            }
            Try::HandOut => {
                self.each_batch(|_| BatchCommand::HandOut { vendor: VendorCode("1".into()) }).await;
            }
            Try::Vendor => {
                let bad = BadDay { fail_one_in: 3, change_one_in: 0 };
                Vendor::new("1", bad).work(&self.w.service).await.expect("the vendor works");
            }
            Try::Move => self.move_boxes().await,
            Try::HandOver(p) => {
                let outlet = self.w.outlet();
                let shown = self.shown(*p).await;
                self.on_card(*p, |card| {
                    C::HandOver(HandOver { shown: shown.clone(), ..to_holder(card, outlet) })
                })
                .await;
            }
            Try::Enable(p) => {
                let shown = self.shown(*p).await;
                let enable =
                    |card| C::Enable(Enable { card, verified: true, shown: shown.clone(), deputy: None });
                self.on_card(*p, enable).await;
            }
            Try::Activate(p) => {
                let shown = self.shown(*p).await;
                let face = |card| Activate::in_manner(card, ActivationManner::FaceToFace);
                self.on_card(*p, |card| {
                    C::Activate(Activate { verified: true, shown: shown.clone(), ..face(card) })
                })
                .await;
            }
            Try::Missing(p) => {
                let since = self.w.service.now().date();
                self.on_card(*p, |card| missing(card, since)).await;
            }
            Try::Found(p) => {
                let org = self.w.outlet();
                self.on_card(*p, |card| C::RecordFound(RecordFound { card, org })).await;
            }
            Try::Settle(p) => {
                self.on_application(*p, |application| C::SettleOpeningFailure(SettleFailure { application }))
                    .await
            }
            Try::Decline(p) => {
                let ground = Ground { reason: "r".into(), article: "第8条".into(), remedy: "x".into() };
                self.on_application(*p, |application| {
                    C::Decline(Decline { application, ground: ground.clone() })
                })
                .await;
            }
            Try::OneCard(p) => {
                let Some(id) = self.people[usize::from(*p)] else { return };
                let cards = one_card::find_others(&self.w.file(id).await.0);
                let _ = self
                    .w
                    .about(
                        &s,
                        id,
                        C::ConfirmOneCard(one_card::Confirm {
                            cards,
                            slip: "s".into(),
                            keep: None,
                            city: None,
                        }),
                    )
                    .await;
                let _ = self.w.about(&s, id, C::CleanOneCard(one_card::Clean {})).await;
            }
            Try::Day => self.w.days_pass(1),
        }
    }

    async fn apply(&mut self, p: u8, outlet: OrgId) {
        self.forms += 1;
        let mut apply = self.w.apply(u32::from(p), outlet);
        apply.draft.form_no = format!("4401F{}", self.forms);
        let key = format!("f{}", self.forms);
        if let Ok(r) = self.w.service.apply(Actor::System, Channel::Console, &key, apply).await
            && let kaguan_store::Subject::Holder(id) = r.subject
        {
            let known = self.people[usize::from(p)].replace(id);
            assert!(known.is_none_or(|k| k == id), "one file a person");
        }
    }

    async fn each_batch(&self, command: impl Fn(BatchId) -> BatchCommand) {
        for id in &self.batches {
            let _ = self.w.batch(&Actor::System, *id, command(*id)).await;
        }
    }

    async fn move_boxes(&self) {
        for id in &self.batches {
            let file = self.w.service.batch(*id).await.unwrap().unwrap();
            for b in &file.boxes {
                let command = match (&b.on_the_way, &b.keeper) {
                    (Some(way), _) => BatchCommand::Receive(Receive {
                        r#box: b.id,
                        org: way.to,
                        counted: file.inside(b.id),
                        kept_at: "k".into(),
                        signer: "s".into(),
                        short: None,
                        surplus: Vec::new(),
                    }),
                    (None, Party::Org(at)) => {
                        let next =
                            match self.w.service.institutions().org(*at).map(|o| o.code.clone()).as_deref() {
                                Some("44000000000001") => self.w.org("44010000000001"),
                                _ => b.outlet,
                            };
                        let (responsible, manner, tracking) = ("r".into(), "m".into(), "t".into());
                        BatchCommand::Ship(Ship { r#box: b.id, to: next, responsible, manner, tracking })
                    }
                    _ => continue,
                };
                let _ = self.w.batch(&Actor::System, *id, command).await;
            }
        }
    }

    /// What somebody shows, who may not be there at all.
    async fn shown(&self, person: u8) -> Option<Shown> {
        match self.people[usize::from(person)] {
            Some(id) => Some(self.w.shown(id).await),
            None => None,
        }
    }

    async fn on_card(&self, p: u8, command: impl Fn(CardId) -> C) {
        let Some(id) = self.people[usize::from(p)] else { return };
        for card in self.w.file(id).await.0.cards {
            let _ = self.w.about(&Actor::System, id, command(card.id)).await;
        }
    }

    async fn on_application(&self, p: u8, command: impl Fn(kaguan_domain::ids::ApplicationId) -> C) {
        let Some(id) = self.people[usize::from(p)] else { return };
        if let Some(a) = self.w.file(id).await.0.applications.last() {
            let _ = self.w.about(&Actor::System, id, command(a.id)).await;
        }
    }

    /// What must hold whatever was tried.
    async fn invariants(&self) {
        let institutions = self.w.service.institutions();
        let mut kept = std::collections::BTreeMap::<String, i64>::new();
        for id in self.people.iter().flatten() {
            let (file, around) = self.w.file(*id).await;
            clause!(R3.2);
            assert!(file.cards.iter().filter(|c| c.in_force()).count() <= 1, "one card in force a person");
            assert!(
                file.applications.iter().filter(|a| a.is_open()).count() <= 1,
                "one application at a time"
            );
            for a in &file.applications {
                let place = position(&file, a, &around.batches, &institutions);
                assert!(place.is_some(), "everybody is in exactly one place: {:?}", a.stage);
            }
            for c in &file.cards {
                clause!(R16.1);
                if matches!(c.social, Social::Enabled { .. }) {
                    assert!(
                        matches!(c.custody, Custody::WithHolder { .. }),
                        "no card is enabled before it is in hand"
                    );
                }
                clause!(R12.1);
                let keeper = keeper_of(&c.custody, around.batches.get(&c.batch));
                *kept.entry(keeper.expect("every card has a keeper").account()).or_default() += 1;
            }
        }
        let balances = self.w.service.store().custody_balances().await.unwrap();
        let booked = balances.into_iter().filter(|(a, n)| *n != 0 && !a.starts_with("production:")).collect();
        assert_eq!(kept, booked, "the books say who has the cards");
    }
}

#[tokio::test]
async fn the_ordinary_way_reaches_its_end_under_the_same_eyes() {
    let w = World::new(On::Memory).await;
    let mut play = Play { w, people: [None; 4], batches: Vec::new(), forms: 0 };
    let bad_day_spares_the_first_two =
        [Try::Apply(0), Try::Apply(1), Try::Screen, Try::Confirm, Try::Bank, Try::HandOut, Try::Vendor];
    let moves = [Try::Move, Try::Move, Try::Move, Try::Move, Try::Move, Try::Move];
    for t in bad_day_spares_the_first_two.iter().chain(&moves).chain(&[Try::HandOver(0), Try::Activate(0)]) {
        play.attempt(t).await;
        play.invariants().await;
    }
    let (file, _) = play.w.file(play.people[0].unwrap()).await;
    assert!(file.cards[0].in_force(), "the random lists can reach a card in force");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]
    #[test]
    fn random_commands_never_break_the_invariants(tries in tries()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let w = World::new(On::Memory).await;
            let mut play = Play { w, people: [None; 4], batches: Vec::new(), forms: 0 };
            for t in &tries {
                play.attempt(t).await;
                play.invariants().await;
            }
            play.w.verified().await;
        });
    }
}
