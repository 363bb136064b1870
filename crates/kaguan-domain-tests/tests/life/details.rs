//! What partners get of an applicant and must not change (Appendix 7), and the image for a rare character (Article 34).

use super::person::{HR, NEW_BANK, OLD, Scene, TODAY, checks};
use super::stated;
use jiff::civil::date;
use kaguan_domain::account_opening::{Details, Extracted, OpeningResult, TakeReturn};
use kaguan_domain::clause;
use kaguan_domain::codes;
use kaguan_domain::ctx::{Actor, Channel, Ctx, Instant};
use kaguan_domain::dispatch::{BatchCommand, HolderCommand as C, decide, decide_batch};
use kaguan_domain::facts::account::{AccountNumber, BankAccount};
use kaguan_domain::facts::application::{Application, Consent, ExchangeReason, Origin, Purpose, Stage};
use kaguan_domain::facts::archive::{Case, Material, MaterialKind};
use kaguan_domain::facts::batch::{Batch, BatchEvent, BatchFile, BatchState};
use kaguan_domain::facts::boxes::BoxFile;
use kaguan_domain::facts::card::Hold;
use kaguan_domain::facts::custody::Party;
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::failure::{RowFailure, SentField};
use kaguan_domain::facts::form::{Field, Guardian};
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::institution::InstitutionEvent;
use kaguan_domain::facts::intent::IntentKind;
use kaguan_domain::facts::message::MessageEvent;
use kaguan_domain::facts::name::HolderName;
use kaguan_domain::facts::names::StageKind;
use kaguan_domain::facts::person::PhotoRef;
use kaguan_domain::ids::{
    ApplicationId, BankCardNumber, BankCode, BatchId, BoxId, CardId, CardNumber, CaseId, ChipIdentifier,
    CityCode, MaterialId, OfficerId, OrgId, PartnerId, PartnerKind, ResetInformation, UnitId, VendorCode,
};
use kaguan_domain::institution::{FetchMessages, fetch_messages};
use kaguan_domain::loss::ReportFormal;
use kaguan_domain::production;
use kaguan_domain::rare_name::LendDocument;
use kaguan_domain::records::{LendPhoto, PrintReceipt, Show, waiting_for};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_domain::replacement::Replace;
use kaguan_domain::replacement::bank_change::{Approve, Reserve};
use kaguan_domain::rule::{Around, Found};
use std::collections::{BTreeMap, HashMap, HashSet};

const BATCH: BatchId = BatchId(9);
const BOX: BoxId = BoxId(1);
const FIRST: ApplicationId = ApplicationId(1);

fn bank() -> Actor {
    Actor::Bank(BankCode("95588".into()))
}

fn vendor(code: &str) -> Actor {
    Actor::Vendor(VendorCode(code.into()))
}

fn at_bank() -> BatchState {
    BatchState::AtBank { at: Instant(0) }
}

fn at_vendor() -> BatchState {
    BatchState::AtVendor { vendor: VendorCode("1".into()), at: Instant(0) }
}

fn card_no() -> CardNumber {
    CardNumber::allocate('A', 7).unwrap()
}

fn account() -> BankAccount {
    BankAccount {
        bank_card_no: BankCardNumber::with_check("629558800000000007").unwrap(),
        account_no: AccountNumber("acc".into()),
        of: None,
    }
}

/// Somebody whose first application waits for the bank.
fn waiting() -> Scene {
    let mut s = Scene::uncollected();
    s.file.cards.clear();
    s.file.applications[0].stage = Stage::InBatch { batch: BATCH, card_no: card_no() };
    s
}

/// The account is opened: it waits for the vendor.
fn opened() -> Scene {
    let mut s = waiting();
    let at = s.now;
    s.file.applications[0].stage =
        Stage::AccountOpened { batch: BATCH, card_no: card_no(), account: account(), at };
    s
}

/// As somebody, while the batch stands so.
fn batch_file(state: BatchState) -> BatchFile {
    let mut file = BatchFile::new(BATCH);
    file.batch = Some(Batch {
        number: "B1".into(),
        city: CityCode("4401".into()),
        bank: BankCode("95588".into()),
        urgent: false,
        collected_on: TODAY,
        people: 1,
        state,
        clocks: Vec::new(),
        incomplete: Vec::new(),
        taken_back: None,
    });
    file.boxes.push(BoxFile {
        id: BOX,
        number: "1".into(),
        outlet: HR,
        employer: None,
        cards: 1,
        keeper: Party::Vendor(VendorCode("1".into())),
        on_the_way: None,
        last_signed: Instant(0),
        left_province: None,
        arrived: None,
        differences: Vec::new(),
        papers: Vec::new(),
    });
    file
}

fn ask(s: &Scene, actor: Actor, state: BatchState, command: &C) -> Result<Vec<HolderEvent>, Refusal> {
    // Loaded as the executor does: the batches that the file refers to, and the one that the command names.
    let loaded = s.file.batch_ids().chain(command.rule().batch()).any(|id| id == BATCH);
    let batches: HashMap<_, _> = loaded.then(|| (BATCH, batch_file(state))).into_iter().collect();
    let around = Around {
        institutions: &s.office,
        batches: &batches,
        stock: &s.stock,
        found: Found::NOBODY,
        other: None,
    };
    decide(&s.file, command, &Ctx { actor, ..s.ctx() }, around)
}

fn sent(s: &Scene) -> Details {
    Details::of(&s.file, s.file.applications.last().unwrap(), &s.office).unwrap()
}

fn with_guardian(s: &mut Scene) {
    let details = &mut s.file.person.as_mut().unwrap().details;
    details.guardian = Some(Guardian {
        name: HolderName::parse("李四").unwrap(),
        document_kind: DocumentKind::Passport,
        document_number: "P1234567".into(),
    });
    details.optional = vec![(Field::Postcode, "510000".into()), (Field::HouseholdKind, "51".into())];
}

#[test]
fn appendix_7_2_a_bank_gets_everything_that_the_form_says_and_where_the_account_is_opened() {
    clause!(X7.2);
    let mut s = waiting();
    with_guardian(&mut s);
    let d = sent(&s);
    let known =
        [&d.nationality, &d.document_kind, &d.document_valid_until, &d.sex, &d.ethnicity, &d.birth_date];
    assert_eq!(known, ["CHN", "01", "20400101", "1", "01", "19900101"]);
    let reach = [&d.phone, &d.mobile, &d.postal_address, &d.postcode, &d.household_kind, &d.occupation];
    assert_eq!(reach, ["13900000000", "13900000000", "广州市天河区", "510000", "51", "3000000"]);
    let guardian = [&d.guardian_name, &d.guardian_document_kind, &d.guardian_document_number];
    assert_eq!(guardian, ["李四", "08", "P1234567"]);
    assert_eq!([&d.agency, &d.collection_point], ["44010600000003"; 2], "none named: whoever took it");
    s.file.person.as_mut().unwrap().details.collection_point = Some("955880001".into());
    assert_eq!(sent(&s).collection_point, "955880001");
    s.file.person.as_mut().unwrap().details.document.valid_until = date(9999, 12, 31);
    assert_eq!(sent(&s).document_valid_until, "99991231", "长期");
    assert_eq!(format!("{d:?}"), "Details(***)");
}

#[test]
fn appendix_7_3_the_kind_of_application_and_the_reason_of_a_replacement_go_out_by_the_published_codes() {
    clause!(X7.3);
    let old = OLD;
    let exchange = |reason| Purpose::Exchange { old, reason };
    let unit = Origin::Unit { unit: UnitId(1) };
    let of = |purpose, origin| {
        let mut s = waiting();
        s.file.applications[0] = Application { purpose, origin, ..s.file.applications[0].clone() };
        let d = sent(&s);
        assert!(codes::application_type(&d.application_type).is_some(), "{}", d.application_type);
        (d.application_type, d.replacement_reason)
    };
    let damaged = |by_human| exchange(ExchangeReason::Damaged { by_human });
    for (purpose, origin, kind, reason) in [
        (Purpose::First, Origin::Counter, "1", ""),
        (Purpose::First, Origin::Online, "2", ""),
        (Purpose::First, unit, "3", ""),
        (Purpose::Reissue { old }, Origin::Counter, "5", "遗失补卡"),
        (damaged(true), Origin::Counter, "6", "卡损坏换卡（人为损坏）"),
        (damaged(false), Origin::Counter, "7", "卡损坏换卡（非人为损坏/质保）"),
        (exchange(ExchangeReason::DataChanged), Origin::Counter, "6", "卡面信息变更换卡"),
        (exchange(ExchangeReason::Expired), Origin::Counter, "6", "逾有效期换卡"),
        (Purpose::BankChange { old }, Origin::Counter, "6", "服务银行变更换卡"),
    ] {
        assert_eq!(of(purpose, origin), (kind.into(), reason.into()));
    }
}

#[test]
fn appendix_7_2_and_7_3_each_detail_that_is_changed_is_told_by_its_own_title() {
    clause!(X7.2);
    clause!(X7.3);
    let mut s = waiting();
    with_guardian(&mut s);
    let sent = sent(&s);
    let members: BTreeMap<String, String> =
        serde_json::from_value(serde_json::to_value(&sent).unwrap()).unwrap();
    let mut titles = HashSet::new();
    for member in members.keys() {
        let mut changed = members.clone();
        changed.insert(member.clone(), "x".into());
        let back: Details = serde_json::from_value(serde_json::to_value(changed).unwrap()).unwrap();
        let told = sent.changed(&back);
        assert_eq!(told.len(), 1, "{member}");
        titles.insert(told[0].title());
    }
    assert_eq!(titles.len(), members.len());
    assert!(sent.changed(&sent.clone()).is_empty());
}

#[test]
fn appendix_7_2_a_changed_detail_opens_no_account_and_details_left_out_change_nothing() {
    clause!(X7.2);
    let s = waiting();
    let (sent, row) = (sent(&s), Extracted::of(&s.file, &s.file.applications[0]).unwrap());
    let back = |echo: &Extracted, details: Option<&Details>| {
        let account = account();
        C::TakeOpeningReturn(TakeReturn {
            application: FIRST,
            batch: BATCH,
            echo: echo.clone(),
            details: details.cloned().map(Box::new),
            result: OpeningResult::Opened {
                bank_card_no: account.bank_card_no,
                account_no: account.account_no,
            },
        })
    };
    for unchanged in [None, Some(&sent)] {
        let events = ask(&s, bank(), at_bank(), &back(&row, unchanged)).unwrap();
        assert!(matches!(events[..], [HolderEvent::AccountOpened { .. }]), "{events:?}");
    }
    let echo = Extracted { name: "张三丰".into(), ..row };
    let changed = Details { phone: "13900000009".into(), collection_point: String::new(), ..sent };
    let command = back(&echo, Some(&changed));
    assert!(!format!("{command:?}").contains("1390"), "{command:?}");
    let events = ask(&s, bank(), at_bank(), &command).unwrap();
    let [HolderEvent::OpeningFailed { failure, .. }] = &events[..] else { panic!("{events:?}") };
    let fields = vec![SentField::Name, SentField::Phone, SentField::CollectionPoint];
    assert_eq!(events[0].changed_fields(), fields);
    assert_eq!(*failure, RowFailure::Changed { by: PartnerKind::Bank, fields });
    assert_eq!(failure.reason(), "银行改动了下发字段：姓名、联系电话、受理点编码");
}

#[test]
fn appendix_7_3_a_vendor_that_changes_a_detail_has_made_no_card() {
    clause!(X7.3);
    let s = opened();
    let sent = sent(&s);
    let back = |details: Option<Details>| {
        C::TakeProductionReturn(production::TakeReturn {
            application: FIRST,
            batch: BATCH,
            echo: Extracted::of(&s.file, &s.file.applications[0]).unwrap(),
            details: details.map(Box::new),
            bank_card_no: account().bank_card_no,
            result: production::ProductionResult::Made {
                card: CardId(1),
                chip: ChipIdentifier::parse("440100D1560000050000000000000001").unwrap(),
                reset: ResetInformation::parse("00814E43230000000000000001").unwrap(),
                made_on: TODAY,
                r#box: BOX,
            },
        })
    };
    for unchanged in [None, Some(sent.clone())] {
        let events = ask(&s, vendor("1"), at_vendor(), &back(unchanged)).unwrap();
        assert!(matches!(events[..], [HolderEvent::CardMade { .. }]), "{events:?}");
    }
    let changed = Details { sex: "9".into(), ..sent };
    let events = ask(&s, vendor("1"), at_vendor(), &back(Some(changed))).unwrap();
    let [HolderEvent::ProductionFailed { failure, .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!(failure.reason(), "卡商改动了下发字段：性别");
    assert_eq!(events[0].changed_fields(), [SentField::Sex]);
}

#[test]
fn art_5_2_the_face_of_a_card_says_what_was_sent_or_there_is_no_card() {
    clause!(R5.2);
    let s = opened();
    let echo = || Extracted::of(&s.file, &s.file.applications[0]).unwrap();
    let back = |echo: Extracted, bank_card_no: BankCardNumber| {
        let command = C::TakeProductionReturn(production::TakeReturn {
            application: FIRST,
            batch: BATCH,
            echo,
            details: None,
            bank_card_no,
            result: made(CardId(1)),
        });
        ask(&s, vendor("1"), at_vendor(), &command).unwrap()
    };
    let [HolderEvent::CardMade { card, .. }] = &back(echo(), account().bank_card_no)[..] else { panic!() };
    assert_eq!((&card.card_no, &card.bank_account, card.issued_on), (&card_no(), &account(), TODAY));
    let other = CardNumber::allocate('A', 8).unwrap();
    let events = back(Extracted { card_no: other.as_str().into(), ..echo() }, account().bank_card_no);
    assert_eq!(events[0].changed_fields(), [SentField::CardNo]);
    let other = BankCardNumber::with_check("629558800000000008").unwrap();
    assert_eq!(back(echo(), other)[0].changed_fields(), [SentField::BankCardNo]);
}

fn made(card: CardId) -> production::ProductionResult {
    production::ProductionResult::Made {
        card,
        chip: ChipIdentifier::parse("440100D1560000050000000000000001").unwrap(),
        reset: ResetInformation::parse("00814E43230000000000000001").unwrap(),
        made_on: TODAY,
        r#box: BOX,
    }
}

#[test]
fn art_37_1_the_card_that_a_vendor_makes_for_a_restricted_person_comes_out_restricted() {
    clause!(R37.1);
    let mut s = Scene::with_card();
    s.done(C::ReportFormalLoss(ReportFormal { card: OLD, verified: true, deputy: None }));
    s.done(C::Replace(Box::new(super::hand::replacement(Purpose::Reissue { old: OLD }))));
    // 张三's case is decided while the new card is being made.
    super::held::restrict(&mut s, OLD, 1);
    let at = s.now;
    s.file.applications[1].stage =
        Stage::AccountOpened { batch: BATCH, card_no: card_no(), account: account(), at };
    let command = C::TakeProductionReturn(production::TakeReturn {
        application: ApplicationId(2),
        batch: BATCH,
        echo: Extracted::of(&s.file, &s.file.applications[1]).unwrap(),
        details: None,
        bank_card_no: account().bank_card_no,
        result: made(CardId(9)),
    });
    let events = ask(&s, vendor("1"), at_vendor(), &command).unwrap();
    let [HolderEvent::CardMade { .. }, HolderEvent::IntentMade { intent, .. }] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(intent.kind, IntentKind::Restrict, "the bank is told of the new account");
    events.iter().for_each(|e| s.file.apply(e, at));
    let card = s.card(CardId(9));
    assert!(card.holds.contains(&Hold::Restriction { case: CaseId(1) }) && !card.in_force());
    assert_eq!(card.restrictions.len(), 1);
}

#[test]
fn art_31_a_new_bank_is_not_told_an_outlet_of_the_old_one_to_open_the_account_at() {
    clause!(R31.1);
    clause!(X7.2);
    let named = || {
        let mut s = Scene::with_card();
        s.file.person.as_mut().unwrap().details.collection_point = Some("955880001".into());
        s
    };
    let command = |purpose, outlet| {
        Box::new(Replace {
            id: ApplicationId(2),
            purpose,
            form_no: "44010000002".into(),
            changes: Box::new(kaguan_domain::facts::form::FormDraft::collected()),
            photo: None,
            outlet,
            collect_at: outlet,
            agent: None,
            consent: Some(Consent { text_version: "2022".into(), by_guardian: false }),
            checks: checks(),
            presented: stated::presented(),
            proof: None,
        })
    };
    let mut s = named();
    s.done(C::ReserveBankChange(Reserve { card: OLD, to: BankCode("95533".into()) }));
    s.done(C::ApproveBankChange(Approve { refused: None }));
    s.done(C::CarryOutBankChange(Box::new(stated::carried_out_by_holder(
        *command(Purpose::BankChange { old: OLD }, NEW_BANK),
        crate::person::shown(),
    ))));
    assert_eq!(sent(&s).collection_point, "44010300000005", "where it is carried out");
    let mut s = named();
    s.done(C::ReportFormalLoss(ReportFormal { card: OLD, verified: true, deputy: None }));
    s.done(C::Replace(command(Purpose::Reissue { old: OLD }, HR)));
    assert_eq!(sent(&s).collection_point, "955880001", "the same bank knows its outlet");
}

#[test]
fn art_39_1_a_photo_goes_to_the_vendor_that_makes_the_card_and_what_is_shown_or_lent_is_recorded() {
    clause!(R39.1);
    clause!(X7.3);
    clause!(R5.4);
    let photo = |mut s: Scene| {
        s.file.person.as_mut().unwrap().photo = Some(PhotoRef("p".into()));
        s
    };
    let lend = C::LendPhoto(LendPhoto { application: FIRST, batch: BATCH });
    let why = |s: &Scene, actor, state, command: &C| ask(s, actor, state, command).map_err(|r| r.reason);
    let looked = |reason: &str| vec![HolderEvent::LookedAt { reason: reason.into(), material: None }];
    let at_the_vendor = photo(opened());
    assert_eq!(why(&at_the_vendor, vendor("1"), at_vendor(), &lend), Ok(looked("提取相片制卡")));
    assert_eq!(why(&at_the_vendor, vendor("2"), at_vendor(), &lend), Err(Reason::NotYourData));
    assert_eq!(why(&at_the_vendor, bank(), at_vendor(), &lend), Err(Reason::NotPermitted));
    let made = BatchState::Made { vendor: VendorCode("1".into()), at: Instant(0) };
    assert_eq!(why(&at_the_vendor, vendor("1"), made, &lend), Err(Reason::WrongStage));
    assert_eq!(why(&photo(waiting()), bank(), at_bank(), &lend), Err(Reason::NotPermitted), "not the bank's");
    let mut none = opened();
    none.file.person.as_mut().unwrap().photo = None;
    assert_eq!(why(&none, vendor("1"), at_vendor(), &lend), Err(Reason::NotFound));
    let other = C::LendPhoto(LendPhoto { application: FIRST, batch: BatchId(BATCH.0 + 1) });
    why(&at_the_vendor, vendor("1"), at_vendor(), &other).unwrap_err();

    let online = || Actor::Partner(PartnerId::parse("online:gdrs").unwrap());
    let progress = C::Show(Show::Progress);
    assert_eq!(why(&at_the_vendor, online(), at_vendor(), &progress), Ok(looked("本人查询制卡进度")));
    let cards = C::Show(Show::Cards);
    assert_eq!(why(&at_the_vendor, online(), at_vendor(), &cards), Ok(looked("本人查询名下社保卡")));
    assert_eq!(why(&at_the_vendor, bank(), at_vendor(), &progress), Err(Reason::NotPermitted));

    // Rows of a batch: to the bank, then to the vendor, each time with a line.
    let s = opened();
    let rows = |actor: Actor, state: BatchState| {
        let file = batch_file(state);
        let command = BatchCommand::LendRows { rows: 3 };
        let ctx =
            Ctx { now: Instant(0), actor, channel: Channel::Partner, request_key: None, request_body: None };
        decide_batch(&file, &command, &ctx, &s.office).map_err(|r| r.reason)
    };
    let lent = Ok(vec![BatchEvent::RowsLent { rows: 3 }]);
    assert_eq!(rows(bank(), at_bank()), lent);
    assert_eq!(rows(vendor("1"), at_vendor()), lent);
    assert_eq!(rows(vendor("2"), at_vendor()), Err(Reason::NotYourData));
    assert_eq!(rows(vendor("1"), at_bank()), Err(Reason::NotPermitted));
    assert_eq!(rows(bank(), BatchState::Confirmed { at: Instant(0) }), Err(Reason::WrongStage));
}

#[test]
fn art_34_1_the_image_of_a_rare_character_goes_to_whoever_works_on_the_card_and_only_then() {
    clause!(R34.1);
    clause!(R39.1);
    let rare = |mut s: Scene| {
        let person = s.file.person.as_mut().unwrap();
        person.details.name = HolderName::parse("张[CHUI]").unwrap();
        for (id, kind, digest) in [
            (1, MaterialKind::Identity, Some("d".to_owned())),
            (2, MaterialKind::Identity, None),
            (3, MaterialKind::Form, Some("d".to_owned())),
        ] {
            person.archive.push(Material {
                id: MaterialId(id),
                case: Case::Application(FIRST),
                kind,
                digest,
                cabinet: None,
                org: HR,
                filed_at: Instant(0),
                page: None,
                corrected: Vec::new(),
            });
        }
        s
    };
    let lend = |batch, material| {
        C::LendDocument(LendDocument { application: FIRST, batch, material: MaterialId(material) })
    };
    let why = |s: &Scene, actor, state, command: &C| ask(s, actor, state, command).map_err(|r| r.reason);
    let image = lend(BATCH, 1);
    let (at_the_bank, at_the_vendor) = (rare(waiting()), rare(opened()));

    let events = why(&at_the_bank, bank(), at_bank(), &image).unwrap();
    let looked = HolderEvent::LookedAt { reason: "生僻字核对".into(), material: Some(MaterialId(1)) };
    assert_eq!(events, [looked], "who looked and at what is recorded");
    let confirmed = BatchState::Confirmed { at: Instant(0) };
    assert_eq!(
        why(&at_the_bank, bank(), confirmed, &image),
        Err(Reason::WrongStage),
        "not before extraction"
    );
    assert_eq!(why(&at_the_bank, vendor("1"), at_bank(), &image), Err(Reason::NotYourData));
    let other = Actor::Bank(BankCode("95533".into()));
    assert_eq!(why(&at_the_bank, other, at_bank(), &image), Err(Reason::NotYourData));
    let clerk = Actor::Officer(OfficerId(1));
    assert_eq!(why(&at_the_bank, clerk, at_bank(), &image), Err(Reason::NotPermitted));

    assert!(why(&at_the_vendor, vendor("1"), at_vendor(), &image).is_ok());
    assert_eq!(why(&at_the_vendor, vendor("2"), at_vendor(), &image), Err(Reason::NotYourData));
    assert_eq!(why(&at_the_vendor, bank(), at_vendor(), &image), Err(Reason::NotYourData), "it has answered");
    let made = BatchState::Made { vendor: VendorCode("1".into()), at: Instant(0) };
    assert_eq!(why(&at_the_vendor, vendor("1"), made, &image), Err(Reason::WrongStage));

    for nothing_else in [lend(BATCH, 2), lend(BATCH, 3)] {
        assert_eq!(why(&at_the_bank, bank(), at_bank(), &nothing_else), Err(Reason::NotFound));
    }
    let mut plain = rare(waiting());
    plain.file.person.as_mut().unwrap().details.name = HolderName::parse("张三").unwrap();
    assert_eq!(why(&plain, bank(), at_bank(), &image), Err(Reason::NotFound), "only for a rare character");
}

#[test]
fn art_39_a_receipt_in_the_clear_is_printed_where_the_application_was_taken_in_and_recorded() {
    clause!(R39.1);
    let mut s = Scene::with_card();
    let form_no = s.file.applications[0].form_no.clone();
    let print = |form_no: &str| C::PrintReceipt(PrintReceipt { form_no: form_no.into() });
    s.file.applications[0].outlet = HR;
    s.as_officer(1).done(print(&form_no));
    assert_eq!(s.as_officer(1).refused(print("44010099999")), Reason::NotFound);
    s.file.applications[0].outlet = OrgId(HR.0 + 1_000);
    assert_eq!(s.as_officer(1).refused(print(&form_no)), Reason::OutOfScope);
    let online = Actor::Partner(PartnerId::parse("online:gdrs").unwrap());
    assert_eq!(s.as_actor(online).refused(print(&form_no)), Reason::NotPermitted);
}

#[test]
fn art_39_a_partner_says_of_its_own_messages_only_that_it_has_fetched_them() {
    clause!(R39.1);
    let s = Scene::with_card();
    let say = |actor: Actor, ids: &[i64]| {
        let now = s.now;
        let ctx = Ctx { now, actor, channel: Channel::Partner, request_key: None, request_body: None };
        fetch_messages(&s.office, &FetchMessages { ids: ids.into() }, &ctx).map_err(|r| r.reason)
    };
    let fetched = |to: &str| Ok(vec![MessageEvent::Fetched { to: to.into(), ids: vec![1, 2] }]);
    assert_eq!(say(Actor::Bank(BankCode("95588".into())), &[1, 2]), fetched("bank:95588"));
    assert_eq!(say(Actor::Partner(PartnerId::parse("sms:a").unwrap()), &[1, 2]), fetched("sms"));
    assert_eq!(say(Actor::Bank(BankCode("95588".into())), &[]), Err(Reason::NothingToDo));
    assert_eq!(say(Actor::Officer(OfficerId(1)), &[1]), Err(Reason::NotPermitted));
    assert_eq!(say(Actor::System, &[1]), Err(Reason::NotPermitted));
}

#[test]
fn appendix_7_2_a_guardian_in_another_spelling_and_an_outlet_by_its_own_code_change_nothing() {
    clause!(X7.2);
    let mut s = waiting();
    with_guardian(&mut s);
    s.file.person.as_mut().unwrap().details.collection_point = Some("44010300000004".into());
    let before = sent(&s);
    // The outlet gets its code at the bank after the data went out.
    s.office.apply(&InstitutionEvent::OutletCoded { org: OrgId(4), code: "955880004".into() });
    assert_ne!(sent(&s).collection_point, before.collection_point);
    let told = |change: &dyn Fn(&mut Details)| {
        let mut details = before.clone();
        change(&mut details);
        let account = account();
        let command = C::TakeOpeningReturn(TakeReturn {
            application: FIRST,
            batch: BATCH,
            echo: Extracted::of(&s.file, &s.file.applications[0]).unwrap(),
            details: Some(Box::new(details)),
            result: OpeningResult::Opened {
                bank_card_no: account.bank_card_no,
                account_no: account.account_no,
            },
        });
        ask(&s, bank(), at_bank(), &command).unwrap()[0].changed_fields().to_vec()
    };
    assert!(told(&|_| {}).is_empty(), "the same outlet");
    assert!(told(&|d| d.guardian_document_number = "p 1234567".into()).is_empty());
    assert!(told(&|d| d.guardian_name = "李\u{200B}四".into()).is_empty(), "pasted");
    assert_eq!(told(&|d| d.guardian_name = "李五".into()), [SentField::GuardianName]);
    assert_eq!(
        told(&|d| d.guardian_document_number = "P7654321".into()),
        [SentField::GuardianDocumentNumber]
    );
    assert_eq!(told(&|d| d.phone = "13900000009".into()), [SentField::Phone]);
    assert_eq!(told(&|d| d.collection_point = "44010300000005".into()), [SentField::CollectionPoint]);
}

#[test]
fn appendix_7_2_rows_wait_for_the_bank_of_the_batch_and_for_the_vendor_that_has_it() {
    clause!(X7.2);
    clause!(X7.3);
    let waits = |actor: Actor, state| {
        let batch = batch_file(state).batch.unwrap();
        waiting_for(&actor, &batch).map_err(|r| r.reason)
    };
    assert_eq!(waits(bank(), at_bank()), Ok(StageKind::InBatch));
    assert_eq!(waits(Actor::Bank(BankCode("95533".into())), at_bank()), Err(Reason::NotYourData));
    assert_eq!(waits(vendor("1"), at_vendor()), Ok(StageKind::AccountOpened));
    assert_eq!(waits(vendor("2"), at_vendor()), Err(Reason::NotYourData));
}
