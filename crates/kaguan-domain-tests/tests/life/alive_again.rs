//! 恢复生存状态 of one of the numbers of joined files: it is about whoever has the number, and the death of the other stands.

use super::join::{CITY, PROVINCE, SECOND, Two, decision, propose};
use super::person::OLD;
use kaguan_domain::alive::{MarkDeath, RestoreLife, StateDeath, restored_said};
use kaguan_domain::clause;
use kaguan_domain::ctx::Instant;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::application::Register;
use kaguan_domain::facts::card::{Card, Hold};
use kaguan_domain::facts::holder::{HolderEvent, HolderFile};
use kaguan_domain::facts::notice::{Notice, NoticeKind};
use kaguan_domain::facts::person::DeathMark;
use kaguan_domain::facts::social_security_number::SocialSecurityNumber;
use kaguan_domain::holder::joining_said;
use kaguan_domain::refusal::Reason;

const BOTH: [Register; 2] = [Register::PublicSecurity, Register::SocialSecurity];

fn number(file: &HolderFile) -> SocialSecurityNumber {
    file.person.as_ref().unwrap().details.ssn.clone()
}

fn mark(source: Register, number: &SocialSecurityNumber) -> C {
    C::MarkDeath(MarkDeath { source, number: Some(number.clone()), evidence: Some("函1号".into()) })
}

fn state(number: &SocialSecurityNumber) -> C {
    let (relation, evidence) = ("配偶".into(), "死亡证明1号".into());
    C::StateDeath(StateDeath { relation, evidence, number: Some(number.clone()) })
}

fn restore(number: &SocialSecurityNumber) -> C {
    C::RestoreLife(RestoreLife { number: Some(number.clone()), ..RestoreLife::by("本人到场") })
}

fn dead(card: &Card) -> [bool; 2] {
    [Hold::SuspectedDeath, Hold::DeathConfirmed].map(|hold| card.holds.contains(&hold))
}

fn proof(file: &HolderFile) -> Option<&str> {
    file.person.as_ref().unwrap().alive_again.as_ref().map(|a| a.evidence.as_str())
}

/// Both are one file, and both registers and relatives have said that whoever has the second number is dead.
fn with_a_dead_second() -> Two {
    let mut two = Two::joined();
    let theirs = number(&two.other);
    two.done(1, &state(&theirs));
    for source in BOTH {
        two.done(CITY, &mark(source, &theirs));
    }
    two
}

#[test]
fn art_33_1_whoever_comes_restores_the_own_number_and_the_death_of_the_other_stands() {
    clause!(R33.1);
    clause!(R5.5);
    let mut two = with_a_dead_second();
    let (own, theirs) = (number(&two.scene.file), number(&two.other));
    // Whose number it is has to be said, and of the own one nobody has said anything.
    let (reason, told) = two.refused(1, &C::RestoreLife(RestoreLife::by("本人到场")));
    assert!(
        reason == Reason::MaterialDefective && told.contains("须填写恢复生存状态的社会保障号码"),
        "{told}"
    );
    let (reason, told) = two.refused(1, &restore(&own));
    assert!(reason == Reason::NothingToDo && told.contains("撤销档案合并"), "{told}");
    assert!(told.contains(&own.masked()) && told.contains(&theirs.masked()), "{told}");
    assert!(!told.contains(own.as_str()) && !told.contains(theirs.as_str()), "{told}");
    // With a mark of the own number too, that one alone is over.
    two.done(CITY, &mark(BOTH[0], &own));
    let notice = Notice::new(NoticeKind::HolderDead, two.scene.now);
    let told = HolderEvent::Notified { card: OLD, notice, silent: true };
    two.scene.file.apply(&told, two.scene.now);
    two.done(1, &restore(&own));
    assert!(two.scene.file.death_confirmed() && dead(two.first())[1]);
    assert!(
        two.first().notices.iter().all(|n| n.over.is_none()),
        "what is taken back for the other's death is"
    );
    assert!(restored_said(&two.scene.file).contains("另一号码死亡已核实"));
    assert_eq!(two.refused(1, &restore(&own)).0, Reason::NothingToDo);
    two.taken_apart();
    assert!(two.first().in_force() && dead(two.first()) == [false, false]);
    assert_eq!((proof(&two.scene.file), proof(&two.other)), (Some("本人到场"), None));
    let card = two.other.card(SECOND).unwrap();
    assert!(dead(card)[1] && two.other.death_confirmed() && !card.in_force(), "the dead one's stays stopped");
    assert_eq!(two.other.person.as_ref().unwrap().stated.len(), 1);
}

#[test]
fn art_33_1_whoever_has_the_other_number_is_restored_by_it_and_what_shows_it_goes_back_with_it() {
    clause!(R33.1);
    clause!(R5.5);
    let mut two = with_a_dead_second();
    let (own, theirs) = (number(&two.scene.file), number(&two.other));
    two.done(CITY, &mark(BOTH[0], &own));
    two.done(1, &restore(&theirs));
    assert!(!two.scene.file.death_confirmed() && dead(two.first()) == [true, false]);
    assert!(restored_said(&two.scene.file).contains("仍有死亡登记或申报"));
    let said: Vec<_> = two.scene.file.person.as_ref().unwrap().found_alive().collect();
    assert_eq!(said.len(), 1);
    two.taken_apart();
    assert_eq!((dead(two.first()), dead(&two.other.cards[0])), ([true, false], [false, false]));
    assert_eq!((proof(&two.scene.file), proof(&two.other)), (None, Some("本人到场")));
    assert_eq!(two.scene.file.person.as_ref().unwrap().found_alive().count(), 0);
    // Of a file that is one person's no number is asked for, and everything is over.
    two.done(1, &C::RestoreLife(RestoreLife::by("本人再次到场")));
    assert!(
        dead(two.first()) == [false, false] && restored_said(&two.scene.file).starts_with("已恢复生存状态；")
    );
}

#[test]
fn art_33_1_marks_of_earlier_days_without_a_number_are_restored_with_the_file_that_brought_them() {
    clause!(R33.1);
    clause!(R32.5);
    for restored in [0, 1] {
        let mut two = Two::new();
        let at = two.scene.now;
        two.other.person.as_mut().unwrap().death = vec![DeathMark { source: BOTH[0], at, number: None }];
        two.done(CITY, &propose(Some(OLD)));
        two.done(PROVINCE, &decision(true));
        let (own, theirs) = (number(&two.scene.file), number(&two.other));
        if restored == 0 {
            assert_eq!(two.refused(1, &restore(&own)).0, Reason::NothingToDo);
        } else {
            two.done(1, &restore(&theirs));
        }
        two.taken_apart();
        let left = two.other.person.as_ref().unwrap().death.len();
        assert_eq!((left, dead(two.first())), (1 - restored, [false, false]));
    }
}

#[test]
fn art_33_1_a_line_of_earlier_days_that_names_no_number_is_read_as_it_was() {
    clause!(R33.1);
    let mut two = with_a_dead_second();
    let at = Instant(two.scene.now.0 + 1);
    let line: HolderEvent = serde_json::from_str(r#"{"life_restored":{"evidence":"本人到场"}}"#).unwrap();
    two.scene.file.apply(&line, at);
    assert!(two.scene.file.person.as_ref().unwrap().death.is_empty());
    assert!(two.scene.file.cards.iter().all(|c| dead(c) == [false, false]));
}

#[test]
fn art_32_5_whoever_joins_two_files_reads_that_the_death_of_the_one_stops_the_card_of_the_other() {
    clause!(R32.5);
    clause!(R33.1);
    let said = |two: &Two, keep| -> String {
        let said = joining_said(&two.scene.file, &two.other, keep, &two.scene.ctx());
        said.iter().map(|(head, what)| format!("{head}：{what}\n")).collect()
    };
    // Nobody dead: what stops is the card that is not kept.
    let mut two = Two::new();
    let (own, theirs) = (number(&two.scene.file), number(&two.other));
    let line = |told: &str, head: &str| {
        told.lines().find(|l| l.starts_with(head)).map(str::to_owned).unwrap_or_default()
    };
    let stops = "现在能用、合并后随即停用的卡";
    let [first, second] = [two.first(), &two.other.cards[0]].map(|c| c.card_no.masked());
    let told = said(&two, Some(OLD));
    assert!(!told.contains("死亡") && told.contains("合并后各卡的状态"), "{told}");
    let stopped = line(&told, stops);
    assert_eq!([stopped.contains(&first), stopped.contains(&second)], [first == second, true], "{told}");
    assert!(said(&two, None).is_empty(), "nothing is said of cards before one is chosen");
    // One register's word is a suspicion; two are a death, by which the kept card stops too.
    for (source, says) in [(BOTH[0], "都标为疑似死亡"), (BOTH[1], "保留的卡也随即停用")] {
        let at = two.scene.now;
        let marked = HolderEvent::DeathMarked { source, number: Some(theirs.clone()), evidence: None };
        two.other.apply(&marked, at);
        for keep in [Some(OLD), None] {
            let told = said(&two, keep);
            assert!(told.contains("须先核实的死亡：") && told.contains(says), "{told}");
            assert!(told.contains("并入档案的死亡登记和申报：") && told.contains(&theirs.masked()), "{told}");
            assert!(!told.contains(theirs.as_str()) && !told.contains(own.as_str()), "{told}");
        }
    }
    let told = said(&two, Some(OLD));
    assert!(line(&told, stops).contains(&first), "{told}");
    two.done(CITY, &propose(Some(OLD)));
    two.done(PROVINCE, &decision(true));
    assert!(!two.first().in_force() && dead(two.first())[1], "as it was said");
}
