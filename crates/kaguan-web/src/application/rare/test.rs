//! 输入生僻字: a character is found by what one sees and hears of it, and goes into the name from which one came.

use super::{Door, signed_in};
use axum::http::StatusCode;
use kaguan_domain::clause;
use kaguan_domain::facts::institution::Role;
use kaguan_testkit::{On, World};

async fn get(door: &Door, path: &str) -> String {
    let (status, page, _) = door.send("GET", path, "", "http://console").await;
    assert!(status.is_success() || status == StatusCode::UNPROCESSABLE_ENTITY, "{path}: {status}");
    page
}

#[tokio::test]
async fn art_34_1_a_character_is_found_by_parts_strokes_reading_and_code_point() {
    clause!(R34.1);
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
    // 禾内, 9 strokes, ruì, U+4132; what is younger than the table, by its code point.
    for asked in ["parts=%E7%A6%BE%E5%86%85", "strokes=9&pinyin=RUI", "code=u%2B4132", "code=%E4%84%B2"] {
        let page = get(&clerk, &format!("/rare?{asked}")).await;
        assert!(page.contains("U+4132") && page.contains("9画"), "{asked}: {page}");
        assert!(!page.contains("/rare/take"), "nothing to put it into");
        assert!(!page.contains("/glyphs?character=U%2B4132"), "{asked}: the fonts have it");
    }
    assert!(get(&clerk, "/rare?code=U%2B2EBF0").await.contains("/glyphs?character=U%2B2EBF0"));
    // What an older standard had in private use is its standard character first (decision 0002).
    assert!(get(&clerk, "/rare?code=U%2BE863").await.contains("U+4DAE"));
    for (asked, why) in [
        ("code=U%2BE000", "私用区"),
        ("strokes=many", "笔画为1至84的数字"),
        ("pinyin=chu%C3%AD", "拼音只写字母"),
        ("parts=%E9%94%A4", "部件中没有部首"),
    ] {
        let page = get(&clerk, &format!("/rare?{asked}")).await;
        assert!(page.contains(why), "{asked}: {page}");
    }
}

#[tokio::test]
async fn art_34_1_the_name_of_an_application_gets_its_pinyin_and_the_rest_of_the_form_stays() {
    clause!(R34.1);
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
    let typed = "name=%E5%BC%A0%3F&mobile=13800138000";
    let to = async |path: &str, form: &str| {
        let (status, page, to) = clerk.send("POST", path, form, "http://console").await;
        assert!(
            status == StatusCode::SEE_OTHER || status == StatusCode::UNPROCESSABLE_ENTITY,
            "{path}: {status}"
        );
        if status == StatusCode::SEE_OTHER { to.unwrap() } else { page }
    };
    let at = to("/rare/from?form=/apply&field=name&draft=77", typed).await;
    assert_eq!(at, "/rare?draft=77&field=name&image=");
    let page = get(&clerk, &format!("{at}&parts=%E7%A6%BE%E5%86%85")).await;
    assert!(page.contains("aria-label=\"选用U+4132\"") && page.contains("张?"), "{page}");
    let take = "draft=77&field=name&character=U%2B4132";
    let page = to("/rare/take", &format!("{take}&spelling=")).await;
    assert!(page.contains("须以[拼音]登记"), "the clerk gives the reading: {page}");
    assert_eq!(to("/rare/take", &format!("{take}&spelling=chui")).await, "/apply?draft=77");
    let page = get(&clerk, "/apply?draft=77").await;
    assert!(page.contains("value=\"张[CHUI]\"") && page.contains("13800138000"), "{page}");
    // Nobody else's form.
    let other = signed_in(&w, Role::HrClerk, "44010600000101").await;
    let (_, page, _) = other.send("POST", "/rare/take", take, "http://console").await;
    assert!(page.contains("没有要录入生僻字的表单"), "{page}");
    let (status, ..) =
        clerk.send("POST", "/rare/from?form=/sign-in&field=name", typed, "http://console").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}
