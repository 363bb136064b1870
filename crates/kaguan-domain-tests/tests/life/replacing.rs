//! A card in place of another, and by whom and where it is asked for (Articles 8, 27 and 31).

use crate::person::{AWAY, HR, NEW_BANK, OLD, Scene, TODAY, checks, draft, relative, shown};
use crate::stated;
use kaguan_domain::application::Presented;
use kaguan_domain::application::form::{Circumstances, Door, judge};
use kaguan_domain::clause;
use kaguan_domain::collection::HandOver;
use kaguan_domain::ctx::Instant;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::application::{
    Agent, AgentGround, AgentRelation, CheckResult, Consent, ExchangeReason, PhotoSource, Purpose, Register,
    RegisterCheck, Stage,
};
use kaguan_domain::facts::archive::{Enclosed, MaterialKind};
use kaguan_domain::facts::card::Hold;
use kaguan_domain::facts::counter::{Collector, Shown};
use kaguan_domain::facts::custody::{Custody, Party};
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::form::{Field, FormDraft};
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::institution::InstitutionEvent;
use kaguan_domain::facts::name::HolderName;
use kaguan_domain::facts::person::PhotoRef;
use kaguan_domain::facts::social_security_number::check_character;
use kaguan_domain::holder::CorrectCollectAt;
use kaguan_domain::ids::{ApplicationId, BankCode, CityCode, MaterialId, OrgId};
use kaguan_domain::instant::Mark;
use kaguan_domain::loss::ReportFormal;
use kaguan_domain::permission::Verb;
use kaguan_domain::records::{business_of, ends_with_receipt, takes_a_form};
use kaguan_domain::refusal::Reason;
use kaguan_domain::replacement::bank_change::{
    Approve, CallOff, CarryOut, LAPSES_AFTER_DAYS, Reserve, handed_over_by_a_clerk, lapses_on,
};
use kaguan_domain::replacement::{MakeAgain, Replace, Withdraw};

const OLD_BANK: OrgId = OrgId(4);

fn replace(purpose: Purpose) -> Replace {
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
        presented: stated::presented_by_agent(),
        proof: None,
    }
}

#[test]
fn art_27_2_how_the_new_card_is_collected_is_chosen_at_every_replacement() {
    clause!(R27.1);
    clause!(R27.2);
    let mut s = Scene::with_card();
    let unchosen = |purpose| Replace { changes: Box::default(), ..replace(purpose) };
    let damaged = Purpose::Exchange { old: OLD, reason: ExchangeReason::Damaged { by_human: true } };
    let refused = s.refusal(C::Replace(Box::new(unchosen(damaged.clone()))));
    let fields: Vec<_> = refused.defects.iter().map(|d| (d.field, d.code)).collect();
    assert_eq!(fields, [(Field::Delivery, "missing")]);
    assert!(refused.defects[0].message.contains("第27条"), "{refused:?}");
    // An address without the choice is told once, with a form that cannot be read too.
    let mut half = unchosen(damaged.clone());
    half.changes.mailing_address = "广州市天河路1号".into();
    let refused = s.refusal(C::Replace(Box::new(half)));
    assert_eq!(refused.defects.iter().filter(|d| d.field == Field::Delivery).count(), 1, "{refused:?}");
    s.done(C::Replace(Box::new(replace(damaged))));
}

#[test]
fn art_31_2_how_the_new_banks_card_is_collected_is_chosen_too() {
    clause!(R31.1);
    let mut s = Scene::with_card();
    s.done(C::ReserveBankChange(Reserve { card: OLD, to: BankCode("95533".into()) }));
    s.done(C::ApproveBankChange(Approve { refused: None }));
    let there =
        Replace { outlet: NEW_BANK, collect_at: NEW_BANK, ..replace(Purpose::BankChange { old: OLD }) };
    let carry_out =
        |replace| C::CarryOutBankChange(Box::new(stated::carried_out_by_holder(replace, shown())));
    let refused = s.refusal(carry_out(Replace { changes: Box::default(), ..there.clone() }));
    let told = refused.defects.iter().find(|d| d.field == Field::Delivery).unwrap();
    assert!(told.message.contains("第31条"), "{told:?}");
    s.done(carry_out(there));
}

/// A child of eleven with a card, whose file names the father.
fn child() -> Scene {
    let mut s = Scene::with_card();
    let body = "44010620150101001";
    let check = char::from(check_character(body.as_bytes()).unwrap());
    let of_eleven = FormDraft {
        document_kind: "2".into(),
        document_number: format!("{body}{check}"),
        birth_date: "20150101".into(),
        guardian_name: "张父".into(),
        guardian_document_kind: "1".into(),
        guardian_document_number: "440106199001010013".into(),
        ..draft()
    };
    let judged = judge(&of_eleven, &Circumstances::new(TODAY, Door::Personal));
    s.file.person.as_mut().unwrap().details = judged.form.unwrap();
    s
}

/// The mother, who is not on file.
fn mother() -> Agent {
    Agent {
        name: "李母".into(),
        document_kind: DocumentKind::IdentityCard,
        document_number: "11010519491231002X".into(),
        phone: "13800138000".into(),
        relation: AgentRelation::Guardian,
        ground: AgentGround::Minor,
        proof: Some("户口簿，柜1-1".into()),
        verified: true,
    }
}

fn guardian_signed() -> Option<Consent> {
    Some(Consent { text_version: "2022".into(), by_guardian: true })
}

/// The old bank has agreed.
fn approved(mut s: Scene) -> Scene {
    s.as_officer(5).done(C::ReserveBankChange(Reserve { card: OLD, to: BankCode("95533".into()) }));
    s.as_officer(2).done(C::ApproveBankChange(Approve { refused: None }));
    s.as_officer(5);
    s
}

fn change(with: impl FnOnce(&mut CarryOut)) -> C {
    let replace =
        Replace { outlet: NEW_BANK, collect_at: NEW_BANK, ..replace(Purpose::BankChange { old: OLD }) };
    let mut carry_out = stated::carried_out_by_holder(replace, shown());
    with(&mut carry_out);
    C::CarryOutBankChange(Box::new(carry_out))
}

#[test]
fn art_27_5_a_card_is_collected_at_the_labour_departments_or_its_own_banks_outlet_of_its_city() {
    clause!(R27.5);
    clause!(X7.1);
    let mut s = Scene::with_card();
    s.done(C::ReportFormalLoss(ReportFormal { card: OLD, verified: true, deputy: None }));
    let reissue =
        |collect_at| C::Replace(Box::new(Replace { collect_at, ..replace(Purpose::Reissue { old: OLD }) }));
    for elsewhere in [AWAY, NEW_BANK, OrgId(2), OrgId(-1)] {
        let refusal = s.refusal(reissue(elsewhere));
        assert_eq!(refusal.reason, Reason::MaterialDefective, "{elsewhere:?}");
        assert_eq!(refusal.defects.iter().map(|d| d.field).collect::<Vec<_>>(), [Field::CollectAt]);
        assert!(refusal.defects[0].message.contains("工商银行"), "{}", refusal.defects[0].message);
    }
    assert!(s.may(&reissue(OLD_BANK)) && s.may(&reissue(HR)));
    let stopped = InstitutionEvent::OrganisationStopped { org: OLD_BANK, at: s.now, reason: "撤并".into() };
    s.office.apply(&stopped);
    assert_eq!(s.refused(reissue(OLD_BANK)), Reason::MaterialDefective, "it works no more");
    s.done(reissue(HR));
}

#[test]
fn art_31_3_the_new_card_is_collected_in_the_city_of_the_old_one_at_an_outlet_of_the_new_bank_alone() {
    clause!(R31.1);
    clause!(R31.3);
    clause!(R27.5);
    let mut s = approved(Scene::with_card());
    let at = |collect_at| change(|c| c.replace.collect_at = collect_at);
    for elsewhere in [AWAY, OLD_BANK, HR, OrgId(-1)] {
        let refusal = s.refusal(at(elsewhere));
        assert_eq!(refusal.defects.iter().map(|d| d.field).collect::<Vec<_>>(), [Field::CollectAt]);
        let told = &refusal.defects[0].message;
        assert!(told.contains("建设银行") && told.contains("第31条") && !told.contains("人社"), "{told}");
    }
    s.done(at(NEW_BANK));
    assert_eq!(s.file.applications[1].collect_at, NEW_BANK);
    // Nor is it put right to another, and one that was taken with another before is put right to it.
    let correct = |collect_at| {
        C::CorrectCollectAt(CorrectCollectAt { application: ApplicationId(2), collect_at, verified: true })
    };
    let refusal = s.refusal(correct(HR));
    assert_eq!(refusal.defects.iter().map(|d| d.field).collect::<Vec<_>>(), [Field::CollectAt]);
    assert!(refusal.defects[0].message.contains("第31条"), "{}", refusal.defects[0].message);
    s.file.applications[1].collect_at = HR;
    s.done(correct(NEW_BANK));
}

#[test]
fn art_31_3_whoever_hands_the_new_card_over_has_looked_at_the_receipt_whoever_comes_for_it() {
    clause!(R31.3);
    clause!(R14.5);
    clause!(R8.5);
    let (mut s, new) = crate::hand::changing();
    s.as_officer(1);
    let with = |receipt_seen| HandOver { receipt_seen, ..stated::handed_to_holder(new, HR, shown()) };
    let refused = s.refusal(C::HandOver(with(false)));
    assert_eq!(refused.reason, Reason::MaterialDefective);
    let said = refused.sentence();
    assert!(said.contains("受理回执") && said.contains("补打") && said.contains("第31条"), "{said}");
    assert!(!said.contains("第14条") && !said.contains("第16条"), "{said}");
    // Beside whatever else is missing.
    let bare = HandOver { verified: false, signed: false, shown: None, ..with(false) };
    let refused = s.refusal(C::HandOver(bare));
    assert_eq!(refused.reason, Reason::CollectorNotVerified);
    let said = refused.sentence();
    for part in ["签收台账", "受理回执", "第14条", "第31条"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    // Somebody who collects for the holder brings it too.
    let deputy = |seen| {
        let son = Box::new(relative(AgentGround::Sick));
        C::HandOver(HandOver { collector: Collector::Deputy(son), ..with(seen) })
    };
    assert!(s.refusal(deputy(false)).sentence().contains("受理回执"));
    assert!(s.may(&deputy(true)));
    let events = s.events(&C::HandOver(with(true)));
    let recorded = |e: &HolderEvent| matches!(e, HolderEvent::HandedOver { receipt_seen: true, .. });
    assert!(events.iter().any(recorded), "{events:?}");
    // Of any other card none is asked for, and none is recorded.
    let mut s = Scene::uncollected();
    s.as_officer(1);
    let plain = HandOver { receipt_seen: false, ..stated::handed_to_holder(OLD, HR, shown()) };
    assert!(s.may(&C::HandOver(plain)));
    let events = s.events(&C::HandOver(stated::handed_to_holder(OLD, HR, shown())));
    assert!(!serde_json::to_string(&events).unwrap().contains("receipt_seen"));
}

#[test]
fn art_31_1_the_bank_that_took_a_wish_sees_what_was_not_agreed_to_until_another_is_taken() {
    clause!(R31.1);
    let reserve = || C::ReserveBankChange(Reserve { card: OLD, to: BankCode("95533".into()) });
    let failed = |s: &Scene| s.file.failed_change().map(|(ended, card)| (ended.line(), card.id));
    let mut s = Scene::with_card();
    s.as_officer(5).done(reserve());
    let lapses = lapses_on(s.file.bank_change().unwrap());
    assert_eq!((lapses - s.now.date()).get_days(), 30);
    let taken = s.file.bank_change().unwrap().taken_at.clone().unwrap();
    assert_eq!((taken.org, taken.city.as_str()), (NEW_BANK, "4401"), "it goes on with it");
    assert_eq!(failed(&s), None, "it waits");
    s.as_officer(2).done(C::ApproveBankChange(Approve { refused: Some("有未结清贷款".into()) }));
    let (line, card) = failed(&s).unwrap();
    assert!(line.contains("不同意") && line.contains("有未结清贷款") && card == OLD, "{line}");
    assert_eq!(s.file.failed_change().unwrap().0.taken_at.as_ref(), Some(&taken));
    // Taken anew it waits again; called off, nobody has to be told.
    s.as_officer(5).done(reserve());
    assert_eq!(failed(&s), None);
    s.done(C::CallOffBankChange(CallOff { lapsed: false }));
    assert_eq!(failed(&s), None);
    s.done(reserve());
    s.as_system().now = Instant(s.now.0 + LAPSES_AFTER_DAYS * 86_400_000_000);
    s.done(C::CallOffBankChange(CallOff { lapsed: true }));
    // Who did not answer is said, and with whom it is taken up.
    assert!(failed(&s).unwrap().0.contains("原服务银行三十天内没有审核"), "{:?}", failed(&s));
    let next = |s: &Scene| s.file.failed_change().unwrap().0.next();
    assert!(next(&s).contains("与原服务银行核实未审核的原因"), "{}", next(&s));
    s.as_officer(5).done(reserve());
    s.as_officer(2).done(C::ApproveBankChange(Approve { refused: None }));
    s.as_system().now = Instant(s.now.0 + LAPSES_AFTER_DAYS * 86_400_000_000);
    s.done(C::CallOffBankChange(CallOff { lapsed: true }));
    let line = failed(&s).unwrap().0;
    assert!(line.contains("三十天内没有办理") && !line.contains("审核"), "{line}");
    assert!(!next(&s).contains("原因消除"), "{}", next(&s));
    // What came online no outlet took.
    s.as_system().done(reserve());
    assert_eq!(s.file.bank_change().unwrap().taken_at, None);
    s.done(C::ApproveBankChange(Approve { refused: Some("有未结清贷款".into()) }));
    assert!(failed(&s).is_some());
    // Whose card is in use no more has nothing to change.
    s.file.cards[0].holds.insert(Hold::OneCardCleanUp);
    assert_eq!(failed(&s), None);
}

#[test]
fn art_31_3_no_other_counter_and_no_machine_makes_the_new_banks_card() {
    clause!(R31.3);
    clause!(R36.2);
    let mut s = approved(Scene::with_card());
    s.done(change(|_| {}));
    let mark = |outlet| C::MarkInstant(Mark { application: ApplicationId(2), outlet, marked: true });
    let refusal = s.as_officer(1).refusal(mark(HR));
    assert_eq!(refusal.reason, Reason::OutOfScope);
    let said = refusal.sentence();
    assert!(said.contains("建设银行") && said.contains("第31条"), "{said}");
    s.as_officer(5).done(mark(NEW_BANK));
    let told = handed_over_by_a_clerk(&s.file.applications[1]).unwrap_err();
    assert!(told.sentence().contains("第31条"), "{}", told.sentence());
    assert!(handed_over_by_a_clerk(&s.file.applications[0]).is_ok());
}

#[test]
fn art_31_3_a_new_card_that_got_lost_before_it_was_handed_over_is_made_again_for_the_new_bank() {
    clause!(R31.3);
    clause!(R12.1);
    let (mut s, new) = crate::hand::changing();
    let missing = Custody::Missing { since: s.now, from: Party::Org(HR), said: None };
    s.file.cards.iter_mut().find(|c| c.id == new).unwrap().custody = missing;
    let again = |collect_at| {
        let form_no = "44010000003".into();
        C::MakeAgain(MakeAgain { id: ApplicationId(3), card: new, form_no, outlet: HR, collect_at })
    };
    let refusal = s.as_officer(1).refusal(again(HR));
    assert_eq!(refusal.reason, Reason::NotFound);
    let said = refusal.sentence();
    assert!(said.contains("建设银行") && said.contains("第31条") && !said.contains("人社网点"), "{said}");
    assert!(s.may(&again(NEW_BANK)));
}

#[test]
fn art_31_1_whose_card_was_made_without_a_photo_brings_one_when_the_bank_is_changed() {
    clause!(R31.1);
    clause!(R10.3);
    clause!(R34.1);
    let mut s = Scene::with_card();
    // Made before the seventh birthday, for instance; and the name's image is on file no more.
    let person = s.file.person.as_mut().unwrap();
    (person.photo, person.details.photo_receipt) = (None, None);
    person.details.name = HolderName::parse("张[CHUI]").unwrap();
    let mut s = approved(s);
    let missing = s.refusal(change(|_| {}));
    let fields: Vec<_> = missing.defects.iter().map(|d| d.field).collect();
    assert_eq!(fields, [Field::Photo, Field::DocumentImage], "{missing:?}");
    let now = s.now;
    let judged = |source| RegisterCheck::photo(source, now, CheckResult::Passed);
    let image = || Enclosed { id: MaterialId(5), kind: MaterialKind::Identity, digest: "ab".repeat(32) };
    let by_receipt = change(|c| {
        c.replace.changes.photo_receipt = "XP1".into();
        c.replace.checks.push(judged(Register::PhotoPlatform));
        c.replace.presented.materials.push(image());
    });
    assert!(s.may(&by_receipt), "its number in place of the photo");
    s.done(change(|c| {
        c.replace.photo = Some(PhotoRef("p".into()));
        c.replace.checks.push(judged(Register::System));
        c.replace.presented.materials.push(image());
    }));
    assert_eq!(s.file.applications[1].photo_from, Some(PhotoSource::File));
}

#[test]
fn art_31_2_the_way_of_collecting_that_is_chosen_is_that_of_the_new_card() {
    clause!(R31.1);
    clause!(R10.5);
    let mut s = approved(Scene::with_card());
    s.done(change(|c| {
        for (field, text) in [
            (Field::Delivery, "2"),
            (Field::MailingAddress, "广州市天河区体育东路1号"),
            (Field::Recipient, "张三"),
            (Field::RecipientPhone, "13900000000"),
        ] {
            c.replace.changes.set(field, text);
        }
        c.replace.presented.postage_told = true;
    }));
    assert!(s.file.applications[1].delivery.is_some());
}

#[test]
fn art_8_5_whoever_carries_a_change_out_is_told_all_that_is_missing_at_once() {
    clause!(R8.5);
    clause!(R31.2);
    let mut s = approved(child());
    let bare = change(|c| {
        (c.verified, c.shown, c.risks_acknowledged) = (false, None, false);
        (c.replace.consent, c.replace.presented) = (None, Presented::default());
        c.replace.collect_at = AWAY;
    });
    let refusal = s.refusal(bare);
    assert_eq!(refusal.reason, Reason::MaterialDefective);
    let told: Vec<_> = refusal.defects.iter().map(|d| d.field).collect();
    for field in [Field::OwnDocument, Field::Risks, Field::Consent, Field::Agent, Field::CollectAt] {
        assert_eq!(told.iter().filter(|f| **f == field).count(), 1, "{field:?}: {told:?}");
    }
    // A form that cannot be read is told with the rest.
    let unread = change(|c| {
        c.risks_acknowledged = false;
        c.replace.form_no = String::new();
    });
    let told: Vec<_> = s.as_officer(5).refusal(unread).defects.iter().map(|d| d.field).collect();
    for field in [Field::FormNo, Field::Risks, Field::Consent, Field::Agent] {
        assert!(told.contains(&field), "{field:?}: {told:?}");
    }
}

#[test]
fn art_31_3_a_guardian_changes_the_bank_of_a_child_and_is_the_guardian_on_file_from_then_on() {
    clause!(R31.1);
    clause!(R8.2);
    let mut s = approved(child());
    let document = Shown::on_file(&s.file.person.as_ref().unwrap().details);
    let by = |agent: Option<Agent>, consent| {
        let document = document.clone();
        change(|c| {
            c.shown = Some(document);
            (c.replace.agent, c.replace.consent) = (agent, consent);
        })
    };
    let alone = s.refusal(by(None, guardian_signed()));
    assert_eq!(alone.reason, Reason::AgentNotAllowed, "{}", alone.sentence());
    let aunt = Agent { relation: AgentRelation::DirectRelative, ground: AgentGround::Sick, ..mother() };
    assert_eq!(s.refused(by(Some(aunt), guardian_signed())), Reason::AgentNotAllowed);
    assert_eq!(s.refused(by(Some(mother()), replace(Purpose::First).consent)), Reason::ConsentMissing);
    let unproved = Agent { proof: None, ..mother() };
    assert_eq!(s.refused(by(Some(unproved), guardian_signed())), Reason::MaterialDefective);
    s.done(by(Some(mother()), guardian_signed()));
    assert!(s.old().holds.contains(&Hold::BankChange));
    assert_eq!(s.file.applications[1].agent, Some(mother()));
    let guardian = s.file.person.as_ref().unwrap().details.guardian.clone().unwrap();
    assert_eq!((guardian.name.display(), &*guardian.document_number), ("李母", "11010519491231002X"));
}

#[test]
fn art_8_3_a_relative_changes_the_bank_of_the_sick_and_no_guardian_is_made_of_him() {
    clause!(R31.1);
    clause!(R8.2);
    let mut s = approved(Scene::with_card());
    let son = Agent { relation: AgentRelation::DirectRelative, ground: AgentGround::Sick, ..mother() };
    s.done(change(|c| c.replace.agent = Some(son)));
    assert!(s.file.person.as_ref().unwrap().details.guardian.is_none());
}

#[test]
fn art_8_2_the_other_parent_exchanges_a_childs_card_and_a_guardian_who_cannot_be_read_is_not_kept() {
    clause!(R8.2);
    clause!(R27.2);
    let mut s = child();
    let damaged = Purpose::Exchange { old: OLD, reason: ExchangeReason::Damaged { by_human: true } };
    let by = |agent: Agent| {
        let (agent, consent) = (Some(agent), guardian_signed());
        C::Replace(Box::new(Replace { agent, consent, ..replace(damaged.clone()) }))
    };
    let refusal = s.refusal(by(Agent { document_number: "1".into(), ..mother() }));
    assert!(refusal.defects.iter().all(|d| d.field == Field::Agent), "{:?}", refusal.defects);
    s.done(by(mother()));
    let guardian = s.file.person.as_ref().unwrap().details.guardian.clone().unwrap();
    assert_eq!(guardian.name.display(), "李母");
    // An adult without capacity has a guardian too.
    let mut s = Scene::with_card();
    s.done(by(Agent { ground: AgentGround::Incapable, ..mother() }));
    assert!(s.file.person.as_ref().unwrap().details.guardian.is_some());
}

#[test]
fn art_31_1_while_a_change_is_only_reserved_nobody_is_told_of_an_application() {
    clause!(R31.1);
    let mut s = Scene::with_card();
    let reserve = || C::ReserveBankChange(Reserve { card: OLD, to: BankCode("95533".into()) });
    s.as_officer(5).done(reserve());
    let damaged = Purpose::Exchange { old: OLD, reason: ExchangeReason::Damaged { by_human: true } };
    for asked in [reserve(), C::Replace(Box::new(replace(damaged)))] {
        let refusal = s.as_system().refusal(asked);
        assert_eq!(refusal.reason, Reason::BankChangeOrder);
        let says = refusal.sentence();
        assert!(says.contains("待原服务银行审核") && says.contains("撤销预约"), "{says}");
        assert!(!says.contains("制卡进度"), "{says}");
    }
    let mut s = approved(Scene::with_card());
    assert!(s.refusal(reserve()).sentence().contains("待新服务银行现场办理"));
    // Carried out, it is withdrawn with its application, and the old card is unlocked.
    s.done(change(|_| {}));
    let off = s.refusal(C::CallOffBankChange(CallOff { lapsed: false }));
    assert!(off.sentence().contains("撤销补换卡"), "{}", off.sentence());
    s.done(C::Withdraw(Withdraw { application: ApplicationId(2) }));
    assert!(matches!(s.file.applications[1].stage, Stage::Withdrawn { .. }));
    assert!(!s.old().holds.contains(&Hold::BankChange));
}

#[test]
fn art_19_a_form_that_was_taken_in_has_the_receipt_of_its_number() {
    clause!(R8.4);
    clause!(R19.2);
    for verb in [Verb::Apply, Verb::Replace, Verb::MakeAgain, Verb::CarryOutBankChange] {
        assert!(takes_a_form(verb.code()) && ends_with_receipt(verb.code()), "{verb:?}");
        assert_eq!(business_of(verb.code()), None, "{verb:?}");
    }
    for verb in [Verb::WithdrawReplacement, Verb::Cancel] {
        assert!(!takes_a_form(verb.code()) && ends_with_receipt(verb.code()), "{verb:?}");
    }
    for verb in [Verb::LookAtHolder, Verb::ConfirmBatch] {
        assert!(!ends_with_receipt(verb.code()), "{verb:?}");
    }
}

#[test]
fn art_27_5_the_city_of_an_outlet_counts_and_not_only_its_bank() {
    clause!(R27.5);
    let s = Scene::with_card();
    let city = CityCode("4401".into());
    let may = |org, bank: &str| {
        let (outlet, bank) = (s.office.org(org).unwrap(), BankCode(bank.into()));
        kaguan_domain::replacement::collects(outlet, &city, &bank, &s.office)
    };
    assert!(may(HR, "95588") && may(OLD_BANK, "95588") && may(NEW_BANK, "95533"));
    assert!(!may(OLD_BANK, "95533") && !may(AWAY, "95588") && !may(OrgId(2), "95588"));
}
