//! 档案合并: two files of one person, joined and taken apart.

use super::person::{OLD, Scene, TODAY, card};
use jiff::civil::date;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Ctx};
use kaguan_domain::dispatch::{HolderCommand as C, decide};
use kaguan_domain::facts::application::{ExchangeReason, Purpose, Register, Stage};
use kaguan_domain::facts::archive::{Case, Material, MaterialKind};
use kaguan_domain::facts::card::SignedECard;
use kaguan_domain::facts::card::{Account, Hold, Social};
use kaguan_domain::facts::claim::{Claim, ClaimKind};
use kaguan_domain::facts::custody::Custody;
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::fee::Fee;
use kaguan_domain::facts::holder::{HolderEvent, HolderFile};
use kaguan_domain::facts::identity::{HeldDocument, HowKnown, Identifier, NumberEnd};
use kaguan_domain::facts::institution::{InstitutionEvent, Officer, OrgKind, Organisation, Role};
use kaguan_domain::facts::intent::{Intent, IntentKind, IntentState};
use kaguan_domain::facts::join::JoinState;
use kaguan_domain::facts::letter::letters_of;
use kaguan_domain::facts::person::DeathMark;
use kaguan_domain::facts::restriction::{CaseState, Restriction};
use kaguan_domain::facts::social_security_number::SocialSecurityNumber;
use kaguan_domain::holder::{CorrectDetails, DecideJoin, ProposeJoin, UndoJoin};
use kaguan_domain::ids::{ApplicationId, CardId, CaseId, CityCode, HolderId, MaterialId, OfficerId, OrgId};
use kaguan_domain::records::Look;
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_domain::restriction::Lift;
use kaguan_domain::rule::{Around, Found};
use std::collections::HashMap;

/// The city's officer, and the province's.
pub const CITY: i64 = 3;
pub const PROVINCE: i64 = 6;
/// The card of the second file.
pub const SECOND: CardId = CardId(3);

/// 张三 has a file by his citizen number, and a second one by a passport; each with a card in hand.
pub struct Two {
    pub scene: Scene,
    pub other: HolderFile,
}

impl Two {
    pub fn new() -> Self {
        let scene = Scene::with_card();
        let mut other = Scene::with_card().file;
        other.id = HolderId(2);
        let a = &mut other.applications[0];
        (a.id, a.form_no) = (ApplicationId(11), "44010000011".into());
        a.stage = Stage::Made { card: SECOND, at: scene.now };
        let receipt = "440000260000000001".into();
        a.fee = Fee::Paid { fen: 2000, at: scene.now, receipt, details: None };
        let mut second = card(SECOND, ApplicationId(11), "95533", date(2026, 9, 1));
        second.custody = Custody::WithHolder { since: scene.now };
        second.social = Social::Enabled { at: scene.now };
        second.account = scene.file.cards[0].account.clone();
        second.signed_e_card = Some(SignedECard { number: super::e_card::e_card("E2"), at: scene.now });
        other.cards = vec![second];
        let person = other.person.as_mut().unwrap();
        person.details.ssn = SocialSecurityNumber::parse("CHN0E1234567800000").unwrap();
        person.documents.push(HeldDocument {
            which: Identifier {
                kind: DocumentKind::ChinesePassport,
                nationality: "CHN".into(),
                number: "E12345678".into(),
            },
            valid_until: None,
            since: None,
            how: HowKnown::Shown,
            ended: None,
        });
        person.archive.push(Material {
            id: MaterialId(7),
            case: Case::Application(ApplicationId(11)),
            kind: MaterialKind::Identity,
            digest: None,
            cabinet: Some("甲柜".into()),
            org: super::HR,
            filed_at: scene.now,
            page: None,
            corrected: Vec::new(),
        });
        Self { scene, other }
    }

    pub fn ask(&self, officer: i64, command: &C) -> Result<Vec<HolderEvent>, Refusal> {
        let ctx = Ctx { actor: Actor::Officer(OfficerId(officer)), ..self.scene.ctx() };
        let batches = HashMap::new();
        let (office, stock) = (&self.scene.office, &self.scene.stock);
        let around = Around {
            institutions: office,
            batches: &batches,
            stock,
            found: Found::NOBODY,
            other: Some(&self.other),
        };
        decide(&self.scene.file, command, &ctx, around)
    }

    pub fn done(&mut self, officer: i64, command: &C) {
        let events = self.ask(officer, command).unwrap_or_else(|r| panic!("{command:?}: {}", r.sentence()));
        for event in events {
            self.scene.file.apply(&event, self.scene.now);
            if let Some(there) = event.elsewhere(self.scene.file.id) {
                assert_eq!(there.file, self.other.id);
                self.other.apply(&there.event, self.scene.now);
            }
        }
        for file in [&self.scene.file, &self.other] {
            assert!(file.cards.iter().filter(|c| c.in_force()).count() <= 1, "one card in force a file");
        }
    }

    pub fn refused(&self, officer: i64, command: &C) -> (Reason, String) {
        match self.ask(officer, command) {
            Ok(events) => panic!("{command:?} is done: {events:?}"),
            Err(refusal) => (refusal.reason, refusal.sentence()),
        }
    }

    /// Both are one file, with the first one's card.
    pub fn joined() -> Self {
        let mut two = Self::new();
        two.done(CITY, &propose(Some(OLD)));
        two.done(PROVINCE, &decision(true));
        two
    }

    pub fn taken_apart(&mut self) {
        self.done(PROVINCE, &undo());
        self.done(CITY, &decision(true));
    }

    pub fn first(&self) -> &kaguan_domain::facts::card::Card {
        self.scene.file.card(OLD).unwrap()
    }

    fn state(&self) -> &JoinState {
        &self.scene.file.join_with(HolderId(2)).unwrap().state
    }
}

pub fn propose(keep: Option<CardId>) -> C {
    let reason = "护照与身份证照片、签名一致，本人陈述".into();
    C::ProposeJoin(ProposeJoin { other: HolderId(2), reason, keep })
}

pub fn decision(approved: bool) -> C {
    let reason = if approved { String::new() } else { "相片不是同一人".into() };
    C::DecideJoin(DecideJoin { other: HolderId(2), approved, reason })
}

pub fn undo() -> C {
    C::UndoJoin(UndoJoin { other: HolderId(2), reason: "系两兄弟".into() })
}

/// A file without the record of joinings, for comparing.
pub fn bare(file: &HolderFile) -> HolderFile {
    let mut f = file.clone();
    f.person.as_mut().unwrap().joins.clear();
    f
}

#[test]
fn art_5_5_two_files_of_zhang_san_become_one_by_two_officers_and_come_apart_as_they_were() {
    clause!(R5.5);
    clause!(R3.2);
    let mut two = Two::new();
    let before = (two.scene.file.clone(), two.other.clone());
    two.done(CITY, &propose(Some(OLD)));
    assert_eq!(bare(&two.scene.file), before.0, "a proposal moves nothing");
    assert_eq!(two.refused(CITY, &decision(true)).0, Reason::OwnProposal);
    assert_eq!(two.refused(PROVINCE, &propose(Some(OLD))).0, Reason::WrongStage, "it waits already");
    two.done(PROVINCE, &decision(true));
    let file = &two.scene.file;
    assert_eq!(file.applications.iter().map(|a| a.id.0).collect::<Vec<_>>(), [1, 11]);
    assert_eq!(file.cards.iter().map(|c| c.id.0).collect::<Vec<_>>(), [1, 3]);
    assert!(two.first().in_force());
    assert!(file.card(SECOND).unwrap().holds.contains(&Hold::OneCardCleanUp), "one person, one card");
    assert_eq!(file.person.as_ref().unwrap().archive.len(), 1, "the archive came along");
    let person = file.person.as_ref().unwrap();
    assert_eq!(person.numbers.iter().map(|n| n.why).collect::<Vec<_>>(), [NumberEnd::Joined]);
    let held: Vec<_> = person.documents().into_iter().map(|h| h.which.kind).collect();
    assert_eq!(held, [DocumentKind::IdentityCard, DocumentKind::ChinesePassport], "both documents are his");
    assert_eq!(file.joined_files().collect::<Vec<_>>(), [HolderId(2)]);
    assert!(two.other.applications.is_empty() && two.other.cards.is_empty());
    assert_eq!(two.other.joined_into(), Some(HolderId(1)));
    // It answers nothing by itself.
    let mut alone = Scene::with_card();
    alone.file = two.other.clone();
    let look = C::Look(Look { reason: "核对".into(), material: None });
    assert_eq!(alone.refused(look), Reason::FileJoined);
    assert_eq!(two.refused(CITY, &decision(true)).0, Reason::WrongStage);
    // Taken apart, by two officers again.
    two.done(CITY, &undo());
    assert_eq!(two.refused(CITY, &decision(true)).0, Reason::OwnProposal);
    two.done(PROVINCE, &decision(true));
    assert_eq!((bare(&two.scene.file), bare(&two.other)), before);
    assert!(matches!(two.state(), JoinState::Undone { .. }));
    two.done(CITY, &propose(Some(OLD)));
    assert_eq!(*two.state(), JoinState::Proposed, "what was taken apart may be proposed again");
}

#[test]
fn art_5_5_every_number_of_the_second_file_goes_along_and_comes_back() {
    clause!(R5.5);
    let mut two = Two::new();
    two.done(CITY, &propose(Some(OLD)));
    let kinds = |claims: &[Claim]| {
        let mut kinds: Vec<ClaimKind> = claims.iter().map(|c| c.kind).collect();
        kinds.sort();
        kinds.dedup();
        kinds
    };
    // A unit application is no person's.
    let mut all: Vec<_> = ClaimKind::ALL.iter().copied().filter(|k| *k != ClaimKind::UnitForm).collect();
    all.sort();
    let events = two.ask(PROVINCE, &decision(true)).unwrap();
    let there = events[0].elsewhere(HolderId(1)).unwrap();
    assert_eq!(kinds(&there.claims), all);
    assert_eq!((there.from, there.to), (HolderId(2), HolderId(1)));
    assert!(events[0].is_personal());
    two.done(PROVINCE, &decision(true));
    two.done(CITY, &undo());
    let back = two.ask(PROVINCE, &decision(true)).unwrap()[0].elsewhere(HolderId(1)).unwrap();
    assert_eq!((back.from, back.to, kinds(&back.claims)), (HolderId(1), HolderId(2), all));
}

#[test]
fn art_5_5_what_is_under_way_comes_to_its_end_before_two_files_are_joined() {
    clause!(R5.5);
    let mut two = Two::new();
    // An application in a batch: which one, and what to wait for.
    let mut open = two.other.applications[0].clone();
    (open.id, open.purpose) = (ApplicationId(12), Purpose::Reissue { old: SECOND });
    open.stage =
        Stage::InBatch { batch: kaguan_domain::ids::BatchId(5), card_no: two.other.cards[0].card_no.clone() };
    two.other.applications.push(open);
    let (reason, says) = two.refused(CITY, &propose(Some(OLD)));
    assert_eq!(reason, Reason::JoinBlocked);
    assert!(
        says.contains("并入的档案有在办的补卡（申领表44010000011）") && says.contains("制卡批次"),
        "{says}"
    );
    // In the file that stays as well, both are told at once.
    two.scene.file.applications[0].stage = Stage::Received;
    let (_, says) = two.refused(CITY, &propose(Some(OLD)));
    assert!(says.contains("保留的档案有在办的申请") && says.contains("并入的档案"), "{says}");
    // A bank that has not answered yet.
    let mut two = Two::new();
    let (wanted_at, due) = (two.scene.now, two.scene.now);
    two.other.cards[0].intents.push(Intent {
        seq: 1,
        kind: IntentKind::LoseTemporarily,
        wanted_at,
        due,
        state: IntentState::Wanted,
    });
    let (reason, says) = two.refused(CITY, &propose(Some(OLD)));
    assert!(reason == Reason::JoinBlocked && says.contains("银行尚未答复"), "{says}");
    two.other.cards[0].intents[0].state = IntentState::InDoubt { since: due };
    two.done(CITY, &propose(Some(OLD)));
    // And it is looked at again when it is decided.
    two.scene.file.applications[0].stage = Stage::Received;
    assert_eq!(two.refused(PROVINCE, &decision(true)).0, Reason::JoinBlocked);
    two.done(PROVINCE, &decision(false));
    assert!(matches!(two.state(), JoinState::Refused { .. }));
    assert_eq!(two.refused(PROVINCE, &undo()).0, Reason::WrongStage);
}

#[test]
fn art_5_5_one_file_is_not_joined_with_itself_nor_twice_nor_without_saying_why() {
    clause!(R5.5);
    let mut two = Two::new();
    let silent = C::ProposeJoin(ProposeJoin { other: HolderId(2), reason: " ".into(), keep: Some(OLD) });
    assert_eq!(two.refused(CITY, &silent).0, Reason::MaterialDefective);
    let itself = C::ProposeJoin(ProposeJoin { other: HolderId(1), reason: "x".into(), keep: None });
    assert_eq!(two.refused(CITY, &itself).0, Reason::NothingToDo);
    assert_eq!(two.refused(1, &propose(Some(OLD))).0, Reason::NotPermitted, "not at a counter");
    two.other.person.as_mut().unwrap().joined_into = Some(HolderId(9));
    assert_eq!(two.refused(CITY, &propose(Some(OLD))).0, Reason::FileJoined);
    let mut two = Two::new();
    two.done(CITY, &propose(Some(OLD)));
    let silent = C::DecideJoin(DecideJoin { other: HolderId(2), approved: false, reason: String::new() });
    assert_eq!(two.refused(PROVINCE, &silent).0, Reason::MaterialDefective);
    two.done(PROVINCE, &decision(true));
    let silent = C::UndoJoin(UndoJoin { other: HolderId(2), reason: String::new() });
    assert_eq!(two.refused(CITY, &silent).0, Reason::MaterialDefective);
    two.done(CITY, &undo());
    assert_eq!(two.refused(CITY, &undo()).0, Reason::WrongStage);
    two.done(PROVINCE, &decision(false));
    assert!(matches!(two.state(), JoinState::Joined { .. }), "a refused undoing leaves them joined");
}

#[test]
fn appendix_10_of_two_cards_one_of_this_city_is_kept_and_somebody_says_which() {
    clause!(X10.1);
    let two = Two::new();
    let (reason, says) = two.refused(CITY, &propose(None));
    assert!(reason == Reason::MaterialDefective && says.contains("须选定保留哪一张"), "{says}");
    assert_eq!(two.refused(CITY, &propose(Some(CardId(99)))).0, Reason::OneCardListChanged);
    // The second card is of Shenzhen: Guangzhou's officer keeps Guangzhou's, the province either.
    let mut two = Two::new();
    two.other.cards[0].city = CityCode("4403".into());
    assert!(two.refused(CITY, &propose(Some(SECOND))).1.contains("本市"));
    two.done(CITY, &propose(Some(OLD)));
    // Between proposal and decision the card that was to stay is cancelled.
    two.scene.file.cards[0].social = Social::Cancelled { at: two.scene.now };
    assert_eq!(two.refused(PROVINCE, &decision(true)).0, Reason::OneCardListChanged);
    // Only one of both has a card: nobody is asked, nothing is cleaned.
    let mut two = Two::new();
    two.other.cards[0].social = Social::Cancelled { at: two.scene.now };
    two.done(CITY, &propose(None));
    two.done(PROVINCE, &decision(true));
    assert!(two.first().in_force());
    assert!(two.scene.file.cards.iter().all(|c| !c.holds.contains(&Hold::OneCardCleanUp)));
}

#[test]
fn art_37_a_restriction_goes_on_after_the_joining_and_is_not_escaped_by_the_choice_of_the_card() {
    clause!(R37.1);
    let mut two = Two::new();
    let card = &mut two.other.cards[0];
    card.holds.insert(Hold::Restriction { case: CaseId(4) });
    card.restrictions.push(Restriction {
        case: CaseId(4),
        ground: "《社会保险法》第八十八条".into(),
        stated: None,
        proposed_by: "officer:3".into(),
        proposed_at: two.scene.now,
        state: CaseState::InForce,
        ruling: None,
    });
    assert!(two.refused(CITY, &propose(Some(OLD))).1.contains("限制随人"));
    two.done(CITY, &propose(Some(SECOND)));
    two.done(PROVINCE, &decision(true));
    assert!(two.scene.file.card(SECOND).unwrap().holds.contains(&Hold::Restriction { case: CaseId(4) }));
    assert!(!two.scene.file.cards.iter().any(|c| c.in_force()), "no card of the person works");
    two.taken_apart();
    assert!(two.first().in_force(), "the first card is free again, the case goes back with its card");
    assert!(two.other.cards[0].is_held());
}

#[test]
fn art_37_zhang_san_with_a_case_in_each_file_is_restricted_until_both_are_lifted() {
    clause!(R37.1);
    let mut two = Two::new();
    let now = two.scene.now;
    let brought = |file: &mut HolderFile, case| {
        let card = &mut file.cards[0];
        card.holds.insert(Hold::Restriction { case: CaseId(case) });
        card.restrictions.push(Restriction {
            case: CaseId(case),
            ground: "《社会保险法》第八十八条".into(),
            stated: None,
            proposed_by: "officer:3".into(),
            proposed_at: now,
            state: CaseState::InForce,
            ruling: None,
        });
    };
    brought(&mut two.scene.file, 4);
    brought(&mut two.other, 5);
    two.done(CITY, &propose(Some(OLD)));
    two.done(PROVINCE, &decision(true));
    let lift = |card, case| {
        let reason = "已更正".into();
        C::LiftRestriction(Lift { card, case: CaseId(case), reason })
    };
    let lifting = two.ask(CITY, &lift(OLD, 4)).unwrap();
    let lifted =
        |e: &&HolderEvent| matches!(e, HolderEvent::RestrictionDecided { state: CaseState::Lifted, .. });
    assert_eq!(lifting.iter().filter(lifted).count(), 1, "of the card that has the case, and of no other");
    let proposed: Vec<_> = lifting
        .iter()
        .filter_map(|e| match e {
            HolderEvent::RestrictionProposed { card, restriction } => {
                Some((*card, restriction.case, restriction.state.clone()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(
        proposed,
        [(OLD, CaseId(5), CaseState::Proposed)],
        "it comes upon the card as it came upon the other"
    );
    two.done(CITY, &lift(OLD, 4));
    assert!(
        two.first().holds.contains(&Hold::Restriction { case: CaseId(5) }),
        "the other file's case is his"
    );
    assert!(!two.first().in_force());
    let freed = |i: &Intent| i.kind == IntentKind::Unrestrict;
    assert!(!two.first().intents.iter().any(freed), "the account stays restricted");
    two.done(CITY, &lift(SECOND, 5));
    assert!(two.first().in_force() && two.first().intents.iter().any(freed));
}

#[test]
fn art_32_what_registers_say_of_a_death_is_one_mark_a_register_and_goes_back_too() {
    clause!(R32.2);
    let mut two = Two::new();
    let mark = |source| DeathMark { source, at: two.scene.now, number: None };
    two.scene.file.person.as_mut().unwrap().death = vec![mark(Register::PublicSecurity)];
    two.scene.file.cards[0].holds.insert(Hold::SuspectedDeath);
    two.other.person.as_mut().unwrap().death =
        vec![mark(Register::PublicSecurity), mark(Register::SocialSecurity)];
    two.other.cards[0].holds.extend([Hold::SuspectedDeath, Hold::DeathConfirmed]);
    let before = (two.scene.file.clone(), two.other.clone());
    two.done(CITY, &propose(Some(OLD)));
    two.done(PROVINCE, &decision(true));
    assert_eq!(two.scene.file.person.as_ref().unwrap().death.len(), 2);
    assert!(two.first().holds.contains(&Hold::DeathConfirmed), "one person, one death");
    two.taken_apart();
    assert_eq!((bare(&two.scene.file), bare(&two.other)), before);
}

#[test]
fn art_5_5_what_is_new_since_the_joining_stays_and_what_came_goes_back_as_it_is_now() {
    clause!(R5.5);
    let mut two = Two::joined();
    // The kept card was replaced since: the new one stays here, and is the one in force.
    let now = two.scene.now;
    let mut later = two.scene.file.applications[0].clone();
    (later.id, later.purpose) = (ApplicationId(20), Purpose::Reissue { old: OLD });
    later.stage = Stage::Made { card: CardId(21), at: now };
    let mut new = card(CardId(2), ApplicationId(20), "95588", TODAY);
    new.id = CardId(21);
    two.scene.file.applications.push(later);
    two.scene.file.cards.push(new);
    let n = two.scene.file.cards.len() - 1;
    two.scene.file.cards[n].social = Social::Enabled { at: now };
    two.scene.file.cards[n].custody = Custody::WithHolder { since: now };
    two.scene.file.apply(&HolderEvent::CardReplaced { old: OLD, by: CardId(21) }, now);
    // And the bank closed the account of the cleaned one.
    two.scene.file.apply(&HolderEvent::AccountClosed { card: SECOND }, now);
    two.taken_apart();
    assert_eq!(two.scene.file.cards.iter().map(|c| c.id.0).collect::<Vec<_>>(), [1, 21]);
    assert!(two.scene.file.card(CardId(21)).unwrap().in_force());
    let back = two.other.card(SECOND).unwrap();
    assert!(back.in_force() && matches!(back.account, Account::Closed { .. }));
}

#[test]
fn art_5_5_an_undoing_waits_for_a_new_card_in_place_of_one_that_goes_back() {
    clause!(R5.5);
    let mut two = Two::new();
    two.done(CITY, &propose(Some(SECOND)));
    two.done(PROVINCE, &decision(true));
    let mut later = two.scene.file.applications[0].clone();
    (later.id, later.purpose) = (ApplicationId(20), Purpose::Reissue { old: SECOND });
    later.stage = Stage::Made { card: CardId(21), at: two.scene.now };
    let mut new = card(CardId(2), ApplicationId(20), "95533", TODAY);
    new.id = CardId(21);
    two.scene.file.applications.push(later);
    two.scene.file.cards.push(new);
    let (reason, says) = two.refused(CITY, &undo());
    assert!(reason == Reason::JoinBlocked && says.contains("尚未领取"), "{says}");
}

#[test]
fn appendix_10_the_kept_card_and_the_one_that_is_to_take_its_place_stay_both() {
    clause!(X10.1);
    for keep in [OLD, CardId(2)] {
        let mut two = Two::new();
        two.scene.done(super::exchange(ExchangeReason::Other { why: "卡面磨损".into() }));
        two.scene.card_made(ApplicationId(2), "95588");
        two.done(CITY, &propose(Some(keep)));
        two.done(PROVINCE, &decision(true));
        let cleaned = two.scene.file.cards.iter().filter(|c| c.holds.contains(&Hold::OneCardCleanUp));
        assert_eq!(cleaned.map(|c| c.id).collect::<Vec<_>>(), [SECOND], "kept: {keep}");
    }
}

#[test]
fn appendix_10_another_card_of_the_file_that_stays_is_cleaned_and_every_e_card_hears_of_it() {
    clause!(X10.1);
    clause!(R24.1);
    let mut two = Two::new();
    let mut shenzhen = card(CardId(7), ApplicationId(1), "95533", date(2025, 1, 10));
    shenzhen.city = CityCode("4403".into());
    two.scene.file.cards.insert(0, shenzhen);
    two.done(CITY, &propose(Some(OLD)));
    let joining = two.ask(PROVINCE, &decision(true)).unwrap();
    two.done(PROVINCE, &decision(true));
    let cleaned = two.scene.file.cards.iter().filter(|c| c.holds.contains(&Hold::OneCardCleanUp));
    assert_eq!(cleaned.map(|c| c.id).collect::<Vec<_>>(), [SECOND, CardId(7)]);
    let told = joining.iter().flat_map(|e| letters_of(&two.scene.file, e)).count();
    assert_eq!(told, 3, "of three cards none is cancelled");
}

#[test]
fn art_6_1_two_files_of_guangzhou_are_not_joined_by_shenzhen() {
    clause!(R6.1);
    let mut two = Two::new();
    let shenzhen = OrgId(9);
    two.scene.office.apply(&InstitutionEvent::OrganisationAdded(Organisation {
        id: shenzhen,
        code: "44030000000009".into(),
        name: "深圳市卡管机构".into(),
        kind: OrgKind::CityCentre,
        parent: Some(OrgId(1)),
        division: "440300".into(),
        bank: None,
    }));
    two.scene.office.apply(&InstitutionEvent::OfficerAdded(Officer {
        id: OfficerId(9),
        login: "o9".into(),
        name: "经办人".into(),
        role: Role::CityOfficer,
        org: shenzhen,
        active: true,
        password_hash: "!".into(),
    }));
    assert_eq!(two.refused(9, &propose(Some(OLD))).0, Reason::OutOfScope);
    two.done(CITY, &propose(Some(OLD)));
    assert_eq!(two.refused(9, &decision(true)).0, Reason::OutOfScope);
}

#[test]
fn art_5_5_an_undoing_does_not_wait_for_a_first_card_that_nobody_has_collected() {
    clause!(R5.5);
    let mut two = Two::new();
    two.scene.file = Scene::uncollected().file;
    two.done(CITY, &propose(Some(OLD)));
    two.done(PROVINCE, &decision(true));
    two.taken_apart();
    assert!(two.first().stands() && two.other.cards[0].stands());
}

#[test]
fn art_5_5_a_card_that_was_cleaned_before_the_joining_is_not_freed_by_its_undoing() {
    clause!(R5.5);
    clause!(X10.1);
    let mut two = Two::new();
    two.other.apply(&HolderEvent::OneCardCleaned { cards: vec![SECOND] }, two.scene.now);
    let before = two.other.clone();
    two.done(CITY, &propose(Some(OLD)));
    two.done(PROVINCE, &decision(true));
    two.taken_apart();
    assert!(two.other.cards[0].holds.contains(&Hold::OneCardCleanUp));
    assert_eq!(bare(&two.other), before);
}

#[test]
fn art_32_one_registers_word_of_a_death_is_a_suspicion_of_the_joined_person_and_goes_back() {
    clause!(R32.2);
    let mut two = Two::new();
    let at = two.scene.now;
    two.other.person.as_mut().unwrap().death =
        vec![DeathMark { source: Register::PublicSecurity, at, number: None }];
    two.other.cards[0].holds.insert(Hold::SuspectedDeath);
    let before = (two.scene.file.clone(), two.other.clone());
    two.done(CITY, &propose(Some(OLD)));
    two.done(PROVINCE, &decision(true));
    let holds = &two.first().holds;
    assert!(holds.contains(&Hold::SuspectedDeath) && !holds.contains(&Hold::DeathConfirmed));
    two.taken_apart();
    assert_eq!((bare(&two.scene.file), bare(&two.other)), before);
}

/// A third file of Zhang San, by another passport, without a card.
fn third() -> HolderFile {
    let mut third = Two::new().other;
    third.id = HolderId(4);
    (third.applications, third.cards) = (Vec::new(), Vec::new());
    let person = third.person.as_mut().unwrap();
    person.details.ssn = SocialSecurityNumber::parse("CHN0E8765432100000").unwrap();
    person.documents[0].which.number = "E87654321".into();
    person.archive.clear();
    third
}

#[test]
fn art_5_5_of_three_joined_files_one_is_taken_out_and_the_number_of_the_other_stays() {
    clause!(R5.5);
    let mut two = Two::joined();
    let second = std::mem::replace(&mut two.other, third());
    let reason = "护照换发前后号码一致".to_owned();
    two.done(CITY, &C::ProposeJoin(ProposeJoin { other: HolderId(4), reason, keep: Some(OLD) }));
    let approved = DecideJoin { other: HolderId(4), approved: true, reason: String::new() };
    two.done(PROVINCE, &C::DecideJoin(approved));
    two.other = second;
    two.taken_apart();
    let numbers = &two.scene.file.person.as_ref().unwrap().numbers;
    assert_eq!(numbers.iter().map(|n| n.number.as_str()).collect::<Vec<_>>(), ["CHN0E8765432100000"]);
}

#[test]
fn art_5_5_an_undoing_waits_while_the_file_that_stays_goes_by_the_other_ones_passport() {
    clause!(R5.5);
    let mut two = Two::joined();
    let own = two.scene.file.person.as_ref().unwrap().details.draft();
    let mut by_passport = own.clone();
    by_passport.document_kind = DocumentKind::ChinesePassport.code().into();
    by_passport.document_number = "E12345678".into();
    by_passport.document_valid_until = "20300101".into();
    let correct = |draft| {
        C::CorrectDetails(CorrectDetails { draft: Box::new(draft), verified: true, materials: Vec::new() })
    };
    two.done(1, &correct(by_passport));
    let (reason, says) = two.refused(CITY, &undo());
    assert!(reason == Reason::JoinBlocked && says.contains("并入档案的证件"), "{says}");
    two.done(1, &correct(own));
    two.taken_apart();
    let held = two.scene.file.person.as_ref().unwrap().documents();
    assert_eq!(held.iter().map(|h| h.which.kind).collect::<Vec<_>>(), [DocumentKind::IdentityCard]);
}
