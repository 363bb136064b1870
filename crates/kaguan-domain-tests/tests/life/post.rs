//! 邮递上门: where a card is sent and at whose wish, and who signs for it, before a clerk or on the carrier's proof.

use crate::person::{HR, OLD, Scene, relative, shown};
use crate::stated;
use jiff::civil::date;
use kaguan_domain::alive::MarkDeath;
use kaguan_domain::application::Presented;
use kaguan_domain::application::printed::form_items;
use kaguan_domain::clause;
use kaguan_domain::collection::{
    AgreePost, ConfirmPost, Post, ReceiveReturned, TakeLabel, TrackPost, brought_back, waits_to_be_posted,
};
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::dispatch::{HolderCommand as C, Position, Stands, Turn, due};
use kaguan_domain::duty::Notify;
use kaguan_domain::facts::application::{AgentGround, AgentRelation, ExchangeReason, Register, Stage};
use kaguan_domain::facts::archive::MaterialKind;
use kaguan_domain::facts::card::{Hold, Social};
use kaguan_domain::facts::counter::{Collector, Deputy, KeptCopy, Shown};
use kaguan_domain::facts::custody::{Custody, PickUpCode, RecallReason};
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::form::{Delivery, FormDraft, Guardian};
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::letter::letters_of;
use kaguan_domain::facts::name::HolderName;
use kaguan_domain::facts::notice::NoticeKind;
use kaguan_domain::facts::post::{CarrierProof, Manner, Wish, WishedBy};
use kaguan_domain::facts::post_news::{PostNews, PostStep};
use kaguan_domain::ids::{ApplicationId, CaseId, MaterialId, PartnerId};
use kaguan_domain::recall::TakeBack;
use kaguan_domain::refusal::Reason;
use kaguan_domain::replacement::Replace;

fn to_his_mother() -> Delivery {
    Delivery {
        address: "梅州市梅江区1号".into(), recipient: "李母".into(), phone: "13800000000".into()
    }
}

fn post(told: bool, wish: Option<Box<Wish>>) -> C {
    C::Post(Post {
        carrier: None,
        card: OLD,
        outlet: HR,
        tracking: "EMS1".into(),
        code_digest: "right".into(),
        code: Some(PickUpCode("135790".into())),
        told_postage: told,
        told_code: told,
        wish,
    })
}

fn told(s: &Scene, command: &C) -> (Reason, String) {
    let refusal = s.decide(command).unwrap_err();
    (refusal.reason, refusal.about.unwrap_or_default())
}

/// Zhang San asked for the post on his form, and was told what is to be told.
fn asked_for() -> Scene {
    let mut s = Scene::uncollected();
    s.as_officer(1);
    s.file.applications[0].delivery = Some(to_his_mother());
    s.file.applications[0].post_agreed = Some(s.now);
    s
}

fn posted() -> Scene {
    let mut s = asked_for();
    s.done(post(false, None));
    s
}

fn proof(signer: &str) -> CarrierProof {
    CarrierProof {
        number: "妥投1".into(), signer: signer.into(), signed_on: date(2026, 11, 24), copy: None
    }
}

fn by_carrier(collector: Collector, proof: CarrierProof) -> C {
    C::ConfirmPost(ConfirmPost {
        card: OLD,
        code_digest: "right".into(),
        collector,
        verified: false,
        shown: None,
        signed: false,
        receipt_seen: false,
        proof: Some(Box::new(proof)),
    })
}

fn named(name: &str, relation: AgentRelation) -> Deputy {
    Deputy {
        name: name.into(),
        relation,
        document_number: String::new(),
        copies: Vec::new(),
        ..relative(AgentGround::Sick)
    }
}

#[test]
fn art_10_5_zhang_sans_card_goes_where_his_application_says_and_he_is_told_once() {
    clause!(R10.5);
    clause!(R14.4);
    let s = posted();
    assert!(matches!(s.old().custody, Custody::InPost { .. }));
    // Told in earlier days by nobody: it is still to be told.
    let mut s = asked_for();
    s.file.applications[0].post_agreed = None;
    assert_eq!(s.refused(post(false, None)), Reason::PostNotExplained);
    s.done(post(true, None));
    assert!(s.file.applications[0].post_agreed.is_some(), "and is recorded");
    // Without a code nobody could be told of it.
    let mut s = asked_for();
    let C::Post(without) = post(false, None) else { unreachable!() };
    assert_eq!(s.refused(C::Post(Post { code: None, ..without })), Reason::MaterialDefective);
    let events = s.events(&post(false, None));
    assert_eq!(events.iter().flat_map(|e| letters_of(&s.file, e)).count(), 1, "the notice of the postage");
}

#[test]
fn art_10_5_a_card_that_nobody_asked_to_be_posted_is_posted_at_its_holders_recorded_wish_alone() {
    clause!(R10.5);
    clause!(R14.5);
    let mut s = Scene::uncollected();
    s.as_officer(1);
    assert_eq!(s.refused(post(true, None)), Reason::PostNotAskedFor);
    let wish = |by| Some(Box::new(Wish { to: to_his_mother(), by }));
    let nobody = || WishedBy::AtCounter { verified: false, shown: None, deputy: None };
    let nowhere = Delivery { address: " ".into(), recipient: String::new(), phone: String::new() };
    let (reason, about) = told(&s, &post(true, Some(Box::new(Wish { to: nowhere, by: nobody() }))));
    assert_eq!(reason, Reason::MaterialDefective, "what is missing of the form comes first");
    for part in ["邮寄地址", "收件人姓名", "收件人联系方式", "身份证件原件", "证件种类和号码"]
    {
        assert!(about.contains(part), "{about}");
    }
    // Who says so is a matter of the post, and not of the form.
    let unheard = WishedBy::ByPhone { name: "张三".into(), relation: None, called_back: false };
    for (by, reason) in [(nobody(), Reason::DocumentsNotVerified), (unheard, Reason::MaterialDefective)] {
        let refusal = s.refusal(post(true, wish(by)));
        let sentence = refusal.sentence();
        assert_eq!(refusal.reason, reason, "{sentence}");
        assert!(sentence.contains("第14条") && !sentence.contains("第10条"), "{sentence}");
    }
    // A telephone that nobody can call is none; each thing is told by its own article.
    let uncalled = Delivery { phone: "1".into(), ..to_his_mother() };
    let asks = WishedBy::AtCounter { verified: true, shown: Some(shown()), deputy: None };
    let C::Post(whole) = post(false, Some(Box::new(Wish { to: uncalled, by: asks }))) else { unreachable!() };
    let refusal = s.refusal(C::Post(Post { tracking: String::new(), ..whole }));
    let about = refusal.about.clone().unwrap_or_default();
    for part in ["收件人联系方式不是有效的电话号码", "未登记邮件号", "邮费分担"] {
        assert!(about.contains(part), "{about}");
    }
    let sentence = refusal.sentence();
    assert!(sentence.contains("第14条") && sentence.contains("第10条"), "{sentence}");
    assert!(!sentence.contains("第8条"), "{sentence}");
    let other = Shown { number: "44010619600101001X".into(), ..shown() };
    let stranger = WishedBy::AtCounter { verified: true, shown: Some(other), deputy: None };
    assert!(told(&s, &post(true, wish(stranger))).1.contains("不符"));
    // By telephone the outlet calls the number on file, and the speaker is the holder or says what he is.
    let phone =
        |name: &str, relation, called_back| WishedBy::ByPhone { name: name.into(), relation, called_back };
    let (_, about) = told(&s, &post(true, wish(phone("李四", None, false))));
    assert!(about.contains("未回拨") && about.contains("不是持卡人"), "{about}");
    assert_eq!(s.refused(post(false, wish(phone("张三", None, true)))), Reason::PostNotExplained);
    let events = s.events(&post(true, wish(phone("张三", None, true))));
    let HolderEvent::PostAgreed { wish: Some(kept), .. } = &events[0] else { panic!("{events:?}") };
    assert!(kept.to == to_his_mother() && events[0].is_personal());
    assert!(!format!("{kept:?}").contains("李母"));
    // The son acts at the counter, and leaves a copy.
    let son = WishedBy::AtCounter {
        verified: true,
        shown: Some(shown()),
        deputy: Some(Box::new(relative(AgentGround::Sick))),
    };
    s.done(post(true, wish(son)));
    assert_eq!(s.file.applications[0].delivery, Some(to_his_mother()), "what was asked for last");
    assert_eq!(s.file.person.as_ref().unwrap().archive.len(), 2);
}

#[test]
fn art_10_5_the_address_is_changed_before_the_card_is_made() {
    clause!(R10.5);
    let mut s = asked_for();
    s.file.applications[0].stage = Stage::Received;
    let agree = |wish| {
        C::AgreePost(AgreePost { application: ApplicationId(1), told_postage: true, told_code: true, wish })
    };
    assert_eq!(s.refused(agree(None)), Reason::NothingToDo);
    s.done(agree(stated::wished_by_holder(shown())));
    assert_eq!(s.file.applications[0].delivery.as_ref().unwrap().recipient, "张三");
}

#[test]
fn art_14_2_whoever_signs_for_a_posted_card_before_a_clerk_is_identified_as_at_the_counter() {
    clause!(R14.2);
    clause!(R14.5);
    clause!(R14.1);
    let mut s = posted();
    let bare = ConfirmPost {
        verified: false,
        shown: None,
        signed: false,
        ..stated::posted_to_holder(OLD, "right", shown())
    };
    let (reason, about) = told(&s, &C::ConfirmPost(bare));
    assert_eq!(reason, Reason::CollectorNotVerified);
    for part in ["身份证件原件", "证件种类和号码", "签收台账"] {
        assert!(about.contains(part), "{about}");
    }
    let to = |deputy: Deputy| {
        C::ConfirmPost(ConfirmPost {
            collector: Collector::Deputy(Box::new(deputy)),
            ..stated::posted_to_holder(OLD, "right", shown())
        })
    };
    let uncopied = Deputy { copies: Vec::new(), ..relative(AgentGround::Sick) };
    assert!(told(&s, &to(uncopied)).1.contains("复印件"));
    s.done(to(relative(AgentGround::Sick)));
    assert!(s.old().in_force(), "the documents were seen");
    let signature = s.old().signature.clone().unwrap();
    assert_eq!(signature.deputy, Some(("张子".into(), AgentRelation::DirectRelative)));
    assert_eq!((signature.manner, signature.on), (Manner::Post, s.now.date()));
}

#[test]
fn art_14_2_the_carriers_proof_hands_a_card_over_and_enables_nothing() {
    clause!(R14.2);
    clause!(R14.5);
    clause!(R16.1);
    let mut s = posted();
    s.days_pass(2);
    let nothing =
        CarrierProof { number: " ".into(), signer: " ".into(), signed_on: date(2026, 11, 1), copy: None };
    let (_, about) = told(&s, &by_carrier(Collector::Holder, nothing));
    for part in ["凭证编号", "签收日期", "姓名"] {
        assert!(about.contains(part), "{about}");
    }
    let (_, about) = told(&s, &by_carrier(Collector::Holder, proof("王五")));
    assert!(about.contains("不是持卡人"), "{about}");
    let deputy = |d| Collector::Deputy(Box::new(d));
    // Somebody whom the holder has not named leaves a copy.
    let (_, about) = told(&s, &by_carrier(deputy(named("王五", AgentRelation::LawfulAgent)), proof("王五")));
    assert!(about.contains("复印件") && about.contains("证件号码"), "{about}");
    let (_, about) =
        told(&s, &by_carrier(deputy(named("李母", AgentRelation::DirectRelative)), proof("王五")));
    assert!(about.contains("签收人与所登记的代领人不符"), "{about}");
    let copy = KeptCopy { id: MaterialId(77), kind: MaterialKind::Receipt, digest: Some("ab".repeat(32)) };
    let kept = CarrierProof { copy: Some(copy), ..proof("李母") };
    s.done(by_carrier(deputy(named("李母", AgentRelation::DirectRelative)), kept));
    assert!(matches!(s.old().custody, Custody::WithHolder { .. }));
    assert_eq!(s.old().social, Social::NotEnabled, "nobody of ours has seen the holder's document");
    let signature = s.old().signature.clone().unwrap();
    assert_eq!((signature.on, signature.proof.unwrap().number), (date(2026, 11, 24), "妥投1".into()));
    assert_eq!(s.file.person.as_ref().unwrap().archive[0].kind, MaterialKind::Receipt);
    s.done(C::Enable(stated::enabled_by_holder(OLD, shown())));
    assert!(s.old().in_force());
    // The holder himself, on the day on which it was posted.
    let mut s = posted();
    let same_day = CarrierProof { signed_on: s.now.date(), ..proof("张三") };
    s.done(by_carrier(Collector::Holder, same_day));
}

#[test]
fn art_14_2_a_childs_posted_card_is_its_guardians_to_sign_for() {
    clause!(R14.2);
    clause!(R8.2);
    let mut s = posted();
    s.days_pass(1);
    let details = &mut s.file.person.as_mut().unwrap().details;
    details.birth_date = date(2017, 1, 1);
    let holder = C::ConfirmPost(stated::posted_to_holder(OLD, "right", shown()));
    assert_eq!(s.refused(holder), Reason::AgentNotAllowed);
    assert_eq!(s.refused(by_carrier(Collector::Holder, proof("张三"))), Reason::AgentNotAllowed);
    let mother = |relation| Collector::Deputy(Box::new(named("李母", relation)));
    assert_eq!(
        s.refused(by_carrier(mother(AgentRelation::DirectRelative), proof("李母"))),
        Reason::AgentNotAllowed
    );
    s.done(by_carrier(mother(AgentRelation::Guardian), proof("李母")));
}

#[test]
fn art_27_how_the_new_card_is_collected_is_chosen_with_each_replacement() {
    clause!(R10.5);
    clause!(R14.4);
    let mut s = Scene::with_card();
    // The first card was posted to his mother; that says nothing of the next one.
    s.file.person.as_mut().unwrap().details.delivery = Some(to_his_mother());
    let lost = || crate::exchange(ExchangeReason::Damaged { by_human: true });
    let C::Replace(replace) = lost() else { unreachable!() };
    let by_post = |postage_told| {
        let to = to_his_mother();
        let changes = FormDraft {
            delivery: "2".into(),
            mailing_address: to.address,
            recipient: to.recipient,
            recipient_phone: to.phone,
            ..FormDraft::default()
        };
        let presented = Presented { postage_told, ..stated::presented() };
        C::Replace(Box::new(Replace { changes: Box::new(changes), presented, ..*replace.clone() }))
    };
    let refusal = s.decide(&by_post(false)).unwrap_err();
    assert!(refusal.defects.iter().any(|d| d.code == "postage_not_told"), "{refusal:?}");
    assert!(s.may(&by_post(true)));
    let data = crate::exchange(ExchangeReason::DataChanged);
    assert_eq!(s.refused(data), Reason::NothingToDo, "no data have changed");
    s.done(lost());
    let application = s.file.applications.last().unwrap();
    assert_eq!((&application.delivery, application.post_agreed), (&None, None));
    let details = &s.file.person.as_ref().unwrap().details;
    let items = form_items(application, &s.file, details);
    assert!(items.contains(&("领取方式", "☑网点领取 □邮递上门".into())), "one of both was chosen: {items:?}");
}

#[test]
fn art_10_5_a_manner_of_collection_that_nobody_chose_is_left_to_be_ticked_on_the_form() {
    clause!(R10.5);
    clause!(X1.1);
    let mut s = Scene::uncollected();
    let printed = |s: &Scene| {
        let items = form_items(&s.file.applications[0], &s.file, &s.file.person.as_ref().unwrap().details);
        items.into_iter().find(|(title, _)| *title == "领取方式").unwrap().1
    };
    assert_eq!(printed(&s), "□网点领取 □邮递上门");
    s.file.applications[0].chose_outlet = true;
    assert_eq!(printed(&s), "☑网点领取 □邮递上门");
    // Whoever asks for the post afterwards does not come.
    s.file.applications[0].delivery = Some(to_his_mother());
    assert_eq!(printed(&s), "□网点领取 ☑邮递上门");
}

#[test]
fn art_10_5_a_card_that_is_kept_back_does_not_wait_to_be_posted() {
    clause!(R10.5);
    clause!(R32.2);
    let mut s = Scene::uncollected();
    s.file.applications[0].delivery = Some(to_his_mother());
    assert!(waits_to_be_posted(&s.file, s.old()));
    for hold in [Hold::DeathConfirmed, Hold::Restriction { case: CaseId(1) }] {
        s.file.cards[0].holds.insert(hold);
        assert!(!waits_to_be_posted(&s.file, s.old()), "{hold:?}");
        s.file.cards[0].holds.remove(&hold);
        assert!(waits_to_be_posted(&s.file, s.old()), "{hold:?} is over");
    }
    s.file.cards[0].holds.insert(Hold::SuspectedDeath);
    assert!(waits_to_be_posted(&s.file, s.old()), "one register alone stops nothing");
}

/// The letter in the hands of a carrier that has a computer here.
fn carried() -> Scene {
    let mut s = posted();
    if let Custody::InPost { carrier, .. } = &mut s.file.cards[0].custody {
        *carrier = Some("ems".into());
    }
    s.as_actor(carrier("ems"));
    s
}

fn carrier(code: &str) -> Actor {
    Actor::Partner(PartnerId::parse(&format!("post:{code}")).unwrap())
}

fn news(s: &Scene, step: PostStep, reason: Option<&str>) -> C {
    let news = PostNews { step, at: s.now, reason: reason.map(str::to_owned) };
    C::TrackPost(TrackPost { card: OLD, tracking: "EMS1".into(), news })
}

#[test]
fn art_14_1_a_carrier_says_how_far_its_own_letters_are_and_a_letter_on_its_way_back_is_still_the_posts() {
    clause!(R14.1);
    clause!(R32.1);
    let mut s = carried();
    let accepted = news(&s, PostStep::Accepted, None);
    assert_eq!(s.as_actor(carrier("sf")).refused(accepted.clone()), Reason::NotYourData);
    s.as_actor(carrier("ems")).done(accepted.clone());
    assert_eq!(s.refused(accepted), Reason::NothingToDo, "said again");
    let other = C::TrackPost(TrackPost {
        card: OLD,
        tracking: "EMS2".into(),
        news: PostNews { step: PostStep::Delivering, at: s.now, reason: None },
    });
    assert_eq!(s.refused(other), Reason::NotFound, "the number that stands on the letter");
    let tomorrow = Instant(s.now.0 + 86_400_000_000);
    let early = PostNews { step: PostStep::Returning, at: tomorrow, reason: Some(" ".into()) };
    let early = C::TrackPost(TrackPost { card: OLD, tracking: "EMS1".into(), news: early });
    let (reason, about) = told(&s, &early);
    assert_eq!(reason, Reason::MaterialDefective);
    assert!(about.contains("须写明原因") && about.contains("时间须在"), "all at once: {about}");
    let back = news(&s, PostStep::Returning, Some("收件人电话无法接通"));
    let events = s.events(&back);
    assert!(events[0].is_personal() && events[0].entries().is_empty(), "no card has moved in the books");
    s.done(back);
    assert_eq!(s.old().custody.is_returning(), Some("收件人电话无法接通"));
    // Only its outlet takes it in again.
    let reason = "收件人电话无法接通".into();
    let taken = C::ReceiveReturnedPost(ReceiveReturned { card: OLD, outlet: HR, reason });
    assert_eq!(s.refused(taken.clone()), Reason::NotPermitted);
    s.as_officer(1).done(taken);
    assert!(matches!(s.old().custody, Custody::AtOutlet { org } if org == HR));
    let late = news(&s, PostStep::Delivering, None);
    assert_eq!(s.as_actor(carrier("ems")).refused(late), Reason::WrongStage);
}

#[test]
fn art_14_5_a_carrier_signs_a_letter_over_with_its_proof_alone_and_is_told_no_more_than_the_label() {
    clause!(R14.1);
    clause!(R14.5);
    clause!(R10.5);
    let mut s = carried();
    let label = |tracking: &str| C::TakeLabel(TakeLabel { card: OLD, tracking: tracking.into() });
    assert_eq!(s.refused(label("EMS2")), Reason::NotFound);
    assert!(matches!(&s.events(&label("EMS1"))[..], [HolderEvent::LookedAt { .. }]), "a look with its line");
    assert_eq!(s.as_officer(1).refused(label("EMS1")), Reason::NotPermitted);
    let unproved = C::ConfirmPost(stated::posted_to_holder(OLD, "right", shown()));
    assert_eq!(s.as_actor(carrier("ems")).refused(unproved), Reason::MaterialDefective);
    let signed = CarrierProof { signed_on: s.now.date(), ..proof("张三") };
    let signed = by_carrier(Collector::Holder, signed);
    assert_eq!(s.as_actor(carrier("sf")).refused(signed.clone()), Reason::NotYourData);
    s.as_actor(carrier("ems")).done(signed);
    assert!(matches!(s.old().custody, Custody::WithHolder { .. }) && s.old().social == Social::NotEnabled);
}

#[test]
fn art_33_1_a_letter_to_the_dead_is_brought_back_and_signed_for_by_nobody() {
    clause!(R33.1);
    clause!(R32.2);
    clause!(R14.1);
    let mut s = posted();
    let sign = |code| C::ConfirmPost(stated::posted_to_holder(OLD, code, shown()));
    assert_eq!(s.refused(sign("wrong")), Reason::WrongPickUpCode);
    // A wrong or an empty code hides nothing of the rest.
    for (code, of_it) in [("wrong", "短信取件码不符"), ("", "未录入短信取件码")] {
        let unsigned = ConfirmPost { signed: false, ..stated::posted_to_holder(OLD, code, shown()) };
        let said = s.refusal(C::ConfirmPost(unsigned)).sentence();
        for part in [of_it, "尚未在签收台账上签字", "第14条"] {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert_eq!(said.contains("取件码不符"), !code.is_empty(), "{said}");
    }
    for source in [Register::PublicSecurity, Register::SocialSecurity] {
        s.as_system().done(C::MarkDeath(MarkDeath { source, number: None, evidence: None }));
    }
    s.as_officer(1);
    for code in ["wrong", "right"] {
        let refused = s.refusal(sign(code));
        assert_eq!(refused.reason, Reason::CardHeldBack, "{code}");
        let says = refused.sentence();
        for part in ["死亡已核实", "第33条", "请联系邮政企业退回，退回后办理邮件退回登记和回收", "恢复"]
        {
            assert!(says.contains(part), "{part}: {says}");
        }
    }
    let back = || C::TakeBack(TakeBack { card: OLD, reason: RecallReason::HolderDead, at: HR });
    let says = s.refusal(back()).sentence();
    assert!(says.contains("在邮递途中") && says.contains("请联系邮政企业退回"), "{says}");
    assert!(!says.contains("取件码"), "nobody waits for a dead man's signature: {says}");
    // Its outlet has ten working days as for any other card of the dead.
    let notify = C::Notify(Notify { card: OLD, kind: NoticeKind::HolderDead });
    assert!(due(&s.file, s.now).contains(&notify));
    s.as_system().done(notify);
    assert_eq!(s.old().recall_clock().map(|(kind, _)| kind), Some(NoticeKind::HolderDead));
    let stands = Stands::Recall(NoticeKind::HolderDead, Position::InPost);
    assert_eq!((stands.turn(), stands.next_act()), (Turn::Outlet, "追回邮件，邮件退回登记"));
    s.as_officer(1).done(C::ReceiveReturnedPost(ReceiveReturned {
        card: OLD,
        outlet: HR,
        reason: "收件人已故".into(),
    }));
    s.done(back());
    assert_eq!(s.old().recall_clock(), None);
}

#[test]
fn art_37_1_a_letter_with_a_restricted_card_comes_back_to_wait_at_its_outlet() {
    clause!(R37.1);
    clause!(R14.1);
    let mut s = posted();
    s.file.cards[0].holds.insert(Hold::Restriction { case: CaseId(1) });
    let says = s.refusal(C::ConfirmPost(stated::posted_to_holder(OLD, "wrong", shown()))).sentence();
    for part in ["限制", "第37条", "退回后办理邮件退回登记，由网点保管", "办理恢复"]
    {
        assert!(says.contains(part), "{part}: {says}");
    }
    assert!(!says.contains("回收"), "it is not taken back: {says}");
    assert_eq!(brought_back(s.old()).map(|way| says.contains(way)), Some(true));
}

#[test]
fn art_31_3_whoever_signs_with_the_code_before_a_clerk_shows_the_receipt_of_a_change_of_the_bank() {
    clause!(R31.3);
    clause!(R14.1);
    let (mut s, new) = crate::hand::changing();
    s.as_officer(1);
    let C::Post(sends) = post(true, stated::wished_by_holder(shown())) else { unreachable!() };
    s.done(C::Post(Post { card: new, ..sends }));
    let sign = |code: &str, receipt_seen| {
        C::ConfirmPost(ConfirmPost { receipt_seen, ..stated::posted_to_holder(new, code, shown()) })
    };
    let refused = s.refusal(sign("right", false));
    assert_eq!(refused.reason, Reason::MaterialDefective);
    let said = refused.sentence();
    assert!(said.contains("受理回执") && said.contains("第31条"), "{said}");
    // Beside a wrong code, and whatever else is missing.
    let C::ConfirmPost(bare) = sign("wrong", false) else { unreachable!() };
    let said = s.refusal(C::ConfirmPost(ConfirmPost { signed: false, ..bare })).sentence();
    for part in ["取件码不符", "签收台账", "受理回执", "第31条"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let recorded = |e: &HolderEvent| matches!(e, HolderEvent::HandedOver { receipt_seen: true, .. });
    assert!(s.events(&sign("right", true)).iter().any(recorded));
    // The carrier's man is no clerk, and what he gives out works once one has seen the holder.
    let C::ConfirmPost(carried) =
        by_carrier(Collector::Holder, CarrierProof { signed_on: s.now.date(), ..proof("张三") })
    else {
        unreachable!()
    };
    s.done(C::ConfirmPost(ConfirmPost { card: new, ..carried }));
    assert_eq!(s.card(new).social, Social::NotEnabled);
    // Of any other card none is asked for.
    let s = posted();
    let plain = ConfirmPost { receipt_seen: false, ..stated::posted_to_holder(OLD, "right", shown()) };
    assert!(s.may(&C::ConfirmPost(plain)));
}

#[test]
fn art_8_1_3_who_is_said_to_be_the_guardian_is_compared_with_the_file_on_the_telephone_and_on_a_proof() {
    clause!(R8.2);
    clause!(R14.5);
    let of_nine = |s: &mut Scene| {
        let details = &mut s.file.person.as_mut().unwrap().details;
        details.birth_date = date(2017, 1, 1);
        details.guardian = Some(Guardian {
            name: HolderName::parse("李父").unwrap(),
            document_kind: DocumentKind::IdentityCard,
            document_number: crate::applying::number("44010619850505001"),
        });
    };
    // On the telephone.
    let mut s = Scene::uncollected();
    s.as_officer(1);
    of_nine(&mut s);
    let wish = |name: &str| {
        let relation = Some(AgentRelation::Guardian);
        let by = WishedBy::ByPhone { name: name.into(), relation, called_back: true };
        post(true, Some(Box::new(Wish { to: to_his_mother(), by })))
    };
    let refused = s.refusal(wish("王五"));
    assert_eq!(refused.reason, Reason::AgentNotAllowed);
    let said = refused.sentence();
    assert!(said.contains("通话人不是档案登记的监护人") && said.contains("到网点提出"), "{said}");
    // The child itself does not speak for it, and is told whom to call.
    let to = to_his_mother();
    let by = WishedBy::ByPhone { name: "张三".into(), relation: None, called_back: true };
    let said = s.refusal(post(true, Some(Box::new(Wish { to, by })))).sentence();
    assert!(said.contains("通话人须为其监护人") && said.contains("档案登记的监护人提出"), "{said}");
    assert!(!said.contains("须由监护人办理"), "no deputy is meant: {said}");
    s.done(wish("李父"));
    // On the carrier's proof: by the name, by the number if one is stated, and not of whose proof of guardianship was seen.
    let mut s = posted();
    s.days_pass(1);
    of_nine(&mut s);
    let by = |deputy: Deputy| {
        let signed = proof(&deputy.name);
        by_carrier(Collector::Deputy(Box::new(deputy)), signed)
    };
    // 李母 is whom the parcel was addressed to: that makes nobody a guardian.
    let mother = || named("李母", AgentRelation::Guardian);
    let refused = s.refusal(by(mother()));
    assert_eq!(refused.reason, Reason::AgentNotAllowed);
    assert!(refused.sentence().contains("签收人不是档案登记的监护人"), "{}", refused.sentence());
    let (_, about) = told(&s, &by(Deputy { other_guardian: true, ..mother() }));
    assert!(about.contains("证件号码") && about.contains("复印件"), "he is identified: {about}");
    let whole =
        Deputy { name: "李母".into(), relation: AgentRelation::Guardian, ..relative(AgentGround::Minor) };
    assert!(s.may(&by(Deputy { other_guardian: true, ..whole.clone() })));
    let father = Deputy { name: "李父".into(), ..whole };
    assert!(told(&s, &by(father.clone())).1.contains("不是档案登记的监护人"), "another number");
    assert!(s.may(&by(Deputy { document_number: crate::applying::number("44010619850505001"), ..father })));
    // Whoever the file names no guardian of is as before.
    s.file.person.as_mut().unwrap().details.guardian = None;
    assert!(s.may(&by(mother())));
}
