//! Journeys: sentences about people and cards, on both engines, through the executor and the simulated partners.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod deaths;
mod looks;
mod photos;
mod ready;

use kaguan_domain::activation::Activate;
use kaguan_domain::application::SupplyMaterial;
use kaguan_domain::clause;
use kaguan_domain::collection::Post;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::dispatch::{BatchCommand, HolderCommand as C, Position, position};
use kaguan_domain::distribution::SettleDifference;
use kaguan_domain::facts::activation::ActivationManner;
use kaguan_domain::facts::application::Stage;
use kaguan_domain::facts::archive::{Case, MaterialKind};
use kaguan_domain::facts::card::ECard;
use kaguan_domain::facts::clock::{ClockKind, Standing, Warned};
use kaguan_domain::facts::custody::PickUpCode;
use kaguan_domain::facts::difference::{Answers, Settled, Short};
use kaguan_domain::facts::failure::SentField;
use kaguan_domain::facts::letter::Letter;
use kaguan_domain::facts::policy::{CountyLevel, DatedPolicy, LocalPolicy};
use kaguan_domain::ids::{BankCode, BatchId, HolderId, MaterialId};
use kaguan_domain::institution::InstitutionCommand;
use kaguan_domain::loss::{Release, ReportFormal};
use kaguan_domain::one_card;
use kaguan_domain::records::FileMaterial;
use kaguan_domain::refusal::Reason;
use kaguan_service::ports::Message;
use kaguan_service::{Command, Failure, Receipt};
use kaguan_testkit::{BOTH, On, World, guangzhou, missing, receive, ship, stated};

fn refused(outcome: Result<Receipt, Failure>) -> Reason {
    match outcome {
        Err(Failure::Refused(r)) => r.reason,
        other => panic!("should be refused: {other:?}"),
    }
}

async fn place(w: &World, id: HolderId) -> Position {
    let (file, around) = w.file(id).await;
    let last = file.applications.last().unwrap();
    position(&file, last, &around.batches, &w.service.institutions()).expect("everybody is somewhere")
}

#[tokio::test]
async fn a_person_applies_and_the_card_ends_up_in_hand_enabled_and_active() {
    for on in BOTH {
        let w = World::new(on).await;
        let clerk = w.officer(w.outlet()).await;
        let id = w.applicant(1, w.outlet()).await;
        assert_eq!(place(&w, id).await, Position::AwaitingBatch);
        let batch = w.cards_made().await;
        assert_eq!(place(&w, id).await, Position::ToProvince, "the vendor has delivered it");
        clause!(R8.8);
        w.service.deliver().await.unwrap();
        assert_eq!(w.around.ecard.messages().len(), 1, "the e-card is asked for once the card is made");
        clause!(R2.1);
        let signed = w.file(id).await.0.cards[0].clone();
        let number = signed.signed_e_card.map(|e| e.number);
        assert_eq!(number, kaguan_partner_sim::e_card_of(signed.id), "and its number comes back");
        clause!(R16.1);
        let card = w.card_of(id).await;
        let shown = w.shown(id).await;
        let enable = C::Enable(stated::enabled_by_holder(card, shown.clone()));
        assert_eq!(refused(w.about(&clerk, id, enable).await), Reason::NotHandedOver);
        clause!(R12.3);
        w.at_outlet(batch, w.outlet()).await;
        assert_eq!(place(&w, id).await, Position::AtOutlet);
        clause!(R14.2);
        let hand_over = stated::handed_to_holder(card, w.outlet(), w.shown(id).await);
        w.about(&clerk, id, C::HandOver(hand_over.clone())).await.unwrap();
        assert_eq!(place(&w, id).await, Position::Enabled, "领取 enables at once");
        assert_eq!(refused(w.about(&clerk, id, C::HandOver(hand_over)).await), Reason::AlreadyHandedOver);
        clause!(R16.2);
        let bank = w.officer(w.bank_outlet()).await;
        let activate = |manner| {
            let face = stated::activated_face_to_face(card, shown.clone());
            C::Activate(Activate { manner, ..face })
        };
        assert_eq!(
            refused(w.about(&bank, id, activate(ActivationManner::Remote)).await),
            Reason::NotFaceToFace
        );
        assert_eq!(
            refused(w.about(&clerk, id, activate(ActivationManner::FaceToFace)).await),
            Reason::NotPermitted
        );
        let Actor::Officer(same) = bank else { unreachable!() };
        let alone = ActivationManner::HomeVisit { second: same, first: None };
        assert_eq!(refused(w.about(&bank, id, activate(alone)).await), Reason::TwoClerksNeeded);
        w.about(&bank, id, activate(ActivationManner::FaceToFace)).await.unwrap();
        assert_eq!(place(&w, id).await, Position::Active);
        clause!(R7.1);
        let clocks = w.service.batch(batch).await.unwrap().unwrap().batch.unwrap().clocks;
        let today = w.service.now().date();
        for kind in [ClockKind::Production, ClockKind::BankOpening, ClockKind::VendorMaking] {
            let clock = clocks.iter().find(|c| c.kind == kind).expect("the clock ran");
            assert_eq!(clock.standing(today), Standing::Kept, "{kind:?}");
        }
        assert!(clocks.iter().all(|c| c.kind != ClockKind::FirstCard), "Article 7's is each person's own");
        let own = w.file(id).await.0.applications[0].clock.clone().expect("it began with the data");
        assert_eq!((own.kind, own.standing(today)), (ClockKind::FirstCard, Standing::Kept));
        w.verified().await;
    }
}

#[tokio::test]
async fn appendix_7_2_a_bank_that_changes_a_field_has_failed_the_row_with_a_precise_reason() {
    for on in BOTH {
        clause!(X7.2);
        let w = World::new(on).await;
        let id = w.applicant(1, w.outlet()).await;
        let batch = w.confirmed_batch().await;
        let bank = Actor::Bank(BankCode("95588".into()));
        w.batch(&bank, batch, BatchCommand::Extract).await.unwrap();
        let mut answer = w.opening(id, batch, 1).await;
        let other = Actor::Bank(BankCode("95599".into()));
        assert_eq!(
            refused(w.about(&other, id, C::TakeOpeningReturn(answer.clone())).await),
            Reason::NotYourData
        );
        answer.echo.name = "张三丰".into();
        let receipt = w.about(&bank, id, C::TakeOpeningReturn(answer)).await.unwrap();
        assert_eq!(receipt.changed, [SentField::Name]);
        let (file, _) = w.file(id).await;
        let Stage::OpeningFailed { failure, .. } = &file.applications[0].stage else { panic!("not failed") };
        assert_eq!(failure.changed_fields(), [SentField::Name]);
        assert_eq!(failure.reason(), "银行改动了下发字段：姓名");
        clause!(X7.1);
        let settle = kaguan_domain::account_opening::SettleFailure { application: file.applications[0].id };
        w.about(&Actor::System, id, C::SettleOpeningFailure(settle)).await.unwrap();
        assert_eq!(place(&w, id).await, Position::AwaitingBatch, "nobody is lost between two stages");
        w.verified().await;
    }
}

#[tokio::test]
async fn art_3_2_nobody_gets_a_second_card_and_another_citys_card_passes_the_one_card_check() {
    for on in BOTH {
        clause!(R3.2);
        let w = World::new(on).await;
        let clerk = w.officer(w.outlet()).await;
        let id = w.applicant(1, w.outlet()).await;
        let again = |key: &'static str, outlet| {
            let mut apply = w.apply(1, outlet);
            apply.draft.form_no = format!("44{}{key}", if outlet == w.outlet() { "01" } else { "03" });
            w.service.apply(Actor::System, Channel::Console, key, apply)
        };
        assert_eq!(refused(again("b1", w.outlet()).await), Reason::ApplicationOpen);
        let batch = w.cards_made().await;
        w.at_outlet(batch, w.outlet()).await;
        let card = w.card_of(id).await;
        let hand_over = stated::handed_to_holder(card, w.outlet(), w.shown(id).await);
        w.about(&clerk, id, C::HandOver(hand_over)).await.unwrap();
        assert_eq!(refused(again("b2", w.outlet()).await), Reason::CardHeld);
        clause!(R8.6);
        let shenzhen = w.org("44030300000101");
        assert_eq!(refused(again("b3", shenzhen).await), Reason::OneCardRequired);
        let there = w.officer(shenzhen).await;
        let clean = C::CleanOneCard(one_card::Clean {});
        assert_eq!(
            refused(w.about(&there, id, clean.clone()).await),
            Reason::OneCardListChanged,
            "nothing signed"
        );
        clause!(X10.1);
        let confirm = |cards| {
            C::ConfirmOneCard(one_card::Confirm { cards, slip: "确认单/1".into(), keep: None, city: None })
        };
        assert_eq!(refused(w.about(&there, id, confirm(vec![])).await), Reason::OneCardListChanged);
        w.about(&there, id, confirm(vec![card])).await.unwrap();
        w.about(&there, id, clean).await.unwrap();
        again("b4", shenzhen).await.unwrap();
        clause!(R22.1);
        assert_eq!(place(&w, id).await, Position::AwaitingPayment, "not a first card: 20 yuan");
        let none = w
            .service
            .screen(
                &Actor::System,
                &kaguan_domain::ids::CityCode("4403".into()),
                &BankCode("95588".into()),
                false,
            )
            .await;
        assert!(
            matches!(none, Err(Failure::Refused(r)) if r.reason == Reason::BatchEmpty),
            "an unpaid card never enters a batch"
        );
        let (file, _) = w.file(id).await;
        let application = file.applications.last().unwrap().id;
        let pay = kaguan_domain::fee::Pay::of_one_card(application, 440601260000000001, w.clock.now());
        w.about(&there, id, C::PayFee(pay)).await.unwrap();
        assert_eq!(place(&w, id).await, Position::AwaitingBatch);
        w.verified().await;
    }
}

#[tokio::test]
async fn art_12_1_a_missing_card_is_recorded_and_blocks_nothing_but_itself() {
    for on in BOTH {
        clause!(R12.1);
        let w = World::new(on).await;
        let (a, b) = (w.applicant(1, w.outlet()).await, w.applicant(2, w.outlet()).await);
        let batch = w.cards_made().await;
        let x = w.service.batch(batch).await.unwrap().unwrap().boxes[0].clone();
        let province = w.org("44000000000001");
        let officer = w.officer(province).await;
        assert_eq!(
            refused(w.batch(&officer, batch, receive(x.id, province, 1)).await),
            Reason::CountMismatch
        );
        let (file, _) = w.file(a).await;
        w.about(&officer, a, missing(file.cards[0].id, w.service.now().date())).await.unwrap();
        w.batch(&officer, batch, receive(x.id, province, 1)).await.unwrap();
        assert_eq!((place(&w, a).await, place(&w, b).await), (Position::Missing, Position::AtProvince));
        let again = w.batch(&officer, batch, receive(x.id, province, 1)).await;
        assert_eq!(refused(again), Reason::NotAddressedHere);
        let skip = w.batch(&officer, batch, ship(x.id, w.outlet())).await;
        assert_eq!(refused(skip), Reason::WrongHop, "levels cannot be skipped");
        let balances = w.service.store().custody_balances().await.unwrap();
        assert!(balances.contains(&("missing".into(), 1)), "{balances:?}");
        w.verified().await;
    }
}

#[tokio::test]
async fn art_14_1_a_posted_card_is_handed_over_against_its_code_only() {
    for on in BOTH {
        clause!(R14.1);
        let w = World::new(on).await;
        let clerk = w.officer(w.outlet()).await;
        let id = w.applicant(1, w.outlet()).await;
        let batch = w.cards_made().await;
        w.at_outlet(batch, w.outlet()).await;
        let card = w.card_of(id).await;
        let post = Post {
            carrier: None,
            card,
            outlet: w.outlet(),
            tracking: "EMS1".into(),
            code_digest: "right".into(),
            code: Some(PickUpCode("135790".into())),
            told_postage: true,
            told_code: true,
            wish: stated::wished_by_holder(w.shown(id).await),
        };
        w.about(&clerk, id, C::Post(post)).await.unwrap();
        assert_eq!(place(&w, id).await, Position::InPost);
        let shown = w.shown(id).await;
        let confirm = |code: &str| C::ConfirmPost(stated::posted_to_holder(card, code, shown.clone()));
        assert_eq!(refused(w.about(&clerk, id, confirm("wrong")).await), Reason::WrongPickUpCode);
        w.about(&clerk, id, confirm("right")).await.unwrap();
        assert_eq!(place(&w, id).await, Position::Enabled);
        w.verified().await;
    }
}

#[tokio::test]
async fn art_8_3_the_registers_are_asked_and_their_silence_waits() {
    for on in BOTH {
        clause!(R8.3);
        let w = World::new(on).await;
        let number = w.draft(1).document_number;
        w.around.registers.bury(&number);
        let dead = w.service.apply(Actor::System, Channel::Console, "k1", w.apply(1, w.outlet())).await;
        assert_eq!(refused(dead), Reason::PersonDead);
        w.around.registers.set_down(true);
        let id = w.applicant(2, w.outlet()).await;
        assert_eq!(place(&w, id).await, Position::AwaitingCheck, "the form is kept");
        w.around.registers.set_down(false);
        let (file, _) = w.file(id).await;
        let form = file.person.as_ref().unwrap().details.clone();
        let checks = w.service.partners().registers.check(&[form], w.service.now()).await.remove(0);
        let application = file.applications[0].id;
        let supply = C::SupplyMaterial(SupplyMaterial { application, checks });
        w.about(&Actor::System, id, supply).await.unwrap();
        let (file, _) = w.file(id).await;
        assert_eq!(file.applications[0].checks.len(), 7, "every check is kept, the photo's too");
        assert_eq!(place(&w, id).await, Position::AwaitingBatch);
        w.verified().await;
    }
}

#[tokio::test]
async fn a_request_sent_twice_is_done_once_and_a_changed_body_is_refused() {
    for on in BOTH {
        let w = World::new(on).await;
        let send = |n, key: &'static str| {
            w.service.apply(Actor::System, Channel::Console, key, w.apply(n, w.outlet()))
        };
        let first = send(1, "same").await.unwrap();
        w.days_pass(3);
        let second = send(1, "same").await.unwrap();
        assert_eq!(
            (first.entry, first.replayed, second.entry, second.replayed),
            (first.entry, false, first.entry, true)
        );
        assert_eq!(refused(send(2, "same").await), Reason::RequestKeyReused);
        let bad = send(1, "other").await;
        assert_eq!(refused(bad), Reason::ApplicationOpen, "a refusal is not remembered under its key");
        w.verified().await;
    }
}

#[tokio::test]
async fn art_6_1_a_clerk_works_in_the_own_area_only() {
    clause!(R6.1);
    let w = World::new(On::Memory).await;
    let elsewhere = w.officer(w.org("44030300000101")).await;
    let apply = w.apply(1, w.outlet());
    let outcome = w.service.apply(elsewhere.clone(), Channel::Console, "k", apply).await;
    assert_eq!(refused(outcome), Reason::OutOfScope);
    let vendor = kaguan_domain::ids::VendorCode("1".into());
    let batch = BatchCommand::HandOut { vendor };
    assert_eq!(refused(w.batch(&elsewhere, BatchId(1), batch).await), Reason::NotPermitted);
    let Actor::Officer(id) = elsewhere else { unreachable!() };
    let stop = InstitutionCommand::StopOfficer { officer: id, reason: "离职".into() };
    w.system(Command::Institution(stop)).await.unwrap();
    let outcome =
        w.service.apply(Actor::Officer(id), Channel::Console, "k", w.apply(1, w.org("44030300000101"))).await;
    assert_eq!(refused(outcome), Reason::OfficerInactive, "the present state counts");
}

#[tokio::test]
async fn art_7_1_a_notice_that_arrives_recomputes_the_provisional_days() {
    clause!(R7.1);
    let w = World::new(On::Memory).await;
    w.days_pass(35);
    let id = w.applicant(1, w.outlet()).await;
    w.confirmed_batch().await;
    let making = async || {
        let clock = w.file(id).await.0.applications[0].clock.clone().unwrap();
        assert_eq!(clock.kind, ClockKind::FirstCard);
        clock.due
    };
    let before = making().await;
    assert!(before.provisional, "2027 is not loaded: Monday to Friday, and it says so");
    let days =
        kaguan_service::parse_notice("date,kind,name\n2027-01-01,off,元旦\n2027-01-04,off,元旦\n").unwrap();
    let load = async || w.service.take_notice(&Actor::System, Channel::CommandLine, &days).await.unwrap();
    let would = w.service.try_notice(&Actor::System, &days).await.unwrap();
    assert_eq!(making().await, before, "what it would do is said, and not done");
    let done = load().await;
    assert_eq!((&done.years, done.batches), (&vec![2027], 1));
    assert_eq!(done, would, "as it was said before");
    let after = making().await;
    assert!(!after.provisional && after.last_day > before.last_day, "{before:?} {after:?}");
    let again = load().await;
    assert_eq!(
        (again.days, again.batches, again.moved.len()),
        (0, 0, 0),
        "the same notice again changes nothing"
    );
    assert_eq!(
        kaguan_service::parse_notice("2027-13-01,off,元旦\n2027-01-01,frei,元旦\nx").unwrap_err().len(),
        3
    );
    w.verified().await;
}

#[tokio::test]
async fn art_32_2_duties_are_done_once_on_their_day_by_whoever_looks() {
    clause!(R32.2);
    clause!(R5.4);
    for on in BOTH {
        let w = World::new(on).await;
        let id = w.applicant(1, w.outlet()).await;
        let batch = w.cards_made().await;
        w.at_outlet(batch, w.outlet()).await;
        assert!(w.service.duties().await.unwrap().is_empty(), "nothing is due on the first day");
        w.days_pass(185);
        // The notice, and the end of Article 7's period on the day on which the box arrived.
        assert_eq!(w.service.duties().await.unwrap().get("duty.notify"), Some(&2));
        assert!(w.service.duties().await.unwrap().is_empty(), "once");
        w.service.deliver().await.unwrap();
        let sms = w.around.sms.messages();
        assert!(
            matches!(&*sms, [Message { letter: Letter::Notice(m), .. }] if m.text.contains("逾期未领取")),
            "{sms:?}"
        );
        let (file, _) = w.file(id).await;
        let clock = file.cards[0].notices[0].clock.clone().unwrap();
        assert_eq!(clock.kind, ClockKind::Recall, "ten working days to take it back");
        // A card in hand: an intent that nobody answers is in doubt a day later; ten years on it expires.
        let (other, card) = w.with_card(2).await;
        w.about(
            &Actor::System,
            other,
            C::ReportFormalLoss(ReportFormal { card, verified: true, deputy: None }),
        )
        .await
        .unwrap();
        assert!(w.service.duties().await.unwrap().is_empty());
        w.days_pass(2);
        assert_eq!(w.service.duties().await.unwrap().get("link.answer"), Some(&1));
        w.days_pass(3650 - 60);
        let done = w.service.duties().await.unwrap();
        // The one that expires, and the first card's ten working days that are long over.
        assert_eq!(done.get("duty.notify"), Some(&2), "{done:?}");
        w.verified().await;
    }
}

#[tokio::test]
async fn appendix_7_4_the_timeliness_of_banks_and_vendors_is_reported_from_their_clocks() {
    clause!(X7.4);
    clause!(R32.1);
    use kaguan_service::reports::{Kind, report};
    let w = World::new(On::Memory).await;
    w.with_card(1).await;
    w.applicant(2, w.outlet()).await;
    let late = w.confirmed_batch().await;
    w.batch(&Actor::Bank(BankCode("95588".into())), late, BatchCommand::Extract).await.unwrap();
    w.days_pass(30);
    let today = w.clock.now().date();
    let all = (jiff::civil::date(2026, 1, 1), today);
    let table = async |kind, (from, to)| report(w.service.store(), kind, from, to, today).await.unwrap();
    let banks = table(Kind::Banks, all).await;
    assert_eq!(
        banks.rows,
        [(vec!["中国工商银行".into(), "95588".into()], vec![1.0, 0.0, 0.0, 1.0, 0.0, 50.0])]
    );
    let vendors = table(Kind::Vendors, all).await;
    assert_eq!(vendors.rows.len(), 1);
    assert_eq!(vendors.rows[0].1[0], 1.0);
    let issued = table(Kind::Issuance, all).await;
    assert_eq!(issued.rows[0].1, [1.0]);
    assert!(table(Kind::Banks, (today, today)).await.rows.is_empty(), "nothing began today");
    assert!(table(Kind::Recalls, all).await.rows.is_empty());
}

#[tokio::test]
async fn art_40_a_document_is_archived_sealed_read_with_a_reason_and_refused_ones_leave_nothing() {
    for on in BOTH {
        clause!(R40.1);
        let w = World::new(on).await;
        let clerk = w.officer(w.outlet()).await;
        let id = w.applicant(1, w.outlet()).await;
        let (file, _) = w.file(id).await;
        let ctx = |actor: &Actor| w.service.ctx(actor.clone(), Channel::Console, None);
        let material = |org| FileMaterial {
            id: MaterialId(w.service.fresh()),
            case: Case::Application(file.applications[0].id),
            kind: MaterialKind::Identity,
            digest: None,
            cabinet: None,
            org,
            more: Vec::new(),
        };
        let scan = b"the scan of an identity card";
        let filed = w.service.file_material(ctx(&clerk), id, material(w.outlet()), Some(scan)).await.unwrap();
        let read =
            |actor: Actor, reason: &'static str| w.service.read_material(ctx(&actor), id, filed, reason);
        assert_eq!(read(clerk.clone(), "核对证件").await.unwrap().as_slice(), scan);
        assert!(matches!(read(clerk.clone(), "").await, Err(Failure::Refused(_))), "no reason, no look");
        let elsewhere = w.officer(w.bank_outlet()).await;
        assert!(
            matches!(read(elsewhere.clone(), "x").await, Err(Failure::Refused(r)) if r.reason == Reason::OutOfScope)
        );
        let refused = material(w.outlet());
        let stays_out = refused.id;
        assert!(w.service.file_material(ctx(&elsewhere), id, refused, Some(scan)).await.is_err());
        assert_eq!(w.service.store().material(stays_out).await.unwrap(), None);
        w.verified().await;
    }
}

#[tokio::test]
async fn art_42_1_a_city_says_whether_boxes_pass_through_the_county() {
    for on in BOTH {
        clause!(R42.1);
        let w = World::new(on).await;
        w.applicant(1, w.outlet()).await;
        let batch = w.cards_made().await;
        let x = w.service.batch(batch).await.unwrap().unwrap().boxes[0].clone();
        let (province, city) = (w.org("44000000000001"), w.org("44010000000001"));
        let (above, officer) = (w.officer(province).await, w.officer(city).await);
        w.batch(&above, batch, receive(x.id, province, 1)).await.unwrap();
        w.batch(&above, batch, ship(x.id, city)).await.unwrap();
        w.batch(&officer, batch, receive(x.id, city, 1)).await.unwrap();
        let policy = |county_level| {
            let policy = LocalPolicy { county_level, ..LocalPolicy::default() };
            let policy = DatedPolicy { from: w.service.now().date(), until: None, policy };
            kaguan_service::setup::file_policy(&w.service, guangzhou(), "穗人社规〔2026〕1号", policy)
        };
        policy(CountyLevel::Always).await.unwrap();
        let straight = w.batch(&officer, batch, ship(x.id, w.outlet())).await;
        assert_eq!(refused(straight), Reason::WrongHop);
        policy(CountyLevel::Never).await.unwrap();
        let county = w.batch(&officer, batch, ship(x.id, w.org("44010600000001"))).await;
        assert_eq!(refused(county), Reason::WrongHop);
        w.batch(&officer, batch, ship(x.id, w.outlet())).await.unwrap();
        w.verified().await;
    }
}

#[tokio::test]
async fn art_24_1_the_e_card_platform_hears_of_a_loss_and_of_its_release() {
    for on in BOTH {
        clause!(R24.1);
        let w = World::new(on).await;
        let (id, card) = w.with_card(1).await;
        let bank = w.officer(w.bank_outlet()).await;
        w.about(&bank, id, C::ReportFormalLoss(ReportFormal { card, verified: true, deputy: None }))
            .await
            .unwrap();
        w.about(&bank, id, C::ReleaseLoss(Release { card, verified: true, deputy: None })).await.unwrap();
        w.service.deliver().await.unwrap();
        let state = |m: Message| {
            let Letter::ECardState(s) = m.letter else { return None };
            Some(s.state)
        };
        let told: Vec<_> = w.around.ecard.messages().into_iter().filter_map(state).collect();
        assert_eq!(told, [ECard::IdentityOnly, ECard::Normal]);
    }
}

#[tokio::test]
async fn art_7_1_a_batch_whose_clock_ends_is_said_to_be_at_risk_and_then_late_once_each() {
    for on in BOTH {
        clause!(R7.1);
        let w = World::new(on).await;
        w.applicant(1, w.outlet()).await;
        let batch = w.confirmed_batch().await;
        assert!(w.service.duties().await.unwrap().is_empty());
        let last_days = |b: &kaguan_domain::facts::batch::Batch| {
            b.clocks.iter().map(|c| (c.kind, c.due.last_day, c.warned)).collect::<Vec<_>>()
        };
        let before = w.service.batch(batch).await.unwrap().unwrap().batch.unwrap();
        let first = last_days(&before).iter().map(|c| c.1).min().unwrap();
        w.clock.set(kaguan_domain::ctx::Instant::at_start_of(first));
        assert_eq!(w.service.duties().await.unwrap().get("duty.notify"), Some(&1));
        assert!(w.service.duties().await.unwrap().is_empty(), "once");
        w.days_pass(30);
        // The batch's clock, and that of Article 7, which is the person's.
        assert_eq!(w.service.duties().await.unwrap().get("duty.notify"), Some(&2));
        let after = w.service.batch(batch).await.unwrap().unwrap().batch.unwrap();
        assert!(after.clocks.iter().all(|c| c.warned == Some(Warned::Breached)), "{:?}", last_days(&after));
        w.verified().await;
    }
}

#[tokio::test]
async fn art_12_1_a_short_box_hands_over_what_was_counted_and_no_more() {
    clause!(R12.1);
    for on in BOTH {
        let w = World::new(on).await;
        let (a, b) = (w.applicant(1, w.outlet()).await, w.applicant(2, w.outlet()).await);
        let batch = w.cards_made().await;
        let r#box = w.service.batch(batch).await.unwrap().unwrap().boxes[0].id;
        let way = [w.org("44000000000001"), w.org("44010000000001"), w.org("44010600000001"), w.outlet()];
        for (n, org) in way.into_iter().enumerate() {
            let keeper = w.officer(org).await;
            let mut signed = receive(r#box, org, 1);
            if let BatchCommand::Receive(first) = &mut signed
                && n == 0
            {
                first.short =
                    Some(Short { cards: 1, answers: Answers::Sender, account: "封条完好".into() });
            }
            w.batch(&keeper, batch, signed).await.unwrap();
            if let Some(next) = way.get(n + 1) {
                w.batch(&keeper, batch, ship(r#box, *next)).await.unwrap();
            }
        }
        let clerk = w.officer(w.outlet()).await;
        let give = async |id| {
            let (card, shown) = (w.card_of(id).await, w.shown(id).await);
            w.about(&clerk, id, C::HandOver(stated::handed_to_holder(card, w.outlet(), shown))).await
        };
        give(a).await.unwrap();
        let refused = give(b).await.unwrap_err();
        assert_eq!(refused.refusal().map(|r| r.reason), Some(Reason::DifferenceOpen), "{refused}");
        let settled = Settled::Short { cards: 1, at: None };
        let found = SettleDifference { r#box, settled, account: "已找到".into() };
        w.batch(&clerk, batch, BatchCommand::SettleDifference(found)).await.unwrap();
        give(b).await.unwrap();
        w.verified().await;
    }
}
