//! 死亡比对 (Articles 32 and 33).

use crate::person::{Scene, TODAY};
use kaguan_domain::alive::{MarkDeath, RestoreLife, StateDeath, death_questions, marks, to_compare};
use kaguan_domain::clause;
use kaguan_domain::dispatch::{HolderCommand as C, due};
use kaguan_domain::facts::application::Register;
use kaguan_domain::facts::card::Hold;
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::identity::{HeldDocument, HowKnown, Identifier, NumberEnd, PastNumber};
use kaguan_domain::facts::notice::NoticeKind;
use kaguan_domain::facts::person::DeathAnswer;
use kaguan_domain::facts::social_security_number::SocialSecurityNumber;
use kaguan_domain::refusal::Reason;

fn said(public_security: Option<bool>, social_security: Option<bool>) -> DeathAnswer {
    DeathAnswer { public_security, social_security }
}

/// The duty marks what the registers said.
fn compared(s: &mut Scene, said: DeathAnswer) -> usize {
    let number = s.file.person.as_ref().unwrap().details.ssn.clone();
    let marks = marks(&s.file, &number, &said);
    for mark in &marks {
        s.as_system().done(C::MarkDeath(mark.clone()));
    }
    marks.len()
}

fn recall_is_told(s: &Scene) -> bool {
    due(&s.file, s.now).iter().any(|c| matches!(c, C::Notify(n) if n.kind == NoticeKind::HolderDead))
}

#[test]
fn art_32_only_a_death_that_both_registers_confirm_leads_to_recall() {
    clause!(R32.5);
    let mut s = Scene::with_card();
    assert!(to_compare(&s.file));
    // A register that is silent, or does not know 张三, marks nothing; nor does one that says alive.
    for nothing in [said(None, None), said(Some(false), Some(false)), said(None, Some(false))] {
        assert_eq!(compared(&mut s, nothing), 0);
    }
    assert_eq!(compared(&mut s, said(Some(true), None)), 1);
    assert!(
        s.old().holds.contains(&Hold::SuspectedDeath) && !recall_is_told(&s),
        "one source is a suspicion"
    );
    assert!(s.old().in_force(), "and stops nothing");
    assert_eq!(compared(&mut s, said(Some(true), None)), 0, "the same register twice is one source");
    assert_eq!(compared(&mut s, said(Some(true), Some(true))), 1);
    assert!(s.old().holds.contains(&Hold::DeathConfirmed) && recall_is_told(&s));
    assert!(!to_compare(&s.file), "nobody is asked about again");
}

#[test]
fn art_32_what_a_person_says_is_no_registers_mark() {
    clause!(R32.5);
    let mut s = Scene::with_card();
    let state = |relation: &str, evidence: &str| {
        C::StateDeath(StateDeath { relation: relation.into(), evidence: evidence.into(), number: None })
    };
    assert_eq!(s.as_officer(1).refused(state("", "死亡证明1号")), Reason::MaterialDefective);
    assert_eq!(s.as_officer(1).refused(state("配偶", " ")), Reason::MaterialDefective);
    // What is not said is named, all of it, and nothing else; whoever is alive is not restored.
    let told = s.refusal(state("配偶", " ")).sentence();
    assert!(told.contains("须填写所示证明及编号") && !told.contains("关系"), "{told}");
    let told = s.refusal(state("", "")).sentence();
    assert!(told.contains("须填写申报人与持卡人关系、所示证明及编号") && told.contains("第33条"), "{told}");
    let told = s.refusal(C::RestoreLife(RestoreLife::by(""))).sentence();
    assert!(told.contains("没有死亡登记或申报") && !told.contains("第8条"), "{told}");
    s.as_officer(1).done(state("配偶", "死亡证明1号"));
    assert!(s.old().holds.contains(&Hold::SuspectedDeath) && !recall_is_told(&s));
    assert_eq!(s.as_officer(2).refused(state("子女", "死亡证明1号")), Reason::NothingToDo);
    // With one register it is still one source.
    assert_eq!(compared(&mut s, said(Some(true), Some(false))), 1);
    assert!(!s.old().holds.contains(&Hold::DeathConfirmed) && !recall_is_told(&s));
    s.as_officer(1).done(C::RestoreLife(RestoreLife::by("本人到场")));
    assert!(s.old().holds.is_empty());
    // A statement alone is restored as well.
    s.as_officer(1).done(state("配偶", "死亡证明1号"));
    s.as_officer(1).done(C::RestoreLife(RestoreLife::by("本人到场")));
    assert!(s.old().holds.is_empty());
}

#[test]
fn art_32_an_officer_marks_a_death_only_by_a_registers_paper() {
    clause!(R32.5);
    let mut s = Scene::with_card();
    let mark = |evidence: Option<&str>| {
        C::MarkDeath(MarkDeath {
            source: Register::PublicSecurity,
            number: None,
            evidence: evidence.map(Into::into),
        })
    };
    for none in [None, Some(" ")] {
        let refusal = s.as_officer(3).refusal(mark(none));
        assert_eq!(refusal.reason, Reason::MaterialDefective);
        assert!(refusal.sentence().contains("死亡申报"), "{}", refusal.sentence());
    }
    assert_eq!(s.as_officer(1).refused(mark(Some("穗公函1号"))), Reason::NotPermitted);
    s.as_officer(3).done(mark(Some("穗公函1号")));
    assert_eq!(s.file.person.as_ref().unwrap().death.len(), 1);
    // Whoever has no card that stands is not compared.
    let mut s = Scene::with_card();
    s.file.cards.clear();
    assert!(!to_compare(&s.file));
    assert_eq!(s.now.date(), TODAY);
    // A mark of earlier days is read.
    let old = r#"{"death_marked":{"source":"public_security"}}"#;
    let read: kaguan_domain::facts::holder::HolderEvent = serde_json::from_str(old).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), old);
}

#[test]
fn art_32_what_relatives_state_is_kept_with_its_number_and_holds_what_is_made_afterwards() {
    clause!(R32.5);
    let mut s = Scene::with_card();
    let number = s.file.person.as_ref().unwrap().details.ssn.clone();
    s.file.cards.clear();
    let state =
        || StateDeath { relation: "配偶".into(), evidence: "死亡证明1号".into(), number: None };
    s.as_officer(1).done(C::StateDeath(state()));
    let kept = s.file.person.as_ref().unwrap().stated.clone();
    assert_eq!(kept.len(), 1);
    assert!(kept[0].says(&number) && kept[0].at == Some(s.now), "{kept:?}");
    assert_eq!(kept[0].said(), format!("配偶申报，{TODAY}，死亡证明1号"));
    // Whoever has no card yet is stated dead once.
    assert_eq!(s.refused(C::StateDeath(state())), Reason::NothingToDo);
    let made = s.file.as_held(Scene::with_card().file.cards.remove(0));
    assert!(made.holds.contains(&Hold::SuspectedDeath) && made.in_force());
    s.done(C::RestoreLife(RestoreLife::by("本人到场")));
    assert!(s.file.person.as_ref().unwrap().stated.is_empty());
    // A line of earlier days names no number: the hold is all that is known of it.
    let old = r#"{"death_stated":{"relation":"配偶","evidence":"1"}}"#;
    let read: kaguan_domain::facts::holder::HolderEvent = serde_json::from_str(old).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), old);
    let mut s = Scene::with_card();
    s.file.apply(&read, s.now);
    assert!(s.file.person.as_ref().unwrap().stated.is_empty() && s.file.is_suspected_by_nobody_known());
    assert!(s.file.stated_deaths()[0].says(&number));
    assert_eq!(s.refused(C::StateDeath(state())), Reason::NothingToDo);
}

#[test]
fn art_32_registers_are_asked_by_each_number_that_the_person_had() {
    clause!(R32.5);
    let mut s = Scene::with_card();
    let own = s.file.person.as_ref().unwrap().details.clone();
    let asked = |s: &Scene| {
        let forms = death_questions(&s.file).into_iter();
        forms.map(|f| (f.ssn.as_str().to_owned(), f.document.number().to_owned())).collect::<Vec<_>>()
    };
    let own = (own.ssn.as_str().to_owned(), own.document.number().to_owned());
    assert_eq!(asked(&s), std::slice::from_ref(&own));
    // Before, he had a number made from a passport.
    let person = s.file.person.as_mut().unwrap();
    person.documents.push(HeldDocument {
        which: Identifier {
            kind: DocumentKind::Passport,
            nationality: "DEU".into(),
            number: "G01234556".into(),
        },
        valid_until: None,
        since: None,
        how: HowKnown::Shown,
        ended: None,
    });
    let earlier = SocialSecurityNumber::parse("DEU000000G01234556").unwrap();
    let past = |number: &SocialSecurityNumber, why| PastNumber { number: number.clone(), until: TODAY, why };
    person.numbers = vec![past(&earlier, NumberEnd::DocumentChanged)];
    assert_eq!(asked(&s), [own.clone(), ("DEU000000G01234556".into(), "G01234556".into())]);
    // What the register says of it is marked of it, once; and one that knows the new number besides is one register.
    let dead = said(Some(true), Some(false));
    let found = marks(&s.file, &earlier, &dead);
    assert_eq!(found.iter().map(|m| m.number.clone()).collect::<Vec<_>>(), [Some(earlier.clone())]);
    s.as_system().done(C::MarkDeath(found[0].clone()));
    assert!(marks(&s.file, &earlier, &dead).is_empty());
    assert_eq!(compared(&mut s, dead), 1);
    assert!(!s.file.death_confirmed());
    // A number that came by a joining is asked by the form of its own file.
    s.file.person.as_mut().unwrap().numbers = vec![past(&earlier, NumberEnd::Joined)];
    assert_eq!(asked(&s), [own]);
}
