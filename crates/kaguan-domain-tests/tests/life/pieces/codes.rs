//! The code tables.

use kaguan_domain::codes::{
    bank, card_kind, cities, counties_of, country, document_kind, ethnicity, holidays, household_divisions,
    occupation_is_known, standard_of_private_use, vendors,
};

#[test]
fn tables_are_whole() {
    assert_eq!(cities().count(), 21);
    assert_eq!(cities().map(|city| counties_of(&city.code).count()).sum::<usize>(), 122);
    assert_eq!(counties_of("441900").count(), 0);
    let divisions = household_divisions();
    assert_eq!(
        divisions.len(),
        1 + 21 + 122 + 33,
        "Guangdong with its cities and counties, and the other provinces"
    );
    assert!(divisions.contains(&("440106".into(), "广州市天河区".into())), "{divisions:?}");
    assert_eq!(bank("95588").unwrap().name, "中国工商银行");
    assert_eq!(vendors().count(), 6);
    assert_eq!(country("CHN"), Some("中国"));
    assert_eq!(ethnicity("01"), Some("汉族"));
    assert_eq!(document_kind("1"), Some("居民身份证"));
    assert_eq!(card_kind("4"), None);
    assert_eq!(holidays().len(), 180);
    assert!(occupation_is_known("2021003") && !occupation_is_known("9000000"));
    assert_eq!(standard_of_private_use('\u{E863}'), Some('䶮'));
}
