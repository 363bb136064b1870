//! What a refusal says, and how it cites the regulation.

// Under another name: what is asked of the marks themselves marks nothing.
use kaguan_domain::clause as mark;
use kaguan_domain::facts::card::Hold;
use kaguan_domain::ids::CaseId;
use kaguan_domain::refusal::{Reason, Refusal};
use std::collections::HashSet;

#[test]
fn a_mark_is_its_id_and_cites_its_article() {
    assert_eq!(mark!(R26.1).id(), "R26.1");
    assert_eq!(mark!(X6.2).cite(), "《经办规程》附件6");
    assert_eq!(mark!(R9.3).cite(), "《经办规程》第9条");
}

#[test]
fn every_reason_has_its_own_code_an_article_and_a_way_out() {
    let codes: HashSet<_> = Reason::ALL.iter().map(|r| r.code()).collect();
    assert_eq!(codes.len(), Reason::ALL.len());
    for r in Reason::ALL {
        assert!(r.code().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{r:?}");
        assert!(!r.says().is_ascii() && !r.way_out().is_ascii(), "{r:?}");
        assert!(Refusal::from(*r).sentence().contains("《经办规程》"), "{r:?}");
    }
}

#[test]
fn a_held_card_is_told_each_hold_with_its_article_and_its_way_out() {
    let case = Hold::Restriction { case: CaseId(1) };
    let one = Refusal::held([Hold::SuspectedDeath, case, Hold::Restriction { case: CaseId(2) }]);
    assert_eq!(
        one.sentence(),
        "该卡现在不能使用（限制）。依据《经办规程》第37条。行为更正后，由发卡地市的市卡管机构在“限制与恢复”办理恢复。"
    );
    let two = Refusal::held([Hold::FormalLoss, Hold::DeathConfirmed]).sentence();
    for has in ["（正式挂失、死亡已核实）", "第25条", "第33条", "正式挂失的：", "死亡已核实的："]
    {
        assert!(two.contains(has), "{has}: {two}");
    }
    assert!(!two.contains("第3条"), "{two}");
}
