//! 地方细则 (Article 42): proposed by the city, examined and filed by the province.

#[path = "glyphs.rs"]
mod glyphs;

use crate::person::{Scene, TODAY};
use jiff::civil::Date;
use kaguan_domain::clause;
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
    assert_eq!(refused(&mut s, CITY, &decide(1, true, "")), Reason::NotPermitted, "not by the city itself");
    assert_eq!(refused(&mut s, PROVINCE, &decide(2, true, "")), Reason::NotFound);
    done(&mut s, PROVINCE, &decide(1, true, "粤人社备〔2026〕12号"));
    assert!(!waived(&s, TODAY) && waived(&s, tomorrow));
    let state = s.office.proposal(1).unwrap().state.clone();
    assert_eq!(state, ProposalState::Filed { by: Some(OfficerId(PROVINCE)), at: s.now });
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
        done(&mut s, PROVINCE, &decide(id, true, ""));
    }
}

#[test]
fn art_42_rules_filed_late_hold_from_the_day_of_filing_and_no_rule_rewrites_the_past() {
    clause!(R42.2);
    let mut s = Scene::with_card();
    done(&mut s, CITY, &propose(1, "4401", TODAY, None));
    done(&mut s, CITY, &propose(2, "4401", TODAY, Some(TODAY.tomorrow().unwrap())));
    s.days_pass(3);
    done(&mut s, PROVINCE, &decide(1, true, ""));
    let filed = s.now.date();
    assert!(!waived(&s, filed.yesterday().unwrap()) && waived(&s, filed));
    assert_eq!(
        refused(&mut s, PROVINCE, &decide(2, true, "")),
        Reason::MaterialDefective,
        "its days are over"
    );
    done(&mut s, CITY, &propose(3, "4401", filed, Some(filed)));
    done(&mut s, PROVINCE, &decide(3, true, ""));
    assert!(waived(&s, filed), "its last day is today");
    // Nobody sets rules past the province any more; what was set in earlier days is read and holds.
    assert_eq!(Verb::SetPolicy.roles(), &[] as &[Role]);
    let old = r#"{"policy_set":{"city":"4401","policy":{"from":"2026-11-23","until":null,"policy":{"warranty_months":12}}}}"#;
    let old: InstitutionEvent = serde_json::from_str(old).unwrap();
    s.office.apply(&old);
    assert_eq!(s.office.policy_of(&CityCode("4401".into()), TODAY).warranty_months, Some(12));
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
