//! What a screen, a row and a log call things: two things are never called the same, and a log names nobody.

use crate::person::{HR, OLD, Scene, TODAY, draft, relative, shown};
use jiff::civil::date;
use kaguan_domain::account_opening::Extracted;
use kaguan_domain::application::OutletFault;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Channel, Instant};
use kaguan_domain::dispatch::Turn;
use kaguan_domain::distribution::RecordMissing;
use kaguan_domain::facts::account::AccountNumber;
use kaguan_domain::facts::application::{
    Agent, AgentGround, AgentRelation, CheckItem, CheckResult, PhotoSource, Register, RegisterCheck,
};
use kaguan_domain::facts::archive::MaterialKind;
use kaguan_domain::facts::batch::{BatchState, Missing};
use kaguan_domain::facts::blank::BlankState;
use kaguan_domain::facts::blank_order::Step;
use kaguan_domain::facts::cancellation::CancelReason;
use kaguan_domain::facts::card::{BalanceSource, ECard, Hold};
use kaguan_domain::facts::claim::{Claim, ClaimKind};
use kaguan_domain::facts::clock::{ClockKind, Standing};
use kaguan_domain::facts::counter::{Attendance, Collector};
use kaguan_domain::facts::custody::{Disappearance, Party, PickUpCode, RecallReason};
use kaguan_domain::facts::document::{Document, DocumentKind};
use kaguan_domain::facts::form::{Delivery, PersonCategory};
use kaguan_domain::facts::identity::{HowKnown, Identifier, NumberEnd};
use kaguan_domain::facts::institution::{OrgKind, Role, Task};
use kaguan_domain::facts::intent::IntentKind;
use kaguan_domain::facts::join::JoinState;
use kaguan_domain::facts::letter::{Addressee, Letter, LetterKind, ShortMessage};
use kaguan_domain::facts::lookup::LookedUp;
use kaguan_domain::facts::notice::{Notice, NoticeKind};
use kaguan_domain::facts::officer::{ChangeState, OfficerChange};
use kaguan_domain::facts::policy::{CountyLevel, LocalPolicy, ProposalState, VendorWay};
use kaguan_domain::facts::post::{CarrierProof, Manner, Signature, WishedBy};
use kaguan_domain::facts::receipt::BusinessReceipt;
use kaguan_domain::facts::trace::{Trace, TraceKind};
use kaguan_domain::facts::unit::UnitKind;
use kaguan_domain::ids::{BankCode, BlankId, BlankOrderId, CaseId, HolderId, PartnerId, PartnerKind};
use kaguan_domain::loss::OnlineIdentity;
use kaguan_domain::refusal::{Candidate, Reason, Refusal};
use std::collections::HashSet;

fn apart(words: &[&str]) {
    let different: HashSet<_> = words.iter().collect();
    assert_eq!(different.len(), words.len(), "two of {words:?} are one");
    assert!(words.iter().all(|w| !w.is_empty()), "one of {words:?} says nothing");
}

fn all<T: Copy>(things: &[T], word: impl Fn(T) -> &'static str) {
    apart(&things.iter().map(|t| word(*t)).collect::<Vec<_>>());
}

#[test]
fn two_things_are_never_called_the_same_on_a_screen() {
    all(ClaimKind::ALL, ClaimKind::name);
    all(&ClockKind::ALL, ClockKind::name);
    all(&CancelReason::ALL, CancelReason::name);
    all(&RecallReason::ALL, RecallReason::name);
    all(&Role::ALL, Role::name);
    all(&Task::ALL, Task::name);
    all(&PartnerKind::ALL, PartnerKind::name);
    all(&MaterialKind::ALL, MaterialKind::name);
    use Register::{PhotoPlatform, PublicSecurity, SocialSecurity, System};
    all(&[PublicSecurity, SocialSecurity, PhotoPlatform, System], Register::name);
    use CheckResult::{Failed, NotOnRecord, Passed, Unavailable};
    all(&[Passed, Failed, NotOnRecord, Unavailable], CheckResult::name);
    use PhotoSource as P;
    all(&[P::File, P::Receipt, P::IdentityCard, P::Earlier], PhotoSource::name);
    all(&[Missing::SocialData, Missing::BankData], Missing::name);
    all(&[BalanceSource::BankClerk, BalanceSource::BankSystem], BalanceSource::name);
    use Standing as S;
    all(&[S::Running, S::LastDay, S::Late, S::Kept, S::Broken, S::TakenBack], Standing::name);
    use PersonCategory as C;
    let of = [C::MainlandResident, C::OverseasChinese, C::HongKongMacaoTaiwan, C::Foreigner];
    all(&of, PersonCategory::name);
    all(&[HowKnown::Shown, HowKnown::Register, HowKnown::Exchange], HowKnown::name);
    all(&[NumberEnd::Corrected, NumberEnd::DocumentChanged, NumberEnd::Joined], NumberEnd::name);
    use OrgKind as O;
    let kinds = [O::ProvinceCentre, O::CityCentre, O::CountyCentre, O::HrOutlet, O::BankOutlet];
    all(&kinds, OrgKind::name);
    all(&UnitKind::ALL, UnitKind::name);
    all(&[VendorWay::City, VendorWay::Bank, VendorWay::Holder], VendorWay::name);
    all(&[CountyLevel::AsNeeded, CountyLevel::Always, CountyLevel::Never], CountyLevel::name);
    use Turn as W;
    let turns =
        [W::Outlet, W::City, W::County, W::Province, W::Bank, W::Vendor, W::Employer, W::Holder, W::Nobody];
    all(&turns, Turn::name);
    use AgentRelation as A;
    all(&[A::Guardian, A::DirectRelative, A::LawfulAgent], AgentRelation::name);
    all(&[Manner::Counter, Manner::Post, Manner::Unit], Manner::name);
    use NoticeKind as N;
    let notices = [N::Uncollected, N::Expiring, N::SeventhBirthday, N::HolderDead, N::Ready, N::SecondOffer];
    all(&notices, NoticeKind::name);
    all(&notices, NoticeKind::text);
    use OutletFault as F;
    all(&[F::Empty, F::Unknown, F::NoOutlet, F::OtherCity, F::OtherBank, F::Stopped], OutletFault::says);
    let at = Instant(0);
    apart(&[BatchState::Screening.name(), BatchState::Confirmed { at }.name()]);
    apart(&[Step::Ordered.name(), Step::AtBank { first: 1, at }.name()]);
    apart(&[BlankState::Generated.name(), BlankState::Used { card: OLD, at, of: None }.name()]);
    let by = || "o6".to_owned();
    apart(&[JoinState::Proposed.name(), JoinState::Joined { by: by(), at }.name()]);
    apart(&[
        ProposalState::Proposed.name(),
        ProposalState::Filed { by: None, at, number: String::new() }.name(),
    ]);
    let moved = OfficerChange::Move { role: Role::HrClerk, org: HR };
    apart(&[moved.name(), OfficerChange::Start.name(), OfficerChange::ResetPassword.name()]);
    apart(&[OfficerChange::ResetSecondFactor.name(), OfficerChange::ResetPassword.name()]);
    apart(&[ChangeState::Proposed.name(), ChangeState::Approved { by: None, at }.name()]);
}

#[test]
fn every_stable_name_reads_as_what_it_was_written_for() {
    for kind in ClaimKind::ALL {
        assert_eq!(ClaimKind::from_code(kind.code()), Some(*kind));
    }
    for role in Role::ALL {
        assert_eq!(Role::from_code(role.code()), Some(role));
    }
    for task in Task::ALL {
        assert_eq!(Task::from_code(task.code()), Some(task));
    }
    for kind in IntentKind::ALL {
        assert_eq!(IntentKind::parse(kind.code()), Some(kind));
    }
    for kind in LetterKind::ALL {
        assert_eq!(LetterKind::parse(kind.code()), Some(kind));
    }
    let bank = Addressee::Bank(BankCode("95588".into()));
    assert_eq!(bank.to_string(), "bank:95588");
    for to in [bank, Addressee::ECard, Addressee::Sms, Addressee::Treasury] {
        assert_eq!(Addressee::parse(&to.to_string()), Some(to));
    }
    assert_eq!(Addressee::parse("post:1"), None);
    assert_eq!(Addressee::parse("post"), None);
    all(&ClockKind::ALL, ClockKind::code);
    all(&CancelReason::ALL, CancelReason::code);
    all(&[TraceKind::Likeness, TraceKind::DocumentNumber], TraceKind::code);
    use Channel as D;
    all(&[D::Console, D::File, D::Partner, D::CommandLine, D::Online, D::Duty], Channel::as_str);
    use ECard as E;
    all(&[E::Normal, E::IdentityOnly, E::Suspended, E::Cancelled], ECard::code);
    use Hold as H;
    let case = CaseId(1);
    let holds = [H::OneCardCleanUp, H::TemporaryLoss, H::FormalLoss, H::BankChange];
    all(&holds, Hold::code);
    all(&[H::Restriction { case }, H::SuspectedDeath, H::DeathConfirmed], Hold::code);

    let blank = BlankId { order: BlankOrderId(7), n: 3 };
    assert_eq!(blank.to_string(), "7-3");
    assert_eq!("7-3".parse(), Ok(blank));
    for none in ["7-0", "7", "-3", "7-x"] {
        assert_eq!(none.parse::<BlankId>(), Err(()), "{none}");
    }
    let partner = PartnerId { kind: PartnerKind::Bank, code: "95588".into() };
    assert_eq!(PartnerId::parse("bank:95588"), Some(partner.clone()));
    assert_eq!((partner.to_string(), String::from(partner)), ("bank:95588".into(), "bank:95588".into()));
    assert!(PartnerId::parse("vendor:sim-1").is_some());
    let long = format!("bank:{}", "a".repeat(33));
    for none in ["bank:", "bank:95 88", "bank:9_8", "bank:九", long.as_str(), "nobody:1", "95588"] {
        assert_eq!(PartnerId::parse(none), None, "{none}");
    }
}

/// What stands in a log of Zhang San's business: what it was, and nothing that says who he is.
#[test]
fn a_log_says_what_was_done_and_names_nobody() {
    let number = "440106199001010013";
    let said = |thing: &dyn std::fmt::Debug, what: &str| {
        let told = format!("{thing:?}");
        assert!(told.contains(what), "{told} does not say {what}");
        for secret in [number, "张三", "张子", "13900000000", "6295588", "acc1", "广州市天河区"] {
            assert!(!told.contains(secret), "{what} tells {secret}");
        }
    };
    let scene = Scene::with_card();
    let details = scene.file.person.as_ref().unwrap().details.clone();
    said(&details, "44010000001");
    said(&details.name, "张*");
    said(&details.document, "440");
    said(&Identifier::of(&details.document, "CHN"), "IdentityCard");
    said(&draft(), "44010000001");
    said(&shown(), "IdentityCard");
    said(&relative(AgentGround::Sick), "Sick");
    said(&Collector::Deputy(Box::new(relative(AgentGround::Sick))), "Deputy");
    let to =
        Delivery {
            address: "广州市天河区".into(), recipient: "张三".into(), phone: "13900000000".into()
        };
    said(&to, "Delivery");
    assert_eq!(to.masked(), "张*，****00，广州市天河区…");
    let proof =
        CarrierProof { number: "妥投1".into(), signer: "张三".into(), signed_on: TODAY, copy: None };
    said(&proof, "2026-11-23");
    let son = Collector::Deputy(Box::new(relative(AgentGround::Sick)));
    said(&Signature::of(&son, &Party::Post(HR), TODAY, Some(proof)), "Post");
    let by = WishedBy::ByPhone { name: "张三".into(), relation: None, called_back: true };
    said(&by, "ByPhone");
    let agent = Agent {
        name: "张子".into(),
        document_kind: DocumentKind::IdentityCard,
        document_number: number.into(),
        phone: "13900000000".into(),
        relation: AgentRelation::DirectRelative,
        ground: AgentGround::Sick,
        proof: None,
        verified: true,
    };
    said(&agent, "DirectRelative");
    said(&AccountNumber("acc1".into()), "***");
    said(&scene.old().card_no, "*");
    said(&Claim::social_security_number(&details.ssn), "SocialSecurityNumber");
    said(&Trace::likeness(&details.name, details.birth_date), "Likeness");
    said(&LookedUp::read(number).unwrap(), "LookedUp");
    let lost = Disappearance {
        answers: Party::Org(HR),
        place: "张三家".into(),
        since: TODAY,
        account: "张三说".into(),
        counted_at: None,
    };
    said(&lost, "2026-11-23");
    let missing = RecordMissing {
        card: OLD,
        since: TODAY,
        place: "张三家".into(),
        account: "张三说".into(),
        answers: None,
        counted_at: None,
    };
    said(&missing, "2026-11-23");
    said(&PickUpCode("123456".into()), "PickUpCode");
    assert!(!format!("{:?}", PickUpCode("123456".into())).contains("123456"));
    let online =
        OnlineIdentity { number: number.into(), name: "张三".into(), bank: BankCode("95588".into()) };
    said(&online, "95588");
    let message = ShortMessage { to: "13900000000".into(), text: "张三".into() };
    said(&Letter::Notice(message), "sms.notice");
    let extracted = Extracted {
        form_no: "44010000001".into(),
        number: number.into(),
        name: "张三".into(),
        document_number: number.into(),
        bank: "95588".into(),
        card_no: "A00000001".into(),
    };
    said(&extracted, "44010000001");
    let receipt = BusinessReceipt {
        accepted_on: TODAY,
        outlet_code: "x".into(),
        business_no: "20261123-x-1".into(),
        number: number.into(),
        name: "张三".into(),
        phone: "13900000000".into(),
        business: "领卡".into(),
        org: "机构3".into(),
        officer: "经办人".into(),
    };
    said(&receipt, "20261123-x-1");
    let mark = || clause!(R5.4);
    assert_eq!((format!("{}", mark()), format!("{:?}", mark())), ("R5.4".into(), "R5.4".into()));
}

/// The candidates that a clerk chooses among are told apart by what may be shown of them.
#[test]
fn art_5_5_a_candidate_is_shown_by_masked_name_number_documents_and_cards() {
    clause!(R5.5);
    let zhang = Candidate {
        holder: HolderId(1),
        name: "张*".into(),
        number: "440***********0013".into(),
        documents: vec!["居民身份证 440***********0013".into()],
        cards: vec!["广州市 已启用".into()],
    };
    let line = "张* 440***********0013 居民身份证 440***********0013、广州市 已启用";
    assert_eq!(zhang.line(), line);
    let refusal = Refusal::alike(Reason::PossiblySamePerson, vec![zhang.clone()]);
    // The clerk is shown them; the sentence, which the applicant may read, says nothing of them.
    assert!(!refusal.sentence().contains("张*") && !refusal.sentence().contains("0013"));
    assert_eq!((refusal.candidates, refusal.about), (vec![zhang], None));
}

#[test]
fn a_document_number_is_shown_by_its_ends() {
    let until = date(2040, 1, 1);
    let masked = |kind, number| Document::new(kind, number, until).unwrap().masked();
    assert_eq!(masked(DocumentKind::IdentityCard, "440106199001010013"), "440***********0013");
    assert_eq!(masked(DocumentKind::Passport, "E1234567"), "E1****67");
    let of = |number: &str| Identifier {
        kind: DocumentKind::Passport,
        nationality: "DEU".into(),
        number: number.into(),
    };
    assert_eq!((of("E1234567").masked(), of("AB12").masked()), ("E1****67".into(), "****".into()));
}

/// Li, whose passport and residence card are of other name spaces than an identity card.
#[test]
fn art_5_5_documents_of_eighteen_digits_are_one_name_space_and_the_old_residence_card_is_its_own() {
    clause!(R5.5);
    let of = |kind, number: &str| Identifier { kind, nationality: "KAZ".into(), number: number.into() };
    let resident = DocumentKind::ForeignPermanentResident;
    assert_eq!(of(resident, "KAZ110090123105").canonical(), "resident/KAZ110090123105");
    assert_eq!(of(resident, "911123199001010013").canonical(), "18/911123199001010013");
    let card = of(DocumentKind::IdentityCard, "911123199001010013");
    assert!(card.is(&of(resident, "911123199001010013")));
}

#[test]
fn art_14_1_a_notice_names_the_outlet_and_after_a_bank_change_what_is_left_to_do() {
    clause!(R31.3);
    let notice = |kind, outlet: Option<&str>| Notice {
        outlet: outlet.map(Into::into),
        ..Notice::new(kind, Instant(0))
    };
    let ready = notice(NoticeKind::Ready, Some("天河网点"));
    assert!(ready.text(false).contains("天河网点") && !ready.text(false).contains("原服务银行"));
    assert!(ready.text(true).contains("天河网点") && ready.text(true).contains("原服务银行"));
    assert_eq!(notice(NoticeKind::Ready, None).text(false), NoticeKind::Ready.text());
    assert_eq!(notice(NoticeKind::Expiring, Some("天河网点")).text(true), NoticeKind::Expiring.text());
    // Whoever is posted to need not come.
    clause!(R10.5);
    let posts = Notice { posts: true, ..ready };
    let said = posts.text(false);
    assert!(said.contains("天河网点") && said.contains("邮寄上门") && !said.contains("前往领取"), "{said}");
    assert!(posts.text(true).contains("原服务银行"));
    // A line of earlier days says nothing of it, and is written as it was.
    let line = serde_json::to_value(notice(NoticeKind::Ready, None)).unwrap();
    assert!(line.get("posts").is_none() && line.get("until").is_none(), "{line}");
    let again = notice(NoticeKind::OfferedAgain, Some("天河网点"));
    let again = Notice { until: Some(date(2027, 5, 31)), ..again }.text(false);
    assert!(again.contains("天河网点") && again.contains("2027-05-31前（含当日）"), "{again}");
    assert_eq!(notice(NoticeKind::OfferedAgain, None).text(false), NoticeKind::OfferedAgain.text());
    // For a child the guardian comes, whatever it is called for.
    clause!(R14.2);
    for kind in [NoticeKind::Ready, NoticeKind::OfferedAgain, NoticeKind::Uncollected] {
        let child =
            Notice { guardian: true, until: Some(date(2027, 5, 31)), ..notice(kind, Some("天河网点")) };
        let said = child.text(false);
        assert!(said.contains("由监护人携带") && said.contains("监护人证明文件"), "{said}");
    }
}

#[test]
fn art_42_1_a_citys_rules_are_said_in_one_line() {
    clause!(R42.1);
    let said = LocalPolicy { warranty_months: Some(12), fee_waived: true, ..LocalPolicy::default() }.said();
    assert_eq!(said, "质保期12个月；免收工本费；县级分发：由市逐箱决定");
    assert!(LocalPolicy::default().said().starts_with("不设质保期"));
    let low = LocalPolicy { low_stock: Some(20), ..LocalPolicy::default() };
    assert!(low.said().ends_with("预制卡一行一机构存量20张及以下预警"), "{}", low.said());
}

#[test]
fn art_39_a_role_exists_in_its_own_kind_of_organisation_only() {
    clause!(R39.1);
    use OrgKind as O;
    let kinds = [O::ProvinceCentre, O::CityCentre, O::CountyCentre, O::HrOutlet, O::BankOutlet];
    for (role, home) in [
        (Role::HrClerk, O::HrOutlet),
        (Role::BankClerk, O::BankOutlet),
        (Role::CountyClerk, O::CountyCentre),
        (Role::CityOfficer, O::CityCentre),
        (Role::ProvinceOfficer, O::ProvinceCentre),
        (Role::SystemAdministrator, O::ProvinceCentre),
        (Role::AuditAdministrator, O::ProvinceCentre),
    ] {
        assert_eq!(kinds.iter().filter(|k| role.belongs_in(**k)).collect::<Vec<_>>(), [&home], "{role:?}");
    }
}

#[test]
fn whoever_stated_nothing_about_the_counter_named_nobody() {
    assert!(Attendance::default().is_empty());
    assert!(!Attendance { holder: Some(shown()), deputy: None }.is_empty());
    let deputy = Some(Box::new(relative(AgentGround::Sick)));
    assert!(!Attendance { holder: None, deputy }.is_empty());
}

#[test]
fn what_tells_who_somebody_is_is_a_persons_and_a_passport_is_told_apart_by_the_rule() {
    let persons: Vec<_> = ClaimKind::ALL.iter().filter(|k| k.is_of_a_person()).collect();
    assert_eq!(persons, [&ClaimKind::SocialSecurityNumber, &ClaimKind::Document]);
    let by_rule: Vec<_> = ClaimKind::ALL.iter().filter(|k| k.is_told_apart_by_rule()).collect();
    assert_eq!(by_rule, [&ClaimKind::Document]);
    let twice: Vec<_> = ClaimKind::ALL.iter().filter(|k| k.may_stand_twice()).collect();
    assert_eq!(twice, [&ClaimKind::Document, &ClaimKind::UnitForm]);
    let free: Vec<_> = ClaimKind::ALL.iter().filter(|k| k.is_free_again()).collect();
    assert_eq!(free, [&ClaimKind::SocialSecurityNumber, &ClaimKind::Document, &ClaimKind::UnitForm]);
}

#[test]
fn a_register_that_knows_somebody_alive_says_both() {
    let said = RegisterCheck::passed(Instant(5));
    assert_eq!(said.iter().map(|c| c.item).collect::<Vec<_>>(), [CheckItem::Identity, CheckItem::Alive]);
}
