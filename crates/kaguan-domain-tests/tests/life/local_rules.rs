//! 地方细则 (Article 42): proposed by the city, examined and filed by the province.

#[path = "glyphs.rs"]
mod glyphs;

use crate::person::{Scene, TODAY};
use jiff::civil::Date;
use kaguan_domain::clause;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::institution::{InstitutionEvent, Role};
use kaguan_domain::facts::policy::{DatedPolicy, LocalPolicy, ProposalState, ProposedPolicy};
use kaguan_domain::ids::{CityCode, OfficerId};
use kaguan_domain::institution::{
    DecidePolicy, InstitutionCommand as I, ProposePolicy, decide as decide_institution,
};
use kaguan_domain::permission::Verb;
use kaguan_domain::refusal::Reason;

/// Guangzhou waives the fee.
fn propose(id: i64, city: &str, from: Date, until: Option<Date>) -> I {
    I::ProposePolicy(ProposePolicy {
        id,
        city: CityCode(city.into()),
        paper: "穗人社规〔2026〕1号".into(),
        policy: DatedPolicy {
            from,
            until,
            policy: LocalPolicy { fee_waived: true, ..LocalPolicy::default() },
        },
    })
}

fn decide(id: i64, approved: bool, reason: &str) -> I {
    I::DecidePolicy(DecidePolicy { id, approved, reason: reason.into() })
}

fn done(s: &mut Scene, officer: i64, command: &I) {
    s.as_officer(officer);
    for event in decide_institution(&s.office, command, &s.ctx()).unwrap() {
        s.office.apply(&event);
    }
}

fn refused(s: &mut Scene, officer: i64, command: &I) -> Reason {
    s.as_officer(officer);
    decide_institution(&s.office, command, &s.ctx()).unwrap_err().reason
}

const CITY: i64 = 3;
const PROVINCE: i64 = 6;

fn waived(s: &Scene, on: Date) -> bool {
    s.office.policy_of(&CityCode("4401".into()), on).fee_waived
}

#[test]
fn art_42_a_city_proposes_its_rules_and_they_hold_once_the_province_has_filed_them() {
    clause!(R42.2);
    let mut s = Scene::with_card();
    let tomorrow = TODAY.tomorrow().unwrap();
    assert_eq!(refused(&mut s, PROVINCE, &propose(1, "4401", TODAY, None)), Reason::NotPermitted);
    assert_eq!(refused(&mut s, CITY, &propose(1, "4403", TODAY, None)), Reason::OutOfScope, "another city's");
    done(&mut s, CITY, &propose(1, "4401", tomorrow, None));
    assert!(!waived(&s, tomorrow), "proposed is not in force");
    assert_eq!(refused(&mut s, CITY, &propose(1, "4401", TODAY, None)), Reason::NothingToDo);
    assert_eq!(
        refused(&mut s, CITY, &decide(1, true, "粤人社备1号")),
        Reason::NotPermitted,
        "not by the city itself"
    );
    assert_eq!(refused(&mut s, PROVINCE, &decide(2, true, "粤人社备1号")), Reason::NotFound);
    done(&mut s, PROVINCE, &decide(1, true, "粤人社备〔2026〕12号"));
    assert!(!waived(&s, TODAY) && waived(&s, tomorrow));
    let state = s.office.proposal(1).unwrap().state.clone();
    assert_eq!(
        state,
        ProposalState::Filed {
            by: Some(OfficerId(PROVINCE)),
            at: s.now,
            number: "粤人社备〔2026〕12号".into(),
        }
    );
    assert_eq!(refused(&mut s, PROVINCE, &decide(1, false, "改")), Reason::NothingToDo);
}

#[test]
fn art_42_rules_that_are_refused_have_a_reason_and_never_hold() {
    clause!(R42.2);
    let mut s = Scene::with_card();
    done(&mut s, CITY, &propose(1, "4401", TODAY, None));
    assert_eq!(refused(&mut s, PROVINCE, &decide(1, false, " ")), Reason::MaterialDefective);
    done(&mut s, PROVINCE, &decide(1, false, "免收须报财政部门"));
    assert!(!waived(&s, TODAY));
    // What lacks its paper, or its days, is told at once.
    let mut bad =
        propose(2, "4401", TODAY.yesterday().unwrap(), TODAY.checked_sub(jiff::Span::new().days(9)).ok());
    if let I::ProposePolicy(p) = &mut bad {
        p.paper = " ".into();
    }
    s.as_officer(CITY);
    let refusal = decide_institution(&s.office, &bad, &s.ctx()).unwrap_err();
    for wrong in ["文号", "不得早于今天", "失效日期"] {
        assert!(refusal.sentence().contains(wrong), "{}", refusal.sentence());
    }
}

#[test]
fn art_42_rules_have_bounds_and_whatever_is_wrong_is_told_at_once_by_article_42() {
    clause!(R42.2);
    let mut s = Scene::with_card();
    let with = |id, warranty_months, low_stock| {
        let mut ask = propose(id, "4401", TODAY, None);
        if let I::ProposePolicy(p) = &mut ask {
            p.policy.policy = LocalPolicy { warranty_months, low_stock, ..LocalPolicy::default() };
        }
        ask
    };
    for months in [0, 241, 300_000, u32::MAX] {
        assert_eq!(
            refused(&mut s, CITY, &with(1, Some(months), None)),
            Reason::MaterialDefective,
            "{months}"
        );
    }
    s.as_officer(CITY);
    let refusal =
        decide_institution(&s.office, &with(1, Some(300_000), Some(u32::MAX)), &s.ctx()).unwrap_err();
    for part in ["质保期应为1至240个月", "预警线", "《经办规程》第42条"] {
        assert!(refusal.sentence().contains(part), "{part}: {}", refusal.sentence());
    }
    // Reported before there were bounds: it is not filed, and the province may say why.
    let I::ProposePolicy(old) = with(7, Some(300_000), None) else { return };
    s.office.apply(&InstitutionEvent::PolicyProposed(ProposedPolicy {
        id: 7,
        city: old.city,
        paper: old.paper,
        policy: old.policy,
        by: Some(OfficerId(CITY)),
        at: s.now,
        state: ProposalState::Proposed,
    }));
    assert_eq!(refused(&mut s, PROVINCE, &decide(7, true, "备案")), Reason::MaterialDefective);
    done(&mut s, PROVINCE, &decide(7, false, "质保期过长"));
    for id in [8, 9] {
        let (months, low) = if id == 8 { (1, 0) } else { (240, 100_000) };
        done(&mut s, CITY, &with(id, Some(months), Some(low)));
        done(&mut s, PROVINCE, &decide(id, true, "粤人社备1号"));
    }
}

#[test]
fn art_42_rules_filed_late_hold_from_the_day_of_filing_and_no_rule_rewrites_the_past() {
    clause!(R42.2);
    let mut s = Scene::with_card();
    done(&mut s, CITY, &propose(1, "4401", TODAY, None));
    done(&mut s, CITY, &propose(2, "4401", TODAY, Some(TODAY.tomorrow().unwrap())));
    s.days_pass(3);
    done(&mut s, PROVINCE, &decide(1, true, "粤人社备1号"));
    let filed = s.now.date();
    assert!(!waived(&s, filed.yesterday().unwrap()) && waived(&s, filed));
    assert_eq!(
        refused(&mut s, PROVINCE, &decide(2, true, "粤人社备1号")),
        Reason::MaterialDefective,
        "its days are over"
    );
    done(&mut s, CITY, &propose(3, "4401", filed, Some(filed)));
    done(&mut s, PROVINCE, &decide(3, true, "粤人社备1号"));
    assert!(waived(&s, filed), "its last day is today");
    // Nobody sets rules past the province any more; what was set in earlier days is read and holds.
    assert_eq!(Verb::SetPolicy.roles(), &[] as &[Role]);
    let old = r#"{"policy_set":{"city":"4401","policy":{"from":"2026-11-23","until":null,"policy":{"warranty_months":12}}}}"#;
    let old: InstitutionEvent = serde_json::from_str(old).unwrap();
    s.office.apply(&old);
    assert_eq!(s.office.policy_of(&CityCode("4401".into()), TODAY).warranty_months, Some(12));
}

/// Rules with a warranty of so many months.
fn warranty(id: i64, paper: &str, months: u32, from: Date, until: Option<Date>) -> I {
    let policy = LocalPolicy { warranty_months: Some(months), ..LocalPolicy::default() };
    let (city, policy) = (CityCode("4401".into()), DatedPolicy { from, until, policy });
    I::ProposePolicy(ProposePolicy { id, city, paper: paper.into(), policy })
}

fn filed(s: &mut Scene, rules: &I) {
    let I::ProposePolicy(p) = rules else { return };
    done(s, CITY, rules);
    done(s, PROVINCE, &decide(p.id, true, "粤人社备1号"));
}

/// The months that are under warranty on a day, and the proposals that hold on it.
fn in_force(s: &Scene, on: Date) -> (Option<u32>, Vec<i64>) {
    let holds = |p: &&ProposedPolicy| s.office.holds_on(p, on);
    let months = s.office.policy_of(&CityCode("4401".into()), on).warranty_months;
    (months, s.office.proposals().filter(holds).map(|p| p.id).collect())
}

#[test]
fn art_42_rules_filed_for_a_later_day_hold_from_that_day_in_whatever_order_they_were_filed() {
    clause!(R42.1);
    let mut s = Scene::with_card();
    let day = |n: i64| TODAY.checked_add(jiff::Span::new().days(n)).unwrap();
    // Next year's rules are filed early, then small ones for now.
    filed(&mut s, &warranty(1, "穗1号", 36, day(30), None));
    filed(&mut s, &warranty(2, "穗2号", 6, TODAY, None));
    assert_eq!(in_force(&s, TODAY), (Some(6), vec![2]));
    assert_eq!(in_force(&s, day(29)), (Some(6), vec![2]));
    assert_eq!(in_force(&s, day(30)), (Some(36), vec![1]));
    // Those that end leave the place to those before.
    filed(&mut s, &warranty(3, "穗3号", 12, day(40), Some(day(50))));
    assert_eq!(in_force(&s, day(40)), (Some(12), vec![3]));
    assert_eq!(in_force(&s, day(51)), (Some(36), vec![1]));
    // Of two for one day the ones filed last; the same content makes them no one rule.
    filed(&mut s, &warranty(4, "穗4号", 24, TODAY, None));
    filed(&mut s, &warranty(5, "穗5号", 6, TODAY, None));
    assert_eq!(in_force(&s, TODAY), (Some(6), vec![5]));
    // Both filed late hold from that day; those that were meant for the later one are in the place of the others.
    done(&mut s, CITY, &warranty(6, "穗6号", 7, day(1), None));
    done(&mut s, CITY, &warranty(7, "穗7号", 8, day(2), None));
    s.days_pass(5);
    done(&mut s, PROVINCE, &decide(7, true, "粤人社备7号"));
    done(&mut s, PROVINCE, &decide(6, true, "粤人社备6号"));
    assert_eq!(in_force(&s, day(4)), (Some(6), vec![5]), "not before they were filed");
    assert_eq!(in_force(&s, day(5)), (Some(8), vec![7]));
    let days = s.office.proposal(7).unwrap().filed_days().unwrap();
    assert_eq!(days.from, s.now.date());
}

#[test]
fn art_42_one_paper_is_reported_once_and_filed_with_its_number() {
    clause!(R42.2);
    let mut s = Scene::with_card();
    done(&mut s, CITY, &warranty(1, "穗1号", 12, TODAY, None));
    let again = |s: &mut Scene| {
        s.as_officer(CITY);
        decide_institution(&s.office, &warranty(2, " 穗1号 ", 12, TODAY, None), &s.ctx()).unwrap_err()
    };
    let waits = again(&mut s).sentence();
    assert!(waits.contains("内容相同的细则") && waits.contains("请等待省审核"), "{waits}");
    s.as_officer(PROVINCE);
    let bare = decide_institution(&s.office, &decide(1, true, " "), &s.ctx()).unwrap_err().sentence();
    assert!(bare.contains("须填写备案号") && bare.contains("《经办规程》第42条"), "{bare}");
    done(&mut s, PROVINCE, &decide(1, false, "未附说明"));
    // Refused it is reported again, and once it is filed no more.
    filed(&mut s, &warranty(3, "穗1号", 12, TODAY, None));
    let filed = again(&mut s).sentence();
    assert!(filed.contains("已备案，无需再报"), "{filed}");
    // What was filed before the number was kept is read.
    let old = r#"{"filed":{"by":null,"at":0}}"#;
    let old: ProposalState = serde_json::from_str(old).unwrap();
    assert_eq!(old, ProposalState::Filed { by: None, at: Instant(0), number: String::new() });
}

#[test]
fn art_36_and_42_a_city_says_from_when_on_an_institution_is_short_of_pre_made_cards() {
    clause!(R36.1);
    clause!(R42.1);
    let none = LocalPolicy::default();
    assert!(!none.is_low(0), "where nothing is stated nobody is warned");
    let twenty = LocalPolicy { low_stock: Some(20), ..LocalPolicy::default() };
    assert!(twenty.is_low(20) && twenty.is_low(0) && !twenty.is_low(21));
    // What was filed before is read, and is written as it was.
    let text = serde_json::to_string(&none).unwrap();
    assert!(!text.contains("low_stock"), "{text}");
    assert_eq!(serde_json::from_str::<LocalPolicy>(&text).unwrap(), none);
}
