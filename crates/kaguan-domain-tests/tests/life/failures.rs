//! 失败数据处理对照表 (Appendix 7, 二(三)).

use crate::person::Scene;
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::facts::failure::{FailedAt, GuideRow, PartnerWords, RowFailure, SentField};
use kaguan_domain::facts::institution::InstitutionEvent;
use kaguan_domain::ids::{BankCode, CityCode, PartnerKind};
use kaguan_domain::institution::{InstitutionCommand as I, SetFailureGuide, decide as decide_institution};
use kaguan_domain::refusal::Reason;

fn row(code: &str, reason: &str, remedy: &str) -> GuideRow {
    GuideRow { code: code.into(), reason: reason.into(), remedy: remedy.into() }
}

fn set(rows: Vec<GuideRow>) -> I {
    I::SetFailureGuide(SetFailureGuide { bank: BankCode("95588".into()), rows, city: None })
}

fn city_says(city: &str, rows: Vec<GuideRow>) -> I {
    let (bank, city) = (BankCode("95588".into()), Some(CityCode(city.into())));
    I::SetFailureGuide(SetFailureGuide { bank, rows, city })
}

#[test]
fn appendix_7_a_banks_table_of_failures_says_what_is_to_be_done_about_each() {
    clause!(X7.5);
    let mut s = Scene::with_card();
    let table = || {
        set(vec![row(" KYC01 ", "客户职业信息缺失", "补采职业后重新提交"), row("KYC02", "证件过期", "换证")])
    };
    // The bank sends its own, and the province may enter it for the bank; nobody else. It serves every city: none of them changes it.
    s.as_bank("95533");
    assert_eq!(decide_institution(&s.office, &table(), &s.ctx()).unwrap_err().reason, Reason::NotYourData);
    s.as_officer(1);
    assert_eq!(decide_institution(&s.office, &table(), &s.ctx()).unwrap_err().reason, Reason::NotPermitted);
    s.as_officer(3);
    assert_eq!(decide_institution(&s.office, &table(), &s.ctx()).unwrap_err().reason, Reason::OutOfScope);
    s.as_officer(6);
    assert!(decide_institution(&s.office, &table(), &s.ctx()).is_ok());
    s.as_bank("95588");
    for event in decide_institution(&s.office, &table(), &s.ctx()).unwrap() {
        s.office.apply(&event);
    }
    let guide = |s: &Scene, bank: &str| s.office.failure_guide(&BankCode(bank.into())).to_vec();
    assert_eq!(guide(&s, "95588")[0], row("KYC01", "客户职业信息缺失", "补采职业后重新提交"));
    assert!(guide(&s, "95533").is_empty());
    // Whatever is wrong is told at once, by row, and the table before stays.
    let bad = set(vec![row("K", "", "a"), row("K", "b", " ")]);
    let refusal = decide_institution(&s.office, &bad, &s.ctx()).unwrap_err();
    for wrong in ["第1行失败原因", "第2行处理办法", "第2行代码重复"] {
        assert!(refusal.sentence().contains(wrong), "{}", refusal.sentence());
    }
    assert_eq!(
        decide_institution(&s.office, &set(Vec::new()), &s.ctx()).unwrap_err().reason,
        Reason::MaterialDefective
    );
    assert_eq!(guide(&s, "95588").len(), 2);
    for event in decide_institution(&s.office, &set(vec![row("KYC03", "a", "b")]), &s.ctx()).unwrap() {
        s.office.apply(&event);
    }
    assert_eq!(guide(&s, "95588"), [row("KYC03", "a", "b")], "a new table takes the place of the old");
}

#[test]
fn appendix_7_a_citys_words_stand_beside_the_banks_table_and_are_of_that_city_alone() {
    clause!(X7.5);
    let mut s = Scene::with_card();
    let done = |s: &mut Scene, command: I| {
        for event in decide_institution(&s.office, &command, &s.ctx()).unwrap() {
            s.office.apply(&event);
        }
    };
    let refused =
        |s: &Scene, command: &I| decide_institution(&s.office, command, &s.ctx()).unwrap_err().reason;
    let bank = BankCode("95588".into());
    let guangzhou = CityCode("4401".into());
    s.as_bank("95588");
    done(&mut s, set(vec![row("KYC01", "职业缺失", "补采职业")]));
    assert_eq!(refused(&s, &city_says("4401", vec![row("KYC01", "a", "b")])), Reason::NotYourData);
    let set_by = |s: &Scene| s.office.guide_of(&bank, None).and_then(|g| g.by.clone());
    assert_eq!(set_by(&s), Some(Actor::Bank(bank.clone())));
    s.as_officer(3);
    assert_eq!(refused(&s, &city_says("4403", vec![row("KYC01", "a", "b")])), Reason::OutOfScope);
    assert_eq!(refused(&s, &city_says("4401", Vec::new())), Reason::NothingToDo, "nothing to take back");
    done(&mut s, city_says("4401", vec![row("KYC01", "职业缺失", "到罗湖支行核对")]));
    assert_eq!(
        s.office.failure_guide(&bank),
        [row("KYC01", "职业缺失", "补采职业")],
        "the bank's own stands"
    );
    let words = s.office.guide_of(&bank, Some(&guangzhou)).unwrap();
    assert_eq!((words.rows[0].remedy.as_str(), words.at), ("到罗湖支行核对", Some(s.now)));
    assert!(matches!(words.by, Some(Actor::Officer(_))));
    assert!(s.office.guide_of(&bank, Some(&CityCode("4403".into()))).is_none());
    // The bank sends a new table: the city's words stay; the city takes them back itself.
    s.as_bank("95588");
    done(&mut s, set(vec![row("KYC02", "a", "b")]));
    assert_eq!(s.office.guide_of(&bank, Some(&guangzhou)).unwrap().rows.len(), 1);
    s.as_officer(3);
    done(&mut s, city_says("4401", Vec::new()));
    assert!(s.office.guide_of(&bank, Some(&guangzhou)).unwrap().rows.is_empty());
    // What was set before it was kept who did it reads as the bank's table.
    let old = r#"{"failure_guide_set":{"bank":"95588","rows":[]}}"#;
    let old: InstitutionEvent = serde_json::from_str(old).unwrap();
    assert_eq!(serde_json::to_string(&old).unwrap(), r#"{"failure_guide_set":{"bank":"95588","rows":[]}}"#);
    s.office.apply(&old);
    assert_eq!(set_by(&s), None);
}

#[test]
fn appendix_7_the_banks_table_speaks_of_failed_openings_and_of_nothing_else() {
    clause!(X7.5);
    let guide = [row("01", "客户职业信息缺失", "补采职业"), row("", "无代码", "不应出现")];
    let said =
        |code: &str| RowFailure::Said(PartnerWords { code: code.into(), reason: "相片不清".into() });
    let opening = FailedAt::Opening { bank: "工商银行", guide: &guide, city: &[] };
    assert_eq!(said("01").remedy(opening), "补采职业");
    // What the city says of a code stands beside, and in the place of nothing.
    let city = [row("01", "职业缺失", "到罗湖支行核对"), row("02", "相片不清", "重新拍摄")];
    let here = FailedAt::Opening { bank: "工商银行", guide: &guide, city: &city };
    assert_eq!(said("01").remedy(here), "补采职业；本市办法：到罗湖支行核对");
    assert_eq!(said("02").remedy(here), "对照表没有这一代码，请向工商银行核实；本市办法：重新拍摄");
    assert_eq!(said("").remedy(here), "回盘没有失败代码，请向工商银行核实");
    assert_eq!(said("02").remedy(opening), "对照表没有这一代码，请向工商银行核实");
    assert_eq!(said("").remedy(opening), "回盘没有失败代码，请向工商银行核实");
    let changed = RowFailure::Changed { by: PartnerKind::Bank, fields: vec![SentField::Name] };
    assert!(changed.remedy(opening).starts_with("请向工商银行核实改动的原因"));
    // A vendor may have a code that is spelt like one of the bank's.
    let made = FailedAt::Production { vendor: Some("金邦达") };
    assert_eq!(said("01").remedy(made), "请向卡商金邦达核实失败原因；资料有误的更正，无误的重新提交");
    let counter = RowFailure::Counter { reason: "打印失败".into() };
    let here = FailedAt::Production { vendor: None };
    assert!(!counter.remedy(here).contains("银行") && counter.remedy(here).contains("即时制卡"));
}
