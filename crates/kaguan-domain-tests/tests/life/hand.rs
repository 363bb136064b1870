//! Cards in hand: what a clerk states at hand-over, enabling, activation, PIN services and cancelling; the old card after an exchange
//! or a change of the bank; the card that is meant; a restriction that follows its person; the one local card.

use crate::held::restrict;
use crate::person::{self, AWAY, HR, NEW_BANK, OLD, Scene, TODAY, checks, relative, shown};
use crate::stated;
use kaguan_domain::activation::{Activate, ConfirmVisit, Enable, RecordVisit};
use kaguan_domain::cancellation::RecordAccountClosed;
use kaguan_domain::clause;
use kaguan_domain::collection::{HandOver, hand_over_to_unit};
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::activation::{ActivationManner, Found};
use kaguan_domain::facts::application::{AgentGround, AgentRelation, Consent, ExchangeReason, Purpose};
use kaguan_domain::facts::archive::{Case, MaterialKind};
use kaguan_domain::facts::batch::BatchFile;
use kaguan_domain::facts::boxes::BoxFile;
use kaguan_domain::facts::card::{Account, Hold, Social};
use kaguan_domain::facts::counter::{Collector, Deputy, KeptCopy, Shown};
use kaguan_domain::facts::custody::{Custody, Party, RecallReason};
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::form::FormDraft;
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::intent::IntentKind;
use kaguan_domain::facts::letter::{Addressee, Decision, Letter, letters_of};
use kaguan_domain::facts::pin::{Pin, PinChange};
use kaguan_domain::fee::Pay;
use kaguan_domain::ids::{
    ApplicationId, BankCode, BatchId, BoxId, CardId, CaseId, CityCode, MaterialId, OrgId, UnitId,
};
use kaguan_domain::loss::{OnlineIdentity, ReportTemporary, card_meant};
use kaguan_domain::one_card;
use kaguan_domain::pin::RecordPin;
use kaguan_domain::recall::TakeBack;
use kaguan_domain::records::FileMaterial;
use kaguan_domain::refusal::Reason;
use kaguan_domain::replacement::Replace;
use kaguan_domain::replacement::bank_change::{Approve, CarryOut, Reserve};
use kaguan_domain::restriction::Lift;

/// An outlet of the old bank.
const OLD_BANK: OrgId = OrgId(4);

pub fn told(s: &Scene, command: &C) -> (Reason, String) {
    let refusal = s.decide(command).unwrap_err();
    (refusal.reason, refusal.about.unwrap_or_default())
}

fn hand_over() -> HandOver {
    stated::handed_to_holder(OLD, HR, shown())
}

pub(crate) fn to_collector(deputy: Deputy) -> HandOver {
    to(deputy)
}

fn to(deputy: Deputy) -> HandOver {
    HandOver { collector: Collector::Deputy(Box::new(deputy)), ..hand_over() }
}

fn guardian() -> Deputy {
    Deputy {
        relation: AgentRelation::Guardian,
        ground: Some(AgentGround::Minor),
        ..relative(AgentGround::Minor)
    }
}

/// The person is a child of nine.
fn child(s: &mut Scene) {
    let details = &mut s.file.person.as_mut().unwrap().details;
    details.birth_date = jiff::civil::date(2017, 1, 1);
}

pub fn replacement(purpose: Purpose) -> Replace {
    Replace {
        id: ApplicationId(2),
        purpose,
        form_no: "44010000002".into(),
        changes: Box::new(FormDraft::collected()),
        photo: None,
        outlet: HR,
        collect_at: HR,
        agent: None,
        consent: Some(Consent { text_version: "2022".into(), by_guardian: false }),
        checks: checks(),
        presented: stated::presented(),
        proof: None,
    }
}

#[test]
fn art_14_without_ticks_document_and_signature_everything_missing_is_told_at_once() {
    clause!(R14.2);
    let mut s = Scene::uncollected();
    s.as_officer(1);
    let bare = HandOver { verified: false, signed: false, shown: None, ..hand_over() };
    let (reason, about) = told(&s, &C::HandOver(bare));
    assert_eq!(reason, Reason::CollectorNotVerified);
    for part in ["未核实有效身份证件", "证件种类和号码", "签收台账"] {
        assert!(about.contains(part), "{about}");
    }
    // The document of somebody else, and of another kind.
    let other = |kind, number: &str| Some(Shown { kind, number: number.into(), electronic: false });
    for wrong in [
        other(DocumentKind::IdentityCard, "44010619600101001X"),
        other(DocumentKind::Passport, "440106199001010013"),
    ] {
        let (_, about) = told(&s, &C::HandOver(HandOver { shown: wrong, ..hand_over() }));
        assert!(about.contains("不符"), "{about}");
    }
    // 电子证照 of the household register serves as well; what was shown is in the journal's event.
    let electronic = Shown { electronic: true, kind: DocumentKind::HouseholdRegister, ..shown() };
    let events = s.events(&C::HandOver(HandOver { shown: Some(electronic.clone()), ..hand_over() }));
    let HolderEvent::HandedOver { collector: Collector::Holder, shown: kept, .. } = &events[0] else {
        panic!("{events:?}")
    };
    assert_eq!(kept.as_ref(), Some(&electronic));
    assert!(events[0].is_personal());
}

#[test]
fn art_14_a_collector_who_is_not_the_holder_shows_both_documents_and_leaves_a_copy() {
    clause!(R14.5);
    let mut s = Scene::uncollected();
    s.as_officer(1);
    let nobody = Deputy {
        name: " ".into(),
        document_number: String::new(),
        copies: Vec::new(),
        ..relative(AgentGround::Sick)
    };
    let (reason, about) = told(&s, &C::HandOver(HandOver { shown: None, ..to(nobody) }));
    assert_eq!(reason, Reason::CollectorNotVerified);
    for part in ["持卡人出示的证件", "代办人姓名", "代办人证件号码", "身份证件复印件"]
    {
        assert!(about.contains(part), "{about}");
    }
    let own = Deputy { document_number: shown().number, ..relative(AgentGround::Sick) };
    assert_eq!(s.refused(C::HandOver(to(own))), Reason::AgentNotAllowed, "the holder's own number");
    let mistyped = Deputy { document_number: "440106196001010010".into(), ..relative(AgentGround::Sick) };
    assert_eq!(s.refused(C::HandOver(to(mistyped))), Reason::CollectorNotVerified);
    let invented = KeptCopy { id: MaterialId(7), kind: MaterialKind::AgentIdentity, digest: None };
    let register = relative(AgentGround::Sick).copies.remove(1);
    let x = Deputy { copies: vec![invented.clone(), register], ..relative(AgentGround::Sick) };
    let (_, about) = told(&s, &C::HandOver(to(x.clone())));
    assert!(about.contains("不在该人档案中"), "{about}");
    // What came and is no image is none, and is told with everything else; nothing of it is filed.
    clause!(R40.1);
    let unread = KeptCopy { digest: Some(String::new()), ..invented.clone() };
    let by = Deputy { copies: vec![unread], phone: String::new(), ..relative(AgentGround::Sick) };
    let (_, about) = told(&s, &C::HandOver(HandOver { shown: None, ..to(by) }));
    for part in ["代办人证件影像不能识别", "持卡人出示的证件"] {
        assert!(about.contains(part), "{about}");
    }
    assert!(!about.contains("未留存代办人身份证件"), "it is told once: {about}");
    let old_way = Collector::Agent { name: "李四".into(), document_number: "x".into(), copy: "x".into() };
    assert_eq!(
        s.refused(C::HandOver(HandOver { collector: old_way, ..hand_over() })),
        Reason::CollectorNotVerified
    );
    // What was filed before serves; so does an image that comes with it, which is filed.
    let file = FileMaterial {
        id: MaterialId(7),
        case: Case::Card(OLD),
        kind: MaterialKind::AgentIdentity,
        digest: None,
        cabinet: Some("3柜2夹".into()),
        more: Vec::new(),
        org: HR,
    };
    s.done(C::FileMaterial(file));
    assert!(s.may(&C::HandOver(to(x))));
    s.done(C::HandOver(to(relative(AgentGround::Sick))));
    let archive = &s.file.person.as_ref().unwrap().archive;
    assert_eq!(archive.len(), 3);
    assert!(archive[1..].iter().all(|m| m.digest.is_some() && m.org == HR && m.case == Case::Card(OLD)));
    assert!(s.old().in_force());
}

#[test]
fn art_14_a_child_collects_and_enables_nothing_itself() {
    clause!(R14.2);
    clause!(R8.2);
    let mut s = Scene::uncollected();
    child(&mut s);
    s.as_officer(1);
    assert_eq!(s.refused(C::HandOver(hand_over())), Reason::AgentNotAllowed);
    assert_eq!(s.refused(C::HandOver(to(relative(AgentGround::Sick)))), Reason::AgentNotAllowed);
    s.done(C::HandOver(to(guardian())));
    s.as_officer(2);
    let alone = stated::activated_face_to_face(OLD, shown());
    assert_eq!(s.refused(C::Activate(alone)), Reason::AgentNotAllowed);
    let proxy = || Activate::in_manner(OLD, ActivationManner::Proxy { copy: String::new() });
    let again = |d: Deputy| Deputy {
        copies: d.copies.into_iter().map(|c| KeptCopy { digest: None, ..c }).collect(),
        ..d
    };
    let by = |d| {
        C::Activate(Activate { verified: true, shown: Some(shown()), deputy: Some(Box::new(d)), ..proxy() })
    };
    assert_eq!(s.refused(by(again(relative(AgentGround::Sick)))), Reason::AgentNotAllowed);
    s.done(by(again(guardian())));
    assert!(matches!(s.old().account, Account::Active { .. }));
}

#[test]
fn art_16_a_proxy_activates_only_on_a_ground_and_with_proof() {
    clause!(R16.2);
    let mut s = Scene::uncollected();
    s.done(C::HandOver(hand_over()));
    let proxy = |copy: &str, deputy: Option<Deputy>| {
        let manner = ActivationManner::Proxy { copy: copy.into() };
        let deputy = deputy.map(Box::new);
        C::Activate(Activate {
            verified: true,
            shown: Some(shown()),
            deputy,
            ..Activate::in_manner(OLD, manner)
        })
    };
    s.as_bank("95588");
    assert_eq!(s.refused(proxy("x", None)), Reason::AgentNotAllowed, "any text is no proof");
    s.as_officer(2);
    for no in [AgentGround::LongAbsent, AgentGround::Elderly, AgentGround::Minor, AgentGround::Incapable] {
        assert_eq!(
            s.refused(proxy("", Some(relative(no)))),
            Reason::AgentNotAllowed,
            "{no:?}, of a man of 36"
        );
    }
    let without = Deputy { ground: None, ..relative(AgentGround::Sick) };
    assert_eq!(s.refused(proxy("", Some(without))), Reason::AgentNotAllowed);
    let mut unproved = relative(AgentGround::Disabled);
    unproved.copies.pop();
    let (reason, about) = told(&s, &proxy("", Some(unproved)));
    assert_eq!(reason, Reason::MaterialDefective, "who came was verified");
    assert!(about.contains("户口簿"), "{about}");
    s.done(proxy("", Some(relative(AgentGround::Disabled))));
    let Account::Active { manner, .. } = &s.old().account else { panic!() };
    assert!(matches!(manner, ActivationManner::Proxy { .. }));

    // A woman of sixty sends her son.
    let mut s = Scene::uncollected();
    s.done(C::HandOver(hand_over()));
    s.file.person.as_mut().unwrap().details.birth_date = jiff::civil::date(1966, 11, 23);
    s.as_officer(2).done(proxy("", Some(relative(AgentGround::Elderly))));

    // Face to face is stated too.
    let mut s = Scene::uncollected();
    s.done(C::HandOver(hand_over()));
    s.as_officer(2);
    let bare = Activate::in_manner(OLD, ActivationManner::FaceToFace);
    assert_eq!(s.refused(C::Activate(bare.clone())), Reason::DocumentsNotVerified);
    let sent = Activate {
        deputy: Some(Box::new(relative(AgentGround::Sick))),
        ..stated::activated_face_to_face(OLD, shown())
    };
    assert_eq!(s.refused(C::Activate(sent)), Reason::AgentNotAllowed);
    // A bank's computer says so by its manner, and keeps the document itself.
    s.as_bank("95588").done(C::Activate(bare));
}

/// What the first clerk of a visit states.
fn visit(found: Found, ground: Option<AgentGround>, deputy: Option<Deputy>) -> RecordVisit {
    let deputy = deputy.map(Box::new);
    RecordVisit { card: OLD, found, verified: true, shown: Some(shown()), deputy, ground }
}

/// The same of the second.
fn confirmed(found: Found, deputy: Option<Deputy>) -> ConfirmVisit {
    let deputy = deputy.map(Box::new);
    ConfirmVisit { card: OLD, found, verified: true, shown: Some(shown()), deputy }
}

#[test]
fn art_16_2_a_child_of_one_year_is_visited_with_the_guardian_before_both_clerks() {
    clause!(R16.2);
    clause!(R16.4);
    clause!(R8.2);
    let all = Found { alive: true, identity: true, will: true };
    let mother = || Deputy { relation: AgentRelation::Guardian, ..relative(AgentGround::Minor) };
    let mut s = Scene::uncollected();
    s.done(C::HandOver(hand_over()));
    s.file.person.as_mut().unwrap().details.birth_date = jiff::civil::date(2025, 11, 1);
    s.as_officer(2);
    let minor = Some(AgentGround::Minor);
    let (reason, about) = told(&s, &C::RecordVisit(visit(Found::default(), minor, None)));
    assert_eq!(reason, Reason::AgentNotAllowed);
    assert!(about.contains("须由监护人") && about.contains("生存状态"), "all at once: {about}");
    let (_, about) = told(&s, &C::RecordVisit(visit(all, None, Some(mother()))));
    assert!(about.contains("上门事由"), "{about}");
    let elderly = Some(AgentGround::Elderly);
    assert!(told(&s, &C::RecordVisit(visit(all, elderly, Some(mother())))).1.contains("六十周岁"));
    let unproved = Deputy { copies: mother().copies[..1].to_vec(), ..mother() };
    assert!(told(&s, &C::RecordVisit(visit(all, minor, Some(unproved)))).1.contains("户口簿"));
    s.done(C::RecordVisit(visit(all, minor, Some(mother()))));
    assert_eq!(s.file.person.as_ref().unwrap().archive.len(), 2, "both papers are filed");
    // The second clerk saw the same mother, whose papers are not kept twice.
    s.as_officer(4);
    assert_eq!(s.refused(C::ConfirmVisit(confirmed(all, None))), Reason::AgentNotAllowed);
    let again = Deputy { copies: Vec::new(), ..mother() };
    let other = Deputy { document_number: "440106198001010022".into(), ..again.clone() };
    let (_, about) = told(&s, &C::ConfirmVisit(confirmed(all, Some(other.clone()))));
    assert!(about.contains("未留存") && about.contains("与第一名经办人登记的不一致"), "{about}");
    // With papers of his own he is another all the same: the two clerks did not stand before one guardian.
    let own = mother().copies.into_iter().map(|c| KeptCopy { id: MaterialId(c.id.0 + 100), ..c });
    let proved = Deputy { copies: own.collect(), document_number: "440106198001010027".into(), ..other };
    let (reason, about) = told(&s, &C::ConfirmVisit(confirmed(all, Some(proved))));
    assert!(reason == Reason::TwoClerksNeeded && about.contains("证件号码与第一名经办人"), "{about}");
    s.done(C::ConfirmVisit(confirmed(all, Some(again))));
    assert_eq!(s.file.person.as_ref().unwrap().archive.len(), 2);
    assert!(matches!(s.old().account, Account::Active { .. }));
}

#[test]
fn art_16_at_a_home_visit_two_clerks_each_confirm_for_themselves() {
    clause!(R16.4);
    clause!(R16.2);
    let all = Found { alive: true, identity: true, will: true };
    let record = |found| C::RecordVisit(visit(found, Some(AgentGround::Sick), None));
    let confirm = |found| C::ConfirmVisit(confirmed(found, None));
    let mut s = Scene::uncollected();
    s.done(C::HandOver(hand_over()));
    s.as_officer(2);
    let named = ActivationManner::HomeVisit { second: kaguan_domain::ids::OfficerId(4), first: None };
    let by_name =
        C::Activate(Activate { verified: true, shown: Some(shown()), ..Activate::in_manner(OLD, named) });
    assert_eq!(s.refused(by_name), Reason::TwoClerksNeeded, "nobody confirms for another");
    let clerks = ["01".to_owned(), "02".to_owned()];
    let typed =
        Activate { found: Some(all), ..Activate::in_manner(OLD, ActivationManner::BankVisit { clerks }) };
    assert_eq!(
        s.refused(C::Activate(typed.clone())),
        Reason::TwoClerksNeeded,
        "typed numbers are no sign-in"
    );
    assert_eq!(s.refused(confirm(all)), Reason::TwoClerksNeeded, "nothing to confirm yet");
    let (_, about) = told(&s, &record(Found { alive: true, ..Found::default() }));
    assert!(about.contains("身份信息") && about.contains("意愿") && !about.contains("生存"), "{about}");
    s.done(record(all));
    assert_eq!(s.old().account, Account::PreOpened, "nothing works yet");
    assert_eq!(s.refused(confirm(all)), Reason::TwoClerksNeeded, "the same clerk");
    assert_eq!(s.as_officer(5).refused(confirm(all)), Reason::OutOfScope, "another bank's clerk");
    assert_eq!(s.as_system().refused(confirm(all)), Reason::TwoClerksNeeded, "no program confirms");
    s.as_officer(4);
    assert_eq!(s.refused(confirm(Found::default())), Reason::DocumentsNotVerified);
    // The first saw the holder alone; whoever states that somebody acted contradicts it.
    let son = Some(relative(AgentGround::Sick));
    let refusal = s.decide(&C::ConfirmVisit(confirmed(all, son))).unwrap_err();
    assert_eq!(refusal.reason, Reason::TwoClerksNeeded);
    let said = refusal.sentence();
    assert!(said.contains("登记的是持卡人本人办理") && said.contains("重新登记上门核验"), "{said}");
    s.days_pass(1);
    assert_eq!(s.refused(confirm(all)), Reason::TwoClerksNeeded, "both stood there on one day");
    s.as_officer(2).done(record(all));
    s.as_officer(4).done(confirm(all));
    let Account::Active { manner, .. } = &s.old().account else { panic!() };
    let (second, first) = (kaguan_domain::ids::OfficerId(4), Some(kaguan_domain::ids::OfficerId(2)));
    assert_eq!(*manner, ActivationManner::HomeVisit { second, first });
    assert_eq!(s.old().visit, None);

    // A bank's computer vouches for two of its own, and states the three things.
    let mut s = Scene::uncollected();
    s.done(C::HandOver(hand_over()));
    s.as_bank("95588");
    assert_eq!(
        s.refused(C::Activate(Activate { found: None, ..typed.clone() })),
        Reason::DocumentsNotVerified
    );
    s.done(C::Activate(typed));
}

/// The card was collected by the operator of the person's employer, in a box.
fn with_the_employer() -> Scene {
    let mut s = Scene::uncollected();
    let mut batch = BatchFile::new(BatchId(1));
    batch.tally.inside.insert(BoxId(1), 1);
    batch.boxes.push(BoxFile {
        id: BoxId(1),
        number: "1".into(),
        outlet: HR,
        employer: Some("E1".into()),
        cards: 1,
        keeper: Party::Org(HR),
        on_the_way: None,
        last_signed: s.now,
        left_province: Some(s.now),
        arrived: Some(s.now),
        differences: Vec::new(),
        papers: Vec::new(),
    });
    s.file.cards[0].custody = Custody::InBox { r#box: BoxId(1) };
    let unit = stated::unit_registered(UnitId(9));
    let collects = stated::handed_to_operator(BoxId(1), "E1", 1, &unit);
    for event in hand_over_to_unit(&batch, &collects, Some(&unit), &s.ctx(), &s.office).unwrap() {
        batch.apply(&event, s.now);
    }
    s.batches.insert(BatchId(1), batch);
    s
}

#[test]
fn art_16_changing_the_initial_pin_of_a_card_from_the_employer_enables_it_and_nothing_else_does() {
    clause!(R16.1);
    clause!(R18.1);
    clause!(R20.1);
    clause!(R21.1);
    let pin = |change| stated::pin_by_holder(OLD, change, shown());
    let mut s = with_the_employer();
    s.as_officer(1);
    assert_eq!(s.old().social, Social::NotEnabled, "批量领取 enables nothing");
    s.done(C::RecordPin(RecordPin { verified: false, shown: None, ..pin(PinChange::Locked) }));
    assert_eq!(s.refused(C::RecordPin(pin(PinChange::Changed))), Reason::PinLocked);
    s.done(C::RecordPin(pin(PinChange::Unlocked)));
    assert_eq!(
        (s.old().pin, &s.old().social),
        (Pin::Initial, &Social::NotEnabled),
        "unlocking enables nothing"
    );
    s.done(C::RecordPin(pin(PinChange::Reset)));
    assert_eq!((s.old().pin, &s.old().social), (Pin::Initial, &Social::NotEnabled), "nor does a reset");
    let bare = RecordPin { verified: false, shown: None, risks_told: false, ..pin(PinChange::Changed) };
    let (_, about) = told(&s, &C::RecordPin(bare));
    assert!(about.contains("身份证件") && about.contains("用卡风险"), "{about}");
    s.done(C::RecordPin(pin(PinChange::Changed)));
    assert!(s.old().in_force() && s.old().pin == Pin::Set);
    assert!(matches!(s.old().custody, Custody::WithHolder { .. }), "handed over from the employer");
    // At the counter alone.
    let mut s = with_the_employer();
    s.as_officer(1);
    let (_, about) = told(&s, &C::Enable(Enable { card: OLD, verified: false, shown: None, deputy: None }));
    assert!(about.contains("未核实") && about.contains("未登记"), "{about}");
    s.done(C::Enable(stated::enabled_by_holder(OLD, shown())));
    assert!(s.old().in_force());
    // A card that lies at the outlet is not in hand.
    let mut s = Scene::uncollected();
    assert_eq!(s.refused(C::RecordPin(pin(PinChange::Changed))), Reason::NotHandedOver);
    // A child's PIN is its guardian's to set.
    let mut s = with_the_employer();
    child(&mut s);
    assert_eq!(s.refused(C::RecordPin(pin(PinChange::Changed))), Reason::AgentNotAllowed);
    let uncle = Some(Box::new(relative(AgentGround::Minor)));
    assert_eq!(
        s.refused(C::RecordPin(RecordPin { guardian: uncle, ..pin(PinChange::Changed) })),
        Reason::AgentNotAllowed
    );
    s.done(C::RecordPin(RecordPin { guardian: Some(Box::new(guardian())), ..pin(PinChange::Changed) }));
    assert!(s.old().in_force());
}

#[test]
fn art_27_an_exchanged_card_is_recalled_when_a_clerk_says_that_it_is_in_his_hand() {
    clause!(R27.4);
    clause!(R32.1);
    let exchanged = |back| {
        let mut s = Scene::with_card();
        let why = ExchangeReason::Other { why: "卡面磨损".into() };
        s.done(C::Replace(Box::new(replacement(Purpose::Exchange { old: OLD, reason: why }))));
        s.done(C::PayFee(Pay::of_one_card(ApplicationId(2), 440000260000000001, s.now)));
        let new = s.card_made(ApplicationId(2), "95588");
        s.done(C::HandOver(HandOver { old_card_back: back, ..stated::handed_to_holder(new, HR, shown()) }));
        s
    };
    let s = exchanged(true);
    assert!(matches!(s.old().custody, Custody::Recalled { reason: RecallReason::Exchanged, org: HR, .. }));
    let mut s = exchanged(false);
    assert!(s.old().is_cancelled() && matches!(s.old().custody, Custody::WithHolder { .. }), "nobody has it");
    assert_eq!(s.old().intents.last().unwrap().kind, IntentKind::Close, "the account is closed in time");
    let later = TakeBack { card: OLD, reason: RecallReason::Exchanged, at: HR };
    s.as_officer(1).done(C::TakeBack(later));
    // A first card takes nobody's place.
    let mut s = Scene::uncollected();
    assert_eq!(s.refused(C::HandOver(HandOver { old_card_back: true, ..hand_over() })), Reason::WrongStage);
}

/// Reserved, approved, carried out; the new card waits at the HR outlet.
pub fn changing() -> (Scene, CardId) {
    let mut s = Scene::with_card();
    s.file.person.as_mut().unwrap().details.mobile = Some("13900000000".into());
    s.as_officer(5).done(C::ReserveBankChange(Reserve { card: OLD, to: BankCode("95533".into()) }));
    s.as_officer(2).done(C::ApproveBankChange(Approve { refused: None }));
    let replace =
        Replace { outlet: NEW_BANK, collect_at: NEW_BANK, ..replacement(Purpose::BankChange { old: OLD }) };
    s.as_officer(5).done(C::CarryOutBankChange(Box::new(stated::carried_out_by_holder(replace, shown()))));
    let paid = Pay::of_one_card(ApplicationId(2), 440000260000000001, s.now);
    s.as_system().done(C::PayFee(paid));
    let new = s.card_made(ApplicationId(2), "95533");
    (s, new)
}

#[test]
fn art_31_only_the_new_bank_carries_a_change_out_once_the_risks_are_acknowledged() {
    clause!(R31.1);
    clause!(R31.2);
    let mut s = Scene::with_card();
    s.as_officer(5).done(C::ReserveBankChange(Reserve { card: OLD, to: BankCode("95533".into()) }));
    s.as_officer(2).done(C::ApproveBankChange(Approve { refused: None }));
    let at = |outlet| {
        stated::carried_out_by_holder(
            Replace { outlet, collect_at: NEW_BANK, ..replacement(Purpose::BankChange { old: OLD }) },
            shown(),
        )
    };
    let carry_out = |c: CarryOut| C::CarryOutBankChange(Box::new(c));
    assert_eq!(s.refused(carry_out(at(OLD_BANK))), Reason::NewBankOnly, "the old bank's outlet");
    assert_eq!(s.as_system().refused(carry_out(at(HR))), Reason::NewBankOnly);
    s.as_officer(5);
    let unseen = CarryOut { verified: false, shown: None, ..at(NEW_BANK) };
    let refused = s.refusal(carry_out(unseen));
    assert_eq!(refused.reason, Reason::DocumentsNotVerified);
    let of_document = |refused: &kaguan_domain::refusal::Refusal| {
        refused.defects.iter().filter(|d| d.field == kaguan_domain::facts::form::Field::OwnDocument).count()
    };
    assert_eq!(of_document(&refused), 1, "told once: {refused:?}");
    // A form that cannot be read says no more of it.
    let mut unread = CarryOut { verified: false, ..at(NEW_BANK) };
    unread.replace.form_no = String::new();
    let refused = s.refusal(carry_out(unread));
    assert!(of_document(&refused) == 1 && refused.defects.len() > 1, "{refused:?}");
    let untold = CarryOut { risks_acknowledged: false, ..at(NEW_BANK) };
    assert_eq!(s.refused(carry_out(untold)), Reason::RisksNotTold);
    assert!(s.old().in_force(), "the old card is not locked before");
    let events = s.events(&carry_out(at(NEW_BANK)));
    let recorded = |e: &HolderEvent| {
        matches!(e, HolderEvent::BankChangeCarriedOut { risks_acknowledged: true, shown: Some(_) })
    };
    assert!(events.iter().any(recorded));
}

#[test]
fn art_31_the_old_bank_settles_closes_and_takes_the_old_card_back() {
    clause!(R31.1);
    clause!(R31.3);
    clause!(R33.2);
    let (mut s, new) = changing();
    // The new bank is told that the card is made, and so is the holder.
    let made = HolderEvent::CardMade { application: ApplicationId(2), card: Box::new(s.card(new).clone()) };
    let letters = letters_of(&s.file, &made);
    assert!(letters.iter().any(|(to, letter)| {
        *to == Addressee::Bank(BankCode("95533".into()))
            && matches!(letter, Letter::ChangeDecided(c) if c.decision == Decision::CardMade)
    }));
    assert!(
        letters.iter().any(|(to, l)| *to == Addressee::Sms
            && matches!(l, Letter::Notice(m) if m.text.contains("原服务银行")))
    );
    // One that was to be collected there before may lie at an HR outlet: the old account is put on loss, and nothing else.
    s.as_officer(1);
    let back = HandOver { old_card_back: true, ..stated::handed_to_holder(new, HR, shown()) };
    assert_eq!(s.refused(C::HandOver(back)), Reason::WrongStage, "the old card is the old bank's to take");
    let hand = C::HandOver(stated::handed_to_holder(new, HR, shown()));
    let unreported = |e: &HolderEvent| matches!(e, HolderEvent::LossReported { by_bank_change: true, .. });
    assert!(s.events(&hand).iter().any(unreported), "no loss that somebody reported");
    s.done(hand);
    let old = s.old();
    assert!(old.is_cancelled() && old.loss() == Some(Hold::FormalLoss));
    assert!(matches!(old.custody, Custody::WithHolder { .. }) && !old.account_is_closed());
    assert_eq!(old.intents.last().unwrap().kind, IntentKind::LoseFormally);
    // The HR outlet and the new bank take nothing back, nor does the old bank before the settlement.
    let take = |at| C::TakeBack(TakeBack { card: OLD, reason: RecallReason::Exchanged, at });
    assert_eq!(s.refused(take(HR)), Reason::WrongBank);
    assert_eq!(s.as_officer(5).refused(take(NEW_BANK)), Reason::WrongBank);
    assert_eq!(s.as_officer(2).refused(take(OLD_BANK)), Reason::NotSettled);
    let close = |settled, given_back_at| {
        C::RecordAccountClosed(RecordAccountClosed { card: OLD, settled, given_back_at })
    };
    assert_eq!(s.as_officer(5).refused(close(true, None)), Reason::OutOfScope);
    s.as_officer(2);
    assert_eq!(s.refused(close(false, Some(OLD_BANK))), Reason::NotSettled);
    assert_eq!(s.refused(close(true, Some(HR))), Reason::WrongBank);
    let mut other = changing().0;
    other.as_officer(1).done(C::HandOver(stated::handed_to_holder(new, HR, shown())));
    s.done(close(true, Some(OLD_BANK)));
    assert!(s.old().account_is_closed());
    assert!(matches!(
        s.old().custody,
        Custody::Recalled { org: OLD_BANK, reason: RecallReason::Exchanged, .. }
    ));
    assert_eq!(s.refused(close(true, Some(OLD_BANK))), Reason::NothingToDo);
    // Or its computer says that it has closed, and a clerk takes the card later.
    other.as_bank("95588").done(C::RecordAccountClosed(RecordAccountClosed::by_bank(OLD)));
    other.as_officer(2).done(take(OLD_BANK));
}

#[test]
fn art_24_of_several_cards_the_one_that_is_meant_is_named() {
    clause!(R24.1);
    let bank = BankCode("95588".into());
    let mut s = Scene::with_card();
    let why = ExchangeReason::Other { why: "卡面磨损".into() };
    s.done(C::Replace(Box::new(replacement(Purpose::Exchange { old: OLD, reason: why }))));
    let new = s.card_made(ApplicationId(2), "95588");
    // While the new one waits, the old one in use is meant; it can be reported.
    assert_eq!(card_meant(&s.file, Some(&bank), None), Ok(OLD));
    assert_eq!(card_meant(&s.file, None, None), Ok(OLD));
    s.channel = Channel::Online;
    let identity = OnlineIdentity { number: shown().number, name: "张三".into(), bank: bank.clone() };
    s.done(C::ReportTemporaryLoss(ReportTemporary {
        card: OLD,
        identity: Some(identity),
        verified: true,
        deputy: None,
    }));
    // Two of one bank in hand: the last four characters say which.
    s.file.cards[1].custody = Custody::WithHolder { since: s.now };
    let reason = |r: Result<CardId, kaguan_domain::refusal::Refusal>| r.unwrap_err().reason;
    assert_eq!(reason(card_meant(&s.file, Some(&bank), None)), Reason::CardNotNamed);
    let tail = |number: &str| number[number.len() - 4..].to_owned();
    let by_card = tail(s.card(new).card_no.as_str());
    assert_eq!(card_meant(&s.file, Some(&bank), Some(&by_card.to_lowercase())), Ok(new));
    let by_account = tail(s.old().bank_account.bank_card_no.as_str());
    assert_eq!(card_meant(&s.file, None, Some(&by_account)), Ok(OLD));
    for wrong in ["0", "zzzz"] {
        assert_eq!(reason(card_meant(&s.file, Some(&bank), Some(wrong))), Reason::LossIdentityMismatch);
    }
    assert_eq!(
        reason(card_meant(&s.file, Some(&BankCode("95533".into())), None)),
        Reason::LossIdentityMismatch
    );
    s.file.cards.clear();
    assert_eq!(reason(card_meant(&s.file, None, None)), Reason::NotFound);
}

#[test]
fn art_37_a_clean_up_does_not_escape_a_restriction() {
    clause!(R37.1);
    clause!(X10.1);
    let mut s = two_cards();
    // Of earlier days: the case lies on one card only.
    let lone = person::card(CardId(3), ApplicationId(1), "95588", TODAY);
    restrict(&mut s, OLD, 1);
    s.file.cards.push(lone);
    let keep = Some(CardId(3));
    let slip =
        one_card::Confirm { cards: vec![OLD, CardId(2), CardId(3)], slip: "单1".into(), keep, city: None };
    s.done(C::ConfirmOneCard(slip));
    s.done(C::CleanOneCard(one_card::Clean {}));
    assert!(s.card(CardId(3)).is_held(), "the kept card is under the case now");
    let mut s = Scene::with_card();
    restrict(&mut s, OLD, 1);
    s.done(C::ConfirmOneCard(one_card::Confirm {
        cards: vec![OLD],
        slip: "单1".into(),
        keep: None,
        city: None,
    }));
    s.done(C::CleanOneCard(one_card::Clean {}));
    let new = s.card_made(ApplicationId(1), "95533");
    assert!(s.card(new).is_held(), "and so is the card of a new application");
    s.done(C::LiftRestriction(Lift { card: OLD, case: CaseId(1), reason: "已更正".into() }));
    assert!(!s.card(new).is_held());
}

/// A card of Guangzhou in use, and one of Shenzhen that lies in a drawer.
fn two_cards() -> Scene {
    let mut s = Scene::with_card();
    let mut other = person::card(CardId(2), ApplicationId(1), "95533", TODAY);
    other.city = CityCode("4403".into());
    other.custody = Custody::WithHolder { since: s.now };
    s.file.apply(&HolderEvent::CardMade { application: ApplicationId(1), card: Box::new(other) }, s.now);
    s
}

#[test]
fn appendix_10_one_card_of_this_city_is_kept() {
    clause!(X10.1);
    let slip = |keep: i64, city: Option<&str>| {
        let (cards, slip) = (vec![OLD, CardId(2)], "档案/1".to_owned());
        let city = city.map(|c| CityCode(c.into()));
        C::ConfirmOneCard(one_card::Confirm { cards, slip, keep: Some(CardId(keep)), city })
    };
    let mut s = two_cards();
    s.as_officer(1);
    let (reason, about) = told(&s, &slip(2, None));
    assert_eq!(reason, Reason::OneCardRequired, "a clerk of Guangzhou keeps no card of Shenzhen");
    assert!(about.contains("广州"), "{about}");
    assert_eq!(s.refused(slip(2, Some("4403"))), Reason::OneCardRequired, "nor by saying so");
    assert_eq!(s.as_actor(Actor::System).refused(slip(2, Some("4401"))), Reason::OneCardRequired);
    s.as_officer(1).done(slip(1, None));
    s.done(C::CleanOneCard(one_card::Clean {}));
    assert!(s.old().stands() && !s.card(CardId(2)).stands());
    // Cleaned, it is given back; any bank's outlet or HR outlet takes it.
    s.done(C::TakeBack(TakeBack { card: CardId(2), reason: RecallReason::Cancelled, at: HR }));
    assert_eq!(
        s.refused(C::TakeBack(TakeBack { card: OLD, reason: RecallReason::Cancelled, at: HR })),
        Reason::WrongStage
    );
    assert_ne!(AWAY, HR);
}
