//! What a command names is loaded before it is decided, and what an event tells of somebody is written down under lock (Articles
//! 5, 36 and 39).

use crate::one_human::{applying, shown as form};
use crate::person::{HR, OLD, Scene, TODAY, draft};
use jiff::civil::Date;
use kaguan_domain::application::{Apply, ApplyForUnit};
use kaguan_domain::batch::Screen;
use kaguan_domain::clause;
use kaguan_domain::ctx::Instant;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::account::{AccountNumber, BankAccount, BlankAccount};
use kaguan_domain::facts::application::{Consent, Purpose};
use kaguan_domain::facts::batch::BatchEvent;
use kaguan_domain::facts::blank::BlankEvent;
use kaguan_domain::facts::boxes::BoxHandedOver;
use kaguan_domain::facts::card::{Account, ECard, Hold, Social};
use kaguan_domain::facts::claim::{Claim, ClaimKind};
use kaguan_domain::facts::custody::{Custody, Party};
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::form::Field;
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::intent::IntentKind;
use kaguan_domain::facts::name::HolderName;
use kaguan_domain::facts::trace::Trace;
use kaguan_domain::holder::{CorrectDetails, DecideJoin, ProposeJoin, UndoJoin};
use kaguan_domain::ids::{
    ApplicationId, BankCardNumber, BatchId, BlankId, BlankOrderId, BoxId, CardId, CardNumber, ChipIdentifier,
    CityCode, HolderId, MaterialId, UnitId,
};
use kaguan_domain::instant::{BlankCommand, Fail, Spoil, WriteBack};
use kaguan_domain::rare_name::LendDocument;
use kaguan_domain::records::LendPhoto;
use kaguan_domain::refusal::{Findings, Reason};
use kaguan_domain::replacement::MakeAgain;
use kaguan_domain::rule::{Found, Rule};

const BATCH: BatchId = BatchId(1);
const BLANK: BlankId = BlankId { order: BlankOrderId(7), n: 3 };

fn chip() -> ChipIdentifier {
    ChipIdentifier::parse("440001D1560000050000000000000001").unwrap()
}

fn application() -> Apply {
    let passport = form(DocumentKind::ChinesePassport, "CHN", "E12345678", "20300101");
    let C::Apply(apply) = applying(&Scene::uncollected(), 9, passport) else { panic!() };
    apply
}

fn row() -> ApplyForUnit {
    let Apply { form, checks, .. } = application();
    ApplyForUnit {
        id: ApplicationId(9),
        unit: UnitId(1),
        form,
        photo: None,
        outlet: HR,
        collect_at: HR,
        checks,
        consent: Consent { text_version: "2022".into(), by_guardian: false },
        materials: Vec::new(),
        also: Vec::new(),
        seen: None,
    }
}

#[test]
fn art_5_5_whoever_applies_is_looked_for_by_every_number_and_known_by_the_document() {
    clause!(R5.5);
    let zhang = Scene::with_card().file;
    let own = form(DocumentKind::IdentityCard, "CHN", "440106199001010013", "20300101");
    let C::Apply(own) = applying(&Scene::uncollected(), 9, own) else { panic!() };
    let found = Found { owners: Vec::new(), alike: vec![zhang.id], files: vec![&zhang] };
    let looks = |rule: &dyn Rule| {
        let (seek, kinds) = (rule.seeks(), rule.claims());
        assert!(!seek.claims.is_empty() && seek.traces.len() == 1);
        assert!(seek.claims.iter().all(|c| kinds.contains(c)), "what is looked for is claimed");
        assert!(kinds.iter().any(|c| c.kind == ClaimKind::FormNumber));
    };
    looks(&application());
    looks(&row());
    looks(&Box::new(application()));
    assert_eq!(own.whose(&found), Some(HolderId(1)));
    assert_eq!(Box::new(own.clone()).whose(&found), Some(HolderId(1)));
    let row = ApplyForUnit { form: own.form, ..row() };
    assert_eq!((row.whose(&found), row.whose(Found::NOBODY)), (Some(HolderId(1)), None));
    let name = |n: &str| HolderName::parse(n).unwrap();
    let alike = |a: &str, b: &str| Trace::likeness(&name(a), TODAY) == Trace::likeness(&name(b), TODAY);
    assert!(
        !alike("JOHN SMITH", "MARY JONES") && !alike("张三", "李四") && alike("JOHN SMITH", "SMITH JOHN")
    );
    assert!(!zhang.traces().is_empty());
}

#[test]
fn art_39_1_a_command_is_given_the_batch_the_card_and_the_file_that_it_names_and_no_other() {
    clause!(R39.1);
    let card_no = CardNumber::parse("D2143569X").unwrap();
    let screen = Screen { application: ApplicationId(1), batch: BATCH, card_no };
    assert_eq!((screen.batch(), Box::new(screen).batch()), (Some(BATCH), Some(BATCH)));
    let document = LendDocument { application: ApplicationId(1), batch: BATCH, material: MaterialId(1) };
    assert_eq!(document.batch(), Some(BATCH));
    assert_eq!(LendPhoto { application: ApplicationId(1), batch: BATCH }.batch(), Some(BATCH));
    let written = WriteBack { application: ApplicationId(1), blank: BLANK, card: CardId(2), chip: chip() };
    assert_eq!((written.blank(), written.claims()), (Some(BLANK), vec![Claim::chip(&chip())]));
    assert_eq!(Box::new(written).blank(), Some(BLANK));
    let fail = Fail { application: ApplicationId(1), blank: BLANK, reason: "卡损坏".into() };
    assert_eq!((fail.blank(), fail.batch()), (Some(BLANK), None));
    let join = ProposeJoin { other: HolderId(2), reason: "同一人".into(), keep: None };
    assert_eq!((join.other(), Box::new(join).other()), (Some(HolderId(2)), Some(HolderId(2))));
    let decided = DecideJoin { other: HolderId(2), approved: true, reason: String::new() };
    assert_eq!(decided.other(), Some(HolderId(2)));
    assert_eq!(UndoJoin { other: HolderId(2), reason: "两人".into() }.other(), Some(HolderId(2)));
    let corrected = CorrectDetails { draft: Box::new(draft()), verified: true, materials: Vec::new() };
    assert!(!corrected.claims().is_empty() && !corrected.seeks().claims.is_empty());
}

#[test]
fn what_names_somebody_is_written_down_under_lock_and_what_does_not_in_plain_text() {
    let handed = BoxHandedOver {
        r#box: BoxId(1),
        from: HR,
        employer: "某公司".into(),
        counted: 1,
        operator: "李四".into(),
        authorisation: "委托书".into(),
        unit: None,
        shown: None,
        copies: Vec::new(),
    };
    assert!(BatchEvent::BoxHandedOver(handed).is_personal());
    assert!(!HolderEvent::AccountClosed { card: OLD }.is_personal());
    let card_no = CardNumber::parse("D2143569X").unwrap();
    let bank_card_no = BankCardNumber::with_check("629558800000000001").unwrap();
    let account = BlankAccount {
        bank: BankAccount {
            bank_card_no: bank_card_no.clone(),
            account_no: AccountNumber("acc1".into()),
            of: None,
        },
        personal_account: AccountNumber("acc2".into()),
    };
    let allocated = BlankEvent::Allocated { card_no: card_no.clone(), account };
    assert!(allocated.is_personal() && !BlankEvent::Used { card: OLD, outlet: None }.is_personal());
    assert_eq!(allocated.claims(), [Claim::card_number(&card_no), Claim::bank_card_number(&bank_card_no)]);
    assert!(BlankEvent::Used { card: OLD, outlet: None }.claims().is_empty());
    let spoil =
        BlankCommand::Spoil(Spoil {
            org: HR, reason: "张三的卡".into(), missing: false, counted_at: None
        });
    assert_eq!(format!("{spoil:?}"), "Spoil");
}

#[test]
fn art_8_5_what_stands_against_an_application_is_told_under_the_reason_that_it_has() {
    clause!(R8.5);
    let told = |reasons: &[(Reason, Field)]| {
        let mut found = Findings::default();
        for (reason, field) in reasons {
            found.add(*reason, *field, reason.code(), "不符", "请核对");
        }
        found.told().map_err(|r| (r.reason, r.about, r.defects.len()))
    };
    use Reason::{ApplicationOpen, CardHeld, ConsentMissing, MaterialDefective};
    let eligible = Field::Eligibility;
    assert_eq!(told(&[]), Ok(()));
    let title = Some(Field::Consent.title().to_owned());
    assert_eq!(told(&[(ConsentMissing, Field::Consent)]), Err((ConsentMissing, title, 1)));
    let material = told(&[(MaterialDefective, Field::Photo)]);
    assert_eq!(material, Err((MaterialDefective, None, 1)));
    let both = told(&[(ApplicationOpen, eligible), (CardHeld, eligible)]).unwrap_err();
    assert!(both.0 != MaterialDefective && both.1.is_none() && both.2 == 2);
    let mixed = told(&[(CardHeld, eligible), (ConsentMissing, Field::Consent)]);
    assert_eq!(mixed, Err((MaterialDefective, None, 2)));
}

#[test]
fn art_12_1_a_lost_cards_account_is_closed_once_and_a_cancelled_card_is_not_made_again() {
    clause!(R12.1);
    let again = || {
        C::MakeAgain(MakeAgain {
            id: ApplicationId(2),
            card: OLD,
            form_no: "44010000002".into(),
            outlet: HR,
            collect_at: HR,
        })
    };
    let lost = || {
        let mut s = Scene::uncollected();
        s.file.cards[0].custody = Custody::Missing { since: s.now, from: Party::Org(HR), said: None };
        s.file.applications[0].stage =
            kaguan_domain::facts::application::Stage::Made { card: OLD, at: s.now };
        s
    };
    let closes = |s: &Scene| {
        let close = |e: &&HolderEvent| matches!(e, HolderEvent::IntentMade { intent, .. } if intent.kind == IntentKind::Close);
        s.events(&again()).iter().filter(close).count()
    };
    assert_eq!(closes(&lost()), 1);
    let mut closed = lost();
    closed.file.cards[0].account = Account::Closed { at: closed.now };
    assert_eq!(closes(&closed), 0);
    let mut cancelled = lost();
    cancelled.file.cards[0].social = Social::Cancelled { at: Instant(0) };
    assert_eq!(cancelled.refused(again()), Reason::CardCancelled);
    let mut s = Scene::with_card();
    s.file.cards[0].holds.insert(Hold::OneCardCleanUp);
    assert_eq!(s.old().e_card(), ECard::Cancelled, "a cleaned card's e-card ends with it");
    assert!(!Purpose::First.is_bank_change() && Purpose::BankChange { old: OLD }.is_bank_change());
}

#[test]
fn numbers_carry_their_checks_and_cities_their_letters() {
    clause!(R5.6);
    assert_eq!(BankCardNumber::with_check("411111111111111").unwrap().as_str(), "4111111111111111");
    assert_eq!(BankCardNumber::with_check("622848040256489").unwrap().as_str().len(), 16);
    let letters: Vec<_> = ["4401", "4402", "4403"].map(|c| CityCode(c.into()).card_number_letter()).into();
    assert_eq!(letters, [Some('A'), Some('B'), Some('C')]);
    assert_eq!((Instant(i64::MIN).date(), Instant(i64::MAX / 2).date()), (Date::MIN, Date::MAX));
}
